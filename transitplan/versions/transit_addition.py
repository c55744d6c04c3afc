"""Routes that a card adds: the line builder makes their rows, which join the timetable."""

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from transitplan.errors import ValidationError
from transitplan.model.line_plan import Feed, LinePlan, plan_lines
from transitplan.model.line_tables import ROUTE_TYPES
from transitplan.model.lines import build_service, transfer_rows
from transitplan.model.service import TransitService
from transitplan.model.transit_tables import DAYS, basic_type
from transitplan.units import SECONDS_PER_MINUTE
from transitplan.versions.transit_cards import (
    Call,
    RouteAddition,
    StopAddition,
    TransitRouteAddition,
    TripAddition,
)

if TYPE_CHECKING:
    from transitplan.versions.cards import Change
    from transitplan.versions.changes import Step

MODE_OF = {number: mode for mode, number in ROUTE_TYPES.items()}
OWN = ("trips", "stop_times", "frequencies", "shapes")  # rows that are wholly of the new route


def route_addition(step: "Step", change: "Change") -> None:
    """Add routes, with the stops, days and walks that they need."""
    wanted = change.transit_route_addition
    if not isinstance(wanted, TransitRouteAddition):
        raise TypeError("a change of another kind than transit_route_addition")
    tables = step.draft.transit
    new = _new_stops(tables, wanted.stops)
    plan = _plan(tables, wanted, new)
    service = build_service(plan)
    if not tables:  # the first lines of this network
        tables.update({name: service.table(name) for name in service.table_names})
    else:
        _join(tables, service, wanted, new)
    if wanted.transfer_m > 0:
        _join_on_foot(tables, wanted, {stop.stop_id for stop in new})
    step.tell(
        "routes", "new courses", list(dict.fromkeys(r.route_id for r in wanted.routes)), "added"
    )
    if new:
        step.tell("stops", "new stops", [stop.stop_id for stop in new], "added")
    step.tell("trips", "trips of these routes", service.trips["trip_id"].tolist(), "added")
    step.draft.lines_changed = True


def _new_stops(tables: dict[str, pd.DataFrame], stops: list[StopAddition]) -> list[StopAddition]:
    """Stops that are not there yet; one that is there must be the same.

    Raises
    ------
    ValidationError
        If an id is taken by a stop elsewhere.
    """
    if not tables:
        return stops
    known = tables["stops"].set_index("stop_id")
    taken = [
        stop.stop_id
        for stop in stops
        if stop.stop_id in known.index
        and (stop.stop_lat, stop.stop_lon)
        != tuple(known.loc[stop.stop_id, ["stop_lat", "stop_lon"]])
    ]
    if taken:
        raise ValidationError(
            f"stops.txt: stop_id {', '.join(taken)} is taken by a stop at another place. Choose "
            "another id."
        )
    return [stop for stop in stops if stop.stop_id not in known.index]


def _plan(
    tables: dict[str, pd.DataFrame], wanted: TransitRouteAddition, new: list[StopAddition]
) -> LinePlan:
    """Write the plan that the line builder takes."""
    rows: dict[str, list[dict[str, Any]]] = {"line": [], "call": [], "headway": []}
    for route in wanted.routes:
        for number, course in enumerate(route.trips):
            pattern = course.pattern or ("" if number == 0 else str(number + 1))
            key = {"line_id": route.route_id, "pattern": pattern}
            rows["line"].append({**key, **_line(route, course)})
            rows["call"] += [
                {**key, "seq": i, **_call(call)} for i, call in enumerate(course.routing, start=1)
            ]
            rows["headway"] += [
                {
                    **key,
                    "days": each.days,
                    "start": each.timespan[0],
                    "end": each.timespan[1],
                    "headway_min": each.headway_secs / SECONDS_PER_MINUTE,
                }
                for each in course.headway_secs
            ]
    passed = {call.stop_id for r in wanted.routes for t in r.trips for call in t.routing}
    stops = pd.concat([_listed(new), _known(tables, passed)], ignore_index=True)
    places = stops.set_index("stop_id")
    for call in rows["call"]:  # a stop that is passed is a point of the course
        if not call.pop("calls") and call["stop_id"] in places.index:
            call["lon"], call["lat"] = places.loc[call["stop_id"], ["lon", "lat"]]
            call["stop_id"] = ""
    first, last = _days(tables)
    feed = Feed(transfer_m=0.0, first_day=first, last_day=last)
    frames = {name: pd.DataFrame(each) for name, each in rows.items()}
    called = stops["stop_id"].isin(frames["call"]["stop_id"])
    return plan_lines({"stop": stops[called], **frames}, feed)


def _line(route: RouteAddition, course: TripAddition) -> dict[str, Any]:
    return {
        "name": route.route_long_name or route.route_short_name or route.route_id,
        "name_zh": route.route_long_name_zh,
        "short_name": route.route_short_name,
        "mode": MODE_OF.get(basic_type(route.route_type), "bus"),
        "color": route.route_color,
        "speed_kph": course.speed_kph,
        "end_to_end_min": course.end_to_end_min,
        "dwell_s": course.dwell_secs,
        "detour": course.detour,
        "direction_id": course.direction_id,
        "both_directions": course.both_directions,
        "open_year": route.open_year,
        "status": route.status,
        "source": route.source,
        "confidence": route.confidence,
    }


def _call(call: Call) -> dict[str, Any]:
    return {
        "stop_id": call.stop_id,
        "calls": call.stop,
        "lon": call.lon,
        "lat": call.lat,
        "run_s": call.run_secs,
        "dwell_s": call.dwell_secs,
    }


def _listed(stops: list[StopAddition]) -> pd.DataFrame:
    names = ["stop_id", "name", "name_zh", "lat", "lon", "status", "source", "confidence"]
    frame = pd.DataFrame([stop.model_dump() for stop in stops])
    plain = {str(each): str(each).removeprefix("stop_") for each in frame if each != "stop_id"}
    return frame.rename(columns=plain).reindex(columns=names)


def _known(tables: dict[str, pd.DataFrame], ids: set[str]) -> pd.DataFrame:
    """Stops of the timetable as the line builder has them, with their Chinese names."""
    names = ["stop_id", "name", "name_zh", "lat", "lon", "status", "source", "confidence"]
    if not tables:
        return pd.DataFrame(columns=names)
    stops = tables["stops"][tables["stops"]["stop_id"].isin(ids)]
    service = TransitService(tables)
    name_zh = service.names("stops", "stop_name", "zh").to_dict()
    plain = {"stop_name": "name", "stop_lat": "lat", "stop_lon": "lon"}
    found = stops.assign(
        name_zh=[
            name_zh[stop] if name_zh[stop] != name else ""
            for stop, name in zip(stops["stop_id"], stops["stop_name"], strict=True)
        ]
    )
    return found.rename(columns=plain)[names]


def _days(tables: dict[str, pd.DataFrame]) -> tuple[str, str]:
    """First and last day of the timetable."""
    if not tables:
        return Feed().first_day, Feed().last_day
    calendar, dates = (tables.get(name, pd.DataFrame()) for name in ("calendar", "calendar_dates"))
    every = [
        day
        for frame, label in ((calendar, "start_date"), (calendar, "end_date"), (dates, "date"))
        if len(frame)
        for day in frame[label]
    ]
    return min(every), max(every)


def _join(
    tables: dict[str, pd.DataFrame],
    service: TransitService,
    wanted: TransitRouteAddition,
    new: list[StopAddition],
) -> None:
    """Add the rows of the new routes to the timetable."""
    twice = set(tables["trips"]["trip_id"]) & set(service.trips["trip_id"])
    if twice:
        raise ValidationError(
            f"trips.txt: trip_id {', '.join(sorted(twice)[:5])} is taken. Give the new course "
            "another pattern."
        )
    agency = {route.route_id: route.agency_id for route in wanted.routes}
    company = tables["agency"]["agency_id"].iloc[0]
    types = {route.route_id: route.route_type for route in wanted.routes}
    routes = service.routes
    routes = routes.assign(
        agency_id=[agency[each] or company for each in routes["route_id"]],
        route_type=routes["route_id"].map(types),
    )
    fresh = {
        "routes": routes[~routes["route_id"].isin(tables["routes"]["route_id"])],
        "stops": service.stops[service.stops["stop_id"].isin({stop.stop_id for stop in new})],
        "calendar": _calendar(tables, service),
        "translations": service.translations,
        **{name: service.table(name) for name in OWN},
    }
    for name, frame in fresh.items():
        if not len(frame):
            continue
        joined = pd.concat([tables[name], frame], ignore_index=True) if name in tables else frame
        tables[name] = joined.drop_duplicates() if name == "translations" else joined


def _calendar(tables: dict[str, pd.DataFrame], service: TransitService) -> pd.DataFrame:
    """Days of service that are new.

    Raises
    ------
    ValidationError
        If the timetable has days of that name that are others.
    """
    if "calendar" not in tables:
        return service.calendar
    old = tables["calendar"].set_index("service_id")[list(DAYS)]
    rows = service.calendar
    for row in rows.to_dict("records"):
        name = row["service_id"]
        if name in old.index and [row[day] for day in DAYS] != old.loc[name].tolist():
            raise ValidationError(
                f"calendar.txt: {name!r} runs on other days there than the card means by it. "
                "Rename it in the feed."
            )
    return rows[~rows["service_id"].isin(old.index)]


def _join_on_foot(
    tables: dict[str, pd.DataFrame], wanted: TransitRouteAddition, new: set[str]
) -> None:
    """Walks between the stops of the new routes and those near them that have none yet."""
    feed = Feed(transfer_m=wanted.transfer_m, transfer_min_s=wanted.transfer_min_secs)
    rows = transfer_rows(tables, feed)
    rows = rows[rows["from_stop_id"].isin(new) | rows["to_stop_id"].isin(new)]
    if not len(rows):
        return
    rows = rows.assign(min_transfer_time=rows["min_transfer_time"].map(math.ceil).astype(float))
    old = tables.get("transfers")
    tables["transfers"] = rows if old is None else pd.concat([old, rows], ignore_index=True)
