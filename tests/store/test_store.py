"""The store: found by the hash of the inputs, whole or absent, listed as the folders are."""

import json
import sqlite3
import subprocess
import sys
from dataclasses import asdict
from datetime import timedelta

import numpy as np
import pandas as pd
import pandas.testing as pdt
import pytest

from transitplan.errors import NotFoundError, StoreError, ValidationError
from transitplan.io.parquet import parquet_bytes
from transitplan.scenario.stored import read_variant
from transitplan.scenario.variants import Toll, Variant
from transitplan.store import Store, default_store, run_key, software
from transitplan.store.default import read_bytes

TABLE = pd.DataFrame({"link_id": [1, 2], "flow_vph": [10.0, 20.0]})


def put(store, number=1, kind="equilibrium", **tables):
    inputs = {"network": f"n{number}", "gap": 1e-8}
    files = {
        f"{name}.parquet": parquet_bytes(table)
        for name, table in (tables or {"flows": TABLE}).items()
    }
    record = {"name": f"run {number}", "case": "networks/x", "seconds": 1.5}
    return store.put(run_key(kind, inputs), kind, inputs, files, record)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "runs")


def test_a_run_comes_back_as_it_was_put(store):
    run = put(store)
    found = store.find(run.key)
    assert found == run
    assert found.tables == ["flows"]
    pdt.assert_frame_equal(found.table("flows"), TABLE)
    assert found.record["seconds"] == 1.5
    assert found.software == software()
    assert store.find("0" * 32) is None


def test_nothing_is_written_before_the_first_run(store):
    assert store.find("0" * 32) is None
    assert store.runs().empty
    store.rebuild()
    store.gc()
    assert not store.folder.exists()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": (1, 2)}, {"a": [1, 2]}, True),
        ({"a": 1}, {"a": 1.0}, False),
        ({"a": 1}, {"a": "1"}, False),
        ({"a": 0.1}, {"a": np.nextafter(0.1, 1)}, False),
        ({"a": {"b": 1}}, {"a": 1, "b": 1}, False),
    ],
)
def test_the_key_is_of_the_content(one, other, same):
    assert (run_key("x", one) == run_key("x", other)) is same
    assert run_key("x", one) != run_key("y", one)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object()])
def test_inputs_that_are_no_plain_data_have_no_key(value):
    with pytest.raises((TypeError, ValueError)):
        run_key("x", {"a": value})


def test_the_key_of_another_process_is_the_same():
    inputs = {"b": 2, "a": {"d": 1e-8, "c": "黄河"}}
    code = f"from transitplan.store import run_key; print(run_key('x', {inputs!r}))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == run_key("x", inputs)


def test_a_key_that_is_not_of_the_inputs_is_refused(store):
    with pytest.raises(ValueError, match="not the key"):
        store.put("0" * 32, "equilibrium", {"a": 1}, {}, {})
    with pytest.raises(ValueError, match=r"plain names, not \.\./x"):
        store.put(run_key("x", {}), "x", {}, {"../x": b""}, {})
    assert not store.folder.exists()


def test_the_second_writer_leaves_the_first_run_alone(store):
    run = put(store)
    before = {path: path.read_bytes() for path in run.folder.iterdir()}
    again = put(store, flows=TABLE * 2)  # a writer that is wrong does not win either
    pdt.assert_frame_equal(again.table("flows"), TABLE)
    assert {path: path.read_bytes() for path in run.folder.iterdir()} == before


def test_the_list_is_what_the_folders_are(store):
    first, second = put(store, 1), put(store, 2, "assess")
    runs = store.runs()
    assert set(runs["key"]) == {first.key, second.key}
    assert runs.set_index("key").loc[second.key, ["kind", "name", "seconds"]].tolist() == [
        "assess",
        "run 2",
        1.5,
    ]
    for path in first.folder.iterdir():
        path.unlink()
    first.folder.rmdir()
    assert store.runs()["key"].tolist() == [second.key]


def test_a_prefix_names_a_run_as_in_git(store):
    keys = [put(store, number).key for number in range(20)]
    assert store.get(keys[0][:20]).key == keys[0]
    with pytest.raises(NotFoundError, match=r"begins 20 runs|Write more digits|no run ''"):
        store.get("")
    shared = next(a[0] for a in keys for b in keys if a != b and a[0] == b[0])
    with pytest.raises(NotFoundError, match="Write more digits"):
        store.get(shared)
    wrong = keys[0][:9] + ("0" if keys[0][9] != "0" else "1")
    with pytest.raises(NotFoundError, match=f"Did you mean {keys[0][:10]}"):
        store.get(wrong)


@pytest.mark.parametrize("harm", ["absent", "text", "cut", "flipped", "other table"])
def test_an_index_that_is_lost_or_corrupt_is_made_again(store, harm):
    keys = {put(store, number).key for number in range(30)}
    path = store.folder / "index.sqlite"
    with sqlite3.connect(path) as base:
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if harm == "other table":
            base.execute("DROP TABLE runs")
            base.execute("CREATE TABLE runs (key TEXT)")
    base.close()
    content = path.read_bytes()
    match harm:
        case "absent":
            path.unlink()
        case "text":
            path.write_text("not a database" * 100)
        case "cut":
            path.write_bytes(content[: len(content) // 2 - 100])
        case "flipped":
            path.write_bytes(bytes(255 - byte for byte in content))
    assert set(store.runs()["key"]) == keys
    assert set(store.runs()["name"]) == {f"run {number}" for number in range(30)}
    with sqlite3.connect(path) as base:
        assert base.execute("SELECT count(*) FROM runs").fetchone() == (30,)
    base.close()


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda folder: (folder / "flows.parquet").unlink(), r"flows\.parquet is missing"),
        (lambda folder: (folder / "run.json").unlink(), r"run\.json is missing"),
        (lambda folder: (folder / "run.json").write_text("{}"), "not a record"),
        (lambda folder: (folder / "run.json").write_text("[1]"), "not a record"),
        (lambda folder: (folder / "run.json").write_bytes(b"\xff\xfe"), "not a record"),
    ],
)
def test_a_damaged_run_is_moved_aside_and_made_again(store, harm, told):
    run, other = put(store, 1), put(store, 2)
    harm(run.folder)
    with pytest.warns(UserWarning, match=told):
        assert store.find(run.key) is None
    assert put(store, 1).table("flows").equals(TABLE)
    assert store.find(run.key) is not None
    assert store.find(other.key) is not None
    assert len(list((store.folder / "damaged").iterdir())) == 1
    assert len(store.gc().damaged) == 1
    assert not list((store.folder / "damaged").iterdir())


def test_a_record_that_someone_edited_is_not_believed(store):
    run = put(store)
    path = run.folder / "run.json"
    record = json.loads(path.read_text())
    record["record"]["name"] = "another"
    path.write_text(json.dumps(record))
    with pytest.warns(UserWarning, match=r"run\.json is not as it was written"):
        assert store.find(run.key) is None


def test_two_runs_are_compared_by_inputs_and_tables(store):
    one = put(store, 1, flows=TABLE, same=TABLE)
    changed = TABLE.assign(flow_vph=[10.0, 23.0], more=1)
    other = put(store, 2, flows=changed, same=TABLE, extra=TABLE)
    found = store.compare(one.key, other.key)
    assert found.inputs.to_numpy().tolist() == [["inputs.network", "n1", "n2"]]
    rows = found.tables.set_index(["table", "column"])
    assert list(rows.index) == [("extra", ""), ("flows", "flow_vph"), ("flows", "more")]
    assert rows.loc[("flows", "flow_vph"), "rows_differ"] == 1
    assert rows.loc[("flows", "flow_vph"), "largest_difference"] == 3.0
    assert rows.loc[("flows", "flow_vph"), "where"] == "link_id 2"
    assert not found.equal
    assert store.compare(one.key, one.key).equal


def test_gc_keeps_the_last_of_each_kind(store):
    runs = [put(store, number, kind) for number in range(4) for kind in ("equilibrium", "assess")]
    for age, run in enumerate(runs):
        _last_used(run, hours=100 - age)
    told = store.gc(keep=1, dry=True)
    assert len(store.runs()) == 8
    found = store.gc(keep=1)
    assert told.runs["key"].tolist() == found.runs["key"].tolist()
    assert set(store.runs()["key"]) == {runs[-1].key, runs[-2].key}
    assert found.kept == 2
    assert found.freed_bytes == sum(run.size for run in runs[:-2])


def test_gc_removes_what_was_not_used_for_long(store):
    old, new = put(store, 1), put(store, 2)
    for run in (old, new):
        _last_used(run, hours=48)
    store.find(new.key)  # which is a use
    store.gc(older_than=timedelta(days=1))
    assert store.runs()["key"].tolist() == [new.key]


def test_the_store_stays_within_its_limit_and_equilibria_go_first(store):
    size = put(store, 0, "assess").size
    small = Store(store.folder, most_bytes=int(4.5 * size))
    for number in range(1, 12):
        _last_used(put(small, number), hours=12 - number)
        assert small.runs()["bytes"].sum() <= small.most_bytes
    left = small.runs()
    assert (left["kind"] == "assess").sum() == 1
    assert "run 11" in set(left["name"])
    with pytest.raises(StoreError, match=r"more than the whole .* Raise TRANSITPLAN_STORE_LIM"):
        put(Store(store.folder, most_bytes=size - 1), 99)


def test_the_setting_names_a_folder_or_none(monkeypatch, tmp_path):
    monkeypatch.setenv("TRANSITPLAN_STORE", "off")
    assert default_store() is None
    monkeypatch.setenv("TRANSITPLAN_STORE", str(tmp_path))
    monkeypatch.setenv("TRANSITPLAN_STORE_LIMIT", "2 GB")
    assert (default_store().folder, default_store().most_bytes) == (tmp_path, 2_000_000_000)
    monkeypatch.delenv("TRANSITPLAN_STORE")
    assert default_store().folder.parts[-2:] == ("transitplan", "runs")
    with pytest.raises(ValidationError, match="TRANSITPLAN_STORE_LIMIT lots: write a size"):
        read_bytes("lots", "TRANSITPLAN_STORE_LIMIT")


@pytest.mark.parametrize(
    "variant",
    [
        Variant(2035),
        Variant(2035, ("middle-bridge",), closed=("W",), narrowed=(("E", 0.5),), shut_links=(3, 4)),
        Variant(2035, tolls=(Toll("E", "car", 5.0, "other"),), trips=0.8, plates=True),
        Variant(2035, elasticity=-0.3),
    ],
)
def test_the_record_of_an_equilibrium_names_its_variant(variant):
    record = json.loads(json.dumps({"variant": asdict(variant)}))
    assert read_variant(record) == variant


def _last_used(run, *, hours):
    import os
    import time

    then = time.time() - hours * 3600
    os.utime(run.folder / "run.json", (then, then))
