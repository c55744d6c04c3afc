"""The section on the programme: what to build when, what comes close, what else may happen."""

from typing import Any

from transitplan.appraisal.programme_study import NOTHING, Programme
from transitplan.report import names
from transitplan.report.cells import Cell, money_cell
from transitplan.report.parts import Figure, Section, Table
from transitplan.report.programme_record import certainty
from transitplan.viz import palette
from transitplan.viz.charts import MONEY
from transitplan.viz.programme_charts import Purse, Share, Works, purses, shares, timeline
from transitplan.viz.text import Text, amounts, finite, join

AFTER = 5  # years shown after the last stage
LEVELS = {
    "low": Text("low budgets", "低预算"),
    "value": Text("these budgets", "本预算"),
    "high": Text("high budgets", "高预算"),
}


def programme_section(programme: Programme) -> Section:
    """Plans, budgets, futures and shares of a case's programme."""
    several = programme.studied_plan != NOTHING
    parts: list[Table | Figure | Text] = [certainty(programme)]
    parts += _timeline(programme)
    parts += [_plans(programme), _budgets(programme)]
    if len(programme.budget_range):
        parts.append(_budget_range(programme))
    parts.append(_futures(programme))
    if several:
        if programme.studied_plan != programme.plans["plan"][0]:
            parts.append(
                Text(
                    "The best plan builds fewer than two crossings, so that it shows nothing of "
                    "how they act on each other. What follows takes the best that builds several: "
                    f"{plan_words(programme, programme.studied_plan).en}.",
                    "最优方案建设的通道不足两处，无法体现通道之间的相互影响。以下改用建设多处通道的"
                    f"最优方案：{plan_words(programme, programme.studied_plan).zh}。",
                )
            )
        parts += [_interaction(programme), _shares(programme)]
    return Section(
        "programme",
        Text("Programme", "建设时序"),
        Text(
            "Which crossings, in which form and year. Crossings share their traffic: every set of "
            "them is solved as a network of its own, and benefits are never added up over sites.",
            "建哪些通道、采用何种形式、何年建成。各通道共同分担交通：每种组合均作为独立路网求解，"
            "效益不按桥位相加。",
        ),
        parts,
    )


def plan_words(programme: Programme, plan: str) -> Text:
    """A plan in words of both languages."""
    if plan == NOTHING:
        return Text("build nothing", "不建")
    moves = [move.rsplit(" ", 1) for move in plan.split(" + ")]
    return join(
        (
            Text(f"{words.en} ({year})", f"{words.zh}（{year} 年）")
            for option, year in moves
            for words in [names.option(programme.case, option)]
        ),
        en="; ",
        zh="；",
    )


def _timeline(programme: Programme) -> list[Figure]:
    best = programme.moves[programme.moves["rank"] == 1]
    if best.empty:
        return []
    rows = []
    for row in names.records(best):
        form = programme.case.find(row.option_id)[1]
        rows.append(
            Works(
                names.option(programme.case, row.option_id),
                Text(f"opens {row.opens}", f"{row.opens} 年通车"),
                int(row.opens) - form.build_years,
                int(row.opens),
                palette.form_colour(form.form),
                dashed=form.form == "tunnel",
            )
        )
    years = (programme.case.base_year, max(programme.case.years) + AFTER)
    title = Text("The best plan", "最优方案")
    return [
        Figure(
            title,
            timeline(rows, years, title=title),
            Text(
                "Outlined: years of building; full: in service, from the stage in which it opens.",
                "空框：建设期；实心：自所在阶段起投入使用。",
            ),
        )
    ]


def _plans(programme: Programme) -> Table:
    body: list[list[Cell]] = [
        [
            Text(f"{row.rank}. ", f"{row.rank}. ") + plan_words(programme, row.plan),
            money_cell(row.capital_cny),
            money_cell(row.pv_costs_cny),
            money_cell(row.pv_benefits_cny),
            money_cell(row.npv_cny),
            money_cell(row.behind_cny),
        ]
        for row in names.records(programme.plans)
    ]
    return Table(
        Text("The best plan and its runners-up", "最优方案与次优方案"),
        [
            Text("Plan", "方案"),
            Text("Capital", "造价"),
            Text("Costs, present value", "费用现值"),
            Text("Benefits, present value", "效益现值"),
            Text("Net value", "净现值"),
            Text("Behind the best", "与最优之差"),
        ],
        body,
        made=Text(
            "costs include CO2 and disruption while building; benefits of the sets of crossings "
            "open in each year, to the end of operation after the last stage",
            "费用含建设期碳排放与施工干扰；效益按各年已通车通道的组合计算，至末阶段后的运营期末",
        ),
    )


def _budgets(programme: Programme) -> Figure:
    table = programme.budgets
    carried = programme.rules.carries_over
    if carried:  # what counts then is all that is spent up to a stage
        money = ["budget_cny", "low_cny", "high_cny", "spent_cny"]
        table = table.assign(**table[money].cumsum(skipna=False))
    rows = [
        Purse(
            Text(f"up to {row.stage}", f"至 {row.stage} 年")
            if carried
            else Text(f"for {row.stage}", f"{row.stage} 年阶段"),
            row.spent_cny,
            finite(row.budget_cny),
            finite(row.low_cny),
            finite(row.high_cny),
        )
        for row in names.records(table)
    ]
    note = Text("Money left over may be spent later. ", "余款可结转至后续阶段。")
    sources = "; ".join(
        f"{row.stage}: {row.source}" for row in names.records(programme.budgets) if row.source
    )
    return Figure(
        Text("Capital spent by the best plan", "最优方案投资"),
        purses(rows, unit=MONEY, axis=Text("Capital", "投资")),
        (note if carried else Text("", ""))
        + Text(
            f"Bar: spent; upright: budget; thin line: its range. Budgets: {sources}.",
            f"横条：投资；竖线：预算；细线：预算范围。预算依据：{sources}。",
        ),
    )


def _budget_range(programme: Programme) -> Table:
    body: list[list[Cell]] = [
        [LEVELS[row.level], plan_words(programme, row.plan), money_cell(row.npv_cny)]
        for row in names.records(programme.budget_range)
    ]
    return Table(
        Text("What less or more money would change", "预算增减的影响"),
        [Text("Budgets", "预算"), Text("Best plan", "最优方案"), Text("Net value", "净现值")],
        body,
        made=Text(
            "the same search at both ends of the range of every budget",
            "以各预算范围的两端重新搜索",
        ),
        words=frozenset({1}),
    )


def _futures(programme: Programme) -> Table:
    rows = programme.futures
    worlds = programme.worlds
    body: list[list[Cell]] = []
    for plan, own in rows.groupby("plan", sort=False):
        by_world = own.set_index("future")
        body.append(
            [
                plan_words(programme, str(plan)),
                *(_value_and_regret(by_world.loc[name]) for name in worlds),
                money_cell(own["regret_cny"].max()),
            ]
        )
    robust = plan_words(programme, programme.robust_plan)
    return Table(
        Text(
            f"Net value in other futures, and regret. Least regret: {robust.en}",
            f"不同情景下的净现值与遗憾值。最小最大遗憾方案：{robust.zh}",
        ),
        [
            Text("Plan", "方案"),
            *(Text(each.name, each.name_zh) for each in worlds.values()),
            Text("Greatest regret", "最大遗憾值"),
        ],
        body,
        made=Text(
            "net value (in brackets: what the best plan of that future is worth more); "
            + _scales(programme).en,
            "净现值（括号内：比该情景最优方案少）；" + _scales(programme).zh,
        ),
    )


def _value_and_regret(row: Any) -> Cell:
    if row["regret_cny"] == 0:
        return money_cell(row["npv_cny"])
    regret = amounts([row["regret_cny"]])
    return money_cell(row["npv_cny"]) + Text(f" (−{regret.en})", f"（−{regret.zh}）").__html__()


def _scales(programme: Programme) -> Text:
    """What the futures scale, in words."""
    words = [
        Text(
            f"{each.name}: trips × {each.trips:g}, values of time × {each.value_of_time:g}",
            f"{each.name_zh}：出行量 × {each.trips:g}，时间价值 × {each.value_of_time:g}",
        )
        for each in programme.worlds.values()
    ]
    return join(words, en="; ", zh="；")


def _interaction(programme: Programme) -> Table:
    waits = programme.waiting.set_index("option_id")
    body: list[list[Cell]] = []
    for row in names.records(programme.interaction):
        wait: Any = waits.loc[row.option_id]
        then = finite(wait["then_opens"])
        body.append(
            [
                names.option(programme.case, row.option_id),
                str(row.opens),
                money_cell(row.npv_alone_cny),
                money_cell(row.npv_in_plan_cny),
                Text("never", "不建") if then is None else f"{then:.0f}",
                money_cell(wait["npv_change_cny"]),
            ]
        )
    return Table(
        Text(
            "What each crossing is worth alone, in the plan, and later",
            "各通道单独、在方案中及推迟后的价值",
        ),
        [
            Text("Crossing", "通道"),
            Text("Opens", "通车"),
            Text("Net value alone", "单独净现值"),
            Text("Added to the others", "在其余之上新增"),
            Text("If it waits until", "若推迟至"),
            Text("Net value changes by", "净现值变化"),
        ],
        body,
        made=Text(
            "alone: against nothing; added: the plan with it less the plan without it. The two "
            "differ because crossings share their traffic",
            "单独：相对不建；新增：方案含该通道与不含之差。两者不同，因为各通道分担交通",
        ),
    )


def _shares(programme: Programme) -> Figure:
    rows = [
        Share(
            names.option(programme.case, row.option_id),
            row.first_in_cny,
            row.shapley_cny,
            row.left_out_cny,
            palette.form_colour(programme.case.find(row.option_id)[1].form),
        )
        for row in names.records(programme.attribution)
    ]
    total = amounts([programme.yearly_benefit_cny])
    year = max(programme.case.years)
    sampled = bool((programme.attribution["shapley_error_cny"] > 0).any())
    how = Text("sampled orders", "抽样顺序") if sampled else Text("all orders", "全部顺序")
    return Figure(
        Text(
            f"Who adds what to the plan's benefit of {total.en} in a year like {year}",
            f"{year} 年水平年效益 {total.zh} 的构成",
        ),
        shares(rows, unit=MONEY, axis=Text("Benefit of a year", "年效益")),
        Text(
            f"Bar: Shapley value, the mean addition over {how.en} of building; the bars sum to the "
            "whole. Full dot: alone; open dot: added last.",
            f"横条：沙普利值，即按{how.zh}建设时新增效益的平均，各条之和等于总效益。实心点：单独；"
            "空心点：最后加入。",
        ),
    )
