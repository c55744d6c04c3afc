"""The whole way from OpenStreetMap to a network that can be written, checked and assigned."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from transitplan.errors import NotFoundError, ValidationError, counted
from transitplan.io.gmns import read_rows, write_gmns
from transitplan.io.osm import (
    LICENCE,
    Edge,
    filled_in,
    from_osmnx,
    load_graph,
    project,
    road_edges,
    road_tables,
)
from transitplan.io.osm_extract import SUFFIXES, Box, Extract, download_extract, read_extract
from transitplan.io.osm_graph import (
    consolidate,
    keep_largest_component,
    simplify,
    total_length,
)
from transitplan.io.osm_river import find_crossings
from transitplan.io.osm_tags import NETWORK_TYPES
from transitplan.io.osm_turns import movements
from transitplan.io.text import write_whole
from transitplan.model.network import Network, build_network

SOURCES = """# {name}

Streets: {licence} (https://www.openstreetmap.org/copyright). Whoever passes on this network or what
is made of it must name this source; the data keep this licence.

Made by: `{command}`

{history}

What the tags do not say is filled in by class of road: see `confidence`, `lanes_from` and
`speed_from` of each link.
"""
_NUMBER = r"\s*-?\d+(?:\.\d+)?\s*"


@dataclass(frozen=True)
class OsmOptions:
    """How a network is made of OpenStreetMap.

    Parameters
    ----------
    network_type
        ``drive``, or ``drive_service`` with service roads too.
    box
        West, south, east, north [deg]: cuts a file.
    consolidate_m
        Radius within which junctions are merged [m]; 0 merges none.
    keep_all
        Keep parts that cars cannot reach from, or to, the largest part.
    river
        File of river areas or lines, or the name of a river in the data; else every river counts.
    crossings
        A ``crossing.csv`` of crossings that are known.
    """

    network_type: str = "drive"
    box: Box | None = None
    consolidate_m: float = 0.0
    keep_all: bool = False
    river: str = ""
    crossings: Path | None = None

    def __post_init__(self) -> None:
        """Check what does not depend on the data."""
        found = []
        if self.network_type not in NETWORK_TYPES:
            known = ", ".join(NETWORK_TYPES)
            found.append(f"network type {self.network_type!r}: use one of {known}.")
        if not 0 <= self.consolidate_m <= 100:  # noqa: PLR2004  a junction is no larger
            found.append(f"consolidate {self.consolidate_m:g} m: give a radius from 0 to 100 m.")
        if found:
            raise ValidationError(found)


def import_osm(source: str | Path, options: OsmOptions | None = None) -> Network:
    """Make a network of a place, a box or a file of OpenStreetMap.

    Parameters
    ----------
    source
        A file (``.osm``, ``.osm.pbf``, or a ``.graphml`` that OSMnx saved), a box as
        ``"west,south,east,north"`` [deg], or the name of a place.

    Raises
    ------
    NotFoundError
        If the file or place is not there, or no server answers.
    ValidationError
        If the box or the suffix is wrong, or there is no street that cars may use.

    Examples
    --------
    >>> network = import_osm("tests/data/osm/two_banks.osm")
    >>> network.crossings["name_zh"].tolist()
    ['黄河大桥', '黄河隧道']
    """
    options = options or OsmOptions()
    kind, area = what_is(source)
    if kind == "graphml":
        return _from_graphml(Path(source), options)
    if kind == "file":
        extract = read_extract(Path(source), network_type=options.network_type, box=options.box)
    elif options.box is not None:
        raise ValidationError("--box cuts a file; for a place or a box by itself leave it out.")
    else:
        extract = download_extract(area, network_type=options.network_type)
    return build_roads(extract, options)


def what_is(source: str | Path) -> tuple[str, str | Box]:
    """Tell a file, a GraphML file, a box and a place apart; the box as numbers.

    Raises
    ------
    ValidationError
        If the numbers are no box, or the suffix is none that is known.
    """
    text = str(source)
    if re.fullmatch(rf"{_NUMBER}(,{_NUMBER})*", text) and "," in text:
        return "box", read_box(text)
    path = Path(text)
    if path.suffix.lower() == ".graphml":
        return "graphml", text
    if text.lower().endswith(SUFFIXES):
        return "file", text
    if path.exists() or re.search(r"\.[A-Za-z0-9]{2,7}$", text):
        known = ", ".join((*SUFFIXES, ".graphml"))
        raise ValidationError(
            f"{text}: the suffix {path.suffix!r} is none of OpenStreetMap's. Use {known}, a box "
            "west,south,east,north or the name of a place."
        )
    return "place", text


def read_box(text: str) -> Box:
    """Read ``west,south,east,north`` in degrees.

    Examples
    --------
    >>> read_box("116.9,36.6,117.1,36.8")
    (116.9, 36.6, 117.1, 36.8)

    Raises
    ------
    ValidationError
        If these are not four numbers in that order.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
        west, south, east, north = numbers
    except ValueError:
        raise ValidationError(
            f"box {text!r}: give four numbers, west,south,east,north in degrees."
        ) from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004
        hint = ""
        if -180 <= south < north <= 180 and -90 <= west < east <= 90:  # noqa: PLR2004
            hint = f" South stands first? Then: {south:g},{west:g},{north:g},{east:g}."
        elif west < south and east < north:
            hint = " Perhaps west,east,south,north?"
        raise ValidationError(
            f"box {text!r}: not in the order west,south,east,north, in degrees.{hint}"
        )
    return west, south, east, north


def build_roads(extract: Extract, options: OsmOptions) -> Network:
    """Make the network of one extract, whose graph is used up."""
    roads, count = extract.roads, extract.left_out
    cut_m = 0.0 if options.keep_all else keep_largest_component(roads)
    if not roads.number_of_edges():
        raise ValidationError(
            f"{extract.name}: no street on which cars can drive there and back. Check the area; "
            "--keep-all keeps parts that cannot be reached."
        )
    vias = {rule.via_node for rule in extract.restrictions or () if rule.via_node is not None}
    graph = project(simplify(roads, keep=vias))
    before_m = total_length(graph)
    graph, merged = consolidate(graph, options.consolidate_m)
    edges, loops = road_edges(graph)
    tables = road_tables(graph, edges)
    said = [
        f"OpenStreetMap ({LICENCE}): {extract.said}",
        (
            f"{filled_in(tables['link'])}; left out: {count['closed to all']} parts closed to all, "
            f"{loops['loops']} loops, {cut_m / 1000:.1f} km that cars cannot reach"
        ),
    ]
    if merged:
        said.append(
            f"merged {len(merged)} junctions within {options.consolidate_m:g} m, none at a bridge, "
            f"tunnel or ramp; streets {(total_length(graph) - before_m) / 1000:+.2f} km"
        )
    said += _odd_rules(edges)
    said.append(_add_turns(tables, edges, extract))
    said += _add_crossings(tables, edges, graph.graph["crs"], _river(extract, options), options)
    return build_network(tables, name=extract.name, crs=graph.graph["crs"], history=tuple(said))


def _odd_rules(edges: list[Edge]) -> list[str]:
    """What was read in a way that a planner should look at."""
    count = Counter(
        what
        for edge in edges
        for what, holds in (
            ("change direction by the hour: half of their lanes count each way",
             edge.road.lanes_from == "reversible"),
            ("have lanes by direction that do not sum to their total",
             edge.road.lanes_from == "contradiction"),
            ("have rules by the hour that are not read", edge.road.has_conditions),
            ("are closed to some uses", edge.road.allowed_uses != "all"),
            ("have bus lanes, not counted as lanes", edge.road.bus_lanes > 0),
        )
        if holds
    )  # fmt: skip
    return [f"{counted(number, 'link')} {what}" for what, number in sorted(count.items())]


def _add_turns(tables: dict[str, pd.DataFrame], edges: list[Edge], extract: Extract) -> str:
    """Add movement.csv and tell how many restrictions it states."""
    if extract.restrictions is None:
        return "turn restrictions were not read: this source does not pass them on; a file does"
    links = tables["link"].assign(
        drawn_from=[edge.drawn[0] for edge in edges],
        drawn_to=[edge.drawn[1] for edge in edges],
        first_way=[edge.ways[0] for edge in edges],
        last_way=[edge.ways[-1] for edge in edges],
    )
    table, stated, missed = movements(extract.restrictions, links)
    if len(table):
        tables["movement"] = table
    return (
        f"{stated} turn restrictions became {len(table)} banned turns; {missed} could not be "
        "stated (over a way, or outside the network)"
    )


def _river(extract: Extract, options: OsmOptions) -> Any:
    """Areas and lines of the river in degrees; None where there is none."""
    if options.river.lower().endswith((".geojson", ".gpkg", ".shp", ".json")):
        return read_areas(Path(options.river))
    water = extract.water
    if not options.river:
        return water
    names = [name for name in ("name", "name:zh", "name:en") if water is not None and name in water]
    chosen = water[(water[names] == options.river).any(axis=1)] if names else None
    if chosen is None or not len(chosen):
        raise NotFoundError(
            f"--river {options.river}: no river of that name in the data. Name a GeoJSON file of "
            "its area or line."
        )
    return chosen


def read_areas(path: Path) -> Any:
    """Read a GeoJSON, GeoPackage or shapefile as a GeoDataFrame.

    Raises
    ------
    NotFoundError
        If the file is not there.
    ValidationError
        If it cannot be read.
    """
    import geopandas as gpd
    import pyogrio

    if not path.is_file():
        raise NotFoundError(f"{path}: no such file.")
    try:
        return gpd.read_file(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise ValidationError(f"{path}: not a map file that can be read ({error}).") from None


def _add_crossings(
    tables: dict[str, pd.DataFrame],
    edges: list[Edge],
    crs: str,
    water: Any,
    options: OsmOptions,
) -> list[str]:
    """Give links their crossing and add crossing.csv."""
    import geopandas as gpd

    known = read_rows(options.crossings, "crossing") if options.crossings is not None else None
    if water is None or not len(water):
        if known is not None:
            raise ValidationError(
                f"{options.crossings}: the data have no river to match crossings at. Name its "
                "area or line with --river file.geojson."
            )
        return ["no river in the data, so no crossing"]
    places = tables["node"].set_index("node_id")
    lines = gpd.GeoSeries([_line(edge, places) for edge in edges], crs=crs)
    links = tables["link"].assign(
        structure_name=[edge.road.structure_name for edge in edges],
        structure_name_zh=[edge.road.structure_name_zh for edge in edges],
    )
    found = find_crossings(links, lines, water.geometry.to_crs(crs), known=known)
    tables["link"]["crossing_id"] = found.crossing_id
    if len(found.table):
        tables["crossing"] = found.table
    return list(found.said)


def _line(edge: Edge, places: pd.DataFrame) -> Any:
    import shapely

    if edge.line is not None:
        return edge.line
    return shapely.LineString([places.loc[end, ["x_m", "y_m"]] for end in (edge.tail, edge.head)])


def _from_graphml(path: Path, options: OsmOptions) -> Network:
    """Network of a graph that OSMnx made; only its largest part, where that is asked for."""
    import osmnx

    if options != OsmOptions(keep_all=options.keep_all):
        raise ValidationError(
            f"{path}: OSMnx made this graph and has simplified it; the only option for it is "
            "--keep-all. Import the .osm or .osm.pbf file for the others."
        )
    graph = load_graph(path)
    if not options.keep_all:
        graph = osmnx.truncate.largest_component(graph, strongly=True)
    return from_osmnx(graph, name=path.stem)


def write_import(network: Network, folder: Path, *, command: str) -> Path:
    """Write the network and, beside its tables, ``SOURCES.md``: licence, data, date and hash."""
    written = write_gmns(network, folder)
    text = SOURCES.format(
        name=network.name,
        licence=LICENCE,
        command=command,
        history="\n".join(f"* {line}" for line in network.history),
    )
    write_whole(written / "SOURCES.md", lambda part: part.write_text(text, encoding="utf-8"))
    return written
