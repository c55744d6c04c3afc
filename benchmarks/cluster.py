"""Two worker processes against one on a set of scenarios, on a Dask cluster of this machine.

    python benchmarks/cluster.py
    python benchmarks/cluster.py networks/jinan --scenarios 50 --workers 1 2 4 --pairs 3

A scenario is an option of the case in a year, with a toll of its own at one crossing, so that no
two are alike; each starts from the routes of its base. The bases are solved first, off the clock,
and so are a few scenarios a worker, so that kernels are compiled and the case has arrived. Nothing
is stored. The exit status is 1 if any total differs by a bit.
"""

import argparse
import hashlib
import os
import time
from collections.abc import Iterable
from itertools import cycle, islice
from statistics import median
from typing import NamedTuple

import pandas as pd

import transitplan as tp
from transitplan.scenario.run import Run, Runner
from transitplan.scenario.variants import Variant


class Taken(NamedTuple):
    """Totals of a scenario, and what its process had spent by then."""

    bits: bytes
    process: int
    cpu_s: float


class Timed(NamedTuple):
    """Seconds of a set: of the wall, of the workers' CPU, of the client's with its scheduler."""

    wall_s: float
    cpu_s: float
    client_s: float
    digest: str


def main() -> None:
    """Run pairs, print a row each and the median ratios; fail if totals differ."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("case", nargs="?", default="networks/jinan")
    parser.add_argument("--scenarios", type=int, default=50)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--gap", type=float, default=1e-8)
    asked = parser.parse_args()
    case = tp.read_case(asked.case)
    wanted = scenarios(case, asked.scenarios)
    walls: dict[int, list[float]] = {count: [] for count in asked.workers}
    found = set()
    print("| workers | wall [s] | scenarios a minute | CPU: workers [s] | client [s] | ratio |")
    print("| --- | --- | --- | --- | --- | --- |")
    for _ in range(asked.pairs):
        for count in asked.workers:
            each = timed(case, wanted, count, asked.gap)
            walls[count].append(each.wall_s)
            found.add(each.digest)
            ratio = walls[asked.workers[0]][-1] / each.wall_s
            rate = 60.0 * len(wanted) / each.wall_s
            print(
                f"| {count} | {each.wall_s:.1f} | {rate:.0f} | {each.cpu_s:.1f} "
                f"| {each.client_s:.1f} | {ratio:.2f} |",
                flush=True,
            )
    for count in asked.workers[1:]:
        ratios = [
            one / more for one, more in zip(walls[asked.workers[0]], walls[count], strict=True)
        ]
        print(
            f"{count} workers against {asked.workers[0]}: median {median(ratios):.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f}) on {os.cpu_count()} cores"
        )
    print("totals: the same bits" if len(found) == 1 else "totals: DIFFERENT")
    raise SystemExit(len(found) > 1)


def scenarios(case: tp.Case, count: int) -> list[Variant]:
    """Different variants that start from the bases of the case's years."""
    options = [option for option in case.option_ids if option != "none"]
    pairs = cycle([(year, option) for option in options for year in case.years])
    tolls = (round(0.5 * step, 1) for step in range(1, 10_000))
    crossings = sorted(set(case.network.links["crossing_id"]) - {""})
    return [
        Variant(year, (option,), tolls=(tp.Toll(crossings[0], "car", cny),))
        for (year, option), cny in islice(zip(pairs, tolls, strict=False), count)
    ]


def timed(case: tp.Case, wanted: list[Variant], count: int, gap: float) -> Timed:
    """Solve the scenarios on so many workers."""
    with Runner(case, cluster="local", processes=count, gap=gap) as runner:
        runner.take([Variant(year) for year in case.years], total)
        warm = [Variant(year, closed=(crossing,)) for year, crossing in _warm(case, 4 * count)]
        before = cpu_by_process(runner.take(warm, total).values())
        begun, own = time.perf_counter(), time.process_time()
        taken = runner.take(wanted, total)
        wall, own = time.perf_counter() - begun, time.process_time() - own
    after = cpu_by_process(taken.values())
    digest = hashlib.sha256()
    for variant in wanted:
        digest.update(taken[variant].bits)
    cpu = sum(now - before.get(process, 0.0) for process, now in after.items())
    return Timed(wall, cpu, own, digest.hexdigest())


def _warm(case: tp.Case, count: int) -> list[tuple[int, str]]:
    crossings = sorted(set(case.network.links["crossing_id"]) - {""})
    pairs = [(year, crossing) for crossing in crossings for year in case.years]
    return pairs[:count]


def total(case: tp.Case, run: Run) -> Taken:
    """Totals of a run to the last bit, and the CPU time of the process so far."""
    del case
    table: pd.DataFrame = run.class_totals
    bits = table.drop(columns="class_name").to_numpy().tobytes()
    return Taken(bits, os.getpid(), time.process_time())


def cpu_by_process(taken: Iterable[Taken]) -> dict[int, float]:
    """The last CPU time that each process told."""
    found: dict[int, float] = {}
    for each in taken:
        found[each.process] = max(found.get(each.process, 0.0), each.cpu_s)
    return found


if __name__ == "__main__":
    main()
