"""The section on tolls: whole in both languages, with warnings where they are due."""

from dataclasses import replace
from xml.dom import minidom

import numpy as np
import pytest

import transitplan as tp
from transitplan.appraisal.tolls import toll_study
from transitplan.report.parts import Figure, Section, Table
from transitplan.report.toll_tables import shown
from transitplan.report.tolls import tolls_section
from transitplan.scenario.run import Runner
from transitplan.scenario.toll_rules import no_rules
from transitplan.viz.charts import Unit
from transitplan.viz.curves import Curve, curves
from transitplan.viz.text import Text


@pytest.fixture(scope="module")
def found():
    case = tp.read_case("networks/two_banks")
    options = {"levels": [0, 5, 10], "demands": ["fixed"], "tolerance_cny": 9.0}
    with Runner(case, processes=1) as runner:
        study = toll_study(case, runner, built=["middle-bridge"], year=2035, **options)
    return case, study


def tables(section):
    return {part.title.en: part for part in section.parts if isinstance(part, Table)}


def test_every_part_is_there_in_both_languages(found):
    section = tolls_section(*found)
    assert isinstance(section, Section)
    for part in section.parts:
        for words in part if isinstance(part, list) else [getattr(part, "title", part)]:
            assert words.en
            assert words.zh
            assert "nan" not in words.en.split()
        if isinstance(part, Table):
            assert part.rows
            assert {len(row) for row in part.rows} == {len(part.head)}
            assert part.source.en
    figures = [part for part in section.parts if isinstance(part, Figure)]
    assert len(figures) == 6  # traffic, revenue and welfare of two targets
    for figure in figures:
        minidom.parseString(figure.svg)  # noqa: S318  our own words
    assert any("pay for it" in title for title in tables(section))
    assert any("pass free" in title for title in tables(section))


def test_the_present_rule_is_said_in_words(found):
    rule = tolls_section(*found).parts[0]
    assert rule.en.startswith(
        "Cars with plates of the city pass free at Centre tunnel, where cars of other cities pay "
        "8 CNY. Every car pays 5 CNY at East motorway bridge. Trucks pay 18 CNY at East"
    )
    assert "外地小客车每次 8 元" in rule.zh
    assert "5 of these 5 rules are planning values" in rule.en
    case, study = found
    assert (
        "no table of toll rules"
        in tolls_section(replace(case, tolls=no_rules()), study).parts[0].en
    )


def test_an_elasticity_outside_the_band_warns_and_says_why(found):
    case, study = found
    levels = study.levels.assign(outside="")
    levels.loc[levels.index[-1], ["outside", "toll_elasticity"]] = ["diverts", -0.9]
    warned = [
        part
        for part in tolls_section(case, replace(study, levels=levels)).parts
        if isinstance(part, list)
    ]
    (words,) = warned[0]
    assert words.en.startswith("Warning: ")
    assert "elasticity −0.9 is outside the published −0.03 … −0.5" in words.en
    assert "free or cheaper" in words.en
    calm = replace(study, levels=levels.assign(outside=""))
    (words,) = next(part for part in tolls_section(case, calm).parts if isinstance(part, list))
    assert words.en.startswith("All elasticities lie within")


def test_the_page_says_who_pays_near_ten_yuan(found):
    _, study = found
    assert shown(study, study.payers)["toll_cny"].unique().tolist() == [10.0]
    assert shown(study, study.payers[study.payers["toll_cny"] < 9])["toll_cny"].unique() == [5.0]


def test_a_curve_goes_through_its_points():
    line = Curve(Text("a", "甲"), np.array([0.0, 5.0, 10.0]), np.array([0.0, 2.0, 1.0]), "#222")
    svg = curves(
        [line],
        across=Text("toll", "收费"),
        up=Text("sum", "合计"),
        unit=Unit((1.0, "x"), (1.0, "x")),
    )
    drawn = minidom.parseString(svg)  # noqa: S318  our own words
    dots = [
        (float(dot.getAttribute("cx")), float(dot.getAttribute("cy")))
        for dot in drawn.getElementsByTagName("circle")
    ]
    (x0, y0), (x1, y1), (x2, y2) = dots
    assert x1 - x0 == pytest.approx(x2 - x1, abs=0.2)
    assert y1 < y2 < y0  # up is more
    assert (y0 - y2) * 2 == pytest.approx(y0 - y1, abs=0.2)
