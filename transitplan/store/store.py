"""The store: runs found by their hash, put there once, listed, compared and tidied up."""

import os
import re
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transitplan.errors import NotFoundError, StoreError, likely, listed
from transitplan.store.collecting import DAMAGED, Collected, collect
from transitplan.store.comparing import Comparison, compare_runs
from transitplan.store.index import Index, Row, row_of
from transitplan.store.keys import LENGTH, run_key, software
from transitplan.store.run import (
    RECORD,
    DamagedError,
    StoredRun,
    check_files,
    described,
    manifest,
    read_run,
)
from transitplan.store.writing import write_folder

if TYPE_CHECKING:
    import pandas as pd

LIMIT = "TRANSITPLAN_STORE_LIMIT"
ROOM_LEFT = 0.9  # of the limit, so that not every run has to make room
KEY = re.compile(rf"[0-9a-f]{{{LENGTH}}}")
SHORT = 10  # digits of a key that are shown


class Store:
    """Finished runs, each a folder named by the hash of its inputs.

    A run is there whole or not at all, whatever ends its writer; any number of threads, processes
    and machines that share the folder may write at once. The folders are the truth, the index
    only repeats them.

    Parameters
    ----------
    folder
        Made when the first run is put there.
    most_bytes
        Before a run is put where it would pass this, those unused for the longest time go:
        equilibria first, jobs after them. None: no limit.

    Examples
    --------
    >>> import tempfile
    >>> store = Store(tempfile.mkdtemp())
    >>> inputs = {"network": "ab12", "gap": 1e-8}
    >>> key = run_key("equilibrium", inputs)
    >>> store.find(key) is None
    True
    >>> run = store.put(key, "equilibrium", inputs, {"note.txt": b"done"}, {"name": "none 2025"})
    >>> store.find(key).content("note.txt")
    b'done'
    """

    def __init__(self, folder: str | Path, *, most_bytes: int | None = None) -> None:
        """Write nothing yet."""
        self.folder = Path(folder)
        self.most_bytes = most_bytes
        self.found: set[str] = set()  # keys of runs that were asked for and there
        self._index = Index(self.folder)

    def __repr__(self) -> str:
        """Name the folder."""
        return f"Store({str(self.folder)!r})"

    def find(self, key: str) -> StoredRun | None:
        """Return a run with all its files as they were written; None if there is none.

        A damaged one is moved aside with a warning, and counts as absent.
        """
        folder = self.folder / key
        if not folder.is_dir():
            return None
        try:
            run = self._checked(folder)
        except DamagedError as error:
            self._move_aside(folder, error)
            return None
        with suppress(OSError):  # when it was last used; a read-only store does not know
            os.utime(folder / RECORD)
        self.found.add(key)
        return run

    def put(
        self,
        key: str,
        kind: str,
        inputs: Mapping[str, Any],
        files: Mapping[str, bytes],
        record: Mapping[str, Any],
    ) -> StoredRun:
        """Keep a run; where it is there already, that one stays.

        Parameters
        ----------
        files
            Content by file name; tables end in ``.parquet``.
        record
            Plain data: ``name``, ``case`` and ``seconds`` are shown in lists.

        Raises
        ------
        StoreError
            If the disk is full, the folder cannot be written, or the run is larger than the store
            may be.
        ValueError
            If the key is not that of the inputs, or a file has no plain name.
        """
        if key != run_key(kind, inputs):
            raise ValueError(f"{key} is not the key of these inputs")
        odd = [name for name in files if Path(name).name != name or name in {RECORD, "", ".."}]
        if odd:
            raise ValueError(f"files of a run have plain names, not {listed(odd)}")
        found = self.find(key)
        if found is not None:
            return found
        run = StoredRun(
            key=key,
            kind=kind,
            folder=self.folder / key,
            inputs=inputs,
            software=software(),
            record=record,
            files={name: described(content) for name, content in files.items()},
            written=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        text = manifest(run).encode()
        self._make_room(run.size)
        while not write_folder(run.folder, {**files, RECORD: text}):
            found = self.find(key)
            if found is not None:  # another writer was there first
                return found
            if run.folder.exists():
                raise StoreError(
                    f"{run.folder}: a damaged run that cannot be moved aside. Delete it."
                )
        self._index.add([row_of(run)])
        return replace(run, inputs=dict(inputs), record=dict(record))

    def get(self, name: str) -> StoredRun:
        """Return a run by its key or the first digits of it, as git does.

        Raises
        ------
        NotFoundError
            If there is none, several begin so, or it is damaged.
        """
        keys = sorted(self._keys())
        fits = [key for key in keys if key.startswith(name.lower())] if name else []
        if not fits:
            hint = likely(name, [key[: max(len(name), 4)] for key in keys])
            raise NotFoundError(
                f"{self.folder}: no run {name!r}.{hint} `transitplan runs list --all` tells all."
            )
        if len(fits) > 1:
            shown = listed([key[: max(SHORT, len(name) + 2)] for key in fits])
            raise NotFoundError(f"{name!r} begins {len(fits)} runs: {shown}. Write more digits.")
        run = self.find(fits[0])
        if run is None:
            raise NotFoundError(f"run {fits[0]} was damaged; it is made again when it is needed.")
        return run

    def runs(self) -> "pd.DataFrame":
        """Every run, the latest last.

        Returns
        -------
        DataFrame
            key, kind, name, case_folder, written (UTC), used (UTC, when last), seconds (of
            computing), bytes, version.
        """
        import pandas as pd  # here: who only finds and puts runs needs no tables

        rows = self._rows()
        frame = pd.DataFrame(rows, columns=list(Row._fields))
        frame["written"] = pd.to_datetime(frame["written"], utc=True)
        used = [self._used(row.key) for row in rows]
        frame["used"] = pd.to_datetime(pd.Series(used, dtype="float64"), unit="s", utc=True)
        columns = ["key", "kind", "name", "case_folder", "written", "used", "seconds", "bytes"]
        ordered = frame.sort_values(["written", "key"], ignore_index=True)
        return ordered[[*columns, "version"]]

    def rebuild(self) -> None:
        """Make the index again from the folders."""
        if self.folder.is_dir():
            self._index.remove()
            self._rows()

    def gc(
        self,
        *,
        older_than: timedelta | None = None,
        keep: int | None = None,
        most_bytes: int | None = None,
        dry: bool = False,
    ) -> Collected:
        """Remove runs, and always what dead writers left and what was damaged.

        A folder that is being written is never touched.

        Parameters
        ----------
        older_than
            Remove runs that were not used for so long.
        keep
            Of each kind, keep this many that were used last.
        most_bytes
            Remove those unused for the longest time until the rest fits; the limit of the store if
            None.
        dry
            Only tell.
        """
        limit = self.most_bytes if most_bytes is None else most_bytes
        return collect(self, older_than=older_than, keep=keep, most_bytes=limit, dry=dry)

    def compare(self, one: str, other: str) -> Comparison:
        """Hold two runs against each other: inputs, software, and every table.

        Raises
        ------
        NotFoundError
            If there is no such run.
        """
        return compare_runs(self.get(one), self.get(other))

    def _checked(self, folder: Path) -> StoredRun:
        run = read_run(folder)
        check_files(run)
        return run

    def _keys(self) -> set[str]:
        try:
            return {entry.name for entry in os.scandir(self.folder) if KEY.fullmatch(entry.name)}
        except FileNotFoundError:
            return set()

    def _rows(self) -> list[Row]:
        """What the folders hold; what the index knows already is not read again."""
        keys = self._keys()
        if not keys:
            return []
        known = {row.key: row for row in self._index.rows() or []}
        fresh = [row for row in map(self._read_row, sorted(keys - set(known))) if row is not None]
        gone = set(known) - keys
        if fresh:
            self._index.add(fresh)
        if gone:
            self._index.drop(gone)
        return [row for key, row in known.items() if key in keys] + fresh

    def _read_row(self, key: str) -> Row | None:
        try:
            return row_of(read_run(self.folder / key))
        except DamagedError as error:
            self._move_aside(self.folder / key, error)
            return None

    def _used(self, key: str) -> float:
        try:
            return (self.folder / key / RECORD).stat().st_mtime
        except OSError:  # removed meanwhile
            return 0.0

    def _move_aside(self, folder: Path, error: DamagedError) -> None:
        """Take a damaged run away; one that another process mended meanwhile stays."""
        if not folder.is_dir():
            return
        aside = self.folder / DAMAGED / f"{folder.name}-{os.getpid()}-{os.urandom(4).hex()}"
        said = f"moved to {aside.parent}"
        try:
            aside.parent.mkdir(exist_ok=True)
            folder.rename(aside)
        except FileNotFoundError:  # another process was faster
            return
        except OSError:
            said = "it cannot be moved aside"
        if aside.exists() and self._whole_after_all(aside, folder):
            return
        warnings.warn(
            f"{folder}: a damaged run ({error}), {said}; it counts as absent.", stacklevel=3
        )

    def _whole_after_all(self, aside: Path, folder: Path) -> bool:
        """Put a run back that was damaged when it was read and whole when it was moved."""
        try:
            self._checked(aside)
        except DamagedError:
            return False
        with suppress(OSError):
            aside.rename(folder)
        return True

    def _make_room(self, size: int) -> None:
        """Let runs go that were not used for long, where the store would grow too large."""
        if self.most_bytes is None:
            return
        if size > self.most_bytes:
            raise StoreError(
                f"{self.folder}: a run of {size:,} bytes is more than the whole store may hold "
                f"({self.most_bytes:,}). Raise {LIMIT}, or keep nothing (--no-store)."
            )
        total = self._index.total()
        if total is None:
            total = sum(row.bytes for row in self._rows())
        if total + size > self.most_bytes:
            collect(self, most_bytes=int(ROOM_LEFT * (self.most_bytes - size)))
