"""Equilibria with every delay function at once, and warm starts of several classes."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import transitplan as tp
from tests.assignment.test_laws import solve
from tests.laws import check_accounts, check_flows, check_used_routes, problems
from transitplan.model.cases import grid
from transitplan.model.network import build_network

QUIET = settings(max_examples=30, deadline=None)
ROWS = {
    "trunk": {"function": "conical", "alpha": 4.0},
    "arterial": {"function": "akcelik", "delay_factor": 0.4, "period_h": 1.0},
    "local": {"function": "bpr", "alpha": 0.5, "beta": 0.5},
    "collector": {"function": "constant"},
}


def with_functions(network, classes):
    """Return the network with these classes of road, in turn, and a function for four of them."""
    table = pd.DataFrame([{"facility_type": name, **row} for name, row in ROWS.items()])
    links = network.links.assign(facility_type=np.resize(classes, len(network.links)))
    tables = {name: network.table(name) for name in network.table_names}
    return build_network({**tables, "link": links, "vdf": table}, name=network.name)


@QUIET
@given(problems(), st.lists(st.sampled_from([*ROWS, "ramp"]), min_size=1, max_size=9))
def test_mixed_functions_keep_the_laws_and_two_methods_agree(problem, classes):
    network, demand = problem
    network = with_functions(network, classes)
    fine = solve(network, demand, tp.PathBased())
    assert fine.status == "converged"
    check_flows(fine, demand)
    check_accounts(fine, demand)
    check_used_routes(fine, rtol=1e-4)
    rough = solve(network, demand, tp.BiconjugateFrankWolfe(), gap=1e-5)
    slack = 2e-5 * max(fine.total_cost, 1e-9)
    assert_allclose(rough.objective, fine.objective, atol=slack, rtol=0)


def test_a_warm_start_knows_classes_by_name_not_by_place():
    network, demand = grid(3, 3, trips_vph=500.0)
    links = network.links.assign(toll_cny=np.resize([0.0, 0.0, 2.0], len(network.links)))
    tables = {name: network.table(name) for name in network.table_names}
    roads = tp.compile_road(build_network({**tables, "link": links}))
    poor = tp.UserClass("poor", value_of_time_cny_per_h=10.0)
    rich = tp.UserClass("rich", value_of_time_cny_per_h=300.0, pce=1.5)
    trips = np.stack([demand.trips_vph[0], 0.5 * demand.trips_vph[0]])
    one = tp.Demand(demand.zone_ids, (poor, rich), trips)
    two = tp.Demand(demand.zone_ids, (rich, poor), trips[::-1].copy())
    start = tp.assign(roads, one, gap=1e-2)
    again = tp.assign(roads, two, gap=1e-10, start=start)
    assert again.status == "converged"
    assert_allclose(again.objective, tp.assign(roads, two, gap=1e-10).objective, rtol=1e-9)


def test_a_warm_start_for_no_trips_is_no_traffic():
    network, demand = grid(3, 3, trips_vph=500.0)
    roads = tp.compile_road(network)
    start = tp.assign(roads, demand)
    nobody = tp.build_demand(demand.zone_ids.tolist(), 0.0 * demand.trips_vph[0])
    assert tp.assign(roads, nobody, start=start).total_cost == 0.0
