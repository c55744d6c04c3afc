from dataclasses import replace

import numpy as np
import pytest

import transitplan as tp
from transitplan.appraisal import tables
from transitplan.appraisal.benefits import class_benefits, group_benefits, pair_benefits
from transitplan.appraisal.doubt import draw_npv, probability_best, switching_values
from transitplan.appraisal.money import streams
from transitplan.appraisal.risk import risk_allowance
from transitplan.appraisal.worth import hour_benefits
from transitplan.scenario.case import NONE, option_id
from transitplan.scenario.run import run_options


@pytest.fixture(scope="module")
def case():
    return tp.read_case("networks/two_banks")


@pytest.fixture(scope="module")
def runs(case):
    return run_options(case, processes=1, gap=1e-8)


@pytest.fixture(scope="module")
def demands(case):
    return {year: tp.read_demand(case.demand_path(year)) for year in case.years}


def test_benefits_by_pair_and_by_link_agree(runs, demands):
    for option in ("middle-bridge", "middle-tunnel"):
        by_class = class_benefits(runs[NONE, 2025], runs[option, 2025], demands[2025])
        by_pair = pair_benefits(runs[NONE, 2025], runs[option, 2025], demands[2025])
        assert by_class["total_cny"].sum() == pytest.approx(by_pair.to_numpy().sum(), rel=1e-3)


def test_an_option_against_itself_is_worth_nothing(runs, demands):
    same = class_benefits(runs[NONE, 2025], runs[NONE, 2025], demands[2025])
    assert (same.drop(columns="class_name") == 0).all(axis=None)


def test_groups_share_the_whole_benefit(case, runs, demands):
    pairs = pair_benefits(runs[NONE, 2025], runs["middle-bridge", 2025], demands[2025])
    cluster = case.network.zones.set_index("zone_id")["super_zone"]
    shares = group_benefits(pairs, cluster)
    assert shares.sum() == pytest.approx(pairs.to_numpy().sum(), rel=1e-12)
    assert set(shares.index) == {"", "C1", "C2", "C3", "C4", "C5"}


def test_tolls_cancel_between_users_and_taker(case, runs):
    totals = tables.hours(case, runs)
    parts = hour_benefits(totals[NONE, 2025], totals["middle-bridge", 2025])
    assert parts["toll_cny"].sum() > 0  # traffic leaves the tolled bridge
    others = parts.drop(columns=["toll_cny", "taker_cny", "reliability_cny"]).to_numpy().sum()
    worth = tables.peak_benefits(case, runs)
    assert worth["middle-bridge"][2025] == pytest.approx(others, rel=1e-12)


def test_draws_are_common_and_the_same_each_time(case, runs):
    worth = tables.peak_benefits(case, runs)
    draws = draw_npv(case, worth, n_draws=500)
    assert draws.equals(draw_npv(case, worth, n_draws=500))
    shares = probability_best(draws, case.sites[0])
    assert sum(shares.values()) == pytest.approx(1.0)
    # Shared draws: what is good for the bridge's benefit is good for the tunnel's.
    assert np.corrcoef(draws["middle-bridge"], draws["middle-tunnel"])[0, 1] > 0.5


def test_the_mean_of_draws_is_that_of_a_linear_model(case, runs):
    """With capital alone uncertain, the mean NPV is the NPV at the triangle's mean cost."""
    worth = tables.peak_benefits(case, runs)
    fixed = case.parameters.assign(low=case.parameters["value"], high=case.parameters["value"])
    sure = replace(case, parameters=fixed, risks=case.risks.iloc[:0])
    draws = draw_npv(sure, worth, n_draws=40_000)
    form = case.sites[0].forms[0]
    mean_cost = (form.capital_low_cny + form.capital_cost_cny + form.capital_high_cny) / 3
    npv = streams(
        form,
        worth["middle-bridge"],
        case.values,
        base_year=case.base_year,
        capital_cny=mean_cost,
    ).npv_cny[0]
    error = draws["middle-bridge"].std() / np.sqrt(40_000)
    assert draws["middle-bridge"].mean() == pytest.approx(npv, abs=4 * error)


def test_at_a_switching_value_the_winner_changes(case, runs):
    worth = tables.peak_benefits(case, runs)
    site = case.sites[0]
    table = switching_values(case, site, worth)
    assert table["distance"].is_monotonic_increasing
    cost = table.set_index("parameter_id").loc["capital_cost_bridge", "switches_at"]
    capital = {"bridge": cost, "tunnel": site.forms[1].capital_cost_cny}
    risks = {form.form: risk_allowance(case, option_id(site, form)) for form in site.forms}
    bridge, tunnel = (
        streams(
            form,
            worth[option_id(site, form)],
            case.values,
            base_year=case.base_year,
            capital_cny=capital[form.form] + risks[form.form],
        ).npv_cny[0]
        for form in site.forms
    )
    # There the bridge is worth as much as the best of the others: nothing, or the tunnel.
    assert bridge == pytest.approx(max(tunnel, 0.0), abs=1e-3 * cost)
