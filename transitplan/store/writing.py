"""Folders that are whole or not there: written under another name, then renamed.

A writer holds a lock on its folder, which the system lets go when the process ends, however it
ends. So a left-over folder is told from one being written, by its lock and not by its age.
"""

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from transitplan.errors import StoreError

try:
    import fcntl
except ImportError:  # Windows has no such locks; left-over folders go by their age there
    fcntl = None  # type: ignore[assignment]

PART = ".part-"  # a folder being written
GONE = ".gone-"  # a folder being removed
DEAD_AFTER_S = 86_400.0  # where there are no locks
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def write_folder(target: Path, files: Mapping[str, bytes]) -> bool:
    """Write the files into a new folder; False if another writer was there first.

    Every file is on the disk before the folder takes its name, so that a folder of that name is
    whole even after the power has failed.

    Raises
    ------
    StoreError
        If the disk is full, or the folder cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _own_folder(target) as part:
            for name, content in files.items():
                _write(part / name, content)
            _settle(part)
            return _renamed(part, target)
    except OSError as error:
        raise _told(error, target.parent) from error


def remove_folder(folder: Path) -> None:
    """Remove a folder; one that is half removed never has its name."""
    gone = folder.with_name(f"{GONE}{folder.name}-{os.getpid()}-{time.monotonic_ns()}")
    with suppress(FileNotFoundError):  # another process removes it too
        folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def left_over(folder: Path, *, remove: bool = False) -> bool:
    """Tell whether the writer of a temporary folder is dead; if so, it may be removed at once.

    It loses its name under the lock: a writer that made it a moment ago then makes another.
    """
    handle = None
    try:
        handle = os.open(folder, os.O_RDONLY)
        # Whoever renamed it since it was listed has let its lock go, and is not dead.
        dead = _locked(handle) and os.path.samestat(os.fstat(handle), folder.stat())
    except FileNotFoundError:
        dead = False
    except OSError:  # a disk without locks; Windows, which opens no folders
        dead = _old(folder)
    try:
        if dead and remove:
            remove_folder(folder)
    finally:
        if handle is not None:
            os.close(handle)
    return dead


def _locked(handle: int) -> bool:
    """Take the lock of an open folder, if nobody has it."""
    if fcntl is None:
        raise OSError("no locks here")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _old(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime > DEAD_AFTER_S
    except OSError:
        return False


@contextmanager
def _own_folder(target: Path) -> Iterator[Path]:
    """A new folder beside the target, locked as long as it is written, gone if not renamed."""
    part, handle = _new_folder(target)
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)
        if handle is not None:
            os.close(handle)


def _new_folder(target: Path) -> tuple[Path, int | None]:
    """Make a folder and lock it; anew where someone tidies up between the two."""
    while True:
        part = Path(tempfile.mkdtemp(prefix=f"{PART}{target.name}-", dir=target.parent))
        if fcntl is None:
            return part, None
        with suppress(FileNotFoundError):
            handle = os.open(part, os.O_RDONLY)
            try:
                taken = _locked(handle)
            except OSError:  # a disk without locks
                taken = True
            if taken and part.is_dir():
                return part, handle
            os.close(handle)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    if fcntl is None:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _renamed(part: Path, target: Path) -> bool:
    """Give a folder its name, unless it is taken."""
    part.chmod(0o755)  # mkdtemp makes folders for this user alone
    try:
        part.rename(target)
    except OSError:
        if target.exists():
            return False
        raise
    _settle(target.parent)
    return True


def _told(error: OSError, store: Path) -> OSError:
    if error.errno in FULL:
        return StoreError(
            f"{store}: the disk of the run store is full ({error.strerror}). Every finished run is "
            "safe and the work goes on from there: make room (`transitplan runs gc --keep 20`), "
            "name another folder (--store FOLDER), or keep nothing (--no-store)."
        )
    if isinstance(error, StoreError):
        return error
    return StoreError(
        f"{store}: cannot write the run store ({error.strerror or error}). Name another folder "
        "(--store FOLDER, or TRANSITPLAN_STORE), or keep nothing (--no-store)."
    )
