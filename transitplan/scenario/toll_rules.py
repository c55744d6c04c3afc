"""Toll rules of a case: who pays what at which crossing, when and since when; read and checked."""

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from transitplan.errors import ValidationError
from transitplan.io.text import read_text_table

COLUMNS = (
    "crossing_id",
    "use",
    "plate",
    "period",
    "from_date",
    "to_date",
    "cny",
    "source",
    "status",
)
ALL, LOCAL, OTHER = "all", "local", "other"
PLATES = (ALL, LOCAL, OTHER)
PEAK = "peak"
PERIODS = (ALL, PEAK, "off_peak", "holiday")
STATUSES = ("sourced", "derived", "assumed")
FIRST, LAST = "0001-01-01", "9999-12-31"  # what an empty date stands for
MOST_CNY = 10_000.0


def no_rules() -> pd.DataFrame:
    """A table without rules: the tolls of the links hold for everyone."""
    return pd.DataFrame({name: pd.Series(dtype=_kind(name)) for name in COLUMNS})


def read_toll_rules(path: Path) -> pd.DataFrame:
    """Read a table of toll rules; dates are ISO texts, open ends filled in.

    Returns
    -------
    DataFrame
        ``COLUMNS`` and what else the file has.

    Raises
    ------
    ValidationError
        With every word, number and date that is wrong, and every two rules that overlap.
    """
    rows = read_text_table(path)
    absent = [name for name in COLUMNS if name not in rows.columns]
    if absent:
        raise ValidationError(f"{path}: columns {', '.join(absent)} are missing. Add them.")
    rows["from_date"] = rows["from_date"].replace("", FIRST)
    rows["to_date"] = rows["to_date"].replace("", LAST)
    found = [f"{path}, line {line}: {text}" for line, row in _lines(rows) for text in _wrong(row)]
    if not found:
        found = [f"{path}, lines {one} and {two}: {text}" for one, two, text in _overlaps(rows)]
    if found:
        raise ValidationError(found)
    return rows.assign(cny=rows["cny"].astype("float64"))


def rules_on(rules: pd.DataFrame, year: int) -> pd.DataFrame:
    """Rules in force in the middle of a year (1 July) in its morning peak."""
    day = f"{year:04d}-07-01"
    in_force = (rules["from_date"] <= day) & (day <= rules["to_date"])
    return rules[in_force & rules["period"].isin([ALL, PEAK])]


def _kind(name: str) -> str:
    return "float64" if name == "cny" else "str"


def _lines(rows: pd.DataFrame) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows with the number of their line in the file."""
    for line, row in enumerate(rows.to_dict("records"), start=2):
        yield line, {str(key): value for key, value in row.items()}


def _wrong(row: dict[str, Any]) -> Iterator[str]:
    """What is wrong with one rule by itself."""
    for name in ("crossing_id", "use", "source"):
        if not row[name]:
            yield f"{name} is empty. Fill it in."
    for name, words in (("plate", PLATES), ("period", PERIODS), ("status", STATUSES)):
        if row[name] not in words:
            yield f"{name} is {row[name]!r}. Write one of {', '.join(words)}."
    if row["use"] == "truck" and row["plate"] != ALL:
        yield "trucks pay alike whatever their plate. Write all."
    dates = [row[name] for name in ("from_date", "to_date")]
    odd = [text for text in dates if not _is_date(text)]
    yield from (f"{text!r} is not a date. Write it as 2016-03-16." for text in odd)
    if not odd and dates[0] > dates[1]:
        yield f"it ends on {dates[1]}, before it begins on {dates[0]}."
    cny = _number(row["cny"])
    if cny is None:
        yield f"cny is {row['cny']!r}, not a number. A rule needs a toll, 0 where nothing is paid."
    elif not 0.0 <= cny <= MOST_CNY:
        yield f"cny is {row['cny']}; a toll is between 0 and {MOST_CNY:g} CNY a passage."


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value == value else None  # noqa: PLR0124  not a number is no number


def _overlaps(rows: pd.DataFrame) -> Iterator[tuple[int, int, str]]:
    """Lines of two rules that say what the same vehicle pays at the same time."""
    for _, same in rows.groupby(["crossing_id", "use"], sort=False):
        lined = [(int(str(place)) + 2, row) for place, row in same.iterrows()]
        for (one, first), (two, second) in combinations(lined, 2):
            if all(
                ALL in (first[name], second[name]) or first[name] == second[name]
                for name in ("plate", "period")
            ) and (
                first["from_date"] <= second["to_date"] and second["from_date"] <= first["to_date"]
            ):
                yield (
                    one,
                    two,
                    (
                        f"both rule on {first['use']} at {first['crossing_id']} for the same "
                        "plates, period and days. End one before the other begins, or drop one."
                    ),
                )
