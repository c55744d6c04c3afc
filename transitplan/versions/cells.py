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
