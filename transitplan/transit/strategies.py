"""Trips on lines with headways: optimal strategies, what they cost, and the loads they make."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats, Ints, frozen, positions
from transitplan.errors import AccountingError
from transitplan.graph.frequency import (
    ACCESS,
    BOARD,
    DWELL,
    EGRESS,
    LEAVE,
    RIDE,
    TRANSFER,
    WALK,
    FrequencyGraph,
)
from transitplan.model.demand import Demand
from transitplan.paths.skim import Skim
from transitplan.transit.crowding import Crowded, Crowding, crowded_strategies
from transitplan.transit.loading import load_strategies
from transitplan.transit.search_net import FIELDS, TransitWeights, search_net, zone_trips
from transitplan.units import SECONDS_PER_HOUR

if TYPE_CHECKING:  # loads that are only computed need no maps
    from transitplan.model.network import Network
    from transitplan.viz.maps import PlanMap

CLOSE = 1e-9  # share of all trips


@dataclass(frozen=True, eq=False)
class TransitAssignment:
    """Loads of an hour, and what trips between all zones cost.

    Attributes
    ----------
    skim
        ``cost_s`` (weighted), ``walk_s``, ``wait_s``, ``ride_s``, ``time_s`` (those three),
        ``boardings``, ``transfers`` and ``fare_cny``, all as expected along the best strategy.
    accounts
        Persons an hour: ``demand`` = ``by_transit`` + ``on_foot`` + ``unreachable`` +
        ``within_zones``.
    """

    lines: FrequencyGraph
    weights: TransitWeights
    skim: Skim
    volume_pph: Floats  # (n_links,) persons an hour
    accounts: dict[str, float]
    crowded: Crowded | None = None  # None where vehicles have room for all

    def to_frame(self) -> pd.DataFrame:
        """One row a segment: between two stops that a course calls at one after the other.

        Returns
        -------
        DataFrame
            course, route_id, direction_id, from_stop_id, to_stop_id, vehicles_per_hour, ride_s,
            passengers_pph; with crowding also capacity_pph.
        """
        calls, call = self.lines.calls, self._rides
        stop_ids, stop = self.lines.places.stop_ids, calls["stop"].to_numpy()
        found = pd.DataFrame(
            {
                **{name: calls[name].to_numpy()[call] for name in _LINE},
                "from_stop_id": stop_ids[stop[call]],
                "to_stop_id": stop_ids[stop[call + 1]],
                "vehicles_per_hour": calls["vehicles_per_hour"].to_numpy()[call],
                "ride_s": calls["ride_s"].to_numpy()[call],
                "passengers_pph": self.volume_pph[self.lines.kind == RIDE],
            }
        )
        if self.crowded is not None:
            found["capacity_pph"] = self.crowded.capacity_pph[call]
        return found

    def over_capacity(self, *, tolerance: float = 0.01) -> pd.DataFrame:
        """Segments that carry more than their vehicles take, by more than a share of it.

        Empty where there is room for all, or nobody looked: without ``crowding``.
        """
        rows = self.to_frame()
        if self.crowded is None:
            return rows.iloc[:0]
        limit = rows["capacity_pph"] * (1.0 + tolerance)
        return rows[rows["passengers_pph"] > limit].reset_index(drop=True)

    def calls_frame(self) -> pd.DataFrame:
        """One row a call of a course: who boards, leaves, and stays in the vehicle [persons/h]."""
        calls = self.lines.calls
        return pd.DataFrame(
            {
                **{name: calls[name].to_numpy() for name in _LINE},
                "stop_id": self.lines.places.stop_ids[calls["stop"].to_numpy()],
                "boardings_pph": self._by_call(BOARD),
                "alightings_pph": self._by_call(LEAVE),
                "through_pph": self._by_call(DWELL),
            }
        )

    def stops_frame(self) -> pd.DataFrame:
        """One row a stop: who boards, leaves, comes from zones, goes to them, and changes."""
        lines = self.lines
        n_stops, ids = lines.places.n_stops, lines.places.stop_ids
        ends = {ACCESS: lines.head, EGRESS: lines.tail - n_stops, TRANSFER: lines.head}
        stop = {
            **ends,
            BOARD: lines.tail,
            LEAVE: lines.head - n_stops,
        }
        names = {
            BOARD: "boardings_pph",
            LEAVE: "alightings_pph",
            ACCESS: "from_zones_pph",
            EGRESS: "to_zones_pph",
            TRANSFER: "changes_pph",
        }
        columns = {}
        for kind, name in names.items():
            chosen = lines.kind == kind
            columns[name] = np.bincount(stop[kind][chosen], self.volume_pph[chosen], n_stops)
        return pd.DataFrame({"stop_id": ids, **columns})

    def lines_frame(self) -> pd.DataFrame:
        """One row a line: boardings, hours and km of passengers, and the fullest segment.

        Kilometres are straight between stops. ``peak_pph`` is the greatest load of a segment of
        any of its courses, by direction.
        """
        segments, calls = self.to_frame(), self.lines.calls
        stop = self.lines.places.stop_m[calls["stop"].to_numpy()]
        apart_m = np.hypot(*(stop[self._rides + 1] - stop[self._rides]).T)
        load = segments["passengers_pph"]
        dwell_s = self._by_call(DWELL) * calls["dwell_s"].to_numpy()
        segments["hours"] = load * segments["ride_s"] / SECONDS_PER_HOUR
        segments["km"] = load * apart_m / 1000
        by_line = segments.groupby("route_id", sort=False)
        along = ["route_id", "direction_id", "from_stop_id", "to_stop_id"]
        peak = segments.groupby(along)["passengers_pph"].sum().groupby("route_id").max()
        found = pd.DataFrame(
            {
                "boardings_pph": self.calls_frame().groupby("route_id")["boardings_pph"].sum(),
                "passenger_hours": by_line["hours"].sum()
                + pd.Series(dwell_s).groupby(calls["route_id"]).sum() / SECONDS_PER_HOUR,
                "passenger_km": by_line["km"].sum(),
                "peak_pph": peak,
            }
        )
        found.index.name = "route_id"
        return found.loc[calls["route_id"].drop_duplicates().tolist()].reset_index()

    def across(self, bank: "pd.Series[Any]") -> pd.DataFrame:
        """Passengers who cross the river, by line and direction.

        Parameters
        ----------
        bank
            Bank of each stop, by stop_id (``stop_banks``); a segment crosses where the banks of its
            two stops differ and neither is empty.

        Returns
        -------
        DataFrame
            route_id, from_stop_id, to_stop_id, from_bank, to_bank, passengers_pph.
        """
        rows = self.to_frame()
        rows["from_bank"] = rows["from_stop_id"].map(bank).fillna("")
        rows["to_bank"] = rows["to_stop_id"].map(bank).fillna("")
        crosses = (rows["from_bank"] != rows["to_bank"]) & (rows["from_bank"] != "")
        crosses &= rows["to_bank"] != ""
        key = ["route_id", "from_stop_id", "to_stop_id", "from_bank", "to_bank"]
        return rows[crosses].groupby(key, sort=False)["passengers_pph"].sum().reset_index()

    def to_map(
        self, network: "Network", *, ground: "Mapping[str, Any] | None" = None, tiles: str = ""
    ) -> "PlanMap":
        """Return a map of loads by segment, and of boardings by stop.

        Parameters
        ----------
        network
            Whose roads are drawn below.
        ground, tiles
            As in ``Network.to_map``.

        Raises
        ------
        ValidationError
            If the network has bare coordinates.
        """
        from transitplan.transit.load_map import load_map

        return load_map(network, self.lines, self, ground=ground, tiles=tiles)

    def explore(self, network: "Network", **options: Any) -> "PlanMap":
        """Do as ``to_map``, under the name that GeoPandas has for it."""
        return self.to_map(network, **options)

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        from transitplan.viz.card import card

        rows = [
            (f"{name.replace('_', ' ')} [persons/h]", f"{persons:,.1f}")
            for name, persons in self.accounts.items()
        ]
        lines = self.lines
        begin, end = (time_s / SECONDS_PER_HOUR for time_s in lines.period_s)
        rows.insert(0, ("day and hours", f"{lines.date}, {begin:g}–{end:g} h"))
        return card(f"Transit assignment of {lines.service.name}", rows)

    @cached_property
    def _rides(self) -> Ints:
        """Call at which each segment begins, (n_segments,)."""
        found: Ints = self.lines.call[self.lines.kind == RIDE]
        return found

    def _by_call(self, kind: int) -> Floats:
        """Volumes of the links of a kind, (n_calls,)."""
        chosen = self.lines.kind == kind
        counts = np.bincount(
            self.lines.call[chosen], self.volume_pph[chosen], len(self.lines.calls)
        )
        return counts.astype(np.float64)


_LINE = ("course", "route_id", "direction_id")


def assign_transit(
    lines: FrequencyGraph,
    demand: Demand,
    *,
    weights: TransitWeights | None = None,
    crowding: Crowding | None = None,
    threads: int | None = None,
) -> TransitAssignment:
    """Let the trips of an hour follow their best strategies (Spiess & Florian 1989).

    Vehicles have room for all unless ``crowding`` is given. Without it, a line more never makes a
    trip cost more.

    Parameters
    ----------
    lines
        Compiled lines of the period.
    demand
        Persons an hour, of all classes together; zones that it does not name send and draw nobody.
    crowding
        Full vehicles: effective frequencies, by successive averages (``transit.crowding``).
    threads
        At most so many; all cores by default. The answer is the same for any number.

    Raises
    ------
    NotFoundError
        If the demand has a zone that the network does not have.
    AccountingError
        If a person were lost.

    Examples
    --------
    >>> from transitplan.graph.frequency import compile_frequency
    >>> from transitplan.io import read_demand, read_network
    >>> network = read_network("networks/two_banks/2025")
    >>> lines = compile_frequency(network.transit, "2025-03-05", (7, 9), network=network)
    >>> demand = read_demand("od_matrices/two_banks/2025_am.omx")
    >>> found = assign_transit(lines, demand)
    >>> found.accounts["by_transit"] > 0
    True
    """
    weights = weights or TransitWeights()
    trips = _matrix(lines, demand)
    if crowding is None:
        skim, volume = _run(lines, trips, weights, threads)
        crowded = None
    else:
        found = crowded_strategies(lines, trips, weights, crowding, threads)
        skim, volume = _skim(lines, found.cost, found.fields), found.volume_pph
        crowded = found.crowded
    return TransitAssignment(
        lines=lines,
        weights=weights,
        skim=skim,
        volume_pph=frozen(volume),
        accounts=_accounts(lines, trips, skim, volume),
        crowded=crowded,
    )


def skim_transit(
    lines: FrequencyGraph,
    *,
    weights: TransitWeights | None = None,
    threads: int | None = None,
) -> Skim:
    """What trips between all zones cost by their best strategies, without loading any.

    Fields as in ``TransitAssignment.skim``.

    Examples
    --------
    >>> from transitplan.graph.frequency import compile_frequency
    >>> from transitplan.io import read_network
    >>> network = read_network("networks/two_banks/2025")
    >>> lines = compile_frequency(network.transit, "2025-03-05", (7, 9), network=network)
    >>> round(skim_transit(lines)["time_s"].loc[1, 4] / 60)
    40
    """
    nothing = np.zeros((lines.places.n_zones,) * 2)
    return _run(lines, nothing, weights or TransitWeights(), threads)[0]


def _run(
    lines: FrequencyGraph, trips: Floats, weights: TransitWeights, threads: int | None
) -> tuple[Skim, Floats]:
    """Costs between all zones, and the volume of each link."""
    lines.places.check_zones()
    net = search_net(lines, weights)
    cost, found, volume = load_strategies(
        net.services,
        zone_trips(lines, trips),
        fields=net.fields,
        waits=net.waits,
        threads=threads,
    )
    return _skim(lines, cost, found), net.in_links(volume)


def _skim(lines: FrequencyGraph, cost: Floats, found: Floats) -> Skim:
    """Quantities by origin and destination; nothing within a zone."""
    n_zones = lines.places.n_zones
    times = found[FIELDS.index("walk_s") : FIELDS.index("ride_s") + 1].sum(axis=0)
    values = np.vstack([cost, times, found]).reshape(-1, n_zones, n_zones).transpose(0, 2, 1).copy()
    values[:, np.arange(n_zones), np.arange(n_zones)] = 0.0
    return Skim(
        lines.places.zone_ids,
        ("cost_s", "time_s", *FIELDS),
        frozen(values),
        frozen(np.isfinite(values[0])),
        "transit",
        lines.version,
    )


def _matrix(lines: FrequencyGraph, demand: Demand) -> Floats:
    """Persons an hour between the zones of the graph, (n_zones, n_zones)."""
    n_zones = lines.places.n_zones
    place = positions(lines.places.zone_ids, demand.zone_ids, what=f"demand {demand.name}, zones")
    trips = np.zeros((n_zones, n_zones))
    trips[np.ix_(place, place)] = demand.trips_vph.sum(axis=0)
    return trips


def _accounts(lines: FrequencyGraph, trips: Floats, skim: Skim, volume: Floats) -> dict[str, float]:
    """Where all persons are; raise if one is nowhere."""
    within = float(np.trace(trips))
    unreachable = float(trips[~skim.reachable].sum())
    found = {
        "demand": float(trips.sum()),
        "by_transit": float(volume[lines.kind == EGRESS].sum()),
        "on_foot": float(volume[lines.kind == WALK].sum()),
        "unreachable": unreachable,
        "within_zones": within,
    }
    lost = found["demand"] - sum(value for name, value in found.items() if name != "demand")
    if abs(lost) > CLOSE * max(found["demand"], 1.0):
        raise AccountingError(
            f"assign_transit: {lost:g} of {found['demand']:g} persons are lost. Please report this."
        )
    return found
