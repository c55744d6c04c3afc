import shutil
from pathlib import Path

import pytest

import transitplan as tp
from transitplan.scenario.options import option_problems


@pytest.fixture
def folder(tmp_path):
    shutil.copytree("networks/two_banks", tmp_path / "networks" / "two_banks")
    shutil.copytree("od_matrices/two_banks", tmp_path / "od_matrices" / "two_banks")
    return tmp_path / "networks" / "two_banks"


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_shipped_cases_are_read():
    case = tp.read_case("networks/jinan")
    assert len(case.sites) >= 3
    assert list(case.years) == [2025, 2030, 2035]
    forms = {form.form for site in case.sites for form in site.forms}
    assert forms == {"bridge", "tunnel"}
    assert case.parameters["source"].notna().all()


def test_problems_of_all_files_come_together(folder):
    replace(folder / "options" / "middle.toml", "lanes = 3", "lanes = 30")
    replace(folder / "parameters.csv", ",0.08,", ",eight,")
    replace(folder / "2025" / "link.csv", ",trunk,1100,", ",trunk,lots,")
    with pytest.raises(tp.ValidationError) as caught:
        tp.read_case(folder)
    text = str(caught.value)
    assert "middle.toml, forms.0.lanes" in text
    assert "parameters.csv, column value" in text
    assert "link.csv, column capacity" in text


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("options/middle.toml", "from_node_id = 23", "from_node_id = 99", "from_node_id 99 is not"),
        (
            "options/middle.toml",
            "capital_low_cny = 2.6e9",
            "capital_low_cny = 3.3e9",
            "outside its",
        ),
        (
            "options/middle.toml",
            "capital_cost_cny = 3.2e9\n",
            "",
            "capital_cost_cny: Field required",
        ),
        ("case.toml", "base_year = 2025", "base_year = 2024", "base_year 2024 is not among"),
        ("case.toml", 'isochrones_from = "C2"', 'isochrones_from = "C9"', "'C9' is not in"),
        ("parameters.csv", "discount_rate,", "discuont_rate,", "Is it discount_rate?"),
        ("parameters.csv", ",330,days/year", ",3300,days/year", "days_per_year is 3300, more than"),
        ("parameters.csv", ",0.06,0.08,", ",0.09,0.08,", "discount_rate has a low above its value"),
        ("growth.csv", "rest,2035", "rest,2034", "year 2035 has no row of the group 'rest'"),
        ("options/middle.toml", 'crossing_id = "N"', 'crossing_id = "E"', "E has links already"),
        (
            "options/middle.toml",
            "river_km",
            "via = [[36.7, 117.1]]\nriver_km",
            "is no place. Write",
        ),
        ("case.toml", "sites =", "sights =", "sights: Extra inputs are not permitted"),
    ],
)
def test_a_broken_case_is_refused(folder, file, old, new, message):
    replace(folder / file, old, new)
    with pytest.raises(tp.ValidationError, match=message):
        tp.read_case(folder)


def test_an_unknown_parameter_says_which_row_to_add():
    case = tp.read_case("networks/two_banks")
    with pytest.raises(tp.NotFoundError, match="no row 'wind_speed'. Add it with value"):
        case.parameter("wind_speed")


def test_a_folder_without_a_case():
    with pytest.raises(tp.NotFoundError, match=r"case.toml: no such file"):
        tp.read_case(Path("networks"))


def test_demand_made_from_other_inputs_is_refused(folder):
    replace(folder / "2025" / "zone.csv", ",60000,20000,", ",66000,20000,")
    case = tp.read_case(folder)
    with pytest.raises(tp.ValidationError) as caught:
        tp.assess(case, processes=1)
    assert len(caught.value.problems) == 2
    assert "Run `transitplan demand" in str(caught.value)


def test_options_that_cannot_be_built_are_found_by_building_them(folder):
    replace(folder / "options" / "middle.toml", "length_m = 11200", "length_m = 11.2")
    [problem] = option_problems(tp.read_case(folder))
    assert "option middle-bridge, seen as two links" in problem
    assert "shorter than the straight line" in problem
