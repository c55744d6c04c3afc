"""The contraction hierarchy of a network: node order by METIS, entries and exits of zones."""

from typing import NamedTuple

import numpy as np

from transitplan.arrays import Ints, frozen
from transitplan.graph.orders import dissect
from transitplan.kernels.hierarchy import NONE, Hierarchy, fill_in, find_arcs
from transitplan.kernels.records import Graph, Int32s
from transitplan.kernels.skimming import mark_above


def build_hierarchy(graph: Graph) -> Hierarchy:
    """Rank the nodes that may be passed and join those that depend on each other.

    The order is METIS' nested dissection (Karypis & Kumar 1998, *A fast and high quality multilevel
    scheme for partitioning irregular graphs*): separators of the road network are ranked last.

    Examples
    --------
    >>> from transitplan.graph.road import compile_road
    >>> from transitplan.model.cases import braess
    >>> network, _ = braess()
    >>> build_hierarchy(compile_road(network).arrays).parent.size
    4
    """
    n_nodes = graph.passable.size
    inner = np.flatnonzero(
        graph.passable[graph.tail] & graph.passable[graph.head] & (graph.tail != graph.head)
    )
    rank = _rank(graph, inner)
    tail, head = graph.tail.astype(np.int64), graph.head.astype(np.int64)
    start, end = rank[graph.tail[inner]], rank[graph.head[inner]]
    low, high = np.minimum(start, end), np.maximum(start, end)
    by_low = np.argsort(low, kind="stable")
    n_ranked = int(graph.passable.sum())
    first_up, upper, parent = fill_in(_starts(low, n_ranked), high[by_low].astype(np.int32))
    lower = np.repeat(np.arange(n_ranked, dtype=np.int32), np.diff(first_up))
    upper = upper[np.argsort(lower.astype(np.int64) * n_ranked + upper)]
    arc = np.empty(inner.size, np.int64)
    find_arcs(first_up, upper, low.astype(np.int32), high.astype(np.int32), arc)
    outside = ~graph.passable
    direct = np.flatnonzero(outside[graph.tail] & outside[graph.head])
    itself = np.flatnonzero(graph.passable)
    leaving = np.flatnonzero(outside[graph.tail] & graph.passable[graph.head])
    arriving = np.flatnonzero(graph.passable[graph.tail] & outside[graph.head])
    first_entry, entry, entry_link = _doors(
        n_nodes, itself, rank, tail[leaving], head[leaving], leaving
    )
    first_exit, exit_, exit_link = _doors(
        n_nodes, itself, rank, head[arriving], tail[arriving], arriving
    )
    return Hierarchy(
        first_up=frozen(first_up),
        upper=frozen(upper),
        lower=frozen(lower),
        parent=frozen(parent),
        link=frozen(inner),
        arc=frozen(arc),
        upward=frozen(start < end),
        first_entry=first_entry,
        entry=entry,
        entry_link=entry_link,
        first_exit=first_exit,
        exit=exit_,
        exit_link=exit_link,
        first_direct=frozen(_starts(tail[direct], n_nodes)),
        direct_link=frozen(direct.astype(np.int32)),
        direct_head=frozen(graph.head[direct].astype(np.int32)),
    )


def restricted(hierarchy: Hierarchy, nodes: Ints) -> tuple[Hierarchy, Ints]:
    """Keep the ranks above some nodes of the network: all that paths between these need.

    Links are left out: the weights of the arcs are given, not made.

    Returns
    -------
    hierarchy
        With ranks of its own.
    arcs
        Which arcs of the whole are kept, (n_kept,).
    """
    kept = np.zeros(hierarchy.parent.size, np.bool_)
    for first, door in (
        (hierarchy.first_entry, hierarchy.entry),
        (hierarchy.first_exit, hierarchy.exit),
    ):
        mark_above(door[_within(first, nodes)], hierarchy.parent, kept)
    place = np.append(np.cumsum(kept) - 1, NONE).astype(np.int32)  # the last one: of no rank
    ranks = np.flatnonzero(kept)
    size = np.diff(hierarchy.first_up)[ranks]
    arcs = _within(hierarchy.first_up, ranks)
    none = frozen(np.empty(0, np.int64))
    part = hierarchy._replace(
        first_up=frozen(np.concatenate([[0], np.cumsum(size)]).astype(np.int64)),
        upper=frozen(place[hierarchy.upper[arcs]]),
        lower=frozen(place[hierarchy.lower[arcs]]),
        parent=frozen(place[hierarchy.parent[ranks]]),
        link=none,
        arc=none,
        upward=frozen(np.empty(0, np.bool_)),
        entry=frozen(np.where(kept, place[:-1], np.int32(NONE))[hierarchy.entry]),
        exit=frozen(np.where(kept, place[:-1], np.int32(NONE))[hierarchy.exit]),
    )
    return part, arcs


class Reversed(NamedTuple):
    """What partial customisation looks up: ``kernels.recustomise`` has the shapes."""

    below: tuple[Ints, Ints]
    parallel: tuple[Ints, Ints]
    place: Ints  # (n_links,) of each link in ``Hierarchy.link``; -1 where paths do not pass


def reverse(hierarchy: Hierarchy, n_links: int) -> Reversed:
    """Arcs by their upper end, and links by their arc."""
    n_ranked, n_arcs = hierarchy.parent.size, hierarchy.upper.size
    by_upper = np.argsort(hierarchy.upper, kind="stable").astype(np.int64)
    by_arc = np.argsort(hierarchy.arc, kind="stable").astype(np.int64)
    place = np.full(n_links, NONE, np.int64)
    place[hierarchy.link] = np.arange(hierarchy.link.size)
    return Reversed(
        (frozen(_starts(hierarchy.upper.astype(np.int64), n_ranked)), frozen(by_upper)),
        (frozen(_starts(hierarchy.arc, n_arcs)), frozen(by_arc)),
        frozen(place),
    )


def _within(first: Ints, rows: Ints) -> Ints:
    """Positions first[r] … first[r + 1] of all the rows r."""
    size = first[rows + 1] - first[rows]
    skipped = np.repeat(first[rows] - np.concatenate([[0], np.cumsum(size)[:-1]]), size)
    return np.asarray(np.arange(size.sum()) + skipped, dtype=np.int64)


def _rank(graph: Graph, inner: Ints) -> Ints:
    """Rank of each node, (n_nodes,); -1 where it may not be passed."""
    node = np.flatnonzero(graph.passable)
    place = np.full(graph.passable.size, -1, np.int64)
    place[node] = np.arange(node.size)
    ends = np.sort(  # numpy.unique takes ten times as long where most differ
        np.concatenate(
            [
                place[graph.tail[inner]] * node.size + place[graph.head[inner]],
                place[graph.head[inner]] * node.size + place[graph.tail[inner]],
            ]
        )
    )
    ends = ends[np.append(True, np.diff(ends) > 0)] if ends.size else ends
    start, end = np.divmod(ends, max(node.size, 1))
    if not ends.size:
        place[node] = np.arange(node.size)
        return place
    place[node] = dissect(_starts(start, node.size), end)
    return place


def _doors(
    n_nodes: int, itself: Ints, rank: Ints, outer: Ints, inner: Ints, link: Ints
) -> tuple[Ints, Int32s, Int32s]:
    """Entries or exits of each node: itself where it is ranked, else its neighbours over links."""
    node = np.concatenate([itself, outer])
    door = np.concatenate([rank[itself], rank[inner]])
    by = np.concatenate([np.full(itself.size, -1, np.int64), link])
    order = np.argsort(node, kind="stable")
    return (
        frozen(_starts(node, n_nodes)),
        frozen(door[order].astype(np.int32)),
        frozen(by[order].astype(np.int32)),
    )


def _starts(key: Ints, n: int) -> Ints:
    """Where the rows of each key 0 … n begin once they are sorted by it, (n + 1,)."""
    starts: Ints = np.concatenate([[0], np.cumsum(np.bincount(key, minlength=n))]).astype(np.int64)
    return starts
