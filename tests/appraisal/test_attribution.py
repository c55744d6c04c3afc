"""Shapley's axioms, and published games."""

from itertools import combinations, permutations

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


# Who needs whom, directly or by way of others: a chain, a fork, two in a row beside a free one.
ORDERS = {
    "chain": {"b": "a", "c": "ab", "d": "abc"},
    "fork": {"b": "a", "c": "a", "d": "a"},
    "roof": {"c": "ab", "d": "abc"},
    "beside": {"b": "a", "e": "d"},
}


@pytest.mark.parametrize("needs", ORDERS.values(), ids=list(ORDERS))
@pytest.mark.parametrize("seed", range(3))
def test_with_needs_shares_are_means_over_the_orders_that_are_possible(needs, seed):
    """Faigle & Kern (1992), by trying all orders."""
    names = "abcde"
    value = random_game(names, seed)
    possible = [
        order
        for order in permutations(names)
        if all(set(needs.get(name, "")) <= set(order[:place]) for place, name in enumerate(order))
    ]
    mean = dict.fromkeys(names, 0.0)
    for order in possible:
        for place, name in enumerate(order):
            some = frozenset(order[:place])
            mean[name] += (value(some | {name}) - value(some)) / len(possible)
    table = attribute(names, value, needs=needs)
    assert table["shapley"].to_dict() == pytest.approx(mean)
    assert table["shapley"].sum() == pytest.approx(value(frozenset(names)))


@pytest.mark.parametrize("needs", ORDERS.values(), ids=list(ORDERS))
def test_no_set_is_asked_for_that_lacks_what_its_parts_need(needs):
    asked = []
    attribute("abcde", lambda some: asked.append(some) or float(len(some)), needs=needs)
    assert all(set(needs.get(name, "")) <= some for some in asked for name in some)


def test_sets_that_hold_what_they_need():
    every = [frozenset(some) for size in range(5) for some in combinations("abcd", size)]
    for needs in ORDERS.values():
        right = [s for s in every if all(set(needs.get(name, "")) <= s for name in s)]
        assert set(subsets("abcd", needs)) == set(right)


def test_what_needs_a_part_goes_with_it():
    """A ramp is worth 5, but only with its bridge, which alone is worth 2."""
    value = {"": 0.0, "b": 2.0, "br": 7.0}
    table = attribute("br", lambda some: value["".join(sorted(some))], needs={"r": "b"})
    assert table["left_out"].to_dict() == {"b": 7.0, "r": 5.0}
    assert table["first_in"].to_dict() == {"b": 2.0, "r": 5.0}
    assert table["shapley"].to_dict() == {"b": 2.0, "r": 5.0}


def test_drawn_orders_with_needs_come_near_the_exact_shares(monkeypatch):
    value = random_game("abcdef", 5)
    needs = {"c": "ab", "d": "a", "f": "de" + "a"}
    exact = attribute("abcdef", value, needs=needs)
    monkeypatch.setattr("transitplan.appraisal.attribution.EXACT_PARTS", 3)
    drawn = attribute("abcdef", value, needs=needs, orders=1000)
    off = (drawn["shapley"] - exact["shapley"]).abs()
    assert (drawn["shapley_error"].drop("a") > 0).all()
    assert (off <= 4 * drawn["shapley_error"] + 1e-9).all()
    assert drawn["shapley"].sum() == pytest.approx(value(frozenset("abcdef")))


def test_many_parts_in_a_row_are_exact():
    names = [f"p{i:02d}" for i in range(20)]
    needs = {name: names[:at] for at, name in enumerate(names)}
    table = attribute(names, lambda some: float(len(some) ** 2), needs=needs)
    assert table["shapley"].tolist() == [float(2 * at + 1) for at in range(20)]
    assert (table["shapley_error"] == 0).all()
