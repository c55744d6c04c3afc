import math

import pytest

from transitplan.viz.text import (
    Text,
    amounts,
    hover,
    join,
    minutes,
    money,
    number,
    people,
    people_range,
    percent,
    saving,
    sure,
)


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        (1_203_445_112, "1.2 bn CNY", "12 亿元"),
        (-320_000_000, "−0.32 bn CNY", "−3.2 亿元"),
        (12.3e9, "12 bn CNY", "120 亿元"),
        (45_678, "46,000 CNY", "4.6 万元"),
        (0, "0 CNY", "0 元"),
        (math.nan, "–", "–"),
        (math.inf, "–", "–"),
    ],
)
def test_money_is_rounded_to_what_is_known(value, en, zh):
    assert money(value) == Text(en, zh)


def test_a_range_has_one_unit_and_one_decimal():
    assert amounts([-3.1e8, 2.94e9]) == Text("−0.3 to 2.9 bn CNY", "−3 至 29 亿元")
    assert amounts([1e9, math.nan]) == Text("–", "–")


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [(23_456, "23,000", "2.3 万"), (912_345, "910,000", "91 万"), (8, "8", "8")],
)
def test_counts(value, en, zh):
    assert people(value) == Text(en, zh)


@pytest.mark.parametrize(("value", "text"), [(0.062, "0.062"), (41.0, "41"), (123_456, "123,000")])
def test_numbers_have_no_idle_zeros(value, text):
    assert number(value) == text


def test_nothing_is_minus_zero():
    assert minutes(-0.04, 1) == "0.0"
    assert percent(-0.001) == "0 %"


def test_no_way_is_a_dash():
    assert minutes(math.inf) == "–"


def test_both_languages_are_written_and_escaped():
    html = Text("a < b", "甲").__html__()
    assert html == '<span lang="en">a &lt; b</span><span lang="zh-Hans">甲</span>'
    assert Text("5", "5").__html__() == "5"


def test_the_exact_number_is_on_hover():
    assert 'title="1,203,445,112 CNY"' in hover(money(1_203_445_112), 1_203_445_112, "CNY")


def test_join_uses_the_comma_of_each_language():
    assert join([Text("a", "甲"), "b"]) == Text("a, b", "甲、b")


def test_a_range_of_counts_has_one_unit():
    assert people_range([5_500, 10_000]) == Text("5,500–10,000", "0.55–1 万")
    assert people_range([4_000]) == Text("4,000", "4,000 ")
    assert people_range([21_000, math.nan]) == Text("21,000", "2.1 万")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.049, "0"), (-0.049, "0"), (0.06, "0.1"), (-0.3, "−0.3"), (math.inf, "–"), (2.0, "2.0")],
)
def test_savings_are_told_to_a_tenth(value, text):
    assert saving(value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.998, "> 99 %"), (0.002, "< 1 %"), (1.0, "100 %"), (0.0, "0 %")]
)
def test_certainty_claims_no_more_than_the_draws(share, text):
    assert sure(share) == text
