"""Differences as text to be read and as JSON for machines."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from transitplan.model.network import Network
from transitplan.model.tables import TABLES
from transitplan.versions.cells import blank, plain
from transitplan.versions.kinds import KINDS, TRANSIT

Count = tuple[tuple[str, str], int]  # table and kind, rows of the table


def to_json(a: Network, b: Network, changes: pd.DataFrame) -> str:
    """Names and versions of the two, counts, and one record a difference."""
    record = {
        "a": {"name": a.name, "version": a.version},
        "b": {"name": b.name, "version": b.version},
        "same": changes.empty,
        "counts": [{"table": table, "kind": kind, "n": n} for (table, kind), n in counts(changes)],
        "changes": [
            {str(key): plain(value) for key, value in row.items() if not blank(value)}
            for row in changes.to_dict("records")
        ],
    }
    return json.dumps(record, ensure_ascii=False, indent=1)


def to_text(a: Network, b: Network, changes: pd.DataFrame, *, most: int) -> str:
    """Counts, then one line a difference, at most so many of a kind."""
    if changes.empty:
        return f"{a.name} and {b.name} are the same."
    counted = counts(changes)
    lines = [f"{a.name} ({a.version}) → {b.name} ({b.version})", ""]
    lines += [f"{n:6d}  {titled(table)} {kind}" for (table, kind), n in counted]
    for (table, kind), _ in counted:
        rows = changes[(changes["table"] == table) & (changes["kind"] == kind)]
        lines += ["", f"{titled(table)} {kind}"]
        lines += [f"  {line(row)}" for row in rows.head(most).to_dict("records")]
        if len(rows) > most:
            lines.append(f"  … and {len(rows) - most} more")
    return "\n".join(lines)


def counts(changes: pd.DataFrame) -> list[Count]:
    """Rows of the tables that differ, by kind, in the order of tables and kinds."""
    rows = changes.drop_duplicates(["table", "kind", "id_a", "id_b"])
    counted = rows.groupby(["table", "kind"]).size()
    order = [(table, kind) for table in (*TABLES, *TRANSIT) for kind in KINDS]
    return [(key, int(counted[key])) for key in order if key in counted.index]


def titled(table: str) -> str:
    """Rows of a table, as people call them."""
    return f"{table.replace('_', ' ')}s"


def line(row: Mapping[Any, Any]) -> str:
    """One difference: who, name, column, old and new value, unit, relative size."""
    ids = [str(row[side]) for side in ("id_a", "id_b") if not blank(row[side])]
    who = ids[0] if len(set(ids)) == 1 else " → ".join(ids)
    name = "" if blank(row["name"]) else f" {row['name']}"
    return f"{who}{name}" if blank(row["column"]) else f"{who}{name}: {row['column']} {told(row)}"


def told(row: Mapping[Any, Any]) -> str:
    """Old and new value, unit and relative size of a changed cell."""
    unit = "" if blank(row["unit"]) else f" {row['unit']}"
    old, new = (shown(row[side]) for side in ("old", "new"))
    if blank(row["old"]) and row["column"] in {"line", "place"}:
        return f"{new}{unit} off"
    relative = "" if blank(row["relative"]) else f" ({row['relative']:+.1%})"
    return f"{old} → {new}{unit}{relative}"


def shown(value: Any) -> str:
    """Write a cell: whole numbers whole, others to six digits."""
    if blank(value):
        return "empty"
    if not isinstance(value, float | np.floating):
        return str(value)
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.6g}"
