"""Skims too large for memory: computed a block of origins at a time, and written at once."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from shutil import disk_usage
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from transitplan.errors import ValidationError
from transitplan.graph.road import RoadGraph
from transitplan.io.alone import alone
from transitplan.io.matrix_blocks import BlockWriter, Layout, Values, block_writer
from transitplan.kernels.sweeps import LANES
from transitplan.memory import check_memory, size_text, used_bytes
from transitplan.model.demand import UserClass
from transitplan.paths.search import Search
from transitplan.paths.skim import SkimPlan, plan_skim
from transitplan.store import check_software, software
from transitplan.workers import Job, Shared, open_workers

BLOCK_BYTES = 2**26  # of the numbers that are found at a time
DTYPES = ("float64", "float32")
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class SkimFile:
    """What was written."""

    path: Path
    zones: int
    fields: tuple[str, ...]
    dtype: str
    pairs_without_a_way: int
    zones_found_before: int  # by a run that was stopped, and not made again
    memory_bytes: int  # estimate made before the run: of the whole process
    file_bytes: int


class SkimSize(NamedTuple):
    """What a skim takes, estimated before the run."""

    n_zones: int
    n_fields: int
    dtype: str
    memory_bytes: int  # of the whole process, a block at a time
    whole_bytes: int  # of the matrices alone, were they in memory
    disk_bytes: int  # no less than the file will have

    def __str__(self) -> str:
        """One line."""
        pairs = f"{self.n_zones:,} zones, {self.n_fields} × {self.n_zones**2:,} {self.dtype}"
        return (
            f"{pairs} ({size_text(self.whole_bytes)}); memory about "
            f"{size_text(self.memory_bytes)}, on disk at most {size_text(self.disk_bytes)}"
        )


class Rows(NamedTuple):
    """A task: some origins of a search, as they will be written."""

    first: int
    end: int
    quantities: tuple[int, ...]  # of the search, the fields in order
    dtype: str
    threads: int | None


def skim_rows(task: Rows, search: Search) -> tuple[list[Values], int]:
    """Each field of some origins, (n_origins, n_zones), and how many pairs have no way."""
    found = search.rows(task.first, task.end, threads=task.threads)
    lost = int(np.isinf(found[0]).sum())
    return [found[row].astype(task.dtype, copy=False) for row in task.quantities], lost


def rows_elsewhere(task: Rows, search: Search) -> tuple[tuple[list[Values], int], dict[str, str]]:
    """As ``skim_rows``, and what software found them."""
    return skim_rows(task, search), software()


def write_skim(  # noqa: PLR0913  those of skim, and what a file needs
    roads: RoadGraph,
    path: str | Path,
    fields: Sequence[str] = ("time_s", "length_m"),
    *,
    use: str = "car",
    times_s: npt.ArrayLike | None = None,
    user_class: UserClass | None = None,
    dtype: str = "float64",
    memory: int | None = None,
    threads: int | None = None,
    cluster: str = "",
    before: Callable[[SkimSize], None] | None = None,
    progress: Told | None = None,
) -> SkimFile:
    """Write a skim between all zones to a file, a block of origins at a time.

    The numbers are those of ``skim``. Nothing stands under the name until all of it is written.

    Parameters
    ----------
    path
        ``.omx`` (a matrix a field), ``.parquet`` or ``.csv`` (one row a pair); without suffix a
        folder of Parquet files, which goes on where it was when the same run was stopped.
    fields, use, times_s, user_class, threads
        As in ``skim``. Where there is no way, the number is inf.
    dtype
        ``float64``, or ``float32``: half as large, and right to 7 digits.
    memory
        Bytes that the process may hold; by default what the machine and its limits have free.
    cluster
        Address of a Dask scheduler, as ``tcp://host:8786``, or ``local``: blocks are found by its
        workers, a thread each. The bytes of the file are the same.
    before
        Called with the estimate before the work begins.
    progress
        Called with the zones done and all zones.

    Raises
    ------
    ValidationError
        If memory or disk do not suffice, or another process writes the same file, before anything
        is written; as ``skim``.
    NotFoundError
        As ``skim``.

    Examples
    --------
    >>> import tempfile
    >>> from transitplan.graph import compile_road
    >>> from transitplan.model.cases import two_routes
    >>> network, demand = two_routes()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_skim(compile_road(network), Path(folder) / "times.omx", ["time_s"])
    >>> written.zones, written.pairs_without_a_way
    (2, 0)
    """
    path = Path(path)
    writer = block_writer(path)
    if dtype not in DTYPES:
        raise ValidationError(f"dtype: {dtype!r} was given. Use {' or '.join(DTYPES)}.")
    plan = plan_skim(roads, fields, use=use, times_s=times_s, user_class=user_class)
    layout = _layout(plan, dtype)
    size = _size(plan, layout, writer, threads)
    if before is not None:
        before(size)
    _check_room(path, size, writer, memory)
    path.parent.mkdir(parents=True, exist_ok=True)
    n_zones = len(plan.zone_ids)
    with alone(path), writer(path, layout) as file:
        missing = file.missing()
        found_before = n_zones - sum(end - first for first, end in missing)
        lost = file.lost_before()
        answers = _answers(plan, layout, missing, threads, cluster)
        for (first, end), (values, without) in zip(missing, answers, strict=True):
            file.write(first, values)
            lost += without
            if progress is not None:
                progress(end, n_zones)
    return SkimFile(
        path,
        n_zones,
        plan.fields,
        dtype,
        lost,
        found_before,
        size.memory_bytes,
        _bytes_of(path),
    )


def _answers(
    plan: SkimPlan,
    layout: Layout,
    missing: Sequence[tuple[int, int]],
    threads: int | None,
    cluster: str,
) -> Iterator[tuple[list[Values], int]]:
    """What ``skim_rows`` finds, block by block in order, here or on a cluster."""
    tasks = [Rows(first, end, plan.rows, layout.dtype, threads) for first, end in missing]
    if not cluster:
        yield from (skim_rows(task, plan.search) for task in tasks)
        return
    # Costs alone do not name a search: another turn may be banned, another way around be open.
    name = sha256("\n".join(sorted(layout.record.values())).encode()).hexdigest()
    shared = [Shared(name, plan.search)]
    jobs = (
        Job(task._replace(threads=threads or 1), shared, f"zones {task.first} to {task.end}")
        for task in tasks
    )
    with open_workers(cluster=cluster) as workers:
        early: dict[int, tuple[list[Values], int]] = {}  # what came before its turn
        turn = 0
        for place, (found, made_by) in workers.map(rows_elsewhere, jobs):
            check_software(made_by)
            early[place] = found
            while turn in early:
                yield early.pop(turn)
                turn += 1


def _layout(plan: SkimPlan, dtype: str) -> Layout:
    """Blocks of a size that depends on the matrices alone, so that the bytes do."""
    n_zones = len(plan.zone_ids)
    row_bytes = 8 * (1 + len(plan.search.fields)) * max(n_zones, 1)
    origins = max(BLOCK_BYTES // row_bytes // LANES, 1) * LANES
    digest = sha256()
    for numbers in (plan.search.cost, plan.search.fields, plan.search.origins):
        digest.update(numbers.tobytes())
    record = {
        "made_by": f"transitplan {version('transitplan')}",
        "network": plan.version,
        "use": plan.use,
        "costs": digest.hexdigest()[:16],
    }
    return Layout(plan.zone_ids, plan.fields, dtype, origins, record)


def _size(
    plan: SkimPlan, layout: Layout, writer: type[BlockWriter], threads: int | None
) -> SkimSize:
    """Estimate what the run takes, from the arrays that are at hand by now."""
    n_zones, n_fields = len(plan.zone_ids), len(plan.fields)
    pairs = min(layout.origins, n_zones) * n_zones
    numbers = 8 * (1 + len(plan.search.fields)) + n_fields * layout.number_bytes
    rooms = (threads or os.cpu_count() or 1) * plan.search.scratch_bytes
    return SkimSize(
        n_zones,
        n_fields,
        layout.dtype,
        used_bytes() + pairs * (numbers + writer.pair_bytes) + rooms,
        n_zones**2 * n_fields * layout.number_bytes,
        writer.bytes_at_most(layout),
    )


def _check_room(path: Path, size: SkimSize, writer: type[BlockWriter], memory: int | None) -> None:
    """Refuse what memory, or surely the disk, would not hold."""
    need = size.memory_bytes - used_bytes()
    check_memory(need, f"{path}: to write this skim", limit=memory)
    above = next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())
    free = disk_usage(above).free
    if writer.exact and size.disk_bytes > free:
        raise ValidationError(
            f"{path}: the file takes {size_text(size.disk_bytes)}, and {size_text(free)} are free "
            "there. Ask for fewer fields or float32, or name another disk."
        )


def _bytes_of(path: Path) -> int:
    files = [path] if path.is_file() else sorted(path.iterdir())
    return sum(each.stat().st_size for each in files)
