"""Where one walks on the way by transit: to stops, between them, and from zone to zone.

Ways are straight lines times a detour factor, or follow the streets. Limits hold along the way, and
for each walk: two walks never follow each other without a ride between them. Nobody walks over the
river but by a crossing that is open to walkers.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from transitplan.arrays import Bools, Floats, Ints
from transitplan.errors import ValidationError
from transitplan.graph.patterns import Walks
from transitplan.graph.river_walks import River, find_river
from transitplan.graph.street_walks import hang_stops, street_ways
from transitplan.graph.streets import compile_streets
from transitplan.kernels.raptor import NEVER
from transitplan.model.banks import NORTH, SOUTH
from transitplan.model.network import Network
from transitplan.model.pace import Pace
from transitplan.model.service import TransitService
from transitplan.units import KPH_PER_MPS

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG
TAKES_TIME, NO_CHANGE = 2, 3  # transfer_type; 4 and 5 concern trips, not stops
OF_STOPS = 3  # largest type that concerns stops
FOR_SOME = ("from_route_id", "to_route_id", "from_trip_id", "to_trip_id")


@dataclass(frozen=True)
class Walking:
    """How far and how fast one walks.

    Speed and detour are usual values (1.2 to 1.4 m/s on flat ground; streets are 1.2 to 1.4 times
    the straight line); the limits are the planner's choice.
    """

    speed_kph: float = 4.5
    detour: float = 1.3  # way over straight line
    access_m: float = 1500.0  # between a zone and a stop
    transfer_m: float = 400.0  # between two stops
    direct_m: float = 3000.0  # between two zones
    change_s: float = 60.0  # from one vehicle to another at the same stop
    on_streets: bool = False  # ways along the streets of the network, not straight

    def __post_init__(self) -> None:
        """Refuse values that make no walk."""
        wrong = [
            f"Walking.{name}: {value} was given; it must be {rule}."
            for name, value, rule, right in (
                ("speed_kph", self.speed_kph, "above 0", self.speed_kph > 0),
                ("detour", self.detour, "1 or more", self.detour >= 1),
                ("access_m", self.access_m, "0 or more", self.access_m >= 0),
                ("transfer_m", self.transfer_m, "0 or more", self.transfer_m >= 0),
                ("direct_m", self.direct_m, "0 or more", self.direct_m >= 0),
                ("change_s", self.change_s, "0 or more", self.change_s >= 0),
            )
            if not right
        ]
        if wrong:
            raise ValidationError(wrong)

    def seconds(self, straight_m: Floats) -> Ints:
        """Time that a straight distance takes, in whole seconds, rounded up."""
        return self.way_seconds(straight_m * self.detour)

    def way_seconds(self, way_m: Floats) -> Ints:
        """Time that a way takes, in whole seconds, rounded up."""
        found: Ints = np.ceil(way_m * KPH_PER_MPS / self.speed_kph - 1e-9)
        return found.astype(np.int64)


@dataclass(frozen=True, eq=False)
class Places:
    """Stops that trips call at, and zones: positions, and walks between them."""

    stop_ids: "pd.Index[Any]"
    zone_ids: "pd.Index[Any]"
    stop_m: Floats  # (n_stops, 2) x and y [m]
    zone_m: Floats  # (n_zones, 2)
    transfers: Walks  # from stop to stop, other than itself
    access: Walks  # from zone to stop; the way back is the same
    direct: Walks  # from zone to zone, other than itself
    change_s: Ints  # (n_stops,) NEVER where one cannot change

    @property
    def n_stops(self) -> int:
        """Number of stops."""
        return len(self.stop_ids)

    @property
    def n_zones(self) -> int:
        """Number of zones."""
        return len(self.zone_ids)

    def check_zones(self) -> None:
        """Refuse what needs zones where there are none."""
        if not self.n_zones:
            raise ValidationError(
                "There are no zones to travel between. Compile with network=…, or name stops."
            )


def find_places(service: TransitService, network: Network | None, walking: Walking) -> Places:
    """Find stops, zones and the walks between them.

    ``transfers`` of the feed go before our own: their times, and that one cannot change
    (transfer_type 3). Rows for single routes or trips, and those to stay in the seat, are left out;
    rows of stations hold for all their stops. Zones lie at their nodes of the network.
    """
    stops = service.stops
    called = stops["stop_id"].isin(service.stop_times["stop_id"].unique())
    stop_ids = pd.Index(stops.loc[called, "stop_id"])
    lon, lat = (stops.loc[called, f"stop_{axis}"].to_numpy(np.float64) for axis in ("lon", "lat"))
    zone_ids, zone_m = _zones(network)
    stop_m = _metres(network, lon, lat)
    near = _on_streets if walking.on_streets else _straight
    access, between, direct = near(network, zone_m, stop_m, walking)
    transfers, change_s = _transfers(service, stop_ids, between, walking, stop_m)
    return Places(
        stop_ids=stop_ids,
        zone_ids=zone_ids,
        stop_m=stop_m,
        zone_m=zone_m,
        transfers=transfers,
        access=access,
        direct=_apart(direct),
        change_s=change_s,
    )


def _straight(
    network: Network | None, zone_m: Floats, stop_m: Floats, walking: Walking
) -> tuple[Walks, Walks, Walks]:
    """Walks from zones to stops, between stops and between zones, as the crow flies but for rivers.

    A network whose crossings do not tell its banks apart has no river here.
    """
    river = None if network is None else find_river(network)
    return (
        near_walks(zone_m, stop_m, walking, walking.access_m, river),
        near_walks(stop_m, stop_m, walking, walking.transfer_m, river),
        near_walks(zone_m, zone_m, walking, walking.direct_m, river),
    )


def _on_streets(
    network: Network | None, _zone_m: Floats, stop_m: Floats, walking: Walking
) -> tuple[Walks, Walks, Walks]:
    """Walks as ``_straight`` gives them, along the streets open to walkers."""
    if network is None:
        raise ValidationError(
            "Walking.on_streets: there are no streets without a network. Give network=…."
        )
    streets = compile_streets(network, Pace("walk", walking.speed_kph, both_ways=True))
    places = hang_stops(streets, stop_m, walking.detour)

    def walks(begin: Ints, end: Ints, limit_m: float) -> Walks:
        origin, place, way_m = street_ways(places, begin, end, limit_m)
        return Walks(origin, place, walking.way_seconds(way_m))

    return (
        walks(places.zone_out, places.stop, walking.access_m),
        walks(places.stop, places.stop, walking.transfer_m),
        walks(places.zone_out, places.zone_in, walking.direct_m),
    )


def _metres(network: Network | None, lon: Floats, lat: Floats) -> Floats:
    """Places in metres: as the network is projected, else on a plane about the middle."""
    if network is not None:
        return np.stack(network.to_metres(lon, lat), axis=1)
    middle = np.radians(lat.mean()) if lat.size else 0.0
    x = np.radians(lon) * EARTH_RADIUS_M * np.cos(middle)
    return np.stack([x, np.radians(lat) * EARTH_RADIUS_M], axis=1)


def _zones(network: Network | None) -> "tuple[pd.Index[Any], Floats]":
    """Zones of the network in the order of their table, and where they lie."""
    if network is None:
        return pd.Index([]), np.empty((0, 2))
    nodes = network.nodes
    nodes = nodes[nodes["zone_id"].notna()].set_index("zone_id")
    listed = "zone" in network.table_names
    zone_ids = pd.Index(network.zones["zone_id"]) if listed else nodes.index
    return zone_ids, nodes.loc[zone_ids, ["x_m", "y_m"]].to_numpy(np.float64)


def near_walks(
    origin_m: Floats, place_m: Floats, walking: Walking, limit_m: float, river: River | None
) -> Walks:
    """Walks up to a limit from each origin to each place, in order; over a river by its gates."""
    if not len(origin_m) or not len(place_m):
        nothing = np.empty(0, np.int64)
        return Walks(nothing, nothing, nothing)
    found = cKDTree(origin_m).sparse_distance_matrix(
        cKDTree(place_m), limit_m / walking.detour, output_type="ndarray"
    )
    found = found[np.lexsort((found["j"], found["i"]))]
    i, j = found["i"].astype(np.int64), found["j"].astype(np.int64)
    way_m = found["v"] * walking.detour
    if river is not None:
        bank, there = river.banks_at(origin_m)[i], river.banks_at(place_m)[j]
        ends = origin_m[i], place_m[j]
        for side, begin, end in ((SOUTH, *ends), (NORTH, *ends[::-1])):
            over = (bank == side) & (there != side)
            way_m[over] = river.ways_over_m(begin[over], end[over], walking.detour)
    near = way_m <= limit_m * (1 + 1e-12)
    return Walks(i[near], j[near], walking.way_seconds(way_m[near]))


def _kept(walks: Walks, kept: Bools) -> Walks:
    return Walks(walks.origin[kept], walks.place[kept], walks.seconds[kept])


def _apart(walks: Walks) -> Walks:
    return _kept(walks, walks.origin != walks.place)


def _transfers(
    service: TransitService,
    stop_ids: "pd.Index[Any]",
    near: Walks,
    walking: Walking,
    stop_m: Floats,
) -> tuple[Walks, Ints]:
    """Walks between stops and times to change: those of the feed, then those that are near."""
    found = dict(
        zip(
            zip(near.origin.tolist(), near.place.tolist(), strict=True),
            near.seconds.tolist(),
            strict=True,
        )
    )
    for stop in range(len(stop_ids)):
        found[stop, stop] = int(np.ceil(walking.change_s))
    for origin, place, kind, least_s in _listed(service, stop_ids):
        if kind == NO_CHANGE:
            found[origin, place] = NEVER
        elif kind == TAKES_TIME and not np.isnan(least_s):
            found[origin, place] = int(np.ceil(least_s))
        elif (origin, place) not in found:
            straight_m = np.hypot(*(stop_m[place] - stop_m[origin]))
            found[origin, place] = int(walking.seconds(straight_m))
    pairs = np.array(sorted(found), np.int64).reshape(-1, 2)
    seconds = np.array([found[origin, place] for origin, place in pairs.tolist()], np.int64)
    same = pairs[:, 0] == pairs[:, 1]
    walks = Walks(pairs[:, 0], pairs[:, 1], seconds)
    return _kept(walks, ~same & (seconds < NEVER)), seconds[same]


def _listed(
    service: TransitService, stop_ids: "pd.Index[Any]"
) -> list[tuple[int, int, int, float]]:
    """Transfers of the feed between stops: from, to, type, least time [s]; stations spread out."""
    rows = service.transfers
    rows = rows[rows["transfer_type"] <= OF_STOPS]
    for column in FOR_SOME:
        if column in rows:
            rows = rows[rows[column] == ""]
    place = {stop: [i] for i, stop in enumerate(stop_ids)}
    stops = service.stops
    parents = stops.set_index("stop_id")["parent_station"].reindex(stop_ids)
    for i, parent in enumerate(parents):
        if parent:
            place.setdefault(parent, []).append(i)
    columns = ("from_stop_id", "to_stop_id", "transfer_type", "min_transfer_time")
    return [
        (origin, end, int(kind), float(least_s))
        for begin, last, kind, least_s in zip(*(rows[name] for name in columns), strict=True)
        for origin in place.get(begin, ())
        for end in place.get(last, ())
    ]
