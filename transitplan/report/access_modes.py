"""What the section on access says of public transport, of the best mode, and of life circles."""

from typing import Any

import pandas as pd
from markupsafe import Markup

from transitplan.access.circles import CIRCLES
from transitplan.appraisal.mode_access import CAR, TRANSIT, ModeAccess
from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.cells import SIDE_BY_SIDE, Cell, minutes_cell
from transitplan.report.parts import Table
from transitplan.viz.text import NOTHING, Text, as_text, finite, hover, percent, plain

MODES = {CAR: Text("car", "小客车"), TRANSIT: Text("public transport", "公共交通")}
KINDS = {
    "shop": Text("shop", "商店"),
    "stop": Text("stop", "站点"),
    "primary_school": Text("primary school", "小学"),
    "clinic": Text("clinic", "卫生站"),
    "all": Text("all of these", "全部"),
}
WITHOUT = Text(
    "No public transport: the network has no timetable (folder transit/), so that all that follows "
    "is by car. docs/transit.md says how to add one, or to draw planned lines.",
    "无公共交通：路网没有时刻表（transit/ 文件夹），以下均为小客车。添加时刻表或绘制规划线路见 "
    "docs/transit.md。",
)


def mode_parts(assessment: Assessment, modes: ModeAccess) -> list[Table | Text]:
    """Times by public transport and by the best mode; a sentence where there is no timetable."""
    if not modes.has_transit:
        return [WITHOUT]
    base, last = assessment.case.base_year, names.horizon_year(assessment)
    shown = list(dict.fromkeys((base, last)))
    parts: list[Table | Text] = [
        Text(
            "Public transport belongs to a year: no option changes it, not even one that carries "
            "a rail deck, before a line is drawn over it.",
            "公共交通只随年份变化：任何方案（包括预留轨道层者）在绘制线路之前均不改变公共交通。",
        )
    ]
    parts += [_transit(assessment, modes.pairs, year) for year in shown]
    parts += [_best(assessment, modes.pairs, year) for year in shown]
    rest = [year for year in sorted(assessment.case.years) if year not in shown]
    for year in rest:
        parts += [
            _transit(assessment, modes.pairs, year, folded=True),
            _best(assessment, modes.pairs, year, folded=True),
        ]
    return parts


def _transit(
    assessment: Assessment, pairs: pd.DataFrame, year: int, *, folded: bool = False
) -> Table:
    """Minutes from door to door, and what they are made of."""
    return Table(
        Text(
            f"{year}: minutes by public transport; below walk + wait + ride and mean changes",
            f"{year} 年：公共交通分钟数；下行为步行 + 候车 + 乘车及平均换乘次数",
        ),
        *_grid(assessment, pairs[pairs["year"] == year], _parts_cell),
        sheet="door_to_door",
        made=Text(
            "expected times of the best strategy on a weekday from 7 to 9, from centroid to "
            "centroid: mean waits, straight walks × 1.3; a dash: nobody gets there",
            "工作日 7–9 时最优策略的期望时间，小区形心之间：平均候车时间，步行为直线距离×1.3；"
            "短横表示无法到达",
        ),
        folded=folded,
    )


def _best(assessment: Assessment, pairs: pd.DataFrame, year: int, *, folded: bool = False) -> Table:
    """Minutes by the faster mode, public transport marked."""
    return Table(
        Text(
            f"{year}: minutes by the best mode; ● where it is public transport",
            f"{year} 年：最快方式的分钟数；● 为公共交通更快",
        ),
        *_grid(assessment, pairs[pairs["year"] == year], _best_cell),
        sheet="door_to_door",
        made=Text(
            "the faster of car in the peak and public transport; the car's time has no walk to it "
            "and no search for a place to park",
            "高峰小客车与公共交通中较快者；小客车时间不含取车步行与停车寻位",
        ),
        folded=folded,
    )


def _parts_cell(row: Any) -> Cell:
    if finite(row.transit_min) is None:
        return NOTHING
    parts = " + ".join(plain(each) for each in (row.walk_min, row.wait_min, row.ride_min))
    return Markup("{}<br><small>{}; {}</small>").format(
        minutes_cell(row.transit_min), parts, hover(plain(row.changes, 1), row.changes)
    )


def _best_cell(row: Any) -> Cell:
    shown = minutes_cell(row.best_min)
    return Markup("● {}").format(shown) if row.best_mode == TRANSIT else shown


def _grid(
    assessment: Assessment, rows: pd.DataFrame, cell: Any
) -> tuple[list[Text], list[list[Cell]]]:
    """Destinations down, clusters across, as the tables by car."""
    named = names.places(assessment.case)
    kinds = assessment.case.network.clusters.set_index("cluster_id")["kind"]
    origins = [place for place in named if kinds[place] == "cluster"] or list(named)
    keyed = {(row.origin_id, row.destination_id): row for row in names.records(rows)}
    head = [Text("To", "到"), *(names.short(named[place]) for place in origins)]
    body: list[list[Cell]] = [
        [
            names.short(named[end]),
            *(cell(keyed[start, end]) if (start, end) in keyed else "" for start in origins),
        ]
        for end in named
    ]
    return head, body


def circle_parts(assessment: Assessment, modes: ModeAccess) -> list[Table | Text]:
    """Who has shops, stops, schools and clinics on foot, the first year against the last."""
    rows = modes.circles
    if rows.empty:
        return []
    years = list(dict.fromkeys((assessment.case.base_year, names.horizon_year(assessment))))
    keyed = rows.set_index(["year", "super_zone", "circle_min", "kind"])["share"]
    asked = [(circle, kind) for circle in CIRCLES for kind in (*circle.kinds, "all")]
    asked = [each for each in asked if each[1] != "all" or len(each[0].kinds) > 1]
    named = names.short_places(assessment.case)

    def share(area: str, circle_min: int, kind: str) -> Cell:
        values = [keyed.get((year, area, circle_min, kind)) for year in years]
        shown = [hover(percent(value), value) for value in values]
        return shown[0] if shown[0] == shown[-1] else SIDE_BY_SIDE.join(shown)

    areas = [area for area in dict.fromkeys(rows["super_zone"]) if area]
    when = " / ".join(map(str, years))
    table = Table(
        Text(
            f"Life circles: residents of the clusters served on foot, {when}",
            f"生活圈：组团居民步行可达比例，{when} 年",
        ),
        [
            Text("Within", "范围"),
            Text("Clusters", "各组团合计"),
            *(named.get(area, as_text(area)) for area in areas),
        ],
        [
            [
                Text(
                    f"{circle.minutes} min ({circle.walk_m:,.0f} m): {KINDS[kind].en}",
                    f"{circle.minutes} 分钟（{circle.walk_m:,.0f} 米）：{KINDS[kind].zh}",
                ),
                *(share(area, circle.minutes, kind) for area in ("", *areas)),
            ]
            for circle, kind in asked
        ],
        sheet="life_circles",
    )
    return [table, _marked(assessment)]


def _marked(assessment: Assessment) -> Text:
    """Say which places were made up."""
    places = assessment.case.places
    assumed = int((places["status"] == "assumed").sum())
    if not assumed:
        return Text(
            "Where residents live inside zones is an assumption.", "小区内居民的分布为假定。"
        )
    return Text(
        f"A synthetic layer: {assumed} of {len(places)} schools, clinics and shops are assumed, "
        "spread by rule for want of a register, and so is where residents live inside zones. The "
        "table shows the method, not the place, until real ones are put in."
        if assumed == len(places)
        else f"{assumed} of {len(places)} schools, clinics and shops are assumed, and so is where "
        "residents live inside zones.",
        f"虚拟数据：{len(places)} 处学校、卫生站与商店中 {assumed} 处为假定（无登记资料，"
        "按规则布设），小区内居民分布亦为假定。换入真实设施之前，本表只说明方法。",
    )
