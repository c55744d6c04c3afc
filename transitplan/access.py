"""Access: times between clusters and hubs, people and jobs within reach, isochrones."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.errors import ValidationError
from transitplan.graph.road import RoadGraph
from transitplan.model.network import Network
from transitplan.paths import shortest_tree
from transitplan.units import SECONDS_PER_MINUTE

REACH_MINUTES = (15, 30, 45, 60)
STREET_REACH_M = 600.0  # how far from a reached road its frontage counts as reached
OUTLINE_TOLERANCE_M = 150.0


def cluster_times(time_s: pd.DataFrame, clusters: pd.DataFrame) -> pd.DataFrame:
    """Minutes from each cluster to every cluster and hub, (n_clusters, n_clusters + n_hubs).

    Parameters
    ----------
    time_s
        Zone × zone times [s], labelled by zone id.
    clusters
        Cluster table: ``cluster_id``, ``kind``, ``zone_id`` of the zone that stands for it.
    """
    places = clusters.set_index("cluster_id")["zone_id"]
    origins = places[clusters.set_index("cluster_id")["kind"] == "cluster"]
    table = time_s.loc[origins.to_numpy(), places.to_numpy()] / SECONDS_PER_MINUTE
    table.index = origins.index.rename("origin_id")
    table.columns = places.index.rename("destination_id")
    return table


def reach(
    time_s: pd.DataFrame,
    opportunities: pd.DataFrame,
    origin_zones: Sequence[Any],
    *,
    minutes: Sequence[float] = REACH_MINUTES,
) -> pd.DataFrame:
    """Opportunities within given times of each origin (cumulative opportunities).

    A zone counts whole when its centroid is within the time, the origin's own zone always.

    Parameters
    ----------
    time_s
        Zone × zone times [s], labelled by zone id.
    opportunities
        One column a kind (people, jobs), indexed by zone id.

    Returns
    -------
    DataFrame
        Columns ``zone_id``, ``within_min`` and one a kind of opportunity.
    """
    there = opportunities.loc[time_s.columns].to_numpy(dtype=float)
    rows = []
    for zone in origin_zones:
        times_min = time_s.loc[zone].to_numpy() / SECONDS_PER_MINUTE
        for limit in minutes:
            sums = there[times_min <= limit].sum(axis=0)
            rows.append([zone, limit, *sums])
    return pd.DataFrame(rows, columns=["zone_id", "within_min", *opportunities.columns])


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
