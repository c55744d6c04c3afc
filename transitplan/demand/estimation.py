"""Matrix estimation: the trips nearest to a seed that come near to counts.

Minimises, over trips g within bounds,

    κ Σ (g ln(g / s) − g + s)  +  ½ Σ ((Σ p g − c) / σ)²

The first sum is the distance to the seed s in information: with κ = 1 a cell is trusted like one
day's count of it, with κ = 10 like ten. The second is the miss of the counts c by what the shares p
of trips give, each in units of its standard deviation σ. Sums may have bounds too, as trip ends
that may not move far. The problem is convex; its dual has one unknown a count, so that a few Newton
steps solve it (van Zuylen & Willumsen 1980, *The most likely
trip matrix estimated from traffic counts*, Transportation Research 14B; Bierlaire & Toint 1995 for
the least squares part).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from transitplan.arrays import Bools, Floats
from transitplan.errors import ConvergenceError, ValidationError

STEPS = 200
TOLERANCE = 1e-9  # of the dual's gradient, in standard deviations of the counts
ARMIJO = 1e-4
SMALLEST = 1e-10  # shortest step that is tried
FLAT = 1e-9  # gain of a step, as a share of the value, below which rounding hides it
RIGID = 1e-9  # share of its variance by which a sum at its bound gives way in a step
FARTHEST = 50.0  # exponent that no cell needs


@dataclass(frozen=True, eq=False)
class Fitted:
    """Trips after estimation.

    trips
        (n_cells,), seeds of 0 stay 0.
    modelled
        Σ p g of each count.
    pressure
        How hard each count pulls on the trips that it sees: ln of the factor that it alone puts on
        a cell that passes it wholly.
    bounded
        Cells that a bound holds.
    """

    trips: Floats
    modelled: Floats
    pressure: Floats
    bounded: Bools


def fit_trips(
    seed: Floats,
    shares: Any,
    counts: Floats,
    sigma: Floats,
    *,
    trust: float = 1.0,
    lowest: Floats | float = 0.0,
    highest: Floats | float = np.inf,
    within: tuple[Floats, Floats] | None = None,
) -> Fitted:
    """Find the trips nearest to a seed and to counts.

    Parameters
    ----------
    seed
        Trips of each cell, (n_cells,), 0 or more.
    shares
        Share of each cell's trips that each count sees, sparse (n_counts, n_cells).
    counts, sigma
        (n_counts,), sigma above 0, in the unit of the trips.
    trust
        κ, above 0: how many days of counting the seed is worth.
    lowest, highest
        Factors on the seed that no cell may leave, numbers or (n_cells,); ``highest`` may be inf.
    within
        Least and most that Σ p g of each count may be, (n_counts,) each; free by default. The seed
        must lie within.

    Raises
    ------
    ValidationError
        If shapes, signs or bounds do not fit.
    ConvergenceError
        If Newton's steps end before the optimum, or numbers grow beyond what floats hold.
    """
    shares = sparse.csr_matrix(shares)
    _check(seed, shares, counts, sigma, trust)
    low, high = seed * lowest, np.zeros(len(seed))
    np.multiply(seed, highest, out=high, where=seed > 0)  # 0 × inf stays 0
    if not ((low <= seed) & (seed <= high)).all():
        raise ValidationError(
            "fit_trips: the seed is outside its bounds. Bounds are factors of it."
        )
    variance = sigma**2
    least, most = within or (np.full(len(counts), -np.inf), np.full(len(counts), np.inf))
    _check_within(np.asarray(shares @ seed), least, most)

    def sums_at(pull: Floats) -> Floats:
        """Sums that are best for the counts alone, at this pull."""
        return np.asarray(np.clip(counts + variance * pull, least, most))

    def trips_at(pull: Floats) -> Floats:
        exponent = np.clip(-(shares.T @ pull) / trust, -FARTHEST, FARTHEST)
        return np.asarray(np.clip(seed * np.exp(exponent), low, high))

    def slope_at(pull: Floats, trips: Floats) -> Floats:
        return np.asarray(shares @ trips - sums_at(pull))

    def dual(pull: Floats, trips: Floats) -> float:
        """Value to be raised: the Lagrangian at the trips that make it least."""
        made = trips > 0
        far = trips[made] * np.log(trips[made] / seed[made])
        distance = trust * (far.sum() - trips.sum() + seed.sum())
        sums = sums_at(pull)
        missed = 0.5 * (((sums - counts) / sigma) ** 2).sum()
        return float(distance + missed + pull @ (shares @ trips - sums))

    pull = np.zeros(len(counts))
    trips = trips_at(pull)
    value = dual(pull, trips)
    for _ in range(STEPS):
        sums, slope = sums_at(pull), slope_at(pull, trips)
        if np.abs(slope / sigma).max(initial=0.0) <= TOLERANCE * _size(counts, sigma):
            break
        free = (trips > low) & (trips < high)
        weighted = shares.multiply(np.where(free, trips / trust, 0.0))
        # A sum at its bound no longer gives way; a trace of it keeps the system regular.
        give = np.where((sums > least) & (sums < most), variance, RIGID * variance)
        bend = (weighted @ shares.T).toarray() + np.diag(give)
        step = np.linalg.solve(bend, slope)
        pull, trips, value, moved = _climb(dual, trips_at, slope_at, (pull, value), step, slope)
        if not moved:
            _check_finite(slope)
            break
    else:
        raise ConvergenceError(
            f"fit_trips: {STEPS} steps were not enough. Widen the bounds or sigma of the counts."
        )
    held = (seed > 0) & ((trips <= low) | (trips >= high))
    return Fitted(trips, np.asarray(shares @ trips), -pull / trust, held)


def _climb(
    dual: Any,
    trips_at: Any,
    slope_at: Any,
    start: tuple[Floats, float],
    step: Floats,
    slope: Floats,
) -> tuple[Floats, Floats, float, bool]:
    """Go along a step as far as it raises the dual enough.

    Near the top, where rounding of the value hides the gain, the slope along the step decides: it
    must not be as steep down as it was up (Hager & Zhang 2005, *A new conjugate gradient method
    with guaranteed descent and an efficient line search*, SIAM Journal on Optimization 16).
    """
    pull, value = start
    steep = float(slope @ step)
    flat = steep <= FLAT * max(1.0, abs(value))
    length = 1.0
    while length > SMALLEST:
        ahead = pull + length * step
        trips = trips_at(ahead)
        reached = dual(ahead, trips)
        if flat:
            enough = slope_at(ahead, trips) @ step >= (2.0 * ARMIJO - 1.0) * steep
        else:
            enough = reached >= value + ARMIJO * length * steep
        if enough:
            return ahead, trips, reached, True
        length *= 0.5
    return pull, trips_at(pull), value, False  # what is left is rounding


def _check_finite(slope: Floats) -> None:
    if not np.isfinite(slope).all():
        raise ConvergenceError(
            "fit_trips: sums of trips are no longer finite. Give seed and counts in smaller units."
        )


def _check_within(seed_sums: Floats, least: Floats, most: Floats) -> None:
    outside = np.flatnonzero(~((least <= seed_sums) & (seed_sums <= most)))
    if outside.size:
        raise ValidationError(
            f"fit_trips: the seed's sums {outside[:5].tolist()} are outside what they may "
            "be. Widen the limits, or correct the seed."
        )


def _size(counts: Floats, sigma: Floats) -> float:
    """Largest count in its standard deviations: what rounding is measured against."""
    return max(1.0, float(np.abs(counts / sigma).max(initial=0.0)))


def _check(seed: Floats, shares: Any, counts: Floats, sigma: Floats, trust: float) -> None:
    if shares.shape != (len(counts), len(seed)) or len(sigma) != len(counts):
        raise ValidationError(
            f"fit_trips: shares of {shares.shape} for {len(counts)} counts, {len(sigma)} sigmas "
            f"and {len(seed)} cells."
        )
    found = []
    for name, values in (("seed", seed), ("counts", counts), ("shares", shares.data)):
        if not (np.isfinite(values) & (np.asarray(values) >= 0)).all():
            found.append(f"fit_trips: {name} must be finite and 0 or more.")
    if not (np.isfinite(sigma) & (sigma > 0)).all():
        found.append("fit_trips: every sigma must be above 0.")
    if not trust > 0:
        found.append(f"fit_trips: trust is {trust:g}; give a number above 0.")
    if found:
        raise ValidationError(found)
