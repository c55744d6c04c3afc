"""``transitplan calibrate``: adjust a demand to traffic counts."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from transitplan.cli.console import (
    OUT,
    checked_gap,
    csv_target,
    examples,
    working,
    writable_folder,
    write_csv,
    written,
)
from transitplan.errors import ValidationError

if TYPE_CHECKING:  # help and usage errors need no assignment
    from transitplan.scenario.estimation_result import Estimation

EXAMPLES = examples(
    (
        "calibrate networks/sioux_falls od_matrices/sioux_falls/demand.csv counts.csv -o new.omx",
        "what the counts call for, and how well they are met",
    ),
    after="Columns of the table of counts: docs/demand.md.",
)


def command(
    network: Path = typer.Argument(..., help="GMNS folder, .gpkg or .graphml."),
    demand: Path = typer.Argument(..., help="Demand to adjust, .omx or .csv; it stays as it is."),
    counts: Path = typer.Argument(..., help="CSV file of counts."),
    *,
    out: Path = typer.Option(..., "--out", "-o", help="File for the adjusted demand, .omx."),
    table: Path | None = typer.Option(None, help="CSV file for the counts before and after."),
    moved: Path | None = typer.Option(None, help="CSV file for the trip ends before and after."),
    cells_sigma: float = typer.Option(0.30, help="How unsure the cells of the demand are: σ/cell."),
    ends_sigma: float = typer.Option(0.10, help="How unsure its trip ends are: σ/trip end."),
    ends_factor: float = typer.Option(1.5, help="No trip end may change by more than this factor."),
    cell_factor: float = typer.Option(5.0, help="No cell may change by more than this factor."),
    gap: float = typer.Option(1e-5, callback=checked_gap, help="Relative gap of each equilibrium."),
    threads: int | None = typer.Option(None, min=1, help="Threads; as many as cores."),
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
) -> None:
    """Adjust a demand to counts, no further from it than they call for."""
    import transitplan as tp

    if out.suffix != ".omx":
        raise ValidationError(f"--out {out}: the adjusted demand is written as .omx.")
    if out.resolve() == demand.resolve():
        raise ValidationError(f"--out {out}: that is the demand to adjust. Name another file.")
    writable_folder(out.parent)
    for path in (table, moved):
        if path is not None:
            csv_target(path)
    with working("equilibria and adjustments by turns"):
        found = tp.estimate_matrix(
            tp.read_network(network),
            tp.read_demand(demand),
            tp.read_counts(counts),
            seed_trust=tp.SeedTrust(cells_sigma, ends_sigma, ends_factor, cell_factor),
            gap=gap,
            threads=threads,
        )
    tp.write_demand(found.demand, out)
    written([out])
    for path, frame in ((table, found.counts), (moved, found.trip_ends)):
        if path is not None:
            write_csv(frame, path)
    _show(found, as_json=as_json)
    if found.status != "settled":
        raise typer.Exit(1)


def _show(found: "Estimation", *, as_json: bool) -> None:
    """Print the result for people or for machines."""
    if not as_json:
        OUT.print(found.summary(), markup=False, soft_wrap=True)
        return
    uses = found.counts["use"].unique()
    record = {
        "status": found.status,
        "rounds": len(found.history),
        "moved_share": float(found.history["moved_share"].iloc[-1]),
        "geh_below_5_before": {str(use): found.met(use, "before") for use in uses},
        "geh_below_5_after": {str(use): found.met(use) for use in uses},
        "trips_before_vph": found.seed.total_vph,
        "trips_after_vph": found.demand.total_vph,
        "warnings": list(found.warnings),
    }
    OUT.print_json(json.dumps(record))
