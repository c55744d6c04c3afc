"""Skims written in blocks have the numbers of skims in memory, or leave nothing behind."""

import subprocess

import h5py
import numpy as np
import openmatrix
import pandas as pd
import pyarrow.parquet
import pytest
from numpy.testing import assert_array_equal

from transitplan import memory
from transitplan.errors import ValidationError
from transitplan.graph import compile_road
from transitplan.io import matrix_blocks
from transitplan.model.cases import grid
from transitplan.model.network import build_network
from transitplan.paths import shortest_matrix, skim, write, write_skim

FIELDS = ["length_m", "time_s"]


def zoned(rows, columns):
    """A grid with a zone at each node; no link enters the last."""
    network, _ = grid(rows, columns)
    tables = {name: network.table(name) for name in network.table_names}
    nodes, links = network.nodes, network.links
    tables["node"] = nodes.assign(zone_id=nodes["node_id"])
    tables["link"] = links[links["to_node_id"] != nodes["node_id"].iloc[-1]]
    return compile_road(build_network({**tables, "zone": tables["node"][["zone_id"]]}))


@pytest.fixture(scope="module")
def roads():
    return zoned(9, 10)


@pytest.fixture
def small_blocks(monkeypatch):
    """Sixteen origins a block, the fewest there are."""
    monkeypatch.setattr(write, "BLOCK_BYTES", 1)


class StoppedError(Exception):
    """What ends a run halfway."""


def stop_after(zones):
    def told(done, _):
        if done >= zones:
            raise StoppedError

    return told


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.usefixtures("small_blocks")
def test_omx_holds_the_skim_as_openmatrix_reads_it(roads, tmp_path, dtype):
    expected = skim(roads, FIELDS)
    written = write_skim(roads, tmp_path / "x.omx", FIELDS, dtype=dtype)
    with openmatrix.open_file(str(tmp_path / "x.omx")) as file:
        assert file.version() == b"0.2"
        assert file.shape() == (90, 90)
        assert list(file.mapping("zone_id")) == expected.zone_ids.tolist()
        for name in FIELDS:
            found = np.array(file[name])
            assert found.dtype == dtype
            assert_array_equal(found, expected.array(name).astype(dtype))
    assert written.pairs_without_a_way == (~expected.reachable).sum() == 89
    assert written.file_bytes == (tmp_path / "x.omx").stat().st_size
    with h5py.File(tmp_path / "x.omx") as file:
        assert file["data/length_m"].attrs["unit"] == "m"
        assert file.attrs["network"] == roads.version.encode()


@pytest.mark.parametrize("name", ["x.parquet", "parts"])
@pytest.mark.usefixtures("small_blocks")
def test_parquet_holds_the_pairs_of_the_table(roads, tmp_path, name):
    write_skim(roads, tmp_path / name, FIELDS)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / name), skim(roads, FIELDS).to_frame())
    one = tmp_path / "parts" / "part-00005.parquet" if name == "parts" else tmp_path / name
    assert pyarrow.parquet.read_schema(one).field("time_s").metadata == {b"unit": b"s"}


@pytest.mark.usefixtures("small_blocks")
def test_csv_has_the_bytes_of_the_table(roads, tmp_path):
    write_skim(roads, tmp_path / "x.csv", FIELDS)
    expected = skim(roads, FIELDS).to_frame().to_csv(index=False, lineterminator="\n")
    assert (tmp_path / "x.csv").read_text() == expected


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("name", ["x.omx", "x.parquet", "x.csv"])
def test_the_bytes_do_not_depend_on_threads_and_a_stopped_run_leaves_nothing(roads, tmp_path, name):
    path = tmp_path / name
    write_skim(roads, path, FIELDS, threads=1)
    before = path.read_bytes()
    with pytest.raises(StoppedError):
        write_skim(roads, path, ["time_s"], progress=stop_after(48))
    assert [each.name for each in tmp_path.iterdir()] == [name]
    assert path.read_bytes() == before
    write_skim(roads, path, FIELDS, threads=2)
    assert path.read_bytes() == before


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("name", ["x.omx", "x.parquet", "x.csv", "parts"])
def test_a_second_writer_of_the_same_name_is_refused_and_disturbs_nothing(roads, tmp_path, name):
    refused = []

    def begin_another(done, _):
        if done == 48:
            with pytest.raises(ValidationError, match="another process is writing it"):
                write_skim(roads, tmp_path / name, FIELDS)
            refused.append(done)

    write_skim(roads, tmp_path / name, FIELDS, progress=begin_another)
    write_skim(roads, tmp_path / f"alone-{name}", FIELDS)
    assert refused == [48]
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([name, f"alone-{name}"])
    pairs = [(tmp_path / name, tmp_path / f"alone-{name}")]
    if name == "parts":
        pairs = [(file, pairs[0][1] / file.name) for file in pairs[0][0].glob("*.parquet")]
    assert all(one.read_bytes() == other.read_bytes() for one, other in pairs)


@pytest.mark.usefixtures("small_blocks")
def test_a_folder_of_parts_goes_on_where_it_was(roads, tmp_path):
    parts = tmp_path / ".part-times"
    with pytest.raises(StoppedError):
        write_skim(roads, tmp_path / "times", FIELDS, progress=stop_after(48))
    assert not (tmp_path / "times").exists()
    kept = {file.name: file.stat().st_mtime_ns for file in parts.glob("*.parquet")}
    assert sorted(kept) == [f"part-{number:05d}.parquet" for number in range(3)]
    told = []
    found = write_skim(
        roads, tmp_path / "times", FIELDS, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(64, 90), (80, 90), (90, 90)]
    assert (found.zones_found_before, found.pairs_without_a_way) == (48, 89)
    assert all((tmp_path / "times" / name).stat().st_mtime_ns == at for name, at in kept.items())
    expected = skim(roads, FIELDS).to_frame()
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "times"), expected)


@pytest.mark.usefixtures("small_blocks")
def test_workers_of_a_cluster_find_the_same_bytes(roads, tmp_path):
    pytest.importorskip("distributed")
    write_skim(roads, tmp_path / "here.parquet", FIELDS, threads=1)
    write_skim(roads, tmp_path / "there.parquet", FIELDS, cluster="local")
    here, there = ((tmp_path / f"{name}.parquet").read_bytes() for name in ("here", "there"))
    assert here == there


@pytest.mark.usefixtures("small_blocks")
def test_parts_of_another_skim_are_not_gone_on_with(roads, tmp_path):
    with pytest.raises(StoppedError):
        write_skim(roads, tmp_path / "times", FIELDS, progress=stop_after(48))
    longer = 2.0 * roads.in_rows(roads.free_time_s)
    found = write_skim(roads, tmp_path / "times", FIELDS, times_s=longer)
    assert found.zones_found_before == 0
    expected = skim(roads, FIELDS, times_s=longer).to_frame()
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "times"), expected)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("length", [0, 100, -1])
def test_a_part_that_a_power_cut_left_half_is_made_again(roads, tmp_path, length):
    with pytest.raises(StoppedError):
        write_skim(roads, tmp_path / "times", FIELDS, progress=stop_after(48))
    harmed = tmp_path / ".part-times" / "part-00001.parquet"
    harmed.write_bytes(harmed.read_bytes()[:length])
    found = write_skim(roads, tmp_path / "times", FIELDS)
    assert (found.zones_found_before, found.pairs_without_a_way) == (32, 89)
    expected = skim(roads, FIELDS).to_frame()
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "times"), expected)


def test_a_folder_that_is_no_skim_is_left_alone(roads, tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(ValidationError, match="something else of this name"):
        write_skim(roads, tmp_path / "mine")
    assert [each.name for each in tmp_path.iterdir()] == ["mine"]


def test_what_is_asked_for_is_checked_before_anything_is_written(roads, tmp_path):
    with pytest.raises(ValidationError, match=r"the suffix '.xls' names no format"):
        write_skim(roads, tmp_path / "x.xls")
    with pytest.raises(ValidationError, match="dtype: 'float16' was given"):
        write_skim(roads, tmp_path / "x.omx", dtype="float16")
    sizes = []
    with pytest.raises(ValidationError, match="the limit is 1 MB"):
        write_skim(roads, tmp_path / "x.omx", memory=10**6, before=sizes.append)
    assert list(tmp_path.iterdir()) == []
    assert str(sizes[0]).startswith("90 zones, 2 × 8,100 float64 (130 KB); memory about ")


def test_a_matrix_that_memory_does_not_hold_is_refused(roads, monkeypatch):
    nodes = roads.node_ids
    monkeypatch.setattr(memory, "WORTH_ASKING", 0)
    assert shortest_matrix(roads, nodes, nodes).values.shape == (90, 90)
    monkeypatch.setattr(memory, "free_bytes", lambda: 10_000)
    with pytest.raises(ValidationError, match=r"90 × 90 costs.* are free"):
        shortest_matrix(roads, nodes, nodes)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 40 KB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("NO MOUNT HERE: a full disk was not tried")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", ["x.omx", "x.parquet", "x.csv"])
def test_a_full_disk_leaves_nothing(roads, small_disk, name):
    found = (
        pytest.raises(ValidationError, match="the file takes 152 KB, and 41 KB are free there")
        if name == "x.omx"
        else pytest.raises(OSError, match="No space left")
    )
    odd = np.random.default_rng(5).uniform(1.0, 9.0, roads.n_rows)  # which nothing compresses
    with found:
        write_skim(roads, small_disk / name, FIELDS, times_s=odd)
    assert list(small_disk.iterdir()) == []


def test_an_omx_file_takes_its_room_before_the_work(roads, small_disk, monkeypatch):
    monkeypatch.setattr(matrix_blocks.OmxBlocks, "exact", False)  # the disk fills up meanwhile
    with pytest.raises(OSError, match="No space left"):
        write_skim(roads, small_disk / "x.omx", FIELDS)
    assert list(small_disk.iterdir()) == []
