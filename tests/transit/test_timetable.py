"""The timetable of a day: brute force on whole feeds, midnight, headways, walks, fares."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transit import expanded
from transitplan.errors import ValidationError
from transitplan.graph.fares import route_fares
from transitplan.graph.timetable import chance, compile_timetable
from transitplan.graph.walks import Walking
from transitplan.io import read_network
from transitplan.kernels.departures import arrivals_by_round
from transitplan.kernels.raptor import NEVER
from transitplan.model.transit_build import build_transit

DAY = dt.date(2026, 3, 4)
DAY_S = 86_400
N_STOPS = 5
HOUR = 3600


def feed(trips, *, headways=(), transfers=(), days=None, replaced=None):
    """A feed of trips {id: calls (stop, arrival, departure, pickup, drop-off)} [s].

    ``days`` are the dates of each trip, DAY by default; stops lie far apart.
    """
    days = days or {}
    stops = [f"s{i}" for i in range(N_STOPS)]
    dates = [(f"of {trip}", day) for trip in trips for day in days.get(trip, [DAY])]
    frames = {
        "agency": pd.DataFrame({"agency_name": ["A"], "agency_timezone": ["Asia/Shanghai"]}),
        "stops": pd.DataFrame(
            {"stop_id": stops, "stop_lon": 117 + 0.1 * np.arange(N_STOPS), "stop_lat": 36.5}
        ),
        "routes": pd.DataFrame({"route_id": [f"line {t}" for t in trips], "route_type": 3}),
        "trips": pd.DataFrame(
            [(f"line {t}", f"of {t}", t) for t in trips],
            columns=["route_id", "service_id", "trip_id"],
        ),
        "stop_times": pd.DataFrame(
            [
                (trip, float(a), float(d), f"s{stop}", i, pick, drop)
                for trip, calls in trips.items()
                for i, (stop, a, d, pick, drop) in enumerate(calls)
            ],
            columns=[
                "trip_id",
                "arrival_time",
                "departure_time",
                "stop_id",
                "stop_sequence",
                "pickup_type",
                "drop_off_type",
            ],
        ),
        "calendar_dates": pd.DataFrame(
            [(service, f"{day:%Y%m%d}", 1) for service, day in dates],
            columns=["service_id", "date", "exception_type"],
        ),
        "frequencies": pd.DataFrame(
            headways,
            columns=["trip_id", "start_time", "end_time", "headway_secs", "exact_times"],
        ),
        "transfers": pd.DataFrame(
            transfers,
            columns=["from_stop_id", "to_stop_id", "transfer_type", "min_transfer_time"],
        ),
    }
    return build_transit({**frames, **(replaced or {})}, tolerate=True)


def line(*calls):
    return [(stop, time, time, 0, 0) for stop, time in calls]


def reached(graph, departures, *, rides=2, start=0, limit_s=5 * HOUR):
    access = np.array([start], np.int32), np.array([0], np.int32)
    n_places = graph.places.n_stops
    out = np.empty((len(departures), rides + 1, n_places), np.int32)
    targets = np.arange(n_places)
    arrivals_by_round(graph.arrays, access, np.array(departures), limit_s, targets, out)
    names = graph.places.stop_ids
    return [{names[i]: int(t) for i, t in enumerate(found[-1]) if t < NEVER} for found in out]


@st.composite
def feeds(draw):
    """Trips of the three days around a midnight, some by headways; and what brute force sees."""
    trips, headways, days, seen = {}, [], {}, []
    stop = st.integers(0, N_STOPS - 1)
    for number in range(draw(st.integers(1, 5))):
        name = f"t{number}"
        begin = draw(st.sampled_from([0, 6 * HOUR, 23 * HOUR + 1800, 24 * HOUR, 25 * HOUR]))
        time, calls = begin + 300 * draw(st.integers(0, 6)), []
        ban = st.sampled_from([0, 0, 0, 1, 2])
        for _ in range(draw(st.integers(2, 4))):
            leaves = time + 60 * draw(st.integers(0, 2))
            calls.append((draw(stop), time, leaves, draw(ban), draw(ban)))
            time = leaves + 60 * draw(st.integers(1, 30))
        trips[name] = calls
        chosen = draw(st.lists(st.sampled_from([-1, 0, 1]), min_size=1, unique=True))
        days[name] = [DAY + dt.timedelta(days=n) for n in chosen]
        starts = [calls[0][2]]
        if draw(st.booleans()):
            headway, n = 60 * draw(st.integers(3, 20)), draw(st.integers(1, 4))
            exact = draw(st.sampled_from([0, 1]))
            headways.append((name, begin, begin + headway * n, headway, exact))
            starts = [begin + headway * i for i in range(n)]
        for day_offset in chosen:
            for start in starts:
                shift = start - calls[0][2] + DAY_S * day_offset
                seen.append([(s, a + shift, d + shift, p != 1, e != 1) for s, a, d, p, e in calls])
    pairs = st.tuples(stop, stop)
    walks = {
        pair: 60 * draw(st.integers(0, 9))
        for pair in draw(st.lists(pairs, max_size=4, unique=True))
    }
    listed = [(f"s{i}", f"s{j}", 2, float(s)) for (i, j), s in walks.items()]
    return feed(trips, headways=headways, transfers=listed, days=days), seen, walks


@settings(max_examples=30, deadline=None)
@given(feeds())
def test_a_day_of_a_feed_is_what_brute_force_makes_of_it(case):
    service, seen, walks = case
    departures = [24 * HOUR, 23 * HOUR + 1500, 6 * HOUR, 600, 0]
    names = [s for s in service.stops["stop_id"] if s in set(service.stop_times["stop_id"])]
    try:
        graph = compile_timetable(service, DAY, seed=None)
    except ValidationError:
        return  # nothing runs on that day, nor the night before
    change_s = [walks.get((s, s), 60) for s in range(N_STOPS)]
    between = [(i, j, s) for (i, j), s in walks.items() if i != j]
    start = int(names[0][1:])
    for departure, found in zip(departures, reached(graph, departures), strict=True):
        best = expanded.arrivals(
            seen, between, change_s, [(start, 0)], departure, rides=2, limit_s=5 * HOUR
        )
        assert found == {f"s{stop}": time for stop, time in best.items() if f"s{stop}" in names}


def test_a_trip_of_yesterday_is_caught_after_midnight_and_one_of_tomorrow_before():
    late = line((0, 24 * HOUR + 600), (1, 25 * HOUR))
    early = line((1, 3600), (2, 5400))
    yesterday, tomorrow = (DAY + dt.timedelta(days=n) for n in (-1, 1))
    service = feed(
        {"late": late, "early": early}, days={"late": [yesterday, DAY], "early": [tomorrow]}
    )
    graph = compile_timetable(service, DAY)
    night, evening = reached(graph, [0])[0], reached(graph, [24 * HOUR])[0]
    assert night == {"s0": 0, "s1": HOUR}  # of yesterday; the early bus runs only tomorrow
    assert evening == {"s0": 24 * HOUR, "s1": 25 * HOUR}  # one minute to change is too long
    service = feed(
        {"late": late, "early": early},
        days={"late": [DAY], "early": [tomorrow]},
        transfers=[("s1", "s1", 2, 0.0)],
    )
    assert reached(compile_timetable(service, DAY), [24 * HOUR])[0]["s2"] == 25.5 * HOUR


def test_vehicles_by_headway_start_by_chance_of_their_own_and_exact_ones_on_time():
    trips = {"a": line((0, 0), (1, 600)), "b": line((2, 0), (3, 600))}
    headways = [("a", 6 * HOUR, 9 * HOUR, 1200, 0), ("b", 6 * HOUR, 9 * HOUR, 1200, 1)]
    both = compile_timetable(feed(trips, headways=headways), DAY, seed=3)
    times = [np.sort(both.arrays.depart[both.arrays.depart % 1200 == k]) for k in (0,)]
    assert set(range(6 * HOUR, 9 * HOUR, 1200)) <= set(times[0].tolist())
    alone = compile_timetable(feed({"a": trips["a"]}, headways=headways[:1]), DAY, seed=3)
    late = int(chance(3, "a", 6 * HOUR) * 1200)
    assert 0 < late < 1200
    for graph in (both, alone):
        found = reached(graph, [6 * HOUR - 1], rides=1)[0]["s1"]
        assert found == 6 * HOUR + late + 600
    assert 0.4 < np.mean([chance(seed, "a", 0) for seed in range(500)]) < 0.6


def test_transfers_of_the_feed_go_before_our_own():
    near = pd.DataFrame(
        {
            "stop_id": [f"s{i}" for i in range(N_STOPS)],
            "stop_lon": [117.0, 117.001, 117.5, 117.501, 118.0],
            "stop_lat": 0.0,
        }
    )
    calls = {"t": line(*((i, 600 * i) for i in range(N_STOPS)))}
    rows = [
        ("s0", "s0", 3, np.nan),
        ("s2", "s3", 2, 500.0),
        ("s3", "s2", 3, np.nan),
        ("s2", "s4", 0, np.nan),
    ]
    service = feed(calls, replaced={"stops": near}, transfers=rows)
    walking = Walking(speed_kph=3.6, detour=1.5)
    places = compile_timetable(service, DAY, walking=walking).places
    walks = places.transfers
    found = {(i, j): s for i, j, s in zip(*(part.tolist() for part in walks), strict=True)}
    metres = 111_195.08  # a degree of the equator on the mean sphere
    apart = int(np.ceil(metres * 0.001 * 1.5))
    assert found == {
        (0, 1): apart,
        (1, 0): apart,
        (2, 3): 500,
        (2, 4): int(np.ceil(metres * 0.5 * 1.5)),
    }
    assert places.change_s.tolist() == [NEVER, 60, 60, 60, 60]


def test_fares_of_a_line_go_before_those_of_all():
    fares = {
        "fare_attributes": pd.DataFrame(
            {
                "fare_id": ["all", "x", "far"],
                "price": [2.0, 5.0, 1.0],
                "currency_type": "CNY",
                "payment_method": 0,
            }
        ),
        "fare_rules": pd.DataFrame(
            {"fare_id": ["x", "far"], "route_id": ["line b", "line a"], "origin_id": ["", "z"]}
        ),
    }
    service = feed({"a": line((0, 0), (1, 9)), "b": line((0, 0), (1, 9))}, replaced=fares)
    assert route_fares(service).to_dict() == {"line a": 2.0, "line b": 5.0}
    assert route_fares(feed({"a": line((0, 0), (1, 9))})).to_dict() == {"line a": 0.0}


@pytest.mark.parametrize("rules", [{"route_id": [""]}, {"route_id": ["", "line b"]}])
def test_a_rule_that_names_only_a_fare_holds_for_every_ride(rules):
    fares = {
        "fare_attributes": pd.DataFrame(
            {"fare_id": ["all"], "price": [2.0], "currency_type": "CNY", "payment_method": 0}
        ),
        "fare_rules": pd.DataFrame({"fare_id": "all", **rules}),
    }
    service = feed({"a": line((0, 0), (1, 9)), "b": line((0, 0), (1, 9))}, replaced=fares)
    assert route_fares(service).to_dict() == {"line a": 2.0, "line b": 2.0}


def test_zones_walk_to_stops_and_a_day_without_service_is_said():
    network = read_network("networks/two_banks/2025")
    graph = compile_timetable(network.transit, "2025-03-05", network=network)
    first, place, _ = graph.access
    names = list(graph.places.stop_ids) + [f"zone {z}" for z in graph.places.zone_ids]
    assert [names[i] for i in place[first[0] : first[1]]] == ["m1", "b1", "zone 1"]
    with pytest.raises(ValidationError, match=r"nothing runs on 2031-01-01. Try service.busiest"):
        compile_timetable(network.transit, "2031-01-01", network=network)
    with pytest.raises(
        ValidationError, match="Walking.detour: 0.5 was given; it must be 1 or more"
    ):
        Walking(detour=0.5)
