"""The section on the policy board: what the plan asks for, values by year, met or not."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from transitplan.appraisal.policy import AT_MOST, REPORT, PolicyBoard
from transitplan.appraisal.policy_measures import WITHOUT_CLOSURES
from transitplan.report import names
from transitplan.report.access_modes import KINDS
from transitplan.report.cells import Cell
from transitplan.report.demand_words import MODES
from transitplan.report.parts import Section, Table
from transitplan.scenario.case import Case
from transitplan.viz.text import NOTHING, Text, as_text, finite, hover, number, percent, plain

MET = {"yes": Text("met", "达标"), "no": Text("not met", "未达标"), "": as_text(NOTHING)}
STATUSES = {
    "stated": Text("stated", "文件"),
    "plan": Text("plan", "规划"),
    "proposal": Text("proposal", "建议"),
}
UNITS = {
    "min": Text("min", "分钟"),
    "km": Text("km", "公里"),
    "km/km2": Text("km/km²", "公里/平方公里"),
    "t/year": Text("t a year", "吨/年"),
    "clusters": Text("clusters", "个组团"),
    "crossings": Text("crossings", "处通道"),
    "lines": Text("lines", "条线路"),
    "transfers": Text("changes", "次换乘"),
}
WHOLE = frozenset({"clusters", "crossings", "lines", "min"})
UNSOLVED = Text(
    "Closures were not solved here: “transitplan appraise” shuts every crossing in turn and fills "
    "that row in.",
    "此处未求解封闭情形：“transitplan appraise”逐一封闭各通道并补全该行。",
)
TENS = 100  # from here on two digits hide too much of a target
NO_WAY = Text("no way", "无法到达")
_WORD = re.compile(r"[A-Za-z0-9_]+")
HOW_ZH = {
    "worst_minutes": "任一起点至任一终点的最长门到门时间",
    "closure_minutes": "任一通道封闭最多增加的时间（取较差方向）",
    "share_inside": "自各组团出发、终点在同一组团的出行比例",
    "share_within": "自各组团出发、用时不超过限值的出行比例",
    "road_density": "道路长度除以面积，双向道路计一次",
    "road_land_share": "道路占地（车道与路肩）除以面积，隧道不计",
    "co2_per_head": "全部模型道路交通年 CO2 排放除以常住人口",
    "mode_share": "整个模型范围工作日出行中采用所列方式的比例",
    "life_circle": "步行可达生活圈全部设施的居民比例",
    "tunnel_share": "某年之后建成或在建的公路通道中隧道所占比例",
    "crossings_open": "该河段当年通车的公路通道数",
    "crossing_spacing": "河段长度除以通车公路通道数",
    "people_near": "步行若干米内有轨道车站的居民比例",
    "clusters_near": "有居民步行若干米内可达轨道车站的组团数",
    "rail_km": "范围内轨道线路长度，共轨的两条线路计两次",
    "rail_crossings": "在该河段跨河的轨道线路数",
    "worst_transfers": "两地之间公共交通最多换乘次数（最优策略的均值）",
}


def policy_section(case: Case, board: PolicyBoard) -> Section:
    """Requirements with their values, how they were made, and those that are not computed."""
    due = _due(board.values)
    asked = due[due["met"] != ""]
    kept = int((asked["met"] == "yes").sum())
    parts: list[Table | Text] = [_values(board.values, due)]
    if (due["detail"] == WITHOUT_CLOSURES).any():
        parts.append(UNSOLVED)
    parts.append(_how(case, due))
    if len(board.not_computed):
        parts.append(_not_computed(board.not_computed))
    return Section(
        "policy",
        Text("Policy board", "政策指标"),
        Text(
            f"What the plan asks for, by year, with nothing built at the sites. Of {len(asked)} "
            f"requirements with a target that could be measured, {kept} are met in the first "
            "modelled year in which they are due.",
            f"规划要求及各年数值（各桥位均不建）。可检验的 {len(asked)} 项目标中，"
            f"{kept} 项在到期后的首个模型年份达标。",
        ),
        parts,
    )


def _due(values: pd.DataFrame) -> pd.DataFrame:
    """Each requirement in the first year in which it is due, the last year where none is."""
    if values.empty:
        return values
    late = values["year"] >= values["target_year"].fillna(0)
    first = values[late].drop_duplicates(["requirement", "part"])
    last = values.drop_duplicates(["requirement", "part"], keep="last")
    found = pd.concat([first, last]).drop_duplicates(["requirement", "part"])
    order = values.drop_duplicates(["requirement", "part"])[["requirement", "part"]]
    return order.merge(found, on=["requirement", "part"])


def _values(values: pd.DataFrame, due: pd.DataFrame) -> Table:
    years = sorted(values["year"].unique()) if len(values) else []
    by_year = values.set_index(["requirement", "part", "year"])["value"]
    order = values.drop_duplicates(["requirement", "part"])
    met = due.set_index(["requirement", "part"])["met"]
    body: list[list[Cell]] = [
        [
            _called(row),
            *(_value(by_year[row.requirement, row.part, year], row.unit) for year in years),
            _target(row),
            "" if finite(row.target_year) is None else f"{row.target_year:.0f}",
            MET[met[row.requirement, row.part]],
        ]
        for row in names.records(order)
    ]
    return Table(
        Text("Requirements, values and targets", "要求、数值与目标"),
        [
            Text("Requirement", "要求"),
            *(str(year) for year in years),
            Text("Target", "目标"),
            Text("by", "年份"),
            Text("Met", "是否达标"),
        ],
        body,
        sheet="policy",
        made=Text(
            "targets: stated in the document, a plan known at second hand, or a proposal of ours; "
            "a dash: not measured here, or only reported",
            "目标来源：文件原文、转述的规划，或本项目建议；短横表示未计算或仅报告数值",
        ),
    )


def _how(case: Case, due: pd.DataFrame) -> Table:
    called = _words(case)
    body: list[list[Cell]] = [
        [
            _called(row, brief=True),
            Text(row.how, HOW_ZH.get(row.measure, row.how)),
            _in_words(Text(row.detail, row.detail_zh or row.detail), called),
            Text(row.why, row.why_zh or row.why),
            row.source,
        ]
        for row in names.records(due)
    ]
    return Table(
        Text("How each value was made, and where the requirement stands", "各数值的算法与要求来源"),
        [
            Text("Requirement", "要求"),
            Text("How", "算法"),
            Text("Found", "结果"),
            Text("Note", "说明"),
            Text("Source", "来源"),
        ],
        body,
        sheet="policy",
        words=frozenset({1, 2, 3, 4}),
        folded=True,
    )


def _words(case: Case) -> dict[str, Text]:
    """What the ids in an answer are called: places, crossings, classes of road, kinds of places."""
    crossings = names.records(case.network.crossings)
    return {
        **names.ROAD_CLASSES,
        **KINDS,
        **MODES,
        **names.short_places(case),
        **{str(row.crossing_id): names.called(row) for row in crossings},
    }


def _in_words(answer: Text, called: Mapping[str, Text]) -> Text:
    """Put names for ids."""

    def named(side: int, found: "re.Match[str]") -> str:
        return called[found[0]].both[side] if found[0] in called else found[0]

    chinese = answer.zh.replace(", ", "、").replace(" km", " 公里")
    return Text(_WORD.sub(partial(named, 0), answer.en), _WORD.sub(partial(named, 1), chinese))


def _not_computed(rows: pd.DataFrame) -> Table:
    body: list[list[Cell]] = [
        [_called(row), Text(row.why, row.why_zh or row.why), row.source]
        for row in names.records(rows)
    ]
    return Table(
        Text("Not computed", "未计算"),
        [Text("Requirement", "要求"), Text("Why", "原因"), Text("Source", "来源")],
        body,
        sheet="policy_not_computed",
        words=frozenset({1, 2}),
    )


def _called(row: Any, *, brief: bool = False) -> Text:
    """Number of a requirement and its name."""
    if brief:
        return as_text(f"{row.requirement} {row.part}".strip())
    words = names.called(row)
    return Text(f"{row.requirement}  {words.en}", f"{row.requirement}　{words.zh}")


def _value(value: object, unit: str) -> Cell:
    """A value with its unit; the exact one on hover."""
    if value == float("inf"):
        return NO_WAY
    return hover(_said(value, unit), value, "" if unit == "share" else unit)


def _said(value: object, unit: str) -> Text:
    known = finite(value)
    if known is None:
        return as_text(NOTHING)
    if unit == "share":
        return as_text(percent(known))
    shown = plain(known) if unit in WHOLE else number(known, 2 if known < TENS else 3)
    words = UNITS.get(unit, as_text(unit))
    english = words.en.removesuffix("s") if shown == "1" else words.en
    return Text(f"{shown} {english}", f"{shown} {words.zh}")


def _target(row: Any) -> Cell:
    if row.sense in (REPORT, "") or finite(row.target) is None:
        return NOTHING
    sign = "≤" if row.sense == AT_MOST else "≥"
    status = STATUSES.get(row.target_status, as_text(row.target_status))
    said = _said(row.target, row.unit)
    return Text(f"{sign} {said.en} ({status.en})", f"{sign} {said.zh}（{status.zh}）")
