"""What one peak hour of a variant is worth against its base, from small totals of each run.

Take ``hour_totals`` of many variants with ``Runner.take``; the matrices then never travel.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from transitplan.scenario.case import Case
from transitplan.scenario.run import Run
from transitplan.units import METRES_PER_KM, SECONDS_PER_HOUR


@dataclass(frozen=True, eq=False)
class HourTotals:
    """One peak hour of one equilibrium, summed over links.

    by_class
        Index class_name; columns time_h, distance_km, toll_cny (of vehicles),
        value_of_time_cny_per_h, distance_cost_cny_per_km.
    """

    by_class: pd.DataFrame
    accounting: Mapping[str, float]
    cost_error_cny_per_h: float  # how far the total cost may be off, at most


def hour_totals(case: Case, run: Run) -> HourTotals:
    """Sum a run up by class; for ``Runner.take``."""
    del case
    totals = run.class_totals.set_index("class_name")
    classes = {each.name: each for each in run.demand.classes}
    table = pd.DataFrame(
        {
            "time_h": totals["time_s"] / SECONDS_PER_HOUR,
            "distance_km": totals["distance_m"] / METRES_PER_KM,
            "toll_cny": totals["toll_cny"],
            "value_of_time_cny_per_h": [classes[k].value_of_time_cny_per_h for k in totals.index],
            "distance_cost_cny_per_km": [classes[k].distance_cost_cny_per_km for k in totals.index],
        }
    )
    return HourTotals(table, run.accounting, run.cost_error_cny_per_h)


def hour_benefits(base: HourTotals, other: HourTotals) -> pd.DataFrame:
    """What each class saves in one peak hour, trips being the same (n_classes rows) [CNY/h].

    Returns
    -------
    DataFrame
        Index class_name; time_cny, operating_cny, toll_cny.
    """
    before, after = base.by_class, other.by_class
    saved = (
        before[["time_h", "distance_km", "toll_cny"]] - after[["time_h", "distance_km", "toll_cny"]]
    )
    return pd.DataFrame(
        {
            "time_cny": saved["time_h"] * before["value_of_time_cny_per_h"],
            "operating_cny": saved["distance_km"] * before["distance_cost_cny_per_km"],
            "toll_cny": saved["toll_cny"],
        }
    )


def hour_worth(base: HourTotals, other: HourTotals) -> float:
    """What the peak hour is worth to all: users and toll taker together [CNY/h].

    Trips must be the same in both. A toll is paid by one and received by another, so it cancels.
    """
    table = hour_benefits(base, other)
    return float((table["time_cny"] + table["operating_cny"]).sum())
