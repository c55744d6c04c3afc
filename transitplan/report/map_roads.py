"""Layers of the map that draw roads: flow, load, change, class."""

from dataclasses import dataclass

import pandas as pd
from folium.map import Layer

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.roads import Roads, lon_lat, merge_directions
from transitplan.scenario.case import NONE
from transitplan.viz import palette, swatches
from transitplan.viz.maps import Field, Lines, Shapes
from transitplan.viz.text import Text, as_text, plain, rounded

WIDEST = 11.0  # pixels


@dataclass(frozen=True, eq=False)
class RoadThemes:
    """What the road layers share: segments, their page-wide shapes, and the widths' scale."""

    assessment: Assessment
    roads: Roads
    shapes: Shapes
    widest_flow: float
    widest_change: float


def road_themes(assessment: Assessment, tolerance_m: float) -> RoadThemes:
    """Merge the roads of all options once, for all layers."""
    first, last = assessment.case.base_year, names.horizon_year(assessment)
    built = names.built_options(assessment)
    runs = dict.fromkeys([(NONE, first), (NONE, last), *((option, last) for option in built)])
    roads = merge_directions(assessment, runs)
    segments = roads.segments
    named = [bool(row.name or row.name_zh) for row in names.records(segments)]
    titles = [
        names.called(row)
        if known
        else names.capital(names.ROAD_CLASSES.get(row.facility_type, as_text(row.facility_type)))
        for row, known in zip(names.records(segments), named, strict=True)
    ]
    flows = [
        roads.flows(assessment.flows, *run)["flow_vph"].max()
        for run in ((NONE, first), (NONE, last))
    ]
    changes = [
        roads.difference(assessment.flows, option, last, against=NONE)["change_vph"].abs().max()
        for option in built
    ]
    return RoadThemes(
        assessment,
        roads,
        Shapes(
            list(lon_lat(segments.geometry, tolerance_m)),
            titles,
            ids=_ids(roads),
            named=named,
        ),
        widest_flow=max(1.0, *flows),
        widest_change=max([1.0, *changes]),
    )


def _ids(roads: Roads) -> list[str]:
    """Ids of the links of each segment."""
    links = roads.links.drop_duplicates(["segment", "link_id"])
    told = links["link_id"].astype(str).groupby(links["segment"]).agg(", ".join)
    return [str(each) for each in told.loc[roads.segments.index]]


def road_layers(themes: RoadThemes) -> list[tuple[Layer, str]]:
    """Every road layer with the words of its legend."""
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


def _loaded(themes: RoadThemes, year: int) -> pd.DataFrame:
    """Flows of the network without options, with class and structure, connectors left out."""
    frame = themes.roads.flows(themes.assessment.flows, NONE, year)
    facts = themes.roads.segments.loc[frame.index, ["facility_type", "structure"]]
    frame = frame.join(facts)
    return frame[frame["facility_type"] != "connector"]


def _dashed(frame: pd.DataFrame) -> "pd.Series[bool]":
    return frame["structure"] == "tunnel"


def _flow_layer(themes: RoadThemes, year: int, *, shown: bool) -> tuple[Layer, str]:
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


def _load_layer(themes: RoadThemes, year: int) -> tuple[Layer, str]:
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


def _change_layer(themes: RoadThemes, option_id: str, year: int) -> tuple[Layer, str]:
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
    option = names.option(assessment.case, option_id)
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


def _class_layer(themes: RoadThemes) -> tuple[Layer, str]:
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


def _whole(values: "pd.Series[float]") -> list[str]:
    return [plain(value) for value in values]
