"""New paths for a path-based method: where the least path of a pair beats all that it has."""

from typing import TypeAlias

import numpy as np
from numba import njit

from transitplan.kernels.dijkstra import settle
from transitplan.kernels.hierarchy import Hierarchy, Weights, grown
from transitplan.kernels.records import Floats, Graph, Int32s, Ints, Pairs, Paths
from transitplan.kernels.sweeps import LANES, clear, leave, new_board, sweep, trace

Found: TypeAlias = tuple[Ints, Ints, Int32s]  # pair of each path, its size, links of all, from back

CHEAPER = 1.0 - 1e-13  # a path must beat the stored ones by more than rounding


@njit(cache=True, nogil=True)
def columns_by_sweep(
    hierarchy: Hierarchy,
    weights: Weights,
    cost: Floats,
    pairs: Pairs,
    paths: Paths,
    time: Floats,
    block: tuple[int, int],
    out_label: Floats,
) -> Found:
    """Label the pairs of a block of trees, all of one class, and collect their new paths.

    cost       float64 (n_links,)  cost for the class; inf where closed
    time       float64 (n_links,)  s, without money
    block      (first tree, end tree)
    out_label  float64 (n_pairs,)  least cost; inf where not reached
    """
    board = new_board(hierarchy.parent.size)
    waiting = np.empty(hierarchy.parent.size + 1, np.int64)
    n_pairs = pairs.first_pair[block[1]] - pairs.first_pair[block[0]]
    found, sizes = np.empty(n_pairs, np.int64), np.empty(n_pairs, np.int64)
    links, room = np.empty(16 * n_pairs + cost.size + 1, np.int32), cost.size + 1
    count, end = 0, 0
    for first in range(block[0], block[1], LANES):
        last = min(first + LANES, block[1])
        origins = pairs.origin[first:last]
        sweep(hierarchy, weights, cost, origins, board)
        for tree in range(first, last):
            lane, origin = tree - first, pairs.origin[tree]
            for pair in range(pairs.first_pair[tree], pairs.first_pair[tree + 1]):
                target = pairs.destination[pair]
                least, door = leave(hierarchy, cost, origin, lane, target, board.label)
                out_label[pair] = least
                if not beats(least, pair, paths, time):
                    continue
                if end + room > links.size:
                    links = grown(links, max(2 * links.size, end + room))
                size = trace(hierarchy, weights, board, lane, door, waiting, links[end:])
                found[count], sizes[count] = pair, size
                count += 1
                end += size
        clear(hierarchy, origins, board)
    return found[:count].copy(), sizes[:count].copy(), links[:end].copy()


@njit(cache=True, nogil=True)
def columns_by_tree(
    graph: Graph,
    cost: Floats,
    pairs: Pairs,
    paths: Paths,
    time: Floats,
    block: tuple[int, int],
    out_label: Floats,
) -> Found:
    """Do the same with one tree after the other: where there are few, or to check the other."""
    n_nodes = graph.passable.size
    label = np.empty(n_nodes)
    link_to = np.empty(n_nodes, np.int32)
    order = np.empty(n_nodes, np.int64)
    heap = (np.empty(n_nodes), np.empty(n_nodes, np.int64), np.empty(n_nodes, np.int64))
    n_pairs = pairs.first_pair[block[1]] - pairs.first_pair[block[0]]
    found, sizes = np.empty(n_pairs, np.int64), np.empty(n_pairs, np.int64)
    links = np.empty(16 * n_pairs + n_nodes, np.int32)
    count, end = 0, 0
    for tree in range(block[0], block[1]):
        origin = pairs.origin[tree]
        settle(graph, cost, origin, label, link_to, order, heap)
        for pair in range(pairs.first_pair[tree], pairs.first_pair[tree + 1]):
            node = pairs.destination[pair]
            out_label[pair] = label[node]
            if not beats(label[node], pair, paths, time):
                continue
            if end + n_nodes > links.size:
                links = grown(links, max(2 * links.size, end + n_nodes))
            start = end
            while node != origin:
                links[end] = link_to[node]
                end += 1
                node = graph.tail[link_to[node]]
            found[count], sizes[count] = pair, end - start
            count += 1
    return found[:count].copy(), sizes[:count].copy(), links[:end].copy()


@njit(cache=True, nogil=True)
def beats(least: float, pair: int, paths: Paths, time: Floats) -> bool:
    """Whether a path of this cost is cheaper than all paths that the pair has."""
    if least == np.inf:
        return False
    path = paths.first[pair]
    while path >= 0:
        cost = paths.money_s[path]
        for i in range(paths.start[path], paths.start[path] + paths.size[path]):
            cost += time[paths.links[i]]
        if least >= cost * CHEAPER:
            return False
        path = paths.following[path]
    return True
