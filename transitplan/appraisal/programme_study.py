"""The programme of a case: the best plans, what else could happen to them, and who adds what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from transitplan.appraisal.attribution import Value, attribute
from transitplan.appraisal.money import annual_factor
from transitplan.appraisal.programme import (
    NOTHING_OPEN,
    Move,
    Plan,
    Planning,
    State,
    cost,
    planning,
)
from transitplan.appraisal.programme_bound import most_worth
from transitplan.appraisal.programme_rules import (
    CENTRAL,
    Future,
    Level,
    Rules,
    budget_problems,
    read_rules,
)
from transitplan.appraisal.programme_search import (
    Ask,
    Found,
    Kind,
    Method,
    Worths,
    every_plan,
    find_plans,
)
from transitplan.appraisal.worth import hour_totals, hour_worth
from transitplan.errors import ValidationError
from transitplan.scenario.case import Case
from transitplan.scenario.run import Runner
from transitplan.scenario.variants import Variant

NOTHING = "nothing"
COUNTED = 1_000_000  # plans are not counted beyond this


@dataclass(frozen=True, eq=False)
class Programme:
    """The best plans of a case, and how they stand in other futures and with other budgets.

    A plan is named by its moves, ``huanggang-bridge 2030 + km81-bridge 2035``; ``nothing`` builds
    nothing. Worths are against building nothing in the same year and future.

    plans
        rank, plan, capital_cny, pv_costs_cny, pv_benefits_cny, npv_cny, behind_cny (the best)
    moves
        Of every plan in ``plans``: rank, site_id, option_id, form, opens, capital_cny, pv_cost_cny
    budgets
        stage, budget_cny (empty: no limit), low_cny, high_cny, spent_cny, source, status
    budget_range
        level (low, value, high), plan, npv_cny, bound_cny: the best plan with these budgets
    waiting
        Of the studied plan: option_id, opens, then_opens (empty: never), npv_change_cny, allowed
    interaction
        Of the studied plan: option_id, opens, npv_alone_cny, npv_in_plan_cny (with, less without)
    attribution
        Benefit of a year like the last modelled one split among the options of the studied one:
        option_id, first_in_cny, left_out_cny, shapley_cny, shapley_error_cny
    futures
        plan, future, npv_cny, best_cny (of any plan), bound_cny, regret_cny
    states
        future, year, state, worth_cny_per_h (empty: not solved), most_cny_per_h (empty: no bound)
    search
        One row a future: future, best_plan, method, plans_possible (empty: above a million),
        plans_valued, states_solved, bounds_solved, nodes, steps_compared (pairs of solved states
        that one option parts), steps_down (of these, more is worth less), npv_cny,
        monotone_bound_cny (no plan is worth more unless an option more makes matters worse),
        bound_cny (no plan is worth more, by proof), gap_cny (to that), proved
    """

    case: Case
    rules: Rules
    worlds: Mapping[str, Future]
    plans: pd.DataFrame
    moves: pd.DataFrame
    budgets: pd.DataFrame
    budget_range: pd.DataFrame
    waiting: pd.DataFrame
    interaction: pd.DataFrame
    attribution: pd.DataFrame
    futures: pd.DataFrame
    states: pd.DataFrame
    search: pd.DataFrame
    studied_plan: str  # the best that builds several crossings, or one, or nothing
    yearly_benefit_cny: float  # of the studied plan, in a year like the last modelled one
    equilibria: int  # solved for all this, starting points included
    relative_gap: float  # that every one of them reached

    @property
    def robust_plan(self) -> str:
        """Plan whose greatest regret over the futures is least."""
        return str(self.futures.groupby("plan", sort=False)["regret_cny"].max().idxmin())


def plan_programme(
    case: Case,
    runner: Runner,
    *,
    budgets_cny: Mapping[int, float] | None = None,
    best: int = 5,
    method: Method = "auto",
    prune: Kind = "monotone",
    most_states: int | None = None,
) -> Programme:
    """Find the best plans of a case within its rules.

    Parameters
    ----------
    runner
        Solves the equilibria, each once.
    budgets_cny
        By stage, in place of those in ``programme.toml``; stages left out have no limit.
    best
        How many plans to find, the runners-up included.
    method, prune, most_states
        As in ``programme_search.find_plans``.

    Raises
    ------
    ValidationError
        If the rules do not fit the case, or nothing can be built in any stage.

    Examples
    --------
    >>> from transitplan.scenario.read import read_case
    >>> case = read_case("networks/two_banks")
    >>> with Runner(case, processes=1) as runner:
    ...     found = plan_programme(case, runner)
    >>> bool(found.search["proved"].all())
    True
    """
    if max(case.years) <= case.base_year:
        raise ValidationError(
            f"{case.folder}/case.toml: no modelled year after the base year {case.base_year}, so "
            "that nothing can be staged. Add one with its demand."
        )
    rules = read_rules(case)
    wanted = _planning(case, rules, budgets_cny)
    worlds = {CENTRAL: Future(name="central", name_zh="基准"), **rules.futures}
    worths = {name: case_worths(case, runner, world) for name, world in worlds.items()}
    seek = partial(find_plans, method=method, prune=prune, most_states=most_states)
    found = {name: seek(wanted, each, best=best) for name, each in worths.items()}
    central, top = worths[CENTRAL], found[CENTRAL].best[0].plan
    studied = _studied(found[CENTRAL])
    levels: tuple[Level, ...] = ("low", "value", "high")
    ranged: dict[str, Found] = {
        level: seek(planning(case, rules, rules.budgets(level)), central, best=1)
        for level in levels
        if budgets_cny is None and rules.by_stage
    }
    yearly = _yearly(case, wanted, central)
    tables = {
        "plans": _plans(wanted, found[CENTRAL], central),
        "moves": _moves(case, found[CENTRAL]),
        "budgets": _budgets(wanted, rules, top, given=budgets_cny is not None),
        "budget_range": _budget_range(ranged),
        "waiting": _waiting(wanted, studied, central),
        "interaction": _interaction(wanted, studied, central),
        "attribution": _attribution(studied, yearly, central, wanted.stages[-1]),
        "futures": _futures(wanted, found, worths),
    }
    return Programme(
        case=case,
        rules=rules,
        worlds=worlds,
        **tables,
        states=_states(worths),
        search=_search(wanted, found, worths),
        studied_plan=plan_name(studied),
        yearly_benefit_cny=yearly(frozenset(each.option for each in studied)),
        equilibria=runner.solved,
        relative_gap=runner.gap,
    )


def case_worths(case: Case, runner: Runner, world: Future) -> Worths:
    """Worths of states of a case in a future, each an equilibrium that the runner solves once."""

    def variant(state: State, year: int) -> Variant:
        return Variant(year, tuple(state), trips=world.trips, value_of_time=world.value_of_time)

    def evaluate(asks: Sequence[Ask]) -> list[float]:
        variants = [variant(*ask) for ask in asks]
        bases = [each.base for each in variants]
        totals = runner.take([*dict.fromkeys(bases), *variants], hour_totals)
        return [
            hour_worth(totals[base], totals[each])
            for base, each in zip(bases, variants, strict=True)
        ]

    def at_most(state: State, year: int) -> float:
        base = variant(NOTHING_OPEN, year)
        return most_worth(case, base, state, runner.take([base], hour_totals)[base])

    return Worths(evaluate, at_most)


def plan_name(plan: Plan) -> str:
    """``huanggang-bridge 2030 + km81-bridge 2035``; in the order of opening."""
    ordered = sorted(plan, key=lambda each: each.stage)
    return " + ".join(f"{each.option} {each.stage}" for each in ordered) or NOTHING


def state_name(state: State) -> str:
    """Options of a state, joined; ``nothing`` for none."""
    return " + ".join(sorted(state)) or NOTHING


def _planning(case: Case, rules: Rules, budgets_cny: Mapping[int, float] | None) -> Planning:
    """Set up the plans, or say why there are none."""
    found = budget_problems(case, budgets_cny or {})
    if found:
        raise ValidationError(f"--{text}" for text in found)
    made = planning(case, rules, budgets_cny)
    if not any(made.moves.values()):
        raise ValidationError(
            f"{case.folder}: no option can open by {made.stages[-1]}. See open_year and "
            "build_years of the sites, or add a later year."
        )
    return made


def _studied(found: Found) -> Plan:
    """Return the best plan that builds several crossings; else one, else nothing.

    What crossings do to each other shows in such a plan only.
    """
    known = [each.plan for each in found.every or found.best]
    several = [plan for plan in known if len(plan) > 1]
    return next(iter(several or [plan for plan in known if plan] or known))


def _plans(wanted: Planning, found: Found, worths: Worths) -> pd.DataFrame:
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


def _moves(case: Case, found: Found) -> pd.DataFrame:
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


def _budgets(wanted: Planning, rules: Rules, top: Plan, *, given: bool) -> pd.DataFrame:
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


def _budget_range(ranged: Mapping[str, Found]) -> pd.DataFrame:
    rows = [
        (level, plan_name(found.best[0].plan), found.best[0].npv_cny, found.bound_cny)
        for level, found in ranged.items()
    ]
    return pd.DataFrame(rows, columns=["level", "plan", "npv_cny", "bound_cny"])


def _waiting(wanted: Planning, top: Plan, worths: Worths) -> pd.DataFrame:
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


def _interaction(wanted: Planning, top: Plan, worths: Worths) -> pd.DataFrame:
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


def _yearly(case: Case, wanted: Planning, worths: Worths) -> Value:
    """Benefit of a year like the last modelled one, by state [CNY]."""
    scale = float(annual_factor(case.values)) * case.values["benefit_scale"]
    year = wanted.stages[-1]
    return lambda state: worths(state, year) * wanted.open_share(state) * scale


def _attribution(top: Plan, yearly: Value, worths: Worths, year: int) -> pd.DataFrame:
    table = attribute(
        [each.option for each in top],
        yearly,
        ask=lambda some: worths.ask((state, year) for state in some),
    )
    return table.add_suffix("_cny").rename_axis("option_id").reset_index()


def _futures(
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


def _states(worths: Mapping[str, Worths]) -> pd.DataFrame:
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


def _search(
    wanted: Planning, found: Mapping[str, Found], worths: Mapping[str, Worths]
) -> pd.DataFrame:
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
                "states_solved": len(worths[name].known),
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
