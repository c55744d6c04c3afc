"""Versions from the command line: build, diff, and the card between two."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from transitplan.cli.main import app

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
