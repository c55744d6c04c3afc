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
    problem = prepared(roads, sources, sinks, nodes=nodes)
    room = problem.room(without, prefer_crossings=True)
    found = problem.graph.maxflow(problem.source, problem.sink, capacity=room.tolist())
    links = roads.network.links
    if found.value >= problem.endless:
        return MaximumFlow(np.inf, _named(links.iloc[:0], room[:0]))
    flow = np.array(found.flow)
    side = np.zeros(problem.graph.vcount(), dtype=bool)
    side[_reached(problem.graph, room - flow, flow, problem.source)] = True
    tail, head = (ends[: len(links)] for ends in _ends(problem.graph))
    across = side[tail] & ~side[head] & (room[: len(links)] > 0)
    capacity = roads.capacity_pceph[across]
    return MaximumFlow(float(capacity.sum()), _named(links[across], capacity))


@dataclass(frozen=True, eq=False)
class Prepared:
    """A question of maximum flow as igraph takes it, to be asked with different crossings shut."""

    graph: Any  # with a source before the sources and a sink behind the sinks
    source: int
    sink: int
    capacity: Floats  # (n_edges,) whole numbers of units
    crossing: "pd.Series[str]"  # of each link of the table
    unit: float  # pce/h
    endless: float

    def room(self, without: Iterable[str], *, prefer_crossings: bool = False) -> Floats:
        """Capacity of each edge with some crossings shut, (n_edges,).

        prefer_crossings
            Give crossings one unit less than they have: of several cuts of one size, the one over
            the river is then the least.
        """
        room = self.capacity.copy()
        links = room[: len(self.crossing)]  # a view
        if prefer_crossings:
            links -= (self.crossing != "").to_numpy() & (links > 1)
        links[self.crossing.isin([each for each in without if each]).to_numpy()] = 0.0
        return room

    def value_pceph(self, without: Iterable[str]) -> float:
        """Maximum flow with some crossings shut [pce/h]."""
        room = self.room(without).tolist()
        found = float(self.graph.maxflow_value(self.source, self.sink, capacity=room))
        return np.inf if found >= self.endless else found * self.unit


def prepared(
    roads: CapacityGraph, sources: Iterable[Any], sinks: Iterable[Any], *, nodes: bool = False
) -> Prepared:
    """Join sources and sinks, and make whole numbers of the capacities.

    Raises
    ------
    NotFoundError
        If a zone or node is unknown.
    ValidationError
        If there are no sources or sinks, or a zone is both.
    """
    network = roads.network
    start, end = (_places(network, ids, nodes=nodes) for ids in (sources, sinks))
    if not start.size or not end.size or np.isin(start, end).any():
        raise ValidationError(
            "maximum_flow: sources and sinks must be two groups without a common member. Name at "
            "least one of each."
        )
    capacity = roads.capacity_pceph.copy()
    tail, head = _ends(roads.graph)
    used = np.isin(tail, start) | np.isin(head, end)
    capacity[roads.closed_end & ~used] = 0.0
    finite = np.isfinite(capacity)
    total = float(capacity[finite].sum())
    unit = 2.0 ** (np.ceil(np.log2(total)) - EXACT_BITS) if total > 0 else 1.0
    whole = np.round(np.where(finite, capacity, 0.0) / unit)
    endless = float(whole.sum()) + 1.0  # no cut of finite links is as large
    count = roads.graph.vcount()
    extra = [(count, int(each)) for each in start] + [(int(each), count + 1) for each in end]
    wide = roads.graph.copy()
    wide.add_vertices(2)
    wide.add_edges(extra)
    whole = np.concatenate([np.where(finite, whole, endless), np.full(len(extra), endless)])
    crossing = network.links["crossing_id"]
    return Prepared(wide, count, count + 1, whole, crossing, unit, endless)


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
