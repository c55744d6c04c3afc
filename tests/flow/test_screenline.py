"""The river as a screenline: sums made by hand, sets of failures by brute force."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.errors import ValidationError
from transitplan.flow import (
    bank_flow,
    banks,
    failures,
    place_flows,
    river_capacity,
    screened_sections,
)
from transitplan.model.edits import set_columns
from transitplan.model.network import build_network

HAND = {"W": 2 * 1500.0, "M": 2 * 1500.0, "E": 2 * 2000.0}  # lanes × capacity, from link.csv


@pytest.fixture(scope="module")
def network():
    return tp.read_network("networks/two_banks/2025")


def test_banks_are_read_off_the_roads(network):
    found = banks(network)
    assert all(found[node] == "north" for node in (1, 2, 3, 8, 11, 12, 13, 14, 15))
    assert all(found[node] == "south" for node in (4, 5, 6, 7, 21, 22, 23, 24, 25))


def test_each_crossing_has_the_capacity_of_its_lanes(network):
    table = river_capacity(network).set_index(["crossing_id", "direction"])["capacity_pceph"]
    assert table.to_dict() == {
        (name, way): value for name, value in HAND.items() for way in ("to_north", "to_south")
    }
    goods = river_capacity(network, use="dangerous_goods")
    by_name = goods.groupby("crossing_id")["capacity_pceph"].max().to_dict()
    assert by_name == {**HAND, "M": 0.0}  # the tunnel does not let them in


def test_a_chain_is_as_wide_as_its_narrowest_link():
    tables = tp.read_network("networks/two_banks/2025")
    links, nodes = tables.links, tables.nodes
    ends = nodes.set_index("node_id").loc[[11, 21], ["x_m", "y_m"]]
    middle = nodes[nodes["node_id"] == 11].assign(node_id=99, zone_id=None, **ends.mean())
    back, there = links[links["link_id"] == 18], links[links["link_id"] == 17]
    pieces = [
        there.assign(link_id=101, to_node_id=99, length_m=5600.0),
        there.assign(link_id=102, from_node_id=99, lanes=1.0, length_m=5600.0),
        back,
        links[~links["link_id"].isin([17, 18])],
    ]
    kept = {name: tables.table(name) for name in tables.table_names}
    kept |= {"link": pd.concat(pieces), "node": pd.concat([nodes, middle])}
    network = build_network(kept, crs=tables.crs)
    table = river_capacity(network).set_index(["crossing_id", "direction"])["capacity_pceph"]
    assert table["W", "to_north"] == 1500.0
    assert table["W", "to_south"] == 3000.0


def test_max_flow_equals_the_screenline_where_approaches_are_wider(network):
    """Approaches are widened fourfold: the cut is the river, and its sum the hand-made one."""
    links = network.links
    wide = links["lanes"].where(links["crossing_id"] != "", 4 * links["lanes"])
    wide_network = set_columns(network, {"lanes": wide}, reason="test")
    for found in bank_flow(wide_network).values():
        assert found.value_pceph == sum(HAND.values())
        assert sorted(found.cut["crossing_id"]) == ["E", "M", "W"]
    shut = bank_flow(wide_network, without=["M"])["to_north"]
    assert shut.value_pceph == HAND["W"] + HAND["E"]
    assert sorted(shut.cut["crossing_id"]) == ["E", "W"]


def test_narrow_approaches_are_the_cut():
    """Northgate is reached by two roads of 2 × 1100 pce/h each; the river has room for more."""
    network = tp.read_network("networks/two_banks/2025")
    table = place_flows(network, {"C2": [2]}, {"H1": [6]})
    row = table.iloc[0]
    assert row["max_flow_pceph"] == 2 * 2 * 1100.0
    assert row["cut"] == "North road"
    assert row["crossings_in_cut"] == 0
    assert row["people"] == 120_000
    assert row["evacuation_h"] == pytest.approx(120_000 / (4400 * 1.4))


def test_a_tie_is_named_after_the_river(network):
    """A road behind the east bridge that is as wide as it: the bridge is named, not the road."""
    found = bank_flow(network)["to_south"]
    assert found.value_pceph == sum(HAND.values())
    assert (found.cut["crossing_id"] != "").all()


def test_failures_are_the_worst_sets_by_brute_force(network):
    table = failures(network, 5_000.0, direction="to_north", most=3)
    for row in table.itertuples():
        left = [sum(HAND.values()) - sum(HAND[name] for name in each)
                for each in combinations(HAND, row.failed)]  # fmt: skip
        assert row.capacity_pceph == pytest.approx(min(left))
        assert row.enough == (min(left) >= 5_000.0)
    assert table["failed"].tolist() == [0, 1, 2]  # two failures are too many, so no third size
    assert table["crossings"].iloc[1] == "E"


def test_an_unnamed_bridge_is_told(network):
    links = network.links
    nameless = links["crossing_id"].where(links["crossing_id"] != "W", "")
    with pytest.raises(ValidationError, match="hold together without the crossings"):
        banks(set_columns(network, {"crossing_id": nameless}, reason="test"))
    nothing = links["crossing_id"].where(links["crossing_id"] == "", "")
    with pytest.raises(ValidationError, match="no link has a crossing_id"):
        banks(set_columns(network, {"crossing_id": nothing}, reason="test"))


def test_screening_scores_flow_times_detour(network):
    """West bridge alone loaded: 1,000 veh/h each way, and the way round over the tunnel."""
    roads = tp.compile_road(network)
    links = network.links
    flow = np.where(links["crossing_id"] == "W", 1000.0, 0.0)
    time_s = roads.in_rows(roads.free_time_s)
    table = screened_sections(roads, flow, time_s)
    assert table["link_ids"].tolist() == [(17, 18)]
    north, south = 4.69 / 65 * 60, 4.69 / 48 * 60  # min
    detour = north + south + 11.1 / 58 * 60 - 11.1 / 60 * 60
    assert table["detour_min"].iloc[0] == pytest.approx(detour)
    assert table["score_h"].iloc[0] == pytest.approx(2 * 1000 * detour / 60)


def test_a_section_without_a_way_round_is_endless(network):
    links = network.links
    kept = network.links["crossing_id"].isin(["", "W"])
    one_way = tp.close_links(network, links.loc[~kept, "link_id"], reason="test")
    roads = tp.compile_road(one_way)
    flow = np.where(one_way.links["crossing_id"] == "W", 500.0, 0.0)
    table = screened_sections(roads, flow, roads.in_rows(roads.free_time_s))
    assert table["detour_min"].tolist() == [np.inf]
