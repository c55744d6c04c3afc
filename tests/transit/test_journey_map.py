"""Journeys on a map: every leg is drawn where its line runs, in both languages, offline."""

import re

import numpy as np
import pytest
import shapely
from numpy.testing import assert_allclose

import transitplan as tp
from transitplan.transit.journey_map import _line, _places
from transitplan.viz.maps import page


@pytest.fixture(scope="module")
def network():
    return tp.read_network("networks/two_banks/2025")


@pytest.fixture(scope="module")
def journeys(network):
    day = tp.compile_timetable(network.transit, "2025-03-05", network=network)
    return tp.find_journeys(day, 1, 4, (8, 8.5))


def test_legs_join_and_rides_follow_their_line(network, journeys):
    places = _places(journeys[0].timetable, network.crs)
    shapes = network.transit.shapes
    for journey in journeys:
        lines = [_line(journey, leg, places) for leg in journey.legs]
        for leg, line in zip(journey.legs, lines, strict=True):
            ends = places.loc[[leg.from_id, leg.to_id]].to_numpy(dtype=float)
            drawn = np.array(line.coords)[[0, -1]]
            assert_allclose(drawn, ends, atol=2e-3)  # a stop may stand beside its track
            if leg.kind == "ride":
                trip = network.transit.trips.set_index("trip_id").loc[leg.trip_id]
                points = shapes[shapes["shape_id"] == trip["shape_id"]]
                if len(points):
                    course = shapely.linestrings(
                        points[["shape_pt_lon", "shape_pt_lat"]].to_numpy()
                    )

                    assert course.buffer(1e-9).covers(line)


def test_the_page_names_each_journey_in_both_languages(network, journeys):
    html = page(tp.journeys_map(journeys, network))
    assert len(re.findall(r"plan\.lines\(", html)) == 1 + len(journeys)  # roads below them
    for journey in journeys:
        assert journey.leg_texts("en")[0] in html
    assert "乘车" in html


def test_nothing_to_draw_is_refused(network):
    with pytest.raises(tp.ValidationError, match="no journey to draw"):
        tp.journeys_map([], network)
    day = tp.compile_timetable(network.transit, "2025-03-05", network=network)
    here = tp.find_journeys(day, 1, 1, (8, 8.2))  # without a leg
    with pytest.raises(tp.ValidationError, match="no journey to draw"):
        tp.journeys_map(here, network)


def test_points_of_ones_own_are_drawn(network, journeys):
    day = journeys[0].timetable
    at = network.nodes.set_index("node_id").loc[[1], ["x_m", "y_m"]].set_axis(["home"])
    wide = tp.add_points(day, at, network=network)
    found = tp.find_journeys(wide, "home", 4, (8, 8.25))
    assert "home" in page(tp.journeys_map(found, network))


def test_roads_shorter_than_a_metre_are_no_obstacle():
    network = tp.read_network("networks/jinan/2025")
    day = tp.compile_timetable(network.transit, network.transit.busiest("weekday"), network=network)
    found = tp.find_journeys(day, *network.zones["zone_id"].iloc[[0, 3]], (8, 8.5))
    html = page(tp.journeys_map(found, network))
    assert found[0].leg_texts("en")[0] in html
    assert len(html) < 5_000_000
