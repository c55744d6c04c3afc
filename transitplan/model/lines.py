"""The line builder: stops in order, speeds and headways become a timetable with stable ids.

Planned lines have no feed. Ids depend on the line alone (``M7.0.weekday`` is the trip of line M7 in
direction 0 on weekdays), so that they stay when another line is added or this one changes.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.errors import ValidationError
from transitplan.model.checks import column_problems
from transitplan.model.line_tables import DAYS_OF_SERVICE, LINE_TABLES, ROUTE_TYPES
from transitplan.model.service import TransitService, build_transit
from transitplan.model.tables import Column
from transitplan.model.transit_checks import great_circle_m
from transitplan.model.transit_tables import DAYS
from transitplan.units import KPH_PER_MPS, SECONDS_PER_MINUTE

KEY = ["line_id", "pattern"]
NOTE = "note"  # a column that no table has, free for the writer's own words
WAYS_TO_TIME = ("speed_kph", "end_to_end_min", "run_s")
_RUNS_ON = {
    "daily": DAYS,
    "weekday": DAYS[:5],
    "weekend": DAYS[5:],
    **{day: (day,) for day in DAYS},
}
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?")
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


def build_service(lines: LinePlan | Mapping[str, Any]) -> TransitService:
    """Build the timetable of lines, in both directions unless a line says otherwise.

    Between two stops a vehicle needs the way (straight between the points of its course, times the
    line's ``detour``) over ``speed_kph``, or its share by way of ``end_to_end_min`` less the times
    at stops, or ``run_s``. At each stop but the ends it stands ``dwell_s``. A line whose first stop
    is its last is a loop.

    Parameters
    ----------
    lines
        A plan that ``read_lines`` read, or values as a TOML file holds them (``plan_from``).

    Raises
    ------
    ValidationError
        With all problems at once.

    Examples
    --------
    >>> service = build_service(
    ...     {
    ...         "line": [
    ...             {
    ...                 "line_id": "T1",
    ...                 "name": "Tram 1",
    ...                 "name_zh": "有轨1号线",
    ...                 "mode": "tram",
    ...                 "speed_kph": 30,
    ...                 "dwell_s": 20,
    ...                 "headway_min": 10,
    ...                 "first": "06:00",
    ...                 "last": "22:00",
    ...                 "stops": [
    ...                     {"stop_id": "a", "name": "West", "lon": 117.0, "lat": 36.7},
    ...                     {"stop_id": "b", "name": "Middle", "lon": 117.0, "lat": 36.71},
    ...                     {"stop_id": "c", "name": "East", "lon": 117.0, "lat": 36.73},
    ...                 ],
    ...             }
    ...         ]
    ...     }
    ... )
    >>> service.trips["trip_id"].tolist()
    ['T1.0.daily', 'T1.1.daily']
    >>> service.stop_times["departure_time"].tolist()[:3]  # 1.1 and 2.2 km at 30 km/h, 20 s there
    [0, 153, 420]
    """
    plan = lines if isinstance(lines, LinePlan) else plan_from(lines)
    feed, stops, table = plan.feed, plan.tables["stop"], plan.tables["line"]
    places = stops.set_index("stop_id")
    calls = dict(iter(plan.tables["call"].groupby(KEY, sort=False)))
    spans = _headways(plan.tables)
    rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("trips", "stop_times", "frequencies", "shapes")
    }
    for line in table.to_dict("records"):
        key = (line["line_id"], line["pattern"])
        _add_course(rows, line, calls[key].sort_values("seq"), places, spans[key])
    tables = {name: pd.DataFrame(each) for name, each in rows.items()}
    tables["agency"] = pd.DataFrame([_agency(feed)])
    tables["stops"] = _stop_rows(stops)
    tables["routes"] = _route_rows(table)
    tables["calendar"] = _calendar(feed, {str(each["service_id"]) for each in rows["trips"]})
    tables["translations"] = _translations(feed, stops, table, tables["trips"])
    tables["feed_info"] = pd.DataFrame([_feed_info(feed)])
    if feed.transfer_m > 0:
        tables["transfers"] = transfer_rows(tables, feed)
    return build_transit(tables, name=feed.name)


def seconds(text: str) -> int | None:
    """Seconds after midnight of a time as 06:30 or 25:10; None where it is no time."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, rest = (int(part or 0) for part in match.groups())
    return 3600 * hours + 60 * minutes + rest


def transfer_rows(tables: Mapping[str, pd.DataFrame], feed: Feed) -> pd.DataFrame:
    """Walks between stops that are near each other and not of the very same lines."""
    from scipy.spatial import cKDTree  # slow to import

    stops, trips = tables["stops"], tables["trips"]
    route = tables["stop_times"]["trip_id"].map(trips.set_index("trip_id")["route_id"])
    pairs = pd.DataFrame({"stop": tables["stop_times"]["stop_id"], "route": route})
    of = {stop: frozenset(rows) for stop, rows in pairs.groupby("stop")["route"]}
    ids = stops["stop_id"].tolist()
    lon, lat = stops["stop_lon"].to_numpy(float), stops["stop_lat"].to_numpy(float)
    degree_m = float(great_circle_m(*(np.array([x]) for x in (0.0, 0.0, 0.0, 1.0)))[0])
    plane = np.column_stack([lon * np.cos(np.radians(np.median(lat))), lat]) * degree_m
    near = cKDTree(plane).query_pairs(1.05 * feed.transfer_m, output_type="ndarray")
    both = np.concatenate([near, near[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    apart_m = great_circle_m(*(values[both[:, i]] for i in (0, 1) for values in (lon, lat)))
    walk_s = feed.walk_detour * apart_m * KPH_PER_MPS / feed.walk_kph
    rows = [
        {
            "from_stop_id": ids[a],
            "to_stop_id": ids[b],
            "transfer_type": 2,
            "min_transfer_time": float(max(round(walk), feed.transfer_min_s)),
        }
        for (a, b), walk, far in zip(both.tolist(), walk_s.tolist(), apart_m.tolist(), strict=True)
        if far <= feed.transfer_m and of.get(ids[a], ids[a]) != of.get(ids[b], ids[b])
    ]
    names = ["from_stop_id", "to_stop_id", "transfer_type", "min_transfer_time"]
    return pd.DataFrame(rows, columns=names)


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


def _headways(tables: Mapping[str, pd.DataFrame]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Spans of every course: those listed, or one all day."""
    listed = tables["headway"].groupby(KEY, sort=False)
    spans: dict[Any, list[Any]] = {key: rows.to_dict("records") for key, rows in listed}
    for line in tables["line"].to_dict("records"):
        one = {"days": "daily", "direction_id": np.nan, "start": line["first"]}
        one |= {"end": line["last"], "headway_min": line["headway_min"]}
        spans.setdefault((line["line_id"], line["pattern"]), [one])
    return spans


def _add_course(
    rows: dict[str, list[dict[str, Any]]],
    line: Mapping[Any, Any],
    calls: pd.DataFrame,
    places: pd.DataFrame,
    spans: Sequence[Mapping[str, Any]],
) -> None:
    """Add the trips of one course, its times, its headways and its shape."""
    at_stop = (calls["stop_id"] != "").to_numpy()
    lon, lat = (
        calls["stop_id"].map(places[axis]).fillna(calls[axis]).to_numpy(float)
        for axis in ("lon", "lat")
    )
    steps_m = great_circle_m(lon[:-1], lat[:-1], lon[1:], lat[1:])
    way_m = np.round(np.concatenate([[0.0], np.cumsum(steps_m)]))
    stops = calls[at_stop]
    run_s, dwell_s = _times(line, stops, np.diff(way_m[at_stop]))
    base = ".".join(part for part in (line["line_id"], line["pattern"]) if part)
    for back in (False, True) if line["both_directions"] else (False,):
        direction = abs(int(line["direction_id"]) - back)
        turn = slice(None, None, -1 if back else 1)
        ids = stops["stop_id"].to_numpy()[turn]
        way = way_m[-1] - way_m[::-1] if back else way_m
        shape = f"{base}.{direction}"
        rows["shapes"] += [
            {
                "shape_id": shape,
                "shape_pt_lat": y,
                "shape_pt_lon": x,
                "shape_pt_sequence": i,
                "shape_dist_traveled": far,
            }
            for i, (x, y, far) in enumerate(zip(lon[turn], lat[turn], way, strict=True), start=1)
        ]
        arrival, departure = _clock(run_s[turn], dwell_s[turn])
        here = [each for each in spans if each["direction_id"] != 1 - direction]
        for days in [each for each in DAYS_OF_SERVICE if each in {s["days"] for s in here}]:
            trip = f"{shape}.{days}"
            rows["trips"].append(
                {
                    "route_id": line["line_id"],
                    "service_id": days,
                    "trip_id": trip,
                    "trip_headsign": places.loc[ids[-1], "name"],
                    "direction_id": direction,
                    "shape_id": shape,
                }
            )
            rows["stop_times"] += [
                {
                    "trip_id": trip,
                    "arrival_time": a,
                    "departure_time": d,
                    "stop_id": stop,
                    "stop_sequence": i,
                    "shape_dist_traveled": far,
                }
                for i, (a, d, stop, far) in enumerate(
                    zip(arrival, departure, ids, way[at_stop[turn]], strict=True), start=1
                )
            ]
            rows["frequencies"] += [
                {
                    "trip_id": trip,
                    "start_time": seconds(each["start"]),
                    "end_time": seconds(each["end"]),
                    "headway_secs": round(SECONDS_PER_MINUTE * each["headway_min"]),
                }
                for each in here
                if each["days"] == days
            ]


def _times(line: Mapping[Any, Any], stops: pd.DataFrame, way_m: Floats) -> tuple[Floats, Floats]:
    """Times between stops, (n_stops - 1,), and at stops, (n_stops,) [s]; none at the ends."""
    dwell = stops["dwell_s"].fillna(line["dwell_s"]).to_numpy(copy=True)
    dwell[[0, -1]] = 0.0
    if not np.isnan(line["speed_kph"]):
        return line["detour"] * way_m * KPH_PER_MPS / line["speed_kph"], dwell
    if not np.isnan(line["end_to_end_min"]):
        moving = SECONDS_PER_MINUTE * line["end_to_end_min"] - dwell.sum()
        return moving * way_m / way_m.sum(), dwell
    return stops["run_s"].to_numpy()[1:], dwell


def _clock(run_s: Floats, dwell_s: Floats) -> tuple[Floats, Floats]:
    """Arrival and departure at each stop, whole seconds after the start; rounding adds up never."""
    arrival = np.concatenate([[0.0], np.cumsum(run_s + dwell_s[:-1])])
    return np.round(arrival), np.round(arrival + dwell_s)


def _agency(feed: Feed) -> dict[str, str]:
    return {
        "agency_id": "transitplan",
        "agency_name": feed.name,
        "agency_url": feed.url,
        "agency_timezone": feed.timezone,
        "agency_lang": feed.language,
    }


def _feed_info(feed: Feed) -> dict[str, str]:
    return {
        "feed_publisher_name": feed.name,
        "feed_publisher_url": feed.url,
        "feed_lang": feed.language,
        "feed_start_date": feed.first_day,
        "feed_end_date": feed.last_day,
    }


def _stop_rows(stops: pd.DataFrame) -> pd.DataFrame:
    names = {"name": "stop_name", "lat": "stop_lat", "lon": "stop_lon"}
    return stops.drop(columns="name_zh").rename(columns=names)


def _route_rows(lines: pd.DataFrame) -> pd.DataFrame:
    once = lines.drop_duplicates("line_id")
    return pd.DataFrame(
        {
            "route_id": once["line_id"],
            "agency_id": "transitplan",
            "route_short_name": once["short_name"],
            "route_long_name": once["name"],
            "route_type": once["mode"].map(ROUTE_TYPES),
            "route_color": once["color"],
            **{name: once[name] for name in ("status", "open_year", "source", "confidence")},
        }
    )


def _calendar(feed: Feed, services: set[str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "service_id": name,
                **{day: int(day in _RUNS_ON[name]) for day in DAYS},
                "start_date": feed.first_day,
                "end_date": feed.last_day,
            }
            for name in DAYS_OF_SERVICE
            if name in services
        ]
    )


def _translations(
    feed: Feed, stops: pd.DataFrame, lines: pd.DataFrame, trips: pd.DataFrame
) -> pd.DataFrame:
    """Names in the other language: of lines and stops by id, of destinations by their text."""
    shown = stops[stops["name"].isin(trips["trip_headsign"])].drop_duplicates("name")
    texts = [
        ("routes", "route_long_name", lines.drop_duplicates("line_id"), "line_id", "record_id"),
        ("stops", "stop_name", stops, "stop_id", "record_id"),
        ("trips", "trip_headsign", shown, "name", "field_value"),
    ]
    rows = [
        {
            "table_name": table,
            "field_name": column,
            "language": feed.other_language,
            "translation": name_zh,
            by: key,
        }
        for table, column, frame, label, by in texts
        for key, name_zh in zip(frame[label], frame["name_zh"], strict=True)
        if name_zh
    ]
    names = ["table_name", "field_name", "language", "translation", "record_id", "field_value"]
    return pd.DataFrame(rows, columns=names)
