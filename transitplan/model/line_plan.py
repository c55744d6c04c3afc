"""What the line builder is given: stops, lines, calls and headways, checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd

from transitplan.errors import ValidationError
from transitplan.model.checks import column_problems
from transitplan.model.line_tables import LINE_TABLES
from transitplan.model.tables import Column
from transitplan.units import SECONDS_PER_MINUTE

KEY = ["line_id", "pattern"]  # of one course
NOTE = "note"  # a column that no table has, free for the writer's own words
WAYS_TO_TIME = ("speed_kph", "end_to_end_min", "run_s")
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d))?")
_TRUE = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class Feed:
    """What a feed says of itself, and how one walks between its stops.

    The walk is along streets: the straight line times ``walk_detour`` at ``walk_kph``, and never
    less than ``transfer_min_s``.
    """

    name: str = "Planned lines"
    url: str = "https://example.org"  # GTFS wants one
    timezone: str = "Asia/Shanghai"
    language: str = "en"
    other_language: str = "zh"
    first_day: str = "20260101"
    last_day: str = "20401231"
    transfer_m: float = 300.0  # stops no farther apart are joined by a transfer; 0 for none
    walk_kph: float = 4.5
    walk_detour: float = 1.3
    transfer_min_s: float = 60.0


@dataclass(frozen=True, eq=False)
class LinePlan:
    """Stops, lines, calls and headways as a planner writes them down, checked.

    tables
        ``stop``, ``line``, ``call`` and ``headway``; columns: ``model.line_tables``.
    """

    tables: Mapping[str, pd.DataFrame]
    feed: Feed = field(default_factory=Feed)


def plan_lines(
    tables: Mapping[str, pd.DataFrame], feed: Feed | None = None, *, first_row: int = 0
) -> LinePlan:
    """Fill in defaults and check the tables of the line builder.

    Messages name rows by their line in a CSV file; ``first_row=-1`` counts them from 1.

    Raises
    ------
    ValidationError
        With all problems at once.
    """
    found = [
        f"{name}, column {label}: not known. It has "
        f"{', '.join(rule.name for rule in LINE_TABLES[name])}."
        for name, frame in tables.items()
        for label in frame.columns
        if label != NOTE and label not in {rule.name for rule in LINE_TABLES[name]}
    ]
    if found:
        raise ValidationError(found)
    complete = {
        name: _complete(_numbered(tables.get(name, pd.DataFrame()), first_row), rules)
        for name, rules in LINE_TABLES.items()
    }
    for name, frame in complete.items():
        for rule in LINE_TABLES[name]:
            if len(frame) or name in {"stop", "line", "call"}:
                found += column_problems(name, frame, rule, complete, suffix="")
    if not found:
        found = _line_problems(complete)
    if found:
        raise ValidationError(found)
    settled = {name: frame.reset_index(drop=True) for name, frame in complete.items()}
    return LinePlan(settled, feed if feed is not None else Feed())


def plan_from(given: Mapping[str, Any]) -> LinePlan:
    """Take a plan from nested values, as a TOML file holds them.

    ``line`` is a list of lines, each with ``stops`` (ids, or tables with stop_id, name, lon, lat; a
    table without stop_id is a point of the course) and ``headways``; ``stop`` a list of stops that
    lines refer to; ``feed`` what the feed says of itself.
    """
    known = {"feed", "stop", "line"}
    unknown = sorted(set(given) - known)
    settings = {each.name for each in fields(Feed)}
    odd = sorted(set(given.get("feed", {})) - settings)
    found = [f"{name}: not known. A plan has {', '.join(sorted(known))}." for name in unknown]
    found += [f"feed.{name}: not known. It has {', '.join(sorted(settings))}." for name in odd]
    if found:
        raise ValidationError(found)
    rows: dict[str, list[dict[str, Any]]] = {
        "stop": [dict(row) for row in given.get("stop", ())],
        "line": [],
        "call": [],
        "headway": [],
    }
    for line in given.get("line", ()):
        own = {name: value for name, value in line.items() if name not in {"stops", "headways"}}
        key = {"line_id": own.get("line_id"), "pattern": own.get("pattern", "")}
        rows["line"].append(own)
        rows["headway"] += [{**key, **row} for row in line.get("headways", ())]
        for seq, stop in enumerate(line.get("stops", ()), start=1):
            call = {"stop_id": stop} if isinstance(stop, str) else dict(stop)
            if "stop_id" in call and "name" in call:  # the stop is given where it is called at
                about = {rule.name for rule in LINE_TABLES["stop"]}
                rows["stop"].append({n: call[n] for n in call if n in about})
                call = {n: call[n] for n in call if n not in about - {"stop_id"}}
            rows["call"].append({**key, "seq": seq, **call})
    tables = {name: pd.DataFrame(found) for name, found in rows.items()}
    try:
        return plan_lines(tables, Feed(**given.get("feed", {})), first_row=-1)
    except ValidationError as error:
        raise ValidationError(
            text.replace("(line ", "(entry ").replace("(lines ", "(entries ")
            for text in error.problems
        ) from None


def seconds(text: str) -> int | None:
    """Seconds after midnight of a time as 06:30 or 25:10; None where it is no time."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, rest = (int(part or 0) for part in match.groups())
    return 3600 * hours + 60 * minutes + rest


def _numbered(frame: pd.DataFrame, first_row: int) -> pd.DataFrame:
    return frame.set_axis(pd.RangeIndex(first_row, first_row + len(frame)), axis=0)


def _complete(frame: pd.DataFrame, rules: tuple[Column, ...]) -> pd.DataFrame:
    """Add absent columns, fill empty cells from the defaults, set types."""
    columns: dict[str, pd.Series[Any]] = {}
    for rule in rules:
        values = frame.get(rule.name)
        if values is None:
            values = pd.Series(np.nan, index=frame.index, dtype=object)
        values = values.astype(object).where(values.notna() & (values != ""), rule.default)
        if rule.kind == "float":
            columns[rule.name] = pd.to_numeric(values, errors="coerce").astype("float64")
        elif rule.kind == "bool":
            columns[rule.name] = values.map(lambda cell: _TRUE.get(str(cell).lower(), True))
        else:
            columns[rule.name] = values.where(values.notna(), "").astype("str")
    return pd.DataFrame(columns, index=frame.index)


def _line_problems(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """What is wrong between the tables: courses without stops, times or headways."""
    lines, calls, headways = tables["line"], tables["call"], tables["headway"]
    found = []
    by_course = dict(iter(calls.groupby(KEY)))
    spans = set(headways[KEY].itertuples(index=False, name=None))
    seen: set[tuple[str, str]] = set()
    for line in lines.to_dict("records"):
        key = (line["line_id"], line["pattern"])
        where = f"line {key[0]}" + (f", pattern {key[1]}" if key[1] else "")
        if key in seen:
            found.append(f"{where}: it is listed twice. Rename one, or give it a pattern.")
        seen.add(key)
        found += _course_problems(where, line, by_course.get(key))
        times = [line["first"], line["last"]]
        whole = not np.isnan(line["headway_min"]) and all(times)
        if key not in spans and not whole:
            found.append(
                f"{where}: no headway. Give it headways, or headway_min with first and last."
            )
        for text in times:
            if text and seconds(text) is None:
                found.append(f"{where}: {text!r} is no time. Write it as 06:00 or 24:30.")
    for row in headways.to_dict("records"):
        start, end = seconds(row["start"]), seconds(row["end"])
        if start is None or end is None or end <= start:
            found.append(
                f"line {row['line_id']}, headway from {row['start']!r} to {row['end']!r}: no "
                "times, or they do not follow each other. Write them as 06:00 and 24:30."
            )
    return found


def _course_problems(where: str, line: Mapping[Any, Any], calls: pd.DataFrame | None) -> list[str]:
    stops = calls[calls["stop_id"] != ""] if calls is not None else pd.DataFrame()
    if calls is None or len(stops) < 2:  # noqa: PLR2004  from and to
        return [f"{where}: fewer than two stops. List them in order."]
    found = []
    points = calls[calls["stop_id"] == ""]
    if points[["lon", "lat"]].isna().any(axis=None):
        found.append(f"{where}: a point of the course has no stop_id and no lon, lat. Give it one.")
    if calls["seq"].duplicated().any():
        found.append(f"{where}: two calls have the same seq. Number them in order.")
    runs = stops.sort_values("seq")["run_s"].iloc[1:]
    given = [not np.isnan(line[name]) for name in WAYS_TO_TIME[:2]] + [bool(runs.notna().any())]
    if sum(given) != 1 or (given[2] and runs.isna().any()):
        found.append(
            f"{where}: give exactly one of speed_kph, end_to_end_min, and run_s of every stop but "
            "the first."
        )
    dwell = stops["dwell_s"].fillna(line["dwell_s"]).iloc[1:-1].sum()
    if line["end_to_end_min"] * SECONDS_PER_MINUTE <= dwell:
        found.append(
            f"{where}: the times at stops ({dwell:.0f} s) fill end_to_end_min. Correct it."
        )
    return found
