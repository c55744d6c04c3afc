"""Nothing is lost in silence: what cannot be assigned is told, and what cannot be right refused."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from tests.answers.cases import sioux_falls
from transitplan.assignment import BiconjugateFrankWolfe, PathBased, assign
from transitplan.errors import ValidationError
from transitplan.graph import compile_road
from transitplan.model.cases import grid, two_routes
from transitplan.model.demand import Demand, UserClass
from transitplan.model.network import build_network

CLASSES = (
    UserClass("car", distance_cost_cny_per_km=0.5),
    UserClass("truck", use="truck", pce=2.0, value_of_time_cny_per_h=120.0),
    UserClass("bus", use="bus", pays_tolls=False),
)


def changed(network, **columns):
    tables = {name: network.table(name) for name in network.table_names}
    return compile_road(build_network({**tables, "link": network.links.assign(**columns)}))


def both_ways(*of_class):
    trips = np.array([[[0.0, there], [back, 0.0]] for there, back in of_class])
    return Demand(pd.Index([1, 2]), CLASSES[: len(of_class)], trips)


@pytest.mark.parametrize("method", [PathBased(), BiconjugateFrankWolfe()])
def test_trips_without_a_way_are_listed(method):
    """Trucks may not use the only road from zone 2 to zone 1."""
    network, _ = two_routes()
    demand = both_ways((100.0, 50.0), (30.0, 20.0))
    found = assign(changed(network, allowed_uses=["all", "all", "car"]), demand, method)
    assert found.accounting["unreachable"] == 20.0
    assert found.unreachable().to_dict("records") == [
        {"class_name": "truck", "o_zone_id": 2, "d_zone_id": 1, "flow_vph": 20.0}
    ]
    assert (
        "No route is open to 20.0 veh/h of 1 pair, the most 20.0 of class truck from zone 2 to 1: "
        "see unreachable()." in found.summary()
    )
    assert found.select([1, 2, 3]).total_vph == pytest.approx(180.0)
    assert found.select_zones([2]).total_vph == pytest.approx(50.0)  # the trucks are on no link


def test_nothing_is_listed_where_all_is_assigned():
    network, demand, _ = sioux_falls()
    found = assign(compile_road(network), demand, gap=1e-4)
    assert found.unreachable().empty
    assert "No route" not in found.summary()


def test_trips_within_zones_are_not_lost():
    network, _ = two_routes()
    demand = Demand(pd.Index([1, 2]), CLASSES[:1], np.array([[[5.0, 0.0], [0.0, 7.0]]]))
    found = assign(compile_road(network), demand)
    assert found.accounting["intrazonal"] == 12.0
    assert found.unreachable().empty


def test_a_class_without_any_way_is_an_error():
    network, _ = two_routes()
    demand = both_ways((100.0, 50.0), (30.0, 20.0))
    with pytest.raises(ValidationError, match="none of the 50 veh/h of class truck between diff"):
        assign(changed(network, allowed_uses="car"), demand)


def test_no_capacity_is_an_error_and_too_little_to_reckon_with_too():
    network, demand = two_routes()
    with pytest.raises(ValidationError, match=r"1 of 3 rows \(line 2\): no capacity, where delay"):
        changed(network, lane_capacity_pceph=[0.0, 1500.0, 1000.0])
    roads = changed(network, lane_capacity_pceph=[1e-300, 1500.0, 1000.0])
    words = r"link 1: 3000 pce/h on a capacity of 1e-300 pce/h take 1.8e\+306 s. Correct its capa"
    for method in (PathBased(), BiconjugateFrankWolfe()):
        with pytest.raises(ValidationError, match=words):
            assign(roads, demand, method)


def test_wrong_arguments_are_named_all_at_once():
    network, demand = two_routes()
    roads = compile_road(network)
    with pytest.raises(ValidationError, match=r"roads is a Network; give a compiled network, comp"):
        assign(network, demand)
    with pytest.raises(ValidationError, match="method is PathBased; give a method with its brack"):
        assign(roads, demand, PathBased)
    with pytest.raises(ValidationError, match="threads is 0; it must be a whole number from 1 up"):
        assign(roads, demand, threads=0)
    with pytest.raises(ValidationError) as caught:
        assign(demand, network, gap=2.0, max_iterations=-1)
    assert len(caught.value.problems) == 4


def test_skims_have_every_part_of_the_cost_for_all_pairs():
    """cost = time + money; time = free time + delay; by class, pairs without demand included."""
    network, _ = two_routes()
    roads = changed(network, toll_cny=[6.0, 0.0, 3.0], toll_truck_cny=[12.0, 0.0, 3.0])
    demand = both_ways((2000.0, 0.0), (100.0, 0.0), (10.0, 0.0))
    found = assign(roads, demand, gap=1e-12)
    fields = ["time_s", "delay_s", "length_m", "toll_cny", "money_cny", "cost_s"]
    for each in CLASSES:
        part = {name: found.skim(fields)[each.name].array(name) for name in fields}
        worth = each.value_of_time_cny_per_h / 3600.0
        assert_allclose(part["cost_s"], part["time_s"] + part["money_cny"] / worth, rtol=1e-12)
        distance = each.distance_cost_cny_per_km / 1000.0 * part["length_m"]
        assert_allclose(part["money_cny"], part["toll_cny"] + distance, atol=1e-12)
        assert part["delay_s"][0, 1] > 0.0
        assert part["delay_s"][1, 0] == 0.0  # no demand that way, so no delay, but a time
        assert part["time_s"][1, 0] == 600.0
        assert part["toll_cny"][1, 0] == (3.0 if each.pays_tolls else 0.0)


def test_skims_at_equilibrium_are_the_costs_of_used_routes():
    network, demand = grid(4, 4, trips_vph=800.0)
    found = assign(compile_road(network), demand, gap=1e-12)
    skim = found.skim(["time_s", "delay_s"])[demand.classes[0].name]
    free = found.roads.in_rows(found.roads.free_time_s)
    routes = found.routes
    for i in range(0, routes.flow_vph.size, 3):
        rows = routes.links[routes.first_link[i] : routes.first_link[i + 1]]
        place = routes.o_zone[i], routes.d_zone[i]
        assert_allclose(found.time_s[rows].sum(), skim.array("time_s")[place], rtol=1e-6)
        delay = (found.time_s - free)[rows].sum()
        assert_allclose(delay, skim.array("delay_s")[place], rtol=1e-4)
