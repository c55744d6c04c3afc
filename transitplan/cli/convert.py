"""``transitplan convert``: a network or demand from one format to any other."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from transitplan.cli.console import ERR
from transitplan.errors import ValidationError

if TYPE_CHECKING:
    from transitplan.model.demand import Demand
    from transitplan.model.network import Network

EXAMPLES = (
    "Examples: `transitplan convert networks/jinan/2025 jinan.gpkg`; `transitplan convert "
    "roads.shp networks/x`; `transitplan convert X_net.tntp networks/x --trips X_trips.tntp "
    "--demand-out x.omx`."
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
    snap: float = typer.Option(1.0, min=0.0, help="Metres within which line ends meet."),
) -> None:
    """Convert a network or a demand file; what the target cannot hold is said on stderr."""
    import transitplan as tp

    if trips is not None:
        network, demand = tp.read_tntp(
            source, trips, time_unit=time_unit or "min", length_unit=length_unit or "mi"
        )
        _write_network(network, target)
        if demand_out is not None:
            _write_demand(demand, demand_out)
        return
    if _is_demand(source):
        _write_demand(tp.read_demand(source), target)
        return
    _write_network(_read_network(source, time_unit, length_unit, snap), target)


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


def _write_network(network: "Network", target: Path) -> None:
    from transitplan.io import network_losses, write_network

    for text in network.history:
        ERR.print(text, markup=False, soft_wrap=True)
    _tell(target, network_losses(network, target.suffix.lower()))
    ERR.print(f"written: {write_network(network, target, lossy=True)}", soft_wrap=True)


def _write_demand(demand: "Demand", target: Path) -> None:
    from transitplan.io import demand_losses, write_demand

    if target.suffix.lower() not in {".omx", ".csv", ".tntp"}:
        raise ValidationError(f"{target}: demand is written as .omx, .csv or .tntp.")
    _tell(target, demand_losses(demand, target.suffix.lower()))
    ERR.print(f"written: {write_demand(demand, target, lossy=True)}", soft_wrap=True)


def _tell(target: Path, losses: list[str]) -> None:
    for text in losses:
        ERR.print(
            f"{target}: not in this format: {text}", style="yellow", markup=False, soft_wrap=True
        )
