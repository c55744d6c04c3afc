"""Random networks with turn bans and penalties, and judges that expand every link to a node."""

import networkx as nx
import numpy as np
import pandas as pd
from hypothesis import strategies as st

from tests.laws import CLASSES
from transitplan.model.demand import Demand
from transitplan.model.network import build_network

TURNS = [("all", 0.0), ("all", 0.0), ("all", 7.0), ("all", 30.0), ("none", 0.0), ("car", 0.0)]
TURNS += [("truck", 2.0), ("car,truck", 5.0)]


@st.composite
def turned(draw, *, congested=False):
    """Network with turns and demand of cars and trucks; islands, centroids, parallel links."""
    n_nodes = draw(st.integers(3, 6))
    node = st.integers(1, n_nodes)
    link = st.tuples(
        node,
        node,
        st.sampled_from([0.0, 20.0, 60.0, 61.0]),
        st.sampled_from([0.0, 0.15, 2.0] if congested else [0.0]),
        st.sampled_from([1.0, 2.5, 4.0]),
        st.sampled_from([0.0, 0.0, 1.0]),
        st.sampled_from(["all", "all", "all", "car"]),
    )
    rows = draw(st.lists(link.filter(lambda row: row[0] != row[1]), min_size=4, max_size=16))
    columns = ["from_node_id", "to_node_id", "free_time_s", "vdf_alpha", "vdf_beta", "toll_cny"]
    links = pd.DataFrame(rows, columns=[*columns, "allowed_uses"]).assign(length_m=500.0)
    links["link_id"] = np.arange(len(links)) + 1
    links["lane_capacity_pceph"] = 100.0
    nodes = pd.DataFrame({"node_id": np.arange(1, n_nodes + 1), "x_m": 0.0, "y_m": 0.0})
    zones = sorted(set(links["from_node_id"]) & set(links["to_node_id"]))
    nodes["zone_id"] = pd.Series(
        [i if i in zones else None for i in nodes["node_id"]], dtype=object
    )
    kinds = [draw(st.sampled_from(["junction"] * 4 + ["centroid"])) for _ in range(n_nodes)]
    tables = {"node": nodes.assign(node_type=kinds), "link": links}
    tables["movement"] = draw(movements(links))
    if zones:
        tables["zone"] = pd.DataFrame({"zone_id": zones})
    else:
        tables["node"] = tables["node"].drop(columns="zone_id")
    cells = 2 * len(zones) ** 2
    trips = draw(st.lists(st.sampled_from([0.0, 30.0, 200.0]), min_size=cells, max_size=cells))
    shape = (2, len(zones), len(zones))
    demand = Demand(pd.Index(zones), CLASSES, np.reshape(trips, shape).astype(float))
    return build_network(tables), demand


@st.composite
def movements(draw, links):
    """Movement table: some pairs of links that meet, in any order, a few of them once a lane."""
    pairs = links.merge(links, left_on="to_node_id", right_on="from_node_id", suffixes=("", "_o"))
    rows = []
    for each in pairs.itertuples():
        for lane in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
            uses, penalty = draw(st.sampled_from(TURNS))
            rows.append((each.to_node_id, each.link_id, each.link_id_o, lane, uses, penalty))
    rows = draw(st.permutations(rows))
    columns = ["node_id", "ib_link_id", "ob_link_id", "start_ib_lane", "allowed_uses", "penalty_s"]
    found = pd.DataFrame(rows, columns=columns)
    return found.assign(mvmt_id=np.arange(len(rows)) + 1)


def turn_time(network, use):
    """Least time of each listed turn for a use, by (in, out); inf where it may not turn."""
    table = network.table("movement")
    may = network.allowed(use, table="movement")
    times = {}
    for row, mine in zip(table.itertuples(), may, strict=True):
        key = (row.ib_link_id, row.ob_link_id)
        times[key] = min(times.get(key, np.inf), row.penalty_s if mine else np.inf)
    return times


def line_graph_costs(network, use, cost, origin):
    """Least cost from a node to all, on the line graph: links are nodes, turns are edges."""
    links = network.links.assign(cost=cost)[network.allowed(use)]
    barred = network.nodes.set_index("node_id")["node_type"].isin(["centroid", "external"])
    turns = turn_time(network, use)
    graph = nx.DiGraph()
    graph.add_nodes_from(("end", node) for node in network.nodes["node_id"])
    for link in links.itertuples():
        if link.from_node_id == origin:
            graph.add_edge("start", link.link_id, weight=link.cost)
        graph.add_edge(link.link_id, ("end", link.to_node_id), weight=0.0)
        if barred[link.to_node_id]:
            continue
        for after in links[links["from_node_id"] == link.to_node_id].itertuples():
            turn = turns.get((link.link_id, after.link_id), 0.0)
            if turn < np.inf:
                graph.add_edge(link.link_id, after.link_id, weight=turn + after.cost)
    graph.add_edge("start", ("end", origin), weight=0.0)
    found = nx.single_source_dijkstra_path_length(graph, "start", weight="weight")
    return np.array([found.get(("end", node), np.inf) for node in network.nodes["node_id"]])


def expanded(network):
    """Return the same network without a movement table: each link has nodes of its own.

    Its first links are those of the network, in the same order; turns are links of constant time.
    """
    links, nodes = network.links, network.nodes
    barred = set(nodes.loc[nodes["node_type"] == "centroid", "node_id"])
    ends = {each.link_id: (f"a{each.link_id}", f"b{each.link_id}") for each in links.itertuples()}
    table = links.assign(
        from_node_id=[ends[i][0] for i in links["link_id"]],
        to_node_id=[ends[i][1] for i in links["link_id"]],
    )
    listed = {}
    for row in network.table("movement").itertuples():
        key = (row.ib_link_id, row.ob_link_id)
        listed.setdefault(key, []).append((row.allowed_uses, row.penalty_s))
    rows = []
    for each in links.itertuples():
        start, end = ends[each.link_id]
        rows += [(f"n{each.from_node_id}", start, "all", 0.0)]
        rows += [(end, f"n{each.to_node_id}", "all", 0.0)]
        if each.to_node_id in barred:
            continue
        for after in links[links["from_node_id"] == each.to_node_id].itertuples():
            turns = listed.get((each.link_id, after.link_id), [("all", 0.0)])
            rows += [(end, ends[after.link_id][0], *turn) for turn in turns]
    added = pd.DataFrame(
        rows, columns=["from_node_id", "to_node_id", "allowed_uses", "free_time_s"]
    )
    added = added.assign(vdf_alpha=0.0, length_m=0.0, lane_capacity_pceph=0.0)
    added["link_id"] = np.arange(len(added)) + 1000
    middle = pd.DataFrame({"node_id": sorted(name for pair in ends.values() for name in pair)})
    ids = "n" + nodes["node_id"].astype(str)
    both = pd.concat([nodes.assign(node_id=ids, node_type="centroid"), middle.assign(x_m=0, y_m=0)])
    tables = {"node": both, "link": pd.concat([table, added], ignore_index=True)}
    if "zone" in network.table_names:
        tables["zone"] = network.zones
    return build_network(tables)
