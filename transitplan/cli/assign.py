"""``transitplan assign``: one equilibrium, or what else is sought."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from transitplan.cli.console import ERR, OUT, csv_target
from transitplan.errors import ValidationError

if TYPE_CHECKING:
    from transitplan.assignment.principle import Principle
    from transitplan.model.demand import Demand

EXAMPLES = (
    "Example: `transitplan assign networks/jinan/2025 od_matrices/jinan/2025_am.omx --gap 1e-6 "
    "--out flows.csv`."
)


class _Choice(NamedTuple):
    principle: str
    theta: float | None
    elasticity: float | None
    reference: Path | None


NEEDED = {"ue": (), "so": (), "logit": ("theta",), "elastic": ("elasticity", "reference")}


def command(
    network: Path = typer.Argument(..., help="GMNS folder, .gpkg or .graphml."),
    demand: Path = typer.Argument(..., help="Demand, .omx or .csv."),
    *,
    gap: float = typer.Option(1e-6, help="Relative gap to reach."),
    principle: str = typer.Option(
        "ue", help="What is sought: ue, so (system optimum), logit or elastic."
    ),
    theta: float | None = typer.Option(None, help="logit: 1/s of generalised cost."),
    elasticity: float | None = typer.Option(
        None, help="elastic: of trips to their own cost, 0 or less."
    ),
    reference: Path | None = typer.Option(
        None, help="elastic: the network on which the demand was observed."
    ),
    out: Path | None = typer.Option(None, "--out", "-o", help="CSV file for the link table."),
    threads: int | None = typer.Option(None, min=1, help="Threads; as many as cores."),
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
) -> None:
    """Find the user equilibrium of a demand on a network, or what else is sought."""
    import transitplan as tp

    choice = _Choice(principle, theta, elasticity, reference)
    _check(choice)
    if out is not None:
        csv_target(out)
    roads, trips = tp.compile_road(tp.read_network(network)), tp.read_demand(demand)
    sought = _principle(choice, trips, gap, threads)
    result = tp.assign(roads, trips, principle=sought, gap=gap, threads=threads)
    if out is not None:
        result.to_frame().to_csv(out, index=False, lineterminator="\n")
        ERR.print(f"written: {out}")
    if as_json:
        record = {
            "status": str(result.status),
            "principle": result.principle,
            "relative_gap": result.relative_gap,
            "iterations": result.iterations,
            "objective": result.objective,
            **{f"{name}_vph": value for name, value in result.accounting.items()},
        }
        OUT.print_json(json.dumps(record))
    else:
        OUT.print(result.summary(), markup=False, soft_wrap=True)
    if result.status != "converged":
        raise typer.Exit(1)


def _check(choice: _Choice) -> None:
    """Refuse options that are missing, or that the principle has no use for."""
    if choice.principle not in NEEDED:
        raise ValidationError(
            f"--principle is {choice.principle!r}; use one of {', '.join(NEEDED)}."
        )
    for name in ("theta", "elasticity", "reference"):
        given, needed = getattr(choice, name) is not None, name in NEEDED[choice.principle]
        if given != needed:
            what = "needs" if needed else "has no use for"
            raise ValidationError(f"--principle {choice.principle} {what} --{name}.")


def _principle(choice: _Choice, demand: "Demand", gap: float, threads: int | None) -> "Principle":
    """Return what the options ask for; elastic demand solves its reference first."""
    import transitplan as tp

    if choice.theta is not None:
        return tp.StochasticEquilibrium(choice.theta)
    if choice.elasticity is not None and choice.reference is not None:
        ERR.print(f"reference: {choice.reference}")
        roads = tp.compile_road(tp.read_network(choice.reference))
        base = tp.assign(roads, demand, gap=gap, threads=threads)
        return tp.ElasticDemand(choice.elasticity, base)
    return tp.SystemOptimum() if choice.principle == "so" else tp.UserEquilibrium()
