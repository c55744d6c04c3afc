"""Networks as graphs of OSMnx and back."""

import networkx as nx
import osmnx
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import transitplan as tp
from transitplan.model.network import build_network

CITY = "tests/data/osm/two_banks.osm"


def everything(network):
    return {name: network.table(name) for name in network.table_names}


@pytest.fixture(scope="module")
def city():
    return tp.grid_zones(tp.import_osm(CITY), 1000.0)


@pytest.mark.parametrize("name", ["networks/two_banks/2025", "networks/jinan/2025", "city"])
def test_networks_pass_the_check_of_osmnx_and_come_back_whole(name, city, tmp_path):
    network = city if name == "city" else tp.read_network(name)
    graph = tp.to_osmnx(network)
    osmnx.convert.validate_graph(graph, strict=True)
    again = tp.from_osmnx(graph)
    assert (again.version, again.history, again.name) == (
        network.version,
        network.history,
        network.name,
    )
    osmnx.save_graphml(graph, tmp_path / "graph.graphml")
    assert tp.read_network(tmp_path / "graph.graphml").version == network.version


@settings(max_examples=15, deadline=None)
@given(
    ends=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] != pair[1]),
        min_size=1,
        max_size=12,
    ),
    text=st.booleans(),
    lanes=st.sampled_from([0.5, 1.5, 3.0]),
    own=st.text(st.characters(categories=["L", "N", "Z"]), max_size=5),
)
def test_random_networks_come_back_whole(ends, text, lanes, own):
    def name(node):
        return f"n{node}" if text else node + 10

    nodes = pd.DataFrame(
        {
            "node_id": [name(node) for node in range(6)],
            "x_m": [500_000.0 + 100 * (node % 3) for node in range(6)],
            "y_m": [4_000_000.0 + 100 * (node // 3) for node in range(6)],
            "street_count": ["own"] * 6,  # a column of the user's with a name of OSMnx
        }
    )
    links = pd.DataFrame(
        {
            "link_id": range(1, len(ends) + 1),
            "from_node_id": [name(tail) for tail, _ in ends],
            "to_node_id": [name(head) for _, head in ends],
            "length_m": 250.0,
            "lanes": lanes,
            "free_speed_kph": 33.3,
            "lane_capacity_pceph": 600.0,
            "highway": own,
            "note": own,
        }
    )
    network = tp.build_network({"node": nodes, "link": links}, crs="EPSG:32650")
    graph = tp.to_osmnx(network)
    osmnx.convert.validate_graph(graph, strict=True)
    assert tp.from_osmnx(graph).version == network.version


def test_osmnx_routes_on_it_as_we_do(city):
    graph = osmnx.add_edge_travel_times(tp.to_osmnx(city))
    ours = tp.shortest_tree(tp.compile_road(_without(city, "movement")), 1)
    # OSMnx knows no centroids, which are not passed through, and no uses.
    cars = [
        (tail, head, key)
        for tail, head, key, data in graph.edges(keys=True, data=True)
        if data["facility_type"] != "connector" and data["allowed_uses"] != "bus"
    ]
    theirs = nx.single_source_dijkstra_path_length(
        graph.edge_subgraph(cars), 1, weight="travel_time"
    )
    for node, seconds in theirs.items():
        assert ours.cost_to(node) == pytest.approx(seconds, rel=1e-6)


def _without(network, name):
    tables = {key: frame for key, frame in everything(network).items() if key != name}
    return tp.build_network(tables, crs=network.crs)


def test_a_part_taken_by_osmnx_is_a_network_still(city):
    graph = tp.to_osmnx(city)
    north = graph.subgraph([node for node, y in graph.nodes(data="y") if y > 4_063_500]).copy()
    part = tp.from_osmnx(north)
    assert 0 < len(part.links) < len(city.links)
    assert set(part.links["link_id"]) <= set(city.links["link_id"])
    assert set(part.zones["zone_id"]) < set(city.zones["zone_id"])


def test_a_network_without_a_place_is_refused():
    network = tp.read_network("networks/sioux_falls")
    with pytest.raises(tp.ValidationError, match="the network has no projection"):
        tp.to_osmnx(network)


def test_own_columns_may_be_called_as_arguments_of_networkx(tmp_path):
    """An own column ``key`` named the edges, and links of one value became one edge."""
    network = tp.read_network("networks/two_banks/2025")
    tables = everything(network)
    tables["link"] = tables["link"].assign(key="a", u_for_edge="b", v_for_edge="c", id="f", row="g")
    tables["link"] = pd.concat(  # two links from one node to one other
        [tables["link"], tables["link"].iloc[[0]].assign(link_id=901)], ignore_index=True
    )
    tables["node"] = tables["node"].assign(node_for_adding="d", key="e")
    own = build_network(tables, name=network.name, crs=network.crs, transit=network.transit)
    assert tp.from_osmnx(tp.to_osmnx(own)).version == own.version
    tp.write_network(own, tmp_path / "own.graphml")
    assert tp.read_network(tmp_path / "own.graphml").version == own.version
