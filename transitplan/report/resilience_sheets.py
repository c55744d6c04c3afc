"""Sheets of the workbook and rows of run.json that the analysis of resilience gives."""

from typing import Any

import pandas as pd

from transitplan.appraisal.resilience import Resilience
from transitplan.report.catalog import Sheet
from transitplan.scenario.case import NONE
from transitplan.viz.plain import records
from transitplan.viz.text import Text

SHEETS = {
    "closure_calendar": Sheet(
        "closure_calendar",
        Text("Closure calendar", "封闭日历"),
        Text(
            "expected hours a year of each cause at each crossing, by month; of an option its own "
            "crossing",
            "各通道各成因的年期望封闭小时数（按月）；方案仅列自身通道",
        ),
    ),
    "closure_states": Sheet(
        "closure_states",
        Text("States of the river", "过河通道状态"),
        Text(
            "crossings shut or narrowed at once by one cause; loss of a peak hour against all "
            "open, trips that still have a way",
            "同一成因下同时封闭或压缩的通道；高峰小时损失相对于全部开放，仅计仍可通行的出行",
        ),
    ),
    "closure_singles": Sheet(
        "closure_singles",
        Text("One crossing shut", "单个通道封闭"),
        Text(
            "peak hour with the crossing shut against all open", "通道封闭的高峰小时与全部开放对比"
        ),
    ),
    "closure_pairs": Sheet(
        "closure_pairs",
        Text("Two crossings shut", "两个通道封闭"),
        Text(
            "peak hour with both shut against all open, and against the sum of both alone",
            "两通道同时封闭的高峰小时与全部开放对比，及与各自单独封闭之和对比",
        ),
    ),
    "closure_annual": Sheet(
        "closure_annual",
        Text("Expected loss of a year by closures", "封闭期望年损失"),
        Text(
            "hours of each state × its peak-hour loss × what an hour at any time is worth against "
            "a peak hour",
            "各状态小时数×高峰小时损失×任一小时相当于高峰小时的比例",
        ),
    ),
    "closure_causes": Sheet(
        "closure_causes",
        Text("Expected loss by cause", "按成因的期望损失"),
        Text("two causes at once go half to each", "两成因同时发生时各计一半"),
    ),
    "closure_minutes": Sheet(
        "closure_minutes",
        Text("Minutes under closures", "封闭时的出行时间"),
        Text(
            "peak minutes by car between clusters, and to and from the centres",
            "组团之间及往返中心的高峰驾车分钟数",
        ),
    ),
    "closure_policy": Sheet(
        "closure_policy",
        Text("Most that a single closure adds", "单一封闭最多增加的时间"),
        Text("the worse direction; target T15", "取较差方向；目标 T15"),
    ),
    "dangerous_goods": Sheet(
        "dangerous_goods",
        Text("Ways of dangerous goods", "危险品运输路径"),
        Text(
            "fastest way over roads that let dangerous goods in, all open and under each closure",
            "在允许危险品通行道路上的最快路径，含全部开放与各单一封闭",
        ),
    ),
    "river_screenline": Sheet(
        "river_screenline",
        Text("River screenline", "过河断面"),
        Text(
            "capacity of the narrowest link of each crossing by direction and use",
            "各通道最窄路段分方向、分车种的通行能力",
        ),
    ),
    "river_cuts": Sheet(
        "river_cuts",
        Text("Maximum flows and minimum cuts", "最大流与最小割"),
        Text("push–relabel on road capacities", "按道路通行能力用推送—重标号算法求解"),
    ),
    "river_redundancy": Sheet(
        "river_redundancy",
        Text("Failures that leave room for the peak", "仍能满足高峰的失效组合"),
        Text("worst set of each size, all sets tried", "每种数量遍历全部组合取最不利者"),
    ),
    "critical_links": Sheet(
        "critical_links",
        Text("Roads whose loss costs most", "失效损失最大的路段"),
        Text(
            "largest flow × way round, each shut and solved anew",
            "流量×绕行时间最大者，逐一封闭并重新求解",
        ),
    ),
    "only_ways": Sheet(
        "only_ways",
        Text("Roads without a way round", "无绕行路径的路段"),
        Text(
            "their traffic has no other way; counted, not priced",
            "其车流别无他路；只计数，不折算金额",
        ),
    ),
}
_FIELDS = {
    "closure_calendar": "calendar",
    "closure_states": "states",
    "closure_singles": "singles",
    "closure_pairs": "pairs",
    "closure_annual": "annual",
    "closure_causes": "causes",
    "closure_minutes": "minutes",
    "closure_policy": "policy",
    "dangerous_goods": "dangerous_goods",
    "river_screenline": "screenline",
    "river_cuts": "cuts",
    "river_redundancy": "redundancy",
    "critical_links": "critical_links",
    "only_ways": "only_ways",
}


def resilience_tables(found: Resilience) -> dict[str, pd.DataFrame]:
    """Tables of the workbook by sheet name."""
    return {sheet: getattr(found, field) for sheet, field in _FIELDS.items()}


def resilience_record(found: Resilience) -> dict[str, Any]:
    """Headline numbers as plain data for run.json: lists of rows, no infinite number."""
    banks = found.cuts["origin_id"].isin(["south", "north"])
    return {
        "year": found.year,
        "equilibria": found.equilibria,
        "annual": records(found.annual),
        "causes": records(found.causes),
        "singles": records(found.singles),
        "pairs": records(found.pairs),
        "policy": records(found.policy),
        "availability": records(found.availability),
        "river_cuts": records(found.cuts[banks | (found.cuts["option_id"] == NONE)]),
        "redundancy": records(found.redundancy),
        "critical_links": records(found.critical_links),
        "notes": list(found.notes),
    }
