"""Frames as Folium layers: lines, circles, marks and areas, their data written once a page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import shapely
from branca.element import MacroElement
from folium.map import Layer
from folium.template import Template

from transitplan.viz.text import Text

DECIMALS = 5  # of a degree: about a metre
Steps: TypeAlias = list[int]  # first latitude and longitude in 1e-5 degree, then steps to the next
ROAD = Text("road", "道路")


@dataclass(frozen=True)
class Field:
    """A line of a popup: its label and the values, one a row of the layer."""

    label: Text
    values: Sequence[Text | str | None]


class Shapes(MacroElement):
    """Lines and their names, written into the page once and drawn by any number of layers.

    Parameters
    ----------
    lines
        Shapely lines in longitude and latitude.
    titles
        Name of each line, the head of its popup.
    ids
        Ids of the links of each line, by comma; the search finds them.
    named
        Whether the title is a name, which the search finds, and not only a class of road; of no
        line by default.
    """

    _template = Template(
        """{% macro script(this, kwargs) %}
        var {{ this.get_name() }} = plan.shapes({{ this.data }});
        {%- if this.searched %}
        plan.search({{ this._parent.get_name() }}, {{ this.get_name() }}, {{ this.kind }});
        {%- endif %}
        {% endmacro %}"""
    )

    def __init__(
        self,
        lines: Sequence[Any],
        titles: Sequence[Text],
        *,
        ids: Sequence[str] | None = None,
        named: Sequence[bool] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has half its types
        self._name = "Shapes"
        self.kind = as_json(pair(ROAD))
        self.searched = ids is not None or named is not None
        n = len(titles)
        self.data = as_json(
            [
                [steps, pair(title), own, int(called)]
                for steps, title, own, called in zip(
                    as_steps(lines),
                    titles,
                    ids if ids is not None else [""] * n,
                    named if named is not None else [False] * n,
                    strict=True,
                )
            ]
        )


class Lines(Layer):
    """Roads in colour and width, on canvas; a click opens the values.

    Parameters
    ----------
    name
        What the layer control says.
    shapes
        The lines, shared between layers.
    rows
        Frame with ``shape`` (position in ``shapes``), ``colour`` (empty: a hairline without a
        popup, below all others), ``width`` in pixels when the map opens, ``dashed``; drawn in this
        order.
    fields
        Values of the popup, in the order of the rows.
    side
        ``before`` or ``after`` where a ``Swipe`` parts the map.
    base
        Whether it takes turns with the other road layers.
    control
        Whether the layer control lists it.
    """

    _template = Template(
        """{% macro script(this, kwargs) %}
        var {{ this.get_name() }} =
          plan.lines({{ this.shapes.get_name() }}, {{ this.fields }}, {{ this.rows }}
          {%- if this.side %}, {{ this.side|tojson }}{% endif %});
        {% endmacro %}"""
    )

    def __init__(
        self,
        name: Text,
        shapes: Shapes,
        rows: Any,
        *,
        fields: Sequence[Field],
        shown: bool = True,
        side: str = "",
        base: bool = True,
        control: bool = True,
    ) -> None:
        super().__init__(name=as_html(name), overlay=not base, show=shown, control=control)
        self._name = "Lines"
        self.shapes = shapes
        self.side = side
        self.fields = as_json([pair(field.label) for field in fields])
        self.rows = as_json(
            [
                [int(shape), colour, round(float(width), 1), int(dashed), *map(pair, values)]
                if colour
                else [int(shape)]
                for shape, colour, width, dashed, values in zip(
                    rows["shape"],
                    rows["colour"],
                    rows["width"],
                    rows["dashed"],
                    _by_row(fields, len(rows)),
                    strict=True,
                )
            ]
        )


class Circles(Layer):
    """Places as circles on canvas, above the roads: size and colour are values.

    Parameters
    ----------
    rows
        Frame with ``lat``, ``lon``, ``radius`` in pixels, ``fill``, ``line``, ``line_px`` and
        ``title`` (Text).
    kind
        What the search calls them; empty: it does not know them.
    """

    _template = Template(
        """{% macro script(this, kwargs) %}
        var {{ this.get_name() }} =
          plan.circles({{ this.fields }}, {{ this.rows }}, {{ this.kind }});
        {% endmacro %}"""
    )

    def __init__(
        self,
        name: Text,
        rows: Any,
        *,
        fields: Sequence[Field] = (),
        kind: Text | None = None,
        control: bool = True,
        shown: bool = True,
    ) -> None:
        super().__init__(name=as_html(name), overlay=True, control=control, show=shown)
        self._name = "Circles"
        self.kind = as_json(pair(kind))
        self.fields = as_json([pair(field.label) for field in fields])
        self.rows = as_json(
            [
                [
                    *(round(float(each), DECIMALS) for each in (row.lat, row.lon)),
                    round(float(row.radius), 1),
                    row.fill,
                    row.line,
                    round(float(row.line_px), 1),
                    pair(row.title),
                    *map(pair, values),
                ]
                for row, values in zip(
                    rows.itertuples(index=False), _by_row(fields, len(rows)), strict=True
                )
            ]
        )


class Points(Layer):
    """Places with a drawing, a name that gives way to more important ones, and a popup.

    Parameters
    ----------
    rows
        Frame with ``lat``, ``lon``, ``drawing`` (SVG), ``label`` (Text or None), ``style`` (class
        of the label), ``title`` (Text); ``room`` where the mark stands in a circle of that radius
        [px], which names keep off.
    order
        Rank of the layer's names: of two that meet, the lower number stays.
    kind
        What the search calls them; empty: it does not know them.
    """

    _template = Template(
        """{% macro script(this, kwargs) %}
        var {{ this.get_name() }} =
          plan.points({{ this.fields }}, {{ this.rows }}, {{ this.order }}, {{ this.kind }});
        {% endmacro %}"""
    )

    def __init__(
        self,
        name: Text,
        rows: Any,
        *,
        fields: Sequence[Field] = (),
        order: int = 1,
        kind: Text | None = None,
        control: bool = True,
        shown: bool = True,
    ) -> None:
        super().__init__(name=as_html(name), overlay=True, control=control, show=shown)
        self._name = "Points"
        self.order = order
        self.kind = as_json(pair(kind))
        self.fields = as_json([pair(field.label) for field in fields])
        self.rows = as_json(
            [
                [
                    round(float(lat), DECIMALS),
                    round(float(lon), DECIMALS),
                    drawing,
                    None if label is None else pair(label),
                    style,
                    pair(title),
                    [pair(value) for value in values],
                    *([round(float(room), 1)] if room else []),
                ]
                for lat, lon, drawing, label, style, title, room, values in zip(
                    rows["lat"],
                    rows["lon"],
                    rows["drawing"],
                    rows["label"],
                    rows["style"],
                    rows["title"],
                    rows.get("room", [0.0] * len(rows)),
                    _by_row(fields, len(rows)),
                    strict=True,
                )
            ]
        )


class Areas(Layer):
    """Polygons below the roads, and circles for what has none.

    Parameters
    ----------
    features
        GeoJSON features whose properties hold ``style`` (Leaflet's path options) and, where
        ``fields`` are given, ``title`` and ``values``; where there is a ``kind``, ``at`` too, the
        latitude and longitude at which the popup opens.
    pane
        ``ground``, ``cells`` or ``reach``, the lower first.
    kind
        What the search calls them; empty: it does not know them.
    """

    _template = Template(
        """{% macro script(this, kwargs) %}
        var {{ this.get_name() }} =
          plan.areas({{ this.features }}, {{ this.pane|tojson }}, {{ this.fields }}
          {%- if this.kind != "null" %}, {{ this.kind }}{% endif %});
        {% endmacro %}"""
    )

    def __init__(
        self,
        name: Text,
        features: Sequence[Mapping[str, Any]],
        *,
        pane: str,
        fields: Sequence[Text] = (),
        kind: Text | None = None,
        control: bool = True,
        shown: bool = True,
    ) -> None:
        super().__init__(name=as_html(name), overlay=True, control=control, show=shown)
        self._name = "Areas"
        self.kind = as_json(pair(kind))
        self.pane = pane
        self.fields = as_json([pair(field) for field in fields])
        self.features = as_json({"type": "FeatureCollection", "features": list(features)})


def as_steps(shapes: Sequence[Any]) -> list[Steps]:
    """Shapely points or lines in longitude and latitude, as whole steps of 1e-5 degree."""
    if not len(shapes):
        return []
    counts = shapely.get_num_coordinates(shapes)
    places = np.round(shapely.get_coordinates(shapes)[:, ::-1] * 10**DECIMALS).astype(np.int64)
    first = np.cumsum(counts) - counts
    steps = np.diff(places, axis=0, prepend=places[:1])
    steps[first] = places[first]
    return [part.ravel().tolist() for part in np.split(steps, first[1:])]


def pair(words: Text | str | None) -> list[str] | str | None:
    """Write words for the page's script: one text, or both languages."""
    if not isinstance(words, Text):
        return words
    return words.en if words.en == words.zh else [words.en, words.zh]


def as_html(words: Text) -> str:
    """Write words with the language of each."""
    return str(words.__html__())


def as_json(data: object) -> str:
    """JSON that may stand inside a script."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("</", "<\\/")


def _by_row(fields: Sequence[Field], rows: int) -> list[tuple[Text | str | None, ...]]:
    if not fields:
        return [()] * rows
    return list(zip(*(field.values for field in fields), strict=True))
