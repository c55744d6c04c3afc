"""Apply cards to a network: all of them, or none and every problem that was found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.errors import TransitplanError, ValidationError
from transitplan.model.network import Network
from transitplan.versions.cards import Card
from transitplan.versions.changes import APPLY, Step, Touch
from transitplan.versions.draft import Draft
from transitplan.versions.order import before, in_order

REPORT = ("project", "change", "kind", "selected", "table", "n", "ids", "property", "old", "new")
TOUCHED = ("project", "file", "table", "id", "property", "old", "new")


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
    _touches: tuple[Touch, ...] = ()

    def touched(self) -> pd.DataFrame:
        """Every row of the network that a card touched, in the order of application.

        Returns
        -------
        pandas.DataFrame
            project, file (of the card; empty where it was made in a program), table, id, property
            (empty where the row was added, deleted or closed), old and new value, in the units of
            the model's columns.

        Examples
        --------
        >>> from transitplan.model.cases import braess
        >>> from transitplan.versions.reading import card_from
        >>> change = {"roadway_deletion": {"links": {"model_link_id": 5}}}
        >>> done = apply_cards(braess()[0], [card_from({"project": "close", **change})])
        >>> done.touched()[["project", "table", "id", "new"]].to_numpy().tolist()
        [['close', 'link', 5, 'deleted']]
        """
        parts = [_rows(each) for each in self._touches]
        columns = list(TOUCHED)
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


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
    if not cards:
        return Applied(network, (), pd.DataFrame(columns=list(REPORT)), ())
    ordered = in_order(cards, applied=applied)
    after = before(ordered)
    draft = Draft(network)
    found: list[str] = []
    rows: list[tuple[Any, ...]] = []
    warnings: list[str] = []
    history: list[str] = []
    touches: list[Touch] = []
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
            same = _unchanged(step)
            if same:
                step.warnings.append(
                    f"change {number + 1} ({change.kind}) changes nothing: {same} already. Correct "
                    "it, or take it out."
                )
            touches += step.touches
            warnings += [f"project {card.project!r}: {text}" for text in step.warnings]
        history.append(f"card {card.project}" + (f": {card.notes}" if card.notes else ""))
    if found:
        raise ValidationError(found)
    report = pd.DataFrame(rows, columns=list(REPORT))
    return Applied(draft.finish(history), tuple(ordered), report, tuple(warnings), tuple(touches))


def _unchanged(step: Step) -> str:
    """What a change found as it would have it, where that is all it does; else empty."""
    told = [dict(zip(REPORT, row, strict=True)) for row in step.rows]
    if not told or not all(row["property"] and str(row["old"]) == str(row["new"]) for row in told):
        return ""
    return ", ".join(f"{row['property']} of {row['ids']} is {row['new']}" for row in told)


def _rows(touch: Touch) -> pd.DataFrame:
    """One row for each id; values are kept as they are, whatever their types."""
    ids = pd.Index(touch.ids, dtype=object)
    cells = {
        "project": touch.card.project,
        "file": str(touch.card.source_file or ""),
        "table": touch.table,
        "id": ids,
        "property": touch.column,
        "old": _each(touch.old, len(ids)),
        "new": _each(touch.new, len(ids)),
    }
    return pd.DataFrame(cells, index=range(len(ids)), columns=list(TOUCHED))


def _each(values: Any, count: int) -> "pd.Series[Any]":
    many = list(values) if isinstance(values, list | np.ndarray | pd.Series) else [values] * count
    return pd.Series(many, dtype=object)
