"""Opportunities within reach by timetable, and minutes to the nearest facilities."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from transitplan.access.reach import REACH_MINUTES
from transitplan.arrays import Floats, Int32s
from transitplan.errors import ValidationError
from transitplan.graph.points import Hindered, add_points, open_walks
from transitplan.graph.river_walks import find_river
from transitplan.graph.timetable import TimetableGraph
from transitplan.graph.walks import Walking
from transitplan.model.network import Network
from transitplan.transit.windows import (
    DepartureWindow,
    as_window,
    check_percentiles,
    each_origin,
    nearest_rank,
)
from transitplan.units import SECONDS_PER_MINUTE

MEASURES = ("of_percentile", "mean_of_minutes")


def transit_reach(
    timetable: TimetableGraph,
    opportunities: pd.DataFrame,
    window: tuple[float, float] | DepartureWindow,
    *,
    origins: Sequence[Any] | None = None,
    minutes: Sequence[float] = REACH_MINUTES,
    percentile: float = 50.0,
    threads: int | None = None,
) -> pd.DataFrame:
    """Opportunities within given times by public transport, by both common measures.

    ``of_percentile``
        What lies within the time at a percentile of the minutes, the median by default: one counts
        on it in half of them. Conway, Byrd & van Eggermond (2018), *Accounting for uncertainty and
        variation in accessibility metrics for public transport sketch planning*, Journal of
        Transport and Land Use 11(1), doi 10.5198/jtlu.2018.1074, who advise it.
    ``mean_of_minutes``
        What is reached in each minute, as a mean over the minutes. Owen & Levinson (2015),
        *Modeling the commute mode share of transit using continuous accessibility to jobs*,
        Transportation Research Part A 74, 110-122.

    They differ where a place is reached now and then: the first counts it whole or not at all, the
    second by the share of the minutes.

    Parameters
    ----------
    opportunities
        One column a kind (people, jobs), indexed by ids of zones, stops or points.
    origins
        Ids; all zones and points by default.
    window, percentile, threads
        As in ``transit_times``.

    Returns
    -------
    DataFrame
        Columns ``origin``, ``within_min``, ``measure`` and one a kind of opportunity.

    Raises
    ------
    NotFoundError
        If a place is unknown.
    ValidationError
        If opportunities are empty, infinite or negative.
    """
    check_percentiles([percentile])
    window = as_window(window)
    there = opportunities.to_numpy(dtype=float)
    if not (np.isfinite(there) & (there >= 0)).all():
        raise ValidationError("opportunities: empty, infinite or negative cells. Correct them.")
    starts = pd.Index(timetable.places.zone_ids if origins is None else list(origins))
    limits_s = np.array(minutes, np.float64) * SECONDS_PER_MINUTE
    found = np.empty((len(starts), limits_s.size, len(MEASURES), there.shape[1]))

    def count(origin: int, times: Int32s) -> None:
        middle = nearest_rank(np.sort(times, axis=1), [percentile])[0]
        for place, limit_s in enumerate(limits_s):
            found[origin, place, 0] = (middle <= limit_s) @ there
            found[origin, place, 1] = (times <= limit_s).mean(axis=1) @ there

    each_origin(timetable, starts, opportunities.index, window, count, threads)
    labels = pd.MultiIndex.from_product(
        [starts, list(minutes), MEASURES], names=["origin", "within_min", "measure"]
    )
    rows = found.reshape(-1, there.shape[1])
    return pd.DataFrame(rows, index=labels, columns=opportunities.columns).reset_index()


def nearest_facilities(  # noqa: PLR0913  two tables and named options
    people: pd.DataFrame,
    facilities: pd.DataFrame,
    *,
    k: int = 1,
    timetable: TimetableGraph | None = None,
    window: tuple[float, float] | DepartureWindow | None = None,
    percentile: float = 50.0,
    walking: Walking | None = None,
    network: Network | None = None,
    barrier: Any = None,
) -> pd.DataFrame:
    """Minutes from where people live to the k nearest facilities of each kind; inf beyond.

    On foot up to ``direct_m`` of ``Walking``; with a timetable by public transport or on foot,
    whichever is quicker: the percentile of the time to each facility is taken first, then the k
    least.

    Parameters
    ----------
    people
        ``x_m``, ``y_m`` a row (see ``people_points``).
    facilities
        ``kind``, ``x_m``, ``y_m`` a row.
    timetable, window
        Both or none of them; the timetable's own ``walking`` then holds.
    network
        Whose river one crosses by the crossings open to walkers alone; without one there is no
        river.
    barrier
        A shapely line or area that no walk crosses.

    Returns
    -------
    DataFrame
        ``school_1_min``, ``school_2_min``, … for each kind; rows as in ``people``.

    Raises
    ------
    ValidationError
        If k is below 1, a window is missing, or ``walking`` is given beside a timetable.
    """
    wrong = []
    if k < 1:
        wrong.append(f"nearest_facilities: k is {k}; give 1 or more.")
    if (timetable is None) != (window is None):
        wrong.append("nearest_facilities: give timetable and window together.")
    if timetable is not None and walking is not None:
        wrong.append("nearest_facilities: give walking to compile_timetable, not here.")
    if wrong:
        raise ValidationError(wrong)
    codes, kinds = pd.factorize(facilities["kind"], sort=True)
    found = np.full((len(people), len(kinds) * k), np.inf)

    def take(person: int, times_s: Floats) -> None:
        for kind in range(len(kinds)):
            least = np.sort(times_s[codes == kind])[:k]
            found[person, kind * k : kind * k + least.size] = least / SECONDS_PER_MINUTE

    if timetable is None or window is None:
        hindered = Hindered(None if network is None else find_river(network), barrier)
        _on_foot(people, facilities, walking or Walking(), hindered, take)
    else:
        check_percentiles([percentile])
        day = add_points(timetable, _named(people, facilities), network=network, barrier=barrier)
        ids, size = day.places.zone_ids[timetable.places.n_zones :], len(people)

        def median(person: int, times: Int32s) -> None:
            take(person, nearest_rank(np.sort(times, axis=1), [percentile])[0])

        each_origin(day, ids[:size], ids[size:], as_window(window), median, None)
    columns = [f"{kind}_{rank}_min" for kind in kinds for rank in range(1, k + 1)]
    return pd.DataFrame(found, index=people.index, columns=columns)


def _on_foot(
    people: pd.DataFrame,
    facilities: pd.DataFrame,
    walking: Walking,
    hindered: Hindered,
    take: Callable[[int, Floats], None],
) -> None:
    """Give the walks from each person to all facilities."""
    at, there = (rows[["x_m", "y_m"]].to_numpy(dtype=float) for rows in (people, facilities))
    walks = open_walks(at, there, walking, walking.direct_m, hindered)
    first = np.searchsorted(walks.origin, np.arange(len(at) + 1))
    for person in range(len(at)):
        mine = slice(first[person], first[person + 1])
        times_s = np.full(len(there), np.inf)
        times_s[walks.place[mine]] = walks.seconds[mine]
        take(person, times_s)


def _named(people: pd.DataFrame, facilities: pd.DataFrame) -> pd.DataFrame:
    """Both tables as points with ids of their own."""
    points = pd.concat([people[["x_m", "y_m"]], facilities[["x_m", "y_m"]]])
    names = [f"person {i}" for i in range(len(people))]
    points.index = pd.Index([*names, *(f"facility {i}" for i in range(len(facilities)))])
    return points
