"""Rows of two networks compared: what was added, removed, moved and changed, as one table."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from transitplan.arrays import Bools, Ints, Objects
from transitplan.model.network import Network
from transitplan.model.tables import TABLES, Column
from transitplan.versions.draft import KEYS
from transitplan.versions.kinds import (
    ADDED,
    CHANGED,
    MOVED,
    REMOVED,
    RESHAPED,
    RETYPED,
    REVERSED,
    SAME,
)
from transitplan.versions.matching import Matching

COLUMNS = ("table", "kind", "id_a", "id_b", "name", "column", "old", "new", "unit", "relative")
BY_PLACE = ("node", "link")  # matched by more than their ids
APART = {  # columns that are not compared cell by cell
    "node": ("node_id", "x_m", "y_m"),
    "link": ("link_id", "from_node_id", "to_node_id", "geometry_id", "dir_flag"),
}
CLOSE_M = 0.01  # lines that differ by less are the same drawing
ROUNDING = 1e-9


def changes_between(a: Network, b: Network, matching: Matching) -> pd.DataFrame:
    """Return one row a difference, with the columns ``COLUMNS``."""
    parts = [_by_place(a, b, matching, table) for table in BY_PLACE]
    parts += [_by_key(a, b, table) for table in TABLES if table not in (*BY_PLACE, "geometry")]
    rows = [part for each in parts for part in each if len(part)]
    return pd.concat(rows, ignore_index=True) if rows else table_rows("", "", [], [], [])


def table_rows(
    table: str,
    kind: str,
    id_a: Sequence[Any] | Any,
    id_b: Sequence[Any] | Any,
    name: Sequence[Any] | Any,
    **cells: Any,
) -> pd.DataFrame:
    """Rows of the table of differences; a value that is given once holds for all."""
    known = {"id_a": id_a, "id_b": id_b, "name": name, **cells}
    size = next(len(values) for values in known.values() if _many(values))
    columns = {"table": table, "kind": kind, **dict.fromkeys(COLUMNS[2:]), **known}
    filled = {label: _objects(values, size) for label, values in columns.items()}
    return pd.DataFrame(filled, columns=list(COLUMNS))


def _many(values: Any) -> bool:
    return isinstance(values, list | np.ndarray | pd.Series) or hasattr(values, "__array__")


def _objects(values: Any, size: int) -> Objects:
    filled = np.empty(size, dtype=object)
    filled[:] = values.tolist() if hasattr(values, "tolist") else values
    return filled


def _by_place(a: Network, b: Network, matching: Matching, table: str) -> list[pd.DataFrame]:
    pairs = matching.nodes if table == "node" else matching.links
    one, two = a.table(table), b.table(table)
    rows_a, rows_b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    gone, new = np.ones(len(one), dtype=bool), np.ones(len(two), dtype=bool)
    gone[rows_a], new[rows_b] = False, False
    found = []
    if table == "link":
        chained = matching.chains
        parts_a, parts_b = (chained[side].to_numpy(dtype=np.int64) for side in "ab")
        gone[parts_a], new[parts_b] = False, False
        found += _paired(table, one, two, parts_a, parts_b, chained["how"].to_numpy(object))
    key = KEYS[table]
    found.append(
        table_rows(table, ADDED, None, two[key].to_numpy()[new], two["name"].to_numpy()[new])
    )
    found.append(
        table_rows(table, REMOVED, one[key].to_numpy()[gone], None, one["name"].to_numpy()[gone])
    )
    found += _paired(table, one, two, rows_a, rows_b, pairs["how"].to_numpy(object))
    if table == "node":
        found.append(_shifts(one, two, pairs))
    else:
        found.append(_reshaped(a, b, pairs))
        found += _rewired(a, b, matching)
    both = one.iloc[rows_a], two.iloc[rows_b]
    found += cell_rows(table, *both, key, TABLES[table], APART[table])
    return found


def _paired(
    table: str, one: pd.DataFrame, two: pd.DataFrame, rows_a: Ints, rows_b: Ints, how: Objects
) -> list[pd.DataFrame]:
    """Pairs that are not plainly the same, by the word that says how they were found."""
    key = KEYS[table]
    return [
        table_rows(
            table,
            word,
            one[key].to_numpy()[rows_a[how == word]],
            two[key].to_numpy()[rows_b[how == word]],
            two["name"].to_numpy()[rows_b[how == word]],
        )
        for word in dict.fromkeys(how.tolist())
        if word != SAME
    ]


def _shifts(one: pd.DataFrame, two: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Nodes that stand elsewhere by a little; those far off are moved already."""
    rows_a, rows_b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    off = np.hypot(
        *(two[axis].to_numpy()[rows_b] - one[axis].to_numpy()[rows_a] for axis in ("x_m", "y_m"))
    )
    near = (off > 0.0) & (pairs["how"] != MOVED).to_numpy()
    return _off("node", MOVED, "place", (one, two), (rows_a[near], rows_b[near]), off[near])


def _off(
    table: str,
    kind: str,
    column: str,
    frames: tuple[pd.DataFrame, pd.DataFrame],
    rows: tuple[Ints, Ints],
    off_m: Any,
) -> pd.DataFrame:
    """Rows that lie elsewhere, and how far."""
    (one, two), (rows_a, rows_b), key = frames, rows, KEYS[table]
    return table_rows(
        table,
        kind,
        one[key].to_numpy()[rows_a],
        two[key].to_numpy()[rows_b],
        two["name"].to_numpy()[rows_b],
        column=column,
        new=off_m,
        unit="m",
    )


def _reshaped(a: Network, b: Network, pairs: pd.DataFrame) -> pd.DataFrame:
    """Links whose line is another, their ends being the same."""
    texts_a, texts_b = _line_texts(a), _line_texts(b)
    rows_a, rows_b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    drawn = (texts_a[rows_a] != "") | (texts_b[rows_b] != "")
    other = drawn & (texts_a[rows_a] != texts_b[rows_b])
    other &= (pairs["how"] != REVERSED).to_numpy()
    rows_a, rows_b = rows_a[other], rows_b[other]
    lines_a, lines_b = a.link_lines(rows_a), b.link_lines(rows_b)
    off = np.asarray(shapely.hausdorff_distance(lines_a, lines_b), dtype=float)
    far = off > CLOSE_M
    return _off("link", RESHAPED, "line", (a.links, b.links), (rows_a[far], rows_b[far]), off[far])


def _line_texts(network: Network) -> Objects:
    """Line of each link as it is written and its direction; empty where it is straight."""
    links, shapes = network.links, network.table("geometry")
    if shapes.empty:
        return np.full(len(links), "", dtype=object)
    at = pd.Index(shapes["geometry_id"]).get_indexer(pd.Index(links["geometry_id"]))
    texts = shapes["geometry"].to_numpy(dtype=object)[at]
    ways = np.where(links["dir_flag"].to_numpy() == -1, "-", "+").astype(object)
    return np.where(at >= 0, ways + texts, "")


def _rewired(a: Network, b: Network, matching: Matching) -> list[pd.DataFrame]:
    """Links that end elsewhere although their id is the same."""
    partner = pd.Series(
        b.nodes["node_id"].to_numpy()[matching.nodes["b"]],
        index=a.nodes["node_id"].to_numpy()[matching.nodes["a"]],
    )
    moved = matching.links[matching.links["how"] == MOVED]
    one, two = a.links.iloc[moved["a"]], b.links.iloc[moved["b"]]
    found = []
    for end in ("from_node_id", "to_node_id"):
        other = one[end].map(partner).to_numpy() != two[end].to_numpy()
        gone, new = one[other], two[other]
        ids = gone["link_id"], new["link_id"]
        ends = {"old": gone[end], "new": new[end]}
        found.append(table_rows("link", MOVED, *ids, new["name"], column=end, unit="", **ends))
    return found


def _by_key(a: Network, b: Network, table: str) -> list[pd.DataFrame]:
    key = KEYS[table]
    if a.table(table).equals(b.table(table)):
        return []
    one, two = (network.table(table).set_index(key, drop=False) for network in (a, b))
    new, gone = two[~two.index.isin(one.index)], one[~one.index.isin(two.index)]
    both = one.index[one.index.isin(two.index)]
    return [
        table_rows(table, ADDED, None, new[key], names(new)),
        table_rows(table, REMOVED, gone[key], None, names(gone)),
        *cell_rows(table, one.loc[both], two.loc[both], key, TABLES[table], (key,)),
    ]


def names(frame: pd.DataFrame) -> Objects:
    """Names of rows, in English or else in Chinese."""
    empty = np.full(len(frame), "", dtype=object)
    english, chinese = (
        frame[label].fillna("").to_numpy(dtype=object) if label in frame else empty
        for label in ("name", "name_zh")
    )
    return np.where(english != "", english, chinese)


def cell_rows(
    table: str,
    one: pd.DataFrame,
    two: pd.DataFrame,
    key: str,
    columns: tuple[Column, ...],
    skipped: tuple[str, ...],
) -> list[pd.DataFrame]:
    """Cells of matched rows that differ; rows stand in the same order in both.

    key
        Column of the id; columns: rules of the table; skipped: columns compared elsewhere.
    """
    rules = {rule.name: rule for rule in columns}
    found = []
    for column in dict.fromkeys([*map(str, one.columns), *map(str, two.columns)]):
        if column in skipped:
            continue
        old, new = _column(one, column), _column(two, column)
        differ = _differ(old, new)
        if column not in one or column not in two:  # no column and an empty cell say the same
            differ &= ~(_empty(old) & _empty(new))
        other = np.flatnonzero(differ)
        if not other.size:
            continue
        rule = rules.get(column)
        measured = rule is None or (
            rule.kind != "id" and rule.unit != "deg" and not column.endswith("_year")
        )
        cells = {
            "column": column,
            "old": old[other],
            "new": new[other],
            "unit": rule.unit if rule else "",
            "relative": _relative(old[other], new[other]) if measured else None,
        }
        kind = RETYPED if (table, column) == ("link", "facility_type") else CHANGED
        ids = one[key].to_numpy()[other], two[key].to_numpy()[other]
        found.append(table_rows(table, kind, *ids, names(two.iloc[other]), **cells))
    return found


def _column(frame: pd.DataFrame, name: str) -> Any:
    return frame[name].to_numpy() if name in frame else np.full(len(frame), np.nan, dtype=object)


def _empty(values: Any) -> Bools:
    return np.asarray(pd.isna(values) | (values == ""), dtype=bool)


def _differ(old: Any, new: Any) -> Bools:
    if old.dtype.kind in "iuf" and new.dtype.kind in "iuf":
        same = np.isclose(
            old.astype(float), new.astype(float), rtol=ROUNDING, atol=ROUNDING, equal_nan=True
        )
        return np.asarray(~same)
    empty = pd.isna(old) & pd.isna(new)
    return np.asarray(~((old == new) | empty), dtype=bool)


def _relative(old: Any, new: Any) -> list[float | None]:
    """New over old, less one; None where that says nothing."""
    return [_ratio(*each) for each in zip(old.tolist(), new.tolist(), strict=True)]


def _ratio(old: Any, new: Any) -> float | None:
    numbers = all(
        isinstance(each, int | float) and not isinstance(each, bool) for each in (old, new)
    )
    if not numbers or not np.isfinite(old) or not np.isfinite(new) or old == 0:
        return None
    return float(new / old - 1.0)
