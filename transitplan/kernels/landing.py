"""Where moves that were made side by side lead together."""

import numpy as np
from numba import njit

from transitplan.kernels.delay import delays
from transitplan.kernels.records import Delay, Floats, Links

TOO_FAR = 0.1  # slope uphill at the end, as a share of the slope downhill at the start
TRIES = 20
NEAR = 0.1  # slope downhill at the end of a search, as a share of that at the start
HALVINGS = 30


@njit(cache=True, nogil=True)
def look_ahead(
    flow: Floats, change: Floats, step: float, paid: float, delay: Delay, out: Links
) -> float:
    """Slope of Beckmann's function a share of the way along a change of the flows.

    out  (flow, time, slope)  filled with those there
    """
    there, out_time, out_slope = out
    for link in range(flow.size):
        there[link] = flow[link] + step * change[link]
    delays(there, delay, out_time, out_slope)
    ahead = paid
    for link in range(flow.size):
        ahead += out_time[link] * change[link]
    return ahead


@njit(cache=True, nogil=True)
def land(
    links: Links, moved: Floats, paid: float, least: float, delay: Delay
) -> tuple[float, Links]:
    """Go along the sum of some moves as far as Beckmann's function falls.

    links  (flow pce/h, time s, slope s h/pce), each float64 (n_links,)
    moved  float64 (n_moves, n_links)  change of the flow by each move, pce/h
    paid   what the moves change in money, in seconds times vehicles an hour
    least  no try is shorter than this share of the one before; 1: go the whole way

    Returns the share of the way that was gone, and flow, time and slope there.
    """
    flow, time, _ = links
    change, there = np.zeros(flow.size), np.empty(flow.size)
    out_time, out_slope = np.empty(flow.size), np.empty(flow.size)
    for i in range(moved.shape[0]):
        change += moved[i]
    downhill = paid
    for link in range(flow.size):
        downhill += time[link] * change[link]
    step = 1.0
    for _ in range(TRIES):
        ahead = look_ahead(flow, change, step, paid, delay, (there, out_time, out_slope))
        if least >= 1.0 or ahead <= -TOO_FAR * downhill or downhill >= 0.0:
            break
        step *= max(downhill / (downhill - ahead), least)
    return step, (there, out_time, out_slope)


@njit(cache=True, nogil=True)
def descend(links: Links, change: Floats, paid: float, delay: Delay) -> tuple[float, Links]:
    """Go along a change of the flows as far as Beckmann's function falls, and never beyond.

    It is convex: where it still falls at the end, it has fallen all the way.

    links   (flow pce/h, time s, slope s h/pce), each float64 (n_links,)
    change  float64 (n_links,)  pce/h
    paid    what the change costs in money, in seconds times vehicles an hour

    Returns the share of the way that was gone, and flow, time and slope there.
    """
    flow, time, _ = links
    there, out_time, out_slope = np.empty(flow.size), np.empty(flow.size), np.empty(flow.size)
    downhill = paid
    for link in range(flow.size):
        downhill += time[link] * change[link]
    low, high, step = 0.0, 1.0, 1.0
    for _ in range(HALVINGS):
        ahead = look_ahead(flow, change, step, paid, delay, (there, out_time, out_slope))
        if ahead <= 0.0:
            low = step
            if step == 1.0 or ahead >= NEAR * downhill:
                return step, (there, out_time, out_slope)
        else:
            high = step
        step = 0.5 * (low + high)
    return 0.0, links
