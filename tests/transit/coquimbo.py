"""The transit graph of AequilibraE's packaged example, built by AequilibraE without SpatiaLite."""

import sqlite3
import warnings
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely


class Project:
    """What the builder asks of a project: two databases."""

    def __init__(self, folder):
        self.folder = folder

    @property
    def db_connection(self):
        return closing(sqlite3.connect(self.folder / "project_database.sqlite"))

    @property
    def transit_connection(self):
        connection = sqlite3.connect(self.folder / "public_transport.sqlite")
        connection.create_function("ST_asBinary", 1, lambda blob: blob[1:2] + blob[39:-1])
        return closing(connection)


def links(folder):
    """Read the links (tail, head, frequency, cost) [s], the number of nodes and the zones' nodes.

    Coquimbo, Chile: two bus lines over a whole day; zones are squares around their middles.
    """
    package = pytest.importorskip(
        "aequilibrae", reason="AequilibraE is not installed: pip install aequilibrae"
    )
    from aequilibrae.transit.transit_graph_builder import TransitGraphBuilder

    example = Path(package.__file__).parent / "reference_files" / "coquimbo.zip"
    with zipfile.ZipFile(example) as packed:
        for name in ("project_database.sqlite", "public_transport.sqlite"):
            packed.extract(name, folder)
    project = Project(folder)
    with project.db_connection as connection:
        zones = pd.read_sql("select zone_id, geometry from zones", connection)
    boxes = [np.frombuffer(blob, "<f8", 4, 6) for blob in zones["geometry"]]
    zones["geometry"] = [shapely.box(*box) for box in boxes]
    zones["zone_id"] = zones["zone_id"].astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        builder = TransitGraphBuilder(project, with_inner_stop_transfers=True)
        builder.add_zones(zones)
        builder.create_graph()
    nodes = pd.Index(builder.vertices["node_id"])
    edges = builder.edges
    ends = nodes.get_indexer(edges["a_node"]), nodes.get_indexer(edges["b_node"])
    begin = np.unique(ends[0][edges["link_type"] == "access_connector"])
    end = np.unique(ends[1][edges["link_type"] == "egress_connector"])
    columns = (*ends, edges["freq"].to_numpy(float), edges["trav_time"].to_numpy(float))
    return columns, len(nodes), begin, end
