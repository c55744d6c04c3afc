"""Reference costs of a demand: what its trips cost where they were observed, pair by pair."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from transitplan.arrays import Bools, Floats, Ints
from transitplan.assignment.problem import Problem
from transitplan.assignment.result import Assignment
from transitplan.errors import ValidationError
from transitplan.paths.skim import Skim

Reference: TypeAlias = Assignment | Mapping[str, Skim] | npt.ArrayLike


def cells(problem: Problem) -> tuple[Ints, Ints, Ints]:
    """(class, origin, destination) of each pair in the matrices of the demand, each (n_pairs,)."""
    pairs, roads = problem.pairs, problem.roads
    place = np.full(roads.n_nodes, -1, np.int64)
    place[roads.centroid[roads.zone_ids.get_indexer(problem.demand.zone_ids)]] = np.arange(
        len(problem.demand.zone_ids)
    )
    tree = np.repeat(np.arange(pairs.origin.size), np.diff(pairs.first_pair))
    return pairs.tree_class[tree], place[pairs.origin[tree]], place[pairs.destination]


def reference_cost(reference: Reference, problem: Problem, needed: Bools) -> Floats:
    """Cost of each pair where its demand was observed, (n_pairs,) [s].

    Parameters
    ----------
    reference
        An assignment, its costs by class, or an array (n_classes, n_zones, n_zones) [s].
    problem
        Whose pairs are asked for.
    needed
        Pairs whose cost matters, (n_pairs,); that of the others may be anything.

    Raises
    ------
    ValidationError
        If the reference lacks a class or a zone, does not fit, or has no cost above 0 for a pair
        that needs one.
    """
    class_at, origin, destination = cells(problem)
    if isinstance(reference, Assignment):
        _check_classes(reference, problem)
        reference = reference.skim(["cost_s"])
    if isinstance(reference, Mapping):
        matrix = _from_skims(reference, problem)
    else:
        matrix = np.asarray(reference, dtype=np.float64)
        shape = problem.demand.trips_vph.shape
        if matrix.shape == shape[1:] and shape[0] == 1:
            matrix = matrix[np.newaxis]
        if matrix.shape != shape:
            raise ValidationError(
                f"reference: an array of shape {matrix.shape} was given; the demand has "
                f"(classes, zones, zones) = {shape}."
            )
    cost: Floats = matrix[class_at, origin, destination]
    wrong = needed & ~(np.isfinite(cost) & (cost > 0.0))
    if wrong.any():
        _refuse(problem, cost, wrong, "reference")
    _check_free(problem, needed)
    return cost


def _check_classes(reference: Assignment, problem: Problem) -> None:
    """Seconds of one value of time are not those of another."""
    before = {each.name: each.value_of_time_cny_per_h for each in reference.classes}
    for each in problem.demand.classes:
        value = each.value_of_time_cny_per_h
        if before.get(each.name, value) != value:
            raise ValidationError(
                f"reference: class {each.name} values time at {before[each.name]:g} CNY/h there "
                f"and at {value:g} CNY/h in the demand, so that a cost in seconds is not the same. "
                "Use the same classes, or give reference costs as an array."
            )


def _from_skims(skims: Mapping[str, Skim], problem: Problem) -> Floats:
    demand = problem.demand
    matrix = np.empty(demand.trips_vph.shape)
    for k, each in enumerate(demand.classes):
        if each.name not in skims:
            raise ValidationError(
                f"reference: no costs of class {each.name}; it has {', '.join(skims) or 'none'}. "
                "Give the assignment of a demand with the same classes."
            )
        found = skims[each.name]
        place = found.zone_ids.get_indexer(demand.zone_ids)
        if (place < 0).any():
            raise ValidationError(
                f"reference: {(place < 0).sum()} of {place.size} zones of the demand have no costs "
                f"(zone {demand.zone_ids[place < 0][0]}). Give the costs of a network with all of "
                "its zones."
            )
        matrix[k] = found.array("cost_s")[np.ix_(place, place)]
    return matrix


def _check_free(problem: Problem, needed: Bools) -> None:
    """Demand has no bound where a trip can be free of cost."""
    free, _ = problem.times(np.zeros(problem.n_links))
    label = problem.load(free).label_s
    wrong = needed & ~(label > 0.0)
    if wrong.any():
        _refuse(problem, label, wrong, "network")


def _refuse(problem: Problem, cost: Floats, wrong: Bools, where: str) -> None:
    class_at, origin, destination = cells(problem)
    pair = int(wrong.argmax())
    demand = problem.demand
    raise ValidationError(
        f"{where}: {wrong.sum()} of {wrong.size} pairs with elastic demand have no cost above 0 "
        f"that is finite (class {demand.classes[class_at[pair]].name}, zone "
        f"{demand.zone_ids[origin[pair]]} to {demand.zone_ids[destination[pair]]}: "
        f"{cost[pair]:g} s). Elastic demand answers to a ratio of costs: give connectors a time "
        "above 0, open the route in the reference, or give the class an elasticity of 0."
    )
