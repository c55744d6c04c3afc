"""Toll rules: what a table must be, which day counts, and that the base is what it was."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.errors import NotFoundError, ValidationError
from transitplan.graph.road import compile_road, posted_toll_cny
from transitplan.model.cases import two_routes
from transitplan.model.edits import set_columns
from transitplan.scenario.toll_rules import COLUMNS, no_rules, read_toll_rules, rules_on
from transitplan.scenario.tolls import (
    CAR_OTHER,
    PLATE_SHARES,
    Toll,
    entry_links,
    present_tolls,
    split_by_plate,
    toll_problems,
    with_tolls,
)
from transitplan.scenario.variants import Variant, variant_demand, variant_network

HEADER = ",".join(COLUMNS)


def written(folder, *rows):
    path = folder / "tolls.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def two_banks():
    return tp.read_case("networks/two_banks")


@pytest.fixture(scope="module")
def jinan():
    return tp.read_case("networks/jinan")


def test_every_wrong_cell_is_named_at_once(tmp_path):
    path = written(
        tmp_path,
        "A,car,all,all,,,-5,x,assumed",
        "A,car,green,weekend,2020-13-01,,free,,guessed",
        "B,truck,other,peak,2030-01-01,2025-01-01,5,x,assumed",
        "B,car,all,all,,,nan,x,assumed",
    )
    with pytest.raises(ValidationError) as found:
        read_toll_rules(path)
    text = str(found.value)
    for part in (
        "line 2: cny is -5; a toll is between 0 and 10000 CNY",
        "line 3: source is empty",
        "line 3: plate is 'green'. Write one of all, local, other.",
        "line 3: period is 'weekend'",
        "line 3: status is 'guessed'",
        "line 3: '2020-13-01' is not a date",
        "line 3: cny is 'free', not a number",
        "line 4: trucks pay alike whatever their plate",
        "line 4: it ends on 2025-01-01, before it begins on 2030-01-01",
        "line 5: cny is 'nan', not a number",
    ):
        assert part in text


def test_missing_columns_are_named(tmp_path):
    (tmp_path / "tolls.csv").write_text("crossing_id,cny\nA,5\n", encoding="utf-8")
    with pytest.raises(ValidationError, match="columns use, plate, period, from_date, to_date"):
        read_toll_rules(tmp_path / "tolls.csv")


@pytest.mark.parametrize(
    ("one", "two", "overlap"),
    [
        ("all,all,,", "all,all,,", True),
        ("all,all,,", "local,all,,", True),
        ("local,all,,", "other,all,,", False),
        ("all,all,,", "all,peak,,", True),
        ("all,peak,,", "all,off_peak,,", False),
        ("all,all,,2024-12-31", "all,all,2025-01-01,", False),
        ("all,all,,2025-01-01", "all,all,2025-01-01,", True),
    ],
)
def test_two_rules_may_not_say_what_the_same_car_pays_at_the_same_time(tmp_path, one, two, overlap):
    path = written(tmp_path, f"A,car,{one},5,x,assumed", f"A,car,{two},6,x,assumed")
    if not overlap:
        assert len(read_toll_rules(path)) == 2
        return
    with pytest.raises(ValidationError, match="lines 2 and 3: both rule on car at A"):
        read_toll_rules(path)


def test_the_middle_of_the_year_counts(tmp_path):
    rules = read_toll_rules(
        written(
            tmp_path,
            "A,car,all,all,,2016-03-15,10,x,sourced",
            "A,car,local,all,2016-03-16,,0,x,sourced",
            "A,car,other,all,2016-03-16,2035-12-19,10,x,assumed",
            "A,truck,all,off_peak,,,9,x,assumed",
        )
    )
    paid = {year: rules_on(rules, year)["cny"].tolist() for year in (2015, 2016, 2035, 2036)}
    assert paid == {2015: [10.0], 2016: [0.0, 10.0], 2035: [0.0, 10.0], 2036: [0.0]}


@pytest.mark.parametrize("name", ["two_banks", "jinan"])
def test_the_rules_of_the_base_are_the_tolls_of_its_links(name, request):
    case = request.getfixturevalue(name)
    assert len(case.tolls)
    for year in case.years:
        before = variant_network(replace(case, tolls=no_rules()), Variant(year))
        after = variant_network(case, Variant(year))
        assert after.version == before.version
        assert after.history == before.history
    plain, split = (
        variant_network(case, Variant(2025)),
        variant_network(case, Variant(2025, plates=True)),
    )
    for payer in ("car", "truck"):
        assert np.array_equal(
            posted_toll_cny(plain.links, payer), posted_toll_cny(split.links, payer)
        )


def test_every_crossing_of_jinan_that_charges_is_on_an_expressway_or_has_a_rule(jinan):
    links = jinan.network.links
    paid = (links["toll_cny"] > 0) | (links["toll_truck_cny"] > 0)
    charged = links[(links["crossing_id"] != "") & paid & (links["facility_type"] != "expressway")]
    assert set(charged["crossing_id"]) <= set(rules_on(jinan.tolls, 2025)["crossing_id"])
    assert "X10" in set(charged["crossing_id"])


def test_cars_of_other_plates_pay_where_those_of_the_city_do_not(jinan):
    links = variant_network(jinan, Variant(2025, plates=True)).links
    at = links[links["crossing_id"] == "X12"]
    assert posted_toll_cny(at, "car").tolist() == [0.0, 0.0]
    assert posted_toll_cny(at, CAR_OTHER).tolist() == [10.0, 10.0]
    off = links[links["crossing_id"] == ""]
    assert posted_toll_cny(off, "car").equals(posted_toll_cny(off, CAR_OTHER).rename("toll_cny"))


def test_a_rule_that_contradicts_a_link_is_refused(two_banks):
    rules = two_banks.tolls
    wrong = rules.assign(cny=rules["cny"].where(rules["use"] != "truck", 25.0))
    (text,) = toll_problems(replace(two_banks, tolls=wrong))
    assert "E truck 25 CNY in 2025, but 18 CNY on link" in text
    at_site = pd.concat([rules, rules.iloc[[0]].assign(crossing_id="N", cny=3.0)])
    found = toll_problems(replace(two_banks, tolls=at_site))
    assert len(found) == 2
    assert "cars pay 3 CNY at N in 2025, but 0 CNY by the bridge of site middle" in found[0]


def test_unknown_crossings_uses_and_missing_parameters_come_with_the_rest(tmp_path):
    shutil.copytree("networks/two_banks", tmp_path / "case")
    folder = tmp_path / "case"
    rules = folder / "tolls.csv"
    rules.write_text(
        rules.read_text(encoding="utf-8")
        + "X99,car,all,all,,,5,x,assumed\nE,balloon,all,all,,,5,x,assumed\n",
        encoding="utf-8",
    )
    table = folder / "parameters.csv"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(PLATE_SHARES[1])]
    table.write_text("".join(kept), encoding="utf-8")
    with pytest.raises(ValidationError) as found:
        tp.read_case(folder)
    text = str(found.value)
    assert "no crossing 'X99'" in text
    assert "no use 'balloon'" in text
    assert "no row other_plate_share_border" in text


def test_a_chain_is_paid_for_once_in_each_direction():
    network, _ = two_routes()
    nodes, links = network.nodes, network.links
    links = pd.concat([links.iloc[:1]] * 4, ignore_index=True).assign(
        link_id=[1, 2, 3, 4],
        from_node_id=[1, 2, 3, 2],
        to_node_id=[2, 3, 2, 1],
        crossing_id="A",
    )
    assert entry_links(links).tolist() == [True, False, True, False]
    third = nodes.iloc[[0]].assign(node_id=3, zone_id=None)
    tables = {"node": pd.concat([nodes, third], ignore_index=True), "link": links}
    tables["zone"] = network.zones
    from transitplan.model.network import build_network

    tolled = with_tolls(build_network(tables), [Toll("A", "car", 4.0)]).links
    assert tolled["toll_cny"].tolist() == [4.0, 0.0, 4.0, 0.0]
    assert tolled["toll_truck_cny"].tolist() == [0.0] * 4


def test_what_holds_for_one_plate_goes_before_what_holds_for_all(two_banks):
    tolls = (Toll("M", "car", 9.0), Toll("M", "car", 1.0, "local"))
    links = with_tolls(two_banks.network, tolls).links
    at = links[links["crossing_id"] == "M"]
    assert set(posted_toll_cny(at, "car")) == {1.0}
    assert set(posted_toll_cny(at, CAR_OTHER)) == {9.0}


def test_nothing_changes_where_tolls_are_what_they_were(two_banks):
    network = two_banks.network
    assert with_tolls(network, [Toll("E", "car", 5.0), Toll("E", "truck", 18.0)]) is network
    with pytest.raises(NotFoundError, match="no link belongs to crossing 'X99'"):
        with_tolls(network, [Toll("X99", "car", 5.0)])


def test_splitting_by_plate_loses_no_trip_and_names_who_pays(two_banks):
    plain, split = (variant_demand(two_banks, Variant(2025, plates=way)) for way in (False, True))
    assert split.total_vph == pytest.approx(plain.total_vph, rel=1e-12)
    whole = plain.matrix("car_commute")
    parts = split.matrix("car_commute") + split.matrix("car_commute_other_plate")
    pd.testing.assert_frame_equal(parts, whole)
    payers = {each.name: each.payer for each in split.classes}
    assert payers["car_commute"] == "car"
    assert payers["car_commute_other_plate"] == CAR_OTHER
    assert payers["truck"] == "truck"
    assert split_by_plate(two_banks, plain).version == split.version


def test_more_cars_of_other_plates_come_over_the_border(two_banks):
    split = variant_demand(two_banks, Variant(2025, plates=True))
    other, local = split.matrix("car_other_other_plate"), split.matrix("car_other")
    share = other / (other + local)
    zones = two_banks.network.zones.set_index("zone_id")["zone_kind"]
    inside = zones.index[zones != "external"]
    within = share.loc[inside, inside].stack().unique()
    assert within == pytest.approx(two_banks.parameter("other_plate_share"))
    border = zones.index[zones == "external"]
    assert len(border)
    over = share.loc[border].stack().dropna().unique()
    assert over == pytest.approx(two_banks.parameter("other_plate_share_border"))


def test_tolls_by_plate_need_plates():
    with pytest.raises(ValueError, match="plates=True"):
        Variant(2025, tolls=(Toll("M", "car", 5.0, "other"),))
    with_plates = Variant(2025, tolls=(Toll("M", "car", 5.0, "other"),), plates=True)
    assert with_plates.name == "none 2025, M car other plates 5 CNY, plates apart"
    assert with_plates.base == Variant(2025, plates=True)


def test_a_class_of_a_plate_keeps_the_hash_of_demands_without(two_banks):
    """Demand files written before plates were known stay what they were."""
    demand = variant_demand(two_banks, Variant(2025))
    assert all("plate" not in each.described() for each in demand.classes)
    split = variant_demand(two_banks, Variant(2025, plates=True))
    assert split.classes[1].described()["plate"] == "other"


def test_present_tolls_leave_out_what_the_network_lacks(two_banks):
    without = tp.close_crossing(two_banks.network, "E", reason="test")
    found = {toll.crossing_id for toll in present_tolls(two_banks, without, 2025, plates=True)}
    assert found == {"M", "W"}


def test_the_graph_charges_a_column_of_its_own_to_a_payer():
    network, _ = two_routes()
    toll = network.links["toll_cny"] + [1.0, 2.0, 0.0]
    own = toll.mask(toll == 2.0)
    network = set_columns(network, {"toll_cny": toll, "toll_car_x_plate_cny": own * 5}, reason="t")
    roads = compile_road(network)
    assert roads.in_rows(roads.toll_cny("car_x_plate")).tolist() == [5.0, 2.0, 0.0]
    assert roads.in_rows(roads.toll_cny("car")).tolist() == [1.0, 2.0, 0.0]
