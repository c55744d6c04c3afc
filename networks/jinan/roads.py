"""From the skeleton and the hand tables to two-way roads between junctions.

The skeleton is flat: where two roads cross they often share a node even if one passes above the
other. Three layers repair that. Streets keep the skeleton's node numbers, expressways and urban
expressways get their own nodes at the same places, and only the ramps of ``ramps.csv`` join them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

from shapely import LineString
from skeleton import Point
from tables import Row, read_keyed, read_table

EARTH_RADIUS_KM = 6371.0088
LAYER_NUMBERS = {"expressway": 1_000_000, "urban_expressway": 2_000_000}
# Layers are drawn 80 m apart, less than the skeleton's rounding, so that a ramp has two ends.
LAYER_SHIFT = {0: (0.0, 0.0), 1_000_000: (0.0008, 0.0006), 2_000_000: (-0.0008, 0.0006)}
AREA = (116.55, 36.45, 117.60, 37.15)  # west, south, east, north
# The end of a road at the edge of the area is this number plus that of the external zone.
CUT_NODES = 900_000
SLOW_DESIGN_KPH = 60  # tunnels and urban bridges

ALL_USES = ("car", "truck", "dangerous_goods", "bus", "cycle", "walk")
MOTOR_ROADS = {"expressway", "urban_expressway", "ramp"}


@dataclass(frozen=True)
class Attributes:
    """What a road is, apart from where it runs.

    Speeds in km/h, capacity in pce/h and lane, tolls in CNY. The course factor is the length of a
    real road over that of its drawn line, which is straight between junctions. A free time is given
    where it is not length over speed.
    """

    corridor_id: str
    name: str
    name_zh: str
    facility_type: str
    lanes: int
    capacity: int
    free_speed: int
    vdf_alpha: str
    vdf_beta: str
    course_factor: float
    uses: tuple[str, ...]
    source: str
    confidence: str
    structure: str = "surface"
    crossing_id: str = ""
    tolled: bool = False
    toll: float = 0.0
    toll_truck: float = 0.0
    free_time_s: str = ""


@dataclass(frozen=True)
class Road:
    """A two-way road between nodes a and b; ``via`` holds the points between them."""

    a: int
    b: int
    attributes: Attributes
    length_km: float = 0.0
    via: tuple[Point, ...] = ()

    def line(self, nodes: dict[int, Point]) -> list[Point]:
        """All points from a to b."""
        return [nodes[self.a], *self.via, nodes[self.b]]

    def reversed(self) -> "Road":
        """Give the same road from b to a."""
        return replace(self, a=self.b, b=self.a, via=self.via[::-1])


def distance_km(p: Point, q: Point) -> float:
    """Great-circle distance of two points (longitude, latitude)."""
    (lon_p, lat_p), (lon_q, lat_q) = [(radians(x), radians(y)) for x, y in (p, q)]
    half = sin((lat_q - lat_p) / 2) ** 2 + cos(lat_p) * cos(lat_q) * sin((lon_q - lon_p) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(half))


def line_km(line: list[Point]) -> float:
    """Length along a line."""
    return sum(distance_km(p, q) for p, q in pairwise(line))


# What a road is


class Catalogue:
    """Corridors, road classes and crossings: everything needed to say what a road is."""

    def __init__(self) -> None:
        self.corridors = read_keyed("corridors", "corridor_id")
        self.classes = read_keyed("classes", "class")
        self.crossings = read_keyed("crossings", "crossing_id")

    def attributes(
        self,
        facility_type: str,
        corridor_id: str,
        *,
        crossing_id: str = "",
        lanes: str = "",
        design_speed_kph: str = "",
        structure: str = "",
        source: str = "",
        confidence: str = "",
    ) -> Attributes:
        """Values of the class, with the corridor's lanes and speed cap, less the uses it bans."""
        corridor = self.corridors.get(corridor_id, {})
        speed_cap = int(design_speed_kph or corridor.get("design_speed_kph", "") or 999)
        values = self.classes[self._class_of(facility_type, speed_cap)]
        crossing = self.crossings.get(crossing_id, {})
        banned = crossing.get("banned_uses", "") if crossing else corridor.get("banned_uses", "")
        return Attributes(
            corridor_id=corridor_id,
            name=crossing.get("name") or corridor.get("name") or "Unnamed road",
            name_zh=crossing.get("name_zh") or corridor.get("name_zh") or "无名道路",
            facility_type=values["facility_type"],
            lanes=int(lanes or corridor.get("lanes", "") or values["lanes"]),
            capacity=int(values["capacity_pce_lane"]),
            free_speed=min(int(values["free_speed_kph"]), speed_cap),
            vdf_alpha=values["vdf_alpha"],
            vdf_beta=values["vdf_beta"],
            course_factor=float(values["course_factor"]),
            uses=_uses(facility_type, banned, listed_in_full=bool(crossing)),
            source=source or "OpenStreetMap via scgraph_data",
            confidence=confidence or corridor.get("confidence") or "low",
            structure=structure or _structure(crossing, corridor),
            crossing_id=crossing_id,
            tolled=corridor.get("tolled") == "yes",
            toll=float(crossing.get("toll_car") or 0),
            toll_truck=float(crossing.get("toll_truck") or 0),
        )

    def side_road(self, corridor_id: str) -> Attributes:
        """Give the street below or beside an urban expressway."""
        corridor = self.corridors[corridor_id]
        plain = self.attributes("side_road", "", lanes=corridor["side_road_lanes"])
        return replace(
            plain,
            corridor_id=f"{corridor_id}S",
            name=f"{corridor['name']}, side road",
            name_zh=f"{corridor['name_zh']}（辅路）",
            source="assumed beside the corridor",
        )

    @staticmethod
    def _class_of(facility_type: str, speed_cap: int) -> str:
        slow = facility_type == "urban_expressway" and speed_cap <= SLOW_DESIGN_KPH
        return "urban_expressway_60" if slow else facility_type


def _uses(facility_type: str, banned: str, *, listed_in_full: bool) -> tuple[str, ...]:
    """Uses of a class less the bans.

    A crossing lists its bans in full: on some, cycles share an urban expressway.
    """
    out = set(banned.split(","))
    if facility_type in MOTOR_ROADS and not listed_in_full:
        out |= {"cycle", "walk"}
    return tuple(use for use in ALL_USES if use not in out)


def _structure(crossing: Row, corridor: Row) -> str:
    if crossing:
        return "tunnel" if "tunnel" in crossing["form"] else "bridge"
    return corridor.get("structure", "") or "surface"


# From the skeleton's edges to roads in three layers


def skeleton_numbers() -> set[int]:
    """Skeleton nodes used by the hand tables."""
    ends = {int(row[end]) for row in read_table("roads") for end in "ab"}
    return ends | {int(row["into_node_id"]) for row in read_table("merges")}


def layered_nodes(skeleton: dict[int, Point]) -> dict[int, Point]:
    """Place every skeleton node in all three layers; unused ones are dropped at the end."""
    return {
        layer + number: (round(lon + dx, 6), round(lat + dy, 6))
        for layer, (dx, dy) in LAYER_SHIFT.items()
        for number, (lon, lat) in skeleton.items()
    }


def skeleton_roads(nodes: dict[int, Point], catalogue: Catalogue) -> list[Road]:
    """Roads of ``roads.csv``, side roads included, with duplicate junctions merged."""
    merged = {int(row["node_id"]): int(row["into_node_id"]) for row in read_table("merges")}
    roads = []
    for row in read_table("roads"):
        layer = LAYER_NUMBERS.get(row["facility_type"], 0)
        a, b = (merged.get(int(row[end]), int(row[end])) for end in "ab")
        attributes = catalogue.attributes(
            row["facility_type"], row["corridor_id"], crossing_id=row["crossing_id"]
        )
        if row["external_zone_id"]:
            inside = a if _inside(nodes[a]) else b
            roads.append(Road(layer + inside, CUT_NODES + int(row["external_zone_id"]), attributes))
            continue
        roads.append(Road(layer + a, layer + b, attributes))
        if row["side_road"]:
            roads.append(Road(a, b, catalogue.side_road(row["corridor_id"])))
    return roads


def _inside(point: Point) -> bool:
    west, south, east, north = AREA
    return west <= point[0] <= east and south <= point[1] <= north


# Hand additions


def new_nodes() -> dict[int, Point]:
    """Nodes of ``new_nodes.csv``: ends of added roads, points that split one, ends at the edge."""
    return {
        int(row["node_id"]): (float(row["lon"]), float(row["lat"]))
        for row in read_table("new_nodes")
    }


def split_roads(roads: list[Road], nodes: dict[int, Point]) -> list[Road]:
    """Cut roads at the new nodes that name the two ends of the road they lie on."""
    cuts = defaultdict(list)
    for row in read_table("new_nodes"):
        if row["split_a"]:
            ends = frozenset((int(row["split_a"]), int(row["split_b"])))
            cuts[ends].append(int(row["node_id"]))
    result, used = [], set()
    for road in roads:
        ends = frozenset((road.a, road.b))
        used.add(ends)
        stops = sorted(cuts.get(ends, ()), key=lambda node: distance_km(nodes[road.a], nodes[node]))
        chain = [road.a, *stops, road.b]
        result += [replace(road, a=a, b=b) for a, b in pairwise(chain)]
    missing = [sorted(ends) for ends in cuts if ends not in used]
    if missing:
        raise SystemExit(f"new_nodes.csv: no road between {missing}")
    return result


def trim_crossings(
    roads: list[Road], nodes: dict[int, Point], river: LineString, catalogue: Catalogue
) -> list[Road]:
    """Take the crossing off the pieces of a split road that do not meet the river."""
    result = []
    for road in roads:
        attributes = road.attributes
        if attributes.crossing_id and not river.intersects(LineString(road.line(nodes))):
            attributes = catalogue.attributes(attributes.facility_type, attributes.corridor_id)
        result.append(replace(road, attributes=attributes))
    return result


def added_roads(table: str, catalogue: Catalogue) -> list[Road]:
    """Roads of a hand table of two-way roads, such as ``new_links.csv``."""
    return [
        Road(
            int(row["a"]),
            int(row["b"]),
            catalogue.attributes(
                row["facility_type"],
                row["corridor_id"],
                crossing_id=row["crossing_id"],
                lanes=row["lanes"],
                design_speed_kph=row["free_speed_kph"],
                structure=row["structure"],
                source=row["source"],
                confidence=row["confidence"],
            ),
            float(row["length_km"] or 0),
            tuple(_point(text) for text in row["via"].split(";") if text),
        )
        for row in read_table(table)
    ]


def _point(text: str) -> Point:
    lon, lat = text.split()
    return float(lon), float(lat)


def ramp_roads(catalogue: Catalogue) -> list[Road]:
    """Ramps of ``ramps.csv``: the only joins between the layers."""
    names = read_keyed("interchanges", "interchange_id")
    roads = []
    for row in read_table("ramps"):
        plain = catalogue.attributes(
            "ramp", "", lanes=row["lanes"], design_speed_kph=row["free_speed"]
        )
        place = names[row["interchange_id"]]
        attributes = replace(
            plain,
            name=f"{place['name'].removesuffix(' ramps')}, ramp",
            name_zh=f"{place['name_zh'].removesuffix('匝道')}匝道",
            uses=ALL_USES if row["open_to"] == "all" else plain.uses,
            free_time_s=row["free_time_s"],
            source=f"interchange {row['interchange_id']}",
            confidence=place["confidence"],
        )
        ends = int(row["from_node_id"]), int(row["to_node_id"])
        roads.append(Road(*ends, attributes, float(row["length"])))
    return roads


# Tidying


def drop_doubles(roads: list[Road]) -> list[Road]:
    """Drop loops left by merged junctions and second roads between the same two ends."""
    seen, kept = set(), []
    for road in roads:
        key = (
            frozenset((road.a, road.b)),
            road.attributes.crossing_id,
            road.attributes.facility_type,
        )
        if road.a != road.b and key not in seen:
            seen.add(key)
            kept.append(road)
    return kept


def drop_stubs(roads: list[Road], keep: set[int]) -> list[Road]:
    """Drop unnamed streets and side roads that end nowhere, again and again until none is left."""
    while True:
        touching = roads_at(roads)
        dead = {node for node, ends in touching.items() if len(ends) == 1 and node not in keep}
        kept = [road for road in roads if not (_is_minor(road) and dead & {road.a, road.b})]
        if len(kept) == len(roads):
            return kept
        roads = kept


def _is_minor(road: Road) -> bool:
    corridor = road.attributes.corridor_id
    return not corridor or corridor.endswith("S")


def roads_at(roads: Iterable[Road]) -> dict[int, list[Road]]:
    """Roads by the nodes they end at."""
    touching = defaultdict(list)
    for road in roads:
        touching[road.a].append(road)
        touching[road.b].append(road)
    return touching


def join_chains(roads: list[Road], nodes: dict[int, Point], keep: set[int]) -> list[Road]:
    """Make one road of two equal ones that meet at a node of no other use; it becomes a bend."""
    alive = dict.fromkeys(roads)
    touching = roads_at(roads)
    for node in sorted(touching):
        ends = [road for road in touching[node] if road in alive]
        if node in keep or len(ends) != 2:  # noqa: PLR2004 (a node of no other use has two)
            continue
        if ends[0].attributes != ends[1].attributes:
            continue
        first = ends[0] if ends[0].b == node else ends[0].reversed()
        second = ends[1] if ends[1].a == node else ends[1].reversed()
        if first.a == second.b:
            continue
        length = first.length_km + second.length_km
        joined = Road(
            first.a, second.b, first.attributes, length, (*first.via, nodes[node], *second.via)
        )
        for road in ends:
            del alive[road]
        alive[joined] = None
        touching[joined.a].append(joined)
        touching[joined.b].append(joined)
    return list(alive)


def measure(roads: list[Road], nodes: dict[int, Point]) -> list[Road]:
    """Give every road its length: the published one, or the drawn line times its class factor."""
    measured = []
    for road in roads:
        drawn = line_km(road.line(nodes))
        length = (
            max(road.length_km, drawn) if road.length_km else drawn * road.attributes.course_factor
        )
        measured.append(replace(road, length_km=round(length, 3)))
    return measured
