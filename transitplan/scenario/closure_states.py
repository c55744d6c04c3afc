"""States of the river: which crossings are shut or narrowed at once, and how likely each is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.scenario.closures import (
    CELL_HOURS,
    HOURS_PER_YEAR,
    NIGHT_HOURS,
    NIGHT_WORTH,
    share_of_hours,
)

Cut: TypeAlias = tuple[tuple[str, float], ...]  # crossing_id and the share of capacity left, sorted


@dataclass(frozen=True, eq=False)
class Level:
    """What is shut at one strength of an event, and the chance of it in an hour, (12, 2)."""

    cut: Cut
    share: Floats  # by month, day and night


@dataclass(frozen=True, eq=False)
class Event:
    """Something that happens by itself: fog over all bridges, an incident on one.

    Its levels exclude each other. Different events are independent of each other within a month
    and a time of day.
    """

    cause_id: str
    levels: tuple[Level, ...]
    low: float = 1.0  # its hours at the low and the high end of their range, over the central ones
    high: float = 1.0


def closing(crossings: Iterable[str]) -> Cut:
    """Return the cut that shuts these crossings.

    Examples
    --------
    >>> closing(["W", "E"])
    (('E', 0.0), ('W', 0.0))
    """
    return tuple((crossing, 0.0) for crossing in sorted(set(crossings)))


def both(one: Cut, other: Cut) -> Cut:
    """Return the cut of two cuts at once: of each crossing the smaller share is left.

    Examples
    --------
    >>> both((("W", 0.5),), (("E", 0.0), ("W", 0.8)))
    (('E', 0.0), ('W', 0.5))
    """
    left = dict(one)
    for crossing, share in other:
        left[crossing] = min(share, left.get(crossing, 1.0))
    return tuple(sorted(left.items()))


def shut(cut: Cut) -> tuple[str, ...]:
    """Crossings that a cut leaves nothing of."""
    return tuple(crossing for crossing, left in cut if left == 0.0)


def narrowed(cut: Cut) -> tuple[str, ...]:
    """Crossings that a cut leaves something of."""
    return tuple(crossing for crossing, left in cut if left > 0.0)


def build_events(closures: pd.DataFrame) -> list[Event]:
    """Events behind the closures of crossings, from ``crossing_closures``.

    Rows of one cause and group happen together: the crossing with the fewest hours is shut only
    while all that have more are shut too, so that the levels nest. Rows that take no hour or no
    capacity make no event.
    """
    real = closures[(closures["hours"] > 0) & (closures["capacity_left"] < 1)]
    alone = real["group"] == ""
    key = real["group"].where(~alone, real["crossing_id"])
    events = []
    for (cause, _), rows in real.groupby(["cause_id", key.rename("key")], sort=False):
        own = rows.to_dict("records")
        shares = np.stack([share_of_hours(row) for row in own])
        left = [(str(row["crossing_id"]), float(row["capacity_left"])) for row in own]
        low, high = (
            float(rows[name].sum() / rows["hours"].sum()) for name in ("hours_low", "hours_high")
        )
        events.append(Event(str(cause), _levels(left, shares), low, high))
    return events


def _levels(left: list[tuple[str, float]], shares: Floats) -> tuple[Level, ...]:
    """Nested levels: of each cell of the calendar, the likeliest crossing first."""
    found: dict[Cut, Floats] = {}
    for cell in np.ndindex(CELL_HOURS.shape):
        chance = shares[(slice(None), *cell)]
        order = np.argsort(-chance, kind="stable")
        for place, crossing in enumerate(order):
            after = chance[order[place + 1]] if place + 1 < order.size else 0.0
            step = chance[crossing] - after
            if step > 0:
                cut = tuple(sorted(left[each] for each in order[: place + 1]))
                found.setdefault(cut, np.zeros(CELL_HOURS.shape))[cell] += step
    return tuple(Level(cut, share) for cut, share in found.items())


def hours_of(share: Floats) -> float:
    """Hours a year of a chance by month and time of day [h]."""
    return float((CELL_HOURS * share).sum())


def peak_hours_of(share: Floats, values: Mapping[str, Any]) -> float:
    """Peak hours a year that closures with this chance are worth [h].

    A night hour is worth ``night_hour_worth`` of a peak hour. Day hours share out the rest, so
    that a whole year is worth ``benefit_hours_per_day × days_per_year``: what a crossing that is
    shut all year loses is what it is worth when it is open.
    """
    year = values["benefit_hours_per_day"] * values["days_per_year"]
    night = values[NIGHT_WORTH]
    days = HOURS_PER_YEAR / 24.0
    day = (year / days - NIGHT_HOURS * night) / (24.0 - NIGHT_HOURS)
    return float((CELL_HOURS * share * np.array([day, night])).sum())
