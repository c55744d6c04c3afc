"""Cards: what they may say, in which order they are applied, and that they are applied whole."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.errors import NotFoundError, ValidationError
from transitplan.model.cases import braess
from transitplan.model.network import build_network
from transitplan.versions.apply import apply_cards
from transitplan.versions.order import in_order
from transitplan.versions.reading import card_from, read_card, read_cards, write_card

WIDEN = {
    "project": "Sixth Street road diet",
    "tags": "example",
    "roadway_property_change": {
        "facility": {"links": {"model_link_id": [1, 2]}},
        "property_changes": {"lanes": {"existing": 2, "change": -1}},
    },
}


@pytest.fixture(scope="module")
def network():
    return tp.read_network("networks/two_banks/2025")


def links_of(network):
    return network.links.set_index("link_id")


def change(project="p", /, needs=(), **what):
    return card_from({"project": project, "dependencies": {"prerequisites": list(needs)}, **what})


def lanes(project, ids, needs=(), **rule):
    return change(
        project,
        needs=needs,
        roadway_property_change={
            "facility": {"links": {"model_link_id": ids}},
            "property_changes": {"lanes": rule},
        },
    )


def test_a_card_is_the_same_in_every_format(tmp_path):
    card = card_from(WIDEN)
    for name in ("card.yml", "card.json"):
        assert read_card(write_card(card, tmp_path / name)) == card
    (tmp_path / "card.toml").write_text(
        'project = "Sixth Street road diet"\ntags = ["example"]\n'
        "[roadway_property_change.facility.links]\nmodel_link_id = [1, 2]\n"
        "[roadway_property_change.property_changes.lanes]\nexisting = 2\nchange = -1\n"
    )
    assert read_card(tmp_path / "card.toml").changes == card.changes


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"project": "x", "pycode": "import os"}, "pycode is refused"),
        ({"project": "x", "changes": []}, "the card changes nothing"),
        ({"project": "x", "changes": [{}]}, "exactly one of"),
        ({"changes": [{}]}, "project"),
        ({**WIDEN, "roadway_deletion": {"links": {"model_link_id": 1}}}, "under changes"),
        ({**WIDEN, "note": "typo"}, "note"),
        (
            {"project": "x", "roadway_deletion": {"links": {"lanes": 2}}},
            "say which links",
        ),
        (
            {"project": "x", "roadway_deletion": {"links": {"all": True, "model_link_id": 1}}},
            "contradict each other",
        ),
    ],
)
def test_cards_that_make_no_sense_are_refused(content, said):
    with pytest.raises(ValidationError, match=said):
        card_from(content)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.yml", "project: x\nproject: y\n", "stands twice"),
        ("a.json", '{"project": "x", "project": "y"}', "stands twice"),
        ("a.yml", "project: [", "cannot be read"),
        ("a.yml", "project: x\n? [a, b]\n: 1\n", "is no key"),
        ("a.yml", "<<<<<<< ours\nproject: x\n", "line 1: a merge conflict"),
        ("a.yml", "project: !!python/object/apply:os.system [ls]\n", "cannot be read"),
        ("a.txt", "project: x", "a card is one of"),
    ],
)
def test_files_that_cannot_be_read_are_named(tmp_path, name, text, said):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ValidationError, match=said) as caught:
        read_card(path)
    assert str(path) in str(caught.value)


def test_a_folder_of_cards_tells_all_problems_at_once(tmp_path):
    (tmp_path / "1.yml").write_text(json.dumps(WIDEN))
    (tmp_path / "2.yml").write_text(json.dumps(WIDEN))
    (tmp_path / "3.yml").write_text("project: x\n")
    with pytest.raises(ValidationError) as caught:
        read_cards(tmp_path)
    assert len(caught.value.problems) == 2


def test_lanes_are_set_changed_and_guarded(network):
    done = apply_cards(network, [lanes("diet", [1, 2], existing=2, change=-1)])
    assert links_of(done.network).loc[[1, 2], "lanes"].tolist() == [1.0, 1.0]
    assert links_of(network).loc[[1, 2], "lanes"].tolist() == [2.0, 2.0]
    assert done.network.history[-1] == "card diet"
    assert done.report["n"].tolist() == [2]
    with pytest.raises(ValidationError, match="lanes was expected to be 3, but 1 has 2"):
        apply_cards(network, [lanes("diet", [1], existing=3, set=1)])


@pytest.mark.parametrize(
    ("rule", "value", "said"), [("warn", 5.0, "all the same"), ("skip", 2.0, "skipped")]
)
def test_an_unexpected_value_may_be_skipped_or_changed(network, rule, value, said):
    card = lanes("diet", [1], existing=3, set=5, existing_value_conflict=rule)
    done = apply_cards(network, [card])
    assert links_of(done.network).loc[1, "lanes"] == value
    assert said in done.warnings[0]


def test_a_card_that_touches_nothing_is_an_error(network):
    with pytest.raises(ValidationError, match="no link matches: name Noth road"):
        apply_cards(
            network,
            [change(roadway_deletion={"links": {"name": "Noth road"}})],
        )
    with pytest.raises(ValidationError, match="Did you mean name 'North road'"):
        apply_cards(network, [change(roadway_deletion={"links": {"name": "Noth road"}})])
    with pytest.raises(ValidationError, match="no link_id 990"):
        apply_cards(network, [lanes("p", [990], set=1)])


def test_nothing_is_applied_and_every_problem_is_told(network):
    cards = [
        lanes("one", [1], set=9),
        lanes("two", [999], set=1),
        change("three", crossing={"crossing_id": "Q", "lanes": 4}),
    ]
    version = network.version
    with pytest.raises(ValidationError) as caught:
        apply_cards(network, cards)
    assert [text.split("'")[1] for text in caught.value.problems] == ["two", "three"]
    assert network.version == version


def test_two_cards_that_set_other_values_need_an_order(network):
    one, two = lanes("one", [1], set=3), lanes("two", [1], set=4)
    with pytest.raises(ValidationError, match="two cards set other values"):
        apply_cards(network, [one, two])
    ordered = apply_cards(network, [lanes("two", [1], needs=["one"], set=4), one])
    assert links_of(ordered.network).loc[1, "lanes"] == 4.0
    assert [card.project for card in ordered.cards] == ["one", "two"]
    apply_cards(network, [one, lanes("too", [1], set=3)])  # the same value is no conflict


def test_cards_come_after_what_they_need_else_as_given():
    cards = [lanes("c", [1], needs=["a"], set=1), lanes("b", [1], set=1), lanes("a", [1], set=1)]
    assert [card.project for card in in_order(cards)] == ["b", "a", "c"]


def test_dependencies_that_cannot_be_met_are_all_told():
    circle = [lanes("a", [1], needs=["b"], set=1), lanes("b", [1], needs=["a"], set=1)]
    with pytest.raises(ValidationError, match="circle: a → b → a|circle: b → a → b"):
        in_order(circle)
    content = {
        "project": "p",
        "dependencies": {"prerequisites": "x", "corequisites": "y", "conflicts": "q"},
        "roadway_deletion": {"links": {"model_link_id": 1}},
    }
    with pytest.raises(ValidationError) as caught:
        in_order([card_from(content), lanes("q", [1], set=1)])
    assert len(caught.value.problems) == 3
    in_order([card_from(content)], applied=["x", "y"])


def test_links_are_found_by_name_and_cross_streets(network):
    links = network.links
    road = links[links["name"] == "North road"]
    nodes = road["from_node_id"].unique()
    facility = {
        "links": {"name": "North road"},
        "from": {"model_node_id": int(road["from_node_id"].iloc[0])},
        "to": {"model_node_id": int(nodes[-1])},
    }
    card = change(
        roadway_property_change={
            "facility": facility,
            "property_changes": {"free_speed": {"set": 50}},
        }
    )
    done = apply_cards(network, [card])
    slow = links_of(done.network)["free_speed_kph"] == 50
    changed = links_of(done.network)[slow]
    assert changed["from_node_id"].iloc[0] == facility["from"]["model_node_id"]
    assert set(changed["name"]) == {"North road"}
    chain = changed["to_node_id"].tolist()[:-1]
    assert chain == changed["from_node_id"].tolist()[1:]


def test_links_are_found_by_crossing_filter_and_place(network):
    by_crossing = change(
        "c",
        roadway_property_change={
            "facility": {"links": {"crossing_id": "E"}},
            "property_changes": {"toll": {"existing": 5, "set": 8}},
        },
    )
    assert (
        links_of(apply_cards(network, [by_crossing]).network)
        .loc[lambda rows: rows["crossing_id"] == "E", "toll_cny"]
        .eq(8.0)
        .all()
    )
    filtered = change(
        "f",
        roadway_property_change={
            "facility": {"links": {"all": True, "facility_type": "trunk", "lanes": [2]}},
            "property_changes": {"length": {"change": 1.5}},  # kilometres, as in link.csv
        },
    )
    done = links_of(apply_cards(network, [filtered]).network)
    before = links_of(network)
    hit = (before["facility_type"] == "trunk") & (before["lanes"] == 2)
    pd.testing.assert_series_equal(
        done["length_m"], before["length_m"] + 1500.0 * hit, check_names=False
    )


def test_a_value_for_one_class_or_hour(network):
    def priced(**scope):
        return change(
            roadway_property_change={
                "facility": {"links": {"crossing_id": "E"}},
                "property_changes": {"price": {"set": 6, "scoped": [scope]}},
            },
        )

    card = priced(category="truck", timespan=["7:00", "9:00"], set=30)
    at_peak = links_of(apply_cards(network, [card]).network)
    later = links_of(apply_cards(network, [card], hour="12:00").network)
    on_it = at_peak["crossing_id"] == "E"
    assert at_peak.loc[on_it, ["toll_cny", "toll_truck_cny"]].to_numpy().tolist() == [[6, 30]] * 2
    assert later.loc[on_it, "toll_truck_cny"].tolist() == [18.0, 18.0]
    with pytest.raises(ValidationError, match="no value for 'hov3'"):
        apply_cards(network, [priced(category="hov3", set=1)])


def test_roads_are_added_in_the_dialect_and_taken_away_again(network):
    ends = network.nodes["node_id"].iloc[:2].tolist()
    lon, lat = network.crossings[["lon_south", "lat_south"]].iloc[0]
    added = change(
        "new street",
        roadway_addition={
            "nodes": [{"model_node_id": 900, "X": float(lon), "Y": float(lat)}],
            "links": [
                {
                    "model_link_id": 901 + i,
                    "A": tail,
                    "B": head,
                    "roadway": "residential",
                    "lanes": 1,
                    "distance": 20.0,
                    "capacity": 500,
                    "free_speed": 30,
                    "drive_access": 1,
                    "truck_access": 0,
                    "name": "New street",
                }
                for i, (tail, head) in enumerate([(ends[0], 900), (900, ends[1])])
            ],
        },
    )
    bigger = apply_cards(network, [added]).network
    street = links_of(bigger).loc[[901, 902]]
    assert street["length_m"].tolist() == pytest.approx([20 * 1609.344] * 2)
    assert street["facility_type"].tolist() == ["local"] * 2
    assert not bigger.allowed("truck")[-2:].any()
    assert bigger.allowed("car")[-2:].all()
    gone = change(
        "no street",
        roadway_deletion={"links": {"name": "New street"}, "clean_nodes": True},
    )
    smaller = apply_cards(bigger, [gone]).network
    assert smaller.version == network.version


def test_a_crossing_is_described_tolled_and_closed(network):
    card = change(
        crossing={
            "crossing_id": "E",
            "status": "open",
            "lanes": 8,
            "toll_cny": 0,
            "toll_truck_cny": 9,
        }
    )
    done = apply_cards(network, [card]).network
    on_it = done.links["crossing_id"] == "E"
    assert done.links.loc[on_it, "lanes"].tolist() == [4.0, 4.0]
    assert done.links.loc[on_it, "toll_truck_cny"].tolist() == [9.0, 9.0]
    assert done.crossings.set_index("crossing_id").loc["E", "lanes"] == 8
    closed = apply_cards(network, [change(crossing={"crossing_id": "E", "closed": True})]).network
    assert closed.version == tp.close_crossing(network, "E", reason="by hand").version
    with pytest.raises(ValidationError, match="Say new: true"):
        apply_cards(network, [change(crossing={"crossing_id": "Q", "form": "tunnel"})])


def test_a_transit_card_needs_a_timetable(network):
    card = change(
        transit_property_change={
            "service": {"trip_properties": {"trip_id": ["1"]}},
            "property_changes": {"headway_secs": {"set": 900}},
        }
    )
    with pytest.raises(ValidationError, match="the network has no transit. Put a GTFS feed"):
        apply_cards(replace(network, transit=None), [card])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NotFoundError, match="no such file"):
        read_card(tmp_path / "none.yml")
    with pytest.raises(NotFoundError, match="no card in this folder"):
        read_cards(tmp_path)


def rows(project, table, columns=(), needs=(), **cells):
    new = {"new_columns": list(columns)} if columns else {}
    return change(project, needs=needs, table_change={"table": table, "set_rows": [cells], **new})


@pytest.mark.parametrize(
    ("table", "key", "ids"),
    [("link", "link_id", (3, 4)), ("transit/routes", "route_id", ("M1", "B1"))],
)
def test_two_cards_may_bring_the_same_column(network, table, key, ids):
    cards = [
        rows(word, table, ["works"], **{key: each, "works": word})
        for each, word in zip(ids, ("x", "y"), strict=True)
    ]
    made = apply_cards(network, cards).network
    frame = made.links if table == "link" else made.transit.table("routes")
    assert frame.set_index(key)["works"].loc[list(ids)].tolist() == ["x", "y"]


@pytest.mark.parametrize(
    ("table", "name"), [("link", "toll_cny"), ("transit/routes", "route_short_name")]
)
def test_a_column_of_the_rules_is_not_made_anew(network, table, name):
    card = change(table_change={"table": table, "new_columns": [name]})
    with pytest.raises(ValidationError, match=f"has {name} by its rules"):
        apply_cards(network, [card])


def test_rows_of_a_table_are_read_in_the_units_of_the_files():
    """``length`` of link.csv is kilometres; it was kept as metres, and refused in new rows."""
    network, _ = braess()
    links = [
        {"link_id": 3, "length": 1.5, "free_speed": 40},
        {"link_id": 901, "from_node_id": 1, "to_node_id": 4, "length": 2.5, "capacity": 700}
        | {"free_speed": 50, "lanes": 1},
    ]
    card = change(table_change={"table": "link", "set_rows": links})
    made = links_of(apply_cards(network, [card]).network)
    assert made.loc[[3, 901], "length_m"].tolist() == [1500.0, 2500.0]
    assert made.loc[[3, 901], "free_speed_kph"].tolist() == [40.0, 50.0]
    assert made.loc[901, "lane_capacity_pceph"] == 700.0


def tolled(network, **rule):
    """Links 3 and 4 with tolls of 10 and 11, of trucks 20, after a card."""
    names = ["toll_cny", "toll_truck_cny"]
    tables = {name: network.table(name) for name in network.table_names}
    both = tables["link"]["link_id"].isin([3, 4])
    tables["link"].loc[both, names] = [[10.0, 20.0], [11.0, 20.0]]
    before = build_network(tables, name="n", crs=network.crs, transit=network.transit)
    card = change(
        roadway_property_change={
            "facility": {"links": {"model_link_id": [3, 4]}},
            "property_changes": {"price": rule},
        }
    )
    made = links_of(apply_cards(before, [card]).network)
    return made.loc[[3, 4], names].to_numpy().tolist()


@pytest.mark.parametrize(
    ("existing", "conflict", "tolls"),
    [
        (10, "skip", [[1, 5], [11, 20]]),
        (10, "warn", [[1, 5], [1, 5]]),
        (99, "skip", [[10, 20], [11, 20]]),
    ],
)
def test_a_value_for_one_class_leaves_out_what_is_skipped(network, existing, conflict, tolls):
    trucks = {"category": "truck", "set": 5}
    rule = {"existing": existing, "existing_value_conflict": conflict, "set": 1}
    assert tolled(network, **rule, scoped=[trucks]) == tolls


def test_a_value_for_one_class_is_compared_with_what_it_expects(network):
    trucks = {"category": "truck", "set": 5, "existing": 20}
    assert tolled(network, set=1, scoped=[trucks]) == [[1, 5], [1, 5]]
    with pytest.raises(ValidationError, match="toll_truck_cny was expected to be 21"):
        tolled(network, set=1, scoped=[{**trucks, "existing": 21}])


def test_headways_of_all_parts_are_compared_with_what_stood_before(network):
    rule = {"existing": 480, "existing_value_conflict": "skip", "set": 400}
    card = change(
        transit_property_change={
            "service": {"trip_properties": {"trip_id": "M1.0.weekday"}},
            "property_changes": {
                "headway_secs": {
                    **rule,
                    "scoped": [{"timespan": ["08:00", "10:00"], "set": 100}],
                }
            },
        }
    )
    rows = apply_cards(network, [card]).network.transit.table("frequencies")
    made = rows.loc[rows["trip_id"] == "M1.0.weekday", "headway_secs"].tolist()
    assert made == [600, 300, 300, 100, 400]


def set_on_links(network, name, rule):
    card = change(
        roadway_property_change={
            "facility": {"links": {"model_link_id": [3, 4]}},
            "property_changes": {name: rule},
        }
    )
    return links_of(apply_cards(network, [card]).network).loc[[3, 4]]


@pytest.mark.parametrize(
    ("name", "rule", "said"),
    [
        ("allowed_uses", {"set": ["car", "bus"]}, "not one value"),
        ("allowed_uses", {"set": "car", "existing": ["car"]}, "not one value"),
        ("lanes", {"set": "two"}, "'two' is no number"),
        ("lanes", {"set": True}, "True is no number"),
        ("lanes", {"set": 1, "existing": "two"}, "'two' is no number"),
    ],
)
def test_values_that_no_column_holds_are_refused(network, name, rule, said):
    with pytest.raises(ValidationError, match=said):
        set_on_links(network, name, rule)


def test_values_are_written_as_their_column_holds_them(network):
    assert set_on_links(network, "name", {"set": 308})["name"].tolist() == ["308", "308"]
    assert set_on_links(network, "lanes", {"set": "3"})["lanes"].tolist() == [3.0, 3.0]
    for length in (np.float64(12.5), np.float32(12.5)):
        made = set_on_links(network, "length", {"set": length})
        assert made["length_m"].tolist() == [12_500.0, 12_500.0]


def test_a_column_of_your_own_takes_any_value(network):
    cards = [
        rows("a", "link", ["works"], link_id=3, works="x"),
        rows("b", "link", needs=["a"], link_id=3, works=308),
    ]
    assert links_of(apply_cards(network, cards).network).loc[3, "works"] == 308


def set_on_metro(network, name, rule):
    card = change(
        transit_property_change={
            "service": {"trip_properties": {"route_id": "M1"}},
            "property_changes": {name: rule},
        }
    )
    routes = apply_cards(network, [card]).network.transit.table("routes")
    return routes.set_index("route_id").loc["M1", name]


@pytest.mark.parametrize(
    ("name", "rule", "said"),
    [
        ("headway_secs", {"set": "often"}, "'often' is no number. Write seconds."),
        ("headway_secs", {"set": 300, "existing": "often"}, "'often' is no number"),
        ("route_type", {"set": "bus"}, "routes.txt, column route_type: 'bus' is no number"),
        ("route_type", {"set": True}, "True is no number"),
        ("route_type", {"set": 2.5}, "2.5 is no whole number"),
        ("route_type", {"change": 0.5}, "1.5 is no whole number"),
        ("route_type", {"set": [3]}, "not one value"),
        ("route_long_name", {"set": ["a"]}, "not one value"),
        ("route_type", {"set": 3, "existing": "bus"}, "expected to be 'bus', but M1 has 1"),
        ("headway_secs", {"set": 300, "existing": 7}, "expected to be 7, but M1.0.weekday has 600"),
    ],
)
def test_values_that_no_column_of_a_timetable_holds_are_refused(network, name, rule, said):
    with pytest.raises(ValidationError, match=said):
        set_on_metro(network, name, rule)


def test_values_are_written_as_the_timetable_holds_them(network):
    assert set_on_metro(network, "route_type", {"set": "3"}) == 3
    assert set_on_metro(network, "route_type", {"change": 2}) == 3
    assert set_on_metro(network, "route_short_name", {"set": 5}) == "5"


def test_a_card_that_changes_nothing_says_so(tmp_path):
    network = tp.read_network("networks/two_banks/2025")
    own = network.links.set_index("link_id")["lanes"]
    card = tmp_path / "same.yml"
    text = (
        "project: same\nroadway_property_change:\n  facility:\n    links:\n"
        "      model_link_id: [17]\n"
        "  property_changes:\n    lanes:\n      set: {lanes:g}\n"
    )
    card.write_text(text.format(lanes=own[17]), encoding="utf-8")
    done = tp.apply_cards(network, tp.read_cards([card]))
    [told] = done.warnings
    assert "changes nothing: lanes of 17 is" in told
    assert done.network.version == network.version
    card.write_text(text.format(lanes=own[17] + 1), encoding="utf-8")
    assert tp.apply_cards(network, tp.read_cards([card])).warnings == ()
