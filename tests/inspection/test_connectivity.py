"""Where uses get to, against NetworkX and against a search over turns."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transitplan.inspection.connectivity import reaches
from transitplan.inspection.rules import Subject
from transitplan.model.network import build_network

N = 9


def network(pairs, closed, banned=()):
    """Nodes 1 … N, links between pairs, centroids that nobody passes, banned turns."""
    links = pd.DataFrame(
        [
            {
                "link_id": i + 1,
                "from_node_id": a,
                "to_node_id": b,
                "length_m": 100.0,
                "free_speed_kph": 40.0,
                "lane_capacity_pceph": 800.0,
            }
            for i, (a, b) in enumerate(pairs)
        ]
    )
    nodes = pd.DataFrame({"node_id": range(1, N + 1), "x_m": 0.0, "y_m": 0.0})
    nodes["node_type"] = ["centroid" if node in closed else "junction" for node in nodes["node_id"]]
    made = {"node": nodes, "link": links}
    turns = [
        {"mvmt_id": i + 1, "node_id": pairs[a][1], "ib_link_id": a + 1, "ob_link_id": b + 1}
        for i, (a, b) in enumerate(banned)
    ]
    if turns:
        made["movement"] = pd.DataFrame(turns).assign(allowed_uses="none")
    return build_network(made)


PAIRS = st.lists(
    st.tuples(st.integers(1, N), st.integers(1, N)).filter(lambda ends: ends[0] != ends[1]),
    min_size=4,
    max_size=22,
    unique=True,
)


@settings(max_examples=20, deadline=None)
@given(pairs=PAIRS, closed=st.sets(st.integers(1, N), max_size=3))
def test_nodes_reach_the_main_part_as_networkx_says(pairs, closed):
    (found,) = reaches(Subject(network(pairs, closed)))
    graph = nx.DiGraph(pairs)
    core = graph.subgraph(set(graph) - closed)
    parts = sorted(nx.strongly_connected_components(core), key=len, reverse=True)
    if not parts or (len(parts) > 1 and len(parts[0]) == len(parts[1])):
        return  # no main part, or two as good
    start = next(iter(parts[0]))
    onwards = graph.edge_subgraph([ends for ends in pairs if ends[0] not in closed])
    back = graph.edge_subgraph([ends for ends in pairs if ends[1] not in closed])
    reached = {start} | (nx.descendants(onwards, start) if start in onwards else set())
    returns = {start} | (nx.ancestors(back, start) if start in back else set())
    assert set(np.flatnonzero(found.reached & found.touched) + 1) == reached
    assert set(np.flatnonzero(found.returns & found.touched) + 1) == returns


@settings(max_examples=20, deadline=None)
@given(pairs=PAIRS, data=st.data())
def test_links_are_stuck_as_a_search_from_link_to_link_says(pairs, data):
    turns = [
        (a, b) for a in range(len(pairs)) for b in range(len(pairs)) if pairs[a][1] == pairs[b][0]
    ]
    banned = data.draw(st.lists(st.sampled_from(turns), unique=True)) if turns else []
    (found,) = reaches(Subject(network(pairs, set(), banned)))
    ways = nx.DiGraph([pair for pair in turns if pair not in set(banned)])
    ways.add_nodes_from(range(len(pairs)))
    for link in found.stuck.tolist():
        # from its end nothing leads to a link that leads round: all turns on are banned or end
        assert (link, link) not in nx.transitive_closure(ways, reflexive=None).edges
        onwards = [turn for turn in turns if turn[0] == link]
        assert any(turn in banned for turn in onwards)
        assert found.returns[pairs[link][1] - 1]


def test_a_ban_that_leaves_another_turn_open_is_no_trap():
    pairs = [(1, 2), (2, 1), (2, 3), (3, 2)]
    assert not reaches(Subject(network(pairs, set(), [(0, 1)])))[0].stuck.size
    both = network(pairs, set(), [(0, 1), (0, 2)])
    assert reaches(Subject(both))[0].stuck.tolist() == [0]


@pytest.mark.parametrize(("use", "parts"), [("car", 1), ("truck", 2)])
def test_uses_are_told_apart(use, parts):
    made = network([(1, 2), (2, 1), (2, 3), (3, 2), (3, 4), (4, 3)], set())
    tables = {"node": made.nodes, "link": made.links}
    tables["use_definition"] = pd.DataFrame({"use": ["car", "truck"]})
    tables["link"]["allowed_uses"] = ["all", "all", "car", "car", "all", "all"]
    by_use = {each.uses: each for each in reaches(Subject(build_network(tables)))}
    found = by_use[use]
    cut_off = found.on_road & ~found.reached & ~found.returns
    assert bool(cut_off.any()) == (parts == 2)
