"""How far a value may be from its baseline before a test fails."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np

from transitplan.arrays import Floats, geh
from transitplan.errors import ValidationError

SLACK = 1e-9  # of a written decimal that has no exact binary value
NAMES = ("absolute", "relative", "geh")
Wanted: TypeAlias = Mapping[str, Mapping[str, float]]  # tolerance by column or by row


@dataclass(frozen=True)
class Tolerance:
    """A value has not moved while it is within any one of the limits given.

    Parameters
    ----------
    absolute
        In the unit of the value; 0: as written.
    relative
        Share of the baseline.
    geh
        Of hourly flows: see ``arrays.geh``.
    """

    absolute: float | None = None
    relative: float | None = None
    geh: float | None = None

    def __post_init__(self) -> None:
        """Refuse limits that are none."""
        limits = [value for value in asdict(self).values() if value is not None]
        if not limits or not all(np.isfinite(limits)) or min(limits) < 0:
            raise ValidationError(
                f"{self.described()}: a tolerance is one or more of {', '.join(NAMES)}, each 0 or "
                "more."
            )

    def excess(self, old: Floats, new: Floats) -> Floats:
        """How many times the tolerance each value is off; above 1 it has moved.

        Examples
        --------
        >>> Tolerance(relative=0.01).excess(np.array([100.0]), np.array([103.0]))
        array([3.])
        """
        excess = np.where((new == old) | (np.isnan(new) & np.isnan(old)), 0.0, np.inf)
        rows = np.isfinite(old) & np.isfinite(new) & (new != old)
        before, after = old[rows], new[rows]
        off = np.abs(after - before)
        share = np.divide(off, np.abs(before), out=np.full_like(off, np.inf), where=before != 0)
        measured = {"absolute": off, "relative": share, "geh": geh(before, after)}
        times = [_times(measured[name], limit) for name, limit in self.described().items()]
        excess[rows] = np.min(times, axis=0)
        return excess

    def described(self) -> dict[str, float]:
        """Return the limits that are given, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def __str__(self) -> str:
        """Return the limits in words: ``0.05 or 0.5 %``."""
        words = {
            "absolute": lambda limit: f"{limit:g}",
            "relative": lambda limit: f"{100 * limit:g} %",
            "geh": lambda limit: f"GEH {limit:g}",
        }
        return " or ".join(words[name](limit) for name, limit in self.described().items())


EXACT = Tolerance(absolute=0.0)


def tolerance_from(limits: Mapping[str, Any], *, where: str) -> Tolerance:
    """Check what a file or a test gives as a tolerance.

    Raises
    ------
    ValidationError
        If it is no table of limits.
    """
    try:
        return Tolerance(**{name: float(limit) for name, limit in limits.items()})
    except (TypeError, ValueError, AttributeError):
        raise ValidationError(
            f"{where}: {limits!r} is no tolerance. Give one or more of {', '.join(NAMES)}, each 0 "
            'or more, as {"geh": 1.0}.'
        ) from None


def _times(measured: Floats, limit: float) -> Floats:
    slack = np.maximum(limit, 1.0) * SLACK
    if limit == 0:
        return np.where(measured <= slack, 0.0, np.inf)
    return np.where(measured <= limit + slack, np.minimum(measured / limit, 1.0), measured / limit)
