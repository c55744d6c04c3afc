"""GeoPackage: nodes and links as layers that QGIS draws, the other tables as plain tables.

Geometry is stored in the network's own projection, so that reading gives the same metres back.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from transitplan.errors import ValidationError, no_file
from transitplan.io.drawn_links import network_from_lines
from transitplan.io.gtfs import service_from_text, service_to_text
from transitplan.model.network import Network, build_network
from transitplan.model.service import TransitService
from transitplan.model.tables import TABLES
from transitplan.model.transit_tables import TRANSIT_TABLES

TRANSIT = "transit_"  # what the names of tables of the GTFS feed start with
ABOUT = "transitplan_about"  # one row: name of the network


def read_geopackage(path: str | Path) -> Network:
    """Read a network that ``write_geopackage`` wrote, possibly edited in QGIS since.

    A node's place and a link's shape are those of the drawn geometry. A file of other origin with
    one layer of lines is read as a shapefile is.
    """
    import geopandas as gpd
    import pyogrio
    import shapely

    path = Path(path)
    if not path.is_file():
        raise no_file(path)
    try:
        found = {str(name): str(kind) for name, kind in pyogrio.list_layers(path)}
    except pyogrio.errors.DataSourceError:
        raise ValidationError(
            f"{path}: not a GeoPackage. Save it as one, or name a GMNS folder."
        ) from None
    layers = list(found)
    if "node" not in layers or "link" not in layers:
        return _from_lines(path, found)
    frames = {name: gpd.read_file(path, layer=name) for name in TABLES if name in layers}
    name = gpd.read_file(path, layer=ABOUT)["name"].iloc[0] if ABOUT in layers else path.stem
    nodes, links = frames["node"], frames["link"]
    crs = f"EPSG:{nodes.crs.to_epsg()}" if nodes.crs is not None else None
    nodes["x_m"], nodes["y_m"] = nodes.geometry.x, nodes.geometry.y
    _name_new_shapes(links)
    shapes = _shapes(links)
    tables = {
        table: pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
        for table, frame in frames.items()
    }
    if shapes is not None:
        tables["geometry"] = pd.DataFrame(
            {
                "geometry_id": shapes["geometry_id"],
                "geometry": shapely.to_wkt(shapes["geometry"].to_numpy(), rounding_precision=6),
            }
        )
    try:
        transit = _read_transit(path, layers)
        return build_network(tables, name=str(name), crs=crs, transit=transit)
    except ValidationError as error:
        raise ValidationError(f"{path}, {text}" for text in error.problems) from None


def _from_lines(path: Path, layers: dict[str, str]) -> Network:
    """Read the one layer of lines, and that of points if there is one too."""
    import pyogrio

    lines = [name for name, kind in layers.items() if "Line" in kind]
    points = [name for name, kind in layers.items() if "Point" in kind]
    if len(lines) != 1:
        raise ValidationError(
            f"{path}: layers {', '.join(layers) or '(none)'} found; a network needs `node` and "
            "`link`, or one layer of lines alone."
        )
    links = pyogrio.read_dataframe(path, layer=lines[0])
    nodes = pyogrio.read_dataframe(path, layer=points[0]) if len(points) == 1 else None
    return network_from_lines(links, name=path.stem, where=path, nodes=nodes)


def write_geopackage(network: Network, path: str | Path) -> Path:
    """Write the network as one GeoPackage, under a temporary name and then renamed."""
    import pyogrio

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    work = path.with_name(f".{path.stem}-part.gpkg")
    work.unlink(missing_ok=True)
    nodes, links = network.to_gdfs()
    layers: dict[str, Any] = {"node": nodes.drop(columns=["x_m", "y_m"]), "link": links}
    layers |= {
        name: network.table(name)
        for name in network.table_names
        if name not in {"node", "link", "geometry"}
    }
    layers[ABOUT] = pd.DataFrame({"name": [network.name]})
    if network.transit is not None:
        texts = service_to_text(network.transit)
        layers |= {f"{TRANSIT}{table}": frame for table, frame in texts.items()}
    with no_clock(), warnings.catch_warnings():
        # A benchmark network has coordinates and no projection, and is written so on purpose.
        warnings.filterwarnings("ignore", message="'crs' was not provided")
        for name, frame in layers.items():
            pyogrio.write_dataframe(
                storable(frame), work, layer=name, driver="GPKG", layer_options=free_names(frame)
            )
    work.replace(path)
    return path


def _read_transit(path: Path, layers: list[str]) -> TransitService | None:
    """Tables of the GTFS feed, whose cells are text as in its files."""
    import geopandas as gpd

    texts = {
        table: gpd.read_file(path, layer=f"{TRANSIT}{table}").fillna("").astype("str")
        for table in TRANSIT_TABLES
        if f"{TRANSIT}{table}" in layers
    }
    return service_from_text(texts, name=path.stem) if texts else None


@contextmanager
def no_clock() -> Iterator[None]:
    """Have GDAL write one fixed date, so that the same content gives the same bytes."""
    import pyogrio

    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _name_new_shapes(links: Any) -> None:
    """Give an id of their own to links that were drawn straight and bent since, in place."""
    if "geometry_id" not in links:
        links["geometry_id"] = None
    bent = links["geometry_id"].isna() & (links.geometry.count_coordinates() > 2)  # noqa: PLR2004
    taken = pd.to_numeric(links["geometry_id"], errors="coerce").max()
    first = 1 if pd.isna(taken) else int(taken) + 1
    links.loc[bent, "geometry_id"] = range(first, first + int(bent.sum()))
    links.loc[bent, "dir_flag"] = 1


def _shapes(links: Any) -> pd.DataFrame | None:
    """Distinct shapes of the links that are not straight, each in its own direction."""
    drawn = links[links["geometry_id"].notna()] if "geometry_id" in links else links.iloc[:0]
    if drawn.empty:
        return None
    against = (drawn["dir_flag"] == -1).to_numpy()
    lines = drawn.geometry.where(~against, drawn.geometry.reverse())
    table = pd.DataFrame({"geometry_id": drawn["geometry_id"], "geometry": lines.to_numpy()})
    return table.drop_duplicates("geometry_id").sort_values("geometry_id").reset_index(drop=True)


def storable(frame: Any) -> Any:
    """Give object columns of whole numbers with gaps a type that SQLite knows."""
    frame = frame.copy()
    for label in frame.columns:
        column = frame[label]
        if column.dtype != object or label == "geometry":
            continue
        filled = column.dropna()
        if len(filled) == 0 or filled.map(lambda cell: isinstance(cell, int | np.integer)).all():
            frame[label] = column.astype("Int64")
    return frame


def free_names(frame: pd.DataFrame) -> dict[str, str]:
    """Names of a layer's own two columns that no column of the user has."""
    taken, names = {str(label).lower() for label in frame.columns}, {}
    for option, name in (("FID", "fid"), ("GEOMETRY_NAME", "geom")):
        free = name
        while free in taken:
            free += "_"
        names[option] = free
    return names if hasattr(frame, "geometry") else {"FID": names["FID"]}
