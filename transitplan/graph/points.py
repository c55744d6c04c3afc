"""Points on the map as places of a timetable: cells where people live, schools, any address."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from transitplan.arrays import Floats, Int32s, Ints, frozen
from transitplan.errors import ValidationError
from transitplan.graph.patterns import Walks
from transitplan.graph.river_walks import River, find_river
from transitplan.graph.timetable import TimetableGraph
from transitplan.graph.walks import Walking, near_walks
from transitplan.kernels.raptor import Timetable
from transitplan.model.network import Network

FEW = 5  # ids named in a message


class Hindered(NamedTuple):
    """What is in the way of those who walk."""

    river: River | None = None  # crossed by its gates alone
    barrier: Any = None  # a shapely shape that is not crossed at all


def add_points(
    timetable: TimetableGraph,
    points: pd.DataFrame,
    *,
    network: Network | None = None,
    barrier: Any = None,
) -> TimetableGraph:
    """Return the timetable with points behind its zones: journeys begin and end there as in zones.

    One walks as ``timetable.walking`` says, from points to stops and back, and all the way to zones
    and other points: straight lines times the detour, even where zones walk along streets
    (``on_streets``). Vehicles are not copied, so that this is quick.

    Parameters
    ----------
    points
        ``x_m`` and ``y_m`` in the network's projection; the index has their ids, which no zone and
        no stop may have.
    network
        Whose river one crosses by the crossings open to walkers alone, as those do who walk from
        zones; without a network there is no river.
    barrier
        A shapely line or area that no walk from or to a point crosses at all.

    Raises
    ------
    ValidationError
        If ids stand twice or are those of other places, or points lie nowhere.

    Examples
    --------
    >>> import pandas as pd
    >>> from transitplan.graph.timetable import compile_timetable
    >>> from transitplan.io import read_network
    >>> network = read_network("networks/two_banks/2025")
    >>> day = compile_timetable(network.transit, "2025-03-05", network=network)
    >>> at = network.nodes.set_index("node_id").loc[[11], ["x_m", "y_m"]].rename({11: "home"})
    >>> add_points(day, at, network=network).places.n_zones
    9
    """
    _check(timetable, points)
    places, walking = timetable.places, timetable.walking
    at = points[["x_m", "y_m"]].to_numpy(np.float64)
    everywhere = np.concatenate([places.zone_m, at])
    hindered = Hindered(None if network is None else find_river(network), barrier)
    to_stops = open_walks(at, places.stop_m, walking, walking.access_m, hindered)
    direct = open_walks(at, everywhere, walking, walking.direct_m, hindered)
    begin = places.n_zones  # of the points among the zones
    direct = Walks(direct.origin + begin, direct.place, direct.seconds)
    direct = Walks(*(part[direct.origin != direct.place] for part in direct))
    from_zones = direct.place < begin  # the same way back
    back = Walks(direct.place[from_zones], direct.origin[from_zones], direct.seconds[from_zones])
    access = Walks(to_stops.origin + begin, to_stops.place, to_stops.seconds)
    joined = replace(
        places,
        zone_ids=pd.Index([*places.zone_ids, *points.index]),
        zone_m=frozen(everywhere),
        access=_joined(places.access, access),
        direct=_joined(places.direct, direct, back),
    )
    return replace(
        timetable,
        places=joined,
        arrays=_with_walks(timetable.arrays, access, places.n_stops, len(at)),
        access=_beginnings(timetable, access, _joined(direct, back), len(at)),
    )


def open_walks(
    origin_m: Floats, place_m: Floats, walking: Walking, limit_m: float, hindered: Hindered
) -> Walks:
    """Walks up to a limit that cross no barrier, from each origin to each place, in order."""
    found = near_walks(origin_m, place_m, walking, limit_m, hindered.river)
    if hindered.barrier is None:
        return found
    import shapely

    shapely.prepare(hindered.barrier)
    ends = np.stack([origin_m[found.origin], place_m[found.place]], axis=1)
    free = ~shapely.intersects(hindered.barrier, shapely.linestrings(ends))
    return Walks(*(part[free] for part in found))


def _joined(*parts: Walks) -> Walks:
    origin, place, seconds = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Walks(origin, place, seconds)


def _with_walks(arrays: Timetable, access: Walks, n_stops: int, n_points: int) -> Timetable:
    """Arrays with more places at the end, to which one walks from stops."""
    n_places = arrays.change_s.size + n_points
    origin = np.repeat(np.arange(arrays.change_s.size), np.diff(arrays.first_walk))
    origin = np.concatenate([origin, access.place])
    place = np.concatenate([arrays.walk_to, access.origin + n_stops])
    seconds = np.concatenate([arrays.walk_s, access.seconds])
    first, place, seconds = _by_origin(origin, place, seconds, n_places)
    visits = np.append(arrays.first_visit, np.full(n_points, arrays.first_visit[-1]))
    change_s = np.append(arrays.change_s, np.zeros(n_points, np.int32))
    return arrays._replace(
        first_walk=first,
        walk_to=place,
        walk_s=seconds,
        first_visit=frozen(visits.astype(np.int64)),
        change_s=frozen(change_s.astype(np.int32)),
    )


def _beginnings(
    timetable: TimetableGraph, access: Walks, direct: Walks, n_points: int
) -> tuple[Ints, Int32s, Int32s]:
    """Walks with which journeys from zones and points begin: first, place, seconds."""
    first, place, seconds = timetable.access
    n_stops, n_zones = timetable.places.n_stops, timetable.places.n_zones
    points = np.arange(n_zones, n_zones + n_points)
    origin = np.repeat(np.arange(n_zones), np.diff(first))
    return _by_origin(
        np.concatenate([origin, access.origin, direct.origin, points]),
        np.concatenate([place, access.place, direct.place + n_stops, points + n_stops]),
        np.concatenate([seconds, access.seconds, direct.seconds, np.zeros(n_points, np.int64)]),
        n_zones + n_points,
    )


def _by_origin(
    origin: Ints, place: Ints, seconds: Ints, n_origins: int
) -> tuple[Ints, Int32s, Int32s]:
    order = np.argsort(origin, kind="stable")
    first = np.searchsorted(origin[order], np.arange(n_origins + 1)).astype(np.int64)
    return (
        frozen(first),
        frozen(place[order].astype(np.int32)),
        frozen(seconds[order].astype(np.int32)),
    )


def _check(timetable: TimetableGraph, points: pd.DataFrame) -> None:
    absent = {"x_m", "y_m"} - set(points)
    if absent:
        raise ValidationError(f"points: no column {', '.join(sorted(absent))}. Give metres.")
    ids, wrong = pd.Index(points.index), []
    twice = ids[ids.duplicated()].unique()
    if len(twice):
        wrong.append(f"points: {_few(twice)} stand twice. Give each its own id (the index).")
    for what, known in (("zones", timetable.places.zone_ids), ("stops", timetable.places.stop_ids)):
        taken = ids[ids.isin(known)].unique()
        if len(taken):
            wrong.append(f"points: {_few(taken)} are ids of {what}. Rename the points.")
    lost = ids[~np.isfinite(points[["x_m", "y_m"]].to_numpy(np.float64)).all(axis=1)]
    if len(lost):
        wrong.append(f"points: {_few(lost)} have no place. Give x_m and y_m.")
    if wrong:
        raise ValidationError(wrong)


def _few(ids: "pd.Index[Any]") -> str:
    shown = ", ".join(map(str, ids[:FEW]))
    return shown if len(ids) <= FEW else f"{shown}, … ({len(ids)} in all)"
