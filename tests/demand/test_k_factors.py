"""Factors on the pull between groups of zones: by hand, by laws, and what they refuse."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.demand.choice import Nest
from transitplan.demand.generation import TripEnds
from transitplan.demand.k_factors import read_k_factors
from transitplan.demand.travel import Rule, travel
from transitplan.demand.travel_fit import Known, fit_rules

NAMES = ["purpose", "from_group", "to_group", "factor", "low", "high", "status"]
TREE = Nest("all", ("car", "transit"))
ZONES = pd.DataFrame({"zone_id": list("1234"), "k_group": ["a", "", "b", ""]})


def table(*rows):
    return pd.DataFrame([row.split(",") for row in rows], columns=NAMES)


def read(*rows, zones=ZONES):
    return read_k_factors(table(*rows), zones, ["work", "fun"], pd.Index(list("1234")))


def world(n, purposes=("work",)):
    rng = np.random.default_rng(3)
    km = rng.uniform(2, 20, (n, n))
    shape = (len(purposes), n)
    made, drawn = rng.uniform(100, 900, shape), rng.uniform(100, 900, shape)
    drawn *= (made.sum(axis=1) / drawn.sum(axis=1))[:, None]
    ends = TripEnds(pd.RangeIndex(n), purposes, made, drawn, {}, np.ones(n))
    cost = {m: np.stack([km * v] * len(purposes)) for m, v in (("car", 120), ("transit", 200))}
    rules = [Rule(name, 0.08 / 60, 0.05 / 60, 1.2, 30.0, {"transit": 0.5}) for name in purposes]
    return ends, cost, rules, km


def odds(trips):
    return trips[0, 0] * trips[1, 1] / (trips[0, 1] * trips[1, 0])


@pytest.mark.parametrize("factor", [0.1, 0.5, 3.0])
def test_odds_of_two_zones_are_divided_by_the_factor_of_each_way(factor):
    """Balancing keeps odds ratios (Deming & Stephan 1940): both ways, so the factor twice."""
    ends, cost, rules, _ = world(2)
    plain = travel(ends, cost, rules, TREE).total[0]
    one_way = {"work": np.array([[1.0, factor], [1.0, 1.0]])}
    found = travel(ends, cost, rules, TREE, k_factors=one_way).total[0]
    assert odds(found) == pytest.approx(odds(plain) / factor, rel=1e-6)
    both_ways = {"work": np.array([[1.0, factor], [factor, 1.0]])}
    found = travel(ends, cost, rules, TREE, k_factors=both_ways).total[0]
    assert odds(found) == pytest.approx(odds(plain) / factor**2, rel=1e-6)


def test_a_pair_of_zones_solved_by_hand():
    """10 trips of each end at equal costs and K = 1/3: x / (10 - x) = 3, so 7.5 stay."""
    ends = TripEnds(
        pd.RangeIndex(2), ("work",), np.full((1, 2), 10.0), np.full((1, 2), 10.0), {}, np.ones(2)
    )
    cost = {"car": np.full((1, 2, 2), 600.0)}
    rules = [Rule("work", 0.08 / 60, 0.05 / 60, 1.2, 30.0, {})]
    zones = pd.DataFrame({"zone_id": ["0", "1"], "k_group": ["", "over"]})
    factor = read_k_factors(
        table(f"all,over,rest,{1 / 3},,,"), zones, ["work"], pd.Index(["0", "1"])
    )
    found = travel(ends, cost, rules, Nest("all", ("car",)), k_factors=factor)
    np.testing.assert_allclose(found.total[0], [[7.5, 2.5], [2.5, 7.5]], rtol=1e-6)


def test_a_factor_of_one_changes_no_bit_and_a_half_keeps_ends_and_costs():
    ends, cost, rules, _ = world(9, ("work", "fun"))
    plain = travel(ends, cost, rules, TREE)
    same = travel(ends, cost, rules, TREE, k_factors={"work": np.ones((9, 9))})
    for mode, trips in plain.trips.items():
        np.testing.assert_array_equal(same.trips[mode], trips)
    over = np.arange(9) > 5
    between = over[:, None] != over
    half = travel(ends, cost, rules, TREE, k_factors={"work": np.where(between, 0.5, 1.0)})
    assert half.total[0][between].sum() < 0.8 * plain.total[0][between].sum()
    np.testing.assert_allclose(half.total[0].sum(axis=1), ends.productions[0], rtol=1e-6)
    np.testing.assert_allclose(half.total[0].sum(axis=0), ends.attractions[0], rtol=1e-6)
    np.testing.assert_array_equal(half.total[1], plain.total[1])  # another purpose
    np.testing.assert_array_equal(half.composite_s, plain.composite_s)


def test_a_fit_finds_the_rules_again_with_the_factors_they_had():
    ends, cost, rules, km = world(9)
    over = np.arange(9) > 5
    factors = {"work": np.where(over[:, None] != over, 0.3, 1.0)}
    real = travel(ends, cost, rules, TREE, k_factors=factors)
    shares = real.shares().loc["work"].to_dict()
    known = {"work": Known(shares, float((real.total[0] * km).sum() / real.total[0].sum()))}
    start = [replace(rules[0], constants={}, deterrence_per_s=0.02 / 60)]
    found, made = fit_rules(ends, cost, start, TREE, known, km=km, k_factors=factors)
    assert found[0].deterrence_per_s == pytest.approx(rules[0].deterrence_per_s, rel=1e-3)
    np.testing.assert_allclose(made.total, real.total, rtol=1e-2)


def test_rows_hold_both_ways_and_zones_without_a_group_are_the_rest():
    found = read("work,a,rest,0.5,0.1,1,assumed", "work fun,b,b,2,,,")
    np.testing.assert_array_equal(
        found["work"], [[1, 0.5, 1, 0.5], [0.5, 1, 1, 1], [1, 1, 2, 1], [0.5, 1, 1, 1]]
    )
    assert found["fun"].sum() == 17
    assert set(read("all,a,b,1,,,")) == {"work", "fun"}


def test_every_problem_is_told_at_once():
    with pytest.raises(tp.ValidationError) as caught:
        read(
            "work,a,c,0.5,,,",
            "play,a,b,0,,,",
            "work,a,b,0.5,0.6,1,guessed",
            "all,b,a,,,,",
        )
    told = "\n".join(caught.value.problems)
    for words in (
        "column to_group: line 2 is none of a, b, rest",
        "column purpose: line 3 is none of work, fun, all",
        "column factor: line 3 is 0",
        "column factor: line 4 is outside its low and high",
        "column factor: line 5 is empty",
        "column status: line 4 is none of",
        "line 5 says again",
    ):
        assert words in told, (words, told)
    with pytest.raises(tp.ValidationError, match="k_group are missing"):
        read("work,a,b,0.5,,,", zones=ZONES[["zone_id"]])
