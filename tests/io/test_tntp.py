"""TNTP files: what is read, what is written, and one clear error for a broken line."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from transitplan.assignment import assign
from transitplan.errors import NotFoundError, ValidationError
from transitplan.graph import compile_road
from transitplan.io.tntp import read_tntp, write_tntp
from transitplan.model.cases import grid, two_routes
from transitplan.model.demand import Demand, UserClass

NET = """<NUMBER OF ZONES> 2\t
<NUMBER OF NODES> 3
<FIRST THRU NODE> 3
<NUMBER OF LINKS> 4
<ORIGINAL HEADER>~ Init Term ;
<END OF METADATA>

~ init term capacity length time b power speed toll type ;
\t1\t3\t9000\t52.8\t1.5\t0.15\t4\t4842\t100\t1\t;
\t3\t2\t999999\t0\t0\t0\t0\t0\t0\t1\t;
\t2\t3\t1\t100\t0.00000001\t1000000000\t1\t0\t0\t1\t;
\t3\t1\t1800\t264\t1\t0.15\t2.5\t0\t0\t2\t;
"""
TRIPS = """<NUMBER OF ZONES> 2
<TOTAL OD FLOW> 17.5
<END OF METADATA>

Origin \t1
    1 :   1.5;    2 :    10.0;
Origin 2
 1 : 6.0 ;
"""


@pytest.fixture
def files(tmp_path):
    def write(net=NET, trips=TRIPS):
        (tmp_path / "X_net.tntp").write_text(net)
        (tmp_path / "X_trips.tntp").write_text(trips)
        return tmp_path / "X_net.tntp", tmp_path / "X_trips.tntp"

    return write


def test_columns_units_and_ids(files):
    network, demand = read_tntp(*files(), length_unit="ft", toll_factor=0.02, distance_factor=0.04)
    links = network.links
    assert network.name == demand.name == "X"
    assert links["link_id"].tolist() == [1, 2, 3, 4]
    assert_allclose(links["length_m"], np.array([52.8, 0, 100, 264]) * 0.3048)
    assert_allclose(links["free_time_s"], [90.0, 0.0, 6e-7, 60.0])
    assert links["toll_cny"].tolist() == [2.0, 0.0, 0.0, 0.0]
    assert network.nodes["node_type"].tolist() == ["centroid", "centroid", "junction"]
    assert network.crs is None
    assert demand.trips_vph[0].tolist() == [[1.5, 10.0], [6.0, 0.0]]


def test_generalised_cost_is_exact_in_units_of_time(files):
    network, demand = read_tntp(*files(), length_unit="ft", toll_factor=0.02, distance_factor=0.04)
    roads = compile_road(network)
    money = demand.classes[0].money_s(roads.toll_cny("car"), roads.length_m)
    expected = 60.0 * np.array([0.02 * 100 + 0.04 * 52.8, 0.0, 0.04 * 100, 0.04 * 264])
    assert_allclose(roads.in_rows(money), expected, rtol=1e-15)


def test_times_are_those_of_the_file(files):
    network, _ = read_tntp(*files())
    roads = compile_road(network)
    capacity = roads.in_rows(roads.capacity_vph)
    assert capacity[1] == 999_999.0
    flow = 3.0
    alpha, beta = network.links["vdf_alpha"], network.links["vdf_beta"]
    time_min = network.links["free_time_s"] / 60 * (1 + alpha * (flow / capacity) ** beta)
    expected = [
        1.5 * (1 + 0.15 * (3 / 9000) ** 4),
        0.0,
        1e-8 + 10 * 3,
        1 + 0.15 * (3 / 1800) ** 2.5,
    ]
    assert_allclose(time_min, expected, rtol=1e-12)


@pytest.mark.parametrize("time_unit", ["s", "min", "h", "0.01h"])
@pytest.mark.parametrize("length_unit", ["m", "km", "mi", "ft"])
def test_write_then_read_gives_the_same(files, tmp_path, time_unit, length_unit):
    units = {"time_unit": time_unit, "length_unit": length_unit}
    network, demand = read_tntp(*files(), **units, toll_factor=0.02, distance_factor=0.04)
    paths = tmp_path / "Y_net.tntp", tmp_path / "Y_trips.tntp"
    write_tntp(network, demand, *paths, **units)
    again, trips = read_tntp(*paths, **units, toll_factor=1.0, distance_factor=0.04)
    assert again.version == network.version
    assert (trips.trips_vph == demand.trips_vph).all()
    assert_allclose(
        trips.classes[0].distance_cost_cny_per_km, demand.classes[0].distance_cost_cny_per_km
    )


def test_write_numbers_zones_first_and_flows_stay(tmp_path):
    network, demand = grid(3, 3, trips_vph=800.0)
    paths = tmp_path / "G_net.tntp", tmp_path / "G_trips.tntp"
    write_tntp(network, demand, *paths)
    again, trips = read_tntp(*paths)
    flows = [
        assign(compile_road(n), d, gap=1e-9).flow_vph
        for n, d in ((network, demand), (again, trips))
    ]
    assert_allclose(flows[0], flows[1], atol=0.5)


@pytest.mark.parametrize(
    ("what", "old", "new", "message"),
    [
        (
            "net",
            "9000",
            "nine",
            r"X_net.tntp, line 9: .*nine.* is not a link. Write the 10 numbers",
        ),
        ("net", "\t4842", "", r"line 9: .* is not a link"),
        ("net", "LINKS> 4", "LINKS> 5", r"<NUMBER OF LINKS> is 5, 4 were found"),
        ("net", "\t3\t2\t", "\t3\t8\t", r"line 10: term_node 8 is not a node"),
        ("net", "NODES> 3", "NODES> x", r"<NUMBER OF NODES> is missing or not a number"),
        ("net", "<END OF METADATA>", "", r"no <END OF METADATA>. Is this a TNTP file\?"),
        ("trips", "ZONES> 2", "ZONES> 3", r"<NUMBER OF ZONES> is 3; the network has 2"),
        ("trips", "17.5", "27.5", r"<TOTAL OD FLOW> is 27.5, the trips add up to 17.5"),
        ("trips", "17.5", "many", r"<TOTAL OD FLOW> 'many' is not a number"),
        ("trips", "6.0", "-6.0", r"X_trips.tntp, line 8: -6 trips from 2 to 1: zones are 1 … 2"),
        ("trips", " 1 : 6.0 ;", " 1 6.0 ;", r"line 8: '1 6.0 ;' is neither 'Origin n' nor"),
        ("trips", "Origin 2", "Origin", r"line 7: 'Origin' is neither"),
    ],
)
def test_broken_files_give_one_error_with_file_and_line(files, what, old, new, message):
    texts = {"net": NET, "trips": TRIPS}
    texts[what] = texts[what].replace(old, new, 1)
    with pytest.raises(ValidationError, match=message):
        read_tntp(*files(**texts))


def test_unknown_units_and_files_are_named(files, tmp_path):
    with pytest.raises(NotFoundError, match=r"unit 'hours' is unknown. Use one of s, min, h"):
        read_tntp(*files(), time_unit="hours")
    with pytest.raises(NotFoundError, match=r"nowhere.tntp: no such file"):
        read_tntp(tmp_path / "nowhere.tntp", tmp_path / "X_trips.tntp")


def test_coordinates_come_from_the_node_file(files, tmp_path):
    path = tmp_path / "X_node.tntp"
    path.write_text("Node\tX\tY\t;\n1\t0.5\t1\t;\n2\t2\t3\t;\n3\t4\t5\t;\n")
    network, _ = read_tntp(*files(), node_path=path)
    assert network.nodes["x_m"].tolist() == [0.5, 2.0, 4.0]
    path.write_text("Node\tX\tY\t;\n1\t0.5\t1\t;\n2\t2\t;\n")
    with pytest.raises(ValidationError, match=r"X_node.tntp, line 3: .* is not a node, x and y"):
        read_tntp(*files(), node_path=path)
    path.write_text("1 0 0;\n2 1 1;\n")
    with pytest.raises(ValidationError, match=r"1 nodes have no line \(node 3\)"):
        read_tntp(*files(), node_path=path)


def test_several_classes_do_not_fit(tmp_path):
    network, demand = two_routes()
    both = Demand(demand.zone_ids, (UserClass("a"), UserClass("b")), np.ones((2, 2, 2)))
    with pytest.raises(ValidationError, match=r"TNTP holds one class, 2 were given"):
        write_tntp(network, both, tmp_path / "net", tmp_path / "trips")
