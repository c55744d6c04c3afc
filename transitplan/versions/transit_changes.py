"""What the transit changes of a card do to the timetable of a draft."""

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools
from transitplan.errors import ValidationError
from transitplan.model.line_plan import seconds
from transitplan.model.transit_checks import great_circle_m
from transitplan.versions.cells import plain
from transitplan.versions.transit_cards import (
    SelectTrips,
    Span,
    TransitPropertyChange,
    TransitRoutingChange,
    TransitScoped,
    TransitServiceDeletion,
    TransitValue,
)

if TYPE_CHECKING:
    from transitplan.versions.cards import Change
    from transitplan.versions.changes import Step

HEADWAY = "headway_secs"
BEFORE = "headway before the card"
FIXED = ("trip_id", "route_id", "service_id", "shape_id")  # what other rows refer to
SHOWN = 5
Seconds = tuple[int, int]


def property_change(step: "Step", change: "Change") -> None:
    """Set or change headways by time of day, or columns of trips and routes."""
    wanted = change.transit_property_change
    if not isinstance(wanted, TransitPropertyChange):
        raise TypeError("a change of another kind than transit_property_change")
    trips, text = select_trips(step, wanted.service)
    spans = [_span(each) for each in wanted.service.timespans]
    for name, rule in wanted.property_changes.items():
        if name == HEADWAY:
            _headways(step, trips, text, rule, spans)
        elif spans or rule.scoped:
            raise ValidationError(f"{name} has one value all day. Leave the timespans out.")
        else:
            _column(step, trips, text, name, rule)
    step.draft.lines_changed = True


def service_deletion(step: "Step", change: "Change") -> None:
    """Take trips away, or their departures within the timespans."""
    wanted = change.transit_service_deletion
    if not isinstance(wanted, TransitServiceDeletion):
        raise TypeError("a change of another kind than transit_service_deletion")
    tables = step.draft.transit
    trips, text = select_trips(step, wanted.service)
    gone = set(trips)
    spans = [_span(each) for each in wanted.service.timespans]
    if spans and "frequencies" in tables:
        rows = _split(tables["frequencies"], set(trips), spans)
        inside = _inside(rows, set(trips), spans)
        step.tell("frequencies", text, rows.loc[inside, "trip_id"].unique(), "deleted")
        tables["frequencies"] = rows[~inside]
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
        said.append(f"{name} {_listed(value)}")
    for name, value in wanted.route_properties.items():
        routes = tables["routes"]
        chosen = routes.loc[_matches(routes, "routes", name, value), "route_id"]
        mask &= trips["route_id"].isin(chosen).to_numpy()
        said.append(f"{name} {_listed(value)}")
    if wanted.nodes is not None:
        mask &= _calling(tables, wanted.nodes.stop_id, every=wanted.nodes.require == "all")
        said.append(f"calling at {wanted.nodes.require} of {_listed(wanted.nodes.stop_id)}")
    if wanted.timespans:
        spans = [_span(each) for each in wanted.timespans]
        mask &= _under_way(tables, spans)
        said.append("; ".join(f"{start} to {end}" for start, end in wanted.timespans))
    text = ", ".join(said)
    if not mask.any():
        raise ValidationError(f"{text}: no trip is so. Correct the selection.")
    return trips.loc[mask, "trip_id"].tolist(), text


def _matches(frame: pd.DataFrame, table: str, name: str, value: Any) -> Bools:
    if name not in frame:
        near = get_close_matches(name, list(frame.columns), n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ValidationError(f"{table}.txt has no column {name!r}.{hint}")
    values = [str(each) for each in (value if isinstance(value, list) else [value])]
    own = frame[name].astype("str")
    found: Bools = own.isin(values).to_numpy(dtype=bool)
    if not found.any() and name.endswith("_name"):  # as the dialect has it: a part of it will do
        found = np.logical_or.reduce([own.str.contains(value, regex=False) for value in values])
    if not found.any():
        raise ValidationError(_unknown(table, name, values, pd.Index(frame[name].astype("str"))))
    return found


def _unknown(table: str, name: str, values: list[str], known: "pd.Index[Any]") -> str:
    near = get_close_matches(values[0], [str(each) for each in known.unique()], n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{table}.txt has no {name} {_listed(values)}.{hint}"


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


def _headways(
    step: "Step", trips: list[str], text: str, rule: TransitValue, spans: list[Seconds]
) -> None:
    tables = step.draft.transit
    rows = tables.get("frequencies", pd.DataFrame({"trip_id": pd.Series(dtype="str")}))
    timed = [trip for trip in trips if trip not in set(rows["trip_id"])]
    if timed:
        raise ValidationError(
            f"trips {_listed(timed)} run by timetable and have no headway. Delete them and add a "
            "route with headways."
        )
    rows = rows.assign(**{BEFORE: rows[HEADWAY]})  # what `existing` speaks of, in every part
    whole = rule.change is not None or "set" in rule.model_fields_set
    parts: list[tuple[TransitValue | TransitScoped, list[Seconds]]] = []
    parts += [(rule, spans)] if whole else []
    parts += [(each, [_span(each.timespan)]) for each in rule.scoped]
    for part, where in parts:
        rows = _split(rows, set(trips), where)
        mask = _inside(rows, set(trips), where)
        mask &= _expected(step, rows, mask, rule, text)
        old = rows.loc[mask, HEADWAY]
        if part.change is None:
            _number(text, part.set)
        new = old + part.change if part.change is not None else old * 0 + part.set
        if (new <= 0).any():
            raise ValidationError(f"{text}: a headway of {new.min():g} s. Correct the change.")
        _claim(step, rows[mask], new.to_numpy())
        rows[HEADWAY] = rows[HEADWAY].mask(mask, new.round())
        tables["frequencies"] = rows.drop(columns=BEFORE)
        ids = rows.loc[mask, "trip_id"]
        step.touch("frequencies", ids, HEADWAY, old.to_numpy(), new.round().to_numpy())
        step.say("frequencies", text, ids.unique(), HEADWAY, _range(old), _range(new))


def _number(text: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValidationError(f"{text}: {HEADWAY}: {value!r} is no number. Write seconds.")


def _claim(step: "Step", rows: pd.DataFrame, values: Any) -> None:
    """Remember who gave a headway; two cards may not give it different values.

    Raises
    ------
    ValidationError
        If a project that this one does not come after gave another headway at that time.
    """
    claims = step.draft.headways
    project, clash = step.card.project, []
    for row, value in zip(rows.to_dict("records"), values, strict=True):
        for start, end, other, given in claims.get(row["trip_id"], []):
            apart = row["end_time"] <= start or end <= row["start_time"]
            if not apart and other not in (project, *step.earlier) and given != value:
                clash.append(
                    f"{row['trip_id']} ({given:g} s by {other!r}, {value:g} s by {project!r})"
                )
        claims.setdefault(row["trip_id"], []).append(
            (row["start_time"], row["end_time"], project, value)
        )
    if clash:
        raise ValidationError(
            f"two cards set other headways: {_listed(clash)}. Make one a prerequisite of the other "
            "if that is meant."
        )


def _split(rows: pd.DataFrame, trips: set[str], spans: list[Seconds]) -> pd.DataFrame:
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


def _inside(rows: pd.DataFrame, trips: set[str], spans: list[Seconds]) -> Bools:
    mask: Bools = rows["trip_id"].isin(trips).to_numpy(copy=True)
    if spans:
        low, high = rows["start_time"].to_numpy(), rows["end_time"].to_numpy()
        mask &= np.any([(low >= a) & (high <= b) for a, b in spans], axis=0)
    return mask


def _expected(
    step: "Step", rows: pd.DataFrame, mask: Bools, rule: TransitValue, text: str
) -> Bools:
    """Rows whose headway is what the card expects, or all where it expects nothing."""
    same: Bools = np.ones(len(rows), dtype=bool)
    if rule.existing is None:
        return same
    _number(text, rule.existing)
    same = np.isclose(rows[BEFORE].to_numpy(float), float(rule.existing))
    others = rows[mask & ~same]
    if others.empty:
        return same
    said = (
        f"{text}: {HEADWAY} was expected to be {rule.existing:g}, but {others['trip_id'].iloc[0]} "
        f"has {others[BEFORE].iloc[0]:g}"
    )
    if rule.existing_value_conflict == "error":
        raise ValidationError(f"{said}. Correct `existing`, or say warn or skip.")
    skip = rule.existing_value_conflict == "skip"
    step.warnings.append(f"{said}: {'skipped' if skip else 'changed all the same'}.")
    return same if skip else np.ones(len(rows), dtype=bool)


def _as_expected(
    step: "Step",
    frame: pd.DataFrame,
    mask: Bools,
    labels: tuple[str, str],
    rule: TransitValue,
    text: str,
) -> Bools:
    """Rows whose cell is what the card expects, or all; labels are those of the key and cell."""
    same: Bools = np.ones(len(frame), dtype=bool)
    key, name = labels
    if rule.existing is None:
        return same
    cells = frame[name]
    if cells.dtype.kind in "if" and isinstance(rule.existing, int | float):
        same = np.isclose(cells.to_numpy(float), float(rule.existing))
    else:
        same = (cells.astype("str") == str(rule.existing)).to_numpy(dtype=bool)
    others = frame[mask & ~same]
    if others.empty:
        return same
    said = (
        f"{text}: {name} was expected to be {rule.existing!r}, but {others[key].iloc[0]} has "
        f"{plain(others[name].iloc[0])!r}"
    )
    if rule.existing_value_conflict == "error":
        raise ValidationError(f"{said}. Correct `existing`, or say warn or skip.")
    skip = rule.existing_value_conflict == "skip"
    step.warnings.append(f"{said}: {'skipped' if skip else 'changed all the same'}.")
    return same if skip else np.ones(len(frame), dtype=bool)


def _column(step: "Step", trips: list[str], text: str, name: str, rule: TransitValue) -> None:
    """Set a column of trips, or of their routes."""
    tables = step.draft.transit
    table = "trips" if name in tables["trips"] else "routes"
    frame = tables[table]
    if name not in frame or name in FIXED:
        why = "is not known" if name not in frame else "names a row, and other rows refer to it"
        raise ValidationError(f"{name} {why}. Change {HEADWAY}, or columns of trips or routes.")
    key = "trip_id" if table == "trips" else "route_id"
    chosen = tables["trips"]["trip_id"].isin(trips)
    mask: Bools = frame[key].isin(tables["trips"].loc[chosen, key]).to_numpy(copy=True)
    mask &= _as_expected(step, frame, mask, (key, name), rule, text)
    old, ids = frame.loc[mask, name], frame.loc[mask, key]
    number = frame[name].dtype.kind in "if"
    if rule.change is not None and not number:
        raise ValidationError(f"{name} is no number: use set instead of change.")
    new = old + rule.change if rule.change is not None else rule.set
    values = frame[name].astype("float64") if number else frame[name]
    made = values.mask(mask, new)
    given = made[mask].tolist()
    step.draft.claim(step.card.project, f"{table}.txt", ids, name, given, step.earlier)
    tables[table] = frame.assign(**{name: made})
    step.touch(table, ids, name, old.to_numpy(), made[mask])
    told = rule.set if rule.change is None else rule.change
    step.say(table, text, ids, name, _range(old), str(told))


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
            f"trip {calls['trip_id'].iloc[0]} does not call at {_listed(part)} one after the other."
        )
    at, new = ends[0], wanted
    ids = [*old[:at], *new, *old[at + len(part) :]]
    if len(ids) < 2:  # noqa: PLR2004  from and to
        raise ValidationError("fewer than two stops are left.")
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


def _span(span: Span) -> Seconds:
    start, end = seconds(span[0]), seconds(span[1])
    if start is None or end is None or end <= start:
        raise ValidationError(
            f"{span[0]!r} to {span[1]!r} is no span of the day. Write it as 07:00 and 09:00, and "
            "after midnight as 25:00."
        )
    return start, end


def _range(values: "pd.Series[Any]") -> str:
    kinds = values.unique()
    if len(kinds) == 1:
        return str(kinds[0])
    numbers = values.dtype.kind in "if" and len(kinds)
    return f"{values.min():g} to {values.max():g}" if numbers else f"{len(kinds)} different"


def _listed(values: Any) -> str:
    several = values if isinstance(values, list) else [values]
    shown = ", ".join(str(each) for each in several[:SHOWN])
    return shown if len(several) <= SHOWN else f"{shown} and {len(several) - SHOWN} more"
