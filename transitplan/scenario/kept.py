"""What workers are sent, and send back: a case, and solved runs."""

import hashlib
import pickle
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar

from transitplan.errors import ValidationError
from transitplan.scenario.case import Case
from transitplan.scenario.packing import pack_run, unpack_run
from transitplan.scenario.response import response_paths, response_version
from transitplan.scenario.solve import Run, solve_variant
from transitplan.scenario.variants import Variant, variant_demand, variant_network
from transitplan.store import software

Taken = TypeVar("Taken")
Take: TypeAlias = Callable[[Case, Run], Taken]


class CaseParcel:
    """A case on its way: as it is in this process, with the files that are read of it later.

    A worker needs no disk in common with whoever sent it, and no file of the case can change under
    it. Those files are the demand of each year and how it answers.
    """

    def __init__(self, case: Case) -> None:
        """Hold the case; files are read when it is sent."""
        self.case = case

    @cached_property
    def name(self) -> str:
        """Hash of what is sent."""
        return hashlib.sha256(pickle.dumps(self)).hexdigest()[:32]

    def __getstate__(self) -> dict[str, Any]:
        """Case and files by year."""
        years = {year: _files(self.case.demand_path(year)) for year in self.case.years}
        return {"case": self.case, "years": years}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Put the files into a folder that lasts as long as the parcel."""
        self._folder = tempfile.TemporaryDirectory(prefix="transitplan-case-")
        case, root = state["case"], Path(self._folder.name)
        years = {}
        for year, files in state["years"].items():
            demand = root / str(year) / case.demand_path(year).name
            for path, content in zip(_paths(demand), files, strict=True):
                if content is not None:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
            years[year] = case.years[year].model_copy(update={"demand": str(demand)})
        self.case = replace(case, years=years)


def _paths(demand: Path) -> list[Path]:
    """Files that stand for the demand of a year."""
    response = response_paths(demand)
    return [demand, response.shares, response.rules]


def _files(demand: Path) -> list[bytes | None]:
    return [path.read_bytes() if path.is_file() else None for path in _paths(demand)]


class KeptRun:
    """A solved run, packed when it is sent or stored, unpacked when it is needed."""

    def __init__(
        self,
        variant: Variant,
        run: Run | None = None,
        content: Mapping[str, bytes] | None = None,
    ) -> None:
        """Hold a run, or its packed form."""
        self.variant = variant
        self._run = run
        if content is not None:
            self.__dict__["content"] = content

    @cached_property
    def content(self) -> Mapping[str, bytes]:
        """Files of the run."""
        if self._run is None:
            raise ValueError("a kept run needs a run or its content")
        return pack_run(self._run)

    def run(self, case: Case) -> Run:
        """The run, with its assignment."""
        if self._run is None:
            network, demand = (
                variant_network(case, self.variant),
                variant_demand(case, self.variant),
            )
            self._run = unpack_run(self.content, self.variant, network, demand)
        return self._run

    def __getstate__(self) -> dict[str, Any]:
        """Variant and files: a run travels packed."""
        return {"variant": self.variant, "content": self.content}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Begin packed."""
        self.__init__(**state)  # type: ignore[misc]


def trips_version(case: Case, variant: Variant) -> tuple[str, str]:
    """Hashes of the demand of a variant's world, and of how it answers where it does."""
    answers = response_version(case, variant.year) if variant.response else ""
    return variant_demand(case, variant.base).version, answers


class Task(NamedTuple):
    """One variant, and what is wanted of it."""

    variant: Variant
    gap: float
    what: Take[Any]
    solved: KeptRun | None  # where it is known already
    keep: bool  # whether the run itself is wanted back
    trips: tuple[str, str]  # ``trips_version`` that the run is kept under


class Done(NamedTuple):
    """What came of a task."""

    taken: Any
    kept: KeptRun | None
    seconds: float
    software: Mapping[str, str]


def work(task: Task, parcel: CaseParcel, start: KeptRun | None = None) -> Done:
    """Solve a variant from the routes of another, or unpack it, and take what is wanted."""
    case, begun = parcel.case, time.perf_counter()
    if task.solved is not None:
        run = task.solved.run(case)
    else:
        found = None if start is None else start.run(case).found
        run, _ = solve_variant(case, task.variant, task.gap, found)
    _check_trips(case, task)
    seconds = time.perf_counter() - begun
    kept = KeptRun(task.variant, run) if task.keep else None
    return Done(task.what(case, run), kept, seconds, software())


def _check_trips(case: Case, task: Task) -> None:
    """Refuse a run of other trips than its key says: someone wrote the files meanwhile."""
    if trips_version(case, task.variant) != task.trips:
        raise ValidationError(
            f"{task.variant.name}: the demand files of {case.name} changed while it was being "
            "computed. Start again; what is in the run store is of the trips that it says."
        )
