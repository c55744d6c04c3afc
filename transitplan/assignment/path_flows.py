"""What principles that need the flows of routes take from the path-based method, in one place."""

import numpy as np

from transitplan.assignment.method import Method, Search, State
from transitplan.assignment.path_based import PathBased, extended
from transitplan.assignment.problem import Problem
from transitplan.errors import ValidationError
from transitplan.kernels.records import Paths


def on_paths(principle: str, method: Method | None) -> PathBased:
    """Return the path-based method that a principle of path flows builds on.

    Raises
    ------
    ValidationError
        If another method was asked for.
    """
    if method is None:
        return PathBased()
    if not isinstance(method, PathBased):
        raise ValidationError(
            f"assign: {method.name} cannot solve for {principle}, which needs the flows of "
            "routes. Leave method out, or use PathBased()."
        )
    return method


def with_found(problem: Problem, state: State, search: Search) -> Paths:
    """Return a new pool: the paths of a state, and those of the search that are cheaper."""
    if state.paths is None:
        raise TypeError("a method of path flows needs a state with paths")
    return extended(problem, state.paths, search)


def to_come(seen: float, before: float) -> float:
    """Estimate what is left after a pass, from what two passes saw on their way.

    A pass sees each pair just before its move, and misses what later moves undo. Where passes
    shrink what they see by a factor ρ, the moves still to come add up to seen / (1 − ρ).
    """
    if seen == 0.0:
        return 0.0
    return seen * before / (before - seen) if seen < before else np.inf
