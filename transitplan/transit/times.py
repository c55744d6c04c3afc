"""Travel times by timetable over a window of departures: percentiles, and means by part."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats, Int32s, Ints, frozen
from transitplan.errors import NotFoundError, ValidationError
from transitplan.graph.timetable import TimetableGraph
from transitplan.kernels import blocks
from transitplan.kernels.departures import mean_block, percentile_block
from transitplan.paths.skim import Skim
from transitplan.transit.journeys import LIMIT_H, MOST_RIDES, find_place, walks_from
from transitplan.units import SECONDS_PER_HOUR

MEDIAN = (50.0,)
STEP_S = 60
PARTS = ("time_s", "walk_s", "wait_s", "ride_s", "boardings", "transfers", "fare_cny")


@dataclass(frozen=True, eq=False)
class TravelTimes:
    """Percentiles of the travel time over the departures of a window.

    The p-th percentile is the time that p % of the departures do not exceed (nearest rank): it is a
    time that occurs. Waiting for the first vehicle is part of the time. Departures that do not
    arrive in time are the longest; where they reach the percentile it is inf.
    """

    origins: "pd.Index[Any]"
    destinations: "pd.Index[Any]"
    percentiles: tuple[float, ...]
    values: Floats  # (n_origins, n_percentiles, n_destinations) [s]
    window_h: tuple[float, float]
    version: str = ""  # of the service

    def matrix(self, percentile: float = 50.0) -> pd.DataFrame:
        """One percentile as an origin × destination DataFrame [s]."""
        if percentile not in self.percentiles:
            known = ", ".join(f"{each:g}" for each in self.percentiles)
            raise NotFoundError(f"matrix: no percentile {percentile:g}; it has {known}.")
        values = self.values[:, self.percentiles.index(percentile)]
        return pd.DataFrame(values, index=self.origins, columns=self.destinations, copy=True)

    def to_frame(self) -> pd.DataFrame:
        """One row a pair: origin, destination, and time_p50_s and so on."""
        n_origins, n_destinations = len(self.origins), len(self.destinations)
        columns: dict[str, Any] = {
            "origin": self.origins.repeat(n_destinations),
            "destination": self.destinations[np.tile(np.arange(n_destinations), n_origins)],
        }
        for place, percentile in enumerate(self.percentiles):
            columns[f"time_p{percentile:g}_s"] = self.values[:, place].ravel()
        return pd.DataFrame(columns)


def travel_times(
    timetable: TimetableGraph,
    window_h: tuple[float, float],
    *,
    origins: Sequence[Any] | None = None,
    destinations: Sequence[Any] | None = None,
    percentiles: Sequence[float] = MEDIAN,
    most_rides: int = MOST_RIDES,
    limit_h: float = LIMIT_H,
    threads: int | None = None,
) -> TravelTimes:
    """Percentiles of the travel times of those who leave in each minute of a window.

    Parameters
    ----------
    timetable
        A compiled day.
    window_h
        From and to, hours after the midnight that the date begins with; the end does not count.
    origins, destinations
        zone_id or stop_id; all zones by default.
    percentiles
        Above 0, to 100: 50 is the median, 5 a lucky minute and 95 an unlucky one.
    most_rides, limit_h
        Journeys with more rides, or longer ones, do not count as arriving.
    threads
        At most so many; all cores by default. The answer is the same for any number.

    Raises
    ------
    NotFoundError
        If a place is unknown.
    ValidationError
        If the window is empty, a percentile is none, or there are no zones.

    Examples
    --------
    >>> from transitplan.graph.timetable import compile_timetable
    >>> from transitplan.io import read_network
    >>> network = read_network("networks/two_banks/2025")
    >>> day = compile_timetable(network.transit, "2025-03-05", network=network)
    >>> times = travel_times(day, (7, 9), percentiles=[5, 50, 95])
    >>> bool((times.matrix(5) <= times.matrix(95)).all(axis=None))
    True
    """
    wrong = [each for each in percentiles if not 0 < each <= 100]  # noqa: PLR2004  per cent
    if wrong:
        raise ValidationError(f"percentiles: {wrong[0]} was given; each is above 0, to 100.")
    if origins is None or destinations is None:
        timetable.places.check_zones()
    departures = _departures(window_h)
    starts, ends = (
        pd.Index(timetable.places.zone_ids if names is None else list(names))
        for names in (origins, destinations)
    )
    access = _access(timetable, starts)
    targets = np.array([find_place(timetable, name) for name in ends], np.int64)
    shares = np.array(percentiles, np.float64) / 100.0
    rules = (most_rides, round(limit_h * SECONDS_PER_HOUR))
    found = np.empty((len(starts), shares.size, len(ends)))

    def work(block: tuple[int, int]) -> None:
        percentile_block(timetable.arrays, access, departures, rules, targets, shares, block, found)

    blocks.run(work, blocks.split(len(starts)), threads)
    return TravelTimes(
        starts,
        ends,
        tuple(float(each) for each in percentiles),
        frozen(found),
        window_h,
        timetable.version,
    )


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
    departures, zone_ids = _departures(window_h), timetable.places.zone_ids
    n_zones = len(zone_ids)
    targets = timetable.places.n_stops + np.arange(n_zones)
    rules = (most_rides, round(limit_h * SECONDS_PER_HOUR))
    mean, arrives = np.empty((n_zones, 6, n_zones)), np.empty((n_zones, n_zones))

    def work(block: tuple[int, int]) -> None:
        mean_block(
            timetable.arrays,
            timetable.access,
            departures,
            rules,
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


def _departures(window_h: tuple[float, float]) -> Ints:
    """Each minute of the window, from the last to the first [s]."""
    begin, end = (round(hour * SECONDS_PER_HOUR) for hour in window_h)
    if end <= begin:
        raise ValidationError(f"window_h: {window_h} ends before it begins. Give (from, to).")
    return np.arange(begin, end, STEP_S, dtype=np.int64)[::-1].copy()


def _access(timetable: TimetableGraph, starts: "pd.Index[Any]") -> tuple[Ints, Int32s, Int32s]:
    """Walks with which journeys from the origins begin: first, place, seconds."""
    walks = [walks_from(timetable, find_place(timetable, name)) for name in starts]
    first = np.cumsum([0, *(place.size for place, _ in walks)], dtype=np.int64)
    nothing = np.empty(0, np.int32)
    places = np.concatenate([nothing, *(place for place, _ in walks)])
    return first, places, np.concatenate([nothing, *(seconds for _, seconds in walks)])
