"""The pivot against the whole nested logit and gravity model, closed forms, and quadrature."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad

import transitplan as tp
from transitplan.demand.choice import Nest, choose
from transitplan.demand.generation import TripEnds
from transitplan.demand.response import Response, answer, answer_demand
from transitplan.demand.travel import Rule, travel
from transitplan.model.demand import build_demand

SCALE, DETERRENCE = 0.05 / 60, 0.02 / 60
TREE = Nest("all", ("car", "transit", Nest("slow", ("walk", "ebike"), 0.6)))
RULE = Rule("work", SCALE, DETERRENCE, 1.2, 30.0, {"transit": 0.4, "ebike": -1.0})
N = 9


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def costs(rng):
    return {mode: rng.uniform(600, 3600, (1, N, N)) for mode in TREE.alternatives}


@pytest.fixture
def ends(rng):
    made, drawn = rng.uniform(50, 500, (2, 1, N))
    drawn *= made.sum() / drawn.sum()
    return TripEnds(pd.RangeIndex(N), ("work",), made, drawn, {}, np.ones(N))


@pytest.fixture
def change(rng):
    """The car's cost falls for most and rises for some."""
    return rng.uniform(-1500, 500, (N, N))


@pytest.fixture
def base(ends, costs):
    """Car trips, the car's share and persons of the whole model."""
    found = travel(ends, costs, [RULE], TREE)
    return found.trips["car"][0], found.trips["car"][0] / found.total[0], found


def moved(costs, change):
    return {**costs, "car": costs["car"] + change}


def test_mode_shift_is_the_whole_nested_logit(base, costs, change):
    trips, share, found = base
    persons = found.total[0]
    utilities = {
        mode: RULE.constants.get(mode, 0.0) - SCALE * cost[0]
        for mode, cost in moved(costs, change).items()
    }
    after = choose(TREE, utilities)
    pivot = answer(trips, share, change, scale_per_s=SCALE)
    np.testing.assert_allclose(pivot.trips, persons * after.shares["car"], rtol=1e-12)
    composite = found.composite_s[0, 0] + after.logsum / SCALE  # what it fell by
    assert pivot.surplus_s == pytest.approx((persons * composite).sum(), rel=1e-9)


def test_redistribution_is_the_whole_gravity_model_on_logsums(base, ends, costs, change):
    trips, share, found = base
    whole = travel(ends, moved(costs, change), [RULE], TREE)
    pivot = answer(trips, share, change, scale_per_s=SCALE, deterrence_per_s=DETERRENCE)
    np.testing.assert_allclose(pivot.trips, whole.trips["car"][0], rtol=1e-8)
    assert np.abs(whole.total[0] - found.total[0]).sum() > 0.01 * found.total[0].sum()


def test_passengers_who_share_the_time_belong_to_the_share(costs, change):
    """Car and passenger in one nest: their common share gives the drivers exactly."""
    both = Nest("all", ("transit", "walk", "ebike", Nest("private", ("car", "passenger"), 0.5)))
    costs = {mode: cost[0] for mode, cost in costs.items()}
    utilities = {mode: -SCALE * cost for mode, cost in costs.items()}
    utilities["passenger"] = utilities["car"] - 1.3
    after = {**utilities}
    for mode in ("car", "passenger"):
        after[mode] = utilities[mode] - SCALE * change
    before, now = choose(both, utilities).shares, choose(both, after).shares
    private = before["car"] + before["passenger"]
    pivot = answer(100.0 * before["car"], private, change, scale_per_s=SCALE)
    np.testing.assert_allclose(pivot.trips, 100.0 * now["car"], rtol=1e-12)


@pytest.mark.parametrize("deterrence", [None, DETERRENCE])
def test_without_a_change_not_a_bit_changes(base, deterrence):
    trips, share, _ = base
    found = answer(trips, share, np.zeros((N, N)), scale_per_s=SCALE, deterrence_per_s=deterrence)
    assert found.trips.tobytes() == trips.tobytes()
    assert found.surplus_s == 0.0
    equal = answer(trips, share, np.full((N, N), 1e-12), scale_per_s=SCALE)
    np.testing.assert_allclose(equal.trips, trips, rtol=1e-14)


def test_the_slope_at_no_change_is_scale_times_the_rest_of_the_share(base):
    trips, share, _ = base
    step = np.full((N, N), 0.01)
    more, less = (answer(trips, share, way * step, scale_per_s=SCALE).trips for way in (1, -1))
    np.testing.assert_allclose((more - less) / 0.02, -SCALE * (1 - share) * trips, rtol=1e-7)


def test_a_share_of_all_is_a_trip_that_cannot_leave_the_car(base, change):
    """With the whole share in the car, modes do nothing and destinations are plain gravity."""
    trips, _, _ = base
    still = answer(trips, np.ones((N, N)), change, scale_per_s=SCALE)
    np.testing.assert_allclose(still.trips, trips, rtol=1e-12)
    assert still.surplus_s == pytest.approx(-(trips * change).sum(), rel=1e-12)
    spread = answer(
        trips, np.ones((N, N)), change, scale_per_s=SCALE, deterrence_per_s=DETERRENCE
    ).trips
    factor = np.log(spread / trips) + DETERRENCE * change  # a row factor plus a column factor
    factor -= factor.mean(axis=0) + factor.mean(axis=1)[:, None] - factor.mean()
    np.testing.assert_allclose(factor, 0.0, atol=1e-9)


def test_persons_and_both_their_ends_are_kept(base, change):
    trips, share, _ = base
    found = answer(trips, share, change, scale_per_s=SCALE, deterrence_per_s=DETERRENCE)
    after = share * np.exp(-SCALE * change) / (1 - share + share * np.exp(-SCALE * change))
    before, now = trips / share, found.trips / after
    np.testing.assert_allclose(now.sum(axis=0), before.sum(axis=0), rtol=1e-9)
    np.testing.assert_allclose(now.sum(axis=1), before.sum(axis=1), rtol=1e-9)
    none = answer(trips, share, change, scale_per_s=SCALE, deterrence_per_s=1e-12)
    modes = answer(trips, share, change, scale_per_s=SCALE)
    np.testing.assert_allclose(none.trips, modes.trips, rtol=1e-7)


def test_pairs_without_a_share_or_without_a_way_stay(base, change):
    trips, share, _ = base
    share, change = share.copy(), change.copy()
    share[0], share[:, 0] = 0.0, 0.0
    change[3, 4], change[4, 3], change[5, 6] = np.inf, -np.inf, np.nan
    stay = (share == 0) | ~np.isfinite(change)
    for deterrence in (None, DETERRENCE):
        found = answer(trips, share, change, scale_per_s=SCALE, deterrence_per_s=deterrence)
        assert (found.trips[stay] == trips[stay]).all()
        assert (found.trips[~stay] != trips[~stay]).all()
        assert np.isfinite(found.surplus_s)
    fixed = answer(trips, 0 * share, change, scale_per_s=SCALE)
    known = np.isfinite(change)
    assert fixed.surplus_s == pytest.approx(-(trips[known] * change[known]).sum(), rel=1e-12)


@pytest.mark.parametrize("deterrence", [None, DETERRENCE])
def test_the_surplus_is_the_area_left_of_the_demand_curves(base, change, deterrence):
    """Along the straight way from the old costs to the new: −∫ Σ T(c) dc."""
    trips, share, _ = base
    rules = {"scale_per_s": SCALE, "deterrence_per_s": deterrence}

    def height(part):
        return -float((answer(trips, share, part * change, **rules).trips * change).sum())

    area, _ = quad(height, 0.0, 1.0, epsrel=1e-10)
    assert answer(trips, share, change, **rules).surplus_s == pytest.approx(area, rel=1e-9)


@pytest.mark.parametrize("deterrence", [None, DETERRENCE])
def test_rule_of_a_half_and_logsum_are_alike_for_small_changes(base, change, deterrence):
    """They differ by the curve of demand: halving the change divides the difference by four."""
    trips, share, _ = base
    off = []
    for part in (0.2, 0.1, 0.05):
        small = part * change
        found = answer(trips, share, small, scale_per_s=SCALE, deterrence_per_s=deterrence)
        half = -0.5 * ((trips + found.trips) * small).sum()
        off.append(abs(half / found.surplus_s - 1.0))
    assert off[0] < 0.01
    assert off[0] / off[1] == pytest.approx(4.0, rel=0.2)
    assert off[1] / off[2] == pytest.approx(4.0, rel=0.1)


def test_classes_answer_by_their_own_rules_and_others_stay():
    classes = (tp.UserClass("car_commute"), tp.UserClass("truck", use="truck"))
    demand = build_demand([5, 7], np.full((2, 2, 2), 10.0), classes=classes)
    half = np.array([[0.0, 0.25], [0.5, 0.0]])  # of zones 7 and 5, in that order
    response = Response(
        pd.Index([7, 5]), {"car_commute": half}, {"car_commute": SCALE}, {"car_commute": SCALE}
    )
    after, gained = answer_demand(demand, response, np.full((2, 2, 2), -60.0), "modes")
    grown = np.exp(SCALE * 60)
    wanted = {
        (5, 7): 10 * grown / (1 + 0.5 * (grown - 1)),
        (7, 5): 10 * grown / (0.75 + 0.25 * grown),
    }
    for (origin, destination), trips in wanted.items():
        assert after.matrix("car_commute").loc[origin, destination] == pytest.approx(trips)
    assert (after.trips_vph[1] == 10.0).all()
    assert gained[1] == 4 * 10 * 60
    assert gained[0] > gained[1]
    with pytest.raises(tp.ValidationError, match="2 zones, of which") as caught:
        answer_demand(build_demand([5, 8], np.ones((2, 2))), response, np.zeros((1, 2, 2)), "modes")
    assert "classes car_commute are none of" in caught.value.problems[1]


def test_what_makes_no_choice_is_refused_with_all_problems():
    with pytest.raises(tp.ValidationError) as caught:
        Response(
            pd.Index([1, 2]),
            {
                "a": np.array([[0.1, 1.2], [np.nan, 0.0]]),
                "b": np.zeros((2, 2)),
                "c": np.zeros((2, 2)),
            },
            {"a": 0.1, "b": 0.1, "d": 1.0},
            {"a": 0.2, "b": 0.1},
        )
    told = caught.value.problems
    assert len(told) == 4
    assert "2 shares of class a are not between 0 and 1 (zone 1 to 2: 1.2)" in told[0]
    assert "class a has a deterrence of 0.2 and a scale of 0.1" in told[1]
    assert "class c has shares but no scale" in told[2]
    assert "d have a scale but no shares" in told[3]
