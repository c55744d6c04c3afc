"""What differs between two versions of a network, in the words of a planner."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools
from transitplan.errors import ValidationError
from transitplan.model.network import Network
from transitplan.model.tables import TABLES
from transitplan.versions.draft import KEYS
from transitplan.versions.matching import MERGED, REVERSED, SAME, SPLIT, Matching, match

COLUMNS = ("table", "kind", "id_a", "id_b", "name", "column", "old", "new", "unit", "relative")
KINDS = (
    "added",
    "removed",
    SPLIT,
    MERGED,
    "moved",
    REVERSED,
    "renumbered",
    "reshaped",
    "changed",
)
BY_PLACE = ("node", "link")  # matched by more than their ids
APART = {  # columns that are not compared cell by cell
    "node": ("node_id", "x_m", "y_m"),
    "link": ("link_id", "from_node_id", "to_node_id", "geometry_id", "dir_flag"),
}
CLOSE_M = 0.01  # lines that differ by less are the same drawing
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class NetworkDiff:
    """Differences of network b against network a.

    changes
        table, kind (added, removed, split, merged, moved, reversed, renumbered, reshaped,
        changed), id_a, id_b, name, column, old, new, unit, relative (new over old, less one; where
        both are numbers)
    """

    a: Network
    b: Network
    matching: Matching
    changes: pd.DataFrame

    @property
    def same(self) -> bool:
        """Whether nothing differs but the order of rows."""
        return self.changes.empty

    def to_frame(self) -> pd.DataFrame:
        """One row a difference; see ``NetworkDiff.changes``."""
        return self.changes.copy()

    def to_json(self) -> str:
        """Differences as JSON: names and versions of the two, counts, and one record each."""
        record = {
            "a": {"name": self.a.name, "version": self.a.version},
            "b": {"name": self.b.name, "version": self.b.version},
            "same": self.same,
            "counts": [
                {"table": table, "kind": kind, "n": n} for (table, kind), n in self._counts()
            ],
            "changes": [
                {str(key): _plain(value) for key, value in row.items() if not _empty(value)}
                for row in self.changes.to_dict("records")
            ],
        }
        return json.dumps(record, ensure_ascii=False, indent=1)

    def to_text(self, *, most: int = 40) -> str:
        """Differences to be read: counts, then one line each, at most so many of a kind."""
        if self.same:
            return f"{self.a.name} and {self.b.name} are the same."
        lines = [f"{self.a.name} ({self.a.version}) → {self.b.name} ({self.b.version})", ""]
        lines += [f"{n:6d}  {table}s {kind}" for (table, kind), n in self._counts()]
        for (table, kind), _ in self._counts():
            rows = self.changes[(self.changes["table"] == table) & (self.changes["kind"] == kind)]
            lines += ["", f"{table}s {kind}"]
            lines += [f"  {_line(row)}" for row in rows.head(most).to_dict("records")]
            if len(rows) > most:
                lines.append(f"  … and {len(rows) - most} more")
        return "\n".join(lines)

    def to_card(self, project: str, *, notes: str = "") -> "Any":
        """Return the project card that turns a into b; see ``versions.writing``."""
        from transitplan.versions.writing import card_between

        return card_between(self.a, self.b, project, notes=notes)

    def __repr__(self) -> str:
        """Return one line: how many of each kind."""
        counted = ", ".join(f"{n} {table}s {kind}" for (table, kind), n in self._counts())
        return f"NetworkDiff({self.a.name!r} → {self.b.name!r}: {counted or 'the same'})"

    def _counts(self) -> list[tuple[tuple[str, str], int]]:
        """Rows of the tables that differ, by kind, in the order of tables and kinds."""
        rows = self.changes.drop_duplicates(["table", "kind", "id_a", "id_b"])
        counted = rows.groupby(["table", "kind"]).size()
        order = [(table, kind) for table in TABLES for kind in KINDS]
        return [(key, int(counted[key])) for key in order if key in counted.index]


def diff(a: Network, b: Network) -> NetworkDiff:
    """Compare two versions of a network.

    Nodes and links are matched by id, then by place, so that renumbered, moved, reversed, split and
    merged links are told from new ones; rows of other tables by their key. The order of rows does
    not count.

    Raises
    ------
    ValidationError
        If the networks have different projections, so that places cannot be compared.

    Examples
    --------
    >>> from transitplan.model.cases import braess
    >>> from transitplan.model.edits import close_links
    >>> network, _ = braess()
    >>> diff(network, close_links(network, [3], reason="works")).changes["kind"].tolist()
    ['removed']
    """
    if a.crs != b.crs:
        raise ValidationError(
            f"diff: {a.name} is projected as {a.crs} and {b.name} as {b.crs}. Write one of them in "
            "the projection of the other."
        )
    matching = match(a, b)
    parts = [_by_place(a, b, matching, table) for table in BY_PLACE]
    parts += [_by_key(a, b, table) for table in TABLES if table not in (*BY_PLACE, "geometry")]
    changes = pd.concat([part for part in parts if len(part)] or [_frame([])], ignore_index=True)
    return NetworkDiff(a, b, matching, changes)


def _by_place(a: Network, b: Network, matching: Matching, table: str) -> pd.DataFrame:
    pairs = matching.nodes if table == "node" else matching.links
    one, two = a.table(table), b.table(table)
    rows_a, rows_b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    gone, new = np.ones(len(one), dtype=bool), np.ones(len(two), dtype=bool)
    gone[rows_a], new[rows_b] = False, False
    rows: list[tuple[Any, ...]] = []
    if table == "link":
        chained = matching.chains
        gone[chained["a"].to_numpy(dtype=np.int64)] = False
        new[chained["b"].to_numpy(dtype=np.int64)] = False
        rows += _chain_rows(one, two, chained)
    key = KEYS[table]
    ids_a, ids_b = one[key].tolist(), two[key].tolist()
    names_a, names_b = one["name"].tolist(), two["name"].tolist()
    rows += [(table, "added", None, ids_b[i], names_b[i]) for i in _where(new)]
    rows += [(table, "removed", ids_a[i], None, names_a[i]) for i in _where(gone)]
    other = pairs[pairs["how"] != SAME]
    rows += [
        (table, how, ids_a[i], ids_b[j], names_b[j])
        for i, j, how in zip(other["a"], other["b"], other["how"], strict=True)
    ]
    if table == "node":
        rows += _shifts(one, two, pairs)
    else:
        rows += _reshaped(a, b, one, two, pairs)
        rows += _rewired(a, b, matching)
    rows += _cells(table, one.iloc[rows_a], two.iloc[rows_b], APART[table])
    return _frame(rows)


def _chain_rows(
    one: pd.DataFrame, two: pd.DataFrame, chains: pd.DataFrame
) -> list[tuple[Any, ...]]:
    return [
        ("link", how, one["link_id"].iloc[i], two["link_id"].iloc[j], two["name"].iloc[j])
        for i, j, how in zip(chains["a"], chains["b"], chains["how"], strict=True)
    ]


def _shifts(one: pd.DataFrame, two: pd.DataFrame, pairs: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Nodes that stand elsewhere by a little; those far off are moved already."""
    off = np.hypot(
        *(
            two[axis].to_numpy()[pairs["b"]] - one[axis].to_numpy()[pairs["a"]]
            for axis in ("x_m", "y_m")
        )
    )
    near = (off > 0.0) & (pairs["how"] != "moved").to_numpy()
    rows = []
    for k in _where(near):
        i, j = pairs["a"].iloc[k], pairs["b"].iloc[k]
        place = ("node", "moved", one["node_id"].iloc[i], two["node_id"].iloc[j])
        rows.append((*place, two["name"].iloc[j], "place", None, float(off[k]), "m", None))
    return rows


def _reshaped(
    a: Network, b: Network, one: pd.DataFrame, two: pd.DataFrame, pairs: pd.DataFrame
) -> list[tuple[Any, ...]]:
    """Links whose line is another, their ends being the same."""
    import shapely

    drawn = one["geometry_id"].notna().to_numpy()[pairs["a"]]
    drawn |= two["geometry_id"].notna().to_numpy()[pairs["b"]]
    kept = pairs[drawn & (pairs["how"] != REVERSED).to_numpy()]
    if kept.empty:
        return []
    lines_a, lines_b = a.link_lines()[kept["a"]], b.link_lines()[kept["b"]]
    other = ~shapely.equals_identical(lines_a, lines_b)
    off = np.zeros(len(kept))
    off[other] = shapely.hausdorff_distance(lines_a[other], lines_b[other])
    rows = []
    for k in _where(off > CLOSE_M):
        i, j = kept["a"].iloc[k], kept["b"].iloc[k]
        link = ("link", "reshaped", one["link_id"].iloc[i], two["link_id"].iloc[j])
        rows.append((*link, two["name"].iloc[j], "line", None, float(off[k]), "m", None))
    return rows


def _rewired(a: Network, b: Network, matching: Matching) -> list[tuple[Any, ...]]:
    """Links that end elsewhere although their id is the same."""
    partner = dict(
        zip(
            a.nodes["node_id"].iloc[matching.nodes["a"]],
            b.nodes["node_id"].iloc[matching.nodes["b"]],
            strict=True,
        )
    )
    moved = matching.links[matching.links["how"] == "moved"]
    rows = []
    for i, j in zip(moved["a"], moved["b"], strict=True):
        for end in ("from_node_id", "to_node_id"):
            old, new = a.links[end].iloc[i], b.links[end].iloc[j]
            if partner.get(old) != new:
                ids = (a.links["link_id"].iloc[i], b.links["link_id"].iloc[j])
                name = b.links["name"].iloc[j]
                rows.append(("link", "moved", *ids, name, end, old, new, "", None))
    return rows


def _by_key(a: Network, b: Network, table: str) -> pd.DataFrame:
    key = KEYS[table]
    one, two = (frame.table(table).set_index(key, drop=False) for frame in (a, b))
    rows: list[tuple[Any, ...]] = []
    named = "name" in one and "name" in two
    for kind, frame, other in (("added", two, one), ("removed", one, two)):
        for each in frame.index[~frame.index.isin(other.index)]:
            ids = (None, each) if kind == "added" else (each, None)
            rows.append((table, kind, *ids, frame["name"][each] if named else ""))
    both = one.index[one.index.isin(two.index)]
    rows += _cells(table, one.loc[both], two.loc[both], (key,))
    return _frame(rows)


def _cells(
    table: str, one: pd.DataFrame, two: pd.DataFrame, skipped: tuple[str, ...]
) -> list[tuple[Any, ...]]:
    """Cells of matched rows that differ; rows stand in the same order in both."""
    key, units = KEYS[table], {rule.name: rule.unit for rule in TABLES[table]}
    names = two["name"].to_numpy() if "name" in two else np.full(len(two), "", dtype=object)
    columns = [str(label) for label in dict.fromkeys([*one.columns, *two.columns])]
    rows: list[tuple[Any, ...]] = []
    for column in columns:
        if column in skipped:
            continue
        old, new = (
            frame[column].to_numpy()
            if column in frame
            else np.full(len(frame), np.nan, dtype=object)
            for frame in (one, two)
        )
        for k in _where(_differ(old, new)):
            ids = (one[key].iloc[k], two[key].iloc[k], names[k], column)
            relative = _relative(old[k], new[k])
            rows.append((table, "changed", *ids, old[k], new[k], units.get(column, ""), relative))
    return rows


def _column(frame: pd.DataFrame, name: str) -> Any:
    return frame[name].to_numpy() if name in frame else np.full(len(frame), np.nan, dtype=object)


def _differ(old: Any, new: Any) -> Bools:
    if old.dtype.kind in "iuf" and new.dtype.kind in "iuf":
        same = np.isclose(
            old.astype(float), new.astype(float), rtol=ROUNDING, atol=ROUNDING, equal_nan=True
        )
        return np.asarray(~same)
    empty = pd.isna(old) & pd.isna(new)
    return np.asarray(~((old == new) | empty), dtype=bool)


def _relative(old: Any, new: Any) -> float | None:
    numbers = all(
        isinstance(each, int | float | np.number) and not isinstance(each, bool)
        for each in (old, new)
    )
    if not numbers or not np.isfinite(float(old)) or not np.isfinite(float(new)) or old == 0:
        return None
    return float(new) / float(old) - 1.0


def _where(mask: Any) -> Iterator[int]:
    yield from np.flatnonzero(mask).tolist()


def _frame(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    whole = [row + (None,) * (len(COLUMNS) - len(row)) for row in rows]
    return pd.DataFrame(whole, columns=list(COLUMNS), dtype=object)


def _line(row: Mapping[Any, Any]) -> str:
    ids = [str(row[side]) for side in ("id_a", "id_b") if not _empty(row[side])]
    who = ids[0] if len(set(ids)) == 1 else " → ".join(ids)
    name = f" {row['name']}" if row["name"] else ""
    if _empty(row["column"]):
        return f"{who}{name}"
    unit = f" {row['unit']}" if row["unit"] else ""
    old, new = (_shown(row[side]) for side in ("old", "new"))
    change = (
        f"{new}{unit} off"
        if _empty(row["old"]) and row["column"] in ("line", "place")
        else (f"{old} → {new}{unit}")
    )
    relative = "" if _empty(row["relative"]) else f" ({row['relative']:+.1%})"
    return f"{who}{name}: {row['column']} {change}{relative}"


def _shown(value: Any) -> str:
    if _empty(value):
        return "empty"
    return f"{value:g}" if isinstance(value, float | np.floating) else str(value)


def _empty(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and np.isnan(value))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
