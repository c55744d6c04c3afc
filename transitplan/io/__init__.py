"""Files in and out: the suffix of a name decides the format; one module a format."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from transitplan.errors import ValidationError
from transitplan.io.geopackage import read_geopackage, write_geopackage
from transitplan.io.gmns import read_gmns, write_gmns
from transitplan.io.graphml import read_graphml, write_graphml
from transitplan.io.omx import read_omx, write_omx
from transitplan.io.osm_import import import_osm
from transitplan.io.pairs import read_pairs, write_pairs
from transitplan.model.demand import Demand
from transitplan.model.network import Network

Format = TypeVar("Format")

# The empty suffix stands for a folder.
_NETWORK_READERS: dict[str, Callable[[Path], Network]] = {
    "": read_gmns,
    ".gpkg": read_geopackage,
    ".graphml": read_graphml,
    ".osm": import_osm,
    ".pbf": import_osm,
}
_NETWORK_WRITERS: dict[str, Callable[[Network, Path], Path]] = {
    "": write_gmns,
    ".gpkg": write_geopackage,
    ".graphml": write_graphml,
}
_DEMAND_READERS: dict[str, Callable[[Path], Demand]] = {".omx": read_omx, ".csv": read_pairs}
_DEMAND_WRITERS: dict[str, Callable[[Demand, Path], Path]] = {
    ".omx": write_omx,
    ".csv": write_pairs,
}


def read_network(path: str | Path) -> Network:
    """Read a network: a GMNS folder, ``.gpkg`` (GeoPackage), ``.graphml``, ``.osm``, ``.osm.pbf``.

    Examples
    --------
    >>> read_network("networks/two_banks/2025").name
    'Two banks'
    """
    path = Path(path)
    return _choose(path, _NETWORK_READERS, "network", "a GMNS folder")(path)


def write_network(network: Network, path: str | Path) -> Path:
    """Write a network in the format that the name says; a name without suffix is a GMNS folder."""
    path = Path(path)
    return _choose(path, _NETWORK_WRITERS, "network", "a GMNS folder")(network, path)


def read_demand(path: str | Path) -> Demand:
    """Read demand: ``.omx`` (one matrix a class) or ``.csv`` (one row an OD pair)."""
    path = Path(path)
    return _choose(path, _DEMAND_READERS, "demand")(path)


def write_demand(demand: Demand, path: str | Path) -> Path:
    """Write demand in the format that the name says."""
    path = Path(path)
    return _choose(path, _DEMAND_WRITERS, "demand")(demand, path)


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
