"""Equilibria with turn bans and penalties: by hand, and against fully expanded networks."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from numpy.testing import assert_allclose

import transitplan as tp
from tests.assignment.test_laws import solve
from tests.graph.test_turns import BAN, A, B, C, D, E, hook
from tests.turns import expanded, turn_time, turned
from transitplan.model.network import build_network

QUIET = settings(max_examples=30, deadline=None)
METHODS = [tp.PathBased(), tp.BushBased(), tp.BiconjugateFrankWolfe()]


def one_way(trips_vph=100.0):
    return tp.build_demand([1, 4], [[0.0, trips_vph], [0.0, 0.0]])


@pytest.mark.parametrize("method", METHODS)
def test_a_u_turn_pays_its_penalty_and_is_counted(method):
    roads = tp.compile_road(hook(BAN, (B, C, 5.0, "all"), vdf_alpha=0.0))
    found = tp.assign(roads, one_way(), method)
    assert found.flow_vph.tolist() == [100.0, 100.0, 100.0, 100.0, 0.0]
    assert found.time_s.tolist() == [10.0, 10.0, 10.0, 10.0, 60.0]
    assert found.total_cost == found.objective == 100.0 * 45.0
    assert found.relative_gap == 0.0
    turns = found.turns_frame()
    assert turns["ib_link_id"].tolist() == [A, B]
    assert turns["ob_link_id"].tolist() == [D, C]
    assert turns["flow_vph"].tolist() == turns["flow_vehicles_vph"].tolist() == [0.0, 100.0]
    assert turns["penalty_s"].tolist() == [0.0, 5.0]
    assert "Time in traffic: 1.2 vehicle-hours" in found.summary()  # 100 × 45 s
    assert found.skim(["time_s"])["vehicles"]["time_s"].loc[1, 4] == 45.0


def test_where_the_u_turn_is_banned_too_the_long_way_is_left():
    roads = tp.compile_road(hook(BAN, (B, C, 0.0, "none"), vdf_alpha=0.0))
    found = tp.assign(roads, one_way())
    assert found.flow_vph.tolist() == [100.0, 100.0, 0.0, 0.0, 100.0]
    assert found.routes.to_frame()["links"].tolist() == [3]
    assert len(found.routes.through([E])) == 1


@pytest.mark.parametrize("method", METHODS)
def test_a_penalty_shifts_an_equilibrium_as_worked_out_on_paper(method):
    """100 + v1/10 + 50 = 100 + v2/10 and v1 + v2 = 1500: v1 = 500, v2 = 1000."""
    links = pd.DataFrame(
        [(1, 1, 2, 100.0, 1.0), (2, 2, 4, 0.0, 0.0), (3, 1, 4, 100.0, 1.0)],
        columns=["link_id", "from_node_id", "to_node_id", "free_time_s", "vdf_alpha"],
    ).assign(length_m=100.0, lane_capacity_pceph=1000.0, vdf_beta=1.0)
    nodes = pd.DataFrame({"node_id": [1, 2, 4], "x_m": 0.0, "y_m": 0.0, "zone_id": [1, None, 4]})
    turn = {"mvmt_id": [1], "node_id": [2], "ib_link_id": [1], "ob_link_id": [2], "penalty_s": [50]}
    tables = {"node": nodes, "link": links, "zone": pd.DataFrame({"zone_id": [1, 4]})}
    network = build_network({**tables, "movement": pd.DataFrame(turn)})
    found = tp.assign(tp.compile_road(network), one_way(1500.0), method, gap=1e-9)
    assert_allclose(found.flow_vph, [500.0, 500.0, 1000.0], rtol=1e-6)
    assert_allclose(found.turns_frame()["flow_vph"], [500.0], rtol=1e-6)
    assert_allclose(found.total_cost, 1500.0 * 200.0, rtol=1e-6)


def test_trucks_turn_where_cars_may_not():
    classes = (tp.UserClass("car"), tp.UserClass("truck", use="truck", pce=2.0))
    trips = np.zeros((2, 2, 2))
    trips[:, 0, 1] = 100.0
    demand = tp.Demand(pd.Index([1, 4]), classes, trips)
    roads = tp.compile_road(hook((A, D, 3.0, "truck"), vdf_alpha=0.0))
    found = tp.assign(roads, demand)
    assert found.class_flow_vph.tolist() == [[100, 100, 100, 100, 0], [100, 0, 0, 100, 0]]
    turns = found.turns_frame()
    assert turns[["flow_vph", "flow_car_vph", "flow_truck_vph"]].to_numpy().tolist() == [
        [100.0, 0.0, 100.0]
    ]


def test_all_listed_turns_are_counted_when_asked_for():
    network = hook(BAN, (B, C, 0.0, "all"), (C, D, 0.0, "all"), vdf_alpha=0.0)
    found = tp.assign(tp.compile_road(network), one_way())
    assert found.turns_frame()["ob_link_id"].tolist() == [D]  # at node 2 only the listed
    assert tp.assign(tp.compile_road(hook()), one_way()).turns_frame().empty
    every = tp.assign(tp.compile_road(network, every_turn=True), one_way())
    assert every.turns_frame()["flow_vph"].tolist() == [0.0, 100.0, 100.0]


# --- random networks --------------------------------------------------------------------------


def check_balance(found, demand):
    """Flow in + trips that start = flow out + trips that end, at every node of the table."""
    roads = found.roads
    links = roads.network.links
    tail, head = (roads.node_ids.get_indexer(links[end]) for end in ("from_node_id", "to_node_id"))
    place = roads.centroid[roads.zone_ids.get_indexer(demand.zone_ids)]
    n = len(roads.node_ids)
    for k, each in enumerate(demand.classes):
        reached = tp.skim(roads, ["time_s"], user_class=each, threads=1).reachable
        trips = np.where(reached, demand.trips_vph[k], 0.0)
        flow = found.class_flow_vph[k]
        into = np.bincount(head, flow, n) + np.bincount(place, trips.sum(axis=1), n)
        out = np.bincount(tail, flow, n) + np.bincount(place, trips.sum(axis=0), n)
        assert_allclose(into, out, atol=1e-7)
        turned_vph = found.turns_frame()[f"flow_{each.name}_vph"].to_numpy()
        may = roads.network.allowed(each.use, table="movement")
        movement = np.sort(roads.turn_movement[roads.turn_movement >= 0])
        assert (turned_vph >= 0).all()
        assert (turned_vph[~may[movement]] == 0).all()


@QUIET
@given(turned(congested=True))
def test_an_equilibrium_is_that_of_the_expanded_network(drawn):
    network, demand = drawn
    found = solve(network, demand)
    other = solve(expanded(network), demand)
    assert found.status == other.status == "converged"
    check_balance(found, demand)
    assert found.accounting == pytest.approx(other.accounting)
    slack = 2e-9 * max(found.total_cost, 1.0)
    assert_allclose(found.objective, other.objective, rtol=0, atol=slack)
    links = network.links
    rising = ((links["vdf_alpha"] > 0) & (links["free_time_s"] > 0)).to_numpy()
    times = found.time_s[rising], other.time_s[: len(links)][rising]
    assert_allclose(*times, rtol=1e-3, atol=1e-3)
    rough = solve(network, demand, tp.BiconjugateFrankWolfe(), gap=1e-5)
    check_balance(rough, demand)
    assert_allclose(rough.objective, found.objective, rtol=0, atol=2e-5 * max(found.total_cost, 1))


@QUIET
@given(turned(congested=True))
def test_used_routes_cost_the_least_turns_included(drawn):
    network, demand = drawn
    found = solve(network, demand)
    for k, each in enumerate(found.classes):
        turns = turn_time(network, each.use)
        least = found.skim(["cost_s"])[each.name].array("cost_s")
        routes = found.routes
        ids = network.links["link_id"].to_numpy()
        for i in np.flatnonzero(routes.class_at == k):
            rows = routes.links[routes.first_link[i] : routes.first_link[i + 1]]
            cost = found.class_cost_s[k, rows].sum()
            cost += sum(turns.get(pair, 0.0) for pair in pairwise(ids[rows]))
            pair = (routes.class_at == k) & (routes.o_zone == routes.o_zone[i])
            pair &= routes.d_zone == routes.d_zone[i]
            if routes.flow_vph[i] > 1e-3 * routes.flow_vph[pair].sum():
                assert_allclose(cost, least[routes.o_zone[i], routes.d_zone[i]], rtol=1e-4)


@QUIET
@given(turned(congested=True))
def test_a_warm_start_finds_its_routes_and_turns_again(drawn):
    network, demand = drawn
    found = solve(network, demand)
    again = tp.assign(found.roads, demand, start=found, gap=1e-9, threads=1)
    assert again.iterations <= 1
    assert_allclose(again.objective, found.objective, rtol=1e-9, atol=1e-9)
    rough = solve(network, demand, tp.FrankWolfe(), gap=1e-3)
    assume(rough.status == "converged")  # it zigzags for ever on a few networks
    more = tp.assign(rough.roads, demand, tp.FrankWolfe(), start=rough, gap=1e-3, threads=1)
    assert more.iterations == 0
    assert_allclose(more.turn_flow_vph, rough.turn_flow_vph)


def test_a_warm_start_leaves_routes_that_a_new_ban_closed():
    before = tp.assign(tp.compile_road(hook((A, D, 3.0, "all"), vdf_alpha=0.0)), one_way())
    roads = tp.compile_road(hook(BAN, vdf_alpha=0.0))
    after = tp.assign(roads, one_way(), start=before)
    assert after.flow_vph.tolist() == [100.0, 100.0, 100.0, 100.0, 0.0]
    back = tp.assign(before.roads, one_way(), start=after)
    assert back.flow_vph.tolist() == before.flow_vph.tolist()


def test_a_link_based_start_needs_the_same_turns():
    network = hook(BAN, (B, C, 0.0, "all"))
    start = tp.assign(tp.compile_road(network), one_way(), tp.FrankWolfe())
    every = tp.compile_road(network, every_turn=True)
    with pytest.raises(tp.ValidationError, match="another set of turns"):
        tp.assign(every, one_way(), tp.FrankWolfe(), start=start)


@QUIET
@given(turned(congested=True))
def test_select_link_tells_the_flow_of_the_link_where_turns_are_limited(drawn):
    for method, gap in ((tp.PathBased(), 1e-8), (tp.BiconjugateFrankWolfe(), 1e-3)):
        found = solve(*drawn, method, gap=gap)
        for i, link_id in enumerate(found.roads.network.links["link_id"]):
            picked = found.select([link_id])
            flow = found.flow_vph[i]
            assert_allclose(picked.flow_vph[i], flow, rtol=1e-9, atol=1e-9)
            # whoever goes round to make a turn passes a link twice, and is one vehicle
            assert picked.total_vph <= flow + 1e-9 * (1.0 + flow)
            assert (picked.flow_vph <= found.flow_vph + 1e-9).all()


def test_proportional_routes_refuse_limited_turns():
    found = tp.assign(tp.compile_road(hook(BAN, vdf_alpha=0.0)), one_way())
    with pytest.raises(tp.ValidationError, match="proportional: the network limits turns"):
        found.proportional()
