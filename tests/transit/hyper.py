"""Networks with frequencies, and what other programs say of them."""

import numpy as np
from scipy.optimize import linprog

from transitplan.kernels.hyperpath import Services, Trips, strategy_block


def services(tail, head, frequency, cost, n_nodes):
    """Sort links by head; also the order, which takes a link to its place in the arguments."""
    tail, head = np.asarray(tail), np.asarray(head)
    order = np.argsort(head, kind="stable")
    net = Services(
        np.searchsorted(head[order], np.arange(n_nodes + 1)).astype(np.int64),
        tail[order].astype(np.int32),
        head[order].astype(np.int32),
        np.asarray(frequency, float)[order],
        np.asarray(cost, float)[order],
    )
    return net, order


def assign(links, n_nodes, pairs, fields=(), waits=()):
    """Costs, quantities and volumes of (origin, destination, trips), in the orders given."""
    net, order = services(*links, n_nodes)
    pairs = np.array(pairs, float).reshape(-1, 3)
    by_destination = np.argsort(pairs[:, 1], kind="stable")
    destination, first = np.unique(pairs[by_destination, 1], return_index=True)
    demand = Trips(
        destination.astype(np.int64),
        np.append(first, len(pairs)).astype(np.int64),
        pairs[by_destination, 0].astype(np.int64),
        pairs[by_destination, 2].copy(),
    )
    fields = np.array(fields, float).reshape(-1, order.size)[:, order].copy()
    cost, found = np.empty(len(pairs)), np.empty((len(fields), len(pairs)))
    sorted_volume = np.zeros(order.size)
    block = (0, destination.size)
    strategy_block(net, demand, block, fields, np.array(waits, float), cost, found, sorted_volume)
    back = np.argsort(by_destination)
    volume = np.empty(order.size)
    volume[order] = sorted_volume
    return cost[back], found[:, back], volume


def least_total(links, n_nodes, origins, destination):
    """Least Σ c v + Σ w by HiGHS: the linear programme of Spiess & Florian (1989), equation 8.

    ``origins`` are pairs of (node, trips). The wait w of a node bounds the volumes of its links:
    v_a ≤ f_a w_i.
    """
    tail, head, frequency, cost = (np.asarray(each) for each in links)
    n_links = tail.size
    wait = np.isfinite(frequency)
    balance = np.zeros((n_nodes, n_links + n_nodes))
    for link in range(n_links):
        balance[tail[link], link] += 1
        balance[head[link], link] -= 1
    begun = np.zeros(n_nodes)
    for node, trips in origins:
        begun[node] += trips
    others = np.arange(n_nodes) != destination
    bounds = np.zeros((int(wait.sum()), n_links + n_nodes))
    for row, link in enumerate(np.flatnonzero(wait)):
        bounds[row, link] = 1
        bounds[row, n_links + tail[link]] = -frequency[link]
    return linprog(
        np.concatenate([cost, np.ones(n_nodes)]),
        A_ub=bounds if len(bounds) else None,
        b_ub=np.zeros(len(bounds)) if len(bounds) else None,
        A_eq=balance[others],
        b_eq=begun[others],
        method="highs",
    )


def spiess_florian():
    """The network of Spiess & Florian (1989), figures 1 to 3: links, nodes, names of links [min].

    Four lines between A, X, Y and B, with headways of 12, 12, 30 and 6 min: line 1 from A to B in
    25 min, line 2 from A by X (7) to Y (6), line 3 from X by Y (4) to B (4), line 4 from Y to B
    (10). Waits are half a headway. Nodes 0 … 3 are A, X, Y, B; a line has one at each stop.
    """
    f1, f2, f3, f4 = (2 / headway for headway in (12, 12, 30, 6))
    no_wait = np.inf
    a, x, y, b, a1, b1, a2, x2, y2, x3, y3, b3, y4, b4 = range(14)
    links = {
        "A board 1": (a, a1, f1, 0),
        "A board 2": (a, a2, f2, 0),
        "X board 2": (x, x2, f2, 0),
        "X board 3": (x, x3, f3, 0),
        "Y board 3": (y, y3, f3, 0),
        "Y board 4": (y, y4, f4, 0),
        "1 A-B": (a1, b1, no_wait, 25),
        "2 A-X": (a2, x2, no_wait, 7),
        "2 X-Y": (x2, y2, no_wait, 6),
        "3 X-Y": (x3, y3, no_wait, 4),
        "3 Y-B": (y3, b3, no_wait, 4),
        "4 Y-B": (y4, b4, no_wait, 10),
        "1 leave B": (b1, b, no_wait, 0),
        "2 leave X": (x2, x, no_wait, 0),
        "2 leave Y": (y2, y, no_wait, 0),
        "3 leave Y": (y3, y, no_wait, 0),
        "3 leave B": (b3, b, no_wait, 0),
        "4 leave B": (b4, b, no_wait, 0),
    }
    return tuple(zip(*links.values(), strict=True)), 14, list(links)
