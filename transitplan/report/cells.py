"""Cells of the tables: rounded numbers that keep the exact ones on hover."""

import math
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from transitplan.viz.text import (
    NOTHING,
    Text,
    exact,
    finite,
    hover,
    in_one_unit,
    minutes,
    money,
    number,
    people,
    plain,
    rounded,
    saving,
)

SIDE_BY_SIDE = Markup('<span class="by"> / </span>')


Cell = Markup | Text | str


def money_cell(value: object, unit: str = "CNY") -> Markup:
    """Money, rounded; exact on hover."""
    return hover(money(value), value, unit)


def people_cell(value: object, unit: str) -> Markup:
    """Persons, jobs or vehicles, rounded; exact on hover."""
    return hover(people(value), value, unit)


def minutes_cell(value: object) -> Markup:
    """Minutes, rounded; exact on hover."""
    return hover(minutes(value), value, "min")


def number_cell(value: object, digits: int = 2, unit: str = "") -> Markup:
    """Any number to some digits; exact on hover."""
    return hover(number(value, digits), value, unit)


def ratio_cell(value: object) -> Markup:
    """A ratio to two decimals; exact on hover."""
    known = finite(value)
    return hover(NOTHING if known is None else plain(known, 2), value)


def saving_cell(value: object) -> Markup:
    """Minutes saved to a tenth; what rounds to nothing steps back."""
    shown = saving(value)
    if shown == "0":
        return Markup('<span class="n none" title="{}">0</span>').format(exact(value, "min"))
    return hover(shown, value, "min")


def opens(cell: Cell, panel: str) -> Markup:
    """Lead from a cell to the panel that explains it."""
    return Markup('<a class="why" href="#{}">{}</a>').format(panel, cell)


def money_grid(
    rows: Sequence[Sequence[object]], exact_unit: str = "CNY/year", *, exact_last: int = 0
) -> tuple[Text, list[list[Cell]]]:
    """Money of a whole table in one unit, which its title names; exact on hover.

    exact_last
        Keep exact numbers only in so many last columns, for the size of the page; 0: in all.
    """
    flat = [value for row in rows for value in row if finite(value) is not None]
    found = in_one_unit(flat, digits=3) if flat else None
    if found is None:
        return Text("CNY", "元"), [[NOTHING for _ in row] for row in rows]
    shown, unit = found
    waiting = iter(shown)
    return Text(unit.en.strip(), unit.zh.strip()), [
        [
            NOTHING
            if finite(value) is None
            else hover(next(waiting), value, exact_unit)
            if at >= len(row) - (exact_last or len(row))
            else next(waiting)
            for at, value in enumerate(row)
        ]
        for row in rows
    ]


def both(left: Cell, right: Cell) -> Markup:
    """Two numbers in one cell, bridge and tunnel or free and peak."""
    return SIDE_BY_SIDE.join([left, right])


def value_with_range(facts: Any) -> Text:
    """Net value and its 5–95 % range in one unit: 1.2 (−0.4 to 2.9) bn CNY."""
    values = [facts[name] for name in ("npv_cny", "npv_p05_cny", "npv_p95_cny")]
    found = in_one_unit(values, digits=_digits(values))
    if found is None:
        return money(facts["npv_cny"])
    (middle, low, high), unit = found
    return Text(
        f"{middle.en} ({low.en} to {high.en}){unit.en}",
        f"{middle.zh}（{low.zh} 至 {high.zh}）{unit.zh.strip()}",
    )


def _digits(values: Sequence[object]) -> int:
    """One digit more where the first value, said with two elsewhere, would lose its second."""
    known = [abs(value) for value in map(finite, values) if value]
    if len(known) < len(values):
        return 2
    first, largest = (math.floor(math.log10(rounded(each))) for each in (known[0], max(known)))
    return 2 if first == largest else 3


def text_cell(value: object) -> str:
    """Words as they are; nothing where they are empty."""
    return (
        "" if value is None or (isinstance(value, float) and finite(value) is None) else str(value)
    )
