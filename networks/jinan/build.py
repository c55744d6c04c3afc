"""Make the road network of Jinan (folder 2025/ and the small tables beside it) from its sources.

    python networks/jinan/build.py [--out DIR]

Sources: the highway graph of the package scgraph_data 2.0.0 (derived from OpenStreetMap, ODbL 1.0)
and the hand tables in sources/. The same sources give the same bytes.
"""

import argparse
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import writing
from ground import write_ground
from places import write_places
from projects import write_cards
from roads import (
    Catalogue,
    Road,
    added_roads,
    drop_doubles,
    drop_stubs,
    join_chains,
    layered_nodes,
    measure,
    new_nodes,
    ramp_roads,
    skeleton_numbers,
    skeleton_roads,
    split_roads,
    trim_crossings,
)
from shapely import LineString
from shapely.geometry.base import BaseGeometry
from skeleton import Point, read_skeleton
from tables import Row, read_table
from transit import write_transit
from zones import connectors, read_zones, zone_points

HERE = Path(__file__).parent
PRODUCTS = (
    "2025",
    "ground.geojson",
    "drives.csv",
    "counts.csv",
    "sites.csv",
    "places.csv",
    "cards/2030",
    "cards/transit",
)


@dataclass(frozen=True)
class Network:
    """Everything the written tables need."""

    nodes: dict[int, Point]
    roads: list[Road]
    committed: list[Road]
    zones: list[Row]
    river: LineString


def main() -> None:
    """Build into a temporary folder, then move the products into place."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out", type=Path, default=HERE, help="folder to write to (default: beside this file)"
    )
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    network = build_network()
    with tempfile.TemporaryDirectory(dir=out) as folder:
        write_products(network, Path(folder))
        for name in PRODUCTS:
            replace_product(Path(folder) / name, out / name)


def build_network() -> Network:
    """Skeleton, hand additions, tidying, zones: each step uses the nodes of the one before."""
    catalogue = Catalogue()
    river = LineString([(float(row["lon"]), float(row["lat"])) for row in read_table("river")])
    zones = read_zones()
    nodes = layered_nodes(read_skeleton(skeleton_numbers())) | new_nodes() | zone_points(zones)

    roads = split_roads(skeleton_roads(nodes, catalogue), nodes)
    roads = trim_crossings(roads, nodes, river, catalogue)
    roads += added_roads("new_links", catalogue) + ramp_roads(catalogue)
    committed = added_roads("committed_links", catalogue)
    needed = needed_nodes(committed)
    roads = drop_stubs(drop_doubles(roads), needed)
    access = connectors(zones, roads, nodes, river, catalogue)
    roads = join_chains(roads, nodes, needed | {road.b for road in access})
    roads = only_river_crossings(roads + access, nodes, river)

    used = {node for road in roads for node in (road.a, road.b)}
    return Network(
        nodes={node: nodes[node] for node in sorted(used)},
        roads=measure(roads, nodes),
        committed=measure(committed, nodes),
        zones=zones,
        river=river,
    )


def needed_nodes(committed: list[Road]) -> set[int]:
    """Nodes named by the hand tables: they stay nodes even where a road only passes through."""
    needed = {node for road in committed for node in (road.a, road.b)} | set(new_nodes())
    for name in ("sites", "drives", "ramps"):
        needed |= {
            int(row[end])
            for row in read_table(name)
            for end in ("from_node_id", "to_node_id")
            if row[end]
        }
    return needed


def only_river_crossings(
    roads: list[Road], nodes: dict[int, Point], river: LineString
) -> list[Road]:
    """Check that the roads over the river line are the open crossings, each once.

    Raises
    ------
    SystemExit
        If a road without a crossing meets the river, or a crossing does not meet it exactly once.
    """
    faults, found = [], []
    for road in roads:
        crossing = road.attributes.crossing_id
        meetings = river.intersection(LineString(road.line(nodes)))
        if count_parts(meetings) != (1 if crossing else 0):
            faults.append(f"{road.a}-{road.b} ({crossing or 'no crossing'}) meets {meetings.wkt}")
        if crossing:
            found.append(crossing)
    expected = [row["crossing_id"] for row in read_table("crossings") if is_open_road(row)]
    if sorted(found) != sorted(expected):
        faults.append(f"in the network {sorted(found)}, open in crossings.csv {sorted(expected)}")
    if faults:
        raise SystemExit("\n".join(faults))
    return roads


def count_parts(meetings: BaseGeometry) -> int:
    """Count the separate places of an intersection."""
    if meetings.is_empty:
        return 0
    return len(getattr(meetings, "geoms", [meetings]))


def is_open_road(crossing: Row) -> bool:
    """Whether a crossing carries cars today."""
    return crossing["status"] == "open" and crossing["form"] != "rail_bridge"


def write_products(network: Network, folder: Path) -> None:
    """Write all products into a folder."""
    gmns = folder / "2025"
    gmns.mkdir()
    nodes, roads, river = network.nodes, network.roads, network.river
    links, geometries = writing.link_rows(nodes, roads)
    tables = {
        "config": [writing.CONFIG],
        "node": writing.node_rows(nodes, roads, network.zones),
        "link": links,
        "geometry": geometries,
        "use_definition": read_table("use_definitions"),
        "use_group": read_table("use_groups"),
        "zone": network.zones,
        "crossing": writing.crossing_rows(nodes, roads + network.committed, river),
        "cluster": read_table("clusters"),
    }
    for name, rows in tables.items():
        writing.write_gmns(gmns, name, rows)
    write_cards(folder / "cards", nodes, network.committed)
    for name in ("drives", "counts", "sites"):
        writing.write_checked(folder, name, nodes)
    write_ground(folder / "ground.geojson", river)
    write_transit(folder)
    write_places(folder)


def replace_product(new: Path, old: Path) -> None:
    """Move a product into place."""
    if old.is_dir():
        shutil.rmtree(old)
    old.parent.mkdir(exist_ok=True)
    new.replace(old)


if __name__ == "__main__":
    main()
