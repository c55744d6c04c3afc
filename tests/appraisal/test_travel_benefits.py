"""Gains by logsums of the whole demand model: quadrature, small changes, runs refused."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad

import transitplan as tp
from transitplan.appraisal.travel_benefits import travel_benefits
from transitplan.demand.choice import Nest
from transitplan.demand.generation import TripEnds
from transitplan.demand.travel import Rule, travel

N = 6
TREE = Nest("all", ("car", "transit", Nest("slow", ("walk", "ebike"), 0.7)))
RULES = (
    Rule("work", 0.05 / 60, 0.02 / 60, 1.2, 30.0, {"transit": 0.4}),
    Rule("other", 0.07 / 60, 0.05 / 60, 1.5, 20.0, {"ebike": -1.0}),
)
RNG = np.random.default_rng(11)
COST = {mode: RNG.uniform(600, 3600, (2, N, N)) for mode in TREE.alternatives}
CHANGE = RNG.uniform(-1200, 400, (N, N))
MADE = RNG.uniform(50, 500, (2, N))


def run(part, made=MADE):
    """Two purposes of travellers of whom most have a car, whose cost changes."""
    drawn = np.tile(made.sum(axis=1, keepdims=True) / N, N)
    ends = TripEnds(pd.RangeIndex(N), ("work", "other"), made, drawn, {}, np.linspace(0.4, 0.9, N))
    return travel(ends, {**COST, "car": COST["car"] + part * CHANGE}, RULES, TREE)


def test_the_exact_gain_is_the_integral_of_car_trips_over_their_cost():
    found = travel_benefits(run(0.0), run(1.0), RULES).set_index("purpose")
    for k, rule in enumerate(RULES):

        def height(part, k=k):
            return -float((run(part).trips["car"][k] * CHANGE).sum())

        area, _ = quad(height, 0.0, 1.0, epsrel=1e-9)
        row = found.loc[rule.purpose]
        assert row["exact_h"] == pytest.approx(area / 3600, rel=1e-7)
        assert row["exact_cny"] == pytest.approx(area / 3600 * rule.value_of_time_cny_per_h)
        assert row["persons_per_day"] == pytest.approx(MADE[k].sum(), rel=1e-6)


def test_rule_of_a_half_nears_the_exact_gain_as_the_change_gets_small():
    off = []
    for part in (0.4, 0.2, 0.1):
        found = travel_benefits(run(0.0), run(part), RULES)
        off.append(np.abs(found["half_cny"] / found["exact_cny"] - 1.0).to_numpy())
    assert (off[0] < 0.02).all()
    assert (off[1] < 0.6 * off[0]).all()
    assert (off[2] < 0.6 * off[1]).all()
    none = travel_benefits(run(0.0), run(0.0), RULES)
    assert (none[["half_h", "exact_h"]] == 0.0).all(axis=None)


def test_runs_of_other_trips_are_refused():
    with pytest.raises(tp.ValidationError, match="trip ends of purpose work differ"):
        travel_benefits(run(0.0), run(0.0, made=1.1 * MADE), RULES)
    with pytest.raises(tp.ValidationError, match="different purposes"):
        travel_benefits(run(0.0), run(0.5), RULES[:1])
