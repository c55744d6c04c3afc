"""Maximum flow and minimum cut between groups of zones, by igraph's push–relabel.

Capacities are rounded to whole multiples of a power of two so small that it does not matter
(2⁻⁴⁰ of the sum of all of them). Sums of such numbers are exact in floating point, so that no edge
keeps a rest that is rounding, and the cut is a true one whatever the capacities.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats, Ints, positions
from transitplan.errors import ValidationError
from transitplan.graph.bridge import to_igraph
from transitplan.model.checks import not_passable
from transitplan.model.network import Network

EXACT_BITS = 40  # of a float's 53: sums of thousands of endless edges are exact too


@dataclass(frozen=True, eq=False)
class MaximumFlow:
    """The most that can pass, and what limits it.

    cut
        Links that carry all of it and leave no way round them: link_id, name, name_zh,
        crossing_id, facility_type, capacity_pceph. They are those nearest to the sources where
        several sets of links limit the flow alike. Empty where nothing limits it.
    """

    value_pceph: float  # inf where sources and sinks touch, 0 where nothing joins them
    cut: pd.DataFrame


@dataclass(frozen=True, eq=False)
class CapacityGraph:
    """A network as igraph has it, with the capacity of each link for one use.

    Connectors have room for any flow: they stand for the streets that are not drawn. Centroids are
    not passed through. Turn bans are not seen.
    """

    network: Network
    graph: Any  # igraph.Graph: vertices and edges in the order of the tables
    capacity_pceph: Floats  # (n_links,) of links open to the use, else 0; inf on connectors
    closed_end: Bools  # (n_links,) begins or ends at a node that is not passed through


def capacity_graph(network: Network, use: str = "car") -> CapacityGraph:
    """Compile a network for questions of maximum flow.

    Raises
    ------
    NotFoundError
        If the network defines its uses and this is none of them.
    """
    nodes, links = network.nodes, network.links
    barred = set(nodes.loc[not_passable(nodes["node_type"]), "node_id"])
    closed = links["from_node_id"].isin(barred) | links["to_node_id"].isin(barred)
    capacity = (links["lane_capacity_pceph"] * links["lanes"]).to_numpy(dtype=np.float64)
    capacity = np.where(closed, np.inf, capacity)
    capacity = np.where(network.allowed(use), capacity, 0.0)
    return CapacityGraph(network, to_igraph(network), capacity, closed.to_numpy())


def maximum_flow(
    roads: CapacityGraph,
    sources: Iterable[Any],
    sinks: Iterable[Any],
    *,
    without: Iterable[str] = (),
    nodes: bool = False,
) -> MaximumFlow:
    """Most vehicles an hour from some zones to others, and the links that limit them.

    Parameters
    ----------
    sources, sinks
        Zone ids; node ids with ``nodes=True``.
    without
        Crossings that are shut.

    Raises
    ------
    NotFoundError
        If a zone or node is unknown.
    ValidationError
        If there are no sources or sinks, or a zone is both.

    Examples
    --------
    >>> from transitplan.model.cases import two_routes
    >>> network, demand = two_routes()
    >>> maximum_flow(capacity_graph(network), [1], [2]).value_pceph
    2500.0
    """
    network = roads.network
    start, end = (_places(network, ids, nodes=nodes) for ids in (sources, sinks))
    if not start.size or not end.size or np.isin(start, end).any():
        raise ValidationError(
            "maximum_flow: sources and sinks must be two groups without a common member. Name at "
            "least one of each."
        )
    links = network.links
    capacity = roads.capacity_pceph.copy()
    capacity[links["crossing_id"].isin([each for each in without if each]).to_numpy()] = 0.0
    tail, head = _ends(roads.graph)
    used = np.isin(tail, start) | np.isin(head, end)
    capacity[roads.closed_end & ~used] = 0.0
    value, source_side = _cut(roads.graph, capacity, start, end)
    if not np.isfinite(value):
        return MaximumFlow(np.inf, _named(links.iloc[:0], capacity[:0]))
    across = source_side[tail] & ~source_side[head] & (capacity > 0)
    return MaximumFlow(value, _named(links[across], capacity[across]))


def _cut(graph: Any, capacity: Floats, start: Ints, end: Ints) -> tuple[float, Bools]:
    """Value of the maximum flow, and the vertices on the source's side of the cut."""
    n_nodes = graph.vcount()
    finite = capacity[np.isfinite(capacity)]
    total = float(finite.sum())
    unit = 2.0 ** (np.ceil(np.log2(total)) - EXACT_BITS) if total > 0 else 1.0
    whole = np.round(np.where(np.isfinite(capacity), capacity, 0.0) / unit)
    endless = whole.sum() + 1.0  # no cut of finite links is as large
    whole = np.where(np.isfinite(capacity), whole, endless)
    wide = graph.copy()
    wide.add_vertices(2)
    extra = [(n_nodes, int(each)) for each in start] + [(int(each), n_nodes + 1) for each in end]
    wide.add_edges(extra)
    room = [*whole.tolist(), *[endless] * len(extra)]
    found = wide.maxflow(n_nodes, n_nodes + 1, capacity=room)
    if found.value >= endless:
        return np.inf, np.zeros(n_nodes, dtype=bool)
    flow = np.array(found.flow)
    side = np.zeros(n_nodes + 2, dtype=bool)
    side[_reached(wide, np.array(room) - flow, flow, n_nodes)] = True
    return float(found.value * unit), side[:n_nodes]


def _reached(graph: Any, left: Floats, flow: Floats, source: int) -> list[int]:
    """Vertices that more flow could still reach: the side of the cut nearest to the source."""
    out: dict[int, list[int]] = {}
    tail, head = _ends(graph)
    for edge in np.flatnonzero(left > 0):
        out.setdefault(int(tail[edge]), []).append(int(head[edge]))
    for edge in np.flatnonzero(flow > 0):
        out.setdefault(int(head[edge]), []).append(int(tail[edge]))
    seen, due = {source}, [source]
    while due:
        for node in out.get(due.pop(), ()):
            if node not in seen:
                seen.add(node)
                due.append(node)
    return sorted(seen)


def _ends(graph: Any) -> tuple[Ints, Ints]:
    edges = np.array(graph.get_edgelist(), dtype=np.int64).reshape(-1, 2)
    return edges[:, 0], edges[:, 1]


def _places(network: Network, ids: Iterable[Any], *, nodes: bool) -> Ints:
    """Positions of nodes, or of the centroids of zones, in the node table."""
    table = network.nodes
    if nodes:
        return positions(pd.Index(table["node_id"]), ids, what="maximum_flow, node_id")
    rows = np.flatnonzero(table["zone_id"].notna())
    found = positions(pd.Index(table["zone_id"].iloc[rows]), ids, what="maximum_flow, zone_id")
    return rows[found].astype(np.int64)


def _named(links: pd.DataFrame, capacity: Floats) -> pd.DataFrame:
    names = ["link_id", "name", "name_zh", "crossing_id", "facility_type"]
    return links[names].assign(capacity_pceph=capacity).reset_index(drop=True)
