"""Measures of access: hand examples, the laws they keep, and the package of the field as judge."""

import warnings
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import transitplan as tp
from transitplan.access import (
    CumulativeGaussian,
    Exponential,
    Gaussian,
    Linear,
    Logistic,
    Power,
    Step,
    Steps,
    best_mode,
    catchment,
    gravity_access,
    logsum_access,
    nearest,
    node_access,
    opportunities,
    reach,
)
from transitplan.errors import NotFoundError

DECAYS = [
    Step(30.0),
    Steps((10.0, 20.0, 30.0), (1.0, 0.68, 0.22)),
    Linear(40.0),
    Exponential(0.05),
    Power(1.5, nearest_min=2.0),
    Gaussian(20.0),
    CumulativeGaussian(5.0, 15.0),
    Logistic(30.0, 6.0),
]


def table(rows, zones=("a", "b", "c")):
    return pd.DataFrame(np.array(rows, dtype=float) * 60.0, index=zones, columns=zones)


THREE = table([[1, 10, 30], [12, 2, np.inf], [30, 25, 3]])
JOBS = pd.DataFrame({"jobs": [100.0, 200.0, 400.0]}, index=["a", "b", "c"])


def random_case(seed, n=12):
    rng = np.random.default_rng(seed)
    times = rng.uniform(1.0, 60.0, (n, n)).round(1)
    times[rng.random((n, n)) < 0.1] = np.inf
    zones = [f"z{i}" for i in range(n)]
    people = pd.Series(rng.integers(1, 900, n).astype(float), index=zones)
    supply = pd.Series(rng.integers(0, 50, n).astype(float), index=zones)
    return table(times, zones), people, supply


def test_gravity_by_hand():
    found = gravity_access(THREE, JOBS, Exponential.halving(10.0))["jobs"]
    assert found["a"] == pytest.approx(100 * 2**-0.1 + 200 * 0.5 + 400 * 0.125)
    assert found["b"] == pytest.approx(100 * 2**-1.2 + 200 * 2**-0.2)  # c cannot be reached


@pytest.mark.parametrize("decay", DECAYS)
def test_decays_start_at_one_fall_and_end_at_nothing(decay):
    weights = decay(np.array([0.0, *np.linspace(0.5, 200.0, 400), np.inf]))
    assert weights[0] == pytest.approx(1.0)
    assert (np.diff(weights) <= 1e-15).all()
    assert weights[-1] == 0.0


def test_decays_by_hand():
    minutes = np.array([10.0, 20.0])
    assert Steps((10.0, 20.0), (1.0, 0.4))(minutes).tolist() == [1.0, 0.4]
    assert Power(2.0, nearest_min=5.0)(minutes).tolist() == [0.25, 0.0625]
    assert_allclose(Gaussian(10.0)(minutes), [np.exp(-0.5), np.exp(-2.0)])
    assert_allclose(CumulativeGaussian(10.0, 10.0)(minutes), [1.0, np.exp(-0.5)])
    assert_allclose(Logistic(10.0, 5.0)(minutes)[0], 0.5 * (1 + np.exp(-2.0)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Step(0.0), "Step: limit_min is 0.0; give a number above 0"),
        (lambda: Exponential(float("nan")), "per_min is nan"),
        (lambda: Steps((10.0,), (1.0, 0.5)), "1 limits and 2 weights"),
        (lambda: Steps((10.0, 5.0), (1.0, 0.5)), "must rise"),
        (
            lambda: gravity_access(THREE, JOBS.drop(index="c"), Step(1)),
            "1 zones have no row",
        ),
        (lambda: gravity_access(THREE, -JOBS, Step(1)), "empty, infinite or negative"),
        (lambda: nearest(THREE, JOBS["jobs"], k=0), "k is 0; give 1 or more"),
        (lambda: logsum_access(THREE, JOBS, 0.0), "per_min is 0.0"),
        (lambda: best_mode({}), "no mode was given"),
    ],
)
def test_what_is_wrong_is_said(make, words):
    with pytest.raises(tp.ValidationError, match=words):
        make()


@pytest.mark.parametrize("at_a_time", [1, 40, 2**22])
def test_access_from_nodes_is_that_of_the_table_of_all_pairs(at_a_time):
    roads = tp.compile_road(tp.read_network("networks/two_banks/2025"))
    times = tp.skim(roads, ["time_s"])["time_s"]
    there = pd.DataFrame({"jobs": np.arange(len(times)) * 10.0}, index=times.index)
    expected = gravity_access(times, there, Exponential(0.05))
    nodes = roads.node_ids[roads.centroid]
    with patch.object(opportunities, "AT_A_TIME", at_a_time):
        found = node_access(roads, nodes[::-1], there, Exponential(0.05))
    assert found.index.tolist() == nodes[::-1].tolist()
    assert_allclose(found["jobs"], expected["jobs"][::-1], rtol=1e-12)
    some = node_access(roads, nodes[:1], there.iloc[:2], Step(1e9))
    assert some["jobs"].tolist() == [there["jobs"].iloc[:2].sum()]
    with pytest.raises(NotFoundError, match="origins"):
        node_access(roads, ["nowhere"], there, Step(5.0))


def test_cumulative_measure_is_gravity_with_a_step():
    times, people, supply = random_case(1)
    kinds = pd.DataFrame({"people": people, "beds": supply})
    counted = reach(times, kinds, times.index, minutes=[25.0]).set_index("zone_id")
    assert_allclose(gravity_access(times, kinds, Step(25.0)), counted[["people", "beds"]])


def test_logsum_is_the_nearest_for_a_sharp_choice_and_grows_with_choice():
    one = pd.DataFrame({"shops": [1.0, 1.0, 1.0]}, index=THREE.index)
    cost = THREE / 60.0
    sharp = logsum_access(cost, one, 200.0)["shops"]
    assert_allclose(sharp, [-1.0, -2.0, -3.0], atol=1e-9)
    assert_allclose(  # twice the places are ln 2 / β minutes nearer
        logsum_access(cost, 2.0 * one, 0.1) - logsum_access(cost, one, 0.1), np.log(2.0) / 0.1
    )
    alone = pd.DataFrame([[np.inf]], index=["a"], columns=["a"])
    assert logsum_access(alone, JOBS.loc[["a"]], 0.1)["jobs"]["a"] == -np.inf


def test_a_small_change_of_logsum_is_the_rule_of_a_half():
    """The derivative of the logsum is the choice probability (Williams 1977)."""
    times, people, _ = random_case(3)
    cost = times.replace(np.inf, 500.0) / 60.0
    sizes = people.to_frame("n")
    beta, less = 0.08, cost.copy()
    less.iloc[:, 4] -= 0.01
    sums = [logsum_access(each, sizes, beta)["n"] for each in (cost, less)]
    shares = [people.to_numpy() * np.exp(-beta * each.to_numpy()) for each in (cost, less)]
    shares = [each / each.sum(axis=1, keepdims=True) for each in shares]
    half = 0.5 * (shares[0][:, 4] + shares[1][:, 4]) * 0.01
    assert_allclose(sums[1] - sums[0], half, rtol=1e-6)


def test_time_to_the_nearest_counts_facilities_not_zones():
    schools = pd.Series([0, 2, 1], index=["a", "b", "c"])
    assert nearest(THREE, schools)["a"] == 10.0
    assert nearest(THREE, schools, k=2)["a"] == 10.0
    assert nearest(THREE, schools, k=3)["a"] == 30.0
    assert nearest(THREE, schools, k=3)["b"] == np.inf  # c is out of reach
    assert nearest(THREE, schools, k=4).tolist() == [np.inf] * 3


def test_best_of_two_modes():
    car, walk = THREE, table([[1, 60, np.inf], [5, 1, 90], [np.inf] * 3])
    least, mode = best_mode({"car": car, "walk": walk})
    assert mode.loc["b"].tolist() == ["walk", "walk", "walk"]
    assert least.loc["b", "c"] == 90 * 60
    nowhere = table([[np.inf] * 3] * 3)
    assert (best_mode({"car": nowhere})[1] == "").all(axis=None)


def test_catchment_by_hand():
    """Ten beds in a for people of a and b; b's own beds for b alone."""
    times = table([[0, 40], [10, 0]], ["a", "b"])
    people = pd.Series([100.0, 300.0], index=["a", "b"])
    beds = pd.Series([40.0, 30.0], index=["a", "b"])
    found = catchment(times, beds, people, Step(30.0))
    assert_allclose(found.load, [40 / 400, 30 / 300])
    assert_allclose(found.access, [0.1, 0.2])
    assert found.stranded == 0.0


@given(st.integers(0, 10_000), st.sampled_from(DECAYS))
def test_a_catchment_gives_out_what_is_reached_and_no_more(seed, decay):
    times, people, supply = random_case(seed)
    found = catchment(times, supply, people, decay)
    given_out = (people * found.access).sum()
    assert given_out + found.stranded == pytest.approx(supply.sum())


@pytest.mark.parametrize("seed", range(5))
def test_catchments_equal_the_access_package(seed):
    """Saxon et al. (2022), the `access` package of PySAL, as judge."""
    fca = pytest.importorskip("access.fca", reason="the access package is not installed")
    weights = pytest.importorskip("access.weights")
    times, people, supply = random_case(seed)
    costs = times.div(60.0).rename_axis(index="origin", columns="dest").stack().reset_index()
    costs.columns = ["origin", "dest", "cost"]
    costs = costs[np.isfinite(costs["cost"])]
    for decay, judge, most in (
        (Step(30.0), None, 30.0),
        (
            Steps((10.0, 20.0, 30.0), (1.0, 0.68, 0.22)),
            weights.step_fn({10: 1.0, 20: 0.68, 30: 0.22}),
            30.0,
        ),
        (Exponential(0.05), lambda t: np.exp(-0.05 * t), None),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = fca.two_stage_fca(
                people.rename("demand").rename_axis("geoid").to_frame(),
                supply.rename("supply").rename_axis("geoid").to_frame(),
                costs,
                max_cost=most,
                demand_index=True,
                supply_index=True,
                weight_fn=judge,
            )
        found = catchment(times, supply, people, decay).access
        assert_allclose(found.loc[expected.index], expected.fillna(0.0), rtol=1e-12)
