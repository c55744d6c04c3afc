"""Tags of one way, read by hand from the OpenStreetMap wiki."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transitplan.io.osm_tags import is_street, read_way


def ways(**tags):
    """Directions of a way by side; tags with colons are written with two underscores."""
    named = {key.replace("__", ":"): value for key, value in tags.items()}
    both = read_way({"highway": "primary", **named})
    return {"backward" if backward else "forward": road for backward, road in both}


def lanes(**tags):
    return {side: road.lanes for side, road in ways(**tags).items()}


@pytest.mark.parametrize(
    ("tags", "expected", "told"),
    [
        ({"lanes": "4"}, (2, 2), "half"),
        ({"lanes": "3"}, (1.5, 1.5), "half"),
        ({"lanes": "1"}, (0.5, 0.5), "half"),
        ({"lanes": "5", "lanes__forward": "3"}, (3, 2), "tag"),
        ({"lanes": "5", "lanes__backward": "1"}, (4, 1), "tag"),
        ({"lanes__forward": "3", "lanes__backward": "1"}, (3, 1), "tag"),
        ({"lanes": "5", "lanes__both_ways": "1"}, (2, 2), "half"),
        ({"lanes": "6", "lanes__forward": "2", "lanes__backward": "2"}, (2, 2), "contradiction"),
        ({"lanes": "3", "oneway": "reversible"}, (1.5, 1.5), "reversible"),
        ({"turn__lanes__forward": "left|through|right"}, (3, 2), "turn lanes"),
        ({"lanes": "4;3"}, (1.5, 1.5), "half"),
        ({"lanes": ["4", "3"]}, (1.5, 1.5), "half"),
        ({"lanes": "many"}, (2, 2), "class"),
        ({"lanes": "40"}, (8, 8), "half"),
    ],
)
def test_lanes_of_two_way_streets(tags, expected, told):
    found = ways(**tags)
    assert (found["forward"].lanes, found["backward"].lanes) == expected
    assert found["forward"].lanes_from == told


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"oneway": "yes", "lanes": "3"}, {"forward": 3}),
        ({"oneway": "-1", "lanes": "3"}, {"backward": 3}),
        ({"oneway": "-1", "lanes__backward": "2"}, {"backward": 2}),
        ({"oneway": "yes", "turn__lanes": "through|through"}, {"forward": 2}),
        ({"junction": "roundabout", "lanes": "2"}, {"forward": 2}),
        ({"highway": "motorway", "lanes": "3"}, {"forward": 3}),
        ({"highway": "motorway", "oneway": "no", "lanes": "2"}, {"forward": 1, "backward": 1}),
        ({"highway": "motorway_link", "lanes": "2"}, {"forward": 1, "backward": 1}),
        ({"junction": "circular", "lanes": "2"}, {"forward": 1, "backward": 1}),
        ({"oneway": "no", "lanes": "2"}, {"forward": 1, "backward": 1}),
    ],
)
def test_directions(tags, expected):
    assert lanes(**tags) == expected


def test_buses_against_a_one_way_street_have_a_lane_of_its_count():
    found = ways(oneway="yes", oneway__bus="no", lanes="3")
    assert (found["forward"].lanes, found["forward"].allowed_uses) == (2, "all")
    assert (found["backward"].lanes, found["backward"].allowed_uses) == (1, "bus")


@pytest.mark.parametrize(
    ("tags", "general", "bus"),
    [
        ({"lanes": "6", "lanes__psv": "2"}, 2, 1),
        ({"lanes": "6", "lanes__bus__forward": "1"}, 2, 1),
        ({"oneway": "yes", "lanes": "3", "bus__lanes": "yes|yes|designated"}, 2, 1),
        ({"oneway": "yes", "lanes": "3", "busway__right": "lane"}, 2, 1),
        ({"lanes": "4", "busway": "lane"}, 1, 1),
        ({"oneway": "yes", "lanes": "1", "busway__right": "lane"}, 1, 0),  # no lane would be left
    ],
)
def test_bus_lanes_are_no_lanes_of_others(tags, general, bus):
    road = ways(**tags)["forward"]
    assert (road.lanes, road.bus_lanes) == (general, bus)


@given(
    forward=st.integers(1, 6),
    backward=st.integers(1, 6),
    shared=st.integers(0, 2),
    bus=st.integers(0, 1),
    tagged=st.sets(st.sampled_from(["forward", "backward"])),
)
def test_directions_sum_to_the_tag(forward, backward, shared, bus, tagged):
    total = forward + backward + shared
    tags = {"lanes": str(total), "lanes__both_ways": str(shared), "lanes__psv": str(2 * bus)}
    tags |= {
        f"lanes__{side}": str({"forward": forward, "backward": backward}[side]) for side in tagged
    }
    found = ways(**tags).values()
    assert sum(road.lanes + road.bus_lanes for road in found) + shared == total


@given(lanes=st.integers(1, 8), side=st.sampled_from(["yes", "-1"]))
def test_a_one_way_street_has_all_lanes_of_the_tag(lanes, side):
    (road,) = ways(oneway=side, lanes=str(lanes)).values()
    assert road.lanes == lanes


@pytest.mark.parametrize(
    ("tags", "kph", "told"),
    [
        ({"maxspeed": "60"}, 60, "tag"),
        ({"maxspeed": "60 km/h"}, 60, "tag"),
        ({"maxspeed": "40 mph"}, 64.37376, "tag"),
        ({"maxspeed": "80;60"}, 60, "tag"),
        ({"maxspeed": ["80", "60"]}, 60, "tag"),
        ({"maxspeed": "CN:urban"}, 50, "implied"),
        ({"maxspeed__type": "CN:rural"}, 70, "implied"),
        ({"source__maxspeed": "CN:motorway"}, 120, "implied"),
        ({"maxspeed__conditional": "80 @ (22:00-06:00)"}, 80, "conditional"),
        ({"maxspeed": "60", "maxspeed__conditional": "40 @ (22:00-06:00)"}, 60, "tag"),
        ({"maxspeed": "100", "maxspeed__forward": "90"}, 90, "tag"),
        ({"maxspeed": "none"}, 70, "class"),
        ({"maxspeed": "signals"}, 70, "class"),
        ({"maxspeed": "600"}, 70, "class"),
        ({}, 70, "class"),
    ],
)
def test_speeds_of_roads_without_signals(tags, kph, told):
    road = ways(highway="trunk", **tags)["forward"]
    assert road.free_speed_kph == pytest.approx(kph)
    assert road.speed_from == told


def test_streets_with_signals_are_driven_slower_than_signed_and_trucks_have_their_own_limit():
    assert ways(maxspeed="60")["forward"].free_speed_kph == 48.0
    truck = ways(highway="motorway", maxspeed="120", maxspeed__hgv="90")["forward"]
    assert (truck.free_speed_kph, truck.truck_speed_kph) == (120, 90)


@pytest.mark.parametrize(
    ("tags", "uses"),
    [
        ({}, "all"),
        ({"access": "no"}, ""),
        ({"motor_vehicle": "private"}, ""),
        ({"access": "destination"}, "all"),
        ({"access": "no", "bus": "yes"}, "bus"),
        ({"motor_vehicle": "no", "psv": "designated"}, "bus"),
        ({"hgv": "no"}, "car,bus"),
        ({"hgv": "no", "hazmat": "yes"}, "car,bus"),
        ({"hazmat": "no"}, "car,truck,bus"),
        ({"access": "no", "motor_vehicle": "yes"}, "all"),
        ({"maxheight": "3.5"}, "car,bus"),
        ({"maxheight": "2.2 m"}, "car"),
        ({"maxheight": "default"}, "all"),
        ({"maxweight": "10"}, "car"),
        ({"maxweight": "55 t"}, "all"),
        ({"highway": "busway"}, "bus"),
    ],
)
def test_bans(tags, uses):
    assert ways(**tags)["forward"].allowed_uses == uses


def test_a_ban_of_one_direction_holds_there():
    found = ways(hgv__backward="no")
    assert (found["forward"].allowed_uses, found["backward"].allowed_uses) == ("all", "car,bus")


@pytest.mark.parametrize(
    ("tags", "structure"),
    [
        ({}, "surface"),
        ({"bridge": "yes"}, "bridge"),
        ({"bridge": "no"}, "surface"),
        ({"bridge": "viaduct"}, "elevated"),
        ({"bridge": "cantilever"}, "bridge"),
        ({"tunnel": "yes", "layer": "-1"}, "tunnel"),
        ({"tunnel": "building_passage"}, "surface"),
        ({"layer": "1"}, "surface"),
    ],
)
def test_structures(tags, structure):
    assert ways(**tags)["forward"].structure == structure


def test_names_in_both_languages():
    road = ways(name="经十路", name__en="Jingshi Road")["forward"]
    assert (road.name, road.name_zh) == ("Jingshi Road", "经十路")
    assert ways(name="Main Street")["forward"].name == "Main Street"
    assert ways(ref="G20")["forward"].name == "G20"
    deck = ways(bridge="yes", bridge__name="黄河大桥")["forward"]
    assert deck.structure_name_zh == "黄河大桥"


def test_how_sure_a_row_is():
    assert ways(oneway="yes", lanes="2", maxspeed="60")["forward"].confidence == "high"
    assert ways(lanes="2", maxspeed="60")["forward"].confidence == "medium"
    assert ways(lanes="2")["forward"].confidence == "low"
    assert ways()["forward"].confidence == "assumed"


def test_what_is_a_street():
    assert is_street({"highway": "residential"})
    assert not is_street({"highway": "footway"})
    assert not is_street({"highway": "service", "service": "parking_aisle"})
    assert not is_street({"highway": "service", "area": "yes"})
    assert not is_street({"railway": "rail"})
