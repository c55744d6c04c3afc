"""How the car trips of a demand model answer: several purposes in a class, and none that drive."""

import numpy as np
import pytest

import transitplan as tp
from tests.cli.running import transitplan
from tests.scenario.demand_case import MODEL, TABLES, demand_case
from transitplan.demand.choice import choose
from transitplan.demand.response import answer
from transitplan.graph.road import posted_toll_cny
from transitplan.scenario.demand_build import build_demand_model
from transitplan.scenario.demand_make import make_demand, response_shares
from transitplan.scenario.demand_record import record_tables
from transitplan.scenario.forecast import inputs_version
from transitplan.scenario.response import has_response, read_response

NO_COUNTS = MODEL.replace('counts = "counts.csv"\n', "")
SCHOOL = {  # of the class of other trips: many pupils, of whom few are in cars
    "rates": """school,production,pupils,1.0,trips/day per pupil,invented,assumed
school,attraction,population,0.2,trips/day per person,invented,assumed
""",
    "rules": "school,car_other,0.09,0.05,1.3,17,invented,assumed\n",
    "directions": "school,am,0.45,0.05\nschool,pm,0.05,0.45\nschool,rest,0,0\n",
    "shares": """school,walk,0.5,,,assumed
school,ebike,0.3,,,assumed
school,transit,0.12,,,assumed
school,car,0.03,,,assumed
school,car_passenger,0.05,,,assumed
""",
    "lengths": "school,5,,,,,,assumed\n",
}
WALKED = (
    TABLES["shares"]
    .replace("other,car,0.2,", "other,car,0,")
    .replace("other,car_passenger,0.1,", "other,car_passenger,0,")
    .replace("other,walk,0.3", "other,walk,0.6")
)


def of(folder, **changes):
    return tp.read_case(demand_case(folder, model=NO_COUNTS, **changes))


def test_a_class_of_two_purposes_answers_as_both_of_them_together(tmp_path):
    """Against both nested logits solved anew with a car of six more seconds, persons kept."""
    made = make_demand(
        of(tmp_path, **{name: TABLES[name] + rows for name, rows in SCHOOL.items()}), scenarios=()
    )
    run, more_s = made.base.run, 6.0
    model, costs = run.model, run.model.costs_s(run.before)
    t = model.day.periods.index("am")
    out, back = model.day.outbound[:, t], model.day.back[:, t]
    cars, lost, slope = 0.0, 0.0, 0.0
    for k in (1, 2):
        rule, chosen = model.rules[k], []
        for added in (0.0, more_s):
            dearer = {"car": added, "car_passenger": added}
            utilities = {
                mode: rule.constants[mode] - rule.scale_per_s * (each[k] + dearer.get(mode, 0.0))
                for mode, each in costs.items()
            }
            chosen.append(choose(model.tree, utilities).shares)
        drivers = run.travel.trips["car"][k]
        fewer = drivers * (1.0 - chosen[1]["car"] / chosen[0]["car"])
        both = chosen[0]["car"] + chosen[0]["car_passenger"]
        steep = drivers * rule.scale_per_s * (1.0 - both)
        cars, lost, slope = (
            done + out[k] * each + back[k] * each.T
            for done, each in ((cars, drivers), (lost, fewer), (slope, steep))
        )
    share = response_shares(made.base, "am").matrix("share_car_other").to_numpy()
    asked = share > 0
    assert asked.sum() > 20
    rules = record_tables(made)["response"].set_index("class_name").loc["car_other"]
    scale = rules["scale_per_min"] / 60
    used = scale * cars * (1.0 - share)
    np.testing.assert_allclose(used[asked], slope[asked], rtol=1e-4)
    change = np.full_like(share, more_s)
    after = answer(cars, share, change, scale_per_s=scale).trips
    np.testing.assert_allclose((cars - after)[asked], lost[asked], rtol=2e-3)


def test_a_class_that_nobody_drives_does_not_answer(tmp_path):
    folder = demand_case(tmp_path, model=NO_COUNTS, shares=WALKED)
    done = transitplan("demand", folder, "--threads", "1")
    assert done.code == 0, done.stderr
    case = tp.read_case(folder)
    assert has_response(case)
    for year in case.years:
        assert list(read_response(case, year).shares) == ["car_commute"]
        assert "car_other" in [each.name for each in case.demand(year).classes]  # border cars


def test_where_nobody_drives_there_is_no_response(tmp_path):
    walked = WALKED.replace("commute,car,0.28,0.2,0.4", "commute,car,0,,")
    walked = walked.replace("commute,car_passenger,0.07,0.05,0.1", "commute,car_passenger,0,,")
    walked = walked.replace("commute,walk,0.15,0.1,0.2", "commute,walk,0.5,,")
    folder = demand_case(tmp_path, model=NO_COUNTS, shares=walked)
    done = transitplan("demand", folder, "--threads", "1")
    assert done.code == 0, done.stderr
    assert not has_response(tp.read_case(folder))


def test_terminal_time_is_fitted_to_the_first_purpose_with_trips_by_car(tmp_path):
    lengths = "purpose,mean_km,mean_min\nother,9,30\ncommute,10.5,34\n"
    made = make_demand(of(tmp_path, shares=WALKED, lengths=lengths), scenarios=())
    found = record_tables(made)["lengths"].set_index("purpose")
    assert found.loc["commute", "mean_min"] == pytest.approx(34, rel=2e-3)
    assert 120.0 < made.base.run.model.terminal_s < 720.0


@pytest.mark.parametrize("names", ["2025/base 2035/base", "now then"])
def test_demand_of_any_name_and_folder_has_its_response(tmp_path, names):
    folder = demand_case(tmp_path, model=NO_COUNTS)
    renamed(folder, *names.split())
    done = transitplan("demand", folder, "--scenario", "high", "--threads", "1")
    assert done.code == 0, done.stderr
    case = tp.read_case(folder)
    assert has_response(case)
    for year in case.years:
        assert sorted(read_response(case, year).shares) == ["car_commute", "car_other"]


@pytest.mark.parametrize(
    ("hour", "names", "told"),
    [
        ("pm", "2025_am 2035_am", "2025_am.omx would be both am of 2025, central growth, and pm"),
        ("am", "2025_am 2025_pm", "2025_pm.omx would be both pm of 2025, central growth, and am"),
        ("am", "base base_response", "would be both response of 2025, and am of 2035"),
        ("am", "base base", "base.omx would be both am of 2025, central growth, and am of 2035"),
    ],
)
def test_outputs_with_one_file_are_refused_before_anything_is_solved(tmp_path, hour, names, told):
    folder = demand_case(tmp_path, model=NO_COUNTS.replace('hour = "am"', f'hour = "{hour}"'))
    renamed(folder, *names.split())
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()}
    done = transitplan("demand", folder)
    assert done.code == 2
    text = " ".join(done.stderr.split())
    assert told in text
    assert "case.toml (key demand in [years" in text
    assert "model.toml" in text
    assert "trips and times seek" not in text
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()} == before


def test_a_later_year_pays_the_tolls_of_its_rules_and_not_of_the_network(tmp_path):
    folder = demand_case(tmp_path, model=NO_COUNTS)
    path = folder / "tolls.csv"
    text = path.read_text(encoding="utf-8")
    before = tp.read_case(folder)
    free = "E,car,all,all,2010-01-01,2030-01-01,5,invented,assumed\nE,car,all,all,2030-01-02,,0,"
    path.write_text(text.replace("E,car,all,all,2010-01-01,,5,", free), encoding="utf-8")
    after = tp.read_case(folder)
    for year, cny in ((2025, 5.0), (2035, 0.0)):
        network = build_demand_model(after, year, threads=1).model.network
        east = (network.links["crossing_id"] == "E").to_numpy()
        assert set(posted_toll_cny(network.links, "car")[east]) == {cny}
    assert inputs_version(after, 2025) == inputs_version(before, 2025)
    assert inputs_version(after, 2035) != inputs_version(before, 2035)
    other = text.replace("M,car,other,all,,,8", "M,car,other,all,,,9")  # no class of the model
    path.write_text(other.replace("invented", "made up"), encoding="utf-8")
    assert inputs_version(tp.read_case(folder), 2035) == inputs_version(before, 2035)


def renamed(folder, now, then):
    path = folder / "case.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("2025_am.omx", f"{now}.omx").replace("2035_am.omx", f"{then}.omx")
    path.write_text(text, encoding="utf-8")
