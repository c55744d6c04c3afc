"""Make a Folium map that needs no connection: scripts and styles go inside, hosts go out."""

import base64
import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # pages without a map need no folium, which takes a second to import
    import folium
    from branca.element import Element

_LEAFLET = ("js_lib_leaflet", "static/js_lib_leaflet")
_JQUERY = ("xstatic.pkg.jquery", "data")
_SOURCE_MAP = re.compile(r"^//[#@] sourceMappingURL=.*$", re.MULTILINE)
_IMAGE = re.compile(r"url\((images/[\w.-]+)\)")


def leaflet_script() -> str:
    """Leaflet itself, from the installed package django-js-lib-leaflet."""
    return _script(_asset(_LEAFLET, "leaflet.js"))


def jquery_script() -> str:
    """Return jQuery, which Folium's popups use, from the installed package xstatic-jquery."""
    return _script(_asset(_JQUERY, "jquery.min.js"))


def leaflet_style() -> str:
    """Leaflet's style sheet with its images inside."""

    def inside(match: re.Match[str]) -> str:
        image = base64.b64encode(_asset(_LEAFLET, match[1]).read_bytes()).decode("ascii")
        return f"url(data:image/png;base64,{image})"

    return _IMAGE.sub(inside, _asset(_LEAFLET, "leaflet.css").read_text(encoding="utf-8"))


def content_policy(tiles: str = "", letters: str = "") -> str:
    """Write the tag that forbids the page to reach any host but those of the tiles.

    Parameters
    ----------
    tiles
        Address of the tiles, with ``{s}`` where there are several hosts.
    letters
        What ``{s}`` stands for; without them it may be any whole part of the host's name.
    """
    hosts = f" {_tile_hosts(tiles, letters)}" if tiles else ""
    return (
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        f'img-src data:{hosts}">'
    )


def take_offline(drawing: "folium.Map", *, tiles: str = "", letters: str = "") -> None:
    """Put Leaflet and jQuery inside the map's page and drop every link that Folium would add.

    Plugins that bring scripts of their own are not known here and stay blocked by the page's
    content policy.
    """
    drawing.default_js = []
    drawing.default_css = []
    root: Any = drawing.get_root()
    header = root.header
    header.add_child(verbatim(content_policy(tiles, letters)), name="policy")
    header.add_child(verbatim(f"<style>{leaflet_style()}</style>"), name="leaflet_css")
    header.add_child(verbatim(f"<script>{jquery_script()}</script>"), name="jquery")
    header.add_child(verbatim(f"<script>{leaflet_script()}</script>"), name="leaflet")


def verbatim(html: str) -> "Element":
    """Hold text that Folium must not read as a template."""
    from branca.element import Element

    return Element("{% raw %}" + html + "{% endraw %}")


def _asset(package: tuple[str, str], name: str) -> Traversable:
    return files(package[0]).joinpath(f"{package[1]}/{name}")


def _script(asset: Traversable) -> str:
    """Read a script so that it can stand inside a page: no map of its source, no closing tag."""
    text = _SOURCE_MAP.sub("", asset.read_text(encoding="utf-8"))
    return text.replace("</script", "<\\/script")


def _tile_hosts(tiles: str, letters: str) -> str:
    """``https://{s}.host/…`` as the policy writes it: every host, or ``https://*.host``.

    A policy knows no part of a name as ``t*.host``.
    """
    origin = "/".join(tiles.split("/")[:3])
    if "{s}" in origin and letters:
        return " ".join(origin.replace("{s}", letter) for letter in letters)
    return re.sub(r"\{\w+\}", "*", origin)
