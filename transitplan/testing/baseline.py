"""The folder of a baseline: tables of a test as CSV, their tolerances, and the inputs."""

import re
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from transitplan.errors import ValidationError
from transitplan.io.text import read_text_table
from transitplan.testing.inputs import Inputs, read_inputs
from transitplan.testing.table import Table, keys
from transitplan.testing.tolerance import Tolerance, tolerance_from

TOLERANCES, ABOUT, INPUTS = "tolerances.toml", "about.toml", "inputs"
MARKERS = ("<<<<<<< ", "=======", ">>>>>>> ")
BARE = re.compile(r"[A-Za-z0-9_-]+")
HEAD = """\
# How far a value may be from the baseline before the test fails: within any one of the limits given
# (absolute, relative, geh). A limit may name a column, or the first key of a row. Edit and commit.
"""

Limits = dict[str, dict[str, Tolerance]]  # by table, then by column or row


@dataclass(frozen=True, eq=False)
class Baseline:
    """What was found when the baseline was written."""

    tables: Mapping[str, pd.DataFrame]  # cells as text, with the columns of the file
    tolerances: Limits = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)


def read_baseline(folder: Path, wanted: Sequence[Table]) -> Baseline:
    """Read a baseline without its inputs; tables that are not wanted are read too.

    Raises
    ------
    ValidationError
        With every file that cannot be read: merge conflicts, rows that stand twice, limits that
        are none.
    """
    found: list[str] = []
    tables = {}
    by_name = {table.name: table for table in wanted}
    for path in sorted(folder.glob("*.csv")):
        try:
            tables[path.stem] = _cells(path, by_name.get(path.stem))
        except ValidationError as error:
            found += error.problems
    tolerances, about = {}, {}
    try:
        tolerances = _tolerances(folder / TOLERANCES)
        about = {name: str(value) for name, value in _toml(folder / ABOUT).items()}
    except ValidationError as error:
        found += error.problems
    if found:
        raise ValidationError(found)
    return Baseline(tables, tolerances, about)


def kept_inputs(folder: Path) -> Inputs:
    """Read the inputs that a baseline was made from.

    Raises
    ------
    ValidationError
        If a file of them cannot be read.
    """
    _settled(sorted((folder / INPUTS).rglob("*.csv")))
    return read_inputs(folder / INPUTS)


def write_baseline(
    folder: Path,
    tables: Sequence[Table],
    *,
    tolerances: Limits,
    about: Mapping[str, str],
    inputs: Inputs,
) -> None:
    """Write a baseline whole: the folder takes its name when all of it is there."""
    part = folder.with_name(f".part-{folder.name}")
    old = folder.with_name(f".old-{folder.name}")
    for each in (part, old):
        shutil.rmtree(each, ignore_errors=True)
    part.mkdir(parents=True)
    for table in tables:
        table.written().to_csv(part / f"{table.name}.csv", index=False, lineterminator="\n")
    (part / TOLERANCES).write_text(tolerances_text(tolerances), encoding="utf-8")
    words = "".join(f"{name} = {_quoted(value)}\n" for name, value in about.items())
    (part / ABOUT).write_text(words, encoding="utf-8")
    inputs.write(part / INPUTS)
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def tolerances_text(tolerances: Limits) -> str:
    """Write tolerances as TOML, one line a column."""
    lines = [HEAD]
    for name, limits in tolerances.items():
        lines.append(f"\n[{_key(name)}]\n")
        for column, limit in limits.items():
            parts = ", ".join(f"{kind} = {value!r}" for kind, value in limit.described().items())
            lines.append(f"{_key(column)} = {{ {parts} }}\n")
    return "".join(lines)


def _cells(path: Path, table: Table | None) -> pd.DataFrame:
    """Read one table, indexed by the key that the test gives it."""
    _settled([path])
    frame = read_text_table(path).astype(object)
    if table is None:
        return frame
    absent = [name for name in table.key if name not in frame]
    if absent:
        raise ValidationError(
            f"{path}: the column {absent[0]} that names its rows is missing. Restore it from git, "
            "or write the baseline anew with --transitplan-update."
        )
    frame.index = keys(frame, table.key)
    twice = frame.index.duplicated()
    if twice.any():
        raise ValidationError(
            f"{path}, line {int(twice.argmax()) + 2}: {', '.join(frame.index[twice][0])} stands "
            "twice. Keep one row."
        )
    return frame


def _settled(paths: Sequence[Path]) -> None:
    """Refuse files in which a merge conflict stands."""
    found = []
    for path in paths:
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        number = next((i for i, line in enumerate(lines, 1) if line.startswith(MARKERS)), 0)
        if number:
            found.append(
                f"{path}, line {number}: a merge conflict stands here. Settle it in git, or write "
                "the baseline anew with --transitplan-update."
            )
    if found:
        raise ValidationError(found)


def _tolerances(path: Path) -> Limits:
    return {
        name: {
            column: tolerance_from(limits, where=f"{path}, [{name}] {column}")
            for column, limits in _table(path, name, columns).items()
        }
        for name, columns in _toml(path).items()
    }


def _table(path: Path, name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValidationError(f"{path}: {name} stands outside a table. Write [{name}] above it.")
    return value


def _toml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    _settled([path])
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValidationError(f"{path}: not TOML: {error}.") from None


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(each if each.isprintable() else " " for each in plain) + '"'
