"""A Dask cluster: at an address, or of processes on this machine."""

import logging
import os
import time
import uuid
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from typing import Any

from distributed import Client, Future, KilledWorker, LocalCluster, WorkerPlugin, get_worker, wait
from distributed.comm.core import CommClosedError

from transitplan.errors import NotFoundError, WorkersLostError
from transitplan.workers.face import SHELF, Job, Shared, Workers

ANSWERS_S = 15.0  # in which a scheduler answers, or there is none
WORKERS_S = 600.0  # in which workers must join a cluster that has none: they may wait in a queue
TOLD_S = 30.0  # in which it is not yet worth a word that there are none
LOOK_S = 1.0  # between two looks at a cluster from which nothing comes
AHEAD = 2  # jobs a worker that wait at the cluster, so that none is idle
RESUMES = (
    "Equilibria that were finished are in the run store, if there is one: the same command goes "
    "on from there."
)


class DaskWorkers(Workers):
    """Workers of a Dask cluster.

    The scheduler gives the task of a worker that dies to another one; where three died over it, the
    work ends. What tasks share goes once to each worker, to those that join later too.
    """

    def __init__(
        self, address: str = "", processes: int | None = None, *, workers_s: float = WORKERS_S
    ) -> None:
        """Connect to a cluster, or start one on this machine where no address is given."""
        self._local: LocalCluster | None = None
        self._workers_s = workers_s
        self._sent: dict[str, str] = {}  # names of shared values, and of what carried them
        if address:
            self._client = _connected(address)
        else:
            self._local = LocalCluster(
                n_workers=processes or os.cpu_count() or 1,
                threads_per_worker=1,
                processes=True,
                dashboard_address="127.0.0.1:0",  # of its web server; None means a fixed port
                scheduler_kwargs={"dashboard": False},
                silence_logs=logging.CRITICAL,
            )
            self._client = Client(self._local, set_as_default=False)
        self._address = self._client.scheduler.address
        self.count = self._threads()

    def map(self, function: Callable[..., Any], jobs: Iterable[Job]) -> Iterator[tuple[int, Any]]:
        """Call the function on the cluster."""
        begun: dict[Future, tuple[int, Job]] = {}
        left = enumerate(jobs)
        looked = -LOOK_S
        try:
            while True:
                if time.monotonic() - looked >= LOOK_S:  # workers come and go
                    with self._told_if_lost():
                        self.count, looked = self._threads(), time.monotonic()
                ahead = (1 + AHEAD) * max(self.count, 1)
                for place, job in islice(left, max(ahead - len(begun), 0)):
                    with self._told_if_lost():
                        begun[self._submit(function, job)] = place, job
                if not begun:
                    return
                with self._told_if_lost():
                    finished = self._finished(begun)
                for future in finished:
                    place, job = begun.pop(future)
                    yield place, self._answer(future, job)
                    future.release()
        finally:
            with suppress(Exception):  # the scheduler may be gone
                self._client.cancel(list(begun))

    def _threads(self) -> int:
        return sum(self._client.nthreads().values())

    @contextmanager
    def _told_if_lost(self) -> Iterator[None]:
        """Tell errors of the line as what they mean; errors of tasks and of jobs are others'."""
        try:
            yield
        except (CommClosedError, OSError) as error:
            raise self._lost() from error

    def _submit(self, function: Callable[..., Any], job: Job) -> Future:
        """Send a job, and before it what it shares."""
        for shared in job.shared:
            if shared.name not in self._sent:
                carrier = f"{shared.name} {uuid.uuid4().hex}"  # other clients take away their own
                self._client.register_plugin(Sent(carrier, shared))
                self._sent[shared.name] = carrier
        names = {shared.name: self._sent[shared.name] for shared in job.shared}
        key = f"{job.name} {uuid.uuid4().hex}"  # never an answer that the cluster still has
        return self._client.submit(_call, function, job.task, names, key=key, pure=False)

    def _finished(self, begun: Iterable[Future]) -> list[Future]:
        """Wait for answers; a cluster that stays without workers is given up."""
        alone_since, told = time.monotonic(), False
        while True:
            try:
                with self._client.as_current():
                    found = wait(list(begun), timeout=LOOK_S, return_when="FIRST_COMPLETED")
                return list(found.done)
            except TimeoutError:
                pass
            except CancelledError as error:
                raise self._lost() from error
            if self._client.status != "running":
                raise self._lost()
            now = time.monotonic()
            if self._threads():
                alone_since = now
            elif now - alone_since > self._workers_s:
                raise WorkersLostError(
                    f"no worker at {self._address} for {self._workers_s:g} s. Start some: dask "
                    f"worker {self._address}. {RESUMES}"
                )
            elif now - alone_since > TOLD_S and not told:
                told = True
                warnings.warn(
                    f"no worker at {self._address}: waiting for one, at most {self._workers_s:g} "
                    f"s. Start one: dask worker {self._address}",
                    stacklevel=2,
                )

    def _answer(self, future: Future, job: Job) -> Any:
        """What a task found, or its error; only what goes wrong on the way is the cluster's."""
        if future.status != "error":
            with self._told_if_lost():
                try:
                    return future.result(timeout=ANSWERS_S)
                except CancelledError as error:
                    raise self._lost() from error
        with self._told_if_lost():
            found = future.exception(timeout=ANSWERS_S)
        if isinstance(found, KilledWorker):
            raise WorkersLostError(
                f"{job.name}: the workers that had this task died, several times. Most often "
                f"memory is short: see the workers' logs. {RESUMES}"
            ) from found
        raise found

    def _lost(self) -> WorkersLostError:
        return WorkersLostError(
            f"the Dask scheduler at {self._address} is gone. Start it again. {RESUMES}"
        )

    def close(self, *, at_once: bool = False) -> None:
        """Disconnect; what was sent to the workers is dropped there."""
        del at_once
        if self._client.status == "running":
            for name in self._sent.values():
                with suppress(Exception):  # the scheduler may go at any time
                    self._client.unregister_worker_plugin(name)
        self._sent.clear()
        self._client.close(timeout=ANSWERS_S)
        if self._local is not None:
            self._local.close(timeout=ANSWERS_S)


class Sent(WorkerPlugin):  # type: ignore[misc]  # distributed has no types here
    """A shared value on its way to every worker, and there."""

    def __init__(self, name: str, shared: Shared[Any]) -> None:
        """Pack the value; the name is that under which it is sent."""
        self.name = name
        self._packed = shared.packed

    def setup(self, worker: Any) -> None:
        """Keep the value where tasks find it, packed until the first one asks."""
        _kept(worker)[self.name] = self._packed

    def teardown(self, worker: Any) -> None:
        """Drop the value."""
        _kept(worker).pop(self.name, None)


def _kept(worker: Any) -> dict[str, bytes]:
    """What a worker was sent."""
    if not hasattr(worker, "transitplan_sent"):
        worker.transitplan_sent = {}
    found: dict[str, bytes] = worker.transitplan_sent
    return found


def _call(function: Callable[..., Any], task: Any, names: dict[str, str]) -> Any:
    sent = _kept(get_worker())
    values = (SHELF.value(name, partial(sent.__getitem__, at)) for name, at in names.items())
    return function(task, *values)


def _connected(address: str) -> Client:
    try:
        return Client(address, timeout=ANSWERS_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise NotFoundError(
            f"{address}: no Dask scheduler answers there within {ANSWERS_S:g} s. Start one: dask "
            "scheduler"
        ) from error
