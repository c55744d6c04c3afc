"""What each kind of change of a card does to the draft of a network."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Ints
from transitplan.errors import ValidationError, likely
from transitplan.model.tables import TABLES
from transitplan.versions import columns, transit_changes, transit_properties, transit_rows
from transitplan.versions.cards import (
    Card,
    Change,
    Conflict,
    CrossingChange,
    PropertyChange,
    RoadwayAddition,
    RoadwayDeletion,
    RoadwayPropertyChange,
    ScopedValue,
    TableChange,
)
from transitplan.versions.draft import KEYS, Draft, unknown
from transitplan.versions.selection import Found, select, select_links, select_nodes
from transitplan.versions.transit_addition import route_addition

BY_CLASS = {"toll_cny": {"car": "toll_cny", "truck": "toll_truck_cny"}}  # what may differ by class
FALLBACK = {"toll_truck_cny": "toll_cny"}  # empty stands for the other class's
HALF = 0.5  # lanes of a crossing are counted in both directions


class Touch(NamedTuple):
    """Rows that a change of a card touched: one property of them, or the whole rows."""

    card: Card
    table: str
    ids: Any  # of all rows
    column: str  # empty where rows were added, deleted or closed
    old: Any  # of each row, or one for all
    new: Any


class Step:
    """One change of one card on the draft: where it reports to."""

    def __init__(self, draft: Draft, card: Card, number: int, earlier: set[str], hour: str) -> None:
        self.draft, self.card, self.number = draft, card, number
        self.earlier, self.hour = earlier, hour
        self.rows: list[tuple[Any, ...]] = []
        self.touches: list[Touch] = []
        self.warnings: list[str] = []

    def put(self, found: Found, column: str, values: Any, rows: Ints | None = None) -> None:
        """Write a column of what was selected and report it: one value, or an array."""
        if not isinstance(values, np.ndarray):
            values = columns.typed(found.table, column, values)
        at = found.rows if rows is None else rows
        frame = self.draft.table(found.table)
        old = frame[column].iloc[at] if column in frame else pd.Series([None] * at.size)
        self.draft.set_cells(self.card.project, found.table, at, column, values, self.earlier)
        ids = frame.index[at]
        self.touch(found.table, ids, column, old.to_numpy(), values)
        self.say(found.table, found.text, ids, column, _summary(old), _summary(values))

    def tell(self, table: str, text: str, ids: Any, new: str) -> None:
        """Report whole rows that were added, deleted or closed."""
        self.touch(table, ids, new=new)
        self.say(table, text, ids, new=new)

    def touch(
        self, table: str, ids: Any, column: str = "", old: Any = None, new: Any = None
    ) -> None:
        """Remember every row that was touched: a value for each, or one for all."""
        self.touches.append(Touch(self.card, table, ids, column, old, new))

    def say(
        self, table: str, text: str, ids: Any, column: str = "", old: str = "", new: str = ""
    ) -> None:
        """Add a line to the report."""
        kind = self.card.changes[self.number].kind
        listed = [str(each) for each in ids]
        shown = ", ".join(listed[:5]) + (" …" if len(listed) > 5 else "")  # noqa: PLR2004
        what = (self.card.project, self.number + 1, kind, text, table, len(listed), shown)
        self.rows.append((*what, column, old, new))


def _property_change(step: Step, change: Change) -> None:
    wanted = _given(change.roadway_property_change, RoadwayPropertyChange)
    found = select(step.draft, wanted.facility)
    frame = step.draft.table(found.table)
    for name, rule in wanted.property_changes.items():
        column, factor = columns.find(found.table, name, [str(label) for label in frame])
        if column in (KEYS[found.table], "lon", "lat"):
            raise ValidationError(f"{name} cannot be changed in place. Delete and add instead.")
        rows = _expected(step, found, column, rule, factor, rule.existing_value_conflict)
        # What is expected is looked up before anything is written.
        parts = _scoped_parts(step, found._replace(rows=rows), column, rule, factor)
        if rows.size and (rule.change is not None or "set" in rule.model_fields_set):
            values = _value(frame, rows, found.table, column, rule, factor)
            step.put(found, column, values, rows)
        for scoped, target, kept in parts:
            _scoped(step, kept, (column, target), scoped, factor)


def _expected(
    step: Step,
    found: Found,
    column: str,
    rule: PropertyChange | ScopedValue,
    factor: float,
    conflict: Conflict,
) -> Ints:
    """Rows whose value is what the card expects, or all where it expects nothing."""
    if rule.existing is None:
        return found.rows
    scaled = columns.cell(found.table, column, columns.times(rule.existing, factor))
    wanted = columns.typed(found.table, column, scaled)
    frame = step.draft.table(found.table)
    standing = frame[column]
    if column in FALLBACK:
        standing = standing.fillna(frame[FALLBACK[column]])
    same = _same(standing.iloc[found.rows], wanted)
    if same.all():
        return found.rows
    others = frame.index[found.rows[~same]]
    values = standing.iloc[found.rows[~same]]
    text = (
        f"{column} was expected to be {rule.existing!r}, but {others[0]} has "
        f"{_text(values.iloc[0])}"
        + (f" (and {len(others) - 1} more differ)" if len(others) > 1 else "")
    )
    if conflict == "error":
        raise ValidationError(f"{text}. Correct `existing`, or say warn or skip.")
    if conflict == "skip":
        step.warnings.append(f"{text}: skipped.")
        step.say(found.table, found.text, others, column, "not as expected", "skipped")
        kept: Ints = found.rows[same]
        return kept
    step.warnings.append(f"{text}: changed all the same.")
    return found.rows


def _same(values: "pd.Series[Any]", wanted: Any) -> Bools:
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        close: Bools = np.isclose(
            pd.to_numeric(values, errors="coerce"), wanted, rtol=1e-9, atol=1e-9
        )
        return close
    return values.eq(wanted).fillna(value=False).to_numpy(dtype=bool)


def _value(
    frame: pd.DataFrame, rows: Ints, table: str, column: str, rule: Any, factor: float
) -> Any:
    if rule.change is None:
        return columns.cell(table, column, columns.times(rule.set, factor))
    now = frame[column].iloc[rows]
    if now.dtype.kind not in "iuf":
        raise ValidationError(f"{column} is no number: use set instead of change.")
    return (now + rule.change * factor).to_numpy()


def _scoped_parts(
    step: Step, found: Found, column: str, rule: PropertyChange, factor: float
) -> list[tuple[ScopedValue, str, Found]]:
    """Values of this hour, each with its column and the rows that are as it expects."""
    parts = []
    for each in rule.scoped or []:
        if each.timespan is not None and not _within(step.hour, each.timespan):
            continue
        target = _of_class(column, each)
        rows = _expected(step, found, target, each, factor, rule.existing_value_conflict)
        if rows.size:
            parts.append((each, target, found._replace(rows=rows)))
    return parts


def _of_class(column: str, rule: ScopedValue) -> str:
    """Column that holds a property for the class of traffic that is meant."""
    if rule.category is None:
        return column
    by_class = BY_CLASS.get(column, {})
    if rule.category not in by_class:
        known = ", ".join(by_class) or "none"
        raise ValidationError(
            f"{column} has no value for {rule.category!r} alone; classes it knows: {known}."
        )
    return by_class[str(rule.category)]


def _scoped(
    step: Step, found: Found, names: tuple[str, str], rule: ScopedValue, factor: float
) -> None:
    """Write a value for a class of traffic, or for an hour of the day."""
    column, target = names
    frame = step.draft.table(found.table)
    if rule.change is not None and frame[target].iloc[found.rows].isna().any():
        frame[target] = frame[target].fillna(frame[column])  # empty stands for the other class's
    values = _value(frame, found.rows, found.table, target, rule, factor)
    step.put(found, target, values)


def _within(hour: str, span: tuple[str, str]) -> bool:
    start, end = (_minutes(each) for each in span)
    now = _minutes(hour)
    return start <= now < end if start <= end else now >= start or now < end


def _minutes(text: str) -> int:
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(part.isdigit() for part in parts):
        raise ValidationError(f"{text!r} is no time of day. Write hours and minutes, as 07:30.")
    return 60 * int(parts[0]) + int(parts[1])


def _addition(step: Step, change: Change) -> None:
    wanted = _given(change.roadway_addition, RoadwayAddition)
    for table, rows in (("node", wanted.nodes), ("link", wanted.links)):
        if not rows:
            continue
        cells = _new_rows(step, table, rows)
        step.draft.add(table, cells)
        ids = [row[KEYS[table]] for row in cells]
        step.tell(table, f"{len(cells)} new {table}s", ids, new="added")


def _new_rows(step: Step, table: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows by the names and in the units of the model."""
    extra = [str(label) for label in step.draft.table(table)]
    finish = {"node": _placed, "link": _drawn}.get(table)
    cells = []
    for row in rows:
        added, own = columns.added_row(table, row, extra)
        if own:
            step.warnings.append(f"{table}.csv: kept as columns of your own: {', '.join(own)}.")
        cells.append(added if finish is None else finish(step, added))
    return cells


def _placed(step: Step, row: dict[str, Any]) -> dict[str, Any]:
    """Project a node that is given by longitude and latitude."""
    if "lon" in row and "lat" in row:
        x, y = step.draft.network.to_metres(row.pop("lon"), row.pop("lat"))
        row["x_m"], row["y_m"] = float(x), float(y)
    return row


def _drawn(step: Step, row: dict[str, Any]) -> dict[str, Any]:
    """Put the line of a link, given as WKT in longitude and latitude, into geometry.csv."""
    wkt = row.pop("geometry", None)
    if not wkt:
        return row
    import shapely

    try:
        line = shapely.from_wkt(wkt)
    except shapely.errors.ShapelyError as error:
        raise ValidationError(f"link {row.get('link_id')}, geometry: {error}.") from None
    projected = shapely.transform(line, step.draft.network.to_metres, interleaved=False)
    taken = step.draft.table("geometry").index
    numbers = [each for each in taken if isinstance(each, int | np.integer)]
    shape_id = int(max(numbers, default=0)) + 1
    text = shapely.to_wkt(projected, rounding_precision=6)
    step.draft.add("geometry", [{"geometry_id": shape_id, "geometry": text}])
    step.touch("geometry", [shape_id], new="added")
    return {**row, "geometry_id": shape_id, "dir_flag": row.get("dir_flag", 1)}


def _deletion(step: Step, change: Change) -> None:
    wanted = _given(change.roadway_deletion, RoadwayDeletion)
    draft = step.draft
    if wanted.links is not None:
        found = select_links(draft, wanted.links)
        links = draft.table("link")
        gone = links.iloc[found.rows]
        step.tell("link", found.text, gone.index, new="deleted")
        draft.drop("link", found.rows)
        _drop_turns(step, gone.index)
        if wanted.clean_shapes:
            _drop_unused(step, "geometry", gone["geometry_id"].dropna(), ("geometry_id",))
        if wanted.clean_nodes:
            ends = pd.concat([gone["from_node_id"], gone["to_node_id"]])
            _drop_unused(step, "node", ends, ("from_node_id", "to_node_id"))
    if wanted.nodes is not None:
        at = select_nodes(draft, wanted.nodes)
        ids = draft.table("node").index[at.rows]
        links = draft.table("link")
        used = links["from_node_id"].isin(ids) | links["to_node_id"].isin(ids)
        if used.any():
            raise ValidationError(
                f"node {ids[0]} and others of this change are still ends of {int(used.sum())} "
                f"links (link {links.index[used][0]}). Delete those too."
            )
        step.tell("node", at.text, ids, new="deleted")
        draft.drop("node", at.rows)


def _drop_turns(step: Step, link_ids: "pd.Index[Any]") -> None:
    if "movement" not in step.draft.tables:
        return
    turns = step.draft.table("movement")
    lost = (turns["ib_link_id"].isin(link_ids) | turns["ob_link_id"].isin(link_ids)).to_numpy()
    if lost.any():
        step.tell("movement", "turns of these links", turns.index[lost], new="deleted")
        step.draft.drop("movement", np.flatnonzero(lost))


def _drop_unused(step: Step, table: str, ids: "pd.Series[Any]", where: tuple[str, ...]) -> None:
    """Take rows away that no link refers to any more."""
    links = step.draft.table("link")
    used = set().union(*(set(links[column].dropna()) for column in where))
    unused = [each for each in dict.fromkeys(ids) if each not in used]
    rows, _ = step.draft.rows(table, unused)
    if rows.size:
        step.tell(table, "no longer used", step.draft.table(table).index[rows], new="deleted")
        step.draft.drop(table, rows)


def _crossing(step: Step, change: Change) -> None:
    wanted = _given(change.crossing, CrossingChange)
    draft, given = step.draft, wanted.model_fields_set
    own = {"form", "status", "open_year", "lanes", "capital_cost_cny", "banned_uses"}
    cells = {name: getattr(wanted, name) for name in sorted((own | {"availability"}) & given)}
    cells |= wanted.columns
    rows, missing = draft.rows("crossing", [wanted.crossing_id])
    if wanted.new:
        draft.add("crossing", [{"crossing_id": wanted.crossing_id, **cells}])
        step.tell("crossing", wanted.crossing_id, [wanted.crossing_id], new="added")
    elif missing:
        raise ValidationError(
            unknown("crossing", missing, draft.table("crossing").index)
            + " Say new: true to add it."
        )
    else:
        at = Found("crossing", rows, f"crossing {wanted.crossing_id}")
        for name, value in cells.items():
            step.put(at, columns.find("crossing", name, []).column, value)
    links = draft.table("link")
    on_it = np.flatnonzero((links["crossing_id"] == wanted.crossing_id).to_numpy(dtype=bool))
    at = Found("link", on_it, f"links of crossing {wanted.crossing_id}")
    to_links = {name: getattr(wanted, name) for name in ("toll_cny", "toll_truck_cny")}
    if wanted.lanes is not None:
        to_links["lanes"] = HALF * wanted.lanes
    if wanted.form is not None:
        to_links["structure"] = "tunnel" if "tunnel" in wanted.form else "bridge"
    to_links = {name: value for name, value in to_links.items() if value is not None}
    if (wanted.closed or {"toll_cny", "toll_truck_cny"} & set(to_links)) and not on_it.size:
        known = [name for name in links["crossing_id"].unique() if name]
        raise ValidationError(
            "no link belongs to crossing "
            f"{wanted.crossing_id!r}.{likely(wanted.crossing_id, known)}"
        )
    for name, value in to_links.items() if on_it.size else ():
        step.put(at, name, value)
    if wanted.closed:
        step.tell("link", at.text, links.index[on_it], new="closed")
        draft.drop("link", on_it)
        _drop_turns(step, links.index[on_it])


def _table_change(step: Step, change: Change) -> None:
    wanted = _given(change.table_change, TableChange)
    draft, table = step.draft, wanted.table
    if transit_rows.is_transit(table):
        transit_rows.table_change(step, wanted)
        return
    if table not in KEYS:
        raise ValidationError(f"no table {table!r}; tables: {', '.join(KEYS)}, transit/stops, ….")
    if wanted.at or any(isinstance(each, list) for each in wanted.delete):
        raise ValidationError(f"{table}.csv: at and keys of several parts are for transit/.")
    ruled = {rule.name for rule in TABLES[table]}
    columns.only_own(f"{table}.csv", wanted.new_columns, ruled)
    for name in wanted.new_columns:
        frame = draft.table(table)
        if name in frame:  # another card brought it: what it wrote there stays
            continue
        frame[name] = pd.Series(np.nan, index=frame.index, dtype=object)
        step.tell(table, f"column {name}", [], new="added")
    for name in wanted.drop_columns:
        if name not in draft.table(table) or name in ruled:
            raise ValidationError(f"{table}.csv has no column {name!r} of your own to drop.")
        draft.tables[table] = draft.table(table).drop(columns=name)
        step.tell(table, f"column {name}", [], new="deleted")
    if wanted.delete:
        rows, missing = draft.rows(table, wanted.delete)
        if missing:
            raise ValidationError(unknown(table, missing, draft.table(table).index))
        step.tell(table, "rows", draft.table(table).index[rows], new="deleted")
        draft.drop(table, rows)
    _set_rows(step, table, wanted.set_rows)


def _set_rows(step: Step, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Change cells of rows that exist, and add the others."""
    draft, key = step.draft, KEYS[table]
    added = []
    for row in rows:
        if key not in row:
            raise ValidationError(f"{table}.csv: a row has no {key}. Give it one.")
        at, missing = draft.rows(table, [row[key]])
        if missing:
            added.append(row)
            continue
        extra = [str(label) for label in draft.table(table)]
        found = Found(table, at, f"{key} {row[key]}")
        for name, value in row.items():
            if name != key:
                column, factor = columns.find(table, name, extra)
                step.put(found, column, columns.cell(table, column, columns.times(value, factor)))
    if added:
        draft.add(table, _new_rows(step, table, added))
        step.tell(table, f"{len(added)} new rows", [row[key] for row in added], new="added")


APPLY: dict[str, Callable[[Step, Change], None]] = {
    "roadway_property_change": _property_change,
    "roadway_addition": _addition,
    "roadway_deletion": _deletion,
    "crossing": _crossing,
    "table_change": _table_change,
    "transit_property_change": transit_properties.property_change,
    "transit_routing_change": transit_changes.routing_change,
    "transit_service_deletion": transit_changes.service_deletion,
    "transit_route_addition": route_addition,
}


def _given(part: Any, kind: type) -> Any:
    if not isinstance(part, kind):
        raise TypeError(f"a change of another kind than {kind.__name__}")
    return part


def _summary(values: Any) -> str:
    """One value, or the range of several."""
    if isinstance(values, pd.Series | np.ndarray | list):
        several = pd.Series(values).dropna()
        kinds = several.unique()
        if len(kinds) == 0:
            return ""
        if len(kinds) == 1:
            return _text(kinds[0])
        if several.dtype.kind in "iuf":
            return f"{_text(several.min())} to {_text(several.max())}"
        return f"{len(kinds)} different"
    return _text(values)


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float | np.floating) else str(value)
