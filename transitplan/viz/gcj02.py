"""GCJ-02, the shifted coordinates that maps of China are published in: for display only.

The formula became public with the library *eviltransform* (https://github.com/googollee/eviltransform)
and is the one of every converter since: an offset of some hundred metres on the ellipsoid of
Krasovsky, left out beyond a box around China. Data, files and results stay in WGS-84; only what is
drawn over tiles of AMap is shifted, by the same formula in ``tiles.js``.
"""

import math

AXIS_M = 6378245.0  # semi-major axis of Krasovsky 1940
E2 = 0.00669342162296594323  # its eccentricity, squared
WEST, SOUTH, EAST, NORTH = 72.004, 0.8293, 137.8347, 55.8271  # degrees
STEPS = 6  # of the inverse; each leaves less than a thousandth of the error before it


def to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    """Shift a place from WGS-84 to GCJ-02; places outside the box stay.

    Parameters
    ----------
    lat, lon
        Degrees.

    Returns
    -------
    tuple
        Latitude and longitude in degrees.

    Examples
    --------
    >>> lat, lon = to_gcj02(39.911954, 116.377817)  # Beijing, as eviltransform publishes it
    >>> round(lat, 6), round(lon, 6)
    (39.913345, 116.384047)
    """
    if not (SOUTH <= lat <= NORTH and WEST <= lon <= EAST):
        return lat, lon
    north, east = _shift_deg(lat, lon)
    return lat + north, lon + east


def from_gcj02(lat: float, lon: float) -> tuple[float, float]:
    """Shift a place back from GCJ-02 to WGS-84, to less than a millimetre.

    Parameters
    ----------
    lat, lon
        Degrees.

    Returns
    -------
    tuple
        Latitude and longitude in degrees.
    """
    found = lat, lon
    for _ in range(STEPS):
        there = to_gcj02(*found)
        found = found[0] + lat - there[0], found[1] + lon - there[1]
    return found


def script(source: str) -> str:
    """Write the numbers of this module into the text of ``tiles.js``."""
    numbers = {"AXIS": AXIS_M, "E2": E2, "WEST": WEST, "SOUTH": SOUTH, "EAST": EAST,
               "NORTH": NORTH, "STEPS": STEPS}  # fmt: skip
    named = "".join(f"  var {name} = {value!r};\n" for name, value in numbers.items())
    return f"(function () {{\n{named}{source}}})();\n"


def _shift_deg(lat: float, lon: float) -> tuple[float, float]:
    """How far north and east a place is moved."""
    x, y, root = lon - 105.0, lat - 35.0, math.sqrt(abs(lon - 105.0))
    shared = _waves((20.0, 6.0 * x), (20.0, 2.0 * x))
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + shared
    north_m += _waves((20.0, y), (40.0, y / 3.0), (160.0, y / 12.0), (320.0, y / 30.0))
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + shared
    east_m += _waves((20.0, x), (40.0, x / 3.0), (150.0, x / 12.0), (300.0, x / 30.0))
    phi = math.radians(lat)
    bend = 1.0 - E2 * math.sin(phi) ** 2
    meridian_m = AXIS_M * (1.0 - E2) / (bend * math.sqrt(bend))
    parallel_m = AXIS_M / math.sqrt(bend) * math.cos(phi)
    return math.degrees(north_m / meridian_m), math.degrees(east_m / parallel_m)


def _waves(*parts: tuple[float, float]) -> float:
    """Two thirds of a sum of sines: amplitude and half turns."""
    return sum(size * math.sin(turn * math.pi) for size, turn in parts) * 2.0 / 3.0
