"""Costs and quantities along shortest paths between many nodes, swept over a hierarchy.

As ``sweeps``, but what is asked for are matrices: the arcs carry the quantities of the paths they
stand for, and only ranks above some origin or target take part (Delling, Goldberg & Werneck 2011,
*Faster batched shortest paths in road networks*).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from transitplan.kernels.hierarchy import NONE, Hierarchy, Weights, find_arc
from transitplan.kernels.records import Bools, Floats, Int32s, Ints
from transitplan.kernels.sweeps import LANES, Board, clear, new_board, sweep

TILE = 128  # targets written at once: a page of memory for each origin is open no longer


class Origins(NamedTuple):
    """Where paths start."""

    node: Ints  # (n_origins,) of the network
    row: Ints  # (n_origins,) row of the answer


@njit(cache=True, nogil=True)
def mark_above(entries: Int32s, parent: Int32s, out_marked: Bools) -> None:
    """Mark ranks and all their ancestors in the elimination tree.

    entries     int32 (n,)
    out_marked  bool (n_ranked,)
    """
    for i in range(entries.size):
        node = int(entries[i])
        while node >= 0 and not out_marked[node]:
            out_marked[node] = True
            node = int(parent[node])


@njit(cache=True, nogil=True)
def carry(
    hierarchy: Hierarchy, weights: Weights, fields: Floats, out_up: Floats, out_down: Floats
) -> None:
    """Add up quantities of links over the paths that arcs stand for.

    fields    float64 (n_fields, n_links)
    out_up    float64 (n_arcs, n_fields)  from the lower to the upper end
    out_down  float64 (n_arcs, n_fields)
    """
    first_up, upper = hierarchy.first_up, hierarchy.upper
    n_fields = fields.shape[0]
    for arc in range(upper.size):  # what an arc stands for has a lower end still
        low, high = hierarchy.lower[arc], upper[arc]
        via = weights.up_via[arc]
        if via >= 0:
            first = find_arc(first_up, upper, via, low)
            second = find_arc(first_up, upper, via, high)
            for f in range(n_fields):
                out_up[arc, f] = out_down[first, f] + out_up[second, f]
        elif via != NONE:
            for f in range(n_fields):
                out_up[arc, f] = fields[f, -2 - via]
        via = weights.down_via[arc]
        if via >= 0:
            first = find_arc(first_up, upper, via, high)
            second = find_arc(first_up, upper, via, low)
            for f in range(n_fields):
                out_down[arc, f] = out_down[first, f] + out_up[second, f]
        elif via != NONE:
            for f in range(n_fields):
                out_down[arc, f] = fields[f, -2 - via]


class Room(NamedTuple):
    """Scratch of a skim, used by one thread at a time."""

    board: Board
    total: Floats  # (n_ranked, n_fields, LANES) quantities along the paths that were swept


def new_room(n_ranked: int, n_fields: int) -> Room:
    """Return room to skim over so many ranks."""
    return Room(new_board(n_ranked), np.zeros((n_ranked if n_fields else 0, n_fields, LANES)))


@njit(cache=True, nogil=True)
def skim_trees(
    hierarchy: Hierarchy,
    weights: Weights,
    cost: Floats,
    origins: Origins,
    targets: Ints,
    fields: Floats,
    arc_fields: tuple[Floats, Floats],
    block: tuple[int, int],
    room: Room,
    out: Floats,
) -> None:
    """Least cost, and quantities along the same paths, from a block of origins.

    cost        float64 (n_links,)  inf where closed
    origins     Origins             near ones beside each other: their climbs share memory
    targets     int64 (n_targets,)  nodes
    fields      float64 (n_fields, n_links)
    arc_fields  two float64 (n_arcs, n_fields)  from ``carry``: up and down
    block       (first origin, end)
    room        Room                no climb is left on it
    out         float64 (1 + n_fields, n_rows, n_targets)  the cost first; inf where not reached
    """
    board, total = room
    for first in range(block[0], block[1], LANES):
        end = min(first + LANES, block[1])
        some = Origins(origins.node[first:end], origins.row[first:end])
        sweep(hierarchy, weights, cost, some.node, board)
        if fields.shape[0]:
            climb_totals(hierarchy, some.node, fields, arc_fields[0], board, total)
            descend_totals(hierarchy, weights, arc_fields[1], board, total)
        arrive(hierarchy, cost, some, targets, fields, (board.label, total), out)
        clear(hierarchy, some.node, board)


@njit(cache=True, nogil=True)
def arrive(  # noqa: C901  in place: a call for each pair would take longer
    hierarchy: Hierarchy,
    cost: Floats,
    origins: Origins,
    targets: Ints,
    fields: Floats,
    found: tuple[Floats, Floats],
    out: Floats,
) -> None:
    """Write least costs and totals at the targets, from the labels of one sweep.

    origins  Origins  at most LANES
    found    float64 (n_ranked, LANES) and (n_ranked, n_fields, LANES)  labels and totals

    Other arguments as in ``skim_trees``.
    """
    label, total = found
    row = origins.row
    at = np.empty(TILE, np.int64)
    for start in range(0, targets.size, TILE):  # rows of labels in, whole lines of the answer out
        end = min(start + TILE, targets.size)
        for k in range(start, end):
            door = hierarchy.first_exit[targets[k]]
            ranked = door < hierarchy.first_exit[targets[k] + 1] and hierarchy.exit_link[door] < 0
            at[k - start] = hierarchy.exit[door] if ranked else NONE
        for lane in range(row.size):
            for k in range(start, end):
                node = at[k - start]
                if node >= 0:
                    out[0, row[lane], k] = label[node, lane]
        for f in range(fields.shape[0]):
            for lane in range(row.size):
                for k in range(start, end):
                    node = at[k - start]
                    if node >= 0:
                        reached = label[node, lane] < np.inf
                        out[1 + f, row[lane], k] = total[node, f, lane] if reached else np.inf
        for k in range(start, end):
            if at[k - start] < 0:
                arrive_outside(hierarchy, cost, origins, k, targets[k], fields, found, out)


@njit(cache=True, nogil=True)
def arrive_outside(
    hierarchy: Hierarchy,
    cost: Floats,
    origins: Origins,
    k: int,
    target: int,
    fields: Floats,
    found: tuple[Floats, Floats],
    out: Floats,
) -> None:
    """Write least costs and totals at target number k, which no path may pass: over its links.

    Other arguments as in ``arrive``.
    """
    label, total = found
    first_exit, exits, exit_link = hierarchy.first_exit, hierarchy.exit, hierarchy.exit_link
    first_direct, direct_head = hierarchy.first_direct, hierarchy.direct_head
    for lane in range(origins.row.size):
        origin, row = origins.node[lane], origins.row[lane]
        least, node, link = np.inf, NONE, NONE
        for door in range(first_exit[target], first_exit[target + 1]):
            by = exit_link[door]
            reached = label[exits[door], lane] + cost[by]
            if reached < least:
                least, node, link = reached, int(exits[door]), int(by)
        for i in range(first_direct[origin], first_direct[origin + 1]):
            by = hierarchy.direct_link[i]
            if direct_head[i] == target and cost[by] < least:
                least, node, link = cost[by], NONE, int(by)
        here = origin == target
        out[0, row, k] = 0.0 if here else least
        for f in range(fields.shape[0]):
            there = np.inf if least == np.inf else 0.0
            if node >= 0:
                there += total[node, f, lane]
            if link >= 0:
                there += fields[f, link]
            out[1 + f, row, k] = 0.0 if here else there


@njit(cache=True, nogil=True)
def climb_totals(
    hierarchy: Hierarchy,
    origins: Ints,
    fields: Floats,
    up_fields: Floats,
    board: Board,
    out_total: Floats,
) -> None:
    """Add up quantities along the climbs.

    up_fields  float64 (n_arcs, n_fields)
    out_total  float64 (n_ranked, n_fields, LANES)
    """
    for lane in range(origins.size):
        origin = origins[lane]
        for door in range(hierarchy.first_entry[origin], hierarchy.first_entry[origin + 1]):
            node = hierarchy.entry[door]
            while node >= 0:  # upwards; what several doors share is right after the last of them
                arc = board.climbed[node, lane]
                if arc >= 0:
                    for f in range(fields.shape[0]):
                        below = out_total[hierarchy.lower[arc], f, lane]
                        out_total[node, f, lane] = below + up_fields[arc, f]
                elif arc != NONE:
                    link = hierarchy.entry_link[-2 - arc]
                    for f in range(fields.shape[0]):
                        out_total[node, f, lane] = fields[f, link] if link >= 0 else 0.0
                node = hierarchy.parent[node]


@njit(cache=True, nogil=True)
def descend_totals(
    hierarchy: Hierarchy, weights: Weights, down_fields: Floats, board: Board, out_total: Floats
) -> None:
    """Add up quantities over the arcs by which the sweep came down.

    down_fields  float64 (n_arcs, n_fields)
    out_total    float64 (n_ranked, n_fields, LANES)  of the climbs, where these are as short
    """
    first_up, upper, down = hierarchy.first_up, hierarchy.upper, weights.down
    label, climbed, climb = board
    free, came = np.empty(LANES, np.bool_), np.empty(LANES, np.bool_)
    n_fields = down_fields.shape[1]
    for node in range(hierarchy.parent.size - 1, -1, -1):
        free[:] = True
        for lane in range(LANES):
            if climbed[node, lane] != NONE and climb[node, lane] == label[node, lane]:
                free[lane] = False
        for arc in range(first_up[node], first_up[node + 1]):
            above, step = upper[arc], down[arc]
            taken = False
            for lane in range(LANES):
                back = free[lane] & (label[above, lane] + step == label[node, lane])
                came[lane] = back
                taken |= back
            if not taken:
                continue
            for f in range(n_fields):
                further = down_fields[arc, f]
                for lane in range(LANES):
                    there = out_total[above, f, lane] + further
                    out_total[node, f, lane] = there if came[lane] else out_total[node, f, lane]
