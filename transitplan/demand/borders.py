"""Vehicles that enter, leave and pass the area: cordon stations on the border, railway stations.

A station's day total counts both ways. Half of it is inbound and half outbound; the share that goes
through runs from border to border, at least a distance apart and by the size of both stations;
everything else spreads over the zones by their weights, less with distance. Rows with a
``to_zone_id`` run between the station and that zone alone: airport passengers from outside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats, Ints
from transitplan.demand.background import PER_DAY, DayVehicles, account, accounts_of
from transitplan.demand.balancing import ratio
from transitplan.demand.columns import Columns
from transitplan.demand.deterrence import Exponential
from transitplan.demand.distribution import spread
from transitplan.demand.generation import STATUSES
from transitplan.demand.growth import Scenario, grow
from transitplan.errors import ValidationError, listed

EXTERNAL, STATION = "external", "station"
KINDS = (EXTERNAL, STATION)
VOLUMES = ("cars_per_day", "trucks_per_day")
COLUMNS = ("zone_id", "kind", *VOLUMES, "through_share")
TO = "to_zone_id"
GROUP = "group"  # of growth, where it is not the kind
ROUNDS = 200  # of scaling through traffic; each halves the miss where it can be met
SHARE_SLACK = 1e-6
LEAST = 1e-9  # vehicles a day that are worth matching with another station's


@dataclass(frozen=True)
class BorderRules:
    """How border vehicles spread, and what classes they are.

    cars, trucks
        Share of each class, by name; those of the cars and those of the trucks add up to 1.
    through_min_km
        Through trips are longer than this.
    deterrence_per_km
        Of all other trips, exp(−deterrence × distance).
    weights
        Attributes of the zones whose sum draws trips.
    """

    cars: Mapping[str, float]
    trucks: Mapping[str, float]
    through_min_km: float
    deterrence_per_km: float
    weights: tuple[str, ...] = ("population", "jobs")

    def __post_init__(self) -> None:
        """Refuse shares that do not add up, and values below 0."""
        found = [
            f"border rules, {what}: shares {dict(shares)} must be 0 or more and add up to 1."
            for what, shares in (("cars", self.cars), ("trucks", self.trucks))
            if min(shares.values(), default=0.0) < 0
            or not abs(sum(shares.values()) - 1.0) <= SHARE_SLACK
        ]
        found += [
            f"border rules, {name}: {value} is not a number of 0 or more."
            for name in ("through_min_km", "deterrence_per_km")
            if not 0 <= (value := getattr(self, name)) < np.inf
        ]
        if found:
            raise ValidationError(found)

    @property
    def classes(self) -> dict[str, tuple[str, float]]:
        """Column of the table and share of it, by class."""
        cars = {name: (VOLUMES[0], share) for name, share in self.cars.items()}
        return cars | {name: (VOLUMES[1], share) for name, share in self.trucks.items()}


@dataclass(frozen=True, eq=False)
class Passing:
    """Trips at stations, (n, n) each: border to border, away from and towards stations."""

    through: Floats
    away: Floats
    towards: Floats

    @property
    def trips(self) -> Floats:
        """All of them."""
        return np.asarray(self.through + self.away + self.towards)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Checked rows, with the positions of zones."""

    station: Ints
    to: Ints  # zone that a row runs to; -1 where everywhere
    external: Bools
    volume: Mapping[str, Floats]
    through: Floats


def border_trips(
    borders: pd.DataFrame,
    zones: pd.DataFrame,
    distance_km: Mapping[str, Floats],
    rules: BorderRules,
) -> DayVehicles:
    """Cars and trucks of a day that stations send and receive.

    Parameters
    ----------
    borders
        One row a station, and one more for each zone that a row runs to alone: zone_id, kind
        (external, station), cars_per_day, trucks_per_day (both ways together), through_share (of
        external ones), and where there are any ``to_zone_id``; status is checked where it is there.
        Rows of a station add up.
    zones
        One row a zone: zone_id and the attributes that draw trips.
    distance_km
        By class, (n_zones, n_zones), inf where there is no way (``distances_km``).

    Returns
    -------
    DayVehicles
        The vehicles that leave a station and those that reach it are half of its day total each.

    Raises
    ------
    ValidationError
        With every problem of the tables, stations that a class cannot leave included.
    AccountingError
        If vehicles were lost.

    Examples
    --------
    >>> borders = pd.DataFrame({"zone_id": [8, 9], "kind": "external", "cars_per_day": [100, 60]})
    >>> borders = borders.assign(trucks_per_day=0, through_share=0.5)
    >>> zones = pd.DataFrame({"zone_id": [1, 8, 9], "population": [5, 0, 0], "jobs": [1, 0, 0]})
    >>> km = {"car": np.full((3, 3), 10.0), "truck": np.full((3, 3), 10.0)}
    >>> rules = BorderRules({"car": 1.0}, {"truck": 1.0}, through_min_km=5, deterrence_per_km=0.1)
    >>> border_trips(borders, zones, km, rules).trips_per_day[0].tolist()
    [[0.0, 35.0, 15.0], [35.0, 0.0, 15.0], [15.0, 15.0, 0.0]]
    """
    zones = zones.reset_index(drop=True)
    rows = _checked(borders, zones, rules)
    weights = zones[list(rules.weights)].to_numpy(dtype=float).sum(axis=1)
    weights[rows.station[rows.external]] = 0.0
    near = Exponential(rules.deterrence_per_km)
    trips, accounts, found = [], [], []
    for name, (column, share) in rules.classes.items():
        km = distance_km[name].copy()
        np.fill_diagonal(km, np.inf)  # a station's vehicles do not stay in it
        ends, through, alone = _day(rows, column, share, len(zones))
        found += _unreachable(name, zones["zone_id"], ends, alone, weights, km)
        made = pass_stations(ends, through, weights, km, near, rules.through_min_km)
        trips.append(made.trips + alone)
        accounts += _accounts(name, made, alone)
        if not found:
            went = float(rows.volume[column].sum() * share)
            account(f"border_trips, {name}", went, _ends(made, alone))
    if found:
        raise ValidationError(found)
    return DayVehicles(tuple(rules.classes), np.stack(trips), accounts_of("borders", accounts))


def pass_stations(
    ends: Floats,
    through: Floats,
    weights: Floats,
    km: Floats,
    deterrence: Exponential,
    through_min_km: float,
) -> Passing:
    """Trips of stations: through, away and towards.

    Parameters
    ----------
    ends
        Vehicles that leave each zone as a station, as many reach it, (n,).
    through
        How many of them pass from station to station, (n,). Where the others are too small or too
        near for all of them, the rest goes to the zones like the other vehicles.
    weights
        What draws the other vehicles, (n,).
    km
        Distances, (n, n).
    """
    some = through > LEAST
    far = some & some[:, None] & (km > through_min_km) & np.isfinite(km)
    passing = _between_stations(through, far & far.T)
    inward = np.maximum(ends - passing.sum(axis=1), 0.0)
    away = spread(inward, weights, km, deterrence)
    towards = spread(inward, weights, km.T, deterrence).T
    return Passing(passing, away, towards)


def _between_stations(wanted: Floats, far: Bools) -> Floats:
    """Symmetric trips between far stations by the size of both, at most as many as wanted.

    Knight, Ruiz & Uçar (2014), *A symmetry preserving algorithm for matrix scaling*, SIAM Journal
    on Matrix Analysis and Applications 35.
    """
    trips = np.where(far, np.outer(wanted, wanted), 0.0)
    for _ in range(ROUNDS):
        rate = np.sqrt(ratio(wanted, trips.sum(axis=1)))
        trips = trips * np.outer(rate, rate)
    held = np.minimum(ratio(wanted, trips.sum(axis=1)), 1.0)
    return np.asarray(trips * np.minimum(held[:, None], held))


def grown_borders(
    borders: pd.DataFrame, growth: pd.DataFrame, year: int, *, scenario: Scenario = "central"
) -> pd.DataFrame:
    """Stations of a later year: cars_per_day and trucks_per_day times the factors of their group.

    A row's group is its column ``group`` where it has one, else its kind; rows of the growth table
    for other attributes are left aside, and without any of these nothing grows.
    """
    mine = growth[growth["attribute"].isin(VOLUMES)]
    if mine.empty:
        return borders
    rows = Columns(borders, "borders", COLUMNS)
    kind = rows.text("kind")
    group = rows.text(GROUP)
    now = borders.reset_index(drop=True).assign(**{name: rows.numbers(name) for name in VOLUMES})
    now[GROUP] = group.where(group != "", kind)
    rows.refuse()
    mine.attrs.update(growth.attrs)
    grown = grow(now, mine, year, scenario=scenario, group=GROUP)
    grown.attrs.update(borders.attrs)
    return grown


NO_ZONE = ("is no zone of the network", "Correct it, or take the line out.")


def _checked(borders: pd.DataFrame, zones: pd.DataFrame, rules: BorderRules) -> _Rows:
    """Rows as numbers and positions; every problem of both tables at once."""
    rows = Columns(borders, "borders", COLUMNS)
    ids = pd.Index(zones["zone_id"].astype(str))
    station, to = rows.text("zone_id"), rows.text(TO)
    kind = rows.choices("kind", KINDS)
    alone = (to != "").to_numpy()
    rows.note(~station.isin(ids).to_numpy(), "zone_id", *NO_ZONE)
    rows.note(alone & ~to.isin(ids).to_numpy(), TO, *NO_ZONE)
    rows.note(alone & (to == station).to_numpy(), TO, "is the station itself", "Name another.")
    key = pd.DataFrame({"s": station, "t": to})
    rows.note(key.duplicated().to_numpy(), "zone_id", "repeats a station and zone")
    volume = {name: rows.numbers(name, filled=True) for name in VOLUMES}
    through = rows.numbers("through_share", most=1.0)
    border = (kind == EXTERNAL).to_numpy() & ~alone
    rows.note(border & np.isnan(through), "through_share", "is empty at an external station")
    rows.note(
        ~border & (through > 0),
        "through_share",
        f"is above 0, but only rows of kind {EXTERNAL} "
        f"without {TO} have traffic that passes through",
        "Leave it empty.",
    )
    rows.choices("status", STATUSES)
    _check_weights(zones, rules, rows.found)
    rows.refuse()
    return _Rows(
        ids.get_indexer(pd.Index(station)),
        ids.get_indexer(pd.Index(to)),
        border,
        volume,
        np.nan_to_num(through, nan=0.0),
    )


def _check_weights(zones: pd.DataFrame, rules: BorderRules, found: list[str]) -> None:
    for name in rules.weights:
        if name not in zones.columns:
            found.append(f"zones: no column {name!r}, which border trips are spread by.")
        elif not (pd.to_numeric(zones[name], errors="coerce") >= 0).all():
            found.append(f"zones, column {name}: must be numbers of 0 or more in every zone.")


def _day(rows: _Rows, column: str, share: float, n: int) -> tuple[Floats, Floats, Floats]:
    """Vehicles one way a day: of each station, how many pass through, and between two zones."""
    half = rows.volume[column] * share / 2
    ends, through, alone = np.zeros(n), np.zeros(n), np.zeros((n, n))
    wide = rows.to < 0
    np.add.at(ends, rows.station[wide], half[wide])
    np.add.at(through, rows.station[wide], (half * rows.through)[wide])
    np.add.at(alone, (rows.station[~wide], rows.to[~wide]), half[~wide])
    return ends, through, alone + alone.T


def _unreachable(
    name: str, ids: "pd.Series[Any]", ends: Floats, alone: Floats, weights: Floats, km: Floats
) -> list[str]:
    """Stations whose vehicles have nowhere to go or to come from."""
    drawn = np.isfinite(km) & (weights > 0)
    came = np.isfinite(km.T) & (weights > 0)
    lost = (ends > 0) & ~(drawn.any(axis=1) & came.any(axis=1))
    cut = (alone > 0) & ~np.isfinite(km)
    found = []
    if lost.any():
        found.append(
            f"borders: {name} at stations {listed(ids[lost].tolist())}: no road that the class may "
            "drive leads to and from a zone with people or jobs. Open one or take its share off."
        )
    if cut.any():
        pairs = [f"{ids[i]} to {ids[j]}" for i, j in np.argwhere(cut)]
        found.append(f"borders: no road that {name} may drive leads from {listed(pairs)}.")
    return found


def _ends(made: Passing, alone: Floats) -> float:
    """Vehicles at stations: one that passes through is at two."""
    return float(made.trips.sum() + made.through.sum() + alone.sum())


def _accounts(name: str, made: Passing, alone: Floats) -> list[tuple[str, float, str]]:
    values = {
        "through": made.through,
        "from stations to zones": made.away,
        "from zones to stations": made.towards,
        "between stations and given zones": alone,
    }
    return [(f"{name} {what}", float(each.sum()), PER_DAY) for what, each in values.items()]
