"""The precise method: trips on explicit paths, moved by Newton steps between them."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from transitplan.arrays import Floats
from transitplan.assignment.gap import measure
from transitplan.assignment.method import Search, State, at_flow
from transitplan.assignment.problem import Problem, Trees
from transitplan.kernels import routes
from transitplan.kernels.records import Paths

FULL_PASS = 5  # each fifth pass looks at all pairs, the others at those far from equilibrium


@dataclass(frozen=True)
class PathBased:
    """Gradient projection on paths, with new paths from fresh trees in every iteration.

    Jayakrishnan, Tsai, Prashker & Rajadhyaksha (1994), *A faster path-based algorithm for traffic
    assignment*, Transportation Research Record 1443; greedy passes after Xie, Nie & Liu (2018), *A
    greedy path-based algorithm for traffic assignment*, Transportation Research Record 2672.

    The flows of single paths are one answer of many; flows of links are what equilibrium fixes.
    """

    name: ClassVar[str] = "path-based"
    keeps_paths: ClassVar[bool] = True
    passes: int = 40  # over the pairs, at most, between two searches for paths
    inner_share: float = 0.1  # pass until what is left is this share of the gap

    def start(self, problem: Problem, begin: State | None) -> State:
        """Return the first flows: on the paths of an earlier state, else on shortest paths."""
        if begin is not None and begin.paths is not None:
            paths = begin.paths
        else:
            n_pairs = problem.pairs.trips.size
            paths = routes.empty_paths(n_pairs, 0, 0)
        time = begin.time_s if begin else problem.times(np.zeros(problem.n_links))[0]
        trees = problem.grow(time)
        return replace(at_paths(problem, _with_new(problem, paths, time, trees)), trees=trees)

    def search(self, problem: Problem, state: State) -> Search:
        """Mend the trees of the state before."""
        return problem.grow(state.time_s, state.trees)

    def step(self, problem: Problem, state: State, search: Search) -> State:
        """Add the paths of the search, then pass over the pairs until the moves get small."""
        if state.paths is None or not isinstance(search, Trees):
            raise TypeError("the path-based method needs a state with paths, and trees")
        before = measure(problem, state.class_flow, state.time_s, search.label_s)
        paths = _with_new(problem, state.paths, state.time_s, search)
        goal = self.inner_share * before.relative_gap
        links = (problem.volume(state.class_flow), state.time_s.copy(), state.slope.copy())
        mark = np.zeros(1 + problem.n_links, np.int64)
        excess = np.full(problem.pairs.trips.size, np.inf)
        for k in range(self.passes):
            threshold = 0.0 if k % FULL_PASS == 0 else goal
            left = routes.shift_all(
                problem.pairs, paths, problem.pce, links, problem.delay, mark, excess, threshold
            )
            if threshold == 0.0 and left <= goal * before.total_cost:
                break
        return replace(at_paths(problem, paths), trees=search)


def _with_new(problem: Problem, paths: Paths, time: Floats, search: Search) -> Paths:
    """Return a pool of the paths in use and those that the trees add."""
    if not isinstance(search, Trees):
        raise TypeError("the path-based method needs trees")
    pairs, tail = problem.pairs, problem.graph.tail
    sizes = np.zeros(pairs.trips.size, np.int64)
    routes.count_new(pairs, paths, time, search.label_s, search.tree_link, tail, sizes)
    added, links_added = int((sizes > 0).sum()), int(sizes.sum())
    pool = routes.empty_paths(
        pairs.trips.size,
        int(paths.n_paths.sum()) + added,
        int(paths.size.sum()) + links_added,
    )
    used = routes.compact(paths, pool)
    pool.n_paths[:] = paths.n_paths
    routes.add_new(pairs, pool, sizes, used, search.tree_link, tail, problem.money_s)
    return pool


def at_paths(problem: Problem, paths: Paths) -> State:
    """State at the flows of the paths, summed afresh so that no rounding gathers."""
    flow = np.zeros((problem.n_classes, problem.n_links))
    routes.sum_flows(problem.pairs, paths, flow)
    return at_flow(problem, flow, paths=paths)
