"""A Dask cluster on this machine: a scheduler and worker processes, each of which may be killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STARTS_S = 60.0  # on a machine that has much to do


class Cluster:
    """A scheduler and its workers, as a user starts them by hand."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = []
        self.scheduler = None
        self.address = ""
        self.workers = []

    def start_scheduler(self):
        file = self.folder / f"scheduler-{len(self.processes)}.json"
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", file
        )
        end = time.monotonic() + STARTS_S
        while not self.address_in(file):
            assert time.monotonic() < end, "no scheduler"
            time.sleep(0.05)
        self.address = self.address_in(file)
        return self.address

    def add_workers(self, count):
        self.workers += [
            self._start("worker", self.address, "--nthreads", "1", "--no-nanny")
            for _ in range(count)
        ]

    @staticmethod
    def address_in(file):
        with contextlib.suppress(OSError, ValueError):
            return json.loads(file.read_text())["address"]
        return ""

    def kill(self, process):
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)

    def end(self):
        for process in self.processes:
            if process.poll() is None:
                self.kill(process)

    def _start(self, *words):
        path = self.folder / f"{words[0]}-{len(self.processes)}.log"
        command = [sys.executable, "-m", "dask", *map(str, words), "--no-dashboard"]
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path)))
        with path.open("w") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.folder, env=environment
            )
        self.processes.append(process)
        return process


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    made.start_scheduler()
    made.add_workers(2)
    yield made
    made.end()
