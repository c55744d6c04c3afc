"""The section on the demand model in a browser, wide and narrow, in both languages."""

from dataclasses import replace

import pytest

from tests.demand_record import write_record
from transitplan.appraisal.demand_record import read_record
from transitplan.report.page import report_page
from transitplan.scenario.case import Year

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(assessment, tmp_path_factory):
    folder = tmp_path_factory.mktemp("demand")
    write_record(folder)
    years = {year: Year(demand=str(folder / f"{year}.omx")) for year in assessment.case.years}
    case = replace(assessment.case, years=years)
    page = report_page(replace(assessment, case=case, record=read_record(case)))
    (folder / "report.html").write_text(page, encoding="utf-8")
    return folder


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [1200, 390])
def test_nothing_is_cut_at_any_width(visit, width, language):
    page = visit("report.html")
    page.set_viewport_size({"width": width, "height": 900})
    if language == "zh":
        page.locator("#language").click()
    page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # every caption and sentence can be read without moving anything
    cut = page.evaluate(
        """wide => Array.from(document.querySelectorAll("caption > *, figcaption, p, li, h2, h3"))
          .filter((each) => each.getBoundingClientRect().right > wide + 1)
          .map((each) => each.textContent)"""
    , width)  # fmt: skip
    assert cut == []
    # what is too wide for a phone moves by itself: its last column can be reached
    gone = page.evaluate(
        """wide => Array.from(document.querySelectorAll(".scroll")).filter((each) => {
          each.scrollLeft = each.scrollWidth;
          const last = each.querySelector("thead th:last-child").getBoundingClientRect();
          return last.width > 0 && last.right > wide + 1;
        }).length""", width
    )  # fmt: skip
    assert gone == 0
    # and no column of words is so narrow that its signs stand below each other
    narrowest = page.evaluate(
        """() => Math.min(...Array.from(document.querySelectorAll("td.w"))
          .map((each) => each.getBoundingClientRect().width).filter((wide) => wide > 0))"""
    )
    assert width > 390 or narrowest > 60


def test_words_of_the_charts_are_text_inside_them(visit):
    page = visit("report.html")
    outside = page.evaluate(
        """() => Array.from(document.querySelectorAll("#demand svg")).flatMap((svg) => {
          const box = svg.getBoundingClientRect();
          return Array.from(svg.querySelectorAll("text")).filter((text) => {
            const own = text.getBoundingClientRect();
            return own.width > 0 && (own.left < box.left - 1 || own.right > box.right + 1
              || own.top < box.top - 1 || own.bottom > box.bottom + 1);
          }).map((text) => text.textContent);
        })"""
    )
    assert outside == []
    assert page.locator("#demand svg text", has_text="mean 8.9").count() == 1


def test_page_one_still_fits_a4(visit):
    page = visit("report.html")
    page.set_viewport_size({"width": 695, "height": 1020})
    page.emulate_media(media="print")
    for site in page.locator(".decision").all():
        assert "GEH" in site.inner_text()
        assert site.bounding_box()["height"] < 1020
