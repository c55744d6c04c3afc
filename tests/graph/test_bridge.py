"""Exchange with NetworkX and igraph."""

import networkx as nx
import osmnx as ox

from transitplan.graph import compile_road, to_igraph, to_networkx
from transitplan.model.cases import braess, two_routes


def test_networkx_has_osmnx_conventions_and_parallel_edges():
    network, _ = two_routes()
    graph = to_networkx(network)
    assert isinstance(graph, nx.MultiDiGraph)
    assert graph.number_of_edges(1, 2) == 2
    assert graph.edges[1, 2, 1]["length"] == 20_000.0
    assert graph.edges[1, 2, 1]["osmid"] == graph.edges[1, 2, 1]["link_id"] == 2
    assert graph.nodes[2]["x"] == 10_000.0
    assert "crs" in graph.graph
    assert "zone_id" not in to_networkx(braess()[0]).nodes[3]


def test_networkx_values_are_scalars_that_graphml_can_hold(tmp_path):
    graph = to_networkx(compile_road(braess()[0]))
    del graph.graph["crs"]  # empty in the cases; a text in a real network
    nx.write_graphml(graph, tmp_path / "braess.graphml")
    assert nx.read_graphml(tmp_path / "braess.graphml").number_of_edges() == 6


def test_osmnx_finds_our_shortest_path():
    graph = to_networkx(two_routes()[0])
    assert ox.routing.shortest_path(graph, 1, 2, weight="length") == [1, 2]


def test_igraph_keeps_the_order_of_the_tables():
    network, _ = braess()
    graph = to_igraph(network)
    assert graph.es["link_id"] == network.links["link_id"].tolist()
    assert graph.vs["node_id"] == network.nodes["node_id"].tolist()
    assert graph.is_directed()
    assert graph.distances(0, 1, weights="free_time_s")[0][0] > 0
