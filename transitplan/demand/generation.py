"""Trip generation: how many trips of each purpose begin and end in each zone on a day.

Productions are at the home end (of trips that have none, at their origin), attractions at the
other end; each is a sum of rates times attributes of the zone. Both are tables that planners edit.
Ortúzar & Willumsen (2011), *Modelling Transport*, chapter 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.demand.columns import Columns
from transitplan.errors import ValidationError, listed

ENDS = ("production", "attraction")
STATUSES = ("", "measured", "published", "assumed", "calibrated")
RATE_COLUMNS = ("purpose", "end", "attribute", "value", "unit")
CAR_SHARE = "car_available_share"


@dataclass(frozen=True, eq=False)
class TripEnds:
    """Person trips a day by purpose; productions and attractions of a purpose have equal sums.

    productions, attractions
        (n_purposes, n_zones).
    scaled
        Factor that brought the other end to the one held, by purpose: far from 1, the rates of the
        two ends contradict each other.
    car_share
        Share of each zone's travellers who have a car at hand, (n_zones,).
    """

    zone_ids: "pd.Index[Any]"
    purposes: tuple[str, ...]
    productions: Floats
    attractions: Floats
    scaled: Mapping[str, float]
    car_share: Floats

    def to_frame(self) -> pd.DataFrame:
        """One row a purpose and zone: productions, attractions."""
        index = pd.MultiIndex.from_product(
            [self.purposes, self.zone_ids], names=["purpose", "zone_id"]
        )
        return index.to_frame(index=False).assign(
            productions=self.productions.ravel(), attractions=self.attractions.ravel()
        )


def generate(
    zones: pd.DataFrame,
    rates: pd.DataFrame,
    zone_ids: "pd.Index[Any]",
    *,
    hold: Mapping[str, str] | None = None,
) -> TripEnds:
    """Trips of each purpose that begin and end in each zone on a day.

    Parameters
    ----------
    zones
        One row a zone: zone_id, an attribute a column (population, workers, jobs, pupils, floor
        space, throughput, …), and ``car_available_share`` (0 to 1; 1 where the column is absent).
    rates
        One row a purpose, end and attribute: purpose, end (production, attraction), attribute,
        value, unit; low, high, source and status are checked where they are there.
    zone_ids
        All zones that must have a row, in the order wanted.
    hold
        By purpose, the end whose total is kept; productions where nothing is said.

    Raises
    ------
    ValidationError
        With every problem of both tables.

    Examples
    --------
    >>> zones = pd.DataFrame({"zone_id": [1, 2], "workers": [100, 300], "jobs": [250, 250]})
    >>> rates = pd.DataFrame({"purpose": "work", "end": ["production", "attraction"]})
    >>> rates = rates.assign(attribute=["workers", "jobs"], value=[1.6, 1.0], unit="trips/day")
    >>> ends = generate(zones, rates, pd.Index([1, 2]))
    >>> ends.productions.tolist(), ends.attractions.tolist(), ends.scaled
    ([[160.0, 480.0]], [[320.0, 320.0]], {'work': 1.28})
    """
    rows = _checked_rates(rates)
    found = list(rows.found)
    values, share = _zone_values(zones, rows.text("attribute"), zone_ids, found)
    purposes = tuple(dict.fromkeys(rows.text("purpose")))
    wrong = {name: end for name, end in (hold or {}).items() if end not in ENDS}
    found += [f"hold: {name} is {end!r}; use {' or '.join(ENDS)}." for name, end in wrong.items()]
    if found:
        raise ValidationError(found)
    sums = {end: np.zeros((len(purposes), len(zone_ids))) for end in ENDS}
    for purpose, end, attribute, rate in zip(
        rows.text("purpose"),
        rows.text("end"),
        rows.text("attribute"),
        rows.numbers("value"),
        strict=True,
    ):
        sums[end][purposes.index(purpose)] += rate * values[attribute]
    return _balanced(purposes, zone_ids, sums, hold or {}, share)


def _balanced(
    purposes: tuple[str, ...],
    zone_ids: "pd.Index[Any]",
    sums: Mapping[str, Floats],
    hold: Mapping[str, str],
    share: Floats,
) -> TripEnds:
    """Scale one end of each purpose to the other."""
    production, attraction = (sums[end] for end in ENDS)
    empty = [
        f"purpose {purpose}: no zone has {end}s, so its trips have nowhere to "
        f"{'begin' if end == 'production' else 'end'}. Look at its rates and their attributes."
        for end in ENDS
        for i, purpose in enumerate(purposes)
        if not sums[end][i].sum() > 0
    ]
    if empty:
        raise ValidationError(empty)
    scaled = {}
    for i, purpose in enumerate(purposes):
        factor = float(production[i].sum() / attraction[i].sum())
        if hold.get(purpose, "production") == "production":
            attraction[i] *= factor
            scaled[purpose] = factor
        else:
            production[i] /= factor
            scaled[purpose] = 1.0 / factor
    return TripEnds(zone_ids, purposes, production, attraction, scaled, share)


def _checked_rates(rates: pd.DataFrame) -> Columns:
    rows = Columns(rates, "rates", RATE_COLUMNS)
    purpose, end = rows.text("purpose"), rows.choices("end", ENDS)
    rows.note((purpose == "").to_numpy(), "purpose", "is empty")
    value = rows.numbers("value", filled=True)
    rows.note((rows.text("unit") == "").to_numpy(), "unit", "is empty; say trips a day of what")
    low, high = rows.numbers("low"), rows.numbers("high")
    with np.errstate(invalid="ignore"):
        rows.note((low > value) | (high < value), "value", "is outside its low and high")
    rows.choices("status", STATUSES)
    key = pd.DataFrame({"p": purpose, "e": end, "a": rows.text("attribute")})
    rows.note(key.duplicated().to_numpy(), "attribute", "repeats a purpose, end and attribute")
    for name in dict.fromkeys(purpose):
        for each in ENDS:
            if name and not ((purpose == name) & (end == each)).any():
                rows.found.append(f"{rows.what}: purpose {name} has no rate of {each}. Add one.")
    return rows


def _zone_values(
    zones: pd.DataFrame, wanted: "pd.Series[Any]", zone_ids: "pd.Index[Any]", found: list[str]
) -> tuple[dict[str, Floats], Floats]:
    """Attributes and share with a car in the order of the zones; problems go to ``found``."""
    columns = Columns(zones, "zones", ["zone_id"])
    ids = columns.unique("zone_id")
    place = pd.Index(ids).drop_duplicates().get_indexer(zone_ids.astype(str))
    missing = zone_ids[place < 0].tolist()
    if missing:
        columns.found.append(f"{columns.what}: zones {listed(missing)} have no row. Add them.")
    strange = sorted(set(ids) - set(zone_ids.astype(str)) - {""})
    if strange:
        columns.found.append(
            f"{columns.what}: zones {listed(strange)} are not in the network. Correct "
            "zone_id, or take the rows out."
        )
    values = {}
    for name in dict.fromkeys(wanted):
        if name not in columns.table.columns:
            columns.found.append(
                f"{columns.what}: no column {name!r}, which rates are given for. Add it, "
                "or take the rates out."
            )
        else:
            values[name] = columns.numbers(name, filled=True)
    share = columns.numbers(CAR_SHARE, most=1.0)
    found += columns.found
    if columns.found:
        return values, share
    share = np.where(np.isfinite(share), share, 1.0)
    return {name: numbers[place] for name, numbers in values.items()}, share[place]
