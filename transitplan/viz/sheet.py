"""A finished map of layers: its view, ground, legend and control, within a number of bytes."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import folium
from branca.element import MacroElement

from transitplan.viz.controls import Bounds, Legend
from transitplan.viz.ground import ground_layers
from transitplan.viz.layers import Shapes
from transitplan.viz.maps import PlanMap, new_map, page
from transitplan.viz.roads import Drawn, FaintLines
from transitplan.viz.text import Text

SIZE_LIMIT = 5_000_000  # bytes of a page
LARGE_LIMIT = 15_000_000  # of a network of tens of thousands of links
TOLERANCES_M = (3.0, 10.0, 30.0, 80.0)


def sheet(  # noqa: PLR0913  all that stands on a page
    title: Text,
    drawn: Sequence[Drawn],
    *,
    shapes: Sequence[Shapes],
    bounds: Bounds,
    note: Text,
    ground: Mapping[str, Any] | None = None,
    controls: Sequence[MacroElement] = (),
    report: str = "",
    tiles: str = "",
) -> PlanMap:
    """Put layers on a map, with the ground below and a legend that follows them.

    Parameters
    ----------
    drawn
        Layers with the words of their legends, the lowest first.
    shapes
        Blocks of lines that the layers share.
    bounds
        West, south, east and north of the view, in degrees.
    ground
        GeoJSON of river, water, districts and towns, by ``kind``.
    controls
        ``Timeline``, ``Swipe`` and the like, over the layers.
    tiles
        As in ``new_map``.
    """
    drawing = new_map(title, bounds=bounds, note=note, report=report, tiles=tiles)
    layers = [*ground_layers(ground or {}), *drawn]
    for part in (*shapes, *(layer for layer, _ in layers)):
        drawing.add_child(part)
    drawing.add_child(folium.LayerControl(collapsed=False))
    drawing.add_child(Legend(_in_order(drawn, layers)))
    for control in controls:
        drawing.add_child(control)
    return drawing


def _in_order(drawn: Sequence[Drawn], layers: Sequence[Drawn]) -> list[tuple[Any, str]]:
    """What the map is about comes first in the legend, the ground last."""
    ground = layers[: len(layers) - len(drawn)]
    own = sorted(drawn, key=lambda row: isinstance(row[0], FaintLines))
    return [(layer, words) for layer, words in (*own, *ground) if words]


def fitted(make: Callable[[float], PlanMap], *, limit: int = SIZE_LIMIT) -> PlanMap:
    """Make a map with lines as true as its size allows.

    Parameters
    ----------
    make
        Map with lines simplified to a tolerance in metres, which its note tells.
    limit
        Bytes of the page. Where even the coarsest map is larger, it is taken, and a warning says
        so.
    """
    for tolerance in TOLERANCES_M:
        drawing = make(tolerance)
        size = len(page(drawing).encode())
        if size <= limit:
            return drawing
    warnings.warn(
        f"The map takes {size / 1e6:.1f} MB, more than {limit / 1e6:g}. Draw fewer themes.",
        stacklevel=2,
    )
    return drawing


def simplified(tolerance_m: float) -> Text:
    """Say how true the lines are."""
    return Text(
        f"Roads drawn within {tolerance_m:g} m of the data, both directions on one line.",
        f"道路线形简化误差不超过 {tolerance_m:g} 米，双向合并为一条线。",
    )
