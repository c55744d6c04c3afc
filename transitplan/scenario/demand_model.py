"""The whole demand model with congestion: trips, their ways and the times that these make agree.

Trip ends → distribution and mode choice on generalised costs → periods and directions → vehicles →
equilibrium of each period → costs, and again, with averaged costs. What is still between demand and
supply is measured as UK Department for Transport, TAG unit M2.1 does: Σ C(X) |D(C(X)) − X| over
Σ C(X) X, X being the trips assigned, C their costs and D the demand at these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.assignment import Assignment, PathBased, assign
from transitplan.demand.choice import Nest
from transitplan.demand.generation import TripEnds
from transitplan.demand.time_of_day import Day, split_day, vehicles
from transitplan.demand.travel import CAR, Rule, Travel, travel
from transitplan.errors import ConvergenceError, ValidationError
from transitplan.graph.frequency import FrequencyGraph
from transitplan.graph.road import RoadGraph, compile_road
from transitplan.model.demand import Demand, UserClass
from transitplan.model.network import Network
from transitplan.paths import skim
from transitplan.transit import TransitWeights, skim_transit
from transitplan.units import KPH_PER_MPS, METRES_PER_KM

WITHIN = 0.5  # a trip within a zone costs this share of the way to the nearest other
FURTHER, LESS = 1.5, 0.1  # how the divisor of steps grows: after a worse and a better round


@dataclass(frozen=True)
class SlowMode:
    """Walking or riding at a steady speed, on ways that the use may take."""

    use: str
    speed_kph: float
    weight: float = 1.0  # of its time, against time in a car
    most_km: float = np.inf  # further than this nobody goes


SLOW = {
    "walk": SlowMode("walk", 4.8, weight=1.5, most_km=6.0),
    "ebike": SlowMode("cycle", 18.0, weight=1.2, most_km=25.0),
}


@dataclass(frozen=True, eq=False)
class DemandModel:
    """What the model is made of; all of it stays while costs and trips seek each other.

    Attributes
    ----------
    ends, day, rules, tree
        Of the demand steps; zones in the order of the network's.
    other_s
        Cost of each mode but the car, (n, n) [s].
    distance_cost_cny_per_km
        Of a car.
    terminal_s
        Walk, search and waiting at both ends of a car trip.
    background
        Further vehicles of an hour of each period (trucks, externals), assigned with the cars.
    """

    network: Network
    ends: TripEnds
    day: Day
    rules: Sequence[Rule]
    tree: Nest
    other_s: Mapping[str, Floats]
    distance_cost_cny_per_km: float = 0.0
    terminal_s: float = 0.0
    background: Mapping[str, Demand] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse parts that do not fit each other."""
        zones = compile_road(self.network).zone_ids
        found = []
        if not self.ends.zone_ids.equals(zones):
            found.append("demand model: trip ends have other zones, or another order, than roads.")
        if self.day.purposes != self.ends.purposes:
            found.append("demand model: time of day has other purposes than the trip ends.")
        strange = sorted(set(self.background) - set(self.day.periods))
        if strange:
            found.append(f"demand model: background of unknown periods {', '.join(strange)}.")
        found += [
            f"demand model: background of {period} has other zones than the roads."
            for period, each in self.background.items()
            if not each.zone_ids.equals(zones)
        ]
        if found:
            raise ValidationError(found)


@dataclass(frozen=True, eq=False)
class DemandRun:
    """Trips and times that agree.

    Attributes
    ----------
    travel
        Person trips of the day by purpose and mode, with composite costs.
    demand, assignment
        Vehicles of the hour modelled in each period, and their equilibrium.
    car_s
        Cost of a car trip in each period, (n_periods, n_purposes, n, n) [s].
    history
        One row a round: demand_supply_gap, step.
    accounts
        produced, and by mode, persons a day; vehicles an hour of each period.
    """

    travel: Travel
    demand: Mapping[str, Demand]
    assignment: Mapping[str, Assignment] = field(repr=False)
    car_s: Floats = field(repr=False)
    history: pd.DataFrame = field(repr=False)
    status: str
    accounts: Mapping[str, float]

    @property
    def gap(self) -> float:
        """Demand-supply gap that is left, a share."""
        return float(self.history["demand_supply_gap"].iloc[-1])


def other_costs(
    network: Network,
    lines: FrequencyGraph | None,
    *,
    slow: Mapping[str, SlowMode] = SLOW,
    weights: TransitWeights | None = None,
) -> dict[str, Floats]:
    """Generalised cost of each mode but the car, (n, n) [s]; inf where it does not go.

    Slow modes take the shortest ways that their use may take; ``transit`` the best strategies, and
    no trips within a zone.
    """
    roads = compile_road(network)
    length_m = network.links["length_m"].to_numpy(dtype=float)
    found = {}
    for name, mode in slow.items():
        far_m = within_zones(
            skim(roads, ["length_m"], use=mode.use, times_s=length_m).array("length_m")
        )
        far_m = np.where(far_m <= mode.most_km * METRES_PER_KM, far_m, np.inf)
        found[name] = mode.weight * far_m * (KPH_PER_MPS / mode.speed_kph)
    if lines is not None:
        cost_s = skim_transit(lines, weights=weights)["cost_s"]
        cost = cost_s.loc[roads.zone_ids, roads.zone_ids].to_numpy(dtype=float, copy=True)
        np.fill_diagonal(cost, np.inf)
        found["transit"] = cost
    return found


def within_zones(cost: Floats) -> Floats:
    """Costs with the diagonal made from the way to each zone's nearest neighbour."""
    full = cost.copy()
    np.fill_diagonal(full, np.inf)
    np.fill_diagonal(full, WITHIN * full.min(axis=1))
    return full


def solve_demand(
    model: DemandModel,
    *,
    gap: float = 1e-3,
    rounds: int = 50,
    assignment_gap: float = 1e-6,
    threads: int | None = None,
    strict: bool = True,
) -> DemandRun:
    """Find trips and times that agree.

    Costs are averaged between rounds by the self-regulated steps of Liu, He & He (2009), *Method of
    successive weighted averages*, Networks and Spatial Economics 9: shorter after a round that led
    away, nearly as long after one that led nearer.

    Parameters
    ----------
    gap
        Demand-supply gap to reach, a share; TAG unit M2.1 asks for 0.001.
    assignment_gap
        Relative gap of each equilibrium.

    Raises
    ------
    ConvergenceError
        If the gap is not reached in so many rounds and ``strict`` is true.
    """
    roads = compile_road(model.network)
    free = [skim_cars(model, roads, None)] * len(model.day.periods)
    averaged = np.stack(free)
    now: dict[str, Assignment] = {}
    history: list[dict[str, float]] = []
    divisor = 1.0
    for round_ in range(rounds):
        trips = _travel(model, averaged)
        demands = _hours(model, trips)
        now = {
            period: assign(
                roads, each, PathBased(), gap=assignment_gap, threads=threads, start=now.get(period)
            )
            for period, each in demands.items()
        }
        cost = np.stack([skim_cars(model, roads, now[period]) for period in model.day.periods])
        left = _demand_supply_gap(model, demands, cost)
        worse = bool(history) and left > history[-1]["demand_supply_gap"]
        divisor += (FURTHER if worse else LESS) if history else 0.0
        history.append({"round": round_, "demand_supply_gap": left, "step": 1.0 / divisor})
        if left <= gap:
            break
        averaged = _between(averaged, cost, 1.0 / divisor)
    reached = history[-1]["demand_supply_gap"] <= gap
    if strict and not reached:
        raise ConvergenceError(
            f"solve_demand: a demand-supply gap of {left:.2%} after {rounds} rounds; {gap:.2%} was "
            "asked for. Allow more rounds or a wider gap."
        )
    return DemandRun(
        travel=trips,
        demand=demands,
        assignment=now,
        car_s=cost,
        history=pd.DataFrame(history),
        status="converged" if reached else "round limit",
        accounts=_accounts(model, trips, demands),
    )


def skim_cars(model: DemandModel, roads: RoadGraph, at: Assignment | None) -> Floats:
    """Cost of a car trip for each purpose at the times of an assignment, (n_purposes, n, n) [s]."""
    times = None if at is None else at.time_s
    return np.stack(
        [
            within_zones(skim(roads, ["cost_s"], times_s=times, user_class=each).array("cost_s"))
            + model.terminal_s
            for each in _classes(model)
        ]
    )


def _classes(model: DemandModel) -> tuple[UserClass, ...]:
    """Cars of each purpose: those in it share its money."""
    return tuple(
        UserClass(
            f"car_{rule.purpose}",
            use="car",
            purpose=rule.purpose,
            persons_per_vehicle=rule.occupancy,
            value_of_time_cny_per_h=rule.value_of_time_cny_per_h * rule.occupancy,
            distance_cost_cny_per_km=model.distance_cost_cny_per_km,
        )
        for rule in model.rules
    )


def _travel(model: DemandModel, car_s: Floats) -> Travel:
    """Trips of the day at car costs of the periods; a cost of the day is that of its trips."""
    day = model.day
    of_day = np.zeros(car_s.shape[1:])
    for t in range(len(day.periods)):
        for shares, matrix in ((day.outbound, car_s[t]), (day.back, car_s[t].transpose(0, 2, 1))):
            share = shares[:, t][:, None, None]
            of_day += np.where(share > 0, share, 0.0) * np.where(share > 0, matrix, 0.0)
    n_purposes = len(day.purposes)
    costs = {
        mode: np.broadcast_to(cost, (n_purposes, *cost.shape))
        for mode, cost in model.other_s.items()
    }
    return travel(model.ends, {CAR: of_day, **costs}, model.rules, model.tree)


def _hours(model: DemandModel, trips: Travel) -> dict[str, Demand]:
    """Vehicles of the hour modelled in each period."""
    persons = split_day(trips.trips[CAR], model.day)
    cars = vehicles(persons, [rule.occupancy for rule in model.rules])
    found = {}
    for t, period in enumerate(model.day.periods):
        classes, matrices = _classes(model), cars[t] * model.day.hour_share[period]
        more = model.background.get(period)
        if more is not None:
            classes = (*classes, *more.classes)
            matrices = np.concatenate([matrices, more.trips_vph])
        found[period] = Demand(model.ends.zone_ids, classes, matrices, period)
    return found


def _demand_supply_gap(model: DemandModel, demands: Mapping[str, Demand], car_s: Floats) -> float:
    """Σ C(X) |D(C(X)) − X| / Σ C(X) X over periods, purposes and pairs; cars only."""
    wanted = _hours(model, _travel(model, car_s))
    missed = total = 0.0
    for t, period in enumerate(model.day.periods):
        now, then = (each[period].trips_vph[: len(model.rules)] for each in (demands, wanted))
        cost = np.where(np.isfinite(car_s[t]), car_s[t], 0.0)
        missed += float((cost * np.abs(then - now)).sum())
        total += float((cost * now).sum())
    return missed / total if total > 0 else 0.0


def _between(old: Floats, new: Floats, step: float) -> Floats:
    """Costs a step of the way from old to new; what cannot be reached stays so."""
    reached = np.isfinite(old) & np.isfinite(new)
    apart = np.subtract(new, old, out=np.zeros_like(old), where=reached)
    return np.asarray(old + step * apart)


def _accounts(model: DemandModel, trips: Travel, demands: Mapping[str, Demand]) -> dict[str, float]:
    made = {f"{mode}_per_day": float(each.sum()) for mode, each in trips.trips.items()}
    hours = {f"{period}_vph": each.total_vph for period, each in demands.items()}
    return {"produced_per_day": float(model.ends.productions.sum()), **made, **hours}
