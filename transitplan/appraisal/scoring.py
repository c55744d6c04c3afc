"""Scores: what each option of a site is worth on a tree of criteria, and where each form wins."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transitplan.appraisal.criteria import CO2, Criteria, Criterion
from transitplan.appraisal.uncertain import label_of, options_of
from transitplan.appraisal.weights import (
    CORNERS,
    least_move,
    order_of,
    range_points,
    region_share,
    simplex_points,
    topsis,
    turning_weights,
    weighted_sum,
    winning_regions,
    winning_shares,
)
from transitplan.arrays import Bools, Floats
from transitplan.errors import ValidationError
from transitplan.model.demand import CAR, TRUCK
from transitplan.scenario.case import NONE, Case, Site

MODELLED = (CAR, TRUCK)  # uses whose trips are in the money, and those of the demand's classes
VISIBLE = 1e-9  # a smaller change of a weight is none
SHOWN = (
    *("low", "high", "indicator", "unit", "worst", "best", "monetised", "policy"),
    *("source", "status"),
)


@dataclass(frozen=True, eq=False)
class Scores:
    """What the options of every site are worth by criteria, and how far that hangs on the weights.

    tree
        criterion_id, parent_id, name, name_zh, local_weight, weight, low, high, indicator, unit,
        worst, best, monetised, policy, source, status, consistency_ratio (of the judgements of its
        children, if the weights come from these)
    values
        site_id, option_id, criterion_id, value, score (0 to 1), beyond (whether the value lies
        outside the two ends)
    totals
        site_id, option_id, weighted_sum, topsis, weighted_sum_rank, topsis_rank, and the same four
        with ``_without_policy``
    shares
        site_id, option_id, of_all_weights, within_ranges: share of the weights of the top branches
        with which the option has the highest weighted sum
    turns
        site_id, criterion_id, weight, turns_at, winner_today, winner_then: one weight of a top
        branch or of a policy leaf moved, the others in proportion
    moves
        site_id, share, winner_today, winner_then, from_id, to_id: the least shift of weight between
        top branches that turns the winner; no row where none does
    regions
        site_id, option_id, criterion_a, criterion_b, criterion_c, corner, weight_a, weight_b,
        weight_c, share: where each option wins as the three heaviest top branches (or two, with
        criterion_c empty) share what weight the others leave
    """

    criteria: Criteria
    tree: pd.DataFrame
    values: pd.DataFrame
    totals: pd.DataFrame
    shares: pd.DataFrame
    turns: pd.DataFrame
    moves: pd.DataFrame
    regions: pd.DataFrame


def indicators(case: Case, appraisal: pd.DataFrame, cluster_benefits: pd.DataFrame) -> pd.DataFrame:
    """Numbers that criteria may ask for: index site_id, option_id; a column an indicator.

    All numeric columns of ``appraisal``, and

    tunnel_preference
        1 for a tunnel, −1 for a bridge, 0 for nothing built: "more tunnels, fewer bridges"
    river_untouched
        1 where nothing is built in the channel: for a tunnel and for nothing built, else 0.
    other_uses_let_in
        Share of the uses that may cross, of those whose trips are not in the money: neither cars
        and trucks nor any use that the demand has a class of.
    cluster_benefit_share
        Share of the users' benefit of the last year that goes to zones of a cluster.

    Nothing built has 0 of everything else.
    """
    table = appraisal.set_index(["site_id", "option_id"])
    form = table["form"].astype(str)
    banned = table["banned_uses"].fillna("").astype(str)
    numbers = table.select_dtypes("number").copy()
    tunnel, bridge = (form.str.contains(word).astype(float) for word in ("tunnel", "bridge"))
    numbers["tunnel_preference"] = tunnel - bridge
    classes = case.demand(case.base_year).classes
    uses = set(case.network.table("use_definition")["use"]) - set(MODELLED)
    uses -= {each.use for each in classes}
    numbers["other_uses_let_in"] = [
        len(uses - {use.strip() for use in words.split(",")}) / max(len(uses), 1)
        for words in banned
    ]
    last = cluster_benefits[cluster_benefits["year"] == max(case.years)]
    benefit = last.groupby("option_id")["user_benefit_cny"].sum()
    inside = last[last["cluster_id"] != ""].groupby("option_id")["user_benefit_cny"].sum()
    share = (inside / benefit.where(benefit > 0)).reindex(table.index.get_level_values("option_id"))
    numbers["cluster_benefit_share"] = share.to_numpy()
    nothing = table.index.get_level_values("option_id") == NONE
    numbers.loc[nothing] = 0.0
    numbers["river_untouched"] = np.where(nothing, 1.0, tunnel)
    return numbers


def score(case: Case, criteria: Criteria, table: pd.DataFrame) -> Scores:
    """Score every site's options by weighted sum and TOPSIS, and search the space of weights.

    Parameters
    ----------
    table
        As ``indicators`` returns it.

    Raises
    ------
    ValidationError
        If a leaf's indicator is not in the table, or an option has no value for it.
    """
    wrong = _indicator_problems(case, criteria, table)
    if wrong:
        raise ValidationError(wrong)
    parts: dict[str, list[pd.DataFrame]] = {}
    for site in case.sites:
        raw = table.loc[site.site_id].loc[
            options_of(site), [each.indicator for each in criteria.leaves]
        ]
        for name, frame in _site_scores(criteria, site, raw.to_numpy(dtype=float)).items():
            frame.insert(0, "site_id", site.site_id)
            parts.setdefault(name, []).append(frame)
    return Scores(
        criteria,
        tree=_tree(criteria),
        **{
            name: pd.concat([part for part in frames if len(part)] or frames[:1], ignore_index=True)
            for name, frames in parts.items()
        },
    )


def _site_scores(criteria: Criteria, site: Site, raw: Floats) -> dict[str, pd.DataFrame]:
    """Return all tables of one site, from its raw values (n_options, n_leaves)."""
    options, leaves = options_of(site), criteria.leaves
    worst, best = (np.array([getattr(leaf, end) for leaf in leaves]) for end in ("worst", "best"))
    straight = (raw - worst) / (best - worst)
    leaf_scores = straight.clip(0.0, 1.0)
    tops = criteria.children()
    branch_scores, branch_weights = _branches(criteria, leaf_scores)
    named = [label_of(site, option) for option in options]
    return {
        "values": _values(options, leaves, raw, leaf_scores, straight != leaf_scores),
        "totals": _totals(options, criteria, leaf_scores),
        "shares": pd.DataFrame(
            {
                "option_id": options,
                "of_all_weights": winning_shares(branch_scores, simplex_points(len(tops))),
                "within_ranges": winning_shares(branch_scores, range_points(*_ranges(criteria))),
            }
        ),
        "turns": _turns(criteria, leaf_scores, branch_scores, named),
        "moves": _moves(tops, branch_scores, branch_weights, named),
        "regions": _regions(tops, branch_scores, branch_weights, options),
    }


def _branches(criteria: Criteria, leaf_scores: Floats) -> tuple[Floats, Floats]:
    """Scores (n_options, n_tops) and weights (n_tops,) of the top branches."""
    tops = criteria.children()
    inside = np.zeros((leaf_scores.shape[1], len(tops)))
    for place, leaf in enumerate(criteria.leaves):
        inside[place, tops.index(criteria.branch(leaf))] = criteria.weight_inside(leaf)
    return leaf_scores @ inside, np.array([criteria.weight(top) for top in tops])


def _ranges(criteria: Criteria) -> tuple[Floats, Floats]:
    """Low and high weights of the top branches; those from judgements have no range."""
    tops = criteria.children()
    given = sum(top.weight or 0.0 for top in tops) or 1.0
    today = [criteria.weight(top) * given for top in tops]
    low = [now if top.low is None else top.low for top, now in zip(tops, today, strict=True)]
    high = [now if top.high is None else top.high for top, now in zip(tops, today, strict=True)]
    return np.array(low), np.array(high)


def _tree(criteria: Criteria) -> pd.DataFrame:
    rows = []
    for each in criteria.criteria:
        judged = criteria.hierarchy.get(each.criterion_id)
        rows.append(
            {
                "criterion_id": each.criterion_id,
                "parent_id": each.parent,
                "name": each.name,
                "name_zh": each.name_zh,
                "local_weight": criteria.local_weights[each.criterion_id],
                "weight": criteria.weight(each),
                **each.model_dump(include=set(SHOWN)),
                "consistency_ratio": judged.consistency_ratio if judged else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _values(
    options: list[str], leaves: list[Criterion], raw: Floats, scores: Floats, beyond: Bools
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "option_id": np.repeat(options, len(leaves)),
            "criterion_id": [leaf.criterion_id for leaf in leaves] * len(options),
            "value": raw.ravel(),
            "score": scores.ravel(),
            "beyond": beyond.ravel(),
        }
    )


def _totals(options: list[str], criteria: Criteria, leaf_scores: Floats) -> pd.DataFrame:
    table = pd.DataFrame({"option_id": options})
    for ending, policy in (("", True), ("_without_policy", False)):
        weights = criteria.leaf_weights(policy=policy)
        for name, method in (("weighted_sum", weighted_sum), ("topsis", topsis)):
            totals = method(leaf_scores, weights)
            table[f"{name}{ending}"] = totals
            table[f"{name}_rank{ending}"] = order_of(totals)
    return table


def _turns(
    criteria: Criteria, leaf_scores: Floats, branch_scores: Floats, named: list[str]
) -> pd.DataFrame:
    tops, leaves = criteria.children(), criteria.leaves
    asked = [(top, branch_scores, tops) for top in tops]
    asked += [(leaf, leaf_scores, leaves) for leaf in leaves if leaf.policy and leaf not in tops]
    rows: list[tuple[object, ...]] = []
    for criterion, scores, among in asked:
        weights = np.array([criteria.weight(each) for each in among])
        winner = named[int(weighted_sum(scores, weights).argmax())]
        turns = turning_weights(scores, weights, among.index(criterion))
        labels = (criterion.criterion_id, criteria.weight(criterion))
        rows += [(*labels, at, winner, named[other]) for at, other in turns]
    columns = ["criterion_id", "weight", "turns_at", "winner_today", "winner_then"]
    return pd.DataFrame(rows, columns=columns)


def _moves(
    tops: list[Criterion], branch_scores: Floats, weights: Floats, named: list[str]
) -> pd.DataFrame:
    columns = ["share", "winner_today", "winner_then", "from_id", "to_id"]
    found = least_move(branch_scores, weights)
    if not np.isfinite(found.share):
        return pd.DataFrame(columns=columns)
    change = found.weights - weights
    less, more = (
        ", ".join(
            top.criterion_id for top, by in zip(tops, sign * change, strict=True) if by > VISIBLE
        )
        for sign in (-1.0, 1.0)
    )
    winner = named[int(weighted_sum(branch_scores, weights).argmax())]
    return pd.DataFrame([(found.share, winner, named[found.winner], less, more)], columns=columns)


def _regions(
    tops: list[Criterion], branch_scores: Floats, weights: Floats, options: list[str]
) -> pd.DataFrame:
    columns = [
        *("option_id", "criterion_a", "criterion_b", "criterion_c", "corner"),
        *("weight_a", "weight_b", "weight_c", "share"),
    ]
    three = np.sort(np.argsort(-weights, kind="stable")[:CORNERS])
    left = float(weights[three].sum())
    if len(three) < CORNERS or left <= 0:
        return pd.DataFrame(columns=columns)
    others = weights.copy()
    others[three] = 0.0
    # What the other branches give is the same everywhere in the triangle.
    scores = branch_scores[:, three] + (branch_scores @ others)[:, None] / left
    ids = [tops[place].criterion_id for place in three]
    rows = [
        (option, *ids, corner, *(left * at), region_share(corners))
        for option, corners in zip(options, winning_regions(scores), strict=True)
        for corner, at in enumerate(corners)
    ]
    return pd.DataFrame(rows, columns=columns)


def _indicator_problems(case: Case, criteria: Criteria, table: pd.DataFrame) -> list[str]:
    """Leaves whose indicator nobody has computed, or not for every option."""
    priced = "carbon_price" in case.values and case.values["carbon_price"] > 0
    found = []
    for leaf in criteria.leaves:
        if priced and leaf.indicator in CO2 and not leaf.monetised:
            found.append(
                f"criterion {leaf.criterion_id}: CO2 has a price (carbon_price), so "
                f"{leaf.indicator} is in the money already. Write monetised = true, or set the "
                "price to 0."
            )
        if leaf.indicator not in table.columns:
            known = ", ".join(sorted(map(str, table.columns)))
            found.append(f"criterion {leaf.criterion_id}: no {leaf.indicator}; there are {known}.")
            continue
        column = table[leaf.indicator]
        empty = [
            option
            for site in case.sites
            for option in options_of(site)
            if not np.isfinite(column[site.site_id, option])
        ]
        if empty:
            found.append(
                f"criterion {leaf.criterion_id}: {leaf.indicator} is not known for "
                f"{', '.join(empty)}. Take another indicator."
            )
    return found
