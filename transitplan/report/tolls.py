"""The section on tolls: who pays today, what other tolls would do, which would be best."""

from collections.abc import Iterable

import pandas as pd

from transitplan.appraisal.toll_tables import BAND, BORDER_GROUP, ELASTIC, FIXED
from transitplan.appraisal.tolls import CITY, MARGINAL, OTHER_PLATES, REVENUE, WELFARE, TollStudy
from transitplan.report import names
from transitplan.report.cells import Cell, money_cell, number_cell, ratio_cell
from transitplan.report.parts import Figure, Section, Table
from transitplan.scenario.case import Case
from transitplan.scenario.toll_rules import ALL, LOCAL, OTHER, rules_on
from transitplan.scenario.tolls import CAR
from transitplan.viz.charts import Unit
from transitplan.viz.curves import Curve, curves
from transitplan.viz.palette import FORM_COLOURS, INK
from transitplan.viz.text import NOTHING, Text, as_text, finite, join, number, percent

PASSAGES = Unit((1e3, "thousand an hour"), (1e4, "万辆/小时"))
MILLIONS = Unit((1e6, "million CNY a year"), (1e8, "亿元/年"))
SHOWN_TOLL = 10.0  # the toll at which the page says who pays: the one that was paid until 2016
DEMANDS = {
    FIXED: Text("trips as they are", "出行量不变"),
    ELASTIC: Text("trips answer to cost", "出行量随费用变化"),
}
WHY = {
    "diverts": Text(
        "most of the cars that leave are found again on crossings that are free or cheaper",
        "离开的车辆多数转到免费或较便宜的通道",
    ),
    "given_up": Text("most of the trips that leave are not made", "离开的出行多数不再发生"),
    "captive": Text(
        "hardly anyone can or will avoid it: the other ways are charged too, or far longer",
        "几乎无人能够或愿意避开：其他通道同样收费，或绕行过远",
    ),
    "rises": Text(
        "traffic grows with its toll, which no survey has found", "交通量随收费上升，调查中未见先例"
    ),
}
OBJECTIVES = {
    WELFARE: Text("best for all", "全社会效益最大"),
    REVENUE: Text("most revenue", "收入最大"),
    MARGINAL: Text("each crossing its marginal cost (mean)", "各通道按边际成本收费（均值）"),
}
PAYERS = {
    LOCAL: Text("cars of the city", "本地小客车"),
    OTHER: Text("cars of other cities", "外地小客车"),
    "": Text("trucks", "货车"),
}
MADE = Text(
    "equilibria of the morning peak hour, expanded to a year; against the present tolls",
    "早高峰均衡，扩算至全年；与现行收费比较",
)


def tolls_section(case: Case, study: TollStudy) -> Section:
    """Who pays today, what other tolls would do to traffic, revenue and welfare, which are best."""
    return Section(
        "tolls",
        Text("Tolls", "通行费"),
        Text(
            "A toll moves money from users to its taker and counts in the welfare of neither; what "
            "counts is who drives where, or not at all. "
            f"{study.year}; {study.n_equilibria} equilibria.",
            "通行费只是用户与收费方之间的转移，本身不计入社会效益；计入的是出行路径与出行量的变化。"
            f"{study.year} 年；共 {study.n_equilibria} 次均衡求解。",
        ),
        [
            _rule_in_words(case, study),
            _present(case, study),
            *_figures(case, study),
            _sweep(case, study),
            _warnings(case, study),
            _payers(case, study),
            _clusters(case, study),
            _optima(case, study),
            _marginal(case, study),
            *_removal(study),
            *_finance(case, study),
            *_plates(study),
        ],
    )


def _rule_in_words(case: Case, study: TollStudy) -> Text:
    """The present rule, as the table of rules has it."""
    rules = rules_on(case.tolls, study.year)
    rules = rules[rules["crossing_id"].isin(study.present["crossing_id"])]
    if rules.empty:
        return Text(
            "The case has no table of toll rules: the tolls of the links hold for all cars.",
            "本案例没有收费规则表：各路段收费适用于全部小客车。",
        )
    cars = rules[rules["use"] == CAR].pivot_table(
        index="crossing_id", columns="plate", values="cny"
    )
    cars = cars.reindex(columns=[ALL, LOCAL, OTHER])
    split = cars[(cars[LOCAL] == 0) & (cars[OTHER] > 0)]
    paid = cars[cars[ALL] > 0]
    trucks = rules[(rules["use"] == "truck") & (rules["cny"] > 0)].set_index("crossing_id")["cny"]
    named = crossing_names(case)
    parts = []
    if len(split):
        places, toll = _listed(named, split.index), _range(split[OTHER])
        parts.append(
            Text(
                f"Cars with plates of the city pass free at {places.en}, where cars of other "
                f"cities pay {toll} CNY.",
                f"本地牌照小客车在{places.zh}免费，外地小客车每次 {toll} 元。",
            )
        )
    if len(paid):
        places, toll = _listed(named, paid.index), _range(paid[ALL])
        parts.append(
            Text(
                f"Every car pays {toll} CNY at {places.en}.",
                f"{places.zh}对全部小客车收费 {toll} 元。",
            )
        )
    if len(trucks):
        places, toll = _listed(named, trucks.index), _range(trucks)
        parts.append(
            Text(f"Trucks pay {toll} CNY at {places.en}.", f"货车在{places.zh}每次 {toll} 元。")
        )
    assumed = int((rules["status"] == "assumed").sum())
    parts.append(
        Text(
            f"{assumed} of these {len(rules)} rules are planning values: tolls.csv of the case "
            "names the source of each.",
            f"以上 {len(rules)} 条规则中有 {assumed} 条为规划取值，来源见案例的 tolls.csv。",
        )
    )
    return join(parts, en=" ", zh="")


def _present(case: Case, study: TollStudy) -> Table:
    """Crossings today: who passes, who pays."""
    rows = study.present.assign(payer=study.present["plate"].map(PAYERS))
    keyed = rows.groupby(["crossing_id", "plate"])[["passages_vph", "paid_cny_per_year"]].sum()
    named = crossing_names(case)
    order = rows.groupby("crossing_id")["passages_vph"].sum().sort_values(ascending=False).index
    plates = [plate for plate in PAYERS if plate in set(rows["plate"])]
    body: list[list[Cell]] = [
        [
            named.get(name, as_text(name)),
            *(number_cell(_at(keyed, "passages_vph", name, plate), 3) for plate in plates),
            *(_spent(_at(keyed, "paid_cny_per_year", name, plate)) for plate in plates),
        ]
        for name in map(str, order)
    ]
    return Table(
        Text(
            "Today's tolls: vehicles in the peak hour, and what they pay in a year",
            "现行收费：高峰小时车辆数与全年付费",
        ),
        [
            Text("Crossing", "通道"),
            *(names.capital(PAYERS[plate]) for plate in plates),
            *(PAYERS[plate] + Text(", paid", "付费") for plate in plates),
        ],
        body,
        made=Text(
            "tolls on the crossing itself; on expressways that of its length",
            "通道本身的收费；高速公路按其长度计",
        ),
        sheet="toll_present",
    )


def _figures(case: Case, study: TollStudy) -> list[Figure]:
    """Traffic, revenue and welfare against the toll, for each target."""
    kinds: list[tuple[str, Text, Unit]] = [
        ("cars_vph", Text("Cars in the peak hour", "高峰小时小客车"), PASSAGES),
        ("revenue_cny_per_year", Text("Revenue there", "该处收入"), MILLIONS),
        ("welfare_cny_per_year", Text("Welfare against today", "相对现状的社会效益"), MILLIONS),
    ]
    found = []
    for target in study.targets:
        rows = study.levels[study.levels["target"] == target.target_id]
        place = target_name(case, target.target_id)
        for column, title, unit in kinds:
            lines = [
                Curve(
                    DEMANDS[str(demand)],
                    own["toll_cny"].to_numpy(),
                    own[column].to_numpy(),
                    INK if demand == FIXED else FORM_COLOURS["bridge"],
                    dashed=demand != FIXED,
                )
                for demand, own in rows.sort_values("toll_cny").groupby("demand", sort=False)
            ]
            found.append(
                Figure(
                    Text(f"{place.en}: {_small(title.en)}", f"{place.zh}：{title.zh}"),
                    curves(
                        lines,
                        across=Text("Toll of a car [CNY]", "小客车通行费 [元]"),
                        up=title,
                        unit=unit,
                    ),
                    Text(
                        "Each dot is an equilibrium. Exact numbers: tables.xlsx, sheet "
                        "toll_levels.",
                        "每点为一次均衡求解。精确数值：tables.xlsx，toll_levels 表。",
                    ),
                    half=True,
                )
            )
    return found


def _sweep(case: Case, study: TollStudy) -> Table:
    rows = study.levels[study.levels["swept"]]
    body: list[list[Cell]] = [
        [
            target_name(case, str(row.target)),
            DEMANDS[str(row.demand)],
            number_cell(row.toll_cny, 3, "CNY"),
            number_cell(row.passages_vph, 3, "veh/h"),
            money_cell(row.revenue_cny_per_year, "CNY/year"),
            money_cell(row.user_benefit_cny_per_year, "CNY/year"),
            money_cell(row.others_cny_per_year, "CNY/year"),
            money_cell(row.welfare_cny_per_year, "CNY/year"),
            ratio_cell(row.toll_elasticity),
        ]
        for row in names.records(rows)
    ]
    return Table(
        Text("One toll for cars of every plate, against today", "对所有小客车统一收费，与现状比较"),
        [
            Text("Where", "地点"),
            Text("Demand", "需求"),
            Text("Toll", "收费"),
            Text("Vehicles an hour", "车辆/小时"),
            Text("Revenue there", "该处收入"),
            Text("Users gain", "用户效益"),
            Text("Others gain", "他人效益"),
            Text("Welfare", "社会效益"),
            Text("Elasticity", "弹性"),
        ],
        body,
        made=Text(
            MADE.en + "; others: accidents, emissions, running cost that drivers do not reckon "
            "with. Elasticity of cars to their toll from one toll to the next, at midpoints",
            MADE.zh + "；他人效益：事故、排放及驾驶人未计入的运行费用。"
            "弹性为相邻收费之间小客车对收费的弧弹性",
        ),
        words=frozenset({1}),
        sheet="toll_levels",
    )


def _warnings(case: Case, study: TollStudy) -> list[Text]:
    """Elasticities outside the published band, each with why."""
    rows = study.levels[study.levels["outside"] != ""]
    return [
        Text(
            f"Warning: {place.en}, {DEMANDS[str(row.demand)].en}, up to {row.toll_cny:g} CNY: "
            f"elasticity {number(row.toll_elasticity, 2)} is outside the published "
            f"{BAND[1]:g} to {BAND[0]:g}: {WHY[str(row.outside)].en}.".replace("-", "−"),
            f"警告：{place.zh}，{DEMANDS[str(row.demand)].zh}，至 {row.toll_cny:g} 元："
            f"弹性 {number(row.toll_elasticity, 2)} 超出已发表范围 {BAND[1]:g} 至 {BAND[0]:g}："
            f"{WHY[str(row.outside)].zh}。".replace("-", "−"),
        )
        for row in names.records(rows)
        for place in [target_name(case, str(row.target))]
    ] or [
        Text(
            f"All elasticities lie within the published {BAND[1]:g} to {BAND[0]:g}.".replace(
                "-", "−"
            ),
            f"全部弹性均在已发表范围 {BAND[1]:g} 至 {BAND[0]:g} 之内。".replace("-", "−"),
        )
    ]


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


def _payers(case: Case, study: TollStudy) -> Table:
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


def _clusters(case: Case, study: TollStudy) -> Table:
    rows = shown(study, study.clusters)
    places = {
        str(row.cluster_id): names.called(row) for row in names.records(case.network.clusters)
    }
    own = {
        "": Text("Everywhere else", "其余地区"),
        BORDER_GROUP: Text("Who comes from outside", "境外来车"),
    }
    body: list[list[Cell]] = [
        [
            own.get(str(row.cluster_id))
            or names.short(places.get(str(row.cluster_id), as_text(str(row.cluster_id)))),
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


def _optima(case: Case, study: TollStudy) -> Table:
    body: list[list[Cell]] = [
        [
            target_name(case, str(row.target)),
            OBJECTIVES[str(row.objective)],
            _toll_found(row),
            money_cell(row.revenue_cny_per_year, "CNY/year"),
            money_cell(row.user_benefit_cny_per_year, "CNY/year"),
            money_cell(row.welfare_cny_per_year, "CNY/year"),
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
            Text("Users gain", "用户效益"),
            Text("Welfare", "社会效益"),
        ],
        body,
        made=Text(
            MADE.en + "; the other roads charge nothing for their own congestion",
            MADE.zh + "；其他道路未对拥堵收费",
        ),
        words=frozenset({1}),
        sheet="toll_optima",
    )


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


def _marginal(case: Case, study: TollStudy) -> Table:
    named = crossing_names(case)
    rows = study.marginal.sort_values("marginal_toll_s", ascending=False)
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
            "tolls v dt/dv of the system optimum, where every road charges its own",
            "系统最优下的收费 v dt/dv，即每条道路均收取自身的边际成本",
        ),
        sheet="toll_marginal",
    )


def _removal(study: TollStudy) -> list[Table]:
    if study.removal.empty:
        return []
    body: list[list[Cell]] = [
        [
            Text("cars of other cities", "外地小客车")
            if row.free_for == OTHER_PLATES
            else Text("everyone", "所有车辆"),
            DEMANDS[str(row.demand)],
            money_cell(row.tolls_change_cny_per_year, "CNY/year"),
            money_cell(row.user_benefit_cny_per_year, "CNY/year"),
            money_cell(row.welfare_cny_per_year, "CNY/year"),
        ]
        for row in names.records(study.removal)
    ]
    return [
        Table(
            Text("What it costs to let them pass free", "免费通行的代价"),
            [
                Text("Free for", "免费对象"),
                Text("Demand", "需求"),
                Text("Tolls", "通行费收入"),
                Text("Users gain", "用户效益"),
                Text("Welfare", "社会效益"),
            ],
            body,
            made=MADE,
            words=frozenset({1}),
            sheet="toll_removal",
        )
    ]


def _finance(case: Case, study: TollStudy) -> list[Table]:
    if study.finance.empty:
        return []
    body: list[list[Cell]] = []
    for row in names.records(study.finance):
        site, form = case.find(str(row.option_id))
        words = names.form(form.form)
        body.append(
            [
                Text(f"{site.name}: {words.en}", f"{site.name_zh}：{words.zh}"),
                DEMANDS[str(row.demand)],
                number_cell(row.toll_cny, 3, "CNY"),
                money_cell(row.pv_revenue_cny),
                money_cell(row.pv_upkeep_cny),
                money_cell(row.pv_cost_cny),
                percent(row.covered_share),
            ]
        )
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
                f"revenue of {study.year} in all years, growing as benefits do; its own crossing "
                "alone",
                f"以 {study.year} 年收入代表各年，按效益增长率增长；仅计本通道",
            ),
            words=frozenset({1}),
            sheet="toll_finance",
        )
    ]


def _plates(study: TollStudy) -> list[Text]:
    """What averaging tolls over plates would have got wrong."""
    if study.plates.empty:
        return []
    cars = study.plates.pivot_table(index="crossing_id", columns="plates", values="cars_vph")
    paid = study.plates.groupby("plates")["paid_by_cars_cny_per_h"].sum()
    off = (cars["averaged"] - cars["apart"]).abs().max()
    more = (paid["averaged"] - paid["apart"]) / paid["apart"]
    more_en = f"{percent(abs(more))} {'more' if more > 0 else 'less'}"
    more_zh = f"{'高' if more > 0 else '低'} {percent(abs(more))}"
    return [
        Text(
            "Cars of other cities are a class of their own here. One mean toll for all cars would "
            f"put the cars on single crossings wrong by up to {number(off, 2)} an hour and show "
            f"{more_en} paid by cars.",
            "本节将外地小客车单列。若对全部小客车取平均收费，单个通道的小客车每小时偏差可达 "
            f"{number(off, 2)} 辆，小客车付费{more_zh}。",
        )
    ]


def crossing_names(case: Case) -> dict[str, Text]:
    """Names of the crossings of the case and of its sites, by id."""
    found = {site.crossing_id: names.called(site) for site in case.sites}
    for row in names.records(case.network.crossings):
        if names.called(row).en:
            found[str(row.crossing_id)] = names.called(row)
    return found


def target_name(case: Case, target_id: str) -> Text:
    """Name of what is charged."""
    if target_id == CITY:
        return Text("All crossings off the expressways", "全部非高速公路通道")
    return names.short(crossing_names(case).get(target_id, as_text(target_id)))


def _listed(named: dict[str, Text], ids: Iterable[object]) -> Text:
    return join(names.short(named.get(str(each), as_text(str(each)))) for each in ids)


def _range(tolls: "pd.Series[float]") -> str:
    ends = sorted({float(tolls.min()), float(tolls.max())})
    return "–".join(f"{each:g}" for each in ends)


def _at(keyed: pd.DataFrame, column: str, crossing: str, plate: str) -> object:
    return keyed[column].get((crossing, plate))


def _spent(value: object) -> Cell:
    return money_cell(value, "CNY/year") if finite(value) else NOTHING


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]
