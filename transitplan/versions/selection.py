"""Which links and nodes a card speaks of."""

import heapq
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Ints
from transitplan.errors import ValidationError
from transitplan.model.network import Network
from transitplan.model.tables import TABLES
from transitplan.versions import columns
from transitplan.versions.cards import Buffer, Facility, Place, SelectLinks, SelectNode, SelectNodes
from transitplan.versions.draft import Draft, unknown

ANY = "any"  # mode


class Found(NamedTuple):
    """What a selection matched."""

    table: str  # link or node
    rows: Ints
    text: str  # the selection in words, for the report


def select(draft: Draft, facility: Facility) -> Found:
    """Find the links or nodes of a facility.

    Raises
    ------
    ValidationError
        If an id is unknown, or nothing matches.
    """
    if facility.nodes is not None:
        return select_nodes(draft, facility.nodes)
    if facility.links is None:
        raise ValueError("a facility has links or nodes")
    found = select_links(draft, facility.links)
    if facility.from_ is None or facility.to is None:
        return found
    start, end = (_node(draft, found, each) for each in (facility.from_, facility.to))
    rows = _chain(draft, found.rows, start, end)
    return Found("link", rows, f"{found.text}, from node {start} to node {end}")


def select_nodes(draft: Draft, wanted: SelectNodes) -> Found:
    """Find nodes by id."""
    rows, missing = draft.rows("node", wanted.model_node_id)
    if missing and not wanted.ignore_missing:
        raise ValidationError(unknown("node", missing, draft.table("node").index))
    if not rows.size:
        raise ValidationError(f"no node matches {wanted.model_node_id}. Correct model_node_id.")
    return Found("node", rows, f"nodes {', '.join(map(str, wanted.model_node_id))}")


def select_links(draft: Draft, wanted: SelectLinks) -> Found:
    """Find links: every condition that is given must hold.

    Raises
    ------
    ValidationError
        If an id or a column is unknown, or nothing matches.
    """
    links = draft.table("link")
    kept = np.ones(len(links), dtype=bool)
    words: list[str] = ["all links"] if wanted.all else []
    for condition, text in _conditions(draft, links, wanted):
        kept &= condition
        words.append(text)
    said = ", ".join(words)
    if not kept.any():
        raise ValidationError(f"no link matches: {said}. {_advice(links, wanted)}".rstrip())
    return Found("link", np.flatnonzero(kept), said)


def _conditions(
    draft: Draft, links: pd.DataFrame, wanted: SelectLinks
) -> "list[tuple[Bools, str]]":
    """Each condition as a mask of the links, with its words."""
    found: list[tuple[Bools, str]] = []
    if wanted.model_link_id is not None:
        rows, missing = draft.rows("link", wanted.model_link_id)
        if missing and not wanted.ignore_missing:
            raise ValidationError(unknown("link", missing, links.index))
        mask = np.zeros(len(links), dtype=bool)
        mask[rows] = True
        found.append((mask, f"link_id {', '.join(map(str, wanted.model_link_id))}"))
    if wanted.osm_link_id is not None:
        ways = [str(way) for way in wanted.osm_link_id]
        found.append((_of_ways(links, ways), f"osm_link_id {', '.join(ways)}"))
    for name in ("crossing_id", "name", "ref"):
        values = getattr(wanted, name)
        if values is not None:
            found.append((_named(links, name, values), f"{name} {', '.join(map(str, values))}"))
    if wanted.near is not None:
        found.append((_near(draft, wanted.near), f"within {wanted.near.radius_m:g} m of a point"))
    if wanted.within is not None:
        found.append((_inside(draft, wanted.within), f"inside {wanted.within.distance_m:g} m"))
    if wanted.modes is not None:
        found.append((_open_to(draft, links, wanted.modes), f"open to {', '.join(wanted.modes)}"))
    extra = [str(label) for label in links if label not in {rule.name for rule in TABLES["link"]}]
    for name, values in wanted.filters.items():
        column, factor = columns.find("link", name, extra)
        scaled = [columns.cell("link", column, columns.times(value, factor)) for value in values]
        mask = links[column].isin(scaled).to_numpy(dtype=bool)
        found.append((mask, f"{name} {', '.join(map(str, values))}"))
    return found


def _named(links: pd.DataFrame, name: str, values: Sequence[Any]) -> Bools:
    """Links of these names, in either language."""
    if name == "ref" and "ref" not in links:
        raise ValidationError("link.csv has no column 'ref'. Select by name or add the column.")
    labels = ["name", "name_zh"] if name == "name" else [name]
    mask: Bools = np.zeros(len(links), dtype=bool)
    for value in map(str, values):
        exact = (links[labels] == value).any(axis=1).to_numpy(dtype=bool)
        if name == "name" and not exact.any():  # as the dialect has it: a part of the name will do
            parts = [links[label].str.contains(value, regex=False, na=False) for label in labels]
            exact = np.logical_or.reduce([part.to_numpy(dtype=bool) for part in parts])
        mask |= exact
    return mask


def _of_ways(links: pd.DataFrame, ways: Sequence[str]) -> Bools:
    """Links made of any of these ways of OpenStreetMap."""
    for column in ("osm_link_id", "osm_way"):
        if column in links:
            made_of = links[column].fillna("").astype("str").str.split(";")
            return np.array([not set(ways).isdisjoint(each) for each in made_of], dtype=bool)
    raise ValidationError(
        "link.csv has neither osm_way nor osm_link_id. Select by name or model_link_id."
    )


def _open_to(draft: Draft, links: pd.DataFrame, modes: Sequence[str]) -> Bools:
    tables = {name: draft.table(name) for name in ("use_definition", "use_group")}
    now = Network({**tables, "link": links})
    mask = np.zeros(len(links), dtype=bool)
    for mode in modes:
        mask |= True if mode == ANY else now.allowed(columns.MODES.get(mode, mode))
    return mask


def _near(draft: Draft, place: Place) -> Bools:
    import shapely

    x, y = draft.network.to_metres(place.lon, place.lat)
    return np.asarray(shapely.dwithin(_lines(draft), shapely.Point(x, y), place.radius_m))


def _inside(draft: Draft, buffer: Buffer) -> Bools:
    import shapely

    try:
        line = shapely.from_wkt(buffer.wkt)
    except shapely.errors.ShapelyError as error:
        raise ValidationError(f"within: the WKT cannot be read: {error}.") from None
    projected = shapely.transform(line, draft.network.to_metres, interleaved=False)
    return np.asarray(shapely.covers(projected.buffer(buffer.distance_m), _lines(draft)))


def _lines(draft: Draft) -> Any:
    """Lines of all links, kept until some link moves."""
    kept = draft.__dict__.setdefault("_lines", {})
    if draft.shape_version not in kept:
        kept.clear()
        tables = {name: draft.table(name) for name in ("link", "node", "geometry")}
        if not len(tables["geometry"]):
            del tables["geometry"]
        now = Network(tables, crs=draft.network.crs)
        kept[draft.shape_version] = now.link_lines()
    return kept[draft.shape_version]


def _node(draft: Draft, found: Found, wanted: SelectNode) -> Any:
    """Id of the node: as given, or where the selected road meets the cross street."""
    if wanted.osm_node_id is not None:
        return _osm_node(draft, wanted.osm_node_id)
    if wanted.model_node_id is not None:
        rows, missing = draft.rows("node", [wanted.model_node_id])
        if missing:
            raise ValidationError(unknown("node", missing, draft.table("node").index))
        return draft.table("node").index[rows[0]]
    links = draft.table("link")
    street = np.flatnonzero(_named(links, "name", [wanted.cross_street]))
    if not street.size:
        raise ValidationError(f"no link is named {wanted.cross_street!r} (cross_street).")
    ends = [
        {*links["from_node_id"].iloc[rows], *links["to_node_id"].iloc[rows]}
        for rows in (found.rows, street)
    ]
    meeting = sorted(ends[0] & ends[1])
    if len(meeting) != 1:
        where = f"at {len(meeting)} nodes ({meeting[:5]})" if meeting else "nowhere"
        raise ValidationError(
            f"the road ({found.text}) meets {wanted.cross_street!r} {where}; it must be one node. "
            "Give model_node_id instead."
        )
    return meeting[0]


def _osm_node(draft: Draft, osm_id: Any) -> Any:
    """Id of a node of OpenStreetMap; nodes that were imported keep theirs."""
    nodes = draft.table("node")
    own = nodes["osm_node_id"] if "osm_node_id" in nodes else pd.Series(nodes.index, nodes.index)
    same = nodes.index[own.astype("str") == str(osm_id)]
    if not len(same):
        raise ValidationError(f"no node is {osm_id} in OpenStreetMap. Give model_node_id instead.")
    return same[0]


def _chain(draft: Draft, rows: Ints, start: Any, end: Any) -> Ints:
    """Shortest chain of the selected links from node to node."""
    links = draft.table("link").iloc[rows]
    leaving: dict[Any, list[tuple[Any, float, int]]] = {}
    for row, tail, head, length in zip(
        rows.tolist(), links["from_node_id"], links["to_node_id"], links["length_m"], strict=True
    ):
        leaving.setdefault(tail, []).append((head, float(length), row))
    best: dict[Any, tuple[float, int, Any]] = {}
    heap: list[tuple[float, int, int, Any, Any]] = [(0.0, 0, -1, start, None)]
    pushed = 0
    while heap:
        cost, _, by, node, parent = heapq.heappop(heap)
        if node in best:
            continue
        best[node] = (cost, by, parent)
        if node == end:
            break
        for head, length, row in leaving.get(node, []):
            pushed += 1
            heapq.heappush(heap, (cost + length, pushed, row, head, node))
    if end not in best or start == end:
        raise ValidationError(
            f"the selected links do not lead from node {start} to node {end} in their direction."
        )
    path: list[int] = []
    node = end
    while node != start:
        _, row, node = best[node]
        path.append(row)
    return np.array(path[::-1], dtype=np.int64)


def _advice(links: pd.DataFrame, wanted: SelectLinks) -> str:
    """What a misspelt name may have meant."""
    from difflib import get_close_matches

    for name, values in (("name", wanted.name), ("crossing_id", wanted.crossing_id)):
        known = sorted({str(each) for each in links[name]} - {""})
        for value in values or []:
            near = get_close_matches(str(value), known, n=1)
            if near and near[0] != str(value):
                return f"Did you mean {name} {near[0]!r}?"
    return ""
