"""Files in and out: the suffix of a name decides the format; one module a format."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from transitplan.errors import ValidationError
from transitplan.io.geojson import read_geojson, write_geojson
from transitplan.io.geopackage import read_geopackage, write_geopackage
from transitplan.io.gmns import read_gmns, write_gmns
from transitplan.io.graphml import read_graphml, write_graphml
from transitplan.io.losses import (
    demand_losses,
    network_losses,
    reduced_demand,
    reduced_network,
)
from transitplan.io.omx import read_omx, write_omx
from transitplan.io.osm_import import import_osm
from transitplan.io.pairs import read_pairs, write_pairs
from transitplan.io.shapefile import read_shapefile, write_shapefile
from transitplan.io.tntp import (
    read_tntp_network,
    read_tntp_trips,
    write_tntp_network,
    write_tntp_trips,
)
from transitplan.model.demand import Demand
from transitplan.model.network import Network

__all__ = (
    "NETWORK_SUFFIXES",
    "demand_losses",
    "network_losses",
    "read_demand",
    "read_network",
    "write_demand",
    "write_network",
)

Format = TypeVar("Format")

# The empty suffix stands for a folder.
_NETWORK_READERS: dict[str, Callable[[Path], Network]] = {
    "": read_gmns,
    ".gpkg": read_geopackage,
    ".graphml": read_graphml,
    ".geojson": read_geojson,
    ".osm": import_osm,
    ".pbf": import_osm,
    ".shp": read_shapefile,
    ".tntp": read_tntp_network,
}
_NETWORK_WRITERS: dict[str, Callable[[Network, Path], Path]] = {
    "": write_gmns,
    ".gpkg": write_geopackage,
    ".graphml": write_graphml,
    ".geojson": write_geojson,
    ".shp": write_shapefile,
    ".tntp": write_tntp_network,
}
NETWORK_SUFFIXES = tuple(suffix for suffix in _NETWORK_READERS if suffix)
_DEMAND_READERS: dict[str, Callable[[Path], Demand]] = {
    ".omx": read_omx,
    ".csv": read_pairs,
    ".tntp": read_tntp_trips,
}
_DEMAND_WRITERS: dict[str, Callable[[Demand, Path], Path]] = {
    ".omx": write_omx,
    ".csv": write_pairs,
    ".tntp": write_tntp_trips,
}


def read_network(path: str | Path) -> Network:
    """Read a network in the format that the name says.

    A GMNS folder, ``.gpkg`` (GeoPackage), ``.graphml``, ``.geojson``, ``.shp`` (shapefile, or a
    folder of them), ``.tntp`` where the file states its units, ``.osm`` or ``.osm.pbf``
    (OpenStreetMap, imported with the defaults of ``import_osm``).

    Examples
    --------
    >>> read_network("networks/two_banks/2025").name
    'Two banks'
    """
    path = Path(path)
    if path.is_dir() and not (path / "link.csv").exists() and any(path.glob("*.shp")):
        return read_shapefile(path)
    return _choose(path, _NETWORK_READERS, "network", "a GMNS folder")(path)


def write_network(network: Network, path: str | Path, *, lossy: bool = False) -> Path:
    """Write a network in the format that the name says; a name without suffix is a GMNS folder.

    Parameters
    ----------
    lossy
        Write what the format holds and leave out the rest (``network_losses`` says what).

    Raises
    ------
    ValidationError
        If the format has no place for something, and not ``lossy``.
    """
    path = Path(path)
    write = _choose(path, _NETWORK_WRITERS, "network", "a GMNS folder")
    suffix = path.suffix.lower()
    _refuse(path, network_losses(network, suffix), lossy=lossy)
    return write(reduced_network(network, suffix) if lossy else network, path)


def read_demand(path: str | Path) -> Demand:
    """Read demand: ``.omx`` (one matrix a class), ``.csv`` (pairs or a matrix) or ``.tntp``."""
    path = Path(path)
    return _choose(path, _DEMAND_READERS, "demand")(path)


def write_demand(demand: Demand, path: str | Path, *, lossy: bool = False) -> Path:
    """Write demand in the format that the name says; ``lossy`` as in ``write_network``."""
    path = Path(path)
    write = _choose(path, _DEMAND_WRITERS, "demand")
    suffix = path.suffix.lower()
    _refuse(path, demand_losses(demand, suffix), lossy=lossy)
    return write(reduced_demand(demand, suffix) if lossy else demand, path)


def _refuse(path: Path, losses: list[str], *, lossy: bool) -> None:
    if losses and not lossy:
        raise ValidationError(
            f"{path}: {path.suffix} has no place for {text}. Write another format, or what it "
            "holds with lossy=True."
            for text in losses
        )


def _choose(path: Path, formats: dict[str, Format], what: str, folder: str = "") -> Format:
    if path.suffix.lower() in formats:
        return formats[path.suffix.lower()]
    if folder and (path.is_dir() or not path.suffix):
        return formats[""]
    known = ", ".join(name for name in formats if name)
    raise ValidationError(
        f"{path}: the suffix {path.suffix!r} names no {what} format. Use "
        f"{folder + ' or ' if folder else ''}{known}."
    )
