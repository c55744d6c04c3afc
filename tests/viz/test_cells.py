"""Areas of zones against the distance to every place, and against their own outlines."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.spatial import cKDTree

import transitplan as tp
from transitplan.model.network import build_network
from transitplan.model.network_map import Base
from transitplan.viz.cells import RIVER_HALF_M, nearest_cells
from transitplan.viz.segments import WGS84

RIVER = shapely.LineString([(-2e3, 4e3), (3e3, 5e3), (7e3, 4.5e3), (9e3, 5.5e3)])  # ends within
COURSE = [(-9e4, -1.36e4), *RIVER.coords, (1.08e5, 5.5e4)]  # and goes on straight


@pytest.fixture(scope="module")
def places():
    return np.random.default_rng(7).uniform(0, 10e3, (40, 2))


def test_each_point_lies_in_the_cell_of_the_nearest_place_of_its_bank(places):
    cells = nearest_cells(places, river=RIVER)
    course = shapely.LineString(COURSE)
    dry = shapely.distance(course, shapely.points(places)) > RIVER_HALF_M
    assert [cell is not None for cell in cells] == dry.tolist()
    dots = np.random.default_rng(8).uniform(500, 9500, (4000, 2))
    dots = dots[shapely.distance(course, shapely.points(dots)) > RIVER_HALF_M]
    found = 0
    for side in (True, False):
        own = np.flatnonzero((_north(places) == side) & dry)
        asked = dots[_north(dots) == side]
        nearest = own[cKDTree(places[own]).query(asked)[1]]
        inside = [
            shapely.intersects(cells[at], dot)
            for at, dot in zip(nearest, shapely.points(asked), strict=True)
        ]
        found += sum(inside)
    # A few lie behind a bend of the bank, cut off from their place: nobody's.
    assert found > 0.97 * len(dots)


def _north(points):
    return points[:, 1] > np.interp(points[:, 0], *np.transpose(COURSE))


def test_cells_do_not_overlap_and_fill_what_the_river_leaves(places):
    cells = nearest_cells(places)
    areas = shapely.area(cells)
    assert shapely.area(shapely.union_all(cells)) == pytest.approx(areas.sum(), rel=1e-9)
    hull = shapely.MultiPoint(list(places)).convex_hull
    assert shapely.union_all(cells).buffer(1.0).covers(hull)
    square = shapely.box(0, 0, 5e3, 5e3)
    kept = nearest_cells(places, within=square)
    inside = shapely.intersects(square, shapely.points(places))
    assert [cell is not None for cell in kept] == inside.tolist()
    assert shapely.union_all(kept[inside]).area == pytest.approx(square.area, rel=1e-9)


def test_two_places_at_one_point_and_one_alone():
    cells = nearest_cells(np.array([[0.0, 0.0], [0.0, 0.0], [900.0, 0.0]]))
    assert [cell is None for cell in cells] == [False, True, False]
    assert nearest_cells(np.array([[5.0, 5.0]]))[0].contains(shapely.Point(5, 5))


@pytest.fixture
def bounded():
    """Two banks with outlines of two zones, the second one empty."""
    network = tp.read_network("networks/two_banks/2025")
    tables = {name: network.table(name) for name in network.table_names}
    at = network.nodes.set_index("zone_id").loc[[1], ["x_m", "y_m"]].to_numpy()[0]
    outline = shapely.box(*(at - 1000.0), *(at + 1000.0)).wkt
    tables["zone"]["boundary"] = ["", *[""] * (len(tables["zone"]) - 1)]
    tables["zone"].loc[tables["zone"]["zone_id"] == 1, "boundary"] = outline
    return build_network(tables, name=network.name, crs=network.crs), network, at


def test_outlines_of_the_zone_table_are_drawn_and_kept_in_files(bounded, tmp_path):
    network, bare, at = bounded
    tp.write_network(network, tmp_path / "n")
    on_disk = pd.read_csv(tmp_path / "n/zone.csv").set_index("zone_id").loc[1, "boundary"]
    west, south, _, _ = shapely.from_wkt(on_disk).bounds
    assert (round(west), round(south)) == (117, 37)  # degrees, as the nodes beside it
    again = tp.read_network(tmp_path / "n")
    base = Base(again)
    assert "outlines of the zone table" in base.areas_told.en
    areas = base.areas.set_index("zone_id")["area"]
    assert areas.drop(1).isna().all()
    back = gpd.GeoSeries([areas[1]], crs=WGS84).to_crs(network.crs).iloc[0]
    assert back.symmetric_difference(shapely.box(*(at - 1e3), *(at + 1e3))).area < 2e4
    assert bare.version != network.version


def test_a_column_of_outlines_that_nobody_filled_changes_nothing():
    network = tp.read_network("networks/two_banks/2025")
    tables = {name: network.table(name) for name in network.table_names}
    tables["zone"]["boundary"] = ""
    same = build_network(tables, name=network.name, crs=network.crs, transit=network.transit)
    assert same.version == network.version
    assert "boundary" not in same.zones


@pytest.mark.parametrize("outline", ["POINT (1 2)", "what", "LINESTRING (0 0, 1 1)"])
def test_an_outline_that_is_none_is_told(bounded, outline):
    network = bounded[0]
    tables = {name: network.table(name) for name in network.table_names}
    tables["zone"].loc[tables["zone"]["zone_id"] == 2, "boundary"] = outline
    made = build_network(tables, name="n", crs=network.crs)
    with pytest.raises(tp.ValidationError, match="zones 2: no polygon as WKT"):
        Base(made).areas  # noqa: B018
