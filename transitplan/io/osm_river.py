"""River crossings of a street graph: where a bridge, viaduct or tunnel meets the water.

A crossing is one place: both carriageways of a bridge, or all tubes of a tunnel. One link a
direction and carriageway carries its id, so that flows over the river are counted once.
"""

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import numpy as np
import pandas as pd

from transitplan.errors import counted
from transitplan.io.osm_tags import USES

TOGETHER_M = 150.0  # carriageways of one crossing are no farther apart
NEAR_M = 300.0  # a known crossing as near as this is the same whatever its name
FAR_M = 3000.0  # one with the same name may be as far
ALIKE = 0.8  # how alike two names must be to be the same
_TUNNELS = {"tunnel", "road_rail_tunnel"}
_NO_ROAD = {"rail_bridge"}


@dataclass(frozen=True)
class Crossings:
    """What was found at the river."""

    crossing_id: "pd.Series[str]"  # of each link, empty where none
    table: pd.DataFrame  # rows of crossing.csv
    said: tuple[str, ...]


def find_crossings(
    links: pd.DataFrame, lines: Any, water: Any, *, known: pd.DataFrame | None = None
) -> Crossings:
    """Find the crossings and give them the ids of those that are known already.

    A link crosses where it is a structure and meets a river's centre line, or an area of water that
    no centre line runs through. Of links in a row on the same structure the longest is taken.

    Parameters
    ----------
    links
        The link table with ``structure_name`` and ``structure_name_zh``.
    lines
        GeoSeries of the links, in metres.
    water
        GeoSeries of river areas and centre lines in the same projection.
    known
        Rows of crossing.csv to match, by place (within 300 m) or name (within 3 km).
    """
    wet = _meets(lines, water)
    raised = (links["structure"] != "surface").to_numpy()
    seeds = _one_of_a_row(links, np.flatnonzero(wet & raised))
    groups = _groups(links, lines, seeds, water)
    rows = [_row(links, lines, group, water) for group in groups]
    found = pd.DataFrame(rows)
    said = [f"{counted(len(rows), 'place')} where a bridge or tunnel crosses a river"]
    bare = links.loc[wet & ~raised, "link_id"]
    if len(bare):
        shown = ", ".join(str(link) for link in bare.iloc[:5])
        said.append(f"{len(bare)} links meet a river without bridge or tunnel tag (link {shown})")
    if known is not None:
        found, text = _match(found, known, lines.crs)
        said.append(text)
    ids = pd.Series("", index=links.index)
    for group, name in zip(groups, found.get("crossing_id", []), strict=False):
        ids.iloc[group] = name
    table = found.drop(columns=["x", "y"], errors="ignore")
    return Crossings(
        ids, table.drop_duplicates("crossing_id") if len(table) else table, tuple(said)
    )


def _meets(lines: Any, water: Any) -> Any:
    """Links that cross a centre line, or an area without one."""
    if not len(water):
        return np.zeros(len(lines), dtype=bool)
    is_line = water.geom_type.str.contains("Line").to_numpy()
    courses, areas = water[is_line], water[~is_line]
    if len(courses):
        areas = areas[~areas.intersects(courses.union_all())]
    barriers = [*courses, *areas]
    wet = np.zeros(len(lines), dtype=bool)
    tree = lines.sindex
    wet[np.unique(tree.query(barriers, predicate="intersects")[1])] = True
    return wet


def _one_of_a_row(links: pd.DataFrame, seeds: Any) -> list[int]:
    """Of links that follow each other, the longest; traffic passes all of them."""
    tails, heads = links["from_node_id"].to_numpy(), links["to_node_id"].to_numpy()
    length = links["length_m"].to_numpy()
    kept: list[int] = []
    for seed in sorted(seeds, key=lambda row: (-length[row], row)):
        behind = [
            row
            for row in kept
            if (heads[row] == tails[seed] and tails[row] != heads[seed])
            or (tails[row] == heads[seed] and heads[row] != tails[seed])
        ]
        if not behind:
            kept.append(int(seed))
    return sorted(kept)


def _groups(links: pd.DataFrame, lines: Any, seeds: list[int], water: Any) -> list[list[int]]:
    """Links of one crossing: near each other, both tunnel or both not, and not of two names."""
    places = {row: _place(lines.iloc[row], water) for row in seeds}
    groups: list[list[int]] = []
    for row in seeds:
        home = next(
            (group for group in groups if any(_same(links, row, other, places) for other in group)),
            None,
        )
        if home is None:
            groups.append([row])
        else:
            home.append(row)
    return groups


def _same(links: pd.DataFrame, row: int, other: int, places: dict[int, Any]) -> bool:
    one, two = links.iloc[row], links.iloc[other]
    names = {_title(one), _title(two)} - {""}
    return (
        (one["structure"] == "tunnel") == (two["structure"] == "tunnel")
        and places[row].distance(places[other]) <= TOGETHER_M
        and len(names) < 2  # noqa: PLR2004
    )


def _title(link: "pd.Series[Any]") -> str:
    """Name of the structure, or else of the road on it."""
    keys = ("structure_name_zh", "structure_name", "name_zh", "name")
    return str(next((link[key] for key in keys if link[key]), ""))


def _place(line: Any, water: Any) -> Any:
    """Where a link is over the water: the middle of what it shares with it."""
    shared = line.intersection(water.union_all())
    return line.interpolate(0.5, normalized=True) if shared.is_empty else shared.centroid


def _row(links: pd.DataFrame, lines: Any, group: list[int], water: Any) -> dict[str, Any]:
    """One row of crossing.csv, and its place in metres."""
    import pyproj

    part = links.iloc[group]
    ends = sorted(
        (lines.iloc[group[0]].coords[0], lines.iloc[group[0]].coords[-1]), key=lambda at: at[1]
    )
    back = pyproj.Transformer.from_crs(lines.crs, "EPSG:4326", always_xy=True)
    (west_x, south_y), (east_x, north_y) = (back.transform(*end[:2]) for end in ends)
    places = [_place(lines.iloc[row], water) for row in group]
    allowed = {
        use for text in part["allowed_uses"] for use in (USES if text == "all" else text.split(","))
    }
    way = min(str(cell).split(";")[0] for cell in part["osm_way"])

    def text(deck: str, road: str) -> str:
        return str(next((cell for key in (deck, road) for cell in part[key] if cell), ""))

    return {
        "crossing_id": f"OSM{way}",
        "name": text("structure_name", "name"),
        "name_zh": text("structure_name_zh", "name_zh"),
        "form": "tunnel" if part["structure"].iloc[0] == "tunnel" else "bridge",
        "status": "open",
        "lon_south": round(west_x, 6),
        "lat_south": round(south_y, 6),
        "lon_north": round(east_x, 6),
        "lat_north": round(north_y, 6),
        "length_m": float(part["length_m"].max()),
        "lanes": float(part["lanes"].sum() + part["bus_lanes"].astype(float).sum()),
        "free_speed_kph": float(part["free_speed_kph"].max()),
        "banned_uses": ",".join(use for use in USES if use not in allowed),
        "source": f"OpenStreetMap way {way}; length is that of the link over the water",
        "confidence": "medium",
        "x": float(np.mean([place.x for place in places])),
        "y": float(np.mean([place.y for place in places])),
    }


def _match(found: pd.DataFrame, known: pd.DataFrame, crs: Any) -> tuple[pd.DataFrame, str]:
    """Give found crossings the rows of known ones, nearest and best named first."""
    table = known.reset_index(drop=True)
    places = _known_places(table, crs)
    pairs = sorted(
        (score, row, other)
        for row in range(len(found))
        for other in range(len(table))
        if (score := _score(found.iloc[row], table.iloc[other], places[other])) is not None
    )
    taken: dict[int, int] = {}
    for _, row, other in pairs:
        if row not in taken and other not in taken.values():
            taken[row] = other
    own = [row for row in range(len(found)) if row not in taken]
    ids = [
        str(table["crossing_id"][taken[row]] if row in taken else found["crossing_id"][row])
        for row in range(len(found))
    ]
    kept = pd.concat([table, found.iloc[own]], ignore_index=True) if own else table
    lost = [str(name) for row, name in enumerate(table["crossing_id"]) if row not in taken.values()]
    text = f"{len(taken)} of them matched to known crossings, {len(own)} new"
    if lost:
        text += f"; {len(lost)} known ones without a link: {', '.join(lost)}"
    # The rows that links refer to come first, in their order; the others follow.
    ordered = kept.set_index("crossing_id").loc[[*ids, *lost]].reset_index()
    return ordered, text


def _known_places(known: pd.DataFrame, crs: Any) -> list[Any]:
    """Line from bank to bank of each known crossing in metres; None where it has no place."""
    import pyproj
    import shapely

    forward = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    columns = ["lon_south", "lat_south", "lon_north", "lat_north"]
    ends = known.reindex(columns=columns).astype(float).to_numpy()
    return [
        None
        if np.isnan(row).any()
        else shapely.LineString([forward.transform(*row[:2]), forward.transform(*row[2:])])
        for row in ends
    ]


def _score(found: "pd.Series[Any]", known: "pd.Series[Any]", place: Any) -> float | None:
    """Distance [m] less a bonus for the name; None where they cannot be the same."""
    import shapely

    form = str(known["form"])
    if form in _NO_ROAD or (form in _TUNNELS) != (found["form"] == "tunnel"):
        return None
    alike = max(
        SequenceMatcher(None, str(found[key]).lower(), str(known.get(key, "")).lower()).ratio()
        if found[key] and known.get(key, "")
        else 0.0
        for key in ("name", "name_zh")
    )
    named = alike >= ALIKE
    if place is None:
        return 0.0 if named else None
    distance = float(shapely.Point(found["x"], found["y"]).distance(place))
    if distance > (FAR_M if named else NEAR_M):
        return None
    return distance - NEAR_M * alike
