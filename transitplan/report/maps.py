"""map.html: the network, its crossings, what each option changes, on one page without a host."""

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.ground import land_bounds
from transitplan.report.map_areas import reach_layers
from transitplan.report.map_places import crossing_layers, place_layers
from transitplan.report.map_roads import road_layers, road_themes
from transitplan.viz.maps import PlanMap, page
from transitplan.viz.sheet import fitted, sheet
from transitplan.viz.text import Text


def map_page(assessment: Assessment, *, language: str = "en", tiles: str = "") -> str:
    """Return the map's page, simplified until it keeps to the size limit.

    Parameters
    ----------
    language
        ``en`` or ``zh``: what the page shows first.
    tiles
        Online tiles as ``named_tiles`` knows them; none by default.
    """
    drawing = assessment_map(assessment, tiles=tiles, report="report.html")
    return page(drawing, language=language)


def assessment_map(assessment: Assessment, *, tiles: str = "", report: str = "") -> PlanMap:
    """Draw the network, its crossings, and what each option changes.

    Parameters
    ----------
    tiles
        As in ``map_page``.
    report
        Address of the page that the bar links to.
    """
    return fitted(
        lambda tolerance: _drawing(assessment, tolerance_m=tolerance, tiles=tiles, report=report)
    )


def _drawing(assessment: Assessment, *, tolerance_m: float, tiles: str, report: str) -> PlanMap:
    case = assessment.case
    note = Text(
        f"Roads drawn within {tolerance_m:g} m of the data, both directions on one line; zone "
        "connectors appear only under “Road network”. Numbers on a click. Sources: report, "
        "Assumptions.",
        f"道路线形简化误差不超过 {tolerance_m:g} 米，"
        f"双向合并为一条线；小区连接线仅在“路网”图层显示。"
        "点击道路或标记查看数值；来源见报告“假设”一节。",
    )
    themes = road_themes(assessment, tolerance_m)
    return sheet(
        names.called(case),
        [
            *road_layers(themes),
            *reach_layers(assessment),
            *crossing_layers(assessment),
            *place_layers(assessment),
        ],
        shapes=[themes.shapes],
        bounds=land_bounds(assessment),
        note=note,
        ground=case.ground,
        report=report,
        tiles=tiles,
    )
