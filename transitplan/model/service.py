"""TransitService: immutable tables of stops, lines, trips and times, named as GTFS names them."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats, Ints
from transitplan.errors import NotFoundError
from transitplan.model.content import column_bytes
from transitplan.model.transit_tables import (
    ADDED,
    DAYS,
    SECONDS_A_DAY,
    TRANSIT_TABLES,
    dtype_of,
)

Date: TypeAlias = str | dt.date
KINDS_OF_DAY = {
    **{day: (number,) for number, day in enumerate(DAYS)},
    "weekday": (0, 1, 2, 3, 4),
    "weekend": (5, 6),
}


@dataclass(frozen=True, eq=False)
class TransitService:
    """Scheduled transit: tables named and typed like the files of GTFS, checked and complete.

    Every column of ``model.transit_tables`` is there; further columns are kept as text. Times are
    whole seconds after the midnight with which the day of service starts; 25:10:00 is 90 600.
    ``stop_times`` follow the order of ``trips`` and then ``stop_sequence``, ``frequencies`` the
    same and then ``start_time``, ``shapes`` their ``shape_pt_sequence``.

    Attributes
    ----------
    notes
        What the feed has that is left out or read in a way that one should know.
    """

    _tables: Mapping[str, pd.DataFrame]
    name: str = "transit"
    notes: tuple[str, ...] = ()

    def table(self, name: str) -> pd.DataFrame:
        """Return a table by the name of its file (``stops``); empty where the feed has none."""
        if name in self._tables:
            return self._tables[name].copy(deep=False)
        if name not in TRANSIT_TABLES:
            known = ", ".join(TRANSIT_TABLES)
            raise NotFoundError(f"no transit table {name!r}. Tables: {known}.")
        empty = pd.DataFrame(columns=[rule.name for rule in TRANSIT_TABLES[name]])
        return empty.astype({rule.name: dtype_of(rule) for rule in TRANSIT_TABLES[name]})

    @property
    def table_names(self) -> tuple[str, ...]:
        """Names of the tables that the feed has."""
        return tuple(name for name in TRANSIT_TABLES if name in self._tables)

    @property
    def agency(self) -> pd.DataFrame:
        """Companies."""
        return self.table("agency")

    @property
    def stops(self) -> pd.DataFrame:
        """Stops, stations and entrances, in longitude and latitude."""
        return self.table("stops")

    @property
    def routes(self) -> pd.DataFrame:
        """Lines."""
        return self.table("routes")

    @property
    def trips(self) -> pd.DataFrame:
        """Trips; one with rows in ``frequencies`` stands for many."""
        return self.table("trips")

    @property
    def stop_times(self) -> pd.DataFrame:
        """Calls of trips at stops, in order."""
        return self.table("stop_times")

    @property
    def frequencies(self) -> pd.DataFrame:
        """Headways of the trips that are repeated."""
        return self.table("frequencies")

    @property
    def calendar(self) -> pd.DataFrame:
        """Days of the week on which services run."""
        return self.table("calendar")

    @property
    def calendar_dates(self) -> pd.DataFrame:
        """Dates on which a service runs besides, or does not."""
        return self.table("calendar_dates")

    @property
    def shapes(self) -> pd.DataFrame:
        """Points of the courses on the ground."""
        return self.table("shapes")

    @property
    def transfers(self) -> pd.DataFrame:
        """Ways between stops."""
        return self.table("transfers")

    @property
    def translations(self) -> pd.DataFrame:
        """Texts in other languages."""
        return self.table("translations")

    @cached_property
    def version(self) -> str:
        """Hash of all tables (16 hex digits): equal for equal content."""
        digest = hashlib.sha256()
        for name in self.table_names:
            frame = self._tables[name]
            for label in frame.columns:
                digest.update(f"{name}.{label}:".encode())
                values = frame[label]
                plain = values.dtype.kind == "i"
                digest.update(values.to_numpy().tobytes() if plain else column_bytes(values))
        return digest.hexdigest()[:16]

    @cached_property
    def _runs(self) -> pd.DataFrame:
        """Number of departures, and first and last second on the way, one row a trip."""
        trips, times = self._tables["trips"], self._tables["stop_times"]
        by_trip = times.groupby("trip_id", sort=False)
        first = by_trip["departure_time"].first().reindex(trips["trip_id"])
        last = by_trip["arrival_time"].last().reindex(trips["trip_id"])
        runs = pd.DataFrame({"first_s": first, "last_s": last, "departures": 1.0})
        if "frequencies" in self._tables:
            spans = self._tables["frequencies"]
            more = (spans["end_time"] - 1 - spans["start_time"]) // spans["headway_secs"]
            spans = spans.assign(more=more, late=spans["start_time"] + more * spans["headway_secs"])
            repeated = spans.groupby("trip_id", sort=False)
            found = pd.DataFrame(
                {
                    "first_s": repeated["start_time"].min(),
                    "late": repeated["late"].max(),
                    "departures": repeated["more"].sum() + repeated.size(),
                }
            )
            found["last_s"] = found["late"] + (runs["last_s"] - runs["first_s"]).loc[found.index]
            runs.loc[found.index, list(runs.columns)] = found[list(runs.columns)].to_numpy(float)
        return runs

    def active(self, date: Date) -> frozenset[str]:
        """Services (``service_id``) that run on a date."""
        day = _as_date(date)
        services, dates, runs = self._days(day, day)
        del dates
        return frozenset(services[runs[:, 0]])

    def on(self, date: Date) -> pd.DataFrame:
        """Trips that run on a date, those of the days before that are still on their way too.

        Returns
        -------
        DataFrame
            trip_id, route_id, service_id, direction_id, and day_offset_s: what to add to the times
            of the trip to have seconds after the midnight that the date starts with: 0, or -86 400
            for a trip of the day before, which then counts from there.

        Examples
        --------
        >>> from transitplan.io.gtfs import read_service
        >>> service = read_service("networks/two_banks/2025/transit")
        >>> found = service.on("2025-03-04").set_index("trip_id")["day_offset_s"]
        >>> found["M1.0.weekday"].tolist()  # the last train of the day before is still under way
        [0, -86400]
        """
        day = _as_date(date)
        trips, last_s = self._tables["trips"], self._runs["last_s"].to_numpy()
        found = []
        back = 0
        while back == 0 or np.nanmax(last_s, initial=0.0) > back * SECONDS_A_DAY:
            services = self.active(day - dt.timedelta(days=back))
            mask = trips["service_id"].isin(services).to_numpy()
            if back:
                mask = mask & (last_s > back * SECONDS_A_DAY)
            rows = trips.loc[mask, ["trip_id", "route_id", "service_id", "direction_id"]]
            found.append(rows.assign(day_offset_s=-back * SECONDS_A_DAY))
            back += 1
        return pd.concat(found, ignore_index=True)

    def on_day(self, kind: str) -> pd.DataFrame:
        """Trips of a typical day: ``monday`` … ``sunday``, ``weekday`` or ``weekend``; see ``on``.

        The day is the busiest of its kind in the feed (``busiest``).
        """
        return self.on(self.busiest(kind))

    def busiest(self, kind: str) -> dt.date:
        """Return the date of a kind of day with most departures, the earliest of several.

        Raises
        ------
        NotFoundError
            If no such kind of day is known, or nothing runs on one.
        """
        if kind not in KINDS_OF_DAY:
            raise NotFoundError(f"no day {kind!r}. Days: {', '.join(KINDS_OF_DAY)}.")
        services, dates, runs = self._days()
        departures = self._runs["departures"].to_numpy()
        per_service = pd.Series(departures).groupby(self._tables["trips"]["service_id"]).sum()
        total: Floats = per_service.reindex(services, fill_value=0.0).to_numpy(float) @ runs
        total[~np.isin(_weekdays(dates), KINDS_OF_DAY[kind])] = 0.0
        if not total.any():
            raise NotFoundError(f"{self.name}: nothing runs on a {kind} between the feed's dates.")
        best: dt.date = dates[int(np.argmax(total))].item()
        return best

    def _days(
        self, first: dt.date | None = None, last: dt.date | None = None
    ) -> tuple[Any, Any, Bools]:
        """Services, dates, and whether each runs on each, (n_services, n_dates)."""
        calendar, exceptions = self.calendar, self.calendar_dates
        services = pd.Index(calendar["service_id"]).union(
            pd.Index(exceptions["service_id"]).unique(), sort=False
        )
        start, end, changed = (
            _days_of(values)
            for values in (calendar["start_date"], calendar["end_date"], exceptions["date"])
        )
        every = np.concatenate([start, end, changed])
        low = every.min() if first is None else np.datetime64(first, "D")
        high = every.max() if last is None else np.datetime64(last, "D")
        dates = np.arange(low, high + 1)
        runs = np.zeros((len(services), len(dates)), dtype=bool)
        week = calendar[list(DAYS)].to_numpy(dtype=bool).reshape(len(calendar), len(DAYS))
        within = (start[:, None] <= dates) & (dates <= end[:, None])
        runs[: len(calendar)] = within & week[:, _weekdays(dates)]
        here = (changed >= low) & (changed <= high)
        rows = services.get_indexer(pd.Index(exceptions["service_id"][here]))
        columns = (changed[here] - low).astype(np.int64)
        runs[rows, columns] = exceptions["exception_type"].to_numpy()[here] == ADDED
        return services.to_numpy(dtype=object), dates, runs

    def names(self, table: str, field: str, language: str) -> "pd.Series[str]":
        """Texts of a column in a language, by the id of the row; ours where none is given.

        Examples
        --------
        >>> from transitplan.io.gtfs import read_service
        >>> service = read_service("networks/two_banks/2025/transit")
        >>> service.names("routes", "route_long_name", "zh")["M1"]
        '地铁1号线'
        """
        frame = self.table(table)
        key = next(rule.name for rule in TRANSIT_TABLES[table] if rule.unique)
        own = frame.set_index(key)[field]
        rows = self.translations
        rows = rows[(rows["table_name"] == table) & (rows["field_name"] == field)]
        rows = rows[rows["language"].str.split("-").str[0] == language]
        by_value = dict(zip(rows["field_value"], rows["translation"], strict=True))
        by_id = dict(zip(rows["record_id"], rows["translation"], strict=True))
        texts = [
            by_id.get(row, by_value.get(text, text)) if row and text else text
            for row, text in own.items()
        ]
        return pd.Series(texts, index=own.index, dtype="str", name=field)

    @property
    def size_text(self) -> str:
        """Sizes in words: ``7 lines, 120 stops, 14 trips``."""
        sizes = (("lines", "routes"), ("stops", "stops"), ("trips", "trips"))
        return ", ".join(f"{len(self._tables[table])} {noun}" for noun, table in sizes)

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        from transitplan.viz.card import card

        return card(f"Transit {self.name}", [("size", self.size_text), ("version", self.version)])

    def __repr__(self) -> str:
        """Return one line: name, sizes and version."""
        return f"TransitService({self.name!r}: {self.size_text}; version {self.version})"


def _as_date(date: Date) -> dt.date:
    try:
        return pd.Timestamp(date).date()
    except ValueError:
        raise NotFoundError(f"{date!r} is no date. Write it as 2026-01-31.") from None


def _days_of(texts: "pd.Series[str]") -> Any:
    return pd.to_datetime(texts, format="%Y%m%d").to_numpy().astype("datetime64[D]")


def _weekdays(dates: Any) -> Ints:
    """Day of the week of each date, Monday 0: the first of January 1970 was a Thursday."""
    days: Ints = (dates.astype(np.int64) + 3) % 7
    return days
