"""Layers of the map that draw marks: crossings, clusters, hubs."""

import pandas as pd
from folium.map import Layer

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.rows import base_daily, crossing_middles
from transitplan.viz import swatches
from transitplan.viz.maps import Field, Points
from transitplan.viz.places import opening_year
from transitplan.viz.text import Text, finite, join, number, people, plain, rounded

CROSSING = Text("river crossing", "过河通道")


def crossing_layers(assessment: Assessment) -> list[tuple[Layer, str]]:
    """Mark every crossing that has coordinates; the names of the sites come first."""
    crossings = assessment.case.network.crossings
    if crossings.empty:
        return []
    crossings = crossings[
        crossings[["lon_south", "lat_south", "lon_north", "lat_north"]].notna().all(axis=1)
    ]
    stream = names.river(assessment.case)
    sites = {site.crossing_id for site in assessment.case.sites}
    at_site = crossings["crossing_id"].isin(sites)
    crossings = pd.concat([crossings[at_site], crossings[~at_site]])  # their names come first
    middles = crossing_middles(crossings)
    rows = pd.DataFrame(
        {
            "lat": middles.y,
            "lon": middles.x,
            "drawing": [
                swatches.crossing_mark(form, status)
                for form, status in zip(crossings["form"], crossings["status"], strict=True)
            ],
            "label": [
                names.short(names.crossing(names.called(row), stream))
                + opening_year(row.open_year, row.name)
                for row in names.records(crossings)
            ],
            "style": ["strong" if name in sites else "" for name in crossings["crossing_id"]],
            "title": [names.called(row) for row in names.records(crossings)],
        }
    )
    named = Text("River crossings", "过河通道")
    layer = Points(
        named, rows, fields=_crossing_fields(assessment, crossings), order=2, kind=CROSSING
    )
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
    modelled = base_daily(assessment).reindex(crossings["crossing_id"])
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
        Field(Text("Toll", "收费"), [names.toll(words) for words in crossings["toll_rule"]]),
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
    """Clusters and hubs."""
    rows = assessment.case.network.clusters
    zones = assessment.case.network.zones.set_index("zone_id")
    layers: list[tuple[Layer, str]] = []
    for kind, title, one, order in (
        ("cluster", Text("Clusters", "组团"), Text("cluster", "组团"), 1),
        ("hub", Text("Hubs", "枢纽"), Text("hub", "枢纽"), 3),
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
            *_door_to_door(assessment, list(chosen["cluster_id"])),
            Field(Text("Source", "来源"), list(chosen["source"])),
        ]
        layer = Points(title, frame, fields=fields, order=order, kind=one)
        layers.append((layer, swatches.key_mark(swatches.place_mark(kind), title)))
    return layers


def _door_to_door(assessment: Assessment, places: list[str]) -> list[Field]:
    """Minutes from each cluster to each of the places, by car in the peak and by transit."""
    if assessment.modes is None:
        return []
    called = names.short_places(assessment.case)
    kinds = assessment.case.network.clusters.set_index("cluster_id")["kind"]
    pairs = assessment.modes.pairs
    fields = []
    for year in dict.fromkeys((assessment.case.base_year, names.horizon_year(assessment))):
        rows = pairs[(pairs["year"] == year) & (pairs["origin_id"].map(kinds) == "cluster")]
        rows = rows[rows["origin_id"] != rows["destination_id"]]
        told = [
            join(
                called[str(row.origin_id)]
                + f" {_whole(row.car_peak_min)} / {_whole(row.transit_min)}"
                for row in names.records(rows[rows["destination_id"] == place])
            )
            for place in places
        ]
        title = Text(
            f"From the clusters {year}: car in the peak / public transport [min]",
            f"{year} 年自各组团：高峰驾车 / 公共交通 [分钟]",
        )
        fields.append(Field(title, told))
    return fields


def _whole(minutes: float) -> str:
    return "–" if finite(minutes) is None else f"{minutes:.0f}"


def _figures(values: "pd.Series[float]", pattern: str) -> list[str]:
    return ["" if finite(value) is None else pattern.format(value) for value in values]
