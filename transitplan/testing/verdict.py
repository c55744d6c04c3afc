"""What a test found against its baseline: what moved, and which inputs changed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from transitplan.errors import NotFoundError, ValidationError
from transitplan.testing.baseline import (
    Baseline,
    Limits,
    kept_inputs,
    read_baseline,
    write_baseline,
)
from transitplan.testing.changed import InputChange, same_inputs
from transitplan.testing.explanation import explanation, problems_of
from transitplan.testing.inputs import Inputs
from transitplan.testing.moves import Move, moves, whole
from transitplan.testing.regression import NetworkRegression
from transitplan.testing.table import Table
from transitplan.testing.tolerance import EXACT, tolerance_from

SAME, MOVED, MISSING, BROKEN = "same", "moved", "missing", "broken"
WRITTEN, CHANGED = "written", "changed"
MOST = 100  # rows of a table, and changes of inputs, that are told


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
        return Verdict(BROKEN, checked, notes=problems_of(error))
    if not moved:
        return Verdict(SAME, checked)
    changes, notes = explanation(found, old, folder, moved)
    return Verdict(MOVED, checked, moved, changes, notes)


def update(found: NetworkRegression, folder: Path) -> Verdict:
    """Write the baseline, unless nothing moved and no input changed: then not a byte of it."""
    tables, checked, new = list(found.tables.values()), _checked(found), found.gathered()
    verdict, old = Verdict(WRITTEN, checked), Baseline({})
    if folder.is_dir():
        try:
            old = read_baseline(folder, tables)
            moved = all_moves(found, old)
            if not moved and _untouched(found, old, new, folder):
                return Verdict(SAME, checked)
            changes, notes = explanation(found, old, folder, moved)
            verdict = Verdict(CHANGED, checked, moved, changes, notes if moved else ())
        except (ValidationError, NotFoundError) as error:
            old = Baseline({})
            told = [f"the old one could not be read: {each}" for each in problems_of(error)]
            verdict = replace(verdict, notes=told)
    write_baseline(folder, tables, tolerances=_limits(found, old), about=found.about(), inputs=new)
    return verdict


def all_moves(found: NetworkRegression, old: Baseline) -> list[Move]:
    """Every value that moved, the table with the largest move first."""
    limits = _limits(found, old)
    by_table: dict[str, list[Move]] = {}
    for name, table in found.tables.items():
        here = _held(table, limits[name])
        then = old.tables.get(name)
        listed = (
            moves(then, here) if then is not None else [whole(name, "not in the baseline", "new")]
        )
        by_table[name] = [*_disagreements(found, old, name), *listed]
    for name in old.tables:
        if name not in found.tables:
            by_table[name] = [whole(name, "in the baseline", "no longer checked")]
    order = sorted(
        by_table, key=lambda name: -max((each.size for each in by_table[name]), default=0)
    )
    return [each for name in order for each in by_table[name]]


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
            rows.append(whole(name, said, str(now), f"tolerance of {column}"))
    return rows


def _untouched(found: NetworkRegression, old: Baseline, new: Inputs, folder: Path) -> bool:
    """Whether writing the baseline would only change the last digits of what has not moved."""
    try:
        return old.tolerances == _limits(found, old) and same_inputs(kept_inputs(folder), new)
    except (ValidationError, NotFoundError):
        return False


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    return {
        name: dict(value) if isinstance(value, Mapping) else value for name, value in record.items()
    }
