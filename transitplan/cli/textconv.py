"""``transitplan textconv``: a file as text in which git can see what changed."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import typer

from transitplan.cli.console import examples
from transitplan.errors import TransitplanError

EXAMPLES = examples(
    ("textconv networks/jinan/2025/link.csv", "what git compares"),
    after="`git config diff.transitplan.textconv 'transitplan textconv'` and a line `*.csv "
    "diff=transitplan` in .gitattributes make `git diff` show the cells that changed, by id.",
)
# Git may put letters of its own before the name of a table.
TABLE = re.compile(r"(?:^|[_.-])([a-z_]+)\.(?:csv|txt)$")
csv.field_size_limit(2**31 - 1)  # as in io.text, which takes most of a second to import
WHOLE = ("config",)  # tables of one row, which needs no id


def command(
    file: Path = typer.Argument(
        ..., help="A table (.csv, .txt of a timetable), .omx, .gpkg or .graphml."
    ),
) -> None:
    """Write one line a cell under the id of its row, rows in order of their id.

    The order of rows and columns and empty cells do not count. What cannot be read is written as it
    stands, so that git can go on.
    """
    try:
        lines = list(_lines(file))
    except (TransitplanError, OSError, ValueError, csv.Error):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    typer.echo("\n".join(lines))


def _lines(file: Path) -> Iterator[str]:
    if file.suffix == ".omx":
        return _demand(file)
    if file.suffix in (".gpkg", ".graphml"):
        return _network(file)
    if file.suffix in (".csv", ".txt"):  # .txt: tables of a timetable
        return _csv(file)
    raise ValueError(f"{file}: no table")


def _csv(file: Path) -> Iterator[str]:
    """Rows of one table; a network's have the id that its rules name, others their first column."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        header, *rows = [row for row in csv.reader(text, strict=True) if row]
    if any(len(row) != len(header) for row in rows):
        raise ValueError(f"{file}: rows of another length")
    found = TABLE.search(file.name)
    return _rows(
        found[1] if found else file.stem, [dict(zip(header, row, strict=True)) for row in rows]
    )


def _rows(table: str, rows: Iterable[Mapping[Any, str]]) -> Iterator[str]:
    """One line a row with its id and name, and below it one a cell."""
    rows = list(rows)
    header = list(rows[0]) if rows else [""]
    key = f"{table}_id" if f"{table}_id" in header else header[0]
    columns = sorted({name for row in rows for name in row} - {key})
    ordered = rows if table in WHOLE else sorted(rows, key=lambda row: _order(row[key]))
    for row in ordered:
        cells = {name: row[name] for name in columns if row.get(name)}
        label = row[key] if not cells.get("name") else f"{row[key]} {cells.pop('name')}"
        yield f"{table} {label}"
        yield from (f"  {name}: {value}" for name, value in cells.items())


def _order(key: str) -> tuple[bool, int, str]:
    """Numbers by size, then texts."""
    number = key.lstrip("-").isdecimal()
    return not number, int(key) if number else 0, key


def _network(file: Path) -> Iterator[str]:
    from transitplan.io import read_network
    from transitplan.io.gmns import network_to_text

    config, tables = network_to_text(read_network(file))
    yield from _rows("config", [config])
    for name, frame in tables.items():
        rows = ({str(key): cell for key, cell in row.items()} for row in frame.to_dict("records"))
        yield from _rows(name, rows)


def _demand(file: Path) -> Iterator[str]:
    """Totals and trip ends of each class, and a hash of its cells."""
    from transitplan.io import read_demand

    demand = read_demand(file)
    for each, trips in zip(demand.classes, demand.trips_vph, strict=True):
        yield f"class {each.name}"
        yield from (f"  {name}: {value}" for name, value in each.described().items())
        yield f"  trips: {trips.sum():.3f} veh/h"
        yield f"  cells: {sha256(trips.tobytes()).hexdigest()[:16]}"
        ends = zip(demand.zone_ids, trips.sum(axis=1), trips.sum(axis=0), strict=True)
        yield from (
            f"  zone {zone}: from {leave:.3f}, to {enter:.3f}" for zone, leave, enter in ends
        )
