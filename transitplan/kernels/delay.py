"""Volume-delay functions: travel time of a link under flow, its slope and its integral.

With the saturation ``x = v / c``, every function is ``t = free + rise f(x)`` with ``f(0) = 0``, and
f has one parameter, kept in ``power``:

========  ==============================================================  ============
kind      f(x)                                                            ``power``
========  ==============================================================  ============
BPR       x^p                                                             p, from 0 up
CONSTANT  0                                                               not used
CONICAL   1 + √(a² (1 − x)² + b²) − a (1 − x) − b, b = (2a − 1)/(2a − 2)  a, above 1
AKCELIK   x − 1 + √((x − 1)² + k x)                                       k, above 0
========  ==============================================================  ============

BPR: Bureau of Public Roads (1964), *Traffic Assignment Manual*. CONICAL: Spiess (1990), *Conical
volume-delay functions*, Transportation Science 24(2). AKCELIK: Akçelik (1991), *Travel time
functions for transport planning purposes*, Australian Road Research 21(3); k = 8 J / (Q T).

``MARGINAL`` added to a kind stands for ``t + v dt/dv``, what one more vehicle costs all, whose
equilibrium is the system optimum of t. That of BPR is BPR again, with rise (1 + p).
"""

import math

import numpy as np
from numba import njit

from transitplan.kernels.records import Delay, Floats

BPR = 0
CONSTANT = 1
CONICAL = 2
AKCELIK = 3
MARGINAL = 16
STEEPEST = 1e-12  # where power < 1 the slope at no flow is infinite; it is taken at this saturation


@njit(cache=True, nogil=True, error_model="numpy")
def time_and_slope(
    kind: int, flow: float, free: float, rise: float, inverse_capacity: float, power: float
) -> tuple[float, float]:
    """Time [s] and its derivative [s h/pce] of one link at one flow [pce/h].

    Scalars only: a helper that receives arrays costs about 60 ns a call in reference counts.
    """
    saturation = max(flow * inverse_capacity, 0.0)
    if kind == BPR and power == 4.0:  # noqa: PLR2004  the usual power, without calling pow
        cube = saturation * saturation * saturation
        return free + rise * cube * saturation, 4.0 * rise * inverse_capacity * cube
    if kind == CONSTANT:
        return free, 0.0
    if kind != BPR:
        return _other_time_and_slope(kind, flow, free, rise, inverse_capacity, power)
    if rise == 0.0 or power == 0.0:
        return free + rise, 0.0
    if power == 1.0:
        return free + rise * saturation, rise * inverse_capacity
    base = max(saturation, STEEPEST) if power < 1.0 else saturation
    slope = power * rise * inverse_capacity * math.pow(base, power - 1.0)
    return free + rise * math.pow(saturation, power), slope


@njit(cache=True, nogil=True, error_model="numpy")
def integral(
    kind: int, flow: float, free: float, rise: float, inverse_capacity: float, power: float
) -> float:
    """Integral of the time of one link from no flow to its flow, Beckmann's term [s pce/h]."""
    if kind == CONSTANT or rise == 0.0 or flow <= 0.0:  # also where there is no capacity
        return flow * free
    saturation = max(flow * inverse_capacity, 0.0)
    if kind == BPR:
        return flow * (free + rise / (power + 1.0) * math.pow(saturation, power))
    if kind >= MARGINAL:
        value, _, _ = _shape(kind - MARGINAL, saturation, power)
        return flow * (free + rise * value)
    return flow * free + rise * _area(kind, saturation, power) / inverse_capacity


@njit(cache=True, nogil=True)
def delays(flow: Floats, delay: Delay, out_time: Floats, out_slope: Floats) -> None:
    """Time and slope of every link.

    flow       float64 (n_links,)  pce/h
    delay      Delay
    out_time   float64 (n_links,)  s
    out_slope  float64 (n_links,)  s h/pce
    """
    kind, free, rise = delay.kind, delay.free_s, delay.rise_s
    inverse, power = delay.inverse_capacity, delay.power
    for link in range(flow.size):
        out_time[link], out_slope[link] = time_and_slope(
            kind[link], flow[link], free[link], rise[link], inverse[link], power[link]
        )


@njit(cache=True, nogil=True)
def integrals(flow: Floats, delay: Delay, out_integral: Floats) -> None:
    """Integral of the time of every link from no flow to its flow, Beckmann's terms.

    flow          float64 (n_links,)  pce/h
    delay         Delay
    out_integral  float64 (n_links,)  s pce/h
    """
    kind, free, rise = delay.kind, delay.free_s, delay.rise_s
    inverse, power = delay.inverse_capacity, delay.power
    for link in range(flow.size):
        out_integral[link] = integral(
            kind[link], flow[link], free[link], rise[link], inverse[link], power[link]
        )


def marginal(delay: Delay) -> Delay:
    """Return the functions ``t + v dt/dv`` of functions t: the integral of each is ``v t(v)``."""
    if (delay.kind >= MARGINAL).any():
        raise ValueError("marginal: these functions are marginal ones already")
    bpr = delay.kind == BPR
    other = ~bpr & (delay.kind != CONSTANT)
    return delay._replace(
        kind=np.where(other, delay.kind + MARGINAL, delay.kind).astype(delay.kind.dtype),
        rise_s=np.where(bpr, delay.rise_s * (1.0 + delay.power), delay.rise_s),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _other_time_and_slope(
    kind: int, flow: float, free: float, rise: float, inverse_capacity: float, power: float
) -> tuple[float, float]:
    """Time and slope of the other kinds."""
    saturation = max(flow * inverse_capacity, 0.0)
    if kind < MARGINAL:
        value, slope, _ = _shape(kind, saturation, power)
        return free + rise * value, rise * inverse_capacity * slope
    value, slope, bend = _shape(kind - MARGINAL, saturation, power)
    time = free + rise * (value + saturation * slope)
    return time, rise * inverse_capacity * (2.0 * slope + saturation * bend)


@njit(cache=True, nogil=True, error_model="numpy")
def _shape(kind: int, x: float, parameter: float) -> tuple[float, float, float]:
    """Value of f at a saturation, its first and second derivative; exact near x = 0 too."""
    if kind == CONICAL:
        a = parameter
        b = (2.0 * a - 1.0) / (2.0 * a - 2.0)
        left = a * (1.0 - x)
        root = math.sqrt(left * left + b * b)  # at x = 0: a + b - 1
        value = a * x * (1.0 + a * (x - 2.0) / (root + a + b - 1.0))
        return value, a * (1.0 - left / root), a * a * b * b / (root * root * root)
    k = parameter
    over = x - 1.0
    root = math.sqrt(over * over + k * x)
    value = k * x / (root - over) if over < 0.0 else over + root
    return value, 1.0 + (over + 0.5 * k) / root, k * (1.0 - 0.25 * k) / (root * root * root)


@njit(cache=True, nogil=True, error_model="numpy")
def _area(kind: int, x: float, parameter: float) -> float:
    """Integral of f from 0 to a saturation."""
    if kind == CONICAL:
        a = parameter
        b = (2.0 * a - 1.0) / (2.0 * a - 2.0)
        free = a + b - 1.0
        left = a * (1.0 - x)
        root = math.sqrt(left * left + b * b)
        roots = a * free - left * root + b * b * (math.asinh(a / b) - math.asinh(left / b))
        return 0.5 * a * x * x - free * x + 0.5 * roots / a
    k = parameter
    over = x - 1.0
    root = math.sqrt(over * over + k * x)
    middle = over + 0.5 * k  # root² = middle² + k (1 - k/4)
    ratio = (2.0 - 0.5 * k) / (root - middle) if middle < 0.0 else 2.0 * (middle + root) / k
    roots = middle * root - 0.5 * k + 1.0 + k * (1.0 - 0.25 * k) * math.log(ratio)
    return 0.5 * x * (x - 2.0) + 0.5 * roots
