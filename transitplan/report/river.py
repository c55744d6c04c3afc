"""Parts of the section on resilience: capacity of the river, cuts, weak roads, dangerous goods."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from transitplan.appraisal.resilience import Resilience
from transitplan.report import names
from transitplan.report.cells import (
    Cell,
    both,
    minutes_cell,
    money_cell,
    number_cell,
    people_cell,
    ratio_cell,
)
from transitplan.report.parts import Figure, Table
from transitplan.report.rows import crossing_middles
from transitplan.scenario.case import NONE, Case
from transitplan.viz.text import NOTHING, Text, as_text, finite, join, plain

LINKS_SHOWN = 10
GOODS_SHOWN = 8
BANKS = {
    "south": Text("South or east bank", "南岸／东岸"),
    "north": Text("North or west bank", "北岸／西岸"),
}
WAYS = ("to_north", "to_south")


def river_parts(
    case: Case, found: Resilience, titles: Mapping[str, Text]
) -> list[Table | Figure | Text]:
    """Screenline, cuts, redundancy, critical links and dangerous goods."""
    parts: list[Table | Figure | Text] = [
        _screenline(found, titles),
        _cuts(case, found),
        _redundancy(found, titles),
    ]
    if not found.critical_links.empty:
        parts.append(_critical(found))
    if not found.only_ways.empty:
        parts.append(_only_ways(found))
    if not found.dangerous_goods.empty:
        parts.append(_goods(case, found, titles))
    return parts


def stress_rows(case: Case, found: Resilience, option: str = NONE) -> pd.DataFrame:
    """Closure stress for a map: a point half-way over each crossing, and what shutting it costs.

    Returns
    -------
    GeoDataFrame
        crossing_id, name, name_zh, loss_cny_per_h, unreachable_vph, worst_added_min, geometry
        (WGS-84); crossings of the table with both ends known.
    """
    import geopandas as gpd

    rows = case.network.crossings.dropna(subset=["lon_south", "lon_north"])
    own = found.singles[found.singles["option_id"] == option]
    table = rows[["crossing_id", "name", "name_zh", "lon_south", "lon_north", "lat_south",
                  "lat_north"]].merge(own, on="crossing_id")  # fmt: skip
    columns = ["crossing_id", "name", "name_zh", "loss_cny_per_h", "unreachable_vph",
               "worst_added_min"]  # fmt: skip
    points = crossing_middles(table)
    layer: pd.DataFrame = gpd.GeoDataFrame(table[columns], geometry=points, crs="EPSG:4326")
    return layer


def _screenline(found: Resilience, titles: Mapping[str, Text]) -> Table:
    rows = found.screenline[found.screenline["option_id"] == NONE]
    room = rows.set_index(["use", "crossing_id", "direction"])["capacity_pceph"]
    flow = rows[rows["use"] == "car"].set_index(["crossing_id", "direction"])["flow_pceph"]
    uses = list(dict.fromkeys(rows["use"]))
    order = list(dict.fromkeys(rows["crossing_id"]))

    def line(title: Text, crossings: list[str]) -> list[Cell]:
        cells: list[Cell] = [title]
        for use in uses:
            sums = [sum(float(room[use, each, way]) for each in crossings) for way in WAYS]
            cells.append(both(*(number_cell(value, 3, "pce/h") for value in sums)))
        used = [sum(float(flow[each, way]) for each in crossings) for way in WAYS]
        open_ = [sum(float(room["car", each, way]) for each in crossings) for way in WAYS]
        shares = [a / b if b else np.nan for a, b in zip(used, open_, strict=True)]
        return [*cells, both(*(ratio_cell(share) for share in shares))]

    body = [line(titles.get(each, as_text(each)), [each]) for each in order]
    body.append(line(Text("All", "合计"), order))
    return Table(
        Text(
            "River screenline: capacity to the north / to the south [pce/h], nothing built",
            "过河断面：北向 / 南向通行能力［pcu/h］，不建方案",
        ),
        [
            Text("Crossing, downstream", "通道（自上游至下游）"),
            *(names.capital(names.vehicles(use)) for use in uses),
            Text("Peak flow / capacity", "高峰流量／通行能力"),
        ],
        body,
        sheet="river_screenline",
        made=Text(
            "lanes × capacity of a lane of the narrowest link, 0 where the use is banned",
            "最窄路段车道数×单车道通行能力；禁行者为 0",
        ),
    )


def _cuts(case: Case, found: Resilience) -> Table:
    rows = found.cuts[found.cuts["option_id"] == NONE]
    river = names.river(case)
    called = BANKS | names.short_places(case)
    body: list[list[Cell]] = [
        [
            join(
                [called.get(row.origin_id, as_text(row.origin_id)),
                 called.get(row.destination_id, as_text(row.destination_id))],
                en=" → ", zh=" → ",
            ),
            number_cell(row.max_flow_pceph, 3, "pce/h")
            if finite(row.max_flow_pceph) is not None
            else Text("not limited", "无限制"),
            names.crossing(Text(str(row.cut) or NOTHING, str(row.cut_zh) or NOTHING), river),
            people_cell(row.people, "persons"),
            number_cell(row.evacuation_h, 2, "h") if row.evacuation_h > 0 else NOTHING,
        ]
        for row in names.records(rows)
    ]  # fmt: skip
    return Table(
        Text("Maximum flow, and the minimum cut by name", "最大流与最小割（按名称）"),
        [
            Text("From → to", "起 → 讫"),
            Text("At most [pce/h]", "上限［pcu/h］"),
            Text("Limited by", "受限于"),
            Text("People there", "当地人口"),
            Text("Hours to leave by car, at least", "驾车撤离至少小时数"),
        ],
        body,
        sheet="river_cuts",
        made=Text(
            "push–relabel on the capacities of all roads open to cars; zone connectors have room "
            "for any flow; hours: people ÷ (flow × persons a car), a bound that no plan beats",
            "按小客车可行道路通行能力用推送—重标号算法求解；小区连接线不设限；小时数＝人口÷（最大流×每车人数），任何方案不可能更快",
        ),
        words=frozenset({2}),
    )


def _redundancy(found: Resilience, titles: Mapping[str, Text]) -> Table:
    rows = found.redundancy[found.redundancy["option_id"] == NONE]
    body: list[list[Cell]] = [
        [
            str(row.failed),
            join([titles.get(each, as_text(each)) for each in row.crossings.split(",")])
            if row.crossings
            else as_text(NOTHING),
            number_cell(row.capacity_pceph, 3, "pce/h"),
            number_cell(row.demand_pceph, 3, "pce/h"),
            Text("yes", "是") if row.enough else Text("no", "否"),
        ]
        for row in names.records(rows)
    ]
    enough = rows.loc[rows["enough"].astype(bool), "failed"]
    most = int(enough.max()) if len(enough) else -1
    full = len(rows) > 0 and bool(rows["enough"].iloc[-1])
    title = Text(
        f"Crossings that may fail with room left for the peak: {'at least ' * full}{most}",
        f"高峰需求仍可满足时允许失效的通道数：{'至少 ' * full}{most}",
    )
    if most < 0:
        title = Text("The river has less room than the peak asks for", "过河通行能力小于高峰需求")
    return Table(
        title,
        [
            Text("Crossings failed", "失效通道数"),
            Text("Worst set", "最不利组合"),
            Text("Room left [pce/h]", "剩余通行能力［pcu/h］"),
            Text("Peak flow, busier direction", "高峰流量（较忙方向）"),
            Text("Enough", "是否足够"),
        ],
        body,
        sheet="river_redundancy",
        made=Text(
            "every set of each size tried by its maximum flow between the banks; room is not "
            "comfort: near capacity times are long",
            "对每种数量的全部组合求两岸间最大流；能通过不等于通畅，接近饱和时耗时很长",
        ),
        words=frozenset({1, 4}),
    )


def _critical(found: Resilience) -> Table:
    body: list[list[Cell]] = [
        [
            names.called(row) if row.name else names.ROAD_CLASSES[row.facility_type],
            names.ROAD_CLASSES.get(row.facility_type, as_text(row.facility_type)),
            people_cell(row.flow_vph, "veh/h"),
            minutes_cell(row.detour_min),
            money_cell(row.loss_cny_per_h, "CNY/h"),
            people_cell(row.unreachable_vph, "veh/h"),
        ]
        for row in names.records(found.critical_links.head(LINKS_SHOWN))
    ]
    return Table(
        Text("Roads whose loss costs most, nothing built", "失效损失最大的路段，不建方案"),
        [
            Text("Section, both directions shut", "路段（双向封闭）"),
            Text("Class", "等级"),
            Text("Vehicles an hour", "小时车流"),
            Text("Way round, minutes more", "绕行多用分钟数"),
            Text("Loss of the peak hour", "高峰小时损失"),
            Text("Vehicles without a way", "无路可走的车辆"),
        ],
        body,
        sheet="critical_links",
        made=Text(
            f"the {len(found.critical_links)} sections with the largest flow × way round, each "
            "shut and the equilibrium solved anew",
            f"流量×绕行时间最大的 {len(found.critical_links)} 个路段，逐一封闭并重新求解均衡",
        ),
        words=frozenset({1}),
    )


def _only_ways(found: Resilience) -> Text:
    rows = found.only_ways
    shown = rows.head(3)
    listed = join([names.called(row) for row in names.records(shown)])
    total = plain(float(rows["unreachable_vph"].sum()))
    return Text(
        f"{len(rows)} sections have no way round at all, most of them roads out of the area; they "
        f"carry {total} vehicles an hour together, which no detour could serve ({listed.en}, …). "
        "They stand apart: sheet only_ways.",
        f"另有 {len(rows)} 个路段完全没有绕行路径，多为出区道路，合计每小时 {total} 辆车，"
        f"无法绕行（{listed.zh}等），单列于 only_ways 表。",
    )


def _goods(case: Case, found: Resilience, titles: Mapping[str, Text]) -> Table:
    """Ways of dangerous goods: the longest detours, and what each option and closure does."""
    rows = found.dangerous_goods
    open_ = rows[(rows["state"] == "") & (rows["option_id"] == NONE)]
    longest = open_.sort_values("detour_min", ascending=False, kind="stable").head(GOODS_SHOWN)
    shut = rows[(rows["state"] != "") & (rows["option_id"] == NONE)]
    built = rows[(rows["state"] == "") & (rows["option_id"] != NONE)]
    called = names.short_places(case)
    options = {each: names.option(case, each) for each in built["option_id"].unique()}
    body: list[list[Cell]] = []
    for row in names.records(longest):
        ends = (row.origin_id, row.destination_id)
        worst = _most(_between(shut, *ends), "added_min")
        best = _most(_between(built, *ends), "saved_min")
        body.append(
            [
                join([called[each] for each in ends], en=" → ", zh=" → "),
                minutes_cell(row.peak_min),
                number_cell(row.peak_km, 3, "km"),
                minutes_cell(row.detour_min),
                number_cell(row.detour_km, 2, "km"),
                _said(worst, "added_min", "state", titles),
                _said(best, "saved_min", "option_id", options),
            ]
        )
    return Table(
        Text(
            "Dangerous goods: longest detours in the peak, nothing built",
            "危险品运输：高峰绕行最长的起讫，不建方案",
        ),
        [
            Text("From → to", "起 → 讫"),
            Text("Minutes", "分钟"),
            Text("km", "公里"),
            Text("Minutes more than a car", "比小客车多用分钟数"),
            Text("km more", "多行公里数"),
            Text("Worst closure adds", "最不利封闭增加"),
            Text("Best option saves", "最优方案节省"),
        ],
        body,
        sheet="dangerous_goods",
        made=Text(
            "fastest way over roads that let dangerous goods in, at equilibrium times; ways "
            "between places, not trips, so that nothing is added up",
            "在允许危险品通行的道路上按均衡时间求最快路径；所列为两地间路径而非车次，故不加总",
        ),
        words=frozenset({5, 6}),
    )


def _between(rows: pd.DataFrame, origin: str, destination: str) -> pd.DataFrame:
    return rows[(rows["origin_id"] == origin) & (rows["destination_id"] == destination)]


def _most(rows: pd.DataFrame, column: str) -> "pd.Series[float] | None":
    known = rows.dropna(subset=column)
    return None if known.empty else known.iloc[int(known[column].argmax())]


def _said(
    row: "pd.Series[float] | None", column: str, who: str, titles: Mapping[str, Text]
) -> Text:
    """Minutes, and whose they are."""
    if row is None:
        return as_text(NOTHING)
    value = float(row[column])
    if abs(value) < 0.05:  # noqa: PLR2004  what rounds to nothing
        return as_text("0")
    shown = Text("no way", "无路可走") if np.isinf(value) else as_text(plain(value, 1))
    name = titles.get(str(row[who]), as_text(str(row[who])))
    return shown + Text(f" ({name.en})", f"（{name.zh}）")
