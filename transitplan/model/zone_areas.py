"""What a map draws as the area of a zone: its outline, else what lies nearest to its centroid."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import shape

from transitplan.arrays import Objects
from transitplan.errors import ValidationError
from transitplan.viz.cells import nearest_cells
from transitplan.viz.segments import WGS84
from transitplan.viz.text import Text

POINTS = frozenset({"external", "generator"})  # kinds of zones that are places, not areas
DETAIL_M = 10.0
OUTLINED = Text("Areas: outlines of the zone table.", "面：小区表边界。")
NEAREST = Text(
    "Areas: nearest to the zone's centroid on its bank; outlines of the zones are not known.",
    "面：按距小区形心最近划分，不跨河；小区实际边界未知。",
)


def outlined(zones: pd.DataFrame) -> bool:
    """Whether any zone of a table has an outline of its own."""
    return "boundary" in zones and bool((zones["boundary"].fillna("") != "").any())


def zone_areas(zones: pd.DataFrame, crs: str, ground: Mapping[str, Any]) -> pd.DataFrame:
    """Add ``area`` to zones: a polygon in longitude and latitude, or None for a mere place.

    Outlines are those of the column ``boundary`` where one is filled. Else areas are Voronoi cells
    of the centroids, within the districts of the ground and the hull of the zones, cut at its
    river; airports and other generators and the stations at the border have none.

    Parameters
    ----------
    zones
        zone_id, lat, lon, zone_kind and boundary (where they are known).
    crs
        Projection of the outlines, in metres; the cells are cut in it.
    ground
        GeoJSON, as ``Case.ground``.

    Raises
    ------
    ValidationError
        If outlines are no polygons.
    """
    areas: Objects = np.full(len(zones), None, dtype=object)
    if outlined(zones):
        own = (zones["boundary"].fillna("") != "").to_numpy()
        areas[own] = _outlines(zones[own])
    else:
        kinds = zones["zone_kind"] if "zone_kind" in zones else pd.Series("", index=zones.index)
        own = ~kinds.isin(POINTS).to_numpy()
        at = gpd.GeoSeries.from_xy(zones["lon"], zones["lat"], crs=WGS84).to_crs(crs)[own]
        places = np.column_stack([at.x, at.y])
        if len(places) > 1:
            river, districts = (_union(ground, kind, crs) for kind in ("river", "district"))
            areas[own] = nearest_cells(places, within=districts, river=river)
    there = np.array([each is not None for each in areas], dtype=bool)
    placed = gpd.GeoSeries(shapely.simplify(areas[there], DETAIL_M), crs=crs).to_crs(WGS84)
    areas[there] = shapely.set_precision(placed.to_numpy(), 1e-5)
    return zones.assign(area=pd.Series(areas, index=zones.index, dtype=object))


def _outlines(zones: pd.DataFrame) -> Any:
    found = shapely.from_wkt(zones["boundary"].to_numpy(dtype=object), on_invalid="ignore")
    flat = shapely.get_dimensions(found) == 2  # noqa: PLR2004  areas
    if not flat.all():
        wrong = ", ".join(map(str, zones.loc[~flat, "zone_id"].head(5)))
        raise ValidationError(
            f"zone, column boundary: zones {wrong}: no polygon as WKT. Write POLYGON ((x y, …)), "
            "or leave the cell empty."
        )
    return shapely.make_valid(found)


def _union(ground: Mapping[str, Any], kind: str, crs: str) -> Any:
    """All shapes of a kind of the ground, in metres; None where there is none."""
    found = [
        shape(feature["geometry"])
        for feature in ground.get("features", ())
        if feature["properties"].get("kind") == kind
    ]
    if not found:
        return None
    return gpd.GeoSeries([shapely.union_all(found)], crs=WGS84).to_crs(crs).iloc[0]
