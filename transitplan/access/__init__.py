"""Access: what people reach from where they are, how fast, and how evenly.

Every measure takes zone × zone times [s] as a labelled table, whatever made them: a skim of roads,
of transit, or the better of both. Unreachable is inf and counts as nothing.
"""

from transitplan.access.catchment import Catchment, catchment
from transitplan.access.decay import (
    CumulativeGaussian,
    Exponential,
    Gaussian,
    Linear,
    Logistic,
    Power,
    Step,
    Steps,
)
from transitplan.access.equity import (
    Theil,
    concentration_index,
    gini,
    lorenz_curve,
    palma_ratio,
    theil,
    winners_and_losers,
)
from transitplan.access.isochrones import isochrones
from transitplan.access.opportunities import (
    best_mode,
    gravity_access,
    logsum_access,
    nearest,
    node_access,
)
from transitplan.access.reach import cluster_times, reach
from transitplan.access.street_isochrones import street_isochrones
from transitplan.access.timetable_reach import nearest_facilities, transit_reach
from transitplan.access.transit_isochrones import transit_isochrones

__all__ = [
    "Catchment",
    "CumulativeGaussian",
    "Exponential",
    "Gaussian",
    "Linear",
    "Logistic",
    "Power",
    "Step",
    "Steps",
    "Theil",
    "best_mode",
    "catchment",
    "cluster_times",
    "concentration_index",
    "gini",
    "gravity_access",
    "isochrones",
    "logsum_access",
    "lorenz_curve",
    "nearest",
    "nearest_facilities",
    "node_access",
    "palma_ratio",
    "reach",
    "street_isochrones",
    "theil",
    "transit_isochrones",
    "transit_reach",
    "winners_and_losers",
]
