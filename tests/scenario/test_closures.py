"""The closure calendar: what a file may say, hours by hand, and states that add up to them."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.errors import ValidationError
from transitplan.scenario.closure_states import (
    both,
    build_events,
    closing,
    hours_of,
    peak_hours_of,
)
from transitplan.scenario.closures import (
    CELL_HOURS,
    HOURS_PER_YEAR,
    availability_check,
    closure_problems,
    crossing_closures,
    crossing_kinds,
    hours_by_month,
    read_closures,
    share_of_hours,
)

VALUES = {"benefit_hours_per_day": 8.0, "days_per_year": 330.0, "night_hour_worth": 0.05}
HEADER = (
    "cause_id,name,name_zh,applies_to,months,when,hours,hours_low,hours_high,share_of_years,"
    "years_seen,capacity_left,group,source,status\n"
)
FOG = "fog,fog,雾,bridge,11-2,any,60,30,90,1,,0,fog,test,assumed\n"


def calendar_of(tmp_path, rows):
    path = tmp_path / "closures.csv"
    path.write_text(HEADER + rows, encoding="utf-8")
    return read_closures(path)


def test_the_shipped_calendars_are_read_with_their_cases():
    for name in ("jinan", "two_banks"):
        case = tp.read_case(f"networks/{name}")
        assert len(case.closures) > 4
        assert case.stress_to


def test_a_case_without_a_calendar_never_shuts(tmp_path):
    shutil.copytree("networks/two_banks", tmp_path / "networks" / "two_banks")
    toml = tmp_path / "networks" / "two_banks" / "case.toml"
    text = toml.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith(("closures", "stress_to"))]
    toml.write_text("\n".join(lines), encoding="utf-8")
    case = tp.read_case(toml.parent)
    assert case.closures.empty
    assert closure_problems(case) == []
    kinds = crossing_kinds(case, case.network)
    assert crossing_closures(case.closures, kinds).empty
    assert build_events(crossing_closures(case.closures, kinds)) == []


def test_all_problems_of_a_calendar_are_told_at_once(tmp_path):
    rows = (
        "fog,fog,雾,bridge,11-13,any,60,30,90,1,,0,fog,test,assumed\n"
        "ice,ice,冰,pontoon,12-2,dusk,x,1,2,1.5,20-8,0,ice,test,assumed\n"
        "wind,wind,风,bridge,4,night,300,10,400,1,,0.5,,test,guess\n"
        "wind,,风,bridge,4,any,3,10,40,1,,0.5,,test,assumed\n"
    )
    with pytest.raises(ValidationError) as told:
        calendar_of(tmp_path, rows)
    text = "\n".join(told.value.problems)
    for words in (
        "column months (line 2): not months",
        "column when (line 3): unknown. Use any or night",
        "column hours (line 3): not a number",
        "column share_of_years (line 3): not a number from 0 to 1",
        "column years_seen (line 3): not years",
        "column hours_high (line 4): more hours than its months have",
        "column status (line 4): unknown",
        "column name (line 5): empty",
        "column hours (line 5): outside hours_low to hours_high",
        "column applies_to (line 5): stands twice",
    ):
        assert words in text, words
    path = tmp_path / "short.csv"
    path.write_text("cause_id,name\n", encoding="utf-8")
    with pytest.raises(ValidationError, match="columns name_zh, applies_to, .* are missing"):
        read_closures(path)


def test_problems_with_the_rest_of_the_case_are_told(tmp_path):
    case = tp.read_case("networks/two_banks")
    odd = calendar_of(tmp_path, FOG.replace("bridge", "X99"))
    rows = case.parameters[case.parameters["parameter_id"] != "night_hour_worth"]
    wrong = dataclasses.replace(case, closures=odd, parameters=rows, stress_to=("H9",))
    told = "\n".join(closure_problems(wrong))
    assert "stress_to: 'H9' is not in cluster.csv" in told
    assert "'X99' is no crossing and no kind of them" in told
    assert "no row night_hour_worth" in told


def test_hours_fall_into_their_months_by_days(tmp_path):
    row = calendar_of(tmp_path, FOG).to_dict("records")[0]
    days = {11: 30, 12: 31, 1: 31, 2: 28}
    expected = [60 * days.get(month, 0) / 120 for month in range(1, 13)]
    np.testing.assert_allclose(hours_by_month(row), expected)
    night = {**row, "when": "night"}
    assert share_of_hours(night)[:, 0].sum() == 0  # by day nothing
    assert hours_of(share_of_hours(night)) == pytest.approx(60)


def test_the_narrowest_row_of_a_cause_counts_and_rare_years_thin_it_out(tmp_path):
    calendar = calendar_of(
        tmp_path,
        "fog,fog,雾,all,all,any,1,1,1,1,,0,,test,assumed\n"
        "fog,fog,雾,bridge,all,any,2,2,2,1,,0,,test,assumed\n"
        "fog,fog,雾,expressway_bridge,all,any,3,3,3,1,,0,,test,assumed\n"
        "fog,fog,雾,W,all,any,40,20,80,0.25,2003;2013,0,,test,assumed\n",
    )
    case = tp.read_case("networks/two_banks")
    kinds = crossing_kinds(case, case.network)
    assert kinds == {"W": "bridge", "M": "tunnel", "E": "expressway_bridge"}
    table = crossing_closures(calendar, kinds).set_index("crossing_id")
    assert table["hours"].to_dict() == {"W": 10.0, "M": 1.0, "E": 3.0}
    assert table.loc["W", ["hours_low", "hours_high"]].tolist() == [5.0, 20.0]


def test_the_form_of_an_option_says_what_its_crossing_is():
    case = tp.read_case("networks/two_banks")
    for option, kind in (("middle-bridge", "bridge"), ("middle-tunnel", "tunnel")):
        network = tp.scenario.options.option_network(case, option, 2025)
        assert crossing_kinds(case, network, [option])["N"] == kind


def closures_of(rows):
    columns = ["crossing_id", "cause_id", "hours", "capacity_left", "group"]
    table = pd.DataFrame(rows, columns=columns)
    table["months"] = [tuple(range(1, 13))] * len(table)
    return table.assign(when="any", kind="bridge", hours_low=table["hours"] / 2,
                        hours_high=table["hours"] * 2)  # fmt: skip


def test_grouped_closures_nest_and_others_stand_alone():
    table = closures_of(
        [
            ("A", "fog", 30.0, 0.0, "fog"),
            ("B", "fog", 10.0, 0.0, "fog"),
            ("C", "fog", 10.0, 0.5, "fog"),
            ("A", "incident", 5.0, 0.0, ""),
            ("B", "incident", 7.0, 0.0, ""),
        ]
    )
    events = build_events(table)
    found = {
        (event.cause_id, level.cut): round(hours_of(level.share), 9)
        for event in events
        for level in event.levels
    }
    assert found == {
        ("fog", closing("A")): 20.0,
        ("fog", (("A", 0.0), ("B", 0.0), ("C", 0.5))): 10.0,
        ("incident", closing("A")): 5.0,
        ("incident", closing("B")): 7.0,
    }
    assert [(event.low, event.high) for event in events] == [(0.5, 2.0)] * 3


def test_states_give_every_crossing_its_hours_back():
    """A law: over the levels of an event, the hours of each crossing are those of its row."""
    case = tp.read_case("networks/jinan")
    closures = crossing_closures(case.closures, crossing_kinds(case, case.network))
    events = build_events(closures)
    for row in closures.itertuples():
        hours = sum(
            hours_of(level.share)
            for event in events
            if event.cause_id == row.cause_id
            for level in event.levels
            if (row.crossing_id, row.capacity_left) in level.cut
        )
        assert hours == pytest.approx(row.hours)


def test_nothing_happens_where_no_hour_or_no_capacity_is_taken():
    table = closures_of([("A", "fog", 0.0, 0.0, ""), ("B", "fog", 10.0, 1.0, "")])
    assert build_events(table) == []


def test_of_two_cuts_the_tighter_one_holds():
    assert both(closing("A"), (("A", 0.5), ("B", 0.5))) == (("A", 0.0), ("B", 0.5))


def test_a_whole_year_is_worth_what_a_year_of_benefits_is():
    assert peak_hours_of(np.ones(CELL_HOURS.shape), VALUES) == pytest.approx(8 * 330)
    night = np.zeros(CELL_HOURS.shape)
    night[:, 1] = 1.0
    assert peak_hours_of(night, VALUES) == pytest.approx(365 * 8 * 0.05)


def test_an_availability_outside_the_calendar_is_told():
    case = tp.read_case("networks/two_banks")
    table = closures_of([("W", "fog", 100.0, 0.5, ""), ("E", "fog", 1.0, 0.0, "")])
    found = availability_check(case.network, table, {}).set_index("crossing_id")
    assert found.loc["W", "calendar_hours"] == 50.0
    assert found.loc["W", "stated_hours"] == pytest.approx(0.01 * HOURS_PER_YEAR)
    assert found["agrees"].to_dict() == {"W": True, "E": False}  # 175 h against 0.5 to 2


def test_sources_of_the_jinan_calendar_are_all_told():
    table = pd.read_csv(Path("networks/jinan/closures.csv"))
    assert table["source"].str.len().gt(10).all()
    assert set(table["status"]) <= {"sourced", "derived", "assumed"}
