"""Apply cards to a network: all of them, or none and every problem that was found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from transitplan.errors import TransitplanError, ValidationError
from transitplan.model.network import Network
from transitplan.versions.cards import Card
from transitplan.versions.changes import APPLY, Step
from transitplan.versions.draft import Draft
from transitplan.versions.order import before, in_order

REPORT = ("project", "change", "kind", "selected", "table", "n", "ids", "property", "old", "new")


@dataclass(frozen=True, eq=False)
class Applied:
    """A network with cards applied, and what each of them touched.

    report
        project, change (its number in the card), kind, selected (the selection in words), table,
        n (rows touched), ids (the first of them), property, old, new
    """

    network: Network
    cards: tuple[Card, ...]  # in the order of application
    report: pd.DataFrame
    warnings: tuple[str, ...]


def apply_cards(
    network: Network,
    cards: Sequence[Card],
    *,
    applied: Sequence[str] = (),
    hour: str = "08:00",
) -> Applied:
    """Apply cards, prerequisites first; the network given stays as it is.

    Parameters
    ----------
    applied
        Projects that the network has already.
    hour
        Time of day that the network is of: what a card sets for a span of time holds if this hour
        lies in it.

    Raises
    ------
    ValidationError
        With every problem of every card, and nothing applied: a card that touches nothing, a value
        that is not the one expected, cards that contradict each other, rows that break a rule.

    Examples
    --------
    >>> from transitplan.model.cases import braess
    >>> from transitplan.versions.reading import card_from
    >>> network, _ = braess()
    >>> card = card_from(
    ...     {
    ...         "project": "widen",
    ...         "roadway_property_change": {
    ...             "facility": {"links": {"model_link_id": 3}},
    ...             "property_changes": {"lanes": {"change": 1}},
    ...         },
    ...     }
    ... )
    >>> wide = apply_cards(network, [card])
    >>> wide.network.links.set_index("link_id").loc[3, "lanes"]
    np.float64(2.0)
    """
    ordered = in_order(cards, applied=applied)
    after = before(ordered)
    draft = Draft(network)
    found: list[str] = []
    rows: list[tuple[Any, ...]] = []
    warnings: list[str] = []
    history: list[str] = []
    for card in ordered:
        for number, change in enumerate(card.changes):
            step = Step(draft, card, number, after[card.project], hour)
            try:
                APPLY[change.kind](step, change)
            except TransitplanError as error:
                where = f"project {card.project!r}, change {number + 1} ({change.kind})"
                problems = getattr(error, "problems", (str(error),))
                found += [f"{where}: {text}" for text in problems]
            rows += step.rows
            warnings += [f"project {card.project!r}: {text}" for text in step.warnings]
        history.append(f"card {card.project}" + (f": {card.notes}" if card.notes else ""))
    if found:
        raise ValidationError(found)
    report = pd.DataFrame(rows, columns=list(REPORT))
    return Applied(draft.finish(history), tuple(ordered), report, tuple(warnings))
