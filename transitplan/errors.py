"""The errors that transitplan raises, one tree.

TransitplanError
├── ValidationError (ValueError)      input that breaks a rule; lists every problem
├── NotFoundError (LookupError)       an id, name or file that is not there
├── NoPathError (LookupError)         a single query whose destination cannot be reached
├── ConvergenceError (RuntimeError)   raised by ``assign(..., strict=True)`` when the gap is not met
├── WorkersLostError (RuntimeError)   worker processes died, or the cluster they belong to is gone
├── StoreError (OSError)              the run store cannot be written: full, read-only, too small
└── AccountingError (RuntimeError)    trips in and trips out do not agree: a fault, never a warning
"""

from collections.abc import Callable, Collection, Iterable
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any

ALIKE = 0.75  # how like a name must be to be proposed for a file
SHOWN = 5  # examples in a message before it says "and n more"


class TransitplanError(Exception):
    """Base of all errors raised on purpose by transitplan."""


class ValidationError(TransitplanError, ValueError):
    """Input that breaks a rule.

    Parameters
    ----------
    problems
        One sentence a problem: where, what, how many, what next.
    """

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class NotFoundError(TransitplanError, LookupError):
    """An id, a name or a file that is not there."""


class NoPathError(TransitplanError, LookupError):
    """No route joins the origin to the destination for this user class."""


class ConvergenceError(TransitplanError, RuntimeError):
    """The equilibrium did not reach the gap asked for."""


class WorkersLostError(TransitplanError, RuntimeError):
    """Worker processes died again and again, or the cluster they belong to is gone."""


class StoreError(TransitplanError, OSError):
    """The run store cannot be written, or a run not be read; what is in it stays as it is."""


class AccountingError(TransitplanError, RuntimeError):
    """Trips were lost or invented between two stages."""


def collect(found: list[str], read: Callable[[], Any]) -> Any:
    """Read one of several inputs; its problems join the others instead of hiding them."""
    try:
        return read()
    except ValidationError as error:
        found.extend(error.problems)
    except NotFoundError as error:
        found.append(str(error))
    return None


def listed(items: Collection[Any], most: int = SHOWN) -> str:
    """Name the first few for a message, and how many more there are.

    Examples
    --------
    >>> listed([3, 5, 8, 9], 2)
    '3, 5 and 2 more'
    """
    shown = ", ".join(str(each) for each in islice(items, most))
    return shown if len(items) <= most else f"{shown} and {len(items) - most} more"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Say how many there are, the noun in its number.

    Examples
    --------
    >>> counted(1, "card"), counted(3, "card"), counted(0, "class", "classes")
    ('1 card', '3 cards', '0 classes')
    """
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def likely(given: object, known: Iterable[Any]) -> str:
    """What was probably meant, as the end of a message; empty where nothing is near.

    Examples
    --------
    >>> "no crossing x15." + likely("x15", ["X14", "X15"])
    'no crossing x15. Did you mean X15?'
    >>> likely("bridge", ["2025", "2035"])
    ''
    """
    names = list(dict.fromkeys(str(each) for each in known))
    folded = {name.casefold(): name for name in reversed(names)}
    found = get_close_matches(str(given).casefold(), folded, n=1)
    return f" Did you mean {folded[found[0]]}?" if found else ""


def near(path: Path) -> str:
    """What stands beside a missing file or folder under a similar name; empty where nothing does.

    Where a folder above is missing, what stands beside that one.

    Examples
    --------
    >>> near(Path("networks/jinna"))
    'Did you mean networks/jinan?'
    >>> near(Path("networks/jinna/2025"))
    'Did you mean networks/jinan/2025?'
    """
    for above in (path, *path.parents):
        if above.exists() or not above.parent.is_dir():
            continue
        beside = sorted(each.name for each in above.parent.iterdir())
        for name in get_close_matches(above.name, beside, n=3, cutoff=ALIKE):
            meant = above.parent / name / path.relative_to(above)
            if meant.exists():
                return f"Did you mean {meant}?"
    return ""


def no_file(path: Path, hint: str = "") -> NotFoundError:
    """Return the error of a file that is not there: one of a similar name, and the hint."""
    told = (f"{path}: no such file.", near(path), hint)
    return NotFoundError(" ".join(part for part in told if part))
