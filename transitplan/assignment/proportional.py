"""Route flows by proportionality: the one answer among the many that have the same link flows.

Link flows at equilibrium are unique, flows of routes are not. Two conditions pick one, and agree:
the entropy of the routes, −Σ h ln h, is greatest (Rossi, McNeil & Hendrickson 1989, *Entropy model
for consistent impact-fee assessment*, Journal of Urban Planning and Development 115), and wherever
traffic has a choice between two alternative segments, their shares are the same for all origins and
destinations (Bar-Gera 2010, *Traffic assignment by paired alternative segments*, Transportation
Research Part B 44; Bar-Gera, Boyce & Nie 2012, *User-equilibrium route flows and the condition of
proportionality*, the same 46).

At the greatest entropy the flow of a route is the trips of its pair times a product of factors of
its links, exp(−m_a), over the sum of such products: proportionality link by link. The multipliers m
minimise a convex function whose gradient is the difference between the given flows of links and
those of the factors. It is found here by Newton's method with conjugate gradients, each step a pass
over the links of each origin; a solution is proportional to the last bit, and what is left open is
how nearly it keeps the flows of links.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats, Ints, frozen
from transitplan.assignment.origins import (
    BushFlows,
    OriginFlows,
    ends_in_rows,
    ordered,
    sum_by_origin,
    zone_trips,
)
from transitplan.assignment.routes import Routes
from transitplan.errors import ValidationError
from transitplan.kernels.dijkstra import settle
from transitplan.kernels.entropy import Units, add_up, change, share_out
from transitplan.kernels.origins import order_links, prune
from transitplan.kernels.records import Int32s
from transitplan.kernels.unfold import unfold

if TYPE_CHECKING:
    from transitplan.assignment.result import Assignment

TIGHTEST, LOOSEST = 1e-8, 1e-4  # share of a path's cost by which equal costs may differ
LEAST_SHARE = 1e-12  # of a pair's trips; routes with less are left out
STEPS = 200
FORCING = 1e-3  # how nearly a step is solved
CONJUGATE = 400  # directions at most for that
ARMIJO, SHORTEST = 1e-4, 1e-8
LONGEST = 3.0  # largest change of a multiplier in a step


@dataclass(frozen=True, eq=False)
class ProportionalRoutes:
    """Routes in proportion, and how nearly they keep the flows of links."""

    routes: Routes
    deviation: float  # largest difference of a link's flow [pce], as a share of the largest flow
    steps: int  # of Newton's method
    aside_vph: float  # trips of origins whose flows have cycles: their routes are as found

    def to_frame(self) -> pd.DataFrame:
        """One row a route, as ``Routes.to_frame``."""
        return self.routes.to_frame()

    def summary(self) -> str:
        """A few lines for people."""
        return (
            f"{self.routes.flow_vph.size:,} routes after {self.steps} steps; flows of links kept "
            f"to {self.deviation:.1e}.\n{self.aside_vph:,.1f} veh/h left as found (cycles)."
        )


class _Part(NamedTuple):
    """Columns of some routes."""

    class_at: Ints
    o_zone: Ints
    d_zone: Ints
    flow_vph: Floats
    size: Ints
    links: Int32s


def proportional_routes(
    found: "Assignment", *, across_classes: bool = False, tolerance: float = 1e-11
) -> ProportionalRoutes:
    """Find the proportional routes; see ``Assignment.proportional``."""
    if found.roads.turns.size:
        raise ValidationError(
            "proportional: the network limits turns, and flows that are even at a node would make "
            "turns that are banned. Use Assignment.routes as they are."
        )
    flows = _origin_flows(found)
    trips = zone_trips(found.roads, found.demand)
    carried = found.flow_vph > 0 if across_classes else found.class_flow_vph > 0
    wide = _widened(found, flows, trips, np.broadcast_to(carried, found.class_flow_vph.shape))
    units = _units(found, wide, trips, across_classes=across_classes)
    target = np.zeros((len(found.classes), found.roads.n_rows))
    add_up(units, wide.flow_vph, target)
    share, deviation, steps = _solve(units, target, found.roads.n_nodes, tolerance)
    aside = _kept_routes(found, flows)
    parts = [_routes_of(found, wide, units, share, unit) for unit in range(wide.class_at.size)]
    return ProportionalRoutes(
        routes=_joined(found, [*parts, *aside]),
        deviation=deviation,
        steps=steps,
        aside_vph=sum(float(part.flow_vph.sum()) for part in aside),
    )


def _origin_flows(found: "Assignment") -> OriginFlows:
    """Flows by class and origin, of routes or of bushes."""
    if found.routes is not None:
        return sum_by_origin(found.roads, found.routes)
    bushes: BushFlows | None = found.bushes
    if bushes is None:
        raise ValidationError(
            f"proportional: {found.method} keeps no flows by origin. Assign with PathBased()."
        )
    links = bushes.links.astype(np.int64)
    return ordered(
        found.roads, bushes.class_at, bushes.o_zone, bushes.first, links, bushes.flow_vph
    )


def _widened(found: "Assignment", flows: OriginFlows, trips: Floats, carried: Bools) -> OriginFlows:
    """Give each unit without cycles all links that cost it no more than those it uses.

    Not those that carry nothing, by ``carried`` (n_classes, n_links). Links come out grouped by the
    node that they enter, nodes in topological order.
    """
    roads = found.roads
    ends = ends_in_rows(roads)
    tight = min(max(TIGHTEST, max(found.relative_gap, 0.0) ** 0.5), LOOSEST)
    links, flow, size = [], [], []
    kept = np.flatnonzero(flows.acyclic)
    for unit in kept:
        part = slice(flows.first[unit], flows.first[unit + 1])
        own = np.zeros(roads.n_rows)
        own[flows.links[part]] = flows.flow_vph[part]
        class_at, o_zone = int(flows.class_at[unit]), int(flows.o_zone[unit])
        wanted = np.zeros(roads.n_nodes, dtype=bool)
        wanted[roads.centroid[trips[class_at, o_zone] > 0]] = True
        for extra in _extra_links(found, class_at, o_zone, tight, carried[class_at]):
            order, acyclic = _in_order(np.flatnonzero((own > 0) | extra), ends, roads.n_nodes)
            if acyclic:
                break
        keeps = np.empty(order.size, dtype=bool)
        last = np.empty(order.size, np.int64)
        scratch = np.zeros(roads.n_nodes, dtype=bool)
        prune(int(roads.centroid[o_zone]), order, ends, wanted, scratch, keeps, last)
        by_head = np.argsort(last, kind="stable")
        order = order[by_head[keeps[by_head]]]
        links.append(order)
        flow.append(own[order])
        size.append(order.size)
    return OriginFlows(
        class_at=flows.class_at[kept],
        o_zone=flows.o_zone[kept],
        first=np.concatenate([[0], np.cumsum(size)]).astype(np.int64),
        links=np.concatenate([np.zeros(0, np.int64), *links]).astype(np.int32),
        flow_vph=np.concatenate([np.zeros(0), *flow]),
        acyclic=np.ones(kept.size, dtype=bool),
    )


def _extra_links(
    found: "Assignment", class_at: int, o_zone: int, tight: float, carried: Bools
) -> tuple[Bools, Bools, Bools]:
    """Links on ways that cost the least, to be tried in turn until there is no cycle.

    All of them; those that cost something; none.
    """
    roads = found.roads
    n_nodes = roads.n_nodes
    label, order = np.empty(n_nodes), np.empty(n_nodes, np.int64)
    heap = (np.empty(n_nodes), np.empty(n_nodes, np.int64), np.empty(n_nodes, np.int64))
    cost = roads.from_rows(found.class_cost_s[class_at], at_turns=roads.turn_penalty_s)
    origin = int(roads.centroid[o_zone])
    settle(roads.arrays, cost, origin, label, np.empty(n_nodes, np.int32), order, heap)
    tail, head = roads.tail, roads.head
    usable = np.isfinite(label[tail]) & np.isfinite(cost) & (head != origin)
    usable &= roads.passable[tail] | (tail == origin)
    start, end = label[tail[usable]], label[head[usable]]
    every = np.zeros(roads.n_links, dtype=bool)
    every[usable] = start + cost[usable] - end <= tight * end
    every &= roads.from_rows(carried, at_turns=True)
    rising = every.copy()
    rising[usable] &= start < end
    none = np.zeros(roads.n_links, dtype=bool)
    return roads.in_rows(every), roads.in_rows(rising), roads.in_rows(none)


def _in_order(links: Ints, ends: tuple[Ints, Ints], n_nodes: int) -> tuple[Ints, bool]:
    """Return links in topological order, and whether there is one."""
    order, acyclic = np.empty(links.size, np.int64), np.empty(1, dtype=bool)
    order_links(np.array([0, links.size]), links, *ends, n_nodes, order, acyclic)
    return links[order], bool(acyclic[0])


def _units(
    found: "Assignment", flows: OriginFlows, trips: Floats, *, across_classes: bool
) -> Units:
    """Return links and trips of the units as the kernels read them."""
    roads = found.roads
    tail, head = ends_in_rows(roads)
    of_unit = trips[flows.class_at, flows.o_zone]
    unit, zone = np.nonzero(of_unit * _arrived(found, flows))
    pce = np.array([each.pce for each in found.classes])
    return Units(
        origin=roads.centroid[flows.o_zone],
        group=np.zeros_like(flows.class_at) if across_classes else flows.class_at,
        weight=pce[flows.class_at],
        first=flows.first,
        tail=tail[flows.links],
        head=head[flows.links],
        link=flows.links.astype(np.int64),
        first_pair=np.searchsorted(unit, np.arange(flows.class_at.size + 1)).astype(np.int64),
        destination=roads.centroid[zone],
        trips=of_unit[unit, zone],
    )


def _arrived(found: "Assignment", flows: OriginFlows) -> Bools:
    """Zones that a link of the unit leads to, (n_units, n_zones)."""
    _, head = ends_in_rows(found.roads)
    unit = np.repeat(np.arange(flows.class_at.size), np.diff(flows.first))
    there = np.zeros((flows.class_at.size, found.roads.n_nodes), dtype=bool)
    there[unit, head[flows.links]] = True
    found_: Bools = there[:, found.roads.centroid]
    return found_


def _solve(
    units: Units, target: Floats, n_nodes: int, tolerance: float
) -> tuple[Floats, float, int]:
    """Find the multipliers that keep the flows of links: (shares of links, deviation, steps)."""
    multiplier = np.zeros_like(target)
    share, flow = np.empty(units.link.size), np.empty(units.link.size)
    largest = max(float(target.max(initial=0.0)), 1e-300)

    def at(point: Floats) -> tuple[float, Floats]:
        value = share_out(units, point, n_nodes, share, flow) + float((point * target).sum())
        sums = np.zeros_like(target)
        add_up(units, flow, sums)
        return value, target - sums

    def curve(direction: Floats) -> Floats:
        out = np.zeros_like(target)
        change(units, direction, share, flow, n_nodes, out)
        return out

    value, slope = at(multiplier)
    deviation = float(np.abs(slope).max(initial=0.0)) / largest
    for step in range(STEPS):
        if deviation <= tolerance:
            return share, deviation, step
        direction = _newton_direction(curve, slope, target)
        length = min(1.0, LONGEST / max(float(np.abs(direction).max()), 1e-300))
        downhill = float((direction * slope).sum())
        while True:
            tried, tried_slope = at(multiplier + length * direction)
            left = float(np.abs(tried_slope).max()) / largest
            if tried <= value + ARMIJO * length * downhill or left < deviation:
                break
            length /= 2.0
            if length < SHORTEST:  # rounding is all that is left
                at(multiplier)
                return share, deviation, step
        multiplier = multiplier + length * direction
        value, slope, deviation = tried, tried_slope, left
    return share, deviation, STEPS


def _newton_direction(curve: Callable[[Floats], Floats], slope: Floats, scale: Floats) -> Floats:
    """Solve curve(direction) = −slope by conjugate gradients, as nearly as is worth it."""
    rest = -slope
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
    direction = np.zeros_like(slope)
    ahead = inverse * rest
    along = ahead.copy()
    power = float((rest * ahead).sum())
    goal = power * FORCING**2
    for _ in range(CONJUGATE):
        bent = curve(along)
        below = float((along * bent).sum())
        if below <= 0.0:
            break
        step = power / below
        direction += step * along
        rest = rest - step * bent
        ahead = inverse * rest
        before, power = power, float((rest * ahead).sum())
        if power <= goal:
            break
        along = ahead + power / before * along
    return direction


def _routes_of(
    found: "Assignment", flows: OriginFlows, units: Units, share: Floats, unit: int
) -> _Part:
    """Routes of one unit by the shares of its links in the flows into nodes."""
    part = slice(flows.first[unit], flows.first[unit + 1])
    by_head = np.argsort(units.head[part], kind="stable")
    links = units.link[part][by_head]
    first_in = np.searchsorted(units.head[part][by_head], np.arange(found.roads.n_nodes + 1))
    tail, _ = ends_in_rows(found.roads)
    own = slice(units.first_pair[unit], units.first_pair[unit + 1])
    wanted = (units.destination[own], units.trips[own])
    bush = (first_in.astype(np.int64), links, share[part][by_head])
    sizes = (0, 0)
    for _ in range(2):  # count, then list
        out = (
            np.empty(sizes[0], np.int64),
            np.empty(sizes[0]),
            np.empty(sizes[0], np.int64),
            np.empty(sizes[1], np.int32),
        )
        sizes = unfold(bush, tail, int(units.origin[unit]), wanted, LEAST_SHARE, out)
    pair, flow, size, rows = out
    zone_of_node = np.full(found.roads.n_nodes, -1, np.int64)
    zone_of_node[found.roads.centroid] = np.arange(found.roads.n_zones)
    return _Part(
        np.full(pair.size, flows.class_at[unit]),
        np.full(pair.size, flows.o_zone[unit]),
        zone_of_node[wanted[0]][pair],
        flow,
        size,
        rows,
    )


def _kept_routes(found: "Assignment", flows: OriginFlows) -> list[_Part]:
    """Routes as found of the units whose flows have cycles."""
    if found.routes is None or flows.acyclic.all():
        return []
    routes, n_zones = found.routes, found.roads.n_zones
    cyclic = (flows.class_at * n_zones + flows.o_zone)[~flows.acyclic]
    mine = np.isin(routes.class_at * n_zones + routes.o_zone, cyclic)
    size = np.diff(routes.first_link)
    return [
        _Part(
            routes.class_at[mine],
            routes.o_zone[mine],
            routes.d_zone[mine],
            routes.flow_vph[mine],
            size[mine],
            routes.links[np.repeat(mine, size)],
        )
    ]


def _joined(found: "Assignment", parts: list[_Part]) -> Routes:
    """Put the parts together, by class, origin and destination."""
    none = np.zeros(0, np.int64)
    empty = _Part(none, none, none, np.zeros(0), none, np.zeros(0, np.int32))
    class_at, o_zone, d_zone, flow, size, links = (
        np.concatenate(column) for column in zip(empty, *parts, strict=True)
    )
    order = np.lexsort((d_zone, o_zone, class_at))
    start = np.cumsum(size) - size
    first_link = np.concatenate([[0], np.cumsum(size[order])]).astype(np.int64)
    place = np.repeat(start[order] - first_link[:-1], size[order]) + np.arange(first_link[-1])
    roads = found.roads
    return Routes(
        class_names=tuple(each.name for each in found.classes),
        node_ids=roads.node_ids,
        zone_ids=roads.zone_ids,
        link_ids=pd.Index(roads.network.links["link_id"]),
        class_at=frozen(class_at[order]),
        o_zone=frozen(o_zone[order]),
        d_zone=frozen(d_zone[order]),
        flow_vph=frozen(flow[order]),
        first_link=frozen(first_link),
        links=frozen(links[place]),
    )
