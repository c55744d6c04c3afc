import json
import re
import shutil
import sqlite3
import subprocess
import xml.etree.ElementTree as ET
from contextlib import closing

import geopandas as gpd
import openpyxl
import pyogrio
import pytest

from tests.report.conftest import build_assessment
from tests.report.two_banks import OPTIONS, YEARS
from tests.viz.tags import Tags
from transitplan.errors import ValidationError
from transitplan.report.folder import write_folder
from transitplan.report.layers import layers
from transitplan.viz.sheet import SIZE_LIMIT

PAGES = ("report.html", "map.html")


def test_five_files_and_nothing_half_written(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["report.html", "map.html", "tables.xlsx", "results.gpkg", "run.json"]
    )


def test_a_failed_write_leaves_the_old_file(assessment, tmp_path, monkeypatch):
    folder, before = tmp_path, b"old"
    (folder / "run.json").write_bytes(before)

    def fail(_assessment, path, _studies):
        path.write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr("transitplan.report.folder.write_run_record", fail)
    with pytest.raises(OSError, match="disk full"):
        write_folder(assessment, folder)
    assert (folder / "run.json").read_bytes() == before
    assert not list(folder.glob(".part-*"))


@pytest.mark.parametrize(
    "name", ["report.html", "map.html", "tables.xlsx", "results.gpkg", "run.json"]
)
def test_the_same_assessment_gives_the_same_bytes(folder, tmp_path, name):
    write_folder(build_assessment(), tmp_path)
    assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


@pytest.mark.parametrize("name", PAGES)
def test_pages_refer_to_no_host(folder, name):
    html = (folder / name).read_text(encoding="utf-8")
    every = [attributes for each in Tags.of(html).values() for attributes in each]
    addresses = [attributes.get(key) or "" for attributes in every for key in ("src", "href")]
    assert [address for address in addresses if re.match(r"(https?:)?//", address)] == []
    assert "default-src 'none'" in html


@pytest.mark.parametrize("name", PAGES)
def test_pages_keep_to_the_size(folder, name):
    assert (folder / name).stat().st_size < SIZE_LIMIT


@pytest.mark.parametrize("name", PAGES)
def test_the_language_shown_first(assessment, tmp_path, name):
    write_folder(assessment, tmp_path, language="zh")
    assert '<html lang="zh-Hans" data-language="zh">' in (tmp_path / name).read_text("utf-8")


def test_online_tiles_only_when_asked(assessment, tmp_path):
    write_folder(assessment, tmp_path, tiles="https://{s}.tiles.example/{z}/{x}/{y}.png")
    html = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert "img-src data: https://a.tiles.example https://b.tiles.example https://c.tiles" in html


def test_the_record_has_its_keys_and_finite_numbers(folder):
    def refuse(word):
        raise AssertionError(word)

    text = (folder / "run.json").read_text(encoding="utf-8")
    record = json.loads(text, parse_constant=refuse)
    assert set(record) == {
        "schema", "case", "provenance", "gaps", "clusters", "access", "options", "appraisal",
        "switching", "counts", "drives",
    }  # fmt: skip
    assert set(record["options"][0]) == {
        "id", "site", "form", "year", "daily_vehicles", "user_benefit_cny", "capital_cost_cny",
        "npv_cny", "bcr", "benefit_noise_cny", "within_noise",
    }  # fmt: skip
    assert set(record["access"][0]) == {
        "option_id", "year", "origin_id", "destination_id", "free_min", "peak_min"
    }  # fmt: skip
    assert len(record["options"]) == (1 + len(OPTIONS)) * len(YEARS)
    none = [row for row in record["options"] if row["id"] == "none"]
    assert {(row["npv_cny"], row["bcr"], row["capital_cost_cny"]) for row in none} == {(0, None, 0)}
    assert record["clusters"][0]["name_zh"] == "城市副中心"


def test_the_workbook_holds_numbers_with_units(folder, assessment):
    book = openpyxl.load_workbook(folder / "tables.xlsx")
    assert book.sheetnames[0].startswith("read me")
    assert {"access", "appraisal", "flows", "parameters", "draws"} <= set(book.sheetnames)
    sheet = book["access"]
    assert sheet.freeze_panes == "A2"
    head = [cell.value for cell in sheet[1]]
    assert head[4:] == ["free_min [min]", "peak_min [min]", "distance_km [km]"]
    assert sheet.max_row == len(assessment.access) + 1
    assert isinstance(sheet.cell(3, 6).value, float)
    assert sheet.cell(3, 6).value == pytest.approx(assessment.access["peak_min"].iloc[1])
    listed = [row[0].value for row in book.worksheets[0].iter_rows(min_row=6)]
    assert listed == book.sheetnames[1:]


def test_the_workbook_keeps_flows_of_the_first_and_last_year(folder, assessment):
    book = openpyxl.load_workbook(folder / "tables.xlsx", read_only=True)
    found = [row[:2] for row in book["flows"].iter_rows(min_row=2, values_only=True)]
    kept = assessment.flows[assessment.flows["year"].isin({2025, 2035})]
    assert found == list(kept[["option_id", "year"]].itertuples(index=False, name=None))
    assert {option for option, _ in found} == {"none", *OPTIONS}
    (words,) = [
        row[2:4] for row in book.worksheets[0].iter_rows(values_only=True) if row[0] == "flows"
    ]
    assert "base year and the last year" in words[0]
    assert "不列中间年份" in words[1]


def test_empty_and_infinite_cells_stay_empty(folder):
    sheet = openpyxl.load_workbook(folder / "tables.xlsx")["appraisal"]
    head = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, head.index("bcr [ratio]") + 1).value is None


def test_the_layers_read_back(folder, assessment):
    path = folder / "results.gpkg"
    assert [name for name, _ in pyogrio.list_layers(path)] == [
        "links", "option_links", "crossings", "clusters", "options", "isochrones", "zones",
        "ground_areas", "ground_places", "layer_styles",
    ]  # fmt: skip
    links = gpd.read_file(path, layer="links")
    assert links.crs.to_epsg() == 4326
    base = assessment.networks["none", 2025]
    assert len(links) == len(base.links)
    flows = assessment.flows.query("option_id == 'none' and year == 2025")
    assert links.set_index("link_id")["flow_vph"].to_dict() == pytest.approx(
        flows.set_index("link_id")["flow_vph"].to_dict()
    )
    west, south, east, north = links.total_bounds
    assert 116 < west < east < 118
    assert 36 < south < north < 38


def test_every_layer_has_a_look_that_qgis_finds(folder):
    with closing(sqlite3.connect(folder / "results.gpkg")) as file:
        looks = file.execute(
            "select f_table_name, f_geometry_column, styleQML from layer_styles"
        ).fetchall()
        drawn = dict(file.execute("select table_name, column_name from gpkg_geometry_columns"))
        assert file.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert {name: column for name, column, _ in looks} == drawn
    kinds = {"LineString": "line", "Point": "marker", "MultiPolygon": "fill", "Polygon": "fill"}
    for name, _, qml in looks:
        symbols = list(ET.fromstring(qml).iter("symbol"))  # noqa: S314  our own file
        shapes = gpd.read_file(folder / "results.gpkg", layer=name).geom_type
        assert {each.get("type") for each in symbols} == {kinds[shape] for shape in set(shapes)}


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="no ogrinfo (gdal-bin): not asked")
def test_ogrinfo_reads_every_layer(folder):
    path = folder / "results.gpkg"
    told = subprocess.run(
        ["ogrinfo", "-ro", "-so", "-al", str(path)], capture_output=True, text=True, check=True
    )
    assert "ERROR" not in told.stdout + told.stderr
    assert re.findall(r"Layer name: (\w+)", told.stdout) == [
        n for n, _ in pyogrio.list_layers(path)
    ]


def test_a_network_without_a_projection_is_refused(assessment):
    from dataclasses import replace

    bare = {key: replace(network, crs=None) for key, network in assessment.networks.items()}
    with pytest.raises(ValidationError, match="has no projection.*Give crs"):
        layers(replace(assessment, networks=bare))
