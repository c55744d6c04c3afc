"""CSV files as text: every cell is converted, and blamed, by the rule of its own column."""

import csv
import io
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from transitplan.errors import ValidationError, no_file

csv.field_size_limit(2**31 - 1)  # lines of long roads in WKT pass the 131,072 of Python
MARKER = "<<<<<<< "  # of git, at the start of a line


def read_text_table(path: Path) -> pd.DataFrame:
    """Read a CSV file without guessing any type; a byte order mark and Windows line ends are fine.

    Raises
    ------
    NotFoundError
        If the file is not there.
    ValidationError
        If it is empty, not UTF-8, has a row of another length than its header, a column twice or a
        merge conflict.
    """
    text = read_text(path)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        filled = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise ValidationError(f"{path}: not a CSV table: {error}.") from None
    if not filled:
        raise ValidationError(f"{path}: the file is empty. Write at least its header.")
    (_, header), *body = filled
    twice = sorted({name for name in header if header.count(name) > 1})
    found = [f"{path}: the column {name!r} stands twice. Keep one." for name in twice]
    found += [
        f"{path}, line {line}: {len(row)} cells for {len(header)} columns. Quote texts that hold "
        "commas."
        for line, row in body
        if len(row) != len(header)
    ]
    if found:
        raise ValidationError(found)
    table = pd.DataFrame([row for _, row in body], columns=header, dtype=str)
    moved = {place: line for place, (line, _) in enumerate(body) if line != place + 2}
    if moved:  # by empty lines, or texts of several lines
        table.attrs["lines"] = moved
    return table


def read_text(path: Path, *, hint: str = "") -> str:
    """Read a file that people edit.

    Raises
    ------
    NotFoundError
        If there is no such file; ``hint`` says what to do.
    ValidationError
        If it is not UTF-8, or git left a merge conflict in it.
    """
    if not path.is_file():
        raise no_file(path, hint)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            text = file.read()
    except UnicodeDecodeError:
        raise ValidationError(f"{path}: not UTF-8 text. Save it in UTF-8.") from None
    lines = [] if MARKER not in text else text.splitlines()
    found = [str(line) for line, each in enumerate(lines, start=1) if each.startswith(MARKER)]
    if found:
        where = "line" if len(found) == 1 else "lines"
        raise ValidationError(
            f"{path}, {where} {', '.join(found)}: a merge conflict. Settle it in git first."
        )
    return text


def write_whole(path: Path, write: Callable[[Path], object]) -> Path:
    """Write a file under another name first; it takes its own when it is complete.

    Of several processes that write the same file, the last one's stands, whole.
    """
    part = path.with_name(f".part-{os.getpid()}-{path.name}")
    part.unlink(missing_ok=True)
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
