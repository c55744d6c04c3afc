"""Rules about the timetable: what its reader let pass, and how it fits zones, streets and year."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import shapely

from transitplan.arrays import Bools
from transitplan.errors import NotFoundError
from transitplan.graph.walks import Places, Walking, find_places
from transitplan.inspection.rules import Found, Rule, Subject
from transitplan.model.service import TransitService
from transitplan.model.transit_build import DOUBT
from transitplan.model.transit_checks import KPH, great_circle_m, trip_limits_kph, trip_steps
from transitplan.model.transit_tables import SUFFIX
from transitplan.units import SECONDS_PER_HOUR

STREET_M = 1500.0  # as far as one walks to a stop; main roads alone may lie so far apart
PEAK_H = (7, 9)
SLOWEST_KPH = 5.0  # from end to end, pauses included: as fast as on foot
FASTEST_SHARE = 0.6  # of what the mode reaches between two stops
TRANSLATED = 0.5  # of named rows in a language, for the others to be slips
NOT_OPEN = ("planned", "under_construction")
NAMES = (("stops", "stop_name", "stop_id"), ("routes", "route_long_name", "route_id"))


def doubtful(subject: Subject) -> Iterator[Found]:
    """What can hardly be meant, and was read because the user tolerates it."""
    yield from _notes(subject, doubts=True)


def noted(subject: Subject) -> Iterator[Found]:
    """What the feed has that is left out or read in a way that one should know."""
    yield from _notes(subject, doubts=False)


def _notes(subject: Subject, *, doubts: bool) -> Iterator[Found]:
    service = subject.network.transit
    for note in service.notes if service is not None else ():
        if note.startswith(DOUBT) == doubts:
            text = note.removeprefix(DOUBT)
            yield Found(text.partition(SUFFIX)[0] if SUFFIX in text else "transit", text)


def far_from_streets(subject: Subject) -> Iterator[Found]:
    """Stops that no link is near."""
    places = _places(subject)
    if places is None or not len(subject.lines):
        return
    points = shapely.points(places.stop_m)
    _, away_m = shapely.STRtree(subject.lines).query_nearest(
        points, return_distance=True, all_matches=False
    )
    for row in np.flatnonzero(away_m > STREET_M).tolist():
        yield _at_stop(subject, places, row, f"{away_m[row]:,.0f} m from the nearest link")


def unreached(subject: Subject) -> Iterator[Found]:
    """Stops where nobody gets to from any zone: neither on foot nor by any ride."""
    service, places = subject.network.transit, _places(subject)
    if service is None or places is None or not places.n_zones:
        return
    times = service.stop_times
    steps = trip_steps(times)
    stop = places.stop_ids.get_indexer(pd.Index(times["stop_id"]))
    ways = np.concatenate(
        [
            np.stack([stop[steps], stop[steps + 1]], axis=1),
            np.stack([places.transfers.origin, places.transfers.place], axis=1),
        ]
    )
    reached = np.zeros(places.n_stops, dtype=bool)
    reached[places.access.place] = True
    for row in np.flatnonzero(~_spread(reached, ways)).tolist():
        limit = f"{Walking().access_m:,.0f} m"
        text = f"no zone lies within a walk of {limit}, and no ride leads here from a stop with one"
        yield _at_stop(subject, places, row, text)


def _spread(reached: Bools, ways: Any) -> Bools:
    """Mark every stop that ways lead to from those that are marked."""
    count = -1
    while count != reached.sum():
        count = int(reached.sum())
        reached[ways[reached[ways[:, 0]], 1]] = True
    return reached


def _places(subject: Subject) -> Places | None:
    """Stops with calls, zones and walks; None without timetable or projection."""
    network = subject.network
    if network.transit is None or network.crs is None or network.transit.stop_times.empty:
        return None
    return find_places(network.transit, network, Walking())


def _at_stop(subject: Subject, places: Places, row: int, text: str) -> Found:
    service, stop = subject.network.transit, places.stop_ids[row]
    stops = service.stops if service is not None else pd.DataFrame()
    name = stops.loc[stops["stop_id"] == stop, "stop_name"].iloc[0]
    x, y = places.stop_m[row].tolist()
    return Found(stop, f"{name}: {text}", (x, y))


def no_peak(subject: Subject) -> Iterator[Found]:
    """Lines that nobody can take in the peak of a working day."""
    service = subject.network.transit
    if service is None:
        return
    try:
        today = service.on_day("weekday")
    except NotFoundError:
        return
    start, end = (hour * SECONDS_PER_HOUR for hour in PEAK_H)
    spans, first = service.frequencies, service.stop_times.drop_duplicates("trip_id")
    single = first[~first["trip_id"].isin(spans["trip_id"])]
    leaves = single["departure_time"].between(start, end, inclusive="left")
    repeats = (spans["start_time"] < end) & (spans["end_time"] > start)
    running = {*single.loc[leaves, "trip_id"], *spans.loc[repeats, "trip_id"]}
    today = today[(today["day_offset_s"] == 0) & today["trip_id"].isin(running)]
    for row in _others(service.routes, "route_id", today["route_id"]):
        hours = f"{PEAK_H[0]:02d}:00 and {PEAK_H[1]:02d}:00"
        yield Found(row["route_id"], f"{_title(row)}: no departure between {hours} on a weekday")


def _others(frame: pd.DataFrame, key: str, known: Iterable[Any]) -> list[dict[Any, Any]]:
    return frame[~frame[key].isin(list(known))].to_dict("records")


def _title(route: Any) -> str:
    return str(route["route_long_name"] or route["route_short_name"] or route["route_id"])


def speeds(subject: Subject) -> Iterator[Found]:
    """Lines of which a trip is absurdly slow or fast from end to end."""
    service = subject.network.transit
    if service is None:
        return
    found = _trip_speeds(service)
    slow, fast = found["kph"] < SLOWEST_KPH, found["kph"] > found["limit"]
    wrong = found[slow | fast].merge(service.routes, on="route_id")
    for _, rows in wrong.groupby("route_id", sort=False):
        row = rows.iloc[0]
        usual = f"{SLOWEST_KPH:.0f} to {row['limit']:.0f} km/h are usual for its mode"
        others = f" (and {len(rows) - 1} more trips)" if len(rows) > 1 else ""
        text = f"trip {row['trip_id']} goes {row['kph']:.1f} km/h from end to end{others}; {usual}"
        yield Found(row["route_id"], f"{_title(row)}: {text}")


def _trip_speeds(service: TransitService) -> pd.DataFrame:
    """Mean speed of each trip along straight lines from stop to stop, and its limit [km/h]."""
    times, trips = service.stop_times, service.trips
    places = service.stops.set_index("stop_id").loc[times["stop_id"], ["stop_lon", "stop_lat"]]
    steps = trip_steps(times)
    lon, lat = places.to_numpy(np.float64).T
    step_m = great_circle_m(lon[steps], lat[steps], lon[steps + 1], lat[steps + 1])
    way_m = pd.Series(step_m).groupby(times["trip_id"].to_numpy()[steps]).sum()
    by_trip = times.groupby("trip_id", sort=False)
    ride_s = by_trip["arrival_time"].last() - by_trip["departure_time"].first()
    tables = {name: service.table(name) for name in ("routes", "trips")}
    found = trips[["trip_id", "route_id"]].assign(
        way_m=trips["trip_id"].map(way_m),
        ride_s=trips["trip_id"].map(ride_s),
        limit=FASTEST_SHARE * trip_limits_kph(tables),
    )
    found = found[(found["way_m"] > 0) & (found["ride_s"] > 0)]
    return found.assign(kph=KPH * found["way_m"] / found["ride_s"])


def untranslated(subject: Subject) -> Iterator[Found]:
    """Stops, stations and lines without a name in a language that most of them have."""
    service = subject.network.transit
    if service is None:
        return
    words = service.translations
    for table, field, key in NAMES:
        rows = service.table(table)
        rows = rows[rows[field] != ""]
        if table == "stops":  # platforms are called as their station is
            rows = rows[rows["parent_station"] == ""]
        mine = words[(words["table_name"] == table) & (words["field_name"] == field)]
        for language, said in mine.groupby("language"):
            has = rows[key].isin(said["record_id"]) | rows[field].isin(said["field_value"])
            if has.mean() < TRANSLATED:
                continue
            for row in rows[~has].to_dict("records"):
                yield Found(f"{table} {row[key]}", f"{row[field]}: no {field} in {language!r}")


def years(subject: Subject) -> Iterator[Found]:
    """Lines that run before they are open."""
    service = subject.network.transit
    if service is None or subject.year is None:
        return
    running = service.routes[service.routes["route_id"].isin(service.trips["route_id"])]
    later = running["open_year"] > subject.year
    planned = running["status"].isin(NOT_OPEN) & running["open_year"].isna()
    for row in running[later | planned].to_dict("records"):
        opens = "is not known" if pd.isna(row["open_year"]) else f"is {row['open_year']:.0f}"
        status = f"{row['status']}, and " if row["status"] else ""
        text = f"it runs in {subject.year}: {status}its open_year {opens}"
        yield Found(row["route_id"], f"{_title(row)}: {text}")


RULES = (
    Rule(
        "transit-doubt", "warning", "transit",
        "rows of the timetable that can hardly be meant, tolerated when it was read",
        "时刻表中难以置信的内容",
        "Correct the rows.",
        "改正这些行。",
        doubtful,
    ),
    Rule(
        "transit-note", "note", "transit",
        "what the timetable has that is left out, or read in a way that one should know",
        "时刻表中被忽略或另行解释的内容",
        "Nothing, if that is as meant.",
        "如属有意则不必处理。",
        noted,
    ),
    Rule(
        "stop-far", "warning", "stop",
        f"a stop more than {STREET_M:.0f} m from every link",
        f"距所有道路超过 {STREET_M:.0f} 米的车站",
        "Correct its place in stops.txt, or add the street.",
        "改正 stops.txt 中的位置，或补上道路。",
        far_from_streets,
    ),
    Rule(
        "stop-unreached", "warning", "stop",
        "a stop that cannot be reached from any zone, on foot or by other lines",
        "从任何小区都无法到达的车站",
        "Correct its place, or add the zone, walk (transfers.txt) or line that leads there.",
        "改正位置，或补上通往该站的小区、步行换乘或线路。",
        unreached,
    ),
    Rule(
        "line-no-peak", "warning", "route",
        f"a line without departures between {PEAK_H[0]} and {PEAK_H[1]} h of a weekday",
        "工作日早高峰没有班次的线路",
        "Give it headways or trips there, or waive it as a line of other hours.",
        "补上班次；若为非高峰线路则豁免。",
        no_peak,
    ),
    Rule(
        "line-speed", "warning", "route",
        "a line of which a trip is slower than walking, or faster than its mode, from end to end",
        "全程速度不合理的线路",
        "Correct the times, the places of the stops or the route_type.",
        "改正时刻、车站位置或 route_type。",
        speeds,
    ),
    Rule(
        "line-year", "warning", "route",
        "a line that runs before the year of its opening, or is planned for no year",
        "开通之前已有班次的线路",
        "Take its trips out, or correct status and open_year in routes.txt.",
        "删除其班次，或改正 routes.txt 中的 status 与 open_year。",
        years,
    ),
    Rule(
        "translation-missing", "warning", "table",
        "a stop or line without a name in a language that most others have",
        "缺少某种语言名称的车站或线路",
        "Add the row to translations.txt.",
        "在 translations.txt 中补上。",
        untranslated,
    ),
)  # fmt: skip
