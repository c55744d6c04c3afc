"""What a page is made of: sections that hold tables, figures, lists."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from transitplan.report.catalog import SHEETS
from transitplan.report.cells import Cell
from transitplan.viz.text import Text


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
        if self.sheet:
            parts_en.append(f"Exact numbers: tables.xlsx, sheet {self.sheet}.")
            parts_zh.append(f"精确数值：tables.xlsx，{self.sheet} 表。")
        return Text(" ".join(parts_en), "".join(parts_zh))


@dataclass(frozen=True)
class Figure:
    """A chart with its title and a sentence on where it comes from."""

    title: Text
    svg: str
    source: Text
    half: bool = False  # two stand beside each other


@dataclass(frozen=True)
class Panel:
    """What a cell opens: closed until asked for, and left out on paper while it is closed."""

    id: str
    title: Text
    parts: Sequence[Table | Text | Markup]


@dataclass(frozen=True)
class Section:
    """A section of the page."""

    id: str
    title: Text
    lead: Text
    parts: Sequence[Table | Figure | Panel | Text | Sequence[Text]]
