"""The section on assumptions: every value taken, its range, its source."""

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.cells import Cell, money_cell, text_cell
from transitplan.report.parts import Section, Table
from transitplan.viz.text import NOTHING, Text, amounts, as_text, finite, join, number, percent


def assumptions_section(assessment: Assessment) -> Section:
    """Every parameter, then what each form was taken to be."""
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
    tables = [parameters, _forms(assessment)]
    growth = _growth(assessment)
    return Section(
        "assumptions",
        Text("Assumptions", "假设"),
        Text(
            "Every value that stands behind the numbers. “Assumed” means that no source was found.",
            "支撑各项数字的全部取值。“假定”表示未找到来源。",
        ),
        [*tables, *([growth] if growth else [])],
    )


def _forms(assessment: Assessment) -> Table:
    body: list[list[Cell]] = [
        [
            Text(
                f"{site.name}: {names.form(form.form).en}",
                f"{site.name_zh}：{names.form(form.form).zh}",
            ),
            Text(
                f"{form.length_m / 1000:g} km, {form.lanes:g} × 2, {form.free_speed_kph:g} km/h",
                f"{form.length_m / 1000:g} 公里，双向 {2 * form.lanes:g} 车道，"
                f"{form.free_speed_kph:g} 公里/小时",
            ),
            _toll(form.toll_cny, form.toll_truck_cny),
            amounts([form.capital_low_cny, form.capital_high_cny]),
            money_cell(form.upkeep_cny_per_year, "CNY/year"),
            percent(form.availability, 1),
            names.known(form.confidence),
            form.source,
        ]
        for site in assessment.case.sites
        for form in site.forms
    ]
    return Table(
        Text("The forms as modelled", "各方案的模型取值"),
        [
            Text("Option", "方案"),
            Text("Length, lanes, speed", "长度、车道、车速"),
            Text("Toll, car / truck [CNY]", "收费，客 / 货 [元]"),
            Text("Capital, low to high", "造价上下限"),
            Text("Upkeep a year", "年养护"),
            Text("Open", "开放率"),
            Text("Confidence", "可信度"),
            Text("Source", "来源"),
        ],
        body,
        made=Text("from the option files of the case", "取自本案例的方案文件"),
        words=frozenset({1, 6, 7}),
    )


def _toll(car: float, truck: float | None) -> str:
    return f"{car:g} / {car if truck is None else truck:g}"


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
