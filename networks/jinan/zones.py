"""Zones and the connectors that join them to the streets."""

from dataclasses import replace
from math import atan2, cos, degrees, radians

from roads import CUT_NODES, Attributes, Catalogue, Road, distance_km, roads_at
from shapely import LineString
from skeleton import Point
from tables import Row, read_keyed, read_table

DETOUR = 1.3  # street distance over straight distance inside a zone
CORE = (116.86, 36.58, 117.22, 36.86)  # built-up area: short and slow access
CORE_LIMIT_KM, RURAL_LIMIT_KM = 4.0, 8.0
CORE_SPEED_KPH, RURAL_SPEED_KPH, EXTERNAL_SPEED_KPH = 25, 35, 60
CONNECTORS, WAYS_OUT = 3, 2  # wanted, needed
SEPARATION_DEGREES = 55.0
STREETS = {"trunk", "arterial", "collector", "local"}


def read_zones() -> list[Row]:
    """Rows of ``zones.csv``.

    Raises
    ------
    SystemExit
        If people or jobs do not add up to the totals of ``districts.csv``.
    """
    zones = read_table("zones")
    for district, row in read_keyed("districts", "district").items():
        members = [zone for zone in zones if zone["district"] == district]
        for quantity in ("population", "jobs"):
            total, stated = (
                sum(int(zone[quantity]) for zone in members),
                int(row[f"{quantity}_inside"]),
            )
            if total != stated:
                raise SystemExit(
                    f"zones.csv: {quantity} of {district} adds up to {total}; "
                    f"districts.csv says {stated}"
                )
    return zones


def zone_points(zones: list[Row]) -> dict[int, Point]:
    """Centroid nodes; they carry the zone's number."""
    return {int(zone["zone_id"]): (float(zone["lon"]), float(zone["lat"])) for zone in zones}


def connectors(
    zones: list[Row],
    roads: list[Road],
    nodes: dict[int, Point],
    river: LineString,
    catalogue: Catalogue,
) -> list[Road]:
    """Two or three connectors a zone, one at an external, never across the river."""
    streets = _street_nodes(roads)
    result = []
    for zone in zones:
        number = int(zone["zone_id"])
        ends = [int(text) for text in zone["connect_to"].split()]
        if len(ends) < WAYS_OUT and zone["zone_kind"] != "external":
            ends += _spread(
                nodes[number],
                [n for n in streets if n not in ends],
                nodes,
                river,
                CONNECTORS - len(ends),
            )
        result += [_connector(zone, end, nodes, catalogue) for end in ends]
    return result


def _street_nodes(roads: list[Road]) -> list[int]:
    """Nodes where a street ends, less the cut ends at the edge of the area."""
    return sorted(
        node
        for node, ends in roads_at(roads).items()
        if any(_is_street(road.attributes) for road in ends)
        and not CUT_NODES + 900 < node < CUT_NODES + 1000
    )


def _is_street(attributes: Attributes) -> bool:
    return attributes.facility_type in STREETS and not attributes.crossing_id


def _spread(
    centre: Point, candidates: list[int], nodes: dict[int, Point], river: LineString, count: int
) -> list[int]:
    """Nearest nodes in clearly different directions; two of them even beyond the limit."""
    limit = CORE_LIMIT_KM if in_core(centre) else RURAL_LIMIT_KM
    chosen: list[int] = []
    for node in sorted(candidates, key=lambda n: (distance_km(centre, nodes[n]), n)):
        far = distance_km(centre, nodes[node]) * DETOUR > limit
        if len(chosen) >= count or (far and len(chosen) >= WAYS_OUT):
            break
        if LineString([centre, nodes[node]]).intersects(river):
            continue
        if all(_angle(centre, nodes[node], nodes[other]) >= SEPARATION_DEGREES for other in chosen):
            chosen.append(node)
    return chosen


def in_core(point: Point) -> bool:
    """Whether a point lies in the built-up area."""
    west, south, east, north = CORE
    return west <= point[0] <= east and south <= point[1] <= north


def _angle(centre: Point, p: Point, q: Point) -> float:
    """Angle between the directions to two points [degrees]."""
    turn = abs(_bearing(centre, p) - _bearing(centre, q)) % 360
    return min(turn, 360 - turn)


def _bearing(centre: Point, point: Point) -> float:
    return degrees(atan2(point[1] - centre[1], (point[0] - centre[0]) * cos(radians(centre[1]))))


def _connector(zone: Row, end: int, nodes: dict[int, Point], catalogue: Catalogue) -> Road:
    number = int(zone["zone_id"])
    if zone["zone_kind"] == "external":
        speed = EXTERNAL_SPEED_KPH
    else:
        speed = CORE_SPEED_KPH if in_core(nodes[number]) else RURAL_SPEED_KPH
    attributes = replace(
        catalogue.attributes("connector", ""),
        name=f"Access of {zone['name']}",
        name_zh=f"{zone['name_zh']}（连接线）",
        free_speed=speed,
        source="rule of build.py",
        confidence="assumed",
    )
    return Road(number, end, attributes, DETOUR * distance_km(nodes[number], nodes[end]))
