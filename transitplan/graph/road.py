"""The road network as frozen arrays: links sorted by the node they leave, positions inside."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats, Ints, frozen, positions
from transitplan.errors import ValidationError
from transitplan.kernels.delay import BPR, CONSTANT
from transitplan.kernels.records import Delay, Graph
from transitplan.model.checks import not_passable, rows_text
from transitplan.model.network import Network
from transitplan.units import KPH_PER_MPS

TRUCK = "truck"  # the use that pays toll_truck_cny where a link has one


@dataclass(frozen=True, eq=False)
class RoadGraph:
    """A road network compiled for routing; arrays cannot be written to.

    The links that leave node ``i`` are ``first_out[i] … first_out[i + 1]``; ``row`` takes each of
    them to its row in the network's link table, in which all results are returned.
    """

    network: Network
    node_ids: "pd.Index[Any]"
    link_ids: "pd.Index[Any]"
    zone_ids: "pd.Index[Any]"
    centroid: Ints  # (n_zones,) node of each zone
    passable: Bools  # (n_nodes,) False: paths start or end here and never pass
    first_out: Ints  # (n_nodes + 1,)
    tail: Ints  # (n_links,) node each link leaves
    head: Ints  # (n_links,) node each link enters
    row: Ints  # (n_links,) row of the link table
    length_m: Floats
    free_time_s: Floats
    capacity_vph: Floats  # pce/h, all lanes
    alpha: Floats
    beta: Floats
    _by_use: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False)

    @property
    def version(self) -> str:
        """Version of the network that it was compiled from."""
        return self.network.version

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.node_ids)

    @property
    def n_links(self) -> int:
        """Number of links."""
        return len(self.link_ids)

    @property
    def n_zones(self) -> int:
        """Number of zones."""
        return len(self.zone_ids)

    @property
    def arrays(self) -> Graph:
        """The arrays that path kernels read."""
        return Graph(self.first_out, self.tail, self.head, self.passable)

    @property
    def delay(self) -> Delay:
        """The arrays that delay kernels read."""
        inverse = np.divide(
            1.0, self.capacity_vph, out=np.zeros(self.n_links), where=self.capacity_vph > 0
        )
        rise = self.free_time_s * self.alpha
        kind = np.where(self.alpha > 0, BPR, CONSTANT).astype(np.int8)
        return Delay(frozen(kind), self.free_time_s, frozen(rise), frozen(inverse), self.beta)

    def allowed(self, use: str) -> Bools:
        """Links that the use may run on, (n_links,)."""
        key = ("allowed", use)
        if key not in self._by_use:
            self._by_use[key] = frozen(self.network.allowed(use)[self.row])
        found: Bools = self._by_use[key]
        return found

    def toll_cny(self, use: str) -> Floats:
        """Toll that a vehicle of the use pays on each link, (n_links,) [CNY]."""
        key = ("toll", use)
        if key not in self._by_use:
            links = self.network.links
            toll = links["toll_cny"]
            if use == TRUCK:
                toll = links["toll_truck_cny"].fillna(toll)
            self._by_use[key] = frozen(toll.to_numpy(dtype=np.float64)[self.row])
        found: Floats = self._by_use[key]
        return found

    def in_rows(self, values: Floats) -> Floats:
        """Take values from this order of links to the order of the link table (last axis)."""
        ordered = np.empty_like(values)
        ordered[..., self.row] = values
        return ordered

    def __repr__(self) -> str:
        """Return one line: sizes and version."""
        return (
            f"RoadGraph({self.network.name!r}: {self.n_nodes} nodes, {self.n_links} links, "
            f"{self.n_zones} zones; version {self.version})"
        )


def compile_road(network: Network) -> RoadGraph:
    """Turn a network into frozen arrays for routing.

    Raises
    ------
    ValidationError
        If a link with congestion (``vdf_alpha`` above 0) has no capacity.

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
    row = np.argsort(tail, kind="stable")
    sorted_links = links.iloc[row]
    first_out = np.searchsorted(tail[row], np.arange(len(nodes) + 1))
    zone_ids, centroid = _zones(network)
    return RoadGraph(
        network=network,
        node_ids=node_ids,
        link_ids=pd.Index(sorted_links["link_id"]),
        zone_ids=zone_ids,
        centroid=frozen(centroid),
        passable=frozen(~not_passable(nodes["node_type"])),
        first_out=frozen(first_out.astype(np.int64)),
        tail=frozen(tail[row]),
        head=frozen(head[row]),
        row=frozen(row.astype(np.int64)),
        length_m=_floats(sorted_links["length_m"]),
        free_time_s=frozen(free_time_s(links)[row]),
        capacity_vph=frozen(_capacity_vph(links)[row]),
        alpha=_floats(sorted_links["vdf_alpha"]),
        beta=_floats(sorted_links["vdf_beta"]),
    )


def _floats(values: "pd.Series[Any]") -> Floats:
    return frozen(np.array(values, dtype=np.float64))


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


def free_time_s(links: pd.DataFrame) -> Floats:
    """Time on the empty link: as given, else length over speed, (n_links,) [s]."""
    driven = links["length_m"] * KPH_PER_MPS / links["free_speed_kph"]
    time: Floats = links["free_time_s"].fillna(driven).to_numpy(dtype=np.float64)
    return time


def _capacity_vph(links: pd.DataFrame) -> Floats:
    capacity: Floats = (links["lane_capacity_pceph"] * links["lanes"]).to_numpy(dtype=np.float64)
    closed = (capacity <= 0) & (links["vdf_alpha"] > 0).to_numpy()
    if closed.any():
        raise ValidationError(
            f"link.csv, column capacity: {rows_text(links, closed)}: no capacity, where delay "
            "depends on it. Give a capacity; use an edit to close a link instead."
        )
    return capacity
