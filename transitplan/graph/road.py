"""The road network as frozen arrays: links sorted by the node they leave, positions inside."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import AnyArray, Bools, Floats, Ints, frozen, positions
from transitplan.graph.delays import compile_delay, in_order, with_turns
from transitplan.graph.hierarchy import build_hierarchy
from transitplan.graph.turns import split_nodes
from transitplan.kernels.hierarchy import Hierarchy
from transitplan.kernels.records import Delay, Graph
from transitplan.model.checks import not_passable
from transitplan.model.demand import TRUCK, TRUCKS
from transitplan.model.network import Network
from transitplan.model.pace import Pace
from transitplan.units import KPH_PER_MPS


@dataclass(frozen=True, eq=False)
class RoadGraph:
    """A road network compiled for routing; arrays cannot be written to.

    The links that leave node ``i`` are ``first_out[i] … first_out[i + 1]``; ``row`` takes each of
    them to its row in the network's link table, in which all results are returned.

    Where turns are banned or take time (``graph.turns``), there are more nodes and links than in
    the tables: the nodes of the table come first, and links that are turns have ``row`` -1, no
    length, no toll and their penalty as free time.
    """

    network: Network
    node_ids: "pd.Index[Any]"  # of the node table
    link_ids: "pd.Index[Any]"  # (n_links,) None for turns
    zone_ids: "pd.Index[Any]"
    centroid: Ints  # (n_zones,) node of each zone
    owner: Ints  # (n_nodes,) row of the node table that each node stands for
    passable: Bools  # (n_nodes,) False: paths start or end here and never pass
    first_out: Ints  # (n_nodes + 1,)
    tail: Ints  # (n_links,) node each link leaves
    head: Ints  # (n_links,) node each link enters
    row: Ints  # (n_links,) row of the link table, -1 for turns
    turns: Ints  # (n_turns,) links that are turns
    turn_movement: Ints  # (n_turns,) row of the movement table, -1 where none lists the turn
    length_m: Floats
    free_time_s: Floats
    capacity_vph: Floats  # pce/h, all lanes
    delay: Delay
    pace: Pace | None = None  # of those who walk or cycle (``graph.streets``); None: motor traffic
    _by_use: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False)

    @property
    def version(self) -> str:
        """Version of the network that it was compiled from."""
        return self.network.version

    @property
    def n_nodes(self) -> int:
        """Number of nodes, those that turns added included."""
        return self.passable.size

    @property
    def n_links(self) -> int:
        """Number of links, turns included."""
        return self.tail.size

    @property
    def n_rows(self) -> int:
        """Number of links of the link table."""
        return self.tail.size - self.turns.size

    @property
    def n_zones(self) -> int:
        """Number of zones."""
        return len(self.zone_ids)

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The contraction hierarchy of the network, built when first asked for."""
        return build_hierarchy(self.arrays)

    @cached_property
    def arrays(self) -> Graph:
        """The arrays that path kernels read."""
        tail, head = (frozen(ends.astype(np.int32)) for ends in (self.tail, self.head))
        return Graph(self.first_out, tail, head, self.passable)

    def remember(self, key: tuple[str, str], make: Callable[[], Any]) -> Any:
        """Return what was made of this graph before under a name, or make it."""
        if key not in self._by_use:
            self._by_use[key] = make()
        return self._by_use[key]

    def allowed(self, use: str) -> Bools:
        """Links that the use may run on, and turns that it may make, (n_links,)."""
        key = ("allowed", use)
        if key not in self._by_use:
            found = self.from_rows(self.network.allowed(use), at_turns=True)
            listed = self.turn_movement >= 0
            if listed.any():
                may_turn = self.network.allowed(use, table="movement")
                found[self.turns[listed]] = may_turn[self.turn_movement[listed]]
            self._by_use[key] = frozen(found)
        allowed: Bools = self._by_use[key]
        return allowed

    def toll_cny(self, payer: str) -> Floats:
        """Toll that a vehicle pays on each link, (n_links,) [CNY]; ``UserClass.payer`` says who."""
        key = ("toll", payer)
        if key not in self._by_use:
            values = posted_toll_cny(self.network.links, payer).to_numpy(dtype=np.float64)
            self._by_use[key] = frozen(self.from_rows(values, at_turns=0.0))
        found: Floats = self._by_use[key]
        return found

    def slower_s(self, use: str) -> Floats:
        """Time that a vehicle of the use takes beyond the link's own, (n_links,) [s].

        Trucks, those with dangerous goods included, lose it where ``truck_speed_kph`` is below the
        link's speed; it does not depend on the flow. All other uses lose none.
        """
        key = ("slower", use)
        if key not in self._by_use:
            lost = np.zeros(self.n_rows)
            if use in TRUCKS:
                links = self.network.links
                truck_s = links["length_m"] * KPH_PER_MPS / links["truck_speed_kph"]
                lost = np.maximum(truck_s.to_numpy(dtype=np.float64) - free_time_s(links), 0.0)
            values = np.nan_to_num(lost, nan=0.0)  # no speed of their own: no time lost
            self._by_use[key] = frozen(self.from_rows(values, at_turns=0.0))
        found: Floats = self._by_use[key]
        return found

    def in_rows(self, values: AnyArray) -> AnyArray:
        """Take values from this order of links to the order of the link table (last axis)."""
        ordered = np.empty((*values.shape[:-1], self.n_rows), values.dtype)
        if self.turns.size:
            real = self.row >= 0
            ordered[..., self.row[real]] = values[..., real]
        else:
            ordered[..., self.row] = values
        return ordered  # type: ignore[return-value]  # the same type of numbers

    def from_rows(self, values: AnyArray, *, at_turns: Floats | float) -> AnyArray:
        """Take values from the order of the link table to this order of links (last axis).

        at_turns
            Values of the links that are turns, (…, n_turns) or one for all.
        """
        ordered = values[..., self.row]
        if self.turns.size:
            ordered[..., self.turns] = at_turns
        return ordered  # type: ignore[return-value]  # as above

    @property
    def turn_penalty_s(self) -> Floats:
        """Time that each turn takes, (n_turns,) [s]."""
        return self.free_time_s[self.turns]

    def __repr__(self) -> str:
        """Return one line: sizes and version."""
        listed = int((self.turn_movement >= 0).sum())
        turns = f", {listed} turns" if listed else ""
        return (
            f"RoadGraph({self.network.name!r}: {len(self.node_ids)} nodes, {self.n_rows} links, "
            f"{self.n_zones} zones{turns}; version {self.version})"
        )


def compile_road(network: Network, *, every_turn: bool = False) -> RoadGraph:
    """Turn a network into frozen arrays for routing.

    Parameters
    ----------
    network
        Its volume-delay functions (``vdf.csv``) and turns (``movement.csv``) included.
    every_turn
        Make links of all turns that ``movement.csv`` lists, so that ``Assignment.turns_frame``
        counts them all; by default only of those that are banned to some use or take time.

    Raises
    ------
    ValidationError
        If a link whose time depends on its flow has no capacity.

    Examples
    --------
    >>> from transitplan.model.cases import braess
    >>> network, demand = braess()
    >>> compile_road(network).n_links
    6
    """
    nodes, links = network.nodes, network.links
    node_ids = pd.Index(nodes["node_id"])
    tail = positions(node_ids, links["from_node_id"], what="link.csv, column from_node_id")
    head = positions(node_ids, links["to_node_id"], what="link.csv, column to_node_id")
    passable = ~not_passable(nodes["node_type"])
    split = split_nodes(network, tail, head, passable, every_turn=every_turn)
    n_rows, n_turns = len(links), split.turn_tail.size
    tail = np.concatenate([split.tail, split.turn_tail])
    order = np.argsort(tail, kind="stable")
    zone_ids, centroid = _zones(network)
    capacity = (links["lane_capacity_pceph"] * links["lanes"]).to_numpy(dtype=np.float64)
    delay = compile_delay(network, free_time_s(links), capacity)
    delay = in_order(with_turns(delay, split.turn_penalty_s), order)
    turns = np.flatnonzero(order >= n_rows)
    first_out = np.searchsorted(tail[order], np.arange(split.passable.size + 1))
    nothing = np.zeros(n_turns)
    return RoadGraph(
        network=network,
        node_ids=node_ids,
        link_ids=_link_ids(links["link_id"], order),
        zone_ids=zone_ids,
        centroid=frozen(centroid),
        owner=frozen(split.owner),
        passable=frozen(split.passable),
        first_out=frozen(first_out.astype(np.int64)),
        tail=frozen(tail[order]),
        head=frozen(np.concatenate([split.head, split.turn_head])[order]),
        row=frozen(np.where(order < n_rows, order, -1).astype(np.int64)),
        turns=frozen(turns.astype(np.int64)),
        turn_movement=frozen(split.turn_movement[order[turns] - n_rows]),
        length_m=frozen(np.concatenate([links["length_m"].to_numpy(np.float64), nothing])[order]),
        free_time_s=delay.free_s,
        capacity_vph=frozen(np.concatenate([capacity, nothing])[order]),
        delay=delay,
    )


def _link_ids(ids: "pd.Series[Any]", order: Ints) -> Any:
    """Ids of the links of the table, in the graph's order; None for those that are turns."""
    if order.size == len(ids):
        return pd.Index(ids.iloc[order])
    every = np.full(order.size, None, dtype=object)
    every[: len(ids)] = ids.tolist()
    return pd.Index(every[order], dtype=object)


def _zones(network: Network) -> "tuple[pd.Index[Any], Ints]":
    """Zones in the order of their table, and the node of each."""
    zone_of_node = pd.Index(network.nodes["zone_id"])
    if "zone" in network.table_names:
        zone_ids = pd.Index(network.zones["zone_id"])
    else:
        zone_ids = zone_of_node.dropna()
    place = zone_ids.get_indexer(zone_of_node)
    centroid = np.empty(len(zone_ids), dtype=np.int64)
    centroid[place[place >= 0]] = np.flatnonzero(place >= 0)
    return zone_ids, centroid


def posted_toll_cny(links: pd.DataFrame, payer: str) -> "pd.Series[float]":
    """Toll of a use, or of a use and plate, on each link: its own column where there is one.

    Trucks with dangerous goods pay as all trucks.
    """
    toll, column = links["toll_cny"], f"toll_{TRUCK if payer in TRUCKS else payer}_cny"
    return links[column].fillna(toll) if column in links else toll


def free_time_s(links: pd.DataFrame) -> Floats:
    """Time on the empty link: as given, else length over speed, (n_links,) [s]."""
    driven = links["length_m"] * KPH_PER_MPS / links["free_speed_kph"]
    time: Floats = links["free_time_s"].fillna(driven).to_numpy(dtype=np.float64)
    return time
