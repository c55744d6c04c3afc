"""Optimal strategies: Spiess & Florian (1989), one destination after the other.

Spiess, H. & Florian, M. (1989), *Optimal strategies: a new assignment model for transit networks*,
Transportation Research Part B 23(2), 83–102. A traveller who waits at a node takes whichever
attractive link is served first; the wait for links of the frequencies f is 1 / Σf and link a comes
first with probability f_a / Σf. A link of infinite frequency is there at once.

The search settles each node once, as Dijkstra's does: the label of a node can no longer fall when
it is the least in the heap, so the links that enter the node are looked at once. A link that has
both a wait and a cost enters the heap itself, as if a node stood between its wait and its cost.
Only a link that is strictly better than what there is joins a strategy, so that no cycle of links
without cost can arise, and of strategies of equal cost the one with fewer links is taken.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from transitplan.kernels.records import Floats, Int32s, Ints

NONE = -1
UNSEEN = -1
SETTLED = -2


class Services(NamedTuple):
    """Links sorted by head: the links that enter node i are first_in[i] … first_in[i + 1]."""

    first_in: Ints  # (n_nodes + 1,)
    tail: Int32s  # (n_links,)
    head: Int32s  # (n_links,)
    frequency: Floats  # (n_links,) per unit of cost; inf: no wait; 0: never served
    cost: Floats  # (n_links,) 0 or more; inf where closed


class Strategy(NamedTuple):
    """The best strategy from every node to one destination."""

    label: Floats  # (n_nodes,) expected cost; inf where the destination is not reached
    order: Ints  # (n_nodes,) nodes in the order they were settled, the destination first
    at_once: Int32s  # (n_nodes,) link that is taken without waiting; -1 where there is none
    total: Floats  # (n_nodes,) frequency of the attractive links together
    last: Int32s  # (n_nodes,) the attractive link that joined last; -1 where there is none
    earlier: Int32s  # (n_links,) the one of the same node that joined before; -1: the first


class Heap(NamedTuple):
    """Scratch of a search: nodes, and links (n_nodes + link) between their wait and their cost."""

    keys: Floats  # (n_nodes + n_links,)
    entries: Ints
    places: Ints
    waiting: Floats  # (n_nodes,) expected cost if one waits


class Trips(NamedTuple):
    """Trips sorted by destination: those to destination d are first_trip[d] … first_trip[d + 1]."""

    destination: Ints  # (n_destinations,) node
    first_trip: Ints  # (n_destinations + 1,)
    origin: Ints  # (n_pairs,) node
    trips: Floats  # (n_pairs,)


@njit(cache=True, nogil=True)
def new_strategy(n_nodes: int, n_links: int) -> tuple[Strategy, Heap]:
    """Return room for a strategy, and for the search for it."""
    strategy = Strategy(
        np.empty(n_nodes),
        np.empty(n_nodes, np.int64),
        np.empty(n_nodes, np.int32),
        np.empty(n_nodes),
        np.empty(n_nodes, np.int32),
        np.empty(n_links, np.int32),
    )
    size = n_nodes + n_links
    heap = Heap(
        np.empty(size), np.empty(size, np.int64), np.empty(size, np.int64), np.empty(n_nodes)
    )
    return strategy, heap


@njit(cache=True, nogil=True)
def find_strategy(  # noqa: C901, PLR0912, PLR0915  heap in place
    net: Services, destination: int, strategy: Strategy, heap: Heap
) -> int:
    """Find the best strategy from every node to one destination; return how many reach it."""
    first_in, tail, frequency, cost = net.first_in, net.tail, net.frequency, net.cost
    label, order, at_once, total, last, earlier = strategy
    keys, entries, places, waiting = heap
    n_nodes = label.size
    label[:] = np.inf
    at_once[:] = NONE
    total[:] = 0.0
    last[:] = NONE
    waiting[:] = np.inf
    places[:] = UNSEEN
    label[destination] = 0.0
    keys[0], entries[0], places[destination] = 0.0, destination, 0
    size, settled = 1, 0
    while size > 0:
        here, entry = keys[0], entries[0]
        places[entry] = SETTLED
        size -= 1
        if size > 0:  # the last entry sinks from the top
            key, sinking = keys[size], entries[size]
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
                entries[spot] = entries[least]
                places[entries[spot]] = spot
                spot = least
            keys[spot] = key
            entries[spot] = sinking
            places[sinking] = spot
        is_node = entry < n_nodes
        if is_node:
            order[settled] = entry
            settled += 1
            first, end = first_in[entry], first_in[entry + 1]
        else:
            first, end = entry - n_nodes, entry - n_nodes + 1
        for link in range(first, end):
            node = tail[link]
            key = here + cost[link] if is_node else here
            if key >= label[node]:  # a label only falls, and keys only rise
                continue
            often = frequency[link]
            if often == np.inf:
                at_once[node] = link
                label[node] = key
                rising = int(node)
            elif key > here:
                if often <= 0.0:
                    continue
                rising = n_nodes + link
            else:
                if often <= 0.0:
                    continue
                if last[node] == NONE:
                    waiting[node] = key + 1.0 / often
                else:
                    gain = (waiting[node] - key) * (often / (total[node] + often))
                    waiting[node] = max(waiting[node] - gain, key)
                total[node] += often
                earlier[link] = last[node]
                last[node] = link
                if waiting[node] >= label[node]:
                    continue
                key = waiting[node]
                at_once[node] = NONE
                label[node] = key
                rising = int(node)
            spot = places[rising]
            if spot == UNSEEN:
                spot = size
                size += 1
            while spot > 0:  # the entry rises
                parent = (spot - 1) >> 2
                if keys[parent] <= key:
                    break
                keys[spot] = keys[parent]
                entries[spot] = entries[parent]
                places[entries[spot]] = spot
                spot = parent
            keys[spot] = key
            entries[spot] = rising
            places[rising] = spot
    return settled


@njit(cache=True, nogil=True)
def load_strategy(
    net: Services, strategy: Strategy, settled: int, trips: Floats, out_volume: Floats
) -> None:
    """Let the trips at each node follow the strategy.

    trips       float64 (n_nodes,)  trips that begin at each node; left at zero
    out_volume  float64 (n_links,)  added to
    """
    head, frequency = net.head, net.frequency
    for i in range(settled - 1, 0, -1):
        node = strategy.order[i]
        here = trips[node]
        if here == 0.0:
            continue
        trips[node] = 0.0
        link = strategy.at_once[node]
        if link >= 0:
            out_volume[link] += here
            trips[head[link]] += here
            continue
        link = strategy.last[node]
        while link >= 0:
            part = here * (frequency[link] / strategy.total[node])
            out_volume[link] += part
            trips[head[link]] += part
            link = strategy.earlier[link]
    trips[strategy.order[0]] = 0.0


@njit(cache=True, nogil=True)
def add_along(
    net: Services, strategy: Strategy, settled: int, field: Floats, wait: float, out_total: Floats
) -> None:
    """Add a quantity up along the strategy, as expected at each node.

    field      float64 (n_links,)  quantity of each link
    wait       what a unit of waiting counts: 0 where waits are not part of the quantity
    out_total  float64 (n_nodes,)  inf where the destination is not reached
    """
    head, frequency = net.head, net.frequency
    out_total[:] = np.inf
    out_total[strategy.order[0]] = 0.0
    for i in range(1, settled):
        node = strategy.order[i]
        link = strategy.at_once[node]
        if link >= 0:
            out_total[node] = field[link] + out_total[head[link]]
            continue
        total = wait
        link = strategy.last[node]
        while link >= 0:
            total += frequency[link] * (field[link] + out_total[head[link]])
            link = strategy.earlier[link]
        out_total[node] = total / strategy.total[node]


@njit(cache=True, nogil=True)
def strategy_block(
    net: Services,
    demand: Trips,
    block: tuple[int, int],
    fields: Floats,
    waits: Floats,
    out_cost: Floats,
    out_field: Floats,
    out_volume: Floats,
) -> None:
    """Load the trips to a block of destinations, and say what they cost.

    block       (first destination, end destination)
    fields      float64 (n_fields, n_links)  quantities to add up along the strategies
    waits       float64 (n_fields,)          what a unit of waiting counts in each of them
    out_cost    float64 (n_pairs,)           expected cost; inf where not reached
    out_field   float64 (n_fields, n_pairs)  expected quantities; inf where not reached
    out_volume  float64 (n_links,)           added to; trips that do not arrive are left out
    """
    n_nodes, n_links = net.first_in.size - 1, net.tail.size
    strategy, heap = new_strategy(n_nodes, n_links)
    waiting = np.zeros(n_nodes)
    total = np.empty(n_nodes)
    for i in range(block[0], block[1]):
        settled = find_strategy(net, demand.destination[i], strategy, heap)
        first, end = demand.first_trip[i], demand.first_trip[i + 1]
        for pair in range(first, end):
            node = demand.origin[pair]
            out_cost[pair] = strategy.label[node]
            if strategy.label[node] < np.inf:
                waiting[node] += demand.trips[pair]
        for k in range(fields.shape[0]):
            add_along(net, strategy, settled, fields[k], waits[k], total)
            for pair in range(first, end):
                out_field[k, pair] = total[demand.origin[pair]]
        load_strategy(net, strategy, settled, waiting, out_volume)
