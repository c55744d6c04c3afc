"""Array types, ids as positions, and the distance of two flows."""

from collections.abc import Iterable
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from transitplan.errors import NotFoundError, likely

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Int32s: TypeAlias = npt.NDArray[np.int32]
Int8s: TypeAlias = npt.NDArray[np.int8]
Bools: TypeAlias = npt.NDArray[np.bool_]
Objects: TypeAlias = npt.NDArray[np.object_]
SHOWN = 5  # ids named in a message before it says "…"
AnyArray = TypeVar("AnyArray", bound=npt.NDArray[Any])


def positions(ids: "pd.Index[Any]", wanted: Iterable[Any], *, what: str) -> Ints:
    """Positions of the wanted ids, (n_wanted,).

    Raises
    ------
    NotFoundError
        If an id is unknown: a missing id is never a silent NaN.
    """
    arrays = (pd.Index, pd.Series, np.ndarray)  # a million ids are not taken apart for nothing
    labels = pd.Index(wanted if isinstance(wanted, arrays) else list(wanted))
    found = ids.get_indexer(labels)
    if (found < 0).any():
        unknown = labels[found < 0]
        shown = ", ".join(str(label) for label in unknown[:SHOWN])
        more = ", …" if len(unknown) > SHOWN else ""
        raise NotFoundError(
            f"{what}: {len(unknown)} of {len(labels)} ids are unknown ({shown}{more}). "
            f"Known ids look like {ids[:3].tolist()}.{likely(unknown[0], ids)}"
        )
    return found.astype(np.int64)


def frozen(array: AnyArray) -> AnyArray:
    """Return the same array, no longer writable."""
    array.setflags(write=False)
    return array


def geh(before: npt.ArrayLike, after: npt.ArrayLike) -> Floats:
    """GEH of hourly flows, ``√(2 (m − c)² / (m + c))``; 0 where both are empty, else NaN stays.

    It weighs a change by its size and its share at once, after G. E. Havers: below 5 two flows
    count as alike when a model is held against counts (UK Department for Transport, TAG unit M3.1).

    Examples
    --------
    >>> geh([0.0, 350.0], [0.0, 450.0])
    array([0., 5.])
    """
    one, two = (np.asarray(values, dtype=float) for values in (before, after))
    total = np.abs(one) + np.abs(two)
    empty = np.where(total == 0, 0.0, np.nan)
    return np.asarray(np.sqrt(np.divide(2.0 * (two - one) ** 2, total, out=empty, where=total > 0)))
