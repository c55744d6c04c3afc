"""The routes that a path-based assignment used: who drives where, and a warm start for the next."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats, Ints, frozen, positions
from transitplan.assignment.problem import Problem
from transitplan.kernels.records import Int32s, Pairs, Paths
from transitplan.kernels.routes import empty_paths, room, unfold


@dataclass(frozen=True, eq=False)
class Routes:
    """Routes with trips.

    Flows of single routes are one answer of many; their sums on links are what is fixed.
    """

    class_names: tuple[str, ...]
    node_ids: "pd.Index[Any]"
    zone_ids: "pd.Index[Any]"
    link_ids: "pd.Index[Any]"  # in the order of the link table
    class_at: Ints  # (n_routes,) position in class_names
    o_zone: Ints  # (n_routes,) position in zone_ids
    d_zone: Ints  # (n_routes,)
    flow_vph: Floats  # (n_routes,) vehicles
    first_link: Ints  # (n_routes + 1,) the links of route i are first_link[i] … first_link[i + 1]
    links: Int32s  # rows of the link table, from origin to destination; turns are left out

    def to_frame(self) -> pd.DataFrame:
        """One row a route: class_name, o_zone_id, d_zone_id, flow_vph, links (number of them)."""
        return self._frame(np.ones(self.flow_vph.size, dtype=bool))

    def through(self, links: Iterable[Any]) -> pd.DataFrame:
        """Routes that use any of the links (select-link analysis), as ``to_frame``.

        Raises
        ------
        NotFoundError
            If a link id is unknown.
        """
        wanted = np.zeros(len(self.link_ids), dtype=bool)
        wanted[positions(self.link_ids, links, what="links")] = True
        passed = np.concatenate([[0], np.cumsum(wanted[self.links])])
        return self._frame(np.diff(passed[self.first_link]) > 0)

    def _frame(self, rows: Bools) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "class_name": np.array(self.class_names, dtype=object)[self.class_at[rows]],
                "o_zone_id": self.zone_ids[self.o_zone[rows]],
                "d_zone_id": self.zone_ids[self.d_zone[rows]],
                "flow_vph": self.flow_vph[rows],
                "links": np.diff(self.first_link)[rows],
            }
        )


def from_paths(problem: Problem, paths: Paths) -> Routes:
    """Put ids back on the pool of paths."""
    roads, pairs = problem.roads, problem.pairs
    zone_of_node = np.full(roads.n_nodes, -1, np.int64)
    zone_of_node[roads.centroid] = np.arange(roads.n_zones)
    n_paths, n_listed = room(paths, 0, paths.first.size)
    pair, flow = np.empty(n_paths, np.int64), np.empty(n_paths)
    first_link, links = np.empty(n_paths + 1, np.int64), np.empty(n_listed, np.int32)
    n_routes, n_links = unfold(paths, roads.row, pair, flow, first_link, links)
    pair = pair[:n_routes]
    tree = np.searchsorted(pairs.first_pair, pair, side="right") - 1
    return Routes(
        class_names=tuple(each.name for each in problem.demand.classes),
        node_ids=roads.node_ids,
        zone_ids=roads.zone_ids,
        link_ids=pd.Index(roads.network.links["link_id"]),
        class_at=frozen(pairs.tree_class[tree]),
        o_zone=frozen(zone_of_node[pairs.origin[tree]]),
        d_zone=frozen(zone_of_node[pairs.destination[pair]]),
        flow_vph=frozen(flow[:n_routes].copy()),
        first_link=frozen(first_link[: n_routes + 1].copy()),
        links=frozen(links[:n_links].copy()),
    )


def to_paths(problem: Problem, routes: Routes) -> Paths:
    """Take earlier routes to a new problem: those that still exist, with the new trips.

    A route is kept when its zones, its class and all its links still are, in one open chain. The
    trips of a pair are shared among its routes as before; a pair without a route gets none here.
    """
    pairs = problem.pairs
    if not pairs.trips.size:
        return empty_paths(0, 0, 0)
    pair = _pair_of_route(problem, routes)
    link, first_link = _with_turns(problem, routes, _link_of_row(problem, routes), pair)
    good = (pair >= 0) & _is_chain(problem, routes, (link, first_link), pair)
    order = np.flatnonzero(good)[np.argsort(pair[good], kind="stable")]
    pair = pair[order]
    before = np.bincount(pair, routes.flow_vph[order], pairs.trips.size)
    count = np.bincount(pair, minlength=pairs.trips.size)
    size = np.diff(first_link)[order]
    start = np.concatenate([[0], np.cumsum(size)])
    place = np.repeat(first_link[order + 1] - 1 + start[:-1], size) - np.arange(start[-1])
    pool = link[place]
    class_at = np.repeat(_class_of_pair(pairs)[pair], size)
    path_at = np.repeat(np.arange(order.size), size)
    money: Floats = np.bincount(path_at, problem.money_s[class_at, pool], order.size).astype(float)
    following = np.arange(1, order.size + 1)
    following[np.append(pair[1:] != pair[:-1], values=True)[: order.size]] = -1
    first = np.full(pairs.trips.size, -1, np.int64)
    first[pair[::-1]] = np.arange(order.size)[::-1]
    return Paths(
        first=first,
        n_paths=count.astype(np.int64),
        following=following.astype(np.int64),
        start=start[:-1].astype(np.int64),
        size=size.astype(np.int64),
        flow=routes.flow_vph[order] / before[pair] * pairs.trips[pair],
        money_s=money,
        links=pool.astype(np.int32),
    )


def _link_of_row(problem: Problem, routes: Routes) -> Ints:
    """Link of the problem for each link of the earlier routes, -1 where there is none."""
    roads = problem.roads
    row = pd.Index(roads.network.links["link_id"]).get_indexer(routes.link_ids)
    link = np.append(roads.in_rows(np.arange(roads.n_links)), -1)  # the last one stands for none
    found: Ints = link[row].astype(np.int64)[routes.links]
    return found


def _with_turns(problem: Problem, routes: Routes, link: Ints, pair: Ints) -> tuple[Ints, Ints]:
    """Put in the turns that lead from link to link; (links, first link of each route).

    Of several turns between the same links, the quickest that the class may make.
    """
    first_link = routes.first_link
    roads, pairs = problem.roads, problem.pairs
    if not roads.turns.size:
        return link, first_link
    tree = np.repeat(np.arange(pairs.origin.size), np.diff(pairs.first_pair))[pair]
    route = np.repeat(np.arange(pair.size), np.diff(first_link))
    starts, ends = np.zeros(link.size, dtype=bool), np.zeros(link.size, dtype=bool)
    starts[first_link[:-1]], ends[first_link[1:] - 1] = True, True
    after = np.where(ends, pairs.destination[pair][route], roads.tail[np.append(link[1:], -1)])
    before = np.where(starts, pairs.origin[tree][route], -1)
    class_at = _class_of_pair(pairs)[pair][route]
    into = np.where(starts, _turn(problem, class_at, before, roads.tail[link]), -1)
    out = _turn(problem, class_at, roads.head[link], after)
    parts = np.stack([into, link, out], axis=1)
    kept = np.stack([into >= 0, np.ones(link.size, dtype=bool), out >= 0], axis=1)
    size = np.bincount(route, kept.sum(axis=1), pair.size).astype(np.int64)
    return parts[kept], np.concatenate([[0], np.cumsum(size)])


def _class_of_pair(pairs: Pairs) -> Ints:
    return np.repeat(pairs.tree_class, np.diff(pairs.first_pair))


def _turn(problem: Problem, class_at: Ints, tail: Ints, head: Ints) -> Ints:
    """Quickest turn that each class may make from node to node, -1 where there is none."""
    roads = problem.roads
    n_nodes = roads.n_nodes
    keys: Ints = roads.tail[roads.turns] * n_nodes + roads.head[roads.turns]
    found = np.full(tail.size, -1, np.int64)
    for k in range(problem.n_classes):
        cost = roads.turn_penalty_s + problem.closed[k, roads.turns]
        order = np.lexsort((cost, keys))
        order = order[np.isfinite(cost[order])]
        mine = (class_at == k) & (tail >= 0)
        wanted = tail[mine] * n_nodes + head[mine]
        place = np.minimum(np.searchsorted(keys[order], wanted), max(order.size - 1, 0))
        if order.size:
            same = keys[order][place] == wanted
            found[mine] = np.where(same, roads.turns[order][place], -1)
    return found


def _pair_of_route(problem: Problem, routes: Routes) -> Ints:
    """Pair of the problem that each earlier route serves, (n_routes,); -1 where there is none."""
    roads, pairs = problem.roads, problem.pairs
    names = pd.Index([each.name for each in problem.demand.classes])
    class_at = names.get_indexer(pd.Index(routes.class_names))[routes.class_at]
    zone = roads.zone_ids.get_indexer(routes.zone_ids)
    origin, destination = zone[routes.o_zone], zone[routes.d_zone]
    tree = np.repeat(np.arange(pairs.origin.size), np.diff(pairs.first_pair))
    keys = _key(problem, pairs.tree_class[tree], pairs.origin[tree], pairs.destination)
    wanted = _key(problem, class_at, roads.centroid[origin], roads.centroid[destination])
    place = pd.Index(keys).get_indexer(pd.Index(wanted))
    place[(class_at < 0) | (origin < 0) | (destination < 0)] = -1
    return place.astype(np.int64)


def _key(problem: Problem, class_at: Ints, origin: Ints, destination: Ints) -> Ints:
    n_nodes = problem.roads.n_nodes
    return (class_at * n_nodes + origin) * n_nodes + destination


def _is_chain(problem: Problem, routes: Routes, chain: tuple[Ints, Ints], pair: Ints) -> Bools:
    """Whether the links of each route still lead from its origin to its destination, open.

    chain
        Links of all routes, and where those of each begin.
    """
    link, first_link = chain
    pairs: Pairs = problem.pairs
    graph = problem.graph
    tree = np.repeat(np.arange(pairs.origin.size), np.diff(pairs.first_pair))
    route = np.repeat(np.arange(pair.size), np.diff(first_link))
    names = pd.Index([each.name for each in problem.demand.classes])
    class_at = names.get_indexer(pd.Index(routes.class_names))[routes.class_at][route]
    wrong = (link < 0) | (problem.closed[class_at, link] > 0)
    inner = np.append(route[1:] == route[:-1], values=False)[: link.size]
    after = np.append(link[1:], -1)
    wrong |= inner & (graph.head[link] != graph.tail[after])
    wrong |= inner & ~graph.passable[graph.head[link]]
    broken = np.bincount(route[wrong], minlength=pair.size) > 0
    start, end = link[first_link[:-1]], link[first_link[1:] - 1]
    ends_wrong = graph.tail[start] != pairs.origin[tree[pair]]
    ends_wrong |= graph.head[end] != pairs.destination[pair]
    found: Bools = ~broken & ~ends_wrong
    return found
