"""Results as plain data: what JSON knows."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from transitplan.viz.text import finite


def plain_data(value: Any) -> Any:
    """Turn into what JSON knows: inf and NaN are null, numpy scalars are numbers."""
    if isinstance(value, Mapping):
        return {str(key): plain_data(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        inner = sorted(value) if isinstance(value, set | frozenset) else value
        return [plain_data(each) for each in inner]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return finite(value)
    return value if value is None or isinstance(value, str) else str(value)
