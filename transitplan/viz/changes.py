"""Two networks on one map: a slider fades from the one to the other, changes lie above both."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import shapely
from branca.element import MacroElement
from folium.map import Layer
from folium.template import Template

from transitplan.viz.maps import DECIMALS, PlanMap, as_html, as_json, pair
from transitplan.viz.offline import verbatim
from transitplan.viz.text import Text

Steps: TypeAlias = list[int]  # first latitude and longitude in 1e-5 degree, then steps to the next
BEFORE, AFTER = "before", "after"

STYLE = """
.fader { padding: 6px 12px; display: flex; align-items: center; gap: 8px; font-weight: 600;
  background: #fffffff0; border: 1px solid #c9ccce; border-radius: 3px; font-size: 12.5px; }
.fader input { width: 160px; accent-color: #23272b; }
.leaflet-popup-content h3:not(:first-child) { margin-top: 8px; }
"""

SCRIPT = """
plan.line = function (steps) {
  var line = [], lat = 0, lon = 0;
  for (var at = 0; at < steps.length; at += 2) {
    lat += steps[at];
    lon += steps[at + 1];
    line.push([lat / 1e5, lon / 1e5]);
  }
  return line;
};

// meshes: [[[colour, width, [steps, …]], …], …]: thin lines of one pane, a click goes through
plan.mesh = function (map, pane, meshes) {
  if (!map.getPane(pane)) {
    map.createPane(pane).style.cssText += "z-index:390;pointer-events:none";
    plan[pane] = L.canvas({ pane: pane, padding: 0.3 });
  }
  var group = L.layerGroup();
  meshes.forEach(function (mesh) {
    mesh.forEach(function (part) {
      L.polyline(part[2].map(plan.line), { pane: pane, renderer: plan[pane], color: part[0],
        weight: part[1], interactive: false, smoothFactor: 1.2 }).addTo(group);
    });
  });
  return group;
};

// book: texts, features [steps, [[title, [[label, value], …]], …]]; texts are given by number
plan.changePopup = function (book, feature) {
  function text(at) { return book.texts[at]; }
  return feature[1].map(function (entry) {
    return plan.popup(text(entry[0]), entry[1].map(function (row) { return text(row[0]); }),
      entry[1].map(function (row) { return text(row[1]); }));
  }).join("");
};

// rows: feature, colour, width, dashes; a feature of one place is a ring
plan.changes = function (book, rows) {
  var group = L.featureGroup();
  rows.forEach(function (row) {
    var feature = book.features[row[0]], line = plan.line(feature[0]);
    var style = { color: row[1], weight: row[2], dashArray: row[3] || null, opacity: 1,
      lineCap: row[3] ? "butt" : "round", radius: 2 * row[2], fillColor: "#fff", fillOpacity: 1 };
    var drawn = line.length > 1 ? L.polyline(line, Object.assign(style, { fill: false }))
      : L.circleMarker(line[0], style);
    drawn.bindPopup(function () { return plan.changePopup(book, feature); },
      { maxWidth: 380, maxHeight: 320 }).addTo(group);
  });
  return group;
};

// The slider: left only what was, right only what will be, both in the middle.
plan.fader = function (map, going, coming) {
  function fade(value) {
    var before = Math.min(1, 2 - value / 50), after = Math.min(1, value / 50);
    [["before", before], ["after", after]].forEach(function (each) {
      if (map.getPane(each[0])) { map.getPane(each[0]).style.opacity = each[1]; }
    });
    going.forEach(function (group) { group.setStyle({ opacity: before, fillOpacity: before }); });
    coming.forEach(function (group) { group.setStyle({ opacity: after, fillOpacity: after }); });
  }
  var control = L.control({ position: "bottomleft" });
  control.onAdd = function () {
    var box = L.DomUtil.create("label", "fader");
    box.innerHTML = '<span><span lang="en">Before</span><span lang="zh-Hans">之前</span></span>'
      + '<input type="range" min="0" max="100" value="50" '
      + 'aria-label="From before to after · 从之前到之后">'
      + '<span><span lang="en">After</span><span lang="zh-Hans">之后</span></span>';
    L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
    var input = box.querySelector("input");
    input.addEventListener("input", function () { fade(Number(input.value)); });
    return box;
  };
  control.addTo(map);
};
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
    """

    _template = Template(
        """{% macro script(this, kwargs) %}
        var {{ this.get_name() }} = plan.changes({{ this.book.get_name() }}, {{ this.rows }});
        {% endmacro %}"""
    )

    def __init__(self, name: Text, book: Book, rows: Sequence[tuple[int, str, float, str]]) -> None:
        super().__init__(name=as_html(name), overlay=True)
        self._name = "Changes"
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
    root.header.add_child(verbatim(f"<script>{SCRIPT}</script>"), name="changes_script")


def as_steps(shapes: Sequence[Any]) -> list[Steps]:
    """Shapely points or lines in longitude and latitude, as whole steps of 1e-5 degree."""
    counts = shapely.get_num_coordinates(shapes)
    places = np.round(shapely.get_coordinates(shapes)[:, ::-1] * 10**DECIMALS).astype(np.int64)
    first = np.cumsum(counts) - counts
    steps = np.diff(places, axis=0, prepend=places[:1])
    steps[first] = places[first]
    return [part.ravel().tolist() for part in np.split(steps, first[1:])]
