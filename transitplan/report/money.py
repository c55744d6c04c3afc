"""The section on money: the appraisal of every option, year by year."""

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.cells import Cell, money_cell, ratio_cell
from transitplan.report.explain import to_worth, worth_panels
from transitplan.report.parts import Figure, Section, Table
from transitplan.scenario.case import Site
from transitplan.viz import palette
from transitplan.viz.charts import MONEY, Series, running_sums
from transitplan.viz.text import Text, amounts


def money_section(assessment: Assessment) -> Section:
    """Appraisal of every option, and the years in which money goes and comes."""
    rows = assessment.appraisal.set_index("option_id")
    body: list[list[Cell]] = []
    for option in names.built_options(assessment):
        facts = rows.loc[option]
        body.append(
            [
                names.option(assessment.case, option),
                money_cell(facts["capital_cost_cny"]),
                money_cell(facts["capital_cost_p80_cny"]),
                money_cell(facts["pv_costs_cny"]),
                to_worth(assessment, option, money_cell(facts["pv_benefits_cny"])),
                money_cell(facts["npv_cny"]),
                amounts([facts["npv_p05_cny"], facts["npv_p95_cny"]]),
                ratio_cell(facts["bcr"]),
            ]
        )
    table = Table(
        Text(
            "Costs and benefits of every option against building nothing",
            "各方案相对不建的费用与效益",
        ),
        [
            Text("Option", "方案"),
            Text("Capital", "造价"),
            Text("Capital, P80", "造价 P80"),
            Text("Costs, present value", "费用现值"),
            Text("Benefits, present value", "效益现值"),
            Text("Net value", "净现值"),
            Text("5–95 %", "5–95 %"),
            Text("Benefit / cost", "效益费用比"),
        ],
        body,
        sheet="appraisal",
    )
    figures = [_cash_figure(assessment, site) for site in assessment.case.sites]
    return Section(
        "money",
        Text("Money", "资金"),
        Text(
            "Constant prices. Tolls move money between users and the owner and cancel in the net "
            "value.",
            "不变价。通行费是用户与业主之间的转移，在净现值中抵消。",
        ),
        [table, *worth_panels(assessment), *(figure for figure in figures if figure)],
    )


def _cash_figure(assessment: Assessment, site: Site) -> Figure | None:
    rows = assessment.cash_flow
    options = names.site_options(assessment, site.site_id)
    rows = rows[rows["option_id"].isin(options)]
    if rows.empty:
        return None
    net = (rows["benefit_cny"] - rows["cost_cny"]) * rows["discount_factor"]
    wide = rows.assign(net=net).pivot_table(index="year", columns="option_id", values="net")
    wide = wide.reindex(range(int(wide.index.min()), int(wide.index.max()) + 1))
    sums = wide.fillna(0.0).cumsum()
    series = [
        Series(
            names.form_title(names.option_form(assessment, option)),
            sums[option].to_numpy(),
            palette.form_colour(names.option_form(assessment, option)),
            dashed=names.option_form(assessment, option) == "tunnel",
        )
        for option in options
        if option in sums
    ]
    return Figure(
        Text(
            f"{site.name}: discounted benefits less costs, added up year by year",
            f"{site.name_zh}：折现后效益减费用的逐年累计",
        ),
        running_sums(
            [int(year) for year in sums.index],
            series,
            unit=MONEY,
            axis=Text("Running sum", "累计"),
        ),
        Text(
            "Where a line ends is the net present value. Exact numbers: tables.xlsx, sheet "
            "cash_flow.",
            "曲线终点即净现值。精确数值：tables.xlsx，cash_flow 表。",
        ),
        half=True,
    )
