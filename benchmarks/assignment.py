"""Time the equilibrium against AequilibraE, both in this run, on published benchmark networks.

    python benchmarks/assignment.py ChicagoSketch --gap 1e-4 --pairs 3 --threads 1

Prints median CPU and wall seconds of each and the ratio pair by pair. A first call of each is not
counted: it compiles or loads. The networks are those of *Transportation Networks for Research*, not
shipped: name their folder with --data. AequilibraE must be installed beside transitplan.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

import transitplan as tp

DATA = Path(os.environ.get("TRANSITPLAN_SHARED", "../shared")) / "data" / "tntp"
NETWORKS = {  # folder, net, trips, options of read_tntp
    "SiouxFalls": ("SiouxFalls", "SiouxFalls", {"time_unit": "0.01h"}),
    "Anaheim": ("Anaheim", "Anaheim", {"length_unit": "ft"}),
    "ChicagoSketch": (
        "Chicago-Sketch",
        "ChicagoSketch",
        {"toll_factor": 0.02, "distance_factor": 0.04},
    ),
    "Berlin": ("Berlin-Center", "berlin-center", {"time_unit": "s", "length_unit": "m"}),
    "Austin": ("Austin-SDB", "Austin_sdb", {"length_unit": "ft"}),
}
LEAST_TIME_S = 1e-3  # AequilibraE refuses links without time


def main() -> int:
    """Run the pairs and print the table."""
    arguments = _arguments()
    folder, stem, options = NETWORKS[arguments.network]
    paths = (arguments.data / folder / f"{stem}_{part}.tntp" for part in ("net", "trips"))
    network, demand = tp.read_tntp(*paths, **options)
    ours = _ours(network, demand, arguments)
    theirs = _theirs(network, demand, arguments)
    ours()
    theirs()  # compiled and loaded before the clock starts
    rows = [(*_timed(ours), *_timed(theirs)) for _ in range(arguments.pairs)]
    table = pd.DataFrame(rows, columns=["cpu", "wall", "gap", "peer_cpu", "peer_wall", "peer_gap"])
    asked = f"gap {arguments.gap:g}, {arguments.threads} threads, {len(rows)} pairs"
    print(f"{arguments.network}, {asked}")
    for program, prefix in (("transitplan", ""), ("AequilibraE", "peer_")):
        cpu, wall = median(table[f"{prefix}cpu"]), median(table[f"{prefix}wall"])
        reached = table[f"{prefix}gap"].max()
        print(f"{program}  cpu {cpu:8.2f} s  wall {wall:8.2f} s  gap {reached:.1e}")
    for name in ("cpu", "wall"):
        ratio = table[f"peer_{name}"] / table[name]
        print(f"ratio {name}: median {median(ratio):.1f} ({ratio.min():.1f} to {ratio.max():.1f})")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=sorted(NETWORKS))
    parser.add_argument("--gap", type=float, default=1e-4)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--data", type=Path, default=DATA)
    return parser.parse_args()


def _timed(run: Callable[[], float]) -> tuple[float, float, float]:
    """CPU and wall seconds of a run, and the gap that it reached."""
    cpu, wall = time.process_time(), time.perf_counter()
    gap = run()
    return time.process_time() - cpu, time.perf_counter() - wall, gap


def _ours(
    network: tp.Network, demand: tp.Demand, arguments: argparse.Namespace
) -> Callable[[], float]:
    roads = tp.compile_road(network)

    def run() -> float:
        return tp.assign(roads, demand, gap=arguments.gap, threads=arguments.threads).relative_gap

    return run


def _theirs(
    network: tp.Network, demand: tp.Demand, arguments: argparse.Namespace
) -> Callable[[], float]:
    """Set the same problem up in AequilibraE: bi-conjugate Frank-Wolfe, its best method."""
    os.environ["AEQ_SHOW_PROGRESS"] = "FALSE"
    from aequilibrae.matrix import AequilibraeMatrix
    from aequilibrae.paths import Graph, TrafficAssignment, TrafficClass

    links = network.links
    [each] = demand.classes
    money_s = each.money_s(links["toll_cny"].to_numpy(), links["length_m"].to_numpy())
    table = pd.DataFrame(
        {
            "link_id": links["link_id"],
            "a_node": links["from_node_id"],
            "b_node": links["to_node_id"],
            "direction": 1,
            "capacity": links["lane_capacity_pceph"] * links["lanes"],
            "free_flow_time": np.maximum(links["free_time_s"], LEAST_TIME_S),
            "b": links["vdf_alpha"],
            "power": np.maximum(links["vdf_beta"], 1.0),
            "fixed": money_s,
        }
    )
    zones = demand.zone_ids.to_numpy()
    passable = (network.nodes["node_type"] != "centroid").any() and not (
        network.nodes["node_type"] == "centroid"
    ).any()

    def run() -> float:
        graph = Graph()
        graph.network = table.copy()
        graph.prepare_graph(zones)
        graph.set_graph("free_flow_time")
        graph.set_blocked_centroid_flows(not passable)
        matrix = AequilibraeMatrix()
        matrix.create_empty(zones=len(zones), matrix_names=["trips"], memory_only=True)
        matrix.index[:] = zones
        matrix.matrix["trips"][:, :] = demand.trips_vph[0]
        matrix.computational_view(["trips"])
        cars = TrafficClass("cars", graph, matrix)
        cars.set_pce(1.0)
        if money_s.any():
            cars.set_vot(1.0)
            cars.set_fixed_cost("fixed")
        peer = TrafficAssignment()
        peer.set_classes([cars])
        peer.set_vdf("BPR")
        peer.set_vdf_parameters({"alpha": "b", "beta": "power"})
        peer.set_capacity_field("capacity")
        peer.set_time_field("free_flow_time")
        peer.set_cores(arguments.threads)
        peer.set_algorithm("bfw")
        peer.max_iter = 5000
        peer.rgap_target = arguments.gap
        peer.execute()
        return float(peer.assignment.rgap)

    return run


if __name__ == "__main__":
    sys.exit(main())
