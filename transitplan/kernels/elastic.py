"""Trips that answer to their cost: demand as one more route, in passes over the pairs.

Beckmann, McGuire & Winsten (1956), *Studies in the Economics of Transportation*, chapter 3: trips q
of a pair stand where the cost of its routes meets the inverse demand, ``u = c₀ (q / q₀)^(1/ε)``.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from transitplan.kernels.delay import time_and_slope
from transitplan.kernels.records import Delay, Floats, Ints, Links, Paths
from transitplan.kernels.routes import shift

NEWTON_STEPS = 200
CLOSE = 1e-15  # of the logarithm of trips


class Curves(NamedTuple):
    """Demand of each pair, q = q₀ (u / c₀)^ε, (n_pairs,)."""

    trips: Floats  # q₀, veh/h
    cost_s: Floats  # c₀
    elasticity: Floats  # ε, 0 or less


@njit(cache=True, nogil=True)
def meet(
    trips: float, cost: float, curve: float, at_base: float, base_cost: float, elasticity: float
) -> float:
    """Trips at which a cost that rises with them meets the inverse demand.

    With ``s = ln(q / q₀)`` it solves ``cost + curve (q₀ e^s − trips) = c₀ e^(s/ε)``, whose left
    side rises with s while its right side falls. Newton's method, and bisection where that leaves
    the bracket (from the trips now to the demand at the cost now) or does not halve its steps.

    trips  veh/h, now
    cost   s, now; above 0
    curve  s h/veh
    """
    now = math.log(trips / at_base)
    wanted = elasticity * math.log(cost / base_cost)
    low, high = min(now, wanted), max(now, wanted)
    s = now
    change = 2.0 * (high - low)
    for _ in range(NEWTON_STEPS):
        price = base_cost * math.exp(s / elasticity)
        value = cost + curve * (at_base * math.exp(s) - trips) - price
        slope = curve * at_base * math.exp(s) - price / elasticity
        if value > 0.0:
            high = s
        else:
            low = s
        following = s - value / slope
        if not low <= following <= high or abs(following - s) > 0.5 * change:
            following = 0.5 * (low + high)
        change = abs(following - s)
        s = following
        if change <= CLOSE * max(1.0, abs(s)):
            break
    return at_base * math.exp(s)


@njit(cache=True, nogil=True)
def answer_pair(
    pair: int,
    trips: float,
    pce: float,
    base: tuple[float, float, float],
    paths: Paths,
    links: Links,
    delay: Delay,
) -> tuple[float, float]:
    """Let the trips of one pair answer to their cost; return them, and what was missed before.

    More trips take the cheapest path; fewer leave the one with the most flow, never more than it
    has.

    base  (q₀ [veh/h], c₀ [s], ε below 0)

    Returns the new trips [veh/h] and |trips − demand| at the costs before [veh/h].
    """
    flow, time, slope = links
    kind, free, rise = delay.kind, delay.free_s, delay.rise_s
    inverse, power = delay.inverse_capacity, delay.power
    pool = paths.links
    best = fullest = paths.first[pair]
    least = np.inf
    full_cost = 0.0
    path = paths.first[pair]
    while path >= 0:
        cost = paths.money_s[path]
        for i in range(paths.start[path], paths.start[path] + paths.size[path]):
            cost += time[pool[i]]
        if cost < least:
            least = cost
            best = path
        if path == fullest or paths.flow[path] > paths.flow[fullest]:
            fullest = path
            full_cost = cost
        path = paths.following[path]
    at_base, base_cost, elasticity = base
    missed = abs(trips - at_base * math.pow(least / base_cost, elasticity))
    price = base_cost * math.pow(trips / at_base, 1.0 / elasticity)
    chosen, cost = (best, least) if price > least else (fullest, full_cost)
    curve = 0.0
    for i in range(paths.start[chosen], paths.start[chosen] + paths.size[chosen]):
        curve += slope[pool[i]]
    wanted = meet(trips, cost, pce * curve, at_base, base_cost, elasticity)
    change = max(wanted - trips, -paths.flow[chosen])
    if trips + change <= 0.0:
        return trips, missed
    paths.flow[chosen] += change
    for i in range(paths.start[chosen], paths.start[chosen] + paths.size[chosen]):
        link = pool[i]
        flow[link] += pce * change
        time[link], slope[link] = time_and_slope(
            kind[link], flow[link], free[link], rise[link], inverse[link], power[link]
        )
    return trips + change, missed


@njit(cache=True, nogil=True)
def answer_all(
    paths: Paths,
    pce: Floats,
    curves: Curves,
    links: Links,
    delay: Delay,
    mark: Ints,
    trips: Floats,
    excess: Floats,
) -> tuple[float, float]:
    """Pass once over all pairs: move trips between paths, then let their number answer.

    pce     float64 (n_pairs,)  of the class of each pair
    links   (flow pce/h, time s, slope s h/pce), each float64 (n_links,): updated
    mark    int64 (1 + n_links,)  scratch of ``shift``
    trips   float64 (n_pairs,)  veh/h: updated
    excess  float64 (n_pairs,)  scratch

    Returns the excess seen [pce/h s] and Σ |trips − demand| seen [veh/h].
    """
    seen = 0.0
    missed = 0.0
    one = np.empty(1, np.int64)
    for pair in range(trips.size):
        if paths.n_paths[pair] > 1:
            one[0] = pair
            shifted, _ = shift(one, trips, pce, paths, links, delay, mark, excess)
            seen += shifted
        if curves.elasticity[pair] < 0.0:
            base = (curves.trips[pair], curves.cost_s[pair], curves.elasticity[pair])
            trips[pair], away = answer_pair(pair, trips[pair], pce[pair], base, paths, links, delay)
            missed += away
    return seen, missed
