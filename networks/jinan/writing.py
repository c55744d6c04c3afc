"""The tables of the product. Columns, units and meanings stand in ``sources/columns.csv``."""

from pathlib import Path

from roads import Road, roads_at
from shapely import LineString
from shapely import Point as Place
from skeleton import Point
from tables import Row, plain, read_keyed, read_table, write_table

# Toll of the provincial expressways, CNY per km: assumed, the tariff was not found.
EXPRESSWAY_TOLL_CAR = 0.45
EXPRESSWAY_TOLL_TRUCK = 1.5

CONFIG = {
    "dataset_name": "Jinan 2025",
    "short_length": "m",
    "long_length": "km",
    "speed": "km/h",
    "crs": "EPSG:4326",
    "geometry_field_format": "wkt",
    "currency": "CNY",
    "version_number": "0.96",
    "id_type": "integer",
}


def columns(table: str) -> list[str]:
    """Columns of a product table in their order."""
    return [row["column"] for row in read_table("columns") if row["table"] == table]


def write_gmns(folder: Path, table: str, rows: list[Row]) -> None:
    """Write one table of the network folder."""
    write_table(folder / f"{table}.csv", columns(table), rows)


# Nodes


def node_rows(nodes: dict[int, Point], roads: list[Road], zones: list[Row]) -> list[Row]:
    """Nodes in order of their number."""
    by_zone = {int(zone["zone_id"]): zone for zone in zones}
    named = _named_nodes()
    touching = roads_at(roads)
    rows = []
    for node, (lon, lat) in sorted(nodes.items()):
        if node in by_zone:
            kind = _centroid(by_zone[node])
        else:
            kind = _junction(touching[node]) | named.get(node, {})
        rows.append({"node_id": node, "x_coord": plain(lon, 6), "y_coord": plain(lat, 6), **kind})
    return rows


def _centroid(zone: Row) -> Row:
    external = zone["zone_kind"] == "external"
    return {
        "name": zone["name"],
        "name_zh": zone["name_zh"],
        "node_type": "external" if external else "centroid",
        "zone_id": zone["zone_id"],
        "source": "zones table, placed by hand",
        "confidence": "medium",
    }


def _junction(roads: list[Road]) -> Row:
    types = {road.attributes.facility_type for road in roads}
    tunnel_end = any(road.attributes.structure == "tunnel" for road in roads)
    return {
        "node_type": "interchange" if "ramp" in types else "portal" if tunnel_end else "junction",
        "source": "OpenStreetMap via scgraph_data",
        "confidence": "medium",
    }


def _named_nodes() -> dict[int, Row]:
    """Names of interchanges and of the nodes placed by hand."""
    named = {}
    places = read_keyed("interchanges", "interchange_id")
    for ramp in read_table("ramps"):
        place = places[ramp["interchange_id"]]
        for end in ("from_node_id", "to_node_id"):
            names = {"name": place["name"], "name_zh": place["name_zh"]}
            named.setdefault(int(ramp[end]), names)
    for row in read_table("new_nodes"):
        kept = ("name", "name_zh", "source", "confidence")
        named[int(row["node_id"])] = {key: row[key] for key in kept}
    return named


# Links


def link_rows(nodes: dict[int, Point], roads: list[Road]) -> tuple[list[Row], list[Row]]:
    """Two links a road, the odd one from a to b, and the geometry the bent ones share."""
    links, geometries = [], []
    for pair, road in enumerate(sorted(roads, key=_order), start=1):
        geometry_id = str(pair) if road.via else ""
        if road.via:
            geometries.append({"geometry_id": geometry_id, "geometry": wkt(road.line(nodes))})
        links.append(link_row(road, 2 * pair - 1, geometry_id, "1"))
        links.append(link_row(road.reversed(), 2 * pair, geometry_id, "-1"))
    return links, geometries


def _order(road: Road) -> tuple[bool, int, int, str, str]:
    """Roads first, connectors last; then by ends."""
    what = road.attributes
    is_connector = what.facility_type == "connector"
    ends = sorted((road.a, road.b))
    return is_connector, ends[0], ends[1], what.crossing_id, what.corridor_id


def link_row(road: Road, link_id: int, geometry_id: str = "", dir_flag: str = "") -> Row:
    """One direction of a road as a row of link.csv."""
    what = road.attributes
    tolled_km = road.length_km if what.tolled else 0.0
    groups = {tuple(row["uses"].split(",")): row["use_group"] for row in read_table("use_groups")}
    return {
        "link_id": str(link_id),
        "name": what.name,
        "name_zh": what.name_zh,
        "from_node_id": str(road.a),
        "to_node_id": str(road.b),
        "directed": "true",
        "geometry_id": geometry_id,
        "dir_flag": dir_flag if geometry_id else "",
        "length": plain(road.length_km, 3),
        "facility_type": what.facility_type,
        "capacity": str(what.capacity),
        "free_speed": str(what.free_speed),
        "lanes": str(what.lanes),
        "allowed_uses": groups.get(what.uses, ",".join(what.uses)),
        "toll": plain(what.toll + EXPRESSWAY_TOLL_CAR * tolled_km, 2),
        "toll_truck": plain(what.toll_truck + EXPRESSWAY_TOLL_TRUCK * tolled_km, 2),
        "structure": what.structure,
        "crossing_id": what.crossing_id,
        "vdf_alpha": what.vdf_alpha,
        "vdf_beta": what.vdf_beta,
        "free_time_s": what.free_time_s,
        "corridor_id": what.corridor_id,
        "source": what.source,
        "confidence": what.confidence,
    }


def wkt(line: list[Point]) -> str:
    """Line as well-known text."""
    points = (f"{plain(lon, 6)} {plain(lat, 6)}" for lon, lat in line)
    return f"LINESTRING ({', '.join(points)})"


# Crossings and places


def crossing_rows(nodes: dict[int, Point], roads: list[Road], river: LineString) -> list[Row]:
    """Crossings of the hand table; where a road is drawn, the river kilometre follows from it."""
    drawn = {road.attributes.crossing_id: road.line(nodes) for road in roads}
    rows = []
    for row in read_table("crossings"):
        line = drawn.get(row["crossing_id"])
        rows.append(row | {"river_km": f"{river_km(river, line):.1f}"} if line else row)
    return rows


def river_km(river: LineString, line: list[Point]) -> float:
    """Kilometre of the river where a line meets it, between the kilometres of its points."""
    place = river.project(river.intersection(LineString(line)).centroid)
    kilometres = [float(row["river_km"]) for row in read_table("river")]
    marks = [river.project(Place(point)) for point in river.coords]
    after = next(i for i, mark in enumerate(marks) if mark >= place)
    share = (place - marks[after - 1]) / (marks[after] - marks[after - 1])
    return kilometres[after - 1] + share * (kilometres[after] - kilometres[after - 1])


def write_checked(folder: Path, name: str, nodes: dict[int, Point]) -> None:
    """Copy a hand table whose node columns must exist in the network.

    Raises
    ------
    SystemExit
        If a row names a node the network does not have.
    """
    rows = read_table(name)
    for row in rows:
        for end in ("from_node_id", "to_node_id"):
            if row.get(end) and int(row[end]) not in nodes:
                raise SystemExit(f"sources/{name}.csv: node {row[end]} is not in the network")
    write_table(folder / f"{name}.csv", rows[0], rows)
