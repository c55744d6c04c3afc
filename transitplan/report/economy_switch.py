"""The demand switch: fixed, elastic, mode shift and redistribution beside each other."""

from transitplan.appraisal.compare import FIXED
from transitplan.appraisal.economy import Economy
from transitplan.report.cells import Cell, money_cell, number_cell, ratio_cell
from transitplan.report.economy_detail import Titles
from transitplan.report.economy_words import SWITCH
from transitplan.report.parts import Table
from transitplan.viz.text import Text


def switch_tables(economy: Economy, titles: Titles) -> list[Table]:
    """What each option is worth, and what traffic it adds, by how demand answers."""
    kinds = [kind for kind in SWITCH if kind in set(economy.induced["traffic"])]
    return [_worth(economy, titles, kinds), _added(economy, titles, kinds)]


def _worth(economy: Economy, titles: Titles, kinds: list[str]) -> Table:
    rows = economy.comparison.set_index(["option_id", "traffic"])
    body: list[list[Cell]] = [
        [
            title,
            *(money_cell(rows.loc[(option, kind), "npv_cny"]) for kind in kinds),
            *(ratio_cell(rows.loc[(option, kind), "bcr"]) for kind in kinds),
        ]
        for option, title in titles.items()
    ]
    return Table(
        Text("If demand answers: what each option is worth", "需求响应：各方案的价值"),
        [
            Text("Option", "方案"),
            *(Text("Net value: ", "净现值：") + SWITCH[kind] for kind in kinds),
            *(Text("Ratio: ", "效益费用比：") + SWITCH[kind] for kind in kinds),
        ],
        body,
        made=Text(
            "fixed trips: new routes only; elastic: trips follow their own cost; mode shift: "
            "persons between two zones stay, the share of the car answers; redistribution: modes "
            "and destinations answer. Users gain the area left of their demand curves; fares and "
            "costs of other modes are left out",
            "出行固定：仅路径变化；弹性：出行量随自身成本变化；方式转移：小区对间人数不变，小客车"
            "分担率响应；重分布：方式与目的地均响应。使用者效益为需求曲线左侧面积；不含其他方式的"
            "票款与成本",
        ),
    )


def _added(economy: Economy, titles: Titles, kinds: list[str]) -> Table:
    year = int(economy.induced["year"].max())
    last = economy.induced[economy.induced["year"] == year]
    rows = last.set_index(["option_id", "traffic"])
    answering = [kind for kind in kinds if kind != FIXED]
    body: list[list[Cell]] = [
        [
            title,
            *(number_cell(rows.loc[(option, k), "more_trips_vph"], 3, "veh/h") for k in answering),
            *(number_cell(rows.loc[(option, k), "more_km"], 3, "km/h") for k in kinds),
        ]
        for option, title in titles.items()
    ]
    trips, km = (last[name].iloc[0] for name in ("trips_vph", "distance_km"))
    gap = last["demand_gap"].max()
    found = Text(f"; demand-supply gap at most {gap:.0e}", f"；供需间隙至多 {gap:.0e}")
    return Table(
        Text(
            f"Traffic that each option adds, peak hour {year}", f"各方案诱增交通，{year} 年高峰小时"
        ),
        [
            Text("Option", "方案"),
            *(Text("Vehicles more: ", "增加车辆：") + SWITCH[kind] for kind in answering),
            *(Text("Vehicle-km more: ", "增加车公里：") + SWITCH[kind] for kind in kinds),
        ],
        body,
        made=Text(
            f"against {trips:,.0f} vehicles and {km:,.0f} vehicle-km with nothing built; with "
            "fixed trips, kilometres change by other routes alone",
            f"对照不建时 {trips:,.0f} 辆、{km:,.0f} 车公里；出行固定时里程仅因路径而变",
        )
        + (found if gap > 0 else Text("", "")),
    )
