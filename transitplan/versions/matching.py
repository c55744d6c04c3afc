"""Which node and link of one network is which of another: by id, by place, by chain."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from transitplan.arrays import Bools, Floats, Ints
from transitplan.model.network import Network
from transitplan.versions.kinds import MERGED, MOVED, RENUMBERED, REVERSED, SAME, SPLIT

NEAR_M = 30.0  # a node further off than this is another node, unless its id says otherwise
TRUST = 0.5  # ids are believed where at least this share of those in common stand in one place
SAME_LENGTH = 0.25  # chains that differ by more of their length are other roads
LONGEST = 12  # links of a chain that one link may have been split into


@dataclass(frozen=True, eq=False)
class Matching:
    """Pairs of rows of two networks; what has no partner is added or removed.

    nodes, links
        a, b: rows of the two tables, one row a pair; how: same, renumbered, moved, reversed.
    chains
        a, b: rows of link tables, one row a part; how: split (one a, several b) or merged.
    """

    nodes: pd.DataFrame
    links: pd.DataFrame
    chains: pd.DataFrame


def match(a: Network, b: Network) -> Matching:
    """Find the partner of every node and link.

    Nodes: the same id at the same place; then the nearest within ``NEAR_M``, each the other's
    nearest; then the same id elsewhere (moved), where ids are kept on the whole. Links: between
    partners of their ends, the same id first, then what is most alike; then against their
    direction; then chains over nodes that the other network does not have (split and merged).
    """
    node_a, node_b, how = _nodes(a, b)
    partner = np.full(len(a.nodes), -1, np.int64)
    partner[node_a] = node_b
    links = _links(a, b, partner)
    chains = _chains(a, b, partner, links)
    return Matching(
        nodes=pd.DataFrame({"a": node_a, "b": node_b, "how": how}),
        links=links,
        chains=chains,
    )


def _nodes(a: Network, b: Network) -> tuple[Ints, Ints, "np.ndarray[Any, Any]"]:
    """Rows of nodes that are the same, and how that is known."""
    one, two = a.nodes, b.nodes
    place_a, place_b = (frame[["x_m", "y_m"]].to_numpy() for frame in (one, two))
    by_id = pd.Index(two["node_id"]).get_indexer(pd.Index(one["node_id"]))
    shared = np.flatnonzero(by_id >= 0)
    off = np.linalg.norm(place_a[shared] - place_b[by_id[shared]], axis=1)
    trusted = shared.size > 0 and (off <= NEAR_M).mean() >= TRUST
    marks = _marks(a), _marks(b)
    found_a, found_b, how = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, object)]

    def keep(rows_a: Ints, rows_b: Ints, word: str) -> None:
        found_a.append(rows_a)
        found_b.append(rows_b)
        how.append(np.full(rows_a.size, word, dtype=object))

    if trusted:
        stay = shared[off <= NEAR_M]
        keep(stay, by_id[stay], SAME)
    for pairing in (_alike_nodes, _nearest):
        free_a, free_b = _free(len(one), found_a), _free(len(two), found_b)
        near_a, near_b = pairing(
            place_a[free_a], place_b[free_b], marks[0][free_a], marks[1][free_b]
        )
        rows_a, rows_b = free_a[near_a], free_b[near_b]
        same = by_id[rows_a] == rows_b
        keep(rows_a[same], rows_b[same], SAME)
        keep(rows_a[~same], rows_b[~same], RENUMBERED)
    if trusted:
        free_a, free_b = _free(len(one), found_a), _free(len(two), found_b)
        moved = free_a[np.isin(by_id[free_a], free_b)]
        keep(moved, by_id[moved], MOVED)
    return np.concatenate(found_a), np.concatenate(found_b), np.concatenate(how)


def _free(n: int, taken: list[Ints]) -> Ints:
    left = np.ones(n, dtype=bool)
    left[np.concatenate(taken)] = False
    return np.flatnonzero(left)


def _marks(network: Network) -> Ints:
    """Tell nodes of one place apart: a number made of their kind and their links' lengths."""
    tail, head = _ends(network)
    links = pd.util.hash_array(network.links["length_m"].round(1).to_numpy())
    marks = pd.util.hash_array(network.nodes["node_type"].to_numpy(dtype=object))
    np.add.at(marks, tail, links)
    np.add.at(marks, head, np.uint64(3) * links)
    return marks.astype(np.int64)


def _alike_nodes(place_a: Floats, place_b: Floats, mark_a: Ints, mark_b: Ints) -> tuple[Ints, Ints]:
    """Nodes at the same decimetre with links of the same lengths."""
    frames = []
    for place, mark in ((place_a, mark_a), (place_b, mark_b)):
        x, y = np.round(place, 1).T
        frame = pd.DataFrame({"x": x, "y": y, "mark": mark, "row": np.arange(len(place))})
        frames.append(frame.assign(which=frame.groupby(["x", "y", "mark"]).cumcount()))
    both = frames[0].merge(frames[1], on=["x", "y", "mark", "which"], suffixes=("_a", "_b"))
    return both["row_a"].to_numpy(), both["row_b"].to_numpy()


def _nearest(one: Floats, two: Floats, mark_a: Ints, mark_b: Ints) -> tuple[Ints, Ints]:
    """Points that are each other's nearest, and close."""
    del mark_a, mark_b
    if not len(one) or not len(two):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    off, there = (np.asarray(each) for each in cKDTree(two).query(one, distance_upper_bound=NEAR_M))
    back = np.asarray(cKDTree(one).query(two, distance_upper_bound=NEAR_M)[1])
    here = np.flatnonzero(np.isfinite(off))
    mutual = back[there[here]] == here
    return here[mutual], there[here[mutual]]


def _ends(network: Network) -> tuple[Ints, Ints]:
    """Rows of the nodes that links leave and enter."""
    index = pd.Index(network.nodes["node_id"])
    links = network.links
    return tuple(index.get_indexer(pd.Index(links[end])) for end in ("from_node_id", "to_node_id"))


def _links(a: Network, b: Network, partner: Ints) -> pd.DataFrame:
    """Pairs of links between the same ends, in the same direction or against it."""
    tail_a, head_a = (partner[end] for end in _ends(a))
    tail_b, head_b = _ends(b)
    size = max(len(b.nodes), 1)
    key_b = tail_b * size + head_b
    id_a, id_b = pd.Index(a.links["link_id"]), pd.Index(b.links["link_id"])
    parts = []
    taken_a, taken_b = np.zeros(len(id_a), dtype=bool), np.zeros(len(id_b), dtype=bool)

    def keep(rows_a: Ints, rows_b: Ints, how: str) -> None:
        taken_a[rows_a], taken_b[rows_b] = True, True
        parts.append(pd.DataFrame({"a": rows_a, "b": rows_b, "how": how}))

    by_id = id_b.get_indexer(id_a)
    known = (tail_a >= 0) & (head_a >= 0)
    key_a = np.where(known, tail_a * size + head_a, -1)
    same = (by_id >= 0) & known
    same[same] = key_b[by_id[same]] == key_a[same]
    keep(np.flatnonzero(same), by_id[same], SAME)
    back_a = np.where(known, head_a * size + tail_a, -1)
    looks = (_looks(a), _looks(b))
    for key, how in ((key_a, RENUMBERED), (back_a, REVERSED)):
        left_a, left_b = np.flatnonzero(~taken_a & known), np.flatnonzero(~taken_b)
        if how == REVERSED:  # a street of two directions is no street turned round
            left_a = left_a[by_id[left_a] >= 0]
            left_a = left_a[~taken_b[by_id[left_a]] & (key_b[by_id[left_a]] == key[left_a])]
            keep(left_a, by_id[left_a], REVERSED)
            continue
        keep(*_alike(left_a, left_b, key[left_a], key_b[left_b], looks), how)
    stray = np.flatnonzero(~taken_a & (by_id >= 0))
    stray = stray[~taken_b[by_id[stray]]]
    stray = stray[_much_alike(a, b, stray, by_id[stray])]
    keep(stray, by_id[stray], MOVED)
    return pd.concat(parts, ignore_index=True)


def _looks(network: Network) -> pd.DataFrame:
    """What parallel links are told apart by."""
    return network.links[["name", "facility_type", "structure", "crossing_id", "length_m", "lanes"]]


def _alike(
    left_a: Ints, left_b: Ints, key_a: Ints, key_b: Ints, looks: tuple[pd.DataFrame, pd.DataFrame]
) -> tuple[Ints, Ints]:
    """Pair links of the same ends, the most alike first."""
    pairs = pd.DataFrame({"a": left_a, "key": key_a}).merge(
        pd.DataFrame({"b": left_b, "key": key_b}), on="key"
    )
    if pairs.empty:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    one, two = looks[0].iloc[pairs["a"]], looks[1].iloc[pairs["b"]]
    longer = np.maximum(np.maximum(one["length_m"].to_numpy(), two["length_m"].to_numpy()), 1e-9)
    cost = np.abs(one["length_m"].to_numpy() - two["length_m"].to_numpy()) / longer
    for name in ("name", "facility_type", "structure", "crossing_id", "lanes"):
        cost = cost + (one[name].to_numpy() != two[name].to_numpy())
    pairs = pairs.assign(cost=cost).sort_values(["cost", "a", "b"], kind="stable")
    first = ~pairs.duplicated("a") & ~pairs.duplicated("b")
    kept = [pairs[first]]
    rest = pairs[~pairs["a"].isin(kept[0]["a"]) & ~pairs["b"].isin(kept[0]["b"])]
    while not rest.empty:  # parallel links whose best partner was taken
        first = ~rest.duplicated("a") & ~rest.duplicated("b")
        kept.append(rest[first])
        rest = rest[~rest["a"].isin(kept[-1]["a"]) & ~rest["b"].isin(kept[-1]["b"])]
    found = pd.concat(kept)
    return found["a"].to_numpy(), found["b"].to_numpy()


def _much_alike(a: Network, b: Network, rows_a: Ints, rows_b: Ints) -> Bools:
    """Whether links of one id with other ends are one road that was led elsewhere."""
    one, two = a.links.iloc[rows_a], b.links.iloc[rows_b]
    named = (one["name"].to_numpy() == two["name"].to_numpy()) & (one["name"].to_numpy() != "")
    index = pd.Index(b.nodes["node_id"])
    touching = np.zeros(rows_a.size, dtype=bool)
    place_a = a.nodes[["x_m", "y_m"]].to_numpy()
    place_b = b.nodes[["x_m", "y_m"]].to_numpy()
    index_a = pd.Index(a.nodes["node_id"])
    for end in ("from_node_id", "to_node_id"):
        off = place_a[index_a.get_indexer(one[end])] - place_b[index.get_indexer(two[end])]
        touching |= np.linalg.norm(off, axis=1) <= NEAR_M
    alike: Bools = named | touching
    return alike


def _chains(a: Network, b: Network, partner: Ints, links: pd.DataFrame) -> pd.DataFrame:
    """Links that became several, and several that became one."""
    back = np.full(len(b.nodes), -1, np.int64)
    known = np.flatnonzero(partner >= 0)
    back[partner[known]] = known
    taken_a, taken_b = set(links["a"]), set(links["b"])
    rows: list[tuple[int, int, str]] = []
    for one, other, ends, taken, how in (
        (a, b, partner, (taken_a, taken_b), SPLIT),
        (b, a, back, (taken_b, taken_a), MERGED),
    ):
        for whole, parts in _split(one, other, ends, taken):
            rows += [(whole, part, how) if how == SPLIT else (part, whole, how) for part in parts]
    return pd.DataFrame(rows, columns=["a", "b", "how"])


def _split(
    one: Network, other: Network, partner: Ints, taken: tuple[set[int], set[int]]
) -> list[tuple[int, list[int]]]:
    """Free links of one network whose ends are joined in the other by a chain of free links.

    Inner nodes of a chain must be unknown to the first network.
    """
    tail, head = _ends(one)
    leaving: dict[int, list[tuple[int, int]]] = {}
    other_tail, other_head = _ends(other)
    for row in range(other_tail.size):
        if row not in taken[1]:
            leaving.setdefault(int(other_tail[row]), []).append((row, int(other_head[row])))
    unknown = np.ones(len(other.nodes), dtype=bool)
    unknown[partner[partner >= 0]] = False
    length, other_length = one.links["length_m"].to_numpy(), other.links["length_m"].to_numpy()
    found: list[tuple[int, list[int]]] = []
    for row in range(tail.size):
        start, end = int(partner[tail[row]]), int(partner[head[row]])
        if row in taken[0] or start < 0 or end < 0 or start not in leaving:
            continue
        parts = _way(leaving, unknown, start, end)
        total = other_length[parts].sum() if parts else 0.0
        if len(parts) > 1 and abs(total - length[row]) <= SAME_LENGTH * length[row]:
            found.append((row, parts))
            taken[0].add(row)
            taken[1].update(parts)
            for part in parts:
                node = int(other_tail[part])
                leaving[node] = [each for each in leaving[node] if each[0] != part]
    return found


def _way(
    leaving: dict[int, list[tuple[int, int]]], unknown: Bools, start: int, end: int
) -> list[int]:
    """Links of a chain from node to node over unknown nodes; the fewest, breadth first."""
    seen = {start}
    ways: list[tuple[int, list[int]]] = [(start, [])]
    for _ in range(LONGEST):
        longer: list[tuple[int, list[int]]] = []
        for node, way in ways:
            for row, then in leaving.get(node, []):
                if then == end:
                    return [*way, row]
                if unknown[then] and then not in seen:
                    seen.add(then)
                    longer.append((then, [*way, row]))
        ways = longer
    return []
