"""Decay functions: how much an opportunity counts that lies so many minutes away.

Each is called with minutes and gives weights from 0 to 1; the unreachable (inf) weighs nothing.
Forms as in Kwan (1998), *Space-time and integral measures of individual accessibility*,
Geographical Analysis 30(3), and Vale & Pereira (2017), *The influence of the impedance function on
gravity-based pedestrian accessibility measures*, Environment and Planning B 44(4).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from transitplan.arrays import Floats
from transitplan.errors import ValidationError


class Decay(Protocol):
    """Anything that turns minutes into weights."""

    def __call__(self, minutes: Floats) -> Floats:
        """Weight of each time, same shape."""


@dataclass(frozen=True)
class Step:
    """All of what lies within ``limit_min`` and nothing beyond: cumulative opportunities."""

    limit_min: float

    def __post_init__(self) -> None:
        """Check the limit."""
        _positive(self, "limit_min")

    def __call__(self, minutes: Floats) -> Floats:
        """1 up to the limit, else 0."""
        return np.where(minutes <= self.limit_min, 1.0, 0.0)


@dataclass(frozen=True)
class Steps:
    """A weight for each ring: the first limit that a time does not pass decides.

    The zones of an enhanced two-step floating catchment, Luo & Qi (2009), Health & Place 15(4).
    """

    limits_min: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        """Check that there is one falling weight a rising limit."""
        rising = all(np.diff((0.0, *self.limits_min)) > 0)
        falling = all(np.diff((*self.weights, 0.0)) <= 0)
        if len(self.limits_min) != len(self.weights) or not self.limits_min:
            raise ValidationError(
                f"Steps: {len(self.limits_min)} limits and {len(self.weights)} weights. Give as "
                "many of one as of the other, one at least."
            )
        if not rising or not falling:
            raise ValidationError(
                f"Steps: limits {self.limits_min} must rise from above 0 and weights "
                f"{self.weights} must not rise nor be negative."
            )

    def __call__(self, minutes: Floats) -> Floats:
        """Weight of the ring that each time lies in, 0 beyond the last."""
        ring = np.searchsorted(self.limits_min, minutes, side="left")
        return np.append(self.weights, 0.0)[ring]


@dataclass(frozen=True)
class Linear:
    """1 − t / limit, nothing beyond the limit."""

    limit_min: float

    def __post_init__(self) -> None:
        """Check the limit."""
        _positive(self, "limit_min")

    def __call__(self, minutes: Floats) -> Floats:
        """Falls straight to 0 at the limit."""
        return np.maximum(1.0 - minutes / self.limit_min, 0.0)


@dataclass(frozen=True)
class Exponential:
    """exp(−β t); half of an opportunity counts at ``ln 2 / β``."""

    per_min: float

    def __post_init__(self) -> None:
        """Check the rate."""
        _positive(self, "per_min")

    @classmethod
    def halving(cls, minutes: float) -> "Exponential":
        """Give the function that halves every so many minutes."""
        return cls(np.log(2.0) / minutes)

    def __call__(self, minutes: Floats) -> Floats:
        """Falls by the same share each minute."""
        return np.exp(-self.per_min * minutes)


@dataclass(frozen=True)
class Power:
    """(t / nearest)^−β, and 1 up to ``nearest_min``: a bare power has no value at 0."""

    exponent: float
    nearest_min: float = 1.0

    def __post_init__(self) -> None:
        """Check both numbers."""
        _positive(self, "exponent")
        _positive(self, "nearest_min")

    def __call__(self, minutes: Floats) -> Floats:
        """Falls by the same share each doubling of time."""
        return (np.maximum(minutes, self.nearest_min) / self.nearest_min) ** -self.exponent


@dataclass(frozen=True)
class Gaussian:
    """exp(−t² / 2σ²)."""

    sigma_min: float

    def __post_init__(self) -> None:
        """Check the width."""
        _positive(self, "sigma_min")

    def __call__(self, minutes: Floats) -> Floats:
        """Falls slowly near by, fast around σ."""
        return np.exp(-0.5 * (minutes / self.sigma_min) ** 2)


@dataclass(frozen=True)
class CumulativeGaussian:
    """1 up to ``full_min``, then exp(−(t − full)² / 2σ²); Vale & Pereira (2017)."""

    full_min: float
    sigma_min: float

    def __post_init__(self) -> None:
        """Check both numbers."""
        _positive(self, "full_min")
        _positive(self, "sigma_min")

    def __call__(self, minutes: Floats) -> Floats:
        """Falls only beyond what everybody walks."""
        return np.exp(-0.5 * (np.maximum(minutes - self.full_min, 0.0) / self.sigma_min) ** 2)


@dataclass(frozen=True)
class Logistic:
    """1 / (1 + exp((t − middle) / spread)), scaled to 1 at no time."""

    middle_min: float
    spread_min: float

    def __post_init__(self) -> None:
        """Check both numbers."""
        _positive(self, "middle_min")
        _positive(self, "spread_min")

    def __call__(self, minutes: Floats) -> Floats:
        """Near 1, then a slope around the middle, then near 0."""
        from scipy.special import expit  # no overflow far from the middle

        at_start = expit(self.middle_min / self.spread_min)
        return np.asarray(expit((self.middle_min - minutes) / self.spread_min) / at_start)


def _positive(decay: object, name: str) -> None:
    value = getattr(decay, name)
    if not (np.isfinite(value) and value > 0):
        raise ValidationError(
            f"{type(decay).__name__}: {name} is {value!r}; give a number above 0."
        )
