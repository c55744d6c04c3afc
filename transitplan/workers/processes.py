"""Worker processes on this machine."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeAlias

from loky import ProcessPoolExecutor

from transitplan.errors import WorkersLostError
from transitplan.workers.face import SHELF, Here, Job, Shared, Workers

AHEAD = 2  # jobs a worker that wait in its queue, so that none is idle
TRIES = 3  # times in a row that workers may die before any of them ends a task
Placed: TypeAlias = tuple[int, Job]


class Processes(Workers):
    """Processes of this machine, started when they are first needed.

    When one dies, the tasks that were under way are run again; what is finished stays.
    """

    def __init__(self, count: int) -> None:
        """Start nothing yet."""
        self.count = count
        self._pool: ProcessPoolExecutor | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def map(self, function: Callable[..., Any], jobs: Iterable[Job]) -> Iterator[tuple[int, Any]]:
        """Call the function in the processes, in this one where there is a single job."""
        left: Iterator[Placed] = enumerate(jobs)
        first = list(islice(left, 2))
        if len(first) == 1:  # not worth processes
            yield from Here().map(function, [first[0][1]])
            return
        left, deaths = chain(first, left), 0
        while True:
            begun: dict[Future[Any], Placed] = {}
            try:
                for place, answer in self._run(function, left, begun):
                    deaths = 0
                    yield place, answer
            except BrokenProcessPool as error:
                deaths += 1
                self.close(at_once=True)
                if deaths == TRIES:
                    raise _dead(job for _, job in begun.values()) from error
                left = chain(list(begun.values()), left)
            else:
                return
            finally:
                for future in begun:
                    future.cancel()

    def _run(
        self,
        function: Callable[..., Any],
        left: Iterator[Placed],
        begun: dict[Future[Any], Placed],
    ) -> Iterator[tuple[int, Any]]:
        """Send jobs, hand on answers until a worker dies; ``begun`` are those under way."""
        if self._pool is None:
            # loky, unlike the standard library, starts workers from scripts without a main guard,
            # from notebooks and from standard input.
            folder = str(self._shared_folder())
            self._pool = ProcessPoolExecutor(
                self.count, initializer=_keep_files_in, initargs=(folder,)
            )
        pool = self._pool
        while True:
            for place, job in islice(left, (1 + AHEAD) * self.count - len(begun)):
                begun[self._submit(pool, function, job)] = place, job
            if not begun:
                return
            done = wait(begun, return_when=FIRST_COMPLETED).done
            for future in sorted(done, key=_is_broken):  # answers first
                answer = future.result()
                place, _ = begun.pop(future)
                yield place, answer

    def _submit(
        self, pool: ProcessPoolExecutor, function: Callable[..., Any], job: Job
    ) -> "Future[Any]":
        """Send a job; where a worker has just died, its answer is that error."""
        try:
            found: Future[Any] = pool.submit(_call, function, job.task, self._sent(job))
        except BrokenProcessPool as error:
            found = Future()
            found.set_exception(error)
        return found

    def _sent(self, job: Job) -> list[Path]:
        """Files from which workers take what a job shares with others."""
        return [_written(each, self._shared_folder()) for each in job.shared]

    def _shared_folder(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="transitplan-")
        return Path(self._folder.name)

    def close(self, *, at_once: bool = False) -> None:
        """End the processes and remove what they shared."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, kill_workers=at_once)
            self._pool = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _written(shared: Shared[Any], folder: Path) -> Path:
    path = folder / shared.name
    if not path.exists():
        path.write_bytes(shared.packed)
    return path


def _keep_files_in(folder: str) -> None:
    """Have temporary files of a worker go with what is shared, also when the worker is killed."""
    tempfile.tempdir = folder


def _call(function: Callable[..., Any], task: Any, shared: list[Path]) -> Any:
    return function(task, *(SHELF.value(path.name, path.read_bytes) for path in shared))


def _is_broken(future: "Future[Any]") -> bool:
    return isinstance(future.exception(), BrokenProcessPool)


def _dead(jobs: Iterable[Job]) -> WorkersLostError:
    names = ", ".join(job.name for job in jobs)
    return WorkersLostError(
        f"worker processes died {TRIES} times in a row while they had these tasks: {names}. Most "
        "often memory is short: use fewer with --processes. Equilibria that were finished are in "
        "the run store, if there is one, and are not solved again."
    )
