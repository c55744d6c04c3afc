"""Trips on lines with headways: the published example as a feed, a line by hand, accounts, laws."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pyproj import Transformer

from tests.transit.test_timetable import DAY, HOUR, feed, line
from transitplan.errors import NotFoundError, ValidationError
from transitplan.flow import screenline
from transitplan.graph.frequency import KINDS, compile_frequency
from transitplan.graph.walks import Walking
from transitplan.io import read_demand, read_network
from transitplan.model.demand import UserClass, build_demand
from transitplan.model.network import build_network
from transitplan.transit.river import river_passengers, stop_banks
from transitplan.transit.search_net import TransitWeights
from transitplan.transit.strategies import TransitAssignment, assign_transit, skim_transit

PLAIN = TransitWeights(walk=1.0, wait=1.0, transfer_s=0.0)
AT_STOP = Walking(access_m=1.0, transfer_m=0.0, direct_m=0.0, change_s=0.0)
PEAK = (7, 9)
A, X, Y, B = 1, 2, 3, 4


def zones_at(service, *, crs="EPSG:32650"):
    """A network with a zone at each stop: 1, 2, … in the order of the stops."""
    stops = service.stops
    forward = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = forward.transform(stops["stop_lon"].to_numpy(), stops["stop_lat"].to_numpy())
    ids = np.arange(1, len(stops) + 1)
    nodes = pd.DataFrame(
        {"node_id": ids, "x_m": x, "y_m": y, "node_type": "centroid", "zone_id": ids}
    )
    links = pd.DataFrame(
        {
            "link_id": ids,
            "from_node_id": ids,
            "to_node_id": np.roll(ids, -1),
            "length_m": 1.2 * np.hypot(x - np.roll(x, -1), y - np.roll(y, -1)),
            "lane_capacity_pceph": 1000.0,
            "free_speed_kph": 30.0,
        }
    )
    zones = pd.DataFrame({"zone_id": ids})
    return build_network({"node": nodes, "link": links, "zone": zones}, crs=crs)


def by_headway(lines):
    """A feed of lines {id: (headway min, calls (stop, minute))} from 6 to 10 o'clock."""
    trips = {name: line(*((s, 60 * t) for s, t in calls)) for name, (_, calls) in lines.items()}
    spans = [(name, 6 * HOUR, 10 * HOUR, 60 * m, 0) for name, (m, _) in lines.items()]
    return feed(trips, headways=spans)


SPIESS_FLORIAN = {
    "1": (12, [(0, 0), (3, 25)]),
    "2": (12, [(0, 0), (1, 7), (2, 13)]),
    "3": (30, [(1, 0), (2, 4), (3, 8)]),
    "4": (6, [(2, 0), (3, 10)]),
}


def compiled(lines):
    service = by_headway(lines)
    return compile_frequency(service, DAY, PEAK, network=zones_at(service), walking=AT_STOP)


def persons(cells, zones=(1, 2, 3, 4, 5)):
    trips = pd.DataFrame(0.0, index=zones, columns=zones)
    for origin, destination, number in cells:
        trips.loc[origin, destination] = number
    return build_demand(list(zones), trips.to_numpy(), classes=(UserClass("all"),))


def test_the_published_example_as_a_feed():
    """Spiess & Florian (1989): 27.75 min from A to B; at Y, 1/6 by line 3 and 5/6 by line 4."""
    found = assign_transit(compiled(SPIESS_FLORIAN), persons([(A, B, 120.0)]), weights=PLAIN)
    row = found.skim.to_frame().set_index(["o_zone_id", "d_zone_id"]).loc[A, B]
    assert row["cost_s"] == pytest.approx(27.75 * 60, rel=1e-12)
    assert row["wait_s"] == pytest.approx((3 + 2.5 / 2) * 60, rel=1e-12)
    assert row["ride_s"] == pytest.approx(23.5 * 60, rel=1e-12)
    assert row["boardings"] == pytest.approx(1.5, rel=1e-12)
    segments = found.to_frame().set_index(["route_id", "from_stop_id"])["passengers_pph"]
    assert segments.to_dict() == pytest.approx(
        {
            ("line 1", "s0"): 60.0,
            ("line 2", "s0"): 60.0,
            ("line 2", "s1"): 60.0,
            ("line 3", "s1"): 0.0,
            ("line 3", "s2"): 10.0,
            ("line 4", "s2"): 50.0,
        },
        rel=1e-12,
    )
    assert found.accounts == pytest.approx(
        {"demand": 120, "by_transit": 120, "on_foot": 0, "unreachable": 0, "within_zones": 0}
    )
    lines = found.lines_frame().set_index("route_id")
    assert lines["boardings_pph"].tolist() == pytest.approx([60, 60, 10, 50])
    assert lines["passenger_hours"].tolist() == pytest.approx([25, 13, 10 * 4 / 60, 50 / 6])
    banks = pd.Series({"s0": "south", "s1": "south", "s2": "north", "s3": "north"})
    over = found.across(banks).set_index(["route_id", "from_bank"])["passengers_pph"]
    assert over.to_dict() == pytest.approx(
        {("line 1", "south"): 60, ("line 2", "south"): 60, ("line 3", "south"): 0}
    )


def test_a_timetable_of_even_headways_is_as_frequent_as_the_headways():
    """Trips by the clock and a row of frequencies make the same courses."""
    lines = SPIESS_FLORIAN
    trips = {}
    for name, (headway, calls) in lines.items():
        for begin in range(5 * 60, 10 * 60, headway):
            trips[f"{name} {begin}"] = line(*((s, 60 * (begin + t)) for s, t in calls))
    routes = pd.DataFrame({"route_id": [f"line {n}" for n in lines], "route_type": 3})
    rows = [(f"line {t.split()[0]}", f"of {t}", t) for t in trips]
    table = pd.DataFrame(rows, columns=["route_id", "service_id", "trip_id"])
    service = feed(trips, replaced={"routes": routes, "trips": table})
    network = zones_at(service)
    scheduled = compile_frequency(service, DAY, PEAK, network=network, walking=AT_STOP)
    wanted = persons([(A, B, 120.0), (X, B, 7.0)])
    found = assign_transit(scheduled, wanted, weights=PLAIN).to_frame()
    expected = assign_transit(compiled(lines), wanted, weights=PLAIN).to_frame()
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12)


def test_after_24_hours_the_lines_of_the_next_day_run():
    """Six an hour by headway and one of the timetable, as on that day itself."""
    trips = {"a": line((0, 0), (1, 600)), "b": line((0, 6.5 * HOUR), (1, 7 * HOUR))}
    days = {name: [DAY, DAY + dt.timedelta(days=1)] for name in trips}
    service = feed(trips, headways=[("a", 5 * HOUR, 9 * HOUR, 600, 0)], days=days)
    late = compile_frequency(service, DAY, (30, 31)).calls
    assert late.groupby("route_id")["per_hour"].max().to_dict() == {"line a": 6.0, "line b": 1.0}
    there = compile_frequency(service, DAY + dt.timedelta(days=1), (6, 7)).calls
    pd.testing.assert_frame_equal(late, there)


def two_banks(**options):
    network = read_network("networks/two_banks/2025")
    lines = compile_frequency(network.transit, "2025-03-05", PEAK, network=network)
    demand = read_demand("od_matrices/two_banks/2025_am.omx")
    return assign_transit(lines, demand, **options)


def test_a_trip_by_hand():
    """Zone 1 to zone 4: 445 s to m1, 150 s wait, 310 + 30 + 904 s ride, 577 s from m3."""
    row = two_banks().skim.to_frame().set_index(["o_zone_id", "d_zone_id"]).loc[1, 4]
    assert row["walk_s"] == 445 + 577
    assert row["wait_s"] == pytest.approx(150.0)
    assert row["ride_s"] == pytest.approx(310 + 30 + 904)
    assert row["cost_s"] == pytest.approx(2 * (445 + 577) + 2 * 150 + 1244)
    assert row["time_s"] == pytest.approx(445 + 577 + 150 + 1244)


def test_nobody_is_lost_at_a_stop_or_on_the_way():
    found = two_banks()
    stops = found.stops_frame().set_index("stop_id")
    leaves = stops["boardings_pph"] - stops["from_zones_pph"] - stops["changes_pph"]
    assert_allclose(leaves, 0.0, atol=1e-9)
    changes = stops["alightings_pph"].sum() - stops["to_zones_pph"].sum()
    assert changes == pytest.approx(stops["changes_pph"].sum())
    calls, rides = found.calls_frame(), found.to_frame()
    boarded = calls.groupby("course")["boardings_pph"].sum()
    assert_allclose(boarded, calls.groupby("course")["alightings_pph"].sum())
    first = rides.groupby("course")["passengers_pph"].first()
    assert_allclose(first, calls.groupby("course")["boardings_pph"].first())
    trips = found.skim.to_frame()
    spent = trips.loc[found.skim.reachable.ravel()]
    assert_allclose(spent["time_s"], spent["walk_s"] + spent["wait_s"] + spent["ride_s"])
    accounts = dict(found.accounts)
    demand = accounts.pop("demand")
    assert demand == pytest.approx(sum(accounts.values()), rel=1e-12)
    assert accounts["unreachable"] > 0  # zones 7 and 8 have no stop
    assert not found.skim["time_s"].loc[1, [7, 8]].lt(np.inf).any()


def test_who_crosses_the_river_is_who_travels_between_its_banks():
    found, network = two_banks(), read_network("networks/two_banks/2025")
    banks = screenline.banks(network)
    stop_bank = stop_banks(found.lines.places, network, banks)
    over = found.across(stop_bank).groupby("from_bank")["passengers_pph"].sum()
    demand = read_demand("od_matrices/two_banks/2025_am.omx")
    nodes = network.nodes.dropna(subset=["zone_id"])
    zone_bank = nodes.set_index("zone_id")["node_id"].map(banks)
    trips = pd.DataFrame(demand.trips_vph.sum(axis=0), demand.zone_ids, demand.zone_ids)
    trips = trips.where(found.skim.reachable, 0.0)
    for begin, end in (("north", "south"), ("south", "north")):
        origins, ends = (zone_bank.index[zone_bank == bank] for bank in (begin, end))
        assert over[begin] == pytest.approx(trips.loc[origins, ends].sum(axis=None), rel=1e-12)


def test_the_same_bytes_for_any_number_of_threads():
    one, two = two_banks(threads=1), two_banks(threads=2)
    assert one.volume_pph.tobytes() == two.volume_pph.tobytes()
    assert one.skim.values.tobytes() == two.skim.values.tobytes()


@settings(max_examples=12, deadline=None)
@given(
    st.integers(2, 40),
    st.permutations(range(4)),
    st.lists(st.integers(1, 20), min_size=3, max_size=3),
    st.integers(2, 4),
    st.sampled_from([PLAIN, TransitWeights()]),
)
def test_one_more_line_never_makes_a_trip_cost_more(headway, stops, rides, size, weights):
    calls = list(zip(stops, np.cumsum([0, *rides]).tolist(), strict=True))[:size]
    before = skim_transit(compiled(SPIESS_FLORIAN), weights=weights)
    after = skim_transit(compiled({**SPIESS_FLORIAN, "new": (headway, calls)}), weights=weights)
    zones = [1, 2, 3, 4]
    old, new = (each["cost_s"].loc[zones, zones].to_numpy() for each in (before, after))
    assert (new <= old * (1 + 1e-12)).all()


def test_a_walk_between_zones_is_taken_where_it_is_better_and_never_two_in_a_row():
    service = by_headway({"1": (30, [(0, 0), (1, 5)])})
    far = Walking(speed_kph=3.6, detour=1.0, access_m=1, transfer_m=9200, direct_m=9200)
    network = zones_at(service)
    lines = compile_frequency(service, DAY, PEAK, network=network, walking=far)
    found = assign_transit(lines, persons([(1, 2, 5.0), (2, 1, 3.0), (3, 1, 1.0)]), weights=PLAIN)
    assert found.accounts["by_transit"] == 5.0  # 15 + 5 min against 2.5 h on foot
    assert found.accounts["on_foot"] == 3.0
    assert found.accounts["unreachable"] == 1.0  # two walks of 8.9 km from zone 3


def test_wrong_input_is_said():
    service = by_headway({"1": (30, [(0, 0), (1, 5)])})
    with pytest.raises(ValidationError, match="period_h: \\(9, 7\\) ends before it begins"):
        compile_frequency(service, DAY, (9, 7))
    with pytest.raises(ValidationError, match="nothing runs on 2026-03-04 between 20 and 22 h"):
        compile_frequency(service, DAY, (20, 22))
    with pytest.raises(ValidationError, match="TransitWeights.wait: 0 was given; it must be above"):
        TransitWeights(wait=0)
    lines = compile_frequency(service, DAY, PEAK, network=zones_at(service))
    with pytest.raises(NotFoundError, match="demand demand, zones: 1 of 2 ids are unknown"):
        assign_transit(lines, persons([], zones=(1, 99)))
    with pytest.raises(ValidationError, match="no zones to travel between. Compile with network="):
        skim_transit(compile_frequency(service, DAY, PEAK))
    assert len(KINDS) == 8
    assert isinstance(two_banks(), TransitAssignment)


def test_lines_of_jinan_cross_on_the_crossings_that_they_are_named_after():
    network = read_network("networks/jinan/2025")
    lines = compile_frequency(network.transit, "2025-12-30", PEAK, network=network)
    zones = lines.places.zone_ids
    everyone = build_demand(zones.tolist(), np.ones((len(zones),) * 2), classes=(UserClass("all"),))
    found = river_passengers(assign_transit(lines, everyone), network)
    used = found.groupby("route_id")["crossing_id"].agg(set).to_dict()
    named = {
        "X1": {"X12"},  # Jiluo tunnel
        "X2": {"X15"},  # new Yellow River bridge, beside the old one
        "X3": {"X09"},  # Qilu
        "X4": {"X10"},  # Jianbang
        "X5": {"X18"},  # Phoenix
        "X6": {"X18"},
        "X7": {"X20"},  # Jiyang
        "X8": {"X06"},  # Qihe
        "JY": {"X18"},
    }
    assert {route: used[route] for route in named} == named
    total = found.groupby("to_bank")["passengers_pph"].sum()
    assert (total > 0).all()
