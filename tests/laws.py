"""Laws that every answer keeps, random networks to try them on, and where test data lies."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from transitplan.graph import compile_road
from transitplan.model.demand import Demand, UserClass
from transitplan.model.network import build_network

REPOSITORY = Path(__file__).resolve().parents[1]


def shared(path):
    """Path of local benchmark data that may not be redistributed; skips the test without it."""
    root = Path(os.environ.get("TRANSITPLAN_SHARED", REPOSITORY.parent / "shared"))
    found = root / path
    if not found.exists():
        pytest.skip(f"{found} is not here; set TRANSITPLAN_SHARED to the folder that has {path}")
    return found


# --- laws -------------------------------------------------------------------------------------


def check_flows(found, demand, *, rtol=1e-9):
    """Flow in + trips that start = flow out + trips that end, at every node and for every class."""
    roads = found.roads
    links = roads.network.links
    node = pd.Index(roads.node_ids)
    tail, head = (node.get_indexer(links[end]) for end in ("from_node_id", "to_node_id"))
    place = roads.centroid[roads.zone_ids.get_indexer(demand.zone_ids)]
    assert (found.class_flow_vph >= 0).all()
    for each, flow, trips in zip(
        demand.classes, found.class_flow_vph, demand.trips_vph, strict=True
    ):
        assert (flow[~roads.network.allowed(each.use)] == 0).all()
        carried = np.where(reachable(roads, each.use, place), trips, 0.0)
        start = np.bincount(place, carried.sum(axis=1), roads.n_nodes)
        end = np.bincount(place, carried.sum(axis=0), roads.n_nodes)
        out = np.bincount(tail, flow, roads.n_nodes)
        into = np.bincount(head, flow, roads.n_nodes)
        assert_allclose(into + start, out + end, rtol=rtol, atol=1e-9)


def check_accounts(found, demand):
    """Demand = assigned + intrazonal + unreachable, for every class and in all."""
    table = found.accounting_by_class
    parts = table[["assigned", "intrazonal", "unreachable"]].sum(axis=1)
    assert_allclose(parts, table["demand"], rtol=1e-12, atol=1e-12)
    assert_allclose(found.accounting["demand"], demand.total_vph, rtol=1e-12)


def check_used_routes(found, *, rtol):
    """Every route with more than a trace of its pair's trips costs as little as the least.

    What a route costs more, times its trips, is a part of what the gap leaves open for its class.
    """
    routes = found.routes
    for k, each in enumerate(found.classes):
        least = found.skim(["cost_s"])[each.name].array("cost_s")
        for i in np.flatnonzero(routes.class_at == k):
            rows = routes.links[routes.first_link[i] : routes.first_link[i + 1]]
            cost = found.class_cost_s[k, rows].sum()
            pair = (routes.class_at == k) & (routes.o_zone == routes.o_zone[i])
            pair &= routes.d_zone == routes.d_zone[i]
            if routes.flow_vph[i] > 1e-3 * routes.flow_vph[pair].sum():
                lowest = least[routes.o_zone[i], routes.d_zone[i]]
                excess_s = np.nan_to_num(found.class_excess_s[k])  # known at user equilibrium only
                left = max(excess_s, 0.0) / routes.flow_vph[i] + 1e-9
                assert (1.0 - rtol) * lowest <= cost <= (1.0 + rtol) * (lowest + left)


def check_labels(tree, cost):
    """label(head) ≤ label(tail) + cost where a link can be used; equal on links of the tree."""
    roads, label = tree.roads, tree.label
    origin = roads.node_ids.get_loc(tree.origin)
    cost = cost[roads.row]
    usable = np.isfinite(label[roads.tail]) & np.isfinite(cost)
    usable &= roads.passable[roads.tail] | (roads.tail == origin)
    assert (label[roads.head][usable] <= (label[roads.tail] + cost)[usable] * (1 + 1e-12)).all()
    used = tree.link_to[tree.link_to >= 0]
    assert (label[roads.head[used]] == label[roads.tail[used]] + cost[used]).all()
    assert label[origin] == 0.0


def reachable(roads, use, places):
    """Between these nodes, by SciPy: what leaves a centroid leaves a copy of it, never entered."""
    links = roads.network.links[roads.network.allowed(use)]
    n = roads.n_nodes
    node = pd.Index(roads.node_ids)
    tail, head = (node.get_indexer(links[end]) for end in ("from_node_id", "to_node_id"))
    start = np.where(roads.passable, np.arange(n), np.arange(n) + n)
    graph = coo_array((np.ones(len(links)), (start[tail], head)), shape=(2 * n, 2 * n)).tocsr()
    steps = np.atleast_2d(dijkstra(graph, indices=start[places], unweighted=True))
    return np.isfinite(steps[:, places]) | np.eye(len(places), dtype=bool)


# --- random networks ----------------------------------------------------------------------------


@st.composite
def road_graphs(draw):
    """Road graph and costs in table order: parallel, free and closed links, centroids, islands."""
    n_nodes = draw(st.integers(2, 9))
    node = st.integers(1, n_nodes)
    link = st.tuples(node, node, st.integers(0, 9), st.sampled_from(["all", "all", "all", "bus"]))
    links = draw(st.lists(link.filter(lambda ends: ends[0] != ends[1]), min_size=1, max_size=30))
    kinds = draw(
        st.lists(
            st.sampled_from(["junction", "junction", "centroid"]),
            min_size=n_nodes,
            max_size=n_nodes,
        )
    )
    nodes = pd.DataFrame({"node_id": np.arange(1, n_nodes + 1), "x_m": 0.0, "y_m": 0.0})
    table = pd.DataFrame(
        links, columns=["from_node_id", "to_node_id", "free_time_s", "allowed_uses"]
    )
    table = table.assign(link_id=np.arange(len(table)) + 100, length_m=1.0)
    table["lane_capacity_pceph"] = 100.0
    network = build_network({"node": nodes.assign(node_type=kinds), "link": table})
    return compile_road(network), table["free_time_s"].to_numpy(dtype=float)


CLASSES = (
    UserClass("car", value_of_time_cny_per_h=60.0, distance_cost_cny_per_km=0.5),
    UserClass("truck", use="truck", pce=2.5, value_of_time_cny_per_h=120.0),
)


@st.composite
def problems(draw):
    """Network and demand of two classes; tolls, bans, islands, constant times and zero demand."""
    n_nodes = draw(st.integers(3, 7))
    node = st.integers(1, n_nodes)
    link = st.tuples(
        node,
        node,
        st.sampled_from([0.0, 20.0, 60.0, 61.0]),
        st.sampled_from([50.0, 400.0]),
        st.sampled_from([0.0, 0.15, 2.0]),
        st.sampled_from([0.0, 0.5, 1.0, 2.5, 4.0]),
        st.sampled_from([0.0, 0.0, 1.0]),
        st.sampled_from(["all", "all", "car"]),
    )
    links = draw(st.lists(link.filter(lambda row: row[0] != row[1]), min_size=2, max_size=16))
    columns = [
        "from_node_id",
        "to_node_id",
        "free_time_s",
        "lane_capacity_pceph",
        "vdf_alpha",
        "vdf_beta",
        "toll_cny",
        "allowed_uses",
    ]
    table = pd.DataFrame(links, columns=columns).assign(length_m=500.0)
    table["link_id"] = np.arange(len(table)) + 1
    nodes = pd.DataFrame({"node_id": np.arange(1, n_nodes + 1), "x_m": 0.0, "y_m": 0.0})
    both = set(table["from_node_id"]) & set(table["to_node_id"])
    zones = sorted(both)
    nodes["zone_id"] = pd.Series([i if i in both else None for i in nodes["node_id"]], dtype=object)
    kinds = [draw(st.sampled_from(["junction", "junction", "centroid"])) for _ in range(n_nodes)]
    tables = {"node": nodes.assign(node_type=kinds), "link": table}
    if zones:
        tables["zone"] = pd.DataFrame({"zone_id": zones})
    else:
        tables["node"] = tables["node"].drop(columns="zone_id")
    cells = 2 * len(zones) ** 2
    trips = draw(st.lists(st.sampled_from([0.0, 30.0, 200.0]), min_size=cells, max_size=cells))
    shape = (2, len(zones), len(zones))
    demand = Demand(pd.Index(zones), CLASSES, np.reshape(trips, shape).astype(float))
    return build_network(tables), demand
