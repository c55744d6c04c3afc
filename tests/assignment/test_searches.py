"""Searches over the hierarchy and by trees of Dijkstra find the same, whatever the network."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from tests.laws import problems, shared
from transitplan.assignment import problem as problems_of
from transitplan.assignment.path_based import extended
from transitplan.assignment.problem import check_balance, compile_problem
from transitplan.errors import ValidationError
from transitplan.graph import compile_road
from transitplan.graph.hierarchy import build_hierarchy
from transitplan.io.tntp import read_tntp
from transitplan.kernels import routes
from transitplan.model.cases import grid

QUIET = settings(max_examples=80, deadline=None)


def both(network, demand):
    """The same problem without a hierarchy, and with one."""
    roads = compile_road(network)
    try:
        found = compile_problem(roads, demand, threads=1)
    except ValidationError:
        assume(False)  # noqa: FBT003  no trip can be assigned
        raise
    hierarchy = build_hierarchy(roads.arrays)
    return replace(found, hierarchy=None), replace(found, hierarchy=hierarchy)


def random_time(problem, seed):
    """Link times with zeros and ties."""
    return np.random.default_rng(seed).integers(0, 6, problem.n_links).astype(float)


def class_cost(problem, time, k):
    cost = time + problem.money_s[k] + problem.closed[k]
    return np.where(np.isfinite(cost), cost, 0.0)


@QUIET
@given(problems(), st.integers(0, 999))
def test_labels_are_those_of_dijkstra(problem, seed):
    plain, swept = both(*problem)
    time = random_time(plain, seed)
    assert_allclose(swept.find(time).label_s, plain.find(time).label_s, rtol=1e-13)


@QUIET
@given(problems(), st.integers(0, 999))
def test_loads_keep_all_trips_and_cost_the_least(problem, seed):
    for each in both(*problem):
        time = random_time(each, seed)
        loads = each.load(time)
        check_balance(each, loads.class_flow)
        weight = np.repeat(each.pairs.tree_class, np.diff(each.pairs.first_pair))
        for k in range(each.n_classes):
            spent = (loads.class_flow[k] * class_cost(each, time, k)).sum()
            least = (each.pairs.trips * loads.label_s)[weight == k].sum()
            assert_allclose(spent, least, rtol=1e-9, atol=1e-9)
            assert (loads.class_flow[k][np.isinf(each.closed[k])] == 0).all()


@QUIET
@given(problems(), st.integers(0, 999))
def test_columns_are_open_chains_of_links_that_cost_their_label(problem, seed):
    for each in both(*problem):
        time = random_time(each, seed)
        none = routes.empty_paths(each.pairs.trips.size, 0, 0)
        search = each.columns(time, none)
        seen = []
        for k, (found, sizes, links) in zip(search.class_at, search.found, strict=True):
            cost = class_cost(each, time, k)
            ends = np.cumsum(sizes)
            for pair, size, end in zip(found, sizes, ends, strict=True):
                chain = links[end - size : end][::-1]
                tree = np.searchsorted(each.pairs.first_pair, pair, side="right") - 1
                node = each.pairs.origin[tree]
                for link in chain:
                    assert each.graph.tail[link] == node
                    assert each.graph.passable[node] or node == each.pairs.origin[tree]
                    node = each.graph.head[link]
                assert node == each.pairs.destination[pair]
                assert_allclose(cost[chain].sum(), search.label_s[pair], rtol=1e-12)
                seen.append(pair)
        assert sorted(seen) == list(range(each.pairs.trips.size))


def test_a_path_as_cheap_as_a_stored_one_is_not_new():
    network, demand = grid(5, 5, trips_vph=100.0)
    for each in both(network, demand):
        time, _ = each.times(np.zeros(each.n_links))
        none = routes.empty_paths(each.pairs.trips.size, 0, 0)
        pool = extended(each, none, each.columns(time, none))
        assert all(found.size == 0 for found, _, _ in each.columns(time, pool).found)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["Anaheim", "Berlin-Center"])
def test_labels_and_loads_of_a_real_network(name):
    stem, units = {
        "Anaheim": ("Anaheim", {"length_unit": "ft"}),
        "Berlin-Center": ("berlin-center", {"time_unit": "s", "length_unit": "m"}),
    }[name]
    folder = shared(f"data/tntp/{name}")
    network, demand = read_tntp(folder / f"{stem}_net.tntp", folder / f"{stem}_trips.tntp", **units)
    plain, swept = both(network, demand)
    time, _ = plain.times(np.zeros(plain.n_links))
    expected, found = plain.load(time), swept.load(time)
    assert_allclose(found.label_s, expected.label_s, rtol=1e-12)
    check_balance(swept, found.class_flow)
    assert_allclose((found.class_flow * time).sum(), (expected.class_flow * time).sum(), rtol=1e-12)


def test_few_trees_are_grown_one_by_one(monkeypatch):
    network, demand = grid(3, 3, trips_vph=100.0)
    roads = compile_road(network)
    monkeypatch.setattr(problems_of, "FEW_TREES", 1)
    assert compile_problem(roads, demand).hierarchy is not None
    monkeypatch.setattr(problems_of, "FEW_TREES", 1000)
    assert compile_problem(roads, demand).hierarchy is None
