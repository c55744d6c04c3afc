"""Each rule on a town that is sound, and on one where a single thing is broken."""

from pathlib import Path

import pandas as pd
import pytest

from tests.inspection.town import CRS, PLACES, X, Y, build, link_between, river, tables
from transitplan.inspection import RULE_NAMES, audit, rules_table
from transitplan.inspection.transit import RULES as OF_TRANSIT
from transitplan.model.cases import grid

BREAKS = {}
TRANSIT = {rule.name for rule in OF_TRANSIT}


def breaks(rule, *ids):
    """Register a change of the town's tables that breaks a rule for these ids, and no other."""

    def register(change):
        BREAKS[change.__name__] = (rule, {str(each) for each in ids}, change)
        return change

    return register


def at(made, tail, head, column, value):
    made["link"].loc[link_between(made, tail, head), column] = value


def add(made, table, **cells):
    frame = made.get(table, pd.DataFrame())
    made[table] = pd.concat([frame, pd.DataFrame([cells])], ignore_index=True)


def twin(made, tail, head, **cells):
    """Add a link that is another but for some cells."""
    row = made["link"].loc[link_between(made, tail, head)].to_dict()
    add(made, "link", **{**row, "link_id": 900 + len(made["link"]), **cells})


def drop(made, tail, head):
    made["link"] = made["link"].drop(index=link_between(made, tail, head)).reset_index(drop=True)


def add_node(made, node, x, y, **cells):
    names = {"name": f"Place {node}", "name_zh": f"地点{node}"}
    add(made, "node", node_id=node, x_m=X + x, y_m=Y + y, node_type="junction", **names | cells)


@breaks("zone-cut-off", 1)
def zone_without_truck(made):
    for ends in ((1, 11), (1, 14)):
        at(made, *ends, "allowed_uses", "car")


@breaks("zone-cut-off", 2)
def zone_that_cars_cannot_reach(made):
    for ends in ((23, 2), (24, 2)):
        at(made, *ends, "allowed_uses", "truck")


@breaks("trap", 51)
def way_in_without_way_out(made):
    add_node(made, 51, 2000, -1000)
    twin(
        made, 12, 13, from_node_id=13, to_node_id=51, facility_type="ramp", lane_capacity_pceph=1500
    )


@breaks("no-way-in", 51)
def way_out_without_way_in(made):
    add_node(made, 51, 2000, -1000)
    twin(
        made, 12, 13, from_node_id=51, to_node_id=13, facility_type="ramp", lane_capacity_pceph=1500
    )


@breaks("part-cut-off", 51)
def island(made):
    add_node(made, 51, 3000, -1000)
    add_node(made, 52, 4000, -1000)
    twin(made, 12, 13, from_node_id=51, to_node_id=52)
    twin(made, 12, 13, from_node_id=52, to_node_id=51)


@breaks("turn-trap", 7)
def banned_turns_that_leave_no_way(made):
    links = made["link"]
    last = link_between(made, 11, 14)
    made["link"].loc[last, "link_id"] = 7000
    into = links.loc[link_between(made, 12, 14), "link_id"]
    onwards = links.loc[links["from_node_id"] == 14, "link_id"].tolist()
    made["movement"] = pd.DataFrame(
        {
            "mvmt_id": range(1, len(onwards) + 1),
            "node_id": 14,
            "ib_link_id": into,
            "ob_link_id": onwards,
            "allowed_uses": "none",
        }
    )
    made["link"]["link_id"] = links["link_id"].replace({into: 7, 7: into})
    made["movement"]["ib_link_id"] = 7
    made["movement"]["ob_link_id"] = made["movement"]["ob_link_id"].replace({7: into})


@breaks("node-isolated", 51)
def lonely_node(made):
    add_node(made, 51, 2000, -2000)


@breaks("connector-through", 19, 20, 21, 22)
def zone_that_traffic_passes(made):
    made["node"].loc[0, "node_type"] = "junction"


@breaks("use-without-link", "walk")
def use_that_may_go_nowhere(made):
    add(made, "use_definition", use="walk")
    made["link"]["allowed_uses"] = "car,truck"


@breaks("unit-doubt", "arterial.free_speed_kph")
def speeds_in_metres_per_second(made):
    roads = made["link"]["facility_type"] == "arterial"
    made["link"].loc[roads, "free_speed_kph"] = 7.0


@breaks("unit-doubt", "arterial.lane_capacity_pceph")
def capacity_of_a_day(made):
    roads = made["link"]["facility_type"] == "arterial"
    made["link"].loc[roads, "lane_capacity_pceph"] = 19_200.0


@breaks("value-absurd", 1)
def speed_of_a_train(made):
    at(made, 11, 12, "free_speed_kph", 160.0)


@breaks("value-unusual", 1)
def slow_arterial(made):
    at(made, 11, 12, "free_speed_kph", 15.0)


@breaks("value-unusual", 1, 2)
def wide_arterial(made):
    for ends in ((11, 12), (12, 11)):
        at(made, *ends, "lanes", 7.0)
    made["link"]["name"] = made["link"]["link_id"].astype(str)
    made["link"]["name_zh"] = made["link"]["name"]


@breaks("value-outlier", 3)
def capacity_far_from_all_others(made):
    roads = made["link"]["facility_type"] == "arterial"
    made["link"].loc[roads, "lane_capacity_pceph"] = 500.0
    at(made, 12, 13, "lane_capacity_pceph", 1700.0)


@breaks("free-time", 1)
def free_time_too_short(made):
    made["link"]["free_time_s"] = None
    at(made, 11, 12, "free_time_s", 20.0)


@breaks("free-time", "free_time_s")
def free_times_in_minutes(made):
    made["link"]["free_time_s"] = made["link"]["length_m"] / 1000.0


@breaks("length-short", 17)
def shorter_than_its_ends_are_apart(made):
    at(made, 12, 22, "length_m", 1900.0)


@breaks("length-line", 1)
def longer_than_its_line(made):
    at(made, 11, 12, "geometry_id", 1)
    at(made, 11, 12, "length_m", 2000.0)
    line = f"LINESTRING ({X - 1000} {Y - 1000}, {X - 500} {Y - 1200}, {X} {Y - 1000})"
    made["geometry"] = pd.DataFrame({"geometry_id": [1], "geometry": [line]})


@breaks("length-detour", 1)
def much_longer_than_straight(made):
    at(made, 11, 12, "length_m", 4000.0)


@breaks("length-zero", 901)
def no_length(made):
    add_node(made, 51, 1000, -1020)
    twin(made, 12, 13, link_id=901, from_node_id=13, to_node_id=51, length_m=0.0)
    twin(made, 12, 13, link_id=902, from_node_id=51, to_node_id=13, length_m=20.0)


@breaks("link-twice", 900)
def the_same_link_twice(made):
    twin(made, 11, 12, link_id=900)


@breaks("line-along", 1, 3)
def a_link_over_two_others(made):
    twin(made, 11, 12, link_id=900, to_node_id=13, length_m=2000.0)
    twin(made, 11, 12, link_id=901, to_node_id=11, from_node_id=13, length_m=2000.0)


@breaks("node-twice", 51)
def two_nodes_at_one_place(made):
    add_node(made, 51, 1000, -1000.5)
    for ends in ((14, 51), (51, 14)):
        twin(made, 12, 13, from_node_id=ends[0], to_node_id=ends[1], length_m=1414.0)


@breaks("river-no-crossing", 901, 902)
def a_connector_over_the_river(made):
    for number, ends in ((901, (1, 21)), (902, (21, 1))):
        twin(made, 1, 11, link_id=number, from_node_id=ends[0], to_node_id=ends[1], length_m=2433.0)


@breaks("crossing-dry", "E")
def a_crossing_on_dry_land(made):
    row = made["crossing"].iloc[0].to_dict()
    add(made, "crossing", **{**row, "crossing_id": "E"})
    for ends in ((22, 23), (23, 22)):
        at(made, *ends, "crossing_id", "E")
        at(made, *ends, "structure", "bridge")


@breaks("crossing-no-row", "W")
def a_crossing_without_row(made):
    del made["crossing"]


@breaks("crossing-no-link", "E")
def a_crossing_without_links(made):
    row = made["crossing"].iloc[0].to_dict()
    add(made, "crossing", **{**row, "crossing_id": "E"})


@breaks("crossing-status", "W")
def driven_on_before_it_is_built(made):
    made["crossing"]["status"] = "under_construction"
    made["crossing"]["open_year"] = 2030


@breaks("crossing-year", "W")
def open_before_its_year(made):
    made["crossing"]["open_year"] = 2030


@breaks("crossing-structure", "W")
def a_bridge_that_is_none(made):
    made["link"]["structure"] = "surface"


@breaks("crossing-lanes", "W")
def lanes_that_do_not_fit(made):
    made["crossing"]["lanes"] = 6


@breaks("crossing-bans", "W")
def a_ban_that_no_link_has(made):
    made["crossing"]["banned_uses"] = "truck"


@breaks("one-way-missing", 4)
def a_street_without_the_other_way(made):
    drop(made, 12, 13)


@breaks("lane-drop", 900)
def four_lanes_go_on_as_one(made):
    made["link"]["corridor_id"] = ""
    for ends in ((11, 12), (12, 13)):
        at(made, *ends, "corridor_id", "K")
    at(made, 11, 12, "lanes", 4.0)
    at(made, 11, 12, "link_id", 900)
    at(made, 12, 13, "lanes", 1.0)


@breaks("name-one-language", "node 14")
def a_name_in_one_language(made):
    made["node"].loc[made["node"]["node_id"] == 14, "name_zh"] = ""


NEEDS_MORE = {"zone-connector", "river-unknown", "waiver-unused", *TRANSIT}  # tests of their own
ALSO = {  # what else must follow from the same fault
    "a_street_without_the_other_way": {("no-way-in", "13")},
}


@pytest.mark.parametrize("area", [False, True])
def test_a_sound_town_breaks_no_rule(area):
    found = audit(build(tables()), river(area=area), year=2025)
    assert found.findings == ()
    assert found.ok
    assert set(found.rules) == set(RULE_NAMES)


@pytest.mark.parametrize("name", BREAKS)
def test_one_fault_breaks_its_rule_and_no_other(name):
    rule, ids, change = BREAKS[name]
    made = tables()
    change(made)
    found = audit(build(made), river(), year=2025)
    told = {(each.rule, str(each.id)) for each in found.findings}
    assert told == {(rule, each) for each in ids} | ALSO.get(name, set()), found.to_text()
    assert found.ok == all(each.severity != "error" for each in found.findings)


def test_every_rule_is_broken_by_some_fault():
    assert {rule for rule, _, _ in BREAKS.values()} | NEEDS_MORE == set(RULE_NAMES)


def test_a_zone_with_a_way_in_alone_is_told_so():
    made = tables()
    drop(made, 1, 11)
    drop(made, 1, 14)
    found = audit(build(made), river(), only=["zone-connector", "zone-cut-off"])
    assert [(each.rule, each.id, each.text) for each in found.findings] == [
        ("zone-cut-off", 1, "car, truck: trips can arrive and none can leave"),
        ("zone-connector", 1, "no link leaves its centroid"),
    ]


def test_without_the_river_a_note_says_what_was_not_looked_for():
    found = audit(build(tables()))
    assert [(each.severity, each.rule) for each in found.findings] == [("note", "river-unknown")]
    assert found.ok
    assert audit(grid(3, 3)[0]).findings == ()  # nothing crosses anything


def test_a_road_that_touches_the_river_twice_stays_on_its_bank():
    # the river swings south over the road 12–13 and back
    bend = ((-5000, 0), (200, 0), (300, -1100), (700, -1100), (800, 0), (5000, 0))
    assert audit(build(tables()), river(bend)).findings == ()
    through = ((-5000, 0), (200, 0), (500, -3000))  # now it lies between them
    found = audit(build(tables()), river(through), only=["river-no-crossing"])
    assert {each.id for each in found.findings} == {3, 4}


def test_places_are_in_longitude_and_latitude():
    made = tables()
    speed_of_a_train(made)
    (found,) = audit(build(made), river()).findings
    import pyproj

    to_metres = pyproj.Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    x, y = to_metres.transform(found.lon, found.lat)
    middle = [(a + b) / 2 for a, b in zip(PLACES[11], PLACES[12], strict=True)]
    assert (x - X, y - Y) == pytest.approx(middle, abs=0.2)


def test_the_table_of_rules_in_the_docs_is_that_of_the_code():
    assert rules_table() in Path("docs/check.md").read_text(encoding="utf-8")
