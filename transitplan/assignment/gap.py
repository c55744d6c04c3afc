"""How far flows are from equilibrium, defined once for every method.

The generalised cost of class c on link a is ``t_a(v) + money_ca`` with ``v = Σ_c pce_c x_c``. All
classes share the time, and their costs differ by constants only, so the equilibrium is the least of
a convex function (Beckmann, McGuire & Winsten 1956, *Studies in the Economics of Transportation*;
several classes: Dafermos 1972, *The traffic assignment problem for multiclass-user networks*):

``Z(x) = Σ_a ∫₀^v t_a(u) du + Σ_c pce_c Σ_a money_ca x_ca``.

Its derivative by a trip of class c on a path is pce_c times the cost of the path for class c, so
its optimality conditions are the equilibrium of each class: used paths cost the least.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from transitplan.arrays import Floats
from transitplan.assignment.method import Search, State
from transitplan.assignment.problem import Problem
from transitplan.kernels.delay import integrals


@dataclass(frozen=True)
class Measures:
    """State of an assignment: pce-weighted, in seconds a hour of traffic."""

    total_cost: float  # TSTT: Σ pce x (t + money) [pce/h s]
    least_cost: float  # SPTT: the same trips on their cheapest paths at these times [pce/h s]
    objective: float  # Beckmann's Z [pce/h s]

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
    weight = np.repeat(problem.pce[pairs.tree_class], np.diff(pairs.first_pair))
    return Measures(
        total_cost=float((volume * time).sum()) + money,
        least_cost=float((weight * pairs.trips * label).sum()),
        objective=beckmann(problem, volume) + money,
    )


def beckmann(problem: Problem, volume: Floats) -> float:
    """Σ ∫ t(v) dv over all links, without money [pce/h s]."""
    integral = np.empty(problem.n_links)
    integrals(volume, problem.delay, integral)
    return float(integral.sum())


def money_spent(problem: Problem, class_flow: Floats) -> float:
    """Tolls and distance cost of all traffic, in seconds of each class, Σ pce x money [pce/h s]."""
    return float((problem.pce[:, np.newaxis] * class_flow * problem.money_s).sum())
