"""The store when things go wrong: killed writers, races, damaged files, no room, no rights.

Nothing here stands for something else: processes are killed, bytes are changed, disks are full.
"""

import os
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.store import writers
from tests.store.disks import mounted
from transitplan.errors import StoreError
from transitplan.store import Store, run_key
from transitplan.store.run import DamagedError, check_files, read_run
from transitplan.store.writing import _own_folder

KILLS = int(os.environ.get("TRANSITPLAN_KILLS", "20"))


def put(store, number, size=1000):
    inputs = {"number": number}
    files = {"a.bin": bytes([number % 256]) * size, "b.bin": b"b" * size}
    return store.put(run_key("test", inputs), "test", inputs, files, {"name": f"run {number}"})


def start(*words):
    return subprocess.Popen(
        [sys.executable, writers.__file__, *map(str, words)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def parts(store):
    return [path for path in store.folder.iterdir() if path.name.startswith(".part-")]


def printed(code, folder):
    """Lines that a process of its own prints: its limits are not those of the tests."""
    done = subprocess.run(
        [sys.executable, "-c", code, folder],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return done.stdout.splitlines()


def test_writers_killed_at_random_points_lose_nothing_that_was_kept(tmp_path):
    store, kept, found_left = Store(tmp_path), set(), 0
    luck = random.Random(9)  # noqa: S311  no secret
    for kill in range(KILLS):
        writer = start(tmp_path, "endless", kill)
        first = writer.stdout.readline()
        time.sleep(luck.random() * 0.03)
        writer.kill()
        rest, _ = writer.communicate()
        kept |= {line for line in (first + rest).split("\n") if len(line) == 32}
        left = parts(store)
        found_left += len(left)
        listed = set(store.runs()["key"])
        assert kept <= listed
        for key in listed:  # what has its name is whole, told of or not
            check_files(read_run(tmp_path / key))
        if kill % 5 == 0:
            assert set(store.gc().left_over) == set(left)
            assert not parts(store)
    assert found_left >= KILLS // 4  # they were killed while they wrote


def test_a_folder_that_is_being_written_is_not_tidied_away(tmp_path):
    writer = start(tmp_path, "endless", 1)
    store = Store(tmp_path)
    try:
        kept = [writer.stdout.readline().strip() for _ in range(3)]
        for _ in range(30):
            store.gc()
            kept.append(writer.stdout.readline().strip())
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.communicate()
    assert all(store.find(key) is not None for key in kept)
    with _own_folder(tmp_path / "x") as part:
        assert part not in store.gc().left_over
        assert part.is_dir()


def test_writers_of_the_same_runs_agree_on_one_content(tmp_path):
    count, names = 25, ["anna", "boli", "chen", "dora"]
    crowd = [start(tmp_path, "same", name, count) for name in names]
    told = [writer.communicate()[0].splitlines() for writer in crowd]
    assert [writer.returncode for writer in crowd] == [0] * len(names)
    assert all(len(lines) == count for lines in told)
    for lines in zip(*told, strict=True):
        assert len(set(lines)) == 1, lines  # all were handed the same run
        _, record, content = lines[0].split()  # whose files are of one writer
        assert record == content
    store = Store(tmp_path)
    assert len(store.runs()) == count
    assert not parts(store)
    others = {path.name for path in tmp_path.iterdir() if not path.is_dir()}
    assert others <= {".index.lock", "index.sqlite", "index.sqlite-shm", "index.sqlite-wal"}


def test_readers_and_tidiers_do_not_disturb_writers(tmp_path):
    crowd = [start(tmp_path, "same", name, 15) for name in ("anna", "boli")]
    store = Store(tmp_path)
    while any(writer.poll() is None for writer in crowd):
        for key in store.runs()["key"]:
            assert store.find(key) is not None
        store.gc()
        store.rebuild()
    for writer in crowd:
        assert len(writer.communicate()[0].splitlines()) == 15
        assert writer.returncode == 0
    assert len(store.runs()) == 15


@pytest.mark.parametrize("file", ["run.json", "a.bin"])
@pytest.mark.parametrize("length", [0, 1, 100, -2])
def test_a_file_cut_off_anywhere_makes_the_run_absent(tmp_path, file, length):
    store = Store(tmp_path)
    run, other = put(store, 1), put(store, 2)
    content = (run.folder / file).read_bytes()
    (run.folder / file).write_bytes(content[:length])
    with pytest.warns(UserWarning, match=f"{run.key}: a damaged run .*{file}.* moved to"):
        assert store.find(run.key) is None
    assert store.runs()["key"].tolist() == [other.key]
    assert put(store, 1).content("a.bin") == b"\1" * 1000


def test_any_changed_bit_is_noticed(tmp_path):
    store = Store(tmp_path)
    luck = random.Random(4)  # noqa: S311  no secret
    run = put(store, 1, size=40)
    for path in run.folder.iterdir():
        content = path.read_bytes()
        for place in luck.sample(range(len(content)), min(len(content), 120)):
            changed = bytearray(content)
            changed[place] ^= 1 << luck.randrange(8)
            path.write_bytes(changed)
            with pytest.raises(DamagedError):
                check_files(read_run(run.folder))
        path.write_bytes(content)
    assert store.find(run.key) is not None


def test_a_corrupt_index_is_mended_while_others_use_it(tmp_path):
    crowd = [start(tmp_path, "same", name, 20) for name in ("anna", "boli")]
    store, harmed = Store(tmp_path), 0
    luck = random.Random(2)  # noqa: S311  no secret
    index = tmp_path / "index.sqlite"
    while any(writer.poll() is None for writer in crowd):
        time.sleep(0.02)
        if index.exists():
            index.write_bytes(luck.randbytes(5000))
            harmed += 1
        store.runs()
    assert [writer.communicate() and writer.returncode for writer in crowd] == [0, 0]
    assert harmed >= 2
    assert len(store.runs()) == 20
    with sqlite3.connect(index) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert base.execute("SELECT count(*) FROM runs").fetchone() == (20,)
    base.close()


def test_a_full_disk_is_one_clear_error_and_every_kept_run_stays(tmp_path):
    disk = tmp_path / "disk"
    with mounted(disk, "size=1m"):
        store, kept = Store(disk / "runs"), []
        with pytest.raises(StoreError, match="run store is full.*runs gc --keep"):
            kept.extend(put(store, number, size=50_000).key for number in range(100))
        assert 3 <= len(kept) < 12
        assert not parts(store)
        (store.folder / "index.sqlite").write_bytes(b"")  # nor is there room for a new one
        assert set(store.runs()["key"]) == set(kept)
        assert all(store.find(key) is not None for key in kept)
        with pytest.raises(StoreError, match="full"):
            put(store, 200, size=300_000)
        store.gc(keep=2)
        assert len(store.runs()) == 2
        assert put(store, 200, size=50_000).content("a.bin") == bytes([200]) * 50_000


def test_a_limit_of_the_system_on_files_is_told_as_a_full_disk(tmp_path):
    code = """
import resource, sys
from tests.store.test_faults import put
from transitplan.store import Store
store = Store(sys.argv[1])
put(store, 1)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    put(store, 2, size=50_000)
except OSError as error:
    print(error)
print(len(store.runs()), store.find(store.runs()["key"][0]) is not None)
"""
    first, last = printed(code, tmp_path)
    assert "the disk of the run store is full (File too large)" in first
    assert last == "1 True"
    assert not parts(Store(tmp_path))


def test_a_run_that_cannot_be_opened_now_is_told_and_not_taken_for_damaged(tmp_path):
    code = """
import os, resource, sys
from tests.store.test_faults import put
from transitplan.store import Store
store = Store(sys.argv[1])
run = put(store, 1)
most, spare = resource.getrlimit(resource.RLIMIT_NOFILE)[1], os.dup(0)
resource.setrlimit(resource.RLIMIT_NOFILE, (spare + 1, most))
try:
    store.find(run.key)
except OSError as error:
    print(type(error).__name__, error)
resource.setrlimit(resource.RLIMIT_NOFILE, (100, most))
print(store.find(run.key) is not None)
"""
    first, last = printed(code, tmp_path)
    assert "StoreError" in first
    assert "run.json: cannot be read (Too many open files)" in first
    assert last == "True"


def test_a_file_named_as_a_run_is_no_run(tmp_path):
    (tmp_path / ("0" * 32)).write_text("")
    assert Store(tmp_path).runs().empty


def test_a_store_that_may_only_be_read_is_read(tmp_path):
    disk = tmp_path / "disk"
    with mounted(disk, "size=4m"):
        store = Store(disk / "runs")
        keys = {put(store, number).key for number in range(3)}
        damaged = put(store, 3)
        (damaged.folder / "a.bin").write_bytes(b"")
        (store.folder / "index.sqlite").unlink()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        try:
            assert set(store.runs()["key"]) == {*keys, damaged.key}
            assert all(store.find(key) is not None for key in keys)
            with pytest.warns(UserWarning, match="cannot be moved aside"):
                assert store.find(damaged.key) is None
            with pytest.raises(StoreError, match="Read-only file system.*--no-store"):
                put(store, 9)
        finally:
            subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)


def test_a_file_where_the_store_should_be_is_told(tmp_path):
    path = tmp_path / "runs"
    path.write_text("")
    with pytest.raises(StoreError, match=r"cannot write the run store .*--store FOLDER"):
        put(Store(path), 1)
    assert Store(path).find("0" * 32) is None


def test_two_that_see_the_same_damage_keep_what_a_third_made_again(tmp_path):
    """One process found a run damaged; before it moved it, another had put a whole one there."""
    store = Store(tmp_path)
    run = put(store, 1)
    store._move_aside(run.folder, DamagedError("as it was when it was read"))
    assert store.find(run.key) is not None
    assert not list((Path(tmp_path) / "damaged").iterdir())
