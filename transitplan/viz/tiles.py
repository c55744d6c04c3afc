"""Online tiles below a map, only where they are asked for: their address, words and frame."""

from dataclasses import dataclass

from transitplan.errors import ValidationError

TIANDITU_KEY = "tianditu:"


@dataclass(frozen=True)
class Tiles:
    """Where tiles come from.

    address
        With ``{z}``, ``{x}``, ``{y}`` and, for several hosts, ``{s}``.
    credit
        Who made them, shown on the map.
    hosts
        What ``{s}`` stands for, a letter each.
    shifted
        Whether they lie in GCJ-02.
    """

    address: str
    credit: str
    hosts: str = "abc"
    shifted: bool = False


_OSM = Tiles("https://tile.openstreetmap.org/{z}/{x}/{y}.png", "© OpenStreetMap contributors")
_AMAP = Tiles(
    "https://webrd0{s}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8"
    "&x={x}&y={y}&z={z}",
    "© 高德地图 AMap",
    hosts="1234",
    shifted=True,
)
_TIANDITU = (
    "https://t{s}.tianditu.gov.cn/vec_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=vec"
    "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk="
)


def named_tiles(asked: str) -> Tiles | None:
    """Tiles by name or address; None for no tiles.

    Parameters
    ----------
    asked
        ``osm``, ``amap``, ``tianditu:KEY`` with the key of one's own account there, an address with
        ``{z}``, ``{x}`` and ``{y}``, or nothing.

    Raises
    ------
    ValidationError
        If it is none of these.

    Examples
    --------
    >>> named_tiles("osm").credit
    '© OpenStreetMap contributors'
    """
    if not asked:
        return None
    if asked in {"osm", "amap"}:
        return {"osm": _OSM, "amap": _AMAP}[asked]
    if asked.startswith(TIANDITU_KEY) and asked.removeprefix(TIANDITU_KEY).isalnum():
        return Tiles(
            _TIANDITU + asked.removeprefix(TIANDITU_KEY), "© 天地图 Tianditu", hosts="01234567"
        )
    if asked.startswith(("https://", "http://")) and all(p in asked for p in ("{z}", "{x}", "{y}")):
        return Tiles(asked, "tiles: " + asked.split("/")[2])
    raise ValidationError(
        f"tiles: {asked!r} is no source of tiles. Use osm, amap, tianditu:KEY (a key from "
        "console.tianditu.gov.cn) or an address with {z}, {x} and {y}."
    )
