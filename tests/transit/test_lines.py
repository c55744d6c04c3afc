from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.io.lines import read_lines

DEGREE_M = 2 * np.pi * 6_371_008.8 / 360  # of latitude, on the sphere


def stop(name, lat, lon=117.0):
    return {"stop_id": name, "name": f"Stop {name}", "name_zh": f"{name}站", "lon": lon, "lat": lat}


def line(**changes):
    """Three stops on a meridian, 2 and 3 hundredths of a degree apart, every 10 minutes."""
    return {
        "line_id": "T1",
        "name": "Tram 1",
        "mode": "tram",
        "speed_kph": 36.0,
        "dwell_s": 25.0,
        "headway_min": 10,
        "first": "06:00",
        "last": "22:00",
        "stops": [stop("a", 36.70), stop("b", 36.72), stop("c", 36.75)],
        **changes,
    }


def times(service, trip):
    frame = service.stop_times.set_index("trip_id").loc[trip]
    return frame["arrival_time"].tolist(), frame["departure_time"].tolist()


def test_running_times_follow_from_ways_speed_and_dwell():
    service = tp.build_service({"line": [line(detour=1.1)]})
    # 36 km/h is 10 m/s.
    first, second = (1.1 * hundredths * DEGREE_M / 1000 for hundredths in (2, 3))
    arrival = [0, round(first), round(first + 25 + second)]
    assert times(service, "T1.0.daily") == (arrival, [0, round(first + 25), arrival[-1]])
    back = [0, round(second), round(second + 25 + first)]
    assert times(service, "T1.1.daily")[0] == back
    assert service.frequencies["headway_secs"].tolist() == [600, 600]
    assert service.frequencies["end_time"].tolist() == [22 * 3600] * 2


def test_end_to_end_time_is_shared_by_way():
    service = tp.build_service({"line": [line(speed_kph=np.nan, end_to_end_min=10)]})
    # 600 s less 25 s at b: 575 s over five parts.
    assert times(service, "T1.0.daily") == ([0, 230, 600], [0, 255, 600])


def test_run_times_given_stop_by_stop():
    stops = [stop("a", 36.70), {**stop("b", 36.72), "run_s": 100, "dwell_s": 40}]
    stops.append({**stop("c", 36.75), "run_s": 200})
    service = tp.build_service({"line": [line(speed_kph=np.nan, stops=stops)]})
    assert times(service, "T1.0.daily") == ([0, 100, 340], [0, 140, 340])
    assert times(service, "T1.1.daily") == ([0, 200, 340], [0, 240, 340])


def test_a_point_of_the_course_makes_the_way_longer():
    corner = {"lon": 117.05, "lat": 36.71}
    stops = [stop("a", 36.70), corner, stop("b", 36.72)]
    service = tp.build_service({"line": [line(stops=stops)]})
    shape = service.shapes[service.shapes["shape_id"] == "T1.0"]
    assert shape[["shape_pt_lon", "shape_pt_lat"]].to_numpy()[1].tolist() == [117.05, 36.71]
    from pyproj import Geod  # another program's distance on the sphere

    sphere = Geod(a=6_371_008.8, b=6_371_008.8)
    way = sphere.line_length([117.0, 117.05, 117.0], [36.70, 36.71, 36.72])
    assert service.stop_times["shape_dist_traveled"].max() == pytest.approx(way, abs=1)
    assert times(service, "T1.0.daily")[0][-1] == pytest.approx(way / 10, abs=1)


def test_ids_of_a_line_stay_when_another_is_added():
    one = tp.build_service({"line": [line()]})
    other = line(line_id="A0", name="Bus", mode="bus", stops=["a", "c", stop("d", 36.8)])
    two = tp.build_service({"line": [other, line()]})
    for table, key in (("trips", "trip_id"), ("stop_times", "trip_id"), ("shapes", "shape_id")):
        mine = two.table(table)
        mine = mine[mine[key].str.startswith("T1")].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, one.table(table))


def test_loops_one_way_lines_days_and_patterns():
    loop = line(both_directions=False, stops=[*line()["stops"], stop("d", 36.72, 117.02), "a"])
    headways = [
        {"days": "weekday", "start": "06:00", "end": "09:00", "headway_min": 5},
        {
            "days": "weekday",
            "start": "09:00",
            "end": "24:30",
            "headway_min": 7.5,
            "direction_id": 0,
        },
        {"days": "weekend", "start": "06:00", "end": "24:30", "headway_min": 10},
    ]
    short = line(line_id="T2", stops=["a", "b"], pattern="short", headways=headways)
    full = line(line_id="T2", stops=["a", "b", "c"], headways=headways)
    service = tp.build_service({"line": [loop, full, short]})
    assert service.stop_times.set_index("trip_id").loc["T1.0.daily", "stop_id"].tolist() == [
        *"abcda"
    ]
    trips = service.trips
    assert trips.loc[trips["route_id"] == "T1", "trip_id"].tolist() == ["T1.0.daily"]
    assert "T2.short.1.weekday" in set(trips["trip_id"])
    spans = service.frequencies.groupby("trip_id")["headway_secs"].apply(list)
    assert spans["T2.0.weekday"] == [300, 450]
    assert spans["T2.1.weekday"] == [300]
    assert len(service.routes) == 2
    assert service.active("2026-03-07") == {"daily", "weekend"}  # a Saturday


def test_transfers_join_near_stops_of_other_lines():
    near = 200 / DEGREE_M  # degrees of latitude
    other = line(line_id="B", stops=[stop("e", 36.70 + near), stop("f", 36.80)])
    plan = {"line": [line(), other], "feed": {"walk_kph": 3.6, "walk_detour": 1.5}}
    walks = tp.build_service(plan).transfers
    assert walks[["from_stop_id", "to_stop_id"]].to_numpy().tolist() == [["a", "e"], ["e", "a"]]
    assert walks["min_transfer_time"].tolist() == [300.0, 300.0]
    assert tp.build_service({**plan, "feed": {"transfer_m": 0}}).transfers.empty
    # Stops of the same line need no walk, however near.
    close = line(stops=[stop("a", 36.70), stop("b", 36.70 + near)])
    assert tp.build_service({"line": [close]}).transfers.empty


def test_names_are_in_both_languages():
    service = tp.build_service({"line": [line(name_zh="有轨1号线")]})
    assert service.names("stops", "stop_name", "zh").tolist() == ["a站", "b站", "c站"]
    assert service.names("trips", "trip_headsign", "zh").tolist() == ["c站", "a站"]
    assert service.names("routes", "route_long_name", "zh").tolist() == ["有轨1号线"]


def test_a_folder_of_tables_is_the_same_plan_as_a_file(tmp_path):
    given = {"line": [line(), line(line_id="T2", stops=["a", {"lon": 117.01, "lat": 36.8}, "c"])]}
    plan = read_lines_of(given)
    for name, frame in plan.tables.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    again = tp.build_service(read_lines(tmp_path))
    built = tp.build_service(plan)
    pd.testing.assert_frame_equal(again.stop_times, built.stop_times)
    assert again.version == built.version


def read_lines_of(given):
    from transitplan.model.line_plan import plan_from

    return plan_from(given)


def test_the_feed_of_the_two_banks_is_that_of_its_lines(tmp_path):
    made = tp.build_service(tp.read_lines("networks/two_banks/lines.toml"))
    folder = tp.write_service(made, tmp_path / "transit")
    shipped = Path("networks/two_banks/2025/transit")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {
        p.name: p.read_bytes() for p in shipped.iterdir()
    }
    assert tp.read_network("networks/two_banks/2025").transit.version == made.version


FAULTS = (
    ({"mode": "car"}, r"1 of 1 rows \(entry 1\): an unknown value .'car'"),
    ({"speed_kph": np.nan}, "exactly one of speed_kph, end_to_end_min"),
    ({"end_to_end_min": 9.0}, "exactly one of speed_kph, end_to_end_min"),
    ({"headway_min": np.nan}, "line T1: no headway"),
    ({"first": "6am"}, "'6am' is no time"),
    ({"stops": [stop("a", 36.7)]}, "fewer than two stops"),
    ({"stops": ["a", "b"]}, "call, column stop_id.*not in stop"),
    ({"stops": [stop("a", 36.7), {"lon": 117.0}, stop("b", 36.8)]}, "no stop_id and no lon, lat"),
    ({"stops": [stop("a", 36.7), stop("a", 36.8)]}, "same value twice"),
    ({"stops": [stop("a", 96.7), stop("b", 36.8)]}, "above 90"),
    (
        {"headways": [{"start": "9:00", "end": "8:00", "headway_min": 5}]},
        "do not follow each other",
    ),
    ({"sped_kph": 3.0, "speed_kph": 30}, "sped_kph"),
    ({"speed_kph": np.nan, "end_to_end_min": 1, "dwell_s": 90}, "fill end_to_end_min"),
)


@pytest.mark.parametrize(("change", "said"), FAULTS)
def test_a_fault_of_a_plan_is_named(change, said):
    with pytest.raises(tp.ValidationError, match=said):
        tp.build_service({"line": [line(**change)]})


def test_faults_of_the_file(tmp_path):
    path = tmp_path / "lines.toml"
    path.write_text("[[line]")
    with pytest.raises(tp.ValidationError, match="not TOML"):
        tp.read_lines(path)
    path.write_text("lines = []\n[feed]\nnam = 1\n")
    with pytest.raises(tp.ValidationError) as found:
        tp.read_lines(path)
    assert len(found.value.problems) == 2
    with pytest.raises(tp.NotFoundError):
        tp.read_lines(tmp_path / "none.toml")


def test_the_command_writes_a_feed_or_nothing(tmp_path):
    from typer.testing import CliRunner

    from transitplan.cli.main import app

    args = ["import", "lines", "networks/two_banks/lines.toml", "--out"]
    done = CliRunner().invoke(app, [*args, str(tmp_path / "feed.zip")])
    assert done.exit_code == 0
    assert "3 lines, 10 stops, 8 trips" in done.output
    assert tp.read_service(tmp_path / "feed.zip").routes["route_id"].tolist() == ["M1", "B1", "B2"]
    wrong = CliRunner().invoke(app, [*args, str(tmp_path / "feed.csv")])
    assert isinstance(wrong.exception, tp.ValidationError)
    network = CliRunner().invoke(app, [*args, "networks/two_banks/2025"])
    assert "Name its folder" in str(network.exception)
