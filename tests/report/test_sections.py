"""What single sections say."""

from dataclasses import replace

import pandas as pd
import pytest

from transitplan.report import names
from transitplan.report.access import access_section
from transitplan.report.decision import decide
from transitplan.report.limits import left_out
from transitplan.report.parts import Table
from transitplan.report.quality import quality_section
from transitplan.viz.text import Text


def _saving(assessment, minutes):
    """Access where the tunnel at Huanggang saves these minutes to each destination, else none."""
    rows = assessment.access.copy()
    base = rows[rows["option_id"] == "none"].set_index(["year", "origin_id", "destination_id"])
    keys = pd.MultiIndex.from_frame(rows[["year", "origin_id", "destination_id"]])
    rows["peak_min"] = base["peak_min"].reindex(keys).to_numpy()
    own = rows["option_id"] == "huanggang-tunnel"
    rows.loc[own, "peak_min"] -= rows.loc[own, "destination_id"].map(minutes).fillna(0.0)
    return replace(assessment, access=rows)


def _savings(assessment):
    """Return the part of each site."""
    parts = access_section(assessment).parts
    titled = [(part.title if isinstance(part, Table) else part, part) for part in parts]
    return [part for title, part in titled if "peak minutes saved" in title.en]


def test_places_that_nothing_brings_nearer_are_left_out(assessment):
    saved = {"C2": 0.04, "C3": -0.3, "N01": 2.0}
    huanggang, hangtian = _savings(_saving(assessment, saved))
    assert [row[0].en for row in huanggang.rows] == ["Sangzidian", "Old city"]
    assert huanggang.source.en.startswith(
        "Peak time with nothing built less peak time with the option, same year; 6 places are "
        "left out, where all differences are below 0.1 min."
    )
    assert "另有 6 处变化均不足 0.1 分钟，未列出。" in huanggang.source.zh
    assert hangtian == Text(
        "Hangtian Avenue crossing, 2035: peak minutes saved, bridge / tunnel: no place is reached "
        "0.1 min sooner or later.",
        "航天大道过河通道，2035 年：高峰节省分钟数，桥梁 / 隧道："
        "到达各地的时间变化均不足 0.1 分钟。",
    )


def test_a_saving_that_rounds_to_nothing_is_zero(assessment):
    table, _ = _savings(_saving(assessment, {"N01": 0.049, "N04": 0.06}))
    assert [row[0].en for row in table.rows] == ["Jinan East railway station"]
    assert table.source.en.count("7 places are left out") == 1


def test_no_word_of_places_left_out_where_all_are_shown(assessment):
    everywhere = dict.fromkeys(assessment.access["destination_id"].unique(), 1.0)
    table, _ = _savings(_saving(assessment, everywhere))
    assert len(table.rows) == 8
    assert "left out" not in table.source.en


@pytest.mark.parametrize(
    ("words", "en", "zh"),
    [
        ("泉城广场 Quancheng Square", "Quancheng Square", "泉城广场"),
        ("Quancheng Square 泉城广场", "Quancheng Square", "泉城广场"),
        ("全福立交 Quanfu (Second Ring East)", "Quanfu (Second Ring East)", "全福立交"),
        ("G104京岚线 National road G104", "National road G104", "G104京岚线"),
        ("Old city", "Old city", "Old city"),
        ("泉城广场", "泉城广场", "泉城广场"),
        ("泉城 Square 广场 east", "泉城 Square 广场 east", "泉城 Square 广场 east"),
    ],
)
def test_two_languages_in_one_text_are_parted(words, en, zh):
    assert names.in_languages(words) == Text(en, zh)


def test_drives_speak_the_language_chosen(assessment):
    rows = assessment.drives.assign(origin="老城 Old city", destination="机场 Airport")
    section = quality_section(replace(assessment, drives=rows))
    table = next(
        part for part in section.parts if "Drives" in getattr(part, "title", Text("", "")).en
    )
    assert table.rows[0][0] == Text("Old city – Airport", "老城—机场")


@pytest.mark.parametrize(("peak", "says"), [(30.0, True), (57.0, False)])
def test_model_quality_says_how_drives_stand_to_the_expected(assessment, peak, says):
    rows = assessment.drives.assign(free_min=19.0, peak_min=peak)  # expected: 38 and 60
    said = next(
        part
        for part in quality_section(replace(assessment, drives=rows)).parts
        if isinstance(part, Text)
    )
    assert said.en.startswith(
        f"Modelled minutes are on average 0.50 of the expected ones on empty roads and "
        f"{peak / 60:.2f} in the peak (1 drive)"
    )
    assert ("too little delay" in said.en) == says
    assert ("高峰延误偏小" in said.zh) == says


def test_page_one_says_what_the_answer_leaves_out(assessment):
    for site in assessment.case.sites:
        assert decide(assessment, site).quality[-1] == left_out()
