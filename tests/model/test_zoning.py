"""Zones by a grid or by areas, and their connectors."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point, box

import transitplan as tp


def streets(size=4, step_m=500.0):
    """A square of local streets, both ways, with an expressway far east."""
    nodes = [
        {
            "node_id": 10 * row + column + 1,
            "x_m": 500_250 + step_m * column,
            "y_m": 4_000_250 + step_m * row,
        }
        for row in range(size)
        for column in range(size)
    ]
    nodes += [
        {"node_id": 901, "x_m": 510_000, "y_m": 4e6},
        {"node_id": 902, "x_m": 511_000, "y_m": 4e6},
    ]
    pairs = [
        (10 * row + column + 1, 10 * (row + down) + column + across + 1)
        for row in range(size)
        for column in range(size)
        for down, across in ((0, 1), (1, 0))
        if row + down < size and column + across < size
    ]
    pairs = [*pairs, (901, 902)]
    links = [
        {
            "from_node_id": one,
            "to_node_id": two,
            "length_m": 1000.0 if 901 in pair else step_m,
            "free_speed_kph": 30.0,
            "lane_capacity_pceph": 500.0,
            "facility_type": "expressway" if 901 in pair else "local",
            "osm_way": "1",
        }
        for pair in pairs
        for one, two in (pair, pair[::-1])
    ]
    table = pd.DataFrame(links)
    table["link_id"] = range(1, len(table) + 1)
    tables = {"node": pd.DataFrame(nodes), "link": table}
    return tp.build_network(tables, crs="EPSG:32650")


def test_a_grid_covers_the_streets_and_no_expressway():
    network = tp.grid_zones(streets(), 1000.0)
    assert len(network.zones) == 4
    assert "4 zones: a grid of 1 km; 12 connectors" in network.history[-1]
    connectors = network.links[network.links["facility_type"] == "connector"]
    assert len(connectors) == 4 * 3 * 2
    assert not connectors["from_node_id"].isin([901, 902]).any()
    centroid = network.nodes[network.nodes["zone_id"] == 1].iloc[0]
    assert (centroid["x_m"], centroid["y_m"]) == (500_500, 4_000_500)  # of four junctions
    assert connectors["length_m"].iloc[0] == pytest.approx(1.3 * 250 * 2**0.5)
    skim = tp.skim(tp.compile_road(network), ["time_s"])
    assert skim.reachable.all()


def test_given_areas_keep_their_columns_and_one_without_a_junction_is_counted():
    areas = gpd.GeoDataFrame(
        {"zone_id": [7, 9], "name": ["Town", "Field"], "population": [1200.0, 5.0]},
        geometry=[
            box(500_000, 4_000_000, 500_900, 4_000_900),
            box(503_000, 4e6, 503_500, 4_000_500),
        ],
        crs="EPSG:32650",
    )
    network = tp.area_zones(streets(), areas.to_crs("EPSG:4326"))
    assert network.zones["zone_id"].tolist() == [7, 9]
    assert network.zones["population"].tolist() == [1200.0, 5.0]
    assert "1 zones without a junction of their own" in network.history[-1]
    far = network.nodes.loc[network.nodes["zone_id"] == 9, "node_id"].iloc[0]
    assert (network.links["from_node_id"] == far).sum() == 1


def test_the_network_given_is_unchanged():
    network = streets()
    before = network.version
    tp.grid_zones(network, 1000.0)
    assert network.version == before


def test_what_cannot_be_zones_is_told():
    network = streets()
    with pytest.raises(tp.ValidationError, match="Give a size above 0"):
        tp.grid_zones(network, 0.0)
    with pytest.raises(tp.ValidationError, match="has zones already"):
        tp.grid_zones(tp.grid_zones(network, 1000.0), 1000.0)
    points = gpd.GeoDataFrame({"zone_id": [1, 1]}, geometry=[Point(0, 0)] * 2)
    with pytest.raises(tp.ValidationError) as caught:
        tp.area_zones(network, points)
    assert len(caught.value.problems) == 3
