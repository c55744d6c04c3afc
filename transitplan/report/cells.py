"""Tables of the page: columns, cells and where the numbers come from."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from transitplan.report.catalog import SHEETS
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
)

SIDE_BY_SIDE = Markup('<span class="by"> / </span>')
ROUNDS_TO_NOTHING = 0.05  # minutes, shown to a tenth
Cell = Markup | Text | str


@dataclass(frozen=True)
class Table:
    """A table of the page; the first column names the row, the others hold numbers or words."""

    title: Text
    head: Sequence[Text | str]
    rows: Sequence[Sequence[Cell]]
    sheet: str = ""  # of tables.xlsx, which holds the exact numbers
    made: Text | None = None  # how the numbers were made, where the sheet does not say it
    words: frozenset[int] = field(default_factory=frozenset)  # columns that hold text, not numbers
    folded: bool = False

    @property
    def source(self) -> Text:
        """Where the numbers come from."""
        facts = SHEETS.get(self.sheet)
        made = self.made or (facts.made if facts else None)
        parts_en = [made.en[:1].upper() + made.en[1:] + "."] if made else []
        parts_zh = [made.zh + "。"] if made else []
        if facts:
            parts_en.append(f"Exact numbers: tables.xlsx, sheet {self.sheet}.")
            parts_zh.append(f"精确数值：tables.xlsx，{self.sheet} 表。")
        return Text(" ".join(parts_en), "".join(parts_zh))


def money_cell(value: object, unit: str = "CNY") -> Markup:
    """Money, rounded; exact on hover."""
    return hover(money(value), value, unit)


def people_cell(value: object, unit: str) -> Markup:
    """Persons, jobs or vehicles, rounded; exact on hover."""
    return hover(people(value), value, unit)


def minutes_cell(value: object, decimals: int = 0) -> Markup:
    """Minutes, rounded; exact on hover."""
    return hover(minutes(value, decimals), value, "min")


def number_cell(value: object, digits: int = 2, unit: str = "") -> Markup:
    """Any number to some digits; exact on hover."""
    return hover(number(value, digits), value, unit)


def ratio_cell(value: object) -> Markup:
    """A ratio to two decimals; exact on hover."""
    known = finite(value)
    return hover(NOTHING if known is None else plain(known, 2), value)


def saving_cell(value: object) -> Markup:
    """Minutes saved to a tenth; what rounds to nothing steps back."""
    known = finite(value)
    if known is not None and abs(known) < ROUNDS_TO_NOTHING:
        return Markup('<span class="n none" title="{}">0</span>').format(exact(value, "min"))
    return minutes_cell(value, 1)


def money_grid(rows: Sequence[Sequence[object]]) -> tuple[Text, list[list[Cell]]]:
    """Money of a whole table in one unit, which its title names; exact on hover."""
    flat = [value for row in rows for value in row if finite(value) is not None]
    found = in_one_unit(flat, digits=3) if flat else None
    if found is None:
        return Text("CNY", "元"), [[NOTHING for _ in row] for row in rows]
    shown, unit = found
    waiting = iter(shown)
    return Text(unit.en.strip(), unit.zh.strip()), [
        [
            NOTHING if finite(value) is None else hover(next(waiting), value, "CNY/year")
            for value in row
        ]
        for row in rows
    ]


def both(left: Cell, right: Cell) -> Markup:
    """Two numbers in one cell, bridge and tunnel or free and peak."""
    return SIDE_BY_SIDE.join([left, right])
