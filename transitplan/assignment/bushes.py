"""The bushes that a bush-based assignment used: who drives where, and a start for the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats, Ints, frozen
from transitplan.assignment.origins import ordered
from transitplan.assignment.problem import Problem
from transitplan.graph.road import RoadGraph
from transitplan.kernels import bushes as kernels
from transitplan.kernels.bush_growth import Earlier
from transitplan.kernels.records import Int32s


@dataclass(frozen=True, eq=False)
class Bushes:
    """Links with trips of each class and origin; those of one bush have no cycle.

    How flow is split within a bush is one answer of many; the sums on links are what is fixed.
    """

    class_names: tuple[str, ...]
    zone_ids: "pd.Index[Any]"
    link_ids: "pd.Index[Any]"  # in the order of the link table
    class_at: Ints  # (n_bushes,) position in class_names
    o_zone: Ints  # (n_bushes,) position in zone_ids
    first: Ints  # (n_bushes + 1,) the links of bush i are first[i] … first[i + 1]
    links: Int32s  # rows of the link table; a link comes after all that lead to its tail
    flow_vph: Floats  # vehicles, of each entry of ``links``

    def to_frame(self) -> pd.DataFrame:
        """One row a link of a bush: class_name, o_zone_id, link_id, flow_vph.

        Examples
        --------
        >>> from transitplan.assignment import BushBased, assign
        >>> from transitplan.graph import compile_road
        >>> from transitplan.model.cases import two_routes
        >>> network, demand = two_routes()
        >>> bushes = assign(compile_road(network), demand, BushBased()).bushes
        >>> bushes.to_frame()["flow_vph"].round(3).tolist()
        [1250.0, 1750.0]
        """
        bush = np.repeat(np.arange(self.class_at.size), np.diff(self.first))
        return pd.DataFrame(
            {
                "class_name": np.array(self.class_names, dtype=object)[self.class_at[bush]],
                "o_zone_id": self.zone_ids[self.o_zone[bush]],
                "link_id": self.link_ids[self.links],
                "flow_vph": self.flow_vph,
            }
        )


def from_pools(problem: Problem, pools: Sequence[kernels.Bushes]) -> Bushes | None:
    """Put ids back on the bushes of the kernels, links with trips only.

    Where turns are modelled, a bush may pass a node of the table twice; then there are none.
    """
    roads, pairs = problem.roads, problem.pairs
    sizes, links, flows = [np.zeros(1, np.int64)], [np.zeros(0, np.int32)], [np.zeros(0)]
    for pool in pools:
        size = np.diff(pool.first_flow)
        place = np.arange(pool.first_flow[-1])
        place += np.repeat(pool.first[:-1] - pool.first_flow[:-1], size)
        row = roads.row.astype(np.int32)[pool.links[place]]
        flow = pool.flow[: pool.first_flow[-1]]
        used = (flow > 0.0) & (row >= 0)
        sizes.append(np.diff(np.append(0, np.cumsum(used))[pool.first_flow]))
        links.append(row[used])
        flows.append(flow[used])
    first, rows, flow = (
        np.cumsum(np.concatenate(sizes)),
        np.concatenate(links),
        np.concatenate(flows),
    )
    if roads.turns.size:
        sorted_again = ordered(
            roads, pairs.tree_class, pairs.origin, first, rows.astype(np.int64), flow
        )
        if not sorted_again.acyclic.all():
            return None
        rows, flow = sorted_again.links, sorted_again.flow_vph
    return Bushes(
        class_names=tuple(each.name for each in problem.demand.classes),
        zone_ids=roads.zone_ids,
        link_ids=pd.Index(roads.network.links["link_id"]),
        class_at=pairs.tree_class,
        o_zone=frozen(_zone_of_node(roads)[pairs.origin]),
        first=frozen(first),
        links=frozen(rows),
        flow_vph=frozen(flow),
    )


def taken_over(problem: Problem, bushes: Bushes, time_s: Floats) -> tuple[Floats, Earlier]:
    """Take earlier bushes and times to the links and trees of a problem.

    Parameters
    ----------
    problem
        Where they are taken.
    bushes
        What was used.
    time_s
        Times of their links, in the order of ``bushes.link_ids``.

    Returns
    -------
    tuple
        (n_links,) times, 0 where a link is new; and for each tree where its links begin, (n_trees +
        1,), the links, -1 where one is gone, and their flows.
    """
    bush = _bush_of_tree(problem, bushes)
    known = bush >= 0
    size = np.zeros(bush.size, np.int64)
    size[known] = np.diff(bushes.first)[bush[known]]
    first = np.concatenate([[0], np.cumsum(size)])
    place = np.arange(first[-1])
    place += np.repeat(bushes.first[np.maximum(bush, 0)] - first[:-1], size)
    roads = problem.roads
    row = pd.Index(roads.network.links["link_id"]).get_indexer(bushes.link_ids)
    link = np.append(roads.in_rows(np.arange(roads.n_links)), -1)[row]
    time = np.zeros(problem.n_links)
    time[link[link >= 0]] = time_s[link >= 0]
    return time, (first, link.astype(np.int32)[bushes.links[place]], bushes.flow_vph[place])


def _bush_of_tree(problem: Problem, bushes: Bushes) -> Ints:
    """Earlier bush of the same class and origin zone for each tree, (n_trees,); -1 for none."""
    roads, pairs = problem.roads, problem.pairs
    names = pd.Index([each.name for each in problem.demand.classes])
    class_at = names.get_indexer(pd.Index(bushes.class_names))[bushes.class_at]
    zone = roads.zone_ids.get_indexer(bushes.zone_ids)[bushes.o_zone]
    key = np.where((class_at < 0) | (zone < 0), -1, class_at * roads.n_zones + zone)
    wanted = pairs.tree_class * roads.n_zones + _zone_of_node(roads)[pairs.origin]
    found = np.full(problem.n_classes * roads.n_zones + 1, -1, np.int64)
    found[key] = np.arange(key.size)
    found[-1] = -1  # where key was -1
    bush: Ints = found[wanted]
    return bush


def _zone_of_node(roads: RoadGraph) -> Ints:
    """Zone of each node, (n_nodes,); -1 where it is no centroid."""
    zone = np.full(roads.n_nodes, -1, np.int64)
    zone[roads.centroid] = np.arange(roads.n_zones)
    return zone
