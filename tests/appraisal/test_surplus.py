"""Areas under demand curves against each other, quadrature and a published example."""

import numpy as np
import pytest
from scipy.integrate import quad

from transitplan.appraisal.benefits import rule_of_half
from transitplan.appraisal.surplus import (
    elastic_surplus,
    integrated_surplus,
    logsum_surplus,
    new_way_surplus,
)
from transitplan.errors import ValidationError


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
