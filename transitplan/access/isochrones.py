"""Isochrones: areas that are reached from a node within given times."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from transitplan.access.reach import REACH_MINUTES
from transitplan.arrays import Floats
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
    import geopandas as gpd
    import shapely

    if roads.version != network.version:
        raise ValidationError(
            "isochrones: the roads were compiled from another network. Call compile_road(network)."
        )
    times_s = roads.in_rows(roads.free_time_s) if cost is None else cost
    start = shortest_tree(roads, origin, cost=cost).at_entry()
    driven = network.allowed("car")  # connectors too: they stand for the streets not drawn
    lines = network.link_lines()
    areas = []
    for limit in sorted(minutes, reverse=True):
        left_s = limit * SECONDS_PER_MINUTE - start
        share = np.clip(
            np.divide(left_s, times_s, where=times_s > 0, out=(left_s >= 0) * 1.0), 0, 1
        )
        reached = driven & (share > 0)
        parts = [
            shapely.ops.substring(line, 0, part, normalized=True)
            for line, part in zip(lines[reached], share[reached], strict=True)
        ]
        area = shapely.union_all(shapely.buffer(parts, STREET_REACH_M, quad_segs=3))
        areas.append(shapely.simplify(area, OUTLINE_TOLERANCE_M))
    return gpd.GeoDataFrame(
        {"within_min": sorted(minutes, reverse=True)}, geometry=areas, crs=network.crs
    )
