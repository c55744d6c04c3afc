"""Where rows of a network's tables are: a point or a line in projected metres."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import shapely

from transitplan.arrays import Objects
from transitplan.errors import ValidationError
from transitplan.model.network import Network
from transitplan.versions.draft import KEYS
from transitplan.versions.kinds import LINE, STOP, TRANSIT


def need_projection(network: Network) -> str:
    """Return the projection.

    Raises
    ------
    ValidationError
        If the network has bare coordinates, which no map can place.
    """
    if network.crs is None:
        raise ValidationError(
            f"{network.name}: the network has no projection, so its differences cannot be drawn "
            "on a map. Give crs in its config.csv, or build it with crs=."
        )
    return network.crs


def places(network: Network, table: str, ids: Objects) -> Objects:
    """Place of each row of a table, by its key; None where it has none, as a curve or a use."""
    found = np.full(len(ids), None, dtype=object)
    if table in TRANSIT:
        return transit_places(network, table, ids)
    find = _FINDERS.get(table)
    if find is None or not len(ids):
        return found
    rows = pd.Index(network.table(table)[KEYS[table]]).get_indexer(pd.Index(ids, dtype=object))
    there = rows >= 0
    if there.any():
        found[there] = find(network, network.table(table).iloc[rows[there]])
    return found


def _node_points(_: Network, rows: pd.DataFrame) -> Objects:
    return np.asarray(shapely.points(rows["x_m"], rows["y_m"]), dtype=object)


def _link_lines(network: Network, rows: pd.DataFrame) -> Objects:
    return network.link_lines(rows.index.to_numpy())


def _zone_points(network: Network, rows: pd.DataFrame) -> Objects:
    """Zones stand at their centroid, or at the first node that names them."""
    nodes = network.nodes
    nodes = nodes[nodes["zone_id"].notna()].drop_duplicates("zone_id")
    return _points_at(nodes.set_index("zone_id"), rows["zone_id"])


def _turn_points(network: Network, rows: pd.DataFrame) -> Objects:
    return _points_at(network.nodes.set_index("node_id"), rows["node_id"])


def _points_at(nodes: pd.DataFrame, ids: "pd.Series[Any]") -> Objects:
    at = nodes.index.get_indexer(pd.Index(ids))
    points = np.full(len(at), None, dtype=object)
    there = at >= 0
    points[there] = shapely.points(nodes[["x_m", "y_m"]].to_numpy(dtype=float)[at[there]])
    return points


def _cluster_points(network: Network, rows: pd.DataFrame) -> Objects:
    return _lon_lat(network, rows["lon"], rows["lat"])


def _crossing_points(network: Network, rows: pd.DataFrame) -> Objects:
    """Crossings stand midway between their ends, or on their links where no ends are given."""
    lon, lat = (
        (rows[f"{axis}_south"].to_numpy(float) + rows[f"{axis}_north"].to_numpy(float)) / 2
        for axis in ("lon", "lat")
    )
    points = _lon_lat(network, lon, lat)
    names = network.links["crossing_id"].to_numpy()
    for k in np.flatnonzero(np.isnan(lon) | np.isnan(lat)).tolist():
        own = np.flatnonzero(names == rows["crossing_id"].iloc[k])
        points[k] = (
            shapely.centroid(shapely.union_all(network.link_lines(own))) if own.size else None
        )
    return points


def _lon_lat(network: Network, lon: Any, lat: Any) -> Objects:
    x, y = network.to_metres(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    points = np.full(len(x), None, dtype=object)
    there = np.isfinite(x) & np.isfinite(y)
    points[there] = shapely.points(x[there], y[there])
    return points


def transit_places(network: Network, table: str, ids: Objects) -> Objects:
    """Stops, and the longest course of each line: its shape, or else straight from stop to stop."""
    found = np.full(len(ids), None, dtype=object)
    service = network.transit
    if service is None or table not in {LINE, STOP}:
        return found
    if table == STOP:
        stops = service.stops.set_index("stop_id").reindex(ids)
        return _lon_lat(network, stops["stop_lon"], stops["stop_lat"])
    trips = service.trips
    for k, line in enumerate(ids.tolist()):
        own = trips[trips["route_id"] == line]
        courses = [_course(network, trip) for trip in own.drop_duplicates("shape_id").itertuples()]
        known = [course for course in courses if course is not None]
        found[k] = max(known, key=shapely.length, default=None)
    return found


def _course(network: Network, trip: Any) -> Any:
    """Line of a trip in metres; None where fewer than two of its places are known."""
    service = network.transit
    assert service is not None  # noqa: S101  the caller has asked
    if trip.shape_id:
        rows = service.shapes
        rows = rows[rows["shape_id"] == trip.shape_id]
        lon, lat = rows["shape_pt_lon"], rows["shape_pt_lat"]
    else:
        calls = service.stop_times
        stops = service.stops.set_index("stop_id")
        rows = stops.loc[calls.loc[calls["trip_id"] == trip.trip_id, "stop_id"]]
        lon, lat = rows["stop_lon"], rows["stop_lat"]
    points = [each for each in _lon_lat(network, lon, lat) if each is not None]
    return shapely.linestrings(shapely.get_coordinates(points)) if len(points) > 1 else None


_FINDERS: dict[str, Callable[[Network, pd.DataFrame], Objects]] = {
    "node": _node_points,
    "link": _link_lines,
    "zone": _zone_points,
    "crossing": _crossing_points,
    "cluster": _cluster_points,
    "movement": _turn_points,
}
