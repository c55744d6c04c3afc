"""Cells of benefits open what they are made of, and say the same as the interface."""

import json
import re
from dataclasses import replace

import openpyxl
import pytest

import transitplan as tp
from transitplan.errors import NotFoundError, ValidationError
from transitplan.report.explain_sheets import MOST
from transitplan.report.folder import write_folder

OPTION, YEAR = "middle-bridge", 2035
CHINESE = re.compile("[\u4e00-\u9fff]")
PANELS = 4  # two options, a year and a present value of each


@pytest.fixture(scope="module")
def assessment():
    return tp.assess(tp.read_case("networks/two_banks"), processes=1, gap=1e-7)


@pytest.fixture(scope="module")
def folder(assessment, tmp_path_factory):
    folder = tmp_path_factory.mktemp("explained")
    write_folder(assessment, folder)
    return folder


def exact(cell):
    """Return the number that the mouse shows."""
    title = cell.locator("[title]").first.get_attribute("title")
    return float(title.split()[0].replace(",", ""))


def test_a_cell_opens_its_pairs_of_clusters(visit, assessment):
    page = visit("report.html")
    panel = page.locator(f"#year-{OPTION}")
    assert page.locator("details.why").count() == PANELS
    assert page.locator("details.why[open]").count() == 0
    assert not panel.locator("table").first.is_visible()
    row = page.locator("#gains table").first.locator("tbody tr").first
    cell = row.locator("td").last
    cell.locator("a.why").click()
    assert panel.locator("table").first.is_visible()
    assert page.locator("details.why[open]").count() == 1
    frame = assessment.explain(OPTION, YEAR).to_frame("cluster_pair")
    rows = panel.locator("table").first.locator("tbody tr").all()
    shown = [exact(each.locator("td").nth(-2)) for each in rows]
    total = frame["total_cny_per_year"]
    assert shown[:10] == pytest.approx(total.head(10).tolist(), rel=1e-8)
    assert shown[-1] == pytest.approx(total.sum(), rel=1e-8)
    assert shown[-1] == pytest.approx(sum(shown[:-1]), rel=1e-8)
    assert shown[-1] == pytest.approx(exact(cell), rel=1e-8)
    assert rows[0].locator("td").last.inner_text() == f"{frame['share'].iloc[0]:.1%}".replace(
        "%", " %"
    )
    names = rows[0].locator("th").inner_text()
    assert names == "Northgate – Everywhere else"


def test_pairs_of_zones_and_roads_say_what_the_interface_says(visit, assessment):
    page = visit("report.html")
    page.evaluate(f"location.hash = 'year-{OPTION}'")  # a link from elsewhere opens it too
    page.locator(f"#year-{OPTION}[open]").wait_for()
    found = assessment.explain(OPTION, YEAR)
    for at, level, column in ((1, "pair", 2), (2, "link", 1)):
        table = page.locator(f"#year-{OPTION} table").nth(at)
        assert table.is_visible()
        rows = table.locator("tbody tr").all()
        assert len(rows) == 22
        shown = [exact(each.locator("td").nth(column)) for each in rows]
        amounts = found.to_frame(level)["total_cny_per_year"]
        assert shown[:20] == pytest.approx(amounts.head(20).tolist(), rel=1e-8)
        assert shown[-1] == pytest.approx(found.total_cny, rel=1e-8)
    assert rows[0].locator("th").inner_text() == "North road, 12 → 13"


def test_the_present_value_of_page_one_opens_its_components(visit, assessment):
    page = visit("report.html")
    cell = page.locator(f".decision a.why[href='#worth-{OPTION}']")
    wanted = exact(cell)
    cell.click()
    rows = page.locator(f"#worth-{OPTION} table").first.locator("tbody tr").all()
    shown = {each.locator("th").inner_text(): exact(each.locator("td").first) for each in rows}
    found = assessment.explain(OPTION)
    assert shown["Time"] == pytest.approx(found.components["time"], rel=1e-8)
    assert shown["Total"] == pytest.approx(wanted, rel=1e-8)
    assert sum(shown.values()) == pytest.approx(2 * wanted, rel=1e-8)
    assert "discount_rate = 0.08" in page.locator(f"#worth-{OPTION}").inner_text()


def test_panels_are_closed_on_paper_and_speak_both_languages(visit):
    page = visit("report.html")
    page.emulate_media(media="print")
    assert not page.locator(f"#year-{OPTION}").is_visible()
    page.emulate_media(media="screen")
    page.locator("#language").click()
    page.locator("#gains a.why").first.click()
    shown = page.locator(f"#year-{OPTION}").inner_text()
    assert "小区对（单向）" in shown
    assert "Pairs of zones" not in shown


@pytest.mark.parametrize("width", [1200, 390])
def test_an_open_panel_does_not_widen_the_page(visit, width):
    page = visit("report.html")
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(
        "document.querySelectorAll('details.why').forEach((each) => { each.open = true; })"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_page_without_what_hours_spend_has_no_panels(assessment, folder, tmp_path):
    bare = replace(assessment, spent={})
    write_folder(bare, tmp_path)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    whole = (folder / "report.html").read_text(encoding="utf-8")
    assert 'class="why"' not in text
    assert len(whole.encode()) - len(text.encode()) < 52_000 * 2  # 0.6 MB for eleven options
    assert "explain" not in json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    with pytest.raises(ValidationError, match="did not keep"):
        bare.explain(OPTION)


def test_sheets_add_up_to_the_tables(assessment, folder):
    book = openpyxl.load_workbook(folder / "tables.xlsx", read_only=True)
    yearly = assessment.options.set_index(["option_id", "year"])["user_benefit_cny"]
    worth = assessment.appraisal.set_index("option_id")["pv_benefits_cny"]
    for name, column in (
        ("explain_components", "amount_pv_cny [CNY]"),
        ("explain_clusters", "total_cny_per_year [CNY/year]"),
        ("explain_pairs", "total_cny_per_year [CNY/year]"),
        ("explain_links", "total_cny_per_year [CNY/year]"),
    ):
        head, *rows = book[name].iter_rows(values_only=True)
        for option in ("middle-bridge", "middle-tunnel"):
            own = [row for row in rows if row[0] == option]
            total = sum(row[head.index(column)] for row in own)
            known = worth[option] if name == "explain_components" else yearly[option, YEAR]
            assert total == pytest.approx(known, rel=1e-9), name
            assert len(own) <= MOST + 1
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))["explain"]
    mine = [row for row in record["components"] if row["option_id"] == OPTION]
    assert sum(row["amount_pv_cny"] for row in mine) == pytest.approx(worth[OPTION], rel=1e-9)


def test_classes_and_kinds_add_up_to_their_cells(assessment):
    frame = assessment.explain(OPTION, YEAR).to_frame("cluster_pair")
    cells = assessment.benefits
    cells = cells[(cells["option_id"] == OPTION) & (cells["year"] == YEAR)]
    for row in cells.itertuples():
        sums = frame[f"{row.class_name}_cny_per_year"].sum()
        assert sums == pytest.approx(row.total_cny, rel=1e-9)
    for kind in ("time", "operating", "toll"):
        sums = frame[f"{kind}_cny_per_year"].sum()
        assert sums == pytest.approx(cells[f"{kind}_cny"].sum(), rel=1e-9)


def test_unknown_options_and_years_are_told(assessment):
    with pytest.raises(NotFoundError, match="Did you mean middle-bridge?"):
        assessment.explain("middle-brigde")
    with pytest.raises(NotFoundError, match="no year 2034"):
        assessment.explain(OPTION, 2034)


def test_both_languages_are_whole(folder):
    text = (folder / "report.html").read_text(encoding="utf-8")
    for panel in re.findall(r'<details class="why".*?</details>', text, re.DOTALL):
        english = " ".join(re.findall(r'<span lang="en">(.*?)</span>', panel))
        assert not CHINESE.search(english)
