"""On which bank of the river stops lie."""

from typing import Any

import pandas as pd
from scipy.spatial import cKDTree

from transitplan.graph.walks import Places
from transitplan.model.network import Network


def stop_banks(places: Places, network: Network, banks: "pd.Series[Any]") -> "pd.Series[Any]":
    """Bank of each stop, by stop_id: that of the nearest node of the roads that has one.

    Parameters
    ----------
    places
        Of a graph that was compiled with the same network.
    banks
        Bank of nodes, by node_id, "" where they have none: ``flow.screenline.banks(network)``.

    Examples
    --------
    >>> import pandas as pd
    >>> from transitplan.graph import compile_frequency
    >>> from transitplan.io import read_network
    >>> network = read_network("networks/two_banks/2025")
    >>> lines = compile_frequency(network.transit, "2025-03-05", (7, 9), network=network)
    >>> north = pd.Series({11: "north", 21: "south"})
    >>> stop_banks(lines.places, network, north)[["m1", "m3"]].tolist()
    ['north', 'south']
    """
    nodes = network.nodes.set_index("node_id")
    known = banks[banks != ""]
    tree = cKDTree(nodes.loc[known.index, ["x_m", "y_m"]].to_numpy())
    nearest = tree.query(places.stop_m)[1]
    return pd.Series(known.to_numpy()[nearest], index=places.stop_ids, name="bank")
