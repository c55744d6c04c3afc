"""Whole jobs: what goes in, by hash; doing them; their tables in the run store."""

import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from os.path import normpath, relpath
from pathlib import Path
from typing import Any

import pandas as pd

from transitplan.appraisal.demand_record import record_folder
from transitplan.appraisal.programme_study import plan_programme
from transitplan.io.toml import read_toml
from transitplan.report.appraisal import appraise
from transitplan.report.assessment import DATA_SUFFIXES, assess, file_hash
from transitplan.report.parquet_tables import table_bytes, whole_tables
from transitplan.report.programme_record import TABLES as PROGRAMME_TABLES
from transitplan.report.programme_record import programme_record
from transitplan.report.run_record import run_record
from transitplan.scenario.case import Case
from transitplan.scenario.response import response_paths
from transitplan.scenario.run import Runner
from transitplan.store import Store, StoredRun, run_key
from transitplan.store.keys import plain_json
from transitplan.viz.plain import plain_data

REPORT = "report.json"  # the job's own record: the run.json or programme.json of its folder


@dataclass(frozen=True)
class Job:
    """A command on a case, with the options that its numbers depend on.

    Parameters
    ----------
    kind
        ``assess``, ``appraise`` or ``stage``.
    options
        Arguments of the function of that name, as JSON knows them; not what only decides where it
        is computed and how it is shown.
    """

    kind: str
    case: Case
    options: Mapping[str, Any]

    @cached_property
    def inputs(self) -> dict[str, Any]:
        """Hashes of everything that goes in, as the files were when this was first asked."""
        case = self.case
        versions = {year: case.version(year).network.version for year in case.years}
        return {
            "options": dict(self.options),
            "files": {name: file_hash(path) for name, path in sorted(case_files(case).items())},
            "networks": {str(year): version for year, version in versions.items()},
        }


@dataclass(frozen=True, eq=False)
class Done:
    """What a job found.

    Parameters
    ----------
    result
        ``Assessment``, ``Appraisal`` or ``Programme``.
    tables
        Every table of it, by name.
    report
        Its record for machines, as it stands beside the pages.
    seconds
        Of the wall clock.
    """

    job: Job
    result: Any
    tables: Mapping[str, pd.DataFrame]
    report: Mapping[str, Any]
    seconds: float


def do_job(job: Job, **how: Any) -> Done:
    """Do a job.

    Parameters
    ----------
    how
        Where it is computed and what is known already: ``processes``, ``cluster``, ``store``,
        ``progress``, as the functions take them.
    """
    job.inputs  # noqa: B018  hashed before the work: files may change during it
    begun = time.perf_counter()
    result, tables, report = JOBS[job.kind](job, how)
    return Done(job, result, tables, report, time.perf_counter() - begun)


def keep_job(done: Done, store: Store) -> StoredRun:
    """Put what a job found into the store, once.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    job = done.job
    files = job_files(done)
    convergence = done.tables.get("convergence")
    record = {
        "name": job.case.name,
        "case": str(job.case.folder.resolve()),
        "command": job.kind,
        "seconds": round(done.seconds, 2),
        "machine": {"system": platform.platform(), "cores": os.cpu_count()},
        "relative_gap": None if convergence is None else convergence["relative_gap"].max(),
        "equilibria": done.report.get("equilibria"),
    }
    key = run_key(job.kind, job.inputs)
    return store.put(key, job.kind, job.inputs, files, dict(plain_data(record)))


def job_files(done: Done) -> dict[str, bytes]:
    """Files of a job as the store keeps them: the same bytes for the same results."""
    text = plain_json(done.report, indent=1) + "\n"
    return {**table_bytes(done.tables), REPORT: text.encode()}


def case_files(case: Case) -> dict[str, Path]:
    """Every file that a job on a case may read, by its way from the case folder."""
    found = _data_in(case.folder)
    for path in _named(read_toml(case.folder / "case.toml"), case.folder):
        found += _data_in(path) if path.is_dir() else [path]  # wherever case.toml says they are
    found += record_folder(case).glob("*.csv")
    for year in case.years:
        beside = response_paths(case.demand_path(year))
        found += [case.demand_path(year), beside.shares, beside.rules]
    return {
        Path(relpath(path, case.folder)).as_posix(): Path(normpath(path))
        for path in found
        if path.is_file()
    }


def _data_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in DATA_SUFFIXES]


def _named(value: Any, folder: Path) -> Iterator[Path]:
    """Files and folders that a table of TOML names."""
    if isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _named(each, folder)
    elif isinstance(value, str) and value:
        with suppress(OSError):  # a text that no file could be called
            if (folder / value).exists():
                yield folder / value


def changed_files(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Tell which input files of a job changed, were added or are gone."""
    then, here = before.get("files", {}), now.get("files", {})
    for name in sorted({*then, *here}):
        if name not in here:
            yield f"{name} is gone"
        elif name not in then:
            yield f"{name} is new"
        elif then[name] != here[name]:
            yield f"{name} changed"
    for year, version in before.get("networks", {}).items():
        if here == then and now.get("networks", {}).get(year) != version:
            yield f"the network of {year} changed in a file outside the case folder"


Found = tuple[Any, dict[str, pd.DataFrame], dict[str, Any]]


def _assess(job: Job, how: Mapping[str, Any]) -> Found:
    found = assess(job.case, **job.options, **how)
    return found, whole_tables(found), run_record(found)


def _appraise(job: Job, how: Mapping[str, Any]) -> Found:
    found = appraise(job.case, **job.options, **how)
    tables = whole_tables(found.assessment, found.studies)
    return found, tables, run_record(found.assessment, found.studies)


def _stage(job: Job, how: Mapping[str, Any]) -> Found:
    options = dict(job.options)
    gap, budgets = options.pop("gap"), options.pop("budgets_cny")
    stages = {int(year): float(cny) for year, cny in budgets.items()}
    with Runner(job.case, gap=gap, **how) as runner:
        found = plan_programme(job.case, runner, budgets_cny=stages or None, **options)
    tables = {name: getattr(found, name) for name in PROGRAMME_TABLES}
    return found, tables, programme_record(found)


JOBS: dict[str, Callable[[Job, Mapping[str, Any]], Found]] = {
    "assess": _assess,
    "appraise": _appraise,
    "stage": _stage,
}
