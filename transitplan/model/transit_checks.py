"""Every problem of a timetable, as text: the file, the column, the rows, the next step.

Faults stop the reading. Doubts (a bus at 400 km/h, a trip of one stop) stop it too unless the user
tolerates them: then they are said in the notes of the service. Rows keep the number that they have
in their file as index, so that messages name them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats, Ints
from transitplan.model.checks import column_problems, rows_text
from transitplan.model.transit_tables import (
    ADDED,
    DAYS,
    MODES,
    STATION,
    STOP,
    SUFFIX,
    TRANSIT_TABLES,
    basic_type,
)

Tables = Mapping[str, pd.DataFrame]
EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG
SLACK_S = 60.0  # timetables are rounded to minutes
KPH = 3.6
FAR_M = 1_000_000.0  # from the middle of the feed: the place of a stop is wrong
OFF_COURSE_M = 1_000.0  # between a stop and the shape of its trip
AROUND_M = 50_000.0  # stops of a network's transit lie within its box and so much around it
LARGEST_ORIGIN = 1.0  # degrees around 0, 0, where unknown places end up
KEYS = {  # columns that together name a row
    "calendar_dates": ["service_id", "date"],
    "stop_times": ["trip_id", "stop_sequence"],
    "shapes": ["shape_id", "shape_pt_sequence"],
    "translations": [
        "table_name",
        "field_name",
        "language",
        "record_id",
        "record_sub_id",
        "field_value",
    ],
}


def faults(tables: Tables) -> list[str]:
    """Problems that no user can want; an empty list when the tables are sound.

    Tables are complete (every column of the rules), stop_times in the order of trips and stops.
    """
    found = [
        text
        for name, frame in tables.items()
        for rule in TRANSIT_TABLES[name]
        for text in column_problems(name, frame, rule, tables, suffix=SUFFIX)
    ]
    if found:  # the joins below would only repeat them
        return found
    checks = (_keys, _agencies, _dates, _services, _places, _parents, _times, _repeats, _shapes)
    return [text for check in checks for text in check(tables)]


def doubts(tables: Tables) -> list[str]:
    """What can hardly be meant; the tables have no faults."""
    checks = (_lonely_trips, _speeds, _far_stops, _off_course)
    return [text for check in checks for text in check(tables)]


def great_circle_m(lon_a: Floats, lat_a: Floats, lon_b: Floats, lat_b: Floats) -> Floats:
    """Distance on the sphere [m], by the haversine formula.

    Examples
    --------
    >>> import numpy as np
    >>> degree = great_circle_m(*(np.array([x]) for x in (117.0, 36.0, 117.0, 37.0)))
    >>> degree.round().item()
    111195.0
    """
    a, b, c, d = (np.radians(each) for each in (lon_a, lat_a, lon_b, lat_b))
    half = np.sin((d - b) / 2) ** 2 + np.cos(b) * np.cos(d) * np.sin((c - a) / 2) ** 2
    distance: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return distance


def place_problems(nodes: pd.DataFrame, x_m: Floats, y_m: Floats) -> list[str]:
    """Stops that are not where the network is: another city's feed, or axes that are swapped."""
    inside = np.ones(len(x_m), dtype=bool)
    for values, axis in ((x_m, "x_m"), (y_m, "y_m")):
        low, high = nodes[axis].min() - AROUND_M, nodes[axis].max() + AROUND_M
        inside &= (low <= values) & (values <= high)
    if not len(x_m) or inside.mean() >= 0.5:  # noqa: PLR2004  most are here: the feed is of here
        return []
    return [
        (
            f"transit/stops.txt, columns stop_lat, stop_lon: {int((~inside).sum())} of {len(x_m)} "
            f"stops lie more than {AROUND_M / 1000:.0f} km outside the network. Is it the feed of "
            "another place?"
        )
    ]


def _said(table: str, frame: pd.DataFrame, column: str, wrong: Bools, what: str) -> list[str]:
    """One problem of a table, where any row has it."""
    if not wrong.any():
        return []
    noun = "columns" if "," in column else "column"
    return [f"{table}{SUFFIX}, {noun} {column}: {rows_text(frame, wrong)}: {what}"]


def _example(values: Any, wrong: Bools) -> str:
    return str(np.asarray(values)[wrong][0]) if wrong.any() else ""


def _keys(tables: Tables) -> list[str]:
    found = []
    for name, key in KEYS.items():
        if name not in tables:
            continue
        frame = tables[name]
        twice = frame.duplicated(key, keep=False).to_numpy()
        what = f"the same {' and '.join(key)} twice. Keep one of the rows."
        found += _said(name, frame, ", ".join(key), twice, what)
    return found


def _agencies(tables: Tables) -> list[str]:
    agencies, routes = tables["agency"], tables["routes"]
    if len(agencies) == 1:
        return []
    found = []
    for name, frame in (("agency", agencies), ("routes", routes)):
        empty = (frame["agency_id"] == "").to_numpy(dtype=bool)
        what = "empty, and the feed has several agencies. Fill them."
        found += _said(name, frame, "agency_id", empty, what)
    return found


def _dates(tables: Tables) -> list[str]:
    """Dates that no calendar has, and spans that end before they start."""
    found = []
    for name, frame in tables.items():
        for rule in TRANSIT_TABLES[name]:
            if rule.kind != "date":
                continue
            texts = frame[rule.name]
            sound = {text: _is_date(text) or not (text or rule.required) for text in set(texts)}
            wrong = ~texts.map(sound).to_numpy(dtype=bool)
            what = f"no date ({_example(texts, wrong)!r}). Write it as 20260131."
            found += _said(name, frame, rule.name, wrong, what)
    for name, first, last in (
        ("calendar", "start_date", "end_date"),
        ("feed_info", "feed_start_date", "feed_end_date"),
    ):
        if found or name not in tables:
            continue
        frame = tables[name]
        ended = ((frame[last] < frame[first]) & (frame[last] != "")).to_numpy(dtype=bool)
        found += _said(name, frame, last, ended, f"before {first}. Exchange the two.")
    return found


def _is_date(text: str) -> bool:
    if len(text) != 8 or not text.isdigit():  # noqa: PLR2004  YYYYMMDD
        return False
    return not pd.isna(pd.to_datetime(text, format="%Y%m%d", errors="coerce"))


def _services(tables: Tables) -> list[str]:
    """Trips whose service has no days."""
    calendar, dates = tables.get("calendar"), tables.get("calendar_dates")
    if calendar is None and dates is None:
        return ["calendar.txt: neither calendar.txt nor calendar_dates.txt is there. Add one."]
    days: set[str] = set()
    if calendar is not None:
        runs = calendar[list(DAYS)].any(axis=1)
        days |= set(calendar.loc[runs, "service_id"])
    if dates is not None:
        days |= set(dates.loc[dates["exception_type"] == ADDED, "service_id"])
    listed = set() if calendar is None else set(calendar["service_id"])
    listed |= set() if dates is None else set(dates["service_id"])
    trips = tables["trips"]["service_id"]
    unknown = ~trips.isin(listed).to_numpy()
    idle = ~trips.isin(days).to_numpy() & ~unknown
    return _said(
        "trips",
        tables["trips"],
        "service_id",
        unknown,
        f"no days are given for it ({_example(trips, unknown)}). Add it to calendar.txt or "
        "calendar_dates.txt, or correct the id.",
    ) + _said(
        "trips",
        tables["trips"],
        "service_id",
        idle,
        f"its service never runs ({_example(trips, idle)}). Give it days in calendar.txt.",
    )


def _places(tables: Tables) -> list[str]:
    stops = tables["stops"]
    placed = stops[["stop_lat", "stop_lon"]].notna().all(axis=1).to_numpy()
    needs = (stops["location_type"] <= 2).to_numpy()  # noqa: PLR2004  not nodes, boarding areas
    zero = (stops[["stop_lat", "stop_lon"]].abs().max(axis=1) < LARGEST_ORIGIN).to_numpy()
    where = "stop_lat, stop_lon"
    return _said("stops", stops, where, needs & ~placed, "empty. Give the stop its place.") + _said(
        "stops", stops, where, zero & placed, "near 0°, 0°: the place is unknown. Correct it."
    )


def _parents(tables: Tables) -> list[str]:
    """Stations where a stop is expected, and the other way round."""
    stops, times = tables["stops"], tables["stop_times"]
    kind = stops.set_index("stop_id")["location_type"]
    not_stop = (times["stop_id"].map(kind) != STOP).to_numpy()
    found = _said(
        "stop_times",
        times,
        "stop_id",
        not_stop,
        f"no stop, but a station, an entrance or the like ({_example(times['stop_id'], not_stop)})."
        " Name the platform.",
    )
    has = ((stops["parent_station"] != "") & (stops["location_type"] <= 3)).to_numpy()  # noqa: PLR2004
    wrong = has & (stops["parent_station"].map(kind) != STATION).to_numpy()
    what = "the parent is no station (location_type 1). Correct one of the two."
    return found + _said("stops", stops, "parent_station", wrong, what)


def trip_steps(times: pd.DataFrame) -> Ints:
    """Rows of stop_times that the same trip follows with the next row, (n_steps,)."""
    trip = times["trip_id"].to_numpy()
    steps: Ints = np.flatnonzero(trip[1:] == trip[:-1])
    return steps


def _times(tables: Tables) -> list[str]:
    """Times that run backwards."""
    times = tables["stop_times"]
    arrival, departure = (times[f"{what}_time"].to_numpy() for what in ("arrival", "departure"))
    untimed = np.isnan(arrival) | np.isnan(departure)
    found = _said(
        "stop_times",
        times,
        "arrival_time",
        untimed,
        "empty at the first or the last stop of a trip. Give both times there.",
    )
    if found:
        return found
    found = _said(
        "stop_times",
        times,
        "departure_time",
        departure < arrival,
        "before the arrival at the same stop. Correct one; after midnight write 25:10:00.",
    )
    steps = trip_steps(times)
    wrong = np.zeros(len(times), dtype=bool)
    wrong[steps + 1] = arrival[steps + 1] < departure[steps]
    what = (
        "before the departure from the stop before it. Correct it; after midnight write 25:10:00."
    )
    return found + _said("stop_times", times, "arrival_time", wrong, what)


def _repeats(tables: Tables) -> list[str]:
    """Headways without a span, and spans of one trip that overlap."""
    if "frequencies" not in tables:
        return []
    frame = tables["frequencies"]
    start, end = frame["start_time"].to_numpy(), frame["end_time"].to_numpy()
    found = _said(
        "frequencies", frame, "end_time", end <= start, "not after start_time. Correct one of them."
    )
    if found:
        return found
    order = np.lexsort((start, pd.factorize(frame["trip_id"])[0]))
    trip = frame["trip_id"].to_numpy()[order]
    wrong = np.zeros(len(frame), dtype=bool)
    overlaps = (trip[1:] == trip[:-1]) & (start[order][1:] < end[order][:-1])
    wrong[order[1:][overlaps]] = True
    what = "overlaps the span before it of the same trip. End that one earlier."
    return _said("frequencies", frame, "start_time", wrong, what)


def _shapes(tables: Tables) -> list[str]:
    """Ways along a shape that decrease, and shapes of a single point."""
    if "shapes" not in tables:
        return []
    frame = tables["shapes"]
    shape = frame["shape_id"].to_numpy()
    way = frame["shape_dist_traveled"].to_numpy()
    back = np.zeros(len(frame), dtype=bool)
    back[1:] = (shape[1:] == shape[:-1]) & (way[1:] < way[:-1])
    alone = ~frame["shape_id"].duplicated(keep=False).to_numpy()
    return _said(
        "shapes", frame, "shape_dist_traveled", back, "less than at the point before. Correct it."
    ) + _said("shapes", frame, "shape_id", alone, "the shape has a single point. Add the others.")


def _lonely_trips(tables: Tables) -> list[str]:
    trips = tables["trips"]
    counts = tables["stop_times"]["trip_id"].value_counts()
    few = (trips["trip_id"].map(counts).fillna(0) < 2).to_numpy()  # noqa: PLR2004  from and to
    what = "the trip has fewer than two stops in stop_times.txt. Add them or take the trip out."
    return _said("trips", trips, "trip_id", few, what)


def _speeds(tables: Tables) -> list[str]:
    """Rides between two stops that are faster than their mode can be."""
    times, stops = tables["stop_times"], tables["stops"]
    steps = trip_steps(times)
    row = pd.Index(stops["stop_id"]).get_indexer(times["stop_id"])
    lon, lat = stops["stop_lon"].to_numpy()[row], stops["stop_lat"].to_numpy()[row]
    apart_m = great_circle_m(lon[steps], lat[steps], lon[steps + 1], lat[steps + 1])
    ride_s = times["arrival_time"].to_numpy()[steps + 1] - times["departure_time"].to_numpy()[steps]
    kph = KPH * apart_m / (ride_s + SLACK_S)
    limit = trip_limits_kph(tables)[
        pd.Index(tables["trips"]["trip_id"]).get_indexer(times["trip_id"])
    ]
    too_fast = kph > limit[steps]
    if not too_fast.any():
        return []
    wrong = np.zeros(len(times), dtype=bool)
    wrong[steps[too_fast] + 1] = True
    first = int(np.flatnonzero(too_fast)[0])
    what = (
        f"{apart_m[first] / 1000:.1f} km from the stop before in {ride_s[first]:.0f} s. Correct "
        "the time, the place of the stop or the route_type."
    )
    return _said("stop_times", times, "arrival_time", wrong, what)


def trip_limits_kph(tables: Tables) -> Floats:
    """Speed that no trip of its mode exceeds between two stops, (n_trips,) [km/h]."""
    routes = tables["routes"].set_index("route_id")["route_type"]
    limits = {kind: MODES[basic_type(int(kind))][1] for kind in routes.unique()}
    return tables["trips"]["route_id"].map(routes).map(limits).to_numpy(dtype=float)


def _far_stops(tables: Tables) -> list[str]:
    stops = tables["stops"]
    lon, lat = stops["stop_lon"], stops["stop_lat"]
    middle = (np.full(len(stops), lon.median()), np.full(len(stops), lat.median()))
    far = great_circle_m(lon.to_numpy(), lat.to_numpy(), *middle) > FAR_M
    what = f"more than {FAR_M / 1000:.0f} km from the middle of the feed. Correct the place."
    return _said("stops", stops, "stop_lat, stop_lon", far, what)


def _off_course(tables: Tables) -> list[str]:
    """Stops that are far from the shape of their trip."""
    if "shapes" not in tables:
        return []
    import shapely

    trips, times, shapes = tables["trips"], tables["stop_times"], tables["shapes"]
    calls = pd.DataFrame(
        {
            "shape": times["trip_id"].map(trips.set_index("trip_id")["shape_id"]).to_numpy(),
            "stop": times["stop_id"].to_numpy(),
        }
    ).drop_duplicates()
    calls = calls[calls["shape"] != ""]
    if calls.empty:
        return []
    squeeze = float(np.cos(np.radians(shapes["shape_pt_lat"].median())))
    names, at = np.unique(shapes["shape_id"].to_numpy(dtype=object), return_inverse=True)
    points = shapes[["shape_pt_lon", "shape_pt_lat"]].to_numpy() * (squeeze, 1.0)
    order = np.argsort(at, kind="stable")
    lines = shapely.linestrings(points[order], indices=at[order])
    stops = tables["stops"].set_index("stop_id").loc[calls["stop"]]
    places = shapely.points(stops["stop_lon"].to_numpy() * squeeze, stops["stop_lat"].to_numpy())
    metres = np.radians(1.0) * EARTH_RADIUS_M
    apart_m = metres * shapely.distance(places, lines[pd.Index(names).get_indexer(calls["shape"])])
    bad = calls[apart_m > OFF_COURSE_M]
    if bad.empty:
        return []
    wrong = tables["stops"]["stop_id"].isin(bad["stop"]).to_numpy()
    what = (
        f"more than {OFF_COURSE_M:.0f} m from the shape of a trip that calls there (shape "
        f"{bad['shape'].iloc[0]}). Correct the stop, the shape or the trip's shape_id."
    )
    return _said("stops", tables["stops"], "stop_lat, stop_lon", wrong, what)
