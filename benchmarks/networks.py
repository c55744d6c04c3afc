"""Networks to measure on, with the units that their files leave out, and plain arrays of them.

All but one are *Transportation Networks for Research* as published
(https://github.com/bstabler/TransportationNetworks), not shipped here: name their folder with
``--data`` or ``TRANSITPLAN_SHARED``. ``Dense`` is the network of Philadelphia with trips between
all zones, made here by a fixed rule, since its published trips are not at hand.
"""

import os
import re
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

import transitplan as tp
from transitplan.arrays import Bools, Floats, Ints

DATA = Path(os.environ.get("TRANSITPLAN_SHARED", "../shared")) / "data" / "tntp"
FILES = {  # folder and stem, options of read_tntp
    "SiouxFalls": ("SiouxFalls/SiouxFalls", {"time_unit": "0.01h"}),
    "Anaheim": ("Anaheim/Anaheim", {"length_unit": "ft"}),
    "ChicagoSketch": (
        "Chicago-Sketch/ChicagoSketch",
        {"toll_factor": 0.02, "distance_factor": 0.04},
    ),
    "Berlin": ("Berlin-Center/berlin-center", {"time_unit": "s", "length_unit": "m"}),
    "Austin": ("Austin-SDB/Austin_sdb", {"length_unit": "ft"}),
    "Dense": ("Philadelphia/Philadelphia", {"toll_factor": 0.055}),
}
DENSE_TRIPS = 5_200_000.0  # a day: time on the roads is then about 1.5 times that on empty ones
DENSE_MEAN_S = 600.0  # trips fall by 1/e for each so much free time
LEAST_S = 1e-9  # a zero in a sparse matrix is no link
ROWS = 64  # origins of one call of scipy


class Plain(NamedTuple):
    """A network and one class of trips as arrays in the order of the link table."""

    tail: Ints  # (n_links,) position of a node
    head: Ints
    free_s: Floats  # (n_links,)
    capacity_vph: Floats
    b: Floats  # free time × (1 + b (flow / capacity)^power)
    power: Floats
    fixed_s: Floats  # toll and distance
    passable: Bools  # (n_nodes,) False: routes start or end here only
    centroid: Ints  # (n_zones,) node of each zone
    trips_vph: Floats  # (n_zones, n_zones), diagonal zero

    def cost_s(self, flow_vph: Floats) -> Floats:
        """Cost of each link at these flows, (n_links,)."""
        ratio = np.maximum(flow_vph, 0.0) / self.capacity_vph
        cost: Floats = self.free_s * (1.0 + self.b * ratio**self.power) + self.fixed_s
        return cost


def load(name: str, folder: Path) -> tuple[tp.Network, tp.Demand]:
    """Read a network and its trips; make the trips of ``Dense``."""
    stem, options = FILES[name]
    if name != "Dense":
        net, trips_file = (folder / f"{stem}_{what}.tntp" for what in ("net", "trips"))
        return tp.read_tntp(net, trips_file, **options)
    network, empty = roads_alone(name, folder)
    trips = dense_trips(plain(network, empty))
    return network, tp.build_demand(list(empty.zone_ids), trips, classes=empty.classes, name=name)


def roads_alone(name: str, folder: Path) -> tuple[tp.Network, tp.Demand]:
    """Read a network, with no trips between its zones."""
    stem, options = FILES[name]
    net = folder / f"{stem}_net.tntp"
    zones = re.search(r"<NUMBER OF ZONES>\s*(\d+)", net.read_text())
    if zones is None:
        raise SystemExit(f"{net}: no number of zones.")
    with tempfile.TemporaryDirectory() as place:
        none = Path(place) / "none_trips.tntp"
        none.write_text(f"<NUMBER OF ZONES> {zones[1]}\n<END OF METADATA>\n")
        return tp.read_tntp(net, none, **options)


def plain(network: tp.Network, demand: tp.Demand) -> Plain:
    """Take the tables of a network of BPR curves with one class of trips apart."""
    links, nodes = network.links, network.nodes
    [each] = demand.classes
    trips = demand.trips_vph[0].copy()
    np.fill_diagonal(trips, 0.0)
    is_zone = np.flatnonzero(nodes["zone_id"].notna())
    zone_of = pd.Index(nodes["zone_id"].iloc[is_zone])
    node_of = nodes.set_index("node_id").index
    return Plain(
        tail=node_of.get_indexer(links["from_node_id"]),
        head=node_of.get_indexer(links["to_node_id"]),
        free_s=links["free_time_s"].to_numpy(np.float64),
        capacity_vph=(links["lane_capacity_pceph"] * links["lanes"]).to_numpy(np.float64),
        b=links["vdf_alpha"].to_numpy(np.float64),
        power=links["vdf_beta"].to_numpy(np.float64),
        fixed_s=each.money_s(links["toll_cny"].to_numpy(), links["length_m"].to_numpy()),
        passable=~nodes["node_type"].isin(["centroid", "external"]).to_numpy(),
        centroid=is_zone[zone_of.get_indexer(demand.zone_ids)],
        trips_vph=trips,
    )


def dense_trips(net: Plain) -> Floats:
    """Trips between all zones: size × size × exp(−free cost / mean), (n_zones, n_zones).

    The size of a zone is the capacity of the roads that meet its connectors, which are known from
    both ends not being centroids.
    """
    road = net.passable[net.tail] & net.passable[net.head]
    supply = np.bincount(
        net.tail[road], np.minimum(net.capacity_vph, 1e5)[road], minlength=net.passable.size
    )
    leaves = ~net.passable[net.tail] & net.passable[net.head]
    size = np.bincount(net.tail[leaves], supply[net.head[leaves]], minlength=net.passable.size)
    size = size[net.centroid]
    trips = (
        size[:, np.newaxis]
        * size
        * np.exp(-least_cost(net, net.free_s + net.fixed_s) / DENSE_MEAN_S)
    )
    np.fill_diagonal(trips, 0.0)
    return trips * (DENSE_TRIPS / trips.sum())


def least_cost(net: Plain, cost_s: Floats) -> Floats:
    """Least costs between zones by scipy, (n_zones, n_zones); infinite where there is no route.

    Centroids that may not be passed are split: links leave from a copy that no link enters.
    """
    n_nodes = net.passable.size
    tail = np.where(net.passable[net.tail], net.tail, net.tail + n_nodes)
    order = np.lexsort((cost_s, net.head, tail))  # of parallel links, the cheapest first
    tail, head, cost = tail[order], net.head[order], np.maximum(cost_s[order], LEAST_S)
    first = np.ones(tail.size, bool)
    first[1:] = (np.diff(tail) != 0) | (np.diff(head) != 0)
    shape = (2 * n_nodes, 2 * n_nodes)
    graph = csr_matrix((cost[first], (tail[first], head[first])), shape)
    start = np.where(net.passable[net.centroid], net.centroid, net.centroid + n_nodes)
    found = np.empty((start.size, start.size))
    for row in range(0, start.size, ROWS):
        part = slice(row, row + ROWS)
        found[part] = dijkstra(graph, indices=start[part])[:, net.centroid]
    return found
