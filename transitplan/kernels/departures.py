"""What many departures reach, one after the other: arrivals, times, and means by part."""

import numpy as np
from numba import njit

from transitplan.kernels.raptor import NEVER, Labels, Timetable, clear, new_labels, search
from transitplan.kernels.records import Floats, Int32s, Ints


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
def times_by_departure(
    table: Timetable,
    access: tuple[Int32s, Int32s],
    departures: Ints,
    rules: tuple[int, int],
    targets: Ints,
    out_time: Int32s,
    out_landed: Int32s,
) -> None:
    """Find the time to each target at each departure, from one origin.

    access      (place int32, seconds int32)  walks from the origin
    departures  int64 (n_departures,)  s, falling
    rules       (most rides, limit s of a journey): a longer one does not count as reaching
    targets     int64 (n_targets,)     places
    out_time    int32 (n_targets, n_departures)  s; NEVER where not reached
    out_landed  int32, the same for those who step out of a vehicle there, or (0, 0)
    """
    n_rounds, limit_s = rules
    labels, marks = new_labels(table, n_rounds)
    for i in range(departures.size):
        search(table, access, departures[i], limit_s, labels, marks)
        for j in range(targets.size):
            landed = labels.arrive[n_rounds, targets[j]] - departures[i]
            time = min(landed, labels.ready[n_rounds, targets[j]] - departures[i])
            out_time[j, i] = time if time <= limit_s else NEVER
            if out_landed.size:
                out_landed[j, i] = landed if landed <= limit_s else NEVER


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

    access       (first int64 (n_origins + 1,), place int32, seconds int32)  walks from the origins
    departures   int64 (n_departures,)  s, falling
    rules        (most rides, limit s of a journey): a longer one does not count as reaching
    targets      int64 (n_targets,)     places
    fare         float64 (n_patterns,)  for each boarding
    block        (first origin, end origin)
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
