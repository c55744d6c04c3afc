"""Which trips a card means, and what it does to their calls: taken away, or led otherwise."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools
from transitplan.errors import ValidationError, likely, listed
from transitplan.model.line_plan import seconds
from transitplan.model.transit_checks import great_circle_m
from transitplan.versions.transit_cards import (
    SelectTrips,
    Span,
    TransitRoutingChange,
    TransitServiceDeletion,
)

if TYPE_CHECKING:
    from transitplan.versions.cards import Change
    from transitplan.versions.changes import Step

Seconds = tuple[int, int]


def service_deletion(step: "Step", change: "Change") -> None:
    """Take trips away, or their departures within the timespans."""
    wanted = change.transit_service_deletion
    if not isinstance(wanted, TransitServiceDeletion):
        raise TypeError("a change of another kind than transit_service_deletion")
    tables = step.draft.transit
    trips, text = select_trips(step, wanted.service)
    gone = set(trips)
    spans = [span_of(each) for each in wanted.service.timespans]
    if spans and "frequencies" in tables:
        rows = split(tables["frequencies"], set(trips), spans)
        within = inside(rows, set(trips), spans)
        step.tell("frequencies", text, rows.loc[within, "trip_id"].unique(), "deleted")
        tables["frequencies"] = rows[~within]
        gone -= set(tables["frequencies"]["trip_id"])
    if gone:
        step.tell("trips", text, [trip for trip in trips if trip in gone], "deleted")
    for name in ("trips", "stop_times", "frequencies"):
        if name in tables:
            frame = tables[name]
            tables[name] = frame[~frame["trip_id"].isin(gone)]
    left = tables["trips"]
    if wanted.clean_shapes and "shapes" in tables:
        _keep_used(step, "shapes", "shape_id", left)
    if wanted.clean_routes:
        _keep_used(step, "routes", "route_id", left)
        if "fare_rules" in tables:
            rules = tables["fare_rules"]
            known = {"", *tables["routes"]["route_id"]}
            tables["fare_rules"] = rules[rules["route_id"].isin(known)]
    step.draft.lines_changed = True


def routing_change(step: "Step", change: "Change") -> None:
    """Lead trips over other stops; times follow from the mean speed that the trip had."""
    wanted = change.transit_routing_change
    if not isinstance(wanted, TransitRoutingChange):
        raise TypeError("a change of another kind than transit_routing_change")
    if wanted.service.timespans:
        raise ValidationError("a routing holds all day. Leave the timespans out.")
    tables = step.draft.transit
    trips, text = select_trips(step, wanted.service)
    known = tables["stops"].set_index("stop_id")
    missing = [stop for stop in wanted.routing.set if stop not in known.index]
    if missing:
        raise ValidationError(_unknown("stops", "stop_id", missing, known.index))
    times = tables["stop_times"]
    by_trip = dict(iter(times[times["trip_id"].isin(trips)].groupby("trip_id", sort=False)))
    made = [
        _rerouted(by_trip[trip], wanted.routing.existing, wanted.routing.set, known)
        for trip in trips
    ]
    rest = times[~times["trip_id"].isin(trips)]
    tables["stop_times"] = pd.concat([rest, *made], ignore_index=True)
    led = tables["trips"]
    # The old course on the ground is no longer theirs; they are drawn straight from stop to stop.
    tables["trips"] = led.assign(shape_id=led["shape_id"].where(~led["trip_id"].isin(trips), ""))
    step.tell("trips", f"{text}: stops {', '.join(wanted.routing.set)}", trips, "led otherwise")
    step.draft.lines_changed = True


def select_trips(step: "Step", wanted: SelectTrips) -> tuple[list[str], str]:
    """Trips of a selection, and the selection in words.

    Raises
    ------
    ValidationError
        If there is no timetable, a column is not known, or no trip is selected.
    """
    tables = step.draft.transit
    if not tables:
        raise ValidationError(
            "the network has no transit. Put a GTFS feed into its folder transit/ first."
        )
    trips, said = tables["trips"], []
    mask: Bools = np.ones(len(trips), dtype=bool)
    for name, value in wanted.trip_properties.items():
        mask &= _matches(trips, "trips", name, value)
        said.append(f"{name} {listed(_several(value))}")
    for name, value in wanted.route_properties.items():
        routes = tables["routes"]
        chosen = routes.loc[_matches(routes, "routes", name, value), "route_id"]
        mask &= trips["route_id"].isin(chosen).to_numpy()
        said.append(f"{name} {listed(_several(value))}")
    if wanted.nodes is not None:
        mask &= _calling(tables, wanted.nodes.stop_id, every=wanted.nodes.require == "all")
        said.append(f"calling at {wanted.nodes.require} of {listed(wanted.nodes.stop_id)}")
    if wanted.timespans:
        spans = [span_of(each) for each in wanted.timespans]
        mask &= _under_way(tables, spans)
        said.append("; ".join(f"{start} to {end}" for start, end in wanted.timespans))
    text = ", ".join(said)
    if not mask.any():
        raise ValidationError(f"{text}: no trip is so. Correct the selection.")
    return trips.loc[mask, "trip_id"].tolist(), text


def _matches(frame: pd.DataFrame, table: str, name: str, value: Any) -> Bools:
    if name not in frame:
        raise ValidationError(f"{table}.txt has no column {name!r}.{likely(name, frame.columns)}")
    values = [str(each) for each in _several(value)]
    own = frame[name].astype("str")
    found: Bools = own.isin(values).to_numpy(dtype=bool)
    if not found.any() and name.endswith("_name"):  # as the dialect has it: a part of it will do
        found = np.logical_or.reduce([own.str.contains(value, regex=False) for value in values])
    if not found.any():
        raise ValidationError(_unknown(table, name, values, pd.Index(frame[name].astype("str"))))
    return found


def _unknown(table: str, name: str, values: list[str], known: "pd.Index[Any]") -> str:
    return f"{table}.txt has no {name} {listed(values)}.{likely(values[0], known.unique())}"


def _calling(tables: dict[str, pd.DataFrame], stops: list[str], *, every: bool) -> Bools:
    times = tables["stop_times"]
    calls = times[times["stop_id"].isin(stops)].groupby("trip_id")["stop_id"].nunique()
    found = tables["trips"]["trip_id"].map(calls).fillna(0).to_numpy()
    wanted: Bools = found >= (len(set(stops)) if every else 1)
    return wanted


def _under_way(tables: dict[str, pd.DataFrame], spans: list[Seconds]) -> Bools:
    """Trips that depart within the spans."""
    first = tables["stop_times"].drop_duplicates("trip_id").set_index("trip_id")["departure_time"]
    starts = tables["trips"]["trip_id"].map(first).to_numpy(dtype=float)
    found: Bools = np.any([(a <= starts) & (starts < b) for a, b in spans], axis=0)
    if "frequencies" not in tables:
        return found
    rows = tables["frequencies"]
    low, high = rows["start_time"].to_numpy(), rows["end_time"].to_numpy()
    overlap = np.any([(low < b) & (high > a) for a, b in spans], axis=0)
    repeated = tables["trips"]["trip_id"].isin(rows["trip_id"]).to_numpy()
    now = tables["trips"]["trip_id"].isin(rows.loc[overlap, "trip_id"]).to_numpy()
    both: Bools = np.where(repeated, now, found)
    return both


def split(rows: pd.DataFrame, trips: set[str], spans: list[Seconds]) -> pd.DataFrame:
    """Cut the rows of some trips at the ends of the spans."""
    edges = sorted({edge for span in spans for edge in span})
    for edge in edges:
        cut = rows["trip_id"].isin(trips) & (rows["start_time"] < edge) & (rows["end_time"] > edge)
        if cut.any():
            late = rows[cut].assign(start_time=edge)
            early = rows.assign(end_time=rows["end_time"].mask(cut, edge))
            rows = pd.concat([early, late], ignore_index=True)
            rows = rows.sort_values(["trip_id", "start_time"], kind="stable", ignore_index=True)
    return rows.reset_index(drop=True)


def inside(rows: pd.DataFrame, trips: set[str], spans: list[Seconds]) -> Bools:
    """Rows of some trips that lie within the spans, or all of theirs where there are none."""
    mask: Bools = rows["trip_id"].isin(trips).to_numpy(copy=True)
    if spans:
        low, high = rows["start_time"].to_numpy(), rows["end_time"].to_numpy()
        mask &= np.any([(low >= a) & (high <= b) for a, b in spans], axis=0)
    return mask


def _keep_used(step: "Step", table: str, key: str, trips: pd.DataFrame) -> None:
    frame = step.draft.transit[table]
    used = frame[key].isin(trips[key])
    if not used.all():
        step.tell(table, "no longer used", frame.loc[~used, key].unique(), "deleted")
        step.draft.transit[table] = frame[used]


def _rerouted(
    calls: pd.DataFrame, existing: list[str], wanted: list[str], places: pd.DataFrame
) -> pd.DataFrame:
    """Replace stops of one trip: new parts take the mean speed and stand of the trip."""
    old = calls["stop_id"].tolist()
    part = existing or old
    ends = [i for i in range(len(old) - len(part) + 1) if old[i : i + len(part)] == part]
    if not ends:
        raise ValidationError(
            f"trip {calls['trip_id'].iloc[0]} does not call at {listed(part)} one after the other. "
            "Correct `existing`."
        )
    at, new = ends[0], wanted
    ids = [*old[:at], *new, *old[at + len(part) :]]
    if len(ids) < 2:  # noqa: PLR2004  from and to
        raise ValidationError("fewer than two stops are left. Name more in `set`.")
    arrival, departure = (calls[f"{what}_time"].to_numpy() for what in ("arrival", "departure"))
    run_s = arrival[1:] - departure[:-1]
    speed = max(_ways_m(old, places).sum() / max(run_s.sum(), 1), 1.0)  # m/s
    runs = np.round(_ways_m(ids, places) / speed).astype(int)
    for i in range(len(ids) - 1):  # rides between stops that were neighbours keep their time
        for j in range(len(old) - 1):
            if (old[j], old[j + 1]) == (ids[i], ids[i + 1]):
                runs[i] = run_s[j]
    stand = dict(zip(old, departure - arrival, strict=True))
    usual = int(np.median((departure - arrival)[1:-1])) if len(old) > 2 else 0  # noqa: PLR2004
    dwell = np.array([stand.get(stop, usual) for stop in ids])
    dwell[0] = stand[ids[0]] if ids[0] == old[0] else 0  # a trip leaves its terminal when it did
    dwell[-1] = 0
    reach = arrival[0] + np.concatenate([[0], np.cumsum(runs + dwell[:-1])])
    template = calls.drop_duplicates("stop_id").set_index("stop_id", drop=False)
    rows = template.reindex(ids).reset_index(drop=True)
    return rows.assign(
        trip_id=calls["trip_id"].iloc[0],
        stop_id=ids,
        stop_sequence=range(1, len(ids) + 1),
        arrival_time=reach,
        departure_time=reach + dwell,
        shape_dist_traveled=np.nan,
    )


def _ways_m(ids: list[str], places: pd.DataFrame) -> Any:
    lon, lat = places.loc[ids, ["stop_lon", "stop_lat"]].to_numpy().T
    return great_circle_m(lon[:-1], lat[:-1], lon[1:], lat[1:])


def span_of(span: Span) -> Seconds:
    """Seconds after midnight of a span.

    Raises
    ------
    ValidationError
        If it is no span of the day.
    """
    start, end = seconds(span[0]), seconds(span[1])
    if start is None or end is None or end <= start:
        raise ValidationError(
            f"{span[0]!r} to {span[1]!r} is no span of the day. Write it as 07:00 and 09:00, and "
            "after midnight as 25:00."
        )
    return start, end


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
