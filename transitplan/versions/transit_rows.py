"""Rows of a timetable's tables that a card sets, adds and deletes, named by their keys.

``table_change`` with a table of ``transit/`` comes here: the way to say exactly what the transit
blocks of the dialect cannot say.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transitplan.errors import ValidationError, listed
from transitplan.model.line_plan import seconds
from transitplan.model.service import TransitService
from transitplan.model.tables import Column
from transitplan.model.transit_checks import KEYS as SEVERAL
from transitplan.model.transit_tables import SUFFIX, TRANSIT_TABLES
from transitplan.versions.columns import number, one_value, only_own

if TYPE_CHECKING:
    from transitplan.versions.cards import TableChange
    from transitplan.versions.changes import Step

WHOLE, PREFIX = "transit", "transit/"
ALL = "all"
KEYS: dict[str, tuple[str, ...]] = {  # columns that together name a row
    **{
        name: tuple(rule.name for rule in rules if rule.unique)
        for name, rules in TRANSIT_TABLES.items()
    },
    **{name: tuple(columns) for name, columns in SEVERAL.items()},
    "frequencies": ("trip_id", "start_time"),
    "transfers": ("from_stop_id", "to_stop_id"),
    "fare_rules": ("fare_id", "route_id", "origin_id", "destination_id", "contains_id"),
    "feed_info": ("feed_publisher_name",),
}
Key = tuple[Any, ...]


def is_transit(table: str) -> bool:
    """Whether a card means the timetable by this name of a table."""
    return table == WHOLE or table.startswith(PREFIX)


def table_change(step: "Step", wanted: "TableChange") -> None:
    """Set, add and delete rows of one table, or take the whole timetable away.

    Raises
    ------
    ValidationError
        If a table, column or row is not known, or a cell is not what its column holds.
    """
    step.draft.lines_changed = True
    tables, name = step.draft.transit, wanted.table.removeprefix(PREFIX)
    if wanted.table == WHOLE:
        _clear(step, wanted)
        return
    if name not in TRANSIT_TABLES:
        near = get_close_matches(name, list(TRANSIT_TABLES), n=1)
        hint = f" Did you mean {PREFIX}{near[0]}?" if near else ""
        raise ValidationError(
            f"there is no table {wanted.table!r}.{hint} Tables: {PREFIX}"
            + f", {PREFIX}".join(TRANSIT_TABLES)
            + "."
        )
    frame = tables[name] if name in tables else TransitService({}).table(name)
    frame = _columns(step, name, frame.reset_index(drop=True), wanted)
    frame = _deleted(step, name, frame, wanted.delete)
    tables[name] = _set(step, name, frame, wanted)


def keys(name: str, frame: pd.DataFrame) -> list[Key]:
    """Key of each row of a table."""
    return list(zip(*(frame[column].tolist() for column in KEYS[name]), strict=True))


def _clear(step: "Step", wanted: "TableChange") -> None:
    if wanted.delete != [ALL] or wanted.set_rows:
        raise ValidationError(
            f"{WHOLE} is the whole timetable: say delete: {ALL}, or name a table as {PREFIX}stops."
        )
    for name, frame in step.draft.transit.items():
        step.tell(name, "the timetable", _ids(keys(name, frame)), new="deleted")
    step.draft.transit.clear()


def _columns(step: "Step", name: str, frame: pd.DataFrame, wanted: "TableChange") -> pd.DataFrame:
    """Drop and add columns of the user."""
    ruled = {rule.name for rule in TRANSIT_TABLES[name]}
    unknown = [each for each in wanted.drop_columns if each not in frame or each in ruled]
    if unknown:
        raise ValidationError(f"{name}{SUFFIX} has no column {listed(unknown)} of your own.")
    for each in wanted.drop_columns:
        step.tell(name, f"column {each}", [], new="deleted")
    only_own(f"{name}{SUFFIX}", wanted.new_columns, ruled)
    kept = frame.drop(columns=list(wanted.drop_columns))
    new = [each for each in wanted.new_columns if each not in kept]  # others were brought before
    for each in new:
        step.tell(name, f"column {each}", [], new="added")
    return kept.assign(**dict.fromkeys(new, ""))


def _deleted(step: "Step", name: str, frame: pd.DataFrame, wanted: Sequence[Any]) -> pd.DataFrame:
    """Take rows away by key, or by its first parts: a shape by its id, with all its points."""
    if not wanted:
        return frame
    rules = {rule.name: rule for rule in TRANSIT_TABLES[name]}
    given = [
        tuple(
            cell(name, rules[column], part)
            for column, part in zip(KEYS[name], each if isinstance(each, list) else [each])  # noqa: B905  first parts
        )
        for each in wanted
    ]
    here = keys(name, frame)
    sizes = {len(each) for each in given}
    known = {key[:size] for key in here for size in sizes}
    missing = [each for each in given if each not in known]
    if missing:
        raise ValidationError(
            f"{name}{SUFFIX} has no {', '.join(KEYS[name])} {listed(_ids(missing))}. Correct "
            "delete."
        )
    gone = set(given)
    mask = np.array([any(key[:size] in gone for size in sizes) for key in here], dtype=bool)
    step.tell(name, "rows", _ids(here[i] for i in np.flatnonzero(mask)), new="deleted")
    return frame[~mask].reset_index(drop=True)


def _set(step: "Step", name: str, frame: pd.DataFrame, wanted: "TableChange") -> pd.DataFrame:
    """Change cells of rows that exist, and add the others."""
    rows_of: dict[Key, list[int]] = {}
    for at, key in enumerate(keys(name, frame)):
        rows_of.setdefault(key, []).append(at)
    cells: dict[str, dict[int, Any]] = {}
    added = []
    for given in wanted.set_rows:
        row = _row(name, given, frame)
        key = tuple(row[column] for column in KEYS[name])
        if key not in rows_of:
            added.append(row)
            continue
        for column, value in row.items():
            if column not in KEYS[name]:
                cells.setdefault(column, {}).update(dict.fromkeys(rows_of[key], value))
    if wanted.at and len(wanted.at) != len(added):
        raise ValidationError(
            f"{name}{SUFFIX}: at names {len(wanted.at)} places for {len(added)} new rows. "
            "Give each row one."
        )
    for column, values in cells.items():
        frame = _changed(step, name, frame, column, values)
    if not added:
        return frame
    new = pd.DataFrame(added).reindex(columns=frame.columns)
    step.tell(name, f"{len(added)} new rows", _ids(keys(name, new)), new="added")
    joined = pd.concat([frame, new], ignore_index=True) if len(frame) else new
    return joined.iloc[_places(len(frame), len(added), wanted.at)].reset_index(drop=True)


def _places(n_kept: int, n_added: int, at: Sequence[int]) -> list[int]:
    """Order of rows when the new ones, which stand last, go to their places."""
    order = list(range(n_kept))
    places = at or [n_kept + n_added] * n_added
    for place, row in sorted(zip(places, range(n_kept, n_kept + n_added), strict=True)):
        order.insert(place, row)
    return order


def _changed(
    step: "Step", name: str, frame: pd.DataFrame, column: str, values: Mapping[int, Any]
) -> pd.DataFrame:
    rows, new = list(values), list(values.values())
    ids = _ids(keys(name, frame.iloc[rows]))
    old = frame[column].iloc[rows].to_numpy(object)
    step.draft.claim(step.card.project, name + SUFFIX, ids, column, new, step.earlier)
    cells = frame[column].astype(object)
    cells.iloc[rows] = new
    step.touch(name, ids, column, old, new)
    step.say(name, "rows by id", ids, column, _several(old), _several(new))
    return frame.assign(**{column: cells})


def _row(name: str, given: Mapping[str, Any], frame: pd.DataFrame) -> dict[str, Any]:
    """Cells as their columns hold them, those of the key complete."""
    rules = {rule.name: rule for rule in TRANSIT_TABLES[name]}
    unknown = [str(each) for each in given if each not in frame]
    if unknown:
        near = get_close_matches(unknown[0], [str(each) for each in frame], n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "Name columns of your own in new_columns."
        raise ValidationError(f"{name}{SUFFIX} has no column {unknown[0]!r}. {hint}")
    lacking = [
        column
        for column in KEYS[name]
        if column not in given and rules[column].kind not in {"text", "date"}
    ]
    if lacking:
        raise ValidationError(f"{name}{SUFFIX}: a row has no {lacking[0]}. Give it one.")
    whole = {**{column: given.get(column) for column in KEYS[name]}, **given}
    return {column: cell(name, rules.get(column), value) for column, value in whole.items()}


def cell(name: str, rule: Column | None, value: Any) -> Any:
    """Return a value of a card as its column holds it: texts, numbers, seconds after midnight.

    Raises
    ------
    ValidationError
        If it is a list, or no number or time where the column holds them.
    """
    where = f"{name}{SUFFIX}, column {'' if rule is None else rule.name}"
    one_value(where, value)
    if rule is None or rule.kind in {"text", "date"}:
        return "" if value is None else str(value)
    if value is None:
        return np.nan if rule.default is None else rule.default
    if rule.kind == "time":
        found = seconds(value) if isinstance(value, str) else None
        if found is None:
            raise ValidationError(
                f"{where}: {value!r} is no time. Write it in quotes, as '07:30:00', and after "
                "midnight as '25:10:00'."
            )
        return found
    found = number(where, value)
    if rule.kind == "int" and found == found and not float(found).is_integer():  # noqa: PLR0124
        raise ValidationError(f"{where}: {value!r} is no whole number. Write one.")
    return found


def _ids(found: Any) -> list[str]:
    """Keys as one text each."""
    return [" ".join(str(part) for part in key if part != "") for key in found]


def _several(values: Any) -> str:
    kinds = list(dict.fromkeys(map(str, values)))
    return kinds[0] if len(kinds) == 1 else f"{len(kinds)} different"
