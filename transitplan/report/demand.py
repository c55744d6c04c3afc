"""The section on the demand model: what it was fitted to, how well, and what it does not know."""

from collections.abc import Sequence

import pandas as pd

from transitplan.appraisal.demand_record import DemandRecord
from transitplan.report import demand_counts as counts
from transitplan.report import demand_steps as steps
from transitplan.report import demand_trips as trips
from transitplan.report.demand_unsure import unsure_rows, unsure_table, unsure_words
from transitplan.report.demand_view import DemandView
from transitplan.report.demand_warnings import warnings_words
from transitplan.report.parts import Figure, Section, Table
from transitplan.scenario.case import Case
from transitplan.viz.text import Text

Part = Table | Figure | Text | Sequence[Text] | None
TITLE = Text("Demand model", "需求模型")
LEAD = Text(
    "Where the trips come from and how far they can be believed. The model was fitted to the mode "
    "shares and mean trips that are known, and its matrices lightly to some of the counts: that "
    "these are met is no proof. The counts kept out of the fit are a test.",
    "出行从何而来、可信到何种程度。模型按已知方式分担率与平均出行标定，矩阵按部分计数轻度校准，"
    "故与之相符并非验证；未参与校准的计数才是检验。",
)


def demand_section(case: Case, record: DemandRecord, out_of_date: Sequence[str] = ()) -> Section:
    """Everything that the demand model recorded and a reader may want to check.

    out_of_date
        What ``scenario.forecast.demand_notices`` says of the case.
    """
    view = DemandView(case, record)
    parts: list[Part] = [
        *_stale(out_of_date),
        *_trips(view),
        *_counts(view),
        *_steps(view),
        *_unsure(view),
    ]
    return Section("demand", TITLE, LEAD, [part for part in parts if part is not None])


def _stale(told: Sequence[str]) -> list[Part]:
    """Say so where the matrices or the record are of other inputs than the case has now."""
    if not told:
        return []
    return [
        Text(
            "Out of date: the case has changed since its demand was made, and what follows is of "
            "the earlier inputs. Make it again with `transitplan demand`.",
            "已过期：需求生成之后案例有改动，以下内容对应改动前的输入。请用 `transitplan demand` "
            "重新生成。",
        ),
        [Text(text, f"（原文）{text}") for text in told],
    ]


def demand_tables(case: Case, record: DemandRecord | None) -> dict[str, pd.DataFrame]:
    """Tables for the workbook, by name of the sheet; none without a record."""
    if record is None:
        return {}
    found = {f"demand_{name}": table for name, table in record.tables().items()}
    unsure = unsure_rows(DemandView(case, record).tables)
    return found | ({"demand_unsure": unsure} if len(unsure) else {})


def demand_rows(record: DemandRecord | None) -> dict[str, object]:
    """What run.json says of the demand model; nothing without a record."""
    if record is None:
        return {}
    kept = ("shares", "lengths", "counts", "feedback", "river", "range", "warnings")
    return {"demand": {name: getattr(record, name).to_dict("records") for name in kept}}


def _trips(view: DemandView) -> list[Part]:
    record, found = view.record, list[Part]()
    if len(record.lengths):
        found += [trips.commute_words(view), trips.lengths_table(view)]
    if len(record.length_shares):
        found += [*trips.length_figures(view), trips.length_table(view)]
    if len(record.shares):
        found += [
            trips.shares_table(view),
            trips.targets_table(view),
            trips.mode_years_table(view),
        ]
    if len(record.ends):
        found.append(trips.ends_table(view))
    return found


def _counts(view: DemandView) -> list[Part]:
    record, found = view.record, list[Part]()
    if len(record.counts):
        found += [
            counts.counts_line(record, view.base),
            counts.counts_figure(view),
            *(counts.counts_table(view, use) for use in counts.USES),
        ]
    if len(record.warnings):
        found += [counts.WARNED, warnings_words(view)]
    if len(record.moved):
        found.append(counts.moved_table(view))
    if len(record.river):
        found.append(counts.river_table(view))
    return found


def _steps(view: DemandView) -> list[Part]:
    record, found = view.record, list[Part]()
    if len(record.range):
        found.append(steps.range_table(view))
    if len(record.feedback):
        found += [steps.feedback_words(record), steps.feedback_table(view)]
    if len(record.calibrated):
        found.append(steps.fitted_table(view))
    if len(record.accounts):
        found.append(steps.accounts_table(view))
    return found


def _unsure(view: DemandView) -> list[Part]:
    rows = unsure_rows(view.tables)
    return [unsure_words(rows), unsure_table(view, rows)] if len(rows) else []
