"""What is sought: laws of the system optimum, and what all principles share."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from numpy.testing import assert_allclose

from tests.answers.cases import braess, sioux_falls, two_routes
from tests.assignment.test_classes import changed
from tests.assignment.test_equilibrium import IDS, METHODS
from tests.laws import CLASSES, check_accounts, check_flows, problems
from transitplan.assignment import (
    BiconjugateFrankWolfe,
    ElasticDemand,
    PathBased,
    StochasticEquilibrium,
    SystemOptimum,
    UserEquilibrium,
    assign,
)
from transitplan.assignment.path_flows import to_come
from transitplan.errors import ConvergenceError, ValidationError
from transitplan.graph import compile_road
from transitplan.model.cases import grid
from transitplan.model.demand import Demand, UserClass, build_demand
from transitplan.model.network import build_network

BEST = SystemOptimum()
MOST_CNY = 9_000.0  # a toll in a link table may be 10,000
QUIET = settings(max_examples=30, deadline=None)


def solve(network, demand, **options):
    try:
        return assign(compile_road(network), demand, **{"gap": 1e-9, "threads": 1, **options})
    except ValidationError as error:
        assert "can be assigned" in str(error)  # noqa: PT017  the only reason there may be
        assume(False)  # noqa: FBT003  hypothesis has it so
        raise


def total_cost(found, network):
    """Σ pce x (t + money), in pce/h s, summed from the result's own columns."""
    roads, total = compile_road(network), 0.0
    for each, flow in zip(found.classes, found.class_flow_vph, strict=True):
        money = roads.in_rows(each.money_s(roads.toll_cny(each.use), roads.length_m))
        total += each.pce * (flow * (found.time_s + money)).sum()
    return total


def tolled(network, best):
    """The network with the tolls of an optimum on top of its own; trucks are the second class."""
    links = network.links
    car, truck = best.marginal_toll_cny
    own = links["toll_truck_cny"].fillna(links["toll_cny"])
    return changed(network, toll_cny=links["toll_cny"] + car, toll_truck_cny=own + truck)


# --- on paper -------------------------------------------------------------------------------------


def test_two_routes_are_shared_where_marginal_times_are_equal():
    """600 + 1.2 v₁ = 900 + 1.2 (3000 − v₁): v₁ = 1,625; tolls are 0.6 v."""
    network, demand, _ = two_routes()
    found = assign(compile_road(network), demand, principle=BEST, gap=1e-12)
    assert_allclose(found.flow_vph, [1625.0, 1375.0, 0.0], rtol=1e-12)
    assert_allclose(found.time_s, [1575.0, 1725.0, 600.0], rtol=1e-12)
    assert_allclose(found.marginal_toll_s, [975.0, 825.0, 0.0], rtol=1e-12)
    assert_allclose(found.marginal_toll_cny[0], [16.25, 13.75, 0.0], rtol=1e-12)  # at 60 CNY/h
    assert_allclose(found.total_cost, 1625 * 1575 + 1375 * 1725, rtol=1e-12)
    assert_allclose(found.objective, found.total_cost, rtol=1e-12)
    assert found.lower_bound <= found.objective * (1 + 1e-12)


def test_the_optimum_leaves_braess_road_empty():
    """20 × 3 + 50 + 2 × 3 = 116 on the two routes, and 40 × 3 + 10 = 130 on the new road."""
    network, demand, _ = braess()
    found = assign(compile_road(network), demand, principle=BEST, gap=1e-12)
    assert_allclose(found.flow_vph, [3.0, 3.0, 3.0, 3.0, 0.0, 0.0], atol=1e-4)
    assert_allclose(found.total_cost / 6.0 / 60.0, 83.0, rtol=1e-5)


def test_pigou_pays_four_thirds():
    """A constant road of 600 s and one of 0.6 v s: all of 1,000 take it, half of them should."""
    network, _, _ = two_routes()
    free = np.array([600.0, 1e-6, 600.0])
    roads = compile_road(
        changed(
            network,
            free_time_s=free,
            vdf_alpha=[0.0, 1.0, 0.0],
            lane_capacity_pceph=[1000.0, 1e-6 / 0.6, 1000.0],
        )
    )
    demand = build_demand([1, 2], [[0.0, 1000.0], [0.0, 0.0]])
    selfish = assign(roads, demand, gap=1e-12)
    best = assign(roads, demand, principle=BEST, gap=1e-12)
    assert_allclose(selfish.flow_vph, [0.0, 1000.0, 0.0], atol=1e-5)
    assert_allclose(best.flow_vph, [500.0, 500.0, 0.0], rtol=1e-8)
    assert_allclose(selfish.total_cost / best.total_cost, 4 / 3, rtol=1e-8)


def test_tolls_are_the_same_seconds_and_other_money_for_each_class():
    network, _, _ = two_routes()
    classes = (
        UserClass("car", value_of_time_cny_per_h=60.0),
        UserClass("truck", use="truck", pce=2.0, value_of_time_cny_per_h=180.0),
    )
    trips = np.zeros((2, 2, 2))
    trips[:, 0, 1] = 2000.0, 500.0  # 3,000 pce: the flows of one class
    demand = Demand(pd.Index([1, 2]), classes, trips)
    found = assign(compile_road(network), demand, principle=BEST, gap=1e-12)
    assert_allclose(found.pce_vph, [1625.0, 1375.0, 0.0], rtol=1e-9)
    assert_allclose(found.marginal_toll_cny[1], 3 * found.marginal_toll_cny[0], rtol=1e-12)
    frame = found.to_frame()
    assert list(frame)[-3:] == [
        "marginal_toll_s",
        "marginal_toll_car_cny",
        "marginal_toll_truck_cny",
    ]


@pytest.mark.parametrize("principle", [UserEquilibrium(), BEST])
def test_a_trace_of_traffic_on_a_road_with_a_power_below_1_is_found(principle):
    """60 + 9 (v₁ / 400)⁴ = 60 + 120 √(v₂ / 400) with 75 veh/h: √(v₂ / 400) = 9 / 120 × (75 / 400)⁴.

    At the optimum the rises count 5 and 1.5 times. A slope that is taken too flat near no flow
    sends too many there, and all back in the next step, without end.
    """
    network, _, _ = two_routes()
    roads = compile_road(
        changed(
            network,
            free_time_s=60.0,
            lane_capacity_pceph=400.0,
            vdf_alpha=[0.15, 2.0, 0.0],
            vdf_beta=[4.0, 0.5, 1.0],
        )
    )
    demand = build_demand([1, 2], [[0.0, 75.0], [0.0, 0.0]])
    found = assign(roads, demand, principle=principle, gap=1e-12)
    weight = 5 / 1.5 if principle == BEST else 1.0
    root = weight * 9 / 120 * (75 / 400) ** 4
    assert found.status == "converged"
    assert_allclose(found.flow_vph[1], 400 * root**2, rtol=1e-3)


# --- laws -----------------------------------------------------------------------------------------


@QUIET
@given(problems())
def test_the_optimum_costs_the_least_and_its_tolls_bring_it_about(problem):
    network, demand = problem
    selfish = solve(network, demand)
    best = solve(network, demand, principle=BEST)
    assert best.status == "converged"
    check_flows(best, demand)
    check_accounts(best, demand)
    scale = max(selfish.total_cost, 1e-9)
    assert_allclose(total_cost(best, network), best.total_cost, rtol=1e-9, atol=1e-9)
    assert_allclose(total_cost(selfish, network), selfish.total_cost, rtol=1e-9, atol=1e-9)
    assert best.total_cost <= selfish.total_cost + 1e-8 * scale
    assert best.lower_bound <= best.total_cost + 1e-12 * scale
    assert demand.classes == CLASSES
    assume((best.marginal_toll_cny < MOST_CNY).all())
    guided = solve(tolled(network, best), demand)
    assert_allclose(total_cost(guided, network), best.total_cost, rtol=0, atol=1e-6 * scale)


def test_user_equilibrium_with_the_tolls_is_the_optimum_link_by_link():
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    best = assign(roads, demand, principle=BEST, gap=1e-13)
    again = compile_road(changed(network, toll_cny=best.marginal_toll_cny[0]))
    guided = assign(again, demand, gap=1e-13)
    assert_allclose(guided.flow_vph, best.flow_vph, atol=0.1)  # of 25,000
    selfish = assign(roads, demand, gap=1e-12)
    assert best.total_cost < 0.97 * selfish.total_cost


@pytest.mark.parametrize(("method", "gap", "tolerance"), METHODS, ids=IDS)
def test_every_method_finds_the_optimum(method, gap, tolerance):
    network, demand = grid(4, 4, trips_vph=900.0)
    roads = compile_road(network)
    gap = 10 * gap  # marginal times are steeper
    found = assign(roads, demand, method, principle=BEST, gap=gap)
    fine = assign(roads, demand, principle=BEST, gap=1e-12)
    assert found.status == "converged"
    assert_allclose(found.flow_vph, fine.flow_vph, atol=10 * tolerance * fine.flow_vph.max())
    assert_allclose(found.objective, fine.objective, rtol=2 * gap)


# --- what all share -------------------------------------------------------------------------------


def principles(base):
    return [
        UserEquilibrium(),
        BEST,
        StochasticEquilibrium(0.05),
        ElasticDemand(-0.5, base),
    ]


@pytest.mark.parametrize("which", range(4))
def test_threads_do_not_change_a_bit(which):
    network, demand = grid(5, 5, trips_vph=500.0)
    roads = compile_road(network)
    principle = principles(assign(roads, demand.scaled(0.9)))[which]
    one, two = (
        assign(roads, demand, principle=principle, gap=1e-9, threads=count) for count in (1, 2)
    )
    assert one.status == "converged"
    assert one.class_flow_vph.tobytes() == two.class_flow_vph.tobytes()
    assert one.demand.trips_vph.tobytes() == two.demand.trips_vph.tobytes()
    assert one.history.drop(columns="seconds").equals(two.history.drop(columns="seconds"))


@pytest.mark.parametrize("which", range(4))
def test_results_name_what_was_sought_and_measured(which):
    network, demand, _ = two_routes()
    roads = compile_road(network)
    principle = principles(assign(roads, demand))[which]
    found = assign(roads, demand, principle=principle, gap=1e-10)
    assert found.principle == principle.name
    assert found.measured == principle.measured
    assert (principle.name in found.summary()) == (which > 0)
    assert found.demand_version == demand.version
    assert (found.marginal_toll_s is None) == (which != 1)
    again = assign(roads, demand, principle=principle, gap=1e-10, start=found)
    assert again.status == "converged"
    assert_allclose(again.flow_vph, found.flow_vph, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("which", range(4))
def test_no_trips_at_all_is_converged(which):
    network, demand, _ = two_routes()
    roads = compile_road(network)
    principle = principles(assign(roads, demand))[which]
    found = assign(roads, demand.scaled(0.0), principle=principle)
    assert found.status == "converged"
    assert found.relative_gap == 0.0
    assert (found.flow_vph == 0.0).all()


def test_what_is_to_come_is_a_geometric_series():
    assert to_come(0.25, 0.5) == 0.25 + 0.125 * 2
    assert to_come(0.0, 0.0) == 0.0
    assert to_come(1.0, 0.5) == np.inf


def test_link_methods_cannot_solve_for_flows_of_routes():
    network, demand, _ = two_routes()
    roads = compile_road(network)
    base = assign(roads, demand)
    for principle in principles(base)[2:]:
        with pytest.raises(ValidationError, match=r"biconjugate Frank-Wolfe cannot solve .* Leave"):
            assign(roads, demand, BiconjugateFrankWolfe(), principle=principle)
        assert assign(roads, demand, PathBased(passes=9), principle=principle).relative_gap <= 1e-6


def test_a_principle_is_an_object():
    network, demand, _ = two_routes()
    for wrong in ("so", SystemOptimum):
        with pytest.raises(ValidationError, match=r"principle is .*; give an object, such as"):
            assign(compile_road(network), demand, principle=wrong)


def test_strict_names_every_measure_that_was_missed():
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    base = assign(roads, demand, gap=1e-4)
    with pytest.raises(ConvergenceError, match=r"relative gap .*, demand_residual .* after 2 iter"):
        assign(
            roads,
            demand.scaled(1.2),
            principle=ElasticDemand(-1.0, base),
            gap=1e-12,
            max_iterations=2,
            strict=True,
        )


def test_the_network_is_untouched():
    network, demand, _ = two_routes()
    version = network.version
    assign(compile_road(network), demand, principle=BEST)
    again = build_network({name: network.table(name) for name in network.table_names})
    assert again.version == version
