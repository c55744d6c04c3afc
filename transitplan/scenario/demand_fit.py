"""A demand model fitted to its targets while costs and trips seek each other."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from transitplan.arrays import Floats
from transitplan.demand.travel import CAR, Rule, travel_for
from transitplan.demand.travel_fit import fit_rule
from transitplan.scenario.demand_costs import CarTimes
from transitplan.scenario.demand_file import Mode
from transitplan.scenario.demand_model import DemandModel
from transitplan.scenario.demand_targets import Targets
from transitplan.units import SECONDS_PER_MINUTE

MOVES = 12  # of the rules in a round of the feedback; costs change more than these leave


@dataclass(frozen=True, eq=False)
class Fitting:
    """Constants, deterrence and the car's terminal time, moved towards targets at given costs.

    Called by ``solve_demand`` each round.

    Attributes
    ----------
    km
        Length of each trip, (n, n).
    car
        Whose range the terminal time keeps to.
    """

    targets: Targets
    km: Floats
    car: Mode

    def __call__(self, model: DemandModel, car: CarTimes) -> tuple[DemandModel, float]:
        """Return the model with moved rules, and what the furthest of them misses.

        A rule that cannot come nearer, and so hardly moves any more, misses no more than it moves.
        """
        costs, known = model.costs_s(car), self.targets.known()
        rules, missed = [], 0.0
        for k, rule in enumerate(model.rules):
            own = {mode: costs[mode][k] for mode in model.tree.alternatives}
            k_factor = model.k_factors.get(rule.purpose)
            purpose = (model.ends, k, own, model.tree, model.with_car, k_factor)
            moved, off = fit_rule(purpose, rule, known[rule.purpose], km=self.km, rounds=MOVES)
            rules.append(moved)
            missed = max(missed, min(off, _moved(rule, moved)))
        return self._with_terminal(replace(model, rules=rules), costs, car, missed)

    def _with_terminal(
        self, model: DemandModel, costs: Mapping[str, Floats], car: CarTimes, missed: float
    ) -> tuple[DemandModel, float]:
        """Return the model with a terminal time that brings the mean minutes nearer to theirs.

        The first purpose of the table that has mean minutes, and trips by car, counts: there is
        one terminal time.
        """
        (low, high), minutes = terminal_range(self.car), model.minutes(car)
        if low == high:
            return model, missed
        for purpose, wanted in self.targets.mean_min().items():
            k = model.ends.purposes.index(purpose)
            trips = _trips(model, k, costs)
            total, by_car = (
                sum(float(trips[mode].sum()) for mode in modes)
                for modes in (trips, [mode for mode in (CAR, model.passenger) if mode])
            )
            if by_car > 0:
                mean = mean_of(trips, {mode: each[k] for mode, each in minutes.items()})
                now = model.terminal_s / SECONDS_PER_MINUTE
                then = float(np.clip(now + (wanted - mean) * total / by_car, low, high))
                model = replace(model, terminal_s=then * SECONDS_PER_MINUTE)
                return model, max(missed, abs(then - now) / wanted)
        return model, missed


def _trips(model: DemandModel, k: int, costs: Mapping[str, Floats]) -> dict[str, Floats]:
    """Trips of one purpose by mode at these costs."""
    rule = model.rules[k]
    own = {mode: costs[mode][k] for mode in model.tree.alternatives}
    k_factor = model.k_factors.get(rule.purpose)
    return travel_for(model.ends, k, own, rule, model.tree, model.with_car, k_factor)[0]


def _moved(rule: Rule, then: Rule) -> float:
    """How far a rule moved: the most of its constants, and deterrence as a share of itself."""
    moves = [
        abs(c - rule.constants.get(mode, 0.0))
        for mode, c in then.constants.items()
        if np.isfinite(c)
    ]
    return max([abs(then.deterrence_per_s / rule.deterrence_per_s - 1.0), *moves])


def terminal_range(car: Mode) -> tuple[float, float]:
    """Least and greatest terminal time of the car [min]."""
    low, high = car.terminal_low_min, car.terminal_high_min
    return (
        car.terminal_min if low is None else low,
        car.terminal_min if high is None else high,
    )


def mean_of(trips: Mapping[str, Floats], values: Mapping[str, Floats]) -> float:
    """Mean of a quantity over the trips of all modes; cells without trips are left out."""
    total = weighted = 0.0
    for mode, each in trips.items():
        made = each > 0
        total += float(each.sum())
        weighted += float((each[made] * values[mode][made]).sum())
    return weighted / total if total > 0 else float("nan")
