"""Access by car and by public transport: between places, and of people to jobs, year by year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from transitplan.access import (
    Exponential,
    Step,
    best_mode,
    cluster_times,
    concentration_index,
    gini,
    gravity_access,
    lorenz_curve,
    palma_ratio,
    theil,
    transit_isochrones,
    winners_and_losers,
)
from transitplan.access.circles import served
from transitplan.access.decay import Decay
from transitplan.appraisal.policy_facts import TRANSIT_DAY, TRANSIT_HOURS, Facts
from transitplan.arrays import Floats
from transitplan.graph.timetable import compile_timetable
from transitplan.scenario.case import NONE, Case
from transitplan.scenario.run import Key, Run
from transitplan.units import SECONDS_PER_MINUTE

CAR, TRANSIT, BEST = "car", "transit", "best"
MODES = (CAR, TRANSIT, BEST)
CUMULATIVE, GRAVITY = "jobs_45", "jobs_gravity"
LIMIT_MIN, HALVING_MIN = 45.0, 15.0  # planning values: a commute, and where a job counts half
MEASURES: Mapping[str, Decay] = {
    CUMULATIVE: Step(LIMIT_MIN),
    GRAVITY: Exponential.halving(HALVING_MIN),
}
SMALL_CHANGE = 0.01  # share of a zone's access that counts as no change
EVERYBODY = "all"
PARTS = ("walk", "wait", "ride")


@dataclass(frozen=True, eq=False)
class ModeAccess:
    """Access by mode in every year with nothing built, and by car with each option.

    Public transport is of a weekday from 7 to 9, from door to door: the mean over the best
    strategy of walks, waits and rides. It belongs to a year; options do not change it. The car is
    of the morning peak, from centroid to centroid. People and jobs are those of the base year, so
    that only the ways change.

    pairs
        year, origin_id, destination_id, car_free_min, car_peak_min, transit_min, walk_min,
        wait_min, ride_min, changes, best_min, best_mode (empty where nobody gets there); all pairs
        of clusters and hubs
    equity
        year, mode, measure (``jobs_45``, ``jobs_gravity``), people, mean_jobs, gini, theil,
        theil_between, theil_within (clusters, the rest of the city being one), palma,
        concentration (people ranked by their access by car)
    lorenz
        year, mode, people_share, value_share, of ``jobs_45``
    winners
        option_id, year, against_year, mode, group_id (``all``, a cluster, empty for the rest),
        people, winners, losers, mean_change, largest_gain, largest_loss (shares of ``jobs_gravity``
        before)
    circles
        year, super_zone (empty: all clusters), circle_min, kind, people_served, people, share
    """

    pairs: pd.DataFrame
    equity: pd.DataFrame
    lorenz: pd.DataFrame
    winners: pd.DataFrame
    circles: pd.DataFrame

    @property
    def has_transit(self) -> bool:
        """Whether any year has public transport."""
        return bool(self.pairs["transit_min"].notna().any())


def mode_access(case: Case, facts: Sequence[Facts], runs: Mapping[Key, Run]) -> ModeAccess:
    """Measure access by all modes from what the runs of a case found.

    Parameters
    ----------
    facts
        One a year.
    runs
        Options in every year, ``none`` among them.
    """
    people = _People(case)
    times = {year.year: zone_times(year, runs[NONE, year.year]) for year in facts}
    jobs = {
        (year, mode, measure): people.jobs(table, decay)
        for year, tables in times.items()
        for mode, table in tables.items()
        for measure, decay in MEASURES.items()
    }
    return ModeAccess(
        pairs=pd.concat([_pairs(year, runs[NONE, year.year]) for year in facts], ignore_index=True),
        equity=_equity(people, jobs),
        lorenz=_lorenz(people, jobs),
        winners=_winners(people, jobs, runs),
        circles=_circles(facts),
    )


def zone_times(facts: Facts, run: Run) -> dict[str, pd.DataFrame]:
    """Zone × zone times [s] of each mode that the year has, in the peak."""
    found = {CAR: run.peak_time_s}
    if facts.transit is not None:
        found[TRANSIT] = facts.transit["time_s"]
        found[BEST] = best_mode(found)[0]
    return found


class _People:
    """Who lives where, and how many jobs each of them reaches."""

    def __init__(self, case: Case) -> None:
        zones = case.network.zones.set_index("zone_id")
        self.opportunities = zones[["jobs"]].fillna(0.0)
        lived = zones[zones["population"] > 0]
        self.zones = lived.index
        self.heads = lived["population"].to_numpy(dtype=float)
        self.groups = lived["super_zone"].fillna("").to_numpy()

    def jobs(self, time_s: pd.DataFrame, decay: Decay) -> Floats:
        """Jobs that count for one person of each zone where people live, (n_zones,)."""
        found = gravity_access(time_s.loc[self.zones], self.opportunities, decay)
        return np.asarray(found["jobs"].to_numpy())


Jobs = Mapping[tuple[int, str, str], Floats]


def _pairs(facts: Facts, run: Run) -> pd.DataFrame:
    """Times between all clusters and hubs, by mode."""
    places = facts.network.clusters.assign(kind="cluster")  # hubs are origins too
    minutes = {
        "car_free_min": cluster_times(run.free_time_s, places),
        "car_peak_min": facts.hour.minutes[CAR],
    }
    nobody = pd.DataFrame(np.nan, index=places["cluster_id"], columns=places["cluster_id"])
    for name, field in {"transit": "time_s", **{part: f"{part}_s" for part in PARTS}}.items():
        table = facts.between_places(field, SECONDS_PER_MINUTE)
        minutes[f"{name}_min"] = nobody if table is None else table
    minutes["changes"] = nobody if facts.transfers is None else facts.transfers
    found = {CAR: minutes["car_peak_min"]}
    if facts.transit is not None:
        found[TRANSIT] = minutes["transit_min"]
    least, mode = best_mode(found)
    ids = places["cluster_id"].to_numpy()
    columns = {
        name: table.to_numpy().ravel()
        for name, table in {**minutes, "best_min": least, "best_mode": mode}.items()
    }
    frame = pd.DataFrame(
        {
            "year": facts.year,
            "origin_id": np.repeat(ids, len(ids)),
            "destination_id": np.tile(ids, len(ids)),
            **columns,
        }
    )
    return frame[frame["origin_id"] != frame["destination_id"]]


def _equity(people: _People, jobs: Jobs) -> pd.DataFrame:
    """How evenly access is spread, one row a year, mode and measure."""
    rows = []
    for (year, mode, measure), values in jobs.items():
        if not (values * people.heads).sum() > 0:
            continue  # nobody reaches a job: there is nothing to spread
        parts = theil(values, people.heads, people.groups)
        rank = jobs[year, CAR, measure]
        rows.append(
            {
                "year": year,
                "mode": mode,
                "measure": measure,
                "people": people.heads.sum(),
                "mean_jobs": np.average(values, weights=people.heads),
                "gini": gini(values, people.heads),
                "theil": parts.total,
                "theil_between": parts.between,
                "theil_within": parts.within,
                "palma": palma_ratio(values, people.heads),
                "concentration": concentration_index(values, people.heads, rank),
            }
        )
    return pd.DataFrame(rows, columns=_EQUITY)


_EQUITY = [
    "year", "mode", "measure", "people", "mean_jobs", "gini", "theil", "theil_between",
    "theil_within", "palma", "concentration",
]  # fmt: skip


def _lorenz(people: _People, jobs: Jobs) -> pd.DataFrame:
    """Lorenz curves of the cumulative measure."""
    curves = [
        lorenz_curve(values, people.heads).assign(year=year, mode=mode)
        for (year, mode, measure), values in jobs.items()
        if measure == CUMULATIVE and (values * people.heads).sum() > 0
    ]
    names = ["year", "mode", "people_share", "value_share"]
    return pd.concat(curves, ignore_index=True)[names] if curves else pd.DataFrame(columns=names)


def _winners(people: _People, jobs: Jobs, runs: Mapping[Key, Run]) -> pd.DataFrame:
    """Who reaches more and who less: the last year against the first, options against nothing."""
    if not len(people.heads):
        return pd.DataFrame(columns=_WINNERS)
    years = sorted({year for year, _, _ in jobs})
    first, last = years[0], years[-1]
    parts = []
    for mode in MODES:
        ends = [jobs.get((year, mode, GRAVITY)) for year in (first, last)]
        if first != last and ends[0] is not None and ends[1] is not None:
            parts.append(_told(people, (NONE, last, first, mode), ends[0], ends[1]))
    for (option, year), run in runs.items():
        if option != NONE and year == last:
            after = people.jobs(run.peak_time_s, MEASURES[GRAVITY])
            parts.append(_told(people, (option, last, last, CAR), jobs[last, CAR, GRAVITY], after))
    if not parts:
        return pd.DataFrame(columns=_WINNERS)
    return pd.concat(parts, ignore_index=True)[_WINNERS]


_WINNERS = [
    "option_id", "year", "against_year", "mode", "group_id", "people", "winners", "losers",
    "mean_change", "largest_gain", "largest_loss",
]  # fmt: skip


def _told(
    people: _People, key: tuple[str, int, int, str], before: Floats, after: Floats
) -> pd.DataFrame:
    """Changes as shares of what a zone reached before; who reached nothing gains all of it."""
    had = before > 0
    ratio = np.divide(after, before, out=1.0 + (after > 0), where=had)
    parts = [
        winners_and_losers(
            np.ones(len(ratio)), ratio, people.heads, groups, threshold=SMALL_CHANGE
        ).rename_axis("group_id")
        for groups in (np.full(len(ratio), EVERYBODY), people.groups)
    ]
    named: dict[str, Any] = dict(zip(_WINNERS[:4], key, strict=True))
    return pd.concat(parts).reset_index().assign(**named)


def transit_areas(case: Case, facts: Facts) -> pd.DataFrame:
    """Areas that the case's chosen cluster reaches by public transport, and the people in them.

    Within each time for half of the departures of a weekday from 7 to 9, nobody walking over the
    river; people as ``people_points`` spreads them. Columns as of ``tables.isochrone_areas``.
    """
    service, network = facts.network.transit, facts.network
    if service is None:
        return pd.DataFrame(columns=["cluster_id", "mode", "within_min", "geometry", "population"])
    zone = network.clusters.set_index("cluster_id").loc[case.isochrones_from, "zone_id"]
    day = compile_timetable(service, service.busiest(TRANSIT_DAY), network=network)
    table = transit_isochrones(network, day, zone, TRANSIT_HOURS, barrier=facts.river)
    at = shapely.points(facts.people[["x_m", "y_m"]].to_numpy(dtype=float))
    heads = facts.people["people"].to_numpy()
    table["population"] = [
        float(heads[shapely.intersects(area, at)].sum()) for area in table.geometry
    ]
    table.insert(0, "cluster_id", case.isochrones_from)
    table.insert(1, "mode", TRANSIT)
    return pd.DataFrame(table.to_crs("EPSG:4326") if network.crs else table)


def _circles(facts: Sequence[Facts]) -> pd.DataFrame:
    """Share of people of the clusters served on foot, by year; stops are those of the year."""
    parts = []
    for year in facts:
        if year.walk_m is None:
            continue
        cells = year.people
        cells = cells[cells["super_zone"].isin(year.clusters)]
        parts.append(served(cells, year.walk_m.loc[cells.index]).assign(year=year.year))
    names = ["year", "super_zone", "circle_min", "kind", "people_served", "people", "share"]
    return pd.concat(parts, ignore_index=True)[names] if parts else pd.DataFrame(columns=names)
