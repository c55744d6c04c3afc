"""Travel time of a link under flow: the BPR function, its slope and its integral."""

import math

import numpy as np
from numba import njit

from transitplan.kernels.records import Delay, Floats

BPR = 0  # t = free + rise (v / c)^power
CONSTANT = 1  # t = free
STEEPEST = 1e-12  # where power < 1 the slope at no flow is infinite; it is taken at this saturation


@njit(cache=True, nogil=True, error_model="numpy")
def time_and_slope(
    kind: int, flow: float, free: float, rise: float, inverse_capacity: float, power: float
) -> tuple[float, float]:
    """Time [s] and its derivative [s h/pce] of one link at one flow [pce/h].

    Scalars only: a helper that receives arrays costs about 60 ns a call in reference counts.
    """
    if kind == CONSTANT:
        return free, 0.0
    saturation = max(flow * inverse_capacity, 0.0)
    if rise == 0.0 or power == 0.0:
        return free + rise, 0.0
    if power == 4.0:  # noqa: PLR2004  the usual power, without calling pow
        cube = saturation * saturation * saturation
        return free + rise * cube * saturation, 4.0 * rise * inverse_capacity * cube
    if power == 1.0:
        return free + rise * saturation, rise * inverse_capacity
    base = max(saturation, STEEPEST) if power < 1.0 else saturation
    slope = power * rise * inverse_capacity * math.pow(base, power - 1.0)
    return free + rise * math.pow(saturation, power), slope


@njit(cache=True, nogil=True)
def delays(flow: Floats, delay: Delay, out_time: Floats, out_slope: Floats) -> None:
    """Time and slope of every link.

    flow       float64 (n_links,)  pce/h
    delay      Delay               BPR parameters
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
    delay         Delay               BPR parameters
    out_integral  float64 (n_links,)  s pce/h
    """
    for link in range(flow.size):
        volume = flow[link]
        free, rise, power = delay.free_s[link], delay.rise_s[link], delay.power[link]
        if delay.kind[link] == CONSTANT or rise == 0.0:  # also where there is no capacity
            out_integral[link] = volume * free
            continue
        saturation = max(volume * delay.inverse_capacity[link], 0.0)
        out_integral[link] = volume * (free + rise / (power + 1.0) * math.pow(saturation, power))


def marginal(delay: Delay) -> Delay:
    """Return the functions ``t + v dt/dv`` of functions t: the integral of each is ``v t(v)``."""
    return delay._replace(
        rise_s=np.where(delay.kind == BPR, delay.rise_s * (1.0 + delay.power), delay.rise_s)
    )
