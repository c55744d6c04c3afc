"""What trips lose where links are shut, thousands of closures at today's times."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from transitplan.arrays import Floats, Ints, frozen, positions
from transitplan.assignment.problem import Problem, compile_problem
from transitplan.graph.hierarchy import restricted, reverse
from transitplan.graph.road import RoadGraph
from transitplan.kernels import blocks
from transitplan.kernels.closing import Rows, close_each, used_links
from transitplan.kernels.hierarchy import Weights, customise, empty_weights
from transitplan.kernels.sweeps import label_trees
from transitplan.model.demand import Demand
from transitplan.paths.costs import link_values
from transitplan.units import SECONDS_PER_HOUR

COLUMNS = ["link_ids", "trips_vph", "longer_vph", "cut_off_vph", "added_h"]


def rank_closures(
    roads: RoadGraph,
    demand: Demand,
    closures: Iterable[Sequence[Any]] | None = None,
    *,
    times_s: npt.ArrayLike | None = None,
    threads: int | None = None,
) -> pd.DataFrame:
    """Rank closures by what they add to the trips of a demand, if no road slows down.

    Every trip takes its least generalised cost before and after. Only trees that use a closed link
    are searched again, on a hierarchy in which only what depends on that link is computed anew. For
    the queues that follow a closure, solve an equilibrium of those at the top.

    Parameters
    ----------
    roads, demand
        As for ``assign``.
    closures
        Link ids shut together; every link that is used, alone, where none are given.
    times_s
        Time of each link in the order of the link table, as ``Assignment.time_s``; free-flow times
        when absent.

    Returns
    -------
    DataFrame
        One row a closure: link_ids (tuple), trips_vph (that used one of its links), longer_vph
        (that take longer), cut_off_vph (that have no way left), added_h (generalised cost added to
        the others [veh h in an hour, time and money in time]); most trips cut off first, then most
        hours.

    Raises
    ------
    NotFoundError
        If a link is unknown.
    ValidationError
        If the demand does not fit the network.

    Examples
    --------
    >>> from transitplan.graph import compile_road
    >>> from transitplan.model.cases import two_routes
    >>> network, demand = two_routes()  # 600 s by link 1, 900 s by link 2; 3,000 veh/h
    >>> found = rank_closures(compile_road(network), demand, [[1], [2]])
    >>> found[["link_ids", "trips_vph", "added_h"]].values.tolist()
    [[(1,), 3000.0, 250.0], [(2,), 0.0, 0.0]]
    """
    problem = compile_problem(roads, demand, threads=threads)
    time = roads.free_time_s if times_s is None else link_values(roads, times_s, what="times_s")
    classes = [_Class(problem, time, k) for k in range(problem.n_classes)]
    if closures is None:
        flow = np.sum([each.flow for each in classes], axis=0)
        shut = [np.array([link]) for link in np.flatnonzero((flow > 0) & (roads.row >= 0))]
        names = [(roads.link_ids[links[0]],) for links in shut]
    else:
        names = [tuple(each) for each in closures]
        shut = [positions(roads.link_ids, each, what="closures, links") for each in names]
    lost = np.zeros((len(shut), 3))
    used = np.zeros(len(shut))
    hierarchy = problem.roads.hierarchy
    ends = np.union1d(problem.pairs.origin, problem.pairs.destination)
    search = (*restricted(hierarchy, ends), *reverse(hierarchy, problem.n_links))
    for each in classes:
        used += [each.flow[links].sum() for links in shut]
        each.close(shut, search, lost)
    columns = (names, used, lost[:, 2], lost[:, 1], lost[:, 0] / SECONDS_PER_HOUR)
    table = pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
    return table.sort_values(
        ["cut_off_vph", "added_h"], ascending=False, kind="stable", ignore_index=True
    )


class _Class:
    """The trees of one class with nothing shut: costs, labels and who uses what."""

    def __init__(self, problem: Problem, time: Floats, k: int) -> None:
        self.problem = problem
        self.cost: Floats = problem.costs(time)[k]
        hierarchy = problem.roads.hierarchy
        self.weights = empty_weights(hierarchy.upper.size)
        customise(hierarchy, self.cost, self.weights)
        pairs = problem.pairs
        self.label = np.full(pairs.trips.size, np.inf)
        self.flow = np.zeros(problem.n_links)
        mine = [block for block in problem.blocks() if pairs.tree_class[block[1]] == k]
        flows, used = np.zeros((len(mine), problem.n_links)), [_NOTHING] * len(mine)

        def work(i: int) -> None:
            _, first, end = mine[i]
            trees = (first, end)
            label_trees(hierarchy, self.weights, self.cost, pairs, trees, self.label)
            used[i] = used_links(problem.graph, pairs, self.cost, trees, flows[i])

        blocks.run(work, range(len(mine)), problem.threads)
        self.flow += flows.sum(axis=0)
        counts = np.concatenate([_NOTHING[0], *(each[0] for each in used)])
        links = np.concatenate([_NOTHING[1], *(each[1] for each in used)])
        first = mine[0][1] if mine else 0
        tree = np.repeat(first + np.arange(counts.size), counts)
        order = np.argsort(links, kind="stable")
        self._tree = tree[order]  # trees by link, ascending
        self._first = np.searchsorted(links[order], np.arange(problem.n_links + 1))

    def close(self, shut: Sequence[Ints], search: tuple[Any, ...], out: Floats) -> None:
        """Add what trips of the class lose by each closure.

        ``search`` is what the search knows of the roads for all classes: the hierarchy above the
        ends of trips with its arcs, and what partial customisation looks up.
        """
        problem = self.problem
        pairs, whole = problem.pairs, problem.roads.hierarchy
        part, arcs, below, parallel, place = search
        closed, trees = _stacked(shut), _stacked([self._users(links) for links in shut])

        def work(block: tuple[int, int]) -> None:
            up, down, up_via, down_via = self.weights
            weights = Weights(up.copy(), down.copy(), up_via.copy(), down_via.copy())
            close_each(
                whole, part, arcs, below, parallel, place, weights, self.cost.copy(), pairs,
                self.label, closed, trees, block, out,
            )  # fmt: skip

        blocks.run(work, blocks.split(len(shut)), problem.threads)

    def _users(self, links: Ints) -> Ints:
        """Trees that use any of some links."""
        rows = [self._tree[self._first[link] : self._first[link + 1]] for link in links]
        return np.unique(np.concatenate([_NOTHING[0], *rows]))


_NOTHING = (np.empty(0, np.int64), np.empty(0, np.int32))


def _stacked(rows: Sequence[Ints]) -> Rows:
    """Rows one after the other, and where each begins."""
    size = np.array([0, *(row.size for row in rows)])
    values = np.concatenate([_NOTHING[0], *rows]).astype(np.int64)
    return frozen(np.cumsum(size).astype(np.int64)), frozen(values)
