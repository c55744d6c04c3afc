"""Times from door to door over a window: brute force, by hand, other routines of ours, laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import transitplan as tp
from tests.transit import expanded
from tests.transit.test_timetable import DAY, HOUR, feed, feeds, line
from transitplan.access import Step, gravity_access
from transitplan.graph.walks import Walking

WALKING = Walking(speed_kph=4.5, detour=1.3, access_m=700.0, direct_m=900.0)
SPOTS = [(0, 300.0, 0.0), (0, -200.0, 100.0), (1, 0.0, 450.0), (2, 0.0, 600.0), (4, 30.0, 40.0)]


@pytest.fixture(scope="module")
def two_banks():
    network = tp.read_network("networks/two_banks/2025")
    return network, tp.compile_timetable(network.transit, "2025-03-05", network=network)


def spots(day):
    """Points beside the stops s0 … s4; whichever of them are called at."""
    kept = [row for row in SPOTS if f"s{row[0]}" in day.places.stop_ids]
    at = [day.places.stop_m[day.places.stop_ids.get_loc(f"s{s}")] + (x, y) for s, x, y in kept]
    frame = pd.DataFrame(np.reshape(at, (-1, 2)), columns=["x_m", "y_m"])
    return kept, frame.set_index(pd.Index([f"p{i}" for i in range(len(kept))]))


def seconds(metres):
    return int(np.ceil(metres * 1.3 / 1.25 - 1e-9))


@settings(max_examples=15, deadline=None)
@given(feeds(), st.integers(0, 4))
def test_times_between_points_are_those_of_brute_force_in_each_minute(case, which):
    service, seen, walks = case
    try:
        day = tp.compile_timetable(service, DAY, seed=None, walking=WALKING)
    except tp.ValidationError:
        return
    kept, points = spots(day)
    start = which % len(kept)
    day = tp.add_points(day, points)
    begin = int(23.6 * HOUR)
    minutes = range(begin, begin + 5 * 60, 60)
    change_s = [walks.get((s, s), 60) for s in range(5)]
    between = [(i, j, s) for (i, j), s in walks.items() if i != j]
    doors = [(s, 5 + i, seconds(np.hypot(x, y))) for i, (s, x, y) in enumerate(kept)]
    doors = [door for door in doors if door[2] <= seconds(700 / 1.3)]
    access = [(s, walk) for s, point, walk in doors if point == 5 + start] + [(5 + start, 0)]
    for i, (s, x, y) in enumerate(kept):
        apart = np.hypot(x - kept[start][1], y - kept[start][2])
        if i != start and s == kept[start][0] and apart * 1.3 <= 900:
            access.append((5 + i, seconds(apart)))
    expected = np.array(
        [
            [
                expanded.arrivals(
                    seen, between + doors, change_s, access, minute, rides=2, limit_s=4 * HOUR
                ).get(5 + i, np.inf)
                - minute
                for minute in minutes
            ]
            for i in range(len(kept))
        ]
    )
    window = tp.DepartureWindow((begin / HOUR, begin / HOUR + 5 / 60), most_rides=2)
    found = tp.transit_times(day, [f"p{start}"], window, percentiles=[20, 50, 90])
    for place, percentile in enumerate([20, 50, 90]):
        ranked = np.percentile(expected, percentile, axis=1, method="inverted_cdf")
        assert_array_equal(found.values[0, place], ranked)
    arrives = np.isfinite(expected)
    assert_allclose(found.share[0], arrives.mean(axis=1))
    for time, row in zip(found.mean_s[0], expected, strict=True):
        assert time == (row[np.isfinite(row)].mean() if np.isfinite(row).any() else np.inf)


def test_a_bus_that_half_of_the_minutes_miss():
    """It leaves at 8:00 and takes 10 min: of 20 minutes from 7:50 on, 11 arrive in 10 to 20 min."""
    day = tp.compile_timetable(feed({"a": line((0, 8 * HOUR), (1, 8 * HOUR + 600))}), DAY)
    window = (8 - 1 / 6, 8 + 1 / 6)
    found = tp.transit_times(day, ["s0"], window, destinations=["s1"], percentiles=[5, 50, 55, 56])
    assert (found.values[0, :, 0] / 60).tolist() == [10, 19, 20, np.inf]
    assert found.mean_s[0, 0] == 15 * 60
    assert found.share[0, 0] == 11 / 20
    jobs = pd.DataFrame({"jobs": [100.0]}, index=["s1"])
    reach = tp.transit_reach(day, jobs, window, origins=["s0"], minutes=[15, 19])
    assert_allclose(reach["jobs"], [0, 30, 100, 50])  # median 19 min; 6 and 10 of 20 minutes
    assert reach["measure"].tolist() == 2 * ["of_percentile", "mean_of_minutes"]


def test_zones_as_the_other_routines_have_them(two_banks):
    _, day = two_banks
    found = tp.transit_times(day, None, (7, 8))
    means = tp.skim_timetable(day, (7, 8))
    assert_allclose(found.mean_s, means.array("time_s"), rtol=1e-12)
    assert_allclose(found.share, means.array("arrives"), rtol=1e-12)
    assert (found.values[:, 1:] >= found.values[:, :-1]).all()
    two = tp.transit_times(day, None, (7, 8), threads=2)
    assert two.to_frame().equals(found.to_frame())
    assert_array_equal(found.table("mean").to_numpy(), found.mean_s)
    assert_array_equal(found.table(25), found.values[:, 1])
    frame = found.to_frame()
    assert list(frame.columns[[0, 1, 2, 3, -1]]) == [
        *("origin", "destination", "time_mean_s", "time_p5_s", "share")
    ]
    row = frame.set_index(["origin", "destination"]).loc[(1, 4)]
    assert row["time_p50_s"] == found.table().loc[1, 4]


def test_a_point_at_a_centroid_has_the_times_of_its_zone(two_banks):
    network, day = two_banks
    nodes = network.nodes.dropna(subset="zone_id").set_index("zone_id").loc[range(1, 7)]
    points = nodes[["x_m", "y_m"]].rename(index=lambda zone: f"at {zone}")
    found = tp.transit_times(tp.add_points(day, points), None, (7, 8))
    zones, doubles = list(nodes.index), list(points.index)
    for table in (found.table(5), found.table(95), found.table("mean")):
        plain = table.loc[zones, zones].to_numpy()
        for rows, columns in ((zones, doubles), (doubles, zones), (doubles, doubles)):
            assert_array_equal(table.loc[rows, columns], plain)
    alone = tp.transit_times(day, zones, (7, 8), destinations=zones)
    assert_array_equal(found.table().loc[zones, zones], alone.table())
    assert day.places.n_zones == 8  # the old one is as it was


def test_nobody_walks_over_the_barrier():
    shapely = pytest.importorskip("shapely")
    day = tp.compile_timetable(feed({"a": line((0, 8 * HOUR), (1, 9 * HOUR))}), DAY)
    x, y = day.places.stop_m[0]
    points = pd.DataFrame({"x_m": [x, x], "y_m": [y + 200, y - 200]}, index=["n", "s"])
    river = shapely.LineString([(x - 5000, y + 100), (x + 5000, y + 100)])
    window, stops = (7.8, 7.9), ["s0", "s1"]
    free = tp.transit_times(tp.add_points(day, points), ["n", "s"], window, destinations=stops)
    assert np.isfinite(free.values).all()
    cut = tp.add_points(day, points, barrier=river)
    found = tp.transit_times(cut, ["n", "s"], window, destinations=["n", "s", *stops]).table()
    assert np.isinf(found.loc["n", ["s", "s0", "s1"]]).all()
    assert np.isinf(found.loc["s", "n"])
    assert_array_equal(found.loc["s", stops], free.table().loc["s"])


def test_nobody_walks_over_the_river_to_a_facility(two_banks):
    """The only crossing open to walkers is 5 km away; 1 km would be 1.3 km of way at 4.5 km/h."""
    network, day = two_banks
    people = pd.DataFrame({"x_m": [505_000.0], "y_m": 4_067_640.0})
    clinics = people.assign(kind="clinic", y_m=people["y_m"] - 1000)
    for more in ({}, {"timetable": day, "window": (12, 12.1)}):
        free = tp.nearest_facilities(people, clinics, **more)
        assert free.loc[0, "clinic_1_min"] == pytest.approx(1.3 / 4.5 * 60, abs=1 / 60)
        cut = tp.nearest_facilities(people, clinics, network=network, **more)
        assert np.isinf(cut.loc[0, "clinic_1_min"])
        same_bank = clinics.assign(y_m=people["y_m"] + 1000)
        near = tp.nearest_facilities(people, same_bank, network=network, **more)
        assert_array_equal(near, free)


def test_both_ways_to_count_what_is_within_reach(two_banks):
    network, day = two_banks
    there = network.zones.set_index("zone_id")[["population", "jobs"]]
    found = tp.transit_reach(day, there, (7, 7.5), minutes=[40, 45, 60])
    found = found.set_index(["measure", "within_min", "origin"])
    times = tp.transit_times(day, None, (7, 7.5), percentiles=[*range(2, 101, 2), 50])
    for limit in (40, 45, 60):
        whole = gravity_access(times.table(50), there, Step(limit))
        assert_allclose(found.loc["of_percentile"].loc[limit], whole)
        minutes = []
        for minute in range(30):  # windows of one minute
            begin = 7 + minute / 60
            now = tp.transit_times(day, None, (begin, begin + 1 / 60), percentiles=[50])
            minutes.append(gravity_access(now.table(), there, Step(limit)))
        assert_allclose(found.loc["mean_of_minutes"].loc[limit], sum(minutes) / 30)
    assert not found.loc["of_percentile"].equals(found.loc["mean_of_minutes"])
    two = tp.transit_reach(day, there, (7, 7.5), minutes=[40, 45, 60], threads=2)
    assert two.set_index(["measure", "within_min", "origin"]).equals(found)


def test_headways_by_timetable_and_by_strategies(two_banks):
    """Means over phases of the vehicles against expected times: docs/transit.md says why.

    Where one line is the only choice at each stop they are equal. From zone 3 to 4 a strategy waits
    for two lines of 12 and 20 min half of their common headway of 7.5 min, 3.75 min, while the
    first of two that come at random phases takes 12/2 - 12²/(6·20) = 4.8 min. To know the timetable
    saves up to a minute elsewhere.
    """
    network, _ = two_banks
    lines = tp.compile_frequency(network.transit, "2025-03-05", (10, 12), network=network)
    plain = tp.TransitWeights(walk=1, wait=1, transfer_s=0)
    expected = tp.skim_transit(lines, weights=plain)["time_s"].loc[range(1, 7), range(1, 7)] / 60
    days = (
        tp.compile_timetable(network.transit, "2025-03-05", network=network, seed=seed)
        for seed in range(60)
    )
    means = [tp.transit_times(day, None, (10, 12)).mean_s[:6, :6] / 60 for day in days]
    more = pd.DataFrame(np.mean(means, axis=0), expected.index, expected.columns) - expected
    one_line = [(1, 4), (1, 6), (4, 6), (5, 6), (3, 5), (3, 6), (6, 1), (6, 4), (5, 3), (4, 1)]
    assert_allclose([more.loc[pair] for pair in one_line], 0.0, atol=0.12)
    error = np.std(means, axis=0).max() / np.sqrt(60)
    assert more.loc[3, 4] > 4 * error
    assert more.loc[3, 4] < 4.8 - 3.75 + error
    assert more.loc[2, 5] < -4 * error
    assert abs(more).max(axis=None) < 1.5


def test_wrong_input_is_said(two_banks):
    _, day = two_banks
    with pytest.raises(tp.ValidationError, match="percentiles: 0, 101 was given"):
        tp.transit_times(day, None, (7, 8), percentiles=[0, 50, 101])
    with pytest.raises(tp.ValidationError, match=r"window: \(8, 7\) ends before") as caught:
        tp.DepartureWindow((8, 7), most_rides=-1, limit_h=0)
    assert len(caught.value.problems) == 3
    with pytest.raises(tp.NotFoundError, match="no zone or stop 'x9'"):
        tp.transit_times(day, [1, "x9"], (7, 8))
    with pytest.raises(tp.NotFoundError, match="no 40; it has percentiles 5, 25, 50, 75, 95, mean"):
        tp.transit_times(day, [1], (7, 7.1)).table(40)
    bad = pd.DataFrame({"x_m": [0.0, 1.0, np.nan], "y_m": 0.0}, index=["m1", "a", "a"])
    with pytest.raises(tp.ValidationError, match="points: a stand twice") as caught:
        tp.add_points(day, bad)
    assert "m1 are ids of stops" in str(caught.value)
    assert len(caught.value.problems) == 3
    with pytest.raises(tp.ValidationError, match="no column y_m"):
        tp.add_points(day, bad[["x_m"]])
    with pytest.raises(tp.ValidationError, match="opportunities: empty, infinite or negative"):
        tp.transit_reach(day, pd.DataFrame({"jobs": [np.nan]}, index=[1]), (7, 8))
