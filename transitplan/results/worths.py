"""Totals of two versions side by side, and what the change is worth."""

import pandas as pd

from transitplan.appraisal.money import annual_factor
from transitplan.appraisal.worth import hour_benefits, hour_totals
from transitplan.results.columns import compared
from transitplan.results.state import ALL, TOTALS, State, benefits, same_trips

ITEMS = {  # what each item of money is, and who gains it
    "time": ("users: time", "users"),
    "operating": ("users: running cost", "users"),
    "toll": ("users: tolls", "users"),
    "new_pairs": ("users: ways gained or lost", "users"),
    "unperceived": ("users: running cost beyond what they reckon with", "users"),
    "taker": ("toll takers", "others"),
    "accidents": ("accidents", "others"),
    "co2": ("CO2", "others"),
    "air": ("local air", "others"),
}
BY_PAIRS = ("time", "operating", "toll", "new_pairs")


def total_table(before: State, after: State) -> pd.DataFrame:
    """Compare the totals of the peak hour, by class and of all.

    Returns
    -------
    DataFrame
        class_name (``all`` first), indicator, label, unit; before, after, change and relative of
        the value.
    """
    one, two = before.class_totals, after.class_totals
    parts = [
        pd.DataFrame(
            {
                "class_name": name,
                "indicator": list(TOTALS),
                "label": [label for label, _ in TOTALS.values()],
                "unit": [unit for _, unit in TOTALS.values()],
                **compared(
                    "value", "", *(table.loc[name, list(TOTALS)].to_numpy() for table in (one, two))
                ),
            }
        )
        for name in [ALL, *(each.name for each in after.demand.classes)]
    ]
    return pd.concat(parts, ignore_index=True)


def benefit_table(before: State, after: State) -> pd.DataFrame:
    """What the second version is worth against the first.

    Users by the rule of a half over pairs of zones, ``½ (T₀ + T₁) (C₀ − C₁)``; with the parameters
    of a case and the same trips in both, also what falls on others, and a year.

    Returns
    -------
    DataFrame
        class_name (``all`` last), item, label, gains (users or others), benefit_cny_per_h and, with
        a case, benefit_cny_per_year (like hours of a year; NaN without).
    """
    table = benefits(before, after).set_index("class_name")
    found = {item: table[f"{item}_cny"] for item in BY_PAIRS}
    case = after.case
    if case is not None and same_trips(before, after):
        rest = hour_benefits(hour_totals(case, before.run), hour_totals(case, after.run))
        found |= {item: rest[f"{item}_cny"] for item in ITEMS if item not in BY_PAIRS}
    hours = float(annual_factor(case.values)) if case else float("nan")
    rows = [
        (name, item, *ITEMS[item], float(values[name]), float(values[name]) * hours)
        for item, values in ((item, _with_all(values)) for item, values in found.items())
        for name in values.index
    ]
    columns = ["class_name", "item", "label", "gains", "benefit_cny_per_h", "benefit_cny_per_year"]
    return pd.DataFrame(rows, columns=columns)


def _with_all(values: "pd.Series[float]") -> "pd.Series[float]":
    return pd.concat([values, pd.Series({ALL: values.sum()})])
