"""Stochastic user equilibrium against scipy, its own definition and its limits."""

import numpy as np
import pytest
from hypothesis import given
from numpy.testing import assert_allclose
from scipy.optimize import brentq, minimize

from tests.answers.cases import braess, sioux_falls, two_routes
from tests.assignment.test_principles import QUIET, solve
from tests.laws import check_accounts, check_flows, problems
from transitplan.assignment import StochasticEquilibrium, assign
from transitplan.errors import ValidationError
from transitplan.graph import compile_road


def check_shares(found, demand, theta_per_s, *, atol):
    """Flows of each pair's routes are logit shares of their own costs; return how many pairs."""
    frame = found.routes.to_frame()
    frame["cost"] = [
        found.class_cost_s[k, found.routes.links[first:end]].sum()
        for k, first, end in zip(
            found.routes.class_at,
            found.routes.first_link[:-1],
            found.routes.first_link[1:],
            strict=True,
        )
    ]
    least = {each.name: found.skim(["cost_s"])[each.name]["cost_s"] for each in demand.classes}
    pairs = frame.groupby(["class_name", "o_zone_id", "d_zone_id"])
    for (name, origin, destination), rows in pairs:
        trips = demand.matrix(name).loc[origin, destination]
        cheapest = rows["cost"].min()
        weight = np.exp(-theta_per_s[name] * (rows["cost"] - cheapest))
        assert_allclose(rows["flow_vph"], trips * weight / weight.sum(), rtol=0, atol=atol)
        assert_allclose(cheapest, least[name].loc[origin, destination], rtol=1e-10, atol=1e-9)
    return len(pairs)


@pytest.mark.parametrize("theta", [1e-4, 1e-3, 1e-2, 1.0, 100.0])
def test_two_routes_are_the_fixed_point_of_their_shares(theta):
    network, demand, _ = two_routes()
    found = assign(compile_road(network), demand, principle=StochasticEquilibrium(theta), gap=1e-10)

    def off(v):
        difference = (600 + 0.6 * v) - (900 + 0.6 * (3000 - v))
        return np.log(v / (3000 - v)) + theta * difference

    expected = brentq(off, 1.0, 2999.0, xtol=1e-12)
    assert_allclose(found.flow_vph[:2], [expected, 3000 - expected], rtol=1e-9)


def test_braess_is_the_minimum_of_fisks_program():
    """Three routes, found by scipy in units of their own."""
    network, demand, _ = braess()
    theta = 1.0 / 600.0
    found = assign(compile_road(network), demand, principle=StochasticEquilibrium(theta), gap=1e-12)
    links = np.array([[1, 0, 1, 0, 0], [0, 1, 0, 1, 0], [1, 0, 0, 1, 1]])  # routes × links
    free, slope = np.array([0, 50, 50, 0, 10]) * 60.0, np.array([10, 1, 1, 10, 1]) * 60.0

    def fisk(logs):
        h = 6.0 * np.exp(logs) / np.exp(logs).sum()
        v = h @ links
        return (free * v + slope * v**2 / 2).sum() + (h * np.log(h / 6.0)).sum() / theta

    least = minimize(fisk, np.zeros(3), method="BFGS", options={"gtol": 1e-8})
    h = 6.0 * np.exp(least.x) / np.exp(least.x).sum()
    assert_allclose(found.flow_vph[:5], h @ links, rtol=2e-5)
    assert_allclose(found.objective, least.fun, rtol=1e-6)
    assert found.lower_bound <= least.fun * (1 + 1e-6)


@pytest.mark.parametrize("theta", [1e-3, 1e-2, 1e-1])
def test_flows_are_shares_of_their_own_costs_and_the_set_is_closed(theta):
    network, demand, _ = sioux_falls()
    found = assign(compile_road(network), demand, principle=StochasticEquilibrium(theta), gap=1e-11)
    assert found.status == "converged"
    pairs = check_shares(found, demand, {"vehicles": theta}, atol=1e-6)  # of 100 … 4,400
    assert pairs == 528
    assert (found.routes.flow_vph > 0).all()
    check_flows(found, demand)
    check_accounts(found, demand)
    objective = found.history["objective"].to_numpy()
    assert (np.diff(objective) <= 1e-12 * abs(objective[-1])).all()
    assert_allclose(found.lower_bound, found.objective, rtol=1e-9)
    assert found.lower_bound <= found.objective + 1e-12 * abs(found.objective)


@QUIET
@given(problems())
def test_laws_hold_on_random_networks_for_two_classes(problem):
    network, demand = problem
    theta = {"car": 0.01, "truck": 0.002}
    found = solve(network, demand, principle=StochasticEquilibrium(theta))
    assert found.status == "converged"
    check_flows(found, demand)
    check_accounts(found, demand)
    check_shares(found, demand, theta, atol=1e-5)
    objective = found.history["objective"].to_numpy()
    slack = 1e-9 * max(found.total_cost, 1e-9)
    assert found.lower_bound <= found.objective + slack
    assert (np.diff(objective) <= slack).all()


def test_great_theta_is_user_equilibrium_and_the_distance_falls_as_one_over_theta():
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    exact = assign(roads, demand, gap=1e-12).flow_vph
    theta = np.array([0.1, 0.3, 1.0, 3.0])
    away = [
        abs(
            assign(roads, demand, principle=StochasticEquilibrium(each), gap=1e-7).flow_vph - exact
        ).max()
        for each in theta
    ]
    assert (np.diff(away) < 0).all()
    slope = np.polyfit(np.log(theta), np.log(away), 1)[0]
    assert -1.2 < slope < -0.6
    assert away[-1] < 0.005 * exact.max()


def test_small_theta_is_an_even_split_of_a_given_set():
    network, demand, _ = braess()
    roads = compile_road(network)
    base = assign(roads, demand, gap=1e-12)  # all three routes
    found = assign(roads, demand, principle=StochasticEquilibrium(1e-9), gap=1e-12, start=base)
    assert_allclose(found.routes.flow_vph, [2.0, 2.0, 2.0], rtol=1e-5)


def test_routes_of_a_start_join_the_set():
    network, demand, _ = two_routes()
    roads = compile_road(network)
    light = demand.scaled(0.01)  # 30 veh/h: the second road is never the cheapest
    alone = assign(roads, light, principle=StochasticEquilibrium(0.01), gap=1e-12)
    assert alone.flow_vph.tolist() == [30.0, 0.0, 0.0]
    both = assign(
        roads, light, principle=StochasticEquilibrium(0.01), gap=1e-12, start=assign(roads, demand)
    )
    ratio = np.exp(-0.01 * (both.time_s[1] - both.time_s[0]))
    assert_allclose(both.flow_vph[1] / both.flow_vph[0], ratio, rtol=1e-10)


@pytest.mark.parametrize("theta", [0.0, -1.0, float("inf"), float("nan")])
def test_a_theta_that_is_none_is_refused(theta):
    network, demand, _ = two_routes()
    with pytest.raises(ValidationError, match=r"theta_per_s is .* for class vehicles; it must be"):
        assign(compile_road(network), demand, principle=StochasticEquilibrium(theta))


def test_every_class_needs_a_theta_and_no_other():
    network, demand, _ = two_routes()
    roads = compile_road(network)
    with pytest.raises(ValidationError, match=r"theta_per_s: no value for class vehicles. Give"):
        assign(roads, demand, principle=StochasticEquilibrium({"car": 1.0}))
    with pytest.raises(ValidationError, match=r"theta_per_s: no class 'car'. Give one number"):
        assign(roads, demand, principle=StochasticEquilibrium({"car": 1.0, "vehicles": 1.0}))
