"""What moved: cells beyond their tolerance, and rows and columns that came or went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from transitplan.arrays import geh
from transitplan.errors import ValidationError
from transitplan.testing.table import Table, text_of
from transitplan.testing.tolerance import EXACT, Tolerance

HERE, NOT_HERE = "in the baseline", "not in the baseline"
Ids: TypeAlias = Mapping[str, str]  # key and labels of a row


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
    ids: Ids


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
    both = new[new.index.isin(old.index)]
    then = old.loc[both.index]
    gone, came = old[~old.index.isin(new.index)], written[~written.index.isin(old.index)]
    found = [_row(table, ids, HERE, "gone") for ids in _ids(table, gone)]
    for column in table.columns:
        if column in then:
            found += _cells(table, column, then, both)
        else:
            found.append(_column(table, column, NOT_HERE, "new"))
    lost = [str(column) for column in old if column not in new]
    found += [_column(table, column, HERE, "no longer checked") for column in lost]
    for place in range(len(came)):
        found += _added(table, came.iloc[[place]])
    return sorted(found, key=lambda move: (-move.excess, -move.size))


def whole(table: str, old: str, new: str, what: str = "the table") -> Move:
    """Say that a table, or what holds for it, is not as in the baseline."""
    return Move(table, what, "", old, new, "", "", float(np.inf), 1.0, {})


def _added(table: Table, row: pd.DataFrame) -> list[Move]:
    """A row that is new; or one that was below the least value that is written."""
    limits = {
        name: least for name, least in table.least.items() if float(row[name].iloc[0]) >= least
    }
    if not limits:
        return [_row(table, ids, NOT_HERE, "new") for ids in _ids(table, row)]
    then = row.assign(**{name: text_of(least) for name, least in limits.items()})
    found = [move for name in limits for move in _cells(table, name, then, row)]
    return [replace(move, old=f"under {move.old}") for move in found]


def _cells(table: Table, column: str, old: pd.DataFrame, new: pd.DataFrame) -> list[Move]:
    then, now = old[column].to_numpy(), new[column].to_numpy()
    if table.frame[column].dtype.kind in "iuf":
        limits = [table.tolerance(column, each) for each in new.index]
        before, after = _old_numbers(table, column, old), _floats(now)
        excess = np.zeros(len(new))
        for limit in dict.fromkeys(limits):
            rows = np.array([each == limit for each in limits])
            excess[rows] = limit.excess(before[rows], after[rows])
    else:
        limits = [EXACT] * len(new)
        excess = np.where(then != now, np.inf, 0.0)
    moved = np.flatnonzero(excess > 1)
    listed = zip(moved.tolist(), _ids(table, new.iloc[moved]), strict=True)
    return [
        _cell(table, column, ids, (then[i], now[i]), limits[i], float(excess[i]))
        for i, ids in listed
    ]


def _floats(cells: Any) -> Any:
    """Cells as numbers; empty ones are NaN."""
    return np.array([float(cell) if cell else np.nan for cell in cells])


def _old_numbers(table: Table, column: str, old: pd.DataFrame) -> Any:
    try:
        return _floats(old[column].to_numpy())
    except ValueError:
        wrong = next(cell for cell in old[column] if not _is_number(cell))
        raise ValidationError(
            f"{table.name}.csv, column {column}: {wrong!r} is no number. Correct the baseline, or "
            "write it anew with --transitplan-update."
        ) from None


def _cell(
    table: Table, column: str, ids: Ids, values: tuple[str, str], limit: Tolerance, excess: float
) -> Move:
    change, size = _change(*values, limit)
    old, new = (each or "empty" for each in values)
    what = called(ids, table.key)
    return Move(table.name, what, column, old, new, change, str(limit), excess, size, ids)


def _row(table: Table, ids: Ids, old: str, new: str) -> Move:
    return replace(whole(table.name, old, new, called(ids, table.key)), ids=ids)


def _column(table: Table, column: str, old: str, new: str) -> Move:
    return replace(whole(table.name, old, new, "every row"), column=column)


def _ids(table: Table, rows: pd.DataFrame) -> list[dict[str, str]]:
    named = [name for name in (*table.key, *table.labels) if name in rows]
    columns = [rows[name].astype(str).tolist() for name in named]
    return [dict(zip(named, cells, strict=True)) for cells in zip(*columns, strict=True)]


def called(ids: Ids, key: Sequence[str]) -> str:
    """Name a row.

    Examples
    --------
    >>> called({"link_id": "12", "name": "North road", "crossing_id": "E"}, ["link_id"])
    'link 12 North road (crossing E)'
    """
    if tuple(key) == ("origin_id", "destination_id"):
        return f"{ids['origin_id']} → {ids['destination_id']}"
    words = ", ".join(
        ids[name]
        if name == "quantity"
        else f"{name.removesuffix('_id').replace('_', ' ')} {ids[name]}"
        for name in key
    )
    words += f" {ids['name']}" if ids.get("name") else ""
    crossing = "" if "crossing_id" in key else ids.get("crossing_id", "")
    return words + (f" (crossing {crossing})" if crossing else "")


def _change(old: str, new: str, limit: Tolerance) -> tuple[str, float]:
    """How far a value moved, in words, and as a share of the larger of both."""
    if not (_is_number(old) and _is_number(new)):
        return "", 1.0
    before, after = _floats([old, new])
    if not np.isfinite([before, after]).all():
        return "", 1.0
    words = f"{after - before:+.6g}"
    words += f" ({(after - before) / abs(before):+.1%})" if before else ""
    if limit.geh is not None:
        words += f", GEH {geh(np.array([before]), np.array([after]))[0]:.3g}"
    largest = max(abs(before), abs(after))
    return words, float(abs(after - before) / largest) if largest else 0.0


def _is_number(text: str) -> bool:
    try:
        float(text or "nan")
    except ValueError:
        return False
    return True
