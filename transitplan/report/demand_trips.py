"""Tables and charts on person trips: how many, by which mode, how long, how far."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from transitplan.appraisal.demand_record import within
from transitplan.report import names
from transitplan.report.cells import Cell, both, number_cell
from transitplan.report.demand_sheets import made
from transitplan.report.demand_view import DemandView
from transitplan.report.parts import Figure, Table
from transitplan.viz.histogram import Bar, Mark, histogram
from transitplan.viz.text import NOTHING, Text, as_text, finite, hover, join, number, percent, plain

LENGTHS_KM = (1, 2, 3, 5, 10, 15, 20, 30, 40, 60)
SHOWN_SHARE = 0.98  # of the trips stand in a chart
INSIDE, OUTSIDE = Text("inside", "范围内"), Text("outside", "范围外")


def ends_table(view: DemandView) -> Table:
    """Trip ends of a working day by purpose and year."""
    rows = view.record.ends
    years = sorted(rows["year"].unique())
    by_year = rows.set_index(["year", "purpose"])
    body: list[list[Cell]] = [
        [
            view.title(purpose),
            *(_at(by_year["productions"], (year, purpose), _trips) for year in years),
            _at(by_year["scaled"], (view.base, purpose), lambda value: number_cell(value, 3)),
        ]
        for purpose in rows["purpose"].unique()
    ]
    total = rows.groupby("year")["productions"].sum()
    body.append([Text("Together", "合计"), *(_trips(total[year]) for year in years), NOTHING])
    return Table(
        Text("Person trips of a working day by purpose", "各目的工作日出行人次"),
        [
            Text("Purpose", "目的"),
            *(as_text(str(year)) for year in years),
            Text("Attractions scaled by", "吸引量调整系数"),
        ],
        body,
        sheet="demand_ends",
        made=made("demand_ends"),
    )


def mode_years_table(view: DemandView) -> Table:
    """Shares of the modes among all trips, by year."""
    years = sorted(view.record.shares["year"].unique())
    trips = pd.DataFrame({year: view.record.mode_trips(year) for year in years})
    shares = trips / trips.sum()
    body: list[list[Cell]] = [
        [view.title(str(mode)), *(_share(shares.loc[mode, year]) for year in years)]
        for mode in shares.index
    ]
    return Table(
        Text("Modes of all trips in the whole modelled area", "整个模型范围全部出行的方式构成"),
        [Text("Mode", "方式"), *(as_text(str(year)) for year in years)],
        body,
        sheet="demand_shares",
        made=made("demand_shares"),
    )


def shares_table(view: DemandView) -> Table:
    """Modelled over target shares of the view.base year, a row a purpose, a column a mode."""
    rows = view.record.shares[view.record.shares["year"] == view.base]
    modes = list(rows["mode"].unique())
    cells = rows.set_index(["purpose", "mode"])
    body: list[list[Cell]] = []
    for purpose in rows["purpose"].unique():
        own = rows[rows["purpose"] == purpose]
        known = own[own["target"].notna()]
        body.append(
            [
                view.title(purpose),
                *(
                    both(_share(cells["share"][key]), _share(cells["target"][key]))
                    if (key := (purpose, mode)) in cells.index
                    else NOTHING
                    for mode in modes
                ),
                _outside([view.word(mode) for mode in known[~within(known, "share")]["mode"]])
                if len(known)
                else NOTHING,
            ]
        )
    return Table(
        Text(f"Mode shares, {view.base}: model / target", f"{view.base} 年方式分担率：模型 / 目标"),
        [
            Text("Purpose", "目的"),
            *(view.title(mode) for mode in modes),
            Text("Outside the range", "超出范围"),
        ],
        body,
        sheet="demand_shares",
        made=made("demand_shares"),
        words=frozenset({len(modes) + 1}),
    )


def targets_table(view: DemandView) -> Table:
    """Every target of a mode share with its range and what kind of number it is."""
    rows = view.record.shares
    rows = rows[(rows["year"] == view.base) & (rows["high"].fillna(rows["target"]) > 0)]
    body: list[list[Cell]] = [
        [
            join([view.title(row.purpose), view.word(row.mode)], en=": ", zh="："),
            _share(row.share),
            _share(row.target),
            low_to_high(percent(row.low, 1), percent(row.high, 1)),
            INSIDE if ok else OUTSIDE,
            names.known(row.status),
        ]
        for row, ok in zip(names.records(rows), within(rows, "share"), strict=True)
    ]
    return Table(
        Text("Targets of the mode shares", "方式分担率目标"),
        [
            Text("Share", "分担率"),
            Text("Model", "模型"),
            Text("Target", "目标"),
            Text("Low to high", "下限至上限"),
            Text("Model is", "模型位于"),
            Text("Status", "状态"),
        ],
        body,
        sheet="demand_shares",
        made=made("demand_shares"),
        words=frozenset({4, 5}),
        folded=True,
    )


def lengths_table(view: DemandView) -> Table:
    """Mean length and time of a trip in the view.base year beside their targets."""
    rows = view.record.lengths[view.record.lengths["year"] == view.base]
    body: list[list[Cell]] = [
        [
            view.title(row.purpose),
            *_against(row.mean_km, row.target_km, row.low_km, row.high_km, "km"),
            *_against(row.mean_min, row.target_min, row.low_min, row.high_min, "min"),
            names.known(row.status) if row.status else NOTHING,
        ]
        for row in names.records(rows)
    ]
    heads = (Text("Target", "目标"), Text("Low to high", "下限至上限"))
    return Table(
        Text(f"Mean trip, {view.base}", f"{view.base} 年平均出行"),
        [
            Text("Purpose", "目的"),
            Text("Length [km]", "距离 [公里]"),
            *heads,
            Text("Time [min]", "时间 [分钟]"),
            *heads,
            Text("Status of the targets", "目标状态"),
        ],
        body,
        sheet="demand_lengths",
        made=made("demand_lengths"),
        words=frozenset({7}),
    )


def length_figures(view: DemandView) -> list[Figure]:
    """Trip length distribution of every purpose, on one scale but for those that go further."""
    rows = view.record.length_shares[view.record.length_shares["year"] == view.base]
    lengths = view.record.lengths[view.record.lengths["year"] == view.base]
    trips = rows["purpose"].map(lengths.set_index("purpose")["trips_per_day"]).fillna(1.0)
    common = _until(rows["to_km"], rows["share"] * trips)
    return [
        _length_figure(view, str(purpose), own, max(common, _until(own["to_km"], own["share"])))
        for purpose, own in rows.groupby("purpose", sort=False)
    ]


def length_table(view: DemandView) -> Table:
    """Share of each purpose's trips up to some lengths."""
    rows = view.record.length_shares[view.record.length_shares["year"] == view.base]
    ends = [km for km in LENGTHS_KM if (rows["to_km"] == km).any()]
    body: list[list[Cell]] = [
        [
            view.title(str(purpose)),
            *(_share(own.loc[own["to_km"] <= km, "share"].sum()) for km in ends),
        ]
        for purpose, own in rows.groupby("purpose", sort=False)
    ]
    return Table(
        Text(f"Trips up to a length, {view.base}", f"{view.base} 年不超过某距离的出行比例"),
        [Text("Purpose", "目的"), *(Text(f"to {km:g} km", f"≤ {km:g} 公里") for km in ends)],
        body,
        sheet="demand_length_shares",
        made=made("demand_length_shares"),
        folded=True,
    )


def _length_figure(view: DemandView, purpose: str, own: pd.DataFrame, until: float) -> Figure:
    means = view.record.lengths[view.record.lengths["year"] == view.base].set_index("purpose")
    mean, target = (finite(means[name].get(purpose)) for name in ("mean_km", "target_km"))
    marks = []
    if mean is not None:
        marks.append(Mark(mean, Text(f"mean {number(mean, 2)}", f"平均 {number(mean, 2)}")))
    if target is not None:
        said = Text(f"target {number(target, 2)}", f"目标 {number(target, 2)}")
        marks.append(Mark(target, said, dashed=True))
    bars = [Bar(row.from_km, row.to_km, row.share) for row in names.records(own)]
    beyond = max(0.0, 1 - sum(each.share for each in bars if each.end <= until))
    name = view.title(purpose)
    share = percent(beyond, 1)
    return Figure(
        Text(f"{name.en}: trips by length", f"{name.zh}：按距离"),
        histogram(
            bars,
            [each for each in marks if each.at <= until],
            until=until,
            across=Text("Length of a trip [km]", "出行距离 [公里]"),
            up=Text("% of the trips a km", "每公里占出行的 %"),
        ),
        Text(
            f"{share} of the trips are longer than {until:g} km. Sheet demand_length_shares.",
            f"{share} 的出行超过 {until:g} 公里。demand_length_shares 表。",
        ),
        half=True,
    )


def _until(to_km: "pd.Series[float]", shares: "pd.Series[float]") -> float:
    """Length that nearly all trips keep to, else the end of the last band that has one."""
    by_length = shares.groupby(to_km).sum().sort_index()
    reached = by_length.cumsum() >= (SHOWN_SHARE - 1e-9) * by_length.sum()
    ends = by_length.index[by_length.index < np.inf]
    return float(min(by_length.index[reached].min(), ends.max()))


def _against(mean: Any, target: Any, low: Any, high: Any, unit: str) -> list[Cell]:
    return [
        number_cell(mean, 3, unit),
        number_cell(target, 3, unit),
        low_to_high(number(low, 3), number(high, 3)),
    ]


def low_to_high(low: str, high: str) -> Text:
    """Both ends of a range; a dash where neither is known."""
    if low == high == NOTHING:
        return as_text(NOTHING)
    return Text(f"{low} to {high}", f"{low} 至 {high}")


def _outside(found: Sequence[Text]) -> Text:
    return join(found) if found else Text("none", "无")


def _share(value: object) -> Cell:
    return hover(percent(value, 1), value)


def _trips(value: object) -> Cell:
    return number_cell(value, 3, "trips/day")


def _at(values: "pd.Series[float]", key: tuple[int, str], cell: Any) -> Cell:
    return cell(values[key]) if key in values.index else NOTHING


def commute_words(view: DemandView) -> Text | None:
    """Say the mean commute against what is known of it; None where it is not modelled."""
    rows = view.record.lengths
    own = rows[(rows["year"] == view.base) & (rows["purpose"] == "commute")]
    if own.empty or own[["target_km", "target_min"]].isna().all(axis=None):
        return None
    row: Any = next(names.records(own))
    parts = [
        Text(
            f"{plain(mean, 1)} {en} (known: {number(target)})",
            f"{plain(mean, 1)} {zh}（已知 {number(target)}）",
        )
        for mean, target, en, zh in (
            (row.mean_km, row.target_km, "km", "公里"),
            (row.mean_min, row.target_min, "min", "分钟"),
        )
        if finite(target) is not None
    ]
    told = join(parts, en=" and ", zh="、")
    return Text(f"The mean commute takes {told.en}.", f"平均通勤 {told.zh}。")
