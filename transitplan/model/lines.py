"""The line builder: stops in order, speeds and headways become a timetable with stable ids.

Planned lines have no feed. Ids depend on the line alone (``M7.0.weekday`` is the trip of line M7 in
direction 0 on weekdays), so that they stay when another line is added or this one changes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.model.line_plan import KEY, Feed, LinePlan, plan_from, seconds
from transitplan.model.line_tables import DAYS_OF_SERVICE, ROUTE_TYPES
from transitplan.model.service import TransitService
from transitplan.model.transit_build import build_transit
from transitplan.model.transit_checks import great_circle_m
from transitplan.model.transit_tables import DAYS
from transitplan.units import KPH_PER_MPS, SECONDS_PER_MINUTE

_RUNS_ON = {
    "daily": DAYS,
    "weekday": DAYS[:5],
    "weekend": DAYS[5:],
    **{day: (day,) for day in DAYS},
}


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
        way = way_m[-1] - way_m[::-1] if back else way_m
        shape = f"{base}.{direction}"
        course = zip(lon[turn], lat[turn], way, strict=True)
        rows["shapes"] += [_shape_row(shape, i, *each) for i, each in enumerate(course, start=1)]
        ids = stops["stop_id"].to_numpy()[turn]
        arrival, departure = _clock(run_s[turn], dwell_s[turn])
        calls_there = list(zip(ids, arrival, departure, way[at_stop[turn]], strict=True))
        here = [each for each in spans if each["direction_id"] != 1 - direction]
        for days in [each for each in DAYS_OF_SERVICE if each in {s["days"] for s in here}]:
            trip = {"route_id": line["line_id"], "service_id": days, "trip_id": f"{shape}.{days}"}
            trip |= {"trip_headsign": places.loc[ids[-1], "name"], "direction_id": direction}
            rows["trips"].append({**trip, "shape_id": shape})
            rows["stop_times"] += [
                _time_row(trip["trip_id"], i, *each) for i, each in enumerate(calls_there, start=1)
            ]
            rows["frequencies"] += [
                _frequency_row(trip["trip_id"], each) for each in here if each["days"] == days
            ]


def _shape_row(shape: str, number: int, lon: float, lat: float, far: float) -> dict[str, Any]:
    return {
        "shape_id": shape,
        "shape_pt_lat": lat,
        "shape_pt_lon": lon,
        "shape_pt_sequence": number,
        "shape_dist_traveled": far,
    }


def _time_row(
    trip: str, number: int, stop: str, arrival: float, departure: float, far: float
) -> dict[str, Any]:
    return {
        "trip_id": trip,
        "arrival_time": arrival,
        "departure_time": departure,
        "stop_id": stop,
        "stop_sequence": number,
        "shape_dist_traveled": far,
    }


def _frequency_row(trip: str, span: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "trip_id": trip,
        "start_time": seconds(span["start"]),
        "end_time": seconds(span["end"]),
        "headway_secs": round(SECONDS_PER_MINUTE * span["headway_min"]),
    }


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
