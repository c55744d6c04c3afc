"""Shapley's axioms, and published games."""

from itertools import permutations

import numpy as np
import pytest

from transitplan.appraisal.attribution import attribute, subsets


def game_of(values):
    return lambda some: values.get("".join(sorted(some)), 0.0)


def random_game(names, seed):
    rng = np.random.default_rng(seed)
    values = {some: float(rng.normal(0, 10)) for some in subsets(names)}
    values[frozenset()] = 0.0
    return values.__getitem__


@pytest.mark.parametrize("seed", range(5))
def test_shapley_values_sum_to_the_bundle(seed):
    value = random_game("abcde", seed)
    table = attribute("abcde", value)
    assert table["shapley"].sum() == pytest.approx(value(frozenset("abcde")), abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_shapley_values_are_means_over_all_orders(seed):
    value = random_game("abcd", seed)
    mean = dict.fromkeys("abcd", 0.0)
    for order in permutations("abcd"):
        for place, name in enumerate(order):
            before = frozenset(order[:place])
            mean[name] += (value(before | {name}) - value(before)) / 24
    assert attribute("abcd", value)["shapley"].to_dict() == pytest.approx(mean)


def test_parts_that_do_the_same_get_the_same_and_one_that_does_nothing_gets_nothing():
    table = attribute("abc", lambda some: 7.0 * bool(some & {"a", "b"}))
    assert table["shapley"].to_dict() == pytest.approx({"a": 3.5, "b": 3.5, "c": 0.0})
    assert table["left_out"].tolist() == [0.0, 0.0, 0.0]  # substitutes: none is missed alone
    assert table["first_in"].tolist() == [7.0, 7.0, 0.0]


def test_the_glove_game():
    """One left glove, two right ones, a pair is worth 1: 2/3, 1/6, 1/6 (Shapley & Shubik 1969)."""
    table = attribute("lrs", lambda some: float("l" in some and bool(some & {"r", "s"})))
    assert table["shapley"].tolist() == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_the_airport_game():
    """Runway costs 1, 2, 3 shared by need: 1/3, 1/3 + 1/2, 1/3 + 1/2 + 1 (Littlechild & Owen)."""
    table = attribute("abc", lambda some: max((ord(each) - 96 for each in some), default=0))
    assert table["shapley"].tolist() == pytest.approx([1 / 3, 5 / 6, 11 / 6])


def test_many_parts_are_sampled_and_still_sum_to_the_bundle():
    names = [f"p{i:02d}" for i in range(10)]
    gains = np.arange(1.0, 11.0)

    def value(some):
        return sum(gains[names.index(each)] for each in some) ** 0.5

    table = attribute(names, value, orders=400)
    assert table["shapley"].sum() == pytest.approx(value(names), rel=1e-12)
    exact = attribute(names[:8], value)
    assert (exact["shapley_error"] == 0).all()
    assert (table["shapley_error"] > 0).all()


def test_what_is_sampled_lies_within_its_error_of_the_exact_values(monkeypatch):
    value = random_game("abcdefg", 3)
    exact = attribute("abcdefg", value)
    monkeypatch.setattr("transitplan.appraisal.attribution.EXACT_PARTS", 2)
    drawn = attribute("abcdefg", value, orders=2000)
    off = (drawn["shapley"] - exact["shapley"]).abs()
    assert (off <= 4 * drawn["shapley_error"]).all()
    assert (drawn["shapley_error"] > 0).all()


def test_all_sets_are_asked_for_at_once():
    asked = []
    attribute("ab", lambda some: float(len(some)), ask=asked.append)
    assert [sorted(map(sorted, each)) for each in asked] == [[[], ["a"], ["a", "b"], ["b"]]]


def test_nothing_has_no_parts():
    assert attribute([], game_of({})).empty
