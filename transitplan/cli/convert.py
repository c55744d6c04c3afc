"""``transitplan convert``: a network or demand from one format to another."""

from pathlib import Path

import typer

from transitplan.cli.console import ERR
from transitplan.errors import ValidationError

EXAMPLES = (
    "Examples: `transitplan convert networks/jinan/2025 jinan.gpkg`; `transitplan convert "
    "X_net.tntp networks/x --trips X_trips.tntp --demand-out x.omx`."
)


def command(
    source: Path = typer.Argument(..., help="GMNS folder, .gpkg, .graphml, .tntp, .omx or .csv."),
    target: Path = typer.Argument(..., help="Where to write; the suffix says the format."),
    *,
    trips: Path | None = typer.Option(None, help="Trip table of a .tntp network."),
    demand_out: Path | None = typer.Option(None, help="Where to write its demand."),
    time_unit: str = typer.Option("min", help="Time unit of a .tntp network."),
    length_unit: str = typer.Option("mi", help="Length unit of a .tntp network."),
) -> None:
    """Convert a network or a demand file."""
    import transitplan as tp

    if source.suffix == ".tntp":
        if trips is None:
            raise ValidationError(f"{source}: name its trip table with --trips X_trips.tntp.")
        network, demand = tp.read_tntp(source, trips, time_unit=time_unit, length_unit=length_unit)
        tp.write_network(network, target)
        if demand_out is not None:
            tp.write_demand(demand, demand_out)
            ERR.print(f"written: {demand_out}")
    elif source.suffix in {".omx", ".csv"}:
        tp.write_demand(tp.read_demand(source), target)
    else:
        tp.write_network(tp.read_network(source), target)
    ERR.print(f"written: {target}")
