"""Grids of shaded cells: a calendar by month, a matrix of pairs; numbers stand in the cells."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from transitplan.viz.charts import picture, words_at
from transitplan.viz.labels import LINE_PX, broken_text, width_px
from transitplan.viz.palette import HAIRLINE, INK, MUTED
from transitplan.viz.text import Text, as_text

SHADES = ("#f6efd9", "#efd9a0", "#eda63a", "#dd5f1b", "#ab1527")  # light to dark, also in grey
DARK_FROM = 3  # shade from which words are white
PAGE_PX = 680.0  # as wide charts of the page
LABEL_PX = 210.0  # then a label is broken into lines


@dataclass(frozen=True)
class GridRow:
    """A named row of numbers; None stays empty."""

    name: Text
    values: Sequence[float | None]


def grid(
    head: Sequence[Text | str],
    rows: Sequence[GridRow],
    *,
    title: Text,
    write: Callable[[float], str],
    cell_px: float = 40.0,
) -> str:
    """Draw rows of cells, darker where the number is larger, on a scale of equal steps of √value.

    Parameters
    ----------
    write
        Writes the number of a cell; empty where it is too small to matter.
    """
    labels = [broken_text(row.name, LABEL_PX) for row in rows]
    widest = max(width_px(said) for label in labels for line in label for said in line.both)
    left, top = widest + 12, 22.0
    numbers = [value for row in rows for value in row.values if value is not None]
    largest = max((value for value in numbers if math.isfinite(value)), default=0.0)
    parts = [
        words_at(left + cell_px * (place + 0.5), top - 7, name, anchor="middle", style="small")
        for place, name in enumerate(head)
    ]
    y = top
    for row, label in zip(rows, labels, strict=True):
        high = max(22.0, LINE_PX * len(label) + 4)
        parts += _label(left - 8, y + high / 2, label)
        parts += [
            _cell(left + cell_px * place, y, (cell_px, high), value, largest, write)
            for place, value in enumerate(row.values)
        ]
        y += high
    # Never narrower than the page, which would draw the words larger.
    return picture(max(PAGE_PX, left + cell_px * len(head) + 2), y + 4, parts, title=title)


def _label(x: float, middle: float, label: Sequence[Text]) -> list[str]:
    """Lines that end at a place, around a height in both languages."""
    parts = []
    for side in (0, 1):
        lines = [line.both[side] for line in label if line.both[side]]
        first = middle + 4 - LINE_PX * (len(lines) - 1) / 2
        parts += [
            words_at(
                x,
                first + LINE_PX * row,
                Text(said, "") if side == 0 else Text("", said),
                anchor="end",
                style="small",
            )
            for row, said in enumerate(lines)
        ]
    return parts


def _cell(
    x: float,
    y: float,
    size: tuple[float, float],
    value: float | None,
    largest: float,
    write: Callable[[float], str],
) -> str:
    shape = f'x="{x:.1f}" y="{y:.1f}" width="{size[0]:.1f}" height="{size[1]:.1f}"'
    if value is None:
        return f'<rect {shape} fill="none" stroke="{HAIRLINE}" stroke-width="0.4"/>'
    shade = _shade(value, largest)
    fill = "none" if shade is None else SHADES[shade]
    box = f'<rect {shape} fill="{fill}" stroke="{HAIRLINE}" stroke-width="0.4"/>'
    ink = MUTED if shade is None else "#ffffff" if shade >= DARK_FROM else INK
    words = words_at(
        x + size[0] / 2, y + size[1] / 2 + 4, as_text(write(value)), anchor="middle", style="small"
    )
    return box + words.replace("<text ", f'<text style="fill:{ink};stroke:none" ')


def _shade(value: float, largest: float) -> int | None:
    """Shade of a value; None for nothing and less."""
    if value <= 0 or largest <= 0:
        return None
    if value >= largest:
        return len(SHADES) - 1
    return int(math.sqrt(value / largest) * len(SHADES))
