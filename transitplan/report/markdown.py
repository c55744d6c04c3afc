"""A section of the report as Markdown, for pages that stand in a repository; charts stay out."""

import re
from collections.abc import Sequence

from markupsafe import Markup

from transitplan.report.cells import Cell
from transitplan.report.parts import Figure, Panel, Section, Table
from transitplan.viz.text import Text

_OTHER = {
    "en": re.compile(r'<span lang="zh-Hans">.*?</span>'),
    "zh": re.compile(r'<span lang="en">.*?</span>'),
}


def as_markdown(section: Section, *, language: str = "en") -> str:
    """Write a section's texts and tables; every table with where its numbers come from.

    Examples
    --------
    >>> table = Table(Text("Trips", "出行"), [Text("Mode", "方式"), "2025"], [["car", "5"]])
    >>> print(as_markdown(Section("x", Text("X", "甲"), Text("Of x.", "关于甲。"), [table])))
    # X
    <BLANKLINE>
    Of x.
    <BLANKLINE>
    ## Trips
    | Mode | 2025 |
    | --- | ---: |
    | car | 5 |
    <BLANKLINE>
    """
    parts = [f"# {said(section.title, language)}\n", f"{said(section.lead, language)}\n"]
    for part in section.parts:
        if isinstance(part, Table):
            parts.append(_table(part, language))
        elif isinstance(part, Text):
            parts.append(f"{said(part, language)}\n")
        elif not isinstance(part, Figure | Panel):
            parts.append("".join(f"* {said(each, language)}\n" for each in part))
    return "\n".join(parts)


def _table(table: Table, language: str) -> str:
    source = said(table.source, language)
    lines = [
        f"## {said(table.title, language)}",
        *([f"{source}\n"] if source else []),
        _row(table.head, language),
        _row(["---" if i in {0, *table.words} else "---:" for i in range(len(table.head))]),
        *(_row(row, language) for row in table.rows),
    ]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[Cell], language: str = "en") -> str:
    shown = [said(cell, language).replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(shown)} |"


def said(cell: Cell, language: str) -> str:
    """Words of a cell in one language, without marks."""
    if isinstance(cell, Text):
        return cell.en if language == "en" else cell.zh
    if isinstance(cell, Markup):
        return Markup(_OTHER[language].sub("", cell)).striptags()  # noqa: S704  our own words
    return cell
