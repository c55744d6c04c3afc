"""The programme of a case: the best plans, what else could happen to them, and who adds what."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import pandas as pd

from transitplan.appraisal import programme_tables as tables
from transitplan.appraisal.programme import Planning, planning
from transitplan.appraisal.programme_rules import (
    CENTRAL,
    Future,
    Level,
    Rules,
    budget_problems,
    read_rules,
)
from transitplan.appraisal.programme_search import Found, Method, find_plans
from transitplan.appraisal.programme_tables import NOTHING, plan_name
from transitplan.appraisal.programme_worths import Kind, case_worths
from transitplan.errors import ValidationError
from transitplan.scenario.case import Case
from transitplan.scenario.command import command_line
from transitplan.scenario.run import DEFAULT_GAP, Runner

__all__ = ("NOTHING", "Programme", "case_worths", "plan_name", "plan_programme")

BEST = 5  # plans to find, the runners-up included


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
    command: str = ""  # what makes the same programme on the command line

    @property
    def robust_plan(self) -> str:
        """Plan whose greatest regret over the futures is least."""
        return str(self.futures.groupby("plan", sort=False)["regret_cny"].max().idxmin())


def plan_programme(
    case: Case,
    runner: Runner,
    *,
    budgets_cny: Mapping[int, float] | None = None,
    best: int = BEST,
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
    begun, rules = runner.solved, read_rules(case)
    wanted = _planning(case, rules, budgets_cny)
    worlds = {CENTRAL: Future(name="central", name_zh="基准"), **rules.futures}
    worths = {name: case_worths(case, runner, world) for name, world in worlds.items()}
    seek = partial(find_plans, method=method, prune=prune, most_states=most_states)
    found = {name: seek(wanted, each, best=best) for name, each in worths.items()}
    central, top = worths[CENTRAL], found[CENTRAL].best[0].plan
    studied = tables.studied_plan(found[CENTRAL])
    levels: tuple[Level, ...] = ("low", "value", "high")
    ranged: dict[str, Found] = {
        level: seek(planning(case, rules, rules.budgets(level)), central, best=1)
        for level in levels
        if budgets_cny is None and rules.by_stage
    }
    yearly = tables.yearly_benefit(case, wanted, central)
    return Programme(
        case=case,
        rules=rules,
        worlds=worlds,
        plans=tables.plans_table(wanted, found[CENTRAL], central),
        moves=tables.moves_table(case, found[CENTRAL]),
        budgets=tables.budgets_table(wanted, rules, top, given=budgets_cny is not None),
        budget_range=tables.range_table(ranged),
        waiting=tables.waiting_table(wanted, studied, central),
        interaction=tables.interaction_table(wanted, studied, central),
        attribution=tables.attribution_table(studied, yearly, central, wanted.stages[-1]),
        futures=tables.futures_table(wanted, found, worths),
        states=tables.states_table(worths),
        search=tables.search_table(wanted, found, worths),
        studied_plan=plan_name(studied),
        yearly_benefit_cny=yearly(frozenset(each.option for each in studied)),
        equilibria=runner.solved - begun,
        relative_gap=runner.gap,
        command=command_line(
            "stage",
            case,
            {
                "budget": [f"{year}={value:.12g}" for year, value in (budgets_cny or {}).items()],
                "best": None if best == BEST else best,
                "method": None if method == "auto" else method,
                "prune": None if prune == "monotone" else prune,
                "states": most_states,
                "gap": None if runner.gap == DEFAULT_GAP else runner.gap,
            },
        ),
    )


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
