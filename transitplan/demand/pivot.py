"""Pivoting: the change that a model forecasts, put on a base matrix that was calibrated to counts.

Daly, Fox, Patruni & Milthorpe (2012), *Pivoting in travel demand models*, ATRF, after Daly, Fox &
Tuinenga (2005), *Pivot-point procedures in practical travel demand modelling*: eight cases by which
of the base B, the model's base S and the model's forecast F are 0. Growth is a factor, B F / S, but
beyond extreme growth a difference is added instead, since a cell that the model hardly has in its
base says nothing about factors.
"""

from dataclasses import dataclass

import numpy as np

from transitplan.arrays import Floats, Ints
from transitplan.errors import ValidationError

CASES = (
    "nothing at all",
    "new in the forecast",
    "ends, never observed",
    "modelled, never observed",
    "observed, never modelled",
    "observed, new in the model",
    "ends",
    "grows by a factor",
)
NEW, UNSEEN, UNMODELLED, NEW_TO_MODEL, GROWING = 1, 3, 4, 5, 7  # those that leave trips


@dataclass(frozen=True, eq=False)
class Pivoted:
    """Forecast trips.

    trips
        Of the shape of the base.
    case
        Which of the eight cases each cell is, position in ``CASES``.
    extreme
        Trips in cells whose growth was too great for a factor.
    """

    trips: Floats
    case: Ints
    extreme: float

    def shares(self) -> dict[str, float]:
        """Share of the forecast trips in each case that occurs."""
        sums = np.bincount(self.case.ravel(), self.trips.ravel(), len(CASES))
        total = self.trips.sum()
        return {
            name: float(part / total) for name, part in zip(CASES, sums, strict=True) if part > 0
        }


def pivot(
    base: Floats,
    model_base: Floats,
    model_forecast: Floats,
    *,
    normal: float = 0.5,
    extreme: float = 5.0,
) -> Pivoted:
    """Put a model's growth on a base, cell by cell.

    With k₁ = ``normal`` and k₂ = ``extreme``: where all are above 0, B F / S up to
    X = k₁ S + k₂ S max(S / B, k₁ / k₂), beyond it B X / S + (F − X); where B is 0 but S is not,
    F − k₂ S as far as that is above 0.

    Parameters
    ----------
    base, model_base, model_forecast
        Equal shapes, 0 or more.

    Raises
    ------
    ValidationError
        If shapes differ or a number is negative or not finite.

    Examples
    --------
    >>> cell = np.array([100.0])
    >>> pivot(cell, np.array([50.0]), np.array([60.0])).trips
    array([120.])
    """
    _check(base, model_base, model_forecast, normal, extreme)
    b, s, f = (np.asarray(each, dtype=float) for each in (base, model_base, model_forecast))
    case = (4 * (b > 0) + 2 * (s > 0) + (f > 0)).astype(np.int64)
    both = (b > 0) & (s > 0)
    ratio = np.divide(b, s, out=np.zeros_like(b), where=both)
    inverse = np.divide(s, b, out=np.zeros_like(b), where=both)
    limit = normal * s + extreme * s * np.maximum(inverse, normal / extreme)
    beyond = np.maximum(f - limit, 0.0)
    trips = np.select(
        [case == each for each in (NEW, UNSEEN, UNMODELLED, NEW_TO_MODEL, GROWING)],
        [f, np.maximum(f - extreme * s, 0.0), b, b + f, ratio * np.minimum(f, limit) + beyond],
        0.0,
    )
    odd = ((case == GROWING) & (beyond > 0)) | ((case == UNSEEN) & (trips > 0))
    return Pivoted(trips, case, float(trips[odd].sum()))


def _check(
    base: Floats, model_base: Floats, model_forecast: Floats, normal: float, extreme: float
) -> None:
    given = {"base": base, "model_base": model_base, "model_forecast": model_forecast}
    shapes = {np.shape(each) for each in given.values()}
    found = [f"pivot: shapes differ: {sorted(shapes)}."] if len(shapes) > 1 else []
    found += [
        f"pivot: {name} has cells that are negative or not finite."
        for name, each in given.items()
        if not (np.isfinite(each) & (np.asarray(each) >= 0)).all()
    ]
    if not 0 < normal <= extreme:
        found.append(f"pivot: normal {normal:g} and extreme {extreme:g}; 0 < normal ≤ extreme.")
    if found:
        raise ValidationError(found)
