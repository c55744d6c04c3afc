"""What is taken from OpenStreetMap: streets, river water and turn restrictions of one area.

From a file, pyosmium copies only the streets and rivers into small files, which OSMnx then reads:
so memory grows with the streets, not with the file. From a server, OSMnx asks Overpass for the same
streets and rivers; it does not pass on relations, so there are no turn restrictions then.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from transitplan.errors import NotFoundError, ValidationError, no_file
from transitplan.io.osm_graph import directed_roads
from transitplan.io.osm_tags import NETWORK_TYPES, NOT_A_STREET, TAGS
from transitplan.io.osm_turns import Restriction, read_restriction

SUFFIXES = (".osm", ".osm.pbf", ".pbf", ".osm.gz", ".osm.bz2")
WATER: dict[str, bool | str | list[str]] = {
    "waterway": ["river", "riverbank"],
    "water": ["river"],
}
Box = tuple[float, float, float, float]  # west, south, east, north [deg]


@dataclass(frozen=True)
class Extract:
    """One area of OpenStreetMap.

    ``roads`` is a graph of directed roads (``osm_graph``), one edge between two neighbouring nodes
    of a way; ``water`` has areas and centre lines of rivers in degrees.
    """

    roads: Any
    left_out: Counter[str]  # edges that are not among them, by reason
    water: Any  # GeoDataFrame, or None where there is no river
    restrictions: tuple[Restriction, ...] | None  # None: the source cannot tell
    name: str
    said: str  # which data these are: place or file, date, hash


def read_extract(path: Path, *, network_type: str = "drive", box: Box | None = None) -> Extract:
    """Read an OpenStreetMap file.

    Raises
    ------
    NotFoundError
        If the file is not there.
    ValidationError
        If it is not OpenStreetMap data, or holds no street of the kind.
    """
    import osmnx

    if not path.is_file():
        raise no_file(path)
    with TemporaryDirectory(prefix="transitplan-osm-") as work, _settings(Path(work)):
        try:
            found = _Scan(path, NETWORK_TYPES[network_type], box)
            streets = found.copy(found.streets, [], Path(work, "streets.osm"))
            rivers = found.copy(found.rivers, found.areas, Path(work, "rivers.osm"))
        except RuntimeError as error:
            raise ValidationError(
                f"{path}: not OpenStreetMap data that can be read ({error}). Use .osm or .osm.pbf."
            ) from None
        if not found.streets:
            raise _no_street(str(path), network_type)
        graph = osmnx.graph_from_xml(streets, simplify=False, retain_all=True)
        if box is not None:
            graph = _cut(graph, osmnx.utils_geo.bbox_to_poly(box))
        roads, left_out = directed_roads(graph)
        del graph  # as large again
        water = _features(lambda: osmnx.features_from_xml(rivers, tags=WATER))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    clip = f", cut to the box {box}" if box is not None else ""
    said = f"{path.name}{clip}, {found.date}, SHA-256 {digest}"
    stem = path.name.partition(".")[0]
    return Extract(roads, left_out, water, tuple(found.restrictions), stem, said)


def download_extract(area: str | Box, *, network_type: str = "drive") -> Extract:
    """Ask OpenStreetMap's servers for a place by name, or for a box.

    The servers are those of ``osmnx.settings`` (``nominatim_url``, ``overpass_url``).

    Raises
    ------
    NotFoundError
        If no server answers, or none knows the place.
    ValidationError
        If there is no street of the kind.
    """
    import osmnx
    import requests
    from osmnx._errors import ResponseStatusCodeError  # it has no public name

    what = area if isinstance(area, str) else f"the box {','.join(map(str, area))}"
    server = osmnx.settings.overpass_url
    with TemporaryDirectory(prefix="transitplan-osm-") as work, _settings(Path(work)):
        try:
            # OSMnx would wait a minute for a server that does not answer.
            requests.get(server.rstrip("/") + "/status", timeout=30)
            graph, water = _ask(area, what, network_type)
        except (requests.RequestException, ResponseStatusCodeError) as error:
            raise NotFoundError(
                f"{server}: no answer ({type(error).__name__}). Without that server, import a "
                "file: get an extract of the area (.osm.pbf, for example of the province from "
                "download.geofabrik.de) where there is a network, and name the file; --box "
                "west,south,east,north cuts it."
            ) from None
        digest, date = _answers(Path(work))
    name = area.partition(",")[0] if isinstance(area, str) else "streets"
    said = f"{what} from {server}, {date}, SHA-256 of the answers {digest}"
    return Extract(*directed_roads(graph), water, None, name, said)


def _ask(area: str | Box, what: str, network_type: str) -> tuple[Any, Any]:
    """Raw graph and rivers of an area."""
    import osmnx
    from osmnx._errors import InsufficientResponseError

    try:
        polygon = (
            osmnx.geocode_to_gdf(area).union_all()
            if isinstance(area, str)
            else osmnx.utils_geo.bbox_to_poly(area)
        )
    except (InsufficientResponseError, TypeError) as error:  # TypeError: a point, no area
        raise NotFoundError(
            f"{area!r}: OpenStreetMap knows no area of that name ({error}). Write it as on its "
            "map, with the city and the country, or give a box: west,south,east,north."
        ) from None
    try:
        graph = osmnx.graph_from_polygon(
            polygon,
            custom_filter=street_filter(network_type),
            simplify=False,
            retain_all=True,
            truncate_by_edge=True,
        )
    except InsufficientResponseError:
        raise _no_street(what, network_type) from None
    except ValueError as error:
        if "no graph nodes" not in str(error):
            raise
        raise _no_street(what, network_type) from None
    return graph, _features(lambda: osmnx.features_from_polygon(polygon, tags=WATER))


def street_filter(network_type: str) -> str:
    """Overpass filter of the ways that ``is_street`` and ``NETWORK_TYPES`` let in."""
    kinds, services = "|".join(NETWORK_TYPES[network_type]), "|".join(sorted(NOT_A_STREET))
    return f'["highway"~"^({kinds})$"]["area"!~"^yes$"]["service"!~"^({services})$"]'


class _Scan:
    """First look through a file: which objects are wanted."""

    def __init__(self, path: Path, kinds: tuple[str, ...], box: Box | None) -> None:
        import osmium

        self.path, self.kinds = path, set(kinds)
        self.streets: dict[int, list[int]] = {}  # nodes of each way
        self.rivers: dict[int, list[int]] = {}
        self.areas: set[int] = set()  # relations of river water
        self.restrictions: list[Restriction] = []
        self.date = _date(path)
        inside = self._nodes_inside(box) if box is not None else None
        parts: set[int] = set()
        wanted = osmium.filter.KeyFilter("type")
        for relation in _objects(path, osmium.osm.RELATION, wanted):
            parts |= self._relation(relation)
        for way in _objects(path, osmium.osm.WAY):
            tags = way.tags
            if not (way.id in parts or "highway" in tags or "waterway" in tags or "water" in tags):
                continue
            nodes = [node.ref for node in way.nodes]
            if min(nodes, default=0) < 0:
                raise ValidationError(
                    f"{path}: ids below 0, as an editor gives to what was not uploaded. Number it "
                    "anew, for example with osmium renumber."
                )
            if inside is not None and not inside.intersection(nodes):
                continue
            if self._is_street(tags):
                self.streets[way.id] = nodes
            if way.id in parts or _is_river(tags):
                self.rivers[way.id] = nodes

    def _nodes_inside(self, box: Box) -> set[int]:
        import osmium

        west, south, east, north = box
        return {
            node.id
            for node in _objects(self.path, osmium.osm.NODE)
            if west <= node.lon <= east and south <= node.lat <= north
        }

    def _relation(self, relation: Any) -> set[int]:
        """Take note of one relation; the ways that it is made of where it is water."""
        tags = {tag.k: tag.v for tag in relation.tags}
        members = [(member.type, member.ref, member.role) for member in relation.members]
        if tags["type"] == "multipolygon" and _is_river(tags):
            self.areas.add(relation.id)
            return {ref for kind, ref, _ in members if kind == "w"}
        if tags["type"].startswith("restriction"):
            rule = read_restriction(relation.id, tags, members)
            self.restrictions += [rule] if rule else []
        return set()

    def _is_street(self, tags: Any) -> bool:
        return (
            tags.get("highway") in self.kinds
            and tags.get("area") != "yes"
            and tags.get("service") not in NOT_A_STREET
        )

    def copy(self, ways: dict[int, list[int]], relations: Any, target: Path) -> Path:
        """Write some ways and relations, and the nodes that they need, to a file of their own.

        Ways that lead out of the data keep their longest part inside.
        """
        import osmium

        absent = {node for nodes in ways.values() for node in nodes}
        nodes = osmium.filter.IdFilter(absent)
        with osmium.SimpleWriter(target) as writer:
            for node in _objects(self.path, osmium.osm.NODE, nodes):
                writer.add_node(node)
                absent.discard(node.id)
            chosen = osmium.filter.IdFilter(ways.keys())
            for way in _objects(self.path, osmium.osm.WAY, chosen):
                whole = way if absent.isdisjoint(ways[way.id]) else _inside(way, absent)
                if whole is not None:
                    writer.add_way(whole)
            if relations:
                wanted = osmium.filter.IdFilter(relations)
                for relation in _objects(self.path, osmium.osm.RELATION, wanted):
                    writer.add_relation(relation)
        return target


def _objects(path: Path, kind: Any, *filters: Any) -> Iterator[Any]:
    """Objects of one kind in a file, one at a time; each is gone when the next one comes."""
    import osmium

    found = osmium.FileProcessor(path, kind)
    for each in filters:
        found = found.with_filter(each)
    return iter(found)


def _inside(way: Any, absent: set[int]) -> Any:
    """Keep the longest run of nodes that the file has; None where no two are neighbours."""
    runs: list[list[int]] = [[]]
    for node in (each.ref for each in way.nodes):
        if node in absent:
            runs.append([])
        else:
            runs[-1].append(node)
    longest = max(runs, key=len)
    return way.replace(nodes=longest) if len(longest) > 1 else None


def _is_river(tags: Any) -> bool:
    return any(tags.get(key) in values for key, values in WATER.items())  # type: ignore[operator]


def _features(read: Any) -> Any:
    """Rivers as OSMnx reads them; None where there are none."""
    from osmnx._errors import InsufficientResponseError  # it has no public name

    try:
        return read()
    except InsufficientResponseError:
        return None


def _cut(graph: Any, area: Any) -> Any:
    import osmnx

    try:
        return osmnx.truncate.truncate_graph_polygon(graph, area, truncate_by_edge=True)
    except ValueError:  # no node within
        raise _no_street("the box", "any") from None


def _date(path: Path) -> str:
    """When the data were current: as the file says, or else when it was written."""
    import osmium

    header = osmium.io.Reader(path).header()
    for key in ("osmosis_replication_timestamp", "timestamp"):
        if header.get(key):
            return f"data of {header.get(key)}"
    if path.suffix == ".osm":
        with path.open(encoding="utf-8", errors="replace") as file:
            if found := re.search(r'osm_base="([^"]+)"', file.read(2000)):  # as Overpass writes
                return f"data of {found[1]}"
    written = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    return f"file written {written:%Y-%m-%d}"


def _answers(folder: Path) -> tuple[str, str]:
    """Hash and date of the answers that OSMnx kept in a folder.

    The hash is of what was asked for, sorted: two answers of the same data have the same one.
    """
    import json

    elements: dict[str, str] = {}
    dates = set()
    for file in folder.glob("*.json"):
        answer = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(answer, dict):
            dates.add(str(answer.get("osm3s", {}).get("timestamp_osm_base", "")))
            for each in answer.get("elements", []):
                elements[f"{each['type']}{each['id']}"] = json.dumps(each, sort_keys=True)
    digest = hashlib.sha256("\n".join(elements[key] for key in sorted(elements)).encode())
    latest = max(dates, default="")
    asked = f"asked on {datetime.now(tz=UTC):%Y-%m-%d}"
    return digest.hexdigest(), f"data of {latest}, {asked}" if latest else asked


@contextmanager
def _settings(cache: Path) -> Iterator[None]:
    """Set OSMnx to what the import needs, and back: also the name look-up that it replaces."""
    import socket

    import osmnx

    ours = {
        "all_oneway": True,  # keeps the tag oneway; directions are ours to read
        "useful_tags_way": list(TAGS),
        "use_cache": True,  # the answers are hashed, then forgotten
        "cache_folder": cache,
        "doh_url_template": None,  # no other server is asked
    }
    before = {name: getattr(osmnx.settings, name) for name in ours}
    look_up = socket.getaddrinfo
    for name, value in ours.items():
        setattr(osmnx.settings, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(osmnx.settings, name, value)
        socket.getaddrinfo = look_up


def _no_street(where: str, network_type: str) -> ValidationError:
    return ValidationError(
        f"{where}: no street that cars, trucks or buses may use ({network_type}). Check the place, "
        "the order of the box (west,south,east,north) or the contents of the file."
    )
