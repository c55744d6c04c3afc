"""The timetable of a day as frozen arrays, for RAPTOR: positions inside, ids outside."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from transitplan.arrays import Floats, Int32s, Ints, frozen
from transitplan.errors import ValidationError
from transitplan.graph.fares import route_fares
from transitplan.graph.patterns import Calls, Walks, build_timetable
from transitplan.graph.walks import Places, Walking, find_places
from transitplan.kernels.raptor import Timetable
from transitplan.model.network import Network
from transitplan.model.service import TransitService
from transitplan.model.transit_tables import NOT_HERE, SECONDS_A_DAY

UNTIL_S = 30 * 3600  # vehicles that start later than 6 h of the next morning are left out


@dataclass(frozen=True, eq=False)
class TimetableGraph:
    """All vehicles of a day, those of the night before and of the next morning included.

    Places are the stops and then the zones. Times are seconds after the midnight that the date
    begins with.
    """

    service: TransitService
    date: dt.date
    walking: Walking
    places: Places
    arrays: Timetable
    trip: Ints  # (n_vehicles,) row of the trip table, in the order of the arrays
    access: tuple[Ints, Int32s, Int32s]  # walks from each zone: first, place, seconds
    fare_cny: Floats  # (n_patterns,) for each boarding

    @property
    def version(self) -> str:
        """Version of the service that it was compiled from."""
        return self.service.version

    def __repr__(self) -> str:
        """Return one line: sizes, date and version."""
        return (
            f"TimetableGraph({self.service.name!r}: {self.places.n_stops} stops, {self.trip.size} "
            f"vehicles on {self.date}, {self.places.n_zones} zones; version {self.version})"
        )


def compile_timetable(
    service: TransitService,
    date: str | dt.date,
    *,
    network: Network | None = None,
    walking: Walking | None = None,
    seed: int | None = 0,
) -> TimetableGraph:
    """Turn the service of a day into frozen arrays.

    Vehicles of the day before that are still on their way after midnight are there, and so are
    those of the next morning, until 6 h. Stops at which one boards by phone or by a sign to the
    driver count as stops.

    Headways become vehicles: with ``exact_times`` 1 from ``start_time`` on. With 0 the timetable is
    not known, and the first vehicle comes at random within the first headway, by ``seed``: were all
    lines to start on the hour, lines of equal headways would always, or never, wait for each other
    (Conway, Byrd & van der Linden 2017, *Evidence-based transit and land use sketch planning using
    interactive accessibility methods on combined schedule and headway-based networks*,
    Transportation Research Record 2653). A start depends on the seed, the trip and the hour alone,
    so that other lines do not change it; means over several seeds take the chance out.

    Parameters
    ----------
    service, date
        As 2026-03-04. ``service.busiest("weekday")`` finds a date.
    network
        Whose zones journeys join; none without.
    seed
        Any number, or None: all lines with headways start at their ``start_time``.

    Raises
    ------
    ValidationError
        If nothing runs on that date.

    Examples
    --------
    >>> from transitplan.io import read_network
    >>> network = read_network("networks/two_banks/2025")
    >>> compile_timetable(network.transit, "2025-03-05", network=network).places.n_zones
    8
    """
    walking = walking or Walking()
    day = pd.Timestamp(date).date()
    places = find_places(service, network, walking)
    vehicles = _vehicles(service, day, seed)
    if not vehicles.trip.size:
        raise ValidationError(
            f"{service.name}: nothing runs on {day}. Try service.busiest('weekday')."
        )
    calls = _calls(service, places, vehicles)
    arrays, number = build_timetable(calls, _walks(places), _change_s(places))
    for array in arrays:
        frozen(array)
    trip = vehicles.trip[number]
    fares = route_fares(service).to_numpy()
    route = pd.Index(service.routes["route_id"]).get_indexer(service.trips["route_id"])
    return TimetableGraph(
        service=service,
        date=day,
        walking=walking,
        places=places,
        arrays=arrays,
        trip=frozen(trip),
        access=_access(places),
        fare_cny=frozen(fares[route[trip[arrays.first_trip[:-1]]]]),
    )


class Vehicles(NamedTuple):
    """One row a vehicle, (n_vehicles,) each."""

    trip: Ints  # row of the trip table
    shift_s: Ints  # what to add to the times of the trip


def _vehicles(service: TransitService, day: dt.date, seed: int | None) -> Vehicles:
    """Vehicles on their way from the midnight before the day to the next morning."""
    runs = runs_of_two_days(service, day)
    trip_ids = pd.Index(service.trips["trip_id"])
    trip, offset = trip_ids.get_indexer(runs["trip_id"]), runs["day_offset_s"].to_numpy()
    times, begin = service.stop_times, first_rows(service)
    filled = begin[:-1] < begin[1:]  # trips with calls
    first_s, last_s = np.zeros(len(trip_ids), np.int64), np.full(len(trip_ids), -1)
    first_s[filled] = times["departure_time"].to_numpy()[begin[:-1][filled]]
    last_s[filled] = times["arrival_time"].to_numpy()[begin[1:][filled] - 1]
    repeated, start_s = _starts(service, seed)
    repeated = trip_ids.get_indexer(repeated)
    has_headways = np.isin(trip, repeated)
    run, start = _join(trip, repeated)
    found = Vehicles(
        np.concatenate([trip[~has_headways], trip[run]]),
        np.concatenate(
            [offset[~has_headways], offset[run] + start_s[start] - first_s[repeated[start]]]
        ),
    )
    there = (last_s[found.trip] + found.shift_s >= 0) & filled[found.trip]
    there &= first_s[found.trip] + found.shift_s < UNTIL_S
    return Vehicles(found.trip[there], found.shift_s[there])


def runs_of_two_days(service: TransitService, day: dt.date) -> pd.DataFrame:
    """Trips of a day, those of the night before included, and of the day that follows.

    Columns as of ``TransitService.on``: day_offset_s counts from the midnight that the first begins
    with.
    """
    following = service.on(day + dt.timedelta(days=1))
    following = following[following["day_offset_s"] == 0].assign(day_offset_s=SECONDS_A_DAY)
    return pd.concat([service.on(day), following], ignore_index=True)


def first_rows(service: TransitService) -> Ints:
    """Where the calls of each trip begin in ``stop_times``, and the last end, (n_trips + 1,)."""
    trips = pd.Index(service.trips["trip_id"])
    trip = trips.get_indexer(service.stop_times["trip_id"])  # they follow the order of trips
    return np.searchsorted(trip, np.arange(len(trips) + 1)).astype(np.int64)


def _join(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Places of all equal pairs, in the order of the left."""
    pairs = pd.DataFrame({"key": left, "left": np.arange(left.size)}).merge(
        pd.DataFrame({"key": right, "right": np.arange(right.size)}), on="key"
    )
    return pairs["left"].to_numpy(np.int64), pairs["right"].to_numpy(np.int64)


def _starts(service: TransitService, seed: int | None) -> tuple[list[str], Ints]:
    """When each vehicle of a trip with headways starts: trip_id, start [s]."""
    rows = service.frequencies
    columns = ("trip_id", "start_time", "end_time", "headway_secs", "exact_times")
    names: list[str] = []
    starts = [np.empty(0, np.int64)]
    for trip, start, end, headway, exact in zip(*(rows[name] for name in columns), strict=True):
        late = 0 if exact or seed is None else int(chance(seed, trip, start) * headway)
        starts.append(np.arange(start + late, end, headway))
        names += [trip] * starts[-1].size
    return names, np.concatenate(starts)


def chance(seed: int, trip: str, start: int) -> float:
    """Return a number from 0 to below 1 that depends on its arguments alone."""
    digest = hashlib.blake2b(f"{seed}\x1f{trip}\x1f{start}".encode(), digest_size=6).digest()
    return int.from_bytes(digest) / 2**48


def _calls(service: TransitService, places: Places, vehicles: Vehicles) -> Calls:
    """Calls of all vehicles, one after the other."""
    times, begin = service.stop_times, first_rows(service)
    trip, shift = vehicles
    sizes = np.diff(begin)[trip]
    number = np.repeat(np.arange(trip.size), sizes)
    within = np.arange(number.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rows = begin[trip][number] + within
    place = places.stop_ids.get_indexer(pd.Index(times["stop_id"]))
    return Calls(
        trip=number,
        place=place[rows].astype(np.int64),
        arrive_s=times["arrival_time"].to_numpy(np.int64)[rows] + shift[number],
        depart_s=times["departure_time"].to_numpy(np.int64)[rows] + shift[number],
        may_board=(times["pickup_type"] != NOT_HERE).to_numpy()[rows],
        may_leave=(times["drop_off_type"] != NOT_HERE).to_numpy()[rows],
    )


def _walks(places: Places) -> Walks:
    """Walks from stops: to other stops, and to zones."""
    out = places.access
    return Walks(
        np.concatenate([places.transfers.origin, out.place]),
        np.concatenate([places.transfers.place, out.origin + places.n_stops]),
        np.concatenate([places.transfers.seconds, out.seconds]),
    )


def _change_s(places: Places) -> Ints:
    """Time to change at each place; a journey goes no further from a zone."""
    return np.concatenate([places.change_s, np.zeros(places.n_zones, np.int64)])


def _access(places: Places) -> tuple[Ints, Int32s, Int32s]:
    """Walks from zones: to stops, to other zones, and to the zone itself in no time."""
    itself = np.arange(places.n_zones)
    origin = np.concatenate([places.access.origin, places.direct.origin, itself])
    place = np.concatenate(
        [places.access.place, places.direct.place + places.n_stops, itself + places.n_stops]
    )
    seconds = np.concatenate(
        [places.access.seconds, places.direct.seconds, np.zeros(itself.size, np.int64)]
    )
    order = np.argsort(origin, kind="stable")
    first = np.searchsorted(origin[order], np.arange(places.n_zones + 1)).astype(np.int64)
    return (
        frozen(first),
        frozen(place[order].astype(np.int32)),
        frozen(seconds[order].astype(np.int32)),
    )
