"""Charts of a programme as SVG: what is built when, money by stage, shares of a bundle."""

from collections.abc import Sequence
from dataclasses import dataclass

from transitplan.viz.charts import Scale, Unit, axis_line, beside, picture, words_at
from transitplan.viz.labels import broken_text, width_px
from transitplan.viz.palette import HAIRLINE, INK, MUTED
from transitplan.viz.text import Text

WIDTH, RIGHT, ROW = 680.0, 20.0, 34.0
LONGEST_NAME_PX = 240.0


@dataclass(frozen=True)
class Works:
    """A structure that is built from one year to another and open from then on."""

    name: Text
    note: Text
    begins: int
    opens: int
    colour: str
    dashed: bool = False


@dataclass(frozen=True)
class Purse:
    """What is spent of a sum, and the range that the sum may have."""

    name: Text
    spent: float
    limit: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Share:
    """What a part adds alone, on average over all orders, and last of all."""

    name: Text
    alone: float
    mean: float
    last: float
    colour: str


def timeline(rows: Sequence[Works], years: tuple[int, int], *, title: Text) -> str:
    """Years of building as an open bar, years of service as a full one."""
    left = _room([each.name for each in rows])
    scale = Scale(years[0], years[1], left, WIDTH - RIGHT)
    bottom = 8.0 + ROW * len(rows)
    parts = []
    for year in range(years[0], years[1] + 1):
        x = scale.at(year)
        if year % 5 == 0:
            parts.append(_line(x, 4.0, x, bottom, HAIRLINE, 0.6))
            parts.append(words_at(x, bottom + 16, str(year), anchor="middle", style="small"))
    for place, each in enumerate(rows):
        middle = 8.0 + ROW * (place + 0.5)
        begins, opens, end = (scale.at(year) for year in (each.begins, each.opens, years[1]))
        dash = ' stroke-dasharray="6 3"' if each.dashed else ""
        parts += beside(left - 10, middle, broken_text(each.name, LONGEST_NAME_PX))
        parts.append(
            f'<rect x="{begins:.1f}" y="{middle - 8:.1f}" width="{opens - begins:.1f}" '
            f'height="16" fill="none" stroke="{each.colour}" stroke-width="1.4"{dash}/>'
        )
        parts.append(
            f'<rect x="{opens:.1f}" y="{middle - 8:.1f}" width="{end - opens:.1f}" height="16" '
            f'fill="{each.colour}" fill-opacity="0.75"/>'
        )
        parts.append(words_at(opens + 6, middle + 4, each.note, style="strong"))
    return picture(WIDTH, bottom + 26, parts, title=title)


def purses(rows: Sequence[Purse], *, unit: Unit, axis: Text) -> str:
    """What is spent as a bar, the limit as an upright over it, its range as a thin line."""
    left = _room([each.name for each in rows])
    amounts = [
        value for each in rows for value in (each.spent, each.limit, each.high) if value is not None
    ]
    scale = Scale(0.0, max([*amounts, 1.0]) * 1.04, left, WIDTH - RIGHT)
    bottom = 8.0 + ROW * len(rows)
    parts = [axis_line(scale, bottom, unit, axis)]
    for place, each in enumerate(rows):
        middle = 8.0 + ROW * (place + 0.5)
        parts += beside(left - 10, middle, broken_text(each.name, LONGEST_NAME_PX))
        parts.append(
            f'<rect x="{left:.1f}" y="{middle - 7:.1f}" width="{scale.at(each.spent) - left:.1f}" '
            f'height="14" fill="{MUTED}"/>'
        )
        if each.low is not None and each.high is not None:
            parts.append(_line(scale.at(each.low), middle, scale.at(each.high), middle, INK, 1.2))
        if each.limit is not None:
            x = scale.at(each.limit)
            parts.append(_line(x, middle - 12, x, middle + 12, INK, 2.2))
    return picture(WIDTH, bottom + 40, parts, title=axis)


def shares(rows: Sequence[Share], *, unit: Unit, axis: Text) -> str:
    """Mean addition as a bar; what the part adds first and last as the ends of a line."""
    left = _room([each.name for each in rows])
    values = [value for each in rows for value in (each.alone, each.mean, each.last)]
    low, high = min(0.0, *values), max(0.0, *values)
    spare = (high - low or 1.0) * 0.04
    scale = Scale(low - spare * (low < 0), high + spare, left, WIDTH - RIGHT)
    bottom = 8.0 + ROW * len(rows)
    parts = [axis_line(scale, bottom, unit, axis)]
    zero = scale.at(0.0)
    for place, each in enumerate(rows):
        middle = 8.0 + ROW * (place + 0.5)
        from_x, to_x = sorted((zero, scale.at(each.mean)))
        parts += beside(left - 10, middle, broken_text(each.name, LONGEST_NAME_PX))
        parts.append(
            f'<rect x="{from_x:.1f}" y="{middle - 8:.1f}" width="{to_x - from_x:.1f}" '
            f'height="16" fill="{each.colour}" fill-opacity="0.75"/>'
        )
        parts.append(_line(scale.at(each.last), middle, scale.at(each.alone), middle, INK, 1.6))
        parts += [
            f'<circle cx="{scale.at(each.alone):.1f}" cy="{middle:.1f}" r="4" fill="{INK}"/>',
            (
                f'<circle cx="{scale.at(each.last):.1f}" cy="{middle:.1f}" r="4" fill="#fff" '
                f'stroke="{INK}" stroke-width="1.4"/>'
            ),
        ]
    parts.append(_line(zero, 4.0, zero, bottom, INK, 1.0))
    return picture(WIDTH, bottom + 40, parts, title=axis)


def _room(names: Sequence[Text]) -> float:
    """Width that the names need, broken into lines where they are long."""
    lines = [line for name in names for line in broken_text(name, LONGEST_NAME_PX)]
    return max((width_px(said) for line in lines for said in line.both), default=0.0) + 16.0


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width:g}"/>'
    )
