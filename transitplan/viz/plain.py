"""Results as plain data: what JSON knows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from transitplan.viz.text import finite


def plain_data(value: Any) -> Any:
    """Turn into what JSON knows: inf, NaN and missing are null, numpy scalars are numbers."""
    if isinstance(value, Mapping):
        return {str(key): plain_data(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        inner = sorted(value) if isinstance(value, set | frozenset) else value
        return [plain_data(each) for each in inner]
    one = value.item() if isinstance(value, np.generic) else value
    if one is None or one is pd.NA or one is pd.NaT:
        return None
    if isinstance(one, float):
        return finite(one)
    return one if isinstance(one, bool | int | str) else str(one)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain data, by the names of the columns."""
    return [dict(plain_data(row)) for row in table.to_dict("records")]
