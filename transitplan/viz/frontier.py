"""Cost against benefit: options as points, the frontier of those worth considering as a line."""

from collections.abc import Sequence
from dataclasses import dataclass

from transitplan.viz.charts import MONEY, Unit, picture, words_at
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
    Above the dashed line benefits exceed costs. Options off the frontier are hollow.
    """
    most_cost = max((each.cost for each in points), default=0.0) * 1.05 or 1.0
    high = max([0.0, *(each.benefit for each in points)]) * 1.05 or 1.0
    low = min([0.0, *(each.benefit for each in points)]) * 1.05

    def across(cost: float) -> float:
        return LEFT + cost / most_cost * (WIDTH - RIGHT - LEFT)

    def up(benefit: float) -> float:
        return HEIGHT - BOTTOM - (benefit - low) / (high - low) * (HEIGHT - BOTTOM - TOP)

    even = min(most_cost, high)
    line = sorted((each.cost, each.benefit) for each in points if each.on_frontier)
    path = " ".join(f"{across(c):.1f},{up(b):.1f}" for c, b in [(0.0, 0.0), *line])
    parts = [
        words_at(0, 12, Text("Benefits", "效益") + " [" + unit.words + "]", style="small"),
        _line(across(0), up(0), across(most_cost), up(0), INK, 1.0),
        _line(across(0), up(low), across(0), up(high), MUTED, 0.8),
        _line(across(0), up(0), across(even), up(even), MUTED, 0.8, dash="4 4"),
        words_at(
            across(even) + 4, up(even) + 4, Text("benefit = cost", "效益 = 费用"), style="small"
        ),
        f'<polyline points="{path}" fill="none" stroke="{INK}" stroke-width="1.6"/>',
    ]
    for share in (0.25, 0.5, 0.75, 1.0):
        x, y = across(most_cost * share), up(high * share)
        parts.append(_line(across(0), y, across(most_cost), y, HAIRLINE, 0.5))
        tick = unit.tick(round(high * share / unit.zh[0]) * unit.zh[0])
        parts.append(words_at(LEFT - 6, y + 4, tick, anchor="end", style="small"))
        tick = unit.tick(round(most_cost * share / unit.zh[0]) * unit.zh[0])
        parts.append(words_at(x, HEIGHT - BOTTOM + 16, tick, anchor="middle", style="small"))
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
        x, y = across(each.cost), up(each.benefit)
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
