"""Runs: the equilibria of a case's variants, on as many processes as there are cores."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Generic, NamedTuple, Self, TypeAlias, TypeVar

import pandas as pd
from loky import ProcessPoolExecutor

from transitplan.assignment import (
    Assignment,
    ElasticDemand,
    PathBased,
    UserEquilibrium,
    assign,
)
from transitplan.assignment.principle import Principle
from transitplan.demand.response import Response
from transitplan.errors import ValidationError
from transitplan.graph.road import RoadGraph, compile_road
from transitplan.model.demand import Demand
from transitplan.model.network import Network
from transitplan.paths import skim
from transitplan.scenario.case import NONE, Case
from transitplan.scenario.forecast import demand_problems
from transitplan.scenario.induced import solve_induced
from transitplan.scenario.read import read_case
from transitplan.scenario.response import read_response
from transitplan.scenario.spent import class_totals, least_costs
from transitplan.scenario.variants import Variant, variant_demand, variant_network
from transitplan.units import METRES_PER_KM

DEFAULT_GAP = 1e-8  # so that what the gap leaves open is far below the benefit of a crossing
Key: TypeAlias = tuple[str, int]  # option and year
Progress: TypeAlias = Callable[[int, int, str], None]
Taken = TypeVar("Taken")
Take: TypeAlias = Callable[[Case, "Run"], Taken]


@dataclass(frozen=True, eq=False)
class Run:
    """The equilibrium of one variant, and what it costs each class.

    Matrices are labelled by zone id. Totals are of one peak hour.
    """

    variant: Variant
    network: Network
    demand: Demand  # trips as made: where demand answers, those at the end
    flows: pd.DataFrame  # Assignment.to_frame()
    free_time_s: pd.DataFrame  # fastest way by car on empty roads
    peak_time_s: pd.DataFrame  # fastest way by car at equilibrium, tolls left aside
    distance_km: pd.DataFrame  # of that way
    cost_s: Mapping[str, pd.DataFrame]  # least generalised cost by class
    class_totals: pd.DataFrame  # class_name, time_s, distance_m, toll_cny, cost_s: vehicle totals
    accounting: Mapping[str, float]
    relative_gap: float
    gap_cny_per_h: float  # what the remaining gap is worth
    cost_error_cny_per_h: float  # how far the total cost may be off, at most
    iterations: int
    status: str
    base_cost_s: Mapping[str, pd.DataFrame] = field(default_factory=dict)  # if demand is elastic
    surplus_s: Mapping[str, float] = field(default_factory=dict)  # of each class, if it responds
    demand_gap: float = 0.0  # demand-supply gap, a share; 0 where trips do not respond
    found: Assignment | None = None  # with its routes; only where the run was solved

    @property
    def name(self) -> str:
        """What the run is of."""
        return self.variant.name


class Task(NamedTuple, Generic[Taken]):
    """One variant to be solved, and what is wanted of it."""

    variant: Variant
    gap: float
    start: Assignment | None
    what: Take[Taken]


def run_options(
    case: Case,
    *,
    options: Iterable[str] = (),
    gap: float = DEFAULT_GAP,
    processes: int | None = None,
    progress: Progress | None = None,
) -> dict[Key, Run]:
    """Run options (all of the case by default) in all its years, ``none`` always among them.

    Raises
    ------
    ValidationError
        If a demand file is missing, or was made from other inputs than the case has now.
    ConvergenceError
        If an equilibrium does not reach its gap.
    """
    with Runner(case, gap=gap, processes=processes, progress=progress) as runner:
        return option_runs(runner, options)


def option_runs(runner: "Runner", options: Iterable[str] = ()) -> dict[Key, Run]:
    """Do the same as ``run_options`` with a runner that may have solved some of them."""
    return option_takes(runner, [whole], options)[0]


def option_takes(
    runner: "Runner", whats: Sequence[Take[Any]], options: Iterable[str] = ()
) -> list[dict[Key, Any]]:
    """Solve the same once and keep several things of each, as ``Runner.take_each``."""
    case = runner.case
    wanted = [NONE, *(option for option in (options or case.option_ids) if option != NONE)]
    keys = [(option, year) for year in case.years for option in wanted]
    variants = {key: Variant(key[1], () if key[0] == NONE else (key[0],)) for key in keys}
    taken = runner.take_each(variants.values(), whats)
    return [{key: each[variant] for key, variant in variants.items()} for each in taken]


class Runner:
    """Solves variants, each once, on as many processes as there are cores.

    Variants start from the routes of their base (``Variant.base``), and bases of other worlds from
    the central one of the year: that is faster, and the difference between two of them carries less
    of what the gap leaves open. The results do not depend on the number of processes: each
    equilibrium is one task on one thread.

    Parameters
    ----------
    case
        Its demand files must be there and made from its present inputs.
    gap
        Relative gap of every equilibrium.
    processes
        Worker processes; as many as cores by default, 1 runs in this process.
    progress
        Called with equilibria solved, equilibria asked for so far, and the name of the last one.

    Raises
    ------
    ValidationError
        If a demand file is missing, or was made from other inputs than the case has now.

    Examples
    --------
    >>> case = read_case("networks/two_banks")
    >>> with Runner(case, processes=1) as runner:
    ...     found = runner.take([Variant(2025), Variant(2025, closed=("W",))], whole)
    >>> [run.name for run in found.values()]
    ['none 2025', 'none 2025, without W']
    """

    def __init__(
        self,
        case: Case,
        *,
        gap: float = DEFAULT_GAP,
        processes: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Check the demand; processes start when the first variants are asked for."""
        found = demand_problems(case)
        if found:
            raise ValidationError(found)
        self.case, self.gap = case, gap
        self.solved = 0  # equilibria, for the record of the run
        self.workers = processes or os.cpu_count() or 1
        self._progress = progress
        self._asked = 0
        self._pool: ProcessPoolExecutor | None = None
        self._bases: dict[Variant | None, Assignment] = {}
        self._taken: dict[tuple[Variant, str], Any] = {}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the processes go."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    def take(self, variants: Iterable[Variant], what: Take[Taken]) -> dict[Variant, Taken]:
        """Solve variants and keep of each what the function takes from it.

        Parameters
        ----------
        what
            A function of a module, called where the variant is solved with the case and the run:
            ``whole`` keeps all. What was taken once by a function of that name is not asked for
            again.

        Raises
        ------
        ConvergenceError
            If an equilibrium does not reach its gap.
        """
        wanted, name = list(dict.fromkeys(variants)), _called(what)
        due = [variant for variant in wanted if (variant, name) not in self._taken]
        self._take_due(due, what, name)
        return {variant: self._taken[variant, name] for variant in wanted}

    def take_each(
        self, variants: Iterable[Variant], whats: Sequence[Take[Any]]
    ) -> list[dict[Variant, Any]]:
        """As ``take`` for several functions, each variant being solved once for all of them.

        What is taken so is not asked for again by ``take`` either.
        """
        wanted, names = list(dict.fromkeys(variants)), [_called(what) for what in whats]
        due = [each for each in wanted if any((each, name) not in self._taken for name in names)]
        together = ", ".join(names)
        self._take_due(due, partial(_each, tuple(whats)), together)
        for variant in due:
            for name, taken in zip(names, self._taken.pop((variant, together)), strict=True):
                self._taken[variant, name] = taken
        return [{variant: self._taken[variant, name] for variant in wanted} for name in names]

    def _take_due(self, due: Sequence[Variant], what: Take[Any], name: str) -> None:
        """Solve variants after what they start from."""
        for depth in range(3):  # the central world, bases of other worlds, what starts from these
            mine = [variant for variant in due if _depth(variant) == depth]
            self._need(filter(None, map(_starts_from, mine)))
            self._keep(mine, what, name)

    def _need(self, bases: Iterable[Variant]) -> None:
        """Solve bases that are only started from, and what they start from themselves."""
        missing = [base for base in dict.fromkeys(bases) if base not in self._bases]
        if missing:
            self._need(filter(None, map(_starts_from, missing)))
            self._keep(missing, nothing, "")

    def _keep(self, due: Sequence[Variant], what: Take[Any], name: str) -> None:
        """Solve variants and keep what is taken from them."""
        self._asked += len(due)
        tasks = [
            Task(variant, self.gap, self._bases.get(_starts_from(variant)), what) for variant in due
        ]
        for variant, (taken, found) in zip(due, self._solve(tasks), strict=True):
            self._taken[variant, name] = taken
            if found is not None:
                self._bases[variant] = found
            self.solved += 1
            if self._progress is not None:
                self._progress(self.solved, self._asked, variant.name)

    def _solve(self, tasks: "Sequence[Task[Any]]") -> "Iterable[tuple[Any, Assignment | None]]":
        """Solve tasks in order: in this process, or in workers."""
        if min(self.workers, len(tasks)) <= 1:
            return (_solved(self.case, task) for task in tasks)
        if self._pool is None:
            # loky, unlike the standard library, starts workers from scripts without a main guard,
            # from notebooks and from standard input.
            self._pool = ProcessPoolExecutor(
                self.workers, initializer=_start, initargs=(self.case.folder,)
            )
        found: Iterable[tuple[Any, Assignment | None]] = self._pool.map(_work, tasks)
        return found


def _called(what: Take[Any]) -> str:
    """Name under which the runner keeps what a function takes."""
    return f"{what.__module__}.{what.__qualname__}"


def _each(whats: tuple[Take[Any], ...], case: Case, run: Run) -> list[Any]:
    return [what(case, run) for what in whats]


def _starts_from(variant: Variant) -> Variant | None:
    """Return whose routes a variant begins with, the same whatever was solved before it."""
    central = Variant(variant.year)
    return None if variant == central else central if variant == variant.base else variant.base


def _depth(variant: Variant) -> int:
    return 0 if variant == Variant(variant.year) else 1 if variant == variant.base else 2


def whole(case: Case, run: Run) -> Run:
    """Keep all of a run but the assignment it came from."""
    del case
    return replace(run, found=None)


def nothing(case: Case, run: Run) -> None:
    """Keep nothing of a run that others only start from."""
    del case, run


def solve_variant(
    case: Case, variant: Variant, gap: float = DEFAULT_GAP, start: Assignment | None = None
) -> tuple[Run, Assignment]:
    """Solve one variant and skim what the appraisal needs.

    Parameters
    ----------
    start
        Where to begin; demand that answers needs the solved ``variant.base`` here.
    """
    network, demand = variant_network(case, variant), variant_demand(case, variant)
    response = read_response(case, variant.year) if variant.response else None
    return solve_network(network, demand, variant, gap=gap, start=start, response=response)


def solve_network(
    network: Network,
    demand: Demand,
    variant: Variant,
    *,
    gap: float = DEFAULT_GAP,
    start: Assignment | None = None,
    response: Response | None = None,
) -> tuple[Run, Assignment]:
    """Solve a demand on a network that a variant stands for, as ``solve_variant`` does."""
    roads = compile_road(network)
    found, answer = _equilibrium(roads, demand, variant, gap, start, response)
    free = skim(roads, ["time_s"], use="car", threads=1)
    peak = skim(roads, ["time_s", "length_m"], use="car", times_s=found.time_s, threads=1)
    run = Run(
        variant=variant,
        network=network,
        demand=found.demand if answer else demand,
        flows=found.to_frame(),
        free_time_s=free["time_s"],
        peak_time_s=peak["time_s"],
        distance_km=peak["length_m"] / METRES_PER_KM,
        cost_s=least_costs(found),
        class_totals=class_totals(found),
        accounting=dict(found.accounting),
        relative_gap=found.relative_gap,
        gap_cny_per_h=found.gap_cny_per_h,
        cost_error_cny_per_h=found.cost_error_cny_per_h,
        iterations=found.iterations,
        status=str(found.status),
        found=found,
    )
    return replace(run, **answer), found


def _equilibrium(
    roads: RoadGraph,
    demand: Demand,
    variant: Variant,
    gap: float,
    start: Assignment | None,
    response: Response | None,
) -> tuple[Assignment, dict[str, Any]]:
    """Solve a variant; also fields of the run that demand which answers has."""
    if start is None and (variant.elasticity or response is not None):
        raise ValueError("demand that answers needs the equilibrium of its base")
    if response is not None and start is not None:
        met = solve_induced(roads, demand, response, variant.response, start, gap=gap)
        names = [each.name for each in demand.classes]
        return met.found, {
            "surplus_s": dict(zip(names, met.surplus_s.tolist(), strict=True)),
            "demand_gap": met.gap,
            "cost_error_cny_per_h": met.found.cost_error_cny_per_h + met.error_cny_per_h,
        }
    principle: Principle = UserEquilibrium()
    answer: dict[str, Any] = {}
    if variant.elasticity and start is not None:
        principle = ElasticDemand(variant.elasticity, start)
        answer = {"base_cost_s": least_costs(start)}
    routes = PathBased()  # which can be taken to the next variant's network
    found = assign(
        roads, demand, routes, principle=principle, gap=gap, threads=1, strict=True, start=start
    )
    return found, answer


_case: Case | None = None  # of this worker process, read once


def _start(folder: Path) -> None:
    global _case  # noqa: PLW0603  a worker has no other place to keep what it read
    _case = read_case(folder)


def _work(task: Task[Any]) -> tuple[Any, Assignment | None]:
    if _case is None:
        raise RuntimeError("the worker was not started with a case")
    return _solved(_case, task)


def _solved(case: Case, task: Task[Any]) -> tuple[Any, Assignment | None]:
    """Solve a task; the assignment goes back only where others start from it."""
    run, found = solve_variant(case, task.variant, task.gap, task.start)
    is_base = task.variant == task.variant.base
    return task.what(case, run), found if is_base else None
