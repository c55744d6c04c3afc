"""Classes, tolls, bans and trips that cannot be assigned, worked out on paper."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from tests.laws import check_accounts, check_flows, check_used_routes
from transitplan.assignment import BiconjugateFrankWolfe, PathBased, assign
from transitplan.errors import ValidationError
from transitplan.graph import compile_road
from transitplan.model.cases import two_routes
from transitplan.model.demand import Demand, UserClass, build_demand
from transitplan.model.network import build_network
from transitplan.paths import skim

BOTH = pytest.mark.parametrize("method", [BiconjugateFrankWolfe(), PathBased()])


def changed(network, **columns):
    tables = {name: network.table(name) for name in network.table_names}
    return build_network({**tables, "link": network.links.assign(**columns)})


def trips(*from_one_to_two):
    return np.array([[[0.0, each], [0.0, 0.0]] for each in from_one_to_two])


@BOTH
def test_toll_moves_traffic_as_its_time_would(method):
    """A toll of 5 CNY at 60 CNY/h is 300 s: 600 + 0.6 v₁ + 300 = 900 + 0.6 v₂, so v₁ = v₂."""
    network, demand = two_routes()
    found = assign(compile_road(changed(network, toll_cny=[5.0, 0, 0])), demand, method, gap=1e-12)
    assert_allclose(found.flow_vph, [1500.0, 1500.0, 0.0], rtol=1e-9)
    assert_allclose(found.time_s, [1500.0, 1800.0, 600.0], rtol=1e-9)
    assert_allclose(found.to_frame()["cost_s"], [1800.0, 1800.0, 900.0 - 300.0], rtol=1e-9)


@BOTH
def test_who_values_time_more_takes_the_tolled_road(method):
    """Rich (100 s a toll) and poor (1,200 s): all rich on link 1, and the poor stay off it.

    Link 1 with 1,000 rich: 600 + 600 = 1,200 s, + 100 for the rich and + 1,200 for the poor. Link 2
    with 1,000 poor: 900 + 600 = 1,500 s. Nobody gains by changing.
    """
    network, _ = two_routes()
    rich = UserClass("rich", value_of_time_cny_per_h=360.0)
    poor = UserClass("poor", value_of_time_cny_per_h=30.0)
    demand = Demand(pd.Index([1, 2]), (rich, poor), trips(1000.0, 1000.0))
    roads = compile_road(changed(network, toll_cny=[10.0, 0, 0]))
    found = assign(roads, demand, method, gap=1e-12)
    assert_allclose(found.class_flow_vph, [[1000, 0, 0], [0, 1000, 0]], atol=1e-6)
    assert_allclose(found.class_cost_s[:, 0], [1300.0, 2400.0], rtol=1e-9)
    skims = found.skim(["cost_s", "time_s", "toll_cny"])
    assert_allclose(skims["rich"]["cost_s"].loc[1, 2], 1300.0, rtol=1e-9)
    assert_allclose(skims["poor"]["cost_s"].loc[1, 2], 1500.0, rtol=1e-9)
    assert skims["poor"]["toll_cny"].loc[1, 2] == 0.0
    assert_allclose(skims["poor"]["time_s"].loc[2, 1], 600.0)  # no demand that way


@BOTH
def test_banned_trucks_count_as_two_cars_on_the_other_road(method):
    """500 trucks of 2 pce may only use link 2; 2,000 cars balance the rest.

    600 + 0.6 v = 900 + 0.6 (2000 − v + 1000): v = 1,750 cars on link 1, 250 on link 2.
    """
    network, _ = two_routes()
    classes = (UserClass("car"), UserClass("truck", use="truck", pce=2.0))
    demand = Demand(pd.Index([1, 2]), classes, trips(2000.0, 500.0))
    roads = compile_road(changed(network, allowed_uses=["car", "all", "all"]))
    found = assign(roads, demand, method, gap=1e-12)
    assert_allclose(found.class_flow_vph, [[1750, 250, 0], [0, 500, 0]], atol=1e-5)
    assert_allclose(found.flow_vph, [1750, 750, 0], atol=1e-5)
    assert_allclose(found.pce_vph, [1750, 1250, 0], atol=1e-5)
    assert np.isinf(found.class_cost_s[1, 0])
    check_flows(found, demand)
    frame = found.to_frame()
    assert_allclose(frame["flow_truck_vph"], [0, 500, 0])
    assert_allclose(frame["volume_capacity_ratio"], [1.75, 1250 / 1500, 0.0])


def test_trucks_pay_their_own_toll():
    network, _ = two_routes()
    links = changed(network, toll_cny=[1.0, 0, 0], toll_truck_cny=[7.0, np.nan, np.nan])
    roads = compile_road(links)
    assert roads.toll_cny("truck").tolist() == [7.0, 0.0, 0.0]
    assert roads.toll_cny("car").tolist() == [1.0, 0.0, 0.0]


@BOTH
def test_trucks_take_the_flat_road_where_the_other_climbs(method):
    """Trucks climb link 1 at 30 km/h, which takes 10 km x 120 s = 1,200 s and not 600 s.

    500 trucks of 1 pce and 2,500 cars. All trucks on the flat link 2: cars still balance, v1 =
    1,750 as without the climb, and link 1 costs a truck 600 s more than the 1,650 s of both.
    """
    network, _ = two_routes()
    classes = (UserClass("car"), UserClass("truck", use="truck"))
    demand = Demand(pd.Index([1, 2]), classes, trips(2500.0, 500.0))
    roads = compile_road(changed(network, truck_speed_kph=[30.0, np.nan, np.nan]))
    assert_allclose(roads.in_rows(roads.slower_s("truck")), [600.0, 0.0, 0.0])
    assert not roads.slower_s("car").any()
    found = assign(roads, demand, method, gap=1e-12)
    assert_allclose(found.class_flow_vph, [[1750, 750, 0], [0, 500, 0]], atol=1e-5)
    assert_allclose(found.time_s[:2], [1650.0, 1650.0], rtol=1e-9)
    assert_allclose(found.class_cost_s[:, :2], [[1650, 1650], [2250, 1650]], rtol=1e-9)
    check_flows(found, demand)


@BOTH
def test_a_truck_that_must_climb_takes_the_time_that_its_class_pays(method):
    """With link 2 closed to them, 500 trucks take 600 (1 + v/1000) s and 600 s more."""
    network, _ = two_routes()
    classes = (UserClass("car"), UserClass("truck", use="truck"))
    demand = Demand(pd.Index([1, 2]), classes, trips(2500.0, 500.0))
    climbing = changed(
        network, truck_speed_kph=[30.0, np.nan, np.nan], allowed_uses=["all", "car", "all"]
    )
    found = assign(compile_road(climbing), demand, method, gap=1e-12)
    skims = found.skim(["time_s", "delay_s", "cost_s", "money_cny"])
    assert_allclose(found.class_flow_vph, [[1250, 1250, 0], [500, 0, 0]], atol=1e-5)
    for field, car, truck in (
        ("time_s", 1650.0, 2250.0),
        ("cost_s", 1650.0, 2250.0),
        ("delay_s", None, 1050.0),
        ("money_cny", 0.0, 0.0),
    ):
        assert car is None or skims["car"][field].loc[1, 2] == pytest.approx(car)
        assert skims["truck"][field].loc[1, 2] == pytest.approx(truck)
    hours = (1750 * 1650 + 1250 * 1650 + 500 * 600) / 3600
    assert f"{hours:,.1f} vehicle-hours" in found.summary()
    empty = skim(compile_road(climbing), ["time_s"], use="truck")
    assert empty["time_s"].loc[1, 2] == pytest.approx(1200.0)


def test_unreachable_and_intrazonal_trips_are_accounted_for_by_class():
    network, _ = two_routes()
    roads = compile_road(changed(network, allowed_uses=["all", "all", "car"]))
    classes = (UserClass("car"), UserClass("truck", use="truck", pce=2.0))
    matrix = np.array([[[5.0, 100.0], [20.0, 0.0]], [[0.0, 10.0], [7.0, 1.0]]])
    demand = Demand(pd.Index([1, 2]), classes, matrix)
    found = assign(roads, demand)
    table = found.accounting_by_class
    assert table.loc["truck"].tolist() == [18.0, 10.0, 1.0, 7.0]
    assert table.loc["car"].tolist() == [125.0, 120.0, 5.0, 0.0]
    assert found.accounting == {
        "demand": 143.0,
        "assigned": 130.0,
        "intrazonal": 6.0,
        "unreachable": 7.0,
    }
    assert "unreachable 7.0" in found.summary()
    check_accounts(found, demand)
    check_flows(found, demand)
    check_used_routes(found, rtol=1e-5)


def test_class_that_cannot_travel_at_all_is_an_error():
    network, _ = two_routes()
    demand = build_demand([1, 2], trips(10.0), classes=[UserClass("tram", use="tram")])
    roads = compile_road(changed(network, allowed_uses="car"))
    with pytest.raises(
        ValidationError, match=r"none of the 10 veh/h of class tram .* allowed_uses"
    ):
        assign(roads, demand)


def test_zones_match_by_id_in_any_order_and_number():
    network, demand = two_routes()
    roads = compile_road(network)
    turned = build_demand([2, 1], [[0.0, 0.0], [3000.0, 0.0]])
    assert assign(roads, turned).flow_vph.tolist() == assign(roads, demand).flow_vph.tolist()
    alone = build_demand([2], [[4.0]])
    assert assign(roads, alone).accounting["intrazonal"] == 4.0


def test_unknown_zones_are_named():
    network, _ = two_routes()
    demand = build_demand([1, 7, 9], np.ones((3, 3)))
    message = r"2 of 3 zones are not zones of network two_routes \(zone 7, 9\).*look like \[1, 2\]"
    with pytest.raises(ValidationError, match=message):
        assign(compile_road(network), demand)


def test_no_trips_at_all_is_converged_with_empty_roads():
    network, demand = two_routes()
    found = assign(compile_road(network), demand.scaled(0.0))
    assert found.status == "converged"
    assert found.relative_gap == 0.0
    assert (found.flow_vph == 0).all()
    assert found.time_s.tolist() == [600.0, 900.0, 600.0]
