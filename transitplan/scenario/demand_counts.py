"""Counts of the hour of each period of a demand model."""

from typing import Any

import numpy as np
import pandas as pd


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
