"""The programs compared: each prepares a problem and returns a run, which returns link flows.

A run does all that the program does from its own network to flows. What comes before it (building
that network from tables) is timed apart, and is not part of any ratio.
"""

import logging
import os
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

import transitplan as tp
from networks import Plain, plain
from transitplan.arrays import Floats

LEAST_TIME_S = 1e-6  # AequilibraE refuses links without time
NO_END = 1_000_000  # iterations


class Order(NamedTuple):
    """What a program is asked for."""

    gap: float  # by the program's own definition
    threads: int
    method: str  # class name of a method of transitplan; empty: its own choice
    limit_s: float  # stop after so long, where the program can be stopped
    sweeps: int = NO_END  # at most so many iterations


class Flows(NamedTuple):
    """What a program returns."""

    flow_vph: Floats  # (n_links,) in the order of the link table
    gap: float  # as the program says
    iterations: int


Run = Callable[[], Flows]
Program = Callable[[tp.Network, tp.Demand, Order], Run]


def transitplan(network: tp.Network, demand: tp.Demand, order: Order) -> Run:
    """Run the package itself."""
    if order.method and not hasattr(tp, order.method):
        raise SystemExit(f"--method: transitplan has no {order.method}.")
    method = getattr(tp, order.method)() if order.method else None
    roads = tp.compile_road(network)

    def run() -> Flows:
        end = time.perf_counter() + order.limit_s

        def stop_late(_iteration: int, _gap: float) -> None:
            if time.perf_counter() > end:
                raise KeyboardInterrupt

        found = tp.assign(
            roads,
            demand,
            method,
            gap=order.gap,
            threads=order.threads,
            max_iterations=order.sweeps,
            progress=stop_late,
            keep_interrupted=True,
        )
        return Flows(found.flow_vph, found.relative_gap, found.iterations)

    return run


def aequilibrae(network: tp.Network, demand: tp.Demand, order: Order) -> Run:
    """AequilibraE: bi-conjugate Frank-Wolfe, its best method."""
    os.environ["AEQ_SHOW_PROGRESS"] = "FALSE"
    from aequilibrae.paths import TrafficAssignment

    logging.getLogger("aequilibrae").setLevel(logging.CRITICAL)
    net = plain(network, demand)
    cars = aequilibrae_class(net, network, demand)
    peer = TrafficAssignment()
    peer.set_classes([cars])
    peer.set_vdf("BPR")
    peer.set_vdf_parameters({"alpha": "b", "beta": "power"})
    peer.set_capacity_field("capacity")
    peer.set_time_field("free_flow_time")
    peer.set_cores(order.threads)
    peer.set_algorithm("bfw")
    peer.max_iter = order.sweeps
    peer.rgap_target = order.gap
    loop = peer.assignment
    reached = loop.check_convergence

    def run() -> Flows:
        end = time.perf_counter() + order.limit_s
        loop.check_convergence = lambda: reached() or time.perf_counter() > end
        peer.execute()
        flows = cars.results.get_load_results()["trips_ab"]
        return Flows(
            flows.reindex(network.links["link_id"]).to_numpy(np.float64),
            float(loop.rgap),
            int(loop.iter),
        )

    return run


def aequilibrae_class(net: Plain, network: tp.Network, demand: tp.Demand) -> object:
    """Graph and matrix of AequilibraE, as one class of traffic."""
    from aequilibrae.matrix import AequilibraeMatrix
    from aequilibrae.paths import Graph, TrafficClass

    if (net.power[net.b > 0] < 1.0).any():
        raise SystemExit("AequilibraE takes no powers below 1.")
    zones = demand.zone_ids.to_numpy()
    graph = Graph()
    graph.network = pd.DataFrame(
        {
            "link_id": network.links["link_id"],
            "a_node": network.links["from_node_id"],
            "b_node": network.links["to_node_id"],
            "direction": 1,
            "capacity": net.capacity_vph,
            "free_flow_time": np.maximum(net.free_s, LEAST_TIME_S),
            "b": net.b,
            "power": np.maximum(net.power, 1.0),
            "fixed": net.fixed_s,
        }
    )
    graph.prepare_graph(zones)
    graph.set_graph("free_flow_time")
    graph.set_blocked_centroid_flows(not net.passable[net.centroid].all())
    matrix = AequilibraeMatrix()
    matrix.create_empty(zones=len(zones), matrix_names=["trips"], memory_only=True)
    matrix.index[:] = zones
    matrix.matrix["trips"][:, :] = net.trips_vph
    matrix.computational_view(["trips"])
    cars = TrafficClass("cars", graph, matrix)
    cars.set_pce(1.0)
    if net.fixed_s.any():
        cars.set_vot(1.0)
        cars.set_fixed_cost("fixed")
    return cars


def pytraf(network: tp.Network, demand: tp.Demand, order: Order) -> Run:
    """PyTraf: gradient projection, origins with the largest gap first."""
    return _pytraf(network, demand, order, "largest_gap")


def pytraf_fixed(network: tp.Network, demand: tp.Demand, order: Order) -> Run:
    """PyTraf as it comes: gradient projection, origins in the order of their numbers."""
    return _pytraf(network, demand, order, "fixed")


def _pytraf(network: tp.Network, demand: tp.Demand, order: Order, origins: str) -> Run:
    """PyTraf cannot be asked to stop: the process ends it at the limit, or ``sweeps`` do."""
    import pytraf as program

    net = plain(network, demand)
    start, end = np.nonzero(net.trips_vph)
    roads = program.Network(
        net.passable.size,
        net.tail.astype(np.int64),
        net.head.astype(np.int64),
        net.free_s,
        net.capacity_vph,
        net.b,
        net.power,
        ~net.passable,
    )
    trips = program.Demand(
        net.passable.size,
        net.centroid[start].astype(np.int64),
        net.centroid[end].astype(np.int64),
        net.trips_vph[start, end],
    )
    cars = program.TrafficClass(trips, extra_link_cost=net.fixed_s)

    def run() -> Flows:
        found = roads.assign(
            cars,
            gap=order.gap,
            max_iter=order.sweeps,
            threads=order.threads,
            order=origins,
            unreachable="skip",
        )
        return Flows(found.links.volume, found.relative_gap, found.iterations)

    return run


PROGRAMS: dict[str, Program] = {
    "transitplan": transitplan,
    "AequilibraE": aequilibrae,
    "pytraf": pytraf,
    "pytraf-fixed": pytraf_fixed,
}
