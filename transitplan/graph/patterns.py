"""Trips sorted into patterns: same stops, same bans, none overtakes another."""

from typing import NamedTuple

import numpy as np

from transitplan.arrays import Bools, Ints
from transitplan.kernels.raptor import Timetable


class Calls(NamedTuple):
    """Calls of trips at places, those of a trip together and in order, (n_calls,) each."""

    trip: Ints  # any numbers that tell trips apart
    place: Ints
    arrive_s: Ints
    depart_s: Ints
    may_board: Bools
    may_leave: Bools


class Walks(NamedTuple):
    """Walks between places, (n_walks,) each, in any order."""

    origin: Ints
    place: Ints
    seconds: Ints


def build_timetable(calls: Calls, walks: Walks, change_s: Ints) -> tuple[Timetable, Ints]:
    """Sort trips into patterns.

    Parameters
    ----------
    calls
        Trips of fewer than two calls are left out.
    walks
        From where a vehicle is left to where one is boarded, or to where a journey ends. They need
        not be closed under transitivity.
    change_s
        Time from one vehicle to another at the same place, (n_places,) [s].

    Returns
    -------
    tuple
        The timetable, and the number (``calls.trip``) of each of its trips.
    """
    begins = np.flatnonzero(np.diff(calls.trip, prepend=calls.trip[:1] - 1))
    sizes = np.diff(np.append(begins, calls.trip.size))
    begins, sizes = begins[sizes > 1], sizes[sizes > 1]
    groups = [
        part
        for group, n_calls in _same_calls(calls, begins, sizes)
        for part in _in_order(calls, group, n_calls)
    ]
    lengths = np.array([rows.shape[1] for rows in groups], np.int64)
    counts = np.array([rows.shape[0] for rows in groups], np.int64)
    every = np.concatenate([rows.ravel() for rows in groups] or [np.empty(0, np.int64)])
    firsts = np.concatenate([rows[0] for rows in groups] or [np.empty(0, np.int64)])
    trip_row = np.concatenate([rows[:, 0] for rows in groups] or [np.empty(0, np.int64)])
    stop = calls.place[firsts].astype(np.int32)
    first_call = _ends(lengths)
    by_place = np.argsort(stop, kind="stable")
    by_origin = np.argsort(walks.origin, kind="stable")
    n_places = change_s.size
    pattern = np.repeat(np.arange(lengths.size), lengths)
    table = Timetable(
        first_call=first_call,
        stop=stop,
        may_board=calls.may_board[firsts],
        may_leave=calls.may_leave[firsts],
        first_trip=_ends(counts),
        first_time=_ends(lengths * counts)[:-1],
        arrive=calls.arrive_s[every].astype(np.int32),
        depart=calls.depart_s[every].astype(np.int32),
        first_visit=_starts(stop[by_place], n_places),
        visit_pattern=pattern[by_place].astype(np.int32),
        visit_call=(np.arange(stop.size) - first_call[pattern])[by_place].astype(np.int32),
        first_walk=_starts(walks.origin[by_origin], n_places),
        walk_to=walks.place[by_origin].astype(np.int32),
        walk_s=walks.seconds[by_origin].astype(np.int32),
        change_s=change_s.astype(np.int32),
    )
    return table, calls.trip[trip_row]


def _same_calls(calls: Calls, begins: Ints, sizes: Ints) -> list[tuple[Ints, int]]:
    """Trips (first rows) that call at the same places with the same bans, and how many calls."""
    codes = calls.place * 4 + calls.may_board * 2 + calls.may_leave
    found: dict[bytes, list[int]] = {}
    for begin, size in zip(begins.tolist(), sizes.tolist(), strict=True):
        found.setdefault(codes[begin : begin + size].tobytes(), []).append(begin)
    width = codes.dtype.itemsize
    return [(np.array(rows), len(key) // width) for key, rows in found.items()]


def _in_order(calls: Calls, begins: Ints, n_calls: int) -> list[Ints]:
    """Cut a group into parts in which no trip overtakes another: rows, (n_trips, n_calls) each."""
    last = begins + n_calls - 1
    begins = begins[np.lexsort((calls.arrive_s[last], calls.depart_s[begins]))]
    rows = begins[:, np.newaxis] + np.arange(n_calls)
    times = np.concatenate([calls.arrive_s[rows], calls.depart_s[rows]], axis=1)
    if (np.diff(times, axis=0) >= 0).all():
        return [rows]
    parts: list[list[int]] = []
    for trip in range(len(rows)):  # to the first part whose last trip it follows everywhere
        for part in parts:
            if (times[trip] >= times[part[-1]]).all():
                part.append(trip)
                break
        else:
            parts.append([trip])
    return [rows[part] for part in parts]


def _ends(sizes: Ints) -> Ints:
    """Where groups of these sizes begin, and the last ends, (n_groups + 1,)."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])


def _starts(ordered: Ints, n_places: int) -> Ints:
    """Where each place begins in an ordered array, (n_places + 1,)."""
    return np.searchsorted(ordered, np.arange(n_places + 1)).astype(np.int64)
