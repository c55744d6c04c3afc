"""The hand tables under sources/ and the tables written: CSV, UTF-8, LF, fixed rounding."""

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

SOURCES = Path(__file__).parent / "sources"

Row = dict[str, str]


@cache
def read_table(name: str) -> list[Row]:
    """Rows of ``sources/<name>.csv``, every value as text. Shared: do not change them."""
    with (SOURCES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_keyed(name: str, key: str) -> dict[str, Row]:
    """Rows of ``sources/<name>.csv`` by the value of one column."""
    return {row[key]: row for row in read_table(name)}


def write_table(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows as CSV. Columns a row does not have stay empty, others of a row are left out."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(
            file, list(columns), restval="", extrasaction="ignore", lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(rows)


def plain(value: float, decimals: int) -> str:
    """Shortest text of a rounded number: 48.0 becomes ``48``."""
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
