"""OpenStreetMap from files and from a server on this machine, through the real OSMnx.

``tests/data/osm/two_banks.osm`` was drawn for these tests: a river with a dual-carriageway bridge,
a tunnel and a ford, a motorway ring with ramps, a roundabout and odd tags. Answers are read off it.
"""

import hashlib
import re
import socket
from pathlib import Path

import networkx as nx
import osmium
import osmnx
import pytest

import transitplan as tp
from tests.io.overpass import serve
from transitplan.io.osm_extract import read_extract

CITY = Path("tests/data/osm/two_banks.osm")
BOX = (116.98, 36.69, 117.03, 36.73)


@pytest.fixture(scope="module")
def city():
    return tp.import_osm(CITY)


@pytest.fixture(scope="module")
def pbf(tmp_path_factory):
    path = tmp_path_factory.mktemp("pbf") / "two_banks.osm.pbf"
    with osmium.SimpleWriter(path) as writer:
        for each in osmium.FileProcessor(CITY):
            writer.add(each)
    return path


@pytest.fixture
def server(monkeypatch):
    with serve(CITY, {"Two Banks, China": BOX}) as address:
        monkeypatch.setattr(osmnx.settings, "overpass_url", f"{address}/api")
        monkeypatch.setattr(osmnx.settings, "nominatim_url", address)
        yield address


def by_way(network, way):
    links = network.links
    return links[links["osm_way"].str.split(";").map(lambda ways: str(way) in ways)]


def test_both_carriageways_of_the_bridge_are_one_crossing(city):
    north, south = by_way(city, 102).iloc[0], by_way(city, 105).iloc[0]
    assert (north["from_node_id"], north["to_node_id"]) == (21, 22)
    assert (south["from_node_id"], south["to_node_id"]) == (23, 24)  # oneway=-1
    assert {north["structure"], south["structure"]} == {"bridge"}
    assert north["crossing_id"] == south["crossing_id"] == "OSM102"
    crossing = city.crossings.set_index("crossing_id").loc["OSM102"]
    assert (crossing["name"], crossing["name_zh"]) == ("Yellow River Bridge", "黄河大桥")
    assert (crossing["lanes"], crossing["form"]) == (5, "bridge")


def test_the_tunnel_is_a_crossing_closed_to_trucks(city):
    tunnel = by_way(city, 131)
    assert tunnel["crossing_id"].tolist() == ["OSM131", "OSM131"]
    assert tunnel["allowed_uses"].tolist() == ["car,bus", "car,bus"]
    assert city.crossings.set_index("crossing_id").loc["OSM131", "banned_uses"] == (
        "truck,dangerous_goods"
    )
    assert len(city.crossings) == 2


def test_the_rest_of_the_city_as_drawn(city):
    assert by_way(city, 114)["structure"].unique().tolist() == ["surface"]  # a building passage
    assert by_way(city, 121)["structure"].tolist() == ["elevated"]  # a viaduct, not at the river
    assert by_way(city, 120)["lanes"].tolist() == [3]  # one way, since a motorway
    assert len(by_way(city, 142)) == 3  # parts of a roundabout, one way
    assert by_way(city, 116).empty  # private
    assert by_way(city, 152).empty  # nobody can drive there
    assert by_way(city, 118)["allowed_uses"].tolist() == ["bus"]
    assert by_way(city, 154).empty  # a footway
    assert by_way(city, 156).empty  # service roads are another network type


def test_streets_are_cut_where_they_change_and_nowhere_else(city):
    assert city.nodes["node_id"].isin([33, 65, 70, 71, 81, 82, 80]).sum() == 0
    joined = by_way(city, 114)
    assert sorted(joined["osm_way"]) == ["114;115", "115;114"]  # same street, two ways
    assert {21, 22, 31, 32} <= set(city.nodes["node_id"])  # ends of bridge and tunnel


def test_turn_restrictions_become_movements(city):
    turns = city.table("movement").set_index("source")
    links = city.links.set_index("link_id")
    left = turns.loc["OpenStreetMap relation 800"]
    assert links.loc[left["ib_link_id"], "osm_way"] == "100"
    assert links.loc[left["ob_link_id"], "osm_way"] == "101"
    assert (left["node_id"], left["allowed_uses"], left["type"]) == (6, "bus", "left")
    only = turns.loc[["OpenStreetMap relation 801"]]
    to = links.loc[only["ob_link_id"], "osm_way"]
    assert sorted(to) == ["110", "114;115", "124"]  # every way out of node 2 but 111
    truck = turns.loc["OpenStreetMap relation 803"]
    assert truck["allowed_uses"] == "car,bus"
    back = turns.loc["OpenStreetMap relation 804"]
    assert (
        links.loc[back["ib_link_id"], "from_node_id"] == links.loc[back["ob_link_id"], "to_node_id"]
    )
    assert "1 could not be stated" in " ".join(city.history)  # over a way


def test_paths_keep_the_ban(city):
    roads = tp.compile_road(city)
    into_bridge = by_way(city, 101)["link_id"].iloc[0]
    tree = tp.shortest_tree(roads, 5)
    straight = tp.shortest_tree(tp.compile_road(_without_turns(city)), 5)
    assert tree.cost_to(21) > straight.cost_to(21)
    assert into_bridge in set(city.table("movement")["ob_link_id"])


def _without_turns(network):
    tables = {name: network.table(name) for name in network.table_names if name != "movement"}
    return tp.build_network(tables, crs=network.crs)


def test_simplification_keeps_length_by_class_and_all_distances():
    roads = read_extract(CITY).roads
    network = tp.import_osm(CITY, tp.OsmOptions(keep_all=True))
    before = {}
    for *_, data in roads.edges(data=True):
        key = data["road"].kind.facility_type, data["road"].structure
        before[key] = before.get(key, 0.0) + data["length"]
    after = network.links.groupby(["facility_type", "structure"])["length_m"].sum().to_dict()
    assert after == pytest.approx(before, abs=0.05)  # links are rounded to millimetres
    ours = nx.MultiDiGraph()
    for row in network.links.itertuples():
        ours.add_edge(row.from_node_id, row.to_node_id, length=row.length_m)
    for origin in ours:
        far = nx.single_source_dijkstra_path_length(roads, origin, weight="length")
        near = nx.single_source_dijkstra_path_length(ours, origin, weight="length")
        assert near == pytest.approx({node: far[node] for node in near}, abs=0.05)


def test_pbf_gives_the_same_network(city, pbf):
    again = tp.read_network(pbf)
    assert again.version == city.version
    assert hashlib.sha256(pbf.read_bytes()).hexdigest() in again.history[0]


def test_date_hash_and_licence_are_recorded(city):
    assert "© OpenStreetMap contributors, ODbL" in city.history[0]
    assert "data of 2026-10-01" in city.history[0]
    assert hashlib.sha256(CITY.read_bytes()).hexdigest() in city.history[0]


@pytest.mark.usefixtures("server")
def test_a_box_from_the_server_gives_the_network_of_the_file(city):
    before, look_up = dict(vars(osmnx.settings)), socket.getaddrinfo
    found = tp.import_osm(",".join(map(str, BOX)))
    tables = ("node", "link", "geometry", "crossing")
    for name in tables:
        assert found.table(name).equals(city.table(name)), name
    assert "movement" not in found.table_names
    assert "turn restrictions were not read" in " ".join(found.history)
    assert "data of 2026-10-01" in found.history[0]
    assert dict(vars(osmnx.settings)) == before
    assert socket.getaddrinfo is look_up


@pytest.mark.usefixtures("server")
def test_a_place_from_the_server_is_that_area(city):
    found = tp.import_osm("Two Banks, China")
    assert found.name == "Two Banks"
    assert found.links.equals(city.links)
    with pytest.raises(tp.NotFoundError, match="OpenStreetMap knows no area of that name"):
        tp.import_osm("Nowhere at All")


@pytest.mark.usefixtures("server")
def test_a_box_cuts_a_file_as_the_server_does():
    south = (116.98, 36.69, 117.03, 36.707)
    file = tp.import_osm(CITY, tp.OsmOptions(box=south))
    found = tp.import_osm(",".join(map(str, south)))
    assert found.links.equals(file.links)
    assert 12 not in set(file.nodes["node_id"])


def test_a_file_of_private_streets_alone_has_no_street(tmp_path):
    path = tmp_path / "yard.osm"
    path.write_text(
        '<osm version="0.6"><node id="1" lat="36.7" lon="117.0"/>'
        '<node id="2" lat="36.7" lon="117.01"/><way id="5"><nd ref="1"/><nd ref="2"/>'
        '<tag k="highway" v="residential"/><tag k="access" v="private"/></way></osm>'
    )
    with pytest.raises(tp.ValidationError, match="no street"):
        tp.import_osm(path)


@pytest.mark.usefixtures("server")
def test_an_empty_sea_and_a_dead_server_are_said(monkeypatch):
    with pytest.raises(tp.ValidationError, match="no street that cars"):
        tp.import_osm("110.0,20.0,110.01,20.01")
    monkeypatch.setattr(osmnx.settings, "overpass_url", "http://127.0.0.1:9/api")
    with pytest.raises(tp.NotFoundError, match="Without that server, import a file"):
        tp.import_osm("116.98,36.69,117.03,36.73")


def test_a_server_in_trouble_is_no_empty_sea(server, monkeypatch):
    monkeypatch.setattr(osmnx.settings, "overpass_url", f"{server}/overloaded")
    with pytest.raises(tp.NotFoundError, match="no answer .ResponseStatusCodeError."):
        tp.import_osm("116.98,36.69,117.03,36.73")


def test_files_out_of_order_are_read_and_those_of_an_editor_refused(city, tmp_path):
    text = CITY.read_text(encoding="utf-8")
    head, *rest = re.split(r"(?=<(?:node|way|relation) )", text.replace("</osm>", ""))
    turned = tmp_path / "turned.osm"
    turned.write_text(head + "".join(reversed(rest)) + "</osm>", encoding="utf-8")
    assert tp.import_osm(turned).version == city.version
    drawn = tmp_path / "drawn.osm"
    drawn.write_text(re.sub(r'( id| ref)="', r'\1="-', text), encoding="utf-8")
    with pytest.raises(tp.ValidationError, match="ids below 0"):
        tp.import_osm(drawn)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("36.69,116.98,36.73,117.03", "South stands first? Then: 116.98,36.69,117.03,36.73"),
        ("116.98,117.03,36.69,36.73", "Perhaps west,east,south,north"),
        ("117.03,36.69,116.98,36.73", "not in the order west,south,east,north"),
        ("117.03,36.69,116.98", "give four numbers"),
        ("city.shp", "the suffix '.shp' is none of OpenStreetMap's"),
        ("nowhere.osm.pbf", "no such file"),
    ],
)
def test_wrong_sources_are_told(source, said):
    with pytest.raises(tp.TransitplanError, match=said.replace("?", r"\?").replace(".", r"\.")):
        tp.import_osm(source)


def test_wrong_options_are_told_together():
    with pytest.raises(tp.ValidationError) as caught:
        tp.OsmOptions(network_type="walk", consolidate_m=-3)
    assert len(caught.value.problems) == 2


def test_files_that_are_none_or_hold_no_street(tmp_path):
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"these are no data")
    with pytest.raises(tp.ValidationError, match="not OpenStreetMap data"):
        tp.import_osm(broken)
    empty = tmp_path / "empty.osm"
    empty.write_text('<osm version="0.6"><node id="1" lat="36" lon="117"/></osm>')
    with pytest.raises(tp.ValidationError, match="no street that cars"):
        tp.import_osm(empty)


def test_ways_that_leave_the_data_are_cut_there(tmp_path):
    text = CITY.read_text(encoding="utf-8").replace('<node id="65" lat="36.725" lon="117.0"/>', "")
    cut = tmp_path / "cut.osm"
    cut.write_text(text, encoding="utf-8")
    network = tp.import_osm(cut)
    assert 65 not in set(network.nodes["node_id"])
    assert set(by_way(network, 144)["to_node_id"]) == {62, 64}
    assert by_way(network, 145).empty  # its two parts have one node each


def test_known_crossings_keep_their_rows(tmp_path):
    known = tmp_path / "crossing.csv"
    known.write_text(
        "crossing_id,name,name_zh,form,status,lon_south,lat_south,lon_north,lat_north,toll_rule\n"
        "B,Old name,老桥,bridge,open,117.0050,36.709,117.0050,36.7145,free\n"
        "T,,黄河隧道,tunnel,open,117.03,36.708,117.03,36.716,none\n"
        "R,,黄河铁桥,rail_bridge,open,117.005,36.709,117.005,36.7145,none\n",
        encoding="utf-8",
    )
    network = tp.import_osm(CITY, tp.OsmOptions(crossings=known))
    assert set(by_way(network, 102)["crossing_id"]) == {"B"}  # by place
    assert set(by_way(network, 131)["crossing_id"]) == {"T"}  # by name, 1.3 km off
    assert network.crossings.set_index("crossing_id").loc["B", "toll_rule"] == "free"
    assert "1 known ones without a link: R" in " ".join(network.history)


def test_a_river_may_be_given(tmp_path):
    river = tmp_path / "river.geojson"
    river.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, '
        '"geometry": {"type": "LineString", "coordinates": [[117.012, 36.71], [117.02, 36.714]]}}]}'
    )
    network = tp.import_osm(CITY, tp.OsmOptions(river=str(river)))
    assert network.crossings["crossing_id"].tolist() == ["OSM131"]
    named = tp.import_osm(CITY, tp.OsmOptions(river="Yellow River"))
    assert named.crossings["crossing_id"].tolist() == ["OSM102", "OSM131"]
    with pytest.raises(tp.NotFoundError, match="no river of that name"):
        tp.import_osm(CITY, tp.OsmOptions(river="Thames"))


def test_streets_over_the_water_without_a_bridge_are_listed(city):
    ford = by_way(city, 150)["link_id"].tolist()
    text = f"2 links meet a river without bridge or tunnel tag (link {ford[0]}, {ford[1]})"
    assert text in city.history


def test_inferred_values_are_counted_as_they_are_flagged(city):
    links = city.links
    assert f"lanes of {(links['lanes_from'] == 'class').sum()} (" in city.history[1]
    assert f"free_speed of {(links['speed_from'] == 'class').sum()} (" in city.history[1]
    both = (links["lanes_from"] == "class") & (links["speed_from"] == "class")
    assert (links["confidence"] == "assumed").equals(both)
