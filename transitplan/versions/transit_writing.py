"""The changes of a card that turn one timetable into another, exactly.

Trips that go and headways are said in the blocks of the dialect, all else row by row: what made a
line (speeds, pauses, detours) cannot be told from its times.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from transitplan.model.service import TransitService
from transitplan.model.tables import Column
from transitplan.model.transit_tables import TRANSIT_TABLES
from transitplan.versions.cells import plain
from transitplan.versions.transit_properties import HEADWAY
from transitplan.versions.transit_rows import ALL, KEYS, PREFIX, WHOLE, Key, keys

OF_TRIPS = ("trips", "stop_times", "frequencies")
BY_TRIP = ("stop_times", "frequencies")  # their order follows from the trips
Changes = list[dict[str, Any]]
Tables = dict[str, pd.DataFrame]


def changes_of_transit(a: TransitService | None, b: TransitService | None) -> Changes:
    """Return the changes of a card, in the order in which they are to be applied."""
    one, two = _tables(a), _tables(b)
    if b is None:
        return [{"table_change": {"table": WHOLE, "delete": [ALL]}}] if one else []
    changes = _trips_gone(one, two) if one else []
    changes += _headways(one, two)
    for name in TRANSIT_TABLES:
        changes += _rows(name, one.get(name), two.get(name))
    return changes


def _tables(service: TransitService | None) -> Tables:
    return {} if service is None else {name: service.table(name) for name in service.table_names}


def _trips_gone(one: Tables, two: Tables) -> Changes:
    """Trips that go: by line where a whole line goes. They are taken out of the tables given."""
    trips = one["trips"]
    lost = ~trips["trip_id"].isin(two["trips"]["trip_id"])
    if not lost.any():
        return []
    lines = trips["route_id"]
    whole = ~lines.isin(lines[~lost])
    picked = [
        ("route_properties", "route_id", lines[whole].unique().tolist()),
        ("trip_properties", "trip_id", trips.loc[lost & ~whole, "trip_id"].tolist()),
    ]
    ids = trips.loc[lost, "trip_id"]
    for name in OF_TRIPS:
        if name in one:
            one[name] = one[name][~one[name]["trip_id"].isin(ids)].reset_index(drop=True)
    return [
        {"transit_service_deletion": {"service": {where: {column: values}}}}
        for where, column, values in picked
        if values
    ]


def _headways(one: Tables, two: Tables) -> Changes:
    """Headways of spans that stay: one change for all trips that change alike; see _trips_gone."""
    if not {"frequencies"} <= set(one) & set(two):
        return []
    span = ["trip_id", "start_time", "end_time"]
    old = one["frequencies"]
    new = old[span].merge(two["frequencies"][[*span, HEADWAY]], on=span, how="left")[HEADWAY]
    moved = new.notna() & (new != old[HEADWAY])
    one["frequencies"] = old.assign(**{HEADWAY: new.where(moved, old[HEADWAY]).astype("int64")})
    rows = old[moved].assign(new=new[moved].astype("int64"))
    alike: dict[tuple[int, ...], list[str]] = {}
    for row in rows.to_dict("records"):
        change = tuple(row[label] for label in ("start_time", "end_time", HEADWAY, "new"))
        alike.setdefault(change, []).append(row["trip_id"])
    return [
        {
            "transit_property_change": {
                "service": {
                    "trip_properties": {"trip_id": trips},
                    "timespans": [[_clock(start), _clock(end)]],
                },
                "property_changes": {HEADWAY: {"existing": before, "set": after}},
            }
        }
        for (start, end, before, after), trips in sorted(alike.items())
    ]


def _rows(name: str, one: pd.DataFrame | None, two: pd.DataFrame | None) -> Changes:
    """Rows of one table that are added, changed and deleted, and its columns of the user."""
    none = TransitService({}).table(name)
    one, two = none if one is None else one, none if two is None else two
    if one.equals(two):
        return []
    change, one = _own_columns(name, one, two)
    here, there = keys(name, one), keys(name, two)
    kept = _kept(name, here, there)
    deleted = [key for key in here if key not in kept]
    if deleted:
        change["delete"] = _short(name, here, deleted)
    fresh = [row for row, key in enumerate(there) if key not in kept]
    cells = _cells(name, one, two, {key: row for row, key in enumerate(there)}, kept)
    rows = [*cells, *(_added(name, row) for row in two.iloc[fresh].to_dict("records"))]
    if rows:
        change["set_rows"] = rows
    stay = [key for key in here if key in kept]
    if not _in_order(name, stay + [there[row] for row in fresh], there):
        change["at"] = fresh
    return [{"table_change": {"table": PREFIX + name, **change}}] if change else []


def _own_columns(
    name: str, one: pd.DataFrame, two: pd.DataFrame
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Columns of the user to drop and to add, and the table after that; their order counts."""
    if two.empty:
        return {}, one
    ruled = {rule.name for rule in TRANSIT_TABLES[name]}
    old, new = ([str(each) for each in frame if each not in ruled] for frame in (one, two))
    stay = [each for each in old if each in new]
    if stay != new[: len(stay)]:
        stay = []
    parts = {
        "drop_columns": [each for each in old if each not in stay],
        "new_columns": [each for each in new if each not in stay],
    }
    frame = one.drop(columns=parts["drop_columns"])
    return (
        {key: names for key, names in parts.items() if names},
        frame.assign(**dict.fromkeys(parts["new_columns"], "")),
    )


def _kept(name: str, here: list[Key], there: list[Key]) -> set[Key]:
    """Keys of rows that stay in their order; others of both tables are deleted and added."""
    counts = Counter(here), Counter(there)
    both = [key for key in here if counts[0][key] == counts[1][key] == 1]
    if name in BY_TRIP:
        return set(both)
    place = {key: row for row, key in enumerate(there)}
    rows = [place[key] for key in both]
    return {there[row] for row in _longest_rising(rows)}


def _longest_rising(rows: list[int]) -> list[int]:
    """Longest part of a list that rises, by the piles of patience sorting."""
    tops: list[int] = []
    before: dict[int, int | None] = {}
    for row in rows:
        at = bisect_left(tops, row)
        before[row] = tops[at - 1] if at else None
        tops[at : at + 1] = [row]
    found = []
    last = tops[-1] if tops else None
    while last is not None:
        found.append(last)
        last = before[last]
    return found[::-1]


def _in_order(name: str, natural: list[Key], wanted: list[Key]) -> bool:
    """Whether rows stand where they should when new ones are put at the end."""
    if name in BY_TRIP:
        return True
    if name == "shapes":  # points of a shape are put in order in any case
        first = {key[0]: row for row, key in reversed(list(enumerate(natural)))}
        natural = sorted(natural, key=lambda key: (first[key[0]], key[1]))
    return natural == wanted


def _short(name: str, here: list[Key], deleted: list[Key]) -> list[Any]:
    """Keys to delete: their first part alone where all of its rows go."""
    gone, all_rows = Counter(key[0] for key in deleted), Counter(key[0] for key in here)
    whole = {first for first, count in gone.items() if count == all_rows[first]}
    rules = _rules(name)
    single = [
        [_written(rules[column], part) for column, part in zip(KEYS[name], key, strict=True)]
        for key in deleted
        if key[0] not in whole
    ]
    return [*(first for first in gone if first in whole), *single]


def _cells(
    name: str, one: pd.DataFrame, two: pd.DataFrame, place: Mapping[Key, int], kept: set[Key]
) -> list[dict[str, Any]]:
    """Key and changed cells of each row that stays and differs."""
    here = keys(name, one)
    stay = [row for row, key in enumerate(here) if key in kept]
    one, two = one.iloc[stay], two.iloc[[place[here[row]] for row in stay]]
    rules, found = _rules(name), dict[int, dict[str, Any]]()
    for column in two.columns:
        old, new = one[column].to_numpy(object), two[column].to_numpy(object)
        same = (old == new) | (pd.isna(old) & pd.isna(new))
        for row in np.flatnonzero(~same.astype(bool)).tolist():
            cells = found.setdefault(row, {each: two[each].iloc[row] for each in KEYS[name]})
            cells[str(column)] = new[row]
    return [
        {column: _written(rules.get(column), value) for column, value in found[row].items()}
        for row in sorted(found)
    ]


def _added(name: str, row: Mapping[Hashable, Any]) -> dict[str, Any]:
    """Cells of a new row, without those that are filled in so."""
    rules = _rules(name)
    cells = {}
    for label, value in row.items():
        rule = rules.get(str(label))
        usual = "" if rule is None or rule.kind in {"text", "date"} else rule.default
        if plain(value) != usual or (str(label) in KEYS[name] and value != ""):
            cells[str(label)] = _written(rule, value)
    return cells


def _rules(name: str) -> dict[str, Column]:
    return {rule.name: rule for rule in TRANSIT_TABLES[name]}


def _written(rule: Column | None, value: Any) -> Any:
    return _clock(value) if rule is not None and rule.kind == "time" else plain(value)


def _clock(time_s: Any) -> str:
    second = int(time_s)
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
