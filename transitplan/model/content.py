"""The content of a column as bytes, for the versions of networks and timetables."""

from typing import Any

import numpy as np
import pandas as pd


def column_bytes(values: "pd.Series[Any]") -> bytes:
    """Bytes that are equal for equal content: rounding and empty cells do not count."""
    if values.dtype.kind == "f":  # below a micrometre, a second or a cent is rounding, not content
        return np.round(values.to_numpy(), 6).tobytes()
    cells = values.tolist()
    if values.hasnans:
        cells = ["" if gap else cell for cell, gap in zip(cells, values.isna(), strict=True)]
    return "\x1f".join(map(str, cells)).encode()
