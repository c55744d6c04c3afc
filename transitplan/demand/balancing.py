"""Furness balancing: a matrix scaled by rows and columns until both trip ends are met."""

import math

import numpy as np

from transitplan.arrays import Floats
from transitplan.errors import ConvergenceError, ValidationError
from transitplan.kernels.balance import balance_rows, scale
from transitplan.kernels.blocks import run, split

TOTALS_RTOL = 1e-9  # how far the sums of origins and destinations may differ
LOOK = 6  # rounds between looks at the pace
TRENDING = 3  # rounds over which the pace is measured
MARGIN = 0.02  # pace above what the relaxation in use can bring by itself
SLOWEST = 0.9999  # pace beyond which no relaxation is trusted


def balance(
    seed: Floats,
    origins: Floats,
    destinations: Floats,
    *,
    rtol: float = 1e-10,
    limit: int = 10_000,
    threads: int | None = None,
) -> Floats:
    """Scale rows and columns in turn until both trip ends are met (Furness 1965), (n, n).

    The factors are over-relaxed by what the pace of the plain rounds calls for (Lehmann, von
    Renesse, Sambale & Uschmajew 2021, *A note on overrelaxation in the Sinkhorn algorithm*,
    Optimization Letters 16): a third to a tenth of the rounds, the same matrix, since the balanced
    matrix is unique.

    Parameters
    ----------
    seed
        Non-negative matrix, (n_origins, n_destinations); zeros stay zeros.
    origins, destinations
        Trip ends, (n_origins,) and (n_destinations,), with equal sums.
    rtol
        Largest relative miss of any origin when the columns are exact.
    threads
        At most so many; the answer is the same.

    Raises
    ------
    ValidationError
        If the sums differ, an end is negative, or one with trips has an empty row or column.
    ConvergenceError
        If the zeros of the seed make both ends impossible to meet.

    Examples
    --------
    >>> balance(np.ones((2, 2)), np.array([30.0, 10.0]), np.array([20.0, 20.0]))
    array([[15., 15.],
           [ 5.,  5.]])
    """
    seed = np.ascontiguousarray(seed, dtype=float)
    origins, destinations = (np.asarray(ends, dtype=float) for ends in (origins, destinations))
    _check(seed, origins, destinations)
    row, column = np.zeros(origins.size), np.where(destinations > 0, 1.0, 0.0)
    blocks = split(origins.size)
    sums = np.zeros((len(blocks), destinations.size))
    missed = np.zeros(len(blocks))
    pace = _Pace()

    def meet_rows(block: int) -> None:
        first, last = blocks[block]
        missed[block] = balance_rows(
            seed, origins, column, pace.relax, first, last, row, sums[block]
        )

    for round_ in range(limit):
        run(meet_rows, range(len(blocks)), threads)
        exact = ratio(destinations, sums.sum(axis=0))
        wanted = exact > 0
        off = np.abs(column[wanted] / exact[wanted] - 1.0).max(initial=0.0)
        worst = max(float(missed.max(initial=0.0)), float(off))
        if round_ and worst <= rtol:
            return _scaled(seed, row, exact, threads)
        column[~wanted] = 0.0
        column[wanted] *= (exact[wanted] / column[wanted]) ** pace.relax
        pace.look(round_, worst)
    raise ConvergenceError(
        f"balance: {limit} rounds left a miss of {worst:.3g} of an end. The zeros of the seed may "
        "make these trip ends impossible together."
    )


class _Pace:
    """How much to over-relax, from how fast the miss falls."""

    def __init__(self) -> None:
        self.relax = 1.0
        self._missed: list[float] = []
        self._trusted = True

    def look(self, round_: int, missed: float) -> None:
        """Note the miss of a round; change the relaxation every few rounds."""
        self._missed.append(missed)
        if (round_ + 1) % LOOK or not self._trusted:
            return
        rate = (missed / self._missed[-1 - TRENDING]) ** (1.0 / TRENDING)
        if rate >= 1.0:
            if self.relax > 1.0:  # plain rounds cannot overshoot
                self.relax, self._trusted = 1.0, False
        elif rate > self.relax - 1.0 + MARGIN:
            # successive over-relaxation: (rate + ω − 1)² = ω² η rate with η the plain pace
            plain = (rate + self.relax - 1.0) ** 2 / (self.relax**2 * rate)
            self.relax = 2.0 / (1.0 + math.sqrt(1.0 - min(plain, SLOWEST)))


def _scaled(seed: Floats, row: Floats, column: Floats, threads: int | None) -> Floats:
    trips = np.empty_like(seed)
    run(lambda block: scale(seed, row, column, *block, trips), split(row.size), threads)
    return trips


def _check(seed: Floats, origins: Floats, destinations: Floats) -> None:
    if seed.shape != (origins.size, destinations.size):
        raise ValidationError(
            f"balance: a seed of {seed.shape} for {origins.size} origins and {destinations.size} "
            "destinations."
        )
    total = origins.sum()
    found = [
        f"balance: {what} are negative or not finite. Correct them."
        for what, values in (("origins", origins), ("destinations", destinations), ("seed", seed))
        if not (np.isfinite(values) & (values >= 0)).all()
    ]
    if not np.isclose(total, destinations.sum(), rtol=TOTALS_RTOL):
        found.append(
            f"balance: origins sum to {total:g} and destinations to {destinations.sum():g}. Scale "
            "one of them to the other first."
        )
    found += [
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


def ratio(wanted: Floats, got: Floats) -> Floats:
    """Factor that turns what was got into what is wanted; 0 where nothing was got."""
    found: Floats = np.divide(wanted, got, out=np.zeros_like(wanted, dtype=float), where=got > 0)
    return found
