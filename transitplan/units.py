"""Conversion constants. Used at the borders only: inside, units are in the names."""

from decimal import Decimal

METRES_PER_KM = 1000.0
SECONDS_PER_MINUTE = 60.0
SECONDS_PER_HOUR = 3600.0
KPH_PER_MPS = 3.6
CNY_PER_BILLION = 1e9

# Exact decimal factors, so that text in files converts to the nearest float and back.
LENGTH_TO_METRES = {
    "m": Decimal(1),
    "meter": Decimal(1),
    "km": Decimal(1000),
    "kilometer": Decimal(1000),
    "mi": Decimal("1609.344"),
    "mile": Decimal("1609.344"),
    "ft": Decimal("0.3048"),
}
SPEED_TO_KPH = {
    "km/h": Decimal(1),
    "kph": Decimal(1),
    "kmh": Decimal(1),
    "mph": Decimal("1.609344"),
    "mi/h": Decimal("1.609344"),
}
TIME_TO_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "0.01h": 36.0}
