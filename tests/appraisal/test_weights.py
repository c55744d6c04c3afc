"""Weights and methods against Saaty's published examples and against pymcdm."""

from fractions import Fraction

import numpy as np
import pytest
from pymcdm.methods import TOPSIS, WSM
from pymcdm.weights.subjective import AHP

from transitplan.appraisal.weights import (
    least_move,
    order_of,
    priorities,
    range_points,
    region_share,
    simplex_points,
    topsis,
    turning_weights,
    weighted_sum,
    winning_regions,
    winning_shares,
)
from transitplan.errors import ValidationError

# Saaty 1990, "How to make a decision: the analytic hierarchy process", European Journal of
# Operational Research 48: choosing a house. Size, transport, neighbourhood, age, yard, modern
# facilities, condition, financing.
HOUSE = """
1 5 3 7 6 6 1/3 1/4
1/5 1 1/3 5 3 3 1/5 1/7
1/3 3 1 6 3 4 6 1/5
1/7 1/5 1/6 1 1/3 1/4 1/7 1/8
1/6 1/3 1/3 3 1 1/2 1/5 1/6
1/6 1/3 1/4 4 2 1 1/5 1/6
3 5 1/6 7 5 5 1 1/2
4 7 5 8 6 6 2 1
"""
# Saaty 2008, "Decision making with the analytic hierarchy process", International Journal of
# Services Sciences 1: how much is drunk of coffee, wine, tea, beer, sodas, milk, water.
DRINKS = """
1 9 5 2 1 1 1/2
1/9 1 1/3 1/9 1/9 1/9 1/9
1/5 3 1 1/3 1/4 1/3 1/9
1/2 9 3 1 1/2 1 1/3
1 9 4 2 1 2 1/2
1 9 3 1 1/2 1 1/3
2 9 9 3 2 3 1
"""


def matrix(text):
    rows = [[float(Fraction(word)) for word in line.split()] for line in text.split("\n") if line]
    upper = np.triu(np.array(rows))
    return upper + np.tril(1 / upper.T.clip(1e-9), -1)


def test_the_house_of_saaty():
    found = priorities(matrix(HOUSE))
    published = [0.173, 0.054, 0.188, 0.018, 0.031, 0.036, 0.167, 0.333]
    np.testing.assert_allclose(found.weights, published, atol=6e-4)
    assert found.largest_eigenvalue == pytest.approx(9.669, abs=5e-4)
    assert found.consistency_ratio == pytest.approx(0.169, abs=5e-4)  # he accepted it so


def test_the_drinks_of_saaty():
    found = priorities(matrix(DRINKS))
    published = [0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327]
    np.testing.assert_allclose(found.weights, published, atol=6e-4)
    assert found.consistency_ratio == pytest.approx(0.022, abs=5e-4)


@pytest.mark.parametrize("text", [HOUSE, DRINKS])
def test_priorities_agree_with_pymcdm(text):
    theirs = AHP(matrix=matrix(text))
    found = priorities(matrix(text))
    np.testing.assert_allclose(found.weights, theirs(), atol=2e-2)  # theirs: means of columns
    assert found.consistency_ratio == pytest.approx(theirs.get_cr(), rel=0.02)  # another index


def test_the_comparison_that_is_off_is_named():
    consistent = np.array([4.0, 2.0, 1.0, 1.0])
    comparisons = consistent[:, None] / consistent[None, :]
    assert priorities(comparisons).consistency_ratio == pytest.approx(0.0, abs=1e-9)
    comparisons[1, 3], comparisons[3, 1] = 1 / 9, 9.0
    found = priorities(comparisons)
    assert found.consistency_ratio > 0.1
    assert found.worst_pair == (1, 3)


def test_matrices_that_compare_nothing_are_refused():
    with pytest.raises(ValidationError, match=r"shape \(1, 2\); give a square"):
        priorities(np.ones((1, 2)))
    with pytest.raises(ValidationError, match="row over column is one over column over row"):
        priorities(np.array([[1.0, 3.0], [3.0, 1.0]]))


def _as_it_is(values, cost):
    assert not cost
    return values


@pytest.mark.parametrize("seed", range(5))
def test_weighted_sum_and_topsis_agree_with_pymcdm(seed):
    rng = np.random.default_rng(seed)
    scores, weights = rng.uniform(size=(4, 6)), rng.dirichlet(np.ones(6))
    types = np.ones(6)
    wsm, their_topsis = (method(normalization_function=_as_it_is) for method in (WSM, TOPSIS))
    np.testing.assert_allclose(
        weighted_sum(scores, weights), wsm(scores, weights, types), rtol=1e-9
    )
    np.testing.assert_allclose(
        topsis(scores, weights), their_topsis(scores, weights, types), rtol=1e-9
    )


def test_equal_options_are_worth_nothing_to_topsis_and_ranks_are_shared():
    assert topsis(np.ones((2, 3)), np.ones(3) / 3).tolist() == [0.0, 0.0]
    assert order_of(np.array([0.2, 0.7, 0.7])).tolist() == [3, 1, 1]


def test_two_options_halve_the_triangle_where_they_must():
    # Best in one branch each, alike in the third: the border is where both weights are equal.
    scores = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]])
    regions = winning_regions(scores)
    assert [region_share(each) for each in regions] == pytest.approx([0.5, 0.5])
    # Winning needs w₁ ≥ 3 w₂: the triangle from (1, 0, 0) over (3/4, 1/4, 0) to (0, 0, 1).
    regions = winning_regions(np.array([[1.0, 0.0, 0.0], [0.0, 3.0, 0.0]]))
    assert [region_share(each) for each in regions] == pytest.approx([0.25, 0.75])


@pytest.mark.parametrize("seed", range(4))
def test_regions_fill_the_triangle_and_agree_with_brute_force(seed):
    rng = np.random.default_rng(seed)
    scores = rng.uniform(size=(5, 3))
    regions = winning_regions(scores)
    shares = [region_share(each) for each in regions]
    assert sum(shares) == pytest.approx(1.0, abs=1e-9)
    brute = winning_shares(scores, rng.dirichlet(np.ones(3), size=40_000))
    np.testing.assert_allclose(shares, brute, atol=0.012)
    np.testing.assert_allclose(winning_shares(scores, simplex_points(3)), shares, atol=2e-3)
    for place, corners in enumerate(regions):
        if len(corners):
            assert (scores @ corners.mean(axis=0)).argmax() == place


def test_equal_options_leave_the_region_to_the_first():
    regions = winning_regions(np.array([[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]))
    assert region_share(regions[0]) == pytest.approx(1.0)
    assert len(regions[1]) == 0
    shared = winning_shares(np.array([[0.5] * 3, [0.5] * 3]), simplex_points(3))
    assert shared.tolist() == pytest.approx([0.5, 0.5])


def test_weights_fill_their_space_evenly():
    points = simplex_points(4)
    np.testing.assert_allclose(points.sum(axis=1), 1.0)
    # Each weight of a flat Dirichlet law of 4: mean 1/4, variance 3/80.
    np.testing.assert_allclose(points.mean(axis=0), 0.25, atol=1e-3)
    np.testing.assert_allclose(points.var(axis=0), 3 / 80, rtol=0.02)
    ranged = range_points(np.array([1.0, 0.0]), np.array([1.0, 1.0]))
    assert ranged[:, 0].min() == pytest.approx(0.5, abs=1e-3)


def test_turning_weights_by_hand():
    # Winner 0: 0.6 × 1 + 0.4 × 0 = 0.6 against 0.4. At weight w of the first: w against 1 − w.
    scores, weights = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0.6, 0.4])
    assert turning_weights(scores, weights, 0) == [(pytest.approx(0.5), 1)]
    assert turning_weights(scores, weights, 1) == [(pytest.approx(0.5), 1)]
    always = np.array([[1.0, 1.0], [0.5, 0.9]])
    assert turning_weights(always, weights, 0) == []


@pytest.mark.parametrize("seed", range(4))
def test_beyond_a_turning_weight_the_other_wins(seed):
    rng = np.random.default_rng(seed)
    scores, weights = rng.uniform(size=(4, 5)), rng.dirichlet(np.ones(5))
    winner = (scores @ weights).argmax()
    for criterion in range(5):
        for at, other in turning_weights(scores, weights, criterion):
            side = np.sign(at - weights[criterion])
            for step, wins in ((-1e-6, winner), (1e-6, other)):
                moved = weights * (1 - at - side * step) / (1 - weights[criterion])
                moved[criterion] = at + side * step
                assert (scores @ moved).argmax() == wins


def test_the_least_move_by_hand_and_against_a_search():
    scores, weights = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0.6, 0.4])
    found = least_move(scores, weights)
    assert found.share == pytest.approx(0.1)
    np.testing.assert_allclose(found.weights, [0.5, 0.5])
    assert least_move(np.array([[1.0, 1.0], [0.5, 0.9]]), weights).share == np.inf
    rng = np.random.default_rng(3)
    scores, weights = rng.uniform(size=(3, 3)), np.array([0.5, 0.3, 0.2])
    found = least_move(scores, weights)
    tried = rng.dirichlet(np.ones(3), size=200_000)
    turned = (tried @ scores.T).argmax(axis=1) != (scores @ weights).argmax()
    nearest = 0.5 * np.abs(tried[turned] - weights).sum(axis=1).min()
    assert found.share == pytest.approx(nearest, abs=0.01)
    assert found.share <= nearest + 1e-9
