"""Isochrones of those who walk or cycle along the streets of a network."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from transitplan.access.transit_isochrones import check_minutes, place_m
from transitplan.arrays import Bools, Floats, Ints
from transitplan.errors import NotFoundError, ValidationError
from transitplan.model.checks import not_passable
from transitplan.model.network import Network
from transitplan.units import KPH_PER_MPS, SECONDS_PER_MINUTE

# Walking as in ``Walking``. E-bikes as the mean at sites in Hangzhou, where cycles kept 13.5 km/h:
# Jin et al. (2015), Speed characteristics of mixed bicycle traffic, Advances in Mechanical
# Engineering 7, doi 10.1177/1687814015616918.
SPEED_KPH: Mapping[str, float] = {"walk": 4.5, "cycle": 17.0}
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
    one-way streets, cyclists do not; nobody uses links that ``allowed_uses`` closes to the mode,
    such as tunnels, and zones are not passed through. Turns take no time.

    Parameters
    ----------
    origin
        zone_id, node_id, or (longitude, latitude): from there one walks straight to the nearest
        node of the streets.
    mode
        ``walk`` or ``cycle``, or another use of the network with a speed.
    speed_kph
        4.5 on foot and 17, an e-bike's, by cycle if absent.
    street_m
        How far from a street counts as reached with it, in no time.

    Returns
    -------
    GeoDataFrame
        ``within_min`` and shapes in the network's projection; as ``isochrones`` for cars.

    Raises
    ------
    NotFoundError
        If origin or mode is unknown, or no link is open to the mode.
    ValidationError
        If speed, street depth or a time is not above 0.

    Examples
    --------
    >>> from transitplan.io import read_network
    >>> network = read_network("networks/two_banks/2025")
    >>> areas = street_isochrones(network, 11, mode="cycle", minutes=[10, 20]).area
    >>> bool(areas[0] > areas[1])
    True
    """
    import geopandas as gpd
    import shapely

    speed_mps = _speed_mps(mode, speed_kph, street_m)
    check_minutes(minutes)
    ways = _Ways(network, mode)
    start_s, away_s = ways.times_s(place_m(network, origin), speed_mps)
    lines, limits, areas = network.link_lines(ways.rows), sorted(minutes, reverse=True), []
    lines = np.where(ways.back, shapely.reverse(lines), lines)
    for limit in limits:
        left_s = limit * SECONDS_PER_MINUTE - start_s
        share = np.clip(
            np.divide(left_s, away_s, where=away_s > 0, out=(left_s >= 0) * 1.0), 0.0, 1.0
        )
        reached = share > 0
        parts = [
            shapely.ops.substring(line, 0, part, normalized=True)
            for line, part in zip(lines[reached], share[reached], strict=True)
        ]
        areas.append(shapely.union_all(shapely.buffer(parts, street_m, quad_segs=4)))
    return gpd.GeoDataFrame({"within_min": limits}, geometry=areas, crs=network.crs)


class _Ways:
    """Links open to a mode, and the way back along them for those who walk."""

    rows: Ints  # (n_ways,) rows of the link table
    back: Bools  # (n_ways,) against the direction of the link
    tail: Ints
    head: Ints

    def __init__(self, network: Network, mode: str) -> None:
        nodes, links = network.nodes, network.links
        rows = np.flatnonzero(network.allowed(mode))
        if not rows.size:
            raise NotFoundError(f"no link is open to {mode!r}. See allowed_uses of link.csv.")
        ids = pd.Index(nodes["node_id"])
        tail, head = (
            ids.get_indexer(links[end].iloc[rows]) for end in ("from_node_id", "to_node_id")
        )
        again = 2 if mode == "walk" else 1
        self.rows = np.tile(rows, again)
        self.back = np.arange(self.rows.size) >= rows.size
        self.tail = np.concatenate([tail, head][:again])
        self.head = np.concatenate([head, tail][:again])
        self.length_m = links["length_m"].to_numpy(dtype=float)[self.rows]
        self.node_m = nodes[["x_m", "y_m"]].to_numpy(dtype=float)
        self.barred = not_passable(nodes["node_type"])

    def times_s(self, at: Floats, speed_mps: float) -> tuple[Floats, Floats]:
        """Time to where each way begins, and along it, (n_ways,) [s]."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import dijkstra

        known = np.unique(np.concatenate([self.tail, self.head]))
        far_m = np.hypot(*(self.node_m[known] - at).T)
        begin = known[far_m.argmin()]
        away_s = self.length_m / speed_mps
        used = ~self.barred[self.tail] | (self.tail == begin)
        least = pd.Series(away_s[used]).groupby([self.tail[used], self.head[used]]).min()
        ends = np.array(least.index.tolist()).reshape(-1, 2).T
        ways = coo_array((least.to_numpy(), ends), shape=(len(self.node_m),) * 2).tocsr()
        label = dijkstra(ways, indices=begin) + far_m.min() / speed_mps
        return np.where(used, label[self.tail], np.inf), away_s


def _speed_mps(mode: str, speed_kph: float | None, street_m: float) -> float:
    """Speed of a mode, when all is right."""
    wrong = []
    if speed_kph is None and mode not in SPEED_KPH:
        raise NotFoundError(
            f"street_isochrones: no mode {mode!r}; use {' or '.join(SPEED_KPH)}, or give speed_kph."
        )
    speed_kph = SPEED_KPH[mode] if speed_kph is None else speed_kph
    if not 0 < speed_kph < np.inf:
        wrong.append(f"speed_kph: {speed_kph} was given; it must be above 0.")
    if not 0 < street_m < np.inf:
        wrong.append(f"street_m: {street_m} was given; it must be above 0.")
    if wrong:
        raise ValidationError(wrong)
    return speed_kph / KPH_PER_MPS
