"""Full vehicles: one boards only a share of the departures, the fuller the smaller.

De Cea & Fernández (1993), *Transit assignment for congested public transport systems: an
equilibrium model*, Transportation Science 27(2), let the wait grow with the load over the room.
Here as in Cepeda, Cominetti & Florian (2006), *A frequency-based assignment model for congested
transit networks with strict capacity constraints*, Transportation Research Part B 40(6): with b who
board at a call and ``room`` what those who stay in the vehicle leave of the capacity, the effective
frequency is that of the line times 1 − (b / room)^power. Everyone takes a best strategy under the
effective frequencies that all of them together make: a fixed point, sought by successive averages
and measured by their gap function.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from transitplan.arrays import Floats, Ints
from transitplan.errors import ValidationError
from transitplan.graph.frequency import BOARD, RIDE, FrequencyGraph
from transitplan.kernels import blocks
from transitplan.kernels.hyperpath import strategy_block
from transitplan.transit.search_net import SearchNet, TransitWeights, search_net, zone_trips
from transitplan.transit.vehicles import vehicle_capacity


@dataclass(frozen=True)
class Crowding:
    """How full vehicles hold up those who wait.

    Parameters
    ----------
    capacity
        Passengers a vehicle by mode (``{"bus": 80}``), where routes have no column ``capacity``;
        see ``transit.vehicles``.
    power
        The greater, the later a filling vehicle is felt. 2 is assumed; at 0.2 a tenth of the room
        taken already costs more than half of the frequency.
    least_share
        Share of the departures that one can board at worst: where more come than all lines and
        walks take, loads pass the capacity and are said to (``TransitAssignment.over_capacity``).
    gap, most_iterations
        When to stop.
    """

    capacity: Mapping[str, float] | None = None
    power: float = 2.0
    least_share: float = 0.01
    gap: float = 1e-3
    most_iterations: int = 500

    def __post_init__(self) -> None:
        """Refuse values that make no crowding."""
        wrong = [
            f"Crowding.{name}: {value} was given; it must be {rule}."
            for name, value, rule, right in (
                ("power", self.power, "above 0", self.power > 0),
                ("least_share", self.least_share, "above 0, to 1", 0 < self.least_share <= 1),
                ("gap", self.gap, "0 or more", self.gap >= 0),
                ("most_iterations", self.most_iterations, "1 or more", self.most_iterations >= 1),
            )
            if not right
        ]
        if wrong:
            raise ValidationError(wrong)


@dataclass(frozen=True, eq=False)
class Crowded:
    """How the search for the fixed point ended, and what room there is."""

    capacity_pph: Floats  # (n_calls,) passengers an hour beyond each call; 0 where none board
    share: Floats  # (n_calls,) of the departures that one can board
    relative_gap: float  # cost of all trips over that of the best strategies, less 1
    iterations: int
    converged: bool


class Equilibrium(NamedTuple):
    """What ``assign_transit`` makes its answer of."""

    cost: Floats  # (n_pairs,) of the best strategies
    fields: Floats  # (n_fields, n_pairs)
    volume_pph: Floats  # (n_links,) in the order of the graph
    crowded: Crowded


class _Room(NamedTuple):
    """Where one boards, stop by stop, and what room there is beyond."""

    board: Ints  # (n_boards,) links of the graph, those of a stop together
    ride: Ints  # (n_boards,) link of the graph on which one rides then
    first: Ints  # (n_stops,) where the boardings of each stop begin
    capacity_pph: Floats  # (n_boards,)

    def share(self, volume_pph: Floats, crowding: Crowding) -> Floats:
        """Of the departures that one can board, (n_boards,)."""
        boards, rides = volume_pph[self.board], volume_pph[self.ride]
        room = self.capacity_pph - (rides - boards)
        full = np.divide(boards, room, out=np.ones_like(room), where=room > 0)
        share: Floats = 1.0 - np.minimum(full, 1.0) ** crowding.power
        return np.maximum(share, crowding.least_share)


class _Loads(NamedTuple):
    """What the best strategies cost and carry; volumes in the order of the graph."""

    cost: Floats
    fields: Floats
    volume_pph: Floats  # (n_links,)
    boarding: Floats  # (n_zones, n_boards) by destination


def crowded_strategies(
    lines: FrequencyGraph,
    trips: Floats,
    weights: TransitWeights,
    crowding: Crowding,
    threads: int | None,
) -> Equilibrium:
    """Seek the loads under which everyone's strategy is a best one.

    trips
        Persons an hour between zones, (n_zones, n_zones).
    """
    room = _room(lines, crowding)
    net = search_net(lines, weights)
    now = _load(lines, trips, net, room, threads=threads)
    volume, boarding = now.volume_pph, now.boarding
    for iteration in range(1, crowding.most_iterations + 1):
        share = room.share(volume, crowding)
        net = _under(lines, weights, room, share)
        best = _load(lines, trips, net, room, threads=threads)
        gap = _gap(lines, trips, net, room, best, volume, boarding)
        if gap <= crowding.gap:
            break
        step = 1.0 / (iteration + 1)
        volume = volume + step * (best.volume_pph - volume)
        boarding = boarding + step * (best.boarding - boarding)
    best = _load(lines, trips, net, room, threads=threads, quantities=True)
    told = Crowded(
        _by_call(lines, room, room.capacity_pph, 0.0),
        _by_call(lines, room, share, 1.0),
        gap,
        iteration,
        gap <= crowding.gap,
    )
    return Equilibrium(best.cost, best.fields, volume, told)


def _room(lines: FrequencyGraph, crowding: Crowding) -> _Room:
    board = np.flatnonzero(lines.kind == BOARD)
    board = board[np.argsort(lines.tail[board], kind="stable")]
    rides = np.flatnonzero(lines.kind == RIDE)
    ride_of = np.zeros(len(lines.calls), np.int64)
    ride_of[lines.call[rides]] = rides
    per_vehicle = lines.calls["route_id"].map(vehicle_capacity(lines.service, crowding.capacity))
    capacity = (per_vehicle * lines.calls["vehicles_per_hour"]).to_numpy(np.float64)
    call = lines.call[board]
    first = np.flatnonzero(np.diff(lines.tail[board], prepend=-1))
    return _Room(board, ride_of[call], first, capacity[call])


def _under(lines: FrequencyGraph, weights: TransitWeights, room: _Room, share: Floats) -> SearchNet:
    """The network under effective frequencies."""
    every = np.ones(lines.kind.size)
    every[room.board] = share
    return search_net(lines, weights, share=every)


def _load(
    lines: FrequencyGraph,
    trips: Floats,
    net: SearchNet,
    room: _Room,
    *,
    threads: int | None,
    quantities: bool = False,
) -> _Loads:
    """Load the best strategies, one destination after the other."""
    demand, n_links = zone_trips(lines, trips), net.order.size
    fields = np.array(net.fields if quantities else [], np.float64).reshape(-1, n_links)
    waits = np.array(net.waits[: len(fields)], np.float64)
    cost, found = np.empty(demand.origin.size), np.empty((len(fields), demand.origin.size))
    parts = blocks.split(demand.destination.size)
    volume = np.zeros((len(parts), n_links))
    boarding = np.empty((demand.destination.size, room.board.size))
    place = np.empty(n_links, np.int64)
    place[net.order] = np.arange(n_links)
    boards = place[room.board]

    def work(part: int) -> None:
        for zone in range(*parts[part]):
            own = np.zeros(n_links)
            strategy_block(net.services, demand, (zone, zone + 1), fields, waits, cost, found, own)
            boarding[zone] = own[boards]
            volume[part] += own

    blocks.run(work, range(len(parts)), threads)
    return _Loads(cost, found, net.in_links(volume.sum(axis=0)), boarding)


def _gap(
    lines: FrequencyGraph,
    trips: Floats,
    net: SearchNet,
    room: _Room,
    best: _Loads,
    volume_pph: Floats,
    boarding: Floats,
) -> float:
    """What all spend over what they would on their best strategies, less 1 (Cepeda et al. 2006).

    Those who wait at a stop for a destination wait as long as the line whose passengers wait most.
    """
    wanted = zone_trips(lines, trips).trips
    there = np.isfinite(best.cost) & (wanted > 0)
    least = float((wanted[there] * best.cost[there]).sum())
    if least <= 0.0:
        return 0.0
    spent = float((net.in_links(net.services.cost) * volume_pph).sum())
    often = net.in_links(net.services.frequency)[room.board]
    waits = np.maximum.reduceat(boarding / often, room.first, axis=1)
    return max((spent + float(waits.sum())) / least - 1.0, 0.0)


def _by_call(lines: FrequencyGraph, room: _Room, values: Floats, elsewhere: float) -> Floats:
    """Values of the boardings at their calls, (n_calls,)."""
    found = np.full(len(lines.calls), elsewhere)
    found[lines.call[room.board]] = values
    return found
