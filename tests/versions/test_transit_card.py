"""The card between two timetables is exact: random edits, one way and back."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import transitplan as tp
from tests.versions.test_transit_diff import NETWORK, SERVICE, edited, network_with
from transitplan.errors import ValidationError
from transitplan.model.transit_build import build_transit
from transitplan.versions.apply import apply_cards
from transitplan.versions.reading import card_from, read_card, write_card
from transitplan.versions.writing import card_between

# Each edit takes tables and a random generator and changes them in place.


def one_of(frame, rng):
    return np.arange(len(frame)) == rng.integers(len(frame))


def set_cell(table, column, values):
    def edit(tables, rng):
        frame = tables[table]
        cells = frame[column].where(~one_of(frame, rng), rng.choice(values))
        tables[table] = frame.assign(**{column: cells})

    edit.__name__ = f"{table}_{column}"
    return edit


def stop_added(tables, rng):
    stops = tables["stops"]
    row = stops.iloc[[0]].assign(stop_id=f"new{rng.integers(99)}", stop_name="007")
    at = int(rng.integers(len(stops) + 1))
    tables["stops"] = pd.concat([stops.iloc[:at], row, stops.iloc[at:]], ignore_index=True)


def trip_removed(tables, rng):
    trip = rng.choice(tables["trips"]["trip_id"])
    for name in ("trips", "stop_times", "frequencies"):
        tables[name] = tables[name][tables[name]["trip_id"] != trip]


def trip_added(tables, rng):
    old, new = rng.choice(tables["trips"]["trip_id"]), f"extra{rng.integers(9)}"
    for name in ("trips", "stop_times"):  # not in frequencies: it runs once
        mine = tables[name][tables[name]["trip_id"] == old].assign(trip_id=new)
        tables[name] = pd.concat([mine, tables[name]], ignore_index=True)


def route_removed(tables, rng):
    route = rng.choice(tables["routes"]["route_id"])
    trips = tables["trips"]
    gone = trips.loc[trips["route_id"] == route, "trip_id"]
    tables["routes"] = tables["routes"][tables["routes"]["route_id"] != route]
    for name in ("trips", "stop_times", "frequencies"):
        tables[name] = tables[name][~tables[name]["trip_id"].isin(gone)]


def route_added(tables, rng):
    trip_added(tables, rng)
    routes = tables["routes"]
    tables["routes"] = pd.concat([routes, routes.iloc[[0]].assign(route_id="R9")])
    tables["trips"] = tables["trips"].assign(
        route_id=tables["trips"]["route_id"].where(
            ~tables["trips"]["trip_id"].str.startswith("extra"), "R9"
        )
    )


def route_renumbered(tables, rng):
    other = {rng.choice(tables["routes"]["route_id"]): "X1"}
    for name in ("routes", "trips"):
        tables[name] = tables[name].replace({"route_id": other})


def headway(tables, rng):
    rows = tables["frequencies"]
    alike = rows["headway_secs"] == rng.choice(rows["headway_secs"])
    tables["frequencies"] = rows.assign(headway_secs=rows["headway_secs"].mask(alike, 222))


def span_cut(tables, rng):
    rows = tables["frequencies"]
    mine = one_of(rows, rng)
    middle = (rows["start_time"] + rows["end_time"]) // 2
    late = rows[mine].assign(start_time=middle[mine], headway_secs=99)
    early = rows.assign(end_time=rows["end_time"].mask(mine, middle))
    tables["frequencies"] = pd.concat([early, late], ignore_index=True)


def times_shifted(tables, rng):
    times = tables["stop_times"]
    mine = times["trip_id"] == rng.choice(times["trip_id"])
    late = (rng.integers(1, 90_000) * mine).astype(int)
    tables["stop_times"] = times.assign(
        arrival_time=times["arrival_time"] + late, departure_time=times["departure_time"] + late
    )


def stop_skipped(tables, rng):
    times = tables["stop_times"]
    tables["stop_times"] = times[~one_of(times, rng) | (times["stop_sequence"] == 1)]


def shape_renamed(tables, rng):
    other = {rng.choice(tables["shapes"]["shape_id"]): "S99"}
    for name in ("shapes", "trips"):
        tables[name] = tables[name].replace({"shape_id": other})


def point_added(tables, rng):
    shapes = tables["shapes"]
    row = shapes[one_of(shapes, rng)].assign(shape_dist_traveled=np.nan)
    row["shape_pt_sequence"] += 1000
    tables["shapes"] = pd.concat([row, shapes], ignore_index=True)


def days_excepted(tables, rng):
    service = rng.choice(tables["calendar"]["service_id"])
    row = {"service_id": service, "date": f"202503{rng.integers(10, 30)}", "exception_type": 2}
    old = tables.get("calendar_dates")
    new = pd.DataFrame([row])
    tables["calendar_dates"] = new if old is None else pd.concat([old, new], ignore_index=True)


def walk_twice(tables, rng):
    rows = tables["transfers"]
    tables["transfers"] = pd.concat([rows, rows[one_of(rows, rng)]], ignore_index=True)


def table_left_out(tables, rng):
    tables.pop(rng.choice(["transfers", "translations", "feed_info"]), None)


def own_column(tables, rng):
    name = rng.choice(["stops", "trips", "stop_times"])
    texts = [str(each) for each in rng.integers(0, 3, len(tables[name]))]
    tables[name] = tables[name].assign(**{f"mine{rng.integers(3)}": texts})


def rows_shuffled(tables, rng):
    name = rng.choice(list(tables))
    tables[name] = tables[name].sample(frac=1, random_state=rng).reset_index(drop=True)


EDITS = [
    set_cell("stops", "stop_lat", [36.7, 36.701]),
    set_cell("stops", "stop_lon", [np.nextafter(117.0, 118.0), 117.01]),
    set_cell("stops", "stop_name", ["New name", "", "12", "yes", "a: b"]),
    set_cell("routes", "route_long_name", ["Ring", "环线"]),
    set_cell("routes", "open_year", [2031.0, np.nan]),
    set_cell("trips", "trip_headsign", ["North", ""]),
    set_cell("trips", "shape_id", [""]),
    set_cell("calendar", "sunday", [0, 1]),
    set_cell("calendar", "end_date", ["20271231"]),
    set_cell("translations", "translation", ["某站"]),
    set_cell("transfers", "min_transfer_time", [np.nan, 77.0]),
    set_cell("frequencies", "exact_times", [1]),
    stop_added,
    trip_removed,
    trip_added,
    route_removed,
    route_added,
    route_renumbered,
    headway,
    span_cut,
    times_shifted,
    stop_skipped,
    shape_renamed,
    point_added,
    days_excepted,
    walk_twice,
    table_left_out,
    own_column,
    rows_shuffled,
]


def built(which, rng):
    tables = {name: SERVICE.table(name) for name in SERVICE.table_names}
    for k in which:
        try:
            EDITS[k](tables, rng)
        except (KeyError, ValueError):  # an edit of what an earlier one took away
            continue
    try:
        return build_transit(tables, tolerate=True)
    except ValidationError:
        return None  # edits that made no timetable


def applied(one, two):
    """Version of the timetable that the card between two networks leads to."""
    if one.version == two.version:
        return two.transit.version
    written = card_from(card_between(one, two, "edits").to_dict())
    return apply_cards(one, [written]).network.transit.version


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    which=st.lists(st.integers(0, len(EDITS) - 1), min_size=1, max_size=8),
    seed=st.integers(0, 2**16),
)
def test_the_card_between_two_timetables_is_exact(which, seed):
    other = built(which, np.random.default_rng(seed))
    if other is None or any("doubtful" in note for note in other.notes):
        return
    two = network_with(other)
    assert applied(NETWORK, two) == other.version
    assert applied(two, NETWORK) == SERVICE.version


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_each_edit_makes_a_timetable(edit):
    """So that the test above is about all of them."""
    found = [built([EDITS.index(edit)], np.random.default_rng(seed)) for seed in range(5)]
    versions = {each.version for each in found if each is not None}
    assert versions - {SERVICE.version}


def test_from_no_timetable_to_one_and_back(tmp_path):
    bare = network_with(None, name="bare")
    card = tp.diff(bare, NETWORK).to_card("first lines")
    again = read_card(write_card(card, tmp_path / "card.yml"))
    assert apply_cards(bare, [again]).network.transit.version == SERVICE.version
    back = tp.diff(NETWORK, bare).to_card("no lines")
    assert back.to_dict()["changes"] == [{"table_change": {"table": "transit", "delete": ["all"]}}]
    assert apply_cards(NETWORK, [back]).network.transit is None


def test_headways_and_lines_that_go_are_said_in_the_words_of_the_dialect():
    spans = SERVICE.frequencies
    peak = (spans["trip_id"].isin(["M1.0.weekday", "M1.1.weekday"])) & (
        spans["start_time"] == 7 * 3600
    )
    faster = edited(frequencies=spans.assign(headway_secs=spans["headway_secs"].mask(peak, 240)))
    card = tp.diff(NETWORK, network_with(faster)).to_card("faster")
    assert card.to_dict()["changes"] == [
        {
            "transit_property_change": {
                "service": {
                    "trip_properties": {"trip_id": ["M1.0.weekday", "M1.1.weekday"]},
                    "timespans": [["07:00:00", "09:00:00"]],
                },
                "property_changes": {"headway_secs": {"existing": 300, "set": 240}},
            }
        }
    ]
    tables = {name: SERVICE.table(name) for name in SERVICE.table_names}
    route_removed(tables, np.random.default_rng(0))
    fewer = build_transit(tables)
    (gone,) = set(SERVICE.routes["route_id"]) - set(fewer.routes["route_id"])
    changes = tp.diff(NETWORK, network_with(fewer)).to_card("fewer").to_dict()["changes"]
    assert changes == [
        {"transit_service_deletion": {"service": {"route_properties": {"route_id": [gone]}}}},
        {"table_change": {"table": "transit/routes", "delete": [gone]}},
    ]


def rows_card(project, table, **content):
    return card_from({"project": project, "table_change": {"table": table, **content}})


def test_a_card_of_rows_names_what_it_touched_and_two_may_not_contradict():
    def row(name):
        return [{"stop_id": "b4", "stop_name": name}]

    one, two = (rows_card(name, "transit/stops", set_rows=row(name)) for name in ("Hill", "Dale"))
    touched = apply_cards(NETWORK, [one]).touched()
    assert touched[["table", "id", "property", "old", "new"]].to_numpy().tolist() == [
        ["stops", "b4", "stop_name", "Hillside", "Hill"]
    ]
    with pytest.raises(ValidationError, match=r"stops.txt, column stop_name: two cards set other"):
        apply_cards(NETWORK, [one, two])


@pytest.mark.parametrize(
    ("table", "content", "said"),
    [
        ("transit/stop", {"delete": ["b4"]}, "Did you mean transit/stops?"),
        ("transit", {"delete": ["b4"]}, "delete: all"),
        ("transit/stops", {"delete": ["b44"]}, "stops.txt has no stop_id b44"),
        ("transit/stops", {"set_rows": [{"stop_id": "b4", "stop_nam": ""}]}, "mean 'stop_name'"),
        ("transit/stops", {"set_rows": [{"stop_id": "b4", "stop_lat": "N"}]}, "'N' is no number"),
        ("transit/stop_times", {"set_rows": [{"trip_id": "M1.0.weekday"}]}, "no stop_sequence"),
        (
            "transit/stop_times",
            {"set_rows": [{"trip_id": "B1.0.daily", "stop_sequence": 1, "arrival_time": 600}]},
            "600 is no time. Write it in quotes",
        ),
        ("transit/stops", {"set_rows": [{"stop_id": "z"}], "at": [1, 2]}, "2 places for 1 new"),
        ("transit/stops", {"delete": ["b4"]}, "stop_id"),  # calls there are left behind
        ("zone", {"delete": [[1, 2]]}, "are for transit/"),
    ],
)
def test_what_is_wrong_with_rows_is_said(table, content, said):
    with pytest.raises(ValidationError) as caught:
        apply_cards(NETWORK, [rows_card("wrong", table, **content)])
    assert said in str(caught.value)
