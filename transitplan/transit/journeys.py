"""Journeys by timetable: the earliest arrival, and all that are worth taking in a window."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Int32s, Ints
from transitplan.errors import NoPathError, NotFoundError, ValidationError
from transitplan.graph.timetable import TimetableGraph
from transitplan.kernels.raptor import NEVER, Labels, new_labels, search
from transitplan.transit.words import WORDS, clock
from transitplan.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

MOST_RIDES = 5
LIMIT_H = 4.0


@dataclass(frozen=True)
class Leg:
    """A walk, or a ride in one vehicle; times are seconds after the midnight of the date."""

    kind: str  # walk, ride
    from_id: Any  # stop_id, or zone_id where the journey begins or ends
    to_id: Any
    depart_s: int
    arrive_s: int
    route_id: str = ""
    trip_id: str = ""
    n_stops: int = 0  # that the ride goes on, the last included


@dataclass(frozen=True, eq=False)
class Journey:
    """Legs one after the other; what lies between them is waiting."""

    timetable: TimetableGraph
    depart_s: int
    arrive_s: int
    legs: tuple[Leg, ...]

    @property
    def rides(self) -> int:
        """Number of vehicles."""
        return sum(leg.kind == "ride" for leg in self.legs)

    @property
    def walk_s(self) -> int:
        """Time on foot."""
        return sum(leg.arrive_s - leg.depart_s for leg in self.legs if leg.kind == "walk")

    def to_frame(self) -> pd.DataFrame:
        """One row a leg."""
        return pd.DataFrame([vars(leg) for leg in self.legs])

    def to_text(self, language: str = "en") -> str:
        """The journey in words, a line a leg, in English (``en``) or Chinese (``zh``)."""
        minutes = (self.arrive_s - self.depart_s) / SECONDS_PER_MINUTE
        legs = self.leg_texts(language)
        total = WORDS[language]["total"].format(
            begin=clock(self.depart_s),
            end=clock(self.arrive_s),
            minutes=round(minutes),
            rides=self.rides,
        )
        return "\n".join([total, *legs])

    def leg_texts(self, language: str = "en") -> list[str]:
        """Each leg in words."""
        if language not in WORDS:
            raise NotFoundError(f"to_text: no language {language!r}. Use {' or '.join(WORDS)}.")
        words, service = WORDS[language], self.timetable.service
        stops = service.names("stops", "stop_name", language)
        routes = service.names("routes", "route_long_name", language)
        short = service.routes.set_index("route_id")["route_short_name"]

        def place(name: Any) -> str:
            return stops.get(name, "") or words["zone"].format(name=name)

        return [
            words[leg.kind].format(
                begin=clock(leg.depart_s),
                end=clock(leg.arrive_s),
                origin=place(leg.from_id),
                place=place(leg.to_id),
                line=routes.get(leg.route_id, "") or short.get(leg.route_id, leg.route_id),
                minutes=round((leg.arrive_s - leg.depart_s) / SECONDS_PER_MINUTE),
                stops=leg.n_stops,
            )
            for leg in self.legs
        ]


def earliest_arrival(
    timetable: TimetableGraph,
    origin: Any,
    destination: Any,
    departure_h: float,
    *,
    most_rides: int = MOST_RIDES,
    limit_h: float = LIMIT_H,
) -> Journey:
    """Return the journey that arrives first, and of those the one with fewest rides.

    Parameters
    ----------
    origin, destination
        zone_id or stop_id.
    departure_h
        Hours after the midnight that the date begins with; 25.5 is half past one in the night.
    most_rides, limit_h
        Journeys with more rides, or longer ones, are not looked for.

    Raises
    ------
    NotFoundError
        If a place is unknown.
    NoPathError
        If there is no such journey.

    Examples
    --------
    >>> from transitplan.graph.timetable import compile_timetable
    >>> from transitplan.io import read_network
    >>> network = read_network("networks/two_banks/2025")
    >>> day = compile_timetable(network.transit, "2025-03-05", network=network)
    >>> print(earliest_arrival(day, "m1", "m4", 8).to_text())
    08:04 to 08:30, 27 min, rides: 1
    08:04 Mill Town – Old Town 08:30: Metro 1, stops: 3
    """
    start, end = find_place(timetable, origin), find_place(timetable, destination)
    depart_s = round(departure_h * SECONDS_PER_HOUR)
    labels, marks = new_labels(timetable.arrays, most_rides)
    limit_s = round(limit_h * SECONDS_PER_HOUR)
    access = walks_from(timetable, start)
    search(timetable.arrays, access, depart_s, limit_s, labels, marks)
    if _reached(labels, most_rides, end) > depart_s + limit_s:
        raise NoPathError(
            f"No journey from {origin} to {destination} from {clock(depart_s)} on, within "
            f"{limit_h:g} h and {most_rides} rides. Walk farther (Walking) or allow more."
        )
    return _journey(timetable, labels, access, (start, end), most_rides)


def find_journeys(
    timetable: TimetableGraph,
    origin: Any,
    destination: Any,
    window_h: tuple[float, float],
    *,
    most_rides: int = MOST_RIDES,
    limit_h: float = LIMIT_H,
) -> list[Journey]:
    """Return all journeys that leave in a window and that no other one beats.

    A journey beats another if it leaves no earlier, arrives no later and has no more rides; it may
    leave after the window. They come in the order in which they leave, and of those that leave
    together the one with fewest rides first. Arguments and errors are those of
    ``earliest_arrival``; the list may be empty.

    Examples
    --------
    >>> from transitplan.graph.timetable import compile_timetable
    >>> from transitplan.io import read_network
    >>> network = read_network("networks/two_banks/2025")
    >>> day = compile_timetable(network.transit, "2025-03-05", network=network)
    >>> [each.rides for each in find_journeys(day, 1, 4, (8, 8.25))]
    [1, 1, 1]
    """
    start, end = find_place(timetable, origin), find_place(timetable, destination)
    begin_s, end_s = (round(hour * SECONDS_PER_HOUR) for hour in window_h)
    if end_s < begin_s:
        raise ValidationError(f"window_h: {window_h} ends before it begins. Give (from, to).")
    access, limit_s = walks_from(timetable, start), round(limit_h * SECONDS_PER_HOUR)
    labels, marks = new_labels(timetable.arrays, most_rides)
    best = np.full(most_rides + 1, NEVER)
    found: list[Journey] = []
    for depart_s in leaving_times(timetable, access, (begin_s, end_s))[::-1].tolist():
        search(timetable.arrays, access, depart_s, limit_s, labels, marks)
        here = [_reached(labels, k, end) for k in range(most_rides + 1)]
        on_foot = depart_s == end_s  # one may walk at any time: the latest stands for all
        for k in range(most_rides, -1 if on_foot else 0, -1):
            fewer = here[k - 1] if k else NEVER
            if here[k] < min(best[k], fewer) and here[k] <= depart_s + limit_s:
                journey = _journey(timetable, labels, access, (start, end), k)
                if journey.depart_s <= end_s:
                    found.append(journey)
        best = np.minimum(best, here)
    return found[::-1]


def leaving_times(
    timetable: TimetableGraph, access: tuple[Int32s, Int32s], window_s: tuple[int, int]
) -> Ints:
    """Times in a window at which one leaves to catch a vehicle just so, and its end, rising [s].

    The end stands for journeys on foot alone, which one may begin at any time.
    """
    table = timetable.arrays
    times = [np.array([window_s[1]])]
    for place, seconds in zip(*access, strict=True):
        for visit in range(table.first_visit[place], table.first_visit[place + 1]):
            pattern, call = table.visit_pattern[visit], table.visit_call[visit]
            n_calls = table.first_call[pattern + 1] - table.first_call[pattern]
            n_trips = table.first_trip[pattern + 1] - table.first_trip[pattern]
            if table.may_board[table.first_call[pattern] + call]:
                rows = table.first_time[pattern] + call + np.arange(n_trips) * n_calls
                times.append(table.depart[rows].astype(np.int64) - seconds)
    every = np.unique(np.concatenate(times))
    return every[(every >= window_s[0]) & (every <= window_s[1])]


def find_place(timetable: TimetableGraph, name: Any) -> int:
    """Place of a zone, or of a stop.

    Raises
    ------
    NotFoundError
        If it is neither.
    ValidationError
        If it is both.
    """
    places = timetable.places
    zone = int(places.zone_ids.get_indexer(pd.Index([name]))[0])
    stop = int(places.stop_ids.get_indexer(pd.Index([name]))[0])
    if zone >= 0 and stop >= 0:
        raise ValidationError(f"{name!r} is a zone and a stop. Rename the stop.")
    if zone < 0 and stop < 0:
        raise NotFoundError(
            f"no zone or stop {name!r} that is called at. Zones: {places.zone_ids[:3].tolist()} …; "
            f"stops: {places.stop_ids[:3].tolist()} …."
        )
    return stop if zone < 0 else places.n_stops + zone


def walks_from(timetable: TimetableGraph, place: int) -> tuple[Int32s, Int32s]:
    """Walks with which a journey begins: from a stop none, but one is there."""
    zone = place - timetable.places.n_stops
    if zone < 0:
        return np.array([place], np.int32), np.zeros(1, np.int32)
    first, there, seconds = timetable.access
    return there[first[zone] : first[zone + 1]], seconds[first[zone] : first[zone + 1]]


def _reached(labels: Labels, k: int, place: int) -> int:
    return int(min(labels.arrive[k, place], labels.ready[k, place]))


def _journey(
    timetable: TimetableGraph,
    labels: Labels,
    access: tuple[Int32s, Int32s],
    ends: tuple[int, int],
    most_rides: int,
) -> Journey:
    """Put the journey together that the labels hold; it leaves no earlier than it must."""
    legs = list(_legs(timetable, labels, access, ends, most_rides))[::-1]
    if len(legs) > 1 and legs[0].kind == "walk":  # the first vehicle is met, not waited for
        walked_s = legs[0].arrive_s - legs[0].depart_s
        begin = legs[1].depart_s - walked_s
        legs[0] = Leg("walk", legs[0].from_id, legs[0].to_id, begin, legs[1].depart_s)
    begin = legs[0].depart_s if legs else int(labels.ready[0, ends[1]])
    return Journey(timetable, begin, legs[-1].arrive_s if legs else begin, tuple(legs))


def _legs(
    timetable: TimetableGraph,
    labels: Labels,
    access: tuple[Int32s, Int32s],
    ends: tuple[int, int],
    k: int,
) -> Iterator[Leg]:
    """Legs from the last to the first; as ``kernels.departures.unfold`` goes."""
    start, place = ends
    names = [*timetable.places.stop_ids, *timetable.places.zone_ids]
    arrive, ready = labels.arrive, labels.ready
    on_foot = ready[k, place] <= arrive[k, place]
    while True:
        if on_foot:
            while k > 0 and ready[k - 1, place] == ready[k, place]:
                k -= 1
            end_s = int(ready[k, place])
            if k == 0:
                walked = int(access[1][access[0] == place].min())
                if place != start:
                    yield Leg("walk", names[start], names[place], end_s - walked, end_s)
                return
            origin = int(labels.from_place[k, place])
            if origin != place:
                begin = int(arrive[k, origin])
                yield Leg("walk", names[origin], names[place], begin, end_s)
            place = origin
        while k > 1 and arrive[k - 1, place] == arrive[k, place]:
            k -= 1
        leg, boarded_at = _ride(
            timetable, names, int(labels.boarded[k, place]), int(labels.left[k, place])
        )
        yield leg
        place, k, on_foot = boarded_at, k - 1, True


def _ride(timetable: TimetableGraph, names: list[Any], begin: int, end: int) -> tuple[Leg, int]:
    """Ride between two places in the times, and the stop where it begins."""
    table = timetable.arrays
    pattern = int(np.searchsorted(table.first_time, begin, side="right")) - 1
    first = table.first_call[pattern]
    n_calls = table.first_call[pattern + 1] - first
    vehicle, call = divmod(begin - int(table.first_time[pattern]), int(n_calls))
    place, last = (int(table.stop[first + i]) for i in (call, call + end - begin))
    trip = timetable.service.trips.iloc[timetable.trip[table.first_trip[pattern] + vehicle]]
    leg = Leg(
        "ride",
        names[place],
        names[last],
        int(table.depart[begin]),
        int(table.arrive[end]),
        trip["route_id"],
        trip["trip_id"],
        end - begin,
    )
    return leg, place
