"""New costs of a few links in a contraction hierarchy that has all its costs.

Dibbelt, Strasser & Wagner (2016), section 7.4: arcs are looked at again from the lowest up, only
those that a change reaches. What comes out is what ``customise`` would give, to the bit.
"""

import heapq

import numpy as np
from numba import njit

from transitplan.kernels.hierarchy import NONE, Hierarchy, Weights, find_arc
from transitplan.kernels.records import Bools, Floats, Ints


@njit(cache=True, nogil=True)
def recustomise(
    hierarchy: Hierarchy,
    below: tuple[Ints, Ints],
    parallel: tuple[Ints, Ints],
    cost: Floats,
    links: Ints,
    queued: Bools,
    out: Weights,
) -> int:
    """Give the arcs the costs they have after some links changed theirs.

    below     first_low int64 (n_ranked + 1,), low_arc int64 (n_arcs,)  arcs by their upper end,
              lower ends ascending
    parallel  first_link int64 (n_arcs + 1,), place int64 (n_inner,)  places in ``hierarchy.link``
              of the links of each arc, ascending
    cost      float64 (n_links,)  the new ones
    links     int64 (n,)          places in ``hierarchy.link`` of those that changed
    queued    bool (n_arcs,)      scratch, all False; left so
    out       weights before, changed in place

    Returns how many arcs were looked at.
    """
    first_up, upper = hierarchy.first_up, hierarchy.upper
    waiting = [0 for _ in range(0)]  # numba takes the type of the list from this
    for i in range(links.size):
        arc = int(hierarchy.arc[links[i]])
        if not queued[arc]:
            queued[arc] = True
            heapq.heappush(waiting, arc)
    looked_at = 0
    while waiting:
        arc = heapq.heappop(waiting)  # arcs ascend with their lower ends
        queued[arc] = False
        looked_at += 1
        up_before, down_before = out.up[arc], out.down[arc]
        renew(hierarchy, below, parallel, cost, arc, out)
        if out.up[arc] == up_before and out.down[arc] == down_before:
            continue
        low = hierarchy.lower[arc]
        for other in range(first_up[low], first_up[low + 1]):
            if other == arc:
                continue
            first, second = min(arc, other), max(arc, other)  # uppers ascend within a rank
            over = find_arc(first_up, upper, upper[first], upper[second])
            changed = (
                out.up_via[over] == low
                or out.down_via[over] == low
                or out.down[first] + out.up[second] < out.up[over]
                or out.down[second] + out.up[first] < out.down[over]
            )
            if not changed:  # as short: which of the two is named goes by rank
                changed = (
                    out.down[first] + out.up[second] == out.up[over] and out.up_via[over] > low
                ) or (
                    out.down[second] + out.up[first] == out.down[over] and out.down_via[over] > low
                )
            if changed and not queued[over]:
                queued[over] = True
                heapq.heappush(waiting, over)
    return looked_at


@njit(cache=True, nogil=True)
def renew(
    hierarchy: Hierarchy,
    below: tuple[Ints, Ints],
    parallel: tuple[Ints, Ints],
    cost: Floats,
    arc: int,
    out: Weights,
) -> None:
    """Give one arc its cost, what it is made of being right."""
    first_low, low_arc = below
    first_link, place = parallel
    up, down, up_via, down_via = np.inf, np.inf, NONE, NONE
    for i in range(first_link[arc], first_link[arc + 1]):
        link = hierarchy.link[place[i]]
        if hierarchy.upward[place[i]]:
            if cost[link] < up:
                up, up_via = cost[link], -2 - link
        elif cost[link] < down:
            down, down_via = cost[link], -2 - link
    lower = hierarchy.lower
    one, two = lower[arc], hierarchy.upper[arc]
    i, end = first_low[one], first_low[one + 1]
    j, last = first_low[two], first_low[two + 1]
    while i < end and j < last:  # nodes below both ends
        first, second = low_arc[i], low_arc[j]
        if lower[first] < lower[second]:
            i += 1
        elif lower[first] > lower[second]:
            j += 1
        else:
            over = out.down[first] + out.up[second]
            if over < up:
                up, up_via = over, int(lower[first])
            over = out.down[second] + out.up[first]
            if over < down:
                down, down_via = over, int(lower[first])
            i += 1
            j += 1
    out.up[arc], out.down[arc] = up, down
    out.up_via[arc], out.down_via[arc] = up_via, down_via
