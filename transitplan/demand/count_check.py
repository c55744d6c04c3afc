"""Counts that contradict each other: no traffic whatever could cause them all.

Traffic neither starts, ends nor turns back at a node without a zone, so what drives in drives out
elsewhere; a screenline is the sum of its links; no turn carries more than its links. Among all
flows that obey this, the ones nearest to the counts are found by a linear programme; counts that
even they miss are named.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import linprog

from transitplan.arrays import Floats, Ints
from transitplan.demand.counts import Counts
from transitplan.model.network import Network

SPREAD = 2.0  # standard deviations by which counts may differ without contradiction
SMALLEST = 0.5  # veh/h that are not worth a word


def contradictions(counts: Counts, network: Network) -> list[str]:
    """Say which counts contradict the others, and what the others leave room for.

    Links are assumed to carry traffic of every class; what is banned somewhere only makes more
    contradictions, which then show after the fit.

    Parameters
    ----------
    counts
        Of one hour; those held out too.

    Examples
    --------
    >>> from transitplan.demand.counts import compile_counts
    >>> from transitplan.model.cases import braess
    >>> network, demand = braess()  # node 4 is left by link 4 alone
    >>> rows = {"count_id": ["in", "new", "out"], "kind": "link", "links": ["2", "5", "4"]}
    >>> table = pd.DataFrame({**rows, "volume_vph": [400, 300, 200], "sigma_vph": 10.0})
    >>> len(contradictions(compile_counts(table, network, ["vehicles"]), network))
    1
    """
    programme = _compile(counts, network)
    slack = _solve(programme, counts)
    return [
        f"count {name}: {volume:,.0f} veh/h counted, while the other counts leave room for "
        f"{volume + off + np.sign(off) * SPREAD * sigma:,.0f} at {'least' if off > 0 else 'most'} "
        f"(σ {sigma:,.0f}). Look at this count and its neighbours."
        for name, volume, sigma, off in zip(
            counts.names, counts.volume_vph, counts.sigma_vph, slack, strict=True
        )
        if abs(off) > SMALLEST
    ]


@dataclass(frozen=True, eq=False)
class _Programme:
    """Flows by class and link, then one a turn and class, that obey the laws."""

    sums: Any  # sparse (n_counts, n_flows): what each count sees
    balance: Any  # sparse (n_laws, n_flows), all 0
    limits: Any  # sparse (n_limits, n_flows), all 0 or less


def _compile(counts: Counts, network: Network) -> _Programme:
    links = network.links
    n_links, n_classes = len(links), counts.classes.shape[1]
    turns = np.flatnonzero(counts.turning())
    n_flows = n_classes * (n_links + turns.size)
    entries: list[tuple[int, int]] = []
    for i, places in enumerate(counts.links):
        for k in np.flatnonzero(counts.classes[i]).tolist():
            if counts.turning()[i]:
                at = int(np.searchsorted(turns, i))
                entries.append((i, n_classes * n_links + k * turns.size + at))
            else:
                entries += [(i, k * n_links + place) for place in places]
    row, column = np.array(entries).T
    sums = sparse.csr_matrix((np.ones(row.size), (row, column)), (len(counts.links), n_flows))
    node = _balance(network)
    balance = sparse.hstack(
        [
            sparse.kron(sparse.eye(n_classes), node),
            sparse.csr_matrix((n_classes * node.shape[0], n_classes * turns.size)),
        ]
    )
    limits = sparse.vstack(
        [_turn_limits(counts, turns, n_links), _return_limits(network, n_classes, n_flows)]
    )
    return _Programme(sums, balance.tocsr(), limits.tocsr())


def _balance(network: Network) -> Any:
    """In minus out at nodes where no trips start or end, sparse (n_nodes, n_links)."""
    nodes, links = network.nodes, network.links
    ids = nodes["node_id"]
    inner = _inner(network)
    place = np.full(len(ids), -1)
    place[ids.isin(inner).to_numpy()] = np.arange(len(inner))
    rows, columns, signs = [], [], []
    for end, sign in (("to", 1.0), ("from", -1.0)):
        at = place[pd.Index(ids).get_indexer(pd.Index(links[f"{end}_node_id"]))]
        rows.append(at[at >= 0])
        columns.append(np.flatnonzero(at >= 0))
        signs.append(np.full(rows[-1].size, sign))
    entries = (np.concatenate(signs), (np.concatenate(rows), np.concatenate(columns)))
    return sparse.csr_matrix(entries, (len(inner), len(links)))


def _turn_limits(counts: Counts, turns: Ints, n_links: int) -> Any:
    """Turn minus each of its links, sparse (n_limits, n_flows)."""
    n_classes = counts.classes.shape[1]
    rows = [
        (n_classes * n_links + k * turns.size + at, k * n_links + link)
        for at, i in enumerate(turns.tolist())
        for k in range(n_classes)
        for link in counts.links[i]
    ]
    n_flows = n_classes * (n_links + turns.size)
    if not rows:
        return sparse.csr_matrix((0, n_flows))
    index = np.repeat(np.arange(len(rows)), 2)
    signs = np.tile([1.0, -1.0], len(rows))
    return sparse.csr_matrix((signs, (index, np.array(rows).ravel())), (len(rows), n_flows))


def _return_limits(network: Network, n_classes: int, n_flows: int) -> Any:
    """Each link minus what leaves its end other than back, sparse (n_limits, n_flows)."""
    links = network.links
    tail, head = (links[f"{end}_node_id"].tolist() for end in ("from", "to"))
    inner = set(_inner(network))
    leaving: dict[Any, list[int]] = {}
    for link, node in enumerate(tail):
        leaving.setdefault(node, []).append(link)
    rows = []
    for link, node in enumerate(head):
        back = [each for each in leaving.get(node, []) if head[each] == tail[link]]
        if node in inner and back:
            onward = [each for each in leaving[node] if each not in back]
            rows.append((link, onward))
    limits = sparse.lil_matrix((len(rows), len(links)))
    for i, (link, onward) in enumerate(rows):
        limits[i, link] = 1.0
        limits[i, onward] = -1.0
    by_class = sparse.kron(sparse.eye(n_classes), limits)
    n_rows, n_columns = by_class.shape
    return sparse.hstack([by_class, sparse.csr_matrix((n_rows, n_flows - n_columns))])


def _inner(network: Network) -> list[Any]:
    """Nodes where no trips start or end."""
    nodes = network.nodes
    without: list[Any] = nodes.loc[nodes["zone_id"].isna(), "node_id"].tolist()
    return without


def _solve(programme: _Programme, counts: Counts) -> Floats:
    """By how much the nearest flows leave each count's range, (n_counts,); + where above."""
    n_counts, n_flows = programme.sums.shape
    above, below = sparse.eye(n_counts), -sparse.eye(n_counts)
    room = SPREAD * counts.sigma_vph
    nothing = sparse.csr_matrix((programme.limits.shape[0], 2 * n_counts))
    upper = sparse.vstack(
        [
            sparse.hstack([programme.sums, -above, sparse.csr_matrix((n_counts, n_counts))]),
            sparse.hstack([-programme.sums, sparse.csr_matrix((n_counts, n_counts)), below]),
            sparse.hstack([programme.limits, nothing]),
        ]
    )
    most = np.concatenate(
        [
            counts.volume_vph + room,
            room - counts.volume_vph,
            np.zeros(programme.limits.shape[0]),
        ]
    )
    laws = sparse.hstack(
        [programme.balance, sparse.csr_matrix((programme.balance.shape[0], 2 * n_counts))]
    )
    price = np.concatenate([np.zeros(n_flows), np.tile(1.0 / counts.sigma_vph, 2)])
    found = linprog(
        price,
        A_ub=upper.tocsr(),
        b_ub=most,
        A_eq=laws.tocsr() if laws.shape[0] else None,
        b_eq=np.zeros(laws.shape[0]) if laws.shape[0] else None,
        method="highs",
    )
    if (
        found.status != 0 or found.x is None
    ):  # flows of 0 and enough slack always obey: a fault of the solver
        raise RuntimeError(f"count_check: {found.message}")
    excess = found.x[n_flows:]
    return np.asarray(excess[:n_counts] - excess[n_counts:])
