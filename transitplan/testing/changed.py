"""Which inputs are not what a baseline was made from, and which card wrote them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from transitplan.model.network import Network
from transitplan.testing.inputs import WRITES, Inputs
from transitplan.versions.diff import diff
from transitplan.versions.kinds import FILE, LINE, STOP

CLOSE_M = 0.01  # a node that moved by less was rounded
CLOSE_VPH = 0.01
TIMETABLE = {LINE: ("routes", "route_id", "line"), STOP: ("stops", "stop_id", "stop")}


@dataclass(frozen=True)
class InputChange:
    """One input that is not what the baseline was made from."""

    what: str
    ids: Mapping[str, str]  # link_id, crossing_id, node_id, …: what it is near to
    size: float  # share of the larger of old and new, 0 to 1
    card: str  # which card explains it, or that none does


def input_changes(old: Inputs, new: Inputs) -> list[InputChange]:
    """Every input that differs between a baseline and now."""
    found: list[InputChange] = []
    if old.network is not None and new.network is not None:
        found += _network_changes(old, new)
    if old.demand is not None and new.demand is not None:
        found += _demand_changes(old.demand, new.demand)
    return found


def _network_changes(old: Inputs, new: Inputs) -> list[InputChange]:
    assert old.network is not None and new.network is not None  # noqa: S101, PT018  by the caller
    if old.network.crs != new.network.crs:
        words = f"projection {old.network.crs} → {new.network.crs}"
        return [InputChange(words, {}, 1.0, "")]
    rows = diff(old.network, new.network).to_frame().to_dict("records")
    crossings = _column(old.network, "crossing_id") | _column(new.network, "crossing_id")
    ends = {
        end: _column(old.network, end) | _column(new.network, end)
        for end in ("from_node_id", "to_node_id")
    }
    writers = [_writers(each.cards) for each in (old, new)]
    changes = []
    for row in rows:
        if _unmoved(row):
            continue
        table, this = row["table"], row["id_a"] if row["id_b"] is None else row["id_b"]
        of_card, key, _ = TIMETABLE.get(table, (table, f"{table}_id", table))
        ids = {key: str(this)}
        if table == "link":
            ids |= {"crossing_id": crossings.get(this, "")}
            ids |= {end: str(by_link.get(this, "")) for end, by_link in ends.items()}
        card = _card(writers, of_card, str(this), row["column"] or "")
        changes.append(InputChange(_said(row, ids), ids, _size(row["old"], row["new"]), card))
    return _once(changes)


def _once(changes: list[InputChange]) -> list[InputChange]:
    """Tell a line of transit once, by its largest change: its headways change all together."""
    lines: dict[str, list[InputChange]] = {}
    for each in changes:
        lines.setdefault(each.ids.get("route_id", ""), []).append(each)
    found = lines.pop("", [])
    for listed in lines.values():
        largest = max(listed, key=lambda each: each.size)
        more = f" (and {len(listed) - 1} more of this line)" if len(listed) > 1 else ""
        found.append(replace(largest, what=largest.what + more))
    return found


def _unmoved(row: Mapping[Any, Any]) -> bool:
    """Whether a difference only comes from the way to disk: rounding, or an empty cell's type."""
    if row["table"] == FILE:
        return True  # lines and stops tell it
    if row["column"] == "place":
        return bool(row["new"] < CLOSE_M)
    return row["kind"] == "changed" and _value(row["old"]) == _value(row["new"])


def _column(network: Network, name: str) -> dict[Any, Any]:
    links = network.links
    return dict(zip(links["link_id"], links[name], strict=True))


def _writers(cards: pd.DataFrame | None) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    """Cards that wrote a row: property, project, file."""
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    if cards is not None:
        for row in cards.astype(str).to_dict("records"):
            key = (row["table"], row["id"])
            found.setdefault(key, []).append((row["property"], row["project"], row["file"]))
    return found


def _card(writers: list[Any], table: str, this: str, column: str) -> str:
    """Which card wrote a cell, now or in the baseline."""
    then, now = (
        list(
            dict.fromkeys(
                f"'{project}'" + (f" ({file})" if file else "")
                for name, project, file in each.get((table, this), ())
                if name in ("", column) or not column
            )
        )
        for each in writers
    )
    if now:
        return f"written by card {' and '.join(now)}"
    if then:
        return f"card {' and '.join(then)} wrote it in the baseline and is not applied now"
    return "no card wrote it" if any(writers) else ""


def _said(row: Mapping[Any, Any], ids: Mapping[str, str]) -> str:
    """Describe a row of a diff in one line."""
    shown = [str(row[side]) for side in ("id_a", "id_b") if row[side] is not None]
    who = " → ".join(dict.fromkeys(shown))
    _, _, noun = TIMETABLE.get(row["table"], ("", "", row["table"]))
    words = f"{noun} {who}"
    words += f" {row['name']}" if row["name"] else ""
    if row["table"] == "link" and ids["crossing_id"]:
        words += f" (crossing {ids['crossing_id']})"
    if not row["column"]:
        return f"{words}: {row['kind']}"
    unit = f" {row['unit']}" if row["unit"] else ""
    if row["column"] in ("line", "place"):
        return f"{words}: {row['column']} {row['new']:.3g}{unit} off"
    words += f": {row['column']} {_value(row['old'])} → {_value(row['new'])}{unit}"
    return words + (f" ({row['relative']:+.1%})" if row["relative"] is not None else "")


def _value(value: Any) -> str:
    if value is None or value == "" or value != value:  # noqa: PLR0124  not-a-number
        return "empty"
    return f"{value:.12g}" if isinstance(value, float | np.floating) else str(value)


def _size(old: Any, new: Any) -> float:
    numbers = all(isinstance(each, int | float | np.number) for each in (old, new))
    if not numbers or not np.isfinite([float(old), float(new)]).all():
        return 1.0
    largest = max(abs(float(old)), abs(float(new)))
    return abs(float(new) - float(old)) / largest if largest else 0.0


def _demand_changes(old: pd.DataFrame, new: pd.DataFrame) -> list[InputChange]:
    """Trip ends that differ, with the total of each class first."""
    key = ["zone_id", "class_name"]
    numbers = ["from_vph", "to_vph"]
    then, now = (each.set_index(key)[numbers].astype(float) for each in (old, new))
    both = then.index.union(now.index)
    then, now = (each.reindex(both, fill_value=0.0) for each in (then, now))
    changed = ((now - then).abs() > CLOSE_VPH).any(axis=1)
    found = []
    for name in both[changed].get_level_values("class_name").unique():
        before, after = (
            float(each.xs(name, level="class_name")["from_vph"].sum()) for each in (then, now)
        )
        found.append(_ends(f"demand of class {name}", {}, before, after))
    for column, word in (("from_vph", "from"), ("to_vph", "to")):
        off = (now[column] - then[column]).abs() > CLOSE_VPH
        for (zone, name), before, after in zip(
            both[off], then.loc[off, column], now.loc[off, column], strict=True
        ):
            who = f"demand of class {name} {word} zone {zone}"
            found.append(_ends(who, {"zone_id": str(zone)}, before, after))
    return found


def _ends(who: str, ids: Mapping[str, str], before: float, after: float) -> InputChange:
    relative = f" ({after / before - 1:+.1%})" if before else ""
    words = f"{who}: {before:,.1f} → {after:,.1f} veh/h{relative}"
    return InputChange(words, ids, _size(before, after), "")


def same_inputs(one: Inputs, other: Inputs) -> bool:
    """Whether nothing that moves a result differs, and the same cards wrote it."""
    for kind in ("network", "demand", "cards"):
        if (getattr(one, kind) is None) != (getattr(other, kind) is None):
            return False
    if one.cards is not None and other.cards is not None:
        rows = [each[WRITES].astype(str).to_numpy().tolist() for each in (one.cards, other.cards)]
        if rows[0] != rows[1]:
            return False
    return not input_changes(one, other)
