"""Times between clusters and hubs, people and jobs within reach."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from transitplan.units import SECONDS_PER_MINUTE

REACH_MINUTES = (15, 30, 45, 60)


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
