"""Ctrl-C during a run: nothing is lost that was asked to be kept, and nothing is half written."""

import os
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from tests.answers.cases import sioux_falls
from tests.laws import REPOSITORY, check_flows
from transitplan.assignment import (
    BiconjugateFrankWolfe,
    FrankWolfe,
    PathBased,
    SuccessiveAverages,
    assign,
)
from transitplan.errors import ConvergenceError
from transitplan.graph import compile_road

METHODS = [SuccessiveAverages(), FrankWolfe(), BiconjugateFrankWolfe(), PathBased()]
BY_METHOD = pytest.mark.parametrize("method", METHODS, ids=[method.name for method in METHODS])


def stop_at(last):
    """A progress function that presses Ctrl-C."""

    def tell(iteration, gap):
        del gap
        if iteration == last:
            raise KeyboardInterrupt

    return tell


@BY_METHOD
@pytest.mark.parametrize("last", [0, 2])
def test_interrupt_keeps_the_full_iterations_when_asked(method, last):
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    found = assign(roads, demand, method, gap=0.0, progress=stop_at(last), keep_interrupted=True)
    assert found.status == "interrupted"
    assert found.status.advice == "Stopped after a full iteration; hand it over as start to go on."
    assert found.iterations == last
    same = assign(roads, demand, method, gap=0.0, max_iterations=last)
    assert found.flow_vph.tobytes() == same.flow_vph.tobytes()
    assert found.relative_gap == same.relative_gap == found.history["relative_gap"].min()
    check_flows(found, demand)
    assert found.select([16]).total_vph == pytest.approx(found.flow_vph[15], rel=1e-9)


@BY_METHOD
def test_interrupt_within_a_step_leaves_the_earlier_flows_whole(method):
    """The step is broken off after it has worked: what it did may not shine through."""
    network, demand, _ = sioux_falls()
    roads = compile_road(network)

    class Broken(type(method)):
        def step(self, problem, state, search):
            after = super().step(problem, state, search)
            if len(calls) == 2:
                raise KeyboardInterrupt
            calls.append(1)
            return after

    calls = []
    found = assign(roads, demand, Broken(), gap=0.0, keep_interrupted=True)
    same = assign(roads, demand, method, gap=0.0, max_iterations=2)
    assert found.flow_vph.tobytes() == same.flow_vph.tobytes()
    check_flows(found, demand)
    if found.routes is not None:
        size = np.diff(found.routes.first_link)
        sums = np.bincount(found.routes.links, np.repeat(found.routes.flow_vph, size), 76)
        assert_allclose(sums, found.flow_vph, rtol=1e-12)


def test_an_interrupted_run_can_go_on():
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    first = assign(roads, demand, gap=1e-10, progress=stop_at(4), keep_interrupted=True)
    rest = assign(roads, demand, gap=1e-10, start=first)
    whole = assign(roads, demand, gap=1e-10)
    assert rest.status == "converged"
    assert rest.iterations < whole.iterations
    assert_allclose(rest.flow_vph, whole.flow_vph, atol=1e-2)


def test_interrupt_goes_on_as_usual_when_nothing_else_was_asked():
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    with pytest.raises(KeyboardInterrupt):
        assign(roads, demand, gap=0.0, progress=stop_at(2))
    with pytest.raises(ConvergenceError, match="assign: interrupted, relative gap .* after 2 iter"):
        assign(roads, demand, gap=0, progress=stop_at(2), keep_interrupted=True, strict=True)


def test_interrupt_before_the_first_full_iteration_has_nothing_to_keep():
    network, demand, _ = sioux_falls()

    class Early(PathBased):
        def search(self, *_):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        assign(compile_road(network), demand, Early(), keep_interrupted=True)


SLOW = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
from transitplan.assignment import gap
measured = gap.measure
def measure(*arguments):
    print("measured", file=sys.stderr, flush=True)
    time.sleep(0.1)
    return measured(*arguments)
gap.measure = measure
{body}
"""
LIBRARY = """
import transitplan as tp
roads = tp.compile_road(tp.read_network("networks/two_banks/2025"))
demand = tp.read_demand("od_matrices/two_banks/2025_am.omx")
found = tp.assign(roads, demand, tp.SuccessiveAverages(), gap=0.0, keep_interrupted=True)
print(found.status, found.iterations, found.relative_gap)
"""
COMMAND = """
from transitplan.cli.main import run
sys.argv = ["transitplan", "assign", "networks/two_banks/2025",
            "od_matrices/two_banks/2025_am.omx", "--gap", "0", "--out", sys.argv[1]]
run()
"""


def interrupt(body, *arguments, after):
    """Run a script with slow iterations, send SIGINT after so many, and wait for its end."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW.format(body=body), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    for _ in range(after):
        assert process.stderr.readline() == "measured\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


@pytest.mark.skipif(os.name == "nt", reason="signals of a shell")
def test_a_real_signal_ends_a_real_run():
    code, out, err = interrupt(LIBRARY, after=5)
    assert code == 0, err
    assert out.startswith("interrupted ")
    assert 2 <= int(out.split()[1]) <= 5


@pytest.mark.skipif(os.name == "nt", reason="signals of a shell")
def test_the_command_writes_what_it_has_and_says_so(tmp_path):
    path = tmp_path / "flows.csv"
    code, out, err = interrupt(COMMAND, str(path), after=4)
    assert code == 130
    assert "interrupted: the flows are those of" in err
    assert "0.00e+00 was asked for" in err
    assert "path-based: interrupted after" in out
    assert len(pd.read_csv(path)) == 40
    assert [each.name for each in tmp_path.iterdir()] == ["flows.csv"]  # no part left behind


@pytest.mark.skipif(os.name == "nt", reason="signals of a shell")
def test_a_command_ended_before_the_first_iteration_writes_nothing(tmp_path):
    path = tmp_path / "flows.csv"
    code, _, err = interrupt(COMMAND, str(path), after=1)
    assert code == 130
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())
