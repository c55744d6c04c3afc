"""Rules about things drawn twice: links, lines on one another, nodes at one place."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely

from transitplan.arrays import Bools, Ints
from transitplan.inspection.rules import Found, Rule, Subject, listed

BESIDE_M = 1.0  # lines and nodes nearer than this lie on one another
SAMPLES = (0.25, 0.5, 0.75)  # of a line; all on another line: it runs along it
SHORTEST_M = 20.0


def same_links(subject: Subject) -> Iterator[Found]:
    """Links with the ends, uses, length and line of another."""
    key = pd.DataFrame(
        {
            "from": subject.tail,
            "to": subject.head,
            "uses": subject.links["allowed_uses"],
            "length": subject.length_m.round(),
        }
    )
    key = key[key.duplicated(keep=False)]
    if key.empty:
        return
    key["line"] = shapely.to_wkb(subject.lines[key.index])
    for rows in key.groupby(list(key), sort=False).groups.values():
        first, *more = rows.tolist()
        text = f"the same ends, uses, length and line as link {subject.link_ids[first]}"
        for row in more:
            yield subject.at_link(row, text)


def lines_along(subject: Subject) -> Iterator[Found]:
    """Links whose line runs along that of another road on the same level."""
    if subject.network.crs is None:
        return
    rows = _one_each_way(subject)
    tree = shapely.STRtree(subject.lines[rows])
    points = shapely.line_interpolate_point(
        subject.lines[rows][:, None], np.array(SAMPLES), normalized=True
    )
    point, other = tree.query(points.ravel(), predicate="dwithin", distance=BESIDE_M)
    pairs = pd.DataFrame({"row": rows[point // len(SAMPLES)], "other": rows[other]})
    hits = pairs[pairs["row"] != pairs["other"]].value_counts().reset_index()
    hits = hits[hits["count"] == len(SAMPLES)]
    structure = subject.links["structure"].to_numpy()
    level = structure[hits["row"]] == structure[hits["other"]]
    hits = hits[level & ~_leaves_as_ramp(subject, hits)].sort_values(["row", "other"])
    for row, group in hits.groupby("row"):
        text = f"its line runs along link {listed(subject.link_ids[i] for i in group['other'])}"
        yield subject.at_link(int(str(row)), text)


def _leaves_as_ramp(subject: Subject, pairs: pd.DataFrame) -> Bools:
    """Pairs that meet at a node where one is a ramp: ramps part from their road at no angle."""
    ramp = (subject.links["facility_type"] == "ramp").to_numpy()
    row, other = pairs["row"].to_numpy(), pairs["other"].to_numpy()
    ends = subject.tail, subject.head
    meet = np.any([one[row] == two[other] for one in ends for two in ends], axis=0)
    found: Bools = meet & (ramp[row] | ramp[other])
    return found


def _one_each_way(subject: Subject) -> Ints:
    """Rows of links that are no connectors and long enough, one of each pair of ends."""
    ends = np.sort(np.stack([subject.tail, subject.head]), axis=0)
    keep = ~pd.DataFrame(ends.T).duplicated().to_numpy()
    keep &= ~subject.is_connector & (subject.straight_m > SHORTEST_M)
    return np.flatnonzero(keep)


def same_places(subject: Subject) -> Iterator[Found]:
    """Nodes at the place of another, zones' own nodes aside."""
    if subject.network.crs is None:
        return
    rows = np.flatnonzero(subject.nodes["zone_id"].isna().to_numpy())
    points = shapely.points(subject.xy[rows])
    tree = shapely.STRtree(points)
    one, two = tree.query(points, predicate="dwithin", distance=BESIDE_M)
    for first, second in zip(one[one < two].tolist(), two[one < two].tolist(), strict=True):
        near = subject.node_ids[rows[first]]
        yield subject.at_node(int(rows[second]), f"within {BESIDE_M:g} m of node {near}")


RULES = (
    Rule(
        "link-twice", "error", "link",
        "a link that stands twice: its road has twice its capacity",
        "重复路段（通行能力被重复计算）",
        "Delete one row.",
        "删除其中一行。",
        same_links,
    ),
    Rule(
        "line-along", "warning", "link",
        "a link whose line runs along another on the same level",
        "与同层其他路段重叠的线形",
        "Split the longer link, or draw where the road runs.",
        "打断较长路段，或按实际走向绘制。",
        lines_along,
    ),
    Rule(
        "node-twice", "warning", "node",
        f"a node within {BESIDE_M:g} m of another",
        "与其他节点重合的节点",
        "Make them one node if the roads meet there.",
        "若道路在此相接，合并为一个节点。",
        same_places,
    ),
)  # fmt: skip
