"""The method that is chosen where none is named, and what the result says of it."""

from dataclasses import replace

import numpy as np
import pytest

from tests.answers.cases import sioux_falls
from transitplan.assignment import BushBased, PathBased, assign
from transitplan.assignment.choice import SMALL_PAIRS, suited
from transitplan.assignment.problem import compile_problem
from transitplan.graph import compile_road
from transitplan.model.cases import grid


def problem_of(trees, pairs, nodes):
    """A problem of such a size, to be looked at only."""
    network, demand = grid(3, 3, trips_vph=1.0)
    given = compile_problem(compile_road(network), demand)
    sized = given.pairs._replace(origin=np.zeros(trees), trips=np.zeros(pairs))
    roads = replace(given.roads, passable=np.ones(nodes, dtype=bool), owner=np.arange(nodes))
    return replace(given, pairs=sized, roads=roads)


@pytest.mark.parametrize(
    ("sizes", "gap", "name", "why"),
    [
        ((24, 528, 24), 1e-6, "path-based", "528 pairs are few"),
        ((387, 93_135, 933), 1e-6, "bush-based", "dense: 241 pairs an origin on 933 nodes"),
        ((865, 49_689, 12_981), 1e-6, "path-based", "sparse: 57 pairs an origin"),
        ((1525, 2_324_100, 13_389), 1e-6, "bush-based", "1,524 pairs an origin"),
        ((1525, 2_324_100, 13_389), 1e-2, "biconjugate Frank-Wolfe", "gap of 0.01"),
        ((20_000, 40_000_000, 100_000), 1e-6, "biconjugate Frank-Wolfe", "bushes 36.0 GB"),
    ],
)
def test_gap_density_and_memory_decide(sizes, gap, name, why):
    trees, pairs, nodes = sizes
    found = suited(problem_of(trees, pairs, nodes), gap)
    assert found.method.name == name
    assert why in found.reason


def test_several_classes_go_on_paths():
    problem = problem_of(600, 90_000, 760)
    several = replace(problem, pce=np.ones(4))
    found = suited(several, 1e-8)
    assert found.method.name == "path-based"
    assert found.reason.startswith("Several classes meet sooner on paths; about ")


def test_the_result_says_what_was_chosen_and_why():
    network, demand, _ = sioux_falls()
    roads = compile_road(network)
    found = assign(roads, demand)
    assert demand.trips_vph.size < SMALL_PAIRS
    assert found.method == "path-based"
    assert found.method_reason == "528 pairs are few."
    assert "528 pairs are few." in found.summary()
    assert assign(roads, demand, PathBased()).method_reason == ""
    again = assign(roads, demand, start=found)
    assert again.method_reason == "The earlier assignment has routes to start from."
    again = assign(roads, demand, start=assign(roads, demand, BushBased()))
    assert again.method_reason == "The earlier assignment has bushes to start from."
