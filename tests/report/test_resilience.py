"""The section on resilience says what was found, in both languages, and its tables are whole."""

import dataclasses
import json
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.appraisal.resilience import resilience
from transitplan.report.parts import Figure, Table
from transitplan.report.resilience import resilience_section
from transitplan.report.resilience_sheets import SHEETS, resilience_record, resilience_tables
from transitplan.report.river import stress_rows
from transitplan.scenario.run import Runner
from transitplan.viz.grid import SHADES, GridRow, grid
from transitplan.viz.text import Text


@pytest.fixture(scope="module")
def case():
    return tp.read_case("networks/two_banks")


@pytest.fixture(scope="module")
def found(case):
    with Runner(case, processes=1) as runner:
        return resilience(case, runner, options=["middle-bridge"], critical=2)


def texts(section):
    """Every text of a section."""
    for part in section.parts:
        if isinstance(part, Text):
            yield part
        elif isinstance(part, Figure):
            yield from (part.title, part.source)
        else:
            yield part.title
            yield from (each for row in part.rows for each in row if isinstance(each, Text))


def titled(section, words):
    return next(part for part in section.parts if not isinstance(part, Text)
                and words in part.title.en)  # fmt: skip


def test_every_text_has_both_languages(case, found):
    for text in texts(resilience_section(case, found)):
        assert text.en
        assert text.zh
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in text.en), text.en


def test_the_section_says_the_numbers_of_the_tables(case, found):
    section = resilience_section(case, found)
    assert str(found.equilibria) in section.lead.en
    loss = found.annual.set_index("option_id").loc["none", "loss_cny_per_year"]
    assert f"{loss / 1e6:.0f} M CNY" in section.parts[0].en
    assert "Middle crossing: bridge takes off most" in section.parts[0].en
    target = titled(section, "T15")
    nothing_built = [cell.en for cell in target.rows[0][1:]]
    assert nothing_built[0].endswith("✗ (West bridge)")  # C1 is more than 15 min farther
    assert "✗" not in nothing_built[3]
    cut = titled(section, "minimum cut")
    assert cut.rows[0][2].en == "West bridge; Centre tunnel; East motorway bridge"
    assert titled(section, "may fail").title.en.endswith(": 0")


def test_all_tables_have_a_cell_for_each_head(case, found):
    for part in resilience_section(case, found).parts:
        if isinstance(part, Table):
            assert {len(row) for row in part.rows} == {len(part.head)}


def test_a_case_without_closures_or_options_has_its_section_too(case):
    calm = dataclasses.replace(case, closures=pd.DataFrame())
    with Runner(calm, processes=1) as runner:
        found = resilience(calm, runner, options=[], critical=0, most_pairs=0)
    section = resilience_section(calm, found)
    assert "0 CNY" in section.parts[0].en
    assert not any("calendar" in text.en for text in texts(section))


def test_an_availability_that_the_calendar_denies_is_a_warning(case, found):
    wrong = found.availability.assign(agrees=False)
    told = dataclasses.replace(found, availability=wrong, notes=("W: its availability of 0.99 …",))
    warnings = [part.en for part in resilience_section(case, told).parts if isinstance(part, Text)]
    assert any(text.startswith("Warning: W: its availability") for text in warnings)


def test_sheets_hold_every_table_and_the_record_is_plain_json(found):
    tables = resilience_tables(found)
    assert set(tables) == set(SHEETS)
    record = json.loads(json.dumps(resilience_record(found), allow_nan=False))
    assert record["annual"][0]["option_id"] == "none"
    assert record["policy"][0]["met"] in (True, False)


def test_stress_on_the_map_lies_on_the_crossings(case, found):
    layer = stress_rows(case, found)
    assert layer["crossing_id"].tolist() == ["W", "M", "E"]
    assert layer.geometry.x.tolist() == pytest.approx([117.0, 117.05, 117.2])


def test_a_grid_is_darker_where_more_is_and_keeps_its_words_inside():
    rows = [
        GridRow(Text("A long name of a row that has to be broken", "名称"), [0.0, 1.0, 100.0]),
        GridRow(Text("B", "乙"), [None, -5.0, 30.0]),
    ]
    drawn = grid(["x", Text("y", "歪"), "z"], rows, title=Text("t", "题"), write=lambda v: f"{v:g}")
    root = ET.fromstring(drawn)  # noqa: S314  our own drawing
    fills = [each.get("fill") for each in root.findall(".//rect")]
    assert fills == ["none", SHADES[0], SHADES[4], "none", "none", SHADES[2]]
    *_, wide, high = map(float, root.get("viewBox").split())
    for text in root.findall(".//text"):
        assert 0 <= float(text.get("x")) <= wide
        assert 0 <= float(text.get("y")) <= high
    assert np.isclose(wide, 680.0)
