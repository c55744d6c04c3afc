"""Time new costs after a closure against new costs for all, and a ranking of many closures.

    python benchmarks/closures.py Dense --closures 10000 --threads 1 2

Customisation: some links are shut one after the other and opened again, on a hierarchy that has
its costs; the weights are compared with those of a whole customisation, bit by bit. Ranking: all of
``rank_closures``; some of its closures are held against SciPy's least costs without the link.
"""

import argparse
import resource
import time
from pathlib import Path

import numpy as np
import pandas as pd

import transitplan as tp
from networks import DATA, FILES, Plain, least_cost, load, plain
from transitplan.arrays import Ints
from transitplan.graph.hierarchy import reverse
from transitplan.kernels.hierarchy import customise, empty_weights
from transitplan.kernels.recustomise import recustomise

SHUT = 200  # links whose closures are compared


def main() -> None:
    """Print milliseconds of customisations, then seconds of a ranking and how it agrees."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("network", choices=sorted(FILES), nargs="?", default="Dense")
    parser.add_argument("--closures", type=int, default=10_000)
    parser.add_argument("--judged", type=int, default=5, help="closures held against SciPy")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--data", type=Path, default=DATA)
    asked = parser.parse_args()
    network, demand = load(asked.network, asked.data)
    roads = tp.compile_road(network)
    rng = np.random.default_rng(1)
    some = rng.choice(roads.n_links, min(SHUT, roads.n_links), replace=False)
    compare_customisations("a link", roads, [np.array([link]) for link in some])
    tolled = _tolled_streets(network.links)
    if tolled:
        compare_customisations(
            "a road with a toll", roads, [_places(roads, each) for each in tolled]
        )
    ids = network.links["link_id"].to_numpy()
    shut = [(link,) for link in rng.choice(ids, min(asked.closures, ids.size), replace=False)]
    tp.rank_closures(roads, demand, shut[:2], threads=1)  # compiles
    found = None
    for threads in asked.threads:
        cpu, wall = time.process_time(), time.perf_counter()
        found = tp.rank_closures(roads, demand, shut, threads=threads)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        print(
            f"{len(shut):,} closures, {threads} threads: cpu {cpu:.1f} s  wall {wall:.1f} s",
            flush=True,
        )
    print(f"peak of the process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if found is not None:
        used = found[found["trips_vph"] > 0]
        print(f"largest difference: {_judge(plain(network, demand), ids, used, asked.judged):.1e}")


def compare_customisations(what: str, roads: tp.RoadGraph, shut: list[Ints]) -> None:
    """Shut links and open them again; time a customisation in part and a whole one."""
    hierarchy, cost = roads.hierarchy, roads.free_time_s.copy()
    below, parallel, place = reverse(hierarchy, roads.n_links)
    shut = [links for links in shut if (place[links] >= 0).all()]
    part, whole = (empty_weights(hierarchy.upper.size) for _ in range(2))
    queued = np.zeros(hierarchy.upper.size, np.bool_)
    customise(hierarchy, cost, part)
    recustomise(hierarchy, below, parallel, cost, place[shut[0]], queued, part)  # compiles
    took: dict[str, list[float]] = {"part": [], "whole": []}
    for links in shut:
        before = cost[links]
        for values in (np.full(links.size, np.inf), before):
            cost[links] = values
            start = time.process_time()
            recustomise(hierarchy, below, parallel, cost, place[links], queued, part)
            took["part"].append(time.process_time() - start)
            start = time.process_time()
            customise(hierarchy, cost, whole)
            took["whole"].append(time.process_time() - start)
            if not all(np.array_equal(*each) for each in zip(part, whole, strict=True)):
                raise SystemExit(f"links {links}: other weights than a whole customisation gives")
    part_ms, whole_ms = (1000 * float(np.mean(took[name])) for name in ("part", "whole"))
    print(
        f"new costs after {what} is shut (of {len(shut)}): {part_ms:.3f} ms, at most "
        f"{1000 * max(took['part']):.2f} ms; all anew {whole_ms:.2f} ms, ratio "
        f"{whole_ms / part_ms:.0f}",
        flush=True,
    )


def _tolled_streets(links: pd.DataFrame) -> list[list[int]]:
    """Roads with a toll in both directions, in Philadelphia the bridges over the Delaware too."""
    ends = np.sort(links[["from_node_id", "to_node_id"]].to_numpy(), axis=1)
    streets = links.groupby([ends[:, 0], ends[:, 1]])
    return [each["link_id"].tolist() for _, each in streets if (each["toll_cny"] > 0).any()]


def _places(roads: tp.RoadGraph, ids: list[int]) -> Ints:
    return np.asarray(roads.link_ids.get_indexer(ids), dtype=np.int64)


def _judge(net: Plain, ids: np.ndarray, found: pd.DataFrame, judged: int) -> float:
    """Largest relative difference of hours added and trips cut off to what SciPy finds."""
    cost = net.cost_s(np.zeros(net.tail.size))
    before, worst = least_cost(net, cost), 0.0
    for row in found.iloc[np.linspace(0, len(found) - 1, judged).astype(int)].itertuples():
        kept = ~np.isin(ids, row.link_ids)
        rest = net._replace(tail=net.tail[kept], head=net.head[kept])
        after = least_cost(rest, cost[kept])
        cut = np.isinf(after) & np.isfinite(before)
        added = np.where(cut | np.isinf(before), 0.0, after - before)
        hours = (net.trips_vph * np.nan_to_num(added)).sum() / 3600
        for mine, theirs in ((row.added_h, hours), (row.cut_off_vph, net.trips_vph[cut].sum())):
            worst = max(worst, abs(mine - theirs) / max(theirs, 1.0))
    return worst


if __name__ == "__main__":
    main()
