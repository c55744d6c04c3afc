"""Matrix estimation against a general optimiser, closed forms and the laws of its optimum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import minimize

import transitplan as tp
from transitplan.arrays import geh
from transitplan.demand.balancing import balance
from transitplan.demand.estimation import fit_trips


def problem(seed, n_cells=12, n_counts=4):
    rng = np.random.default_rng(seed)
    trips = rng.lognormal(3, 1, n_cells)
    shares = sparse.random(n_counts, n_cells, 0.5, rng=rng, format="csr")
    counts = (shares @ trips) * rng.uniform(0.6, 1.6, n_counts)
    return trips, shares, counts, 0.05 * counts + 1.0


@given(st.integers(0, 9999))
@settings(max_examples=100, deadline=None)
def test_the_optimum_satisfies_its_conditions(seed):
    """g = s exp(−Pᵀλ/κ) between the bounds, with λ = (P g − c)/σ² (Karush, Kuhn and Tucker)."""
    trips, shares, counts, sigma = problem(seed)
    found = fit_trips(trips, shares, counts, sigma, trust=2.0, lowest=0.5, highest=3.0)
    pull = (found.modelled - counts) / sigma**2
    free = np.clip(trips * np.exp(-(shares.T @ pull) / 2.0), 0.5 * trips, 3.0 * trips)
    np.testing.assert_allclose(found.trips, free, rtol=1e-6)


def test_equal_a_general_optimiser():
    trips, shares, counts, sigma = problem(3, n_cells=5, n_counts=2)

    def cost(g):
        far = (g * np.log(g / trips) - g + trips).sum()
        return far + 0.5 * (((shares @ g - counts) / sigma) ** 2).sum()

    best = minimize(cost, trips, bounds=[(1e-6, None)] * 5, options={"ftol": 1e-15, "gtol": 1e-10})
    found = fit_trips(trips, shares, counts, sigma)
    assert cost(found.trips) <= best.fun + 1e-9
    np.testing.assert_allclose(found.trips, best.x, rtol=1e-4)


def test_exact_trip_ends_are_furness():
    """Counts of all trip ends with no doubt and full shares: the balanced matrix."""
    rng = np.random.default_rng(1)
    seed = rng.random((4, 4)) * 50 + 5
    origins, destinations = seed.sum(axis=1) * 1.3, seed.sum(axis=0)
    destinations = destinations * origins.sum() / destinations.sum()
    rows = sparse.kron(sparse.eye(4), np.ones((1, 4)))
    columns = sparse.kron(np.ones((1, 4)), sparse.eye(4))
    ends = np.concatenate([origins, destinations])
    found = fit_trips(seed.ravel(), sparse.vstack([rows, columns]), ends, np.full(8, 1e-4))
    np.testing.assert_allclose(
        found.trips.reshape(4, 4), balance(seed, origins, destinations), rtol=1e-6
    )


def test_a_trusted_seed_moves_less_and_counts_that_agree_move_nothing():
    trips, shares, counts, sigma = problem(5)
    far = [
        np.abs(fit_trips(trips, shares, counts, sigma, trust=k).trips - trips).sum()
        for k in (0.1, 1.0, 10.0, 1000.0)
    ]
    assert far == sorted(far, reverse=True)
    still = fit_trips(trips, shares, shares @ trips, sigma)
    np.testing.assert_allclose(still.trips, trips, rtol=1e-9)
    assert not still.bounded.any()


def test_empty_cells_stay_empty_and_bounds_are_reported():
    trips, shares, counts, sigma = problem(7)
    trips[0] = 0.0
    found = fit_trips(trips, shares, 50.0 * counts, sigma, highest=2.0)
    assert found.trips[0] == 0.0
    assert found.bounded.any()
    assert (found.trips <= 2.0 * trips * (1 + 1e-12)).all()
    assert found.pressure.max() > 0


def test_geh_by_hand():
    """sqrt(2 × 100² / 2100) = 3.086; FHWA Traffic Analysis Toolbox III gives the formula."""
    np.testing.assert_allclose(
        geh(np.array([1100.0, 0.0]), np.array([1000.0, 0.0])), [3.0861, 0], 1e-4
    )


def test_all_that_is_wrong_is_named():
    ones = np.ones(3)
    with pytest.raises(tp.ValidationError, match="every sigma must be above 0") as caught:
        fit_trips(-ones, np.ones((1, 3)), np.array([np.nan]), np.zeros(1), trust=0.0)
    assert len(caught.value.problems) == 4
    with pytest.raises(tp.ValidationError, match="outside its bounds"):
        fit_trips(ones, np.ones((1, 3)), np.ones(1), np.ones(1), lowest=2.0)
    with pytest.raises(tp.ValidationError, match="shares of"):
        fit_trips(ones, np.ones((1, 2)), np.ones(1), np.ones(1))


@given(st.integers(0, 9999))
@settings(max_examples=60, deadline=None)
def test_bounded_sums_satisfy_their_conditions(seed):
    """A sum between its bounds is pulled as without them; one at a bound is held from beyond it."""
    trips, shares, counts, sigma = problem(seed)
    sums = shares @ trips
    least, most = 0.9 * sums, 1.1 * sums
    found = fit_trips(trips, shares, counts, sigma, within=(least, most))
    slack = 1e-6 * (1 + sums)
    assert (found.modelled >= least - slack).all()
    assert (found.modelled <= most + slack).all()
    pull = -found.pressure
    np.testing.assert_allclose(found.trips, trips * np.exp(-(shares.T @ pull)), rtol=1e-9)
    wish = (found.modelled - counts) / sigma**2
    low, high = found.modelled <= least + slack, found.modelled >= most - slack
    near = 1e-5 * (1 + np.abs(wish))
    assert (np.abs(pull - wish)[~low & ~high] <= near[~low & ~high]).all()
    assert (pull[low & ~high] <= (wish + near)[low & ~high]).all()
    assert (pull[high & ~low] >= (wish - near)[high & ~low]).all()


def test_a_seed_outside_its_sums_is_refused():
    ones = np.ones(2)
    with pytest.raises(tp.ValidationError, match="the seed's sums \\[0\\] are outside"):
        fit_trips(
            ones, np.ones((1, 2)), np.ones(1), np.ones(1), within=(np.array([3.0]), np.array([4.0]))
        )


def test_empty_cells_are_free_of_an_infinite_bound():
    """0 × inf is no number: bounds of an empty cell are 0. the fit solves g = s exp(c − g)."""
    seed, shares = np.array([0.0, 10.0, 10.0]), np.array([[1.0, 1.0, 0.0]])
    found = fit_trips(seed, shares, np.array([12.0]), np.array([1.0]))
    assert found.trips[0] == 0.0
    assert found.trips[1] == pytest.approx(10.0 * np.exp(12.0 - found.trips[1]), rel=1e-6)
    assert found.trips[2] == pytest.approx(10.0)
    each = fit_trips(
        seed, shares, np.array([12.0]), np.array([1.0]), highest=np.array([np.inf, np.inf, 2.0])
    )
    np.testing.assert_array_equal(each.trips, found.trips)
    with pytest.raises(tp.ValidationError, match="outside its bounds"):
        fit_trips(seed, shares, np.array([12.0]), np.array([1.0]), highest=np.nan)


def test_sums_beyond_floats_are_not_an_optimum():
    huge = np.full(2, 1e308)
    with (
        np.errstate(all="ignore"),
        pytest.raises(tp.ConvergenceError, match="sums of trips are no longer finite"),
    ):
        fit_trips(huge, np.ones((1, 2)), np.ones(1), np.ones(1))
