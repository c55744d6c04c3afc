"""The only place where NetworkX and igraph meet the network: for exchange and as judges."""

from typing import Any, TypeAlias

import pandas as pd

from transitplan.graph.road import RoadGraph, free_time_s
from transitplan.model.network import Network

Source: TypeAlias = Network | RoadGraph


def to_networkx(source: Source) -> Any:
    """Return a ``networkx.MultiDiGraph`` with OSMnx's conventions.

    Nodes are keyed by ``node_id`` and have ``x``, ``y`` [m] and ``street_count``; edges are keyed
    (from, to, 0 … for parallel links) and have ``osmid`` (the link id), ``length`` [m], ``time_s``
    (when empty) and our own columns, units in their names. ``graph["crs"]`` is the projection.
    Attributes are scalars and empty ones are left out, so that the graph can be written as GraphML;
    lines of curved links stay in the network. So do turn bans and penalties and delay functions,
    which edges have no place for.

    Examples
    --------
    >>> from transitplan.model.cases import braess
    >>> network, demand = braess()
    >>> to_networkx(network).number_of_edges()
    6
    """
    import networkx as nx  # slow to import, and most runs do not need it

    network = _network(source)
    graph = nx.MultiDiGraph(crs=network.crs, name=network.name)
    for node in _scalars(network.nodes.rename(columns={"x_m": "x", "y_m": "y"})):
        graph.add_node(node.pop("node_id"), **node)
    timed = network.links.assign(time_s=free_time_s(network.links))
    for link in _scalars(timed):
        ends = link.pop("from_node_id"), link.pop("to_node_id")
        graph.add_edge(*ends, osmid=link["link_id"], length=link["length_m"], **link)
    for node, values in graph.nodes(data=True):
        values["street_count"] = len({*graph.predecessors(node), *graph.successors(node)})
    return graph


def to_igraph(source: Source) -> Any:
    """Return a directed ``igraph.Graph``: vertices and edges in the order of the tables.

    Vertices and edges carry all columns of their tables, ``node_id`` and ``link_id`` included, and
    edges ``time_s``, the time when empty; turns and delay functions stay in the network.

    Examples
    --------
    >>> from transitplan.model.cases import braess
    >>> network, demand = braess()
    >>> to_igraph(network).ecount()
    6
    """
    import igraph  # as above

    network = _network(source)
    nodes = network.nodes
    links = network.links.assign(time_s=free_time_s(network.links))
    place = pd.Index(nodes["node_id"])
    ends = [place.get_indexer(pd.Index(links[end])) for end in ("from_node_id", "to_node_id")]
    return igraph.Graph(
        n=len(nodes),
        edges=list(zip(*(end.tolist() for end in ends), strict=True)),
        directed=True,
        vertex_attrs={str(name): nodes[name].tolist() for name in nodes},
        edge_attrs={str(name): links[name].tolist() for name in links},
    )


def _network(source: Source) -> Network:
    return source.network if isinstance(source, RoadGraph) else source


def _scalars(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain Python values, without the empty ones."""
    columns = {str(name): table[name].tolist() for name in table}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return [{name: value for name, value in row.items() if not _is_empty(value)} for row in rows]


def _is_empty(value: object) -> bool:
    return value is None or value == "" or bool(pd.isna(value))  # type: ignore[call-overload]
