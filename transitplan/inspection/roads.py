"""Rules about roads as such: the other direction, lanes along the way, names in both languages."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from transitplan.arrays import Bools
from transitplan.inspection.rules import Found, Rule, Subject

TWO_WAY = ("trunk", "arterial", "collector", "local", "connector")
TWO_WAY_SHARE = 0.9  # of a class with the other direction, for the rest to be slips
FEWEST = 10
WIDE = 3.0  # lanes from which a drop is looked for
LANES_LOST = 2.0
BOTH_NAMES = 0.5  # of named rows in both languages, for one alone to be a slip


def other_way_missing(subject: Subject) -> Iterator[Found]:
    """Links without the other direction, in classes where almost all have it."""
    size = len(subject.node_ids)
    ways = subject.tail * size + subject.head
    paired = np.isin(ways, subject.head * size + subject.tail)
    kinds = subject.links["facility_type"]
    for kind in TWO_WAY:
        mine = (kinds == kind).to_numpy()
        share = paired[mine].mean() if mine.sum() >= FEWEST else 0.0
        if share < TWO_WAY_SHARE:
            continue
        text = f"no link leads back, as {share:.0%} of {kind} links have one"
        for row in np.flatnonzero(mine & ~paired).tolist():
            yield subject.at_link(row, text)


def lane_drops(subject: Subject) -> Iterator[Found]:
    """Wide roads that go on with less than half their lanes, and two fewer at least."""
    links = subject.links
    lanes = links["lanes"].to_numpy(dtype=np.float64)
    road = _road_names(links)
    kind = links["facility_type"].to_numpy()
    order = np.argsort(subject.tail, kind="stable")
    first = np.searchsorted(subject.tail[order], np.arange(len(subject.node_ids) + 1))
    for row in np.flatnonzero((lanes >= WIDE) & ~subject.is_connector).tolist():
        node = subject.head[row]
        onwards = [
            each
            for each in order[first[node] : first[node + 1]].tolist()
            if subject.head[each] != subject.tail[row] and not subject.is_connector[each]
        ]
        along = [each for each in onwards if kind[each] == kind[row] and road[each] == road[row]]
        if not road[row]:
            along = onwards if len(onwards) == 1 else []
        if not along:
            continue
        best = max(along, key=lambda each: lanes[each])
        if lanes[best] * 2 < lanes[row] and lanes[row] - lanes[best] >= LANES_LOST:
            text = f"{lanes[row]:g} lanes go on as {lanes[best]:g} in link {subject.link_ids[best]}"
            yield subject.at_link(row, text)


def _road_names(links: pd.DataFrame) -> list[str]:
    """Return the corridor of each link, or else its name."""
    named = zip(links["corridor_id"], links["name"], links["name_zh"], strict=True)
    return [corridor or name or chinese for corridor, name, chinese in named]


def one_language(subject: Subject) -> Iterator[Found]:
    """Rows with a name in one language, in tables that mostly give both."""
    for table in ("crossing", "cluster", "zone", "node", "link"):
        rows = subject.network.table(table)
        if table not in subject.network.table_names or not len(rows):
            continue
        english, chinese = (_filled(rows[name]) for name in ("name", "name_zh"))
        if (english & chinese).sum() < BOTH_NAMES * max((english | chinese).sum(), 1):
            continue
        ids = rows[f"{table}_id"].tolist()
        for row in np.flatnonzero(english != chinese).tolist():
            has = "name_zh" if english[row] else "name"
            text = rows["name"].iloc[row] or rows["name_zh"].iloc[row]
            yield Found(f"{table} {ids[row]}", f"{text}: {has} is empty")


def _filled(names: "pd.Series[str]") -> Bools:
    found: Bools = (names.fillna("") != "").to_numpy()
    return found


RULES = (
    Rule(
        "one-way-missing", "warning", "link",
        f"a link without the other direction, where {TWO_WAY_SHARE:.0%} of its class have it",
        "双向道路缺少反向路段",
        "Add the link of the other direction, or waive it as a one-way street.",
        "补上反向路段；若为单行道则豁免。",
        other_way_missing,
    ),
    Rule(
        "lane-drop", "warning", "link",
        "a road that goes on with less than half its lanes, and two fewer at least",
        "道路车道数骤减一半以上",
        "Correct the lanes of one of the two.",
        "改正其中一段的车道数。",
        lane_drops,
    ),
    Rule(
        "name-one-language", "warning", "table",
        "a name in one language only, where the table mostly gives both",
        "名称只有一种语言",
        "Fill name and name_zh.",
        "补全 name 与 name_zh。",
        one_language,
    ),
)  # fmt: skip
