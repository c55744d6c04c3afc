"""Costs of all modes in one measure: against the costs of the skims themselves, and the choice."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from transitplan.demand.choice import Nest, choose
from transitplan.demand.mode_costs import PARTS, ModeTerms, mode_costs
from transitplan.errors import NotFoundError, ValidationError
from transitplan.graph.frequency import compile_frequency
from transitplan.graph.road import compile_road
from transitplan.io import read_network
from transitplan.model.demand import UserClass
from transitplan.paths import skim
from transitplan.transit import TransitWeights, skim_transit
from transitplan.transit.park_and_ride import Parking, skim_park_and_ride

WEIGHTS = TransitWeights(walk=1.9, wait=2.3, transfer_s=240, value_of_time_cny_per_h=24)


@pytest.fixture(scope="module")
def skims():
    network = read_network("networks/two_banks/2025")
    roads = compile_road(network)
    lines = compile_frequency(network.transit, "2025-03-05", (7, 9), network=network)
    parking = Parking(walk_s=90, parking_cny=4, penalty_s=0, cny_per_km=0.7)
    return {
        "car": skim(
            roads,
            ["time_s", "length_m", "money_cny", "cost_s"],
            user_class=UserClass("car", value_of_time_cny_per_h=24, distance_cost_cny_per_km=0.7),
        ),
        "transit": skim_transit(lines, weights=WEIGHTS),
        "walk": skim(roads, use="walk"),
        "e_bike": skim(roads, use="cycle"),
        "park_and_ride": skim_park_and_ride(roads, lines, parking=parking, weights=WEIGHTS).skim,
    }


def test_the_generalised_cost_is_that_by_which_the_paths_were_chosen(skims):
    found = mode_costs(skims, weights=WEIGHTS)
    for mode in ("car", "transit", "park_and_ride"):
        assert_allclose(found.values[mode]["cost_min"] * 60, skims[mode]["cost_s"], rtol=1e-9)
    walk = skims["walk"]["time_s"]
    assert_allclose(found.values["walk"]["cost_min"], 1.9 * walk / 60, rtol=1e-12)
    assert_allclose(found.values["e_bike"]["vehicle_min"], skims["e_bike"]["time_s"] / 60)
    rows = found.to_frame()
    assert (rows["o_zone_id"] != rows["d_zone_id"]).all()
    assert list(rows.columns) == ["o_zone_id", "d_zone_id", "mode", *PARTS]
    assert set(rows.loc[rows["d_zone_id"] == 7, "mode"]) == {"car", "walk", "e_bike"}


def test_terms_by_hand(skims):
    terms = {"car": ModeTerms(money_cny=5, cny_per_km=0.3, persons=1.4, constant_min=7)}
    found = mode_costs(skims, weights=WEIGHTS, terms=terms).values["car"]
    car = {name: skims["car"][name].loc[1, 4] for name in ("time_s", "length_m", "money_cny")}
    money = (car["money_cny"] + 5 + 0.3 * car["length_m"] / 1000) / 1.4
    assert found["money_cny"][0, 3] == pytest.approx(money, rel=1e-12)
    assert found["cost_min"][0, 3] == pytest.approx(car["time_s"] / 60 + money * 2.5 + 7, rel=1e-12)


def test_the_nested_logit_takes_them_as_they_are(skims):
    costs = mode_costs(skims, weights=WEIGHTS)
    tree = Nest(
        "all",
        (
            Nest("motor", ("car", "park_and_ride"), 0.6),
            "transit",
            Nest("own", ("walk", "e_bike"), 0.8),
        ),
    )
    found = choose(tree, costs.utilities(-0.05, {"car": -0.4}))
    total = sum(found.shares.values())
    assert_allclose(total, 1.0, rtol=1e-12)
    away = ~np.isfinite(costs.values["transit"]["cost_min"])
    assert away.any()
    assert (found.shares["transit"][away] == 0).all()
    minutes = {mode: costs.values[mode]["cost_min"][0, 3] for mode in costs.modes}
    u = {mode: -0.05 * m - 0.4 * (mode == "car") for mode, m in minutes.items()}
    motor = 0.6 * np.log(np.exp(u["car"] / 0.6) + np.exp(u["park_and_ride"] / 0.6))
    own = 0.8 * np.log(np.exp(u["walk"] / 0.8) + np.exp(u["e_bike"] / 0.8))
    every = np.exp([motor, u["transit"], own])
    assert found.shares["transit"][0, 3] == pytest.approx(every[1] / every.sum(), rel=1e-9)
    in_motor = np.exp((u["car"] - motor) / 0.6)
    assert found.shares["car"][0, 3] == pytest.approx(every[0] / every.sum() * in_motor, rel=1e-9)


def test_wrong_input_is_said(skims):
    with pytest.raises(ValidationError, match="kilometres of transit cost"):
        mode_costs(skims, terms={"transit": ModeTerms(cny_per_km=1)})
    with pytest.raises(NotFoundError, match="terms: no mode 'boat'"):
        mode_costs(skims, terms={"boat": ModeTerms()})
    with pytest.raises(ValidationError, match="no skim was given"):
        mode_costs({})
    with pytest.raises(ValidationError, match="per_min: 0.1 was given"):
        mode_costs(skims).utilities(0.1)
    with pytest.raises(NotFoundError, match="constants: no mode 'boat'"):
        mode_costs(skims).utilities(-0.1, {"boat": 1})
    with pytest.raises(ValidationError, match="ModeTerms.persons: 0 was given"):
        ModeTerms(persons=0)
