"""``transitplan import osm`` as a new user meets it: import, check, skim, assign."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import transitplan as tp
from transitplan.cli.main import app

CITY = Path("tests/data/osm/two_banks.osm")


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "transitplan", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city") / "networks" / "mycity" / "2025"
    done = run("import", "osm", CITY, "--out", folder, "--zones", "grid:1km")
    assert done.returncode == 0, done.stderr
    return folder, done


def test_what_was_read_and_inferred_is_printed(city):
    _, done = city
    for words in (
        "© OpenStreetMap contributors, ODbL",
        "filled in by class",
        "turn restrictions became",
        "2 places where a bridge or tunnel crosses a river",
        "6 zones: a grid of 1 km",
    ):
        assert words in done.stdout


def test_the_folder_tells_its_source(city):
    text = (city[0] / "SOURCES.md").read_text(encoding="utf-8")
    for words in ("ODbL", "data of 2026-10-01", "SHA-256", "transitplan import osm"):
        assert words in text


def test_it_is_sound_and_can_be_skimmed_and_assigned(city, tmp_path):
    folder, _ = city
    sound = run("check", folder)
    assert (sound.returncode, "6 turns listed" in sound.stdout) == (0, True)
    skim = tmp_path / "skim.csv"
    assert "0 pairs without a way" in run("skim", folder, "--out", skim).stdout
    assert len(pd.read_csv(skim)) == 36
    trips = tmp_path / "trips.csv"
    nodes = pd.read_csv(folder / "node.csv").dropna(subset="zone_id").sort_values("y_coord")
    south, north = (int(zone) for zone in nodes["zone_id"].iloc[[0, -1]])
    trips.write_text(f"o_zone_id,d_zone_id,car\n{south},{north},900\n{north},{south},700\n")
    flows = tmp_path / "flows.csv"
    assert run("assign", folder, trips, "--out", flows).returncode == 0
    links = pd.read_csv(folder / "link.csv").set_index("link_id")
    over = pd.read_csv(flows).set_index("link_id").join(links["crossing_id"]).dropna()
    # Every trip crosses the river; the ford, which has no crossing, is the slower way.
    assert over["flow_vph"].sum() == pytest.approx(1600)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["36.69,116.98,36.73,117.03", "--out", "x"], "South stands first?"),
        ([CITY, "--out", "x.gpkg"], "name a folder"),
        ([CITY, "--out", "networks/two_banks"], "this is a case"),
        ([CITY, "--out", "x", "--zones", "grid:small"], "write a grid as grid:2km"),
        ([CITY, "--out", "x", "--zones", "nowhere.geojson"], "no such file"),
        ([CITY, "--out", "x", "--network-type", "walk"], "use one of drive, drive_service"),
    ],
)
def test_wrong_arguments_are_told_and_nothing_is_written(arguments, said):
    done = CliRunner().invoke(app, ["import", "osm", *map(str, arguments)])
    assert isinstance(done.exception, tp.TransitplanError)
    assert said in str(done.exception)
    assert not Path("x").exists()


def test_an_error_ends_in_one_message():
    done = run("import", "osm", "city.shp", "--out", "x")
    assert done.returncode == 2
    assert "the suffix '.shp' is none of OpenStreetMap's" in done.stderr
    assert "Traceback" not in done.stderr
