"""Closures ranked: against a search of everything anew, and by hand; partial customisation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from transitplan.assignment.closures import rank_closures
from transitplan.assignment.problem import compile_problem
from transitplan.errors import NotFoundError
from transitplan.graph import compile_road
from transitplan.graph.hierarchy import reverse
from transitplan.io import read_demand, read_network
from transitplan.kernels.hierarchy import customise, empty_weights
from transitplan.kernels.recustomise import recustomise
from transitplan.model.cases import grid, two_routes


def anew(roads, demand, links):
    """Trips cut off and hours added, every label being searched again."""
    problem = compile_problem(roads, demand)
    time = roads.free_time_s.copy()
    before = problem.find(time).label_s
    time[[roads.link_ids.get_loc(link) for link in links]] = np.inf
    after = problem.find(time).label_s
    cut = ~np.isfinite(after)
    trips = problem.pairs.trips
    return trips[cut].sum(), trips[~cut] @ (after - before)[~cut] / 3600


@pytest.mark.parametrize("threads", [1, 2])
def test_every_link_of_the_two_banks_as_if_all_were_searched_again(threads):
    roads = compile_road(read_network("networks/two_banks/2025"))
    demand = read_demand("od_matrices/two_banks/2025_am.omx")
    found = rank_closures(roads, demand, threads=threads)
    assert (found["trips_vph"] > 0).all()
    assert len(found) > 20
    for row in found.itertuples():
        cut, hours = anew(roads, demand, row.link_ids)
        assert_allclose([row.cut_off_vph, row.added_h], [cut, hours], rtol=1e-9, atol=1e-9)


def test_links_shut_together_and_one_that_nobody_uses():
    roads = compile_road(read_network("networks/two_banks/2025"))
    demand = read_demand("od_matrices/two_banks/2025_am.omx")
    links = roads.network.links
    crossings = links.loc[links["crossing_id"].fillna("") != "", "link_id"].tolist()
    found = rank_closures(roads, demand, [crossings, crossings[:1], []])
    assert found["link_ids"].tolist() == [tuple(crossings), tuple(crossings[:1]), ()]
    for row in found.itertuples():
        cut, hours = anew(roads, demand, row.link_ids)
        assert_allclose([row.cut_off_vph, row.added_h], [cut, hours], rtol=1e-9, atol=1e-9)
    assert found["cut_off_vph"].iloc[0] > 0  # the river has no other way over


def test_times_of_the_day_count():
    network, demand = two_routes()
    roads = compile_road(network)
    found = rank_closures(roads, demand, [[1]], times_s=[800.0, 900.0, 600.0])
    assert found["added_h"].tolist() == [3000 * 100 / 3600]


def test_an_unknown_link_is_named():
    network, demand = two_routes()
    with pytest.raises(NotFoundError, match="77"):
        rank_closures(compile_road(network), demand, [[1, 77]])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.integers(2, 9), st.booleans())
def test_partial_customisation_gives_the_same_bits_as_a_whole_one(seed, wide, high, ties):
    roads = compile_road(grid(wide, high)[0])
    rng = np.random.default_rng(seed)
    draw = (lambda n: rng.integers(0, 4, n) * 1.0) if ties else (lambda n: rng.uniform(0, 9, n))
    hierarchy, n = roads.hierarchy, roads.n_links
    looked_up = reverse(hierarchy, n)
    cost = draw(n)
    found, expected = (empty_weights(hierarchy.upper.size) for _ in range(2))
    customise(hierarchy, cost, found)
    queued = np.zeros(hierarchy.upper.size, np.bool_)
    for _ in range(4):
        links = rng.choice(n, rng.integers(1, 5), replace=False)
        cost[links] = np.where(rng.random(links.size) < 0.3, np.inf, draw(links.size))
        places = looked_up.place[links]
        recustomise(
            hierarchy, looked_up.below, looked_up.parallel, cost, places[places >= 0], queued, found
        )
        customise(hierarchy, cost, expected)
        for one, other in zip(found, expected, strict=True):
            assert_array_equal(one, other)
        assert not queued.any()
