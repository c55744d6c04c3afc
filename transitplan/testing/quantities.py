"""What a test checks of a network and of its traffic, as tables keyed by id."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from transitplan.access.reach import REACH_MINUTES, reach
from transitplan.arrays import Floats
from transitplan.assignment import Assignment
from transitplan.graph.road import RoadGraph
from transitplan.model.network import Network
from transitplan.model.service import TransitService
from transitplan.paths import skim
from transitplan.testing.table import Table
from transitplan.testing.tolerance import EXACT, Tolerance
from transitplan.units import METRES_PER_KM, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

LEAST_PCEPH = 2000.0
WHOLE_DIGITS = 12  # of counts, and of sums that are exact
USE = "car"
HALF_A_PERCENT = 0.005


def structure(roads: RoadGraph) -> list[Table]:
    """Counts, classes of road, river crossings, connectivity, and lines of transit if any."""
    network = roads.network
    lines = [] if network.transit is None else [_lines(network.transit)]
    tables = [_totals(network), _classes(network), _crossings(network), _connectivity(roads)]
    return tables + lines


def _totals(network: Network) -> Table:
    links = network.links
    lanes_km = links["lanes"] * links["length_m"] / METRES_PER_KM
    over_river = (links["crossing_id"] != "").to_numpy()
    capacity = (links["lanes"] * links["lane_capacity_pceph"]).to_numpy()
    counted: dict[str, Any] = {
        "nodes": len(network.nodes),
        "links": len(links),
        "zones": len(network.zones),
        "length_km": links["length_m"].sum() / METRES_PER_KM,
        "lane_km": lanes_km.sum(),
        "capacity_over_river_pceph": capacity[over_river].sum(),
    }
    statuses = network.crossings["status"].value_counts()
    counted |= {f"crossings_{status}": int(n) for status, n in sorted(statuses.items())}
    # Lengths are given in metres: to a metre, no sum lies between two roundings.
    exact = values("totals", {k: round(v, 3) for k, v in counted.items()}, {"value": EXACT})
    return replace(exact, digits=WHOLE_DIGITS)


def _classes(network: Network) -> Table:
    links = network.links
    kilometres = links["length_m"] / METRES_PER_KM
    frame = (
        links.assign(links=1, length_km=kilometres, lane_km=kilometres * links["lanes"])
        .groupby("facility_type")[["links", "length_km", "lane_km"]]
        .sum()
        .reset_index()
    )
    decimals = {"length_km": 3, "lane_km": 3}
    exact = dict.fromkeys(("links", "length_km", "lane_km"), EXACT)
    return Table("classes", frame, ("facility_type",), decimals=decimals, tolerances=exact)


def _crossings(network: Network) -> Table:
    links = network.links
    links["capacity_pceph"] = links["lanes"] * links["lane_capacity_pceph"]
    on_it = links[links["crossing_id"] != ""].groupby("crossing_id")
    sums = on_it[["lanes", "capacity_pceph"]].sum().assign(links=on_it.size())
    rows = network.crossings[["crossing_id", "name", "form", "status"]]
    frame = rows.join(sums.rename(columns={"lanes": "link_lanes"}), on="crossing_id")
    for name in ("links", "link_lanes", "capacity_pceph"):
        frame[name] = frame[name].fillna(0.0)
    decimals = {"links": 0, "link_lanes": 1, "capacity_pceph": 0}
    exact = dict.fromkeys(decimals, EXACT)
    return Table("crossings", frame, ("crossing_id",), ("name",), decimals, exact)


def _connectivity(roads: RoadGraph) -> Table:
    """Strongly connected parts of the roads of each use, and zones that cannot be reached."""
    network = roads.network
    uses = network.table("use_definition")["use"].tolist() or [USE]
    rows = []
    for use in uses:
        links = network.links[network.allowed(use)]
        graph = nx.from_pandas_edgelist(
            links, "from_node_id", "to_node_id", create_using=nx.DiGraph
        )
        sizes = [len(part) for part in nx.strongly_connected_components(graph)]
        lost = int((~skim(roads, ["time_s"], use=use).reachable).sum())
        rows.append((use, len(links), len(sizes), max(sizes, default=0), lost))
    columns = ["use", "links", "parts", "nodes_of_largest_part", "unreachable_zone_pairs"]
    frame = pd.DataFrame(rows, columns=columns)
    return Table("connectivity", frame, ("use",), tolerances=dict.fromkeys(columns[1:], EXACT))


def _lines(transit: TransitService) -> Table:
    """Trips as the feed lists them, departures with those repeated, and stops of each line."""
    trips, spans = transit.trips, transit.frequencies
    repeats = (spans["end_time"] - 1 - spans["start_time"]) // spans["headway_secs"] + 1
    departures = repeats.groupby(spans["trip_id"]).sum().reindex(trips["trip_id"]).fillna(1.0)
    route = trips["route_id"].to_numpy()
    calls = transit.stop_times[["trip_id", "stop_id"]].merge(trips[["trip_id", "route_id"]])
    by_line = pd.DataFrame(
        {
            "trips": trips.groupby("route_id").size(),
            "departures": pd.Series(departures.to_numpy(), index=route).groupby(level=0).sum(),
            "stops": calls.groupby("route_id")["stop_id"].nunique(),
        }
    ).reindex(transit.routes["route_id"], fill_value=0)
    by_line.insert(0, "name", transit.routes["route_long_name"].to_numpy())
    decimals = {"trips": 0, "departures": 0, "stops": 0}
    frame = by_line.rename_axis("route_id").reset_index()
    return Table("lines", frame, ("route_id",), ("name",), decimals, dict.fromkeys(decimals, EXACT))


def traffic(found: Assignment) -> Table:
    """Trips and generalised cost of each class, and hours and kilometres of all together.

    Only what is unique at an equilibrium: how classes share a road is not, and so neither are the
    kilometres of one class.
    """
    numbers: dict[str, float] = {}
    limits = {"value": Tolerance(relative=0.001)}
    for k, each in enumerate(found.classes):
        account: Any = found.accounting_by_class.loc[each.name]
        flow = found.class_flow_vph[k]
        cost_s = np.where(flow > 0, found.class_cost_s[k], 0.0)
        numbers[f"trips_{each.name}_vph"] = float(account["demand"])
        numbers[f"unreachable_{each.name}_vph"] = float(account["unreachable"])
        numbers[f"cost_{each.name}_h"] = float(flow @ cost_s) / SECONDS_PER_HOUR
        limits[f"unreachable_{each.name}_vph"] = EXACT
    length_m = found.roads.in_rows(found.roads.length_m)
    numbers["all_pce_h"] = float(found.pce_vph @ found.time_s) / SECONDS_PER_HOUR
    numbers["all_pce_km"] = float(found.pce_vph @ length_m) / METRES_PER_KM
    return values("traffic", numbers, limits)


def flows(found: Assignment, least_pceph: float = LEAST_PCEPH) -> Table:
    """Flow of links that carry at least so much, and of every river crossing.

    In passenger-car equivalents, which are unique at an equilibrium; vehicles are not where classes
    of different size may change places.
    """
    links = found.roads.network.links
    frame = links[["link_id", "name", "crossing_id"]].assign(flow_pceph=found.pce_vph)
    shown = (found.pce_vph >= least_pceph) | (links["crossing_id"] != "").to_numpy()
    return Table(
        "flows",
        frame,
        ("link_id",),
        ("name", "crossing_id"),
        {"flow_pceph": 1},
        {"flow_pceph": Tolerance(geh=1.0)},
        shown,
        {"flow_pceph": least_pceph},
    )


def skims(roads: RoadGraph, time_s: Floats | None, *, zones: bool = False) -> Table:
    """Minutes and kilometres by car between clusters and to hubs, or between all zones.

    On empty roads, and minutes in the peak where the times of an equilibrium are given.
    """
    network = roads.network
    free = skim(roads, ["time_s", "length_m"], use=USE)
    fields = {"free_min": free["time_s"] / SECONDS_PER_MINUTE}
    fields["free_km"] = free["length_m"] / METRES_PER_KM
    if time_s is not None:  # no kilometres: several ways take the same time at an equilibrium
        peak = skim(roads, ["time_s"], use=USE, times_s=time_s)
        fields["peak_min"] = peak["time_s"] / SECONDS_PER_MINUTE
    origins, places = _places(network, zones=zones)
    pairs = pd.MultiIndex.from_product([origins.index, places.index])
    ends = pairs.to_frame(index=False, name=["origin_id", "destination_id"])
    other = (ends["origin_id"] != ends["destination_id"]).to_numpy()
    columns = {
        name: matrix.loc[origins.to_numpy(), places.to_numpy()].to_numpy().ravel()[other]
        for name, matrix in fields.items()
    }
    near = Tolerance(absolute=0.05, relative=HALF_A_PERCENT)
    return Table(
        "skims",
        ends[other].assign(**columns),
        ("origin_id", "destination_id"),
        decimals=dict.fromkeys(columns, 3),
        tolerances=dict.fromkeys(columns, near),
    )


def access(roads: RoadGraph, time_s: Floats | None) -> Table:
    """People and jobs within 15 to 60 minutes by car of each cluster, or zone where there is none.

    A zone counts whole when its centroid is within the time, so that a small change of time moves
    a whole zone in or out.
    """
    network = roads.network
    zones = network.zones.set_index("zone_id")[["population", "jobs"]]
    origins, _ = _places(network, zones=False)
    times = skim(roads, ["time_s"], use=USE, times_s=time_s)["time_s"]
    found = reach(times, zones, origins.tolist(), minutes=REACH_MINUTES)
    names = np.repeat(np.array(origins.index, dtype=object), len(REACH_MINUTES))
    frame = pd.DataFrame(
        {
            "origin_id": names,
            "within_min": found["within_min"].to_numpy(),
            "people": found["population"].to_numpy(),
            "jobs": found["jobs"].to_numpy(),
        }
    )
    near = Tolerance(relative=HALF_A_PERCENT)
    return Table(
        "access",
        frame,
        ("origin_id", "within_min"),
        decimals={"people": 0, "jobs": 0},
        tolerances={"people": near, "jobs": near},
    )


def values(name: str, numbers: Mapping[str, Any], tolerances: Mapping[str, Tolerance]) -> Table:
    """Numbers by name; the unit stands in the name."""
    frame = pd.DataFrame(
        {"quantity": list(numbers), "value": [float(each) for each in numbers.values()]}
    )
    return Table(name, frame, ("quantity",), tolerances=tolerances)


def _places(network: Network, *, zones: bool) -> "tuple[pd.Series[Any], pd.Series[Any]]":
    """Zones that skims start from and lead to, by the id that is written."""
    clusters = network.clusters
    if zones or clusters.empty:
        every = (
            network.zones["zone_id"] if len(network.zones) else network.nodes["zone_id"].dropna()
        )
        named = pd.Series(every.to_numpy(), index=every.astype(str).to_numpy())
        return named, named
    by_id = clusters.set_index("cluster_id")
    places = by_id["zone_id"]
    return places[by_id["kind"] == "cluster"], places
