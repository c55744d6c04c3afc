"""Isochrones by public transport, on foot and by cycle; the nearest facilities."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from numpy.testing import assert_allclose

import transitplan as tp
from tests.transit.test_strategies import zones_at
from tests.transit.test_timetable import DAY, HOUR, feed, line
from transitplan.access import isochrones, nearest
from transitplan.access.circles import walk_to_nearest
from transitplan.access.isochrones import areas_along
from transitplan.access.people import people_points
from transitplan.graph.streets import open_links
from transitplan.model.network import build_network

PEAK = (7, 9)


@pytest.fixture(scope="module")
def two_banks():
    network = tp.read_network("networks/two_banks/2025")
    return network, tp.compile_timetable(network.transit, "2025-03-05", network=network)


def one_line():
    """From s0 at 8:00 to s1, 8 955 m to the east, at 8:10; everything else is far off."""
    service = feed({"a": line((0, 8 * HOUR), (1, 8 * HOUR + 600))})
    walking = tp.Walking(speed_kph=4.5, detour=1.25, access_m=1000.0, direct_m=2000.0)
    network = zones_at(service)
    return network, tp.compile_timetable(service, DAY, network=network, walking=walking)


def test_circles_around_origin_and_stop_by_hand():
    """1 m of straight line takes 1 s. From 7:58: at s1 after 12 min, 3 min are left of 15."""
    network, day = one_line()
    window = (8 - 2 / 60, 8 - 1 / 60)
    found = tp.transit_isochrones(network, day, "s0", window, minutes=[8, 15, 60])
    assert found["within_min"].tolist() == [60, 15, 8]
    circle = np.pi * 0.9984  # a 64-gon in a circle of radius 1
    hand = [1600.0**2 + 800.0**2, 900.0**2 + 180.0**2, 480.0**2]  # limits hold in an hour
    assert_allclose(found.area, circle * np.array(hand), rtol=1e-4)
    assert found.crs == network.crs
    points = shapely.points(day.places.stop_m)
    assert found.geometry[1].contains(points[1])
    assert not found.geometry[2].intersects(points[1])


def test_half_a_circle_is_left_on_the_bank_of_its_middle():
    network, day = one_line()
    x, y = day.places.stop_m[0]
    river = shapely.LineString([(x - 9000, y + 100), (x + 90000, y + 100)])
    window = (9, 9 + 1 / 60)  # nothing runs
    found = tp.transit_isochrones(network, day, "s0", window, minutes=[10], barrier=river)
    angle = np.arccos(99 / 600)
    gone = 600.0**2 * (angle - np.sin(2 * angle) / 2)  # what lies beyond 99 m
    assert_allclose(found.area[0], np.pi * 600.0**2 - gone, rtol=3e-3)
    assert not found.geometry[0].intersects(river)


def test_inside_is_who_gets_there_in_time(two_banks):
    """For one departure the area is exact; for many it is never too large."""
    network, day = two_banks
    rng = np.random.default_rng(5)
    at = np.repeat(day.places.stop_m, 60, axis=0)
    at = at + rng.uniform(-1300, 1300, at.shape)
    names = [f"p{i}" for i in range(len(at))]
    points = pd.DataFrame(at, columns=["x_m", "y_m"], index=names)
    day = tp.add_points(day, points)
    for window, exact in (((7.5, 7.5 + 1 / 60), True), ((7.5, 8), False)):
        times = tp.transit_times(day, [1], window, destinations=names, percentiles=[75])
        found = tp.transit_isochrones(
            network, day, 1, window, minutes=[20, 40, 60], percentile=75
        ).set_index("within_min")
        for limit, area in found.geometry.items():
            inside = shapely.contains(area, shapely.points(at))
            late_s = times.values[0, 0] - 60 * limit
            assert inside.any()
            assert (late_s[inside] <= 1).all()  # walks are rounded up to whole seconds
            if exact:
                near = shapely.dwithin(area, shapely.points(at), 2.0)  # circles have corners
                assert (late_s[~near] > 0).all()


def test_one_starts_on_the_bank_where_one_is(two_banks):
    """Zone 7 has no stop in reach; beside the river, stops of the other bank are out of reach."""
    network, day = two_banks
    nodes = network.nodes.set_index("node_id")
    north, south = nodes.loc[12, ["x_m", "y_m"]], nodes.loc[22, ["x_m", "y_m"]]
    assert network.links.query("crossing_id != ''")["length_m"].min() > day.walking.direct_m
    middle = (north + south) / 2
    step = (south - north) / np.hypot(*(south - north)) * 300
    points = pd.DataFrame([middle - step, middle + step], index=["n", "s"]).astype(float)
    free, hindered = (
        tp.transit_times(tp.add_points(day, points, network=each), ["n"], PEAK, destinations=["s"])
        for each in (None, network)
    )
    assert free.table().loc["n", "s"] == np.ceil(600 * 1.3 / 1.25)
    assert np.isinf(hindered.table().loc["n", "s"])


def test_areas_grow_and_hold_the_stops_that_are_reached(two_banks):
    network, day = two_banks
    found = tp.transit_isochrones(network, day, 1, PEAK, minutes=[10, 25, 40, 60])
    areas = found.set_index("within_min").geometry
    for wide, narrow in zip(found.geometry, found.geometry[1:], strict=False):
        assert wide.buffer(1e-6).covers(narrow)
    stops = list(day.places.stop_ids)
    times = tp.transit_times(day, [1], PEAK, destinations=stops, percentiles=[50]).values[0, 0]
    for limit, area in areas.items():
        within = shapely.contains(area, shapely.points(day.places.stop_m[times <= 60 * limit]))
        assert within.all()
    lucky = tp.transit_isochrones(network, day, 1, PEAK, minutes=[40], percentile=5)
    assert lucky.area[0] > areas.loc[[40]].area.iloc[0]


def test_places_by_any_name(two_banks):
    network, day = two_banks
    service = network.transit.stops.set_index("stop_id")
    lon, lat = service.loc["m3", ["stop_lon", "stop_lat"]].astype(float)
    stop, point = (
        tp.transit_isochrones(network, day, place, PEAK, minutes=[30])
        for place in ("m3", (lon, lat))
    )
    assert stop.geometry[0].equals_exact(point.geometry[0], 1e-6)
    nodes = network.nodes
    node = nodes.loc[nodes["zone_id"] == 4, "node_id"].iloc[0]
    zone, same = (
        tp.transit_isochrones(network, day, place, PEAK, minutes=[30]) for place in (4, node)
    )
    assert zone.geometry[0].equals(same.geometry[0])
    with pytest.raises(tp.NotFoundError, match="no zone, stop or node 'x'"):
        tp.transit_isochrones(network, day, "x", PEAK)
    for minutes in ([], [15, 0]):
        with pytest.raises(tp.ValidationError, match=r"give times above 0"):
            tp.transit_isochrones(network, day, 1, PEAK, minutes=minutes)


def street(**links):
    """A straight street 1 - 2 - 3 of 1 km and 1 km, from west to east only."""
    nodes = pd.DataFrame({"node_id": [1, 2, 3], "x_m": [0.0, 1000.0, 2000.0], "y_m": 0.0})
    rows = {"link_id": [1, 2], "from_node_id": [1, 2], "to_node_id": [2, 3], "length_m": 1000.0}
    rows |= {"free_speed_kph": 50.0, "lane_capacity_pceph": 900.0} | links
    return build_network({"node": nodes, "link": pd.DataFrame(rows)})


def test_a_straight_street_by_hand():
    """20 min on foot are 1 500 m: both ways on a one-way street; cycles only forth."""
    tube = [2 * 50 * length + np.pi * 50**2 * 0.974 for length in (2000.0, 1500.0, 1000.0)]
    found = tp.street_isochrones(street(), 1, minutes=[20, 40], street_m=50)
    assert_allclose(found.area, tube[:2], rtol=2e-3)
    back = tp.street_isochrones(street(), 3, minutes=[20], street_m=50)
    assert_allclose(back.area[0], tube[1], rtol=2e-3)
    cycle = tp.street_isochrones(street(), 2, mode="cycle", speed_kph=30, minutes=[10], street_m=50)
    assert_allclose(cycle.area[0], tube[2], rtol=2e-3)
    closed = street(allowed_uses=["all", "car"])
    assert_allclose(
        tp.street_isochrones(closed, 1, minutes=[60], street_m=50).area[0], tube[2], rtol=2e-3
    )
    beside = tp.street_isochrones(street(), (-375.0, 0.0), minutes=[20], street_m=50)
    assert_allclose(beside.area[0], 2 * 50 * 1125 + np.pi * 50**2 * 0.974, rtol=2e-3)


def test_nodes_in_reach_are_those_that_networkx_reaches(two_banks):
    network, _ = two_banks
    graph = nx.MultiGraph()
    links = network.links[open_links(network, "walk")]
    centroids = set(network.nodes.loc[network.nodes["zone_id"].notna(), "node_id"]) - {11}
    for row in links.itertuples():
        if not {row.from_node_id, row.to_node_id} & centroids:
            graph.add_edge(row.from_node_id, row.to_node_id, length=row.length_m)
    far_m = nx.single_source_dijkstra_path_length(graph, 11, weight="length")
    nodes = network.nodes.set_index("node_id")
    streets = nodes.loc[sorted(far_m)]
    points = shapely.points(streets[["x_m", "y_m"]].to_numpy())
    for limit in (70, 130, 240):
        area = tp.street_isochrones(network, 11, minutes=[limit]).geometry[0]
        inside = shapely.contains(area, points)
        reached = np.array([far_m[node] <= limit * 75 for node in streets.index])
        assert 1 < reached.sum() < len(reached)
        assert (inside >= reached).all()
        assert (inside <= (np.array([far_m[n] for n in streets.index]) <= limit * 75 + 200)).all()


def test_wrong_streets_are_said(two_banks):
    network, _ = two_banks
    with pytest.raises(tp.NotFoundError, match="no mode 'ski'. Use walk or cycle"):
        tp.street_isochrones(network, 1, mode="ski")
    with pytest.raises(tp.ValidationError, match="speed_kph: 0 was given"):
        tp.street_isochrones(network, 1, speed_kph=0)
    with pytest.raises(tp.ValidationError, match="street_m: -1 was given"):
        tp.street_isochrones(network, 1, street_m=-1)
    with pytest.raises(tp.ValidationError, match="no link is open to walk"):
        tp.street_isochrones(street(allowed_uses="car"), 1)


def test_the_nearest_facilities_on_foot():
    people = pd.DataFrame({"x_m": [0.0, 1000.0], "y_m": 0.0}, index=["a", "b"])
    facilities = pd.DataFrame(
        {"kind": ["school", "shop", "school"], "x_m": [0.0, 500.0, 1900.0], "y_m": 0.0}
    )
    walking = tp.Walking(speed_kph=4.5, detour=1.25, direct_m=1500)  # 1 m in 1 s, up to 1 200 m
    found = tp.nearest_facilities(people, facilities, k=2, walking=walking) * 60
    assert list(found) == ["school_1_min", "school_2_min", "shop_1_min", "shop_2_min"]
    assert_allclose(found.loc["a"], [0, np.inf, 500, np.inf])
    assert_allclose(found.loc["b"], [900, 1000, 500, np.inf])
    river = shapely.LineString([(950, -9), (950, 9)])
    cut = tp.nearest_facilities(people, facilities, k=2, walking=walking, barrier=river) * 60
    assert_allclose(cut.loc["b"], [900, np.inf, np.inf, np.inf])
    metres = walk_to_nearest(people, facilities, detour=1.25, barrier=river, within_m=1500)
    assert_allclose(cut[["school_1_min", "shop_1_min"]] * 1.25, metres)


def test_the_nearest_facilities_by_transit(two_banks):
    network, day = two_banks
    people = people_points(network).iloc[::150]
    at = network.nodes.dropna(subset="zone_id").set_index("zone_id")
    facilities = at.loc[[1, 4, 6], ["x_m", "y_m"]].assign(kind="clinic")
    found = tp.nearest_facilities(people, facilities, k=2, timetable=day, window=PEAK)
    points = people[["x_m", "y_m"]].rename(index="cell {}".format)
    times = tp.transit_times(
        tp.add_points(day, points), list(points.index), PEAK, destinations=[1, 4, 6]
    ).table()
    for k in (1, 2):
        expected = nearest(times, pd.Series(1, index=[1, 4, 6]), k=k)
        assert_allclose(found[f"clinic_{k}_min"], expected)
    assert np.isfinite(found["clinic_2_min"]).any()
    on_foot = tp.nearest_facilities(people, facilities, k=2)
    assert (found <= on_foot).all(axis=None)
    with pytest.raises(tp.ValidationError, match="k is 0") as caught:
        tp.nearest_facilities(people, facilities, k=0, timetable=day, walking=tp.Walking())
    assert len(caught.value.problems) == 3


def test_cars_have_shapes_of_the_same_kind(two_banks):
    network, day = two_banks
    car = isochrones(network, tp.compile_road(network), 11, minutes=[10, 20])
    transit = tp.transit_isochrones(network, day, 11, PEAK, minutes=[10, 20])
    walk = tp.street_isochrones(network, 11, minutes=[10, 20])
    for other in (transit, walk):
        assert list(other) == list(car)
        assert other["within_min"].tolist() == car["within_min"].tolist()
        assert other.crs == car.crs


def test_areas_that_grow_with_the_time_are_those_of_all_streets_joined_anew():
    """Half-reached streets, streets reached from both ends, and those that an earlier area has."""
    network = tp.read_network("networks/two_banks/2025")
    rng = np.random.default_rng(3)
    start_s, times_s = rng.uniform(0.0, 900.0, 40), rng.uniform(0.0, 600.0, 40)
    start_s[::5], times_s[::7] = np.inf, 0.0
    minutes = [5.0, 2.0, 10.0, 30.0]
    found = areas_along(network, start_s, times_s, minutes, 300.0)
    assert found["within_min"].tolist() == sorted(minutes, reverse=True)
    for limit, area in zip(found["within_min"], found.geometry, strict=True):
        left_s = limit * 60 - start_s
        share = np.where(times_s > 0, left_s / np.where(times_s > 0, times_s, 1.0), left_s >= 0)
        share = share.clip(0, 1)
        lines = network.link_lines()[share > 0]
        parts = [
            shapely.ops.substring(line, 0, part, normalized=True)
            for line, part in zip(lines, share[share > 0], strict=True)
        ]
        anew = shapely.union_all(shapely.buffer(parts, 300.0, quad_segs=3))
        assert area.symmetric_difference(anew).area <= 1e-9 * anew.area
