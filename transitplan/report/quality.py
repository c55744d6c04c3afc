"""The section on model quality: counts, drives, convergence."""

import pandas as pd

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.cells import (
    Cell,
    both,
    minutes_cell,
    money_cell,
    number_cell,
    people_cell,
    text_cell,
)
from transitplan.report.noise import noise_notices
from transitplan.report.parts import Figure, Section, Table
from transitplan.viz.charts import VEHICLES, Span, spans
from transitplan.viz.text import NOTHING, Text, as_text, finite, join, percent, plain

PEAK_TOO_SHORT = 0.9  # mean of modelled over expected minutes
HOURLY = Text(
    "Counts by the hour, with those kept out of the fit, stand under Demand model; here are the "
    "runs of this assessment by the day.",
    "小时计数（含未参与校准者）见“需求模型”；此处为本次评估各次运行的日交通量。",
)


def quality_section(assessment: Assessment) -> Section:
    """Counts, drives, convergence and the accounts of trips."""
    parts: list[Table | Figure | Text] = [*noise_notices(assessment)]
    if len(assessment.counts):
        hourly = assessment.record is not None and len(assessment.record.counts)
        parts += [HOURLY] if hourly else [_count_figure(assessment)]
        parts.append(_count_table(assessment))
    if len(assessment.drives):
        parts += [_drive_ratio(assessment.drives), _drive_table(assessment)]
    parts.append(_convergence_table(assessment))
    return Section(
        "quality",
        Text("Model quality", "模型质量"),
        Text(
            "Where the model can be held against something published, and what it did with every "
            "trip.",
            "模型与公布数据的对照，以及每一次出行的去向。",
        ),
        parts,
    )


def _count_figure(assessment: Assessment) -> Figure:
    river = names.river(assessment.case)
    rows = [
        Span(
            names.short(names.crossing(names.called(row), river))
            + Text(f", {row.observed_year}", f"，{row.observed_year}"),
            low,
            high,
            float(row.modelled),
        )
        for row in names.records(assessment.counts)
        for low, high in [_ends(row.observed_low, row.observed_high)]
    ]
    return Figure(
        Text("Published range (bar) and model (dot)", "公布范围（条）与模型（点）"),
        spans(rows, unit=VEHICLES, axis=Text("Both directions", "双向")),
        Text(
            f"Base year {assessment.case.base_year}, nothing built. Exact numbers: tables.xlsx, "
            "sheet counts.",
            f"基年 {assessment.case.base_year}，不建方案。精确数值：tables.xlsx，counts 表。",
        ),
    )


def _count_table(assessment: Assessment) -> Table:
    body: list[list[Cell]] = []
    river = names.river(assessment.case)
    for row in names.records(assessment.counts):
        low, high = _ends(row.observed_low, row.observed_high)
        off = _outside(low, high, float(row.modelled))
        body.append(
            [
                names.crossing(names.called(row), river),
                people_cell(low, "veh/day"),
                people_cell(high, "veh/day"),
                people_cell(row.modelled, "veh/day"),
                off,
                str(row.observed_year),
                names.known(row.confidence),
                text_cell(row.source),
            ]
        )
    return Table(
        Text("Vehicles a day over crossings", "过河通道日交通量"),
        [
            Text("Crossing", "通道"),
            Text("Published, low", "公布下限"),
            Text("high", "上限"),
            Text("Modelled", "模型"),
            Text("Outside the range", "超出范围"),
            Text("Counted", "年份"),
            Text("Confidence", "可信度"),
            Text("Source", "来源"),
        ],
        body,
        sheet="counts",
        words=frozenset({5, 6, 7}),
    )


def _ends(low: object, high: object) -> tuple[float, float]:
    """Return both ends of a published range; one stands in for the other."""
    from_, to = finite(low), finite(high)
    return (from_ if from_ is not None else to or 0.0), (to if to is not None else from_ or 0.0)


def _outside(low: float, high: float, modelled: float) -> Text:
    if low <= modelled <= high:
        return Text("inside", "范围内")
    edge = low if modelled < low else high
    if edge == 0:
        return as_text(NOTHING)
    share = modelled / edge - 1
    return as_text(f"{'+' if share > 0 else ''}{percent(share)}")


def _drive_table(assessment: Assessment) -> Table:
    body: list[list[Cell]] = [
        [
            join(map(names.in_languages, (row.origin, row.destination)), en=" – ", zh="—"),
            both(minutes_cell(row.expected_free_min), minutes_cell(row.free_min)),
            both(minutes_cell(row.expected_peak_min), minutes_cell(row.peak_min)),
            _basis(text_cell(row.basis)),
        ]
        for row in names.records(assessment.drives)
    ]
    return Table(
        Text("Drives: expected / modelled minutes", "行车时间：已知 / 模型 分钟"),
        [
            Text("Drive", "行程"),
            Text("Free", "畅通"),
            Text("Peak", "高峰"),
            Text("Basis", "依据"),
        ],
        body,
        sheet="drives",
        words=frozenset({3}),
    )


def _basis(words: str) -> Text:
    """Where the expected minutes come from; what was worked out here has its reason in English."""
    if words == "given":
        return Text(words, "资料给出")
    return Text(words, "自行推算") if words.startswith("own") else as_text(words)


def _drive_ratio(drives: pd.DataFrame) -> Text:
    """Say how modelled minutes stand to the expected ones on average."""
    free, peak = (
        float((drives[f"{kind}_min"] / drives[f"expected_{kind}_min"]).mean())
        for kind in ("free", "peak")
    )
    said = Text(
        f"Modelled minutes are on average {plain(free, 2)} of the expected ones on empty roads and "
        f"{plain(peak, 2)} in the peak ({len(drives)} {'drive' if len(drives) == 1 else 'drives'})",
        f"{len(drives)} 条行程的模型时间与已知时间之比，畅通时平均为 {plain(free, 2)}，"
        f"高峰时平均为 {plain(peak, 2)}",
    )
    if peak < PEAK_TOO_SHORT:
        said += Text(
            ": the model has too little delay in the peak, so it understates what relief is worth",
            "：模型的高峰延误偏小，因而低估缓解拥堵的效益",
        )
    return said + Text(".", "。")


def _convergence_table(assessment: Assessment) -> Table:
    body: list[list[Cell]] = [
        [
            names.option(assessment.case, str(row.option_id)),
            str(row.year),
            f"{row.relative_gap:.1e}".replace("-", "−"),
            plain(float(row.iterations)),
            number_cell(row.demand_vph, 4, "veh/h"),
            number_cell(row.assigned_vph, 4, "veh/h"),
            number_cell(row.intrazonal_vph, 4, "veh/h"),
            number_cell(row.unreachable_vph, 4, "veh/h"),
            money_cell(row.gap_value_cny, "CNY/year"),
            money_cell(row.cost_error_cny, "CNY/year"),
        ]
        for row in names.records(assessment.convergence)
    ]
    return Table(
        Text(
            "Convergence of every equilibrium, and every trip accounted for",
            "各均衡的收敛与出行核算",
        ),
        [
            Text("Option", "方案"),
            Text("Year", "年份"),
            Text("Gap", "间隙"),
            Text("Iterations", "迭代"),
            Text("Demand [veh/h]", "需求 [辆/小时]"),
            Text("assigned", "已分配"),
            Text("within zones", "小区内"),
            Text("unreachable", "不可达"),
            Text("Gap worth a year", "间隙年价值"),
            Text("Total cost off by at most, a year", "年总费用误差上限"),
        ],
        body,
        sheet="convergence",
    )
