import re
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
    assert len(case.sites) >= 5
    assert list(case.years) == [2025, 2030, 2035]
    forms = {form.form for site in case.sites for form in site.forms}
    assert forms == {"bridge", "tunnel", "widening"}
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


MISTAKES = """
[[forms]]
kind = "cable_stayed_brige"
open_year = 2030

[[forms]]
kind = "bored_tunnel_one_bore"
start_year = 2028
open_year = 2029

[[forms]]
kind = "arch_bridge"
open_year = 2030
toll_cny = -5

[[forms]]
kind = "arch_bridge"
label = "long"
open_year = 2030
spend_profile = [0.5, 0.4, 0.05]

[[forms]]
kind = "pontoon"
open_year = 2030
capital_low_cny = 9e9
capital_cost_cny = 1e9
"""


def test_every_problem_of_every_option_file_comes_at_once(folder):
    middle = folder / "options" / "middle.toml"
    other = middle.with_name("other.toml")
    shutil.copy(middle, other)
    replace(
        folder / "case.toml", '"options/middle.toml"', '"options/middle.toml", "options/other.toml"'
    )
    replace(other, "from_node_id = 23", "from_node_id = 99")
    replace(middle, "capital_cost_cny = 3.2e9\n", "")
    middle.write_text(middle.read_text(encoding="utf-8") + MISTAKES, encoding="utf-8")
    with pytest.raises(tp.ValidationError) as caught:
        tp.read_case(folder)
    text = "\n".join(caught.value.problems)
    for words in (
        "other.toml: from_node_id 99 is not in node.csv. Correct the id or add the node.",
        "middle.toml, forms.0.capital_cost_cny: Field required. Add it.",
        "forms.2 (cable_stayed_brige): kind 'cable_stayed_brige' is not in the form library. Did",
        "forms.3 (bored_tunnel_one_bore): open_year 2029 comes before the work that begins in 2028",
        "middle.toml, forms.4.toll_cny: Input should be greater than or equal to 0 (found -5.0).",
        "middle.toml, forms.5: the shares of spend_profile add up to 0.95, not 1.",
        "middle.toml, forms.6: capital cost 1e+09 is outside its range 9e+09 to",
    ):
        assert words in text
    assert len([line for line in caught.value.problems if "other.toml" in line]) == 1


def test_years_of_a_form_are_checked_even_where_its_cost_is_missing(folder):
    middle = folder / "options" / "middle.toml"
    text = middle.read_text(encoding="utf-8").replace("capital_cost_cny = 3.2e9\n", "")
    middle.write_text(re.sub(r"open_year = \d+", "open_year = 2026", text), encoding="utf-8")
    with pytest.raises(tp.ValidationError) as caught:
        tp.read_case(folder)
    problems = "\n".join(caught.value.problems)
    assert "forms.0.capital_cost_cny: Field required" in problems
    assert "forms.0: building for 3 years to open in 2026 would begin before" in problems


def test_options_that_share_a_name_or_begin_before_the_case_does_are_refused(folder):
    middle = folder / "options" / "middle.toml"
    again = '\n[[forms]]\nkind = "cable_stayed_bridge"\nopen_year = 2026\n'
    middle.write_text(middle.read_text(encoding="utf-8") + again, encoding="utf-8")
    with pytest.raises(tp.ValidationError) as caught:
        tp.read_case(folder)
    [early, twice] = caught.value.problems
    assert "bridge: building for 3 years to open in 2026 would begin before the base year" in early
    assert "option middle-bridge stands twice. Give one of the forms a label." in twice


@pytest.mark.parametrize(
    ("crossing", "kind", "message"),
    [
        ("N", "widening", "crossing_id N has no links to widen"),
        ("E", "arch_bridge", "crossing_id E has links already"),
    ],
)
def test_a_widening_needs_a_crossing_and_all_else_a_free_place(folder, crossing, kind, message):
    middle = folder / "options" / "middle.toml"
    head = middle.read_text(encoding="utf-8").partition("[[forms]]")[0]
    head = head.replace('crossing_id = "N"', f'crossing_id = "{crossing}"')
    middle.write_text(f'{head}\n[[forms]]\nkind = "{kind}"\nopen_year = 2030\n', encoding="utf-8")
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
