"""Trips on shortest-path trees: all-or-nothing loading, one origin after the other."""

import numpy as np
from numba import njit

from transitplan.kernels.dijkstra import settle
from transitplan.kernels.records import Floats, Graph, Int32s, Ints, Pairs


@njit(cache=True, nogil=True)
def load_tree(
    order: Ints, reached: int, link_to: Int32s, tail: Int32s, trips: Floats, out_flow: Floats
) -> None:
    """Push trips from the leaves of one shortest-path tree to its root.

    order     int64 (n_nodes,)    nodes in the order they were settled, the root first
    reached   how many of them were settled
    link_to   int32 (n_nodes,)    link used to reach the node
    tail      int32 (n_links,)    node each link leaves
    trips     float64 (n_nodes,)  trips ending at each node, veh/h; left at zero
    out_flow  float64 (n_links,)  added to, veh/h
    """
    for i in range(reached - 1, 0, -1):
        node = order[i]
        if trips[node] > 0.0:
            link = link_to[node]
            out_flow[link] += trips[node]
            trips[tail[link]] += trips[node]
            trips[node] = 0.0
    trips[order[0]] = 0.0


@njit(cache=True, nogil=True)
def load_block(
    graph: Graph,
    pairs: Pairs,
    cost: Floats,
    block: tuple[int, int],
    out_label: Floats,
    out_flow: Floats,
) -> None:
    """Load the trees of one block, all of one class, on their shortest paths.

    graph      Graph
    pairs      Pairs
    cost       float64 (n_links,)  cost for the class; inf where closed
    block      (first tree, end tree)
    out_label  float64 (n_pairs,)  least cost of each pair; inf where not reached
    out_flow   float64 (n_links,)  added to, veh/h; pairs that are not reached are left out
    """
    n_nodes = graph.passable.size
    label = np.empty(n_nodes)
    link_to = np.empty(n_nodes, np.int32)
    order = np.empty(n_nodes, np.int64)
    heap = (np.empty(n_nodes), np.empty(n_nodes, np.int64), np.empty(n_nodes, np.int64))
    trips = np.zeros(n_nodes)
    for tree in range(block[0], block[1]):
        reached = settle(graph, cost, pairs.origin[tree], label, link_to, order, heap)
        for pair in range(pairs.first_pair[tree], pairs.first_pair[tree + 1]):
            node = pairs.destination[pair]
            out_label[pair] = label[node]
            if label[node] < np.inf:
                trips[node] += pairs.trips[pair]
        load_tree(order, reached, link_to, graph.tail, trips, out_flow)
