"""What an assessment leaves out."""

from transitplan.report.assessment import Assessment
from transitplan.report.parts import Section
from transitplan.scenario.case import Site
from transitplan.viz.text import Text

LEFT_OUT = Text(
    "Not in this answer: trips made only because of the crossing, transit on the same structure, "
    "and what the crossing is worth when another one shuts.",
    "本结论未计入：因新通道而新增的出行、与通道合建的公共交通、其他通道关闭时本通道的备用价值。",
)


def limits_section(assessment: Assessment) -> Section:
    """What this assessment does not know."""
    said = [
        Text(
            "One morning peak hour a year of car and truck traffic; other hours follow by factors.",
            "每年仅模拟一个早高峰小时的小客车与货车交通；其他时段按系数扩算。",
        ),
        Text(
            "Headline numbers take the same matrix of trips with and without an option: no new "
            "trips, no new destinations, no change of mode. New traffic gains something itself and "
            "fills roads that are short; the economic appraisal shows what is left.",
            "主要数值中有无方案采用同一出行矩阵：不计诱增出行、目的地改变与方式转移。诱增交通本身受益，"
            "也会占用紧张的道路；经济评价列出计入后的结果。",
        ),
        Text(
            "Not in this assessment: public transport, "
            "toll schedules, closures day by day, staging "
            "within a budget, noise, land, and effects on growth.",
            "本次评估不含：公共交通、收费方案、逐日封闭情景、预算内分期、噪声、用地及对增长的影响。",
        ),
        Text(
            "Roads follow public data and hand-made links; their capacities are by class, not "
            "surveyed.",
            "道路取自公开数据与手工补线，通行能力按等级取值，未经实测。",
        ),
    ]
    said += [_note(site) for site in assessment.case.sites if site.note]
    return Section(
        "limits",
        Text("Limits", "局限"),
        Text("Read before quoting a number.", "引用数字之前请先阅读。"),
        [said],
    )


def _note(site: Site) -> Text:
    """Remark on a site; the case has it in one language."""
    return Text(f"{site.name}: {site.note}", f"{site.name_zh}（备注原文）：{site.note}")
