"""Versions from the command line: build, diff, and the card between two."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from transitplan.cli.main import app
from transitplan.errors import ValidationError

BASE = "networks/two_banks/2025"
CARD = {
    "project": "wider",
    "roadway_property_change": {
        "facility": {"links": {"model_link_id": [1]}},
        "property_changes": {"lanes": {"existing": 2, "set": 3}},
    },
}


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def built(tmp_path):
    card = tmp_path / "wider.json"
    card.write_text(json.dumps(CARD))
    done = run("build", BASE, card, "--out", tmp_path / "new")
    assert done.exit_code == 0, done.output
    assert "lanes 2 → 3" in done.output
    return tmp_path / "new"


def test_a_built_version_differs_by_its_card(built, tmp_path):
    told = run("diff", BASE, built, "--card", tmp_path / "back.yml")
    assert told.exit_code == 1
    assert "lanes 2 → 3 (+50.0%)" in told.output
    again = run("build", BASE, tmp_path / "back.yml", "--out", tmp_path / "again")
    assert again.exit_code == 0, again.output
    assert run("diff", built, tmp_path / "again").exit_code == 0


def test_the_same_network_is_the_same(tmp_path):
    shutil.copytree(BASE, tmp_path / "copy")
    assert run("diff", BASE, tmp_path / "copy").exit_code == 0


def test_json_and_csv_hold_every_change(built):
    record = json.loads(run("diff", BASE, built, "--format", "json").output)
    assert [each["column"] for each in record["changes"]] == ["lanes"]
    assert run("diff", BASE, built, "--format", "csv").output.count("\n") == 2


def test_json_is_short_for_its_format_and_same_is_said(built, tmp_path):
    told = run("diff", BASE, built, "--json")
    assert told.exit_code == 1
    assert told.output == run("diff", BASE, built, "--format", "json").output
    shutil.copytree(BASE, tmp_path / "copy")
    record = json.loads(run("diff", BASE, tmp_path / "copy", "--json").output)
    assert record["same"]
    assert record["changes"] == []


def test_a_map_and_layers_are_written_where_something_differs(built, tmp_path):
    page, layers = tmp_path / "diff.html", tmp_path / "diff.gpkg"
    assert run("diff", BASE, BASE, "--map", page, "--gpkg", layers).exit_code == 0
    assert not page.exists()
    done = run("diff", BASE, built, "--map", page, "--gpkg", layers)
    assert done.exit_code == 1
    assert "Roads with other values (1)" in page.read_text(encoding="utf-8")
    assert layers.exists()


def test_demands_and_cases_are_compared_too():
    trips = "od_matrices/two_banks/2025_am.omx"
    assert run("diff", trips, trips).exit_code == 0
    told = run("diff", trips, "od_matrices/two_banks/2035_am.omx", "--network", BASE, "--most", "3")
    assert told.exit_code == 1
    assert "totals by class" in told.output
    assert "mean trip lengths, straight between zone centroids" in told.output
    assert run("diff", "networks/two_banks", "networks/two_banks").exit_code == 0
    refused = run("diff", trips, trips, "--map", "x.html")
    assert isinstance(refused.exception, ValidationError)
    assert "for networks" in str(refused.exception)
