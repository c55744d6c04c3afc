"""Weights: from comparisons in pairs, and the space of all weights, by who wins where.

Scores are arrays (n_options, n_criteria) from 0, the worst, to 1, the best; weights sum to 1.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.stats import qmc

from transitplan.arrays import Floats, Ints
from transitplan.errors import ValidationError

# Mean consistency index of random matrices of size 1 to 10 (Saaty 1980).
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
MOST_INCONSISTENT = 0.1  # Saaty's bound
LOG2_SAMPLES = 14
SEED = 20251123  # any number will do; fixed so that the same inputs give the same bytes
CORNERS = 3


@dataclass(frozen=True, eq=False)
class Priorities:
    """Weights of an analytic hierarchy, and how well the comparisons agree.

    worst_pair
        Positions of the two things whose comparison departs most from what the weights say.
    """

    weights: Floats
    largest_eigenvalue: float
    consistency_ratio: float
    worst_pair: tuple[int, int]


def priorities(comparisons: Floats) -> Priorities:
    """Weights by the principal eigenvector of a matrix of comparisons (Saaty 1977).

    Parameters
    ----------
    comparisons
        How many times more the row matters than the column, (n, n); reciprocal, at most 10 × 10.

    Raises
    ------
    ValidationError
        If the matrix is not square, positive and reciprocal, or larger than the random index goes.

    Examples
    --------
    >>> found = priorities(np.array([[1, 2, 4], [1 / 2, 1, 2], [1 / 4, 1 / 2, 1]]))
    >>> found.weights.round(3).tolist(), round(found.consistency_ratio, 6)
    ([0.571, 0.286, 0.143], 0.0)
    """
    size = len(comparisons)
    if comparisons.shape != (size, size) or not 1 <= size <= len(RANDOM_INDEX):
        raise ValidationError(
            f"comparisons: shape {comparisons.shape}; give a square of 1 to "
            f"{len(RANDOM_INDEX)} rows."
        )
    reciprocal = comparisons.min() > 0 and np.allclose(comparisons * comparisons.T, 1.0, rtol=1e-9)
    if not reciprocal:
        raise ValidationError(
            "comparisons: give numbers above 0, and row over column is one over column over row."
        )
    values, vectors = np.linalg.eig(comparisons)
    largest = int(values.real.argmax())
    weights = np.abs(vectors[:, largest].real)
    weights = weights / weights.sum()
    index = (values[largest].real - size) / max(size - 1, 1)
    random = RANDOM_INDEX[size - 1]
    off = np.abs(np.log(comparisons * weights[None, :] / weights[:, None]))
    row, column = np.unravel_index(int(np.triu(off).argmax()), off.shape)
    return Priorities(
        weights=weights,
        largest_eigenvalue=float(values[largest].real),
        consistency_ratio=max(0.0, float(index / random)) if random else 0.0,
        worst_pair=(int(row), int(column)),
    )


def weighted_sum(scores: Floats, weights: Floats) -> Floats:
    """Weighted sum of the scores, (n_options,)."""
    return np.asarray(scores @ weights)


def topsis(scores: Floats, weights: Floats) -> Floats:
    """Closeness to the best of all options, 0 to 1, (n_options,) (Hwang and Yoon 1981).

    The distance to the worst that any option has, over that and the distance to the best: two
    middling scores count for more than a good and a bad one. Equal options are all worth 0.
    """
    weighted = scores * weights
    to_best = np.linalg.norm(weighted - weighted.max(axis=0), axis=1)
    to_worst = np.linalg.norm(weighted - weighted.min(axis=0), axis=1)
    both = to_best + to_worst
    return np.asarray(np.divide(to_worst, both, out=np.zeros_like(both), where=both > 0))


def winning_regions(scores: Floats) -> list[Floats]:
    """Where in the triangle of three weights each option has the highest weighted sum.

    Returns
    -------
    list
        One convex polygon an option: weights at its corners, (n_corners, 3); empty where it never
        wins. The polygons meet at their borders and fill the triangle, the first of equal options
        taking all.
    """
    regions = []
    for place, own in enumerate(scores):
        corners = np.eye(CORNERS)
        for other_place, other in enumerate(scores):
            same = np.allclose(own, other, rtol=0.0, atol=1e-15)
            if other_place == place or (same and place < other_place):
                continue
            corners = np.empty((0, CORNERS)) if same else _cut(corners, own - other)
        regions.append(corners)
    return regions


def region_share(corners: Floats) -> float:
    """Share of the triangle that a region of ``winning_regions`` takes."""
    fan = [
        np.linalg.det(np.stack([corners[0], *corners[at : at + 2]]))
        for at in range(1, len(corners) - 1)
    ]
    return float(np.abs(fan).sum())


def _cut(corners: Floats, gain: Floats) -> Floats:
    """Keep the part of a convex polygon of weights where the gain is not negative."""
    heights = corners @ gain
    kept = []
    for at in range(len(corners)):
        here, there = heights[at - 1], heights[at]
        if here * there < 0:
            share = here / (here - there)
            kept.append(corners[at - 1] + share * (corners[at] - corners[at - 1]))
        if there >= 0:
            kept.append(corners[at])
    return np.array(kept).reshape(-1, CORNERS)


def simplex_points(n_criteria: int) -> Floats:
    """Weights spread evenly over all that sum to 1, (2^14, n_criteria)."""
    shares = qmc.Sobol(n_criteria, rng=SEED).random_base2(LOG2_SAMPLES)
    waits = -np.log(np.clip(shares, 1e-12, 1.0))  # exponential waits give even spacings
    return np.asarray(waits / waits.sum(axis=1, keepdims=True))


def range_points(low: Floats, high: Floats) -> Floats:
    """Weights spread evenly between their lows and highs, made to sum to 1, (2^14, n_criteria)."""
    shares = qmc.Sobol(len(low), rng=SEED).random_base2(LOG2_SAMPLES)
    weights = low + shares * (high - low)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def winning_shares(scores: Floats, weights: Floats) -> Floats:
    """Share of weights (n_points, n_criteria) with which each option wins; ties are shared."""
    sums = weights @ scores.T
    best = sums >= sums.max(axis=1, keepdims=True) - 1e-12
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))


def turning_weights(scores: Floats, weights: Floats, criterion: int) -> list[tuple[float, int]]:
    """Weights of one criterion, the others in proportion, at which the winner changes.

    Returns
    -------
    list
        Nearest change below and above today's weight, as far as there are: the weight, and the
        option that wins beyond it.
    """
    own, rest = scores[:, criterion], _rest(scores, weights, criterion)
    winner = int(weighted_sum(scores, weights).argmax())
    today = float(weights[criterion])
    gains = own - rest
    found: list[list[tuple[float, int]]] = [[], []]
    for other in range(len(scores)):
        slope = gains[other] - gains[winner]
        if other == winner or slope == 0:
            continue
        # The winner is ahead today, so that the other catches up in one direction only.
        meet = (rest[winner] - rest[other]) / slope
        if 0 < meet < 1 and (slope > 0) == (meet >= today):
            found[int(slope > 0)].append((abs(meet - today), other))
    turns = []
    for side, sign in zip(found, (-1.0, 1.0), strict=True):
        if side:
            distance, other = min(side)
            turns.append((today + sign * distance, other))
    return turns


def _rest(scores: Floats, weights: Floats, criterion: int) -> Floats:
    """Weighted sum of all criteria but one, their weights made to sum to 1."""
    others = weights.copy()
    others[criterion] = 0.0
    if not others.sum():
        others[:] = 1.0
        others[criterion] = 0.0
    return weighted_sum(scores, others / others.sum()) if len(others) > 1 else np.zeros(len(scores))


@dataclass(frozen=True, eq=False)
class Move:
    """The least shift of weight that turns the winner.

    share
        Weight taken from some criteria and given to others, of 1 in all; infinite where no weights
        turn it.
    """

    share: float
    weights: Floats
    winner: int


def least_move(scores: Floats, weights: Floats) -> Move:
    """Shift as little weight as possible until another option is as good as today's winner.

    A linear programme an option: min ½ Σ|v − w| with Σv = 1, v ≥ 0 and the other's weighted sum no
    less than the winner's.
    """
    winner = int(weighted_sum(scores, weights).argmax())
    n = len(weights)
    best = Move(np.inf, weights, winner)
    for other in range(len(scores)):
        if other == winner:
            continue
        behind = scores[other] - scores[winner]
        # More and less weight, both 0 or above: v = w + more − less.
        found = linprog(
            np.full(2 * n, 0.5),
            A_ub=np.vstack(
                [np.hstack([-behind, behind])[None, :], np.hstack([-np.eye(n), np.eye(n)])]
            ),
            b_ub=np.hstack([behind @ weights, weights]),
            A_eq=np.hstack([np.ones(n), -np.ones(n)])[None, :],
            b_eq=[0.0],
            method="highs",
        )
        if found.status == 0 and (share := float(str(found.fun))) < best.share:
            shift = np.asarray(found.x)
            best = Move(share, weights + shift[:n] - shift[n:], other)
    return best


def comparison_matrix(size: int, judgements: list[tuple[int, int, float]]) -> Floats:
    """Fill a reciprocal matrix from judgements: row, column, times the row matters more."""
    matrix = np.ones((size, size))
    for row, column, times in judgements:
        matrix[row, column], matrix[column, row] = times, 1.0 / times
    return matrix


def order_of(totals: Floats) -> Ints:
    """Rank of each option, 1 for the highest; equals share the better rank."""
    return np.array([1 + int((totals > own).sum()) for own in totals], dtype=np.int64)
