"""Furness balancing to 1e-8 against AequilibraE's IPF, in pairs in one process.

    python benchmarks/furness.py --zones 3000 --pairs 3

AequilibraE's core routine is called by itself, without its matrices and checks; ours with all of
its checks. Its stop rule is the same: the largest relative change of any factor.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from transitplan.demand.balancing import balance


def main() -> None:
    """Run pairs and print seconds and ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--zones", type=int, default=3000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--per-km", type=float, default=0.2, help="deterrence of the seed")
    asked = parser.parse_args()
    from aequilibrae.distribution.ipf_core import ipf_core

    seed, origins, destinations = _town(asked.zones, asked.per_km)
    balance(seed[:9, :9], np.ones(9), np.ones(9))  # compiles
    for threads in asked.threads:
        ratios = []
        for _ in range(asked.pairs):
            theirs = seed.copy()
            ours, our_cpu, our_wall = _timed(
                lambda n=threads: balance(seed, origins, destinations, rtol=1e-8, threads=n)
            )
            _, their_cpu, their_wall = _timed(
                lambda n=threads, matrix=theirs: ipf_core(
                    matrix, origins, destinations, max_iterations=10_000, tolerance=1e-8, cores=n
                )
            )
            ratios.append((their_cpu / our_cpu, their_wall / our_wall))
            apart = np.abs(ours - theirs).max() / theirs.max()
            print(
                f"{asked.zones} zones, {threads} threads: transitplan cpu {our_cpu:.2f} s wall "
                f"{our_wall:.2f} s, AequilibraE cpu {their_cpu:.2f} s wall {their_wall:.2f} s, "
                f"matrices {apart:.0e} of the largest cell apart"
            )
        cpu, wall = (median(each) for each in zip(*ratios, strict=True))
        print(f"{threads} threads: median ratio {cpu:.1f} by CPU, {wall:.1f} by wall clock")


def _town(zones: int, per_km: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A seed that thins out with distance over 40 km, and uneven trip ends."""
    rng = np.random.default_rng(1)
    place = rng.random((zones, 2)) * 40.0
    km = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)) + 0.5
    origins, destinations = rng.lognormal(3, 1, zones), rng.lognormal(3, 1, zones)
    return np.exp(-per_km * km), origins, destinations * origins.sum() / destinations.sum()


def _timed(work: Callable[[], object]) -> tuple[object, float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    answer = work()
    return answer, time.process_time() - cpu, time.perf_counter() - wall


if __name__ == "__main__":
    main()
