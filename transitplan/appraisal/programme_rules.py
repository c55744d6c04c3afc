"""The rules of a programme, ``programme.toml``: budgets, prerequisites, conflicts, futures."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from pydantic import Field

from transitplan.errors import ValidationError
from transitplan.io.toml import Strict, read_checked
from transitplan.scenario.case import Case

FILE = "programme.toml"
CENTRAL = "central"
Level = Literal["low", "value", "high"]


class Budget(Strict):
    """Capital that may be spent up to a stage, since the stage before [CNY]."""

    low_cny: float = Field(ge=0)
    value_cny: float = Field(ge=0)
    high_cny: float = Field(ge=0)
    source: str = Field(min_length=1)
    status: Literal["sourced", "derived", "assumed"]


class Need(Strict):
    """A site that may open only when another is open, or with it."""

    site: str
    needs: str
    reason: str = ""


class Exclusion(Strict):
    """Two sites of which one at most is built."""

    sites: tuple[str, str]
    reason: str = ""


class Future(Strict):
    """A world in which plans are tried: scales of all trips and of all values of time."""

    name: str
    name_zh: str
    trips: float = Field(default=1.0, gt=0)
    value_of_time: float = Field(default=1.0, gt=0)


class RulesFile(Strict):
    """What ``programme.toml`` says."""

    carries_over: bool = True
    required: tuple[str, ...] = ()
    budgets: dict[int, Budget] = Field(default_factory=dict)
    prerequisites: tuple[Need, ...] = ()
    conflicts: tuple[Exclusion, ...] = ()
    futures: dict[str, Future] = Field(default_factory=dict)


@dataclass(frozen=True)
class Rules:
    """Budgets by stage, what needs and what excludes what, and the futures to try plans in.

    carries_over
        Money that a stage leaves may be spent in later ones.
    required
        Sites that every plan opens, worth it or not.
    """

    by_stage: Mapping[int, Budget] = field(default_factory=dict)
    carries_over: bool = True
    prerequisites: tuple[tuple[str, str], ...] = ()  # a site, and the one that it needs
    conflicts: tuple[tuple[str, str], ...] = ()
    required: tuple[str, ...] = ()
    futures: Mapping[str, Future] = field(default_factory=dict)

    def budgets(self, level: Level = "value") -> dict[int, float]:
        """Capital by stage at one end of its range, or as given [CNY]."""
        return {stage: getattr(each, f"{level}_cny") for stage, each in self.by_stage.items()}

    def kept(self, opens: Mapping[str, int], undecided: Collection[str] = ()) -> bool:
        """Whether sites that open in these years keep all rules but the budgets.

        undecided
            Sites that may yet be opened in time, which others may wait for.
        """
        if not all(site in opens or site in undecided for site in self.required):
            return False
        return all(
            needed in undecided or opens.get(needed, np.inf) <= opens[site]
            for site, needed in self.prerequisites
            if site in opens
        ) and not any(one in opens and other in opens for one, other in self.conflicts)


def read_rules(case: Case) -> Rules:
    """Read the rules of a case; without a file nothing is limited and one future is tried.

    Raises
    ------
    ValidationError
        With every problem of the file.
    """
    path = case.folder / FILE
    if not path.is_file():
        return Rules()
    file = read_checked(path, RulesFile)
    found = [f"{path}, {text}" for text in _problems(case, file)]
    if found:
        raise ValidationError(found)
    return Rules(
        by_stage=dict(sorted(file.budgets.items())),
        carries_over=file.carries_over,
        prerequisites=tuple((each.site, each.needs) for each in file.prerequisites),
        conflicts=tuple(each.sites for each in file.conflicts),
        required=file.required,
        futures=file.futures,
    )


def budget_problems(case: Case, budgets_cny: Mapping[int, float]) -> list[str]:
    """Budgets of years that are no stage, or below nothing, as text."""
    stages = [year for year in case.years if year > case.base_year]
    named = ", ".join(map(str, stages)) or "none"
    return [
        f"budget {stage}: {stage} is no stage; the stages are the modelled years after the base "
        f"year: {named}."
        for stage in budgets_cny
        if stage not in stages
    ] + [
        f"budget {stage}: {value:g} CNY; give 0 or more."
        for stage, value in budgets_cny.items()
        if not value >= 0
    ]


def _problems(case: Case, file: RulesFile) -> list[str]:
    """Problems between the file and the case, and within the file."""
    found = budget_problems(case, {stage: each.value_cny for stage, each in file.budgets.items()})
    found += [
        f"budgets.{stage}: value_cny {each.value_cny:g} is outside low_cny {each.low_cny:g} to "
        f"high_cny {each.high_cny:g}. Correct one of them."
        for stage, each in file.budgets.items()
        if not each.low_cny <= each.value_cny <= each.high_cny
    ]
    sites = [site.site_id for site in case.sites]
    pairs: list[tuple[str, tuple[str, ...]]] = [
        ("prerequisites", (each.site, each.needs)) for each in file.prerequisites
    ]
    pairs += [("conflicts", each.sites) for each in file.conflicts]
    pairs += [("required", (name,)) for name in file.required]
    found += [
        f"{where}: {name!r} is no site; the case has {', '.join(sites)}."
        for where, pair in pairs
        for name in pair
        if name not in sites
    ]
    found += [
        f"{where}: {pair[0]!r} names itself." for where, pair in pairs if pair[1:] == pair[:1]
    ]
    found += [
        f"{each.site} needs {each.needs} and both exclude each other, so that it can never be "
        "built. Take one of the two rules out."
        for each in file.prerequisites
        if each.site != each.needs
        and any(set(other.sites) == {each.site, each.needs} for other in file.conflicts)
    ]
    found += [
        f"{' and '.join(each.sites)} exclude each other and are both required. Take one rule out."
        for each in file.conflicts
        if set(each.sites) <= set(file.required)
    ]
    if CENTRAL in file.futures:
        found.append(f"futures.{CENTRAL}: the central future is always there. Take it out.")
    return found
