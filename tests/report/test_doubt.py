"""What the sections on doubt and criteria say of a small case."""

import re
from dataclasses import replace

import numpy as np
import pytest

import transitplan as tp
from transitplan.appraisal.criteria import read_criteria
from transitplan.appraisal.doubt import explore_doubt
from transitplan.appraisal.emulator import emulate
from transitplan.appraisal.scoring import indicators, score
from transitplan.report.assessment import assess
from transitplan.report.criteria import criteria_section
from transitplan.report.doubt import doubt_section
from transitplan.report.parts import Figure, Table
from transitplan.scenario.run import Runner


@pytest.fixture(scope="module")
def case():
    return tp.read_case("networks/two_banks")


@pytest.fixture(scope="module")
def found(case):
    return assess(case, processes=1, gap=1e-6)


@pytest.fixture(scope="module")
def doubt(case):
    last = replace(case, years={2035: case.years[2035]})
    with Runner(last, processes=1, gap=1e-6) as runner:
        traffic = emulate(last, runner, n_points=7, n_held_out=1)
    return explore_doubt(last, traffic, n_draws=64, n_sobol=16)


@pytest.fixture(scope="module")
def scores(case, found):
    criteria = read_criteria(case.folder / "criteria.toml")
    return score(case, criteria, indicators(case, found.appraisal, found.cluster_benefits))


def _texts(section):
    """Every title and source of a section, and its words."""
    for part in section.parts:
        if isinstance(part, Table | Figure):
            yield part.title
            yield part.source
        else:
            yield part
    yield section.lead


def test_all_words_are_in_both_languages(found, doubt, scores):
    for section in (doubt_section(found, doubt), criteria_section(found, scores)):
        for words in _texts(section):
            assert re.search("[\u4e00-\u9fff]", words.zh), words
            assert not re.search("[\u4e00-\u9fff]", words.en), words
            assert "nan" not in words.en.split()


def test_the_emulator_is_owned_up_to(found, doubt):
    section = doubt_section(found, doubt)
    assert f"({doubt.emulator.n_equilibria:,} equilibria)" in section.lead.en
    table = next(part for part in section.parts if isinstance(part, Table) and part.folded)
    assert len(table.rows) == len(doubt.emulator.errors)
    assert "against 1 more that it had not seen" in table.source.en


def test_without_an_emulator_nothing_is_said_of_one(case, found):
    fixed = explore_doubt(case, {"middle-bridge": {2025: 1e5}, "middle-tunnel": {2025: 9e4}},
                          n_draws=64, n_sobol=16)  # fmt: skip
    section = doubt_section(found, fixed)
    assert "equilibria" not in section.lead.en
    assert len(doubt_section(found).parts) == 2  # as before: the chance of being best, the turns


def test_regret_and_chances_stand_in_the_table(found, doubt):
    table = doubt_section(found, doubt).parts[1]
    assert [str(row[0].en) for row in table.rows] == [
        "Middle crossing: nothing built",
        "Middle crossing: bridge",
        "Middle crossing: tunnel",
    ]
    assert all("±" in str(row[4]) for row in table.rows)


def test_bars_of_the_tornado_reach_as_far_as_their_numbers(found, doubt):
    figure = next(
        p for p in doubt_section(found, doubt).parts if "assumption matters" in p.title.en
    )
    widths = [
        float(w) for w in re.findall(r'<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)"', figure.svg)
    ]
    rows = doubt.tornado
    rows = rows[rows["against_id"] == rows["against_id"].iloc[0]].head(len(widths) // 2)
    sides = np.abs(rows[["at_low_cny", "at_high_cny"]].sub(rows["at_today_cny"], axis=0)).to_numpy()
    shown = np.array(widths).reshape(-1, 2)
    scale = shown.max() / sides.max()
    np.testing.assert_allclose(shown, np.maximum(sides * scale, 0.5), atol=0.6)


def test_the_policy_is_never_a_hidden_thumb(found, scores):
    section = criteria_section(found, scores)
    tree = section.parts[0]
    policy = next(row for row in tree.rows if "more tunnels" in row[0].en)
    assert "policy" in policy[-1].en
    totals = next(p for p in section.parts if isinstance(p, Table) and "form wins" in p.title.en)
    heads = [head.en for head in totals.head]
    assert "Sum without policy" in heads
    assert "TOPSIS without policy" in heads
    assert "consistency ratio 0.00" in tree.source.en


def test_the_triangle_shows_every_winner(found, scores):
    figure = next(p for p in criteria_section(found, scores).parts if isinstance(p, Figure))
    winners = scores.regions["option_id"].nunique()
    assert figure.svg.count("<polygon") == winners


def test_a_site_that_no_weights_turn_says_so(found, scores):
    still = replace(scores, moves=scores.moves.iloc[:0], turns=scores.turns.iloc[:0])
    words = criteria_section(found, still).parts[-1]
    assert words.en == "Middle crossing: no weights of the top criteria turn the winner."


def test_shipped_scales_hold_the_shipped_values(scores):
    assert not scores.values["beyond"].any()
