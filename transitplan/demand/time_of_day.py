"""Time of day: trips of a day become trips of periods and directions, and persons vehicles.

Matrices of a day run from productions (homes) to attractions; a period has some of them outbound
and some on their way back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.demand.columns import Columns
from transitplan.errors import AccountingError, ValidationError

COLUMNS = ("purpose", "period", "outbound_share", "return_share")
PERIOD_COLUMNS = ("period", "hours", "peak_hour_share")
SHARE_SLACK = 1e-6
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Day:
    """When trips are made.

    periods
        Names, in order.
    hour_share
        Share of a period's trips in the hour that is modelled, by period.
    outbound, back
        Share of the day's trips of each purpose, (n_purposes, n_periods); all of a purpose add up
        to 1.
    """

    purposes: tuple[str, ...]
    periods: tuple[str, ...]
    hour_share: Mapping[str, float]
    outbound: Floats
    back: Floats


TOO_LOW = ("is below 1 / hours", "The busiest hour has at least the mean: raise it.")


def read_day(directions: pd.DataFrame, periods: pd.DataFrame, purposes: Sequence[str]) -> Day:
    """Check the tables of when trips are made.

    Parameters
    ----------
    directions
        One row a purpose and period: purpose, period, outbound_share and return_share of the day's
        trips.
    periods
        One row a period: period, hours (its length) and peak_hour_share (of its trips in the hour
        modelled; at least 1 / hours).
    purposes
        Purposes that trips are made for.

    Raises
    ------
    ValidationError
        With every problem: purposes or periods missing, and shares that do not add up to 1.

    Examples
    --------
    >>> directions = pd.DataFrame({"purpose": "work", "period": ["am", "rest"]})
    >>> directions = directions.assign(outbound_share=[0.4, 0.1], return_share=[0.0, 0.5])
    >>> periods = pd.DataFrame({"period": ["am", "rest"], "hours": [2, 22]})
    >>> read_day(directions, periods.assign(peak_hour_share=[0.6, 0.06]), ["work"]).periods
    ('am', 'rest')
    """
    spans = Columns(periods, "periods", PERIOD_COLUMNS)
    names = tuple(spans.unique("period"))
    hours = spans.numbers("hours", most=24.0, filled=True)
    share = spans.numbers("peak_hour_share", most=1.0, filled=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        spans.note(share * hours < 1 - SHARE_SLACK, "peak_hour_share", *TOO_LOW)
    if np.isfinite(hours).all() and abs(hours.sum() - 24.0) > SHARE_SLACK:
        spans.found.append(
            f"{spans.what}: hours add up to {hours.sum():g}, not to 24. Correct them."
        )
    rows = Columns(directions, "directions", COLUMNS)
    purpose, period = rows.choices("purpose", purposes), rows.choices("period", names)
    out, back = (rows.numbers(name, most=1.0, filled=True) for name in COLUMNS[2:])
    key = pd.DataFrame({"p": purpose, "t": period})
    rows.note(key.duplicated().to_numpy(), "period", "repeats a purpose and period")
    for name in purposes:
        total = float((out + back)[(purpose == name).to_numpy()].sum())
        if not abs(total - 1.0) <= SHARE_SLACK:
            rows.found.append(
                f"{rows.what}: shares of purpose {name} add up to {total:.6g}, not to 1. "
                "Correct them."
            )
    found = [*spans.found, *rows.found]
    if found:
        raise ValidationError(found)
    shares = np.zeros((2, len(purposes), len(names)))
    at = ([list(purposes).index(p) for p in purpose], [names.index(t) for t in period])
    shares[0][at], shares[1][at] = out, back
    per_hour = dict(zip(names, share.tolist(), strict=True))
    return Day(tuple(purposes), names, per_hour, shares[0], shares[1])


def split_day(trips: Floats, day: Day) -> Floats:
    """Trips from origin to destination in each period.

    Parameters
    ----------
    trips
        Person trips a day from productions to attractions, both ways counted, (n_purposes, n, n).

    Returns
    -------
    Floats
        (n_periods, n_purposes, n, n); over all periods each purpose has as many trips as before.

    Raises
    ------
    AccountingError
        If trips were lost or invented.
    """
    out = np.einsum("pt,pij->tpij", day.outbound, trips)
    back = np.einsum("pt,pij->tpji", day.back, trips)
    made = np.asarray(out + back)
    before, after = float(trips.sum()), float(made.sum())
    if not abs(after - before) <= ROUNDING * max(before, 1.0):
        raise AccountingError(
            f"split_day: {before:,.3f} trips went in and {after:,.3f} came out. Please report this."
        )
    return made


def vehicles(persons: Floats, occupancy: Sequence[float]) -> Floats:
    """Vehicles that persons of each purpose fill, of the same shape.

    Parameters
    ----------
    persons
        Persons in cars, drivers and passengers, (…, n_purposes, n, n).
    occupancy
        Persons a vehicle by purpose, (n_purposes,), 1 or more.

    Raises
    ------
    ValidationError
        If an occupancy is below 1 or there is not one a purpose.

    Examples
    --------
    >>> vehicles(np.full((1, 1, 1), 30.0), [1.5]).item()
    20.0
    """
    filled = np.asarray(occupancy, dtype=float)
    if filled.shape != persons.shape[-3:-2] or not (filled >= 1).all():
        raise ValidationError(
            f"vehicles: occupancies {filled.tolist()} for {persons.shape[-3]} purposes; give one a "
            "purpose, 1 or more."
        )
    return np.asarray(persons / filled[:, None, None])
