"""Forms at equal traffic, with traffic that answers by route, and with demand that answers too.

The demand switch has four positions: fixed trips take new routes, elastic trips answer to their own
cost, with mode shift the persons of a pair stay and the car's share answers, with redistribution
modes and destinations answer.

*Equal traffic* shows the form alone. Each form of a site is put under the traffic of every form of
it (same trips, same routes, what it bans left aside): the structure's own length, speed and
capacity then make all the difference. The mean over those traffics is taken, as index numbers are
when neither basket is the right one (Marshall 1887, Edgeworth 1925): no form's traffic is
preferred, and no form has to be made up to be neutral.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from transitplan.appraisal.money import annual_factor, streams
from transitplan.appraisal.risk import risk_allowance
from transitplan.appraisal.worth import HourTotals, hour_totals, hour_worth, totals_of_flows
from transitplan.arrays import Floats
from transitplan.demand.response import RESPONSES
from transitplan.graph.road import RoadGraph, compile_road
from transitplan.kernels.delay import delays
from transitplan.scenario.case import Case, option_id
from transitplan.scenario.options import committed_network
from transitplan.scenario.run import Run, Runner
from transitplan.scenario.variants import Variant, variant_network

HourWorth = Mapping[str, Mapping[int, float]]  # CNY per peak hour, by option and year
EQUAL, FIXED, ELASTIC = "equal_traffic", "response", "elastic"  # and ``response.RESPONSES``


def equal_totals(case: Case, run: Run) -> dict[str, HourTotals]:
    """Totals of a run's traffic over each form of its site; for ``Runner.take``.

    Forms that widen what is there have no way of their own and are left out.
    """
    [built] = run.variant.built
    site = case.find(built)[0]
    known = pd.Index(committed_network(case, run.variant.year).links["link_id"])
    found = {}
    for form in site.forms:
        name = option_id(site, form)
        variant = replace(run.variant, built=(name,))
        network = run.network if name == built else variant_network(case, variant)
        flow = _moved(run, network.links, known)
        if flow is not None:
            roads = compile_road(network)
            times = _times(roads, run, flow)
            found[name] = totals_of_flows(case, run, roads, flow, times)
    return found


def _moved(run: Run, links: pd.DataFrame, known: "pd.Index[int]") -> Floats | None:
    """Flows of a run on the links of another form, (n_classes, n_links); None for a widening."""
    names = [f"flow_{each.name}_vph" for each in run.demand.classes]
    here = run.network.links[["link_id", "dir_flag"]].assign(**run.flows[names])
    new, own = ~here["link_id"].isin(known), ~links["link_id"].isin(known)
    if not (new.any() and own.any()):
        return None
    by_way = here[new].groupby("dir_flag")[names].first()
    moved = here.set_index("link_id")[names].reindex(links["link_id"]).to_numpy()
    moved[own.to_numpy()] = by_way.loc[links.loc[own, "dir_flag"]].to_numpy()
    return np.ascontiguousarray(moved.T)


def _times(roads: RoadGraph, run: Run, flow_vph: Floats) -> Floats:
    """Link times at these flows, (n_links,) in the order of the link table [s]."""
    pce = np.array([each.pce for each in run.demand.classes])
    volume = roads.from_rows(np.asarray(pce @ flow_vph), at_turns=0.0)
    time, slope = np.empty(roads.n_links), np.empty(roads.n_links)
    delays(volume, roads.delay, time, slope)
    return roads.in_rows(time)


def equal_worth(case: Case, runner: Runner) -> dict[str, dict[int, float]]:
    """What a peak hour of each option is worth at equal traffic, by year [CNY/h].

    Options whose site has one form only have that form's own traffic.
    """
    variants = {
        (option, year): Variant(year, (option,))
        for option in case.option_ids[1:]
        for year in case.years
    }
    totals = runner.take(variants.values(), equal_totals)
    bases = runner.take([Variant(year) for year in case.years], hour_totals)
    found: dict[str, dict[int, float]] = {}
    for site in case.sites:
        options = [option_id(site, form) for form in site.forms]
        for year in case.years:
            for option in options:
                over = [totals[variants[traffic, year]] for traffic in options]
                worths = [
                    hour_worth(bases[Variant(year)], each[option])
                    for each in over
                    if option in each
                ]
                found.setdefault(option, {})[year] = float(np.mean(worths)) if worths else np.nan
    return found


def switch(
    case: Case, *, elastic: bool = True, responses: bool = True
) -> dict[str, Callable[[Variant], Variant]]:
    """Ways in which demand may answer, and what each makes of a variant with fixed trips.

    Parameters
    ----------
    elastic
        With ``elastic``: all trips answer to their own cost (``demand_elasticity``).
    responses
        With ``modes`` (the car's share answers) and ``destinations`` (modes and destinations do).

    Examples
    --------
    >>> from transitplan.scenario.read import read_case
    >>> kinds = switch(read_case("networks/two_banks"))
    >>> {name: kind(Variant(2025, ("middle-bridge",))).name for name, kind in kinds.items()}[FIXED]
    'middle-bridge 2025'
    """
    found: dict[str, Callable[[Variant], Variant]] = {FIXED: lambda variant: variant}
    if elastic:
        elasticity = -case.values["demand_elasticity"]
        found[ELASTIC] = partial(replace, elasticity=elasticity)
    if responses:
        found |= {kind: partial(replace, response=kind) for kind in RESPONSES}
    return found


def worths(
    case: Case, totals: Mapping[Variant, HourTotals], kind: Callable[[Variant], Variant]
) -> dict[str, dict[int, float]]:
    """What a peak hour of each option is worth with traffic that answers, by year [CNY/h].

    Parameters
    ----------
    totals
        Of every base and of every option as the kind has it.
    kind
        One of ``switch``.
    """
    return {
        option: {
            year: hour_worth(totals[Variant(year)], totals[kind(Variant(year, (option,)))])
            for year in case.years
        }
        for option in case.option_ids[1:]
    }


def induced(
    case: Case,
    totals: Mapping[Variant, HourTotals],
    kinds: Mapping[str, Callable[[Variant], Variant]],
) -> pd.DataFrame:
    """What traffic each option adds in a peak hour, by how demand answers.

    Returns
    -------
    DataFrame
        option_id, traffic, year, trips_vph and distance_km (with nothing built), more_trips_vph,
        more_km (with the option; less where negative), benefit_cny_per_h, noise_cny_per_h (what
        both equilibria leave open, at most; empty for elastic demand), demand_gap (share of the
        cost of all trips that are not where their costs would have them; 0 where fixed).
    """
    rows = []
    for option in case.option_ids[1:]:
        for year in case.years:
            base = totals[Variant(year)]
            before = base.by_class[["trips_vph", "distance_km"]].sum()
            for traffic, kind in kinds.items():
                found = totals[kind(Variant(year, (option,)))]
                more = found.by_class[["trips_vph", "distance_km"]].sum() - before
                rows.append(
                    {
                        "option_id": option,
                        "traffic": traffic,
                        "year": year,
                        "trips_vph": before["trips_vph"],
                        "distance_km": before["distance_km"],
                        "more_trips_vph": more["trips_vph"],
                        "more_km": more["distance_km"],
                        "benefit_cny_per_h": hour_worth(base, found),
                        "noise_cny_per_h": base.cost_error_cny_per_h + found.cost_error_cny_per_h,
                        "demand_gap": found.demand_gap,
                    }
                )
    return pd.DataFrame(rows)


def comparison(case: Case, columns: Mapping[str, HourWorth]) -> pd.DataFrame:
    """Put the answers side by side.

    Parameters
    ----------
    columns
        Worth of a peak hour by option and year, under ``equal_traffic`` and what ``switch`` has.

    Returns
    -------
    DataFrame
        option_id, traffic, year_benefit_cny (of the last modelled year), pv_benefits_cny,
        pv_costs_cny, npv_cny, bcr; one row an option and column.
    """
    rows = []
    last = max(case.years)
    for option in case.option_ids[1:]:
        form = case.find(option)[1]
        capital = form.capital_cost_cny + risk_allowance(case, option)
        for traffic, worth in columns.items():
            found = streams(
                form, worth[option], case.values, base_year=case.base_year, capital_cny=capital
            )
            cost, benefit = float(found.pv_cost_cny[0]), float(found.pv_benefit_cny[0])
            rows.append(
                {
                    "option_id": option,
                    "traffic": traffic,
                    "year_benefit_cny": worth[option][last] * float(annual_factor(case.values)),
                    "pv_benefits_cny": benefit,
                    "pv_costs_cny": cost,
                    "npv_cny": benefit - cost,
                    "bcr": benefit / cost if cost > 0 else np.nan,
                }
            )
    return pd.DataFrame(rows)
