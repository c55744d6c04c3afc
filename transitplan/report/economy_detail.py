"""Further tables of the economic appraisal: efficiency, public accounts, impacts, checks."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from transitplan.appraisal.economy import Economy
from transitplan.appraisal.guard import KNOWN
from transitplan.model.demand import CAR, FREIGHT
from transitplan.report import names
from transitplan.report.cells import Cell, money_cell, number_cell, ratio_cell, text_cell
from transitplan.report.economy_words import (
    IMPACT_COLUMNS,
    ITEMS,
    PRESET_WORDS,
    PURPOSES,
    SWITCH,
)
from transitplan.report.explain_lines import IMPACTS, LineLinks
from transitplan.report.parts import Table
from transitplan.viz.text import NOTHING, Text, as_text, finite, percent

Titles = Mapping[str, Text]
PV = Text("present values, central assumptions", "现值，中值假设")


def efficiency_table(economy: Economy, titles: Titles, link: LineLinks) -> Table:
    """Who of users and providers gains what."""
    rows = economy.efficiency
    parts = {
        "time_cny": "users_time",
        "operating_cny": "users_operating",
        "unperceived_cny": "users_operating",
        "charges_cny": "users_charges",
        "revenue_cny": "providers",
        "total_cny": "",
    }
    body: list[list[Cell]] = []
    for row in names.records(rows):
        who = (
            _users(row.purpose, row.mode) if row.group == "users" else Text("Toll takers", "收费方")
        )
        cells = [
            link(money_cell(getattr(row, name)), row.option_id, line)
            if getattr(row, name)
            else NOTHING
            for name, line in parts.items()
        ]
        if any(cell != NOTHING for cell in cells):
            body.append([titles[row.option_id], who, *cells])
    return Table(
        Text("Economic efficiency (TEE)", "运输经济效率（TEE）"),
        [
            Text("Option", "方案"),
            Text("Who", "受益者"),
            Text("Time", "时间"),
            Text("Running, as perceived", "运行费用（感知）"),
            Text("Running, not perceived", "运行费用（未感知）"),
            Text("Tolls", "通行费"),
            Text("Revenue", "收入"),
            Text("Total", "合计"),
        ],
        body,
        made=PV,
        words=frozenset({1}),
        folded=True,
    )


def _users(purpose: str, mode: str) -> Text:
    """Who travels: goods vehicles by what they drive, all others by why."""
    if purpose == FREIGHT:
        return names.capital(names.vehicles("light_truck" if mode == CAR else mode))
    return PURPOSES.get(purpose, as_text(purpose))


def public_table(economy: Economy, titles: Titles, link: LineLinks) -> Table:
    """What is paid, item by item; options of one site beside each other."""
    wide = economy.public_accounts.pivot_table(
        index="item", columns="option_id", values="pv_cny", sort=False
    )
    body: list[list[Cell]] = [
        [
            label,
            *(
                link(money_cell(wide.loc[item, option]), option, "pvc" if item == "total" else item)
                for option in titles
            ),
        ]
        for item, label in ITEMS.items()
        if item in wide.index
    ]
    return Table(
        Text("Public accounts (PA)", "公共财政账（PA）"),
        [Text("Item", "项目"), *titles.values()],
        body,
        made=Text(
            "present values of what is paid; what is left at the end is negative; taxes are not "
            "told apart from prices",
            "支出现值；期末残值为负；价格未剔除税金",
        ),
        folded=True,
    )


def presets_table(economy: Economy, titles: Titles) -> Table:
    """Net value and ratio by each preset."""
    rows = economy.presets.set_index(["option_id", "preset"])
    kinds = list(dict.fromkeys(economy.presets["preset"]))
    body: list[list[Cell]] = [
        [
            title,
            *(money_cell(rows.loc[(option, kind), "npv_cny"]) for kind in kinds),
            *(ratio_cell(rows.loc[(option, kind), "bcr"]) for kind in kinds),
        ]
        for option, title in titles.items()
    ]
    return Table(
        Text("The same traffic by the rules of each preset", "按不同参数预设评价同一交通结果"),
        [
            Text("Option", "方案"),
            *(Text("Net value: ", "净现值：") + PRESET_WORDS[kind] for kind in kinds),
            *(Text("Ratio: ", "效益费用比：") + PRESET_WORDS[kind] for kind in kinds),
        ],
        body,
        made=Text(
            "all rows of the preset in place of the case's own; what is unconfirmed stands in the "
            "preset's table",
            "以预设各行替代本案例取值；未核实之处见预设表",
        ),
        folded=True,
    )


def impacts_table(economy: Economy, option: str, titles: Titles, link: LineLinks) -> Table:
    """Every impact of an option in words, quantity and money."""
    rows = economy.appraisal_summary[economy.appraisal_summary["option_id"] == option]
    body: list[list[Cell]] = [
        [
            Text(row.impact, row.impact_zh),
            Text(row.words, row.words_zh),
            number_cell(row.quantity, 3, row.unit) if finite(row.quantity) is not None else NOTHING,
            text_cell(row.unit),
            link(money_cell(row.pv_cny), option, IMPACTS.get(row.impact, ""))
            if finite(row.pv_cny) is not None
            else NOTHING,
            text_cell(row.score) or NOTHING,
            Text(row.who, row.who_zh),
        ]
        for row in names.records(rows)
    ]
    return Table(
        Text("Appraisal summary (AST): ", "评价汇总表（AST）：") + titles[option],
        list(IMPACT_COLUMNS),
        body,
        made=Text(
            "quantities of the last modelled year; the score of seven points is for people to give",
            "数量为最后一个模型年；七级评分由人填写",
        ),
        words=frozenset({1, 3, 6}),
        folded=True,
    )


def checks_table(economy: Economy, titles: Titles) -> Table:
    """How many pairs change too much for the rule of a half."""
    keys = ["option_id", "traffic"]
    rows = economy.ratio_checks.groupby(keys)
    sums = economy.reconciled
    off = np.abs(sums["by_matrix"] - sums["by_link"]) / sums["by_link"].abs().clip(lower=1e-9)
    worst = off.groupby([sums[key] for key in keys]).max()
    new = economy.user_benefits.groupby(keys)["new_pairs"].sum()
    kinds = [kind for kind in SWITCH if kind in set(economy.ratio_checks["traffic"])]
    body: list[list[Cell]] = []
    for option, kind in product(titles, kinds):
        own = rows.get_group((option, kind))
        body.append(
            [
                titles[option],
                SWITCH[kind],
                *(number_cell(own[kind].sum(), 6) for kind in ("fine", "warning", "serious")),
                percent(own["serious_trips_share"].max(), 1),
                number_cell(new[option, kind], 6),
                f"{worst[option, kind]:.0e}",
            ]
        )
    return Table(
        Text("May the rule of a half be used?", "二分之一法则是否适用？"),
        [
            Text("Option", "方案"),
            Text("Demand", "需求"),
            Text("Pairs: fine", "变化小的小区对"),
            Text("Warning", "警告"),
            Text("Serious", "严重"),
            Text("Trips on serious pairs, at most", "严重对的出行占比（至多）"),
            Text("New or lost pairs", "新增或中断的对"),
            Text("Matrix against links, off by", "矩阵与路段合计之差"),
        ],
        body,
        made=Text(
            "cost, time and distance of every pair and class, with over without: warning outside "
            "0.67 to 1.5, serious outside 0.33 to 3 (thresholds of TUBA)",
            "各类别各对的成本、时间、距离之有无比：0.67–1.5 之外为警告，0.33–3 之外为严重"
            "（TUBA 阈值）",
        ),
        words=frozenset({1}),
        folded=True,
    )


def noise_warnings(economy: Economy, titles: Titles) -> Sequence[Text]:
    """One sentence for each benefit that the gaps do not let be known to a digit."""
    return [
        _noise_warning(row, titles[row.option_id])
        for row in names.records(economy.noise[economy.noise["verdict"] != KNOWN])
    ]


def _noise_warning(row: Any, title: Text) -> Text:
    demand, share = SWITCH[row.traffic], percent(row.noise_share)
    return Text(
        f"Warning: {title.en}, {row.year}, {demand.en}: what the gaps leave open is {share} of the "
        f"benefit, after {row.tightened} smaller gaps.",
        f"警告：{title.zh}（{row.year} 年，{demand.zh}）：收紧间隙 {row.tightened} 次后，"
        f"可能误差仍为效益的 {share}。",
    )
