"""The section on resilience: what shuts crossings, what that costs, and how far it sets apart."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from transitplan.appraisal.resilience import Resilience
from transitplan.report import names
from transitplan.report.cells import Cell, minutes_cell, money_cell, number_cell, people_cell
from transitplan.report.closure_names import crossing_titles
from transitplan.report.parts import Figure, Section, Table
from transitplan.report.river import river_parts
from transitplan.scenario.case import NONE, Case
from transitplan.scenario.closures import hours_by_month
from transitplan.viz.grid import GridRow, grid
from transitplan.viz.text import (
    NOTHING,
    Text,
    amounts,
    as_text,
    finite,
    join,
    minutes,
    money,
    number,
    percent,
    plain,
)

KINDS = {
    "all": Text("all crossings", "全部通道"),
    "bridge": Text("bridges", "桥梁"),
    "expressway_bridge": Text("expressway bridges", "高速公路桥"),
    "tunnel": Text("tunnels", "隧道"),
    "pontoon": Text("pontoons", "浮桥"),
}
MONTHS_ZH = "月"
SMALLEST_HOURS = 0.5  # of a month, to be written into its cell
THOUSAND = 1e3


def resilience_section(case: Case, found: Resilience) -> Section:
    """What closures cost, with each option and without; the river; dangerous goods."""
    titles = crossing_titles(case)
    parts: list[Table | Figure | Text] = [_headline(case, found)]
    if not case.closures.empty:
        parts += [
            _calendar_chart(case, titles),
            _calendar_table(case, titles),
            _agreement(found, titles),
        ]
    parts += [_annual(case, found)]
    if not found.causes.empty:
        parts.append(_causes(case, found))
    parts.append(_singles(found, titles))
    if not found.pairs.empty:
        parts.append(_pairs(found, titles))
    parts.append(_policy(case, found, titles))
    parts += river_parts(case, found, titles)
    return Section(
        "resilience",
        Text("Resilience", "韧性"),
        Text(
            f"What happens in {found.year} when crossings shut: fog, wind, snow, incidents, works. "
            f"Trips stay as many as they are and drive another way; {found.equilibria:,} "
            "equilibria. Trips without any way are counted and not priced.",
            f"{found.year} 年通道因雾、风、雪、事故、养护而封闭的影响。出行总量不变、改走他路；"
            f"共求解 {found.equilibria:,} 个均衡。无路可走的出行单独计数，不折算为金额。",
        ),
        parts,
    )


def _headline(case: Case, found: Resilience) -> Text:
    rows = found.annual.set_index("option_id")
    base = rows.loc[NONE]
    loss = money(base["loss_cny_per_year"])
    ends = amounts([base["loss_low_cny"], base["loss_high_cny"]])
    text = Text(
        f"Closures cost the trips that still have a way {loss.en} in an average year "
        f"({ends.en} over the range of closed hours).",
        f"平均每年因通道封闭使仍可通行的出行损失 {loss.zh}（按封闭小时数范围为 {ends.zh}）。",
    )
    options = rows.drop(index=NONE)
    if options.empty:
        return text
    best = str(options["saved_cny_per_year"].astype(float).idxmax())
    saved = float(options["saved_cny_per_year"].max())
    if saved <= 0:
        return text + Text(" No option lowers that.", "各方案均未降低该损失。")
    title, most = names.option(case, best), money(saved)
    return text + Text(
        f" {title.en} takes off most: {most.en} a year, its own closures counted.",
        f"降低最多的是{title.zh}：每年 {most.zh}（已计入其自身封闭）。",
    )


def _calendar_chart(case: Case, titles: dict[str, Text]) -> Figure:
    rows = [
        GridRow(_who(row, titles), list(hours_by_month(_expected(row))))
        for row in case.closures.to_dict("records")
    ]
    head = [Text(str(month), f"{month}{MONTHS_ZH}") for month in range(1, 13)]
    title = Text("Closure calendar: expected hours by month", "封闭日历：各月期望小时数")
    return Figure(
        title,
        grid(head, rows, title=title, write=_hours),
        Text(
            "Hours of each cause spread over its months by days, thinned out by the share of years "
            "that have it. Rows of one crossing replace those of its kind.",
            "各成因小时数按天数分摊到所在月份，并按出现年份比例折减。单个通道的行优先于其类别的行。",
        ),
    )


def _hours(value: float) -> str:
    return "" if value < SMALLEST_HOURS else plain(value)


def _expected(row: Mapping[Any, Any]) -> dict[Any, Any]:
    return {**row, "hours": float(str(row["hours"])) * float(str(row["share_of_years"]))}


def _who(row: Mapping[Any, Any], titles: dict[str, Text]) -> Text:
    what = Text(str(row["name"]), str(row["name_zh"]))
    whom = str(row["applies_to"])
    return join([KINDS.get(whom) or titles.get(whom, as_text(whom)), what], en=": ", zh="：")


def _calendar_table(case: Case, titles: dict[str, Text]) -> Table:
    body: list[list[Cell]] = []
    for row in case.closures.to_dict("records"):
        ends = f"{number(row['hours'])} ({number(row['hours_low'])}–{number(row['hours_high'])})"
        night = Text(", at night", "，夜间") if row["when"] == "night" else ""
        body.append(
            [
                _who(row, titles),
                as_text(ends) + night,
                percent(row["share_of_years"]),
                str(row["years_seen"] or NOTHING).replace(";", " "),
                percent(row["capacity_left"]),
                names.known(row["status"]),
            ]
        )
    return Table(
        Text("What shuts crossings", "封闭成因"),
        [
            Text("Where: cause", "范围：成因"),
            Text("Hours in a year that has it (low–high)", "发生年份的小时数（低–高）"),
            Text("Years that have it", "发生年份比例"),
            Text("Years on record", "有记录的年份"),
            Text("Capacity left", "剩余通行能力"),
            Text("Status", "状态"),
        ],
        body,
        made=Text("sources: closures.csv of the case", "来源：案例的 closures.csv"),
        words=frozenset({1, 3, 5}),
        folded=True,
    )


def _agreement(found: Resilience, titles: Mapping[str, Text]) -> Table | Text:
    rows = found.availability[~found.availability["agrees"].astype(bool)]
    if rows.empty:
        return Text(
            "The calendar bears out the availability of every crossing: its closed hours lie "
            "within the calendar's range.",
            "封闭日历与各通道的可用率一致：按可用率推算的封闭小时数均在日历范围之内。",
        )
    return Text(
        "Warning: " + " ".join(note for note in found.notes if "availability" in note),
        "警告：以下通道的可用率与封闭日历不一致："
        + "、".join(
            titles.get(str(row.crossing_id), as_text(str(row.crossing_id))).zh
            for row in names.records(rows)
        ),
    )


def _annual(case: Case, found: Resilience) -> Table:
    body: list[list[Cell]] = [
        [
            names.option(case, str(row.option_id)),
            money_cell(row.loss_cny_per_year, "CNY/year"),
            amounts([row.loss_low_cny, row.loss_high_cny]),
            money_cell(row.saved_cny_per_year, "CNY/year"),
            money_cell(row.own_loss_cny, "CNY/year"),
            people_cell(row.unreachable_per_year, "trips/year"),
        ]
        for row in names.records(found.annual)
    ]
    return Table(
        Text(
            f"Expected loss of a year by closures, {found.year}", f"{found.year} 年封闭期望年损失"
        ),
        [
            Text("Option", "方案"),
            Text("Loss", "损失"),
            Text("Over the range of hours", "按小时数范围"),
            Text("Less than with nothing built", "比不建减少"),
            Text("Of it: own crossing alone", "其中：自身通道"),
            Text("Trips without a way", "无路可走的出行"),
        ],
        body,
        sheet="closure_annual",
        made=Text(
            "hours of each state × its peak-hour loss × what an hour at any time is worth against "
            "a peak hour; independent causes, two at once included where they were solved. An "
            "option's own closures are also in the availability of its benefit: do not add both",
            "各状态小时数×高峰小时损失×任一小时相当于高峰小时的比例；成因相互独立，已求解的两两同时发生计入。"
            "方案自身封闭已体现在效益的可用率中，不可重复相加",
        ),
    )


def _causes(case: Case, found: Resilience) -> Table:
    causes = found.causes.drop_duplicates("cause_id")
    keyed = found.causes.set_index(["option_id", "cause_id"])["loss_cny_per_year"]
    body: list[list[Cell]] = [
        [
            names.option(case, option),
            *(money_cell(keyed.get((option, cause)), "CNY/year") for cause in causes["cause_id"]),
        ]
        for option in found.annual["option_id"]
    ]
    return Table(
        Text("Expected loss of a year by cause", "按成因的期望年损失"),
        [Text("Option", "方案"), *(names.called(row) for row in names.records(causes))],
        body,
        sheet="closure_causes",
    )


def _singles(found: Resilience, titles: dict[str, Text]) -> Table:
    rows = found.singles[found.singles["option_id"] == NONE]
    closed = found.availability[found.availability["option_id"] == NONE]
    hours = closed.set_index("crossing_id")["calendar_hours"]
    body: list[list[Cell]] = [
        [
            titles.get(str(row.crossing_id), as_text(str(row.crossing_id))),
            number_cell(hours.get(row.crossing_id), 2, "h/year"),
            money_cell(row.loss_cny_per_h, "CNY/h"),
            people_cell(row.unreachable_vph, "veh/h"),
            minutes_cell(row.worst_added_min),
            f"{row.worst_origin}–{row.worst_destination}",
        ]
        for row in names.records(rows)
    ]
    return Table(
        Text("One crossing shut in the peak hour, nothing built", "高峰小时单个通道封闭，不建方案"),
        [
            Text("Crossing, downstream", "通道（自上游至下游）"),
            Text("Closed hours a year", "年封闭小时数"),
            Text("Loss of the hour", "该小时损失"),
            Text("Vehicles without a way", "无路可走的车辆"),
            Text("Most minutes added", "最多增加分钟数"),
            Text("between", "起讫"),
        ],
        body,
        sheet="closure_singles",
        made=Text(
            "equilibrium with the crossing shut against all open: time, running cost, accidents, "
            "CO2, local air; tolls cancel; below zero: a detour that relieves other roads "
            "(Braess); half-closed hours count half",
            "封闭均衡与全部开放均衡之差（时间、运行成本、事故、碳排放与大气污染，收费相抵）；负值表示绕行反而缓解其他道路（布雷斯悖论）；半幅封闭按一半计小时",
        ),
        words=frozenset({5}),
    )


def _pairs(found: Resilience, titles: dict[str, Text]) -> Figure:
    rows = found.pairs[found.pairs["option_id"] == NONE]
    single = found.singles[found.singles["option_id"] == NONE]
    order = single["crossing_id"].tolist()
    loss = {frozenset((row.first, row.second)): row.loss_cny_per_h for row in names.records(rows)}
    loss |= {frozenset((row.crossing_id,)): row.loss_cny_per_h for row in names.records(single)}
    body = [
        GridRow(
            titles.get(one, as_text(one)) + f" {one}",
            [
                None if place < below else finite(loss.get(frozenset((one, other))))
                for place, other in enumerate(order)
            ],
        )
        for below, one in enumerate(order)
    ]
    title = Text(
        "Two crossings shut in the peak hour: loss [thousand CNY]",
        "高峰小时两个通道同时封闭：损失［千元］",
    )
    return Figure(
        title,
        grid(order, body, title=title, write=lambda value: plain(value / THOUSAND)),
        Text(
            "On the diagonal one crossing alone. Nothing built. Empty: not solved.",
            "对角线为单个通道封闭。不建方案。空白：未求解。",
        ),
    )


def _policy(case: Case, found: Resilience, titles: dict[str, Text]) -> Table:
    rows = found.policy
    called = names.short_places(case)
    clusters = list(dict.fromkeys(rows["cluster_id"]))
    keyed = {(row.option_id, row.cluster_id): row for row in names.records(rows)}
    body: list[list[Cell]] = [
        [
            names.option(case, option),
            *(_worst(keyed.get((option, each)), titles) for each in clusters),
        ]
        for option in found.annual["option_id"]
    ]
    centre = called.get(str(rows["centre_id"].iloc[0]), as_text("")) if len(rows) else as_text("")
    target = minutes(rows["target_min"].iloc[0]) if len(rows) else NOTHING
    return Table(
        Text(
            f"T15: any single closure adds less than {target} min between a cluster and "
            f"{centre.en}: most minutes added, crossing shut",
            f"T15：任一通道封闭，组团与{centre.zh}之间增加时间小于 {target} 分钟："
            "最多增加分钟数与封闭通道",
        ),
        [Text("Option", "方案"), *(called[each] for each in clusters)],
        body,
        sheet="closure_policy",
        made=Text(
            "peak minutes by car, the worse direction; ✗: more than the target",
            "高峰驾车分钟数，取较差方向；✗：超过目标",
        ),
        words=frozenset(range(1, len(clusters) + 1)),
    )


def _worst(row: object, titles: dict[str, Text]) -> Text:
    """Most minutes added, and which crossing is shut then."""
    if row is None:
        return as_text(NOTHING)
    added = float(row.added_min)  # type: ignore[attr-defined]  # a row of the table
    no_way = added == float("inf")
    shown = Text("no way", "无路可走") if no_way else as_text(minutes(added, 1))
    mark = "" if row.met or pd.isna(row.target_min) else " ✗"  # type: ignore[attr-defined]
    who = titles.get(row.worst_closed, as_text(row.worst_closed))  # type: ignore[attr-defined]
    return shown + mark + Text(f" ({who.en})", f"（{who.zh}）")
