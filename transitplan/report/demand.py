"""The section on the demand model: what it was fitted to, how well, and what it does not know."""

from collections.abc import Sequence

import pandas as pd

from transitplan.appraisal.demand_record import DemandRecord
from transitplan.report import demand_counts as counts
from transitplan.report import demand_steps as steps
from transitplan.report import demand_trips as trips
from transitplan.report.demand_unsure import demand_inputs, unsure_rows, unsure_table, unsure_words
from transitplan.report.parts import Figure, Section, Table
from transitplan.scenario.case import Case
from transitplan.viz.text import Text

Part = Table | Figure | Text | Sequence[Text] | None
TITLE = Text("Demand model", "需求模型")
LEAD = Text(
    "Where the trips come from and how far they can be believed. Mode constants and the decay with "
    "distance were fitted to the targets, matrices lightly to the counts marked so: that these are "
    "met is no proof. The counts kept out, times and the river are.",
    "出行从何而来、可信到何种程度。方式常数与距离衰减按目标值标定，矩阵按所列计数轻度校准，"
    "故与之相符并非验证；未参与校准的计数、时间与过河断面才是检验。",
)


def demand_section(case: Case, record: DemandRecord) -> Section:
    """Everything that the demand model recorded and a reader may want to check."""
    parts: list[Part] = [
        *_trips(record, case.base_year),
        *_counts(case, record),
        *_steps(record),
        *_unsure(case),
    ]
    return Section("demand", TITLE, LEAD, [part for part in parts if part is not None])


def demand_tables(case: Case, record: DemandRecord | None) -> dict[str, pd.DataFrame]:
    """Tables for the workbook, by name of the sheet; none without a record."""
    if record is None:
        return {}
    found = {f"demand_{name}": table for name, table in record.tables().items()}
    unsure = unsure_rows(demand_inputs(case))
    return found | ({"demand_unsure": unsure} if len(unsure) else {})


def demand_rows(record: DemandRecord | None) -> dict[str, object]:
    """What run.json says of the demand model; nothing without a record."""
    if record is None:
        return {}
    kept = ("shares", "lengths", "counts", "feedback", "river", "range", "warnings")
    return {"demand": {name: getattr(record, name).to_dict("records") for name in kept}}


def _trips(record: DemandRecord, base: int) -> list[Part]:
    found: list[Part] = []
    if len(record.lengths):
        found += [trips.commute_words(record, base), trips.lengths_table(record, base)]
    if len(record.length_shares):
        found += [*trips.length_figures(record, base), trips.length_table(record, base)]
    if len(record.shares):
        found += [
            trips.shares_table(record, base),
            trips.targets_table(record, base),
            trips.mode_years_table(record),
        ]
    if len(record.ends):
        found.append(trips.ends_table(record, base))
    return found


def _counts(case: Case, record: DemandRecord) -> list[Part]:
    found: list[Part] = []
    if len(record.counts):
        found += [
            counts.counts_line(record, case.base_year),
            counts.counts_figure(record, case),
            *(counts.counts_table(record, case, use) for use in counts.USES),
        ]
    if len(record.warnings):
        found.append(counts.warnings_words(record))
    if len(record.moved):
        found.append(counts.moved_table(record, case))
    if len(record.river):
        found.append(counts.river_table(record, case.base_year))
    return found


def _steps(record: DemandRecord) -> list[Part]:
    found: list[Part] = []
    if len(record.range):
        found.append(steps.range_table(record))
    if len(record.feedback):
        found += [steps.feedback_words(record), steps.feedback_table(record)]
    if len(record.accounts):
        found.append(steps.accounts_table(record))
    return found


def _unsure(case: Case) -> list[Part]:
    rows = unsure_rows(demand_inputs(case))
    return [unsure_words(rows), unsure_table(case, rows)] if len(rows) else []
