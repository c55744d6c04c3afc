"""Rows that differ, each once, with all that is to be said of it in both languages."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from transitplan.arrays import Objects
from transitplan.model.network import Network
from transitplan.model.tables import column as rule_of
from transitplan.versions import words
from transitplan.versions.cells import blank
from transitplan.versions.draft import KEYS
from transitplan.versions.kinds import ADDED, LINE, MERGED, REMOVED, SPLIT, STOP, TRANSIT
from transitplan.versions.places import places
from transitplan.versions.telling import shown
from transitplan.viz.text import Text, as_text
from transitplan.viz.words import ROAD_CLASSES

Row = tuple[Text, Text]  # label, value
FACTS = {  # what a new or lost row is described by
    "link": ("facility_type", "lanes", "length_m", "free_speed_kph", "structure", "crossing_id"),
    "zone": ("population", "jobs"),
    "crossing": ("form", "status", "open_year", "lanes"),
    "cluster": ("kind",),
    "movement": ("ib_link_id", "ob_link_id", "allowed_uses"),
    "node": ("node_type",),
}
NAMED = {LINE: ("routes", "route_long_name"), STOP: ("stops", "stop_name")}
OFF = {"line", "place"}  # columns whose value is a distance


class Entry(NamedTuple):
    """One row that differs."""

    table: str
    ids: str
    name: Text
    kinds: frozenset[str]
    rows: tuple[Row, ...]
    place: Any  # point or line in projected metres, or None


def entries(a: Network, b: Network, changes: pd.DataFrame) -> Iterator[Entry]:
    """All that differs, one entry a row of a table."""
    for table, of_table in changes.groupby("table", sort=False):
        name = str(table)
        known = [_known(network, name) for network in (a, b)]
        spots = place_of(a, b, name, of_table)
        gathered: dict[tuple[Any, Any], list[int]] = {}
        for at, key in enumerate(zip(of_table["id_a"], of_table["id_b"], strict=True)):
            gathered.setdefault(key, []).append(at)
        records = of_table.to_dict("records")
        for (id_a, id_b), rows in gathered.items():
            own = known[0].get(id_a, {}) if id_b is None else known[1].get(id_b, {})
            yield Entry(
                name,
                _ids(id_a, id_b),
                Text(str(own.get("name") or ""), str(own.get("name_zh") or "")),
                frozenset(str(records[k]["kind"]) for k in rows),
                tuple(row for k in rows for row in _said(records[k], name, own)),
                spots[rows[0]],
            )


def place_of(a: Network, b: Network, table: str, rows: pd.DataFrame) -> Objects:
    """Where each changed row lies: in b, or in a where it is gone."""
    found = np.full(len(rows), None, dtype=object)
    gone = (rows["kind"] == REMOVED).to_numpy()
    for network, side, mask in ((a, "id_a", gone), (b, "id_b", ~gone)):
        found[mask] = places(network, table, rows[side].to_numpy()[mask])
    return found


def _known(network: Network, table: str) -> dict[Any, dict[str, Any]]:
    """Name and facts of each row."""
    if table in TRANSIT:
        return _transit_names(network, table)
    frame = network.table(table)
    columns = [
        label for label in ("name", "name_zh", *FACTS.get(table, ())) if label in frame.columns
    ]
    return dict(zip(frame[KEYS[table]].tolist(), frame[columns].to_dict("records"), strict=True))


def _transit_names(network: Network, table: str) -> dict[Any, dict[str, Any]]:
    """Names of lines or stops in both languages."""
    if network.transit is None or table not in NAMED:
        return {}
    file, field = NAMED[table]
    english, chinese = network.transit.table(file), network.transit.names(file, field, "zh")
    english = english.set_index(english.columns[0] if file == "stops" else "route_id")
    return {
        each: {"name": english.loc[each, field], "name_zh": chinese[each]} for each in english.index
    }


def _ids(id_a: Any, id_b: Any) -> str:
    ids = [str(each) for each in (id_a, id_b) if each is not None]
    return ids[0] if len(set(ids)) == 1 else " → ".join(ids)


def _said(record: Mapping[Any, Any], table: str, own: Mapping[str, Any]) -> list[Row]:
    """Lines of the popup for one difference."""
    kind, column = record["kind"], record["column"]
    if not blank(column):
        return [(words.column(column), value_text(record))]
    if kind == SPLIT:
        return [(words.KINDS[kind], Text("part of ", "原路段 ") + str(record["id_a"]))]
    if kind == MERGED:
        return [(words.KINDS[kind], Text("with others into ", "并入 ") + str(record["id_b"]))]
    found: list[Row] = [(words.KINDS[kind], as_text("✓"))]
    if kind in {ADDED, REMOVED}:
        found += [
            (words.column(label), cell_text(label, own[label], _unit(table, label)))
            for label in FACTS.get(table, ())
            if not blank(own.get(label))
        ]
    return found


def value_text(record: Mapping[Any, Any]) -> Text:
    """Old → new, unit and relative size."""
    column, unit = record["column"], words.unit(record["unit"] or "")
    if column in OFF and blank(record["old"]):
        return Text("off by ", "偏移 ") + shown(record["new"]) + unit
    old, new = (cell_text(column, record[side], "") for side in ("old", "new"))
    relative = "" if blank(record["relative"]) else f" ({record['relative']:+.1%})"
    return old + " → " + new + unit + relative


def cell_text(column: str, value: Any, unit: str) -> Text:
    """Write one cell, with its unit."""
    if blank(value):
        return Text("empty", "空")
    if column == "facility_type":
        return ROAD_CLASSES.get(value) or as_text(str(value))
    return as_text(shown(value)) + words.unit(unit)


def _unit(table: str, column: str) -> str:
    return rule_of(table, column).unit
