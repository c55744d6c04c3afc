"""Elastic demand: trips that answer to what they cost."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from transitplan.arrays import Floats, frozen
from transitplan.assignment.gap import Measures, measure
from transitplan.assignment.method import Method, Search, State
from transitplan.assignment.path_based import FULL_PASS, PathBased, at_paths
from transitplan.assignment.path_flows import on_paths, to_come, with_found
from transitplan.assignment.principle import Task, by_class
from transitplan.assignment.problem import Problem
from transitplan.assignment.reference import Reference, cells, reference_cost
from transitplan.assignment.result import Assignment
from transitplan.errors import ValidationError
from transitplan.kernels import elastic, routes
from transitplan.kernels.elastic import Curves
from transitplan.model.demand import Demand

MOST_PASSES = 2 * FULL_PASS + 1  # of which three are over all pairs: more cost more than they bring


@dataclass(frozen=True, eq=False)
class ElasticDemand:
    """Trips of each pair and class answer to their own cost: q = q₀ (u / c₀)^ε.

    q₀ is the demand as given and c₀ the cost at which it was observed; u is the least generalised
    cost at the end. The answer is the least of ``Z − Σ pce ∫ D⁻¹(q) dq`` over flows and trips, with
    Z as in ``assignment.gap`` and ``D⁻¹(q) = c₀ (q / q₀)^(1/ε)``: Beckmann, McGuire & Winsten
    (1956), *Studies in the Economics of Transportation*, chapter 3. Trips within a zone and trips
    that no route can take stay as they are.

    Parameters
    ----------
    elasticity
        ε, own-cost elasticity of trips: 0 or less, one number or one for each class by name. With
        0 the trips of a class are fixed.
    reference
        c₀: the equilibrium of the network on which the demand was observed (the base network's
        ``Assignment``, whose class of the same name is skimmed), or its costs by class as
        ``Assignment.skim(["cost_s"])`` gives them, or an array (n_classes, n_zones, n_zones) in
        seconds in the order of the demand. On the base network itself the demand comes back as
        it was, as nearly as the reference is solved: costs of single pairs err as the square root
        of its gap (Sioux Falls: trips to 3e-3 with 1e-4, to 2e-9 with 1e-10).

    Examples
    --------
    >>> from transitplan.assignment import assign
    >>> from transitplan.graph import compile_road
    >>> from transitplan.model.cases import two_routes
    >>> network, demand = two_routes()
    >>> roads = compile_road(network)
    >>> base = assign(roads, demand)
    >>> grown = assign(roads, demand.scaled(1.1), principle=ElasticDemand(-0.5, base))
    >>> round(grown.demand.total_vph, 1)
    3232.4
    """

    elasticity: float | Mapping[str, float]
    reference: Reference
    name: ClassVar[str] = "user equilibrium with elastic demand"
    measured: ClassVar[str] = (
        "The relative gap is that of routes, for the trips made; the demand residual is "
        "Σ |q − D(u)| / Σ q, and both must be as small as asked for."
    )

    def set_up(self, problem: Problem, method: Method | None) -> Task:
        """Solve the same problem with trips that vary."""
        solver = ElasticPaths(self._curves(problem), on_paths(self.name, method))
        return Task(problem, solver, solver.measure)

    def finish(self, problem: Problem, state: State, found: Assignment) -> Assignment:
        """Name the demand as it was given."""
        del state
        return replace(found, demand_version=problem.demand.version)

    def _curves(self, problem: Problem) -> Curves:
        """Demand of each pair, checked."""
        value = by_class(self.elasticity, problem, what="elasticity")
        wrong = ~(np.isfinite(value) & (value <= 0.0))
        if wrong.any():
            name = problem.demand.classes[int(wrong.argmax())].name
            raise ValidationError(
                f"ElasticDemand: elasticity is {value[wrong][0]:g} for class {name}; it must be 0 "
                "or less: trips fall where they cost more."
            )
        class_at = cells(problem)[0]
        elasticity = value[class_at]
        cost = reference_cost(self.reference, problem, elasticity < 0.0)
        return Curves(problem.pairs.trips, frozen(cost), frozen(elasticity))


@dataclass(frozen=True)
class ElasticMeasures(Measures):
    """State of an assignment with elastic demand; costs as in ``Measures``, of the trips made."""

    demand_residual: float  # Σ |q − D(u)| / Σ q
    bound: float  # no flows and trips have a lesser objective [pce/h s]

    @property
    def lower_bound(self) -> float:
        """Objective with the times held and every pair at its demand [pce/h s]."""
        return self.bound

    @property
    def worst(self) -> float:
        """The greater of the relative gap and the demand residual."""
        return max(self.relative_gap, self.demand_residual)

    @property
    def more(self) -> Mapping[str, float]:
        """Return the demand residual, for the history."""
        return {"demand_residual": self.demand_residual}


@dataclass(frozen=True, eq=False)
class ElasticPaths:
    """Gradient projection in which demand is one more route of each pair."""

    curves: Curves
    wanted: PathBased
    keeps_paths: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """Name in results and progress."""
        return self.wanted.name

    def start(self, problem: Problem, begin: State | None) -> State:
        """Return the first flows: the demand as given, on its paths."""
        return replace(self.wanted.start(problem, begin), trips=problem.pairs.trips)

    def search(self, problem: Problem, state: State) -> Search:
        """Find the cheapest routes."""
        return self.wanted.search(problem, state)

    def step(self, problem: Problem, state: State, search: Search) -> State:
        """Add the paths of the search, then pass over the pairs until the moves get small."""
        before = self.measure(problem, state, search)
        paths = with_found(problem, state, search)
        goal = self.wanted.inner_share * before.worst
        links = (problem.volume(state.class_flow), state.time_s.copy(), state.slope.copy())
        mark = np.zeros(1 + problem.n_links, np.int64)
        trips = _trips(state).copy()
        pce = problem.pce[problem.class_of_pair]
        excess = np.full(trips.size, np.inf)
        last = (0.0, 0.0)
        for k in range(min(self.wanted.passes, MOST_PASSES)):
            if k % FULL_PASS:  # between passes over all pairs, routes alone where they are far off
                active = np.flatnonzero((paths.n_paths > 1) & (excess >= goal))
                routes.shift(active, trips, pce, paths, links, problem.delay, mark, excess)
                continue
            left, missed = elastic.answer_all(
                paths, pce, self.curves, links, problem.delay, mark, trips, excess
            )
            cost_ahead, trips_ahead = to_come(left, last[0]), to_come(missed, last[1])
            if cost_ahead <= goal * before.total_cost and trips_ahead <= goal * trips.sum():
                break
            last = (left, missed)
        return replace(at_paths(problem, paths), trips=frozen(trips))

    def measure(self, problem: Problem, state: State, search: Search) -> ElasticMeasures:
        """Measure gap and residual for the trips made."""
        trips, label = _trips(state), search.label_s
        usual = measure(with_trips(problem, trips), state.class_flow, state.time_s, label)
        wanted = _demand(self.curves, label)
        pce = problem.pce[problem.class_of_pair]
        total = float(trips.sum())
        benefit = float((pce * _benefit(self.curves, trips)).sum())
        dual = float((pce * (wanted * label - _benefit(self.curves, wanted))).sum())
        return ElasticMeasures(
            total_cost=usual.total_cost,
            least_cost=usual.least_cost,
            objective=usual.objective - benefit,
            class_excess_s=usual.class_excess_s,
            demand_residual=float(np.abs(trips - wanted).sum()) / total if total else 0.0,
            bound=usual.objective - usual.total_cost + dual,
        )


def with_trips(problem: Problem, trips: Floats) -> Problem:
    """Return the problem with other trips of its pairs, demand and accounts as they are."""
    return replace(problem, pairs=problem.pairs._replace(trips=trips))


def realised(problem: Problem, state: State) -> Problem:
    """Return the problem with the trips that a state has made: pairs, demand and accounts."""
    if state.trips is None:
        return problem
    class_at, origin, destination = cells(problem)
    given = problem.demand
    matrix = given.trips_vph.copy()
    matrix[class_at, origin, destination] = state.trips
    demand = Demand(given.zone_ids, given.classes, matrix, given.name, given.made_from)
    accounts = problem.accounts.copy()
    accounts["assigned"] = np.bincount(class_at, state.trips, problem.n_classes)
    accounts["demand"] = accounts[["assigned", "intrazonal", "unreachable"]].sum(axis=1)
    return replace(with_trips(problem, state.trips), demand=demand, accounts=accounts)


def _trips(state: State) -> Floats:
    if state.trips is None:
        raise TypeError("elastic demand needs a state with trips")
    return state.trips


def _demand(curves: Curves, cost: Floats) -> Floats:
    """D(u) of each pair, (n_pairs,) [veh/h]."""
    elastic_pair = curves.elasticity < 0.0
    ratio = np.where(elastic_pair, cost, 1.0) / np.where(elastic_pair, curves.cost_s, 1.0)
    wanted: Floats = curves.trips * ratio**curves.elasticity
    return wanted


def _benefit(curves: Curves, trips: Floats) -> Floats:
    """∫ D⁻¹(q) dq from the trips as given, (n_pairs,) [veh/h s]; 0 where they are fixed."""
    moving = curves.elasticity < 0.0
    elasticity = np.where(moving, curves.elasticity, -1.0)
    power = 1.0 + 1.0 / elasticity
    grown = np.log(np.where(moving, trips, curves.trips) / curves.trips)
    flat = power == 0.0
    area = np.where(flat, grown, np.expm1(power * grown) / np.where(flat, 1.0, power))
    benefit: Floats = np.where(moving, curves.cost_s, 0.0) * curves.trips * area
    return benefit
