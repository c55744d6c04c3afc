"""Maximum flows against answers on paper, NetworkX, and the law that flow equals cut."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from transitplan.errors import NotFoundError, ValidationError
from transitplan.flow import capacity_graph, maximum_flow
from transitplan.model.network import build_network


def network_of(links, count, zones=()):
    """Nodes 1 … count in a row; zone k stands at node k."""
    nodes = pd.DataFrame({"node_id": range(1, count + 1), "y_m": 0.0})
    nodes["x_m"] = nodes["node_id"] * 1000.0
    nodes["zone_id"] = [each if each in zones else None for each in nodes["node_id"]]
    table = pd.DataFrame(links, columns=["from_node_id", "to_node_id", "lane_capacity_pceph"])
    table["link_id"] = table.index + 1
    table = table.assign(length_m=1000.0, free_speed_kph=60.0)
    tables = {"node": nodes, "link": table}
    if zones:
        tables["zone"] = pd.DataFrame({"zone_id": list(zones)})
    return build_network(tables)


def test_the_textbook_network():
    """Ford and Fulkerson's kind of example: 23 from 1 to 6 (Cormen et al., figure 26.1)."""
    links = [(1, 2, 16), (1, 3, 13), (3, 2, 4), (2, 4, 12), (4, 3, 9), (3, 5, 14), (5, 4, 7),
             (4, 6, 20), (5, 6, 4)]  # fmt: skip
    found = maximum_flow(capacity_graph(network_of(links, 6)), [1], [6], nodes=True)
    assert found.value_pceph == 23.0
    assert sorted(found.cut["link_id"]) == [4, 7, 9]
    assert found.cut["capacity_pceph"].sum() == 23.0


def test_parallel_links_add_up():
    links = [(1, 2, 900.5), (1, 2, 900.5), (1, 2, 0.25), (2, 3, 5000)]
    found = maximum_flow(capacity_graph(network_of(links, 3)), [1], [3], nodes=True)
    assert found.value_pceph == pytest.approx(1801.25, rel=1e-12)
    assert sorted(found.cut["link_id"]) == [1, 2, 3]


@pytest.mark.parametrize("seed", range(12))
def test_networkx_agrees_on_random_networks(seed):
    """Parallel links, real-valued capacities of all sizes, several sources and sinks."""
    rng = np.random.default_rng(seed)
    count = 14
    ends = rng.integers(1, count + 1, (60, 2))
    ends = ends[ends[:, 0] != ends[:, 1]]
    ends = np.concatenate([ends, ends[:10]])  # parallel ones
    capacity = 10.0 ** rng.uniform(-4, 4, len(ends))
    network = network_of([(a, b, c) for (a, b), c in zip(ends, capacity, strict=True)], count)
    graph = nx.DiGraph()  # NetworkX's maximum flow knows no parallel links: they are added up
    graph.add_nodes_from([*range(1, count + 1), "s", "t"])
    for (a, b), c in zip(ends.tolist(), capacity.tolist(), strict=True):
        before = graph.get_edge_data(a, b, {"capacity": 0.0})["capacity"]
        graph.add_edge(a, b, capacity=before + c)
    for name, nodes in (("s", (1, 2)), ("t", (13, 14))):
        graph.add_edges_from((name, node) if name == "s" else (node, name) for node in nodes)
    expected = nx.maximum_flow_value(graph, "s", "t")
    found = maximum_flow(capacity_graph(network), [1, 2], [13, 14], nodes=True)
    assert found.value_pceph == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert found.cut["capacity_pceph"].sum() == pytest.approx(found.value_pceph, rel=1e-12)
    closed = graph.copy()
    links = network.links.set_index("link_id").loc[found.cut["link_id"]]
    closed.remove_edges_from(list(zip(links["from_node_id"], links["to_node_id"], strict=True)))
    assert not nx.has_path(closed, "s", "t")


def test_capacities_that_floats_cannot_add_exactly():
    """Ten links of 0.1 carry 1, not 0.9999…: no rest of rounding passes for a way."""
    links = [(1, 2, 0.1)] * 10 + [(2, 3, 1.0)]
    found = maximum_flow(capacity_graph(network_of(links, 3)), [1], [3], nodes=True)
    assert found.value_pceph == pytest.approx(1.0, rel=1e-12)


def test_no_way_is_nothing_and_a_shared_node_is_no_limit():
    links = [(1, 2, 100), (3, 2, 100)]
    roads = capacity_graph(network_of(links, 3))
    assert maximum_flow(roads, [1], [3], nodes=True).value_pceph == 0.0
    assert maximum_flow(roads, [1], [3], nodes=True).cut.empty


def test_centroids_are_not_passed_through_and_connectors_have_room():
    """Zones 1 to 3: the way 1–4–2–5–3 through centroid 2 is none; 1–4–5–3 carries 700."""
    network = network_of(
        [(1, 4, 1), (4, 2, 1), (2, 5, 1), (5, 3, 1), (4, 5, 700)], 5, zones=(1, 2, 3)
    )
    nodes = network.nodes.assign(
        node_type=["centroid", "centroid", "centroid", "junction", "junction"]
    )
    network = build_network({"node": nodes, "link": network.links, "zone": network.zones})
    roads = capacity_graph(network)
    assert maximum_flow(roads, [1], [3]).value_pceph == 700.0
    near = maximum_flow(roads, [1], [2])  # over connectors alone
    assert near.value_pceph == np.inf
    assert near.cut.empty


def test_wrong_questions_are_told():
    roads = capacity_graph(network_of([(1, 2, 100)], 2))
    with pytest.raises(ValidationError, match="two groups without a common member"):
        maximum_flow(roads, [1], [1], nodes=True)
    with pytest.raises(NotFoundError, match="node_id: 1 of 1 ids are unknown"):
        maximum_flow(roads, [1], [99], nodes=True)
