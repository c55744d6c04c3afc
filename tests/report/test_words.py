import re
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from transitplan.report import names
from transitplan.report.cells import value_with_range
from transitplan.report.decision import answer, turning_points
from transitplan.report.summary import COLUMNS, console_tables
from transitplan.viz.charts import Series, Unit, densities
from transitplan.viz.labels import width_px
from transitplan.viz.text import Text


def test_the_answer_names_winner_condition_and_certainty(assessment):
    said = answer(assessment, assessment.case.sites[0])
    assert said.en.startswith(
        "Bridge, unless the discount rate rises to 9.1 %/year (today 6 %/year): it comes out ahead"
    )
    assert said.en.endswith(" of 5,000 draws.")
    assert said.zh.startswith(
        "桥梁，除非社会折现率升至 9.1 %/年（现为 6 %/年）：在 5,000 次抽样中有"
    )


def test_nothing_pays(assessment):
    rows = assessment.appraisal.assign(
        npv_cny=lambda frame: frame["npv_cny"].where(frame["form"] == "none", -1e9),
        probability_best=lambda frame: (frame["form"] == "none") * 1.0,
    )
    poor = replace(assessment, appraisal=rows, switching=assessment.switching.iloc[:0])
    said = answer(poor, assessment.case.sites[0])
    assert said.en == "Build neither: no form repays its cost in 100 % of 5,000 draws."
    assert said.zh == "都不建：5,000 次抽样中，100 % 的结果是各种形式均收不回成本。"


def test_another_option_may_be_ahead_more_often(assessment):
    rows = assessment.appraisal.copy()
    own = rows["site_id"] == "huanggang"
    rows.loc[own & (rows["form"] == "tunnel"), "probability_best"] = 0.9
    said = answer(replace(assessment, appraisal=rows), assessment.case.sites[0])
    assert said.en.endswith("; the tunnel is ahead in 90 %.")


def test_nearest_switching_value_comes_first(assessment):
    words = [text.en for text in turning_points(assessment, "huanggang")]
    assert words[0] == "Discount rate: 9.1 %/year (today 6 %/year) – then nothing is built"
    assert len(words) == 4


@pytest.mark.parametrize("sign", ["–", "-", " → ", "/"])
def test_a_pair_of_ids_is_named(assessment, sign):
    assert names.pair(assessment, f"C1{sign}N04") == Text(
        "Urban sub-centre – Jinan East railway station", "城市副中心—济南东站"
    )


def test_other_words_stay(assessment):
    assert names.pair(assessment, "north to south").en == "north to south"


def test_brackets_and_river_can_be_left_out():
    river = Text("Yellow River", "黄河")
    name = Text("Phoenix (Fenghuang) Yellow River Bridge", "凤凰黄河大桥（主桥）")
    assert names.short(names.crossing(name, river)) == Text("Phoenix Bridge", "凤凰黄河大桥")


def test_the_command_line_fits_its_columns(assessment):
    console = Console(width=COLUMNS, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    with console.file:
        console.print(console_tables(assessment))
        text = console.export_text()
    assert max(len(line) for line in text.splitlines()) <= COLUMNS
    assert "huanggang-tunnel" in text
    assert "…" not in text
    assert "lost in any run: 0" in text


def test_net_value_keeps_the_digits_that_other_tables_show():
    facts = {"npv_cny": 5.75e9, "npv_p05_cny": 2.2e9, "npv_p95_cny": 11.02e9}
    assert value_with_range(facts) == Text(
        "5.8 (2.2 to 11.0) bn CNY", "58（22 至 110）亿元"
    )  # not 6 (2 to 11), beside 5.8 in the economic tables
    like = {"npv_cny": 1.32e9, "npv_p05_cny": -2.4e9, "npv_p95_cny": 5.7e9}
    assert value_with_range(like).en == "1.3 (−2.4 to 5.7) bn CNY"
    assert value_with_range(like | {"npv_cny": 0.0}).en == "0.0 (−2.4 to 5.7) bn CNY"


@pytest.mark.parametrize("shift", [-3.0, -1.5, 0.0, 1.5, 3.0])
def test_no_name_of_a_hill_lies_on_the_line_at_zero(shift):
    values = np.random.default_rng(3).normal(shift, 1.0, 4000)
    wide = np.array([-6.0, 6.0])
    name = Text("Tunnel, closed to trucks", "隧道")
    drawn = densities(
        [Series(name, values, "#333"), Series(Text("a", "a"), wide, "#333")],
        unit=Unit((1.0, "m"), (1.0, "m")), axis=Text("x", "x"), zero=Text("zero", "zero"),
    )  # fmt: skip
    [zero] = re.findall(r'<line x1="([\d.]+)" x2="\1" y1="[\d.]+" y2="[\d.]+" stroke="#2', drawn)[
        :1
    ]
    at, anchor = re.search(
        r'x="([\d.]+)" y="[\d.]+" text-anchor="(\w+)"[^>]*>Tunnel', drawn
    ).groups()
    start = float(at) - (width_px(name.en) if anchor == "end" else 0.0)
    assert not start < float(zero) < start + width_px(name.en)
