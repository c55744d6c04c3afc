"""Accounts of a run of the demand model: what every stage took and gave, trips lost at none."""

import numpy as np
import pandas as pd

from transitplan.demand.time_of_day import split_day
from transitplan.demand.travel import CAR
from transitplan.errors import AccountingError
from transitplan.scenario.demand_make import MadeDemand, YearDemand
from transitplan.scenario.demand_model import own_cars

COLUMNS = ("stage", "item", "value", "unit")
TRIPS, VEHICLES = "trips/day", "veh/h"
CLOSE = 1e-6  # share of trips that balancing to a tolerance and rounding may move
Row = tuple[str, str, float, str]


def accounts(made: MadeDemand, year: YearDemand) -> pd.DataFrame:
    """Rows of stage, item, value, unit for a year.

    Raises
    ------
    AccountingError
        If trips were lost or invented between two stages.
    """
    travel, ends = year.run.travel, year.built.model.ends
    made_trips = float(ends.productions.sum())
    total = travel.total
    rows: list[Row] = [
        ("generated", name, float(value), TRIPS)
        for name, value in zip(ends.purposes, ends.productions.sum(axis=1), strict=True)
    ]
    rows += [
        ("distributed", name, float(each.sum()), TRIPS)
        for name, each in zip(ends.purposes, total, strict=True)
    ]
    within = float(np.trace(total, axis1=1, axis2=2).sum())
    rows.append(("distributed", "within zones", within, TRIPS))
    rows += [("by mode", mode, float(each.sum()), TRIPS) for mode, each in travel.trips.items()]
    _same(year, "distribution", made_trips, float(total.sum()))
    rows += _periods(year)
    told = year.built.accounts
    rows += list(zip(*(told[name].tolist() for name in COLUMNS), strict=True))
    rows += _hours(made, year)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _periods(year: YearDemand) -> list[Row]:
    """Drivers of each period, and the vehicles of its modelled hour."""
    model, drivers = year.run.model, year.run.travel.trips[CAR]
    persons = split_day(drivers, model.day).sum(axis=(1, 2, 3))
    rows = [
        ("in periods", f"drivers {name}", float(value), TRIPS)
        for name, value in zip(model.day.periods, persons, strict=True)
    ]
    _same(year, "periods", float(drivers.sum()), float(persons.sum()))
    for period, cars in own_cars(model, year.run.travel).items():
        drove = float(persons[model.day.periods.index(period)]) * model.day.hour_share[period]
        if model.passenger:
            _same(year, f"vehicles {period}", drove, cars.total_vph)
        rows.append(("vehicles", f"cars {period}", cars.total_vph, VEHICLES))
    return rows


def _hours(made: MadeDemand, year: YearDemand) -> list[Row]:
    """Vehicles of the modelled hours, from the model to what is written."""
    rows: list[Row] = []
    for period, written in year.written.items():
        modelled = year.modelled[period].total_vph
        behind = year.built.model.background.get(period)
        own = own_cars(year.run.model, year.run.travel)[period].total_vph
        more = 0.0 if behind is None else behind.total_vph
        _same(year, f"hour {period}", own + more, modelled)
        rows.append(("modelled", period, modelled, VEHICLES))
        if period in made.estimated and year is made.base:
            then = made.estimated[period].demand.total_vph
            rows.append(("calibrated", period, then, VEHICLES))
        elif period in year.pivoted:
            then = float(year.pivoted[period].trips.sum())
            rows.append(("pivoted", period, then, VEHICLES))
        else:
            then = modelled
        _same(year, f"writing {period}", then, written.total_vph)
        rows += [
            ("written", f"{each.name} {period}", float(trips.sum()), VEHICLES)
            for each, trips in zip(written.classes, written.trips_vph, strict=True)
        ]
        found = year.flows[period].accounting
        rows += [
            ("assigned", f"{name} {period}", found[name], VEHICLES)
            for name in ("intrazonal", "unreachable")
        ]
    return rows


def _same(year: YearDemand, what: str, went: float, came: float) -> None:
    if not abs(came - went) <= CLOSE * max(went, 1.0):
        raise AccountingError(
            f"demand of {year.year}, {what}: {went:,.3f} went in and {came:,.3f} came out."
        )
