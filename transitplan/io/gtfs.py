"""GTFS: a folder of comma-separated tables, or a zip archive of them; any city's feed is read.

Read with plain pandas: every cell comes as text and is converted, and blamed, by the rule of its
column, so that no value is dropped or guessed on the way.
"""

import io
import os
import re
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from transitplan.errors import NotFoundError, ValidationError
from transitplan.io.gtfs_scope import LEFT_OUT, flexible_rides, partly_followed
from transitplan.io.text import write_whole
from transitplan.model.checks import rows_text
from transitplan.model.service import TransitService
from transitplan.model.tables import Column
from transitplan.model.transit_build import build_transit
from transitplan.model.transit_tables import SUFFIX, TRANSIT_TABLES

FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the date of every file in an archive: same content, same bytes
_CLOCK = re.compile(r"\s*(\d{1,3}):([0-5]\d):([0-5]\d)\s*")


def read_service(path: str | Path, *, tolerate: bool = False) -> TransitService:
    """Read and check a GTFS feed: a folder, or a ``.zip``.

    What the feed has that is left out is said in ``notes`` of the service.

    Parameters
    ----------
    tolerate
        Keep rows that can hardly be meant (a bus at 400 km/h), and say so in the notes. Faults
        (a stop that is not there, times that run backwards) are never kept.

    Raises
    ------
    NotFoundError
        If there is no such file or folder.
    ValidationError
        With every problem of every table: file, column, lines and the next step.

    Examples
    --------
    >>> read_service("networks/two_banks/2025/transit").routes["route_short_name"].tolist()
    ['1', 'B1', 'B2']
    """
    path = Path(path)
    notes: list[str] = []
    try:
        with _files(path, notes) as files:
            texts = _read_tables(files, notes)
        return service_from_text(texts, name=_name(texts, path), notes=notes, tolerate=tolerate)
    except ValidationError as error:
        between = os.sep if path.is_dir() else ": "
        raise ValidationError(f"{path}{between}{text}" for text in error.problems) from None


def write_service(service: TransitService, path: str | Path) -> Path:
    """Write a feed, whole or not at all: a folder, or an archive where the name ends in ``.zip``.

    Files of other names in the folder stay as they are. The same service gives the same bytes.

    Examples
    --------
    >>> import tempfile
    >>> service = read_service("networks/two_banks/2025/transit")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = read_service(write_service(service, f"{folder}/feed.zip"))
    >>> again.version == service.version
    True
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = {
        f"{table}{SUFFIX}": frame.to_csv(index=False, lineterminator="\n")
        for table, frame in service_to_text(service).items()
    }
    if path.suffix.lower() == ".zip":
        return write_whole(path, lambda part: _write_archive(texts, part))
    work = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        for name, text in texts.items():
            (work / name).write_text(text, encoding="utf-8", newline="")
        path.mkdir(exist_ok=True)
        for name in texts:
            (work / name).replace(path / name)
        remove_service(path, but=service.table_names)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return path


def remove_service(folder: Path, *, but: tuple[str, ...] = ()) -> None:
    """Take the tables of an earlier feed out of a folder, but for some."""
    for table in TRANSIT_TABLES:
        if table not in but:
            (folder / f"{table}{SUFFIX}").unlink(missing_ok=True)


def service_from_text(
    texts: Mapping[str, pd.DataFrame],
    *,
    name: str,
    notes: list[str] | None = None,
    tolerate: bool = False,
) -> TransitService:
    """Build a service from tables whose cells are all text, as files hold them."""
    found: list[str] = flexible_rides(texts)
    tables = {table: _parse(table, frame, found) for table, frame in texts.items()}
    if found:
        raise ValidationError(found)
    told = [*(notes or []), *partly_followed(tables)]
    return build_transit(tables, name=name, notes=told, tolerate=tolerate)


def service_to_text(service: TransitService) -> dict[str, pd.DataFrame]:
    """Tables of a service, every cell as text; columns that nobody filled are left out."""
    texts = {}
    for table in service.table_names:
        rules = {rule.name: rule for rule in TRANSIT_TABLES[table]}
        frame = service.table(table)
        columns = {}
        for label in frame.columns:
            rule = rules.get(label)
            if rule is not None and not rule.required and _unfilled(frame[label], rule):
                continue
            columns[label] = _as_text(frame[label], rule.kind if rule is not None else "text")
        texts[table] = pd.DataFrame(columns)
    return texts


def _read_tables(files: Mapping[str, Any], notes: list[str]) -> dict[str, pd.DataFrame]:
    """Tables that are used, as text; what is left out goes to the notes."""
    texts: dict[str, pd.DataFrame] = {}
    found: list[str] = []
    for name in files:
        table = name.removesuffix(SUFFIX)
        if name.endswith(SUFFIX) and table in TRANSIT_TABLES:
            try:
                texts[table] = _read_table(files[name], name)
            except ValidationError as error:
                found += error.problems
        elif table in LEFT_OUT:
            notes.append(f"{name}: left out; {LEFT_OUT[table]}.")
        elif name.endswith((SUFFIX, ".geojson")):
            notes.append(f"{name}: left out; it is no table of GTFS that is used here.")
    if found:
        raise ValidationError(found)
    return texts


@contextmanager
def _files(path: Path, notes: list[str]) -> Iterator[dict[str, Any]]:
    """Files of a feed by name, each something that pandas reads."""
    if path.is_dir():
        names = sorted(each.name for each in path.iterdir() if each.is_file())
        yield {name: path / name for name in names}
        return
    if not path.is_file():
        raise NotFoundError(
            f"{path}: no such file or folder. A GTFS feed is a folder of .txt tables or a .zip."
        )
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise ValidationError(
            "neither a folder nor a .zip of GTFS tables. Name the folder or the .zip."
        ) from None
    with archive:
        inside = [
            name
            for name in sorted(archive.namelist())
            if not name.endswith("/") and not name.startswith("__MACOSX")
        ]
        homes = {str(PurePosixPath(name).parent) for name in inside if name.endswith("stops.txt")}
        if len(homes) > 1:
            raise ValidationError(
                f"several feeds inside ({', '.join(sorted(homes))}). Unpack it, and read "
                "one folder."
            )
        home = homes.pop() if homes else "."
        if home != ".":
            notes.append(f"the tables lie in the folder {home} of the archive.")
        yield {
            PurePosixPath(name).name: io.BytesIO(archive.read(name))
            for name in inside
            if str(PurePosixPath(name).parent) == home
        }


def _read_table(file: Any, name: str) -> pd.DataFrame:
    """Cells of a table as text; the index is the row in the file, empty lines counted."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                file,
                dtype=str,
                encoding="utf-8-sig",
                index_col=False,
                keep_default_na=False,
                na_filter=False,
                skip_blank_lines=False,
                skipinitialspace=True,
            )
    except pd.errors.EmptyDataError:
        raise ValidationError(
            f"{name}: the file is empty. Write its header, or delete it."
        ) from None
    except UnicodeDecodeError:
        raise ValidationError(f"{name}: not UTF-8 text. Save it as CSV in UTF-8.") from None
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        said = re.sub(r"\s+", " ", str(error)).removeprefix("Error tokenizing data. C error: ")
        raise ValidationError(
            f"{name}: not a table: {said}. Quote texts that hold commas; give every row as many "
            "cells as the header."
        ) from None
    frame.columns = [str(label).strip() for label in frame.columns]
    labels = set(frame.columns)
    twice = [label for label in labels if re.sub(r"\.\d+$", "", label) in labels - {label}]
    if twice:
        raise ValidationError(
            f"{name}: the column {twice[0].split('.')[0]!r} stands twice. Delete or rename one."
        )
    frame = frame.loc[:, [label for label in frame.columns if not label.startswith("Unnamed")]]
    first = frame[frame.columns[0]]
    if (first == "").any():
        blank = (frame == "").all(axis=1)
        frame = frame[~blank]
    return frame


def _parse(table: str, text: pd.DataFrame, found: list[str]) -> pd.DataFrame:
    """Turn cells into numbers and seconds by the rules of their columns; problems go to found."""
    rules = {rule.name: rule for rule in TRANSIT_TABLES[table]}
    columns = {}
    for label in text.columns:
        rule = rules.get(label)
        cells = text[label]
        if rule is None or rule.kind in {"text", "date"}:
            padded = cells.str.endswith(" ").any()
            columns[label] = cells.str.rstrip() if padded else cells
            continue
        values, what = _times(cells) if rule.kind == "time" else _numbers(cells, rule)
        wrong = values.isna().to_numpy() & (cells.str.strip() != "").to_numpy(dtype=bool)
        if wrong.any():
            found.append(
                f"{table}{SUFFIX}, column {label}: {rows_text(text, wrong)}: "
                f"{cells[wrong].iloc[0]!r} is not {what}. Correct the cell."
            )
        columns[label] = values
    return pd.DataFrame(columns, index=text.index)


def _times(cells: "pd.Series[str]") -> "tuple[pd.Series[float], str]":
    """Seconds after midnight of texts such as 25:10:00."""
    codes, distinct = pd.factorize(cells)
    seconds = np.full(len(distinct) + 1, np.nan)
    for i, text in enumerate(distinct):
        match = _CLOCK.fullmatch(text)
        if match:
            hours, minutes, rest = (int(part) for part in match.groups())
            seconds[i] = 3600 * hours + 60 * minutes + rest
    return pd.Series(seconds[codes], index=cells.index), "a time as 07:30:00 or 25:10:00"


def _numbers(cells: "pd.Series[str]", rule: Column) -> "tuple[pd.Series[float], str]":
    values = pd.to_numeric(cells, errors="coerce").astype("float64")
    if rule.kind == "int":
        return values.where(values == values.round()), "a whole number"
    return values, "a number"


def _name(texts: Mapping[str, pd.DataFrame], path: Path) -> str:
    for table, column in (("feed_info", "feed_publisher_name"), ("agency", "agency_name")):
        frame = texts.get(table, pd.DataFrame())
        if len(frame) and column in frame and frame[column].iloc[0]:
            return str(frame[column].iloc[0])
    return path.stem


def _unfilled(values: "pd.Series[Any]", rule: Column) -> bool:
    if rule.default is None:
        return bool(values.isna().all()) if rule.kind == "float" else bool((values == "").all())
    return bool((values == rule.default).all())


def _as_text(values: "pd.Series[Any]", kind: str) -> "pd.Series[str]":
    """Cells as text; each distinct value is written once."""
    if kind in {"text", "date"}:
        return values
    codes, distinct = pd.factorize(values.to_numpy())
    write = _clock if kind == "time" else _plain
    texts = np.array([write(value) for value in distinct] + [""], dtype=object)
    return pd.Series(texts[codes], index=values.index, dtype="str")


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _plain(value: float) -> str:
    return format(Decimal(repr(value.item())).normalize(), "f")  # type: ignore[attr-defined]


def _write_archive(texts: Mapping[str, str], path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            about = zipfile.ZipInfo(name, date_time=FIRST_DAY)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.external_attr = 0o644 << 16
            archive.writestr(about, text.encode())
