"""The demand model with congestion on the two banks: laws, a fixed point, tables refused."""

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.demand.choice import Nest
from transitplan.demand.distribution import Exponential, gravity
from transitplan.demand.generation import generate
from transitplan.demand.mode_costs import ModeTerms, mode_costs
from transitplan.demand.time_of_day import read_day
from transitplan.demand.travel import read_rules, travel
from transitplan.scenario.demand_model import DemandModel, other_costs, solve_demand

MODES = ("car", "transit", "walk", "ebike")
TREE = Nest("all", ("car", "transit", Nest("slow", ("walk", "ebike"), 0.7)))
RULES = pd.DataFrame(
    {
        "purpose": ["work", "other"],
        "scale_per_min": [0.05, 0.06],
        "deterrence_per_min": [0.015, 0.03],
        "occupancy": [1.2, 1.6],
        "value_of_time_cny_per_h": [35, 25],
        "constant_transit": [0.5, ""],
        "constant_ebike": [-1.5, -1.5],
    }
)
RATES = pd.DataFrame(
    [
        ("work", "production", "population", 0.7),
        ("work", "attraction", "jobs", 1.0),
        ("other", "production", "population", 0.4),
        ("other", "attraction", "jobs", 0.5),
        ("other", "attraction", "population", 0.3),
    ],
    columns=["purpose", "end", "attribute", "value"],
).assign(unit="trips/day")
DIRECTIONS = pd.DataFrame(
    [
        ("work", "am", 0.4, 0.02),
        ("work", "rest", 0.1, 0.48),
        ("other", "am", 0.1, 0.05),
        ("other", "rest", 0.4, 0.45),
    ],
    columns=["purpose", "period", "outbound_share", "return_share"],
)
PERIODS = pd.DataFrame(
    {"period": ["am", "rest"], "hours": [2, 22], "peak_hour_share": [0.55, 0.09]}
)


@pytest.fixture(scope="module")
def model():
    network = tp.read_network("networks/two_banks/2025")
    zones = network.zones.assign(car_available_share=0.8)
    ends = generate(zones, RATES, tp.compile_road(network).zone_ids)
    lines = tp.compile_frequency(network.transit, "2025-03-05", (7, 9), network=network)
    roads = tp.compile_road(network)
    skims = {"transit": tp.skim_transit(lines), "walk": tp.skim(roads, use="walk")}
    skims["ebike"] = tp.skim(roads, use="cycle")
    costs = mode_costs(skims, terms={"ebike": ModeTerms(vehicle_weight=1.2)})
    return DemandModel(
        network,
        ends,
        read_day(DIRECTIONS, PERIODS, ends.purposes),
        read_rules(RULES, ends.purposes, MODES),
        TREE,
        other_costs(costs, longest_min={"walk": 90}),
        distance_cost_cny_per_km=0.7,
        terminal_s=240.0,
    )


@pytest.fixture(scope="module")
def solved(model):
    return solve_demand(model, threads=1)


def test_trips_and_times_agree(model, solved):
    assert solved.status == "converged"
    assert solved.gap <= 1e-3
    assert solved.history["demand_supply_gap"].iloc[0] > 0.1  # there is something to agree on
    # From the times that were found, one more pass through the demand gives the same trips.
    again = solve_demand(model, gap=1e-5, threads=1)
    for period, demand in solved.demand.items():
        far = np.abs(again.demand[period].trips_vph - demand.trips_vph).sum()
        assert far < 0.01 * demand.total_vph
    assert len(again.history) < 50


def test_every_trip_is_accounted_for(model, solved):
    ends, accounts = model.ends, solved.accounts
    np.testing.assert_allclose(solved.travel.total.sum(axis=2), ends.productions, rtol=1e-6)
    np.testing.assert_allclose(solved.travel.total.sum(axis=1), ends.attractions, rtol=1e-6)
    by_mode = sum(accounts[f"{mode}_per_day"] for mode in MODES)
    assert by_mode == pytest.approx(accounts["produced_per_day"], rel=1e-6)
    occupancy = np.array([rule.occupancy for rule in model.rules])
    persons = sum(
        (demand.trips_vph.sum(axis=(1, 2)) * occupancy).sum() / model.day.hour_share[period]
        for period, demand in solved.demand.items()
    )
    assert persons == pytest.approx(accounts["car_per_day"])
    assert all((each >= 0).all() for each in solved.travel.trips.values())
    found = solved.assignment["am"].accounting
    assert found["demand"] == pytest.approx(accounts["am_vph"])
    assert found["intrazonal"] > 0
    assert found["unreachable"] == pytest.approx(0, abs=1e-6)


def test_congestion_sends_trips_elsewhere(model, solved):
    """Fewer car trips, and shorter ones, than over empty roads; with more lanes, more again."""
    free = solve_demand(model, rounds=1, strict=False, threads=1)
    assert solved.accounts["car_per_day"] < free.accounts["car_per_day"]
    assert solved.accounts["transit_per_day"] > free.accounts["transit_per_day"]
    assert free.status == "round limit"
    with pytest.raises(tp.ConvergenceError, match="demand-supply gap of"):
        solve_demand(model, rounds=1, threads=1)


def test_background_traffic_is_assigned_and_slows_cars(model, solved):
    zones = model.ends.zone_ids
    trips = np.zeros((1, len(zones), len(zones)))
    trips[0, 6, 7] = 400.0
    trucks = tp.Demand(zones, (tp.UserClass("truck", use="truck", pce=2.0),), trips)
    parts = {name: getattr(model, name) for name in model.__dataclass_fields__}
    slower = solve_demand(DemandModel(**parts | {"background": {"am": trucks}}), threads=1)
    assert slower.demand["am"].matrix("truck").to_numpy().sum() == pytest.approx(400)
    car_s = [each.car_s[0][np.isfinite(each.car_s[0])].sum() for each in (solved, slower)]
    assert car_s[1] > car_s[0]
    other = tp.Demand(zones[::-1], trucks.classes, trips)
    with pytest.raises(tp.ValidationError, match="background of am has other zones") as caught:
        DemandModel(**parts | {"background": {"am": other, "noon": trucks}})
    assert len(caught.value.problems) == 2


def test_one_mode_and_one_segment_are_plain_gravity(model):
    """With the car alone the composite cost is the cost of the car, less its constant."""
    rng = np.random.default_rng(4)
    ends = model.ends
    n = len(ends.zone_ids)
    cost = rng.uniform(300, 3000, (2, n, n))
    all_cars = type(ends)(
        ends.zone_ids, ends.purposes, ends.productions, ends.attractions, {}, np.ones(n)
    )
    found = travel(all_cars, {"car": cost}, model.rules, Nest("all", ("car",)))
    for k, rule in enumerate(model.rules):
        wanted = gravity(
            ends.productions[k], ends.attractions[k], cost[k], Exponential(rule.deterrence_per_s)
        )
        np.testing.assert_allclose(found.trips["car"][k], wanted, rtol=1e-6, atol=1e-9)


def test_those_without_a_car_do_not_drive(model):
    ends = model.ends
    none = type(ends)(
        ends.zone_ids, ends.purposes, ends.productions, ends.attractions, {}, 0 * ends.car_share
    )
    n = len(ends.zone_ids)
    cost = {"car": np.full((2, n, n), 60.0), "walk": np.full((2, n, n), 3600.0)}
    found = travel(none, cost, model.rules, Nest("all", ("car", "walk")))
    assert found.trips["car"].sum() == 0
    assert found.shares()["walk"].tolist() == [1.0, 1.0]
    with pytest.raises(tp.ValidationError, match="costs of car, rules for car, walk"):
        travel(none, {"car": cost["car"]}, model.rules, Nest("all", ("car", "walk")))


def test_a_bad_table_of_rules_is_refused_with_all_problems():
    bad = RULES.assign(deterrence_per_min=[0.06, 0.0], occupancy=[0.5, 1.6], constant_tram=1.0)
    bad["value_of_time_cny_per_h"] = [0, "much"]
    with pytest.raises(tp.ValidationError) as caught:
        read_rules(bad, ["work", "other", "school"], MODES)
    for part in (
        "column occupancy: line 2 is not a number of 1 or more",
        "column value_of_time_cny_per_h: line 3 is not a number",
        "column value_of_time_cny_per_h: line 2 is 0",
        "column deterrence_per_min: lines 2, 3 are 0 or above scale_per_min",
        "column constant_tram: no such mode",
        "no row of school",
    ):
        assert part in str(caught.value)


def test_modes_within_zones_and_their_limits(model):
    walk, transit = model.other_s["walk"], model.other_s["transit"]
    assert np.isinf(np.diag(transit)).all()
    near = np.where(np.eye(len(walk), dtype=bool), np.inf, model.other_s["ebike"])
    np.testing.assert_allclose(np.diag(model.other_s["ebike"]), 0.5 * near.min(axis=1))
    assert np.isinf(walk[0, 1])  # 15 km
    assert np.isfinite(np.diag(walk)).all()
