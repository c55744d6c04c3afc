import numpy as np
import openmatrix
import pandas as pd
import pytest
import shapely

import transitplan as tp
from transitplan.io.text import read_text_table
from transitplan.model.edits import set_columns

NETWORKS = ["networks/two_banks/2025", "networks/jinan/2025", "networks/sioux_falls"]


@pytest.mark.parametrize("suffix", ["", ".gpkg", ".graphml"])
@pytest.mark.parametrize("path", NETWORKS)
def test_a_network_written_and_read_again_is_the_same(path, suffix, tmp_path):
    network = tp.read_network(path)
    again = tp.read_network(tp.write_network(network, tmp_path / f"copy{suffix}"))
    assert again.version == network.version
    assert again.name == network.name
    for name in network.table_names:
        pd.testing.assert_frame_equal(again.table(name), network.table(name))


@pytest.mark.parametrize("path", NETWORKS)
def test_writing_twice_gives_the_same_bytes(path, tmp_path):
    network = tp.read_network(path)
    one = tp.write_network(network, tmp_path / "one")
    two = tp.write_network(tp.read_network(one), tmp_path / "two")
    for file in sorted(one.rglob("*.*")):
        assert file.read_bytes() == (two / file.relative_to(one)).read_bytes(), file.name


def test_the_speed_of_trucks_is_written_and_read_in_the_unit_of_the_folder(tmp_path):
    network = tp.read_network("networks/two_banks/2025")
    speeds = network.links["free_speed_kph"].where(network.links["crossing_id"] != "") / 2
    slower = set_columns(network, {"truck_speed_kph": speeds}, reason="climbs")
    folder = tp.write_network(slower, tmp_path / "copy")
    assert tp.read_network(folder).version == slower.version
    config = (folder / "config.csv").read_text(encoding="utf-8")
    (folder / "config.csv").write_text(config.replace("km/h", "mph"), encoding="utf-8")
    again = tp.read_network(folder).links
    np.testing.assert_allclose(again["truck_speed_kph"], speeds * 1.609344, rtol=1e-12)
    assert again["truck_speed_kph"].isna().any()


def test_a_geopackage_opens_with_named_layers_in_metres(tmp_path):
    import geopandas as gpd

    network = tp.read_network("networks/two_banks/2025")
    path = tp.write_network(network, tmp_path / "two_banks.gpkg")
    links = gpd.read_file(path, layer="link")
    assert len(links) == len(network.links)
    assert links.crs.to_epsg() == 32650
    bridge = links[links["crossing_id"] == "W"].geometry.length
    assert bridge.tolist() == pytest.approx([11_100.0, 11_100.0], rel=0.01)


@pytest.mark.parametrize("suffix", [".omx", ".csv"])
def test_demand_written_and_read_again_is_the_same(suffix, tmp_path):
    rng = np.random.default_rng(3)
    trips = rng.random((4, 4)) * (rng.random((4, 4)) < 0.6)
    demand = tp.build_demand([3, 7, 11, 20], trips)
    again = tp.read_demand(tp.write_demand(demand, tmp_path / f"demand{suffix}"))
    np.testing.assert_array_equal(again.trips_vph, demand.trips_vph)
    assert again.zone_ids.tolist() == [3, 7, 11, 20]


def test_user_classes_travel_with_the_matrices(tmp_path):
    demand = tp.read_demand("od_matrices/two_banks/2025_am.omx")
    again = tp.read_demand(tp.write_demand(demand, tmp_path / "copy.omx"))
    assert again.classes == demand.classes
    assert again.version == demand.version
    assert (tmp_path / "copy.omx").read_bytes() == tp.write_demand(
        demand, tmp_path / "again.omx"
    ).read_bytes()


def test_openmatrix_reads_our_matrices():
    demand = tp.read_demand("od_matrices/two_banks/2025_am.omx")
    with openmatrix.open_file("od_matrices/two_banks/2025_am.omx") as file:
        assert set(file.list_matrices()) == {each.name for each in demand.classes}
        assert list(file.mapping("zone_id")) == demand.zone_ids.tolist()
        np.testing.assert_array_equal(np.array(file["truck"]), demand.matrix("truck"))


def test_we_read_matrices_of_openmatrix(tmp_path):
    with openmatrix.open_file(tmp_path / "theirs.omx", "w") as file:
        file["car"] = np.array([[0.0, 5.0], [2.5, 0.0]])
        file.create_mapping("zone_id", [4, 9])
    demand = tp.read_demand(tmp_path / "theirs.omx")
    assert demand.matrix("car").loc[9, 4] == 2.5


def test_text_ids_stay_text_in_csv(tmp_path):
    demand = tp.build_demand(["01", "02"], [[0.0, 5.0], [1.0, 0.0]])
    again = tp.read_demand(tp.write_demand(demand, tmp_path / "demand.csv"))
    assert again.zone_ids.tolist() == ["01", "02"]


def test_a_line_bent_in_a_geopackage_comes_back_bent(tmp_path):
    import geopandas as gpd
    from shapely import LineString

    path = tp.write_network(tp.read_network("networks/two_banks/2025"), tmp_path / "net.gpkg")
    links = gpd.read_file(path, layer="link")
    (x0, y0), (x1, y1) = links.geometry[0].coords
    links.loc[0, "geometry"] = LineString([(x0, y0), (x0, y0 + 500), (x1, y1)])
    links.to_file(path, layer="link", driver="GPKG", engine="pyogrio")
    lines = tp.read_network(path).link_lines()
    assert [len(line.coords) for line in lines[:2]] == [3, 2]


def test_a_geopackage_has_the_same_bytes_each_time(tmp_path):
    network = tp.read_network("networks/two_banks/2025")
    one = tp.write_network(network, tmp_path / "one.gpkg")
    assert one.read_bytes() == tp.write_network(network, tmp_path / "two.gpkg").read_bytes()


def test_a_line_of_many_points_is_read_from_a_table(tmp_path):
    """Its text is longer than the 131,072 characters that Python's csv allows by default."""
    points = np.random.default_rng(1).uniform(0, 1e6, (8_000, 2))
    wkt = shapely.to_wkt(shapely.LineString(points), rounding_precision=8)
    assert len(wkt) > 2**17
    (tmp_path / "geometry.csv").write_text(f'geometry_id,geometry\n1,"{wkt}"\n')
    assert read_text_table(tmp_path / "geometry.csv").loc[0, "geometry"] == wkt


def test_a_column_called_table_survives_geojson(tmp_path):
    network = tp.read_network("networks/two_banks/2025")
    own = pd.Series(["a", "b"] * (len(network.links) // 2))
    network = set_columns(network, {"table": own}, reason="survey")
    again = tp.read_network(tp.write_network(network, tmp_path / "n.geojson"))
    assert again.links["table"].tolist() == own.tolist()
    assert again.version == network.version


@pytest.mark.parametrize("name", ["fid", "geom"])
def test_a_column_with_a_name_of_a_geopackage_survives_it(name, tmp_path):
    network = tp.read_network("networks/two_banks/2025")
    own = pd.Series(["x"] * len(network.links))
    network = set_columns(network, {name: own}, reason="survey")
    again = tp.read_network(tp.write_network(network, tmp_path / "n.gpkg"))
    assert again.version == network.version
