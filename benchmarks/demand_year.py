"""Time the demand model of a case: the base year with its fit and counts, and each later year.

    python benchmarks/demand_year.py networks/jinan --runs 3

Seconds include feedback to the demand-supply gap of the model and the equilibria of all periods.
"""

import argparse
import time
from statistics import median

from transitplan.scenario.demand_make import make_demand
from transitplan.scenario.read import read_case


def main() -> None:
    """Print medians of wall and CPU seconds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("case", nargs="?", default="networks/jinan")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    case = read_case(asked.case)
    wanted = {"base year": [0], **{str(y): [y] for y in case.years if y != case.base_year}}
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in wanted}
    make_demand(case, years=[0], threads=asked.threads)  # compiles
    for _ in range(asked.runs):
        for name, years in wanted.items():
            wall, cpu = time.perf_counter(), time.process_time()
            made = make_demand(case, years=years, threads=asked.threads)
            took = (time.perf_counter() - wall, time.process_time() - cpu)
            seconds[name].append(took)
            print(f"{name}: gap {made.years[-1].run.gap:.1e}, {took[0]:.1f} s wall", flush=True)
    base = [median(each) for each in zip(*seconds["base year"], strict=True)]
    for name, taken in seconds.items():
        wall, cpu = (median(each) for each in zip(*taken, strict=True))
        if name != "base year":  # which each later year starts from
            wall, cpu = wall - base[0], cpu - base[1]
        print(f"{name}: {wall:.1f} s wall, {cpu:.1f} s CPU, {asked.threads} threads")


if __name__ == "__main__":
    main()
