"""TNTP files, the format of the published benchmark networks.

Generalised cost of a link is ``time + toll_factor × toll + distance_factor × length`` there, in
units of time. It is kept exactly: one unit of time is worth one CNY, so that the toll column
holds ``toll × toll_factor``, and an hour of the travellers is worth as many CNY as it has units.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from transitplan.arrays import Floats
from transitplan.errors import ValidationError
from transitplan.io.text import write_whole
from transitplan.io.tntp_text import (
    EXTRA,
    NET_COLUMNS,
    TntpText,
    Units,
    check_ends,
    net_rows,
    read_cells,
    read_places,
    read_text,
    units_of,
)
from transitplan.model.checks import not_passable
from transitplan.model.demand import Demand, UserClass
from transitplan.model.network import Network, build_network
from transitplan.units import METRES_PER_KM, SECONDS_PER_HOUR

STATED = {"time": "TIME UNIT", "length": "LENGTH UNIT", "crs": "CRS"}  # metadata of our own


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
    units = units_of(time_unit, length_unit, toll_factor, distance_factor)
    network = _network(read_text(Path(net_path)), units, node_path)
    zone_ids = network.zones["zone_id"].to_numpy()
    n_zones, name = len(zone_ids), network.name
    trips = read_cells(read_text(Path(trips_path)), n_zones)
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
    _refuse(network)
    _refuse_classes(demand)
    units = units_of(time_unit, length_unit, 0.0, 0.0)
    nodes, number = _numbered(network)
    closed = int(not_passable(nodes["node_type"]).sum())
    _write_net(Path(net_path), network, demand.classes[0], (number, closed), units, {})
    _write_trips(Path(trips_path), pd.Index(network.zones["zone_id"]), demand)


def read_tntp_network(
    path: str | Path, *, time_unit: str | None = None, length_unit: str | None = None
) -> Network:
    """Read a network alone; coordinates from ``…_node.tntp`` beside it, where there is one.

    Parameters
    ----------
    time_unit, length_unit
        As of ``read_tntp``; only files that ``write_tntp_network`` wrote say themselves.

    Raises
    ------
    ValidationError
        If units are neither given nor stated, or the file is broken.
    """
    path = Path(path)
    text = read_text(path)
    stated = {name: text.metadata.get(key) for name, key in STATED.items()}
    time_unit, length_unit = time_unit or stated["time"], length_unit or stated["length"]
    if time_unit is None or length_unit is None:
        raise ValidationError(
            f"{path}: TNTP files do not say their units. Name them: read_tntp(…, time_unit=…), or "
            "`transitplan convert --time-unit min --length-unit mi`."
        )
    beside = _node_file(path)
    units = units_of(time_unit, length_unit, 1.0 if stated["time"] else 0.0, 0.0)
    if not beside.is_file():
        return _network(text, units, None)  # on a line: lengths have nothing to do with places
    return _network(text, units, beside, stated["crs"])


def write_tntp_network(network: Network, path: str | Path) -> Path:
    """Write a network alone, in minutes and kilometres, with coordinates in ``…_node.tntp``.

    The metadata state units, projection and that one unit of toll is one unit of time.

    Raises
    ------
    ValidationError
        As ``write_tntp``, and if it has no zones.
    """
    path = Path(path)
    _refuse(network)
    if not len(network.zones):
        raise ValidationError(f"network {network.name}: TNTP needs zones. Add zone.csv first.")
    units = units_of("min", "km", 1.0, 0.0)
    nodes, number = _numbered(network)
    closed = int(not_passable(nodes["node_type"]).sum())
    said = {"TIME UNIT": "min", "LENGTH UNIT": "km"}
    if network.crs is not None:
        said["CRS"] = network.crs
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{i}\t{x!r}\t{y!r}\t;"
        for i, (x, y) in enumerate(
            zip(nodes["x_m"].tolist(), nodes["y_m"].tolist(), strict=True), 1
        )
    ]
    body = "\n".join(["Node\tX\tY\t;", *lines, ""])
    write_whole(_node_file(path), lambda part: part.write_text(body, encoding="ascii"))
    write_whole(
        path,
        lambda part: _write_net(part, network, units.user_class(), (number, closed), units, said),
    )
    return path


def read_tntp_trips(path: str | Path) -> Demand:
    """Read trips alone: zones 1 … n, one class of vehicles that values time alone."""
    path = Path(path)
    text = read_text(path)
    n_zones = text.count("NUMBER OF ZONES")
    trips = read_cells(text, n_zones)[np.newaxis]
    name = path.stem.removesuffix("_trips")
    return Demand(pd.Index(np.arange(1, n_zones + 1)), (UserClass("vehicles"),), trips, name)


def write_tntp_trips(demand: Demand, path: str | Path) -> Path:
    """Write the trips of one class alone; zones are numbered 1 … n in their order.

    Raises
    ------
    ValidationError
        If there are several classes.
    """
    path = Path(path)
    _refuse_classes(demand)
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(path, lambda part: _write_trips(part, demand.zone_ids, demand))


def _refuse(network: Network) -> None:
    lost = [name for name in ("movement", "vdf") if name in network.table_names]
    if lost:
        raise ValidationError(
            f"network {network.name}: TNTP has no place for {name}.csv. Write a GMNS folder, or "
            "take the table out first."
            for name in lost
        )


def _refuse_classes(demand: Demand) -> None:
    if len(demand.classes) != 1:
        raise ValidationError(
            f"demand {demand.name}: TNTP holds one class, {len(demand.classes)} were given. Write "
            "one class at a time."
        )


def _node_file(path: Path) -> Path:
    return path.with_name(f"{path.stem.removesuffix('_net')}_node{path.suffix}")


def _network(
    text: TntpText, units: Units, node_path: str | Path | None, crs: str | None = None
) -> Network:
    rows = net_rows(text)
    n_nodes, n_zones = text.count("NUMBER OF NODES"), text.count("NUMBER OF ZONES")
    first_thru = text.count("FIRST THRU NODE") if "FIRST THRU NODE" in text.metadata else 1
    check_ends(text, rows, n_nodes)
    places = read_places(node_path, n_nodes)
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
    return build_network(tables, name=text.path.stem.removesuffix("_net"), crs=crs)


def _links(rows: pd.DataFrame, units: Units) -> pd.DataFrame:
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


def _numbered(network: Network) -> tuple[pd.DataFrame, dict[object, int]]:
    """Nodes in the order of TNTP: zones in the order of their table, then the others."""
    nodes = network.nodes
    place = pd.Index(network.zones["zone_id"]).get_indexer(pd.Index(nodes["zone_id"]))
    order = np.argsort(np.where(place < 0, len(nodes), place), kind="stable")
    ordered = nodes.iloc[order]
    passable = ~not_passable(ordered["node_type"])
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
    each: UserClass,
    numbering: tuple[dict[object, int], int],
    units: Units,
    stated: Mapping[str, str],
) -> None:
    number, closed = numbering
    links = network.links
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
        *(f"<{key}> {value}" for key, value in stated.items()),
        "<END OF METADATA>",
        "~\t" + "\t".join(NET_COLUMNS) + "\t;",
    ]
    body = ["\t" + "\t".join(repr(value) for value in row) + "\t;" for row in rows]
    path.write_text("\n".join([*head, *body, ""]), encoding="ascii")


def _write_trips(path: Path, zones: "pd.Index[Any]", demand: Demand) -> None:
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
