"""Deterrence: how trips thin out with cost; forms of Ortúzar & Willumsen (2011), section 5.3.

Each is called with generalised cost and gives weights above 0; what cannot be reached (inf) weighs
nothing. ``moments`` are the quantities whose means over all trips fix the parameters: where they
are those of observed trips, the fit is the most likely one: Hyman (1969), *The calibration of trip
distribution models*; Sen & Smith (1995), *Gravity models of spatial interaction behavior*, ch. 5.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from transitplan.arrays import Floats
from transitplan.errors import ValidationError


class Deterrence(Protocol):
    """A form with its parameters."""

    @property
    def parameters(self) -> tuple[float, ...]:
        """Parameters that a fit moves."""

    def moved(self, parameters: Floats) -> "Deterrence":
        """Return the same form with other parameters."""

    def moments(self, cost: Floats) -> Floats:
        """Minus the derivative of the log weight by each parameter, (n_parameters, *shape)."""

    def __call__(self, cost: Floats) -> Floats:
        """Weight of each cost, same shape."""


@dataclass(frozen=True)
class Exponential:
    """exp(−b c)."""

    b: float

    @property
    def parameters(self) -> tuple[float, ...]:
        """B."""
        return (self.b,)

    def moved(self, parameters: Floats) -> "Exponential":
        """Another b."""
        return Exponential(float(parameters[0]))

    def moments(self, cost: Floats) -> Floats:
        """C."""
        return cost[None]

    def __call__(self, cost: Floats) -> Floats:
        """Falls by the same share each unit of cost."""
        return _weights(self, cost)


@dataclass(frozen=True)
class Power:
    """c^−a; costs must be above 0."""

    a: float

    @property
    def parameters(self) -> tuple[float, ...]:
        """A."""
        return (self.a,)

    def moved(self, parameters: Floats) -> "Power":
        """Another a."""
        return Power(float(parameters[0]))

    def moments(self, cost: Floats) -> Floats:
        """Ln c."""
        return _log(cost)[None]

    def __call__(self, cost: Floats) -> Floats:
        """Falls by the same share each doubling of cost."""
        return _weights(self, cost)


@dataclass(frozen=True)
class Combined:
    """c^−a exp(−b c), after Tanner (1961); with a below 0 very short trips are fewer."""

    a: float
    b: float

    @property
    def parameters(self) -> tuple[float, ...]:
        """A and b."""
        return (self.a, self.b)

    def moved(self, parameters: Floats) -> "Combined":
        """Another a and b."""
        return Combined(*map(float, parameters))

    def moments(self, cost: Floats) -> Floats:
        """Ln c and c."""
        return np.stack([_log(cost), cost])

    def __call__(self, cost: Floats) -> Floats:
        """Power near by, exponential far off."""
        return _weights(self, cost)


@dataclass(frozen=True)
class BoxCox:
    """exp(−b (c^power − 1) / power): Power at 0, Exponential at 1; Box & Cox (1964).

    b is fitted; the power is a choice, so try several and compare the trip length distribution.
    """

    b: float
    power: float = 0.5

    @property
    def parameters(self) -> tuple[float, ...]:
        """B."""
        return (self.b,)

    def moved(self, parameters: Floats) -> "BoxCox":
        """Another b, the same power."""
        return BoxCox(float(parameters[0]), self.power)

    def moments(self, cost: Floats) -> Floats:
        """(c^power − 1) / power."""
        if self.power <= 0:
            logs = _log(cost)
            return (np.expm1(self.power * logs) / self.power if self.power else logs)[None]
        return ((cost**self.power - 1.0) / self.power)[None]

    def __call__(self, cost: Floats) -> Floats:
        """Falls ever more slowly for powers below 1."""
        return _weights(self, cost)


def _weights(form: Deterrence, cost: Floats) -> Floats:
    """exp(−Σ parameter × moment) where there is a way, 0 where there is none."""
    found = np.zeros_like(cost, dtype=float)
    reached = np.isfinite(cost)
    moments = form.moments(cost[reached])
    found[reached] = np.exp(-np.tensordot(form.parameters, moments, axes=1))
    return found


def _log(cost: Floats) -> Floats:
    if (cost <= 0).any():
        raise ValidationError(
            "deterrence: costs of 0 or below have no power. Give trips within a zone a cost."
        )
    return np.log(cost)
