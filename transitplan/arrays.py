"""Array types, and the one place that turns ids into positions."""

from collections.abc import Iterable
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from transitplan.errors import NotFoundError

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
    labels = pd.Index(list(wanted))
    found = ids.get_indexer(labels)
    if (found < 0).any():
        unknown = labels[found < 0]
        shown = ", ".join(str(label) for label in unknown[:SHOWN])
        more = ", …" if len(unknown) > SHOWN else ""
        raise NotFoundError(
            f"{what}: {len(unknown)} of {len(labels)} ids are unknown ({shown}{more}). "
            f"Known ids look like {ids[:3].tolist()}."
        )
    return found.astype(np.int64)


def frozen(array: AnyArray) -> AnyArray:
    """Return the same array, no longer writable."""
    array.setflags(write=False)
    return array
