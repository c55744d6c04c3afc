"""Access of zones on a map: what each reaches, who is served least, and areas of reach."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from transitplan.access.equity import gini, palma_ratio
from transitplan.access.isochrones import isochrones
from transitplan.access.reach import REACH_MINUTES
from transitplan.arrays import Bools, Floats
from transitplan.graph.road import RoadGraph
from transitplan.model.network_map import Base
from transitplan.units import SECONDS_PER_MINUTE
from transitplan.viz import palette
from transitplan.viz.layers import Field
from transitplan.viz.reach import reach_layer
from transitplan.viz.roads import Drawn
from transitplan.viz.segments import WGS84
from transitplan.viz.text import Text, plain
from transitplan.viz.zones import rounded_breaks, zone_layer

LEAST_SERVED = 0.2  # share of residents
RELATIVE_BREAKS = (0.5, 0.8, 1.25, 2.0)  # of the mean


def jobs_within(time_s: pd.DataFrame, jobs: "pd.Series[float]", minutes: float) -> Floats:
    """Jobs that each zone reaches in time, (n_zones,) in the order of the table's rows."""
    near = time_s.to_numpy() <= minutes * SECONDS_PER_MINUTE
    found: Floats = near @ jobs.reindex(time_s.columns).fillna(0.0).to_numpy(dtype=float)
    return found


def access_layers(
    base: Base, time_s: pd.DataFrame, *, minutes: float, how: Text, on: Text, shown: bool = True
) -> list[Drawn]:
    """Jobs within reach of each zone, and the same against the mean with the least served marked.

    Parameters
    ----------
    time_s
        Zone × zone times [s], labelled by zone id.
    how
        Mode, in words that follow a name.
    on
        The conditions, as a sentence.
    """
    zones, on = base.areas, on + Text(" ", "") + base.areas_told
    jobs = zones.set_index("zone_id")["jobs"]
    own = time_s.reindex(index=zones["zone_id"], columns=zones["zone_id"]).fillna(np.inf)
    reached = jobs_within(own, jobs, minutes)
    heads = zones["population"].to_numpy(dtype=float)
    within = Text(f" within {minutes:g} min ", f"（{minutes:g} 分钟，") + how + Text("", "）")
    name = Text("Jobs", "可达岗位") + within
    first = zone_layer(
        zones,
        reached,
        name=name,
        title=name,
        note=on,
        label=Text("Jobs within reach [jobs]", "可达岗位数 [个]"),
        breaks=rounded_breaks(reached),
        shown=shown,
    )
    if not (heads @ reached) > 0:
        return [first]
    return [first, _equity_layer(zones, reached, within, on)]


def _equity_layer(zones: pd.DataFrame, reached: Floats, within: Text, on: Text) -> Drawn:
    heads = zones["population"].to_numpy(dtype=float)
    mean = float(heads @ reached / heads.sum())
    marked = least_served(reached, heads)
    index, ratio = gini(reached, heads), palma_ratio(reached, heads)
    told = Text(
        f" Mean of a resident: {plain(mean)}. Gini {index:.2f}, Palma {ratio:.1f}.",
        f"人均可达 {plain(mean)}。基尼系数 {index:.2f}，帕尔马比 {ratio:.1f}。",
    )
    name = Text("Equity: jobs", "公平：可达岗位") + within
    return zone_layer(
        zones,
        reached / mean,
        name=name,
        title=name + Text(", of the mean", "，与均值之比"),
        note=on + told,
        label=Text("Of the mean of a resident [ratio]", "与人均之比 [比值]"),
        breaks=RELATIVE_BREAKS,
        colours=palette.RELATIVE_COLOURS,
        ringed=marked,
        ring=Text(
            f"the {LEAST_SERVED:.0%} of residents served least",
            f"可达性最低的 {LEAST_SERVED:.0%} 人口",
        ),
        fields=[
            Field(
                Text("Jobs within reach [jobs]", "可达岗位数 [个]"),
                [plain(value) for value in reached],
            )
        ],
        shown=False,
    )


def least_served(values: Floats, heads: Floats, share: float = LEAST_SERVED) -> Bools:
    """Zones in which the least served share of residents lives, (n_zones,)."""
    order = np.argsort(values, kind="stable")
    before = np.cumsum(heads[order]) - heads[order]
    found = np.zeros(len(values), dtype=bool)
    found[order] = (before < share * heads.sum()) & (heads[order] > 0)
    return found


def road_reach_layer(
    base: Base,
    roads: RoadGraph,
    origin: Any,
    *,
    called: Text,
    on: Text,
    minutes: Sequence[float] = REACH_MINUTES,
    cost: Floats | None = None,
    shown: bool = False,
) -> Drawn:
    """Areas that are reached by car from a node."""
    areas = isochrones(base.network, roads, origin, minutes=minutes, cost=cost).to_crs(WGS84)
    return reach_layer(called, "car", with_people(base, areas), on=on, shown=shown)


def with_people(base: Base, areas: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Areas with the residents of the zones whose centroids they hold."""
    zones = base.zones
    points = gpd.GeoSeries.from_xy(zones["lon"], zones["lat"], crs=WGS84)
    heads = zones["population"].to_numpy(dtype=float)
    return [
        {
            "within_min": within,
            "geometry": shape,
            "population": float(heads[points.within(shape).to_numpy()].sum()),
        }
        for within, shape in zip(areas["within_min"], areas.geometry, strict=True)
    ]
