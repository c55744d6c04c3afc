"""Bushes: acyclic and balanced, the same for any number of threads, and a start elsewhere."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from tests.answers.cases import braess, sioux_falls
from tests.assignment.test_laws import QUIET, solve
from tests.laws import check_accounts, check_flows, problems
from transitplan.assignment import (
    BiconjugateFrankWolfe,
    BushBased,
    PathBased,
    SystemOptimum,
    assign,
    bush_based,
)
from transitplan.assignment.problem import compile_problem
from transitplan.errors import ValidationError
from transitplan.graph import compile_road
from transitplan.model.cases import grid, two_routes
from transitplan.model.demand import Demand, UserClass
from transitplan.model.edits import close_links
from transitplan.model.network import build_network

BUSH = BushBased()
NEARLY = 1e-6  # where a delay has infinite slope at no flow (power 0.5), flows too small to keep


@pytest.fixture
def cut(monkeypatch):
    """Many lanes and parts on small networks too."""
    monkeypatch.setattr(bush_based, "SMALLEST", 0)
    monkeypatch.setattr(bush_based, "LANE_LINKS", 1)


def check_bushes(found, demand):
    """Each bush is acyclic, in order and balanced, and the bushes add up to the flows."""
    bushes, roads = found.bushes, found.roads
    tail, head = (roads.in_rows(ends) for ends in (roads.tail, roads.head))
    place = roads.centroid[roads.zone_ids.get_indexer(demand.zone_ids)]
    zones = roads.zone_ids.get_indexer(demand.zone_ids).tolist()
    total = np.zeros_like(found.class_flow_vph)
    for i, (k, zone) in enumerate(zip(bushes.class_at, bushes.o_zone, strict=True)):
        rows = bushes.links[bushes.first[i] : bushes.first[i + 1]]
        flow = bushes.flow_vph[bushes.first[i] : bushes.first[i + 1]]
        assert (flow > 0).all()
        assert len(set(rows.tolist())) == rows.size
        total[k, rows] += flow
        graph = nx.DiGraph(zip(tail[rows].tolist(), head[rows].tolist(), strict=True))
        assert nx.is_directed_acyclic_graph(graph)
        last_in = {node: j for j, node in enumerate(head[rows].tolist())}
        assert all(last_in.get(node, -1) < j for j, node in enumerate(tail[rows].tolist()))
        into = np.bincount(head[rows], flow, roads.n_nodes)
        out = np.bincount(tail[rows], flow, roads.n_nodes)
        trips = demand.trips_vph[k, zones.index(zone)].copy()
        trips[zones.index(zone)] = 0.0
        end = np.where(into[place] > 0, np.bincount(place, trips, roads.n_nodes)[place], 0.0)
        origin = roads.centroid[zone]
        inner = np.arange(roads.n_nodes) != origin
        balance = into - out - np.bincount(place, end, roads.n_nodes)
        assert_allclose(balance[inner], 0.0, atol=1e-9 * max(into.max(), 1.0))
    assert_allclose(total, found.class_flow_vph, rtol=1e-12, atol=1e-12)


def check_same_minimum(one, other):
    """Objectives differ by no more than both may be off, by their gaps."""
    slack = sum(max(each.relative_gap, 1e-12) * each.total_cost for each in (one, other))
    assert_allclose(one.objective, other.objective, rtol=0, atol=slack + 1e-9)


# --- laws on random networks ------------------------------------------------------------------


@QUIET
@given(problems())
def test_bushes_are_balanced_and_find_the_minimum(problem):
    network, demand = problem
    found, paths = solve(network, demand, BUSH), solve(network, demand, PathBased())
    assert found.relative_gap < NEARLY
    check_flows(found, demand)
    check_accounts(found, demand)
    check_bushes(found, demand)
    check_same_minimum(found, paths)


@QUIET
@given(problems(), problems(), st.floats(0.5, 2.0))
def test_any_earlier_bushes_are_a_start(problem, other, factor):
    """Links, ends of links, classes and zones may all be others: ids are used anew."""
    network, demand = problem
    earlier = solve(*other, BUSH, gap=1e-4)
    cold = solve(network, demand, BUSH)
    warm = assign(compile_road(network), demand, BUSH, gap=1e-9, start=earlier)
    check_flows(warm, demand)
    check_bushes(warm, demand)
    check_same_minimum(warm, cold)
    more = demand.scaled(factor)
    again = assign(compile_road(network), more, BUSH, gap=1e-9, start=warm)
    check_flows(again, more)


@settings(QUIET, max_examples=10)
@given(problems())
def test_cuts_and_threads(problem):
    network, demand = problem
    try:
        plain = assign(compile_road(network), demand, BUSH, gap=1e-9)
    except ValidationError:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bush_based, "SMALLEST", 0)
        patch.setattr(bush_based, "LANE_LINKS", 1)
        cut = [assign(compile_road(network), demand, BUSH, gap=1e-9, threads=n) for n in (1, 2, 3)]
    check_flows(cut[0], demand)
    check_same_minimum(cut[0], plain)
    assert len({each.class_flow_vph.tobytes() for each in cut}) == 1


# --- cuts, threads and room ---------------------------------------------------------------------


@pytest.mark.usefixtures("cut")
def test_lanes_converge_and_threads_do_not_change_a_bit():
    network, demand, expected = sioux_falls()
    roads = compile_road(network)
    found = [assign(roads, demand, BUSH, gap=1e-8, threads=n) for n in (1, 2, 3)]
    assert found[0].status == "converged"
    assert_allclose(found[0].flow_vph, expected, atol=2.0)
    for other in found[1:]:
        assert other.class_flow_vph.tobytes() == found[0].class_flow_vph.tobytes()
        assert other.bushes.flow_vph.tobytes() == found[0].bushes.flow_vph.tobytes()
        assert other.history["relative_gap"].tolist() == found[0].history["relative_gap"].tolist()
    assert len(bush_based.parts_of(compile_problem(roads, demand))) == 24


def test_room_that_runs_out_is_made_without_a_change(monkeypatch):
    network, demand = grid(6, 6, trips_vph=900.0)
    roads = compile_road(network)
    wide = assign(roads, demand, BUSH, gap=1e-10)
    monkeypatch.setattr(bush_based, "SLACK", 0.3)
    monkeypatch.setattr(bush_based, "FRESH_SLACK", 0.3)
    narrow = assign(roads, demand, BUSH, gap=1e-10)
    assert narrow.class_flow_vph.tobytes() == wide.class_flow_vph.tobytes()


def test_memory_is_a_list_of_links_a_bush_and_flows_only_where_traffic_is():
    """All trips end at one zone: a bush keeps a link a node, and flows on the way there."""
    network, demand = grid(20, 20, trips_vph=10.0)
    only = np.zeros_like(demand.trips_vph)
    only[:, :, 0] = demand.trips_vph[:, :, 0]
    problem = compile_problem(compile_road(network), replace(demand, trips_vph=only))
    state = BUSH.start(problem, None)
    for _ in range(5):
        state = BUSH.step(problem, state, BUSH.search(problem, state))
    entries = problem.pairs.origin.size * problem.roads.n_nodes
    assert sum(pool.first[-1] for pool in state.bushes) < 1.3 * entries
    assert sum(pool.first_flow[-1] for pool in state.bushes) < 0.6 * entries


# --- hard links -----------------------------------------------------------------------------------


def test_cycles_without_cost_do_not_close():
    """Rings of zero-time links between all nodes: bushes stay acyclic, trips arrive."""
    node = np.arange(1, 7)
    ring = [(i, i % 6 + 1) for i in node] + [(i % 6 + 1, i) for i in node]
    roads = [(1, 4), (2, 5), (3, 6), (4, 1), (5, 2), (6, 3)]
    links = pd.DataFrame(ring + roads, columns=["from_node_id", "to_node_id"])
    free = len(ring)
    links = links.assign(link_id=np.arange(len(links)) + 1, length_m=100.0)
    links["free_time_s"] = [0.0] * free + [60.0] * len(roads)
    links["vdf_alpha"] = [0.0, 1.0] * (free // 2) + [1.0] * len(roads)
    links["lane_capacity_pceph"] = 100.0
    nodes = pd.DataFrame({"node_id": node, "x_m": 0.0, "y_m": 0.0, "zone_id": node})
    zones = pd.DataFrame({"zone_id": node})
    network = build_network({"node": nodes, "link": links, "zone": zones})
    trips = np.full((1, 6, 6), 50.0)
    demand = Demand(pd.Index(node), (UserClass("car"),), trips)
    found = assign(compile_road(network), demand, BUSH, gap=1e-12)
    assert found.objective == 0.0
    check_flows(found, demand)
    check_bushes(found, demand)


def test_residues_do_not_stop_the_descent():
    """Flows that differ by rounding on one route would stall algorithm B near 1e-7."""
    network, demand, _ = sioux_falls()
    found = assign(compile_road(network), demand, BUSH, gap=1e-14)
    assert found.relative_gap < 1e-13
    check_bushes(found, demand)
    network, demand = grid(8, 8, trips_vph=700.0)
    found = assign(compile_road(network), demand, BUSH, gap=1e-13)
    assert found.relative_gap < 1e-12
    check_bushes(found, demand)


def test_system_optimum_by_bushes_is_that_of_paths():
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    bushes, paths = (
        assign(roads, demand, method, principle=SystemOptimum(), gap=1e-10)
        for method in (BUSH, PathBased())
    )
    assert_allclose(bushes.total_cost, paths.total_cost, rtol=1e-9)
    assert_allclose(bushes.marginal_toll_s, paths.marginal_toll_s, atol=1.0)


# --- warm starts ----------------------------------------------------------------------------------


def test_own_result_is_a_finished_start():
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    first = assign(roads, demand, BUSH, gap=1e-10)
    again = assign(roads, demand, BUSH, gap=2e-10, start=first)
    assert again.iterations == 0
    assert_allclose(again.flow_vph, first.flow_vph, rtol=1e-10)


def test_closed_links_and_more_trips_cost_few_iterations():
    network, demand = grid(6, 6, trips_vph=900.0)
    first = assign(compile_road(network), demand, BUSH, gap=1e-8)
    changed = compile_road(close_links(network, [7, 8, 20], reason="bridge works"))
    more = demand.scaled(1.05)
    cold = assign(changed, more, BUSH, gap=1e-8)
    warm = assign(changed, more, BUSH, gap=1e-8, start=first)
    assert warm.history["relative_gap"][0] < 0.1 * cold.history["relative_gap"][0]
    assert_allclose(warm.objective, cold.objective, rtol=2e-8)
    check_bushes(warm, more)


def test_flows_of_another_method_start_the_first_trees():
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    rough = assign(roads, demand, BiconjugateFrankWolfe(), gap=1e-3)
    found = assign(roads, demand, BUSH, gap=1e-10, start=rough)
    assert found.status == "converged"
    paths = assign(roads, demand, PathBased(), gap=1e-6)
    assert assign(roads, demand, BUSH, gap=1e-6, start=paths).status == "converged"


def test_bushes_answer_for_bushes_only():
    network, demand, _ = braess()
    roads = compile_road(network)
    rough = assign(roads, demand, BiconjugateFrankWolfe(), gap=1e-3)
    other, trips = two_routes()
    message = r"another network and demand, and bush-based cannot .* PathBased\(\) or BushBased\(\)"
    with pytest.raises(ValidationError, match=message):
        assign(compile_road(other), trips, BUSH, start=rough)


def test_frame_has_ids():
    network, demand = two_routes()
    frame = assign(compile_road(network), demand, BUSH, gap=1e-12).bushes.to_frame()
    assert frame.columns.tolist() == ["class_name", "o_zone_id", "link_id", "flow_vph"]
    assert frame.set_index("link_id")["flow_vph"].round(6).to_dict() == {1: 1750.0, 2: 1250.0}
    assert (frame["o_zone_id"] == 1).all()
