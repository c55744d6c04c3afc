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

from transitplan.kernels.records import Bools, Floats, Int32s, Ints

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


@njit(cache=True, nogil=True)
def arrivals_by_round(
    table: Timetable,
    access: tuple[Int32s, Int32s],
    departures: Ints,
    limit_s: int,
    targets: Ints,
    out_arrival: Int32s,
) -> None:
    """Find earliest arrivals with at most 0, 1, … rides, from the last departure to the first.

    departures   int64 (n_departures,)  s, falling
    targets      int64 (n_targets,)     places
    out_arrival  int32 (n_departures, n_rounds + 1, n_targets)  s; NEVER where not reached
    """
    labels, marks = new_labels(table, out_arrival.shape[1] - 1)
    for i in range(departures.size):
        search(table, access, departures[i], limit_s, labels, marks)
        latest = departures[i] + limit_s
        for k in range(out_arrival.shape[1]):
            for j in range(targets.size):
                place = targets[j]
                time = min(labels.arrive[k, place], labels.ready[k, place])
                out_arrival[i, k, j] = time if time <= latest else NEVER


@njit(cache=True, nogil=True)
def unfold(
    table: Timetable, access_s: Int32s, fare: Floats, labels: Labels, place: int, out: Floats
) -> None:
    """Add up what the journey to a place that is reached is made of.

    access_s  int32 (n_places,)     walk from the origin
    fare      float64 (n_patterns,) for each boarding
    out       float64 (5,)          walk s, ride s, rides, changes, fare
    """
    k = labels.arrive.shape[0] - 1
    on_foot = labels.ready[k, place] <= labels.arrive[k, place]
    out[:] = 0.0
    while True:
        if on_foot:
            while k > 0 and labels.ready[k - 1, place] == labels.ready[k, place]:
                k -= 1
            if k == 0:
                out[0] += access_s[place]
                return
            origin = labels.from_place[k, place]
            if origin != place:  # a change is a wait
                out[0] += labels.ready[k, place] - labels.arrive[k, origin]
            place = origin
        while k > 1 and labels.arrive[k - 1, place] == labels.arrive[k, place]:
            k -= 1
        begin, end = labels.boarded[k, place], labels.left[k, place]
        pattern = np.searchsorted(table.first_time, begin, side="right") - 1
        n_calls = table.first_call[pattern + 1] - table.first_call[pattern]
        call = (begin - table.first_time[pattern]) % n_calls
        out[1] += table.arrive[end] - table.depart[begin]
        out[3] += 1.0 if out[2] > 0.0 else 0.0
        out[2] += 1.0
        out[4] += fare[pattern]
        place = int(table.stop[table.first_call[pattern] + call])
        k -= 1
        on_foot = True


@njit(cache=True, nogil=True)
def percentile_block(
    table: Timetable,
    access: tuple[Ints, Int32s, Int32s],
    departures: Ints,
    rules: tuple[int, int],
    targets: Ints,
    shares: Floats,
    block: tuple[int, int],
    out_time: Floats,
) -> None:
    """Find percentiles of the travel time over all departures, for a block of origins.

    access      (first int64 (n_origins + 1,), place int32, seconds int32)  walks from the origins
    departures  int64 (n_departures,)  s, falling
    rules       (most rides, limit s of a journey): a longer one does not count as reaching
    targets     int64 (n_targets,)     places
    shares      float64 (n_shares,)    0 < share ≤ 1 of the departures that are at least as quick
    block       (first origin, end origin)
    out_time    float64 (n_origins, n_shares, n_targets)  s; inf where too few departures arrive
    """
    first, place, seconds = access
    n_rounds, limit_s = rules
    labels, marks = new_labels(table, n_rounds)
    times = np.empty((targets.size, departures.size), np.int32)
    for origin in range(block[0], block[1]):
        clear(labels)
        mine = (
            place[first[origin] : first[origin + 1]],
            seconds[first[origin] : first[origin + 1]],
        )
        for i in range(departures.size):
            search(table, mine, departures[i], limit_s, labels, marks)
            arrive, ready = labels.arrive[n_rounds], labels.ready[n_rounds]
            for j in range(targets.size):
                time = min(arrive[targets[j]], ready[targets[j]]) - departures[i]
                times[j, i] = time if time <= limit_s else NEVER
        for j in range(targets.size):
            ordered = np.sort(times[j])
            for s in range(shares.size):  # nearest rank
                rank = max(int(np.ceil(shares[s] * departures.size - 1e-9)) - 1, 0)
                time = ordered[rank]
                out_time[origin, s, j] = time if time < NEVER else np.inf


@njit(cache=True, nogil=True)
def mean_block(
    table: Timetable,
    access: tuple[Ints, Int32s, Int32s],
    departures: Ints,
    rules: tuple[int, int],
    targets: Ints,
    fare: Floats,
    block: tuple[int, int],
    out_mean: Floats,
    out_reached: Floats,
) -> None:
    """Find what journeys are made of, as means over the departures that arrive in time.

    Arguments as in ``percentile_block``, and

    fare         float64 (n_patterns,)  for each boarding
    out_mean     float64 (n_origins, 6, n_targets)  whole time s, walk s, ride s, rides,
                 changes, fare; inf where no departure arrives
    out_reached  float64 (n_origins, n_targets)  share of the departures that arrive in time

    What is neither walk nor ride is waiting. Of journeys that arrive at the same time, the one
    found first counts: the last to depart.
    """
    first, place, seconds = access
    n_rounds, limit_s = rules
    labels, marks = new_labels(table, n_rounds)
    access_s = np.zeros(table.change_s.size, np.int32)
    arrival = np.empty(targets.size, np.int64)
    part = np.empty((targets.size, 5))
    for origin in range(block[0], block[1]):
        clear(labels)
        mine = (
            place[first[origin] : first[origin + 1]],
            seconds[first[origin] : first[origin + 1]],
        )
        for i in range(mine[0].size - 1, -1, -1):
            access_s[mine[0][i]] = mine[1][i]
        arrival[:] = NEVER
        out_mean[origin] = 0.0
        out_reached[origin] = 0.0
        for i in range(departures.size):
            search(table, mine, departures[i], limit_s, labels, marks)
            arrive, ready = labels.arrive[n_rounds], labels.ready[n_rounds]
            for j in range(targets.size):
                time = min(arrive[targets[j]], ready[targets[j]])
                if time < arrival[j]:
                    arrival[j] = time
                    unfold(table, access_s, fare, labels, targets[j], part[j])
                if time - departures[i] <= limit_s:
                    out_reached[origin, j] += 1.0
                    out_mean[origin, 0, j] += time - departures[i]
                    for quantity in range(5):
                        out_mean[origin, 1 + quantity, j] += part[j, quantity]
        for j in range(targets.size):
            reached = out_reached[origin, j]
            for quantity in range(6):
                out_mean[origin, quantity, j] = (
                    out_mean[origin, quantity, j] / reached if reached > 0.0 else np.inf
                )
            out_reached[origin, j] = reached / departures.size
