"""The verb ``transit``: what it prints is what the routines say."""

import json
import re

import pandas as pd
import pytest
from typer.testing import CliRunner

import transitplan as tp
from transitplan.cli.main import app
from transitplan.errors import NotFoundError, ValidationError

NETWORK = "networks/two_banks/2025"
DEMAND = "od_matrices/two_banks/2025_am.omx"
DAY = "2025-03-05"


def answer(*arguments):
    done = CliRunner().invoke(app, ["transit", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_lines_of_a_period():
    record = json.loads(answer(NETWORK, "--date", DAY, "--period", "07:00-09:00", "--json"))
    found = {row["route_id"]: row for row in record["lines"]}
    assert found["M1"]["mode"] == "metro"
    assert {name: row["vehicles_per_hour"] for name, row in found.items()} == pytest.approx(
        {"M1": 12.0, "B1": 5.0, "B2": 3.0}, rel=0.05
    )
    assert (record["zones_with_a_stop"], record["zones"]) == (6, 8)
    text = answer(NETWORK, "--lang", "zh")
    assert "地铁1号线" in text
    assert "6 of 8 zones have a stop" in text


def test_loads_skims_and_who_crosses_the_river(tmp_path):
    skim, loads = tmp_path / "skim.csv", tmp_path / "loads.csv"
    arguments = (NETWORK, "--date", DAY, "--demand", DEMAND, "--skim", skim, "--loads", loads)
    record = json.loads(_first(answer(*map(str, arguments), "--json")))
    network = tp.read_network(NETWORK)
    lines = tp.compile_frequency(network.transit, DAY, (7, 9), network=network)
    expected = tp.assign_transit(lines, tp.read_demand(DEMAND))
    assert record["accounts_pph"] == pytest.approx(expected.accounts)
    by_line = expected.to_frame()
    down = by_line[(by_line["from_stop_id"] == "m2") & (by_line["to_stop_id"] == "m3")]
    river = {(row["route_id"], row["to"]): row["passengers_pph"] for row in record["river"]}
    assert river["M1", "south"] == pytest.approx(down["passengers_pph"].sum())
    assert set(river) == {("M1", "south"), ("M1", "north"), ("B2", "south"), ("B2", "north")}
    assert len(pd.read_csv(skim)) == 64
    assert pd.read_csv(loads)["passengers_pph"].sum() == pytest.approx(
        by_line["passengers_pph"].sum()
    )


def _first(text):
    """The record alone, without what is said of files on the other stream."""
    return text[text.index("{") : text.rindex("}") + 1]


def test_full_vehicles_are_said():
    text = re.sub(r"\s+", " ", answer(NETWORK, "--demand", DEMAND, "--crowding"))
    assert re.search(r"gap 0\.0\S+ after \d+ iterations; \d+ segments carry more", text)
    assert "Passengers over the river" in text


def test_journeys_as_text_and_as_a_record():
    asked = (NETWORK, "--date", DAY, "--from", "1", "--to", "4", "--at", "08:00")
    text = answer(*asked)
    assert "Mill Town – Old Port" in text
    found = json.loads(answer(*asked, "--json"))
    network = tp.read_network(NETWORK)
    day = tp.compile_timetable(network.transit, DAY, network=network)
    expected = tp.find_journeys(day, 1, 4, (8, 8.5))
    assert [each["depart_s"] for each in found] == [each.depart_s for each in expected]
    assert [leg["kind"] for leg in found[0]["legs"]] == ["walk", "ride", "walk"]
    assert "步行" in answer(*asked, "--lang", "zh")


def test_wrong_questions_end_in_one_message(tmp_path):
    for arguments, error, match in (
        (("--from", "1"), ValidationError, "--from and --to go together"),
        (("--crowding",), ValidationError, "Give --demand"),
        (("--from", "1", "--to", "99"), NotFoundError, "'99' is no zone, and no stop"),
        (("--from", "1", "--to", "7"), NotFoundError, "No journey from 1 to 7"),
        (("--from", "1", "--to", "4", "--at", "noon"), ValidationError, "'noon' is no time"),
        (("--period", "8"), ValidationError, "'8' is no period"),
        (("--skim", str(tmp_path / "a.txt")), ValidationError, "this verb writes CSV"),
    ):
        with pytest.raises(error, match=match):
            answer(NETWORK, *arguments)
    with pytest.raises(ValidationError, match="no transit/ in it"):
        answer("networks/sioux_falls")
