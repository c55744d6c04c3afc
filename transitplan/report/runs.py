"""Runs that were written into folders: where they lie, and what their records say."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from transitplan.errors import NotFoundError, near

RECORDS = ("run.json", "programme.json")  # of assess and appraise; of stage
DEPTH = 2  # folders below the one that is named
FIRST = ("report.html", "map.html", "programme.html", "tables.xlsx", "results.gpkg", *RECORDS)
SHOWN = {
    *(".html", ".json", ".xlsx", ".gpkg", ".csv", ".geojson", ".parquet", ".pdf"),
    *(".png", ".svg", ".txt", ".md", ".toml", ".omx", ".graphml", ".yml"),
}


@dataclass(frozen=True)
class Run:
    """A folder with a record.

    Parameters
    ----------
    name
        Its path from the folder that is looked at; ``.`` for that folder itself.
    written
        When its record was written, local time.
    records
        What run.json and programme.json hold, by file; a broken one is absent.
    files
        Names of the files that can be opened, the pages first.
    problems
        What is wrong with its records.
    """

    name: str
    folder: Path
    written: datetime
    records: Mapping[str, Mapping[str, Any]]
    files: tuple[str, ...]
    problems: tuple[str, ...] = ()

    def rows(self, table: str, record: str = RECORDS[0]) -> list[dict[str, Any]]:
        """Rows of a table of a record; none where it has no such table."""
        found = self.records.get(record, {}).get(table)
        rows = found if isinstance(found, list) else []
        return [row for row in rows if isinstance(row, dict)]

    def fact(self, *keys: str) -> Any:
        """A value of either record under its keys; None where there is none."""
        for record in self.records.values():
            value: Any = record
            for key in keys:
                value = value.get(key) if isinstance(value, Mapping) else None
            if value is not None:
                return value
        return None


def find_runs(folder: Path) -> list[Run]:
    """Find the runs in a folder and two levels below it, the newest first.

    Links that lead out of the folder are not followed.

    Raises
    ------
    NotFoundError
        If there is no such folder, or no run in it.
    """
    if not folder.is_dir():
        raise NotFoundError(f"{folder}: no such folder. {near(folder)}".rstrip())
    root = folder.resolve()
    found = [_run(place, root) for place in _folders(root, DEPTH) if _there(place, root)]
    if not found:
        raise NotFoundError(
            f"{folder}: no run in it: neither {' nor '.join(RECORDS)}. `transitplan "
            "assess --out out` makes one."
        )
    return sorted(found, key=lambda run: (run.written, run.name), reverse=True)


def _folders(folder: Path, depth: int) -> Iterator[Path]:
    yield folder
    if depth:
        for each in sorted(folder.iterdir()):
            if each.is_dir() and not each.is_symlink() and not each.name.startswith("."):
                yield from _folders(each, depth - 1)


def _run(folder: Path, root: Path) -> Run:
    records: dict[str, Any] = {}
    problems = []
    there = _there(folder, root)
    for path in there:
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            problems.append(f"{path.name}: {error}")
            continue
        if isinstance(record, dict):
            records[path.name] = record
        else:
            problems.append(f"{path.name}: no record")
    last = max(path.stat().st_mtime for path in there)
    written = datetime.fromtimestamp(last, tz=UTC).astimezone()
    name = folder.relative_to(root).as_posix()
    return Run(name, folder, written, records, _files(folder, root), tuple(problems))


def _there(folder: Path, root: Path) -> list[Path]:
    """Records of a folder, but none that a link takes from elsewhere."""
    paths = [folder / name for name in RECORDS]
    return [path for path in paths if path.is_file() and path.resolve().is_relative_to(root)]


def _files(folder: Path, root: Path) -> tuple[str, ...]:
    names = {
        each.name
        for each in folder.iterdir()
        if each.suffix.lower() in SHOWN
        and not each.name.startswith(".")
        and each.is_file()
        and each.resolve().is_relative_to(root)
    }
    first = [name for name in FIRST if name in names]
    return (*first, *sorted(names - set(first)))


@dataclass(frozen=True)
class Moved:
    """A number of two runs."""

    labels: tuple[str, ...]
    before: float | None
    after: float | None

    @property
    def change(self) -> float | None:
        """What it rose by; None where one of them has none."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


@dataclass(frozen=True)
class Inputs:
    """Which inputs of two runs differ."""

    changed: list[str] = field(default_factory=list)
    only_before: list[str] = field(default_factory=list)
    only_after: list[str] = field(default_factory=list)


def inputs_between(before: Run, after: Run) -> Inputs:
    """Files, by the hashes that the records hold, that are not the same for both runs."""
    one, two = (_hashes(run) for run in (before, after))
    return Inputs(
        sorted(name for name in one.keys() & two.keys() if one[name] != two[name]),
        sorted(one.keys() - two.keys()),
        sorted(two.keys() - one.keys()),
    )


def moved_between(
    before: Run, after: Run, table: str, keys: tuple[str, ...], value: str
) -> list[Moved]:
    """Return a column of a table of both runs, side by side: rows meet by their keys."""
    one, two = (_column(run, table, keys, value) for run in (before, after))
    order = dict.fromkeys([*one, *two])
    return [Moved(key, one.get(key), two.get(key)) for key in order]


def _column(
    run: Run, table: str, keys: tuple[str, ...], value: str
) -> dict[tuple[str, ...], float | None]:
    found = {}
    for row in run.rows(table):
        number = row.get(value)
        known = isinstance(number, int | float) and not isinstance(number, bool)
        found[tuple(str(row.get(key, "")) for key in keys)] = float(number) if known else None  # type: ignore[arg-type]
    return found


def _hashes(run: Run) -> dict[str, str]:
    told = run.fact("provenance", "files")
    return {str(name): str(value) for name, value in told.items()} if told else {}
