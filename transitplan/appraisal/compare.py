"""Forms at equal traffic, with traffic that answers by route, and with demand that answers too.

*Equal traffic* shows the form alone. Each form of a site is put under the traffic of every form of
it (same trips, same routes, what it bans left aside): the structure's own length, speed and
capacity then make all the difference. The mean over those traffics is taken, as index numbers are
when neither basket is the right one (Marshall 1887, Edgeworth 1925): no form's traffic is
preferred, and no form has to be made up to be neutral.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from transitplan.appraisal.money import annual_factor, streams
from transitplan.appraisal.risk import risk_allowance
from transitplan.appraisal.worth import HourTotals, hour_totals, hour_worth, totals_of_flows
from transitplan.arrays import Floats
from transitplan.graph.road import RoadGraph, compile_road
from transitplan.kernels.delay import delays
from transitplan.scenario.case import Case, option_id
from transitplan.scenario.options import committed_network
from transitplan.scenario.run import Run, Runner
from transitplan.scenario.variants import Variant, variant_network

HourWorth = Mapping[str, Mapping[int, float]]  # CNY per peak hour, by option and year
COLUMNS = ("equal_traffic", "response", "elastic")


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


def worths(case: Case, runner: Runner, *, elasticity: float = 0.0) -> dict[str, dict[int, float]]:
    """What a peak hour of each option is worth with traffic that answers, by year [CNY/h].

    Parameters
    ----------
    elasticity
        Of trips to their generalised cost, 0 or less; 0 keeps the trips.
    """
    years, options = list(case.years), case.option_ids[1:]
    bases = runner.take([Variant(year) for year in years], hour_totals)
    variants = {
        (option, year): Variant(year, (option,), elasticity=elasticity)
        for option in options
        for year in years
    }
    totals = runner.take(variants.values(), hour_totals)
    return {
        option: {
            year: hour_worth(bases[Variant(year)], totals[variants[option, year]]) for year in years
        }
        for option in options
    }


def comparison(case: Case, columns: Mapping[str, HourWorth]) -> pd.DataFrame:
    """Put the answers side by side.

    Parameters
    ----------
    columns
        Worth of a peak hour by option and year, under ``equal_traffic``, ``response``, ``elastic``.

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
