import shutil

import pytest

import transitplan as tp


@pytest.fixture
def folder(tmp_path):
    shutil.copytree("networks/two_banks/2025", tmp_path / "net")
    return tmp_path / "net"


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_problem_of_every_file_is_named_at_once(folder):
    replace(folder / "link.csv", ",trunk,1100,", ",trunk,lots,")
    replace(folder / "node.csv", "117.0,36.8,", "here,36.8,")
    with pytest.raises(tp.ValidationError) as caught:
        tp.read_network(folder)
    text = str(caught.value)
    assert "link.csv, column capacity: 1 of 40 rows (line 2): 'lots' is not a number" in text
    assert "node.csv, column x_coord: 1 of 18 rows (line 10): 'here' is not a number" in text
    assert all(str(folder) in problem for problem in caught.value.problems)


def test_without_units_nothing_is_guessed(folder):
    (folder / "config.csv").unlink()
    with pytest.raises(tp.ValidationError, match="config.csv: the file is missing, and units are"):
        tp.read_network(folder)


def test_metres_declared_as_kilometres_are_noticed(folder):
    replace(folder / "link.csv", ",4.69,", ",469,")
    with pytest.raises(tp.ValidationError, match="column length: .*metres for km"):
        tp.read_network(folder)


def test_miles_are_converted_exactly(folder):
    replace(folder / "config.csv", ",km,km/h,", ",mi,mph,")
    links = tp.read_network(folder).links
    assert links["length_m"].iloc[0] == 7547.82336  # 4.69 × 1609.344, rounded once
    assert links["free_speed_kph"].iloc[0] == 104.60736


def test_a_table_that_would_change_results_is_not_ignored(folder):
    (folder / "movement_tod.csv").write_text("mvmt_tod_id,mvmt_id\n1,11\n")
    with pytest.raises(tp.ValidationError, match="movement_tod.csv: this table is not supported"):
        tp.read_network(folder)


def test_swapped_coordinates_are_noticed(folder):
    replace(folder / "node.csv", "117.0,36.8,", "36.8,117.0,")
    with pytest.raises(tp.ValidationError, match="not a longitude and latitude in degrees"):
        tp.read_network(folder)


def test_a_missing_folder_and_an_unknown_suffix(tmp_path):
    with pytest.raises(tp.NotFoundError, match="no such folder"):
        tp.read_network(tmp_path / "nowhere")
    with pytest.raises(tp.ValidationError, match="the suffix '.dxf' names no network format"):
        tp.read_network("roads.dxf")
    with pytest.raises(tp.ValidationError, match="this is a case, not a network"):
        tp.read_network("networks/two_banks")


def test_a_failed_write_leaves_the_old_folder(folder, monkeypatch):
    before = {file.name: file.read_bytes() for file in folder.rglob("*.*")}
    network = tp.read_network(folder)

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("transitplan.io.gmns._write_csv", fail)
    with pytest.raises(OSError, match="disk full"):
        tp.write_network(network, folder)
    assert {file.name: file.read_bytes() for file in folder.rglob("*.*")} == before
    assert not [file for file in folder.parent.iterdir() if file.name.startswith(".")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("from,cars\n1,2\n", "it needs o_zone_id, d_zone_id"),
        ("o_zone_id,d_zone_id,cars\n1,2,many\n", r"column cars: 1 of 1 rows \(line 2\): 'many'"),
        ("o_zone_id,d_zone_id,cars\n1,2,-4\n", "not a number of vehicles of 0 or more"),
        ("o_zone_id,d_zone_id,cars\n1,2,3\n1,2,3\n", "1 OD pairs stand twice"),
    ],
)
def test_broken_demand_tables(text, message, tmp_path):
    path = tmp_path / "demand.csv"
    path.write_text(text)
    with pytest.raises(tp.ValidationError, match=message):
        tp.read_demand(path)


def test_a_file_that_is_no_omx(tmp_path):
    path = tmp_path / "demand.omx"
    path.write_text("no matrix")
    with pytest.raises(tp.ValidationError, match="not an OMX"):
        tp.read_demand(path)


def test_demand_of_other_zones_is_refused():
    network = tp.read_network("networks/two_banks/2025")
    demand = tp.build_demand([1, 77], [[0.0, 5.0], [0.0, 0.0]])
    with pytest.raises(tp.ValidationError, match="77"):
        tp.assign(tp.compile_road(network), demand)


def test_a_row_of_another_length_is_the_one_that_is_named(folder):
    replace(folder / "link.csv", "1,North road,", "1,North, road,")
    with pytest.raises(tp.ValidationError) as caught:
        tp.read_network(folder)
    assert len(caught.value.problems) == 1
    assert "link.csv, line 2: 21 cells for 20 columns" in str(caught.value)


def test_a_byte_order_mark_and_windows_line_ends_are_fine(folder):
    text = (folder / "link.csv").read_text(encoding="utf-8")
    (folder / "link.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert tp.read_network(folder).version == tp.read_network("networks/two_banks/2025").version


@pytest.mark.parametrize("name", ["empty.csv", "empty.gpkg", "empty.graphml", "empty.omx"])
def test_empty_files_end_in_one_message(name, tmp_path):
    path = tmp_path / name
    path.write_text("")
    read = tp.read_demand if path.suffix in {".csv", ".omx"} else tp.read_network
    with pytest.raises(tp.ValidationError, match=name):
        read(path)


def test_classes_that_csv_cannot_hold_are_refused(tmp_path):
    demand = tp.read_demand("od_matrices/two_banks/2025_am.omx")
    with pytest.raises(tp.ValidationError, match=r"no place for use, .*Write another format"):
        tp.write_demand(demand, tmp_path / "demand.csv")
    assert not list(tmp_path.iterdir())


def test_both_sides_of_a_merge_conflict_are_not_guessed_between(folder):
    replace(folder / "link.csv", "2,North road", "<<<<<<< HEAD\n2,North road")
    replace(folder / "node.csv", "117.0,36.8,", "117.0,36.8,\n<<<<<<< a\n<<<<<<< b\n")
    with pytest.raises(tp.ValidationError) as caught:
        tp.read_network(folder)
    assert "link.csv, line 3: a merge conflict. Settle it in git first." in str(caught.value)
    assert "node.csv, lines 11, 12: a merge conflict." in str(caught.value)


@pytest.mark.parametrize(
    ("file", "kept", "said"),
    [
        ("link.csv", 0.5, "link.csv, line 2.: . cells for 20 columns|link.csv"),
        ("node.csv", 0.5, "node.csv, line|node_id"),
        ("node.csv", 0.0, "node.csv: the file is empty"),
        ("zone.csv", None, "zone"),
        ("link.csv", None, "link.csv: the file is missing"),
    ],
)
def test_a_half_written_folder_is_no_network(folder, file, kept, said):
    path = folder / file
    if kept is None:
        path.unlink()
    else:
        text = path.read_text(encoding="utf-8")
        path.write_text(text[: int(kept * len(text))], encoding="utf-8")
    with pytest.raises(tp.ValidationError, match=said):
        tp.read_network(folder)
