"""Skims by sweeps over a contraction hierarchy equal those by a search from each origin."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from tests.laws import road_graphs
from transitplan.graph import compile_road
from transitplan.model.cases import grid
from transitplan.paths import search, shortest_matrix

QUIET = settings(max_examples=80, deadline=None)


def swept(*arguments):
    """Skim by the hierarchy, however small the network is."""
    with patch.multiple(search, LARGE=0, MANY_ORIGINS=0):
        return search.between(*arguments)


def searched(*arguments):
    """Skim by Dijkstra's method."""
    with patch.multiple(search, LARGE=np.inf):
        return search.between(*arguments)


@QUIET
@given(road_graphs())
def test_least_costs_are_the_same(drawn):
    roads, cost = drawn
    closed = np.where(roads.allowed("car"), roads.from_rows(cost, at_turns=0.0), np.inf)
    nodes = np.arange(roads.n_nodes)
    given_ = (roads, closed, nodes, nodes[::2], [closed], 1)
    found, expected = swept(*given_), searched(*given_)
    assert_array_equal(found[0], expected[0])
    assert_array_equal(found[1], expected[0])  # a field that is the cost adds up to it


@QUIET
@given(road_graphs(), st.integers(0, 2**32 - 1))
def test_quantities_follow_the_same_paths_where_no_two_cost_the_same(drawn, seed):
    roads, cost = drawn
    rng = np.random.default_rng(seed)
    odd = roads.from_rows(cost, at_turns=0.0) + rng.uniform(1.0, 2.0, roads.n_links)
    closed = np.where(roads.allowed("car"), odd, np.inf)
    fields = [rng.uniform(0.0, 9.0, roads.n_links) for _ in range(2)]
    nodes = np.arange(roads.n_nodes)
    given_ = (roads, closed, nodes, nodes, fields, None)
    assert_allclose(swept(*given_), searched(*given_), rtol=1e-12)


@pytest.mark.parametrize("threads", [1, 2])
def test_few_zones_of_a_large_network(threads):
    network, _ = grid(60, 50)
    roads = compile_road(network)
    rng = np.random.default_rng(7)
    cost = rng.uniform(1.0, 9.0, roads.n_links)
    ends = np.sort(rng.choice(roads.n_nodes, 40, replace=False))
    given_ = (roads, cost, ends, ends[:9], [cost, roads.length_m], threads)
    assert_allclose(swept(*given_), searched(*given_), rtol=1e-12)


def test_a_large_network_is_swept_when_many_origins_are_asked_for():
    network, _ = grid(60, 50)
    roads = compile_road(network)
    nodes = roads.node_ids[: search.MANY_ORIGINS]
    assert "hierarchy" not in vars(roads)
    few = shortest_matrix(roads, nodes[:3], nodes)
    assert "hierarchy" not in vars(roads)
    many = shortest_matrix(roads, nodes, nodes)
    assert "hierarchy" in vars(roads)
    assert_allclose(many.values[:3], few.values, rtol=1e-12)
