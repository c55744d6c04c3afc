"""One peak hour under closures: what is taken from each equilibrium, and what the hour loses."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transitplan.access import cluster_times
from transitplan.appraisal.dangerous_goods import goods_times
from transitplan.appraisal.worth import HourTotals, hour_totals, hour_worth, without
from transitplan.graph.road import compile_road
from transitplan.paths import skim
from transitplan.scenario.case import Case
from transitplan.scenario.run import Run, whole
from transitplan.units import METRES_PER_KM, SECONDS_PER_HOUR

PAIR = ["class_name", "origin", "destination"]
TAKEN = ["time_h", "distance_km", "toll_cny"]  # of HourTotals.by_class


@dataclass(frozen=True, eq=False)
class ClosedHour:
    """One peak hour of one equilibrium.

    minutes
        Peak minutes by car between all clusters and hubs, both ways; inf where there is no way.
    goods
        From ``dangerous_goods.goods_times``.
    severed
        class_name, origin, destination (zones), trips_vph that have no way.
    """

    totals: HourTotals
    minutes: pd.DataFrame
    goods: pd.DataFrame
    severed: pd.DataFrame


@dataclass(frozen=True, eq=False)
class OpenHour:
    """The peak hour with every crossing open."""

    hour: ClosedHour
    run: Run


@dataclass(frozen=True)
class Loss:
    """What one peak hour of a closure costs.

    Money is of the trips that still have a way, others are counted in ``unreachable_vph``.
    """

    cny_per_h: float
    unreachable_vph: float
    noise_cny_per_h: float  # how far the gaps of both equilibria may have moved it, at most


def closed_hour(case: Case, run: Run) -> ClosedHour:
    """Take from a run what closures are judged by; for ``Runner.take``."""
    clusters = case.network.clusters.assign(kind="cluster")  # so that hubs are origins too
    return ClosedHour(
        totals=hour_totals(case, run),
        minutes=cluster_times(run.peak_time_s, clusters),
        goods=goods_times(case, run),
        severed=_severed(run),
    )


def open_hour(case: Case, run: Run) -> OpenHour:
    """Take the open hour; for ``Runner.take``."""
    return OpenHour(closed_hour(case, run), whole(case, run))


def hour_loss(base: OpenHour, closed: ClosedHour) -> Loss:
    """What a peak hour of a closure costs all: users and toll taker together.

    Trips that the closure leaves without a way are taken out of the open hour too, each with what
    its best way in it takes.
    """
    lost = _lost(base, closed)
    before = _without(base, lost) if len(lost) else base.hour.totals
    noise = base.hour.totals.cost_error_cny_per_h + closed.totals.cost_error_cny_per_h
    return Loss(-hour_worth(before, closed.totals), float(lost["trips_vph"].sum()), noise)


def _severed(run: Run) -> pd.DataFrame:
    """Trips of each class without a way."""
    ids = run.demand.zone_ids
    parts = []
    for each, trips in zip(run.demand.classes, run.demand.trips_vph, strict=True):
        cost = run.cost_s[each.name].loc[ids, ids].to_numpy()
        o, d = np.nonzero((trips > 0) & ~np.isfinite(cost))
        parts.append(
            pd.DataFrame(
                {
                    "class_name": each.name,
                    "origin": ids[o],
                    "destination": ids[d],
                    "trips_vph": trips[o, d],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _lost(base: OpenHour, closed: ClosedHour) -> pd.DataFrame:
    """Severed trips that had a way when all was open."""
    keys: Iterable[tuple[object, ...]] = base.hour.severed[PAIR].itertuples(index=False, name=None)
    before = set(keys)
    new = [each not in before for each in closed.severed[PAIR].itertuples(index=False, name=None)]
    return closed.severed[np.array(new, dtype=bool)]


def _without(base: OpenHour, lost: pd.DataFrame) -> HourTotals:
    """Totals of the open hour less what some trips took in it."""
    run = base.run
    roads = compile_road(run.network)
    taken = {}
    classes = {each.name: each for each in run.demand.classes}
    for name, trips in lost.groupby("class_name"):
        fields = ["time_s", "length_m", "toll_cny"]
        found = skim(
            roads, fields, times_s=run.flows["time_s"], user_class=classes[str(name)], threads=1
        )
        place = found.zone_ids.get_indexer
        o, d = place(pd.Index(trips["origin"])), place(pd.Index(trips["destination"]))
        count = trips["trips_vph"].to_numpy()
        taken[str(name)] = [
            count @ found.array(field)[o, d] / unit
            for field, unit in zip(fields, (SECONDS_PER_HOUR, METRES_PER_KM, 1.0), strict=True)
        ]
    return without(base.hour.totals, pd.DataFrame.from_dict(taken, orient="index", columns=TAKEN))
