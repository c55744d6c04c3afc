"""Goods vehicles of a day between zones: rates, and gravity on the roads that each may drive.

Trip ends come from a table of rates (``generation.generate``, the class in place of the purpose);
trips follow a gravity model whose mean length is the one given. Distances are those of the class's
use, so that a ban on a crossing holds here as it does in the assignment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from transitplan.arrays import Floats
from transitplan.demand.background import PER_DAY, DayVehicles, account, accounts_of
from transitplan.demand.columns import Columns
from transitplan.demand.distribution import Gravity, fit_gravity
from transitplan.demand.generation import STATUSES, TripEnds, generate
from transitplan.errors import ConvergenceError, ValidationError, listed
from transitplan.model.demand import FREIGHT, UserClass

COLUMNS = (
    "class",
    "use",
    "pce",
    "mean_km",
    "value_of_time_cny_per_h",
    "distance_cost_cny_per_km",
)
TRUCK = "truck"
SHARE_SLACK = 1e-6


@dataclass(frozen=True)
class FreightRule:
    """A class of goods vehicles.

    mean_km
        Mean length of its trips between zones.
    border_share
        Share of the trucks over the border that are of this class.
    """

    user_class: UserClass
    mean_km: float
    border_share: float
    name: str = ""
    name_zh: str = ""


def read_freight(table: pd.DataFrame, uses: Sequence[str]) -> list[FreightRule]:
    """Check the table of the classes of goods vehicles.

    Parameters
    ----------
    table
        One row a class: class, use, pce, mean_km, value_of_time_cny_per_h (of the vehicle with its
        crew), distance_cost_cny_per_km; name and name_zh; ``border_share``, which adds up to 1
        (without the column all trucks over the border are of the first class of use truck).
    uses
        Uses of the network.

    Raises
    ------
    ValidationError
        With every problem of the table.

    Examples
    --------
    >>> table = pd.DataFrame({"class": ["lorry"], "use": ["truck"], "pce": [2.0], "mean_km": [18]})
    >>> table = table.assign(value_of_time_cny_per_h=55, distance_cost_cny_per_km=4.5)
    >>> [(rule.user_class.name, rule.border_share) for rule in read_freight(table, ["truck"])]
    [('lorry', 1.0)]
    """
    rows = Columns(table, "freight rules", COLUMNS)
    names, use = rows.unique("class"), rows.choices("use", uses)
    values = {name: rows.numbers(name, filled=True) for name in COLUMNS[2:]}
    for name in COLUMNS[2:5]:
        rows.note(values[name] == 0, name, "is 0")
    rows.choices("status", STATUSES)
    share = _border_shares(rows, use)
    rows.refuse()
    words = rows.text("name"), rows.text("name_zh")
    return [
        FreightRule(
            UserClass(
                str(name),
                use=str(use[i]),
                purpose=FREIGHT,
                pce=float(values["pce"][i]),
                value_of_time_cny_per_h=float(values["value_of_time_cny_per_h"][i]),
                distance_cost_cny_per_km=float(values["distance_cost_cny_per_km"][i]),
            ),
            float(values["mean_km"][i]),
            float(share[i]),
            *(str(each[i]) for each in words),
        )
        for i, name in enumerate(names)
    ]


def _border_shares(rows: Columns, use: "pd.Series[Any]") -> Floats:
    """Share of each class in the trucks over the border."""
    if "border_share" in rows.table.columns:
        share = np.nan_to_num(rows.numbers("border_share", most=1.0), nan=0.0)
        if not abs(share.sum() - 1.0) <= SHARE_SLACK:
            rows.found.append(
                f"{rows.what}: border_share adds up to {share.sum():.6g}, not to 1. Correct it."
            )
        return share
    trucks = np.flatnonzero(use == TRUCK)
    if not trucks.size:
        rows.found.append(
            f"{rows.what}: no class of use {TRUCK}; give border_share, the share of each class in "
            "the trucks over the border."
        )
    return np.bincount(trucks[:1], minlength=len(use)).astype(float)


def freight_trips(
    zones: pd.DataFrame,
    rates: pd.DataFrame,
    rules: Sequence[FreightRule],
    distance_km: Mapping[str, Floats],
    zone_ids: "pd.Index[Any]",
) -> DayVehicles:
    """Trips of goods vehicles of a day between zones.

    Parameters
    ----------
    zones, rates
        As ``generate`` reads them; the purpose of a rate is the class of its vehicles, whose trips
        begin at productions and end at attractions.
    rules
        One a class (``read_freight``).
    distance_km
        By class, (n_zones, n_zones); inf where there is no way, within zones on the diagonal
        (``background.distances_km``).
    zone_ids
        All zones, in the order of the distances.

    Raises
    ------
    ValidationError
        With every problem: those of the tables, classes without a rule or without rates, and zones
        that a class cannot drive to or from.
    ConvergenceError
        If a mean length cannot be met.
    AccountingError
        If trips were lost.

    Examples
    --------
    >>> zones = pd.DataFrame({"zone_id": [1, 2], "jobs": [100, 300]})
    >>> rates = pd.DataFrame({"purpose": "lorry", "end": ["production", "attraction"]})
    >>> rates = rates.assign(attribute="jobs", value=0.05, unit="trips/job/day")
    >>> rule = FreightRule(UserClass("lorry", use="truck", purpose="freight"), 5.0, 1.0)
    >>> km = {"lorry": np.array([[4.0, 8.0], [8.0, 4.0]])}
    >>> found = freight_trips(zones, rates, [rule], km, pd.Index([1, 2]))
    >>> found.trips_per_day.sum().round(6).item(), found.trips_per_day[0, 0, 1].round(6).item()
    (20.0, 2.5)
    """
    ends = generate(zones, rates, zone_ids)
    names = [rule.user_class.name for rule in rules]
    found = [
        f"freight: class {name} has {lacks}."
        for name in sorted(set(names) ^ set(ends.purposes))
        for lacks in [
            "no rates of trips" if name in names else "rates, but no row in the freight rules"
        ]
    ]
    if found:
        raise ValidationError(found)
    order = [ends.purposes.index(name) for name in names]
    found = [
        each
        for k, name in zip(order, names, strict=True)
        for each in _cut_off(ends, k, distance_km[name])
    ]
    if found:
        raise ValidationError(found)
    made = [
        _one(ends, k, rule, distance_km[rule.user_class.name])
        for k, rule in zip(order, rules, strict=True)
    ]
    accounts = [
        row
        for k, rule, each in zip(order, rules, made, strict=True)
        for row in _accounts(ends, k, rule, each)
    ]
    trips = np.stack([each.trips for each in made])
    return DayVehicles(tuple(names), trips, accounts_of("freight", accounts))


def _cut_off(ends: TripEnds, k: int, km: Floats) -> list[str]:
    """Trips of a class with nowhere to go or to come from."""
    begin, end = ends.productions[k] > 0, ends.attractions[k] > 0
    reach = np.isfinite(km) & begin[:, None] & end
    found = []
    for what, lost in (
        ("leave", begin & ~reach.any(axis=1)),
        ("reach", end & ~reach.any(axis=0)),
    ):
        if lost.any():
            found.append(
                f"freight: {ends.purposes[k]} cannot {what} zones "
                f"{listed(ends.zone_ids[lost].tolist())}, which have rates of its trips: no road "
                "that it may drive. Open one or take the attribute from the zone."
            )
    return found


def _one(ends: TripEnds, k: int, rule: FreightRule, km: Floats) -> Gravity:
    """Gravity model of one class."""
    begin = ends.productions[k]
    end = _where_reached(begin, ends.attractions[k], km)
    try:
        made = fit_gravity(begin, end, km, means=[rule.mean_km])
    except ConvergenceError as error:
        raise ConvergenceError(f"freight, class {rule.user_class.name}: {error}") from error
    account(f"freight, {rule.user_class.name}", float(begin.sum()), float(made.trips.sum()))
    return made


def _where_reached(begin: Floats, end: Floats, km: Floats) -> Floats:
    """Attractions scaled so that they meet productions in each part of the area by itself.

    Bans can cut the roads of a class in two; each part then keeps its own trips.
    """
    size = len(begin)
    origins, destinations = np.nonzero(np.isfinite(km) & (begin[:, None] > 0) & (end > 0))
    joined = (np.ones(origins.size), (origins, size + destinations))
    n, part = connected_components(coo_array(joined, shape=(2 * size, 2 * size)), directed=False)
    produced, attracted = (
        np.bincount(part[half], values, minlength=n)
        for half, values in ((slice(size), begin), (slice(size, None), end))
    )
    factor = np.divide(produced, attracted, out=np.zeros(n), where=attracted > 0)
    return np.asarray(end * factor[part[size:]])


def _accounts(
    ends: TripEnds, k: int, rule: FreightRule, made: Gravity
) -> list[tuple[str, float, str]]:
    name = rule.user_class.name
    return [
        (f"{name} produced", float(ends.productions[k].sum()), PER_DAY),
        (f"{name} trips", float(made.trips.sum()), PER_DAY),
        (f"{name} trips within zones", float(np.trace(made.trips)), PER_DAY),
        (f"{name} mean length", made.means[0], "km"),
        (f"{name} deterrence", float(made.deterrence.parameters[0]), "1/km"),
        (f"{name} factor of attractions to productions", ends.scaled[name], ""),
    ]
