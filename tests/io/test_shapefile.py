"""Shapefiles of other origin: encodings, names, one-ways, projections, ends that nearly meet."""

import json

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

import transitplan as tp
from transitplan.io.drawn_links import aliases, network_from_lines
from transitplan.io.shapefile import SHORT, read_shapefile, short_names
from transitplan.model.tables import TABLES

LINES = ["LINESTRING (0 0, 1000 0)", "LINESTRING (1000.4 0.3, 1500 50, 2000 0)"]
CELLS = {
    "NAME_CN": ["经十路", "工业北路"],
    "LENGTH": [1.0, 1.004],
    "LANES": [3, 2],
    "CAPPRT": [2400.0, 1600.0],
    "V0PRT": [60.0, 40.0],
}


def layer(path, *, crs="EPSG:32650", encoding="UTF-8", lines=LINES, **cells):
    columns = {name: cell for name, cell in (CELLS | cells).items() if cell is not None}
    shapes = [
        shapely.transform(shapely.from_wkt(text), lambda at: at + np.array([5e5, 4e6]))
        for text in lines
    ]
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:32650")
    frame = frame.to_crs(crs) if crs else frame.set_crs(None, allow_override=True)
    with np.errstate(all="ignore"):
        pyogrio.write_dataframe(frame, path, encoding=encoding)
    return path


def test_lines_without_nodes_meet_within_the_tolerance(tmp_path):
    network = read_shapefile(layer(tmp_path / "r.shp", ONEWAY=["B", "F"]))
    links = network.links
    assert list(zip(links["from_node_id"], links["to_node_id"], strict=True)) == [
        (1, 2), (2, 1), (2, 3),
    ]  # fmt: skip
    assert links["lane_capacity_pceph"].tolist() == [800.0, 800.0, 800.0]  # Visum's is of all lanes
    assert links["length_m"].tolist() == pytest.approx([1000.0, 1000.0, 1004.0])  # km, by the lines
    assert links["name_zh"].tolist() == ["经十路", "经十路", "工业北路"]
    assert network.crs == "EPSG:32650"
    middle = network.nodes.set_index("node_id").loc[2, ["x_m", "y_m"]].tolist()
    assert middle == pytest.approx([501_000.2, 4_000_000.15])
    assert "6 ends of links, joined within 1 m, are 3 nodes" in network.history[0]
    apart = read_shapefile(tmp_path / "r.shp", tolerance_m=0.1)
    assert len(apart.nodes) == 4


@pytest.mark.parametrize("encoding", ["UTF-8", "CP936"])
@pytest.mark.parametrize("told", [True, False])
def test_chinese_names_are_read_with_and_without_a_cpg(encoding, told, tmp_path):
    path = layer(tmp_path / "r.shp", encoding=encoding)
    if not told:
        path.with_suffix(".cpg").unlink()
        table = path.with_suffix(".dbf")
        table.write_bytes(table.read_bytes()[:29] + b"\0" + table.read_bytes()[30:])
    assert set(tp.read_network(path).links["name_zh"]) == {"经十路", "工业北路"}


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4490", "EPSG:4547", "EPSG:3857"])
def test_any_projection_becomes_metres_on_the_ground(crs, tmp_path):
    network = tp.read_network(layer(tmp_path / "r.shp", crs=crs, LENGTH=None))
    assert network.links["length_m"].to_numpy()[0] == pytest.approx(1000.0, rel=2e-3)
    assert network.crs.startswith("EPSG:")


def test_degrees_without_projection_are_refused(tmp_path):
    path = layer(tmp_path / "r.shp", crs="EPSG:4326")
    path.with_suffix(".prj").unlink()
    with pytest.raises(tp.ValidationError, match=r"no projection \(.prj\).*look like degrees"):
        tp.read_network(path)


def test_everything_that_is_missing_comes_at_once(tmp_path):
    path = layer(tmp_path / "r.shp", CAPPRT=None, V0PRT=None)
    with pytest.raises(tp.ValidationError) as error:
        tp.read_network(path)
    told = str(error.value)
    assert "no column of capacity of a lane. Add one of: lane_capacity_pceph" in told
    assert "no column of speed" in told


def test_two_columns_of_one_meaning_and_a_length_in_no_unit_are_refused(tmp_path):
    with pytest.raises(tp.ValidationError, match="SPEED_KPH and V0PRT|V0PRT and SPEED_KPH"):
        tp.read_network(layer(tmp_path / "a.shp", SPEED_KPH=[60.0, 40.0]))
    with pytest.raises(tp.ValidationError, match="fit the lines in none of m, km, mi and ft"):
        tp.read_network(layer(tmp_path / "b.shp", LENGTH=[7.0, 7.0]))


def test_ends_named_by_ids_must_lie_together(tmp_path):
    named = {"A": [7, 8], "B": [8, 9]}
    network = tp.read_network(layer(tmp_path / "a.shp", **named))
    assert network.links[["from_node_id", "to_node_id"]].to_numpy().tolist() == [[7, 8], [8, 9]]
    far = [LINES[0], "LINESTRING (1900 0, 2900 0)"]
    with pytest.raises(tp.ValidationError, match=r"end more than 1 m apart \(node 8\)"):
        tp.read_network(layer(tmp_path / "b.shp", lines=far, **named, LENGTH=None))


def test_a_folder_of_shapefiles_is_read_by_its_one_layer_of_lines(tmp_path):
    network = tp.read_network("networks/two_banks/2025")
    tp.write_network(network, tmp_path / "town.shp", lossy=True)
    again = tp.read_network(tmp_path)
    assert again.nodes["node_id"].tolist() == network.nodes["node_id"].tolist()
    layer(tmp_path / "other.shp")
    with pytest.raises(tp.ValidationError, match=r"found other.shp, town.shp. Name the .shp"):
        tp.read_network(tmp_path)


def test_a_file_that_is_none_is_said_to_be_none(tmp_path):
    (tmp_path / "r.shp").write_text("no")
    with pytest.raises(tp.ValidationError, match="not a shapefile"):
        tp.read_network(tmp_path / "r.shp")
    with pytest.raises(tp.NotFoundError, match="no such file"):
        tp.read_network(tmp_path / "s.shp")


def test_every_alias_means_a_column_and_every_short_name_is_one():
    columns = {rule.name for rule in TABLES["link"]}
    assert set(aliases()["column"]) <= columns | {"oneway"}
    assert aliases().index.is_unique
    for column, short in SHORT.items():
        assert len(short) <= 10
        assert aliases().loc[short, "column"] == column
    made = short_names(["population_2025", "population_2035", "lanes"])
    assert made == {
        "population_2025": "population",
        "population_2035": "populati_2",
        "lanes": "lanes",
    }


def test_a_geopackage_of_other_origin_is_read_as_lines(tmp_path):
    frame = pyogrio.read_dataframe(layer(tmp_path / "r.shp"))
    pyogrio.write_dataframe(frame, tmp_path / "r.gpkg", layer="roads", driver="GPKG")
    network = tp.read_network(tmp_path / "r.gpkg")
    same = tp.read_network(tmp_path / "r.shp")
    assert network.version == same.version
    pyogrio.write_dataframe(frame, tmp_path / "r.gpkg", layer="paths", driver="GPKG", append=True)
    with pytest.raises(tp.ValidationError, match=r"layers roads, paths found.*one layer of lines"):
        tp.read_network(tmp_path / "r.gpkg")


def test_geojson_of_other_origin_is_read_as_lines(tmp_path):
    frame = pyogrio.read_dataframe(layer(tmp_path / "r.shp", LENGTH=None)).to_crs("EPSG:4326")
    frame.to_file(tmp_path / "r.geojson", driver="GeoJSON")
    network = tp.read_network(tmp_path / "r.geojson")
    assert len(network.links) == 4
    assert set(network.links["name_zh"]) == {"经十路", "工业北路"}
    (tmp_path / "points.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(tp.ValidationError, match="no lines in it"):
        tp.read_network(tmp_path / "points.geojson")


def test_the_projection_that_older_geojson_names_is_used(tmp_path):
    frame = pyogrio.read_dataframe(layer(tmp_path / "r.shp", LENGTH=None))
    content = json.loads(frame.to_json())
    assert "crs" in content
    (tmp_path / "r.geojson").write_text(json.dumps(content), encoding="utf-8")
    nodes = tp.read_network(tmp_path / "r.geojson").nodes
    assert nodes[["x_m", "y_m"]].equals(tp.read_network(tmp_path / "r.shp").nodes[["x_m", "y_m"]])
    content["crs"] = {"type": "name", "properties": {"name": "Mars"}}
    (tmp_path / "r.geojson").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(tp.ValidationError, match="Mars.*names no projection"):
        tp.read_network(tmp_path / "r.geojson")


def test_a_layer_of_nodes_may_have_an_id_of_its_own(tmp_path):
    lines = pyogrio.read_dataframe(layer(tmp_path / "r.shp", A=[7, 8], B=[8, 9]))
    points = shapely.points(np.array([[0, 0], [1000, 0], [2000, 0]]) + np.array([5e5, 4e6]))
    nodes = gpd.GeoDataFrame({"id": ["a", "b", "c"], "node_id": [7, 8, 9]}, geometry=points)
    network = network_from_lines(lines, name="r", where=tmp_path, nodes=nodes.set_crs("EPSG:32650"))
    assert network.nodes["node_id"].tolist() == [7, 8, 9]
