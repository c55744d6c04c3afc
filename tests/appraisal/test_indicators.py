"""Rates, payback and the ladder: closed forms, a second library's definition, a published case."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transitplan.appraisal.indicators import (
    DOMINATED,
    EXTENDED,
    SAME,
    incremental_ladder,
    indicators,
    internal_rate,
    payback_years,
)
from transitplan.appraisal.money import Streams, discount_factors


def table(*rows):
    names = ["option_id", "pv_costs_cny", "pv_benefits_cny"]
    return pd.DataFrame(rows, columns=names)


@given(
    rate=st.floats(-0.2, 0.5),
    benefits=st.lists(st.floats(1.0, 100.0), min_size=2, max_size=40),
)
def test_the_internal_rate_makes_the_stream_worth_nothing(rate, benefits):
    """Capital is what the benefits are worth at the rate, so the rate is the answer."""
    years = np.arange(1, len(benefits) + 1)
    capital = float((np.array(benefits) * (1 + rate) ** -years).sum())
    found = internal_rate(np.array([-capital, *benefits]))
    assert found.rate == pytest.approx(rate, abs=1e-8)
    assert found.note == ""


def test_an_annuity_has_its_rate():
    """100 repaid by 20 times 100 r / (1 − (1 + r)⁻²⁰) has the rate r."""
    payment = 100 * 0.08 / (1 - 1.08**-20)
    assert internal_rate(np.array([-100.0, *[payment] * 20])).rate == pytest.approx(0.08, abs=1e-12)


def test_several_rates_are_named_and_none_is_given():
    # −1 + 2.3 / (1 + r) − 1.32 / (1 + r)² is nothing at 10 % and at 20 %.
    found = internal_rate(np.array([-1.0, 2.3, -1.32]))
    assert np.isnan(found.rate)
    assert found.note == "several internal rates: 10.00%, 20.00%"


@pytest.mark.parametrize(
    ("stream", "note"),
    [
        ([-5.0, -1.0], "the stream has one sign only"),
        ([1.0, 1.0], "the stream has one sign only"),
        ([0.0, 0.0], "the stream has one sign only"),
        ([-1.0, 10.0], "no internal rate between −50 % and 100 %"),
    ],
)
def test_what_has_no_rate_says_why(stream, note):
    found = internal_rate(np.array(stream))
    assert np.isnan(found.rate)
    assert note in found.note


def test_payback():
    years = np.arange(2028, 2036)
    net = np.array([-60.0, -60.0, 40.0, 40.0, 40.0, -10.0, 40.0, 40.0])
    # Even after three years, then a renewal: paid back for good a quarter of a year later.
    assert payback_years(net, years, 2030) == pytest.approx(4.25)
    assert np.isnan(payback_years(np.array([-100.0, 1.0]), years[:2], 2029))
    assert payback_years(np.array([0.0, 5.0]), years[:2], 2029) == 0.0


def test_indicators_agree_with_their_definitions():
    years = np.arange(2025, 2041)
    cost, benefit = np.zeros((1, 16)), np.zeros((1, 16))
    cost[0, 1:3], benefit[0, 3:] = 50.0, 15.0
    found = Streams(years, cost, benefit, discount_factors(0.06, years, 2025))
    row = indicators("a", found, 2028)
    pv_cost = 50 * (1.06**-1 + 1.06**-2)
    pv_benefit = 15 * (1 - 1.06**-13) / 0.06 * 1.06**-2
    assert row["npv_cny"] == pytest.approx(pv_benefit - pv_cost)
    assert row["bcr"] == pytest.approx(pv_benefit / pv_cost)
    assert row["first_year_return"] == pytest.approx(15 * 1.06**-3 / pv_cost)
    assert row["payback_years"] == pytest.approx(100 / 15)
    assert row["discounted_payback_years"] > row["payback_years"]
    at_rate = (benefit - cost)[0] @ (1 + row["eirr"]) ** -(years - 2025.0)
    assert at_rate == pytest.approx(0.0, abs=1e-9)
    assert row["note"] == ""


def test_undefined_values_are_said():
    years = np.arange(2025, 2028)
    nothing = np.zeros((1, 3))
    row = indicators("a", Streams(years, nothing, nothing, np.ones((1, 3))), 2026)
    assert np.isnan(row["bcr"])
    assert np.isnan(row["eirr"])
    assert "benefit-cost ratio undefined: no costs" in row["note"]


def test_a_published_ladder():
    """Sullivan, Wicks & Koelling, *Engineering economy*, example 10-7 (three public works).

    Incremental ratios 1.3385 (A), 0.9137 (B over A), 1.1576 (C over A): A, not B, then C.
    """
    rate, life = 0.10, 50
    annuity = (1 - (1 + rate) ** -life) / rate
    projects = {
        "A": (8.5e6, 750e3, 1.25e6, 2.150e6),
        "B": (10e6, 725e3, 1.75e6, 2.265e6),
        "C": (12e6, 700e3, 2.00e6, 2.500e6),
    }
    costs = {
        name: capital + upkeep * annuity - market * (1 + rate) ** -life
        for name, (capital, upkeep, market, _) in projects.items()
    }
    assert costs == pytest.approx({"A": 15_925_463, "B": 17_173_333, "C": 18_923_333}, rel=1e-6)
    benefits = {name: row[3] * annuity for name, row in projects.items()}
    found = incremental_ladder(table(*((n, costs[n], benefits[n]) for n in projects)))
    found = found.set_index("option_id")
    assert found.loc["A", "incremental_bcr"] == pytest.approx(1.3385, abs=5e-5)
    assert found.loc["B", "status"] == EXTENDED
    over_a = (benefits["B"] - benefits["A"]) / (costs["B"] - costs["A"])
    assert over_a == pytest.approx(0.9137, abs=5e-5)
    assert found.loc["C", "compared_with"] == "A"
    assert found.loc["C", "incremental_bcr"] == pytest.approx(1.1576, abs=5e-5)
    assert found["best"].to_dict() == {"A": False, "B": False, "C": True}


def test_dominated_options_and_those_alike_are_marked():
    found = incremental_ladder(
        table(("twin", 10.0, 30.0), ("a", 10.0, 30.0), ("dear", 12.0, 29.0), ("bad", 1.0, -1.0))
    ).set_index("option_id")
    assert found["status"].to_dict() == {
        "bad": DOMINATED,
        "a": "on the frontier",
        "twin": SAME,
        "dear": DOMINATED,
    }
    assert found.loc["twin", "note"] == "incremental ratio undefined: no difference"
    assert np.isnan(found.loc["twin", "incremental_bcr"])


@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.integers(-20, 120)), min_size=1, max_size=9, unique=True
    )
)
def test_the_ladder_finds_what_brute_force_finds(points):
    rows = [(f"o{at}", float(cost), float(gain)) for at, (cost, gain) in enumerate(points)]
    found = incremental_ladder(table(*rows)).set_index("option_id")
    ratios = found["incremental_bcr"].dropna().to_numpy()
    assert (np.diff(ratios) <= 1e-12).all()  # each step brings less than the one before
    net = {name: gain - cost for name, cost, gain in rows}
    if max(net.values()) > 0:
        best = found.index[found["best"]][0]
        assert net[best] == max(net.values())
    else:
        assert not found["best"].any()
    everything = [("none", 0.0, 0.0), *rows]
    for name, cost, gain in rows:
        beaten = any(c <= cost and g >= gain and (c, g) != (cost, gain) for _, c, g in everything)
        assert (found.loc[name, "status"] == DOMINATED) == beaten
