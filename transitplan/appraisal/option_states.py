"""Everything solved of one option under closures: its crossings, what shuts them, what it costs."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import pandas as pd

from transitplan.appraisal.closure_hours import ClosedHour, Loss, OpenHour, closed_hour, hour_loss
from transitplan.scenario.case import NONE, Case
from transitplan.scenario.closure_states import Cut, Event, build_events, closing, narrowed, shut
from transitplan.scenario.closures import crossing_closures, crossing_kinds
from transitplan.scenario.run import Runner
from transitplan.scenario.variants import Variant


@dataclass(frozen=True, eq=False)
class OptionStates:
    """Everything solved of one option: which crossings it has, what shuts them, what that costs."""

    option_id: str
    kinds: Mapping[str, str]  # of each crossing, in the order of the river
    closures: pd.DataFrame  # from crossing_closures
    events: list[Event]
    open_: OpenHour
    hours: Mapping[Cut, ClosedHour]
    losses: Mapping[Cut, Loss]


def option_states(
    case: Case,
    runner: Runner,
    variant: Variant,
    open_: OpenHour,
    *,
    most_pairs: int,
    base: OptionStates | None,
) -> tuple[OptionStates, int]:
    """Solve the closures of one option; return them, and how many pairs were left out.

    One crossing narrowed that is not the option's costs what it does in ``base``.
    """
    kinds = crossing_kinds(case, open_.run.network, variant.built)
    closures = crossing_closures(case.closures, kinds)
    events = build_events(closures)
    cuts = [closing([crossing]) for crossing in kinds]
    cuts += [level.cut for event in events for level in event.levels]
    own = {case.find(option)[0].crossing_id for option in variant.built}
    before = {} if base is None else base.losses
    losses = {cut: before[cut] for cut in cuts if _same(cut, own) and cut in before}
    hours = _closed(runner, variant, [cut for cut in cuts if cut not in losses])
    losses |= {cut: hour_loss(open_, each) for cut, each in hours.items()}
    alone = {crossing: losses[closing([crossing])].cny_per_h for crossing in kinds}
    every = sorted(combinations(kinds, 2), key=lambda two: -alone[two[0]] - alone[two[1]])
    two = _closed(runner, variant, [closing(each) for each in every[:most_pairs]])
    hours |= two
    losses |= {cut: hour_loss(open_, each) for cut, each in two.items()}
    left_out = len(every) - len(two) if most_pairs else 0
    name = variant.built[0] if variant.built else NONE
    return OptionStates(name, kinds, closures, events, open_, hours, losses), left_out


def _same(cut: Cut, own: Collection[str]) -> bool:
    """Whether a single crossing is narrowed and it is not the option's."""
    return len(cut) == 1 and bool(narrowed(cut)) and cut[0][0] not in own


def _closed(runner: Runner, variant: Variant, cuts: Iterable[Cut]) -> dict[Cut, ClosedHour]:
    """Solve cuts."""
    asked = {
        cut: replace(
            variant,
            closed=shut(cut),
            narrowed=tuple(each for each in cut if each[0] in narrowed(cut)),
        )
        for cut in dict.fromkeys(cuts)
    }
    found = runner.take(asked.values(), closed_hour)
    return {cut: found[each] for cut, each in asked.items()}
