"""What a full appraisal adds to an assessment: economy, doubt, criteria, tolls, resilience."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from transitplan.appraisal.criteria import read_criteria
from transitplan.appraisal.doubt import Doubt, explore_doubt
from transitplan.appraisal.economy import Economy, economy
from transitplan.appraisal.emulator import emulate
from transitplan.appraisal.programme_study import Programme, plan_programme
from transitplan.appraisal.resilience import Resilience, resilience
from transitplan.appraisal.scoring import Scores, indicators, score
from transitplan.appraisal.toll_tables import Target
from transitplan.appraisal.tolls import TollStudy, toll_study
from transitplan.report.access_sheets import SHEETS as ACCESS_SHEETS
from transitplan.report.assessment import Assessment
from transitplan.report.catalog import SHEETS, Sheet
from transitplan.report.demand_sheets import SHEETS as DEMAND_SHEETS
from transitplan.report.explain_words import SHEETS as EXPLAIN_SHEETS
from transitplan.report.programme_record import TABLES as PROGRAMME_TABLES
from transitplan.report.programme_record import programme_record
from transitplan.report.resilience_sheets import SHEETS as RESILIENCE_SHEETS
from transitplan.report.resilience_sheets import resilience_record, resilience_tables
from transitplan.scenario.case import NONE, Case
from transitplan.scenario.form_tables import (
    form_assumptions,
    form_elements,
    form_notes,
    form_table,
)
from transitplan.scenario.run import Runner
from transitplan.viz.text import Text

FINANCE_LEVELS_CNY = (5.0, 10.0, 20.0)  # tolls of a car that might pay for what is built
CRITERIA = "criteria.toml"  # of the case; without it there is no study of criteria
TABLES: dict[str, tuple[str, ...]] = {  # tables of a study that stand in the workbook
    "economy": (
        "efficiency",
        "public_accounts",
        "summary",
        "appraisal_summary",
        "indicators",
        "ladder",
        "profile",
        "comparison",
        "induced",
        "presets",
        "user_benefits",
        "ratio_checks",
        "reconciled",
        "noise",
        "risks",
    ),
    "doubt": ("summary", "tornado", "sobol"),
    "programme": PROGRAMME_TABLES,
    "criteria": ("tree", "values", "totals", "shares", "turns", "moves"),
    "toll": (
        "present",
        "levels",
        "traffic",
        "payers",
        "clusters",
        "optima",
        "marginal",
        "removal",
        "finance",
        "plates",
    ),
}


@dataclass(frozen=True, eq=False)
class Studies:
    """Studies beside the assessment; None where one was left out."""

    economy: Economy | None = None
    doubt: Doubt | None = None
    criteria: Scores | None = None
    tolls: TollStudy | None = None
    resilience: Resilience | None = None
    programme: Programme | None = None
    equilibria: int = 0

    def tables(self, case: Case) -> dict[str, pd.DataFrame]:
        """Tables for the workbook, by name of the sheet."""
        found: dict[str, pd.DataFrame] = {
            "form_table": form_table(case),
            "form_elements": form_elements(case),
            "form_notes": form_notes(case),
            "form_assumptions": form_assumptions(case),
        }
        for name, study in (
            ("economy", self.economy),
            ("doubt", self.doubt),
            ("criteria", self.criteria),
            ("toll", self.tolls),
            ("programme", self.programme),
        ):
            if study is not None:
                found |= {f"{name}_{part}": getattr(study, part) for part in TABLES[name]}
        if self.doubt is not None and self.doubt.emulator is not None:
            found["doubt_emulator"] = self.doubt.emulator.errors
        if self.resilience is not None:
            found |= resilience_tables(self.resilience)
        return found

    def record(self) -> dict[str, Any]:
        """Headline numbers for run.json."""
        found: dict[str, Any] = {"equilibria": self.equilibria} if self.equilibria else {}
        if self.economy is not None:
            found["economy"] = _records(
                self.economy, ("indicators", "ladder", "comparison", "induced")
            )
        if self.doubt is not None:
            found["doubt"] = _records(self.doubt, ("summary", "sobol"))
            if self.doubt.emulator is not None:
                found["emulator"] = self.doubt.emulator.errors.to_dict("records")
        if self.criteria is not None:
            found["criteria"] = _records(self.criteria, ("totals", "shares", "moves"))
        if self.tolls is not None:
            found["tolls"] = _records(self.tolls, ("optima", "removal", "finance"))
        if self.resilience is not None:
            found["resilience"] = resilience_record(self.resilience)
        if self.programme is not None:
            found["programme"] = programme_record(self.programme)
        return found


NO_STUDIES = Studies()


def study_doubt(case: Case, runner: Runner, *, points: int) -> Doubt:
    """Explore doubt with the traffic of other worlds.

    points
        Worlds that are solved for each option and year; a third as many again judge the surface.
    """
    traffic = emulate(case, runner, n_points=points, n_held_out=max(points // 3, 1))
    return explore_doubt(case, traffic)


def study(
    case: Case,
    runner: Runner,
    assessment: Assessment,
    doubt: Doubt,
    skip: frozenset[str],
    *,
    programme: bool,
) -> Studies:
    """Make the studies that are not skipped; see ``appraise``."""
    criteria, responses = None, False if "response" in skip else None
    if "criteria" not in skip and (case.folder / CRITERIA).is_file():
        table = indicators(case, assessment.appraisal, assessment.cluster_benefits)
        criteria = score(case, read_criteria(case.folder / CRITERIA), table)
    return Studies(
        economy=None if "economy" in skip else economy(case, runner, responses=responses),
        doubt=doubt,
        criteria=criteria,
        tolls=None if "tolls" in skip else _tolls(case, runner, assessment),
        resilience=None if "resilience" in skip else resilience(case, runner),
        programme=plan_programme(case, runner) if programme else None,
        equilibria=runner.solved,
    )


_STUDIES = {
    "economy": (Text("Economic appraisal", "经济评价"), "docs/money.md"),
    "doubt": (Text("Doubt", "不确定性"), "docs/doubt.md"),
    "criteria": (Text("Criteria", "多准则"), "docs/criteria.md"),
    "toll": (Text("Tolls", "通行费"), "docs/tolls.md"),
    "programme": (Text("Programme", "实施计划"), "docs/programme.md"),
    "form": (Text("Forms of crossings", "通道形式"), "docs/crossings.md"),
}


def sheet_facts(name: str) -> Sheet:
    """Return what a sheet holds, those of studies included: they are told in the docs."""
    known = {**SHEETS, **EXPLAIN_SHEETS, **ACCESS_SHEETS, **DEMAND_SHEETS, **RESILIENCE_SHEETS}
    if name in known:
        return known[name]
    study, _, part = name.partition("_")
    title, docs = _STUDIES[study]
    words = part.replace("_", " ")
    return Sheet(
        name,
        Text(f"{title.en}: {words}", f"{title.zh}：{words}"),
        Text(f"columns are told in {docs}", f"各列含义见 {docs}"),
    )


def _tolls(case: Case, runner: Runner, assessment: Assessment) -> TollStudy:
    """Tolls on today's river, and whether one could pay for the option of the highest net value."""
    today = toll_study(case, runner)
    rows = assessment.appraisal[assessment.appraisal["option_id"] != NONE]
    best = str(rows["option_id"].iloc[int(rows["npv_cny"].to_numpy().argmax())])
    crossing = case.find(best)[0].crossing_id
    charged = Target(crossing, (crossing,))
    financed = toll_study(
        case,
        runner,
        built=[best],
        targets=[charged],
        levels=FINANCE_LEVELS_CNY,
        demands=["fixed"],
        tolerance_cny=max(FINANCE_LEVELS_CNY),  # as swept: no best one is sought
    )
    return replace(today, finance=financed.finance)


def _records(study: object, parts: tuple[str, ...]) -> Mapping[str, Any]:
    return {part: getattr(study, part).to_dict("records") for part in parts}
