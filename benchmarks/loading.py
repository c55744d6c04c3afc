"""Time all-or-nothing loading against AequilibraE's, in pairs in one process.

    python benchmarks/loading.py Dense --pairs 3 --threads 1 2

Both load all pairs on the shortest paths of the empty network, toll and distance in the cost, from
a network and a matrix that are prepared. Flows are compared by the cost of all trips, which does
not depend on which of equally short paths is taken, and against SciPy's least costs.
"""

import argparse
import logging
import resource
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from peers import aequilibrae_class

import transitplan as tp
from networks import DATA, FILES, Plain, least_cost, load, plain
from transitplan.arrays import Floats
from transitplan.assignment.problem import compile_problem

Run = Callable[[], Floats]


def main() -> None:
    """Run pairs; print seconds, ratios and how the costs agree."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("network", choices=sorted(FILES), nargs="?", default="Dense")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--data", type=Path, default=DATA)
    asked = parser.parse_args()
    network, demand = load(asked.network, asked.data)
    net = plain(network, demand)
    cost = net.cost_s(np.zeros(net.tail.size))
    least = (net.trips_vph * np.where(net.trips_vph > 0, least_cost(net, cost), 0.0)).sum()
    nodes, pairs = net.passable.size, int((net.trips_vph > 0).sum())
    print(f"{asked.network}: {nodes:,} nodes, {net.tail.size:,} links, {pairs:,} pairs")
    for threads in asked.threads:
        ours, whole = _transitplan(network, demand, threads)
        runs = {
            "transitplan": ours,
            "AequilibraE": _aequilibrae(net, network, demand, cost, threads),
            "transitplan, assign() and all": whole,
        }
        seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
        for turn in range(asked.pairs):
            for name in list(runs) if turn % 2 == 0 else reversed(list(runs)):
                flow, took = _timed(runs[name])
                apart = (flow @ cost) / least - 1.0
                if abs(apart) > 1e-6:  # AequilibraE takes a microsecond for none
                    raise SystemExit(f"{name}: the trips cost {apart:+.1e} of SciPy's more.")
                seconds[name].append(took)
        for name, each in seconds.items():
            cpu, wall = (median(column) for column in zip(*each, strict=True))
            print(f"{threads} threads, {name:30} cpu {cpu:.3f} s  wall {wall:.3f} s", end="  ")
            print(f"ratio {_ratio(seconds['AequilibraE'], each)}")
    print(f"peak of the process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _transitplan(network: tp.Network, demand: tp.Demand, threads: int) -> tuple[Run, Run]:
    """Customisation, search and loading alone; and all that ``assign`` does around them."""
    roads = tp.compile_road(network)
    problem = compile_problem(roads, demand, threads=threads)

    def alone() -> Floats:
        flow: Floats = problem.load(roads.free_time_s).class_flow[0]
        return flow

    def whole() -> Floats:
        found = tp.assign(roads, demand, tp.AllOrNothing(), threads=threads)
        return found.flow_vph

    for run in (alone, whole):
        run()
    in_table = roads.row

    def ordered() -> Floats:
        flow = np.zeros(len(network.links))
        flow[in_table] = alone()
        return flow

    return ordered, whole


def _aequilibrae(
    net: Plain, network: tp.Network, demand: tp.Demand, cost: Floats, threads: int
) -> Run:
    logging.getLogger("aequilibrae").setLevel(logging.CRITICAL)
    from aequilibrae.paths import AssignmentResults
    from aequilibrae.paths.all_or_nothing import allOrNothing

    cars = aequilibrae_class(net._replace(free_s=cost, fixed_s=0 * cost), network, demand)
    links = network.links["link_id"]

    def run() -> Floats:
        results = AssignmentResults()
        results.set_cores(threads)
        results.prepare(cars.graph, cars.matrix)
        allOrNothing("cars", cars.matrix, cars.graph, results).execute()
        flows = results.get_load_results()["trips_ab"]
        return np.asarray(flows.reindex(links), dtype=np.float64)

    run()
    return run


def _timed(run: Run) -> tuple[Floats, tuple[float, float]]:
    cpu, wall = time.process_time(), time.perf_counter()
    flow = run()
    return flow, (time.process_time() - cpu, time.perf_counter() - wall)


def _ratio(theirs: list[tuple[float, float]], ours: list[tuple[float, float]]) -> str:
    """By CPU and by wall clock: median, and range over the pairs."""
    told = []
    for k, name in enumerate(("cpu", "wall")):
        each = [one[k] / other[k] for one, other in zip(theirs, ours, strict=True)]
        told.append(f"{name} {median(each):.1f} ({min(each):.1f} to {max(each):.1f})")
    return ", ".join(told)


if __name__ == "__main__":
    main()
