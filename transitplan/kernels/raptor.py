"""Earliest arrivals by timetable, round by round: RAPTOR, and its range query.

Delling, Pajor & Werneck (2015), *Round-based public transit routing*, Transportation Science 49(3),
591–604. Round k finds what is reached with at most k rides, from what round k - 1 reached. A range
query goes through its departures from the last to the first and keeps the labels: whoever leaves
earlier may always wait for what a later departure would take (section 4.2, self-pruning).

Each round has two labels a place, since walks are *not* assumed to be closed under transitivity:
``arrive``, on leaving a vehicle, from which one walk may follow or the time to change at the same
stop; and ``ready``, to board there, after the walk, the change, or the walk from the origin. So
between two rides there is one walk at most, and a stop that is reached sooner on foot still passes
on what its vehicles reach. Places are the stops, and after them whatever is reached on foot alone,
such as zones, which no trip calls at.

Times are whole seconds since the midnight that begins the service day; they may be negative or
beyond 24 h. Trips of a pattern call at the same stops, with the same bans, and do not overtake.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from transitplan.kernels.records import Bools, Int32s, Ints

NEVER = 1 << 30  # later than any time
NONE = -1


class Timetable(NamedTuple):
    """Trips by pattern: those of pattern p are first_trip[p] … first_trip[p + 1], in order.

    Its calls are first_call[p] … first_call[p + 1]; the times of its i-th trip begin at
    first_time[p] + i × calls.
    """

    first_call: Ints  # (n_patterns + 1,)
    stop: Int32s  # (n_calls,) place of the call
    may_board: Bools  # (n_calls,)
    may_leave: Bools  # (n_calls,)
    first_trip: Ints  # (n_patterns + 1,)
    first_time: Ints  # (n_patterns,)
    arrive: Int32s  # (n_times,) s
    depart: Int32s  # (n_times,) s
    first_visit: Ints  # (n_places + 1,) patterns that call at a place
    visit_pattern: Int32s  # (n_calls,)
    visit_call: Int32s  # (n_calls,) counted from the first of the pattern
    first_walk: Ints  # (n_places + 1,) walks from a place, sorted by it
    walk_to: Int32s  # (n_walks,)
    walk_s: Int32s  # (n_walks,)
    change_s: Int32s  # (n_places,) from one vehicle to another at the same stop


class Labels(NamedTuple):
    """What at most k rides reach, (n_rounds + 1, n_places) each."""

    arrive: Int32s  # s, on leaving a vehicle; NEVER where none does
    ready: Int32s  # s, to board
    boarded: Int32s  # where in the times the vehicle of ``arrive`` was boarded
    left: Int32s  # where in the times it was left
    from_place: Int32s  # where the walk of ``ready`` began, itself after a change; -1: the origin


class Marks(NamedTuple):
    """Scratch of a search."""

    first: Int32s  # (n_patterns,) first call to look at; NEVER where there is none
    patterns: Int32s  # (n_patterns,) those with one
    places: Int32s  # (n_places,) places whose ``ready`` fell in this round
    marked: Bools  # (n_places,)
    landed: Int32s  # (n_places,) places whose ``arrive`` fell in this round
    has_landed: Bools  # (n_places,)


@njit(cache=True, nogil=True)
def new_labels(table: Timetable, n_rounds: int) -> tuple[Labels, Marks]:
    """Return labels that reach nothing, and room for the search."""
    n_places, n_patterns = table.change_s.size, table.first_time.size
    shape = (n_rounds + 1, n_places)
    labels = Labels(
        np.full(shape, NEVER, np.int32),
        np.full(shape, NEVER, np.int32),
        np.full(shape, NONE, np.int32),
        np.full(shape, NONE, np.int32),
        np.full(shape, NONE, np.int32),
    )
    marks = Marks(
        np.full(n_patterns, NEVER, np.int32),
        np.empty(n_patterns, np.int32),
        np.empty(n_places, np.int32),
        np.zeros(n_places, np.bool_),
        np.empty(n_places, np.int32),
        np.zeros(n_places, np.bool_),
    )
    return labels, marks


@njit(cache=True, nogil=True)
def clear(labels: Labels) -> None:
    """Forget what was reached; where it was reached from needs no clearing."""
    labels.arrive[:] = NEVER
    labels.ready[:] = NEVER


@njit(cache=True, nogil=True)
def leave_origin(
    access: tuple[Int32s, Int32s], departure: int, labels: Labels, marks: Marks
) -> int:
    """Walk from the origin to places (place, seconds); return how many were marked."""
    place, seconds = access
    ready, from_place = labels.ready, labels.from_place
    n_marked = 0
    for i in range(place.size):
        there = place[i]
        time = departure + seconds[i]
        if time < ready[0, there]:
            from_place[0, there] = NONE
            for k in range(ready.shape[0]):
                if ready[k, there] <= time:
                    break
                ready[k, there] = time
            if not marks.marked[there]:
                marks.marked[there] = True
                marks.places[n_marked] = there
                n_marked += 1
    return n_marked


@njit(cache=True, nogil=True)
def choose_patterns(table: Timetable, n_marked: int, marks: Marks) -> int:
    """Find the patterns that call at marked places, and where; return how many there are."""
    n_chosen = 0
    for i in range(n_marked):
        place = marks.places[i]
        marks.marked[place] = False
        for visit in range(table.first_visit[place], table.first_visit[place + 1]):
            pattern, call = table.visit_pattern[visit], table.visit_call[visit]
            if marks.first[pattern] == NEVER:
                marks.patterns[n_chosen] = pattern
                n_chosen += 1
            marks.first[pattern] = min(marks.first[pattern], call)
    return n_chosen


@njit(cache=True, nogil=True)
def ride(  # noqa: C901, PLR0912  the innermost loop, in place
    table: Timetable, n_chosen: int, k: int, latest: int, labels: Labels, marks: Marks
) -> int:
    """Go along the chosen patterns as the k-th ride; return how many places were reached."""
    arrive, ready = labels.arrive, labels.ready
    arrival, depart = table.arrive, table.depart
    n_landed = 0
    for i in range(n_chosen):
        pattern = marks.patterns[i]
        begin = table.first_call[pattern]
        n_calls = table.first_call[pattern + 1] - begin
        n_trips = table.first_trip[pattern + 1] - table.first_trip[pattern]
        first_time = table.first_time[pattern]
        here = n_trips  # no vehicle yet
        times = first_time  # where the times of the vehicle begin
        boarded = 0
        for call in range(marks.first[pattern], n_calls):
            place = table.stop[begin + call]
            if here < n_trips and table.may_leave[begin + call]:
                time = arrival[times + call]
                if time < arrive[k, place] and time <= latest:
                    labels.boarded[k, place] = boarded
                    labels.left[k, place] = times + call
                    for more in range(k, arrive.shape[0]):
                        if arrive[more, place] <= time:
                            break
                        arrive[more, place] = time
                    if not marks.has_landed[place]:
                        marks.has_landed[place] = True
                        marks.landed[n_landed] = place
                        n_landed += 1
            since = ready[k - 1, place]
            if since > latest or not table.may_board[begin + call]:
                continue
            if here == n_trips:  # halve what may hold the first trip that is caught
                low, high = 0, n_trips
                while low < high:
                    middle = (low + high) >> 1
                    if depart[first_time + middle * n_calls + call] < since:
                        low = middle + 1
                    else:
                        high = middle
                found = low
            else:  # an earlier one is seldom much earlier
                found = here
                while found > 0 and depart[first_time + (found - 1) * n_calls + call] >= since:
                    found -= 1
            if found < here:
                here = found
                times = first_time + here * n_calls
                boarded = times + call
        marks.first[pattern] = NEVER
    return n_landed


@njit(cache=True, nogil=True)
def walk(table: Timetable, n_landed: int, k: int, labels: Labels, marks: Marks) -> int:
    """Change or walk from where vehicles were left; return how many places were marked."""
    ready, from_place = labels.ready, labels.from_place
    n_marked = 0
    for i in range(n_landed):
        origin = marks.landed[i]
        marks.has_landed[origin] = False
        begun = labels.arrive[k, origin]
        first, end = table.first_walk[origin], table.first_walk[origin + 1]
        for step in range(first - 1, end):  # the first is the change at the stop itself
            place = origin if step < first else table.walk_to[step]
            time = begun + (table.change_s[origin] if step < first else table.walk_s[step])
            if time < ready[k, place]:
                from_place[k, place] = origin
                for more in range(k, ready.shape[0]):
                    if ready[more, place] <= time:
                        break
                    ready[more, place] = time
                if not marks.marked[place]:
                    marks.marked[place] = True
                    marks.places[n_marked] = place
                    n_marked += 1
    return n_marked


@njit(cache=True, nogil=True)
def search(
    table: Timetable,
    access: tuple[Int32s, Int32s],
    departure: int,
    limit_s: int,
    labels: Labels,
    marks: Marks,
) -> None:
    """Improve the labels by what is reached when one departs at a time.

    access     (place int32, seconds int32), each (n_access,)  walks from the origin
    departure  s; in a range query, not after those before
    limit_s    no vehicle is left later than so long after the departure
    """
    latest = departure + limit_s
    n_marked = leave_origin(access, departure, labels, marks)
    for k in range(1, labels.arrive.shape[0]):
        if n_marked == 0:
            break
        n_chosen = choose_patterns(table, n_marked, marks)
        n_landed = ride(table, n_chosen, k, latest, labels, marks)
        n_marked = walk(table, n_landed, k, labels, marks)
    for i in range(n_marked):  # of the last round
        marks.marked[marks.places[i]] = False
