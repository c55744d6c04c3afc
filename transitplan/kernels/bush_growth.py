"""How bushes begin and change: trees, links that improve them, and their order.

A link i → j that improves a bush is added only if ``longest[i] + cost < longest[j]``, longest being
the cost of the longest path over the links kept. Along kept links ``longest`` does not fall and
along added ones it rises, so that no cycle can close, even of links without cost.
"""

from typing import TypeAlias

import numpy as np
from numba import njit

from transitplan.kernels.bushes import GHOST, Bushes, Desk, View, label, shift
from transitplan.kernels.delay import time_and_slope
from transitplan.kernels.dijkstra import settle
from transitplan.kernels.records import Floats, Graph, Int32s, Ints, Links, Pairs

Earlier: TypeAlias = tuple[Ints, Int32s, Floats]  # of all trees, as in ``plant_block``

ROOT = 1  # marks: the node has traffic
DONE = 2  # its links are written
LEFT = 3  # an earlier link that was taken over leaves it


@njit(cache=True, nogil=True)
def balance(links: Int32s, flow: Floats, graph: Graph, least_cost: Floats, desk: Desk) -> None:
    """Share the trips out anew, by the shares that the links into each node had.

    In: trips that end at each node in ``desk.load``; out: flow through each node. Flows then agree
    at every node to the last bits, and what is below a trace of its node's is cleared.

    least_cost  float64 (n_links,)  s; where no link into a node has flow, that of the least path
                                    takes all
    """
    tail, head, load = graph.tail, graph.head, desk.load
    place = links.size - 1
    while place >= 0:
        node = head[links[place]]
        end = place
        total = 0.0
        largest = 0.0
        best = place
        low = np.inf
        while place >= 0 and head[links[place]] == node:
            total += flow[place]
            largest = max(largest, flow[place])
            reached = desk.least[tail[links[place]]] + least_cost[links[place]]
            if reached <= low:
                low = reached
                best = place
            place -= 1
        passing = load[node]
        if end - place == 1:
            flow[end] = passing
        elif passing <= 0.0 or largest <= 0.0:
            flow[place + 1 : end + 1] = 0.0
            flow[best] = passing
        else:
            kept = 0.0
            for k in range(place + 1, end + 1):
                if flow[k] <= GHOST * total:
                    flow[k] = 0.0
                kept += flow[k]
            for k in range(place + 1, end + 1):
                flow[k] *= passing / kept
        for k in range(place + 1, end + 1):
            load[tail[links[k]]] += flow[k]


@njit(cache=True, nogil=True)
def put(desk: Desk, size: int, node: int, link: int, flow: float) -> int:
    """Put a link at the head of the chain of links into a node; return the new size."""
    desk.chain_link[size] = link
    desk.chain_flow[size] = flow
    desk.earlier[size] = desk.last_in[node]
    desk.last_in[node] = size
    return size + 1


@njit(cache=True, nogil=True)
def write(  # noqa: C901, PLR0915  one walk
    graph: Graph,
    cost: Floats,
    origin: int,
    n_order: int,
    desk: Desk,
    out: Bushes,
    which: int,
) -> None:
    """Write the links of the chains in topological order, those that lead to traffic first.

    desk   ``order`` has the nodes, best in an order near the new one; ``mark`` says ROOT of those
           with traffic; chains as ``put`` left them. Marks and chains are left clean.
    out    Bushes with room for them from ``first[which]`` on
    """
    tail = graph.tail
    mark, stack, last_in = desk.mark, desk.stack, desk.last_in
    end = out.first[which]
    end_flow = out.first_flow[which]
    mark[origin] = DONE
    for k in range(n_order):
        if mark[desk.order[k]] != ROOT:
            continue
        stack[0] = desk.order[k]
        height = 1
        while height > 0:
            node = stack[height - 1]
            at = last_in[node]
            while at >= 0 and mark[tail[desk.chain_link[at]]] == DONE:
                at = desk.earlier[at]
            if at >= 0:
                stack[height] = tail[desk.chain_link[at]]
                height += 1
                continue
            height -= 1
            mark[node] = DONE
            at = last_in[node]
            while at >= 0:
                out.links[end] = desk.chain_link[at]
                out.flow[end_flow] = desk.chain_flow[at]
                end += 1
                end_flow += 1
                at = desk.earlier[at]
    out.first_flow[which + 1] = end_flow
    for k in range(n_order):  # elsewhere the least path is all that is needed
        stack[0] = desk.order[k]
        height = 1 if mark[stack[0]] != DONE else 0
        while height > 0:
            node = stack[height - 1]
            low = np.inf
            best = -1
            at = last_in[node]
            while at >= 0:
                link = desk.chain_link[at]
                if desk.least[tail[link]] + cost[link] <= low:
                    low = desk.least[tail[link]] + cost[link]
                    best = link
                at = desk.earlier[at]
            if mark[tail[best]] != DONE:
                stack[height] = tail[best]
                height += 1
                continue
            height -= 1
            mark[node] = DONE
            out.links[end] = best
            end += 1
    out.first[which + 1] = end
    for k in range(n_order):
        mark[desk.order[k]] = 0
        last_in[desk.order[k]] = -1
    mark[origin] = 0


@njit(cache=True, nogil=True)
def renew(  # noqa: C901, PLR0912  passes over one list
    graph: Graph,
    cost: Floats,
    origin: int,
    old: Bushes,
    which: int,
    desk: Desk,
    out: Bushes,
) -> bool:
    """Write a bush without its idle links and with those that improve it; False: no room.

    cost  float64 (n_links,)  s, of the class; inf where closed
    desk  trips that end at each node in ``load``, which is left at zero if there was room
    """
    tail, head = graph.tail, graph.head
    least, longest, load, order = desk.least, desk.longest, desk.load, desk.order
    first, end = old.first[which], old.first[which + 1]
    n_used = old.first_flow[which + 1] - old.first_flow[which]
    links = old.links[first : first + n_used]
    flow = old.flow[old.first_flow[which] : old.first_flow[which + 1]].copy()
    least[:] = np.inf
    label(links, flow, graph, cost, origin, desk)
    balance(links, flow, graph, cost, desk)
    longest[origin] = 0.0
    size = 0
    n_order = 0
    place = 0
    while place < n_used:
        node = head[links[place]]
        high = -np.inf
        while place < n_used and head[links[place]] == node:
            link = links[place]
            if flow[place] > 0.0 or desk.to_least[node] == place:
                high = max(high, longest[tail[link]] + cost[link])
                size = put(desk, size, node, link, flow[place])
            place += 1
        longest[node] = high
        order[n_order] = node
        n_order += 1
        if load[node] > 0.0:
            desk.mark[node] = ROOT
    for place in range(first + n_used, end):
        link = old.links[place]
        node = head[link]
        least[node] = least[tail[link]] + cost[link]
        longest[node] = longest[tail[link]] + cost[link]
        size = put(desk, size, node, link, 0.0)
        order[n_order] = node
        n_order += 1
    for node in range(least.size):
        if least[node] == np.inf or not (graph.passable[node] or node == origin):
            continue
        for link in range(graph.first_out[node], graph.first_out[node + 1]):
            if (
                least[node] + cost[link] < least[head[link]]
                and longest[node] + cost[link] < longest[head[link]]
            ):
                size = put(desk, size, head[link], link, 0.0)
    fits = out.first[which] + size <= out.links.size
    fits = fits and out.first_flow[which] + size <= out.flow.size
    if fits:
        write(graph, cost, origin, n_order, desk, out, which)
        load[origin] = 0.0
        for k in range(n_order):
            load[order[k]] = 0.0
    else:
        for k in range(n_order):
            load[order[k]] = 0.0
            desk.mark[order[k]] = 0
            desk.last_in[order[k]] = -1
        load[origin] = 0.0
    return bool(fits)


@njit(cache=True, nogil=True)
def plant(
    graph: Graph,
    cost: Floats,
    origin: int,
    earlier: tuple[Int32s, Floats],
    tree: tuple[Int32s, Ints, tuple[Floats, Ints, Ints]],
    desk: Desk,
    out: Bushes,
    which: int,
) -> bool:
    """Write a first bush: earlier links that hang together, else the shortest tree; False: no room.

    earlier  (links int32, flow float64) of an earlier bush in topological order, -1 where the link
             is gone; may be empty
    tree     (link_to, order, heap) scratch of ``settle``
    desk     trips that end at each node in ``load``
    """
    link_to, settled, heap = tree
    reached = settle(graph, cost, origin, desk.least, link_to, settled, heap)
    if (
        out.first[which] + reached + earlier[0].size > out.links.size
        or out.first_flow[which] + reached + earlier[0].size > out.flow.size
    ):
        return False
    mark = desk.mark
    mark[origin] = LEFT
    size = 0
    for k in range(earlier[0].size):
        link = earlier[0][k]
        if link < 0 or cost[link] == np.inf:
            continue
        node, after = graph.tail[link], graph.head[link]
        # In order: links into a node that was left would close a cycle, were its ids used anew.
        if mark[node] > 0 and mark[after] != LEFT and (graph.passable[node] or node == origin):
            mark[node] = LEFT
            mark[after] = ROOT
            size = put(desk, size, after, link, earlier[1][k])
    for k in range(1, reached):
        node = settled[k]
        desk.order[k - 1] = node
        if mark[node] == 0:
            size = put(desk, size, node, link_to[node], 0.0)
        else:
            mark[node] = ROOT
    for node in range(mark.size):
        if desk.load[node] > 0.0:
            mark[node] = ROOT
    write(graph, cost, origin, reached - 1, desk, out, which)
    n_used = out.first_flow[which + 1] - out.first_flow[which]
    links = out.links[out.first[which] : out.first[which] + n_used]
    flow = out.flow[out.first_flow[which] : out.first_flow[which + 1]]
    balance(links, flow, graph, cost, desk)
    desk.load[:] = 0.0
    return True


@njit(cache=True, nogil=True)
def plant_block(
    view: View,
    pairs: Pairs,
    trees: tuple[int, int, int],
    state: Links,
    least_time: Floats,
    earlier: Earlier,
    desk: Desk,
    out: Bushes,
) -> int:
    """Write the first bushes of a block and load them; return the tree at which room ran out.

    trees    (first tree of the block, tree to go on from, end tree)
    state    (flow pce/h, cost s, slope s h/pce), each float64 (n_links,): updated
    least_time  float64 (n_links,)  times are taken to be no less, s
    earlier  (first int64 (n_trees + 1,), links int32, flow float64) of all trees
    """
    n_nodes = view.graph.passable.size
    tree_scratch = (
        np.empty(n_nodes, np.int32),
        np.empty(n_nodes, np.int64),
        (np.empty(n_nodes), np.empty(n_nodes, np.int64), np.empty(n_nodes, np.int64)),
    )
    volume, cost, slope = state
    for tree in range(trees[1], trees[2]):
        which = tree - trees[0]
        for pair in range(pairs.first_pair[tree], pairs.first_pair[tree + 1]):
            desk.load[pairs.destination[pair]] += pairs.trips[pair]
        before = (
            earlier[1][earlier[0][tree] : earlier[0][tree + 1]],
            earlier[2][earlier[0][tree] : earlier[0][tree + 1]],
        )
        if not plant(view.graph, cost, pairs.origin[tree], before, tree_scratch, desk, out, which):
            desk.load[:] = 0.0
            return tree
        out.excess[which] = np.inf
        offset = out.first[which] - out.first_flow[which]
        for place in range(out.first_flow[which], out.first_flow[which + 1]):
            link = out.links[place + offset]
            volume[link] += view.pce * out.flow[place]
            time, slope[link] = time_and_slope(
                view.delay.kind[link],
                volume[link],
                view.delay.free_s[link],
                view.delay.rise_s[link],
                view.delay.inverse_capacity[link],
                view.delay.power[link],
            )
            cost[link] = max(time, least_time[link]) + view.fixed[link]
    return trees[2]


@njit(cache=True, nogil=True)
def renew_block(
    view: View,
    pairs: Pairs,
    trees: tuple[int, int, int],
    state: Links,
    old: Bushes,
    desk: Desk,
    out: Bushes,
    out_held: Floats,
) -> int:
    """Renew the bushes of a block and shift within each once; return where room ran out.

    Arguments as in ``plant_block``, and

    out_held  float64 (flow room,)  the flows of ``out`` before the shifts, veh/h
    """
    for tree in range(trees[1], trees[2]):
        which = tree - trees[0]
        origin = pairs.origin[tree]
        for pair in range(pairs.first_pair[tree], pairs.first_pair[tree + 1]):
            desk.load[pairs.destination[pair]] += pairs.trips[pair]
        if not renew(view.graph, state[1], origin, old, which, desk, out):
            return tree
        size = out.first_flow[which + 1] - out.first_flow[which]
        links = out.links[out.first[which] : out.first[which] + size]
        flow = out.flow[out.first_flow[which] : out.first_flow[which + 1]]
        out_held[out.first_flow[which] : out.first_flow[which + 1]] = flow
        out.excess[which], n_merges = label(links, flow, view.graph, state[1], origin, desk)
        shift(links, flow, view, state, desk, n_merges)
    return trees[2]
