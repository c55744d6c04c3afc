"""What a demand model is fitted to: shares of modes, mean lengths and times, by purpose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transitplan.demand.columns import Columns
from transitplan.demand.generation import STATUSES
from transitplan.demand.travel_fit import Known
from transitplan.errors import ValidationError

SLACK = 1e-6  # of shares that add up to 1
LENGTHS = ("mean_km", "mean_min", "low_km", "high_km", "low_min", "high_min")


@dataclass(frozen=True, eq=False)
class Targets:
    """What is known of the trips of each purpose, over all modes and from door to door.

    shares
        One row a purpose and mode: purpose, mode, share, low, high, status; modes that a purpose
        does not use have a share of 0.
    lengths
        One row a purpose: purpose, mean_km, mean_min, their low and high (NaN where nothing is
        known), status.
    """

    shares: pd.DataFrame
    lengths: pd.DataFrame

    def known(self) -> dict[str, Known]:
        """Shares and mean length of each purpose, as the fit takes them."""
        km = dict(zip(self.lengths["purpose"], self.lengths["mean_km"], strict=True))
        found = {}
        for purpose, rows in self.shares.groupby("purpose", sort=False):
            name, shares = str(purpose), dict(zip(rows["mode"], rows["share"], strict=True))
            mean = km.get(name, np.nan)
            found[name] = Known(shares, float(mean) if np.isfinite(mean) else None)
        return found

    def mean_min(self) -> Mapping[str, float]:
        """Mean time of the purposes that have one [min]."""
        rows = self.lengths.dropna(subset=["mean_min"])
        return dict(zip(rows["purpose"], rows["mean_min"].astype(float), strict=True))


def read_targets(
    shares: pd.DataFrame, lengths: pd.DataFrame, purposes: Sequence[str], modes: Sequence[str]
) -> Targets:
    """Check the tables of shares and lengths.

    Parameters
    ----------
    shares
        One row a purpose and mode: purpose, mode, share, low, high, source, status; those of a
        purpose add up to 1, and a mode without a row is not used.
    lengths
        One row a purpose: purpose, mean_km and mean_min (may be empty), low_km, high_km, low_min,
        high_min, source, status.

    Raises
    ------
    ValidationError
        With every problem of both tables.
    """
    found: list[str] = []
    told = _shares(shares, purposes, modes, found)
    rows = Columns(lengths, "lengths", ["purpose", "mean_km"])
    names = rows.unique("purpose")
    strange = ~names.isin(purposes).to_numpy()
    rows.note(strange, "purpose", "is no purpose of the rates", "Rename it, or take it out.")
    values = {name: rows.numbers(name) for name in LENGTHS}
    for unit in ("km", "min"):
        mean, low, high = (values[f"{each}_{unit}"] for each in ("mean", "low", "high"))
        rows.note(mean == 0, f"mean_{unit}", "is 0")
        with np.errstate(invalid="ignore"):
            rows.note((mean < low) | (mean > high), f"mean_{unit}", "is outside its low and high")
    status = rows.choices("status", STATUSES)
    found += rows.found
    if found:
        raise ValidationError(found)
    return Targets(told, pd.DataFrame({"purpose": names, **values, "status": status}))


def _shares(
    table: pd.DataFrame, purposes: Sequence[str], modes: Sequence[str], found: list[str]
) -> pd.DataFrame:
    """Shares of every purpose and mode; problems go to ``found``."""
    rows = Columns(table, "shares", ["purpose", "mode", "share"])
    purpose, mode = rows.choices("purpose", purposes), rows.choices("mode", modes)
    share, low, high = (rows.numbers(name, most=1.0) for name in ("share", "low", "high"))
    rows.note(~np.isfinite(share) & (rows.text("share") == "").to_numpy(), "share", "is empty")
    with np.errstate(invalid="ignore"):
        rows.note((share < low) | (share > high), "share", "is outside its low and high")
    key = pd.DataFrame({"purpose": purpose, "mode": mode})
    rows.note(key.duplicated().to_numpy(), "mode", "repeats a purpose and mode")
    told = key.assign(share=share, low=low, high=high, status=rows.choices("status", STATUSES))
    for name in purposes:
        total = float(told.loc[purpose == name, "share"].sum())
        if not abs(total - 1.0) <= SLACK:
            rows.found.append(
                f"{rows.what}: shares of purpose {name} add up to {total:.6g}, not to 1. "
                "Correct them."
            )
    found += rows.found
    if rows.found:
        return told
    every = pd.MultiIndex.from_product([purposes, modes], names=["purpose", "mode"])
    whole = told.set_index(["purpose", "mode"]).reindex(every)
    return whole.fillna({"share": 0.0, "status": ""}).reset_index()
