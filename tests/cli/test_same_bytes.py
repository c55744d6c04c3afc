"""A run gives the same bytes again, whatever the order of sets, the threads and the processes."""

import os
import subprocess
import sys

import pytest

SMALL = ("networks/two_banks", "--gap", "1e-4")
STUDIES = ("economy", "response", "resilience", "tolls")  # the longest ones
LEFT_OUT = [word for study in STUDIES for word in ("--skip", study)]
RUNS = {  # of ``stage`` see test_stage.py
    "assess": SMALL,
    "appraise": (*SMALL, "--points", "7", *LEFT_OUT),
}
FILES = {"map.html", "report.html", "results.gpkg", "run.json", "tables.xlsx"}


def _run(verb, out, *, seed, threads):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "transitplan", verb, *RUNS[verb]),
            *("--processes", str(threads), "--out", str(out)),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PYTHONHASHSEED": str(seed),
            "NUMBA_NUM_THREADS": str(threads),
            "TRANSITPLAN_STORE": "off",  # else the second would read what the first found
        },
    )
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.mark.parametrize("verb", list(RUNS))
def test_every_file_of_two_runs_is_the_same(verb, tmp_path):
    one, two = (
        _run(verb, tmp_path / str(seed), seed=seed, threads=threads)
        for seed, threads in ((1, 1), (2, 2))
    )
    assert set(one) >= FILES
    assert {name for name in one | two if one.get(name) != two.get(name)} == set()
