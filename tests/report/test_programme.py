"""The section on the programme, from worths that are made up."""

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

import transitplan as tp
from tests.appraisal.programme_folder import three_sites
from transitplan.appraisal import programme_study
from transitplan.appraisal.programme_worths import Worths
from transitplan.report import names
from transitplan.report.parts import Figure, Table
from transitplan.report.programme import plan_words, programme_section
from transitplan.report.programme_folder import programme_page
from transitplan.report.programme_record import certainty, programme_record


def made_up(scale):
    """Two crossings are worth less than twice one; a hundred thousand CNY an hour for the first."""

    def worth(state, year):
        return scale * 1e5 * len(state) ** 0.6 * (1.3 if year > 2030 else 1.0)

    return Worths(
        lambda asks: [worth(*ask) for ask in asks], lambda state, year: 20 * worth(state, year)
    )


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return tp.read_case(three_sites(tmp_path_factory.mktemp("case")))


@pytest.fixture
def make(case, monkeypatch):
    def build(worth=1.0, **options):
        monkeypatch.setattr(
            programme_study,
            "case_worths",
            lambda _case, _runner, world: made_up(worth * world.trips),
        )
        return programme_study.plan_programme(case, SimpleNamespace(solved=12, gap=1e-8), **options)

    return build


@pytest.fixture
def programme(make):
    return make()


def words_of(section):
    """Every text of a section that is not one of its numbers."""
    for part in section.parts:
        if isinstance(part, Table):
            yield from (part.title, *part.head, part.source)
        elif isinstance(part, Figure):
            yield from (part.title, part.source)
        else:
            yield part


def test_every_text_is_in_both_languages(programme):
    section = programme_section(programme)
    texts = [section.title, section.lead, *words_of(section)]
    for words in texts:
        if isinstance(words, str):
            continue
        assert words.en
        assert words.zh
        assert re.search("[\u4e00-\u9fff]", words.zh), words.zh
        assert not re.search("[\u4e00-\u9fff]", words.en), words.en


def test_the_section_has_timeline_budgets_runners_up_futures_and_shares(programme):
    section = programme_section(programme)
    titles = [part.title.en for part in section.parts if isinstance(part, Table | Figure)]
    assert titles[0] == "The best plan"
    for words in ("runners-up", "Capital spent", "less or more money", "regret", "alone", "adds"):
        assert any(words in title for title in titles), words
    pictures = [part.svg for part in section.parts if isinstance(part, Figure)]
    assert len(pictures) == 3
    for svg in pictures:
        assert svg.startswith("<svg")
        assert "nan" not in svg
        assert not re.search(r'(?:width|height)="-', svg)


def test_names_are_those_of_the_sites(programme):
    assert names.option(programme.case, "middle-bridge").both == (
        "Middle crossing: bridge",
        "中部通道：桥梁",
    )
    assert plan_words(programme, "nothing").both == ("build nothing", "不建")
    assert plan_words(programme, "middle-bridge 2030").zh == "中部通道：桥梁（2030 年）"


def test_it_says_how_sure_it_is(make, programme):
    assert "All 14 plans were tried" in certainty(programme).en
    assert "No other is worth more." in certainty(programme).en
    searched = make(method="search")
    assert "By proof, no plan left out is worth more." in certainty(searched).en
    npv = searched.search["npv_cny"]
    open_ = {"proved": False, "bound_cny": npv + 2e9, "gap_cny": 2e9, "steps_compared": 40}
    usual = certainty(replace(searched, search=searched.search.assign(**open_, steps_down=3)))
    assert "which happened in 3 of 40 steps" in usual.en
    assert "By proof, no plan is worth more than" in usual.en
    assert "2.0 bn CNY above it" in usual.en
    cut = searched.search.assign(**open_, monotone_bound_cny=npv + 1e9)
    assert "The search was cut short." in certainty(replace(searched, search=cut)).en


def test_where_nothing_pays_it_says_so_and_still_shows_a_plan_of_several(make):
    programme = make(worth=0.001)
    assert programme.plans["plan"][0] == "nothing"
    section = programme_section(programme)
    assert any("shows nothing of how" in words.en for words in words_of(section))
    assert len(programme.attribution) > 1


def test_a_plan_of_nothing_alone_makes_a_page(make):
    programme = make(worth=0.001, budgets_cny={2030: 0.0, 2035: 0.0})
    assert programme.studied_plan == "nothing"
    assert "build nothing" in programme_page(programme)


def test_the_page_is_whole_and_shows_the_language_asked_for(programme):
    page = programme_page(programme, language="zh")
    assert 'data-language="zh"' in page
    assert page == programme_page(programme, language="zh")
    assert page.count("<table") == page.count("</table>")
    assert 'href="map.html' not in page


def test_the_record_holds_every_table_as_plain_data(programme):
    record = programme_record(programme)
    for name in ("plans", "moves", "budgets", "waiting", "attribution", "futures", "search"):
        assert record[name], name
    waits = record["waiting"]
    assert all(row["then_opens"] in (None, 2035) for row in waits)
    assert "seconds" not in str(record)


def test_a_case_without_rules_has_no_limits(case, make):
    path = case.folder / "programme.toml"
    kept = path.read_text(encoding="utf-8")
    path.unlink()
    try:
        programme = make()
    finally:
        path.write_text(kept, encoding="utf-8")
    assert programme.budgets["budget_cny"].isna().all()
    assert set(programme.worlds) == {"central"}
    assert programme_section(replace(programme)).parts
