"""Isochrones of those who walk or cycle along the streets of a network."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from transitplan.access.isochrones import areas_along
from transitplan.access.transit_isochrones import check_minutes, nearest_node, place_m
from transitplan.errors import NotFoundError, ValidationError
from transitplan.graph.streets import compile_streets
from transitplan.model.network import Network
from transitplan.model.pace import PACES, Pace
from transitplan.paths import shortest_tree
from transitplan.units import KPH_PER_MPS

WAYS_MIN = (5.0, 10.0, 15.0)
STREET_M = 200.0  # on each side of a way; the blocks that a network of main streets leaves out


def street_isochrones(
    network: Network,
    origin: Any,
    *,
    mode: str = "walk",
    minutes: Sequence[float] = WAYS_MIN,
    speed_kph: float | None = None,
    street_m: float = STREET_M,
) -> "Any":
    """Areas reached on foot or by cycle along the streets, one shape a time, widest first.

    The part of each street that is reached in time is widened and joined. Walkers go both ways on
    one-way streets, cyclists do not; nobody uses links that are closed to the mode, such as tunnels
    (``graph.streets``), and zones are not passed through.

    Parameters
    ----------
    origin
        zone_id, node_id, or (longitude, latitude): from there one walks straight to the nearest
        node of the streets.
    mode
        ``walk`` or ``cycle``.
    speed_kph
        That of ``model.pace`` if absent: 4.5 on foot and 17, an e-bike's, by cycle.
    street_m
        How far from a street counts as reached with it, in no time.

    Returns
    -------
    GeoDataFrame
        ``within_min`` and shapes in the network's projection; as ``isochrones`` for cars.

    Raises
    ------
    NotFoundError
        If origin or mode is unknown.
    ValidationError
        If speed, street depth or a time is not above 0, or no link is open to the mode.

    Examples
    --------
    >>> from transitplan.io import read_network
    >>> network = read_network("networks/two_banks/2025")
    >>> areas = street_isochrones(network, 11, mode="cycle", minutes=[10, 20]).area
    >>> bool(areas[0] > areas[1])
    True
    """
    check_minutes(minutes)
    if not 0 < street_m < np.inf:
        raise ValidationError(f"street_m: {street_m} was given; it must be above 0.")
    pace = _pace(mode, speed_kph)
    streets = compile_streets(network, pace)
    at = place_m(network, origin)
    node, far_m = nearest_node(streets.network, at, mode)
    tree = shortest_tree(streets, node, use=mode)
    start_s = tree.at_entry() + far_m * KPH_PER_MPS / pace.speed_kph
    along_s = streets.in_rows(streets.free_time_s)
    return areas_along(streets.network, start_s, along_s, minutes, street_m)


def _pace(mode: str, speed_kph: float | None) -> Pace:
    """The pace of a mode, at another speed where one is given."""
    if mode not in PACES:
        raise NotFoundError(f"street_isochrones: no mode {mode!r}. Use {' or '.join(PACES)}.")
    usual = PACES[mode]
    return usual if speed_kph is None else replace(usual, speed_kph=speed_kph)
