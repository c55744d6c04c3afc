import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.model.network import build_network


def small(**changes):
    """Two zones, one road; columns of the link table can be replaced."""
    links = {
        "link_id": [1, 2],
        "from_node_id": [1, 2],
        "to_node_id": [2, 1],
        "length_m": [1000.0, 1000.0],
        "lane_capacity_pceph": [900.0, 900.0],
        "free_speed_kph": [50.0, 50.0],
        **changes,
    }
    nodes = {
        "node_id": [1, 2],
        "x_m": [0.0, 900.0],
        "y_m": [0.0, 0.0],
        "zone_id": [1, 2],
        "node_type": ["centroid", "centroid"],
    }
    return {
        "node": pd.DataFrame(nodes),
        "link": pd.DataFrame(links),
        "zone": pd.DataFrame({"zone_id": [1, 2]}),
    }


def test_defaults_are_filled_in_and_typed():
    links = build_network(small()).links
    assert links["lanes"].tolist() == [1.0, 1.0]
    assert links["vdf_alpha"].dtype == np.float64
    assert links["allowed_uses"].tolist() == ["all", "all"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"link_id": [1, 1]}, r"link.csv, column link_id: 2 of 2 rows \(lines 2, 3\): the same"),
        ({"to_node_id": [2, 9]}, r"column to_node_id: 1 of 2 rows \(line 3\): not in node.csv"),
        ({"free_speed_kph": [50.0, 500.0]}, r"column free_speed: .*above 200 km/h \(found 500\)"),
        ({"lane_capacity_pceph": [-1.0, 900.0]}, r"column capacity: .*below 0 pce/h/lane"),
        ({"length_m": [1e8, 1000.0]}, r"column length: .*above 1e\+07 m"),
        ({"length_m": [np.nan, 1000.0]}, r"column length: 1 of 2 rows \(line 2\): empty"),
        ({"free_speed_kph": [np.nan, 50.0]}, r"neither free_speed nor free_time_s is given"),
        ({"facility_type": ["motorway", "trunk"]}, r"an unknown value \('motorway'\). Use one of"),
        ({"to_node_id": [1, 1]}, r"the link ends where it starts"),
        ({"directed": [True, False]}, r"column directed: .*Write two rows, one each way"),
        ({"lane": [2, 2]}, r"column lane: not known. Did you mean lanes"),
        ({"toll": [2.0, 2.0]}, r"column toll: not known. Did you mean toll_cny"),
        ({"toll_cnyy": [2.0, 2.0]}, r"column toll_cnyy: not known. Did you mean toll_cny"),
    ],
)
def test_a_broken_link_table_is_refused_with_row_and_column(changes, message):
    with pytest.raises(tp.ValidationError, match=message):
        build_network(small(**changes))


def test_all_problems_come_in_one_error():
    broken = small(link_id=[1, 1], to_node_id=[2, 9], free_speed_kph=[50.0, 500.0])
    with pytest.raises(tp.ValidationError) as caught:
        build_network(broken)
    assert len(caught.value.problems) == 3


def test_metres_read_as_kilometres_are_noticed_on_the_ground():
    tables = small(length_m=[400_000.0, 1000.0])
    with pytest.raises(tp.ValidationError, match="metres for km"):
        build_network(tables, crs="EPSG:32650")


def test_a_length_below_the_straight_line_is_noticed():
    with pytest.raises(tp.ValidationError, match="shorter than the straight line"):
        build_network(small(length_m=[100.0, 1000.0]), crs="EPSG:32650")


def test_a_zone_without_a_node_is_refused():
    tables = small()
    tables["zone"] = pd.DataFrame({"zone_id": [1, 2, 3]})
    with pytest.raises(tp.ValidationError, match="the zone has no node in node.csv"):
        build_network(tables)


def test_a_zone_without_a_connector_is_refused():
    tables = small()
    tables["node"].loc[2] = [3, 50.0, 50.0, 3, "centroid"]
    tables["zone"] = pd.DataFrame({"zone_id": [1, 2, 3]})
    with pytest.raises(tp.ValidationError, match=r"\(line 4\): no link joins the zone's centroid"):
        build_network(tables)


def test_an_unknown_use_is_refused():
    tables = small(allowed_uses=["car", "hovercraft"])
    tables["use_definition"] = pd.DataFrame({"use": ["car", "truck"]})
    with pytest.raises(tp.ValidationError, match=r"allowed_uses: .*'hovercraft'"):
        build_network(tables)


def test_a_use_that_the_network_does_not_define_is_refused():
    tables = small()
    tables["use_definition"] = pd.DataFrame({"use": ["car", "truck"]})
    with pytest.raises(tp.NotFoundError, match="no use 'lorry' in use_definition.csv; it has car"):
        build_network(tables).allowed("lorry")


def test_a_link_of_an_unknown_crossing_is_refused():
    tables = small(crossing_id=["X1", "X2"])
    tables["crossing"] = pd.DataFrame({"crossing_id": ["X1"], "form": "bridge", "status": "open"})
    with pytest.raises(tp.ValidationError, match=r"crossing_id: 1 of 2 rows \(line 3\).*'X2'"):
        build_network(tables)


def test_use_groups_open_links_to_their_members():
    tables = small(allowed_uses=["light", "truck"])
    tables["use_definition"] = pd.DataFrame({"use": ["car", "bus", "truck"]})
    tables["use_group"] = pd.DataFrame({"use_group": ["light"], "uses": ["car, bus"]})
    network = build_network(tables)
    assert network.allowed("bus").tolist() == [True, False]
    assert network.allowed("truck").tolist() == [False, True]


def test_tables_handed_out_cannot_reach_the_network():
    network = build_network(small())
    version = network.version
    links = network.links
    links.loc[0, "length_m"] = 5.0
    assert network.links["length_m"].tolist() == [1000.0, 1000.0]
    assert network.version == version


def test_the_version_follows_content_and_not_history():
    network = build_network(small())
    same = build_network(small(), history=("made twice",))
    other = build_network(small(length_m=[1000.0, 1001.0]))
    assert network.version == same.version != other.version


def test_shapes_run_in_the_direction_of_their_link():
    tables = small(geometry_id=[7, 7], dir_flag=[1, -1])
    line = "LINESTRING (0 0, 400 300, 900 0)"
    tables["geometry"] = pd.DataFrame({"geometry_id": [7], "geometry": [line]})
    there, back = build_network(tables).link_lines()
    assert list(there.coords) == [(0, 0), (400, 300), (900, 0)]
    assert list(back.coords) == list(there.coords)[::-1]
