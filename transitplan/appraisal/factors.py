"""From one peak hour to the numbers of a report: factors, and the rows of the parameters they use.

The user benefit of a year and the present value are both sums of peak hours of the modelled years,
each times one factor; so whatever splits the hour splits them.
"""

from collections.abc import Mapping

import pandas as pd

from transitplan.appraisal.money import (
    BURDENS,
    annual_factor,
    appraised_years,
    benefit_streams,
    cost_items,
    discounting,
    open_share,
    rail_streams,
)
from transitplan.appraisal.risk import risk_allowance
from transitplan.scenario.case import Case

RAIL = "rail"
YEAR_ROWS = ("benefit_hours_per_day", "days_per_year")
PV_ROWS = (
    "benefit_scale",
    "benefit_growth",
    "discount_rate",
    "discount_rate_drop",
    "discount_drop_after",
    "operation_years",
)


def hour_weights(case: Case, option: str, year: int | None) -> dict[int, float]:
    """What one CNY of the peak hour counts for, by modelled year.

    Parameters
    ----------
    year
        A modelled year: the weight makes a year of the hour. None: present value over the life of
        the option, each year a straight line between the modelled ones.
    """
    if year is not None:
        return {year: float(annual_factor(case.values))}
    form = case.find(option)[1]
    years = appraised_years(form, case.values, case.base_year)
    worth = open_share(form, case.values, years) * discounting(case.values, years, case.base_year)
    weights = {}
    for each in case.years:
        only = {other: float(other == each) for other in case.years}
        weights[each] = float((benefit_streams(years, only, case.values) * worth).sum())
    return weights


def apart_from_roads(case: Case, option: str) -> dict[str, float]:
    """What counts in the present value of benefits and is on no road [CNY].

    Rail passengers on the structure, and what building and running it does to others (negative).
    """
    form = case.find(option)[1]
    years = appraised_years(form, case.values, case.base_year)
    discount = discounting(case.values, years, case.base_year)
    capital = form.capital_cost_cny + risk_allowance(case, option)
    costs = cost_items(form, case.values, years, case.base_year, capital)
    burdens = {name: -float((costs[name] * discount).sum()) for name in BURDENS}
    return {RAIL: float((rail_streams(form, case.values, years) * discount).sum()), **burdens}


def factor_table(case: Case, option: str, year: int | None) -> pd.DataFrame:
    """Factors from hour to year to present value, and the parameters that each comes from.

    Returns
    -------
    DataFrame
        step (hour to year, year to present value), year (modelled), value, unit, parameters (rows
        of ``parameters.csv`` with their values).
    """
    a_year = float(annual_factor(case.values))
    rows = [
        {
            "step": "hour to year",
            "year": each,
            "value": a_year,
            "unit": "peak hours/year",
            "parameters": _told(YEAR_ROWS, case.values),
        }
        for each in ([year] if year is not None else case.years)
    ]
    if year is None:
        form = case.find(option)[1]
        own = f"open_year = {form.open_year}; availability = {form.availability:g}"
        rows += [
            {
                "step": "year to present value",
                "year": each,
                "value": weight / a_year,
                "unit": "years",
                "parameters": f"{_told(PV_ROWS, case.values)}; {own}",
            }
            for each, weight in hour_weights(case, option, None).items()
        ]
    return pd.DataFrame(rows)


def _told(names: tuple[str, ...], values: Mapping[str, float]) -> str:
    return "; ".join(f"{name} = {values[name]:g}" for name in names)
