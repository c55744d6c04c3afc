"""Tables and sentences on counts: how well they are met, what they moved, the river."""

from collections.abc import Mapping

import pandas as pd

from transitplan.appraisal.demand_record import GOOD_GEH, CountsMet, DemandRecord, within
from transitplan.report import names
from transitplan.report.cells import Cell, number_cell
from transitplan.report.demand_sheets import made
from transitplan.report.demand_trips import INSIDE, OUTSIDE, low_to_high
from transitplan.report.demand_view import DemandView
from transitplan.report.demand_words import DIRECTIONS, MOVED
from transitplan.report.parts import Figure, Table
from transitplan.scenario.case import Case
from transitplan.viz.charts import Span, Unit, spans
from transitplan.viz.text import NOTHING, Text, as_text, finite, hover, join, number, plain

FIT, HOLDOUT = "fit", "holdout"
USES = {
    FIT: Text("Counts that the matrices were fitted to", "参与校准的计数"),
    HOLDOUT: Text("Counts kept out of the fit", "未参与校准的检验计数"),
}
WARNED = Text("What the demand model warned of:", "需求模型给出的警告：")
MOVED_MOST = 5  # rows of each kind
AN_HOUR = Unit((1.0, "vehicles an hour"), (1.0, "辆/小时"))


def counts_line(record: DemandRecord, base: int) -> Text | None:
    """One sentence on all counts, for page one; None where there are none."""
    told = [
        _met(met, what)
        for met, what in (
            (record.counts_met(FIT), Text("fitted", "参与校准")),
            (record.counts_met(HOLDOUT), Text("kept out of the fit", "留作检验")),
        )
        if met.n
    ]
    if not told:
        return None
    return (
        Text(f"Hourly counts, {base}, ", f"{base} 年小时计数：")
        + join([*told, _furthest(record)], en="; ", zh="；")
        + Text(".", "。")
    )


def _met(met: CountsMet, what: Text) -> Text:
    """Say how many counts of a use are met."""
    said = Text(
        f"{what.en}: GEH below {GOOD_GEH:g} on {met.after} of {met.n} ({met.before} before)",
        f"{what.zh}的 {met.n} 项中 {met.after} 项 GEH 小于 {GOOD_GEH:g}（校准前 {met.before} 项）",
    )
    if not met.ranged:
        return said
    return said + Text(
        f", {met.inside} of {met.ranged} in their published range",
        f"，{met.ranged} 项中 {met.inside} 项在公布范围内",
    )


def _furthest(record: DemandRecord) -> Text:
    """Name the count that is met least, by its GEH."""
    row = next(names.records(record.counts.nlargest(1, "geh_after")))
    named = names.called(row)
    counted, modelled = number(row.counted_vph, 3), number(row.after_vph, 3)
    return Text(
        f"furthest off: {named.en}, {modelled} modelled and {counted} counted",
        f"相差最大：{named.zh}，模型 {modelled}、计数 {counted}",
    )


def _by_count(rows: pd.DataFrame) -> pd.DataFrame:
    """Sort the hours of a count together, counts in the order of the table."""
    order = {name: place for place, name in enumerate(rows["count_id"].unique())}
    return rows.sort_values("count_id", key=lambda ids: ids.map(order), kind="stable")


def counts_figure(view: DemandView) -> Figure | None:
    """Published ranges as bars, the model as dots; fitted ones first."""
    rows = _by_count(view.record.counts).sort_values("use", kind="stable")
    rows = rows[rows["low_vph"].notna() & rows["high_vph"].notna()]
    if rows.empty:
        return None
    drawn = [
        Span(
            join([_count_name(row, view.case, brief=True), view.word(row.period)], zh="，"),
            row.low_vph,
            row.high_vph,
            row.after_vph,
        )
        for row in names.records(rows)
    ]
    return Figure(
        Text(
            "Published range of each count (bar) and model (dot)",
            "各计数的公布范围（条）与模型（点）",
        ),
        spans(drawn, unit=AN_HOUR, axis=Text("Counted hour", "计数小时")),
        Text(
            "Marked *: kept out of the fit. Counts without a range are in the tables only.",
            "标 * 者未参与校准；无范围的计数仅列于表中。",
        ),
    )


def counts_table(view: DemandView, use: str) -> Table | None:
    """Every count of a use with its range, the model before and after, and GEH."""
    rows = _by_count(view.record.counts[view.record.counts["use"] == use])
    if rows.empty:
        return None
    inside = within(rows, "after_vph", "_vph")
    body: list[list[Cell]] = [
        [
            _count_name(row, view.case),
            view.word(row.period),
            _vph(row.counted_vph),
            low_to_high(number(row.low_vph, 3), number(row.high_vph, 3)),
            _vph(row.before_vph),
            _vph(row.after_vph),
            _geh(row.geh_before),
            _geh(row.geh_after),
            _inside(row.low_vph, row.high_vph, ok=bool(ok)),
        ]
        for row, ok in zip(names.records(rows), inside, strict=True)
    ]
    return Table(
        USES[use],
        [
            Text("Count", "计数"),
            Text("Hour", "时段"),
            Text("Counted [veh/h]", "计数 [辆/小时]"),
            Text("Low to high", "下限至上限"),
            Text("Before the fit", "校准前"),
            Text("Model", "模型"),
            Text("GEH before", "校准前 GEH"),
            Text("GEH", "GEH"),
            Text("Model is", "模型位于"),
        ],
        body,
        sheet="demand_counts",
        made=made("demand_counts"),
        words=frozenset({1, 8}),
    )


def _count_name(row: object, case: Case, *, brief: bool = False) -> Text:
    """Name of a count; one kept out of the fit has a star where it is brief."""
    named = names.crossing(names.called(row), names.river(case))
    kind = getattr(row, "kind", "")
    if brief:
        return named + ("*" if getattr(row, "use", "") == HOLDOUT else "")
    return named + Text(" (turn)", "（转向）") if kind == "turn" else named


def _inside(low: object, high: object, *, ok: bool) -> Text:
    if finite(low) is None and finite(high) is None:
        return as_text(NOTHING)
    return INSIDE if ok else OUTSIDE


def river_table(view: DemandView) -> Table:
    """The river as one screenline: every modelled hour and direction by class, and later years."""
    rows = view.record.river
    classes = list(rows["class_name"].unique())
    later = sorted(year for year in rows["year"].unique() if year != view.base)
    sums = rows.groupby(["year", "period", "direction"])["vph"].sum()
    now = rows[rows["year"] == view.base].set_index(["period", "direction", "class_name"])["vph"]
    body: list[list[Cell]] = [
        [
            join([view.title(period), DIRECTIONS.get(way, as_text(way))], zh="，"),
            *(_vph(now.get((period, way, name))) for name in classes),
            *(_vph(sums.get((year, period, way))) for year in (view.base, *later)),
        ]
        for period in rows["period"].unique()
        for way in rows["direction"].unique()
    ]
    return Table(
        Text(
            f"Over the river, vehicles of the hour, {view.base} by class; all classes by year",
            f"过河小时车辆数：{view.base} 年分车类；各年合计",
        ),
        [
            Text("Hour and direction", "时段与方向"),
            *(view.title(name) for name in classes),
            *(Text(f"all, {year}", f"{year} 年合计") for year in (view.base, *later)),
        ],
        body,
        sheet="demand_river",
        made=made("demand_river"),
    )


def moved_table(view: DemandView) -> Table:
    """What the adjustment to counts moved most."""
    rows = view.record.moved
    rows = rows.assign(change=(rows["after_vph"] - rows["before_vph"]).abs())
    rows = rows.sort_values("change", ascending=False, kind="stable")
    most = pd.concat([rows[rows["what"] == what].head(MOVED_MOST) for what in MOVED])
    zones = view.zones
    body: list[list[Cell]] = [
        [
            names.capital(MOVED[row.what]),
            _between(row.o_zone_id, row.d_zone_id, zones),
            view.title(row.class_name),
            view.word(row.period),
            _vph(row.before_vph),
            _vph(row.after_vph),
            number_cell(row.after_vph - row.before_vph, 2, "veh/h"),
        ]
        for row in names.records(most)
    ]
    return Table(
        Text("What the counts moved most", "计数校准的最大改动"),
        [
            Text("What", "内容"),
            Text("Where", "地点"),
            Text("Class", "车类"),
            Text("Hour", "时段"),
            Text("Before [veh/h]", "校准前 [辆/小时]"),
            Text("After", "校准后"),
            Text("Change", "变化"),
        ],
        body,
        sheet="demand_moved",
        made=made("demand_moved"),
        words=frozenset({1, 2, 3}),
    )


def _between(start: str, end: str, zones: Mapping[str, Text]) -> Text:
    """Names of the zones that are given, by a dash."""
    found = [zones.get(each, as_text(each)) for each in (start, end) if each]
    return join(found, en=" – ", zh="—")


def _vph(value: object) -> Cell:
    return number_cell(value, 3, "veh/h")


def _geh(value: object) -> Cell:
    known = finite(value)
    return NOTHING if known is None else hover(plain(known, 1), value)
