import zipfile

import numpy as np
import pytest

import transitplan as tp
from tests.transit import feeds


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    return tp.read_service(feeds.write(tmp_path_factory.mktemp("feed")))


def test_times_are_seconds_after_midnight_and_pass_24_hours(service):
    times = service.stop_times.set_index(["trip_id", "stop_sequence"])
    assert times.loc[("T2", 3), "arrival_time"] == 25 * 3600 + 600
    assert times["arrival_time"].dtype == times["departure_time"].dtype == np.int64


def test_an_untimed_stop_gets_its_share_of_the_way(service):
    times = service.stop_times.set_index(["trip_id", "stop_sequence"])
    # B is half way from A to C, which the bus does from 07:00 to 07:10.
    assert times.loc[("T1", 2), "arrival_time"] == 7 * 3600 + 300
    assert times.loc[("T1", 2), "timepoint"] == 0
    assert "1 of 10 rows have no time" in service.notes[0]


def test_only_the_required_files_are_needed(tmp_path):
    files = {name: feeds.FILES[name] for name in feeds.REQUIRED}
    files["trips"] = files["trips"].replace(",sh1", ",")
    service = tp.read_service(feeds.write(tmp_path / "feed", files))
    assert service.frequencies.empty
    assert service.frequencies["headway_secs"].dtype == np.int64
    assert service.stops["location_type"].tolist() == [0, 0, 0, 0, 1]


def test_a_feed_as_spreadsheets_and_other_cities_write_it(tmp_path):
    """Byte order mark, quotes, Windows line ends, empty lines, spaces, own columns, Chinese."""
    stops = "\ufeff" + feeds.FILES["stops"].replace("Beta", '"起步区, 济南"')
    stops = stops.replace("\n", "\r\n").replace("B,", "\r\n, , \r\nB, ", 1)
    stops = stops.replace("parent_station", " parent_station,platform_code", 1)
    files = {**feeds.FILES, "stops": stops, "pathways": "pathway_id\n1\n", "mine": "a\n1\n"}
    service = tp.read_service(feeds.write(tmp_path / "feed", files))
    assert service.stops["stop_name"].tolist()[1] == "起步区, 济南"
    assert service.stops["parent_station"].tolist()[0] == "S"
    assert "platform_code" in service.stops
    notes = " ".join(service.notes)
    assert "pathways.txt: left out" in notes
    assert "mine.txt: left out" in notes


def test_lines_are_counted_with_the_empty_ones(tmp_path):
    bad = feeds.FILES["stop_times"].replace("T2,23", "\n\nT2,xx")
    with pytest.raises(tp.ValidationError, match=r"line 7\): 'xx:55:00' is not a time"):
        tp.read_service(feeds.write(tmp_path, {**feeds.FILES, "stop_times": bad}))


def test_an_archive_reads_as_the_folder_does(tmp_path, service):
    written = tp.write_service(service, tmp_path / "feed.zip")
    again = tp.read_service(written)
    assert again.version == service.version
    assert tp.write_service(again, tmp_path / "b.zip").read_bytes() == written.read_bytes()
    with zipfile.ZipFile(tmp_path / "nested.zip", "w") as archive:
        for name, text in feeds.FILES.items():
            archive.writestr(f"inside/{name}.txt", text)
    nested = tp.read_service(tmp_path / "nested.zip")
    assert nested.version == service.version
    assert "inside" in nested.notes[0]


def test_a_written_feed_has_the_same_bytes_again_and_no_table_left_over(tmp_path, service):
    folder = tp.write_service(service, tmp_path / "a")
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "SOURCES.md").write_text("mine")
    files = {name: feeds.FILES[name] for name in feeds.REQUIRED}
    files["trips"] = files["trips"].replace(",sh1", ",")
    small = tp.read_service(feeds.write(tmp_path / "small", files))
    tp.write_service(small, folder)
    assert not (folder / "frequencies.txt").exists()
    tp.write_service(tp.read_service(tp.write_service(service, tmp_path / "b")), folder)
    assert (folder / "SOURCES.md").read_text() == "mine"
    assert {name: (folder / name).read_bytes() for name in first} == first


def test_a_day_has_the_trips_of_the_night_before(service):
    tuesday = service.on("2026-01-06")
    assert tuesday[tuesday["trip_id"] == "T2"]["day_offset_s"].tolist() == [0, -86_400]
    # The first of January is no working day but runs as a Sunday, so that no T2 is under way
    # on the second's night; T3 of the weekend ends before midnight.
    assert service.on("20260101")["trip_id"].tolist() == ["T3"]
    assert (service.on("2026-01-02")["day_offset_s"] == 0).all()
    # Friday's night trip arrives on Saturday morning.
    assert service.on("2026-01-03")["trip_id"].tolist() == ["T3", "T2"]
    assert service.on("2027-01-01").empty


def test_a_typical_day_is_the_busiest_of_its_kind(service):
    assert service.busiest("weekday").isoformat() == "2026-01-02"
    assert service.busiest("thursday").isoformat() == "2026-01-08"
    assert set(service.on_day("sunday")["trip_id"]) == {"T3"}
    with pytest.raises(tp.NotFoundError, match="Days: monday"):
        service.on_day("market day")


def test_dates_alone_are_a_calendar(tmp_path):
    dates = "service_id,date,exception_type\nWD,20260105,1\nWE,20260104,1\n"
    files = {**feeds.FILES, "calendar_dates": dates}
    del files["calendar"]
    service = tp.read_service(feeds.write(tmp_path, files))
    assert service.active("2026-01-05") == {"WD"}
    assert service.busiest("weekday").isoformat() == "2026-01-05"


def test_names_in_the_other_language(service):
    names = service.names("stops", "stop_name", "zh")
    assert names["A"] == "阿尔法"
    assert names["B"] == "Beta"
    assert service.names("routes", "route_long_name", "zh")["R2"] == "摆渡车"


FAULTS = (
    ("stop_times", "T1,,,B", "T1,,,X", "stop_times.txt, column stop_id.*line 3.*not in stops.txt"),
    ("stop_times", "T2,24:00:00,24:01", "T2,23:50:00,24:01", "before the departure from the stop"),
    ("stop_times", "T2,24:00:00,24:01", "T2,24:02:00,24:01", "before the arrival at the same stop"),
    ("stop_times", "T1,7:00:00,7:00:00", "T1,,", "first or the last stop of a trip"),
    ("stop_times", "C,10", "C,20", "same trip_id and stop_sequence twice"),
    ("stop_times", "F1,00:06:00,00:06:00,D", "F1,00:06:00,00:06:00,S", "no stop, but a station"),
    ("stop_times", "F1,00:06:00", "F1,00:66:00", "'00:66:00' is not a time"),
    ("frequencies", "09:00:00,22", "08:50:00,22", "overlaps the span before it"),
    ("frequencies", "09:00:00,22:00:00", "09:00:00,08:00:00", "not after start_time"),
    ("frequencies", "1200", "0", "below 1 s"),
    ("stops", "S,Alpha", "A,Alpha", "stops.txt, column stop_id.*same value twice"),
    ("stops", "36.60,117.02", "117.02,36.60", "stop_lat.*above 90"),
    ("stops", "36.60,117.02", "0,0", "the place is unknown"),
    ("stops", "36.60,117.02", ",", "Give the stop its place"),
    ("stops", "z1,0,S", "z1,0,B", "the parent is no station"),
    ("trips", "R2,WD", "R2,XX", "no days are given for it .XX"),
    ("trips", "R2,WD", "R9,WD", "not in routes.txt"),
    ("calendar", "WE,0,0,0,0,0,1,1", "WE,0,0,0,0,0,2,1", "saturday.*above 1"),
    ("calendar", "20260101,20260131\nWE", "20260131,20260101\nWE", "before start_date"),
    ("calendar_dates", "20260101,2", "20260132,2", "no date .'20260132'"),
    ("calendar_dates", "WE,20260101", "WD,20260101", "same service_id and date twice"),
    ("shapes", "2,1.8", "2,4.8", "less than at the point before"),
    ("transfers", "B,C,2,300", "B,C,2,-1", "below 0 s"),
    ("routes", "route_type", "route_typ", "Did you mean route_type"),
    ("agency", "DTA", "DTB", "agency_id.*not in agency.txt"),
)


@pytest.mark.parametrize(("table", "old", "new", "said"), FAULTS)
def test_a_fault_is_named_with_its_place(tmp_path, table, old, new, said):
    with pytest.raises(tp.ValidationError, match=said):
        tp.read_service(feeds.write(tmp_path, feeds.changed(table, old, new)))


DOUBTS = (
    ("stops", "36.60,117.06", "36.60,127.06", r"km from the stop before in 360 s"),
    ("stops", "36.60,117.06", "36.60,147.06", "more than 1000 km from the middle"),
    ("shapes", "36.60,117.00,1", "36.70,117.00,1", "from the shape of a trip .*shape sh1"),
    ("stop_times", "T3,08:09:00,08:09:00,A,20,,\n", "", "fewer than two stops"),
)


@pytest.mark.parametrize(("table", "old", "new", "said"), DOUBTS)
def test_a_doubt_stops_or_is_noted(tmp_path, table, old, new, said):
    folder = feeds.write(tmp_path, feeds.changed(table, old, new))
    with pytest.raises(tp.ValidationError, match=said):
        tp.read_service(folder)
    notes = tp.read_service(folder, tolerate=True).notes
    assert any(said.split(" (")[0] in note or "doubtful" in note for note in notes)


def test_all_problems_come_at_once(tmp_path):
    files = feeds.changed("stops", "36.60,117.02", "96.60,117.02")
    files["routes"] = files["routes"].replace(",0,", ",tram,")
    files["stop_times"] = files["stop_times"].replace("7:00:00,A", "7am,A")
    with pytest.raises(tp.ValidationError) as found:
        tp.read_service(feeds.write(tmp_path, files))
    assert len(found.value.problems) == 2  # cells that are no numbers come before their range
    assert "routes.txt, column route_type: 1 of 2 rows (line 3): 'tram'" in str(found.value)


def test_what_is_not_followed_is_said(tmp_path):
    files = feeds.changed("trips", "T1,Gamma,0,,", "T1,Gamma,0,b1,")
    files["stop_times"] = files["stop_times"].replace(
        "T3,08:00:00,08:00:00,C,10,,", "T3,08:00:00,08:00:00,C,10,2,"
    )
    notes = " ".join(tp.read_service(feeds.write(tmp_path, files)).notes)
    assert "1 trips have a block_id" in notes
    assert "1 calls are to be asked for" in notes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("stop_id,stop_name\nA,a,b\nB,b,c\n", "Quote texts that hold commas"),
        ("stop_id,stop_id\nA,b\n", "stands twice"),
    ],
)
def test_a_file_that_is_no_table(tmp_path, text, said):
    with pytest.raises(tp.ValidationError, match=said):
        tp.read_service(feeds.write(tmp_path, {**feeds.FILES, "stops": text}))


def test_a_feed_that_is_not_there(tmp_path):
    with pytest.raises(tp.NotFoundError, match="folder of .txt tables or a .zip"):
        tp.read_service(tmp_path / "none")
    (tmp_path / "x.zip").write_text("no archive")
    with pytest.raises(tp.ValidationError, match="neither a folder nor"):
        tp.read_service(tmp_path / "x.zip")
