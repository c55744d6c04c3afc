"""One peak hour under closures: what is taken from each equilibrium, and what the hour loses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from transitplan.access import cluster_times
from transitplan.appraisal.dangerous_goods import goods_times
from transitplan.appraisal.worth import HourTotals, hour_totals, hour_worth, without
from transitplan.assignment import Assignment
from transitplan.graph.road import compile_road
from transitplan.model.edits import close_links, set_columns
from transitplan.model.network import Network
from transitplan.paths import skim
from transitplan.scenario.case import Case
from transitplan.scenario.closure_states import Cut, build_events, narrowed, shut
from transitplan.scenario.closures import crossing_closures, crossing_kinds
from transitplan.scenario.run import DEFAULT_GAP, Run, solve_variant, whole
from transitplan.scenario.variants import Variant
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
    """The peak hour with every crossing open, and the hours in which some are only narrowed."""

    hour: ClosedHour
    run: Run
    partial: Mapping[Cut, ClosedHour]


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
    """Take the open hour, and solve the states that narrow crossings; for ``Runner.take``.

    Networks with part of a crossing's capacity are no variants: they are solved here, where the
    open network is, from its routes.
    """
    gap = max(run.relative_gap, DEFAULT_GAP)
    partial: dict[Cut, ClosedHour] = {}
    for cut in partial_cuts(case, run):
        network = cut_network(run.network, cut)
        found, _ = solve_network(case, run.variant.year, network, gap=gap, start=run.found)
        partial[cut] = closed_hour(case, found)
    return OpenHour(closed_hour(case, run), whole(case, run), partial)


def partial_cuts(case: Case, run: Run) -> list[Cut]:
    """States of the calendar that leave a crossing a part of its capacity, those that are solved.

    With options built, states that narrow one crossing other than theirs are left out.
    """
    kinds = crossing_kinds(case, run.network, run.variant.built)
    events = build_events(crossing_closures(case.closures, kinds))
    cuts = (level.cut for event in events for level in event.levels)
    own = {case.find(option)[0].crossing_id for option in run.variant.built}
    return [
        cut
        for cut in dict.fromkeys(cuts)
        if narrowed(cut) and (not own or len(cut) > 1 or cut[0][0] in own)
    ]


def cut_network(network: Network, cut: Cut) -> Network:
    """Return the network with crossings shut or narrowed."""
    links = network.links
    gone = links.loc[links["crossing_id"].isin(shut(cut)), "link_id"]
    if len(gone):
        network = close_links(network, gone, reason=f"shut {', '.join(shut(cut))}")
    left = network.links["crossing_id"].map(dict(cut)).fillna(1.0)
    if (left == 1.0).all():
        return network
    capacity = network.links["lane_capacity_pceph"] * left
    return set_columns(
        network, {"lane_capacity_pceph": capacity}, reason=f"narrowed {', '.join(narrowed(cut))}"
    )


def solve_network(
    case: Case, year: int, network: Network, *, gap: float, start: Assignment | None
) -> tuple[Run, Assignment]:
    """Solve a network that is no variant of the case, with the demand of a year."""
    years = {year: case.years[year]}
    own = replace(case, network=network, years=years, cards={})  # the network has them already
    return solve_variant(own, Variant(year), gap, start)


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
