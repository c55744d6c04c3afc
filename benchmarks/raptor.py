"""Range queries on the timetable of a made-up city: time for each origin, memory, threads.

    python benchmarks/raptor.py --side 92 --origins 16
    python benchmarks/raptor.py --network networks/jinan/2025

Stops stand 400 m apart on a grid. Buses run along each street in lines of up to 30 stops that
overlap, in both directions, every 8 to 20 min in the peaks (7 to 9, 17 to 19) and every 15 to 30
min else, from 5:30 to 23:00, at 18 km/h in the peaks and 22 km/h else. Neighbouring stops are a
walk apart. A query finds the travel times from one origin to all stops for a departure in each
minute of two hours, with up to five rides, and their percentiles. The exit status is 1 if two
threads give other bytes than one.

With ``--network`` it is the zones of a network instead: times from all to all over two hours of a
weekday's morning, and from all to the cells where people live.
"""

import argparse
import resource
import time
from itertools import product
from statistics import median

import numpy as np

import transitplan as tp
from transitplan.access.people import people_points
from transitplan.arrays import Floats, Ints
from transitplan.graph.patterns import Calls, Walks, build_timetable
from transitplan.kernels import blocks
from transitplan.kernels.departures import times_by_departure
from transitplan.kernels.raptor import Timetable
from transitplan.transit.windows import PERCENTILES, nearest_rank

SPACING_M = 400.0
LINE_STOPS, LINE_STEP = 30, 20  # stops of a line, and from the start of one to that of the next
PEAKS_H = ((7.0, 9.0), (17.0, 19.0))
FIRST_H, LAST_H = 5.5, 23.0
SPEED_MPS = {True: 5.0, False: 6.1}  # in a peak or not
DWELL_S = 15
WALK_MPS = 1.2
CHANGE_S = 60
KEPT = 0.75  # share of the lines
WINDOW_H = (7.0, 9.0)
RULES = (5, 7200)  # rides, s


def city(side: int) -> tuple[Timetable, Ints]:
    """Make the timetable, and the number of each trip."""
    rng = np.random.default_rng(side)
    stop = np.arange(side * side).reshape(side, side)
    streets = [stop[i] for i in range(side)] + [stop[:, i] for i in range(side)]
    columns: list[tuple[Ints, Ints, Ints]] = []
    for street in [*streets, *(street[::-1] for street in streets)]:
        for begin in range(0, side - LINE_STOPS // 2, LINE_STEP):
            if rng.random() < KEPT:
                line = street[begin : begin + LINE_STOPS]
                columns += trips(line, rng)
    sizes = np.array([places.size for places, _, _ in columns])
    place, arrive, depart = (np.concatenate(part) for part in zip(*columns, strict=True))
    free = np.ones(place.size, bool)
    calls = Calls(np.repeat(np.arange(sizes.size), sizes), place, arrive, depart, free, free)
    pairs = np.concatenate([np.stack([s[:-1], s[1:]]) for s in streets], axis=1)
    ends = np.concatenate([pairs, pairs[::-1]], axis=1)
    walk_s = np.full(ends.shape[1], round(SPACING_M / WALK_MPS))
    return build_timetable(calls, Walks(*ends, walk_s), np.full(side * side, CHANGE_S))


def trips(line: Ints, rng: np.random.Generator) -> list[tuple[Ints, Ints, Ints]]:
    """Trips of a line over a day: places, arrivals, departures."""
    often, seldom = rng.uniform(8, 20) * 60, rng.uniform(15, 30) * 60
    metres = SPACING_M * np.arange(line.size) * rng.uniform(0.95, 1.1)
    found = []
    clock = FIRST_H * 3600 + rng.uniform(0, seldom)
    while clock < LAST_H * 3600:
        peak = any(low <= clock / 3600 < high for low, high in PEAKS_H)
        depart = clock + metres / SPEED_MPS[peak] + DWELL_S * np.arange(line.size)
        depart = depart.round().astype(np.int64)
        found.append((line, depart - DWELL_S, depart))
        clock += often if peak else seldom
    return found


def run(table: Timetable, origins: Ints, threads: int) -> tuple[Floats, float, float]:
    """Percentiles from all origins; CPU and wall time [s]."""
    n_places = table.change_s.size
    departures = np.arange(9 * 3600 - 60, 7 * 3600 - 60, -60)
    out = np.empty((origins.size, len(PERCENTILES), n_places))
    targets, nothing = np.arange(n_places), np.empty((0, 0), np.int32)

    def work(block: tuple[int, int]) -> None:
        times = np.empty((n_places, departures.size), np.int32)
        for i in range(*block):
            access = origins[i : i + 1].astype(np.int32), np.zeros(1, np.int32)
            times_by_departure(table, access, departures, RULES, targets, times, nothing)
            times.sort(axis=1)
            out[i] = nearest_rank(times, PERCENTILES)

    cpu, wall = time.process_time(), time.perf_counter()
    blocks.run(work, blocks.split(origins.size), threads)
    return out, time.process_time() - cpu, time.perf_counter() - wall


def of_network(path: str, pairs: int) -> None:
    """Zone × zone and zone × cell times of a network: CPU time, and the same bytes."""
    network = tp.read_network(path)
    day = tp.compile_timetable(network.transit, network.transit.busiest("weekday"), network=network)
    cells = people_points(network)[["x_m", "y_m"]].rename(index="cell {}".format)
    zones = list(day.places.zone_ids)
    begin = time.process_time()
    wide = tp.add_points(day, cells)
    added = time.process_time() - begin
    tp.transit_times(day, zones[:1], WINDOW_H)
    for name, places, ends in (("zones", day, zones), ("cells", wide, list(cells.index))):
        spent: dict[int, list[float]] = {1: [], 2: []}
        found = {}
        for _, threads in product(range(pairs), spent):
            begin = time.process_time()
            found[threads] = tp.transit_times(
                places, zones, WINDOW_H, destinations=ends, threads=threads
            ).values.tobytes()
            spent[threads].append(time.process_time() - begin)
        same = found[1] == found[2]
        one, two = (median(times) for times in spent.values())
        print(
            f"{len(zones)} zones to {len(ends)} {name}, 120 departures: {one:.2f} s of CPU, with 2 "
            f"threads {two:.2f} s; {'the same bytes' if same else 'DIFFERENT'}"
        )
        if not same:
            raise SystemExit(1)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"points added in {added:.2f} s of CPU; peak memory {memory:.0f} MB")


def main() -> None:
    """Print sizes, times and memory."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--side", type=int, default=92)
    parser.add_argument("--origins", type=int, default=16)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--network", help="a network with transit, instead of the made-up city")
    asked = parser.parse_args()
    if asked.network:
        of_network(asked.network, asked.pairs)
        return
    before = time.perf_counter()
    table, number = city(asked.side)
    built = time.perf_counter() - before
    size = sum(array.nbytes for array in table)
    n_places = table.change_s.size
    print(
        f"{n_places} stops, {number.size} trips, {table.first_time.size} patterns, "
        f"{table.arrive.size} calls: made in {built:.1f} s, {size / 1e6:.0f} MB of arrays"
    )
    origins = np.random.default_rng(1).choice(n_places, asked.origins, replace=False)
    run(table, origins[:1], 1)
    pairs = [(run(table, origins, 1), run(table, origins, 2)) for _ in range(asked.pairs)]
    one, two = pairs[0][0][0], pairs[0][1][0]
    cpu = median(single[1] for single, _ in pairs) / origins.size
    ratio = [single[2] / double[2] for single, double in pairs]
    more = median(double[1] / single[1] for single, double in pairs)
    middle = one[:, 2][np.isfinite(one[:, 2])] / 60
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"120 departures to all stops: {1000 * cpu:.0f} ms of CPU an origin; 2 threads "
        f"{median(ratio):.2f} times as fast by wall time ({min(ratio):.2f} to {max(ratio):.2f}) "
        f"for {more:.2f} times the CPU; peak memory {memory:.0f} MB; "
        f"{np.isfinite(one[:, 2]).mean():.0%} of the stops within 2 h in half of the minutes, "
        f"{np.median(middle):.0f} min to the middle one"
    )
    same = one.tobytes() == two.tobytes()
    print("percentiles: the same bytes" if same else "percentiles: DIFFERENT")
    raise SystemExit(not same)


if __name__ == "__main__":
    main()
