"""Routes of flows without cycles, in proportion to the approaches of each node."""

import numpy as np
from numba import njit

from transitplan.kernels.records import Floats, Int32s, Ints


@njit(cache=True, nogil=True)
def unfold(
    bush: tuple[Ints, Ints, Floats],
    tail: Ints,
    origin: int,
    wanted: tuple[Ints, Floats],
    least_share: float,
    out: tuple[Ints, Floats, Ints, Int32s],
) -> tuple[int, int]:
    """List the routes of one unit: each has the product of its approaches' shares.

    bush         (first_in int64 (n_nodes + 1,), links int64 (n,), share float64 (n,)): the links
                 that enter node i stand at first_in[i] … first_in[i + 1], with their shares of the
                 flow into it
    tail         int64 (n_links,)
    origin       node
    wanted       (destination int64 (n_pairs,), trips float64 (n_pairs,))
    least_share  of a pair's trips, below which a route is left out
    out          (pair int64, flow float64 veh/h, size int64) by route and (links int32) of them
                 all, from the origin on; counted only where they have no room

    Returns how many routes and how many links of routes there are.
    """
    first_in, links, share = bush
    out_pair, out_flow, out_size, out_links = out
    most = first_in.size
    at = np.empty(most, np.int64)  # the node at each depth, the destination at 0
    place = np.empty(most, np.int64)  # the approach that is followed from there
    left = np.empty(most)  # share of the trips there
    n_routes = 0
    n_links = 0
    for pair in range(wanted[0].size):
        begin = n_routes
        kept = 0.0
        depth = 0
        at[0] = wanted[0][pair]
        place[0] = first_in[at[0]]
        left[0] = 1.0
        while depth >= 0:
            if at[depth] == origin:
                if n_routes < out_pair.size:
                    out_pair[n_routes] = pair
                    out_flow[n_routes] = left[depth]
                    out_size[n_routes] = depth
                    for k in range(depth):
                        out_links[n_links + k] = links[place[depth - 1 - k]]
                kept += left[depth]
                n_routes += 1
                n_links += depth
            elif place[depth] < first_in[at[depth] + 1]:
                part = left[depth] * share[place[depth]]
                if part >= least_share:
                    depth += 1
                    at[depth] = tail[links[place[depth - 1]]]
                    place[depth] = first_in[at[depth]]
                    left[depth] = part
                else:
                    place[depth] += 1
                continue
            depth -= 1
            if depth >= 0:
                place[depth] += 1
        for route in range(begin, min(n_routes, out_pair.size)):
            out_flow[route] *= wanted[1][pair] / kept
    return n_routes, n_links
