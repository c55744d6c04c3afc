"""One stored run: its record, its tables, and whether its files are what was written."""

import errno
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transitplan.errors import NotFoundError, StoreError, likely
from transitplan.store.keys import LENGTH, digest, key_of, plain_json

if TYPE_CHECKING:
    import pandas as pd

RECORD = "run.json"
SUFFIX = ".parquet"
ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR}
HARMED = {errno.EIO}  # a bad sector
SCHEMA = 1  # raised when a name of run.json changes its meaning or goes


class DamagedError(Exception):
    """A folder that is not a whole run; the text says why."""


@dataclass(frozen=True)
class StoredRun:
    """A finished run as the store has it.

    Parameters
    ----------
    key
        Hash of kind, inputs and software; the name of the folder.
    kind
        ``equilibrium``, or the job: ``assess``.
    inputs
        What the numbers depend on: hashes and settings.
    software
        What computed them.
    record
        What else is worth keeping: command, convergence, seconds.
    files
        Size in bytes and SHA-256 of each file.
    written
        When, in UTC.
    """

    key: str
    kind: str
    folder: Path
    inputs: Mapping[str, Any]
    software: Mapping[str, str]
    record: Mapping[str, Any]
    files: Mapping[str, Mapping[str, Any]]
    written: str

    @property
    def tables(self) -> list[str]:
        """Names of the tables."""
        return [name.removesuffix(SUFFIX) for name in self.files if name.endswith(SUFFIX)]

    @property
    def size(self) -> int:
        """Bytes of all files but the record."""
        return sum(int(each["bytes"]) for each in self.files.values())

    def table(self, name: str) -> "pd.DataFrame":
        """Read a table.

        Raises
        ------
        NotFoundError
            If the run has no such table.
        StoreError
            If the run was removed meanwhile.
        """
        from transitplan.io.parquet import read_parquet  # here: a list of runs reads no table

        if name not in self.tables:
            raise NotFoundError(f"run {self.key}: no table {name!r}.{likely(name, self.tables)}")
        try:
            return read_parquet(self.folder / f"{name}{SUFFIX}")
        except NotFoundError:
            raise self._gone() from None

    def content(self, name: str) -> bytes:
        """Read a file as it is.

        Raises
        ------
        NotFoundError
            If the run has no such file.
        StoreError
            If the run was removed meanwhile.
        """
        if name not in self.files:
            raise NotFoundError(f"run {self.key}: no file {name!r}.{likely(name, self.files)}")
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            raise self._gone() from None

    def _gone(self) -> StoreError:
        return StoreError(f"{self.folder}: the run was removed meanwhile. Start again.")


def manifest(run: StoredRun) -> str:
    """run.json of a run, with a digest of itself."""
    content = {
        "schema": SCHEMA,
        "key": run.key,
        "kind": run.kind,
        "inputs": run.inputs,
        "software": run.software,
        "record": run.record,
        "files": run.files,
        "written": run.written,
    }
    return plain_json({"digest": digest(content), **content}, indent=1) + "\n"


def described(content: bytes) -> dict[str, Any]:
    """Size and SHA-256 of a file."""
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def read_run(folder: Path) -> StoredRun:
    """Read the record of a run; its other files are not looked at.

    Raises
    ------
    DamagedError
        If there is none, or it is not the one that was written.
    StoreError
        If it may not be read, or not now.
    """
    try:
        found = json.loads((folder / RECORD).read_bytes())
        said = found.pop("digest")
        if said != digest(found):
            raise DamagedError(f"{RECORD} is not as it was written")
        run = StoredRun(
            key=found["key"],
            kind=found["kind"],
            folder=folder,
            inputs=found["inputs"],
            software=found["software"],
            record=found["record"],
            files=found["files"],
            written=found["written"],
        )
    except OSError as error:
        raise _unread(error, folder, RECORD) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DamagedError(f"{RECORD} is not a record of a run") from None
    if folder.name[:LENGTH] != run.key or run.key != key_of(run.kind, run.inputs, run.software):
        raise DamagedError("the folder's name is not the hash of its inputs")
    return run


def check_files(run: StoredRun) -> None:
    """Hold every file against its size and hash.

    Raises
    ------
    DamagedError
        If one is missing or differs.
    StoreError
        If one may not be read, or not now.
    """
    for name, said in run.files.items():
        path = run.folder / name
        try:
            size = path.stat().st_size
            if size != said["bytes"]:
                raise DamagedError(f"{name} has {size} of {said['bytes']} bytes")
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise _unread(error, run.folder, name) from None
        if found != said["sha256"]:
            raise DamagedError(f"{name} is not as it was written")


def _unread(error: OSError, folder: Path, name: str) -> Exception:
    """What a file that cannot be read says of its run: rights and open files are not damage."""
    if error.errno in HARMED:
        return DamagedError(f"{name} cannot be read ({error.strerror})")
    if error.errno in ABSENT:
        return DamagedError(f"{name} is missing")
    return StoreError(
        f"{folder / name}: cannot be read ({error.strerror or error}). The run is left as it is: "
        "make it readable, or name another folder (--store FOLDER)."
    )
