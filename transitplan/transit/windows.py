"""Times from door to door over a window of departures: percentiles, mean, how often one arrives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats, Int32s, Ints, frozen
from transitplan.errors import NotFoundError, ValidationError
from transitplan.graph.timetable import TimetableGraph
from transitplan.kernels import blocks
from transitplan.kernels.departures import times_by_departure
from transitplan.kernels.raptor import NEVER
from transitplan.transit.journeys import LIMIT_H, MOST_RIDES, find_place, walks_from
from transitplan.units import SECONDS_PER_HOUR

PERCENTILES = (5.0, 25.0, 50.0, 75.0, 95.0)
STEP_S = 60
MOST = 100.0  # per cent


@dataclass(frozen=True)
class DepartureWindow:
    """Departures in each minute of a window, and which journeys count.

    ``hours`` are from and to, after the midnight that the date begins with; the end does not count.
    Journeys with more rides or that take longer do not count as arriving.
    """

    hours: tuple[float, float]
    most_rides: int = MOST_RIDES
    limit_h: float = LIMIT_H

    def __post_init__(self) -> None:
        """Refuse a window in which nobody leaves."""
        wrong = []
        if not self.hours[0] < self.hours[1]:
            wrong.append(f"window: {self.hours} ends before it begins. Give (from, to) in hours.")
        if not self.most_rides >= 0:
            wrong.append(f"most_rides: {self.most_rides} was given; it must be 0 or more.")
        if not self.limit_h > 0:
            wrong.append(f"limit_h: {self.limit_h} was given; it must be above 0.")
        if wrong:
            raise ValidationError(wrong)

    @property
    def departures(self) -> Ints:
        """Every minute, from the last to the first [s]."""
        begin, end = (round(hour * SECONDS_PER_HOUR) for hour in self.hours)
        return np.arange(begin, end, STEP_S, dtype=np.int64)[::-1].copy()

    @property
    def rules(self) -> tuple[int, int]:
        """Most rides, and the limit [s]."""
        return self.most_rides, round(self.limit_h * SECONDS_PER_HOUR)


@dataclass(frozen=True, eq=False)
class TransitTimes:
    """Times from door to door of those who leave in each minute of a window.

    The p-th percentile is the time that p % of the minutes do not exceed (nearest rank), a time
    that occurs; a minute without a journey in time is the longest, and where it reaches the
    percentile that is inf. The mean is of the minutes that arrive, and ``share`` says how many do.
    Waiting for the first vehicle is part of the time.
    """

    origins: "pd.Index[Any]"
    destinations: "pd.Index[Any]"
    percentiles: tuple[float, ...]
    values: Floats  # (n_origins, n_percentiles, n_destinations) [s]
    mean_s: Floats  # (n_origins, n_destinations); inf where no minute arrives
    share: Floats  # (n_origins, n_destinations) of the minutes
    window: DepartureWindow
    version: str = ""  # of the service

    def table(self, which: float | str = 50.0) -> pd.DataFrame:
        """One percentile, ``"mean"`` [s] or ``"share"`` as origin × destination DataFrame."""
        if which in self.percentiles:
            values = self.values[:, self.percentiles.index(float(which))]
        elif which in {"mean", "share"}:
            values = self.mean_s if which == "mean" else self.share
        else:
            known = ", ".join(f"{each:g}" for each in self.percentiles)
            raise NotFoundError(f"table: no {which!r}; it has percentiles {known}, mean and share.")
        return pd.DataFrame(values, index=self.origins, columns=self.destinations, copy=True)

    def to_frame(self) -> pd.DataFrame:
        """One row a pair: origin, destination, time_mean_s, time_p50_s and so on, share."""
        n_origins, n_destinations = self.share.shape
        columns: dict[str, Any] = {
            "origin": self.origins.repeat(n_destinations),
            "destination": self.destinations[np.tile(np.arange(n_destinations), n_origins)],
            "time_mean_s": self.mean_s.ravel(),
        }
        for place, percentile in enumerate(self.percentiles):
            columns[f"time_p{percentile:g}_s"] = self.values[:, place].ravel()
        return pd.DataFrame({**columns, "share": self.share.ravel()})


def transit_times(
    timetable: TimetableGraph,
    origins: Sequence[Any] | None,
    window: tuple[float, float] | DepartureWindow,
    *,
    destinations: Sequence[Any] | None = None,
    percentiles: Sequence[float] = PERCENTILES,
    threads: int | None = None,
) -> TransitTimes:
    """Times from door to door by timetable, summed up over the minutes of a window.

    Parameters
    ----------
    timetable
        A compiled day; ``add_points`` gives it cells and addresses.
    origins, destinations
        zone_id, stop_id or ids of points; None: all zones and points.
    window
        Hours (from, to), or a ``DepartureWindow`` with its limits.
    percentiles
        Above 0, to 100: 5 is a lucky minute, 95 an unlucky one.
    threads
        At most so many; all cores by default. The answer is the same for any number. Beside the
        answer each thread holds the times of one origin.

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
    >>> times = transit_times(day, [1, 2], (7, 9))
    >>> bool((times.table(5) <= times.table(95)).all(axis=None))
    True
    """
    check_percentiles(percentiles)
    window = as_window(window)
    if origins is None or destinations is None:
        timetable.places.check_zones()
    starts, ends = (
        pd.Index(timetable.places.zone_ids if names is None else list(names))
        for names in (origins, destinations)
    )
    shape = (len(starts), len(ends))
    values = np.empty((shape[0], len(percentiles), shape[1]))
    mean_s, share = np.empty(shape), np.empty(shape)

    def sum_up(origin: int, times: Int32s) -> None:
        ordered = np.sort(times, axis=1)
        values[origin] = nearest_rank(ordered, percentiles)
        arrives = times < NEVER
        count = arrives.sum(axis=1)
        total = np.where(arrives, times, 0).sum(axis=1, dtype=np.int64)
        mean_s[origin] = np.where(count > 0, total / np.maximum(count, 1), np.inf)
        share[origin] = count / times.shape[1]

    each_origin(timetable, starts, ends, window, sum_up, threads)
    return TransitTimes(
        starts,
        ends,
        tuple(float(each) for each in percentiles),
        frozen(values),
        frozen(mean_s),
        frozen(share),
        window,
        timetable.version,
    )


def each_origin(
    timetable: TimetableGraph,
    origins: "pd.Index[Any]",
    destinations: "pd.Index[Any]",
    window: DepartureWindow,
    take: Callable[[int, Int32s], None],
    threads: int | None,
) -> None:
    """Call ``take`` with the number of each origin and its times.

    Times are whole seconds, (n_destinations, n_departures), NEVER where one does not arrive.
    ``take`` runs on several threads and writes to places of its own.
    """
    starts, targets = (_positions(timetable, names) for names in (origins, destinations))
    departures, nothing = window.departures, np.empty((0, 0), np.int32)

    def work(block: tuple[int, int]) -> None:
        times = np.empty((targets.size, departures.size), np.int32)
        for origin in range(*block):
            access = walks_from(timetable, int(starts[origin]))
            times_by_departure(
                timetable.arrays, access, departures, window.rules, targets, times, nothing
            )
            take(origin, times)

    blocks.run(work, blocks.split(len(origins)), threads)


def _positions(timetable: TimetableGraph, names: "pd.Index[Any]") -> Ints:
    """``find_place`` of many names at once."""
    places = timetable.places
    zone, stop = (ids.get_indexer(names) for ids in (places.zone_ids, places.stop_ids))
    for name in names[(zone >= 0) == (stop >= 0)]:  # both or neither: it says what is wrong
        find_place(timetable, name)
    return np.where(stop >= 0, stop, places.n_stops + zone).astype(np.int64)


def nearest_rank(ordered: Int32s, percentiles: Sequence[float]) -> Floats:
    """Percentiles of rows in order, (n_percentiles, n_rows) [s]; inf where they do not arrive."""
    shares = np.array(percentiles, np.float64) / MOST
    rank = np.maximum(np.ceil(shares * ordered.shape[1] - 1e-9).astype(np.int64) - 1, 0)
    chosen = ordered[:, rank].T
    found: Floats = np.where(chosen < NEVER, chosen, np.inf)
    return found


def check_percentiles(percentiles: Sequence[float]) -> None:
    """Refuse what is no percentile."""
    wrong = [each for each in percentiles if not 0 < each <= MOST]
    if wrong:
        raise ValidationError(
            f"percentiles: {', '.join(map(str, wrong))} was given; each is above 0, to 100."
        )


def as_window(window: tuple[float, float] | DepartureWindow) -> DepartureWindow:
    """Hours as a window with the usual limits."""
    return (
        window if isinstance(window, DepartureWindow) else DepartureWindow((window[0], window[1]))
    )
