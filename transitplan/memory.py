"""Memory: how much this process may still take, and a clear refusal before it takes more."""

import re
from pathlib import Path

from transitplan.errors import ValidationError

UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
WORTH_ASKING = 2**28  # less is never refused: finding out takes longer than small work
PROC, GROUPS = Path("/proc"), Path("/sys/fs/cgroup")


def parse_size(text: str) -> int:
    """Bytes of a size such as ``4GB``, ``500 MB`` or ``1.5GiB``.

    Raises
    ------
    ValidationError
        If it is none.

    Examples
    --------
    >>> parse_size("1.5 GB")
    1500000000
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", text, re.IGNORECASE)
    unit = UNITS.get(found[2].upper()) if found else None
    if not found or unit is None or float(found[1]) == 0:
        raise ValidationError(
            f"memory: {text!r} is no size. Write a number above 0 and a unit, as 4GB or 500MB."
        )
    return int(float(found[1]) * unit)


def size_text(n_bytes: float) -> str:
    """Write a size for people.

    Examples
    --------
    >>> size_text(1_530_000_000), size_text(12_000_000)
    ('1.5 GB', '12 MB')
    """
    for name in ("TB", "GB"):
        if n_bytes >= UNITS[name]:
            return f"{n_bytes / UNITS[name]:.1f} {name}"
    name = "MB" if n_bytes >= UNITS["MB"] else "KB"
    return f"{n_bytes / UNITS[name]:.0f} {name}"


def free_bytes(proc: Path = PROC, groups: Path = GROUPS) -> int | None:
    """Memory that this process may still take; None where the system does not say.

    The least of what the machine has free and what the limits of its control groups (containers,
    batch queues) leave.
    """
    found = [_machine(proc), *_left_in_groups(proc, groups)]
    known = [each for each in found if each is not None]
    return max(min(known), 0) if known else None


def used_bytes(proc: Path = PROC) -> int:
    """Memory that this process holds now; 0 where the system does not say."""
    try:
        return _kilobytes(proc / "self" / "status", "VmRSS")
    except (OSError, KeyError):
        return 0


def check_memory(need: int, what: str, *, limit: int | None = None, advice: str = "") -> None:
    """Refuse work that would take more memory than there is.

    Parameters
    ----------
    need
        Bytes beyond what the process holds now.
    what
        Begins the message.
    limit
        Bytes that the whole process may hold, where that is less than the machine has.
    advice
        Ends the message.

    Raises
    ------
    ValidationError
        If it would.
    """
    if limit is not None and used_bytes() + need > limit:
        raise ValidationError(
            f"{what}: about {size_text(used_bytes() + need)} of memory are needed, and the limit "
            f"is {size_text(limit)}. {advice or 'Raise it.'}"
        )
    if need < WORTH_ASKING:
        return
    free = free_bytes()
    if free is not None and need > free:
        raise ValidationError(
            f"{what}: about {size_text(need)} of memory are needed, and {size_text(free)} are "
            f"free. {advice or 'Use a machine with more memory.'}"
        )


def _machine(proc: Path) -> int | None:
    """What the machine has free, caches that it would give up included."""
    try:
        return _kilobytes(proc / "meminfo", "MemAvailable")
    except (OSError, KeyError):
        return None


def _kilobytes(path: Path, name: str) -> int:
    rows = (line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
    return 1024 * int(dict(rows)[name].split()[0])


def _left_in_groups(proc: Path, groups: Path) -> list[int]:
    """What each control group above this process leaves of its limit (versions 2 and 1)."""
    try:
        lines = (proc / "self" / "cgroup").read_text().splitlines()
    except OSError:
        return []
    left = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, names = groups, ("memory.max", "memory.current")
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
            root = groups / "memory"
        else:
            continue
        folder = root / path.strip("/")
        for each in (folder, *folder.parents):
            if each == root.parent:
                break
            limit, used = (_number(each / name) for name in names)
            if limit is not None and used is not None:
                left.append(limit - used + _reclaimable(each / "memory.stat"))
    return left


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())  # "max" is no limit
    except (OSError, ValueError):
        return None


def _reclaimable(path: Path) -> int:
    """Files in memory that the group would give up first."""
    try:
        rows = dict(line.split() for line in path.read_text().splitlines())
    except (OSError, ValueError):
        return 0
    return int(rows.get("inactive_file", 0))
