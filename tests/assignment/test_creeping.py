"""Crowded networks where classes that value money nearly alike should swap alternatives.

Moved pair by pair they creep: the flows of links do not tell which class should go where, and only
the small difference of what the classes pay drives them.
"""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from tests.laws import check_accounts, check_flows, check_used_routes
from transitplan.assignment import PathBased, assign
from transitplan.graph import compile_road
from transitplan.kernels.delay import delays, integrals
from transitplan.kernels.landing import descend
from transitplan.kernels.records import Delay
from transitplan.model.cases import grid, two_routes
from transitplan.model.demand import Demand, UserClass
from transitplan.model.network import build_network

CLASSES = (
    UserClass("commute", value_of_time_cny_per_h=30.6, distance_cost_cny_per_km=0.6),
    UserClass("other", value_of_time_cny_per_h=27.2, distance_cost_cny_per_km=0.6),
    UserClass("truck", value_of_time_cny_per_h=55.0, distance_cost_cny_per_km=4.5, pce=2.0),
)


def crowded(seed, *, side=5, n_zones=6, n_classes=3, trips_vph=160.0, uneven=0.006):
    """A grid whose streets are nearly alike, with more trips than it has room for."""
    rng = np.random.default_rng(seed)
    streets, _ = grid(side, side)
    tables = {name: streets.table(name) for name in streets.table_names}
    n = len(tables["link"])
    length_m = (1000.0 * (1.0 + uneven * rng.random(n))).round(1)
    tables["link"] = tables["link"].assign(
        length_m=length_m,
        lanes=1.0,
        lane_capacity_pceph=rng.choice([600.0, 900.0, 1800.0], n),
        free_time_s=length_m * 3.6 / rng.choice([30.0, 40.0, 60.0], n),
        vdf_alpha=0.15,
        vdf_beta=4.0,
    )
    zones = np.sort(rng.choice(side * side, n_zones, replace=False)) + 1
    ids = [i if i in zones else None for i in tables["node"]["node_id"]]
    tables["node"] = tables["node"].assign(zone_id=pd.Series(ids, dtype=object))
    tables["zone"] = pd.DataFrame({"zone_id": zones})
    trips = rng.lognormal(np.log(trips_vph), 1.0, (n_classes, n_zones, n_zones))
    for each in trips:
        np.fill_diagonal(each, 0.0)
    return build_network(tables), Demand(pd.Index(zones), CLASSES[:n_classes], trips)


def gap_by_scipy(found, demand):
    """(TSTT − SPTT) / TSTT from the table of links alone: 0 only at the one optimum.

    The objective is convex, so that it is within TSTT − SPTT of its least value.
    """
    network = found.roads.network
    links, nodes = network.links, network.nodes
    place = pd.Index(nodes["node_id"])
    tail, head = (place.get_indexer(links[end]) for end in ("from_node_id", "to_node_id"))
    capacity = (links["lane_capacity_pceph"] * links["lanes"]).to_numpy()
    pce = np.array([each.pce for each in demand.classes])
    ratio = (pce @ found.class_flow_vph) / capacity
    slower = 1.0 + links["vdf_alpha"] * ratio ** links["vdf_beta"]
    time = (links["free_time_s"] * slower).to_numpy()
    zone = [place[nodes["zone_id"] == i][0] for i in demand.zone_ids]
    at = place.get_indexer(zone)
    spent, least = 0.0, 0.0
    for each, flow, trips in zip(
        demand.classes, found.class_flow_vph, demand.trips_vph, strict=True
    ):
        km = links["length_m"].to_numpy() / 1000.0
        money = 3600.0 * each.distance_cost_cny_per_km * km / each.value_of_time_cny_per_h
        graph = coo_matrix((time + money, (tail, head)), (len(place), len(place))).tocsr()
        spent += each.pce * (flow * (time + money)).sum()
        least += each.pce * (trips * dijkstra(graph, indices=at)[:, at]).sum()
    return (spent - least) / spent, ratio.max()


def test_classes_that_differ_by_a_hair_change_places():
    """A toll of 0.0003 CNY is 0.036 s to the rich and 0.039706 s to the poor.

    All 1,000 rich pay it. Of 2,000 poor so many do that 600 + 0.6 v₁ + 0.039706 = 900 + 0.6 v₂, so
    v₁ = 1,750 − 0.039706 / 1.2. One pair alone moves 0.0037 s / 1.2 = 0.003 vehicles at a time.
    """
    network, _ = two_routes()
    tables = {name: network.table(name) for name in network.table_names}
    tolled = build_network({**tables, "link": network.links.assign(toll_cny=[3e-4, 0.0, 0.0])})
    rich = UserClass("rich", value_of_time_cny_per_h=30.0)
    poor = UserClass("poor", value_of_time_cny_per_h=27.2)
    trips = np.array([[[0.0, each], [0.0, 0.0]] for each in (1000.0, 2000.0)])
    demand = Demand(pd.Index([1, 2]), (rich, poor), trips)
    found = assign(compile_road(tolled), demand, PathBased(), gap=1e-12, max_iterations=20)
    assert found.status == "converged"
    on_first = 1750.0 - 3e-4 * 3600.0 / 27.2 / 1.2
    expected = [[1000.0, 0.0, 0.0], [on_first - 1000.0, 3000.0 - on_first, 0.0]]
    assert_allclose(found.class_flow_vph, expected, atol=1e-3)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("seed", range(8))
def test_crowded_grids_reach_a_gap_of_1e_10_in_few_iterations(seed, n_classes):
    network, demand = crowded(seed, n_classes=n_classes)
    roads = compile_road(network)
    found = assign(roads, demand, PathBased(), gap=1e-10, max_iterations=60)
    assert found.status == "converged"
    left, crowding = gap_by_scipy(found, demand)
    assert crowding > 1.5
    assert left <= 1.1e-10
    check_flows(found, demand)
    check_accounts(found, demand)
    check_used_routes(found, rtol=1e-6)


def test_objective_never_rises_and_threads_do_not_change_a_bit():
    network, demand = crowded(3, side=6, n_zones=10)
    roads = compile_road(network)
    one, four = (assign(roads, demand, PathBased(), gap=1e-11, threads=n) for n in (1, 4))
    assert one.status == "converged"
    values = one.history["objective"].to_numpy()
    assert (np.diff(values) <= 1e-13 * values[0]).all()
    assert np.array_equal(one.class_flow_vph, four.class_flow_vph)
    assert one.iterations == four.iterations


def test_flows_that_crept_go_on_from_where_they_were():
    network, demand = crowded(5)
    roads = compile_road(network)
    rough = assign(roads, demand, PathBased(), gap=1e-5)
    warm = assign(roads, demand, PathBased(), gap=1e-10, start=rough)
    cold = assign(roads, demand, PathBased(), gap=1e-10)
    assert warm.status == cold.status == "converged"
    assert warm.iterations < cold.iterations
    assert_allclose(warm.objective, cold.objective, rtol=1e-9)


@pytest.mark.parametrize("kind", [0, 2, 3])
@pytest.mark.parametrize("far", [0.5, 3.0, 1e4])
def test_a_search_ends_where_the_objective_still_falls(kind, far):
    """One link gives its traffic to another; the best of 2,001 points is nearby."""
    ones = np.ones(2)
    power = {0: 4.0, 2: 6.0, 3: 0.8}[kind] * ones
    delay = Delay(np.full(2, kind, np.int8), 60.0 * ones, 60.0 * ones, 1e-3 * ones, power)
    flow, change = np.array([2000.0, 500.0]), far * np.array([-200.0, 200.0])
    flow[0] += 200.0 * far  # enough to give
    time, slope = np.empty(2), np.empty(2)
    delays(flow, delay, time, slope)
    paid = 0.1 * change[1]

    def objective(share):
        area = np.empty(2)
        integrals(flow + share * change, delay, area)
        return area.sum() + share * paid

    step, (there, at_time, _) = descend((flow, time, slope), change, paid, delay)
    grid_of_steps = np.linspace(0.0, 1.0, 2001)
    values = np.array([objective(share) for share in grid_of_steps])
    assert_allclose(there, flow + step * change)
    assert at_time @ change + paid <= 0.0
    assert objective(step) < values[0]
    assert values[0] - objective(step) >= 0.9 * (values[0] - values.min())
