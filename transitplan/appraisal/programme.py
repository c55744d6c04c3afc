"""Programmes: which sites are built, in which form and stage, and what such a plan is worth.

A *stage* is a modelled year after the base year. A *plan* names, for each site, nothing or a
*move*: one option and the stage in which it opens. The *state* of a year is the set of options open
in it.

Crossings share their traffic, so benefits are those of states and never of options: nothing is
added up over sites but costs. With ``w(S, y)`` for what a peak hour of the modelled year y is worth
with S open instead of nothing, a plan with the states S₁, S₂, … in its stages y₁ < y₂ < … is worth

``NPV = Σ_k availability(S_k) Σ_y weight(k, y) w(S_k, y) − Σ_moves (costs − rail)``,

costs and rail in present values: what is paid for a structure and falls on others by building and
running it, and what rail passengers on it save, a stated input that no other crossing changes.

From one stage to the next the state is held while demand grows: each year between is worth a
straight line between ``w(S_k, y_k)`` and ``w(S_k, y_k+1)``; after the last modelled year benefits
grow by ``benefit_growth``. All plans are appraised over the same years, to the end of
``operation_years`` after the last stage; what opens sooner is kept, renewed and counted until then.
``availability(S)`` is the mean of the options' availabilities: as if each had an equal share of the
worth, and lost it while shut. Where they can stand in for each other, less is lost.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from transitplan.appraisal.money import benefit_streams, cost_items, discounting, rail_streams
from transitplan.appraisal.programme_rules import Rules
from transitplan.arrays import Floats, Ints
from transitplan.scenario.case import Case, Form, option_id

State: TypeAlias = frozenset[str]  # options that are open
Worth: TypeAlias = Callable[[State, int], float]  # of a state in a modelled year [CNY/h]
NOTHING_OPEN: State = frozenset()


@dataclass(frozen=True, order=True)
class Move:
    """One option, opened at one stage."""

    site_id: str
    option: str
    stage: int  # year
    pv_cost_cny: float
    capital_cny: float
    spent_cny: tuple[float, ...]  # capital by stage: what is paid since the stage before
    availability: float = 1.0
    pv_rail_cny: float = 0.0  # what rail passengers on it save

    @property
    def net_cost_cny(self) -> float:
        """Present value of costs less what does not depend on other crossings [CNY]."""
        return self.pv_cost_cny - self.pv_rail_cny


Plan: TypeAlias = tuple[Move, ...]  # in the order of the sites


@dataclass(frozen=True)
class Weight:
    """What one CNY of each peak hour of a modelled year counts for, over the years of a stage."""

    year: int
    pv: float  # present value


@dataclass(frozen=True)
class Planning:
    """What can be done and what it costs: all that a search needs besides worths of states.

    Parameters
    ----------
    stages
        Years, ascending.
    moves
        What is offered at each site, besides nothing.
    budgets_cny
        Capital that may be spent in each stage; inf where there is no limit.
    weights
        For each stage, the modelled years that its state is asked in.
    """

    stages: tuple[int, ...]
    moves: Mapping[str, tuple[Move, ...]]
    weights: tuple[tuple[Weight, ...], ...]
    rules: Rules
    budgets_cny: tuple[float, ...]

    @property
    def sites(self) -> tuple[str, ...]:
        """Sites in the order in which a search decides them."""
        return tuple(self.moves)

    @cached_property
    def availability(self) -> Mapping[str, float]:
        """Share of the time that each option is open."""
        return {each.option: each.availability for row in self.moves.values() for each in row}

    def state(self, plan: Iterable[Move], stage: int) -> State:
        """Options of the plan that are open at a stage."""
        return frozenset(each.option for each in plan if each.stage <= stage)

    def needs(self, plan: Plan) -> list[tuple[State, int]]:
        """States and modelled years whose worth the plan depends on; those with nothing have 0."""
        return [
            (state, weight.year)
            for stage, weights in zip(self.stages, self.weights, strict=True)
            if (state := self.state(plan, stage))
            for weight in weights
        ]

    def benefit(self, plan: Plan, worth: Worth) -> float:
        """Present value of the benefits of a plan, rail included [CNY]."""
        road = sum(
            self.gain(place, self.state(plan, stage), worth)
            for place, stage in enumerate(self.stages)
        )
        return road + sum(each.pv_rail_cny for each in plan)

    def gain(self, place: int, state: State, worth: Worth) -> float:
        """Present value of a state's benefits over the years of one stage [CNY]."""
        if not state:
            return 0.0
        hours = sum(weight.pv * worth(state, weight.year) for weight in self.weights[place])
        return hours * self.open_share(state)

    def open_share(self, state: State) -> float:
        """Share of a state's worth that is left by hours in which an option is shut."""
        return float(np.mean([self.availability[option] for option in sorted(state)] or [1.0]))

    def npv(self, plan: Plan, worth: Worth) -> float:
        """Net present value of a plan [CNY]."""
        return self.benefit(plan, worth) - cost(plan)

    def allowed(self, plan: Plan, undecided: Collection[str] = ()) -> bool:
        """Whether a plan keeps budgets, prerequisites and conflicts, or yet may.

        undecided
            Sites to which the plan may still add.
        """
        opens = {each.site_id: each.stage for each in plan}
        return self.affordable(plan) and self.rules.kept(opens, undecided)

    def affordable(self, plan: Plan) -> bool:
        """Whether the capital of some moves stays within the budgets."""
        spent = self.spent(plan)
        most = np.array(self.budgets_cny)
        if self.rules.carries_over:
            spent, most = spent.cumsum(), most.cumsum()
        return bool((spent <= most * (1 + 1e-12)).all())

    def spent(self, plan: Plan) -> Floats:
        """Capital that a plan spends in each stage, (n_stages,) [CNY]."""
        nothing = (0.0,) * len(self.stages)
        parts: Floats = np.array([nothing, *(each.spent_cny for each in plan)])
        return np.asarray(parts.sum(axis=0))


def cost(plan: Plan) -> float:
    """Present value of a plan's costs: the only sum over sites [CNY]."""
    return sum(each.pv_cost_cny for each in plan)


def planning(case: Case, rules: Rules, budgets_cny: Mapping[int, float] | None = None) -> Planning:
    """Set up the plans of a case: what can open when, what it costs, how its years count.

    An option is offered at a stage if it can be open by then: not before its ``open_year``, and
    with its building years after the base year.

    Parameters
    ----------
    budgets_cny
        By stage, in place of those of the rules.
    """
    stages = tuple(year for year in case.years if year > case.base_year)
    given = rules.budgets() if budgets_cny is None else budgets_cny
    moves = {
        site.site_id: tuple(
            _move(case, form, site.site_id, option_id(site, form), stage, stages)
            for form in site.forms
            for stage in stages
            if stage >= max(form.open_year, case.base_year + form.build_years)
        )
        for site in case.sites
    }
    return Planning(
        stages=stages,
        moves=moves,
        weights=year_weights(case, stages),
        rules=rules,
        budgets_cny=tuple(given.get(stage, np.inf) for stage in stages),
    )


def year_weights(case: Case, stages: tuple[int, ...]) -> tuple[tuple[Weight, ...], ...]:
    """Present value of one CNY of each peak hour of the modelled years, over each stage's years.

    Benefits are linear in the hours of the modelled years, so that the weights come from
    ``benefit_streams`` of one CNY in one modelled year.
    """
    end = stages[-1] + round(case.values["operation_years"])
    found = []
    for first, after in pairwise((*stages, end)):
        years = np.arange(first, after)
        factor = discounting(case.values, years, case.base_year)
        modelled = [first] if first == stages[-1] else [first, after]
        rows = []
        for year in modelled:
            one = {other: float(other == year) for other in modelled}
            rows.append(
                Weight(year, float((benefit_streams(years, one, case.values) * factor).sum()))
            )
        found.append(tuple(rows))
    return tuple(found)


def _move(
    case: Case, form: Form, site_id: str, option: str, stage: int, stages: tuple[int, ...]
) -> Move:
    """Price a form that opens at a stage and is kept to the end of all plans."""
    form = form.model_copy(update={"open_year": stage})
    life = round(case.values["operation_years"])
    values = {**case.values, "operation_years": float(stages[-1] - stage + life)}
    years = np.arange(min(case.base_year, stage - form.build_years), stages[-1] + life)
    items = cost_items(form, values, years, case.base_year, form.capital_cost_cny)
    factor = discounting(values, years, case.base_year)
    capital = items["capital"][0]
    return Move(
        site_id,
        option,
        stage,
        float((sum(items.values()) * factor).sum()),
        float(capital.sum()),
        _by_stage(years, capital, stages),
        form.availability,
        float((rail_streams(form, values, years) * factor).sum()),
    )


def _by_stage(years: Ints, spent: Floats, stages: tuple[int, ...]) -> tuple[float, ...]:
    """Sum up what is spent up to the first stage, and from each stage to the next [CNY].

    What is spent in the year of a stage counts before it: that budget pays what opens then.
    """
    place = np.minimum(np.searchsorted(stages, years), len(stages) - 1)
    return tuple(np.bincount(place, spent, len(stages)).tolist())
