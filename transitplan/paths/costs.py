"""What a path is measured by: the cost that decides it and the quantities added up along it."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from transitplan.arrays import Floats, Ints, frozen
from transitplan.errors import NotFoundError, ValidationError
from transitplan.graph.hierarchy import restricted
from transitplan.graph.road import RoadGraph
from transitplan.kernels import blocks
from transitplan.kernels.dijkstra import skim_block
from transitplan.kernels.hierarchy import Weights, customise, empty_weights
from transitplan.kernels.skimming import carry, skim_trees

Cost: TypeAlias = str | npt.ArrayLike | None
LARGE = 2_000  # nodes from which, and
MANY_ORIGINS = 32  # origins from which, a contraction hierarchy is faster: benchmarks/skims.py
FIELDS = ("time_s", "delay_s", "length_m", "toll_cny", "money_cny", "cost_s")


def link_cost(roads: RoadGraph, cost: Cost, use: str) -> Floats:
    """Cost of each link for a use, (n_links,) in the graph's order; inf where it may not run.

    Raises
    ------
    NotFoundError
        If ``cost`` names no field.
    ValidationError
        If ``cost`` is an array of another size, negative or empty somewhere.
    """
    if cost is None or isinstance(cost, str):
        name = cost or "time_s"
        known = {"time_s": roads.free_time_s + roads.slower_s(use), "length_m": roads.length_m}
        if name not in known:
            raise NotFoundError(
                f"cost: no field {name!r}. Use one of {', '.join(known)}, or give an array in the "
                "order of the link table."
            )
        values = known[name]
    else:
        values = link_values(roads, cost, what="cost")
    return np.where(roads.allowed(use), values, np.inf)


def link_values(roads: RoadGraph, values: npt.ArrayLike, *, what: str) -> Floats:
    """Take an array in link table order to the graph's order; inf closes a link.

    Turns cost their penalties [s].
    """
    given = np.asarray(values, dtype=np.float64)
    if given.shape != (roads.n_rows,):
        raise ValidationError(
            f"{what}: an array of shape {given.shape} was given; the network has {roads.n_rows} "
            "links, in the order of its link table."
        )
    wrong = ~(given >= 0)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        link = roads.network.links["link_id"].iloc[row]
        raise ValidationError(
            f"{what}: {wrong.sum()} of {given.size} values are negative or empty (link {link}: "
            f"{given[row]}). Give 0 or more; inf closes a link."
        )
    return roads.from_rows(given, at_turns=roads.turn_penalty_s)


def between(
    roads: RoadGraph,
    cost: Floats,
    origins: Ints,
    targets: Ints,
    fields: Sequence[Floats],
    threads: int | None,
) -> Floats:
    """Least cost and the fields along the same paths, (1 + n_fields, n_origins, n_targets)."""
    out = np.empty((1 + len(fields), origins.size, targets.size))
    origins, targets = frozen(origins.copy()), frozen(targets.copy())  # one compiled signature
    stacked = np.array(fields, dtype=np.float64).reshape(len(fields), roads.n_links)
    search = _sweeping if _worth_a_hierarchy(roads, origins.size) else _searching
    work = search(roads, cost, origins, targets, stacked, out)
    blocks.run(work, blocks.split(origins.size), threads)
    return out


def _worth_a_hierarchy(roads: RoadGraph, n_origins: int) -> bool:
    """Whether giving a contraction hierarchy its costs takes less than it saves."""
    return n_origins >= MANY_ORIGINS and roads.arrays.passable.size >= LARGE


Work: TypeAlias = Callable[[tuple[int, int]], None]


def _searching(
    roads: RoadGraph, cost: Floats, origins: Ints, targets: Ints, fields: Floats, out: Floats
) -> Work:
    """Dijkstra from each origin."""

    def work(block: tuple[int, int]) -> None:
        skim_block(roads.arrays, cost, origins, targets, fields, block, out)

    return work


def _sweeping(
    roads: RoadGraph, cost: Floats, origins: Ints, targets: Ints, fields: Floats, out: Floats
) -> Work:
    """Sweeps over the part of the hierarchy that is above origins and targets."""
    whole = roads.hierarchy
    weights = empty_weights(whole.upper.size)
    customise(whole, cost, weights)
    carried = np.zeros((2, whole.upper.size, len(fields)))
    carry(whole, weights, fields, carried[0], carried[1])
    part, arcs = restricted(whole, np.union1d(origins, targets))
    above = Weights(
        weights.up[arcs], weights.down[arcs], weights.up_via[arcs], weights.down_via[arcs]
    )
    along = (carried[0][arcs], carried[1][arcs])

    def work(block: tuple[int, int]) -> None:
        skim_trees(part, above, cost, origins, targets, fields, along, block, out)

    return work
