"""Page one of a site."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from transitplan.report import names
from transitplan.report.answer import NO_TURN, answer, best_built, leader, question, turning_points
from transitplan.report.answering import answering
from transitplan.report.assessment import Assessment
from transitplan.report.cells import (
    Cell,
    money_cell,
    number_cell,
    people_cell,
    ratio_cell,
    value_with_range,
)
from transitplan.report.explain import to_worth
from transitplan.report.parts import Table
from transitplan.report.site_map import site_map
from transitplan.report.site_quality import site_quality
from transitplan.report.studies import NO_STUDIES, Studies
from transitplan.scenario.case import NONE, Site
from transitplan.viz import palette
from transitplan.viz.charts import MONEY, Series, densities
from transitplan.viz.text import (
    NOTHING,
    Text,
    amounts,
    hover,
    number,
    saving,
    sure,
)


@dataclass(frozen=True)
class Decision:
    """What page one says about a site."""

    site_id: str
    question: Text
    answer: Text
    map_title: Text
    map_svg: str
    doubt_svg: str
    tables: Sequence[Table]
    turns: Sequence[Text]
    quality: Sequence[Text]
    form: str  # whose colour the page takes


def decide(assessment: Assessment, site: Site, studies: Studies = NO_STUDIES) -> Decision:
    """Collect page one of a site."""
    best = leader(assessment, site)
    shown = best if best != NONE else best_built(assessment, site)
    form = names.form(names.option_form(assessment, shown))
    year = names.horizon_year(assessment)
    economy = studies.economy
    answers = [] if economy is None else answering(assessment, site, economy)
    return Decision(
        site_id=site.site_id,
        question=question(site),
        answer=answer(assessment, site),
        map_title=Text(
            f"What the {form.en} changes in {year}: traffic as line width; minutes saved per peak "
            "trip, mean over all clusters and hubs",
            f"{year} 年{form.zh}带来的变化：线宽为流量增减；"
            f"数字为高峰每次出行平均节省分钟数（至各组团与枢纽）",
        ),
        map_svg=site_map(assessment, site, shown),
        doubt_svg=_doubt(assessment, site),
        tables=(_service_table(assessment, site), _money_table(assessment, site)),
        turns=[*(turning_points(assessment, site.site_id)[:3] or [NO_TURN]), *answers],
        quality=site_quality(assessment, site, studies),
        form=names.option_form(assessment, best),
    )


def _site_rows(assessment: Assessment, site: Site) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Appraisal and last-year traffic of the site's options, by option."""
    money_rows = assessment.appraisal.set_index("option_id")
    last = assessment.options[assessment.options["year"] == names.horizon_year(assessment)]
    own = names.site_options(assessment, site.site_id)
    return money_rows.loc[own], last.set_index("option_id").loc[own]


def _service_table(assessment: Assessment, site: Site) -> Table:
    appraised, used = _site_rows(assessment, site)
    year = names.horizon_year(assessment)
    rows: list[list[Cell]] = [[names.form_title(NONE), *[NOTHING] * 7]]
    for option in appraised.index:
        facts, traffic = appraised.loc[option], used.loc[option]
        rows.append(
            [
                names.form_title(facts["form"]),
                number(facts["open_year"], 4).replace(",", ""),
                number_cell(facts["length_m"] / 1000, 2, "km"),
                people_cell(traffic["daily_vehicles"], "veh/day"),
                _saved(assessment, traffic["best_pair"], traffic["best_pair_saving_min"]),
                _saved(assessment, traffic["worst_pair"], traffic["worst_pair_saving_min"]),
                number_cell(facts["closed_hours_per_year"], 2, "h/year"),
                names.vehicles(facts["banned_uses"]),
            ]
        )
    return Table(
        Text("What it does", "功能与效果"),
        (
            Text("Option", "方案"),
            Text("Opens", "通车"),
            Text("Length [km]", "长度 [公里]"),
            Text(f"Vehicles a day, {year}", f"{year} 年日交通量 [辆]"),
            Text("Best pair of clusters, peak minutes saved", "节省最多的组团对，高峰分钟"),
            Text("Worst pair, peak minutes saved", "节省最少的组团对，高峰分钟"),
            Text("Closed [h a year]", "年关闭小时"),
            Text("Not let in", "禁行"),
        ),
        rows,
        sheet="options",
        made=Text(
            "equilibrium with the option against the same year with nothing built",
            "有方案与同年不建方案的均衡对比",
        ),
        words=frozenset({4, 5, 7}),
    )


def _saved(assessment: Assessment, pair: object, value: object) -> Cell:
    named = names.pair(assessment, pair, brief=True)
    return hover(saving(value), value, "min") + Markup(" ") + named.__html__()


def _money_table(assessment: Assessment, site: Site) -> Table:
    appraised, _ = _site_rows(assessment, site)
    rows: list[list[Cell]] = [
        [
            names.form_title(NONE),
            NOTHING,
            money_cell(0),
            money_cell(0),
            money_cell(0),
            NOTHING,
            NOTHING,
            NOTHING,
        ]
    ]
    for option in appraised.index:
        facts = appraised.loc[option]
        rows.append(
            [
                names.form_title(facts["form"]),
                amounts([facts["capital_cost_cny"], facts["capital_cost_p80_cny"]]),
                to_worth(assessment, option, money_cell(facts["pv_benefits_cny"])),
                money_cell(facts["pv_costs_cny"]),
                hover(value_with_range(facts), facts["npv_cny"], "CNY"),
                ratio_cell(facts["bcr"]),
                people_cell(facts["embodied_co2_t"], "t"),
                people_cell(facts["operation_co2_t_per_year"], "t/year"),
            ]
        )
    return Table(
        Text("What it costs and is worth", "费用与价值"),
        (
            Text("Option", "方案"),
            Text("Capital, central to P80", "造价（中值至 P80）"),
            Text("Benefits, present value", "效益现值"),
            Text("Costs, present value", "费用现值"),
            Text("Net value (5–95 %)", "净现值（5–95 %）"),
            Text("Benefit / cost", "效益费用比"),
            Text("CO₂ built [t]", "建设 CO₂ [吨]"),
            Text("CO₂ a year [t]", "年 CO₂ [吨]"),
        ),
        rows,
        sheet="appraisal",
        made=Text(
            "present values at the discount rate of the parameters; 5–95 % from the common draws",
            "按参数表折现率计算的现值；5–95 % 区间取自共同随机抽样",
        ),
    )


def _doubt(assessment: Assessment, site: Site) -> str:
    appraised, _ = _site_rows(assessment, site)
    series = [
        Series(
            names.form_title(facts.form),
            assessment.draws[option].to_numpy(dtype=float),
            palette.form_colour(facts.form),
            dashed=facts.form == "tunnel",
            note=Text(
                f"best in {sure(float(facts.probability_best))}",
                f"{sure(float(facts.probability_best))} 最优",
            ),
        )
        for option, facts in zip(appraised.index, names.records(appraised), strict=True)
    ]
    return densities(
        series,
        unit=MONEY,
        axis=Text("Net present value", "净现值"),
        zero=Text("nothing built", "不建"),
    )
