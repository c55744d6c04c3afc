"""What travellers gain between two runs of a demand model, by purpose, from composite costs."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from transitplan.appraisal.surplus import gravity_surplus
from transitplan.arrays import Floats
from transitplan.demand.travel import Rule, Travel
from transitplan.errors import ValidationError
from transitplan.units import SECONDS_PER_HOUR

SAME_ENDS = 1e-6  # share by which trip ends may differ and be called the same


def travel_benefits(before: Travel, after: Travel, rules: Sequence[Rule]) -> pd.DataFrame:
    """Gains of a day by purpose: rule of a half on composite costs, and the logsum exactly.

    The composite cost of a pair is that of all modes together, for those with a car at hand and
    those without; it falls where any mode gets better. Trips within zones count as any other.

    Parameters
    ----------
    before, after
        As ``DemandRun.travel``: the same zones, purposes and trip ends.
    rules
        One a purpose, those of both runs.

    Returns
    -------
    DataFrame
        purpose, persons_per_day, half_h, exact_h (hours of a person a day), half_cny, exact_cny (at
        each purpose's value of time).

    Raises
    ------
    ValidationError
        If purposes differ, or trip ends: the gain of more trips is no difference of logsums.
    """
    if before.purposes != after.purposes or [rule.purpose for rule in rules] != [*before.purposes]:
        raise ValidationError("travel_benefits: the runs and rules have different purposes.")
    persons = [_by_segment(each) for each in (before, after)]
    rows = []
    for k, rule in enumerate(rules):
        q_0, q_1 = (each[:, k] for each in persons)
        cost_0, cost_1 = (each.composite_s[:, k] for each in (before, after))
        _check_ends(rule.purpose, q_0, q_1)
        half_h = _half(q_0, q_1, cost_0, cost_1) / SECONDS_PER_HOUR
        exact_s = gravity_surplus(q_0, q_1, cost_0, cost_1, rule.deterrence_per_s)
        exact_h = exact_s / SECONDS_PER_HOUR
        worth = rule.value_of_time_cny_per_h
        rows.append(
            {
                "purpose": rule.purpose,
                "persons_per_day": float(q_1.sum()),
                "half_h": half_h,
                "exact_h": exact_h,
                "half_cny": half_h * worth,
                "exact_cny": exact_h * worth,
            }
        )
    return pd.DataFrame(rows)


def _by_segment(travel: Travel) -> Floats:
    """Persons with a car at hand and without, (2, n_purposes, n, n)."""
    owners = np.asarray(sum(travel.of_owners.values()))
    return np.stack([owners, np.maximum(travel.total - owners, 0.0)])


def _half(persons_0: Floats, persons_1: Floats, cost_0: Floats, cost_1: Floats) -> float:
    """½ (q₀ + q₁) (C₀ − C₁) where there is a way before and after."""
    both = np.isfinite(cost_0) & np.isfinite(cost_1)
    saved = np.subtract(cost_0, cost_1, out=np.zeros_like(cost_0), where=both)
    return float((0.5 * (persons_0 + persons_1) * saved).sum())


def _check_ends(purpose: str, before: Floats, after: Floats) -> None:
    """Refuse runs of different trip ends: origins of each segment, destinations of all."""
    for axes in ((2,), (0, 1)):
        was, is_now = (each.sum(axis=axes) for each in (before, after))
        if not np.allclose(was, is_now, rtol=SAME_ENDS, atol=SAME_ENDS * was.sum() / was.size):
            raise ValidationError(
                f"travel_benefits: trip ends of purpose {purpose} differ between the runs. Compare "
                "runs of the same year and zones."
            )
