"""map.html: the network, its crossings, what each option changes, on one page without a host."""

import folium
from folium.map import Layer

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.ground import land_bounds
from transitplan.report.map_areas import reach_layers
from transitplan.report.map_places import crossing_layers, place_layers
from transitplan.report.map_roads import road_layers, road_themes
from transitplan.viz.ground import ground_layers
from transitplan.viz.maps import Legend, new_map, page
from transitplan.viz.text import Text

SIZE_LIMIT = 5_000_000  # bytes


TOLERANCES_M = (3.0, 10.0, 30.0, 80.0)


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


def _drawing(assessment: Assessment, *, tolerance_m: float, tiles: str) -> folium.Map:
    case = assessment.case
    note = Text(
        f"Roads drawn within {tolerance_m:g} m of the data, both directions on one line; zone "
        "connectors appear only under “Road network”. Numbers on a click. Sources: report, "
        "Assumptions.",
        f"道路线形简化误差不超过 {tolerance_m:g} 米，"
        f"双向合并为一条线；小区连接线仅在“路网”图层显示。"
        "点击道路或标记查看数值；来源见报告“假设”一节。",
    )
    drawing = new_map(
        names.called(case),
        bounds=land_bounds(assessment),
        note=note,
        report="report.html",
        tiles=tiles,
    )
    themes = road_themes(assessment, tolerance_m)
    legends: list[tuple[Layer, str]] = []
    drawing.add_child(themes.shapes)
    for layer, words in (
        *road_layers(themes),
        *ground_layers(case.ground),
        *reach_layers(assessment),
        *crossing_layers(assessment),
        *place_layers(assessment),
    ):
        drawing.add_child(layer)
        if words:
            legends.append((layer, words))
    drawing.add_child(folium.LayerControl(collapsed=False))
    drawing.add_child(Legend(legends))
    return drawing
