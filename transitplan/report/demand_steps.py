"""Tables on what the demand model did: rounds of feedback, accounts, ranges of growth."""

import pandas as pd

from transitplan.appraisal.demand_record import DemandRecord
from transitplan.report import names
from transitplan.report.cells import Cell, number_cell
from transitplan.report.demand_sheets import made
from transitplan.report.demand_view import DemandView
from transitplan.report.demand_words import STAGES, unit
from transitplan.report.parts import Table
from transitplan.viz.text import NOTHING, Text, as_text, hover, number, percent

ASKED_GAP = 0.001  # UK Department for Transport, TAG unit M2.1
SCENARIOS = ("low", "central", "high")


def feedback_words(record: DemandRecord) -> Text:
    """Say how far trips and times agree in the end."""
    last = record.feedback.sort_values("round").groupby("year")["demand_supply_gap"].last()
    worst = percent(last.max(), 3)
    kept = bool(last.max() <= ASKED_GAP)
    return Text(
        f"Trips and congested times agree to a demand-supply gap of {worst} at worst"
        f"{', below the 0.1 % asked' if kept else ': MORE than the 0.1 % asked'}.",
        f"出行与拥堵时间的供需间隙最大为 {worst}，"
        f"{'低于要求的 0.1 %' if kept else '高于要求的 0.1 %，未收敛'}。",
    )


def feedback_table(view: DemandView) -> Table:
    """Demand-supply gap of every round, a column a year."""
    gaps = view.record.feedback.pivot_table("demand_supply_gap", "round", "year")
    body: list[list[Cell]] = [
        [str(row.Index), *(hover(percent(gap, 3), gap) for gap in row[1:])]
        for row in gaps.itertuples()
    ]
    return Table(
        Text("Demand-supply gap after every round", "每轮迭代后的供需间隙"),
        [Text("Round", "轮次"), *(as_text(str(year)) for year in gaps.columns)],
        body,
        sheet="demand_feedback",
        made=made("demand_feedback"),
        folded=True,
    )


def fitted_table(view: DemandView) -> Table:
    """Constants of the modes and the decay with cost, a row a purpose."""
    rows = view.record.calibrated
    modes = list(rows["mode"].unique())
    constants = rows.drop_duplicates(["purpose", "mode"]).set_index(["purpose", "mode"])["constant"]
    body: list[list[Cell]] = [
        [
            view.title(row.purpose),
            *(number_cell(constants.get((row.purpose, mode))) for mode in modes),
            number_cell(row.scale_per_min),
            number_cell(row.deterrence_per_min),
            number_cell(row.terminal_min, 2, "min"),
        ]
        for row in names.records(rows.drop_duplicates("purpose"))
    ]
    return Table(
        Text("What was fitted: constants of the modes", "标定结果：方式常数"),
        [
            Text("Purpose", "目的"),
            *(view.title(mode) for mode in modes),
            Text("Scale [1/min]", "尺度 [1/分钟]"),
            Text("Decay [1/min]", "衰减 [1/分钟]"),
            Text("Car, both ends [min]", "小客车两端 [分钟]"),
        ],
        body,
        sheet="demand_calibrated",
        made=made("demand_calibrated"),
        folded=True,
    )


def accounts_table(view: DemandView) -> Table:
    """Totals of every stage, a column a year."""
    rows = view.record.accounts
    years = sorted(rows["year"].unique())
    order = {stage: place for place, stage in enumerate(STAGES)}
    rows = rows.sort_values("stage", key=lambda each: each.map(order), kind="stable")
    keys = ["stage", "item", "unit"]
    values = rows.drop_duplicates([*keys, "year"]).set_index([*keys, "year"])["value"]
    body: list[list[Cell]] = [
        [
            view.title(row.stage),
            view.title(row.item),
            *(_cell(values.get((*row, year)), row.unit) for year in years),
            unit(row.unit),
        ]
        for row in names.records(rows[keys].drop_duplicates())
    ]
    return Table(
        Text("Trips at every stage", "各步骤的出行核算"),
        [
            Text("Stage", "步骤"),
            Text("What", "内容"),
            *(as_text(str(year)) for year in years),
            Text("Unit", "单位"),
        ],
        body,
        sheet="demand_accounts",
        made=made("demand_accounts"),
        words=frozenset({1, 2 + len(years)}),
        folded=True,
    )


def range_table(view: DemandView) -> Table:
    """Totals under low, central and high growth: a row an item, a column a year."""
    rows = view.record.range
    years = sorted(rows["year"].unique())
    found = rows.drop_duplicates(["item", "unit", "year", "scenario"]).set_index(
        ["item", "unit", "year", "scenario"]
    )["value"]
    body: list[list[Cell]] = [
        [
            view.title(row.item),
            *(_three(found, (row.item, row.unit, year)) for year in years),
            unit(row.unit),
        ]
        for row in names.records(rows.drop_duplicates(["item", "unit"]))
    ]
    return Table(
        Text("Low / central / high growth", "低 / 中 / 高增长"),
        [Text("What", "内容"), *(as_text(str(year)) for year in years), Text("Unit", "单位")],
        body,
        sheet="demand_range",
        made=made("demand_range"),
        words=frozenset({1 + len(years)}),
    )


def _three(found: "pd.Series[float]", key: tuple[str, str, int]) -> Text:
    """Write the values of the three scenarios beside each other."""
    values = [found.get((*key, scenario)) for scenario in SCENARIOS]
    if values[0] is None and values[2] is None:  # only central growth was run
        values = values[1:2]
    if key[1] == "share":
        return as_text(" / ".join(percent(each, 1) for each in values))
    return as_text(" / ".join(number(each, 3) for each in values))


def _cell(value: object, of: str) -> Cell:
    if value is None:
        return NOTHING
    return hover(percent(value, 1), value) if of == "share" else number_cell(value, 4, of)
