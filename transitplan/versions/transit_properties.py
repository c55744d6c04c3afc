"""Headways, and columns of trips and routes, as the cards set them."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools
from transitplan.errors import ValidationError, listed
from transitplan.model.transit_tables import SUFFIX, TRANSIT_TABLES
from transitplan.versions.cells import plain
from transitplan.versions.columns import number, one_value
from transitplan.versions.transit_cards import TransitPropertyChange, TransitScoped, TransitValue
from transitplan.versions.transit_changes import (
    Seconds,
    inside,
    select_trips,
    span_of,
    split,
)
from transitplan.versions.transit_rows import cell

if TYPE_CHECKING:
    from transitplan.versions.cards import Change
    from transitplan.versions.changes import Step

HEADWAY = "headway_secs"
BEFORE = "headway before the card"
FIXED = ("trip_id", "route_id", "service_id", "shape_id")  # what other rows refer to


def property_change(step: "Step", change: "Change") -> None:
    """Set or change headways by time of day, or columns of trips and routes."""
    wanted = change.transit_property_change
    if not isinstance(wanted, TransitPropertyChange):
        raise TypeError("a change of another kind than transit_property_change")
    trips, text = select_trips(step, wanted.service)
    spans = [span_of(each) for each in wanted.service.timespans]
    for name, rule in wanted.property_changes.items():
        if name == HEADWAY:
            _headways(step, trips, text, rule, spans)
        elif spans or rule.scoped:
            raise ValidationError(f"{name} has one value all day. Leave the timespans out.")
        else:
            _column(step, trips, text, name, rule)
    step.draft.lines_changed = True


def _headways(
    step: "Step", trips: list[str], text: str, rule: TransitValue, spans: list[Seconds]
) -> None:
    tables = step.draft.transit
    rows = tables.get("frequencies", pd.DataFrame({"trip_id": pd.Series(dtype="str")}))
    timed = [trip for trip in trips if trip not in set(rows["trip_id"])]
    if timed:
        raise ValidationError(
            f"trips {listed(timed)} run by timetable and have no headway. Delete them and add a "
            "route with headways."
        )
    if rule.existing is not None:
        _number(text, rule.existing)
    rows = rows.assign(**{BEFORE: rows[HEADWAY]})  # what `existing` speaks of, in every part
    whole = rule.change is not None or "set" in rule.model_fields_set
    parts: list[tuple[TransitValue | TransitScoped, list[Seconds]]] = []
    parts += [(rule, spans)] if whole else []
    parts += [(each, [span_of(each.timespan)]) for each in rule.scoped]
    for part, where in parts:
        rows = split(rows, set(trips), where)
        mask = inside(rows, set(trips), where)
        mask &= _expected(step, rows, mask, ("trip_id", BEFORE, HEADWAY), rule, text)
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
            f"two cards set other headways: {listed(clash)}. Make one a prerequisite of the other "
            "if that is meant."
        )


def _expected(
    step: "Step",
    frame: pd.DataFrame,
    mask: Bools,
    labels: tuple[str, str, str],
    rule: TransitValue,
    text: str,
) -> Bools:
    """Rows whose cell is what the card expects, or all; labels: key, cell, name of the property."""
    every: Bools = np.ones(len(frame), dtype=bool)
    if rule.existing is None:
        return every
    key, column, name = labels
    cells = frame[column]
    if cells.dtype.kind in "if" and isinstance(rule.existing, int | float):
        same: Bools = np.isclose(cells.to_numpy(float), float(rule.existing))
    else:
        same = (cells.astype("str") == str(rule.existing)).to_numpy(dtype=bool)
    others = frame[mask & ~same]
    if others.empty:
        return same
    said = (
        f"{text}: {name} was expected to be {rule.existing!r}, but {others[key].iloc[0]} has "
        f"{plain(others[column].iloc[0])!r}"
    )
    if rule.existing_value_conflict == "error":
        raise ValidationError(f"{said}. Correct `existing`, or say warn or skip.")
    skip = rule.existing_value_conflict == "skip"
    step.warnings.append(f"{said}: {'skipped' if skip else 'changed all the same'}.")
    return same if skip else every


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
    mask &= _expected(step, frame, mask, (key, name, name), rule, text)
    old, ids = frame.loc[mask, name], frame.loc[mask, key]
    is_number = frame[name].dtype.kind in "if"
    if rule.change is not None and not is_number:
        raise ValidationError(f"{name} is no number: use set instead of change.")
    new = [rule.set] * len(old) if rule.change is None else (old + rule.change).tolist()
    made: pd.Series[Any] = frame[name].astype("float64" if is_number else "str")
    made[mask] = [_cell(table, name, value, is_number=is_number) for value in new]
    given = made[mask].tolist()
    step.draft.claim(step.card.project, f"{table}.txt", ids, name, given, step.earlier)
    tables[table] = frame.assign(**{name: made})
    step.touch(table, ids, name, old.to_numpy(), made[mask])
    told = rule.set if rule.change is None else rule.change
    step.say(table, text, ids, name, _range(old), str(told))


def _cell(table: str, name: str, value: Any, *, is_number: bool) -> Any:
    """Return a value as the column holds it, one of the user's own by the kind of its cells."""
    for rule in TRANSIT_TABLES[table]:
        if rule.name == name:
            return cell(table, rule, value)
    where = f"{table}{SUFFIX}, column {name}"
    one_value(where, value)
    if value is None:
        return np.nan if is_number else ""
    return number(where, value) if is_number else str(value)


def _range(values: "pd.Series[Any]") -> str:
    kinds = values.unique()
    if len(kinds) == 1:
        return str(kinds[0])
    numbers = values.dtype.kind in "if" and len(kinds)
    return f"{values.min():g} to {values.max():g}" if numbers else f"{len(kinds)} different"
