"""What the gap is worth: on paper, by class, against a far better solution, and in an appraisal."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from tests.answers.cases import sioux_falls
from transitplan.assignment import (
    AllOrNothing,
    BiconjugateFrankWolfe,
    FrankWolfe,
    PathBased,
    SuccessiveAverages,
    assign,
)
from transitplan.errors import ValidationError
from transitplan.graph import compile_road
from transitplan.model.cases import grid, two_routes
from transitplan.model.demand import Demand, UserClass
from transitplan.model.network import build_network
from transitplan.report.assessment import assess
from transitplan.report.noise import noise_notices, within_noise
from transitplan.report.page import report_page
from transitplan.report.run_record import run_record
from transitplan.report.summary import console_tables
from transitplan.scenario.read import read_case


def test_worth_of_a_gap_on_paper():
    """All 3,000 on link 1 at 600 (1 + 3) = 2,400 s, while link 2 takes 900 s.

    3,000 × 1,500 s at 60 CNY/h is 75,000 CNY an hour. The slopes are 0.6 s h/veh on both links, so
    √((TSTT − SPTT) Σ V² t') = √(4.5e6 × (3000 / 60)² × 0.6) = 82,158 CNY an hour more.
    """
    network, demand = two_routes()
    found = assign(compile_road(network), demand, AllOrNothing())
    assert_allclose(found.class_excess_s, [4.5e6])
    assert_allclose(found.gap_cny_per_h, 75_000.0)
    assert_allclose(found.gap_cny_per_year(600.0), 45e6)
    more = math.sqrt(4.5e6 * 50.0**2 * 0.6)
    assert_allclose(found.cost_error_cny_per_h, 75_000.0 + more)
    assert_allclose(found.cost_error_cny_per_year(2.0), 2 * (75_000.0 + more))
    words = found.summary()
    assert "The gap is worth 75,000.00 CNY an hour." in words
    assert "Total cost: within 157,158.38 CNY an hour of equilibrium." in words
    assert abs(3000 * (2400 - 1650) / 60) < found.cost_error_cny_per_h  # the true error


def test_each_class_in_its_own_vehicles_and_money():
    """1,000 cars and 500 trucks of 2 pce, all on link 1: t₁ = 600 (1 + 2) = 1,800 s, t₂ = 900 s.

    The toll of 5 CNY costs a car 300 s at 60 CNY/h and a truck 100 s at 180 CNY/h. Excess: cars
    1,000 × (1,800 + 300 − 900), trucks 500 × (1,800 + 100 − 900), trucks counted once, not as two.
    """
    network, _ = two_routes()
    tables = {name: network.table(name) for name in network.table_names}
    tables["link"] = network.links.assign(toll_cny=[5.0, 0.0, 0.0])
    classes = (
        UserClass("car", value_of_time_cny_per_h=60.0),
        UserClass("truck", use="truck", pce=2.0, value_of_time_cny_per_h=180.0),
    )
    trips = np.zeros((2, 2, 2))
    trips[:, 0, 1] = 1000.0, 500.0
    # all-or-nothing at free times: 600 + 300 against 900 for cars; the first link found wins a tie
    demand = Demand(pd.Index([1, 2]), classes, trips)
    found = assign(compile_road(build_network(tables)), demand, AllOrNothing())
    on_one = found.class_flow_vph[:, 0]
    time = found.time_s[:2]
    cost = time + np.array([[300.0, 0.0], [100.0, 0.0]])
    excess = (found.class_flow_vph[:, :2] * (cost - cost.min(axis=1, keepdims=True))).sum(axis=1)
    assert on_one[1] == 500.0
    assert_allclose(found.class_excess_s, excess)
    assert_allclose(found.class_gap_cny_per_h, excess / 3600.0 * [60.0, 180.0])
    pce_excess = found.relative_gap * found.total_cost
    assert_allclose(found.class_excess_s @ [1.0, 2.0], pce_excess, rtol=1e-12)


METHODS = [SuccessiveAverages(), FrankWolfe(), BiconjugateFrankWolfe(), PathBased()]


@pytest.mark.parametrize("method", METHODS, ids=[method.name for method in METHODS])
@pytest.mark.parametrize("gap", [3e-2, 1e-3, 1e-5])
def test_total_cost_is_off_by_no_more_than_said(method, gap):
    """Against a solution whose own bound is a thousand times smaller."""
    for network, demand in (sioux_falls()[:2], grid(5, 5, trips_vph=900.0)):
        roads = compile_road(network)
        worth = demand.classes[0].value_of_time_cny_per_h / 3600.0
        exact = assign(roads, demand, gap=1e-13)
        found = assign(roads, demand, method, gap=gap, max_iterations=100)
        off = abs(found.total_cost - exact.total_cost) * worth
        assert off <= found.cost_error_cny_per_h + exact.cost_error_cny_per_h
        assert found.gap_cny_per_h <= found.cost_error_cny_per_h


def test_the_worth_of_the_gap_is_no_bound_of_the_error():
    """Why there are two numbers: total cost is not least at equilibrium."""
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    exact = assign(roads, demand, gap=1e-13)
    found = assign(roads, demand, BiconjugateFrankWolfe(), gap=1e-5)
    off = abs(found.total_cost - exact.total_cost) / 60.0
    assert off > 5.0 * found.gap_cny_per_h


def test_no_gap_is_worth_nothing_and_no_traffic_too():
    network, demand = two_routes()
    roads = compile_road(network)
    found = assign(roads, demand, gap=1e-12)
    assert 0.0 <= found.gap_cny_per_h < 1e-3
    empty = assign(roads, demand.scaled(0.0))
    assert empty.gap_cny_per_h == empty.cost_error_cny_per_h == 0.0


@pytest.mark.parametrize("hours", [-1.0, float("nan"), float("inf"), "600"])
def test_hours_that_are_none_are_refused(hours):
    network, demand = two_routes()
    found = assign(compile_road(network), demand)
    with pytest.raises(ValidationError, match="hours_per_year is .*; it must be a number of hours"):
        found.gap_cny_per_year(hours)


@pytest.fixture(scope="module")
def loose():
    return assess(read_case("networks/two_banks"), gap=0.5, processes=1)


def test_a_benefit_within_the_noise_of_loose_gaps_is_warned_of(loose):
    rows = loose.options.set_index(["option_id", "year"])
    year = max(loose.case.years)
    found = within_noise(loose)
    assert len(found) > 0
    assert (found["user_benefit_cny"].abs() <= found["benefit_noise_cny"]).all()
    assert "none" not in set(found["option_id"])
    gaps = loose.convergence.set_index(["option_id", "year"])["cost_error_cny"]
    both = gaps["middle-bridge", year] + gaps["none", year]
    assert_allclose(rows.loc[("middle-bridge", year), "benefit_noise_cny"], both)
    notices = noise_notices(loose)
    assert len(notices) == len(found)
    assert "the gaps of the two equilibria leave open, at most" in notices[0].en
    assert "assess again with a smaller gap" in notices[0].en
    assert "请用更小的间隙重新评估" in notices[0].zh
    page = report_page(loose)
    assert notices[0].en in page
    assert notices[0].zh in page
    record = json.loads(json.dumps(run_record(loose)))
    told = {(row["id"], row["year"]) for row in record["options"] if row["within_noise"]}
    assert told == set(zip(found["option_id"], found["year"], strict=True))
    assert any("Warning" in str(each) for each in console_tables(loose).renderables)


def test_a_benefit_above_the_noise_is_not(loose):
    clear = replace(
        loose, options=loose.options.assign(user_benefit_cny=1e15, benefit_noise_cny=1e6)
    )
    assert noise_notices(clear) == []
    assert "Warning" not in report_page(clear)
    assert not any(row["within_noise"] for row in run_record(clear)["options"])
