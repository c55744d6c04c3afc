"""Graphs of OSMnx on their way to a network: directed roads, one component, fewer nodes.

A graph of roads has edges with ``road`` (a ``Road``), ``osmid`` (its ways in order), ``length`` [m]
and, once simplified, ``geometry``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from transitplan.arrays import Ints
from transitplan.io.osm_tags import REVERSED, Road, first, is_street, read_way

NO_RAMP = "_link"  # ending of the classes that are ramps


def directed_roads(raw: Any) -> tuple[Any, Counter[str]]:
    """Turn a raw graph into directed roads, and count the edges that were left out and why.

    Parameters
    ----------
    raw
        Unsimplified graph that OSMnx made with its setting ``all_oneway``: one edge between two
        neighbouring nodes of a way, as it is drawn (turned round where ``oneway=-1``), tags kept.
    """
    import networkx as nx  # slow to import; so in every function below

    graph = nx.MultiDiGraph(**raw.graph)
    graph.add_nodes_from((node, {"x": at["x"], "y": at["y"]}) for node, at in raw.nodes(data=True))
    read: dict[int, list[tuple[bool, Road]]] = {}
    count: Counter[str] = Counter()
    for tail, head, tags in raw.edges(data=True):
        way = int(tags["osmid"])
        if way not in read:
            read[way] = read_way(tags) if is_street(tags) else []
        count["other ways"] += not read[way]
        turned = str(first(tags.get("oneway"))) in REVERSED
        for backward, road in read[way]:
            if not road.allowed_uses:
                count["closed to all"] += 1
                continue
            ends = (tail, head) if backward == turned else (head, tail)
            graph.add_edge(*ends, road=road, osmid=way, length=float(tags["length"]))
    graph.remove_nodes_from([node for node, degree in graph.degree if not degree])
    return graph, count


def open_to_cars(road: Road) -> bool:
    """Whether cars may use the road."""
    return road.allowed_uses == "all" or "car" in road.allowed_uses.split(",")


def keep_largest_component(graph: Any) -> float:
    """Take the nodes out from and to which cars cannot drive; return the length cut off [m].

    Roads of buses or trucks alone stay where they begin and end at the others. The graph itself is
    changed: a city's has a million edges, and every copy of it costs half a gigabyte.
    """
    before_m = total_length(graph)
    if not graph.number_of_edges():
        return 0.0
    place = {node: at for at, node in enumerate(graph)}
    ends = np.array(
        [(place[tail], place[head], open_to_cars(road))
         for tail, head, road in graph.edges(data="road")]
    ).reshape(-1, 3)  # fmt: skip
    cars = ends[ends[:, 2] == 1]
    parts, reached = _strong_parts(cars, len(place)), np.zeros(len(place), dtype=bool)
    reached[cars[:, :2]] = True
    kept = parts == np.bincount(parts).argmax()
    if kept.sum() < 2:  # noqa: PLR2004  a node alone is no street
        kept[:] = False
    else:
        around = _strong_parts(ends, len(place))
        kept |= (around == around[kept.argmax()]) & ~reached
    graph.remove_nodes_from([node for node, at in place.items() if not kept[at]])
    return before_m - total_length(graph)


def _strong_parts(ends: Ints, n_nodes: int) -> Ints:
    """Strongly connected component of each node, (n_nodes,)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(ends), dtype=np.int32)
    net = coo_array((ones, (ends[:, 0], ends[:, 1])), shape=(n_nodes, n_nodes))
    parts = connected_components(net.tocsr(), directed=True, connection="strong")[1]
    return parts.astype(np.int64)


def total_length(graph: Any) -> float:
    """Length of all edges [m]."""
    return float(sum(length for _, _, length in graph.edges(data="length")))


def simplify(graph: Any, *, keep: Iterable[int] = ()) -> Any:
    """Join edges at nodes where nothing begins, ends or changes; OSMnx sums length and geometry.

    OSMnx's own ``edge_attrs_differ`` looks at both directions of a node together, so a street with
    two lanes one way and one the other would keep every node; we mark the nodes ourselves.

    Parameters
    ----------
    keep
        Nodes that stay whatever their edges are.
    """
    import networkx as nx
    import osmnx

    wanted = set(keep)
    marks = {node: True for node in graph if node in wanted or _changes(graph, node)}
    nx.set_node_attributes(graph, marks, "change")
    joined = osmnx.simplification.simplify_graph(  # it works on a copy
        graph,
        node_attrs_include=["change"],
        edge_attr_aggs={"length": sum, "osmid": _in_order},
    )
    for marked in (graph, joined):
        for _, at in marked.nodes(data=True):
            at.pop("change", None)
    return joined


def _changes(graph: Any, node: int) -> bool:
    """Whether a road that passes the node is another one behind it."""
    ways_in = list(graph.in_edges(node, data="road"))
    for _, ahead, road in graph.out_edges(node, data="road"):
        if any(each != road for behind, _, each in ways_in if behind != ahead):
            return True
    return False


def _in_order(ways: list[int]) -> list[int]:
    return list(dict.fromkeys(ways))


def ways_of(osmid: Any) -> list[int]:
    """Ways of an edge, from its tail to its head."""
    return [int(way) for way in osmid] if isinstance(osmid, list) else [int(osmid)]


def is_protected(road: Road) -> bool:
    """Whether junctions at its ends must stay apart: bridges, tunnels, viaducts and ramps."""
    return road.structure != "surface" or road.highway.endswith(NO_RAMP)


def consolidate(graph: Any, tolerance_m: float) -> tuple[Any, Mapping[int, int]]:
    """Merge junctions within a distance, never one that a bridge, a tunnel or a ramp touches.

    OSMnx (``consolidate_intersections``) decides which nodes become one, but sees only nodes and
    edges without structure or ramp: so no two nodes that are joined by a structure alone can meet,
    and its clusters cannot swallow a node at the end of one. Merged nodes take the smallest id of
    their cluster; links inside a cluster vanish; links that end at one are drawn to its middle and
    are as much longer.

    Parameters
    ----------
    graph
        Simplified, in metres.
    tolerance_m
        Radius round each node, as in OSMnx: nodes up to twice as far apart may meet.

    Returns
    -------
    tuple
        The graph, and the new id of each node that was merged.
    """
    import osmnx

    guarded = {
        node
        for tail, head, road in graph.edges(data="road")
        if is_protected(road)
        for node in (tail, head)
    }
    plain = graph.subgraph([node for node in graph if node not in guarded])
    if tolerance_m <= 0 or not plain.number_of_edges():
        return graph, {}
    bare = plain.copy()  # OSMnx marks the graph that it gets
    clusters = osmnx.simplification.consolidate_intersections(
        bare,
        tolerance=tolerance_m,
        max_length=4 * tolerance_m,
        dead_ends=True,
        reconnect_edges=False,
    )
    groups = [
        (sorted(data["osmid_original"]), (data["x"], data["y"]))
        for _, data in clusters.nodes(data=True)
        if isinstance(data["osmid_original"], list)
    ]
    renamed = {node: group[0] for group, _ in groups for node in group}
    return _merged(graph, renamed, {group[0]: place for group, place in groups}), renamed


def _merged(graph: Any, renamed: Mapping[int, int], places: Mapping[int, Any]) -> Any:
    """Draw the graph anew with some nodes under one id at one place."""
    import networkx as nx
    import shapely

    merged = nx.MultiDiGraph(**graph.graph)
    for node, at in graph.nodes(data=True):
        x, y = places.get(renamed.get(node, node), (at["x"], at["y"]))
        merged.add_node(renamed.get(node, node), x=x, y=y)
    for tail, head, data in graph.edges(data=True):
        ends = renamed.get(tail, tail), renamed.get(head, head)
        if ends[0] == ends[1] and tail != head:
            continue
        line = data.get("geometry") or shapely.LineString(
            [(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (tail, head)]
        )
        points = [
            *([places[ends[0]]] if tail in renamed else []),
            *line.coords,
            *([places[ends[1]]] if head in renamed else []),
        ]
        drawn = shapely.LineString(points)
        longer = drawn.length - line.length
        merged.add_edge(
            *ends, **{**data, "geometry": drawn, "length": data["length"] + longer,
                      "drawn_from": tail, "drawn_to": head},
        )  # fmt: skip
    return merged
