"""What a format has no place for, said before anything is written."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from transitplan.io.shapefile import NOT_WRITTEN, SHORT, long_texts, short_names
from transitplan.model.demand import Demand, UserClass
from transitplan.model.network import Network, build_network

_TNTP_HOLDS = {
    "link_id", "from_node_id", "to_node_id", "length_m", "lane_capacity_pceph", "lanes",
    "toll_cny", "vdf_alpha", "vdf_beta", "free_time_s", "free_speed_kph", "directed",
}  # fmt: skip
SUMMED = "vehicles"


def network_losses(network: Network, suffix: str) -> list[str]:
    """What a network loses in the format of a suffix; nothing in our own."""
    if suffix == ".shp":
        return _in_shapefile(network)
    return _in_tntp(network) if suffix == ".tntp" else []


def demand_losses(demand: Demand, suffix: str) -> list[str]:
    """What demand loses in the format of a suffix."""
    if suffix == ".omx":
        return []
    found = []
    if suffix == ".tntp":
        if len(demand.classes) > 1:
            names = ", ".join(each.name for each in demand.classes)
            found.append(f"classes {names} are added up to one, in passenger-car equivalents")
        if demand.zone_ids.tolist() != list(range(1, len(demand.zone_ids) + 1)):
            found.append(f"zones are numbered 1 to {len(demand.zone_ids)}")
    rich = [each.name for each in demand.classes if each != UserClass(each.name)]
    if rich:
        found.append(
            "use, passenger-car equivalents, occupancy and value of time of the classes "
            f"{', '.join(rich)}"
        )
    if demand.made_from:
        found.append("the hash of the inputs that it was made from")
    return found


def reduced_network(network: Network, suffix: str) -> Network:
    """Return the network without tables that would stop it from being written."""
    stops = ("movement", "vdf") if suffix == ".tntp" else ()
    tables = {name: network.table(name) for name in network.table_names if name not in stops}
    if len(tables) == len(network.table_names):
        return network
    return build_network(tables, name=network.name, crs=network.crs, history=network.history)


def reduced_demand(demand: Demand, suffix: str) -> Demand:
    """Return the demand as the format holds it: classes that are names only, or their sum."""
    trips = demand.trips_vph
    if suffix == ".tntp" and len(demand.classes) > 1:
        pce = np.array([each.pce for each in demand.classes])
        total = np.tensordot(pce, trips, axes=1)[np.newaxis]
        return Demand(demand.zone_ids, (UserClass(SUMMED),), total, demand.name)
    if suffix == ".csv":
        plain = tuple(UserClass(each.name) for each in demand.classes)
        return replace(demand, classes=plain, made_from="")
    return demand


def _in_shapefile(network: Network) -> list[str]:
    others = [
        f"{name}.csv" for name in network.table_names if name not in {"node", "link", "geometry"}
    ]
    found = _transit(network)
    if others:
        found.append(f"{', '.join(others)}: tables without geometry; zones keep their ids alone")
    if "use_group" in network.table_names:
        found.append("groups of uses: links name each use")
    if "geometry" in network.table_names:
        found.append("ids of lines: each link has its own")
    labels = network.links.columns.difference(list(NOT_WRITTEN), sort=False)
    own = [
        f"{label} is {short}"
        for label, short in short_names(labels).items()
        if short != label and label not in SHORT
    ]
    if own:
        found.append(f"names of more than ten characters: {', '.join(own)}")
    if long_texts(network):
        found.append(f"ends of {long_texts(network)} texts that have more than 254 bytes")
    return found


def _transit(network: Network) -> list[str]:
    return [] if network.transit is None else ["transit: stops, lines and timetables"]


def _in_tntp(network: Network) -> list[str]:
    found = [f"{name}.csv" for name in network.table_names if name not in {"node", "link", "zone"}]
    found = [f"{', '.join(found)}: TNTP has no such tables"] if found else []
    found += _transit(network)
    links, nodes = network.links, network.nodes
    lost = [
        str(label) for label in links.columns if label not in _TNTP_HOLDS and _says(links[label])
    ]
    lost = [label for label in lost if not label.startswith("tntp_")]
    if lost:
        found.append(f"columns of links: {', '.join(lost)}")
    if (links["lanes"] != 1).any():
        found.append("lanes: capacities are of all lanes")
    if links["free_speed_kph"].notna().any():
        found.append("speeds: free times stand for them")
    numbers = list(range(1, len(nodes) + 1))
    if nodes["node_id"].tolist() != numbers or links["link_id"].tolist() != list(
        range(1, len(links) + 1)
    ):
        found.append("ids of nodes, links and zones: they are numbered from 1, zones first")
    if _says(nodes["name"]) or _says(network.zones["name"]):
        found.append("names, population and jobs")
    return found


def _says(values: "pd.Series[Any]") -> bool:
    """Whether a column holds anything but its one default."""
    filled = values.dropna()
    return bool(len(filled)) and not bool(filled.isin(["", "all", "surface", "arterial", 1]).all())
