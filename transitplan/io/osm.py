"""OpenStreetMap through OSMnx: a street graph becomes a network with classes, lanes and speeds.

What tags do not say is filled in by class, flagged on the row, counted, and said in the network's
history. Bridges and tunnels stay what they are.
"""

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

import pandas as pd

from transitplan.errors import ValidationError, counted, no_file
from transitplan.io.gmns import utm_zone
from transitplan.io.osm_graph import ways_of
from transitplan.io.osm_tags import Road, first, is_street, read_road
from transitplan.model.network import Network, build_network

LICENCE = "© OpenStreetMap contributors, ODbL"
MARK = "transitplan"  # on graphs that to_osmnx made

# Passenger-car equivalents of CJJ 37-2012, section 4.1.2; persons assumed.
USE_TABLE = pd.DataFrame(
    [
        ("car", 1.4, 1.0, "cars and taxis"),
        ("truck", 1.0, 2.5, "lorries"),
        ("dangerous_goods", 1.0, 2.5, "lorries with dangerous goods"),
        ("bus", 20.0, 2.0, "buses"),
    ],
    columns=["use", "persons_per_vehicle", "pce", "description"],
)
GROUP_TABLE = pd.DataFrame(  # as the form library calls them
    [
        ("light", "car,bus", "cars and buses: tunnels that ban the rest"),
        ("motor", "car,truck,dangerous_goods,bus", "all motor vehicles"),
    ],
    columns=["use_group", "uses", "description"],
)


class Edge(NamedTuple):
    """One link to be."""

    tail: int
    head: int
    ways: list[int]
    length_m: float
    line: Any  # shapely LineString in the projection; None where straight
    road: Road
    drawn: tuple[int, int]  # its ends before junctions were merged


def read_osm(path: str | Path) -> Network:
    """Read a street graph that OSMnx saved as GraphML.

    Raises
    ------
    NotFoundError
        If the file is not there.
    ValidationError
        If it is no GraphML, or not as OSMnx writes it.
    """
    path = Path(path)
    return from_osmnx(load_graph(path), name=path.stem)


def load_graph(path: Path) -> Any:
    """Read the graph of a file that OSMnx saved; raises as ``read_osm`` does."""
    import networkx as nx
    import osmnx

    if not path.is_file():
        raise no_file(path, "Save one with osmnx.save_graphml.")
    try:
        return osmnx.load_graphml(path)
    except (ParseError, nx.NetworkXError, KeyError, ValueError) as error:
        raise ValidationError(
            f"{path}: not GraphML as OSMnx saves it: {error}. Save it again with "
            "osmnx.save_graphml."
        ) from None


def from_osmnx(graph: Any, *, name: str = "streets") -> Network:
    """Turn an OSMnx street graph into a network, ready for paths; zones are still to be added.

    Each edge becomes a link. A graph that ``to_osmnx`` made becomes the network that it was.

    Parameters
    ----------
    graph
        A MultiDiGraph as OSMnx makes it: ``x``, ``y`` and ``crs``, edges with ``length`` in metres.
        Give OSMnx the tags to keep (``osmnx.settings.useful_tags_way``) before you make it: without
        ``lanes:forward`` and its like, half of ``lanes`` counts for each direction.

    Raises
    ------
    ValidationError
        If it has no coordinate system or no edges that cars may use.
    """
    if "crs" not in graph.graph:
        raise ValidationError("from_osmnx: the graph has no crs. Make it with OSMnx.")
    if MARK in graph.graph:
        from transitplan.io.osm_exchange import restore  # it needs this module too

        return restore(graph)
    flat = project(graph)
    edges, count = _edges(flat)
    if not edges:
        raise ValidationError("from_osmnx: no edge has a highway tag that cars use.")
    tables = road_tables(flat, edges)
    said = (
        f"from OpenStreetMap ({LICENCE}): {filled_in(tables['link'])}; left out "
        f"{count['other ways']} edges that cars do not use{_also(count)}"
    )
    return build_network(tables, name=name, crs=flat.graph["crs"], history=(said,))


def project(graph: Any) -> Any:
    """Project a graph to the UTM zone of its middle, as ``read_network`` does."""
    import osmnx
    import pyproj

    if not pyproj.CRS.from_user_input(graph.graph["crs"]).is_geographic:
        return graph
    places = [(at["x"], at["y"]) for _, at in graph.nodes(data=True)]
    x, y = (sum(values) / len(values) for values in zip(*places, strict=True))
    flat = osmnx.projection.project_graph(graph, to_crs=utm_zone(x, y))
    flat.graph["crs"] = utm_zone(x, y)
    return flat


def _edges(graph: Any) -> tuple[list[Edge], Counter[str]]:
    """Links to be of a graph that somebody else made, and how many edges were left out."""
    found: list[Edge] = []
    count: Counter[str] = Counter()
    for tail, head, tags in graph.edges(data=True):
        single = first(tags.get("oneway")) in {True, "yes", "True", "-1"}
        backward = first(tags.get("reversed")) in {True, "True"}
        if not is_street(tags):
            count["other ways"] += 1
        elif backward and not single and first(tags["highway"]) == "motorway":
            count["against motorways"] += 1  # OSMnx takes their one way for two
        elif tail == head:
            count["loops"] += 1
        else:
            road = read_road(tags, backward=backward, one_way=single)
            if not road.allowed_uses:
                count["closed to all"] += 1
                continue
            ways = ways_of(tags.get("osmid", 0))
            shape = tags.get("geometry")
            found.append(Edge(tail, head, ways, float(tags["length"]), shape, road, (tail, head)))
    return found, count


def road_edges(graph: Any) -> tuple[list[Edge], Counter[str]]:
    """Links to be of a graph of roads (``osm_graph``), in an order that the data decide."""
    edges = [
        Edge(
            tail,
            head,
            ways_of(data["osmid"]),
            data["length"],
            data.get("geometry"),
            data["road"],
            (data.get("drawn_from", tail), data.get("drawn_to", head)),
        )
        for tail, head, data in graph.edges(data=True)
    ]
    kept = [edge for edge in edges if edge.tail != edge.head]
    return sorted(kept, key=lambda edge: (*edge[:4], edge.drawn)), Counter(
        loops=len(edges) - len(kept)
    )


def road_tables(graph: Any, edges: list[Edge]) -> dict[str, pd.DataFrame]:
    """Tables of a network: nodes that edges touch, links, geometry and uses."""
    import osmnx

    used = sorted({node for edge in edges for node in (edge.tail, edge.head)})
    streets = osmnx.stats.count_streets_per_node(graph, nodes=used)
    nodes = pd.DataFrame(
        {
            "node_id": used,
            "x_m": [float(graph.nodes[node]["x"]) for node in used],
            "y_m": [float(graph.nodes[node]["y"]) for node in used],
            "node_degree": [str(streets[node]) for node in used],
            "source": "OpenStreetMap",
        }
    )
    links = pd.DataFrame([_row(number, edge) for number, edge in enumerate(edges, start=1)])
    curved = [edge.line is not None and len(edge.line.coords) > 2 for edge in edges]  # noqa: PLR2004
    links["geometry_id"] = links["link_id"].where(pd.Series(curved), None)
    shapes = [
        (number, edge.line.wkt) for number, edge in enumerate(edges, start=1) if curved[number - 1]
    ]
    return {
        "node": nodes,
        "link": links,
        "geometry": pd.DataFrame(shapes, columns=["geometry_id", "geometry"]),
        "use_definition": USE_TABLE,
        "use_group": GROUP_TABLE,
    }


def _row(number: int, edge: Edge) -> dict[str, Any]:
    road, kind = edge.road, edge.road.kind
    return {
        "link_id": number,
        "name": road.name,
        "name_zh": road.name_zh,
        "from_node_id": edge.tail,
        "to_node_id": edge.head,
        "length_m": round(edge.length_m, 3),
        "facility_type": kind.facility_type,
        "lane_capacity_pceph": kind.lane_capacity_pceph,
        "free_speed_kph": road.free_speed_kph,
        "truck_speed_kph": road.truck_speed_kph,
        "lanes": road.lanes,
        "allowed_uses": road.allowed_uses,
        "structure": road.structure,
        "vdf_alpha": kind.vdf_alpha,
        "vdf_beta": kind.vdf_beta,
        "source": "OpenStreetMap",
        "confidence": road.confidence,
        # Columns of our own kind, text as files hold them.
        "osm_way": ";".join(str(way) for way in edge.ways),
        "osm_highway": road.highway,
        "layer": str(road.layer),
        "bus_lanes": f"{road.bus_lanes:g}",
        "lanes_from": road.lanes_from,
        "speed_from": road.speed_from,
    }


def filled_in(links: pd.DataFrame) -> str:
    """Tell how many links there are, and where their lanes and speeds come from."""
    parts = []
    for label, column in (("lanes", "lanes_from"), ("free_speed", "speed_from")):
        counts = links[column].value_counts().sort_index()
        kinds = [f"{kind} {number}" for kind, number in counts.items() if kind != "class"]
        parts.append(f"{label} of {counts.get('class', 0)} ({', '.join(kinds) or 'no tags'})")
    return f"{counted(len(links), 'link')}; filled in by class: {', '.join(parts)}"


def _also(count: Counter[str]) -> str:
    rest = {name: number for name, number in count.items() if name != "other ways" and number}
    return "".join(f", {number} {name}" for name, number in rest.items())
