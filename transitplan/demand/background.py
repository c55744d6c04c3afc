"""Vehicles of a day that no resident's trip explains (border, freight), and their modelled hours.

``borders`` and ``freight`` make them; ``hours`` gives what ``scenario.demand_model`` assigns with
the residents' cars.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.demand.columns import Columns
from transitplan.demand.distribution import within_zones
from transitplan.errors import AccountingError, ValidationError
from transitplan.graph.road import RoadGraph
from transitplan.model.demand import FREIGHT, Demand, UserClass
from transitplan.paths import skim
from transitplan.units import METRES_PER_KM

ROUNDING = 1e-9  # share of trips that sums may be off
PER_DAY = "veh/day"
PERIOD_COLUMNS = ("period", "border_share", "truck_share")


@dataclass(frozen=True, eq=False)
class DayVehicles:
    """Vehicle trips of a day by class.

    trips_per_day
        (n_classes, n_zones, n_zones), origin by row.
    accounts
        What went in and what came of it: stage, item, value, unit.
    """

    class_names: tuple[str, ...]
    trips_per_day: Floats
    accounts: pd.DataFrame


def distances_km(roads: RoadGraph, classes: Sequence[UserClass]) -> dict[str, Floats]:
    """Length of the fastest way over the empty roads that each class may drive, (n, n) [km].

    By class name; inf where bans leave no way, half the way to the nearest other zone within one.

    Examples
    --------
    >>> from transitplan.graph import compile_road
    >>> from transitplan.io import read_network
    >>> roads = compile_road(read_network("networks/two_banks/2025"))
    >>> found = distances_km(roads, [UserClass("car"), UserClass("lorry", use="truck")])
    >>> bool(found["lorry"][0, 1] >= found["car"][0, 1])
    True
    """
    uses = {each.use for each in classes}
    by_use = {
        use: within_zones(skim(roads, ["length_m"], use=use).array("length_m") / METRES_PER_KM)
        for use in sorted(uses)
    }
    return {each.name: by_use[each.use] for each in classes}


def read_hour_shares(periods: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Share of a day's border cars and of its trucks in the modelled hour of each period.

    Parameters
    ----------
    periods
        One row a period: period, border_share, truck_share, and ``modelled`` (1 or 0; all are where
        the column is absent). Periods that are not modelled are left out.

    Raises
    ------
    ValidationError
        With every problem of the table.

    Examples
    --------
    >>> periods = pd.DataFrame({"period": ["am", "night"], "modelled": [1, 0]})
    >>> read_hour_shares(periods.assign(border_share=[0.07, ""], truck_share=[0.06, ""]))
    {'am': (0.07, 0.06)}
    """
    rows = Columns(periods, "periods", PERIOD_COLUMNS)
    names = rows.unique("period")
    modelled = rows.choices("modelled", ("0", "1"), "1") == "1"
    shares = [rows.numbers(name, most=1.0) for name in PERIOD_COLUMNS[1:]]
    for name, values in zip(PERIOD_COLUMNS[1:], shares, strict=True):
        rows.note(modelled.to_numpy() & np.isnan(values), name, "is empty")
    rows.refuse()
    return {
        str(name): (float(border), float(truck))
        for name, border, truck, wanted in zip(names, *shares, modelled, strict=True)
        if wanted
    }


def hours(
    parts: Sequence[DayVehicles],
    classes: Sequence[UserClass],
    shares: Mapping[str, tuple[float, float]],
    zone_ids: "pd.Index[Any]",
) -> dict[str, Demand]:
    """Vehicles of the modelled hour of each period, for ``DemandModel.background``.

    Parameters
    ----------
    parts
        Of ``border_trips`` and ``freight_trips``; what they have of one class is added up.
    classes
        Every class of the parts, in the order wanted; those that carry freight take the second
        share.
    shares
        Of a day's cars and of its trucks, by period (``read_hour_shares``).

    Raises
    ------
    ValidationError
        If a class of the parts is not among the classes.
    AccountingError
        If trips were lost.
    """
    names = [each.name for each in classes]
    strange = sorted({name for part in parts for name in part.class_names} - set(names))
    if strange:
        raise ValidationError(f"hours: no user class is called {', '.join(strange)}.")
    day = np.zeros((len(names), len(zone_ids), len(zone_ids)))
    for part in parts:
        for name, trips in zip(part.class_names, part.trips_per_day, strict=True):
            day[names.index(name)] += trips
    account("hours", sum(float(part.trips_per_day.sum()) for part in parts), float(day.sum()))
    freight = np.array([each.purpose == FREIGHT for each in classes])
    return {
        period: Demand(
            zone_ids,
            tuple(classes),
            np.where(freight, truck, car)[:, None, None] * day,
            period,
        )
        for period, (car, truck) in shares.items()
    }


def account(what: str, went: float, came: float) -> None:
    """Refuse a step that loses or invents trips."""
    if not abs(came - went) <= ROUNDING * max(went, 1.0):
        raise AccountingError(f"{what}: {went:,.3f} trips went in and {came:,.3f} came out.")


def accounts_of(stage: str, rows: Sequence[tuple[str, float, str]]) -> pd.DataFrame:
    """Rows of item, value and unit as a table of accounts."""
    table = pd.DataFrame(rows, columns=["item", "value", "unit"])
    table.insert(0, "stage", stage)
    return table
