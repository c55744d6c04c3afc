"""Counts of the hour of each period of a demand model."""

from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import geh
from transitplan.assignment import Assignment
from transitplan.assignment.passes import masked, passes
from transitplan.demand.counts import compile_counts


def hour_counts(table: pd.DataFrame, period: str, hour: str) -> pd.DataFrame:
    """Counts of the hour of a period: day volumes by its share, hour volumes of its own.

    ``hour_share``, ``volume_vph`` and ``sigma_vph`` are of the case's hour; of another period they
    are called ``hour_share_<period>`` and so on. A σ that is not given for a period, be it the
    column or a cell, is the same share of the volume as in the case's hour. Rows that say nothing
    of the period are left out.
    """
    empty = pd.Series("", index=table.index)
    ending = "" if period == hour else f"_{period}"
    own = {name: table.get(f"{name}{ending}", empty) for name in ("hour_share", "volume_vph")}
    made = table.assign(**own)
    daily, filled = table.get("volume_per_day", empty), made["volume_vph"].str.strip() != ""
    made["volume_per_day"] = daily.where(~filled, "")
    if ending:
        sigma = table.get(f"sigma_vph{ending}", empty)
        scaled = _scaled_sigma(table, ending)
        made["sigma_vph"] = sigma.where(sigma.str.strip() != "", scaled)
    made = made[filled | ((made["hour_share"].str.strip() != "") & (daily.str.strip() != ""))]
    made.attrs.update(table.attrs)
    return made


def _hour_volume(table: pd.DataFrame, ending: str) -> "pd.Series[Any]":
    """Vehicles of an hour, as its own columns or those of the day say; NaN where they do not."""
    empty = pd.Series("", index=table.index)
    hourly, daily, share = (
        pd.to_numeric(table.get(name, empty), errors="coerce")
        for name in (f"volume_vph{ending}", "volume_per_day", f"hour_share{ending}")
    )
    return hourly.fillna(daily * share)


def _scaled_sigma(table: pd.DataFrame, ending: str) -> "pd.Series[Any]":
    """σ of another hour: that of the case's hour by the volumes of both."""
    empty = pd.Series("", index=table.index)
    sigma = pd.to_numeric(table.get("sigma_vph", empty), errors="coerce")
    scaled = sigma * _hour_volume(table, ending) / _hour_volume(table, "")
    return scaled.astype(str).where(np.isfinite(scaled), "")


def hour_by_told(table: pd.DataFrame, counted_vph: "pd.Series[Any]") -> "pd.Series[Any]":
    """What brings ``low`` and ``high`` of a count to the hour of a period, by count_id.

    Both are in the unit of the row's ``volume_per_day``, or where it has none of its
    ``volume_vph``.

    Parameters
    ----------
    table
        Of all periods, as it is read.
    counted_vph
        Of the period, by count_id.
    """
    empty = pd.Series("", index=table.index)
    daily, hourly = (
        pd.to_numeric(table.get(name, empty), errors="coerce")
        for name in ("volume_per_day", "volume_vph")
    )
    told = daily.fillna(hourly).set_axis(table["count_id"].str.strip())
    return (counted_vph / told.reindex(counted_vph.index)).fillna(1.0)


def seen_counts(table: pd.DataFrame, run: Assignment) -> pd.DataFrame:
    """Counts that nothing was adjusted to, beside an equilibrium: before is after.

    Columns as ``Estimation.counts`` has them, without the pull.
    """
    routes = run.routes
    if routes is None:
        raise RuntimeError(f"{run.method} keeps no routes")
    counts = compile_counts(table, run.roads.network, [each.name for each in run.classes])
    passing = passes(routes, counts.links, counts.turning())
    flow = masked(passing, routes.class_at, counts.classes) @ routes.flow_vph
    off = geh(counts.volume_vph, flow)
    return counts.frame.rename(columns={"volume_vph": "counted_vph"}).assign(
        before_vph=flow, after_vph=flow, geh_before=off, geh_after=off
    )
