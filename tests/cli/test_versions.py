"""Versions from the command line: build, diff, and the card between two."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import transitplan as tp
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


def test_a_year_of_a_case_is_built(tmp_path):
    rows = tmp_path / "touched.csv"
    done = run("build", "networks/jinan", 2030, "--out", tmp_path / "2030", "--touched", rows)
    assert done.exit_code == 0, done.output
    built = tp.read_network(tmp_path / "2030")
    assert built.name == "Jinan Start-up Area 2030"
    assert built.version == tp.read_case("networks/jinan").version(2030).network.version
    touched = pd.read_csv(rows)
    [card] = touched.loc[touched["id"] == "90001", "file"].unique()
    assert Path(card) == Path("networks/jinan/cards/2030/L08_g308_bridge.yml")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["networks/two_banks", 2031], "no year '2031'; the case has 2025, 2035"),
        (["networks/two_banks"], "0 words follow it. Give one of 2025, 2035"),
        (["networks/two_banks", 2025, 2035], "2 words follow it"),
        ([BASE, 2035], "Try `transitplan build networks/two_banks 2035`"),
        ([BASE], "no cards. Name card files"),
        (["networks/two_bank", 2035], "Did you mean networks/two_banks?"),
        ([BASE, "networks/jinan/cards/2O30"], "Did you mean networks/jinan/cards/2030?"),
        (["networks/two_banks", 2025, "--touched", "x.txt"], "Name a file that ends in .csv"),
    ],
)
def test_what_cannot_be_built_is_told_and_nothing_is_written(tmp_path, words, said):
    done = run("build", *words, "--out", tmp_path / "new")
    assert said in str(done.exception)
    assert not list(tmp_path.iterdir())


def lanes(project, value, needs=()):
    return {
        "project": project,
        "dependencies": {"prerequisites": list(needs)},
        "roadway_property_change": {
            "facility": {"links": {"model_link_id": [1]}},
            "property_changes": {"lanes": {"set": value}},
        },
    }


def content(folder):
    return {path.name: path.read_bytes() for path in folder.glob("**/*.*")}


@pytest.mark.parametrize(
    ("cards", "said"),
    [
        ([lanes("a", 3, ["b"]), lanes("b", 4, ["a"])], "prerequisites go round in a circle"),
        ([lanes("a", 3), lanes("b", 4)], "two cards set other values: 1 (3 by 'a', 4 by 'b')"),
        ([lanes("a", 3), {**lanes("b", 3), "notes": "<<<<<<< "}], None),  # inside a text
        (["<<<<<<< ours\n{}\n=======\n{}\n>>>>>>> theirs\n"], "line 1: a merge conflict"),
        (['{"project": "a", "roadway_property'], "it cannot be read"),
    ],
)
def test_a_wrong_card_leaves_an_older_version_as_it_is(tmp_path, cards, said):
    shutil.copytree(BASE, tmp_path / "old")
    before = content(tmp_path / "old")
    for number, card in enumerate(cards):
        text = card if isinstance(card, str) else json.dumps(card)
        path = tmp_path / "cards" / f"{number}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    done = run("build", BASE, tmp_path / "cards", "--out", tmp_path / "old")
    after = content(tmp_path / "old")
    if said is None:
        assert done.exit_code == 0, done.output
        assert after["link.csv"] != before["link.csv"]
    else:
        assert said in str(done.exception)
        assert after == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cards", "old"]
