"""The tables of an assessment, one function each; ``Assessment`` lists their columns and units."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from transitplan.access import cluster_times, isochrones, reach
from transitplan.appraisal.benefits import class_benefits, group_benefits, pair_benefits
from transitplan.appraisal.chance import Triangular
from transitplan.appraisal.doubt import probability_best
from transitplan.appraisal.money import Streams, annual_factor, streams
from transitplan.appraisal.risk import risk_allowance
from transitplan.appraisal.worth import HourTotals, hour_totals, hour_worth
from transitplan.graph.road import compile_road
from transitplan.model.demand import TRUCKS, Demand
from transitplan.model.network import Network
from transitplan.paths import shortest_tree
from transitplan.scenario.case import NONE, Case, Form, option_id
from transitplan.scenario.form_tables import banned_uses
from transitplan.scenario.run import Key, Run
from transitplan.units import SECONDS_PER_MINUTE

HOURS_PER_YEAR = 8760.0
P80 = 0.80
MONEY = ["time_cny", "operating_cny", "toll_cny", "total_cny"]

Runs = Mapping[Key, Run]
Networks = Mapping[Key, Network]
Hours = Mapping[Key, HourTotals]
Demands = Mapping[int, Demand]
PeakBenefits = dict[str, dict[int, float]]  # CNY per peak hour, by option and year


def access(case: Case, runs: Runs) -> pd.DataFrame:
    """Times and distance from each cluster to every cluster and hub, by option and year."""
    clusters = case.network.clusters
    parts = []
    for key, run in runs.items():
        columns = {
            "free_min": cluster_times(run.free_time_s, clusters).stack(),
            "peak_min": cluster_times(run.peak_time_s, clusters).stack(),
            "distance_km": cluster_times(run.distance_km * SECONDS_PER_MINUTE, clusters).stack(),
        }
        parts.append(_keyed(key, pd.DataFrame(columns).reset_index()))
    return pd.concat(parts, ignore_index=True)


def reached(case: Case, runs: Runs) -> pd.DataFrame:
    """People and jobs that each cluster reaches in the peak, by option and year."""
    centres = _centres(case).set_index("zone_id")["cluster_id"]
    there = case.network.zones.set_index("zone_id")[["population", "jobs"]]
    parts = []
    for key, run in runs.items():
        table = reach(run.peak_time_s, there, centres.index.tolist())
        table.insert(0, "cluster_id", table.pop("zone_id").map(centres))
        parts.append(_keyed(key, table))
    return pd.concat(parts, ignore_index=True)


def hours(case: Case, runs: Runs) -> Hours:
    """Small totals of every run's peak hour."""
    return {key: hour_totals(case, run) for key, run in runs.items()}


def yearly_benefits(case: Case, runs: Runs, demands: Demands) -> pd.DataFrame:
    """User benefits of each class in a year, by component, as travellers perceive them."""
    factor = annual_factor(case.values)
    parts = []
    for key, run in runs.items():
        table = class_benefits(runs[NONE, key[1]], run, demands[key[1]])
        table[MONEY] = table[MONEY] * factor
        parts.append(_keyed(key, table))
    return pd.concat(parts, ignore_index=True)


def peak_benefits(case: Case, runs: Runs) -> PeakBenefits:
    """What one peak hour of an option is worth to all: ``hour_worth`` [CNY].

    A toll that users pay is received by another: it counts for users and cancels here.
    """
    totals = hours(case, runs)
    worth: PeakBenefits = {option: {} for option in case.option_ids}
    for (option, year), hour in totals.items():
        worth[option][year] = hour_worth(totals[NONE, year], hour)
    return worth


def cluster_benefits(case: Case, runs: Runs, demands: Demands) -> pd.DataFrame:
    """User benefits of a year by cluster, half to each end of a trip; "" is the rest."""
    factor = annual_factor(case.values)
    cluster = case.network.zones.set_index("zone_id")["super_zone"]
    parts = []
    for key, run in runs.items():
        pairs = pair_benefits(runs[NONE, key[1]], run, demands[key[1]])
        sums = group_benefits(pairs, cluster) * factor
        table = sums.rename("user_benefit_cny").rename_axis("cluster_id").reset_index()
        parts.append(_keyed(key, table))
    return pd.concat(parts, ignore_index=True)


def options(case: Case, runs: Runs, networks: Networks, benefits: pd.DataFrame) -> pd.DataFrame:
    """Traffic and yearly benefit of each option, and the pairs of clusters it serves best."""
    yearly = benefits.groupby(["option_id", "year"])["total_cny"].sum()
    factor = annual_factor(case.values)
    rows = []
    for (option, year), run in runs.items():
        pairs = _saved_minutes(case, runs[NONE, year], run)
        if option == NONE:  # saves nothing, so that no pair is best
            pairs["pair"] = ""
        rows.append(
            {
                "option_id": option,
                **_labels(case, option),
                "year": year,
                **_structure_traffic(case, run, networks[option, year], option),
                "user_benefit_cny": float(yearly[option, year]),
                "benefit_noise_cny": noise_cny_per_h(runs, option, year) * factor,
                "best_pair": pairs["pair"].iloc[-1],
                "best_pair_saving_min": float(pairs["saved_min"].iloc[-1]),
                "worst_pair": pairs["pair"].iloc[0],
                "worst_pair_saving_min": float(pairs["saved_min"].iloc[0]),
            }
        )
    return pd.DataFrame(rows)


def noise_cny_per_h(runs: Runs, option: str, year: int) -> float:
    """How much of an option's benefit in a peak hour the two gaps may have made, at most [CNY/h].

    The sum of what both total costs may be off: see ``assignment.gap``.
    """
    if option == NONE:  # the benefit is nothing by definition
        return 0.0
    return runs[NONE, year].cost_error_cny_per_h + runs[option, year].cost_error_cny_per_h


def appraisal(case: Case, worth: PeakBenefits, draws: pd.DataFrame) -> pd.DataFrame:
    """Money of each option over the years, and how sure it is; a row for ``none`` at each site."""
    rows: list[dict[str, Any]] = []
    for site in case.sites:
        sure = probability_best(draws, site)
        rows.append(
            {
                "option_id": NONE,
                "site_id": site.site_id,
                "form": NONE,
                "capital_cost_cny": 0.0,
                "npv_cny": 0.0,
                "npv_p05_cny": 0.0,
                "npv_p95_cny": 0.0,
                "probability_best": sure[NONE],
                "banned_uses": "",
            }
        )
        for form in site.forms:
            name = option_id(site, form)
            flow = _central(case, name, worth[name])
            cost, benefit = float(flow.pv_cost_cny[0]), float(flow.pv_benefit_cny[0])
            rows.append(
                {
                    "option_id": name,
                    "site_id": site.site_id,
                    "form": form.form,
                    "open_year": form.open_year,
                    "length_m": form.length_m,
                    "capital_cost_cny": form.capital_cost_cny,
                    "capital_cost_p80_cny": _capital_quantile(form, P80),
                    "pv_benefits_cny": benefit,
                    "pv_costs_cny": cost,
                    "npv_cny": benefit - cost,
                    "npv_p05_cny": float(draws[name].quantile(0.05)),
                    "npv_p95_cny": float(draws[name].quantile(0.95)),
                    "bcr": benefit / cost,
                    "probability_best": sure[name],
                    "closed_hours_per_year": (1 - form.availability) * HOURS_PER_YEAR,
                    "banned_uses": banned_uses(case, form),
                    "embodied_co2_t": form.embodied_co2_t,
                    "operation_co2_t_per_year": form.operation_co2_t_per_year,
                }
            )
    return pd.DataFrame(rows)


def cash_flow(case: Case, worth: PeakBenefits) -> pd.DataFrame:
    """Costs and benefits year by year, central values."""
    parts = []
    for site in case.sites:
        for form in site.forms:
            name = option_id(site, form)
            flow = _central(case, name, worth[name])
            parts.append(
                pd.DataFrame(
                    {
                        "option_id": name,
                        "year": flow.years,
                        "cost_cny": flow.cost_cny[0],
                        "benefit_cny": flow.benefit_cny[0],
                        "discount_factor": flow.discount_factor[0],
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def flows(runs: Runs) -> pd.DataFrame:
    """Link table of every equilibrium."""
    columns = ["link_id", "flow_vph", "pce_vph", "time_s", "delay_s", "volume_capacity_ratio"]
    parts = [_keyed(key, run.flows[columns]) for key, run in runs.items()]
    return pd.concat(parts, ignore_index=True)


def screenline(case: Case, runs: Runs, networks: Networks) -> pd.DataFrame:
    """Every crossing with links, option by option: who carries the river's traffic."""
    parts = []
    for key, run in runs.items():
        crossing = networks[key].links["crossing_id"].to_numpy()
        table = (
            run.flows.assign(crossing_id=crossing)[crossing != ""]
            .groupby("crossing_id", as_index=False)
            .agg(
                flow_vph=("flow_vph", "sum"), volume_capacity_ratio=("volume_capacity_ratio", "max")
            )
        )
        table["daily_vehicles"] = table["flow_vph"] / case.values["peak_share_crossing"]
        parts.append(_keyed(key, table))
    table = pd.concat(parts, ignore_index=True)
    return table.merge(_crossing_names(case), on="crossing_id", how="left")


def counts(case: Case, crossings: pd.DataFrame) -> pd.DataFrame:
    """Published volumes of crossings against the base year's."""
    base = crossings[(crossings["option_id"] == NONE) & (crossings["year"] == case.base_year)]
    modelled = base[["crossing_id", "name", "name_zh", "daily_vehicles"]]
    counted = case.counts[case.counts["use"] != "history"]  # those rows tell of an earlier river
    table = counted.merge(modelled, on="crossing_id", how="inner")
    return table.rename(
        columns={
            "vehicles_per_day_low": "observed_low",
            "vehicles_per_day_high": "observed_high",
            "year": "observed_year",
            "daily_vehicles": "modelled",
        }
    )


def drives(case: Case, runs: Runs, networks: Networks) -> pd.DataFrame:
    """Known drives against the base year's times, on empty roads and in the peak.

    The peak time is that of the slower direction: the modelled morning stands for the evening too.
    """
    key = (NONE, case.base_year)
    roads = compile_road(networks[key])
    peak_s = runs[key].flows["time_s"].to_numpy()
    table = case.drives.rename(
        columns={
            "from": "origin",
            "to": "destination",
            "free_min": "expected_free_min",
            "peak_min": "expected_peak_min",
        }
    )
    ends = list(zip(table["from_node_id"], table["to_node_id"], strict=True))
    table["free_min"] = [
        shortest_tree(roads, start).cost_to(end) / SECONDS_PER_MINUTE for start, end in ends
    ]
    table["peak_min"] = [
        max(
            shortest_tree(roads, start, cost=peak_s).cost_to(end),
            shortest_tree(roads, end, cost=peak_s).cost_to(start),
        )
        / SECONDS_PER_MINUTE
        for start, end in ends
    ]
    return table


def convergence(case: Case, runs: Runs) -> pd.DataFrame:
    """Gap and trips of every equilibrium, and what the remaining gap means in a year."""
    factor = annual_factor(case.values)
    rows = []
    for (option, year), run in runs.items():
        rows.append(
            {
                "option_id": option,
                "year": year,
                "relative_gap": run.relative_gap,
                "iterations": run.iterations,
                **{f"{name}_vph": value for name, value in run.accounting.items()},
                "gap_value_cny": run.gap_cny_per_h * factor,
                "cost_error_cny": run.cost_error_cny_per_h * factor,
            }
        )
    return pd.DataFrame(rows)


def isochrone_areas(case: Case, networks: Networks) -> pd.DataFrame:
    """Areas that the chosen cluster reaches by car on empty roads, and the people in them."""
    network = networks[NONE, case.base_year]
    zone = network.clusters.set_index("cluster_id").loc[case.isochrones_from, "zone_id"]
    nodes = network.nodes[network.nodes["zone_id"].notna()].set_index("zone_id")["node_id"]
    origin = nodes[nodes.index == zone].iloc[0]
    roads = compile_road(network)
    table = isochrones(network, roads, origin)
    tree = shortest_tree(roads, origin).to_frame().set_index("node_id")["cost"]
    minutes = tree.loc[nodes].to_numpy() / SECONDS_PER_MINUTE
    people = network.zones.set_index("zone_id")["population"].loc[nodes.index].to_numpy()
    table["population"] = [float(people[minutes <= limit].sum()) for limit in table["within_min"]]
    table.insert(0, "cluster_id", case.isochrones_from)
    table.insert(1, "mode", "car")
    return pd.DataFrame(table.to_crs("EPSG:4326") if network.crs else table)


def _keyed(key: Key, frame: pd.DataFrame) -> pd.DataFrame:
    """Put option and year in front of a table."""
    frame = frame.reset_index(drop=True)
    frame.insert(0, "option_id", key[0])
    frame.insert(1, "year", key[1])
    return frame


def _crossing_names(case: Case) -> pd.DataFrame:
    """Names of the crossings of the network, and of the sites that are not among them."""
    known = case.network.crossings[["crossing_id", "name", "name_zh"]]
    sites = pd.DataFrame(
        [(site.crossing_id, site.name, site.name_zh) for site in case.sites], columns=known.columns
    )
    return pd.concat([known, sites]).drop_duplicates("crossing_id")


def _centres(case: Case) -> pd.DataFrame:
    """Clusters without the hubs."""
    clusters = case.network.clusters
    return clusters[clusters["kind"] == "cluster"]


def _saved_minutes(case: Case, base: Run, option: Run) -> pd.DataFrame:
    """Peak minutes saved between each two clusters, least first: ``pair, saved_min``."""
    clusters = _centres(case)
    saved = cluster_times(base.peak_time_s, clusters) - cluster_times(option.peak_time_s, clusters)
    rows = [
        (f"{origin}–{destination}", float(saved.loc[origin, destination]))
        for origin in saved.index
        for destination in saved.columns
        if origin != destination
    ]
    return pd.DataFrame(rows, columns=["pair", "saved_min"]).sort_values("saved_min")


def _labels(case: Case, option: str) -> dict[str, str]:
    if option == NONE:
        return {"site_id": "", "form": NONE}
    site, form = case.find(option)
    return {"site_id": site.site_id, "form": form.form}


def _structure_traffic(case: Case, run: Run, network: Network, option: str) -> dict[str, float]:
    """Vehicles a day over the option's structure, both directions, all and trucks.

    Light trucks count as cars, those with dangerous goods as trucks.
    """
    crossing = "" if option == NONE else case.find(option)[0].crossing_id
    on_it = (network.links["crossing_id"] == crossing).to_numpy() & (crossing != "")
    share = case.values["peak_share_crossing"]
    used = run.flows.loc[on_it]
    trucks = [f"flow_{each.name}_vph" for each in run.demand.classes if each.use in TRUCKS]
    return {
        "daily_vehicles": float(used["flow_vph"].sum() / share),
        "daily_trucks": float(used[trucks].to_numpy().sum() / share),
    }


def _central(case: Case, option: str, hourly: Mapping[int, float]) -> Streams:
    """Streams of an option at the central values of all parameters."""
    form = case.find(option)[1]
    capital = form.capital_cost_cny + risk_allowance(case, option)
    return streams(form, hourly, case.values, base_year=case.base_year, capital_cny=capital)


def _capital_quantile(form: Form, share: float) -> float:
    """Quantile of the triangular distribution of a form's capital cost."""
    chance = Triangular(form.capital_low_cny, form.capital_cost_cny, form.capital_high_cny)
    return float(chance.at(np.array(share)))
