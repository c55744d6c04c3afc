"""Layers of roads: class, flow, load, change and part of flow; each with its legend."""

from collections.abc import Iterable
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from folium.map import Layer

from transitplan.arrays import Objects
from transitplan.viz import palette, swatches
from transitplan.viz.layers import Field, Lines, Shapes
from transitplan.viz.text import Text, as_text, number, plain, rounded
from transitplan.viz.words import ROAD_CLASSES

WIDEST = 11.0  # pixels
CONNECTOR = "connector"
Drawn: TypeAlias = tuple[Layer, str]  # a layer, and the words of its legend


def flow_fields(frame: pd.DataFrame) -> list[Field]:
    """Lines of a popup on traffic: see ``Segments.flows``."""

    def whole(column: str) -> list[str]:
        return [_figure(value) for value in frame[column]]

    return [
        Field(Text("Flow, both directions [veh/h]", "双向流量 [辆/小时]"), whole("flow_vph")),
        Field(Text("One direction [veh/h]", "单向 [辆/小时]"), whole("forward_vph")),
        Field(Text("The other [veh/h]", "对向 [辆/小时]"), whole("backward_vph")),
        Field(
            Text("Volume / capacity, busier direction", "饱和度（较忙方向）"),
            [_figure(value, 2) for value in frame["volume_capacity_ratio"]],
        ),
        Field(Text("Delay, busier direction [s]", "延误（较忙方向）[秒]"), whole("delay_s")),
    ]


def flow_layer(
    shapes: Shapes,
    frame: pd.DataFrame,
    *,
    name: Text,
    title: Text,
    widest_flow: float,
    note: Text | None = None,
    shown: bool = True,
    side: str = "",
) -> Drawn:
    """Flow as width; with a ``side``, as in ``Lines``, beside other road layers.

    Parameters
    ----------
    frame
        As ``Segments.flows``, indexed by position in ``shapes``; connectors are left out.
    widest_flow
        Flow of the widest line: the same for layers that are compared.
    """
    own = _without_connectors(frame).sort_values("flow_vph", kind="stable")
    rows = pd.DataFrame(
        {
            "shape": own.index,
            "colour": palette.INK,
            "width": 0.7 + own["flow_vph"].to_numpy() / widest_flow * WIDEST,
            "dashed": (own["structure"] == "tunnel").to_numpy(),
        }
    )
    layer = Lines(
        name, shapes, rows, fields=flow_fields(own), shown=shown, side=side, base=not side
    )
    steps = [rounded(widest_flow * share, 1) for share in (1.0, 0.5, 0.1)]
    words = swatches.heading(
        title,
        note
        or Text(
            "Morning peak hour, both directions. Dashed: tunnel.",
            "早高峰小时，双向合计。虚线为隧道。",
        ),
    )
    words += "".join(
        swatches.key_line(palette.INK, 0.7 + step / widest_flow * WIDEST, plain(step))
        for step in steps
    )
    return layer, words


def load_layer(
    shapes: Shapes, frame: pd.DataFrame, *, name: Text, title: Text, shown: bool = False
) -> Drawn:
    """Volume over capacity of the busier direction as colour, class as width."""
    own = _without_connectors(frame)
    own = own[own["volume_capacity_ratio"].notna()]
    own = own.sort_values("volume_capacity_ratio", kind="stable")
    rows = pd.DataFrame(
        {
            "shape": own.index,
            "colour": [palette.load_colour(value) for value in own["volume_capacity_ratio"]],
            "width": [
                palette.ROAD_STYLES.get(kind, ("", 1.5))[1] * 0.8 + 1.6
                for kind in own["facility_type"]
            ],
            "dashed": (own["structure"] == "tunnel").to_numpy(),
        }
    )
    layer = Lines(name, shapes, rows, fields=flow_fields(own), shown=shown)
    words = swatches.heading(
        title, Text("Morning peak hour, busier direction.", "早高峰小时，较忙方向。")
    )
    limits = ["", *(f"{value:g}" for value in palette.LOAD_BREAKS), ""]
    words += "".join(
        swatches.key_line(
            colour, 5, f"< {high}" if not low else f"> {low}" if not high else f"{low}–{high}"
        )
        for colour, low, high in zip(palette.LOAD_COLOURS, limits[:-1], limits[1:], strict=True)
    )
    return layer, words


def change_layer(
    shapes: Shapes,
    frame: pd.DataFrame,
    *,
    name: Text,
    title: Text,
    note: Text,
    labels: tuple[Text, Text],
    widest_change: float,
    shown: bool = False,
) -> Drawn:
    """Change of flow: more and less in two colours, how much as width, little as a hairline.

    Parameters
    ----------
    frame
        with_vph, without_vph, change_vph, facility_type and structure.
    note
        Holds ``{small}`` for the flow below which a road is a hairline.
    labels
        What the popup calls the flow with and without.
    """
    own = _without_connectors(frame)
    size = own["change_vph"].abs().sort_values(kind="stable")
    own = own.loc[size.index]
    small = max(10.0, rounded(widest_change * 0.01, 1))
    colours = [
        "" if much < small else palette.MORE if change > 0 else palette.LESS
        for change, much in zip(own["change_vph"], size, strict=True)
    ]
    rows = pd.DataFrame(
        {
            "shape": own.index,
            "colour": colours,
            "width": 1.0 + size.to_numpy() / widest_change * WIDEST,
            "dashed": (own["structure"] == "tunnel").to_numpy(),
        }
    )
    fields = [
        Field(Text("Change [veh/h]", "变化 [辆/小时]"), [_signed(v) for v in own["change_vph"]]),
        Field(labels[0], [_figure(value) for value in own["with_vph"]]),
        Field(labels[1], [_figure(value) for value in own["without_vph"]]),
    ]
    layer = Lines(name, shapes, rows, fields=fields, shown=shown)
    step = rounded(widest_change * 0.5, 1)
    wide = 1.0 + step / widest_change * WIDEST
    told = Text(note.en.format(small=f"{small:g}"), note.zh.format(small=f"{small:g}"))
    words = swatches.heading(title, told)
    words += swatches.key_line(
        palette.MORE, wide, Text(f"{plain(step)} veh/h more", f"增加 {plain(step)} 辆/小时")
    )
    words += swatches.key_line(
        palette.LESS, wide, Text(f"{plain(step)} veh/h less", f"减少 {plain(step)} 辆/小时")
    )
    return layer, words


def part_layer(
    shapes: Shapes,
    frame: pd.DataFrame,
    *,
    name: Text,
    title: Text,
    total: Text,
    shown: bool = False,
) -> Drawn:
    """Flow of chosen trips as width over faint roads.

    Parameters
    ----------
    frame
        part_vph (of the chosen trips), all_vph, facility_type and structure.
    total
        How many trips were chosen, in words.
    """
    own = _without_connectors(frame).sort_values("part_vph", kind="stable")
    most = max(1.0, float(own["part_vph"].max()))
    faint = own["part_vph"] < max(1.0, most * 0.005)
    share = own["part_vph"] / own["all_vph"].where(own["all_vph"] > 0)
    rows = pd.DataFrame(
        {
            "shape": own.index,
            "colour": np.where(faint, "", palette.CHOSEN),
            "width": 1.0 + own["part_vph"].to_numpy() / most * WIDEST,
            "dashed": (own["structure"] == "tunnel").to_numpy(),
        }
    )
    fields = [
        Field(Text("Of these trips [veh/h]", "其中所选 [辆/小时]"), _figures(own["part_vph"])),
        Field(Text("All traffic [veh/h]", "全部流量 [辆/小时]"), _figures(own["all_vph"])),
        Field(
            Text("Share of all", "占比"),
            [f"{value * 100:.0f} %" if np.isfinite(value) else "" for value in share],
        ),
    ]
    layer = Lines(name, shapes, rows, fields=fields, shown=shown)
    words = swatches.heading(title, total)
    steps = dict.fromkeys(rounded(most * each, 1) for each in (1.0, 0.3, 0.05))
    words += "".join(
        swatches.key_line(palette.CHOSEN, 1.0 + step / most * WIDEST, f"{plain(step)} veh/h")
        for step in steps
    )
    return layer, words


def class_layer(
    shapes: Shapes, frame: pd.DataFrame, *, shown: bool = True, base: bool = True
) -> Drawn:
    """Roads by class, connectors too.

    Parameters
    ----------
    frame
        facility_type, structure, lanes; free_speed_kph where it is known.
    """
    styles = [
        palette.ROAD_STYLES.get(kind, (palette.HAIRLINE, 1.0)) for kind in frame["facility_type"]
    ]
    rows = pd.DataFrame(
        {
            "shape": frame.index,
            "colour": [style[0] for style in styles],
            "width": [style[1] for style in styles],
            "dashed": (frame["structure"] == "tunnel").to_numpy(),
        }
    )
    rows = rows.sort_values("width", kind="stable")
    own = frame.iloc[rows.index]
    fields = [
        Field(
            Text("Class", "等级"),
            [ROAD_CLASSES.get(kind, as_text(kind)) for kind in own["facility_type"]],
        ),
        Field(Text("Lanes, one direction", "单向车道数"), [f"{v:g}" for v in own["lanes"]]),
    ]
    if "free_speed_kph" in own:
        speeds = [f"{v:.0f}" for v in own["free_speed_kph"]]
        fields.append(Field(Text("Speed when empty [km/h]", "畅通车速 [公里/小时]"), speeds))
    name = Text("Road network", "路网")
    layer = Lines(name, shapes, rows, fields=fields, shown=shown, base=base)
    return layer, class_legend(frame["facility_type"])


def class_legend(present: Iterable[str]) -> str:
    """Words for the classes of road that are there."""
    there = set(present)
    words = swatches.heading(Text("Road network by class", "路网等级"))
    return words + "".join(
        swatches.key_line(colour, width, ROAD_CLASSES[kind])
        for kind, (colour, width) in palette.ROAD_STYLES.items()
        if kind in there
    )


class FaintLines(Lines):
    """Roads as the ground of something else; a page needs them once."""


def faint_layer(shapes: Shapes, frame: pd.DataFrame, *, shown: bool = True) -> Drawn:
    """Roads as hairlines: the ground of maps of other things; connectors are left out."""
    own = _without_connectors(frame)
    rows = pd.DataFrame({"shape": own.index, "colour": "", "width": 1.0, "dashed": False})
    name = Text("Roads", "道路")
    layer = FaintLines(name, shapes, rows, fields=[], shown=shown, base=False)
    return layer, swatches.key_line(palette.HAIRLINE, 1.0, name)


def value_layer(
    shapes: Shapes, frame: pd.DataFrame, values: npt.ArrayLike, *, label: Text
) -> Drawn:
    """Any number of a road as colour, in five classes of equal count.

    Parameters
    ----------
    frame
        facility_type and structure.
    values
        One a row of ``frame``; NaN is a hairline.
    """
    value = pd.Series(np.asarray(values, dtype=float), index=frame.index)
    alone = np.unique(value.dropna())
    few = 0 < len(alone) <= len(palette.AMOUNT_COLOURS)
    breaks = alone[1:] if few else np.unique(value.dropna().quantile([0.2, 0.4, 0.6, 0.8]))
    place = np.searchsorted(breaks, value.to_numpy(), side="right")
    colours: Objects = np.array(palette.AMOUNT_COLOURS, dtype=object)[
        np.clip(place, 0, len(palette.AMOUNT_COLOURS) - 1)
    ]
    rows = pd.DataFrame(
        {
            "shape": frame.index,
            "colour": np.where(value.isna(), "", colours),
            "width": 3.0,
            "dashed": (frame["structure"] == "tunnel").to_numpy(),
        }
    )
    order = value.fillna(-np.inf).sort_values(kind="stable").index
    rows = rows.set_index(frame.index).loc[order]
    field = Field(label, [number(each) for each in value.loc[order]])
    layer = Lines(label, shapes, rows, fields=[field])
    ends = [float(value.min()), *breaks.tolist(), float(value.max())]
    told = [f"{_figure(low, 3)} – {_figure(high, 3)}" for low, high in pairwise(ends)]
    keys = zip(
        palette.AMOUNT_COLOURS, [_figure(v, 3) for v in alone] if few else told, strict=False
    )
    words = swatches.heading(label)
    return layer, words + "".join(swatches.key_line(colour, 4, each) for colour, each in keys)


def _without_connectors(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[(frame["facility_type"] != CONNECTOR).to_numpy()]


def _figure(value: float, decimals: int = 0) -> str:
    if not np.isfinite(value):
        return ""
    return plain(value, decimals)


def _figures(values: Iterable[float]) -> list[str]:
    return [_figure(value) for value in values]


def _signed(value: float) -> str:
    return f"{value:+,.0f}".replace("-", "−")
