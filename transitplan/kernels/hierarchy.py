"""A customizable contraction hierarchy: built once a network, given new costs in milliseconds.

Dibbelt, Strasser & Wagner (2016), *Customizable contraction hierarchies*, ACM Journal of
Experimental Algorithmics 21. Nodes that paths may pass are ranked by nested dissection. Each arc
joins a lower to an upper node and stands for the best path over lower nodes still, one each way.
Nodes that paths may not pass stay outside: their links are entries and exits.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from transitplan.kernels.records import Bools, Floats, Int32s, Ints

NONE = -1


class Hierarchy(NamedTuple):
    """What does not depend on costs; ranked nodes are 0 … n_ranked, lowest first."""

    first_up: Ints  # (n_ranked + 1,) arcs of rank r are first_up[r] … first_up[r + 1]
    upper: Int32s  # (n_arcs,) upper end, ascending within a rank
    lower: Int32s  # (n_arcs,) lower end
    parent: Int32s  # (n_ranked,) lowest upper neighbour, the parent in the elimination tree; -1
    link: Ints  # (n_inner,) links between ranked nodes
    arc: Ints  # (n_inner,) arc of each
    upward: Bools  # (n_inner,) whether the link leads from the lower to the upper end
    first_entry: Ints  # (n_nodes + 1,) where paths from a node of the network enter
    entry: Int32s  # (n_entries,) rank
    entry_link: Int32s  # (n_entries,) link taken to it, -1 where the node itself is ranked
    first_exit: Ints  # (n_nodes + 1,) where paths to a node leave
    exit: Int32s  # (n_exits,) rank
    exit_link: Int32s  # (n_exits,)
    first_direct: Ints  # (n_nodes + 1,) links between two nodes outside, by tail
    direct_link: Int32s  # (n_direct,)
    direct_head: Int32s  # (n_direct,) node


class Weights(NamedTuple):
    """Costs of the arcs, both ways, and what each stands for."""

    up: Floats  # (n_arcs,) from the lower to the upper end; inf where there is no path
    down: Floats  # (n_arcs,) from the upper to the lower end
    up_via: Int32s  # (n_arcs,) rank of the node between, or -2 - link
    down_via: Int32s  # (n_arcs,)


def empty_weights(n_arcs: int) -> Weights:
    """Return room for the weights of so many arcs."""
    return Weights(
        np.empty(n_arcs), np.empty(n_arcs), np.empty(n_arcs, np.int32), np.empty(n_arcs, np.int32)
    )


@njit(cache=True, nogil=True)
def fill_in(first: Ints, neighbour: Int32s) -> tuple[Ints, Int32s, Int32s]:
    """Join the upper neighbours of each node to each other, from the lowest node up.

    first      int64 (n_ranked + 1,)  the upper neighbours of rank r are first[r] … first[r + 1]
    neighbour  int32                  ranks, in any order, doubles allowed

    Returns first_up, upper (not sorted within a rank) and parent of ``Hierarchy``.
    """
    n = first.size - 1
    parent = np.full(n, NONE, np.int32)
    first_child = np.full(n, NONE, np.int32)
    next_child = np.full(n, NONE, np.int32)
    first_up = np.zeros(n + 1, np.int64)
    upper = np.empty(max(16, 4 * neighbour.size), np.int32)
    seen_by = np.full(n, NONE, np.int32)
    found = np.empty(n, np.int32)
    end = 0
    for node in range(n):
        count = 0
        seen_by[node] = node
        for i in range(first[node], first[node + 1]):
            if seen_by[neighbour[i]] != node:
                seen_by[neighbour[i]] = node
                found[count] = neighbour[i]
                count += 1
        child = first_child[node]
        while child >= 0:  # what a child reaches, its parent reaches once the child is gone
            for i in range(first_up[child], first_up[child + 1]):
                if seen_by[upper[i]] != node:
                    seen_by[upper[i]] = node
                    found[count] = upper[i]
                    count += 1
            child = next_child[child]
        if end + count > upper.size:
            upper = grown(upper, max(2 * upper.size, end + count))
        above = n
        for i in range(count):
            upper[end + i] = found[i]
            above = min(above, found[i])
        end += count
        first_up[node + 1] = end
        if count > 0:
            parent[node] = above
            next_child[node] = first_child[above]
            first_child[above] = node
    return first_up, upper[:end].copy(), parent


@njit(cache=True, nogil=True)
def grown(values: Int32s, size: int) -> Int32s:
    """Return the same values with more room after them."""
    wider = np.empty(size, np.int32)
    for i in range(values.size):  # an assignment of slices would take a second more to compile
        wider[i] = values[i]
    return wider


@njit(cache=True, nogil=True)
def find_arc(first_up: Ints, upper: Int32s, low: int, high: int) -> int:
    """Return the arc between two ranks, which must exist."""
    start, end = int(first_up[low]), int(first_up[low + 1])
    while start < end:
        middle = (start + end) >> 1
        if upper[middle] < high:
            start = middle + 1
        else:
            end = middle
    return start


@njit(cache=True, nogil=True)
def find_arcs(first_up: Ints, upper: Int32s, low: Int32s, high: Int32s, out_arc: Ints) -> None:
    """Arc between each pair of ranks, low below high, (n,)."""
    for i in range(low.size):
        out_arc[i] = find_arc(first_up, upper, low[i], high[i])


@njit(cache=True, nogil=True)
def customise(  # noqa: C901  in place
    hierarchy: Hierarchy, cost: Floats, out: Weights
) -> None:
    """Give the arcs their costs: the cheapest parallel link, or two arcs over a lower node.

    cost  float64 (n_links,)  from 0 up; inf where closed
    """
    first_up, upper = hierarchy.first_up, hierarchy.upper
    up, down, up_via, down_via = out.up, out.down, out.up_via, out.down_via
    up[:] = np.inf
    down[:] = np.inf
    up_via[:] = NONE
    down_via[:] = NONE
    for i in range(hierarchy.link.size):
        link, arc = hierarchy.link[i], hierarchy.arc[i]
        if hierarchy.upward[i]:
            if cost[link] < up[arc]:
                up[arc] = cost[link]
                up_via[arc] = -2 - link
        elif cost[link] < down[arc]:
            down[arc] = cost[link]
            down_via[arc] = -2 - link
    for low in range(first_up.size - 1):
        end = first_up[low + 1]
        for first in range(first_up[low], end):
            to_first, from_first = up[first], down[first]
            arc = first_up[upper[first]]  # arcs of that node: both lists ascend
            for second in range(first + 1, end):
                while upper[arc] < upper[second]:
                    arc += 1
                over = from_first + up[second]
                if over < up[arc]:
                    up[arc] = over
                    up_via[arc] = low
                over = down[second] + to_first
                if over < down[arc]:
                    down[arc] = over
                    down_via[arc] = low


@njit(cache=True, nogil=True)
def unload(
    hierarchy: Hierarchy, weights: Weights, up_flow: Floats, down_flow: Floats, out_flow: Floats
) -> None:
    """Take the flows of arcs down to the links that they stand for.

    up_flow    float64 (n_arcs,)   veh/h; used as scratch
    down_flow  float64 (n_arcs,)   veh/h; used as scratch
    out_flow   float64 (n_links,)  added to
    """
    first_up, upper = hierarchy.first_up, hierarchy.upper
    for arc in range(upper.size - 1, -1, -1):  # what an arc stands for is further down
        low, high = hierarchy.lower[arc], upper[arc]
        if up_flow[arc] > 0.0:
            via = weights.up_via[arc]
            if via < 0:
                out_flow[-2 - via] += up_flow[arc]
            else:
                down_flow[find_arc(first_up, upper, via, low)] += up_flow[arc]
                up_flow[find_arc(first_up, upper, via, high)] += up_flow[arc]
        if down_flow[arc] > 0.0:
            via = weights.down_via[arc]
            if via < 0:
                out_flow[-2 - via] += down_flow[arc]
            else:
                down_flow[find_arc(first_up, upper, via, high)] += down_flow[arc]
                up_flow[find_arc(first_up, upper, via, low)] += down_flow[arc]
