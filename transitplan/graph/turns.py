"""Nodes with turn bans or penalties, split so that each such turn is a link of its own.

Only a node with a listed turn that is banned to some use or takes time is split, so that a network
with few of them stays as small as it was. Node N keeps its place for paths that start or end there
and is no longer passed through. Traffic passes by new nodes around it:

* links in: each that a listed turn comes from enters a node of its own, the others one together;
* links out: each that a listed turn goes to leaves a node of its own, the others one together;
* turn links: from every entry to every exit, from every entry to N and from N to every exit. They
  have no length and no capacity; the listed ones take their penalty and keep their bans.

That is the line graph (Caldwell 1961, *On finding minimum routes in a network with turn penalties*,
Communications of the ACM 4) of the listed turns alone: every path keeps its cost.
"""

from collections import defaultdict
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats, Ints
from transitplan.model.network import Network


class Split(NamedTuple):
    """Ends of all links after splitting, and the links that turns are."""

    tail: Ints  # (n_rows,) node each link of the link table leaves
    head: Ints  # (n_rows,) node it enters
    owner: Ints  # (n_nodes,) row of the node table that each node stands for
    passable: Bools  # (n_nodes,)
    turn_tail: Ints  # (n_turns,)
    turn_head: Ints  # (n_turns,)
    turn_movement: Ints  # (n_turns,) row of the movement table, -1 where none lists the turn
    turn_penalty_s: Floats  # (n_turns,)


def split_nodes(
    network: Network, tail: Ints, head: Ints, passable: Bools, *, every_turn: bool
) -> Split:
    """Split the nodes whose listed turns are banned to some use or take time.

    Parameters
    ----------
    tail, head
        Rows of the node table, (n_rows,) in the order of the link table.
    passable
        (n_nodes,) of the node table. Nothing turns at a node that is not passable: movements there
        have no effect.
    every_turn
        Split at all listed turns, free ones too, so that their flows are counted.
    """
    build = _Builder(tail, head, passable)
    if "movement" not in network.table_names:
        return build.finish()
    table = network.table("movement")
    link = pd.Index(network.links["link_id"])
    entry = link.get_indexer(pd.Index(table["ib_link_id"]))
    leave = link.get_indexer(pd.Index(table["ob_link_id"]))
    listed = np.flatnonzero(
        _chosen(table, entry, leave, every_turn=every_turn) & passable[head[entry]]
    )
    ways_in, ways_out = _by_node(head, head[entry[listed]]), _by_node(tail, head[entry[listed]])
    at_node = defaultdict(list)
    for row in listed.tolist():
        at_node[int(head[entry[row]])].append(row)
    penalty = table["penalty_s"].to_numpy(dtype=np.float64)
    for node, rows in at_node.items():
        turns = defaultdict(list)
        for row in rows:
            turns[int(entry[row]), int(leave[row])].append((row, float(penalty[row])))
        build.split(node, ways_in[node], ways_out[node], turns)
    return build.finish()


class _Builder:
    """Nodes and links that are added as nodes are split."""

    def __init__(self, tail: Ints, head: Ints, passable: Bools) -> None:
        self.tail, self.head = tail.copy(), head.copy()
        self.passable = passable.copy()
        self.added: list[int] = []  # node of the table that each new node stands for
        self.turns: list[tuple[int, int, int, float]] = []

    def split(
        self,
        node: int,
        ways_in: list[int],
        ways_out: list[int],
        turns: dict[tuple[int, int], list[tuple[int, float]]],
    ) -> None:
        """Split one node; turns: (movement, penalty [s]) of each listed pair of links."""
        entries = self._places(node, ways_in, {pair[0] for pair in turns}, self.head)
        exits = self._places(node, ways_out, {pair[1] for pair in turns}, self.tail)
        free = [(-1, 0.0)]
        for link_in, entry in entries.items():
            for link_out, leave in exits.items():
                for movement, penalty in turns.get((link_in, link_out), free):
                    self.turns.append((entry, leave, movement, penalty))
        self.turns += [(entry, node, *free[0]) for entry in entries.values()]
        self.turns += [(node, leave, *free[0]) for leave in exits.values()]
        self.passable[node] = False

    def _places(self, node: int, ways: list[int], listed: set[int], ends: Ints) -> dict[int, int]:
        """Give each listed link an end of its own and the others one together (under -1)."""
        places: dict[int, int] = {}
        for link in ways:
            key = link if link in listed else -1
            if key not in places:
                places[key] = self.passable.size + len(self.added)
                self.added.append(node)
            ends[link] = places[key]
        return places

    def finish(self) -> Split:
        """Return all as arrays."""
        turns = np.array(self.turns, dtype=np.float64).reshape(-1, 4)  # positions are exact
        n_nodes = self.passable.size
        return Split(
            tail=self.tail,
            head=self.head,
            owner=np.concatenate([np.arange(n_nodes), np.array(self.added, np.int64)]),
            passable=np.concatenate([self.passable, np.ones(len(self.added), dtype=bool)]),
            turn_tail=turns[:, 0].astype(np.int64),
            turn_head=turns[:, 1].astype(np.int64),
            turn_movement=turns[:, 2].astype(np.int64),
            turn_penalty_s=turns[:, 3],
        )


def _chosen(table: pd.DataFrame, entry: Ints, leave: Ints, *, every_turn: bool) -> Bools:
    """Movements that become links: all of each turn of which any is banned or takes time.

    A turn may be listed several times, once a lane; each use takes the best that it may.
    """
    if every_turn:
        return np.ones(len(table), dtype=bool)
    limited = (table["penalty_s"] > 0).to_numpy() | (table["allowed_uses"] != "all").to_numpy()
    pair: Any = pd.MultiIndex.from_arrays([entry, leave])
    found: Bools = pair.isin(pair[limited])
    return found


def _by_node(ends: Ints, nodes: Ints) -> dict[int, list[int]]:
    """Links by the node at one of their ends, for the nodes asked for."""
    found: dict[int, list[int]] = {int(node): [] for node in nodes}
    wanted = np.flatnonzero(np.isin(ends, nodes))
    for link, node in zip(wanted.tolist(), ends[wanted].tolist(), strict=True):
        found[node].append(link)
    return found
