"""Demand as CSV: one row an OD pair and a column of vehicles a class, or one square matrix.

We write ``o_zone_id, d_zone_id``; the names that other programs use are read too.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats, positions
from transitplan.errors import ValidationError
from transitplan.io.text import read_text_table
from transitplan.model.demand import Demand, UserClass

ENDS = ("o_zone_id", "d_zone_id")
_OTHER_ENDS = ({"o", "origin", "orig", "from", "i"}, {"d", "destination", "dest", "to", "j"})
MATRIX_CLASS = "vehicles"  # of a square matrix, which names none


def read_pairs(path: str | Path) -> Demand:
    """Read a demand table; every further column is a user class of cars, in vehicles an hour.

    Pairs that are not in the table have no trips; a pair may stand in it once. A square matrix has
    the zones of origin in its first column and those of destination in its first row.
    """
    path = Path(path)
    table = _with_our_names(read_text_table(path))
    if _is_square(table):
        return _read_square(path, table)
    absent = [name for name in ENDS if name not in table.columns]
    names = [str(name) for name in table.columns if name not in ENDS]
    if absent or not names:
        raise ValidationError(
            f"{path}: columns {', '.join(table.columns)} found; it needs o_zone_id, d_zone_id and "
            "at least one column of vehicles an hour, named after its class; or a square matrix "
            "whose first column and header hold the same zones."
        )
    found = [text for name in ENDS for text in _empty_cells(path, table, name)]
    trips_vph = {name: _vehicles(path, table, name, found) for name in names}
    twice = table.duplicated(list(ENDS)).to_numpy()
    if twice.any():
        line = int(np.flatnonzero(twice)[0]) + 2
        found.append(f"{path}: {twice.sum()} OD pairs stand twice (line {line}). Add them up.")
    if found:
        raise ValidationError(found)
    ids = pd.Index(_ids(pd.concat([table[end] for end in ENDS])), name="zone_id")
    zones = ids.unique().sort_values()
    origin, destination = np.split(positions(zones, ids, what="zones"), 2)
    trips = np.zeros((len(names), len(zones), len(zones)))
    for k, name in enumerate(names):
        trips[k, origin, destination] = trips_vph[name]
    return Demand(zones, tuple(UserClass(name) for name in names), trips, path.stem)


def is_trip_table(table: pd.DataFrame) -> bool:
    """Whether a table of text is one of trips, by its header."""
    named = _with_our_names(table)
    return set(ENDS) <= set(named.columns) or _is_square(named)


def _with_our_names(table: pd.DataFrame) -> pd.DataFrame:
    """Ends under our names, where both stand under names that other programs use."""
    if set(ENDS) & set(table.columns):
        return table
    found = {}
    for ours, names in zip(ENDS, _OTHER_ENDS, strict=True):
        mine = [label for label in table.columns if _bare(str(label)) in names]
        if len(mine) != 1:
            return table
        found[mine[0]] = ours
    return table.rename(columns=found)


def _bare(label: str) -> str:
    """``from`` of ``From_Zone_ID``."""
    return re.sub(r"[ _]?(zone|taz)?[ _]?(id|no)?$", "", label.strip().lower())


def _is_square(table: pd.DataFrame) -> bool:
    rows = [str(cell).strip() for cell in table.iloc[:, 0]]
    columns = [str(label).strip() for label in table.columns[1:]]
    return bool(rows) and len(rows) == len(columns) and set(rows) == set(columns)


def _read_square(path: Path, table: pd.DataFrame) -> Demand:
    found: list[str] = []
    columns = [str(name) for name in table.columns[1:]]
    trips = np.column_stack([_vehicles(path, table, name, found) for name in columns])
    if table.iloc[:, 0].duplicated().any():
        found.append(f"{path}: a zone stands twice in the first column.")
    if found:
        raise ValidationError(found)
    origins = pd.Index(_ids(table.iloc[:, 0]), name="zone_id")
    place = pd.Index([name.strip() for name in columns]).get_indexer(
        pd.Index(table.iloc[:, 0].str.strip())
    )
    return Demand(origins, (UserClass(MATRIX_CLASS),), trips[np.newaxis][:, :, place], path.stem)


def write_pairs(demand: Demand, path: str | Path) -> Path:
    """Write the pairs that have trips, and zones without any on a row of zeros to themselves.

    Raises
    ------
    ValidationError
        If a class is more than a name: a CSV file has no place for its use, tolls and values.
    """
    rich = [each.name for each in demand.classes if each != UserClass(each.name)]
    if rich:
        raise ValidationError(
            f"{path}: CSV has no place for the use, passenger-car equivalents and value of time of "
            f"the classes {', '.join(rich)}. Write .omx."
        )
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    used: Bools = np.asarray((demand.trips_vph > 0).any(axis=0))
    silent = ~(used.any(axis=0) | used.any(axis=1))
    used[silent, silent] = True
    origin, destination = np.nonzero(used)
    table = pd.DataFrame({ENDS[0]: demand.zone_ids[origin], ENDS[1]: demand.zone_ids[destination]})
    for each, trips in zip(demand.classes, demand.trips_vph, strict=True):
        table[each.name] = trips[origin, destination]
    work = path.with_name(f".{path.name}.part")
    table.to_csv(work, index=False, lineterminator="\n")
    work.replace(path)
    return path


def _vehicles(path: Path, table: pd.DataFrame, name: str, found: list[str]) -> Floats:
    """Numbers of one column; cells that are none go to ``found``."""
    numbers = np.array([_number(cell) for cell in table[name]])
    wrong = ~(numbers >= 0)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        found.append(
            f"{path}, column {name}: {wrong.sum()} of {len(table)} rows (line {row + 2}): "
            f"{table[name].iloc[row]!r} is not a number of vehicles of 0 or more."
        )
    return numbers


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def _empty_cells(path: Path, table: pd.DataFrame, name: str) -> list[str]:
    empty = (table[name] == "").to_numpy()
    if not empty.any():
        return []
    row = int(np.flatnonzero(empty)[0])
    return [f"{path}, column {name}: {empty.sum()} rows are empty (line {row + 2})."]


def _ids(cells: "pd.Series[str]") -> "list[int] | list[str]":
    """Zone ids as whole numbers where all are written as such; ``01`` is a text."""
    texts = [str(cell).strip() for cell in cells]
    if all(text.lstrip("-").isdigit() and str(int(text)) == text for text in texts):
        return [int(text) for text in texts]
    return texts
