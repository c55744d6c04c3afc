"""Journeys by timetable between zones over a window of departures: means by part."""

import numpy as np

from transitplan.arrays import frozen
from transitplan.graph.timetable import TimetableGraph
from transitplan.kernels import blocks
from transitplan.kernels.departures import mean_block
from transitplan.paths.skim import Skim
from transitplan.transit.journeys import LIMIT_H, MOST_RIDES
from transitplan.transit.windows import DepartureWindow

PARTS = ("time_s", "walk_s", "wait_s", "ride_s", "boardings", "transfers", "fare_cny")


def skim_timetable(
    timetable: TimetableGraph,
    window_h: tuple[float, float],
    *,
    most_rides: int = MOST_RIDES,
    limit_h: float = LIMIT_H,
    threads: int | None = None,
) -> Skim:
    """Journeys between all zones by part, as means over the minutes of a window.

    Of each minute the journey that arrives first counts; minutes without one in time are left out,
    and ``arrives`` says for how many there is one.

    Returns
    -------
    Skim
        ``time_s`` and its parts ``walk_s``, ``wait_s`` (for the first vehicle too) and ``ride_s``;
        ``boardings``, ``transfers``, ``fare_cny``; and ``arrives``, the share of the minutes.

    Examples
    --------
    >>> from transitplan.graph.timetable import compile_timetable
    >>> from transitplan.io import read_network
    >>> network = read_network("networks/two_banks/2025")
    >>> day = compile_timetable(network.transit, "2025-03-05", network=network)
    >>> skim_timetable(day, (7, 9))["arrives"].loc[1, 4]
    np.float64(1.0)
    """
    timetable.places.check_zones()
    window, zone_ids = DepartureWindow(window_h, most_rides, limit_h), timetable.places.zone_ids
    n_zones = len(zone_ids)
    targets = timetable.places.n_stops + np.arange(n_zones)
    mean, arrives = np.empty((n_zones, 6, n_zones)), np.empty((n_zones, n_zones))

    def work(block: tuple[int, int]) -> None:
        mean_block(
            timetable.arrays,
            timetable.access,
            window.departures,
            window.rules,
            targets,
            timetable.fare_cny,
            block,
            mean,
            arrives,
        )

    blocks.run(work, blocks.split(n_zones), threads)
    time, walk, ride, rides, changes, fare = mean.transpose(1, 0, 2)
    there = np.isfinite(time)
    wait = np.where(there, time, 0.0) - np.where(there, walk + ride, 0.0)
    wait = np.where(there, np.maximum(wait, 0.0), np.inf)  # what rounding leaves below 0
    return Skim(
        zone_ids,
        (*PARTS, "arrives"),
        frozen(np.stack([time, walk, wait, ride, rides, changes, fare, arrives])),
        frozen(there),
        "transit",
        timetable.version,
    )
