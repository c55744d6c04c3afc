"""``transitplan build``: apply project cards to a network and write the version."""

from pathlib import Path

import typer

from transitplan.cli.console import ERR, OUT

EXAMPLES = (
    "Example: `transitplan build networks/two_banks/2025 cards/ --out /tmp/2030` applies every "
    "card of the folder, prerequisites first, or none of them."
)


def command(
    network: Path = typer.Argument(..., help="Network: a GMNS folder, .gpkg or .graphml."),
    cards: list[Path] = typer.Argument(..., help="Cards (.yml, .json, .toml) and folders of them."),
    *,
    out: Path = typer.Option(..., "--out", "-o", help="Folder or file of the new version."),
    hour: str = typer.Option("08:00", help="Time of day that the network is of."),
) -> None:
    """Check all cards, then apply them all; nothing is written where one is wrong."""
    from transitplan.io import read_network, write_network
    from transitplan.versions.apply import apply_cards
    from transitplan.versions.reading import read_cards

    done = apply_cards(read_network(network), read_cards(cards), hour=hour)
    for text in done.warnings:
        ERR.print(f"warning: {text}", style="yellow", markup=False, soft_wrap=True)
    for row in done.report.to_dict("records"):
        what = f"{row['property']} {row['old']} → " if row["property"] else ""
        where = f"{row['table']} {row['ids']} ({row['selected']})"
        OUT.print(
            f"{row['project']}: {where}: {what}{row['new']}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    ERR.print(f"written: {write_network(done.network, out)}", soft_wrap=True)
