"""Elastic demand on paper, against scipy, and by its laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from numpy.testing import assert_allclose
from scipy.optimize import brentq, minimize

from tests.answers.cases import braess, sioux_falls, two_routes
from tests.assignment.test_classes import changed
from tests.assignment.test_principles import QUIET, solve
from tests.laws import CLASSES, check_accounts, check_flows, check_used_routes, problems
from transitplan.assignment import ElasticDemand, assign
from transitplan.errors import ValidationError
from transitplan.graph import compile_road
from transitplan.model.demand import Demand, UserClass, build_demand


def check_demand(found, given, reference, elasticity, *, rtol):
    """Trips of each class and pair are q₀ (u / c₀)^ε at the least costs of the result."""
    for k, each in enumerate(given.classes):
        cost = found.skim(["cost_s"])[each.name].array("cost_s")
        ratio = np.ones_like(cost)
        seen = (given.trips_vph[k] > 0) & np.isfinite(cost)
        np.fill_diagonal(seen, val=False)
        ratio[seen] = cost[seen] / reference[k][seen]
        expected = given.trips_vph[k] * ratio ** elasticity[each.name]
        assert_allclose(found.demand.trips_vph[k], expected, rtol=rtol, atol=1e-9)


@pytest.mark.parametrize("elasticity", [-0.1, -0.5, -1.0, -1.7, -5.0])
def test_one_road_is_where_supply_meets_demand(elasticity):
    """600 + 0.6 q s for 1,500 (u / 1,200)^ε trips; with ε = −1 a quadratic: q (600 + 0.6 q) = Q."""
    network, _, _ = two_routes()
    roads = compile_road(changed(network, allowed_uses=["all", "bus", "all"]))
    demand = build_demand([1, 2], [[0.0, 1500.0], [0.0, 0.0]])
    base = np.array([[0.0, 1200.0], [1200.0, 0.0]])
    found = assign(roads, demand, principle=ElasticDemand(elasticity, base), gap=1e-13)
    expected = brentq(
        lambda q: 1500.0 * ((600 + 0.6 * q) / 1200.0) ** elasticity - q, 1.0, 1e5, xtol=1e-10
    )
    if elasticity == -1.0:
        assert_allclose(expected, (-600 + np.sqrt(600**2 + 2.4 * 1500 * 1200)) / 1.2, rtol=1e-12)
    assert_allclose(found.flow_vph[0], expected, rtol=1e-11)
    assert_allclose(found.demand.total_vph, expected, rtol=1e-11)


def test_braess_is_the_minimum_of_beckmanns_program():
    """Three routes and trips that vary, found by scipy: the gain ∫ D⁻¹ is 60 c₀ ln(q / 6)."""
    network, demand, _ = braess()
    base = np.array([[0.0, 80.0 * 60], [1.0, 0.0]])
    found = assign(compile_road(network), demand, principle=ElasticDemand(-1.0, base), gap=1e-13)
    links = np.array([[1, 0, 1, 0, 0], [0, 1, 0, 1, 0], [1, 0, 0, 1, 1]])  # routes × links
    free, slope = np.array([0, 50, 50, 0, 10]) * 60.0, np.array([10, 1, 1, 10, 1]) * 60.0

    def program(logs):
        h = np.exp(logs)
        v = h @ links
        gain = 80.0 * 60 * 6.0 * np.log(h.sum() / 6.0)
        return (free * v + slope * v**2 / 2).sum() - gain

    least = minimize(program, np.zeros(3), method="BFGS", options={"gtol": 1e-6})
    h = np.exp(least.x)
    assert_allclose(found.flow_vph[:5], h @ links, rtol=1e-5)
    assert_allclose(found.objective, least.fun, rtol=1e-6)


def test_the_base_network_gives_back_its_demand():
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    base = assign(roads, demand, gap=1e-13)
    found = assign(roads, demand, principle=ElasticDemand(-0.8, base), gap=1e-12)
    assert found.status == "converged"
    assert_allclose(found.demand.trips_vph, demand.trips_vph, rtol=1e-9)
    assert_allclose(found.flow_vph, base.flow_vph, rtol=1e-6)


def test_elasticity_of_0_is_fixed_demand():
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    fixed = assign(roads, demand, gap=1e-12)
    found = assign(roads, demand, principle=ElasticDemand(0.0, fixed), gap=1e-12)
    assert (found.demand.trips_vph == demand.trips_vph).all()
    assert_allclose(found.flow_vph, fixed.flow_vph, rtol=1e-6)
    assert_allclose(found.objective, fixed.objective, rtol=1e-11)


@pytest.mark.parametrize("elasticity", [-0.2, -1.0, -3.0])
def test_trips_are_the_demand_at_their_cost_and_bounds_meet(elasticity):
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    base = assign(roads, demand, gap=1e-9)
    wider = changed(network, lane_capacity_pceph=network.links["lane_capacity_pceph"] * 1.3)
    found = assign(
        compile_road(wider), demand, principle=ElasticDemand(elasticity, base), gap=1e-11
    )
    assert found.status == "converged"
    cost = base.skim(["cost_s"])["vehicles"].array("cost_s")[np.newaxis]
    check_demand(found, demand, cost, {"vehicles": elasticity}, rtol=1e-6)
    check_flows(found, found.demand)
    check_accounts(found, found.demand)
    check_used_routes(found, rtol=1e-5)
    assert found.demand.total_vph > demand.total_vph
    history = found.history
    assert list(history)[-1] == "demand_residual"
    assert history["demand_residual"].iloc[-1] <= 1e-11
    assert (np.diff(history["objective"]) <= 1e-12 * found.total_cost).all()
    assert abs(found.objective - found.lower_bound) <= 1e-10 * found.total_cost
    sums = found.routes.to_frame().groupby(["o_zone_id", "d_zone_id"])["flow_vph"].sum()
    assert_allclose(sums.loc[1, 2], found.demand.trips_vph[0, 0, 1], rtol=1e-12)


@QUIET
@given(problems())
def test_laws_hold_on_random_networks_for_two_classes(problem):
    network, demand = problem
    network = changed(network, free_time_s=network.links["free_time_s"].clip(lower=5.0))
    base = solve(network, demand)
    elasticity = {"car": -0.6, "truck": -0.2}
    costs = np.stack([base.skim(["cost_s"])[each.name].array("cost_s") for each in CLASSES])
    again = solve(network, demand, principle=ElasticDemand(elasticity, base))
    assert again.status == "converged"
    assert_allclose(again.demand.trips_vph, demand.trips_vph, rtol=1e-3)  # costs err as √gap
    wider = changed(network, lane_capacity_pceph=network.links["lane_capacity_pceph"] * 1.5)
    found = solve(wider, demand, principle=ElasticDemand(elasticity, costs))
    assert found.status == "converged"
    check_demand(found, demand, costs, elasticity, rtol=1e-4)
    check_flows(found, found.demand)
    check_accounts(found, found.demand)
    slack = 2e-9 * max(found.total_cost, again.total_cost, 1e-9)
    assert found.objective <= again.objective + slack  # more capacity never raises the minimum
    assert found.lower_bound <= found.objective + slack
    assert (found.demand.trips_vph[demand.trips_vph == 0] == 0).all()


def test_more_capacity_brings_more_trips_on_parallel_roads():
    network, demand, _ = two_routes()
    base = assign(compile_road(network), demand, gap=1e-12)
    totals = [
        assign(
            compile_road(changed(network, lane_capacity_pceph=[1000.0 * k, 1500.0, 1000.0])),
            demand,
            principle=ElasticDemand(-0.5, base),
            gap=1e-12,
        ).demand.total_vph
        for k in (0.5, 1.0, 1.5, 2.0)
    ]
    assert (np.diff(totals) > 0).all()
    assert_allclose(totals[1], 3000.0, rtol=1e-9)


def test_braess_road_drives_trips_away():
    """More supply is not always more trips: the new road makes every trip dearer, 83 to 92 min."""
    network, demand, _ = braess()
    without = changed(network, allowed_uses=["all", "all", "all", "all", "bus", "all"])
    base = assign(compile_road(without), demand, gap=1e-12)
    found = assign(compile_road(network), demand, principle=ElasticDemand(-0.5, base), gap=1e-12)
    assert found.demand.total_vph < 5.9


def test_trips_that_are_not_assigned_stay_and_accounts_close():
    network, _, _ = two_routes()
    roads = compile_road(changed(network, allowed_uses=["all", "all", "car"]))
    classes = (UserClass("car"), UserClass("truck", use="truck", pce=2.0))
    matrix = np.array([[[5.0, 1000.0], [20.0, 0.0]], [[0.0, 100.0], [7.0, 1.0]]])
    demand = Demand(pd.Index([1, 2]), classes, matrix)
    costs = np.full((2, 2, 2), 700.0)
    found = assign(
        roads, demand, principle=ElasticDemand({"car": -0.5, "truck": 0.0}, costs), gap=1e-12
    )
    trips = found.demand.trips_vph
    assert trips[0, 0, 0] == 5.0
    assert trips[0, 0, 1] < 1000.0
    assert trips[0, 1, 0] > 20.0
    assert trips[1].tolist() == matrix[1].tolist()
    table = found.accounting_by_class
    assert table.loc["truck"].tolist() == [108.0, 100.0, 1.0, 7.0]
    assert_allclose(table.loc["car", "assigned"], trips[0, 0, 1] + trips[0, 1, 0], rtol=1e-12)
    check_accounts(found, found.demand)
    check_flows(found, found.demand)


def test_costs_may_come_as_skims_and_zones_in_any_order():
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    base = assign(roads, demand, gap=1e-12)
    turned = build_demand(demand.zone_ids[::-1], demand.trips_vph[0][::-1, ::-1])
    principle = ElasticDemand(-0.5, base.skim(["cost_s"]))
    found = assign(roads, turned, principle=principle, gap=1e-11)
    assert_allclose(found.demand.trips_vph, turned.trips_vph, rtol=1e-7)


def elastic_error(elasticity, reference, *, roads=None, demand=None):
    network, usual, _ = two_routes()
    with pytest.raises(ValidationError) as caught:
        assign(
            roads or compile_road(network),
            demand or usual,
            principle=ElasticDemand(elasticity, reference),
        )
    return str(caught.value)


def test_what_does_not_fit_is_refused_with_advice():
    network, demand, _ = two_routes()
    base = assign(compile_road(network), demand)
    zeros = np.zeros((2, 2))
    assert "elasticity is 0.3 for class vehicles; it must be 0 or less" in elastic_error(0.3, base)
    assert "shape (3, 3) was given; the demand has" in elastic_error(-0.3, np.ones((3, 3)))
    text = elastic_error(-0.3, zeros)
    assert "reference: 1 of 1 pairs with elastic demand have no cost above 0" in text
    assert "(class vehicles, zone 1 to 2: 0 s)" in text
    assert "or give the class an elasticity of 0." in text
    assert "zone 1 to 2: inf s" in elastic_error(-0.3, zeros + np.inf)
    other = build_demand([1, 2], demand.trips_vph, classes=[UserClass("car")])
    assert "no costs of class car; it has vehicles" in elastic_error(-0.3, base, demand=other)
    richer = build_demand(
        [1, 2],
        demand.trips_vph,
        classes=[UserClass("vehicles", value_of_time_cny_per_h=90.0)],
    )
    assert "values time at 60 CNY/h there and at 90" in elastic_error(-0.3, base, demand=richer)
    free = compile_road(changed(network, free_time_s=[0.0, 900.0, 600.0]))
    assert "network: 1 of 1 pairs" in elastic_error(-0.3, base, roads=free)
    assert assign(compile_road(network), demand, principle=ElasticDemand(0.0, zeros))


def test_a_reference_without_all_zones_is_refused():
    network, demand, _ = sioux_falls()
    small, trips, _ = two_routes()
    base = assign(compile_road(small), trips)
    with pytest.raises(ValidationError, match=r"reference: 22 of 24 zones of the demand have no"):
        assign(compile_road(network), demand, principle=ElasticDemand(-0.3, base))
