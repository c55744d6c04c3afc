"""A network as a graph of OSMnx, whole: ``from_osmnx`` makes the same network of it again.

Edges carry OpenStreetMap's tags for OSMnx's own functions and, under the names of our tables, every
cell of the link; the other tables travel as CSV text on the graph, so that it can be saved as
GraphML and loaded again.
"""

import io
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from transitplan.errors import ValidationError
from transitplan.io.gtfs import service_from_text, service_to_text
from transitplan.io.osm import MARK
from transitplan.model.network import Network, build_network
from transitplan.model.tables import TABLES

HIGHWAYS = {  # tag of a class that the link does not bring with it
    "expressway": "motorway",
    "urban_expressway": "trunk",
    "trunk": "trunk",
    "arterial": "primary",
    "collector": "tertiary",
    "local": "residential",
    "ramp": "motorway_link",
    "connector": "service",
}

# Names that OSMnx reads or writes; a column of the user's own with one of them gets a prefix.
TAKEN = {
    "node": {
        *("x", "y", "osmid", "street_count", "elevation", "elevation_res"),
        "node_for_adding",  # an argument of networkx's add_node
    },
    "link": {
        *("row", "osmid", "length", "highway", "oneway", "reversed", "maxspeed", "speed_kph"),
        *("tunnel", "bridge", "geometry", "travel_time", "bearing", "grade", "grade_abs", "id"),
        *("u_for_edge", "v_for_edge", "key"),  # arguments of networkx's add_edge
    },
}
OWN = "own:"
TABLE = "table_"  # what the names of our tables on a graph start with
TRANSIT = "transit_"  # what the names of tables of the GTFS feed start with


def to_osmnx(network: Network) -> Any:
    """Return a ``networkx.MultiDiGraph`` that passes ``osmnx.convert.validate_graph``, strictly.

    Nodes have ``x``, ``y`` [m] and ``street_count``; edges ``osmid``, ``length`` [m], ``highway``,
    ``lanes``, ``maxspeed`` [km/h], ``speed_kph``, ``oneway``, ``reversed``, ``name``, ``bridge``,
    ``tunnel`` and ``geometry``, beside all columns of ours. Nodes whose ids are no numbers are
    numbered from 1. OSMnx's own routing knows neither turn bans nor delay.

    Raises
    ------
    ValidationError
        If the network has no projection: OSMnx needs to know where it is.

    Examples
    --------
    >>> from transitplan.io import read_network
    >>> graph = to_osmnx(read_network("networks/two_banks/2025"))
    >>> sorted(graph.nodes)[:3]
    [1, 2, 3]
    """
    import networkx as nx
    import osmnx

    if network.crs is None:
        raise ValidationError(
            "to_osmnx: the network has no projection. Name one in config.csv, column crs."
        )
    nodes, links = network.nodes, network.links
    whole = nodes["node_id"].dtype.kind == "i"
    number = dict(
        zip(nodes["node_id"], nodes["node_id"] if whole else range(1, len(nodes) + 1), strict=True)
    )
    graph = nx.MultiDiGraph(crs=network.crs, simplified=True, **_whole_network(network))
    for cells in _records(nodes, "node"):
        graph.add_node(int(number[cells["node_id"]]), x=cells["x_m"], y=cells["y_m"], **cells)
    pairs = set(zip(links["from_node_id"], links["to_node_id"], strict=True))
    for row, (cells, line) in enumerate(
        zip(_records(links, "link"), network.link_lines(), strict=True), start=1
    ):
        ends = cells["from_node_id"], cells["to_node_id"]
        tags = _tags(cells, row, both=ends[::-1] in pairs)
        graph.add_edge(
            int(number[ends[0]]), int(number[ends[1]]), **{**cells, **tags, "geometry": line}
        )
    counts = osmnx.stats.count_streets_per_node(graph)
    nx.set_node_attributes(graph, counts, name="street_count")
    return graph


def _whole_network(network: Network) -> dict[str, str]:
    """What the graph itself carries, as text: other tables, and how to read the cells again."""
    tables = {name: network.table(name) for name in network.table_names}
    mark = {
        "name": network.name,
        "crs": network.crs,
        "history": list(network.history),
        "columns": {name: [str(label) for label in frame] for name, frame in tables.items()},
        "whole": [  # ids that are numbers
            f"{name}.{rule.name}"
            for name, frame in tables.items()
            for rule in TABLES[name]
            if rule.kind == "id"
            and rule.name in frame
            and all(isinstance(cell, int) for cell in frame[rule.name].dropna().tolist())
        ],
    }
    return {MARK: json.dumps(mark, ensure_ascii=False), **on_graph(network, tables)}


def on_graph(network: Network, tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Tables beside nodes and links, and the timetable, as CSV text that a graph carries."""
    frames = {
        f"{TABLE}{name}": frame for name, frame in tables.items() if name not in {"node", "link"}
    }
    if network.transit is not None:
        feed = service_to_text(network.transit)
        frames |= {f"{TRANSIT}{name}": frame for name, frame in feed.items()}
    return {name: frame.to_csv(index=False, lineterminator="\n") for name, frame in frames.items()}


def _tags(cells: dict[str, Any], row: int, *, both: bool) -> dict[str, Any]:
    """Tags of OpenStreetMap and OSMnx for one link."""
    ways = [int(way) for way in str(cells.get("osm_way", "")).split(";") if way.isdigit()]
    structure = cells["structure"]
    tags: dict[str, Any] = {
        "row": row,
        "osmid": ways[0] if len(ways) == 1 else ways or row,
        "length": cells["length_m"],
        "highway": cells.get("osm_highway") or HIGHWAYS[cells["facility_type"]],
        "oneway": not both,
        "reversed": False,
    }
    if "free_speed_kph" in cells:
        tags |= {"maxspeed": f"{cells['free_speed_kph']:g}", "speed_kph": cells["free_speed_kph"]}
    if structure == "tunnel":
        tags["tunnel"] = "yes"
    elif structure != "surface":
        tags["bridge"] = "viaduct" if structure == "elevated" else "yes"
    return tags


def restore(graph: Any) -> Network:
    """Network of a graph that ``to_osmnx`` made; what was taken from the graph is taken from it.

    Turns of links that are gone go too, and zones whose centroid is gone.
    """
    mark = json.loads(graph.graph[MARK])
    edges = sorted((data for *_, data in graph.edges(data=True)), key=lambda data: int(data["row"]))
    rows: dict[str, list[dict[str, Any]]] = {
        "node": [data for _, data in graph.nodes(data=True)],
        "link": edges,
    }
    for name, frame in tables_on(graph.graph, TABLE).items():
        cells = frame.to_dict("records")
        rows[name] = [{str(key): cell for key, cell in row.items()} for row in cells]
    tables = {
        name: _frame(name, rows[name], columns, set(mark["whole"]))
        for name, columns in mark["columns"].items()
    }
    _without_orphans(tables)
    lines = tables_on(graph.graph, TRANSIT)
    return build_network(
        tables,
        name=mark["name"],
        crs=mark["crs"],
        history=tuple(mark["history"]),
        transit=service_from_text(lines, name=mark["name"]) if lines else None,
    )


def tables_on(attributes: dict[str, Any], prefix: str) -> dict[str, pd.DataFrame]:
    """Tables that stand as CSV text on a graph."""
    return {
        key.removeprefix(prefix): pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
        for key, text in attributes.items()
        if key.startswith(prefix)
    }


def _frame(
    table: str, rows: list[dict[str, Any]], columns: list[str], whole: set[str]
) -> pd.DataFrame:
    """Table with its own columns and types; cells may be text, as GraphML has them."""
    kinds = {rule.name: rule.kind for rule in TABLES[table]}
    frame = {}
    for label in columns:
        kind = kinds.get(label, "own")
        if kind == "int" or f"{table}.{label}" in whole:
            read: Any = int
        else:
            read = {"float": float, "bool": _truth, "own": _as_it_is}.get(kind, str)
        cells = [row.get(_stored(table, label), "") for row in rows]
        empty = float("nan") if kind == "float" else ("" if kind in {"text", "own"} else None)
        frame[label] = [empty if cell == "" else read(cell) for cell in cells]
    return pd.DataFrame(frame)


def _truth(cell: Any) -> bool:
    return str(cell) == "True"


def _as_it_is(cell: Any) -> Any:
    return cell


def _without_orphans(tables: dict[str, pd.DataFrame]) -> None:
    """Drop rows that refer to what was taken out of the graph."""
    links, nodes = set(tables["link"]["link_id"]), tables["node"]
    if "movement" in tables:
        turns = tables["movement"]
        tables["movement"] = turns[
            turns["ib_link_id"].isin(links) & turns["ob_link_id"].isin(links)
        ]
    for name in ("zone", "cluster"):
        if name in tables:
            frame = tables[name]
            tables[name] = frame[frame["zone_id"].isin(nodes["zone_id"].dropna())]


def _stored(table: str, label: str) -> str:
    """Name of a column on a node or an edge."""
    return OWN + label if label in TAKEN.get(table, ()) else label


def _records(frame: pd.DataFrame, table: str) -> list[dict[str, Any]]:
    """Rows as plain Python values, without the empty ones."""
    columns = {_stored(table, str(label)): frame[label].tolist() for label in frame}
    return [
        {name: cell for name, cell in zip(columns, row, strict=True) if not _is_empty(cell)}
        for row in zip(*columns.values(), strict=True)
    ]


def _is_empty(cell: object) -> bool:
    return cell is None or cell == "" or bool(pd.isna(cell))  # type: ignore[call-overload]
