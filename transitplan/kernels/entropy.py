"""Most even flows on links without cycles: routes whose flows are products of link factors.

A unit is one class from one origin on its own links, grouped by the node that they enter, nodes in
topological order. With a factor exp(−m_a) for every link, routes of a pair share its trips in
proportion to the products of their factors; sums over routes follow from one pass over the links
forward and one back. Dial (1971), *A probabilistic multipath traffic assignment model which
obviates path enumeration*, Transportation Research 5; Akamatsu (1996), *Cyclic flows, Markov
process and stochastic traffic assignment*, Transportation Research Part B 30.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from transitplan.kernels.records import Floats, Ints


class Units(NamedTuple):
    """Links and trips of units."""

    origin: Ints  # (n_units,) node
    group: Ints  # (n_units,) row of multipliers that its links take
    weight: Floats  # (n_units,) of its flow in the sums, pce
    first: Ints  # (n_units + 1,) the links of unit i are first[i] … first[i + 1]
    tail: Ints  # (n,) node each of these links leaves
    head: Ints  # (n,)
    link: Ints  # (n,) column of multipliers
    first_pair: Ints  # (n_units + 1,)
    destination: Ints  # (n_pairs,) node
    trips: Floats  # (n_pairs,) veh/h


@njit(cache=True, nogil=True)
def share_out(
    units: Units, multiplier: Floats, n_nodes: int, out_share: Floats, out_flow: Floats
) -> float:
    """Flows at these multipliers.

    multiplier  float64 (n_groups, n_links)
    out_share   float64 (n,)  of each link in the flow into its head
    out_flow    float64 (n,)  veh/h

    Returns Σ weight × trips × ln Σ_routes exp(−Σ m).
    """
    value = np.empty(n_nodes)  # ln Σ exp(−Σ m) over the ways to the node
    load = np.zeros(n_nodes)
    total = 0.0
    for unit in range(units.origin.size):
        row = multiplier[units.group[unit]]
        first, end = units.first[unit], units.first[unit + 1]
        value[units.origin[unit]] = 0.0
        i = first
        while i < end:
            node = units.head[i]
            begin = i
            most = -np.inf
            while i < end and units.head[i] == node:
                out_share[i] = value[units.tail[i]] - row[units.link[i]]
                most = max(most, out_share[i])
                i += 1
            every = 0.0
            for k in range(begin, i):
                out_share[k] = math.exp(out_share[k] - most)
                every += out_share[k]
            for k in range(begin, i):
                out_share[k] /= every
            value[node] = most + math.log(every)
        for pair in range(units.first_pair[unit], units.first_pair[unit + 1]):
            node = units.destination[pair]
            load[node] += units.trips[pair]
            total += units.weight[unit] * units.trips[pair] * value[node]
        for k in range(end - 1, first - 1, -1):
            out_flow[k] = load[units.head[k]] * out_share[k]
            load[units.tail[k]] += out_flow[k]
        for k in range(first, end):
            load[units.head[k]] = 0.0
        load[units.origin[unit]] = 0.0
    return total


@njit(cache=True, nogil=True)
def add_up(units: Units, flow: Floats, out_sum: Floats) -> None:
    """Add weighted flows to out_sum, float64 (n_groups, n_links)."""
    for unit in range(units.origin.size):
        row = out_sum[units.group[unit]]
        for k in range(units.first[unit], units.first[unit + 1]):
            row[units.link[k]] += units.weight[unit] * flow[k]


@njit(cache=True, nogil=True)
def change(
    units: Units, change_of: Floats, share: Floats, flow: Floats, n_nodes: int, out_sum: Floats
) -> None:
    """How the sums fall as multipliers rise: minus the derivative in one direction.

    change_of  float64 (n_groups, n_links)  direction
    share      float64 (n,)                 from ``share_out``
    flow       float64 (n,)                 the same
    out_sum    float64 (n_groups, n_links)  added to
    """
    value = np.empty(n_nodes)
    load = np.zeros(n_nodes)
    of_share = np.empty(flow.size)
    for unit in range(units.origin.size):
        row = change_of[units.group[unit]]
        out = out_sum[units.group[unit]]
        first, end = units.first[unit], units.first[unit + 1]
        value[units.origin[unit]] = 0.0
        i = first
        while i < end:
            node = units.head[i]
            begin = i
            mean = 0.0
            while i < end and units.head[i] == node:
                of_share[i] = value[units.tail[i]] - row[units.link[i]]
                mean += share[i] * of_share[i]
                i += 1
            for k in range(begin, i):
                of_share[k] -= mean
            value[node] = mean
        for k in range(end - 1, first - 1, -1):
            changed = load[units.head[k]] * share[k] + flow[k] * of_share[k]
            load[units.tail[k]] += changed
            out[units.link[k]] -= units.weight[unit] * changed
        for k in range(first, end):
            load[units.head[k]] = 0.0
        load[units.origin[unit]] = 0.0
