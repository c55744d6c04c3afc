"""Light trucks and dangerous goods: what a ban of the one costs, and that they are told apart."""

import dataclasses
import shutil

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from tests.appraisal.hours import CASE, hour
from transitplan.appraisal import tables, vehicles
from transitplan.appraisal.benefits import class_benefits
from transitplan.appraisal.dangerous_goods import goods_times
from transitplan.appraisal.scoring import indicators
from transitplan.appraisal.toll_hour import toll_hour
from transitplan.appraisal.toll_tables import present_rows
from transitplan.appraisal.worth import hour_benefits, hour_components, hour_totals, hour_worth
from transitplan.model.demand import Demand, UserClass
from transitplan.model.edits import set_columns
from transitplan.scenario.run import Runner, whole
from transitplan.scenario.variants import Toll, Variant

CLASSES = (
    UserClass("car_other", purpose="other", value_of_time_cny_per_h=27.0),
    UserClass("light_truck", purpose="freight", pce=1.3, value_of_time_cny_per_h=45.0,
              distance_cost_cny_per_km=1.2),
    UserClass("truck", "truck", purpose="freight", pce=2.0, value_of_time_cny_per_h=55.0,
              distance_cost_cny_per_km=4.5),
    UserClass("dangerous_goods", "dangerous_goods", purpose="freight", pce=2.0,
              value_of_time_cny_per_h=60.0, distance_cost_cny_per_km=4.5),
)  # fmt: skip
GOODS = "dangerous_goods"
BRIDGE, TUNNEL = "middle-bridge", "middle-tunnel"
BUILT = {option: Variant(2035, (option,)) for option in (BRIDGE, TUNNEL)}
NOTHING = Variant(2035)
TOLLED = Variant(
    2035, (BRIDGE,), tolls=(Toll("N", "car", 3.0), Toll("N", "truck", 8.0)), plates=True
)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """One vehicle an hour of each class from the old town to Northgate: roads are empty.

    The tunnel differs from the bridge only in that dangerous goods may not use it.
    """
    folder = tmp_path_factory.mktemp("goods")
    shutil.copytree("networks/two_banks", folder / "networks" / "two_banks")
    path = folder / "networks" / "two_banks" / "options" / "middle.toml"
    bridge, tunnel = path.read_text(encoding="utf-8").split('[[forms]]\nform = "tunnel"')
    tunnel = tunnel.replace('"light"', '"no_dangerous_goods"').replace("11100", "11200")
    path.write_text(f'{bridge}[[forms]]\nform = "tunnel"{tunnel}', encoding="utf-8")
    zones = pd.Index(range(1, 9), name="zone_id")
    trips = np.zeros((len(CLASSES), 8, 8))
    trips[:, 5, 1] = 1.0
    out = folder / "od_matrices" / "two_banks"
    out.mkdir(parents=True)
    for year in (2025, 2035):
        tp.write_demand(Demand(zones, CLASSES, trips), out / f"{year}_am.omx")
    return tp.read_case(folder / "networks" / "two_banks")


@pytest.fixture(scope="module")
def runs(case):
    with Runner(case, processes=1, gap=1e-9) as runner:
        return runner.take([NOTHING, *BUILT.values(), TOLLED], whole)


def test_a_ban_of_dangerous_goods_costs_them_their_detour_and_nobody_else(case, runs):
    """By the bridge 3.61 km at 30, 11.2 at 60, 3.61 at 30 km/h: 1,538.4 s and 18.42 km.

    Round by the west bridge 6.83 at 30, 4.69 at 48, 11.1 at 60, 9.38 at 65, 3.61 at 30 km/h:
    2,790.05 s and 35.61 km (the east bridge is faster, but 1.47 km longer and 18 CNY).
    """
    totals = {option: hour_totals(case, runs[variant]) for option, variant in BUILT.items()}
    by_class = {option: each.by_class.loc[GOODS] for option, each in totals.items()}
    assert by_class[BRIDGE]["time_h"] * 3600 == pytest.approx(1538.4, rel=1e-6)
    assert by_class[TUNNEL]["time_h"] * 3600 == pytest.approx(2790.05, rel=1e-5)
    assert by_class[BRIDGE]["distance_km"] == pytest.approx(18.42)
    assert by_class[TUNNEL]["distance_km"] == pytest.approx(35.61)
    gained = hour_benefits(totals[TUNNEL], totals[BRIDGE])
    assert gained.loc[GOODS, "time_cny"] == pytest.approx(1251.65 / 60, rel=1e-5)
    assert gained.loc[GOODS, "operating_cny"] == pytest.approx(17.19 * 4.5, rel=1e-5)
    assert gained.loc[GOODS, ["co2_cny", "air_cny", "accidents_cny"]].gt(0).all()
    assert gained.drop(index=GOODS).abs().to_numpy().max() < 1e-3
    worth = hour_worth(totals[TUNNEL], totals[BRIDGE])
    assert worth == pytest.approx(gained.loc[GOODS].drop("reliability_cny").sum(), abs=1e-3)
    by_pairs = class_benefits(runs[BUILT[TUNNEL]], runs[BUILT[BRIDGE]], runs[BUILT[BRIDGE]].demand)
    by_pairs = by_pairs.set_index("class_name")["total_cny"]
    assert by_pairs[GOODS] == pytest.approx(1251.65 / 60 + 17.19 * 4.5, rel=1e-5)


def test_light_trucks_on_a_crossing_are_cars_and_dangerous_goods_trucks(case, runs):
    keyed = {("none", 2035): runs[NOTHING]}
    keyed |= {(option, 2035): runs[variant] for option, variant in BUILT.items()}
    networks = {key: run.network for key, run in keyed.items()}
    gains = pd.DataFrame({"option_id": [key[0] for key in keyed], "year": 2035, "total_cny": 0.0})
    daily = tables.options(case, keyed, networks, gains).set_index("option_id")
    share = case.values["peak_share_crossing"]
    assert daily["daily_trucks"].to_dict() == pytest.approx(
        {"none": 0.0, BRIDGE: 2 / share, TUNNEL: 1 / share}, abs=1e-5
    )
    assert daily.loc[BRIDGE, "daily_vehicles"] == pytest.approx(4 / share)


def test_the_toll_of_trucks_is_that_of_dangerous_goods_and_plates_free_no_light_truck(case, runs):
    found = toll_hour(case, runs[TOLLED])
    assert [each.name for each in found.classes] == [
        "car_other", "car_other_other_plate", "light_truck", "truck", GOODS,
    ]  # fmt: skip
    assert {each.name: each.payer for each in found.classes}["light_truck"] == "car_other_plate"
    rows = present_rows(case, found).set_index(["crossing_id", "class_name"])
    passed, paid = found.passages_vph.loc["N"], found.paid_cny.loc["N"]
    assert (paid / passed)[[GOODS, "truck", "light_truck"]].tolist() == [8.0, 8.0, 3.0]
    assert rows.loc["N", "plate"].to_dict() == {
        "car_other": "local",
        "car_other_other_plate": "other",
        **dict.fromkeys(("light_truck", "truck", GOODS), ""),
    }
    assert found.of_fleet("truck") == ["truck", GOODS]
    assert found.of_fleet("car") == ["car_other", "car_other_other_plate", "light_truck"]


def test_a_use_whose_trips_are_in_the_money_is_not_counted_again(case):
    """Bus, cycle and walk are left: one form lets them all in, the other two of them."""
    rows = pd.DataFrame({"site_id": "middle", "option_id": ["none", BRIDGE, TUNNEL]})
    rows = rows.assign(form=["none", "bridge", "tunnel"], banned_uses=["", GOODS, f"{GOODS}, walk"])
    gains = pd.DataFrame({"option_id": rows["option_id"], "year": 2035, "cluster_id": ""})
    found = indicators(case, rows, gains.assign(user_benefit_cny=1.0)).loc["middle"]
    assert found["other_uses_let_in"].tolist() == pytest.approx([0.0, 1.0, 2 / 3])


def test_ways_between_places_are_as_slow_as_those_of_the_class(case, runs):
    """The table of detours and the assignment know one speed of dangerous goods on climbs."""
    run = runs[BUILT[BRIDGE]]
    links = run.network.links
    slow = links["truck_speed_kph"].mask(links["crossing_id"].isin(["N", "W"]), 30.0)
    steep = set_columns(run.network, {"truck_speed_kph": slow}, reason="climbs")
    roads = tp.compile_road(steep)
    lost = roads.in_rows(roads.slower_s(GOODS))
    assert lost.max() == pytest.approx(11_200 / (30 / 3.6) - 11_200 / (60 / 3.6))
    table = goods_times(case, dataclasses.replace(run, network=steep))
    way = tp.skim(roads, ["time_s"], use=GOODS)["time_s"]
    places = case.network.clusters.set_index("cluster_id")["zone_id"]
    for row in table.itertuples():
        expected = way.loc[places[row.origin_id], places[row.destination_id]] / 60
        assert row.free_min == pytest.approx(expected)


@pytest.mark.parametrize("name", ["operating_cny_per_km", "co2_kg_per_km", "nox_g_per_km",
                                  "pm_g_per_km", "air_cny_per_km"])  # fmt: skip
def test_dangerous_goods_cost_and_emit_as_trucks(name):
    curve = getattr(vehicles, name)
    np.testing.assert_array_equal(curve(GOODS, CASE, 2030), curve("truck", CASE, 2030))
    assert (curve(GOODS, CASE, 2030) != curve("car", CASE, 2030)).any()


def test_values_of_goods_vehicles_move_with_those_of_trucks_and_light_ones_cost_their_own():
    """100 h and 1,000 km of each less, at 50 km/h, where running costs its least or more."""

    def of(time_h, km):
        made = hour(time_h=time_h, km=km)
        made.by_class.index = pd.Index(["light_truck", GOODS], name="class_name")
        return replaced(made)

    def replaced(made):
        table = made.by_class.assign(use=["car", GOODS], purpose="freight")
        table["value_of_time_cny_per_h"] = [45.0, 60.0]
        table["distance_cost_cny_per_km"] = [1.2, 4.5]
        return type(made)(**{**vars(made), "by_class": table})

    before, after = of(300.0, 3000.0), of(200.0, 2000.0)
    parts = hour_components(before, after)
    assert parts["time"].tolist() == [[4500.0, 6000.0]]
    assert parts["operating"].tolist() == [[1200.0, 4500.0]]
    dearer = vehicles.dearness(CASE)[0] @ vehicles.share_by_speed(np.array([50.0]))[0]
    light = 1200.0 * (dearer - 1.0)
    heavy = 1000.0 * CASE["operating_cost_truck"] * dearer - 4500.0
    np.testing.assert_allclose(parts["unperceived"], [[light, heavy]], atol=1e-9)
    more = {**CASE, "value_of_time_truck": 110.0, "distance_cost_truck": 9.0}
    parts = hour_components(before, after, more)
    assert parts["time"].tolist() == [[9000.0, 12000.0]]
    assert parts["operating"].tolist() == [[1200.0, 9000.0]]
