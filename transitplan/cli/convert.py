"""``transitplan convert``: a network or demand from one format to any other."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from transitplan.cli.console import ERR, examples, print_record
from transitplan.errors import ValidationError

if TYPE_CHECKING:
    from transitplan.model.demand import Demand
    from transitplan.model.network import Network

EXAMPLES = examples(
    ("convert networks/jinan/2025 jinan.gpkg", "for QGIS"),
    ("convert roads.shp networks/x", "a network of drawn lines"),
    (
        "convert X_net.tntp networks/x --trips X_trips.tntp --demand-out x.omx",
        "a benchmark with its trips",
    ),
)
FORMATS = "GMNS folder, .gpkg, .graphml, .geojson, .shp, .tntp; .omx, .csv or .tntp trips."


def command(
    source: Path = typer.Argument(..., help=FORMATS),
    target: Path = typer.Argument(..., help="Where to write; the suffix says the format."),
    *,
    trips: Path | None = typer.Option(None, help="Trip table of a .tntp network."),
    demand_out: Path | None = typer.Option(None, help="Where to write its demand."),
    time_unit: str | None = typer.Option(
        None, help="Time unit of a .tntp network that does not state it; min with --trips."
    ),
    length_unit: str | None = typer.Option(None, help="Its length unit; mi with --trips."),
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
    snap: float = typer.Option(1.0, min=0.0, help="Metres within which line ends meet."),
) -> None:
    """Convert a network or a demand file; what the target cannot hold is said on stderr."""
    import transitplan as tp

    if trips is not None:
        network, demand = tp.read_tntp(
            source, trips, time_unit=time_unit or "min", length_unit=length_unit or "mi"
        )
        done = [_write_network(network, target)]
        if demand_out is not None:
            done.append(_write_demand(demand, demand_out))
    elif _is_demand(source):
        done = [_write_demand(tp.read_demand(source), target)]
    else:
        done = [_write_network(_read_network(source, time_unit, length_unit, snap), target)]
    if as_json:
        print_record(done)


def _is_demand(source: Path) -> bool:
    if source.suffix.lower() != ".tntp" or not source.is_file():
        return source.suffix.lower() in {".omx", ".csv"}
    from transitplan.io.tntp_text import read_text

    return "NUMBER OF LINKS" not in read_text(source).metadata


def _read_network(
    source: Path, time_unit: str | None, length_unit: str | None, snap: float
) -> "Network":
    from transitplan.io import read_network
    from transitplan.io.geojson import read_geojson
    from transitplan.io.shapefile import read_shapefile
    from transitplan.io.tntp import read_tntp_network

    suffix = source.suffix.lower()
    if suffix == ".tntp":
        return read_tntp_network(source, time_unit=time_unit, length_unit=length_unit)
    if suffix == ".shp":
        return read_shapefile(source, tolerance_m=snap)
    if suffix == ".geojson":
        return read_geojson(source, tolerance_m=snap)
    return read_network(source)


def _write_network(network: "Network", target: Path) -> dict[str, Any]:
    from transitplan.io import network_losses, write_network

    for text in network.history:
        ERR.print(text, markup=False, soft_wrap=True)
    losses = network_losses(network, target.suffix.lower())
    _tell(target, losses)
    return _done(write_network(network, target, lossy=True), losses)


def _write_demand(demand: "Demand", target: Path) -> dict[str, Any]:
    from transitplan.io import demand_losses, write_demand

    if target.suffix.lower() not in {".omx", ".csv", ".tntp"}:
        raise ValidationError(f"{target}: demand is written as .omx, .csv or .tntp.")
    losses = demand_losses(demand, target.suffix.lower())
    _tell(target, losses)
    return _done(write_demand(demand, target, lossy=True), losses)


def _done(path: Path, losses: list[str]) -> dict[str, Any]:
    ERR.print(f"written: {path}", soft_wrap=True)
    return {"written": str(path), "not_in_this_format": losses}


def _tell(target: Path, losses: list[str]) -> None:
    for text in losses:
        ERR.print(
            f"{target}: not in this format: {text}", style="yellow", markup=False, soft_wrap=True
        )
