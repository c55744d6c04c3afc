"""Trip distribution: balancing a matrix to its trip ends, and gravity with fitted deterrence."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from transitplan.arrays import Floats
from transitplan.errors import ConvergenceError, ValidationError

TOTALS_RTOL = 1e-9  # how far the sums of origins and destinations may differ
STEEPEST_PER_KM = 2.0  # beyond it balancing is slow and no survey was ever fitted


def balance(
    seed: Floats, origins: Floats, destinations: Floats, *, rtol: float = 1e-10, limit: int = 10_000
) -> Floats:
    """Scale rows and columns in turn until both trip ends are met (Furness 1965), (n, n).

    Parameters
    ----------
    seed
        Non-negative matrix, (n_origins, n_destinations); zeros stay zeros.
    origins, destinations
        Trip ends, (n_origins,) and (n_destinations,), with equal sums.
    rtol
        Largest relative miss of an origin's total when columns are exact.

    Raises
    ------
    ValidationError
        If the sums differ, or an end with trips has an empty row or column.
    ConvergenceError
        If the zeros of the seed make both ends impossible to meet.

    Examples
    --------
    >>> balance(np.ones((2, 2)), np.array([30.0, 10.0]), np.array([20.0, 20.0]))
    array([[15., 15.],
           [ 5.,  5.]])
    """
    total = origins.sum()
    if not np.isclose(total, destinations.sum(), rtol=TOTALS_RTOL):
        raise ValidationError(
            f"balance: origins sum to {total:g} and destinations to {destinations.sum():g}. Scale "
            "one of them to the other first."
        )
    found = [
        f"balance: {what} {np.flatnonzero(bad)[:5].tolist()} have trips but nowhere to go in the "
        "seed. Give the seed a cell above zero there."
        for what, bad in (
            ("origins", (origins > 0) & ~(seed > 0).any(axis=1)),
            ("destinations", (destinations > 0) & ~(seed > 0).any(axis=0)),
        )
        if bad.any()
    ]
    if found:
        raise ValidationError(found)
    column = np.ones(destinations.size)
    for _ in range(limit):
        row = _ratio(origins, seed @ column)
        column = _ratio(destinations, row @ seed)
        missed = np.abs(row * (seed @ column) - origins)
        if (missed <= rtol * np.maximum(origins, total / origins.size)).all():
            return np.asarray(row[:, None] * seed * column[None, :])
    raise ConvergenceError(
        f"balance: {limit} rounds left a miss of {missed.max():.3g} trips. The zeros of the seed "
        "may make these trip ends impossible together."
    )


@dataclass(frozen=True, eq=False)
class Gravity:
    """A fitted doubly constrained gravity model."""

    trips: Floats  # (n, n)
    deterrence_per_km: float  # of exp(−b × cost)
    mean_km: float


def fit_gravity(
    origins: Floats, destinations: Floats, cost_km: Floats, *, mean_km: float
) -> Gravity:
    """Fit exp(−b × cost) so that the mean trip has the length asked for.

    Trips are ``balance(exp(−b × cost))``; the mean falls as b grows, so the root is unique
    (Hyman 1969, *The calibration of trip distribution models*).

    Parameters
    ----------
    origins, destinations
        Trip ends, (n,), with equal sums.
    cost_km
        Cost of each pair, (n, n) [km], intrazonal on the diagonal; infinite where there is no way.
    mean_km
        Trip-weighted mean cost to reach [km].

    Raises
    ------
    ValidationError
        If no b from 0 to 2 a kilometre gives that mean.
    """

    def model(deterrence: float) -> tuple[Floats, float]:
        pull = np.exp(-deterrence * cost_km) if deterrence else np.isfinite(cost_km) * 1.0
        trips = balance(pull, origins, destinations, rtol=1e-8)
        reached = trips > 0
        return trips, float((trips[reached] * cost_km[reached]).sum() / trips.sum())

    low, high = 0.0, 1.0 / mean_km
    longest = model(low)[1]
    if mean_km >= longest:
        raise ValidationError(
            f"fit_gravity: a mean of {mean_km:g} km is more than these trip ends give without any "
            f"deterrence ({longest:.2f} km)."
        )
    while (shortest := model(high)[1]) > mean_km:
        low, high = high, 2.0 * high
        if high > STEEPEST_PER_KM:
            raise ValidationError(
                f"fit_gravity: a mean of {mean_km:g} km is less than these trip ends allow (about "
                f"{shortest:.2f} km)."
            )
    best = float(brentq(lambda b: model(b)[1] - mean_km, low, high, xtol=1e-10))
    trips, mean = model(best)
    return Gravity(trips, best, mean)


def spread(ends: Floats, weights: Floats, cost_km: Floats, *, deterrence_per_km: float) -> Floats:
    """Send the trips of each origin to destinations by weight × exp(−b × cost), (n, n).

    Singly constrained: origins are met, destinations fall out. An origin that reaches no weight
    keeps no trips, which the caller's accounting will show.
    """
    pull = weights[None, :] * np.exp(-deterrence_per_km * cost_km)
    return np.asarray(_ratio(ends, pull.sum(axis=1))[:, None] * pull)


def _ratio(wanted: Floats, got: Floats) -> Floats:
    ratio: Floats = np.divide(wanted, got, out=np.zeros_like(wanted, dtype=float), where=got > 0)
    return ratio
