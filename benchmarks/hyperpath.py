"""Optimal strategies against AequilibraE, and one thread against two, on cities of buses.

    python benchmarks/hyperpath.py --sides 20 40 80 --pairs 5

A city is a square grid of stops. A line runs along each street in both directions, every 3 to 30
min; between neighbours one may walk. Trips go from all stops to some. Runs are paired: one
after the other in this process, both warm. Volumes must agree to 1e-9 of the largest; the exit
status is 1 if not, or if two threads give other bytes than one.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from transitplan.arrays import Floats, Ints
from transitplan.kernels.hyperpath import Services, Trips
from transitplan.transit.loading import load_strategies

SPACING_MIN = 1.0  # by bus from one stop to the next, about
WALK = 6.0  # times as long on foot
LEAST_MIN = 1e-11  # AequilibraE puts so little where a link takes no time


class City(NamedTuple):
    """Links of a city in any order, and its trips."""

    tail: Ints
    head: Ints
    frequency: Floats  # 1/min
    cost: Floats  # min
    n_nodes: int
    origin: Ints
    destination: Ints
    trips: Floats


def city(side: int, n_destinations: int) -> City:
    """Make the city with ``side`` × ``side`` stops."""
    rng = np.random.default_rng(side)
    stop = np.arange(side * side).reshape(side, side)
    lines = [stop[i] for i in range(side)] + [stop[:, i] for i in range(side)]
    lines += [line[::-1] for line in lines]
    parts: list[tuple[Ints, Ints, Floats, Floats]] = []
    n_nodes = side * side
    for line in lines:
        on_line = n_nodes + np.arange(line.size)
        n_nodes += line.size
        often = np.full(line.size, 1 / rng.uniform(3, 30))
        no_wait, nothing = np.full(line.size, np.inf), np.zeros(line.size)
        ride = SPACING_MIN * rng.uniform(0.7, 1.5, line.size - 1)
        walk = SPACING_MIN * WALK * rng.uniform(0.9, 1.1, line.size - 1)
        parts += [
            (line, on_line, often, nothing),
            (on_line, line, no_wait, nothing),
            (on_line[:-1], on_line[1:], no_wait[1:], ride),
            (line[:-1], line[1:], no_wait[1:], walk),
        ]
    ends = rng.choice(side * side, n_destinations, replace=False)
    origin, destination = (
        each.ravel() for each in np.meshgrid(np.arange(side * side), np.sort(ends))
    )
    other = origin != destination
    return City(
        *(np.concatenate(column) for column in zip(*parts, strict=True)),
        n_nodes,
        origin[other],
        destination[other],
        rng.uniform(0, 10, int(other.sum())),
    )


def transitplan(town: City, threads: int) -> Callable[[], Floats]:
    """Prepare a run of the package itself."""
    order = np.argsort(town.head, kind="stable")
    net = Services(
        np.searchsorted(town.head[order], np.arange(town.n_nodes + 1)).astype(np.int64),
        town.tail[order].astype(np.int32),
        town.head[order].astype(np.int32),
        town.frequency[order],
        town.cost[order],
    )
    ends, first = np.unique(town.destination, return_index=True)
    demand = Trips(ends, np.append(first, town.origin.size), town.origin, town.trips)

    def run() -> Floats:
        volume = np.empty(order.size)
        volume[order] = load_strategies(net, demand, threads=threads)[2]
        return volume

    return run


def aequilibrae(town: City) -> Callable[[], Floats]:
    """Prepare a run of AequilibraE on one thread."""
    from aequilibrae.paths.public_transport import HyperpathGenerating

    edges = pd.DataFrame(
        {
            "tail": town.tail.astype(np.uint32),
            "head": town.head.astype(np.uint32),
            "freq": town.frequency,
            "trav_time": np.maximum(town.cost, LEAST_MIN),
        }
    )
    ids = np.arange(town.n_nodes)
    program: Any = HyperpathGenerating(edges, o_vert_ids=ids, d_vert_ids=ids, nodes_to_indices=ids)

    def run() -> Floats:
        program.assign(town.origin, town.destination, town.trips, threads=1)
        volume: Floats = program._edges["volume"].to_numpy()  # noqa: SLF001  no other way out
        return volume

    return run


def timed(run: Callable[[], Floats]) -> tuple[Floats, float, float]:
    """Run; also CPU and wall time in seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    found = run()
    return found, time.process_time() - cpu, time.perf_counter() - wall


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sides", type=int, nargs="+", default=[20, 40, 80])
    parser.add_argument("--destinations", type=int, default=64)
    parser.add_argument("--pairs", type=int, default=5)
    asked = parser.parse_args()
    good = True
    for side in asked.sides:
        town = city(side, asked.destinations)
        runs = [transitplan(town, 1), aequilibrae(town), transitplan(town, 2)]
        for run in runs:
            run()
        rows = [[timed(run) for run in runs] for _ in range(asked.pairs)]
        ours, theirs, two = rows[0][0][0], rows[0][1][0], rows[0][2][0]
        off = np.abs(ours - theirs).max() / theirs.max()
        good &= off <= 1e-9 and ours.tobytes() == two.tobytes()
        cpu = [1e3 * median(row[k][1] for row in rows) / asked.destinations for k in (0, 1)]
        ratio = [row[1][1] / row[0][1] for row in rows]
        speedup = [row[0][2] / row[2][2] for row in rows]
        more = median(row[2][1] / row[0][1] for row in rows)
        same = ours.tobytes() == two.tobytes()
        print(
            f"{side * side} stops, {town.n_nodes} nodes, {town.tail.size} links: CPU per "
            f"destination {cpu[0]:.2f} ms, AequilibraE {cpu[1]:.2f} ms, ratio {median(ratio):.2f} "
            f"({min(ratio):.2f} to {max(ratio):.2f}); 2 threads {median(speedup):.2f} times as "
            f"fast by wall time ({min(speedup):.2f} to {max(speedup):.2f}) for {more:.2f} times "
            f"the CPU; volumes off by {off:.0e}; {'the same' if same else 'OTHER'} bytes"
        )
    raise SystemExit(not good)


if __name__ == "__main__":
    main()
