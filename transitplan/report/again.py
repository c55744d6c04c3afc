"""A stored run computed anew from its record, and held against what was stored."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transitplan.errors import NotFoundError, ValidationError
from transitplan.report.jobs import JOBS, Job, changed_files, do_job, keep_job
from transitplan.scenario.case import Case
from transitplan.scenario.read import read_case
from transitplan.scenario.run import Runner
from transitplan.scenario.solve import nothing
from transitplan.scenario.stored import KIND as EQUILIBRIUM
from transitplan.scenario.stored import StoredVariants, read_variant
from transitplan.store import Store, StoredRun
from transitplan.store.comparing import Comparison, compare_runs
from transitplan.store.keys import plain_json


@dataclass(frozen=True, eq=False)
class Again:
    """How a run was met the second time.

    Parameters
    ----------
    changed
        Input files that are no longer what they were; with any the run is not done again.
    comparison
        Stored against new, table by table; None where inputs changed.
    """

    run: StoredRun
    changed: tuple[str, ...]
    comparison: Comparison | None

    @property
    def equal(self) -> bool:
        """Whether every table came out the same."""
        return self.comparison is not None and self.comparison.equal


def reproduce(run: StoredRun, case: Path | None = None, **how: Any) -> Again:
    """Compute a stored run anew, taking nothing from the store, and compare every table.

    Parameters
    ----------
    case
        Folder of the case, where it is not where it was.
    how
        Where it is computed, as for ``do_job``.

    Raises
    ------
    NotFoundError
        If the case is no longer there.
    ValidationError
        If nobody knows how a run of this kind is made.
    """
    if run.kind not in (*JOBS, EQUILIBRIUM):
        raise ValidationError(
            f"run {run.key} is of the kind {run.kind!r}, which this release does not compute."
        )
    folder = Path(str(run.record["case"])) if case is None else case
    if case is None and not folder.is_dir():
        raise NotFoundError(
            f"{folder}: the case of run {run.key} is no longer there. Name it: --case FOLDER."
        )
    make = _Equilibrium if run.kind == EQUILIBRIUM else _OfJob
    found = make(run, read_case(folder))
    changed = tuple(found.changed())
    if changed:
        return Again(run, changed, None)
    with tempfile.TemporaryDirectory(prefix="transitplan-") as place:
        return Again(run, (), compare_runs(run, found.made(Store(place), how)))


class _OfJob:
    """A job, to be done again."""

    def __init__(self, run: StoredRun, case: Case) -> None:
        self._run = run
        self._job = Job(run.kind, case, dict(run.inputs["options"]))

    def changed(self) -> Iterator[str]:
        return changed_files(self._run.inputs, self._job.inputs)

    def made(self, store: Store, how: Mapping[str, Any]) -> StoredRun:
        return keep_job(do_job(self._job, **how), store)


class _Equilibrium:
    """An equilibrium, to be solved again after those that it starts from."""

    def __init__(self, run: StoredRun, case: Case) -> None:
        self._run, self._case = run, case
        self._variant = read_variant(run.record)

    def changed(self) -> Iterator[str]:
        """Tell which inputs differ; ``start`` is a key, which other software changes too."""
        now = self._stored(None).inputs(self._variant)
        for name, value in self._run.inputs.items():
            if name != "start" and plain_json(now.get(name)) != plain_json(value):
                yield f"{name} is not what it was"

    def made(self, store: Store, how: Mapping[str, Any]) -> StoredRun:
        gap = self._run.inputs["gap"]
        with Runner(self._case, gap=gap, store=store, **how) as runner:
            runner.take([self._variant], nothing)
        return store.get(self._stored(store).key(self._variant))

    def _stored(self, store: Store | None) -> StoredVariants:
        return StoredVariants(self._case, self._run.inputs["gap"], store)
