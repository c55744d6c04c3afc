"""The world highway graph: one to all, and many to many, against other programs.

    python benchmarks/world.py --threads 1 --pairs 3 --csv world.csv
    python benchmarks/world.py --only all   # one to all alone

The graph (560,282 nodes, 1,652,213 links, one a direction, from OpenStreetMap) is that of
scgraph_data 2.0.0 (``pip install 'transitplan[dev]'``). Origins are random nodes. Programs that are
not installed are left out with a word (``pip install pandana routingkit-cch``). Pandana and
RoutingKit take whole numbers: thousandths of a kilometre. The exit status is 1 if a matrix is not
SciPy's.

Many to many is asked among nodes of the largest part that hangs together: Pandana spends more time
on complaints about pairs without a way than on those with one.
"""

import argparse
import gc
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from matrices import Case, compare, right, scipy
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

ASKED = {  # origins, targets (None: all nodes), programs
    "all": (128, None, ("scipy",)),
    "many": (1000, 1000, ("pandana", "routingkit-cch")),
}


def world() -> Case:
    """All links of the graph, from no node to none."""
    if find_spec("scgraph_data") is None:
        raise SystemExit("scgraph_data is not installed: pip install 'transitplan[dev]'.")
    gc.disable()  # a million small lists
    from scgraph_data.world_highways import world_highways_geograph

    gc.enable()
    links, at = world_highways_geograph.graph, np.array(world_highways_geograph.nodes)
    tail = np.repeat(np.arange(len(links)), [len(each) for each in links])
    head = np.fromiter((node for each in links for node in each), np.int64, tail.size)
    km = np.fromiter((length for each in links for length in each.values()), float, tail.size)
    none = np.empty(0, np.int64)
    apart = tail != head
    passable = np.ones(len(links), bool)
    return Case(tail[apart], head[apart], km[apart], passable, *at.T, none, none)


def between(case: Case, n_origins: int, n_targets: int | None, seed: int = 9) -> Case:
    """Random nodes to random nodes, the same ones; or to all."""
    n_nodes, random = case.passable.size, np.random.default_rng(seed)
    if n_targets is None:
        some = random.choice(n_nodes, n_origins, replace=False)
        return case._replace(origins=np.sort(some), targets=np.arange(n_nodes))
    joined = csr_matrix((case.cost, (case.tail, case.head)), (n_nodes, n_nodes))
    _, part = connected_components(joined, connection="strong")
    largest = np.flatnonzero(part == np.bincount(part).argmax())
    some = np.sort(random.choice(largest, n_origins, replace=False))
    return case._replace(origins=some, targets=some[:n_targets])


def main() -> None:
    """Print and write a row for each question, program and number of threads."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--threads", type=int, nargs="+", default=[1])
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--only", choices=sorted(ASKED))
    parser.add_argument("--programs", nargs="+", help="of those that are known, only these")
    parser.add_argument("--csv", type=Path)
    asked = parser.parse_args()
    graph, rows = world(), []
    with tempfile.TemporaryDirectory() as place:
        for name, (n_origins, n_targets, programs) in ASKED.items():
            if asked.only not in {None, name}:
                continue
            case = between(graph, n_origins, n_targets)
            expected = scipy(case, 1)()()()
            path = case.save(Path(place) / "case.npz")
            for threads in asked.threads:
                print(
                    f"{name}: {n_origins} origins, {case.targets.size} targets, {threads} threads"
                )
                wanted = [each for each in programs if each in (asked.programs or programs)]
                found = compare(path, wanted, threads, asked.pairs, expected)
                rows += [{"asked": name, "threads": threads, **row} for row in found]
    raise SystemExit(not right(rows, asked.csv))


if __name__ == "__main__":
    main()
