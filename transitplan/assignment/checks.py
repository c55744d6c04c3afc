"""What an assignment refuses, and in which words."""

from collections.abc import Iterator

import numpy as np

from transitplan.arrays import Floats
from transitplan.assignment.problem import Problem
from transitplan.errors import ValidationError
from transitplan.graph.road import RoadGraph
from transitplan.model.demand import Demand

ENDLESS_S = 1e150  # a time that no sum or product survives


def argument_problems(
    roads: object,
    demand: object,
    method: object,
    gap: object,
    max_iterations: object,
    threads: object,
) -> list[str]:
    """Problems of the arguments of ``assign``."""
    return list(_problems(roads, demand, method, gap, max_iterations, threads))


def _problems(
    roads: object,
    demand: object,
    method: object,
    gap: object,
    max_iterations: object,
    threads: object,
) -> Iterator[str]:
    if not isinstance(roads, RoadGraph):
        kind = type(roads).__name__
        yield f"assign: roads is a {kind}; give a compiled network, compile_road(network)."
    if not isinstance(demand, Demand):
        kind = type(demand).__name__
        yield f"assign: demand is a {kind}; give a Demand, as from read_demand or build_demand."
    if isinstance(method, type) or (method is not None and not hasattr(method, "step")):
        name = method.__name__ if isinstance(method, type) else repr(method)
        yield f"assign: method is {name}; give a method with its brackets, as PathBased()."
    if not (isinstance(gap, int | float) and 0 <= gap < 1):
        yield f"assign: gap is {gap!r}; it must be a number from 0 to below 1."
    if not (isinstance(max_iterations, int | np.integer) and max_iterations >= 0):
        yield f"assign: max_iterations is {max_iterations!r}; it must be a whole number from 0 up."
    if threads is not None and not (isinstance(threads, int | np.integer) and threads >= 1):
        yield f"assign: threads is {threads!r}; it must be a whole number from 1 up, or None."


def check_times(problem: Problem, class_flow: Floats, time: Floats) -> None:
    """Refuse times that no sum survives.

    Raises
    ------
    ValidationError
        If a link is so much too small for its flow that its time cannot be reckoned with.
    """
    worst = int(time.argmax()) if time.size else 0
    if time.size and not time[worst] < ENDLESS_S:
        roads = problem.roads
        raise ValidationError(
            f"link {roads.link_ids[worst]}: {problem.volume(class_flow)[worst]:g} pce/h on a "
            f"capacity of {roads.capacity_vph[worst]:g} pce/h take {time[worst]:g} s. Correct its "
            "capacity, lanes, vdf_alpha or vdf_beta, or their units."
        )
