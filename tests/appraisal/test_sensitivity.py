"""Sobol indices of a known function; tornado and draws against the money model itself."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.appraisal.doubt import draw_npv, explore_doubt
from transitplan.appraisal.emulator import emulate
from transitplan.appraisal.money import streams
from transitplan.appraisal.risk import N_DRAWS, risk_allowance
from transitplan.appraisal.sensitivity import sobol_indices
from transitplan.appraisal.uncertain import NetValues, capital_id
from transitplan.scenario.run import Runner

HOURLY = {
    "middle-bridge": {2025: 150e3, 2035: 330e3},
    "middle-tunnel": {2025: 140e3, 2035: 300e3},
}


def ishigami(points):
    x, y, z = (np.pi * (2 * points - 1)).T
    return np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)


def test_the_indices_of_the_ishigami_function():
    """Ishigami and Homma 1990, a = 7, b = 0.1: the variances are known in closed form."""
    a, b = 7.0, 0.1
    first_x = 0.5 * (1 + b * np.pi**4 / 5) ** 2
    first_y = a**2 / 8
    both_xz = b**2 * np.pi**8 * 8 / 225
    variance = first_x + first_y + both_xz
    found = sobol_indices(ishigami, ["x", "y", "z"], n=4096).set_index("group_id")
    expected = pd.DataFrame(
        {"first": [first_x, first_y, 0.0], "total": [first_x + both_xz, first_y, both_xz]},
        index=["x", "y", "z"],
    )
    for column in ("first", "total"):
        off = (found[column] - expected[column] / variance).abs()
        assert (off < 0.02).all()
        assert (off < 2 * found[f"{column}_error"] + 1e-3).all()


def test_inputs_of_one_group_are_one():
    found = sobol_indices(ishigami, ["xz", "y", "xz"], n=4096).set_index("group_id")
    # What x and z do together leaves y alone, so that first order and total are the same.
    assert found["first"].sum() == pytest.approx(1.0, abs=0.03)
    assert found.loc["y", "total"] == pytest.approx(0.4424, abs=0.02)


def test_a_function_that_never_changes_has_no_indices():
    assert sobol_indices(lambda points: np.ones(len(points)), ["x"], n=64).empty
    assert sobol_indices(lambda points: np.ones(len(points)), [], n=64).empty


@pytest.fixture(scope="module")
def case():
    return tp.read_case("networks/two_banks")


@pytest.fixture(scope="module")
def found(case):
    return explore_doubt(case, HOURLY, n_draws=1024, n_sobol=256)


def test_a_linear_share_of_variance_is_its_index(case):
    """Where only the two capital costs are uncertain, variances add up in closed form."""
    fixed = case.parameters.assign(low=case.parameters["value"], high=case.parameters["value"])
    sure = replace(case, parameters=fixed, risks=case.risks.iloc[:0])
    found = explore_doubt(sure, HOURLY, n_draws=1024, n_sobol=1024)

    def variance(form):
        a, c, b = form.capital_low_cny, form.capital_cost_cny, form.capital_high_cny
        return (a * a + b * b + c * c - a * b - a * c - b * c) / 18

    model = NetValues(sure, HOURLY)
    parts = []
    for form, option in zip(case.sites[0].forms, HOURLY, strict=True):
        step = np.diff(model.npv(option, {capital_id(option): np.array([0.0, 1.0])}))[0]
        parts.append(step**2 * variance(form))
    rows = found.sobol.set_index("group_id")
    for option, part in zip(HOURLY, parts, strict=True):
        index = rows.loc[capital_id(option)]
        assert index["first"] == pytest.approx(part / sum(parts), abs=0.05)
        assert index["total"] == pytest.approx(part / sum(parts), abs=0.05)
    summary = found.summary.set_index("option_id")
    for option, part in zip(HOURLY, parts, strict=True):
        assert summary.loc[option, "sd_cny"] == pytest.approx(np.sqrt(part), rel=0.01)


def test_risks_are_drawn_around_their_expected_cost(case):
    """With the register alone uncertain, the mean is the central net value: cost is linear."""
    fixed = case.parameters.assign(low=case.parameters["value"], high=case.parameters["value"])
    forms = tuple(
        form.model_copy(
            update=dict.fromkeys(("capital_low_cny", "capital_high_cny"), form.capital_cost_cny)
        )
        for form in case.sites[0].forms
    )
    site = case.sites[0].model_copy(update={"forms": forms})
    risks = pd.read_csv("tests/data/risks.csv", keep_default_na=False)
    sure = replace(case, parameters=fixed, sites=(site,), risks=risks)
    model = NetValues(sure, HOURLY)
    assert {each.id for each in model.drawn} == {"risks:middle-bridge", "risks:middle-tunnel"}
    draws = draw_npv(sure, HOURLY, n_draws=4096)
    for option in HOURLY:
        assert draws[option].std() > 0
        error = draws[option].std() / np.sqrt(N_DRAWS)  # of the sampled register
        assert draws[option].mean() == pytest.approx(model.npv(option, {})[0], abs=4 * error)


def test_a_tornado_bar_is_the_net_value_with_that_one_number(case, found):
    rows = found.tornado.set_index(["option_id", "against_id", "parameter_id"])
    bridge = case.sites[0].forms[0]
    for name, end in (
        ("upkeep_scale", "high"),
        ("discount_rate", "low"),
        ("operation_years", "low"),
    ):
        row = rows.loc["middle-bridge", "none", name]
        alone = streams(
            bridge,
            HOURLY["middle-bridge"],
            {**case.values, name: row[end]},
            base_year=case.base_year,
            capital_cny=bridge.capital_cost_cny + risk_allowance(case, "middle-bridge"),
        ).npv_cny[0]
        assert row[f"at_{end}_cny"] == pytest.approx(alone, rel=1e-12)
    of_two = rows.loc["middle-bridge", "middle-tunnel", "residual_share"]
    apart = [rows.loc[option, "none", "residual_share"]["at_low_cny"] for option in HOURLY]
    assert of_two["at_low_cny"] == pytest.approx(apart[0] - apart[1], rel=1e-9)
    widths = found.tornado.groupby(["option_id", "against_id"], sort=False)["width_cny"]
    assert all(each.is_monotonic_decreasing for _, each in widths)
    assert rows.loc["middle-bridge", "none", "discount_rate"]["rule"]


def test_rules_and_scales_of_traffic_are_not_drawn(case):
    drawn = {each.id for each in NetValues(case, HOURLY).drawn}
    assert not drawn & {"discount_rate", "operation_years", "trips_scale", "value_of_time_scale"}
    assert {"benefit_scale", "days_per_year", capital_id("middle-tunnel")} <= drawn


def test_with_an_emulator_benefit_scale_is_no_longer_drawn(case):
    case = replace(case, years={2035: case.years[2035]})
    with Runner(case, processes=1) as runner:
        traffic = emulate(case, runner, n_points=7, n_held_out=1)
    drawn = {each.id for each in NetValues(case, traffic).drawn}
    assert {"trips_scale", "value_of_time_scale", "emulator_error:middle-bridge"} <= drawn
    assert "benefit_scale" not in drawn
    found = explore_doubt(case, traffic, n_draws=64, n_sobol=16)
    assert found.emulator is traffic
    assert np.isfinite(found.draws.to_numpy()).all()
    by_option = found.summary.set_index("option_id")
    assert by_option["probability_best"].sum() == pytest.approx(1.0)
    # The best option of every draw has no regret; over all, each has what it falls behind.
    regret = by_option["expected_regret_cny"]
    ahead = found.draws.max(axis=1).mean() - found.draws.mean()
    assert regret.to_dict() == pytest.approx(ahead.to_dict(), rel=1e-9)
    # Today's world gives the net value of the solved equilibria.
    model = NetValues(case, traffic)
    hourly = {
        int(row.year): row.worth_cny_per_h
        for row in traffic.errors.itertuples()
        if row.option_id == "middle-tunnel"
    }
    exact = NetValues(case, {"middle-tunnel": hourly}).npv("middle-tunnel", {})[0]
    assert model.npv("middle-tunnel", {})[0] == pytest.approx(exact, rel=1e-6)


def test_draws_by_either_method_agree(case, found):
    latin = explore_doubt(case, HOURLY, n_draws=1024, n_sobol=64, method="latin").summary
    one, other = found.summary.set_index("option_id"), latin.set_index("option_id")
    for option in HOURLY:
        error = np.hypot(one.loc[option, "mean_error_cny"], other.loc[option, "mean_error_cny"])
        gap = one.loc[option, "mean_cny"] - other.loc[option, "mean_cny"]
        assert abs(gap) < 5 * error
