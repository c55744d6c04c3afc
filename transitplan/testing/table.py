"""A table that a test checks: rows by id, and cells as they are written."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools
from transitplan.errors import ValidationError
from transitplan.testing.tolerance import EXACT, Tolerance

DIGITS = 6


@dataclass(frozen=True, eq=False)
class Table:
    """What a test found, to be held against the baseline of the same name.

    Parameters
    ----------
    key
        Columns whose values name a row.
    labels
        Columns to read by; they are written and not compared.
    decimals
        Decimals of numbers by column; six significant digits otherwise.
    tolerances
        By column, or by the key of a row. Without one, numbers are compared as written.
    shown
        Rows that are written; all where absent. The others are looked at where the baseline has
        them: so a flow that falls below the least one that is written is still compared.
    least
        Value that rows are written from, by column.
    digits
        Significant digits of numbers in columns without a number of decimals.
    """

    name: str
    frame: pd.DataFrame
    key: tuple[str, ...]
    labels: tuple[str, ...] = ()
    decimals: Mapping[str, int] = field(default_factory=dict)
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    shown: Bools | None = None
    least: Mapping[str, float] = field(default_factory=dict)
    digits: int = DIGITS

    def __post_init__(self) -> None:
        """Refuse a table whose rows cannot be told apart."""
        absent = [name for name in (*self.key, *self.labels) if name not in self.frame]
        if absent:
            raise ValidationError(f"{self.name}: the table has no column {', '.join(absent)}.")
        twice = self.frame.duplicated(list(self.key))
        if twice.any():
            row = self.frame.loc[twice, list(self.key)].iloc[0].to_dict()
            raise ValidationError(
                f"{self.name}: {int(twice.sum())} keys stand twice ({row}). Add a column "
                "to the key."
            )

    @property
    def columns(self) -> list[str]:
        """Columns that are compared."""
        return [str(name) for name in self.frame if name not in (*self.key, *self.labels)]

    def cells(self) -> pd.DataFrame:
        """All rows as text, sorted by key, which is the index."""
        made = self._texts()
        return made.iloc[_order(made.index)]

    def written(self) -> pd.DataFrame:
        """Rows of ``cells`` that are written."""
        made = self._texts()
        made = made if self.shown is None else made[self.shown]
        return made.iloc[_order(made.index)]

    def _texts(self) -> pd.DataFrame:
        columns = {
            str(name): _texts(self.frame[name], self.decimals.get(str(name)), self.digits)
            for name in (*self.key, *self.labels, *self.columns)
        }
        made = pd.DataFrame(columns, dtype=object)
        made.index = keys(made, self.key)
        return made

    def tolerance(self, column: str, key: Sequence[str]) -> Tolerance:
        """Tolerance of a cell: that of its row, else that of its column."""
        return self.tolerances.get(key[0], self.tolerances.get(column, EXACT))


def keys(frame: pd.DataFrame, key: Sequence[str]) -> "pd.Index[Any]":
    """Keys of rows as tuples of text."""
    columns = [frame[name].astype(str) for name in key]
    return pd.Index(list(zip(*columns, strict=True)), tupleize_cols=False)


def _order(index: "pd.Index[Any]") -> list[int]:
    """Positions of keys in their order: C2 before C10."""
    return sorted(range(len(index)), key=lambda row: [_natural(each) for each in index[row]])


def _texts(values: "pd.Series[Any]", decimals: int | None, digits: int) -> list[str]:
    if values.dtype.kind == "b":
        return ["true" if value else "false" for value in values]
    return [text_of(value, decimals, digits) for value in values.tolist()]


def text_of(value: Any, decimals: int | None = None, digits: int = DIGITS) -> str:
    """Write a cell; empty where there is no value."""
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA:
        return ""
    if not isinstance(value, float):
        return str(value)
    if not np.isfinite(value):
        return str(value)
    if decimals is not None:
        return f"{round(value, decimals) + 0.0:.{decimals}f}"  # + 0.0: no minus zero
    return np.format_float_positional(float(f"{value:.{digits - 1}e}") + 0.0, trim="-")


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Sort C2 before C10."""
    parts = re.findall(r"\d+|\D+", text)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]
