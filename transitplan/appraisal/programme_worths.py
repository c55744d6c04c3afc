"""Worths of states, each solved once, and upper bounds of the worths of what was not solved."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from transitplan.appraisal.programme import NOTHING_OPEN, State
from transitplan.appraisal.programme_bound import most_worth
from transitplan.appraisal.programme_rules import Future
from transitplan.appraisal.worth import hour_totals, hour_worth
from transitplan.scenario.case import Case
from transitplan.scenario.run import Runner
from transitplan.scenario.variants import Variant

Ask: TypeAlias = tuple[State, int]  # options open, modelled year
Kind: TypeAlias = Literal["proved", "monotone"]  # of a bound: see ``programme_search``
ROUNDING = 1e-9  # share of the largest worth below which two are the same


@dataclass
class Worths:
    """Worths of states, each asked for once, and upper bounds of what was not.

    Parameters
    ----------
    evaluate
        Worth of each state in a year, in the order asked [CNY/h].
    at_most
        No set of options within this one is worth more in that year [CNY/h]; 0 or more.
    """

    evaluate: Callable[[Sequence[Ask]], Sequence[float]]
    at_most: Callable[[State, int], float]
    known: dict[Ask, float] = field(default_factory=dict)
    relaxed: dict[tuple[Kind, int], dict[State, float]] = field(default_factory=dict)

    def ask(self, wanted: Iterable[Ask]) -> None:
        """Evaluate what is not known yet, all at once."""
        due = [each for each in dict.fromkeys(wanted) if each not in self.known and each[0]]
        if due:
            self.known.update(zip(due, self.evaluate(due), strict=True))
            self._hold(due)

    def __call__(self, state: State, year: int) -> float:
        """Worth of a state; nothing open is worth 0."""
        self.ask([(state, year)])
        return self.known[state, year] if state else 0.0

    def relax(self, state: State, year: int, kind: Kind = "proved") -> None:
        """Bound all sets within one."""
        bounds = self.relaxed.setdefault((kind, year), {})
        if state and state not in bounds:
            most = self.at_most(state, year) if kind == "proved" else self(state, year)
            bounds[state] = max(most, 0.0)
            if kind == "proved":
                self._hold(ask for ask in self.known if ask[1] == year)

    def _hold(self, asks: Iterable[Ask]) -> None:
        """Check that what was solved keeps to what was proved."""
        for state, year in asks:
            worth, most = self.known[state, year], self.most(state, year)
            if worth > most + abs(most) * ROUNDING:
                raise RuntimeError(
                    f"{', '.join(sorted(state))} in {year}: worth {worth:g} CNY/h, by proof at "
                    f"most {most:g}. Please report this."
                )

    def most(self, state: State, year: int, kind: Kind = "proved") -> float:
        """The least bound of all that hold the set; inf where none does."""
        if not state:
            return 0.0
        bounds = self.relaxed.get((kind, year), {})
        return min((most for whole, most in bounds.items() if state <= whole), default=np.inf)

    def likely(self, state: State, year: int, kind: Kind = "proved") -> float:
        """Worth of a state where it is known, else what it is at most."""
        found = self.known.get((state, year))
        return self.most(state, year, kind) if found is None else found

    def steps(self) -> tuple[int, int]:
        """Pairs of solved states that one option parts, and those in which more is worth less."""
        pairs = [
            (worth, self.known.get((state - {option}, year), None if len(state) > 1 else 0.0))
            for (state, year), worth in self.known.items()
            for option in state
        ]
        least = max(map(abs, self.known.values()), default=0.0) * ROUNDING
        known = [(more, fewer) for more, fewer in pairs if fewer is not None]
        return len(known), sum(more < fewer - least for more, fewer in known)


def case_worths(case: Case, runner: Runner, world: Future) -> Worths:
    """Worths of states of a case in a future, each an equilibrium that the runner solves once."""

    def variant(state: State, year: int) -> Variant:
        return Variant(year, tuple(state), trips=world.trips, value_of_time=world.value_of_time)

    def evaluate(asks: Sequence[Ask]) -> list[float]:
        variants = [variant(*ask) for ask in asks]
        bases = [each.base for each in variants]
        totals = runner.take([*dict.fromkeys(bases), *variants], hour_totals)
        return [
            hour_worth(totals[base], totals[each])
            for base, each in zip(bases, variants, strict=True)
        ]

    def at_most(state: State, year: int) -> float:
        base = variant(NOTHING_OPEN, year)
        return most_worth(case, base, state, runner.take([base], hour_totals)[base])

    return Worths(evaluate, at_most)
