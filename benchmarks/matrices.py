"""Least-cost matrices by several programs, each run in a process of its own.

    python benchmarks/matrices.py JOB ANSWER

The process solves a small made-up network first, so that all is compiled and loaded; then it
prepares (what is done once a network, and what is done once for its costs) and asks for the
matrix. Costs and matrix are made once before they are timed; transitplan fills the same array again
(`out=` of `shortest_matrix`). Nodes that may not be passed are split for programs that do not know
such nodes: links leave from a copy that no link enters.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats, Ints

SAME = 1e-9  # largest relative difference of a right matrix
LEAST = 1e-9  # a zero in a sparse matrix is no link
WHOLE = 1000.0  # programs that take whole costs get thousandths
ROWS = 16  # origins of one call of scipy
PEERS = {  # module, and how to get it
    "scipy": ("scipy", ""),
    "igraph": ("igraph", ""),
    "AequilibraE": ("aequilibrae", "pip install aequilibrae"),
    "pandana": ("pandana", "pip install pandana"),
    "routingkit-cch": ("routingkit_cch", "pip install routingkit-cch"),
}


class Case(NamedTuple):
    """A network and what is asked of it; nodes are 0 … n - 1."""

    tail: Ints  # (n_links,)
    head: Ints
    cost: Floats
    passable: Bools  # (n_nodes,) False: paths start or end here only
    lat: Floats  # (n_nodes,) or any coordinates
    lon: Floats
    origins: Ints
    targets: Ints

    def save(self, path: Path) -> Path:
        """Write the case."""
        np.savez(path, **self._asdict())
        return path


def load(path: Path) -> Case:
    """Read a case."""
    with np.load(path) as found:
        return Case(**{name: found[name] for name in Case._fields})


class Split(NamedTuple):
    """The same links without nodes that may not be passed, parallel links and loops."""

    tail: Ints
    head: Ints
    cost: Floats
    n_nodes: int
    origins: Ints
    lat: Floats
    lon: Floats


class Times(NamedTuple):
    """Seconds of a part of the work."""

    cpu: float
    wall: float


@dataclass(frozen=True, eq=False)
class Answer:
    """What a program took, and the matrix."""

    build: Times  # once a network
    costs: Times  # once for its costs
    ask: Times  # the matrix
    memory_mb: float  # peak above what the process held with the network read
    matrix: Floats


Ask = Callable[[], Floats]
Program = Callable[[Case, int], Callable[[], Callable[[], Ask]]]


def split(case: Case) -> Split:
    """Split the nodes that may not be passed; of parallel links keep the cheapest."""
    n_nodes = case.passable.size
    tail = np.where(case.passable[case.tail], case.tail, case.tail + n_nodes)
    order = np.lexsort((case.cost, case.head, tail))
    tail, head, cost = tail[order], case.head[order], case.cost[order]
    kept = np.append(True, (np.diff(tail) != 0) | (np.diff(head) != 0)) & (tail != head)
    start = np.where(case.passable[case.origins], case.origins, case.origins + n_nodes)
    n_all = n_nodes if case.passable.all() else 2 * n_nodes
    lat, lon = (np.resize(each, n_all) for each in (case.lat, case.lon))
    return Split(tail[kept], head[kept], cost[kept], n_all, start, lat, lon)


def transitplan(case: Case, threads: int) -> Callable[[], Callable[[], Ask]]:
    """Run the package itself: hierarchy, costs, rows of the matrix."""
    from transitplan.graph.road import RoadGraph
    from transitplan.paths.search import prepare

    roads: RoadGraph = road_graph(case)

    def build() -> Callable[[], Ask]:
        roads.hierarchy  # noqa: B018  order and structure, made when first asked for
        cost = roads.free_time_s

        def costs() -> Ask:
            search = prepare(roads, cost, case.origins, case.targets, [])
            room = np.empty((1, case.origins.size, case.targets.size))
            return lambda: search.rows(0, case.origins.size, threads=threads, out=room)[0]

        return costs

    return build


def road_graph(case: Case) -> Any:
    """The case as a compiled network whose free times are the costs."""
    import transitplan as tp

    ids = np.arange(case.passable.size) + 1
    nodes = pd.DataFrame({"node_id": ids, "x_m": case.lon, "y_m": case.lat})
    nodes["node_type"] = np.where(case.passable, "", "centroid")
    links = pd.DataFrame(
        {
            "link_id": np.arange(case.tail.size) + 1,
            "from_node_id": case.tail + 1,
            "to_node_id": case.head + 1,
            "length_m": 0.0,
            "free_time_s": case.cost,
            "lanes": 1,
            "lane_capacity_pceph": 1000.0,
        }
    )
    return tp.compile_road(tp.build_network({"node": nodes, "link": links}))


def scipy(case: Case, _threads: int) -> Callable[[], Callable[[], Ask]]:
    """SciPy's Dijkstra."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    def build() -> Callable[[], Ask]:
        net = split(case)

        def costs() -> Ask:
            numbers = (np.maximum(net.cost, LEAST), (net.tail, net.head))
            graph = csr_matrix(numbers, (net.n_nodes, net.n_nodes))

            def ask() -> Floats:
                found = np.empty((net.origins.size, case.targets.size))
                for row in range(0, net.origins.size, ROWS):
                    part = slice(row, row + ROWS)
                    found[part] = dijkstra(graph, indices=net.origins[part])[:, case.targets]
                return found

            return ask

        return costs

    return build


def igraph(case: Case, _threads: int) -> Callable[[], Callable[[], Ask]]:
    """Igraph's Dijkstra."""
    import igraph as ig

    def build() -> Callable[[], Ask]:
        net = split(case)
        graph = ig.Graph(net.n_nodes, np.column_stack([net.tail, net.head]).tolist(), directed=True)

        def costs() -> Ask:
            weights = net.cost.tolist()
            return lambda: np.array(
                graph.distances(
                    net.origins.tolist(), case.targets.tolist(), weights, algorithm="dijkstra"
                )
            )

        return costs

    return build


def aequilibrae(case: Case, threads: int) -> Callable[[], Callable[[], Ask]]:
    """AequilibraE's skims between zones; origins must be the targets and be no thoroughfare."""
    os.environ["AEQ_SHOW_PROGRESS"] = "FALSE"
    from aequilibrae.paths import Graph, NetworkSkimming

    logging.getLogger("aequilibrae").setLevel(logging.CRITICAL)

    def build() -> Callable[[], Ask]:
        graph = Graph()
        graph.network = pd.DataFrame(
            {
                "link_id": np.arange(case.tail.size) + 1,
                "a_node": case.tail + 1,
                "b_node": case.head + 1,
                "direction": 1,
                "id": np.arange(case.tail.size) + 1,
                "cost": np.maximum(case.cost, 1e-6),
            }
        )
        graph.prepare_graph(case.origins + 1)

        def costs() -> Ask:
            graph.set_graph("cost")
            graph.set_skimming(["cost"])
            graph.set_blocked_centroid_flows(not case.passable.all())

            def ask() -> Floats:
                program = NetworkSkimming(graph)
                program.set_cores(threads)
                program.execute()
                return np.asarray(program.results.skims.cost)

            return ask

        return costs

    return build


def pandana(case: Case, threads: int) -> Callable[[], Callable[[], Ask]]:
    """Pandana's contraction hierarchy, whose costs are part of its structure."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    import pandana as program

    def build() -> Callable[[], Ask]:
        net = split(case)
        ends = (pd.Series(net.tail), pd.Series(net.head))
        network = program.Network(
            pd.Series(net.lon),
            pd.Series(net.lat),
            *ends,
            pd.DataFrame({"cost": net.cost}),
            twoway=False,
        )

        def costs() -> Ask:
            def ask() -> Floats:
                pairs = (
                    np.repeat(net.origins, case.targets.size),
                    np.tile(case.targets, net.origins.size),
                )
                found = np.array(network.shortest_path_lengths(*pairs))
                found[found > 4e6] = np.inf  # its number for no way: 4294967.295
                return found.reshape(net.origins.size, -1)

            return ask

        return costs

    return build


def routingkit(case: Case, _threads: int) -> Callable[[], Callable[[], Ask]]:
    """RoutingKit's customizable contraction hierarchy, one to many."""
    import routingkit_cch as program

    def build() -> Callable[[], Ask]:
        net = split(case)
        tail, head = net.tail.tolist(), net.head.tolist()
        order = program.compute_order_inertial(
            net.n_nodes, tail, head, net.lat.tolist(), net.lon.tolist()
        )
        structure = program.CCH(order, tail, head, filter_always_inf_arcs=False)

        def costs() -> Ask:
            metric = program.CCHMetric(structure, np.rint(net.cost * WHOLE).astype(int).tolist())
            query = program.CCHOneToMany(metric, case.targets.tolist())

            def ask() -> Floats:
                rows = [query.distances_from(int(origin)) for origin in net.origins]
                return np.array(rows, dtype=np.float64) / WHOLE  # None becomes nan

            return ask

        return costs

    return build


PROGRAMS: dict[str, Program] = {
    "transitplan": transitplan,
    "scipy": scipy,
    "igraph": igraph,
    "AequilibraE": aequilibrae,
    "pandana": pandana,
    "routingkit-cch": routingkit,
}


def small_case(side: int = 50, n_ends: int = 64) -> Case:
    """Make a grid with zones outside it, so that every part of a program is used once."""
    rng = np.random.default_rng(side)
    node = np.arange(side * side).reshape(side, side)
    pairs = [(node[:, :-1], node[:, 1:]), (node[:-1], node[1:])]
    tail, head = (np.concatenate([each[k].ravel() for each in pairs]) for k in (0, 1))
    zone = side * side + np.arange(n_ends)
    at = rng.choice(side * side, n_ends, replace=False)
    tail, head = np.concatenate([tail, at]), np.concatenate([head, zone])
    row, column = np.divmod(np.arange(side * side), side)
    cost = rng.uniform(1, 9, tail.size)
    return Case(
        np.concatenate([tail, head]),
        np.concatenate([head, tail]),
        np.tile(cost, 2),
        np.arange(side * side + n_ends) < side * side,
        np.concatenate([row, row[at]]) / 100.0,
        np.concatenate([column, column[at]]) / 100.0,
        zone,
        zone,
    )


def run(program: str, case: Path, threads: int) -> Answer | None:
    """Run a program on a saved case in a new process; None where it is not installed."""
    module, hint = PEERS.get(program, ("transitplan", ""))
    if find_spec(module) is None:
        print(f"{program}: left out, it is not installed ({hint})", flush=True)
        return None
    with tempfile.TemporaryDirectory() as place:
        answer = Path(place) / "answer.npz"
        question = json.dumps({"program": program, "case": str(case), "threads": threads})
        env = {**os.environ, "TRANSITPLAN_CACHE": place, "OMP_NUM_THREADS": str(threads)}
        subprocess.run(
            [sys.executable, __file__, question, str(answer)],
            env={**env, "OPENBLAS_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        with np.load(answer) as found:
            times = {name: Times(*found[name]) for name in ("build", "costs", "ask")}
            return Answer(**times, memory_mb=float(found["memory_mb"]), matrix=found["matrix"])


def timed(work: Callable[[], Any]) -> tuple[Any, Times]:
    """Run; also CPU and wall time in seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    found = work()
    return found, Times(time.process_time() - cpu, time.perf_counter() - wall)


def differ(case: Case, found: Floats, expected: Floats) -> float:
    """Largest relative difference; infinite where one has a way and the other none.

    From a node to itself split nodes have a way round, others have none to go: left out.
    """
    apart = case.origins[:, np.newaxis] != case.targets
    found, expected = np.where(np.isnan(found), np.inf, found)[apart], expected[apart]
    reached = np.isfinite(expected)
    if (np.isfinite(found) != reached).any():
        return float("inf")
    off = np.abs(found[reached] / expected[reached] - 1.0)
    return float(off.max(initial=0.0))


def compare(
    path: Path, programs: Sequence[str], threads: int, pairs: int, expected: Floats
) -> list[dict[str, Any]]:
    """Run each program before transitplan, in pairs; a row a program."""
    case = load(path)
    rows = [_row("transitplan", [], [run("transitplan", path, threads) for _ in range(pairs)])]
    for program in programs:
        ours, theirs = [], []
        for _ in range(pairs):
            answer = run(program, path, threads)
            if answer is not None:
                theirs.append(answer)
                ours.append(run("transitplan", path, threads))
        if theirs:
            rows.append(_row(program, ours, theirs))
            rows[-1]["differs"] = differ(case, theirs[0].matrix, expected)
    first = run("transitplan", path, threads)
    rows[0]["differs"] = differ(case, first.matrix, expected) if first else float("inf")
    for row in rows:
        print({name: value for name, value in row.items() if value != ""}, flush=True)
    return rows


def right(rows: list[dict[str, Any]], csv: Path | None) -> bool:
    """Write the rows where a file is named; tell whether transitplan's matrices are right."""
    if csv:
        pd.DataFrame(rows).to_csv(csv, index=False)
    return all(row["differs"] <= SAME for row in rows if row["program"] == "transitplan")


def _row(program: str, ours: list[Any], theirs: list[Any]) -> dict[str, Any]:
    n_origins = theirs[0].matrix.shape[0]
    prepared = [each.build.cpu + each.costs.cpu for each in theirs]
    row = {
        "program": program,
        "build_s": round(_median(each.build.cpu for each in theirs), 3),
        "costs_s": round(_median(each.costs.cpu for each in theirs), 3),
        "ask_cpu_s": round(_median(each.ask.cpu for each in theirs), 3),
        "ask_wall_s": round(_median(each.ask.wall for each in theirs), 3),
        "ms_an_origin": round(1e3 * median(each.ask.cpu for each in theirs) / n_origins, 4),
        "memory_mb": round(_median(each.memory_mb for each in theirs)),
    }
    if ours:
        alone = [b.ask.cpu / a.ask.cpu for a, b in zip(ours, theirs, strict=True)]
        costs = [
            (b.ask.cpu + b.costs.cpu) / (a.ask.cpu + a.costs.cpu)
            for a, b in zip(ours, theirs, strict=True)
        ]
        every = [
            (b + each.ask.cpu) / (a.build.cpu + a.costs.cpu + a.ask.cpu)
            for a, b, each in zip(ours, prepared, theirs, strict=True)
        ]
        row |= {
            "ratio": round(_median(alone), 1),
            "ratio_range": f"{min(alone):.1f} to {max(alone):.1f}",
            "ratio_with_costs": round(_median(costs), 1),
            "ratio_with_all": round(_median(every), 2),
            "ratio_wall": round(
                _median(b.ask.wall / a.ask.wall for a, b in zip(ours, theirs, strict=True)), 1
            ),
        }
    return row


def _median(values: Iterable[float]) -> float:
    return float(median(values))


def _held_mb(what: str, *, reset: bool = False) -> float:
    """Memory of the process now (VmRSS), or its peak (VmHWM) since the last reset; Linux only."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(what))) / 1024


def _work(question: dict[str, Any], answer: Path) -> None:
    program = PROGRAMS[question["program"]]
    for warm in (small_case(), small_case(12, 8)):  # with a hierarchy, and without
        program(warm, question["threads"])()()()
    build = program(load(Path(question["case"])), question["threads"])
    before = _held_mb("VmRSS", reset=True)
    costs, built = timed(build)
    costs()()  # once before the clock: a virtual machine takes its time over memory never used
    ask, given = timed(costs)
    matrix, asked = timed(ask)
    np.savez(
        answer,
        build=built,
        costs=given,
        ask=asked,
        memory_mb=_held_mb("VmHWM") - before,
        matrix=matrix,
    )


if __name__ == "__main__":
    _work(json.loads(sys.argv[1]), Path(sys.argv[2]))
