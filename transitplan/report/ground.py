"""The ground of the map: river, districts and towns of the case, as its GeoJSON has them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import mapping, shape

from transitplan.report.assessment import Assessment
from transitplan.viz import palette
from transitplan.viz.text import Text

_STYLES: dict[str, dict[str, object]] = {  # in drawing order
    "start_up_area": {
        "stroke": True, "color": palette.MUTED, "weight": 1.2, "fillColor": palette.AREA,
        "fillOpacity": 1.0,
    },
    "district": {
        "stroke": True, "color": "#b4b6b6", "weight": 1.0, "dashArray": "4 4", "fill": False,
    },
    "river": {
        "stroke": True, "color": palette.WATER, "weight": 1.5, "fillColor": palette.WATER,
        "fillOpacity": 1.0,
    },
}  # fmt: skip
_LINE = {"fill": False, "weight": 7.0}
_SMALLEST_DEG = 0.0002  # detail of the ground: about 20 m


def ground_shapes(ground: Mapping[str, Any]) -> list[tuple[str, Text, Any]]:
    """Kind, name and shapely shape of every feature, areas before the river."""
    order = list(_STYLES)
    found = [
        (
            str(feature["properties"].get("kind", "")),
            _named(feature["properties"]),
            shape(feature["geometry"]),
        )
        for feature in ground.get("features", ())
    ]
    return sorted(found, key=lambda row: order.index(row[0]) if row[0] in order else -1)


def ground_features(ground: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Lines and areas of the ground as GeoJSON features with Leaflet's style."""
    return [
        {
            "type": "Feature",
            "geometry": _rounded(outline),
            "properties": {
                "kind": kind,
                "style": {**_STYLES[kind], **(_LINE if "Line" in outline.geom_type else {})},
            },
        }
        for kind, _, outline in ground_shapes(ground)
        if kind in _STYLES
    ]


def ground_names(ground: Mapping[str, Any]) -> pd.DataFrame:
    """Names of districts, towns and the river, where they are written."""
    rows = []
    for kind, name, outline in ground_shapes(ground):
        if kind not in ("district", "town_label") or not name.en:
            continue
        at = outline.representative_point()
        rows.append((at.y, at.x, "", name, "quiet", name))
    columns = ["lat", "lon", "drawing", "label", "style", "title"]
    return pd.DataFrame(rows, columns=columns).drop_duplicates(["lat", "lon"])


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


def _named(properties: Mapping[str, Any]) -> Text:
    english, chinese = properties.get("name") or "", properties.get("name_zh") or ""
    return Text(english or chinese, chinese or english)


def _rounded(outline: Any) -> Any:
    simple = outline.simplify(_SMALLEST_DEG)
    return mapping(shapely.set_precision(shapely.make_valid(simple), 1e-5))
