"""Skims between all zones of Philadelphia (13,389 nodes, 1,525 zones) against other programs.

    python benchmarks/skims.py --threads 1 2 --pairs 3 --csv skims.csv

The network is that of ``networks.py``. Programs that are not installed are left out with a word
(``pip install aequilibrae routingkit-cch``). The exit status is 1 if the matrix is not SciPy's.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from matrices import Case, compare, right

from networks import DATA, Plain, least_cost, plain, roads_alone

LEAST_S = 1e-6  # AequilibraE refuses links without time
PROGRAMS = ("scipy", "igraph", "AequilibraE", "routingkit-cch")


def zones_of(net: Plain, x: "pd.Series[float]", y: "pd.Series[float]") -> Case:
    """All zones to all zones, by free time."""
    return Case(
        net.tail,
        net.head,
        np.maximum(net.free_s, LEAST_S),
        net.passable,
        y.to_numpy(float),
        x.to_numpy(float),
        net.centroid,
        net.centroid,
    )


def main() -> None:
    """Print and write a row for each program and number of threads."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--programs", nargs="+", default=PROGRAMS, choices=PROGRAMS)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--csv", type=Path)
    asked = parser.parse_args()
    network, demand = roads_alone("Dense", asked.data)
    net = plain(network, demand)
    with tempfile.TemporaryDirectory() as place:
        nodes = network.nodes
        case = zones_of(net, nodes["x_m"], nodes["y_m"])
        path = case.save(Path(place) / "case.npz")
        expected = least_cost(net, case.cost)
        rows = [
            {"threads": threads, **row}
            for threads in asked.threads
            for row in compare(path, asked.programs, threads, asked.pairs, expected)
        ]
    raise SystemExit(not right(rows, asked.csv))


if __name__ == "__main__":
    main()
