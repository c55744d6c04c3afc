"""What stands on a map beside its layers: legend, years, the bar that parts it, the view."""

from collections.abc import Sequence

from branca.element import MacroElement
from folium.map import Layer
from folium.template import Template

from transitplan.viz.layers import as_json, pair
from transitplan.viz.text import Text

Bounds = tuple[float, float, float, float]  # west, south, east, north in degrees


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


class Timeline(MacroElement):
    """A slider over years; each layer is shown from its first year to its last.

    Parameters
    ----------
    years
        The stops of the slider.
    parts
        Layer, first year, last year; layers that the layer control does not list.
    start
        Year that the page opens on; the first by default.
    """

    _template = Template(
        """{% macro script(this, kwargs) %}
        plan.timeline({{ this._parent.get_name() }}, {{ this.years }}, [
          {%- for layer, first, last in this.parts %}
          [{{ layer.get_name() }}, {{ first }}, {{ last }}],{% endfor %}
        ], {{ this.start }});
        {% endmacro %}"""
    )

    def __init__(
        self,
        years: Sequence[int],
        parts: Sequence[tuple[Layer, int, int]],
        *,
        start: int | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has half its types
        self._name = "Timeline"
        self.years = list(years)
        self.parts = list(parts)
        self.start = 0 if start is None else self.years.index(start)


class Swipe(MacroElement):
    """A bar to be dragged: layers of the side ``before`` on its left, ``after`` on its right."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        plan.swipe({{ this._parent.get_name() }}, {{ this.names }});
        {% endmacro %}"""
    )

    def __init__(self, before: Text, after: Text) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has half its types
        self._name = "Swipe"
        self.names = as_json([pair(before), pair(after)])


class Start(MacroElement):
    """Prepare the page's map before any layer."""

    _template = Template(
        "{% macro script(this, kwargs) %}plan.start({{ this._parent.get_name() }});{% endmacro %}"
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has half its types
        self._name = "Start"


class View(MacroElement):
    """What the page opens on."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        plan.view({{ this._parent.get_name() }}, {{ this.bounds }});
        {% endmacro %}"""
    )

    def __init__(self, bounds: Bounds) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has half its types
        self._name = "View"
        west, south, east, north = (round(float(each), 6) for each in bounds)
        self.bounds = as_json([[south, west], [north, east]])
