"""The whole appraisal of the small case: each study is in page, workbook and record."""

import json
import re
from dataclasses import replace

import openpyxl
import pytest

import transitplan as tp
from transitplan.errors import ValidationError
from transitplan.report.decision import decide
from transitplan.report.limits import left_out, limits_section
from transitplan.report.reproduce import reproduce_section
from transitplan.viz.text import plain


@pytest.fixture(scope="module")
def appraisal():
    return tp.appraise(tp.read_case("networks/two_banks"), points=7, programme=True, processes=1)


def test_every_study_is_written(appraisal, tmp_path):
    appraisal.to_report(tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for section in ("economy", "doubt", "criteria", "tolls", "resilience", "forms", "programme"):
        assert f'id="{section}"' in page
    record = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert {"economy", "doubt", "criteria", "tolls", "resilience", "emulator", "programme"} <= set(
        record
    )
    assert record["equilibria"] == appraisal.studies.equilibria
    book = openpyxl.load_workbook(tmp_path / "tables.xlsx", read_only=True)
    assert {"economy_ladder", "doubt_sobol", "toll_optima", "closure_singles"} <= set(
        book.sheetnames
    )
    assert max(map(len, book.sheetnames)) <= 31


def test_the_tables_of_money_agree(appraisal):
    """Net value of the summary is that of the cash flow of the assessment."""
    summary = appraisal.studies.economy.indicators.set_index("option_id")["npv_cny"]
    money = appraisal.assessment.appraisal.set_index("option_id")["npv_cny"]
    for option, value in summary.items():
        assert money[option] == pytest.approx(value, rel=1e-6)


def test_page_one_says_what_demand_that_answers_makes_of_the_options(appraisal):
    """The tunnel of this case is worth building with fixed trips, and not with new destinations."""
    case = appraisal.assessment.case
    worth = appraisal.studies.economy.comparison.pivot(
        index="traffic", columns="option_id", values="npv_cny"
    )
    assert worth.loc["response", "middle-tunnel"] > 0 > worth.loc["destinations", "middle-tunnel"]
    decision = decide(appraisal.assessment, case.sites[0], appraisal.studies)
    said = decision.turns[-1]
    for option, form in (("middle-bridge", "bridge"), ("middle-tunnel", "tunnel")):
        before, after = (
            plain(worth.loc[each, option] / 1e9, 1) for each in ("response", "destinations")
        )
        assert re.search(rf"the {form} {before} → {after}\d? bn CNY", said.en)
    assert said.en.startswith("Demand that answers (redistribution): net value of the bridge ")
    assert said.en.endswith("; the bridge still leads")
    assert said.zh.startswith("需求响应（重分布）：净现值桥梁 ")
    assert decision.quality[-1].en == "Not in this answer: transit on the same structure."


def test_limits_name_only_what_was_not_studied(appraisal):
    studies = appraisal.studies
    assert _limits(appraisal, studies) == (
        "Not in this assessment: passengers of public transport, but for access, noise, land, "
        "effects on growth."
    )
    fewer = replace(studies, tolls=None, resilience=None, programme=None)
    said = _limits(appraisal, fewer)
    for subject in ("toll schedules", "closures day by day", "staging within a budget"):
        assert subject in said
    page_one = left_out(replace(fewer, economy=None)).en
    assert "trips made only because of the crossing" in page_one
    assert "when another one shuts" in page_one


def _limits(appraisal, studies):
    [said] = limits_section(appraisal.assessment, studies).parts
    return next(line.en for line in said if line.en.startswith("Not in this assessment"))


def test_the_command_that_made_it_is_said_with_its_options(appraisal):
    said = reproduce_section(appraisal.assessment, "zh").parts[0][0]
    assert said.en == (
        "Run: transitplan appraise networks/two_banks --points 7 --programme --lang zh"
    )
    assert appraisal.studies.programme.command == "transitplan stage networks/two_banks"


def test_an_unknown_study_is_named():
    with pytest.raises(ValidationError, match="no study toll; studies: economy"):
        tp.appraise(tp.read_case("networks/two_banks"), skip=["toll"])
