"""The precise method for few pairs: trips on explicit paths, moved by Newton steps between them."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from transitplan.arrays import Ints
from transitplan.assignment.gap import measure
from transitplan.assignment.method import Search, State, at_flow
from transitplan.assignment.problem import Block, Columns, Problem
from transitplan.kernels import blocks, leap, routes
from transitplan.kernels.landing import descend, land
from transitplan.kernels.records import Paths

WIDTH = 8  # chunks of pairs side by side
ROUNDS = 4  # of chunks in a pass
SMALLEST = 200  # pairs in a chunk; fewer pairs are not cut
FULL_PASS = 5  # each fifth pass looks at all pairs, the others at those far from equilibrium
SLOW = 0.9  # flows creep if a full pass finds more than this share of what the one before found,
PATIENT = 3  # from this full pass on: the first ones have new paths to fill
FURTHER = 3.0  # times as far each time, while the objective falls
FURTHEST = 1e6  # times a step


@dataclass(frozen=True)
class PathBased:
    """Gradient projection on paths, with new paths from fresh searches in every iteration.

    Jayakrishnan, Tsai, Prashker & Rajadhyaksha (1994), *A faster path-based algorithm for traffic
    assignment*, Transportation Research Record 1443; greedy passes after Xie, Nie & Liu (2018), *A
    greedy path-based algorithm for traffic assignment*, Transportation Research Record 2672.

    Where passes creep, since traffic of one class should swap alternatives with another's, a step
    moves all pairs together (``kernels.leap``).

    The flows of single paths are one answer of many; flows of links are what equilibrium fixes.
    """

    name: ClassVar[str] = "path-based"
    keeps_paths: ClassVar[bool] = True
    passes: int = 40  # over the pairs, at most, between two searches for paths
    inner_share: float = 0.02  # pass until what is left is this share of the gap

    def start(self, problem: Problem, begin: State | None) -> State:
        """Return the first flows: on the paths of an earlier state, else on shortest paths."""
        if begin is not None and begin.paths is not None:
            paths, time = begin.paths, begin.time_s
        else:
            paths = routes.empty_paths(problem.pairs.trips.size, 0, 0)
            time, _ = problem.times(np.zeros(problem.n_links))
        return at_paths(problem, extended(problem, paths, problem.columns(time, paths)))

    def search(self, problem: Problem, state: State) -> Search:
        """Find the paths that are cheaper than all paths of their pairs."""
        if state.paths is None:
            raise TypeError("the path-based method needs a state with paths")
        return problem.columns(state.time_s, state.paths)

    def step(self, problem: Problem, state: State, search: Search) -> State:
        """Add the paths of the search, then pass over the pairs until the moves get small."""
        if state.paths is None:
            raise TypeError("the path-based method needs a state with paths")
        before = measure(problem, state.class_flow, state.time_s, search.label_s)
        paths = extended(problem, state.paths, search)
        goal = self.inner_share * before.relative_gap
        shift = Shift(problem, paths, state)
        last = np.inf
        for k in range(self.passes):
            if k % FULL_PASS:
                shift.go(goal)
                continue
            left = shift.go(0.0)
            if left <= goal * before.total_cost:
                break
            if left > SLOW * last and k >= PATIENT * FULL_PASS:
                shift.leap()
            last = left
        return at_paths(problem, paths)


class Shift:
    """Passes over the pairs, chunks of them side by side, with the link flows that follow.

    The chunks of a round see the flows at its start and their own moves, not each other's; then
    their moves are added up, and shortened where together they go too far. Since Beckmann's
    function is convex, 1 / (chunks of the round) of the way is always downhill. Chunks depend on
    the pairs alone, so that the flows are the same to the last bit for any number of threads.
    """

    def __init__(self, problem: Problem, paths: Paths, state: State) -> None:
        """Begin at the flows of a state, with a pool that may hold new paths without trips."""
        self._problem = problem
        self._paths = paths
        self._links = (problem.volume(state.class_flow), state.time_s, state.slope)
        self._pce = problem.pce[problem.class_of_pair]
        self._excess = np.full(problem.pairs.trips.size, np.inf)
        self._marks = [np.zeros(1 + problem.n_links, np.int64) for _ in range(WIDTH)]

    def go(self, threshold: float) -> float:
        """Pass once over the pairs whose excess was at least the threshold.

        Returns the excess seen, before the moves [pce/h s].
        """
        active = np.flatnonzero((self._paths.n_paths > 1) & (self._excess >= threshold))
        width = WIDTH if active.size >= WIDTH * ROUNDS * SMALLEST else 1
        chunks = np.array_split(active, width * ROUNDS if width > 1 else 1)
        rounds = len(chunks) // width
        return sum(self._round(chunks[k::rounds]) for k in range(rounds))

    def leap(self) -> None:
        """Move all pairs together, as far as the objective falls.

        This is for flows that creep: see ``kernels.leap``. First until the first path is empty;
        then further, where pairs stop at an empty path of theirs, as long as that still helps.
        """
        paths, delay = self._paths, self._problem.delay
        active = np.flatnonzero(paths.n_paths > 1)
        move, target = np.empty(paths.flow.size), paths.flow.copy()
        change = np.empty(self._problem.n_links)
        _, time, slope = self._links
        reach = min(leap.direction(active, self._pce, paths, time, slope, move), FURTHEST)
        step = 1.0
        while step == 1.0 and reach <= FURTHEST:
            paid = leap.go(active, self._pce, paths, move, reach, target, change)
            step, self._links = descend(self._links, change, paid, delay)
            paths.flow[:] = target if step == 1.0 else paths.flow + step * (target - paths.flow)
            reach *= FURTHER

    def _round(self, chunks: list[Ints]) -> float:
        """Move the trips of each chunk; return the excess seen."""
        paths = self._paths
        flow, time, slope = self._links
        links = [(flow.copy(), time.copy(), slope.copy()) for _ in chunks]
        held = paths.flow.copy() if len(chunks) > 1 else paths.flow
        sums: list[tuple[float, float]] = [(0.0, 0.0)] * len(chunks)

        def work(i: int) -> None:
            sums[i] = routes.shift(
                chunks[i],
                self._problem.pairs.trips,
                self._pce,
                paths,
                links[i],
                self._problem.delay,
                self._marks[i],
                self._excess,
            )

        blocks.run(work, range(len(chunks)), self._problem.threads)
        if len(chunks) == 1:
            self._links = links[0]
        else:
            moved = np.stack([after - flow for after, _, _ in links])
            paid = sum(paid for _, paid in sums)
            step, self._links = land(self._links, moved, paid, 0.5 / WIDTH, self._problem.delay)
            if step < 1.0:
                paths.flow[:] = held + step * (paths.flow - held)
        return sum(seen for seen, _ in sums)


def extended(problem: Problem, paths: Paths, search: Search) -> Paths:
    """Return a pool of the paths in use and those that the search adds."""
    if not isinstance(search, Columns):
        raise TypeError("the path-based method needs columns")
    parts = blocks.split(problem.pairs.trips.size)
    rooms = np.array([(0, 0), *(routes.room(paths, first, end) for first, end in parts)])
    starts = rooms.cumsum(axis=0)
    ends = (int(starts[-1, 0]), int(starts[-1, 1]))
    pool = routes.empty_paths(
        problem.pairs.trips.size,
        ends[0] + sum(found.size for found, _, _ in search.found),
        ends[1] + sum(links.size for _, _, links in search.found),
    )

    def copy(i: int) -> None:
        routes.compact(paths, *parts[i], (int(starts[i, 0]), int(starts[i, 1])), pool)

    blocks.run(copy, range(len(parts)), problem.threads)
    for k, (found, sizes, links) in zip(search.class_at, search.found, strict=True):
        money = problem.money_s[k]
        ends = routes.add_paths(found, sizes, links, ends, money, problem.pairs.trips, pool)
    return pool


def at_paths(problem: Problem, paths: Paths) -> State:
    """State at the flows of the paths, summed afresh so that no rounding gathers."""
    flow = np.zeros((problem.n_classes, problem.n_links))
    first_pair = problem.pairs.first_pair
    parts = problem.blocks()
    part_flow = np.zeros((len(parts), problem.n_links))

    def work(block: Block) -> None:
        i, first, end = block
        routes.sum_flows(paths, first_pair[first], first_pair[end], part_flow[i])

    blocks.run(work, parts, problem.threads)
    for i, first, _ in parts:
        flow[problem.pairs.tree_class[first]] += part_flow[i]
    return at_flow(problem, flow, paths=paths)
