"""Long sections of crossings as SVG: ground, dykes, water and a line a form; heights stretched."""

from collections.abc import Sequence
from dataclasses import dataclass

from transitplan.viz.charts import picture, words_at
from transitplan.viz.palette import HAIRLINE, INK, MUTED, WATER
from transitplan.viz.text import Text

WIDTH, HEIGHT = 460.0, 196.0
LEFT, RIGHT = 8.0, 452.0
GROUND_Y, METRE_PX = 78.0, 1.5  # height of the ground; pixels a metre of height
WATER_M = 4.5  # of the river above the ground outside the dykes, as at the Hangtian Avenue tunnel
FOOT_M = 40.0  # of a dyke beyond its crest


@dataclass(frozen=True)
class Way:
    """Course of a road from end to end: height above the ground outside the dykes."""

    name: Text
    at_m: Sequence[float]  # along the way
    height_m: Sequence[float]
    colour: str
    dashed: bool = False


@dataclass(frozen=True)
class River:
    """Where the dykes stand along the way, and how high."""

    first_m: float
    last_m: float
    dyke_m: float


def long_section(ways: Sequence[Way], river: River, *, title: Text) -> str:
    """Draw ways over and under a river; all are drawn as long as the first."""
    length_m = ways[0].at_m[-1]
    parts = [*_ground(river, length_m), *_scale_bar(length_m)]
    for way in ways:
        points = [
            (LEFT + (RIGHT - LEFT) * at / way.at_m[-1], _y(height))
            for at, height in zip(way.at_m, way.height_m, strict=True)
        ]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dash = ' stroke-dasharray="7 4"' if way.dashed else ""
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{way.colour}" '
            f'stroke-width="2.4"{dash}/>'
        )
        top = max(way.height_m) > 0
        x, y = (min if top else max)(points, key=lambda point: point[1])
        parts.append(words_at(x + 4, y + (-6 if top else 16), way.name))
    return picture(WIDTH, HEIGHT, parts, title=title)


def _y(height_m: float) -> float:
    return GROUND_Y - METRE_PX * height_m


def _ground(river: River, length_m: float) -> list[str]:
    """Water between two dykes on level ground."""

    def x(at: float) -> float:
        return LEFT + (RIGHT - LEFT) * at / length_m

    wide = x(river.last_m) - x(river.first_m)
    parts = [
        (
            f'<rect x="{x(river.first_m):.1f}" y="{_y(WATER_M):.1f}" width="{wide:.1f}" '
            f'height="{METRE_PX * WATER_M:.1f}" fill="{WATER}"/>'
        )
    ]
    parts += [
        f'<polygon points="{x(at - FOOT_M):.1f},{_y(0):.1f} {x(at):.1f},{_y(river.dyke_m):.1f} '
        f'{x(at + FOOT_M):.1f},{_y(0):.1f}" fill="{MUTED}"/>'
        for at in (river.first_m, river.last_m)
    ]
    line = f'x1="{LEFT}" x2="{RIGHT}" y1="{_y(0):.1f}" y2="{_y(0):.1f}"'
    return [*parts, f'<line {line} stroke="{INK}" stroke-width="0.8"/>']


def _scale_bar(length_m: float) -> list[str]:
    """Draw a kilometre along the way, and twenty metres of height."""
    wide, tall, y = (RIGHT - LEFT) * 1000.0 / length_m, 20.0 * METRE_PX, HEIGHT - 16.0
    right = LEFT + wide
    return [
        (
            f'<polyline points="{LEFT},{y - tall:.1f} {LEFT},{y} {right:.1f},{y}" fill="none" '
            f'stroke="{INK}"/>'
        ),
        (
            f'<line x1="{LEFT}" x2="{LEFT + 4}" y1="{y - tall:.1f}" y2="{y - tall:.1f}" '
            f'stroke="{HAIRLINE}"/>'
        ),
        words_at(right + 4, y + 4, Text("1 km", "1 公里"), style="small"),
        words_at(LEFT + 4, y - tall + 4, Text("20 m", "20 米"), style="small"),
    ]
