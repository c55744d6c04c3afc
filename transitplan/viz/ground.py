"""The ground of a map: river, water, districts and towns of a GeoJSON collection."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import shapely
from shapely.geometry import mapping, shape

from transitplan.viz import palette, swatches
from transitplan.viz.layers import Areas, Points
from transitplan.viz.roads import Drawn
from transitplan.viz.text import Text

_STYLES: dict[str, dict[str, object]] = {  # in drawing order
    "start_up_area": {
        "stroke": True, "color": palette.MUTED, "weight": 1.2, "fillColor": palette.AREA,
        "fillOpacity": 1.0,
    },
    "district": {
        "stroke": True, "color": "#b4b6b6", "weight": 1.0, "dashArray": "4 4", "fill": False,
    },
    "water": {
        "stroke": True, "color": palette.WATER, "weight": 0.8, "fillColor": palette.WATER,
        "fillOpacity": 1.0,
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


def ground_layers(ground: Mapping[str, Any]) -> list[Drawn]:
    """River, districts and the names of towns."""
    features = ground_features(ground)
    labels = ground_names(ground)
    layers: list[Drawn] = []
    if features:
        layer = Areas(Text("River and districts", "河流与行政区"), features, pane="ground")
        layers.append((layer, _ground_legend(ground)))
    if len(labels):
        layers.append(
            (Points(Text("Names of districts and towns", "区镇名称"), labels, order=4), "")
        )
    return layers


def _ground_legend(ground: Mapping[str, Any]) -> str:
    shapes = ground_shapes(ground)
    kinds = {kind for kind, _, _ in shapes}
    words = ""
    if kinds & {"river", "water"}:
        words += swatches.key_area(palette.WATER, Text("Water", "水面"), border=palette.WATER)
    for name in dict.fromkeys(name for kind, name, _ in shapes if kind == "start_up_area"):
        words += swatches.key_area(palette.AREA, name, border=palette.MUTED)
    if "district" in kinds:
        words += swatches.key_line(
            "#b4b6b6", 1.0, Text("District border", "区界"), dashed=True, dash="4 4"
        )
    return words


def _named(properties: Mapping[str, Any]) -> Text:
    english, chinese = properties.get("name") or "", properties.get("name_zh") or ""
    return Text(english or chinese, chinese or english)


def _rounded(outline: Any) -> Any:
    simple = outline.simplify(_SMALLEST_DEG)
    return mapping(shapely.set_precision(shapely.make_valid(simple), 1e-5))
