"""What kind of vehicle a line runs, and how many passengers it takes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from transitplan.errors import ValidationError
from transitplan.model.service import TransitService
from transitplan.model.transit_tables import MODES, basic_type

# Passengers a vehicle where no column says: assumed, the order of full vehicles at 5 to 6 standing
# on a square metre. A metro train is six cars of type B.
CAPACITY = {
    "tram": 300.0,
    "metro": 1460.0,
    "rail": 1000.0,
    "bus": 80.0,
    "ferry": 200.0,
    "cable tram": 60.0,
    "cable car": 8.0,
    "funicular": 80.0,
    "trolleybus": 80.0,
    "monorail": 600.0,
}
ON_RAILS = ("tram", "metro", "rail", "monorail")


def route_modes(service: TransitService) -> "pd.Series[str]":
    """Mode of each route (tram, metro, bus, …), by route_id."""
    routes = service.routes
    modes = [MODES[basic_type(int(kind))][0] for kind in routes["route_type"]]
    return pd.Series(modes, index=pd.Index(routes["route_id"], name="route_id"), dtype=str)


def vehicle_capacity(
    service: TransitService, by_mode: Mapping[str, float] | None = None
) -> "pd.Series[Any]":
    """Passengers that a vehicle of each route takes, by route_id.

    Those of the column ``capacity`` of ``routes`` where it is filled, else those of the mode.

    Parameters
    ----------
    by_mode
        Instead of those of ``CAPACITY``, for the modes it names.

    Raises
    ------
    ValidationError
        If a mode is unknown, or a capacity is no number above 0.
    """
    usual = CAPACITY | dict(by_mode or {})
    modes = route_modes(service)
    found = modes.map(usual).astype(np.float64)
    wrong = [
        f"capacity: no mode {mode!r}. Use any of {', '.join(CAPACITY)}."
        for mode in usual
        if mode not in CAPACITY
    ]
    wrong += [
        f"capacity of {mode}: {value} was given; it must be above 0."
        for mode, value in usual.items()
        if not value > 0
    ]
    if "capacity" in service.routes:
        text = service.routes["capacity"].astype(str).str.strip().to_numpy()
        own = pd.to_numeric(pd.Series(text, index=found.index), errors="coerce")
        filled = ~np.isin(text, ("", "nan"))
        for route in found.index[filled & ~(own > 0)]:
            wrong.append(f"routes.txt, route {route}, column capacity: give a number above 0.")
        found[filled] = own[filled]
    if wrong:
        raise ValidationError(wrong)
    return found
