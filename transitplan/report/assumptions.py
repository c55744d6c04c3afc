"""The section on assumptions: every value taken, its range, its source."""

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.cells import Cell, text_cell
from transitplan.report.forms import library_table
from transitplan.report.parts import Section, Table
from transitplan.viz.text import NOTHING, Text, as_text, finite, join, number


def assumptions_section(assessment: Assessment) -> Section:
    """Every parameter, the values that forms were made from, and growth."""
    rows = assessment.case.parameters
    body: list[list[Cell]] = [
        [
            Text(str(row.name), str(row.name_zh)),
            names.quantity(row.value, row.unit),
            _span(row.low, row.high, str(row.unit)),
            names.known(row.status),
            text_cell(row.source),
        ]
        for row in names.records(rows)
    ]
    parameters = Table(
        Text("Parameters", "参数"),
        [
            Text("What", "名称"),
            Text("Value", "取值"),
            Text("Range", "范围"),
            Text("Status", "状态"),
            Text("Source", "来源"),
        ],
        body,
        sheet="parameters",
        words=frozenset({3, 4}),
    )
    tables = [parameters, library_table(assessment.case), _growth(assessment)]
    return Section(
        "assumptions",
        Text("Assumptions", "假设"),
        Text(
            "Every value that stands behind the numbers. “Assumed” means that no source was found.",
            "支撑各项数字的全部取值。“假定”表示未找到来源。",
        ),
        [table for table in tables if table is not None],
    )


def _growth(assessment: Assessment) -> Table | None:
    rows = assessment.case.growth
    if rows.empty:
        return None
    body: list[list[Cell]] = [
        [
            names.group(assessment, str(row.group)),
            str(row.year),
            *(
                f"× {number(value)}"
                for value in (row.population_factor, row.jobs_factor, row.extra_factor)
            ),
            names.known(getattr(row, "status", "")),
            text_cell(getattr(row, "source", "")),
        ]
        for row in names.records(rows)
    ]
    return Table(
        Text("Growth against the base year", "相对基年的增长"),
        [
            Text("Group of zones", "小区组"),
            Text("Year", "年份"),
            Text("Residents", "人口"),
            Text("Jobs", "岗位"),
            Text("Airport, port, outside", "机场、港口、对外"),
            Text("Status", "状态"),
            Text("Source", "来源"),
        ],
        body,
        made=Text("from growth.csv of the case", "取自本案例的 growth.csv"),
        words=frozenset({1, 5, 6}),
    )


def _span(low: object, high: object, unit: str) -> Text:
    if finite(low) is None or finite(high) is None:
        return as_text(NOTHING)
    whole = unit if unit in ("CNY", "1/year") or unit.startswith("share") else ""
    ends = [names.quantity(value, whole) for value in (low, high)]
    return join(ends, en=" to ", zh=" 至 ")
