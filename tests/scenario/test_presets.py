"""Presets are whole, say where they come from, and stand below a case's own rows."""

import shutil

import pytest

import transitplan as tp
from transitplan.scenario.checks import MONEY
from transitplan.scenario.presets import PRESETS, overridden, preset_rows


@pytest.fixture
def folder(tmp_path):
    shutil.copytree("networks/two_banks", tmp_path / "two_banks")
    return tmp_path / "two_banks"


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("name", PRESETS)
def test_every_row_has_a_range_and_a_source(name):
    rows = preset_rows(name)
    assert rows["parameter_id"].is_unique
    assert rows["parameter_id"].tolist() == preset_rows("china")["parameter_id"].tolist()
    assert rows[["low", "value", "high"]].notna().all(axis=None)
    assert ((rows["low"] <= rows["value"]) & (rows["value"] <= rows["high"])).all()
    assert (rows[["name", "name_zh", "unit", "source", "status"]] != "").all(axis=None)
    assert set(rows["status"]) <= {"sourced", "derived", "assumed"}


def test_what_money_hangs_on_is_in_the_presets_or_asked_of_the_case():
    asked = {"benefit_hours_per_day", "days_per_year", "benefit_scale", "peak_share_crossing"}
    asked |= {"trips_scale", "value_of_time_scale"}
    assert set(MONEY) - set(preset_rows("china")["parameter_id"]) == asked


def test_a_case_s_own_rows_stand_above_the_preset_s(folder):
    own = tp.read_case(folder)
    assert own.preset == "china"
    assert own.values["discount_rate"] == 0.08
    change(folder / "case.toml", 'base = "2025"', 'preset = "uk_tag"\nbase = "2025"')
    uk = tp.read_case(folder)
    assert uk.values["discount_rate"] == 0.08  # two_banks gives it
    assert uk.values["optimism_bias_1"] == 0.66
    table = uk.parameters.set_index("parameter_id")
    assert table.index.is_unique
    assert table.loc["optimism_bias_1", "source"].startswith("Transport Scotland")
    whole = overridden(uk.parameters, "uk_tag").set_index("parameter_id")
    assert whole.loc["discount_rate", "value"] == 0.035
    assert whole.index.is_unique
    assert set(whole.index) == set(table.index)


def test_the_jinan_case_leaves_the_rules_to_the_preset():
    case = tp.read_case("networks/jinan")
    assert case.values["discount_rate"] == 0.08
    assert (case.parameters["source"] != "").all()


def test_an_unknown_preset_is_refused(folder):
    change(folder / "case.toml", 'base = "2025"', 'preset = "moon"\nbase = "2025"')
    with pytest.raises(tp.ValidationError, match="preset: Input should be 'china', 'uk_tag'"):
        tp.read_case(folder)
    with pytest.raises(tp.NotFoundError, match="Use one of china, uk_tag, simple"):
        preset_rows("moon")


def test_every_problem_of_a_risk_register_is_listed(folder):
    path = folder / "risks.csv"
    shutil.copy("tests/data/risks.csv", path)
    change(folder / "case.toml", 'base = "2025"', 'risks = "risks.csv"\nbase = "2025"')
    assert len(tp.read_case(folder).risks) == 4
    change(path, "tunnel,ground,", "ferry,ground,")
    change(path, ",0.2,50e6,80e6", ",1.2,90e6,80e6")
    with pytest.raises(tp.ValidationError) as caught:
        tp.read_case(folder)
    text = str(caught.value)
    assert "ground belongs to no option or form" in text
    assert "machine has a probability outside 0 to 1" in text
    assert "machine has costs out of order" in text
