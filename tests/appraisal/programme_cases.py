"""Made-up plannings whose worths are tables, and brute force over them that shares no code."""

from itertools import product

import numpy as np

from transitplan.appraisal.attribution import subsets
from transitplan.appraisal.programme import Move, Planning, Weight
from transitplan.appraisal.programme_rules import Rules
from transitplan.appraisal.programme_worths import Worths

STAGES = (2030, 2035)


def make_planning(seed, sites="abcd", forms="xy", rules=None, budgets=(60.0, 60.0), rail=0.0):
    rng = np.random.default_rng(seed)
    moves = {}
    for site in sites:
        row = []
        for form in forms:
            capital, open_share = float(rng.uniform(15, 45)), float(rng.uniform(0.9, 1.0))
            for place, stage in enumerate(STAGES):
                spent = (capital, 0.0) if place == 0 else (0.2 * capital, 0.8 * capital)
                price = capital * (0.8 if place == 0 else 0.55)
                row.append(
                    Move(
                        site,
                        f"{site}-{form}",
                        stage,
                        price,
                        capital,
                        spent,
                        open_share,
                        rail * price,
                    )
                )
        moves[site] = tuple(row)
    weights = ((Weight(2030, 2.0), Weight(2035, 1.5)), (Weight(2035, 9.0),))
    return Planning(STAGES, moves, weights, rules or Rules(), budgets)


def make_worths(planning, seed, slack=1.3, *, monotone=False):
    """Worths with substitutes, complements and losses, and a bound that is above by ``slack``.

    monotone
        Nothing is ever worth less for one option more.
    """
    rng = np.random.default_rng(seed)
    options = sorted(planning.availability)
    alone = {each: float(rng.normal(3, 2)) for each in options}
    pairs = {(a, b): float(rng.normal(-0.8, 1.5)) for a in options for b in options if a < b}
    table = {
        (state, year): (sum(alone[each] for each in state)
                        + sum(pairs[a, b] for a in state for b in state if a < b)) * scale
        for state in subsets(options)
        for year, scale in ((2030, 1.0), (2035, 1.25))
    }  # fmt: skip
    if monotone:
        for state, year in sorted(table, key=lambda ask: len(ask[0])):
            less = [table[state - {each}, year] for each in state]
            table[state, year] = max([table[state, year], *less])
    asked = []

    def evaluate(asks):
        asked.extend(asks)
        return [table[each] for each in asks]

    def at_most(whole, year):
        return slack * max(table[some, year] for some in subsets(whole))

    return Worths(evaluate, at_most), table, asked


def brute_force(planning, table):
    """Every plan's value, written out by hand: (opens by site and option) → NPV."""
    names = list(planning.moves)
    found = {}
    for choice in product(*([None, *planning.moves[name]] for name in names)):
        plan = [each for each in choice if each is not None]
        early = sum(each.spent_cny[0] for each in plan)
        late = sum(each.spent_cny[1] for each in plan)
        first, second = planning.budgets_cny
        if early > first:
            continue
        if late > second + (first - early if planning.rules.carries_over else 0.0) + 1e-9:
            continue
        opens = {each.site_id: each.stage for each in plan}
        if any(
            site in opens and opens.get(need, 9999) > opens[site]
            for site, need in planning.rules.prerequisites
        ):
            continue
        if any(one in opens and other in opens for one, other in planning.rules.conflicts):
            continue
        if any(site not in opens for site in planning.rules.required):
            continue
        at_30 = frozenset(each.option for each in plan if each.stage == 2030)
        at_35 = frozenset(each.option for each in plan)
        share_30 = np.mean([each.availability for each in plan if each.stage == 2030] or [1])
        share_35 = np.mean([each.availability for each in plan] or [1])
        value = share_30 * (2.0 * table[at_30, 2030] + 1.5 * table[at_30, 2035])
        value += share_35 * 9.0 * table[at_35, 2035]
        found[tuple(plan)] = float(
            value - sum(each.pv_cost_cny - each.pv_rail_cny for each in plan)
        )
    return found
