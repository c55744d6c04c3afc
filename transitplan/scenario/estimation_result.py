"""What an adjustment to counts found: counts before and after, what moved, what does not fit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats, geh
from transitplan.assignment import Assignment
from transitplan.model.demand import Demand
from transitplan.units import METRES_PER_KM, SECONDS_PER_MINUTE

GOOD_GEH = 5.0
MISSED = 2.0  # standard deviations by which a fitted count may stay off without a word
SHOWN = 5


@dataclass(frozen=True, eq=False)
class Estimation:
    """A demand adjusted to counts.

    Attributes
    ----------
    demand
        Adjusted; ``seed`` as it was.
    counts
        One row a count: count_id, kind, use, counted_vph, sigma_vph, before_vph, after_vph,
        geh_before, geh_after, sigmas_after (miss in standard deviations) and pull (ln of the factor
        that it alone puts on trips that pass it; none where it was held out).
    cells
        One row a class and pair with trips: before_vph, after_vph, change_vph; greatest first.
    trip_ends
        One row a class, zone and end (origin, destination), the same.
    lengths
        One row a class: trips_vph, mean_km and mean_min, each before and after, of trips between
        zones.
    warnings
        Counts that contradict each other, and counts that could not be met.
    history
        One row a round: the share of trips that it would still move, how far flows and fit are
        apart at the worst count [σ], and the step taken.
    assignment
        Equilibrium of the adjusted demand.
    """

    demand: Demand
    seed: Demand = field(repr=False)
    counts: pd.DataFrame
    cells: pd.DataFrame = field(repr=False)
    trip_ends: pd.DataFrame = field(repr=False)
    lengths: pd.DataFrame
    warnings: tuple[str, ...]
    history: pd.DataFrame = field(repr=False)
    status: str
    assignment: Assignment = field(repr=False)

    def met(self, use: str, when: str = "after") -> float:
        """Share of the counts of a use (fit, holdout) with GEH below 5; NaN where none are."""
        rows = self.counts[self.counts["use"] == use]
        return float((rows[f"geh_{when}"] < GOOD_GEH).mean()) if len(rows) else float("nan")

    def summary(self) -> str:
        """A few lines for people."""
        left = self.history["moved_share"].iloc[-1]
        lines = [f"{self.status} after {len(self.history)} rounds; another would move {left:.2%}."]
        for use, name in (("fit", "fitted"), ("holdout", "held out")):
            n = int((self.counts["use"] == use).sum())
            if n:
                lines.append(
                    f"Counts {name}: {n}; GEH below {GOOD_GEH:g} on {self.met(use, 'before'):.0%} "
                    f"before, {self.met(use):.0%} after."
                )
        lines += [
            f"{row.class_name}: {row.trips_before_vph:,.0f} to {row.trips_after_vph:,.0f} veh/h, "
            f"mean trip {row.mean_km_before:.2f} to {row.mean_km_after:.2f} km, "
            f"{row.mean_min_before:.1f} to {row.mean_min_after:.1f} min."
            for row in self.lengths.itertuples()
        ]
        lines += [
            f"Moved most: {row.class_name} {row.end} {row.zone_id}, {row.before_vph:,.0f} to "
            f"{row.after_vph:,.0f} veh/h."
            for row in self.trip_ends.head(SHOWN).itertuples()
        ]
        lines += [f"Warning: {text}" for text in self.warnings]
        return "\n".join(lines)


def describe(
    table: pd.DataFrame,
    runs: tuple[Assignment, Assignment],
    status: str,
    history: pd.DataFrame,
    contradicting: Sequence[str],
) -> Estimation:
    """Put the result together.

    Parameters
    ----------
    table
        Counts with before_vph, after_vph and pull.
    runs
        Equilibria of the seed and of the adjusted demand.
    """
    before, after = runs
    counted = table["counted_vph"]
    table = table.assign(
        geh_before=geh(counted, table["before_vph"]),
        geh_after=geh(counted, table["after_vph"]),
        sigmas_after=(table["after_vph"] - counted) / table["sigma_vph"],
    )
    order = [name for name in table.columns if name != "pull"]
    return Estimation(
        demand=after.demand,
        seed=before.demand,
        counts=table[[*order, "pull"]],
        cells=_cells(before.demand, after.demand),
        trip_ends=_trip_ends(before.demand, after.demand),
        lengths=_lengths(before, after),
        warnings=(*contradicting, *_missed(table)),
        history=history,
        status=status,
        assignment=after,
    )


def _missed(table: pd.DataFrame) -> list[str]:
    """Fitted counts that stay far off although they pull."""
    off = table["sigmas_after"].abs()
    missed = table.assign(off=off)[(table["use"] == "fit") & (off > MISSED)]
    return [
        f"count {row.count_id}: {row.counted_vph:,.0f} veh/h counted, {row.after_vph:,.0f} after "
        f"the fit, {row.off:.1f} standard deviations off. The seed, its bounds or other counts "
        "stand against it; look at the count, the network near it and its sigma."
        for row in missed.itertuples()
    ]


def _changes(frame: pd.DataFrame, before: Floats, after: Floats) -> pd.DataFrame:
    """Rows with what was and what is, greatest change first; empty ones left out."""
    frame = frame.assign(before_vph=before, after_vph=after, change_vph=after - before)
    frame = frame[(before > 0) | (after > 0)]
    order = np.argsort(-frame["change_vph"].abs().to_numpy(), kind="stable")
    return frame.iloc[order].reset_index(drop=True)


def _cells(before: Demand, after: Demand) -> pd.DataFrame:
    names = [each.name for each in before.classes]
    index: Any = pd.MultiIndex.from_product(
        [names, before.zone_ids, before.zone_ids], names=["class_name", "o_zone_id", "d_zone_id"]
    )
    return _changes(index.to_frame(index=False), before.trips_vph.ravel(), after.trips_vph.ravel())


def _trip_ends(before: Demand, after: Demand) -> pd.DataFrame:
    names = [each.name for each in before.classes]
    index: Any = pd.MultiIndex.from_product(
        [("origin", "destination"), names, before.zone_ids], names=["end", "class_name", "zone_id"]
    )
    sums = [
        np.concatenate([each.trips_vph.sum(axis=axis).ravel() for axis in (2, 1)])
        for each in (before, after)
    ]
    return _changes(index.to_frame(index=False), *sums)


def _lengths(before: Assignment, after: Assignment) -> pd.DataFrame:
    """Trips between zones, their mean length and time, by class."""
    columns: dict[str, Any] = {"class_name": [each.name for each in before.classes]}
    for when, run in (("before", before), ("after", after)):
        roads, flow = run.roads, run.class_flow_vph
        km = roads.network.links["length_m"].to_numpy(dtype=float) / METRES_PER_KM
        trips = run.accounting_by_class["assigned"].to_numpy(dtype=float)
        made = np.where(trips > 0, trips, np.nan)
        columns[f"trips_{when}_vph"] = trips
        columns[f"mean_km_{when}"] = flow @ km / made
        slower_s = np.stack(
            [roads.in_rows(roads.slower_s(each.use)) for each in run.demand.classes]
        )
        spent_s = (flow * (run.time_s + slower_s)).sum(axis=1)
        columns[f"mean_min_{when}"] = spent_s / SECONDS_PER_MINUTE / made
    return pd.DataFrame(columns)
