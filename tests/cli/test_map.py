"""``transitplan map`` as a user calls it, and values that show themselves in a notebook."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import transitplan as tp
from tests.drawn import legend, painted
from transitplan.cli.main import app
from transitplan.errors import NotFoundError, ValidationError
from transitplan.model.network import build_network
from transitplan.viz import palette
from transitplan.viz.maps import page as page_of

CASE, NETWORK = "networks/two_banks", "networks/two_banks/2025"
DEMAND = "od_matrices/two_banks/2025_am.omx"
PHILADELPHIA = next(
    (
        folder / "data/tntp/Philadelphia/Philadelphia_net.tntp"
        for folder in (Path.cwd().parent / "shared", Path.cwd().parent.parent / "shared")
        if (folder / "data/tntp/Philadelphia/Philadelphia_net.tntp").is_file()
    ),
    None,
)


def run(*words):
    return CliRunner().invoke(app, ["map", *map(str, words)])


def test_a_network_with_its_demand(tmp_path):
    out = tmp_path / "m.html"
    found = run(NETWORK, "--demand", DEMAND, "--theme", "flows", "--out", out, "--json")
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert told == {"map": str(out), "theme": "flows", "bytes": out.stat().st_size}
    html = out.read_text(encoding="utf-8")
    assert '"Water","水面"' in html or "水面" in html  # the ground of the case around it
    assert "Flow [veh/h]" in html


def test_the_language_shown_first_and_the_same_bytes(tmp_path):
    pages = [tmp_path / "a.html", tmp_path / "b.html"]
    for path in pages:
        assert run(CASE, "--theme", "crossings", "--lang", "zh", "--out", path).exit_code == 0
    first, second = (path.read_bytes() for path in pages)
    assert first == second
    assert b'<html lang="zh-Hans" data-language="zh">' in first


def test_two_versions(tmp_path):
    out = tmp_path / "d.html"
    old = tp.read_network(NETWORK)
    new = tp.close_crossing(old, "W", reason="test")
    tp.write_network(new, tmp_path / "new")
    found = run(NETWORK, tmp_path / "new", "--theme", "difference", "--out", out)
    assert found.exit_code == 0, found.output
    assert "Roads removed" in out.read_text(encoding="utf-8")
    assert run(NETWORK, "--theme", "difference").exit_code == 2
    assert run(NETWORK, NETWORK).exit_code == 2


@pytest.mark.parametrize(
    ("words", "error", "told"),
    [
        ((NETWORK, "--theme", "flows"), ValidationError, "Add --demand trips.omx"),
        ((CASE, "--theme", "flow"), NotFoundError, "no theme 'flow'"),
        ((CASE, "--year", "1999"), NotFoundError, "no year 1999"),
        ((NETWORK, "--year", "2025"), ValidationError, "--year is of a case"),
        ((CASE, "--demand", DEMAND), ValidationError, "has its own demand"),
        ((CASE, "--tiles", "bing"), ValidationError, "no source of tiles"),
        ((CASE, "--out", "map.png"), ValidationError, "ends in .html"),
        ((CASE, "--theme", "isochrones", "--from", "C9"), NotFoundError, "no cluster and no zone"),
        (("networks/sioux_falls",), ValidationError, "bare coordinates"),
        ((NETWORK, "--ground", "README.md"), ValidationError, "not GeoJSON"),
    ],
)
def test_mistakes_are_told_before_anything_is_written(words, error, told, tmp_path):
    out = () if "--out" in words else ("--out", tmp_path / "m.html")
    found = run(*words, *out)
    assert isinstance(found.exception, error)
    assert told in str(found.exception)
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a run, its map, and a network of 40,000 links where the data are there."""
    folder = tmp_path_factory.mktemp("run")
    tp.assess(tp.read_case(CASE), gap=1e-4, processes=1).to_report(folder)
    (folder / "map.html").unlink()
    assert run(folder, "--out", folder / "map.html").exit_code == 0
    assert run(folder, "--theme", "change", "--out", folder / "change.html").exit_code == 0
    if PHILADELPHIA is not None:
        network = philadelphia()
        network.explore("lanes").save(folder / "philadelphia.html")
    return folder


def philadelphia():
    """Place the published network where the city is; its coordinates are hundredths of a mile."""
    from transitplan.io.tntp import read_tntp_network

    bare = read_tntp_network(PHILADELPHIA, time_unit="min", length_unit="mi")
    tables = {name: bare.table(name) for name in bare.table_names}
    nodes, links = tables["node"], tables["link"]
    nodes["x_m"] = (nodes["x_m"] - 30_000) * 16.09344 + 480_000
    nodes["y_m"] = (nodes["y_m"] - 74_500) * 16.09344 + 4_420_000
    at = nodes.set_index("node_id")[["x_m", "y_m"]]
    ends = [at.loc[links[f"{end}_node_id"]].to_numpy() for end in ("from", "to")]
    links["length_m"] = np.maximum(links["length_m"], 1.001 * np.hypot(*(ends[0] - ends[1]).T))
    return build_network(tables, name="Philadelphia", crs="EPSG:32618")


@pytest.mark.browser
def test_a_finished_run_is_drawn_from_its_layers(visit):
    page = visit("map.html")
    assert painted(page, palette.INK) > 500
    assert "Flow, 2025 [veh/h]" in legend(page)
    assert page.locator(".leaflet-ground-pane path").count() >= 1
    page = visit("change.html")
    page.locator(".leaflet-control-layers-base label").first.click()
    page.wait_for_timeout(150)
    assert painted(page, palette.MORE) + painted(page, palette.LESS) > 100


@pytest.mark.browser
@pytest.mark.shared
@pytest.mark.skipif(PHILADELPHIA is None, reason="the network of Philadelphia is not here")
def test_forty_thousand_links_stay_usable(visit, folder):
    assert (folder / "philadelphia.html").stat().st_size < 15_000_000
    page = visit("philadelphia.html")
    assert painted(page) > 20_000
    before = painted(page)
    took_ms = page.evaluate(
        """() => {
          const start = performance.now();
          plan.map.setZoom(plan.home + 2, { animate: false });
          plan.map.options.renderer._redraw();
          return performance.now() - start;
        }"""
    )
    assert took_ms < 5000  # 0.5 s where nothing else runs
    assert painted(page) != before
    page.locator(".search input").fill("39999")
    page.locator(".search button").first.click()
    page.wait_for_timeout(500)
    assert "39999" in page.locator(".leaflet-popup-content").inner_text()


@pytest.fixture(scope="module")
def values():
    network, demand = tp.read_network(NETWORK), tp.read_demand(DEMAND)
    roads = tp.compile_road(network)
    found = tp.assign(roads, demand, gap=1e-4)
    lines = tp.compile_frequency(network.transit, "2025-03-05", (7, 9), network=network)
    case = tp.read_case(CASE)
    return {
        "Network": network,
        "Demand": demand,
        "Assignment": found,
        "Selection": found.select([3]),
        "Skim": tp.skim(roads),
        "Case": case,
        "NetworkDiff": tp.diff(network, tp.close_crossing(network, "W", reason="t")),
        "DemandDiff": tp.diff_demand(demand, demand.scaled(1.1)),
        "TransitAssignment": tp.assign_transit(lines, demand),
        "TransitService": network.transit,
    }


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Network", "links together [km]"),
        ("Demand", "[veh/h]"),
        ("Assignment", "relative gap"),
        ("Selection", "trips [veh/h]"),
        ("Skim", "mean of time_s"),
        ("Case", "modelled years"),
        ("NetworkDiff", "links removed"),
        ("DemandDiff", "veh/h"),
        ("TransitAssignment", "[persons/h]"),
        ("TransitService", "size"),
    ],
)
def test_a_notebook_shows_a_small_table(values, name, told):
    html = values[name]._repr_html_()
    assert told in html
    assert len(html) < 6000
    assert html.count("<table") <= 1


@pytest.mark.browser
def test_a_notebook_shows_the_map_in_a_frame(browser, values, tmp_path):
    cell = tmp_path / "cell.html"
    cell.write_text(values["Network"].explore()._repr_html_(), encoding="utf-8")
    page = browser.new_context().new_page()
    page.goto(cell.as_uri())
    page.wait_for_timeout(500)
    frame = page.frames[1]
    assert frame.locator(".leaflet-overlay-pane canvas").count() == 1
    assert "Road network by class" in frame.locator(".legend").inner_text()
    page.context.close()


def test_values_explore_themselves(values):
    network = values["Network"]
    maps = {
        "roads by lanes": network.explore("lanes"),
        "by any number": network.explore("my delay", values=_lengths(network)),
        "flows": values["Assignment"].explore(),
        "selection": values["Selection"].explore(),
        "skim": values["Skim"].explore(network, 1),
        "case": values["Case"].explore(),
        "difference": values["NetworkDiff"].explore(),
        "transit": values["TransitAssignment"].explore(network),
    }
    for name, drawing in maps.items():
        html = page_of(drawing)
        assert len(html) < 1_000_000, name
        assert "<script src" not in html
        assert "iframe" in drawing._repr_html_()
    assert "my delay" in page_of(maps["by any number"])


def _lengths(network):
    return pd.Series(network.links["length_m"].to_numpy(), index=network.links["link_id"])


def test_what_cannot_be_coloured_is_refused(values):
    with pytest.raises(NotFoundError, match="no column 'lane'; numbers are in"):
        values["Network"].explore("lane")
    with pytest.raises(ValidationError, match="holds no numbers"):
        values["Network"].explore("name")
    with pytest.raises(NotFoundError, match="no zone 99"):
        values["Skim"].explore(values["Network"], 99)
