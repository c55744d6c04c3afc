"""Everything solved of one option under closures: its crossings, what shuts them, what it costs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from transitplan.appraisal.closure_hours import ClosedHour, Loss, OpenHour, closed_hour, hour_loss
from transitplan.errors import ValidationError
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

    What ``partial_cuts`` leaves out, one crossing narrowed that is not the option's, costs what it
    does in ``base``.
    """
    kinds = crossing_kinds(case, open_.run.network, variant.built)
    closures = crossing_closures(case.closures, kinds)
    events = build_events(closures)
    cuts = [closing([crossing]) for crossing in kinds]
    cuts += [level.cut for event in events for level in event.levels]
    hours = dict(open_.partial) | _closed(runner, variant, cuts)
    losses = {} if base is None else {cut: base.losses[cut] for cut in cuts if _same(cut, base)}
    missing = [cut for cut in cuts if cut not in hours and cut not in losses]
    if missing:
        raise ValidationError(
            "resilience: the runner's processes read another closure calendar than this case has. "
            "Write the calendar to the case's folder, or use Runner(case, processes=1)."
        )
    losses |= {cut: hour_loss(open_, each) for cut, each in hours.items()}
    alone = {crossing: losses[closing([crossing])].cny_per_h for crossing in kinds}
    every = sorted(combinations(kinds, 2), key=lambda two: -alone[two[0]] - alone[two[1]])
    two = _closed(runner, variant, [closing(each) for each in every[:most_pairs]])
    hours |= two
    losses |= {cut: hour_loss(open_, each) for cut, each in two.items()}
    left_out = len(every) - len(two) if most_pairs else 0
    name = variant.built[0] if variant.built else NONE
    return OptionStates(name, kinds, closures, events, open_, hours, losses), left_out


def _same(cut: Cut, base: OptionStates) -> bool:
    """One crossing narrowed, as it is solved without the option."""
    return len(cut) == 1 and bool(narrowed(cut)) and cut in base.losses


def _closed(runner: Runner, variant: Variant, cuts: Iterable[Cut]) -> dict[Cut, ClosedHour]:
    """Solve the cuts that shut crossings whole."""
    whole = [cut for cut in dict.fromkeys(cuts) if not narrowed(cut)]
    asked = {cut: Variant(variant.year, variant.built, closed=shut(cut)) for cut in whole}
    found = runner.take(asked.values(), closed_hour)
    return {cut: found[each] for cut, each in asked.items()}
