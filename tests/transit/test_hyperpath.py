"""Optimal strategies: the published example, a linear programme, another program, and laws."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from tests.transit import coquimbo
from tests.transit.hyper import assign, least_total, spiess_florian

A, X, Y, B = range(4)
INF = np.inf


def test_the_published_example():
    """Spiess & Florian (1989), section 3: 27.75 min, half of the trips by each line at A."""
    links, n_nodes, names = spiess_florian()
    ride = [cost for _, _, _, cost in zip(*links, strict=True)]
    cost, fields, volume = assign(links, n_nodes, [(A, B, 1.0)], [ride, [0.0] * 18], [0.0, 1.0])
    assert_allclose(cost, [27.75], rtol=1e-15)
    used = {name: v for name, v in zip(names, volume, strict=True) if v > 0}
    expected = {
        "A board 1": 1 / 2,
        "A board 2": 1 / 2,
        "1 A-B": 1 / 2,
        "2 A-X": 1 / 2,
        "2 X-Y": 1 / 2,
        "2 leave Y": 1 / 2,
        "Y board 3": 1 / 12,
        "Y board 4": 5 / 12,
        "3 Y-B": 1 / 12,
        "4 Y-B": 5 / 12,
        "1 leave B": 1 / 2,
        "3 leave B": 1 / 12,
        "4 leave B": 5 / 12,
    }
    assert used == pytest.approx(expected, rel=1e-15)
    # by hand: 3 min at A; half of them wait 2.5 min at Y
    assert_allclose(fields[:, 0], [27.75 - 4.25, 4.25], rtol=1e-14)


def test_expected_costs_of_the_published_example_at_all_stops():
    links, n_nodes, _ = spiess_florian()
    cost, _, _ = assign(links, n_nodes, [(node, B, 1.0) for node in (A, X, Y, B)])
    x = (1 + (1 / 6) * 17.5 + (1 / 15) * 8) / (1 / 6 + 1 / 15)  # waits for both lines
    assert_allclose(cost, [27.75, x, 11.5, 0.0], rtol=1e-14)


COSTS = st.sampled_from([0.0, 0.0, 1.0, 2.0, 2.5, 7.25, 30.0])
FREQUENCIES = st.sampled_from([INF, INF, 0.05, 0.2, 0.25, 1.0, 4.0])


@st.composite
def networks(draw, costs=COSTS):
    """Any links between a few nodes: parallel, loops, without cost, disconnected."""
    n_nodes = draw(st.integers(2, 7))
    node = st.integers(0, n_nodes - 1)
    link = st.tuples(node, node, FREQUENCIES, costs)
    links = draw(st.lists(link, min_size=1, max_size=18))
    trips = draw(st.lists(st.tuples(node, st.sampled_from([0.0, 1.0, 3.5])), max_size=4))
    return tuple(zip(*links, strict=True)), n_nodes, trips


def dense_network(seed):
    """Many links between few nodes, so that some lines are just not worth waiting for."""
    rng = np.random.default_rng(seed)
    n_nodes, n_links = rng.integers(2, 6), rng.integers(8, 25)
    frequency = rng.choice([INF, 0.1, 0.5, 1.0, 4.0], n_links)
    cost = rng.choice([0.0, 0.25, 0.5, 1.0, 2.0, 4.0], n_links)
    links = (*rng.integers(0, n_nodes, (2, n_links)), frequency, cost)
    return tuple(map(tuple, links)), int(n_nodes), [(int(n_nodes) - 1, 2.0), (1, 3.5)]


@settings(max_examples=150, deadline=None)
@given(st.one_of(networks(), st.integers(0, 10**6).map(dense_network)))
def test_no_strategy_costs_less_by_linear_programming(case):
    """The least total of HiGHS is ours, and our volumes are a solution of its programme."""
    links, n_nodes, trips = case
    pairs = [(node, 0, 1.0) for node in range(n_nodes)] + [(n, 0, q) for n, q in trips]
    label = assign(links, n_nodes, pairs)[0][:n_nodes]
    for node in range(n_nodes):
        found = least_total(links, n_nodes, [(node, 1.0)], 0)
        assert (found.status == 2) == np.isinf(label[node])
        if found.status == 0:
            assert_allclose(label[node], found.fun, rtol=1e-9, atol=1e-9)
    begun = [(n, q) for n, q in trips if np.isfinite(label[n]) and n]
    cost, _, volume = assign(links, n_nodes, [(n, 0, q) for n, q in trips])
    tail, head, frequency, spent = (np.array(each) for each in links)
    surplus = np.bincount(tail, volume, n_nodes) - np.bincount(head, volume, n_nodes)
    expected = np.zeros(n_nodes)
    for node, q in begun:
        expected[node] += q
        expected[0] -= q
    assert_allclose(surplus, expected, atol=1e-12)
    wait = np.zeros(n_nodes)
    np.maximum.at(wait, tail, volume / frequency)
    total = sum(q * c for (_, q), c in zip(trips, cost, strict=True) if np.isfinite(c))
    assert_allclose((volume * spent).sum() + wait.sum(), total, rtol=1e-12, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(networks(), st.data())
def test_one_more_line_never_makes_a_trip_longer(case, data):
    links, n_nodes, _ = case
    node = st.integers(0, n_nodes - 1)
    more = data.draw(st.tuples(node, node, FREQUENCIES, COSTS))
    pairs = [(o, d, 1.0) for o in range(n_nodes) for d in range(n_nodes)]
    before, _, _ = assign(links, n_nodes, pairs)
    after, _, _ = assign(
        [(*column, x) for column, x in zip(links, more, strict=True)], n_nodes, pairs
    )
    assert (after <= before * (1 + 1e-12)).all()


@settings(max_examples=50, deadline=None)
@given(networks())
def test_quantities_along_the_strategies_add_up_to_their_cost(case):
    links, n_nodes, _ = case
    pairs = [(o, d, 1.0) for o in range(n_nodes) for d in range(n_nodes)]
    nothing = [0.0] * len(links[0])
    cost, (ride, wait), _ = assign(links, n_nodes, pairs, [links[3], nothing], [0.0, 1.0])
    assert_allclose(ride + wait, cost, rtol=1e-12, atol=1e-12)


def test_a_walk_that_is_no_worse_is_taken_at_once_and_links_never_served_are_not_used():
    links = [(0, 0, 0), (1, 1, 1), (0.5, INF, 0.0), (2.0, 4.0, 0.0)]  # 2 + 2 against 4
    cost, _, volume = assign(links, 2, [(0, 1, 8.0)])
    assert cost.tolist() == [4.0]
    assert volume.tolist() == [0.0, 8.0, 0.0]
    closed = [(0, 0), (1, 1), (0.0, INF), (1.0, INF)]
    assert assign(closed, 2, [(0, 1, 8.0)])[0].tolist() == [INF]


def random_network(seed, n_nodes=60, n_links=400):
    rng = np.random.default_rng(seed)
    frequency = np.where(rng.random(n_links) < 0.5, INF, rng.uniform(0.02, 2.0, n_links))
    ends = rng.integers(0, n_nodes, (2, n_links))
    links = (*ends, frequency, rng.uniform(0.1, 30.0, n_links))
    pairs = [(o, d, rng.uniform(0.5, 9)) for d in range(0, n_nodes, 7) for o in range(n_nodes)]
    return links, n_nodes, [(o, d, q) for o, d, q in pairs if o != d]


def aequilibrae(links, n_nodes, pairs, destination=None):
    """Volumes of all pairs, or expected costs of all nodes to one destination, by AequilibraE."""
    reason = "AequilibraE is not installed: pip install aequilibrae"
    other = pytest.importorskip("aequilibrae.paths.public_transport", reason=reason)
    edges = pd.DataFrame(dict(zip(("tail", "head", "freq", "trav_time"), links, strict=True)))
    edges[["tail", "head"]] = edges[["tail", "head"]].astype(np.uint32)
    ids = np.arange(n_nodes)
    program = other.HyperpathGenerating(edges, o_vert_ids=ids, d_vert_ids=ids, nodes_to_indices=ids)
    if destination is not None:  # it keeps labels only where there is a single pair
        pairs = [(0 if destination else 1, destination, 1.0)]
    program.assign(*(np.array(column) for column in zip(*pairs, strict=True)), threads=1)
    return program._edges["volume"].to_numpy() if destination is None else program.u_i_vec


@pytest.mark.parametrize("seed", range(4))
def test_volumes_and_costs_are_those_of_aequilibrae(seed):
    case = random_network(seed)
    cost, _, volume = assign(*case)
    assert_allclose(volume, aequilibrae(*case), rtol=1e-9, atol=1e-9)
    pairs = case[2]
    for destination in (0, 7, 14):
        theirs = aequilibrae(*case, destination=destination)
        for (origin, end, _), ours in zip(pairs, cost, strict=True):
            if end == destination:
                assert_allclose(ours, theirs[origin], rtol=1e-9)


def test_the_published_example_by_aequilibrae():
    links, n_nodes, _ = spiess_florian()
    pairs = [(A, B, 1.0)]
    cost, _, volume = assign(links, n_nodes, pairs)
    assert_allclose(volume, aequilibrae(links, n_nodes, pairs), rtol=1e-9, atol=1e-9)
    assert_allclose(cost[0], aequilibrae(links, n_nodes, pairs, destination=B)[A], rtol=1e-9)


def test_the_packaged_example_of_aequilibrae(tmp_path):
    links, n_nodes, begin, end = coquimbo.links(tmp_path)
    rng = np.random.default_rng(7)
    pairs = [(o, d, rng.uniform(0.5, 9)) for d in end for o in begin]
    cost, _, volume = assign(links, n_nodes, pairs)
    assert np.isfinite(cost).sum() > 300
    assert_allclose(volume, aequilibrae(links, n_nodes, pairs), rtol=1e-9, atol=1e-9)
    for place, destination in enumerate(end):
        theirs = aequilibrae(links, n_nodes, pairs, destination=destination)[begin]
        theirs[theirs > 1e300] = INF
        assert_allclose(cost[place * begin.size :][: begin.size], theirs, rtol=1e-9)


PLAIN = """
import json
from tests.transit.test_hyperpath import assign, random_network
cost, _, volume = assign(*random_network(0, 12, 60))
print(json.dumps([cost.tolist(), volume.tolist()]))
"""


def test_the_same_without_the_compiler():
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", PLAIN], env=environment, capture_output=True, text=True, check=True
    )
    cost, _, volume = assign(*random_network(0, 12, 60))
    found = json.loads(ran.stdout)
    assert_array_equal(found[0], cost)
    assert_allclose(found[1], volume, rtol=1e-14, atol=1e-14)
