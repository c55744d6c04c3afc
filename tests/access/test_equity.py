"""Evenness of access: hand examples, laws, and the `inequality` package as judge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import transitplan as tp
from transitplan.access import (
    concentration_index,
    gini,
    lorenz_curve,
    palma_ratio,
    theil,
    winners_and_losers,
)

VALUES = st.lists(st.floats(0.01, 1e4), min_size=2, max_size=30)


def test_all_the_same_is_perfectly_even():
    values, people, groups = [3.0] * 4, [1, 5, 2, 9], [1, 1, 2, 2]
    assert gini(values, people) == pytest.approx(0.0, abs=1e-15)
    assert theil(values, people, groups).total == pytest.approx(0.0, abs=1e-15)
    assert palma_ratio(values, people) == pytest.approx(1.0)
    assert concentration_index(values, people, people) == pytest.approx(0.0, abs=1e-15)


def test_by_hand():
    # half of the people have three quarters of the whole: Gini 1/4, T = ¾ ln 1.5 + ¼ ln 0.5
    assert gini([1.0, 3.0], [10, 10]) == pytest.approx(0.25)
    assert theil([1.0, 3.0], [10, 10], ["a", "b"]).total == pytest.approx(
        0.75 * np.log(1.5) + 0.25 * np.log(0.5)
    )
    # one of ten has all: the best tenth 10 times the mean, the worst four tenths nothing
    assert palma_ratio([0.0] * 9 + [1.0], [1] * 10) == np.inf
    assert gini([0.0] * 9 + [1.0], [1] * 10) == pytest.approx(0.9)
    assert palma_ratio(np.arange(1.0, 11.0), [1] * 10) == pytest.approx(10.0 / 2.5)
    assert lorenz_curve([3.0, 1.0], [1, 3]).to_numpy().tolist() == [[0, 0], [0.75, 0.5], [1, 1]]


@given(VALUES, st.randoms(use_true_random=False))
def test_laws(values, random):
    people = [random.randint(1, 50) for _ in values]
    groups = [random.randint(0, 3) for _ in values]
    rank = list(values)
    index, parts = gini(values, people), theil(values, people, groups)
    assert -1e-12 <= index < 1.0
    assert parts.between + parts.within == pytest.approx(parts.total, abs=1e-12)
    assert parts.between >= -1e-12
    assert parts.within >= -1e-9
    scaled = [7.0 * value for value in values]
    assert gini(scaled, people) == pytest.approx(index, abs=1e-12)
    # a zone is so many people with the same access
    each = np.repeat(values, people)
    assert gini(each, np.ones(len(each))) == pytest.approx(index, abs=1e-9)
    # ranked by access itself the concentration index is the Gini index
    assert concentration_index(values, people, rank) == pytest.approx(index, abs=1e-9)
    reverse = [-value for value in rank]
    assert concentration_index(values, people, reverse) == pytest.approx(-index, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_equal_the_inequality_package(seed):
    """PySAL's `inequality` counts every observation once: people of a zone are repeated for it."""
    judge = pytest.importorskip("inequality", reason="the inequality package is not installed")
    rng = np.random.default_rng(seed)
    values, people = rng.uniform(0.1, 90.0, 15), rng.integers(1, 8, 15)
    groups = rng.integers(0, 4, 15)
    each, label = np.repeat(values, people), np.repeat(groups, people)
    assert gini(values, people) == pytest.approx(judge.gini.Gini(each).g, rel=1e-12)
    expected = judge.theil.TheilD(each, label)
    found = theil(values, people, groups)
    assert_allclose(
        [found.total, found.between, found.within],
        [np.squeeze(each) for each in (expected.T, expected.bg, expected.wg)],
        rtol=1e-10,
    )


def test_winners_and_losers_by_group():
    found = winners_and_losers(
        [10.0, 20.0, 5.0], [12.0, 20.0, 1.0], [100, 50, 30], ["C1", "C1", "C2"], threshold=0.5
    )
    assert found.loc["C1"].tolist() == [150, 100, 0, pytest.approx(200 / 150), 2.0, 0.0]
    assert found.loc["C2"].tolist() == [30, 0, 30, -4.0, 0.0, -4.0]


def test_what_is_wrong_is_said():
    with pytest.raises(tp.ValidationError, match="values: give finite numbers") as caught:
        gini([1.0, np.inf], [1, -1])
    assert len(caught.value.problems) == 2
    with pytest.raises(tp.ValidationError, match="values: 2 for 1 zones"):
        gini([1.0, 2.0], [1])
    with pytest.raises(tp.ValidationError, match="1 labels for 2 zones"):
        theil([1.0, 2.0], [1, 1], ["a"])
    with pytest.raises(tp.ValidationError, match="no finite value before or after"):
        winners_and_losers([1.0], [np.inf], [1], ["a"])
