"""``transitplan assign``: one equilibrium."""

import json
from pathlib import Path

import typer

from transitplan.cli.console import ERR, OUT, csv_target

EXAMPLES = (
    "Example: `transitplan assign networks/jinan/2025 od_matrices/jinan/2025_am.omx --gap 1e-6 "
    "--out flows.csv`."
)


def command(
    network: Path = typer.Argument(..., help="GMNS folder, .gpkg or .graphml."),
    demand: Path = typer.Argument(..., help="Demand, .omx or .csv."),
    *,
    gap: float = typer.Option(1e-6, help="Relative gap to reach."),
    out: Path | None = typer.Option(None, "--out", "-o", help="CSV file for the link table."),
    threads: int | None = typer.Option(None, min=1, help="Threads; as many as cores."),
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
) -> None:
    """Find the user equilibrium of a demand on a network."""
    import transitplan as tp

    if out is not None:
        csv_target(out)
    result = tp.assign(
        tp.compile_road(tp.read_network(network)), tp.read_demand(demand), gap=gap, threads=threads
    )
    if out is not None:
        result.to_frame().to_csv(out, index=False, lineterminator="\n")
        ERR.print(f"written: {out}")
    if as_json:
        record = {
            "status": str(result.status),
            "relative_gap": result.relative_gap,
            "iterations": result.iterations,
            "objective": result.objective,
            **{f"{name}_vph": value for name, value in result.accounting.items()},
        }
        OUT.print_json(json.dumps(record))
    else:
        OUT.print(result.summary(), markup=False, soft_wrap=True)
    if result.relative_gap > gap:
        raise typer.Exit(1)
