import time

import pytest
import shapely

import transitplan as tp
from transitplan.scenario.options import add_option, option_network


@pytest.fixture(scope="module")
def case():
    return tp.read_case("networks/two_banks")


def test_none_is_the_base(case):
    assert option_network(case, "none", 2025).version == case.network.version


@pytest.mark.parametrize(("option", "trucks"), [("middle-bridge", True), ("middle-tunnel", False)])
def test_a_structure_is_one_link_a_direction_with_its_bans(case, option, trucks):
    network = option_network(case, option, 2025)
    new = network.links[network.links["crossing_id"] == "N"]
    assert new[["from_node_id", "to_node_id"]].to_numpy().tolist() == [[23, 13], [13, 23]]
    assert network.allowed("truck")[new.index].all() == trucks
    assert network.history[-1].endswith("at Middle crossing")


def test_committed_schemes_open_in_their_year():
    jinan = tp.read_case("networks/jinan")
    today, later = (option_network(jinan, "none", year) for year in (2025, 2030))
    assert len(later.links) > len(today.links)
    added = later.links[~later.links["link_id"].isin(today.links["link_id"])]
    assert {"X04", "X20B"} <= set(added["crossing_id"])
    assert later.link_lines()[added.index[0]].length > 5_000  # drawn, not just joined


def test_a_structure_is_drawn_through_its_points():
    jinan = tp.read_case("networks/jinan")
    network = option_network(jinan, "huanggang-tunnel", 2025)
    [there, back] = network.links.index[network.links["crossing_id"] == "X11"]
    lines = network.link_lines()
    assert lines[there].coords[0] == lines[back].coords[-1]
    way = shapely.union_all(lines[-10:])  # approach, ramp, structure, ramp, approach, both ways
    site, form = jinan.find("huanggang-tunnel")
    for point in site.via:
        assert way.distance(shapely.Point(network.to_metres(*point))) < 0.01
    ends = network.nodes.set_index("node_id").loc[[site.from_node_id, site.to_node_id]]
    for x, y in ends[["x_m", "y_m"]].to_numpy():
        assert way.distance(shapely.Point(x, y)) < 0.01
    assert network.links["length_m"].iloc[-10:].sum() == pytest.approx(2 * form.length_m)


def test_a_variant_of_the_shipped_network_is_made_quickly():
    jinan = tp.read_case("networks/jinan")
    base = option_network(jinan, "none", 2030)
    start = time.process_time()
    for _ in range(3):
        add_option(jinan, base, "huanggang-bridge")
    assert (time.process_time() - start) / 3 < 0.5  # 0.07 s on an idle core
