"""The columns of a timetable, written once: names, units and defaults are those of GTFS.

Columns of ours, which other readers of GTFS skip, say where a row comes from and how sure it is.
Times are whole seconds after the midnight with which the day of service starts, and may pass 24 h;
distances along a shape have the feed's own unit.
"""

from transitplan.model.tables import CONFIDENCES, STATUSES, Column

SUFFIX = ".txt"
SECONDS_A_DAY = 86_400
LONGEST_DAY_S = 7 * SECONDS_A_DAY  # a trip of more days is a slip
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ADDED, REMOVED = 1, 2  # exception_type of calendar_dates
REGULAR, NOT_HERE, BY_PHONE, ASK_DRIVER = 0, 1, 2, 3  # pickup_type, drop_off_type
STOP, STATION = 0, 1  # location_type

_STATUS = Column("status", "text", "open, planned, …: ours", default="", choices=("", *STATUSES))
_OPEN_YEAR = Column("open_year", "float", "year of opening: ours", "year", low=1800.0, high=2200.0)
_SOURCE = Column("source", "text", "where the row comes from: ours", default="")
_CONFIDENCE = Column(
    "confidence", "text", "how sure the row is: ours", default="", choices=("", *CONFIDENCES)
)


def _flag(name: str, note: str, *, high: int, default: int = 0) -> Column:
    """Return a code of GTFS: a whole number from 0, whose empty cell has a meaning."""
    return Column(name, "int", note, default=default, low=0, high=high)


def _time(name: str, note: str, *, required: bool = False) -> Column:
    return Column(name, "time", note, "s", required=required, low=0.0, high=LONGEST_DAY_S)


def _reference(name: str, to: str, note: str, *, required: bool = False) -> Column:
    default = None if required else ""
    return Column(name, "text", note, refers_to=to, required=required, default=default)


def _text(name: str, note: str) -> Column:
    return Column(name, "text", note, default="")


AGENCIES = (
    Column("agency_id", "text", "the company", default="", unique=True),
    Column("agency_name", "text", "its name", required=True),
    _text("agency_url", "its page"),
    Column("agency_timezone", "text", "time zone, as Asia/Shanghai", required=True),
    _text("agency_lang", "language of the texts, as zh or en"),
)
STOPS = (
    Column("stop_id", "text", "the stop", required=True, unique=True),
    _text("stop_code", "number that passengers see"),
    _text("stop_name", "name"),
    _text("stop_desc", "description"),
    Column("stop_lat", "float", "latitude", "°", low=-90.0, high=90.0),
    Column("stop_lon", "float", "longitude", "°", low=-180.0, high=180.0),
    _text("zone_id", "fare zone"),
    _flag("location_type", "0 stop, 1 station, 2 entrance, 3 node, 4 boarding area", high=4),
    _reference("parent_station", "stops.stop_id", "station that holds the stop"),
    _STATUS,
    _SOURCE,
    _CONFIDENCE,
)
ROUTES = (
    Column("route_id", "text", "the line", required=True, unique=True),
    _reference("agency_id", "agency.agency_id", "company that runs it"),
    _text("route_short_name", "number or letter"),
    _text("route_long_name", "name"),
    _text("route_desc", "description"),
    Column("route_type", "int", "mode: 0 tram, 1 metro, …", required=True, low=0, high=1702),
    _text("route_color", "colour, six hexadecimal digits"),
    _text("route_text_color", "colour of texts on it"),
    _STATUS,
    _OPEN_YEAR,
    _SOURCE,
    _CONFIDENCE,
)
CALENDAR = (
    Column("service_id", "text", "days of service", required=True, unique=True),
    *(Column(day, "int", f"1: runs on a {day}", required=True, low=0, high=1) for day in DAYS),
    Column("start_date", "date", "first day, as 20260131", required=True),
    Column("end_date", "date", "last day", required=True),
)
CALENDAR_DATES = (
    Column("service_id", "text", "days of service", required=True),
    Column("date", "date", "the day, as 20260131", required=True),
    Column("exception_type", "int", "1 runs, 2 does not", required=True, low=1, high=2),
)
TRIPS = (
    _reference("route_id", "routes.route_id", "line of the trip", required=True),
    Column("service_id", "text", "days on which it runs", required=True),
    Column("trip_id", "text", "the trip", required=True, unique=True),
    _text("trip_headsign", "where it goes to"),
    _text("trip_short_name", "number of the train"),
    _flag("direction_id", "0 one way, 1 the other", high=1),
    _text("block_id", "trips that one vehicle runs one after the other"),
    _reference("shape_id", "shapes.shape_id", "course on the ground"),
)
STOP_TIMES = (
    _reference("trip_id", "trips.trip_id", "the trip", required=True),
    _time("arrival_time", "arrival; empty: between the timed stops around it"),
    _time("departure_time", "departure"),
    _reference("stop_id", "stops.stop_id", "the stop", required=True),
    Column("stop_sequence", "int", "order along the trip", required=True, low=0, high=10**9),
    _text("stop_headsign", "where it goes to from here"),
    _flag("pickup_type", "0 boarding, 1 none, 2 by phone, 3 ask the driver", high=3),
    _flag("drop_off_type", "0 alighting, 1 none, 2 by phone, 3 ask the driver", high=3),
    Column("shape_dist_traveled", "float", "way along the shape", low=0.0),
    _flag("timepoint", "0: the time is approximate", high=1, default=1),
)
FREQUENCIES = (
    _reference("trip_id", "trips.trip_id", "trip that is repeated", required=True),
    _time("start_time", "first departure", required=True),
    _time("end_time", "no departure at this time or later", required=True),
    Column("headway_secs", "int", "time between departures", "s", required=True, low=1, high=86400),
    _flag("exact_times", "1: departures are exactly at these times", high=1),
)
SHAPES = (
    Column("shape_id", "text", "the course", required=True),
    Column("shape_pt_lat", "float", "latitude", "°", required=True, low=-90.0, high=90.0),
    Column("shape_pt_lon", "float", "longitude", "°", required=True, low=-180.0, high=180.0),
    Column("shape_pt_sequence", "int", "order of points", required=True, low=0, high=10**9),
    Column("shape_dist_traveled", "float", "way to this point", low=0.0),
)
TRANSFERS = (
    _reference("from_stop_id", "stops.stop_id", "stop where one alights"),
    _reference("to_stop_id", "stops.stop_id", "stop where one boards"),
    _flag("transfer_type", "0 good, 1 waits, 2 takes time, 3 none, 4 and 5 in the seat", high=5),
    Column("min_transfer_time", "float", "time that it takes", "s", low=0.0, high=86_400.0),
)
FARE_ATTRIBUTES = (
    Column("fare_id", "text", "the fare", required=True, unique=True),
    Column("price", "float", "price", "currency_type", required=True, low=0.0, high=1e7),
    Column("currency_type", "text", "currency, as CNY", required=True),
    Column(
        "payment_method", "int", "0 on board, 1 before", required=True, default=0, low=0, high=1
    ),
    Column("transfers", "float", "changes that it allows; empty: any number", low=0.0, high=5.0),
    _reference("agency_id", "agency.agency_id", "company whose fare it is"),
    Column("transfer_duration", "float", "how long it is valid", "s", low=0.0),
)
FARE_RULES = (
    _reference("fare_id", "fare_attributes.fare_id", "the fare", required=True),
    _reference("route_id", "routes.route_id", "line that it is for"),
    _text("origin_id", "fare zone where the ride starts"),
    _text("destination_id", "fare zone where it ends"),
    _text("contains_id", "fare zone that it passes"),
)
TRANSLATIONS = (
    Column("table_name", "text", "file whose text is translated", required=True),
    Column("field_name", "text", "its column", required=True),
    Column("language", "text", "language, as zh", required=True),
    Column("translation", "text", "the text in that language", required=True),
    _text("record_id", "id of the row"),
    _text("record_sub_id", "second part of its id"),
    _text("field_value", "text wherever it stands"),
)
FEED_INFO = (
    Column("feed_publisher_name", "text", "who made the feed", required=True),
    _text("feed_publisher_url", "page of the maker"),
    Column("feed_lang", "text", "language of the texts", required=True),
    _text("default_lang", "language of readers whose own is unknown"),
    Column("feed_start_date", "date", "first day of the feed", default=""),
    Column("feed_end_date", "date", "last day of the feed", default=""),
    _text("feed_version", "version of the feed"),
)

TRANSIT_TABLES: dict[str, tuple[Column, ...]] = {
    "agency": AGENCIES,
    "stops": STOPS,
    "routes": ROUTES,
    "calendar": CALENDAR,
    "calendar_dates": CALENDAR_DATES,
    "trips": TRIPS,
    "stop_times": STOP_TIMES,
    "frequencies": FREQUENCIES,
    "shapes": SHAPES,
    "transfers": TRANSFERS,
    "fare_attributes": FARE_ATTRIBUTES,
    "fare_rules": FARE_RULES,
    "translations": TRANSLATIONS,
    "feed_info": FEED_INFO,
}
REQUIRED_TRANSIT = ("agency", "stops", "routes", "trips", "stop_times")

# What the basic route types are called, and the fastest that one of them goes between two stops.
MODES = {
    0: ("tram", 120.0),
    1: ("metro", 200.0),
    2: ("rail", 450.0),
    3: ("bus", 150.0),
    4: ("ferry", 120.0),
    5: ("cable tram", 60.0),
    6: ("cable car", 80.0),
    7: ("funicular", 80.0),
    11: ("trolleybus", 120.0),
    12: ("monorail", 200.0),
}
_EXTENDED = {1: 2, 2: 3, 4: 1, 7: 3, 8: 11, 9: 0, 10: 4, 12: 4, 13: 6, 14: 7}  # by its hundreds
MONORAIL = 405


def basic_type(route_type: int) -> int:
    """Return the basic type of a line: 701 (a regional bus) is 3, a bus; unknown ones are buses.

    Examples
    --------
    >>> basic_type(401), basic_type(1)
    (1, 1)
    """
    if route_type in MODES:
        return route_type
    return 12 if route_type == MONORAIL else _EXTENDED.get(route_type // 100, 3)


def dtype_of(rule: Column) -> str:
    """Type of a column in a complete table; times are whole seconds.

    Examples
    --------
    >>> dtype_of(STOPS[0]), dtype_of(FREQUENCIES[1])
    ('str', 'int64')
    """
    return {"int": "int64", "time": "int64", "float": "float64"}.get(rule.kind, "str")
