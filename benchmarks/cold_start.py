"""Time a new process: ``import transitplan``, then the first assignment of Sioux Falls.

    python benchmarks/cold_start.py --runs 3

Once with an empty folder of compiled kernels, then with the one that this filled.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from networks import DATA

SCRIPT = """
import sys, time
start = time.perf_counter()
import transitplan as tp
imported = time.perf_counter()
net, trips = sys.argv[1:]
network, demand = tp.read_tntp(net, trips, time_unit="0.01h")
read = time.perf_counter()
tp.assign(tp.compile_road(network), demand)
print(imported - start, read - imported, time.perf_counter() - read)
"""
PARTS = ("import", "read", "first assign")


def main() -> None:
    """Print medians of wall seconds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--data", type=Path, default=DATA)
    asked = parser.parse_args()
    rows: dict[str, list[list[float]]] = {"empty": [], "filled": []}
    for _ in range(asked.runs):
        with tempfile.TemporaryDirectory() as compiled:
            for label, found in rows.items():
                found.append(_seconds(asked.data, compiled))
                print(
                    label, *(f"{part} {s:.2f} s " for part, s in zip(PARTS, found[-1], strict=True))
                )
    for label, found in rows.items():
        middle = [median(part) for part in zip(*found, strict=True)]
        print(f"median, {label} folder of compiled kernels:")
        print("  " + ", ".join(f"{part} {s:.2f} s" for part, s in zip(PARTS, middle, strict=True)))


def _seconds(data: Path, compiled: str) -> list[float]:
    files = [str(data / "SiouxFalls" / f"SiouxFalls_{part}.tntp") for part in ("net", "trips")]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *files],
        env={**os.environ, "NUMBA_CACHE_DIR": compiled},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [float(part) for part in done.stdout.split()]


if __name__ == "__main__":
    main()
