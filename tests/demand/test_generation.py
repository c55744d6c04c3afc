"""Trips of a day, when they are made, and how they grow: closed forms, laws, refused tables."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import transitplan as tp
from transitplan.demand.generation import generate
from transitplan.demand.growth import grow
from transitplan.demand.pivot import CASES, pivot
from transitplan.demand.time_of_day import read_day, split_day, vehicles

ZONES = pd.DataFrame(
    {
        "zone_id": [1, 2, 3],
        "workers": [100, 300, 0],
        "jobs": [50, 50, 400],
        "pupils": [10, 20, 30],
        "car_available_share": [0.2, 0.5, 1.0],
    }
)
RATES = pd.DataFrame(
    [
        ("work", "production", "workers", 1.5, 1.0, 2.0),
        ("work", "attraction", "jobs", 1.2, 1.0, 2.0),
        ("school", "production", "workers", 0.2, 0.1, 0.3),
        ("school", "production", "pupils", 1.0, 0.8, 1.2),
        ("school", "attraction", "pupils", 2.0, 1.0, 2.0),
    ],
    columns=["purpose", "end", "attribute", "value", "low", "high"],
).assign(unit="trips/day", source="invented", status="assumed")
IDS = pd.Index([3, 1, 2])


def test_ends_by_hand_in_the_order_asked_for():
    found = generate(ZONES, RATES, IDS, hold={"school": "attraction"})
    assert found.purposes == ("work", "school")
    np.testing.assert_allclose(found.productions[0], [0, 150, 450])
    np.testing.assert_allclose(found.attractions[0], [480, 60, 60])  # 600 trips, as produced
    np.testing.assert_allclose(found.attractions[1], [60, 20, 40])
    made = np.array([30.0, 30.0, 80.0])
    np.testing.assert_allclose(found.productions[1], made * 120 / 140)
    assert found.scaled == pytest.approx({"work": 1.0, "school": 120 / 140})
    assert found.car_share.tolist() == [1.0, 0.2, 0.5]
    assert found.to_frame()["productions"].sum() == pytest.approx(720)


def test_all_problems_of_both_tables_are_named():
    zones = ZONES.assign(workers=[-5, 300, 0], car_available_share=[0.2, 1.5, 1.0])
    zones = zones[zones["zone_id"] != 3]
    zones.loc[5] = [9, 1, 1, 1, 0.5]
    rates = RATES.assign(value=["x", 1.2, 0.2, 1.3, 2.0], status="guessed").iloc[[0, 2, 3, 4]]
    rates.loc[9] = ["work", "beginning", "floor_space_m2", 1.0, 0.0, 2.0, "", "", "assumed"]
    with pytest.raises(tp.ValidationError) as caught:
        generate(zones, rates, IDS)
    for part in (
        "rates, column value: line 2 is not a number",
        "rates, column value: line 4 is outside its low and high",
        "rates, column end: line 6 is none of production, attraction",
        "rates, column unit: line 6 is empty",
        "rates, column status: lines 2, 3, 4, 5 are none of measured",
        "rates: purpose work has no rate of attraction",
        "zones, column workers: line 2 is not a number of 0 or more",
        "zones, column car_available_share: line 3 is not a number of 0 or more and at most 1",
        "zones: zones 3 have no row",
        "zones: zones 9 are not in the network",
        "zones: no column 'floor_space_m2'",
    ):
        assert part in str(caught.value)
    assert len(caught.value.problems) == 11
    with pytest.raises(tp.ValidationError, match="no zone has attractions"):
        generate(ZONES.assign(jobs=0), RATES, IDS)


DIRECTIONS = pd.DataFrame(
    [
        ("work", "am", 0.35, 0.02),
        ("work", "inter", 0.1, 0.1),
        ("work", "pm", 0.03, 0.3),
        ("work", "night", 0.02, 0.08),
        ("school", "am", 0.5, 0.0),
        ("school", "pm", 0.0, 0.5),
    ],
    columns=["purpose", "period", "outbound_share", "return_share"],
)
PERIODS = pd.DataFrame({"period": ["am", "inter", "pm", "night"], "hours": [2, 7, 3, 12]}).assign(
    peak_hour_share=[0.55, 0.16, 0.4, 0.2]
)


@given(st.integers(0, 999))
@settings(max_examples=30, deadline=None)
def test_every_trip_of_the_day_is_in_a_period_and_a_direction(seed):
    rng = np.random.default_rng(seed)
    trips = rng.exponential(10, (2, 3, 3))
    day = read_day(DIRECTIONS, PERIODS, ["work", "school"])
    found = split_day(trips, day)
    np.testing.assert_allclose(found.sum(axis=(0, 2, 3)), trips.sum(axis=(1, 2)))
    # A tour comes home: over the day each zone is left as often as it is entered, where the
    # shares out and back are equal.
    school = found[:, 1].sum(axis=0)
    np.testing.assert_allclose(school.sum(axis=0), school.sum(axis=1))
    np.testing.assert_allclose(found[0, 1], 0.5 * trips[1])
    np.testing.assert_allclose(found[2, 1], 0.5 * trips[1].T)
    cars = vehicles(found, [1.25, 2.0])
    np.testing.assert_allclose(1.25 * cars[:, 0] + 2.0 * cars[:, 1], found.sum(axis=1))


def test_shares_that_do_not_add_up_are_refused_with_the_rest():
    directions = DIRECTIONS.assign(return_share=[0.02, 0.1, 0.4, 0.08, 0.0, 0.5])
    directions.loc[9] = ["leisure", "noon", 0.1, -0.1]
    with pytest.raises(tp.ValidationError) as caught:
        read_day(directions, PERIODS.assign(hours=[2, 7, 2, 12]), ["work", "school", "shop"])
    for part in (
        "shares of purpose work add up to 1.1, not to 1",
        "shares of purpose shop add up to 0, not to 1",
        "hours add up to 23, not to 24",
        "column peak_hour_share: line 4 is below 1 / hours",
        "column purpose: line 8 is none of work, school, shop",
        "column period: line 8 is none of am, inter, pm, night",
        "column return_share: line 8 is not a number of 0 or more",
    ):
        assert part in str(caught.value)
    with pytest.raises(tp.ValidationError, match="1 or more"):
        vehicles(np.ones((2, 1, 1)), [0.9, 1.0])


def test_each_case_of_the_pivot():
    """Rows of the table of Daly, Fox & Patruni (2012), k1 = 0.5 and k2 = 5, worked out by hand."""
    rows = [  # base, model base, forecast, answer
        (0, 0, 0, 0),
        (0, 0, 7, 7),
        (0, 4, 0, 0),
        (0, 4, 19, 0),
        (0, 4, 30, 10),  # 30 − 5 × 4
        (6, 0, 0, 6),
        (6, 0, 7, 13),
        (6, 4, 0, 0),
        (6, 4, 5, 7.5),
        (10, 1, 3, 12),  # X = 0.5 + 5 max(0.1, 0.1) = 1, so 10 × 1 / 1 + (3 − 1)
    ]
    b, s, f, wanted = np.array(rows, dtype=float).T
    found = pivot(b, s, f)
    np.testing.assert_allclose(found.trips, wanted)
    assert [CASES[i] for i in found.case[:3]] == list(CASES[:3])
    assert found.extreme == pytest.approx(10 + 12)
    assert sum(found.shares().values()) == pytest.approx(1)


@given(st.integers(0, 999))
@settings(max_examples=50, deadline=None)
def test_pivot_laws(seed):
    """No change keeps the base; a base that is the model's gives the forecast; more is more."""
    rng = np.random.default_rng(seed)
    b, s, f = (rng.lognormal(0, 2, 20) * (rng.random(20) > 0.3) for _ in range(3))
    limit = (0.5 + np.maximum(5 * s / np.where(b > 0, b, 1), 0.5)) * s
    plain = (s > 0) & (b > 0)
    np.testing.assert_allclose(pivot(b, s, s).trips[plain], b[plain])
    mild = np.minimum(f, s * 5)
    np.testing.assert_allclose(pivot(s, s, mild).trips[s > 0], mild[s > 0])
    assert (pivot(b, s, f * 1.3).trips >= pivot(b, s, f).trips - 1e-12).all()
    # Growth beyond the limit goes on without a jump.
    edge = np.where(plain, limit, 1.0)
    near, past = (pivot(b, s, edge * (1 + d)).trips for d in (-1e-9, 1e-9))
    slope = np.divide(b, s, out=np.ones_like(b), where=plain) + 1
    assert (np.abs(past - near)[plain] <= (3e-9 * edge * slope)[plain]).all()


def test_pivot_refuses_what_is_no_matrix():
    with pytest.raises(tp.ValidationError, match="shapes differ") as caught:
        pivot(np.array([-1.0]), np.ones(2), np.ones(1), normal=0)
    assert len(caught.value.problems) == 3


def test_growth_by_group_and_scenario():
    zones = ZONES.assign(super_zone=["A", "", "A"])
    growth = pd.DataFrame({"group": ["A", "rest", "A"], "year": [2030, 2030, 2035]})
    growth = growth.assign(attribute="jobs", low=[1.1, 1.0, 1.2], central=1.3, high=[1.5, 1.4, 2.0])
    assert grow(zones, growth, 2030, scenario="low")["jobs"].tolist() == pytest.approx(
        [55, 50, 440]
    )
    assert grow(zones, growth, 2035, scenario="high")["jobs"].tolist() == [100, 50, 800]
    assert grow(zones, growth, 2035)["workers"].tolist() == [100, 300, 0]
    bad = growth.assign(group=["A", "rest", "Z"], low=[2.0, 1.0, 1.0], attribute="cows")
    with pytest.raises(tp.ValidationError) as caught:
        grow(zones, bad, 2040)
    for part in ("is not between", "attribute: lines 2, 3, 4", "group: line 4", "no rows for 2040"):
        assert part in str(caught.value)
