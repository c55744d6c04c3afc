"""A Newton step on all used paths at once, for flows that creep when pairs move one by one.

Where two classes share two alternatives and value their money nearly alike, traffic of the one
should take the place of the other. No link flow changes by such a swap, so that nothing but the
small difference in money drives it; and a pair that moves alone meets the slopes of all its links
and stops after a thousandth of a vehicle. Only a move of both at once is free of them.

The step d has the least ``g d + ½ d (H + D) d`` among moves that keep the trips of each pair; g is
the pce-weighted cost of the paths, H the second derivative of Beckmann's function, and D holds the
paths by ``ε pce / flow``, which bounds what slopes do not: with ε the mean excess of a trip that
has one, a swap goes about as far as flows last, the flows of all pairs running out together. Such
scaling is that of Dikin (1967), *Iterative solution of problems of linear and quadratic
programming*, Soviet Mathematics Doklady 8; the equations are solved by conjugate gradients that are
projected to the moves of each pair: Gould, Hribar & Nocedal (2001), *On the solution of equality
constrained quadratic programming problems arising in optimization*, SIAM J. Sci. Comput. 23(4).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from transitplan.kernels.records import Floats, Ints, Paths
from transitplan.kernels.routes import EMPTY

ROUNDS = 50  # of conjugate gradients, at most
CLOSE = 0.1  # share of the force that may be left at their end


class Used(NamedTuple):
    """The used paths of some pairs, one pair after the other."""

    first: Ints  # (n_pairs + 1,) the paths of pair i are first[i] … first[i+1] in the others
    path: Ints  # (n,) where it is in the pool
    pce: Floats  # (n,) of the class
    force: Floats  # (n,) −g − (H + D) d at the step d so far, from the pair's least cost [s]
    hold: Floats  # (n,) D [s h/veh]
    stiff: Floats  # (n,) D and the diagonal of H


@njit(cache=True, nogil=True)
def direction(
    active: Ints, pce: Floats, paths: Paths, time: Floats, slope: Floats, out_move: Floats
) -> float:
    """Find the step of each path, out_move (n_paths,) [veh/h].

    active  int64 (n_active,)   pairs that may move
    pce     float64 (n_pairs,)  of the class of each pair
    time    float64 (n_links,)  s
    slope   float64 (n_links,)  s h/pce

    Returns how many times the step can be gone before the first path is empty.
    """
    used = _used(active, pce, paths, time, slope)
    n, n_links = used.path.size, time.size
    move, ahead, answer = np.zeros(n), np.zeros(n), np.empty(n)
    change = np.empty(n_links)
    enough, before = 0.0, 1.0
    for k in range(ROUNDS):
        pull = _project(used, answer)
        if k == 0:
            enough = CLOSE * CLOSE * pull
        if pull <= enough:
            break
        ratio = pull / before if k > 0 else 0.0
        before = pull
        for j in range(n):
            ahead[j] = answer[j] + ratio * ahead[j]
        bend = _bend(used, paths, slope, ahead, change, answer)
        for j in range(n):
            move[j] += pull / bend * ahead[j]
            used.force[j] -= pull / bend * answer[j]
    out_move[:] = 0.0
    most = np.inf
    for j in range(n):
        out_move[used.path[j]] = move[j]
        if move[j] < 0.0:
            most = min(most, paths.flow[used.path[j]] / -move[j])
    return most


@njit(cache=True, nogil=True)
def _used(active: Ints, pce: Floats, paths: Paths, time: Floats, slope: Floats) -> Used:
    """List the used paths with what moves them and what holds them."""
    room = 0
    for k in range(active.size):
        room += paths.n_paths[active[k]]
    first, at = np.zeros(active.size + 1, np.int64), np.empty(room, np.int64)
    weight, force = np.empty(room), np.empty(room)
    n = 0
    for k in range(active.size):
        least = np.inf
        path = paths.first[active[k]]
        while path >= 0:
            if paths.flow[path] > 0.0:
                cost = paths.money_s[path]
                for i in range(paths.start[path], paths.start[path] + paths.size[path]):
                    cost += time[paths.links[i]]
                at[n], weight[n], force[n] = path, pce[active[k]], cost
                least = min(least, cost)
                n += 1
            path = paths.following[path]
        first[k + 1] = n
        for j in range(first[k], n):
            force[j] = weight[j] * (least - force[j])
    at, weight, force = at[:n], weight[:n], force[:n]
    hold = _hold(at, weight, force, paths.flow)
    stiff = hold + _curve(first, at, weight, paths, slope)
    return Used(first, at, weight, force, hold, stiff)


@njit(cache=True, nogil=True)
def _hold(at: Ints, weight: Floats, force: Floats, flow: Floats) -> Floats:
    """D of each path: ε pce / flow, ε being the mean excess of a trip, weighted by itself [s]."""
    excess, squares = 0.0, 0.0
    for j in range(at.size):
        excess -= flow[at[j]] * force[j]
        squares += flow[at[j]] * force[j] * force[j] / weight[j]
    mean = squares / excess if excess > 0.0 else 1.0
    hold = np.empty(at.size)
    for j in range(at.size):
        hold[j] = mean * weight[j] / flow[at[j]]
    return hold


@njit(cache=True, nogil=True)
def _curve(first: Ints, at: Ints, weight: Floats, paths: Paths, slope: Floats) -> Floats:
    """Diagonal of H, without the links that all paths of a pair use [s h/veh]."""
    start, size, pool = paths.start, paths.size, paths.links
    count = np.zeros(slope.size, np.int64)
    curve = np.zeros(at.size)
    for k in range(first.size - 1):
        n_paths = first[k + 1] - first[k]
        for path in at[first[k] : first[k + 1]]:
            for i in range(start[path], start[path] + size[path]):
                count[pool[i]] += 1
        for j in range(first[k], first[k + 1]):
            for i in range(start[at[j]], start[at[j]] + size[at[j]]):
                if count[pool[i]] < n_paths:
                    curve[j] += weight[j] * weight[j] * slope[pool[i]]
        for path in at[first[k] : first[k + 1]]:
            for i in range(start[path], start[path] + size[path]):
                count[pool[i]] = 0
    return curve


@njit(cache=True, nogil=True)
def _project(used: Used, out_move: Floats) -> float:
    """Move that the forces want, each path by its stiffness; trips of each pair stay the same.

    Returns force × move [pce/h s].
    """
    force, stiff = used.force, used.stiff
    pull = 0.0
    for k in range(used.first.size - 1):
        begin, end = used.first[k], used.first[k + 1]
        up, down = 0.0, 0.0
        for j in range(begin, end):
            up += force[j] / stiff[j]
            down += 1.0 / stiff[j]
        for j in range(begin, end):
            out_move[j] = (force[j] - up / down) / stiff[j]
            pull += force[j] * out_move[j]
    return pull


@njit(cache=True, nogil=True)
def _bend(
    used: Used, paths: Paths, slope: Floats, move: Floats, change: Floats, out_answer: Floats
) -> float:
    """How the costs of the paths answer to a move, (H + D) d; returns d (H + D) d [pce/h s].

    change  float64 (n_links,): scratch
    """
    start, size, pool = paths.start, paths.size, paths.links
    change[:] = 0.0
    for j in range(move.size):
        path = used.path[j]
        for i in range(start[path], start[path] + size[path]):
            change[pool[i]] += used.pce[j] * move[j]
    for link in range(change.size):
        change[link] *= slope[link]
    bend = 0.0
    for j in range(move.size):
        path = used.path[j]
        felt = 0.0
        for i in range(start[path], start[path] + size[path]):
            felt += change[pool[i]]
        out_answer[j] = used.pce[j] * felt + used.hold[j] * move[j]
        bend += out_answer[j] * move[j]
    return bend


@njit(cache=True, nogil=True)
def go(
    active: Ints,
    pce: Floats,
    paths: Paths,
    move: Floats,
    reach: float,
    out_flow: Floats,
    out_change: Floats,
) -> float:
    """Make a move ``reach`` times, of each pair no further than to its first empty path.

    move        float64 (n_paths,)  veh/h
    out_flow    float64 (n_paths,)  veh/h, of the paths of these pairs
    out_change  float64 (n_links,)  pce/h

    Returns what the moves change in money, Σ pce × moved × money [pce/h s].
    """
    first, following, start, size = paths.first, paths.following, paths.start, paths.size
    held, pool = paths.flow, paths.links
    out_change[:] = 0.0
    paid = 0.0
    for k in range(active.size):
        pair = active[k]
        most, trips = reach, 0.0
        fullest = first[pair]
        path = first[pair]
        while path >= 0:
            trips += held[path]
            if move[path] < 0.0:
                most = min(most, held[path] / -move[path])
            if held[path] > held[fullest]:
                fullest = path
            path = following[path]
        others = 0.0
        path = first[pair]
        while path >= 0:
            left = held[path] + most * move[path]
            out_flow[path] = left if left > EMPTY * trips else 0.0
            if path != fullest:
                others += out_flow[path] - held[path]
            path = following[path]
        out_flow[fullest] = max(held[fullest] - others, 0.0)  # with the rounding
        path = first[pair]
        while path >= 0:
            moved = pce[pair] * (out_flow[path] - held[path])
            paid += moved * paths.money_s[path]
            for i in range(start[path], start[path] + size[path]):
                out_change[pool[i]] += moved
            path = following[path]
    return paid
