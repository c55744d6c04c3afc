"""run.json: what was run, on which inputs, how well it converged, and the headline numbers."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from transitplan.report import names
from transitplan.report.access_sheets import access_record
from transitplan.report.assessment import Assessment
from transitplan.report.demand import demand_rows
from transitplan.report.explain_sheets import explain_record
from transitplan.report.noise import within_noise
from transitplan.report.studies import NO_STUDIES, Studies
from transitplan.scenario.case import NONE
from transitplan.viz.plain import plain_data

SCHEMA = 1  # raised when a key changes its meaning or goes


def run_record(assessment: Assessment, studies: Studies = NO_STUDIES) -> dict[str, Any]:
    """Return the record as plain data: no clock, no infinite number, keys that stay.

    ``clusters``, ``access`` and ``options`` are lists of rows; an option's money is 0 or null where
    nothing is built.
    """
    case = assessment.case
    record = {
        "schema": SCHEMA,
        "case": {
            "name": case.name,
            "name_zh": case.name_zh,
            "base_year": case.base_year,
            "years": sorted(case.years),
            "network_version": case.network.version,
        },
        "provenance": assessment.provenance,
        "gaps": assessment.convergence.to_dict("records"),
        "clusters": [
            {"id": row.cluster_id, "kind": row.kind, "name": row.name, "name_zh": row.name_zh}
            for row in names.records(case.network.clusters)
        ],
        "access": _rows(
            assessment.access,
            ["option_id", "year", "origin_id", "destination_id", "free_min", "peak_min"],
        ),
        "options": _options(assessment),
        "appraisal": _rows(assessment.appraisal, list(assessment.appraisal.columns)),
        "switching": _rows(assessment.switching, list(assessment.switching.columns)),
        "counts": _rows(assessment.counts, list(assessment.counts.columns)),
        "drives": _rows(assessment.drives, list(assessment.drives.columns)),
    }
    return dict(
        plain_data(
            record
            | explain_record(assessment)
            | access_record(assessment)
            | demand_rows(assessment.record)
            | studies.record()
        )
    )


def write_run_record(assessment: Assessment, path: Path, studies: Studies = NO_STUDIES) -> None:
    """Write run.json: sorted keys, the same bytes for the same results."""
    text = json.dumps(
        run_record(assessment, studies),
        ensure_ascii=False,
        indent=1,
        sort_keys=True,
        allow_nan=False,
    )
    path.write_text(text + "\n", encoding="utf-8")


def _options(assessment: Assessment) -> list[dict[str, Any]]:
    """One row an option and year: traffic of the year, money of the whole option."""
    money = assessment.appraisal.drop_duplicates("option_id").set_index("option_id")
    doubtful = set(within_noise(assessment)[["option_id", "year"]].itertuples(index=False))
    rows = []
    for row in names.records(assessment.options):
        built = row.option_id != NONE
        own = money.loc[row.option_id] if row.option_id in money.index else None
        rows.append(
            {
                "id": row.option_id,
                "name": names.option(assessment.case, row.option_id).en,
                "name_zh": names.option(assessment.case, row.option_id).zh,
                "site": row.site_id if built else "",
                "form": row.form,
                "year": row.year,
                "daily_vehicles": row.daily_vehicles,
                "user_benefit_cny": row.user_benefit_cny if built else 0.0,
                "benefit_noise_cny": row.benefit_noise_cny if built else 0.0,
                "within_noise": bool(built and (row.option_id, row.year) in doubtful),
                "capital_cost_cny": own["capital_cost_cny"] if built and own is not None else 0.0,
                "npv_cny": own["npv_cny"] if built and own is not None else 0.0,
                "bcr": own["bcr"] if built and own is not None else None,
            }
        )
    return rows


def _rows(frame: pd.DataFrame, columns: list[str]) -> list[dict[str, Any]]:
    return [
        {str(key): value for key, value in row.items()} for row in frame[columns].to_dict("records")
    ]
