"""One run of one program in a process of its own: own caches, threads and memory.

    python benchmarks/runs.py JOB ANSWER

The process reads the network, runs the program once for a few iterations so that all is compiled
and loaded, prepares again, and only then starts the clock.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from peers import PROGRAMS, Order

from networks import load
from transitplan.arrays import Floats

WARM = 3  # iterations before the clock starts
GRACE_S = 0.25  # share of the limit by which a program that stops by itself may pass it
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
)


@dataclass(frozen=True)
class Job:
    """What to run."""

    program: str
    network: str
    data: str
    order: Order


@dataclass(frozen=True, eq=False)
class Answer:
    """What came of it."""

    prepare_s: float
    cpu_s: float
    wall_s: float
    gap: float  # as the program says
    iterations: int
    memory_mb: float  # peak of the process
    flow_vph: Floats


def run(job: Job) -> Answer | None:
    """Run a job in a new process; None if it was ended at the time limit."""
    threads = {name: str(job.order.threads) for name in THREADS}
    with tempfile.TemporaryDirectory() as place:
        question, answer = Path(place) / "job.json", Path(place) / "answer.npz"
        question.write_text(json.dumps(asdict(job)))
        command = [sys.executable, __file__, str(question), str(answer)]
        done = subprocess.run(
            command, env={**os.environ, **threads}, stdout=subprocess.DEVNULL, check=False
        )
        if done.returncode == -signal.SIGALRM:
            return None
        if done.returncode:
            raise SystemExit(f"{job.program} failed on {job.network}; its message stands above.")
        with np.load(answer) as found:
            numbers = {key: found[key].item() for key in found.files if key != "flow_vph"}
            return Answer(**numbers, flow_vph=found["flow_vph"])


def _work(question: dict[str, Any], answer: Path) -> None:
    order = Order(*question["order"])
    network, demand = load(question["network"], Path(question["data"]))
    program = PROGRAMS[question["program"]]
    program(network, demand, order._replace(sweeps=WARM))()
    clock = time.perf_counter()
    solve = program(network, demand, order)
    prepared = time.perf_counter() - clock
    signal.setitimer(signal.ITIMER_REAL, order.limit_s * (1 + GRACE_S))  # ends the process
    cpu, wall = time.process_time(), time.perf_counter()
    found = solve()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    memory_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    np.savez(
        answer,
        prepare_s=prepared,
        cpu_s=cpu,
        wall_s=wall,
        gap=found.gap,
        iterations=found.iterations,
        memory_mb=memory_kb / 1024,
        flow_vph=found.flow_vph,
    )


if __name__ == "__main__":
    _work(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
