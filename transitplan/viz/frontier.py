"""Cost against benefit: options as points, the frontier of those worth considering as a line."""

from collections.abc import Sequence
from dataclasses import dataclass

from transitplan.viz.charts import MONEY, Scale, Unit, picture, ticks, words_at
from transitplan.viz.palette import HAIRLINE, INK, MUTED
from transitplan.viz.text import Text

WIDTH, HEIGHT = 460.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 96.0, 22.0, 40.0


@dataclass(frozen=True)
class Point:
    """An option: what it costs and brings, and whether it stands on the frontier."""

    name: Text
    cost: float
    benefit: float
    colour: str
    on_frontier: bool


def frontier(points: Sequence[Point], *, unit: Unit = MONEY) -> str:
    """Draw options by present value of cost and benefit.

    The line from doing nothing through the frontier falls in slope: each step brings less a yuan.
    Both axes have one scale; above the dashed line benefits exceed costs. Options off the frontier
    are hollow.
    """
    most = max([0.0, *(each.cost for each in points), *(each.benefit for each in points)])
    most = most * 1.05 or 1.0
    low = min([0.0, *(each.benefit for each in points)]) * 1.05
    across = Scale(0.0, most, LEFT, WIDTH - RIGHT)
    up = Scale(low, most, HEIGHT - BOTTOM, TOP)

    line = sorted((each.cost, each.benefit) for each in points if each.on_frontier)
    path = " ".join(f"{across.at(c):.1f},{up.at(b):.1f}" for c, b in [(0.0, 0.0), *line])
    left, right, foot = across.at(0.0), across.at(most), HEIGHT - BOTTOM
    parts = [words_at(0, 12, Text("Benefits", "效益") + " [" + unit.words + "]", style="small")]
    for tick in ticks(low, most, 5):
        y = up.at(tick)
        parts.append(_line(left, y, right, y, INK if tick == 0 else HAIRLINE, 0.6))
        parts.append(words_at(LEFT - 6, y + 4, unit.tick(tick), anchor="end", style="small"))
    parts += [
        words_at(across.at(tick), foot + 16, unit.tick(tick), anchor="middle", style="small")
        for tick in ticks(0.0, most, 5)
    ]
    parts += [
        _line(left, up.at(0.0), right, up.at(most), MUTED, 0.8, dash="4 4"),
        words_at(right + 4, up.at(most) + 4, Text("benefit = cost", "效益 = 费用"), style="small"),
        f'<polyline points="{path}" fill="none" stroke="{INK}" stroke-width="1.6"/>',
    ]
    parts.append(
        words_at(
            (LEFT + WIDTH - RIGHT) / 2,
            HEIGHT - 6,
            Text("Costs", "费用") + " [" + unit.words + "]",
            anchor="middle",
            style="small",
        )
    )
    for each in points:
        fill = each.colour if each.on_frontier else "#ffffff"
        x, y = across.at(each.cost), up.at(each.benefit)
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{fill}" stroke="{each.colour}" '
            'stroke-width="2"/>'
        )
        parts.append(words_at(x + 9, y + 4, each.name))
    title = Text("Benefits against costs, present values", "效益与费用（现值）")
    return picture(WIDTH, HEIGHT, parts, title=title)


def _line(
    x1: float, y1: float, x2: float, y2: float, colour: str, width: float, *, dash: str = ""
) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width:g}"{dashed}/>'
    )
