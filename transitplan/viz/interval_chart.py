"""Ranges of several options on one axis, as SVG whose text is text."""

from collections.abc import Sequence
from dataclasses import dataclass

from transitplan.viz.charts import ROW_PX, Scale, Unit, axis_line, beside, picture, words_at
from transitplan.viz.labels import broken_text, width_px
from transitplan.viz.palette import INK, MUTED
from transitplan.viz.text import Text

LONGEST_PX, RIGHT_PX, PLOT_PX = 330.0, 20.0, 430.0
SIDE_PX = 40.0  # room for half the words above the line at zero
TICK_PX = 6.0  # half the height of the upright at the middle


@dataclass(frozen=True)
class Interval:
    """A range and what lies in its middle; dashed where colour alone would not print."""

    name: Text
    low: float
    middle: float
    high: float
    colour: str
    dashed: bool = False


def intervals(rows: Sequence[Interval], *, unit: Unit, axis: Text, zero: Text) -> str:
    """Draw a line from low to high and an upright at the middle of each row, in their order.

    Parameters
    ----------
    zero
        What the line at zero stands for.
    """
    names = [max(width_px(row.name.en), width_px(row.name.zh)) for row in rows]
    left, top = min(LONGEST_PX, max(names, default=0.0)) + 10.0, 24.0
    width, bottom = left + PLOT_PX, top + ROW_PX * len(rows)
    ends = [0.0, *(end for row in rows for end in (row.low, row.high))]
    scale = Scale(min(ends), max(ends), left + 6, width - RIGHT_PX)
    at_zero = scale.at(0.0)
    parts = [
        axis_line(scale, bottom, unit, axis),
        (
            f'<path d="M{at_zero:.1f} {top - 8:.1f}V{bottom:.1f}" stroke="{MUTED}" '
            'stroke-dasharray="3 3" fill="none"/>'
        ),
        words_at(min(at_zero, width - SIDE_PX), top - 11, zero, anchor="middle", style="small"),
    ]
    for place, row in enumerate(rows):
        y = top + ROW_PX * (place + 0.5)
        dash = ' stroke-dasharray="7 4"' if row.dashed else ""
        low, middle, high = (scale.at(value) for value in (row.low, row.middle, row.high))
        parts += beside(left - 6, y, broken_text(row.name, LONGEST_PX))
        parts.append(
            f'<path d="M{low:.1f} {y:.1f}H{max(high, low + 1):.1f}" stroke="{row.colour}" '
            f'stroke-width="5"{dash} fill="none"/>'
            f'<path d="M{middle:.1f} {y - TICK_PX:.1f}v{2 * TICK_PX:.1f}" stroke="{INK}" '
            'stroke-width="2" fill="none"/>'
        )
    return picture(width, bottom + 40, parts, title=axis)
