"""``transitplan skim``: time and length between all zones."""

from pathlib import Path

import typer

from transitplan.cli.console import OUT, csv_target, examples, print_record, write_csv

EXAMPLES = examples(
    ("skim networks/jinan/2025 --out free_flow.csv", "seconds and metres by car"),
    ("skim networks/jinan/2025 --fields time_s --use truck --out truck.csv", "trucks"),
)


def command(
    network: Path = typer.Argument(..., help="GMNS folder, .gpkg or .graphml."),
    *,
    fields: str = typer.Option("time_s,length_m", help="Quantities, by comma."),
    use: str = typer.Option("car", help="Kind of traffic."),
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
    out: Path = typer.Option(..., "--out", "-o", help="CSV file, one row an OD pair."),
) -> None:
    """Write free-flow skims between all zones; pairs without a way are marked, never a number."""
    import transitplan as tp

    csv_target(out)
    names = [name.strip() for name in fields.split(",")]
    found = tp.skim(tp.compile_road(tp.read_network(network)), names, use=use)
    lost = int((~found.reachable).sum())
    zones = len(found.zone_ids)
    if as_json:
        record = {"zones": zones, "use": use, "fields": names, "pairs_without_a_way": lost}
        print_record({**record, "written": str(out)})
    else:
        OUT.print(f"{zones} zones, {lost} pairs without a way for {use}")
    write_csv(found.to_frame(), out)
