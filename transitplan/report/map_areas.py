"""Layers of the map that draw areas: the ground, the reach of a cluster."""

from typing import Any

import pandas as pd
import shapely
from folium.map import Layer

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.ground import ground_features, ground_names
from transitplan.viz import palette, swatches
from transitplan.viz.maps import Areas, Points
from transitplan.viz.text import Text, as_text, people


def ground_layers(assessment: Assessment) -> list[tuple[Layer, str]]:
    """River, districts and the names of towns."""
    features = ground_features(assessment.case.ground)
    labels = ground_names(assessment.case.ground)
    words = swatches.key_area(palette.WATER, Text("Water", "水面"), border=palette.WATER)
    kinds = {feature["properties"]["kind"] for feature in features}
    if "start_up_area" in kinds:
        words += swatches.key_area(
            palette.AREA, Text("Start-up Area", "起步区"), border=palette.MUTED
        )
    layers: list[tuple[Layer, str]] = [
        (Areas(Text("River and districts", "河流与行政区"), features, pane="ground"), words)
    ]
    if len(labels):
        layers.append(
            (Points(Text("Names of districts and towns", "区镇名称"), labels, order=4), "")
        )
    return layers


REACHED = {  # by mode: how, and on what
    "car": (
        Text("by car", "驾车"),
        Text("Empty roads, base network.", "畅通条件，现状路网。"),
    ),
    "transit": (
        Text("by public transport", "公共交通"),
        Text(
            "Weekday, half of the departures from 7 to 9; base network, nobody walks over the "
            "river.",
            "工作日 7–9 时，半数出发时刻可达；现状路网，步行不跨河。",
        ),
    ),
}


def reach_layers(assessment: Assessment) -> list[tuple[Layer, str]]:
    """What the case's chosen cluster reaches by each mode, the widest area below."""
    start = assessment.case.isochrones_from
    rows = assessment.isochrones
    rows = rows[rows["cluster_id"] == start].sort_values("within_min", ascending=False)
    origin = names.short(names.places(assessment.case).get(start, as_text(start)))
    return [
        _reach_layer(origin, mode, rows[rows["mode"] == mode])
        for mode in REACHED
        if (rows["mode"] == mode).any()
    ]


def _reach_layer(origin: Text, mode: str, rows: pd.DataFrame) -> tuple[Layer, str]:
    how, on = REACHED[mode]
    limits = sorted(rows["within_min"].unique())
    colours = {
        limit: palette.REACH_COLOURS[min(place, len(palette.REACH_COLOURS) - 1)]
        for place, limit in enumerate(limits)
    }
    layer = Areas(
        Text(f"Reach from {origin.en} {how.en}", f"可达范围：{origin.zh}，{how.zh}"),
        [_reach_feature(row, colours[row.within_min]) for row in names.records(rows)],
        pane="reach",
        fields=[Text("Residents within [persons]", "覆盖常住人口 [人]")],
        shown=False,
    )
    words = swatches.heading(
        Text(f"Reach from {origin.en} {how.en}", f"自{origin.zh}{how.zh}可达范围"), on
    )
    words += "".join(
        swatches.key_area(
            colours[limit], Text(f"within {limit:g} min", f"{limit:g} 分钟内"), opacity=0.75
        )
        for limit in limits
    )
    return layer, words


def _reach_feature(row: Any, colour: str) -> dict[str, Any]:
    shape = shapely.set_precision(shapely.make_valid(row.geometry.simplify(0.0005)), 1e-5)
    known = people(row.population)
    title = Text(f"Within {row.within_min:g} min", f"{row.within_min:g} 分钟内")
    return {
        "type": "Feature",
        "geometry": shapely.geometry.mapping(shape),
        "properties": {
            "style": {"color": "#4d463b", "weight": 0.7, "fillColor": colour, "fillOpacity": 0.75},
            "title": [title.en, title.zh],
            "values": [[known.en, known.zh]],
        },
    }
