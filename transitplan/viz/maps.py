"""Frames and GeoJSON as Folium layers on a map that opens without a connection."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import folium
import shapely
from branca.element import Element, MacroElement
from folium.map import FitBounds, Layer
from folium.template import Template

from transitplan.viz.browser import SCRIPT, STYLE
from transitplan.viz.offline import take_offline, verbatim
from transitplan.viz.text import Text

DECIMALS = 5  # of a degree: about a metre


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
    """

    _template = Template(
        "{% macro script(this, kwargs) %}var {{ this.get_name() }} = {{ this.data }};{% endmacro %}"
    )

    def __init__(self, lines: Sequence[Any], titles: Sequence[Text]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has half its types
        self._name = "Shapes"
        self.data = as_json(
            [[_positions(line), pair(title)] for line, title in zip(lines, titles, strict=True)]
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
        popup), ``width`` in pixels, ``dashed``; drawn in this order.
    fields
        Values of the popup, in the order of the rows.
    """

    _template = Template(
        """{% macro script(this, kwargs) %}
        var {{ this.get_name() }} =
          plan.lines({{ this.shapes.get_name() }}, {{ this.fields }}, {{ this.rows }});
        {% endmacro %}"""
    )

    def __init__(
        self, name: Text, shapes: Shapes, rows: Any, *, fields: Sequence[Field], shown: bool = True
    ) -> None:
        super().__init__(name=as_html(name), overlay=False, show=shown)
        self._name = "Lines"
        self.shapes = shapes
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


class Points(Layer):
    """Places with a drawing, a name that gives way to more important ones, and a popup.

    Parameters
    ----------
    rows
        Frame with ``lat``, ``lon``, ``drawing`` (SVG), ``label`` (Text or None), ``style`` (class
        of the label), ``title`` (Text).
    order
        Rank of the layer's names: of two that meet, the lower number stays.
    """

    _template = Template(
        """{% macro script(this, kwargs) %}
        var {{ this.get_name() }} =
          plan.points({{ this.fields }}, {{ this.rows }}, {{ this.order }});
        {% endmacro %}"""
    )

    def __init__(
        self,
        name: Text,
        rows: Any,
        *,
        fields: Sequence[Field] = (),
        order: int = 1,
        control: bool = True,
        shown: bool = True,
    ) -> None:
        super().__init__(name=as_html(name), overlay=True, control=control, show=shown)
        self._name = "Points"
        self.order = order
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
                ]
                for lat, lon, drawing, label, style, title, values in zip(
                    rows["lat"],
                    rows["lon"],
                    rows["drawing"],
                    rows["label"],
                    rows["style"],
                    rows["title"],
                    _by_row(fields, len(rows)),
                    strict=True,
                )
            ]
        )


class Areas(Layer):
    """Polygons below the roads.

    Parameters
    ----------
    features
        GeoJSON features whose properties hold ``style`` (Leaflet's path options) and, where
        ``fields`` are given, ``title`` and ``values``.
    pane
        ``ground`` or ``reach``, the lower first.
    """

    _template = Template(
        """{% macro script(this, kwargs) %}
        var {{ this.get_name() }} =
          plan.areas({{ this.features }}, {{ this.pane|tojson }}, {{ this.fields }});
        {% endmacro %}"""
    )

    def __init__(
        self,
        name: Text,
        features: Sequence[Mapping[str, Any]],
        *,
        pane: str,
        fields: Sequence[Text] = (),
        control: bool = True,
        shown: bool = True,
    ) -> None:
        super().__init__(name=as_html(name), overlay=True, control=control, show=shown)
        self._name = "Areas"
        self.pane = pane
        self.fields = as_json([pair(field) for field in fields])
        self.features = as_json({"type": "FeatureCollection", "features": list(features)})


class Legend(MacroElement):
    """What the visible layers mean; a layer's words go when the layer goes.

    Parameters
    ----------
    entries
        A layer and its words, or several layers that share them.
    """

    _template = Template(
        """{% macro script(this, kwargs) %}
        plan.legend({{ this._parent.get_name() }}, [
          {% for layers, words in this.entries %}
          [[{% for layer in layers %}{{ layer.get_name() }},{% endfor %}], {{ words }}],{% endfor %}
        ]);
        {% endmacro %}"""
    )

    def __init__(self, entries: Sequence[tuple[Layer | tuple[Layer, ...], str]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has half its types
        self._name = "Legend"
        self.entries = [
            (layers if isinstance(layers, tuple) else (layers,), as_json(words))
            for layers, words in entries
        ]


class PlanMap(folium.Map):
    """A map that saves itself, and shows itself in a notebook, as the page that it is."""

    def save(self, outfile: Any, *_: Any, language: str = "en", **__: Any) -> None:
        """Write the page, whole or not at all.

        language
            ``en`` or ``zh``: what the page shows first.
        """
        path = Path(outfile)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".part-{path.name}")
        part.write_text(page(self, language=language), encoding="utf-8")
        part.replace(path)

    def _repr_html_(self, **_: Any) -> str:
        inside = escape(page(self))
        return f'<iframe srcdoc="{inside}" style="width:100%;height:36em;border:0"></iframe>'


class _Start(MacroElement):
    _template = Template(
        "{% macro script(this, kwargs) %}plan.start({{ this._parent.get_name() }});{% endmacro %}"
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has half its types
        self._name = "Start"


def new_map(
    title: Text,
    *,
    bounds: tuple[float, float, float, float],
    note: Text,
    report: str = "",
    tiles: str = "",
) -> PlanMap:
    """Return an empty map of the extent, with a bar for title, note and language.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees.
    report
        Address of the page that the bar links to.
    tiles
        Address of online tiles; none by default, so that no host is reached.
    """
    west, south, east, north = bounds
    drawing = PlanMap(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=tiles or None,
        attr="tiles: " + tiles.split("/")[2] if tiles else None,
        prefer_canvas=True,
        zoom_snap=0.25,
    )
    take_offline(drawing, tiles=tiles)
    root: Any = drawing.get_root()
    root.title = f"{title.en} · {title.zh}"
    root.header.add_child(verbatim(f"<script>{SCRIPT}</script>"), name="plan")
    root.html.add_child(verbatim(_bar(title, note, report)), name="bar")
    drawing.add_child(_Start())
    view = FitBounds(
        [[south, west], [north, east]],
        padding_top_left=(56, 16),
        padding_bottom_right=(330, 24),  # room for the layer control and the legend
    )
    view.options["animate"] = False  # the page opens on its view, its names in place
    drawing.add_child(view)
    return drawing


def page(drawing: folium.Map, *, language: str = "en") -> str:
    """Return the map's page: the same bytes for the same content."""
    root: Any = drawing.get_root()
    root.header.add_child(verbatim(f"<style>{STYLE}</style>"), name="style")
    _name_in_order(drawing)
    html = str(root.render())
    tag = "zh-Hans" if language == "zh" else "en"
    return html.replace("<html>", f'<html lang="{tag}" data-language="{language}">', 1)


def _name_in_order(drawing: folium.Map) -> None:
    """Replace Folium's random names by numbers."""
    waiting: list[Element] = [drawing]
    number = 0
    while waiting:
        element = waiting.pop(0)
        number += 1
        element._id = str(number)  # noqa: SLF001  Folium offers no other way
        waiting.extend(element._children.values())  # noqa: SLF001  the same


def _bar(title: Text, note: Text, report: str) -> str:
    link = f'<a id="report" href="{report}">{as_html(Text("Report", "报告"))}</a>' if report else ""
    return (
        f'<header class="bar"><h1>{as_html(title)}</h1><p>{as_html(note)}</p>{link}'
        '<button id="language" type="button"><span lang="en">中文</span>'
        '<span lang="zh-Hans">English</span></button></header>'
    )


def _by_row(fields: Sequence[Field], rows: int) -> list[tuple[Text | str | None, ...]]:
    if not fields:
        return [()] * rows
    return list(zip(*(field.values for field in fields), strict=True))


def _positions(line: Any) -> list[list[float]]:
    rounded = shapely.get_coordinates(line).round(DECIMALS)
    return [[lat, lon] for lon, lat in rounded.tolist()]


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
