"""The form library: the default of every value that a form is made from, with its source."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from transitplan.errors import ValidationError
from transitplan.io.text import read_text_table
from transitplan.scenario.form import Assumption

COLUMNS = (
    "form_id",
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
        raise ValidationError(f"{path}: columns {', '.join(absent)} are missing.")
    forms: dict[str, dict[str, Assumption]] = {}
    found = []
    for line, row in enumerate(frame[list(COLUMNS)].to_dict("records"), start=2):
        form_id, parameter = str(row.pop("form_id")), str(row["parameter_id"])
        own = forms.setdefault(form_id, {})
        if parameter in own:
            found.append(f"{path}, line {line}: {form_id}, {parameter} stands twice. Keep one.")
        try:
            own[parameter] = _row({str(key): str(cell) for key, cell in row.items()})
        except ValueError as error:
            found.append(f"{path}, line {line}: {error}.")
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
    value, low, high = (float(cells[name]) for name in ("value", "low", "high"))
    if outside(value, low, high):
        raise ValueError(
            f"{cells['parameter_id']} is {value:g}, outside its range {low:g} to {high:g}"
        )
    return Assumption.model_validate({**cells, "value": value, "low": low, "high": high})
