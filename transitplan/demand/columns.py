"""Columns of the tables that planners edit: read as text or numbers, with every problem noted."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats
from transitplan.errors import ValidationError, likely, listed

PLURALS = {"is": "are", "has": "have", "does": "do", "says": "say", "repeats": "repeat"}
REMEDIES = (  # by how a problem is told; those that say it themselves have none
    ("is empty at", "Fill in a share."),
    ("is empty", "Fill it in."),
    ("is outside", "Correct it, or its range."),
    ("is not between", "Correct it, or its range."),
    ("is 0", "Write a number above 0."),
    ("repeats", "Keep one line of each."),
    ("says again", "Keep one line of each."),
)
PLAIN = {"", "0"}  # cells that the problem names already


class Columns:
    """A table whose columns are checked as they are taken; problems gather in ``found``.

    Parameters
    ----------
    table
        Of text, as files are read, or of numbers.
    what
        Name of the table in messages, where it does not know its file (``attrs["path"]``).
    required
        Columns that must be there.

    Raises
    ------
    ValidationError
        If a column is missing or there are no rows: nothing else can be checked then.
    """

    def __init__(self, table: pd.DataFrame, what: str, required: Collection[str]) -> None:
        self.what = str(table.attrs.get("path", what))
        absent = [name for name in required if name not in table.columns]
        if absent:
            raise ValidationError(
                f"{self.what}: columns {', '.join(absent)} are missing. Add them."
            )
        if table.empty:
            raise ValidationError(f"{self.what}: no rows. Write at least one.")
        self.lines = _lines(table)
        self.table = table.reset_index(drop=True)
        self.found: list[str] = []

    def text(self, name: str, default: str = "") -> "pd.Series[Any]":
        """Cells of a column; the default where it is absent or empty."""
        if name not in self.table.columns:
            return pd.Series(default, index=self.table.index, dtype=object)
        cells = self.table[name].astype(object)
        cells = cells.where(self.table[name].notna(), "").astype(str).str.strip()
        return cells.where(cells != "", default)

    def choices(self, name: str, known: Collection[str], default: str = "") -> "pd.Series[Any]":
        """Cells that must be among the known ones."""
        cells = self.text(name, default)
        told = ", ".join(each for each in known if each)
        wrong = ~cells.isin(list(known)).to_numpy()
        meant = next(filter(None, (likely(cell, known) for cell in cells[wrong].unique())), "")
        self.note(wrong, name, f"is none of {told}", meant.strip() or "Use one of these.")
        return cells

    def unique(self, name: str) -> "pd.Series[Any]":
        """Cells that must be filled and differ."""
        cells = self.text(name)
        self.note((cells == "").to_numpy(), name, "is empty")
        twice = (cells.duplicated() & (cells != "")).to_numpy()
        self.note(twice, name, "repeats a line above", "Rename it, or keep one line.")
        return cells

    def numbers(
        self, name: str, *, least: float = 0.0, most: float = np.inf, filled: bool = False
    ) -> Floats:
        """Numbers of a column, NaN where empty; absent columns are all empty."""
        cells = self.text(name)
        values = pd.to_numeric(cells.where(cells != "", None), errors="coerce").to_numpy(float)
        given = (cells != "").to_numpy()
        upper = "" if most == np.inf else f" and at most {most:g}"
        right = np.isfinite(values) & (values >= least) & (values <= most)
        lower = "" if least == -np.inf else f" of {least:g} or more"
        self.note(given & ~right, name, f"is not a number{lower}{upper}", "Correct it.")
        if filled:
            self.note(~given, name, "is empty")
        return values

    def note(self, wrong: Bools, name: str, why: str, remedy: str = "") -> None:
        """Note the lines that are wrong, if any are, what stands there, and what to do.

        Parameters
        ----------
        why
            What is wrong with one line, from its verb on: ``is empty``.
        remedy
            A sentence; by default the usual one for such a problem.
        """
        if not wrong.any():
            return
        at = [self.lines[i] for i in np.flatnonzero(wrong)]
        where = f"{self.what}, column {name}" if name else self.what
        cells = [cell for cell in self.text(name)[wrong].unique() if cell not in PLAIN]
        quoted = f": {listed([repr(cell) for cell in cells])}" if name and cells else ""
        usual = next((words for start, words in REMEDIES if why.startswith(start)), "")
        after = f" {remedy or usual}".rstrip()
        self.found.append(f"{where}: {_said_of(at, why)}{quoted}.{after}")

    def refuse(self) -> None:
        """Raise all that was found."""
        if self.found:
            raise ValidationError(self.found)


def _lines(table: pd.DataFrame) -> list[int]:
    """Lines of the file on which rows stand, also where some of them were left out.

    The index of a table that was read is its order in the file; that of others says nothing.
    """
    known = table.attrs.get("lines", {})
    places = table.index if "path" in table.attrs else range(len(table))
    return [known.get(int(place), int(place) + 2) for place in places]


def _said_of(at: list[int], why: str) -> str:
    """Say it of one line or of several."""
    if len(at) == 1:
        return f"line {at[0]} {why}"
    verb, _, rest = why.partition(" ")
    return f"lines {listed(at)} {PLURALS.get(verb, verb)} {rest}".rstrip()
