"""How long it takes to tell two versions of a large network apart.

    python benchmarks/diff.py              # all cases, one process each
    python benchmarks/diff.py 40000 edited # one case

The network is a grid of streets with names and curved lines on a tenth of its links. Its second
version has one link in a hundred edited (changed, removed, added, split, drawn anew); in the case
``renumbered`` all ids of nodes and links are dealt anew as well and the rows shuffled. Seconds are
those of the processor; the clock starts when both networks stand.
"""

import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd

from transitplan.model.network import Network, build_network
from transitplan.versions.diff import diff

SIZES = (40_000, 500_000)
CASES = ("same", "edited", "renumbered")
STEP_M = 200.0
SHARE = 0.01  # of the links that are edited
FIRST_LINE, LAST_LINE = 0.1, 0.2  # links with a curved line, as a share of their number
MEGABYTE = 1024.0  # kilobytes, which the system counts in


def grid(n_links: int) -> Network:
    """Return a square grid of two-way streets of about so many links."""
    side = round((1 + (1 + n_links) ** 0.5) / 2)
    rows, columns = (each.ravel() for each in np.mgrid[:side, :side])
    node = np.arange(side * side)
    east, north = node[columns < side - 1], node[rows < side - 1]
    tail = np.concatenate([east, east + 1, north, north + side])
    head = np.concatenate([east + 1, east, north + side, north])
    along = np.concatenate([rows[east], rows[east], columns[north], columns[north]])
    across = np.repeat(["Street ", "Avenue "], [2 * east.size, 2 * north.size])
    links = pd.DataFrame(
        {
            "link_id": np.arange(tail.size) + 1,
            "name": across + along.astype(str).astype(object),
            "from_node_id": tail + 1,
            "to_node_id": head + 1,
            "length_m": STEP_M,
            "lane_capacity_pceph": 800.0,
            "free_speed_kph": 50.0,
            "lanes": 1.0 + along % 3,
            "geometry_id": pd.Series([None] * tail.size, dtype=object),
        }
    )
    nodes = pd.DataFrame(
        {"node_id": node + 1, "x_m": 5e5 + STEP_M * columns, "y_m": 4e6 + STEP_M * rows}
    )
    curved = np.arange(int(FIRST_LINE * tail.size), int(LAST_LINE * tail.size))
    links.loc[curved, "geometry_id"] = curved + 1
    ends = nodes[["x_m", "y_m"]].to_numpy()
    lines = [
        f"LINESTRING ({a[0]} {a[1]}, {(a + b)[0] / 2 + 9} {(a + b)[1] / 2 + 9}, {b[0]} {b[1]})"
        for a, b in zip(ends[tail[curved]], ends[head[curved]], strict=True)
    ]
    shapes = pd.DataFrame({"geometry_id": curved + 1, "geometry": lines})
    tables = {"node": nodes, "link": links, "geometry": shapes}
    return build_network(tables, name="grid", crs="EPSG:32650")


def edited(network: Network, rng: np.random.Generator) -> Network:
    """Return the network with one link in a hundred edited, a fifth of them in each way."""
    nodes, links, shapes = (network.table(name) for name in ("node", "link", "geometry"))
    picked = rng.permutation(len(links))[: int(SHARE * len(links))]
    changed, gone, like, cut, drawn = np.array_split(picked, 5)
    links.loc[changed, "lanes"] += 1.0
    links.loc[drawn, "geometry_id"] = drawn + 1
    new = pd.DataFrame({"geometry_id": drawn + 1, "geometry": _bent(nodes, links.loc[drawn])})
    shapes = pd.concat([shapes[~shapes["geometry_id"].isin(drawn + 1)], new], ignore_index=True)
    first = int(links["link_id"].max()) + 1
    more = links.loc[like].assign(link_id=first + np.arange(like.size), name="New street")
    halves, middles = _halves(nodes, links.loc[cut], first + like.size)
    links = links.drop(index=np.concatenate([gone, cut]))
    links = pd.concat([links, more, *halves], ignore_index=True)
    nodes = pd.concat([nodes, middles], ignore_index=True)
    tables = {"node": nodes, "link": links, "geometry": shapes}
    return build_network(tables, name="edited grid", crs=network.crs)


def renumbered(network: Network, rng: np.random.Generator) -> Network:
    """Return the network with other ids and another order of rows."""
    nodes, links = network.nodes, network.links
    deal = pd.Series(rng.permutation(nodes["node_id"]), index=nodes["node_id"])
    nodes = nodes.assign(node_id=nodes["node_id"].map(deal))
    ends = {end: links[end].map(deal) for end in ("from_node_id", "to_node_id")}
    links = links.assign(link_id=rng.permutation(links["link_id"]), **ends)
    tables = {name: network.table(name) for name in network.table_names}
    tables["node"] = nodes.sample(frac=1, random_state=rng)
    tables["link"] = links.sample(frac=1, random_state=rng)
    return build_network(tables, name=network.name, crs=network.crs)


def _ends(nodes: pd.DataFrame, links: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    places = nodes.set_index("node_id")[["x_m", "y_m"]]
    return (
        places.loc[links["from_node_id"]].to_numpy(),
        places.loc[links["to_node_id"]].to_numpy(),
    )


def _bent(nodes: pd.DataFrame, links: pd.DataFrame) -> list[str]:
    return [
        f"LINESTRING ({a[0]} {a[1]}, {(a + b)[0] / 2 - 15} {(a + b)[1] / 2 + 15}, {b[0]} {b[1]})"
        for a, b in zip(*_ends(nodes, links), strict=True)
    ]


def _halves(
    nodes: pd.DataFrame, links: pd.DataFrame, first: int
) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    """Both parts of links that are cut in their middle, and the nodes there."""
    ids = int(nodes["node_id"].max()) + 1 + np.arange(len(links))
    one, two = _ends(nodes, links)
    x, y = ((one + two) / 2 + [45.0, 0.0]).T  # off the line, as surveyed nodes are
    parts = [
        links.assign(link_id=first + np.arange(len(links)), to_node_id=ids),
        links.assign(link_id=first + len(links) + np.arange(len(links)), from_node_id=ids),
    ]
    halves = [part.assign(length_m=part["length_m"] / 2, geometry_id=None) for part in parts]
    return halves, pd.DataFrame({"node_id": ids, "x_m": x, "y_m": y})


def run(n_links: int, case: str) -> None:
    """Measure one case in this process and print its line."""
    rng = np.random.default_rng(7)
    a = grid(n_links)
    b = {"same": lambda: grid(n_links), "edited": lambda: edited(a, rng)}.get(
        case, lambda: renumbered(edited(a, rng), rng)
    )()
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    clock = time.process_time()
    found = diff(a, b)
    seconds = time.process_time() - clock
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    clock = time.process_time()
    found.to_text()
    told = time.process_time() - clock
    kinds = found.changes["kind"].value_counts().to_dict()
    print(
        f"{len(a.links):7d} links, {case:10s} {seconds:6.2f} s, text {told:5.2f} s, "
        f"{before_kb / MEGABYTE:5.0f} MB before, {peak_kb / MEGABYTE:5.0f} MB peak; {kinds}"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run(int(sys.argv[1]), sys.argv[2])
    else:
        for size in SIZES:
            for each in CASES:
                subprocess.run([sys.executable, __file__, str(size), each], check=True)
