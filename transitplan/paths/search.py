"""Least costs from many origins to the same targets: made ready once, then given by rows.

A few origins, or a small network, are searched by Dijkstra's method; many origins of a large one
are swept over a contraction hierarchy. Which it is depends on these two sizes alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from transitplan.arrays import Floats, Ints, frozen
from transitplan.graph.hierarchy import restricted
from transitplan.graph.road import RoadGraph
from transitplan.kernels import blocks
from transitplan.kernels.dijkstra import skim_block
from transitplan.kernels.hierarchy import Hierarchy, Weights, customise, empty_weights
from transitplan.kernels.records import Graph
from transitplan.kernels.skimming import Origins, Room, carry, new_room, skim_trees
from transitplan.kernels.sweeps import LANES
from transitplan.memory import check_memory

LARGE = 2_000  # nodes from which, and
MANY_ORIGINS = 32  # origins from which, a contraction hierarchy is faster: benchmarks/skims.py
MOST = 0.5  # of the nodes are asked for: then leaving out the others saves nothing
BYTES = 8  # of a number
BOARD_BYTES = 20  # of a rank in a sweep of one origin
SEARCH_BYTES = 52  # of a node in Dijkstra's method
HINT = "Ask for fewer origins at a time, or write zones to a file: write_skim, transitplan skim."
Work: TypeAlias = Callable[[tuple[int, int]], None]


class Above(NamedTuple):
    """The part of a hierarchy that is above origins and targets, with its costs."""

    hierarchy: Hierarchy
    weights: Weights
    along: tuple[Floats, Floats]  # quantities of its arcs, up and down, (n_arcs, n_fields)


@dataclass(frozen=True, eq=False)
class Search:
    """What the rows of a matrix are computed from: arrays alone, so that it can be sent away."""

    cost: Floats  # (n_links,) inf where closed
    origins: Ints  # (n_origins,) nodes
    targets: Ints  # (n_targets,) nodes
    fields: Floats  # (n_fields, n_links)
    ground: Graph | Above  # what Dijkstra's method runs on, or the sweeps

    def rows(
        self, first: int, end: int, *, threads: int | None = None, out: Floats | None = None
    ) -> Floats:
        """Least cost and the fields of some origins, (1 + n_fields, end - first, n_targets).

        out
            Array of that shape to be filled: memory that was used before is faster than new.
        """
        origins = frozen(self.origins[first:end].copy())  # one compiled signature
        shape = (1 + len(self.fields), origins.size, self.targets.size)
        if out is None:
            size = BYTES * int(np.prod(shape))
            check_memory(size, f"{shape[1]:,} × {shape[2]:,} costs", advice=HINT)
            out = np.empty(shape)
        if isinstance(self.ground, Above):
            groups = -(-origins.size // LANES)  # a block that is no multiple sweeps empty lanes
            cut = [(a * LANES, min(b * LANES, origins.size)) for a, b in blocks.split(groups)]
            blocks.run(self._sweeping(self.ground, origins, out), cut, threads)
        else:
            blocks.run(
                self._searching(self.ground, origins, out), blocks.split(origins.size), threads
            )
        return out

    @property
    def scratch_bytes(self) -> int:
        """Memory that one thread works in."""
        if isinstance(self.ground, Above):
            n_ranked = self.ground.hierarchy.parent.size
            return (BOARD_BYTES + BYTES * len(self.fields)) * LANES * n_ranked
        return SEARCH_BYTES * self.ground.passable.size

    def _searching(self, graph: Graph, origins: Ints, out: Floats) -> Work:
        """Dijkstra from each origin."""

        def work(block: tuple[int, int]) -> None:
            skim_block(graph, self.cost, origins, self.targets, self.fields, block, out)

        return work

    def _sweeping(self, above: Above, origins: Ints, out: Floats) -> Work:
        """Sweeps over the part of the hierarchy, near origins at once."""
        hierarchy, weights, along = above
        doors = np.append(hierarchy.entry, 0)  # the last one: for a node without any
        row = np.argsort(doors[hierarchy.first_entry[origins]], kind="stable")
        sorted_ = Origins(frozen(origins[row]), frozen(row))
        free: list[Room] = []  # of threads that are done with a block

        def work(block: tuple[int, int]) -> None:
            try:
                room = free.pop()
            except IndexError:
                room = new_room(hierarchy.parent.size, len(self.fields))
            skim_trees(
                hierarchy,
                weights,
                self.cost,
                sorted_,
                self.targets,
                self.fields,
                along,
                block,
                room,
                out,
            )
            free.append(room)

        return work


def prepare(
    roads: RoadGraph, cost: Floats, origins: Ints, targets: Ints, fields: Sequence[Floats]
) -> Search:
    """Make a search ready: give the hierarchy these costs where the search is a large one."""
    stacked = np.array(fields, dtype=np.float64).reshape(len(fields), roads.n_links)
    origins, targets = frozen(origins.copy()), frozen(targets.copy())
    if origins.size < MANY_ORIGINS or roads.n_nodes < LARGE:
        return Search(cost, origins, targets, stacked, roads.arrays)
    return Search(cost, origins, targets, stacked, _above(roads, cost, origins, targets, stacked))


def between(
    roads: RoadGraph,
    cost: Floats,
    origins: Ints,
    targets: Ints,
    fields: Sequence[Floats],
    threads: int | None,
    out: Floats | None = None,
) -> Floats:
    """Least cost and the fields along the same paths, (1 + n_fields, n_origins, n_targets)."""
    search = prepare(roads, cost, origins, targets, fields)
    return search.rows(0, origins.size, threads=threads, out=out)


def _above(roads: RoadGraph, cost: Floats, origins: Ints, targets: Ints, fields: Floats) -> Above:
    whole = roads.hierarchy
    weights = empty_weights(whole.upper.size)
    customise(whole, cost, weights)
    up, down = (np.zeros((whole.upper.size, len(fields))) for _ in range(2))
    if len(fields):
        carry(whole, weights, fields, up, down)
    asked = np.zeros(roads.n_nodes, np.bool_)
    asked[origins] = asked[targets] = True
    ends = np.flatnonzero(asked)
    if ends.size >= MOST * roads.n_nodes:
        return Above(whole, weights, (up, down))
    part, arcs = restricted(whole, ends)
    kept = Weights(
        weights.up[arcs], weights.down[arcs], weights.up_via[arcs], weights.down_via[arcs]
    )
    return Above(part, kept, (up[arcs], down[arcs]))
