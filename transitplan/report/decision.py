"""Page one of a site: question, answer, table, doubt, what would turn it, how good the model is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.cells import (
    Cell,
    Table,
    money_cell,
    number_cell,
    people_cell,
    ratio_cell,
)
from transitplan.report.site_map import site_map
from transitplan.scenario.case import NONE, Site
from transitplan.viz import palette
from transitplan.viz.charts import MONEY, Series, densities
from transitplan.viz.text import (
    Text,
    amounts,
    finite,
    hover,
    in_one_unit,
    join,
    minutes,
    money,
    number,
    people,
    percent,
)

NEAR = 3.0  # a switching value further than three times today's is no practical condition
NEIGHBOURS = 2
NEARLY_ALL = 0.995  # from here on per cent round to 100


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


def decide(assessment: Assessment, site: Site) -> Decision:
    """Collect page one of a site."""
    best = _leader(assessment, site)
    shown = best if best != NONE else _best_built(assessment, site)
    form = names.form(names.option_form(assessment, shown))
    year = names.horizon_year(assessment)
    return Decision(
        site_id=site.site_id,
        question=Text(f"{site.name}: {_choice(site).en}?", f"{site.name_zh}：{_choice(site).zh}？"),
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
        turns=turning_points(assessment, site.site_id)[:3],
        quality=_quality(assessment, site),
        form=names.option_form(assessment, best),
    )


def answer(assessment: Assessment, site: Site) -> Text:
    """One sentence: what comes out ahead, how surely, and the nearest condition that turns it."""
    best = _leader(assessment, site)
    rows = assessment.appraisal
    own = rows[rows["site_id"] == site.site_id].set_index("option_id")
    share = _share(own, best)
    form = names.option_form(assessment, best)
    lead = (
        Text("Build neither", "都不建")
        if best == NONE
        else Text(names.capital(names.form(form)).en, names.form(form).zh)
    )
    draws = f"{len(assessment.draws):,}"
    unless = _unless(assessment, site)
    said = Text(
        f"{lead.en}{unless.en}: it comes out ahead in {sure(share)} of {draws} draws",
        f"{lead.zh}{unless.zh}：在 {draws} 次抽样中有 {sure(share)} 领先",
    )
    if best == NONE:
        said = Text(
            f"{lead.en}{unless.en}: no form repays its cost in {sure(share)} of {draws} draws",
            f"{lead.zh}{unless.zh}：在 {draws} 次抽样中有 {sure(share)} 两种形式均收不回成本",
        )
    other = str(own["probability_best"].idxmax())
    if other != best:
        named = _option_words(assessment, other)
        more = sure(_share(own, other))
        said += Text(f"; {named.en} is ahead in {more}", f"；{named.zh}在 {more} 中领先")
    return said + Text(".", "。")


def turning_points(assessment: Assessment, site_id: str) -> list[Text]:
    """Return every value at which a site's winner changes, nearest to today's first."""
    rows = assessment.switching
    rows = rows[rows["site_id"] == site_id]
    ordered = sorted(names.records(rows), key=_distance)
    return [
        Text(
            f"{names.capital(names.called(row)).en}: {at.en} (today {today.en}) – then {then.en}",
            f"{names.called(row).zh}：{at.zh}（现为 {today.zh}），届时{then.zh}",
        )
        for row in ordered
        if finite(row.switches_at) is not None
        for at, today, then in [
            (
                names.quantity(row.switches_at, row.unit),
                names.quantity(row.today, row.unit),
                _winner_words(row.winner_then),
            )
        ]
    ]


def _distance(row: Any) -> float:
    at, today = finite(row.switches_at), finite(row.today)
    if at is None or not today:
        return float("inf")
    return max(at / today, today / at) if at / today > 0 else abs(at / today) + 1


def _unless(assessment: Assessment, site: Site) -> Text:
    rows = assessment.switching[assessment.switching["site_id"] == site.site_id]
    near = [row for row in names.records(rows) if _distance(row) <= NEAR]
    if not near:
        return Text("", "")
    row = min(near, key=_distance)
    rises = row.switches_at > row.today
    called, at = names.called(row), names.quantity(row.switches_at, row.unit)
    today = names.quantity(row.today, row.unit)
    return Text(
        f", unless the {called.en[:1].lower() + called.en[1:]} {'rises' if rises else 'falls'} to "
        f"{at.en} (today {today.en})",
        f"，除非{called.zh}{'升至' if rises else '降至'} {at.zh}（现为 {today.zh}）",
    )


def _share(rows: pd.DataFrame, option: str) -> float:
    return finite(rows["probability_best"][option]) or 0.0


def sure(share: float) -> str:
    """Per cent that never claims more than the draws do."""
    if NEARLY_ALL <= share < 1:
        return "> 99 %"
    if 0 < share <= 1 - NEARLY_ALL:
        return "< 1 %"
    return percent(share)


def _winner_words(winner: object) -> Text:
    form = str(winner).rsplit("-", 1)[-1]
    if form == NONE:
        return Text("nothing is built", "都不建")
    return Text(f"the {names.form(form).en} leads", f"{names.form(form).zh}领先")


def _option_words(assessment: Assessment, option: str) -> Text:
    if option == NONE:
        return Text("building nothing", "不建")
    form = names.form(names.option_form(assessment, option))
    return Text(f"the {form.en}", form.zh)


def _choice(site: Site) -> Text:
    forms = [names.form(each.form) for each in site.forms]
    return join([*forms, Text("nothing", "不建")], en=" or ", zh="还是")


def _leader(assessment: Assessment, site: Site) -> str:
    """Option of the site with the highest central net value; nothing built is worth 0."""
    built = _best_built(assessment, site)
    rows = assessment.appraisal.set_index("option_id")
    return built if (finite(rows["npv_cny"][built]) or 0.0) > 0 else NONE


def _best_built(assessment: Assessment, site: Site) -> str:
    rows = assessment.appraisal[assessment.appraisal["option_id"] != NONE]
    own = rows[rows["site_id"] == site.site_id].set_index("option_id")["npv_cny"]
    return str(own.idxmax())


def form_cell(form: str) -> Text:
    """Name of a form for the first column."""
    return names.capital(names.form(form))


def _site_rows(assessment: Assessment, site: Site) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Appraisal and last-year traffic of the site's options, by option."""
    money_rows = assessment.appraisal.set_index("option_id")
    last = assessment.options[assessment.options["year"] == names.horizon_year(assessment)]
    own = names.site_options(assessment, site.site_id)
    return money_rows.loc[own], last.set_index("option_id").loc[own]


def _service_table(assessment: Assessment, site: Site) -> Table:
    appraised, used = _site_rows(assessment, site)
    year = names.horizon_year(assessment)
    rows: list[list[Cell]] = [[form_cell(NONE), *["–"] * 7]]
    for option in appraised.index:
        facts, traffic = appraised.loc[option], used.loc[option]
        rows.append(
            [
                form_cell(facts["form"]),
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
        Text("What it does", "作用"),
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
        words=frozenset({4, 5, 7}),
    )


def _saved(assessment: Assessment, pair: object, value: object) -> Cell:
    named = names.pair(assessment, pair, brief=True)
    return hover(minutes(value, 1), value, "min") + Markup(" ") + named.__html__()


def _money_table(assessment: Assessment, site: Site) -> Table:
    appraised, _ = _site_rows(assessment, site)
    rows: list[list[Cell]] = [
        [form_cell(NONE), "–", money_cell(0), money_cell(0), money_cell(0), "–", "–", "–"]
    ]
    for option in appraised.index:
        facts = appraised.loc[option]
        rows.append(
            [
                form_cell(facts["form"]),
                amounts([facts["capital_cost_cny"], facts["capital_cost_p80_cny"]]),
                money_cell(facts["pv_benefits_cny"]),
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
    )


def value_with_range(facts: Any) -> Text:
    """Net value and its 5–95 % range in one unit: 1.2 (−0.4 to 2.9) bn CNY."""
    found = in_one_unit([facts[name] for name in ("npv_cny", "npv_p05_cny", "npv_p95_cny")])
    if found is None:
        return money(facts["npv_cny"])
    (middle, low, high), unit = found
    return Text(
        f"{middle.en} ({low.en} to {high.en}){unit.en}",
        f"{middle.zh}（{low.zh} 至 {high.zh}）{unit.zh}",
    )


def _doubt(assessment: Assessment, site: Site) -> str:
    appraised, _ = _site_rows(assessment, site)
    series = [
        Series(
            form_cell(facts.form),
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


def _quality(assessment: Assessment, site: Site) -> list[Text]:
    said = _neighbours(assessment, site)
    gaps = assessment.convergence
    gap = float(gaps["gap_value_cny"].max())
    last = assessment.options[assessment.options["year"] == names.horizon_year(assessment)]
    own = last[last["option_id"].isin(names.site_options(assessment, site.site_id))]
    benefit = float(own["user_benefit_cny"].max())
    worth = money(gap)
    shown = money(benefit)
    said.append(
        Text(
            f"What the equilibria leave open is worth at most {worth.en} a year, against a yearly "
            f"benefit of {shown.en}.",
            f"均衡残余误差每年至多相当于 {worth.zh}，而年效益为 {shown.zh}。",
        )
    )
    weak = _weakest(assessment)
    return [*said, weak] if weak else said


def _neighbours(assessment: Assessment, site: Site) -> list[Text]:
    """Modelled against published volumes of the counted crossings nearest along the river."""
    counts = assessment.counts
    if counts.empty:
        return [
            Text(
                "No published volumes of crossings are in this case to compare with.",
                "本案例没有可供对比的公布过河流量。",
            )
        ]
    at = assessment.case.network.crossings.set_index("crossing_id")["river_km"]
    where = counts["crossing_id"].map(at)
    here = site.river_km if site.river_km is not None else at.get(site.crossing_id, float("nan"))
    near = (
        counts.assign(away=(where - here).abs())
        .sort_values(["away", "observed_year"], ascending=[True, False], kind="stable")
        .drop_duplicates("crossing_id")  # the newest count of each
        .head(NEIGHBOURS)
    )
    return [
        Text(
            f"{names.short(names.called(row)).en}: modelled {people(row.modelled).en}, published "
            f"{_range(row).en} vehicles a day ({row.observed_year}).",
            f"{names.short(names.called(row)).zh}：模型 {people(row.modelled).zh}，"
            f"公布 {_range(row).zh} 辆/日（{row.observed_year}）。",
        )
        for row in names.records(near)
    ]


def _range(row: Any) -> Text:
    ends = list(
        dict.fromkeys(
            people(value)
            for value in (row.observed_low, row.observed_high)
            if finite(value) is not None
        )
    )
    return join(ends, en="–", zh="–")


def _weakest(assessment: Assessment) -> Text | None:
    """Name the assumed parameter with the widest range for its value."""
    rows = assessment.case.parameters
    rows = rows[(rows["status"] == "assumed") & rows["low"].notna() & (rows["value"] != 0)]
    if rows.empty:
        return None
    wide = ((rows["high"] - rows["low"]) / rows["value"].abs()).to_numpy()
    row = rows.iloc[int(wide.argmax())]
    called = Text(str(row["name"]), str(row["name_zh"]))
    low, high = (names.quantity(row[end], row["unit"]) for end in ("low", "high"))
    return Text(
        f"Weakest input: {called.en}, assumed, anywhere from {low.en} to {high.en}.",
        f"最弱的输入：{called.zh}，属假定，取值可在 {low.zh} 至 {high.zh} 之间。",
    )
