"""One judge of all programs: what link flows are worth, by scipy, whatever their maker says."""

import math
from typing import NamedTuple

import numpy as np

from networks import Plain, least_cost
from transitplan.arrays import Floats


class Verdict(NamedTuple):
    """What link flows are worth."""

    gap: float  # (TSTT − SPTT) / TSTT
    imbalance: float  # largest surplus or lack at a node, as a share of all trips
    delay_ratio: float  # TSTT over the same flows at free cost
    volume_capacity: float  # mean over links with delay, weighted by vehicle time


def judge(net: Plain, flow_vph: Floats) -> Verdict:
    """Compute the relative gap and the balance of link flows in the order of the link table."""
    cost = net.cost_s(flow_vph)
    least = least_cost(net, cost)
    trips = np.where(np.isfinite(least), net.trips_vph, 0.0)
    total = math.fsum(cost * flow_vph)
    needed = math.fsum(np.where(trips > 0, trips * least, 0.0).sum(axis=1))
    n_nodes = net.passable.size
    surplus = np.bincount(net.tail, flow_vph, n_nodes) - np.bincount(net.head, flow_vph, n_nodes)
    wanted = trips.sum(axis=1) - trips.sum(axis=0)
    surplus -= np.bincount(net.centroid, wanted, n_nodes)
    slow = net.b * net.free_s > 0
    weight = (net.free_s * flow_vph)[slow]
    free = float(((net.free_s + net.fixed_s) * flow_vph).sum())
    return Verdict(
        gap=(total - needed) / total,
        imbalance=float(np.abs(surplus).max() / trips.sum()),
        delay_ratio=total / free,
        volume_capacity=float(np.average((flow_vph / net.capacity_vph)[slow], weights=weight)),
    )
