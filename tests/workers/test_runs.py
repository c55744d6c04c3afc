"""Runs on every kind of workers, with and without a store, and after faults."""

import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import transitplan as tp
from tests.workers.same import assert_same
from transitplan.appraisal.pairs import hour_pairs
from transitplan.errors import ValidationError, WorkersLostError
from transitplan.model.edits import set_columns
from transitplan.scenario.packing import pack_run, unpack_run
from transitplan.scenario.run import Runner, solve_variant, whole
from transitplan.scenario.variants import Toll, Variant, variant_demand, variant_network
from transitplan.store import Store

BUILT = ((), ("middle-bridge",), ("middle-tunnel",))
SET = [
    Variant(year, built, trips=trips)
    for year in (2025, 2035)
    for built in BUILT
    for trips in (1.0, 1.1)
]
ODD = [  # one of each kind that is solved in another way
    Variant(2025, ("middle-bridge",), elasticity=-0.3),
    Variant(2025, ("middle-bridge",), response="modes"),
    Variant(2035, ("middle-tunnel",), plates=True),
    Variant(2025, closed=("W",), tolls=(Toll("E", "car", 3.0),)),
]


@pytest.fixture(scope="module")
def case():
    return tp.read_case("networks/two_banks")


@pytest.fixture(scope="module")
def expected(case):
    """What the set and the odd ones are, solved here without a store."""
    with Runner(case, processes=1) as runner:
        return taken(runner)


def taken(runner):
    return runner.take_each([*SET, *ODD], [whole, hour_pairs])


def test_a_packed_run_is_the_run_to_the_last_bit(case):
    base, start = solve_variant(case, Variant(2025))
    for variant in (Variant(2025), *ODD[:2]):
        run = base if variant == Variant(2025) else solve_variant(case, variant, 1e-6, start)[0]
        content = pack_run(run)
        made = variant_network(case, variant), variant_demand(case, variant)
        assert_same(unpack_run(content, variant, *made), _without_clock(run))
        assert pack_run(unpack_run(content, variant, *made)) == content


def _without_clock(run):
    found = run.found
    return replace(run, found=replace(found, history=found.history.assign(seconds=np.nan)))


def test_a_packed_run_is_not_unpacked_on_another_network(case):
    run, _ = solve_variant(case, Variant(2025), 1e-3)
    other = variant_network(case, Variant(2025, closed=("W",)))
    with pytest.raises(ValueError, match="kept of network .* but the case makes"):
        unpack_run(pack_run(run), Variant(2025), other, run.demand)


def test_what_was_stored_is_loaded_and_the_same_and_nothing_is_solved(case, expected, tmp_path):
    store = Store(tmp_path)
    for times in (0, 1):
        with Runner(case, processes=1, store=store) as runner:
            assert_same(taken(runner), expected)
        assert runner.loaded == times * runner.solved


def test_a_variant_that_starts_from_a_stored_one_is_the_same(case, expected, tmp_path):
    store, (runs, _) = Store(tmp_path), expected
    for wanted in ([Variant(2025)], [SET[2]]):
        with Runner(case, processes=1, store=store) as runner:
            found = runner.take(wanted, whole)
    assert runner.loaded == 1
    assert_same(found[SET[2]], runs[SET[2]])


def test_another_gap_toll_or_demand_is_another_run(case, tmp_path):
    store = Store(tmp_path)
    kinds = [(case, 1e-3), (case, 1e-4), (_tolled(case), 1e-3)]
    for given, gap in kinds:
        with Runner(given, gap=gap, processes=1, store=store) as runner:
            runner.take([Variant(2025)], whole)
        assert runner.loaded == 0
    appraised = _with_parameter(case, "discount_rate", 0.01)  # no equilibrium depends on it
    with Runner(appraised, gap=1e-3, processes=1, store=store) as runner:
        runner.take([Variant(2025), Variant(2025, trips=1.1)], whole)
    assert (runner.solved, runner.loaded) == (2, 1)


def test_a_number_that_the_version_of_a_network_takes_for_the_same_is_another_run(case, tmp_path):
    links = case.network.links
    alpha = links["vdf_alpha"] + 4e-7  # a version rounds to six digits
    other = replace(case, network=set_columns(case.network, {"vdf_alpha": alpha}, reason="near"))
    assert other.network.version == case.network.version
    store, found = Store(tmp_path), []
    for given in (case, other):
        with Runner(given, processes=1, store=store) as runner:
            found.append(runner.take([Variant(2025)], whole)[Variant(2025)].flows)
        assert runner.loaded == 0
    assert not found[0].equals(found[1])


def test_demand_written_while_runs_are_under_way_is_refused_and_not_kept(tmp_path):
    for name in ("networks", "od_matrices"):
        shutil.copytree(f"{name}/two_banks", tmp_path / name / "two_banks")
    copied = tp.read_case(tmp_path / "networks" / "two_banks")
    wanted = [Variant(2025), Variant(2025, ("middle-bridge",))]

    def write_anew(case, run):
        del run
        copy_of = case.demand_path(2035).read_bytes()
        case.demand_path(2025).write_bytes(copy_of)

    store = Store(tmp_path / "runs")
    with (
        Runner(copied, gap=1e-3, processes=1, store=store) as runner,
        pytest.raises(ValidationError, match=r"middle-bridge 2025: the demand files of .* changed"),
    ):
        runner.take(wanted, write_anew)
    assert store.runs()["name"].tolist() == ["none 2025"]


def test_a_store_that_is_nearly_full_lets_no_run_go_that_is_still_needed(case, tmp_path):
    bases = [Variant(2025), Variant(2035)]
    wanted = [*bases, *(Variant(base.year, built) for base in bases for built in BUILT[1:])]
    store = Store(tmp_path)
    with Runner(case, gap=1e-3, processes=1, store=store) as runner:
        expected = runner.take(wanted, whole)
    sizes = store.runs()["bytes"]
    store.gc(keep=0)
    small = Store(tmp_path, most_bytes=int(2.5 * sizes.max()))
    for asked in (bases, wanted[2:]):
        with Runner(case, gap=1e-3, processes=1, store=small) as runner:
            found = runner.take(asked, whole)
    assert_same(found, {variant: expected[variant] for variant in wanted[2:]})
    assert runner.loaded == 2


def _tolled(case):
    rules = case.tolls.copy()
    rules["cny"] += 1.0
    return replace(case, tolls=rules)


def _with_parameter(case, name, value):
    rows = case.parameters.copy()
    assert name in set(rows["parameter_id"])
    rows.loc[rows["parameter_id"] == name, "value"] = value
    return replace(case, parameters=rows)


def test_a_case_changed_in_memory_is_the_one_that_workers_solve(case, cluster):
    changed = _tolled(case)
    with Runner(changed, processes=1, gap=1e-4) as runner:
        here = runner.take(SET[:2], whole)
    with Runner(changed, cluster=cluster.address, gap=1e-4) as runner:
        assert_same(runner.take(SET[:2], whole), here)


def test_a_cluster_gives_the_same_and_a_worker_that_dies_costs_its_task_only(
    case, expected, cluster, tmp_path
):
    store, log = Store(tmp_path / "store"), tmp_path / "done"
    cluster.add_workers(1)
    told = []

    def kill_one(done, asked, name):
        del asked
        told.append(name)
        if done == 4:
            cluster.kill(cluster.workers.pop())

    with Runner(case, cluster=cluster.address, store=store, progress=kill_one) as runner:
        count_tasks(cluster.address, log)
        assert_same(taken(runner), expected)
    assert (runner.solved, runner.loaded) == (len(told), 0)
    solved = log.read_text().splitlines()
    names = [line.rsplit(" ", 1)[0] for line in solved]
    assert all(names.count(name) == 1 for name in told[:4])  # what was finished is not repeated
    assert len(told) <= len(solved) <= len(told) + 3  # what the dead worker had not handed over
    with Runner(case, cluster=cluster.address, store=store) as runner:
        assert_same(taken(runner), expected)
    assert runner.loaded == runner.solved
    assert len(log.read_text().splitlines()) > len(solved)  # tasks that take, and solve nothing


def count_tasks(address, log):
    """Have every worker note the tasks that it has finished."""
    from distributed import Client, WorkerPlugin

    class Noted(WorkerPlugin):
        def __init__(self, path):
            self.path = path

        def transition(self, key, start, finish, **more):
            del more
            if (start, finish) == ("executing", "memory"):
                with Path(self.path).open("a") as file:
                    file.write(f"{key}\n")

    with Client(address, set_as_default=False) as client:
        client.register_plugin(Noted(str(log)), name=f"noted in {log}")


CLIENT = """
import sys
import transitplan as tp
from tests.workers.test_runs import SET
from transitplan.scenario.run import Runner, whole
from transitplan.store import Store
address, folder = sys.argv[1:]
def told(done, asked, name):
    print(done, flush=True)
case = tp.read_case("networks/two_banks")
with Runner(case, cluster=address, store=Store(folder), progress=told) as runner:
    runner.take(SET, whole)
"""


def test_a_client_that_is_killed_goes_on_from_what_was_stored(case, expected, cluster, tmp_path):
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path)))
    with subprocess.Popen(
        [sys.executable, "-c", CLIENT, cluster.address, tmp_path],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as client:
        alarm = threading.Timer(100.0, client.kill)  # it must not hang
        alarm.start()
        for line in client.stdout:
            if int(line) == 5:
                client.kill()
        alarm.cancel()
    store = Store(tmp_path)
    kept = len(store.runs())
    assert 5 <= kept < len(SET)
    with Runner(case, cluster=cluster.address, store=store) as runner:
        found = runner.take(SET, whole)
    assert (runner.solved, runner.loaded) == (len(SET), kept)
    assert_same(found, {variant: expected[0][variant] for variant in SET})


def test_a_scheduler_that_is_gone_is_told_and_the_next_one_goes_on(
    case, expected, cluster, tmp_path
):
    store = Store(tmp_path)

    def kill_scheduler(done, asked, name):
        del asked, name
        if done == 5:
            cluster.kill(cluster.scheduler)

    begun = time.monotonic()
    with (
        pytest.raises(WorkersLostError, match=r"scheduler at tcp://.* is gone.*goes on"),
        Runner(case, cluster=cluster.address, store=store, progress=kill_scheduler) as runner,
    ):
        runner.take(SET, whole)
    assert time.monotonic() - begun < 60
    kept = len(store.runs())
    assert 5 <= kept < len(SET)
    cluster.start_scheduler()
    cluster.add_workers(2)
    with Runner(case, cluster=cluster.address, store=store) as runner:
        found = runner.take(SET, whole)
    assert (runner.solved, runner.loaded) == (len(SET), kept)
    assert_same(found, {variant: expected[0][variant] for variant in SET})
