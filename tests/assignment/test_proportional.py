"""Proportional route flows: on paper, against SciPy's greatest entropy, whatever the start."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from tests.answers.cases import sioux_falls
from tests.assignment.test_select import as_bushes, check_select_law
from tests.laws import check_used_routes, problems
from transitplan.assignment import BiconjugateFrankWolfe, PathBased, assign
from transitplan.assignment.origins import ends_in_rows
from transitplan.errors import ValidationError
from transitplan.graph import compile_road
from transitplan.model.cases import grid
from transitplan.model.demand import Demand, UserClass
from transitplan.model.network import build_network

ONE_CLASS = (UserClass("car"),)


def two_origins(classes=ONE_CLASS, trips=(2000.0, 1000.0)):
    """Zones 1 and 2 reach node 5, from there two roads lead to node 6, and on to zones 3 and 4.

    The two roads are those of ``two_routes``: 600 (1 + v/1000) and 900 (1 + v/1500) s. Of 3,000
    veh/h they carry 1,750 and 1,250, so that 7/12 of each origin's trips take the first.
    """
    links = pd.DataFrame(
        [
            (1, 1, 5, 60.0, 0.0),
            (2, 2, 5, 90.0, 0.0),
            (3, 5, 6, 600.0, 1.0),
            (4, 5, 6, 900.0, 1.0),
            (5, 6, 3, 30.0, 0.0),
            (6, 6, 4, 30.0, 0.0),
        ],
        columns=["link_id", "from_node_id", "to_node_id", "free_time_s", "vdf_alpha"],
    )
    links["lane_capacity_pceph"] = [1e3, 1e3, 1e3, 1.5e3, 1e3, 1e3]
    links = links.assign(length_m=1000.0, vdf_beta=1.0)
    nodes = pd.DataFrame({"node_id": range(1, 7), "x_m": 0.0, "y_m": 0.0})
    nodes["zone_id"] = pd.Series([1, 2, 3, 4, None, None], dtype=object)
    zones = pd.DataFrame({"zone_id": [1, 2, 3, 4]})
    network = build_network({"node": nodes, "link": links, "zone": zones})
    cells = np.zeros((len(classes), 4, 4))
    cells[0, 0, 2], cells[-1, 1, 3] = trips
    return network, Demand(pd.Index([1, 2, 3, 4]), classes, cells)


def by_links(routes):
    """Flow of each route by class, zones and links."""
    rows = np.split(routes.links, routes.first_link[1:-1])
    keys = zip(routes.class_at, routes.o_zone, routes.d_zone, rows, strict=True)
    return {
        (int(k), int(o), int(d), tuple(links.tolist())): flow
        for (k, o, d, links), flow in zip(keys, routes.flow_vph.tolist(), strict=True)
    }


def check_same(one, other, *, atol):
    one, other = by_links(one), by_links(other)
    for key in one.keys() | other.keys():
        assert_allclose(one.get(key, 0.0), other.get(key, 0.0), atol=atol)


def link_sums(routes, n_classes, n_links):
    size = np.diff(routes.first_link)
    place = np.repeat(routes.class_at, size) * n_links + routes.links
    sums = np.bincount(place, np.repeat(routes.flow_vph, size), n_classes * n_links)
    return sums.reshape(n_classes, n_links)


def check_kept(found, proportional, *, rtol=1e-9):
    """Class flows of links and trips of pairs are what they were."""
    sums = link_sums(proportional.routes, len(found.classes), found.roads.n_links)
    largest = max(found.flow_vph.max(initial=0.0), 1e-9)
    assert_allclose(sums, found.class_flow_vph, rtol=0, atol=rtol * largest)
    for frame in (found.routes, proportional.routes):
        assert (frame.flow_vph > 0).all()
    pairs = ["class_name", "o_zone_id", "d_zone_id"]
    before, after = (
        routes.to_frame().groupby(pairs)["flow_vph"].sum()
        for routes in (found.routes, proportional.routes)
    )
    assert_allclose(before, after, rtol=1e-12)


def test_two_origins_on_paper():
    network, demand = two_origins()
    found = assign(compile_road(network), demand, gap=1e-13)
    assert_allclose(found.flow_vph[2:4], [1750.0, 1250.0], rtol=1e-9)
    answer = {
        (0, 0, 2, (0, 2, 4)): 2000 * 7 / 12,
        (0, 0, 2, (0, 3, 4)): 2000 * 5 / 12,
        (0, 1, 3, (1, 2, 5)): 1000 * 7 / 12,
        (0, 1, 3, (1, 3, 5)): 1000 * 5 / 12,
    }
    by_method = found.proportional()
    below = replace(found, relative_gap=-1e-17)  # rounding may do that
    assert by_links(below.proportional().routes).keys() == answer.keys()
    told = by_links(by_method.routes)
    assert told.keys() == answer.keys()
    for key, flow in answer.items():
        assert_allclose(told[key], flow, rtol=1e-9)
    # the same where the first origin keeps to the second road as far as it can
    lopsided = dict.fromkeys(answer, 0.0)
    lopsided.update(
        zip(answer, (750.0, 1250.0, 1000.0, 0.0), strict=True)  # 1,750 and 1,250 together
    )
    kept = [(key, flow) for key, flow in lopsided.items() if flow > 0]
    routes = replace(
        found.routes,
        class_at=np.array([key[0] for key, _ in kept]),
        o_zone=np.array([key[1] for key, _ in kept]),
        d_zone=np.array([key[2] for key, _ in kept]),
        flow_vph=np.array([flow for _, flow in kept]),
        first_link=np.arange(0, 3 * len(kept) + 1, 3),
        links=np.array([key[3] for key, _ in kept], np.int32).ravel(),
    )
    told = by_links(replace(found, routes=routes).proportional().routes)
    for key, flow in answer.items():
        assert_allclose(told[key], flow, rtol=1e-9)


def greatest_entropy(found, tolerance=1e-6):
    """All routes of least cost by brute force, and their most even flows by SciPy's minimiser."""
    tail, head = ends_in_rows(found.roads)
    label = found.skim(["cost_s"])[found.classes[0].name].array("cost_s")
    centroid = found.roads.centroid
    assert (centroid == np.arange(centroid.size)).all()
    time, used = found.time_s, found.flow_vph > 0
    keys, trips = [], []
    for o, d in np.argwhere(found.demand.trips_vph[0] > 0):
        ends = [(d, ())]
        while ends:
            node, after = ends.pop()
            if node == o:
                keys.append((0, int(o), int(d), after))
                trips.append(found.demand.trips_vph[0, o, d])
                continue
            for a in np.flatnonzero((head == node) & used & (head != o)):
                least = label[o, node] if node != o else 0.0
                before = label[o, tail[a]] if tail[a] != o else 0.0
                if before + time[a] - least <= tolerance * least:
                    ends.append((tail[a], (int(a), *after)))
    uses = np.zeros((len(keys), used.size))
    for k, key in enumerate(keys):
        uses[k, list(key[3])] = 1.0
    pair = np.unique([key[1] * 1000 + key[2] for key in keys], return_inverse=True)[1]
    trips = np.array(trips)

    def flows(m):
        strength = np.exp(-uses @ m)
        return trips * strength / np.bincount(pair, strength)[pair]

    def dual(m):
        sums = np.bincount(pair, np.exp(-uses @ m))
        of_pair = np.zeros(sums.size)
        of_pair[pair] = trips
        value = (of_pair * np.log(sums)).sum() + m @ found.flow_vph
        return value / trips.sum(), (found.flow_vph - flows(m) @ uses) / trips.sum()

    best = minimize(
        dual, np.zeros(used.size), jac=True, method="BFGS", options={"gtol": 1e-12, "maxiter": 5000}
    )
    return dict(zip(keys, flows(best.x).tolist(), strict=True))


def test_sioux_falls_has_the_greatest_entropy_there_is():
    """SciPy reaches flows of links to 1e-4 veh/h, so routes are compared to 1e-3 of 100 to 4,400.
    The brute force finds 770 routes of least cost.
    """
    network, demand, _ = sioux_falls()
    found = assign(compile_road(network), demand, gap=1e-13)
    answer = greatest_entropy(found)
    proportional = found.proportional()
    told = by_links(proportional.routes)
    assert len(answer) == len(told) == 770
    assert answer.keys() == told.keys()
    for key, flow in answer.items():
        assert_allclose(told[key], flow, atol=1e-3)
    check_kept(found, proportional)
    check_used_routes(replace(found, routes=proportional.routes), rtol=1e-8)
    assert proportional.deviation < 1e-11
    assert proportional.aside_vph == 0.0
    assert proportional.summary().startswith("770 routes after ")
    assert len(proportional.to_frame()) == 770


def shuffled(network, demand, seed):
    """The same problem with links, zones of the demand and nodes in another order."""
    rng = np.random.default_rng(seed)
    tables = {name: network.table(name) for name in network.table_names}
    order = rng.permutation(len(network.links))
    tables["link"] = network.links.iloc[order].reset_index(drop=True)
    zones = rng.permutation(len(demand.zone_ids))
    mixed = Demand(
        demand.zone_ids[zones], demand.classes, demand.trips_vph[:, zones[:, None], zones]
    )
    return build_network(tables), mixed, order


def test_the_answer_does_not_depend_on_how_it_was_reached():
    """Routes of five runs differ by thousands of veh/h; their proportional routes agree to 0.1."""
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    first = assign(roads, demand, gap=1e-12)
    answer = first.proportional().routes
    check_same(as_bushes(first).proportional().routes, answer, atol=1e-8)
    rough = assign(roads, demand, BiconjugateFrankWolfe(), gap=1e-4)
    apart = assign(roads, demand.scaled(1.3), gap=1e-3)
    for found in (
        assign(roads, demand, PathBased(passes=3), gap=1e-12),
        assign(roads, demand, gap=1e-12, start=apart),
        assign(roads, demand, gap=1e-12, threads=1),
    ):
        check_same(found.proportional().routes, answer, atol=0.1)
    assert rough.routes is None
    other, mixed, order = shuffled(network, demand, 5)
    found = assign(compile_road(other), mixed, gap=1e-12)
    routes = found.proportional().routes
    check_same(replace(routes, links=order[routes.links].astype(np.int32)), answer, atol=0.1)


def test_a_grid_of_equal_streets_shares_evenly_by_symmetry():
    """Mirror images carry the same: the transposed grid swaps the links of both directions."""
    network, demand = grid(4, 4, trips_vph=700.0)
    found = assign(compile_road(network), demand, gap=1e-13)
    proportional = found.proportional()
    check_kept(found, proportional)
    links = network.links
    node = np.arange(16).reshape(4, 4) + 1
    mirror = dict(zip(node.ravel(), node.T.ravel(), strict=True))
    ends = list(zip(links["from_node_id"], links["to_node_id"], strict=True))
    row = {pair: i for i, pair in enumerate(ends)}
    image = np.array([row[mirror[tail], mirror[head]] for tail, head in ends])
    zone = {0: 0, 1: 2, 2: 1, 3: 3}  # corners 1, 4, 13, 16
    told = by_links(proportional.routes)
    for (k, o, d, rows), flow in told.items():
        twin = (k, zone[o], zone[d], tuple(image[list(rows)].tolist()))
        assert_allclose(told[twin], flow, atol=0.5)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems())
def test_flows_of_links_stay_with_classes_tolls_bans_and_free_links(problem):
    network, demand = problem
    try:
        found = assign(compile_road(network), demand, gap=1e-10)
    except ValidationError:  # a class without any way
        return
    proportional = found.proportional()
    check_kept(found, proportional, rtol=1e-9)
    together = found.proportional(across_classes=True)
    pce = np.array([each.pce for each in found.classes])
    sums = pce @ link_sums(together.routes, len(pce), found.roads.n_links)
    assert_allclose(sums, found.pce_vph, atol=1e-9 * max(found.pce_vph.max(initial=0.0), 1e-9))
    assert 0.0 <= proportional.aside_vph <= demand.total_vph * (1 + 1e-9)


def test_classes_share_alike_when_asked_to():
    """2,000 cars and 500 trucks of 2 pce, the same choice: 7/12 of both on the first road."""
    classes = (UserClass("car"), UserClass("truck", pce=2.0))
    network, demand = two_origins(classes, (2000.0, 500.0))
    found = assign(compile_road(network), demand, gap=1e-13)
    assert_allclose(found.pce_vph[2:4], [1750.0, 1250.0], rtol=1e-9)
    check_kept(found, found.proportional())
    together = found.proportional(across_classes=True)
    sums = link_sums(together.routes, 2, 6)
    assert_allclose(sums[:, 2], [2000 * 7 / 12, 500 * 7 / 12], rtol=1e-9)
    assert_allclose(sums[:, 3], [2000 * 5 / 12, 500 * 5 / 12], rtol=1e-9)


def test_selecting_a_link_by_proportional_routes():
    network, demand = two_origins()
    found = assign(compile_road(network), demand, gap=1e-13)
    unique = replace(found, routes=found.proportional().routes)
    picked = unique.select([3])
    assert_allclose(picked.trips_vph[0, 0, 2], 2000 * 7 / 12, rtol=1e-9)
    assert_allclose(picked.trips_vph[0, 1, 3], 1000 * 7 / 12, rtol=1e-9)
    check_select_law(unique, range(6))


def test_flows_in_circles_are_left_as_found_and_said_so():
    """Routes over a free link in both directions: from one origin, a circle that none of them is.

    Zone 1 reaches 3 by 1–2–3 and 4 by 1–4; a free road 2–4, 4–2 joins the two, and the routes
    1–2–4 and 1–4–2–3 use it both ways.
    """
    links = pd.DataFrame(
        [(1, 1, 2, 60.0), (2, 1, 4, 60.0), (3, 2, 4, 0.0), (4, 4, 2, 0.0), (5, 2, 3, 60.0)],
        columns=["link_id", "from_node_id", "to_node_id", "free_time_s"],
    ).assign(length_m=100.0, lane_capacity_pceph=1e3, vdf_alpha=0.0)
    nodes = pd.DataFrame({"node_id": range(1, 5), "x_m": 0.0, "y_m": 0.0})
    nodes["zone_id"] = pd.Series([1, None, 3, 4], dtype=object)
    zones = pd.DataFrame({"zone_id": [1, 3, 4]})
    network = build_network({"node": nodes, "link": links, "zone": zones})
    trips = np.zeros((1, 3, 3))
    trips[0, 0, 1:] = 100.0, 50.0
    demand = Demand(pd.Index([1, 3, 4]), (UserClass("car"),), trips)
    found = assign(compile_road(network), demand)
    routes = replace(
        found.routes,
        class_at=np.zeros(2, np.int64),
        o_zone=np.zeros(2, np.int64),
        d_zone=np.array([1, 2]),
        flow_vph=np.array([100.0, 50.0]),
        first_link=np.array([0, 3, 5]),
        links=np.array([1, 3, 4, 0, 2], np.int32),  # 1–4–2–3 and 1–2–4
    )
    told = replace(found, routes=routes).proportional()
    assert told.aside_vph == 150.0
    check_same(told.routes, routes, atol=0.0)
    assert "150.0 veh/h left as found (cycles)." in told.summary()


def test_methods_without_flows_by_origin_say_what_to_use():
    network, demand, _ = sioux_falls()
    found = assign(compile_road(network), demand, BiconjugateFrankWolfe(), gap=1e-2)
    with pytest.raises(ValidationError, match="biconjugate Frank-Wolfe keeps no flows by origin"):
        found.proportional()
