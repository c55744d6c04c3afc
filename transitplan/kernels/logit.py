"""Path flows in logit shares of their costs: pairwise moves, and how far flows are from the shares.

The program is that of Fisk (1980), *Some developments in equilibrium traffic assignment*,
Transportation Research Part B 14: Beckmann's function and ``Σ pce / θ h ln(h / q)`` over the paths.
"""

import math

import numpy as np
from numba import njit

from transitplan.kernels.delay import time_and_slope
from transitplan.kernels.records import Delay, Floats, Ints, Links, Pairs, Paths

NEWTON_STEPS = 200
CLOSE = 1e-15  # of the logarithm of a ratio of flows: nothing finer shows in the flows
FAINTEST = 1e-300  # veh/h: a share that would underflow stays in the set


@njit(cache=True, nogil=True)
def balance(gain: float, curve: float, here: float, there: float, theta: float) -> float:
    """Logarithm of here / there after the move that leaves two paths in logit shares.

    With ``u = ln(here / there)`` and σ the logistic function it solves

    ``u + θ (gain − curve (here − (here + there) σ(u))) = 0``,

    whose left side rises with u. Newton's method, and bisection where that leaves the bracket or
    does not halve its steps.

    gain   s, cost of the path here less that of the path there, before the move
    curve  s h/veh, fall of that difference by a vehicle that moves
    here, there  veh/h, 0 or more, not both 0
    theta  1/s
    """
    both = here + there
    low = -theta * (curve * there + gain)
    high = theta * (curve * here - gain)
    u = high
    if here > 0.0 and there > 0.0:
        u = min(max(math.log(here / there), low), high)
    change = 2.0 * (high - low)
    for _ in range(NEWTON_STEPS):
        small = math.exp(-abs(u))  # no overflow on either side
        share = (1.0 if u > 0.0 else small) / (1.0 + small)
        value = u + theta * (gain - curve * (here - both * share))
        slope = 1.0 + theta * curve * both * small / ((1.0 + small) * (1.0 + small))
        if value > 0.0:
            high = u
        else:
            low = u
        following = u - value / slope
        if not low <= following <= high or abs(following - u) > 0.5 * change:
            following = 0.5 * (low + high)
        change = abs(following - u)
        u = following
        if change <= CLOSE * max(1.0, abs(u)):
            break
    return u


@njit(cache=True, nogil=True)
def compare(
    path: int, other: int, paths: Paths, time: Floats, slope: Floats, mark: Ints
) -> tuple[float, float]:
    """Cost of a path less that of another [s], and the sum of slopes on links not shared.

    mark  int64 (1 + n_links,): scratch; mark[0] is the last stamp in use. Left behind: the links
          of ``path`` alone carry mark[0] - 1 and the shared ones mark[0], for ``move``
    """
    start, size, pool = paths.start, paths.size, paths.links
    shared = mark[0] + 2
    alone = shared - 1
    mark[0] = shared
    for i in range(start[path], start[path] + size[path]):
        mark[1 + pool[i]] = alone
    gain = paths.money_s[path] - paths.money_s[other]
    curve = 0.0
    for i in range(start[other], start[other] + size[other]):
        link = pool[i]
        if mark[1 + link] == alone:
            mark[1 + link] = shared
        else:
            gain -= time[link]
            curve += slope[link]
    for i in range(start[path], start[path] + size[path]):
        link = pool[i]
        if mark[1 + link] == alone:
            gain += time[link]
            curve += slope[link]
    return gain, curve


@njit(cache=True, nogil=True)
def move(
    path: int, other: int, amount: float, paths: Paths, links: Links, delay: Delay, mark: Ints
) -> None:
    """Take traffic from a path to another, after ``compare`` of the two; times follow at once.

    amount  pce/h, below 0 the other way
    """
    flow, time, slope = links
    kind, free, rise = delay.kind, delay.free_s, delay.rise_s
    inverse, power = delay.inverse_capacity, delay.power
    pool = paths.links
    for i in range(paths.start[path], paths.start[path] + paths.size[path]):
        link = pool[i]
        if mark[1 + link] == mark[0] - 1:
            flow[link] -= amount
            time[link], slope[link] = time_and_slope(
                kind[link], flow[link], free[link], rise[link], inverse[link], power[link]
            )
    for i in range(paths.start[other], paths.start[other] + paths.size[other]):
        link = pool[i]
        if mark[1 + link] != mark[0]:
            flow[link] += amount
            time[link], slope[link] = time_and_slope(
                kind[link], flow[link], free[link], rise[link], inverse[link], power[link]
            )


@njit(cache=True, nogil=True)
def distance(
    pair: int, trips: float, theta: float, paths: Paths, time: Floats, cost: Floats
) -> tuple[float, float, float, int]:
    """How far the flows of one pair are from logit shares of their costs.

    cost  float64 (n_paths,)  s, of the paths of the pair: written

    Returns ``Σ |h − q P|`` [veh/h], ``Σ h ln(h / q)`` [veh/h], ``ln Σ exp(−θ c)`` and the path with
    the most flow.
    """
    least = np.inf
    fullest = paths.first[pair]
    path = paths.first[pair]
    while path >= 0:
        cost[path] = paths.money_s[path]
        for i in range(paths.start[path], paths.start[path] + paths.size[path]):
            cost[path] += time[paths.links[i]]
        least = min(least, cost[path])
        if paths.flow[path] > paths.flow[fullest]:
            fullest = path
        path = paths.following[path]
    total = 0.0
    path = paths.first[pair]
    while path >= 0:
        total += math.exp(-theta * (cost[path] - least))
        path = paths.following[path]
    wrong = 0.0
    entropy = 0.0
    path = paths.first[pair]
    while path >= 0:
        held = paths.flow[path]
        wrong += abs(held - trips * math.exp(-theta * (cost[path] - least)) / total)
        if held > 0.0:
            entropy += held * math.log(held / trips)
        path = paths.following[path]
    return wrong, entropy, math.log(total) - theta * least, fullest


@njit(cache=True, nogil=True)
def shares_pair(
    pair: int,
    trips: float,
    rates: tuple[float, float],
    fullest: int,
    paths: Paths,
    links: Links,
    delay: Delay,
    mark: Ints,
) -> None:
    """Bring each path of one pair into logit shares with its fullest one, a move each.

    rates  (pce, θ [1/s]) of the class
    """
    pce, theta = rates
    path = paths.first[pair]
    while path >= 0:
        if path != fullest:
            here, there = paths.flow[path], paths.flow[fullest]
            gain, curve = compare(path, fullest, paths, links[1], links[2], mark)
            u = balance(gain, pce * curve, here, there, theta)
            small = math.exp(-abs(u))
            least = (here + there) * small / (1.0 + small)
            most = (here + there) / (1.0 + small)
            paths.flow[path] = max(most if u > 0.0 else least, FAINTEST)
            paths.flow[fullest] = max(least if u > 0.0 else most, FAINTEST)
            move(path, fullest, pce * (here - paths.flow[path]), paths, links, delay, mark)
        path = paths.following[path]
    total = 0.0
    path = paths.first[pair]
    while path >= 0:
        total += paths.flow[path]
        if paths.flow[path] > paths.flow[fullest]:
            fullest = path
        path = paths.following[path]
    paths.flow[fullest] += trips - total  # rounding, where it is least felt


@njit(cache=True, nogil=True)
def shares_all(
    pairs: Pairs,
    paths: Paths,
    pce: Floats,
    theta: Floats,
    links: Links,
    delay: Delay,
    mark: Ints,
    cost: Floats,
) -> float:
    """Pass once over the pairs with several paths; return the Σ |h − q P| seen before [veh/h].

    pce    float64 (n_classes,)
    theta  float64 (n_classes,)  1/s
    links  (flow pce/h, time s, slope s h/pce), each float64 (n_links,): updated
    mark   int64 (1 + n_links,): scratch, as for ``compare``
    cost   float64 (n_paths,): scratch
    """
    seen = 0.0
    for tree in range(pairs.origin.size):
        rates = (pce[pairs.tree_class[tree]], theta[pairs.tree_class[tree]])
        for pair in range(pairs.first_pair[tree], pairs.first_pair[tree + 1]):
            if paths.n_paths[pair] < 2:  # noqa: PLR2004
                continue
            trips = pairs.trips[pair]
            wrong, _, _, fullest = distance(pair, trips, rates[1], paths, links[1], cost)
            seen += wrong
            shares_pair(pair, trips, rates, fullest, paths, links, delay, mark)
    return seen


@njit(cache=True, nogil=True)
def distance_all(
    pairs: Pairs, paths: Paths, pce: Floats, theta: Floats, time: Floats, cost: Floats
) -> tuple[float, float, float]:
    """Sums over all pairs: misplaced trips, entropy, and least cost with entropy.

    Returns ``Σ |h − q P|`` [veh/h], ``Σ pce / θ h ln(h / q)`` and ``−Σ pce q / θ ln Σ exp(−θ c)``
    [pce/h s]. Arguments as for ``shares_all``.
    """
    wrong = 0.0
    entropy = 0.0
    least = 0.0
    for tree in range(pairs.origin.size):
        rate = theta[pairs.tree_class[tree]]
        weight = pce[pairs.tree_class[tree]] / rate
        for pair in range(pairs.first_pair[tree], pairs.first_pair[tree + 1]):
            trips = pairs.trips[pair]
            missed, spread, log_sum, _ = distance(pair, trips, rate, paths, time, cost)
            wrong += missed
            entropy += weight * spread
            least -= weight * trips * log_sum
    return wrong, entropy, least
