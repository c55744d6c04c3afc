"""Expected loss of a year, from the chance of every state and what an hour of it costs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from transitplan.appraisal.closure_hours import Loss
from transitplan.scenario.closure_states import Cut, Event, both, peak_hours_of


@dataclass(frozen=True)
class ExpectedLoss:
    """What closures cost in an average year.

    Unreachable trips are counted in peak hours' worth of them: those of a peak hour times the peak
    hours that the closures are worth.
    """

    cny: float
    unreachable: float
    overlaps_cny: float  # part of it: two events at once, against the sum of both alone
    by_cause_cny: Mapping[str, float]
    unreachable_by_cause: Mapping[str, float]


def expected_loss(
    events: Iterable[Event],
    losses: Mapping[Cut, Loss],
    values: Mapping[str, Any],
    *,
    end: str = "",
) -> ExpectedLoss:
    """Add up what every event costs in a year, and what two at once cost beyond that.

    For independent events the expected loss is, up to three at once,

        Σ pₐ Lₐ + Σ pₐ p_b (Lₐᵦ − Lₐ − L_b),

    which is exact for two events. Where two at once were not solved, the second term counts as 0:
    they cost the sum of both.

    Parameters
    ----------
    losses
        Of an hour of each cut that was solved, those of all levels among them.
    end
        ``low`` or ``high``: every event with the hours at that end of its range.
    """
    money: defaultdict[str, float] = defaultdict(float)
    trips: defaultdict[str, float] = defaultdict(float)
    overlaps = 0.0
    scaled = [
        (event.cause_id, level.cut, level.share * (getattr(event, end) if end else 1.0), number)
        for number, event in enumerate(events)
        for level in event.levels
    ]
    for cause, cut, share, _ in scaled:
        hours = peak_hours_of(share, values)
        money[cause] += hours * losses[cut].cny_per_h
        trips[cause] += hours * losses[cut].unreachable_vph
    for (one, cut, share, event), (other, more, chance, second) in combinations(scaled, 2):
        together = losses.get(both(cut, more))
        if event == second or together is None:
            continue
        hours = peak_hours_of(share * chance, values)
        extra = hours * _beyond(together.cny_per_h, losses[cut].cny_per_h, losses[more].cny_per_h)
        away = hours * _beyond(
            together.unreachable_vph, losses[cut].unreachable_vph, losses[more].unreachable_vph
        )
        overlaps += extra
        for cause in (one, other):
            money[cause] += extra / 2
            trips[cause] += away / 2
    return ExpectedLoss(
        sum(money.values()), sum(trips.values()), overlaps, dict(money), dict(trips)
    )


def _beyond(together: float, one: float, other: float) -> float:
    return together - one - other
