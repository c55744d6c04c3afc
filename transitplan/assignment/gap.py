"""How far flows are from equilibrium, defined once for every method.

The generalised cost of class c on link a is ``t_a(v) + money_ca`` with ``v = Σ_c pce_c x_c``. All
classes share the time, and their costs differ by constants only, so the equilibrium is the least of
a convex function (Beckmann, McGuire & Winsten 1956, *Studies in the Economics of Transportation*;
several classes: Dafermos 1972, *The traffic assignment problem for multiclass-user networks*):

``Z(x) = Σ_a ∫₀^v t_a(u) du + Σ_c pce_c Σ_a money_ca x_ca``.

Its derivative by a trip of class c on a path is pce_c times the cost of the path for class c, so
its optimality conditions are the equilibrium of each class: used paths cost the least.

What is left of the gap is worth money in two ways. *The gap's worth* is what all travellers could
still save together by changing route while times stay as they are. *The error of the total cost*
is another thing, and larger: total cost is not least at equilibrium, so that a gap ε moves it by
the order of √ε. With u the least costs and w the value of a second, the total cost of any flows is
Σ w trips u plus the gap's worth, and u is concave in the times with the flows as slopes, so the
error is at most the gap's worth plus ``|Σ_a V_a Δt_a|``, V_a being the flows in money a second. The
costs are monotone: ``Σ_a Δv_a Δt_a ≤ TSTT − SPTT``. By Cauchy and Schwarz, with t' for Δt/Δv,

``error ≤ Σ_c w_c (TSTT_c − SPTT_c) + √((TSTT − SPTT) Σ_a V_a² t'_a)``,

true to leading order for small gaps. It is cautious: on test networks the error was up to 20 times
the gap's worth, and never more than a fifth of this bound.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from transitplan.arrays import Floats
from transitplan.assignment.method import Search, State
from transitplan.assignment.problem import Problem
from transitplan.kernels.delay import integrals
from transitplan.model.demand import UserClass
from transitplan.units import SECONDS_PER_HOUR


@dataclass(frozen=True, eq=False)
class Measures:
    """State of an assignment: pce-weighted, in seconds a hour of traffic."""

    total_cost: float  # TSTT: Σ pce x (t + money) [pce/h s]
    least_cost: float  # SPTT: the same trips on their cheapest paths at these times [pce/h s]
    objective: float  # Beckmann's Z [pce/h s]
    class_excess_s: Floats  # (n_classes,) TSTT − SPTT of each class, in vehicles [veh/h s]

    @property
    def relative_gap(self) -> float:
        """(TSTT − SPTT) / TSTT on generalised cost; 0 without traffic."""
        if self.total_cost == 0.0:
            return 0.0
        return (self.total_cost - self.least_cost) / self.total_cost

    @property
    def lower_bound(self) -> float:
        """No flows can have a lesser Z: Z − (TSTT − SPTT), since Z is convex [pce/h s]."""
        return self.objective - (self.total_cost - self.least_cost)

    @property
    def worst(self) -> float:
        """What has to fall to the gap asked for: of several measures the largest."""
        return self.relative_gap

    @property
    def more(self) -> Mapping[str, float]:
        """Further measures by name, for the history."""
        return {}


def by_routes(problem: Problem, state: State, search: Search) -> Measures:
    """Measure a state by what its travellers would save on the routes of a search."""
    return measure(problem, state.class_flow, state.time_s, search.label_s)


def measure(problem: Problem, class_flow: Floats, time: Floats, label: Floats) -> Measures:
    """Return gap, objective and bound of flows.

    Parameters
    ----------
    problem
        What is solved.
    class_flow
        (n_classes, n_links) [veh/h].
    time
        Link times at these flows, (n_links,) [s].
    label
        Least cost of each pair at these times, (n_pairs,) [s].
    """
    pairs = problem.pairs
    volume = problem.volume(class_flow)
    money = money_spent(problem, class_flow)
    class_at = np.repeat(pairs.tree_class, np.diff(pairs.first_pair))
    least = pairs.trips * label
    spent = (class_flow * (time + problem.money_s)).sum(axis=1)
    return Measures(
        total_cost=float((volume * time).sum()) + money,
        least_cost=float((problem.pce[class_at] * least).sum()),
        objective=beckmann(problem, volume) + money,
        class_excess_s=spent - np.bincount(class_at, least, problem.n_classes),
    )


def cost_error(problem: Problem, class_flow: Floats, slope: Floats, found: Measures) -> float:
    """How far the total cost of all classes may be from that at equilibrium, at most [CNY/h].

    Parameters
    ----------
    problem
        What was solved.
    class_flow
        (n_classes, n_links) [veh/h].
    slope
        Derivative of the link times at these flows, (n_links,) [s h/pce].
    found
        Measured at these flows.
    """
    worth = value_of_time(problem.demand.classes)
    spread = float(((worth @ class_flow) ** 2 * slope).sum())
    left = max(found.total_cost - found.least_cost, 0.0)
    return float(worth @ np.maximum(found.class_excess_s, 0.0)) + math.sqrt(left * spread)


def value_of_time(classes: Sequence[UserClass]) -> Floats:
    """What a second of a vehicle is worth to each class, (n_classes,) [CNY/s]."""
    return np.array([each.value_of_time_cny_per_h for each in classes]) / SECONDS_PER_HOUR


def beckmann(problem: Problem, volume: Floats) -> float:
    """Σ ∫ t(v) dv over all links, without money [pce/h s]."""
    integral = np.empty(problem.n_links)
    integrals(volume, problem.delay, integral)
    return float(integral.sum())


def money_spent(problem: Problem, class_flow: Floats) -> float:
    """Tolls, distance cost and time lost on climbs of all traffic, Σ pce x money_s [pce/h s]."""
    return float((problem.pce[:, np.newaxis] * class_flow * problem.money_s).sum())
