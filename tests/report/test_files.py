import json
import re
import shutil
import sqlite3
import subprocess
import xml.etree.ElementTree as ET
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest

from tests.report.conftest import build_assessment
from tests.report.two_banks import OPTIONS, YEARS
from tests.viz.tags import Tags
from transitplan.errors import ValidationError
from transitplan.report import tables
from transitplan.report.catalog import unit_of
from transitplan.report.folder import write_folder
from transitplan.report.layers import layers as layers_of
from transitplan.report.parquet_tables import write_assessment
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
        "id", "name", "name_zh", "site", "form", "year", "daily_vehicles", "user_benefit_cny",
        "capital_cost_cny", "npv_cny", "bcr", "benefit_noise_cny", "within_noise",
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
    assert sheet.freeze_panes == "B2"
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


def test_parquet_holds_every_table_with_units_and_the_same_bytes(assessment, tmp_path):
    kept = {}
    for run in ("one", "two"):
        paths = assessment.to_report(tmp_path / run, parquet=True)
        kept[run] = {
            path.relative_to(tmp_path / run).as_posix(): path.read_bytes()
            for path in paths
            if path.suffix == ".parquet"
        }
    assert kept["one"] == kept["two"]
    sheets = openpyxl.load_workbook(tmp_path / "one" / "tables.xlsx", read_only=True).sheetnames
    found = {Path(name).stem for name in kept["one"] if name.startswith("tables/")}
    assert found == set(sheets[1:])
    access = pq.ParquetFile(tmp_path / "one" / "tables" / "access.parquet")
    units = {field.name: (field.metadata or {}).get(b"unit") for field in access.schema_arrow}
    assert (units["peak_min"], units["distance_km"], units["origin_id"]) == (b"min", b"km", None)
    pd.testing.assert_frame_equal(access.read().to_pandas(), assessment.access, check_dtype=False)


def test_layers_of_parquet_are_geoparquet(assessment, tmp_path):
    write_assessment(assessment, tmp_path)
    shown = layers_of(assessment)
    assert {path.stem for path in (tmp_path / "layers").iterdir()} == set(shown)
    links = gpd.read_parquet(tmp_path / "layers" / "links.parquet")
    assert links.crs.to_epsg() == 4326
    assert links.geometry.geom_equals(shown["links"].geometry).all()


def test_formats_show_what_a_cell_holds(folder):
    book = openpyxl.load_workbook(folder / "tables.xlsx")

    def cells(sheet, start):
        head = [cell.value for cell in book[sheet][1]]
        at = next(k for k, name in enumerate(head, 1) if name.startswith(start))
        return [row[0] for row in book[sheet].iter_rows(min_row=2, min_col=at, max_col=at)]

    small, *_, large = sorted(cells("switching", "today"), key=lambda cell: cell.value)
    assert (small.number_format, large.number_format) == ("0.000", "#,##0")  # 0.06 and 6.6e9
    assert {cell.number_format for cell in cells("crossings", "lon_south")} == {"0.00000"}
    assert {cell.number_format for cell in cells("access", "year")} == {"General"}
    assert unit_of("toll_removal", "user_benefit_cny_per_year") == "CNY/year"
    assert unit_of("closure_states", "hours_per_year") == "h/year"
    assert unit_of("river_screenline", "capacity_pceph") == "pce/h"
    assert book["access"].freeze_panes == "B2"
    assert book["draws"].freeze_panes == "A2"


def test_money_of_a_year_has_thousands():
    values = pd.Series([1234567.0, 0.0], name="paid_cny_per_year")
    styles = {name: name for name in ("whole", "fine", "tiny", "place")}
    assert tables._style(styles, values) == "whole"


def test_empty_and_infinite_cells_stay_empty(folder):
    sheet = openpyxl.load_workbook(folder / "tables.xlsx")["appraisal"]
    head = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, head.index("bcr [ratio]") + 1).value is None


def test_the_layers_read_back(folder, assessment):
    path = folder / "results.gpkg"
    assert [name for name, _ in pyogrio.list_layers(path)] == [
        "clusters", "gains", "crossings", "zones", "options", "option_links", "links",
        "isochrones", "ground_areas", "ground_places", "about", "layer_styles",
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


def test_an_option_is_one_row_with_its_road_drawn_once(folder, assessment):
    options = gpd.read_file(folder / "results.gpkg", layer="options")
    assert sorted(options["option_id"]) == sorted(OPTIONS)
    assert options.set_index("option_id")["npv_cny"].to_dict() == pytest.approx(
        assessment.appraisal.set_index("option_id")["npv_cny"].drop("none").to_dict()
    )
    lines = options.to_crs("EPSG:32650")
    for row in lines.itertuples():
        links = assessment.networks[row.option_id, 2035].links
        site = row.option_id.split("-")[0]
        one_way = links.loc[links["crossing_id"] == f"x_{site}", "length_m"].sum() / 2
        assert row.geometry.length == pytest.approx(one_way, rel=1e-6)


def test_clusters_gain_what_the_table_says(folder, assessment):
    gains = gpd.read_file(folder / "results.gpkg", layer="gains")
    rows = assessment.cluster_benefits.query("year == 2035")
    keys = ["option_id", "cluster_id"]
    assert gains.set_index(keys)["user_benefit_cny"].to_dict() == pytest.approx(
        rows.set_index(keys)["user_benefit_cny"].to_dict()
    )


def test_a_layer_that_is_not_there_says_why(folder):
    about = pyogrio.read_dataframe(folder / "results.gpkg", layer="about").set_index("layer")
    layers = {name for name, kind in pyogrio.list_layers(folder / "results.gpkg") if kind}
    assert set(about.index[about["rows"] > 0]) == layers
    absent = about[about["rows"] == 0]
    assert sorted(absent.index) == ["cluster_pairs", "ground_lines"]
    assert absent[["left_out", "left_out_zh"]].map(len).to_numpy().min() > 0


def test_every_layer_has_looks_that_qgis_finds(folder):
    with closing(sqlite3.connect(folder / "results.gpkg")) as file:
        looks = file.execute(
            "select f_table_name, f_geometry_column, styleName, useAsDefault, styleQML "
            "from layer_styles"
        ).fetchall()
        drawn = dict(file.execute("select table_name, column_name from gpkg_geometry_columns"))
        told = file.execute(
            "select table_name, identifier, description from gpkg_contents"
        ).fetchall()
        assert file.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert {name: column for name, column, *_ in looks} == drawn
    assert {(name, style) for name, _, style, *_ in looks} == {
        (name, style) for name in drawn for style in ("English", "中文")
    }
    assert [name for name, _, _, default, _ in looks if default] == list(
        dict.fromkeys(name for name, *_ in looks)
    )
    assert all(" · " in title and "。" in about for name, title, about in told if name in drawn)
    kinds = {"LineString": "line", "Point": "marker", "MultiPolygon": "fill", "Polygon": "fill"}
    kinds["MultiLineString"] = "line"
    for name, *_, qml in looks:
        symbols = list(ET.fromstring(qml).iter("symbol"))  # noqa: S314  our own file
        shapes = gpd.read_file(folder / "results.gpkg", layer=name).geom_type
        assert {each.get("type") for each in symbols} == {kinds[shape] for shape in set(shapes)}


def test_columns_of_layers_have_names_and_units_in_both_languages(folder):
    with closing(sqlite3.connect(folder / "results.gpkg")) as file:
        looks = {
            (name, style): ET.fromstring(qml)  # noqa: S314  our own file
            for name, style, qml in file.execute(
                "select f_table_name, styleName, styleQML from layer_styles"
            )
        }
    silent = {"directed", "geometry_id", "dir_flag", "corridor_id", "vdf_alpha", "vdf_beta"}
    for (name, style), qml in looks.items():
        words = {each.get("field"): each.get("name") for each in qml.iter("alias")}
        columns = gpd.read_file(folder / "results.gpkg", layer=name).columns
        assert set(columns) - set(words) - {"geometry"} <= silent
        if "flow_vph" in words:
            assert words["flow_vph"] == {
                "English": "Flow, peak hour [veh/h]", "中文": "高峰小时流量 [辆/小时]"
            }[style]  # fmt: skip


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="no ogrinfo (gdal-bin): not asked")
def test_ogrinfo_reads_every_layer(folder):
    path = folder / "results.gpkg"
    told = subprocess.run(
        ["ogrinfo", "-ro", "-so", "-al", str(path)], capture_output=True, text=True, check=True
    )
    assert "ERROR" not in told.stdout + told.stderr
    assert "Warning" not in told.stdout + told.stderr
    assert re.findall(r"Layer name: (\w+)", told.stdout) == [
        n for n, _ in pyogrio.list_layers(path)
    ]


def _system_python_with_qgis():
    """A Python that Debian's python3-qgis belongs to; None where there is none."""
    python = "/usr/bin/python3"
    if not Path(python).exists():
        return None
    asked = subprocess.run(
        [python, "-c", "import qgis.core"], check=False, capture_output=True, env={}
    )
    return python if asked.returncode == 0 else None


@pytest.fixture(scope="session")
def told_by_qgis(folder, tmp_path_factory):
    """What QGIS itself says of the file, and what it draws."""
    python = _system_python_with_qgis()
    if python is None:
        pytest.skip("no QGIS (python3-qgis): layers were not opened in it")
    out = tmp_path_factory.mktemp("qgis")
    script = Path(__file__).with_name("in_qgis.py")
    asked = subprocess.run(
        [python, str(script), str(folder / "results.gpkg"), str(out)],
        capture_output=True, text=True, check=True,
        env={"QT_QPA_PLATFORM": "offscreen", "HOME": str(out), "XDG_RUNTIME_DIR": str(out)},
    )  # fmt: skip
    return json.loads(asked.stdout)


def test_qgis_opens_every_layer_with_its_style(told_by_qgis, assessment):
    layers, shown = told_by_qgis["layers"], layers_of(assessment)
    assert {name: each["rows"] for name, each in layers.items()} == {
        name: len(frame) for name, frame in shown.items()
    }
    for each in layers.values():
        assert each["renderer"] == "RuleRenderer"
        assert each["undrawn"] == 0  # every row has a line of the legend
        assert each["inked"] > 0
    assert layers["links"]["alias"]["flow_vph"] == "Flow, peak hour [veh/h]"


@pytest.mark.parametrize(("name", "top"), [("map", "Clusters and hubs"), ("地图", "组团与枢纽")])
def test_qgis_opens_the_project_in_each_language(told_by_qgis, name, top):
    project = told_by_qgis["projects"][name]
    assert project["crs"] == "EPSG:32650"
    assert project["broken"] == []
    assert project["order"][0] == top
    assert len(project["order"]) == len(told_by_qgis["layers"])
    assert project["inked"] > 0.01


def test_a_network_without_a_projection_is_refused(assessment):
    from dataclasses import replace

    bare = {key: replace(network, crs=None) for key, network in assessment.networks.items()}
    with pytest.raises(ValidationError, match="has no projection.*Give crs"):
        layers_of(replace(assessment, networks=bare))
