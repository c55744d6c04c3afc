"""A demand adjusted to counts: equilibrium, the shares its routes give, the nearest trips, again.

The routes of an equilibrium say which trips pass each count. ``demand.estimation.fit_trips`` then
finds the trips nearest to the seed and to the counts, with trip ends as further, softer counts. New
trips take new routes, so both are repeated until trips and flows agree: a fixed point of the
bilevel problem (Yang, Sasaki, Iida & Asakura 1992, *Estimation of origin-destination matrices from
link traffic counts on congested networks*, Transportation Research 26B).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse
from threadpoolctl import threadpool_limits

from transitplan.arrays import Bools, Floats, Ints, positions
from transitplan.assignment import Assignment, PathBased, assign
from transitplan.assignment.passes import masked, pair_shares, passes
from transitplan.assignment.routes import Routes
from transitplan.demand.count_check import contradictions
from transitplan.demand.counts import Counts, compile_counts
from transitplan.demand.estimation import Fitted, fit_trips
from transitplan.errors import ValidationError
from transitplan.graph.road import RoadGraph, compile_road
from transitplan.model.demand import Demand
from transitplan.model.network import Network
from transitplan.scenario.estimation_result import Estimation, describe

APART = 0.5  # σ of a count by which the equilibrium's flow may differ from the fit's at the end
LEAST_SIGMA = 1.0  # veh/h of a trip end: small zones are not known to fractions of a car
GROWING = 0.5  # of a step after one that led away


@dataclass(frozen=True)
class SeedTrust:
    """How far an estimation may lead away from its seed.

    Parameters
    ----------
    cells_sigma
        Standard deviation of the seed's cells, as a share of the cell that a mean trip is in. It
        grows as the root of the cell, as a sample's does: smaller cells are less sure.
    ends_sigma
        Standard deviation of the seed's trip ends, as a share of each.
    ends_factor
        No trip end may leave 1/factor to factor times its seed.
    cell_factor
        The same of single cells.

    Raises
    ------
    ValidationError
        If a number makes no sense.
    """

    cells_sigma: float = 0.30
    ends_sigma: float = 0.10
    ends_factor: float = 1.5
    cell_factor: float = 5.0

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense."""
        limits = {"cells_sigma": 0.0, "ends_sigma": 0.0, "ends_factor": 1.0, "cell_factor": 1.0}
        found = [
            f"SeedTrust.{name}: {getattr(self, name)} was given; it must be above {least:g}."
            for name, least in limits.items()
            if not getattr(self, name) > least
        ]
        if found:
            raise ValidationError(found)

    def weight(self, seed: Floats) -> float:
        """κ of ``fit_trips``: near the seed its distance is κ Δ² / 2s, so that σ² = s / κ."""
        mean_cell = float((seed**2).sum() / seed.sum())
        return 1.0 / (mean_cell * self.cells_sigma**2)


def estimate_matrix(
    network: Network,
    demand: Demand,
    counts: pd.DataFrame,
    *,
    seed_trust: SeedTrust | None = None,
    gap: float = 1e-5,
    tolerance: float = 2e-3,
    rounds: int = 60,
    threads: int | None = None,
) -> Estimation:
    """Adjust a demand to counts, no further from it than they call for.

    Parameters
    ----------
    demand
        The seed, which stays as it is. Cells without trips stay empty.
    counts
        Table as ``read_counts`` reads it; those of use ``holdout`` are compared, never fitted.
    seed_trust
        How far the seed may be left.
    gap
        Relative gap of each equilibrium.
    tolerance
        Share of all trips that another round may still move; flows at fitted counts must then also
        be within half a σ of what the fit expects.

    Raises
    ------
    ValidationError
        If the table of counts has problems, or none of its counts can be fitted.

    Examples
    --------
    >>> from transitplan.model.cases import two_routes
    >>> network, demand = two_routes()  # 3,000 veh/h
    >>> table = pd.DataFrame(
    ...     {"count_id": ["north"], "kind": "screenline", "links": "1 2", "volume_vph": 3600}
    ... ).assign(sigma_vph=1.0)
    >>> found = estimate_matrix(network, demand, table)
    >>> round(found.demand.total_vph, -1), found.status
    (3600.0, 'settled')
    """
    compiled = compile_counts(counts, network, [each.name for each in demand.classes])
    if not compiled.fitted.any():
        raise ValidationError("counts: all are held out. Give some the use fit.")
    if not demand.total_vph > 0:
        raise ValidationError(f"demand {demand.name}: no trips to adjust. Give a seed with trips.")
    trust = seed_trust or SeedTrust()
    roads = compile_road(network)
    frame = _Frame(roads, demand, compiled, trust)
    first = assign(roads, demand, PathBased(), gap=gap, threads=threads)
    now, trips = first, demand.trips_vph.ravel().copy()
    history: list[dict[str, float]] = []
    step, status = 1.0, "round limit"
    for round_ in range(rounds):
        with threadpool_limits(1, user_api="blas"):  # the same bytes on any number of cores
            fitted = frame.fit(_routes(now))
        moved = float(np.abs(fitted.trips - trips).sum() / trips.sum())
        if history and moved > history[-1]["moved_share"]:
            step *= GROWING
        apart = frame.apart(fitted, _routes(now))
        history.append({"round": round_, "moved_share": moved, "apart": apart, "step": step})
        if moved <= tolerance and apart <= APART:
            status = "settled"
            break
        trips = trips + step * (fitted.trips - trips)
        now = assign(
            roads, frame.as_demand(trips), PathBased(), gap=gap, threads=threads, start=now
        )
    return describe(
        _told(frame, first, now, fitted),
        (first, now),
        status,
        pd.DataFrame(history),
        contradictions(compiled, network),
    )


def _told(frame: "_Frame", first: Assignment, now: Assignment, fitted: Fitted) -> pd.DataFrame:
    """Table of the counts, before and after; pull of those that were fitted."""
    table = frame.counts.frame.rename(columns={"volume_vph": "counted_vph"})
    pull = np.full(len(table), np.nan)
    pull[frame.counts.fitted] = fitted.pressure[: int(frame.counts.fitted.sum())]
    return table.assign(
        before_vph=frame.flows(_routes(first)), after_vph=frame.flows(_routes(now)), pull=pull
    )


class _Ends(NamedTuple):
    """Trip ends as counts: what they see, what they were, and how sure they are."""

    shares: Any
    total: Floats
    sigma: Floats


class _Frame:
    """What stays the same in all rounds."""

    def __init__(self, roads: RoadGraph, demand: Demand, counts: Counts, trust: SeedTrust) -> None:
        self.demand, self.counts, self.trust = demand, counts, trust
        self.seed: Floats = demand.trips_vph.ravel()
        self._zones = _places(roads, demand)
        self._ends = _trip_ends(demand, trust)

    def fit(self, routes: Routes) -> Fitted:
        """Trips nearest to the seed and the counts, with the routes' shares."""
        counts, trust, ends = self.counts, self.trust, self._ends
        chosen = counts.fitted
        shares, _ = pair_shares(
            routes, self._passing(routes), self._zones, len(self.demand.zone_ids), counts.classes
        )
        free = np.full(int(chosen.sum()), np.inf)
        return fit_trips(
            self.seed,
            sparse.vstack([shares[np.flatnonzero(chosen)], ends.shares]),
            np.concatenate([counts.volume_vph[chosen], ends.total]),
            np.concatenate([counts.sigma_vph[chosen], ends.sigma]),
            trust=trust.weight(self.seed),
            lowest=1.0 / trust.cell_factor,
            highest=trust.cell_factor,
            within=(
                np.concatenate([-free, ends.total / trust.ends_factor]),
                np.concatenate([free, ends.total * trust.ends_factor]),
            ),
        )

    def flows(self, routes: Routes) -> Floats:
        """Vehicles that each count would see, (n_counts,)."""
        seen = masked(self._passing(routes), routes.class_at, self.counts.classes)
        return np.asarray(seen @ routes.flow_vph)

    def apart(self, fitted: Fitted, routes: Routes) -> float:
        """Largest difference between flows of routes and of the fit at fitted counts [σ]."""
        chosen = self.counts.fitted
        expected = fitted.modelled[: int(chosen.sum())]
        off = np.abs(self.flows(routes)[chosen] - expected)
        return float((off / self.counts.sigma_vph[chosen]).max())

    def as_demand(self, trips: Floats) -> Demand:
        """The demand with other trips."""
        shape = self.demand.trips_vph.shape
        return Demand(
            self.demand.zone_ids, self.demand.classes, trips.reshape(shape), self.demand.name
        )

    def _passing(self, routes: Routes) -> Any:
        return passes(routes, self.counts.links, self.counts.turning())


def _places(roads: RoadGraph, demand: Demand) -> Ints:
    """Position among the demand's zones of each zone of the network; 0 where it has none.

    Zones that the demand does not name have no routes.
    """
    positions(roads.zone_ids, demand.zone_ids, what="zones of the demand")
    return np.maximum(demand.zone_ids.get_indexer(roads.zone_ids), 0).astype(np.int64)


def _trip_ends(demand: Demand, trust: SeedTrust) -> _Ends:
    """All trip ends above 0, of each class, as sums of cells."""
    n_classes, n_zones = len(demand.classes), len(demand.zone_ids)
    ones, one_each = np.ones((1, n_zones)), sparse.eye(n_zones)
    both = sparse.vstack([sparse.kron(one_each, ones), sparse.kron(ones, one_each)])
    shares = sparse.kron(sparse.eye(n_classes), both).tocsr()
    total = np.asarray(shares @ demand.trips_vph.ravel())
    made: Bools = total > 0
    sigma = np.maximum(trust.ends_sigma * total[made], LEAST_SIGMA)
    return _Ends(shares[np.flatnonzero(made)], total[made], sigma)


def _routes(found: Assignment) -> Routes:
    if found.routes is None:
        raise RuntimeError(f"{found.method} keeps no routes")
    return found.routes
