"""The way from one end of a site to the other: its line on the map, and its links in a network."""

from typing import Any

import numpy as np

from transitplan.arrays import Floats
from transitplan.model.edits import add_rows, set_columns
from transitplan.model.network import Network
from transitplan.scenario.case import Form, Part, Place, Site

# Delay curves of structures: a long tunnel or bridge at 60 km/h degrades like an urban expressway.
STRUCTURE_ALPHA = 0.30
STRUCTURE_BETA = 4.0
SLOWEST_KPH = 5.0  # of a truck on any climb
_WORDS = {  # of the parts of the way, and of forms
    "approach": (", approach", "，引道"),
    "ramp": (", ramp", "，坡道"),
    "structure": ("", ""),
}
_FORMS_ZH = {"tunnel": "隧道", "bridge": "桥梁", "pontoon": "浮桥"}


def add_structure(network: Network, site: Site, form: Form) -> Network:
    """Build a form: join the two ends of its site, or widen the crossing that is there.

    Joined ends have one link a direction for each part of the way; of these, one a direction is the
    structure and carries the site's ``crossing_id`` and the toll. Trucks are slower where the way
    climbs.
    """
    if form.form == "widening":
        return _widened(network, site, form)
    parts = form.parts or (Part(part="structure", length_m=form.length_m),)
    ends = np.cumsum([0.0, *(part.length_m for part in parts)]) / form.length_m
    line = site_line(network, site)
    nodes, node_rows = _nodes(network, site, form, line, ends[1:-1])
    first_shape = _free_id(network, "geometry", "geometry_id")
    rows, shapes = [], []
    for i, part in enumerate(parts):
        shape_id = first_shape + i
        shapes.append({"geometry_id": shape_id, "geometry": _piece(line, ends[i], ends[i + 1])})
        for here, there, flag in ((nodes[i], nodes[i + 1], 1), (nodes[i + 1], nodes[i], -1)):
            row = _link(site, form, part, flag)
            where = {"from_node_id": here, "to_node_id": there, "dir_flag": flag}
            rows.append({**row, **where, "geometry_id": shape_id})
    rows.sort(key=lambda row: row["crossing_id"] != "")  # the structure stands last
    first_link = _free_id(network, "link", "link_id")
    tables: dict[str, list[dict[str, Any]]] = {
        "node": node_rows,
        "link": [{"link_id": first_link + i, **row} for i, row in enumerate(rows)],
        "geometry": shapes,
    }
    if site.crossing_id not in set(network.crossings["crossing_id"]):
        tables["crossing"] = [_crossing(site, form)]
    return add_rows(network, tables, reason=f"{form.label} at {site.name}")


def site_line(network: Network, site: Place) -> Any:
    """Line of a site's way: from its first end through its points to its last [m]."""
    import shapely

    nodes = network.nodes.set_index("node_id")
    first, last = (
        tuple(nodes.loc[end, ["x_m", "y_m"]]) for end in (site.from_node_id, site.to_node_id)
    )
    between = [network.to_metres(lon, lat) for lon, lat in site.via]
    return shapely.LineString([first, *between, last])


def river_share(network: Network, site: Place) -> float:
    """Share of the way at which the river's middle lies: halfway between the bank points.

    The bank points are the first and the last point that the way is drawn through; without any, it
    is the middle of the way.
    """
    import shapely

    if not site.via:
        return 0.5
    line = site_line(network, site)
    banks = [shapely.Point(network.to_metres(*point)) for point in (site.via[0], site.via[-1])]
    return float(sum(line.project(bank, normalized=True) for bank in banks)) / 2.0


def truck_speed_kph(form: Form, climb: float) -> float | None:
    """Speed of a truck on a part that climbs; None where it is as fast as the rest."""
    lost = form.truck_loss_kph_per_percent * climb * 100.0
    return max(form.free_speed_kph - lost, SLOWEST_KPH) if lost > 0 else None


def _link(site: Site, form: Form, part: Part, flag: int) -> dict[str, Any]:
    """Cells of one link that do not depend on its place."""
    en, zh = _WORDS[part.part]
    own = part.part == "structure"
    built = "tunnel" if form.form == "tunnel" else "bridge"
    return {
        "name": f"{site.name} ({form.label}){en}",
        "name_zh": f"{site.name_zh}({_FORMS_ZH[form.form]}){zh}",
        "length_m": part.length_m,
        "facility_type": "urban_expressway",
        "lane_capacity_pceph": form.lane_capacity_pceph,
        "free_speed_kph": form.free_speed_kph,
        "truck_speed_kph": truck_speed_kph(form, flag * part.gradient),
        "lanes": form.lanes,
        "allowed_uses": form.allowed_uses,
        "toll_cny": form.toll_cny if own else 0.0,
        "toll_truck_cny": form.toll_truck_cny if own else None,
        "structure": "surface" if part.part == "approach" else built,
        "crossing_id": site.crossing_id if own else "",
        "vdf_alpha": STRUCTURE_ALPHA,
        "vdf_beta": STRUCTURE_BETA,
        "source": form.source,
        "confidence": form.confidence,
    }


def _nodes(
    network: Network, site: Site, form: Form, line: Any, shares: Floats
) -> tuple[list[int], list[dict[str, Any]]]:
    """Ids of all nodes of the way, and rows of those that are new."""
    import shapely

    first = _free_id(network, "node", "node_id")
    points = shapely.line_interpolate_point(line, shares, normalized=True)
    rows = [
        {
            "node_id": first + i,
            "name": f"{site.name} ({form.label})",
            "x_m": point.x,
            "y_m": point.y,
            "source": form.source,
            "confidence": form.confidence,
        }
        for i, point in enumerate(points)
    ]
    return [site.from_node_id, *(row["node_id"] for row in rows), site.to_node_id], rows


def _widened(network: Network, site: Site, form: Form) -> Network:
    links = network.links
    lanes = links["lanes"] + form.lanes * (links["crossing_id"] == site.crossing_id)
    return set_columns(network, {"lanes": lanes}, reason=f"{form.label} at {site.name}")


def _crossing(site: Site, form: Form) -> dict[str, Any]:
    return {
        "crossing_id": site.crossing_id,
        "name": site.name,
        "name_zh": site.name_zh,
        "form": form.form,
        "status": "planned",
        "river_km": site.river_km,
        "source": form.source,
        "confidence": form.confidence,
    }


def _piece(line: Any, start: float, end: float) -> str:
    from shapely import ops

    return str(ops.substring(line, start, end, normalized=True).wkt)


def _free_id(network: Network, table: str, column: str) -> int:
    taken = network.table(table)[column]
    return int(taken.max()) + 1 if len(taken) else 1
