"""Trees and matrices against NetworkX, igraph and SciPy on random graphs, and by hand."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from numpy.testing import assert_array_equal
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from tests.laws import check_labels, road_graphs
from transitplan.errors import NoPathError, NotFoundError, ValidationError
from transitplan.graph import compile_road, to_igraph
from transitplan.model.cases import grid, two_routes
from transitplan.paths import shortest_matrix, shortest_tree

QUIET = settings(max_examples=60, deadline=None)


def by_networkx(roads, cost, origin):
    """Least costs; links out of other centroids are taken away first."""
    links = roads.network.links.assign(cost=cost)[roads.network.allowed("car")]
    barred = roads.node_ids[~roads.passable].drop(origin, errors="ignore")
    links = links[~links["from_node_id"].isin(barred)]
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(roads.node_ids)
    graph.add_weighted_edges_from(
        links[["from_node_id", "to_node_id", "cost"]].itertuples(index=False), weight="cost"
    )
    found = nx.single_source_dijkstra_path_length(graph, origin, weight="cost")
    return np.array([found.get(node, np.inf) for node in roads.node_ids])


@QUIET
@given(road_graphs())
def test_trees_equal_networkx_and_keep_the_laws(drawn):
    roads, cost = drawn
    closed = np.where(roads.network.allowed("car"), cost, np.inf)
    for origin in roads.node_ids[:3]:
        tree = shortest_tree(roads, origin)
        assert_array_equal(tree.label, by_networkx(roads, cost, origin))
        check_labels(tree, closed)


@QUIET
@given(road_graphs())
def test_paths_are_chains_that_cost_what_the_label_says(drawn):
    roads, _ = drawn
    links = roads.network.links.set_index("link_id")
    origin = roads.node_ids[0]
    tree = shortest_tree(roads, origin)
    for node in roads.node_ids[np.isfinite(tree.label)]:
        path = links.loc[tree.path_to(node)]
        stops = [origin, *path["to_node_id"]]
        assert stops[:-1] == path["from_node_id"].tolist()
        assert stops[-1] == node
        assert path["free_time_s"].sum() == tree.cost_to(node)


@QUIET
@given(road_graphs())
def test_matrices_equal_igraph_where_all_nodes_may_be_passed(drawn):
    roads, cost = drawn
    graph = to_igraph(roads)
    graph.es["cost"] = cost
    graph.delete_edges([i for i, open_ in enumerate(roads.network.allowed("car")) if not open_])
    inner = roads.passable.all()
    found = shortest_matrix(roads, roads.node_ids, roads.node_ids).values
    expected = np.array(graph.distances(weights="cost"))
    assert_array_equal(found, expected) if inner else None
    assert (found >= expected).all()  # barred centroids only lengthen


@QUIET
@given(road_graphs())
def test_matrices_equal_scipy_with_centroids_split_in_two(drawn):
    roads, cost = drawn
    cost = cost + 1.0  # SciPy takes a zero for no link
    n = roads.n_nodes
    use = roads.allowed("car")
    tail = np.where(roads.passable, np.arange(n), np.arange(n) + n)[roads.tail][use]
    head, length = roads.head[use], cost[roads.row][use]
    dense = np.full((2 * n, 2 * n), np.inf)
    np.minimum.at(dense, (tail, head), length)
    at = np.nonzero(np.isfinite(dense))
    graph = coo_array((dense[at], at), shape=(2 * n, 2 * n)).tocsr()
    start = np.where(roads.passable, np.arange(n), np.arange(n) + n)
    expected = np.atleast_2d(dijkstra(graph, indices=start))[:, :n]
    np.fill_diagonal(expected, 0.0)  # a centroid's own start is not its end in the split graph
    found = shortest_matrix(roads, roads.node_ids, roads.node_ids, cost=cost)
    assert_array_equal(found.values, expected)
    assert_array_equal(found.reachable, np.isfinite(expected))


def test_scaling_all_costs_keeps_the_routes():
    network, _ = grid(6, 6)
    roads = compile_road(network)
    cost = np.random.default_rng(3).uniform(1, 9, roads.n_links)
    one, two = (shortest_tree(roads, 1, cost=cost * factor) for factor in (1.0, 4.0))
    assert_array_equal(one.link_to, two.link_to)
    assert_array_equal(one.label * 4.0, two.label)


def test_a_matrix_is_written_into_an_array_at_hand():
    roads = compile_road(two_routes()[0])
    room = np.full((1, 2), -1.0)
    found = shortest_matrix(roads, [1], [2, 1], out=room)
    assert room.tolist() == found.values.tolist() == [[600.0, 0.0]]
    assert np.shares_memory(room, found.values)
    assert room.flags.writeable
    for wrong in (np.zeros((2, 1)), np.zeros((1, 2), np.float32), np.zeros((2, 2)).T[:1]):
        with pytest.raises(ValidationError, match=r"the answer needs float64 of shape \(1, 2\)"):
            shortest_matrix(roads, [1], [2, 1], out=wrong)


def test_grid_distances_are_those_of_a_taxi():
    network, _ = grid(20, 30)
    roads = compile_road(network)
    tree = shortest_tree(roads, 1, cost="length_m")
    assert tree.cost_to(30) == 29_000.0
    assert tree.cost_to(600) == 48_000.0
    assert len(tree.path_to(600)) == 48
    matrix = shortest_matrix(roads, [600, 1], [1, 30, 600], threads=2)
    assert matrix.to_frame().loc[600].tolist() == [2880.0, 1140.0, 0.0]
    frame = tree.to_frame()
    assert list(frame) == ["node_id", "cost", "link_id"]
    assert np.isnan(frame["link_id"].iloc[0])


def test_no_path_is_an_error_in_a_single_query_and_inf_in_bulk():
    network, _ = two_routes()
    roads = compile_road(network)
    closed = [1.0, 2.0, np.inf]
    tree = shortest_tree(roads, 2, cost=closed)
    with pytest.raises(NoPathError, match="No path from node 2 to node 1"):
        tree.cost_to(1)
    with pytest.raises(NoPathError, match="No path from node 2 to node 1"):
        tree.path_to(1)
    assert shortest_matrix(roads, [2], [1], cost=closed).values.tolist() == [[np.inf]]
    assert shortest_tree(roads, 1, cost=closed).path_to(1) == []


def test_wrong_arguments_say_what_was_given_and_what_to_give():
    network, _ = two_routes()
    roads = compile_road(network)
    with pytest.raises(NotFoundError, match=r"origin: 1 of 1 ids are unknown \(9\)"):
        shortest_tree(roads, 9)
    with pytest.raises(NotFoundError, match=r"no field 'speed'. Use one of time_s, length_m"):
        shortest_tree(roads, 1, cost="speed")
    with pytest.raises(ValidationError, match=r"shape \(2,\) was given; the network has 3 links"):
        shortest_tree(roads, 1, cost=[1.0, 2.0])
    with pytest.raises(ValidationError, match=r"1 of 3 values are negative or empty \(link 2: -2"):
        shortest_tree(roads, 1, cost=[1.0, -2.0, 3.0])
    with pytest.raises(ValidationError, match="link 3: nan"):
        shortest_tree(roads, 1, cost=[1.0, 2.0, np.nan])
    with pytest.raises(NotFoundError, match="destinations: 1 of 2 ids"):
        shortest_matrix(roads, [1], [1, 9])
