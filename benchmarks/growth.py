"""Growth of time and memory with the size of a road network, from 1,000 to 1,000,000 nodes.

    python benchmarks/growth.py --csv growth.csv --picture docs/pictures/growth.svg

The networks are the parts of the world highway graph that are nearest to Jinan, all of it, and one
with its longest roads cut in two so that there are a million nodes. From 64 random nodes to all.
Each size has a process of its own. Prints the slope of each line on logarithmic scales: 1 is
linear. ``--from growth.csv`` draws again what was measured.
"""

import argparse
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from matrices import Case, run
from world import between, world

from transitplan.viz.charts import picture, words_at
from transitplan.viz.text import Text

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 560_282, 1_000_000)
JINAN = (36.67, 117.0)
N_ORIGINS = 64
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 440.0, 300.0, 58.0, 34.0, 34.0, 262.0
LINES = {
    "ask_ms": ("one origin to all nodes, CPU [ms]", "#1f4e79"),
    "costs_ms": ("new costs for all links, CPU [ms]", "#b3541e"),
    "build_ms": ("order and hierarchy, CPU [ms]", "#5b7f3b"),
}
MEMORY = {"memory_mb": ("hierarchy, sweeps and answer, peak [MB]", "#1f4e79")}
STYLE = "text{font:11px sans-serif;fill:#333}.small{font-size:10px}"


def nearest(case: Case, size: int) -> Case:
    """The part with so many nodes, those nearest to Jinan."""
    north, east = (case.lat - JINAN[0], (case.lon - JINAN[1]) * np.cos(np.radians(JINAN[0])))
    kept = np.zeros(case.passable.size, bool)
    kept[np.argsort(north**2 + east**2, kind="stable")[:size]] = True
    place = np.cumsum(kept) - 1
    inside = kept[case.tail] & kept[case.head]
    return case._replace(
        tail=place[case.tail[inside]],
        head=place[case.head[inside]],
        cost=case.cost[inside],
        passable=case.passable[kept],
        lat=case.lat[kept],
        lon=case.lon[kept],
    )


def cut_in_two(case: Case, size: int) -> Case:
    """The same network with a node in the middle of its longest roads, so many nodes in all."""
    n_nodes = case.passable.size
    one_way = np.flatnonzero(case.tail < case.head)
    longest = one_way[np.argsort(-case.cost[one_way], kind="stable")][: size - n_nodes]
    pair = case.tail * n_nodes + case.head
    back = case.head * n_nodes + case.tail
    middle = pd.Series(n_nodes + np.arange(longest.size), pair[longest])
    via = middle.reindex(np.where(case.tail < case.head, pair, back)).to_numpy()
    cut = ~np.isnan(via)
    via = np.where(cut, via, -1).astype(np.int64)
    half = np.where(cut, case.cost / 2, case.cost)
    ends = (case.tail[longest], case.head[longest])
    return case._replace(
        tail=np.concatenate([case.tail, via[cut]]),
        head=np.concatenate([np.where(cut, via, case.head), case.head[cut]]),
        cost=np.concatenate([half, half[cut]]),
        passable=np.ones(n_nodes + longest.size, bool),
        lat=np.concatenate([case.lat, case.lat[list(ends)].mean(axis=0)]),
        lon=np.concatenate([case.lon, case.lon[list(ends)].mean(axis=0)]),
    )


def measure(sizes: list[int], runs: int) -> pd.DataFrame:
    """One row a size: medians of the runs."""
    whole, rows = world(), []
    with tempfile.TemporaryDirectory() as place:
        for size in sizes:
            larger = size > whole.passable.size
            part = cut_in_two(whole, size) if larger else nearest(whole, size)
            path = between(part, N_ORIGINS, None).save(Path(place) / "case.npz")
            found = [run("transitplan", path, 1) for _ in range(runs)]
            rows.append(
                {
                    "nodes": part.passable.size,
                    "links": part.tail.size,
                    "ask_ms": 1e3 * np.median([each.ask.cpu for each in found]) / N_ORIGINS,
                    "costs_ms": 1e3 * np.median([each.costs.cpu for each in found]),
                    "build_ms": 1e3 * np.median([each.build.cpu for each in found]),
                    "memory_mb": np.median([each.memory_mb for each in found]),
                }
            )
            print({name: round(float(value), 3) for name, value in rows[-1].items()}, flush=True)
    return pd.DataFrame(rows)


def slope(table: pd.DataFrame, column: str) -> float:
    """Growth over the sizes from 10,000 nodes on: 1 is linear."""
    large = table[(table["nodes"] >= SIZES[2]) & (table[column] > 0)]
    return float(np.polyfit(np.log(large["nodes"]), np.log(large[column]), 1)[0])


def panel(table: pd.DataFrame, lines: dict[str, tuple[str, str]], shift: float) -> list[str]:
    """Draw one field of lines on logarithmic scales."""
    values = np.concatenate([table[name][table[name] > 0] for name in lines])
    low, high = np.floor(np.log10(values.min())), np.ceil(np.log10(values.max()))
    right = shift + WIDTH - RIGHT

    def x(nodes: float) -> float:
        return shift + LEFT + (np.log10(nodes) - 3) / 3 * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return BOTTOM - (np.log10(value) - low) / (high - low) * (BOTTOM - TOP - 44)

    parts = []
    for power in range(int(low), int(high) + 1):
        at = y(10.0**power)
        parts.append(f'<line x1="{x(1e3)}" x2="{right}" y1="{at}" y2="{at}" stroke="#ddd"/>')
        parts.append(words_at(x(1e3) - 6, at + 4, f"{10.0**power:,g}", anchor="end"))
    for power in range(3, 7):
        at = x(10.0**power)
        parts.append(f'<line x1="{at}" x2="{at}" y1="{y(10**high)}" y2="{BOTTOM}" stroke="#ddd"/>')
        parts.append(words_at(at, BOTTOM + 16, f"{10**power:,}", anchor="middle"))
    parts.append(words_at(right, BOTTOM + 32, "nodes", anchor="end"))
    for row, (name, (words, colour)) in enumerate(lines.items()):
        drawn = table[table[name] > 0]
        spots = [(x(n), y(v)) for n, v in zip(drawn["nodes"], drawn[name], strict=True)]
        parts += [
            f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" '
            f'stroke="{colour}" stroke-width="2"/>'
            for a, b in pairwise(spots)
        ]
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in spots]
        said = f"{words}: slope {slope(table, name):.2f}"
        above = TOP - 18 + 15 * row
        parts.append(f'<circle cx="{x(1e3) + 4}" cy="{above - 4}" r="4" fill="{colour}"/>')
        parts.append(words_at(x(1e3) + 14, above, said))
    return parts


def draw(table: pd.DataFrame, path: Path) -> None:
    """Write the two fields as an SVG file."""
    parts = [f"<style>{STYLE}</style>", '<rect width="100%" height="100%" fill="white"/>']
    parts += [*panel(table, LINES, 0.0), *panel(table, MEMORY, WIDTH)]
    title = Text("Time and memory by number of nodes", "随节点数增长的时间与内存")
    drawn = picture(2 * WIDTH, HEIGHT, parts, title=title)
    path.write_text(
        drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1), encoding="utf-8"
    )


def main() -> None:
    """Measure, or read what was measured; print, write and draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--from", dest="before", type=Path, help="a table that --csv wrote")
    parser.add_argument("--picture", type=Path)
    asked = parser.parse_args()
    table = pd.read_csv(asked.before) if asked.before else measure(asked.sizes, asked.runs)
    for name in (*LINES, *MEMORY):
        print(f"{name}: slope {slope(table, name):.2f}")
    if asked.csv:
        table.to_csv(asked.csv, index=False)
    if asked.picture:
        draw(table, asked.picture)


if __name__ == "__main__":
    main()
