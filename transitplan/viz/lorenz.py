"""Lorenz curves as SVG: how far what people have lies from everybody having the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from transitplan.arrays import Floats
from transitplan.viz.charts import Scale, picture, words_at
from transitplan.viz.palette import HAIRLINE, MUTED
from transitplan.viz.text import Text

WIDTH, SIDE, LEFT, TOP, BELOW = 560.0, 300.0, 44.0, 20.0, 36.0
SWATCH = 26.0
STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)
EVEN = Text("everybody the same", "人人相等")


@dataclass(frozen=True)
class Lorenz:
    """A curve from (0, 0) to (1, 1) with a name; dashes tell it apart in grey print."""

    name: Text
    people_share: Floats
    value_share: Floats
    colour: str
    dash: str = ""


def lorenz_chart(lines: Sequence[Lorenz], *, across: Text, up: Text) -> str:
    """Curves under the diagonal on a square, with their names in a key beside it.

    Parameters
    ----------
    across, up
        What the axes say; both count in per cent.
    """
    right = Scale(0.0, 1.0, LEFT, LEFT + SIDE)
    upward = Scale(0.0, 1.0, TOP + SIDE, TOP)
    parts = [words_at(0, 10, up + " [%]", style="small")]
    for step in STEPS:
        x, y = right.at(step), upward.at(step)
        parts.append(
            f'<line x1="{LEFT}" x2="{LEFT + SIDE}" y1="{y:.1f}" y2="{y:.1f}" stroke="{HAIRLINE}"/>'
        )
        parts.append(words_at(LEFT - 6, y + 4, f"{100 * step:g}", anchor="end", style="small"))
        parts.append(
            words_at(x, TOP + SIDE + 14, f"{100 * step:g}", anchor="middle", style="small")
        )
    middle = LEFT + SIDE / 2
    parts.append(words_at(middle, TOP + SIDE + 30, across + " [%]", anchor="middle", style="small"))
    parts.append(_line([(0.0, 0.0), (1.0, 1.0)], right, upward, MUTED, "2 3", 1.2))
    for each in lines:
        points = list(zip(each.people_share.tolist(), each.value_share.tolist(), strict=True))
        parts.append(_line(points, right, upward, each.colour, each.dash, 2.2))
    return picture(WIDTH, TOP + SIDE + BELOW, [*parts, *_key(lines)], title=up)


def _key(lines: Sequence[Lorenz]) -> list[str]:
    """Names beside the square, in the order in which the curves lie, the most even on top."""
    found = [(EVEN, MUTED, "2 3")]
    found += [
        (each.name, each.colour, each.dash)
        for each in sorted(lines, key=lambda each: -float(each.value_share.mean()))
    ]
    x = LEFT + SIDE + 16
    parts = []
    for place, (name, colour, dash) in enumerate(found):
        y = TOP + 14 + 24.0 * place
        parts.append(
            f'<line x1="{x}" x2="{x + SWATCH}" y1="{y - 4:.1f}" y2="{y - 4:.1f}" '
            f'stroke="{colour}" stroke-width="2.2"{_dashed(dash)}/>'
        )
        parts.append(words_at(x + SWATCH + 8, y, name))
    return parts


def _line(
    points: Sequence[tuple[float, float]],
    right: Scale,
    upward: Scale,
    colour: str,
    dash: str,
    width: float,
) -> str:
    path = " ".join(f"{right.at(x):.1f},{upward.at(y):.1f}" for x, y in points)
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}"'
        f"{_dashed(dash)}/>"
    )


def _dashed(dash: str) -> str:
    return f' stroke-dasharray="{dash}"' if dash else ""
