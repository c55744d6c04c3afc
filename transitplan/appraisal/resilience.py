"""What closures of crossings cost: each alone, every pair, the weather's, and all in a year."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from transitplan.appraisal import resilience_tables as tables
from transitplan.appraisal import river_tables as river
from transitplan.appraisal.closure_hours import open_hour
from transitplan.appraisal.critical_links import critical_links
from transitplan.appraisal.option_states import OptionStates, option_states
from transitplan.scenario.case import NONE, Case
from transitplan.scenario.run import Runner
from transitplan.scenario.variants import Variant


@dataclass(frozen=True, eq=False)
class Resilience:
    """What closures do in one year, for ``none`` and each option. Money is CNY of the price year.

    A *state* is a set of crossings shut (``X05,X19``) or narrowed (``X09@0.5``: half is left).
    Losses are of the trips that still have a way; trips without one stand in ``unreachable``.

    calendar
        option_id, crossing_id, name, name_zh, kind, cause_id, cause, cause_zh, capacity_left,
        share_of_years, years_seen, hours, hours_low, hours_high (expected a year), h01 … h12 (by
        month), source, status
    availability
        option_id, crossing_id, kind, availability, stated_hours, calendar_hours, calendar_low,
        calendar_high, agrees
    states
        option_id, cause_id, state, hours_per_year, peak_hours_per_year, loss_cny_per_h,
        noise_cny_per_h, unreachable_vph, loss_cny_per_year, unreachable_per_year, solved (False:
        one crossing narrowed that is not the option's, taken to cost what it does without it)
    singles
        option_id, crossing_id, loss_cny_per_h, noise_cny_per_h, unreachable_vph, worst_origin,
        worst_destination, worst_added_min
    pairs
        option_id, first, second, loss_cny_per_h, unreachable_vph, more_than_both_cny_per_h
        (beyond the sum of the two alone)
    annual
        option_id, loss_cny_per_year, loss_low_cny, loss_high_cny, of_overlaps_cny (part of it: two
        events at once against the sum of both), own_loss_cny (part of it: the option's own
        crossing alone), unreachable_per_year, saved_cny_per_year (against ``none``)
    causes
        option_id, cause_id, name, name_zh, loss_cny_per_year, unreachable_per_year
    minutes
        option_id, state, origin_id, destination_id, open_min, closed_min, added_min (inf: no way)
    policy
        option_id, cluster_id, centre_id, worst_closed, added_min, target_min, met: the most that
        any single closure adds, in either direction
    dangerous_goods
        option_id, state (empty: all open), origin_id, destination_id, free_min, free_km, peak_min,
        peak_km, car_peak_min, car_peak_km, detour_min, detour_km (against a car),
        detour_cny (a trip), added_min (by the closure), saved_min (by the option)
    screenline
        option_id, use, crossing_id, name, name_zh, direction, capacity_pceph, flow_pceph
        (of all vehicles, in the rows of cars)
    cuts
        option_id, origin_id, destination_id, max_flow_pceph, cut, cut_zh, cut_links,
        crossings_in_cut, people, evacuation_h
    redundancy
        option_id, direction, failed, crossings, capacity_pceph, demand_pceph, enough
    critical_links
        rank, link_ids, name, name_zh, crossing_id, facility_type, flow_vph, detour_min, score_h,
        loss_cny_per_h, noise_cny_per_h, unreachable_vph (nothing built)
    only_ways
        link_ids, name, name_zh, crossing_id, facility_type, unreachable_vph: sections without a
        way round, and the traffic that their loss would cut off (nothing built)

    Notes
    -----
        What was left out or does not agree, one sentence each.
    """

    year: int
    calendar: pd.DataFrame
    availability: pd.DataFrame
    states: pd.DataFrame
    singles: pd.DataFrame
    pairs: pd.DataFrame
    annual: pd.DataFrame
    causes: pd.DataFrame
    minutes: pd.DataFrame
    policy: pd.DataFrame
    dangerous_goods: pd.DataFrame
    screenline: pd.DataFrame
    cuts: pd.DataFrame
    redundancy: pd.DataFrame
    critical_links: pd.DataFrame
    only_ways: pd.DataFrame
    equilibria: int
    notes: tuple[str, ...]


def resilience(
    case: Case,
    runner: Runner,
    *,
    year: int | None = None,
    options: Iterable[str] | None = None,
    pairs_of: Iterable[str] = (NONE,),
    most_pairs: int = 150,
    critical: int = 20,
) -> Resilience:
    """Solve every closure of one year and say what it costs, with each option and without.

    Parameters
    ----------
    runner
        Of the same case.
    year
        Modelled year; the last one by default.
    options
        Options beside ``none``; all of the case by default.
    pairs_of
        Options for which pairs of crossings are shut too. Of the others two events at once count
        as the sum of both alone.
    most_pairs
        At most so many pairs an option, those with the largest losses alone; 0: none.
    critical
        How many sections of road are shut for the list of critical links; 0: none.

    Raises
    ------
    NotFoundError
        If the case has no such option.
    ConvergenceError
        If an equilibrium does not reach its gap.

    Examples
    --------
    >>> from transitplan.scenario.read import read_case
    >>> case = read_case("networks/two_banks")
    >>> with Runner(case, processes=1) as runner:
    ...     found = resilience(case, runner, options=[], critical=0)
    >>> found.singles["crossing_id"].tolist()
    ['W', 'M', 'E']
    """
    when = max(case.years) if year is None else year
    wanted = case.option_ids if options is None else tuple(options)
    names = tuple(dict.fromkeys([NONE, *wanted]))
    variants = {name: Variant(when, () if name == NONE else (name,)) for name in names}
    solved = runner.solved
    open_ = runner.take(variants.values(), open_hour, begun_from=True)
    parts: list[OptionStates] = []
    notes: list[str] = []
    for name, variant in variants.items():
        most = most_pairs if name in set(pairs_of) else 0
        part, left_out = option_states(
            case,
            runner,
            variant,
            open_[variant],
            most_pairs=most,
            base=parts[0] if parts else None,
        )
        parts.append(part)
        if left_out:
            notes.append(f"{name}: {left_out} pairs of crossings were not shut together.")
    base = parts[0]
    availability = tables.availability(case, parts)
    notes += tables.disagreements(availability)
    worst, only = critical_links(runner, base.open_, critical)
    return Resilience(
        year=when,
        calendar=tables.calendar(case, parts),
        availability=availability,
        states=tables.states(case, parts),
        singles=tables.singles(case, parts),
        pairs=tables.pairs(parts),
        annual=tables.annual(case, parts),
        causes=tables.causes(case, parts),
        minutes=tables.minutes(case, parts),
        policy=tables.policy(case, parts),
        dangerous_goods=tables.dangerous_goods(case, parts),
        screenline=river.screenline(parts),
        cuts=river.cuts(case, parts),
        redundancy=river.redundancy(parts),
        critical_links=worst,
        only_ways=only,
        equilibria=runner.solved - solved,
        notes=tuple(notes),
    )
