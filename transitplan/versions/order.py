"""In which order cards are applied: prerequisites first, else as they were given."""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from transitplan.errors import ValidationError
from transitplan.versions.cards import Card


def in_order(cards: Sequence[Card], *, applied: Sequence[str] = ()) -> list[Card]:
    """Sort cards so that each comes after its prerequisites.

    Parameters
    ----------
    applied
        Projects that the network has already, for prerequisites and conflicts.

    Raises
    ------
    ValidationError
        If a prerequisite or corequisite is missing, a conflict is among them, a project stands
        twice, or prerequisites lead back to themselves.

    Examples
    --------
    >>> from transitplan.versions.reading import card_from
    >>> change = {"roadway_deletion": {"links": {"model_link_id": 1}}}
    >>> second = card_from(
    ...     {"project": "ramp", "dependencies": {"prerequisites": "bridge"}, **change}
    ... )
    >>> [card.project for card in in_order([second, card_from({"project": "bridge", **change})])]
    ['bridge', 'ramp']
    """
    by_name = {card.project: card for card in cards}
    found = _missing(cards, {*by_name, *applied})
    if len(by_name) < len(cards):
        every = [card.project for card in cards]
        twice = sorted({name for name in every if every.count(name) > 1})
        found += [f"project {name!r}: two cards have this name. Rename one." for name in twice]
    if found:
        raise ValidationError(found)
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for card in cards:
        sorter.add(card.project, *(each for each in needs(card) if each in by_name))
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        raise ValidationError(
            f"prerequisites go round in a circle: {circle}. Take one of them out."
        ) from None
    place = {card.project: i for i, card in enumerate(cards)}
    done: list[str] = []
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=place.__getitem__)
        done.append(ready.pop(0))  # the one that was given first
        sorter.done(done[-1])
    return [by_name[name] for name in done]


def needs(card: Card) -> list[str]:
    """Return the projects that must come before a card."""
    return card.dependencies.prerequisites


def before(cards: Sequence[Card]) -> dict[str, set[str]]:
    """All projects that each must come after, directly or by way of others; cards in order."""
    found: dict[str, set[str]] = {}
    for card in cards:
        direct = [name for name in needs(card) if name in found]
        found[card.project] = set(direct).union(*(found[name] for name in direct))
    return found


def _missing(cards: Sequence[Card], known: set[str]) -> list[str]:
    found = []
    for card in cards:
        wanted = card.dependencies
        found += [
            f"project {card.project!r} needs {name!r} {when}, which is not among the cards. Add "
            "its card."
            for names, when in ((wanted.prerequisites, "before it"), (wanted.corequisites, "too"))
            for name in names
            if name not in known
        ]
        found += [
            f"project {card.project!r} conflicts with {name!r}; both are among the cards. Leave "
            "one out."
            for name in wanted.conflicts
            if name in known
        ]
    return found
