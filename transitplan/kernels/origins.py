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


@njit(cache=True, nogil=True)
def prune(
    origin: int,
    ordered: Ints,
    ends: tuple[Ints, Ints],
    wanted: Bools,
    reached: Bools,
    out_kept: Bools,
    out_last: Ints,
) -> None:
    """Keep the links of one unit that lead from its origin to where its trips end.

    ordered   int64 (n,)        links in topological order
    ends      (tail, head) of links, int64 (n_links,)
    wanted    bool (n_nodes,)   destinations; changed
    reached   bool (n_nodes,)   scratch, all False; left so
    out_kept  bool (n,)
    out_last  int64 (n,)        place of the last link into the head, which orders the nodes
    """
    tail, head = ends
    last = np.zeros(wanted.size, np.int64)
    reached[origin] = True
    for i in range(ordered.size):
        link = ordered[i]
        out_kept[i] = reached[tail[link]]
        if out_kept[i]:
            reached[head[link]] = True
            last[head[link]] = i
    for i in range(ordered.size - 1, -1, -1):
        link = ordered[i]
        out_last[i] = last[head[link]]
        reached[head[link]] = False
        out_kept[i] = out_kept[i] and wanted[head[link]]
        if out_kept[i]:
            wanted[tail[link]] = True
    reached[origin] = False
