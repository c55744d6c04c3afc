"""Ways along the streets: from zones to stops, between stops, between zones.

A stop hangs at the nearest point of the nearest street open to walkers, straight line times detour
away; streets are cut there. Zones lie at their nodes; nobody passes through them.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from transitplan.arrays import Floats, Ints
from transitplan.graph.road import RoadGraph

CONNECTOR = "connector"
ROWS = 64  # origins at a time, so that all distances of a city need not be held at once
LEAST_M = 1e-9  # a way of no length is one, too

Ways = tuple[Ints, Ints, Floats]  # from, to, length [m]


class StreetPlaces(NamedTuple):
    """Streets with stops hung in.

    Nodes: those of the table, the same to arrive at (zones only), feet of stops, stops.
    """

    ways: csr_array  # (n_nodes, n_nodes) [m]
    zone_out: Ints  # (n_zones,) where zones are left
    zone_in: Ints  # (n_zones,) where they are reached
    stop: Ints  # (n_stops,)


def hang_stops(streets: RoadGraph, stop_m: Floats, detour: float) -> StreetPlaces:
    """Join stops to the streets.

    Parameters
    ----------
    streets
        Compiled for walkers.
    stop_m
        x and y, (n_stops, 2) [m].
    detour
        Way over straight line, between a stop and its street.
    """
    links = streets.network.links
    n_nodes, n_stops = len(streets.node_ids), len(stop_m)
    tail, head = (
        streets.node_ids.get_indexer(pd.Index(links[end])).astype(np.int64)
        for end in ("from_node_id", "to_node_id")
    )
    passable = streets.passable[:n_nodes]
    arrive = np.where(passable, np.arange(n_nodes), np.arange(n_nodes) + n_nodes)
    length_m = links["length_m"].to_numpy(np.float64)
    foot = 2 * n_nodes + np.arange(n_stops)
    parts = [(tail, arrive[head], length_m)]
    if n_stops:
        row, share, away_m = _nearest(streets, stop_m, _once(tail, head, length_m))
        away_m = away_m * detour
        parts += [(foot + n_stops, foot, away_m), (foot, foot + n_stops, away_m)]
        along = (share * length_m[row], (1.0 - share) * length_m[row])
        parts += _cut(row, along, foot, (tail[row], head[row]), arrive)
    size = 2 * (n_nodes + n_stops)
    return StreetPlaces(
        _least(parts, size), streets.centroid, arrive[streets.centroid], foot + n_stops
    )


def street_ways(places: StreetPlaces, starts: Ints, ends: Ints, limit_m: float) -> Ways:
    """Shortest ways up to a limit, many to many; from and to are positions in starts and ends."""
    nothing = np.empty(0, np.int64)
    found: list[Ways] = [(nothing, nothing, np.empty(0))]
    for first in range(0, starts.size if ends.size else 0, ROWS):
        here = starts[first : first + ROWS]
        away = dijkstra(places.ways, indices=here, limit=limit_m * (1 + 1e-12))[:, ends]
        i, j = np.nonzero(np.isfinite(away))
        found.append((i + first, j, away[i, j]))
    begin, end, way_m = (np.concatenate(column) for column in zip(*found, strict=True))
    return begin, end, way_m


def _nearest(streets: RoadGraph, stop_m: Floats, rows: Ints) -> tuple[Ints, Floats, Floats]:
    """Street of each stop (row), the share of it before the stop's foot, and the distance [m]."""
    kind = streets.network.links["facility_type"].to_numpy()[rows]
    real = rows[kind != CONNECTOR]
    rows = real if real.size else rows
    lines, points = streets.network.link_lines(rows), shapely.points(stop_m)
    nearest = shapely.STRtree(lines).nearest(points)
    share = shapely.line_locate_point(lines[nearest], points, normalized=True)
    return rows[nearest], share, shapely.distance(lines[nearest], points)


def _cut(
    row: Ints, along: tuple[Floats, Floats], foot: Ints, ends: tuple[Ints, Ints], arrive: Ints
) -> list[Ways]:
    """Ways along each street from foot to foot, and between its ends and the feet next to them."""
    order = np.lexsort((along[0], row))
    row, foot = row[order], foot[order]
    before, behind = along[0][order], along[1][order]
    begin, end = ends[0][order], ends[1][order]
    first = np.append(True, row[1:] != row[:-1])
    last = np.append(row[1:] != row[:-1], True)
    low, high, apart = foot[:-1][~last[:-1]], foot[1:][~first[1:]], np.diff(before)[~first[1:]]
    return [
        (begin[first], foot[first], before[first]),
        (foot[first], arrive[begin[first]], before[first]),
        (end[last], foot[last], behind[last]),
        (foot[last], arrive[end[last]], behind[last]),
        (low, high, apart),
        (high, low, apart),
    ]


def _least(parts: list[Ways], size: int) -> csr_array:
    """The shortest of the ways between each two nodes, as a matrix."""
    names = ("begin", "end", "way_m")
    columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)))
    least = frame.groupby(["begin", "end"])["way_m"].min().reset_index()
    way_m = np.maximum(least["way_m"].to_numpy(np.float64), LEAST_M)
    return csr_array((way_m, (least["begin"], least["end"])), shape=(size, size))


def _once(tail: Ints, head: Ints, length_m: Floats) -> Ints:
    """Rows of the links, one of each two that lead there and back, rising."""
    pairs = pd.DataFrame(
        {
            "low": np.minimum(tail, head),
            "high": np.maximum(tail, head),
            "tenths_m": np.round(10 * length_m),
            "forth": tail <= head,
        }
    )
    pairs["number"] = pairs.groupby(["low", "high", "tenths_m", "forth"]).cumcount()
    twin = pairs.duplicated(["low", "high", "tenths_m", "number"])
    return np.flatnonzero(~twin.to_numpy())
