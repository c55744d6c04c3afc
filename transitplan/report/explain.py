"""Panels behind the cells of benefits: the formula, pairs of clusters and of zones, roads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from transitplan.appraisal.explanation import APART, CLUSTERS, Explanation
from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.cells import Cell, money_grid, opens
from transitplan.report.explain_words import (
    A_YEAR_HEAD,
    ALL_COMPONENTS,
    COMPONENTS,
    ELSEWHERE,
    FROM_TO,
    ON_NO_ROAD,
    PAIRS_OF_CLUSTERS,
    PAIRS_OF_ZONES,
    PV_FORMULA,
    REST,
    ROAD,
    ROADS,
    ROADS_NOTE,
    ROADS_OF_PAIR_NOTE,
    SHARE,
    TOTAL,
    YEAR_FORMULA,
)
from transitplan.report.parts import Panel, Table
from transitplan.viz.text import Text, amounts, as_text, hover, number, people, percent

CNY, A_YEAR = "CNY", "CNY/year"
MOST_CLUSTERS, MOST_PAIRS, MOST_LINKS = 10, 20, 20
PAIRS_WITH_ROADS, ROADS_OF_PAIR = 3, 8  # for the size of the page


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
    cells: Sequence[Sequence[Cell]]  # of the rows shown, then of those that close the sum
    closing: "Sequence[tuple[Text, pd.Series[Any]]]"  # what is on no road, all others, the total

    @property
    def rows(self) -> "list[pd.Series[Any]]":
        """Numbers of every row."""
        return [*_rows(self.shown), *(row for _, row in self.closing)]

    @property
    def amounts(self) -> list[float]:
        """Money of every row."""
        return [float(row[self.money[-1]]) for row in self.rows]

    @property
    def shares(self) -> list[Cell]:
        """Share of every row in the total."""
        return [percent(value / (self.amounts[-1] or 1.0), 1) for value in self.amounts]


def _level(found: Explanation, level: str, money: Sequence[str], most: int) -> _Level:
    frame = found.to_frame(level)
    columns = [f"{name}_{found.unit}" for name in money]
    shown = frame[frame["row"] == level].head(most)
    apart = frame[frame["row"] == APART]
    sums, top, off = (each.select_dtypes("number").sum() for each in (frame, shown, apart))
    others = f"{(frame['row'] == level).sum() - len(shown):,}"
    told = len(apart) and off[columns].any()
    closing = [(ON_NO_ROAD, off)] if told else []
    closing += [
        (Text(REST.en.format(others), REST.zh.format(others)), sums - top - off),
        (TOTAL, sums),
    ]
    money_rows = [list(row[columns]) for row in (*_rows(shown), *(row for _, row in closing))]
    exact_unit = CNY if found.year is None else A_YEAR
    unit, cells = money_grid(money_rows, exact_unit, exact_last=1)
    return _Level(shown, columns, unit, cells, closing)


def _rows(frame: pd.DataFrame) -> list[Any]:
    return [row for _, row in frame.iterrows()]


def _body(level: _Level, title: Callable[[Any], Text]) -> list[list[Cell]]:
    """Rows of a table in one unit: name, money, share; then those that close the sum."""
    heads = [*map(title, names.records(level.shown)), *(head for head, _ in level.closing)]
    return [
        [head, *cells, share]
        for head, cells, share in zip(heads, level.cells, level.shares, strict=True)
    ]


def _body_with(
    level: _Level, title: Callable[[Any], Text], *more: Callable[[Any], Cell]
) -> list[list[Cell]]:
    """Rows whose amounts differ widely, each in its own unit, after further columns."""
    heads = [*map(title, names.records(level.shown)), *(head for head, _ in level.closing)]
    return [
        [head, *(each(row) for each in more), hover(amounts([cny], digits=3), cny, A_YEAR), share]
        for head, row, cny, share in zip(
            heads, level.rows, level.amounts, level.shares, strict=True
        )
    ]


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
            *_links_of_pairs(assessment, found),
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
    title = _zone_titles(assessment)
    clusters = _cluster_titles(assessment)

    def within(row: Any) -> Cell:
        return clusters(row) if CLUSTERS[0] in row else ""

    return Table(
        Text("Pairs of zones, one way", "小区对（单向）"),
        [
            Text("From – to", "起—讫"),
            Text("Of the pair of clusters", "所属组团对"),
            Text("Vehicles, peak hour", "高峰小时车辆"),
            A_YEAR_HEAD,
            SHARE,
        ],
        _body_with(level, title, within, lambda row: people(row["trips_vph"])),
        sheet="explain_pairs",
        words=frozenset({1}),
    )


def _zone_titles(assessment: Assessment) -> Callable[[Any], Text]:
    zones = {row.zone_id: names.called(row) for row in names.records(assessment.case.network.zones)}

    def title(row: Any) -> Text:
        return _joined(
            [
                names.short(zones[zone]) if zone in zones else as_text(str(zone))
                for zone in (row.o_zone_id, row.d_zone_id)
            ]
        )

    return title


def _road_title(row: Any) -> Text:
    name = names.called(row)
    ends = f"{row.from_node_id} → {row.to_node_id}"
    return Text(f"{name.en or 'Road'}, {ends}", f"{name.zh or '道路'}，{ends}")


def _links_of_pairs(assessment: Assessment, found: Explanation) -> list[Table]:
    """Roads of the pairs of zones that gain most, of those whose roads were kept."""
    pairs = found.to_frame("pair")
    tables: list[Table] = []
    title = _zone_titles(assessment)
    for row in names.records(pairs[pairs["row"] == "pair"].head(MOST_PAIRS)):
        links = found.told_links(row.o_zone_id, row.d_zone_id)
        if links is not None and len(tables) < PAIRS_WITH_ROADS:
            tables.append(_roads_of_pair(found, title(row), links))
    return tables


def _roads_of_pair(found: Explanation, title: Text, links: pd.DataFrame) -> Table:
    names_of = ["vehicle_h_saved_per_year", f"total_{found.unit}"]
    shown, rest = links.head(ROADS_OF_PAIR), links.iloc[ROADS_OF_PAIR:]
    heads = [_road_title(row) for row in names.records(shown)]
    if len(rest):
        heads.append(Text(f"All others ({len(rest)})", f"其余（{len(rest)} 条）"))
    sums = [shown[names_of], rest[names_of].sum().to_frame().T] if len(rest) else [shown[names_of]]
    numbers = pd.concat([*sums, links[names_of].sum().to_frame().T])
    return Table(
        Text(f"Roads of {title.en}", f"{title.zh}所经路段"),
        [ROAD, Text("Vehicle-hours saved a year", "年节省车小时"), A_YEAR_HEAD],
        [
            [head, number(hours), hover(amounts([cny], digits=3), cny, A_YEAR)]
            for head, (hours, cny) in zip(
                [*heads, TOTAL], numbers.itertuples(index=False, name=None), strict=True
            )
        ],
        made=ROADS_OF_PAIR_NOTE,
    )


def _links(found: Explanation) -> Table:
    level = _level(found, "link", ["total"], MOST_LINKS)
    return Table(
        Text("Roads where it is spent less, or more", "节省或增加发生的路段"),
        [
            Text("Road, from node to node", "道路，起止节点"),
            Text("Vehicle-hours saved a year", "年节省车小时"),
            A_YEAR_HEAD,
            SHARE,
        ],
        _body_with(level, _road_title, lambda row: number(row["vehicle_h_saved_per_year"])),
        sheet="explain_links",
        made=ROADS_NOTE,
    )


def _worth(assessment: Assessment, option: str) -> Panel:
    found = assessment.explain(option)
    title = names.option(assessment.case, option)
    return Panel(
        f"worth-{option}",
        Text(
            f"{title.en}: where the present value of its benefits comes from",
            f"{title.zh}：效益现值从何而来",
        ),
        [
            factors_told(found, PV_FORMULA),
            _components(found),
            level_table(assessment, found, "cluster_pair", MOST_CLUSTERS, ALL_COMPONENTS),
        ],
    )


def factors_told(found: Explanation, words: Text) -> Text:
    """Fill in how a present value comes from peak hours: factors, and the rows they come from."""
    steps = found.factors
    pv = steps[steps["step"] == "year to present value"]
    years = Text(
        " + ".join(f"{row.value:.4g} × year {row.year}" for row in names.records(pv)),
        " + ".join(f"{row.value:.4g} × {row.year} 年" for row in names.records(pv)),
    )
    told = (f"{steps['value'].iloc[0]:,.0f}", steps["parameters"].iloc[0])
    last = pv["parameters"].iloc[0]
    return Text(words.en.format(years.en, *told, last), words.zh.format(years.zh, *told, last))


def _components(found: Explanation) -> Table:
    frame = found.to_frame("component")
    of_part = frame.set_index("component")[f"amount_{found.unit}"]
    kept = [name for name in COMPONENTS if of_part.get(name)]
    unit, cells = money_grid([[of_part[name]] for name in kept] + [[found.total_cny]], CNY)
    shares = [of_part[name] / (found.total_cny or 1.0) for name in kept] + [1.0]
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


def level_table(
    assessment: Assessment, found: Explanation, level: str, most: int, made: Text | None = None
) -> Table:
    """The largest rows of a level of a present value, and those that close the sum."""
    title, head, row_title = {
        "cluster_pair": (PAIRS_OF_CLUSTERS, FROM_TO, _cluster_titles(assessment)),
        "pair": (PAIRS_OF_ZONES, FROM_TO, _zone_titles(assessment)),
        "link": (ROADS, ROAD, _road_title),
    }[level]
    rows = _level(found, level, ["total"], most)
    return Table(
        title,
        [head, Text(f"Present value [{rows.unit.en}]", f"现值 [{rows.unit.zh}]"), SHARE],
        _body(rows, row_title),
        made=made,
    )
