"""A table that a test checks: rows by id, cells as they are written, and what moved."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools
from transitplan.errors import ValidationError
from transitplan.testing.tolerance import EXACT, Tolerance, geh

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
            raise ValidationError(f"{self.name}: {int(twice.sum())} keys stand twice ({row}).")

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


@dataclass(frozen=True)
class Move:
    """A cell, or a whole row, that is not where the baseline has it."""

    table: str
    what: str  # the row, to be read
    column: str  # empty: the row
    old: str
    new: str
    change: str
    allowed: str
    excess: float  # times the tolerance
    size: float  # share of the larger of both, 0 to 1
    ids: Mapping[str, str]  # key and labels of the row


def keys(frame: pd.DataFrame, key: Sequence[str]) -> "pd.Index[Any]":
    """Keys of rows as tuples of text."""
    columns = [frame[name].astype(str) for name in key]
    return pd.Index(list(zip(*columns, strict=True)), tupleize_cols=False)


def _order(index: "pd.Index[Any]") -> list[int]:
    """Positions of keys in their order: C2 before C10."""
    return sorted(range(len(index)), key=lambda row: [_natural(each) for each in index[row]])


def moves(old: pd.DataFrame, table: Table) -> list[Move]:
    """Cells of a table beyond their tolerance, and rows that came or went; furthest first.

    Parameters
    ----------
    old
        Cells of the baseline as text, indexed by key.

    Raises
    ------
    ValidationError
        If a cell of the baseline is no number where there is one now.
    """
    new, written = table.cells(), table.written()
    here = new.index.isin(old.index)
    both = new[here]
    then = old.loc[both.index]
    found = [
        _row(table, old.loc[[each]], "in the baseline", "gone")
        for each in old.index
        if each not in new.index
    ]
    for column in table.columns:
        if column in then:
            found += _cells(table, column, then, both)
        else:
            found.append(_column(table, column, "not in the baseline", "new"))
    found += [
        _column(table, str(column), "in the baseline", "no longer checked")
        for column in old
        if column not in new
    ]
    for each in written.index[~written.index.isin(old.index)]:
        found += _added(table, written.loc[[each]])
    return sorted(found, key=lambda move: (-move.excess, -move.size))


def _added(table: Table, row: pd.DataFrame) -> list[Move]:
    """A row that is new; or one that was below the least value that is written."""
    limits = {
        name: least for name, least in table.least.items() if float(row[name].iloc[0]) >= least
    }
    if not limits:
        return [_row(table, row, "not in the baseline", "new")]
    then = row.assign(**{name: _text(least, None, DIGITS) for name, least in limits.items()})
    found = [move for name in limits for move in _cells(table, name, then, row)]
    return [replace(move, old=f"under {move.old}") for move in found]


def _cells(table: Table, column: str, old: pd.DataFrame, new: pd.DataFrame) -> list[Move]:
    then, now = old[column].to_numpy(), new[column].to_numpy()
    if table.frame[column].dtype.kind not in "iuf":
        return [
            _moved(table, column, new.iloc[[i]], then[i], now[i], EXACT, np.inf)
            for i in np.flatnonzero(then != now).tolist()
        ]
    before, after = _numbers(table, column, old), _floats(now)
    limits = [table.tolerance(column, each) for each in new.index]
    excess = np.zeros(len(new))
    for limit in dict.fromkeys(limits):
        rows = np.array([each == limit for each in limits])
        excess[rows] = limit.excess(before[rows], after[rows])
    return [
        _moved(table, column, new.iloc[[i]], then[i], now[i], limits[i], float(excess[i]))
        for i in np.flatnonzero(excess > 1).tolist()
    ]


def _floats(cells: Any) -> Any:
    """Cells as numbers; empty ones are NaN."""
    return np.array([float(cell) if cell else np.nan for cell in cells])


def _numbers(table: Table, column: str, old: pd.DataFrame) -> Any:
    try:
        return _floats(old[column].to_numpy())
    except ValueError:
        wrong = next(cell for cell in old[column] if not _number(cell))
        raise ValidationError(
            f"{table.name}.csv, column {column}: {wrong!r} is no number. Correct the baseline, or "
            "write it anew with --transitplan-update."
        ) from None


def _moved(
    table: Table,
    column: str,
    row: pd.DataFrame,
    old: str,
    new: str,
    limit: Tolerance,
    excess: float,
) -> Move:
    change, size = _change(old, new, limit)
    ids = _ids(table, row)
    return Move(
        table.name,
        called(ids, table.key),
        column,
        old or "empty",
        new or "empty",
        change,
        str(limit),
        excess,
        size,
        ids,
    )


def _row(table: Table, row: pd.DataFrame, old: str, new: str) -> Move:
    ids = _ids(table, row)
    return Move(table.name, called(ids, table.key), "", old, new, "", "", np.inf, 1.0, ids)


def _column(table: Table, column: str, old: str, new: str) -> Move:
    return Move(table.name, "every row", column, old, new, "", "", np.inf, 1.0, {})


def _ids(table: Table, row: pd.DataFrame) -> dict[str, str]:
    named = [name for name in (*table.key, *table.labels) if name in row]
    return {name: str(row[name].iloc[0]) for name in named}


def called(ids: Mapping[str, str], key: Sequence[str]) -> str:
    """Name a row: ``link 12 North road (crossing E)``."""
    if tuple(key) == ("origin_id", "destination_id"):
        return f"{ids['origin_id']} → {ids['destination_id']}"
    words = ", ".join(
        f"{name.removesuffix('_id').replace('_', ' ')} {ids[name]}"
        if name != "quantity"
        else ids[name]
        for name in key
    )
    words += f" {ids['name']}" if ids.get("name") else ""
    crossing = ids.get("crossing_id") if "crossing_id" not in key else ""
    return words + (f" (crossing {crossing})" if crossing else "")


def _change(old: str, new: str, limit: Tolerance) -> tuple[str, float]:
    """How far a value moved, in words, and as a share of the larger of both."""
    if not (_number(old) and _number(new)):
        return "", 1.0
    before, after = (float(each or "nan") for each in (old, new))
    if not np.isfinite(before) or not np.isfinite(after):
        return "", 1.0
    size = abs(after - before) / max(abs(before), abs(after), 1e-300)
    words = f"{after - before:+.6g}"
    words += f" ({(after - before) / abs(before):+.1%})" if before else ""
    if limit.geh is not None:
        words += f", GEH {geh(np.array([before]), np.array([after]))[0]:.3g}"
    return words, size


def _number(text: str) -> bool:
    try:
        float(text or "nan")
    except ValueError:
        return False
    return True


def _texts(values: "pd.Series[Any]", decimals: int | None, digits: int) -> list[str]:
    if values.dtype.kind == "b":
        return ["true" if value else "false" for value in values]
    return [_text(value, decimals, digits) for value in values.tolist()]


def _text(value: Any, decimals: int | None, digits: int) -> str:
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
