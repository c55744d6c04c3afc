"""The precise method for dense demand: one bush a class and origin, flow moved within it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, TypeAlias

import numpy as np

from transitplan.arrays import Floats
from transitplan.assignment.method import Search, State, at_flow
from transitplan.assignment.problem import Problem
from transitplan.kernels import blocks
from transitplan.kernels.bush_growth import plant_block, renew_block
from transitplan.kernels.bushes import (
    Bushes,
    Desk,
    Links,
    empty_bushes,
    make_desk,
    shift_block,
    sum_flows,
    widened,
)

WIDTH = 4  # lanes of bushes side by side
PARTS = 64  # that the bushes of a large problem are cut into
SMALLEST = 1_000_000  # nodes times bushes; smaller problems are not cut
LANE_BUSHES = 8  # bushes worth a lane in a round of shifts
TOO_FAR = 0.1  # slope uphill after a round, as a share of the slope downhill before it
HALVINGS = 20

Lane: TypeAlias = list[int]  # parts worked on one after the other


class Part(NamedTuple):
    """Consecutive trees of one class."""

    first: int
    end: int
    user_class: int


@dataclass(frozen=True)
class BushBased:
    """Algorithm B: bushes renewed in every iteration, flow shifted between longest and least paths.

    Dial (2006), *A path-based user-equilibrium traffic assignment algorithm that obviates path
    storage and enumeration*, Transportation Research Part B 40; quasi-Newton shifts as in Nie
    (2010), *A class of bush-based algorithms for the traffic assignment problem*, Transportation
    Research Part B 44. Memory grows with origins × nodes, not with pairs.
    """

    name: ClassVar[str] = "bush-based"
    keeps_paths: ClassVar[bool] = False
    passes: int = 20  # over the bushes, at most, between two renewals
    inner_share: float = 0.25  # pass over bushes whose excess is above this share of the mean

    def start(self, problem: Problem, begin: State | None) -> State:
        """Return the first flows: on the bushes of an earlier state, else on shortest paths."""
        if begin is not None and begin.bushes is not None:
            return begin
        time = begin.time_s if begin is not None else None
        return planted(problem, time)

    def search(self, problem: Problem, state: State) -> Search:
        """Find the least costs."""
        return problem.find(state.time_s)

    def step(self, problem: Problem, state: State, search: Search) -> State:
        """Renew the bushes, then pass over those that are far from equilibrium."""
        del search
        if state.bushes is None:
            raise TypeError("the bush-based method needs a state with bushes")
        work = Work(problem, list(state.bushes), state)
        work.renew()
        threshold = self.inner_share * work.mean_excess()
        for _ in range(self.passes):
            if not work.shift(threshold):
                break
        return at_bushes(problem, work.bushes)


class Work:
    """Passes over the bushes, lanes of them side by side, with the link flows that follow.

    The lanes of a round see the flows at its start and their own moves, not each other's; then
    their moves are added up, and shortened where together they go too far. Since Beckmann's
    function is convex, 1 / (lanes of the round) of the way is always downhill. Lanes depend on the
    problem alone, so that the flows are the same to the last bit for any number of threads.
    """

    def __init__(self, problem: Problem, bushes: list[Bushes], state: State) -> None:
        """Begin at the flows of a state. The bushes are replaced by the first ``renew``."""
        self.bushes = bushes
        self._problem = problem
        self._links = (problem.volume(state.class_flow), state.time_s, state.slope)
        self._parts = parts_of(problem)
        self._held: dict[int, Floats] = {}  # flows of parts at the start of the round

    def renew(self) -> None:
        """Renew each bush and shift within it."""
        rounds = max(len(self._parts) // WIDTH, 1)
        for k in range(rounds):
            self._round([[part] for part in range(k, len(self._parts), rounds)], self._renew_part)

    def shift(self, threshold: float) -> int:
        """Shift within the bushes whose excess was at least the threshold; return how many."""
        counts = [int((bushes.excess >= threshold).sum()) for bushes in self.bushes]
        active = [part for part, count in enumerate(counts) if count]
        width = WIDTH if len(self._parts) >= WIDTH else 1

        def work(part: int, links: Links, desk: Desk) -> None:
            bushes, (first, end, k) = self.bushes[part], self._parts[part]
            problem = self._problem
            if width > 1:
                self._held[part] = bushes.flow[: bushes.first_flow[-1]].copy()
            shift_block(
                problem.graph,
                problem.delay,
                problem.pairs.origin[first:end],
                problem.pce[k],
                problem.money_s[k] + problem.closed[k],
                links,
                bushes,
                desk,
                threshold,
            )

        rounds = max(min(sum(counts) // (width * LANE_BUSHES), len(active) // width), 1)
        lanes = [active[k :: rounds * width] for k in range(rounds * width)]
        for k in range(rounds):
            self._round([lane for lane in lanes[k::rounds] if lane], work)
        return sum(counts)

    def mean_excess(self) -> float:
        """Excess of a bush when last looked at, on average [veh/h s]."""
        excess = np.concatenate([bushes.excess for bushes in self.bushes])
        return float(excess.mean()) if excess.size else 0.0

    def _renew_part(self, part: int, links: Links, desk: Desk) -> None:
        problem, old, (first, end, k) = self._problem, self.bushes[part], self._parts[part]
        links_room = int(1.1 * old.first[-1]) + problem.n_links
        flow_room = int(1.1 * old.first_flow[-1]) + problem.n_links
        out = empty_bushes(end - first, links_room, flow_room)
        held = np.empty(flow_room)
        tree = first
        while True:
            tree = renew_block(
                problem.graph,
                problem.delay,
                problem.pairs,
                (first, tree, end),
                problem.pce[k],
                problem.money_s[k] + problem.closed[k],
                links,
                old,
                desk,
                out,
                held,
            )
            if tree == end:
                break
            links_room += links_room // 2
            flow_room += flow_room // 2
            out = widened(out, tree - first, links_room, flow_room)
            held = np.concatenate([held, np.empty(flow_room - held.size)])
        self.bushes[part] = out
        self._held[part] = held

    def _round(self, lanes: list[Lane], work: Callable[[int, Links, Desk], None]) -> None:
        """Do the work of each lane on flows of its own, then go where the lanes lead together."""
        problem = self._problem
        self._held.clear()
        flow = self._links[0]
        found: list[tuple[Floats, float]] = [(flow, 0.0)] * len(lanes)

        def run(i: int) -> None:
            volume = flow.copy()
            desk = make_desk(problem.roads.n_nodes, problem.n_links)
            paid = 0.0
            for part in lanes[i]:
                k = self._parts[part].user_class
                before = volume.copy()
                time, slope = self._links[1:] if part == lanes[i][0] else problem.times(volume)
                cost = time + problem.money_s[k] + problem.closed[k]
                work(part, (volume, cost, slope.copy()), desk)
                paid += float((problem.money_s[k] * (volume - before)).sum())
            found[i] = volume, paid

        blocks.run(run, range(len(lanes)), problem.threads)
        if len(lanes) == 1:
            volume = found[0][0]
            self._links = (volume, *problem.times(volume))
        else:
            change = np.sum([volume - flow for volume, _ in found], axis=0)
            self._land(change, sum(paid for _, paid in found))

    def _land(self, change: Floats, paid: float) -> None:
        """Go along the change of the link flows as far as is downhill."""
        flow, time, _ = self._links
        downhill = float((time * change).sum()) + paid
        step = 1.0
        for _ in range(HALVINGS):
            there = flow + step * change
            time, slope = self._problem.times(there)
            ahead = float((time * change).sum()) + paid
            if ahead <= -TOO_FAR * downhill or downhill >= 0.0:
                break
            step *= max(downhill / (downhill - ahead), 0.5 / WIDTH)
        self._links = (there, time, slope)
        if step < 1.0:
            for part, held in self._held.items():
                end = self.bushes[part].first_flow[-1]
                moved = self.bushes[part].flow[:end]
                moved[:] = held[:end] + step * (moved - held[:end])


def parts_of(problem: Problem) -> list[Part]:
    """Cut the trees into parts of one class, by the size of the problem alone."""
    n_trees = problem.pairs.origin.size
    large = n_trees * problem.roads.n_nodes >= SMALLEST
    edges = np.searchsorted(problem.pairs.tree_class, np.arange(problem.n_classes + 1)).tolist()
    found = []
    for k in range(problem.n_classes):
        size = edges[k + 1] - edges[k]
        number = -(-size * PARTS // n_trees) if large else 1
        found += [
            Part(edges[k] + first, edges[k] + end, k) for first, end in blocks.split(size, number)
        ]
    return found


def planted(problem: Problem, time: Floats | None) -> State:
    """State on first bushes: each origin's shortest tree at the times that those before it left."""
    n_nodes = problem.roads.n_nodes
    volume = np.zeros(problem.n_links)
    free, slope = problem.times(volume)
    none = (
        np.zeros(problem.pairs.origin.size + 1, np.int64),
        np.zeros(0, np.int32),
        np.zeros(0),
    )
    desk = make_desk(n_nodes, problem.n_links)
    found = []
    for first, end, k in parts_of(problem):
        fixed = problem.money_s[k] + problem.closed[k]
        room = (end - first) * n_nodes
        out = empty_bushes(end - first, room, room)
        time, slope = problem.times(volume)
        cost = time + fixed
        plant_block(
            problem.graph,
            problem.delay,
            problem.pairs,
            (first, first, end),
            problem.pce[k],
            fixed,
            (volume, cost, slope),
            none,
            desk,
            out,
        )
        found.append(out)
    return at_bushes(problem, found)


def at_bushes(problem: Problem, bushes: list[Bushes]) -> State:
    """State at the flows of the bushes, summed afresh so that no rounding gathers."""
    parts = parts_of(problem)
    flow = np.zeros((len(parts), problem.n_links))
    blocks.run(lambda i: sum_flows(bushes[i], flow[i]), range(len(parts)), problem.threads)
    class_flow = np.zeros((problem.n_classes, problem.n_links))
    for part, part_flow in zip(parts, flow, strict=True):
        class_flow[part.user_class] += part_flow
    return at_flow(problem, class_flow, bushes=tuple(bushes))
