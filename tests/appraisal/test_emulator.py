"""The surface between solved worlds: exact where it can be, honest where it cannot."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.appraisal import emulator as module
from transitplan.appraisal.chance import Triangular
from transitplan.appraisal.emulator import (
    TRAFFIC,
    design,
    emulate,
    leave_one_out,
    surface_through,
)
from transitplan.appraisal.worth import hour_totals, hour_worth
from transitplan.errors import ValidationError
from transitplan.scenario.run import Runner
from transitplan.scenario.variants import Variant

RANGES = {
    "trips_scale": Triangular(0.7, 1.0, 1.2),
    "value_of_time_scale": Triangular(0.8, 1.0, 1.4),
}


def quadratic(points):
    x, y = points.T
    return 3 - 2 * x + y + 4 * x * x - x * y + 0.5 * y * y


def kinked(points):
    x, y = points.T
    return np.maximum(0.0, x - 0.93) * y


def inside(n, seed=1):
    shares = np.random.default_rng(seed).uniform(size=(n, 2))
    return np.column_stack(
        [each.at(share) for each, share in zip(RANGES.values(), shares.T, strict=True)]
    )


def test_a_quadratic_is_met_everywhere_and_its_errors_are_nothing():
    known = design(RANGES, 9, 4)[list(TRAFFIC)].to_numpy()
    surface, there = surface_through(known), inside(200)
    np.testing.assert_allclose(
        surface.shares(there) @ quadratic(known), quadratic(there), rtol=1e-9
    )
    assert np.abs(leave_one_out(known, quadratic(known))).max() < 1e-9


def test_known_points_are_met_whatever_the_heights():
    known = design(RANGES, 9, 4)[list(TRAFFIC)].to_numpy()
    np.testing.assert_allclose(surface_through(known).shares(known), np.eye(13), atol=1e-9)


@pytest.mark.parametrize("n_points", [9, 13])
def test_the_error_of_a_kinked_function_is_as_measured(monkeypatch, n_points):
    """Held-out points say what is missed elsewhere, within a factor of three."""
    monkeypatch.setattr(module, "hour_worth", lambda _, other: other.worth)
    worlds = design(RANGES, n_points, 8)
    there = worlds[list(TRAFFIC)].to_numpy()
    hours = [
        (
            SimpleNamespace(cost_error_cny_per_h=0.0),
            SimpleNamespace(cost_error_cny_per_h=0.0, worth=at),
        )
        for at in kinked(there)
    ]
    points, error = module._judged(worlds, hours)
    first = there[:n_points]
    fresh = inside(2000)
    missed = surface_through(first).shares(fresh) @ kinked(first) - kinked(fresh)
    true = np.sqrt(np.mean(missed**2))
    assert true > 1e-3  # the kink is really missed
    assert true / 3 < error["error_cny_per_h"] < 3 * true
    assert error["error_max_cny_per_h"] >= error["error_cny_per_h"]
    design_rows = points["role"] == "design"
    np.testing.assert_allclose(
        points["emulated_cny_per_h"][design_rows], points["worth_cny_per_h"][design_rows], atol=1e-9
    )


def test_the_design_begins_with_today_and_stays_inside():
    worlds = design(RANGES, 11, 4)
    assert worlds.iloc[0][list(TRAFFIC)].tolist() == [1.0, 1.0]
    assert worlds["role"].tolist() == ["design"] * 11 + ["held_out"] * 4
    assert not worlds.duplicated(list(TRAFFIC)).any()
    for name, each in RANGES.items():
        assert worlds[name].between(each.low, each.high).all()


@pytest.fixture(scope="module")
def case():
    return tp.read_case("networks/two_banks")


@pytest.fixture(scope="module")
def solved(case):
    small = replace(case, years={2035: case.years[2035]})
    with Runner(small, processes=1) as runner:
        found = emulate(small, runner, n_points=9, n_held_out=2)
        there = Variant(2035, ("middle-bridge",), trips=1.1, value_of_time=0.9)
        totals = runner.take([there.base, there], hour_totals)
    return small, found, (totals[there.base], totals[there])


def test_every_world_is_solved_once_and_counted(solved):
    _, found, _ = solved
    assert found.n_equilibria == 11 * 1 * 3
    assert len(found.points) == 11 * 2
    assert set(found.errors["option_id"]) == {"middle-bridge", "middle-tunnel"}
    today = found.worth("middle-bridge", {})[2035]
    np.testing.assert_allclose(today, found.errors["worth_cny_per_h"][0], rtol=1e-9)


def test_traffic_of_another_world_is_as_it_is_assigned(solved):
    case, found, hours = solved
    solved_worth = hour_worth(*hours)
    changed = {"trips_scale": np.array([1.0, 1.1]), "value_of_time_scale": 0.9}
    emulated = found.worth("middle-bridge", changed)[2035][1]
    error = found.error("middle-bridge")[2035]
    assert abs(emulated / solved_worth - 1) < 0.02
    assert abs(emulated - solved_worth) < 5 * error
    # A price of the hour moves the emulated worth as it moves the assigned one.
    dear = {**changed, "carbon_price": np.array([200.0, 900.0])}
    moved = found.worth("middle-bridge", dear)[2035][1] - emulated
    expected = hour_worth(*hours, {**case.values, "carbon_price": 900.0})[0] - solved_worth
    assert moved == pytest.approx(expected, rel=0.05)
    assert "carbon_price" in found.prices
    assert "benefit_growth" not in found.prices


def test_a_world_outside_the_solved_ones_is_refused(solved):
    _, found, _ = solved
    with pytest.raises(ValidationError, match="trips_scale 0.5 to 1 is outside 0.8 to 1.2"):
        found.worth("middle-bridge", {"trips_scale": np.array([0.5, 1.0])})


def test_ranges_that_make_no_worlds_are_all_named(case):
    rows = case.parameters
    rows = rows[rows["parameter_id"] != "trips_scale"]
    rows = rows.assign(high=rows["high"].where(rows["parameter_id"] != "value_of_time_scale", 1.0))
    with pytest.raises(ValidationError) as caught:
        emulate(replace(case, parameters=pd.DataFrame(rows)), None)
    assert "no row trips_scale. Add it" in str(caught.value)
    assert "value_of_time_scale is 1 (0.8 to 1)" in str(caught.value)
    with pytest.raises(ValidationError, match="6 points and 4 held out; give at least 7 and 1"):
        emulate(case, None, n_points=6)
