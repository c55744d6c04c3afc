"""Build a service of tables: defaults, order of rows, times that are missing, every check."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats, Ints
from transitplan.errors import ValidationError
from transitplan.model.checks import misspelt
from transitplan.model.service import TransitService
from transitplan.model.tables import Column
from transitplan.model.transit_checks import doubts, faults, great_circle_m
from transitplan.model.transit_tables import (
    REQUIRED_TRANSIT,
    SUFFIX,
    TRANSIT_TABLES,
    dtype_of,
)

DOUBT = "kept, though doubtful: "  # how such a note begins
_DTYPES: dict[str, Any] = {"float": "float64", "int": "float64", "time": "float64"}  # gaps are NaN


def build_transit(
    tables: Mapping[str, pd.DataFrame],
    *,
    name: str = "transit",
    notes: Sequence[str] = (),
    tolerate: bool = False,
) -> TransitService:
    """Fill in defaults, order the rows, check every rule and return the service.

    Parameters
    ----------
    tables
        Frames by the names of GTFS's files, numbers as numbers and times as seconds.
    tolerate
        Keep what can hardly be meant (a bus at 400 km/h), and say it in the notes.

    Raises
    ------
    ValidationError
        With all problems at once.
    """
    found = [
        f"{table}{SUFFIX}: the file is missing."
        for table in REQUIRED_TRANSIT
        if table not in tables
    ]
    found += [
        text
        for table, frame in tables.items()
        for text in misspelt(table, frame, TRANSIT_TABLES[table], suffix=SUFFIX)
    ]
    if found:
        raise ValidationError(found)
    complete = {
        table: _complete(tables[table], rules)
        for table, rules in TRANSIT_TABLES.items()
        if table in tables and (len(tables[table]) or table in REQUIRED_TRANSIT)
    }
    _order(complete)
    notes = [*notes, *_fill_times(complete)]
    found = faults(complete)
    if not found:
        doubtful = doubts(complete)
        if doubtful and not tolerate:
            found = [*doubtful, "Correct these rows, or say tolerate to keep them as they are."]
        notes += [f"{DOUBT}{text}" for text in doubtful]
    if found:
        raise ValidationError(found)
    settled = {
        table: frame.astype(
            {
                rule.name: dtype_of(rule)
                for rule in TRANSIT_TABLES[table]
                if rule.kind in {"int", "time"}
            }
        ).reset_index(drop=True)
        for table, frame in complete.items()
    }
    return TransitService(settled, name=name, notes=tuple(notes))


def _complete(frame: pd.DataFrame, rules: tuple[Column, ...]) -> pd.DataFrame:
    """Add absent columns, fill empty cells from the defaults, set types, order the columns."""
    columns: dict[str, pd.Series[Any]] = {}
    for rule in rules:
        if rule.name not in frame.columns and rule.required:
            continue  # reported by the checks
        values = frame.get(rule.name)
        if rule.kind in _DTYPES:
            numbers = pd.Series(np.nan, index=frame.index) if values is None else values
            numbers = numbers.astype(_DTYPES[rule.kind])
            columns[rule.name] = numbers if rule.default is None else numbers.fillna(rule.default)
            continue
        texts = pd.Series("", index=frame.index) if values is None else values.astype("str")
        texts = texts.fillna("")
        default = rule.default or ""
        columns[rule.name] = texts.where(texts != "", default) if default else texts
    extra = [label for label in frame.columns if label not in columns]
    own = {label: frame[label].astype("str").fillna("") for label in extra}
    return pd.DataFrame({**columns, **own}, index=frame.index)


def _order(tables: dict[str, pd.DataFrame]) -> None:
    """Sort the rows that belong to trips and shapes, in place; index stays the row of the file."""
    trips = pd.Index(tables["trips"].get("trip_id", ()))
    for name, group, key in (
        ("stop_times", "trip_id", "stop_sequence"),
        ("frequencies", "trip_id", "start_time"),
        ("shapes", "shape_id", "shape_pt_sequence"),
    ):
        frame = tables.get(name)
        if frame is None or not {group, key} <= set(frame.columns):
            continue
        if group == "trip_id" and trips.is_unique:
            first = trips.get_indexer(pd.Index(frame[group]))
        else:
            first = pd.factorize(frame[group])[0]
        order = np.lexsort((frame[key].to_numpy(), first))
        if (order[1:] < order[:-1]).any():
            tables[name] = frame.iloc[order]


def _fill_times(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Give untimed stops of a trip their share of the time between the timed ones, in place.

    Shares follow ``shape_dist_traveled`` where the rows have it, else straight distances.
    """
    times = tables["stop_times"]
    needed = {"trip_id", "stop_id", "arrival_time", "departure_time"}
    if not needed <= set(times.columns):
        return []  # reported by the checks
    arrival = times["arrival_time"].fillna(times["departure_time"]).to_numpy(copy=True)
    departure = times["departure_time"].fillna(times["arrival_time"]).to_numpy(copy=True)
    untimed = np.isnan(arrival)
    trip = pd.factorize(times["trip_id"])[0]
    before, after = _timed_neighbours(untimed)
    inside = untimed & (before >= 0) & (after < len(times))
    inside[inside] = (trip[before[inside]] == trip[inside]) & (trip[after[inside]] == trip[inside])
    timepoint = times["timepoint"].to_numpy(copy=True)
    if inside.any():
        rows, low, high = np.flatnonzero(inside), before[inside], after[inside]
        way = _way(tables)
        span = way[high] - way[low]
        by_count = (rows - low) / (high - low)
        share = np.divide(way[rows] - way[low], span, out=by_count, where=span > 0)
        filled = np.round(departure[low] + share * (arrival[high] - departure[low]))
        arrival[rows] = departure[rows] = filled
        timepoint[rows] = 0.0
    tables["stop_times"] = times.assign(
        arrival_time=arrival, departure_time=departure, timepoint=timepoint
    )
    if not inside.any():
        return []
    return [
        (
            f"stop_times{SUFFIX}: {int(inside.sum())} of {len(times)} rows have no time; they got "
            "their share of the time between the timed stops around them, and timepoint 0."
        )
    ]


def _timed_neighbours(untimed: Bools) -> tuple[Ints, Ints]:
    """Nearest row with a time before and after each row; -1 and n where there is none."""
    rows = np.arange(len(untimed))
    before: Ints = np.maximum.accumulate(np.where(untimed, -1, rows))
    after: Ints = np.minimum.accumulate(np.where(untimed, len(rows), rows)[::-1])[::-1]
    return before, after


def _way(tables: Mapping[str, pd.DataFrame]) -> Floats:
    """Way along the trips up to each row of stop_times; only differences within a trip count."""
    times, stops = tables["stop_times"], tables["stops"]
    given = times["shape_dist_traveled"].to_numpy()
    if not np.isnan(given).any():
        return given
    places = stops.drop_duplicates("stop_id").set_index("stop_id")[["stop_lon", "stop_lat"]]
    lon, lat = places.reindex(times["stop_id"]).to_numpy().T
    steps = great_circle_m(lon[:-1], lat[:-1], lon[1:], lat[1:])
    return np.concatenate([[0.0], np.nancumsum(steps)])
