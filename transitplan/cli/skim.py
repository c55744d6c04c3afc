"""``transitplan skim``: time and length between all zones."""

from pathlib import Path

import typer

from transitplan.cli.console import OUT, csv_target, write_csv

EXAMPLES = "Example: `transitplan skim networks/jinan/2025 --out free_flow.csv`."


def command(
    network: Path = typer.Argument(..., help="GMNS folder, .gpkg or .graphml."),
    *,
    fields: str = typer.Option("time_s,length_m", help="Quantities, by comma."),
    use: str = typer.Option("car", help="Kind of traffic."),
    out: Path = typer.Option(..., "--out", "-o", help="CSV file, one row an OD pair."),
) -> None:
    """Write free-flow skims between all zones; pairs without a way are marked, never a number."""
    import transitplan as tp

    csv_target(out)
    names = [name.strip() for name in fields.split(",")]
    found = tp.skim(tp.compile_road(tp.read_network(network)), names, use=use)
    lost = int((~found.reachable).sum())
    OUT.print(f"{len(found.zone_ids)} zones, {lost} pairs without a way for {use}")
    write_csv(found.to_frame(), out)
