"""``transitplan import``: networks from data of others."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from transitplan.cli import complete
from transitplan.cli.console import ERR, OUT, examples, print_record, working
from transitplan.errors import ValidationError
from transitplan.units import METRES_PER_KM

if TYPE_CHECKING:
    from collections.abc import Callable

    from transitplan.model.network import Network

app = typer.Typer(
    no_args_is_help=True, help="Make a network or a timetable of data of others: osm, lines."
)

EXAMPLES = examples(
    (
        "import osm city.osm.pbf --out networks/mycity/2025 --zones grid:2km",
        "a file, with a grid of zones",
    ),
    ("import osm 116.9,36.6,117.1,36.8 --out networks/mycity/2025", "a box, asked of the net"),
    (
        'import osm "Jinan, Shandong, China" --river 黄河 --out networks/mycity/2025',
        "a place, with its crossings of a river",
    ),
)


@app.callback()
def _group() -> None:
    """Make a network of OpenStreetMap, or a timetable of planned lines."""


@app.command(name="osm", epilog=EXAMPLES)
def osm(
    source: str = typer.Argument(
        ..., help="Place, box west,south,east,north, or file (.osm, .osm.pbf, .graphml of OSMnx)."
    ),
    *,
    out: Path = typer.Option(..., "--out", "-o", help="Folder of the new network."),
    network_type: str = typer.Option(
        "drive",
        help="drive, or drive_service.",
        autocompletion=complete.one_of("drive", "drive_service"),
    ),
    box: str = typer.Option("", help="west,south,east,north: cut a file."),
    consolidate: float = typer.Option(0.0, help="Merge junctions within so many metres."),
    keep_all: bool = typer.Option(False, "--keep-all", help="Keep parts that cars cannot reach."),
    river: str = typer.Option("", help="GeoJSON of the river, or its name in the data."),
    crossings: Path | None = typer.Option(None, help="crossing.csv of known crossings to match."),
    zones: str = typer.Option("", help="grid:2km, or a file of areas; without it, no zones."),
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
) -> None:
    """Make a GMNS folder of OpenStreetMap: streets, lanes, turns, crossings, and zones if asked."""
    from transitplan.io.osm_import import OsmOptions, import_osm, read_box, write_import

    _check_target(out)
    options = OsmOptions(
        network_type=network_type,
        box=read_box(box) if box else None,
        consolidate_m=consolidate,
        keep_all=keep_all,
        river=river,
        crossings=crossings,
    )
    add_zones = _zoning(zones)  # a wrong grid or file ends here, before the work
    with working(f"reading {source}"):
        network = add_zones(import_osm(source, options))
    command = shlex.join(["transitplan", *sys.argv[1:]])
    path = write_import(network, out, command=command)
    if as_json:
        rows = {name: len(network.table(name)) for name in network.table_names}
        record = {"rows": rows, "crs": network.crs, "version": network.version}
        print_record({**record, "history": network.history, "written": str(path)})
    else:
        for text in network.history:
            OUT.print(text, markup=False, highlight=False, soft_wrap=True)
    ERR.print(f"written: {path}", soft_wrap=True)
    if not zones:
        ERR.print("no zones, so no skim or assignment: add --zones grid:2km or a file of areas.")
        return
    known = network.zones.reindex(columns=list(ZONE_NUMBERS)).fillna(0.0)
    wanted = [name for name in ZONE_NUMBERS if not known[name].any()]
    if wanted:
        ERR.print(
            f"zones have nobody in them yet: add the columns {', '.join(wanted)} to "
            f"{path / 'zone.csv'} (and name, name_zh and super_zone, the cluster they belong to).",
            soft_wrap=True,
        )


ZONE_NUMBERS = ("population", "jobs")  # which trips are made from


def _check_target(out: Path) -> None:
    if out.suffix in {".gpkg", ".graphml", ".csv"} or out.is_file():
        raise ValidationError(f"{out}: name a folder; `transitplan convert` goes on from there.")
    if (out / "case.toml").is_file():
        raise ValidationError(f"{out}: this is a case. Name a folder inside it, as {out}/2025.")


def _zoning(zones: str) -> "Callable[[Network], Network]":
    """Read what ``--zones`` asks for: a grid, a file of areas, or nothing."""
    from transitplan.io.osm_import import read_areas
    from transitplan.model.zoning import area_zones, grid_zones

    if not zones:
        return lambda network: network
    if not zones.startswith("grid:"):
        areas = read_areas(Path(zones))
        return lambda network: area_zones(network, areas, what=zones)
    number = zones.removeprefix("grid:").strip()
    unit = METRES_PER_KM if number.endswith("km") else 1.0
    try:
        size_m = float(number.removesuffix("km").removesuffix("m")) * unit
    except ValueError:
        raise ValidationError(f"--zones {zones}: write a grid as grid:2km or grid:500m.") from None
    return lambda network: grid_zones(network, size_m)
