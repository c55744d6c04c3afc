"""Trip distribution: gravity models, fitted to a mean cost or to a trip length distribution."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, root

from transitplan.arrays import Floats, Ints
from transitplan.demand.balancing import balance, ratio
from transitplan.demand.deterrence import Deterrence, Exponential
from transitplan.errors import ConvergenceError, ValidationError

WITHIN = 0.5  # a trip within a zone costs this share of the way to the nearest other
FIT_RTOL = 1e-10  # of balancing inside a fit
BINS_RTOL = 1e-6  # largest relative miss of a share when bins are fitted
BINS_LIMIT = 500
DOUBLINGS = 6  # steeper than 64 times the start was never observed
SMALLEST_STEP = 1e-3


@dataclass(frozen=True, eq=False)
class Gravity:
    """A fitted gravity model.

    trips
        (n_origins, n_destinations), in the unit of the trip ends.
    deterrence
        The form with its parameters.
    means
        Means of the form's moments over all trips.
    """

    trips: Floats
    deterrence: Deterrence
    means: tuple[float, ...]


def gravity(
    origins: Floats,
    destinations: Floats,
    cost: Floats,
    deterrence: Deterrence,
    *,
    k_factors: Floats | None = None,
    threads: int | None = None,
) -> Floats:
    """Distribute trips with both ends met: T_ij = A_i O_i B_j D_j K_ij f(c_ij), (n, n).

    Wilson (1967), *A statistical theory of spatial distribution models*.

    Parameters
    ----------
    origins, destinations
        Trip ends, (n,), with equal sums.
    cost
        Generalised cost of each pair, (n, n); inf where there is no way.
    k_factors
        Socio-economic factors, (n, n); none by default.

    Examples
    --------
    >>> near = np.array([[1.0, 2.0], [2.0, 1.0]])
    >>> trips = gravity(np.array([10.0, 10.0]), np.array([10.0, 10.0]), near, Exponential(1.0))
    >>> trips.round(2).tolist()
    [[7.31, 2.69], [2.69, 7.31]]
    """
    pull = deterrence(cost)
    if k_factors is not None:
        pull = pull * k_factors
    return balance(pull, origins, destinations, rtol=FIT_RTOL, threads=threads)


def fit_gravity(
    origins: Floats,
    destinations: Floats,
    cost: Floats,
    *,
    means: Sequence[float],
    start: Deterrence | None = None,
) -> Gravity:
    """Fit a deterrence so that its moments have the means asked for.

    For ``Exponential`` the mean cost; ``Power`` the mean of ln c; ``Combined`` both, ln c first.

    Parameters
    ----------
    origins, destinations
        Trip ends, (n,), with equal sums.
    cost
        Generalised cost of each pair, (n, n), intrazonal on the diagonal; inf where there is no
        way.
    means
        One mean a parameter, over all trips.
    start
        The form, and where to begin; ``Exponential`` by default.

    Raises
    ------
    ValidationError
        If there is not one mean a parameter.
    ConvergenceError
        If no parameters give these means; the nearest means found are said.
    """
    form: Deterrence = Exponential(1.0 / means[0]) if start is None else start
    if len(means) != len(form.parameters):
        raise ValidationError(
            f"fit_gravity: {len(means)} means for {len(form.parameters)} parameters of "
            f"{type(form).__name__}. Give one a parameter."
        )
    wanted = np.asarray(means, dtype=float)

    def missed(parameters: Floats) -> Floats:
        now = form.moved(parameters)
        return np.asarray(
            mean_moments(now, gravity(origins, destinations, cost, now), cost) - wanted
        )

    solve = _solve_one if len(wanted) == 1 else _solve_all
    best = form.moved(solve(missed, np.asarray(form.parameters), wanted))
    trips = gravity(origins, destinations, cost, best)
    return Gravity(trips, best, tuple(map(float, mean_moments(best, trips, cost))))


def _solve_one(missed: Callable[[Floats], Floats], start: Floats, wanted: Floats) -> Floats:
    """Find the parameter between none and too much; the mean falls as it grows (Hyman 1969)."""

    def miss(value: float) -> float:
        return float(missed(np.array([value]))[0])

    low, high = 0.0, abs(float(start[0])) or 1.0
    if (most := miss(low)) <= 0:
        raise ConvergenceError(
            f"fit_gravity: a mean of {wanted[0]:g} is more than these trip ends give without any "
            f"deterrence ({wanted[0] + most:.4g})."
        )
    for _ in range(DOUBLINGS):
        if (least := miss(high)) <= 0:
            return np.array([brentq(miss, low, high, xtol=1e-12, rtol=1e-12)])
        low, high = high, 2.0 * high
    raise ConvergenceError(
        f"fit_gravity: a mean of {wanted[0]:g} is less than these trip ends allow (about "
        f"{wanted[0] + least:.4g})."
    )


def _solve_all(missed: Callable[[Floats], Floats], start: Floats, wanted: Floats) -> Floats:
    """Find all parameters at once."""
    scale = np.maximum(np.abs(start), SMALLEST_STEP)

    def scaled(steps: Floats) -> Floats:
        return missed(start + steps * scale)

    found = root(scaled, np.zeros(len(wanted)), tol=1e-12)
    best: Floats = start + found.x * scale
    got = wanted + missed(best)
    if not np.allclose(got, wanted, rtol=1e-6, atol=1e-9):
        raise ConvergenceError(
            f"fit_gravity: no parameters give means of {_told(wanted)} with these trip ends; the "
            f"nearest found give {_told(got)}."
        )
    return best


def mean_moments(deterrence: Deterrence, trips: Floats, cost: Floats) -> Floats:
    """Means of a deterrence's moments over all trips, (n_parameters,)."""
    made = trips > 0
    return np.asarray(deterrence.moments(cost[made]) @ trips[made] / trips.sum())


@dataclass(frozen=True, eq=False)
class Binned:
    """Deterrence by bins of cost: the first edge that a cost does not pass decides.

    edges
        Upper edges, rising, (n_bins,); beyond the last nobody travels.
    weights
        (n_bins,)
    """

    edges: Floats
    weights: Floats

    def __call__(self, cost: Floats) -> Floats:
        """Weight of the bin that each cost lies in."""
        return np.append(self.weights, 0.0)[np.searchsorted(self.edges, cost, side="left")]


def fit_bins(
    origins: Floats,
    destinations: Floats,
    cost: Floats,
    *,
    edges: Sequence[float],
    shares: Sequence[float],
) -> tuple[Floats, Binned]:
    """Fit a weight for each bin of cost so that the trip length distribution is met.

    Tri-proportional: Evans & Kirby (1974), *A three-dimensional Furness procedure for calibrating
    gravity models*, Transportation Research 8. Returns the trips and the weights, the largest being
    1.

    Parameters
    ----------
    edges
        Upper edges of the bins, rising.
    shares
        Share of all trips in each bin, adding up to 1.

    Raises
    ------
    ValidationError
        If edges do not rise, shares do not add up to 1, or a bin with trips has no pair.
    ConvergenceError
        If trip ends and shares contradict each other.
    """
    upper, wanted = np.asarray(edges, dtype=float), np.asarray(shares, dtype=float)
    place = np.searchsorted(upper, cost, side="left")
    _check_bins(upper, wanted, place)
    weights = np.where(wanted > 0, 1.0, 0.0)
    for _ in range(BINS_LIMIT):
        now = Binned(upper, weights)
        trips = balance(now(cost), origins, destinations, rtol=FIT_RTOL)
        got = np.bincount(place.ravel(), trips.ravel(), minlength=len(upper) + 1)[:-1] / trips.sum()
        if (np.abs(got - wanted) <= BINS_RTOL * np.maximum(wanted, 1.0 / len(upper))).all():
            return trips, now
        weights = weights * ratio(wanted, got)
        weights = weights / weights.max()
    raise ConvergenceError(
        f"fit_bins: {BINS_LIMIT} rounds left shares of {_told(got)} for {_told(wanted)}. The trip "
        "ends may not allow them."
    )


def spread(ends: Floats, weights: Floats, cost: Floats, deterrence: Deterrence) -> Floats:
    """Send the trips of each origin to destinations by weight × deterrence, (n, n).

    Singly constrained: origins are met, destinations fall out. An origin that reaches no weight
    keeps no trips, which the caller's accounting will show.
    """
    pull = weights[None, :] * deterrence(cost)
    return np.asarray(ratio(ends, pull.sum(axis=1))[:, None] * pull)


def within_zones(cost: Floats) -> Floats:
    """Costs with the diagonal made from the way to each zone's nearest neighbour, (n, n)."""
    full = cost.copy()
    np.fill_diagonal(full, np.inf)
    np.fill_diagonal(full, WITHIN * full.min(axis=1))
    return full


def length_shares(trips: Floats, cost: Floats, edges: Sequence[float]) -> Floats:
    """Share of trips in each bin of cost, (n_bins + 1,), the last beyond all edges."""
    place = np.searchsorted(np.asarray(edges, dtype=float), cost, side="left")
    sums = np.bincount(place.ravel(), trips.ravel(), minlength=len(edges) + 1)
    return np.asarray(sums / trips.sum())


def _check_bins(edges: Floats, shares: Floats, place: Ints) -> None:
    found = []
    if len(edges) != len(shares) or not len(edges):
        raise ValidationError(
            f"fit_bins: {len(edges)} edges for {len(shares)} shares. Give one a bin."
        )
    if not (np.diff(edges) > 0).all():
        found.append(f"fit_bins: edges {_told(edges)} must rise.")
    if (shares < 0).any() or not np.isclose(shares.sum(), 1.0, atol=1e-6):
        found.append(f"fit_bins: shares {_told(shares)} must be 0 or more and add up to 1.")
    held = np.bincount(place.ravel(), minlength=len(edges) + 1)[:-1] > 0
    empty = np.flatnonzero((shares > 0) & ~held)
    found += [
        f"fit_bins: no pair of zones costs as much as bin {i + 1} (up to {edges[i]:g}), which "
        "should have trips. Join it with a neighbour."
        for i in empty
    ]
    if found:
        raise ValidationError(found)


def _told(values: Floats) -> str:
    return ", ".join(f"{value:.4g}" for value in values)
