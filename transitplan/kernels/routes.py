"""Paths of origin-destination pairs: adding them, moving trips between them, summing their flows.

The moves are those of gradient projection: Jayakrishnan, Tsai, Prashker & Rajadhyaksha (1994), *A
faster path-based algorithm for traffic assignment*, Transportation Research Record 1443.
"""

import numpy as np
from numba import njit

from transitplan.kernels.delay import time_and_slope
from transitplan.kernels.records import Delay, Floats, Int32s, Ints, Links, Paths

EMPTY = 1e-14  # share of a pair's trips below which a path is dropped: rounding, not traffic


@njit(cache=True, nogil=True)
def add_paths(
    found: Ints,
    sizes: Ints,
    links: Int32s,
    ends: tuple[int, int],
    money: Floats,
    trips: Floats,
    paths: Paths,
) -> tuple[int, int]:
    """Put new paths at the head of their pairs' lists; a pair's first one takes all its trips.

    found, sizes, links  from ``kernels.columns``
    ends   (paths, links)  how much of the pool is in use
    money  float64 (n_links,)  s, of the class of these pairs
    trips  float64 (n_pairs,)  veh/h

    Returns how much of the pool is then in use.
    """
    path, end = ends
    start = 0
    for i in range(found.size):
        pair, size = found[i], sizes[i]
        paid = 0.0
        for k in range(size):
            link = links[start + k]
            paths.links[end + k] = link
            paid += money[link]
        paths.start[path] = end
        paths.size[path] = size
        paths.money_s[path] = paid
        paths.flow[path] = trips[pair] if paths.first[pair] < 0 else 0.0
        paths.following[path] = paths.first[pair]
        paths.first[pair] = path
        paths.n_paths[pair] += 1
        start += size
        end += size
        path += 1
    return path, end


@njit(cache=True, nogil=True)
def sum_flows(paths: Paths, first: int, end: int, out_flow: Floats) -> None:
    """Add the path flows of the pairs first … end up on links, out_flow (n_links,) [veh/h]."""
    for pair in range(first, end):
        path = paths.first[pair]
        while path >= 0:
            for i in range(paths.start[path], paths.start[path] + paths.size[path]):
                out_flow[paths.links[i]] += paths.flow[path]
            path = paths.following[path]


@njit(cache=True, nogil=True)
def shift(  # noqa: C901, PLR0912, PLR0915  one pass, in place
    active: Ints,
    trips: Floats,
    pce: Floats,
    paths: Paths,
    links: Links,
    delay: Delay,
    mark: Ints,
    out_excess: Floats,
) -> tuple[float, float]:
    """Move trips of pairs from their dearer paths to the cheapest, a Newton step each.

    A step moves (cost difference) / (pce × sum of slopes on the links not shared) and never more
    than the path has; the times of the links are updated at once, so that the next pair sees them.
    Paths without trips that are not the cheapest leave the lists.

    active      int64 (n_active,)   pairs to look at, in this order
    trips       float64 (n_pairs,)  veh/h
    pce         float64 (n_pairs,)  of the class of each pair
    links       (flow pce/h, time s, slope s h/pce), each float64 (n_links,): updated
    mark        int64 (1 + n_links,)  scratch; mark[0] is the stamp in use, mark[1 + link] a stamp
    out_excess  float64 (n_pairs,)  excess over cost of each pair when last looked at

    Returns the excess before the moves, Σ pce × flow × (cost − least cost) [pce/h s], and the money
    that the moves pay, Σ pce × moved × (money of the cheapest − money of the path) [pce/h s].
    """
    flow, time, slope = links
    kind, free, rise = delay.kind, delay.free_s, delay.rise_s
    inverse, power = delay.inverse_capacity, delay.power
    first, following, n_paths = paths.first, paths.following, paths.n_paths
    start, size, pool = paths.start, paths.size, paths.links
    held, money = paths.flow, paths.money_s
    seen = 0.0
    paid = 0.0
    shared = mark[0]
    for k in range(active.size):
        pair = active[k]
        weight = pce[pair]
        best = -1
        least = np.inf
        total = 0.0
        path = first[pair]
        while path >= 0:
            cost = money[path]
            for i in range(start[path], start[path] + size[path]):
                cost += time[pool[i]]
            total += held[path] * cost
            if cost < least:
                least = cost
                best = path
            path = following[path]
        excess = total - trips[pair] * least
        seen += weight * excess
        out_excess[pair] = excess / (trips[pair] * least) if least > 0.0 else excess
        on_best = shared + 1  # stamp of the best path's links
        shared = on_best  # stamp of those of them that the path at hand uses too
        for i in range(start[best], start[best] + size[best]):
            mark[1 + pool[i]] = on_best
        elsewhere = 0.0
        before = -1
        path = first[pair]
        while path >= 0:
            after = following[path]
            if path == best:
                before = path
                path = after
                continue
            shared += 1
            gain = money[path] - money[best]
            curve = 0.0
            for i in range(start[path], start[path] + size[path]):
                link = pool[i]
                if mark[1 + link] >= on_best:
                    mark[1 + link] = shared
                else:
                    gain += time[link]
                    curve += slope[link]
            for i in range(start[best], start[best] + size[best]):
                link = pool[i]
                if mark[1 + link] != shared:
                    gain -= time[link]
                    curve += slope[link]
            if held[path] == 0.0:
                if gain > 0.0:
                    n_paths[pair] -= 1
                    if before < 0:
                        first[pair] = after
                    else:
                        following[before] = after
                else:
                    before = path
                path = after
                continue
            moved = 0.0
            if gain > 0.0:
                moved = held[path]
                if curve > 0.0:
                    moved = min(moved, gain / (weight * curve))
            left = held[path] - moved
            if left <= EMPTY * trips[pair]:
                moved = held[path]
                left = 0.0
            if moved > 0.0:
                paid += weight * moved * (money[best] - money[path])
                for i in range(start[path], start[path] + size[path]):
                    link = pool[i]
                    if mark[1 + link] < on_best:
                        flow[link] -= weight * moved
                        time[link], slope[link] = time_and_slope(
                            kind[link],
                            flow[link],
                            free[link],
                            rise[link],
                            inverse[link],
                            power[link],
                        )
                for i in range(start[best], start[best] + size[best]):
                    link = pool[i]
                    if mark[1 + link] != shared:
                        flow[link] += weight * moved
                        time[link], slope[link] = time_and_slope(
                            kind[link],
                            flow[link],
                            free[link],
                            rise[link],
                            inverse[link],
                            power[link],
                        )
            held[path] = left
            elsewhere += left
            before = path
            path = after
        held[best] = max(trips[pair] - elsewhere, 0.0)
    mark[0] = shared
    return seen, paid


@njit(cache=True, nogil=True)
def room(paths: Paths, first: int, end: int) -> tuple[int, int]:
    """How many paths, and links of paths, the pairs first … end have."""
    n_paths, n_links = 0, 0
    for pair in range(first, end):
        path = paths.first[pair]
        while path >= 0:
            n_paths += 1
            n_links += paths.size[path]
            path = paths.following[path]
    return n_paths, n_links


@njit(cache=True, nogil=True)
def compact(paths: Paths, first: int, end: int, ends: tuple[int, int], out: Paths) -> None:
    """Copy the listed paths of the pairs first … end to another pool.

    ends  (paths, links)  where in that pool they go
    """
    path, place = ends
    for pair in range(first, end):
        old = paths.first[pair]
        before = -1
        while old >= 0:
            if before < 0:
                out.first[pair] = path
            else:
                out.following[before] = path
            out.following[path] = -1
            out.start[path] = place
            out.size[path] = paths.size[old]
            out.flow[path] = paths.flow[old]
            out.money_s[path] = paths.money_s[old]
            for i in range(paths.start[old], paths.start[old] + paths.size[old]):
                out.links[place] = paths.links[i]
                place += 1
            before = path
            path += 1
            out.n_paths[pair] += 1
            old = paths.following[old]


@njit(cache=True, nogil=True)
def unfold(
    paths: Paths, row: Ints, out_pair: Ints, out_flow: Floats, out_first: Ints, out_links: Int32s
) -> tuple[int, int]:
    """Write the paths that have trips, by pair, each from its origin to its destination.

    row        int64 (n_links,)      what to write for each link; below 0 to leave it out
    out_pair   int64 (room,)         pair of each path
    out_flow   float64 (room,)       veh/h
    out_first  int64 (room + 1,)     the links of path i are out_first[i] … out_first[i + 1]
    out_links  int32 (links room,)

    Returns how many paths and links were written.
    """
    n_paths, n_links = 0, 0
    out_first[0] = 0
    for pair in range(paths.first.size):
        path = paths.first[pair]
        while path >= 0:
            if paths.flow[path] > 0.0:
                for i in range(paths.start[path] + paths.size[path] - 1, paths.start[path] - 1, -1):
                    if row[paths.links[i]] >= 0:
                        out_links[n_links] = row[paths.links[i]]
                        n_links += 1
                out_pair[n_paths] = pair
                out_flow[n_paths] = paths.flow[path]
                n_paths += 1
                out_first[n_paths] = n_links
            path = paths.following[path]
    return n_paths, n_links


def empty_paths(n_pairs: int, paths_room: int, links_room: int) -> Paths:
    """Return a pool with room for so many paths and links of paths, holding none."""
    return Paths(
        first=np.full(n_pairs, -1, np.int64),
        n_paths=np.zeros(n_pairs, np.int64),
        following=np.empty(paths_room, np.int64),
        start=np.empty(paths_room, np.int64),
        size=np.empty(paths_room, np.int64),
        flow=np.empty(paths_room),
        money_s=np.empty(paths_room),
        links=np.empty(links_room, np.int32),
    )
