"""Cards tried out on a network: what they break, and what the network is checked for after them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from transitplan.errors import NotFoundError, TransitplanError, ValidationError
from transitplan.inspection import Audit
from transitplan.model.network import Network
from transitplan.versions.apply import apply_cards
from transitplan.versions.cards import Card
from transitplan.versions.order import needs
from transitplan.versions.reading import card_files, read_card


@dataclass(frozen=True)
class CardCheck:
    """Cards that could be read, every problem, and what the network has only with them."""

    cards: tuple[Card, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    audit: Audit | None = None  # new findings; None where the cards were not applied


def check_cards(
    places: Sequence[Path],
    network: Network | None = None,
    audit: Callable[[Network], Audit] | None = None,
) -> CardCheck:
    """Read cards, apply them to a network that stays as it is, and check what it would become.

    Cards that can be read are applied even if others cannot, but for those that need them.

    Parameters
    ----------
    places
        Card files and folders of them.
    audit
        How networks are checked; only what the cards add to the findings is told.
    """
    cards, problems = _read(places)
    if network is None:
        return CardCheck(tuple(cards), tuple(problems))
    usable = _without_missing(cards) if problems else cards
    if not usable:
        return CardCheck(tuple(cards), tuple(problems))
    try:
        done = apply_cards(network, usable)
    except TransitplanError as error:
        problems += list(getattr(error, "problems", (str(error),)))
        return CardCheck(tuple(cards), tuple(problems))
    new = None if audit is None else audit(done.network).beyond(audit(network))
    return CardCheck(tuple(cards), tuple(problems), done.warnings, new)


def _read(places: Sequence[Path]) -> tuple[list[Card], list[str]]:
    cards, problems = [], []
    seen: dict[str, Path] = {}
    for place in places:
        for path in card_files([place]):
            try:
                card = read_card(path)
            except (ValidationError, NotFoundError) as error:
                problems += list(getattr(error, "problems", (str(error),)))
                continue
            if card.project in seen:
                other = seen[card.project]
                problems.append(
                    f"{path}: project {card.project!r} stands in {other} too. Rename one."
                )
                continue
            seen[card.project] = path
            cards.append(card)
    return cards, problems


def _without_missing(cards: Sequence[Card]) -> list[Card]:
    """Cards all of whose prerequisites could be read."""
    kept = list(cards)
    while True:
        names = {card.project for card in kept}
        whole = [
            card
            for card in kept
            if names.issuperset([*needs(card), *card.dependencies.corequisites])
        ]
        if len(whole) == len(kept):
            return whole
        kept = whole
