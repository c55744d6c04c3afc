"""Tables of the toll section: who pays, best tolls, marginal cost, removal, finance."""

from typing import Any

import pandas as pd

from transitplan.appraisal.toll_tables import BORDER_GROUP
from transitplan.appraisal.toll_ways import OTHER_PLATES
from transitplan.appraisal.tolls import MARGINAL, REVENUE, WELFARE, TollStudy
from transitplan.report import names
from transitplan.report.cells import Cell, money_cell, number_cell
from transitplan.report.parts import Table
from transitplan.report.toll_words import DEMANDS, MADE, PAYERS, crossing_names, target_name
from transitplan.scenario.case import Case
from transitplan.viz.text import NOTHING, Text, as_text, finite, number, percent

SHOWN_TOLL = 10.0  # the toll at which the page says who pays: the one that was paid until 2016
LEAST_S = 0.5  # of delay to others: below, a crossing is left out
OBJECTIVES = {
    WELFARE: Text("best for all", "全社会效益最大"),
    REVENUE: Text("most revenue", "收入最大"),
    MARGINAL: Text("each crossing its marginal cost (mean)", "各通道按边际成本收费（均值）"),
}

PARTIES = (  # whose gains add up to welfare
    Text("Users gain", "用户效益"),
    Text("Toll takers gain, everywhere", "各处收费方收入变化"),
    Text("Others gain (accidents, CO2, air)", "其他各方效益（事故、CO2、空气）"),
    Text("Welfare", "社会效益"),
)


def shown(study: TollStudy, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the first target at the toll that the page shows, with the last demand."""
    tolls = frame["toll_cny"].unique()
    toll = min(tolls, key=lambda each: abs(each - SHOWN_TOLL))
    demand = frame["demand"].iloc[-1]
    kept = (
        (frame["target"] == study.targets[0].target_id)
        & (frame["demand"] == demand)
        & (frame["toll_cny"] == toll)
    )
    return pd.DataFrame(frame.loc[kept])


def payers(case: Case, study: TollStudy) -> Table:
    """Who pays on the first target, by plate."""
    rows = shown(study, study.payers)
    sums = rows.groupby("plate", sort=False)[["passages_vph", "paid_cny_per_year"]].sum()
    total = float(sums["paid_cny_per_year"].sum())
    place, toll = target_name(case, study.targets[0].target_id), rows["toll_cny"].iloc[0]
    body: list[list[Cell]] = [
        [
            names.capital(PAYERS[str(plate)]),
            number_cell(row["passages_vph"], 3, "veh/h"),
            money_cell(row["paid_cny_per_year"], "CNY/year"),
            percent(row["paid_cny_per_year"] / total) if total else NOTHING,
        ]
        for plate, row in sums.iterrows()
    ]
    return Table(
        Text(f"Who pays at {toll:g} CNY, {place.en}", f"收费 {toll:g} 元时由谁支付，{place.zh}"),
        [
            Text("Vehicles", "车辆"),
            Text("an hour", "每小时"),
            Text("Paid in a year", "全年付费"),
            Text("Share", "比例"),
        ],
        body,
        made=MADE,
        sheet="toll_payers",
    )


def clusters(case: Case, study: TollStudy) -> Table:
    """What the users of each cluster gain or lose."""
    rows = shown(study, study.clusters)
    places = names.short_places(case)
    own = {
        "": Text("Everywhere else", "其余地区"),
        BORDER_GROUP: Text("Who comes from outside", "境外来车"),
    }
    body: list[list[Cell]] = [
        [
            own.get(str(row.cluster_id))
            or places.get(str(row.cluster_id), as_text(str(row.cluster_id))),
            money_cell(row.user_benefit_cny_per_year, "CNY/year"),
            number_cell(row.by_inhabitant_cny_per_year, 2, "CNY/year"),
        ]
        for row in names.records(rows)
    ]
    where, toll = target_name(case, study.targets[0].target_id), rows["toll_cny"].iloc[0]
    uneven = shown(study, study.levels)["uneven_share"].iloc[0]
    return Table(
        Text(
            f"Users' gain at {toll:g} CNY by cluster, {where.en}",
            f"收费 {toll:g} 元时各组团用户效益，{where.zh}",
        ),
        [
            Text("Cluster", "组团"),
            Text("In a year", "全年"),
            Text("An inhabitant [CNY a year]", "人均 [元/年]"),
        ],
        body,
        made=Text(
            f"half of each trip to either end; before the revenue is spent. {percent(uneven)} of "
            "the inhabitants' loss would have to move for all to lose alike by head",
            "每次出行两端各计一半；未计收入的使用。若人均负担相等，"
            f"需转移居民损失的 {percent(uneven)}",
        ),
        sheet="toll_clusters",
    )


def optima(case: Case, study: TollStudy) -> Table:
    """The best tolls found."""
    body: list[list[Cell]] = [
        [
            target_name(case, str(row.target)),
            OBJECTIVES[str(row.objective)],
            _toll_found(row),
            money_cell(row.revenue_cny_per_year, "CNY/year"),
            *_parties(row),
        ]
        for row in names.records(study.optima)
    ]
    demand = DEMANDS[str(study.optima["demand"].iloc[0])]
    return Table(
        Text(f"Best tolls, {demand.en}", f"最优收费，{demand.zh}"),
        [
            Text("Where", "地点"),
            Text("Aim", "目标"),
            Text("Toll of a car", "小客车收费"),
            Text("Revenue there", "该处收入"),
            *PARTIES,
        ],
        body,
        made=Text(
            MADE.en
            + ". Welfare is the sum of users, toll takers and others. Other roads charge nothing "
            "for their own congestion. Where "
            "welfare is below 0, today's rule does better than any toll that is the same for all",
            MADE.zh + "；社会效益为用户、收费方与其他各方之和；其他道路未对拥堵收费。"
            "社会效益为负时，现行规则优于任何统一收费",
        ),
        words=frozenset({1}),
        sheet="toll_optima",
    )


def _parties(row: Any) -> list[Cell]:
    """What users, toll takers and others gain, and their sum."""
    users, takers, welfare = (
        float(getattr(row, f"{name}_cny_per_year"))
        for name in ("user_benefit", "tolls_change", "welfare")
    )
    return [
        money_cell(value, "CNY/year")
        for value in (users, takers, welfare - users - takers, welfare)
    ]


def _toll_found(row: object) -> Text:
    """A best toll with how well it is known."""
    toll, within = (finite(getattr(row, name)) for name in ("toll_cny", "within_cny"))
    said = number(toll, 3)
    if getattr(row, "at_edge", False):
        return Text(f"{said} CNY or more", f"{said} 元或更高")
    if within is None:
        return Text(f"{said} CNY", f"{said} 元")
    about = number(within, 2)
    return Text(f"{said} ± {about} CNY", f"{said} ± {about} 元")


def marginal(case: Case, study: TollStudy) -> Table:
    """Delay to others at each crossing, in seconds and money."""
    named = crossing_names(case)
    rows = study.marginal.sort_values("marginal_toll_s", ascending=False)
    rows = rows[rows["marginal_toll_s"] >= LEAST_S]
    body: list[list[Cell]] = [
        [
            named.get(str(row.crossing_id), as_text(str(row.crossing_id))),
            number_cell(row.marginal_toll_s, 2, "s"),
            number_cell(row.car_cny, 2, "CNY"),
            number_cell(row.truck_cny, 2, "CNY"),
        ]
        for row in names.records(rows)
    ]
    return Table(
        Text("Delay that one more vehicle causes others", "增加一辆车给他人造成的延误"),
        [
            Text("Crossing", "通道"),
            Text("Seconds", "秒"),
            Text("Car [CNY]", "小客车 [元]"),
            Text("Truck [CNY]", "货车 [元]"),
        ],
        body,
        made=Text(
            "tolls v dt/dv of the system optimum, where every road charges its own; crossings "
            f"below {LEAST_S:g} s are left out",
            "系统最优下的收费 v dt/dv，即每条道路均收取自身的边际成本；"
            f"不足 {LEAST_S:g} 秒的通道未列",
        ),
        sheet="toll_marginal",
    )


def removal(study: TollStudy) -> list[Table]:
    """What it costs to let everyone, or cars of other plates, pass free."""
    if study.removal.empty:
        return []
    body: list[list[Cell]] = [
        [
            Text("cars of other cities", "外地小客车")
            if row.free_for == OTHER_PLATES
            else Text("everyone", "所有车辆"),
            DEMANDS[str(row.demand)],
            *_parties(row),
        ]
        for row in names.records(study.removal)
    ]
    return [
        Table(
            Text("What it costs to let them pass free", "免费通行的代价"),
            [
                Text("Free for", "免费对象"),
                Text("Demand", "需求"),
                *PARTIES,
            ],
            body,
            made=MADE,
            words=frozenset({1}),
            sheet="toll_removal",
        )
    ]


def finance(case: Case, study: TollStudy) -> list[Table]:
    """Whether the toll of what is built would pay for it; nothing where nothing is built."""
    if study.finance.empty:
        return []
    body: list[list[Cell]] = [
        [
            names.option(case, str(row.option_id)),
            DEMANDS[str(row.demand)],
            number_cell(row.toll_cny, 3, "CNY"),
            money_cell(row.pv_revenue_cny),
            money_cell(row.pv_upkeep_cny),
            money_cell(row.pv_cost_cny),
            percent(row.covered_share),
        ]
        for row in names.records(study.finance)
    ]
    return [
        Table(
            Text("Could its toll pay for it? Present values", "通行费能否支付造价？（现值）"),
            [
                Text("Option", "方案"),
                Text("Demand", "需求"),
                Text("Toll", "收费"),
                Text("Revenue", "收入"),
                Text("Upkeep", "养护"),
                Text("All costs", "全部费用"),
                Text("Covered", "覆盖率"),
            ],
            body,
            made=Text(
                f"revenue of {max(case.years)} in all years, growing as benefits do; its own "
                "crossing alone",
                f"以 {max(case.years)} 年收入代表各年，按效益增长率增长；仅计本通道",
            ),
            words=frozenset({1}),
            sheet="toll_finance",
        )
    ]


def plates(study: TollStudy) -> list[Text]:
    """What averaging tolls over plates would have got wrong."""
    if study.plates.empty:
        return []
    cars = study.plates.pivot_table(index="crossing_id", columns="plates", values="cars_vph")
    toll = study.plates.pivot_table(
        index="crossing_id", columns="plates", values="paid_by_cars_cny_per_h"
    )
    paid = toll[(toll["ignored"] == 0) & (toll["averaged"] > 0)].sum()
    if not paid["apart"]:
        return []
    off = (cars["averaged"] - cars["apart"]).abs().max()
    times = number(paid["averaged"] / paid["apart"], 2)
    return [
        Text(
            "Cars of other cities are a class of their own here. One mean toll for all cars would "
            f"put the cars on single crossings wrong by up to {number(off, 2)} an hour and "
            f"show {times} times what they really pay where the city's cars pass free.",
            "本节将外地小客车单列。若对全部小客车取平均收费，单个通道的小客车每小时偏差可达 "
            f"{number(off, 2)} 辆，本地车免费通道的小客车付费将为实际的 {times} 倍。",
        )
    ]
