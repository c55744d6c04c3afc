"""Shortest paths from many origins at once, swept over a contraction hierarchy.

Delling, Goldberg, Nowatzyk & Werneck (2013), *PHAST: hardware-accelerated shortest path trees*,
Journal of Parallel and Distributed Computing 73: climb from the origin, then settle all nodes from
the highest down, for sixteen origins in one pass over memory.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from transitplan.kernels.hierarchy import NONE, Hierarchy, Weights, find_arc, unload
from transitplan.kernels.records import Floats, Int32s, Ints, Pairs

LANES = 16  # origins swept at once: a node's labels fill two lines of cache


class Board(NamedTuple):
    """Scratch of a sweep, (n_ranked, LANES)."""

    label: Floats  # least cost from the lane's origin
    climbed: Int32s  # arc by which the climb arrived, -2 - entry at its start, -1 elsewhere
    climb: Floats  # label after the climb, where it arrived


@njit(cache=True, nogil=True)
def new_board(n_ranked: int) -> Board:
    """Return a board with no climb on it."""
    return Board(
        np.empty((n_ranked, LANES)),
        np.full((n_ranked, LANES), NONE, np.int32),
        np.empty((n_ranked, LANES)),
    )


@njit(cache=True, nogil=True)
def sweep(  # noqa: C901, PLR0912  the innermost loops, in place
    hierarchy: Hierarchy, weights: Weights, cost: Floats, origins: Ints, board: Board
) -> None:
    """Label all ranked nodes from at most LANES origins.

    cost     float64 (n_links,)  s; inf where closed
    origins  int64 (n_origins,)  nodes of the network
    """
    first_up, upper, parent = hierarchy.first_up, hierarchy.upper, hierarchy.parent
    up, down = weights.up, weights.down
    label, climbed, climb = board
    joined = np.zeros(parent.size, np.bool_)  # by what climbs through, then by what is above
    for lane in range(origins.size):
        origin = origins[lane]
        doors = range(hierarchy.first_entry[origin], hierarchy.first_entry[origin + 1])
        for door in doors:
            node, link = hierarchy.entry[door], hierarchy.entry_link[door]
            while node >= 0 and not joined[node]:
                joined[node] = True
                for other in range(LANES):
                    label[node, other] = np.inf
                node = parent[node]
            node = hierarchy.entry[door]
            reached = cost[link] if link >= 0 else 0.0
            if reached < label[node, lane]:
                label[node, lane] = reached
                climbed[node, lane] = -2 - door
        for door in doors:
            node = hierarchy.entry[door]
            while node >= 0:
                here = label[node, lane]
                if here < np.inf:
                    climb[node, lane] = here
                    for arc in range(first_up[node], first_up[node + 1]):
                        reached = here + up[arc]
                        if reached < label[upper[arc], lane]:
                            label[upper[arc], lane] = reached
                            climbed[upper[arc], lane] = arc
                node = parent[node]
    for node in range(parent.size - 1, -1, -1):
        if not joined[node]:
            for lane in range(LANES):
                label[node, lane] = np.inf
            if parent[node] < 0 or not joined[parent[node]]:  # apart from all origins
                continue
            joined[node] = True
        for arc in range(first_up[node], first_up[node + 1]):
            above, step = upper[arc], down[arc]
            if step < np.inf:
                for lane in range(LANES):
                    reached = label[above, lane] + step
                    label[node, lane] = min(label[node, lane], reached)


@njit(cache=True, nogil=True)
def clear(hierarchy: Hierarchy, origins: Ints, board: Board) -> None:
    """Take the climbs of these origins off the board."""
    for lane in range(origins.size):
        origin = origins[lane]
        for door in range(hierarchy.first_entry[origin], hierarchy.first_entry[origin + 1]):
            node = hierarchy.entry[door]
            while node >= 0:
                board.climbed[node, lane] = NONE
                node = hierarchy.parent[node]


@njit(cache=True, nogil=True)
def leave(
    hierarchy: Hierarchy, cost: Floats, origin: int, lane: int, target: int, label: Floats
) -> tuple[float, int]:
    """Least cost to a node of the network, and the door by which it is reached.

    The door is an exit, -2 - i for the direct link i, or -1 where the node is not reached.
    """
    least = np.inf
    by = NONE
    for door in range(hierarchy.first_exit[target], hierarchy.first_exit[target + 1]):
        link = hierarchy.exit_link[door]
        reached = label[hierarchy.exit[door], lane]
        if link >= 0:
            reached += cost[link]
        if reached < least:
            least, by = reached, door
    for i in range(hierarchy.first_direct[origin], hierarchy.first_direct[origin + 1]):
        if hierarchy.direct_head[i] == target and cost[hierarchy.direct_link[i]] < least:
            least, by = cost[hierarchy.direct_link[i]], -2 - i
    return least, by


@njit(cache=True, nogil=True)
def leave_all(
    hierarchy: Hierarchy,
    cost: Floats,
    pairs: Pairs,
    tree: int,
    lane: int,
    label: Floats,
    out_label: Floats,
    out_door: Ints,
) -> None:
    """Find what ``leave`` finds for all pairs of a tree, whose call for each would take longer.

    out_label  float64 (n_pairs,)
    out_door   int64 (n,)  doors of the tree's pairs, from its first one on
    """
    first_exit, exits, exit_link = hierarchy.first_exit, hierarchy.exit, hierarchy.exit_link
    destination, before = pairs.destination, pairs.first_pair[tree]
    origin = pairs.origin[tree]
    first_direct, last_direct = hierarchy.first_direct[origin], hierarchy.first_direct[origin + 1]
    for i in range(pairs.first_pair[tree + 1] - before):
        target = destination[before + i]
        least, by = np.inf, NONE
        for door in range(first_exit[target], first_exit[target + 1]):
            link = exit_link[door]
            reached = label[exits[door], lane]
            if link >= 0:
                reached += cost[link]
            if reached < least:
                least, by = reached, door
        for k in range(first_direct, last_direct):
            link = hierarchy.direct_link[k]
            if hierarchy.direct_head[k] == target and cost[link] < least:
                least, by = cost[link], -2 - k
        out_label[before + i] = least
        out_door[i] = by


@njit(cache=True, nogil=True)
def longest(pairs: Pairs, block: tuple[int, int]) -> int:
    """Return how many pairs the largest tree of a block has."""
    most = 0
    for tree in range(block[0], block[1]):
        most = max(most, pairs.first_pair[tree + 1] - pairs.first_pair[tree])
    return most


@njit(cache=True, nogil=True)
def label_trees(
    hierarchy: Hierarchy,
    weights: Weights,
    cost: Floats,
    pairs: Pairs,
    block: tuple[int, int],
    out_label: Floats,
) -> None:
    """Least cost of the pairs of a block of trees, all of one class.

    cost       float64 (n_links,)  cost for the class; inf where closed
    block      (first tree, end tree)
    out_label  float64 (n_pairs,)  inf where not reached
    """
    board = new_board(hierarchy.parent.size)
    door = np.empty(longest(pairs, block), np.int64)
    for first in range(block[0], block[1], LANES):
        end = min(first + LANES, block[1])
        origins = pairs.origin[first:end]
        sweep(hierarchy, weights, cost, origins, board)
        for tree in range(first, end):
            leave_all(hierarchy, cost, pairs, tree, tree - first, board.label, out_label, door)
        clear(hierarchy, origins, board)


@njit(cache=True, nogil=True)
def load_trees(
    hierarchy: Hierarchy,
    weights: Weights,
    cost: Floats,
    pairs: Pairs,
    block: tuple[int, int],
    out_label: Floats,
    out_flow: Floats,
) -> None:
    """Load the trips of a block of trees, all of one class, on their shortest paths.

    Arguments as in ``label_trees``, and

    out_flow  float64 (n_links,)  added to, veh/h; pairs that are not reached are left out
    """
    n_arcs = hierarchy.upper.size
    board = new_board(hierarchy.parent.size)
    load = np.zeros((hierarchy.parent.size, LANES))
    up_flow, down_flow = np.zeros(n_arcs), np.zeros(n_arcs)
    exits, exit_link = hierarchy.exit, hierarchy.exit_link
    door = np.empty(longest(pairs, block), np.int64)
    for first in range(block[0], block[1], LANES):
        end = min(first + LANES, block[1])
        origins = pairs.origin[first:end]
        sweep(hierarchy, weights, cost, origins, board)
        for tree in range(first, end):
            lane = tree - first
            leave_all(hierarchy, cost, pairs, tree, lane, board.label, out_label, door)
            before = pairs.first_pair[tree]
            for i in range(pairs.first_pair[tree + 1] - before):
                by, trips = door[i], pairs.trips[before + i]
                if by >= 0:
                    load[exits[by], lane] += trips
                    if exit_link[by] >= 0:
                        out_flow[exit_link[by]] += trips
                elif by != NONE:
                    out_flow[hierarchy.direct_link[-2 - by]] += trips
        rise(hierarchy, weights, board, load, down_flow)
        fall(hierarchy, origins, board, load, up_flow, out_flow)
        clear(hierarchy, origins, board)
    unload(hierarchy, weights, up_flow, down_flow, out_flow)


@njit(cache=True, nogil=True)
def rise(
    hierarchy: Hierarchy, weights: Weights, board: Board, load: Floats, out_down_flow: Floats
) -> None:
    """Move the trips at each node back over the arc by which the sweep came down to it.

    load           float64 (n_ranked, LANES)  trips at each node; what is left was reached climbing
    out_down_flow  float64 (n_arcs,)          added to
    """
    first_up, upper, down = hierarchy.first_up, hierarchy.upper, weights.down
    label, climbed, climb = board
    going, moved = np.empty(LANES), np.empty(LANES)
    for node in range(hierarchy.parent.size):
        left = 0.0
        for lane in range(LANES):  # where climbing is as short, trips go back the way of the climb
            stays = climbed[node, lane] != NONE and climb[node, lane] == label[node, lane]
            going[lane] = 0.0 if stays else load[node, lane]
            left += going[lane]
        arc, end = first_up[node], first_up[node + 1]
        while left > 0.0 and arc < end:
            above, step = upper[arc], down[arc]
            total = 0.0
            for lane in range(LANES):
                back = label[above, lane] + step == label[node, lane]
                moved[lane] = going[lane] if back else 0.0
                total += moved[lane]
            if total > 0.0:
                out_down_flow[arc] += total
                left = 0.0
                for lane in range(LANES):
                    load[above, lane] += moved[lane]
                    load[node, lane] -= moved[lane]
                    going[lane] -= moved[lane]
                    left += going[lane]
            arc += 1


@njit(cache=True, nogil=True)
def fall(
    hierarchy: Hierarchy,
    origins: Ints,
    board: Board,
    load: Floats,
    out_up_flow: Floats,
    out_flow: Floats,
) -> None:
    """Move the trips that ``rise`` left down the climbs to the origins; leave no load.

    out_up_flow  float64 (n_arcs,)   added to
    out_flow     float64 (n_links,)  added to: links of the entries
    """
    chain = np.empty(hierarchy.parent.size, np.int32)
    for lane in range(origins.size):
        origin = origins[lane]
        for door in range(hierarchy.first_entry[origin], hierarchy.first_entry[origin + 1]):
            size = 0
            node = hierarchy.entry[door]
            while node >= 0:
                chain[size] = node
                size += 1
                node = hierarchy.parent[node]
            for i in range(size - 1, -1, -1):  # from the top: chains of several doors share it
                node = chain[i]
                trips = load[node, lane]
                if trips == 0.0:
                    continue
                load[node, lane] = 0.0
                arc = board.climbed[node, lane]
                if arc >= 0:
                    out_up_flow[arc] += trips
                    load[hierarchy.lower[arc], lane] += trips
                elif hierarchy.entry_link[-2 - arc] >= 0:
                    out_flow[hierarchy.entry_link[-2 - arc]] += trips


@njit(cache=True, nogil=True)
def trace(
    hierarchy: Hierarchy,
    weights: Weights,
    board: Board,
    lane: int,
    door: int,
    waiting: Ints,
    out_links: Int32s,
) -> int:
    """Write the links of a path from its exit back to its origin; return how many.

    door       from ``leave``
    waiting    int64 (n_ranked + 1,)  scratch
    out_links  int32 (n_links + 1,)
    """
    first_up, upper, lower = hierarchy.first_up, hierarchy.upper, hierarchy.lower
    label, climbed, climb = board
    size = 0
    if door < NONE:
        out_links[0] = hierarchy.direct_link[-2 - door]
        return 1
    if hierarchy.exit_link[door] >= 0:
        out_links[0] = hierarchy.exit_link[door]
        size = 1
    node = hierarchy.exit[door]
    while climbed[node, lane] == NONE or climb[node, lane] != label[node, lane]:
        arc = first_up[node]
        while label[upper[arc], lane] + weights.down[arc] != label[node, lane]:
            arc += 1
        size = _unpack(hierarchy, weights, arc, 0, waiting, out_links, size)
        node = upper[arc]
    while climbed[node, lane] >= 0:
        arc = int(climbed[node, lane])
        size = _unpack(hierarchy, weights, arc, 1, waiting, out_links, size)
        node = lower[arc]
    link = hierarchy.entry_link[-2 - climbed[node, lane]]
    if link >= 0:
        out_links[size] = link
        size += 1
    return size


@njit(cache=True, nogil=True)
def _unpack(
    hierarchy: Hierarchy,
    weights: Weights,
    arc: int,
    upward: int,
    waiting: Ints,
    out_links: Int32s,
    size: int,
) -> int:
    """Append the links that an arc stands for, last one first; return the new size."""
    first_up, upper, lower = hierarchy.first_up, hierarchy.upper, hierarchy.lower
    waiting[0] = 2 * arc + upward  # arcs still to be taken apart, and which way
    n = 1
    while n > 0:
        n -= 1
        arc, upward = waiting[n] >> 1, waiting[n] & 1
        via = weights.up_via[arc] if upward else weights.down_via[arc]
        if via < 0:
            out_links[size] = -2 - via
            size += 1
            continue
        start, end = (lower[arc], upper[arc]) if upward else (upper[arc], lower[arc])
        waiting[n] = 2 * find_arc(first_up, upper, via, start)  # down to the node between
        waiting[n + 1] = 2 * find_arc(first_up, upper, via, end) + 1  # up from it, looked at first
        n += 2
    return size
