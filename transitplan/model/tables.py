"""The columns of every table, written once: validation, file headers and documentation read them.

Names on disk follow GMNS 0.96. Where the model keeps another unit or name than the file (length in
metres, not kilometres), ``gmns`` gives the file's name and ``io.gmns`` converts.
"""

from dataclasses import dataclass
from typing import Literal

from transitplan.model.delay_functions import FUNCTIONS, parameter_rules

# Times are seconds after midnight, and dates are texts as 20260131: both of timetables only.
Kind = Literal["id", "int", "float", "text", "bool", "time", "date"]


@dataclass(frozen=True)
class Column:
    """One column: type, unit, limits and meaning."""

    name: str
    kind: Kind
    note: str
    unit: str = ""
    gmns: str = ""  # name on disk where it differs
    required: bool = False  # the column must be there and filled
    unique: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    refers_to: str = ""  # "table.column" that must hold the value
    default: float | str | bool | None = None  # stands in for an absent column or an empty cell
    rare: bool = False  # absent from the table where no cell is filled

    @property
    def on_disk(self) -> str:
        """Name of the column in a GMNS folder."""
        return self.gmns or self.name


NODE_TYPES = ("centroid", "external", "junction", "interchange", "portal")
NO_USE = "none"  # allowed_uses of a turn that nobody may make
NOT_PASSABLE = ("centroid", "external")  # traffic starts and ends here, and never passes through
FACILITY_TYPES = (
    "expressway",
    "urban_expressway",
    "trunk",
    "arterial",
    "collector",
    "local",
    "ramp",
    "connector",
)
STRUCTURES = ("surface", "bridge", "tunnel", "elevated")
CONFIDENCES = ("high", "medium", "low", "assumed")
FORMS = (
    "bridge",
    "tunnel",
    "road_rail_bridge",
    "road_rail_tunnel",
    "rail_bridge",
    "pontoon",
)
STATUSES = ("open", "open_unmodelled", "under_construction", "planned")

_NAMES = (
    Column("name", "text", "name in English", default=""),
    Column("name_zh", "text", "name in Chinese", default=""),
)
_ORIGIN = (
    Column("source", "text", "where the row comes from", default=""),
    Column("confidence", "text", "how sure the row is", default="", choices=("", *CONFIDENCES)),
)

NODES = (
    Column("node_id", "id", "the node", required=True, unique=True),
    *_NAMES,
    Column("x_m", "float", "easting", unit="m", gmns="x_coord", required=True),
    Column("y_m", "float", "northing", unit="m", gmns="y_coord", required=True),
    Column("node_type", "text", "what the node is", default="junction", choices=NODE_TYPES),
    Column("zone_id", "id", "zone whose trips start and end here", refers_to="zone.zone_id"),
    *_ORIGIN,
)

LINKS = (
    Column("link_id", "id", "the link, one direction of a road", required=True, unique=True),
    *_NAMES,
    Column("from_node_id", "id", "node the link leaves", required=True, refers_to="node.node_id"),
    Column("to_node_id", "id", "node the link enters", required=True, refers_to="node.node_id"),
    Column("directed", "bool", "always true: one row a direction", default=True),
    Column("geometry_id", "id", "row of geometry.csv", refers_to="geometry.geometry_id"),
    Column("dir_flag", "int", "1 with the geometry, -1 against it", default=1, low=-1, high=1),
    Column("length_m", "float", "length", "m", "length", required=True, low=0.0, high=1e7),
    Column("facility_type", "text", "class of road", default="arterial", choices=FACILITY_TYPES),
    Column(
        "lane_capacity_pceph",
        "float",
        "capacity of one lane, passenger-car equivalents per hour",
        "pce/h/lane",
        "capacity",
        required=True,
        low=0.0,
        high=1e7,
    ),
    Column("free_speed_kph", "float", "speed when empty", "km/h", "free_speed", low=1.0, high=200),
    Column(
        "truck_speed_kph",
        "float",
        "speed of a truck on the empty link where it is slower than others: on climbs",
        "km/h",
        "truck_speed",
        low=1.0,
        high=200.0,
    ),
    Column("lanes", "float", "through lanes in this direction", default=1.0, low=0.5, high=20.0),
    Column("allowed_uses", "text", "uses or use groups, by comma", default="all"),
    Column("toll_cny", "float", "toll of a car", "CNY", "toll", default=0.0, low=0.0, high=10_000),
    Column("toll_truck_cny", "float", "toll of a truck", "CNY", "toll_truck", low=0.0, high=10_000),
    Column("structure", "text", "what carries the road", default="surface", choices=STRUCTURES),
    Column("crossing_id", "text", "river crossing it belongs to", default=""),
    Column(
        "vdf_alpha", "float", "BPR factor; not where vdf.csv has the class", default=0.15, low=0.0
    ),
    Column("vdf_beta", "float", "BPR power; as vdf_alpha", default=4.0, low=0.0, high=20.0),
    Column("free_time_s", "float", "time when empty, where not length / speed", "s", low=0.0),
    Column("corridor_id", "text", "named road it belongs to", default=""),
    *_ORIGIN,
)

ZONES = (
    Column("zone_id", "id", "the zone", required=True, unique=True),
    *_NAMES,
    Column("super_zone", "text", "cluster that holds the zone", default=""),
    Column("zone_kind", "text", "urban, town, rural, generator or external", default="urban"),
    Column("district", "text", "administrative district", default=""),
    Column("population", "float", "residents", unit="persons", default=0.0, low=0.0, high=1e8),
    Column("jobs", "float", "jobs", unit="jobs", default=0.0, low=0.0, high=1e8),
    Column(
        "extra_cars_per_day",
        "float",
        "car trips a day, both ways, not made by residents: airport, station, external station",
        unit="veh/day",
        default=0.0,
        low=0.0,
        high=1e7,
    ),
    Column(
        "extra_trucks_per_day",
        "float",
        "truck trips a day, both ways, at ports, freight centres and external stations",
        unit="veh/day",
        default=0.0,
        low=0.0,
        high=1e7,
    ),
    Column("boundary", "text", "outline as WKT polygon; maps draw it", rare=True),
    *_ORIGIN,
)

GEOMETRIES = (
    Column("geometry_id", "id", "the line", required=True, unique=True),
    Column("geometry", "text", "line as WKT", required=True),
)

USES = (
    Column("use", "text", "a kind of traffic", required=True, unique=True),
    Column("persons_per_vehicle", "float", "occupancy", "persons", default=1.0, low=0.0, high=500),
    Column("pce", "float", "passenger-car equivalents", default=1.0, low=0.0, high=20.0),
    Column("special_conditions", "text", "rules of the use", default=""),
    Column("description", "text", "what it is", default=""),
)

USE_GROUPS = (
    Column("use_group", "text", "name of the group", required=True, unique=True),
    Column("uses", "text", "uses of the group, by comma", required=True),
    Column("description", "text", "what it is", default=""),
)

CROSSINGS = (
    Column("crossing_id", "text", "the crossing", required=True, unique=True),
    *_NAMES,
    Column("form", "text", "what it is", required=True, choices=FORMS),
    Column("status", "text", "state in the year of the network", required=True, choices=STATUSES),
    Column("open_year", "float", "year of opening", low=1800, high=2200),
    Column("lon_south", "float", "longitude of the south or east end", "deg", low=-180, high=180),
    Column("lat_south", "float", "latitude of the south or east end", "deg", low=-90, high=90),
    Column("lon_north", "float", "longitude of the north or west end", "deg", low=-180, high=180),
    Column("lat_north", "float", "latitude of the north or west end", "deg", low=-90, high=90),
    Column("river_km", "float", "kilometre of the river's centre line", "km"),
    Column("length_m", "float", "length of the project", "m", low=0.0, high=200_000.0),
    Column("main_span_m", "float", "main span, or bored length", "m", low=0.0, high=50_000.0),
    Column("lanes", "float", "lanes, both directions", low=0.0, high=40.0),
    Column("free_speed_kph", "float", "speed limit", "km/h", low=1.0, high=400.0),
    Column("capital_cost_cny", "float", "cost of the project", "CNY", low=0.0),
    Column("toll_rule", "text", "who pays", default=""),
    Column("banned_uses", "text", "uses not let in, by comma", default=""),
    Column("availability", "float", "share of hours open", low=0.0, high=1.0),
    Column("rail_deck", "text", "rail on the same structure", default=""),
    Column("cycle_walk", "text", "yes, no or unknown", default="unknown"),
    Column("observed_daily_vehicles_low", "float", "published volume", "veh/day", low=0.0),
    Column("observed_daily_vehicles_high", "float", "published volume", "veh/day", low=0.0),
    Column("observed_year", "text", "when it was counted", default=""),
    *_ORIGIN,
    Column("note", "text", "what else is known", default=""),
)

CLUSTERS = (
    Column("cluster_id", "text", "cluster or hub", required=True, unique=True),
    Column("kind", "text", "cluster or hub", required=True, choices=("cluster", "hub")),
    *_NAMES,
    Column("lon", "float", "longitude", "deg", required=True, low=-180, high=180),
    Column("lat", "float", "latitude", "deg", required=True, low=-90, high=90),
    Column("zone_id", "id", "zone it stands in", required=True, refers_to="zone.zone_id"),
    *_ORIGIN,
)

VDFS = (
    Column(
        "facility_type",
        "text",
        "class of road; all its links take the function, whatever their vdf_alpha and vdf_beta",
        required=True,
        unique=True,
        choices=FACILITY_TYPES,
    ),
    Column("function", "text", "volume-delay function", required=True, choices=tuple(FUNCTIONS)),
    *(
        Column(
            name,
            "float",
            "; ".join(f"{function}: {rule['note']}" for function, rule in rules),
            rules[0][1].get("unit", ""),
        )
        for name, rules in parameter_rules().items()
    ),
    *_ORIGIN,
)

MOVEMENTS = (
    Column("mvmt_id", "id", "the movement", required=True, unique=True),
    Column("node_id", "id", "node of the turn", required=True, refers_to="node.node_id"),
    Column("name", "text", "name", default=""),
    Column("ib_link_id", "id", "link it comes from", required=True, refers_to="link.link_id"),
    Column("start_ib_lane", "float", "innermost lane it leaves; not used"),
    Column("end_ib_lane", "float", "outermost lane it leaves; not used"),
    Column("ob_link_id", "id", "link it goes to", required=True, refers_to="link.link_id"),
    Column("start_ob_lane", "float", "innermost lane it enters; not used"),
    Column("end_ob_lane", "float", "outermost lane it enters; not used"),
    Column("type", "text", "left, right, thru, uturn, merge or diverge; not used", default=""),
    Column("penalty_s", "float", "time that the turn takes", "s", "penalty", default=0.0, low=0.0),
    Column("capacity_pceph", "float", "not used", "pce/h", "capacity", low=0.0, high=1e7),
    Column("ctrl_type", "text", "how the turn is controlled; not used", default=""),
    Column("mvmt_code", "text", "direction and turn, as SBL; not used", default=""),
    Column("allowed_uses", "text", f"uses that may turn, by comma; {NO_USE}: a ban", default="all"),
    Column("wkt", "text", "line as WKT, kept as it is; not used", gmns="geometry", default=""),
)

TABLES: dict[str, tuple[Column, ...]] = {
    "node": NODES,
    "link": LINKS,
    "zone": ZONES,
    "geometry": GEOMETRIES,
    "use_definition": USES,
    "use_group": USE_GROUPS,
    "crossing": CROSSINGS,
    "cluster": CLUSTERS,
    "vdf": VDFS,
    "movement": MOVEMENTS,
}
REQUIRED_TABLES = ("node", "link")


def column(table: str, name: str) -> Column:
    """Return the rule of one column, by its name in the model."""
    return next(rule for rule in TABLES[table] if rule.name == name)
