"""Tables of a programme, one function each; ``Programme`` lists their columns and units."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from transitplan.appraisal.attribution import Value, attribute
from transitplan.appraisal.money import annual_factor
from transitplan.appraisal.programme import Move, Plan, Planning, State, cost
from transitplan.appraisal.programme_rules import CENTRAL, Rules
from transitplan.appraisal.programme_search import Found, every_plan
from transitplan.appraisal.programme_worths import Worths
from transitplan.scenario.case import Case

NOTHING = "nothing"
COUNTED = 1_000_000  # plans are not counted beyond this


def plan_name(plan: Plan) -> str:
    """``huanggang-bridge 2030 + km81-bridge 2035``; in the order of opening."""
    ordered = sorted(plan, key=lambda each: each.stage)
    return " + ".join(f"{each.option} {each.stage}" for each in ordered) or NOTHING


def state_name(state: State) -> str:
    """Options of a state, joined; ``nothing`` for none."""
    return " + ".join(sorted(state)) or NOTHING


def studied_plan(found: Found) -> Plan:
    """Return the best plan that builds several crossings; else one, else nothing.

    What crossings do to each other shows in such a plan only.
    """
    known = [each.plan for each in found.every or found.best]
    several = [plan for plan in known if len(plan) > 1]
    return next(iter(several or [plan for plan in known if plan] or known))


def plans_table(wanted: Planning, found: Found, worths: Worths) -> pd.DataFrame:
    """The best plans, best first."""
    first = found.best[0].npv_cny
    return pd.DataFrame(
        [
            {
                "rank": rank,
                "plan": plan_name(each.plan),
                "capital_cny": sum(move.capital_cny for move in each.plan),
                "pv_costs_cny": cost(each.plan),
                "pv_benefits_cny": wanted.benefit(each.plan, worths),
                "npv_cny": each.npv_cny,
                "behind_cny": first - each.npv_cny,
            }
            for rank, each in enumerate(found.best, 1)
        ]
    )


def moves_table(case: Case, found: Found) -> pd.DataFrame:
    """What opens when in each of the best plans."""
    columns = ["rank", "site_id", "option_id", "form", "opens", "capital_cny", "pv_cost_cny"]
    rows = [
        (
            rank,
            move.site_id,
            move.option,
            case.find(move.option)[1].form,
            move.stage,
            move.capital_cny,
            move.pv_cost_cny,
        )
        for rank, each in enumerate(found.best, 1)
        for move in sorted(each.plan, key=lambda one: one.stage)
    ]
    return pd.DataFrame(rows, columns=columns)


def budgets_table(wanted: Planning, rules: Rules, top: Plan, *, given: bool) -> pd.DataFrame:
    """Budget of each stage, and what a plan spends of it."""
    spent = wanted.spent(top)
    rows = []
    for place, stage in enumerate(wanted.stages):
        file = None if given else rules.by_stage.get(stage)
        most = wanted.budgets_cny[place]
        rows.append(
            {
                "stage": stage,
                "budget_cny": most if np.isfinite(most) else np.nan,
                "low_cny": file.low_cny if file else np.nan,
                "high_cny": file.high_cny if file else np.nan,
                "spent_cny": float(spent[place]),
                "source": file.source if file else ("as asked for" if given else "no limit set"),
                "status": file.status if file else "",
            }
        )
    return pd.DataFrame(rows)


def range_table(ranged: Mapping[str, Found]) -> pd.DataFrame:
    """The best plan at each end of the budgets."""
    rows = [
        (level, plan_name(found.best[0].plan), found.best[0].npv_cny, found.bound_cny)
        for level, found in ranged.items()
    ]
    return pd.DataFrame(rows, columns=["level", "plan", "npv_cny", "bound_cny"])


def waiting_table(wanted: Planning, top: Plan, worths: Worths) -> pd.DataFrame:
    """What each move would be worth a stage later, the others staying as they are."""
    changes = []
    for move in top:
        later = [each for each in wanted.moves[move.site_id] if each.option == move.option]
        then = min((each for each in later if each.stage > move.stage), key=_stage, default=None)
        rest = tuple(each for each in top if each is not move)
        changes.append((move, then, (*rest, then) if then else rest))
    worths.ask(ask for *_, plan in changes for ask in wanted.needs(plan))
    value = wanted.npv(top, worths)
    rows = [
        (
            move.option,
            move.stage,
            then.stage if then else np.nan,
            wanted.npv(plan, worths) - value,
            wanted.allowed(plan),
        )
        for move, then, plan in changes
    ]
    columns = ["option_id", "opens", "then_opens", "npv_change_cny", "allowed"]
    return pd.DataFrame(rows, columns=columns)


def interaction_table(wanted: Planning, top: Plan, worths: Worths) -> pd.DataFrame:
    """Each move alone, and what it adds to the plan: crossings share their traffic."""
    others = {move: tuple(each for each in top if each is not move) for move in top}
    plans = [*((move,) for move in top), *others.values()]
    worths.ask(ask for plan in plans for ask in wanted.needs(plan))
    value = wanted.npv(top, worths)
    rows = [
        (
            move.option,
            move.stage,
            wanted.npv((move,), worths),
            value - wanted.npv(rest, worths),
        )
        for move, rest in others.items()
    ]
    return pd.DataFrame(rows, columns=["option_id", "opens", "npv_alone_cny", "npv_in_plan_cny"])


def yearly_benefit(case: Case, wanted: Planning, worths: Worths) -> Value:
    """Benefit of a year like the last modelled one, by state [CNY]."""
    scale = float(annual_factor(case.values)) * case.values["benefit_scale"]
    year = wanted.stages[-1]
    return lambda state: worths(state, year) * wanted.open_share(state) * scale


def attribution_table(top: Plan, yearly: Value, worths: Worths, year: int) -> pd.DataFrame:
    """Split the benefit of a year like the last modelled one among the options of a plan."""
    table = attribute(
        [each.option for each in top],
        yearly,
        ask=lambda some: worths.ask((state, year) for state in some),
    )
    return table.add_suffix("_cny").rename_axis("option_id").reset_index()


def futures_table(
    wanted: Planning, found: Mapping[str, Found], worths: Mapping[str, Worths]
) -> pd.DataFrame:
    """Value every plan of note in every future, and what it misses there of the best.

    Plans of note: the best of each future, and the one of least greatest regret. That is sought
    among all plans where all were tried in every future, else among the best of each.
    """
    plans = _candidates(found)
    for world in worths.values():
        world.ask(ask for plan in plans for ask in wanted.needs(plan))
    values = {name: [wanted.npv(plan, world) for plan in plans] for name, world in worths.items()}
    best = {name: max(found[name].best[0].npv_cny, *values[name]) for name in worths}
    regret = np.array([best[name] - np.array(values[name]) for name in worths])
    robust = plans[int(regret.max(axis=0).argmin())]
    noted = dict.fromkeys([*(each.best[0].plan for each in found.values()), robust])
    noted |= dict.fromkeys(each.plan for each in found[CENTRAL].best)
    rows = [
        (
            plan_name(plan),
            name,
            values[name][place],
            best[name],
            max(found[name].bound_cny, best[name]),
            best[name] - values[name][place],
        )
        for plan in noted
        for place in [plans.index(plan)]
        for name in worths
    ]
    columns = ["plan", "future", "npv_cny", "best_cny", "bound_cny", "regret_cny"]
    return pd.DataFrame(rows, columns=columns)


def _candidates(found: Mapping[str, Found]) -> list[Plan]:
    """Every plan where all were tried in all futures, else the best ones of each future."""
    lists: Iterable[Sequence[Any]] = (
        [each.every for each in found.values()]
        if all(each.every for each in found.values())
        else [each.best for each in found.values()]
    )
    return list(dict.fromkeys(each.plan for row in lists for each in row))


def states_table(worths: Mapping[str, Worths]) -> pd.DataFrame:
    """Every state that was solved or bounded."""
    rows = []
    for name, world in worths.items():
        asks = dict.fromkeys(world.known)
        asks |= {(state, year): None for (_, year), some in world.relaxed.items() for state in some}
        for state, year in sorted(asks, key=lambda ask: (ask[1], len(ask[0]), sorted(ask[0]))):
            most = world.most(state, year)
            rows.append(
                (
                    name,
                    year,
                    state_name(state),
                    world.known.get((state, year), np.nan),
                    most if np.isfinite(most) else np.nan,
                )
            )
    columns = ["future", "year", "state", "worth_cny_per_h", "most_cny_per_h"]
    return pd.DataFrame(rows, columns=columns)


def search_table(
    wanted: Planning, found: Mapping[str, Found], worths: Mapping[str, Worths]
) -> pd.DataFrame:
    """How each future was searched, and how sure its answer is."""
    possible: float = 0
    for _ in every_plan(wanted):
        possible += 1
        if possible > COUNTED:
            possible = np.nan
            break
    return pd.DataFrame(
        [
            {
                "future": name,
                "best_plan": plan_name(each.best[0].plan),
                "method": each.method,
                "plans_possible": possible,
                "plans_valued": each.plans_valued,
                "states_solved": each.states,
                "bounds_solved": sum(
                    len(some)
                    for (kind, _), some in worths[name].relaxed.items()
                    if kind == "proved"
                ),
                "steps_compared": worths[name].steps()[0],
                "steps_down": worths[name].steps()[1],
                "nodes": each.nodes,
                "npv_cny": each.best[0].npv_cny,
                "monotone_bound_cny": each.monotone_bound_cny,
                "bound_cny": each.bound_cny,
                "gap_cny": each.gap_cny,
                "proved": each.proved,
            }
            for name, each in found.items()
        ]
    )


def _stage(move: Move) -> int:
    return move.stage
