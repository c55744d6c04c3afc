"""Two runs against each other: what went in, and every table that came out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transitplan.store.run import StoredRun

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["table", "column", "rows_one", "rows_other"]
COLUMNS += ["rows_differ", "largest_difference", "where"]
NOTHING = "–"  # for what one of two runs does not have


@dataclass(frozen=True, eq=False)
class Comparison:
    """What differs between two runs.

    Parameters
    ----------
    inputs
        what, one, other: each input or version of the software that differs.
    tables
        table, column, rows_one, rows_other, rows_differ, largest_difference, where: each column
        that differs; ``where`` is the first cell of the row in which it differs most. A count is
        empty where one has no such table, the difference where a column is text.
    compared
        Tables that both have.
    """

    inputs: "pd.DataFrame"
    tables: "pd.DataFrame"
    compared: int

    @property
    def equal(self) -> bool:
        """Whether every table is the same."""
        return self.tables.empty


def compare_runs(one: StoredRun, other: StoredRun) -> Comparison:
    """Do as ``Store.compare`` for two runs at hand."""
    import pandas as pd  # here: who only finds and puts runs needs no tables

    said, against = dict(_leaves(_of(one))), dict(_leaves(_of(other)))
    inputs = [
        (name, str(said.get(name, NOTHING)), str(against.get(name, NOTHING)))
        for name in sorted(said | against)
        if said.get(name, NOTHING) != against.get(name, NOTHING)
    ]
    names = sorted({*one.tables, *other.tables})
    tables = [row for name in names for row in _table(name, one, other)]
    return Comparison(
        pd.DataFrame(inputs, columns=["what", "one", "other"]),
        pd.DataFrame(tables, columns=COLUMNS).astype(dict.fromkeys(COLUMNS[2:6], "float64")),
        len({*one.tables} & {*other.tables}),
    )


def compare_tables(
    name: str, one: "pd.DataFrame | None", other: "pd.DataFrame | None"
) -> Iterator[tuple[Any, ...]]:
    """Tell every column that differs, row by row in the order that the tables have."""
    if one is None or other is None:
        rows = [None if each is None else len(each) for each in (one, other)]
        yield (name, "", *rows, None, None, "the table is absent in one")
        return
    counts = (len(one), len(other))
    for column in dict.fromkeys([*one.columns, *other.columns]):
        if column not in one or column not in other:
            yield (name, column, *counts, None, None, "the column is absent in one")
        elif counts[0] == counts[1]:
            yield from _column(name, str(column), one, other)
    if counts[0] != counts[1]:
        yield (name, "", *counts, None, None, "another number of rows")


def _of(run: StoredRun) -> dict[str, Any]:
    return {"kind": run.kind, "inputs": run.inputs, "software": run.software}


def _leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(tree, Mapping) and tree:
        for name, value in tree.items():
            yield from _leaves(value, f"{path}.{name}" if path else str(name))
    else:
        yield path, tree


def _table(name: str, one: StoredRun, other: StoredRun) -> Iterator[tuple[Any, ...]]:
    file = f"{name}.parquet"
    if one.files.get(file) == other.files.get(file):  # the same bytes
        return
    pair = [run.table(name) if name in run.tables else None for run in (one, other)]
    yield from compare_tables(name, *pair)


def _column(
    name: str, column: str, one: "pd.DataFrame", other: "pd.DataFrame"
) -> Iterator[tuple[Any, ...]]:
    """One row if the column differs; numbers with the largest difference of all."""
    import numpy as np
    import pandas as pd

    left, right = one[column], other[column]
    differs = ~((left == right) | (left.isna() & right.isna())).to_numpy(dtype=bool)
    if not differs.any():
        return
    worst, most = int(np.argmax(differs)), None
    numeric = [pd.api.types.is_numeric_dtype(each) for each in (left, right)]
    if all(numeric):
        apart = (left.astype(float) - right.astype(float)).abs().to_numpy()
        apart = np.where(differs, np.nan_to_num(apart, nan=np.inf), -1.0)
        worst = int(np.argmax(apart))
        most = float(apart[worst])
    where = f"{one.columns[0]} {one[one.columns[0]].tolist()[worst]}"
    yield (name, column, len(one), len(other), int(differs.sum()), most, where)
