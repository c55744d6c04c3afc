"""Streets for walkers and cyclists: what is open, times against networkx, ways of stops by hand."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from pyproj import Transformer

from tests.transit.test_strategies import by_headway
from transitplan.errors import ValidationError
from transitplan.graph.road import compile_road
from transitplan.graph.street_walks import hang_stops, street_ways
from transitplan.graph.streets import compile_streets, walkable_crossings
from transitplan.graph.walks import Walking, find_places
from transitplan.io import read_network
from transitplan.model.network import build_network
from transitplan.model.pace import CYCLE, WALK, Pace
from transitplan.paths import shortest_matrix, shortest_tree, skim

CRS = "EPSG:32650"


@pytest.fixture(scope="module")
def jinan():
    return read_network("networks/jinan/2025")


def two_banks():
    return read_network("networks/two_banks/2025")


def by_networkx(network, speed_kph, shut):
    """Times between zones over all links but those of the crossings that are shut."""
    graph = nx.DiGraph()
    nodes = network.nodes
    for link in network.links.itertuples():
        if link.crossing_id not in shut:
            graph.add_edge(link.from_node_id, link.to_node_id, s=link.length_m * 3.6 / speed_kph)
    zones = nodes[nodes["zone_id"].notna()]
    found = {}
    for node, zone in zip(zones["node_id"], zones["zone_id"], strict=True):
        others = set(zones["node_id"]) - {node}
        for end, other in zip(zones["node_id"], zones["zone_id"], strict=True):
            way = graph.subgraph(set(graph) - (others - {end}))  # nobody passes through a zone
            found[zone, other] = nx.dijkstra_path_length(way, node, end, weight="s")
    return pd.Series(found).unstack()  # noqa: PD010  one value a pair


@pytest.mark.parametrize(("use", "speed_kph"), [("walk", 4.5), ("cycle", 17.0)])
def test_times_are_those_of_networkx_whatever_the_cars_do(use, speed_kph):
    network = two_banks()
    roads = compile_road(network)
    expected = by_networkx(network, speed_kph, {"M", "E"})
    found = skim(roads, ["time_s", "length_m"], use=use, times_s=roads.network.links["length_m"])
    assert_allclose(found["time_s"].loc[expected.index, expected.columns], expected, rtol=1e-12)
    assert_allclose(found["length_m"] * 3.6 / speed_kph, found["time_s"], rtol=1e-12)
    west, car = found["time_s"].loc[4, 2], skim(roads, ["time_s"])["time_s"].loc[4, 2]
    assert west > 11100 * 3.6 / speed_kph > car  # by the west bridge, as the tunnel is shut
    nodes = shortest_matrix(roads, [1], [2], use=use).values
    assert nodes[0, 0] == pytest.approx(expected.loc[1, 2])
    assert shortest_tree(roads, 1, use=use).cost_to(2) == pytest.approx(expected.loc[1, 2])


def test_nobody_walks_through_the_jiluo_tunnel_or_on_a_motorway(jinan):
    streets = compile_streets(jinan, WALK)
    used = streets.network.links
    assert not used["crossing_id"].isin(["X12", "X15", "X05", "X17", "X19"]).any()
    assert "expressway" not in set(used["facility_type"])
    over = walkable_crossings(jinan).set_index("crossing_id")
    assert over[over["cycle_walk"] == "yes"].index.tolist() == ["X14", "X09", "X18"]
    assert over.loc[over["cycle_walk"] == "yes", "open"].all()
    assert not over.loc[over["cycle_walk"] == "no", "open"].any()
    sure = compile_streets(jinan, WALK, unknown_crossings=False).network.links
    assert set(sure["crossing_id"]) == {"", "X09", "X14", "X18"}


def row_of_streets(**columns):
    """Nodes 1 … 4 in a row of 1 km steps; zones at 9 and 8, hung at 1 and 4."""
    nodes = pd.DataFrame(
        {
            "node_id": [1, 2, 3, 4, 9, 8],
            "x_m": [500000.0, 501000, 502000, 503000, 499900, 503100],
            "y_m": 4050000.0,
            "node_type": ["junction"] * 4 + ["centroid"] * 2,
            "zone_id": [None, None, None, None, 9, 8],
        }
    )
    links = pd.DataFrame(
        {
            "link_id": [1, 2, 3, 4, 5],
            "from_node_id": [1, 3, 3, 9, 4],
            "to_node_id": [2, 2, 4, 1, 8],
            "length_m": [1000.0, 1000, 1000, 100, 100],
            "facility_type": ["local", "local", "local", "connector", "connector"],
            "lane_capacity_pceph": 800.0,
            "free_speed_kph": 40.0,
        }
    )
    links = links.assign(**columns)
    zones = pd.DataFrame({"zone_id": [9, 8]})
    return build_network({"node": nodes, "link": links, "zone": zones}, crs=CRS)


def test_walkers_go_against_one_way_streets_and_cyclists_do_not():
    network = row_of_streets()
    on_foot = skim(compile_streets(network, Pace("walk", 3.6, both_ways=True)), use="walk")
    assert on_foot["time_s"].to_numpy().tolist() == [[0.0, 3200.0], [3200.0, 0.0]]
    by_cycle = skim(compile_streets(network, CYCLE), use="cycle")
    assert not np.isfinite(by_cycle["time_s"].loc[9, 8])


def test_a_motorway_open_to_all_is_shut_and_one_that_names_walkers_open():
    fast = row_of_streets(facility_type=["expressway", "local", "local", "connector", "connector"])
    assert len(compile_streets(fast, CYCLE).network.links) == 4
    named = row_of_streets(
        facility_type=["expressway", "local", "local", "connector", "connector"],
        allowed_uses=["car,cycle", "all", "all", "all", "all"],
    )
    assert len(compile_streets(named, CYCLE).network.links) == 5
    with pytest.raises(ValidationError, match="no link is open to cycle"):
        compile_streets(row_of_streets(allowed_uses="car"), CYCLE)
    with pytest.raises(ValidationError, match="these streets are compiled for cycle"):
        skim(compile_streets(named, CYCLE), use="walk")


def feed_at(places_m):
    """A line over stops at places of the network [m]."""
    lon, lat = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(
        *np.array(places_m).T
    )
    service = by_headway({"1": (10, [(i, 5 * i) for i in range(len(places_m))])})
    stops = service.stops.iloc[: len(lon)].assign(stop_lon=lon, stop_lat=lat)
    return type(service)({**service._tables, "stops": stops}, name=service.name)


def pairs(walks):
    return {
        (i, j): s
        for i, j, s in zip(
            walks.origin.tolist(), walks.place.tolist(), walks.seconds.tolist(), strict=True
        )
    }


def test_stops_hang_at_their_streets():
    """At 3.6 km/h a metre a second: s0 200 m along, 30 m off; s1 600 m along; s2 in the third."""
    network = row_of_streets()
    places_m = [(500200.0, 4050030.0), (500600.0, 4050000.0), (502500.0, 4049990.0)]
    service = feed_at(places_m)
    walking = Walking(
        3.6, detour=1.0, access_m=2500, transfer_m=2000, direct_m=5000, on_streets=True
    )
    places = find_places(service, network, walking)
    tenth = 0.1  # a metre a second, rounded up; projections are exact to less
    found = pairs(places.access)
    expected = {(0, 0): 330, (0, 1): 700, (1, 0): 2930, (1, 1): 2500, (1, 2): 610}
    assert set(found) == {key for key, s in expected.items() if s <= 2500}
    for key, seconds in found.items():
        assert seconds == pytest.approx(expected[key], abs=1 + tenth)
    transfers = pairs(places.transfers)
    assert transfers[0, 1] == pytest.approx(430, abs=1 + tenth)
    assert transfers[1, 0] == transfers[0, 1]
    assert transfers[1, 2] == pytest.approx(1910, abs=1 + tenth)
    assert (0, 2) not in transfers  # 2,340 m
    assert pairs(places.direct) == {(0, 1): 3200, (1, 0): 3200}
    with pytest.raises(ValidationError, match="no streets without a network"):
        find_places(service, None, walking)


def test_stops_on_a_grid_are_as_far_apart_as_their_ends_say():
    """Ways between random stops: the least over both ends of both streets, or along one street."""
    rng = np.random.default_rng(5)
    size, step = 5, 300.0
    x, y = (axis.ravel() * step + 500000 for axis in np.meshgrid(range(size), range(size)))
    ids = np.arange(size * size) + 1
    right = [(i, i + 1) for i in ids if i % size]
    up = [(i, i + size) for i in ids if i + size <= size * size]
    ends = [pair if rng.random() < 0.5 else pair[::-1] for pair in right + up]
    ends += [pair[::-1] for pair in ends[::2]]  # some with their way back, some one way
    length_m = step * np.array([1.0, 1.2, 1.5])[[sum(sorted(pair)) % 3 for pair in ends]]
    nodes = pd.DataFrame({"node_id": ids, "x_m": x, "y_m": y - 500000 + 4050000})
    links = pd.DataFrame(
        {
            "link_id": np.arange(len(ends)),
            "from_node_id": [a for a, _ in ends],
            "to_node_id": [b for _, b in ends],
            "length_m": length_m,
            "lane_capacity_pceph": 800.0,
            "free_speed_kph": 40.0,
        }
    )
    network = build_network({"node": nodes, "link": links}, crs=CRS)
    streets = compile_streets(network, Pace("walk", 3.6, both_ways=True))
    pick, share = rng.integers(0, len(right + up), 30), rng.random(30)
    place = nodes.set_index("node_id")[["x_m", "y_m"]]
    begin, end = (place.loc[[ends[k][i] for k in pick]].to_numpy() for i in (0, 1))
    away = 10 * rng.random(30)
    across = (end - begin)[:, ::-1] * [1, -1] / step
    stop_m = begin + share[:, None] * (end - begin) + away[:, None] * across
    graph = nx.Graph()
    for (a, b), m in zip(ends, length_m, strict=True):
        graph.add_edge(a, b, m=m)
    node_m = dict(nx.all_pairs_dijkstra_path_length(graph, weight="m"))
    expected = {}
    for i in range(30):
        for j in range(30):
            (a, b), (c, d) = ends[pick[i]], ends[pick[j]]
            m, n = length_m[pick[i]], length_m[pick[j]]
            from_end = {a: share[i] * m, b: (1 - share[i]) * m}
            to_end = {c: share[j] * n, d: (1 - share[j]) * n}
            ways = [u + v + node_m[s][t] for s, u in from_end.items() for t, v in to_end.items()]
            if pick[i] == pick[j]:
                ways.append(abs(share[i] - share[j]) * m)
            expected[i, j] = min(ways) + 1.3 * (away[i] + away[j]) if i != j else 0.0
    assert len({*pick.tolist()}) < 30  # some share a street
    places = hang_stops(streets, stop_m, 1.3)
    for limit_m in (400.0, 1e6):
        i, j, way_m = street_ways(places, places.stop, places.stop, limit_m)
        near = {key: way for key, way in expected.items() if way <= limit_m}
        assert dict(zip(zip(i.tolist(), j.tolist(), strict=True), way_m, strict=True)) == (
            pytest.approx(near, abs=1e-4)
        )


def test_ways_along_the_streets_are_those_of_networkx():
    network = two_banks()
    walking = Walking(detour=1.0, access_m=8000, transfer_m=9000, direct_m=30000, on_streets=True)
    places = find_places(network.transit, network, walking)
    expected = by_networkx(network, 4.5, {"M", "E"})
    zones = places.zone_ids
    for (i, j), seconds in pairs(places.direct).items():
        assert seconds == pytest.approx(expected.loc[zones[i], zones[j]], abs=1)
    near = expected.to_numpy() <= 30000 * 3.6 / 4.5
    assert len(places.direct.origin) == near.sum() - len(zones)


def test_nobody_jumps_over_the_river():
    """Stops of 400 m on both sides of a river: no walk, or by the bridge where it is open."""
    nodes = pd.DataFrame(
        {
            "node_id": range(1, 9),
            "x_m": [500000.0, 501000, 502000, 500000, 501000, 502000, 500500, 500500],
            "y_m": 4050000.0 + np.array([0.0, 0, 0, 600, 600, 600, -100, 700]),
            "node_type": ["junction"] * 6 + ["centroid"] * 2,
            "zone_id": [None] * 6 + [7, 8],
        }
    )
    ends = [(1, 2), (2, 3), (4, 5), (5, 6), (3, 6), (7, 1), (8, 4)]
    links = pd.DataFrame(
        {
            "link_id": range(1, 8),
            "from_node_id": [a for a, _ in ends],
            "to_node_id": [b for _, b in ends],
            "length_m": [1000.0, 1000, 1000, 1000, 650, 600, 600],
            "facility_type": ["local"] * 5 + ["connector"] * 2,
            "lane_capacity_pceph": 800.0,
            "free_speed_kph": 40.0,
            "crossing_id": ["", "", "", "", "K", "", ""],
        }
    )
    crossing = {"crossing_id": ["K"], "form": ["bridge"], "status": ["open"]}
    tables = {"node": nodes, "link": links, "zone": pd.DataFrame({"zone_id": [7, 8]})}
    stops_m = [(500500.0, 4050100.0), (500500.0, 4050500.0)]
    for path, expected in (("yes", {(0, 1), (1, 0)}), ("no", set())):
        rows = pd.DataFrame({**crossing, "cycle_walk": [path]})
        network = build_network({**tables, "crossing": rows}, crs=CRS)
        service = feed_at(stops_m)
        far = Walking(3.6, detour=1.0, access_m=250, transfer_m=5000, direct_m=700)
        places = find_places(service, network, far)
        found = pairs(places.transfers)
        assert set(found) == expected
        way_m = 2 * np.hypot(1500, 100) + 650  # to the bridge's ends, and over it
        for key, seconds in found.items():
            assert seconds == pytest.approx(way_m, abs=1.1), key
        assert set(pairs(places.access)) == {(0, 0), (1, 1)}
        assert pairs(places.direct) == {}
    bare = build_network({**tables, "link": links.assign(crossing_id="")}, crs=CRS)
    assert set(pairs(find_places(service, bare, far).transfers)) == {(0, 1), (1, 0)}
