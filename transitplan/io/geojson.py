"""GeoJSON: nodes and links as features, which any web map draws.

A file of ours holds all other tables and the config row beside the features (foreign members,
RFC 7946), so that reading gives the same network. Lines of another origin are read as those of a
shapefile are.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from transitplan.errors import ValidationError, no_file
from transitplan.io.drawn_links import TOLERANCE_M, network_from_lines
from transitplan.io.gmns import CONFIG, network_from_text, network_to_text
from transitplan.io.gtfs import service_from_text, service_to_text
from transitplan.io.text import write_whole
from transitplan.model.network import Network
from transitplan.model.tables import TABLES

OURS = "transitplan_network"


def read_geojson(path: str | Path, *, tolerance_m: float = TOLERANCE_M) -> Network:
    """Read a network that ``write_geojson`` wrote, or lines with attributes.

    Raises
    ------
    NotFoundError
        If there is no such file.
    ValidationError
        If it is no GeoJSON, or its features make no network.
    """
    path = Path(path)
    if not path.is_file():
        raise no_file(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValidationError(f"{path}: not JSON: {error}.") from None
    if not isinstance(content, dict) or not isinstance(content.get("features"), list):
        raise ValidationError(
            f"{path}: not a FeatureCollection of GeoJSON. Save it as one, as QGIS does."
        )
    if OURS not in content:
        return _from_lines(path, content, tolerance_m)
    text: dict[str, pd.DataFrame] = {}
    for name in ("node", "link"):
        features = [
            each
            for each in content["features"]
            if each.get("table", each["properties"]["table"]) == name
        ]
        frame = pd.DataFrame([each["properties"] for each in features])
        own = any("table" in each for each in features)
        text[name] = (frame if own else frame.drop(columns="table")).map(_as_text)
    for name, rows in content[OURS]["tables"].items():
        text[name] = pd.DataFrame(rows["rows"], columns=rows["columns"], dtype=str)
    config = {**CONFIG, **content[OURS]["config"]}
    feed = {
        name: pd.DataFrame(rows["rows"], columns=rows["columns"], dtype=str)
        for name, rows in content[OURS].get("transit", {}).items()
    }
    try:
        transit = service_from_text(feed, name=path.stem) if feed else None
        return network_from_text(text, config, transit)
    except ValidationError as error:
        raise ValidationError(f"{path}, {each}" for each in error.problems) from None


def write_geojson(network: Network, path: str | Path) -> Path:
    """Write the network as one FeatureCollection in longitude and latitude."""
    path = Path(path)
    config, text = network_to_text(network)
    points = text["node"][["x_coord", "y_coord"]].astype(float).to_numpy()
    shapes = {"node": shapely.points(points), "link": _lines(network)}
    features = [
        feature
        for name in ("node", "link")
        for feature in _features(name, text[name], shapes[name])
    ]
    others = {name: frame for name, frame in text.items() if name not in shapes}
    ours: dict[str, Any] = {"config": config, "tables": _tables(others)}
    if network.transit is not None:
        ours["transit"] = _tables(service_to_text(network.transit))
    head = {"type": "FeatureCollection", "name": network.name, OURS: ours}
    text_of = [json.dumps(each, ensure_ascii=False) for each in features]  # one a line, for git
    lines = json.dumps(head, ensure_ascii=False).removesuffix("}")
    lines += ', "features": [\n' + ",\n".join(text_of) + "\n]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(path, lambda part: part.write_text(lines + "\n", encoding="utf-8"))


def _tables(frames: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    return {
        name: {"columns": list(frame.columns), "rows": frame.to_numpy().tolist()}
        for name, frame in frames.items()
    }


def _from_lines(path: Path, content: Mapping[str, Any], tolerance_m: float) -> Network:
    import geopandas as gpd

    features = content["features"]
    lines = [each for each in features if "Line" in str((each.get("geometry") or {}).get("type"))]
    if not lines:
        raise ValidationError(
            f"{path}: no lines in it; a network is made of lines. Name the file of the roads."
        )
    layer = gpd.GeoDataFrame.from_features(lines, crs=_projection(path, content.get("crs")))
    return network_from_lines(layer, name=path.stem, where=path, tolerance_m=tolerance_m)


def _projection(path: Path, given: Any) -> str:
    """Name of the projection: that of ``crs``, which GeoJSON of before 2016 has, or degrees."""
    import pyproj

    if given is None:
        return "EPSG:4326"
    try:
        name = str(given["properties"]["name"])
        pyproj.CRS.from_user_input(name)
    except (KeyError, TypeError, pyproj.exceptions.CRSError):
        raise ValidationError(
            f"{path}: crs {json.dumps(given, ensure_ascii=False)} names no projection that is "
            "known. Save the file in longitude and latitude and leave crs out."
        ) from None
    return name


def _lines(network: Network) -> Any:
    """Lines of the links in longitude and latitude."""
    lines = network.link_lines()
    if network.crs is None:
        return lines
    import pyproj

    back = pyproj.Transformer.from_crs(network.crs, "EPSG:4326", always_xy=True)
    return shapely.transform(lines, back.transform, interleaved=False)


def _features(name: str, text: pd.DataFrame, shapes: Any) -> list[dict[str, Any]]:
    numbers = {rule.on_disk for rule in TABLES[name] if rule.kind in {"float", "int"}}
    geometry = [json.loads(each) for each in shapely.to_geojson(_rounded(shapes)).tolist()]
    rows = text.to_dict("records")
    # A column of the user's that is called table keeps its place; ours then stands beside them.
    beside, among = ({"table": name}, {}) if "table" in text else ({}, {"table": name})
    return [
        {
            "type": "Feature",
            **beside,
            "properties": {
                **among,
                **{str(key): _value(cell, key in numbers) for key, cell in row.items()},
            },
            "geometry": shape,
        }
        for row, shape in zip(rows, geometry, strict=True)
    ]


def _rounded(shapes: Any) -> Any:
    return shapely.transform(shapes, lambda at: at.round(8))


def _value(cell: Any, number: bool) -> Any:  # noqa: FBT001
    if not number or cell == "":
        return str(cell)
    value = float(cell)
    return int(cell) if value.is_integer() and "." not in str(cell) else value


def _as_text(cell: Any) -> str:
    if cell is None or cell != cell:  # noqa: PLR0124  not-a-number
        return ""
    return repr(cell) if isinstance(cell, float) else str(cell)
