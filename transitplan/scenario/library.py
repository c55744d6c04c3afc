"""The form library: the default of every value that a form is made from, with its source."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from transitplan.errors import ValidationError
from transitplan.io.text import read_text_table
from transitplan.scenario.form import Assumption

PARAMETER_COLUMNS = (  # of every table of values
    "parameter_id",
    "name",
    "name_zh",
    "value",
    "unit",
    "low",
    "high",
    "source",
    "status",
)
COLUMNS = ("form_id", *PARAMETER_COLUMNS)
EVERY = "any"  # rows of every form
TEXT = "text"  # unit of a row whose value is words

Library = Mapping[str, Mapping[str, Assumption]]


def read_library(path: Path) -> Library:
    """Read a table of forms: rows by form and parameter, those of every form filled in.

    Raises
    ------
    ValidationError
        If columns are missing, a cell is no number, a value is outside its range or a row stands
        twice.
    """
    frame = read_text_table(path)
    absent = [name for name in COLUMNS if name not in frame.columns]
    if absent:
        raise ValidationError(f"{path}: columns {', '.join(absent)} are missing. Add them.")
    forms: dict[str, dict[str, Assumption]] = {}
    seen: set[tuple[str, str]] = set()
    found = []
    for line, row in enumerate(frame[list(COLUMNS)].to_dict("records"), start=2):
        form_id, parameter = str(row.pop("form_id")), str(row["parameter_id"])
        if (form_id, parameter) in seen:
            found.append(f"{path}, line {line}: {form_id}, {parameter} stands twice. Keep one.")
        seen.add((form_id, parameter))
        try:
            new = _row({str(key): str(cell) for key, cell in row.items()})
            forms.setdefault(form_id, {})[parameter] = new
        except ValueError as error:
            found.append(f"{path}, line {line}: {parameter}: {error}.")
    if found:
        raise ValidationError(found)
    every = forms.pop(EVERY, {})
    return {name: {**every, **rows} for name, rows in forms.items()}


@cache
def form_library() -> Library:
    """The library that comes with the package, ``forms.csv``."""
    with resources.as_file(resources.files("transitplan.scenario") / "forms.csv") as path:
        return read_library(path)


def outside(value: float, low: float | None, high: float | None) -> bool:
    """Whether a value is outside its range."""
    return (low is not None and value < low) or (high is not None and value > high)


def _row(cells: Mapping[str, str]) -> Assumption:
    if cells["unit"] == TEXT:
        return Assumption.model_validate({**cells, "low": None, "high": None})
    given = [cells[name] for name in ("value", "low", "high")]
    try:
        value, low, high = map(float, given)
    except ValueError:
        raise ValueError(f"value, low and high must be numbers, not {', '.join(given)}") from None
    if outside(value, low, high):
        raise ValueError(f"{value:g} is outside its range {low:g} to {high:g}")
    return Assumption.model_validate({**cells, "value": value, "low": low, "high": high})
