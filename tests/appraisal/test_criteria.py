"""The tree of criteria: what is refused, and what it makes of hand-made options."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.appraisal.criteria import read_criteria
from transitplan.appraisal.scoring import indicators, score
from transitplan.errors import NotFoundError, ValidationError

MONEY = """
[[criteria]]
criterion_id = "money"
name = "Net value"
name_zh = "净现值"
weight = 60
low = 40
high = 80
indicator = "npv_cny"
worst = 0
best = 10
monetised = true
"""
POLICY = """
[[criteria]]
criterion_id = "policy"
name = "More tunnels"
name_zh = "多隧"
weight = 40
low = 20
high = 60
indicator = "tunnel_preference"
worst = -1
best = 1
monetised = false
policy = true
"""


def tree(tmp_path, *parts, name="a tree"):
    path = tmp_path / "criteria.toml"
    path.write_text(f'name = "{name}"\nname_zh = "树"\n' + "".join(parts), encoding="utf-8")
    return path


def leaf(name, indicator, monetised, weight=10, more=""):
    return (
        f'[[criteria]]\ncriterion_id = "{name}"\nname = "x"\nname_zh = "x"\nweight = {weight}\n'
        f'indicator = "{indicator}"\nworst = 0\nbest = 1\nmonetised = {monetised}\n{more}\n'
    )


@pytest.fixture(scope="module")
def case():
    return tp.read_case("networks/two_banks")


def table(**columns):
    index = pd.MultiIndex.from_product([["middle"], ["none", "middle-bridge", "middle-tunnel"]])
    return pd.DataFrame(columns, index=index, dtype=float)


PLAIN = {"npv_cny": [0, 8, 2], "tunnel_preference": [0, -1, 1]}


def test_money_stands_in_the_tree_once(tmp_path):
    twice = tree(tmp_path, MONEY, leaf("capital", "capital_cost_cny", "true"))
    with pytest.raises(ValidationError, match="both count cost. Keep one"):
        read_criteria(twice)
    hidden = tree(tmp_path, MONEY, leaf("capital", "capital_cost_cny", "false"))
    with pytest.raises(ValidationError, match="capital_cost_cny is in the money already"):
        read_criteria(hidden)
    minutes = tree(tmp_path, MONEY, leaf("minutes", "best_pair_saving_min", "true"))
    with pytest.raises(ValidationError, match="both count benefit and cost"):
        read_criteria(minutes)
    apart = tree(
        tmp_path,
        leaf("cost", "pv_costs_cny", "true"),
        leaf("benefit", "pv_benefits_cny", "true"),
        leaf("carbon", "embodied_co2_t", "false"),
    )
    assert len(read_criteria(apart).leaves) == 3


def test_priced_carbon_is_money(tmp_path, case):
    found = read_criteria(tree(tmp_path, MONEY, leaf("carbon", "embodied_co2_t", "false")))
    values = table(npv_cny=[0, 1, 2], embodied_co2_t=[0, 1, 2])
    with pytest.raises(ValidationError, match="CO2 has a price"):
        score(case, found, values)


def test_every_problem_of_a_tree_is_named_at_once(tmp_path):
    broken = tree(
        tmp_path,
        MONEY,
        MONEY,
        '[[criteria]]\ncriterion_id = "empty"\nname = "e"\nname_zh = "e"\nweight = 1\n',
        '[[criteria]]\ncriterion_id = "lost"\nparent = "nowhere"\nname = "l"\nname_zh = "l"\n'
        'weight = 5\nhigh = 3\nindicator = "x"\nmonetised = false\n',
        '[[criteria]]\ncriterion_id = "a"\nparent = "b"\nname = "l"\nname_zh = "l"\nweight = 5\n'
        '[[criteria]]\ncriterion_id = "b"\nparent = "a"\nname = "l"\nname_zh = "l"\nweight = 5\n',
        '[[judgements]]\nover = "money"\nunder = "nothing"\ntimes = 3\n',
    )
    with pytest.raises(ValidationError) as caught:
        read_criteria(broken)
    text = str(caught.value)
    for words in (
        "criterion money stands 2 times.",
        "empty has neither children nor an indicator. Give it an indicator, or take it out.",
        "lost: parent nowhere is no criterion. Correct parent, or add that criterion.",
        "lost: worst and best are missing or equal. State both ends.",
        "lost: weight 5 is outside 5 to 3.",
        "a: its parents lead back to itself. Correct one of them.",
        "judgement: nothing is no criterion. Name criteria of the tree.",
    ):
        assert words in text
    assert all(str(broken) in line for line in text.splitlines())


def test_files_that_are_no_tree_say_so(tmp_path):
    with pytest.raises(NotFoundError, match="docs/criteria.md shows how to write one"):
        read_criteria(tmp_path / "criteria.toml")
    with pytest.raises(ValidationError, match="not TOML"):
        read_criteria(tree(tmp_path, "[[criteria"))
    with pytest.raises(ValidationError, match="criteria.0.colour: Extra inputs"):
        read_criteria(tree(tmp_path, MONEY, 'colour = "red"\n'))


JUDGED = [leaf(name, f"i_{name}", "false").replace("weight = 10\n", "") for name in "abc"]


def judgement(over, under, times):
    return f'[[judgements]]\nover = "{over}"\nunder = "{under}"\ntimes = {times}\n'


def test_judgements_become_weights_or_are_refused(tmp_path):
    agreed = [judgement("a", "b", 2), judgement("c", "a", 0.25), judgement("b", "c", 2)]
    found = read_criteria(tree(tmp_path, *JUDGED, *agreed))
    weights = [found.weight(each) for each in found.children()]
    np.testing.assert_allclose(weights, [4 / 7, 2 / 7, 1 / 7], rtol=1e-9)
    assert found.hierarchy[""].consistency_ratio == pytest.approx(0.0, abs=1e-9)
    circle = [judgement("a", "b", 5), judgement("b", "c", 5), judgement("c", "a", 5)]
    with pytest.raises(
        ValidationError, match=r"contradict each other: consistency ratio .*at most 0.1"
    ):
        read_criteria(tree(tmp_path, *JUDGED, *circle))
    with pytest.raises(ValidationError, match="2 of 3 pairs of a, b, c"):
        read_criteria(tree(tmp_path, *JUDGED, *agreed[:2]))
    both = [leaf("a", "i_a", "false"), *JUDGED[1:], *agreed]
    with pytest.raises(ValidationError, match="a: give either a weight or judgements"):
        read_criteria(tree(tmp_path, *both))


def test_scores_and_turns_by_hand(tmp_path, case):
    """Bridge 0.6 × 0.8 + 0.4 × 0 = 0.48, tunnel 0.6 × 0.2 + 0.4 × 1 = 0.52, nothing 0.2."""
    found = score(case, read_criteria(tree(tmp_path, MONEY, POLICY)), table(**PLAIN))
    totals = found.totals.set_index("option_id")
    assert totals["weighted_sum"].tolist() == pytest.approx([0.2, 0.48, 0.52])
    assert totals["weighted_sum_rank"].tolist() == [3, 2, 1]
    # Without the policy only money is left, and the bridge leads: never a hidden thumb.
    assert totals["weighted_sum_without_policy"].tolist() == pytest.approx([0.0, 0.8, 0.2])
    assert totals["weighted_sum_rank_without_policy"].tolist() == [3, 1, 2]
    # Bridge and tunnel meet where 0.8 w = 0.2 w + 1 − w: w = 0.625.
    turns = found.turns.set_index("criterion_id")
    assert turns.loc["money", "turns_at"] == pytest.approx(0.625)
    assert turns.loc["policy", "turns_at"] == pytest.approx(0.375)
    assert turns.loc["policy", ["winner_today", "winner_then"]].tolist() == ["tunnel", "bridge"]
    assert found.moves["share"].tolist() == pytest.approx([0.025])
    assert found.moves[["from_id", "to_id"]].iloc[0].tolist() == ["policy", "money"]
    shares = found.shares.set_index("option_id")
    assert shares.loc["middle-bridge", "of_all_weights"] == pytest.approx(0.375, abs=2e-3)
    assert shares.loc["middle-tunnel", "of_all_weights"] == pytest.approx(0.625, abs=2e-3)
    # Within the ranges the bridge wins where money is over 0.625 of both: m > 5/3 p.
    m, p = np.random.default_rng(1).uniform(size=(2, 100_000))
    bridge = ((0.4 + 0.4 * m) > 5 / 3 * (0.2 + 0.4 * p)).mean()
    assert shares.loc["middle-bridge", "within_ranges"] == pytest.approx(bridge, abs=0.006)


def test_values_beyond_the_ends_are_cut_and_said(tmp_path, case):
    values = table(**{**PLAIN, "npv_cny": [0, 12, -3]})
    found = score(case, read_criteria(tree(tmp_path, MONEY, POLICY)), values)
    rows = found.values.set_index(["option_id", "criterion_id"])
    assert rows.loc[("middle-bridge", "money"), ["score", "beyond"]].tolist() == [1.0, True]
    assert rows.loc[("middle-tunnel", "money"), ["score", "beyond"]].tolist() == [0.0, True]
    assert not rows.loc[("none", "money"), "beyond"]


def test_changing_the_unit_of_money_changes_no_score(tmp_path, case):
    plain = score(case, read_criteria(tree(tmp_path, MONEY, POLICY)), table(**PLAIN)).totals
    cents = MONEY.replace("best = 10", "best = 1000")
    hundred = {**PLAIN, "npv_cny": [0, 800, 200]}
    other = score(case, read_criteria(tree(tmp_path, cents, POLICY)), table(**hundred)).totals
    pd.testing.assert_frame_equal(plain, other)


def test_branches_pass_their_weight_down(tmp_path, case):
    """A branch of two leaves is worth what one leaf of their mean would be."""
    branch = '[[criteria]]\ncriterion_id = "b"\nname = "b"\nname_zh = "b"\nweight = 40\n'
    parts = [
        leaf("one", "x", "false", 1, 'parent = "b"'),
        leaf("two", "y", "false", 3, 'parent = "b"'),
    ]
    split = table(npv_cny=[0, 8, 2], x=[0, 1, 0.5], y=[0, 0, 1])
    joined = table(npv_cny=[0, 8, 2], z=[0, 0.25, 0.875])
    found = score(case, read_criteria(tree(tmp_path, MONEY, branch, *parts)), split)
    one = score(case, read_criteria(tree(tmp_path, MONEY, leaf("z", "z", "false", 40))), joined)
    assert found.totals["weighted_sum"].tolist() == pytest.approx(
        one.totals["weighted_sum"].tolist()
    )
    assert found.tree.set_index("criterion_id")["weight"].to_dict() == pytest.approx(
        {"money": 0.6, "b": 0.4, "one": 0.1, "two": 0.3}
    )


def test_three_branches_are_mapped(tmp_path, case):
    values = table(npv_cny=[0, 10, 0], tunnel_preference=[-1, -1, 1], calm=[1, 0, 0])
    parts = (MONEY, POLICY, leaf("calm", "calm", "false", 30))
    found = score(case, read_criteria(tree(tmp_path, *parts)), values)
    # Each option is the best in one branch only: each wins a third of the triangle.
    shares = found.regions.groupby("option_id")["share"].first()
    assert shares.tolist() == pytest.approx([1 / 3] * 3)
    sums = found.regions[["weight_a", "weight_b", "weight_c"]].sum(axis=1)
    assert sums.tolist() == pytest.approx([1.0] * len(sums))


def test_indicators_nobody_computed_are_named(tmp_path, case):
    found = read_criteria(tree(tmp_path, MONEY, leaf("noise", "decibel", "false")))
    with pytest.raises(ValidationError, match="criterion noise: no decibel; there are npv_cny"):
        score(case, found, table(npv_cny=[0, 1, 2]))
    with pytest.raises(ValidationError, match="npv_cny is not known for middle-tunnel"):
        score(case, read_criteria(tree(tmp_path, MONEY)), table(npv_cny=[0, 1, np.nan]))


@pytest.mark.parametrize("name", ["jinan", "two_banks"])
def test_shipped_trees_are_sound(name):
    found = read_criteria(Path("networks") / name / "criteria.toml")
    assert [each.criterion_id for each in found.leaves if each.policy] == ["more_tunnels"]
    assert sum(found.leaf_weights()) == pytest.approx(1.0)
    assert sum(found.leaf_weights(policy=False)) == pytest.approx(1.0)


def test_indicators_of_a_case(case):
    appraisal = pd.DataFrame(
        {
            "site_id": "middle",
            "option_id": ["none", "middle-bridge", "middle-tunnel"],
            "form": ["none", "bridge", "tunnel"],
            "npv_cny": [0.0, 3e9, 1e9],
            "embodied_co2_t": [np.nan, 3e5, 4e5],
            "banned_uses": ["", "", "truck, dangerous_goods, cycle, walk"],
        }
    )
    gains = pd.DataFrame(
        {
            "option_id": ["none", "middle-bridge", "middle-bridge", "middle-tunnel"],
            "year": 2035,
            "cluster_id": ["", "C1", "", "C2"],
            "user_benefit_cny": [0.0, 3e8, 1e8, 2e8],
        }
    )
    found = indicators(case, appraisal, gains).loc["middle"]
    assert found["tunnel_preference"].tolist() == [0.0, -1.0, 1.0]
    assert found["river_untouched"].tolist() == [1.0, 0.0, 1.0]
    assert found["cluster_benefit_share"].tolist() == pytest.approx([0.0, 0.75, 1.0])
    assert found["embodied_co2_t"].tolist() == [0.0, 3e5, 4e5]
    uses = set(case.network.table("use_definition")["use"]) - {"car", "truck"}
    assert found.loc["middle-bridge", "other_uses_let_in"] == 1.0
    some = uses - {"dangerous_goods", "cycle", "walk"}
    assert found.loc["middle-tunnel", "other_uses_let_in"] == len(some) / len(uses)
