"""Link flows by class and origin: between flows of routes and flows of classes."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from transitplan.arrays import Bools, Floats, Ints, frozen
from transitplan.assignment.routes import Routes
from transitplan.graph.road import RoadGraph
from transitplan.kernels.origins import order_links
from transitplan.kernels.records import Int32s
from transitplan.model.demand import Demand


class BushFlows(Protocol):
    """Flows of bushes: each is one class from one origin, on links without a cycle."""

    @property
    def class_at(self) -> Ints:
        """Class of each bush, (n_bushes,)."""
        ...

    @property
    def o_zone(self) -> Ints:
        """Position of its origin among the zones of the network, (n_bushes,)."""
        ...

    @property
    def first(self) -> Ints:
        """The links of bush i are first[i] … first[i + 1], (n_bushes + 1,)."""
        ...

    @property
    def links(self) -> Int32s:
        """Rows of the link table; in each bush a link comes after all that lead to its tail."""
        ...

    @property
    def flow_vph(self) -> Floats:
        """Flow of the bush on each of its links, veh/h."""
        ...


@dataclass(frozen=True, eq=False)
class OriginFlows:
    """Flows by class and origin, as ``BushFlows``; ``acyclic`` tells which are bushes."""

    class_at: Ints
    o_zone: Ints
    first: Ints
    links: Int32s
    flow_vph: Floats
    acyclic: Bools  # (n,) the links of the others are in no order


def sum_by_origin(roads: RoadGraph, routes: Routes) -> OriginFlows:
    """Add up routes by class and origin, and put the links of each in topological order.

    Flows at equilibrium are acyclic where links cost something; flows short of it need not be, nor
    are those on links that cost nothing in both directions.
    """
    n_zones, n_links = roads.n_zones, roads.n_rows
    size = np.diff(routes.first_link)
    origin = routes.class_at * n_zones + routes.o_zone
    key = np.repeat(origin, size) * n_links + routes.links
    cells, place = np.unique(key, return_inverse=True)
    flow: Floats = np.bincount(place, np.repeat(routes.flow_vph, size), cells.size).astype(float)
    group: Ints = (cells // n_links).astype(np.int64)
    links: Ints = (cells % n_links).astype(np.int64)
    which, begin = np.unique(group, return_index=True)
    first = np.append(begin, cells.size).astype(np.int64)
    return ordered(roads, which // n_zones, which % n_zones, first, links, flow)


def ordered(
    roads: RoadGraph, class_at: Ints, o_zone: Ints, first: Ints, links: Ints, flow: Floats
) -> OriginFlows:
    """Put the links of each class and origin in topological order."""
    tail, head = ends_in_rows(roads)
    order = np.empty(links.size, np.int64)
    acyclic = np.empty(class_at.size, dtype=bool)
    order_links(first, links.astype(np.int64), tail, head, roads.n_nodes, order, acyclic)
    return OriginFlows(
        class_at=frozen(class_at.astype(np.int64)),
        o_zone=frozen(o_zone.astype(np.int64)),
        first=frozen(first),
        links=frozen(links[order].astype(np.int32)),
        flow_vph=frozen(np.ascontiguousarray(flow[order])),
        acyclic=frozen(acyclic),
    )


def ends_in_rows(roads: RoadGraph) -> tuple[Ints, Ints]:
    """Nodes of the table that each row of the link table leaves and enters, (n_links,) each.

    Turns are within their node: what is split at a node is not split by turn.
    """
    return roads.in_rows(roads.owner[roads.tail]), roads.in_rows(roads.owner[roads.head])


def zone_trips(roads: RoadGraph, demand: Demand) -> Floats:
    """Trips between the zones of the network, (n_classes, n_zones, n_zones) [veh/h]."""
    place = roads.zone_ids.get_indexer(demand.zone_ids)
    trips = np.zeros((len(demand.classes), roads.n_zones, roads.n_zones))
    trips[:, place[:, np.newaxis], place] = demand.trips_vph
    trips[:, np.arange(roads.n_zones), np.arange(roads.n_zones)] = 0.0
    return trips
