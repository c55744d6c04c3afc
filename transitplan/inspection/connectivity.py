"""Rules about where each use gets to: parts cut off, ways in without a way out, zones left alone.

The largest strongly connected part of the roads that a use may drive is its main part; nodes that
nobody passes through (centroids) and turns that are banned count as in a run. Every other node is
held against it: can it be reached from there, and does a way lead back?
"""

from collections.abc import Iterator
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Ints
from transitplan.graph.turns import Split, split_nodes
from transitplan.inspection.rules import Found, Rule, Subject, listed
from transitplan.model.checks import not_passable


class Reach(NamedTuple):
    """Where the uses of one group get to; nodes are rows of the node table."""

    uses: str
    touched: Bools  # (n_nodes,) a link of theirs starts or ends there
    on_road: Bools  # (n_nodes,) one that is no connector
    reached: Bools  # (n_nodes,) from the main part
    returns: Bools  # (n_nodes,) to the main part
    stuck: Ints  # links whose end can be left, but by banned turns only
    ends: tuple[Ints, Ints]  # rows of nodes at both ends of their links


_KEPT: "WeakKeyDictionary[Subject, list[Reach]]" = WeakKeyDictionary()


def reaches(subject: Subject) -> list[Reach]:
    """Return the reach of each group of uses that runs on any link, computed once."""
    if subject not in _KEPT:
        passable = ~not_passable(subject.nodes["node_type"])
        split = split_nodes(subject.network, subject.tail, subject.head, passable, every_turn=False)
        _KEPT[subject] = [
            _reach(subject, split, names)
            for names in subject.uses.values()
            if subject.network.allowed(names[0]).any()
        ]
    return _KEPT[subject]


def _reach(subject: Subject, split: Split, names: tuple[str, ...]) -> Reach:
    allowed = subject.network.allowed(names[0])
    turns = np.ones(split.turn_tail.size, dtype=bool)
    on_list = split.turn_movement >= 0
    if on_list.any():
        may_turn = subject.network.allowed(names[0], table="movement")
        turns[on_list] = may_turn[split.turn_movement[on_list]]
    tail = np.concatenate([split.tail[allowed], split.turn_tail[turns]])
    head = np.concatenate([split.head[allowed], split.turn_head[turns]])
    reached, returns = _both_ways(tail, head, split.passable)
    n_nodes = len(subject.node_ids)
    ends = subject.tail[allowed], subject.head[allowed]
    road = allowed & ~subject.is_connector
    touched = _marked(n_nodes, *ends)
    on_road = _marked(n_nodes, subject.tail[road], subject.head[road])
    entry = split.head  # of each link of the table
    left = returns[:n_nodes][subject.head]
    stuck = np.flatnonzero(allowed & reached[entry] & ~returns[entry] & left)
    return Reach(
        ", ".join(names), touched, on_road, reached[:n_nodes], returns[:n_nodes], stuck, ends
    )


def _marked(size: int, *places: Any) -> Bools:
    found = np.zeros(size, dtype=bool)
    found[np.concatenate(places)] = True
    return found


def _both_ways(tail: Ints, head: Ints, passable: Bools) -> tuple[Bools, Bools]:
    """Nodes that can be reached from the main part, and nodes that reach it."""
    from scipy.sparse.csgraph import connected_components

    size = passable.size
    core = passable[tail] & passable[head]
    _, part = connected_components(_matrix(tail[core], head[core], size), connection="strong")
    inside = _marked(size, tail, head)
    counts = np.bincount(part[inside & passable], minlength=1)
    start = int(np.flatnonzero(inside & passable & (part == counts.argmax()))[:1].sum())
    onwards, back = passable[tail], passable[head]
    return (
        _flood(_matrix(tail[onwards], head[onwards], size), start),
        _flood(_matrix(head[back], tail[back], size), start),
    )


def _matrix(tail: Ints, head: Ints, size: int) -> Any:
    from scipy.sparse import csr_matrix

    return csr_matrix((np.ones(tail.size, dtype=np.int8), (tail, head)), shape=(size, size))


def _flood(matrix: Any, start: int) -> Bools:
    from scipy.sparse.csgraph import breadth_first_order

    return _marked(matrix.shape[0], breadth_first_order(matrix, start, return_predecessors=False))


def _parts(subject: Subject, reach: Reach, wrong: Bools, what: str) -> Iterator[Found]:
    """One finding for each connected group of nodes that have the same trouble."""
    from scipy.sparse.csgraph import connected_components

    if not wrong.any():
        return
    tail, head = reach.ends
    inside = wrong[tail] & wrong[head]
    matrix = _matrix(tail[inside], head[inside], wrong.size)
    _, part = connected_components(matrix, directed=False)
    rows = np.flatnonzero(wrong)
    for _, group in pd.Series(rows).groupby(part[rows], sort=False):
        ids = [subject.node_ids[row] for row in group]
        size = "1 node" if len(ids) == 1 else f"{len(ids)} nodes ({listed(ids)})"
        yield subject.at_node(int(group.iloc[0]), f"{reach.uses}: {size} {what}")


def cut_off(subject: Subject) -> Iterator[Found]:
    """Parts that nothing leads to and nothing leads from."""
    for reach in reaches(subject):
        wrong = reach.on_road & ~reach.reached & ~reach.returns & ~_has_zone(subject)
        yield from _parts(subject, reach, wrong, "cut off from the main part of the network")


def traps(subject: Subject) -> Iterator[Found]:
    """Parts with a way in and no way out."""
    for reach in reaches(subject):
        wrong = reach.on_road & reach.reached & ~reach.returns & ~_has_zone(subject)
        yield from _parts(subject, reach, wrong, "can be entered and not left")


def no_way_in(subject: Subject) -> Iterator[Found]:
    """Parts with a way out and no way in."""
    for reach in reaches(subject):
        wrong = reach.on_road & ~reach.reached & reach.returns & ~_has_zone(subject)
        yield from _parts(subject, reach, wrong, "can be left and not entered")


def turn_traps(subject: Subject) -> Iterator[Found]:
    """Links at whose end every turn that leads on is banned."""
    for reach in reaches(subject):
        for row in reach.stuck.tolist():
            node = subject.node_ids[subject.head[row]]
            what = f"no turn that leads on is open at its end, node {node}"
            yield subject.at_link(row, f"{reach.uses}: {what}")


def zones_cut_off(subject: Subject) -> Iterator[Found]:
    """Zones whose trips cannot start or end on the main part."""
    ids, rows = _centroids(subject)
    for reach in reaches(subject):
        for zone, row in zip(ids, rows.tolist(), strict=True):
            if not reach.touched[row]:
                what = "no link lets it in or out"
            elif not (reach.reached[row] or reach.returns[row]):
                what = "cut off from the main part of the network"
            elif not reach.reached[row]:
                what = "its trips can leave and none can arrive"
            elif not reach.returns[row]:
                what = "trips can arrive and none can leave"
            else:
                continue
            yield Found(zone, f"{reach.uses}: {what}", subject.at_node(row, "").at)


def zones_half_joined(subject: Subject) -> Iterator[Found]:
    """Zones without any link in, or without any link out."""
    ids, rows = _centroids(subject)
    comes, goes = np.isin(rows, subject.head), np.isin(rows, subject.tail)
    for zone, row, into, out in zip(ids, rows.tolist(), comes, goes, strict=True):
        if not (into and out):
            way = "leads to" if not into else "leaves"
            yield Found(zone, f"no link {way} its centroid", subject.at_node(row, "").at)


def isolated(subject: Subject) -> Iterator[Found]:
    """Nodes without links."""
    lonely = ~_marked(len(subject.node_ids), subject.tail, subject.head)
    for row in np.flatnonzero(lonely).tolist():
        yield subject.at_node(row, "no link starts or ends here")


def through_connectors(subject: Subject) -> Iterator[Found]:
    """Connectors between nodes that traffic may pass, so that it may run through the zone."""
    passable = ~not_passable(subject.nodes["node_type"])
    wrong = subject.is_connector & passable[subject.tail] & passable[subject.head]
    for row in np.flatnonzero(wrong).tolist():
        yield subject.at_link(row, "traffic may pass both its ends, so others may drive through it")


def uses_without_link(subject: Subject) -> Iterator[Found]:
    """Uses that are defined and may run nowhere."""
    for names in subject.uses.values():
        if not subject.network.allowed(names[0]).any():
            for name in names:
                yield Found(name, "no link lets it in")


def _has_zone(subject: Subject) -> Bools:
    found: Bools = subject.nodes["zone_id"].notna().to_numpy()
    return found


def _centroids(subject: Subject) -> tuple[list[Any], Ints]:
    """Zones and the rows of their nodes."""
    nodes = subject.nodes
    rows = np.flatnonzero(nodes["zone_id"].notna().to_numpy())
    return nodes["zone_id"].iloc[rows].tolist(), rows


RULES = (
    Rule(
        "zone-cut-off", "error", "zone",
        "a zone that a use cannot leave for the others, or cannot reach from them",
        "某类车辆无法驶出或到达的小区",
        "Add or turn a connector or link, or correct allowed_uses.",
        "补充或改正连接线、路段方向或 allowed_uses。",
        zones_cut_off,
    ),
    Rule(
        "zone-connector", "error", "zone",
        "a zone with no link in, or none out",
        "缺少进或出连接线的小区",
        "Add the connector of the other direction to link.csv.",
        "在 link.csv 中补上另一方向的连接线。",
        zones_half_joined,
    ),
    Rule(
        "part-cut-off", "warning", "node",
        "roads that a use cannot get to from the main part, nor back",
        "与主网不连通的部分",
        "Join them to the network, or take them out.",
        "接入路网，或删除。",
        cut_off,
    ),
    Rule(
        "trap", "warning", "node",
        "roads that a use can enter and not leave",
        "能进不能出的道路",
        "Add the missing link or turn the last one round.",
        "补上缺失路段，或改正方向。",
        traps,
    ),
    Rule(
        "no-way-in", "warning", "node",
        "roads that a use can leave and not enter",
        "能出不能进的道路",
        "Add the missing link or turn the first one round.",
        "补上缺失路段，或改正方向。",
        no_way_in,
    ),
    Rule(
        "turn-trap", "warning", "link",
        "a link at whose end banned turns leave no way on",
        "转向禁令使路段末端无路可走",
        "Open a turn in movement.csv.",
        "在 movement.csv 中放开一个转向。",
        turn_traps,
    ),
    Rule(
        "node-isolated", "warning", "node",
        "a node without links",
        "孤立节点",
        "Join it or delete the row.",
        "接入路网或删除该行。",
        isolated,
    ),
    Rule(
        "connector-through", "warning", "link",
        "a connector that traffic of other zones may drive through",
        "可被过境交通穿越的连接线",
        "Make the zone's node a centroid (node_type).",
        "将小区节点的 node_type 设为 centroid。",
        through_connectors,
    ),
    Rule(
        "use-without-link", "warning", "use_definition",
        "a use that no link lets in",
        "没有任何路段可用的车种",
        "Correct allowed_uses, or take the use out.",
        "改正 allowed_uses，或删除该车种。",
        uses_without_link,
    ),
)  # fmt: skip
