"""What parts of a trip count, and the network on which the best strategies are sought."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from transitplan.arrays import Floats, Ints
from transitplan.errors import ValidationError
from transitplan.graph.frequency import (
    ACCESS,
    BOARD,
    DWELL,
    EGRESS,
    RIDE,
    TRANSFER,
    WALK,
    FrequencyGraph,
)
from transitplan.kernels.hyperpath import Services, Trips
from transitplan.units import SECONDS_PER_HOUR

ON_FOOT = (ACCESS, EGRESS, WALK, TRANSFER)
FIELDS = ("walk_s", "wait_s", "ride_s", "boardings", "transfers", "fare_cny")


@dataclass(frozen=True)
class TransitWeights:
    """What the parts of a trip count, in seconds in the vehicle.

    Walks and waits commonly count 1.5 to 2.5 times, a change 300 to 600 s (UK Department for
    Transport, TAG unit M3.2, *Public transport assignment modelling*).
    """

    walk: float = 2.0
    wait: float = 2.0
    transfer_s: float = 300.0  # for each change, on top of its walk and wait
    headway_share: float = 0.5  # mean wait over headway: 0.5 for even headways, 1 for random ones
    value_of_time_cny_per_h: float = 30.0  # of a person, for fares

    def __post_init__(self) -> None:
        """Refuse values that make no cost."""
        above = {"wait", "headway_share", "value_of_time_cny_per_h"}
        wrong = [
            f"TransitWeights.{name}: {value} was given; it must be "
            f"{'above 0' if name in above else '0 or more'}."
            for name, value in vars(self).items()
            if not (value > 0 if name in above else value >= 0)
        ]
        if wrong:
            raise ValidationError(wrong)


def link_costs(lines: FrequencyGraph, weights: TransitWeights) -> Floats:
    """Weighted cost of each link without its wait, (n_links,) [s]."""
    counts = np.where(np.isin(lines.kind, ON_FOOT), weights.walk, 1.0)
    cost: Floats = lines.time_s * counts
    cost += np.where(lines.kind == TRANSFER, weights.transfer_s, 0.0)
    cost += lines.fare_cny * (SECONDS_PER_HOUR / weights.value_of_time_cny_per_h)
    return cost


class SearchNet(NamedTuple):
    """Links sorted for the search, and what is added up along the strategies."""

    services: Services
    fields: list[Floats]  # as FIELDS, (n_links,) each, sorted
    waits: list[float]  # what a unit of waiting counts in each field
    order: Ints  # (n_links,) link of the graph at each place

    def in_links(self, values: Floats) -> Floats:
        """Take values of the sorted links to the order of the graph, (n_links,)."""
        found = np.empty(self.order.size)
        found[self.order] = values
        return found


def search_net(
    lines: FrequencyGraph, weights: TransitWeights, *, share: Floats | float = 1.0
) -> SearchNet:
    """The network of a search.

    share
        Of the departures of each link that one can board, (n_links,): 1 where there is room.
    """
    order = np.argsort(lines.head, kind="stable")
    worth_s = weights.headway_share * weights.wait  # a headway's wait, weighted, over the headway
    services = Services(
        np.searchsorted(lines.head[order], np.arange(lines.n_nodes + 1)).astype(np.int64),
        lines.tail[order].astype(np.int32),
        lines.head[order].astype(np.int32),
        (lines.per_hour * share)[order] / SECONDS_PER_HOUR / worth_s,
        link_costs(lines, weights)[order],
    )
    along = {
        "walk_s": np.where(np.isin(lines.kind, ON_FOOT), lines.time_s, 0.0),
        "wait_s": np.zeros(lines.kind.size),
        "ride_s": np.where(np.isin(lines.kind, (RIDE, DWELL)), lines.time_s, 0.0),
        "boardings": (lines.kind == BOARD).astype(np.float64),
        "transfers": (lines.kind == TRANSFER).astype(np.float64),
        "fare_cny": lines.fare_cny,
    }
    return SearchNet(
        services,
        [along[name][order] for name in FIELDS],
        [1.0 / weights.wait if name == "wait_s" else 0.0 for name in FIELDS],
        order,
    )


def zone_trips(lines: FrequencyGraph, trips: Floats) -> Trips:
    """Trips between zones, (n_zones, n_zones), by destination; none within a zone."""
    n_zones = lines.places.n_zones
    return Trips(
        lines.destinations,
        np.arange(n_zones + 1) * n_zones,
        np.tile(lines.origins, n_zones),
        np.where(np.eye(n_zones, dtype=bool), 0.0, trips).T.ravel(),
    )
