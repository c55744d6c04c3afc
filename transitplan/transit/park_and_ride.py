"""Drive or cycle to a station and ride on: the best station for each trip.

The way back, from the station home, is not looked at: a trip goes from the zone where one lives to
the zone where one wants to be. Lots have room for all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from transitplan.arrays import Floats, Ints, frozen, positions
from transitplan.errors import NotFoundError, ValidationError
from transitplan.graph.frequency import FrequencyGraph
from transitplan.graph.road import RoadGraph
from transitplan.graph.streets import FAST, at_own_pace
from transitplan.kernels.hyperpath import Trips
from transitplan.model.service import TransitService
from transitplan.paths.costs import link_values
from transitplan.paths.search import between
from transitplan.paths.skim import Skim
from transitplan.transit.loading import load_strategies
from transitplan.transit.search_net import FIELDS, TransitWeights, search_net
from transitplan.transit.vehicles import ON_RAILS, route_modes
from transitplan.units import KPH_PER_MPS, SECONDS_PER_HOUR

FLAG = "park_and_ride"  # column of stops
TRUE = ("1", "yes", "true")
NOT_BESIDE = (*FAST, "ramp", "connector")  # roads on which no station lies
FARTHEST_M = 3000.0  # from a station to its road, straight
LOCAL_KPH, DETOUR = 20.0, 1.3  # on the way between the two, by car; over straight (assumed)
BESIDE_M = 1.0  # roads that are equally near: both directions of one
NOWHERE = -1


@dataclass(frozen=True)
class Parking:
    """What it takes to change from the car or the cycle to the train.

    Parameters
    ----------
    walk_s
        From the lot to the platform [s]; counts as walks do. Assumed.
    parking_cny
        For the trip, so half of a day's price.
    penalty_s
        What the change is disliked beyond its time [s].
    cny_per_km
        Of driving, fuel and wear.
    """

    walk_s: float = 120.0
    parking_cny: float = 0.0
    penalty_s: float = 300.0
    cny_per_km: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values below 0."""
        wrong = [
            f"Parking.{name}: {value} was given; it must be 0 or more."
            for name, value in vars(self).items()
            if not value >= 0
        ]
        if wrong:
            raise ValidationError(wrong)


@dataclass(frozen=True, eq=False)
class ParkAndRide:
    """The best station for each pair of zones, and what the trip by it takes.

    Attributes
    ----------
    skim
        ``cost_s`` (weighted), ``time_s``, ``drive_s``, ``drive_m``, ``walk_s``, ``wait_s``,
        ``ride_s``, ``boardings``, ``transfers``, ``fare_cny`` and ``money_cny`` (tolls, kilometres
        and parking).
    site_ids
        stop_id of the stations that were tried.
    site
        Position of the best one in ``site_ids``, (n_zones, n_zones); -1 where there is no way.
    """

    skim: Skim
    site_ids: "pd.Index[Any]"
    site: Ints

    def to_frame(self) -> pd.DataFrame:
        """One row a pair of zones that has a way: the fields, and ``stop_id`` of the station."""
        rows, best = self.skim.to_frame(), self.site.ravel()
        found = rows[best >= 0].reset_index(drop=True)
        found["stop_id"] = self.site_ids[best[best >= 0]]
        return found


class _Leg(NamedTuple):
    """Costs and quantities of one part of the trip."""

    cost: Floats  # (n, m)
    fields: dict[str, Floats]  # (n, m) each


def skim_park_and_ride(
    roads: RoadGraph,
    lines: FrequencyGraph,
    *,
    use: str = "car",
    times_s: npt.ArrayLike | None = None,
    sites: Iterable[Any] | None = None,
    parking: Parking | None = None,
    weights: TransitWeights | None = None,
    threads: int | None = None,
) -> ParkAndRide:
    """Trips by car (or cycle) to a station and on by lines with headways.

    Of all stations that lie within 3 km of a road the one of least cost counts: the minimum, not a
    logsum. The cost is time on the
    road, money by the value of time, the change, and the expected cost of the best strategy from
    the platform. Lots are never full.

    Parameters
    ----------
    roads
        Compiled network; for bike and ride with ``use="cycle"``, or ``compile_streets``.
    lines
        Compiled with the same network, so that zones are the same.
    times_s
        Time of each road link as ``Assignment.time_s``; free-flow times when absent.
    sites
        stop_ids; else the stops whose column ``park_and_ride`` is 1, yes or true (of stations: all
        their stops), and without such a column all stops of lines on rails.

    Raises
    ------
    NotFoundError
        If a site is no stop that is called at.
    ValidationError
        If the zones differ, or there is no site.

    Examples
    --------
    >>> from transitplan.graph import compile_frequency, compile_road
    >>> from transitplan.io import read_network
    >>> network = read_network("networks/two_banks/2025")
    >>> lines = compile_frequency(network.transit, "2025-03-05", (7, 9), network=network)
    >>> found = skim_park_and_ride(compile_road(network), lines)
    >>> row = found.to_frame().set_index(["o_zone_id", "d_zone_id"]).loc[2, 6]
    >>> str(row["stop_id"]), round(row["drive_s"] / 60), round(row["ride_s"] / 60)
    ('m3', 27, 5)
    """
    weights, parking = weights or TransitWeights(), parking or Parking()
    use = roads.pace.use if roads.pace else use
    roads = at_own_pace(roads, use)
    places = lines.places
    if not roads.zone_ids.equals(places.zone_ids):
        raise ValidationError(
            "park and ride: roads and lines have other zones. Compile both with the same network."
        )
    site_ids = _sites(lines.service, places.stop_ids, sites)
    stop = positions(places.stop_ids, site_ids, what="sites")
    drive = _drive(roads, places.stop_m[stop], use, times_s, (parking, weights), threads)
    ride = _ride(lines, stop, weights, threads)
    change_s = weights.walk * parking.walk_s + parking.penalty_s
    change_s += parking.parking_cny * SECONDS_PER_HOUR / weights.value_of_time_cny_per_h
    return _best(drive, ride, change_s, parking, (site_ids, places.zone_ids, lines.version))


def _best(
    drive: _Leg,
    ride: _Leg,
    change_s: float,
    parking: Parking,
    labels: "tuple[pd.Index[Any], pd.Index[Any], str]",
) -> ParkAndRide:
    """Put the two parts together at the station of least cost."""
    site_ids, zone_ids, version = labels
    least = np.full((len(zone_ids),) * 2, np.inf)
    site = np.full(least.shape, NOWHERE, np.int64)
    for each in range(len(site_ids)):
        cost = drive.cost[:, each, None] + change_s + ride.cost[each]
        better = cost < least
        site[better], least[better] = each, cost[better]
    np.fill_diagonal(site, NOWHERE)
    there = site >= 0
    i, j = np.nonzero(there)
    fields = {name: values[i, site[there]] for name, values in drive.fields.items()}
    fields |= {name: values[site[there], j] for name, values in ride.fields.items()}
    fields["walk_s"] = fields["walk_s"] + parking.walk_s
    fields["money_cny"] = fields["money_cny"] + parking.parking_cny
    parts = ("drive_s", "walk_s", "wait_s", "ride_s")
    fields = {
        "cost_s": least[there],
        "time_s": np.sum([fields[name] for name in parts], axis=0),
        **{name: fields[name] for name in (*parts, "drive_m", *FIELDS[3:], "money_cny")},
    }
    values = np.full((len(fields), *least.shape), np.inf)
    values[:, there] = list(fields.values())
    values[:, np.arange(len(zone_ids)), np.arange(len(zone_ids))] = 0.0
    reachable = there | np.eye(len(zone_ids), dtype=bool)
    skim = Skim(
        zone_ids, tuple(fields), frozen(values), frozen(reachable), "park_and_ride", version
    )
    return ParkAndRide(skim, site_ids, frozen(site))


def _sites(
    service: TransitService, stop_ids: "pd.Index[Any]", given: Iterable[Any] | None
) -> "pd.Index[Any]":
    """Stations at which one changes, of those that are called at."""
    found: pd.Index[Any]
    if given is not None:
        found = pd.Index(list(given))
        unknown = found[~found.isin(stop_ids)].tolist()
        if unknown:
            raise NotFoundError(
                f"sites: no stop {unknown[0]!r} that is called at. Stops: "
                f"{stop_ids[:3].tolist()} …."
            )
    else:
        marked = _flagged(service) or _on_rails(service)
        found = pd.Index([each for each in stop_ids if each in marked], dtype=object)
    if found.empty:
        raise ValidationError(
            "sites: no stop is marked (column park_and_ride of stops) and no line runs on rails. "
            "Name the stops: sites=[…]."
        )
    return found


def _flagged(service: TransitService) -> set[str]:
    stops = service.stops
    if FLAG not in stops:
        return set()
    marked = set(stops.loc[stops[FLAG].astype(str).str.lower().isin(TRUE), "stop_id"])
    return marked | set(stops.loc[stops["parent_station"].isin(marked), "stop_id"])


def _on_rails(service: TransitService) -> set[str]:
    modes = route_modes(service)
    trips = service.trips
    own = trips.loc[trips["route_id"].isin(modes.index[modes.isin(ON_RAILS)]), "trip_id"]
    times = service.stop_times
    return set(times.loc[times["trip_id"].isin(own), "stop_id"])


def _ride(lines: FrequencyGraph, stop: Ints, weights: TransitWeights, threads: int | None) -> _Leg:
    """From the platform of each station to each zone, (n_sites, n_zones)."""
    net, n_zones = search_net(lines, weights), lines.places.n_zones
    wanted = Trips(
        lines.destinations,
        np.arange(n_zones + 1) * stop.size,
        np.tile(stop, n_zones).astype(np.int64),  # a stop's first node is where one waits
        np.zeros(n_zones * stop.size),
    )
    cost, found, _ = load_strategies(
        net.services, wanted, fields=net.fields, waits=net.waits, threads=threads
    )
    shape = (n_zones, stop.size)
    fields = {name: values.reshape(shape).T for name, values in zip(FIELDS, found, strict=True)}
    return _Leg(cost.reshape(shape).T, fields)


def _drive(
    roads: RoadGraph,
    site_m: Floats,
    use: str,
    times_s: npt.ArrayLike | None,
    terms: tuple[Parking, TransitWeights],
    threads: int | None,
) -> _Leg:
    """From each zone to each station, (n_zones, n_sites)."""
    parking, weights = terms
    given = roads.free_time_s
    if times_s is not None and roads.pace is None:
        given = link_values(roads, times_s, what="times_s")
    time = given + roads.slower_s(use)
    toll = roads.toll_cny(use) if roads.pace is None else np.zeros(roads.n_links)
    money = toll + parking.cny_per_km * roads.length_m / 1000
    worth = SECONDS_PER_HOUR / weights.value_of_time_cny_per_h
    cost = np.where(roads.allowed(use), time + money * worth, np.inf)
    link, site, share, local_m = _beside(roads, site_m, use)
    quantities = [cost, time, roads.length_m, money]
    to_tail = between(
        roads, cost, roads.centroid, roads.tail[link], [time, roads.length_m, money], threads
    )
    local_kph = roads.pace.speed_kph if roads.pace else LOCAL_KPH
    local = [local_m * KPH_PER_MPS / local_kph, local_m, parking.cny_per_km * local_m / 1000]
    beyond = [local[0] + worth * local[2], *local]
    shape = (roads.n_zones, len(site_m))
    out = np.full((4, *shape), np.inf)
    for k in range(link.size):
        every = [
            to_tail[i][:, k] + share[k] * quantities[i][link[k]] + beyond[i][k] for i in range(4)
        ]
        better = every[0] < out[0, :, site[k]]
        out[:, better, site[k]] = np.array(every)[:, better]
    return _Leg(out[0], dict(zip(("drive_s", "drive_m", "money_cny"), out[1:], strict=True)))


def _beside(roads: RoadGraph, site_m: Floats, use: str) -> tuple[Ints, Ints, Floats, Floats]:
    """Roads that stations lie beside, both directions of the nearest.

    Returns
    -------
    tuple
        Link, position of the station, share of the link before it, way from the road to it [m].
    """
    links = roads.network.links
    slow = ~links["facility_type"].isin(NOT_BESIDE).to_numpy()
    open_to = roads.allowed(use) & (roads.row >= 0)
    link = np.flatnonzero(open_to)[slow[roads.row[open_to]]]
    if not link.size:
        raise ValidationError(
            f"park and ride: no street is open to {use}. Look at allowed_uses in link.csv."
        )
    lines = roads.network.link_lines(roads.row[link])
    points, tree = shapely.points(site_m), shapely.STRtree(lines)
    away_m = shapely.distance(points, lines[tree.nearest(points)])
    site, near = tree.query(points, predicate="dwithin", distance=away_m + BESIDE_M)
    kept = away_m[site] <= FARTHEST_M
    site, near = site[kept].astype(np.int64), near[kept]
    share = shapely.line_locate_point(lines[near], points[site], normalized=True)
    return link[near], site, share, shapely.distance(points[site], lines[near]) * DETOUR
