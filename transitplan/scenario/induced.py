"""The equilibrium of trips and times where trips answer by mode and destination.

Trips at averaged costs, their equilibrium, its costs, and again, as ``demand_model.solve_demand``
does; here the demand is a pivot on the trips and costs of the base.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.assignment import Assignment, PathBased, assign
from transitplan.demand.response import Response, answer_demand
from transitplan.errors import ConvergenceError
from transitplan.graph.road import RoadGraph
from transitplan.model.demand import Demand
from transitplan.scenario.spent import least_costs
from transitplan.units import SECONDS_PER_HOUR

WIDEST = 1e-4  # demand-supply gap, whatever the gap of the routes
TIMES_GAP = 100.0  # the demand-supply gap is at most so many times that of the routes
FIRST, NEARER = 1e-4, 1e-3  # gap of the routes: at first, and as a share of the last demand gap
ROUNDS = 100
REMEMBERED, MIXED = 5, 0.5  # points of the iteration, and share of what each missed
SINGULAR = 1e-12  # directions that are alike to this are one


@dataclass(frozen=True, eq=False)
class Induced:
    """Trips and times that agree.

    Attributes
    ----------
    found
        The equilibrium; its ``demand`` has the trips made.
    surplus_s
        What travellers of each class gain against the base, (n_classes,) [veh/h s].
    error_cny_per_h
        What the trips that are not where their costs would have them spend.
    history
        One row a round: demand_supply_gap, step, relative_gap.
    """

    found: Assignment
    surplus_s: Floats
    error_cny_per_h: float
    history: pd.DataFrame = field(repr=False)

    @property
    def gap(self) -> float:
        """Demand-supply gap that is left, Σ C |D(C) − X| / Σ C X over all pairs and classes."""
        return float(self.history["demand_supply_gap"].iloc[-1])


def solve_induced(
    roads: RoadGraph,
    given: Demand,
    response: Response,
    kind: str,
    base: Assignment,
    *,
    gap: float,
    rounds: int = ROUNDS,
) -> Induced:
    """Find the trips that answer to the costs they make.

    Parameters
    ----------
    given
        Trips of the base, whose equilibrium ``base`` is: costs there are what trips answer against.
    kind
        ``modes`` or ``destinations``.
    gap
        Relative gap of the routes; the demand-supply gap is at most a hundred times this, and 1e-4.

    Raises
    ------
    ConvergenceError
        If that is not reached in so many rounds.
    """
    before = _costs(base, given)
    averaged, mixed, now = np.zeros_like(before), _Mixing(given.trips_vph), base
    wanted_gap, inner = min(WIDEST, TIMES_GAP * gap), max(gap, FIRST)
    history: list[dict[str, float]] = []
    for _ in range(rounds):
        trips, _gained = answer_demand(given, response, averaged, kind)
        now = assign(roads, trips, PathBased(), gap=inner, threads=1, strict=True, start=now)
        cost = _costs(now, given)
        with np.errstate(invalid="ignore"):  # no way before and after
            change = cost - before
        wanted, gained = answer_demand(given, response, change, kind)
        missed_s, total_s = _missed(trips, wanted, cost)
        left = float(missed_s.sum() / total_s) if total_s else 0.0
        history.append({"demand_supply_gap": left, "relative_gap": now.relative_gap})
        if left <= wanted_gap and inner <= gap:
            worth = [each.value_of_time_cny_per_h / SECONDS_PER_HOUR for each in given.classes]
            return Induced(now, gained, float(missed_s @ worth), pd.DataFrame(history))
        averaged = mixed.next(averaged, change)
        inner = max(gap, min(inner, NEARER * left))
    raise ConvergenceError(
        f"trips that answer by {kind}: a demand-supply gap of {left:.1e} after {rounds} rounds; "
        f"{wanted_gap:.1e} was asked for. Allow a wider gap."
    )


def _costs(found: Assignment, demand: Demand) -> Floats:
    """Least generalised cost, (n_classes, n, n) in the order of a demand [s]."""
    zones = demand.zone_ids
    return np.stack([each.loc[zones, zones].to_numpy() for each in least_costs(found).values()])


def _missed(made: Demand, wanted: Demand, cost: Floats) -> tuple[Floats, float]:
    """Cost of the trips that are not where they should be, by class, and of all [veh/h s]."""
    known = np.where(np.isfinite(cost), cost, 0.0)
    missed = (known * np.abs(wanted.trips_vph - made.trips_vph)).sum(axis=(1, 2))
    return missed, float((known * made.trips_vph).sum())


class _Mixing:
    """The next point of a fixed-point iteration, from what the last few points were sent to.

    Anderson (1965), *Iterative procedures for nonlinear integral equations*, Journal of the ACM 12,
    in the form of Walker & Ni (2011), *Anderson acceleration for fixed-point iterations*, SIAM
    Journal on Numerical Analysis 49: the combination of the last points that would miss least were
    the map linear. Half of what each missed is added, which keeps far starts from overshooting.
    """

    def __init__(self, trips: Floats) -> None:
        self._weight = np.sqrt(trips)  # so that pairs count as their trips do
        self._points: list[Floats] = []
        self._missed: list[Floats] = []

    def next(self, point: Floats, sent: Floats) -> Floats:
        """Return the next point after one and what it was sent to; NaN stays NaN."""
        apart = sent - point
        first = not self._points
        self._points.append(point + (1.0 if first else MIXED) * apart)
        self._missed.append((np.where(np.isfinite(apart), apart, 0.0) * self._weight).ravel())
        del self._points[: -1 - REMEMBERED], self._missed[: -1 - REMEMBERED]
        found = self._points[-1].copy()
        for share, each in zip(self._shares(), self._points[:-1], strict=True):
            found -= share * (self._points[-1] - each)
        return found

    def _shares(self) -> Floats:
        """How far to step back towards each earlier point, (n_points - 1,)."""
        last = self._missed[-1]
        if len(self._missed) == 1 or not last.any():
            return np.zeros(len(self._missed) - 1)
        steps = np.stack([last - each for each in self._missed[:-1]])
        length = np.sqrt((steps**2).sum(axis=1))
        steps /= np.where(length > 0, length, 1.0)[:, None]
        # einsum, unlike a product of matrices, adds in the same order on any number of threads
        angles = np.einsum("in,jn->ij", steps, steps)
        along = np.einsum("in,n->i", steps, last)
        shares = np.linalg.lstsq(angles, along, rcond=SINGULAR)[0]
        return np.asarray(shares / np.where(length > 0, length, 1.0))
