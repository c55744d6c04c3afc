"""A baseline on disk: kept whole, the same bytes for the same content, mended or refused."""

from pathlib import Path

import pytest

import transitplan as tp
from transitplan.errors import ValidationError
from transitplan.model.network import build_network
from transitplan.testing.changed import input_changes, same_inputs
from transitplan.testing.inputs import Inputs, read_inputs, slim, trip_ends
from transitplan.testing.message import failure
from transitplan.testing.regression import NetworkRegression
from transitplan.testing.verdict import judge, update
from transitplan.versions.reading import card_from

TWO_BANKS = "networks/two_banks/2025"
NUMBERS = {"saved_cny": 100.0, "carbon_t": 5.0}


@pytest.fixture(scope="module")
def network():
    return tp.read_network(TWO_BANKS)


@pytest.fixture(scope="module")
def demand():
    return tp.read_demand("od_matrices/two_banks/2025_am.omx")


@pytest.fixture
def kept(network, demand, tmp_path):
    """A baseline of a network without its traffic, and of two numbers."""
    folder = tmp_path / "kept"
    assert update(found(network, demand), folder).status == "written"
    return folder


def found(network, demand, numbers=None, **options):
    made = NetworkRegression(Path.cwd())
    made.inputs(network, demand)
    made.structure(network)
    made.values("study", numbers or NUMBERS, **options)
    return made


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def wider(network, link_id=3, lanes=1.0):
    tables = {name: network.table(name) for name in network.table_names}
    links = tables["link"].copy()
    links.loc[links["link_id"] == link_id, "lanes"] = lanes
    return build_network(
        {**tables, "link": links}, name=network.name, crs=network.crs, transit=network.transit
    )


def told(verdict):
    return failure({"test": "t.py::test", "folder": "f", **verdict.to_dict()})


def test_what_is_written_is_the_same(kept, network, demand):
    verdict = judge(found(network, demand), kept)
    assert (verdict.status, verdict.moves) == ("same", ())
    assert verdict.checked["totals"] == 8


def test_an_update_without_moves_leaves_every_byte(kept, network, demand):
    before = contents(kept)
    stamps = {path: path.stat().st_mtime_ns for path in kept.rglob("*")}
    assert update(found(network, demand), kept).status == "same"
    assert contents(kept) == before
    assert {path: path.stat().st_mtime_ns for path in kept.rglob("*")} == stamps


def test_the_inputs_are_a_network_folder(kept, network):
    kept_network = tp.read_network(kept / "inputs/network")
    assert tp.diff(kept_network, slim(network)).same
    assert {"name_zh", "source"}.isdisjoint(
        (kept / "inputs/network/link.csv").read_text().split("\n")[0].split(",")
    )


def test_a_planted_fault_in_a_card_of_jinan_2035(tmp_path):
    case = tp.read_case("networks/jinan")
    version = case.version(2035)

    def checked(applied):
        made = NetworkRegression(Path.cwd())
        made.inputs(applied)
        made.structure(applied)
        return made

    update(checked(version), tmp_path / "kept")
    # The way to disk and back changes nothing, on a real network too.
    kept = read_inputs(tmp_path / "kept/inputs")
    assert input_changes(kept, checked(version).gathered()) == []

    name = "L31_fenghuang_new_street.yml"
    text = Path("networks/jinan/cards/2030", name).read_text(encoding="utf-8")
    assert text.count("lanes: 3") == 2
    (tmp_path / name).write_text(text.replace("lanes: 3", "lanes: 2", 1), encoding="utf-8")
    slip = tp.read_card(tmp_path / name)
    cards = [slip if card.project == slip.project else card for card in case.cards[2035]]
    wrong = tp.apply_cards(case.network, cards)
    found = judge(checked(wrong), tmp_path / "kept")
    [change] = found.changes
    assert change.what == "link 90011 Fenghuang New Street: lanes 3 → 2 (-33.3%)"
    assert change.card.startswith("written by card 'Fenghuang New Street' (")
    assert name in change.card
    assert change.what in told(found)


def test_a_missing_baseline_fails_with_the_command_that_makes_it(network, demand, tmp_path):
    verdict = judge(found(network, demand), tmp_path / "absent")
    assert verdict.status == "missing"
    assert "pytest 't.py::test' --transitplan-update" in told(verdict)
    assert not (tmp_path / "absent").exists()


def test_a_wrong_lane_count_is_told_with_the_link(kept, network, demand):
    verdict = judge(found(wider(network), demand), kept)
    assert verdict.status == "moved"
    assert {each.table for each in verdict.moves} == {"totals", "classes"}
    text = told(verdict)
    assert "link 3 North road: lanes 2 → 1 (-50.0%)" in text
    assert "lane_km: value 384.74 → 380.05   -4.69 (-1.2%); allowed none" in text


def test_a_line_that_runs_less_is_told_once_with_its_card(kept, network, demand):
    card = card_from(
        {
            "project": "Fewer trains",
            "transit_property_change": {
                "service": {"trip_properties": {"trip_id": ["M1.0.weekday"]}},
                "property_changes": {"headway_secs": {"set": 1200}},
            },
        }
    )
    made = NetworkRegression(Path.cwd())
    version = tp.apply_cards(network, [card])
    made.inputs(version, demand)
    made.structure(version)
    made.values("study", NUMBERS)
    verdict = judge(made, kept)
    assert {(each.table, each.column) for each in verdict.moves} == {("lines", "departures")}
    [change] = verdict.changes
    assert change.what.startswith("line M1 Metro 1: headway weekday, direction 0, ")
    assert change.what.endswith("more of this line)")
    assert change.card == "written by card 'Fewer trains'"


def test_demand_that_grew_is_told_by_class_and_zone(kept, network, demand):
    verdict = judge(found(network, demand.scaled(1.1), {**NUMBERS, "carbon_t": 6.0}), kept)
    words = [each.what for each in verdict.changes]
    assert "demand of class truck: 2,313.8 → 2,545.1 veh/h (+10.0%)" in words
    assert any(each.startswith("demand of class truck from zone ") for each in words)


def test_other_trips_between_the_same_ends_are_told(kept, network, demand):
    trips = demand.trips_vph.copy()
    trips[0, :2, 2:4] += [[5.0, -5.0], [-5.0, 5.0]]
    other = tp.Demand(demand.zone_ids, demand.classes, trips, demand.name)
    verdict = judge(found(network, other, {**NUMBERS, "carbon_t": 6.0}), kept)
    assert verdict.changes == []
    assert any("between the same ends" in note for note in verdict.notes)


def test_without_a_changed_input_the_message_says_so(kept, network, demand):
    verdict = judge(found(network, demand, {"saved_cny": 90.0, "carbon_t": 5.0}), kept)
    assert "no input changed: the test itself did, or the program behind it" in told(verdict)
    assert "saved_cny: value 100 → 90   -10 (-10.0%)" in told(verdict)


def test_tables_that_come_and_go_fail(kept, network, demand):
    more = found(network, demand)
    more.values("more", {"a": 1.0})
    [move] = judge(more, kept).moves
    assert (move.table, move.old, move.new) == ("more", "not in the baseline", "new")
    less = NetworkRegression(Path.cwd())
    less.inputs(network, demand)
    less.structure(network)
    [move] = judge(less, kept).moves
    assert (move.table, move.new) == ("study", "no longer checked")


def test_limits_are_edited_in_the_baseline_and_stay(kept, network, demand):
    path = kept / "tolerances.toml"
    near = {"saved_cny": 101.0, "carbon_t": 5.0}
    assert judge(found(network, demand, near), kept).status == "moved"
    path.write_text(path.read_text().replace("[study]", "[study]\nsaved_cny = { relative = 0.02 }"))
    assert judge(found(network, demand, near), kept).status == "same"
    far = {"saved_cny": 110.0, "carbon_t": 5.0}
    assert update(found(network, demand, far), kept).status == "changed"
    assert "saved_cny = { relative = 0.02 }" in path.read_text()


def test_limits_of_the_test_must_stand_in_the_baseline(kept, network, demand):
    strict = {"tolerances": {"value": {"relative": 0.5}}}
    [move] = judge(found(network, demand, **strict), kept).moves
    assert (move.what, move.old, move.new) == ("tolerance of value", "0", "50 %")
    assert update(found(network, demand, **strict), kept).status == "changed"
    assert judge(found(network, demand, **strict), kept).status == "same"


def test_an_update_tells_what_changed_and_takes_the_new_inputs(kept, network, demand):
    verdict = update(found(wider(network), demand), kept)
    assert verdict.status == "changed"
    assert {each.table for each in verdict.moves} == {"totals", "classes"}
    assert judge(found(wider(network), demand), kept).status == "same"
    assert not list(kept.parent.glob(".*"))


def test_a_merge_conflict_is_named_by_file_and_line(kept, network, demand):
    path = kept / "study.csv"
    path.write_text("quantity,value\n<<<<<<< HEAD\nsaved_cny,100\n=======\n>>>>>>> b\n")
    (kept / "tolerances.toml").write_text("[study\n")
    verdict = judge(found(network, demand), kept)
    assert verdict.status == "broken"
    assert "study.csv, line 2: a merge conflict stands here" in told(verdict)
    assert "tolerances.toml: not TOML" in told(verdict)
    assert update(found(network, demand), kept).status == "written"
    assert judge(found(network, demand), kept).status == "same"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("study.csv", "quantity,value\na,1\na,2\n", "line 3: a stands twice"),
        ("study.csv", "what,value\na,1\n", "the column quantity that names its rows is missing"),
        ("study.csv", "quantity,value\nsaved_cny,many\ncarbon_t,5\n", "'many' is no number"),
        ("tolerances.toml", "[study]\nvalue = { percent = 3 }\n", r"[study] value"),
        ("tolerances.toml", "value = 3\n", "outside a table"),
    ],
)
def test_a_baseline_that_was_spoilt_is_refused(kept, network, demand, name, text, said):
    (kept / name).write_text(text)
    verdict = judge(found(network, demand), kept)
    assert verdict.status == "broken"
    assert said in told(verdict)


def test_inputs_that_were_spoilt_do_not_hide_what_moved(kept, network, demand):
    (kept / "inputs/network/link.csv").write_text("link_id\n<<<<<<< HEAD\n")
    verdict = judge(found(wider(network), demand), kept)
    assert verdict.status == "moved"
    assert "link.csv, line 2: a merge conflict stands here" in told(verdict)
    assert update(found(network, demand), kept).status == "changed"
    assert judge(found(wider(network), demand), kept).changes


def test_what_cannot_be_checked_is_refused(network, demand):
    made = found(network, demand)
    with pytest.raises(ValidationError, match="study is checked twice"):
        made.values("study", NUMBERS)
    with pytest.raises(ValidationError, match="cannot name a file"):
        made.values("a/b", NUMBERS)
    with pytest.raises(ValidationError, match="no column or row 'flow'"):
        made.values("other", NUMBERS, tolerances={"flow": {"geh": 1.0}})
    with pytest.raises(ValidationError, match="flows needs demand"):
        NetworkRegression(Path.cwd()).check(network, quantities=["flows"])
    with pytest.raises(ValidationError, match="no quantity 'speed'"):
        NetworkRegression(Path.cwd()).check(network, quantities=["speed"])


def test_the_same_inputs_are_the_same_whatever_their_names(network, demand):
    one, two = (Inputs(slim(each), trip_ends(demand)) for each in (network, wider(network)))
    assert same_inputs(one, one)
    assert not same_inputs(one, two)
    assert not same_inputs(one, Inputs(slim(network)))
