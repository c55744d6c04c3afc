"""One suite for all methods: each reaches the known equilibria, as near as it can."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.answers.cases import braess, sioux_falls, two_routes
from tests.laws import check_accounts, check_flows
from transitplan.assignment import (
    AllOrNothing,
    BiconjugateFrankWolfe,
    BushBased,
    ConjugateFrankWolfe,
    FrankWolfe,
    PathBased,
    SuccessiveAverages,
    assign,
)
from transitplan.graph import compile_road
from transitplan.model.cases import grid
from transitplan.model.network import build_network

# method, the gap it can reach in reasonable time, tolerance of the largest flow
METHODS = [
    (SuccessiveAverages(), 1e-3, 2e-2),
    (FrankWolfe(), 2e-4, 1e-2),
    (ConjugateFrankWolfe(), 1e-5, 2e-3),
    (BiconjugateFrankWolfe(), 1e-6, 5e-4),
    (PathBased(), 1e-12, 1e-6),
    (BushBased(), 1e-12, 1e-6),
]
IDS = [method.name for method, _, _ in METHODS]


@pytest.mark.parametrize(("method", "gap", "tolerance"), METHODS, ids=IDS)
@pytest.mark.parametrize("case", [two_routes, braess, sioux_falls])
def test_flows_are_the_known_equilibrium_link_by_link(case, method, gap, tolerance):
    network, demand, expected = case()
    found = assign(compile_road(network), demand, method, gap=gap)
    assert found.status == "converged"
    assert found.relative_gap <= gap
    assert_allclose(found.flow_vph, expected, rtol=0, atol=tolerance * expected.max())
    check_flows(found, demand)
    check_accounts(found, demand)


@pytest.mark.parametrize(("method", "gap", "tolerance"), METHODS, ids=IDS)
def test_threads_do_not_change_a_bit(method, gap, tolerance):
    del tolerance
    network, demand = grid(5, 5, trips_vph=500.0)
    roads = compile_road(network)
    one, two = (assign(roads, demand, method, gap=gap, threads=n) for n in (1, 2))
    assert one.class_flow_vph.tobytes() == two.class_flow_vph.tobytes()
    assert one.time_s.tobytes() == two.time_s.tobytes()
    assert one.relative_gap == two.relative_gap


@pytest.mark.parametrize(("method", "gap", "tolerance"), METHODS, ids=IDS)
def test_objective_lies_between_its_bounds_and_lower_bound_holds(method, gap, tolerance):
    del tolerance
    network, demand, expected = sioux_falls()
    found = assign(compile_road(network), demand, method, gap=gap)
    least = 42.31335287107440e5 * 36.0  # LeBlanc's objective as published, in seconds
    assert found.lower_bound <= least * (1 + 1e-12)
    assert least * (1 - 1e-12) <= found.objective <= least + gap * found.total_cost
    assert expected.size == 76


def test_braess_times_are_92_minutes_and_83_without_the_new_road():
    network, demand, _ = braess()
    roads = compile_road(network)
    with_road = assign(roads, demand, gap=1e-10)
    assert_allclose(with_road.time_s[[0, 2]].sum() / 60.0, 92.0, rtol=1e-5)
    links = network.links
    banned = links.assign(allowed_uses=np.where(links["link_id"] == 5, "bus", "all"))
    without = assign(compile_road(_with_links(network, banned)), demand, gap=1e-10)
    assert_allclose(without.time_s[[0, 2]].sum() / 60.0, 83.0, rtol=1e-5)


def test_all_or_nothing_is_one_loading_and_says_so():
    network, demand, _ = two_routes()
    found = assign(compile_road(network), demand, AllOrNothing())
    assert found.flow_vph.tolist() == [3000.0, 0.0, 0.0]
    assert found.status == "one loading"
    assert "seeks no equilibrium" in found.status.advice


def test_gap_falls_as_the_theory_says():
    """Frank-Wolfe's gap falls like 1/k, and the path-based one far faster."""
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    slow = assign(roads, demand, FrankWolfe(), gap=0.0, max_iterations=300).history
    best = slow["relative_gap"].cummin().to_numpy()
    k = np.array([10, 30, 100, 300])
    slope = np.polyfit(np.log(k), np.log(best[k]), 1)[0]
    assert -2.0 < slope < -0.7
    fast = assign(roads, demand, PathBased(), gap=0.0, max_iterations=20).history
    assert fast["relative_gap"].min() < 1e-13
    assert (np.diff(slow["objective"]) <= 0).all()


def _with_links(network, links):
    tables = {name: network.table(name) for name in network.table_names}
    return build_network({**tables, "link": links})
