"""The section on forms says what every option is, in both languages."""

import re

import pytest

import transitplan as tp
from transitplan.report import names
from transitplan.report.forms import forms_section, library_table
from transitplan.report.parts import Figure, Table
from transitplan.scenario.form_tables import form_assumptions, form_table
from transitplan.viz.text import Text


@pytest.fixture(scope="module")
def jinan():
    return tp.read_case("networks/jinan")


def tables(case):
    return {part.title.en: part for part in forms_section(case).parts if isinstance(part, Table)}


def test_every_table_of_the_options_names_every_option(jinan):
    found = tables(jinan)
    titles = list(names.options(jinan).values())
    for name in (
        "What is built",
        "Who may use it",
        "Capital cost by element",
        "Upkeep, energy, land and carbon",
    ):
        assert [row[0] for row in found[name].rows] == titles
        assert all(len(row) == len(found[name].head) for row in found[name].rows)
    assert Text("Huanggang Road: tunnel", "黄岗路：隧道") in titles


def test_costs_of_elements_say_their_ends_under_the_mouse(jinan):
    [row] = [
        row
        for row in tables(jinan)["Capital cost by element"].rows
        if row[0].en == "Jianbang bridge: widening"
    ]
    capital = form_table(jinan).set_index("option_id").loc["jianbang-widening"]
    assert f"{capital['capital_cost_cny']:,.10g} CNY" in row[1]
    assert " to " in row[3].split(">")[0]


def test_bans_and_climbs_are_said_where_they_bind(jinan):
    rows = {row[0].en: row for row in tables(jinan)["Who may use it"].rows}
    assert rows["Huanggang Road: bridge"][1] == "58; 50.5"
    assert rows["Huanggang Road: tunnel"][1] == "58"  # no trucks that could be slower
    assert rows["Huanggang Road: tunnel"][3].zh == "货车、危险品、自行车、行人"


def test_notes_stand_once_with_the_options_they_are_of(jinan):
    notes = tables(jinan)["What else to know"].rows
    assert len({row[1].en for row in notes}) == len(notes)
    floods = [row for row in notes if row[0].en == "Floods"]
    assert any("untouched" in row[1].en and "tunnel" in row[2].en for row in floods)


def test_every_value_of_the_library_that_was_used_is_in_the_register(jinan, assessment):
    table = library_table(jinan)
    assert len(table.rows) == len(form_assumptions(jinan))
    words = {(row[0].en, row[3].en, row[4].en) for row in table.rows}
    assert ("cover over the crown at the dyke", "no", "sourced") in words
    assert ("distance between the dykes", "yes", "assumed") in words
    assert library_table(assessment.case) is None  # its forms are given whole
    assert "Capital cost by element" not in tables(assessment.case)


def test_long_sections_dive_and_climb_as_the_forms_do(jinan):
    figures = [part for part in forms_section(jinan).parts if isinstance(part, Figure)]
    assert len(figures) == 5  # a widening has none
    bridge, tunnel = (
        [tuple(map(float, point.split(","))) for point in line.split()]
        for line in re.findall(r'<polyline points="([^"]*)"[^>]*stroke-width="2.4"', figures[0].svg)
    )
    assert (bridge[0], tunnel[0]) == ((8.0, 78.0), (8.0, 78.0))
    assert (bridge[-1], tunnel[-1]) == ((452.0, 78.0), (452.0, 78.0))
    heights = [(78.0 - min(y for _, y in bridge)) / 1.5, (max(y for _, y in tunnel) - 78.0) / 1.5]
    assert heights == pytest.approx([10.12 + 3.94 + 8 + 3.5, 31.5 + 14], abs=0.1)
