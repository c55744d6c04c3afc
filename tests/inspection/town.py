"""A sound town on two banks, small enough to break one thing at a time."""

import json

import pandas as pd
import pyproj
import shapely

from transitplan.model.network import build_network

X, Y = 500_000.0, 4_060_000.0
CRS = "EPSG:32650"
PLACES = {  # metres east and north of the river's middle
    1: (-600, -1400), 2: (600, 1400),
    11: (-1000, -1000), 12: (0, -1000), 13: (1000, -1000), 14: (0, -2000),
    21: (-1000, 1000), 22: (0, 1000), 23: (1000, 1000), 24: (0, 2000),
}  # fmt: skip
ROADS = (
    (11, 12), (12, 13), (12, 14), (11, 14), (21, 22), (22, 23), (22, 24), (21, 24), (12, 22),
)  # fmt: skip
CONNECTORS = ((1, 11), (1, 14), (2, 23), (2, 24))
BRIDGE = (12, 22)


def tables():
    """Tables that a test may change before it builds them."""
    nodes = pd.DataFrame(
        [
            {
                "node_id": node,
                "x_m": X + x,
                "y_m": Y + y,
                "node_type": "centroid" if node < 10 else "junction",
                "zone_id": node if node < 10 else None,
                "name": f"Place {node}",
                "name_zh": f"地点{node}",
            }
            for node, (x, y) in PLACES.items()
        ]
    )
    rows = []
    for ends in (*ROADS, *CONNECTORS):
        for tail, head in (ends, ends[::-1]):
            rows.append(_link(len(rows) + 1, tail, head, bridge=ends == BRIDGE))
    crossing = {
        "crossing_id": "W", "name": "West bridge", "name_zh": "西桥", "form": "bridge",
        "status": "open", "open_year": 2010, "lanes": 4, "banned_uses": "walk",
    }  # fmt: skip
    return {
        "node": nodes,
        "link": pd.DataFrame(rows),
        "zone": pd.DataFrame(
            {"zone_id": [1, 2], "name": ["South", "North"], "name_zh": ["南", "北"]}
        ),
        "crossing": pd.DataFrame([crossing]),
        "use_definition": pd.DataFrame({"use": ["car", "truck"]}),
    }


def _link(number, tail, head, *, bridge=False):
    connector = min(tail, head) < 10
    (x1, y1), (x2, y2) = PLACES[tail], PLACES[head]
    return {
        "link_id": number,
        "from_node_id": tail,
        "to_node_id": head,
        "length_m": round(((x1 - x2) ** 2 + (y1 - y2) ** 2) ** 0.5, 1),
        "facility_type": "connector" if connector else "arterial",
        "lane_capacity_pceph": 9999.0 if connector else 800.0,
        "free_speed_kph": 25.0 if connector else 40.0,
        "lanes": 1.0 if connector else 2.0,
        "structure": "bridge" if bridge else "surface",
        "crossing_id": "W" if bridge else "",
        "allowed_uses": "all",
        "geometry_id": None,
    }


def build(made):
    """Build the network of changed tables."""
    return build_network(made, name="town", crs=CRS)


def link_between(made, tail, head):
    """Row of the link between two nodes."""
    links = made["link"]
    return links.index[(links["from_node_id"] == tail) & (links["to_node_id"] == head)][0]


def river(points=((-5000, 0), (5000, 0)), *, area=False):
    """GeoJSON of a river through these points, metres from the middle."""
    line = shapely.LineString([(X + x, Y + y) for x, y in points])
    shape = line.buffer(100, cap_style="flat") if area else line
    back = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    shape = shapely.transform(shape, back.transform, interleaved=False)
    feature = {
        "type": "Feature",
        "properties": {"kind": "river"},
        "geometry": json.loads(shapely.to_geojson(shape)),
    }
    return {"type": "FeatureCollection", "features": [feature]}
