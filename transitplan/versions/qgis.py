"""Looks of layers as QGIS keeps them in a GeoPackage: one row of ``layer_styles`` a layer."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

import pandas as pd

WRITTEN = "2000-01-01T00:00:00.000Z"  # one fixed date: the same content gives the same bytes


class Layer(NamedTuple):
    """A layer of the file and its colours."""

    name: str
    shape: str  # line, marker, fill or none
    colours: Mapping[str, str]  # by ``kind``; one under "" for all rows
    width_mm: float = 1.0
    dashed: bool = False


def style_table(layers: Sequence[Layer], description: str) -> pd.DataFrame:
    """Return the table ``layer_styles`` for these layers, as QGIS 3 writes it itself."""
    drawn = [layer for layer in layers if layer.shape != "none"]
    return looks_table([Style(each.name, each.name, _qml(each)) for each in drawn], description)


class Style(NamedTuple):
    """One look of a layer, as QGIS writes it (QML)."""

    layer: str
    name: str
    qml: str
    default: bool = True


def looks_table(styles: Sequence[Style], description: str) -> pd.DataFrame:
    """Return the table ``layer_styles`` of these looks; a layer may have several."""
    return pd.DataFrame(
        {
            "id": range(1, len(styles) + 1),
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": [style.layer for style in styles],
            "f_geometry_column": "geom",
            "styleName": [style.name for style in styles],
            "styleQML": [style.qml for style in styles],
            "styleSLD": "",
            "useAsDefault": [style.default for style in styles],
            "description": description,
            "owner": "",
            "ui": "",
            "update_time": pd.Timestamp(WRITTEN),
        }
    )


def _qml(layer: Layer) -> str:
    """One symbol for all rows, or one a kind."""
    symbols = "".join(
        _symbol(str(at), layer, colour) for at, colour in enumerate(layer.colours.values())
    )
    if set(layer.colours) == {""}:
        renderer = f'<renderer-v2 type="singleSymbol"><symbols>{symbols}</symbols></renderer-v2>'
    else:
        categories = "".join(
            f'<category symbol="{at}" value={quoteattr(kind)} label={quoteattr(kind)} '
            'render="true"/>'
            for at, kind in enumerate(layer.colours)
        )
        renderer = (
            '<renderer-v2 type="categorizedSymbol" attr="kind">'
            f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2>"
        )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="3.0" styleCategories="Symbology">{renderer}</qgis>'
    )


def _symbol(name: str, layer: Layer, colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    ink = f"{red},{green},{blue},255"
    if layer.shape == "line":
        options = {
            "line_color": ink,
            "line_width": f"{layer.width_mm:g}",
            "line_width_unit": "MM",
            "line_style": "dash" if layer.dashed else "solid",
            "capstyle": "round",
        }
        kind, part = "line", "SimpleLine"
    elif layer.shape == "fill":
        options = {
            "color": f"{red},{green},{blue},110",
            "style": "solid",
            "outline_color": ink,
            "outline_style": "solid",
            "outline_width": f"{layer.width_mm:g}",
            "outline_width_unit": "MM",
        }
        kind, part = "fill", "SimpleFill"
    else:
        options = {
            "name": "circle",
            "color": "255,255,255,255",
            "outline_color": ink,
            "outline_width": "0.8",
            "outline_width_unit": "MM",
            "size": "3",
            "size_unit": "MM",
        }
        kind, part = "marker", "SimpleMarker"
    given = "".join(
        f'<Option type="QString" name={quoteattr(key)} value={quoteattr(value)}/>'
        for key, value in options.items()
    )
    return (
        f'<symbol type="{kind}" name="{name}" alpha="1" clip_to_extent="1">'
        f'<layer class="{part}" enabled="1" pass="0" locked="0">'
        f'<Option type="Map">{given}</Option></layer></symbol>'
    )
