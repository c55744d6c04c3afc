"""Draws against closed forms: means, variances and chances of sums of independent quantities."""

import numpy as np
import pytest
from scipy import stats

from transitplan.appraisal import chance
from transitplan.appraisal.chance import Normal, Triangular, batch_error, spread_shares
from transitplan.appraisal.doubt import best_shares, expected_regret
from transitplan.errors import ValidationError

METHODS = ["sobol", "latin"]
COST = Triangular(2.0, 3.0, 5.0)
GAIN = Triangular(1.0, 4.0, 4.5)


@pytest.mark.parametrize("each", [COST, GAIN, Triangular(1.0, 1.0, 2.0), Triangular(0.0, 2.0, 2.0)])
def test_triangles_have_the_quantiles_of_scipy(each):
    width = each.high - each.low
    theirs = stats.triang((each.mode - each.low) / width, loc=each.low, scale=width)
    shares = np.linspace(0, 1, 101)
    np.testing.assert_allclose(each.at(shares), theirs.ppf(shares), atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_the_sum_of_triangles_has_its_mean_and_variance(method):
    shares = spread_shares(2, 4096, method)
    total = GAIN.at(shares[:, 0]) - COST.at(shares[:, 1])

    def mean(t):
        return (t.low + t.mode + t.high) / 3

    def variance(t):
        a, c, b = t.low, t.mode, t.high
        return (a * a + b * b + c * c - a * b - a * c - b * c) / 18

    error = float(batch_error(total, np.mean))
    assert error < 1e-3 * total.std()  # plain draws of this number would have 16 times that
    assert total.mean() == pytest.approx(mean(GAIN) - mean(COST), abs=5 * error)
    assert total.var() == pytest.approx(variance(GAIN) + variance(COST), rel=5e-3)


@pytest.mark.parametrize("method", METHODS)
def test_the_chance_that_one_normal_beats_another_is_that_of_the_normal_law(method):
    shares = spread_shares(3, 8192, method)
    shared, own, other = (
        Normal(mean, sd).at(share)
        for (mean, sd), share in zip(((0, 5), (1.0, 3.0), (0.4, 4.0)), shares.T, strict=True)
    )
    draws = np.column_stack([shared + own, shared + other])  # what is common to both cancels
    expected = stats.norm.cdf((1.0 - 0.4) / 5.0)
    found = best_shares(draws)
    assert found.sum() == pytest.approx(1.0)
    error = float(batch_error(draws, best_shares)[0])
    assert 0 < error < 0.005
    assert found[0] == pytest.approx(expected, abs=5 * error)
    # E max(X − Y, 0) of a normal difference, in closed form.
    gap, sd = 0.6, 5.0
    lost = sd * stats.norm.pdf(gap / sd) - gap * stats.norm.cdf(-gap / sd)
    error = float(batch_error(draws, expected_regret)[0])
    assert expected_regret(draws)[0] == pytest.approx(lost, abs=5 * error)
    assert expected_regret(draws)[1] == pytest.approx(lost + gap, abs=5 * error)
    assert error < 0.02 * lost


def test_regret_by_hand():
    # Draws of two options: 3 and 1, 0 and 4, −1 and −2. Best: 3, 4, −1.
    draws = np.array([[3.0, 1.0], [0.0, 4.0], [-1.0, -2.0]])
    assert expected_regret(draws).tolist() == pytest.approx([4 / 3, 3 / 3])
    assert best_shares(draws).tolist() == pytest.approx([2 / 3, 1 / 3])


@pytest.mark.parametrize("method", METHODS)
def test_the_batch_error_is_as_large_as_the_error(monkeypatch, method):
    """Over many seeds, a known mean lies outside the band as often as it may."""
    power = np.array([0.5, 1.0, 2.0, 3.0])
    ratios = []
    for seed in range(150):
        monkeypatch.setattr(chance, "SEED", seed)
        values = (spread_shares(4, 128, method) ** power).prod(axis=1)
        off = values.mean() - (1 / (1 + power)).prod()
        ratios.append(off / float(batch_error(values, np.mean)))
    # The ratio follows Student's t with 7 degrees of freedom: 95 % within ±2.36.
    assert 0.90 < np.mean(np.abs(ratios) < 2.36) < 0.99


def test_draws_are_the_same_each_time_and_of_known_methods():
    assert (spread_shares(3, 100) == spread_shares(3, 100)).all()
    assert spread_shares(3, 100).shape == (128, 3)  # 8 batches of 16
    assert spread_shares(3, 100, "latin").shape == (104, 3)
    assert spread_shares(0, 100).shape == (128, 0)
    with pytest.raises(ValidationError, match="'dice' are not known. Use sobol or latin"):
        spread_shares(3, 100, "dice")
