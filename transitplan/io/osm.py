"""OpenStreetMap through OSMnx: a street graph becomes a network with classes, lanes and speeds.

Tags are what mappers wrote: lists after simplification, lanes for both directions, speeds with or
without units, and often nothing. What is missing is filled in by class, counted, and said in the
network's history. Bridges and tunnels stay what they are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from transitplan.errors import NotFoundError, ValidationError
from transitplan.model.network import Network, build_network
from transitplan.units import SPEED_TO_KPH


@dataclass(frozen=True)
class RoadClass:
    """What a road of a class is when its tags do not say; planning values of CJJ 37-2012."""

    facility_type: str
    free_speed_kph: float
    lane_capacity_pceph: float
    lanes: float
    vdf_alpha: float
    vdf_beta: float


EXPRESSWAY = RoadClass("expressway", 100.0, 2000.0, 2.0, 0.15, 4.0)
URBAN_EXPRESSWAY = RoadClass("urban_expressway", 70.0, 1750.0, 3.0, 0.30, 4.0)
ARTERIAL = RoadClass("arterial", 40.0, 850.0, 2.0, 0.50, 3.0)
COLLECTOR = RoadClass("collector", 30.0, 650.0, 1.0, 0.80, 2.5)
LOCAL = RoadClass("local", 25.0, 450.0, 1.0, 0.80, 2.5)
RAMP = RoadClass("ramp", 50.0, 1500.0, 1.0, 0.30, 4.0)

CLASSES: Mapping[str, RoadClass] = {
    "motorway": EXPRESSWAY,
    "trunk": URBAN_EXPRESSWAY,
    "primary": ARTERIAL,
    "secondary": ARTERIAL,
    "tertiary": COLLECTOR,
    "unclassified": LOCAL,
    "residential": LOCAL,
    "living_street": LOCAL,
    "service": LOCAL,
    "motorway_link": RAMP,
    "trunk_link": RAMP,
    "primary_link": RAMP,
    "secondary_link": RAMP,
    "tertiary_link": RAMP,
}
SIGNED_SHARE = 0.8  # of a signed limit that is driven on empty roads of streets with signals
MOST_LANES = 8.0  # in one direction; more is a mapper's slip


def read_osm(path: str | Path) -> Network:
    """Read a street graph that OSMnx saved as GraphML.

    Raises
    ------
    NotFoundError
        If the file is not there.
    """
    import osmnx

    path = Path(path)
    if not path.is_file():
        raise NotFoundError(f"{path}: no such file. Save one with osmnx.save_graphml.")
    return from_osmnx(osmnx.load_graphml(path), name=path.stem)


def from_osmnx(graph: Any, *, name: str = "streets") -> Network:
    """Turn an OSMnx street graph into a network, ready for paths; zones are still to be added.

    Parameters
    ----------
    graph
        A MultiDiGraph as OSMnx makes it: ``x``, ``y`` and ``crs``, edges with ``length`` in metres.

    Raises
    ------
    ValidationError
        If it has no coordinate system or no edges that cars may use.
    """
    import osmnx

    if "crs" not in graph.graph:
        raise ValidationError("from_osmnx: the graph has no crs. Make it with OSMnx.")
    crs = str(osmnx.projection.project_graph(graph).graph["crs"].to_string())
    nodes, edges = osmnx.convert.graph_to_gdfs(osmnx.projection.project_graph(graph, to_crs=crs))
    if "highway" not in edges:
        raise ValidationError("from_osmnx: no edge has a highway tag that cars use.")
    kind = edges["highway"].map(_first)
    known = kind.isin(CLASSES)
    loops = edges.index.get_level_values("u") == edges.index.get_level_values("v")
    edges, kind = edges[known & ~loops], kind[known & ~loops]
    if edges.empty:
        raise ValidationError("from_osmnx: no edge has a highway tag that cars use.")
    links, filled = _links(edges, kind)
    curved = links.pop("shape")
    shapes = pd.DataFrame({"geometry_id": links["link_id"], "geometry": curved}).dropna()
    links["geometry_id"] = links["link_id"].where(curved.notna(), None)
    dropped = int((~known).sum())
    counts = ", ".join(f"{column} of {count}" for column, count in filled.items())
    said = (
        f"from OpenStreetMap (© OpenStreetMap contributors, ODbL): {len(links)} links; filled "
        f"in by class: {counts}; left out {dropped} edges that cars do not use"
    )
    return build_network(
        {
            "node": pd.DataFrame(
                {"node_id": nodes.index, "x_m": nodes["x"].to_numpy(), "y_m": nodes["y"].to_numpy()}
            ),
            "link": links,
            "geometry": shapes,
        },
        name=name,
        crs=crs,
        history=(said,),
    )


def _links(edges: Any, kind: "pd.Series[str]") -> tuple[pd.DataFrame, dict[str, int]]:
    """Link rows of the edges, and how many of each column were filled in by class."""
    classes = kind.map(CLASSES)
    tag = {name: _column(edges, name) for name in ("lanes", "maxspeed", "bridge", "tunnel", "name")}
    one_way = _column(edges, "oneway").map(lambda cell: cell is True or cell in {"yes", "True"})
    lanes = pd.Series(
        [_lanes(cell, both=not single) for cell, single in zip(tag["lanes"], one_way, strict=True)]
    )
    signed = tag["maxspeed"].map(_speed_kph).reset_index(drop=True)
    default = pd.DataFrame([vars(each) for each in classes])
    slowed = default["facility_type"].isin({"arterial", "collector", "local"})
    speed = signed.where(~slowed, signed * SIGNED_SHARE)
    structure = [
        "tunnel" if _yes(tunnel) else "bridge" if _yes(bridge) else "surface"
        for tunnel, bridge in zip(tag["tunnel"], tag["bridge"], strict=True)
    ]
    links = pd.DataFrame(
        {
            "link_id": range(1, len(edges) + 1),
            "name": [text if isinstance(text := _first(cell), str) else "" for cell in tag["name"]],
            "from_node_id": edges.index.get_level_values("u"),
            "to_node_id": edges.index.get_level_values("v"),
            "length_m": edges["length"].to_numpy(dtype=float),
            "facility_type": default["facility_type"],
            "lane_capacity_pceph": default["lane_capacity_pceph"],
            "free_speed_kph": speed.fillna(default["free_speed_kph"]),
            "lanes": lanes.fillna(default["lanes"]),
            "structure": structure,
            "vdf_alpha": default["vdf_alpha"],
            "vdf_beta": default["vdf_beta"],
            "source": "OpenStreetMap",
            "shape": [line.wkt if len(line.coords) > 2 else None for line in edges.geometry],  # noqa: PLR2004
        }
    )
    filled = {"lanes": int(lanes.isna().sum()), "free_speed": int(signed.isna().sum())}
    return links, filled


def _column(edges: Any, name: str) -> "pd.Series[Any]":
    return edges[name] if name in edges else pd.Series(None, index=edges.index, dtype=object)


def _first(cell: Any) -> Any:
    """Return the first of several tags that simplification joined."""
    return cell[0] if isinstance(cell, list) else cell


def _yes(cell: Any) -> bool:
    return isinstance(_first(cell), str) and _first(cell) not in {"no", ""}


def _lanes(cell: Any, *, both: bool) -> float | None:
    """Lanes of one direction; the tag counts both where the street is two-way."""
    cells = cell if isinstance(cell, list) else [cell]
    counts = [float(each) for each in cells if re.fullmatch(r"\d+(\.\d+)?", str(each))]
    if not counts:
        return None
    total = min(counts)  # the narrowest part of a joined edge sets its capacity
    return min(max(total / 2 if both else total, 1.0), MOST_LANES)


def _speed_kph(cell: Any) -> float | None:
    """Speed limit; a bare number is km/h, other words (``CN:urban``) say nothing."""
    cells = cell if isinstance(cell, list) else [cell]
    found = [re.fullmatch(r"(\d+(?:\.\d+)?)\s*(mph)?", str(each)) for each in cells]
    speeds = [
        float(match[1]) * (float(SPEED_TO_KPH["mph"]) if match[2] else 1.0)
        for match in found
        if match
    ]
    return min(speeds) if speeds else None
