"""Who uses a link, and where else they drive: select-link and select-zone analysis."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats, Ints, frozen, positions
from transitplan.assignment.blend import Blend, Source
from transitplan.assignment.origins import BushFlows, ends_in_rows, zone_trips
from transitplan.assignment.problem import Problem
from transitplan.assignment.routes import Routes
from transitplan.errors import NotFoundError, ValidationError
from transitplan.graph.road import RoadGraph
from transitplan.kernels.records import Int8s
from transitplan.kernels.select import pass_bush, pick_bush
from transitplan.model.demand import Demand, UserClass

if TYPE_CHECKING:
    from transitplan.assignment.result import Assignment
    from transitplan.viz.maps import PlanMap

Mode = Literal["any", "all"]
At = Literal["origin", "destination", "either"]
MODES = ("any", "all")
ENDS = ("origin", "destination", "either")


@dataclass(frozen=True, eq=False)
class Selection:
    """Trips that were asked for, and their flows on all links (rows of the link table).

    Who uses a link is one answer of many where several routes cost the same: see
    ``Assignment.proportional``. How many use it is not.
    """

    roads: RoadGraph
    classes: tuple[UserClass, ...]
    asked: str  # what was selected, in words
    trips_vph: Floats  # (n_classes, n_zones, n_zones) vehicles, zones of the network
    class_flow_vph: Floats  # (n_classes, n_links) vehicles of these trips
    all_flow_vph: Floats  # (n_links,) vehicles of all trips

    @property
    def flow_vph(self) -> Floats:
        """Flow of the selected trips, all classes, (n_links,)."""
        flow: Floats = self.class_flow_vph.sum(axis=0)
        return flow

    @property
    def total_vph(self) -> float:
        """All selected trips, veh/h."""
        return float(self.trips_vph.sum())

    @property
    def zone_ids(self) -> "pd.Index[Any]":
        """Zones of the matrices, those of the network."""
        return self.roads.zone_ids

    def matrix(self, name: str) -> pd.DataFrame:
        """Trips of one class as a labelled matrix, origin by row, veh/h."""
        for each, trips in zip(self.classes, self.trips_vph, strict=True):
            if each.name == name:
                return pd.DataFrame(trips, index=self.zone_ids, columns=self.zone_ids, copy=True)
        known = ", ".join(each.name for each in self.classes)
        raise NotFoundError(f"{self.asked}: no class {name!r}; there are {known}.")

    def to_frame(self) -> pd.DataFrame:
        """One row a class and pair with trips: class_name, o_zone_id, d_zone_id, flow_vph."""
        class_at, origin, destination = np.nonzero(self.trips_vph)
        names = np.array([each.name for each in self.classes], dtype=object)
        return pd.DataFrame(
            {
                "class_name": names[class_at],
                "o_zone_id": self.zone_ids[origin],
                "d_zone_id": self.zone_ids[destination],
                "flow_vph": self.trips_vph[class_at, origin, destination],
            }
        )

    def to_link_frame(self) -> pd.DataFrame:
        """One row a link, in the order of the link table: flows of the selected trips.

        ``share`` is what they are of all vehicles on the link; NaN on empty links.
        """
        links = self.roads.network.links
        share = np.full(self.all_flow_vph.size, np.nan)
        np.divide(self.flow_vph, self.all_flow_vph, out=share, where=self.all_flow_vph > 0)
        columns = {
            "link_id": links["link_id"],
            "from_node_id": links["from_node_id"],
            "to_node_id": links["to_node_id"],
            "flow_vph": self.flow_vph,
            "share": share,
        }
        by_class = {
            f"flow_{each.name}_vph": flow
            for each, flow in zip(self.classes, self.class_flow_vph, strict=True)
        }
        return pd.DataFrame({**columns, **by_class})

    def to_map(self, *, ground: "Mapping[str, Any] | None" = None, tiles: str = "") -> "PlanMap":
        """Return a map of where the selected trips drive, start and end.

        Parameters
        ----------
        ground, tiles
            As in ``Network.to_map``.

        Raises
        ------
        ValidationError
            If the network has bare coordinates.
        """
        from transitplan.assignment.flow_map import selection_map

        return selection_map(self, ground=ground, tiles=tiles)

    def explore(self, **options: Any) -> "PlanMap":
        """Do as ``to_map``, under the name that GeoPandas has for it."""
        return self.to_map(**options)

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        from transitplan.viz.card import card

        by_class = zip(self.classes, self.trips_vph, strict=True)
        rows = [(f"trips of {each.name} [veh/h]", f"{own.sum():,.1f}") for each, own in by_class]
        used = int((self.flow_vph > 0).sum())
        total = ("trips [veh/h]", f"{self.total_vph:,.1f}")
        return card(f"Selection: {self.asked}", [total, *rows, ("links used", f"{used:,}")])

    def to_demand(self) -> Demand:
        """Return the selected trips as a demand, to be assigned or written by itself."""
        return Demand(self.zone_ids, self.classes, self.trips_vph, self.asked)

    def __repr__(self) -> str:
        """Return one line: what was asked for and how many trips it is."""
        return f"Selection({self.asked}: {self.total_vph:,.1f} veh/h)"


class _Query(NamedTuple):
    mark: Int8s  # (n_links,) 1 on the chosen links, rows of the link table
    needed: int  # how many of them a trip must use
    origins: Bools  # (n_zones,) zones that a trip may come from …
    destinations: Bools  # (n_zones,) … and go to
    either: bool  # whether one of the two is enough


class _Picked(NamedTuple):
    trips: Floats  # (n_classes, n_zones, n_zones), added to
    class_flow: Floats  # (n_classes, n_links) rows of the link table, added to


def select_links(found: "Assignment", links: Iterable[Any], *, mode: Mode = "any") -> Selection:
    """Trips that use any, or all, of the links; see ``Assignment.select``."""
    if mode not in MODES:
        raise ValidationError(f"select: mode is {mode!r}; use one of {', '.join(MODES)}.")
    ids = _listed(links, what="links")
    table = pd.Index(found.roads.network.links["link_id"])
    mark = np.zeros(len(table), np.int8)
    mark[positions(table, ids, what="select: links")] = 1
    needed = int(mark.sum()) if mode == "all" else 1
    everywhere = np.ones(found.roads.n_zones, dtype=bool)
    query = _Query(mark, needed, everywhere, everywhere, either=False)
    return _select(found, query, f"{mode} of links {', '.join(map(str, ids))}")


def select_zones(found: "Assignment", zones: Iterable[Any], *, at: At = "origin") -> Selection:
    """Trips that start or end in the zones; see ``Assignment.select_zones``."""
    if at not in ENDS:
        raise ValidationError(f"select_zones: at is {at!r}; use one of {', '.join(ENDS)}.")
    ids = _listed(zones, what="zones")
    inside = np.zeros(found.roads.n_zones, dtype=bool)
    inside[positions(found.roads.zone_ids, ids, what="select_zones: zones")] = True
    everywhere = np.ones(inside.size, dtype=bool)
    query = _Query(
        np.zeros(found.roads.n_rows, np.int8),
        0,
        everywhere if at == "destination" else inside,
        everywhere if at == "origin" else inside,
        either=at == "either",
    )
    where = "origin or destination" if at == "either" else at
    return _select(found, query, f"{where} in zones {', '.join(map(str, ids))}")


def _listed(ids: Iterable[Any], *, what: str) -> list[Any]:
    """Return the ids once each, in the order given."""
    if isinstance(ids, str) or not isinstance(ids, Iterable):
        raise ValidationError(f"select: {what} is {ids!r}; give a list of ids, [{ids!r}].")
    found = list(dict.fromkeys(ids))
    if not found:
        raise ValidationError(f"select: no {what} were given; give at least one id.")
    return found


def _select(found: "Assignment", query: _Query, asked: str) -> Selection:
    roads = found.roads
    picked = _Picked(
        np.zeros((len(found.classes), roads.n_zones, roads.n_zones)),
        np.zeros((len(found.classes), roads.n_rows)),
    )
    for share, source in _parts(found):
        if isinstance(source, np.ndarray):
            _from_loading(found.blend, source, query, share, picked)
        elif isinstance(source, Routes):
            _from_routes(source, query, share, picked)
        else:
            _from_bushes(roads, zone_trips(roads, found.demand), source, query, share, picked)
    return Selection(
        roads=roads,
        classes=found.classes,
        asked=asked,
        trips_vph=frozen(picked.trips),
        class_flow_vph=frozen(picked.class_flow),
        all_flow_vph=found.flow_vph,
    )


def _parts(found: "Assignment") -> Iterator[tuple[float, Source]]:
    """What the flows of the assignment are made of, and the share of each part."""
    if found.routes is not None:
        yield 1.0, found.routes
    elif found.bushes is not None:
        if found.roads.turns.size:
            raise ValidationError(
                "select: the network limits turns, which flows of bushes do not tell apart. Assign "
                "again with PathBased()."
            )
        yield 1.0, found.bushes
    elif found.blend is not None:
        yield from zip(found.blend.shares.tolist(), found.blend.sources, strict=True)
    else:
        raise ValidationError(
            f"select: the flows of {found.method} came without routes or loadings. Assign again."
        )


def made_of(problem: Problem, found: "Assignment") -> Blend:
    """Return the flows of an earlier assignment of the same problem as a sum to go on with."""
    parts = list(_parts(found))
    shares = np.array([share for share, _ in parts])
    return Blend(problem, tuple(source for _, source in parts), shares)


def _from_routes(routes: Routes, query: _Query, share: float, out: _Picked) -> None:
    """Add the trips of the routes that are asked for."""
    passed = np.concatenate([[0], np.cumsum(query.mark[routes.links], dtype=np.int64)])
    rows = np.diff(passed[routes.first_link]) >= query.needed
    rows &= _wanted(query, routes.o_zone, routes.d_zone)
    flow = np.where(rows, routes.flow_vph, 0.0) * share
    np.add.at(out.trips, (routes.class_at, routes.o_zone, routes.d_zone), flow)
    size = np.diff(routes.first_link)
    place = np.repeat(routes.class_at, size) * query.mark.size + routes.links
    added = np.bincount(place, np.repeat(flow, size), out.class_flow.size)
    out.class_flow[:] += added.reshape(out.class_flow.shape)


def _from_bushes(
    roads: RoadGraph,
    all_trips: Floats,
    bushes: BushFlows,
    query: _Query,
    share: float,
    out: _Picked,
) -> None:
    """Add the trips of the bushes that are asked for, in proportion to flows where links merge."""
    ends = ends_in_rows(roads)
    passed = np.empty((roads.n_nodes, query.needed + 1))
    scratch = np.empty_like(passed)
    trips = np.zeros(roads.n_nodes)
    flow = np.zeros(roads.n_rows)
    everywhere = np.arange(roads.n_zones)
    for i, (class_at, o_zone) in enumerate(zip(bushes.class_at, bushes.o_zone, strict=True)):
        wanted = _wanted(query, np.full(roads.n_zones, o_zone), everywhere)
        part = slice(bushes.first[i], bushes.first[i + 1])
        bush = (bushes.links[part], bushes.flow_vph[part])
        trips[:] = 0.0
        trips[roads.centroid] = np.where(wanted, all_trips[class_at, o_zone], 0.0)
        flow[:] = 0.0
        pass_bush(bush, ends, roads.centroid[o_zone], query.mark, passed)
        pick_bush(bush, ends, query.mark, passed, trips, scratch, flow)
        out.trips[class_at, o_zone] += share * trips[roads.centroid]
        out.class_flow[class_at] += share * flow


def _from_loading(
    blend: Blend | None, time: Floats, query: _Query, share: float, out: _Picked
) -> None:
    """Load all trips once more on the shortest paths at these times; add those asked for."""
    if blend is None:
        raise TypeError("loadings need the problem that they were made for")
    problem = blend.problem
    roads, pairs = problem.roads, problem.pairs
    origin, destination = zones_of_pairs(problem)
    wanted = _wanted(query, origin, destination)
    picked = problem.pick(time, roads.from_rows(query.mark, at_turns=0), query.needed, wanted)
    out.class_flow[:] += share * roads.in_rows(picked.class_flow)
    class_at = np.repeat(pairs.tree_class, np.diff(pairs.first_pair))
    out.trips[class_at, origin, destination] += share * np.where(picked.pairs, pairs.trips, 0.0)


def zones_of_pairs(problem: Problem) -> tuple[Ints, Ints]:
    """Origin and destination of each pair as positions in the network's zones, (n_pairs,)."""
    roads, pairs = problem.roads, problem.pairs
    zone_of_node = np.full(roads.n_nodes, -1, np.int64)
    zone_of_node[roads.centroid] = np.arange(roads.n_zones)
    origin = np.repeat(zone_of_node[pairs.origin], np.diff(pairs.first_pair))
    return origin, zone_of_node[pairs.destination]


def _wanted(query: _Query, origin: Ints, destination: Ints) -> Bools:
    from_there, to_there = query.origins[origin], query.destinations[destination]
    found: Bools = (from_there | to_there) if query.either else (from_there & to_there)
    return found
