"""One origin to all nodes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats, frozen, positions
from transitplan.errors import NoPathError
from transitplan.graph.road import RoadGraph
from transitplan.graph.streets import at_own_pace
from transitplan.kernels.dijkstra import settle
from transitplan.kernels.records import Int32s
from transitplan.paths.costs import Cost, link_cost


@dataclass(frozen=True, eq=False)
class ShortestTree:
    """Least costs from one node to all, and the paths."""

    roads: RoadGraph
    origin: Any
    label: Floats  # (n_nodes,) least cost, inf where not reached; the nodes of the table first
    link_to: Int32s  # (n_nodes,) last link of the path, -1 at the origin and where not reached

    def cost_to(self, node: Any) -> float:
        """Least cost to a node; seconds unless another cost was asked for.

        Raises
        ------
        NoPathError
            If the node cannot be reached.
        """
        return float(self.label[self._reached(node)])

    def path_to(self, node: Any) -> list[Any]:
        """Links of the least-cost path to a node, from the origin on.

        Raises
        ------
        NoPathError
            If the node cannot be reached.
        """
        place = self._reached(node)
        links = []
        while self.link_to[place] >= 0:
            links.append(self.link_to[place])
            place = int(self.roads.tail[links[-1]])
        driven = np.array(links[::-1], dtype=np.int64)
        ids: list[Any] = self.roads.link_ids[driven[self.roads.row[driven] >= 0]].tolist()
        return ids

    def to_frame(self) -> pd.DataFrame:
        """One row a node: node_id, cost, link_id of the last link (empty where there is none)."""
        roads = self.roads
        n_nodes = len(roads.node_ids)
        link = self.link_to[:n_nodes]
        turned = (link >= 0) & (roads.row[link] < 0)  # into a node that is split, behind a link
        link = np.where(turned, self.link_to[roads.tail[link]], link)
        last = pd.Series(roads.link_ids.take(np.maximum(link, 0)))
        return pd.DataFrame(
            {
                "node_id": roads.node_ids,
                "cost": self.label[:n_nodes],
                "link_id": last.where(link >= 0),
            }
        )

    def at_entry(self) -> Floats:
        """Least cost to where each link begins, turns into it paid, in link table order."""
        return self.roads.in_rows(self.label[self.roads.tail])

    def _reached(self, node: Any) -> int:
        place = int(positions(self.roads.node_ids, [node], what="node")[0])
        if not np.isfinite(self.label[place]):
            raise NoPathError(
                f"No path from node {self.origin} to node {node}. Check one-way links, bans of "
                "this use and centroids, which are never passed through."
            )
        return place


def shortest_tree(
    roads: RoadGraph, origin: Any, *, use: str = "car", cost: Cost = None
) -> ShortestTree:
    """Least-cost paths from one node to all, by Dijkstra (1959).

    Parameters
    ----------
    roads
        Compiled network.
    origin
        A node id. Nodes that may not be passed (centroids) still start and end paths.
    use
        Kind of traffic; links that do not allow it are closed. ``walk`` and ``cycle`` keep their
        own pace, as in ``skim``; an array of costs is then in the order of their streets' links.
    cost
        ``"time_s"`` (free-flow time, the default), ``"length_m"``, or an array (n_links,) in the
        order of the link table, 0 or more; inf closes a link. Penalties of turns [s] are added to
        times and to arrays, not to lengths; bans always hold.

    Raises
    ------
    NotFoundError
        If the origin or the name of the cost is unknown.
    ValidationError
        If the cost array does not fit.

    Examples
    --------
    >>> from transitplan.graph import compile_road
    >>> from transitplan.model.cases import two_routes
    >>> network, demand = two_routes()
    >>> shortest_tree(compile_road(network), 1).cost_to(2)
    600.0
    """
    roads = at_own_pace(roads, use)
    place = int(positions(roads.node_ids, [origin], what="origin")[0])
    label = np.empty(roads.n_nodes)
    link_to = np.empty(roads.n_nodes, np.int32)
    order = np.empty(roads.n_nodes, np.int64)
    heap = (
        np.empty(roads.n_nodes),
        np.empty(roads.n_nodes, np.int64),
        np.empty(roads.n_nodes, np.int64),
    )
    settle(roads.arrays, link_cost(roads, cost, use), place, label, link_to, order, heap)
    return ShortestTree(roads, origin, frozen(label), frozen(link_to))
