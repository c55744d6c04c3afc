"""Criteria: a tree of what matters beside money, read from a case's ``criteria.toml`` and checked.

A branch splits its weight among its children; a leaf is one indicator with a straight value
function between two stated ends. Money may stand in the tree once: as net value, or as cost and
benefit apart; nothing that is in the money already may stand beside it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from pydantic import Field

from transitplan.appraisal.weights import (
    MOST_INCONSISTENT,
    Priorities,
    comparison_matrix,
    priorities,
)
from transitplan.arrays import Floats
from transitplan.errors import ValidationError
from transitplan.io.toml import Strict, read_checked

FILE = "criteria.toml"
COST, BENEFIT = "cost", "benefit"
# Indicators that are money, or are in it already, and the side of the sum they belong to.
IN_MONEY = {
    "npv_cny": {COST, BENEFIT},
    "npv_p05_cny": {COST, BENEFIT},
    "npv_p95_cny": {COST, BENEFIT},
    "bcr": {COST, BENEFIT},
    "probability_best": {COST, BENEFIT},
    "pv_costs_cny": {COST},
    "capital_cost_cny": {COST},
    "capital_cost_p80_cny": {COST},
    "pv_benefits_cny": {BENEFIT},
    "closed_hours_per_year": {BENEFIT},  # benefits run only while the crossing is open
    "open_year": {BENEFIT},  # and only from then on
}


CO2 = ("embodied_co2_t", "operation_co2_t_per_year")  # in it where CO2 has a price


class Criterion(Strict):
    """A branch of the tree, or a leaf: then it has an indicator and two ends.

    ``weight`` counts among the children of the same parent; only its share matters. The indicator
    scores 0 at ``worst`` and 1 at ``best``, straight between and level beyond; which of the two is
    higher says whether more is better.
    """

    criterion_id: str = Field(pattern="^[a-z][a-z0-9_]*$")
    parent: str = ""
    name: str
    name_zh: str
    weight: float | None = Field(default=None, ge=0)  # None: from judgements
    low: float | None = Field(default=None, ge=0)
    high: float | None = Field(default=None, ge=0)
    indicator: str = ""
    unit: str = ""
    worst: float | None = None
    best: float | None = None
    monetised: bool | None = None  # whether it is in the costs or benefits already
    policy: bool = False  # a preference of policy: results without it stand beside
    source: str = "planning value"
    status: str = "assumed"


class Judgement(Strict):
    """How many times more one criterion matters than another of its parent (Saaty: 1 to 9)."""

    over: str
    under: str
    times: float = Field(ge=1 / 9, le=9)


class CriteriaFile(Strict):
    """``criteria.toml`` as it is written."""

    name: str
    name_zh: str
    criteria: tuple[Criterion, ...]
    judgements: tuple[Judgement, ...] = ()


@dataclass(frozen=True, eq=False)
class Criteria:
    """A checked tree of criteria.

    hierarchy
        What the judgements of a parent's children came to, where they have judgements.
    """

    name: str
    name_zh: str
    criteria: tuple[Criterion, ...]
    hierarchy: dict[str, Priorities]

    def children(self, parent: str = "") -> list[Criterion]:
        """Criteria below a parent; the top ones by default."""
        return [each for each in self.criteria if each.parent == parent]

    @property
    def leaves(self) -> list[Criterion]:
        """Criteria that have an indicator."""
        return [each for each in self.criteria if each.indicator]

    @cached_property
    def local_weights(self) -> dict[str, float]:
        """Share of each criterion among the children of its parent."""
        found = {}
        for parent in ("", *(each.criterion_id for each in self.criteria)):
            own = self.children(parent)
            if not own:
                continue
            given = (
                self.hierarchy[parent].weights
                if parent in self.hierarchy
                else np.array([each.weight or 0.0 for each in own])
            )
            shares = given / given.sum()
            found.update({c.criterion_id: float(w) for c, w in zip(own, shares, strict=True)})
        return found

    def weight(self, criterion: Criterion) -> float:
        """Share of a criterion in the whole."""
        above = self._by_id.get(criterion.parent)
        return self.local_weights[criterion.criterion_id] * (self.weight(above) if above else 1.0)

    def weight_inside(self, leaf: Criterion) -> float:
        """Share of a leaf in the top branch that it hangs from; 1 if it is one itself."""
        above = self._by_id.get(leaf.parent)
        return self.local_weights[leaf.criterion_id] * self.weight_inside(above) if above else 1.0

    def branch(self, criterion: Criterion) -> Criterion:
        """Top branch that a criterion hangs from; itself if it is one."""
        above = self._by_id.get(criterion.parent)
        return self.branch(above) if above else criterion

    def leaf_weights(self, *, policy: bool = True) -> Floats:
        """Weights of the leaves; without policy its leaves have none, the others in proportion."""
        kept = [self.weight(each) * (policy or not each.policy) for each in self.leaves]
        total = sum(kept)
        return np.array(kept) / total if total else np.array(kept)

    @cached_property
    def _by_id(self) -> dict[str, Criterion]:
        return {each.criterion_id: each for each in self.criteria}


def read_criteria(path: Path) -> Criteria:
    """Read and check a tree of criteria.

    Raises
    ------
    NotFoundError
        If the file is not there.
    ValidationError
        All problems at once: unknown keys, unknown parents, leaves without ends, weights beside
        judgements, comparisons that contradict each other, money counted twice.
    """
    file = read_checked(path, CriteriaFile, hint="docs/criteria.md shows how to write one.")
    found = [*_tree_problems(file), *money_problems(file.criteria)]
    judged, more = _hierarchies(file)
    found += more + _weight_problems(file, judged)
    if found:
        raise ValidationError(f"{path}: {problem}" for problem in found)
    return Criteria(file.name, file.name_zh, file.criteria, judged)


def money_problems(criteria: Iterable[Criterion]) -> list[str]:
    """Leaves by which money would be counted twice, as text."""
    leaves = [each for each in criteria if each.indicator]
    found = [
        f"{each.criterion_id}: {each.indicator} is in the money already. Write monetised = true."
        for each in leaves
        if each.monetised is False and _sides(each)
    ]
    monetised = [each for each in leaves if each.monetised]
    for place, one in enumerate(monetised):
        for other in monetised[place + 1 :]:
            shared = _sides(one) & _sides(other)
            if shared:
                found.append(
                    f"{one.criterion_id} ({one.indicator}) and {other.criterion_id} "
                    f"({other.indicator}) both count {' and '.join(sorted(shared))}. Keep one: "
                    "money stands in the tree once."
                )
    return found


def _sides(leaf: Criterion) -> set[str]:
    """Sides of the sum of money that a leaf is in: both where nobody knows better."""
    known = IN_MONEY.get(leaf.indicator)
    if known is None and leaf.indicator.endswith("_cny"):
        known = {COST, BENEFIT}
    if known is None and leaf.monetised:
        known = {COST, BENEFIT}
    return set(known or ())


def _tree_problems(file: CriteriaFile) -> list[str]:
    """Ids that stand twice, unknown parents, circles, leaves that lack something."""
    by_id = {each.criterion_id: each for each in file.criteria}
    counts = Counter(each.criterion_id for each in file.criteria)
    found = [f"criterion {name} stands {n} times." for name, n in counts.items() if n > 1]
    if not file.criteria:
        found.append("no criteria. Write at least one [[criteria]].")
    parents = {each.parent for each in file.criteria if each.parent}
    for each in file.criteria:
        name = each.criterion_id
        if each.parent and each.parent not in by_id:
            found.append(
                f"{name}: parent {each.parent} is no criterion. Correct parent, or add "
                "that criterion."
            )
        elif _circles(each, by_id):
            found.append(f"{name}: its parents lead back to itself. Correct one of them.")
        if each.indicator and name in parents:
            found.append(f"{name} has children and an indicator. Move the indicator to a child.")
        if not each.indicator and name not in parents:
            found.append(
                f"{name} has neither children nor an indicator. Give it an indicator, or "
                "take it out."
            )
        if each.indicator:
            found += _leaf_problems(each)
    return found


def _leaf_problems(leaf: Criterion) -> list[str]:
    name, found = leaf.criterion_id, []
    if leaf.worst is None or leaf.best is None or leaf.worst == leaf.best:
        found.append(f"{name}: worst and best are missing or equal. State both ends.")
    if leaf.monetised is None:
        found.append(f"{name}: say monetised = true if costs or benefits hold it, else false.")
    return found


def _circles(criterion: Criterion, by_id: dict[str, Criterion]) -> bool:
    seen: set[str] = set()
    while criterion.parent in by_id and criterion.criterion_id not in seen:
        seen.add(criterion.criterion_id)
        criterion = by_id[criterion.parent]
    return criterion.criterion_id in seen


def _hierarchies(file: CriteriaFile) -> tuple[dict[str, Priorities], list[str]]:
    """Weights from judgements, by parent, and what is wrong with the judgements."""
    parent_of = {each.criterion_id: each.parent for each in file.criteria}
    by_parent: dict[str, list[Judgement]] = {}
    found = []
    for each in file.judgements:
        ends = (each.over, each.under)
        unknown = [end for end in ends if end not in parent_of]
        if unknown:
            found.append(
                f"judgement: {', '.join(unknown)} is no criterion. Name criteria of the tree."
            )
        elif each.over == each.under or parent_of[each.over] != parent_of[each.under]:
            found.append(
                f"judgement of {each.over} over {each.under}: not two of one parent. Judge "
                "only siblings."
            )
        else:
            by_parent.setdefault(parent_of[each.over], []).append(each)
    judged = {}
    for parent, judgements in by_parent.items():
        names = [name for name, own in parent_of.items() if own == parent]
        pairs = Counter(frozenset((each.over, each.under)) for each in judgements)
        wanted = len(names) * (len(names) - 1) // 2
        if len(pairs) < wanted or max(pairs.values()) > 1:
            found.append(
                f"judgements below {parent or 'the top'}: {len(pairs)} of {wanted} pairs of "
                f"{', '.join(names)}, {sum(pairs.values()) - len(pairs)} twice. Judge each once."
            )
            continue
        judged[parent] = weights = _priorities(names, judgements)
        if weights.consistency_ratio > MOST_INCONSISTENT:
            found.append(_contradiction(parent, names, judgements, weights))
    return judged, found


def _priorities(names: Sequence[str], judgements: Sequence[Judgement]) -> Priorities:
    places = [(names.index(each.over), names.index(each.under), each.times) for each in judgements]
    return priorities(comparison_matrix(len(names), places))


def _contradiction(
    parent: str, names: Sequence[str], judgements: Sequence[Judgement], found: Priorities
) -> str:
    row, column = found.worst_pair
    implied = found.weights[row] / found.weights[column]
    times = next(
        each.times if each.over == names[row] else 1.0 / each.times
        for each in judgements
        if {each.over, each.under} == {names[row], names[column]}
    )
    return (
        f"judgements below {parent or 'the top'} contradict each other: consistency ratio "
        f"{found.consistency_ratio:.2f}, at most {MOST_INCONSISTENT}. Look again at {names[row]} "
        f"over {names[column]}: {times:.2g}, while all together say {implied:.2g}."
    )


def _weight_problems(file: CriteriaFile, judged: dict[str, Priorities]) -> list[str]:
    """Weights that are missing, stand beside judgements, sum to nothing or leave their range."""
    judged_parents = set(judged) | {
        each.parent
        for each in file.criteria
        if any(each.criterion_id in (j.over, j.under) for j in file.judgements)
    }
    found: list[str] = []
    sums: dict[str, float] = {}
    for each in file.criteria:
        name, weight = each.criterion_id, each.weight
        sums[each.parent] = sums.get(each.parent, 0.0) + (weight or 0.0)
        if (weight is None) == (each.parent not in judged_parents):
            found.append(f"{name}: give either a weight or judgements with all its siblings.")
        elif weight is not None:
            low = weight if each.low is None else each.low
            high = weight if each.high is None else each.high
            if not low <= weight <= high:
                found.append(
                    f"{name}: weight {weight:g} is outside {low:g} to {high:g}. Correct "
                    "one of them."
                )
    found += [
        f"weights below {parent or 'the top'} sum to nothing."
        for parent, total in sums.items()
        if total == 0 and parent not in judged_parents
    ]
    return found
