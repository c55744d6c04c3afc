"""Each rule of timetables on a town with a sound line, and where one thing is wrong."""

import pandas as pd
import pyproj
import pytest

from tests.inspection.town import CRS, PLACES, X, Y, river, tables
from transitplan.inspection import audit
from transitplan.inspection.transit import RULES
from transitplan.model.network import build_network
from transitplan.model.transit_build import build_transit

NAMES = tuple(rule.name for rule in RULES)
LINE = (11, 12, 22, 23)  # nodes where it stops: from zone 1 to zone 2
BREAKS = {}


def breaks(rule, *ids):
    """Register a change of the timetable that breaks a rule for these ids, and no other."""

    def register(change):
        BREAKS[change.__name__] = (rule, set(ids), change)
        return change

    return register


def place(x, y):
    """Latitude and longitude of metres from the river's middle."""
    back = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    lon, lat = back.transform(X + x, Y + y)
    return {"stop_lat": lat, "stop_lon": lon}


def stop(name, x, y):
    return {"stop_id": name, "stop_name": f"Stop {name}", **place(x, y)}


def trip(name, stops, start_s, minutes=4):
    return [
        {
            "trip_id": name,
            "stop_id": str(each),
            "stop_sequence": k,
            "arrival_time": start_s + 60 * minutes * k,
            "departure_time": start_s + 60 * minutes * k,
        }
        for k, each in enumerate(stops)
    ]


def feed():
    """Tables of a bus that goes there and back, once by headway and once by timetable."""
    stops = [stop(str(node), *PLACES[node]) for node in LINE]
    rows = {
        "agency": [{"agency_id": "a", "agency_name": "Bus", "agency_timezone": "Asia/Shanghai"}],
        "stops": stops,
        "routes": [
            {"route_id": "B", "route_long_name": "Bus", "route_type": 3, "status": "open"}
        ],
        "calendar": [
            {"service_id": "d", **dict.fromkeys(DAYS, 1), "start_date": "20250101",
             "end_date": "20251231"}
        ],
        "trips": [
            {"route_id": "B", "service_id": "d", "trip_id": name, "direction_id": k}
            for k, name in enumerate(("there", "back"))
        ],
        "stop_times": trip("there", LINE, 0) + trip("back", LINE[::-1], 8 * 3600),
        "frequencies": [
            {"trip_id": "there", "start_time": 6 * 3600, "end_time": 8 * 3600, "headway_secs": 600}
        ],
        "translations": [
            {"table_name": "stops", "field_name": "stop_name", "language": "zh",
             "translation": f"{node}站", "record_id": str(node)}
            for node in LINE
        ],
    }  # fmt: skip
    return {name: pd.DataFrame(each) for name, each in rows.items()}


DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def found_in(made, *, tolerate=False, notes=()):
    service = build_transit(made, tolerate=tolerate, notes=notes)
    town = build_network(tables(), name="town", crs=CRS, transit=service)
    return audit(town, river(), year=2025)


def at(made, table, key, value, **cells):
    frame = made[table].astype(object)
    for column, cell in cells.items():
        frame.loc[frame[key] == value, column] = cell
    made[table] = frame.infer_objects()


def more(made, table, rows):
    made[table] = pd.concat([made[table], pd.DataFrame(rows)], ignore_index=True)


@breaks("stop-far", "22")
def a_stop_in_the_fields(made):
    at(made, "stops", "stop_id", "22", **place(-3000, 2600))
    made["stop_times"]["arrival_time"] += made["stop_times"]["stop_sequence"] * 600
    made["stop_times"]["departure_time"] = made["stop_times"]["arrival_time"]


@breaks("stop-unreached", "x1", "x2")
def a_line_of_its_own(made):
    more(made, "stops", [stop("x1", 900, 0), stop("x2", -900, 0)])
    more(made, "trips", [{"route_id": "B", "service_id": "d", "trip_id": "x"}])
    more(made, "stop_times", trip("x", ("x1", "x2"), 0))
    named = [{**made["translations"].iloc[0], "record_id": name} for name in ("x1", "x2")]
    more(made, "translations", named)


@breaks("stop-unreached", "x1")
def a_stop_that_one_can_only_leave(made):
    more(made, "stops", [stop("x1", 900, 0)])
    more(made, "trips", [{"route_id": "B", "service_id": "d", "trip_id": "x"}])
    more(made, "stop_times", trip("x", ("x1", "22"), 0))
    more(made, "translations", [{**made["translations"].iloc[0], "record_id": "x1"}])


@breaks("line-no-peak", "B")
def a_bus_of_the_afternoon(made):
    made["frequencies"]["start_time"] += 7 * 3600
    made["frequencies"]["end_time"] += 7 * 3600
    made["stop_times"].loc[made["stop_times"]["trip_id"] == "back", "arrival_time"] += 3600
    made["stop_times"]["departure_time"] = made["stop_times"]["arrival_time"]


@breaks("line-no-peak", "B")
def a_bus_of_the_weekend(made):
    made["calendar"] = made["calendar"].assign(**dict.fromkeys(DAYS[:5], 0))
    spare = {"route_id": "C", "route_long_name": "Other", "route_type": 3, "status": "open"}
    more(made, "routes", [spare])
    more(made, "calendar", [{**made["calendar"].iloc[0], "service_id": "w", "monday": 1}])
    more(made, "trips", [{"route_id": "C", "service_id": "w", "trip_id": "c"}])
    more(made, "stop_times", trip("c", LINE, 8 * 3600))


@breaks("line-speed", "B")
def a_bus_slower_than_walking(made):
    times = made["stop_times"]
    made["stop_times"] = pd.DataFrame(
        [row for row in times.to_dict("records") if row["trip_id"] != "there"]
        + trip("there", LINE, 0, minutes=20)
    )


@breaks("line-speed", "B")
def a_bus_at_a_hundred(made):
    """4 km in 2.4 min, each leg below what a bus is refused for."""
    times = made["stop_times"]
    made["stop_times"] = pd.DataFrame(
        [row for row in times.to_dict("records") if row["trip_id"] != "there"]
        + trip("there", LINE, 0, minutes=0.8)
    )


@breaks("line-year", "B")
def a_bus_of_2030(made):
    made["routes"]["open_year"] = 2030


@breaks("line-year", "B")
def a_planned_bus(made):
    made["routes"]["status"] = "planned"


@breaks("translation-missing", "stops 23")
def a_stop_without_chinese(made):
    made["translations"] = made["translations"].iloc[:-1]


def told(found):
    return {(each.rule, str(each.id)) for each in found.findings}


def test_a_sound_line_breaks_no_rule():
    assert found_in(feed()).findings == ()


@pytest.mark.parametrize("name", BREAKS)
def test_one_fault_breaks_its_rule_and_no_other(name):
    rule, ids, change = BREAKS[name]
    made = feed()
    change(made)
    found = found_in(made)
    assert told(found) == {(rule, each) for each in ids}, found.to_text()


def test_every_rule_is_broken_by_some_fault():
    assert {rule for rule, _, _ in BREAKS.values()} | {"transit-doubt", "transit-note"} == set(
        NAMES
    )


def test_what_the_reader_let_pass_is_shown():
    made = feed()
    more(made, "trips", [{"route_id": "B", "service_id": "d", "trip_id": "x"}])
    more(made, "stop_times", trip("x", LINE[:1], 0))  # it goes nowhere
    found = found_in(made, tolerate=True, notes=["fares.txt: left out; not used here."])
    assert told(found) == {("transit-doubt", "trips"), ("transit-note", "fares")}


def test_stations_stand_for_their_platforms():
    """Names of platforms need no translation; their station's do."""
    made = feed()
    made["stops"] = made["stops"].assign(location_type=0, parent_station="")
    more(made, "stops", [{**stop("S", *PLACES[23]), "location_type": 1, "parent_station": ""}])
    at(made, "stops", "stop_id", "23", parent_station="S")
    made["translations"] = made["translations"].iloc[:-1]
    assert told(found_in(made)) == {("translation-missing", "stops S")}
