"""Closures ranked: against a search of everything anew, and by hand; partial customisation."""

from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from tests.turns import line_graph_costs, turned
from transitplan.assignment import closures
from transitplan.assignment.closures import rank_closures
from transitplan.assignment.problem import compile_problem
from transitplan.errors import NotFoundError, ValidationError
from transitplan.graph import compile_road
from transitplan.graph.hierarchy import reverse
from transitplan.io import read_demand, read_network
from transitplan.kernels.hierarchy import customise, empty_weights
from transitplan.kernels.recustomise import recustomise
from transitplan.model.cases import grid, two_routes
from transitplan.model.demand import build_demand
from transitplan.model.network import build_network


def anew(roads, demand, links):
    """Trips cut off and hours added, every label being searched again."""
    problem = compile_problem(roads, demand)
    time = roads.free_time_s.copy()
    before = problem.find(time).label_s
    time[[roads.link_ids.get_loc(link) for link in links]] = np.inf
    after = problem.find(time).label_s
    cut = ~np.isfinite(after)
    trips = problem.pairs.trips
    return trips[cut].sum(), trips[~cut] @ (after - before)[~cut] / 3600


def judged(network, demand, asked, rise):
    """Losses of each closure by NetworkX, on a graph of links and turns; ``rise`` [CNY], or inf."""
    table = network.links
    length, toll = (table[name].to_numpy(float) for name in ("length_m", "toll_cny"))
    zone = network.nodes["node_id"].isin(demand.zone_ids).to_numpy()
    lost = np.zeros((len(asked), 3))
    for each, trips in zip(demand.classes, demand.trips_vph, strict=True):
        cost = table["free_time_s"].to_numpy(float) + each.money_s(toll, length)
        dearer = each.money_s(np.full(len(table), rise), np.zeros(len(table)))
        for origin, all_trips in zip(demand.zone_ids, trips, strict=True):
            old = line_graph_costs(network, each.use, cost, origin)[zone]
            row = np.where((demand.zone_ids != origin) & np.isfinite(old), all_trips, 0.0)
            for out, links in zip(lost, asked, strict=True):
                after = cost + np.where(table["link_id"].isin(links), dearer, 0.0)
                new = line_graph_costs(network, each.use, after, origin)[zone]
                cut = ~np.isfinite(new)
                longer = ~cut & (new > old * (1 + 1e-9))
                added = row[longer] @ (new[longer] - old[longer]) / 3600
                out += [row[cut].sum(), row[longer].sum(), added]
    return lost


@settings(max_examples=8, deadline=None)
@given(turned(), st.sampled_from([np.inf, 0.5, 3.0]), st.randoms(use_true_random=False))
def test_random_networks_with_turns_tolls_and_bans_as_networkx_has_it(drawn, rise, random):
    network, demand = drawn
    assume("zone" in network.table_names and (demand.trips_vph > 0).any())
    ids = network.links["link_id"].tolist()
    asked = [(link,) for link in random.sample(ids, 2)] + [tuple(random.sample(ids, 3))]
    toll = None if rise == np.inf else rise
    try:
        roads = compile_road(network)
        found = rank_closures(roads, demand, asked, toll_rise_cny=toll)
    except ValidationError:  # no trip of a class can be assigned
        return
    with patch.object(closures, "MOST_USES", 1):  # one tree at a time
        again = rank_closures(roads, demand, asked, toll_rise_cny=toll, threads=1)
    assert_allclose(again.iloc[:, 1:], found.iloc[:, 1:], rtol=1e-9, atol=1e-9)
    expected = judged(network, demand, found["link_ids"], rise)
    got = found[["cut_off_vph", "longer_vph", "added_h"]]
    assert_allclose(got, expected, rtol=1e-9, atol=1e-9)
    assert (found["trips_vph"] >= got.iloc[:, :2].sum(axis=1) - 1e-9).all()


@pytest.mark.parametrize("bans", [1, 4])
def test_named_links_of_a_network_with_banned_turns(bans):
    network, demand = grid(3, 3)
    links, tables = network.links, {name: network.table(name) for name in network.table_names}
    ends = ["link_id", "from_node_id", "to_node_id"]
    turns = links[ends].merge(
        links[ends], left_on="to_node_id", right_on="from_node_id", suffixes=("", "_o")
    )[:bans]
    tables["movement"] = pd.DataFrame(
        {
            "mvmt_id": range(bans),
            "node_id": turns["to_node_id"].tolist(),
            "ib_link_id": turns["link_id"].tolist(),
            "ob_link_id": turns["link_id_o"].tolist(),
            "allowed_uses": "none",
        }
    )
    roads = compile_road(build_network(tables))
    assert roads.turns.size > 1
    found = rank_closures(roads, demand, [(link,) for link in links["link_id"]])
    assert found["added_h"].sum() > 0
    for row in found.itertuples():
        expected = anew(roads, demand, row.link_ids)
        assert_allclose([row.cut_off_vph, row.added_h], expected, rtol=1e-9, atol=1e-9)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_many_zones_of_a_random_grid_as_if_all_were_searched_again(seed):
    rng = np.random.default_rng(seed)
    roads = compile_road(grid(7, 6)[0])
    nodes = rng.choice(roads.node_ids, 24, replace=False).tolist()
    tables = {name: roads.network.table(name) for name in ("node", "link")}
    tables["node"] = tables["node"].drop(columns="zone_id")
    tables["node"]["zone_id"] = [i if i in nodes else None for i in tables["node"]["node_id"]]
    tables["link"] = tables["link"].assign(free_time_s=rng.integers(1, 9, roads.n_links) * 10.0)
    tables["zone"] = pd.DataFrame({"zone_id": nodes})
    network = build_network(tables)
    demand = build_demand(nodes, rng.uniform(0.0, 9.0, (24, 24)))
    roads = compile_road(network)
    asked = [rng.choice(roads.link_ids, rng.integers(1, 4), replace=False) for _ in range(12)]
    told = []
    found = rank_closures(
        roads, demand, asked, progress=lambda done, all_: told.append((done, all_))
    )
    assert told[-1] == (12, 12)
    for row in found.itertuples():
        cut, hours = anew(roads, demand, row.link_ids)
        assert_allclose([row.cut_off_vph, row.added_h], [cut, hours], rtol=1e-9, atol=1e-9)


def test_links_one_after_the_other_count_a_trip_once():
    network, demand = two_routes()
    links = network.links["link_id"].tolist()
    found = rank_closures(compile_road(network), demand, [links])
    assert found["trips_vph"].tolist() == [3000.0]
    assert found["cut_off_vph"].tolist() == [3000.0]


def test_a_toll_makes_trips_pay_until_another_way_is_cheaper():
    network, demand = two_routes()  # 300 s apart, 60 CNY/h: 5 CNY
    roads = compile_road(network)
    for rise, minutes in [(0.0, 0.0), (2.0, 2.0), (5.0, 5.0), (50.0, 5.0)]:
        found = rank_closures(roads, demand, [[1]], toll_rise_cny=rise)
        assert_allclose(found["added_h"], 3000 * minutes / 60)
    with pytest.raises(ValidationError, match="0 or more"):
        rank_closures(roads, demand, [[1]], toll_rise_cny=-1.0)


def test_pairs_without_a_way_before_are_not_cut_off_by_a_closure():
    network, demand = two_routes()
    roads = compile_road(network)
    shut = [np.inf] * roads.n_rows
    found = rank_closures(roads, demand, [[1]], times_s=shut)
    assert found[["trips_vph", "cut_off_vph"]].to_numpy().tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("threads", [1, 2])
def test_every_link_of_the_two_banks_as_if_all_were_searched_again(threads):
    roads = compile_road(read_network("networks/two_banks/2025"))
    demand = read_demand("od_matrices/two_banks/2025_am.omx")
    found = rank_closures(roads, demand, threads=threads)
    assert (found["trips_vph"] > 0).all()
    assert len(found) > 20
    for row in found.itertuples():
        cut, hours = anew(roads, demand, row.link_ids)
        assert_allclose([row.cut_off_vph, row.added_h], [cut, hours], rtol=1e-9, atol=1e-9)


def test_links_shut_together_and_one_that_nobody_uses():
    roads = compile_road(read_network("networks/two_banks/2025"))
    demand = read_demand("od_matrices/two_banks/2025_am.omx")
    links = roads.network.links
    crossings = links.loc[links["crossing_id"].fillna("") != "", "link_id"].tolist()
    found = rank_closures(roads, demand, [crossings, crossings[:1], []])
    assert found["link_ids"].tolist() == [tuple(crossings), tuple(crossings[:1]), ()]
    for row in found.itertuples():
        cut, hours = anew(roads, demand, row.link_ids)
        assert_allclose([row.cut_off_vph, row.added_h], [cut, hours], rtol=1e-9, atol=1e-9)
    assert found["cut_off_vph"].iloc[0] > 0  # the river has no other way over


def test_times_of_the_day_count():
    network, demand = two_routes()
    roads = compile_road(network)
    found = rank_closures(roads, demand, [[1]], times_s=[800.0, 900.0, 600.0])
    assert found["added_h"].tolist() == [3000 * 100 / 3600]


def test_an_unknown_link_is_named():
    network, demand = two_routes()
    with pytest.raises(NotFoundError, match="77"):
        rank_closures(compile_road(network), demand, [[1, 77]])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.integers(2, 9), st.booleans())
def test_partial_customisation_gives_the_same_bits_as_a_whole_one(seed, wide, high, ties):
    roads = compile_road(grid(wide, high)[0])
    rng = np.random.default_rng(seed)
    draw = (lambda n: rng.integers(0, 4, n) * 1.0) if ties else (lambda n: rng.uniform(0, 9, n))
    hierarchy, n = roads.hierarchy, roads.n_links
    looked_up = reverse(hierarchy, n)
    cost = draw(n)
    found, expected = (empty_weights(hierarchy.upper.size) for _ in range(2))
    customise(hierarchy, cost, found)
    queued = np.zeros(hierarchy.upper.size, np.bool_)
    for _ in range(4):
        links = rng.choice(n, rng.integers(1, 5), replace=False)
        cost[links] = np.where(rng.random(links.size) < 0.3, np.inf, draw(links.size))
        places = looked_up.place[links]
        recustomise(
            hierarchy, looked_up.below, looked_up.parallel, cost, places[places >= 0], queued, found
        )
        customise(hierarchy, cost, expected)
        for one, other in zip(found, expected, strict=True):
            assert_array_equal(one, other)
        assert not queued.any()
