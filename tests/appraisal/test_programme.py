"""Plans of a case: money against loops by hand, rules, and brute force by equilibria."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from tests.appraisal.programme_folder import RULES, three_sites
from transitplan.appraisal.money import cost_streams, streams
from transitplan.appraisal.programme import planning
from transitplan.appraisal.programme_rules import Rules, read_rules
from transitplan.appraisal.programme_study import case_worths, plan_name, plan_programme
from transitplan.appraisal.worth import hour_totals, hour_worth
from transitplan.scenario.run import Runner
from transitplan.scenario.variants import Variant


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return tp.read_case(three_sites(tmp_path_factory.mktemp("case")))


@pytest.fixture(scope="module")
def runner(case):
    with Runner(case, processes=1) as found:
        yield found


@pytest.fixture(scope="module")
def programme(case, runner):
    return plan_programme(case, runner)


@pytest.fixture(scope="module")
def worth(runner):
    """Worth of any state in any year, straight from the runner."""

    def look_up(state, year):
        variant = Variant(year, tuple(state))
        totals = runner.take([variant.base, variant], hour_totals)
        return hour_worth(totals[variant.base], totals[variant])

    return look_up


def test_one_option_in_the_last_stage_is_appraised_as_in_an_assessment(case):
    wanted = planning(case, Rules())
    move = next(each for each in wanted.moves["middle"] if each.stage == 2035)
    form = case.find(move.option)[1].model_copy(update={"open_year": 2035})
    alone = streams(
        form, {2035: 50e3}, case.values, base_year=2025, capital_cny=form.capital_cost_cny
    )
    value = wanted.npv((move,), lambda _, __: 50e3)
    assert value == pytest.approx(float(alone.npv_cny[0]), rel=1e-12)


def test_a_plan_in_two_stages_is_worth_what_a_loop_over_its_years_says(case):
    worth = {
        (frozenset({"middle-bridge"}), 2030): 30e3,
        (frozenset({"middle-bridge"}), 2035): 50e3,
        (frozenset({"middle-bridge", "west-bridge"}), 2035): 60e3,
    }
    wanted, values = planning(case, Rules()), case.values
    bridge = next(each for each in wanted.moves["middle"] if each.stage == 2030)
    other = next(
        each for each in wanted.moves["west"] if (each.option, each.stage) == ("west-bridge", 2035)
    )
    total = 0.0
    for year in range(2025, 2065):  # 30 years from the last stage on
        money = 0.0
        for move in (bridge, other):
            form = case.find(move.option)[1].model_copy(update={"open_year": move.stage})
            kept = {**values, "operation_years": 2065 - move.stage}
            money -= cost_streams(form, kept, [year], 2025, form.capital_cost_cny)[0, 0]
        hours = values["benefit_hours_per_day"] * values["days_per_year"]
        if 2030 <= year < 2035:
            share = (year - 2030) / 5
            money += hours * 0.99 * ((1 - share) * 30e3 + share * 50e3)
        if year >= 2035:
            growth = (1 + values["benefit_growth"]) ** (year - 2035)
            money += hours * 0.99 * 60e3 * growth
        total += money / (1 + values["discount_rate"]) ** (year - 2025)
    assert values["discount_rate_drop"] == 0
    assert wanted.npv((bridge, other), lambda *ask: worth[ask]) == pytest.approx(total, rel=1e-12)
    assert bridge.spent_cny == pytest.approx((bridge.capital_cny, 0.0))
    assert other.spent_cny == pytest.approx((0.0, other.capital_cny))


def test_nothing_is_offered_before_it_can_open(case):
    wanted = planning(case, Rules())
    for site, moves in wanted.moves.items():
        offered = {(each.option, each.stage) for each in moves}
        assert (f"{site}-bridge", 2030) in offered
        assert (f"{site}-bridge", 2035) in offered
    slow = (
        case.sites[0]
        .forms[0]
        .model_copy(update={"build_years": 6, "open_year": 2031, "spend_profile": (1 / 6,) * 6})
    )
    sites = (case.sites[0].model_copy(update={"forms": (slow,)}), *case.sites[1:])
    late = planning(_with(case, sites=sites), Rules())
    assert [each.stage for each in late.moves["middle"]] == [2035]
    assert late.moves["middle"][0].spent_cny == pytest.approx(
        [late.moves["middle"][0].capital_cny * share for share in (1 / 3, 2 / 3)]  # by 2030: 2 of 6
    )


def _with(case, **changes):
    from dataclasses import replace

    return replace(case, **changes)


def test_the_best_plan_is_that_of_brute_force_by_equilibria(case, worth, programme):
    rules = read_rules(case)
    wanted = planning(case, rules)
    values = {}
    for choice in product(*([None, *moves] for moves in wanted.moves.values())):
        plan = tuple(each for each in choice if each is not None)
        opens = {each.site_id: each.stage for each in plan}
        by_2030 = sum(each.capital_cny for each in plan if each.stage == 2030)
        by_2035 = sum(each.capital_cny for each in plan)  # all of them are built in three or four
        if by_2030 > 0.25e9 or by_2035 > 0.5e9:
            continue
        if "east" in opens and opens.get("middle", 9999) > opens["east"]:
            continue
        values[plan] = wanted.npv(plan, worth)
    best = max(values, key=values.__getitem__)
    assert len(best) > 1  # or this would show little
    assert programme.plans["plan"][0] == plan_name(best)
    assert programme.plans["npv_cny"].tolist() == pytest.approx(sorted(values.values())[:-6:-1])
    assert programme.search.loc[0, "plans_possible"] == len(values)
    assert programme.search["proved"].all()


@pytest.mark.parametrize("prune", ["proved", "monotone"])
def test_branch_and_bound_on_a_case_finds_what_enumeration_finds(case, runner, programme, prune):
    budgets = read_rules(case).budgets()
    searched = plan_programme(
        case, runner, budgets_cny=budgets, method="search", prune=prune, best=2
    )
    pd.testing.assert_frame_equal(searched.plans, programme.plans[:2])
    found = searched.search
    assert set(found["method"]) == {"branch and bound"}
    assert (found["npv_cny"] == found["monotone_bound_cny"]).all()
    assert (found["bound_cny"] >= found["monotone_bound_cny"]).all()
    assert found["proved"].all() or prune == "monotone"
    assert searched.states["most_cny_per_h"].notna().any()


def test_every_bound_holds_for_every_state_within_it(case, runner, worth):
    worths = case_worths(case, runner, read_rules(case).futures["more"])
    every = frozenset({"middle-bridge", "west-bridge", "middle-tunnel"})
    worths.relax(every, 2035)
    for some in ({"middle-bridge"}, {"west-bridge"}, {"west-bridge", "middle-tunnel"}):
        assert 0 < worths(frozenset(some), 2035) <= worths.most(every, 2035)
        assert worth(some, 2035) < worths(frozenset(some), 2035)  # more trips, more to gain


def test_budgets_prerequisites_and_spending_are_kept(programme):
    for _, moves in programme.moves.groupby("rank"):
        opens = moves.set_index("site_id")["opens"]
        if "east" in opens:
            assert opens["middle"] <= opens["east"]
        assert moves["site_id"].is_unique
    spent, most = programme.budgets["spent_cny"].cumsum(), programme.budgets["budget_cny"].cumsum()
    assert (spent <= most).all()
    best = programme.moves[programme.moves["rank"] == 1]
    assert spent.iloc[-1] == pytest.approx(best["capital_cny"].sum())


def test_more_money_is_never_worth_less(programme):
    values = programme.budget_range.set_index("level")["npv_cny"]
    assert values["low"] <= values["value"] <= values["high"]
    assert values["value"] == programme.plans["npv_cny"][0]


def test_shares_of_the_best_plan_sum_to_its_benefit(programme):
    table = programme.attribution
    assert table["shapley_cny"].sum() == pytest.approx(programme.yearly_benefit_cny, rel=1e-12)
    assert (table["first_in_cny"] > table["left_out_cny"]).all()  # they share their traffic
    sums = programme.interaction[["npv_alone_cny", "npv_in_plan_cny"]].sum()
    assert sums["npv_alone_cny"] > programme.plans["npv_cny"][0]  # never sum what is alone


def test_regret_is_what_each_plan_misses_in_each_future(programme):
    table = programme.futures
    assert (table["regret_cny"] >= 0).all()
    assert (table["best_cny"] - table["npv_cny"]).to_numpy() == pytest.approx(table["regret_cny"])
    assert (table.groupby("future")["regret_cny"].min() == 0).all()
    worst = table.groupby("plan")["regret_cny"].max()
    assert worst[programme.robust_plan] == worst.min()


def test_waiting_for_what_opens_last_means_never(programme):
    table = programme.waiting.set_index("option_id")
    last = table[table["opens"] == 2035]
    assert last["then_opens"].isna().all()
    in_plan = programme.interaction.set_index("option_id")["npv_in_plan_cny"]
    for option in last.index:
        assert last.loc[option, "npv_change_cny"] == pytest.approx(-in_plan[option])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("value_cny = 0.25e9", "value_cny = 9.0e9", "budgets.2030: value_cny 9e.09 is outside"),
        ("[budgets.2030]", "[budgets.2031]", "2031 is no stage; the stages are .* 2030, 2035"),
        ('site = "east"', 'site = "eest"', "prerequisites: 'eest' is no site; the case has middle"),
        ('needs = "middle"', 'needs = "east"', "prerequisites: 'east' names itself"),
        ("trips = 1.2", "trips = -1", "futures.more.trips: Input should be greater than 0"),
        ("carries_over", 'required = ["w"]\ncarries_over', "required: 'w' is no site"),
        ("carries_over", "carry", "carry: Extra inputs"),
        ("[futures.more]", "[futures.central]", "futures.central: the central future is always"),
        ("low_cny = 0.1e9", "low_cny = two", "not TOML"),
    ],
)
def test_what_is_wrong_with_the_rules_is_said(case, old, new, message):
    path = case.folder / "programme.toml"
    try:
        path.write_text(RULES.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(tp.ValidationError, match=message):
            read_rules(case)
    finally:
        path.write_text(RULES, encoding="utf-8")


def test_all_problems_of_the_rules_come_together(case):
    path = case.folder / "programme.toml"
    more = '\n[[conflicts]]\nsites = ["east", "middle"]\n[[conflicts]]\nsites = ["x", "west"]\n'
    try:
        path.write_text(RULES.replace("[budgets.2030]", "[budgets.1999]") + more, encoding="utf-8")
        with pytest.raises(tp.ValidationError) as caught:
            read_rules(case)
    finally:
        path.write_text(RULES, encoding="utf-8")
    assert len(caught.value.problems) == 3
    assert "east needs middle and both exclude each other" in str(caught.value)


def test_a_case_without_later_years_is_refused(case, runner):
    only = _with(case, years={2025: case.years[2025]})
    with pytest.raises(tp.ValidationError, match="no modelled year after the base year 2025"):
        plan_programme(only, runner)


def test_the_tables_are_complete(programme):
    for table in ("plans", "moves", "budgets", "states", "search", "futures"):
        frame = getattr(programme, table)
        assert len(frame), table
    assert programme.relative_gap <= 1e-7
    assert np.isfinite(programme.plans["npv_cny"]).all()
