"""What is sought: which problem is solved and how far its answer may be off, for one loop."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple, Protocol, TypeAlias

import numpy as np

from transitplan.arrays import Floats, frozen
from transitplan.assignment.gap import Measures, by_routes, money_spent
from transitplan.assignment.method import Method, Search, State
from transitplan.assignment.problem import Problem
from transitplan.assignment.result import PLAIN, Assignment
from transitplan.errors import ValidationError
from transitplan.kernels.delay import marginal
from transitplan.units import SECONDS_PER_HOUR

Measure: TypeAlias = Callable[[Problem, State, Search], Measures]


class Task(NamedTuple):
    """What a principle asks of the loop."""

    problem: Problem  # with the delay functions that decide
    method: Method | None  # None: any, whichever suits
    measure: Measure = by_routes


class Principle(Protocol):
    """What an assignment seeks; small frozen objects."""

    @property
    def name(self) -> str:
        """Name in results."""
        ...

    @property
    def measured(self) -> str:
        """What ``relative_gap`` says under this principle, one sentence."""
        ...

    def set_up(self, problem: Problem, method: Method | None) -> Task:
        """Say what is to be solved, by which method and how convergence is measured.

        Raises
        ------
        ValidationError
            If the method cannot solve it, or the principle does not fit the classes.
        """
        ...

    def finish(self, problem: Problem, state: State, found: Assignment) -> Assignment:
        """Complete the result: ``problem`` as it was given, the state that was reached."""
        ...


@dataclass(frozen=True)
class UserEquilibrium:
    """Nobody gains by another route (Wardrop 1952, first principle)."""

    name: ClassVar[str] = PLAIN
    measured: ClassVar[str] = (
        "The relative gap is the share of all generalised cost that travellers would save on the "
        "cheapest routes at these times."
    )

    def set_up(self, problem: Problem, method: Method | None) -> Task:
        """Solve the problem as it is."""
        return Task(problem, method)

    def finish(self, problem: Problem, state: State, found: Assignment) -> Assignment:
        """Leave the result as it is."""
        del problem, state
        return found


@dataclass(frozen=True)
class SystemOptimum:
    """The flows whose total cost is least (Wardrop 1952, second principle), and their tolls.

    The total is that of ``assignment.gap``, ``Σ_a v_a t_a(v_a) + Σ_c pce_c Σ_a money_ca x_ca`` with
    ``v = Σ_c pce_c x_c``: seconds of each class, weighted by passenger-car equivalents. Its
    derivative by a trip of class c is ``pce_c (t + v dt/dv + money_c)``, so that the optimum is a
    user equilibrium under the marginal costs ``t + v dt/dv``, and a toll of ``v dt/dv`` seconds
    makes travellers choose it: Beckmann, McGuire & Winsten (1956), *Studies in the Economics of
    Transportation*, chapter 4. In seconds it is one toll for all classes, large vehicles too: they
    delay others more, and their own seconds weigh more, by the same factor. In money it is those
    seconds at the value of time of each class.

    Money counts as the other costs do: tolls and distance cost are resources that are used up. A
    toll that only changes hands is no cost to all; give the classes ``pays_tolls=False`` then, and
    read the tolls found as what to charge in its stead.

    Examples
    --------
    >>> from transitplan.assignment import assign
    >>> from transitplan.graph import compile_road
    >>> from transitplan.model.cases import two_routes
    >>> network, demand = two_routes()
    >>> best = assign(compile_road(network), demand, principle=SystemOptimum())
    >>> best.flow_vph.round(3).tolist(), best.marginal_toll_s.round(1).tolist()
    ([1625.0, 1375.0, 0.0], [975.0, 825.0, 0.0])
    """

    name: ClassVar[str] = "system optimum"
    measured: ClassVar[str] = (
        "The relative gap is the share of all marginal cost (own cost and delay to others) that "
        "routes of least marginal cost would save."
    )

    def set_up(self, problem: Problem, method: Method | None) -> Task:
        """Solve the same problem with marginal delay functions."""
        delay = marginal(problem.delay)
        delay = delay._replace(kind=frozen(delay.kind), rise_s=frozen(delay.rise_s))
        return Task(replace(problem, delay=delay), method)

    def finish(self, problem: Problem, state: State, found: Assignment) -> Assignment:
        """Report true times and costs, and the tolls: marginal time less true time."""
        volume = problem.volume(state.class_flow)
        time, _ = problem.times(volume)
        toll = problem.roads.in_rows(np.maximum(state.time_s - time, 0.0))
        value = np.array([each.value_of_time_cny_per_h for each in found.classes])
        cost = problem.money_s + problem.closed + time
        spent = money_spent(problem, state.class_flow)
        return replace(
            found,
            time_s=frozen(problem.roads.in_rows(time)),
            class_cost_s=frozen(problem.roads.in_rows(cost)),
            total_cost=float((volume * time).sum()) + spent,
            marginal_toll_s=frozen(toll),
            marginal_toll_cny=frozen(value[:, np.newaxis] / SECONDS_PER_HOUR * toll),
        )


def by_class(value: float | Mapping[str, float], problem: Problem, *, what: str) -> Floats:
    """Return one number for each class, from one for all or from one a name.

    Raises
    ------
    ValidationError
        If a class has no number, or a number no class.
    """
    names = [each.name for each in problem.demand.classes]
    if not isinstance(value, Mapping):
        return np.full(len(names), float(value))
    absent = [name for name in names if name not in value]
    unknown = [name for name in value if name not in names]
    if absent or unknown:
        wrong = f"no value for class {absent[0]}" if absent else f"no class {unknown[0]!r}"
        raise ValidationError(
            f"{what}: {wrong}. Give one number for all, or one for each of {', '.join(names)}."
        )
    return np.array([float(value[name]) for name in names])
