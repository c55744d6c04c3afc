"""``transitplan access``: times between the clusters, and what they reach."""

import json
from math import inf
from pathlib import Path

import pandas as pd
import typer
from rich.table import Table

from transitplan.cli.console import OUT
from transitplan.cli.isochrones import Question, show_isochrones
from transitplan.cli.policy import show_policy
from transitplan.errors import ValidationError

EXAMPLES = (
    "Example: `transitplan access networks/jinan/2025 --demand od_matrices/jinan/2025_am.omx` adds "
    "the peak to the empty roads; `transitplan access --policy networks/jinan` fills in the policy "
    "board; `… networks/jinan/2025 --isochrones C1 --mode transit --out iso.geojson` draws how far "
    "one gets."
)


def command(
    network: Path | None = typer.Argument(
        None, help="Network (GMNS folder, .gpkg, .graphml) with cluster.csv; with --policy a case."
    ),
    *,
    policy: bool = typer.Option(
        False, "--policy", help="Hold the requirements of a case's policy.csv against every year."
    ),
    closures: bool = typer.Option(
        True, help="With --policy, also solve every year with each open crossing shut."
    ),
    processes: int | None = typer.Option(None, min=1, help="Worker processes; as many as cores."),
    isochrones: str | None = typer.Option(
        None, help="Areas reached from a place: id of a cluster, zone, stop or node, or lon,lat."
    ),
    mode: str = typer.Option("car", help="With --isochrones: car, transit, walk or cycle."),
    within: str = typer.Option(
        "15,30,45,60", "--minutes", help="With --isochrones: times, comma between."
    ),
    window: str = typer.Option("7-9", help="With --mode transit: departures, hours from-to."),
    percentile: float = typer.Option(50.0, help="With --mode transit: share of them, in per cent."),
    barrier: Path | None = typer.Option(
        None, help="With --mode transit: GeoJSON of a river that nobody walks over."
    ),
    out: Path | None = typer.Option(
        None, "--out", "-o", help="With --policy a CSV, with --isochrones a GeoJSON file."
    ),
    demand: Path | None = typer.Option(None, help="Demand for peak times; empty roads if absent."),
    gap: float = typer.Option(1e-5, help="Relative gap of the peak's equilibrium."),
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
) -> None:
    """Print minutes by car from each cluster to every cluster and hub, and people within reach."""
    if policy:
        show_policy(
            network, gap=gap, closures=closures, processes=processes, out=out, as_json=as_json
        )
        return
    if network is None:
        raise typer.BadParameter("name a network, or a case with --policy", param_hint="NETWORK")
    if isochrones is not None:
        question = Question(isochrones, mode, within, window, percentile, barrier)
        show_isochrones(network, question, out=out, as_json=as_json)
        return
    import transitplan as tp

    found = tp.read_network(network)
    if found.clusters.empty:
        raise ValidationError(f"{network}: no cluster.csv, so there is nothing to measure between.")
    roads = tp.compile_road(found)
    times = None if demand is None else tp.assign(roads, tp.read_demand(demand), gap=gap).time_s
    time_s = tp.skim(roads, ["time_s"], times_s=times)["time_s"]
    minutes = tp.cluster_times(time_s, found.clusters)
    zones = found.zones.set_index("zone_id")[["population", "jobs"]]
    centres = found.clusters[found.clusters["kind"] == "cluster"]
    reached = tp.reach(time_s, zones, centres["zone_id"].tolist())
    reached.insert(0, "cluster_id", reached.pop("zone_id").map(_clusters(centres)))
    if as_json:
        record = {
            "minutes": minutes.replace(inf, None).astype(object).to_dict("index"),
            "reach": reached.to_dict("records"),
        }
        OUT.print_json(json.dumps(record))
        return
    when = "on empty roads" if demand is None else "in the peak hour"
    OUT.print(_table(minutes.round(0).reset_index(), f"Minutes by car {when}"))
    OUT.print(_table(reached, f"People and jobs within reach by car {when}"))


def _clusters(centres: pd.DataFrame) -> "pd.Series[str]":
    return centres.set_index("zone_id")["cluster_id"]


def _table(frame: pd.DataFrame, title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for name in frame.columns:
        table.add_column(str(name), justify="right")
    for row in frame.itertuples(index=False):
        cells = (f"{cell:,.0f}" if isinstance(cell, int | float) else str(cell) for cell in row)
        table.add_row(*cells)
    return table
