"""What a test found against its baseline: what moved, and which inputs changed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from transitplan.errors import NotFoundError, ValidationError
from transitplan.testing.baseline import Baseline, Limits, read_baseline, write_baseline
from transitplan.testing.inputs import InputChange, Inputs, input_changes, same_inputs
from transitplan.testing.regression import NetworkRegression
from transitplan.testing.table import Move, Table, moves
from transitplan.testing.tolerance import EXACT, tolerance_from

SAME, MOVED, MISSING, BROKEN = "same", "moved", "missing", "broken"
WRITTEN, CHANGED = "written", "changed"
MOST = 100  # rows of a table, and changes of inputs, that are told
ENDS = ("from_node_id", "to_node_id")


@dataclass(frozen=True)
class Verdict:
    """How a test stands to its baseline."""

    status: str
    checked: Mapping[str, int] = field(default_factory=dict)  # rows by table
    moves: Sequence[Move] = ()
    changes: Sequence[InputChange] = ()  # of inputs, those nearest to what moved first
    notes: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, which go from a worker to the one who reports; the first of many rows."""
        counts = Counter(each.table for each in self.moves)
        first = [
            each
            for table in counts
            for each in [move for move in self.moves if move.table == table][:MOST]
        ]
        return {
            "status": self.status,
            "checked": dict(self.checked),
            "moved": dict(counts),
            "moves": [_plain(asdict(each)) for each in first],
            "changed": len(self.changes),
            "changes": [_plain(asdict(each)) for each in self.changes[:MOST]],
            "notes": list(self.notes),
        }


def judge(found: NetworkRegression, folder: Path) -> Verdict:
    """Hold what a test checked against its baseline."""
    tables, checked = list(found.tables.values()), _checked(found)
    if not folder.is_dir():
        return Verdict(MISSING, checked)
    try:
        old = read_baseline(folder, tables)
        moved = all_moves(found, old)
    except (ValidationError, NotFoundError) as error:
        return Verdict(BROKEN, checked, notes=getattr(error, "problems", (str(error),)))
    if not moved:
        return Verdict(SAME, checked)
    new = found.gathered()
    changes = explained(input_changes(old.inputs, new), moved)
    return Verdict(MOVED, checked, moved, changes, _notes(found, old, new, changes))


def update(found: NetworkRegression, folder: Path) -> Verdict:
    """Write the baseline, unless nothing moved and no input changed: then not a byte of it."""
    tables, checked, new = list(found.tables.values()), _checked(found), found.gathered()
    status, old, moved, changes, notes = WRITTEN, Baseline({}), [], [], []
    if folder.is_dir():
        try:
            old = read_baseline(folder, tables)
            moved = all_moves(found, old)
            if not moved and _untouched(found, old, new):
                return Verdict(SAME, checked)
            status = CHANGED
            changes = explained(input_changes(old.inputs, new), moved)
        except (ValidationError, NotFoundError) as error:
            notes = list(getattr(error, "problems", (str(error),)))
            moved, old = [], Baseline({})
    write_baseline(folder, tables, tolerances=_limits(found, old), about=found.about(), inputs=new)
    return Verdict(status, checked, moved, changes, notes)


def all_moves(found: NetworkRegression, old: Baseline) -> list[Move]:
    """Every value that moved, the table with the largest move first."""
    limits = _limits(found, old)
    by_table: dict[str, list[Move]] = {}
    for name, table in found.tables.items():
        here = _held(table, limits[name])
        then = old.tables.get(name)
        listed = (
            moves(then, here) if then is not None else [_whole(name, "not in the baseline", "new")]
        )
        by_table[name] = [*_disagreements(found, old, name), *listed]
    for name in old.tables:
        if name not in found.tables:
            by_table[name] = [_whole(name, "in the baseline", "no longer checked")]
    order = sorted(
        by_table, key=lambda name: -max((each.size for each in by_table[name]), default=0)
    )
    return [each for name in order for each in by_table[name]]


def explained(changes: Sequence[InputChange], moved: Sequence[Move]) -> list[InputChange]:
    """Input changes, nearest to what moved first: same row, same crossing, same node, largest."""
    own: dict[tuple[str, str], int] = {}
    for place, move in enumerate(moved):
        for name, value in move.ids.items():
            if value and name != "name":
                own.setdefault((name, value), place)
    crossed = {node for each in changes for node in _nodes(each) if _at(each, own)}

    def near(change: InputChange) -> tuple[int, int, float]:
        link = own.get(("link_id", change.ids.get("link_id", "")))
        crossing = own.get(("crossing_id", change.ids.get("crossing_id", "")))
        if link is not None:
            return 0, link, -change.size
        if crossing is not None:
            return 1, crossing, -change.size
        beside = bool(crossed & set(_nodes(change)))
        return (2 if beside else 3), 0, -change.size

    return sorted(changes, key=near)


def _at(change: InputChange, own: Mapping[tuple[str, str], int]) -> bool:
    return ("link_id", change.ids.get("link_id", "")) in own


def _nodes(change: InputChange) -> list[str]:
    return [change.ids[end] for end in (*ENDS, "node_id") if change.ids.get(end)]


def _checked(found: NetworkRegression) -> dict[str, int]:
    return {name: len(table.written()) for name, table in found.tables.items()}


def _limits(found: NetworkRegression, old: Baseline) -> Limits:
    """Limits by table: what the test gives, else what the baseline says, else the usual ones."""
    limits: Limits = {}
    for name, table in found.tables.items():
        numbers = [each for each in table.columns if table.frame[each].dtype.kind in "iuf"]
        usual = {**dict.fromkeys(numbers, EXACT), **table.tolerances}
        given = {each: table.tolerances[each] for each in found.given[name]}
        limits[name] = {**usual, **old.tolerances.get(name, {}), **given}
    return limits


def _held(table: Table, limits: Mapping[str, Any]) -> Table:
    return replace(table, tolerances=limits)


def _disagreements(found: NetworkRegression, old: Baseline, name: str) -> list[Move]:
    """Limits that the test gives and the baseline says otherwise."""
    if name not in old.tables:
        return []
    then = old.tolerances.get(name, {})
    rows = []
    for column, limits in found.given[name].items():
        now = tolerance_from(limits, where=name)
        if then.get(column) != now:
            said = str(then[column]) if column in then else "not in the baseline"
            rows.append(_whole(name, said, str(now), f"tolerance of {column}"))
    return rows


def _whole(name: str, old: str, new: str, what: str = "the table") -> Move:
    return Move(name, what, "", old, new, "", "", float(np.inf), 1.0, {})


def _untouched(found: NetworkRegression, old: Baseline, new: Inputs) -> bool:
    """Whether writing the baseline would only change the last digits of what has not moved."""
    return old.tolerances == _limits(found, old) and same_inputs(old.inputs, new)


def _notes(
    found: NetworkRegression, old: Baseline, new: Inputs, changes: Sequence[InputChange]
) -> list[str]:
    """What else may explain a move."""
    notes = []
    then, now = old.about.get("software", ""), found.about()["software"]
    if then and then != now:
        notes.append(f"software: {then} → {now}")
    notes += [
        f"the baseline keeps no {kind} to compare with"
        for kind in ("network", "demand")
        if getattr(old.inputs, kind) is None and getattr(new, kind) is not None
    ]
    before, after = (each.get("demand_version", "") for each in (old.about, found.about()))
    ends = any(each.what.startswith("demand") for each in changes)
    if before and after and before != after and not ends:
        notes.append("demand: other trips between the same trip ends, or other values of a class")
    if not changes and not notes:
        notes.append("no input changed: the test itself did, or the program behind it")
    return notes


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    return {
        name: dict(value) if isinstance(value, Mapping) else value for name, value in record.items()
    }
