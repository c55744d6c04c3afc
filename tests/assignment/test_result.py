"""What an assignment returns, how it starts and stops, and that it leaves its inputs alone."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from tests.answers.cases import sioux_falls
from transitplan.assignment import BiconjugateFrankWolfe, PathBased, assign
from transitplan.assignment.gap import by_routes
from transitplan.assignment.problem import compile_problem
from transitplan.assignment.solve import _Rules, _solve
from transitplan.errors import ConvergenceError, NotFoundError, ValidationError
from transitplan.graph import compile_road
from transitplan.model.cases import grid, two_routes
from transitplan.model.network import build_network


def test_inputs_are_unchanged_and_outputs_frozen():
    network, demand = grid(4, 4, trips_vph=900.0)
    roads = compile_road(network)
    version, trips = network.version, demand.trips_vph.copy()
    arrays = {name: getattr(roads, name).copy() for name in ("free_time_s", "tail", "capacity_vph")}
    found = assign(roads, demand)
    assert build_network({n: network.table(n) for n in network.table_names}).version == version
    assert (demand.trips_vph == trips).all()
    assert all((getattr(roads, name) == values).all() for name, values in arrays.items())
    with pytest.raises(ValueError, match="read-only"):
        found.flow_vph[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        roads.tail[0] = 1
    assert found.network_version == version
    assert found.demand_version == demand.version


def test_results_come_in_the_order_of_the_link_table():
    network, demand = grid(4, 4, trips_vph=900.0)
    shuffled = network.links.sample(frac=1.0, random_state=1).reset_index(drop=True)
    tables = {name: network.table(name) for name in network.table_names}
    other = build_network({**tables, "link": shuffled})
    straight = assign(compile_road(network), demand, gap=1e-12).to_frame().set_index("link_id")
    mixed = assign(compile_road(other), demand, gap=1e-12).to_frame()
    assert mixed["link_id"].tolist() == shuffled["link_id"].tolist()
    assert mixed["from_node_id"].tolist() == shuffled["from_node_id"].tolist()
    assert_allclose(mixed["flow_vph"], straight.loc[mixed["link_id"], "flow_vph"], atol=1e-3)


def test_history_tells_each_iteration_and_progress_hears_it():
    network, demand, _ = sioux_falls()
    heard = []
    found = assign(compile_road(network), demand, progress=lambda *told: heard.append(told))
    history = found.history
    assert list(history) == ["iteration", "relative_gap", "objective", "step", "seconds"]
    assert history["iteration"].tolist() == list(range(found.iterations + 1))
    assert heard == list(zip(history["iteration"], history["relative_gap"], strict=True))
    assert history["relative_gap"].iloc[-1] == found.relative_gap


def test_iteration_limit_is_an_answer_with_advice():
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    found = assign(roads, demand, BiconjugateFrankWolfe(), gap=1e-9, max_iterations=3)
    assert found.status == "iteration limit"
    assert "raise max_iterations or loosen gap" in found.status.advice
    with pytest.raises(ConvergenceError, match=r"iteration limit, relative gap .* after 3 iter"):
        assign(roads, demand, BiconjugateFrankWolfe(), gap=1e-9, max_iterations=3, strict=True)


def test_no_method_can_beat_rounding_and_that_is_said():
    network, demand, _ = sioux_falls()
    problem = compile_problem(compile_road(network), demand)
    rules = _Rules(by_routes, -1.0, 2000, keep_interrupted=False, progress=None)  # below any reach
    end = _solve(problem, PathBased(), None, rules)
    assert end.status == "stalled"
    assert "loosen gap" in end.status.advice
    assert end.measures.relative_gap < 1e-13


def test_warm_start_saves_iterations_when_trips_change_a_little():
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    first = assign(roads, demand, gap=1e-10)
    cold = assign(roads, demand.scaled(1.02), gap=1e-8)
    warm = assign(roads, demand.scaled(1.02), gap=1e-8, start=first)
    assert warm.iterations < cold.iterations
    assert_allclose(warm.flow_vph, cold.flow_vph, atol=1.0)
    assert assign(roads, demand, gap=1e-10, start=first).iterations == 0


def test_warm_start_survives_a_closed_link():
    network, demand, _ = sioux_falls()
    first = assign(compile_road(network), demand, gap=1e-8)
    links = network.links
    closed = links["link_id"].isin([25, 26])  # between nodes 9 and 10
    tables = {name: network.table(name) for name in network.table_names}
    cut = compile_road(build_network({**tables, "link": links[~closed]}))
    warm = assign(cut, demand, gap=1e-8, start=first)
    cold = assign(cut, demand, gap=1e-8)
    assert warm.status == "converged"
    assert_allclose(warm.objective, cold.objective, rtol=1e-8)


def test_warm_start_pays_the_new_tolls():
    network, demand, _ = sioux_falls()
    first = assign(compile_road(network), demand, gap=1e-8)
    tables = {name: network.table(name) for name in network.table_names}
    tolls = network.links.assign(toll_cny=np.arange(76) % 5)
    tolled = compile_road(build_network({**tables, "link": tolls}))
    warm = assign(tolled, demand, gap=1e-12, start=first)
    cold = assign(tolled, demand, gap=1e-12)
    assert warm.status == "converged"
    assert_allclose(warm.flow_vph, cold.flow_vph, atol=1e-3)


def test_link_methods_start_from_the_same_problem_only():
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    first = assign(roads, demand, BiconjugateFrankWolfe(), gap=1e-4)
    again = assign(roads, demand, BiconjugateFrankWolfe(), gap=1e-4, start=first)
    assert again.iterations == 0
    with pytest.raises(ValidationError, match="has another demand, and biconjugate"):
        assign(roads, demand.scaled(2.0), BiconjugateFrankWolfe(), start=first)
    with pytest.raises(ValidationError, match="has no routes"):
        assign(roads, demand, PathBased(), start=first)


def test_routes_name_who_uses_a_link():
    network, demand, _ = sioux_falls()
    found = assign(compile_road(network), demand, gap=1e-10)
    for row in (0, 40, 75):
        link = network.links["link_id"].iloc[row]
        users = found.routes.through([link])
        assert_allclose(users["flow_vph"].sum(), found.flow_vph[row], rtol=1e-9)
    every = found.routes.to_frame()
    sums = every.groupby(["o_zone_id", "d_zone_id"])["flow_vph"].sum()
    assert_allclose(sums.loc[1, 2], demand.trips_vph[0, 0, 1])
    assert_allclose(every["flow_vph"].sum(), demand.total_vph)
    with pytest.raises(NotFoundError, match="links: 1 of 1 ids are unknown"):
        found.routes.through([999])


def test_frame_has_units_in_its_names():
    network, demand = two_routes()
    frame = assign(compile_road(network), demand).to_frame()
    assert list(frame) == [
        "link_id",
        "from_node_id",
        "to_node_id",
        "flow_vph",
        "pce_vph",
        "time_s",
        "cost_s",
        "delay_s",
        "volume_capacity_ratio",
        "flow_vehicles_vph",
    ]
    assert isinstance(frame, pd.DataFrame)
    assert_allclose(frame["delay_s"], [1050.0, 750.0, 0.0], atol=1e-6)


def test_summary_is_for_people():
    network, demand = two_routes()
    text = assign(compile_road(network), demand).summary()
    assert text.startswith("path-based: converged after 1 iterations.")
    assert "Time in traffic: 1,375.0 vehicle-hours an hour." in text
    assert np.isclose(3000 * 1650 / 3600, 1375.0)


@pytest.mark.parametrize("gap", [-1.0, float("nan"), "1e-4"])
def test_a_gap_that_is_none_is_refused(gap):
    network, demand = two_routes()
    with pytest.raises(ValidationError, match="gap is .*; it must be a number from 0"):
        assign(compile_road(network), demand, gap=gap)
