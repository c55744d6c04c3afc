"""Car trips that answer to their own cost: the mode alone, or mode and destination together.

The answer is a pivot (incremental logit): known car trips and the car's share among all modes are
changed by what the cost of the car changes, so that nothing else of the demand model is needed. It
equals the whole nested logit and gravity model where the car is an alternative of the top nest and
other modes cost what they did (UK Department for Transport, TAG unit M2.1, *Variable demand
modelling*, appendix on incremental models; Daly, Fox, Patruni & Milthorpe 2012).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats
from transitplan.demand.balancing import balance
from transitplan.errors import ValidationError, listed
from transitplan.model.demand import Demand

MODES, DESTINATIONS = "modes", "destinations"
RESPONSES = (MODES, DESTINATIONS)


@dataclass(frozen=True, eq=False)
class Answer:
    """What trips of one class do after a change of cost.

    Attributes
    ----------
    trips
        Car trips, (n, n) [veh/h].
    surplus_s
        What all travellers gain: exactly the area left of the demand curves [veh/h s].
    """

    trips: Floats
    surplus_s: float


def answer(
    trips: Floats,
    share: Floats,
    change_s: Floats,
    *,
    scale_per_s: float,
    deterrence_per_s: float | None = None,
) -> Answer:
    """Car trips of one class after a change of the car's cost.

    Persons of a pair are trips / share. With P the share, λ the scale, Δ the change and
    G = 1 − P + P exp(−λΔ), the new share is P exp(−λΔ) / G and the composite cost changes by
    −ln(G) / λ. Without a deterrence, persons stay on their pair; with one (β) they are spread anew
    in proportion to persons × exp(−β × composite change), both ends kept.

    The surplus is −Σ persons × composite change. Where destinations answer it is
    −Σ q × composite change − Σ q ln(q / q₀) / β with q and q₀ the persons after and before: the
    maximum of which the gravity model with both ends is the solution, and whose slope by the cost
    of a pair is its car trips (Williams 1977).

    Parameters
    ----------
    trips
        Before, (n, n) [veh/h].
    share
        Of the car among all modes of those who have one at hand, (n, n); trips of pairs with 0 are
        fixed.
    change_s
        Cost after less cost before, (n, n); trips of pairs where it is not finite (a way is new or
        lost) are fixed and gain nothing.
    scale_per_s
        Utility of a second.
    deterrence_per_s
        Of the composite cost, at most the scale; None: destinations stay.

    Examples
    --------
    >>> found = answer(
    ...     np.array([[50.0]]), np.array([[0.5]]), np.array([[-600.0]]), scale_per_s=0.05 / 60
    ... )
    >>> found.trips.round(3).tolist(), round(found.surplus_s)
    ([[62.246]], 33712)
    """
    known = np.isfinite(change_s)
    change = np.where(known, change_s, 0.0)
    asked = known & (share > 0) & (trips > 0)
    if not change[asked].any():
        return Answer(trips, -float((trips * change).sum()))
    grown = np.expm1(-scale_per_s * change[asked])
    part = share[asked]
    persons, composite = trips[asked] / part, -np.log1p(part * grown) / scale_per_s
    factor = (1.0 + grown) / (1.0 + part * grown)
    gained = -float((trips * np.where(asked, 0.0, change)).sum())
    if deterrence_per_s is not None:
        moved = _spread(asked, persons, np.exp(-deterrence_per_s * composite))
        factor *= moved / persons
        gained -= float((moved * np.log(moved / persons)).sum()) / deterrence_per_s
        persons = moved
    after = trips.copy()
    after[asked] *= factor
    return Answer(after, gained - float((persons * composite).sum()))


def _spread(asked: Bools, persons: Floats, pull: Floats) -> Floats:
    """Persons of the pairs that answer, spread anew by their pull with both ends kept."""
    before = np.zeros(asked.shape)
    before[asked] = persons
    seed = before.copy()
    seed[asked] *= pull
    return balance(seed, before.sum(axis=1), before.sum(axis=0), threads=1)[asked]


@dataclass(frozen=True, eq=False)
class Response:
    """How car trips of each class answer; classes without a row are fixed.

    Attributes
    ----------
    zone_ids
        Of the rows and columns of the shares.
    shares
        By class, (n, n), 0 to 1: see ``answer``.
    scale_per_s, deterrence_per_s
        By class.
    """

    zone_ids: "pd.Index[Any]"
    shares: Mapping[str, Floats]
    scale_per_s: Mapping[str, float]
    deterrence_per_s: Mapping[str, float]

    def __post_init__(self) -> None:
        """Refuse what makes no choice, with every problem."""
        found = []
        for name, share in self.shares.items():
            wrong = ~((share >= 0) & (share <= 1))
            if wrong.any():
                i, j = np.argwhere(wrong)[0]
                found.append(
                    f"response: {wrong.sum()} shares of class {name} are not between 0 and 1 (zone "
                    f"{self.zone_ids[i]} to {self.zone_ids[j]}: {share[i, j]:g}). Correct them."
                )
            if name not in self.scale_per_s or name not in self.deterrence_per_s:
                found.append(f"response: class {name} has shares but no scale or deterrence.")
            elif not 0 < self.deterrence_per_s[name] <= self.scale_per_s[name] < np.inf:
                found.append(
                    f"response: class {name} has a deterrence of {self.deterrence_per_s[name]:g} "
                    f"and a scale of {self.scale_per_s[name]:g} per second. Both must be above 0 "
                    "and the deterrence at most the scale, or a better car could lose trips."
                )
        strange = sorted((set(self.scale_per_s) | set(self.deterrence_per_s)) - set(self.shares))
        if strange:
            found.append(f"response: {listed(strange)} have a scale but no shares. Add a matrix.")
        if found:
            raise ValidationError(found)

    def in_order(self, demand: Demand) -> Floats:
        """Shares as the demand has its classes and zones, (n_classes, n, n); 0 where fixed.

        Raises
        ------
        ValidationError
            If classes or zones are not those of the demand.
        """
        place = self.zone_ids.get_indexer(demand.zone_ids)
        names = [each.name for each in demand.classes]
        strange = sorted(set(self.shares) - set(names))
        found = []
        if (place < 0).any() or len(self.zone_ids) != len(place):
            found.append(
                f"response: {len(self.zone_ids)} zones, of which the demand {demand.name} has "
                f"{(place >= 0).sum()} and {(place < 0).sum()} others. Make both of the same zones."
            )
        if strange:
            found.append(
                f"response: classes {listed(strange)} are none of the demand {demand.name}, which "
                f"has {', '.join(names)}. Make both by the same rules."
            )
        if found:
            raise ValidationError(found)
        none = np.zeros((len(place), len(place)))
        return np.stack(
            [
                self.shares[name][np.ix_(place, place)] if name in self.shares else none
                for name in names
            ]
        )


def answer_demand(
    demand: Demand, response: Response, change_s: Floats, kind: str
) -> tuple[Demand, Floats]:
    """Demand after a change of costs, and what each class gains, (n_classes,) [veh/h s].

    Parameters
    ----------
    change_s
        Of each class and pair, (n_classes, n, n), in the order of the demand.
    kind
        ``modes`` or ``destinations``.
    """
    found = []
    for each, trips, share, change in zip(
        demand.classes, demand.trips_vph, response.in_order(demand), change_s, strict=True
    ):
        deterrence = response.deterrence_per_s.get(each.name) if kind == DESTINATIONS else None
        scale = response.scale_per_s.get(each.name, 1.0)  # of no use where all shares are 0
        found.append(answer(trips, share, change, scale_per_s=scale, deterrence_per_s=deterrence))
    after = np.stack([each.trips for each in found])
    return replace(demand, trips_vph=after), np.array([each.surplus_s for each in found])
