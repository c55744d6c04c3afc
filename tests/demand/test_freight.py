"""Goods vehicles: trip ends, mean lengths, bans, refused tables."""

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.demand.background import distances_km
from transitplan.demand.freight import freight_trips, read_freight
from transitplan.model.edits import set_columns

RULES = pd.DataFrame(
    [
        ("light_truck", "car", 1.2, 9.0, 45, 0.9),
        ("truck", "truck", 2.0, 13.0, 55, 4.5),
        ("dangerous_goods", "dangerous_goods", 2.2, 13.0, 60, 4.8),
    ],
    columns=[
        "class",
        "use",
        "pce",
        "mean_km",
        "value_of_time_cny_per_h",
        "distance_cost_cny_per_km",
    ],
).assign(name="x", name_zh="某", status="assumed")
RATES = pd.DataFrame(
    [
        ("light_truck", "production", "jobs", 0.05),
        ("light_truck", "attraction", "population", 0.05),
        ("truck", "production", "jobs", 0.03),
        ("truck", "attraction", "jobs", 0.03),
        ("dangerous_goods", "production", "jobs", 0.002),
        ("dangerous_goods", "attraction", "population", 0.002),
    ],
    columns=["purpose", "end", "attribute", "value"],
).assign(unit="trips/day")
USES = ("car", "truck", "dangerous_goods")


@pytest.fixture(scope="module")
def network():
    return tp.read_network("networks/two_banks/2025")


def made_on(network, rules=RULES, zones=None):
    read = read_freight(rules, USES)
    roads = tp.compile_road(network)
    km = distances_km(roads, [rule.user_class for rule in read])
    zones = network.zones if zones is None else zones
    return freight_trips(zones, RATES, read, km, roads.zone_ids), km


def without_dangerous_goods(network, crossings):
    return banned(network, network.links["crossing_id"].isin(crossings))


def banned(network, rows):
    uses = network.links["allowed_uses"].mask(rows, "no_dangerous_goods")
    return set_columns(network, {"allowed_uses": uses}, reason="a ban")


def test_ends_and_mean_lengths_are_met(network):
    made, km = made_on(network)
    jobs, people = (network.zones[name].to_numpy(float) for name in ("jobs", "population"))
    for k, (origins, destinations) in enumerate(
        ((0.05 * jobs, people), (0.03 * jobs, jobs), (0.002 * jobs, people))
    ):
        trips = made.trips_per_day[k]
        np.testing.assert_allclose(trips.sum(axis=1), origins, rtol=1e-9)
        ends = destinations * origins.sum() / destinations.sum()
        np.testing.assert_allclose(trips.sum(axis=0), ends, rtol=1e-9)
        length = km[made.class_names[k]]
        driven = trips[trips > 0] @ length[trips > 0]
        assert driven / trips.sum() == pytest.approx(RULES["mean_km"][k], rel=1e-9)
    accounts = made.accounts.set_index("item")["value"]
    assert accounts["truck trips within zones"] == pytest.approx(np.trace(made.trips_per_day[1]))
    assert accounts["truck trips within zones"] > 0
    assert accounts["truck trips"] == accounts["truck produced"] == pytest.approx(0.03 * jobs.sum())


def test_a_ban_of_dangerous_goods_alone_moves_them_alone(network):
    before, _ = made_on(network)
    after, km = made_on(without_dangerous_goods(network, ["E"]))
    np.testing.assert_array_equal(before.trips_per_day[:2], after.trips_per_day[:2])
    assert not np.allclose(before.trips_per_day[2], after.trips_per_day[2], rtol=0.01)
    assert (km["dangerous_goods"] >= km["truck"] - 1e-9).all()


def test_what_a_class_cannot_reach_gets_none_of_it(network):
    """No crossing left: each bank keeps its own trips, all of them."""
    shorter = RULES.assign(mean_km=[9.0, 13.0, 7.0])
    made, km = made_on(without_dangerous_goods(network, ["W", "E"]), shorter)
    north = network.zones["district"].eq("North bank").to_numpy()
    trips = made.trips_per_day[2]
    assert np.isinf(km["dangerous_goods"][np.ix_(north, ~north)]).all()
    assert trips[np.ix_(north, ~north)].sum() == trips[np.ix_(~north, north)].sum() == 0
    np.testing.assert_allclose(trips.sum(axis=1), 0.002 * network.zones["jobs"], rtol=1e-9)


def test_zones_that_a_class_cannot_leave_and_lengths_it_cannot_have_are_named(network):
    shut = banned(network, network.links["from_node_id"] == 2)  # the way out of Northgate
    with pytest.raises(tp.ValidationError, match="dangerous_goods cannot leave zones 2, which"):
        made_on(shut)
    with pytest.raises(tp.ConvergenceError, match="class truck: .* mean of 90"):
        made_on(network, RULES.assign(mean_km=[9.0, 90.0, 13.0]))


def test_tables_are_refused_with_every_problem(network):
    wrong = RULES.assign(use=["van", "truck", "truck"], pce=[0, 1, "x"], mean_km=[9, -1, 0])
    wrong = wrong.assign(border_share=[0.1, 0.5, 0.3])
    with pytest.raises(tp.ValidationError) as caught:
        read_freight(wrong, USES)
    for part in (
        "freight rules, column use: line 2 is none of car, truck",
        "column pce: line 4 is not a number",
        "column pce: line 2 is 0",
        "column mean_km: line 3 is not a number of 0 or more",
        "column mean_km: line 4 is 0",
        "border_share adds up to 0.9, not to 1",
    ):
        assert any(part in problem for problem in caught.value.problems), part
    with pytest.raises(tp.ValidationError) as caught:
        made_on(network, RULES.assign(**{"class": ["light_truck", "heavy", "dangerous_goods"]}))
    assert set(caught.value.problems) == {
        "freight: class heavy has no rates of trips.",
        "freight: class truck has rates, but no row in the freight rules.",
    }


def test_light_trucks_are_cars_that_carry_goods():
    light = read_freight(RULES, USES)[0].user_class
    assert (light.use, light.purpose, light.payer) == ("car", "freight", "car")
