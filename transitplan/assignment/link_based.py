"""Methods that know link flows only: all-or-nothing, successive averages and Frank-Wolfe's family.

They need little memory and are quick to a gap of 1e-3; below 1e-5 the path-based method is faster.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from transitplan.arrays import Floats
from transitplan.assignment.blend import Blend, Point, Source, forget, mix, newest
from transitplan.assignment.gap import money_spent
from transitplan.assignment.method import Search, State, at_flow
from transitplan.assignment.problem import Loading, Problem

NEARLY = 0.99  # largest weight of an earlier point in a conjugate direction
FINEST_STEP = 1e-14
BISECTIONS = 60


class _LinkBased:
    """What the methods below share: they search for loadings, and start from one."""

    keeps_paths: ClassVar[bool] = False

    def start(self, problem: Problem, begin: State | None) -> State:
        """Return the first flows: from an earlier state, else all trips on their shortest paths."""
        if begin:
            return at_flow(problem, begin.class_flow, blend=begin.blend)
        empty, _ = problem.times(np.zeros(problem.n_links))
        blend = Blend(problem, (empty,), np.ones(1))
        return at_flow(problem, problem.load(empty).class_flow, blend=blend)

    def search(self, problem: Problem, state: State) -> Search:
        """Load all trips on the shortest paths at the times of the state."""
        return problem.load(state.time_s)


@dataclass(frozen=True)
class AllOrNothing(_LinkBased):
    """All trips on the shortest paths of the empty network: desire lines, not an equilibrium."""

    name: ClassVar[str] = "all or nothing"

    def search(self, problem: Problem, state: State) -> Search:
        """Find the least costs for the gap; nothing more is loaded."""
        return problem.find(state.time_s)

    def step(self, problem: Problem, state: State, search: Search) -> State:
        """Go nowhere: one loading is all."""
        del problem, search
        return _stuck(state)


@dataclass(frozen=True)
class SuccessiveAverages(_LinkBased):
    """Move 1/(k+1) of the way to the all-or-nothing flows.

    Powell & Sheffi (1982), *The convergence of equilibrium algorithms with predetermined step
    sizes*, Transportation Science 16. Slow; its steps do not depend on the delay functions.
    """

    name: ClassVar[str] = "successive averages"

    def step(self, problem: Problem, state: State, search: Search) -> State:
        """Average in one more loading."""
        step = state.step / (1.0 + state.step)  # 1, 1/2, 1/3, …
        sources, target = _loaded(state, search)
        flow = state.class_flow + step * (target.class_flow - state.class_flow)
        sources, (here,) = forget(sources, [_along(state, target, step, flow)])
        blend = Blend(problem, sources, here.shares)
        return at_flow(problem, here.class_flow, step=step, blend=blend)


@dataclass(frozen=True)
class FrankWolfe(_LinkBased):
    """Move towards the all-or-nothing flows as far as Beckmann's function falls.

    LeBlanc, Morlok & Pierskalla (1975), *An efficient approach to solving the road network
    equilibrium traffic assignment problem*, Transportation Research 9.
    """

    name: ClassVar[str] = "Frank-Wolfe"

    def step(self, problem: Problem, state: State, search: Search) -> State:
        """Make one exact line search."""
        sources, target = _loaded(state, search)
        return _move(problem, state, sources, [target], keep=0)


@dataclass(frozen=True)
class ConjugateFrankWolfe(_LinkBased):
    """Frank-Wolfe with directions conjugate to the last one.

    Mitradjieva & Lindberg (2013), *The stiff is moving*, Transportation Science 47, eq. 12.
    """

    name: ClassVar[str] = "conjugate Frank-Wolfe"

    def step(self, problem: Problem, state: State, search: Search) -> State:
        """Make one exact line search in a conjugate direction."""
        sources, target = _loaded(state, search)
        targets = [target]
        if state.earlier and state.step < NEARLY:
            targets.insert(0, _conjugate(problem, state, target))
        return _move(problem, state, sources, targets, keep=1)


@dataclass(frozen=True)
class BiconjugateFrankWolfe(_LinkBased):
    """Frank-Wolfe with directions conjugate to the last two.

    Mitradjieva & Lindberg (2013), *The stiff is moving*, Transportation Science 47, eq. 15 … 20.
    """

    name: ClassVar[str] = "biconjugate Frank-Wolfe"

    def step(self, problem: Problem, state: State, search: Search) -> State:
        """Make one exact line search in a biconjugate direction."""
        sources, target = _loaded(state, search)
        targets = [target]
        if state.earlier and state.step < NEARLY:
            targets.insert(0, _conjugate(problem, state, target))
            if len(state.earlier) > 1:
                targets.insert(0, _biconjugate(problem, state, target))
        return _move(problem, state, sources, targets, keep=2)


def _loaded(state: State, search: Search) -> tuple[tuple[Source, ...], Point]:
    """Sources of the flows so far with the new loading, and the point where it is all."""
    if not isinstance(search, Loading) or state.blend is None:
        raise TypeError("a link-based method needs a search that keeps loads, and its own states")
    sources = (*state.blend.sources, state.time_s)
    return sources, newest(search.class_flow, len(sources))


def _conjugate(problem: Problem, state: State, target: Point) -> Point:
    """Point between the last one and the target, in a direction conjugate to the last.

    Weights follow from d' H (last direction) = 0, with H the slopes at the state's flows.
    """
    last = problem.volume(state.earlier[0].class_flow - state.class_flow)
    fresh = problem.volume(target.class_flow - state.class_flow)
    above = float((last * state.slope * fresh).sum())
    below = float((last * state.slope * (fresh - last)).sum())
    weight = above / below if below != 0.0 else 0.0
    weight = min(max(weight, 0.0), NEARLY)
    return mix((weight, state.earlier[0]), (1.0 - weight, target))


def _biconjugate(problem: Problem, state: State, target: Point) -> Point:
    """Point whose direction is conjugate to the last two directions."""
    last, before = state.earlier[0], state.earlier[1]
    step = state.step
    along = problem.volume(last.class_flow - state.class_flow)
    mixed = problem.volume(
        step * last.class_flow + (1.0 - step) * before.class_flow - state.class_flow
    )
    fresh = problem.volume(target.class_flow - state.class_flow)
    apart = problem.volume(before.class_flow - last.class_flow)
    below_mixed = float((mixed * state.slope * apart).sum())
    below_along = float((along * state.slope * along).sum())
    if below_mixed == 0.0 or below_along == 0.0 or step >= NEARLY:
        return _conjugate(problem, state, target)
    mu = max(-float((mixed * state.slope * fresh).sum()) / below_mixed, 0.0)
    nu = mu * step / (1.0 - step) - float((along * state.slope * fresh).sum()) / below_along
    nu = max(nu, 0.0)
    share = 1.0 / (1.0 + mu + nu)
    return mix((share, target), (share * nu, last), (share * mu, before))


def _move(
    problem: Problem,
    state: State,
    sources: tuple[Source, ...],
    targets: list[Point],
    *,
    keep: int,
) -> State:
    """Search along the first target that leads downhill; the last one is plain Frank-Wolfe."""
    for target in targets:
        direction = target.class_flow - state.class_flow
        step = _line_search(problem, state, direction)
        if step > FINEST_STEP:
            flow = np.maximum(state.class_flow + step * direction, 0.0)
            here = _along(state, target, step, flow)
            left, (here, *earlier) = forget(sources, [here, *(target, *state.earlier)[:keep]])
            blend = Blend(problem, left, here.shares)
            return at_flow(problem, flow, step=step, earlier=tuple(earlier), blend=blend)
    return _stuck(state)


def _along(state: State, target: Point, step: float, flow: Floats) -> Point:
    """Point at these flows, the step of the way to the target."""
    shares = step * target.shares
    if state.blend is not None:
        shares[: state.blend.shares.size] += (1.0 - step) * state.blend.shares
    return Point(flow, shares)


def _stuck(state: State) -> State:
    """Return the same flows, from which the method cannot go on."""
    return replace(state, step=0.0, stuck=True, earlier=())


def _line_search(problem: Problem, state: State, direction: Floats) -> float:
    """Step in 0 … 1 at which Beckmann's function is least; 0 where it does not fall at all.

    Regula falsi on the derivative with the Illinois rule, and bisection where that is slow.
    """
    volume = problem.volume(state.class_flow)
    change = problem.volume(direction)
    money = money_spent(problem, direction)

    def derivative(step: float) -> float:
        time, _ = problem.times(volume + step * change)
        return float((time * change).sum()) + money

    low, high = 0.0, 1.0
    below = float((state.time_s * change).sum()) + money
    if below >= 0.0:
        return 0.0
    above = derivative(1.0)
    if above <= 0.0:
        return 1.0
    side = 0
    for trial in range(BISECTIONS):
        middle = (low * above - high * below) / (above - below)
        if trial % 3 == 2 or not low < middle < high:  # noqa: PLR2004  each third trial halves
            middle = 0.5 * (low + high)
        slope = derivative(middle)
        if slope == 0.0 or high - low < FINEST_STEP * high:
            return middle
        if slope < 0.0:
            low, below = middle, slope
            above = above / 2.0 if side < 0 else above
            side = -1
        else:
            high, above = middle, slope
            below = below / 2.0 if side > 0 else below
            side = 1
    return 0.5 * (low + high)
