"""The pages in a browser whose network is off."""

import shutil
import subprocess

import pytest

pytestmark = pytest.mark.browser


def _shown(page, words):
    return page.get_by_text(words, exact=False).first.is_visible()


def test_the_map_draws_roads_ground_and_marks(visit):
    page = visit("map.html")
    dark = page.evaluate(
        """() => {
          const canvas = document.querySelector(".leaflet-overlay-pane canvas");
          const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          let painted = 0;
          for (let at = 3; at < data.length; at += 4) { if (data[at] > 0) { painted += 1; } }
          return painted;
        }"""
    )
    assert dark > 2000
    assert page.locator(".leaflet-ground-pane path").count() >= 3
    assert page.locator(".leaflet-marker-pane .mark").count() == 12


def test_the_legend_follows_the_layers(visit):
    page = visit("map.html")
    assert page.locator(".legend h2:visible").first.inner_text().startswith("Flow 2025")
    assert page.locator(".legend section").count() == 5
    page.locator(".leaflet-control-layers-base label").nth(2).click()
    assert "Volume / capacity 2025" in page.locator(".legend").inner_text()
    assert "Flow 2025" not in page.locator(".legend").inner_text()
    page.locator(".leaflet-control-layers-base label").nth(4).click()
    assert "change of flow" in page.locator(".legend").inner_text()
    overlays = page.locator(".leaflet-control-layers-overlays label")
    overlays.filter(has_text="River crossings").click()
    assert "pontoon" not in page.locator(".legend").inner_text()
    overlays.filter(has_text="Reach from").click()
    assert "within 15 min" in page.locator(".legend").inner_text()
    assert page.locator(".leaflet-reach-pane path").count() == 4


def test_popups_hold_units_and_sources(visit):
    page = visit("map.html")
    page.locator(".leaflet-marker-icon").filter(has_text="Jiluo Road tunnel").locator(
        ".mark"
    ).click()
    words = page.locator(".leaflet-popup-content").inner_text()
    assert "Length [m]" in words
    assert "4,760" in words
    assert "transport bureau" in words


def test_a_click_on_a_road_opens_its_flow(visit):
    page = visit("map.html")
    spot = page.evaluate(
        """() => {
          const map = Object.keys(window).find((name) => name.startsWith("map_"));
          const line = Object.values(window[map]._layers)
            .find((layer) => layer instanceof L.Polyline && layer.options.interactive
              && !(layer instanceof L.Polygon));
          const [start, end] = line.getLatLngs();
          const quarter = [start.lat * 0.75 + end.lat * 0.25, start.lng * 0.75 + end.lng * 0.25];
          const at = window[map].latLngToContainerPoint(quarter);
          const box = window[map].getContainer().getBoundingClientRect();
          return [at.x + box.x, at.y + box.y];
        }"""
    )
    page.mouse.click(*spot)
    page.wait_for_timeout(200)
    assert "veh/h" in page.locator(".leaflet-popup-content").inner_text()


def _apart(a, b):
    return (
        a["right"] <= b["left"] or b["right"] <= a["left"]
        or a["bottom"] <= b["top"] or b["bottom"] <= a["top"]
    )  # fmt: skip


@pytest.mark.parametrize(("wide", "high"), [(1280, 820), (700, 500)])
def test_names_lie_neither_on_each_other_nor_on_another_mark(visit, wide, high):
    page = visit("map.html")
    page.set_viewport_size({"width": wide, "height": high})
    page.wait_for_timeout(500)
    labels, marks = page.evaluate(
        """() => [".label", ".mark"].map((kind) => Array.from(document.querySelectorAll(kind))
          .filter((part) => part.style.visibility !== "hidden")
          .map((part) => [
            Array.from(document.querySelectorAll(".leaflet-marker-icon")).indexOf(part.parentNode),
            part.getBoundingClientRect().toJSON()
          ]))"""
    )
    assert len(labels) >= 5
    for place, (own, box) in enumerate(labels):
        assert all(_apart(box, other) for _, other in labels[place + 1 :])
        assert all(_apart(box, other) for its, other in marks if its != own)


@pytest.mark.parametrize(("wide", "high"), [(1280, 820), (1000, 700)])
def test_controls_leave_two_thirds_of_the_map(visit, wide, high):
    page = visit("map.html")
    page.set_viewport_size({"width": wide, "height": high})
    page.locator(".leaflet-control-layers-overlays label").filter(has_text="Reach from").click()
    boxes = [page.locator(name).bounding_box() for name in (".legend", ".leaflet-control-layers")]
    assert sum(box["width"] * box["height"] for box in boxes) < wide * high / 3


@pytest.mark.parametrize("name", ["map.html", "report.html"])
def test_the_language_button_switches_everything(visit, name):
    page = visit(name)
    assert page.locator('body [lang="en"]:visible').count() > 5
    assert page.locator('body [lang="zh-Hans"]:visible').count() == 0
    page.locator("#language").click()
    assert page.locator('body [lang="en"]:visible').count() == 0
    assert page.locator('body [lang="zh-Hans"]:visible').count() > 5
    assert page.locator("html").get_attribute("lang") == "zh-Hans"


def test_the_search_of_the_map_asks_in_the_language_of_the_page(visit):
    page = visit("map.html")
    field = page.locator("input[type=search]")
    assert field.get_attribute("placeholder") == "Find a road, crossing, zone"
    page.locator("#language").click()
    assert field.get_attribute("placeholder") == "查找道路、通道、小区"
    assert field.get_attribute("aria-label") == "查找道路、通道、小区"


def test_the_map_opens_in_the_language_of_the_link(visit):
    page = visit("report.html")
    page.locator("#language").click()
    page.locator("#map").click()
    page.wait_for_timeout(300)
    assert page.locator("html").get_attribute("data-language") == "zh"


def test_the_report_draws_a_map_and_a_chart_for_each_site(visit):
    page = visit("report.html")
    assert page.locator(".decision").count() == 2
    for site in page.locator(".decision").all():
        assert site.locator("figure svg path").count() >= 4
        assert site.locator("figure svg polygon").count() == 2
        assert site.locator("table").count() == 2


@pytest.mark.parametrize("width", [1200, 690, 390])
def test_no_table_scrolls_sideways(visit, width):
    page = visit("report.html")
    page.set_viewport_size({"width": width, "height": 900})
    if width == 690:
        page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_page_one_fits_a4(visit):
    page = visit("report.html")
    page.set_viewport_size({"width": 695, "height": 1020})
    page.emulate_media(media="print")
    for site in page.locator(".decision").all():
        assert site.bounding_box()["height"] < 1020


def test_every_table_says_where_its_numbers_come_from(visit):
    page = visit("report.html")
    captions = page.eval_on_selector_all(
        "main table", "tables => tables.map((table) => table.caption.textContent.length)"
    )
    assert min(captions) > 20


def test_the_report_prints(visit, tmp_path):
    page = visit("report.html")
    path = tmp_path / "report.pdf"
    page.pdf(path=path, prefer_css_page_size=True)
    assert path.read_bytes().startswith(b"%PDF")
    assert path.stat().st_size > 50_000


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext: print was not read")
@pytest.mark.parametrize(("language", "folded"), [("en", "folded, not printed"), ("zh", "已折叠")])
def test_print_has_page_numbers_and_names_what_is_folded(visit, tmp_path, language, folded):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed: apt install poppler-utils")
    page = visit("report.html")
    if language == "zh":
        page.locator("#language").click()
    closed = page.locator("details:not([open]):not(.why)").count()  # of cells: not printed
    path = tmp_path / "report.pdf"
    page.pdf(path=path, prefer_css_page_size=True)
    command = ["pdftotext", "-layout", str(path), "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    sheets = told.split("\f")[:-1]
    for number, sheet in enumerate(sheets, start=1):
        assert "".join(sheet.split()).endswith(f"{number}/{len(sheets)}")
    assert closed > 0
    assert told.count(folded) == closed
