"""``transitplan access``: times between the clusters, what is reached, how evenly, how far."""

from pathlib import Path

import typer

from transitplan.cli import complete, solving
from transitplan.cli.console import checked_gap, examples
from transitplan.cli.isochrones import Question as Areas
from transitplan.cli.isochrones import show_isochrones
from transitplan.cli.policy import show_policy

ISOCHRONES = "15,30,45,60"
EXAMPLES = examples(
    (
        "access networks/jinan/2025 --demand od_matrices/jinan/2025_am.omx",
        "minutes between clusters in the peak; without --demand, on empty roads",
    ),
    ("access networks/jinan/2025 --mode transit", "by public transport"),
    (
        "access networks/jinan/2025 --mode best --measure gravity --equity",
        "how evenly jobs are spread",
    ),
    (
        "access networks/jinan/2025 --isochrones C1 --mode transit --out iso.geojson",
        "how far one gets",
    ),
    ("access networks/jinan --policy", "the requirements of the plan, met or not"),
)


def command(
    network: Path | None = typer.Argument(
        None, help="Network (GMNS folder, .gpkg, .graphml) with cluster.csv; with --policy a case."
    ),
    *,
    mode: str = typer.Option(
        "car",
        help="car, transit, walk, cycle, or best: the faster of car and transit.",
        autocompletion=complete.one_of("car", "transit", "walk", "cycle", "best"),
    ),
    measure: str = typer.Option(
        "cumulative",
        autocompletion=complete.one_of("cumulative", "gravity", "nearest", "catchment"),
        help="cumulative, gravity, nearest or catchment (docs/access.md).",
    ),
    of: str = typer.Option("jobs", help="What is reached: a column of zone.csv."),
    minutes: str = typer.Option(
        "",
        help="Limit of the measure, 45, or with gravity the time that halves a job, 15; with "
        f"--isochrones {ISOCHRONES}.",
    ),
    equity: bool = typer.Option(
        False, "--equity", help="Also print how evenly the measure is spread over residents."
    ),
    policy: bool = typer.Option(
        False, "--policy", help="Hold the requirements of a case's policy.csv against every year."
    ),
    closures: bool = typer.Option(
        True, help="With --policy, also solve every year with each open crossing shut."
    ),
    processes: int | None = solving.PROCESSES,
    cluster: str = solving.CLUSTER,
    isochrones: str | None = typer.Option(
        None,
        autocompletion=complete.clusters,
        help="Areas reached from a place: id of a cluster, zone, stop or node, or lon,lat.",
    ),
    window: str = typer.Option(
        "7-9", help="With --isochrones --mode transit: departures, hours from-to."
    ),
    percentile: float = typer.Option(
        50.0, help="With --isochrones --mode transit: share of them, in per cent."
    ),
    barrier: Path | None = typer.Option(
        None, help="With --isochrones --mode transit: GeoJSON of a river that nobody walks over."
    ),
    out: Path | None = typer.Option(
        None,
        "--out",
        "-o",
        help="CSV with the measure of every zone; with --policy the board, with --isochrones a "
        "GeoJSON file.",
    ),
    demand: Path | None = typer.Option(None, help="Demand for peak times; empty roads if absent."),
    gap: float = typer.Option(
        1e-5, callback=checked_gap, help="Relative gap of the peak's equilibrium."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
) -> None:
    """Print minutes from each cluster to every cluster and hub, and what is within reach."""
    if policy:
        show_policy(
            network,
            gap=gap,
            closures=closures,
            processes=processes,
            cluster=cluster,
            out=out,
            as_json=as_json,
        )
        return
    if network is None:
        raise typer.BadParameter("name a network, or a case with --policy", param_hint="NETWORK")
    if isochrones is not None:
        areas = Areas(isochrones, mode, minutes or ISOCHRONES, window, percentile, barrier)
        show_isochrones(network, areas, out=out, as_json=as_json)
        return
    from transitplan.cli.access_tables import Question, show_access

    show_access(
        network,
        Question(mode, measure, of, minutes, equity=equity),
        demand=demand,
        gap=gap,
        out=out,
        as_json=as_json,
    )
