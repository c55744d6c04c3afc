"""Isochrones: areas that are reached from a node within given times."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from transitplan.access.reach import REACH_MINUTES
from transitplan.arrays import Floats, Ints, Objects
from transitplan.errors import ValidationError
from transitplan.graph.road import RoadGraph
from transitplan.model.network import Network
from transitplan.paths import shortest_tree
from transitplan.units import SECONDS_PER_MINUTE

STREET_REACH_M = 600.0  # how far from a reached road its frontage counts as reached
OUTLINE_TOLERANCE_M = 150.0


def isochrones(
    network: Network,
    roads: RoadGraph,
    origin: Any,
    *,
    minutes: Sequence[float] = REACH_MINUTES,
    cost: Floats | None = None,
) -> "Any":
    """Areas reached from a node within given times, one polygon a time, widest first.

    The part of each link that is reached in time, connectors included, is widened by 600 m, the
    block depth that a skeleton of main roads stands for, and joined.

    Parameters
    ----------
    origin
        Node to start from.
    cost
        Time of each link [s], in the order of the link table; free time if absent.

    Returns
    -------
    GeoDataFrame
        ``within_min`` and polygons in the network's projection.

    Raises
    ------
    ValidationError
        If ``roads`` was compiled from another network.
    """
    if roads.network is not network and roads.version != network.version:
        raise ValidationError(
            "isochrones: the roads were compiled from another network. Call compile_road(network)."
        )
    times_s = roads.in_rows(roads.free_time_s) if cost is None else cost
    start_s = shortest_tree(roads, origin, cost=cost).at_entry()
    start_s = np.where(
        network.allowed("car"), start_s, np.inf
    )  # connectors stay: streets not drawn
    found = areas_along(network, start_s, times_s, minutes, STREET_REACH_M)
    return found.set_geometry(found.geometry.simplify(OUTLINE_TOLERANCE_M))


def areas_along(
    network: Network, start_s: Floats, times_s: Floats, minutes: Sequence[float], wide_m: float
) -> "Any":
    """Parts of links that are reached in time, widened and joined; widest first.

    start_s, times_s
        When each link begins, inf where never, and how long it takes, in link table order.
    """
    import geopandas as gpd
    import shapely

    limits = sorted(minutes)
    rows = np.flatnonzero(_share(limits[-1], start_s, times_s) > 0)  # all others need no lines
    lines = network.link_lines(rows)
    streets, street = _streets(lines)
    done = np.zeros(streets.size, dtype=bool)  # those that the area before has whole
    areas: list[Any] = []
    for limit in limits:
        share = _share(limit, start_s[rows], times_s[rows])
        whole = np.unique(street[share >= 1.0])
        whole = whole[~done[whole]]
        done[whole] = True
        partly = np.flatnonzero((share > 0) & ~done[street])
        ends = [
            shapely.ops.substring(line, 0, part, normalized=True)
            for line, part in zip(lines[partly], share[partly], strict=True)
        ]
        wide = shapely.buffer(np.append(streets[whole], ends), wide_m, quad_segs=3)
        areas.append(shapely.union_all(np.append(wide, areas[-1:])))
    return gpd.GeoDataFrame({"within_min": limits[::-1]}, geometry=areas[::-1], crs=network.crs)


def _share(limit_min: float, start_s: Floats, times_s: Floats) -> Floats:
    """How much of each link is reached in time, 0 to 1."""
    left_s = limit_min * SECONDS_PER_MINUTE - start_s
    whole = (left_s >= 0) * 1.0
    share: Floats = np.clip(np.divide(left_s, times_s, where=times_s > 0, out=whole), 0, 1)
    return share


def _streets(lines: Objects) -> tuple[Objects, Ints]:
    """Lines that differ, and which of them each line runs along, in one direction or the other."""
    import shapely

    _, first, street = np.unique(
        shapely.to_wkb(shapely.normalize(lines)), return_index=True, return_inverse=True
    )
    return lines[first], street.astype(np.int64)
