import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

import transitplan as tp
from transitplan.demand.distribution import balance, fit_gravity, spread


def odds(matrix):
    return matrix[0, 0] * matrix[1, 1] / (matrix[0, 1] * matrix[1, 0])


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_balancing_meets_both_ends_and_keeps_cross_ratios(seed):
    rng = np.random.default_rng(seed)
    before = rng.random((5, 5)) + 0.01
    origins, destinations = rng.random(5) + 0.1, rng.random(5) + 0.1
    destinations *= origins.sum() / destinations.sum()
    after = balance(before, origins, destinations)
    np.testing.assert_allclose(after.sum(axis=1), origins, rtol=1e-8)
    np.testing.assert_allclose(after.sum(axis=0), destinations, rtol=1e-8)
    # The odds of any two rows and columns are those of the seed (Deming and Stephan 1940).
    assert odds(after) == pytest.approx(odds(before), rel=1e-6)


def test_balancing_is_the_least_change_in_entropy():
    """The same matrix as a general optimiser finds for the entropy problem (Wilson 1967)."""
    seed = np.array([[1.0, 2.0], [3.0, 1.0]])
    origins, destinations = np.array([40.0, 60.0]), np.array([55.0, 45.0])

    def entropy(x):
        return float((x * (np.log(x / seed.ravel()) - 1)).sum())

    ends = [
        {"type": "eq", "fun": lambda x: x.reshape(2, 2).sum(axis=1) - origins},
        {"type": "eq", "fun": lambda x: x.reshape(2, 2).sum(axis=0)[:1] - destinations[:1]},
    ]
    found = minimize(
        entropy, np.full(4, 25.0), constraints=ends, bounds=[(1e-6, None)] * 4, tol=1e-12
    )
    np.testing.assert_allclose(balance(seed, origins, destinations).ravel(), found.x, rtol=1e-4)


def test_ends_that_do_not_agree_or_cannot_be_met_are_refused():
    with pytest.raises(tp.ValidationError, match="origins sum to 3 and destinations to 4"):
        balance(np.ones((2, 2)), np.array([1.0, 2.0]), np.array([2.0, 2.0]))
    with pytest.raises(tp.ValidationError, match=r"destinations \[1\] have trips but nowhere"):
        balance(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([1.0, 1.0]), np.array([1.0, 1.0]))


def test_gravity_reaches_the_mean_asked_for():
    rng = np.random.default_rng(5)
    place = rng.random((8, 2)) * 30
    km = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)) + np.eye(8) * 2
    ends = np.full(8, 100.0)
    model = fit_gravity(ends, ends, km, mean_km=9.0)
    assert (model.trips * km).sum() / model.trips.sum() == pytest.approx(9.0, abs=1e-5)
    np.testing.assert_allclose(model.trips.sum(axis=1), ends, rtol=1e-6)
    logs = np.log(model.trips)
    # log T = a_i + b_j − b × km: the second difference holds b alone.
    second = logs[0, 1] + logs[2, 3] - logs[0, 3] - logs[2, 1]
    steps = km[0, 1] + km[2, 3] - km[0, 3] - km[2, 1]
    assert -second / steps == pytest.approx(model.deterrence_per_km, rel=1e-4)


@pytest.mark.parametrize(("mean_km", "message"), [(50.0, "more than"), (0.5, "less than")])
def test_a_mean_out_of_reach_is_refused(mean_km, message):
    km = np.array([[2.0, 10.0], [10.0, 2.0]])
    with pytest.raises(tp.ValidationError, match=message):
        fit_gravity(np.ones(2), np.ones(2), km, mean_km=mean_km)


def test_spreading_sends_all_trips_by_weight_and_distance():
    trips = spread(
        np.array([10.0, 0.0]),
        np.array([1.0, 3.0]),
        np.array([[0.0, 0.0], [0.0, 0.0]]),
        deterrence_per_km=0.1,
    )
    np.testing.assert_allclose(trips, [[2.5, 7.5], [0.0, 0.0]])
