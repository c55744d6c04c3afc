"""Zones for a network that has none: a grid or given areas, joined to the streets by connectors.

Each zone gets a centroid node and connectors both ways to the nearest ordinary junctions inside it.
Connectors are a rule, not streets: their rows say so.
"""

from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools
from transitplan.errors import ValidationError, counted
from transitplan.model.edits import add_rows
from transitplan.model.network import Network
from transitplan.model.tables import STRUCTURES

CONNECTORS = 3  # at most, of each zone
CONNECTOR_KPH = 25.0
CONNECTOR_PCEPH = 9999.0  # never the bottleneck
DETOUR = 1.3  # streets within a zone against the straight line; assumed
_RULE = {"source": "rule of the import", "confidence": "assumed"}
_FAST = {"expressway", "urban_expressway", "ramp", "connector"}


def grid_zones(network: Network, size_m: float) -> Network:
    """Add square zones of a size, where the network has ordinary junctions.

    Examples
    --------
    >>> import transitplan as tp
    >>> streets = tp.import_osm("tests/data/osm/two_banks.osm")
    >>> len(grid_zones(streets, 1000.0).zones)
    6

    Raises
    ------
    ValidationError
        If the network has zones already or no projection, or the size is not positive.
    """
    import geopandas as gpd
    import shapely

    _check(network)
    if not (np.isfinite(size_m) and size_m > 0):
        raise ValidationError(f"zones: a grid of {size_m:g} m. Give a size above 0, as grid:2km.")
    nodes = network.nodes[_ordinary(network)]
    # Cells lie on round metres, so that another extract of the place has the same ones.
    cells = np.unique((nodes[["x_m", "y_m"]].to_numpy() // size_m).astype(int), axis=0)
    low = cells * size_m
    areas = gpd.GeoDataFrame(
        {"zone_id": range(1, len(cells) + 1), "name": [f"Cell {x}-{y}" for x, y in cells]},
        geometry=shapely.box(low[:, 0], low[:, 1], low[:, 0] + size_m, low[:, 1] + size_m),
        crs=network.crs,
    )
    return area_zones(network, areas, what=f"a grid of {size_m / 1000:g} km")


def area_zones(network: Network, areas: Any, *, what: str = "given areas") -> Network:
    """Add zones of given areas.

    A zone without an ordinary junction inside is joined to the nearest one; the history counts
    these.

    Parameters
    ----------
    areas
        GeoDataFrame of polygons with a projection; columns of zone.csv (``zone_id``, ``name``,
        ``population``, ``jobs``, …) are taken over.

    Raises
    ------
    ValidationError
        If the network has zones already, or an area is no polygon.

    Examples
    --------
    >>> import geopandas as gpd, transitplan as tp
    >>> from shapely import box
    >>> town = gpd.GeoDataFrame(geometry=[box(116.99, 36.69, 117.02, 36.73)], crs="EPSG:4326")
    >>> area_zones(tp.import_osm("tests/data/osm/two_banks.osm"), town).zones["zone_id"].tolist()
    [1]
    """
    _check(network)
    areas = _checked_areas(areas).to_crs(network.crs).reset_index(drop=True)
    nodes = network.nodes[_ordinary(network)].reset_index(drop=True)
    first = _first_free(network.nodes["node_id"])
    number = _first_free(network.links["link_id"])
    centroids: list[dict[str, Any]] = []
    connectors: list[dict[str, Any]] = []
    outside = 0
    for row, (zone, area) in enumerate(zip(areas["zone_id"], areas.geometry, strict=True)):
        near, centre, inside = _nearest(nodes, area)
        outside += not inside
        centroids.append(_centroid(first + row, centre, int(zone)))
        for node, distance in near:
            for ends in ((first + row, node), (node, first + row)):
                connectors.append(_connector(number + len(connectors), ends, distance))
    text = (
        f"{counted(len(areas), 'zone')}: {what}; "
        f"{counted(len(connectors) // 2, 'connector')} to the nearest junctions, "
        f"{outside} zones without a junction of their own"
    )
    zones = areas.drop(columns=areas.geometry.name).to_dict("records")
    return add_rows(network, {"node": centroids, "link": connectors, "zone": zones}, reason=text)


def _check(network: Network) -> None:
    if network.crs is None or len(network.zones):
        has = "has zones already. Leave --zones out."
        what = has if len(network.zones) else "has no projection. Give crs in its config.csv."
        raise ValidationError(f"zones: the network {what}")
    if network.nodes["node_id"].dtype.kind != "i" or network.links["link_id"].dtype.kind != "i":
        raise ValidationError("zones: ids of nodes and links must be whole numbers to add some.")
    if not _ordinary(network).any():
        raise ValidationError(
            "zones: the network has no street beside expressways to join to. Import a larger area."
        )


def _ordinary(network: Network) -> Bools:
    """Nodes of surface streets that cars may use both from and to, (n_nodes,)."""
    links = network.links
    cars = np.array(["car" in text.split(",") or text == "all" for text in links["allowed_uses"]])
    plain = (links["structure"] == STRUCTURES[0]).to_numpy() & cars
    plain &= ~links["facility_type"].isin(_FAST).to_numpy()
    ids = network.nodes["node_id"]
    found: Bools = (
        ids.isin(links.loc[plain, "from_node_id"]) & ids.isin(links.loc[plain, "to_node_id"])
    ).to_numpy()
    return found


def _checked_areas(areas: Any) -> Any:
    found = []
    if areas.crs is None:
        found.append("zones: the areas have no projection. Save them with one (GeoJSON has one).")
    wrong = ~areas.geom_type.isin(["Polygon", "MultiPolygon"])
    if wrong.any() or not len(areas):
        found.append(f"zones: {wrong.sum()} of {len(areas)} rows are no polygon. Give areas.")
    areas = areas.copy()
    if "zone_id" not in areas:
        areas["zone_id"] = range(1, len(areas) + 1)
    twice = areas["zone_id"].duplicated() | areas["zone_id"].isna()
    if twice.any():
        found.append(f"zones, column zone_id: {twice.sum()} values are empty or stand twice.")
    elif not pd.api.types.is_integer_dtype(areas["zone_id"]):
        found.append("zones, column zone_id: give whole numbers.")
    if found:
        raise ValidationError(found)
    return areas


def _nearest(nodes: pd.DataFrame, area: Any) -> tuple[list[tuple[int, float]], Any, bool]:
    """Junctions to join with their distance [m], the centroid, and whether any lies inside."""
    import shapely

    x, y = nodes["x_m"].to_numpy(), nodes["y_m"].to_numpy()
    inside = shapely.intersects_xy(area, x, y)
    pool = np.flatnonzero(inside)
    point = area.representative_point()
    centre = (x[pool].mean(), y[pool].mean()) if pool.size else (point.x, point.y)
    if not pool.size:
        pool = np.arange(len(nodes))
    distance = np.hypot(x[pool] - centre[0], y[pool] - centre[1])
    near = np.argsort(distance, kind="stable")[: CONNECTORS if inside.any() else 1]
    ids = nodes["node_id"].to_numpy()
    return [(int(ids[pool[at]]), float(distance[at])) for at in near], centre, bool(inside.any())


def _centroid(number: int, place: tuple[float, float], zone: int) -> dict[str, Any]:
    return {
        "node_id": number,
        "x_m": place[0],
        "y_m": place[1],
        "node_type": "centroid",
        "zone_id": zone,
        **_RULE,
    }


def _connector(number: int, ends: tuple[int, int], distance_m: float) -> dict[str, Any]:
    return {
        "link_id": number,
        "name": "Connector",
        "name_zh": "连接线",
        "from_node_id": ends[0],
        "to_node_id": ends[1],
        "length_m": max(distance_m * DETOUR, 1.0),
        "facility_type": "connector",
        "lane_capacity_pceph": CONNECTOR_PCEPH,
        "free_speed_kph": CONNECTOR_KPH,
        "vdf_alpha": 0.0,
        "vdf_beta": 1.0,
        **_RULE,
    }


def _first_free(ids: "pd.Series[int]") -> int:
    return int(ids.max()) + 1
