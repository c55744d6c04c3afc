"""``transitplan new``: a case that is whole at once, and keeps what stands there."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

import transitplan as tp
from tests.cli.running import transitplan
from transitplan.scenario.presets import completed, table_rows

ENDS = ("--from-node", "9793", "--to-node", "10113")


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town") / "mycity"
    town = Path("docs/examples/own_city")
    done = transitplan(
        "import", "osm", town / "city.osm", "--zones", town / "areas.geojson",
        "--out", folder / "2025",
    )  # fmt: skip
    assert done.code == 0, done.stderr
    return folder


@pytest.fixture
def folder(imported, tmp_path):
    return shutil.copytree(imported, tmp_path / "mycity")


def test_the_case_is_whole_but_for_its_demand_which_check_says_first(folder):
    done = transitplan("new", folder, *ENDS)
    assert done.code == 0, done.stderr
    assert f"transitplan demand {folder}" in done.stdout
    case = tp.read_case(folder)
    assert case.option_ids == ("none", "crossing-bridge", "crossing-tunnel")
    assert sorted(case.years) == [2025, 2035]
    assert set(case.network.clusters["cluster_id"]) == set(case.network.zones["super_zone"])
    checked = transitplan("check", folder)
    assert checked.code == 1
    assert "wrong" not in checked.stdout + checked.stderr
    assert f"no demand yet for 2025, 2035; next: transitplan demand {folder}" in checked.stdout
    assert transitplan("demand", folder).code == 0
    checked = transitplan("check", folder)
    assert checked.code == 0, checked.stdout + checked.stderr


def test_what_stands_there_stays(folder):
    growth = folder / "growth.csv"
    growth.write_text("mine", encoding="utf-8")
    done = transitplan("new", folder, *ENDS)
    assert growth.read_text(encoding="utf-8") == "mine"
    assert f"kept as they were: {growth}" in done.stdout
    assert str(growth) not in done.stderr


def test_guesses_are_said_to_be_guesses_and_presets_are_those_of_jinan(folder):
    transitplan("new", folder, *ENDS)
    rows = tp.read_case(folder).parameters.set_index("parameter_id")
    own = pd.read_csv(folder / "parameters.csv").set_index("parameter_id")
    assert len(own) < 10
    assert own["source"].str.contains("replace").all()
    assert rows.loc["mean_km_other", "value"] == own.loc["mean_km_other", "value"]
    jinan = pd.read_csv("networks/jinan/parameters.csv").set_index("parameter_id")
    preset = table_rows("trips_jinan").set_index("parameter_id")
    assert preset["value"].to_dict() == jinan["value"].to_dict()
    assert set(preset["status"]) == {"assumed"}
    both = completed(own.reset_index(), "china", "jinan")
    assert not both["parameter_id"].duplicated().any()


def test_wrong_nodes_years_and_folders_are_told_and_nothing_is_written(folder, tmp_path):
    before = sorted(folder.rglob("*"))
    wrong = transitplan("new", folder, "--from-node", "97930", "--to-node", "10113")
    assert wrong.code == 2
    assert "no node 97930. Did you mean 9793?" in wrong.stderr
    same = transitplan("new", folder, "--from-node", "9793", "--to-node", "9793", "--until", "2027")
    assert "2 problems" in same.stderr
    assert "--until 2027" in same.stderr
    assert sorted(folder.rglob("*")) == before
    empty = transitplan("new", tmp_path / "nothing", *ENDS)
    assert "Import one first" in empty.stderr
    assert not (tmp_path / "nothing").exists()


def test_an_import_of_grid_zones_names_the_columns_to_add(tmp_path):
    done = transitplan(
        "import", "osm", "docs/examples/own_city/city.osm", "--zones", "grid:2km",
        "--out", tmp_path / "2025",
    )  # fmt: skip
    assert "add the columns population, jobs to" in done.stderr
