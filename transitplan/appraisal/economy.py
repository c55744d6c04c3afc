"""The economic appraisal of a case: all its tables from one set of equilibria.

``economy`` solves what is missing through a ``Runner``, guards benefits against noise, and keeps
one ledger from which efficiency, public accounts, summary and profile are sums.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from transitplan.appraisal import accounts, compare
from transitplan.appraisal.guard import Guarded, guard
from transitplan.appraisal.indicators import incremental_ladder, indicators
from transitplan.appraisal.money import Streams, streams
from transitplan.appraisal.pairs import (
    HourPairs,
    hour_pairs,
    matrix_against_links,
    pair_benefits_by_class,
    ratio_checks,
)
from transitplan.appraisal.risk import risk_allowance, risk_table
from transitplan.appraisal.summary import appraisal_summary
from transitplan.appraisal.worth import hour_totals, hour_worth
from transitplan.scenario.case import Case, option_id
from transitplan.scenario.presets import PRESETS, overridden
from transitplan.scenario.run import Runner
from transitplan.scenario.variants import Variant


@dataclass(frozen=True, eq=False)
class Economy:
    """Tables of the economic appraisal; money at present value in CNY unless a name says otherwise.

    ledger
        ``accounts.ledger`` of every option: each gain and cost by year.
    efficiency, public_accounts, summary
        ``accounts.efficiency`` (TEE), ``accounts.public_accounts`` (PA),
        ``accounts.monetised_summary`` (AMCB).
    appraisal_summary
        ``summary.appraisal_summary`` (AST) of every option.
    indicators
        ``indicators.indicators``: NPV, BCR, EIRR, payback, first-year return.
    ladder
        ``indicators.incremental_ladder`` of each site, with site_id.
    profile
        ``accounts.by_year``.
    comparison
        ``compare.comparison``: equal traffic, traffic that answers, elastic demand.
    presets
        preset, option_id, pv_benefits_cny, pv_costs_cny, npv_cny, bcr: the same traffic valued by
        each preset.
    user_benefits
        ``pairs.pair_benefits_by_class`` of the last modelled year, with option_id and traffic
        (response, elastic) [CNY/h].
    ratio_checks, reconciled
        ``pairs.ratio_checks`` and ``pairs.matrix_against_links`` of the same hour, with option_id.
    noise
        ``guard.Guarded.table``, with option_id.
    risks
        ``risk.risk_table``.
    """

    ledger: pd.DataFrame
    efficiency: pd.DataFrame
    public_accounts: pd.DataFrame
    summary: pd.DataFrame
    appraisal_summary: pd.DataFrame
    indicators: pd.DataFrame
    ladder: pd.DataFrame
    profile: pd.DataFrame
    comparison: pd.DataFrame
    presets: pd.DataFrame
    user_benefits: pd.DataFrame
    ratio_checks: pd.DataFrame
    reconciled: pd.DataFrame
    noise: pd.DataFrame
    risks: pd.DataFrame


def economy(case: Case, runner: Runner, *, elastic: bool = True) -> Economy:
    """Appraise every option of a case.

    Parameters
    ----------
    elastic
        Also compare with demand that answers to cost (``demand_elasticity``): as many equilibria
        again.

    Examples
    --------
    >>> from transitplan.scenario.read import read_case
    >>> case = read_case("networks/two_banks")
    >>> with Runner(case, processes=1) as runner:
    ...     found = economy(case, runner, elastic=False)
    >>> found.summary["option_id"].tolist()
    ['middle-bridge', 'middle-tunnel']
    """
    options = case.option_ids[1:]
    variants = {(name, year): Variant(year, (name,)) for name in options for year in case.years}
    _solve(case, runner, elastic=elastic)
    guarded = guard(case, runner, variants.values())
    hours = {name: _hours(case, guarded, name) for name in options}
    ledgers = {name: accounts.ledger(case, name, hours[name], case.values) for name in options}
    whole = pd.concat(ledgers.values(), ignore_index=True)
    worths = {name: _worths(hours[name], case.values) for name in options}
    found = {name: _streams(case, name, worths[name], case.values) for name in options}
    rates = pd.DataFrame(
        [indicators(name, found[name], case.find(name)[1].open_year) for name in options]
    )
    answers = {
        "equal_traffic": compare.equal_worth(case, runner),
        "response": worths,
        **({"elastic": _elastic(case, runner)} if elastic else {}),
    }
    checks = _checks(case, runner, elastic=elastic)
    return Economy(
        ledger=whole,
        efficiency=accounts.efficiency(whole),
        public_accounts=accounts.public_accounts(whole),
        summary=accounts.monetised_summary(whole),
        appraisal_summary=pd.concat(
            [appraisal_summary(case, name, hours[name], ledgers[name]) for name in options],
            ignore_index=True,
        ),
        indicators=rates,
        ladder=_ladders(case, rates),
        profile=accounts.by_year(whole),
        comparison=compare.comparison(case, answers),
        presets=_by_preset(case, hours),
        user_benefits=checks["user_benefits"],
        ratio_checks=checks["ratio_checks"],
        reconciled=checks["reconciled"],
        noise=_with_option(guarded.table, [name for name, _ in variants]),
        risks=risk_table(case),
    )


def _solve(case: Case, runner: Runner, *, elastic: bool) -> None:
    """Solve every equilibrium once for all that is asked of it below."""
    last = max(case.years)
    for year in case.years:
        pairs = [hour_pairs] if year == last else []
        built = [Variant(year, (name,)) for name in case.option_ids[1:]]
        runner.take_each([Variant(year)], [hour_totals, *pairs])
        runner.take_each(built, [hour_totals, compare.equal_totals, *pairs])
        if elastic:
            elasticity = -case.values["demand_elasticity"]
            answering = [replace(each, elasticity=elasticity) for each in built]
            runner.take_each(answering, [hour_totals, *pairs])


def _hours(case: Case, guarded: Guarded, option: str) -> accounts.Hours:
    totals = guarded.totals
    return {year: (totals[Variant(year)], totals[Variant(year, (option,))]) for year in case.years}


def _worths(hours: accounts.Hours, values: Mapping[str, float]) -> dict[int, float]:
    """What the peak hour is worth by year [CNY/h]."""
    return {year: float(hour_worth(*pair, values)[0]) for year, pair in hours.items()}


def _streams(
    case: Case, option: str, worth: Mapping[int, float], values: Mapping[str, float]
) -> Streams:
    form = case.find(option)[1]
    capital = form.capital_cost_cny + risk_allowance(case, option)
    return streams(form, worth, values, base_year=case.base_year, capital_cny=capital)


def _elastic(case: Case, runner: Runner) -> dict[str, dict[int, float]]:
    return compare.worths(case, runner, elasticity=-case.values["demand_elasticity"])


def _ladders(case: Case, rates: pd.DataFrame) -> pd.DataFrame:
    """Ladder of each site: its options exclude each other."""
    parts = []
    for site in case.sites:
        own = rates[rates["option_id"].isin([option_id(site, form) for form in site.forms])]
        ladder = incremental_ladder(own)
        ladder.insert(0, "site_id", site.site_id)
        parts.append(ladder)
    return pd.concat(parts, ignore_index=True)


def _by_preset(case: Case, hours: Mapping[str, accounts.Hours]) -> pd.DataFrame:
    """Value the same traffic by each preset, the case's own rows of it set aside."""
    rows = []
    for preset in PRESETS:
        table = overridden(case.parameters, preset)
        values = dict(zip(table["parameter_id"], table["value"].astype(float), strict=True))
        for option, own in hours.items():
            found = _streams(case, option, _worths(own, values), values)
            cost, benefit = float(found.pv_cost_cny[0]), float(found.pv_benefit_cny[0])
            rows.append(
                {
                    "preset": preset,
                    "option_id": option,
                    "pv_benefits_cny": benefit,
                    "pv_costs_cny": cost,
                    "npv_cny": benefit - cost,
                    "bcr": benefit / cost if cost > 0 else float("nan"),
                }
            )
    return pd.DataFrame(rows)


def _checks(case: Case, runner: Runner, *, elastic: bool) -> dict[str, pd.DataFrame]:
    """Rule of a half from matrices in the last modelled year, and whether it may be used."""
    year, options = max(case.years), case.option_ids[1:]
    base = Variant(year)
    kinds = {"response": 0.0, **({"elastic": -case.values["demand_elasticity"]} if elastic else {})}
    built = {
        (name, kind): Variant(year, (name,), elasticity=elasticity)
        for kind, elasticity in kinds.items()
        for name in options
    }
    pairs: Mapping[Variant, HourPairs] = runner.take([base, *built.values()], hour_pairs)
    totals = runner.take([base, *built.values()], hour_totals)
    gains, ratios, sums = [], [], []
    for (name, kind), variant in built.items():
        before, after = pairs[base], pairs[variant]
        gain = pair_benefits_by_class(before, after, case.values).assign(traffic=kind)
        gains.append(_with_option(gain, name))
        if kind == "response":
            ratios.append(_with_option(ratio_checks(before, after), name))
            sums.append(_with_option(matrix_against_links(after, totals[variant]), name))
    parts = {"user_benefits": gains, "ratio_checks": ratios, "reconciled": sums}
    return {name: pd.concat(each, ignore_index=True) for name, each in parts.items()}


def _with_option(table: pd.DataFrame, options: str | list[str]) -> pd.DataFrame:
    table = table.copy()
    table.insert(0, "option_id", options)
    return table
