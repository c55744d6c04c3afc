"""map.html: the network, its crossings and what each option changes, on one page without a host."""

from dataclasses import dataclass
from typing import Any

import folium
import pandas as pd
import shapely
from folium.map import Layer

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.ground import ground_features, ground_names, land_bounds
from transitplan.report.roads import Roads, lon_lat, merge_directions
from transitplan.scenario.case import NONE
from transitplan.viz import palette, swatches
from transitplan.viz.maps import Areas, Field, Legend, Lines, Points, Shapes, new_map, page
from transitplan.viz.text import Text, as_text, finite, number, people, plain, rounded

SIZE_LIMIT = 5_000_000  # bytes
TOLERANCES_M = (3.0, 10.0, 30.0, 80.0)
WIDEST = 11.0  # pixels


def map_page(assessment: Assessment, *, language: str = "en", tiles: str = "") -> str:
    """Return the map's page, simplified until it keeps to the size limit.

    Parameters
    ----------
    language
        ``en`` or ``zh``: what the page shows first.
    tiles
        Address of online tiles; none by default.
    """
    for tolerance in TOLERANCES_M:
        html = page(_drawing(assessment, tolerance_m=tolerance, tiles=tiles), language=language)
        if len(html.encode()) <= SIZE_LIMIT:
            break
    return html


@dataclass(frozen=True, eq=False)
class _Themes:
    """What the road layers share: segments, their page-wide shapes, and the widths' scale."""

    assessment: Assessment
    roads: Roads
    shapes: Shapes
    widest_flow: float
    widest_change: float


def _drawing(assessment: Assessment, *, tolerance_m: float, tiles: str) -> folium.Map:
    case = assessment.case
    note = Text(
        f"Roads drawn within {tolerance_m:g} m of the data, both directions on one line; zone "
        "connectors appear only under “Road network”. Numbers on a click. Sources: report, "
        "Assumptions.",
        f"道路线形简化误差不超过 {tolerance_m:g} 米，"
        f"双向合并为一条线；小区连接线仅在“路网”图层显示。"
        "点击查看数值，来源见报告“假设”一节。",
    )
    drawing = new_map(
        Text(case.name, case.name_zh),
        bounds=land_bounds(assessment),
        note=note,
        report="report.html",
        tiles=tiles,
    )
    themes = _themes(assessment, tolerance_m)
    legends: list[tuple[Layer, str]] = []
    drawing.add_child(themes.shapes)
    for layer, words in (
        *_road_layers(themes),
        *_ground_layers(assessment),
        *_reach_layers(assessment),
        *_crossing_layers(assessment),
        *_place_layers(assessment),
    ):
        drawing.add_child(layer)
        if words:
            legends.append((layer, words))
    drawing.add_child(folium.LayerControl(collapsed=False))
    drawing.add_child(Legend(legends))
    return drawing


def _themes(assessment: Assessment, tolerance_m: float) -> _Themes:
    first, last = assessment.case.base_year, names.horizon_year(assessment)
    built = names.built_options(assessment)
    runs = dict.fromkeys([(NONE, first), (NONE, last), *((option, last) for option in built)])
    roads = merge_directions(assessment, runs)
    segments = roads.segments
    titles = [
        names.called(row)
        if str(row.name or row.name_zh)
        else names.capital(names.ROAD_CLASSES.get(row.facility_type, as_text(row.facility_type)))
        for row in names.records(segments)
    ]
    flows = [
        roads.flows(assessment.flows, *run)["flow_vph"].max()
        for run in ((NONE, first), (NONE, last))
    ]
    changes = [
        roads.difference(assessment.flows, option, last, against=NONE)["change_vph"].abs().max()
        for option in built
    ]
    return _Themes(
        assessment,
        roads,
        Shapes(list(lon_lat(segments.geometry, tolerance_m)), titles),
        widest_flow=max(1.0, *flows),
        widest_change=max([1.0, *changes]),
    )


def _road_layers(themes: _Themes) -> list[tuple[Layer, str]]:
    assessment = themes.assessment
    first, last = assessment.case.base_year, names.horizon_year(assessment)
    years = [first] if first == last else [first, last]
    layers = [_flow_layer(themes, year, shown=year == first) for year in years]
    layers += [_load_layer(themes, year) for year in years]
    layers += [_change_layer(themes, option, last) for option in names.built_options(assessment)]
    return [*layers, _class_layer(themes)]


def _flow_fields(frame: pd.DataFrame) -> list[Field]:
    def whole(column: str) -> list[str]:
        return [plain(value) for value in frame[column]]

    return [
        Field(Text("Flow, both directions [veh/h]", "双向流量 [辆/小时]"), whole("flow_vph")),
        Field(Text("One direction [veh/h]", "单向 [辆/小时]"), whole("forward_vph")),
        Field(Text("The other [veh/h]", "对向 [辆/小时]"), whole("backward_vph")),
        Field(
            Text("Volume / capacity, busier direction", "饱和度（较忙方向）"),
            [plain(value, 2) for value in frame["volume_capacity_ratio"]],
        ),
        Field(Text("Delay, busier direction [s]", "延误（较忙方向）[秒]"), whole("delay_s")),
    ]


def _loaded(themes: _Themes, year: int) -> pd.DataFrame:
    """Flows of the network without options, with class and structure, connectors left out."""
    frame = themes.roads.flows(themes.assessment.flows, NONE, year)
    facts = themes.roads.segments.loc[frame.index, ["facility_type", "structure"]]
    frame = frame.join(facts)
    return frame[frame["facility_type"] != "connector"]


def _dashed(frame: pd.DataFrame) -> "pd.Series[bool]":
    return frame["structure"] == "tunnel"


def _flow_layer(themes: _Themes, year: int, *, shown: bool) -> tuple[Layer, str]:
    frame = _loaded(themes, year).sort_values("flow_vph", kind="stable")
    rows = pd.DataFrame(
        {
            "shape": frame.index,
            "colour": palette.INK,
            "width": 0.7 + frame["flow_vph"].to_numpy() / themes.widest_flow * WIDEST,
            "dashed": _dashed(frame).to_numpy(),
        }
    )
    name = Text(f"Flow, {year}", f"流量，{year} 年")
    layer = Lines(name, themes.shapes, rows, fields=_flow_fields(frame), shown=shown)
    steps = [rounded(themes.widest_flow * share, 1) for share in (1.0, 0.5, 0.1)]
    words = swatches.heading(
        Text(f"Flow {year}, nothing built [veh/h]", f"{year} 年流量，不建方案 [辆/小时]"),
        Text(
            "Morning peak hour, both directions. Dashed: tunnel.",
            "早高峰小时，双向合计。虚线为隧道。",
        ),
    )
    words += "".join(
        swatches.key_line(palette.INK, 0.7 + step / themes.widest_flow * WIDEST, plain(step))
        for step in steps
    )
    return layer, words


def _load_layer(themes: _Themes, year: int) -> tuple[Layer, str]:
    frame = _loaded(themes, year).sort_values("volume_capacity_ratio", kind="stable")
    rows = pd.DataFrame(
        {
            "shape": frame.index,
            "colour": [palette.load_colour(value) for value in frame["volume_capacity_ratio"]],
            "width": [
                palette.ROAD_STYLES.get(kind, ("", 1.5))[1] * 0.8 + 1.6
                for kind in frame["facility_type"]
            ],
            "dashed": _dashed(frame).to_numpy(),
        }
    )
    name = Text(f"Volume / capacity, {year}", f"饱和度，{year} 年")
    layer = Lines(name, themes.shapes, rows, fields=_flow_fields(frame), shown=False)
    limits = ["", *(f"{value:g}" for value in palette.LOAD_BREAKS), ""]
    words = swatches.heading(
        Text(f"Volume / capacity {year}, nothing built", f"{year} 年饱和度，不建方案"),
        Text("Morning peak hour, busier direction.", "早高峰小时，较忙方向。"),
    )
    words += "".join(
        swatches.key_line(
            colour, 5, f"< {high}" if not low else f"> {low}" if not high else f"{low}–{high}"
        )
        for colour, low, high in zip(palette.LOAD_COLOURS, limits[:-1], limits[1:], strict=True)
    )
    return layer, words


def _change_layer(themes: _Themes, option_id: str, year: int) -> tuple[Layer, str]:
    assessment, roads = themes.assessment, themes.roads
    frame = roads.difference(assessment.flows, option_id, year, against=NONE)
    frame = frame[roads.segments.loc[frame.index, "facility_type"].to_numpy() != "connector"]
    size = frame["change_vph"].abs()
    frame = frame.loc[size.sort_values(kind="stable").index]
    size = size.loc[frame.index]
    small = max(10.0, rounded(themes.widest_change * 0.01, 1))
    colours = [
        "" if much < small else palette.MORE if change > 0 else palette.LESS
        for change, much in zip(frame["change_vph"], size, strict=True)
    ]
    rows = pd.DataFrame(
        {
            "shape": frame.index,
            "colour": colours,
            "width": 1.0 + size.to_numpy() / themes.widest_change * WIDEST,
            "dashed": roads.segments.loc[frame.index, "structure"].to_numpy() == "tunnel",
        }
    )
    fields = [
        Field(
            Text("Change [veh/h]", "变化 [辆/小时]"), [f"{v:+,.0f}" for v in frame["change_vph"]]
        ),
        Field(Text("With the option [veh/h]", "有方案 [辆/小时]"), _whole(frame["with_vph"])),
        Field(Text("Nothing built [veh/h]", "不建 [辆/小时]"), _whole(frame["without_vph"])),
    ]
    option = names.option(assessment, option_id)
    title = Text(f"Change: {option.en}", f"变化：{option.zh}")
    layer = Lines(title, themes.shapes, rows, fields=fields, shown=False)
    step = rounded(themes.widest_change * 0.5, 1)
    wide = 1.0 + step / themes.widest_change * WIDEST
    words = swatches.heading(
        Text(f"{option.en}, {year}: change of flow", f"{option.zh}，{year} 年：流量变化"),
        Text(
            f"Against nothing built, peak hour, both directions; thin grey: under {small:g} veh/h.",
            f"与不建方案相比，高峰小时双向；细灰线：变化小于 {small:g} 辆/小时。",
        ),
    )
    words += swatches.key_line(
        palette.MORE, wide, Text(f"{plain(step)} veh/h more", f"增加 {plain(step)} 辆/小时")
    )
    words += swatches.key_line(
        palette.LESS, wide, Text(f"{plain(step)} veh/h less", f"减少 {plain(step)} 辆/小时")
    )
    return layer, words


def _class_layer(themes: _Themes) -> tuple[Layer, str]:
    own = themes.roads.links
    present = own.loc[own["option_id"] == NONE, "segment"].unique()
    frame = themes.roads.segments.loc[present]
    styles = [
        palette.ROAD_STYLES.get(kind, (palette.HAIRLINE, 1.0)) for kind in frame["facility_type"]
    ]
    rows = pd.DataFrame(
        {
            "shape": frame.index,
            "colour": [style[0] for style in styles],
            "width": [style[1] for style in styles],
            "dashed": _dashed(frame).to_numpy(),
        },
    )
    fields = [
        Field(
            Text("Class", "等级"),
            [names.ROAD_CLASSES.get(kind, as_text(kind)) for kind in frame["facility_type"]],
        ),
        Field(Text("Lanes, one direction", "单向车道数"), [f"{v:g}" for v in frame["lanes"]]),
    ]
    order = rows["width"].sort_values(kind="stable").index
    ordered = [Field(field.label, [field.values[at] for at in order]) for field in fields]
    layer = Lines(
        Text("Road network", "路网"), themes.shapes, rows.loc[order], fields=ordered, shown=False
    )
    words = swatches.heading(Text("Road network by class", "路网等级")) + "".join(
        swatches.key_line(colour, width, names.ROAD_CLASSES[kind])
        for kind, (colour, width) in palette.ROAD_STYLES.items()
        if kind in set(frame["facility_type"])
    )
    return layer, words


def _ground_layers(assessment: Assessment) -> list[tuple[Layer, str]]:
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


def _reach_layers(assessment: Assessment) -> list[tuple[Layer, str]]:
    start = assessment.case.isochrones_from
    rows = assessment.isochrones
    rows = rows[rows["cluster_id"] == start].sort_values("within_min", ascending=False)
    if rows.empty:
        return []
    origin = names.short(names.places(assessment).get(start, as_text(start)))
    limits = sorted(rows["within_min"].unique())
    colours = {
        limit: palette.REACH_COLOURS[min(place, len(palette.REACH_COLOURS) - 1)]
        for place, limit in enumerate(limits)
    }
    features = [_reach_feature(row, colours[row.within_min]) for row in names.records(rows)]
    layer = Areas(
        Text(f"Reach from {origin.en}", f"可达范围：{origin.zh}"),
        features,
        pane="reach",
        fields=[Text("Residents within [persons]", "覆盖常住人口 [人]")],
        shown=False,
    )
    words = swatches.heading(
        Text(f"Reach from {origin.en} by car", f"自{origin.zh}驾车可达范围"),
        Text("Empty roads, base network.", "畅通条件，现状路网。"),
    )
    words += "".join(
        swatches.key_area(
            colours[limit], Text(f"within {limit:g} min", f"{limit:g} 分钟内"), opacity=0.75
        )
        for limit in limits
    )
    return [(layer, words)]


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


def _crossing_layers(assessment: Assessment) -> list[tuple[Layer, str]]:
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


def _place_layers(assessment: Assessment) -> list[tuple[Layer, str]]:
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


def _whole(values: "pd.Series[float]") -> list[str]:
    return [plain(value) for value in values]


def _figures(values: "pd.Series[float]", pattern: str) -> list[str]:
    return ["" if finite(value) is None else pattern.format(value) for value in values]
