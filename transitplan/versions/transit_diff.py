"""What differs between two timetables: lines, stops, headways by period, running times, patterns.

A line and a stop are the same where they have the same id; else a line by its names and mode, a
stop by its name and place. What the tables say besides is told as rows of a file that differ, so
that two timetables are never called the same when they are not.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from transitplan.arrays import Floats, Objects
from transitplan.model.service import TransitService
from transitplan.model.transit_checks import great_circle_m
from transitplan.model.transit_tables import TRANSIT_TABLES
from transitplan.versions.cells import only_in_one
from transitplan.versions.comparing import COLUMNS, cell_rows, table_rows
from transitplan.versions.kinds import (
    ADDED,
    CHANGED,
    FILE,
    LINE,
    MOVED,
    REMOVED,
    RENUMBERED,
    STOP,
)
from transitplan.versions.line_profiles import profiles

NEAR_M = 30.0  # a stop of the same name no further off is the same stop
PLACE = ("stop_lon", "stop_lat")
STILL_M = 0.1  # a stop that stands no further off has not moved
DEGREES_M = 111_195.0  # metres of a degree of latitude
RUNNING = ("trips", "stop_times", "frequencies", "calendar", "calendar_dates")
NONE = TransitService({}, "no transit")
NAMED = {"routes": "route_long_name", "stops": "stop_name"}  # what is translated


def transit_changes(a: TransitService | None, b: TransitService | None) -> pd.DataFrame:
    """Return one row a difference, with the columns of a difference of networks.

    Tables are ``transit_line``, ``transit_stop`` and ``transit_file``, whose rows count the rows of
    a GTFS file that only one of the two has.
    """
    a, b = a or NONE, b or NONE
    none = pd.DataFrame(columns=list(COLUMNS), dtype=object)
    if a.version == b.version:
        return none
    stops, lines = _stop_pairs(a, b), _line_pairs(a, b)
    found = _stops(a, b, stops) + _lines(a, b, lines)
    found += _profiles(a, b, lines, stops)
    found += _files(a, b)
    return pd.concat([part for part in found if len(part)] or [none], ignore_index=True)


def _line_pairs(a: TransitService, b: TransitService) -> pd.DataFrame:
    """Lines of both: a, b (ids)."""
    kept = ["route_short_name", "route_long_name", "route_type"]
    one, two = (each.routes.rename(columns={"route_id": "id"}) for each in (a, b))
    return _pairs(one, two, kept)


def _pairs(one: pd.DataFrame, two: pd.DataFrame, alike: list[str]) -> pd.DataFrame:
    """Rows of one id, then those left that alone have the same values."""
    same = one["id"][one["id"].isin(two["id"])]
    left, right = one[~one["id"].isin(same)], two[~two["id"].isin(same)]
    left, right = (each[~each.duplicated(alike, keep=False)] for each in (left, right))
    more = left.merge(right, on=alike, suffixes=("_a", "_b"))
    return pd.DataFrame({"a": [*same, *more["id_a"]], "b": [*same, *more["id_b"]]}, dtype=object)


def _stop_pairs(a: TransitService, b: TransitService) -> pd.DataFrame:
    """Stops of both: those of one id, then the nearest of the same name, each the other's."""
    one, two = a.stops, b.stops
    same = one["stop_id"][one["stop_id"].isin(two["stop_id"])].tolist()
    left, right = (each[~each["stop_id"].isin(same)] for each in (one, two))
    left, right = (each[each["stop_lat"].notna()] for each in (left, right))
    found: list[tuple[Any, Any]] = [(each, each) for each in same]
    if len(left) and len(right):
        here_m, there_m = _flat(left, left), _flat(right, left)
        away, there = (np.asarray(each) for each in cKDTree(there_m).query(here_m))
        back = np.asarray(cKDTree(here_m).query(there_m)[1])
        alike = left["stop_name"].to_numpy() == right["stop_name"].to_numpy()[there]
        here = np.flatnonzero((away <= NEAR_M) & (back[there] == np.arange(len(left))) & alike)
        ids = left["stop_id"].iloc[here], right["stop_id"].iloc[there[here]]
        found += zip(*ids, strict=True)
    return pd.DataFrame(found, columns=["a", "b"], dtype=object)


def _flat(stops: pd.DataFrame, around: pd.DataFrame) -> Floats:
    """Places in metres on a plane, true for the latitude of the stops."""
    shrink = np.cos(np.radians(around["stop_lat"].mean()))
    lon, lat = stops["stop_lon"].to_numpy(float), stops["stop_lat"].to_numpy(float)
    plane: Floats = np.column_stack([lon * shrink, lat]) * DEGREES_M
    return plane


def _titles(service: TransitService, table: str) -> "pd.Series[Any]":
    """What people call each row, by its id: its name, or its number."""
    if table == "stops":
        return service.stops.set_index("stop_id")["stop_name"]
    routes = service.routes.set_index("route_id")
    return routes["route_long_name"].where(
        routes["route_long_name"] != "", routes["route_short_name"]
    )


def _came_and_went(
    word: str, table: str, services: tuple[TransitService, TransitService], pairs: pd.DataFrame
) -> list[pd.DataFrame]:
    """Rows that are only in one of the two, and those whose id is another."""
    names = [_titles(service, table) for service in services]
    gone = names[0][~names[0].index.isin(pairs["a"])]
    new = names[1][~names[1].index.isin(pairs["b"])]
    other = pairs[pairs["a"] != pairs["b"]]
    called = names[1].reindex(other["b"])
    return [
        table_rows(word, ADDED, None, new.index.to_numpy(object), new),
        table_rows(word, REMOVED, gone.index.to_numpy(object), None, gone),
        table_rows(word, RENUMBERED, other["a"], other["b"], called),
    ]


def _stops(a: TransitService, b: TransitService, pairs: pd.DataFrame) -> list[pd.DataFrame]:
    one, two = _matched("stops", "stop_id", a, b, pairs)
    places = [frame[axis].to_numpy(float) for frame in (one, two) for axis in PLACE]
    off = np.nan_to_num(great_circle_m(*places))
    far = off > STILL_M
    moved = table_rows(
        STOP,
        MOVED,
        one["stop_id"].to_numpy()[far],
        two["stop_id"].to_numpy()[far],
        two["stop_name"].to_numpy()[far],
        column="place",
        new=off[far],
        unit="m",
    )
    cells = cell_rows(STOP, one, two, "stop_id", TRANSIT_TABLES["stops"], ("stop_id", *PLACE))
    return [*_came_and_went(STOP, "stops", (a, b), pairs), moved, *cells]


def _lines(a: TransitService, b: TransitService, pairs: pd.DataFrame) -> list[pd.DataFrame]:
    one, two = _matched("routes", "route_id", a, b, pairs)
    cells = cell_rows(LINE, one, two, "route_id", TRANSIT_TABLES["routes"], ("route_id",))
    return [*_came_and_went(LINE, "routes", (a, b), pairs), *cells]


def _matched(
    table: str, key: str, a: TransitService, b: TransitService, pairs: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of both in one order, with ``name`` and ``name_zh``."""
    frames = []
    for service, side in ((a, "a"), (b, "b")):
        frame = service.table(table).set_index(key, drop=False)
        chinese = service.names(table, NAMED[table], "zh")
        named = frame.assign(name_zh=chinese.where(chinese != frame[NAMED[table]], ""))
        frames.append(named.assign(name=_titles(service, table)).loc[pairs[side]])
    one, two = frames
    return one.assign(name=two["name"].to_numpy()), two  # GTFS's own column tells of its change


def _profiles(
    a: TransitService, b: TransitService, lines: pd.DataFrame, stops: pd.DataFrame
) -> list[pd.DataFrame]:
    """Headways, running times and stops of lines that both have."""
    if all(a.table(name).equals(b.table(name)) for name in RUNNING):
        return []
    partner = dict(zip(stops["a"], stops["b"], strict=True))
    one, two = profiles(a, partner), profiles(b, {})
    names = _titles(b, "routes")
    found = []
    for id_a, id_b in zip(lines["a"], lines["b"], strict=True):
        old, new = one.get(id_a, {}), two.get(id_b, {})
        keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        rows = [_row(key, old.get(key), new.get(key)) for key in keys]
        columns = {label: [row[label] for row in rows] for label in (rows[0] if rows else {})}
        if rows:
            size = len(rows)
            found.append(
                table_rows(LINE, CHANGED, [id_a] * size, [id_b] * size, names[id_b], **columns)
            )
    return found


def _row(key: tuple[str, str], old: Any, new: Any) -> dict[str, Any]:
    column, unit = key
    if isinstance(old, tuple) and isinstance(new, tuple):
        if set(old) != set(new):
            column = column.replace("stops ", "stops that only one has, ", 1)
        old, new = _apart(old, new)
    numbers = isinstance(old, float) and isinstance(new, float) and old
    written = [
        "; ".join(map(str, each)) if isinstance(each, tuple) else each for each in (old, new)
    ]
    return {
        "column": column,
        "old": written[0],
        "new": written[1],
        "unit": unit,
        "relative": new / old - 1.0 if numbers else None,
    }


def _apart(old: tuple[Any, ...], new: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Stops that only one of two patterns has; both whole where only their order differs."""
    gone = tuple(each for each in old if each not in new)
    more = tuple(each for each in new if each not in old)
    return (gone, more) if gone or more else (old, new)


def _files(a: TransitService, b: TransitService) -> list[pd.DataFrame]:
    """Rows that only one of two tables has, whatever they mean; lines and stops are told above."""
    counts: Mapping[str, tuple[int, int]] = {
        name: only_in_one(a.table(name), b.table(name))
        for name in TRANSIT_TABLES
        if name not in {"routes", "stops"}
    }
    names = [name for name, (gone, new) in counts.items() if gone or new]
    if not names:
        return []
    gone, new = (np.array([counts[name][side] for name in names]) for side in (0, 1))
    ids: Objects = np.array(names, dtype=object)
    cells = {"column": "rows that only one has", "old": gone, "new": new}
    return [table_rows(FILE, CHANGED, ids, ids, "", **cells)]
