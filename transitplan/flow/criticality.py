"""Sections of road whose loss would hurt, screened by flow × detour before any equilibrium."""

from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.graph.bridge import to_igraph
from transitplan.graph.road import RoadGraph
from transitplan.model.checks import not_passable
from transitplan.paths import shortest_tree
from transitplan.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

COLUMNS = [
    "link_ids",
    "name",
    "name_zh",
    "crossing_id",
    "facility_type",
    "flow_vph",
    "detour_min",
    "score_h",
]


def screened_sections(
    roads: RoadGraph, flow_vph: Floats, time_s: Floats, *, use: str = "car"
) -> pd.DataFrame:
    """Rank the sections of a network by what their loss would cost at today's times.

    A section is a link with its way back, shut together. Vehicles on it take the fastest way round
    between its ends at present times, over the streets of a zone (its connectors) where no road
    leads round. The others are not slowed down, and nobody changes the route earlier, so that the
    score orders the sections and measures nothing. Connectors are left out.

    Parameters
    ----------
    flow_vph, time_s
        Of each link, in the order of the link table.

    Returns
    -------
    DataFrame
        link_ids (tuple), name, name_zh, crossing_id, facility_type, flow_vph (both ways),
        detour_min (the longer one; inf where there is no way round), score_h (vehicle-hours an
        hour), largest first; sections without a way round come first, by flow.
    """
    network = roads.network
    links = network.links
    nodes = network.nodes
    barred = set(nodes.loc[not_passable(nodes["node_type"]), "node_id"])
    closed = links["from_node_id"].isin(barred) | links["to_node_id"].isin(barred)
    open_to = network.allowed(use)
    cost = np.where(open_to, time_s, np.inf)
    streets: Any = None
    rows = []
    for members in _sections(links[~closed.to_numpy()]):
        if not flow_vph[members].sum() > 0:
            continue
        shut = cost.copy()
        shut[members] = np.inf
        away = np.array([_way_round(roads, links, row, shut, use) for row in members])
        if not np.isfinite(away).all():
            streets = to_igraph(network) if streets is None else streets
            away = np.minimum(away, _through_zones(streets, members, shut))
        extra = np.maximum(away - time_s[members], 0.0)
        loaded = flow_vph[members] > 0
        score = float(flow_vph[members][loaded] @ extra[loaded] / SECONDS_PER_HOUR)
        first = links.iloc[members[0]]
        rows.append(
            {
                "link_ids": tuple(links["link_id"].iloc[members]),
                **{name: first[name] for name in ("name", "name_zh", "crossing_id")},
                "facility_type": first["facility_type"],
                "flow_vph": float(flow_vph[members].sum()),
                "detour_min": float(extra[loaded].max() / SECONDS_PER_MINUTE),
                "score_h": score,
            }
        )
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values(
        ["score_h", "flow_vph"], ascending=False, kind="stable", ignore_index=True
    )


def _sections(links: pd.DataFrame) -> list[list[int]]:
    """Rows of the link table that make one section: a link and its way back, by name."""
    found: dict[object, list[int]] = {}
    for row, link in zip(links.index, links.itertuples(index=False), strict=True):
        ends = frozenset((link.from_node_id, link.to_node_id))
        found.setdefault((ends, link.name, link.crossing_id, link.facility_type), []).append(row)
    return list(found.values())


def _way_round(roads: RoadGraph, links: pd.DataFrame, row: int, cost: Floats, use: str) -> float:
    tree = shortest_tree(roads, links["from_node_id"].iloc[row], use=use, cost=cost)
    place = roads.node_ids.get_loc(links["to_node_id"].iloc[row])
    return float(tree.label[place])


def _through_zones(graph: Any, members: list[int], cost: Floats) -> Floats:
    """Least cost between the ends of links, centroids passed through, (n_members,)."""
    room = np.where(np.isfinite(cost), cost, 0.0)
    blocked = float(room.sum()) + 1.0  # no way round is as long
    weights = np.where(np.isfinite(cost), cost, blocked).tolist()
    edges = [graph.es[row] for row in members]
    found = [graph.distances(each.source, each.target, weights=weights)[0][0] for each in edges]
    return np.array([np.inf if away >= blocked else away for away in found])
