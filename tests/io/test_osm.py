"""Street graphs as OSMnx makes them, tags and all; no test goes online."""

import networkx as nx
import osmnx
import pytest
from shapely import LineString

import transitplan as tp
from transitplan.io.osm import read_osm


@pytest.fixture
def streets():
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    for node, (x, y) in enumerate([(117.0, 36.7), (117.01, 36.7), (117.02, 36.71)], start=10):
        graph.add_node(node, x=x, y=y, street_count=2)
    road = {"osmid": 1, "highway": "primary", "lanes": "4", "oneway": False, "length": 900.0}
    graph.add_edge(10, 11, 0, name="Jiefang Road", maxspeed="60", reversed=False, **road)
    graph.add_edge(11, 10, 0, name="Jiefang Road", maxspeed="60", reversed=True, **road)
    line = LineString([(117.01, 36.7), (117.015, 36.708), (117.02, 36.71)])
    bridge = {
        "highway": ["motorway", "trunk"],
        "lanes": ["3", "2"],
        "bridge": "yes",
        "oneway": True,
    }
    graph.add_edge(11, 12, 0, osmid=2, length=1500.0, geometry=line, reversed=False, **bridge)
    path = {"osmid": 3, "highway": "footway", "oneway": False, "length": 1500.0}
    graph.add_edge(12, 11, 0, reversed=False, **path)
    return graph


def test_tags_become_classes_lanes_and_speeds(streets):
    links = tp.from_osmnx(streets).links
    road, _, bridge = (links.loc[row] for row in range(3))
    assert (road["facility_type"], road["lanes"]) == ("arterial", 2.0)  # the tag counts both ways
    assert road["free_speed_kph"] == pytest.approx(48.0)  # 60 signed, less what signals take
    assert (bridge["facility_type"], bridge["lanes"]) == ("expressway", 2.0)  # the narrowest part
    assert bridge["structure"] == "bridge"
    assert links["name"].tolist() == ["Jiefang Road", "Jiefang Road", ""]


def test_what_was_filled_in_and_left_out_is_said(streets):
    network = tp.from_osmnx(streets)
    assert len(network.links) == 3
    assert "free_speed of 1 (tag 2); left out 1 edges" in network.history[0]
    assert "OpenStreetMap contributors" in network.history[0]


def test_a_graph_saved_by_osmnx_is_read_as_a_network(streets, tmp_path):
    osmnx.save_graphml(streets, tmp_path / "streets.graphml")
    again = tp.read_network(tmp_path / "streets.graphml")
    assert again.version == tp.from_osmnx(streets).version


def test_a_broken_graph_is_said_to_be_none(tmp_path):
    for text in ("<graphml><node", "<graphml></graphml>"):
        (tmp_path / "broken.graphml").write_text(text)
        for read in (tp.import_osm, read_osm):
            with pytest.raises(tp.ValidationError, match="not GraphML as OSMnx saves it"):
                read(tmp_path / "broken.graphml")


def test_curves_keep_their_shape_on_the_ground(streets):
    network = tp.from_osmnx(streets)
    assert network.crs == "EPSG:32650"
    assert len(network.link_lines()[2].coords) == 3


def test_paths_run_on_it(streets):
    roads = tp.compile_road(tp.from_osmnx(streets))
    minutes = tp.shortest_tree(roads, 10).cost_to(12) / 60
    assert minutes == pytest.approx(0.9 / 48 * 60 + 1.5 / 100 * 60)


def test_our_graphs_pass_the_check_of_osmnx():
    network = tp.read_network("networks/two_banks/2025")
    osmnx.convert.validate_graph(tp.to_networkx(network), strict=True)


def test_a_graph_without_cars_or_place_is_refused(streets):
    footways = streets.edge_subgraph([(12, 11, 0)]).copy()
    with pytest.raises(tp.ValidationError, match="no edge has a highway tag that cars use"):
        tp.from_osmnx(footways)
    del streets.graph["crs"]
    with pytest.raises(tp.ValidationError, match="the graph has no crs"):
        tp.from_osmnx(streets)
