"""The whole demand model with congestion: trips, their ways and the times that these make agree.

Trip ends → distribution and mode choice on generalised costs → periods and directions → vehicles →
equilibrium of each period → costs, and again, with averaged costs. What is still between demand and
supply is measured as UK Department for Transport, TAG unit M2.1 does: Σ C(X) |D(C(X)) − X| over
Σ C(X) X, X being the trips assigned, C their costs and D the demand at these.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.assignment import Assignment, PathBased, assign
from transitplan.demand.choice import Nest
from transitplan.demand.generation import TripEnds
from transitplan.demand.time_of_day import Day, split_day, vehicles
from transitplan.demand.travel import CAR, Rule, Travel, travel
from transitplan.errors import ConvergenceError, ValidationError
from transitplan.graph.road import RoadGraph, compile_road
from transitplan.model.demand import Demand, UserClass
from transitplan.model.network import Network
from transitplan.scenario.demand_costs import CarTimes, other_costs, skim_hour
from transitplan.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

__all__ = ("DemandModel", "DemandRun", "Fit", "other_costs", "solve_demand")

FURTHER, LESS = 1.5, 0.1  # how the divisor of steps grows: after a worse and a better round
FITTED = 1e-3  # of shares and lengths that a fit may miss when costs and trips agree


@dataclass(frozen=True, eq=False)
class DemandModel:
    """What the model is made of; all of it stays while costs and trips seek each other.

    Attributes
    ----------
    ends, day, rules, tree
        Of the demand steps; zones in the order of the network's.
    other_s
        Cost of each mode but the car and its passengers, (n, n) or (n_purposes, n, n) [s].
    distance_cost_cny_per_km
        Of a car, where ``class_of`` says no other.
    terminal_s
        Walk, search and waiting at both ends of a car trip.
    background
        Further vehicles of an hour of each period (trucks, externals), assigned with the cars;
        those of a class of the same name are added to it.
    parking_cny
        Of a car trip.
    class_of
        Assignment class of each purpose's cars; a class a purpose where there is none.
    modelled
        Periods whose hour is assigned; all where none is said. In the others roads are empty.
    passenger
        Name of the mode of those who ride along: a trip of the mode ``car`` is then a vehicle.
        Without it ``Rule.occupancy`` trips make one. Either way those in a car share its money.
    with_car
        Modes for those who have a car at hand.
    other_min
        Minutes from door to door of the modes of ``other_s``, for what is told of the trips.
    k_factors
        Times the pull of each pair by purpose, as for ``travel``.
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
    parking_cny: float = 0.0
    class_of: Mapping[str, UserClass] = field(default_factory=dict)
    modelled: tuple[str, ...] = ()
    passenger: str = ""
    with_car: tuple[str, ...] = (CAR,)
    other_min: Mapping[str, Floats] = field(default_factory=dict)
    k_factors: Mapping[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse parts that do not fit each other."""
        zones = compile_road(self.network).zone_ids
        found = []
        if not self.ends.zone_ids.equals(zones):
            found.append("demand model: trip ends have other zones, or another order, than roads.")
        if self.day.purposes != self.ends.purposes:
            found.append("demand model: time of day has other purposes than the trip ends.")
        strange = sorted({*self.background, *self.modelled} - set(self.day.periods))
        if strange:
            found.append(f"demand model: background of unknown periods {', '.join(strange)}.")
        found += [
            f"demand model: background of {period} has other zones than the roads."
            for period, each in self.background.items()
            if not each.zone_ids.equals(zones)
        ]
        if found:
            raise ValidationError(found)

    @property
    def periods(self) -> tuple[str, ...]:
        """Periods whose hour is assigned, in the order of the day."""
        return tuple(p for p in self.day.periods if p in self.modelled or not self.modelled)

    @cached_property
    def classes(self) -> tuple[UserClass, ...]:
        """Classes of cars, each once."""
        return tuple(dict.fromkeys(self._class(rule) for rule in self.rules))

    @cached_property
    def places(self) -> list[int]:
        """Position of each purpose's class."""
        return [self.classes.index(self._class(rule)) for rule in self.rules]

    def _class(self, rule: Rule) -> UserClass:
        """Cars of a purpose: those in it share its money."""
        return self.class_of.get(rule.purpose) or UserClass(
            f"car_{rule.purpose}",
            use="car",
            purpose=rule.purpose,
            persons_per_vehicle=rule.occupancy,
            value_of_time_cny_per_h=rule.value_of_time_cny_per_h * rule.occupancy,
            distance_cost_cny_per_km=self.distance_cost_cny_per_km,
        )

    def costs_s(self, car: CarTimes) -> dict[str, Floats]:
        """Cost of a trip of the day by every mode, (n_purposes, n, n) [s]."""
        times = car.of_day(self.day, self.places)
        found = {CAR: self.driver_s(times.time_s, times.money_cny)}
        if self.passenger:
            found[self.passenger] = found[CAR]
        n_purposes, n, _ = times.time_s.shape
        return found | {
            mode: np.broadcast_to(cost, (n_purposes, n, n)) for mode, cost in self.other_s.items()
        }

    def driver_s(self, time_s: Floats, money_cny: Floats) -> Floats:
        """Cost of a trip to each of those in a car, (…, n_purposes, n, n) [s]."""
        worth = np.array(
            [SECONDS_PER_HOUR / r.value_of_time_cny_per_h / r.occupancy for r in self.rules]
        )
        money = money_cny + self.parking_cny
        return np.asarray(time_s + self.terminal_s + money * worth[:, None, None])

    def minutes(self, car: CarTimes) -> dict[str, Floats]:
        """Minutes from door to door of a trip of the day by every mode, (n_purposes, n, n)."""
        by_car = car.of_day(self.day, self.places).time_s + self.terminal_s
        both = [CAR, self.passenger] if self.passenger else [CAR]
        return dict.fromkeys(both, by_car / SECONDS_PER_MINUTE) | {
            mode: np.broadcast_to(each, by_car.shape) for mode, each in self.other_min.items()
        }


@dataclass(frozen=True, eq=False)
class DemandRun:
    """Trips and times that agree.

    Attributes
    ----------
    model
        With the rules that a fit found.
    travel
        Person trips of the day by purpose and mode, with composite costs.
    demand, assignment
        Vehicles of the hour modelled in each period, and their equilibrium.
    before, car
        What cars took that the trips were made at, and what they take at the equilibria.
    history
        One row a round: demand_supply_gap, step, and what a fit missed.
    accounts
        produced, and by mode, persons a day; vehicles an hour of each period.
    """

    model: DemandModel
    travel: Travel
    demand: Mapping[str, Demand]
    assignment: Mapping[str, Assignment] = field(repr=False)
    before: CarTimes = field(repr=False)
    car: CarTimes = field(repr=False)
    history: pd.DataFrame = field(repr=False)
    status: str
    accounts: Mapping[str, float]

    @property
    def gap(self) -> float:
        """Demand-supply gap that is left, a share."""
        return float(self.history["demand_supply_gap"].iloc[-1])

    @property
    def car_s(self) -> Floats:
        """Cost of a car trip in each period, (n_periods, n_purposes, n, n) [s]."""
        places = self.model.places
        return self.model.driver_s(self.car.time_s[:, places], self.car.money_cny[:, places])


Fit = Callable[[DemandModel, CarTimes], tuple[DemandModel, float]]


def solve_demand(
    model: DemandModel,
    *,
    gap: float = 1e-3,
    rounds: int = 50,
    assignment_gap: float = 1e-6,
    fit: Fit | None = None,
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
    fit
        Called each round with the model and the cars' times; returns the model nearer to what is
        known, and what it missed. Rounds go on until that is small, too.

    Raises
    ------
    ConvergenceError
        If the gap is not reached in so many rounds and ``strict`` is true.
    """
    roads = compile_road(model.network)
    free = skim_hour(roads, model.classes, None, threads)
    averaged = CarTimes(*(np.stack([each] * len(model.day.periods)) for each in free))
    now: dict[str, Assignment] = {}
    history: list[dict[str, float]] = []
    divisor, missed = 1.0, 0.0
    for round_ in range(rounds):
        if fit is not None:
            model, missed = fit(model, averaged)
        trips = _travel(model, averaged)
        demands = hour_demands(model, trips)
        now = {
            period: assign(
                roads, each, PathBased(), gap=assignment_gap, threads=threads, start=now.get(period)
            )
            for period, each in demands.items()
        }
        car = _times(model, roads, free, now, threads)
        left = _demand_supply_gap(model, trips, car)
        worse = bool(history) and left > history[-1]["demand_supply_gap"]
        divisor += (FURTHER if worse else LESS) if history else 0.0
        step = 1.0 / divisor
        history.append(
            {"round": round_, "demand_supply_gap": left, "step": step, "fit_missed": missed}
        )
        reached = left <= gap and missed <= FITTED
        if reached or round_ == rounds - 1:
            break
        averaged = averaged.towards(car, step)
    if strict and not reached:
        raise ConvergenceError(
            f"solve_demand: a demand-supply gap of {left:.2%} after {rounds} rounds; {gap:.2%} was "
            f"asked for. What is fitted is {missed:.2%} off. Allow more rounds or a wider gap."
        )
    return DemandRun(
        model=model,
        travel=trips,
        demand=demands,
        assignment=now,
        before=averaged,
        car=car,
        history=pd.DataFrame(history),
        status="converged" if reached else "round limit",
        accounts=_accounts(model, trips, demands),
    )


def _times(
    model: DemandModel,
    roads: RoadGraph,
    free: tuple[Floats, Floats],
    now: Mapping[str, Assignment],
    threads: int | None,
) -> CarTimes:
    """What cars take at the equilibria; on empty roads in periods that are not modelled."""
    found = [
        skim_hour(roads, model.classes, now[period].time_s, threads) if period in now else free
        for period in model.day.periods
    ]
    return CarTimes(*(np.stack([each[i] for each in found]) for i in range(2)))


def _travel(model: DemandModel, car: CarTimes) -> Travel:
    """Trips of the day at what cars take in the periods."""
    return travel(
        model.ends,
        model.costs_s(car),
        model.rules,
        model.tree,
        with_car=model.with_car,
        k_factors=model.k_factors,
    )


def hour_demands(model: DemandModel, trips: Travel) -> dict[str, Demand]:
    """Vehicles of the hour modelled in each period, the background with them."""
    return {
        period: _with(own, model.background.get(period))
        for period, own in own_cars(model, trips).items()
    }


def day_cars(model: DemandModel, trips: Travel) -> Floats:
    """Cars of the day from production to attraction, (n_purposes, n, n)."""
    filled = [1.0 if model.passenger else rule.occupancy for rule in model.rules]
    return vehicles(trips.trips[CAR], filled)


def own_cars(model: DemandModel, trips: Travel) -> dict[str, Demand]:
    """Cars of the hour modelled in each period."""
    cars = split_day(day_cars(model, trips), model.day)
    found = {}
    for period in model.periods:
        by_purpose = cars[model.day.periods.index(period)] * model.day.hour_share[period]
        own = np.zeros((len(model.classes), *by_purpose.shape[1:]))
        np.add.at(own, model.places, by_purpose)
        found[period] = Demand(model.ends.zone_ids, model.classes, own, period)
    return found


def _with(own: Demand, more: Demand | None) -> Demand:
    """A demand and the background: classes of the same name are one."""
    if more is None:
        return own
    names = [each.name for each in own.classes]
    trips = own.trips_vph.copy()
    further = []
    for each, matrix in zip(more.classes, more.trips_vph, strict=True):
        if each.name in names:
            trips[names.index(each.name)] += matrix
        else:
            further.append((each, matrix))
    matrices = np.concatenate([trips, *(matrix[None] for _, matrix in further)])
    classes = (*own.classes, *(each for each, _ in further))
    return Demand(own.zone_ids, classes, matrices, own.name)


def _demand_supply_gap(model: DemandModel, trips: Travel, car: CarTimes) -> float:
    """Σ C(X) |D(C(X)) − X| / Σ C(X) X over periods, classes and pairs; without the background."""
    made, wanted = own_cars(model, trips), own_cars(model, _travel(model, car))
    worth = np.array([SECONDS_PER_HOUR / each.value_of_time_cny_per_h for each in model.classes])
    missed = total = 0.0
    for period in model.periods:
        t = model.day.periods.index(period)
        cost = car.time_s[t] + model.terminal_s
        cost = cost + worth[:, None, None] * (car.money_cny[t] + model.parking_cny)
        now, then = (each[period].trips_vph for each in (made, wanted))
        cost = np.where(np.isfinite(cost), cost, 0.0)
        missed += float((cost * np.abs(then - now)).sum())
        total += float((cost * now).sum())
    return missed / total if total > 0 else 0.0


def _accounts(model: DemandModel, trips: Travel, demands: Mapping[str, Demand]) -> dict[str, float]:
    made = {f"{mode}_per_day": float(each.sum()) for mode, each in trips.trips.items()}
    hours = {f"{period}_vph": each.total_vph for period, each in demands.items()}
    return {"produced_per_day": float(model.ends.productions.sum()), **made, **hours}
