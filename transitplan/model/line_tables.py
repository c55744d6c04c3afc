"""The columns of the line builder, written once: stops, lines, calls and headways."""

from transitplan.model.tables import CONFIDENCES, STATUSES, Column
from transitplan.model.transit_tables import DAYS

ROUTE_TYPES = {
    "tram": 0,
    "metro": 1,
    "rail": 2,
    "bus": 3,
    "ferry": 4,
    "cable_car": 6,
    "funicular": 7,
    "trolleybus": 11,
    "monorail": 12,
}
DAYS_OF_SERVICE = ("daily", "weekday", "weekend", *DAYS)

_ORIGIN = (
    Column("status", "text", "open, planned, …", default="", choices=("", *STATUSES)),
    Column("source", "text", "where the row comes from", default=""),
    Column("confidence", "text", "how sure it is", default="", choices=("", *CONFIDENCES)),
)
_PATTERN = Column("pattern", "text", "name of a course where the line has several", default="")

STOPS = (
    Column("stop_id", "text", "the stop", required=True, unique=True),
    Column("name", "text", "name", required=True),
    Column("name_zh", "text", "name in Chinese", default=""),
    Column("lon", "float", "longitude", "°", required=True, low=-180.0, high=180.0),
    Column("lat", "float", "latitude", "°", required=True, low=-90.0, high=90.0),
    *_ORIGIN,
)
LINES = (
    Column("line_id", "text", "the line", required=True),
    _PATTERN,
    Column("name", "text", "name", required=True),
    Column("name_zh", "text", "name in Chinese", default=""),
    Column("short_name", "text", "number or letter", default=""),
    Column("mode", "text", "mode", required=True, choices=tuple(ROUTE_TYPES)),
    Column("color", "text", "colour, six hexadecimal digits", default=""),
    Column("speed_kph", "float", "speed between stops", "km/h", low=1.0, high=450.0),
    Column("end_to_end_min", "float", "time of the whole course, stops in it", "min", low=1.0),
    Column("dwell_s", "float", "time at a stop", "s", default=30.0, low=0.0, high=3600.0),
    Column(
        "detour", "float", "way over straight line between points", default=1.0, low=1.0, high=5
    ),
    Column("headway_min", "float", "time between departures, all day", "min", low=0.1, high=1440.0),
    Column("first", "text", "first departure, as 06:00", default=""),
    Column("last", "text", "no departure at this time or later", default=""),
    Column(
        "direction_id", "float", "direction of the course as listed", default=0.0, low=0, high=1
    ),
    Column("both_directions", "bool", "false: one way only", default=True),
    Column("open_year", "float", "year of opening", "year", low=1800.0, high=2200.0),
    *_ORIGIN,
)
CALLS = (
    Column("line_id", "text", "the line", required=True, refers_to="line.line_id"),
    _PATTERN,
    Column("seq", "float", "order along the line", required=True, low=0.0),
    Column("stop_id", "text", "the stop; empty: a point of the course", refers_to="stop.stop_id"),
    Column("lon", "float", "longitude of a point of the course", "°", low=-180.0, high=180.0),
    Column("lat", "float", "latitude of it", "°", low=-90.0, high=90.0),
    Column("run_s", "float", "time from the stop before", "s", low=0.0, high=86_400.0),
    Column("dwell_s", "float", "time at this stop, where not the line's", "s", low=0.0, high=3600),
)
HEADWAYS = (
    Column("line_id", "text", "the line", required=True, refers_to="line.line_id"),
    _PATTERN,
    Column("days", "text", "days", default="daily", choices=DAYS_OF_SERVICE),
    Column("direction_id", "float", "0 as listed, 1 back; empty: both", low=0.0, high=1.0),
    Column("start", "text", "first departure, as 06:00", required=True),
    Column("end", "text", "no departure at this time or later", required=True),
    Column("headway_min", "float", "time between departures", "min", required=True, low=0.1),
)
LINE_TABLES: dict[str, tuple[Column, ...]] = {
    "stop": STOPS,
    "line": LINES,
    "call": CALLS,
    "headway": HEADWAYS,
}
