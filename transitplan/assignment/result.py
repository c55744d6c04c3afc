"""Assignment: flows, times and costs of an equilibrium, and how good it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.assignment.blend import Blend
from transitplan.assignment.bushes import Bushes
from transitplan.assignment.gap import value_of_time
from transitplan.assignment.proportional import ProportionalRoutes, proportional_routes
from transitplan.assignment.routes import Routes
from transitplan.assignment.select import At, Mode, Selection, select_links, select_zones
from transitplan.errors import ValidationError
from transitplan.graph.road import RoadGraph
from transitplan.model.demand import Demand, UserClass
from transitplan.paths.skim import Skim, skim
from transitplan.units import SECONDS_PER_HOUR

if TYPE_CHECKING:  # an assignment that is only computed with needs no maps
    from transitplan.viz.maps import PlanMap

PLAIN = "user equilibrium"  # the principle that goes without saying


class Status(StrEnum):
    """How an assignment ended."""

    CONVERGED = "converged"
    ITERATION_LIMIT = "iteration limit"
    STALLED = "stalled"
    ONE_LOADING = "one loading"
    INTERRUPTED = "interrupted"

    @property
    def advice(self) -> str:
        """What it means and what to do next."""
        return _ADVICE[self.value]


_ADVICE = {
    "converged": "The gap asked for is reached.",
    "iteration limit": "Iteration limit reached; raise max_iterations or loosen gap.",
    "stalled": "The method can go no further; loosen gap, or use the path-based method if this is "
    "another.",
    "interrupted": "Stopped after a full iteration; hand it over as start to go on.",
    "one loading": "All or nothing seeks no equilibrium; use another method for congested times.",
}


@dataclass(frozen=True, eq=False)
class Assignment:
    """Flows at, or near, an equilibrium; links in the order of the network's link table.

    Costs are generalised: time plus tolls and distance cost in seconds of each class's time.
    """

    roads: RoadGraph
    classes: tuple[UserClass, ...]
    flow_vph: Floats  # (n_links,) vehicles
    pce_vph: Floats  # (n_links,) passenger-car equivalents
    class_flow_vph: Floats  # (n_classes, n_links) vehicles
    time_s: Floats  # (n_links,)
    class_cost_s: Floats  # (n_classes, n_links); inf where the class may not run
    turn_flow_vph: Floats  # (n_classes, n_turns) vehicles on the turns of ``roads.turns``
    relative_gap: float  # (TSTT − SPTT) / TSTT on generalised cost, pce-weighted; see ``measured``
    objective: float  # Beckmann's function, or what else the principle makes least [pce/h s]
    lower_bound: float  # of the objective [pce/h s]
    total_cost: float  # TSTT: pce-weighted generalised cost of all trips [pce/h s]
    class_excess_s: Floats  # (n_classes,) cost above the least [veh/h s]; NaN but for equilibrium
    cost_error_cny_per_h: float  # how far the total cost may be off: ``assignment.gap``; else NaN
    status: Status
    history: pd.DataFrame  # iteration, relative_gap, objective, step, seconds
    iterations: int
    method: str
    accounting: dict[str, float]  # demand, assigned, intrazonal, unreachable [veh/h]
    accounting_by_class: pd.DataFrame  # the same, one row a class
    network_version: str
    demand_version: str  # as it was given
    principle: str  # what was sought
    measured: str  # what ``relative_gap`` says under that principle
    demand: Demand = field(repr=False)  # trips at the end: as given, unless they answer to costs
    routes: Routes | None = None  # of the path-based method
    method_reason: str = ""  # why this method, where none was asked for
    bushes: Bushes | None = None  # of the bush-based method
    blend: Blend | None = field(default=None, repr=False)  # of the link-based methods
    marginal_toll_s: Floats | None = None  # (n_links,) v dt/dv, of a system optimum
    marginal_toll_cny: Floats | None = None  # (n_classes, n_links) the same in money of a vehicle

    @property
    def class_gap_cny_per_h(self) -> Floats:
        """What each class could still save by changing route at these times, (n_classes,)."""
        worth: Floats = value_of_time(self.classes) * np.maximum(self.class_excess_s, 0.0)
        return worth

    @property
    def gap_cny_per_h(self) -> float:
        """What all travellers together could still save by changing route at these times."""
        return float(self.class_gap_cny_per_h.sum())

    def gap_cny_per_year(self, hours_per_year: float) -> float:
        """Worth of the remaining gap in a year of so many hours like this one [CNY]."""
        return self.gap_cny_per_h * _hours(hours_per_year)

    def cost_error_cny_per_year(self, hours_per_year: float) -> float:
        """How far the total cost of such a year may be off, at most [CNY]."""
        return self.cost_error_cny_per_h * _hours(hours_per_year)

    @property
    def delay_s(self) -> Floats:
        """Time above free flow, (n_links,)."""
        return self.time_s - self.roads.in_rows(self.roads.free_time_s)

    @property
    def volume_capacity_ratio(self) -> Floats:
        """Flow in passenger-car equivalents over capacity, (n_links,); NaN without capacity."""
        capacity = self.roads.in_rows(self.roads.capacity_vph)
        ratio = np.full(capacity.size, np.nan)
        np.divide(self.pce_vph, capacity, out=ratio, where=capacity > 0)
        return ratio

    def to_frame(self) -> pd.DataFrame:
        """One row a link, in the order of the link table.

        ``cost_s`` is the mean over the classes on the link, weighted by their flow in passenger-car
        equivalents; on an empty link that of the first class that may run there.
        """
        links = self.roads.network.links
        columns = {
            "link_id": links["link_id"],
            "from_node_id": links["from_node_id"],
            "to_node_id": links["to_node_id"],
            "flow_vph": self.flow_vph,
            "pce_vph": self.pce_vph,
            "time_s": self.time_s,
            "cost_s": self._mean_cost_s(),
            "delay_s": self.delay_s,
            "volume_capacity_ratio": self.volume_capacity_ratio,
        }
        by_class = {
            f"flow_{each.name}_vph": flow
            for each, flow in zip(self.classes, self.class_flow_vph, strict=True)
        }
        return pd.DataFrame({**columns, **by_class, **self._tolls()})

    def turns_frame(self) -> pd.DataFrame:
        """One row a turn that ``movement.csv`` bans to some use or gives a penalty, in its order.

        Columns mvmt_id, node_id, ib_link_id, ob_link_id, flow_vph, penalty_s and flow_<class>_vph.
        ``compile_road(network, every_turn=True)`` counts all turns that are listed. Those at nodes
        that may not be passed are left out.
        """
        roads = self.roads
        place = np.flatnonzero(roads.turn_movement >= 0)
        place = place[np.argsort(roads.turn_movement[place])]
        columns = ["mvmt_id", "node_id", "ib_link_id", "ob_link_id"]
        rows = roads.network.table("movement")[columns].iloc[roads.turn_movement[place]]
        flows = self.turn_flow_vph[:, place]
        by_class = {
            f"flow_{each.name}_vph": flow for each, flow in zip(self.classes, flows, strict=True)
        }
        return rows.reset_index(drop=True).assign(
            flow_vph=flows.sum(axis=0), penalty_s=roads.turn_penalty_s[place], **by_class
        )

    def skim(self, fields: Sequence[str] = ("time_s", "length_m")) -> dict[str, Skim]:
        """Quantities between all zones at these times, by class; pairs without demand included.

        Each class takes its own path of least generalised cost; fields as in ``skim``.
        """
        return {
            each.name: skim(self.roads, fields, times_s=self.time_s, user_class=each)
            for each in self.classes
        }

    def select(self, links: Iterable[Any], *, mode: Mode = "any") -> Selection:
        """Trips that use links, and where else they drive (select-link analysis).

        The flow of a link is the total of the trips selected by it, to rounding, for every method.
        A link-based method loads its trips once more for each of its iterations: this takes about
        as long as the assignment did.

        Parameters
        ----------
        links
            Link ids.
        mode
            ``any``: trips that use at least one of the links, each counted once; ``all``: trips
            that use every one.

        Raises
        ------
        NotFoundError
            If a link id is unknown.
        ValidationError
            If there are no ids, or the mode is none.

        Examples
        --------
        >>> from transitplan.assignment import assign
        >>> from transitplan.graph import compile_road
        >>> from transitplan.model.cases import braess
        >>> network, demand = braess()
        >>> found = assign(compile_road(network), demand, gap=1e-10)
        >>> found.select([5])  # the new road of the paradox
        Selection(any of links 5: 2.0 veh/h)
        """
        return select_links(self, links, mode=mode)

    def select_zones(self, zones: Iterable[Any], *, at: At = "origin") -> Selection:
        """Trips that start in, end in, or do either in zones, and the links they use.

        Parameters
        ----------
        zones
            Zone ids.
        at
            ``origin``, ``destination`` or ``either``.

        Raises
        ------
        NotFoundError
            If a zone id is unknown.
        ValidationError
            If there are no ids, or ``at`` is none of the three.
        """
        return select_zones(self, zones, at=at)

    def proportional(
        self, *, across_classes: bool = False, tolerance: float = 1e-11
    ) -> ProportionalRoutes:
        """Routes with the same link flows and, among the many such, the one proportional answer.

        Flows of routes are not unique at equilibrium: a method returns whatever it came upon, and
        select-link matrices depend on it. Here the shares of alternative segments are the same for
        all origins and destinations, where the routes' entropy is greatest: see
        ``assignment.proportional``. Flows of classes on links stay as they are.

        Parameters
        ----------
        across_classes
            Also bring classes to the same shares, wherever their costs leave them the same choice.
            Passenger-car equivalents on links then stay, flows of single classes do not: these,
            too, are one answer of many.
        tolerance
            Largest difference of a link's flow to leave, as a share of the largest flow; what is
            reached is in ``deviation``.

        Raises
        ------
        ValidationError
            If the method keeps no flows by origin.

        Notes
        -----
        All routes that cost the least enter, whether the method used them or not, as far as the
        gap lets them be told apart: ask for a small gap (1e-10). Links that carry nothing stay
        empty. Origins whose flows run in circles (short of equilibrium, or on links that cost
        nothing) keep their routes: ``aside_vph``.

        Examples
        --------
        >>> from transitplan.assignment import assign
        >>> from transitplan.graph import compile_road
        >>> from transitplan.model.cases import braess
        >>> network, demand = braess()
        >>> found = assign(compile_road(network), demand, gap=1e-10)
        >>> found.proportional().routes.flow_vph.round(3).tolist()
        [2.0, 2.0, 2.0]
        """
        return proportional_routes(self, across_classes=across_classes, tolerance=tolerance)

    def unreachable(self) -> pd.DataFrame:
        """Trips that no route is open to: class_name, o_zone_id, d_zone_id, flow_vph.

        They are in the accounts and on no link.
        """
        costs = self.skim(["cost_s"])
        zones, demand = self.roads.zone_ids, self.demand
        place = zones.get_indexer(demand.zone_ids)
        lost = np.array(
            [
                np.where(costs[each.name].reachable[place[:, np.newaxis], place], 0.0, trips)
                for each, trips in zip(self.classes, demand.trips_vph, strict=True)
            ]
        )
        lost[:, np.arange(place.size), np.arange(place.size)] = 0.0
        class_at, origin, destination = np.nonzero(lost)
        names = np.array([each.name for each in self.classes], dtype=object)
        return pd.DataFrame(
            {
                "class_name": names[class_at],
                "o_zone_id": demand.zone_ids[origin],
                "d_zone_id": demand.zone_ids[destination],
                "flow_vph": lost[class_at, origin, destination],
            }
        )

    def to_map(self, *, ground: Mapping[str, Any] | None = None, tiles: str = "") -> "PlanMap":
        """Return a map of flows and of volume over capacity; ``.save("flows.html")`` writes it.

        Arguments, and what is refused, as in ``Network.to_map``.
        """
        from transitplan.assignment.flow_map import assignment_map

        return assignment_map(self, ground=ground, tiles=tiles)

    explore = to_map  # the name that GeoPandas has for it

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        from transitplan.viz.card import card

        accounts = [(f"trips {name} [veh/h]", f"{n:,.1f}") for name, n in self.accounting.items()]
        return card(
            f"Assignment of {self.roads.network.name}",
            [
                ("status", f"{self.status} after {self.iterations} iterations"),
                ("relative gap", f"{self.relative_gap:.2e}"),
                ("method", self.method),
                *accounts,
                ("versions", f"network {self.network_version}, demand {self.demand_version}"),
            ],
        )

    def summary(self) -> str:
        """A few lines for people."""
        spent_s = float((self.flow_vph * self.time_s).sum())
        spent_s += float((self.turn_flow_vph * self.roads.turn_penalty_s).sum())
        spent_s += sum(
            float(flow @ self.roads.in_rows(self.roads.slower_s(each.use)))
            for each, flow in zip(self.classes, self.class_flow_vph, strict=True)
        )
        hours = spent_s / SECONDS_PER_HOUR
        accounts = ", ".join(f"{name} {trips:,.1f}" for name, trips in self.accounting.items())
        sought = [] if self.principle == PLAIN else [f"Sought: {self.principle}. {self.measured}"]
        return "\n".join(
            [
                f"{self.method}: {self.status} after {self.iterations} iterations. "
                f"{self.method_reason}".rstrip(),
                *sought,
                f"Relative gap {self.relative_gap:.2e}. {self.status.advice}",
                *self._worth(),
                f"Trips (veh/h): {accounts}.",
                *self._left_out(),
                f"Time in traffic: {hours:,.1f} vehicle-hours an hour.",
                f"Network {self.network_version}, demand {self.demand_version}.",
            ]
        )

    def _worth(self) -> list[str]:
        """Two lines on the gap in money, which it has for a user equilibrium only."""
        if self.principle != PLAIN:
            return []
        return [
            f"The gap is worth {self.gap_cny_per_h:,.2f} CNY an hour.",
            f"Total cost: within {self.cost_error_cny_per_h:,.2f} CNY an hour of equilibrium.",
        ]

    def _left_out(self) -> list[str]:
        """One line on trips without a way, where there are any."""
        if self.accounting["unreachable"] <= 0:
            return []
        lost = self.unreachable()
        most = lost.sort_values("flow_vph", ascending=False, kind="stable").iloc[0]
        pairs = "1 pair" if len(lost) == 1 else f"{len(lost)} pairs"
        line = (
            f"No route is open to {lost['flow_vph'].sum():,.1f} veh/h of {pairs}, the most "
            f"{most['flow_vph']:,.1f} of class {most['class_name']} from zone {most['o_zone_id']} "
            f"to {most['d_zone_id']}: see unreachable()."
        )
        return [line]

    def _tolls(self) -> dict[str, Floats]:
        """Columns of the marginal-cost tolls, where there are some."""
        if self.marginal_toll_s is None or self.marginal_toll_cny is None:
            return {}
        by_class = {
            f"marginal_toll_{each.name}_cny": toll
            for each, toll in zip(self.classes, self.marginal_toll_cny, strict=True)
        }
        return {"marginal_toll_s": self.marginal_toll_s, **by_class}

    def _mean_cost_s(self) -> Floats:
        weight = self.class_flow_vph * np.array([[each.pce] for each in self.classes])
        finite = np.where(weight > 0, self.class_cost_s, 0.0)
        spent = (weight * finite).sum(axis=0)
        first = np.isfinite(self.class_cost_s).argmax(axis=0)
        mean: Floats = self.class_cost_s[first, np.arange(first.size)]
        np.divide(spent, self.pce_vph, out=mean, where=self.pce_vph > 0)
        return mean


def _hours(per_year: float) -> float:
    if not (isinstance(per_year, int | float) and 0 <= per_year < np.inf):
        raise ValidationError(f"hours_per_year is {per_year!r}; it must be a number of hours.")
    return float(per_year)
