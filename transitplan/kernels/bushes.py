"""Bushes: the acyclic links that one class uses from one origin, and shifts of flow within them.

Algorithm B: Dial (2006), *A path-based user-equilibrium traffic assignment algorithm that obviates
path storage and enumeration*, Transportation Research Part B 40. A bush is a list of links grouped
by the node they enter, nodes in topological order; links that lead to no traffic come last.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from transitplan.kernels.delay import time_and_slope
from transitplan.kernels.records import Delay, Floats, Graph, Int8s, Int32s, Ints, Links

GHOST = 1e-12  # share of the flow through a node below which a link's flow is rounding, not traffic


class Bushes(NamedTuple):
    """Bushes of consecutive trees of one class."""

    first: Ints  # (n_trees + 1,) the links of bush i are first[i] … first[i+1] in ``links``
    first_flow: Ints  # (n_trees + 1,) the same in ``flow``: only links that lead to traffic
    links: Int32s  # (room,)
    flow: Floats  # (room,) veh/h
    excess: Floats  # (n_trees,) Σ flow × (cost − least cost) when last looked at [veh/h s]


class View(NamedTuple):
    """The network as one class sees it."""

    graph: Graph
    delay: Delay
    pce: float
    fixed: Floats  # (n_links,) money in seconds; inf where closed


class Desk(NamedTuple):
    """Scratch for work on one bush: of nodes where not said otherwise."""

    least: Floats  # least cost within the bush
    longest: Floats  # cost of the longest used path, or of the longest path
    to_least: Int32s  # place in the list of the last link of the least path
    to_longest: Int32s  # the same of the longest used path
    merges: Int32s  # nodes that several links of the bush enter, in order
    order: Int32s  # all nodes of the bush but the origin, in order
    load: Floats  # flow through the node, veh/h
    mark: Int8s
    stack: Int32s
    last_in: Int32s  # head of the node's chain of links
    earlier: Int32s  # (n_links,) next in the chain
    chain_link: Int32s  # (n_links,)
    chain_flow: Floats  # (n_links,) veh/h


@njit(cache=True, nogil=True)
def make_desk(n_nodes: int, n_links: int) -> Desk:
    """Scratch for bushes of a network of this size."""
    return Desk(
        np.full(n_nodes, np.inf),
        np.full(n_nodes, np.inf),
        np.full(n_nodes, -1, np.int32),
        np.full(n_nodes, -1, np.int32),
        np.empty(n_nodes, np.int32),
        np.empty(n_nodes, np.int32),
        np.zeros(n_nodes),
        np.zeros(n_nodes, np.int8),
        np.empty(n_nodes, np.int32),
        np.full(n_nodes, -1, np.int32),
        np.empty(n_links, np.int32),
        np.empty(n_links, np.int32),
        np.empty(n_links),
    )


@njit(cache=True, nogil=True)
def label(
    links: Int32s, flow: Floats, graph: Graph, cost: Floats, origin: int, desk: Desk
) -> tuple[float, int]:
    """Least and longest used paths to every node with traffic.

    links  int32 (n,)    links of the bush that lead to traffic
    flow   float64 (n,)  veh/h
    cost   float64 (n_links,)  s, of the class

    Fills least, longest, to_least, to_longest and merges of the desk. Returns the excess,
    Σ flow × (cost − least cost) [veh/h s], and the number of merges.
    """
    tail, head = graph.tail, graph.head
    least, longest = desk.least, desk.longest
    to_least, to_longest, merges = desk.to_least, desk.to_longest, desk.merges
    least[origin] = 0.0
    longest[origin] = 0.0
    to_least[origin] = -1
    excess = 0.0
    n_merges = 0
    place = 0
    size = links.size
    while place < size:
        start = place
        node = head[links[place]]
        low = np.inf
        high = -np.inf
        on_low = place
        on_high = -1
        spent = 0.0
        through = 0.0
        while place < size:
            link = links[place]
            if head[link] != node:
                break
            before = tail[link]
            reached = least[before] + cost[link]
            if reached < low:
                low = reached
                on_low = place
            used = flow[place]
            if used > 0.0:
                spent += used * reached
                through += used
                reached = longest[before] + cost[link]
                if reached > high:
                    high = reached
                    on_high = place
            place += 1
        least[node] = low
        to_least[node] = on_low
        to_longest[node] = on_high if on_high >= 0 else on_low
        longest[node] = high if on_high >= 0 else low
        if place - start > 1:
            excess += spent - through * low
            merges[n_merges] = node
            n_merges += 1
    return excess, n_merges


@njit(cache=True, nogil=True)
def shift(  # noqa: PLR0915  one pass, in place
    links: Int32s, flow: Floats, view: View, state: Links, desk: Desk, n_merges: int
) -> None:
    """At each merge, from the last to the first, move flow from the longest path to the least.

    Both paths are followed back to where they part. A Newton step moves (cost difference) / (pce ×
    sum of slopes) and never more than the longest path has.

    flow   float64 (n,)  veh/h: updated
    state  (flow pce/h, cost s, slope s h/pce), each float64 (n_links,): updated
    desk   as ``label`` left it
    """
    tail, pce, fixed = view.graph.tail, view.pce, view.fixed
    volume, cost, slope = state
    kind, free, rise = view.delay.kind, view.delay.free_s, view.delay.rise_s
    inverse, power = view.delay.inverse_capacity, view.delay.power
    to_least, to_longest = desk.to_least, desk.to_longest
    for k in range(n_merges - 1, -1, -1):
        node = desk.merges[k]
        on_low = to_least[node]
        on_high = to_longest[node]
        if on_low == on_high:
            continue
        gain = cost[links[on_high]] - cost[links[on_low]]
        curve = slope[links[on_high]] + slope[links[on_low]]
        most = flow[on_high]
        low = tail[links[on_low]]
        high = tail[links[on_high]]
        while low != high:
            if to_least[low] > to_least[high]:
                link = links[to_least[low]]
                gain -= cost[link]
                curve += slope[link]
                low = tail[link]
            else:
                place = to_longest[high]
                link = links[place]
                gain += cost[link]
                curve += slope[link]
                most = min(most, flow[place])
                high = tail[link]
        parting = low
        if gain <= 0.0 or most <= 0.0:
            continue
        moved = most
        if curve > 0.0:
            moved = min(most, gain / (pce * curve))
        added = pce * moved
        at = node
        while at != parting:
            place = to_least[at]
            link = links[place]
            flow[place] += moved
            volume[link] += added
            time, slope[link] = time_and_slope(
                kind[link], volume[link], free[link], rise[link], inverse[link], power[link]
            )
            cost[link] = time + fixed[link]
            at = tail[link]
        at = node
        while at != parting:
            place = to_longest[at]
            link = links[place]
            left = flow[place] - moved
            flow[place] = left if left > GHOST * moved else 0.0
            volume[link] -= added
            time, slope[link] = time_and_slope(
                kind[link], volume[link], free[link], rise[link], inverse[link], power[link]
            )
            cost[link] = time + fixed[link]
            at = tail[link]


@njit(cache=True, nogil=True)
def shift_block(
    view: View, origins: Ints, state: Links, bushes: Bushes, desk: Desk, threshold: float
) -> None:
    """Pass once over the bushes whose excess was at least the threshold.

    origins  int64 (n_trees,)  node of each bush
    state    (flow pce/h, cost s, slope s h/pce), each float64 (n_links,): updated
    """
    for i in range(origins.size):
        if bushes.excess[i] < threshold:
            continue
        size = bushes.first_flow[i + 1] - bushes.first_flow[i]
        links = bushes.links[bushes.first[i] : bushes.first[i] + size]
        flow = bushes.flow[bushes.first_flow[i] : bushes.first_flow[i + 1]]
        bushes.excess[i], n_merges = label(links, flow, view.graph, state[1], origins[i], desk)
        shift(links, flow, view, state, desk, n_merges)


@njit(cache=True, nogil=True)
def sum_flows(bushes: Bushes, out_flow: Floats) -> None:
    """Add the flows of the bushes up on the links, out_flow (n_links,) [veh/h]."""
    for i in range(bushes.excess.size):
        offset = bushes.first[i] - bushes.first_flow[i]
        for place in range(bushes.first_flow[i], bushes.first_flow[i + 1]):
            out_flow[bushes.links[place + offset]] += bushes.flow[place]


def empty_bushes(n_trees: int, links: Int32s, flow: Floats) -> Bushes:
    """Return bushes of so many trees, to be written from first to last into these arrays."""
    return Bushes(
        first=np.zeros(n_trees + 1, np.int64),
        first_flow=np.zeros(n_trees + 1, np.int64),
        links=links,
        flow=flow,
        excess=np.full(n_trees, np.inf),
    )


def widened(bushes: Bushes, written: int) -> Bushes:
    """Return the same bushes, of which so many are written, with twice the room."""
    links = np.empty(2 * bushes.links.size + 1, np.int32)
    flow = np.empty(2 * bushes.flow.size + 1)
    end, end_flow = bushes.first[written], bushes.first_flow[written]
    links[:end] = bushes.links[:end]
    flow[:end_flow] = bushes.flow[:end_flow]
    return bushes._replace(links=links, flow=flow)
