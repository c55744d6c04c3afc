"""Stochastic user equilibrium: routes in logit shares of their costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from transitplan.arrays import Floats
from transitplan.assignment.gap import Measures, measure
from transitplan.assignment.method import Method, Search, State
from transitplan.assignment.path_based import PathBased, at_paths
from transitplan.assignment.path_flows import on_paths, to_come, with_found
from transitplan.assignment.principle import Task, by_class
from transitplan.assignment.problem import Problem
from transitplan.assignment.result import Assignment
from transitplan.errors import ValidationError
from transitplan.kernels import logit


@dataclass(frozen=True)
class StochasticEquilibrium:
    """Travellers see costs with errors of their own: the routes of a pair carry logit shares.

    A route of cost c carries ``q exp(−θ c) / Σ exp(−θ c)`` of the q trips of its pair, at the costs
    of these very flows: the least of ``Z + Σ pce / θ h ln(h / q)`` over the flows h of routes, with
    Z as in ``assignment.gap`` (Fisk 1980, *Some developments in equilibrium traffic assignment*,
    Transportation Research Part B 14).

    The shares are among a set of routes, and they depend on it. The set holds every route that is
    the cheapest of its pair at the free-flow times or at the flows of some iteration, and it is
    closed: at the end no route outside is cheaper than the cheapest inside. Routes of an earlier
    assignment given as ``start`` join the set, which is how to lay down a set of one's own. The
    greater θ, the more iterations a fine gap takes, and the nearer is user equilibrium.

    Parameters
    ----------
    theta_per_s
        θ in 1/s of generalised cost, one number or one for each class by name. Between two routes
        a second of difference changes the ratio of their flows by the factor exp(−θ); the spread
        of errors is π / (θ √6) seconds.

    Examples
    --------
    >>> from transitplan.assignment import assign
    >>> from transitplan.graph import compile_road
    >>> from transitplan.model.cases import two_routes
    >>> network, demand = two_routes()
    >>> found = assign(compile_road(network), demand, principle=StochasticEquilibrium(0.001))
    >>> found.flow_vph.round(1).tolist()
    [1618.3, 1381.7, 0.0]
    """

    theta_per_s: float | Mapping[str, float]
    name: ClassVar[str] = "stochastic user equilibrium (logit)"
    measured: ClassVar[str] = (
        "The relative gap is the share of trips that are not on their logit routes at these costs, "
        "Σ |h − q P| / Σ q, over the set of routes and all routes now cheaper than it."
    )

    def set_up(self, problem: Problem, method: Method | None) -> Task:
        """Solve the same problem on path flows that all stay above 0."""
        theta = by_class(self.theta_per_s, problem, what="theta_per_s")
        wrong = ~(np.isfinite(theta) & (theta > 0.0))
        if wrong.any():
            name = problem.demand.classes[int(wrong.argmax())].name
            raise ValidationError(
                f"StochasticEquilibrium: theta_per_s is {theta[wrong][0]:g} for class {name}; it "
                "must be above 0 and finite. UserEquilibrium() is the limit of great values."
            )
        solver = LogitPaths(theta, on_paths(self.name, method))
        return Task(problem, solver, solver.measure)

    def finish(self, problem: Problem, state: State, found: Assignment) -> Assignment:
        """Leave the result as it is."""
        del problem, state
        return found


@dataclass(frozen=True)
class LogitMeasures(Measures):
    """State of a stochastic assignment; costs as in ``Measures``."""

    misplaced: float  # Σ |h − q P| / Σ q
    bound: float  # no flows on this set of routes have a lesser objective [pce/h s]

    @property
    def relative_gap(self) -> float:
        """Share of trips that are not on their logit routes."""
        return self.misplaced

    @property
    def lower_bound(self) -> float:
        """Fisk's dual at these costs, for the set of routes at hand [pce/h s]."""
        return self.bound


@dataclass(frozen=True, eq=False)
class LogitPaths:
    """Gradient projection of Fisk's program: pairwise Newton steps between the routes of a pair."""

    theta: Floats  # (n_classes,) 1/s
    wanted: PathBased
    keeps_paths: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """Name in results and progress."""
        return self.wanted.name

    def start(self, problem: Problem, begin: State | None) -> State:
        """Return the first flows: on the shortest paths, and on those of an earlier state."""
        return self.wanted.start(problem, begin)

    def search(self, problem: Problem, state: State) -> Search:
        """Find the cheapest routes."""
        return self.wanted.search(problem, state)

    def step(self, problem: Problem, state: State, search: Search) -> State:
        """Add the routes of the search, then pass over the pairs until few trips are misplaced."""
        paths = with_found(problem, state, search)
        links = (problem.volume(state.class_flow), state.time_s.copy(), state.slope.copy())
        mark = np.zeros(1 + problem.n_links, np.int64)
        cost = np.empty(paths.flow.size)
        trips = float(problem.pairs.trips.sum())
        goal = self.wanted.inner_share * self.measure(problem, state, search).misplaced * trips
        before = 0.0
        for _ in range(self.wanted.passes):
            wrong = logit.shares_all(
                problem.pairs, paths, problem.pce, self.theta, links, problem.delay, mark, cost
            )
            if to_come(wrong, before) <= goal:
                break
            before = wrong
        return at_paths(problem, paths)

    def measure(self, problem: Problem, state: State, search: Search) -> LogitMeasures:
        """Measure over the routes of the state and those of the search."""
        paths = with_found(problem, state, search)
        usual = measure(problem, state.class_flow, state.time_s, search.label_s)
        wrong, entropy, least = logit.distance_all(
            problem.pairs, paths, problem.pce, self.theta, state.time_s, np.empty(paths.flow.size)
        )
        trips = float(problem.pairs.trips.sum())
        return LogitMeasures(
            total_cost=usual.total_cost,
            least_cost=usual.least_cost,
            objective=usual.objective + entropy,
            class_excess_s=usual.class_excess_s,
            misplaced=wrong / trips if trips else 0.0,
            bound=usual.objective - usual.total_cost + least,
        )
