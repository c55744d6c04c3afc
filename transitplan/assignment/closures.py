"""What trips lose where links are shut or dearer, thousands of closures at today's times."""

import math
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from transitplan.arrays import Bools, Floats, Int32s, Ints, frozen, positions
from transitplan.assignment.problem import Problem, compile_problem
from transitplan.errors import ValidationError
from transitplan.graph.hierarchy import Reversed, reverse
from transitplan.graph.road import RoadGraph
from transitplan.kernels import blocks
from transitplan.kernels.closing import PARTS, Rows, Uses, close_each, list_uses, sort_uses
from transitplan.kernels.hierarchy import Weights, customise, empty_weights
from transitplan.model.demand import Demand
from transitplan.paths.costs import link_values
from transitplan.units import SECONDS_PER_HOUR

COLUMNS = ["link_ids", "trips_vph", "longer_vph", "cut_off_vph", "added_h"]
MOST_USES = 2**24  # of links by trees, held at a time: 20 bytes each
AT_A_TIME = 128  # closures between two calls of ``progress``, by each thread


def rank_closures(
    roads: RoadGraph,
    demand: Demand,
    closures: Iterable[Sequence[Any]] | None = None,
    *,
    times_s: npt.ArrayLike | None = None,
    toll_rise_cny: float | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Rank closures by what they add to the trips of a demand, if no road slows down.

    Every trip takes its least generalised cost before and after. Only pairs that used a closed link
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
    toll_rise_cny
        The links are not shut, but each asks so much more of those who pay tolls.
    threads
        At most so many at a time; all cores by default. The answer is the same.
    progress
        Called with how many closures are done and how many there are.

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
        If the demand does not fit the network, or a toll would fall.

    Examples
    --------
    >>> from transitplan.graph import compile_road
    >>> from transitplan.model.cases import two_routes
    >>> network, demand = two_routes()  # 600 s by link 1, 900 s by link 2; 3,000 veh/h
    >>> found = rank_closures(compile_road(network), demand, [[1], [2]])
    >>> found[["link_ids", "trips_vph", "added_h"]].values.tolist()
    [[(1,), 3000.0, 250.0], [(2,), 0.0, 0.0]]
    """
    if toll_rise_cny is not None and not 0.0 <= toll_rise_cny < math.inf:
        raise ValidationError(
            f"toll_rise_cny is {toll_rise_cny}; give 0 or more. Trips that a lower toll would draw "
            "to a link do not use it yet: solve an equilibrium for it."
        )
    problem = compile_problem(roads, demand, threads=threads)
    time = roads.free_time_s if times_s is None else link_values(roads, times_s, what="times_s")
    if closures is None:
        shut = [np.array([link]) for link in np.flatnonzero(roads.row >= 0)]
        names = [(roads.link_ids[links[0]],) for links in shut]
    else:
        names = [tuple(each) for each in closures]
        in_table = pd.Index(roads.network.links["link_id"])
        place = roads.in_rows(np.arange(roads.n_links))
        shut = [place[positions(in_table, each, what="closures, links")] for each in names]
    lost = _losses(problem, time, _stacked(shut), toll_rise_cny, progress)
    columns = (names, lost[:, 0], lost[:, 3], lost[:, 2], lost[:, 1] / SECONDS_PER_HOUR)
    table = pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
    if closures is None:
        table = table[table["trips_vph"] > 0]
    return table.sort_values(
        ["cut_off_vph", "added_h"], ascending=False, kind="stable", ignore_index=True
    )


def _losses(
    problem: Problem,
    time: Floats,
    shut: Rows,
    toll_rise_cny: float | None,
    progress: Callable[[int, int], None] | None,
) -> Floats:
    """Add up over classes and batches of trees, (n_closures, 4): see ``close_each``."""
    costs = problem.costs(time)
    wanted = np.zeros(problem.n_links, np.bool_)
    wanted[shut[1]] = True
    lookup = reverse(problem.roads.hierarchy, problem.n_links)
    uses_a_tree = min(int(wanted.sum()), problem.graph.passable.size)
    at_a_time = max(MOST_USES // max(uses_a_tree, 1), 1)
    batches = [
        (k, trees[first : first + at_a_time])
        for k, trees in enumerate(_trees(problem))
        for first in range(0, trees.size, at_a_time)
    ]
    lost = np.zeros((shut[0].size - 1, 4))
    tell = _Teller(progress, lost.shape[0] * len(batches))
    for k, trees in batches:
        each = problem.demand.classes[k]
        rise = np.inf
        if toll_rise_cny is not None:
            rise = float(each.money_s(np.array([toll_rise_cny]), np.zeros(1))[0])
        searched = _search(problem, costs[k], wanted, trees)
        _close(problem, costs[k], lookup, searched, shut, rise, tell, lost)
    return lost


def _trees(problem: Problem) -> list[Ints]:
    """Trees of each class, those with near origins after each other."""
    hierarchy, origin = problem.roads.hierarchy, problem.pairs.origin
    door = np.minimum(hierarchy.first_entry[origin], max(hierarchy.entry.size - 1, 0))
    rank = hierarchy.entry[door] if hierarchy.entry.size else np.zeros(origin.size, np.int32)
    order = np.lexsort((rank, problem.pairs.tree_class))
    edges = np.searchsorted(problem.pairs.tree_class, np.arange(problem.n_classes + 1))
    return [order[edges[k] : edges[k + 1]] for k in range(problem.n_classes)]


class _Searched(NamedTuple):
    """What the trees of a batch are with nothing shut."""

    label: Floats  # (n_pairs,)
    walk: Int32s  # (n_pairs,)
    uses: Uses


def _search(problem: Problem, cost: Floats, wanted: Bools, trees: Ints) -> _Searched:
    """Search some trees of a class, and sort by link what they use."""
    n_pairs = problem.pairs.trips.size
    label, walk = np.full(n_pairs, np.inf), np.zeros(n_pairs, np.int32)
    parts = blocks.split(trees.size)
    found: list[Int32s] = [np.empty(0, np.int32)] * len(parts)

    def work(i: int) -> None:
        some = frozen(trees[slice(*parts[i])].copy())
        found[i] = list_uses(problem.graph, problem.pairs, cost, frozen(wanted), some, label, walk)

    blocks.run(work, range(len(parts)), problem.threads)
    count = np.zeros(problem.n_links + 1, np.int64)
    for part in found:
        count[1:] += np.bincount(part[::PARTS], minlength=problem.n_links)
    first = np.cumsum(count)
    begin, end = np.empty(first[-1], np.int32), np.empty(first[-1], np.int32)
    following = first.copy()
    for part in found:
        sort_uses(part, following, begin, end)
    return _Searched(label, walk, (frozen(first), begin, end))


def _close(
    problem: Problem,
    cost: Floats,
    lookup: Reversed,
    searched: _Searched,
    shut: Rows,
    rise: float,
    tell: "_Teller",
    out: Floats,
) -> None:
    """Add what the trips of a batch lose by each closure."""
    hierarchy, pairs = problem.roads.hierarchy, problem.pairs
    weights = empty_weights(hierarchy.upper.size)
    customise(hierarchy, cost, weights)
    tree_of = np.repeat(np.arange(pairs.origin.size, dtype=np.int32), np.diff(pairs.first_pair))

    def work(block: tuple[int, int]) -> None:
        up, down, up_via, down_via = weights
        own = Weights(up.copy(), down.copy(), up_via.copy(), down_via.copy())
        close_each(
            hierarchy, *lookup, own, cost.copy(), rise, pairs, searched.label, tree_of,
            searched.walk, searched.uses, shut, block, out,
        )  # fmt: skip
        tell.add(block[1] - block[0])

    size = out.shape[0]
    blocks.run(work, blocks.split(size, max(blocks.BLOCKS, size // AT_A_TIME)), problem.threads)


class _Teller:
    """Adds up what threads have done, and tells it."""

    def __init__(self, told: Callable[[int, int], None] | None, total: int) -> None:
        self._told, self._total, self._done, self._lock = told, total, 0, Lock()

    def add(self, done: int) -> None:
        with self._lock:
            self._done += done
            if self._told is not None:
                self._told(self._done, self._total)


def _stacked(rows: Sequence[Ints]) -> Rows:
    """Rows one after the other, and where each begins."""
    size = np.array([0, *(row.size for row in rows)])
    values = np.concatenate([np.empty(0, np.int64), *rows]).astype(np.int64)
    return frozen(np.cumsum(size).astype(np.int64)), frozen(values)
