"""The two banks that a river cuts a network into."""

import numpy as np
import pandas as pd

from transitplan.arrays import Ints
from transitplan.errors import ValidationError
from transitplan.model.checks import not_passable
from transitplan.model.network import Network

SOUTH, NORTH = BANKS = ("south", "north")  # or east, west: as the ends in crossing.csv


def banks(network: Network) -> "pd.Series[str]":
    """Bank of each node: ``south``, ``north``, or "" where it belongs to neither.

    The banks are what the roads fall into when all links of crossings are gone: the two largest
    pieces. South is the one that holds most of the crossings' ends nearest to ``lon_south``,
    ``lat_south`` (or the lower ones, where the table has no points). Zones lie where their
    connectors lead.

    Returns
    -------
    Series
        Index node_id.

    Raises
    ------
    ValidationError
        If no link has a ``crossing_id``, if the roads hold together without the crossings, or if
        a zone has connectors to both banks.

    Examples
    --------
    >>> from transitplan.io import read_network
    >>> found = banks(read_network("networks/two_banks/2025"))
    >>> (found == "north").sum(), (found == "south").sum()
    (np.int64(9), np.int64(9))
    """
    nodes, links = network.nodes, network.links
    over = (links["crossing_id"] != "").to_numpy()
    if not over.any():
        raise ValidationError(
            "banks: no link has a crossing_id. Give the links over the river the id of their "
            "crossing."
        )
    place = pd.Index(nodes["node_id"])
    tail, head = (place.get_indexer(links[end]) for end in ("from_node_id", "to_node_id"))
    barred = not_passable(nodes["node_type"])
    road = ~over & ~barred[tail] & ~barred[head]
    piece = _pieces(len(nodes), tail[road], head[road])
    sizes = np.bincount(piece[~barred])
    largest = np.argsort(-sizes, kind="stable")[:2]
    ends = np.unique(np.concatenate([piece[tail[over]], piece[head[over]]]))
    if largest.size < 2 or not np.isin(largest, ends).all() or sizes[largest[1]] <= 1:  # noqa: PLR2004
        raise ValidationError(
            "banks: the roads hold together without the crossings, so that they have no banks. "
            "Give every link over the river a crossing_id."
        )
    south = _southern(network, piece, largest)
    bank = np.full(len(nodes), "", dtype=object)
    bank[piece == south] = SOUTH
    bank[piece == largest[largest != south][0]] = NORTH
    bank[barred] = ""
    joined = pd.DataFrame(
        {"zone": np.concatenate([tail, head]), "bank": np.concatenate([bank[head], bank[tail]])}
    )
    joined = joined[barred[joined["zone"]] & (joined["bank"] != "")].drop_duplicates()
    torn = joined.loc[joined["zone"].duplicated(), "zone"]
    if len(torn):
        names = ", ".join(str(nodes["node_id"].iloc[each]) for each in torn)
        raise ValidationError(
            f"banks: connectors lead from {names} to both banks. Lead each to one of them."
        )
    bank[joined["zone"]] = joined["bank"]
    return pd.Series(bank, index=pd.Index(nodes["node_id"], name="node_id"), name="bank")


def _pieces(count: int, tail: Ints, head: Ints) -> Ints:
    """Number the connected piece of each node, (count,)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    joined = coo_array((np.ones(tail.size), (tail, head)), shape=(count, count))
    return np.asarray(connected_components(joined, directed=False)[1], dtype=np.int64)


def _southern(network: Network, piece: Ints, largest: Ints) -> int:
    """Which of two pieces the south ends of the crossings lie in."""
    nodes, links = network.nodes, network.links
    y_m = nodes["y_m"].to_numpy()
    rows = network.crossings
    rows = rows[rows["lat_south"].notna() & rows["lat_north"].notna()].set_index("crossing_id")
    known = links[links["crossing_id"].isin(rows.index)]
    if known.empty or network.crs is None:
        return int(min(largest, key=lambda each: y_m[piece == each].mean()))
    place, x_m = pd.Index(nodes["node_id"]), nodes["x_m"].to_numpy()
    votes = dict.fromkeys(largest.tolist(), 0)
    for crossing, own in known.groupby("crossing_id"):
        ends = place.get_indexer(pd.unique(own[["from_node_id", "to_node_id"]].to_numpy().ravel()))
        ends = ends[np.isin(piece[ends], largest)]
        facts = rows.loc[crossing]
        away = []
        for side in BANKS:
            x, y = network.to_metres(facts[f"lon_{side}"], facts[f"lat_{side}"])
            away.append(np.hypot(x_m[ends] - x, y_m[ends] - y))
        for end, closer in zip(ends, away[0] - away[1], strict=True):
            votes[int(piece[end])] += 1 if closer < 0 else -1
    return int(max(votes, key=lambda each: votes[each]))
