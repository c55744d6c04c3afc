"""On which bank of the river stops lie, and who rides over which crossing."""

from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from transitplan.arrays import Objects
from transitplan.graph.walks import Places
from transitplan.model.banks import banks as node_banks
from transitplan.model.network import Network
from transitplan.model.service import TransitService
from transitplan.transit.strategies import TransitAssignment

OPEN = "open"
ON_THE_WAY_M = 500.0  # from the middle of a crossing to the course of a line that takes it
SECOND = 0.1  # what a metre from the straight segment counts against one from the course
NO_CROSSING = ""


def stop_banks(places: Places, network: Network, banks: "pd.Series[Any]") -> "pd.Series[Any]":
    """Bank of each stop, by stop_id: that of the nearest node of the roads that has one.

    Parameters
    ----------
    places
        Of a graph that was compiled with the same network.
    banks
        Bank of nodes, by node_id, "" where they have none: ``model.banks.banks(network)``.

    Examples
    --------
    >>> import pandas as pd
    >>> from transitplan.graph import compile_frequency
    >>> from transitplan.io import read_network
    >>> network = read_network("networks/two_banks/2025")
    >>> lines = compile_frequency(network.transit, "2025-03-05", (7, 9), network=network)
    >>> north = pd.Series({11: "north", 21: "south"})
    >>> stop_banks(lines.places, network, north)[["m1", "m3"]].tolist()
    ['north', 'south']
    """
    nodes = network.nodes.set_index("node_id")
    known = banks[banks != ""]
    tree = cKDTree(nodes.loc[known.index, ["x_m", "y_m"]].to_numpy())
    nearest = tree.query(places.stop_m)[1]
    return pd.Series(known.to_numpy()[nearest], index=places.stop_ids, name="bank")


def river_passengers(ridden: TransitAssignment, network: Network) -> pd.DataFrame:
    """Passengers over the river by crossing, line and direction.

    A segment whose stops lie on different banks takes the open crossing whose middle lies nearest
    to the line's course (its shapes, or else the straight line between the stops), within 500 m; of
    several on the course that nearest to the segment.

    Returns
    -------
    DataFrame
        crossing_id ("" where none is near), route_id, to_bank, passengers_pph.

    Raises
    ------
    ValidationError
        If the network has no two banks (``model.banks``).

    Examples
    --------
    >>> from transitplan.graph import compile_frequency
    >>> from transitplan.io import read_demand, read_network
    >>> from transitplan.transit import assign_transit
    >>> network = read_network("networks/two_banks/2025")
    >>> lines = compile_frequency(network.transit, "2025-03-05", (7, 9), network=network)
    >>> demand = read_demand("od_matrices/two_banks/2025_am.omx")
    >>> found = river_passengers(assign_transit(lines, demand), network)
    >>> found[["crossing_id", "route_id"]].drop_duplicates().to_numpy().tolist()
    [['M', 'M1'], ['E', 'B2']]
    """
    places = ridden.lines.places
    over = ridden.across(stop_banks(places, network, node_banks(network)))
    crossing_ids, middles = _crossings(network)
    courses = _courses(ridden.lines.service, network)
    stop = pd.DataFrame(places.stop_m, index=places.stop_ids)
    ends = [stop.loc[over[f"{end}_stop_id"]].to_numpy() for end in ("from", "to")]
    segments = shapely.linestrings(np.stack(ends, axis=1)) if len(over) else np.empty(0, object)
    over["crossing_id"] = [
        _taken(segment, courses.get(route, segment), crossing_ids, middles)
        for segment, route in zip(segments, over["route_id"], strict=True)
    ]
    key = ["crossing_id", "route_id", "to_bank"]
    return over.groupby(key, sort=False)["passengers_pph"].sum().reset_index()


def _crossings(network: Network) -> "tuple[pd.Index[Any], Objects]":
    """Open crossings with both ends known, and the points in their middle."""
    rows = network.crossings
    rows = rows[rows["status"] == OPEN].dropna(
        subset=["lon_south", "lat_south", "lon_north", "lat_north"]
    )
    ends = [
        network.to_metres(rows[f"lon_{side}"].to_numpy(float), rows[f"lat_{side}"].to_numpy(float))
        for side in ("south", "north")
    ]
    x_m, y_m = np.mean(np.array(ends, dtype=np.float64).reshape(2, 2, -1), axis=0)
    return pd.Index(rows["crossing_id"]), np.atleast_1d(shapely.points(x_m, y_m))


def _courses(service: TransitService, network: Network) -> dict[Any, Any]:
    """Course of each line that has shapes, in the network's projection."""
    shapes, trips = service.table("shapes"), service.trips
    lines = {}
    for shape_id, points in shapes.groupby("shape_id", sort=False):
        if len(points) > 1:
            lon, lat = (points[f"shape_pt_{axis}"].to_numpy(float) for axis in ("lon", "lat"))
            lines[shape_id] = shapely.linestrings(*network.to_metres(lon, lat))
    known = trips[trips["shape_id"].isin(lines)].drop_duplicates(["route_id", "shape_id"])
    return {
        route: shapely.multilinestrings([lines[each] for each in own])
        for route, own in known.groupby("route_id")["shape_id"]
    }


def _taken(segment: Any, course: Any, crossing_ids: "pd.Index[Any]", middles: Objects) -> str:
    """Crossing that a segment takes: by the course; by the segment where there are several."""
    away_m = shapely.distance(course, middles)
    if not (away_m <= ON_THE_WAY_M).any():
        return NO_CROSSING
    beside_m = np.where(away_m <= ON_THE_WAY_M, away_m, np.inf)
    best = np.argmin(beside_m + SECOND * shapely.distance(segment, middles))
    return str(crossing_ids[int(best)])
