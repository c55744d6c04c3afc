"""Rules about the river: who crosses it, on what, and what ``crossing.csv`` says of them.

A link crosses where its line meets that of the river an odd number of times, or passes over its
area from side to side. Without the river's geometry these rules say so and the others go on.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import shapely

from transitplan.arrays import Bools
from transitplan.inspection.rules import Found, Rule, Subject, listed

OPEN = "open"
STRUCTURE_OF = {  # what carries the road of each form of crossing
    "bridge": ("bridge", "elevated"),
    "tunnel": ("tunnel",),
    "road_rail_bridge": ("bridge", "elevated"),
    "road_rail_tunnel": ("tunnel",),
    "pontoon": ("surface", "bridge"),
    "rail_bridge": (),
}
RAIL_ONLY = "rail_bridge"


def river_unknown(subject: Subject) -> Iterator[Found]:
    """Networks with crossings whose river nobody gave."""
    crossed = (subject.links["crossing_id"] != "").any() or len(subject.network.crossings) > 0
    if subject.river is None and crossed:
        yield Found("", "links that cross the river elsewhere were not looked for")


def crosses(subject: Subject) -> Bools:
    """Links that get to the other bank, (n_links,)."""
    lines, river = subject.lines, subject.river
    shapely.prepare(river)
    found: Bools = shapely.intersects(river, lines)
    for row in np.flatnonzero(found).tolist():
        found[row] = _to_other_side(lines[row], river)
    return found


def _to_other_side(line: Any, river: Any) -> bool:
    if river.area > 0:
        ends = shapely.points(np.array(line.coords)[[0, -1]])
        outside = not shapely.intersects(river, ends).any()
        pieces = river.difference(line.buffer(0.5))
        return outside and len(shapely.get_parts(pieces)) > len(shapely.get_parts(river))
    met = shapely.get_parts(line.intersection(river))
    return len(met) % 2 == 1


def uncoded(subject: Subject) -> Iterator[Found]:
    """Links over the river that belong to no crossing."""
    if subject.river is None:
        return
    wrong = crosses(subject) & (subject.links["crossing_id"] == "").to_numpy()
    for row in np.flatnonzero(wrong).tolist():
        what = "a connector" if subject.is_connector[row] else "a road"
        name = subject.links["name"].iloc[row]
        of = f" ({name})" if name else ""
        yield subject.at_link(row, f"{what}{of} that crosses the river and has no crossing_id")


def dry(subject: Subject) -> Iterator[Found]:
    """Crossings none of whose links crosses the river."""
    if subject.river is None:
        return
    over = pd.Series(crosses(subject)).groupby(subject.links["crossing_id"]).any()
    for crossing, wet in over.items():
        if crossing and not wet:
            yield Found(
                crossing, "none of its links crosses the river", _middle(subject, str(crossing))
            )


def without_row(subject: Subject) -> Iterator[Found]:
    """Crossings that links name and ``crossing.csv`` does not have."""
    known = {"", *subject.network.crossings["crossing_id"]}
    for crossing in sorted(set(subject.links["crossing_id"]) - known):
        yield Found(crossing, "links name it, crossing.csv does not", _middle(subject, crossing))


def without_link(subject: Subject) -> Iterator[Found]:
    """Open road crossings without links."""
    used = set(subject.links["crossing_id"])
    rows = subject.network.crossings
    rows = rows[(rows["status"] == OPEN) & (rows["form"] != RAIL_ONLY)]
    for crossing in rows["crossing_id"]:
        if crossing not in used:
            yield Found(crossing, "open to roads and no link belongs to it")


def not_open(subject: Subject) -> Iterator[Found]:
    """Crossings that are driven on and, by ``crossing.csv``, are not open."""
    for row, links in _with_links(subject):
        if row["status"] != OPEN:
            ids = listed(links["link_id"])
            yield _at(subject, row, f"its status is {row['status']} and it has links ({ids})")


def years(subject: Subject) -> Iterator[Found]:
    """Crossings whose status does not fit their year of opening."""
    for row in subject.network.crossings.to_dict("records"):
        opens, status = row["open_year"], row["status"]
        if subject.year is None or pd.isna(opens):
            continue
        if status == OPEN and opens > subject.year:
            yield _at(subject, row, f"open in {subject.year}, and its open_year is {opens:.0f}")
        if status in {"planned", "under_construction"} and opens <= subject.year:
            yield _at(subject, row, f"{status} in {subject.year}, its open_year is {opens:.0f}")


def structures(subject: Subject) -> Iterator[Found]:
    """Bridges and tunnels none of whose links is one."""
    for row, links in _with_links(subject):
        fits = STRUCTURE_OF[row["form"]]
        found = sorted(set(links["structure"]))
        if fits and not set(fits) & set(found):
            yield _at(subject, row, f"a {row['form']} whose links are {listed(found)}")


def lanes(subject: Subject) -> Iterator[Found]:
    """Crossings with a link that is not half as wide as they are, both ways counted.

    A link may be one of several side by side: they count together where they share their ends.
    """
    for row, links in _with_links(subject):
        if pd.isna(row["lanes"]):
            continue
        widths = links.groupby(["from_node_id", "to_node_id"])["lanes"].sum()
        odd = widths[(widths * 2 < row["lanes"] - 1) | (widths * 2 > row["lanes"] + 1)]
        if len(odd):
            text = f"{row['lanes']:g} lanes both ways, and {odd.iloc[0]:g} one way in link.csv"
            yield _at(subject, row, text)


def bans(subject: Subject) -> Iterator[Found]:
    """Crossings whose links let in a use that is banned."""
    defined = set(subject.network.table("use_definition")["use"])
    allowed: dict[str, Bools] = {}
    for row, links in _with_links(subject):
        for use in (each.strip() for each in row["banned_uses"].split(",")):
            if use not in defined:
                continue
            if use not in allowed:
                allowed[use] = subject.network.allowed(use)
            wrong = links.loc[allowed[use][links.index], "link_id"].tolist()
            if wrong:
                yield _at(subject, row, f"{use} is banned, and links {listed(wrong)} let it in")


def _with_links(subject: Subject) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    groups = dict(list(subject.links.groupby("crossing_id")))
    for row in subject.network.crossings.to_dict("records"):
        if row["crossing_id"] in groups:
            yield {str(key): value for key, value in row.items()}, groups[row["crossing_id"]]


def _at(subject: Subject, row: Any, text: str) -> Found:
    return Found(row["crossing_id"], text, _middle(subject, row["crossing_id"]))


def _middle(subject: Subject, crossing: str) -> tuple[float, float] | None:
    rows = np.flatnonzero((subject.links["crossing_id"] == crossing).to_numpy())
    if not rows.size:
        return None
    return subject.at_link(int(rows[0]), "").at


RULES = (
    Rule(
        "river-unknown", "note", "crossing",
        "a network with crossings, checked without the river's geometry",
        "未提供河流几何，无法检查跨河路段",
        "Name the river's GeoJSON with --river, or the case that has it.",
        "用 --river 指定河流 GeoJSON，或指定含河流的案例。",
        river_unknown,
    ),
    Rule(
        "river-no-crossing", "error", "link",
        "a link that gets over the river and is no crossing",
        "跨河但不属于任何通道的路段",
        "Give it a crossing_id, or end it on its own bank.",
        "填写 crossing_id，或改到本岸。",
        uncoded,
    ),
    Rule(
        "crossing-dry", "warning", "crossing",
        "a crossing none of whose links gets over the river",
        "所属路段均未跨河的通道",
        "Correct the crossing_id of its links, or their line.",
        "改正路段的 crossing_id 或线形。",
        dry,
    ),
    Rule(
        "crossing-no-row", "error", "crossing",
        "a crossing_id of links that crossing.csv does not have",
        "路段引用了 crossing.csv 中没有的通道",
        "Add its row to crossing.csv.",
        "在 crossing.csv 中补上该行。",
        without_row,
    ),
    Rule(
        "crossing-no-link", "warning", "crossing",
        "an open road crossing without links",
        "已通车但没有路段的通道",
        "Add its links, or make its status open_unmodelled.",
        "补上路段，或将状态改为 open_unmodelled。",
        without_link,
    ),
    Rule(
        "crossing-status", "error", "crossing",
        "a crossing that has links and is not open",
        "尚未通车却已有路段的通道",
        "Correct its status, or take its links out.",
        "改正状态，或删除其路段。",
        not_open,
    ),
    Rule(
        "crossing-year", "warning", "crossing",
        "a crossing whose status does not fit its year of opening",
        "状态与通车年份不符的通道",
        "Correct status or open_year in crossing.csv.",
        "改正 crossing.csv 中的 status 或 open_year。",
        years,
    ),
    Rule(
        "crossing-structure", "warning", "crossing",
        "a bridge or tunnel none of whose links has that structure",
        "桥梁或隧道的路段未注明结构",
        "Set structure in link.csv.",
        "在 link.csv 中填写 structure。",
        structures,
    ),
    Rule(
        "crossing-lanes", "warning", "crossing",
        "a crossing whose links have not half its lanes each way",
        "通道车道数与路段不符",
        "Correct lanes in link.csv or crossing.csv.",
        "改正 link.csv 或 crossing.csv 中的车道数。",
        lanes,
    ),
    Rule(
        "crossing-bans", "error", "crossing",
        "a crossing whose links let in what it bans",
        "路段放行了通道禁行的车种",
        "Correct allowed_uses in link.csv or banned_uses in crossing.csv.",
        "改正 allowed_uses 或 banned_uses。",
        bans,
    ),
)  # fmt: skip
