"""Search against brute force over tables of worths: substitutes, complements, losses."""

import numpy as np
import pytest

from tests.appraisal.programme_cases import brute_force, make_planning, make_worths
from transitplan.appraisal.programme import Move, Planning, Weight
from transitplan.appraisal.programme_rules import Rules
from transitplan.appraisal.programme_search import every_plan, find_plans
from transitplan.appraisal.programme_worths import Worths
from transitplan.errors import ValidationError

RULES = (
    Rules(),
    Rules(carries_over=False),
    Rules(prerequisites=(("a", "b"), ("d", "a")), conflicts=(("b", "c"),)),
    Rules(required=("c",)),
)


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("method", ["enumerate", "search"])
@pytest.mark.parametrize("seed", range(6))
def test_the_best_plans_are_those_of_brute_force(seed, method, rules):
    planning = make_planning(seed, rules=rules)
    worths, table, _ = make_worths(planning, seed + 100)
    values = brute_force(planning, table)
    found = find_plans(planning, worths, best=4, method=method, prune="proved")
    assert [each.npv_cny for each in found.best] == pytest.approx(
        sorted(values.values(), reverse=True)[:4]
    )
    for each in found.best:
        assert values[each.plan] == pytest.approx(each.npv_cny)
    assert found.proved
    assert found.bound_cny == pytest.approx(max(values.values()))


@pytest.mark.parametrize("rules", RULES)
def test_the_plans_tried_are_those_that_the_rules_allow(rules):
    planning = make_planning(3, rules=rules)
    _, table, _ = make_worths(planning, 3)
    assert set(every_plan(planning)) == set(brute_force(planning, table))


@pytest.mark.parametrize("prune", ["proved", "monotone"])
def test_rail_that_pays_by_itself_is_in_the_bound(prune):
    planning = make_planning(4, rail=1.3)
    worths, table, _ = make_worths(planning, 4, slack=1.0, monotone=True)
    top = max(brute_force(planning, table).values())
    found = find_plans(planning, worths, best=1, method="search", prune=prune)
    assert found.best[0].npv_cny == pytest.approx(top)
    assert found.monotone_bound_cny == pytest.approx(top)


@pytest.mark.parametrize("limit", [1, 12, 30])
@pytest.mark.parametrize("prune", ["proved", "monotone"])
@pytest.mark.parametrize("seed", range(5))
def test_a_search_cut_short_says_what_it_may_have_missed(seed, limit, prune):
    planning = make_planning(seed)
    worths, table, _ = make_worths(planning, seed + 50, slack=3.0)
    top = max(brute_force(planning, table).values())
    found = find_plans(planning, worths, method="search", prune=prune, most_states=limit)
    assert found.best[0].npv_cny <= top + 1e-9
    assert found.bound_cny >= top - 1e-9
    assert found.gap_cny >= top - found.best[0].npv_cny - 1e-9


def test_a_tight_bound_spares_most_equilibria():
    planning = make_planning(1, sites="abcdef", budgets=(90.0, 90.0))
    _, _, every = by_search = make_worths(planning, 1, slack=1.0)
    found = find_plans(planning, by_search[0], best=1, method="search", prune="proved")
    worths, _, tried = make_worths(planning, 1)
    assert find_plans(planning, worths, best=1, method="enumerate").best == found.best
    assert len(every) < 0.5 * len(tried)


def test_a_state_is_solved_once():
    planning = make_planning(2)
    worths, _, asked = make_worths(planning, 2)
    find_plans(planning, worths, method="search")
    find_plans(planning, worths, method="enumerate")
    assert len(asked) == len(set(asked))


def test_two_crossings_that_only_pay_together_are_found():
    """Each alone loses; a search that adds one at a time, or sums single benefits, misses them."""

    def worth(state):
        return {0: 0.0, 1: -2.0, 2: 30.0}[len(state)]

    moves = {
        site: (Move(site, f"{site}-bridge", 2030, 5.0, 5.0, (5.0,)),) for site in ("north", "south")
    }
    planning = Planning((2030,), moves, ((Weight(2030, 1.0),),), Rules(), (np.inf,))
    for method in ("enumerate", "search"):
        worths = Worths(lambda asks: [worth(state) for state, _ in asks], lambda _, __: 40.0)
        found = find_plans(planning, worths, method=method, prune="proved")
        assert found.best[0].npv_cny == 20.0
        assert len(found.best[0].plan) == 2


def test_a_crossing_that_makes_traffic_worse_is_left_out():
    """As in Braess's paradox: with both open all are worse off than with either."""
    worth = {0: 0.0, 1: 10.0, 2: 4.0}
    moves = {
        site: (Move(site, f"{site}-bridge", 2030, 1.0, 1.0, (1.0,)),) for site in ("north", "south")
    }
    planning = Planning((2030,), moves, ((Weight(2030, 1.0),),), Rules(), (np.inf,))
    worths = Worths(lambda asks: [worth[len(state)] for state, _ in asks], lambda _, __: 10.0)
    found = find_plans(planning, worths, method="search", prune="proved")
    assert found.best[0].npv_cny == 9.0
    assert len(found.best[0].plan) == 1


def test_nothing_is_a_plan_where_nothing_pays():
    planning = make_planning(0)
    worths = Worths(lambda asks: [-1.0] * len(asks), lambda _, __: 0.0)
    found = find_plans(planning, worths, method="search", prune="proved")
    assert found.best[0].plan == ()
    assert found.best[0].npv_cny == 0.0
    assert found.proved


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("seed", range(6))
def test_pruning_by_all_that_is_within_reach_is_right_where_more_is_never_worse(seed, rules):
    planning = make_planning(seed, rules=rules)
    worths, table, asked = make_worths(planning, seed, monotone=True)
    values = brute_force(planning, table)
    found = find_plans(planning, worths, best=3, method="search")
    assert [each.npv_cny for each in found.best] == pytest.approx(
        sorted(values.values(), reverse=True)[:3]
    )
    assert found.monotone_bound_cny == pytest.approx(max(values.values()))
    assert found.bound_cny >= found.monotone_bound_cny
    compared, down = worths.steps()
    assert compared > 10
    assert down == 0
    assert len(asked) < len(table) / 2


@pytest.mark.parametrize("seed", range(12))
def test_pruning_by_all_that_is_within_reach_never_hides_what_it_may_have_missed(seed):
    """Worths that fall as often as they rise: the answer may be wrong, its bound may not."""
    planning = make_planning(seed)
    worths, table, _ = make_worths(planning, seed + 7, slack=1.0)
    top = max(brute_force(planning, table).values())
    found = find_plans(planning, worths, method="search")
    assert found.best[0].npv_cny <= top + 1e-9 <= found.bound_cny + 2e-9
    assert worths.steps()[1] > 0  # and it is seen


def test_steps_down_are_counted():
    worth = {"a": 2.0, "b": -1.0, "ab": 1.5}
    worths = Worths(
        lambda asks: [worth["".join(sorted(state))] for state, _ in asks], lambda _, __: 9.0
    )
    worths.ask((frozenset(some), 2030) for some in ("a", "b", "ab"))
    assert worths.steps() == (4, 2)  # b is below nothing, ab below a


@pytest.mark.parametrize("method", ["enumerate", "search"])
def test_what_is_required_and_cannot_be_paid_is_an_error(method):
    planning = make_planning(0, rules=Rules(required=("a", "b", "c", "d")), budgets=(20.0, 20.0))
    worths, *_ = make_worths(planning, 0)
    with pytest.raises(ValidationError, match="what is required costs more than the budgets"):
        find_plans(planning, worths, method=method)


def test_a_bound_that_does_not_hold_is_a_fault():
    planning = make_planning(0)
    worths = Worths(lambda asks: [50.0] * len(asks), lambda _, __: 10.0)
    with pytest.raises(RuntimeError, match="worth 50 CNY/h, by proof at most 10"):
        find_plans(planning, worths, method="search")
