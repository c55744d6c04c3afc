"""Lines of the economic tables, each with its items, the formula in values and the rows it uses.

A line is a row of the monetised summary (AMCB) or of the public accounts (PA). Its items are those
of the ledger (``accounts.ledger``); what the option gains is positive, costs of the public accounts
are positive as their table has them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from transitplan.appraisal import vehicles
from transitplan.appraisal.accounts import PUBLIC_ITEMS, SUMMARY
from transitplan.appraisal.factors import PV_ROWS, RAIL, YEAR_ROWS
from transitplan.appraisal.money import (
    BURDENS,
    appraised_years,
    benefit_streams,
    cost_items,
    discounting,
    open_share,
    rail_streams,
)
from transitplan.appraisal.risk import risk_allowance
from transitplan.appraisal.worth import APART, CORE
from transitplan.model.demand import FREIGHT, fleet
from transitplan.scenario.case import Case
from transitplan.scenario.form import Form

ON_ROADS = (*CORE, *APART)  # items that are sums over links
OFF_ROADS = (RAIL, *BURDENS)
_OF_SUMMARY = {name: items for name, (_, items) in SUMMARY.items()} | {"users_time": ("time", RAIL)}
LINES: Mapping[str, tuple[str, ...]] = {
    **_OF_SUMMARY,
    "pvb": tuple(item for items in _OF_SUMMARY.values() for item in items),
    **{name: (name,) for name in PUBLIC_ITEMS},
    "pvc": PUBLIC_ITEMS,
    "npv": (*(item for items in _OF_SUMMARY.values() for item in items), *PUBLIC_ITEMS),
    "reliability": APART,
}
DISCOUNT = ("discount_rate", "discount_rate_drop", "discount_drop_after", "operation_years")
_ROWS: Mapping[str, tuple[str, ...]] = {  # parameters of what is on no road
    "capital": (),
    "risk": (),
    "optimism_bias": (),
    "renewals": ("plant_share", "plant_life_years"),
    "upkeep": ("upkeep_scale", "upkeep_growth", "electricity_price_in_upkeep"),
    "energy": ("electricity_price",),
    "residual": ("residual_share",),
    "embodied_co2": ("carbon_price",),
    "operation_co2": ("carbon_price",),
    "disruption": ("disruption_share",),
    RAIL: ("rail_value_of_time", "rail_days_per_year"),
}
_BIASED = {"capital", "optimism_bias", "risk", "renewals", "residual", "disruption"}
_FORM: Mapping[str, tuple[str, ...]] = {  # fields of the form
    "capital": ("capital_cost_cny", "build_years"),
    "risk": ("build_years",),
    "optimism_bias": ("capital_cost_cny", "build_years", "stage"),
    "renewals": ("capital_cost_cny", "stage"),
    "upkeep": ("upkeep_cny_per_year", "energy_gwh_per_year"),
    "energy": ("energy_gwh_per_year",),
    "residual": ("capital_cost_cny", "stage"),
    "embodied_co2": ("embodied_co2_t", "build_years"),
    "operation_co2": ("operation_co2_t_per_year",),
    "disruption": ("capital_cost_cny", "build_years", "stage"),
    RAIL: ("rail_passengers_per_day", "rail_minutes_saved", "availability"),
}
_FORM_UNITS = {
    "capital_cost_cny": "CNY",
    "build_years": "years",
    "stage": "-",
    "upkeep_cny_per_year": "CNY/year",
    "energy_gwh_per_year": "GWh/year",
    "embodied_co2_t": "t CO2",
    "operation_co2_t_per_year": "t CO2/year",
    "rail_passengers_per_day": "passengers/day",
    "rail_minutes_saved": "min",
    "availability": "share",
    "open_year": "year",
}
_FORM_WORDS = {
    "capital_cost_cny": ("capital cost, estimate", "建设费（估算）"),
    "build_years": ("years of building", "建设年数"),
    "stage": ("stage of the estimate", "估算阶段"),
    "upkeep_cny_per_year": ("upkeep a year, power included", "年养护费（含电费）"),
    "energy_gwh_per_year": ("power a year", "年用电量"),
    "embodied_co2_t": ("CO2 of building", "建设 CO2"),
    "operation_co2_t_per_year": ("CO2 of operation a year", "年运营 CO2"),
    "rail_passengers_per_day": ("rail passengers a day", "日轨道乘客"),
    "rail_minutes_saved": ("minutes that each saves", "每人节省分钟"),
    "availability": ("share of the year open", "全年开放比例"),
    "open_year": ("opens", "通车年份"),
}


class _Asked(dict[str, float]):
    """Values that remember which of them were asked for."""

    def __init__(self, values: Mapping[str, float]) -> None:
        super().__init__(values)
        self.names: dict[str, None] = {}

    def __getitem__(self, name: str) -> float:
        self.names[name] = None
        return super().__getitem__(name)


def sign_of(line: str, item: str) -> float:
    """Whether an item adds to a line or is taken away: costs lessen the net value."""
    return -1.0 if line == "npv" and item in PUBLIC_ITEMS else 1.0


def off_road_streams(case: Case, option: str) -> pd.DataFrame:
    """Every item that is on no road, year by year [CNY], costs of the public accounts positive.

    Index year; a column an item, and ``discount_factor``.
    """
    form, values = case.find(option)[1], case.values
    years = appraised_years(form, values, case.base_year)
    estimate, risk = form.capital_cost_cny, risk_allowance(case, option)
    items = cost_items(form, values, years, case.base_year, estimate + risk)
    bias = 1.0 + values[f"optimism_bias_{form.stage}"]
    spent = items.pop("capital")[0] / ((estimate + risk) * bias)
    parts = {
        "capital": spent * estimate,
        "risk": spent * risk,
        "optimism_bias": spent * (bias - 1.0) * (estimate + risk),
        RAIL: rail_streams(form, values, years)[0],
        **{name: -cost[0] if name in BURDENS else cost[0] for name, cost in items.items()},
    }
    table = pd.DataFrame({name: np.broadcast_to(each, years.shape) for name, each in parts.items()})
    table["discount_factor"] = discounting(values, years, case.base_year)[0]
    return table.set_axis(pd.Index(years, name="year"))


def road_streams(case: Case, option: str, hourly: Mapping[int, "pd.Series[float]"]) -> pd.DataFrame:
    """Every item on roads, year by year [CNY], from what it gains in the modelled peak hours.

    Parameters
    ----------
    hourly
        Gain of each item by modelled year [CNY/h].
    """
    form, values = case.find(option)[1], case.values
    years = appraised_years(form, values, case.base_year)
    opened = open_share(form, values, years)
    names = next(iter(hourly.values())).index
    streams = {
        str(name): benefit_streams(
            years, {year: float(row[name]) for year, row in hourly.items()}, values
        )[0]
        * opened
        for name in names
    }
    return pd.DataFrame(streams, index=pd.Index(years, name="year"))


def parameter_rows(
    case: Case, option: str, items: tuple[str, ...], users: pd.DataFrame
) -> pd.DataFrame:
    """Rows of the parameter table and fields of the form that items of a line come from.

    Parameters
    ----------
    users
        Classes of vehicle, with ``use`` and ``purpose``.

    Returns
    -------
    DataFrame
        parameter_id, name, name_zh, value, unit, source, status; those of the form at the end.
    """
    form = case.find(option)[1]
    wanted = list(dict.fromkeys(name for each in items for name in _used(case, form, each, users)))
    rows = case.parameters.set_index("parameter_id")
    known = rows.loc[[name for name in wanted if name in rows.index]].reset_index()
    columns = ["parameter_id", "name", "name_zh", "value", "unit", "source", "status"]
    own = pd.DataFrame(list(_form_rows(form, items)), columns=columns)
    return pd.concat([known[columns], own], ignore_index=True)


def _form_rows(form: Form, items: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    wanted = dict.fromkeys(name for each in items for name in _FORM.get(each, ("availability",)))
    for name in (*wanted, "open_year"):
        words, words_zh = _FORM_WORDS[name]
        value = float(getattr(form, name))
        yield name, words, words_zh, value, _FORM_UNITS[name], form.source, form.confidence


def _used(case: Case, form: Form, item: str, users: pd.DataFrame) -> list[str]:
    """Parameters that an item comes from."""
    if item in _ROWS:
        stage = [f"optimism_bias_{form.stage}"] if item in _BIASED - {"capital", "risk"} else []
        return [*_ROWS[item], *stage, *DISCOUNT]
    asked = _Asked(case.values)
    for year in case.years:
        for use in sorted(set(users["use"])):
            _ask(item, use, asked, year)
    own = list(asked.names)
    if item in ("time", "reliability"):
        for purpose in sorted(set(users["purpose"])):
            freight = purpose == FREIGHT
            own.append("value_of_time_truck" if freight else f"value_of_time_{purpose}")
            own += [] if freight else [f"occupancy_{purpose}"]
    if item in ("operating", "unperceived"):
        own += sorted({f"distance_cost_{fleet(use)}" for use in users["use"]})
    if item == "reliability":
        own += ["reliability_ratio", "reliability_sd_share"]
    return [*own, *YEAR_ROWS, *PV_ROWS]


def _ask(item: str, use: str, values: _Asked, year: int) -> None:
    """Have the curves that an item comes from ask for their parameters."""
    if item == "unperceived":
        vehicles.operating_cny_per_km(use, values, year)
    elif item == "accidents":
        vehicles.accident_cny_per_km(values)
    elif item == "co2":
        vehicles.co2_kg_per_km(use, values, year)
        values["carbon_price"]
    elif item == "air":
        vehicles.air_cny_per_km(use, values, year)
