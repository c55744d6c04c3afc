"""What the loop and a method of assignment expect of each other."""

from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from transitplan.arrays import Floats
from transitplan.assignment.blend import Blend, Point
from transitplan.assignment.problem import Labels, Problem
from transitplan.kernels.bushes import Bushes
from transitplan.kernels.records import Paths

Search: TypeAlias = Labels


@dataclass(frozen=True, eq=False)
class State:
    """Flows that a method has reached, and what it needs to go on."""

    class_flow: Floats  # (n_classes, n_links) veh/h
    time_s: Floats  # (n_links,) at these flows
    slope: Floats  # (n_links,) s h/pce at these flows
    step: float = 1.0  # how far the last step went, 0 … 1
    stuck: bool = False  # the method can go no further
    earlier: tuple[Point, ...] = field(default=())  # points that conjugate directions remember
    blend: Blend | None = None  # what the flows of a link-based method are made of
    paths: Paths | None = None
    bushes: tuple[Bushes, ...] | None = None  # by part of the trees
    trips: Floats | None = None  # (n_pairs,) veh/h, where demand answers to costs


class Method(Protocol):
    """Interchangeable ways to improve flows; the loop owns the gap and the status."""

    @property
    def name(self) -> str:
        """Name in results and progress."""
        ...

    @property
    def keeps_paths(self) -> bool:
        """Whether its states hold paths, which can be taken to another network."""
        ...

    def start(self, problem: Problem, begin: State | None) -> State:
        """Return the first flows: from an earlier state, else on shortest paths when empty."""
        ...

    def search(self, problem: Problem, state: State) -> Search:
        """Find the least costs at the times of the state, and what the next step needs."""
        ...

    def step(self, problem: Problem, state: State, search: Search) -> State:
        """Return better flows, given a search at the times of the state."""
        ...


def at_flow(problem: Problem, class_flow: Floats, **more: object) -> State:
    """Return the state at these flows, with times and slopes computed."""
    time, slope = problem.times(problem.volume(class_flow))
    return State(class_flow, time, slope, **more)  # type: ignore[arg-type]  # fields of State
