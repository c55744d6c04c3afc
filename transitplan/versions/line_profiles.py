"""How each line of a timetable runs on a typical day: departures, headways, times, stops."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from transitplan.errors import NotFoundError
from transitplan.model.service import TransitService
from transitplan.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

HOURS = (0, 5, 7, 9, 16, 19, 22, 30)  # bounds of the periods; a day of service may pass midnight
DAYS = ("weekday", "weekend")
Profile = dict[tuple[str, str], Any]  # what and unit → value
DIGITS = 6  # of minutes: below is rounding


def profiles(service: TransitService, partner: Mapping[Any, Any]) -> dict[Any, Profile]:
    """How each line runs, by its id.

    On the busiest weekday and weekend day of the feed, for each direction, of the trips that leave
    the stop that most of them leave (a line may have branches, or parts that run apart): their
    number, mean headway in each period of their first departures (its length over their number),
    mean time from the first stop to the last, and the stops of the most frequent pattern.

    partner
        Ids to call stops by, where they have others.
    """
    found: dict[Any, Profile] = {}
    if "trips" not in service.table_names:
        return found
    runs = _runs(service)
    for day in DAYS:
        try:
            today = service.on_day(day)
        except NotFoundError:
            continue
        today = today[today["day_offset_s"] == 0]
        rows = runs.merge(today[["trip_id", "route_id", "direction_id"]], on="trip_id")
        grouped: Any = rows.groupby(["route_id", "direction_id"], sort=True)
        for (line, direction), each in grouped:
            where = f"{day}, direction {direction}"
            found.setdefault(line, {}).update(_profile(each, where, partner))
    return found


def _runs(service: TransitService) -> pd.DataFrame:
    """Departures: trip_id, start_s; ride_s and stops of the trip."""
    times = service.stop_times
    by_trip = times.groupby("trip_id", sort=False)
    trips = pd.DataFrame(
        {
            "start_s": by_trip["departure_time"].first(),
            "ride_s": by_trip["arrival_time"].last() - by_trip["departure_time"].first(),
            "stops": by_trip["stop_id"].agg(tuple),
        }
    ).reset_index()
    spans = service.frequencies
    single = trips[~trips["trip_id"].isin(spans["trip_id"])]
    if spans.empty:
        return single
    count = ((spans["end_time"] - 1 - spans["start_time"]) // spans["headway_secs"] + 1).to_numpy()
    row = np.repeat(np.arange(len(spans)), count)
    number = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    start = spans["start_time"].to_numpy()[row] + number * spans["headway_secs"].to_numpy()[row]
    repeated = pd.DataFrame({"trip_id": spans["trip_id"].to_numpy()[row], "start_s": start})
    repeated = repeated.merge(trips.drop(columns="start_s"), on="trip_id")
    return pd.concat([single, repeated], ignore_index=True)


def _profile(runs: pd.DataFrame, where: str, partner: Mapping[Any, Any]) -> Profile:
    """One line in one direction on one day, at the stop that most of its trips leave."""
    left = Counter(stop for stops in runs["stops"] for stop in set(stops[:-1]))
    if left:
        busiest = min(left, key=lambda stop: (-left[stop], str(stop)))
        runs = runs[[busiest in stops[:-1] for stops in runs["stops"]]]
    found: Profile = {(f"departures {where}", "per day"): float(len(runs))}
    hour = runs["start_s"].to_numpy() / SECONDS_PER_HOUR
    counts = np.histogram(hour, HOURS)[0]
    for low, high, n in zip(HOURS[:-1], HOURS[1:], counts.tolist(), strict=True):
        if n:
            column = f"headway {where}, {low:02d}–{high:02d} h"
            found[column, "min"] = round((high - low) * 60.0 / n, DIGITS)
    ride_min = float(runs["ride_s"].mean()) / SECONDS_PER_MINUTE
    found[f"running time {where}", "min"] = round(ride_min, DIGITS)
    pattern: Any = runs["stops"].value_counts().sort_index(kind="stable").idxmax()
    found[f"stops {where}", ""] = tuple(partner.get(stop, stop) for stop in pattern)
    return found
