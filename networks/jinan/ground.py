"""The map ground: river, districts, the Start-up Area and names of towns."""

import json
from pathlib import Path

from shapely import LineString
from tables import SOURCES, read_table


def write_ground(path: Path, river: LineString) -> None:
    """Write the features of the map ground as GeoJSON, one a line."""
    features = [
        _feature(
            "river", "Yellow River", "黄河", "LineString", [list(point) for point in river.coords]
        )
    ]
    features += json.loads((SOURCES / "districts.geojson").read_text(encoding="utf-8"))["features"]
    ring = [[float(row["lon"]), float(row["lat"])] for row in read_table("start_up_area")]
    area = ("start_up_area", "Start-up Area (limits assumed)", "起步区（边界为示意）")
    features.append(_feature(*area, "Polygon", [[*ring, ring[0]]]))
    features += [
        _feature(
            "town_label",
            row["name"],
            row["name_zh"],
            "Point",
            [float(row["lon"]), float(row["lat"])],
        )
        for row in read_table("labels")
    ]
    lines = ",\n".join(
        json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in features
    )
    path.write_text(
        f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n', encoding="utf-8", newline="\n"
    )


def _feature(kind: str, name: str, name_zh: str, shape: str, coordinates: list) -> dict:
    properties = {"kind": kind, "name": name, "name_zh": name_zh}
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": shape, "coordinates": coordinates},
    }
