"""Shapefiles: a layer of links and, beside it, one of nodes (``X.shp``, ``X_node.shp``).

The format cuts names of columns to ten characters, so ours have short names of their own
(``aliases.csv`` reads them back); tables without geometry have no place. Texts are UTF-8 when we
write; when we read, the ``.cpg`` or the header says, else UTF-8 and GBK (cp936) are tried.
"""

import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import pandas as pd

from transitplan.errors import ValidationError, no_file
from transitplan.io.drawn_links import TOLERANCE_M, network_from_lines
from transitplan.model.network import Network

SHORT = {  # our names of link columns that have more than ten characters
    "from_node_id": "from_node",
    "facility_type": "facility",
    "lane_capacity_pceph": "cap_lane",
    "free_speed_kph": "speed_kph",
    "truck_speed_kph": "truck_kph",
    "allowed_uses": "uses",
    "toll_truck_cny": "toll_trk",
    "crossing_id": "crossing",
    "free_time_s": "free_s",
    "corridor_id": "corridor",
}
LONGEST = 10  # characters of a name
NOT_WRITTEN = ("directed", "geometry_id", "dir_flag")  # said by the geometry
TEXT_BYTES = 254  # what a text cell holds
NODE_ENDINGS = ("_node", "_nodes", "_pt")
_ENCODINGS = ("utf-8", "cp936")
_NO_LANGUAGE = (0x00, 0x57)  # header bytes of a .dbf that name no encoding


def read_shapefile(path: str | Path, *, tolerance_m: float = TOLERANCE_M) -> Network:
    """Read links from a shapefile, or from the one in a folder that holds lines.

    Nodes come from ``X_node.shp`` (or another layer of points with ``node_id`` in the folder),
    from columns that name the ends, or from line ends within the tolerance.

    Raises
    ------
    NotFoundError
        If there is no such file.
    ValidationError
        If the layers do not make a network: what is missing, and where.
    """
    links_path, nodes_path = _layers(Path(path))
    links = _read(links_path)
    nodes = None if nodes_path is None else _read(nodes_path)
    name = links_path.stem.removesuffix("_link").removesuffix("_links")
    return network_from_lines(
        links, name=name, where=links_path, nodes=nodes, tolerance_m=tolerance_m
    )


def write_shapefile(network: Network, path: str | Path) -> Path:
    """Write links as ``X.shp`` and nodes as ``X_node.shp``, all their files or none.

    Uses are written one by one, for groups of them have no place.
    """
    import pyogrio

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    nodes, links = network.to_gdfs()
    links["allowed_uses"] = single_uses(network)
    links = links.drop(columns=list(NOT_WRITTEN))
    links = links.rename(columns=short_names(links.columns))
    nodes = nodes.drop(columns=["x_m", "y_m"])
    work = Path(tempfile.mkdtemp(prefix=f".{path.stem}-", dir=path.parent))
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="'crs' was not provided")
            for layer, stem in ((links, path.stem), (nodes, f"{path.stem}_node")):
                file = work / f"{stem}.shp"
                pyogrio.write_dataframe(_fitting(layer), file, encoding="UTF-8")
        for file in sorted(work.iterdir()):
            file.replace(path.parent / file.name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return path


def short_names(labels: "pd.Index[str]") -> dict[str, str]:
    """Names that the format holds, each once: our short ones, else cut and numbered."""
    taken: dict[str, str] = {}
    for label in sorted(labels, key=lambda each: len(each) > LONGEST and each not in SHORT):
        name = SHORT.get(label, label)[:LONGEST]
        number = 2
        while name in taken.values():
            name = f"{label[: LONGEST - 2]}_{number}"
            number += 1
        taken[label] = name
    return taken


def single_uses(network: Network) -> "pd.Series[str]":
    """Uses of each link, groups of uses taken apart."""
    groups = network.table("use_group")
    members = dict(zip(groups["use_group"], groups["uses"], strict=True))
    members.pop("all", None)

    def apart(text: str) -> str:
        names = [members.get(name.strip(), name.strip()) for name in text.split(",")]
        return ",".join(dict.fromkeys(each.strip() for name in names for each in name.split(",")))

    texts = network.links["allowed_uses"]
    return texts.map({text: apart(text) for text in texts.unique()})


def long_texts(network: Network) -> int:
    """Texts of nodes and links that a cell cannot hold."""
    return sum(
        int(
            frame[label]
            .map(lambda cell: isinstance(cell, str) and len(cell.encode()) > TEXT_BYTES)
            .sum()
        )
        for frame in (network.nodes, network.links)
        for label in frame.columns
    )


def _layers(path: Path) -> tuple[Path, Path | None]:
    """Files of links and of nodes."""
    if path.is_dir():
        files = sorted(path.glob("*.shp"))
        lines = [each for each in files if "Line" in _kind(each)]
        points = [each for each in files if "Point" in _kind(each)]
        if len(lines) != 1:
            named = ", ".join(each.name for each in lines) or "none"
            raise ValidationError(
                f"{path}: a network is one shapefile of lines; found {named}. Name the .shp."
            )
        return lines[0], points[0] if len(points) == 1 else None
    if not path.is_file():
        raise no_file(path)
    stem = path.stem.removesuffix("_link").removesuffix("_links")
    beside = [path.with_name(f"{stem}{ending}.shp") for ending in NODE_ENDINGS]
    return path, next((each for each in beside if each.is_file()), None)


def _kind(path: Path) -> str:
    import pyogrio

    try:
        return str(pyogrio.read_info(path)["geometry_type"])
    except pyogrio.errors.DataSourceError as error:
        raise ValidationError(f"{path}: not a shapefile: {error}") from None


def _read(path: Path) -> Any:
    import pyogrio

    _kind(path)
    return pyogrio.read_dataframe(path, encoding=_encoding(path))


def _encoding(path: Path) -> str | None:
    """How texts are written where neither .cpg nor header says; None where one does."""
    table = path.with_suffix(".dbf")
    if not table.is_file() or any(path.with_suffix(end).is_file() for end in (".cpg", ".CPG")):
        return None
    content = table.read_bytes()
    if len(content) < 32 or content[29] not in _NO_LANGUAGE:  # noqa: PLR2004  the header
        return None
    for name in _ENCODINGS:
        try:
            content[int.from_bytes(content[8:10], "little") :].decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return None


def _fitting(layer: Any) -> Any:
    """Columns whose type and name the format has: whole numbers with gaps become numbers."""
    layer = layer.copy()
    for label in layer.columns:
        column = layer[label]
        if label == layer.geometry.name or column.dtype.kind in "if":
            continue
        filled = column.dropna()
        if column.dtype == bool:
            layer[label] = column.astype("int64")
        elif column.dtype == object and filled.map(lambda cell: isinstance(cell, int)).all():
            layer[label] = column.astype("float64")
    empty = [label for label in layer.columns if label != layer.geometry.name]
    return layer.drop(columns=[label for label in empty if layer[label].isna().all()])
