"""One writer at a time: whoever comes second is told at once, and disturbs nothing."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from transitplan.errors import ValidationError

try:
    import fcntl
except ImportError:  # Windows refuses to replace a file that is open
    fcntl = None  # type: ignore[assignment]


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Be the only process that writes what will stand under a name.

    The system lets the lock go when the process ends, however it ends.

    Raises
    ------
    ValidationError
        If another one writes it now.
    """
    if fcntl is None:
        yield
        return
    lock = path.with_name(f".lock-{path.name}")
    handle = _locked(lock, path)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)  # still locked: who waits for no one finds another file
        os.close(handle)


def _locked(lock: Path, path: Path) -> int:
    """Open a file and lock it; anew where the one before removes it between the two."""
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise ValidationError(
                f"{path}: another process is writing it. Wait for it, or name another file."
            ) from None
        except OSError:  # a disk without locks
            return handle
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), lock.stat()):
                return handle
        os.close(handle)
