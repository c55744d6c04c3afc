"""The economic section says in both languages what the tables hold."""

import re
from dataclasses import replace

import pytest

import transitplan as tp
from tests.viz.tags import Tags
from transitplan.appraisal.economy import economy
from transitplan.report.assessment import assessed
from transitplan.report.economy import economy_section
from transitplan.report.explain_lines import line_numbers
from transitplan.report.parts import Figure, Panel, Table
from transitplan.scenario.run import Runner
from transitplan.viz.frontier import Point, frontier
from transitplan.viz.text import Text

CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def linked():
    """Assessment and economy from the same equilibria, and the section with its panels."""
    case = tp.read_case("networks/two_banks")
    with Runner(case, processes=1) as runner:
        found = economy(case, runner)
        assessment = assessed(case, runner, policy=False)
    return assessment, found, economy_section(case, found, assessment)


@pytest.fixture(scope="module")
def made(linked):
    assessment, found, _ = linked
    return assessment.case, found, economy_section(assessment.case, found)


def leads(part):
    """Places that the cells of a table lead to."""
    cells = [str(cell) for row in part.rows for cell in row]
    return [place for cell in cells for place in re.findall('href="#([^"]+)"', cell)]


def test_every_number_at_present_value_opens_its_panel(linked):
    assessment, found, section = linked
    panels = {part.id: part for part in section.parts if isinstance(part, Panel)}
    shown = [part for part in section.parts if isinstance(part, Table)]
    inner = [part for panel in panels.values() for part in panel.parts]
    places = [place for part in shown for place in leads(part)]
    within = [place for part in inner if isinstance(part, Table) for place in leads(part)]
    within += [m for part in inner for m in re.findall('href="#([^"]+)"', str(part))]
    apart = {place for place in within if place.startswith("worth-")}  # in the section on money
    assert set(places) | set(within) == set(panels) | apart
    summary = next(part for part in shown if part.title.en.startswith("Monetised"))
    zeros = sum(str(cell).count('title="0 CNY"') for row in summary.rows for cell in row)
    assert len(leads(summary)) == 2 * len(summary.rows) - zeros
    for option in ("middle-bridge", "middle-tunnel"):
        for line, number in line_numbers(found).items():
            if line[0] == option:
                told = assessment.explain(option, line=line[1]).total_cny
                assert told == pytest.approx(number, rel=1e-6, abs=1e3), line


def test_panels_show_the_numbers_that_they_explain(linked):
    _, found, section = linked
    panels = {part.id: part for part in section.parts if isinstance(part, Panel)}
    wide = found.summary.set_index("option_id")
    for line, at in (("accidents", "Pairs of zones, one way"), ("co2_building", "Year by year")):
        panel = panels[f"line-{line.replace('_', '-')}-middle-tunnel"]
        table = next(p for p in panel.parts if isinstance(p, Table) and p.title.en == at)
        cells = [str(cell) for cell in table.rows[-1]]
        exact = re.findall(r'title="(-?[\d,.]+) CNY"', "".join(cells))[-1]
        wanted = wide.loc["middle-tunnel", f"{line}_cny"]
        assert float(exact.replace(",", "")) == pytest.approx(wanted, rel=1e-6)
        assert all(CHINESE.search(part.title.zh) for part in panel.parts if isinstance(part, Table))


def test_a_number_solved_again_says_so(linked):
    assessment, found, _ = linked
    summary = found.summary.assign(air_cny=found.summary["air_cny"] * 1.01)
    section = economy_section(assessment.case, replace(found, summary=summary), assessment)
    told = [
        str(part)
        for panel in section.parts
        if isinstance(panel, Panel) and panel.id == "line-air-middle-bridge"
        for part in panel.parts
    ]
    assert any("solved again at smaller gaps" in words for words in told)


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
