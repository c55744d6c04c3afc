"""The view of a case when its map opens."""

import numpy as np

from transitplan.report.assessment import Assessment


def land_bounds(
    assessment: Assessment, *, margin: float = 0.06
) -> tuple[float, float, float, float]:
    """West, south, east, north of clusters, hubs and crossings: the view when the map opens."""
    clusters = assessment.case.network.clusters
    clusters = clusters[clusters["kind"] == "cluster"] if len(clusters) else clusters
    crossings = assessment.case.network.crossings
    own = crossings["crossing_id"].isin([site.crossing_id for site in assessment.case.sites])
    places = np.vstack(
        [
            clusters[["lon", "lat"]].to_numpy(dtype=float),
            crossings.loc[own, ["lon_south", "lat_south"]].to_numpy(dtype=float),
            crossings.loc[own, ["lon_north", "lat_north"]].to_numpy(dtype=float),
        ]
    )
    places = places[np.isfinite(places).all(axis=1)]
    low, high = places.min(axis=0), places.max(axis=0)
    spare = (high - low) * margin + 0.005
    west, south = (low - spare).tolist()
    east, north = (high + spare).tolist()
    return west, south, east, north
