"""Who uses a link: the same law for every method, and answers worked out on paper."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from numpy.testing import assert_allclose

from tests.answers.cases import braess, sioux_falls
from tests.laws import problems
from transitplan.assignment import (
    AllOrNothing,
    BiconjugateFrankWolfe,
    BushBased,
    ConjugateFrankWolfe,
    FrankWolfe,
    PathBased,
    SuccessiveAverages,
    assign,
)
from transitplan.assignment.origins import ends_in_rows, sum_by_origin
from transitplan.errors import NotFoundError, ValidationError
from transitplan.graph import compile_road
from transitplan.model.cases import grid


def as_bushes(found):
    """The same flows, told by bushes instead of routes."""
    flows = sum_by_origin(found.roads, found.routes)
    assert flows.acyclic.all()
    return replace(found, routes=None, bushes=flows)


METHODS = [
    AllOrNothing(),
    SuccessiveAverages(),
    FrankWolfe(),
    ConjugateFrankWolfe(),
    BiconjugateFrankWolfe(),
    PathBased(),
    BushBased(),
]
IDS = [method.name for method in METHODS]


@pytest.mark.parametrize("method", METHODS, ids=IDS)
def test_flow_of_a_link_is_the_total_of_the_trips_that_use_it(method):
    network, demand, _ = sioux_falls()
    found = assign(compile_road(network), demand, method, gap=1e-6, max_iterations=60)
    check_select_law(found, range(0, 76, 9))


@pytest.mark.parametrize("method", METHODS, ids=IDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems())
def test_law_holds_with_classes_tolls_bans_and_islands(method, problem):
    network, demand = problem
    try:
        found = assign(compile_road(network), demand, method, gap=1e-6, max_iterations=15)
    except ValidationError:  # a class without any way
        return
    check_select_law(found, range(found.roads.n_links))


def check_select_law(found, rows):
    """By class: trips that use a link = its flow; their other flows are part of all flows."""
    ids = found.roads.network.links["link_id"]
    largest = max(found.demand.total_vph, 1.0)
    for row in rows:
        picked = found.select([ids.iloc[row]])
        of_class = picked.trips_vph.sum(axis=(1, 2))
        assert_allclose(of_class, found.class_flow_vph[:, row], rtol=1e-9, atol=1e-12 * largest)
        assert_allclose(picked.class_flow_vph[:, row], of_class, rtol=1e-9, atol=1e-12 * largest)
        assert (picked.class_flow_vph <= found.class_flow_vph + 1e-9 * largest).all()
        check_conserved(picked, found)


def check_conserved(picked, found):
    """Selected trips are whole trips: they leave every node that they enter."""
    roads = found.roads
    tail, head = ends_in_rows(roads)
    for trips, flow in zip(picked.trips_vph, picked.class_flow_vph, strict=True):
        surplus = np.bincount(tail, flow, roads.n_nodes) - np.bincount(head, flow, roads.n_nodes)
        start = trips.sum(axis=1) - trips.sum(axis=0)
        assert_allclose(surplus[roads.centroid], start, atol=1e-8 * max(trips.sum(), 1.0))


@pytest.mark.parametrize("method", METHODS, ids=IDS)
def test_weights_of_loadings_add_up_to_the_flows(method):
    """Selecting by every zone keeps every trip: Σ weight × loading is the flow, to rounding."""
    network, demand, _ = sioux_falls()
    found = assign(compile_road(network), demand, method, gap=1e-6, max_iterations=200)
    every = found.select_zones(demand.zone_ids, at="either")
    assert_allclose(every.class_flow_vph, found.class_flow_vph, rtol=1e-12)
    assert_allclose(every.trips_vph, demand.trips_vph, rtol=1e-12)


def test_braess_on_paper():
    """Two veh/h on each of 1–3–2, 1–4–2 and 1–3–4–2; links 1: 1–3, 4: 4–2, 5: 3–4."""
    network, demand, _ = braess()
    routes = assign(compile_road(network), demand, gap=1e-12)
    for found in (routes, as_bushes(routes)):
        assert_allclose(found.select([5]).flow_vph, [2, 0, 0, 2, 2, 0], atol=1e-6)
        assert_allclose(found.select([1, 4]).total_vph, 6.0, atol=1e-6)  # each trip once
        assert_allclose(found.select([1, 4], mode="all").total_vph, 2.0, atol=1e-6)
        assert_allclose(found.select([1, 4, 5], mode="all").flow_vph, [2, 0, 0, 2, 2, 0], atol=1e-6)
        assert found.select([2, 3], mode="all").total_vph == 0.0
        assert found.select([6]).total_vph == 0.0


def test_bushes_split_in_proportion_where_links_merge():
    """Brute force: every route of every bush with the product of its approach shares."""
    network, demand, _ = sioux_falls()
    found = as_bushes(assign(compile_road(network), demand, gap=1e-10))
    links = network.links
    check_select_law(found, range(0, 76, 7))
    for ids, mode in (([16, 19], "any"), ([16, 22], "all"), ([10, 16, 22], "any")):
        rows = np.flatnonzero(links["link_id"].isin(ids))
        picked = found.select(ids, mode=mode)
        trips, flow = brute_force(found, rows, mode)
        assert picked.total_vph > 100.0
        assert_allclose(picked.trips_vph[0], trips, atol=1e-6)
        assert_allclose(picked.flow_vph, flow, atol=1e-6)


def brute_force(found, rows, mode):
    """Trips and flows of all routes of the bushes that use any or all of the rows."""
    tail, head = ends_in_rows(found.roads)
    n_zones = found.roads.n_zones
    trips, flow = np.zeros((n_zones, n_zones)), np.zeros(found.roads.n_links)
    wanted = set(rows.tolist())
    for i, origin in enumerate(found.bushes.o_zone):
        part = slice(found.bushes.first[i], found.bushes.first[i + 1])
        links, flows = found.bushes.links[part], found.bushes.flow_vph[part]
        into = np.bincount(head[links], flows, found.roads.n_nodes)
        for destination in range(n_zones):
            demand = found.demand.trips_vph[0, origin, destination]
            ends = [(found.roads.centroid[destination], (), demand)] if demand else []
            while ends:
                node, after, part_vph = ends.pop()
                if node == found.roads.centroid[origin]:
                    used = wanted & set(after)
                    if used if mode == "any" else used == wanted:
                        trips[origin, destination] += part_vph
                        flow[list(after)] += part_vph
                    continue
                for link, each in zip(links, flows, strict=True):
                    if head[link] == node and each > 0:
                        share = each / into[node]
                        ends.append((tail[link], (link, *after), part_vph * share))
    return trips, flow


def test_any_counts_a_trip_once_and_all_needs_every_link():
    network, demand, _ = sioux_falls()
    ids = [16, 19, 22]
    for method in (PathBased(), BiconjugateFrankWolfe()):
        found = assign(compile_road(network), demand, method, gap=1e-4)
        one, two = ([i] for i in ids[:2])
        both = found.select(ids[:2], mode="all").total_vph
        either = found.select(ids[:2]).total_vph
        singles = found.select(one).total_vph + found.select(two).total_vph
        assert_allclose(either + both, singles, rtol=1e-9)


def test_zones_select_what_starts_or_ends_there():
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    routes = assign(roads, demand, gap=1e-8)
    for found in (routes, as_bushes(routes), assign(roads, demand, FrankWolfe(), gap=1e-3)):
        start = found.select_zones([1, 13])
        end = found.select_zones([1, 13], at="destination")
        either = found.select_zones([1, 13], at="either")
        trips = demand.trips_vph[0].copy()
        assert_allclose(start.total_vph, trips[[0, 12]].sum(), rtol=1e-9)
        assert_allclose(end.total_vph, trips[:, [0, 12]].sum(), rtol=1e-9)
        twice = trips[np.ix_([0, 12], [0, 12])].sum()
        assert_allclose(either.total_vph, start.total_vph + end.total_vph - twice, rtol=1e-9)
        assert start.matrix("vehicles").loc[1].sum() == pytest.approx(trips[0].sum())
        assert (start.matrix("vehicles").drop(index=[1, 13]) == 0).all(axis=None)


def test_selection_is_a_demand_that_can_be_assigned():
    network, demand, _ = sioux_falls()
    found = assign(compile_road(network), demand, gap=1e-8)
    picked = found.select([16])
    again = picked.to_demand()
    assert again.total_vph == pytest.approx(found.flow_vph[15])
    rows = picked.to_frame()
    assert list(rows) == ["class_name", "o_zone_id", "d_zone_id", "flow_vph"]
    assert rows["flow_vph"].sum() == pytest.approx(picked.total_vph)
    frame = picked.to_link_frame().set_index("link_id")
    assert list(frame)[:4] == ["from_node_id", "to_node_id", "flow_vph", "share"]
    assert frame.loc[16, "share"] == pytest.approx(1.0)
    assert repr(picked).startswith("Selection(any of links 16: ")
    through = found.routes.through([16])["flow_vph"].sum()
    assert picked.total_vph == pytest.approx(through)


def test_warm_starts_keep_what_flows_are_made_of():
    """A link-based method that begins from another assignment knows that one's routes."""
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    fast = BiconjugateFrankWolfe()
    rough = assign(roads, demand, gap=1e-3)
    bushy = as_bushes(rough)
    loaded = assign(roads, demand, FrankWolfe(), gap=1e-3)
    for start in (rough, bushy, loaded):
        found = assign(roads, demand, fast, gap=1e-5, start=start)
        assert found.iterations > 0
        check_select_law(found, range(0, 76, 15))


def test_threads_do_not_change_a_selection():
    network, demand = grid(5, 5, trips_vph=500.0)
    roads = compile_road(network)
    one, two = (
        assign(roads, demand, BiconjugateFrankWolfe(), gap=1e-4, threads=n).select([3, 40])
        for n in (1, 2)
    )
    assert one.trips_vph.tobytes() == two.trips_vph.tobytes()
    assert one.class_flow_vph.tobytes() == two.class_flow_vph.tobytes()


def test_wrong_questions_are_answered_clearly():
    network, demand, _ = braess()
    found = assign(compile_road(network), demand)
    with pytest.raises(NotFoundError, match=r"select: links: 1 of 2 ids are unknown \(99\)."):
        found.select([1, 99])
    with pytest.raises(NotFoundError, match="select_zones: zones: 1 of 1 ids are unknown"):
        found.select_zones([7])
    with pytest.raises(ValidationError, match="select: no links were given; give at least one id"):
        found.select([])
    with pytest.raises(ValidationError, match=r"links is 5; give a list of ids, \[5\]."):
        found.select(5)
    with pytest.raises(ValidationError, match="mode is 'both'; use one of any, all"):
        found.select([1], mode="both")
    with pytest.raises(
        ValidationError, match="at is 'start'; use one of origin, destination, eith"
    ):
        found.select_zones([1], at="start")
    with pytest.raises(NotFoundError, match="any of links 1: no class 'bus'; there are vehicles."):
        found.select([1]).matrix("bus")
