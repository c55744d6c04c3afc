"""Demand: trips between zones by user class, and what a class pays for time, distance and tolls."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats, frozen
from transitplan.errors import NotFoundError, ValidationError, counted
from transitplan.units import METRES_PER_KM, SECONDS_PER_HOUR

CAR, TRUCK = "car", "truck"
TRUCKS = (TRUCK, "dangerous_goods")  # uses of trucks: alike in tolls, climbs, costs and emissions
FREIGHT = "freight"  # purpose of the classes that carry goods


def fleet(use: str) -> str:
    """Vehicles that a use drives, as parameters name them: ``truck``, or ``car`` for all others.

    Examples
    --------
    >>> fleet("dangerous_goods"), fleet("car")
    ('truck', 'car')
    """
    return TRUCK if use in TRUCKS else CAR


@dataclass(frozen=True)
class UserClass:
    """Travellers who choose routes alike.

    The generalised cost of a link, in seconds, is its time plus money over the value of time:
    ``t + (toll + distance cost × length) × 3600 / value of time``.
    """

    name: str
    use: str = "car"
    pce: float = 1.0  # passenger-car equivalents a vehicle
    persons_per_vehicle: float = 1.0
    value_of_time_cny_per_h: float = 60.0  # of the vehicle with all in it
    distance_cost_cny_per_km: float = 0.0
    pays_tolls: bool = True
    purpose: str = ""
    plate: str = ""  # where it pays other tolls than the rest of its use: ``other``

    def __post_init__(self) -> None:
        """Refuse values that make no cost."""
        wrong = [
            f"class {self.name}: {label} is {value}; it must be {rule}."
            for label, value, rule, right in (
                ("pce", self.pce, "above 0", self.pce > 0),
                (
                    "value_of_time_cny_per_h",
                    self.value_of_time_cny_per_h,
                    "above 0",
                    self.value_of_time_cny_per_h > 0,
                ),
                (
                    "distance_cost_cny_per_km",
                    self.distance_cost_cny_per_km,
                    "0 or more",
                    self.distance_cost_cny_per_km >= 0,
                ),
            )
            if not right
        ]
        if wrong:
            raise ValidationError(wrong)

    @property
    def payer(self) -> str:
        """Who it is at the toll gate: its use, and its plate where that counts."""
        return f"{self.use}_{self.plate}_plate" if self.plate else self.use

    def described(self) -> dict[str, Any]:
        """Its values by name, the plate only where it has one: older files and hashes stay."""
        return {name: value for name, value in asdict(self).items() if name != "plate" or value}

    def money_s(self, toll_cny: Floats, length_m: Floats) -> Floats:
        """Toll and distance cost of each link, in seconds of the class's time, (n_links,)."""
        money = self.distance_cost_cny_per_km / METRES_PER_KM * length_m
        if self.pays_tolls:
            money = money + toll_cny
        return money * (SECONDS_PER_HOUR / self.value_of_time_cny_per_h)


@dataclass(frozen=True, eq=False)
class Demand:
    """Vehicle trips in one hour: (n_classes, n_zones, n_zones), origin by row.

    Raises
    ------
    ValidationError
        If a number is negative or not finite, or the shapes do not fit.
    """

    zone_ids: "pd.Index[Any]"
    classes: tuple[UserClass, ...]
    trips_vph: Floats
    name: str = "demand"
    made_from: str = ""  # hash of the inputs of the model that made it; empty where none did

    def __post_init__(self) -> None:
        """Check shape and numbers, and freeze the array."""
        shape = (len(self.classes), len(self.zone_ids), len(self.zone_ids))
        trips = np.ascontiguousarray(self.trips_vph, dtype=np.float64)
        found = []
        if trips.shape != shape:
            found.append(
                f"demand {self.name}: {trips.shape} was given for {shape[0]} classes and "
                f"{shape[1]} zones; the shape must be {shape}."
            )
        elif not (np.isfinite(trips) & (trips >= 0)).all():
            wrong = np.argwhere(~(np.isfinite(trips) & (trips >= 0)))
            k, i, j = wrong[0]
            found.append(
                f"demand {self.name}: {len(wrong)} cells are negative or not finite (class "
                f"{self.classes[k].name}, zone {self.zone_ids[i]} to {self.zone_ids[j]}: "
                f"{trips[k, i, j]}). Correct the matrix."
            )
        if self.zone_ids.has_duplicates:
            found.append(f"demand {self.name}: a zone_id stands twice in its lookup. Keep one.")
        if found:
            raise ValidationError(found)
        object.__setattr__(self, "trips_vph", frozen(trips.copy()))

    @property
    def total_vph(self) -> float:
        """All trips of all classes, veh/h."""
        return float(self.trips_vph.sum())

    @cached_property
    def version(self) -> str:
        """Hash of zones, classes and trips (16 hex digits)."""
        digest = hashlib.sha256("\x1f".join(self.zone_ids.astype(str)).encode())
        digest.update(repr([each.described() for each in self.classes]).encode())
        digest.update(self.trips_vph.tobytes())
        return digest.hexdigest()[:16]

    def matrix(self, name: str) -> pd.DataFrame:
        """Trips of one class as a labelled matrix, veh/h."""
        for each, trips in zip(self.classes, self.trips_vph, strict=True):
            if each.name == name:
                return pd.DataFrame(trips, index=self.zone_ids, columns=self.zone_ids, copy=True)
        known = ", ".join(each.name for each in self.classes)
        raise NotFoundError(f"demand {self.name} has no class {name!r}; it has {known}.")

    def scaled(self, factor: float) -> "Demand":
        """Return the same demand, every cell times the factor."""
        return Demand(self.zone_ids, self.classes, self.trips_vph * factor, self.name)

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        from transitplan.viz.card import card

        rows = [
            (f"{each.name} [veh/h]", f"{trips.sum():,.1f}")
            for each, trips in zip(self.classes, self.trips_vph, strict=True)
        ]
        total = ("all classes [veh/h]", f"{self.trips_vph.sum():,.1f}")
        return card(f"Demand {self.name}", [("zones", len(self.zone_ids)), *rows, total])

    def __repr__(self) -> str:
        """Return one line: zones, classes and trips."""
        names = ", ".join(each.name for each in self.classes)
        size = f"{counted(len(self.zone_ids), 'zone')}, {self.total_vph:,.0f} veh/h"
        return f"Demand({self.name!r}: {size}; {names})"


def build_demand(
    zone_ids: Sequence[Any],
    trips_vph: Floats,
    *,
    classes: Sequence[UserClass] = (),
    name: str = "demand",
) -> Demand:
    """Return a demand from one matrix (n_zones, n_zones), or one a class (n_classes, …).

    Examples
    --------
    >>> build_demand([1, 2], [[0.0, 600.0], [0.0, 0.0]]).total_vph
    600.0
    """
    trips = np.asarray(trips_vph, dtype=np.float64)
    if trips.ndim == 2:  # noqa: PLR2004  one matrix, one class
        trips = trips[np.newaxis]
    return Demand(pd.Index(list(zone_ids)), tuple(classes) or (UserClass("vehicles"),), trips, name)
