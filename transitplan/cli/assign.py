"""``transitplan assign``: one equilibrium, or what else is sought."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from transitplan.cli import complete
from transitplan.cli.console import (
    ERR,
    INTERRUPTED,
    OUT,
    csv_target,
    examples,
    gap_progress,
    write_csv,
)
from transitplan.errors import ValidationError, likely

if TYPE_CHECKING:  # help and usage errors need no assignment
    from transitplan.assignment import Assignment, Selection
    from transitplan.assignment.principle import Principle
    from transitplan.graph import RoadGraph
    from transitplan.model.demand import Demand

EXAMPLES = examples(
    (
        "assign networks/jinan/2025 od_matrices/jinan/2025_am.omx --out flows.csv",
        "flows of the morning peak",
    ),
    (
        "assign networks/two_banks/2025 od_matrices/two_banks/2025_am.omx --principle so",
        "the least total time that tolls could lead to",
    ),
    after="Ctrl-C ends the search and writes what the last full iteration found.",
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
        "ue",
        help="What is sought: ue, so (system optimum), logit or elastic.",
        autocompletion=complete.one_of("ue", "so", "logit", "elastic"),
    ),
    theta: float | None = typer.Option(None, help="logit: 1/s of generalised cost."),
    elasticity: float | None = typer.Option(
        None, help="elastic: of trips to their own cost, 0 or less."
    ),
    reference: Path | None = typer.Option(
        None, help="elastic: the network on which the demand was observed."
    ),
    out: Path | None = typer.Option(None, "--out", "-o", help="CSV file for the link table."),
    select_link: list[str] = typer.Option([], help="Link whose trips to tell; may be repeated."),
    select_mode: str = typer.Option(
        "any",
        help="Trips that use any or all of these links.",
        autocompletion=complete.one_of("any", "all"),
    ),
    select_out: Path | None = typer.Option(None, help="CSV file for these trips by pair."),
    threads: int | None = typer.Option(None, min=1, help="Threads; as many as cores."),
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
) -> None:
    """Find the user equilibrium of a demand on a network, or what else is sought."""
    import transitplan as tp

    for path in (out, select_out):
        if path is not None:
            csv_target(path)
    choice = _Choice(principle, theta, elasticity, reference)
    _check(choice)
    roads, trips = tp.compile_road(tp.read_network(network)), tp.read_demand(demand)
    links = _links(roads, select_link, select_mode, select_out)
    sought = _principle(choice, trips, gap, threads)
    with gap_progress(gap) as tell:
        result = tp.assign(
            roads,
            trips,
            principle=sought,
            gap=gap,
            threads=threads,
            keep_interrupted=True,
            progress=tell,
        )
    if result.status == "interrupted":
        ERR.print(
            f"interrupted: the flows are those of {result.iterations} full iterations, relative "
            f"gap {result.relative_gap:.2e}; {gap:.2e} was asked for.",
            style="yellow",
            soft_wrap=True,
        )
    if out is not None:
        write_csv(result.to_frame(), out)
    picked = result.select(links, mode="all" if select_mode == "all" else "any") if links else None
    if picked is not None and select_out is not None:
        write_csv(picked.to_frame(), select_out)
    _show(result, picked, as_json=as_json)
    if result.status == "interrupted":
        raise typer.Exit(INTERRUPTED)
    if result.status != "converged":
        raise typer.Exit(1)


def _links(roads: "RoadGraph", wanted: list[str], mode: str, out: Path | None) -> list[Any]:
    """Ids of the links as the network has them; wrong ones fail before the work."""
    import pandas as pd

    from transitplan.arrays import positions

    if mode not in {"any", "all"}:
        raise ValidationError(f"--select-mode {mode}: use any or all.")
    if out is not None and not wanted:
        raise ValidationError(f"--select-out {out}: name the links with --select-link.")
    link_ids = pd.Index(roads.network.links["link_id"])
    return list(link_ids[positions(link_ids.astype(str), wanted, what="--select-link")])


def _show(result: "Assignment", picked: "Selection | None", *, as_json: bool) -> None:
    """Print the result for people or for machines."""
    if not as_json:
        OUT.print(result.summary(), markup=False, soft_wrap=True)
        if picked is not None:
            OUT.print(f"Trips by {picked.asked}: {picked.total_vph:,.1f} veh/h.", markup=False)
        return
    record: dict[str, object] = {
        "status": str(result.status),
        "principle": result.principle,
        "relative_gap": result.relative_gap,
        "iterations": result.iterations,
        "objective": result.objective,
        "gap_cny_per_h": _number(result.gap_cny_per_h),
        "cost_error_cny_per_h": _number(result.cost_error_cny_per_h),
        **{f"{name}_vph": value for name, value in result.accounting.items()},
    }
    if picked is not None:
        record["selected_vph"] = picked.total_vph
    OUT.print_json(json.dumps(record))


def _number(value: float) -> float | None:
    """Return the number, or None where it has no meaning."""
    return value if math.isfinite(value) else None


def _check(choice: _Choice) -> None:
    """Refuse options that are missing, or that the principle has no use for."""
    if choice.principle not in NEEDED:
        raise ValidationError(
            f"--principle is {choice.principle!r}; use one of {', '.join(NEEDED)}."
            f"{likely(choice.principle, NEEDED)}"
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
