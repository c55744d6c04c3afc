"""What trips cost in the demand model: cars at the times of an equilibrium, all else from skims."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from transitplan.arrays import Floats
from transitplan.demand.distribution import within_zones
from transitplan.demand.mode_costs import ModeCosts
from transitplan.demand.time_of_day import Day
from transitplan.demand.travel import CAR
from transitplan.graph.road import RoadGraph
from transitplan.model.demand import UserClass
from transitplan.paths import skim
from transitplan.units import SECONDS_PER_MINUTE

ON_STREETS = ("walk", "cycle", "ebike")


@dataclass(frozen=True, eq=False)
class CarTimes:
    """Time on the way and money of a vehicle, (n_periods, n_classes, n, n); inf without a way."""

    time_s: Floats
    money_cny: Floats

    def towards(self, other: "CarTimes", step: float) -> "CarTimes":
        """What is a step of the way to another; pairs without a way stay so."""
        return CarTimes(
            _between(self.time_s, other.time_s, step),
            _between(self.money_cny, other.money_cny, step),
        )

    def of_day(self, day: Day, place: Sequence[int]) -> "CarTimes":
        """Means over the trips of a day of each purpose, (n_purposes, n, n).

        place
            Position of each purpose's class.
        """
        return CarTimes(*(_of_day(each[:, place], day) for each in (self.time_s, self.money_cny)))


def _of_day(values: Floats, day: Day) -> Floats:
    """Mean of (n_periods, n_purposes, n, n) over periods and directions, by shares of the trips."""
    found = np.zeros(values.shape[1:])
    for t in range(len(day.periods)):
        for shares, matrix in (
            (day.outbound, values[t]),
            (day.back, values[t].transpose(0, 2, 1)),
        ):
            share = shares[:, t][:, None, None]
            found += np.where(share > 0, share, 0.0) * np.where(share > 0, matrix, 0.0)
    return found


def _between(old: Floats, new: Floats, step: float) -> Floats:
    reached = np.isfinite(old) & np.isfinite(new)
    apart = np.subtract(new, old, out=np.zeros_like(old), where=reached)
    return np.asarray(old + step * apart)


def skim_hour(
    roads: RoadGraph, classes: Sequence[UserClass], times_s: Floats | None, threads: int | None
) -> tuple[Floats, Floats]:
    """Seconds and money of a vehicle of each class, (n_classes, n, n) each.

    times_s
        Of each link; those of empty roads where it is None.
    """
    found = [
        skim(roads, ["time_s", "money_cny"], times_s=times_s, user_class=each, threads=threads)
        for each in classes
    ]
    time, money = (
        np.stack([within_zones(each.array(name)) for each in found])
        for name in ("time_s", "money_cny")
    )
    return time, money


def other_costs(
    costs: ModeCosts,
    *,
    within: Collection[str] = ON_STREETS,
    longest_min: Mapping[str, float] | None = None,
) -> dict[str, Floats]:
    """Generalised cost of each mode but the car, (n, n) [s]; inf where it does not go.

    Parameters
    ----------
    costs
        As ``demand.mode_costs.mode_costs`` brings skims to one cost.
    within
        Modes that also serve trips within a zone, at half the cost to the nearest other zone.
    longest_min
        Time from door to door that nobody exceeds, by mode.

    Examples
    --------
    >>> from transitplan.demand.mode_costs import mode_costs
    >>> from transitplan.graph.road import compile_road
    >>> from transitplan.io import read_network
    >>> roads = compile_road(read_network("networks/two_banks/2025"))
    >>> costs = mode_costs({"walk": skim(roads, use="walk"), "ebike": skim(roads, use="cycle")})
    >>> found = other_costs(costs, longest_min={"walk": 120})
    >>> bool(np.isfinite(found["walk"][0, 1])), bool(np.isfinite(found["ebike"][0, 1]))
    (False, True)
    """
    limits = longest_min or {}
    found = {}
    for mode in costs.modes:
        if mode == CAR:
            continue
        cost = within_zones(costs.values[mode]["cost_min"] * SECONDS_PER_MINUTE)
        too_long = door_to_door(costs, mode) > limits.get(mode, np.inf)
        cost[too_long & ~np.eye(len(cost), dtype=bool)] = np.inf
        if mode not in within:
            np.fill_diagonal(cost, np.inf)
        found[mode] = cost
    return found


def door_to_door(costs: ModeCosts, mode: str) -> Floats:
    """Minutes of a mode from door to door, half of those to the nearest zone within one, (n, n)."""
    parts = costs.values[mode]
    return within_zones(parts["walk_min"] + parts["wait_min"] + parts["vehicle_min"])
