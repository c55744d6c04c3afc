"""Zones on a map: circles whose size tells the residents, or their areas; the colour is a value."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from transitplan.viz import palette, swatches
from transitplan.viz.layers import DECIMALS, Areas, Circles, Field, pair
from transitplan.viz.roads import Drawn
from transitplan.viz.text import Text, people, plain

ZONE = Text("zone", "小区")
NO_VALUE = "#ffffff"
LARGEST_PX, SMALLEST_PX = 17.0, 4.0  # radius of a circle
OPACITY = 0.8  # of an area


def zone_layer(  # noqa: PLR0913  what is drawn, its words, its scale
    zones: pd.DataFrame,
    values: npt.ArrayLike,
    *,
    name: Text,
    title: Text,
    note: Text | None = None,
    label: Text,
    breaks: Sequence[float],
    colours: Sequence[str] = palette.AMOUNT_COLOURS,
    ringed: npt.ArrayLike | None = None,
    ring: Text | None = None,
    fields: Sequence[Field] = (),
    shown: bool = True,
) -> Drawn:
    """Colour zones by a value: their areas, else circles whose size tells the residents.

    Parameters
    ----------
    zones
        zone_id, name, name_zh, population, lat, lon; with ``area`` (polygon in longitude and
        latitude, or None) they are drawn as areas, those without one as circles.
    values
        One a zone; NaN or infinite: an empty zone.
    label
        What the popup calls the value, with its unit.
    breaks
        Between the colours, one fewer than there are colours.
    ringed, ring
        Zones with a dark edge, and what it means.
    """
    value = np.asarray(values, dtype=float)
    known = np.isfinite(value)
    place = np.searchsorted(np.asarray(breaks), np.where(known, value, 0.0), side="right")
    heads = zones["population"].to_numpy(dtype=float)
    marked = np.zeros(len(zones), dtype=bool) if ringed is None else np.asarray(ringed)
    rows = pd.DataFrame(
        {
            "lat": zones["lat"],
            "lon": zones["lon"],
            "radius": radii(heads),
            "fill": np.where(known, np.array(colours, dtype=object)[place], NO_VALUE),
            "line": np.where(marked, palette.INK, np.where(known, "#ffffff", palette.MUTED)),
            "line_px": np.where(marked, 2.6, 1.0),
            "title": [zone_name(row) for row in zones.to_dict("records")],
        }
    )
    every = [
        Field(label, [plain(v, 0 if abs(v) >= 10 else 2) if np.isfinite(v) else "" for v in value]),  # noqa: PLR2004
        Field(Text("Residents [persons]", "常住人口 [人]"), [people(each) for each in heads]),
        *fields,
    ]
    words = swatches.heading(title, note) + _scale(breaks, colours)
    if not known.all():
        words += swatches.key_area(NO_VALUE, Text("no way, or no value", "不可达或无数值"))
    if "area" in zones:
        areas = zones["area"].to_numpy()
        order = np.argsort(marked, kind="stable")  # dark edges lie above their neighbours'
        layer = _areas(name, areas, rows, every, order, shown=shown)
        edge = swatches.key_area("#ffffff", ring, border=palette.INK, border_px=2.6) if ring else ""
        return layer, words + (edge if marked.any() else "")
    order = np.argsort(-heads, kind="stable")  # small circles lie above large ones
    own = [Field(each.label, [each.values[at] for at in order]) for each in every]
    circles = Circles(name, rows.iloc[order], fields=own, kind=ZONE, shown=shown)
    if ring is not None and marked.any():
        words += swatches.key_mark(swatches.ring_mark(), ring)
    return circles, words + _sizes(heads)


def _areas(
    name: Text, areas: Any, rows: pd.DataFrame, fields: Sequence[Field], order: Any, *, shown: bool
) -> Areas:
    features = []
    for at in order:
        row = rows.iloc[at]
        style = {"color": row["line"], "weight": float(row["line_px"]), "fillColor": row["fill"]}
        place = [round(float(row[each]), DECIMALS) for each in ("lat", "lon")]
        shape = areas[at]
        if shape is None:
            shape = shapely.Point(place[::-1])
            style["radius"] = SMALLEST_PX
        features.append(
            {
                "type": "Feature",
                "geometry": shapely.geometry.mapping(shape),
                "properties": {
                    "style": {**style, "fillOpacity": OPACITY, "opacity": 1.0},
                    "title": pair(row["title"]),
                    "values": [pair(field.values[at]) for field in fields],
                    "at": place,
                },
            }
        )
    labels = [field.label for field in fields]
    return Areas(name, features, pane="cells", fields=labels, kind=ZONE, shown=shown)


def _scale(breaks: Sequence[float], colours: Sequence[str]) -> str:
    limits = ["", *(_short(each) for each in breaks), ""]
    return "".join(
        swatches.key_area(
            colour,
            f"< {high}" if not low else f"≥ {low}" if not high else f"{low} – {high}",
            border=palette.MUTED,
        )
        for colour, low, high in zip(colours, limits[:-1], limits[1:], strict=True)
    )


def radii(amounts: Any) -> Any:
    """Radius of circles whose areas are as the amounts, in pixels; small ones stay visible."""
    most = max(float(np.max(amounts, initial=0.0)), 1e-9)
    return np.maximum(SMALLEST_PX, LARGEST_PX * np.sqrt(np.maximum(amounts, 0.0) / most))


def rounded_breaks(values: Any, *, classes: int = 5) -> list[float]:
    """Round numbers that part the values into classes of about equal count, each once."""
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    if not len(known):
        return [float(step) for step in range(1, classes)]
    found = np.quantile(known, np.arange(1, classes) / classes)
    size = 10.0 ** np.floor(np.log10(max(float(np.abs(found).max()), 1e-9)) - 1)
    found = np.round(found / size) * size
    below = np.floor(known.min() / size) * size
    for at, each in enumerate(found):  # equal ones move up a step; none is empty at the low end
        found[at] = below = max(each, below + size)
    return [float(each) for each in found]


def zone_name(row: Any) -> Text:
    """Name of a zone with its number."""
    english, chinese = (str(row.get(key) or "") for key in ("name", "name_zh"))
    number = row["zone_id"]
    if not english and not chinese:
        return Text(f"Zone {number}", f"小区 {number}")
    return Text(f"{english or chinese} (zone {number})", f"{chinese or english}（小区 {number}）")


def _sizes(heads: Any) -> str:
    most = float(np.max(heads, initial=0.0))
    if most <= 0:
        return ""
    step = people(most)
    return swatches.key_mark(
        swatches.circle_mark(),
        Text(f"area: residents, most {step.en}", f"面积：人口，最多 {step.zh}"),
    )


def _short(value: float) -> str:
    return plain(value, 0 if value == round(value) else 2)
