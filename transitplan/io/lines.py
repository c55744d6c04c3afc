"""Files of the line builder: one TOML file, or a folder of CSV tables."""

import os
import tomllib
from pathlib import Path

import pandas as pd

from transitplan.errors import NotFoundError, ValidationError, near
from transitplan.io.text import read_text_table
from transitplan.model.line_plan import LinePlan, plan_from, plan_lines
from transitplan.model.line_tables import LINE_TABLES

REQUIRED = ("stop", "line", "call")


def read_lines(path: str | Path) -> LinePlan:
    """Read planned lines: a ``.toml``, or a folder with stop, line, call and headway ``.csv``.

    Raises
    ------
    NotFoundError
        If there is no such file or folder.
    ValidationError
        With every problem at once.
    """
    path = Path(path)
    if not path.exists():
        hint = near(path) or "Lines are a .toml or a CSV folder."
        raise NotFoundError(f"{path}: no such file or folder. {hint}")
    try:
        return _read_folder(path) if path.is_dir() else _read_toml(path)
    except ValidationError as error:
        between = os.sep if path.is_dir() else ": "
        raise ValidationError(f"{path}{between}{text}" for text in error.problems) from None


def _read_toml(path: Path) -> LinePlan:
    try:
        return plan_from(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except UnicodeDecodeError:
        raise ValidationError("not UTF-8 text. Save it in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ValidationError(f"not TOML: {error}.") from None


def _read_folder(path: Path) -> LinePlan:
    tables: dict[str, pd.DataFrame] = {}
    for name in LINE_TABLES:
        file = path / f"{name}.csv"
        if file.exists() or name in REQUIRED:
            tables[name] = read_text_table(file)
    return plan_lines(tables)
