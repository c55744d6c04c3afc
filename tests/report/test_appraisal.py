"""The whole appraisal of the small case: each study is in page, workbook and record."""

import json

import openpyxl
import pytest

import transitplan as tp
from transitplan.errors import ValidationError


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


def test_an_unknown_study_is_named():
    with pytest.raises(ValidationError, match="no study toll; studies: economy"):
        tp.appraise(tp.read_case("networks/two_banks"), skip=["toll"])
