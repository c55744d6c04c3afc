"""Page one of a case with several sites: all options beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from transitplan.report import names
from transitplan.report.answer import leader
from transitplan.report.assessment import Assessment
from transitplan.report.cells import Cell, money_cell, people_cell, ratio_cell, value_with_range
from transitplan.report.explain import to_worth
from transitplan.report.parts import Table
from transitplan.scenario.case import NONE
from transitplan.viz import palette
from transitplan.viz.charts import MONEY
from transitplan.viz.interval_chart import Interval, intervals
from transitplan.viz.text import NOTHING, Text, sure


@dataclass(frozen=True)
class Overview:
    """What stands below the answers: every option in a row and in a picture."""

    table: Table
    svg: str
    words: Text


def overview(assessment: Assessment) -> Overview | None:
    """Compare the options of all sites; None where there is one site only."""
    sites = assessment.case.sites
    if len(sites) < 2:  # noqa: PLR2004  its own page says it
        return None
    return Overview(_table(assessment), _picture(assessment), WORDS)


WORDS = Text(
    "Net present value against nothing built at that site: line 5–95 %, upright central value; "
    "tunnels dashed. tables.xlsx, sheet appraisal.",
    "与本桥位不建相比的净现值：横线为 5–95 %，竖线为中值；隧道为虚线。tables.xlsx，appraisal 表。",
)


def _picture(assessment: Assessment) -> str:
    facts = _facts(assessment)
    found = [
        Interval(
            names.option(assessment.case, option),
            float(facts[option].npv_p05_cny),
            float(facts[option].npv_cny),
            float(facts[option].npv_p95_cny),
            palette.form_colour(str(facts[option].form)),
            "tunnel" in str(facts[option].form),
        )
        for option in names.built_options(assessment)
    ]
    return intervals(
        found,
        unit=MONEY,
        axis=Text("Net present value", "净现值"),
        zero=Text("nothing built", "不建"),
    )


def _facts(assessment: Assessment) -> dict[str, Any]:
    """Rows of the appraisal by option."""
    rows = assessment.appraisal[assessment.appraisal["option_id"] != NONE]
    return {row.option_id: row for row in names.records(rows)}


def _table(assessment: Assessment) -> Table:
    facts = _facts(assessment)
    year = names.horizon_year(assessment)
    last = assessment.options[assessment.options["year"] == year]
    traffic = last.set_index("option_id")["daily_vehicles"]
    best = {leader(assessment, site) for site in assessment.case.sites}
    body: Sequence[Sequence[Cell]] = [
        [
            names.option(assessment.case, option),
            str(int(facts[option].open_year)),
            money_cell(facts[option].capital_cost_cny),
            people_cell(traffic[option], "veh/day"),
            to_worth(assessment, option, money_cell(facts[option].pv_benefits_cny)),
            value_with_range(facts[option]._asdict()),
            ratio_cell(facts[option].bcr),
            sure(float(facts[option].probability_best)),
            Text("best", "最优") if option in best else NOTHING,
        ]
        for option in names.built_options(assessment)
    ]
    return Table(
        Text("All options", "全部方案"),
        [
            Text("Option", "方案"),
            Text("Opens", "通车"),
            Text("Capital", "建设费"),
            Text(f"Vehicles a day, {year}", f"{year} 年日交通量 [辆]"),
            Text("Benefits", "效益"),
            Text("Net value (5–95 %)", "净现值（5–95 %）"),
            Text("B/C", "效益费用比"),
            Text("Best in", "最优概率"),
            Text("At its site", "本桥位"),
        ],
        body,
        sheet="appraisal",
    )
