"""The best plans: by trying all, or by branch and bound with a bound that is proved.

What is dear is the worth of a state, an equilibrium; plans are cheap once it is known. Where all
states that plans need can be solved, they are, and the answer is exact. Beyond that, plans are
built site by site, the most promising first. A plan with some sites undecided is worth no more than

``Σ_k open_k Σ_y weight(k, y) most(U_k, y) − net costs of what is decided``,

where U_k holds what is decided to be open at stage k and everything that the undecided sites could
still have open by then, in every form at once, ``open_k`` is the highest availability in U_k, and
``most(U, y)`` is at least the worth of *every* set of options within U. The proof: the states of
any plan that can follow lie within the U_k; their availability, a mean, is no higher; costs are not
negative (where rail on a structure alone pays more than it costs, that is added for each undecided
site); weights are positive and ``most`` is at least 0, the worth of nothing. Where ``most`` holds,
nothing is assumed about how crossings act on each other, neither that they are substitutes nor that
more of them help. Nodes are opened in the order of this bound (Land & Doig 1960; with user
equilibria: LeBlanc 1975, *An algorithm for the discrete network design problem*, Transportation
Science 9(3)), so that at any time no plan, tried or not, is worth more than the best of what is
still open. A search that is cut short therefore says how much could have been missed.

Two functions ``most`` are at hand. The *proved* one, ``programme_bound``, counts what perfect
routing would save, which on a crowded network is far more than any crossing does. The *monotone*
one is the worth of all of U open at once. It holds as long as one option more never lowers the
worth of others. That is usual, and not certain: Braess's paradox is the counter-example. A search
may therefore prune by the monotone bound, compare all pairs of states that it solved, and say both:
what is best unless a crossing more makes matters worse, and the proved bound of what was not tried.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Literal, TypeAlias

import numpy as np

from transitplan.appraisal.programme import Move, Plan, Planning, State
from transitplan.appraisal.programme_worths import Kind, Worths
from transitplan.errors import ValidationError

Method: TypeAlias = Literal["auto", "enumerate", "search"]
BATCH = 16  # states that are solved side by side, whatever the number of processes
EXACT_STATES = 700  # so many are solved outright rather than searched
MANY_PLANS = 200_000
NO_PLAN = (
    "programme: no plan keeps the rules: what is required costs more than the budgets, or needs or "
    "excludes what cannot be. Give more money or take a rule out."
)
WORTH_TIGHTENING = 2  # undecided sites below a node, for which a bound of its own pays


@dataclass(frozen=True)
class Valued:
    """A plan and what it is worth."""

    plan: Plan
    npv_cny: float


@dataclass(frozen=True)
class Found:
    """The best plans, best first, and how sure it is that there is none better.

    bound_cny
        No plan is worth more than this, by proof.
    monotone_bound_cny
        The same as long as an option more never lowers the worth of others.
    plans_valued
        Plans whose worth is known.
    states
        Solved when the search ended, with those that earlier searches had left.
    every
        All plans, where all were tried.
    """

    best: tuple[Valued, ...]
    bound_cny: float
    monotone_bound_cny: float
    method: str
    plans_valued: int
    states: int
    nodes: int = 0  # opened by branch and bound
    every: tuple[Valued, ...] = ()

    @property
    def gap_cny(self) -> float:
        """The most by which another plan could be better [CNY]."""
        return max(self.bound_cny - self.best[0].npv_cny, 0.0)

    @property
    def proved(self) -> bool:
        """Whether the best plan is proved to be best."""
        return self.gap_cny <= abs(self.best[0].npv_cny) * 1e-12


def find_plans(
    planning: Planning,
    worths: Worths,
    *,
    best: int = 5,
    method: Method = "auto",
    prune: Kind = "monotone",
    most_states: int | None = None,
) -> Found:
    """Find the best plans.

    Parameters
    ----------
    best
        How many, the runners-up included; those, too, are proved.
    method
        ``enumerate`` tries every plan; ``search`` branches and bounds; ``auto`` enumerates where no
        more than ``EXACT_STATES`` states are asked for.
    prune
        The bound by which a search leaves plans out; with ``monotone``, ``bound_cny`` says what may
        have been left out wrongly.
    most_states
        Stop a search after so many states; ``bound_cny`` then says what may have been missed.
    """
    plans = _few_plans(planning) if method != "search" else None
    if plans is not None:
        asks = {ask for plan in plans for ask in planning.needs(plan)}
        due = len(asks - worths.known.keys())
        if method == "enumerate" or due <= min(EXACT_STATES, most_states or EXACT_STATES):
            return _enumerate(planning, worths, plans, best)
    if method == "enumerate":
        plans = list(every_plan(planning))
        return _enumerate(planning, worths, plans, best)
    return _Search(planning, worths, best, prune, most_states).run()


def every_plan(planning: Planning) -> Iterator[Plan]:
    """Go through all plans that keep the rules, that of building nothing included."""
    sites = planning.sites

    def extend(plan: Plan, depth: int) -> Iterator[Plan]:
        if depth == len(sites):
            yield plan
            return
        for child in _children(planning, plan, depth):
            yield from extend(child, depth + 1)

    return extend((), 0)


def greedy_plan(planning: Planning, worths: Worths) -> Valued | None:
    """Add the move that helps most, until none helps: a plan to start from, not the best.

    None where that leads to no plan that keeps the rules.
    """
    here = Valued((), 0.0)
    while True:
        left = [site for site in planning.sites if site not in {each.site_id for each in here.plan}]
        nexts = [
            plan
            for site in left
            for move in planning.moves[site]
            if planning.allowed(
                plan := _in_order(planning, (*here.plan, move)),
                [other for other in left if other != site],
            )
        ]
        worths.ask(ask for plan in nexts for ask in planning.needs(plan))
        values = [Valued(plan, planning.npv(plan, worths)) for plan in nexts]
        top = max(values, key=lambda each: each.npv_cny, default=None)
        whole = planning.allowed(here.plan)
        if top is None or (whole and top.npv_cny <= here.npv_cny):
            return here if whole else None
        here = top


def _in_order(planning: Planning, plan: Iterable[Move]) -> Plan:
    return tuple(sorted(plan, key=lambda each: planning.sites.index(each.site_id)))


def _few_plans(planning: Planning) -> list[Plan] | None:
    """Every plan, or None where there are too many to list."""
    plans = []
    for plan in every_plan(planning):
        plans.append(plan)
        if len(plans) > MANY_PLANS:
            return None
    return plans


def _enumerate(planning: Planning, worths: Worths, plans: Sequence[Plan], best: int) -> Found:
    worths.ask(ask for plan in plans for ask in planning.needs(plan))
    values = [Valued(plan, planning.npv(plan, worths)) for plan in plans]
    if not values:
        raise ValidationError(NO_PLAN)
    values.sort(key=lambda each: -each.npv_cny)
    return Found(
        best=tuple(values[:best]),
        bound_cny=values[0].npv_cny,
        monotone_bound_cny=values[0].npv_cny,
        method="enumeration",
        plans_valued=len(values),
        states=len(worths.known),
        every=tuple(values),
    )


def _children(planning: Planning, plan: Plan, depth: int) -> Iterator[Plan]:
    """Decide one more site in every way that the rules may allow."""
    undecided = planning.sites[depth + 1 :]
    for more in ((), *((move,) for move in planning.moves[planning.sites[depth]])):
        child = (*plan, *more)
        if planning.allowed(child, undecided):
            yield child


class _Search:
    """Branch and bound over the sites, best bound first."""

    def __init__(
        self,
        planning: Planning,
        worths: Worths,
        best: int,
        prune: Kind,
        most_states: int | None,
    ) -> None:
        self.planning, self.worths, self.wanted, self.kind = planning, worths, best, prune
        self.room = np.inf if most_states is None else most_states + len(worths.known)
        self.values: dict[Plan, float] = {}
        self.open: list[tuple[float, int, int, Plan]] = []  # −bound, serial, depth, plan
        self.waiting: list[tuple[float, Plan]] = []  # leaves whose states are not known yet
        self.serial = count()
        self.nodes = 0

    def run(self) -> Found:
        """Open nodes until what is left cannot be among the best, or no more may be solved."""
        start = greedy_plan(self.planning, self.worths)
        self.values = {(): 0.0} if self.planning.allowed(()) else {}
        if start is not None:
            self.values[start.plan] = start.npv_cny
        self._push((), 0)
        while self._worth_going_on():
            if self._full() or not self._promising():
                self._value_waiting()
                continue
            _, _, depth, plan = heapq.heappop(self.open)
            self.nodes += 1
            if depth == len(self.planning.sites):
                self._leaf(plan)
            elif not self._tightened(plan, depth):
                for child in _children(self.planning, plan, depth):
                    self._push(child, depth + 1)
        return self._found()

    def _worth_going_on(self) -> bool:
        return (bool(self.waiting) or self._promising()) and len(self.worths.known) < self.room

    def _promising(self) -> bool:
        """Whether an open node may hold one of the best plans."""
        return bool(self.open) and -self.open[0][0] > self._least()

    def _least(self) -> float:
        """Value of the last of the best plans so far."""
        if len(self.values) < self.wanted:
            return -np.inf
        return heapq.nlargest(self.wanted, self.values.values())[-1]

    def _push(self, plan: Plan, depth: int) -> None:
        bound = self._bound(plan, depth)
        if bound > self._least():
            heapq.heappush(self.open, (-bound, next(self.serial), depth, plan))

    def _bound(self, plan: Plan, depth: int) -> float:
        """No plan that follows from this one is worth more."""
        planning, sites = self.planning, self.planning.sites
        if depth == len(sites):
            return planning.npv(plan, partial(self.worths.likely, kind=self.kind))
        total = sum(map(self._spare, sites[depth:])) - sum(each.net_cost_cny for each in plan)
        for place, within in enumerate(self._reach(plan, depth)):
            if not within:
                continue
            most = sum(
                weight.pv * self.worths.most(within, weight.year, self.kind)
                for weight in planning.weights[place]
            )
            total += most * max(planning.availability[each] for each in within)
        return total

    def _spare(self, site: str) -> float:
        """What opening a site may bring without any traffic: rail on it, where that pays."""
        return max(0.0, *(-each.net_cost_cny for each in self.planning.moves[site]), 0.0)

    def _reach(self, plan: Plan, depth: int) -> list[State]:
        """For each stage, all options that a plan which follows from this one may have open."""
        planning = self.planning
        may = [
            move
            for site in planning.sites[depth:]
            for move in planning.moves[site]
            if planning.allowed((*plan, move), planning.sites[depth:])
        ]
        return [planning.state((*plan, *may), stage) for stage in planning.stages]

    def _tightened(self, plan: Plan, depth: int) -> bool:
        """Bound a node by what is within its own reach; put it back if that made a difference."""
        left = len(self.planning.sites) - depth
        if left < WORTH_TIGHTENING:
            due = []
        else:
            due = [
                (within, weight.year)
                for within, weights in zip(
                    self._reach(plan, depth), self.planning.weights, strict=True
                )
                for weight in weights
                if within and within not in self.worths.relaxed.get((self.kind, weight.year), {})
            ]
        if self.kind == "monotone":
            self.worths.ask(due)
        for ask in due:
            self.worths.relax(*ask, self.kind)
        if due:
            self._push(plan, depth)
        return bool(due)

    def _leaf(self, plan: Plan) -> None:
        if all(ask in self.worths.known for ask in self.planning.needs(plan)):
            self.values[plan] = self.planning.npv(plan, self.worths)
        else:
            self.waiting.append((self._bound(plan, len(self.planning.sites)), plan))

    def _full(self) -> bool:
        asks = {ask for _, plan in self.waiting for ask in self.planning.needs(plan)}
        return len(asks - self.worths.known.keys()) >= BATCH

    def _value_waiting(self) -> None:
        self.worths.ask(ask for _, plan in self.waiting for ask in self.planning.needs(plan))
        for _, plan in self.waiting:
            self.values[plan] = self.planning.npv(plan, self.worths)
        self.waiting.clear()

    def _found(self) -> Found:
        values = [Valued(plan, value) for plan, value in self.values.items()]
        values.sort(key=lambda each: -each.npv_cny)
        if not values:
            raise ValidationError(NO_PLAN)
        left = [bound for bound, _ in self.waiting] + [-bound for bound, *_ in self.open]
        most = max([values[0].npv_cny, *left])
        return Found(
            best=tuple(values[: self.wanted]),
            bound_cny=most if self.kind == "proved" else max(self._proved(), values[0].npv_cny),
            monotone_bound_cny=most,
            method="branch and bound",
            plans_valued=len(values),
            states=len(self.worths.known),
            nodes=self.nodes,
        )

    def _proved(self) -> float:
        """Bound by proof what was left out, plan by plan where they can be listed."""
        every = self._reach((), 0)
        for state, weights in zip(every, self.planning.weights, strict=True):
            for weight in weights:
                self.worths.relax(state, weight.year)
        plans = _few_plans(self.planning)
        if plans is None:
            self.kind = "proved"
            return self._bound((), 0)
        return max(self.planning.npv(plan, self.worths.likely) for plan in plans)
