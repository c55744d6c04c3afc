"""``transitplan diff``: what differs between two versions of a network."""

from pathlib import Path

import typer

from transitplan.cli.console import ERR, OUT

EXAMPLES = (
    "Examples: `transitplan diff networks/jinan/2025 /tmp/2030`; `--card change.yml` writes the "
    "card that turns the first into the second; `transitplan diff v1:networks/jinan/2025 "
    "networks/jinan/2025` asks git for the first. Exit code 0: the same; 1: different."
)
FORMATS = ("text", "json", "csv")


def command(
    before: str = typer.Argument(
        ..., help="Network: a GMNS folder, .gpkg, .graphml, or git's REVISION:FOLDER."
    ),
    after: str = typer.Argument(..., help="Another version of it."),
    *,
    form: str = typer.Option("text", "--format", "-f", help="text, json or csv."),
    card: Path | None = typer.Option(None, help="Write the card that turns one into the other."),
    project: str = typer.Option("change", help="Name of the project on that card."),
    most: int = typer.Option(40, min=1, help="Lines of a kind in text."),
) -> None:
    """Match links and nodes by id and place, and list what was added, removed and changed."""
    if form not in FORMATS:
        raise typer.BadParameter(f"use {', '.join(FORMATS)}", param_hint="--format")
    from transitplan.cli.revisions import read_version
    from transitplan.versions.diff import diff
    from transitplan.versions.reading import write_card

    found = diff(read_version(before), read_version(after))
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
