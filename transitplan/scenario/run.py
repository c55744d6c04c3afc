"""Runs: the equilibria of a case's variants, on as many processes as there are cores."""

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from functools import partial
from typing import Any, Self, TypeAlias, TypeVar

from transitplan.errors import ValidationError
from transitplan.scenario.case import NONE, Case
from transitplan.scenario.forecast import demand_problems
from transitplan.scenario.kept import CaseParcel, KeptRun, Take, Task, work
from transitplan.scenario.solve import (
    DEFAULT_GAP,
    Run,
    nothing,
    solve_network,
    solve_variant,
    whole,
)
from transitplan.scenario.stored import StoredVariants
from transitplan.scenario.variants import Variant
from transitplan.store import Store, check_software
from transitplan.workers import Job, Shared, open_workers

__all__ = (
    "DEFAULT_GAP",
    "Key",
    "Progress",
    "Run",
    "Runner",
    "Take",
    "option_runs",
    "option_takes",
    "run_options",
    "solve_network",
    "solve_variant",
    "whole",
)

Key: TypeAlias = tuple[str, int]  # option and year
Progress: TypeAlias = Callable[[int, int, str], None]
Taken = TypeVar("Taken")


def run_options(
    case: Case,
    *,
    options: Iterable[str] = (),
    gap: float = DEFAULT_GAP,
    processes: int | None = None,
    store: Store | None = None,
    progress: Progress | None = None,
) -> dict[Key, Run]:
    """Run options (all of the case by default) in all its years, ``none`` always among them.

    Raises
    ------
    ValidationError
        If a demand file is missing, or was made from other inputs than the case has now.
    ConvergenceError
        If an equilibrium does not reach its gap.
    """
    with Runner(case, gap=gap, processes=processes, store=store, progress=progress) as runner:
        return option_runs(runner, options)


def option_runs(runner: "Runner", options: Iterable[str] = ()) -> dict[Key, Run]:
    """Do the same as ``run_options`` with a runner that may have solved some of them."""
    return option_takes(runner, [whole], options)[0]


def option_takes(
    runner: "Runner", whats: Sequence[Take[Any]], options: Iterable[str] = ()
) -> list[dict[Key, Any]]:
    """Solve the same once and keep several things of each, as ``Runner.take_each``."""
    case = runner.case
    wanted = [NONE, *(option for option in (options or case.option_ids) if option != NONE)]
    keys = [(option, year) for year in case.years for option in wanted]
    variants = {key: Variant(key[1], () if key[0] == NONE else (key[0],)) for key in keys}
    taken = runner.take_each(variants.values(), whats)
    return [{key: each[variant] for key, variant in variants.items()} for each in taken]


class Runner:
    """Solves variants, each once, on as many processes as there are cores or on a cluster.

    Variants start from the routes of their base (``Variant.start``), and bases of other worlds from
    the central one of the year: that is faster, and the difference between two of them carries less
    of what the gap leaves open. The results do not depend on the workers: each equilibrium is one
    task on one thread. Nor do they depend on the store, which has them to the last bit.

    Parameters
    ----------
    case
        Its demand files must be there and made from its present inputs.
    gap
        Relative gap of every equilibrium.
    processes
        Worker processes; as many as cores by default, 1 runs in this process.
    cluster
        ``tcp://host:port`` of a Dask scheduler, or ``local``: see ``workers.open_workers``.
    store
        Where solved variants are kept and looked for; nothing is by default.
    progress
        Called with equilibria solved, equilibria asked for so far, and the name of the last one.

    Raises
    ------
    ValidationError
        If a demand file is missing, or was made from other inputs than the case has now.

    Examples
    --------
    >>> from transitplan.scenario.read import read_case
    >>> case = read_case("networks/two_banks")
    >>> with Runner(case, processes=1) as runner:
    ...     found = runner.take([Variant(2025), Variant(2025, closed=("W",))], whole)
    >>> [run.name for run in found.values()]
    ['none 2025', 'none 2025, without W']
    """

    def __init__(
        self,
        case: Case,
        *,
        gap: float = DEFAULT_GAP,
        processes: int | None = None,
        cluster: str = "",
        store: Store | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Check the demand; processes start when the first variants are asked for."""
        found = demand_problems(case)
        if found:
            raise ValidationError(found)
        self.case, self._store, self._progress = case, store, progress
        self._workers = open_workers(processes, cluster)
        self._parcel: Shared[CaseParcel] | None = None
        self._empty(gap)

    def _empty(self, gap: float) -> None:
        """Begin with nothing solved."""
        self.gap = gap
        self.solved = 0  # equilibria, those of the store among them: for the record of the run
        self.loaded = 0  # those of the store
        self._stored = StoredVariants(self.case, gap, self._store)
        self._asked = 0
        self._bases: dict[Variant, Shared[KeptRun]] = {}
        self._taken: dict[tuple[Variant, str], Any] = {}

    def at_gap(self, gap: float) -> "Runner":
        """Return a runner of another gap with the same workers, which stay this one's to close."""
        other = copy(self)
        other._progress = None  # noqa: SLF001  its own kind
        other._empty(gap)  # noqa: SLF001
        return other

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Let the workers go."""
        self._workers.close(at_once=kind is not None)

    def take(
        self, variants: Iterable[Variant], what: Take[Taken], *, begun_from: bool = False
    ) -> dict[Variant, Taken]:
        """Solve variants and keep of each what the function takes from it.

        Parameters
        ----------
        what
            A function of a module, called where the variant is solved with the case and the run:
            ``whole`` keeps all. What was taken once by a function of that name is not asked for
            again.
        begun_from
            Whether other variants will start from these, so that they are held for it.

        Raises
        ------
        ConvergenceError
            If an equilibrium does not reach its gap.
        WorkersLostError
            If worker processes or the cluster are gone; what was solved is in the store.
        """
        wanted, name = list(dict.fromkeys(variants)), _called(what)
        due = [variant for variant in wanted if (variant, name) not in self._taken]
        self._take_due(due, what, name, begun_from=begun_from)
        return {variant: self._taken[variant, name] for variant in wanted}

    def take_each(
        self, variants: Iterable[Variant], whats: Sequence[Take[Any]]
    ) -> list[dict[Variant, Any]]:
        """As ``take`` for several functions, each variant being solved once for all of them.

        What is taken so is not asked for again by ``take`` either.
        """
        wanted, names = list(dict.fromkeys(variants)), [_called(what) for what in whats]
        due = [each for each in wanted if any((each, name) not in self._taken for name in names)]
        together = ", ".join(names)
        self._take_due(due, partial(_each, tuple(whats)), together)
        for variant in due:
            for name, taken in zip(names, self._taken.pop((variant, together)), strict=True):
                self._taken[variant, name] = taken
        return [{variant: self._taken[variant, name] for variant in wanted} for name in names]

    def _take_due(
        self, due: Sequence[Variant], what: Take[Any], name: str, *, begun_from: bool = False
    ) -> None:
        """Solve variants after what they start from."""
        for depth in sorted({variant.depth for variant in due}):
            mine = [variant for variant in due if variant.depth == depth]
            self._need(variant.start for variant in mine)
            self._keep(mine, what, name, begun_from=begun_from)

    def _need(self, starts: Iterable[Variant | None]) -> None:
        """Have variants at hand that others start from, and what they start from themselves."""
        missing = [each for each in dict.fromkeys(starts) if each and each not in self._bases]
        if not missing:
            return
        self._need(each.start for each in missing)
        solved = {each: self._stored.find(each) for each in missing}
        self._keep([each for each in missing if solved[each] is None], nothing, "", begun_from=True)
        for variant, kept in solved.items():
            if kept is not None:  # nothing is to be taken from it: no worker need look at it
                self._asked += 1
                self._hold(variant, kept)
                self._count(variant, loaded=True)

    def _keep(
        self, due: Sequence[Variant], what: Take[Any], name: str, *, begun_from: bool = False
    ) -> None:
        """Solve variants, or load them, and keep what is taken from them."""
        self._asked += len(due)
        loaded: dict[Variant, KeptRun] = {}
        jobs = (self._job(each, what, loaded, begun_from=begun_from) for each in due)
        for place, done in self._workers.map(work, jobs):
            variant = due[place]
            check_software(done.software)
            self._taken[variant, name] = done.taken
            kept = loaded.pop(variant, None)
            if kept is None and done.kept is not None:
                self._stored.put(variant, done.kept, done.seconds)
            if begun_from or variant == variant.base:
                self._hold(variant, kept or done.kept)
            self._count(variant, loaded=kept is not None)

    def _job(
        self,
        variant: Variant,
        what: Take[Any],
        loaded: dict[Variant, KeptRun],
        *,
        begun_from: bool,
    ) -> Job:
        """Return the task of a variant, with what it needs at hand where it runs."""
        if self._parcel is None:
            parcel = CaseParcel(self.case)
            self._parcel = Shared(parcel.name, parcel)
        shared: list[Shared[Any]] = [self._parcel]
        solved = self._stored.find(variant)
        if solved is not None:
            loaded[variant] = solved
        elif variant.start is not None:
            shared.append(self._bases[variant.start])
        wanted = begun_from or variant == variant.base or self._store is not None
        keep = wanted and solved is None
        task = Task(variant, self.gap, what, solved, keep, self._stored.trips(variant))
        return Job(task, shared, variant.name)

    def _hold(self, variant: Variant, kept: KeptRun | None) -> None:
        """Hold a run for those that start from it."""
        if kept is not None:
            self._bases[variant] = Shared(self._stored.key(variant), kept)

    def _count(self, variant: Variant, *, loaded: bool) -> None:
        """Count an equilibrium, and tell."""
        self.solved += 1
        self.loaded += loaded
        if self._progress is not None:
            self._progress(self.solved, self._asked, variant.name)


def _called(what: Take[Any]) -> str:
    """Name under which the runner keeps what a function takes."""
    return f"{what.__module__}.{what.__qualname__}"


def _each(whats: tuple[Take[Any], ...], case: Case, run: Run) -> list[Any]:
    return [what(case, run) for what in whats]
