"""Skims of blocks that workers of a standing cluster find for one network after another."""

import numpy as np
import pandas as pd

from transitplan.graph import compile_road
from transitplan.model.cases import grid
from transitplan.model.network import build_network
from transitplan.paths import skim, write_skim


def zoned(*, change=False):
    """A grid with a zone at each node; changed: a link leads elsewhere, at the same cost."""
    network, _ = grid(4, 4)
    tables = {name: network.table(name) for name in network.table_names}
    nodes, links = network.nodes, network.links.copy()
    if change:
        links.loc[0, "to_node_id"] = nodes["node_id"].iloc[-1]
    tables["node"] = nodes.assign(zone_id=nodes["node_id"])
    return compile_road(
        build_network({**tables, "link": links, "zone": tables["node"][["zone_id"]]})
    )


def test_networks_that_differ_in_where_links_lead_alone_are_not_mixed_up(cluster, tmp_path):
    both = zoned(), zoned(change=True)
    expected = [skim(roads).to_frame() for roads in both]
    assert not np.array_equal(*(each["time_s"] for each in expected))
    for roads, right in zip(both, expected, strict=True):
        path = tmp_path / "skim.parquet"
        write_skim(roads, path, cluster=cluster.address)
        pd.testing.assert_frame_equal(pd.read_parquet(path), right)
