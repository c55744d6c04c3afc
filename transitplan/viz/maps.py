"""A map that opens without a connection, as one page with its scripts, styles and data inside."""

import os
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import folium
from branca.element import Element

from transitplan.viz import gcj02
from transitplan.viz.controls import Bounds, Legend, Start, Swipe, Timeline, View
from transitplan.viz.layers import (
    DECIMALS,
    Areas,
    Circles,
    Field,
    Lines,
    Points,
    Shapes,
    as_html,
    as_json,
    pair,
)
from transitplan.viz.offline import take_offline, verbatim
from transitplan.viz.text import Text
from transitplan.viz.tiles import Tiles, named_tiles

__all__ = (
    "DECIMALS",
    "Areas",
    "Circles",
    "Field",
    "Legend",
    "Lines",
    "PlanMap",
    "Points",
    "Shapes",
    "Swipe",
    "Timeline",
    "as_html",
    "as_json",
    "new_map",
    "page",
    "pair",
)


class PlanMap(folium.Map):
    """A map that saves itself, and shows itself in a notebook, as the page that it is."""

    def save(self, outfile: Any, *_: Any, language: str = "en", **__: Any) -> None:
        """Write the page, whole or not at all.

        language
            ``en`` or ``zh``: what the page shows first.
        """
        path = Path(outfile)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".part-{os.getpid()}-{path.name}")
        part.write_text(page(self, language=language), encoding="utf-8")
        part.replace(path)

    def _repr_html_(self, **_: Any) -> str:
        inside = escape(page(self))
        return f'<iframe srcdoc="{inside}" style="width:100%;height:36em;border:0"></iframe>'


def new_map(
    title: Text,
    *,
    bounds: Bounds,
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
        Online tiles as ``named_tiles`` knows them; none by default, so that no host is reached.

    Raises
    ------
    ValidationError
        If the tiles are unknown.
    """
    source = named_tiles(tiles)
    west, south, east, north = bounds
    drawing = PlanMap(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=_tile_layer(source) if source else None,
        prefer_canvas=True,
        zoom_snap=0.25,
        crs="GCJ02" if source and source.shifted else "EPSG3857",
    )
    if source:
        take_offline(drawing, tiles=source.address, letters=source.hosts)
    else:
        take_offline(drawing)
    root: Any = drawing.get_root()
    root.title = f"{title.en} · {title.zh}"
    scripts = part("map.js") + part("controls.js")
    if source and source.shifted:
        scripts += gcj02.script(part("tiles.js"))
    root.header.add_child(verbatim(f"<script>{scripts}</script>"), name="plan")
    root.html.add_child(verbatim(_bar(title, note, report)), name="bar")
    drawing.add_child(Start())
    drawing.add_child(View(bounds))
    return drawing


def page(drawing: folium.Map, *, language: str = "en") -> str:
    """Return the map's page: the same bytes for the same content."""
    root: Any = drawing.get_root()
    root.header.add_child(verbatim(f"<style>{part('map.css')}</style>"), name="style")
    _name_in_order(drawing)
    html = str(root.render())
    tag = "zh-Hans" if language == "zh" else "en"
    return html.replace("<html>", f'<html lang="{tag}" data-language="{language}">', 1)


def part(name: str) -> str:
    """Text of a script or style sheet that lies beside this module."""
    return files("transitplan.viz").joinpath(name).read_text(encoding="utf-8")


def _tile_layer(source: Tiles) -> folium.TileLayer:
    return folium.TileLayer(
        source.address, attr=source.credit, subdomains=source.hosts, control=False, max_zoom=18
    )


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
        f'<button id="print" type="button">{as_html(Text("Print", "打印"))}</button>'
        '<button id="language" type="button"><span lang="en">中文</span>'
        '<span lang="zh-Hans">English</span></button></header>'
    )
