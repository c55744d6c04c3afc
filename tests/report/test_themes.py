"""Every theme of ``transitplan map`` in a browser whose network is off: what is drawn."""

import re

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from tests.drawn import legend, painted, toggle
from transitplan.access.zone_map import jobs_within
from transitplan.errors import NotFoundError, ValidationError
from transitplan.model.edits import close_crossing
from transitplan.report.closure_map import losses
from transitplan.report.subject import Subject, subject_of_case
from transitplan.report.themes import THEMES, themed_map
from transitplan.scenario.case_map import staging
from transitplan.viz import palette
from transitplan.viz.maps import page as page_of
from transitplan.viz.text import as_text

CASE = tp.read_case("networks/two_banks")


@pytest.fixture(scope="module")
def subject():
    return subject_of_case(CASE, riders=CASE.demand(2025))


@pytest.fixture(scope="module")
def jinan():
    return tp.read_case("networks/jinan")


@pytest.fixture(scope="module")
def folder(subject, jinan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("themes")
    later = subject_of_case(CASE, year=2035)
    for theme in (*THEMES, "staging"):
        of = {"staging": subject_of_case(jinan), "compare": later}.get(theme, subject)
        themed_map(of, theme).save(folder / f"{theme}.html")
    for name, drawing in _other_doors(subject).items():
        drawing.save(folder / f"{name}.html")
    return folder


OTHER_DOORS = (
    "column",
    "assignment",
    "selection",
    "skim",
    "riders",
    "difference",
    "results",
    "journeys",
)


def _other_doors(subject):
    """Maps that values draw of themselves."""
    network, below = CASE.network, {"ground": CASE.ground}
    closed = close_crossing(network, "W", reason="test")
    day = tp.compile_timetable(network.transit, "2025-03-05", network=network)
    return {
        "column": network.explore("free_speed_kph", **below),
        "assignment": subject.found.explore(**below),
        "selection": subject.found.select([7, 8]).explore(**below),
        "skim": tp.skim(subject.roads).explore(network, 1, **below),
        "riders": tp.assign_transit(subject.lines, subject.riders).explore(network, **below),
        "difference": tp.diff(network, closed).explore(**below),
        "results": tp.diff_results(network, closed, subject.demand, gap=1e-6).explore(**below),
        "journeys": tp.journeys_map(tp.find_journeys(day, 1, 4, (8, 8.5)), network, **below),
    }


def test_the_same_bytes_twice(subject):
    once, again = (page_of(themed_map(subject, "all")) for _ in range(2))
    assert once == again
    assert len(once) < 5_000_000


NO_UNIT = {  # labels of numbers that have none, and ids
    *("Volume / capacity, busier direction", "Share of all", "Opened or opens", "Link ids", "Id"),
    *("Lanes, one direction", "Lanes, both directions", "Minutes", "Kilometres"),
}
POPUPS = """() => {
  const told = [];
  const see = () => plan.map.eachLayer((layer) => {
    if (!layer.getPopup || !layer.getPopup()) { return; }
    let words = layer.getPopup().getContent();
    const box = document.createElement("div");
    box.innerHTML = typeof words === "function" ? words(layer) : words;
    box.querySelectorAll("tr").forEach((row) => told.push(Array.from(row.children).map(
      (cell) => (cell.querySelector("[lang=en]") || cell).textContent)));
  });
  const boxes = document.querySelectorAll(".leaflet-control-layers-selector");
  boxes.forEach((box) => { if (box.type === "checkbox" && !box.checked) { box.click(); } });
  see();
  boxes.forEach((box) => { if (box.type === "radio") { box.click(); see(); } });
  return told;
}"""


@pytest.mark.browser
@pytest.mark.parametrize("theme", [*THEMES, "staging", *OTHER_DOORS])
def test_each_map_draws_finds_tells_and_prints_in_both_languages(visit, folder, theme, tmp_path):
    assert (folder / f"{theme}.html").stat().st_size < 5_000_000
    page = visit(f"{theme}.html")
    assert painted(page, pane="before" if theme == "difference" else "overlay") > 500
    assert page.locator(".leaflet-ground-pane path").count() >= 1
    scale = page.locator(".leaflet-control-scale")
    assert re.fullmatch(r"\d+ k?m", scale.inner_text())
    assert "ithin 3 m of the data" in page.locator("header.bar p").inner_text()
    assert page.locator('.legend [lang="en"]:visible').count() > 1
    for wanted in ("port", "港") if theme == "journeys" else ("bridge", "桥"):
        _find(page, wanted)
        assert page.locator(".leaflet-popup-content").is_visible()
    page.locator("#language").click()
    assert page.locator('body [lang="en"]:visible').count() == 0
    assert page.locator('.legend [lang="zh-Hans"]:visible').count() > 1
    assert re.fullmatch(r"\d+ (公里|米)", scale.inner_text())
    page.pdf(path=tmp_path / "map.pdf", prefer_css_page_size=True)
    pdf = (tmp_path / "map.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") == 1  # one sheet, nothing spilt on a second
    assert painted(page) >= 0  # the page lives on
    _units(page, theme)


def _find(page, wanted):
    page.locator(".search input").fill(wanted)
    page.locator(".search button").first.click()
    page.wait_for_timeout(100)


def _units(page, theme):
    """Every number of a popup has its unit."""
    told = page.evaluate(POPUPS)
    bare = {
        label: value
        for label, value in told
        if re.match(r"[-−+]?\d", value) and "[" not in label and label not in NO_UNIT
    }
    if theme == "difference":  # the unit stands behind the value there
        assert bare.pop("lanes") == "2"
        assert all(re.search(r"\d (m|s|km/h|pce/h/lane)$", value) for value in bare.values())
    else:
        assert told
        assert not bare


@pytest.mark.browser
@pytest.mark.parametrize(
    ("theme", "pane", "told"),
    [("access", "cells", "Jobs within reach [jobs]"), ("isochrones", "reach", "Residents within")],
)
def test_a_click_beside_the_roads_opens_the_area_below(visit, theme, pane, told):
    page = visit(f"{theme}.html")
    x, y = page.evaluate(
        """(pane) => {
          for (const path of document.querySelectorAll(`.leaflet-${pane}-pane path`)) {
            const box = path.getBoundingClientRect();
            for (let at = 1; at < 40; at += 1) {
              const place = new DOMPoint(box.x + box.width * at / 40, box.y + box.height * 0.4);
              const own = place.matrixTransform(path.getScreenCTM().inverse());
              const hit = document.elementFromPoint(place.x, place.y);
              if (path.isPointInFill(own) && hit && hit.tagName === "CANVAS") {
                return [place.x, place.y];
              }
            }
          }
        }""",
        pane,
    )
    page.mouse.click(x, y)
    page.wait_for_timeout(300)
    assert told in page.locator(".leaflet-popup-content").inner_text()


@pytest.mark.browser
def test_areas_of_zones_are_told_and_end_at_the_river(visit):
    page = visit("access.html")
    assert "nearest to the zone's centroid on its bank" in legend(page)
    page.locator("#language").click()
    assert "按距小区形心最近划分" in legend(page)
    assert page.locator(".leaflet-cells-pane path").count() == len(CASE.network.zones)


@pytest.mark.browser
def test_paper_has_the_legend_and_no_controls(visit):
    page = visit("all.html")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    for control in (".leaflet-control-layers", ".search", ".leaflet-control-zoom", "#language"):
        assert not page.locator(control).is_visible()
    box, sheet = page.locator(".legend").bounding_box(), page.locator(".folium-map").bounding_box()
    assert box["y"] >= sheet["y"]
    assert box["y"] + box["height"] <= sheet["y"] + sheet["height"]
    assert sheet["width"] == pytest.approx(281 / 25.4 * 96, abs=1)  # A4 across, less its margins
    assert painted(page, palette.INK) > 500


@pytest.mark.browser
def test_layers_and_legends_go_together(visit):
    page = visit("all.html")
    assert "Flow [veh/h]" in legend(page)
    ink = painted(page, palette.INK)
    for layer, words, colour in (
        ("Volume / capacity", "busier direction", palette.LOAD_COLOURS[0]),
        ("Trips over Centre tunnel", "where else they drive", palette.CHOSEN),
        ("Road network", "Road network by class", palette.ROAD_STYLES["arterial"][0]),
    ):
        toggle(page, layer)
        assert words in legend(page)
        assert "Flow [veh/h]" not in legend(page)
        assert painted(page, colour) > 100
        assert painted(page, palette.INK) < ink
    for layer, words in (
        ("Jobs within 45 min by car", "Roads as full as the demand"),
        ("Equity: jobs within 45 min by car", "Gini"),
        ("Transit loads", "Passengers [persons/h]"),
        ("Reach from Northgate by car", "within 15 min"),
        ("River crossings", "bridge"),
    ):
        was = words in legend(page)
        before, areas = painted(page), page.locator(".leaflet-cells-pane path").count()
        toggle(page, layer)
        assert (words in legend(page)) != was
        if "Reach" in layer:
            assert page.locator(".leaflet-reach-pane path").count() == 4
        elif "obs within" in layer:
            assert page.locator(".leaflet-cells-pane path").count() == areas + len(
                CASE.network.zones
            )
        elif not was:
            assert painted(page) > before
        toggle(page, layer)
        assert (words in legend(page)) == was


@pytest.mark.browser
@pytest.mark.parametrize(
    ("wanted", "kind", "found", "told"),
    [
        ("centre tun", "crossing", "Centre tunnel", "Opened or opens"),
        ("西桥", "crossing", "West bridge", "1985"),  # by its Chinese name
        ("north road", "road", "North road", "Link ids"),
        ("7", "road", "7, 8", "veh/h"),  # a link by its id
        ("mill", "cluster", "Mill Town", "C1"),
        ("mill", "zone", "Mill Town", "Jobs"),
    ],
)
def test_the_search_finds_and_opens(visit, wanted, kind, found, told):
    page = visit("all.html")
    page.locator(".search input").fill(wanted)
    first = page.locator(".search button").filter(has=page.locator("small", has_text=kind)).first
    assert found in first.inner_text()
    first.click()
    page.wait_for_timeout(300)
    assert told in page.locator(".leaflet-popup-content").inner_text()
    assert page.locator(".search button").count() == 0


@pytest.mark.browser
def test_the_search_says_when_there_is_nothing(visit):
    page = visit("network.html")
    page.locator(".search input").fill("zzzz")
    assert "nothing found" in page.locator(".search").inner_text()


@pytest.mark.browser
def test_zones_are_found_and_hold_units(visit):
    page = visit("access.html")
    page.locator(".search input").fill("zone 2")
    page.locator(".search button").first.click()
    page.wait_for_timeout(300)
    told = page.locator(".leaflet-popup-content").inner_text()
    assert "Jobs within reach" in told
    assert "Residents" in told


@pytest.mark.browser
def test_lines_and_the_legend_grow_with_the_zoom(visit):
    page = visit("flows.html")
    stroke = "getComputedStyle(document.querySelector('.legend line')).strokeWidth"
    usual, ink = float(page.evaluate(stroke)[:-2]), painted(page, palette.INK)
    page.evaluate("plan.map.setZoom(plan.home - 2, { animate: false })")
    page.wait_for_timeout(150)
    far = float(page.evaluate(stroke)[:-2])
    assert far == pytest.approx(usual / 1.22**2, rel=1e-3)
    # A quarter of the length and two thirds of the width.
    assert painted(page, palette.INK) / ink == pytest.approx(1 / 4 / 1.22**2, rel=0.35)


@pytest.mark.browser
def test_the_years_open_roads_and_crossings(visit, jinan):
    page = visit("staging.html")
    frame = staging(jinan).frame
    new = palette.CHANGE_COLOURS["added"]
    slider = page.locator(".timeline input")
    assert page.locator(".timeline output").inner_text() == "2025"
    assert painted(page, new) == 0
    seen = []
    for at, year in ((1, 2026), (2, 2027), (10, 2035)):
        slider.fill(str(at))
        page.wait_for_timeout(200)
        assert page.locator(".timeline output").inner_text() == str(year)
        assert (f"New by {year}" in legend(page)) == (frame["opens"] == year).any()
        seen.append(painted(page, new))
    assert 0 < seen[0] <= seen[1] <= seen[2]
    slider.fill("0")
    page.wait_for_timeout(200)
    assert painted(page, new) == 0


@pytest.mark.browser
def test_a_plan_opens_its_options_in_their_years(visit, folder, jinan):
    jinan.to_map("huanggang-tunnel 2030 + hangtian-bridge 2033").save(folder / "plan.html")
    page = visit("plan.html")
    tunnel, bridge = palette.FORM_COLOURS["tunnel"], palette.FORM_COLOURS["bridge"]
    slider = page.locator(".timeline input")
    for year, dug, spanned in ((2029, False, False), (2030, True, False), (2033, True, True)):
        slider.fill(str(year - 2025))
        page.wait_for_timeout(200)
        assert (painted(page, tunnel) > 20, painted(page, bridge) > 20) == (dug, spanned)
    with pytest.raises(ValidationError, match="is built twice"):
        jinan.to_map("huanggang-tunnel 2030 + huanggang-bridge 2035")
    with pytest.raises(ValidationError, match="is no move.*2026 to 2035"):
        jinan.to_map("huanggang-tunnel")
    with pytest.raises(NotFoundError, match="no option"):
        jinan.to_map("huanggang-ferry 2030")


@pytest.mark.browser
def test_the_bar_parts_before_from_after(visit):
    page = visit("difference.html")
    removed = palette.CHANGE_COLOURS["removed"]
    assert painted(page, removed) > 100
    page.locator(".fader .mode").click()
    bar = page.locator(".bar-between input")
    for place, there in ((2, False), (98, True)):  # what was is at the left of the bar alone
        bar.fill(str(place))
        page.wait_for_timeout(150)
        assert (painted(page, removed) > 100) == there
        assert painted(page, removed, across=(place / 100 + 0.01, 1.0)) == 0
    page.locator(".fader .mode").click()
    page.wait_for_timeout(150)
    assert not page.locator(".bar-between").is_visible()
    assert painted(page, removed) > 100


@pytest.mark.browser
def test_two_years_stand_at_both_sides_of_the_bar(visit, subject):
    page = visit("compare.html")
    bar = page.locator(".bar-between input")
    assert "Flow 2025 [veh/h]" in legend(page)
    assert "Flow 2035 [veh/h]" in legend(page)
    ink = []
    for place in (0, 100):  # all of 2035, all of 2025: trips grow, so that lines are wider then
        bar.fill(str(place))
        page.wait_for_timeout(150)
        ink.append(painted(page, palette.INK))
    assert ink[0] > ink[1] > 500
    box = page.locator(".folium-map").bounding_box()
    told = []
    for place in (0, 100):  # a click meets the year that is shown there
        bar.fill(str(place))
        x, y = page.evaluate(
            """() => {
              const tunnel = plan.found.find((each) => each.shapes && each.ids === "7, 8");
              const [a, b] = tunnel.shapes[0].line, share = [0.3, 0.7];
              const at = plan.map.latLngToContainerPoint(
                [0, 1].map((axis) => a[axis] * share[0] + b[axis] * share[1]));
              return [at.x, at.y];
            }"""
        )
        page.mouse.click(box["x"] + x, box["y"] + y)
        page.wait_for_timeout(300)
        told.append(page.locator(".leaflet-popup-content").inner_text())
        page.keyboard.press("Escape")
        page.wait_for_timeout(300)
    flows = [subject_of_case(CASE, year=year).found.to_frame() for year in (2035, 2025)]
    for words, frame in zip(told, flows, strict=True):
        both = frame.loc[frame["link_id"].isin([7, 8]), "flow_vph"].sum()
        assert f"Flow, both directions [veh/h]\t{both:,.0f}" in words
    with pytest.raises(ValidationError, match="beside a later one"):
        themed_map(subject, "compare")


@pytest.mark.browser
def test_a_closure_moves_traffic_and_tells_its_cost(visit):
    page = visit("closures.html")
    assert painted(page, palette.MORE) > 100
    assert painted(page, palette.LESS) > 100
    page.locator(".search input").fill("West bridge")
    page.locator(".search button").first.click()
    page.wait_for_timeout(300)
    assert "veh·h an hour" in page.locator(".leaflet-popup-content").inner_text()


def test_losses_are_those_of_the_network_without_the_crossing(subject):
    found = losses(subject, subject.crossings)
    demand, network = subject.demand, subject.network
    times = {}
    for name in ("", "W"):
        own = close_crossing(network, name, reason="t") if name else network
        times[name] = tp.assign(tp.compile_road(own), demand, tp.PathBased(), gap=1e-8)
    spent = {name: float(each.flow_vph @ each.time_s) / 3600 for name, each in times.items()}
    assert found.loc["W", "added_veh_h"] == pytest.approx(spent["W"] - spent[""], rel=1e-2)
    links = network.links["link_id"].to_numpy()
    own = (network.links["crossing_id"] == "W").to_numpy()
    assert found.loc["W", "carried_vph"] == pytest.approx(times[""].flow_vph[own].sum(), rel=1e-3)
    assert found.loc["W", "flow_vph"][np.isin(links, links[own])].sum() == 0.0


def test_jobs_within_by_counting():
    times = pd.DataFrame([[0, 500, 2000], [500, 0, np.inf]], index=[1, 2], columns=[1, 2, 3])
    jobs = pd.Series({1: 10.0, 2: 20.0, 3: 40.0})
    assert jobs_within(times, jobs, 10.0).tolist() == [30.0, 30.0]
    assert jobs_within(times, jobs, 60.0).tolist() == [70.0, 30.0]


def test_a_theme_that_lacks_what_it_needs_says_so():
    bare = Subject(as_text("n"), CASE.network)
    for theme in ("flows", "select", "closures"):
        with pytest.raises(ValidationError, match="Add --demand trips.omx"):
            themed_map(bare, theme)
    with pytest.raises(ValidationError, match="Name a case folder"):
        themed_map(bare, "staging")
    with pytest.raises(NotFoundError, match="there are all, network"):
        themed_map(bare, "flow")
    flat = tp.read_network("networks/sioux_falls")
    with pytest.raises(ValidationError, match="bare coordinates"):
        themed_map(Subject(as_text("s"), flat), "network")


@pytest.mark.browser
def test_the_whole_jinan_map_is_small_and_drawn_soon(visit, folder, jinan):
    themed_map(subject_of_case(jinan, gap=1e-3), "all").save(folder / "jinan.html")
    assert (folder / "jinan.html").stat().st_size < 5_000_000
    page = visit("jinan.html")
    drawn_ms = page.evaluate(
        """() => {
          const tick = performance.getEntriesByType("navigation")[0];
          return tick.loadEventEnd - tick.startTime;
        }"""
    )
    assert painted(page, palette.INK) > 5000
    assert drawn_ms < 2000
