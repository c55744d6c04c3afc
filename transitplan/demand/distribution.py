"""Trip distribution: gravity with fitted deterrence."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from transitplan.arrays import Floats
from transitplan.demand.balancing import balance, ratio
from transitplan.errors import ValidationError

STEEPEST_PER_KM = 2.0  # beyond it balancing is slow and no survey was ever fitted


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
    return np.asarray(ratio(ends, pull.sum(axis=1))[:, None] * pull)
