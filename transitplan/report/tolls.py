"""The section on tolls: who pays today, what other tolls would do, which would be best."""

import pandas as pd

from transitplan.appraisal.toll_tables import BAND, ELASTIC, FIXED
from transitplan.appraisal.tolls import TollStudy
from transitplan.errors import counted
from transitplan.model.demand import CAR
from transitplan.report import names, toll_tables
from transitplan.report.cells import Cell, money_cell, number_cell, ratio_cell
from transitplan.report.parts import Figure, Section, Table
from transitplan.report.toll_words import DEMANDS, MADE, PAYERS, crossing_names, listed, target_name
from transitplan.scenario.case import Case
from transitplan.scenario.toll_rules import ALL, LOCAL, OTHER, rules_on
from transitplan.viz.charts import Unit
from transitplan.viz.curves import Curve, curves
from transitplan.viz.palette import FORM_COLOURS, INK
from transitplan.viz.text import NOTHING, Text, as_text, finite, join, number

PASSAGES = Unit((1e3, "thousand an hour"), (1e4, "万辆/小时"))
MILLIONS = Unit((1e6, "million CNY a year"), (1e8, "亿元/年"))
LINES = {FIXED: Text("fixed", "固定"), ELASTIC: Text("elastic", "弹性")}
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


def tolls_section(case: Case, study: TollStudy) -> Section:
    """Who pays today, what other tolls would do to traffic, revenue and welfare, which are best."""
    return Section(
        "tolls",
        Text("Tolls", "通行费"),
        Text(
            "A toll moves money from users to its taker and counts in the welfare of neither; what "
            "counts is who drives where, or not at all. "
            f"{study.year}; {counted(study.n_equilibria, 'equilibrium', 'equilibria')}.",
            "通行费只是用户与收费方之间的转移，本身不计入社会效益；计入的是出行路径与出行量的变化。"
            f"{study.year} 年；共 {study.n_equilibria} 次均衡求解。",
        ),
        [
            _rule_in_words(case, study),
            _present(case, study),
            *_figures(case, study),
            _sweep(case, study),
            _warnings(case, study),
            toll_tables.payers(case, study),
            toll_tables.clusters(case, study),
            toll_tables.optima(case, study),
            toll_tables.marginal(case, study),
            *toll_tables.removal(study),
            *toll_tables.finance(case, study),
            *toll_tables.plates(study),
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
        places, toll = listed(named, split.index), _range(split[OTHER])
        parts.append(
            Text(
                f"Cars with plates of the city pass free at {places.en}, where cars of other "
                f"cities pay {toll} CNY.",
                f"本地牌照小客车在{places.zh}免费，外地小客车每次 {toll} 元。",
            )
        )
    if len(paid):
        places, toll = listed(named, paid.index), _range(paid[ALL])
        parts.append(
            Text(
                f"Every car pays {toll} CNY at {places.en}.",
                f"{places.zh}对全部小客车收费 {toll} 元。",
            )
        )
    if len(trucks):
        places, toll = listed(named, trucks.index), _range(trucks)
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
        rows = _in_order(study, study.levels[study.levels["target"] == target.target_id])
        place = target_name(case, target.target_id)
        for column, title, unit in kinds:
            lines = [
                Curve(
                    LINES[str(demand)],
                    own["toll_cny"].to_numpy(),
                    own[column].to_numpy(),
                    INK if demand == FIXED else FORM_COLOURS["bridge"],
                    dashed=demand != FIXED,
                )
                for demand, own in rows.groupby("demand", sort=False)
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
                        "Fixed: trips as they are; elastic: they answer to cost. Each dot is an "
                        "equilibrium. Exact numbers: tables.xlsx, sheet toll_levels.",
                        "固定：出行量不变；弹性：随费用变化。每点为一次均衡求解。"
                        "精确数值：tables.xlsx，toll_levels 表。",
                    ),
                    half=True,
                )
            )
    return found


def _sweep(case: Case, study: TollStudy) -> Table:
    rows = _in_order(study, study.levels[study.levels["swept"]])
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
            MADE.en + "; welfare holds also what toll takers gain everywhere; others: accidents, "
            "emissions, running cost that drivers do not reckon with. "
            "Elasticity of cars to their toll from one toll to the next, at midpoints",
            MADE.zh
            + "；社会效益含各处收费方的收入变化；他人效益：事故、排放及驾驶人未计入的运行费用。"
            "弹性为相邻收费之间小客车对收费的弧弹性",
        ),
        words=frozenset({1}),
        sheet="toll_levels",
    )


def _warnings(case: Case, study: TollStudy) -> list[Text]:
    """Elasticities outside the published band: one sentence a target and reason."""
    rows = _in_order(study, study.levels[study.levels["outside"] != ""])
    if rows.empty:
        return [
            Text(
                f"All elasticities lie within the published {_band()}.",
                f"全部弹性均在已发表范围 {_band()} 之内。",
            )
        ]
    found = []
    for (target, why), own in rows.groupby(["target", "outside"], sort=False):
        place = target_name(case, str(target))
        tolls = ", ".join(f"{each:g}" for each in sorted(set(own["toll_cny"])))
        ends = sorted({number(each, 2) for each in own["toll_elasticity"].agg(["max", "min"])})
        found.append(
            Text(
                f"Warning: {place.en}, at {tolls} CNY: elasticity {' to '.join(ends)} is outside "
                f"the published {_band()}: {WHY[str(why)].en}.",
                f"警告：{place.zh}，收费 {tolls} 元时弹性为 {' 至 '.join(ends)}，"
                f"超出已发表范围 {_band()}：{WHY[str(why)].zh}。",
            )
        )
    return found


def _band() -> str:
    """The published elasticities in words of both languages."""
    return f"{number(BAND[1], 2)} … {number(BAND[0], 2)}"


def _in_order(study: TollStudy, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows by target as the study has them, fixed trips first, then by toll."""
    order = {target.target_id: place for place, target in enumerate(study.targets)}
    rows = rows.assign(_target=rows["target"].map(order), _demand=rows["demand"].ne(FIXED))
    return rows.sort_values(["_target", "_demand", "toll_cny"])


def _range(tolls: "pd.Series[float]") -> str:
    ends = sorted({float(tolls.min()), float(tolls.max())})
    return "–".join(f"{each:g}" for each in ends)


def _at(keyed: pd.DataFrame, column: str, crossing: str, plate: str) -> object:
    return keyed[column].get((crossing, plate))


def _spent(value: object) -> Cell:
    return money_cell(value, "CNY/year") if finite(value) else NOTHING


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]
