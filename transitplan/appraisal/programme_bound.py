"""What no set of crossings can be worth more than: least social cost on a network with them all.

The worth of an hour with a set S of options open is what society pays with nothing open less what
it pays with S. Both are sums over links and classes: time at its value, and a price for each
kilometre (running, accidents, CO2, air) that depends on speed and road; tolls cancel. So a bound
from below on the second is one from above on the worth. A kilometre is priced at the cheapest of
all speeds. For every S within a set U:

1. The *relaxed network* of U has every link of every network S within U: the options of a site side
   by side, and a link that an option changes beside itself as it was. So the flows of S are flows
   of the relaxed network, whatever travellers choose and whoever pays a toll.
2. Those flows cost at least what the cheapest flows of the relaxed network cost: its system
   optimum, which a user equilibrium on it or on a part of it can approach but never beat.
3. Classes value time differently, and then the cost of time ``Σ_a W_a t_a(V_a)``, with V the flow
   in passenger-car equivalents (pce) and ``W = Σ ω_c v_c`` the same weighted by the value ω_c of a
   second of one pce, is not convex, and its least value hard to find. Each link's cost is
   therefore replaced by a convex one that is nowhere greater. With ``t = t⁰ + r (V/k)^p``,

   ``W t ≥ W t⁰ + r/k^p (Σ_c ω_c^(1/(p+1)) v_c)^(p+1)``

   by Hölder's inequality, ``Σ ω^(1/(p+1)) v = Σ (ω v)^(1/(p+1)) v^(p/(p+1)) ≤ W^(1/(p+1))
   V^(p/(p+1))``; the two sides are equal where all on a link value time alike. One exponent P, the
   largest of the network, serves all links: with ``u = Σ_c q_c v_c``, ``q = ω^(1/(P+1))``, and
   p ≤ P, ``ω^(1/(p+1)) ≥ q ω_min^(1/(p+1) − 1/(P+1))``, so that the right side is at least
   ``r/k^p ω_min^(1 − (p+1)/(P+1)) u^(p+1)``. Other delay curves ``t⁰ + r f(V/k)``: by ``W ≥ ω_min
   V`` and ``V ≥ u/q_max``, ``W t ≥ W t⁰ + r ω_min (u/q_max) f(u/(k q_max))``.
4. What is left is a convex problem of the form that ``assign`` solves, with pce q, fixed costs
   (free time and kilometres) and marginal delays. Being convex, it costs no less than
   Z − (TSTT − SPTT) at any flows: the bound holds however roughly the problem was solved.

Nothing is assumed about equilibria, about crossings being substitutes, or about paradoxes like
Braess's. The price is that the bound counts what perfect routing would save as well.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from transitplan.appraisal import vehicles
from transitplan.appraisal.worth import CORE, HourTotals, hour_components, hour_worth
from transitplan.arrays import Floats, Ints, frozen
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


@dataclass(frozen=True, eq=False)
class Prices:
    """What an hour and a kilometre of each class cost society at least."""

    hour_cny: Floats  # (n_classes,)
    km_cny: Floats  # (n_classes, n_roads)
    road: Callable[[Network], Ints]  # kind of road of each link of the table, a column of km_cny


@dataclass(frozen=True, eq=False)
class LeastSocialCost:
    """Flows of least social cost [CNY/h], with the convex delays of this module's text."""

    prices: Prices
    name: ClassVar[str] = "least social cost"
    measured: ClassVar[str] = (
        "The relative gap is the share of all marginal social cost that cheaper routes would save."
    )

    def set_up(self, problem: Problem, method: Method | None) -> Task:
        """Turn seconds into money, and each link's social cost into a convex one below it."""
        roads, classes = problem.roads, problem.demand.classes
        worth = self.prices.hour_cny / SECONDS_PER_HOUR
        relaxed, share, free = _relaxed(problem.delay, worth / problem.pce)
        per_m = self.prices.km_cny[:, self.prices.road(roads.network)] / METRES_PER_KM
        slower = np.array([roads.slower_s(each.use) for each in classes])
        fixed = worth[:, None] * (free + slower)
        fixed += roads.from_rows(per_m, at_turns=0.0) * roads.length_m
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
    prices: Prices | None = None,
    *,
    gap: float = ROUGH,
    threads: int | None = None,
    start: Assignment | None = None,
) -> Assignment:
    """Find what trips cost society at least on a network: ``lower_bound`` of the result [CNY/h].

    Parameters
    ----------
    prices
        By default the values of time and the distance costs of the classes.

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
        principle=LeastSocialCost(prices or own_prices(demand)),
        gap=gap,
        threads=threads,
        start=start,
    )


def own_prices(demand: Demand) -> Prices:
    """Time and distance as the classes themselves value them."""
    return Prices(
        np.array([each.value_of_time_cny_per_h for each in demand.classes]),
        np.array([[each.distance_cost_cny_per_km] for each in demand.classes]),
        lambda network: np.zeros(len(network.links), dtype=np.int64),
    )


def social_cost(totals: HourTotals) -> float:
    """What an hour costs society: its worth against an hour without any traffic [CNY/h]."""
    return hour_worth(totals, _idle(totals))


def social_prices(totals: HourTotals) -> Prices:
    """Prices of hours and kilometres, asked of ``hour_components``, which is linear in both.

    A kilometre costs what it does at the cheapest speed, and on its kind of road.
    """
    idle = _idle(totals)
    n_classes, n_speeds = totals.km_by_speed.shape
    n_roads = totals.km_by_road.shape[1]

    def price(hour: HourTotals) -> Floats:
        parts = hour_components(hour, idle)
        return np.asarray(sum(np.asarray(parts[name])[0] for name in CORE))

    def ones(place: int, width: int) -> Floats:
        return np.tile(np.eye(width)[place], (n_classes, 1))

    an_hour = replace(idle, by_class=idle.by_class.assign(time_h=1.0))
    a_km = replace(idle, by_class=idle.by_class.assign(distance_km=1.0))
    at_speed = [
        price(replace(a_km, km_by_speed=ones(place, n_speeds))) for place in range(n_speeds)
    ]
    on_road = [price(replace(idle, km_by_road=ones(place, n_roads))) for place in range(n_roads)]
    km_cny = np.min(at_speed, axis=0)[:, None] + np.transpose(on_road)
    return Prices(price(an_hour), km_cny, _kind_of_road)


def _idle(totals: HourTotals) -> HourTotals:
    """Return the same hour without traffic; its trips still count as made."""
    nothing = dict.fromkeys(("time_h", "delay_h", "distance_km", "toll_cny"), 0.0)
    return replace(
        totals,
        by_class=totals.by_class.assign(**nothing),
        km_by_speed=np.zeros_like(totals.km_by_speed),
        km_by_road=np.zeros_like(totals.km_by_road),
    )


def _kind_of_road(network: Network) -> Ints:
    """Place of each link's road among ``vehicles.ROADS``, as ``totals_of_flows`` has it."""
    road = network.links["facility_type"].map(vehicles.ACCIDENTS).fillna(vehicles.OTHER_ROADS)
    return pd.Index(vehicles.ROADS).get_indexer(pd.Index(road)).astype(np.int64)


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
    found = least_social_cost(network, variant_demand(case, world.base), social_prices(base))
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
