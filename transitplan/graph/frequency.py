"""Lines with headways as a graph for optimal strategies: positions inside, ids outside.

A stop has two nodes: ``on``, where one waits, and ``off``, where one has just left a vehicle, so
that two walks never follow each other. A course (trips of a line that call at the same stops) has
two nodes a call, on arrival and on departure. Zones have one to leave and one to arrive, so that
nobody passes through them. Lines that share a way meet at the stops: a traveller at ``on`` takes
whichever attractive line comes first.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transitplan.arrays import Floats, Int8s, Ints, frozen
from transitplan.errors import ValidationError
from transitplan.graph.fares import route_fares
from transitplan.graph.timetable import first_rows, runs_of_two_days
from transitplan.graph.walks import Places, Walking, find_places
from transitplan.kernels.raptor import NEVER
from transitplan.model.network import Network
from transitplan.model.service import TransitService
from transitplan.model.transit_tables import NOT_HERE, SECONDS_A_DAY
from transitplan.units import SECONDS_PER_HOUR

KINDS = ("access", "egress", "walk", "transfer", "board", "ride", "dwell", "leave")
ACCESS, EGRESS, WALK, TRANSFER, BOARD, RIDE, DWELL, LEAVE = range(len(KINDS))
NONE = -1


@dataclass(frozen=True, eq=False)
class FrequencyGraph:
    """Lines in one period; arrays cannot be written to.

    Calls are those of all courses, one course after the other. Nodes: ``on`` of the stops, ``off``
    of the stops, zones to leave, zones to arrive at, and two a call.
    """

    service: TransitService
    date: dt.date
    period_s: tuple[int, int]  # after the midnight that the date begins with
    walking: Walking
    places: Places
    calls: pd.DataFrame  # course, route_id, direction_id, stop, per_hour, ride_s, dwell_s
    kind: Int8s  # (n_links,) position in KINDS
    tail: Ints  # (n_links,)
    head: Ints  # (n_links,)
    time_s: Floats  # (n_links,) without waits
    per_hour: Floats  # (n_links,) departures; inf where one does not wait
    fare_cny: Floats  # (n_links,)
    call: Ints  # (n_links,) row of ``calls``; -1 where there is none. Of a ride: where it begins

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return 2 * (self.places.n_stops + self.places.n_zones + len(self.calls))

    @property
    def origins(self) -> Ints:
        """Node at which each zone is left, (n_zones,)."""
        return 2 * self.places.n_stops + np.arange(self.places.n_zones)

    @property
    def destinations(self) -> Ints:
        """Node at which each zone is reached, (n_zones,)."""
        return self.origins + self.places.n_zones

    @property
    def version(self) -> str:
        """Version of the service that it was compiled from."""
        return self.service.version

    def __repr__(self) -> str:
        """Return one line: sizes, period and version."""
        begin, end = (f"{s // 3600:02d}:{s // 60 % 60:02d}" for s in self.period_s)
        return (
            f"FrequencyGraph({self.service.name!r}: {self.places.n_stops} stops, "
            f"{self.calls['course'].nunique()} courses on {self.date} from {begin} to {end}, "
            f"{self.places.n_zones} zones; version {self.version})"
        )


def compile_frequency(
    service: TransitService,
    date: str | dt.date,
    period_h: tuple[float, float],
    *,
    network: Network | None = None,
    walking: Walking | None = None,
) -> FrequencyGraph:
    """Turn the lines of a period into frozen arrays.

    The frequency of a course at a stop is the number of its departures from there in the period,
    over the length of the period; trips with headways count as the part of their span that lies in
    the period over the headway. Times are means over what departs from the course's first stop in
    the period, or on the whole day where nothing does.

    Parameters
    ----------
    service, date
        As for ``compile_timetable``; trips of the night before count too.
    period_h
        From and to, hours after the midnight that the date begins with. After 24 h trips of the
        next day count too.
    network
        Whose zones trips join; none without.

    Raises
    ------
    ValidationError
        If nothing runs in the period, or it ends before it begins.

    Examples
    --------
    >>> from transitplan.io import read_network
    >>> network = read_network("networks/two_banks/2025")
    >>> compile_frequency(network.transit, "2025-03-05", (7, 9), network=network).n_nodes
    80
    """
    walking = walking or Walking()
    day = pd.Timestamp(date).date()
    begin_s, end_s = (round(hour * SECONDS_PER_HOUR) for hour in period_h)
    if end_s <= begin_s:
        raise ValidationError(f"period_h: {period_h} ends before it begins. Give (from, to).")
    places = find_places(service, network, walking)
    calls = _calls(service, places, day, (begin_s, end_s))
    if not (calls["per_hour"] > 0).any():
        raise ValidationError(
            f"{service.name}: nothing runs on {day} between {period_h[0]:g} and {period_h[1]:g} h. "
            "Try service.busiest('weekday') and another period."
        )
    links = _links(places, calls, route_fares(service))
    return FrequencyGraph(
        service=service,
        date=day,
        period_s=(begin_s, end_s),
        walking=walking,
        places=places,
        calls=calls,
        kind=frozen(links["kind"].to_numpy()),
        tail=frozen(links["tail"].to_numpy()),
        head=frozen(links["head"].to_numpy()),
        time_s=frozen(links["time_s"].to_numpy()),
        per_hour=frozen(links["per_hour"].to_numpy()),
        fare_cny=frozen(links["fare_cny"].to_numpy()),
        call=frozen(links["call"].to_numpy()),
    )


def _calls(
    service: TransitService, places: Places, day: dt.date, period_s: tuple[int, int]
) -> pd.DataFrame:
    """Calls of courses: stop, departures an hour, time to the next stop and at this one."""
    runs = _runs(service, day, period_s[1])
    times, begin = service.stop_times, first_rows(service)
    sizes = np.diff(begin)[runs["trip"]]
    runs, sizes = runs[sizes > 1], sizes[sizes > 1]
    number = np.repeat(np.arange(len(runs)), sizes)
    within = np.arange(number.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rows = begin[runs["trip"].to_numpy()][number] + within
    arrive, depart = (times[f"{at}_time"].to_numpy()[rows] for at in ("arrival", "departure"))
    since_s = depart - depart[np.cumsum(sizes) - sizes][number]  # after the first departure
    span = runs[["first_s", "last_s", "headway_s"]].to_numpy(np.float64)[number]
    course = _courses(service, runs, rows, number)
    count = _departures(span, since_s, period_s)
    may_board = (times["pickup_type"] != NOT_HERE).to_numpy()[rows]
    last = np.append(number[1:] != number[:-1], True)
    frame = pd.DataFrame(
        {
            "course": course[number],
            "within": within,
            "stop": places.stop_ids.get_indexer(pd.Index(times["stop_id"]))[rows],
            "trip": runs["trip"].to_numpy()[number],
            "count": count,
            "boarding": np.where(may_board & ~last, count, 0.0),
            "may_leave": (times["drop_off_type"] != NOT_HERE).to_numpy()[rows] & (within > 0),
            "ride_s": np.where(last, 0.0, np.append(arrive[1:], 0) - depart),
            "dwell_s": (depart - arrive).astype(np.float64),
            "weight": _departures(span, np.zeros(number.size), period_s),
        }
    )
    return _means(service, frame, (period_s[1] - period_s[0]) / SECONDS_PER_HOUR)


def _runs(service: TransitService, day: dt.date, end_s: int) -> pd.DataFrame:
    """Spans of departures from the first stop: trip (row), first_s, last_s, headway_s.

    A trip of the timetable has one departure: last_s is first_s and headway_s 0.
    """
    runs = runs_of_two_days(service, day) if end_s > SECONDS_A_DAY else service.on(day)
    trips, times = service.trips, service.stop_times
    rows = service.frequencies
    first_s = times.drop_duplicates("trip_id").set_index("trip_id")["departure_time"]
    plain = runs[~runs["trip_id"].isin(rows["trip_id"])]
    start = first_s.reindex(plain["trip_id"]).to_numpy(np.float64)
    repeated = runs.merge(rows, on="trip_id")
    offset = np.concatenate([plain["day_offset_s"], repeated["day_offset_s"]])
    ids = np.concatenate([plain["trip_id"], repeated["trip_id"]])
    return pd.DataFrame(
        {
            "trip": pd.Index(trips["trip_id"]).get_indexer(pd.Index(ids)),
            "first_s": np.concatenate([start, repeated["start_time"]]) + offset,
            "last_s": np.concatenate([start, repeated["end_time"]]) + offset,
            "headway_s": np.concatenate([np.zeros(len(plain)), repeated["headway_secs"]]),
        }
    ).astype({"trip": np.int64})


def _departures(span: Floats, since_s: Floats, period_s: tuple[int, int]) -> Floats:
    """Departures in the period, so long after those from the first stop, (n,)."""
    first, last = span[:, 0] + since_s, span[:, 1] + since_s
    one = (first >= period_s[0]) & (first < period_s[1])
    shared = np.minimum(last, period_s[1]) - np.maximum(first, period_s[0])
    headway = np.where(span[:, 2] > 0, span[:, 2], 1.0)
    found: Floats = np.where(span[:, 2] > 0, np.maximum(shared, 0.0) / headway, one)
    return found


def _courses(service: TransitService, runs: pd.DataFrame, rows: Ints, number: Ints) -> Ints:
    """Number of the course of each run: same line, direction, stops and bans, (n_runs,)."""
    times, trips = service.stop_times, service.trips
    stop = pd.factorize(times["stop_id"])[0].astype(np.int64)
    bans = (times[f"{what}_type"].to_numpy() == NOT_HERE for what in ("pickup", "drop_off"))
    codes = (stop * 4 + 2 * next(bans) + next(bans))[rows]
    ends = np.searchsorted(number, np.arange(len(runs) + 1))
    trip = runs["trip"].to_numpy()
    line = list(zip(trips["route_id"].iloc[trip], trips["direction_id"].iloc[trip], strict=True))
    known: dict[tuple[object, ...], int] = {}
    return np.array(
        [
            known.setdefault((*line[i], codes[ends[i] : ends[i + 1]].tobytes()), len(known))
            for i in range(len(runs))
        ],
        np.int64,
    )


def _means(service: TransitService, frame: pd.DataFrame, hours: float) -> pd.DataFrame:
    """One row a call of a course, times weighted by departures."""
    key = ["course", "within"]
    total = frame.groupby("course")["weight"].transform("sum")
    frame["weight"] = np.where(total > 0, frame["weight"], 1.0)
    for column in ("ride_s", "dwell_s"):
        frame[column] = frame[column] * frame["weight"]
    found = frame.groupby(key).agg(
        stop=("stop", "first"),
        trip=("trip", "first"),
        may_leave=("may_leave", "first"),
        boarding=("boarding", "sum"),
        ride_s=("ride_s", "sum"),
        dwell_s=("dwell_s", "sum"),
        weight=("weight", "sum"),
        count=("count", "sum"),
    )
    found = found[found.groupby("course")["count"].transform("sum") > 0].reset_index()
    trips = service.trips
    return pd.DataFrame(
        {
            "course": pd.factorize(found["course"])[0],
            "route_id": trips["route_id"].to_numpy()[found["trip"]],
            "direction_id": trips["direction_id"].to_numpy()[found["trip"]],
            "stop": found["stop"].to_numpy(np.int64),
            "may_leave": found["may_leave"].to_numpy(bool),
            "per_hour": found["boarding"].to_numpy() / hours,
            "vehicles_per_hour": found["count"].to_numpy() / hours,
            "ride_s": (found["ride_s"] / found["weight"]).to_numpy(),
            "dwell_s": (found["dwell_s"] / found["weight"]).to_numpy(),
        }
    )


def _links(places: Places, calls: pd.DataFrame, fares: "pd.Series[float]") -> pd.DataFrame:
    """All links: kind, tail, head, time, departures an hour, fare, call."""
    n_stops, n_zones, n_calls = places.n_stops, places.n_zones, len(calls)
    on, off = np.arange(n_stops), n_stops + np.arange(n_stops)
    begin = 2 * n_stops + np.arange(n_zones)
    end = begin + n_zones
    arrive = 2 * (n_stops + n_zones) + 2 * np.arange(n_calls)
    depart = arrive + 1
    stop, row = calls["stop"].to_numpy(), np.arange(n_calls)
    course = calls["course"].to_numpy()
    same = course[1:] == course[:-1]
    goes_on, came = np.append(same, [False]), np.append([False], same)
    rides, stays = row[goes_on], row[goes_on & came]
    boards = (calls["per_hour"] > 0).to_numpy() & goes_on
    leaves = calls["may_leave"].to_numpy()
    there, direct, change = places.access, places.direct, places.transfers
    may = places.change_s < NEVER
    price = calls["route_id"].map(fares).to_numpy(np.float64)
    parts = [
        _part(ACCESS, begin[there.origin], on[there.place], there.seconds),
        _part(EGRESS, off[there.place], end[there.origin], there.seconds),
        _part(WALK, begin[direct.origin], end[direct.place], direct.seconds),
        _part(TRANSFER, off[may], on[may], places.change_s[may]),
        _part(TRANSFER, off[change.origin], on[change.place], change.seconds),
        _part(BOARD, on[stop[boards]], depart[boards], 0.0, row[boards]).assign(
            per_hour=calls["per_hour"].to_numpy()[boards], fare_cny=price[boards]
        ),
        _part(RIDE, depart[rides], arrive[rides + 1], calls["ride_s"].to_numpy()[rides], rides),
        _part(DWELL, arrive[stays], depart[stays], calls["dwell_s"].to_numpy()[stays], stays),
        _part(LEAVE, arrive[leaves], off[stop[leaves]], 0.0, row[leaves]),
    ]
    return pd.concat(parts, ignore_index=True)


def _part(
    kind: int, tail: Ints, head: Ints, time_s: Floats | Ints | float, call: Ints | int = NONE
) -> pd.DataFrame:
    """Links of a kind, without waits and fares."""
    frame = pd.DataFrame({"tail": tail, "head": head})
    return frame.assign(
        kind=np.int8(kind),
        time_s=np.asarray(time_s, np.float64),
        per_hour=np.inf,
        fare_cny=0.0,
        call=np.asarray(call, np.int64),
    )
