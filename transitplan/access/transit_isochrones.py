"""Isochrones by public transport: areas reached by riding and walking within given times."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from transitplan.access.reach import REACH_MINUTES
from transitplan.arrays import Floats, Objects
from transitplan.errors import NotFoundError, ValidationError
from transitplan.graph.points import add_points
from transitplan.graph.timetable import TimetableGraph
from transitplan.kernels.departures import times_by_departure
from transitplan.model.network import Network
from transitplan.transit.journeys import find_place, walks_from
from transitplan.transit.windows import DepartureWindow, as_window, check_percentiles, nearest_rank
from transitplan.units import KPH_PER_MPS, SECONDS_PER_MINUTE

HERE = "where the isochrones begin"
AT_LEAST_M = 1.0  # around a stop that is reached at the last moment
BANK_M = 1.0  # width that a barrier without one gets
QUARTER = 16  # sides of a quarter of a circle: 0.1 % short of its area


def transit_isochrones(
    network: Network,
    timetable: TimetableGraph,
    origin: Any,
    window: tuple[float, float] | DepartureWindow,
    *,
    minutes: Sequence[float] = REACH_MINUTES,
    percentile: float = 50.0,
    barrier: Any = None,
) -> "Any":
    """Areas reached by public transport and on foot, one shape a time, widest first.

    Around each stop the circle that one walks in what is left after the percentile of the time
    there, as ``timetable.walking`` says (straight line times detour, ``access_m`` at most); around
    the origin the circle of those who walk all the way (``direct_m``). Every point of the
    area is reached in time in at least that share of the minutes, by way of one stop. A point that
    several stops serve in turn may be reached more often, so that the area is, if anything, too
    small; ``transit_times`` to points has the exact times.

    Parameters
    ----------
    origin
        zone_id, stop_id, node_id, or (longitude, latitude); a zone or stop goes before a node of
        the same id.
    window
        Hours (from, to), or a ``DepartureWindow``: whole days have other isochrones than peaks.
    barrier
        A shapely line or area in the network's projection that is not crossed on foot: of each
        circle the part remains that holds together with its middle. The way around its end counts
        as straight. Walks from the origin to stops cross the network's river by its crossings open
        to walkers alone, even without a barrier.

    Returns
    -------
    GeoDataFrame
        ``within_min`` and shapes in the network's projection.

    Raises
    ------
    NotFoundError
        If the origin is unknown.
    ValidationError
        If the window is empty, the percentile is none, or a time is not above 0.
    """
    import geopandas as gpd

    check_minutes(minutes)
    check_percentiles([percentile])
    window = as_window(window)
    at = place_m(network, origin, timetable)
    walking, limits = timetable.walking, sorted(minutes, reverse=True)
    here = pd.DataFrame({"x_m": at[:1], "y_m": at[1:]}, index=[HERE])
    day = add_points(timetable, here, network=network, barrier=barrier)
    landed_s, there_s = _at_stops(day, window, percentile, limits[0])
    middles = np.concatenate([at[np.newaxis], timetable.places.stop_m])
    begin_s = np.concatenate([[0.0], landed_s])
    most_m = np.concatenate([[walking.direct_m], np.full(landed_s.size, walking.access_m)])
    reached_s = np.concatenate([[0.0], there_s])
    areas = []
    for limit in limits:
        left_s = limit * SECONDS_PER_MINUTE - begin_s
        radius = np.minimum(left_s * walking.speed_kph / KPH_PER_MPS, most_m) / walking.detour
        inside = reached_s <= limit * SECONDS_PER_MINUTE
        radius = np.where(inside, np.maximum(radius, AT_LEAST_M), radius)
        areas.append(_circles(middles[inside], radius[inside], barrier))
    return gpd.GeoDataFrame({"within_min": limits}, geometry=areas, crs=network.crs)


def place_m(network: Network, origin: Any, timetable: TimetableGraph | None = None) -> Floats:
    """Where a zone, stop, node or (longitude, latitude) lies: x and y [m]."""
    if isinstance(origin, tuple):
        return np.array(network.to_metres(*origin), dtype=float)
    label = pd.Index([origin])
    nodes = network.nodes
    node_m = nodes[["x_m", "y_m"]].to_numpy(dtype=float)
    known = [(pd.Index(nodes["zone_id"]), node_m)]
    if timetable is not None:
        places = timetable.places
        known += [(places.zone_ids, places.zone_m), (places.stop_ids, places.stop_m)]
    elif network.transit is not None:
        known.append(_stops_m(network))
    known.append((pd.Index(nodes["node_id"]), node_m))
    for ids, places_m in known:
        found = ids.get_indexer_for(label)[0]
        if found >= 0:
            return np.asarray(places_m[found], dtype=float)
    raise NotFoundError(
        f"no zone, stop or node {origin!r}. Zones: {network.zones['zone_id'].head(3).tolist()} …; "
        f"nodes: {nodes['node_id'].head(3).tolist()} …; or give (longitude, latitude)."
    )


def _stops_m(network: Network) -> "tuple[pd.Index[Any], Floats]":
    """Stops of the network's transit, and where they lie [m]."""
    stops = network.transit.stops  # type: ignore[union-attr]  # asked for where there is transit
    lon, lat = (stops[f"stop_{axis}"].to_numpy(dtype=float) for axis in ("lon", "lat"))
    return pd.Index(stops["stop_id"]), np.stack(network.to_metres(lon, lat), axis=1)


def nearest_node(network: Network, at: Floats, use: str) -> tuple[Any, float]:
    """The node of the links open to a use that is nearest to a point, and how far it is [m]."""
    links, nodes = network.links[network.allowed(use)], network.nodes
    known = nodes[nodes["node_id"].isin(links["from_node_id"])]
    if known.empty:
        raise NotFoundError(f"no link is open to {use!r}. See allowed_uses of link.csv.")
    far_m = np.hypot(*(known[["x_m", "y_m"]].to_numpy(dtype=float) - at).T)
    nearest = int(far_m.argmin())
    return known["node_id"].iloc[nearest], float(far_m[nearest])


def check_minutes(minutes: Sequence[float]) -> None:
    """Refuse times that are none."""
    wrong = [each for each in minutes if not 0 < each < np.inf]
    if wrong or not len(minutes):
        raise ValidationError(f"minutes: {list(minutes)} was given; give times above 0.")


def _at_stops(
    day: TimetableGraph, window: DepartureWindow, percentile: float, most_min: float
) -> tuple[Floats, Floats]:
    """Percentile of the time to each stop: out of a vehicle there, and in any way [s]."""
    access = walks_from(day, find_place(day, HERE))
    departures, n_stops = window.departures, day.places.n_stops
    limit_s = min(window.rules[1], round(most_min * SECONDS_PER_MINUTE))
    there, landed = (np.empty((n_stops, departures.size), np.int32) for _ in range(2))
    rules, stops = (window.most_rides, limit_s), np.arange(n_stops)
    times_by_departure(day.arrays, access, departures, rules, stops, there, landed)
    found = [nearest_rank(np.sort(each, axis=1), [percentile])[0] for each in (landed, there)]
    return found[0], found[1]


def _circles(middles: Floats, radius_m: Floats, barrier: Any) -> Any:
    """Join circles, of each no more than hangs together with its middle."""
    import shapely

    points = shapely.points(middles)
    circles: Objects = shapely.buffer(points, radius_m, quad_segs=QUARTER)
    if barrier is not None:
        bank = shapely.buffer(barrier, BANK_M)
        for place in np.flatnonzero(shapely.intersects(circles, bank)):
            pieces = shapely.get_parts(shapely.difference(circles[place], bank))
            circles[place] = (
                pieces[shapely.distance(pieces, points[place]).argmin()] if len(pieces) else None
            )
    return shapely.union_all(circles)
