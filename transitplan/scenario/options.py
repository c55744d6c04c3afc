"""From an option to a network: committed schemes and the site's structure added to the base."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from transitplan.errors import ValidationError
from transitplan.model.edits import add_crossing, add_links
from transitplan.model.network import Network
from transitplan.scenario.case import NONE, Case, Form, Site

# Delay curves of structures: a long tunnel or bridge at 60 km/h degrades like an urban expressway.
STRUCTURE_ALPHA = 0.30
STRUCTURE_BETA = 4.0


def option_network(case: Case, option: str, year: int) -> Network:
    """Return the network of an option in a year: base, schemes committed by then, the structure."""
    network = committed_network(case, year)
    return network if option == NONE else add_option(case, network, option)


def add_option(case: Case, network: Network, option: str) -> Network:
    """Return the network with an option built."""
    site, form = case.find(option)
    try:
        return add_structure(network, site, form)
    except ValidationError as error:
        raise ValidationError(
            f"{case.folder}, option {option}, seen as two links: {text}" for text in error.problems
        ) from None


def option_problems(case: Case) -> list[str]:
    """Problems that show when each option is built in each year."""
    found: list[str] = []
    for year in case.years:
        for option in case.option_ids:
            try:
                option_network(case, option, year)
            except ValidationError as error:
                found += [text for text in error.problems if text not in found]
    return found


def committed_network(case: Case, year: int) -> Network:
    """Return the base network with every scheme that is committed and open by the year."""
    network = case.network
    for name in case.years[year].committed:
        rows = case.committed[name]
        network = _add_rows(network, rows, reason=f"{name}: committed by {year}")
    return network


def add_structure(network: Network, site: Site, form: Form) -> Network:
    """Join the two ends of a site by one link a direction."""
    if site.crossing_id not in set(network.crossings["crossing_id"]):
        network = add_crossing(network, _crossing_row(site, form), reason=f"site {site.site_id}")
    first = _free_ids(network, "link", "link_id", 2)
    shape_id = _free_ids(network, "geometry", "geometry_id", 1)[0]
    common = {
        "name": f"{site.name} ({form.form})",
        "name_zh": f"{site.name_zh}({'隧道' if form.form == 'tunnel' else '桥梁'})",
        "length_m": form.length_m,
        "facility_type": "urban_expressway",
        "lane_capacity_pceph": form.lane_capacity_pceph,
        "free_speed_kph": form.free_speed_kph,
        "lanes": form.lanes,
        "allowed_uses": form.allowed_uses,
        "toll_cny": form.toll_cny,
        "toll_truck_cny": form.toll_truck_cny,
        "structure": form.form,
        "crossing_id": site.crossing_id,
        "vdf_alpha": STRUCTURE_ALPHA,
        "vdf_beta": STRUCTURE_BETA,
        "geometry_id": shape_id,
        "source": form.source,
        "confidence": form.confidence,
    }
    ends = (site.from_node_id, site.to_node_id)
    rows = [
        {"link_id": first[0], "from_node_id": ends[0], "to_node_id": ends[1], "dir_flag": 1},
        {"link_id": first[1], "from_node_id": ends[1], "to_node_id": ends[0], "dir_flag": -1},
    ]
    return add_links(
        network,
        [{**common, **row} for row in rows],
        shapes={shape_id: _line_through(network, ends, site.via)},
        reason=f"{form.form} at {site.name}",
    )


def _crossing_row(site: Site, form: Form) -> dict[str, Any]:
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


def _add_rows(network: Network, rows: pd.DataFrame, *, reason: str) -> Network:
    """Add link rows read from a file, their lines included."""
    rows = rows.reset_index(drop=True)
    shapes: dict[Any, str] = {}
    if "geometry" in rows:
        drawn = rows["geometry"] != ""
        free = _free_ids(network, "geometry", "geometry_id", int(drawn.sum()))
        lines = [_projected(network, text) for text in rows.loc[drawn, "geometry"]]
        shapes = dict(zip(free, lines, strict=True))
        rows["geometry_id"] = pd.Series([None] * len(rows), dtype=object)
        rows.loc[drawn, "geometry_id"] = free
        rows = rows.drop(columns="geometry")
        rows["dir_flag"] = 1
    records = [{str(key): cell for key, cell in row.items()} for row in rows.to_dict("records")]
    return add_links(network, records, shapes=shapes, reason=reason)


def _free_ids(network: Network, table: str, column: str, count: int) -> list[int]:
    taken = network.table(table)[column]
    start = int(taken.max()) + 1 if len(taken) else 1
    return list(range(start, start + count))


def _line_through(
    network: Network, ends: tuple[int, int], via: Sequence[tuple[float, float]]
) -> str:
    nodes = network.nodes.set_index("node_id")
    first, last = (tuple(nodes.loc[end, ["x_m", "y_m"]]) for end in ends)
    between = [_to_metres(network, lon, lat) for lon, lat in via]
    return "LINESTRING (" + ", ".join(f"{x} {y}" for x, y in (first, *between, last)) + ")"


def _projected(network: Network, wkt: str) -> str:
    import shapely

    line = shapely.transform(
        shapely.from_wkt(wkt), lambda lon, lat: _to_metres(network, lon, lat), interleaved=False
    )
    return str(shapely.to_wkt(line, rounding_precision=6))


def _to_metres(network: Network, lon: Any, lat: Any) -> tuple[Any, Any]:
    if network.crs is None:
        return lon, lat
    import pyproj

    forward = pyproj.Transformer.from_crs("EPSG:4326", network.crs, always_xy=True)
    x, y = forward.transform(lon, lat)
    return x, y
