"""Shortest-path trees: Dijkstra (1959) on a 4-ary heap with decrease-key.

The heap is written in place: a helper that receives arrays costs about 60 ns a call in reference
counts, several times what the heap step itself takes. A closed link has an infinite cost.
"""

from typing import TypeAlias

import numpy as np
from numba import njit

from transitplan.kernels.records import Floats, Graph, Int32s, Ints

Heap: TypeAlias = tuple[Floats, Ints, Ints]  # keys, nodes, places of the nodes

UNSEEN = -1
SETTLED = -2


@njit(cache=True, nogil=True)
def settle(  # noqa: C901, PLR0912, PLR0915  heap in place
    graph: Graph,
    cost: Floats,
    origin: int,
    out_label: Floats,
    out_link: Int32s,
    out_order: Ints,
    heap: Heap,
) -> int:
    """Settle all nodes from one origin; return how many were reached.

    graph      Graph
    cost       float64 (n_links,)  s, or any cost from 0 up; inf where closed
    origin     node
    out_label  float64 (n_nodes,)  least cost from the origin; inf where not reached
    out_link   int32 (n_nodes,)    link used to reach the node; -1 at the origin and not reached
    out_order  int64 (n_nodes,)    nodes in the order they were settled, the origin first
    heap       (keys float64, nodes int64, places int64), each (n_nodes,): scratch
    """
    keys, nodes, places = heap
    out_label[:] = np.inf
    out_link[:] = -1
    places[:] = UNSEEN
    out_label[origin] = 0.0
    keys[0] = 0.0
    nodes[0] = origin
    places[origin] = 0
    first_out, head, passable = graph.first_out, graph.head, graph.passable
    size = 1
    settled = 0
    while size > 0:
        label = keys[0]
        node = nodes[0]
        places[node] = SETTLED
        out_order[settled] = node
        settled += 1
        size -= 1
        if size > 0:  # the last entry sinks from the top
            key = keys[size]
            sinking = nodes[size]
            spot = 0
            while True:
                child = 4 * spot + 1
                if child >= size:
                    break
                least = child
                for other in range(child + 1, min(child + 4, size)):
                    if keys[other] < keys[least]:
                        least = other
                if keys[least] >= key:
                    break
                keys[spot] = keys[least]
                nodes[spot] = nodes[least]
                places[nodes[spot]] = spot
                spot = least
            keys[spot] = key
            nodes[spot] = sinking
            places[sinking] = spot
        if not passable[node] and node != origin:
            continue
        for link in range(first_out[node], first_out[node + 1]):
            reached = head[link]
            key = label + cost[link]
            if key < out_label[reached]:
                out_label[reached] = key
                out_link[reached] = link
                spot = places[reached]
                if spot == UNSEEN:
                    spot = size
                    size += 1
                while spot > 0:  # the entry rises
                    parent = (spot - 1) >> 2
                    if keys[parent] <= key:
                        break
                    keys[spot] = keys[parent]
                    nodes[spot] = nodes[parent]
                    places[nodes[spot]] = spot
                    spot = parent
                keys[spot] = key
                nodes[spot] = reached
                places[reached] = spot
    return settled


@njit(cache=True, nogil=True)
def skim_block(
    graph: Graph,
    cost: Floats,
    origins: Ints,
    targets: Ints,
    fields: Floats,
    block: tuple[int, int],
    out: Floats,
) -> None:
    """Least cost, and other quantities along the same paths, from a block of origins.

    graph    Graph
    cost     float64 (n_links,)  decides the path; inf where closed
    origins  int64 (n_origins,)  nodes
    targets  int64 (n_targets,)  nodes
    fields   float64 (n_fields, n_links)  quantities to add up along the path
    block    (first origin, end)
    out      float64 (1 + n_fields, n_origins, n_targets)  the cost first; inf where not reached
    """
    n_nodes = graph.passable.size
    label = np.empty(n_nodes)
    link_to = np.empty(n_nodes, np.int32)
    order = np.empty(n_nodes, np.int64)
    heap = (np.empty(n_nodes), np.empty(n_nodes, np.int64), np.empty(n_nodes, np.int64))
    total = np.empty(n_nodes)
    for i in range(block[0], block[1]):
        reached = settle(graph, cost, origins[i], label, link_to, order, heap)
        for k in range(targets.size):
            out[0, i, k] = label[targets[k]]
        for f in range(fields.shape[0]):
            total[:] = np.inf
            total[origins[i]] = 0.0
            for k in range(1, reached):
                node = order[k]
                link = link_to[node]
                total[node] = total[graph.tail[link]] + fields[f, link]
            for k in range(targets.size):
                out[1 + f, i, k] = total[targets[k]]
