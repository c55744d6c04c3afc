"""Turn bans and penalties against the line graph of NetworkX, and by hand."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import transitplan as tp
from tests.turns import line_graph_costs, turn_time, turned
from transitplan.graph.road import free_time_s
from transitplan.model.network import build_network

QUIET = settings(max_examples=60, deadline=None)
A, B, C, D, E = range(1, 6)  # 1 -A- 2 -B- 3 -E- 4, back from 3 to 2 by C, from 2 to 4 by D


def hook(*turns, **columns):
    """Return a network where 1 → 4 is A, D; or A, B, C, D with a turn back at 3; or A, B, E."""
    links = pd.DataFrame(
        [(A, 1, 2, 10.0), (B, 2, 3, 10.0), (C, 3, 2, 10.0), (D, 2, 4, 10.0), (E, 3, 4, 60.0)],
        columns=["link_id", "from_node_id", "to_node_id", "free_time_s"],
    ).assign(length_m=100.0, lane_capacity_pceph=500.0, **columns)
    nodes = pd.DataFrame({"node_id": [1, 2, 3, 4], "x_m": 0.0, "y_m": 0.0})
    nodes["zone_id"] = [1, None, None, 4]
    tables = {"node": nodes, "link": links, "zone": pd.DataFrame({"zone_id": [1, 4]})}
    if turns:
        table = pd.DataFrame(
            turns, columns=["ib_link_id", "ob_link_id", "penalty_s", "allowed_uses"]
        )
        node = links.set_index("link_id")["to_node_id"]
        table["node_id"] = node.loc[table["ib_link_id"]].to_numpy()
        tables["movement"] = table.assign(mvmt_id=np.arange(len(table)) + 1)
    return build_network(tables)


BAN = (A, D, 0.0, "none")  # no turn from A into D


@pytest.mark.parametrize(
    ("turns", "path", "cost"),
    [
        ([], [A, D], 20.0),
        ([BAN], [A, B, C, D], 40.0),  # turn back at 3 instead
        ([BAN, (B, C, 5.0, "all")], [A, B, C, D], 45.0),
        ([BAN, (B, C, 0.0, "none")], [A, B, E], 80.0),  # no U-turn
        ([BAN, (B, C, 41.0, "all")], [A, B, E], 80.0),  # dearer than E
        ([(A, D, 15.0, "all")], [A, D], 35.0),
        ([(A, D, 15.0, "all"), (B, C, 1.0, "all"), (C, D, 3.0, "all")], [A, D], 35.0),
        ([(A, D, 0.0, "all"), (B, C, 0.0, "all")], [A, D], 20.0),
        ([(A, D, 0.0, "truck"), (B, C, 5.0, "all")], [A, B, C, D], 45.0),  # banned to cars
    ],
)
@pytest.mark.parametrize("every_turn", [False, True])
def test_turns_by_hand(turns, path, cost, every_turn):
    roads = tp.compile_road(hook(*turns), every_turn=every_turn)
    tree = tp.shortest_tree(roads, 1)
    assert tree.path_to(4) == path
    assert tree.cost_to(4) == cost
    assert tree.cost_to(2) == 10.0  # arriving at the junction is not turning
    assert tp.shortest_tree(roads, 2).cost_to(4) == 10.0  # nor is starting there
    frame = tree.to_frame().set_index("node_id")
    assert frame["cost"].tolist() == [0.0, 10.0, 20.0, cost]
    assert frame["link_id"].tolist()[1:] == [A, B, path[-1]]
    assert tp.shortest_matrix(roads, [1, 2], [4, 3]).values.tolist() == [[cost, 20.0], [10.0, 10.0]]
    skim = tp.skim(roads, ["time_s", "length_m", "cost_s"])
    assert skim["time_s"].loc[1, 4] == skim["cost_s"].loc[1, 4] == cost
    assert skim["length_m"].loc[1, 4] == 100.0 * len(path)


def test_only_nodes_with_a_limited_turn_are_split():
    plain = tp.compile_road(hook())
    split = tp.compile_road(hook((A, D, 5.0, "all"), (B, C, 0.0, "all")))
    # around node 2: entries A and (C), exits D and (B); 2 x 2 turns, 2 arrivals, 2 departures
    assert split.n_nodes == plain.n_nodes + 4
    assert split.n_links == plain.n_links + 8
    assert (len(split.node_ids), split.n_rows) == (4, 5)
    assert split.turn_movement.max() == 0
    every = tp.compile_road(hook((A, D, 5.0, "all"), (B, C, 0.0, "all")), every_turn=True)
    assert sorted(every.turn_movement[every.turn_movement >= 0]) == [0, 1]
    assert "1 turns" in repr(split)


def test_free_turns_change_nothing_at_all():
    plain, free = (tp.compile_road(hook(*turns)) for turns in ([], [(A, D, 0.0, "all")]))
    for name in ("tail", "head", "first_out", "row", "passable", "free_time_s", "capacity_vph"):
        assert_array_equal(getattr(free, name), getattr(plain, name))
        assert getattr(free, name).dtype == getattr(plain, name).dtype
    assert free.turns.size == 0


def test_bans_hold_for_the_uses_they_name():
    roads = tp.compile_road(hook((A, D, 0.0, "car"), (B, C, 0.0, "truck")))
    assert tp.shortest_tree(roads, 1, use="car").path_to(4) == [A, D]
    assert tp.shortest_tree(roads, 1, use="truck").path_to(4) == [A, B, C, D]
    assert tp.shortest_tree(roads, 1, use="bus").path_to(4) == [A, B, E]


def test_penalties_are_seconds_and_lengths_know_only_bans():
    roads = tp.compile_road(hook((A, D, 500.0, "all")))
    assert tp.shortest_tree(roads, 1, cost="length_m").cost_to(4) == 200.0
    assert tp.shortest_tree(roads, 1, cost=[1.0, 1.0, 1.0, 1.0, 900.0]).cost_to(4) == 4.0
    assert tp.shortest_tree(roads, 1, cost=[1.0, 1.0, 1.0, 1.0, 9.0]).cost_to(4) == 4.0
    assert tp.shortest_tree(roads, 1, cost=[1.0, 900.0, 1.0, 1.0, 900.0]).cost_to(4) == 502.0


def test_turns_listed_once_a_lane_are_chosen_by_each_use():
    network = hook((A, D, 30.0, "car"))
    table = network.table("movement")
    lanes = pd.concat([table] * 3, ignore_index=True).assign(
        mvmt_id=[1, 2, 3],
        start_ib_lane=[1.0, 2.0, 3.0],
        penalty_s=[30.0, 4.0, 9.0],
        allowed_uses=["car", "bus", "car"],
    )
    tables = {name: network.table(name) for name in network.table_names}
    roads = tp.compile_road(build_network({**tables, "movement": lanes}))
    assert tp.shortest_tree(roads, 1, use="car").cost_to(4) == 29.0
    assert tp.shortest_tree(roads, 1, use="bus").cost_to(4) == 24.0
    assert tp.shortest_tree(roads, 1, use="truck").cost_to(4) == 40.0


def test_nothing_turns_at_a_centroid():
    network = hook(BAN)
    tables = {name: network.table(name) for name in network.table_names}
    nodes = network.nodes.assign(node_type=["junction", "centroid", "junction", "junction"])
    roads = tp.compile_road(build_network({**tables, "node": nodes}))
    assert roads.turns.size == 0
    assert tp.shortest_tree(roads, 1).cost_to(2) == 10.0
    with pytest.raises(tp.NoPathError):
        tp.shortest_tree(roads, 1).cost_to(4)


def test_a_cost_array_has_an_entry_a_link_of_the_table():
    roads = tp.compile_road(hook(BAN))
    with pytest.raises(
        tp.ValidationError, match=r"shape \(13,\) was given; the network has 5 links"
    ):
        tp.shortest_tree(roads, 1, cost=np.ones(13))


def test_isochrones_pay_for_turns():
    tree = tp.shortest_tree(tp.compile_road(hook((A, D, 15.0, "all"))), 1)
    assert tree.at_entry().tolist() == [0.0, 10.0, 20.0, 25.0, 20.0]


@QUIET
@given(turned(), st.booleans(), st.sampled_from(["car", "truck"]))
def test_trees_matrices_and_skims_equal_the_line_graph(drawn, every_turn, use):
    network, _ = drawn
    cost = free_time_s(network.links)
    roads = tp.compile_road(network, every_turn=every_turn)
    nodes = roads.node_ids
    expected = np.array([line_graph_costs(network, use, cost, node) for node in nodes])
    found = tp.shortest_matrix(roads, nodes, nodes, use=use, threads=1).values
    assert_array_equal(found, expected)
    tree = tp.shortest_tree(roads, nodes[0], use=use)
    assert_array_equal(tree.to_frame()["cost"], expected[0])
    _check_paths(network, tree, use)
    times = tp.skim(roads, ["time_s"], use=use, threads=1).values[0]
    assert_array_equal(times, expected[np.ix_(roads.centroid, roads.centroid)])


def _check_paths(network, tree, use):
    """Paths are chains of open links and turns, and cost what the label says."""
    links, turns = network.links.set_index("link_id"), turn_time(network, use)
    open_ = network.links["link_id"][network.allowed(use)].tolist()
    for node in tree.roads.node_ids[np.isfinite(tree.label[: len(tree.roads.node_ids)])]:
        path = tree.path_to(node)
        assert set(path) <= set(open_)
        stops = links.loc[path]
        assert [tree.origin, *stops["to_node_id"]][:-1] == stops["from_node_id"].tolist()
        turned_s = sum(turns.get(pair, 0.0) for pair in pairwise(path))
        assert_allclose(stops["free_time_s"].sum() + turned_s, tree.cost_to(node), rtol=1e-14)


# --- the table --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ib_link_id": [9, B]}, r"column ib_link_id: 1 of 2 rows \(line 2\): not in link.csv \(9"),
        ({"ob_link_id": [9, C]}, r"column ob_link_id: 1 of 2 rows \(line 2\): not in link.csv \(9"),
        ({"node_id": [7, 3]}, r"column node_id: 1 of 2 rows \(line 2\): not in node.csv \(7\)"),
        ({"node_id": [3, 3]}, r"column ib_link_id: .*line 2\): the link does not end at the mov"),
        ({"ob_link_id": [E, C]}, r"column ob_link_id: .*line 2\): the link does not start at the"),
        ({"penalty_s": [-1.0, 0.0]}, r"column penalty: 1 of 2 rows \(line 2\): below 0 s"),
        ({"mvmt_id": [1, 1]}, r"column mvmt_id: 2 of 2 rows \(lines 2, 3\): the same value twice"),
        (
            {"node_id": [3, 3], "ib_link_id": [B, B], "ob_link_id": [C, C]},
            r"column ob_link_id: 2 of 2 rows \(lines 2, 3\): the same turn twice. Keep one row",
        ),
        ({"penalty": [0.0, 1.0]}, r"column penalty: not known. Did you mean penalty_s"),
    ],
)
def test_a_broken_movement_table_is_refused_with_row_and_column(change, message):
    network = hook(BAN, (B, C, 5.0, "all"))
    tables = {name: network.table(name) for name in network.table_names}
    table = tables["movement"].drop(columns=["penalty_s"] if "penalty" in change else [])
    with pytest.raises(tp.ValidationError, match=r"movement.csv, " + message):
        build_network({**tables, "movement": table.assign(**change)})


def test_uses_of_turns_are_known_where_uses_are_defined():
    network = hook(BAN, (B, C, 0.0, "lorry"))
    tables = {name: network.table(name) for name in network.table_names}
    tables["use_definition"] = pd.DataFrame({"use": ["car", "truck"]})
    message = r"movement.csv, column allowed_uses: 1 of 2 rows \(line 3\): a use that neither"
    with pytest.raises(tp.ValidationError, match=message):
        build_network(tables)


def test_closing_a_link_closes_its_turns():
    network = tp.close_links(hook(BAN, (B, C, 5.0, "all")), [C], reason="works")
    assert network.table("movement")["ib_link_id"].tolist() == [A]
    assert "movement" not in tp.close_links(hook(BAN), [D], reason="works").table_names
