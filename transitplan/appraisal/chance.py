"""Chance: distributions by their quantiles, and evenly spread draws of many at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np
from scipy.stats import norm, qmc

from transitplan.arrays import Floats
from transitplan.errors import ValidationError

N_BATCHES = 8  # each spread out by itself: how far they differ says how far the estimates are off
SEED = 20250626  # any number will do; fixed so that the same inputs give the same bytes
EDGE = 1e-12  # no share is nothing or all: the normal distribution has no end

Method: TypeAlias = Literal["sobol", "latin"]


class Distribution(Protocol):
    """Where a quantity lies, by the share of draws below it."""

    def at(self, share: Floats) -> Floats:
        """Value below which this share of draws lies."""
        ...


@dataclass(frozen=True)
class Triangular:
    """Most likely at its mode, never outside low and high."""

    low: float
    mode: float
    high: float

    def at(self, share: Floats) -> Floats:
        """Value below which this share of draws lies.

        Examples
        --------
        >>> Triangular(0.0, 1.0, 2.0).at(np.array([0.0, 0.125, 0.5, 1.0]))
        array([0. , 0.5, 1. , 2. ])
        """
        width = self.high - self.low
        if width == 0:
            return np.full(np.shape(share), self.mode)
        left, right = self.mode - self.low, self.high - self.mode
        below = self.low + np.sqrt(share * width * left)
        above = self.high - np.sqrt((1.0 - share) * width * right)
        return np.where(share * width <= left, below, above)


@dataclass(frozen=True)
class Normal:
    """The bell curve."""

    mean: float
    sd: float

    def at(self, share: Floats) -> Floats:
        """Value below which this share of draws lies."""
        inside = np.clip(share, EDGE, 1.0 - EDGE)
        return np.asarray(self.mean + self.sd * norm.ppf(inside))


@dataclass(frozen=True, eq=False)
class Sampled:
    """As often as in a sample, in between straight."""

    sample: Floats

    def at(self, share: Floats) -> Floats:
        """Value below which this share of draws lies."""
        return np.asarray(np.quantile(self.sample, share))


def spread_shares(n_inputs: int, n_draws: int, method: Method = "sobol") -> Floats:
    """Points of the unit cube in which every input is spread evenly, (n, n_inputs).

    ``N_BATCHES`` batches one after the other, each an independently scrambled Sobol sequence (or a
    Latin hypercube) that fills the cube by itself.

    Parameters
    ----------
    n_draws
        How many at least; a batch of a Sobol sequence has a power of two.
    """
    size = max(1, -(-n_draws // N_BATCHES))
    if method not in ("sobol", "latin"):
        raise ValidationError(f"draws by {method!r} are not known. Use sobol or latin.")
    if method == "sobol":
        size = 1 << (size - 1).bit_length()
    if n_inputs == 0:
        return np.zeros((size * N_BATCHES, 0))
    engine = qmc.Sobol if method == "sobol" else qmc.LatinHypercube
    seeds = np.random.SeedSequence(SEED).spawn(N_BATCHES)
    batches = [engine(n_inputs, rng=np.random.default_rng(seed)).random(size) for seed in seeds]
    return np.vstack(batches)


def batch_error(values: Floats, estimate: Callable[[Floats], Floats | float]) -> Floats:
    """Standard error of an estimate from draws, by its scatter over the batches.

    Parameters
    ----------
    values
        Draws as ``spread_shares`` orders them, (n, …).
    estimate
        What is estimated, from draws (n, …).
    """
    found = np.array([estimate(batch) for batch in np.split(values, N_BATCHES)])
    return np.asarray(found.std(axis=0, ddof=1) / np.sqrt(N_BATCHES))
