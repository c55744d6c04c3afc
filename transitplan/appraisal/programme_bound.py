"""What no set of crossings can be worth more than: least social cost on a network with them all.

The worth of an hour with a set S of options open is what society pays with nothing open less what
it pays with S; both are sums over links and classes of time and distance, tolls left out. So a
bound from below on the second is one from above on the worth. For every S within a set U:

1. The *relaxed network* of U has every link of every network S within U: the options of a site side
   by side, and a link that an option changes beside itself as it was. So the flows of S are flows
   of the relaxed network, whatever travellers choose and whoever pays a toll.
2. Those flows cost at least what the cheapest flows of the relaxed network cost: its system
   optimum, which a user equilibrium on it or on a part of it can approach but never beat.
3. Classes value time differently, and then the social cost ``Σ_a W_a t_a(V_a)``, with V the flow in
   passenger-car equivalents (pce) and ``W = Σ ω_c v_c`` the same weighted by the value ω_c of a
   second of one pce, is not convex, and its least value hard to find. Each link's cost is
   therefore replaced by a convex one that is nowhere greater. With ``t = t⁰ + r (V/k)^p``,

   ``W t ≥ W t⁰ + r/k^p (Σ_c ω_c^(1/(p+1)) v_c)^(p+1)``

   by Hölder's inequality, ``Σ ω^(1/(p+1)) v = Σ (ω v)^(1/(p+1)) v^(p/(p+1)) ≤ W^(1/(p+1))
   V^(p/(p+1))``; the two sides are equal where all on a link value time alike. One exponent P, the
   largest of the network, serves all links: with ``u = Σ_c q_c v_c``, ``q = ω^(1/(P+1))``, and
   p ≤ P, ``ω^(1/(p+1)) ≥ q ω_min^(1/(p+1) − 1/(P+1))``, so that the right side is at least
   ``r/k^p ω_min^(1 − (p+1)/(P+1)) u^(p+1)``. Other delay curves ``t⁰ + r f(V/k)``: by ``W ≥ ω_min
   V`` and ``V ≥ u/q_max``, ``W t ≥ W t⁰ + r ω_min (u/q_max) f(u/(k q_max))``.
4. What is left is a convex problem of the form that ``assign`` solves, with pce q, fixed costs ``w
   t⁰ + distance`` and marginal delays. Being convex, it costs no less than Z − (TSTT − SPTT) at any
   flows: the bound holds however roughly the problem was solved.

Nothing is assumed about equilibria, about crossings being substitutes, or about paradoxes like
Braess's. The price is that the bound counts what perfect routing would save as well.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from transitplan.appraisal.worth import HourTotals
from transitplan.arrays import Floats, frozen
from transitplan.assignment import Assignment, PathBased, assign
from transitplan.assignment.method import Method, State
from transitplan.assignment.principle import Task
from transitplan.assignment.problem import Problem
from transitplan.errors import ValidationError
from transitplan.graph.delays import in_order
from transitplan.graph.road import compile_road
from transitplan.kernels.delay import BPR, CONSTANT, marginal
from transitplan.kernels.records import Delay
from transitplan.model.demand import Demand
from transitplan.model.edits import add_links
from transitplan.model.network import Network
from transitplan.scenario.case import Case
from transitplan.scenario.options import add_option, committed_network
from transitplan.scenario.variants import Variant, variant_demand
from transitplan.units import METRES_PER_KM, SECONDS_PER_HOUR

ROUGH = 1e-4  # gap of a bound: it holds at any, and is lower by so much at most
ACCOUNT_SLACK = 1e-9
_MORE = ("lanes", "lane_capacity_pceph", "free_speed_kph")  # of which more is never worse


@dataclass(frozen=True)
class LeastSocialCost:
    """Flows of least social cost [CNY/h], with the convex delays of this module's text."""

    name: ClassVar[str] = "least social cost"
    measured: ClassVar[str] = (
        "The relative gap is the share of all marginal social cost that cheaper routes would save."
    )

    def set_up(self, problem: Problem, method: Method | None) -> Task:
        """Turn seconds into money, and each link's social cost into a convex one below it."""
        classes = problem.demand.classes
        worth = np.array([each.value_of_time_cny_per_h for each in classes]) / SECONDS_PER_HOUR
        by_pce = worth / problem.pce  # ω
        relaxed, share, free = _relaxed(problem.delay, by_pce)
        by_m = np.array([each.distance_cost_cny_per_km for each in classes]) / METRES_PER_KM
        fixed = worth[:, None] * free + by_m[:, None] * problem.roads.length_m
        pce = problem.pce * share
        task = replace(
            problem,
            delay=in_order(marginal(relaxed), np.arange(problem.n_links)),
            pce=frozen(pce),
            money_s=frozen(np.ascontiguousarray(fixed / pce[:, None])),
        )
        return Task(task, method)

    def finish(self, problem: Problem, state: State, found: Assignment) -> Assignment:
        """Leave flows and bound as they are; times are those of the relaxed delays."""
        del problem, state
        return found


def least_social_cost(
    network: Network,
    demand: Demand,
    *,
    gap: float = ROUGH,
    threads: int | None = None,
    start: Assignment | None = None,
) -> Assignment:
    """Find what trips cost society at least on a network: ``lower_bound`` of the result [CNY/h].

    Examples
    --------
    >>> from transitplan.model.cases import two_routes
    >>> network, demand = two_routes()
    >>> found = least_social_cost(network, demand)
    >>> bool(found.lower_bound <= found.objective)
    True
    """
    return assign(
        compile_road(network),
        demand,
        PathBased(),
        principle=LeastSocialCost(),
        gap=gap,
        threads=threads,
        start=start,
    )


def social_cost(totals: HourTotals) -> float:
    """What an hour costs society, tolls left out: time and running of all vehicles [CNY/h]."""
    table = totals.by_class
    time = table["time_h"] * table["value_of_time_cny_per_h"]
    return float((time + table["distance_km"] * table["distance_cost_cny_per_km"]).sum())


def relaxed_network(case: Case, options: frozenset[str], year: int) -> Network:
    """Return a network with every link of the networks of all sets of these options."""
    network = committed_network(case, year)
    for option in sorted(options):
        before = network
        network = _beside_itself(before, add_option(case, network, option))
    return network


def most_worth(case: Case, world: Variant, options: frozenset[str], base: HourTotals) -> float:
    """Return what an hour with any set of these options open is worth at most [CNY/h].

    Parameters
    ----------
    world
        The year and its scales; what it has built does not matter.
    base
        Of the same world with nothing built.

    Raises
    ------
    ValidationError
        If trips without a way find one on the relaxed network: hours are not comparable then.
    """
    network = relaxed_network(case, options, world.year)
    found = least_social_cost(network, variant_demand(case, world.base))
    lost, now = base.accounting["unreachable"], found.accounting["unreachable"]
    if abs(lost - now) > ACCOUNT_SLACK * max(base.accounting["demand"], 1.0):
        raise ValidationError(
            f"{case.folder}, {world.year}: {lost - now:,.1f} veh/h have no way unless something is "
            "built, so that no bound on the worth of building can be given. Join their zones to "
            "the network, or plan by enumeration: --method enumerate."
        )
    return social_cost(base) - found.lower_bound


def _relaxed(delay: Delay, by_pce: Floats) -> tuple[Delay, Floats, Floats]:
    """Return the convex delays, the pce share q of each class, and the time each link always takes.

    by_pce
        Value of a second of one pce, (n_classes,) [CNY/s].
    """
    level = (delay.kind == BPR) & (delay.power == 0.0)  # always r above free flow
    curved = (delay.kind == BPR) & ~level & (delay.rise_s > 0)
    other = ~((delay.kind == BPR) | (delay.kind == CONSTANT))
    top = float(delay.power[curved].max(initial=1.0))  # P
    share = by_pce ** (1.0 / (top + 1.0))  # q
    least, largest = by_pce.min(), share.max()
    rise = np.where(curved, delay.rise_s * least ** (1 - (delay.power + 1) / (top + 1)), 0.0)
    relaxed = delay._replace(
        kind=np.where(level, CONSTANT, delay.kind).astype(delay.kind.dtype),
        free_s=np.zeros_like(delay.free_s),
        rise_s=np.where(other, delay.rise_s * least / largest, rise),
        inverse_capacity=delay.inverse_capacity / np.where(other, largest, 1.0),
    )
    return relaxed, share, delay.free_s + np.where(level, delay.rise_s, 0.0)


def _beside_itself(before: Network, after: Network) -> Network:
    """Put links that an edit took out, or made other than better, back beside what it made."""
    old = before.links.set_index("link_id")
    new = after.links.set_index("link_id").reindex(old.index)
    same = [name for name in old.columns if name not in {*_MORE, "geometry"}]
    both_empty = old.isna() & new.isna()
    equal = (old[same] == new[same]) | both_empty[same]
    better = (new[[*_MORE]] >= old[[*_MORE]]) | both_empty[[*_MORE]]
    kept = equal.all(axis=1) & better.all(axis=1)
    gone = before.links[~kept.to_numpy()]
    if gone.empty:
        return after
    first = int(after.links["link_id"].max()) + 1
    rows = pd.DataFrame(gone).assign(link_id=range(first, first + len(gone)))
    records = [{str(key): cell for key, cell in row.items()} for row in rows.to_dict("records")]
    return add_links(after, records, reason="as they were before an option changed them")
