"""Merging junctions: as OSMnx does, and never at a bridge, a tunnel or a ramp."""

import networkx as nx
import osmnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

import transitplan as tp
from transitplan.io.osm_graph import consolidate, is_protected, simplify
from transitplan.io.osm_tags import read_way

CITY = "tests/data/osm/two_banks.osm"
KINDS = (
    {"highway": "residential"},
    {"highway": "primary", "lanes": "4"},
    {"highway": "primary", "bridge": "yes"},
    {"highway": "trunk", "tunnel": "yes"},
    {"highway": "motorway_link"},
)
RADIUS_M = 15.0


def street_graph(places, pairs):
    """Graph in metres: places (x, y), pairs (tail, head, kind), each street both ways."""
    graph = nx.MultiDiGraph(crs="EPSG:32650", simplified=True)
    for node, (x, y) in enumerate(places):
        graph.add_node(node, x=500_000.0 + x, y=4_000_000.0 + y)
    for way, (tail, head, kind) in enumerate(pairs):
        road = read_way(KINDS[kind])[0][1]
        for one, two in ((tail, head), (head, tail)):
            ends = [(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (one, two)]
            line = LineString(ends)
            graph.add_edge(one, two, road=road, osmid=way, length=line.length, geometry=line)
    return graph


def total(graph):
    return sum(length for *_, length in graph.edges(data="length"))


@st.composite
def streets(draw, kinds):
    spots = st.tuples(st.integers(0, 12), st.integers(0, 12))
    places = draw(st.lists(spots, min_size=3, max_size=12, unique=True))
    node = st.integers(0, len(places) - 1)
    pair = st.tuples(node, node, st.sampled_from(kinds)).filter(lambda pair: pair[0] != pair[1])
    pairs = draw(
        st.lists(pair, min_size=2, max_size=18, unique_by=lambda pair: tuple(sorted(pair[:2])))
    )
    return street_graph([(7 * x, 7 * y) for x, y in places], pairs)


@settings(max_examples=40, deadline=None)
@given(streets(kinds=[0, 0, 1, 2, 3, 4]))
def test_ends_of_structures_and_ramps_are_never_merged(graph):
    merged, renamed = consolidate(graph, RADIUS_M)
    kept = [
        (tail, head, data["osmid"], data["length"], data["geometry"].wkt)
        for tail, head, data in graph.edges(data=True)
        if is_protected(data["road"])
    ]
    again = [
        (tail, head, data["osmid"], data["length"], data["geometry"].wkt)
        for tail, head, data in merged.edges(data=True)
        if is_protected(data["road"])
    ]
    assert sorted(again) == sorted(kept)
    guarded = {node for edge in kept for node in edge[:2]}
    assert not guarded & (set(renamed) | set(renamed.values()))
    assert {renamed.get(node, node) for node in graph} == set(merged)


@settings(max_examples=25, deadline=None)
@given(streets(kinds=[0, 1]))
def test_without_structures_clusters_and_lengths_are_those_of_osmnx(graph):
    merged, renamed = consolidate(graph, RADIUS_M)
    theirs = osmnx.consolidate_intersections(
        graph.copy(), tolerance=RADIUS_M, max_length=4 * RADIUS_M, dead_ends=True
    )
    groups = [
        data["osmid_original"]
        for _, data in theirs.nodes(data=True)
        if isinstance(data["osmid_original"], list)
    ]
    assert {node for group in groups for node in group} == set(renamed)
    assert all(len({renamed[node] for node in group}) == 1 for group in groups)
    assert total(merged) == pytest.approx(total(theirs))


@settings(max_examples=25, deadline=None)
@given(streets(kinds=[0, 0, 1, 2, 4]))
def test_streets_grow_by_the_way_to_the_middle_and_no_more(graph):
    merged, renamed = consolidate(graph, RADIUS_M)
    moved = {
        node: (
            (merged.nodes[new]["x"] - graph.nodes[node]["x"]) ** 2
            + (merged.nodes[new]["y"] - graph.nodes[node]["y"]) ** 2
        )
        ** 0.5
        for node, new in renamed.items()
    }
    expected = sum(
        data["length"] + moved.get(tail, 0.0) + moved.get(head, 0.0)
        for tail, head, data in graph.edges(data=True)
        if renamed.get(tail, tail) != renamed.get(head, head)
    )
    assert total(merged) == pytest.approx(expected)


def test_a_street_under_a_bridge_is_not_joined_to_it():
    places = [(0, 0), (10, 0), (100, 0), (5, -50), (5, 2), (5, 50)]
    pairs = [(0, 2, 2), (3, 4, 0), (4, 5, 0), (0, 1, 0)]  # a bridge passes 2 m from junction 4
    _, renamed = consolidate(street_graph(places, pairs), RADIUS_M)
    assert renamed == {}


def test_a_dual_carriageway_crossing_becomes_one_junction():
    places = [(0, 0), (10, 0), (0, 10), (10, 10), (0, -90), (10, -90), (0, 90), (10, 90)]
    pairs = [(0, 1, 1), (1, 3, 1), (3, 2, 1), (2, 0, 1), (0, 4, 1), (1, 5, 1), (2, 6, 1), (3, 7, 1)]
    graph = street_graph([*places, (-90, 0), (90, 0)], [*pairs, (0, 8, 1), (1, 9, 1)])
    merged, renamed = consolidate(graph, RADIUS_M / 2)
    assert renamed == {0: 0, 1: 0, 2: 0, 3: 0}
    assert (merged.nodes[0]["x"] - 500_000, merged.nodes[0]["y"] - 4_000_000) == pytest.approx(
        (5, 5)
    )


def test_lanes_that_differ_by_direction_do_not_cut_a_street():
    forward, backward = (
        road for _, road in read_way({"highway": "primary", "lanes": "3", "lanes:forward": "2"})
    )
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    for node in range(4):
        graph.add_node(node, x=117 + node / 1000, y=36.7)
    for node in range(3):
        graph.add_edge(node, node + 1, road=forward, osmid=1, length=90.0)
        graph.add_edge(node + 1, node, road=backward, osmid=1, length=90.0)
    assert sorted(simplify(graph).edges()) == [(0, 3), (3, 0)]
    assert sorted(simplify(graph, keep=[2])) == [0, 2, 3]
    turned = graph.copy()  # the last part is drawn the other way
    turned.edges[2, 3, 0]["road"], turned.edges[3, 2, 0]["road"] = backward, forward
    assert sorted(simplify(turned)) == [0, 2, 3]


def test_a_merged_city_still_has_its_bridge_and_says_what_was_done():
    plain, merged = tp.import_osm(CITY), tp.import_osm(CITY, tp.OsmOptions(consolidate_m=40))
    assert len(merged.nodes) < len(plain.nodes)
    assert merged.crossings.equals(plain.crossings)
    lengths = [each.links.groupby("structure")["length_m"].sum() for each in (plain, merged)]
    for structure in ("bridge", "tunnel", "elevated"):
        assert lengths[0][structure] == pytest.approx(lengths[1][structure])
    assert "none at a bridge, tunnel or ramp" in " ".join(merged.history)
