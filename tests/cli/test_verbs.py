"""The command line as a user meets it: what it prints, where, and how it ends."""

import json
import shutil
import subprocess
import sys

import pandas as pd
import pytest


def run(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "transitplan", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )


def test_help_lists_every_verb_and_gives_examples():
    words = run("--help").stdout
    for verb in ("assess", "demand", "assign", "skim", "access", "check", "convert"):
        assert verb in words
        assert "Example" in run(verb, "--help").stdout


def test_assign_prints_its_gap_and_trips_and_writes_the_link_table(tmp_path):
    out = tmp_path / "flows.csv"
    done = run(
        "assign",
        "networks/two_banks/2025",
        "od_matrices/two_banks/2025_am.omx",
        "--json",
        "--out",
        out,
    )
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["relative_gap"] <= 1e-6
    assert record["unreachable_vph"] == 0
    table = pd.read_csv(out)
    assert {"link_id", "from_node_id", "to_node_id", "flow_vph", "time_s"} <= set(table.columns)
    assert len(table) == 40


def test_access_prints_minutes_between_clusters():
    done = run("access", "networks/two_banks/2025", "--json")
    record = json.loads(done.stdout)
    # 1.3 × 1.67 km of connector at 30 km/h, 9.38 km of road at 65 km/h, 1.3 × 2.78 km of connector
    assert record["minutes"]["C1"]["C2"] == pytest.approx(20.2, abs=0.1)
    assert set(record["minutes"]["C1"]) == {"C1", "C2", "C3", "C4", "C5", "H1"}


def test_skim_writes_one_row_a_pair(tmp_path):
    done = run("skim", "networks/two_banks/2025", "--out", tmp_path / "skim.csv")
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(tmp_path / "skim.csv")
    assert len(table) == 64
    assert "8 zones, 0 pairs without a way for car" in done.stdout


def test_check_passes_sound_cases_and_fails_broken_ones(tmp_path):
    assert run("check", "networks/jinan", "networks/two_banks").returncode == 0
    shutil.copytree("networks/two_banks/2025", tmp_path / "net")
    table = tmp_path / "net" / "link.csv"
    table.write_text(table.read_text().replace(",trunk,1100,", ",trunk,lots,", 1))
    done = run("check", tmp_path / "net")
    assert done.returncode == 1
    assert "'lots' is not a number" in done.stderr
    assert done.stdout == ""


def test_convert_goes_round_the_formats(tmp_path):
    for source, target in (
        ("networks/two_banks/2025", tmp_path / "a.gpkg"),
        (tmp_path / "a.gpkg", tmp_path / "b.graphml"),
        (tmp_path / "b.graphml", tmp_path / "c"),
    ):
        assert run("convert", source, target).returncode == 0
    for name in ("link.csv", "node.csv", "zone.csv"):
        shipped = pd.read_csv(f"networks/two_banks/2025/{name}")
        made = pd.read_csv(tmp_path / "c" / name)
        common = [column for column in made.columns if column in shipped.columns]
        pd.testing.assert_frame_equal(made[common], shipped[common])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("assign", "nowhere", "demand.omx"), "nowhere: no such folder"),
        (("access", "roads.dxf"), "the suffix '.dxf' names no network format"),
        (("assess", "networks"), "case.toml: no such file"),
        (("access", "networks/sioux_falls"), "no cluster.csv"),
        (("skim", "networks/two_banks/2025", "--use", "lorry", "--out", "x.csv"), "no use 'lorry'"),
        (("skim", "networks/two_banks/2025", "--out", "x.xlsx"), "no format of matrices"),
        (("assess", "networks/two_banks", "--out", "/proc/x"), "/proc/x: cannot write there"),
    ],
)
def test_wrong_input_ends_in_one_message_and_code_2(arguments, message):
    done = run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_a_misspelt_verb_ends_in_code_2():
    assert run("asess").returncode == 2


def test_demand_is_written_again_byte_for_byte(tmp_path):
    shutil.copytree("networks/two_banks", tmp_path / "networks" / "two_banks")
    done = run("demand", tmp_path / "networks" / "two_banks")
    assert done.returncode == 0, done.stderr
    first = (tmp_path / "od_matrices" / "two_banks" / "2025_am.omx").read_bytes()
    run("demand", tmp_path / "networks" / "two_banks")
    assert (tmp_path / "od_matrices" / "two_banks" / "2025_am.omx").read_bytes() == first


def test_check_and_convert_tell_and_carry_turns_and_delay_functions(tmp_path):
    folder = tmp_path / "net"
    shutil.copytree("networks/two_banks/2025", folder)
    links = pd.read_csv(folder / "link.csv")
    first = links.iloc[0]
    after = links[links["from_node_id"] == first["to_node_id"]]["link_id"].tolist()
    rows = [(1, after[0], 8.0, "all"), (2, after[2], 0.0, "none")]
    turns = pd.DataFrame(rows, columns=["mvmt_id", "ob_link_id", "penalty", "allowed_uses"])
    turns = turns.assign(node_id=first["to_node_id"], ib_link_id=first["link_id"])
    turns.to_csv(folder / "movement.csv", index=False)
    vdf = {"facility_type": [first["facility_type"]], "function": ["conical"], "alpha": [4]}
    pd.DataFrame(vdf).to_csv(folder / "vdf.csv", index=False)
    assert run("convert", folder, tmp_path / "net.gpkg").returncode == 0
    done = run("check", folder, tmp_path / "net.gpkg")
    assert done.returncode == 0, done.stderr
    one, two = done.stdout.splitlines()
    assert one.partition(": ")[2] == two.partition(": ")[2]
    assert "2 turns listed: 1 banned, 0 open to some uses only, 1 with a penalty;" in one
    mine = (links["facility_type"] == first["facility_type"]).sum()
    assert f"{first['facility_type']}: Conical(alpha=4.0) on {mine} links" in one
