"""Paths of origin-destination pairs: adding them, moving trips between them, summing their flows.

The moves are those of gradient projection: Jayakrishnan, Tsai, Prashker & Rajadhyaksha (1994), *A
faster path-based algorithm for traffic assignment*, Transportation Research Record 1443.
"""

from typing import TypeAlias

import numpy as np
from numba import njit

from transitplan.kernels.delay import time_and_slope
from transitplan.kernels.records import Delay, Floats, Int32s, Ints, Pairs, Paths

Links: TypeAlias = tuple[Floats, Floats, Floats]  # flow pce/h, time s, slope s h/pce

CHEAPER = 1.0 - 1e-13  # a tree path must beat the stored paths by more than rounding
EMPTY = 1e-14  # share of a pair's trips below which a path is dropped: rounding, not traffic


@njit(cache=True, nogil=True)
def count_new(
    pairs: Pairs,
    paths: Paths,
    time: Floats,
    label: Floats,
    tree_link: Int32s,
    tail: Ints,
    out_size: Ints,
) -> None:
    """Links of the tree path of each pair whose tree path beats all its stored paths; else 0.

    time       float64 (n_links,)         s, without money
    label      float64 (n_pairs,)         least generalised cost, s
    tree_link  int32 (n_trees, n_nodes)   from ``tree_block``
    out_size   int64 (n_pairs,)
    """
    for tree in range(pairs.origin.size):
        origin = pairs.origin[tree]
        for pair in range(pairs.first_pair[tree], pairs.first_pair[tree + 1]):
            least = np.inf
            path = paths.first[pair]
            while path >= 0:
                cost = paths.money_s[path]
                for i in range(paths.start[path], paths.start[path] + paths.size[path]):
                    cost += time[paths.links[i]]
                least = min(least, cost)
                path = paths.following[path]
            out_size[pair] = 0
            if label[pair] < least * CHEAPER:
                node = pairs.destination[pair]
                while node != origin:
                    node = tail[tree_link[tree, node]]
                    out_size[pair] += 1


@njit(cache=True, nogil=True)
def add_new(
    pairs: Pairs,
    paths: Paths,
    sizes: Ints,
    ends: tuple[int, int],
    tree_link: Int32s,
    tail: Ints,
    money: Floats,
) -> None:
    """Put the new tree paths at the head of their pairs' lists; first ones take all the trips.

    sizes  int64 (n_pairs,)   from ``count_new``
    ends   (paths, links)     how much of the pool is in use
    money  float64 (n_classes, n_links)  s
    """
    path, end = ends
    for tree in range(pairs.origin.size):
        for pair in range(pairs.first_pair[tree], pairs.first_pair[tree + 1]):
            if sizes[pair] == 0:
                continue
            paid = 0.0
            paths.start[path] = end
            paths.size[path] = sizes[pair]
            node = pairs.destination[pair]
            for _ in range(sizes[pair]):
                link = tree_link[tree, node]
                paths.links[end] = link
                end += 1
                paid += money[pairs.tree_class[tree], link]
                node = tail[link]
            paths.money_s[path] = paid
            paths.flow[path] = pairs.trips[pair] if paths.first[pair] < 0 else 0.0
            paths.following[path] = paths.first[pair]
            paths.first[pair] = path
            paths.n_paths[pair] += 1
            path += 1


@njit(cache=True, nogil=True)
def sum_flows(pairs: Pairs, paths: Paths, out_flow: Floats) -> None:
    """Add the path flows up on the links of each class, out_flow (n_classes, n_links) [veh/h]."""
    for tree in range(pairs.origin.size):
        flow = out_flow[pairs.tree_class[tree]]
        for pair in range(pairs.first_pair[tree], pairs.first_pair[tree + 1]):
            path = paths.first[pair]
            while path >= 0:
                for i in range(paths.start[path], paths.start[path] + paths.size[path]):
                    flow[paths.links[i]] += paths.flow[path]
                path = paths.following[path]


@njit(cache=True, nogil=True)
def shift_pair(  # noqa: C901, PLR0912, PLR0915  one pass, in place
    pair: int, trips: float, pce: float, paths: Paths, links: Links, delay: Delay, mark: Ints
) -> tuple[float, float]:
    """Move trips of one pair from its dearer paths to its cheapest, a Newton step each.

    A step moves (cost difference) / (pce × sum of slopes on the links not shared) and never more
    than the path has; the times of the links are updated at once.

    links  (flow pce/h, time s, slope s h/pce), each float64 (n_links,): updated
    mark   int64 (1 + n_links,): scratch; mark[0] is the stamp in use, mark[1 + link] a stamp

    Returns the excess before the moves, Σ flow × (cost − least cost) [veh/h s], and the least cost.
    """
    flow, time, slope = links
    kind, free, rise = delay.kind, delay.free_s, delay.rise_s
    inverse, power = delay.inverse_capacity, delay.power
    start, size, pool = paths.start, paths.size, paths.links
    best = -1
    least = np.inf
    total = 0.0
    path = paths.first[pair]
    while path >= 0:
        cost = paths.money_s[path]
        for i in range(start[path], start[path] + size[path]):
            cost += time[pool[i]]
        total += paths.flow[path] * cost
        if cost < least:
            least = cost
            best = path
        path = paths.following[path]
    excess = total - trips * least
    on_best = mark[0] + 1  # stamp of the best path's links
    shared = on_best  # stamp of those of them that the path at hand uses too
    for i in range(start[best], start[best] + size[best]):
        mark[1 + pool[i]] = on_best
    elsewhere = 0.0
    before = -1
    path = paths.first[pair]
    while path >= 0:
        following = paths.following[path]
        if path == best:
            before = path
            path = following
            continue
        shared += 1
        gain = paths.money_s[path] - paths.money_s[best]
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
        moved = 0.0
        if gain > 0.0:
            moved = paths.flow[path]
            if curve > 0.0:
                moved = min(moved, gain / (pce * curve))
        left = paths.flow[path] - moved
        if left <= EMPTY * trips:
            moved = paths.flow[path]
            left = 0.0
        if moved > 0.0:
            for i in range(start[path], start[path] + size[path]):
                link = pool[i]
                if mark[1 + link] < on_best:
                    flow[link] -= pce * moved
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
                    flow[link] += pce * moved
                    time[link], slope[link] = time_and_slope(
                        kind[link],
                        flow[link],
                        free[link],
                        rise[link],
                        inverse[link],
                        power[link],
                    )
        paths.flow[path] = left
        elsewhere += left
        if left > 0.0:
            before = path
        else:  # leave the empty path out of the list
            paths.n_paths[pair] -= 1
            if before < 0:
                paths.first[pair] = following
            else:
                paths.following[before] = following
        path = following
    paths.flow[best] = max(trips - elsewhere, 0.0)
    mark[0] = shared
    return excess, least


@njit(cache=True, nogil=True)
def shift_all(
    pairs: Pairs,
    paths: Paths,
    pce: Floats,
    links: Links,
    delay: Delay,
    mark: Ints,
    out_excess: Floats,
    threshold: float,
) -> float:
    """Pass once over the pairs that have several paths; return the excess seen [pce/h s].

    pce         float64 (n_classes,)
    out_excess  float64 (n_pairs,)  excess over cost of each pair when last looked at
    threshold   pairs whose last excess was below it are passed over; 0 looks at all
    """
    seen = 0.0
    for tree in range(pairs.origin.size):
        weight = pce[pairs.tree_class[tree]]
        for pair in range(pairs.first_pair[tree], pairs.first_pair[tree + 1]):
            if paths.n_paths[pair] < 2 or out_excess[pair] < threshold:  # noqa: PLR2004
                continue
            trips = pairs.trips[pair]
            excess, least = shift_pair(pair, trips, weight, paths, links, delay, mark)
            seen += weight * excess
            out_excess[pair] = excess / (trips * least) if least > 0.0 else excess
    return seen


@njit(cache=True, nogil=True)
def compact(paths: Paths, out: Paths) -> tuple[int, int]:
    """Copy the paths in use to an empty pool; return how many paths and links it then has.

    out  Paths, with room for them; ``first`` and ``n_paths`` may be the arrays of ``paths``
    """
    path = 0
    end = 0
    for pair in range(paths.first.size):
        old = paths.first[pair]
        out.first[pair] = -1
        before = -1
        while old >= 0:
            if before < 0:
                out.first[pair] = path
            else:
                out.following[before] = path
            out.following[path] = -1
            out.start[path] = end
            out.size[path] = paths.size[old]
            out.flow[path] = paths.flow[old]
            out.money_s[path] = paths.money_s[old]
            for i in range(paths.start[old], paths.start[old] + paths.size[old]):
                out.links[end] = paths.links[i]
                end += 1
            before = path
            path += 1
            old = paths.following[old]
    return path, end


def empty_paths(n_pairs: int, paths_room: int, links_room: int) -> Paths:
    """Return a pool with room for so many paths and links of paths, holding none."""
    return Paths(
        first=np.full(n_pairs, -1, np.int64),
        n_paths=np.zeros(n_pairs, np.int64),
        following=np.full(paths_room, -1, np.int64),
        start=np.zeros(paths_room, np.int64),
        size=np.zeros(paths_room, np.int64),
        flow=np.zeros(paths_room),
        money_s=np.zeros(paths_room),
        links=np.zeros(links_room, np.int32),
    )
