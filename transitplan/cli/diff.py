"""``transitplan diff``: what differs between two versions: networks, demands, results."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import typer

from transitplan.cli import complete, diff_results
from transitplan.cli.console import OUT, checked_gap, examples, written
from transitplan.cli.ground import ground_around, ground_of
from transitplan.errors import ValidationError

if TYPE_CHECKING:
    import pandas as pd

    from transitplan.model.network import Network

EXAMPLES = examples(
    ("diff networks/jinan/2025 /tmp/2030 --map diff.html", "two networks, also drawn"),
    (
        "diff networks/jinan/2025 /tmp/2030 --card c.yml",
        "the card that turns the first into the second",
    ),
    ("diff v1:networks/jinan/2025 networks/jinan/2025", "with what git had at v1"),
    ("diff a.omx b.omx --network networks/jinan/2025", "two demands"),
    (
        "diff 2025 2030 --case networks/jinan --results",
        "flows, times, access and worth of two years",
    ),
    (
        "diff 2025 2030 --case networks/jinan --why veh_h --why 'time:C1->N07'",
        "which cards moved them",
    ),
    after="Exit code 0: the same; 1: different.",
)
FORMATS = ("text", "json", "csv")
LINES, RESULT_LINES = 40, 12
DEMANDS = {".omx", ".csv"}


class Difference(Protocol):
    """What every comparison answers."""

    @property
    def same(self) -> bool:
        """Whether nothing differs."""

    def to_text(self, *, most: int) -> str:
        """Differences to be read, at most so many of a kind."""

    def to_json(self) -> str:
        """Differences for machines."""

    def to_frame(self) -> "pd.DataFrame":
        """One row a difference."""


def _years_of_case(ctx: typer.Context, incomplete: str) -> list[str]:
    return complete.years(ctx, incomplete) if ctx.params.get("case") else []


def command(
    before: str = typer.Argument(
        ...,
        autocompletion=_years_of_case,
        help="Network (GMNS folder, .gpkg, .graphml), demand, case folder, git's REVISION:FOLDER "
        "of a network, or a year of --case.",
    ),
    after: str | None = typer.Argument(
        None, help="Another version of it.", autocompletion=_years_of_case
    ),
    *,
    form: str = typer.Option(
        "text",
        "--format",
        "-f",
        help="text, json or csv.",
        autocompletion=complete.one_of(*FORMATS),
    ),
    as_json: bool = typer.Option(False, "--json", help="Short for --format json."),
    card: Path | None = typer.Option(None, help="Write the card that turns one into the other."),
    project: str = typer.Option("change", help="Name of the project on that card."),
    html: Path | None = typer.Option(None, "--map", help="Write a map of it: an .html file."),
    gpkg: Path | None = typer.Option(None, "--gpkg", help="Write layers for QGIS: a .gpkg file."),
    network: Path | None = typer.Option(None, help="Places of zones, for trip lengths of demand."),
    most: int | None = typer.Option(
        None, min=1, help=f"Lines of a kind in text ({LINES}, of results {RESULT_LINES})."
    ),
    results: bool = typer.Option(False, "--results", help="Solve both, compare what comes out."),
    why: list[str] = typer.Option([], help="Indicator to split among the cards; may be repeated."),
    cards: list[Path] = typer.Option([], help="Cards that make the second of the first."),
    demand: Path | None = typer.Option(None, help="Trips on both (.omx, .csv)."),
    demand_b: Path | None = typer.Option(None, help="Trips on the second, where they differ."),
    case: Path | None = typer.Option(None, help="Case: its years are versions, its values money."),
    table: str = typer.Option("links", help="Table of the results that csv prints."),
    gap: float = typer.Option(1e-8, callback=checked_gap, help="Relative gap of the equilibria."),
) -> None:
    """List what was added, removed and changed; links and nodes are matched by id and place."""
    form = "json" if as_json else form
    if form not in FORMATS:
        raise typer.BadParameter(f"use {', '.join(FORMATS)}", param_hint="--format")
    if results or why:
        asked = diff_results.Asked(results, why, cards, demand, demand_b, case, table, gap, html)
        diff_results.show(before, after, asked, form=form, most=most or RESULT_LINES)
        return
    if after is None:
        raise typer.BadParameter("name the second version", param_hint="AFTER")
    targets = {"card": card, "html": html, "gpkg": gpkg}
    paths = Path(before), Path(after)
    if {path.suffix.lower() for path in paths} <= DEMANDS:
        found = _of_demand(before, after, network)
    elif all((path / "case.toml").is_file() for path in paths):
        found = _of_cases(before, after)
    else:
        versions = diff_results.networks(before, after, case)
        lies_in = ground_around(case / "year" if case else before.rpartition(":")[2])
        found = _of_networks(*versions, targets, project, ground_of(lies_in))
        targets = {}
    if any(targets.values()):
        raise ValidationError(
            f"{before}: --card, --map and --gpkg are for networks. --format csv gives a table of "
            "what differs in demands and cases."
        )
    _show(found, form, most or LINES)
    if not found.same:
        raise typer.Exit(1)


def _of_demand(before: str, after: str, network: Path | None) -> Difference:
    import transitplan as tp

    placed = None if network is None else tp.read_network(network)
    return tp.diff_demand(tp.read_demand(before), tp.read_demand(after), network=placed)


def _of_cases(before: str, after: str) -> Difference:
    from transitplan.scenario.case_diff import diff_cases
    from transitplan.scenario.read import read_case

    return diff_cases(read_case(before), read_case(after))


def _of_networks(
    before: "Network",
    after: "Network",
    targets: dict[str, Path | None],
    project: str,
    ground: dict[str, Any],
) -> Difference:
    """Compare, and write the files that were asked for; none where nothing differs."""
    from transitplan.versions.diff import diff
    from transitplan.versions.reading import write_card

    found = diff(before, after)
    done = []
    for kind, target in targets.items():
        if target is None or found.same:
            continue
        if kind == "card":
            write_card(found.to_card(project), target)
        elif kind == "html":
            found.to_map(ground=ground).save(target)
        else:
            found.to_geopackage(target)
        done.append(target)
    if done:
        written(done)
    return found


def _show(found: Difference, form: str, most: int) -> None:
    if form == "json":
        OUT.print_json(found.to_json())
    elif form == "csv":
        typer.echo(found.to_frame().to_csv(index=False), nl=False)
    else:
        OUT.print(found.to_text(most=most), markup=False, highlight=False, soft_wrap=True)
