"""One loop for every principle and method of assignment."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from transitplan.arrays import frozen
from transitplan.assignment.bush_based import BushBased, planted
from transitplan.assignment.bushes import from_pools, taken_over
from transitplan.assignment.checks import argument_problems, check_times
from transitplan.assignment.choice import suited
from transitplan.assignment.elastic import realised
from transitplan.assignment.gap import Measures, cost_error
from transitplan.assignment.link_based import AllOrNothing
from transitplan.assignment.method import Method, State, at_flow
from transitplan.assignment.path_based import at_paths
from transitplan.assignment.principle import Measure, Principle, UserEquilibrium
from transitplan.assignment.problem import ACCOUNTS, Problem, check_balance, compile_problem
from transitplan.assignment.result import PLAIN, Assignment, Status
from transitplan.assignment.routes import from_paths, to_paths
from transitplan.assignment.select import made_of
from transitplan.errors import ConvergenceError, ValidationError
from transitplan.graph.road import RoadGraph
from transitplan.model.demand import Demand

MAX_ITERATIONS = 2000
PATIENCE = 60  # iterations without a better gap or objective after which a method has stalled
Progress = Callable[[int, float], object]
WARDROP = UserEquilibrium()


class _Row(NamedTuple):
    iteration: int
    relative_gap: float
    objective: float
    step: float
    seconds: float


class _Rules(NamedTuple):
    measure: Measure
    gap: float
    max_iterations: int
    keep_interrupted: bool
    progress: Progress | None


@dataclass
class _Kept:
    """What is left of a run whenever it ends: full iterations only."""

    rows: list[_Row] = field(default_factory=list)
    more: list[Mapping[str, float]] = field(default_factory=list)  # further measures of each row
    best: tuple[State, Measures] | None = None


class _End(NamedTuple):
    state: State
    measures: Measures
    rows: list[_Row]
    more: list[Mapping[str, float]]  # further measures of each row
    status: Status


def assign(  # noqa: PLR0913  three arguments and named options
    roads: RoadGraph,
    demand: Demand,
    method: Method | None = None,
    *,
    principle: Principle = WARDROP,
    gap: float = 1e-6,
    max_iterations: int = MAX_ITERATIONS,
    strict: bool = False,
    threads: int | None = None,
    start: Assignment | None = None,
    progress: Progress | None = None,
    keep_interrupted: bool = False,
) -> Assignment:
    """Find the flows at which no traveller gains by another route, or what else is sought.

    Parameters
    ----------
    roads
        Compiled network.
    demand
        Trips by class; its zones may be fewer than the network's, in any order.
    method
        By default what suits gap, density of the demand and memory: see ``assignment.choice``; the
        result says which it was and why.
    principle
        ``UserEquilibrium()`` (Wardrop 1952), ``SystemOptimum()``, ``StochasticEquilibrium(…)`` or
        ``ElasticDemand(…)``; the last two need the path-based method.
    gap
        Stop at (TSTT − SPTT) / TSTT, on generalised cost weighted by passenger-car equivalents;
        what it means under another principle stands in ``measured`` of the result.
    max_iterations
        Stop after so many steps.
    strict
        Raise if the gap is not reached, instead of saying so in ``status``.
    threads
        At most so many at a time; all cores by default. The result is the same to the last bit.
    start
        An earlier assignment to begin from. The path-based method takes over the routes that still
        exist, whatever else changed, and the bush-based method its bushes; the others need the same
        network and demand.
    progress
        Called with the iteration and its gap.
    keep_interrupted
        On Ctrl-C, or any other ``KeyboardInterrupt``, return the best flows of the iterations that
        were finished, with the status ``interrupted``, instead of losing them.

    Returns
    -------
    Assignment
        Trips that cannot be assigned are in its ``accounting``.

    Raises
    ------
    ValidationError
        If the demand has zones that the network lacks, if no trip of a class can be assigned, or if
        ``start`` or the method does not fit.
    ConvergenceError
        If ``strict`` and the gap is not reached.

    Notes
    -----
    The classes' costs differ by constants only (tolls and distance cost), so that the equilibrium
    is the minimum of a convex function: see ``assignment.gap``.

    Examples
    --------
    >>> from transitplan.graph import compile_road
    >>> from transitplan.model.cases import two_routes
    >>> network, demand = two_routes()
    >>> assign(compile_road(network), demand).flow_vph.round(3).tolist()
    [1750.0, 1250.0, 0.0]
    """
    found = argument_problems(roads, demand, method, gap, max_iterations, threads)
    if found:
        raise ValidationError(found)
    if isinstance(principle, type) or not hasattr(principle, "set_up"):
        raise ValidationError(
            f"assign: principle is {principle!r}; give an object, such as UserEquilibrium() or "
            "SystemOptimum()."
        )
    given = compile_problem(roads, demand, threads=threads)
    problem, wanted, measure = principle.set_up(given, method)
    method, reason = (wanted, "") if wanted else suited(problem, gap, start)
    begin = _begin(problem, method, start)
    rules = _Rules(measure, gap, max_iterations, keep_interrupted, progress)
    end = _solve(problem, method, begin, rules)
    problem = realised(problem, end.state)
    check_balance(problem, end.state.class_flow)
    if strict and end.status is not Status.CONVERGED:
        more = "".join(f", {name} {value:.2e}" for name, value in end.measures.more.items())
        raise ConvergenceError(
            f"assign: {end.status}, relative gap {end.measures.relative_gap:.2e}{more} after "
            f"{len(end.rows) - 1} iterations of {method.name}; {gap:.2e} was asked for. "
            f"{end.status.advice}"
        )
    result = replace(_result(problem, method, principle, end), method_reason=reason)
    if principle.name != PLAIN:  # what the gap is worth is derived for a user equilibrium
        unknown = frozen(np.full(result.class_excess_s.size, np.nan))
        result = replace(result, class_excess_s=unknown, cost_error_cny_per_h=np.nan)
    return principle.finish(given, end.state, result)


def _solve(problem: Problem, method: Method, begin: State | None, rules: _Rules) -> _End:
    """Improve flows until the gap is met or nothing more helps; return the best."""
    kept = _Kept()
    try:
        status = _improve(problem, method, begin, rules, kept)
    except KeyboardInterrupt:
        if not (rules.keep_interrupted and kept.rows):
            raise
        status = Status.INTERRUPTED
    if kept.best is None:
        raise RuntimeError("the loop ended before its first iteration")
    return _End(*kept.best, kept.rows, kept.more, status)


def _improve(
    problem: Problem, method: Method, begin: State | None, rules: _Rules, kept: _Kept
) -> Status:
    """Improve flows; keep the rows of the history and the best flows when an iteration is full."""
    clock = time.perf_counter()
    state = method.start(problem, begin)
    lowest, better_at = np.inf, 0
    while True:
        iteration = len(kept.rows)
        check_times(problem, state.class_flow, state.time_s)
        search = method.search(problem, state)
        found = rules.measure(problem, state, search)
        seconds = time.perf_counter() - clock
        if kept.best is None or found.worst < kept.best[1].worst:
            kept.best, better_at = (state, found), iteration
        kept.more.append(found.more)
        kept.rows.append(_Row(iteration, found.relative_gap, found.objective, state.step, seconds))
        if rules.progress:
            rules.progress(iteration, found.worst)
        if found.objective < lowest:
            lowest, better_at = found.objective, iteration
        if found.worst <= rules.gap:
            return Status.CONVERGED
        if state.stuck or iteration - better_at >= PATIENCE:
            once = isinstance(method, AllOrNothing)
            return Status.ONE_LOADING if once else Status.STALLED
        if iteration >= rules.max_iterations:
            return Status.ITERATION_LIMIT
        state = method.step(problem, state, search)


def _begin(problem: Problem, method: Method, start: Assignment | None) -> State | None:
    """Take an earlier assignment to the problem, as far as the method can."""
    if start is None:
        return None
    if method.keeps_paths and start.routes is not None:
        return at_paths(problem, to_paths(problem, start.routes))
    if isinstance(method, BushBased) and start.method == method.name:
        if start.bushes is None:  # they had cycles once turns were left out: begin afresh
            return None
        return planted(problem, *taken_over(problem, start.bushes, start.time_s))
    changed = [
        what
        for what, earlier, now in (
            ("network", start.network_version, problem.roads.version),
            ("demand", start.demand_version, problem.demand.version),
            ("set of turns", start.roads.turns.size, problem.roads.turns.size),
        )
        if earlier != now
    ]
    if changed or method.keeps_paths:
        why = f"another {' and '.join(changed)}" if changed else "no routes"
        raise ValidationError(
            f"start: the earlier assignment has {why}, and {method.name} cannot begin from it. "
            "Leave start out, or use PathBased() or BushBased() both times."
        )
    class_flow = problem.roads.from_rows(start.class_flow_vph, at_turns=start.turn_flow_vph)
    return at_flow(problem, class_flow, blend=made_of(problem, start))


def _result(problem: Problem, method: Method, principle: Principle, end: _End) -> Assignment:
    """Put the answer back in the order of the link table."""
    roads, state = problem.roads, end.state
    cost = problem.money_s + problem.closed + state.time_s
    volume = problem.volume(state.class_flow)
    return Assignment(
        roads=roads,
        classes=problem.demand.classes,
        flow_vph=frozen(roads.in_rows(state.class_flow.sum(axis=0))),
        pce_vph=frozen(roads.in_rows(volume)),
        class_flow_vph=frozen(roads.in_rows(state.class_flow)),
        time_s=frozen(roads.in_rows(state.time_s)),
        class_cost_s=frozen(roads.in_rows(cost)),
        turn_flow_vph=frozen(state.class_flow[:, roads.turns]),
        relative_gap=end.measures.relative_gap,
        objective=end.measures.objective,
        lower_bound=end.measures.lower_bound,
        total_cost=end.measures.total_cost,
        class_excess_s=frozen(end.measures.class_excess_s),
        cost_error_cny_per_h=cost_error(problem, state.class_flow, state.slope, end.measures),
        status=end.status,
        history=_history(end),
        iterations=len(end.rows) - 1,
        method=method.name,
        accounting={name: float(problem.accounts[name].sum()) for name in ACCOUNTS},
        accounting_by_class=problem.accounts,
        network_version=roads.version,
        demand_version=problem.demand.version,
        principle=principle.name,
        measured=principle.measured,
        demand=problem.demand,
        routes=None if state.paths is None else from_paths(problem, state.paths),
        bushes=None if state.bushes is None else from_pools(problem, state.bushes),
        blend=state.blend,
    )


def _history(end: _End) -> pd.DataFrame:
    """One row an iteration; further measures after the usual columns."""
    usual = pd.DataFrame(end.rows)
    return usual.join(pd.DataFrame(end.more[: len(usual)], index=usual.index))
