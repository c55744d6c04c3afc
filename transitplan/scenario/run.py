"""Runs: the equilibrium of each option in each year, on as many processes as there are cores."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
from loky import ProcessPoolExecutor

from transitplan.assignment import Assignment, PathBased, assign
from transitplan.errors import ValidationError
from transitplan.graph.road import compile_road
from transitplan.io import read_demand
from transitplan.model.network import Network
from transitplan.paths import skim
from transitplan.scenario.case import NONE, Case
from transitplan.scenario.forecast import demand_problems
from transitplan.scenario.options import option_network
from transitplan.scenario.read import read_case
from transitplan.units import METRES_PER_KM

DEFAULT_GAP = 1e-8  # so that what the gap leaves open is far below the benefit of a crossing
Key: TypeAlias = tuple[str, int]  # option and year
Task: TypeAlias = tuple[str, int, float, Assignment | None]  # option, year, gap, where to start
SolveAll: TypeAlias = Callable[[Sequence[Task]], Iterable[tuple["Run", Any]]]


@dataclass(frozen=True, eq=False)
class Run:
    """The equilibrium of one option in one year, and what it costs each class.

    Matrices are labelled by zone id. Totals are of one peak hour.
    """

    option_id: str
    year: int
    network: Network
    demand_version: str
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


def run_options(
    case: Case,
    *,
    options: Iterable[str] = (),
    gap: float = DEFAULT_GAP,
    processes: int | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> dict[Key, Run]:
    """Run options (all of the case by default) in all its years, ``none`` always among them.

    Options start from the routes of ``none`` in the same year: that is faster, and the difference
    between the two carries less of what the gap leaves open. The result does not depend on the
    number of processes: each run is one task on one thread.

    Parameters
    ----------
    processes
        Worker processes; as many as cores by default, 1 runs in this process.
    progress
        Called with runs done, runs in all, and the name of the last one.

    Raises
    ------
    ValidationError
        If a demand file is missing, or was made from other inputs than the case has now.
    ConvergenceError
        If an equilibrium does not reach its gap.
    """
    found = demand_problems(case)
    if found:
        raise ValidationError(found)
    wanted = [NONE, *(option for option in (options or case.option_ids) if option != NONE)]
    keys = [(option, year) for year in case.years for option in wanted]
    runs: dict[Key, Run] = {}

    def keep(key: Key, run: Run) -> None:
        runs[key] = run
        if progress is not None:
            progress(len(runs), len(keys), f"{key[0]} {key[1]}")

    with _pool(case, min(processes or os.cpu_count() or 1, len(keys))) as solve_all:
        bases: dict[int, Assignment] = {}
        for (run, found), year in zip(
            solve_all([(NONE, year, gap, None) for year in case.years]), case.years, strict=True
        ):
            bases[year] = found
            keep((NONE, year), run)
        others = [key for key in keys if key[0] != NONE]
        tasks = [(option, year, gap, bases[year]) for option, year in others]
        for key, (run, _) in zip(others, solve_all(tasks), strict=True):
            keep(key, run)
    return {key: runs[key] for key in keys}


def solve_option(
    case: Case, option: str, year: int, gap: float, start: Assignment | None = None
) -> tuple[Run, Assignment]:
    """Solve one option in one year and skim what the appraisal needs."""
    network = option_network(case, option, year)
    demand = read_demand(case.demand_path(year))
    roads = compile_road(network)
    routes = PathBased()  # which can be taken to the next option's network
    found = assign(roads, demand, routes, gap=gap, threads=1, strict=True, start=start)
    free = skim(roads, ["time_s"], use="car", threads=1)
    peak = skim(roads, ["time_s", "length_m"], use="car", times_s=found.time_s, threads=1)
    costs = {
        each.name: skim(roads, ["cost_s"], times_s=found.time_s, user_class=each, threads=1)
        for each in demand.classes
    }
    run = Run(
        option_id=option,
        year=year,
        network=network,
        demand_version=demand.version,
        flows=found.to_frame(),
        free_time_s=free["time_s"],
        peak_time_s=peak["time_s"],
        distance_km=peak["length_m"] / METRES_PER_KM,
        cost_s={name: each["cost_s"] for name, each in costs.items()},
        class_totals=_class_totals(found),
        accounting=dict(found.accounting),
        relative_gap=found.relative_gap,
        gap_cny_per_h=found.gap_cny_per_h,
        cost_error_cny_per_h=found.cost_error_cny_per_h,
        iterations=found.iterations,
        status=str(found.status),
    )
    return run, found


def _class_totals(found: Assignment) -> pd.DataFrame:
    """Vehicle-seconds, vehicle-metres, tolls and generalised cost of each class in one hour."""
    roads = found.roads
    length_m = roads.in_rows(roads.length_m)
    rows = []
    for each, flow in zip(found.classes, found.class_flow_vph, strict=True):
        toll = roads.in_rows(roads.toll_cny(each.use))
        time, distance = flow @ found.time_s, flow @ length_m
        cost = time + flow @ each.money_s(toll, length_m)
        rows.append((each.name, time, distance, flow @ toll if each.pays_tolls else 0.0, cost))
    return pd.DataFrame(rows, columns=["class_name", "time_s", "distance_m", "toll_cny", "cost_s"])


@contextmanager
def _pool(case: Case, workers: int) -> Iterator[SolveAll]:
    """Give a function that solves tasks in order: in this process, or in workers."""
    if workers == 1:
        yield lambda tasks: (solve_option(case, *task) for task in tasks)
        return
    # loky, unlike the standard library, starts workers from scripts without a main guard, from
    # notebooks and from standard input.
    with ProcessPoolExecutor(workers, initializer=_start, initargs=(case.folder,)) as pool:
        yield lambda tasks: pool.map(_work, tasks)


_case: Case | None = None  # of this worker process, read once


def _start(folder: Path) -> None:
    global _case  # noqa: PLW0603  a worker has no other place to keep what it read
    _case = read_case(folder)


def _work(task: Task) -> tuple[Run, Assignment | None]:
    """Solve a task; the assignment goes back only where others start from it."""
    if _case is None:
        raise RuntimeError("the worker was not started with a case")
    run, found = solve_option(_case, *task)
    return run, found if task[0] == NONE else None
