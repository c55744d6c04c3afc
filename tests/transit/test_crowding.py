"""Full vehicles: closed forms, another solver, laws."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import brentq

from tests.transit.test_strategies import (
    PEAK,
    PLAIN,
    SPIESS_FLORIAN,
    A,
    B,
    by_headway,
    compiled,
    persons,
    two_banks,
    zones_at,
)
from tests.transit.test_timetable import DAY
from transitplan.errors import ValidationError
from transitplan.graph.frequency import compile_frequency
from transitplan.graph.walks import Walking
from transitplan.transit.crowding import Crowding
from transitplan.transit.strategies import assign_transit
from transitplan.transit.vehicles import vehicle_capacity

FINE = Crowding(capacity={"bus": 50}, gap=1e-6, most_iterations=3000)


def test_those_who_find_no_room_walk_until_it_costs_the_same():
    """One line beside a walk: v = μc (1 − 1 / (μ (t_walk − t_ride)))^(1 / power) ride."""
    service = by_headway({"1": (6, [(0, 0), (1, 20)])})
    network = zones_at(service)
    places = Walking(speed_kph=15, detour=1.0, access_m=1, transfer_m=0, direct_m=9200, change_s=0)
    lines = compile_frequency(service, DAY, PEAK, network=network, walking=places)
    walk_s = lines.places.direct.seconds[0]
    weights = PLAIN  # the mean wait is half of a headway: 1 / μ
    per_hour, capacity = 10, 50 * 10
    longest_s = walk_s - 20 * 60
    for power in (0.2, 1.0, 2.0):
        crowding = Crowding({"bus": 50}, power=power)
        found = assign_transit(lines, persons([(1, 2, 900.0)]), weights=weights, crowding=crowding)
        expected = capacity * (1 - (3600 / per_hour / 2) / longest_s) ** (1 / power)
        assert found.crowded.converged
        assert found.accounts["by_transit"] == pytest.approx(expected, rel=1e-2)
        assert found.accounts["on_foot"] == pytest.approx(900 - expected, rel=1e-2)
        assert found.skim["cost_s"].loc[1, 2] == pytest.approx(walk_s, rel=1e-2)
        assert found.over_capacity().empty


def test_two_lines_share_by_their_effective_frequencies():
    """Both are always worth taking: v1 / v2 = f1(v1) / f2(v2), solved by Brent's method."""
    lines = compiled({"1": (6, [(0, 0), (1, 20)]), "2": (10, [(0, 0), (1, 20)])})
    found = assign_transit(lines, persons([(1, 2, 500.0)]), weights=PLAIN, crowding=FINE)

    def often(volume, per_hour):
        return per_hour * (1 - (volume / (50 * per_hour)) ** 2)

    def odds(v):
        return v * often(500 - v, 6) - (500 - v) * often(v, 10)

    first = brentq(odds, 250, 499)
    loads = found.to_frame().set_index("route_id")["passengers_pph"]
    assert loads["line 1"] == pytest.approx(first, rel=1e-6)
    assert loads.sum() == pytest.approx(500, rel=1e-12)
    wait_s = 3600 / 2 / (often(first, 10) + often(500 - first, 6))
    assert found.skim["wait_s"].loc[1, 2] == pytest.approx(wait_s, rel=1e-5)
    assert found.crowded.share[0] == pytest.approx(often(first, 10) / 10, rel=1e-6)


def test_those_who_stay_in_the_vehicle_leave_less_room():
    """30 an hour come from before; of 50 places 20 are left for 10 who board: 1 − (1/2)²."""
    lines = compiled({"1": (60, [(0, 0), (1, 10), (2, 20)])})
    trips = persons([(1, 3, 30.0), (2, 3, 10.0)])
    found = assign_transit(lines, trips, weights=PLAIN, crowding=FINE)
    assert found.crowded.share.tolist() == pytest.approx([1 - 0.6**2, 0.75, 1.0])
    assert found.skim["wait_s"].loc[2, 3] == pytest.approx(1800 / 0.75)
    assert found.crowded.iterations == 1


def test_with_room_for_all_nothing_changes():
    plenty = Crowding(capacity=dict.fromkeys(("bus", "metro"), np.inf))
    plain, roomy = two_banks(), two_banks(crowding=plenty)
    assert_allclose(roomy.volume_pph, plain.volume_pph, rtol=1e-12, atol=1e-12)
    assert_allclose(roomy.skim.values, plain.skim.values, rtol=1e-12)
    assert (roomy.crowded.relative_gap, roomy.crowded.iterations) == (
        pytest.approx(0, abs=1e-12),
        1,
    )
    lines = compiled(SPIESS_FLORIAN)
    found = assign_transit(lines, persons([(A, B, 120.0)]), weights=PLAIN, crowding=plenty)
    assert found.skim["cost_s"].loc[A, B] == pytest.approx(27.75 * 60, rel=1e-12)


def test_nobody_is_lost_and_less_room_never_costs_less():
    costs = []
    for capacity in (np.inf, 60, 20, 5):
        crowding = Crowding({"bus": capacity, "metro": capacity * 15}, most_iterations=60)
        found = two_banks(crowding=crowding)
        calls, stops = found.calls_frame(), found.stops_frame()
        assert_allclose(
            calls.groupby("course")["boardings_pph"].sum(),
            calls.groupby("course")["alightings_pph"].sum(),
        )
        left = stops["boardings_pph"] - stops["from_zones_pph"] - stops["changes_pph"]
        assert_allclose(left, 0.0, atol=1e-7)
        parts = dict(found.accounts)
        assert parts.pop("demand") == pytest.approx(sum(parts.values()), rel=1e-12)
        costs.append(found.skim["cost_s"].to_numpy())
    reachable = np.isfinite(costs[0])
    for roomy, tight in pairwise(costs):
        assert (tight[reachable] >= roomy[reachable] * (1 - 1e-2)).all()


def test_more_than_all_vehicles_take_is_said():
    lines = compiled({"1": (60, [(0, 0), (1, 10)])})
    found = assign_transit(
        lines, persons([(1, 2, 80.0)]), weights=PLAIN, crowding=Crowding({"bus": 50})
    )
    over = found.over_capacity()
    assert over[["passengers_pph", "capacity_pph"]].to_numpy().tolist() == [[80.0, 50.0]]
    assert found.skim["wait_s"].loc[1, 2] == pytest.approx(1800 / 0.01)
    roomy = assign_transit(lines, persons([(1, 2, 80.0)]), weights=PLAIN)
    assert roomy.over_capacity().empty


def test_capacities_of_routes_go_before_those_of_modes():
    service = by_headway({"1": (6, [(0, 0), (1, 20)]), "2": (6, [(0, 0), (1, 20)])})
    assert vehicle_capacity(service).tolist() == [80.0, 80.0]
    routes = service.routes
    routes["capacity"] = ["120", ""]
    named = replace(service, _tables={**service._tables, "routes": routes})
    assert vehicle_capacity(named, {"bus": 70}).tolist() == [120.0, 70.0]
    routes["capacity"] = ["many", "-3"]
    named = replace(service, _tables={**service._tables, "routes": routes})
    with pytest.raises(ValidationError, match="line 1, column capacity(.|\n)*line 2"):
        vehicle_capacity(named)
    with pytest.raises(ValidationError, match="no mode 'boat'"):
        vehicle_capacity(service, {"boat": 9})
    with pytest.raises(ValidationError, match="Crowding.power: 0 was given"):
        Crowding(power=0)
