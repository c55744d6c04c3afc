"""Waivers: findings that somebody looked at and let stand, in ``check.toml``, with the reason."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from pydantic import Field

from transitplan.errors import ValidationError
from transitplan.io.toml import Strict, read_checked

FILE = "check.toml"
ALL = "all"


class Waiver(Strict):
    """Findings of a rule that are right as they are.

    ``says`` narrows it to findings whose text contains it (``cycle, walk``).
    """

    rule: str
    ids: tuple[int | str, ...] | str  # or "all"
    says: str = ""
    reason: str = Field(min_length=10)

    @property
    def items(self) -> tuple[str, ...]:
        """Return its ids as text; ``all`` is one of them."""
        return (ALL,) if isinstance(self.ids, str) else tuple(str(each) for each in self.ids)


class _File(Strict):
    waive: tuple[Waiver, ...] = ()


def read_waivers(folder: str | Path, known: Iterable[str]) -> tuple[Waiver, ...]:
    """Read the waivers of a network folder; none where it has no ``check.toml``.

    Raises
    ------
    ValidationError
        With every problem: no TOML, a rule that is not known, ids that are no list, no reason.
    """
    path = Path(folder) / FILE
    if not path.is_file():
        return ()
    made = read_checked(path, _File)
    found = unknown_rules([each.rule for each in made.waive], known)
    found += [
        f'ids {each.ids!r} of rule {each.rule} is neither a list nor "all". Write one.'
        for each in made.waive
        if isinstance(each.ids, str) and each.ids != ALL
    ]
    if found:
        raise ValidationError(f"{path}: {text}" for text in found)
    return made.waive


def unknown_rules(names: Sequence[str], known: Iterable[str]) -> list[str]:
    """Say which rules are not known, and which may be meant."""
    every = sorted(known)
    found = []
    for name in names:
        if name not in every:
            near = get_close_matches(name, every, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(every)}."
            found.append(f"no rule {name!r}. {hint}")
    return found
