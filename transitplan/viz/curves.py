"""Lines over a quantity as SVG: what changes when one number is moved."""

from collections.abc import Sequence
from dataclasses import dataclass

from transitplan.arrays import Floats
from transitplan.viz.charts import Scale, Unit, apart, picture, ticks, words_at
from transitplan.viz.palette import HAIRLINE, INK
from transitplan.viz.text import Text

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460.0, 220.0, 46.0, 132.0, 22.0, 38.0


@dataclass(frozen=True)
class Curve:
    """Points with a name and a colour; dashed where colour alone would not print."""

    name: Text
    across: Floats
    values: Floats
    colour: str
    dashed: bool = False


def curves(lines: Sequence[Curve], *, across: Text, up: Text, unit: Unit) -> str:
    """One line a curve with a dot at each point, named at its end; zero is on the axis.

    Parameters
    ----------
    across
        What the horizontal axis says, its unit included.
    up
        What the vertical axis says before its unit.
    """
    low = min(0.0, *(float(each.values.min()) for each in lines))
    high = max(0.0, *(float(each.values.max()) for each in lines))
    ends = [float(place) for each in lines for place in (each.across.min(), each.across.max())]
    right, height = Scale(min(ends), max(ends), LEFT, WIDTH - RIGHT), HEIGHT - BOTTOM
    upward = Scale(low, high, height, TOP)
    parts = [words_at(0, 10, up + " [" + unit.words + "]", style="small")]
    for tick in ticks(low, high, 5):
        y = upward.at(tick)
        stroke = f'stroke="{INK}" stroke-width="1"' if tick == 0 else f'stroke="{HAIRLINE}"'
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" {stroke}/>')
        parts.append(words_at(LEFT - 6, y + 4, unit.tick(tick), anchor="end", style="small"))
    parts += [
        words_at(right.at(tick), height + 14, f"{tick:g}", anchor="middle", style="small")
        for tick in ticks(min(ends), max(ends), 6)
    ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(words_at(middle, height + 30, across, anchor="middle", style="small"))
    labels = apart([upward.at(float(each.values[-1])) for each in lines])
    for each, label_y in zip(lines, labels, strict=True):
        parts += _drawn(each, right, upward)
        parts.append(words_at(WIDTH - RIGHT + 8, label_y + 4, each.name))
    return picture(WIDTH, HEIGHT, parts, title=up)


def _drawn(each: Curve, right: Scale, upward: Scale) -> list[str]:
    """The line and its points."""
    points = [
        (right.at(float(x)), upward.at(float(y)))
        for x, y in zip(each.across, each.values, strict=True)
    ]
    dash = ' stroke-dasharray="7 4"' if each.dashed else ""
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return [
        f'<polyline points="{line}" fill="none" stroke="{each.colour}" stroke-width="2.2"{dash}/>',
        *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{each.colour}"/>' for x, y in points),
    ]
