"""A mended tree is as short as a fresh one, whatever happened to the costs."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from transitplan.kernels.dijkstra import mend, settle
from transitplan.kernels.records import Graph


def scratch(n_nodes):
    label, link_to = np.empty(n_nodes), np.empty(n_nodes, np.int32)
    order = np.empty(n_nodes, np.int64)
    heap = (np.empty(n_nodes), np.empty(n_nodes, np.int64), np.empty(n_nodes, np.int64))
    return label, link_to, order, heap


def random_graph(rng, n_nodes):
    n_links = int(rng.integers(n_nodes, 4 * n_nodes))
    tail = np.sort(rng.integers(0, n_nodes, n_links))
    head = rng.integers(0, n_nodes, n_links)
    first_out = np.searchsorted(tail, np.arange(n_nodes + 1)).astype(np.int64)
    passable = rng.random(n_nodes) < 0.9
    return Graph(first_out, tail.astype(np.int64), head.astype(np.int64), passable)


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_costs_that_rise_fall_close_and_open(seed):
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, int(rng.integers(2, 30)))
    n_nodes = graph.passable.size
    label, link_to, order, heap = scratch(n_nodes)
    origin = int(rng.integers(0, n_nodes))
    cost = rng.integers(0, 5, graph.head.size).astype(float)  # zeros and ties on purpose
    settle(graph, cost, origin, label, link_to, order, heap)
    for _ in range(4):
        cost = cost * rng.choice([0.5, 1.0, 3.0], cost.size)
        cost[~np.isfinite(cost)] = 2.0
        cost[rng.random(cost.size) < 0.1] = np.inf
        mend(graph, cost, origin, label, link_to, order, heap)
        fresh, fresh_link, _, _ = scratch(n_nodes)
        settle(graph, cost, origin, fresh, fresh_link, order, heap)
        assert_array_equal(label, fresh)
        assert_array_equal(link_to >= 0, fresh_link >= 0)
        for node in np.flatnonzero(link_to >= 0):  # the links are a tree with these labels
            link = link_to[node]
            assert graph.head[link] == node
            assert label[node] == label[graph.tail[link]] + cost[link]
