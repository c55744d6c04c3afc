"""Detours around closures: new least costs of the pairs that used what is shut, nothing else."""

from typing import NamedTuple

import numpy as np
from numba import njit

from transitplan.kernels.dijkstra import settle
from transitplan.kernels.hierarchy import NONE, Hierarchy, Weights, grown
from transitplan.kernels.records import Bools, Floats, Graph, Int32s, Ints, Pairs
from transitplan.kernels.recustomise import recustomise
from transitplan.kernels.sweeps import LANES, leave

Rows = tuple[Ints, Ints]  # first (n + 1,) and values: those of row i are first[i] … first[i + 1]
Uses = tuple[Ints, Int32s, Int32s]  # first (n_links + 1,), then begin and end in the walk of each
SAME = 1.0 + 1e-12  # a longer way is longer by more than rounding
PARTS = 3  # numbers of a use: link, begin, end


@njit(cache=True, nogil=True)
def list_uses(
    graph: Graph,
    pairs: Pairs,
    cost: Floats,
    wanted: Bools,
    trees: Ints,
    out_label: Floats,
    out_walk: Int32s,
) -> Int32s:
    """Search some trees, all of one class, and list which pairs use each of the wanted links.

    The pairs of a tree are put in the order of a walk through it, from the root and branch by
    branch, so that those beyond a link stand together.

    cost       float64 (n_links,)  inf where closed
    wanted     bool (n_links,)
    trees      int64 (n,)
    out_label  float64 (n_pairs,)  least costs; inf where not reached
    out_walk   int32 (n_pairs,)    pairs of each tree in that order, those not reached last

    Returns link, begin and end in the walk of each use, one after the other.
    """
    n_nodes = graph.passable.size
    label, link_to = np.empty(n_nodes), np.empty(n_nodes, np.int32)
    order = np.empty(n_nodes, np.int64)
    heap = (np.empty(n_nodes), np.empty(n_nodes, np.int64), np.empty(n_nodes, np.int64))
    pair_at = np.full(n_nodes, NONE, np.int32)  # of the tree, that ends at the node
    beyond = np.zeros(n_nodes, np.int32)  # pairs that end at the node or further on
    place = np.empty(n_nodes, np.int32)  # in the walk, of the next pair from the node on
    uses, size = np.empty(PARTS * n_nodes, np.int32), 0
    for tree in trees:
        reached = settle(graph, cost, pairs.origin[tree], label, link_to, order, heap)
        first, last = pairs.first_pair[tree], pairs.first_pair[tree + 1]
        for pair in range(first, last):
            node = pairs.destination[pair]
            out_label[pair] = label[node]
            if label[node] < np.inf:
                pair_at[node] = pair
                beyond[node] = 1
            else:
                last -= 1
                out_walk[last] = pair
        for i in range(reached - 1, 0, -1):
            node = order[i]
            beyond[graph.tail[link_to[node]]] += beyond[node]
        if uses.size - size < PARTS * n_nodes:
            uses = grown(uses, 2 * uses.size + PARTS * n_nodes)
        place[order[0]] = first
        for i in range(1, reached):
            node = order[i]
            if beyond[node] == 0:
                continue
            link = link_to[node]
            before, begin = graph.tail[link], place[graph.tail[link]]
            place[before] += beyond[node]
            place[node] = begin
            if pair_at[node] != NONE:
                out_walk[begin] = pair_at[node]
                place[node] += 1
                pair_at[node] = NONE
            if wanted[link]:
                uses[size], uses[size + 1], uses[size + 2] = link, begin, begin + beyond[node]
                size += PARTS
            beyond[node] = 0
        beyond[order[0]] = 0
    return uses[:size].copy()


@njit(cache=True, nogil=True)
def sort_uses(uses: Int32s, out_first: Ints, out_begin: Int32s, out_end: Int32s) -> None:
    """Sort uses by link, those of a link as they come; add them after what is there.

    uses        int32 (PARTS × n,)    from ``list_uses``
    out_first   int64 (n_links + 1,)  where the next use of each link goes; moved on
    out_begin   int32 (n_all,)
    out_end     int32 (n_all,)
    """
    for i in range(0, uses.size, PARTS):
        spot = out_first[uses[i]]
        out_begin[spot], out_end[spot] = uses[i + 1], uses[i + 2]
        out_first[uses[i]] += 1


class Board(NamedTuple):
    """Scratch of a sweep over few ranks."""

    label: Floats  # (n_ranked, LANES) least costs from each lane's origin
    climbing: Ints  # (n_ranked,) number of the sweep in which the rank was above an origin
    falling: Ints  # (n_ranked,) the same for targets
    climbs: Int32s  # (n_ranked,) ranks above the origins of a sweep, each after those above it
    falls: Int32s  # (n_ranked,) the same for targets


@njit(cache=True, nogil=True)
def new_board(n_ranked: int) -> Board:
    """Return a board that no sweep has used."""
    return Board(
        np.empty((n_ranked, LANES)),
        np.zeros(n_ranked, np.int64),
        np.zeros(n_ranked, np.int64),
        np.empty(n_ranked, np.int32),
        np.empty(n_ranked, np.int32),
    )


@njit(cache=True, nogil=True)
def sweep_uses(  # noqa: C901, PLR0912  the innermost loops, in place
    hierarchy: Hierarchy,
    weights: Weights,
    cost: Floats,
    pairs: Pairs,
    tree_of: Int32s,
    walk: Int32s,
    begin: Int32s,
    end: Int32s,
    number: int,
    board: Board,
) -> None:
    """Label the ranks by which some uses leave, over the ranks above their ends alone.

    begin, end  int32 (n,)  uses of at most LANES trees
    number      of the sweep, another each time
    """
    first_up, upper, parent = hierarchy.first_up, hierarchy.upper, hierarchy.parent
    up, down = weights.up, weights.down
    label, climbing, falling, climbs, falls = board
    first_entry, entry = hierarchy.first_entry, hierarchy.entry
    first_exit, exits = hierarchy.first_exit, hierarchy.exit
    n_climbs, n_falls = 0, 0
    for use in range(begin.size):
        origin = pairs.origin[tree_of[walk[begin[use]]]]
        for door in range(first_entry[origin], first_entry[origin + 1]):
            n_climbs = mark_chain(entry[door], parent, number, climbing, n_climbs, climbs)
        for i in range(begin[use], end[use]):
            target = pairs.destination[walk[i]]
            for door in range(first_exit[target], first_exit[target + 1]):
                if falling[exits[door]] != number:
                    n_falls = mark_chain(exits[door], parent, number, falling, n_falls, falls)
    for i in range(n_climbs):
        label[climbs[i]] = np.inf
    for i in range(n_falls):
        label[falls[i]] = np.inf
    for use in range(begin.size):
        origin = pairs.origin[tree_of[walk[begin[use]]]]
        for door in range(first_entry[origin], first_entry[origin + 1]):
            link = hierarchy.entry_link[door]
            reached = cost[link] if link >= 0 else 0.0
            label[entry[door], use] = min(label[entry[door], use], reached)
    for i in range(n_climbs - 1, -1, -1):  # from below: all that leads to a rank is done
        node = climbs[i]
        for arc in range(first_up[node], first_up[node + 1]):
            above, step = upper[arc], up[arc]
            if step < np.inf:
                for lane in range(LANES):
                    label[above, lane] = min(label[above, lane], label[node, lane] + step)
    for i in range(n_falls):
        node = falls[i]
        for arc in range(first_up[node], first_up[node + 1]):
            above, step = upper[arc], down[arc]
            if step < np.inf:
                for lane in range(LANES):
                    label[node, lane] = min(label[node, lane], label[above, lane] + step)


@njit(cache=True, nogil=True)
def mark_chain(
    node: int, parent: Int32s, number: int, out_mark: Ints, size: int, out_nodes: Int32s
) -> int:
    """Mark a rank and those above it that have no mark; list them from the top down.

    Returns how many ranks are listed now, of which there were ``size``.
    """
    before = size
    while node >= 0 and out_mark[node] != number:
        out_mark[node] = number
        out_nodes[size] = node
        size += 1
        node = int(parent[node])
    low, high = before, size - 1
    while low < high:
        out_nodes[low], out_nodes[high] = out_nodes[high], out_nodes[low]
        low += 1
        high -= 1
    return size


@njit(cache=True, nogil=True)
def close_each(
    hierarchy: Hierarchy,
    below: Rows,
    parallel: Rows,
    place: Ints,
    weights: Weights,
    cost: Floats,
    rise: float,
    pairs: Pairs,
    label: Floats,
    tree_of: Int32s,
    walk: Int32s,
    uses: Uses,
    shut: Rows,
    block: tuple[int, int],
    out: Floats,
) -> None:
    """Shut the links of one closure after the other and add up what trips lose.

    below, parallel, place  ``graph.hierarchy.Reversed``
    weights  changed and put back
    cost     float64 (n_links,)  changed and put back
    rise     what is added to the cost of the links; inf shuts them
    label    float64 (n_pairs,)  least costs with nothing shut
    tree_of  int32 (n_pairs,)
    walk     int32 (n_pairs,)    from ``list_uses``
    shut     links of each closure
    block    (first closure, end)
    out      float64 (n_closures, 4)  added to: trips that used a link, trips × added cost, trips
             cut off, trips that take longer
    """
    first_use, begin, end = uses
    first_shut, shut_link = shut
    board = new_board(hierarchy.parent.size)
    queued = np.zeros(hierarchy.upper.size, np.bool_)
    seen = np.full(label.size, NONE, np.int32)  # the last closure of each pair
    number = 0
    for closure in range(block[0], block[1]):
        links = shut_link[first_shut[closure] : first_shut[closure + 1]]
        n_uses = 0
        for link in links:
            n_uses += first_use[link + 1] - first_use[link]
        if n_uses == 0:
            continue
        before = cost[links]
        cost[links] = before + rise
        inner = place[links]
        inner = inner[inner >= 0]
        recustomise(hierarchy, below, parallel, cost, inner, queued, weights)
        for link in links:
            for first in range(first_use[link], first_use[link + 1], LANES):
                last = min(first + LANES, first_use[link + 1])
                some = (begin[first:last], end[first:last])
                number += 1
                sweep_uses(
                    hierarchy, weights, cost, pairs, tree_of, walk, *some, number, board
                )  # fmt: skip
                add_up(
                    hierarchy, cost, pairs, label, tree_of, walk, *some, closure, board, seen,
                    out[closure],
                )  # fmt: skip
        cost[links] = before
        recustomise(hierarchy, below, parallel, cost, inner, queued, weights)


@njit(cache=True, nogil=True)
def add_up(
    hierarchy: Hierarchy,
    cost: Floats,
    pairs: Pairs,
    label: Floats,
    tree_of: Int32s,
    walk: Int32s,
    begin: Int32s,
    end: Int32s,
    closure: int,
    board: Board,
    seen: Int32s,
    out: Floats,
) -> None:
    """Compare the labels of a sweep with those before; pairs that were seen are left out.

    seen  int32 (n_pairs,)  changed
    out   float64 (4,)      a row of ``close_each``
    """
    first_exit, exits, exit_link = hierarchy.first_exit, hierarchy.exit, hierarchy.exit_link
    used, added, cut_off, longer = 0.0, 0.0, 0.0, 0.0
    for lane in range(begin.size):
        origin = pairs.origin[tree_of[walk[begin[lane]]]]
        direct = hierarchy.first_direct[origin] < hierarchy.first_direct[origin + 1]
        for i in range(begin[lane], end[lane]):
            pair = walk[i]
            if seen[pair] == closure:
                continue
            seen[pair] = closure
            target, trips = pairs.destination[pair], pairs.trips[pair]
            now = np.inf  # what ``leave`` finds, whose call would take longer
            for door in range(first_exit[target], first_exit[target + 1]):
                by = exit_link[door]
                reached = board.label[exits[door], lane] + (cost[by] if by >= 0 else 0.0)
                now = min(now, reached)
            if direct:
                now, _ = leave(hierarchy, cost, origin, lane, target, board.label)
            used += trips
            if now == np.inf:
                cut_off += trips
            elif now > label[pair] * SAME:
                added += trips * (now - label[pair])
                longer += trips
    out[0] += used
    out[1] += added
    out[2] += cut_off
    out[3] += longer
