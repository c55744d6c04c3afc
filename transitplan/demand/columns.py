"""Columns of the tables that planners edit: read as text or numbers, with every problem noted."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats
from transitplan.errors import ValidationError, listed


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
        self.note(~cells.isin(list(known)).to_numpy(), name, f"is none of {told}")
        return cells

    def unique(self, name: str) -> "pd.Series[Any]":
        """Cells that must be filled and differ."""
        cells = self.text(name)
        self.note((cells == "").to_numpy(), name, "is empty")
        twice = cells[cells.duplicated() & (cells != "")].unique().tolist()
        if twice:
            self.found.append(
                f"{self.what}, column {name}: {listed(twice)} stand twice. Rename them."
            )
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
        self.note(given & ~right, name, f"is not a number of {least:g} or more{upper}")
        if filled:
            self.note(~given, name, "is empty")
        return values

    def note(self, wrong: Bools, name: str, why: str) -> None:
        """Note the lines that are wrong, if any are."""
        if wrong.any():
            where = f"{self.what}, column {name}" if name else self.what
            self.found.append(f"{where}: {lines(wrong)} {why}.")

    def refuse(self) -> None:
        """Raise all that was found."""
        if self.found:
            raise ValidationError(self.found)


def lines(wrong: Bools) -> str:
    """Lines of the file on which something is wrong."""
    return f"line {listed((np.flatnonzero(wrong) + 2).tolist())}"
