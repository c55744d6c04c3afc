"""Layers of the map that draw marks: crossings, clusters, hubs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
import folium
import numpy as np
import pandas as pd
import shapely
from folium.map import Layer
from markupsafe import Markup
from transitplan.report import names
from transitplan.report.answer import answer, best_built, leader, turning_points
from transitplan.report.assessment import Assessment
from transitplan.report.by_site import site_cells, site_heads
from transitplan.report.catalog import SHEETS
from transitplan.report.cells import (SIDE_BY_SIDE, Cell, both, minutes_cell, money_cell, money_grid,
    number_cell, people_cell, ratio_cell, saving_cell, text_cell, value_with_range)
from transitplan.report.ground import ground_features, ground_names, land_bounds
from transitplan.report.limits import LEFT_OUT
from transitplan.report.map_areas import ground_layers, reach_layers
from transitplan.report.map_roads import road_layers, road_themes
from transitplan.report.parts import Figure, Section, Table
from transitplan.report.roads import Roads, lon_lat, merge_directions
from transitplan.report.rows import base_daily, of_run
from transitplan.report.site_map import site_map
from transitplan.report.site_quality import site_quality
from transitplan.scenario.case import NONE, Site
from transitplan.viz import palette, swatches
from transitplan.viz.charts import MONEY, VEHICLES, Series, Span, densities, running_sums, spans
from transitplan.viz.maps import Areas, Field, Legend, Lines, Points, Shapes, new_map, page
from transitplan.viz.text import (NOTHING, Text, amounts, as_text, exact, finite, hover, in_one_unit, join,
    minutes, money, number, people, percent, plain, rounded, sure)


def crossing_layers(assessment: Assessment) -> list[tuple[Layer, str]]:
    crossings = assessment.case.network.crossings
    if crossings.empty:
        return []
    crossings = crossings[
        crossings[["lon_south", "lat_south", "lon_north", "lat_north"]].notna().all(axis=1)
    ]
    stream = names.river(assessment)
    sites = {site.crossing_id for site in assessment.case.sites}
    at_site = crossings["crossing_id"].isin(sites)
    crossings = pd.concat([crossings[at_site], crossings[~at_site]])  # their names come first
    rows = pd.DataFrame(
        {
            "lat": (crossings["lat_south"] + crossings["lat_north"]) / 2,
            "lon": (crossings["lon_south"] + crossings["lon_north"]) / 2,
            "drawing": [
                swatches.crossing_mark(form, status)
                for form, status in zip(crossings["form"], crossings["status"], strict=True)
            ],
            "label": [
                names.short(names.crossing(names.called(row), stream))
                for row in names.records(crossings)
            ],
            "style": ["strong" if name in sites else "" for name in crossings["crossing_id"]],
            "title": [names.called(row) for row in names.records(crossings)],
        }
    )
    named = Text("River crossings", "过河通道")
    layer = Points(named, rows, fields=_crossing_fields(assessment, crossings), order=2)
    words = swatches.heading(
        named, Text("Dashed outline: planned; hollow: being built.", "虚线轮廓：规划；空心：在建。")
    )
    words += swatches.key_mark(swatches.crossing_mark("bridge", "open"), Text("bridge", "桥梁"))
    words += swatches.key_mark(swatches.crossing_mark("tunnel", "open"), Text("tunnel", "隧道"))
    words += swatches.key_mark(
        swatches.crossing_mark("pontoon", "open"), Text("rail only, pontoon", "铁路专用、浮桥")
    )
    return [(layer, words)]


def _crossing_fields(assessment: Assessment, crossings: pd.DataFrame) -> list[Field]:
    year = assessment.case.base_year
    line = assessment.screenline
    line = line[(line["option_id"] == NONE) & (line["year"] == year)].set_index("crossing_id")
    modelled = line["daily_vehicles"].reindex(crossings["crossing_id"])
    observed = zip(
        crossings["observed_daily_vehicles_low"],
        crossings["observed_daily_vehicles_high"],
        crossings["observed_year"],
        strict=True,
    )
    return [
        Field(Text("Form", "形式"), [names.form(word) for word in crossings["form"]]),
        Field(Text("Status", "状态"), [names.status(word) for word in crossings["status"]]),
        Field(Text("Opened or opens", "通车年份"), _figures(crossings["open_year"], "{:.0f}")),
        Field(Text("Length [m]", "长度 [米]"), _figures(crossings["length_m"], "{:,.0f}")),
        Field(Text("Lanes, both directions", "双向车道数"), _figures(crossings["lanes"], "{:g}")),
        Field(
            Text("Speed limit [km/h]", "限速 [公里/小时]"),
            _figures(crossings["free_speed_kph"], "{:.0f}"),
        ),
        Field(
            Text("Cost [bn CNY]", "造价 [十亿元]"),
            [
                "" if finite(value) is None else number(value / 1e9)
                for value in crossings["capital_cost_cny"]
            ],
        ),
        Field(Text("Toll", "收费"), list(crossings["toll_rule"])),
        Field(
            Text("Not let in", "禁行"),
            [names.vehicles(word) if word else "" for word in crossings["banned_uses"]],
        ),
        Field(
            Text("Published volume [veh/day]", "公布流量 [辆/日]"),
            [_observed(*row) for row in observed],
        ),
        Field(
            Text(f"Modelled {year} [veh/day]", f"模型 {year} 年 [辆/日]"),
            ["" if finite(value) is None else plain(rounded(value, 2)) for value in modelled],
        ),
        Field(Text("Source", "来源"), list(crossings["source"])),
        Field(
            Text("Confidence", "可信度"),
            [names.known(word) if word else "" for word in crossings["confidence"]],
        ),
    ]


def _observed(low: float, high: float, year: str) -> str:
    ends = [plain(value) for value in dict.fromkeys((low, high)) if finite(value) is not None]
    return f"{'–'.join(ends)} ({year})" if ends and year else "–".join(ends)


def place_layers(assessment: Assessment) -> list[tuple[Layer, str]]:
    rows = assessment.case.network.clusters
    zones = assessment.case.network.zones.set_index("zone_id")
    layers: list[tuple[Layer, str]] = []
    for kind, title, order in (
        ("cluster", Text("Clusters", "组团"), 1),
        ("hub", Text("Hubs", "枢纽"), 3),
    ):
        chosen = rows[rows["kind"] == kind]
        if chosen.empty:
            continue
        called = [names.called(row) for row in names.records(chosen)]
        frame = pd.DataFrame(
            {
                "lat": chosen["lat"],
                "lon": chosen["lon"],
                "drawing": swatches.place_mark(kind),
                "label": [names.short(name) for name in called],
                "style": "strong" if kind == "cluster" else "",
                "title": called,
            }
        )
        own = zones.reindex(chosen["zone_id"])
        fields = [
            Field(
                Text("Residents of its zone", "所在小区常住人口"),
                [people(v) for v in own["population"]],
            ),
            Field(Text("Jobs of its zone", "所在小区就业岗位"), [people(v) for v in own["jobs"]]),
            Field(Text("Source", "来源"), list(chosen["source"])),
        ]
        layer = Points(title, frame, fields=fields, order=order)
        layers.append((layer, swatches.key_mark(swatches.place_mark(kind), title)))
    return layers


def _figures(values: "pd.Series[float]", pattern: str) -> list[str]:
    return ["" if finite(value) is None else pattern.format(value) for value in values]
