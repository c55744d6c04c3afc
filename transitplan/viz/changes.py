"""Two networks on one map: a slider fades from the one to the other, changes lie above both."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from branca.element import MacroElement
from folium.map import Layer
from folium.template import Template

from transitplan.viz.layers import Steps, as_html, as_json, pair
from transitplan.viz.maps import PlanMap, part
from transitplan.viz.offline import verbatim
from transitplan.viz.text import Text

BEFORE, AFTER = "before", "after"

STYLE = """
.fader { padding: 6px 12px; display: flex; align-items: center; gap: 8px; font-weight: 600;
  background: #fffffff0; border: 1px solid #c9ccce; border-radius: 3px; font-size: 12.5px; }
.fader input { width: 160px; accent-color: #23272b; }
.fader button { font: inherit; padding: 2px 8px; border: 1px solid #6b7075; background: #fff;
  border-radius: 3px; cursor: pointer; }
.leaflet-popup-content h3:not(:first-child) { margin-top: 8px; }
"""


class Change(NamedTuple):
    """A place or line that differs, and what its popup says of each row that lies there."""

    steps: Steps
    entries: Sequence[tuple[Text, Sequence[tuple[Text, Text]]]]  # title; label and value


class Book(MacroElement):
    """All that differs, written into the page once; texts that repeat stand once."""

    _template = Template(
        "{% macro script(this, kwargs) %}var {{ this.get_name() }} = {{ this.data }};{% endmacro %}"
    )

    def __init__(self, features: Sequence[Change]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has half its types
        self._name = "Book"
        texts: dict[Text, int] = {}

        def number(text: Text) -> int:
            return texts.setdefault(text, len(texts))

        written = [
            [
                feature.steps,
                [
                    [number(title), [[number(label), number(value)] for label, value in rows]]
                    for title, rows in feature.entries
                ],
            ]
            for feature in features
        ]
        self.data = as_json({"texts": [pair(text) for text in texts], "features": written})


class Changes(Layer):
    """Features of a book in colour, on canvas, above both networks.

    Parameters
    ----------
    rows
        Number of the feature, colour, width in pixels, dashes (empty: none); drawn in this order.
    kind
        What the search says of them.
    """

    _template = Template(
        """{% macro script(this, kwargs) %}
        var {{ this.get_name() }} =
          plan.changes({{ this.book.get_name() }}, {{ this.rows }}, {{ this.kind }});
        plan.search({{ this._parent.get_name() }}, []);
        {% endmacro %}"""
    )

    def __init__(
        self, name: Text, book: Book, rows: Sequence[tuple[int, str, float, str]], *, kind: Text
    ) -> None:
        super().__init__(name=as_html(name), overlay=True)
        self._name = "Changes"
        self.kind = as_json(pair(kind))
        self.book = book
        self.rows = as_json(rows)


class Mesh(MacroElement):
    """Thin lines by style, written into the page once."""

    _template = Book._template  # noqa: SLF001  the same: a name and its data

    def __init__(self, lines: Mapping[tuple[str, float], Sequence[Steps]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has half its types
        self._name = "Mesh"
        self.data = as_json([[*style, list(steps)] for style, steps in lines.items()])


class Network(Layer):
    """One of the two networks: the lines that both have, and its own."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        var {{ this.get_name() }} = plan.mesh({{ this._parent.get_name() }},
          {{ this.pane|tojson }}, [
          {%- for mesh in this.meshes %}{{ mesh.get_name() }},{% endfor -%}]);
        {% endmacro %}"""
    )

    def __init__(self, name: Text, meshes: Sequence[Mesh], *, pane: str) -> None:
        super().__init__(name=as_html(name), overlay=True)
        self._name = "Network"
        self.meshes = meshes
        self.pane = pane


class Fader(MacroElement):
    """The slider; layers that are gone fade with what was, new ones with what will be."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        plan.fader({{ this._parent.get_name() }}, [
          {%- for layer in this.going %}{{ layer.get_name() }},{% endfor -%}], [
          {%- for layer in this.coming %}{{ layer.get_name() }},{% endfor -%}]);
        {% endmacro %}"""
    )

    def __init__(self, going: Sequence[Layer], coming: Sequence[Layer]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has half its types
        self._name = "Fader"
        self.going, self.coming = going, coming


def prepare(drawing: PlanMap) -> None:
    """Give a map the script and the style of the layers of this module."""
    root: Any = drawing.get_root()
    root.header.add_child(verbatim(f"<style>{STYLE}</style>"), name="changes_style")
    root.header.add_child(verbatim(f"<script>{part('changes.js')}</script>"), name="changes_script")
