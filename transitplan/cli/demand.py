"""``transitplan demand``: write the demand of every year of a case."""

from pathlib import Path

import typer

from transitplan.cli.console import OUT, case_folder

EXAMPLES = "Example: `transitplan demand networks/jinan` writes od_matrices/jinan/*.omx again."


def command(
    case: Path | None = typer.Argument(None, help="Case folder; the shipped Jinan case if absent."),
) -> None:
    """Write the demand matrices of every year from zones, growth table and parameters."""
    from transitplan.io import read_demand
    from transitplan.scenario.forecast import write_forecasts
    from transitplan.scenario.read import read_case

    for path in write_forecasts(read_case(case_folder(case))):
        demand = read_demand(path)
        totals = ", ".join(
            f"{each.name} {trips.sum():,.0f}"
            for each, trips in zip(demand.classes, demand.trips_vph, strict=True)
        )
        OUT.print(f"{path}: {demand.total_vph:,.0f} veh/h ({totals})", soft_wrap=True)
