"""Results of two versions from the command line: what moved, and which card did it."""

import io
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from transitplan.cli.diff_results import Asked, _sides
from transitplan.cli.main import app

BASE = "networks/two_banks/2025"
TRIPS = ("--demand", "od_matrices/two_banks/2025_am.omx", "--gap", "1e-6")
CARDS = {
    "wide": {"facility": {"links": {"crossing_id": "M"}}, "lanes": 1},
    "north": {"facility": {"links": {"name": "North road"}}, "lanes": 1},
}


def run(*words):
    return CliRunner().invoke(app, ["diff", *(str(word) for word in words)])


@pytest.fixture
def cards(tmp_path):
    folder = tmp_path / "cards"
    folder.mkdir()
    for name, what in CARDS.items():
        change = {
            "facility": what["facility"],
            "property_changes": {"lanes": {"change": what["lanes"]}},
        }
        (folder / f"{name}.json").write_text(
            json.dumps({"project": name, "roadway_property_change": change})
        )
    return folder


def test_text_tells_what_moved_and_why(cards):
    told = run(
        BASE, "--cards", cards, *TRIPS, "--results", "--why", "veh_h", "--why", "volume:M:north"
    )
    assert told.exit_code == 1, told.output
    for words in ("Peak hour", "Crossings, veh/h", "GEH", "veh_h: time in traffic", "interaction"):
        assert words in told.output
    assert "volume:M:north" in told.output  # and no sign in place of :M:


def test_csv_prints_one_table(cards):
    told = run(BASE, "--cards", cards, *TRIPS, "--results", "--format", "csv", "--table", "access")
    assert told.exit_code == 1
    table = pd.read_csv(io.StringIO(told.stdout))
    assert table.columns[:3].tolist() == ["origin_id", "destination_id", "time_before_min"]
    why = run(BASE, "--cards", cards, *TRIPS, "--format", "csv", "--why", "delay_h")
    assert set(pd.read_csv(io.StringIO(why.stdout))["part"]) >= {"wide", "north", "total"}


def test_json_holds_both(cards):
    told = run(BASE, "--cards", cards, *TRIPS, "--results", "--why", "veh_h", "--format", "json")
    record = json.loads(told.stdout)
    assert record["results"]["tables"]["totals"]
    assert record["causes"]["equilibria"] == 4


def test_the_same_network_has_the_same_results():
    told = run(BASE, BASE, *TRIPS, "--results")
    assert told.exit_code == 0, told.output
    assert "The results are the same." in told.output


def test_years_of_a_case_are_versions():
    two = ("2025", "2035", "--case", "networks/two_banks")
    told = run(*two, "--results", "--gap", "1e-6")
    assert told.exit_code == 1, told.output
    assert "Two banks 2025" in told.output
    assert "The trips differ" in told.output
    assert run(*two).exit_code == 0  # the roads are the same
    fixed = run(*two, "--results", *TRIPS)
    assert fixed.exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((BASE,), "name the second version"),
        ((BASE, "--results", *TRIPS), "or the --cards that make it"),
        ((BASE, BASE, "--results"), "--demand FILE"),
        ((BASE, BASE, "--why", "veh_h", *TRIPS), "--cards FOLDER"),
        ((BASE, BASE, "--results", "--demand-b", "x.omx"), "give those before it as --demand"),
        ((BASE, BASE, "--results", "--table", "speeds", *TRIPS), "no table 'speeds'"),
        ((BASE, BASE, "--why", "veh_h", "--cards", "x", "--map", "m.html"), "ask for both"),
        (("2025", "2040", "--case", "networks/two_banks", "--results"), "the case has 2025, 2035"),
        (("2030", "2025", "--case", "networks/jinan", "--why", "veh_h"), "name the earlier year"),
    ],
)
def test_wrong_usage_says_what_to_do(words, said):
    told = run(*words)
    assert told.exit_code != 0
    assert said in " ".join((told.output + str(told.exception)).split())


def test_cards_that_do_not_make_the_second_version_are_told(cards):
    told = run(BASE, BASE, "--cards", cards, *TRIPS, "--why", "veh_h")
    assert "do not make" in str(told.exception)


def test_cards_on_a_year_are_judged_with_its_fleet(cards):
    asked = Asked(
        results=True,
        why=(),
        cards=[cards],
        demand=None,
        demand_b=None,
        case=Path("networks/two_banks"),
        table="totals",
        gap=1e-6,
        html=None,
    )
    assert _sides("2035", None, asked).year == 2035
    assert _sides("2025", "2035", asked).year == 2035


def test_two_folders_of_the_same_network_keep_their_names(tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree("networks/two_banks/2025", copy)
    base = "networks/two_banks/2025"
    done = CliRunner().invoke(app, ["diff", base, str(copy), "--results", *TRIPS])
    assert done.exit_code == 0, done.output
    assert f"{base} (" in done.stdout
    assert f"→ {copy} (" in done.stdout
    assert "-0.0" not in done.stdout
