"""The tables of an appraisal agree with each other, and with what they are made of."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.appraisal.accounts import USERS
from transitplan.appraisal.compare import equal_totals, equal_worth
from transitplan.appraisal.economy import economy
from transitplan.appraisal.guard import COARSE, KNOWN, UNKNOWN, guard
from transitplan.appraisal.worth import hour_components, hour_totals, hour_worth
from transitplan.demand.response import RESPONSES
from transitplan.scenario.run import Runner
from transitplan.scenario.variants import Variant

OPTIONS = ["middle-bridge", "middle-tunnel"]
YUAN = 1.0


@pytest.fixture(scope="module")
def case():
    """Return two banks, with a register of risks."""
    risks = pd.read_csv("tests/data/risks.csv", keep_default_na=False)
    return replace(tp.read_case("networks/two_banks"), risks=risks)


@pytest.fixture(scope="module")
def runner(case):
    with Runner(case, processes=1, gap=1e-8) as runner:
        yield runner


@pytest.fixture(scope="module")
def found(case, runner):
    return economy(case, runner)


def test_tables_agree_to_the_yuan(found):
    summary = found.summary.set_index("option_id")
    efficiency = found.efficiency.groupby("option_id")["total_cny"].sum()
    public = found.public_accounts.query("item == 'total'").set_index("option_id")["pv_cny"]
    profile = found.profile.query("account != 'apart'").groupby("option_id")["pv_cny"].sum()
    rates = found.indicators.set_index("option_id")
    impacts = found.appraisal_summary.query("impact != 'Reliability'")
    impacts = impacts.groupby("option_id")["pv_cny"].sum()
    beside = ["accidents", "co2_traffic", "co2_building", "co2_operation", "air", "disruption"]
    for option in OPTIONS:
        row = summary.loc[option]
        others = sum(row[f"{name}_cny"] for name in beside)
        assert efficiency[option] + others == pytest.approx(row["pvb_cny"], abs=YUAN)
        assert public[option] == pytest.approx(row["pvc_cny"], abs=YUAN)
        assert profile[option] == pytest.approx(row["npv_cny"], abs=YUAN)
        assert rates.loc[option, "npv_cny"] == pytest.approx(row["npv_cny"], abs=YUAN)
        assert rates.loc[option, "bcr"] == pytest.approx(row["bcr"], rel=1e-12)
        assert impacts[option] == pytest.approx(row["npv_cny"], abs=YUAN)
    ladder = found.ladder.set_index("option_id")
    assert ladder["npv_cny"].to_dict() == pytest.approx(summary["npv_cny"].to_dict(), abs=YUAN)
    answers = found.comparison.query("traffic == 'response'").set_index("option_id")
    assert answers["npv_cny"].to_dict() == pytest.approx(summary["npv_cny"].to_dict(), abs=YUAN)
    own = found.presets.query("preset == 'china'").set_index("option_id")
    assert own["npv_cny"].to_dict() == pytest.approx(summary["npv_cny"].to_dict(), abs=YUAN)


def test_capital_is_told_apart_into_estimate_risk_and_bias(case, found):
    public = found.public_accounts.set_index(["option_id", "item"])["pv_cny"]
    risks = found.risks.set_index("option_id")
    for option in OPTIONS:
        form = case.find(option)[1]
        ratio = risks.loc[option, "expected_cny"] / form.capital_cost_cny
        assert public[option, "risk"] == pytest.approx(ratio * public[option, "capital"], rel=1e-9)
        assert public[option, "optimism_bias"] == 0.0  # no rule in the Chinese preset


def test_the_ledger_has_every_purpose_and_no_year_before_the_first_spade(case, found):
    users = found.ledger.query("account == @USERS", local_dict={"USERS": USERS})
    assert set(users["purpose"]) == {"commute", "business", "other", "freight", "all"}
    for option in OPTIONS:
        form = case.find(option)[1]
        used = users[(users["option_id"] == option) & (users["cny"] != 0)]
        assert used["year"].min() == form.open_year
        assert used["year"].max() == form.open_year + 29


def test_all_answers_stand_side_by_side(found):
    assert found.comparison.groupby("option_id")["traffic"].agg(list).to_dict() == {
        option: ["equal_traffic", "response", "elastic", "modes", "destinations"]
        for option in OPTIONS
    }
    wide = found.comparison.pivot_table(index="option_id", columns="traffic", values="npv_cny")
    # The tunnel keeps trucks out: under equal traffic it does better than where trucks go round.
    tunnel = wide.loc["middle-tunnel"]
    assert tunnel["equal_traffic"] > tunnel["response"]


def test_the_switch_adds_traffic_and_takes_benefit_where_roads_are_full(case, found):
    """Each answer lets more cars in than the one before it, and less is left for those there."""
    rows = found.induced.set_index(["option_id", "year", "traffic"])
    order = ["response", "elastic", "modes", "destinations"]
    assert rows["demand_gap"].max() <= 1e-6
    for key in [(option, year) for option in OPTIONS for year in case.years]:
        own = rows.loc[key].loc[order]
        assert own["more_trips_vph"].is_monotonic_increasing
        assert own["more_trips_vph"].iloc[0] == 0.0
        assert own["more_km"].is_monotonic_increasing
        assert own["benefit_cny_per_h"].iloc[-1] < own["benefit_cny_per_h"].iloc[0]
        assert own["noise_cny_per_h"].notna().tolist() == [True, False, True, True]
    assert set(found.noise["traffic"]) == {"response", "modes", "destinations"}
    worth = found.comparison.query("traffic == 'modes'").set_index("option_id")
    last = rows.xs((2035, "modes"), level=("year", "traffic"))["benefit_cny_per_h"]
    factor = worth["year_benefit_cny"] / last
    assert factor.iloc[0] == pytest.approx(factor.iloc[1], rel=1e-12)


def test_users_gain_the_same_by_links_and_by_pairs_however_demand_answers(found, runner):
    """By pairs the rule of a half, beside the area that the hour's worth takes for users."""
    gains = found.user_benefits.query("option_id == 'middle-bridge'")
    for kind in RESPONSES:
        variant = Variant(2035, ("middle-bridge",), response=kind)
        hours = runner.take([Variant(2035), variant], hour_totals)
        parts = hour_components(hours[Variant(2035)], hours[variant])
        own = gains[gains["traffic"] == kind].set_index("class_name")
        np.testing.assert_allclose(own["integrated_cny"], parts["time"][0], rtol=1e-12)
        assert own["total_cny"].sum() == pytest.approx(own["integrated_cny"].sum(), rel=0.03)
        fixed = own.loc["truck"]
        assert fixed["total_cny"] == pytest.approx(fixed["integrated_cny"], rel=1e-7)
        assert (parts["operating"] == 0).all()


def test_forms_that_are_the_same_are_worth_the_same_at_equal_traffic(case):
    """Two forms of one site, alike in traffic: whatever traffic is put on them."""
    [site] = case.sites
    bridge = site.forms[0]
    twin = bridge.model_copy(update={"form": "tunnel", "label": "tunnel"})
    same = replace(case, sites=(site.model_copy(update={"forms": (bridge, twin)}),))
    with Runner(same, processes=1, gap=1e-8) as runner:
        worth = equal_worth(same, runner)
    assert worth["middle-bridge"] == pytest.approx(worth["middle-tunnel"], rel=1e-9)


def test_a_form_under_its_own_traffic_is_what_was_solved(runner):
    variant = Variant(2035, ("middle-bridge",))
    over = runner.take([variant], equal_totals)[variant]
    solved = runner.take([Variant(2035), variant], hour_totals)
    own = hour_worth(solved[Variant(2035)], over["middle-bridge"])
    assert own == pytest.approx(hour_worth(solved[Variant(2035)], solved[variant]), rel=1e-9)
    # The same traffic in the tunnel, a hundred metres shorter: less time, the same trips.
    bridge, tunnel = (over[option].by_class for option in OPTIONS)
    assert (bridge["distance_km"] > tunnel["distance_km"]).all()
    assert (bridge["time_h"] > tunnel["time_h"]).all()
    assert (bridge["trips_vph"] == tunnel["trips_vph"]).all()


def test_the_guard_tightens_what_is_not_known_and_warns_of_the_rest(case):
    variants = [Variant(2025, ("middle-bridge",)), Variant(2025, tolls=())]
    with Runner(case, processes=1, gap=0.05) as runner:
        loose = guard(runner, variants)
    table = loose.table.set_index("variant")
    bridge = table.loc["middle-bridge 2025"]
    assert bridge["tightened"] > 0
    assert bridge["gap"] < 0.05
    assert bridge["verdict"] in {KNOWN, COARSE}
    # Nothing against itself has no benefit: no gap will do, and that is said.
    nothing = table.loc["none 2025"]
    assert nothing["tightened"] == 2
    assert nothing["verdict"] == UNKNOWN
    assert loose.warned["variant"].tolist()[-1] == "none 2025"


def test_a_benefit_that_stands_out_is_left_alone(runner):
    kept = guard(runner, [Variant(2035, ("middle-bridge",))])
    assert kept.table["tightened"].tolist() == [0]
    assert kept.warned.empty
    noise = kept.table["noise_cny_per_h"] / kept.table["benefit_cny_per_h"]
    assert noise.tolist() == pytest.approx(kept.table["noise_share"].tolist())


def test_ratio_checks_and_matrices_come_with_their_option(found):
    assert set(found.ratio_checks["option_id"]) == set(OPTIONS)
    np.testing.assert_allclose(
        found.reconciled["by_matrix"], found.reconciled["by_link"], rtol=1e-9
    )
    elastic = found.user_benefits.query("traffic == 'elastic'")
    assert (elastic["total_cny"] > elastic["integrated_cny"]).all()
    assert isinstance(found.appraisal_summary, pd.DataFrame)
    assert (found.appraisal_summary["score"] == "").all()
