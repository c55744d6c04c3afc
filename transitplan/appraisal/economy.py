"""The economic appraisal of a case: all its tables from one set of equilibria.

``economy`` solves what is missing through a ``Runner``, guards benefits against noise, and keeps
one ledger from which efficiency, public accounts, summary and profile are sums.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

from transitplan.appraisal import accounts, compare
from transitplan.appraisal.guard import guard
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
from transitplan.appraisal.worth import HourTotals, hour_totals, hour_worth
from transitplan.scenario.case import Case, option_id
from transitplan.scenario.presets import PRESETS, overridden
from transitplan.scenario.response import has_response
from transitplan.scenario.run import Runner
from transitplan.scenario.variants import Variant

Kinds: TypeAlias = Mapping[str, Callable[[Variant], Variant]]  # as ``compare.switch``


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
        ``compare.comparison``: equal traffic, and each position of the demand switch: traffic that
        answers (response), elastic, modes, destinations.
    induced
        ``compare.induced``: trips and kilometres that each option adds, by position of the switch.
    presets
        preset, option_id, pv_benefits_cny, pv_costs_cny, npv_cny, bcr: the same traffic valued by
        each preset.
    user_benefits
        ``pairs.pair_benefits_by_class`` of the last modelled year, with option_id and traffic
        [CNY/h].
    ratio_checks, reconciled
        ``pairs.ratio_checks`` and ``pairs.matrix_against_links`` of the same hour, with option_id
        and traffic.
    noise
        ``guard.Guarded.table``, with option_id and traffic; not for elastic demand, whose error is
        not known.
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
    induced: pd.DataFrame
    presets: pd.DataFrame
    user_benefits: pd.DataFrame
    ratio_checks: pd.DataFrame
    reconciled: pd.DataFrame
    noise: pd.DataFrame
    risks: pd.DataFrame


def economy(
    case: Case, runner: Runner, *, elastic: bool = True, responses: bool | None = None
) -> Economy:
    """Appraise every option of a case.

    Parameters
    ----------
    elastic
        Also compare with demand that answers to cost (``demand_elasticity``): as many equilibria
        again.
    responses
        Also compare with demand that answers by mode, and by mode and destination: twice as many
        again, each about as much work as three of fixed trips. By default where the case says how
        (``scenario.response.has_response``).

    Raises
    ------
    NotFoundError
        If responses are asked for and the case has no files of them.

    Examples
    --------
    >>> from transitplan.scenario.read import read_case
    >>> case = read_case("networks/two_banks")
    >>> with Runner(case, processes=1) as runner:
    ...     found = economy(case, runner, elastic=False, responses=False)
    >>> found.summary["option_id"].tolist()
    ['middle-bridge', 'middle-tunnel']
    """
    options = case.option_ids[1:]
    kinds = compare.switch(
        case, elastic=elastic, responses=has_response(case) if responses is None else responses
    )
    _solve(case, runner, kinds)
    totals, noise = _guarded(case, runner, kinds)
    hours = {name: _hours(case, totals, name) for name in options}
    ledgers = {name: accounts.ledger(case, name, hours[name], case.values) for name in options}
    whole = pd.concat(ledgers.values(), ignore_index=True)
    worths = {name: _worths(hours[name], case.values) for name in options}
    found = {name: _streams(case, name, worths[name], case.values) for name in options}
    rates = pd.DataFrame(
        [indicators(name, found[name], case.find(name)[1].open_year) for name in options]
    )
    answers = {
        compare.EQUAL: compare.equal_worth(case, runner),
        **{name: compare.worths(case, totals, kind) for name, kind in kinds.items()},
    }
    checks = _checks(case, runner, kinds)
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
        induced=compare.induced(case, totals, kinds),
        presets=_by_preset(case, hours),
        user_benefits=checks["user_benefits"],
        ratio_checks=checks["ratio_checks"],
        reconciled=checks["reconciled"],
        noise=noise,
        risks=risk_table(case),
    )


def _solve(case: Case, runner: Runner, kinds: Kinds) -> None:
    """Solve every equilibrium once for all that is asked of it below."""
    last = max(case.years)
    for year in case.years:
        pairs = [hour_pairs] if year == last else []
        built = [Variant(year, (name,)) for name in case.option_ids[1:]]
        runner.take_each([Variant(year)], [hour_totals, *pairs])
        runner.take_each(built, [hour_totals, compare.equal_totals, *pairs])
        answering = [kind(each) for kind in kinds.values() for each in built]
        runner.take_each(answering, [hour_totals, *pairs])


def _guarded(
    case: Case, runner: Runner, kinds: Kinds
) -> tuple[Mapping[Variant, HourTotals], pd.DataFrame]:
    """Totals of all variants, guarded against noise, and the table of the guard."""
    asked = [
        (name, traffic, kind(Variant(year, (name,))))
        for traffic, kind in kinds.items()
        for name in case.option_ids[1:]
        for year in case.years
    ]
    elastic = [variant for _, traffic, variant in asked if traffic == compare.ELASTIC]
    known = [each for each in asked if each[1] != compare.ELASTIC]
    guarded = guard(runner, [variant for *_, variant in known])
    table = _with_option(guarded.table, [name for name, *_ in known])
    table.insert(1, "traffic", [traffic for _, traffic, _ in known])
    return {**runner.take(elastic, hour_totals), **guarded.totals}, table


def _hours(case: Case, totals: Mapping[Variant, HourTotals], option: str) -> accounts.Hours:
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


def _checks(case: Case, runner: Runner, kinds: Kinds) -> dict[str, pd.DataFrame]:
    """Rule of a half from matrices in the last modelled year, and whether it may be used."""
    year, options = max(case.years), case.option_ids[1:]
    base = Variant(year)
    built = {
        (name, traffic): kind(Variant(year, (name,)))
        for traffic, kind in kinds.items()
        for name in options
    }
    pairs: Mapping[Variant, HourPairs] = runner.take([base, *built.values()], hour_pairs)
    totals = runner.take([base, *built.values()], hour_totals)
    parts: dict[str, list[pd.DataFrame]] = {
        "user_benefits": [],
        "ratio_checks": [],
        "reconciled": [],
    }
    for (name, traffic), variant in built.items():
        before, after = pairs[base], pairs[variant]
        tables = (
            pair_benefits_by_class(before, after, case.values),
            ratio_checks(before, after),
            matrix_against_links(after, totals[variant]),
        )
        for gathered, table in zip(parts.values(), tables, strict=True):
            gathered.append(_with_option(table.assign(traffic=traffic), name))
    return {name: pd.concat(each, ignore_index=True) for name, each in parts.items()}


def _with_option(table: pd.DataFrame, options: str | list[str]) -> pd.DataFrame:
    table = table.copy()
    table.insert(0, "option_id", options)
    return table
