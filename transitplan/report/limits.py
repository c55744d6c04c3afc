"""What an assessment leaves out; what a study of the same run looked at is not left out."""

from transitplan.report.assessment import Assessment
from transitplan.report.parts import Section
from transitplan.report.studies import NO_STUDIES, Studies
from transitplan.scenario.case import Site
from transitplan.viz.text import Text, join

NEW_TRIPS = Text("trips made only because of the crossing", "因新通道而新增的出行")
SAME_STRUCTURE = Text("transit on the same structure", "与通道合建的公共交通")
IN_RESERVE = Text(
    "what the crossing is worth when another one shuts", "其他通道关闭时本通道的备用价值"
)


def left_out(studies: Studies = NO_STUDIES) -> Text:
    """Return the last line of page one: what its numbers do not hold."""
    parts = [SAME_STRUCTURE]
    if not _demand_answers(studies):
        parts.insert(0, NEW_TRIPS)
    if studies.resilience is None:
        parts.append(IN_RESERVE)
    said = join(parts[:-1]) + Text(" and ", "，以及") + parts[-1] if parts[1:] else parts[0]
    return Text(f"Not in this answer: {said.en}.", f"本结论未计入：{said.zh}。")


def limits_section(assessment: Assessment, studies: Studies = NO_STUDIES) -> Section:
    """What this assessment does not know."""
    said = [
        Text(
            "One morning peak hour a year of car and truck traffic; other hours follow by factors.",
            "每年仅模拟一个早高峰小时的小客车与货车交通；其他时段按系数扩算。",
        ),
        _fixed_trips(studies),
        _not_studied(assessment, studies),
        Text(
            "Capacities of roads are by class, not surveyed.",
            "道路通行能力按等级取值，未经实测。",
        ),
    ]
    said += [_note(site) for site in assessment.case.sites if site.note]
    return Section(
        "limits",
        Text("Limits", "局限"),
        Text("Read before quoting a number.", "引用数字之前请先阅读。"),
        [said],
    )


def _demand_answers(studies: Studies) -> bool:
    economy = studies.economy
    return economy is not None and economy.induced["traffic"].nunique() > 1


def _fixed_trips(studies: Studies) -> Text:
    """Headline numbers are those of fixed trips; say where the others stand."""
    fixed = Text(
        "Headline numbers take the same matrix of trips with and without an option: no new "
        "trips, no new destinations, no change of mode. New traffic gains something itself and "
        "fills roads that are short; ",
        "主要数值中有无方案采用同一出行矩阵：不计诱增出行、目的地改变与方式转移。诱增交通本身受益，"
        "也会占用紧张的道路；",
    )
    if _demand_answers(studies):
        return fixed + Text(
            "the economic appraisal shows what is left (If demand answers).",
            "经济评价列出计入后的结果（“需求响应”表）。",
        )
    return fixed + Text(
        "what is left then was not studied here: transitplan appraise does.",
        "计入后的结果本次未研究，可用 transitplan appraise 求得。",
    )


def _not_studied(assessment: Assessment, studies: Studies) -> Text:
    """Subjects without a section of this page, and those that no study has."""
    transit = assessment.modes is not None and assessment.case.network.transit is not None
    parts = [
        Text("passengers of public transport, but for access", "公共交通客流（仅计可达性）")
        if transit
        else Text("public transport", "公共交通")
    ]
    if studies.tolls is None:
        parts.append(Text("toll schedules", "收费方案"))
    if studies.resilience is None:
        parts.append(Text("closures day by day", "逐日封闭情景"))
    if studies.programme is None:
        parts.append(Text("staging within a budget", "预算内分期"))
    parts += [
        Text("noise", "噪声"),
        Text("land", "用地"),
        Text("effects on growth", "对增长的影响"),
    ]
    listed = join(parts)
    return Text(f"Not in this assessment: {listed.en}.", f"本次评估不含：{listed.zh}。")


def _note(site: Site) -> Text:
    """Remark on a site; the case has it in one language."""
    return Text(f"{site.name}: {site.note}", f"{site.name_zh}（备注原文）：{site.note}")
