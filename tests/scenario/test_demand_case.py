"""A case's demand from its tables: fitted, consistent, accounted for, written all or none."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from tests.cli.running import transitplan
from tests.scenario.demand_case import MODEL, TABLES, demand_case
from transitplan.demand.choice import choose
from transitplan.scenario.demand_build import build_demand_model
from transitplan.scenario.demand_counts import hour_counts
from transitplan.scenario.demand_files import write_together
from transitplan.scenario.demand_make import make_demand, response_shares
from transitplan.scenario.demand_model import hour_demands, solve_demand
from transitplan.scenario.demand_record import record_tables, warnings
from transitplan.scenario.forecast import demand_notices, demand_problems
from transitplan.scenario.response import read_response

BRIDGE = "17 18"  # both directions of the west bridge


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return demand_case(tmp_path_factory.mktemp("demand"), BRIDGE)


@pytest.fixture(scope="module")
def written(folder):
    done = transitplan("demand", folder, "--scenario", "high", "--threads", "1")
    assert done.code == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def made(folder):
    return make_demand(tp.read_case(folder), threads=2)


@pytest.fixture(scope="module")
def record(made):
    return record_tables(made)


def test_shares_lengths_and_minutes_are_met(record):
    base = record["shares"][record["shares"]["year"] == 2025]
    np.testing.assert_allclose(base["share"], base["target"], atol=2e-3)
    assert (base.loc[base["target"] == 0, "trips_per_day"] == 0).all()
    length = record["lengths"].iloc[0]
    assert length["mean_km"] == pytest.approx(10.5, rel=2e-3)
    assert length["mean_min"] == pytest.approx(34, rel=2e-3)
    terminal = record["calibrated"]["terminal_min"]
    assert terminal.between(2.0, 12.0, inclusive="neither").all()
    assert record["warnings"].empty


def test_minutes_out_of_reach_end_at_the_range_and_are_told(tmp_path):
    lengths = TABLES["lengths"].replace("10.5,34,8,12,25,45", "10.5,60,8,12,,")
    case = tp.read_case(demand_case(tmp_path, BRIDGE, lengths=lengths))
    found = record_tables(make_demand(case, scenarios=()))
    assert (found["calibrated"]["terminal_min"] == 12.0).all()
    assert found["lengths"].loc[0, "mean_min"] < 50
    assert any("60 are known" in text for text in found["warnings"]["text"])


def test_trips_and_times_agree_with_the_fitted_rules(made):
    """From empty roads, without a fit, the same rules lead to the same trips."""
    run = made.base.run
    assert run.gap <= 1e-3
    again = solve_demand(run.model, gap=1e-4, threads=1)
    for period, demand in run.demand.items():
        far = np.abs(again.demand[period].trips_vph - demand.trips_vph).sum()
        assert far < 2e-3 * demand.total_vph


def test_without_growth_the_later_year_is_the_base(made):
    base, later = made.years
    for period, demand in later.written.items():
        far = np.abs(demand.trips_vph - base.written[period].trips_vph).sum()
        assert far < 3e-3 * demand.total_vph


def test_counts_draw_the_matrix_and_the_record_says_how(made, record):
    for row in record["counts"].to_dict("records"):
        before, after = (
            abs(row[name] - row["counted_vph"]) for name in ("before_vph", "after_vph")
        )
        assert after < 0.2 * before
    pm = record["counts"].set_index("period").loc["pm"]
    told = pm[["counted_vph", "low_vph", "sigma_vph"]].astype(float)
    assert told.tolist() == pytest.approx([960, 840, 48])
    flow = made.base.flows["am"].class_flow_vph.sum(axis=0)
    links = made.case.network.links["link_id"].astype(str).isin(BRIDGE.split()).to_numpy()
    assert flow[links].sum() == pytest.approx(record["counts"].loc[0, "after_vph"], rel=1e-2)


def test_vehicles_are_the_drivers_of_the_hour_and_the_background(made, record):
    travel, model = made.base.run.travel, made.base.run.model
    commuters = travel.trips["car"][0]
    wanted = 0.55 * (0.4 * commuters + 0.0 * commuters.T)
    own = made.base.modelled["am"].matrix("car_commute").to_numpy()
    np.testing.assert_allclose(own, wanted)  # no border car commutes
    behind = model.background["am"].total_vph
    assert hour_demands(model, travel)["am"].total_vph == pytest.approx(
        behind + own.sum() + 0.55 * 0.15 * travel.trips["car"][1].sum()
    )
    rows = record["accounts"].set_index(["year", "stage"])["value"]
    assert rows.loc[2025, "generated"].sum() == pytest.approx(travel.total.sum())
    assert rows.loc[2025, "by mode"].sum() == pytest.approx(travel.total.sum())


def test_the_response_is_the_choice_of_those_with_a_car(made):
    """In the morning all commuters go out: their share is that of the nested logit."""
    run = made.base.run
    shares = response_shares(made.base, "am").matrix("share_car_commute").to_numpy()
    rule, costs = run.model.rules[0], run.model.costs_s(run.before)
    utilities = {
        mode: rule.constants[mode] - rule.scale_per_s * each[0] for mode, each in costs.items()
    }
    chosen = choose(run.model.tree, utilities).shares
    wanted = chosen["car"] + chosen["car_passenger"]
    there = made.base.modelled["am"].matrix("car_commute").to_numpy() > 0
    np.testing.assert_allclose(shares[there], wanted[there], atol=1e-6)
    other = response_shares(made.base, "am").matrix("share_car_other").to_numpy()
    assert (other[[6, 7]] == 0).all()  # border stations: their cars do not answer
    assert other[0, 1] > 0


@pytest.mark.usefixtures("written")
def test_files_are_the_same_again_on_any_number_of_threads(folder):
    files = sorted((folder.parents[1] / "od_matrices").rglob("*.*"))
    names = {path.name for path in files}
    assert {"2025_am.omx", "2025_am_response.omx", "2035_pm_high.omx", "range.csv"} <= names
    before = {path: path.read_bytes() for path in files}
    done = transitplan("demand", folder, "--scenario", "high", "--threads", "2")
    assert done.code == 0
    assert done.stderr == ""  # quiet when piped
    assert {path: path.read_bytes() for path in files} == before
    assert sorted(read_response(tp.read_case(folder), 2035).shares) == ["car_commute", "car_other"]
    assert "demand and times agree to 0.0" in done.stdout
    assert "Counts pm: GEH below 5 on 0% of those fitted before, 100% after\n" in done.stdout
    ranges = pd.read_csv(next(path for path in files if path.name == "range.csv"))
    late = ranges[(ranges["year"] == 2035) & (ranges["item"] == "vehicles_am")]
    assert late.set_index("scenario")["value"].loc["high"] > 1.1 * late["value"].min()


@pytest.mark.usefixtures("written")
def test_a_demand_of_other_tables_is_told(folder):
    case = tp.read_case(folder)
    assert demand_problems(case) == []
    path = folder / "demand" / "shares.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("other,walk,0.3", "other,walk,0.30"), encoding="utf-8")
    try:
        found = demand_problems(tp.read_case(folder))
        told = transitplan("validation", folder)
        checked = transitplan("check", folder)
        again = json.loads(transitplan("validation", folder, "--json").stdout)
        stale = demand_notices(tp.read_case(folder))
    finally:
        path.write_text(text, encoding="utf-8")
    assert len(found) == 2
    assert "made from other zones" in found[0]
    assert told.code == 0
    assert told.stderr.count("made from other zones") == 2
    left, recorded = stale
    assert ": 6 files of other inputs than" in left  # responses, evenings, high growth
    assert "the record is of other inputs" in recorded
    assert told.stderr.count("Warning: ") == len(again["problems"]) == 4
    assert "Out of date: the case has changed" in told.stdout
    assert checked.stderr.count("warning: ") == 2
    fresh = transitplan("validation", folder)
    assert fresh.stderr == ""
    assert "Out of date" not in fresh.stdout


def test_every_problem_of_every_table_is_told_at_once(tmp_path):
    changes = {
        "zones": TABLES["zones"].replace("8,0,0,0,invented,assumed\n", "").replace("0.45", "1.45"),
        "rates": TABLES["rates"].replace("jobs,0.2", "places,0.2"),
        "rules": TABLES["rules"].replace("car_other", "cars").replace("0.04,1.6", "0.4,1.6"),
        "directions": TABLES["directions"].replace("commute,rest,0.1", "commute,rest,0.2"),
        "growth": TABLES["growth"].replace("1,1,1.2", "1.3,1,1.2"),
        "shares": TABLES["shares"].replace("other,walk,0.3", "other,walk,0.5"),
        "lengths": TABLES["lengths"].replace("other,9", "fun,9"),
        "freight_rules": TABLES["freight_rules"].replace("truck,truck", "truck,ship"),
        "counts": TABLES["counts"].replace("{links}", "17 99"),
    }
    with pytest.raises(tp.ValidationError) as caught:
        tp.read_case(demand_case(tmp_path, **changes))
    told = "\n".join(caught.value.problems)
    for words in (
        "zones 8 have no row",
        "car_available_share: line 7 is not a number of 0 or more and at most 1",
        "rules.csv, column class: line 3 is none of car_commute",
        "above scale_per_min",
        "shares of purpose commute add up to 1.1",
        "shares of purpose other add up to 1.2",
        "lengths.csv, column purpose: line 3 is no purpose",
        "freight_rules.csv, column use: line 2 is none of",
    ):
        assert words in told, (words, told)
    assert len(caught.value.problems) == len(set(caught.value.problems))


def test_modes_and_nests_that_cannot_be(tmp_path):
    model = MODEL.replace('members = ["walk", "ebike"]', 'members = ["walk", "car", "tram"]')
    model = model.replace('kind = "walk"\n', 'kind = "passenger"\nspeed_kph = 5\n')
    with pytest.raises(tp.ValidationError) as caught:
        tp.read_case(demand_case(tmp_path, model=model))
    told = "\n".join(caught.value.problems)
    assert "no mode or nest is called 'tram'" in told
    assert "car stands in them twice" in told
    assert "more than one is of kind passenger" in told
    assert "speed_kph: has no use in a mode of kind passenger, only of cycle" in told


def test_keys_that_a_mode_would_ignore_are_refused(tmp_path):
    ignored = "cny_per_km = 3\nconstant_min = 9\nfare_cny = 2\nlongest_min = 5\n"
    model = MODEL.replace('kind = "passenger"\n', f'kind = "passenger"\n{ignored}')
    model = model.replace('kind = "car"\n', f'kind = "car"\n{ignored}')
    model = model.replace('kind = "transit"\n', 'kind = "transit"\ncny_per_km = 3\n')
    with pytest.raises(tp.ValidationError) as caught:
        tp.read_case(demand_case(tmp_path, model=model))
    keys = {text.split(": ")[0].split("modes.")[1] for text in caught.value.problems}
    both = ("cny_per_km", "constant_min", "fare_cny", "longest_min")
    wanted = {f"{mode}.{key}" for mode in ("car", "car_passenger") for key in both}
    assert keys == wanted | {"transit.cny_per_km"}


def test_counts_that_are_all_held_out_are_in_the_record(tmp_path):
    """In the morning a count is fitted and one held out; in the evening only the latter counts."""
    counts = """
count_id,kind,links,volume_per_day,hour_share,volume_vph_pm,sigma_vph,use,low,high
W,screenline,{links},8000,0.1,,40,fit,7000,9000
H,turn,17 18,8000,0.1,1000,40,holdout,7000,9000
"""
    network = tp.read_case("networks/two_banks").network
    first = network.links.set_index("link_id").loc[17]
    after = network.links[
        (network.links["from_node_id"] == first["to_node_id"])
        & (network.links["to_node_id"] != first["from_node_id"])
    ].iloc[0]["link_id"]
    counts = counts.replace("turn,17 18", f"turn,17 {after}")
    made = make_demand(tp.read_case(demand_case(tmp_path, BRIDGE, counts=counts)), scenarios=())
    assert set(made.estimated) == {"am"}
    rows = record_tables(made)["counts"].set_index(["period", "count_id"])
    assert list(rows.index) == [("am", "W"), ("am", "H"), ("pm", "H")]
    pm, am = rows.loc[("pm", "H")], rows.loc[("am", "H")]
    assert pm["before_vph"] == pm["after_vph"] > 0
    flow = made.base.flows["pm"].class_flow_vph.sum(axis=0)
    ids = network.links["link_id"].tolist()
    assert pm["after_vph"] <= min(flow[ids.index(17)], flow[ids.index(after)]) + 1e-6
    assert pm[["counted_vph", "low_vph", "high_vph", "sigma_vph"]].tolist() == pytest.approx(
        [1000, 875, 1125, 50]
    )
    assert am[["low_vph", "high_vph"]].tolist() == pytest.approx([700, 900])


def test_small_shares_that_are_missed_are_told(made, record):
    """A hundredth of the trips that nobody makes is a miss, although a small one."""
    shares = record["shares"].copy()
    mine = (shares["mode"] == "park_ride") & (shares["target"] == 0.01)
    shares.loc[mine, "share"] = 0.008
    told = warnings(made, record | {"shares": shares})
    assert told == ["commute: 0.8% of the trips by park_ride, 1.0% was wanted."]


def test_growth_to_more_cars_than_people_is_refused(tmp_path):
    growth = TABLES["growth"] + "rest,2035,car_available_share,1,1.5,1.8\n"
    with pytest.raises(tp.ValidationError) as caught:
        tp.read_case(demand_case(tmp_path / "high", BRIDGE, growth=growth))
    assert len(caught.value.problems) == 1  # 0.6 times 1.5 is possible
    assert "growth.csv, 2035, column high: car_available_share of zones 2, 5" in str(caught.value)
    possible = growth.replace("1.8", "1.6")
    tp.read_case(demand_case(tmp_path / "low", BRIDGE, growth=possible))


def test_goods_vehicles_named_as_cars_are_refused(tmp_path):
    changes = {
        "freight": TABLES["freight"].replace("truck,", "car_other,"),
        "freight_rules": TABLES["freight_rules"].replace("truck,truck", "car_other,truck"),
    }
    with pytest.raises(tp.ValidationError, match="column class: line 2 is a class of cars"):
        tp.read_case(demand_case(tmp_path, **changes))


def test_files_are_written_all_or_none(tmp_path):
    def fails(path):
        path.write_text("half", encoding="utf-8")
        raise OSError("disk full")

    files = {
        tmp_path / "a.csv": lambda path: path.write_text("whole", encoding="utf-8"),
        tmp_path / "record" / "b.csv": fails,
    }
    with pytest.raises(OSError, match="disk full"):
        write_together(files)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_file_that_cannot_be_replaced_leaves_all_as_they_were(tmp_path):
    old, new, blocked = (tmp_path / name for name in ("old.csv", "new.csv", "blocked.csv"))
    old.write_text("before", encoding="utf-8")
    (blocked / "inside").mkdir(parents=True)  # a folder that no file can take the name of

    def write(path):
        path.write_text("after", encoding="utf-8")

    with pytest.raises(OSError, match="blocked"):
        write_together(dict.fromkeys((old, new, blocked), write))
    assert old.read_text(encoding="utf-8") == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blocked.csv", "old.csv"]
    blocked.joinpath("inside").rmdir()
    blocked.rmdir()
    assert write_together(dict.fromkeys((old, new, blocked), write)) == [old, new, blocked]
    assert {path.read_text(encoding="utf-8") for path in (old, new, blocked)} == {"after"}


def test_counts_of_another_period():
    table = pd.DataFrame(
        {
            "count_id": ["a", "b"],
            "volume_per_day": ["1000", "2000"],
            "hour_share": ["0.1", "0.1"],
            "hour_share_ip": ["0.05", ""],
            "sigma_vph": ["20", "20"],
        }
    )
    found = hour_counts(table, "ip", "am")
    assert found["count_id"].tolist() == ["a"]
    assert found["hour_share"].tolist() == ["0.05"]
    assert float(found["sigma_vph"].iloc[0]) == pytest.approx(10.0)
    assert len(hour_counts(table, "am", "am")) == 2


def test_sigma_of_another_period_follows_the_volumes():
    """An empty cell is filled as an absent column is; a share of a day and an hour compare."""
    table = pd.DataFrame(
        {
            "count_id": ["given", "empty", "hours"],
            "volume_per_day": ["8000", "8000", ""],
            "hour_share": ["0.1", "0.1", ""],
            "volume_vph": ["", "", "500"],
            "hour_share_pm": ["0.12", "", ""],
            "volume_vph_pm": ["", "960", "1000"],
            "sigma_vph": ["40", "40", "30"],
            "sigma_vph_pm": ["45", "", ""],
        }
    )
    found = hour_counts(table, "pm", "am")["sigma_vph"].astype(float)
    assert found.tolist() == pytest.approx([45, 48, 60])
    found = hour_counts(table.drop(columns="sigma_vph_pm"), "pm", "am")["sigma_vph"].astype(float)
    assert found.tolist() == pytest.approx([48, 48, 60])


def test_cases_without_a_model_have_one_scenario():
    done = transitplan("demand", "networks/two_banks", "--scenario", "all")
    assert done.code == 2
    assert "has no demand model" in " ".join(done.stderr.split())


def test_a_later_year_keeps_the_fitted_rules(made):
    base, later = made.years
    assert later.run.model.rules == base.run.model.rules
    assert later.run.model.terminal_s == base.run.model.terminal_s
    faster = replace(later.run.model, terminal_s=0.0)
    quick = solve_demand(faster, threads=1).travel.trips["car"].sum()
    assert quick > later.run.travel.trips["car"].sum()


def test_time_at_the_ends_of_a_mode_counts_in_cost_and_minutes(folder, tmp_path):
    model = MODEL.replace("fare_cny = 2\n", "fare_cny = 2\nterminal_min = 6\n")
    plain, slower = (
        build_demand_model(tp.read_case(each), 2025).model
        for each in (folder, demand_case(tmp_path, BRIDGE, model=model))
    )
    there = np.isfinite(plain.other_s["transit"])
    more = slower.other_s["transit"][there] - plain.other_s["transit"][there]
    np.testing.assert_allclose(more, 360.0)
    minutes = slower.other_min["transit"][there[0]] - plain.other_min["transit"][there[0]]
    np.testing.assert_allclose(minutes, 6.0)
    np.testing.assert_array_equal(slower.other_s["walk"], plain.other_s["walk"])


def test_a_misspelt_purpose_of_the_rates_is_one_problem_that_names_its_line(tmp_path):
    lines = TABLES["rates"].strip().split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("commute,"))
    lines[at] = lines[at].replace("commute", "comute")
    with pytest.raises(tp.ValidationError) as caught:
        tp.read_case(demand_case(tmp_path, rates="\n".join(lines) + "\n"))
    [told] = caught.value.problems
    assert told.endswith(
        f"rates.csv, column purpose: line {at + 1} is in none of rules.csv, directions.csv, "
        "shares.csv, lengths.csv: 'comute'. Did you mean commute?"
    )
