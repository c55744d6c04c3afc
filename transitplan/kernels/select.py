"""Which trips use chosen links, and where else they drive: on shortest trees and on bushes.

A trip is picked when it has used at least ``needed`` of the marked links: 1 for any of them, as
many as there are marked for all, 0 for every trip. Paths use a link once at most, so that counting
links is enough.
"""

from numba import njit

from transitplan.kernels.columns import Found
from transitplan.kernels.records import Bools, Floats, Int8s, Int32s, Ints


@njit(cache=True, nogil=True)
def pick_paths(
    found: Found,
    trips: Floats,
    asked: tuple[Int8s, int, Bools],
    out_picked: Bools,
    out_flow: Floats,
) -> None:
    """Pick the trips of pairs whose path uses enough of the marked links.

    found       paths of pairs, from ``kernels.columns``
    trips       float64 (n_pairs,)  veh/h
    asked       (mark int8 (n_links,), 1 on the chosen links; needed, how many of them a trip must
                use; wanted bool (n_pairs,), pairs that may be picked)
    out_picked  bool (n_pairs,)     set for the pairs picked
    out_flow    float64 (n_links,)  flow of the picked trips, added to, veh/h
    """
    pairs, sizes, links = found
    mark, needed, wanted = asked
    start = 0
    for i in range(pairs.size):
        pair, end = pairs[i], start + sizes[i]
        used = 0
        for k in range(start, end):
            used += mark[links[k]]
        if wanted[pair] and used >= needed:
            out_picked[pair] = True
            for k in range(start, end):
                out_flow[links[k]] += trips[pair]
        start = end


@njit(cache=True, nogil=True)
def pass_bush(
    bush: tuple[Int32s, Floats],
    ends: tuple[Ints, Ints],
    origin: int,
    mark: Int8s,
    out_passed: Floats,
) -> None:
    """Spread the trips of one bush, one class from one origin, by the marked links they have used.

    Trips reach a node in proportion to the flows of the links that lead to it, whatever their
    destination: Bar-Gera (2010), *Traffic assignment by paired alternative segments*,
    Transportation Research Part B 44.

    bush        (links int32 (n,), flow float64 (n,) veh/h), each link after all that lead to its
                tail; together they have no cycle
    ends        (tail, head) of links, int64 (n_links,)
    origin      node
    mark        int8 (n_links,)                1 on the chosen links
    out_passed  float64 (n_nodes, needed + 1)  arrivals by marked links used, the last column for
                so many or more, veh/h; at the origin 1, 0, …
    """
    links, flow = bush
    tail, head = ends
    needed = out_passed.shape[1] - 1
    out_passed[:] = 0.0
    out_passed[origin, 0] = 1.0
    for i in range(links.size):
        start, end = tail[links[i]], head[links[i]]
        arrived = 0.0
        for used in range(needed + 1):
            arrived += out_passed[start, used]
        if arrived > 0.0:
            for used in range(needed + 1):
                now = min(used + mark[links[i]], needed)
                out_passed[end, now] += flow[i] * out_passed[start, used] / arrived


@njit(cache=True, nogil=True)
def pick_bush(
    bush: tuple[Int32s, Floats],
    ends: tuple[Ints, Ints],
    mark: Int8s,
    passed: Floats,
    trips: Floats,
    picked: Floats,
    out_flow: Floats,
) -> None:
    """Keep the trips of one bush that have used enough marked links, and find their flows.

    passed    from ``pass_bush``
    trips     float64 (n_nodes,)  in: trips by destination; out: those picked, veh/h
    picked    float64, as passed  scratch: picked trips by marked links used so far
    out_flow  float64 (n_links,)  flow of the picked trips, added to, veh/h

    Other arguments as in ``pass_bush``.
    """
    links, flow = bush
    tail, head = ends
    needed = passed.shape[1] - 1
    picked[:] = 0.0
    for node in range(trips.size):
        arrived = passed[node].sum()
        trips[node] = trips[node] * passed[node, needed] / arrived if arrived > 0.0 else 0.0
        picked[node, needed] = trips[node]
    for i in range(links.size - 1, -1, -1):
        start, end = tail[links[i]], head[links[i]]
        arrived = passed[start].sum()
        for used in range(needed + 1):
            now = min(used + mark[links[i]], needed)
            if passed[start, used] > 0.0 and passed[end, now] > 0.0:
                came = flow[i] * passed[start, used] / arrived  # over this link, of that state
                moved = picked[end, now] * came / passed[end, now]
                picked[start, used] += moved
                out_flow[links[i]] += moved
