"""Charts as SVG whose text is text, in both languages; they print in grey and need no library."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transitplan.arrays import Floats
from transitplan.viz.labels import LINE_PX, broken_text, width_px
from transitplan.viz.palette import HAIRLINE, INK, MUTED
from transitplan.viz.text import Text, as_text, plain

BINS = 80
NAME_PX = 96.0  # room for the name of a hill
NAME_GAP = 6.0  # between it and the line at zero
LONGEST_LABEL_PX = 300.0  # then it is broken into lines
ROW_PX = 24.0
LABEL_GAP = 13.0  # least distance of two labels beside each other [px]


@dataclass(frozen=True)
class Series:
    """Numbers with a name and a colour; dashed where colour alone would not print."""

    name: Text
    values: Floats
    colour: str
    dashed: bool = False
    note: Text | str = ""


@dataclass(frozen=True)
class Span:
    """What was observed, from low to high, and what the model says."""

    name: Text
    low: float
    high: float
    modelled: float


@dataclass(frozen=True)
class Unit:
    """How an axis counts: the divisor and the words in each language."""

    en: tuple[float, str]
    zh: tuple[float, str]

    def tick(self, value: float) -> Text:
        """Write a tick in both languages."""
        return Text(_short(value / self.en[0]), _short(value / self.zh[0]))

    @property
    def words(self) -> Text:
        """Name of the unit."""
        return Text(self.en[1], self.zh[1])


MONEY = Unit((1e9, "billion CNY"), (1e8, "亿元"))
VEHICLES = Unit((1e3, "thousand vehicles a day"), (1e4, "万辆/日"))


def words_at(
    x: float, y: float, words: Text | str, *, anchor: str = "start", style: str = ""
) -> str:
    """Text of an SVG at a place: one element a language where they differ, none for no words."""
    text = as_text(words)
    inside = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    if style:
        inside += f' class="{style}"'
    if text.en == text.zh:
        return f"<text {inside}>{_safe(text.en)}</text>"
    return "".join(
        f'<text lang="{language}" {inside}>{_safe(said)}</text>'
        for language, said in (("en", text.en), ("zh-Hans", text.zh))
        if said
    )


def picture(width: float, height: float, parts: Sequence[str], *, title: Text) -> str:
    """Wrap drawn parts as an SVG that scales with the page and has a name for screen readers."""
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{_safe(title.en)} · {_safe(title.zh)}">{"".join(parts)}</svg>'
    )


def densities(series: Sequence[Series], *, unit: Unit, axis: Text, zero: Text) -> str:
    """How likely each value is, one hill a series on a common axis; 5–95 % and median marked.

    Parameters
    ----------
    axis
        What the axis says before its unit.
    zero
        What the line at zero stands for.
    """
    width, row, left, right, top = 460.0, 74.0, 8.0, 8.0, 26.0
    low, high = _limits(series)
    scale = Scale(low, high, left, width - right)
    bottom = top + row * len(series)
    parts = [axis_line(scale, bottom, unit, axis), _upright(scale.at(0.0), top - 10, bottom)]
    near_edge = scale.at(0.0) > width * 0.7
    parts.append(
        words_at(
            scale.at(0.0) + (-5 if near_edge else 5),
            top - 8,
            zero,
            anchor="end" if near_edge else "start",
            style="small",
        )
    )
    for place, each in enumerate(series):
        parts.append(_hill(each, scale, top + row * (place + 1) - 10, row - 34))
    return picture(width, bottom + 40, parts, title=axis)


def running_sums(years: Sequence[int], series: Sequence[Series], *, unit: Unit, axis: Text) -> str:
    """One line a series over the years, named at its end."""
    width, height, left, right, top = 460.0, 220.0, 40.0, 62.0, 20.0
    low = min(0.0, *(float(each.values.min()) for each in series))
    high = max(0.0, *(float(each.values.max()) for each in series))
    across = Scale(years[0], years[-1], left, width - right)
    up = Scale(low, high, height - 24, top)
    parts = [words_at(0, 10, axis + " [" + unit.words + "]", style="small")]
    for tick in ticks(low, high, 5):
        y = up.at(tick)
        heavy = tick == 0
        parts.append(
            f'<line x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="{INK if heavy else HAIRLINE}" stroke-width="{1 if heavy else 0.6}"/>'
        )
        parts.append(words_at(left - 6, y + 4, unit.tick(tick), anchor="end", style="small"))
    parts += [
        words_at(across.at(year), height - 6, str(year), anchor="middle", style="small")
        for year in years
        if year % 5 == 0
    ]
    ends = apart([up.at(float(each.values[-1])) for each in series])
    for each, label_y in zip(series, ends, strict=True):
        line = " ".join(
            f"{across.at(year):.1f},{up.at(float(value)):.1f}"
            for year, value in zip(years, each.values, strict=True)
        )
        dash = ' stroke-dasharray="7 4"' if each.dashed else ""
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{each.colour}" '
            f'stroke-width="2.2"{dash}/>'
        )
        parts.append(words_at(width - right + 6, label_y + 4, each.name))
    return picture(width, height, parts, title=axis)


def spans(rows: Sequence[Span], *, unit: Unit, axis: Text) -> str:
    """Observed range as a bar and the model as a dot, one row each, from zero."""
    labels = [broken_text(each.name, LONGEST_LABEL_PX) for each in rows]
    widest = max(width_px(said) for label in labels for line in label for said in line.both)
    width, left, right, y = 680.0, widest + 12, 20.0, 8.0
    high = max(max(each.high, each.modelled) for each in rows)
    scale = Scale(0.0, high, left, width - right)
    parts = []
    for each, label in zip(rows, labels, strict=True):
        tall = ROW_PX + LINE_PX * (len(label) - 1)
        y += tall / 2
        from_x, to_x = scale.at(each.low), max(scale.at(each.high), scale.at(each.low) + 2)
        parts += beside(left - 10, y, label)
        parts += [
            (
                f'<line x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}" '
                f'stroke="{HAIRLINE}" stroke-width="0.6"/>'
            ),
            (
                f'<rect x="{from_x:.1f}" y="{y - 5:.1f}" width="{to_x - from_x:.1f}" height="10" '
                f'fill="{HAIRLINE}" stroke="{MUTED}" stroke-width="0.8"/>'
            ),
            f'<circle cx="{scale.at(each.modelled):.1f}" cy="{y:.1f}" r="4.5" fill="{INK}"/>',
        ]
        y += tall / 2
    return picture(width, y + 40, [axis_line(scale, y, unit, axis), *parts], title=axis)


def beside(x: float, middle: float, label: Sequence[Text]) -> list[str]:
    """Lines that end at a place, in each language around the same height."""
    first = {
        side: middle + 4 - LINE_PX * (sum(bool(line.both[side]) for line in label) - 1) / 2
        for side in (0, 1)
    }
    if all(line.en == line.zh for line in label):
        return [
            words_at(x, first[0] + LINE_PX * row, line, anchor="end")
            for row, line in enumerate(label)
        ]
    return [
        words_at(
            x,
            first[side] + LINE_PX * row,
            Text(said, "") if side == 0 else Text("", said),
            anchor="end",
        )
        for side in (0, 1)
        for row, said in enumerate(line.both[side] for line in label if line.both[side])
    ]


@dataclass(frozen=True)
class Scale:
    """Where values from low to high lie between two places of a drawing."""

    low: float
    high: float
    from_px: float
    to_px: float

    def at(self, value: float) -> float:
        """Place of a value [px]."""
        span = (self.high - self.low) or 1.0
        return self.from_px + (value - self.low) / span * (self.to_px - self.from_px)


def _limits(series: Sequence[Series]) -> tuple[float, float]:
    """Return the range that holds 99 % of every series and zero."""
    low = min(0.0, *(float(np.quantile(each.values, 0.005)) for each in series))
    high = max(0.0, *(float(np.quantile(each.values, 0.995)) for each in series))
    spare = (high - low or 1.0) * 0.04
    return low - spare, high + spare


def _hill(series: Series, scale: Scale, base: float, height: float) -> str:
    counts, edges = np.histogram(series.values, bins=BINS, range=(scale.low, scale.high))
    reach = np.arange(-8, 9)
    kernel = np.exp(-0.5 * (reach / 2.5) ** 2)
    smooth = np.convolve(counts, kernel / kernel.sum(), mode="same")
    smooth = smooth / (smooth.max() or 1.0)
    middles = (edges[:-1] + edges[1:]) / 2
    outline = " ".join(
        f"{scale.at(float(x)):.1f},{base - height * float(y):.1f}"
        for x, y in zip(middles, smooth, strict=True)
    )
    low, middle, high = (float(value) for value in np.quantile(series.values, (0.05, 0.5, 0.95)))
    start, end = scale.at(float(middles[0])), scale.at(float(middles[-1]))
    dash = ' stroke-dasharray="6 3"' if series.dashed else ""
    middle_x = scale.at(middle)
    at_left = middle_x > (start + end) / 2  # the name stands beside the hill, where there is room
    name_x = _name_place(series, scale, at_left=at_left)
    return "".join(
        (
            (
                f'<polygon points="{start:.1f},{base:.1f} {outline} {end:.1f},{base:.1f}" '
                f'fill="{series.colour}" fill-opacity="0.28" stroke="none"/>'
            ),
            (
                f'<polyline points="{outline}" fill="none" stroke="{series.colour}" '
                f'stroke-width="1.6"{dash}/>'
            ),
            (
                f'<line x1="{scale.at(low):.1f}" x2="{scale.at(high):.1f}" y1="{base + 4:.1f}" '
                f'y2="{base + 4:.1f}" stroke="{series.colour}" stroke-width="4"/>'
            ),
            (
                f'<line x1="{middle_x:.1f}" x2="{middle_x:.1f}" y1="{base - height * 0.98:.1f}" '
                f'y2="{base + 7:.1f}" stroke="{series.colour}" stroke-width="1.6"/>'
            ),
            words_at(
                name_x,
                base - height * 0.62,
                series.name,
                anchor="end" if at_left else "start",
                style="strong",
            ),
            words_at(
                name_x,
                base - height * 0.62 + 14,
                series.note,
                anchor="end" if at_left else "start",
                style="small",
            ),
        )
    )


def _name_place(series: Series, scale: Scale, *, at_left: bool) -> float:
    """Where the name of a hill ends (at its left) or begins, clear of the line at zero."""
    ends = np.quantile(series.values, (0.01, 0.99))
    lines = (*series.name.both, *as_text(series.note).both)
    wide, zero = max(map(width_px, lines)), scale.at(0.0)
    if at_left:
        at = max(scale.at(float(ends[0])) - 6, scale.from_px + NAME_PX)
        crossed = at - wide < zero + NAME_GAP and zero - NAME_GAP < at
        return max(zero - NAME_GAP, scale.from_px + wide) if crossed else at
    at = min(scale.at(float(ends[1])) + 6, scale.to_px - NAME_PX)
    crossed = at < zero + NAME_GAP and zero - NAME_GAP < at + wide
    return min(zero + NAME_GAP, scale.to_px - wide) if crossed else at


def axis_line(scale: Scale, y: float, unit: Unit, axis: Text) -> str:
    """Draw an axis with round numbers and what it says below."""
    parts = [
        (
            f'<line x1="{scale.from_px}" x2="{scale.to_px}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="{MUTED}" stroke-width="0.8"/>'
        )
    ]
    for tick in ticks(scale.low, scale.high, 6):
        x = scale.at(tick)
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y:.1f}" y2="{y + 4:.1f}" stroke="{MUTED}"/>'
        )
        parts.append(words_at(x, y + 16, unit.tick(tick), anchor="middle", style="small"))
    middle = (scale.from_px + scale.to_px) / 2
    label = axis + " [" + unit.words + "]"
    parts.append(words_at(middle, y + 32, label, anchor="middle", style="small"))
    return "".join(parts)


def _upright(x: float, top: float, bottom: float) -> str:
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top - 6:.1f}" y2="{bottom:.1f}" stroke="{INK}" '
        'stroke-width="1"/>'
    )


def ticks(low: float, high: float, wanted: int) -> list[float]:
    """Round numbers between the ends, about as many as wanted."""
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / wanted))
    step = next(power * m for m in (1, 2, 5, 10) if span / (power * m) <= wanted)
    first = math.ceil(low / step)
    return [number * step for number in range(first, math.floor(high / step) + 1)]


def apart(places: Sequence[float]) -> list[float]:
    """Move labels down until none lies on another."""
    moved = list(places)
    for order, at in enumerate(sorted(range(len(moved)), key=lambda each: places[each])):
        if order == 0:
            last = moved[at]
            continue
        moved[at] = last = max(moved[at], last + LABEL_GAP)
    return moved


def _short(value: float) -> str:
    text = plain(value, 2)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
