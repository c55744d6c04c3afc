"""``transitplan diff``: what differs between two versions of a network, or of its results."""

from pathlib import Path

import typer

from transitplan.cli import diff_results
from transitplan.cli.console import ERR, OUT

EXAMPLES = (
    "Examples: `transitplan diff networks/jinan/2025 /tmp/2030`; `--card change.yml` writes the "
    "card that turns the first into the second; `transitplan diff v1:networks/jinan/2025 "
    "networks/jinan/2025` asks git for the first. `transitplan diff 2025 2030 --case "
    "networks/jinan --results` compares flows, times, access and worth, and `--why veh_h --why "
    "'time:C1->N07'` tells which cards moved them. Exit code 0: the same; 1: different."
)
FORMATS = ("text", "json", "csv")


def command(
    before: str = typer.Argument(
        ...,
        help="Network: a GMNS folder, .gpkg, .graphml, git's REVISION:FOLDER, or a year of --case.",
    ),
    after: str | None = typer.Argument(None, help="Another version of it."),
    *,
    form: str = typer.Option("text", "--format", "-f", help="text, json or csv."),
    card: Path | None = typer.Option(None, help="Write the card that turns one into the other."),
    project: str = typer.Option("change", help="Name of the project on that card."),
    most: int = typer.Option(40, min=1, help="Lines of a kind in text."),
    results: bool = typer.Option(False, "--results", help="Solve both, compare what comes out."),
    why: list[str] = typer.Option([], help="Indicator to split among the cards; may be repeated."),
    cards: list[Path] = typer.Option([], help="Cards that make the second of the first."),
    demand: Path | None = typer.Option(None, help="Trips on both (.omx, .csv)."),
    demand_b: Path | None = typer.Option(None, help="Trips on the second, where they differ."),
    case: Path | None = typer.Option(None, help="Case: its years are versions, its values money."),
    table: str = typer.Option("links", help="Table of the results that csv prints."),
    gap: float = typer.Option(1e-8, help="Relative gap of the equilibria."),
) -> None:
    """Match links and nodes by id and place, and list what was added, removed and changed."""
    if form not in FORMATS:
        raise typer.BadParameter(f"use {', '.join(FORMATS)}", param_hint="--format")
    if results or why:
        asked = diff_results.Asked(results, why, cards, demand, demand_b, case, table, gap)
        diff_results.show(before, after, asked, form=form, most=most)
        return
    if after is None:
        raise typer.BadParameter("name the second version", param_hint="AFTER")
    from transitplan.versions.diff import diff
    from transitplan.versions.reading import write_card

    found = diff(*diff_results.networks(before, after, case))
    if form == "json":
        OUT.print_json(found.to_json())
    elif form == "csv":
        typer.echo(found.to_frame().to_csv(index=False), nl=False)
    else:
        OUT.print(found.to_text(most=most), markup=False, highlight=False, soft_wrap=True)
    if card is not None and not found.same:
        ERR.print(f"written: {write_card(found.to_card(project), card)}", soft_wrap=True)
    if not found.same:
        raise typer.Exit(1)
