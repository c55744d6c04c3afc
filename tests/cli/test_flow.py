import json
import re

import pytest
from typer.testing import CliRunner

from transitplan.cli.main import app
from transitplan.errors import NotFoundError, ValidationError

CASE = "networks/two_banks"


def answer(*arguments):
    done = CliRunner().invoke(app, ["flow", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_case_and_its_network_have_the_same_screenline():
    case, network = (json.loads(answer(name, "--json")) for name in (CASE, f"{CASE}/2025"))
    assert case["screenline"] == network["screenline"]
    banks = {(each["from"], each["to"]): each for each in case["flows"]}
    assert banks["north", "south"]["max_flow_pceph"] == 10_000.0
    cut = banks["north", "south"]["cut"]
    assert {link["crossing_id"] for link in cut} == {"W", "M", "E"}
    assert sum(link["capacity_pceph"] for link in cut) == 10_000.0
    assert ("C1", "C5") in banks  # the case names its centres


def test_a_pair_with_a_crossing_shut():
    record = json.loads(answer(CASE, "--from", "C3", "--to", "5", "--without", "E", "--json"))
    (pair,) = record["flows"]
    assert pair["max_flow_pceph"] == 2200.0  # the north road to the west, two lanes
    shut = {row["capacity_pceph"] for row in record["screenline"] if row["crossing_id"] == "E"}
    assert shut == {0.0}


def test_places_beside_each_other_have_no_limit():
    record = json.loads(answer(CASE, "--from", "C4", "--to", "H1", "--json"))
    assert record["flows"][0]["max_flow_pceph"] is None


def test_the_tables_name_the_cut():
    text = re.sub(r"\s+", " ", answer(CASE))
    assert "all" in text
    assert "10,000" in text
    assert "West bridge" in text


def test_wrong_questions_end_in_one_message():
    with pytest.raises(ValidationError, match="--from and --to go together"):
        answer(CASE, "--from", "C1")
    with pytest.raises(NotFoundError, match="'C9' is no cluster, hub or zone"):
        answer(CASE, "--from", "C9", "--to", "C1")
    with pytest.raises(
        NotFoundError, match="no link belongs to X12; crossings with links: E, M, W"
    ):
        answer(CASE, "--without", "X12")
