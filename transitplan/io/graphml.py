"""GraphML: nodes and links as a graph that NetworkX, Gephi and igraph open.

Attributes hold the cells of the GMNS tables as text; the other tables travel as CSV text on the
graph itself. So reading gives the same network, and rules and messages are those of ``io.gmns``.
"""

from pathlib import Path
from xml.etree.ElementTree import ParseError

import pandas as pd

from transitplan.errors import ValidationError, no_file
from transitplan.io.gmns import CONFIG, network_from_text, network_to_text
from transitplan.io.gtfs import service_from_text
from transitplan.io.osm import read_osm
from transitplan.io.osm_exchange import OWN, TABLE, TRANSIT, on_graph, tables_on
from transitplan.model.network import Network

TAKEN = ("row", "id", "key", "u_for_edge", "v_for_edge", "node_for_adding")  # networkx's, but row


def read_graphml(path: str | Path) -> Network:
    """Read a network that ``write_graphml`` wrote, or a street graph that OSMnx saved."""
    import networkx as nx

    path = Path(path)
    if not path.is_file():
        raise no_file(path)
    try:
        graph = nx.read_graphml(path, force_multigraph=True)
    except (ParseError, nx.NetworkXError) as error:
        raise ValidationError(f"{path}: not GraphML: {error}.") from None
    if "dataset_name" not in graph.graph:
        if "crs" in graph.graph:  # a street graph that OSMnx saved
            return read_osm(path)
        raise ValidationError(
            f"{path}: the graph has neither our units (dataset_name and its neighbours) nor a crs "
            "as OSMnx writes it. Convert it to a GMNS folder first."
        )
    config = {key: str(graph.graph.get(key, "")) for key in CONFIG}
    text = {
        "node": pd.DataFrame([row for _, row in graph.nodes(data=True)], dtype=str),
        "link": pd.DataFrame([row for _, _, row in graph.edges(data=True)], dtype=str),
    }
    text = {
        name: frame.sort_values("row", key=lambda rows: rows.astype(int))
        .drop(columns="row")
        .rename(columns={OWN + label: label for label in TAKEN})
        for name, frame in text.items()
    }
    text = {name: frame.fillna("").reset_index(drop=True) for name, frame in text.items()}
    text |= tables_on(graph.graph, TABLE)
    lines = tables_on(graph.graph, TRANSIT)
    try:
        transit = service_from_text(lines, name=path.stem) if lines else None
        return network_from_text(text, config, transit)
    except ValidationError as error:
        raise ValidationError(f"{path}, {each}" for each in error.problems) from None


def write_graphml(network: Network, path: str | Path) -> Path:
    """Write the network as GraphML, under a temporary name and then renamed."""
    import networkx as nx

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    config, text = network_to_text(network)
    graph = nx.MultiDiGraph(**config, **on_graph(network, text))
    for row, cells in enumerate(_records(text["node"])):
        graph.add_node(cells["node_id"], row=str(row), **cells)
    for row, cells in enumerate(_records(text["link"])):
        graph.add_edge(cells["from_node_id"], cells["to_node_id"], row=str(row), **cells)
    work = path.with_name(f".{path.name}.part")
    nx.write_graphml_xml(graph, work, named_key_ids=True)
    work.replace(path)
    return path


def _records(frame: pd.DataFrame) -> list[dict[str, str]]:
    labels = {label: OWN + str(label) if label in TAKEN else str(label) for label in frame}
    return [
        {labels[key]: str(cell) for key, cell in row.items()} for row in frame.to_dict("records")
    ]
