"""The map of a difference in a browser whose network is off, and its layers for QGIS."""

import json
import sqlite3
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest

import transitplan as tp
from tests.versions.edits import next_version
from transitplan.errors import ValidationError
from transitplan.model.cases import braess
from transitplan.model.edits import set_columns
from transitplan.model.network import build_network
from transitplan.versions.diff_map import either_way
from transitplan.versions.kinds import KINDS
from transitplan.versions.words import KINDS as KIND_WORDS
from transitplan.viz.palette import CHANGE_COLOURS

BEFORE = tp.read_network("networks/two_banks/2025")
AFTER = next_version(BEFORE)
LINE = 100  # pixels; the ring of a node has fewer
MAP = "Object.values(window).find(each => each instanceof L.Map)"


@pytest.fixture(scope="module")
def found():
    return tp.diff(BEFORE, AFTER)


@pytest.fixture(scope="module")
def folder(found, tmp_path_factory):
    folder = tmp_path_factory.mktemp("diff")
    found.to_map().save(folder / "diff.html")
    return folder


def painted(page, colour, pane="overlay"):
    """Pixels of a colour on a pane's canvas."""
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return page.evaluate(
        """([pane, wanted]) => {
          const canvas = document.querySelector(`.leaflet-${pane}-pane canvas`);
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
          copy.drawImage(canvas, 0, 0);
          const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
          let n = 0;
          for (let at = 0; at < data.length; at += 4) {
            if (data[at + 3] > 250 && wanted.every((part, k) => data[at + k] === part)) { n += 1; }
          }
          return n;
        }""",
        [pane, wanted],
    )


def click_at(page, network, node_ids):
    """Click the middle between two nodes."""
    nodes = network.nodes.set_index("node_id").loc[node_ids]
    middle = gpd.GeoSeries.from_xy([nodes["x_m"].mean()], [nodes["y_m"].mean()], crs=network.crs)
    place = middle.to_crs("EPSG:4326").iloc[0]
    x, y = page.evaluate(
        f"""([lat, lon]) => {{
          const map = {MAP}, at = map.latLngToContainerPoint([lat, lon]);
          const box = map.getContainer().getBoundingClientRect();
          return [at.x + box.left, at.y + box.top];
        }}""",
        [place.y, place.x],
    )
    page.mouse.click(x, y)
    page.wait_for_timeout(400)
    return page.locator(".leaflet-popup-content").inner_text()


@pytest.mark.browser
def test_each_kind_is_drawn_and_its_legend_goes_with_it(visit):
    page = visit("diff.html")
    for name in ("added", "removed", "changed", "retyped", "reshaped", "split"):
        assert painted(page, CHANGE_COLOURS[name]) > 20, name
    legend = page.locator(".legend")
    assert "Roads removed (1)" in legend.inner_text()  # both directions are one line
    page.get_by_label("Roads removed").uncheck()
    page.wait_for_timeout(150)
    assert painted(page, CHANGE_COLOURS["removed"]) == 0
    assert "Roads removed" not in legend.inner_text()
    for label in ("Before: Two banks", "After: Two banks"):
        assert "Roads before and after" in legend.inner_text()
        page.get_by_label(label).uncheck()
    assert "Roads before and after" not in legend.inner_text()


@pytest.mark.browser
def test_the_slider_fades_from_before_to_after(visit):
    page = visit("diff.html")

    def opacity(pane):
        return float(
            page.evaluate(
                f"getComputedStyle(document.querySelector('.leaflet-{pane}-pane')).opacity"
            )
        )

    slider = page.locator(".fader input")
    removed, added = CHANGE_COLOURS["removed"], CHANGE_COLOURS["added"]
    for value, before, after in ((0, 1.0, 0.0), (25, 1.0, 0.5), (50, 1.0, 1.0), (100, 0.0, 1.0)):
        slider.fill(str(value))
        page.wait_for_timeout(100)
        assert (opacity("before"), opacity("after")) == (before, after)
        assert (painted(page, removed) > LINE) == (before == 1.0)
        assert (painted(page, added) > LINE) == (after == 1.0)


@pytest.mark.browser
def test_a_click_tells_old_and_new_in_both_languages(visit):
    page = visit("diff.html")
    told = click_at(page, BEFORE, [12, 13])
    assert "North road (link 3, 4)" in told
    assert "2 → 3 (+50.0%)" in told
    page.locator("#language").click()
    assert "北路（路段 3, 4）" in page.locator(".leaflet-popup-content").inner_text()
    assert "车道数" in page.locator(".leaflet-popup-content").inner_text()
    page.keyboard.press("Escape")
    page.locator("#language").click()
    zone = BEFORE.nodes.set_index("zone_id").loc[2, "node_id"]
    told = click_at(page, BEFORE, [zone])
    assert "120000 → 150000 persons (+25.0%)" in told


def test_the_page_says_what_it_cannot_draw(folder):
    page = (folder / "diff.html").read_text(encoding="utf-8")
    assert "Not on the map: 1 of uses" in page
    assert "未绘出" in page


def test_a_map_of_many_links_stays_small():
    """All of 1,740 links change; 40,000 may take 15 MB."""
    empty = len(page_of(grid(2), grid(2)))
    size = len(page_of(grid(30), grid(30, lanes=3.0)))
    assert (size - empty) / len(grid(30).links) < 15e6 / 40_000


def page_of(a, b):
    from transitplan.viz.maps import page

    return page(tp.diff(a, b).to_map())


def grid(side, lanes=2.0):
    rows, columns = np.mgrid[:side, :side]
    node = np.arange(side * side).reshape(side, side)
    tail = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    head = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    nodes = {"node_id": node.ravel(), "x_m": 5e5 + 200.0 * columns.ravel()}
    nodes["y_m"] = 4e6 + 200.0 * rows.ravel()
    links = {"link_id": np.arange(tail.size), "from_node_id": tail, "to_node_id": head}
    links |= {"length_m": 200.0, "lane_capacity_pceph": 800.0, "free_speed_kph": 50.0}
    links |= {"lanes": lanes, "name": [f"Street {each}" for each in tail]}
    tables = {"node": pd.DataFrame(nodes), "link": pd.DataFrame(links)}
    return build_network(tables, crs="EPSG:32650")


def test_a_line_is_the_same_from_both_ends():
    there, back = [10, 20, 3, -4, 5, 6], [18, 22, -5, -6, -3, 4]
    assert either_way(there) == either_way(back)
    assert either_way([10, 20]) == (10, 20)


def test_every_kind_has_words():
    assert set(KIND_WORDS) == set(KINDS)


def test_a_network_without_projection_has_no_map(tmp_path):
    network, _ = braess()
    other = tp.close_links(network, [3], reason="works")
    with pytest.raises(ValidationError, match="no projection"):
        tp.diff(network, other).to_map()
    with pytest.raises(ValidationError, match="no projection"):
        tp.diff(network, other).to_geopackage(tmp_path / "x.gpkg")
    assert not list(tmp_path.iterdir())


def test_layers_hold_every_difference_where_it_is(found, tmp_path):
    path = found.to_geopackage(tmp_path / "diff.gpkg", unchanged=True)
    names = [str(row[0]) for row in pyogrio.list_layers(path)]
    layers = {name: gpd.read_file(path, layer=name) for name in names if name != "layer_styles"}
    rows = sum(len(frame) for name, frame in layers.items() if name != "unchanged")
    assert rows == len(found.changes)
    assert set(layers["added"]["link_id"]) == {901, 902}
    assert set(layers["removed"]["link_id"]) == {9, 10}
    touched = {3, 4, 5, 6, 7, 8, 901, 902, 903, 904}
    assert set(layers["unchanged"]["link_id"]) == set(AFTER.links["link_id"]) - touched
    lanes = layers["changed"].query("column == 'lanes' and id_b == '3'").iloc[0]
    assert (lanes["old_number"], lanes["new_number"], lanes["relative"]) == (2.0, 3.0, 0.5)
    line = AFTER.link_lines()[(AFTER.links["link_id"] == 3).to_numpy()][0]
    assert lanes.geometry.equals(line)
    assert layers["changed"].crs.to_epsg() == int(AFTER.crs.split(":")[1])
    population = layers["zones"].iloc[0]
    assert (population["old"], population["new"], population["unit"]) == (
        "120000",
        "150000",
        "persons",
    )


def test_layers_keep_columns_with_the_names_of_a_geopackage(tmp_path):
    own = {name: pd.Series(["x"] * len(BEFORE.links)) for name in ("fid", "geom")}
    before = set_columns(BEFORE, own, reason="survey")
    found = tp.diff(before, tp.close_links(before, [9], reason="works"))
    path = found.to_geopackage(tmp_path / "diff.gpkg")
    removed = gpd.read_file(path, layer="removed")
    assert removed[["fid", "geom"]].to_numpy().tolist() == [["x", "x"]]


def test_layers_have_looks_that_qgis_finds(found, tmp_path):
    """Columns as in QGIS's own ``layer_styles``; every style is XML with a colour for each kind."""
    path = found.to_geopackage(tmp_path / "diff.gpkg")
    assert path.read_bytes() == found.to_geopackage(tmp_path / "again.gpkg").read_bytes()
    with sqlite3.connect(path) as file:
        styles = file.execute(
            "select f_table_name, f_geometry_column, styleQML, useAsDefault from layer_styles"
        ).fetchall()
        drawn = dict(file.execute("select table_name, column_name from gpkg_geometry_columns"))
    file.close()
    assert {name: column for name, column, _, _ in styles} == drawn
    for name, _, qml, default in styles:
        assert default == 1
        root = ET.fromstring(qml)  # noqa: S314  our own file
        if root.find("renderer-v2").get("type") == "categorizedSymbol":
            kinds = {each.get("value") for each in root.iter("category")}
            assert kinds == set(gpd.read_file(path, layer=name)["kind"])
            assert {each.get("symbol") for each in root.iter("category")} == {
                each.get("name") for each in root.iter("symbol")
            }


def test_nothing_is_written_where_nothing_differs(tmp_path):
    with pytest.raises(ValidationError, match="nothing to write"):
        tp.diff(BEFORE, BEFORE).to_geopackage(tmp_path / "x.gpkg")
    assert not list(tmp_path.iterdir())


def test_zones_crossings_clusters_and_classes_are_told_by_name_and_unit(found):
    text = found.to_text()
    assert "2 Northgate: population 120000 → 150000 persons (+25.0%)" in text
    assert "N Middle crossing: open_year empty → 2030" in text
    assert "C1 Mill City: name Mill Town → Mill City" in text
    assert "links retyped\n  5 North road: facility_type trunk → arterial" in text
    record = json.loads(found.to_json())
    assert {"table": "link", "kind": "retyped", "n": 2} in record["counts"]
    told = next(each for each in record["changes"] if each["table"] == "zone")
    assert (told["name"], told["unit"], told["new"]) == ("Northgate", "persons", 150000.0)
