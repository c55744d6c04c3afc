"""What every kind of workers does alike, and the data that tasks share."""

import pickle
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, Generic, NamedTuple, Self, TypeVar

KEPT = 8  # shared values that a process holds unpacked: a case, and a few that runs start from

Value = TypeVar("Value")


@dataclass(frozen=True, eq=False)
class Shared(Generic[Value]):
    """A value that many tasks need: pickled once, sent once to each worker process.

    Parameters
    ----------
    name
        Of its content: what has the same name is the same.
    value
        Handed to the function; in this process it is not copied.
    """

    name: str
    value: Value

    @cached_property
    def packed(self) -> bytes:
        """The value as it is sent."""
        return pickle.dumps(self.value, protocol=5)


class Job(NamedTuple):
    """One call: the task, the shared values that follow it, and what to call it in messages."""

    task: Any
    shared: Sequence[Shared[Any]]
    name: str


class Workers(ABC):
    """Something that runs functions on tasks.

    The answers depend on the tasks alone, not on which workers there are or how many.
    """

    count: int  # how many tasks may run at a time; of a cluster, when it was last looked at

    @abstractmethod
    def map(self, function: Callable[..., Any], jobs: Iterable[Job]) -> Iterator[tuple[int, Any]]:
        """Call ``function(task, *shared values)`` for each job.

        Jobs are taken from the iterator a few ahead of the workers, so that it may make them as
        they are needed. An error of a task is raised here and ends the work.

        Yields
        ------
        int, Any
            Place of a job and its answer, as they come.

        Raises
        ------
        WorkersLostError
            If the workers cannot go on.
        """

    @abstractmethod
    def close(self, *, at_once: bool = False) -> None:
        """Let the workers go; at once: also those that are at work."""

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Let the workers go, at once after an error."""
        self.close(at_once=kind is not None)


class Here(Workers):
    """In this process, one task after the other."""

    count = 1

    def map(self, function: Callable[..., Any], jobs: Iterable[Job]) -> Iterator[tuple[int, Any]]:
        """Call the function as the answers are asked for."""
        for place, job in enumerate(jobs):
            yield place, function(job.task, *(each.value for each in job.shared))

    def close(self, *, at_once: bool = False) -> None:
        """Do nothing."""


class Shelf:
    """Shared values of one worker process, those used last."""

    def __init__(self) -> None:
        """Begin empty."""
        self._values: OrderedDict[str, Any] = OrderedDict()
        self._lock = Lock()

    def value(self, name: str, packed: Callable[[], bytes]) -> Any:
        """Return a value, unpacked where it is not held."""
        with self._lock:
            if name not in self._values:
                self._values[name] = pickle.loads(packed())  # noqa: S301  our own client sent it
                while len(self._values) > KEPT:
                    self._values.popitem(last=False)
            self._values.move_to_end(name)
            return self._values[name]


SHELF = Shelf()  # of this process
