"""Charts of doubt: tornado, shares of variance, and the triangle of three weights."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from transitplan.arrays import Floats
from transitplan.viz.charts import (
    LONGEST_LABEL_PX,
    Scale,
    Unit,
    axis_line,
    beside,
    picture,
    words_at,
)
from transitplan.viz.labels import LINE_PX, broken_text, width_px
from transitplan.viz.palette import HAIRLINE, INK, MUTED, PAPER
from transitplan.viz.text import Text

SHARE = Unit((0.01, "%"), (0.01, "%"))
ROW_PX = 26.0
AT_LOW, AT_HIGH = "#d8d4c8", "#7c766a"  # light for the low end, dark for the high one
END_PX = 78.0  # room for what stands at the ends of a bar
LEAST_MARK_PX = 14.0  # a region with less room has no name in it


@dataclass(frozen=True)
class Swing:
    """What an amount comes to as one assumption goes from its low to its high."""

    name: Text
    low: Text  # the assumption's ends in words
    high: Text
    at_low: float
    at_high: float


@dataclass(frozen=True)
class Share:
    """A share of the variance: alone, and with all it does together with others."""

    name: Text
    first: float
    total: float
    error: float  # half width of the total's interval


@dataclass(frozen=True)
class Region:
    """Where one option wins: weights at the corners of a polygon, (n_corners, 3)."""

    name: Text
    corners: Floats
    colour: str


def tornado(rows: Sequence[Swing], today: float, *, unit: Unit, axis: Text, zero: Text) -> str:
    """Bars from the low to the high end of each assumption, widest on top, around today's value.

    Parameters
    ----------
    zero
        What the line at zero stands for.
    """
    left, top = _left(each.name for each in rows), 22.0
    width = left + 470.0
    ends = [today, 0.0, *(at for each in rows for at in (each.at_low, each.at_high))]
    scale = Scale(min(ends), max(ends), left + END_PX, width - END_PX)
    bottom = top + ROW_PX * len(rows)
    parts = [axis_line(scale, bottom, unit, axis)]
    for place, each in enumerate(rows):
        y = top + ROW_PX * (place + 0.5)
        parts += beside(left - 6, y, broken_text(each.name, LONGEST_LABEL_PX))
        for at, colour in ((each.at_low, AT_LOW), (each.at_high, AT_HIGH)):
            start, end = sorted((scale.at(today), scale.at(at)))
            parts.append(
                f'<rect x="{start:.1f}" y="{y - 7:.1f}" width="{max(end - start, 0.5):.1f}" '
                f'height="14" fill="{colour}" stroke="{MUTED}" stroke-width="0.6"/>'
            )
        parts += _end_words(each, today, scale, y)
    parts += [
        _upright(scale.at(today), top - 2, bottom, INK),
        _upright(scale.at(0.0), top - 8, bottom, MUTED, dash=' stroke-dasharray="3 3"'),
        words_at(scale.at(0.0), top - 11, zero, anchor="middle", style="small"),
    ]
    return picture(width, bottom + 40, parts, title=axis)


def _end_words(each: Swing, today: float, scale: Scale, y: float) -> list[str]:
    """The assumption's low and high, beside the end of the bar that they make."""
    ends = [(each.at_low, each.low), (each.at_high, each.high)]
    leftmost, rightmost = sorted(ends, key=lambda end: end[0])
    shown = [(leftmost, -1)] if leftmost[0] < today else []
    shown += [(rightmost, 1)] if rightmost[0] > today else []
    return [
        words_at(
            scale.at(at) + 4 * side,
            y + 4,
            words,
            anchor="start" if side > 0 else "end",
            style="small",
        )
        for (at, words), side in shown
    ]


def variance_shares(rows: Sequence[Share], *, axis: Text) -> str:
    """Bars of total shares with their intervals; the dark part is what each does alone."""
    left, top = _left(each.name for each in rows), 6.0
    width = left + 470.0
    most = max([0.05, *(each.total + each.error for each in rows)])
    scale = Scale(0.0, most, left, width - 24)
    bottom = top + ROW_PX * len(rows)
    parts = [axis_line(scale, bottom, SHARE, axis)]
    for place, each in enumerate(rows):
        y = top + ROW_PX * (place + 0.5)
        parts += beside(left - 6, y, broken_text(each.name, LONGEST_LABEL_PX))
        for share, colour in ((each.total, AT_LOW), (min(each.first, each.total), AT_HIGH)):
            reach = scale.at(max(share, 0.0)) - left
            parts.append(
                f'<rect x="{left:.1f}" y="{y - 6:.1f}" width="{reach:.1f}" height="12" '
                f'fill="{colour}" stroke="{MUTED}" stroke-width="0.6"/>'
            )
        ends = [scale.at(max(0.0, each.total + sign * each.error)) for sign in (-1, 1)]
        parts.append(
            f'<line x1="{ends[0]:.1f}" x2="{ends[1]:.1f}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="{INK}" stroke-width="1.2"/>'
        )
    return picture(width, bottom + 40, parts, title=axis)


def weight_triangle(
    regions: Sequence[Region], corners: Sequence[Text], today: Floats, *, title: Text
) -> str:
    """Who wins where in the triangle of three weights; each corner gives all to one criterion.

    Parameters
    ----------
    corners
        Names of the three criteria: lower left, lower right, top.
    today
        Today's weights of the three, summing to 1.
    """
    width, side, left, top = 460.0, 320.0, 70.0, 58.0
    height = side * np.sqrt(3) / 2
    places = np.array([[left, top + height], [left + side, top + height], [left + side / 2, top]])
    parts = []
    for each in regions:
        if len(each.corners):
            at = each.corners @ places
            outline = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
            parts.append(
                f'<polygon points="{outline}" fill="{each.colour}" fill-opacity="0.35" '
                f'stroke="{INK}" stroke-width="0.8"/>'
            )
    for each in regions:
        if len(each.corners) and np.ptp(each.corners @ places, axis=0).min() > LEAST_MARK_PX:
            x, y = each.corners.mean(axis=0) @ places
            parts.append(words_at(x, y + 4, each.name, anchor="middle", style="strong"))
    x, y = today @ places
    parts.append(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{INK}" stroke="{PAPER}" '
        'stroke-width="1.5"/>'
    )
    parts += _edges(places, corners)
    return picture(width, top + height + 44, parts, title=title)


def _edges(places: Floats, corners: Sequence[Text]) -> list[str]:
    """Draw the quarters along the sides, and the names of the corners."""
    parts = []
    for start, end in ((0, 1), (1, 2), (2, 0)):
        for share in (0.25, 0.5, 0.75):
            x, y = places[start] + share * (places[end] - places[start])
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.8" fill="{HAIRLINE}"/>')
    for (x, y), words, below in zip(places, corners, (True, True, False), strict=True):
        lines = broken_text(words, 150.0)
        first = y + 16 if below else y - 8 - LINE_PX * (len(lines) - 1)
        parts += [
            words_at(x, first + LINE_PX * row, line, anchor="middle", style="small")
            for row, line in enumerate(lines)
        ]
    return parts


def _left(names: Iterable[Text]) -> float:
    """Room for the longest line of the labels."""
    labels = [broken_text(name, LONGEST_LABEL_PX) for name in names]
    return 12 + max(width_px(said) for label in labels for line in label for said in line.both)


def _upright(x: float, top: float, bottom: float, colour: str, dash: str = "") -> str:
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}" stroke="{colour}" '
        f'stroke-width="1"{dash}/>'
    )
