"""Values of table cells as plain Python: what is missing, what a file or a person reads."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd


def missing(value: Any) -> bool:
    """Whether a cell is None or not a number; an empty text is a value."""
    return value is None or (not isinstance(value, str | Sequence) and bool(pd.isna(value)))


def blank(value: Any) -> bool:
    """Whether a cell shows nothing: missing, or an empty text."""
    return value is None or value == "" or missing(value)


def plain(value: Any) -> Any:
    """Return the value as JSON and YAML know it; None where it is missing."""
    if missing(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def only_in_one(one: pd.DataFrame, two: pd.DataFrame) -> tuple[int, int]:
    """Rows of each table that the other has not, equal rows counted as often as they stand."""
    if one.equals(two):
        return 0, 0
    labels = list(dict.fromkeys([*one.columns, *two.columns]))
    counted = [
        frame.reindex(columns=labels).astype("str").value_counts(dropna=False)
        for frame in (one, two)
    ]
    apart = counted[0].sub(counted[1], fill_value=0)
    return int(apart.clip(lower=0).sum()), int((-apart).clip(lower=0).sum())
