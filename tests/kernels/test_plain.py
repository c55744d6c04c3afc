"""The kernels are plain Python too: the same answers with the compiler switched off."""

import json
import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from transitplan.assignment import BiconjugateFrankWolfe, BushBased, PathBased, assign
from transitplan.graph import compile_road
from transitplan.kernels import blocks
from transitplan.model.cases import grid
from transitplan.paths import skim

SCRIPT = """
import json
from transitplan.assignment import BiconjugateFrankWolfe, BushBased, PathBased, assign
from transitplan.graph import compile_road
from transitplan.model.cases import grid
from transitplan.paths import skim
network, demand = grid(3, 3, trips_vph=700.0)
roads = compile_road(network)
flows = [assign(roads, demand, m, gap=1e-4).flow_vph.tolist()
         for m in (PathBased(), BushBased(), BiconjugateFrankWolfe())]
print(json.dumps([flows, skim(roads).array("time_s").tolist()]))
"""


def test_same_answers_without_the_compiler():
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
    )
    flows, times = json.loads(ran.stdout)
    network, demand = grid(3, 3, trips_vph=700.0)
    roads = compile_road(network)
    for method, plain in zip(
        (PathBased(), BushBased(), BiconjugateFrankWolfe()), flows, strict=True
    ):
        found = assign(roads, demand, method, gap=1e-4).flow_vph
        np.testing.assert_allclose(found, plain, rtol=1e-9, atol=1e-9)
    assert skim(roads).array("time_s").tolist() == times


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 1000])
def test_blocks_cover_all_once_and_do_not_depend_on_threads(size):
    parts = blocks.split(size)
    assert [i for first, end in parts for i in range(first, end)] == list(range(size))
    assert len(parts) == min(size, blocks.BLOCKS)
    done = []
    blocks.run(done.append, parts, 2)
    assert sorted(done) == parts


def test_an_error_in_a_block_is_not_lost():
    def fail(block):
        raise ZeroDivisionError(block)

    with pytest.raises(ZeroDivisionError):
        blocks.run(fail, blocks.split(5), 2)


def test_blocks_may_be_run_from_blocks_and_from_many_threads_at_once() -> None:
    """No thread waits for one that waits for it."""
    done: list[tuple[int, int]] = []

    def outer(i: int) -> None:
        blocks.run(lambda k: done.append((i, k)), range(5), 4)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: blocks.run(outer, range(7), 4), range(6)))

    assert sorted(done) == sorted(6 * [(i, k) for i in range(7) for k in range(5)])


def test_blocks_that_were_not_begun_are_left_out_after_an_error() -> None:
    done: list[int] = []

    def work(i: int) -> None:
        if i == 0:
            raise ValueError("first")
        time.sleep(0.001)
        done.append(i)

    with pytest.raises(ValueError, match="first"):
        blocks.run(work, range(1000), 2)
    assert len(done) < 999


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
def test_a_forked_process_starts_threads_of_its_own() -> None:
    blocks.run(lambda _: None, range(4), 2)
    fork = multiprocessing.get_context("fork")
    child = fork.Process(target=blocks.run, args=(abs, range(4), 2))
    child.start()
    child.join(60)
    assert child.exitcode == 0
