"""Consumer surplus beyond the rule of a half: exact areas under demand curves.

The rule of a half takes the demand curve for a straight line. That is poor where costs change
much, and says nothing where a way is new or lost, so that a cost is infinite (Nellthorp & Hyman
2001, *Alternatives to the rule of a half in matrix-based appraisal*). Here are the areas
themselves. Costs may be in any unit, and the surplus is in that unit times trips.
"""

from collections.abc import Callable

import numpy as np
from scipy.integrate import quad

from transitplan.arrays import Floats
from transitplan.errors import ValidationError
from transitplan.scenario.case import Case
from transitplan.scenario.run import Run
from transitplan.scenario.variants import variant_demand

UNIT = -1.0  # elasticity at which the area is a logarithm


def elastic_surplus(
    trips_before: Floats, cost_before: Floats, cost_after: Floats, elasticity: float
) -> Floats:
    """Area left of ``q = q₀ (c / c₀)^ε`` between two costs: exact for elastic demand.

    ``q₀ c₀ / (1 + ε) × (1 − (c₁ / c₀)^(1 + ε))``, and ``q₀ c₀ ln(c₀ / c₁)`` for ε = −1. Pairs
    without trips, without cost or without a way before or after count nothing.

    Examples
    --------
    >>> elastic_surplus(np.array([10.0]), np.array([5.0]), np.array([3.0]), 0.0)
    array([20.])
    """
    used = (trips_before > 0) & (cost_before > 0) & np.isfinite(cost_before)
    used &= np.isfinite(cost_after) & (cost_after > 0)
    ratio = np.divide(cost_after, cost_before, out=np.ones_like(cost_before), where=used)
    grown, power = np.log(ratio), 1.0 + elasticity
    area = -grown if elasticity == UNIT else -np.expm1(power * grown) / power
    return np.where(used, trips_before * np.where(used, cost_before, 0.0) * area, 0.0)


def logsum_surplus(
    travellers: Floats, costs_before: Floats, costs_after: Floats, scale: float
) -> Floats:
    """Surplus of travellers who choose by a logit among ways, some of which may not exist.

    ``N / θ × (ln Σ exp(−θ c₁) − ln Σ exp(−θ c₀))`` (Williams 1977; McFadden 1978).

    Parameters
    ----------
    travellers
        N of each pair, (n,), those who stay at home included if that is one of the ways.
    costs_before, costs_after
        Cost of each way, (n_ways, n); inf where there is none.
    scale
        θ, in one over the unit of cost.

    Raises
    ------
    ValidationError
        If some travellers have no way at all before or after: add the one of staying at home.

    Examples
    --------
    >>> before, after = np.array([[5.0], [np.inf]]), np.array([[5.0], [5.0]])
    >>> logsum_surplus(np.array([1.0]), before, after, 1.0).round(4)  # one more way just as good
    array([0.6931])
    """
    if not (np.isfinite(costs_before).any(axis=0) & np.isfinite(costs_after).any(axis=0)).all():
        raise ValidationError(
            "logsum_surplus: some travellers have no way before or after. Add staying at home as a "
            "way, with a cost."
        )
    before, after = (
        np.logaddexp.reduce(-scale * costs, axis=0) for costs in (costs_before, costs_after)
    )
    return np.asarray(travellers * (after - before) / scale)


def gravity_surplus(
    persons_before: Floats,
    persons_after: Floats,
    composite_before: Floats,
    composite_after: Floats,
    deterrence: float,
) -> float:
    """Surplus of persons whom a gravity model sends anew, by the change of their composite costs.

    With both ends of all trips the same before and after, exactly the integral of trips over costs,
    ``−Σ q ΔC − Σ q ln(q / q₀) / β``: what the model with deterrence ``exp(−β C)`` maximises
    (Erlander & Stewart 1990, *The gravity model in transportation analysis*). Segments that compete
    for the same destinations stand one above the other. Pairs without persons count nothing.

    Parameters
    ----------
    persons_before, persons_after, composite_before, composite_after
        Of each origin (of each segment) and destination, in equal shapes.
    deterrence
        β, in one over the unit of cost.

    Examples
    --------
    >>> q, cost = np.full((2, 2), 5.0), np.array([[9.0, 9.0], [9.0, 9.0]])
    >>> gravity_surplus(q, q, cost, cost - 1.0, 0.1)
    20.0
    """
    gone = (persons_before > 0) & (persons_after > 0)
    before, after = persons_before[gone], persons_after[gone]
    saved = composite_before[gone] - composite_after[gone]
    return float((after * (saved - np.log(after / before) / deterrence)).sum())


def integrated_surplus(
    demand: Callable[[float], float], cost_before: float, cost_after: float
) -> float:
    """Area left of any demand curve between two costs, by quadrature; inf stands for no way.

    Examples
    --------
    >>> round(integrated_surplus(lambda cost: 20.0 - 2.0 * cost, 5.0, 3.0), 9)
    24.0
    """
    return float(quad(demand, cost_after, cost_before, epsabs=0.0, epsrel=1e-10)[0])


def new_way_surplus(trips: Floats, scale: float) -> Floats:
    """Surplus of trips on pairs that had no way before (less, where a way is lost).

    Trips are taken to fall with cost as ``exp(−scale × cost)``; the area above today's cost is then
    ``trips / scale``, whatever that cost: a stated alternative to the rule of a half, which has no
    answer there. It is the logsum with staying at home as the other way, where few travel.
    """
    return np.asarray(trips / scale)


def answer_surplus_s(case: Case, run: Run) -> Floats:
    """What travellers of each class gained against their base, (n_classes,) [veh/h s].

    The exact area left of the demand curves. Zero for a run whose trips are fixed: there the saving
    itself says it.
    """
    if run.variant.response:
        return np.array([run.surplus_s[each.name] for each in run.demand.classes])
    if not run.variant.elasticity:
        return np.zeros(len(run.demand.classes))
    given = variant_demand(case, run.variant)
    gained = []
    for each, trips in zip(given.classes, given.trips_vph, strict=True):
        before, after = (
            costs[each.name].loc[given.zone_ids, given.zone_ids].to_numpy()
            for costs in (run.base_cost_s, run.cost_s)
        )
        gained.append(elastic_surplus(trips, before, after, run.variant.elasticity).sum())
    return np.array(gained)
