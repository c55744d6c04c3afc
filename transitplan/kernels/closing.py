"""Detours around closures: new labels of the trees that used what is shut, nothing else."""

import numpy as np
from numba import njit

from transitplan.kernels.dijkstra import settle
from transitplan.kernels.hierarchy import Hierarchy, Weights, grown
from transitplan.kernels.records import Floats, Graph, Int32s, Ints, Pairs
from transitplan.kernels.recustomise import recustomise
from transitplan.kernels.sweeps import LANES, clear, leave, new_board, sweep

Rows = tuple[Ints, Ints]  # first (n + 1,) and values: those of row i are first[i] … first[i + 1]
SAME = 1.0 + 1e-12  # a longer way is longer by more than rounding


@njit(cache=True, nogil=True)
def used_links(
    graph: Graph, pairs: Pairs, cost: Floats, block: tuple[int, int], out_flow: Floats
) -> tuple[Ints, Int32s]:
    """Load the trees of a block, all of one class, and list the links that each uses.

    cost      float64 (n_links,)  inf where closed
    block     (first tree, end tree)
    out_flow  float64 (n_links,)  added to, veh/h

    Returns how many links each tree uses, and these, one tree after the other.
    """
    n_nodes = graph.passable.size
    label, link_to = np.empty(n_nodes), np.empty(n_nodes, np.int32)
    order, trips = np.empty(n_nodes, np.int64), np.zeros(n_nodes)
    heap = (np.empty(n_nodes), np.empty(n_nodes, np.int64), np.empty(n_nodes, np.int64))
    counts, links = np.zeros(block[1] - block[0], np.int64), np.empty(n_nodes, np.int32)
    size = 0
    for tree in range(block[0], block[1]):
        reached = settle(graph, cost, pairs.origin[tree], label, link_to, order, heap)
        for pair in range(pairs.first_pair[tree], pairs.first_pair[tree + 1]):
            if label[pairs.destination[pair]] < np.inf:
                trips[pairs.destination[pair]] += pairs.trips[pair]
        if links.size - size < n_nodes:
            links = grown(links, 2 * links.size + n_nodes)
        before = size
        for i in range(reached - 1, 0, -1):
            node = order[i]
            if trips[node] > 0.0:
                link = link_to[node]
                links[size] = link
                size += 1
                out_flow[link] += trips[node]
                trips[graph.tail[link]] += trips[node]
                trips[node] = 0.0
        trips[order[0]] = 0.0
        counts[tree - block[0]] = size - before
    return counts, links[:size].copy()


@njit(cache=True, nogil=True)
def close_each(  # noqa: C901  in place
    hierarchy: Hierarchy,
    part: Hierarchy,
    arcs: Ints,
    below: Rows,
    parallel: Rows,
    place: Ints,
    weights: Weights,
    cost: Floats,
    pairs: Pairs,
    label: Floats,
    shut: Rows,
    trees: Rows,
    block: tuple[int, int],
    out: Floats,
) -> None:
    """Shut the links of one closure after the other and add up what trips lose.

    part      the hierarchy above the ends of trips, arcs int64 (n_kept,) being kept of the whole
    below, parallel, place  ``graph.hierarchy.Reversed``
    weights   of the whole hierarchy; changed and put back
    cost      float64 (n_links,)  changed and put back
    label     float64 (n_pairs,)  least costs with nothing shut
    shut      links of each closure
    trees     trees of each closure that use one of them, all of one class
    block     (first closure, end)
    out       float64 (n_closures, 3)  added to: trips × added cost, trips cut off, trips that
              take longer
    """
    board = new_board(part.parent.size)
    board_label = board.label
    first_exit, exits, exit_link = part.first_exit, part.exit, part.exit_link
    first_direct, first_pair = part.first_direct, pairs.first_pair
    destination, trips = pairs.destination, pairs.trips
    first_shut, shut_link = shut
    first_tree, tree_of = trees
    kept = Weights(
        weights.up[arcs], weights.down[arcs], weights.up_via[arcs], weights.down_via[arcs]
    )
    origins = np.empty(LANES, np.int64)
    queued = np.zeros(hierarchy.upper.size, np.bool_)
    for closure in range(block[0], block[1]):
        if first_tree[closure] == first_tree[closure + 1]:
            continue
        links = shut_link[first_shut[closure] : first_shut[closure + 1]]
        before = cost[links]
        cost[links] = np.inf
        inner = place[links]
        inner = inner[inner >= 0]
        if inner.size:
            recustomise(hierarchy, below, parallel, cost, inner, queued, weights)
            kept.up[:] = weights.up[arcs]
            kept.down[:] = weights.down[arcs]
        for first in range(first_tree[closure], first_tree[closure + 1], LANES):
            end = min(first + LANES, first_tree[closure + 1])
            for i in range(first, end):
                origins[i - first] = pairs.origin[tree_of[i]]
            some = origins[: end - first]
            sweep(part, kept, cost, some, board)
            for i in range(first, end):
                tree, lane = tree_of[i], i - first
                direct = first_direct[pairs.origin[tree]] < first_direct[pairs.origin[tree] + 1]
                for pair in range(first_pair[tree], first_pair[tree + 1]):
                    target = destination[pair]
                    now = np.inf  # what ``leave`` finds, whose call would take longer
                    for door in range(first_exit[target], first_exit[target + 1]):
                        by = exit_link[door]
                        reached = board_label[exits[door], lane] + (cost[by] if by >= 0 else 0.0)
                        now = min(now, reached)
                    if direct:
                        now, _ = leave(part, cost, origins[lane], lane, target, board_label)
                    if now == np.inf:
                        out[closure, 1] += trips[pair]
                    elif now > label[pair] * SAME:
                        out[closure, 0] += trips[pair] * (now - label[pair])
                        out[closure, 2] += trips[pair]
            clear(part, some, board)
        cost[links] = before
        if inner.size:
            recustomise(hierarchy, below, parallel, cost, inner, queued, weights)
            kept.up[:] = weights.up[arcs]
            kept.down[:] = weights.down[arcs]
