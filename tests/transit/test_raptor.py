"""RAPTOR: a journey worked out by hand, brute force over events in time, and laws."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from tests.transit import expanded
from transitplan.graph.patterns import Calls, Walks, build_timetable
from transitplan.kernels.departures import arrivals_by_round, mean_block, times_by_departure
from transitplan.kernels.raptor import NEVER
from transitplan.transit.windows import nearest_rank

N_PLACES = 8


def timetable(trips, walks, change_s):
    """Trips are lists of (place, arrival, departure, may board, may leave)."""
    calls = [(number, *call) for number, trip in enumerate(trips) for call in trip]
    columns = np.array(calls, np.int64).reshape(-1, 6).T
    return build_timetable(
        Calls(*columns[:4], columns[4].astype(bool), columns[5].astype(bool)),
        Walks(*np.array(walks, np.int64).reshape(-1, 3).T),
        np.array(change_s, np.int64),
    )


def reached(trips, walks, change_s, access, departures, *, rides=3, limit_s=10**6):
    """Arrivals by departure, rides and place."""
    table, _ = timetable(trips, walks, change_s)
    place, seconds = np.array(access, np.int32).reshape(-1, 2).T.copy()
    out = np.empty((len(departures), rides + 1, len(change_s)), np.int32)
    targets = np.arange(len(change_s))
    times = np.array(departures, np.int64)
    arrivals_by_round(table, (place, seconds), times, limit_s, targets, out)
    return out


def line(*calls):
    """A trip that stops for no time and bans nothing."""
    return [(place, time, time, True, True) for place, time in calls]


def test_a_change_that_saves_time_and_one_that_is_too_short():
    """From 0 to 3: direct at 100; by changing at 1 at 60, if one can change in 5."""
    slow, feeder = line((0, 10), (3, 100)), line((0, 10), (1, 20))
    fast = line((1, 25), (3, 60))
    found = reached([slow, feeder, fast], [], [5] * 4, [(0, 0)], [10], rides=2)
    assert found[0, :, 3].tolist() == [NEVER, 100, 60]
    found = reached([slow, feeder, fast], [], [6] * 4, [(0, 0)], [10], rides=2)
    assert found[0, :, 3].tolist() == [NEVER, 100, 100]
    missed = reached([slow, feeder, fast], [], [5] * 4, [(0, 0)], [11], rides=2)
    assert (missed[0, :, 3] == NEVER).all()


def test_one_walks_once_between_rides_and_not_on_from_a_walk():
    """Walks 1–2 and 2–3 do not make a walk 1–3, even where 2 is reached by vehicle too, later."""
    walks = [(1, 2, 10), (2, 3, 10)]
    found = reached([line((0, 0), (1, 5))], walks, [0] * 4, [(0, 0)], [0])
    assert found[0, -1].tolist() == [0, 5, 15, NEVER]
    later = [line((0, 0), (1, 5), (2, 40))]  # 2 is there on foot at 15, by vehicle at 40
    assert reached(later, walks, [0] * 4, [(0, 0)], [0])[0, -1].tolist() == [0, 5, 15, 50]


def test_bans_hold_at_each_call():
    no_entry = [(0, 0, 0, False, True), (1, 10, 10, True, True), (2, 20, 20, True, True)]
    no_exit = [(0, 0, 0, True, True), (1, 10, 10, True, False), (2, 20, 20, True, True)]
    assert (reached([no_entry], [], [0] * 3, [(0, 0)], [0])[0, -1, 1:] == NEVER).all()
    assert reached([no_exit], [], [0] * 3, [(0, 0)], [0])[0, -1].tolist() == [0, NEVER, 20]


def test_a_vehicle_that_overtakes_is_caught():
    local, express = line((0, 0), (1, 100)), line((0, 10), (1, 50))
    assert reached([local, express], [], [0] * 2, [(0, 0)], [0])[0, -1, 1] == 50
    assert reached([express, local], [], [0] * 2, [(0, 0)], [0])[0, -1, 1] == 50


@st.composite
def cities(draw):
    """A few trips that may overtake, visit a place twice, ban; walks; departures and a limit."""
    place = st.integers(0, N_PLACES - 1)
    trips = []
    for _ in range(draw(st.integers(1, 7))):
        time, calls = draw(st.integers(-20, 40)), []
        ban = st.sampled_from([True, True, True, False])
        for _ in range(draw(st.integers(2, 4))):
            leaves = time + draw(st.integers(0, 3))
            calls.append((draw(place), time, leaves, draw(ban), draw(ban)))
            time = leaves + draw(st.integers(0, 15))
        trips.append(calls)
    if draw(st.booleans()):  # the same again, as lines do
        shift = draw(st.integers(1, 20))
        trips += [[(p, a + shift, d + shift, b, e) for p, a, d, b, e in trips[0]]]
    walk = st.tuples(place, place, st.integers(1, 25)).filter(lambda each: each[0] != each[1])
    walks = draw(st.lists(walk, max_size=6, unique_by=lambda each: each[:2]))
    change_s = draw(st.lists(st.integers(0, 6), min_size=N_PLACES, max_size=N_PLACES))
    access = draw(
        st.lists(
            st.tuples(place, st.integers(0, 10)),
            min_size=1,
            max_size=2,
            unique_by=lambda each: each[0],
        )
    )
    departures = draw(st.lists(st.integers(-25, 30), min_size=1, max_size=3, unique=True))
    limit_s = draw(st.sampled_from([15, 40, 1000]))
    return trips, walks, change_s, access, sorted(departures, reverse=True), limit_s


def busy_city(seed):
    """Lines with many trips on a coarse clock, so that many changes are just made or missed."""
    rng = np.random.default_rng(seed)
    trips = []
    for _ in range(rng.integers(7, 12)):
        n_calls = rng.integers(2, 4)
        places = rng.permutation(N_PLACES)[:n_calls]
        ride, stay = rng.integers(1, 4, n_calls), rng.integers(0, 2, n_calls)
        may = rng.random((n_calls, 2)) < 0.93
        for begin in rng.integers(0, 16, rng.integers(2, 6)):
            depart = begin + np.cumsum(ride + stay)
            trips.append(
                [
                    (int(p), int(d - s), int(d), bool(b), bool(e))
                    for p, d, s, (b, e) in zip(places, depart, stay, may, strict=True)
                ]
            )
    walks = [
        (i, j, int(rng.integers(1, 6))) for i, j in rng.integers(0, N_PLACES, (3, 2)) if i != j
    ]
    change_s = rng.integers(0, 3, N_PLACES).tolist()
    departures = sorted({int(t) for t in rng.integers(-2, 10, 8)}, reverse=True)
    return trips, walks, change_s, [(0, 0)], departures, int(rng.choice([12, 1000]))


@settings(max_examples=250, deadline=None)
@given(st.one_of(cities(), st.integers(0, 10**6).map(busy_city)))
def test_arrivals_are_those_of_brute_force(city):
    trips, walks, change_s, access, departures, limit_s = city
    found = reached(trips, walks, change_s, access, departures, rides=3, limit_s=limit_s)
    for i, departure in enumerate(departures):
        for rides in range(4):
            best = expanded.arrivals(
                trips, walks, change_s, access, departure, rides=rides, limit_s=limit_s
            )
            assert found[i, rides].tolist() == [best.get(p, NEVER) for p in range(N_PLACES)]


def blocks_of(city, shares, *, rides=3):
    """Percentiles of the city's origin; means and shares of departures of it twice."""
    trips, walks, change_s, access, departures, limit_s = city
    table, _ = timetable(trips, walks, change_s)
    place, seconds = np.array(2 * access, np.int32).reshape(-1, 2).T.copy()
    origins = (np.array([0, len(access), 2 * len(access)]), place, seconds)
    targets = np.arange(N_PLACES)
    times, rules = np.array(departures, np.int64), (rides, limit_s)
    minutes, landed = (np.empty((N_PLACES, times.size), np.int32) for _ in range(2))
    walks_here = place[: len(access)], seconds[: len(access)]
    times_by_departure(table, walks_here, times, rules, targets, minutes, landed)
    assert (minutes <= landed).all()
    percentiles = nearest_rank(np.sort(minutes, axis=1), [100 * each for each in shares])
    fare = 2.0 ** np.arange(table.first_time.size)
    means, share = np.empty((2, 6, N_PLACES)), np.empty((2, N_PLACES))
    mean_block(table, origins, times, rules, targets, fare, (0, 2), means, share)
    return percentiles, means, share


@settings(max_examples=100, deadline=None)
@given(cities())
def test_percentiles_and_means_are_those_of_all_departures(city):
    """Against numpy on each departure by itself; the second origin finds nothing of the first."""
    departures, limit_s = city[4:]
    shares = [0.05, 0.5, 0.67, 1.0]
    percentiles, means, share = blocks_of(city, shares)
    single = np.array([reached(*city[:4], [t], limit_s=limit_s)[0, -1] for t in departures], float)
    single = np.where(single < NEVER, single - np.array(departures)[:, np.newaxis], np.inf)
    expected = np.percentile(single, [100 * each for each in shares], axis=0, method="inverted_cdf")
    arrived = np.isfinite(single)
    assert_array_equal(share[0], arrived.mean(axis=0))
    assert_array_equal(percentiles, expected)
    assert (percentiles[1:] >= percentiles[:-1]).all()
    for origin in range(2):
        count = np.maximum(arrived.sum(axis=0), 1)
        mean = np.where(arrived, single, 0.0).sum(axis=0) / count
        mean[~arrived.any(axis=0)] = np.inf
        assert_allclose(means[origin, 0], mean, rtol=1e-12)
    whole, walked, ridden, rides = means[0, :4]
    there = np.isfinite(whole)
    assert (walked + ridden <= whole + 1e-9)[there].all()
    assert (rides[there] <= 3).all()
    assert_allclose(means[0, :, ~there], np.inf)


@settings(max_examples=100, deadline=None)
@given(cities())
def test_of_journeys_as_early_the_one_with_fewest_rides_is_described(city):
    *rest, departures, limit_s = city
    by_rides = reached(*rest, departures[:1], limit_s=limit_s)[0]
    fewest = (by_rides > by_rides[-1]).sum(axis=0)
    rides = blocks_of((*rest, departures[:1], limit_s), [0.5])[1][0, 3]
    assert_array_equal(rides[by_rides[-1] < NEVER], fewest[by_rides[-1] < NEVER])


def test_what_a_journey_is_made_of():
    """Walk 30, wait 10, ride 20, walk 15, wait 5, ride 40, then wait 0: two fares."""
    trips = [line((0, 40), (1, 60)), line((2, 80), (3, 120))]
    table, number = timetable(trips, [(1, 2, 15), (3, 5, 7)], [3] * N_PLACES)
    origin = (np.array([0, 1]), np.array([0], np.int32), np.array([30], np.int32))
    fare = np.array([2.0, 5.0])[number[table.first_trip[:-1]]]
    means, share = np.empty((1, 6, 2)), np.empty((1, 2))
    departures, targets = np.array([1, 0, -600]), np.array([3, 5])
    mean_block(table, origin, departures, (3, 1000), targets, fare, (0, 1), means, share)
    assert means[0, :, 0].tolist() == pytest.approx([(119 + 120 + 720) / 3, 45, 60, 2, 1, 7])
    assert means[0, :, 1].tolist() == pytest.approx([(126 + 127 + 727) / 3, 52, 60, 2, 1, 7])
    assert share.tolist() == [[1.0, 1.0]]


@settings(max_examples=100, deadline=None)
@given(cities(), st.data())
def test_one_more_trip_never_makes_a_journey_longer(city, data):
    trips, *rest, limit_s = city
    more = data.draw(cities())[0]
    before = reached(trips, *rest, limit_s=limit_s)
    after = reached([*trips, more[0]], *rest, limit_s=limit_s)
    assert (after <= before).all()


PLAIN = """
import json
from tests.transit.test_raptor import blocks_of, line, reached
trips = [line((0, 5), (1, 9), (2, 20)), line((0, 15), (1, 19), (2, 25)), line((1, 12), (4, 30))]
city = trips, [(1, 3, 4), (4, 5, 3)], [2] * 8, [(0, 1), (3, 9)], [14, 4, 0], 100
found = [reached(*city[:5]), *blocks_of(city, [0.5])]
print(json.dumps([part.tolist() for part in found]))
"""


def test_the_same_without_the_compiler():
    compiled, plain = (
        json.loads(
            subprocess.run(
                [sys.executable, "-c", PLAIN],
                env={**os.environ, "NUMBA_DISABLE_JIT": disabled},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for disabled in ("0", "1")
    )
    assert compiled == plain
