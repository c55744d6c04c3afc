"""The index of a store: what a list of runs needs, in SQLite.

It only repeats what the folders say, so that it may be lost at any time: one that is absent or
corrupt is made again, and where it cannot be written a list reads the folders.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

from transitplan.store.run import StoredRun

try:
    import fcntl
except ImportError:  # Windows does not delete files that are open: no lock is needed there
    fcntl = None  # type: ignore[assignment]

NAME = "index.sqlite"
LOCK = ".index.lock"
WAIT_S = 30.0  # for another process that writes
TABLE = """CREATE TABLE IF NOT EXISTS runs (
    key TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, case_folder TEXT NOT NULL,
    written TEXT NOT NULL, seconds REAL, bytes INTEGER NOT NULL, version TEXT NOT NULL
) WITHOUT ROWID"""
# What SQLite says of a file that is no database, a damaged one, or one of another make.
CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}

Found = TypeVar("Found")


class Row(NamedTuple):
    """A run in the list."""

    key: str
    kind: str
    name: str
    case_folder: str
    written: str
    seconds: float | None
    bytes: int
    version: str


def row_of(run: StoredRun) -> Row:
    """What the list says of a run."""
    seconds = run.record.get("seconds")
    return Row(
        key=run.key,
        kind=run.kind,
        name=str(run.record.get("name", "")),
        case_folder=str(run.record.get("case", "")),
        written=run.written,
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
        bytes=run.size,
        version=str(run.software.get("transitplan", "")),
    )


class Index:
    """The index of a folder of runs; every method returns None where there can be no index."""

    def __init__(self, folder: Path) -> None:
        """Open nothing yet."""
        self._folder = folder
        self._path = folder / NAME

    def add(self, rows: Iterable[Row]) -> None:
        """Add runs, or what is said of them now."""
        marks = ", ".join("?" * len(Row._fields))
        query = f"INSERT OR REPLACE INTO runs VALUES ({marks})"  # noqa: S608  question marks
        listed = list(rows)
        self._use(lambda base: base.executemany(query, listed))

    def drop(self, keys: Iterable[str]) -> None:
        """Leave runs out that are no more."""
        listed = [(key,) for key in keys]
        self._use(lambda base: base.executemany("DELETE FROM runs WHERE key = ?", listed))

    def rows(self) -> list[Row] | None:
        """Every run of the index."""
        fields = ", ".join(Row._fields)
        query = f"SELECT {fields} FROM runs"  # noqa: S608  names of our own
        return self._use(lambda base: [Row(*row) for row in base.execute(query)])

    def total(self) -> int | None:
        """Bytes of all runs."""
        query = "SELECT coalesce(sum(bytes), 0) FROM runs"
        return self._use(lambda base: int(base.execute(query).fetchone()[0]))

    def remove(self) -> None:
        """Delete the index once nobody has it open."""
        with suppress(OSError), self._held(alone=True):
            for name in (NAME, f"{NAME}-wal", f"{NAME}-shm"):
                (self._folder / name).unlink(missing_ok=True)

    def _use(self, work: Callable[[sqlite3.Connection], Found]) -> Found | None:
        """Do something with the index, made anew where it is corrupt."""
        for last in (False, True):
            try:
                with self._held(), closing(self._open()) as base, base:
                    return work(base)
            except sqlite3.DatabaseError as error:
                code = getattr(error, "sqlite_errorcode", None)
                if last or (code is not None and code & 0xFF not in CORRUPT):
                    return None
                self.remove()
            except OSError:  # a folder that is read-only
                return None
        return None

    def _open(self) -> sqlite3.Connection:
        base = sqlite3.connect(self._path, timeout=WAIT_S)
        try:
            base.execute("PRAGMA journal_mode = WAL")
            base.execute("PRAGMA synchronous = OFF")  # a lost index is made again
            base.execute(TABLE)
        except BaseException:
            base.close()
            raise
        return base

    @contextmanager
    def _held(self, *, alone: bool = False) -> Iterator[None]:
        """Share the index, or have it alone: its files are deleted only when nobody uses them."""
        if fcntl is None:
            yield
            return
        handle = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            with suppress(OSError):  # a disk without locks
                fcntl.flock(handle, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            yield
        finally:
            os.close(handle)
