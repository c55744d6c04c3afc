"""Sheets and rows of run.json that explain benefits, for machines."""

from typing import Any

import pandas as pd

from transitplan.appraisal.explanation import Explanation
from transitplan.report import names
from transitplan.report.assessment import Assessment

MOST = 100  # pairs and links of an option; the rest is one row


def explain_tables(assessment: Assessment) -> dict[str, pd.DataFrame]:
    """Tables for the workbook; none where the assessment did not keep what hours spend."""
    if not assessment.spent:
        return {}
    year = names.horizon_year(assessment)
    options = names.built_options(assessment)
    worths = [assessment.explain(option) for option in options]
    yearly = [assessment.explain(option, year) for option in options]
    return {
        "explain_components": _together(worths, "component"),
        "explain_clusters": _together(yearly, "cluster_pair"),
        "explain_pairs": _together(yearly, "pair"),
        "explain_links": _together(yearly, "link"),
    }


def explain_record(assessment: Assessment) -> dict[str, Any]:
    """Components of every present value of benefits, and the factors from hour to present value."""
    if not assessment.spent:
        return {}
    found = [assessment.explain(option) for option in names.built_options(assessment)]
    return {
        "explain": {
            "components": _together(found, "component").to_dict("records"),
            "factors": pd.concat(
                [each.factors.assign(option_id=each.option_id) for each in found]
            ).to_dict("records"),
        }
    }


def _together(found: list[Explanation], level: str) -> pd.DataFrame:
    parts = []
    for each in found:
        part = _cut(each.to_frame(level))
        part.insert(0, "option_id", each.option_id)
        if each.year is not None:
            part.insert(1, "year", each.year)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _cut(frame: pd.DataFrame) -> pd.DataFrame:
    """Put all but the largest rows into the one of the remainder."""
    if not {"o_zone_id", "link_id"} & set(frame.columns):
        return frame
    kept = frame.head(MOST) if len(frame) > MOST else frame.iloc[:-1]
    money = [name for name in frame.columns if name.endswith(("_per_year", "_cny", "share"))]
    last = frame.iloc[[-1]].copy()
    last[money] = (frame[money].sum() - kept[money].sum()).to_numpy()
    return pd.concat([kept, last], ignore_index=True)
