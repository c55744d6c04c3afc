"""Panels behind the cells of benefits: the formula, pairs of clusters and of zones, roads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from transitplan.appraisal.explanation import CLUSTERS, Explanation
from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.cells import Cell, money_grid, opens, unhovered
from transitplan.report.explain_words import (
    COMPONENTS,
    ELSEWHERE,
    PV_FORMULA,
    REST,
    ROADS_NOTE,
    SHARE,
    TOTAL,
    YEAR_FORMULA,
)
from transitplan.report.parts import Panel, Table
from transitplan.viz.text import Text, as_text, number, people, percent

CNY, A_YEAR = "CNY", "CNY/year"
MOST_CLUSTERS, MOST_PAIRS, MOST_LINKS = 10, 20, 20


def yearly_panels(assessment: Assessment) -> list[Panel]:
    """Explain the user benefit of every option in the last modelled year."""
    if not assessment.spent:
        return []
    year = names.horizon_year(assessment)
    return [_yearly(assessment, option, year) for option in names.built_options(assessment)]


def worth_panels(assessment: Assessment) -> list[Panel]:
    """Explain the present value of benefits of every option."""
    if not assessment.spent:
        return []
    return [_worth(assessment, option) for option in names.built_options(assessment)]


def to_yearly(assessment: Assessment, option: str, cell: Cell) -> Cell:
    """Lead from a cell of a year's user benefit to its panel, where there is one."""
    return opens(cell, f"year-{option}") if assessment.spent else cell


def to_worth(assessment: Assessment, option: str, cell: Cell) -> Cell:
    """Lead from a cell of benefits at present value to its panel, where there is one."""
    return opens(cell, f"worth-{option}") if assessment.spent else cell


@dataclass(frozen=True)
class _Level:
    """The largest rows of a level, and the sum of all others, in one unit of money."""

    shown: pd.DataFrame
    money: Sequence[str]
    unit: Text
    cells: Sequence[Sequence[Cell]]  # of the rows shown, of all others, of all
    others: int
    rest: "pd.Series[Any]"
    whole: "pd.Series[Any]"

    @property
    def shares(self) -> list[Cell]:
        """Share of every row in the total."""
        total = self.whole[self.money[-1]] or 1.0
        known = [*self.shown[self.money[-1]], self.rest[self.money[-1]], total]
        return [percent(value / total, 1) for value in known]


def _level(found: Explanation, level: str, money: Sequence[str], most: int) -> _Level:
    frame = found.to_frame(level)
    columns = [f"{name}_{found.unit}" for name in money]
    sums = frame.select_dtypes("number").sum()
    shown = frame[frame["row"] == level].head(most)
    rest = sums - shown.select_dtypes("number").sum()
    amounts = [list(row[columns]) for row in (*_rows(shown), rest, sums)]
    unit, cells = money_grid(amounts, CNY if found.year is None else A_YEAR)
    cells = [[*map(unhovered, row[:-1]), row[-1]] for row in cells]  # for the size of the page
    others = int((frame["row"] == level).sum()) - len(shown)
    return _Level(shown, columns, unit, cells, others, rest, sums)


def _rows(frame: pd.DataFrame) -> list[Any]:
    return [row for _, row in frame.iterrows()]


def _body(
    level: _Level, title: Callable[[Any], Text], more: Callable[[Any], Cell] | None = None
) -> list[list[Cell]]:
    """Rows of a table: name, one quantity more, money, share; all others; the total."""
    heads = [*map(title, names.records(level.shown)), _rest(level.others), TOTAL]
    rows = [*_rows(level.shown), level.rest, level.whole]
    return [
        [head, *([more(row)] if more else []), *cells, share]
        for head, row, cells, share in zip(heads, rows, level.cells, level.shares, strict=True)
    ]


def _rest(others: int) -> Text:
    return Text(REST.en.format(f"{others:,}"), REST.zh.format(f"{others:,}"))


def _yearly(assessment: Assessment, option: str, year: int) -> Panel:
    found = assessment.explain(option, year)
    title = names.option(assessment.case, option)
    a_year = f"{found.factors['value'].iloc[0]:,.0f}"
    told = found.factors["parameters"].iloc[0]
    return Panel(
        f"year-{option}",
        Text(
            f"{title.en}: where its user benefit of {year} comes from",
            f"{title.zh}：{year} 年用户效益从何而来",
        ),
        [
            Text(YEAR_FORMULA.en.format(a_year, told), YEAR_FORMULA.zh.format(a_year, told)),
            _clusters(assessment, found),
            _pairs(assessment, found),
            _links(found),
        ],
    )


def _clusters(assessment: Assessment, found: Explanation) -> Table:
    classes = [name for name in found.links.columns if name not in COMPONENTS][1:]
    level = _level(
        found, "cluster_pair", [*classes, "time", "operating", "toll", "total"], MOST_CLUSTERS
    )
    return Table(
        Text(
            f"Pairs of clusters, one way [{level.unit.en} a year]",
            f"组团对（单向）[{level.unit.zh}/年]",
        ),
        [
            Text("From – to", "起—讫"),
            *(names.capital(names.vehicles(kind)) for kind in classes),
            Text("of which time", "其中时间"),
            Text("operating cost", "运行费用"),
            Text("tolls", "通行费"),
            Text("All users", "全部用户"),
            SHARE,
        ],
        _body(level, _cluster_titles(assessment)),
        sheet="explain_clusters",
    )


def _cluster_titles(assessment: Assessment) -> Callable[[Any], Text]:
    named = names.short_places(assessment.case)

    def title(row: Any) -> Text:
        ends = [str(getattr(row, name)) for name in CLUSTERS]
        return _joined([named.get(end, as_text(end)) if end else ELSEWHERE for end in ends])

    return title


def _joined(ends: Sequence[Text]) -> Text:
    return Text(" – ".join(end.en for end in ends), "—".join(end.zh for end in ends))


def _pairs(assessment: Assessment, found: Explanation) -> Table:
    level = _level(found, "pair", ["total"], MOST_PAIRS)
    zones = {row.zone_id: names.called(row) for row in names.records(assessment.case.network.zones)}

    def title(row: Any) -> Text:
        return _joined(
            [
                names.short(zones[zone]) if zone in zones else as_text(str(zone))
                for zone in (row.o_zone_id, row.d_zone_id)
            ]
        )

    return Table(
        Text("Pairs of zones, one way", "小区对（单向）"),
        [
            Text("From – to", "起—讫"),
            Text("Vehicles, peak hour", "高峰小时车辆"),
            _a_year(level),
            SHARE,
        ],
        _body(level, title, lambda row: people(row["trips_vph"])),
        sheet="explain_pairs",
    )


def _links(found: Explanation) -> Table:
    level = _level(found, "link", ["total"], MOST_LINKS)

    def title(row: Any) -> Text:
        name = names.called(row)
        ends = f"{row.from_node_id} → {row.to_node_id}"
        return Text(f"{name.en or 'Road'}, {ends}", f"{name.zh or '道路'}，{ends}")

    return Table(
        Text("Roads where it is spent less, or more", "节省或增加发生的路段"),
        [
            Text("Road, from node to node", "道路，起止节点"),
            Text("Vehicle-hours saved a year", "年节省车小时"),
            _a_year(level),
            SHARE,
        ],
        _body(level, title, lambda row: number(row["vehicle_h_saved_per_year"])),
        sheet="explain_links",
        made=ROADS_NOTE,
    )


def _a_year(level: _Level) -> Text:
    return Text(
        f"User benefit [{level.unit.en} a year]",
        f"用户效益 [{level.unit.zh}/年]",
    )


def _worth(assessment: Assessment, option: str) -> Panel:
    found = assessment.explain(option)
    title = names.option(assessment.case, option)
    steps = found.factors
    pv = steps[steps["step"] == "year to present value"]
    years = Text(
        " + ".join(f"{row.value:.4g} × year {row.year}" for row in names.records(pv)),
        " + ".join(f"{row.value:.4g} × {row.year} 年" for row in names.records(pv)),
    )
    told = (f"{steps['value'].iloc[0]:,.0f}", steps["parameters"].iloc[0])
    last = pv["parameters"].iloc[0]
    return Panel(
        f"worth-{option}",
        Text(
            f"{title.en}: where the present value of its benefits comes from",
            f"{title.zh}：效益现值从何而来",
        ),
        [
            Text(
                PV_FORMULA.en.format(years.en, *told, last),
                PV_FORMULA.zh.format(years.zh, *told, last),
            ),
            _components(found),
            _worth_clusters(assessment, found),
        ],
    )


def _components(found: Explanation) -> Table:
    frame = found.to_frame("component")
    amounts = frame.set_index("component")[f"amount_{found.unit}"]
    kept = [name for name in COMPONENTS if amounts.get(name)]
    unit, cells = money_grid([[amounts[name]] for name in kept] + [[found.total_cny]], CNY)
    shares = [amounts[name] / (found.total_cny or 1.0) for name in kept] + [1.0]
    heads = [*(COMPONENTS[name] for name in kept), TOTAL]
    return Table(
        Text("Components", "构成"),
        [
            Text("Component", "项目"),
            Text(f"Present value [{unit.en}]", f"现值 [{unit.zh}]"),
            SHARE,
        ],
        [
            [head, *cell, percent(share, 1)]
            for head, cell, share in zip(heads, cells, shares, strict=True)
        ],
        sheet="explain_components",
    )


def _worth_clusters(assessment: Assessment, found: Explanation) -> Table:
    level = _level(found, "cluster_pair", ["total"], MOST_CLUSTERS)
    return Table(
        Text("Pairs of clusters, one way", "组团对（单向）"),
        [
            Text("From – to", "起—讫"),
            Text(f"Present value [{level.unit.en}]", f"现值 [{level.unit.zh}]"),
            SHARE,
        ],
        _body(level, _cluster_titles(assessment)),
        made=Text(
            "all components; what is on no road counts among all others",
            "含全部构成；不在道路上的项目计入“其余”",
        ),
    )
