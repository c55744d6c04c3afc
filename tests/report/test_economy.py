"""The economic section says in both languages what the tables hold."""

import re
from dataclasses import replace

import pytest

import transitplan as tp
from tests.viz.tags import Tags
from transitplan.appraisal.economy import economy
from transitplan.report.economy import economy_section
from transitplan.report.parts import Figure, Table
from transitplan.scenario.run import Runner
from transitplan.viz.frontier import Point, frontier
from transitplan.viz.text import Text

CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def made():
    case = tp.read_case("networks/two_banks")
    with Runner(case, processes=1) as runner:
        found = economy(case, runner)
    return case, found, economy_section(case, found)


def titled(section, kind):
    return {part.title.en: part for part in section.parts if isinstance(part, kind)}


def test_every_table_is_there_in_both_languages(made):
    _, _, section = made
    tables, figures = titled(section, Table), titled(section, Figure)
    for start in (
        "Monetised",
        "Indicators",
        "Economic efficiency",
        "Public accounts",
        "Appraisal",
        "The same traffic",
        "The form alone",
        "If demand answers",
        "Traffic that each option adds",
        "May the rule",
        "Middle crossing: what",
    ):
        assert any(title.startswith(start) for title in tables), start
    assert len(figures) == 2
    for part in (*tables.values(), *figures.values()):
        assert CHINESE.search(part.title.zh)
        assert not CHINESE.search(part.title.en)
    for table in tables.values():
        assert all(len(row) == len(table.head) for row in table.rows)


def test_cells_hold_the_numbers_of_the_tables(made):
    _, found, section = made
    summary = next(t for name, t in titled(section, Table).items() if name.startswith("Monetised"))
    exact = found.summary.set_index("option_id")["npv_cny"]
    row = next(row for row in summary.rows if row[0].en == "Net value (NPV)")
    for cell, option in zip(row[1:], ("middle-bridge", "middle-tunnel"), strict=True):
        assert f'title="{exact[option]:,.10g} CNY"' in str(cell)
    ladder = next(t for name, t in titled(section, Table).items() if "further yuan" in name)
    assert [row[3].en for row in ladder.rows] == found.ladder["status"].tolist()


def test_the_switch_shows_what_the_case_knows(made):
    """Every position of the demand switch that was solved has its columns, and no other."""
    case, found, section = made
    worth, added = (
        next(table for name, table in titled(section, Table).items() if name.startswith(start))
        for start in ("If demand answers", "Traffic that each")
    )
    positions = ["fixed trips", "elastic", "mode shift", "redistribution"]
    assert [text.en for text in worth.head[1:5]] == [f"Net value: {each}" for each in positions]
    assert [text.en for text in added.head[4:]] == [
        f"Vehicle-km more: {each}" for each in positions
    ]
    rows = found.induced.query("year == 2035 and option_id == 'middle-bridge'")
    shown = [str(cell) for cell in added.rows[0][1:]]
    for cell, vph in zip(shown, rows["more_trips_vph"].iloc[1:], strict=False):
        assert f'title="{vph:,.10g} veh/h"' in cell
    known = {"response", "elastic"}
    less = replace(
        found,
        comparison=found.comparison[found.comparison["traffic"].isin({"equal_traffic", *known})],
        induced=found.induced[found.induced["traffic"].isin(known)],
        ratio_checks=found.ratio_checks[found.ratio_checks["traffic"].isin(known)],
    )
    tables = titled(economy_section(case, less), Table)
    heads = [text.en for table in tables.values() for text in table.head if isinstance(text, Text)]
    assert not [head for head in heads if "mode shift" in head or "redistribution" in head]
    assert "Net value: elastic" in heads


def test_a_benefit_within_the_noise_is_said_in_words(made):
    case, found, section = made
    assert not [part for part in section.parts if isinstance(part, Text)]
    noisy = found.noise.assign(verdict="sign not known", noise_share=1.5, tightened=2)
    warned = economy_section(case, replace(found, noise=noisy))
    words = [part for part in warned.parts if isinstance(part, Text)]
    assert len(words) == len(noisy)
    assert words[0].en.startswith("Warning: Middle crossing: bridge, 2025, fixed trips: what the")
    assert "150 %" in words[0].zh


def test_the_frontier_stands_where_its_numbers_say():
    points = [
        Point(Text("a", "甲"), 1e9, 3e9, "#111111", on_frontier=True),
        Point(Text("b", "乙"), 4e9, 2e9, "#222222", on_frontier=False),
    ]
    tags = Tags.of(frontier(points))
    circles = tags["circle"]
    (ax, ay), (bx, by) = ((float(each["cx"]), float(each["cy"])) for each in circles)
    assert ax < bx
    assert ay < by  # more benefit stands higher
    assert [each["fill"] for each in circles] == ["#111111", "#ffffff"]
    line = tags["polyline"][0]["points"]
    assert len(line.split()) == 2  # from nothing to a; b is not on it
    assert f"{ax:.1f},{ay:.1f}" in line
