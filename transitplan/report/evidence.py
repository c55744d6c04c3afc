"""The sections on what the numbers rest on: assumptions, model quality, limits, how to repeat."""

from collections.abc import Iterator, Mapping

import pandas as pd
from markupsafe import Markup

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.cells import (
    Cell,
    Table,
    both,
    minutes_cell,
    money_cell,
    number_cell,
    people_cell,
)
from transitplan.report.sections import Figure, Section
from transitplan.viz.charts import VEHICLES, Span, spans
from transitplan.viz.text import Text, amounts, as_text, finite, join, number, percent, plain

HASH_SHOWN = 12


def assumptions_section(assessment: Assessment) -> Section:
    """Every parameter, then what each form was taken to be."""
    rows = assessment.case.parameters
    body: list[list[Cell]] = [
        [
            Text(str(row.name), str(row.name_zh)),
            names.quantity(row.value, row.unit),
            _span(row.low, row.high, str(row.unit)),
            names.known(row.status),
            _text(row.source),
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
    growth = _growth(assessment.case.growth)
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
            f"{form.length_m / 1000:g} km, {form.lanes:g} × 2, {form.free_speed_kph:g} km/h",
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


def _growth(rows: pd.DataFrame) -> Table | None:
    if rows.empty:
        return None
    body: list[list[Cell]] = [
        [
            str(row.group),
            str(row.year),
            *(
                f"× {number(value)}"
                for value in (row.population_factor, row.jobs_factor, row.extra_factor)
            ),
            names.known(getattr(row, "status", "")),
            _text(getattr(row, "source", "")),
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


def quality_section(assessment: Assessment) -> Section:
    """Counts, drives, convergence and the accounts of trips."""
    parts: list[Table | Figure] = []
    if len(assessment.counts):
        parts += [_count_figure(assessment), _count_table(assessment)]
    if len(assessment.drives):
        parts.append(_drive_table(assessment))
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
    river = names.river(assessment)
    rows = [
        Span(
            names.short(names.crossing(names.called(row), river)) + f", {row.observed_year}",
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
    river = names.river(assessment)
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
                _text(row.source),
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
        return as_text("–")
    share = modelled / edge - 1
    return as_text(f"{'+' if share > 0 else ''}{percent(share)}")


def _drive_table(assessment: Assessment) -> Table:
    body: list[list[Cell]] = [
        [
            f"{row.origin} – {row.destination}",
            both(minutes_cell(row.expected_free_min), minutes_cell(row.free_min)),
            both(minutes_cell(row.expected_peak_min), minutes_cell(row.peak_min)),
            _text(row.basis),
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


def _convergence_table(assessment: Assessment) -> Table:
    body: list[list[Cell]] = [
        [
            names.option(assessment, str(row.option_id)),
            str(row.year),
            f"{row.relative_gap:.1e}".replace("-", "−"),
            plain(float(row.iterations)),
            number_cell(row.demand_vph, 4, "veh/h"),
            number_cell(row.assigned_vph, 4, "veh/h"),
            number_cell(row.intrazonal_vph, 4, "veh/h"),
            number_cell(row.unreachable_vph, 4, "veh/h"),
            money_cell(row.gap_value_cny, "CNY/year"),
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
        ],
        body,
        sheet="convergence",
    )


def limits_section(assessment: Assessment) -> Section:
    """What this assessment does not know."""
    said = [
        Text(
            "One morning peak hour a year of car and truck traffic; other hours follow by factors.",
            "每年仅模拟一个早高峰小时的小客车与货车交通；其他时段按系数扩算。",
        ),
        Text(
            "The matrix of trips is the same with and without an option: no new trips, no new "
            "destinations, no change of mode. Benefits of a first crossing are therefore cautious.",
            "有无方案采用同一出行矩阵：不计诱增出行、目的地改变与方式转移，效益估计因而偏保守。",
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
    said += [
        Text(f"{site.name}: {site.note}", f"{site.name_zh}：{site.note}")
        for site in assessment.case.sites
        if site.note
    ]
    return Section(
        "limits",
        Text("Limits", "局限"),
        Text("Read before quoting a number.", "引用数字之前请先阅读。"),
        [said],
    )


def reproduce_section(assessment: Assessment) -> Section:
    """Return the command, the versions and the hashes of everything that went in."""
    folder = assessment.case.folder.as_posix()
    body: list[list[Cell]] = [
        [".".join(path), _hash(str(value))] for path, value in _leaves(assessment.provenance, ())
    ]
    table = Table(
        Text("Inputs, parameters and versions", "输入、参数与版本"),
        [Text("What", "项目"), Text("Value or hash", "取值或哈希")],
        body,
        made=Text(
            "also in run.json; the same inputs give the same bytes",
            "同载于 run.json；相同输入得到逐字节相同的结果",
        ),
        words=frozenset({0, 1}),
        folded=True,
    )
    versions = assessment.provenance.get("versions")
    known = versions if isinstance(versions, Mapping) else {}
    said = [
        Text(f"Run: transitplan assess {folder}", f"运行：transitplan assess {folder}"),
        Text(
            f"Network {assessment.case.network.version}, base year {assessment.case.base_year}.",
            f"路网版本 {assessment.case.network.version}，基年 {assessment.case.base_year}。",
        ),
    ]
    if known:
        listed = join(f"{name} {value}" for name, value in known.items())
        said.append(Text(f"Software: {listed.en}.", f"软件：{listed.zh}。"))
    return Section(
        "reproduce",
        Text("How to reproduce", "如何重现"),
        Text("One command makes these files again.", "一条命令即可重新生成这些文件。"),
        [said, table],
    )


def _leaves(tree: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every value of nested mappings and lists, with the way to it."""
    if isinstance(tree, Mapping):
        for key in sorted(tree, key=str):
            yield from _leaves(tree[key], (*path, str(key)))
    elif isinstance(tree, list | tuple):
        for place, value in enumerate(tree):
            yield from _leaves(value, (*path, str(place)))
    else:
        yield path, tree


def _hash(text: str) -> Cell:
    """Shorten a long hash; the whole one stands in the hover text."""
    if len(text) < 2 * HASH_SHOWN or " " in text:
        return text
    return Markup('<code title="{}">{}…</code>').format(text, text[:HASH_SHOWN])


def _span(low: object, high: object, unit: str) -> Text:
    if finite(low) is None or finite(high) is None:
        return as_text("–")
    whole = unit if unit in ("CNY", "1/year") or unit.startswith("share") else ""
    ends = [names.quantity(value, whole) for value in (low, high)]
    return join(ends, en=" to ", zh=" 至 ")


def _text(value: object) -> str:
    return (
        "" if value is None or (isinstance(value, float) and finite(value) is None) else str(value)
    )
