"""Flows of one class from one origin: the order of their links, and the routes they split into."""

import numpy as np
from numba import njit

from transitplan.kernels.records import Bools, Ints


@njit(cache=True, nogil=True)
def order_links(  # noqa: C901  one pass, in place
    first: Ints,
    links: Ints,
    tail: Ints,
    head: Ints,
    n_nodes: int,
    out_order: Ints,
    out_acyclic: Bools,
) -> None:
    """Order the links of each group so that each comes after all that lead to its tail.

    first        int64 (n_groups + 1,)  the links of group i are first[i] … first[i + 1]
    links        int64 (n,)
    tail, head   int64 (n_links,)
    out_order    int64 (n,)             places in ``links``; the old order where there is a cycle
    out_acyclic  bool (n_groups,)

    Kahn (1962), *Topological sorting of large networks*, Communications of the ACM 5.
    """
    waiting = np.zeros(n_nodes, np.int64)  # links into the node that are not in order yet
    last_out = np.full(n_nodes, -1, np.int64)  # the node's chain of links that leave it
    earlier = np.empty(links.size, np.int64)
    ready = np.empty(n_nodes, np.int64)
    for group in range(first.size - 1):
        begin, end = first[group], first[group + 1]
        for i in range(end - 1, begin - 1, -1):
            waiting[head[links[i]]] += 1
            earlier[i] = last_out[tail[links[i]]]
            last_out[tail[links[i]]] = i
        n_ready = 0
        for i in range(begin, end):
            node = tail[links[i]]
            if waiting[node] == 0:
                waiting[node] = -1  # seen
                ready[n_ready] = node
                n_ready += 1
        place = begin
        while n_ready > 0:
            n_ready -= 1
            i = last_out[ready[n_ready]]
            while i >= 0:
                out_order[place] = i
                place += 1
                node = head[links[i]]
                waiting[node] -= 1
                if waiting[node] == 0:
                    ready[n_ready] = node
                    n_ready += 1
                i = earlier[i]
        out_acyclic[group] = place == end
        if place < end:
            for i in range(begin, end):
                out_order[i] = i
        for i in range(begin, end):
            waiting[tail[links[i]]] = 0
            waiting[head[links[i]]] = 0
            last_out[tail[links[i]]] = -1
