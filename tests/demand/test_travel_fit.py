"""Rules fitted again from the trips that known rules make."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.demand.choice import Nest
from transitplan.demand.generation import TripEnds
from transitplan.demand.travel import Rule, travel
from transitplan.demand.travel_fit import Known, fit_rules

TREE = Nest("all", ("car", "transit", Nest("slow", ("walk", "ebike"), 0.6)))


@pytest.fixture
def world():
    rng = np.random.default_rng(5)
    place = rng.uniform(0, 20, (12, 2))
    km = 1.3 * np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)) + 0.5
    made = rng.uniform(100, 900, (2, 12))
    drawn = rng.uniform(100, 900, (2, 12))
    drawn *= (made.sum(axis=1) / drawn.sum(axis=1))[:, None]
    ends = TripEnds(pd.RangeIndex(12), ("work", "other"), made, drawn, {}, rng.uniform(0.2, 1, 12))
    speed = {"car": 30, "transit": 20, "walk": 4.8, "ebike": 15}
    extra = {"car": 300, "transit": 700, "walk": 0, "ebike": 120}
    cost = {m: np.stack([km * 3600 / v + extra[m]] * 2) for m, v in speed.items()}
    rules = [
        Rule("work", 0.06 / 60, 0.04 / 60, 1.2, 30.0, {"transit": 0.8, "walk": -0.5, "ebike": 0.4}),
        Rule("other", 0.07 / 60, 0.06 / 60, 1.5, 20.0, {"transit": -0.3, "ebike": 0.2}),
    ]
    return ends, cost, rules, km


def test_the_rules_that_made_the_trips_are_found_again(world):
    ends, cost, rules, km = world
    real = travel(ends, cost, rules, TREE)
    shares = real.shares()
    known = {
        rule.purpose: Known(
            shares.loc[rule.purpose].to_dict(),
            float((real.total[k] * km).sum() / real.total[k].sum()),
        )
        for k, rule in enumerate(rules)
    }
    start = [replace(rule, constants={}, deterrence_per_s=0.02 / 60) for rule in rules]
    found, made = fit_rules(ends, cost, start, TREE, known, km=km)
    for rule, again in zip(rules, found, strict=True):
        assert again.deterrence_per_s == pytest.approx(rule.deterrence_per_s, rel=1e-4)
        for mode in TREE.alternatives:
            assert again.constants[mode] == pytest.approx(rule.constants.get(mode, 0.0), abs=1e-4)
    np.testing.assert_allclose(made.total, real.total, rtol=1e-3)


def test_what_is_not_known_stays(world):
    ends, cost, rules, km = world
    shares = {"car": 0.4, "transit": 0.3, "walk": 0.1, "ebike": 0.2}
    found, made = fit_rules(ends, cost, rules, TREE, {"work": Known(shares)}, km=km)
    assert found[1] is rules[1]
    assert found[0].deterrence_per_s == rules[0].deterrence_per_s
    assert made.shares().loc["work"].to_dict() == pytest.approx(shares, abs=1e-5)


def test_lengths_that_cannot_be_and_shares_that_do_not_add_up(world):
    ends, cost, rules, km = world
    shares = {"car": 0.4, "transit": 0.3, "walk": 0.1, "ebike": 0.2}
    with pytest.raises(tp.ConvergenceError, match="would pass the scale of the modes"):
        fit_rules(ends, cost, rules, TREE, {"work": Known(shares, 0.6)}, km=km)
    bad = {
        "work": Known(shares | {"car": 0.5}, -1.0),
        "other": Known({"car": 1.0}),
        "fun": Known(shares),
    }
    with pytest.raises(tp.ValidationError, match="add up to 1.1") as caught:
        fit_rules(ends, cost, rules, TREE, bad, km=km)
    assert len(caught.value.problems) == 4


def test_trips_that_reach_nothing_name_purpose_zones_and_who(world):
    ends, cost, rules, _ = world
    cut = {mode: each.copy() for mode, each in cost.items()}
    for mode in ("transit", "walk", "ebike"):
        cut[mode][1, 3, :] = np.inf  # other trips of zone 3, but by car
    with pytest.raises(tp.ValidationError) as caught:
        travel(ends, cut, rules, TREE)
    [told] = caught.value.problems
    assert told.startswith(
        "travel: purpose other: people without a car at hand in zones 3 reach no zone"
    )
    for each in cut.values():
        each[1, :, 5] = np.inf
    with pytest.raises(tp.ValidationError, match="purpose other: zones 5 draw trips, and nobody"):
        travel(ends, cut, rules, TREE)
