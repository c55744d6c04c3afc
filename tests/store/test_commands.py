"""``transitplan runs`` and ``reproduce`` as a planner meets them, on a real case."""

import json
import re
import shutil
import subprocess

import pandas as pd
import pytest

from tests.cli.running import transitplan
from tests.store.disks import mounted
from transitplan.store import Store

CASE = "networks/two_banks"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A case of one's own, its demand, and two jobs of it in a store."""
    root = tmp_path_factory.mktemp("place")
    shutil.copytree(CASE, root / CASE)
    shutil.copytree("od_matrices/two_banks", root / "od_matrices/two_banks")
    for gap in ("1e-6", "1e-7"):
        done = stage(root, "--gap", gap)
        assert done.code == 0, done.stderr
        assert re.search(r"kept as run [0-9a-f]{10} in", done.stderr)
    return root


def stage(root, *words):
    return transitplan(
        "stage",
        root / CASE,
        "--processes",
        1,
        "--store",
        root / "runs",
        "--out",
        root / "out",
        *words,
    )


def runs(place, *words):
    return transitplan("runs", *words, "--store", place / "runs")


@pytest.fixture(scope="module")
def keys(place):
    return [run["key"] for run in json.loads(runs(place, "list", "--json").stdout)["runs"]]


def test_jobs_are_listed_for_people_and_machines(place, keys):
    listed = runs(place, "list").stdout
    assert all(key[:10] in listed for key in keys)
    assert "Two banks · two_banks" in listed
    assert len(keys) == 2


def test_a_run_is_shown_by_the_first_digits_of_its_key(place, keys):
    shown = runs(place, "show", keys[0][:6]).stdout
    assert f"run: {keys[0]}" in shown
    assert "gap 1e-06" in shown
    assert re.search(r"plans +2 ", shown)
    record = json.loads(runs(place, "show", keys[0], "--json").stdout)
    assert record["inputs"]["files"]["case.toml"]
    assert record["inputs"]["files"]["../../od_matrices/two_banks/2025_am.omx"]
    assert record["record"]["seconds"] > 0


def test_a_misspelt_key_is_told(place, keys):
    wrong = keys[0][:7] + ("0" if keys[0][7] != "0" else "1")
    done = runs(place, "show", wrong)
    assert done.code == 2
    assert f"no run '{wrong}'. Did you mean {keys[0][:8]}?" in done.stderr


def test_two_runs_are_compared(place, keys):
    done = runs(place, "compare", *keys)
    assert done.code == 1
    assert "inputs.options.gap: 1e-06 → 1e-07" in done.stdout
    assert re.search(
        r"plans\.npv_cny: 1 of 2 rows differ, by [\d,.]+ at most, at rank 1", done.stdout
    )
    same = runs(place, "compare", keys[0], keys[0])
    assert (same.code, same.stdout) == (0, "10 tables, all the same.\n")
    record = json.loads(runs(place, "compare", *keys, "--json").stdout)
    assert record["equal"] is False


def test_a_job_is_kept_once_and_reproduced_elsewhere_bit_for_bit(place, keys, tmp_path):
    before = Store(place / "runs").get(keys[0])
    again = stage(place, "--gap", "1e-6")
    assert f"kept as run {keys[0][:10]}" in again.stderr
    assert re.search(r"; [1-9]\d* equilibri(um|a) came from there", again.stderr)
    assert Store(place / "runs").get(keys[0]).written == before.written
    shutil.copytree(place / "networks", tmp_path / "networks")
    shutil.copytree(place / "od_matrices", tmp_path / "od_matrices")
    done = reproduce(place, keys[0], "--case", tmp_path / CASE)
    assert (done.code, done.stdout) == (0, "10 tables, all the same.\nReproduced.\n"), done.stderr


def test_an_equilibrium_is_reproduced_bit_for_bit(place):
    listed = json.loads(runs(place, "list", "--all", "--json").stdout)["runs"]
    named = {run["name"]: run["key"] for run in listed if run["kind"] == "equilibrium"}
    done = reproduce(place, named["middle-bridge 2035, trips × 0.8"])
    assert (done.code, done.stdout.splitlines()[-1]) == (0, "Reproduced."), done.stdout


def reproduce(place, key, *words):
    return transitplan("reproduce", key[:8], "--processes", 1, "--store", place / "runs", *words)


def test_a_run_that_another_made_is_not_reproduced(place, keys, tmp_path):
    """Tables that our program did not compute, under a record that says it did."""
    from transitplan.io.parquet import parquet_bytes

    run = Store(place / "runs").get(keys[0])
    files = {name: run.content(name) for name in run.files}
    plans = run.table("plans")
    files["plans.parquet"] = parquet_bytes(plans.assign(npv_cny=plans["npv_cny"] + 1000.0))
    Store(tmp_path).put(run.key, run.kind, run.inputs, files, run.record)
    done = transitplan("reproduce", run.key, "--processes", 1, "--store", tmp_path)
    assert done.code == 1
    assert "plans.npv_cny: 2 of 2 rows differ, by 1,000 at most" in done.stdout
    assert done.stdout.endswith("Not reproduced.\n")


def test_inputs_of_another_checkout_that_changed_are_named(place, keys, tmp_path):
    shutil.copytree(place / "networks", tmp_path / "networks")
    shutil.copytree(place / "od_matrices", tmp_path / "od_matrices")
    table = tmp_path / CASE / "parameters.csv"
    table.write_text(table.read_text() + "\n")
    (tmp_path / CASE / "cards").mkdir(exist_ok=True)
    (tmp_path / CASE / "cards" / "new.yml").write_text("project: nothing\n")
    done = reproduce(place, keys[0], "--case", tmp_path / CASE)
    assert done.code == 1
    assert "parameters.csv changed" in done.stderr
    assert "cards/new.yml is new" in done.stderr
    done = reproduce(place, keys[0], "--case", tmp_path / "moved")
    assert (done.code, "case.toml: no such file" in done.stderr) == (2, True)


def test_gc_says_what_goes_and_then_does_it(place, tmp_path):
    shutil.copytree(place / "runs", tmp_path / "runs")
    (tmp_path / "runs" / ".part-x").mkdir()
    told = runs(tmp_path, "gc", "--keep", "1", "--dry-run").stdout
    assert re.fullmatch(
        r"would go: 14 of 16 runs \([\d.]+ kB\), unfinished folders 1, damaged folders 0; "
        r"[\d.]+ kB left\n",
        told,
    )
    assert len(Store(tmp_path / "runs").runs()) == 16
    done = json.loads(runs(tmp_path, "gc", "--keep", "1", "--json").stdout)
    assert len(done["removed"]) == 14
    assert sorted(Store(tmp_path / "runs").runs()["kind"]) == ["equilibrium", "stage"]
    assert done["left_over"] == [".part-x"]
    for words in (("--older-than", "3"), ("--max-size", "lots")):
        assert runs(tmp_path, "gc", *words).code == 2


def test_without_a_store_nothing_is_kept(place, tmp_path):
    done = stage(place, "--no-store")
    assert done.code == 2
    assert "--no-store: leave one out" in done.stderr
    words = ("stage", place / CASE, "--processes", 1, "--gap", "1e-6", "--out", tmp_path)
    done = transitplan(*words)  # the tests switch the store off
    assert done.code == 0
    assert "kept as run" not in done.stderr
    done = transitplan("runs", "list")
    assert done.code == 2
    assert "switched off (TRANSITPLAN_STORE=off). Name one: --store FOLDER" in done.stderr


def test_a_job_that_fills_the_disk_goes_on_from_there(place, tmp_path):
    disk = tmp_path / "disk"
    words = ("stage", place / CASE, "--processes", 1, "--gap", "1e-6", "--out", tmp_path / "out")
    with mounted(disk, "size=200k"):
        done = transitplan(*words, "--store", disk / "runs")
        assert done.code == 2
        assert done.stderr.count("\n") == 1
        assert "the disk of the run store is full (No space left on device)" in done.stderr
        before = Store(disk / "runs").runs().set_index("key")["written"]
        assert 2 <= len(before) < 7
        subprocess.run(["mount", "-o", "remount,size=2m", disk], check=True)
        done = transitplan(*words, "--store", disk / "runs")
        assert done.code == 0
        after = Store(disk / "runs").runs().set_index("key")
        assert after.loc[before.index, "written"].equals(before)
        assert after["kind"].value_counts().to_dict() == {"equilibrium": 7, "stage": 1}
        job = after.index[after["kind"] == "stage"][0]
        undisturbed, resumed = Store(place / "runs").get(job), Store(disk / "runs").get(job)
        assert undisturbed.files == resumed.files  # the same bytes


def test_a_damaged_job_is_told_and_made_again(place, keys, tmp_path):
    shutil.copytree(place / "runs", tmp_path / "runs")
    (tmp_path / "runs" / keys[0] / "plans.parquet").write_bytes(b"PAR1")
    with pytest.warns(UserWarning, match=r"plans\.parquet has 4 of"):
        done = runs(tmp_path, "show", keys[0])
    assert done.code == 2
    assert "was damaged" in done.stderr


def test_tables_have_units_and_no_text_for_numbers(place, keys):
    from transitplan.io.parquet import parquet_units

    run = Store(place / "runs").get(keys[0])
    assert parquet_units(run.folder / "plans.parquet")["npv_cny"] == "CNY"
    assert pd.api.types.is_float_dtype(run.table("plans")["npv_cny"])
