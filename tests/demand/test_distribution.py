"""Gravity models: fits that reach what is asked, forms against each other, AequilibraE as judge."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

import transitplan as tp
from transitplan.demand.deterrence import BoxCox, Combined, Exponential, Power
from transitplan.demand.distribution import (
    fit_bins,
    fit_gravity,
    gravity,
    length_shares,
    mean_moments,
    spread,
)

FORMS = [Exponential(0.1), Power(1.2), Combined(0.8, 0.05), Combined(-0.5, 0.2), BoxCox(0.4, 0.5)]


def town(seed=5, n=12):
    rng = np.random.default_rng(seed)
    place = rng.random((n, 2)) * 30
    km = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)) + np.eye(n) * 2
    origins, destinations = rng.lognormal(4, 0.5, n), rng.lognormal(4, 0.5, n)
    return origins, destinations * origins.sum() / destinations.sum(), km


def test_gravity_reaches_the_mean_asked_for():
    origins, destinations, km = town()
    model = fit_gravity(origins, destinations, km, means=[9.0])
    assert (model.trips * km).sum() / model.trips.sum() == pytest.approx(9.0, abs=1e-8)
    np.testing.assert_allclose(model.trips.sum(axis=1), origins, rtol=1e-8)
    logs = np.log(model.trips)
    # log T = a_i + b_j − b × km: the second difference holds b alone.
    second = logs[0, 1] + logs[2, 3] - logs[0, 3] - logs[2, 1]
    steps = km[0, 1] + km[2, 3] - km[0, 3] - km[2, 1]
    assert -second / steps == pytest.approx(model.deterrence.b, rel=1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_a_fit_finds_the_parameters_that_made_the_trips(form):
    origins, destinations, km = town()
    made = gravity(origins, destinations, km, form)
    means = mean_moments(form, made, km)
    start = form.moved(np.asarray(form.parameters) * 0.7 + 0.05)
    found = fit_gravity(origins, destinations, km, means=means, start=start)
    np.testing.assert_allclose(found.deterrence.parameters, form.parameters, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(found.trips, made, rtol=1e-5)


def test_matched_means_are_the_most_likely_parameters():
    """A general optimiser of the likelihood of observed trips ends at the same b (Hyman 1969)."""
    origins, destinations, km = town(n=6)
    seen = np.random.default_rng(1).poisson(gravity(origins, destinations, km, Exponential(0.15)))
    ends, starts = seen.sum(axis=0).astype(float), seen.sum(axis=1).astype(float)

    def unlikely(b):
        shares = gravity(starts, ends, km, Exponential(float(b[0]))) / seen.sum()
        return -(seen * np.log(shares)).sum()

    best = minimize(unlikely, [0.1], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-9})
    fitted = fit_gravity(starts, ends, km, means=[(seen * km).sum() / seen.sum()])
    assert fitted.deterrence.b == pytest.approx(best.x[0], rel=1e-4)


def test_forms_meet_at_their_ends():
    cost = np.array([0.5, 1.0, 4.0, np.inf])
    near = BoxCox(0.3, 1.0)(cost)
    np.testing.assert_allclose(near, Exponential(0.3)(cost) * np.exp(0.3))
    np.testing.assert_allclose(BoxCox(0.3, 0.0)(cost), Power(0.3)(cost))
    np.testing.assert_allclose(Combined(0.0, 0.2)(cost), Exponential(0.2)(cost))
    np.testing.assert_allclose(Combined(1.5, 0.0)(cost), Power(1.5)(cost))
    assert Power(1.0)(np.array([np.inf])).tolist() == [0.0]


@pytest.mark.parametrize(("mean", "message"), [(50.0, "more than"), (0.5, "less than")])
def test_a_mean_out_of_reach_is_refused(mean, message):
    km = np.array([[2.0, 10.0], [10.0, 2.0]])
    with pytest.raises(tp.ConvergenceError, match=message):
        fit_gravity(np.ones(2), np.ones(2), km, means=[mean])


def test_means_and_costs_that_do_not_fit_are_refused():
    km = np.array([[0.0, 10.0], [10.0, 2.0]])
    with pytest.raises(tp.ValidationError, match="1 means for 2 parameters of Combined"):
        fit_gravity(np.ones(2), np.ones(2), km, means=[3.0], start=Combined(1.0, 0.1))
    with pytest.raises(tp.ValidationError, match="costs of 0 or below have no power"):
        gravity(np.ones(2), np.ones(2), km, Power(1.0))


def test_k_factors_scale_pairs_against_each_other():
    origins, destinations, km = town(n=4)
    k = np.ones((4, 4))
    k[0, 1] = 3.0
    plain, scaled = (
        gravity(origins, destinations, km, Exponential(0.1), k_factors=factors)
        for factors in (None, k)
    )

    def odds(trips):
        return trips[0, 1] * trips[2, 3] / (trips[0, 3] * trips[2, 1])

    assert odds(scaled) / odds(plain) == pytest.approx(3.0, rel=1e-6)


def test_bins_meet_a_trip_length_distribution():
    origins, destinations, km = town(n=30)
    made = gravity(origins, destinations, km, Combined(-0.5, 0.2))
    edges = [3.0, 6.0, 10.0, 15.0, 50.0]
    shares = length_shares(made, km, edges)[:-1]
    trips, binned = fit_bins(origins, destinations, km, edges=edges, shares=shares)
    np.testing.assert_allclose(length_shares(trips, km, edges)[:-1], shares, atol=1e-6)
    np.testing.assert_allclose(trips.sum(axis=1), origins, rtol=1e-8)
    np.testing.assert_allclose(trips.sum(axis=0), destinations, rtol=1e-8)
    assert binned.weights.max() == 1.0


@pytest.mark.parametrize(
    ("edges", "shares", "message"),
    [
        ([5.0, 50.0], [0.5, 0.6], "add up to 1"),
        ([50.0, 5.0], [0.5, 0.5], "must rise"),
        ([0.1, 50.0], [0.5, 0.5], "no pair of zones costs as much as bin 1"),
        ([50.0], [0.5, 0.5], "1 edges for 2 shares"),
    ],
)
def test_bins_that_make_no_sense_are_refused(edges, shares, message):
    origins, destinations, km = town()
    with pytest.raises(tp.ValidationError, match=message):
        fit_bins(origins, destinations, km, edges=edges, shares=shares)


def test_spreading_sends_all_trips_by_weight_and_distance():
    trips = spread(np.array([10.0, 0.0]), np.array([1.0, 3.0]), np.zeros((2, 2)), Exponential(0.1))
    np.testing.assert_allclose(trips, [[2.5, 7.5], [0.0, 0.0]])


@pytest.mark.parametrize(("theirs", "ours"), [("EXPO", Exponential(0.13)), ("POWER", Power(1.4))])
def test_equal_aequilibrae(theirs, ours):
    """AequilibraE's GravityApplication with the same function and parameters."""
    distribution = pytest.importorskip(
        "aequilibrae.distribution", reason="AequilibraE is not installed"
    )
    matrix = pytest.importorskip("aequilibrae.matrix")
    origins, destinations, km = town(n=25)
    impedance = matrix.AequilibraeMatrix()
    impedance.create_empty(zones=25, matrix_names=["km"], memory_only=True)
    impedance.index[:] = np.arange(25)
    impedance.matrix["km"][:, :] = km
    impedance.computational_view(["km"])
    model = distribution.SyntheticGravityModel()
    model.function = theirs
    if theirs == "EXPO":
        model.beta = ours.b
    else:
        model.alpha = ours.a
    ends = pd.DataFrame({"o": origins, "d": destinations}, index=np.arange(25))
    judge = distribution.GravityApplication(
        impedance=impedance,
        vectors=ends,
        row_field="o",
        column_field="d",
        model=model,
        nan_as_zero=True,
        parameters={
            "max trip length": -1,
            "convergence level": 1e-12,
            "max iterations": 10_000,
            "balancing tolerance": 1e-6,
        },
    )
    judge.apply()
    expected = np.asarray(judge.output.matrix_view)
    np.testing.assert_allclose(gravity(origins, destinations, km, ours), expected, rtol=1e-8)
