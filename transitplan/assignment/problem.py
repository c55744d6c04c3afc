"""The assignment problem as arrays: classes, costs, pairs to load, and trips that cannot be."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats, Ints, frozen
from transitplan.errors import AccountingError, ValidationError, listed
from transitplan.graph.road import RoadGraph
from transitplan.kernels import blocks
from transitplan.kernels.columns import Found, columns_by_sweep, columns_by_tree
from transitplan.kernels.delay import delays
from transitplan.kernels.hierarchy import Hierarchy, Weights, customise, empty_weights
from transitplan.kernels.loading import load_block
from transitplan.kernels.records import Delay, Graph, Int8s, Pairs, Paths
from transitplan.kernels.routes import empty_paths
from transitplan.kernels.select import pick_paths
from transitplan.kernels.sweeps import LANES, label_trees, load_trees
from transitplan.model.demand import Demand

ACCOUNTS = ("demand", "assigned", "intrazonal", "unreachable")
ROUNDING = 1e-9  # share of all trips that two sums may differ by
FEW_TREES = 8  # fewer are not worth a hierarchy

Block: TypeAlias = tuple[int, int, int]  # index, first tree, end tree


@dataclass(frozen=True, eq=False)
class Labels:
    """What the cheapest path of each pair costs."""

    label_s: Floats  # (n_pairs,) least generalised cost; inf where there is no path


@dataclass(frozen=True, eq=False)
class Loading(Labels):
    """All pairs on their shortest paths."""

    class_flow: Floats  # (n_classes, n_links) veh/h


@dataclass(frozen=True, eq=False)
class Columns(Labels):
    """Paths cheaper than all that their pairs have, in blocks of one class."""

    found: list[Found]
    class_at: list[int]  # class of each block


@dataclass(frozen=True, eq=False)
class Picked:
    """Pairs of a loading that use chosen links, and the flows of them alone."""

    pairs: Bools  # (n_pairs,)
    class_flow: Floats  # (n_classes, n_links) veh/h


@dataclass(frozen=True, eq=False)
class Problem:
    """What every method solves; links in the graph's order, flows of classes in vehicles."""

    roads: RoadGraph
    demand: Demand
    graph: Graph
    delay: Delay
    pce: Floats  # (n_classes,)
    money_s: Floats  # (n_classes, n_links) money and, for trucks, time lost on climbs; all finite
    closed: Floats  # (n_classes, n_links), inf where the class may not run, else 0
    pairs: Pairs
    accounts: pd.DataFrame  # class × ACCOUNTS, veh/h
    hierarchy: Hierarchy | None  # None: paths are searched one tree after the other
    threads: int | None = None

    @property
    def n_classes(self) -> int:
        """Number of user classes."""
        return self.pce.size

    @property
    def n_links(self) -> int:
        """Number of links."""
        return self.roads.n_links

    @cached_property
    def class_of_pair(self) -> Ints:
        """Class of each pair, (n_pairs,)."""
        return np.repeat(self.pairs.tree_class, np.diff(self.pairs.first_pair))

    def volume(self, class_flow: Floats) -> Floats:
        """Flow of all classes, (n_links,) [pce/h]."""
        total = np.zeros(self.n_links)
        for pce, flow in zip(self.pce, class_flow, strict=True):
            total += pce * flow
        return total

    def times(self, volume: Floats) -> tuple[Floats, Floats]:
        """Time [s] and slope [s h/pce] of each link at a volume [pce/h]."""
        time, slope = np.empty(self.n_links), np.empty(self.n_links)
        delays(volume, self.delay, time, slope)
        return time, slope

    def find(self, time: Floats) -> Labels:
        """Find the least costs of all pairs at these link times."""
        hierarchy = self.hierarchy
        if hierarchy is None:
            return Labels(self.load(time).label_s)
        label = np.full(self.pairs.trips.size, np.inf)
        costs, weights = self.costs(time), self._weights(time)

        def work(block: Block) -> None:
            _, first, end = block
            k = self.pairs.tree_class[first]
            label_trees(hierarchy, weights[k], costs[k], self.pairs, (first, end), label)

        blocks.run(work, self.blocks(), self.threads)
        return Labels(label)

    def load(self, time: Floats) -> Loading:
        """Load all pairs on the shortest paths at these link times."""
        label = np.full(self.pairs.trips.size, np.inf)
        parts = self.blocks()
        flow = np.zeros((len(parts), self.n_links))
        costs, weights = self.costs(time), self._weights(time)

        def work(block: Block) -> None:
            i, first, end = block
            k = self.pairs.tree_class[first]
            ends = (first, end)
            if self.hierarchy is None:
                load_block(self.graph, self.pairs, costs[k], ends, label, flow[i])
            else:
                load_trees(self.hierarchy, weights[k], costs[k], self.pairs, ends, label, flow[i])

        blocks.run(work, parts, self.threads)
        class_flow = np.zeros((self.n_classes, self.n_links))
        for i, first, _ in parts:  # in block order: the same sum for any number of threads
            class_flow[self.pairs.tree_class[first]] += flow[i]
        return Loading(label, class_flow)

    def columns(self, time: Floats, paths: Paths) -> Columns:
        """Find the least costs, and the paths of pairs whose stored paths all cost more."""
        label = np.full(self.pairs.trips.size, np.inf)
        parts = self.blocks()
        costs, weights = self.costs(time), self._weights(time)
        found: list[Any] = [None] * len(parts)

        def work(block: Block) -> None:
            found[block[0]] = self._paths(block, time, paths, costs, weights, label)

        blocks.run(work, parts, self.threads)
        return Columns(label, found, [int(self.pairs.tree_class[first]) for _, first, _ in parts])

    def pick(self, time: Floats, mark: Int8s, needed: int, wanted: Bools) -> Picked:
        """Load all pairs as ``load`` does, and keep those that use enough of the marked links.

        mark     (n_links,) 1 on the chosen links
        needed   how many of them a trip must use
        wanted   (n_pairs,) pairs that may be kept
        """
        picked = np.zeros(self.pairs.trips.size, dtype=bool)
        parts = self.blocks()
        flow = np.zeros((len(parts), self.n_links))
        none = empty_paths(self.pairs.trips.size, 0, 0)
        costs, weights = self.costs(time), self._weights(time)

        def work(block: Block) -> None:
            found = self._paths(block, time, none, costs, weights, np.empty(picked.size))
            asked = (mark, needed, wanted)
            pick_paths(found, self.pairs.trips, asked, picked, flow[block[0]])

        blocks.run(work, parts, self.threads)
        class_flow = np.zeros((self.n_classes, self.n_links))
        for i, first, _ in parts:
            class_flow[self.pairs.tree_class[first]] += flow[i]
        return Picked(picked, class_flow)

    def _paths(
        self,
        block: Block,
        time: Floats,
        paths: Paths,
        costs: Floats,
        weights: list[Weights],
        out_label: Floats,
    ) -> Found:
        """Label the pairs of a block; return paths cheaper than all that their pairs have."""
        _, first, end = block
        k = self.pairs.tree_class[first]
        given = (costs[k], self.pairs, paths, time, (first, end), out_label)
        found: Found
        if self.hierarchy is None:
            found = columns_by_tree(self.graph, *given)
        else:
            found = columns_by_sweep(self.hierarchy, weights[k], *given)
        return found

    def costs(self, time: Floats) -> Floats:
        """Generalised cost, (n_classes, n_links) [s]; inf where the class may not run."""
        costs: Floats = time + self.money_s + self.closed
        return costs

    def _weights(self, time: Floats) -> list[Weights]:
        """Weights of the hierarchy's arcs for each class; none without a hierarchy."""
        if self.hierarchy is None:
            return []
        hierarchy = self.hierarchy
        weights = [empty_weights(hierarchy.upper.size) for _ in range(self.n_classes)]
        costs = self.costs(time)

        def work(k: int) -> None:
            customise(hierarchy, costs[k], weights[k])

        blocks.run(work, range(self.n_classes), self.threads)
        return weights

    def blocks(self) -> list[Block]:
        """Fixed blocks of trees of one class, in whole sweeps as far as there are enough."""
        edges = np.searchsorted(self.pairs.tree_class, np.arange(self.n_classes + 1)).tolist()
        parts = [
            (start + LANES * first, min(start + LANES * end, stop))
            for start, stop in pairwise(edges)
            for first, end in blocks.split(-(-(stop - start) // LANES))
        ]
        return [(i, first, end) for i, (first, end) in enumerate(parts)]


def compile_problem(roads: RoadGraph, demand: Demand, *, threads: int | None = None) -> Problem:
    """Turn a demand into pairs to load, and account for every trip.

    Raises
    ------
    ValidationError
        If a zone of the demand is not in the network, or no trip of a class can be assigned.
    """
    zone_node = roads.centroid[_zone_places(roads, demand)]
    pairs = _pairs(demand.trips_vph, zone_node)
    n_links = roads.n_links
    closed = np.zeros((len(demand.classes), n_links))
    money = np.zeros((len(demand.classes), n_links))
    for each, money_row, closed_row in zip(demand.classes, money, closed, strict=True):
        closed_row[~roads.allowed(each.use)] = np.inf
        money_s = each.money_s(roads.toll_cny(each.payer), roads.length_m)
        money_row[:] = money_s + roads.slower_s(each.use)
    every = Problem(
        roads,
        demand,
        roads.arrays,
        roads.delay,
        np.array([each.pce for each in demand.classes]),
        money,
        closed,
        pairs,
        pd.DataFrame(),
        roads.hierarchy if pairs.origin.size >= FEW_TREES else None,
        threads,
    )
    free_s, _ = every.times(np.zeros(n_links))
    reached = np.isfinite(every.find(free_s).label_s)
    kept = _keep(pairs, reached)
    accounts = _accounts(demand, pairs, reached)
    _check_accounts(demand, accounts)
    return Problem(
        roads,
        demand,
        every.graph,
        every.delay,
        every.pce,
        money,
        closed,
        kept,
        accounts,
        every.hierarchy,
        threads,
    )


def check_balance(problem: Problem, class_flow: Floats) -> None:
    """Check that each class's flow in, flow out and trips agree at every node.

    Raises
    ------
    AccountingError
        If trips were lost or invented on the way.
    """
    pairs, roads = problem.pairs, problem.roads
    origin = np.repeat(pairs.origin, np.diff(pairs.first_pair))
    class_of = np.repeat(pairs.tree_class, np.diff(pairs.first_pair))
    for k in range(problem.n_classes):
        mine = class_of == k
        trips = pairs.trips[mine]
        surplus = (
            np.bincount(roads.tail, class_flow[k], roads.n_nodes)
            - np.bincount(roads.head, class_flow[k], roads.n_nodes)
            - np.bincount(origin[mine], trips, roads.n_nodes)
            + np.bincount(pairs.destination[mine], trips, roads.n_nodes)
        )
        worst = int(np.abs(surplus).argmax()) if surplus.size else 0
        if surplus.size and abs(surplus[worst]) > ROUNDING * max(trips.sum(), 1.0):
            node = roads.node_ids[roads.owner[worst]]
            raise AccountingError(
                f"class {problem.demand.classes[k].name}, node {node}: "
                f"{surplus[worst]:g} veh/h more leave than arrive and start. Please report this."
            )


def _zone_places(roads: RoadGraph, demand: Demand) -> Ints:
    """Position of each zone of the demand among the zones of the network."""
    place = roads.zone_ids.get_indexer(demand.zone_ids)
    unknown = demand.zone_ids[place < 0]
    if len(unknown):
        raise ValidationError(
            f"demand {demand.name}: {len(unknown)} of {len(demand.zone_ids)} zones are not "
            f"zones of network {roads.network.name} (zone {listed(unknown)}). Its zone ids look "
            f"like {roads.zone_ids[:3].tolist()}. Correct zone.csv or the lookup of the matrix."
        )
    return place.astype(np.int64)


def _pairs(trips: Floats, zone_node: Ints) -> Pairs:
    """Pairs with trips between different zones, by class, origin and destination."""
    between = trips.copy()
    between[:, np.arange(zone_node.size), np.arange(zone_node.size)] = 0.0
    class_at, origin_at, destination_at = np.nonzero(between)
    tree_of_pair = class_at * zone_node.size + origin_at
    first = np.flatnonzero(np.diff(tree_of_pair, prepend=-1))  # they ascend
    tree = tree_of_pair[first]
    return Pairs(
        tree_class=frozen(tree // max(zone_node.size, 1)),
        origin=frozen(zone_node[tree % max(zone_node.size, 1)]),
        first_pair=frozen(np.append(first, tree_of_pair.size).astype(np.int64)),
        destination=frozen(zone_node[destination_at]),
        trips=frozen(between[class_at, origin_at, destination_at]),
    )


def _keep(pairs: Pairs, kept: "np.ndarray[Any, np.dtype[np.bool_]]") -> Pairs:
    """Leave out the other pairs, and the trees that have none left."""
    count = np.concatenate([[0], np.cumsum(kept)])[pairs.first_pair]
    filled = np.diff(count) > 0
    return Pairs(
        tree_class=frozen(pairs.tree_class[filled]),
        origin=frozen(pairs.origin[filled]),
        first_pair=frozen(np.append(count[:-1][filled], kept.sum()).astype(np.int64)),
        destination=frozen(pairs.destination[kept]),
        trips=frozen(pairs.trips[kept]),
    )


def _accounts(
    demand: Demand, pairs: Pairs, reached: "np.ndarray[Any, np.dtype[np.bool_]]"
) -> pd.DataFrame:
    """Where the trips of each class went, class × ACCOUNTS [veh/h]."""
    n_classes = len(demand.classes)
    class_of = np.repeat(pairs.tree_class, np.diff(pairs.first_pair))
    assigned = np.bincount(class_of[reached], pairs.trips[reached], n_classes)
    unreachable = np.bincount(class_of[~reached], pairs.trips[~reached], n_classes)
    return pd.DataFrame(
        {
            "demand": demand.trips_vph.sum(axis=(1, 2)),
            "assigned": assigned,
            "intrazonal": np.trace(demand.trips_vph, axis1=1, axis2=2),
            "unreachable": unreachable,
        },
        index=pd.Index([each.name for each in demand.classes], name="class"),
    )


def _check_accounts(demand: Demand, accounts: pd.DataFrame) -> None:
    rest = accounts["demand"] - accounts[list(ACCOUNTS[1:])].sum(axis=1)
    lost = rest.abs() > ROUNDING * accounts["demand"].clip(lower=1.0)
    if lost.any():
        raise AccountingError(
            f"demand {demand.name}: {rest[lost].iloc[0]:g} veh/h of class {rest[lost].index[0]} "
            "are neither assigned, intrazonal nor unreachable. Please report this."
        )
    stranded = (accounts["unreachable"] > 0) & (accounts["assigned"] == 0)
    if stranded.any():
        raise ValidationError(
            f"demand {demand.name}: none of the {row['unreachable']:g} veh/h of class {name} "
            "between different zones can be assigned: no route is open to its use. Check "
            "allowed_uses in link.csv, one-way links and connectors."
            for name, row in accounts[stranded].iterrows()
        )
