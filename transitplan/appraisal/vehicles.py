"""What driving a kilometre uses, by speed and by year of the fleet.

A run keeps the kilometres of each class by speed: each link's are shared between the two nearest of
the speeds ``SPEEDS_KPH``, so that any curve that is straight between these speeds is summed exactly
over links, later, whatever its parameters. Parameters are numbers or arrays (n_draws,).
"""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from transitplan.arrays import Floats
from transitplan.model.demand import TRUCK, fleet

Values: TypeAlias = Mapping[str, Floats | float]  # parameters by id; arrays are (n_draws,)

SPEEDS_KPH: Floats = np.arange(5.0, 131.0, 5.0)
SLOW_KPH, FAST_KPH = 20.0, 110.0  # where the parameters say how much dearer running is
GRAMS_PER_KG = 1000.0
KG_PER_T = 1000.0

# Correction of emissions for mean speed, at the middle of each band (below 20, 20–30, 30–40, 40–80,
# above 80 km/h): petrol vehicles, technical guide for inventories of road vehicles of the Chinese
# Research Academy of Environmental Sciences, in table 6 of Journal of Advanced Transportation 2018,
# 7497354. Straight lines between the middles are ours; taken for trucks too.
BAND_MIDDLE_KPH = (10.0, 25.0, 35.0, 60.0, 100.0)
NOX_BY_BAND = (1.38, 1.13, 0.90, 0.86, 0.96)
PM_BY_BAND = (1.68, 1.25, 0.78, 0.32, 0.59)

# Which accident cost a class of road has.
ACCIDENTS = {
    "expressway": "expressway",
    "urban_expressway": "urban_expressway",
    "arterial": "arterial",
    "trunk": "arterial",
}
OTHER_ROADS = "other"
ROADS = ("expressway", "urban_expressway", "arterial", OTHER_ROADS)


def column(value: Floats | float) -> Floats:
    """Return a parameter as (n_draws, 1)."""
    return np.atleast_1d(np.asarray(value, dtype=float))[:, None]


def share_by_speed(speed_kph: Floats) -> Floats:
    """Share of each link at each of ``SPEEDS_KPH``, (n_links, n_speeds), each row summing to one.

    Speeds beyond the ends count as the ends.

    Examples
    --------
    >>> share_by_speed(np.array([22.0]))[0, 3:5]
    array([0.6, 0.4])
    """
    inside = np.clip(speed_kph, SPEEDS_KPH[0], SPEEDS_KPH[-1])
    step = SPEEDS_KPH[1] - SPEEDS_KPH[0]
    distance = np.abs(inside[:, None] - SPEEDS_KPH[None, :]) / step
    return np.asarray(np.maximum(1.0 - distance, 0.0))


def at_year(values: Values, stem: str, year: int) -> Floats:
    """Value in a year of rows ``stem_2025``, ``stem_2030``, …, (n_draws, 1).

    Straight lines between the years of the rows, level beyond them.
    """
    known = sorted(int(name[len(stem) + 1 :]) for name in values if _is_year(name, stem))
    weights = [np.interp(year, known, row) for row in np.eye(len(known))]
    return np.asarray(
        sum(
            weight * column(values[f"{stem}_{each}"])
            for weight, each in zip(weights, known, strict=True)
            if weight
        )
    )


def _is_year(name: str, stem: str) -> bool:
    return name.startswith(f"{stem}_") and name[len(stem) + 1 :].isdigit()


def dearness(values: Values) -> Floats:
    """How much dearer running is at each speed than at the best one, (n_draws, n_speeds).

    ``1 + rise × ((best − v) / (best − v₁))²``, with one rise below the best speed (given at
    20 km/h) and one above (given at 110 km/h).
    """
    best = column(values["operating_best_speed"])
    below = np.maximum(best - SPEEDS_KPH, 0.0) / (best - SLOW_KPH)
    above = np.maximum(SPEEDS_KPH - best, 0.0) / (FAST_KPH - best)
    rise_below, rise_above = (
        column(values[name]) for name in ("operating_rise_at_20", "operating_rise_at_110")
    )
    return np.asarray(1.0 + rise_below * below**2 + rise_above * above**2)


def operating_cny_per_km(use: str, values: Values, year: int) -> Floats:
    """Resource cost of running a vehicle at each speed, (n_draws, n_speeds) [CNY/km]."""
    if fleet(use) == TRUCK:
        base = column(values["operating_cost_truck"])
    else:
        electric = at_year(values, "electric_share_car", year)
        petrol = column(values["operating_cost_car_petrol"])
        base = petrol + electric * (column(values["operating_cost_car_electric"]) - petrol)
    return base * dearness(values)


def co2_kg_per_km(use: str, values: Values, year: int) -> Floats:
    """CO2 of a mean vehicle at each speed, power stations included, (n_draws, n_speeds) [kg/km].

    Fuel follows ``dearness``; the power of electric vehicles is taken as the same at all speeds.
    """
    fuel, power = (
        ("co2_truck_diesel", "power_truck_electric")
        if fleet(use) == TRUCK
        else ("co2_car_petrol", "power_car_electric")
    )
    electric = at_year(values, f"electric_share_{fleet(use)}", year)
    by_power = column(values[power]) * column(values["grid_co2"])
    return np.asarray(
        (1.0 - electric) * column(values[fuel]) * dearness(values) + electric * by_power
    )


def nox_g_per_km(use: str, values: Values, year: int) -> Floats:
    """NOx of a mean vehicle at each speed, (n_draws, n_speeds) [g/km]; electric ones give none."""
    return _exhaust("nox", NOX_BY_BAND, use, values, year)


def pm_g_per_km(use: str, values: Values, year: int) -> Floats:
    """Fine exhaust particles of a mean vehicle at each speed, (n_draws, n_speeds) [g/km]."""
    return _exhaust("pm", PM_BY_BAND, use, values, year)


def _exhaust(gas: str, by_band: tuple[float, ...], use: str, values: Values, year: int) -> Floats:
    row = f"{gas}_truck_diesel" if fleet(use) == TRUCK else f"{gas}_car_petrol"
    electric = at_year(values, f"electric_share_{fleet(use)}", year)
    shape = np.interp(SPEEDS_KPH, BAND_MIDDLE_KPH, by_band)
    return np.asarray((1.0 - electric) * column(values[row]) * shape)


def accident_cny_per_km(values: Values) -> Floats:
    """Accidents a vehicle-kilometre on each of ``ROADS``, (n_draws, n_roads) [CNY/km]."""
    costs = [column(values[f"accident_cost_{road}"]) for road in ROADS]
    return np.concatenate(np.broadcast_arrays(*costs), axis=1)


def air_cny_per_km(use: str, values: Values, year: int) -> Floats:
    """Damage of NOx and fine particles at each speed, (n_draws, n_speeds) [CNY/km]."""
    nox = nox_g_per_km(use, values, year) * column(values["nox_cost"])
    return (nox + pm_g_per_km(use, values, year) * column(values["pm_cost"])) / GRAMS_PER_KG
