"""Whatever a feed holds, it is the same when it is written and read again."""

import tempfile
from pathlib import Path

import gtfs_guru
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import transitplan as tp
from tests.transit import feeds
from transitplan.model.transit_build import build_transit

TEXT = st.text("ab,\"' 起步区é;\n-", max_size=8).map(str.strip)
IDS = st.lists(st.text("aA1-济,", min_size=1, max_size=3), min_size=2, max_size=5, unique=True)


@st.composite
def services(draw):
    """A few stops on a street, trips that pass some of them, some of them repeated."""
    stops, lines = draw(IDS), draw(IDS)
    lon = [117 + 0.01 * i for i in range(len(stops))]
    trips, times, spans = [], [], []
    for number in range(draw(st.integers(1, 4))):
        called = sorted(
            draw(st.lists(st.integers(0, len(stops) - 1), min_size=2, unique=True, max_size=4))
        )
        trip = f"t{number}"
        row = {"trip_id": trip, "route_id": draw(st.sampled_from(lines)), "service_id": "s"}
        trips.append({**row, "trip_headsign": draw(TEXT), "direction_id": draw(st.integers(0, 1))})
        clock = draw(st.integers(0, 90_000))
        for i, stop in enumerate(called):
            stand = draw(st.integers(0, 100))
            cells = {"trip_id": trip, "stop_id": stops[stop], "stop_sequence": 10 * i}
            cells |= {"arrival_time": clock, "departure_time": clock + stand}
            cells["pickup_type"] = draw(st.sampled_from([0, 1]))
            times.append(cells)
            clock += stand + draw(st.integers(300, 4000))
        if draw(st.booleans()):
            start = draw(st.integers(0, 80_000))
            cells = {"trip_id": trip, "start_time": start, "end_time": start + 3600}
            spans.append({**cells, "headway_secs": draw(st.integers(1, 3600))})
    agency = {"agency_name": "a", "agency_timezone": "Asia/Shanghai"}
    names = [draw(TEXT) for _ in stops]
    tables = {
        "agency": pd.DataFrame([agency]),
        "stops": pd.DataFrame(
            {"stop_id": stops, "stop_name": names, "stop_lat": 36.7, "stop_lon": lon}
        ),
        "routes": pd.DataFrame({"route_id": lines, "route_type": 3, "mine": names[0]}),
        "trips": pd.DataFrame(trips),
        "stop_times": pd.DataFrame(times),
        "calendar_dates": pd.DataFrame(
            {"service_id": ["s"], "date": ["20260105"], "exception_type": [1]}
        ),
    }
    if spans:
        tables["frequencies"] = pd.DataFrame(spans)
    return build_transit(tables, tolerate=True)


@settings(max_examples=30, deadline=None)
@given(service=services(), suffix=st.sampled_from(["", ".zip"]))
def test_a_feed_written_and_read_again_is_the_same(service, suffix):
    with tempfile.TemporaryDirectory() as folder:
        path = tp.write_service(service, Path(folder) / f"feed{suffix}")
        again = tp.read_service(path, tolerate=True)
    assert again.table_names == service.table_names
    for name in service.table_names:
        pd.testing.assert_frame_equal(again.table(name), service.table(name))
    assert again.version == service.version


@given(service=services())
@settings(max_examples=20, deadline=None)
def test_any_change_of_a_time_changes_the_version(service):
    times = service.stop_times
    later = times.assign(departure_time=times["departure_time"] + 1)
    tables = {name: service.table(name) for name in service.table_names}
    other = build_transit({**tables, "stop_times": later}, tolerate=True)
    assert other.version != service.version
    assert build_transit(tables, tolerate=True).version == service.version


FEEDS = ["networks/jinan/2025/transit", "networks/two_banks/2025/transit"]


def judged(service, folder):
    """What a validator that others wrote finds wrong, as (code, file)."""
    path = tp.write_service(service, folder / "feed.zip")
    found = gtfs_guru.validate(str(path)).notices
    return {(each.code, each.file) for each in found if each.severity == "ERROR"}


@pytest.mark.parametrize("path", FEEDS)
def test_another_program_finds_our_feeds_valid(path, tmp_path):
    assert judged(tp.read_service(path), tmp_path) == set()


def test_another_program_finds_a_feed_valid_after_reading_and_cards(tmp_path):
    assert judged(tp.read_service(feeds.write(tmp_path / "feed")), tmp_path) == set()
    network = tp.read_network("networks/jinan/2025")
    cards = tp.read_cards(
        ["networks/jinan/cards/transit/2030", "networks/jinan/cards/transit/2035"]
    )
    later = tp.apply_cards(network, cards).network.transit
    assert len(later.routes) == len(network.transit.routes) + 8  # line 6 is one with its east
    assert judged(later, tmp_path) == set()


def test_the_judge_finds_what_is_wrong(tmp_path):
    """It would not help us if it found everything valid."""
    files = feeds.changed("stop_times", "T1,,,B", "T1,,,X")
    feeds.write(tmp_path / "feed", files)
    found = gtfs_guru.validate(str(tmp_path / "feed")).notices
    assert any(each.code == "foreign_key_violation" for each in found)
