"""Which method suits a problem, and why: by the gap asked for, the demand's density and memory.

What was measured, to a gap of 1e-6 on one core: bushes take half the time of paths on
Chicago-Sketch (240 pairs an origin on 933 nodes) and two thirds on Austin (209 on 7,466); paths
take a third of the time of bushes on Berlin-Center (57 on 12,981). With several classes bushes
are slow to the finest gaps: the four classes of Jinan took 21 iterations on paths to 1e-8 and 198
on bushes.
"""

from typing import NamedTuple

from transitplan.assignment.bush_based import BushBased
from transitplan.assignment.link_based import BiconjugateFrankWolfe
from transitplan.assignment.method import Method
from transitplan.assignment.path_based import PathBased
from transitplan.assignment.problem import Problem
from transitplan.assignment.result import Assignment

COARSE_GAP = 1e-2  # from here on link flows alone are as quick, and need no memory
SMALL_PAIRS = 30_000  # fewer are solved in a moment, and routes are good to have
SPARSE = 0.01  # pairs of an origin, as a share of the nodes
MEMORY_BYTES = 2**30  # what paths or bushes may take
ROUTES_A_PAIR = 2  # at equilibrium, about
BUSH_LINKS_A_NODE = 1.5  # about, of 12 bytes each
BYTES_A_PATH = 32
BYTES_A_LINK = 4


class Choice(NamedTuple):
    """A method, and a sentence on why."""

    method: Method
    reason: str


def suited(problem: Problem, gap: float, start: Assignment | None = None) -> Choice:
    """Choose the method for a problem that none was named for."""
    method: Method
    if start is not None and (start.routes is not None or start.bushes is not None):
        method, has = (PathBased(), "routes") if start.routes else (BushBased(), "bushes")
        return Choice(method, f"The earlier assignment has {has} to start from.")
    trees, pairs, nodes = (
        problem.pairs.origin.size,
        problem.pairs.trips.size,
        problem.roads.n_nodes,
    )
    paths_bytes = pairs * ROUTES_A_PAIR * (BYTES_A_LINK * nodes**0.5 + BYTES_A_PATH)
    bushes_bytes = trees * nodes * BUSH_LINKS_A_NODE * 12
    if pairs <= SMALL_PAIRS:
        return Choice(PathBased(), f"{pairs:,} pairs are few.")
    if gap >= COARSE_GAP:
        return Choice(BiconjugateFrankWolfe(), f"Link flows are enough for a gap of {gap:g}.")
    sparse = pairs <= SPARSE * trees * nodes
    sizes = f"{pairs / trees:,.0f} pairs an origin on {nodes:,} nodes"
    if (sparse or problem.n_classes > 1) and paths_bytes <= MEMORY_BYTES:
        why = f"Demand is sparse: {sizes}" if sparse else "Several classes meet sooner on paths"
        return Choice(PathBased(), f"{why}; about {paths_bytes / 1e6:,.0f} MB of paths.")
    if bushes_bytes <= MEMORY_BYTES:
        why = "sparse, but paths take much memory" if sparse else "dense"
        return Choice(
            BushBased(),
            f"Demand is {why}: {sizes}; about {bushes_bytes / 1e6:,.0f} MB of bushes, "
            f"{paths_bytes / 1e6:,.0f} MB of paths.",
        )
    return Choice(
        BiconjugateFrankWolfe(),
        f"Paths would take {paths_bytes / 1e9:,.1f} GB and bushes {bushes_bytes / 1e9:,.1f} GB.",
    )
