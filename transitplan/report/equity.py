"""The section on how evenly access is spread, and who reaches more or less."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from transitplan.appraisal.mode_access import (
    BEST,
    CAR,
    CUMULATIVE,
    EVERYBODY,
    GRAVITY,
    HALVING_MIN,
    LIMIT_MIN,
    TRANSIT,
    ModeAccess,
)
from transitplan.report import names
from transitplan.report.access_modes import MODES as CALLED
from transitplan.report.assessment import Assessment
from transitplan.report.cells import Cell, people_cell, ratio_cell
from transitplan.report.parts import Figure, Section, Table
from transitplan.scenario.case import NONE
from transitplan.viz import palette
from transitplan.viz.lorenz import Lorenz, lorenz_chart
from transitplan.viz.text import NOTHING, Text, as_text, finite, hover, plain

MODES = {**CALLED, BEST: Text("best mode", "最快方式")}
MEASURES = {
    CUMULATIVE: Text(f"within {LIMIT_MIN:g} min", f"{LIMIT_MIN:g} 分钟内"),
    GRAVITY: Text(
        f"counting half for every {HALVING_MIN:g} min", f"每 {HALVING_MIN:g} 分钟权重减半"
    ),
}
# Grey for the car; the other two apart from it and from the colours of bridge and tunnel.
DRAWN = {CAR: (palette.MUTED, ""), TRANSIT: (palette.LESS, "7 4"), BEST: (palette.INK, "2 3 8 3")}


def equity_section(assessment: Assessment, modes: ModeAccess) -> Section | None:
    """Spread of access over residents, and winners and losers; None where nobody reaches a job."""
    if modes.equity.empty:
        return None
    base, last = assessment.case.base_year, names.horizon_year(assessment)
    years = list(dict.fromkeys((base, last)))
    parts: list[Figure | Table | Text] = [_curves(modes, last)]
    parts += [_spread(modes, years, measure, folded=measure != CUMULATIVE) for measure in MEASURES]
    parts += [_winners(assessment, modes.winners), _by_cluster(assessment, modes.winners)]
    return Section(
        "equity",
        Text("Who reaches how much", "可达性的公平"),
        Text(
            "How evenly the jobs that residents reach are spread over them. Residents and jobs are "
            "those of the base year throughout, so that only the ways change.",
            "居民可达岗位分布的均衡程度。各年人口与岗位均取基年，仅比较交通的变化。",
        ),
        [part for part in parts if not isinstance(part, Table) or part.rows],
    )


def _curves(modes: ModeAccess, year: int) -> Figure:
    rows = modes.lorenz[modes.lorenz["year"] == year]
    spread = modes.equity[modes.equity["year"] == year].set_index(["mode", "measure"])["gini"]
    lines = [
        Lorenz(
            MODES[str(mode)] + _gini(float(spread[mode, CUMULATIVE])),
            own["people_share"].to_numpy(),
            own["value_share"].to_numpy(),
            *DRAWN[str(mode)],
        )
        for mode, own in rows.groupby("mode", sort=False)
    ]
    return Figure(
        Text(
            f"Jobs within {LIMIT_MIN:g} min, {year}, nothing built",
            f"{year} 年 {LIMIT_MIN:g} 分钟可达岗位，不建方案",
        ),
        lorenz_chart(
            lines,
            across=Text("residents, from those who reach the fewest jobs", "居民，自可达最少者起"),
            up=Text("share of all that is reached", "占全部可达岗位"),
        ),
        Text(
            "The nearer to the diagonal, the more even. Gini: 0 where all reach as many. Exact "
            "numbers: tables.xlsx, sheet lorenz.",
            "越接近对角线越均衡。基尼系数为 0 表示人人相等。精确数值：tables.xlsx，lorenz 表。",
        ),
    )


def _gini(value: float) -> Text:
    return Text(f": Gini {plain(value, 2)}", f"：基尼系数 {plain(value, 2)}")


def _spread(modes: ModeAccess, years: Sequence[int], measure: str, *, folded: bool) -> Table:
    rows = modes.equity[modes.equity["measure"] == measure]
    rows = rows[rows["year"].isin(years)]
    words = MEASURES[measure]
    body: list[list[Cell]] = [
        [
            Text(f"{row.year}, {MODES[row.mode].en}", f"{row.year} 年，{MODES[row.mode].zh}"),
            people_cell(row.mean_jobs, "jobs"),
            ratio_cell(row.gini),
            ratio_cell(row.palma),
            _small(row.theil),
            _small(row.theil_between),
            _small(row.theil_within),
            NOTHING if row.mode == CAR else ratio_cell(row.concentration),
        ]
        for row in names.records(rows)
    ]
    return Table(
        Text(f"Spread of jobs, {words.en}", f"可达岗位的分布，{words.zh}"),
        [
            Text("Year, mode", "年份、方式"),
            Text("Jobs, mean", "平均可达岗位"),
            Text("Gini", "基尼系数"),
            Text("Palma", "帕尔马比值"),
            Text("Theil", "泰尔指数"),
            Text("between clusters", "组团之间"),
            Text("within", "组团之内"),
            Text("Concentration", "集中指数"),
        ],
        body,
        sheet="equity",
        made=Text(
            "Palma: the best-off tenth of residents against the worst-off four tenths, a head; "
            "Theil splits into between and within clusters, the rest of the city being one; "
            "concentration ranks residents by their access by car, because incomes by zone are not "
            "known: above 0, those who drive far also ride far",
            "帕尔马：可达最多的 10 % 居民人均与最少的 40 % 人均之比；泰尔指数分解为组团之间与之内，"
            "其余城区为一组；集中指数按驾车可达性排序（无分小区收入数据）：大于 0 "
            "表示驾车可达高者公共交通亦高",
        ),
        folded=folded,
    )


def _small(value: object) -> Cell:
    known = finite(value)
    return NOTHING if known is None else hover(plain(known, 3), value)


def _compared(assessment: Assessment, row: Any) -> Text:
    """What is held against what."""
    if row.option_id != NONE:
        return names.option(assessment.case, row.option_id)
    mode = MODES[row.mode]
    return Text(
        f"{row.year} against {row.against_year}, {mode.en}",
        f"{row.year} 年对比 {row.against_year} 年，{mode.zh}",
    )


def _winners(assessment: Assessment, winners: pd.DataFrame) -> Table:
    rows = winners[winners["group_id"] == EVERYBODY]
    body: list[list[Cell]] = [
        [
            _compared(assessment, row),
            people_cell(row.winners, "persons"),
            people_cell(row.losers, "persons"),
            _change(row.mean_change),
            _change(row.largest_gain),
            _change(row.largest_loss),
        ]
        for row in names.records(rows)
    ]
    return Table(
        Text("Residents who reach more or fewer jobs", "可达岗位增加与减少的居民"),
        [
            Text("Compared", "比较"),
            Text("Reach more", "增加"),
            Text("Reach fewer", "减少"),
            Text("Change, mean of residents", "居民平均变化"),
            Text("Largest gain", "最大增幅"),
            Text("Largest loss", "最大降幅"),
        ],
        body,
        sheet="winners",
        made=Text(
            f"jobs {MEASURES[GRAVITY].en}; of {len(assessment.case.network.zones)} zones, whose "
            "residents change together; changes up to 1 % count as none; options: car, last year, "
            "against nothing built",
            f"岗位{MEASURES[GRAVITY].zh}；同一小区居民变化相同；1 % 以内视为不变；方案："
            "末年小客车，与不建方案对比",
        ),
    )


def _by_cluster(assessment: Assessment, winners: pd.DataFrame) -> Table:
    rows = winners[winners["group_id"] != EVERYBODY]
    groups = [group for group in dict.fromkeys(rows["group_id"]) if group]
    groups = sorted(groups) + [""] * bool((rows["group_id"] == "").any())
    key = ["option_id", "year", "against_year", "mode", "group_id"]
    change = rows.set_index(key)["mean_change"]
    named = names.short_places(assessment.case) | {"": Text("Elsewhere", "其余地区")}
    body: list[list[Cell]] = [
        [
            _compared(assessment, row),
            *(_change(change.get((*row[:4], group))) for group in groups),
        ]
        for row in names.records(rows[key].drop_duplicates(key[:4]))
    ]
    return Table(
        Text("The same by cluster: mean change of residents", "按组团：居民平均变化"),
        [Text("Compared", "比较"), *(named.get(group, as_text(group)) for group in groups)],
        body,
        sheet="winners",
    )


def _change(share: object) -> Cell:
    """Write a change as per cent with its sign."""
    known = finite(share)
    if known is None:
        return NOTHING
    shown = plain(100 * known, 1)
    sign = "+" if known > 0 and shown != "0.0" else ""
    return hover(f"{sign}{shown} %", 100 * known, "%")
