"""Runs: the equilibrium of each option in each year, on as many processes as there are cores."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from loky import ProcessPoolExecutor

from transitplan.arrays import Floats
from transitplan.assignment import assign
from transitplan.graph.road import compile_road
from transitplan.io import read_demand
from transitplan.model.demand import Demand
from transitplan.model.network import Network
from transitplan.paths import skim
from transitplan.scenario.case import Case, read_case
from transitplan.scenario.options import option_network
from transitplan.units import METRES_PER_KM

Key = tuple[str, int]  # option and year


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
    iterations: int
    status: str


def run_options(
    case: Case,
    *,
    options: Iterable[str] = (),
    gap: float = 1e-6,
    processes: int | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> dict[Key, Run]:
    """Run options (all of the case by default) in all its years.

    The result does not depend on the number of processes: each run is one task on one thread.

    Parameters
    ----------
    processes
        Worker processes; as many as cores by default, 1 runs in this process.
    progress
        Called with runs done, runs in all, and the name of the last one.
    """
    keys = [(option, year) for year in case.years for option in (tuple(options) or case.option_ids)]
    workers = min(processes or os.cpu_count() or 1, len(keys))
    runs: dict[Key, Run] = {}
    if workers == 1:
        for key in keys:
            runs[key] = run_option(case, *key, gap=gap)
            _tell(progress, runs, keys, key)
        return runs
    # loky, unlike the standard library, starts workers from scripts without a main guard, from
    # notebooks and from standard input.
    with ProcessPoolExecutor(workers, initializer=_start, initargs=(case.folder,)) as pool:
        for key, run in zip(keys, pool.map(_work, keys, [gap] * len(keys)), strict=True):
            runs[key] = run
            _tell(progress, runs, keys, key)
    return runs


def run_option(case: Case, option: str, year: int, *, gap: float = 1e-6) -> Run:
    """Solve one option in one year and skim what the appraisal needs."""
    network = option_network(case, option, year)
    demand = read_demand(case.demand_path(year))
    roads = compile_road(network)
    found = assign(roads, demand, gap=gap, threads=1, strict=True)
    free = skim(roads, ["time_s"], use="car", threads=1)
    peak = skim(roads, ["time_s", "length_m"], use="car", times_s=found.time_s, threads=1)
    costs = {
        each.name: skim(roads, ["cost_s"], times_s=found.time_s, user_class=each, threads=1)[
            "cost_s"
        ]
        for each in demand.classes
    }
    return Run(
        option_id=option,
        year=year,
        network=network,
        demand_version=demand.version,
        flows=found.to_frame(),
        free_time_s=free["time_s"],
        peak_time_s=peak["time_s"],
        distance_km=peak["length_m"] / METRES_PER_KM,
        cost_s=costs,
        class_totals=_class_totals(demand, network.links, found.class_flow_vph, found.time_s),
        accounting=dict(found.accounting),
        relative_gap=found.relative_gap,
        iterations=found.iterations,
        status=str(found.status),
    )


def _class_totals(
    demand: Demand, links: pd.DataFrame, class_flow_vph: Floats, time_s: Floats
) -> pd.DataFrame:
    """Vehicle-seconds, vehicle-metres, tolls and generalised cost of each class in one hour."""
    length_m = links["length_m"].to_numpy()
    car_toll = links["toll_cny"].to_numpy()
    truck_toll = links["toll_truck_cny"].fillna(links["toll_cny"]).to_numpy()
    rows = []
    for each, flow in zip(demand.classes, class_flow_vph, strict=True):
        toll = truck_toll if each.use == "truck" else car_toll
        time, distance = flow @ time_s, flow @ length_m
        cost = time + flow @ each.money_s(toll, length_m)
        rows.append((each.name, time, distance, flow @ toll if each.pays_tolls else 0.0, cost))
    return pd.DataFrame(rows, columns=["class_name", "time_s", "distance_m", "toll_cny", "cost_s"])


def _tell(
    progress: Callable[[int, int, str], None] | None,
    runs: Mapping[Key, Run],
    keys: list[Key],
    key: Key,
) -> None:
    if progress is not None:
        progress(len(runs), len(keys), f"{key[0]} {key[1]}")


_case: Case | None = None  # of this worker process, read once


def _start(folder: Path) -> None:
    global _case  # noqa: PLW0603  a worker has no other place to keep what it read
    _case = read_case(folder)


def _work(key: Key, gap: float) -> Run:
    if _case is None:
        raise RuntimeError("the worker was not started with a case")
    return run_option(_case, *key, gap=gap)
