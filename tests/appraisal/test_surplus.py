"""Areas under demand curves against each other, quadrature and a published example."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad

from transitplan.appraisal.benefits import rule_of_half
from transitplan.appraisal.surplus import (
    elastic_surplus,
    gravity_surplus,
    integrated_surplus,
    logsum_surplus,
    new_way_surplus,
)
from transitplan.demand.choice import Nest
from transitplan.demand.generation import TripEnds
from transitplan.demand.response import answer
from transitplan.demand.travel import Rule, travel
from transitplan.errors import ValidationError

SCALE, DETERRENCE = 0.05 / 60, 0.02 / 60


def half(trips_0, trips_1, cost_0, cost_1):
    return rule_of_half(*(np.array([each]) for each in (trips_0, trips_1, cost_0, cost_1)))[0]


def logit(costs, scale):
    weights = np.exp(-scale * np.asarray(costs))
    return weights / weights.sum(axis=0)


def test_a_published_example_of_the_rule_of_a_half():
    """Garber & Hoel, *Traffic and highway engineering*, chapter 13: 52.13 dollars a day.

    Demand falls in a line from 500 vehicles a day to none at $1.50; the cost falls from $1.00 to
    $0.75. They round the trips to 167 and 250 and find $19,027 a year.
    """
    found = half(167.0, 250.0, 1.00, 0.75)
    assert found == pytest.approx(52.13, abs=0.006)
    assert found * 365 == pytest.approx(19_027.45, abs=2.0)
    exact = integrated_surplus(lambda cost: 500.0 * (1 - cost / 1.5), 1.00, 0.75)
    assert half(500 / 3, 250.0, 1.00, 0.75) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("elasticity", [-0.2, -1.0, -2.5, 0.0])
@pytest.mark.parametrize(("before", "after"), [(600.0, 300.0), (600.0, 1800.0), (600.0, 590.0)])
def test_the_elastic_area_is_that_of_quadrature(elasticity, before, after):
    area, _ = quad(lambda cost: 40.0 * (cost / before) ** elasticity, after, before)
    found = elastic_surplus(np.array([40.0]), np.array([before]), np.array([after]), elasticity)
    assert found[0] == pytest.approx(area, rel=1e-9)


def test_the_rule_of_a_half_misses_by_the_third_order():
    """Halving the change divides the error of the trapezium by eight."""
    errors = []
    for change in (0.2, 0.1, 0.05):
        cost = 100.0 * (1 - change)
        trips = 10.0 * (cost / 100.0) ** -0.8
        exact = elastic_surplus(np.array([10.0]), np.array([100.0]), np.array([cost]), -0.8)[0]
        errors.append(half(10.0, trips, 100.0, cost) - exact)
    assert errors[0] / errors[1] == pytest.approx(8.0, rel=0.25)
    assert errors[1] / errors[2] == pytest.approx(8.0, rel=0.12)


def test_the_logsum_is_the_integral_of_the_logit_s_demand():
    """Williams (1977): surplus by one way's cost is the area left of its demand."""
    costs, scale = np.array([30.0, 40.0]), 0.1

    def demand(cost):
        return 1000.0 * logit([cost, 40.0], scale)[0]

    exact = integrated_surplus(demand, 30.0, 10.0)
    found = logsum_surplus(np.array([1000.0]), costs[:, None], np.array([[10.0], [40.0]]), scale)
    assert found[0] == pytest.approx(exact, rel=1e-9)
    roh = half(demand(30.0), demand(10.0), 30.0, 10.0)
    assert roh == pytest.approx(exact, rel=0.05)  # near, though the cost falls by two thirds
    assert abs(roh - exact) > 0.01 * exact  # and not the same thing


def test_small_changes_are_alike_by_rule_of_a_half_and_logsum():
    scale, trips = 0.1, np.array([1000.0])
    before, after = np.array([[30.0], [40.0]]), np.array([[29.5], [40.0]])
    exact = logsum_surplus(trips, before, after, scale)[0]
    moved = 1000.0 * (logit(before, scale)[0, 0], logit(after, scale)[0, 0])[0]
    roh = half(moved, 1000.0 * logit(after, scale)[0, 0], 30.0, 29.5)
    assert roh == pytest.approx(exact, rel=1e-4)


def test_a_new_way_has_a_logsum_where_the_rule_of_a_half_has_no_answer():
    trips = np.array([1000.0])
    before, after = np.array([[np.inf], [40.0]]), np.array([[35.0], [40.0]])
    with pytest.raises(ValidationError, match="no way before or after"):
        half(0.0, 500.0, np.inf, 35.0)
    found = logsum_surplus(trips, before, after, 0.1)[0]

    def demand(cost):
        return 1000.0 * logit([cost, 40.0], 0.1)[0]

    assert found == pytest.approx(integrated_surplus(demand, np.inf, 35.0), rel=1e-9)
    with pytest.raises(ValidationError, match="staying at home"):
        logsum_surplus(trips, before[:1], after[:1], 0.1)


def test_trips_over_a_scale_are_the_logsum_where_few_travel():
    """With staying at home as the other way, and the travellers a small share of all."""
    scale, people = 0.03, 1e6
    stay = 0.0
    after = np.array([[400.0], [stay]])  # a way that few take
    exact = logsum_surplus(np.array([people]), np.array([[np.inf], [stay]]), after, scale)[0]
    trips = people * logit(after, scale)[0]
    assert new_way_surplus(trips, scale)[0] == pytest.approx(exact, rel=1e-4)


def gravity_on_logsums(change):
    """Seven zones, one segment, three modes: before and after a change of the car's cost."""
    rng = np.random.default_rng(3)
    cost = {mode: rng.uniform(600, 3600, (1, 7, 7)) for mode in ("car", "transit", "walk")}
    made, drawn = rng.uniform(50, 500, (2, 1, 7))
    drawn *= made.sum() / drawn.sum()
    ends = TripEnds(pd.RangeIndex(7), ("work",), made, drawn, {}, np.ones(7))
    rule = Rule("work", SCALE, DETERRENCE, 1.0, 30.0, {"transit": 0.3})
    tree = Nest("all", ("car", Nest("others", ("transit", "walk"), 0.7)))
    moved = change * rng.uniform(-1500, 500, (7, 7))
    after = {**cost, "car": cost["car"] + moved}
    return *(travel(ends, each, [rule], tree) for each in (cost, after)), moved


def test_the_whole_model_s_logsums_and_the_pivot_gain_the_same():
    """By composite costs of the full run, and by car trips, shares and the car's cost alone."""
    before, after, moved = gravity_on_logsums(1.0)
    parts = [each.total[0] for each in (before, after)]
    parts += [each.composite_s[0, 0] for each in (before, after)]
    exact = gravity_surplus(*parts, DETERRENCE)
    cars = before.trips["car"][0]
    share = cars / before.total[0]
    pivot = answer(cars, share, moved, scale_per_s=SCALE, deterrence_per_s=DETERRENCE)
    assert pivot.surplus_s == pytest.approx(exact, rel=1e-7)


def test_rule_of_a_half_on_composite_costs_nears_the_exact_gain():
    off = []
    for change in (0.4, 0.2, 0.1):
        before, after, moved = gravity_on_logsums(change)
        q0, q1, c0, c1 = (
            *(each.total[0] for each in (before, after)),
            *(each.composite_s[0, 0] for each in (before, after)),
        )
        exact = gravity_surplus(q0, q1, c0, c1, DETERRENCE)
        by_logsums = (0.5 * (q0 + q1) * (c0 - c1)).sum()
        by_cars = (-0.5 * (before.trips["car"][0] + after.trips["car"][0]) * moved).sum()
        off.append([abs(half / exact - 1.0) for half in (by_logsums, by_cars)])
    for first, second, third in zip(*off, strict=True):
        assert first < 0.03
        assert second < 0.6 * first
        assert third < 0.6 * second
