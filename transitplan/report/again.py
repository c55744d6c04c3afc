"""A stored job done anew from its record, and held against what was stored."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transitplan.errors import NotFoundError, ValidationError
from transitplan.report.jobs import JOBS, Job, changed_files, do_job, keep_job
from transitplan.scenario.read import read_case
from transitplan.store import Store, StoredRun
from transitplan.store.comparing import Comparison, compare_runs


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
    """Do a stored job anew, without the store, and compare every table.

    Parameters
    ----------
    case
        Folder of the case, where it is not where it was.
    how
        As for ``do_job``.

    Raises
    ------
    NotFoundError
        If the case is no longer there.
    ValidationError
        If the run is not a job, or was stored by a release with other options.
    """
    if run.kind not in JOBS:
        raise ValidationError(
            f"run {run.key} is one {run.kind}: only jobs ({', '.join(JOBS)}) are done again. "
            "`transitplan runs list` tells them."
        )
    folder = Path(str(run.record["case"])) if case is None else case
    if case is None and not folder.is_dir():
        raise NotFoundError(
            f"{folder}: the case of run {run.key} is no longer there. Name it: --case FOLDER."
        )
    job = Job(run.kind, read_case(folder), dict(run.inputs["options"]))
    changed = tuple(changed_files(run.inputs, job.inputs))
    if changed:
        return Again(run, changed, None)
    with _new_run(job, how) as made:
        return Again(run, (), compare_runs(run, made))


@contextmanager
def _new_run(job: Job, how: Mapping[str, Any]) -> Iterator[StoredRun]:
    """Do a job and keep it in a store of its own, as long as it is compared."""
    with tempfile.TemporaryDirectory(prefix="transitplan-") as folder:
        yield keep_job(do_job(job, **how), Store(folder))
