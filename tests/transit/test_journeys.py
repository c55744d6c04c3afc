"""Journeys and times by timetable: brute force, by hand, laws, and words."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.testing import assert_allclose, assert_array_equal

from tests.transit import expanded
from tests.transit.test_timetable import DAY, HOUR, feed, feeds, line
from transitplan.errors import NoPathError, NotFoundError, ValidationError
from transitplan.graph.timetable import compile_timetable
from transitplan.io import read_network
from transitplan.transit.journeys import earliest_arrival, find_journeys
from transitplan.transit.times import skim_timetable
from transitplan.transit.windows import transit_times


def two_banks(**options):
    network = read_network("networks/two_banks/2025")
    return compile_timetable(network.transit, "2025-03-05", network=network, **options)


def beaten_by_none(seen, walks, change_s, ends, minutes):
    """(leave, arrive, rides) of the journeys that no other beats, by brute force each minute."""
    start, end = ends
    found = []
    best = [np.inf] * 3
    for minute in reversed(minutes):
        fewer = np.inf
        for rides in range(3):
            arrival = expanded.arrivals(
                seen, walks, change_s, [(start, 0)], minute, rides=rides, limit_s=4 * HOUR
            ).get(end, np.inf)
            if arrival < min(best[rides], fewer):
                found.append((minute, arrival, rides))
            fewer, best[rides] = min(fewer, arrival), min(best[rides], arrival)
    return sorted(found)


@settings(max_examples=12, deadline=None)
@given(feeds())
def test_journeys_of_a_window_are_those_of_brute_force(case):
    """Everything happens at whole minutes here, so that minutes are all there is to try."""
    service, seen, walks = case
    try:
        graph = compile_timetable(service, DAY, seed=None)
    except ValidationError:
        return
    names = list(graph.places.stop_ids)
    begin = int(23.6 * HOUR)
    minutes = range(begin, begin + 41 * 60, 60)
    change_s = [walks.get((s, s), 60) for s in range(5)]
    between = [(i, j, s) for (i, j), s in walks.items() if i != j]
    ends = int(names[0][1:]), int(names[-1][1:])
    every = beaten_by_none(seen, between, change_s, ends, minutes)
    window = (begin / HOUR, minutes[-1] / HOUR)
    found = find_journeys(graph, names[0], names[-1], window, most_rides=2, limit_h=4)
    if ends[0] == ends[1]:
        assert [journey.legs for journey in found] == [()]
        return
    last = {rides: arrive for leave, arrive, rides in every if leave == minutes[-1]}
    ours = [(each.depart_s, each.arrive_s, each.rides) for each in found]
    inside = [row for row in every if row[0] < minutes[-1]]
    assert [row for row in ours if row[0] < minutes[-1]] == inside
    assert all(last[rides] == arrive for leave, arrive, rides in ours if leave == minutes[-1])
    for journey in found:
        check(service, journey)


def check(service, journey):
    """Legs meet, in time and place, and rides are in the timetable."""
    before = journey.legs[0]
    assert journey.depart_s == before.depart_s
    for leg in journey.legs[1:]:
        assert leg.from_id == before.to_id
        assert leg.depart_s >= before.arrive_s
        assert {leg.kind, before.kind} != {"walk"}
        before = leg
    assert before.arrive_s == journey.arrive_s
    calls = service.stop_times.groupby("trip_id")
    for leg in journey.legs:
        if leg.kind == "ride":
            rows = calls.get_group(leg.trip_id).reset_index()
            ridden = [
                rows["arrival_time"][j] - rows["departure_time"][i]
                for i in np.flatnonzero(rows["stop_id"] == leg.from_id)
                for j in np.flatnonzero(rows["stop_id"] == leg.to_id)
                if j == i + leg.n_stops
            ]
            assert leg.arrive_s - leg.depart_s in ridden


def test_a_journey_in_words():
    graph = two_banks(seed=None)  # the metro leaves at 8:10 and takes 26:31
    journey = earliest_arrival(graph, 1, 5, 8)
    check(graph.service, journey)
    assert [leg.kind for leg in journey.legs] == ["walk", "ride", "walk", "ride", "walk"]
    assert journey.rides == 2
    assert journey.walk_s == 445 + 278 + 347
    first, *lines = journey.to_text().splitlines()
    assert first.endswith("rides: 2")
    assert lines[1].endswith("Mill Town – Old Town 08:36: Metro 1, stops: 3")
    assert "地铁1号线:磨坊镇 – 老城,3站" in journey.to_text("zh")
    assert journey.to_frame()["kind"].tolist() == [leg.kind for leg in journey.legs]
    with pytest.raises(NotFoundError, match="no language 'fr'. Use en or zh"):
        journey.to_text("fr")


def test_no_journey_and_unknown_places_are_said():
    graph = two_banks()
    with pytest.raises(
        NoPathError, match=r"No journey from 1 to 7 from 08:00 on, within 4 h and 5"
    ):
        earliest_arrival(graph, 1, 7, 8)
    with pytest.raises(NotFoundError, match="no zone or stop 'm9' that is called at"):
        earliest_arrival(graph, "m9", 1, 8)
    assert find_journeys(graph, 1, 7, (8, 9)) == []
    assert earliest_arrival(graph, 3, 3, 8).legs == ()
    with pytest.raises(ValidationError, match=r"window_h: \(9, 8\) ends before it begins"):
        find_journeys(graph, 1, 2, (9, 8))


def test_after_midnight_the_clock_says_so():
    late = line((0, 23.75 * HOUR), (1, 25.5 * HOUR))
    graph = compile_timetable(feed({"late": [tuple(map(int, c)) for c in late]}), DAY)
    text = earliest_arrival(graph, "s0", "s1", 23).to_text()
    assert text.startswith("23:45 to 01:30 (+1), 105 min, rides: 1")
    tomorrow = compile_timetable(
        feed({"late": [tuple(map(int, c)) for c in late]}), DAY + dt.timedelta(days=1)
    )
    with pytest.raises(NoPathError):
        earliest_arrival(tomorrow, "s0", "s1", 0)
    with pytest.raises(ValidationError, match="no zones to travel between"):
        transit_times(tomorrow, None, (7, 9))


def test_the_wait_for_a_line_by_headways_is_half_of_one_on_average():
    """Those who leave in each minute of a headway of 20 min, for any start of the vehicles."""
    trips = {"a": line((0, 0), (1, 600))}
    service = feed(trips, headways=[("a", 6 * HOUR, 10 * HOUR, 1200, 0)])
    waits = []
    for seed in range(40):
        graph = compile_timetable(service, DAY, seed=seed)
        found = transit_times(
            graph, ["s0"], (8, 8 + 1 / 3), destinations=["s1"], percentiles=range(5, 101, 5)
        )
        waits.append(found.values.mean() - 600)
    assert np.ptp(waits) < 60  # a minute's worth of rounding
    assert np.mean(waits) == pytest.approx(600, abs=10)


def test_percentiles_are_those_of_a_journey_in_each_minute():
    graph = two_banks()
    found = transit_times(graph, None, (7, 7.5), percentiles=[10, 50, 90, 100])
    shares = [10, 50, 90, 100]
    for origin, destination in ((1, 4), (2, 5), (6, 3)):
        times = []
        for minute in range(30):
            try:
                arrive = earliest_arrival(graph, origin, destination, 7 + minute / 60).arrive_s
                times.append(arrive - 7 * HOUR - 60 * minute)
            except NoPathError:
                times.append(np.inf)
        expected = np.percentile(times, shares, method="inverted_cdf")
        assert [found.table(p).loc[origin, destination] for p in shares] == expected.tolist()
    assert (found.values[:, 1:] >= found.values[:, :-1]).all()  # nobody gains by bad luck
    assert np.isinf(found.table(10).loc[1, 7])
    frame = found.to_frame()
    assert list(frame) == [
        *("origin", "destination", "time_mean_s"),
        *(f"time_p{p}_s" for p in shares),
        "share",
    ]
    assert len(frame) == 64
    two = transit_times(graph, None, (7, 7.5), percentiles=shares, threads=2)
    assert two.values.tobytes() == found.values.tobytes()
    stops = transit_times(graph, ["m1"], (7, 7.5), destinations=["m1", "m4"])
    assert stops.table().loc["m1", "m1"] == 0.0
    with pytest.raises(NotFoundError, match="no 20; it has percentiles 5, 25, 50, 75, 95, mean"):
        stops.table(20)
    with pytest.raises(ValidationError, match="percentiles: 0 was given; each is above 0, to 100"):
        transit_times(graph, None, (7, 8), percentiles=[0])


def test_means_add_up_and_are_those_of_a_journey_in_each_minute():
    graph = two_banks()
    found = skim_timetable(graph, (7, 7.5))
    for origin, destination in ((1, 4), (2, 5), (6, 3)):
        journeys = [earliest_arrival(graph, origin, destination, 7 + m / 60) for m in range(30)]
        whole = np.mean([j.arrive_s - 7 * HOUR - 60 * m for m, j in enumerate(journeys)])
        ride = [sum(g.arrive_s - g.depart_s for g in j.legs if g.kind == "ride") for j in journeys]
        expected = {
            "time_s": whole,
            "walk_s": np.mean([j.walk_s for j in journeys]),
            "ride_s": np.mean(ride),
            "boardings": np.mean([j.rides for j in journeys]),
            "transfers": np.mean([j.rides - 1 for j in journeys]),
            "arrives": 1.0,
        }
        row = {name: found[name].loc[origin, destination] for name in expected}
        assert row == pytest.approx(expected, rel=1e-12)
    there = found.reachable
    parts = found.array("walk_s") + found.array("wait_s") + found.array("ride_s")
    assert_allclose(parts[there], found.array("time_s")[there], rtol=1e-12)
    assert_array_equal(np.diag(found.array("time_s")), 0.0)
    assert not there[0, 6]
    assert found.array("arrives")[0, 6] == 0.0
