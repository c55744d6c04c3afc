"""``transitplan flow``: what the river and the roads could carry, and what limits them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table

from transitplan.cli import complete
from transitplan.cli.console import OUT, examples
from transitplan.errors import NotFoundError, ValidationError, likely

if TYPE_CHECKING:  # help and usage errors need no tables
    import pandas as pd

    from transitplan.flow import CapacityGraph, MaximumFlow
    from transitplan.model.network import Network

EXAMPLES = examples(
    ("flow networks/jinan", "the river's minimum cut by name"),
    (
        "flow networks/jinan --from C1 --to N01 --without X12,X15",
        "that of one pair with two crossings shut",
    ),
)


def command(
    source: Path = typer.Argument(..., help="Case folder (its base network), or any network."),
    *,
    start: str = typer.Option(
        "", "--from", help="Clusters, hubs or zones, by comma.", autocompletion=complete.clusters
    ),
    end: str = typer.Option(
        "", "--to", help="The same, where the traffic goes.", autocompletion=complete.clusters
    ),
    without: str = typer.Option(
        "", help="Crossings that are shut, by comma.", autocompletion=complete.crossings
    ),
    use: str = typer.Option("car", help="Kind of traffic."),
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
) -> None:
    """Print the river screenline, maximum flows and the links that limit them.

    Without --from and --to: between the banks, and from each cluster to the case's centres.
    """
    from transitplan.flow import bank_flow, capacity_graph, river_capacity

    if bool(start) != bool(end):
        raise ValidationError("flow: --from and --to go together. Give both or none.")
    network, centres = _read(source)
    shut = _crossings(network, without)
    river = river_capacity(network, use=use)
    river.loc[river["crossing_id"].isin(shut), "capacity_pceph"] = 0.0
    roads = capacity_graph(network, use)
    if start:
        found = {(start, end): _flow(roads, start, end, shut)}
    else:
        banks = bank_flow(network, use=use, without=shut)
        found = {(_other(way), way.removeprefix("to_")): each for way, each in banks.items()}
        clusters = network.clusters
        for cluster in clusters.loc[clusters["kind"] == "cluster", "cluster_id"]:
            for centre in centres:
                if cluster != centre:
                    found[cluster, centre] = _flow(roads, cluster, centre, shut)
    if as_json:
        OUT.print_json(json.dumps(_record(river, found)))
        return
    OUT.print(_river_table(river, use))
    OUT.print(_flow_table(network, found))


def _read(source: Path) -> "tuple[Network, list[str]]":
    """Return the network, and the places that its clusters are measured to."""
    import transitplan as tp

    if (source / "case.toml").is_file():
        case = tp.read_case(source)
        network, named = case.network, list(case.stress_to)
    else:
        network, named = tp.read_network(source), []
    clusters = network.clusters
    return network, named or clusters.loc[clusters["kind"] == "hub", "cluster_id"].tolist()


def _crossings(network: "Network", text: str) -> list[str]:
    known = sorted(set(network.links["crossing_id"]) - {""})
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise NotFoundError(
            f"--without: no link belongs to {', '.join(unknown)}; crossings with links: "
            f"{', '.join(known)}.{likely(unknown[0], known)}"
        )
    return wanted


def _zones(network: "Network", text: str) -> list[Any]:
    """Zones of clusters (all of theirs), of hubs, or named by their own ids."""
    clusters = network.clusters.set_index("cluster_id")
    zones = network.zones
    found: list[Any] = []
    for name in (part.strip() for part in text.split(",")):
        if name in clusters.index:
            place = clusters.loc[name]
            own = zones.loc[zones["super_zone"] == name, "zone_id"].tolist()
            found += own if place["kind"] == "cluster" and own else [place["zone_id"]]
            continue
        own = zones.loc[zones["zone_id"].astype(str) == name, "zone_id"].tolist()
        if not own:
            raise NotFoundError(
                f"flow: {name!r} is no cluster, hub or zone. Clusters and hubs: "
                f"{', '.join(clusters.index)}.{likely(name, clusters.index)}"
            )
        found += own
    return list(dict.fromkeys(found))


def _flow(roads: "CapacityGraph", start: str, end: str, shut: list[str]) -> "MaximumFlow":
    """Maximum flow from places to places; a zone that both hold counts as a goal."""
    from transitplan.flow import maximum_flow

    goals = _zones(roads.network, end)
    starts = [zone for zone in _zones(roads.network, start) if zone not in goals]
    return maximum_flow(roads, starts, goals, without=shut)


def _other(direction: str) -> str:
    return "north" if direction == "to_south" else "south"


def _record(river: "pd.DataFrame", found: "dict[tuple[str, str], MaximumFlow]") -> dict[str, Any]:
    return {
        "screenline": river.to_dict("records"),
        "flows": [
            {
                "from": start,
                "to": end,
                "max_flow_pceph": None if each.value_pceph == float("inf") else each.value_pceph,
                "cut": each.cut.to_dict("records"),
            }
            for (start, end), each in found.items()
        ],
    }


def _river_table(river: "pd.DataFrame", use: str) -> Table:
    table = Table(title=f"River screenline, pce/h open to {use}", title_justify="left")
    for name in ("crossing", "", "to north", "to south"):
        table.add_column(name, justify="right" if name.startswith("to ") else "left")
    room = river.set_index(["crossing_id", "direction"])["capacity_pceph"]
    ways = ("to_north", "to_south")
    names = dict(zip(river["crossing_id"], river["name"], strict=True))
    for crossing, name in names.items():
        table.add_row(crossing, name, *(_amount(float(room[crossing, way])) for way in ways))
    table.add_row("all", "", *(_amount(float(room.xs(way, level=1).sum())) for way in ways))
    return table


def _flow_table(network: "Network", found: "dict[tuple[str, str], MaximumFlow]") -> Table:
    from transitplan.flow.screenline import cut_names

    table = Table(title="Maximum flow and minimum cut, pce/h", title_justify="left")
    for name in ("from", "to", "at most", "limited by"):
        table.add_column(name, justify="right" if name == "at most" else "left")
    for (start, end), each in found.items():
        names = cut_names(network, each.cut)
        limit = "; ".join(names) or "no way" * (each.value_pceph == 0) or "streets alone"
        table.add_row(start, end, _amount(each.value_pceph), limit)
    return table


def _amount(value: float) -> str:
    return "no limit" if value == float("inf") else f"{value:,.0f}"
