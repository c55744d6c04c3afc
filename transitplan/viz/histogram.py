"""How a quantity is spread, as bars whose area is the share, with marked values."""

from collections.abc import Sequence
from dataclasses import dataclass

from transitplan.viz.charts import Scale, picture, ticks, words_at
from transitplan.viz.palette import HAIRLINE, INK, MUTED
from transitplan.viz.text import Text, number

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 360.0, 190.0, 34.0, 10.0, 40.0, 40.0
FILL = "#c8c2b4"
MARK_ROW_PX = 14.0


@dataclass(frozen=True)
class Bar:
    """Share of all that lies between two values."""

    start: float
    end: float
    share: float


@dataclass(frozen=True)
class Mark:
    """A value to mark with an upright line and a name; dashed where it is not the model's."""

    at: float
    name: Text
    dashed: bool = False


def histogram(
    bars: Sequence[Bar], marks: Sequence[Mark], *, until: float, across: Text, up: Text
) -> str:
    """Bars from zero to ``until``; those that reach beyond are left to the caller's words.

    Parameters
    ----------
    across, up
        What the axes say, units included; the upright one is per cent for each unit across.
    """
    shown = [each for each in bars if each.end <= until]
    tall = {each: 100 * each.share / (each.end - each.start) for each in shown}
    right = Scale(0.0, until, LEFT, WIDTH - RIGHT)
    upward = Scale(0.0, max([*tall.values(), 1e-9]), HEIGHT - BOTTOM, TOP)
    parts = [words_at(0, 10, up, style="small")]
    for tick in ticks(upward.low, upward.high, 4):
        y = upward.at(tick)
        parts += [
            _line((LEFT, y), (WIDTH - RIGHT, y), HAIRLINE, 0.6),
            words_at(LEFT - 5, y + 4, number(tick), anchor="end", style="small"),
        ]
    for each, height in tall.items():
        x, y = right.at(each.start), upward.at(height)
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{right.at(each.end) - x:.1f}" '
            f'height="{upward.at(0.0) - y:.1f}" fill="{FILL}" stroke="{MUTED}" stroke-width="0.8"/>'
        )
    foot = HEIGHT - BOTTOM
    for tick in ticks(0.0, until, 6):
        x = right.at(tick)
        parts += [
            _line((x, foot), (x, foot + 4), MUTED, 1.0),
            words_at(x, foot + 16, number(tick), anchor="middle", style="small"),
        ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(words_at(middle, HEIGHT - 6, across, anchor="middle", style="small"))
    parts += [part for row, each in enumerate(marks) for part in _marked(each, row, right)]
    return picture(WIDTH, HEIGHT, parts, title=across)


def _marked(mark: Mark, row: int, right: Scale) -> list[str]:
    """Line of a mark, its name on its own row on the side that has more room."""
    x, y = right.at(mark.at), TOP - 16 + MARK_ROW_PX * row
    left = x > (LEFT + WIDTH - RIGHT) / 2
    return [
        _line((x, y - 9), (x, HEIGHT - BOTTOM), INK, 1.4, ' stroke-dasharray="4 3"' * mark.dashed),
        words_at(
            x + (-5 if left else 5), y, mark.name, anchor="end" if left else "start", style="small"
        ),
    ]


def _line(
    start: tuple[float, float], end: tuple[float, float], colour: str, wide: float, dash: str = ""
) -> str:
    return (
        f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" '
        f'stroke="{colour}" stroke-width="{wide}"{dash}/>'
    )
