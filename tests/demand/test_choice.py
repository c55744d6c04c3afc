"""Nested logit: closed forms, derivatives, laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import transitplan as tp
from transitplan.demand.choice import Nest, choose, fit_constants

TREE = Nest(
    "all",
    (
        Nest("slow", ("walk", "e_bike"), 0.8),
        Nest("fast", ("bus", Nest("car", ("driver", "passenger"), 0.5)), 0.6),
    ),
)
NAMES = ("walk", "e_bike", "bus", "driver", "passenger")


def utilities(seed, shape=(4, 4)):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(0.0, 2.0, shape) for name in NAMES}


def test_two_levels_by_hand():
    """P(driver) = P(fast) P(car | fast) P(driver | car), each a logit of values over its scale.

    The scale of the car is relative to that of all that is fast: 0.5 × 0.6 = 0.3.
    """
    v = {"walk": 0.3, "e_bike": -0.2, "bus": 0.1, "driver": 0.9, "passenger": 0.4}
    car = 0.3 * np.log(np.exp(v["driver"] / 0.3) + np.exp(v["passenger"] / 0.3))
    fast = 0.6 * np.log(np.exp(v["bus"] / 0.6) + np.exp(car / 0.6))
    slow = 0.8 * np.log(np.exp(v["walk"] / 0.8) + np.exp(v["e_bike"] / 0.8))
    top = np.log(np.exp(slow) + np.exp(fast))
    driver = np.exp(fast - top) * np.exp((car - fast) / 0.6) * np.exp((v["driver"] - car) / 0.3)
    found = choose(TREE, {name: np.array([value]) for name, value in v.items()})
    assert_allclose(found.logsum, [top])
    assert_allclose(found.shares["driver"], [driver])


@given(st.integers(0, 9999))
def test_shares_are_the_derivatives_of_the_logsum(seed):
    """Williams (1977), Daly & Zachary (1978)."""
    values = utilities(seed)
    found = choose(TREE, values)
    assert_allclose(sum(found.shares.values()), 1.0, rtol=1e-12)
    step = 1e-6
    for name in NAMES:
        up, down = (
            choose(TREE, values | {name: values[name] + sign * step}).logsum for sign in (1, -1)
        )
        assert_allclose((up - down) / (2 * step), found.shares[name], atol=1e-8)


def test_a_nest_at_one_changes_nothing_wherever_it_stands():
    """Its members are no more alike than what stands beside it."""
    values = utilities(8)
    deep = Nest("all", ("walk", Nest("m", ("e_bike", Nest("n", NAMES[2:])), 0.6)))
    flat = Nest("all", ("walk", Nest("m", NAMES[1:], 0.6)))
    ours, theirs = choose(deep, values), choose(flat, values)
    assert_allclose(ours.logsum, theirs.logsum)
    for name in NAMES:
        assert_allclose(ours.shares[name], theirs.shares[name])


def test_without_nests_it_is_the_plain_logit():
    values = utilities(3)
    flat = choose(Nest("all", NAMES), values)
    weights = {name: np.exp(each) for name, each in values.items()}
    total = sum(weights.values())
    assert_allclose(flat.logsum, np.log(total))
    assert_allclose(flat.shares["bus"], weights["bus"] / total)
    ones = Nest("all", ("walk", "e_bike", Nest("fast", ("bus", "driver", "passenger"))))
    assert_allclose(choose(ones, values).shares["bus"], flat.shares["bus"])


def test_a_better_bus_takes_more_from_its_own_nest():
    values = utilities(4)
    before = choose(TREE, values).shares
    after = choose(TREE, values | {"bus": values["bus"] + 0.5}).shares
    kept = {name: after[name] / before[name] for name in NAMES}
    assert (kept["driver"] < kept["walk"]).all()
    assert_allclose(kept["walk"], kept["e_bike"])  # within a nest shares stay in proportion


def test_what_cannot_be_had_has_no_share():
    values = utilities(5)
    values["bus"][0, 0] = -np.inf
    for name in NAMES:
        values[name][1, 1] = -np.inf
    found = choose(TREE, values)
    assert found.shares["bus"][0, 0] == 0.0
    assert sum(each[1, 1] for each in found.shares.values()) == 0.0
    assert found.logsum[1, 1] == -np.inf


def test_constants_reach_the_shares_asked_for():
    values, trips = utilities(6, (20, 20)), np.random.default_rng(6).uniform(0, 9, (20, 20))
    shares = {"walk": 0.25, "e_bike": 0.25, "bus": 0.2, "driver": 0.25, "passenger": 0.05}
    constants = fit_constants(TREE, values, trips, shares, reference="walk")
    assert constants["walk"] == 0.0
    found = choose(TREE, {name: values[name] + constants[name] for name in NAMES}).shares
    for name, share in shares.items():
        assert (found[name] * trips).sum() / trips.sum() == pytest.approx(share, abs=1e-8)


def test_all_that_is_wrong_is_named():
    with pytest.raises(tp.ValidationError, match="outside 0 to 1"):
        Nest("n", ("a", "b"), 1.5)
    with pytest.raises(tp.ValidationError, match="a stands in it twice"):
        Nest("n", ("a", Nest("m", ("a", "b"))))
    with pytest.raises(tp.ValidationError, match="b has no utility") as caught:
        choose(Nest("n", ("a", "b")), {"a": np.zeros(2), "c": np.zeros(3)})
    assert len(caught.value.problems) == 3
    none = {"a": np.zeros(2), "b": np.full(2, -np.inf)}
    with pytest.raises(tp.ValidationError, match="b should have trips but can be had nowhere"):
        fit_constants(Nest("n", ("a", "b")), none, np.ones(2), {"a": 0.5, "b": 0.5}, reference="a")
    one = {"a": np.zeros(2), "b": np.array([0.0, -np.inf])}
    with pytest.raises(tp.ConvergenceError, match="can be had by few trips"):
        fit_constants(Nest("n", ("a", "b")), one, np.ones(2), {"a": 0.2, "b": 0.8}, reference="a")
