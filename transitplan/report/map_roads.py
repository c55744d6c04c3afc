"""Layers of the map that draw roads: flow, load, change, class."""

from dataclasses import dataclass

import pandas as pd

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.roads import Roads, lon_lat, merge_directions
from transitplan.scenario.case import NONE
from transitplan.viz.layers import Shapes
from transitplan.viz.roads import Drawn, change_layer, class_layer, flow_layer, load_layer
from transitplan.viz.text import Text, as_text


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


def road_layers(themes: RoadThemes) -> list[Drawn]:
    """Every road layer with the words of its legend."""
    assessment = themes.assessment
    first, last = assessment.case.base_year, names.horizon_year(assessment)
    years = list(dict.fromkeys((first, last)))
    loaded = {year: _loaded(themes, year) for year in years}
    layers = [
        flow_layer(
            themes.shapes,
            loaded[year],
            name=Text(f"Flow, {year}", f"流量，{year} 年"),
            title=Text(f"Flow {year}, nothing built [veh/h]", f"{year} 年流量，不建方案 [辆/小时]"),
            widest_flow=themes.widest_flow,
            shown=year == first,
        )
        for year in years
    ]
    layers += [
        load_layer(
            themes.shapes,
            loaded[year],
            name=Text(f"Volume / capacity, {year}", f"饱和度，{year} 年"),
            title=Text(f"Volume / capacity {year}, nothing built", f"{year} 年饱和度，不建方案"),
        )
        for year in years
    ]
    layers += [_change_layer(themes, option, last) for option in names.built_options(assessment)]
    present = themes.roads.links.loc[themes.roads.links["option_id"] == NONE, "segment"].unique()
    return [*layers, class_layer(themes.shapes, themes.roads.segments.loc[present], shown=False)]


def _loaded(themes: RoadThemes, year: int) -> pd.DataFrame:
    """Flows of the network without options, with class and structure."""
    frame = themes.roads.flows(themes.assessment.flows, NONE, year)
    return frame.join(themes.roads.segments[["facility_type", "structure"]])


def _change_layer(themes: RoadThemes, option_id: str, year: int) -> Drawn:
    assessment, roads = themes.assessment, themes.roads
    frame = roads.difference(assessment.flows, option_id, year, against=NONE)
    option = names.option(assessment.case, option_id)
    return change_layer(
        themes.shapes,
        frame.join(roads.segments[["facility_type", "structure"]]),
        name=Text(f"Change: {option.en}", f"变化：{option.zh}"),
        title=Text(f"{option.en}, {year}: change of flow", f"{option.zh}，{year} 年：流量变化"),
        note=Text(
            "Against nothing built, peak hour, both directions; thin grey: under {small} veh/h.",
            "与不建方案相比，高峰小时双向；细灰线：变化小于 {small} 辆/小时。",
        ),
        labels=(
            Text("With the option [veh/h]", "有方案 [辆/小时]"),
            Text("Nothing built [veh/h]", "不建 [辆/小时]"),
        ),
        widest_change=themes.widest_change,
    )
