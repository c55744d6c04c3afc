"""The river in the way of those who walk: which bank a place lies on, and where one gets over.

A place lies on the bank of the road that is nearest to it; banks are those of ``model.banks``.
Between the banks one walks only by a crossing that is open to walkers, from its end on one bank to
its end on the other.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from transitplan.arrays import Floats, Objects
from transitplan.errors import ValidationError
from transitplan.graph.streets import open_links
from transitplan.model.banks import NORTH, SOUTH, banks
from transitplan.model.network import Network


@dataclass(frozen=True, eq=False)
class River:
    """Banks of places, and gates: pairs of ends of crossings open to walkers."""

    roads: Any  # shapely STRtree of the roads on the banks
    bank: Objects  # (n_roads,) south or north
    south_m: Floats  # (n_gates, 2) x and y [m]
    north_m: Floats  # (n_gates, 2)
    length_m: Floats  # (n_gates,) from end to end

    def banks_at(self, place_m: Floats) -> Objects:
        """Bank of each place, (n_places,)."""
        found: Objects = self.bank[self.roads.nearest(shapely.points(place_m))]
        return found

    def ways_over_m(self, origin_m: Floats, place_m: Floats, detour: float) -> Floats:
        """Least way from places in the south to places in the north, (n,) [m]; inf: none."""
        begin = np.hypot(*(origin_m[:, None] - self.south_m[None]).transpose(2, 0, 1))
        end = np.hypot(*(place_m[:, None] - self.north_m[None]).transpose(2, 0, 1))
        least: Floats = np.min(detour * (begin + end) + self.length_m, axis=1, initial=np.inf)
        return least


def find_river(network: Network) -> River | None:
    """The river of a network; None where no link is a crossing, or the banks are not apart."""
    if (network.links["crossing_id"] == "").all():
        return None
    try:
        bank = banks(network)
    except ValidationError:
        return None
    links = network.links
    side = bank.reindex(links["from_node_id"]).to_numpy()
    on_land = (links["crossing_id"] == "").to_numpy() & (side != "")
    rows = np.flatnonzero(on_land)
    south, north, length = _gates(network, bank)
    place = network.nodes.set_index("node_id")[["x_m", "y_m"]]
    return River(
        roads=shapely.STRtree(network.link_lines(rows)),
        bank=side[rows],
        south_m=place.loc[south].to_numpy(np.float64).reshape(-1, 2),
        north_m=place.loc[north].to_numpy(np.float64).reshape(-1, 2),
        length_m=length,
    )


def _gates(network: Network, bank: "pd.Series[str]") -> tuple[list[Any], list[Any], Floats]:
    """South ends, north ends and lengths of the ways over the crossings open to walkers."""
    links = network.links
    over = links[open_links(network, "walk") & (links["crossing_id"] != "").to_numpy()]
    south, north, length = [], [], []
    for _, own in over.groupby("crossing_id", sort=False):
        ends = pd.Index(pd.unique(own[["from_node_id", "to_node_id"]].to_numpy().ravel()))
        tail, head = (ends.get_indexer(own[end]) for end in ("from_node_id", "to_node_id"))
        shortest = own["length_m"].groupby([tail, head]).min()
        pairs = np.array(shortest.index.tolist()).T
        streets = coo_array((shortest.to_numpy(), pairs), shape=(len(ends),) * 2).tocsr()
        away = dijkstra(streets, directed=False)
        side = bank.reindex(ends).to_numpy()
        for i, j in np.argwhere((side == SOUTH)[:, None] & (side == NORTH) & np.isfinite(away)):
            south.append(ends[i])
            north.append(ends[j])
            length.append(away[i, j])
    return south, north, np.array(length, np.float64)
