"""The precise method for dense demand: one bush a class and origin, flow moved within it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar, NamedTuple, TypeAlias

import numpy as np

from transitplan.arrays import Floats
from transitplan.assignment.method import Search, State, at_flow
from transitplan.assignment.problem import Problem
from transitplan.kernels import blocks
from transitplan.kernels.bush_growth import Earlier, plant_block, renew_block
from transitplan.kernels.bushes import (
    Bushes,
    Desk,
    View,
    empty_bushes,
    make_desk,
    shift_block,
    sum_flows,
    widened,
)
from transitplan.kernels.delay import delays
from transitplan.kernels.landing import land
from transitplan.kernels.records import Links

WIDTH = 4  # lanes of bushes side by side
PARTS = 64  # that the bushes of a large problem are cut into
SMALLEST = 1_000_000  # nodes times bushes; smaller problems are not cut
SLACK = 1.1  # room for bushes to grow, of their present size
FRESH_SLACK = 1.6  # the same of bushes that were trees
LANE_LINKS = 10_000  # links of bushes worth a lane in a round of shifts

PartWork: TypeAlias = Callable[[int, Links, Desk], None]


class Part(NamedTuple):
    """Consecutive trees of one class."""

    first: int
    end: int
    class_at: int


@dataclass(frozen=True)
class BushBased:
    """Algorithm B: bushes renewed in every iteration, flow moved from longest to least paths.

    Dial (2006), *A path-based user-equilibrium traffic assignment algorithm that obviates path
    storage and enumeration*, Transportation Research Part B 40; quasi-Newton shifts as in Nie
    (2010), *A class of bush-based algorithms for the traffic assignment problem*, Transportation
    Research Part B 44. Memory grows with origins × nodes, not with pairs.

    How flows within bushes are split is one answer of many; flows of links are what equilibrium
    fixes.
    """

    name: ClassVar[str] = "bush-based"
    keeps_paths: ClassVar[bool] = False
    passes: int = 20  # over the bushes, at most, between two renewals
    inner_share: float = 0.25  # pass over bushes whose excess is above this share of the mean

    def start(self, problem: Problem, begin: State | None) -> State:
        """Return the first flows: on the bushes of an earlier state, else on shortest paths."""
        if begin is not None and begin.bushes is not None:
            return begin
        return planted(problem, None if begin is None else begin.time_s)

    def search(self, problem: Problem, state: State) -> Search:
        """Find the least costs."""
        return problem.find(state.time_s)

    def step(self, problem: Problem, state: State, search: Search) -> State:
        """Renew the bushes, then pass over those that are far from equilibrium."""
        del search
        if state.bushes is None:
            raise TypeError("the bush-based method needs a state with bushes")
        volume = problem.volume(state.class_flow)
        work = Work(problem, state.bushes, (volume, state.time_s, state.slope))
        work.renew()
        threshold = self.inner_share * work.mean_excess()
        for _ in range(self.passes):
            if not work.shift(threshold):
                break
        return at_bushes(problem, work.bushes)


class Work:
    """Work on all bushes, lanes of them side by side, with the link flows that follow.

    The lanes of a round see the flows at its start and their own moves, not each other's; then
    their moves are added up, and shortened where together they go too far. Since Beckmann's
    function is convex, 1 / (lanes of the round) of the way is always downhill. Lanes depend on the
    problem alone, so that the flows are the same to the last bit for any number of threads.
    """

    def __init__(self, problem: Problem, bushes: Sequence[Bushes], links: Links) -> None:
        """Begin at these bushes, which the first ``renew`` replaces, and flows, times, slopes."""
        self.bushes = list(bushes)
        self._next: list[Bushes] = []
        self._problem = problem
        self._links = links
        self._parts = parts_of(problem)
        self._views = [
            View(problem.graph, problem.delay, float(pce), money + closed)
            for pce, money, closed in zip(problem.pce, problem.money_s, problem.closed, strict=True)
        ]
        width = min(WIDTH, len(self._parts))
        self._desks = [make_desk(problem.roads.n_nodes, problem.n_links) for _ in range(width)]
        self._private = [_copies(links) for _ in range(width)]
        self._moved = np.empty((width, problem.n_links))
        self._held: dict[int, Floats] = {}  # flows of parts at the start of the round

    def plant(self, earlier: Earlier, time: Floats) -> None:
        """Write first bushes: of earlier links, else of the shortest trees at growing flows.

        time
            (n_links,) [s], least times of the links; they are longer where flows make them so.
        """
        problem = self._problem

        def work(part: int, links: Links, desk: Desk) -> None:
            first, end, k = self._parts[part]
            out = self.bushes[part]
            view, trees = self._views[k], (first, first, end)
            np.maximum(links[1], time + view.fixed, out=links[1])
            plant_block(view, problem.pairs, trees, links, time, earlier, desk, out)

        rooms = [
            (end - first) * problem.roads.n_nodes + int(earlier[0][end] - earlier[0][first])
            for first, end, _ in self._parts
        ]
        self.bushes = self._empty(rooms, rooms)
        for lanes in self._rounds(range(len(self._parts)), PARTS):
            self._round(lanes, work, whole=True)

    def renew(self) -> None:
        """Renew each bush and shift within it."""
        fresh = any(np.isinf(old.excess).any() for old in self.bushes)
        slack, spare = FRESH_SLACK if fresh else SLACK, 2 * self._problem.roads.n_nodes
        self._next = self._empty(
            [int(slack * old.first[-1]) + spare for old in self.bushes],
            [int(slack * old.first_flow[-1]) + spare for old in self.bushes],
        )
        for lanes in self._rounds(range(len(self._parts)), PARTS):
            self._round(lanes, self._renew_part)

    def shift(self, threshold: float) -> bool:
        """Shift within the bushes whose excess was at least the threshold; False if none was."""
        problem = self._problem
        due = [bushes.excess >= threshold for bushes in self.bushes]
        active = [part for part, each in enumerate(due) if each.any()]
        links = sum(int(np.diff(self.bushes[part].first_flow)[due[part]].sum()) for part in active)

        def work(part: int, links: Links, desk: Desk) -> None:
            bushes, (first, end, k) = self.bushes[part], self._parts[part]
            self._held[part] = bushes.flow[: bushes.first_flow[-1]].copy()
            origins = problem.pairs.origin[first:end]
            shift_block(self._views[k], origins, links, bushes, desk, threshold)

        for lanes in self._rounds(active, links // (WIDTH * LANE_LINKS)):
            self._round(lanes, work)
        return bool(active)

    def mean_excess(self) -> float:
        """Excess of a bush when last looked at, on average [veh/h s]."""
        excess = np.concatenate([np.zeros(1), *(bushes.excess for bushes in self.bushes)])
        return float(excess.sum()) / max(excess.size - 1, 1)

    def _renew_part(self, part: int, links: Links, desk: Desk) -> None:
        problem, old, (first, end, k) = self._problem, self.bushes[part], self._parts[part]
        out = self._next[part]
        held = np.empty(out.flow.size)
        view, pairs, tree = self._views[k], problem.pairs, first
        while True:
            trees = (first, tree, end)
            tree = renew_block(view, pairs, trees, links, old, desk, out, held)
            if tree == end:
                break
            out = widened(out, tree - first)
            held = np.concatenate([held, np.empty(out.flow.size - held.size)])
        self.bushes[part] = out
        self._held[part] = held

    def _empty(self, links_rooms: list[int], flow_rooms: list[int]) -> list[Bushes]:
        """Bushes to be written, in one piece of memory that goes back as a whole."""
        links, flow = np.empty(sum(links_rooms), np.int32), np.empty(sum(flow_rooms))
        links_at, flow_at = np.cumsum([0, *links_rooms]), np.cumsum([0, *flow_rooms])
        return [
            empty_bushes(
                part.end - part.first,
                links[links_at[i] : links_at[i + 1]],
                flow[flow_at[i] : flow_at[i + 1]],
            )
            for i, part in enumerate(self._parts)
        ]

    def _rounds(self, parts: Sequence[int], most: int) -> list[list[Sequence[int]]]:
        """Lanes of parts for each round: as many rounds as there are parts for, at most so many."""
        if not parts:
            return []
        width = len(self._desks)
        rounds = max(min(len(parts) // width, most), 1)
        lanes = [parts[k :: rounds * width] for k in range(rounds * width)]
        return [[lane for lane in lanes[k::rounds] if lane] for k in range(rounds)]

    def _round(self, lanes: list[Sequence[int]], work: PartWork, *, whole: bool = False) -> None:
        """Do the work of each lane on flows of its own, then go where the lanes lead together."""
        problem = self._problem
        self._held.clear()
        paid = np.zeros(len(lanes))

        def run(i: int) -> None:
            volume, cost, slope = self._private[i]
            for mine, shared in zip(self._private[i], self._links, strict=True):
                mine[:] = shared
            for k, parts in groupby(lanes[i], key=lambda part: self._parts[part].class_at):
                if k != self._parts[lanes[i][0]].class_at:
                    delays(volume, problem.delay, cost, slope)
                before = volume.copy()
                cost += self._views[k].fixed
                for part in parts:
                    work(part, (volume, cost, slope), self._desks[i])
                paid[i] += float((problem.money_s[k] * (volume - before)).sum())
            np.subtract(volume, self._links[0], out=self._moved[i])

        blocks.run(run, range(len(lanes)), problem.threads)
        least = 1.0 if whole or len(lanes) == 1 else 0.5 / WIDTH
        moved = self._moved[: len(lanes)]
        step, self._links = land(self._links, moved, float(paid.sum()), least, problem.delay)
        if step < 1.0:
            for part, held in self._held.items():
                end = self.bushes[part].first_flow[-1]
                flow = self.bushes[part].flow[:end]
                flow[:] = held[:end] + step * (flow - held[:end])


def _copies(links: Links) -> Links:
    flow, time, slope = links
    return flow.copy(), time.copy(), slope.copy()


def parts_of(problem: Problem) -> list[Part]:
    """Cut the trees into parts of one class, by the size of the problem alone."""
    n_trees = problem.pairs.origin.size
    large = n_trees * problem.roads.n_nodes >= SMALLEST
    edges = np.searchsorted(problem.pairs.tree_class, np.arange(problem.n_classes + 1)).tolist()
    found = []
    for k in range(problem.n_classes):
        size = edges[k + 1] - edges[k]
        number = -(-size * PARTS // max(n_trees, 1)) if large else 1
        found += [
            Part(edges[k] + first, edges[k] + end, k) for first, end in blocks.split(size, number)
        ]
    return found


def planted(problem: Problem, time: Floats | None, earlier: Earlier | None = None) -> State:
    """State on first bushes, of earlier links where there are some.

    Each tree is the shortest at the flows of those before it, and at no less than the times given.
    """
    volume = np.zeros(problem.n_links)
    links = (volume, *problem.times(volume))
    none = np.zeros(problem.pairs.origin.size + 1, np.int64), np.zeros(0, np.int32), np.zeros(0)
    work = Work(problem, [], links)
    work.plant(earlier or none, links[1] if time is None else time)
    return at_bushes(problem, work.bushes)


def at_bushes(problem: Problem, bushes: Sequence[Bushes]) -> State:
    """State at the flows of the bushes, summed afresh so that no rounding gathers."""
    parts = parts_of(problem)
    flow = np.zeros((len(parts), problem.n_links))
    blocks.run(lambda i: sum_flows(bushes[i], flow[i]), range(len(parts)), problem.threads)
    class_flow = np.zeros((problem.n_classes, problem.n_links))
    for part, part_flow in zip(parts, flow, strict=True):
        class_flow[part.class_at] += part_flow
    return at_flow(problem, class_flow, bushes=tuple(bushes))
