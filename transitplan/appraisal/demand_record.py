"""What a demand model wrote down of itself beside its matrices, read for pages and policies."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from transitplan.errors import ValidationError, listed
from transitplan.io.text import read_text_table
from transitplan.scenario.case import Case

FOLDER = "record"  # beside the matrices of the case
EVERY_PURPOSE = "all"
GOOD_GEH = 5.0  # of an hour; UK Department for Transport, TAG unit M3.1, table 2


TABLES = {  # columns of text, and of numbers that may be empty
    "ends": ("purpose", "year productions attractions scaled"),
    "shares": ("purpose mode status", "year trips_per_day share target low high"),
    "lengths": (
        "purpose status",
        "year trips_per_day mean_km mean_min target_km target_min low_km high_km low_min high_min",
    ),
    "length_shares": ("purpose", "year from_km to_km share"),
    "feedback": ("", "year round demand_supply_gap step"),
    "counts": (
        "count_id name name_zh kind use period source",
        "counted_vph low_vph high_vph sigma_vph before_vph after_vph geh_before geh_after",
    ),
    "moved": ("what period class_name o_zone_id d_zone_id", "before_vph after_vph"),
    "warnings": ("text", ""),
    "river": ("period class_name direction", "year vph"),
    "accounts": ("stage item unit", "year value"),
    "pivot": ("period case", "year share"),
    "range": ("scenario item unit", "year value"),
    "inputs": ("made_from", "year"),
    "calibrated": ("purpose mode", "constant scale_per_min deterrence_per_min terminal_min"),
}
WHOLE = ("year", "round")


@dataclass(frozen=True, eq=False)
class DemandRecord:
    """One table a file of the folder ``record``; a file that is not there is an empty table.

    Person trips are those of a working day; ``_vph`` are vehicles of the hour that a period models.
    """

    ends: pd.DataFrame
    shares: pd.DataFrame
    lengths: pd.DataFrame
    length_shares: pd.DataFrame
    feedback: pd.DataFrame
    counts: pd.DataFrame
    moved: pd.DataFrame
    warnings: pd.DataFrame
    river: pd.DataFrame
    accounts: pd.DataFrame
    pivot: pd.DataFrame
    range: pd.DataFrame
    calibrated: pd.DataFrame
    inputs: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables that hold something, by name."""
        found = {name: getattr(self, name) for name in TABLES}
        return {name: table for name, table in found.items() if len(table)}

    def mode_trips(self, year: int) -> "pd.Series[float]":
        """Person trips of a working day by mode, over all purposes; empty where none are known."""
        rows = self.shares[self.shares["year"] == year]
        whole = rows[rows["purpose"] == EVERY_PURPOSE]
        rows = whole if len(whole) else rows
        return rows.groupby("mode", sort=False)["trips_per_day"].sum()

    def counts_met(self, use: str) -> "CountsMet":
        """How well the counts of a use (``fit``, ``holdout``) are met."""
        rows = self.counts[self.counts["use"] == use]
        ranged = rows[rows[["low_vph", "high_vph"]].notna().any(axis=1)]
        return CountsMet(
            n=len(rows),
            before=int((rows["geh_before"] < GOOD_GEH).sum()),
            after=int((rows["geh_after"] < GOOD_GEH).sum()),
            ranged=len(ranged),
            inside=int(within(ranged, "after_vph", "_vph").sum()),
        )


@dataclass(frozen=True)
class CountsMet:
    """Numbers of counts: all, with a GEH below 5 before and after the fit, with a range, in it."""

    n: int
    before: int
    after: int
    ranged: int
    inside: int


def within(rows: pd.DataFrame, value: str, unit: str = "") -> "pd.Series[bool]":
    """Whether a value lies between ``low`` and ``high``; an empty end leaves that side open."""
    low, high = rows[f"low{unit}"], rows[f"high{unit}"]
    return rows[value].ge(low.fillna(-np.inf)) & rows[value].le(high.fillna(np.inf))


def record_folder(case: Case) -> Path:
    """Where the demand model of a case writes its record."""
    return case.demand_path(case.base_year).parent / FOLDER


def read_record(case: Case) -> DemandRecord | None:
    """Read the record of a case's demand; None where its matrices have none.

    Raises
    ------
    ValidationError
        With every column that is missing and every cell that should be a number and is none.
    """
    folder = record_folder(case)
    if not any((folder / f"{name}.csv").is_file() for name in TABLES):
        return None
    found: list[str] = []
    tables = {
        name: _read(folder / f"{name}.csv", words.split(), numbers.split(), found)
        for name, (words, numbers) in TABLES.items()
    }
    if found:
        raise ValidationError(found)
    return DemandRecord(**tables)


def _read(
    path: Path, words: Sequence[str], numbers: Sequence[str], found: list[str]
) -> pd.DataFrame:
    """Read a table, numbers as floats and NaN where empty; note its problems."""
    names = [*words, *numbers]
    table = read_text_table(path) if path.is_file() else pd.DataFrame(columns=names, dtype=str)
    absent = [name for name in names if name not in table.columns]
    if absent:
        found.append(
            f"{path}: columns {', '.join(absent)} are missing. Write the record again with "
            "`transitplan demand`."
        )
        return table
    before = len(found)
    for name in numbers:
        values = pd.to_numeric(table[name].where(table[name] != "", None), errors="coerce")
        wrong = values.isna() & ((table[name] != "") | (name in WHOLE))
        if wrong.any():
            lines = listed((np.flatnonzero(wrong) + 2).tolist())
            found.append(f"{path}, column {name}: line {lines} is not a number.")
        table[name] = values.astype(float)
    whole = [name for name in WHOLE if name in numbers and len(found) == before]
    return table.astype(dict.fromkeys(whole, int))
