"""TNTP files, the format of the published benchmark networks.

Generalised cost of a link is ``time + toll_factor × toll + distance_factor × length`` there, in
units of time. It is kept exactly: one unit of time is worth one CNY, so that the toll column
holds ``toll × toll_factor``, and an hour of the travellers is worth as many CNY as it has units.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from transitplan.arrays import Floats
from transitplan.errors import NotFoundError, ValidationError
from transitplan.model.demand import Demand, UserClass
from transitplan.model.network import Network, build_network
from transitplan.units import LENGTH_TO_METRES, METRES_PER_KM, SECONDS_PER_HOUR, TIME_TO_SECONDS

NET_COLUMNS = (
    "init_node",
    "term_node",
    "capacity",
    "length",
    "free_flow_time",
    "b",
    "power",
    "speed",
    "toll",
    "link_type",
)
EXTRA = {"speed": "tntp_speed", "link_type": "tntp_link_type"}  # kept, not understood
_METADATA = re.compile(r"<([^>]*)>\s*([^~]*)")
_ROUNDED = 1e-6  # share by which stated and found trips may differ: totals in files are rounded


@dataclass(frozen=True)
class _Units:
    """Seconds, metres and CNY of the units in a file."""

    time_s: float
    length_m: float
    toll_factor: float = 0.0
    distance_factor: float = 0.0

    def user_class(self) -> UserClass:
        """Travellers for whom one unit of time costs one CNY."""
        return UserClass(
            "vehicles",
            value_of_time_cny_per_h=SECONDS_PER_HOUR / self.time_s,
            distance_cost_cny_per_km=self.distance_factor * METRES_PER_KM / self.length_m,
        )


@dataclass(frozen=True)
class _Text:
    """A file taken apart: metadata by name, and data lines by number."""

    path: Path
    metadata: dict[str, str]
    lines: list[tuple[int, str]]

    def count(self, name: str) -> int:
        """Number that the metadata must state."""
        text = self.metadata.get(name, "").split()
        if not text or not text[0].isdigit():
            raise ValidationError(f"{self.path}: <{name}> is missing or not a number.")
        return int(text[0])


def read_tntp(  # two files and named options
    net_path: str | Path,
    trips_path: str | Path,
    *,
    node_path: str | Path | None = None,
    time_unit: str = "min",
    length_unit: str = "mi",
    toll_factor: float = 0.0,
    distance_factor: float = 0.0,
) -> tuple[Network, Demand]:
    """Read a network and its trips.

    Parameters
    ----------
    net_path, trips_path, node_path
        ``…_net.tntp``, ``…_trips.tntp`` and, for coordinates, ``…_node.tntp``.
    time_unit
        ``s``, ``min``, ``h`` or ``0.01h``: files do not say.
    length_unit
        ``m``, ``km``, ``mi`` or ``ft``.
    toll_factor
        Units of time for one unit of toll.
    distance_factor
        Units of time for one unit of length.

    Returns
    -------
    tuple of Network and Demand
        ``link_id`` is 1 … n in file order. Nodes below FIRST THRU NODE are centroids, which are not
        passed through. Free-flow times are kept as given, zero included; posted speeds have no
        agreed meaning and stand in ``tntp_speed``. Links have one lane.

    Raises
    ------
    NotFoundError
        If a file or a unit is unknown.
    ValidationError
        With file and line, if a line is broken or the metadata disagree with the data.

    Examples
    --------
    ``network, demand = read_tntp("X_net.tntp", "X_trips.tntp", time_unit="min")``
    """
    units = _units(time_unit, length_unit, toll_factor, distance_factor)
    text = _read(Path(net_path))
    rows = _net_rows(text)
    n_nodes, n_zones = text.count("NUMBER OF NODES"), text.count("NUMBER OF ZONES")
    first_thru = text.count("FIRST THRU NODE") if "FIRST THRU NODE" in text.metadata else 1
    _check_ends(text, rows, n_nodes)
    places = _places(node_path, n_nodes)
    node_ids = np.arange(1, n_nodes + 1)
    zone_ids = np.arange(1, n_zones + 1)
    nodes = pd.DataFrame({"node_id": node_ids, "x_m": places[:, 0], "y_m": places[:, 1]})
    nodes["node_type"] = np.where(node_ids < first_thru, "centroid", "junction")
    nodes["zone_id"] = pd.Series(zone_ids, dtype=object).reindex(range(n_nodes))
    tables = {
        "node": nodes,
        "link": _links(rows, units),
        "zone": pd.DataFrame({"zone_id": zone_ids}),
    }
    name = Path(net_path).stem.removesuffix("_net")
    network = build_network(tables, name=name)
    trips = _trips(_read(Path(trips_path)), n_zones)
    demand = Demand(pd.Index(zone_ids), (units.user_class(),), trips[np.newaxis], name)
    return network, demand


def write_tntp(  # two values, two files and units
    network: Network,
    demand: Demand,
    net_path: str | Path,
    trips_path: str | Path,
    *,
    time_unit: str = "min",
    length_unit: str = "mi",
) -> None:
    """Write a network and the trips of its one class; reading them again gives the same.

    Nodes and zones are numbered 1 … n in the order of their tables, zones first. Tolls are written
    in units of the class's time, and the factors that ``read_tntp`` then needs stand in the
    metadata as TOLL FACTOR (1) and DISTANCE FACTOR.

    Raises
    ------
    ValidationError
        If there are several classes, nodes that may not be passed after some that may, or tables
        that TNTP has no place for: turns, or delay functions other than BPR.
    """
    lost = [name for name in ("movement", "vdf") if name in network.table_names]
    if lost:
        raise ValidationError(
            f"network {network.name}: TNTP has no place for {name}.csv. Write a GMNS folder, or "
            "take the table out first."
            for name in lost
        )
    if len(demand.classes) != 1:
        raise ValidationError(
            f"demand {demand.name}: TNTP holds one class, {len(demand.classes)} were given. Write "
            "one class at a time."
        )
    units = _units(time_unit, length_unit, 0.0, 0.0)
    nodes, number = _numbered(network)
    closed = int((nodes["node_type"].isin(["centroid", "external"])).sum())
    _write_net(Path(net_path), network, demand, (number, closed), units)
    _write_trips(Path(trips_path), network, demand)


def _units(time_unit: str, length_unit: str, toll: float, distance: float) -> _Units:
    for unit, known in ((time_unit, TIME_TO_SECONDS), (length_unit, LENGTH_TO_METRES)):
        if unit not in known:
            raise NotFoundError(f"unit {unit!r} is unknown. Use one of {', '.join(known)}.")
    return _Units(TIME_TO_SECONDS[time_unit], float(LENGTH_TO_METRES[length_unit]), toll, distance)


def _read(path: Path) -> _Text:
    if not path.is_file():
        raise NotFoundError(f"{path}: no such file.")
    metadata: dict[str, str] = {}
    lines: list[tuple[int, str]] = []
    in_data = False
    for number, raw in enumerate(path.read_text(encoding="latin-1").splitlines(), start=1):
        line = raw.partition("~")[0].strip()
        found = _METADATA.match(line)
        if found and not in_data:
            name = found.group(1).strip().upper()
            metadata[name] = found.group(2).strip()
            in_data = name == "END OF METADATA"
        elif line:
            lines.append((number, line))
    if not in_data:
        raise ValidationError(f"{path}: no <END OF METADATA>. Is this a TNTP file?")
    return _Text(path, metadata, lines)


def _net_rows(text: _Text) -> pd.DataFrame:
    rows = []
    for number, line in text.lines:
        words = line.replace(";", " ").split()
        try:
            values = [float(word) for word in words]
        except ValueError:
            values = []
        if len(values) != len(NET_COLUMNS):
            raise ValidationError(
                f"{text.path}, line {number}: {line!r} is not a link. Write the "
                f"{len(NET_COLUMNS)} numbers {', '.join(NET_COLUMNS)}."
            )
        rows.append(values)
    stated = text.count("NUMBER OF LINKS")
    if stated != len(rows):
        raise ValidationError(
            f"{text.path}: <NUMBER OF LINKS> is {stated}, {len(rows)} were found. Correct one."
        )
    return pd.DataFrame(rows, columns=list(NET_COLUMNS))


def _check_ends(text: _Text, rows: pd.DataFrame, n_nodes: int) -> None:
    for name in ("init_node", "term_node"):
        wrong = ~rows[name].isin(range(1, n_nodes + 1)).to_numpy()
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            raise ValidationError(
                f"{text.path}, line {text.lines[at][0]}: {name} {rows[name].iloc[at]:g} is not a "
                f"node; <NUMBER OF NODES> is {n_nodes}."
            )


def _links(rows: pd.DataFrame, units: _Units) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "link_id": np.arange(1, len(rows) + 1),
            "from_node_id": rows["init_node"].astype(np.int64),
            "to_node_id": rows["term_node"].astype(np.int64),
            "length_m": rows["length"] * units.length_m,
            "lane_capacity_pceph": rows["capacity"],
            "toll_cny": rows["toll"] * units.toll_factor,
            "vdf_alpha": rows["b"],
            "vdf_beta": rows["power"],
            "free_time_s": rows["free_flow_time"] * units.time_s,
            **{name: rows[column_name] for column_name, name in EXTRA.items()},
        }
    )


def _places(path: str | Path | None, n_nodes: int) -> Floats:
    """Coordinates of nodes 1 … n, (n_nodes, 2); on a line where there is no file."""
    if path is None:
        return np.stack([np.arange(n_nodes, dtype=np.float64), np.zeros(n_nodes)], axis=1)
    path = Path(path)
    if not path.is_file():
        raise NotFoundError(f"{path}: no such file.")
    places = np.full((n_nodes, 2), np.nan)
    for number, raw in enumerate(path.read_text(encoding="latin-1").splitlines(), start=1):
        words = raw.partition("~")[0].replace(";", " ").split()
        if not words or (number == 1 and not words[0].isdigit()):
            continue
        try:
            node, x, y = int(words[0]), float(words[1]), float(words[2])
        except (ValueError, IndexError):
            node, x, y = 0, 0.0, 0.0
        if not 1 <= node <= n_nodes:
            raise ValidationError(f"{path}, line {number}: {raw.strip()!r} is not a node, x and y.")
        places[node - 1] = x, y
    absent = np.flatnonzero(np.isnan(places[:, 0])) + 1
    if absent.size:
        raise ValidationError(f"{path}: {absent.size} nodes have no line (node {absent[0]}).")
    return places


def _trips(text: _Text, n_zones: int) -> Floats:
    if text.count("NUMBER OF ZONES") != n_zones:
        raise ValidationError(
            f"{text.path}: <NUMBER OF ZONES> is {text.count('NUMBER OF ZONES')}; the network has "
            f"{n_zones}."
        )
    trips = np.zeros((n_zones, n_zones))
    for number, origin, destination, value in _cells(text):
        if not (1 <= origin <= n_zones and 1 <= destination <= n_zones and value >= 0):
            raise ValidationError(
                f"{text.path}, line {number}: {value:g} trips from {origin} to {destination}: "
                f"zones are 1 … {n_zones} and trips 0 or more."
            )
        trips[origin - 1, destination - 1] += value
    stated = text.metadata.get("TOTAL OD FLOW", "")
    try:
        total = float(stated) if stated else trips.sum()
    except ValueError:
        raise ValidationError(f"{text.path}: <TOTAL OD FLOW> {stated!r} is not a number.") from None
    if abs(total - trips.sum()) > max(_ROUNDED * total, 1.0):
        raise ValidationError(
            f"{text.path}: <TOTAL OD FLOW> is {total:g}, the trips add up to {trips.sum():g}. "
            "Correct one."
        )
    return trips


def _cells(text: _Text) -> Iterator[tuple[int, int, int, float]]:
    """(line, origin, destination, trips) of each entry."""
    origin = 0
    for number, line in text.lines:
        try:
            if line.lower().startswith("origin"):
                origin = int(line.split()[1])
                continue
            for item in line.split(";"):
                if item.strip():
                    destination, value = item.split(":")
                    yield number, origin, int(destination), float(value)
        except (ValueError, IndexError):
            raise ValidationError(
                f"{text.path}, line {number}: {line!r} is neither 'Origin n' nor 'zone : trips;'."
            ) from None


def _numbered(network: Network) -> tuple[pd.DataFrame, dict[object, int]]:
    """Nodes in the order of TNTP: zones in the order of their table, then the others."""
    nodes = network.nodes
    place = pd.Index(network.zones["zone_id"]).get_indexer(pd.Index(nodes["zone_id"]))
    order = np.argsort(np.where(place < 0, len(nodes), place), kind="stable")
    ordered = nodes.iloc[order]
    passable = ~ordered["node_type"].isin(["centroid", "external"]).to_numpy()
    if (np.diff(passable.astype(int)) < 0).any():
        raise ValidationError(
            f"network {network.name}: TNTP wants all nodes that may not be passed first, and zones "
            "before other nodes. Make all zone nodes centroids, or all junctions."
        )
    return ordered, {node: i + 1 for i, node in enumerate(ordered["node_id"])}


def _whole(values: npt.ArrayLike, unit: float) -> Floats:
    """Quotients whose product with the unit is the value again, to the last bit."""
    given = np.asarray(values, dtype=np.float64)
    found = given / unit
    for towards in (np.inf, -np.inf):
        other = np.nextafter(found, towards)
        found = np.where((found * unit != given) & (other * unit == given), other, found)
    return found


def _write_net(
    path: Path,
    network: Network,
    demand: Demand,
    numbering: tuple[dict[object, int], int],
    units: _Units,
) -> None:
    number, closed = numbering
    links, each = network.links, demand.classes[0]
    unit_per_cny = SECONDS_PER_HOUR / each.value_of_time_cny_per_h / units.time_s
    driven = links["length_m"] * 3.6 / links["free_speed_kph"]
    toll = links["toll_cny"] * (unit_per_cny if each.pays_tolls else 0.0)
    per_length = each.distance_cost_cny_per_km * units.length_m / METRES_PER_KM * unit_per_cny
    rows = zip(
        links["from_node_id"].map(number),
        links["to_node_id"].map(number),
        (links["lane_capacity_pceph"] * links["lanes"]).tolist(),
        _whole(links["length_m"], units.length_m).tolist(),
        _whole(links["free_time_s"].fillna(driven), units.time_s).tolist(),
        links["vdf_alpha"].tolist(),
        links["vdf_beta"].tolist(),
        links.get(EXTRA["speed"], pd.Series(0.0, links.index)).tolist(),
        toll.tolist(),
        links.get(EXTRA["link_type"], pd.Series(1.0, links.index)).tolist(),
        strict=True,
    )
    head = [
        f"<NUMBER OF ZONES> {len(network.zones)}",
        f"<NUMBER OF NODES> {len(network.nodes)}",
        f"<FIRST THRU NODE> {closed + 1}",
        f"<NUMBER OF LINKS> {len(links)}",
        "<TOLL FACTOR> 1.0",
        f"<DISTANCE FACTOR> {per_length!r}",
        "<END OF METADATA>",
        "~\t" + "\t".join(NET_COLUMNS) + "\t;",
    ]
    body = ["\t" + "\t".join(repr(value) for value in row) + "\t;" for row in rows]
    path.write_text("\n".join([*head, *body, ""]), encoding="ascii")


def _write_trips(path: Path, network: Network, demand: Demand) -> None:
    zones = pd.Index(network.zones["zone_id"])
    table = pd.DataFrame(demand.trips_vph[0], index=demand.zone_ids, columns=demand.zone_ids)
    trips = table.reindex(index=zones, columns=zones, fill_value=0.0).to_numpy()
    lines = [
        f"<NUMBER OF ZONES> {len(zones)}",
        f"<TOTAL OD FLOW> {float(trips.sum())!r}",
        "<END OF METADATA>",
    ]
    for origin, row in enumerate(trips.tolist(), start=1):
        cells = [f"{j} : {value!r};" for j, value in enumerate(row, start=1) if value > 0]
        lines += ["", f"Origin {origin}", *cells]
    path.write_text("\n".join([*lines, ""]), encoding="ascii")
