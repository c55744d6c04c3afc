"""Differences of timetables: each edit is told, and nothing but equal tables is the same."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import transitplan as tp
from transitplan.errors import ValidationError
from transitplan.model.network import build_network
from transitplan.model.transit_build import build_transit
from transitplan.versions.apply import apply_cards
from transitplan.versions.transit_diff import transit_changes

NETWORK = tp.read_network("networks/two_banks/2025")
SERVICE = NETWORK.transit


def edited(**tables):
    """The timetable with some of its tables replaced."""
    kept = {name: SERVICE.table(name) for name in SERVICE.table_names}
    return build_transit({**kept, **tables})


def network_with(service, name="other"):
    tables = {each: NETWORK.table(each) for each in NETWORK.table_names}
    return build_network(tables, name=name, crs=NETWORK.crs, transit=service)


def told(service, table):
    rows = transit_changes(SERVICE, service)
    return rows[rows["table"] == table]


def test_a_timetable_does_not_differ_from_itself():
    assert transit_changes(SERVICE, SERVICE).empty
    assert transit_changes(None, None).empty
    shuffled = {
        name: SERVICE.table(name).sample(frac=1, random_state=1) for name in SERVICE.table_names
    }
    assert transit_changes(SERVICE, build_transit(shuffled)).empty


def test_headways_by_period_are_the_length_over_the_departures():
    """M1 in the peak: every 4 minutes for every 5; 30 for 24 departures between 7 and 9."""
    spans = SERVICE.frequencies
    peak = (spans["trip_id"] == "M1.0.weekday") & (spans["start_time"] == 7 * 3600)
    rows = told(
        edited(frequencies=spans.assign(headway_secs=spans["headway_secs"].mask(peak, 240))),
        "transit_line",
    )
    headway = rows[rows["column"] == "headway weekday, direction 0, 07–09 h"].iloc[0]
    assert (headway["id_b"], headway["name"]) == ("M1", "Metro 1")
    assert (headway["old"], headway["new"], headway["unit"]) == (5.0, 4.0, "min")
    assert headway["relative"] == pytest.approx(-0.2)
    departures = rows[rows["column"].str.startswith("departures")].iloc[0]
    assert departures["new"] - departures["old"] == 30 - 24
    assert len(rows) == 2


def test_running_time_and_pattern_of_a_line():
    times = SERVICE.stop_times
    slow = times["trip_id"].eq("B1.0.daily") & times["stop_sequence"].gt(1)
    later = {label: times[label] + 120 * slow for label in ("arrival_time", "departure_time")}
    rows = told(edited(stop_times=times.assign(**later)), "transit_line")
    assert set(rows["column"]) == {
        f"running time {day}, direction 0" for day in ("weekday", "weekend")
    }
    assert (rows["new"] - rows["old"]).astype(float).tolist() == pytest.approx([2.0, 2.0])
    skips = times[~(times["trip_id"].eq("B1.0.daily") & times["stop_id"].eq("b3"))]
    rows = told(edited(stop_times=skips), "transit_line")
    assert rows["column"].str.startswith("stops that only one has").all()
    assert rows["old"].tolist() == ["b3", "b3"]


def test_stops_are_moved_renamed_and_renumbered():
    stops, times = SERVICE.stops, SERVICE.stop_times
    moved = stops.assign(stop_lat=stops["stop_lat"] + 0.002 * (stops["stop_id"] == "b4"))
    rows = told(edited(stops=moved), "transit_stop")
    assert rows["kind"].tolist() == ["moved"]
    assert rows["new"].iloc[0] == pytest.approx(0.002 * 111_195.0, rel=1e-3)
    named = stops.assign(stop_name=stops["stop_name"].mask(stops["stop_id"] == "b4", "Hill"))
    rows = told(edited(stops=named), "transit_stop")
    assert rows[["column", "old", "new"]].values.tolist() == [["stop_name", "Hillside", "Hill"]]
    other = {"b4": "b40"}
    again = edited(
        stops=stops.assign(stop_id=stops["stop_id"].replace(other)),
        stop_times=times.assign(stop_id=times["stop_id"].replace(other)),
        transfers=SERVICE.transfers.replace({"from_stop_id": other, "to_stop_id": other}),
        translations=SERVICE.translations.replace({"record_id": other}),
    )
    rows = told(again, "transit_stop")
    assert rows[["kind", "id_a", "id_b"]].values.tolist() == [["renumbered", "b4", "b40"]]
    assert told(again, "transit_line").empty  # the pattern is the same stops


def test_lines_come_and_go_and_are_known_by_their_name():
    gone = SERVICE.routes["route_id"] == "B2"
    trips = SERVICE.trips
    lost = trips.loc[trips["route_id"] == "B2", "trip_id"]
    fewer = edited(
        routes=SERVICE.routes[~gone],
        trips=trips[trips["route_id"] != "B2"],
        stop_times=SERVICE.stop_times[~SERVICE.stop_times["trip_id"].isin(lost)],
        frequencies=SERVICE.frequencies[~SERVICE.frequencies["trip_id"].isin(lost)],
    )
    assert told(fewer, "transit_line")[["kind", "id_a"]].values.tolist() == [["removed", "B2"]]
    back = transit_changes(fewer, SERVICE)
    assert back.loc[back["table"] == "transit_line", "kind"].tolist() == ["added"]
    renamed = edited(
        routes=SERVICE.routes.replace({"route_id": {"B2": "X2"}}),
        trips=trips.replace({"route_id": {"B2": "X2"}}),
        translations=SERVICE.translations.replace({"record_id": {"B2": "X2"}}),
    )
    rows = told(renamed, "transit_line")
    assert rows[["kind", "id_a", "id_b"]].values.tolist() == [["renumbered", "B2", "X2"]]


def test_chinese_names_are_compared():
    words = SERVICE.translations
    mine = (words["record_id"] == "M1") & (words["field_name"] == "route_long_name")
    other = words.assign(translation=words["translation"].mask(mine, "一号线"))
    rows = told(edited(translations=other), "transit_line")
    assert rows[["column", "old", "new"]].values.tolist() == [["name_zh", "地铁1号线", "一号线"]]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_edit_of_any_cell_is_called_the_same(data):
    """Whatever cell of whatever table is changed, something is told."""
    name = data.draw(st.sampled_from(SERVICE.table_names))
    frame = SERVICE.table(name)
    column = data.draw(st.sampled_from(list(frame.columns)))
    row = data.draw(st.integers(0, len(frame) - 1))
    values = frame[column].astype(object)
    old = values.iloc[row]
    values.iloc[row] = f"{old}x" if isinstance(old, str) else 1.0 if np.isnan(old) else old + 1
    try:
        other = edited(**{name: frame.assign(**{column: values})})
    except (ValidationError, ValueError):
        return  # no timetable
    assert (other.version == SERVICE.version) == transit_changes(SERVICE, other).empty


def test_the_diff_of_networks_says_it_in_text_json_map_and_layers(tmp_path):
    import geopandas as gpd

    stops = SERVICE.stops
    moved = stops.assign(stop_lat=stops["stop_lat"] + 0.002 * (stops["stop_id"] == "b4"))
    routes = SERVICE.routes.replace({"route_long_name": {"Bus 1": "Ring bus"}})
    found = tp.diff(NETWORK, network_with(edited(stops=moved, routes=routes)))
    assert "B1 Ring bus: route_long_name Bus 1 → Ring bus" in found.to_text()
    assert "b4 Hillside: place 222.39 m off" in found.to_text()
    counts = json.loads(found.to_json())["counts"]
    assert {"table": "transit_stop", "kind": "moved", "n": 1} in counts
    found.to_map().save(tmp_path / "map.html")
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert "Transit lines that differ (1)" in page
    assert "1路公交" in page
    path = found.to_geopackage(tmp_path / "diff.gpkg")
    assert gpd.read_file(path, layer="transit_lines")["old"].tolist() == ["Bus 1"]
    assert gpd.read_file(path, layer="transit_stops").geometry.geom_type.tolist() == ["Point"]


def test_one_card_says_roads_and_timetable():
    routes = SERVICE.routes.replace({"route_long_name": {"Bus 1": "Ring bus"}})
    links = NETWORK.links
    tables = {each: NETWORK.table(each) for each in NETWORK.table_names}
    tables["link"] = links.assign(lanes=np.where(links["link_id"] == 3, 4.0, links["lanes"]))
    both = build_network(tables, crs=NETWORK.crs, transit=edited(routes=routes))
    card = tp.diff(NETWORK, both).to_card("wider")
    done = apply_cards(NETWORK, [card]).network
    assert tp.diff(done, both).same
    assert done.transit.version == both.transit.version


def test_trips_without_frequencies_depart_once():
    """Written out one by one, the same departures are the same headways."""
    spans, times, trips = SERVICE.frequencies, SERVICE.stop_times, SERVICE.trips
    mine = spans[spans["trip_id"] == "B1.0.daily"].iloc[0]
    starts = np.arange(mine["start_time"], mine["end_time"], mine["headway_secs"])
    trip, calls = trips[trips["trip_id"] == "B1.0.daily"], times[times["trip_id"] == "B1.0.daily"]
    more_trips = [trip.assign(trip_id=f"B1.{start}") for start in starts]
    more_calls = [
        calls.assign(
            trip_id=f"B1.{start}",
            arrival_time=calls["arrival_time"] + start,
            departure_time=calls["departure_time"] + start,
        )
        for start in starts
    ]
    written = edited(
        trips=pd.concat([trips[trips["trip_id"] != "B1.0.daily"], *more_trips]),
        stop_times=pd.concat([times[times["trip_id"] != "B1.0.daily"], *more_calls]),
        frequencies=spans[spans["trip_id"] != "B1.0.daily"],
    )
    rows = transit_changes(SERVICE, written)
    assert set(rows["table"]) == {"transit_file"}
