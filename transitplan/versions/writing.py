"""The project card that turns one network into another, exactly."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from transitplan.errors import ValidationError
from transitplan.model.network import Network
from transitplan.model.tables import TABLES
from transitplan.versions.cards import Card
from transitplan.versions.cells import missing, plain
from transitplan.versions.draft import KEYS
from transitplan.versions.reading import card_from
from transitplan.versions.transit_writing import changes_of_transit


def card_between(a: Network, b: Network, project: str, *, notes: str = "") -> Card:
    """Return a card that turns a into b, row for row by id.

    The order of rows does not count, but for timetables, which become those of b to the last row.

    Raises
    ------
    ValidationError
        If the networks are the same or have different projections.
    """
    if a.crs != b.crs:
        raise ValidationError(
            f"no card turns the projection {a.crs} into {b.crs}. Write one network in that "
            "of the other."
        )
    changes: list[dict[str, Any]] = []
    changes += _own_columns(a, b)
    tables = {name: _parts(a, b, name) for name in TABLES}
    changes += _before_links(tables)
    changes += _of_roads(tables["link"], tables["node"])
    changes += _after_links(a, tables)
    changes += changes_of_transit(a.transit, b.transit)
    if not changes:
        raise ValidationError(f"{a.name} and {b.name} are the same: there is nothing to write.")
    return card_from({"project": project, "notes": notes, "changes": changes})


def _before_links(tables: "Mapping[str, _Parts]") -> list[dict[str, Any]]:
    """Links that go first, then rows that new links refer to."""
    gone = tables["link"].removed
    changes = [{"roadway_deletion": {"links": {"model_link_id": gone}}}] if gone else []
    for name in ("use_definition", "use_group", "zone", "geometry", "crossing"):
        changes += _table_change(name, tables[name], removals=False)
    return changes


def _of_roads(links: "_Parts", nodes: "_Parts") -> list[dict[str, Any]]:
    """New links and nodes, and cells of those that stay."""
    added = {key: rows for key, rows in (("nodes", nodes.added), ("links", links.added)) if rows}
    changes = [{"roadway_addition": added}] if added else []
    changes += _property_changes("links", "model_link_id", links)
    return changes + _property_changes("nodes", "model_node_id", nodes)


def _after_links(a: Network, tables: "Mapping[str, _Parts]") -> list[dict[str, Any]]:
    """Rows that refer to links, and what no link refers to any more."""
    turns = tables["movement"]
    if turns.removed:  # turns of links that went have gone with them
        before, lost = a.table("movement").set_index("mvmt_id"), tables["link"].removed
        gone = before["ib_link_id"].isin(lost) | before["ob_link_id"].isin(lost)
        turns.removed = [each for each in turns.removed if not gone[each]]
    changes: list[dict[str, Any]] = []
    for name in ("cluster", "vdf", "movement"):
        changes += _table_change(name, tables[name], removals=True)
    if tables["node"].removed:
        nodes = {"model_node_id": tables["node"].removed}
        changes.append({"roadway_deletion": {"nodes": nodes}})
    for name in ("crossing", "geometry", "zone", "use_group", "use_definition"):
        if tables[name].removed:
            changes.append({"table_change": {"table": name, "delete": tables[name].removed}})
    return changes


class _Parts:
    """Rows of a table that are added, removed and changed."""

    def __init__(self) -> None:
        self.added: list[dict[str, Any]] = []
        self.removed: list[Any] = []
        self.cells: dict[str, list[tuple[Hashable, Any, Any]]] = {}  # column: (id, old, new)


def _parts(a: Network, b: Network, table: str) -> _Parts:
    key, parts = KEYS[table], _Parts()
    if a.table(table).equals(b.table(table)):
        return parts
    one, two = (each.table(table).set_index(key, drop=False) for each in (a, b))
    parts.removed = [plain(each) for each in one.index[~one.index.isin(two.index)]]
    new = two[~two.index.isin(one.index)]
    parts.added = [
        {str(name): plain(cell) for name, cell in row.items() if not missing(cell)}
        for row in new.to_dict("records")
    ]
    both = one.index[one.index.isin(two.index)]
    one, two = one.loc[both], two.loc[both]
    for column in two.columns:
        if column == key:
            continue
        old = one[column] if column in one else pd.Series(np.nan, index=both, dtype=object)
        same = (old.to_numpy() == two[column].to_numpy()) | (
            old.isna().to_numpy() & two[column].isna().to_numpy()
        )
        changed = np.flatnonzero(~np.asarray(same, dtype=bool))
        if changed.size:
            parts.cells[str(column)] = [
                (plain(both[i]), plain(old.iloc[i]), plain(two[column].iloc[i]))
                for i in changed.tolist()
            ]
    return parts


def _own_columns(a: Network, b: Network) -> list[dict[str, Any]]:
    """Columns of the user that only one of the two has."""
    found = []
    for table in (name for name in b.table_names if name in a.table_names):
        rules = {rule.name for rule in TABLES[table]}
        one, two = ({str(label) for label in each.table(table)} - rules for each in (a, b))
        change = {
            key: sorted(labels)
            for key, labels in (("new_columns", two - one), ("drop_columns", one - two))
            if labels
        }
        if change:
            found.append({"table_change": {"table": table, **change}})
    return found


def _property_changes(what: str, id_name: str, parts: _Parts) -> list[dict[str, Any]]:
    """Changes of rows that stay: one for all that change alike."""
    alike: dict[Hashable, dict[str, Any]] = {}
    by_row: dict[Hashable, dict[str, dict[str, Any]]] = {}
    for column, cells in parts.cells.items():
        for each, old, new in cells:
            rule: dict[str, Any] = {"set": new}
            if not missing(old):
                rule["existing"] = old
            by_row.setdefault(each, {})[column] = rule
    for each, rules in by_row.items():
        key = repr(sorted(rules.items()))
        group = alike.setdefault(key, {"ids": [], "rules": rules})
        group["ids"].append(each)
    return [
        {
            "roadway_property_change": {
                "facility": {what: {id_name: group["ids"]}},
                "property_changes": group["rules"],
            }
        }
        for group in alike.values()
    ]


def _table_change(table: str, parts: _Parts, *, removals: bool) -> list[dict[str, Any]]:
    rows: dict[Hashable, dict[str, Any]] = {}
    for column, cells in parts.cells.items():
        for each, _, new in cells:
            rows.setdefault(each, {KEYS[table]: each})[column] = new
    change: dict[str, Any] = {"table": table}
    if removals and parts.removed:
        change["delete"] = parts.removed
    listed = [*rows.values(), *parts.added]
    if listed:
        change["set_rows"] = listed
    return [{"table_change": change}] if len(change) > 1 else []
