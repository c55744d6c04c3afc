"""The section on the economy: efficiency, public accounts, summary, ladder, and what to trust."""

from transitplan.appraisal.economy import Economy
from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.cells import Cell, money_cell, number_cell, ratio_cell, text_cell
from transitplan.report.economy_detail import (
    PV,
    Titles,
    checks_table,
    efficiency_table,
    impacts_table,
    noise_warnings,
    presets_table,
    public_table,
)
from transitplan.report.economy_switch import switch_tables
from transitplan.report.economy_words import STATUSES, SUMMARY_ROWS, TRAFFIC
from transitplan.report.explain_lines import LineLinks
from transitplan.report.parts import Figure, Panel, Section, Table
from transitplan.scenario.case import Case, option_id
from transitplan.viz import palette
from transitplan.viz.charts import MONEY, Series, running_sums
from transitplan.viz.frontier import Point, frontier
from transitplan.viz.text import NOTHING, Text, as_text, percent


def economy_section(case: Case, economy: Economy, assessment: Assessment | None = None) -> Section:
    """Tables as decision makers know them, of every option, and how far they can be trusted.

    With the assessment, each number at present value opens where it comes from.
    """
    link = LineLinks(assessment)
    titles = names.options(case)
    by_site = [
        {option_id(site, form): titles[option_id(site, form)] for form in site.forms}
        for site in case.sites
    ]
    parts: list[Table | Figure | Text | Panel] = [
        _rates(economy, titles, link),
        *(_summary(economy, own, link) for own in by_site),
        *(_ladder(case, economy, site.site_id, titles, link) for site in case.sites),
        *(_frontier(case, economy, site.site_id) for site in case.sites),
        _comparison(economy, titles),
        *switch_tables(economy, titles),
        efficiency_table(economy, titles, link),
        *(public_table(economy, own, link) for own in by_site),
        *(_profile(case, economy, site.site_id) for site in case.sites),
        presets_table(economy, titles),
        *(impacts_table(economy, option, titles, link) for option in titles),
        checks_table(economy, titles),
        *noise_warnings(economy, titles),
        *link.panels(economy),
    ]
    return Section(
        "economy",
        Text("Economic appraisal", "经济评价"),
        Text(
            "Constant prices, discounted to the base year. Benefits are those of all: users, toll "
            "takers, and others through accidents, CO2 and air. Reliability and indirect effects "
            "are in no total. Underlined numbers open where they come from, the largest parts of "
            "each; all of them: Assessment.explain(option, line=…).",
            "不变价，折现至基年。效益为全社会口径：使用者、收费方，以及事故、CO2 与空气质量所及的"
            "其他人。可靠性与间接效应不计入合计。点击带下划线的数字可查看其来源（仅列最大各项）；"
            "全部见 Assessment.explain(option, line=…)。",
        ),
        parts,
    )


def _summary(economy: Economy, titles: Titles, link: LineLinks) -> Table:
    wide = economy.summary.set_index("option_id")
    body: list[list[Cell]] = []
    for name, label in SUMMARY_ROWS.items():
        cell, line = (ratio_cell, "npv") if name == "bcr" else (money_cell, name)
        cells = [link(cell(wide.loc[option, name]), option, line) for option in titles]
        body.append([label, *cells])
    return Table(
        Text("Monetised costs and benefits (AMCB)", "货币化费用效益汇总（AMCB）"),
        [Text("Impact", "影响"), *titles.values()],
        body,
        made=PV,
    )


def _rates(economy: Economy, titles: Titles, link: LineLinks) -> Table:
    rows = economy.indicators.set_index("option_id")
    body: list[list[Cell]] = [
        [
            title,
            link(money_cell(rows.loc[option, "npv_cny"]), option, "npv"),
            link(ratio_cell(rows.loc[option, "bcr"]), option, "npv"),
            percent(rows.loc[option, "eirr"], 1),
            number_cell(rows.loc[option, "payback_years"], 2, "years"),
            number_cell(rows.loc[option, "discounted_payback_years"], 2, "years"),
            percent(rows.loc[option, "first_year_return"], 1),
            text_cell(rows.loc[option, "note"]) or NOTHING,
        ]
        for option, title in titles.items()
    ]
    return Table(
        Text("Indicators", "评价指标"),
        [
            Text("Option", "方案"),
            Text("Net value", "净现值"),
            Text("Benefit / cost", "效益费用比"),
            Text("EIRR", "经济内部收益率"),
            Text("Payback, years", "投资回收期（年）"),
            Text("Payback with interest, years", "动态回收期（年）"),
            Text("First-year return", "首年收益率"),
            Text("Note", "说明"),
        ],
        body,
        made=Text(
            "payback counts from opening and for good; a value that is undefined says why",
            "回收期自通车起算；无法计算者附原因",
        ),
        words=frozenset({7}),
    )


def _ladder(case: Case, economy: Economy, site_id: str, titles: Titles, link: LineLinks) -> Table:
    site = next(each for each in case.sites if each.site_id == site_id)
    rows = economy.ladder[economy.ladder["site_id"] == site_id]
    body: list[list[Cell]] = [
        [
            titles[row.option_id],
            link(money_cell(row.pv_costs_cny), row.option_id, "pvc"),
            link(money_cell(row.pv_benefits_cny), row.option_id, "pvb"),
            STATUSES.get(row.status, as_text(row.status)),
            titles.get(row.compared_with, Text("nothing built", "不建"))
            if row.compared_with
            else NOTHING,
            money_cell(row.incremental_cost_cny),
            money_cell(row.incremental_benefit_cny),
            ratio_cell(row.incremental_bcr),
            Text("best", "最优") if row.best else NOTHING,
        ]
        for row in names.records(rows)
    ]
    return Table(
        Text(
            f"{site.name}: what each further yuan brings",
            f"{site.name_zh}：逐级增量效益费用比",
        ),
        [
            Text("Option", "方案"),
            Text("Costs", "费用"),
            Text("Benefits", "效益"),
            Text("Standing", "地位"),
            Text("Over", "比较对象"),
            Text("Further costs", "增量费用"),
            Text("Further benefits", "增量效益"),
            Text("Incremental ratio", "增量比"),
            Text("Highest net value", "净现值最高"),
        ],
        body,
        made=Text(
            "options of a site exclude each other, cheapest first; the last step with a ratio "
            "above one has the highest net value",
            "同一桥位各方案互斥，按费用由低到高；增量比大于 1 的最后一级净现值最高",
        ),
        words=frozenset({3, 4, 8}),
    )


def _frontier(case: Case, economy: Economy, site_id: str) -> Figure:
    site = next(each for each in case.sites if each.site_id == site_id)
    forms = {option_id(site, form): form for form in site.forms}
    rows = economy.ladder[economy.ladder["site_id"] == site_id]
    points = [
        Point(
            names.form_title(forms[row.option_id].label),
            row.pv_costs_cny,
            row.pv_benefits_cny,
            palette.form_colour(forms[row.option_id].form),
            row.status == "on the frontier",
        )
        for row in names.records(rows)
    ]
    return Figure(
        Text(f"{site.name}: benefits against costs", f"{site.name_zh}：效益与费用"),
        frontier(points),
        Text(
            "Present values. Hollow: not on the efficient frontier.",
            "现值。空心点不在有效前沿上。",
        ),
        half=True,
    )


def _comparison(economy: Economy, titles: Titles) -> Table:
    rows = economy.comparison.set_index(["option_id", "traffic"])
    body: list[list[Cell]] = [
        [
            title,
            *(money_cell(rows.loc[(option, kind), "npv_cny"]) for kind in TRAFFIC),
            *(ratio_cell(rows.loc[(option, kind), "bcr"]) for kind in TRAFFIC),
        ]
        for option, title in titles.items()
    ]
    return Table(
        Text("The form alone, and with traffic that answers", "仅比较形式与计入交通响应"),
        [
            Text("Option", "方案"),
            *(Text("Net value: ", "净现值：") + words for words in TRAFFIC.values()),
            *(Text("Ratio: ", "效益费用比：") + words for words in TRAFFIC.values()),
        ],
        body,
        made=Text(
            "equal traffic: each form under the traffic of every form of its site, what it bans "
            "left aside, and the mean of these; traffic answers: new routes, the same trips",
            "相同交通：各形式分别承担本桥位所有形式的交通量（不计禁行）后取均值；路径响应：出行不变、"
            "路径调整",
        ),
    )


def _profile(case: Case, economy: Economy, site_id: str) -> Figure:
    site = next(each for each in case.sites if each.site_id == site_id)
    rows = economy.profile[economy.profile["account"] != "apart"]
    series, years = [], sorted({int(year) for year in rows["year"]})
    for form in site.forms:
        own = rows[rows["option_id"] == option_id(site, form)].groupby("year")["pv_cny"].sum()
        sums = own.reindex(years, fill_value=0.0).cumsum()
        series.append(
            Series(
                names.form_title(form.label),
                sums.to_numpy(dtype=float),
                palette.form_colour(form.form),
                dashed=form.form == "tunnel",
            )
        )
    return Figure(
        Text(f"{site.name}: gains less costs, added up", f"{site.name_zh}：净收益累计"),
        running_sums(years, series, unit=MONEY, axis=Text("Running sum", "累计")),
        Text(
            "Discounted; where a line ends is the net present value.",
            "已折现；曲线终点即净现值。",
        ),
        half=True,
    )
