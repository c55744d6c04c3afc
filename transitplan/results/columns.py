"""Before, after, change and relative change: the four columns of every quantity compared."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from transitplan.arrays import Floats

ROUNDING = 1e-9  # share of a value below which a change is rounding, so that the same is 0


def compared(
    name: str, unit: str, before: npt.ArrayLike, after: npt.ArrayLike
) -> dict[str, Floats]:
    """Columns of a quantity in two versions.

    Where it is not finite in one of them (no road, no way) there is no change to tell: NaN. The
    relative change is NaN where there was nothing before.

    Examples
    --------
    >>> compared("flow", "vph", [100.0], [120.0])["flow_relative"]
    array([0.2])
    """
    one, two = (np.asarray(values, dtype=float) for values in (before, after))
    known = np.isfinite(one) & np.isfinite(two)
    change = np.full(one.shape, np.nan)
    change[known] = two[known] - one[known]
    change[known & (np.abs(change) <= ROUNDING * np.maximum(np.abs(one), np.abs(two)))] = 0.0
    relative = np.full(one.shape, np.nan)
    np.divide(change, np.abs(one), out=relative, where=known & (one != 0))
    relative[known & (one == 0) & (two == 0)] = 0.0
    end = f"_{unit}" if unit else ""
    return {
        f"{name}_before{end}": one,
        f"{name}_after{end}": two,
        f"{name}_change{end}": change,
        f"{name}_relative": relative,
    }


def outer(
    before: pd.DataFrame,
    after: pd.DataFrame,
    keys: Iterable[str],
    quantities: Mapping[str, str],
    *,
    absent: float = np.nan,
) -> pd.DataFrame:
    """Join two tables on their keys, whatever stands in one only too, and compare columns.

    Parameters
    ----------
    quantities
        Name and unit of the columns to compare: ``time`` and ``min`` are column ``time_min``.
    absent
        Value of a row that the other table does not have.
    """
    keys = list(keys)
    names = {name: f"{name}_{unit}" if unit else name for name, unit in quantities.items()}
    kept = [*keys, *names.values()]
    both = before[kept].merge(after[kept], on=keys, how="outer", sort=False, suffixes=("_0", "_1"))
    columns: dict[str, Any] = {key: both[key] for key in keys}
    for name, unit in quantities.items():
        one, two = (both[f"{names[name]}_{side}"].fillna(absent) for side in (0, 1))
        columns.update(compared(name, unit, one, two))
    return pd.DataFrame(columns)


def described(
    table: pd.DataFrame, keys: Iterable[str], *sources: pd.DataFrame, words: Iterable[str]
) -> pd.DataFrame:
    """Put words beside the keys of a table, each row's from the first source that has it."""
    keys, words = list(keys), list(words)
    told = pd.concat([each[[*keys, *words]] for each in sources]).drop_duplicates(keys)
    joined = table[keys].merge(told, on=keys, how="left")
    rest = table.drop(columns=keys).reset_index(drop=True)
    return pd.concat([joined, rest], axis=1)
